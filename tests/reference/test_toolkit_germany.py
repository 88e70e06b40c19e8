"""German application of Monte, Redding and Rossi-Hansberg (2018), AER 108(12), in the toolkit of Ahlfeldt and Seidel.

401 counties, observed commuting. The toolkit's programs (MIT licence, 2024) were run in Octave 7.3 and their output is
the reference: `toolkit_inv_observed.csv` and `toolkit_cf_obs_{trade,comm}.csv` to all digits, the same equations run to
convergence, `expected_obs_*_converged.csv`. These last inherit an error of 2e-8 from the toolkit's inversion, which
stops at six decimals; ours is exact, so that vectors agree to 1e-7 and welfare, which hardly feels it, to 1e-9.

Not reproduced: the changed travel times of the toolkit (ratios from .05 to 1.33, residents times 558) and its run on
predicted commuting, whose inputs are not here.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.equilibrium.economy import CLEARING, Economy
from megaregion.equilibrium.invert import Productivities
from megaregion.equilibrium.presets import from_commuters, monte_redding_rossi_hansberg_2018
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve

_spec = importlib.util.spec_from_file_location("toolkit_loop", Path(__file__).parent / "toolkit_loop.py")
assert _spec is not None and _spec.loader is not None
toolkit_loop = importlib.util.module_from_spec(_spec)
sys.modules["toolkit_loop"] = toolkit_loop  # dataclasses look their module up
_spec.loader.exec_module(toolkit_loop)

COUNTIES = {  # row: A, P, pi_nn as printed by the toolkit
    0: (1.0584525277, 2.2455325003, 0.8041659679),  # Flensburg
    15: (0.8925142893, 1.1711522251, 0.8504560855),  # Hamburg
    324: (0.6733438055, 1.1731666408, 0.8678565466),  # Berlin
    223: (1.0261574299, 1.2331513667, 0.8429331231),  # Muenchen
    79: (0.9012330179, 1.3339300115, 0.7222743708),  # Koeln
    117: (1.1231467147, 1.2809906475, 0.8095987016),  # Frankfurt am Main
    361: (0.7344912130, 1.6043011805, 0.7142496634),  # Leipzig
}
TABLE = {  # min, max, mean, standard deviation (n - 1)
    "A": (0.673343805479, 1.77933111069, 1.0, 0.153685493271),
    "P": (1.16936340324, 2.60609107815, 1.62198762181, 0.260975055832),
    "pi": (0.0918328110648, 0.86785654664, 0.351890282464, 0.166322118668),
    "L": (0.162728513639, 18.0323647915, 1.0, 1.36083719008),
    "R": (0.158749168789, 16.5660247429, 1.0, 1.16241321643),
    "w": (0.719093133813, 1.54967867063, 1.0, 0.145252097509),
    "v": (0.73163725514, 1.48007589021, 1.02704894266, 0.132063989037),
}


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "reference" / "spatial-equilibrium"


@pytest.fixture(scope="module")
def data(folder: Path) -> Any:
    return toolkit_loop.germany(folder)


@pytest.fixture(scope="module")
def inverted(data: Any) -> dict[str, tuple[Economy, Productivities]]:
    e = monte_redding_rossi_hansberg_2018(toolkit_form=True)
    rules = ("strict", "toolkit")
    return {r: from_commuters(e, commuters=data.commuters, wage=data.wage, cost=data.cost, rule=r) for r in rules}


@pytest.fixture(scope="module")
def compatible(inverted: dict[str, tuple[Economy, Productivities]]) -> Economy:
    return inverted["strict"][0]


@pytest.fixture(scope="module")
def invariant(data: Any) -> Economy:
    e = monte_redding_rossi_hansberg_2018()
    return from_commuters(e, commuters=data.commuters, wage=data.wage, cost=data.cost)[0]


def columns(inverted: tuple[Economy, Productivities]) -> dict[str, np.ndarray]:
    economy, found = inverted
    return {
        "A": found.productivity, "P": found.price, "pi": found.own_share, "L": economy.workers[0],
        "R": economy.residents, "w": economy.wage[0], "v": economy.income,
    }  # fmt: skip


def shocks(data: Any) -> dict[str, Shock]:
    return {
        "trade": Shock(trade_cost=data.border), "comm": Shock(commuting_cost=data.border),
        "both": Shock(trade_cost=data.border, commuting_cost=data.border),
    }  # fmt: skip


def raised(n: int, where: int, factor: float) -> np.ndarray:
    return np.where(np.arange(n) == where, factor, 1.0)


def test_the_published_inversion(folder: Path, inverted: dict[str, tuple[Economy, Productivities]]) -> None:
    """With its own rule and tolerance: 69 updates, every county to 1e-10, the printed table to its last digit."""
    found = columns(inverted["toolkit"])
    assert inverted["toolkit"][1].iterations == 69
    published = pd.read_csv(folder / "toolkit_inv_observed.csv").rename(columns={"pi_own": "pi"})
    for name, value in found.items():
        np.testing.assert_allclose(value, published[name], rtol=1e-10, err_msg=name)
        printed = value.min(), value.max(), value.mean(), value.std(ddof=1)
        np.testing.assert_allclose(printed, TABLE[name], rtol=2e-11, err_msg=name)
    for row, printed in COUNTIES.items():
        np.testing.assert_allclose([found[name][row] for name in ("A", "P", "pi")], printed, rtol=0, atol=6e-11)


def test_the_strict_inversion(inverted: dict[str, tuple[Economy, Productivities]]) -> None:
    """Exact productivities differ from the published ones by its tolerance; only they make a baseline."""
    (economy, strict), (loose, published) = inverted["strict"], inverted["toolkit"]
    np.testing.assert_allclose(strict.productivity, published.productivity, rtol=1e-6)
    np.testing.assert_allclose(strict.own_share, published.own_share, rtol=1e-6)
    assert strict.residual <= 1e-13
    assert economy.clearing_residual() <= CLEARING < loose.clearing_residual()
    assert economy.problems() == []


@pytest.mark.parametrize(
    ("name", "welfare", "passes", "workers"),
    [
        ("trade", 0.978499507903944, 592, (0.358448061526, 1.12436982453, 0.170571015996)),
        ("comm", 0.999224062802631, 37, (0.772395775434, 1.12623440087, 0.0301475105929)),
        ("both", 0.978394759545767, 63, (0.297873807373, 1.11425363271, 0.198983746049)),
    ],
)
def test_the_published_loop(
    folder: Path, data: Any, inverted: dict[str, tuple[Economy, Productivities]], name: str, welfare: float,
    passes: int, workers: tuple[float, ...],
) -> None:  # fmt: skip
    """The toolkit's own loop and tolerance: welfare to 1e-9, counties to 1e-8, the number of passes."""
    shock = shocks(data)[name]
    got = toolkit_loop.counterfactual(
        data, inverted["toolkit"][1].trade, trade_cost=shock.trade_cost, commuting_cost=shock.commuting_cost
    )
    assert (got.converged, got.passes) == (True, passes)
    assert got.pair_welfare[0, 0] == pytest.approx(welfare, rel=0, abs=1e-9)
    np.testing.assert_allclose([got.l.min(), got.l.max(), got.l.std(ddof=1)], workers, rtol=1e-10)
    if name != "both":
        published = pd.read_csv(folder / f"toolkit_cf_obs_{name}.csv")
        for column in published:
            np.testing.assert_allclose(getattr(got, column), published[column], rtol=1e-8, err_msg=column)


