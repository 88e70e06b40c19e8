"""Changes of borders: shares, chains over years, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.crosswalk import crosswalk, crosswalk_problems
from megaregion.errors import InputError


def table(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame([(*r, *[np.nan] * (5 - len(r))) for r in rows],
                        columns=["from_id", "to_id", "year", "share_population", "share_area"])  # fmt: skip


def codes(*rows: tuple, known: set[str] | None = None) -> set[str]:
    return {p.code for p in crosswalk_problems(table(*rows), known=known)}


def test_merged_units_need_no_shares() -> None:
    found = crosswalk(table(("a", "c", 2010), ("b", "c", 2010)))
    assert found.table["share"].tolist() == [1.0, 1.0]
    chain = found.chain(pd.Index(["a", "b", "d"]), after=2009, until=2010)
    assert chain.to_dict("list") == {"from_id": ["a", "b", "d"], "to_id": ["c", "c", "d"], "share": [1.0, 1.0, 1.0]}


def test_changes_of_several_years_are_multiplied() -> None:
    """a gives a quarter to b in 2005; a half of b goes to c in 2010: of a 1/8 is in c, 1/8 in b, 3/4 in a."""
    found = crosswalk(
        table(("a", "a", 2005, 0.75), ("a", "b", 2005, 0.25), ("b", "b", 2005, 1.0),
              ("b", "b", 2010, 0.5), ("b", "c", 2010, 0.5), ("c", "c", 2010, 1.0))
    )  # fmt: skip
    chain = found.chain(pd.Index(["a"]), after=2004, until=2010).set_index(["from_id", "to_id"])["share"]
    assert chain.loc["a"].to_dict() == pytest.approx({"a": 0.75, "b": 0.125, "c": 0.125})
    assert chain.loc["c"].to_dict() == {"c": 1.0}  # known to the crosswalk, so it is looked for
    later = found.chain(pd.Index(["a"]), after=2005, until=2010)
    assert later.loc[later["from_id"] == "a", "to_id"].tolist() == ["a"]


def test_random_chains_keep_the_mass_to_the_last_digit() -> None:
    """Shares drawn at random and printed with three digits, over five years of changes: every unit sums to one."""
    rng = np.random.default_rng(3)
    units = [f"u{i}" for i in range(12)]
    rows = []
    for year in range(2001, 2006):
        givers = rng.choice(12, 4, replace=False)
        takers = [k for k in range(12) if k not in givers]
        for g in givers:
            share = np.round(rng.dirichlet(np.ones(3)), 3)
            to = [g, *rng.choice(takers, 2, replace=False)]
            rows += [(units[g], units[t], year, s) for t, s in zip(to, np.maximum(share, 0.001), strict=True)]
        rows += [(units[t], units[t], year, 1.0) for t in takers]
    rows = [(a, b, y, float(s)) for a, b, y, s in rows]
    raw = table(*rows)
    raw["share_population"] /= raw.groupby(["from_id", "year"])["share_population"].transform("sum") / 0.9995
    found = crosswalk(raw)
    assert "scaled" in found.notes[0]
    chain = found.chain(pd.Index(units), after=2000, until=2005)
    np.testing.assert_allclose(chain.groupby("from_id")["share"].sum(), 1.0, rtol=1e-14)


def test_shares_by_area_and_by_people_are_kept_apart() -> None:
    rows = table(("a", "a", 2010, 0.9, 0.4), ("a", "b", 2010, 0.1, 0.6))
    assert crosswalk(rows).table["share"].tolist() == [0.9, 0.1]
    assert crosswalk(rows, by="area").table["share"].tolist() == [0.4, 0.6]
    with pytest.raises(InputError, match=r"(?s)splits need share_area.*a > a \(2010\)"):
        crosswalk(table(("a", "a", 2010, 0.9), ("a", "b", 2010, 0.1)), by="area")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", "b", 2010, 0.6), ("a", "c", 2010, 0.3)], "share-sum"),
        ([("a", "b", 2010, 1.2), ("a", "c", 2010, -0.2)], "share-range"),
        ([("a", "b", 2010, 0.6), ("a", "c", 2010)], "share-gap"),
        ([("a", "b", 2010), ("a", "b", 2010)], "duplicate-id"),
        ([("a", "b", 2010), ("b", "a", 2010)], "crosswalk-cycle"),
        ([("a", "b", 2010), ("b", "c", 2010), ("c", "a", 2010)], "crosswalk-cycle"),
        ([("a", "b", 2010), ("b", "c", 2010)], "crosswalk-chain"),
        ([("a", "b", 2010), ("a", "c", 2012)], "crosswalk-overlap"),
        ([("a", "t", 2005), ("b", "t", 2010)], "crosswalk-row"),
    ],
)
def test_what_cannot_be_is_named(rows: list[tuple], code: str) -> None:
    assert code in codes(*rows)
    with pytest.raises(InputError, match=code):
        crosswalk(table(*rows))


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "a", 2010, 0.9), ("a", "b", 2010, 0.1), ("b", "b", 2010, 0.8), ("b", "a", 2010, 0.2)],  # land exchanged
        [("a", "b", 2010), ("b", "a", 2012)],  # renamed and back
        [("a", "b", 2010), ("c", "a", 2012), ("a", "d", 2014)],  # a code used again for another unit
        [("a", "b", 2010), ("b", "b", 2010), ("b", "c", 2015)],
        [("a", "t", 2005), ("t", "x", 2008), ("b", "t", 2010)],  # ended, and founded anew
        [("a", "t", 2005), ("b", "t", 2010), ("t", "t", 2010)],
    ],
)
def test_what_can_be_is_let_through(rows: list[tuple]) -> None:
    assert codes(*rows) == set()


def test_units_that_lead_nowhere_are_unknown() -> None:
    assert codes(("a", "b", 2010), known={"c"}) == {"unknown-place"}
    assert codes(("a", "b", 2010), ("b", "c", 2012), known={"c"}) == set()
    assert codes(("a", "b", 2010), known={"b"}) == set()


def test_all_problems_are_told_at_once_and_nothing_leads_back() -> None:
    with pytest.raises(InputError, match=r"(?s)share-sum.*crosswalk-cycle|crosswalk-cycle.*share-sum"):
        crosswalk(table(("a", "b", 2010, 0.5), ("b", "a", 2010, 0.9)))
    with pytest.raises(InputError, match="forward only"):
        crosswalk(table(("a", "b", 2010))).chain(pd.Index(["b"]), after=2012, until=2010)
    with pytest.raises(InputError, match="by must be"):
        crosswalk(table(("a", "b", 2010)), by="gdp")  # type: ignore[arg-type]


def test_units_between_whose_years_a_change_lies() -> None:
    found = crosswalk(table(("a", "b", 2010), ("b", "b", 2010)))
    units, since, year = pd.Series(["a", "b", "b", "c"]), pd.Series([2009, 2009, 2010, 2009]), pd.Series([2010] * 4)
    assert found.touched(units, since, year).tolist() == [True, True, False, False]
