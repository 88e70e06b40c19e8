"""Sites under a budget from tables."""

import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.nodes.restoration import restoration_priority
from megaregion.units import known

SITES = pd.DataFrame({"gain": [4.0, 3.0, 3.0], "cost": [2.0, 1.0, 1.0]}, index=pd.Index(["A", "B", "C"], name="site"))
PAIRS = pd.DataFrame({"site_a": ["B"], "site_b": ["C"], "gain": [-2.5]})


def test_substitutes_by_hand() -> None:
    """B and C alone 6, together 3.5; budget 3: A with B (or C) is 7."""
    found = restoration_priority(SITES, budget=3.0, pairs=PAIRS)
    table = found.to_frame().set_index("site")
    assert table.loc["A", "chosen"] and table["chosen"].sum() == 2 and found.facts()["gain"] == 7.0
    assert table.loc["A", "with_chosen"] == 4.0 and found.facts()["cost"] == 3.0
    assert found.facts()["greedy_guarantee"] == pytest.approx((1 - 2.718281828459045**-1) / 2)
    assert list(found.to_frame()) == [c.name for c in found.describe()]
    assert all(known(c.unit) and c.en and c.zh for c in found.describe())
    left = table[~table["chosen"]].iloc[0]
    assert left["with_chosen"] == pytest.approx(0.5) and left["alone"] == 3.0


def test_complements_have_no_guarantee_and_two_are_enough() -> None:
    found = restoration_priority(SITES, budget=2.0, pairs=PAIRS.assign(gain=1.0))
    assert set(found.to_frame().query("chosen")["site"]) == {"B", "C"} and found.facts()["gain"] == 7.0
    assert "none" in found.facts()["greedy_guarantee"]
    alone = restoration_priority(SITES, budget=2.0)
    assert alone.facts()["gain"] == 6.0


def test_no_sites() -> None:
    assert restoration_priority(SITES.iloc[:0], budget=1.0).to_frame().empty


@pytest.mark.parametrize(
    ("sites", "pairs", "error", "said"),
    [
        (SITES.drop(columns="cost"), PAIRS.drop(columns="gain"), SchemaError, r"sites\.cost, pairs\.gain"),
        (SITES.assign(cost=[None, 1.0, 1.0]), None, MissingDataError, r"\['A'\]"),
        (SITES.set_axis(["A", "A", "C"]), PAIRS, InputError, r"twice.*unknown sites: \['B'\]"),
        (
            SITES,
            pd.concat([PAIRS, PAIRS.rename(columns={"site_a": "site_b", "site_b": "site_a"})]),
            InputError,
            "twice",
        ),
        (SITES, PAIRS.assign(site_a="C"), InputError, "itself"),
        (SITES.assign(cost=-1.0), PAIRS, InputError, "costs"),
    ],
)
def test_what_cannot_be_used(sites, pairs, error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        restoration_priority(sites, budget=2.0, pairs=pairs)