@pytest.mark.parametrize(("name", "welfare"), [("trade", 0.97849947659), ("comm", 0.99922425943)])
def test_converged_borders(folder: Path, data: Any, compatible: Economy, name: str, welfare: float) -> None:
    """The same equations solved: welfare to 1e-9 and the counties to 1e-7 of the toolkit run to convergence."""
    got = solve(compatible, [shocks(data)[name]])
    assert got.welfare[0, 0] == pytest.approx(welfare, rel=0, abs=1e-9)
    expected = pd.read_csv(folder / f"expected_obs_{name}_converged.csv")
    found = {
        "w": got.wage[0, 0], "v": got.earnings[0], "q": got.rent[0], "p": got.price_index[0], "r": got.residents[0],
        "l": got.workers[0, 0],
    }  # fmt: skip
    for column, value in found.items():
        np.testing.assert_allclose(value, expected[column], rtol=0, atol=1e-7, err_msg=column)


def test_both_borders(data: Any, compatible: Economy) -> None:
    """Nearly two economies: a tight residual gives .97844757; the loop stops at .97839476, a careless one .97840928."""
    got = solve(compatible, [shocks(data)["both"]], tolerance=4e-12)
    assert got.residual[0] <= 4e-12
    assert got.welfare[0, 0] == pytest.approx(0.97844757, rel=0, abs=1e-8)


def test_numeraire_invariant_form(data: Any, invariant: Economy, compatible: Economy) -> None:
    """Floor space supplied at (rent / price index)^delta: welfare of three shocks as printed, whatever the numeraire.

    In the toolkit's form, whose welfare hangs on the numeraire of mean wages, the figures are others.
    """
    n = data.wage.size
    three = [
        Shock(productivity=raised(n, 15, 1.1)),
        Shock(trade_cost=np.where(data.across, 1.2, 1.0)),
        Shock(trade_cost=data.border, commuting_cost=data.border),
    ]
    got = solve(invariant, three)
    np.testing.assert_allclose(got.welfare[:, 0], [1.002800102, 0.989953469, 0.975806235], rtol=0, atol=1e-9)
    form = solve(compatible, three[:2])
    np.testing.assert_allclose(form.welfare[:, 0], [1.002708245, 0.991069807], rtol=0, atol=1e-9)


def test_welfare_does_not_depend_on_the_unit_of_wages(data: Any, invariant: Economy) -> None:
    """Wages of another year or currency and other counts of people: the same changes to rounding."""
    e = monte_redding_rossi_hansberg_2018()
    other = Economy(
        elasticities=e, trade=invariant.trade, wage=invariant.wage * 3721.5, workers=invariant.workers * 82_427.0,
        groups=invariant.groups * 82_427.0, location=invariant.location, home=invariant.home,
        commuting=invariant.commuting,
    )  # fmt: skip
    shock = Shock(productivity=raised(data.wage.size, 15, 1.1))
    one, two = solve(invariant, [shock]), solve(other, [shock])
    np.testing.assert_allclose(two.welfare, one.welfare, rtol=1e-11)
    np.testing.assert_allclose(two.residents, one.residents, rtol=1e-10)


def test_employment_elasticities(data: Any, compatible: Economy) -> None:
    """d ln L / d ln w of a county after its own productivity rises by 5 %, every twentieth county, as printed."""
    n = data.wage.size
    hit = np.arange(0, n, 20)
    got = solve(compatible, [Shock(productivity=raised(n, k, 1.05)) for k in hit])
    row = np.arange(hit.size)
    slope = np.log(got.workers[row, 0, hit]) / np.log(got.wage[row, 0, hit])
    assert hit.size == 21
    np.testing.assert_allclose(
        [slope.min(), slope.mean(), slope.max()], [3.029819, 3.809812, 4.434457], rtol=0, atol=6e-7
    )
