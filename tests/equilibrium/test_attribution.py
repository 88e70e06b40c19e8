"""A joint gain split among reforms: parts add up and equal separate solutions; refuses what it cannot split."""

import importlib.util
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from megaregion.data.scenario import AddLink, ScaleBarrier, ScaleTime, Scenario, SetAmenity, SetProductivity
from megaregion.equilibrium.attribution import attribute, attribution, superposed
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.run import run
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.welfare import social_welfare
from megaregion.errors import InputError
from megaregion.result import Result

_spec = importlib.util.spec_from_file_location("random_economies", Path(__file__).parent / "random_economies.py")
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_economy = _module.random_economy


def reforms(seed: int, economy) -> dict[str, Shock]:
    """Migration cost, entitlement and a border between two halves."""
    rng = np.random.default_rng(seed)
    n, g = economy.size, economy.groups.size
    half = np.arange(n) < n // 2
    return {
        "hukou": Shock(migration_cost=rng.uniform(0.8, 1.0, (g, n))),
        "entitlement": Shock(entitlement=rng.uniform(1.0, 1.2, (g, n))),
        "border": Shock(trade_cost=np.where(half[:, None] != half, 0.9, 1.0)),
    }


@pytest.fixture(scope="module")
def economy():
    return random_economy(11)


@pytest.fixture(scope="module")
def three(economy):
    return reforms(1, economy)


def test_three_reforms_equal_separate_solutions_in_every_order(economy, three) -> None:
    found = attribution(economy, three, groups=["a", "b", "c"])
    names, multiply = list(three), superposed(three)

    def worth(chosen) -> np.ndarray:
        solved = solve(economy, [multiply(frozenset(chosen))], tolerance=1e-13)
        return np.concatenate([social_welfare(economy, solved), solved.welfare[0]]) - 1.0

    expected = np.zeros((3, 4))
    for order in permutations(range(3)):
        for place, player in enumerate(order):
            before = [names[i] for i in order[:place]]
            expected[player] += (worth([*before, names[player]]) - worth(before)) / 6
    np.testing.assert_allclose(found.shapley, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.alone, [worth([n]) for n in names], rtol=0, atol=1e-10)
    last = [worth(names) - worth([m for m in names if m != n]) for n in names]
    np.testing.assert_allclose(found.last, last, rtol=0, atol=1e-10)
    assert found.sets == 8 and found.residual <= 1e-11 and (found.error == 0).all()


def test_parts_add_up(economy, three) -> None:
    """Society and every group, welfare and money; the values of groups to that of society."""
    found = attribution(economy, three)
    np.testing.assert_allclose(found.shapley.sum(axis=0), found.joint, rtol=0, atol=1e-12)
    weight = found.income / found.income.sum()
    np.testing.assert_allclose(found.shapley[:, 1:] @ weight, found.shapley[:, 0], rtol=0, atol=1e-12)
    frame, groups = found.to_frame(), found.by_group()
    assert frame["gain"].sum() == pytest.approx(found.facts()["gain"], rel=1e-12)
    assert frame["share"].sum() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(groups.groupby("reform", sort=False)["gain"].sum(), frame["gain"], rtol=1e-11)
    together = found.alone[:, 0].sum() + found.interaction
    assert together == pytest.approx(found.joint[0], rel=1e-12)


def test_income_is_that_of_residents(economy, three) -> None:
    """Gains of all groups are valued at what residents earn in total."""
    found = attribution(economy, three)
    assert found.income.sum() == pytest.approx(float((economy.income * economy.residents).sum()), rel=1e-12)


def test_order_of_the_reforms_does_not_matter(economy, three) -> None:
    straight = attribution(economy, three)
    turned = attribution(economy, superposed(three), list(three)[::-1])
    np.testing.assert_allclose(turned.shapley[::-1], straight.shapley, rtol=0, atol=1e-11)


def test_a_reform_without_effect_gets_nothing_and_twins_share(economy, three) -> None:
    """One more of amenity everywhere: nobody moves, so the factor itself; two halves of it share alike."""
    half = Shock(amenity=np.full(economy.size, 1.05))
    found = attribution(economy, {"first": half, "none": Shock(amenity=np.ones(economy.size)), "second": half})
    np.testing.assert_allclose(found.shapley[1], 0.0, atol=1e-12)
    assert found.joint[0] == pytest.approx(1.05**2 - 1, rel=1e-9)
    np.testing.assert_allclose(found.shapley[[0, 2], 0], (1.05**2 - 1) / 2, rtol=1e-9)
    assert found.interaction == pytest.approx(0.05**2, rel=1e-6)


def test_many_reforms_are_sampled(economy) -> None:
    """Thirteen rises of amenity everywhere: parts are near one thirteenth, with errors, and add up exactly."""
    small = economy.size
    shocks = {f"r{i:02}": Shock(amenity=np.full(small, 1.0 + 0.002 * (i + 1))) for i in range(13)}
    with pytest.raises(InputError, match="needs a seed"):
        attribution(economy, shocks)
    found = attribution(economy, shocks, seed=1, permutations=20)
    np.testing.assert_allclose(found.shapley.sum(axis=0), found.joint, rtol=0, atol=1e-10)
    factor = 1.0 + 0.002 * np.arange(1, 14)
    exact = np.log(factor) / np.log(factor).sum() * (factor.prod() - 1)  # to second order in the steps
    assert (np.abs(found.shapley[:, 0] - exact) < 4 * found.error[:, 0] + 1e-6).all()
    assert "shapley_error" in found.to_frame() and found.permutations == 20 and len(found.warnings) == 1


def test_factors_multiply_and_transfers_add() -> None:
    ones = np.ones((2, 2))
    of = superposed({
        "a": Shock(trade_cost=0.9 * ones, transfer_added=np.array([1.0, -1.0])),
        "b": Shock(trade_cost=np.stack([ones, 0.5 * ones]), transfer_added=np.array([2.0, -2.0])),
    })  # fmt: skip
    both = of(frozenset({"a", "b"}))
    np.testing.assert_allclose(both.trade_cost, np.stack([0.9 * ones, 0.45 * ones]))
    np.testing.assert_allclose(both.transfer_added, [3.0, -3.0])
    assert of(frozenset()).empty


def test_what_cannot_be_attributed(economy, three) -> None:
    """Everything wrong is said at once."""
    always = Shock(amenity=np.full(economy.size, 1.1))
    with pytest.raises(InputError) as caught:
        attribution(economy, lambda chosen: always, ["x", "x"], groups=["only"])
    for text in ("reforms repeat: x", "the empty set changes amenity", "1 names of groups for 3 groups"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="no shock of elsewhere"):
        attribution(economy, three, ["border", "elsewhere"])
    with pytest.raises(InputError, match="no reform"):
        attribution(economy, {})


def test_the_table_is_described(economy, three) -> None:
    found = attribution(economy, three, money_unit="CNY")
    assert isinstance(found, Result)
    assert [c.name for c in found.describe()] == list(found.to_frame().columns)
    assert [c.name for c in found.describe()] == [
        "reform", "alone_percent", "shapley_percent", "last_percent", "gain", "share",
    ]  # fmt: skip
    assert all(c.formula == "methods#attribution" for c in found.describe() if not c.key)


def region(geography, cluster, times, border):
    """A region of ten places, its baseline and a scenario of four changes of three types."""
    place = geography(10, 2)
    made = cluster(place, equilibrium={"draws": 20})
    first, second = place.places[:2]
    changes = (
        AddLink(from_node=f"n{first}", to_node=f"n{place.places[7]}", length_km=10, time_min=30, wait_min=0),
        ScaleBarrier(between=("all",), factor=0.5),
        SetProductivity(place_id=first, factor=1.05),
        SetProductivity(place_id=second, factor=1.02),
    )
    return place, made, baseline(made, times(place), border), Scenario(id="joint", changes=changes)


def test_a_scenario_of_a_workspace(geography, cluster, times, border, times_of) -> None:
    """The joint gain and each reform alone are the headline rows of the step `equilibrium`."""
    place, made, base, joint = region(geography, cluster, times, border)
    found = attribute(made, base, joint, times_of=times_of(place))
    assert found.names == ("AddLink", "ScaleBarrier", "SetProductivity")
    alone = [
        Scenario(id=name, changes=tuple(c for c in joint.changes if c.type == name)) for name in found.names
    ]  # fmt: skip
    rows = run(made, times(place), border, [joint, *alone], seed=1, times_of=times_of(place))["scenarios"].to_frame()
    rows = rows[rows["variant"] == "headline"].set_index("scenario")
    assert found.facts()["joint_percent"] == pytest.approx(rows.loc["joint", "welfare_percent"], rel=1e-8)
    assert found.facts()["gain"] == pytest.approx(rows.loc["joint", "gain"], rel=1e-8)
    frame = found.to_frame().set_index("reform")
    np.testing.assert_allclose(frame["alone_percent"], rows.loc[list(found.names), "welfare_percent"], rtol=1e-7)
    assert frame["gain"].sum() == pytest.approx(rows.loc["joint", "gain"], rel=1e-8)
    assert (frame["shapley_percent"] > 0).all()
    assert found.money_unit == place.money_unit and any("modelled" in text for text in found.warnings)


def test_how_a_scenario_is_split(geography, cluster, times, border, times_of) -> None:
    """Every change by itself, or by names; the parts of the finer split differ from the coarser only by interaction."""
    place, made, base, joint = region(geography, cluster, times, border)
    each = attribute(made, base, joint, by="change", times_of=times_of(place))
    assert each.names == ("1 AddLink", "2 ScaleBarrier", "3 SetProductivity", "4 SetProductivity")
    two = attribute(
        made, base, joint, by=lambda c: "soft" if isinstance(c, ScaleBarrier) else "hard", times_of=times_of(place)
    )
    assert two.names == ("hard", "soft")
    np.testing.assert_allclose(two.joint, each.joint, rtol=0, atol=1e-10)
    full = attribute(made, base, joint, full_effect=True, times_of=times_of(place)).to_frame()["alone_percent"]
    assert full[0] > 1.5 * each.to_frame()["alone_percent"][0]  # the whole cost of trade follows the new link


def test_times_are_asked_once_a_set_of_links(geography, cluster, times, border, times_of) -> None:
    place, made, base, joint = region(geography, cluster, times, border)
    ask, asked = times_of(place), []
    attribute(made, base, joint, by="change", times_of=lambda c: asked.append(c) or ask(c))
    assert len(asked) == 1


def test_scenarios_that_cannot_be_split(geography, cluster, times, border, times_of) -> None:
    place, made, base, joint = region(geography, cluster, times, border)
    with pytest.raises(InputError, match="no reform"):
        attribute(made, base, Scenario(id="none"), times_of=times_of(place))
    with pytest.raises(InputError, match="by must be type"):
        attribute(made, base, joint, by="colour", times_of=times_of(place))  # type: ignore[arg-type]
    wrong = Scenario(id="w", changes=(SetAmenity(place_id="no", factor=1.0), ScaleTime(between=("all",), factor=-1.0)))
    with pytest.raises(InputError) as caught:
        attribute(made, base, wrong, times_of=times_of(place))
    assert "'no'" in str(caught.value) and "factor" in str(caught.value)
