"""Values brought to the borders of one year: by hand, by mass, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.crosswalk import Crosswalk, crosswalk, crosswalk_problems
from megaregion.data.harmonize import harmonize, stated
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError


def changes(*rows: tuple) -> Crosswalk:
    return crosswalk(pd.DataFrame(rows, columns=["from_id", "to_id", "year", "share_population"]))


def values(*rows: tuple) -> pd.DataFrame:
    """Rows of place, year, indicator, value; people and money add up, percent does not."""
    units = {"people": "person", "gdp": "million CNY (current)", "age": "year", "urban": "percent"}
    frame = pd.DataFrame(rows, columns=["place_id", "year", "indicator", "value"])
    return frame.assign(unit=frame["indicator"].map(units), scope="全市", source="s", flag="")


def cells(found) -> dict:
    frame = found.to_frame()
    return {(r["indicator"], r["place_id"], r["year"]): r["value"] for _, r in frame.iterrows()}


SPLIT = (("a", "a", 2010, 0.75), ("a", "b", 2010, 0.25), ("b", "b", 2010, 1.0))


def test_amounts_are_shared_out_and_rates_weighted_by_hand() -> None:
    """a 400 people, 50 % urban; b 100 people, 20 %: b becomes 200 people and (100 x 50 + 100 x 20) / 200 = 35 %."""
    given = values(("a", 2009, "people", 400), ("b", 2009, "people", 100), ("a", 2009, "urban", 50),
                   ("b", 2009, "urban", 20), ("a", 2010, "people", 300), ("b", 2010, "people", 210))  # fmt: skip
    found = harmonize(given, changes(*SPLIT), year=2010, intensive={"urban": "people"})
    got = cells(found)
    assert got["people", "a", 2009] == pytest.approx(300)
    assert got["people", "b", 2009] == pytest.approx(200)
    assert got["urban", "a", 2009] == pytest.approx(50)
    assert got["urban", "b", 2009] == pytest.approx(35)
    assert got["people", "b", 2010] == 210
    how = found.to_frame().set_index(["indicator", "place_id", "year"])[["how", "flag"]]
    assert how.loc[("people", "b", 2009), "how"] == "shared out"
    assert "modelled" in how.loc[("people", "b", 2009), "flag"]
    assert how.loc[("people", "b", 2010)].tolist() == ["unchanged", ""]
    assert "modelled" in found.warnings[0]


def test_what_is_merged_whole_is_exact_and_not_modelled() -> None:
    found = harmonize(values(("a", 2009, "people", 7), ("b", 2009, "people", 5)),
                      changes(("a", "c", 2010, np.nan), ("b", "c", 2010, np.nan)), year=2010)  # fmt: skip
    (row,) = found.to_frame().to_dict("records")
    assert (row["place_id"], row["value"], row["how"], row["flag"]) == ("c", 12.0, "merged", "harmonized")
    assert found.parts.to_frame()["exact"].all()


def test_the_mass_of_amounts_is_kept_to_one_part_in_a_trillion() -> None:
    rng = np.random.default_rng(1)
    units = [f"u{i:02d}" for i in range(30)]
    rows = []
    for year in (2003, 2007, 2011):
        for g in rng.choice(15, 6, replace=False):
            share = rng.dirichlet(np.ones(3))
            to = [units[g], *(units[15 + k] for k in rng.choice(15, 2, replace=False))]
            rows += [(units[g], t, year, s) for t, s in zip(to, share, strict=True)]
        rows += [(u, u, year, 1.0) for u in units[15:]]
    given = values(
        *[(u, y, "gdp", v) for y in range(2000, 2015) for u, v in zip(units, rng.lognormal(8, 2, 30), strict=True)]
    )
    found = harmonize(given, changes(*rows), year=2014)
    before, after = (f.groupby("year")["value"].sum() for f in (given, found.to_frame()))
    np.testing.assert_allclose(after, before, rtol=1e-12)
    steps = found.steps.to_frame()
    np.testing.assert_allclose(steps["sum_out"], steps["sum_in"], rtol=1e-12)


def test_a_sum_that_lacks_a_part_is_missing_and_told() -> None:
    found = harmonize(values(("a", 2009, "people", 400), ("a", 2010, "people", 300), ("b", 2010, "people", 210)),
                      changes(*SPLIT), year=2010)  # fmt: skip
    got = cells(found)
    assert np.isnan(got["people", "b", 2009])
    assert got["people", "a", 2009] == pytest.approx(300)
    assert "1 values have no sum" in found.warnings[0]
    assert len(found.indicators()) == 3


def test_medians_and_rates_without_weight_stay_only_where_nothing_changed() -> None:
    given = values(("a", 2009, "age", 40), ("b", 2009, "age", 30), ("c", 2009, "age", 35), ("d", 2009, "age", 33))
    found = harmonize(given, changes(*SPLIT, ("d", "e", 2010, np.nan)), year=2010, neither=["age"])
    got = cells(found)
    assert np.isnan(got["age", "a", 2009])
    assert np.isnan(got["age", "b", 2009])
    assert got["age", "c", 2009] == 35
    assert got["age", "e", 2009] == 33  # a new name for the same territory
    assert "cannot be carried" in " ".join(found.warnings)


def test_a_new_name_keeps_a_rate_without_weight_and_a_part_keeps_that_of_the_whole() -> None:
    given = values(("a", 2009, "urban", 50), ("a", 2009, "people", 400))
    found = harmonize(given, changes(("a", "x", 2010, 0.4), ("a", "y", 2010, 0.6)), year=2010,
                      intensive={"urban": "people"})  # fmt: skip
    assert cells(found) == pytest.approx({("people", "x", 2009): 160, ("people", "y", 2009): 240,
                                          ("urban", "x", 2009): 50, ("urban", "y", 2009): 50})  # fmt: skip


def test_publishers_who_recalculate_the_past_are_on_their_own_borders() -> None:
    given = values(("a", 2005, "people", 300), ("b", 2005, "people", 200))
    for name in ("s", "people"):
        found = harmonize(given, changes(*SPLIT), year=2012, borders={name: 2011})
        assert found.to_frame()["how"].eq("unchanged").all()
    with pytest.raises(InputError, match="nobody"):
        harmonize(given, changes(*SPLIT), year=2012, borders={"nobody": 2011})


def test_options_of_the_workspace_are_read_and_checked() -> None:
    told = stated({"harmonize": {"borders": {"s": 2011}, "intensive": {"urban": "people"}, "neither": ["age"]}})
    assert told == ({"s": 2011}, {"urban": "people"}, ("age",))
    assert stated({}) == ({}, {}, ())
    with pytest.raises(InputError, match=r"(?s)unknown keys border.*borders must name years.*neither must be a list"):
        stated({"harmonize": {"border": 1, "borders": {"s": "2011"}, "neither": "age"}})


def test_the_result_does_not_depend_on_order_and_grows_with_the_unit() -> None:
    given = values(
        ("a", 2009, "people", 400), ("b", 2009, "people", 100), ("a", 2011, "people", 1), ("b", 2011, "people", 2)
    )
    one = harmonize(given, changes(*SPLIT), year=2011).to_frame()
    two = harmonize(given.iloc[::-1], changes(*SPLIT), year=2011).to_frame()
    pd.testing.assert_frame_equal(one, two)
    thousand = harmonize(given.assign(value=given["value"] * 1e3), changes(*SPLIT), year=2011).to_frame()
    np.testing.assert_allclose(thousand["value"], one["value"] * 1e3, rtol=1e-14)


def test_pooled_units_are_exact_sums_in_all_years() -> None:
    given = values(("a", 2009, "people", 400), ("b", 2009, "people", 100), ("a", 2010, "people", 300),
                   ("b", 2010, "people", 210), ("c", 2010, "people", 7), ("a", 2010, "age", 40))  # fmt: skip
    found = harmonize(given, changes(*SPLIT), year=2010, how="pool", neither=["age"], known=["a", "b", "c"])
    got = cells(found)
    assert (got["people", "a+b", 2009], got["people", "a+b", 2010], got["people", "c", 2010]) == (500, 510, 7)
    assert np.isnan(got["age", "a+b", 2010])
    how = found.to_frame().set_index(["indicator", "place_id", "year"])["how"]
    assert how["people", "a+b", 2010] == "merged"
    lacking = harmonize(given[given["place_id"] != "b"], changes(*SPLIT), year=2010, how="pool")
    assert np.isnan(cells(lacking)["people", "a+b", 2010])


def test_pools_follow_units_through_all_their_names() -> None:
    """a splits into x and y in 2005, y and z merge into w in 2010: a, z and all that follows are x + w."""
    steps = changes(("a", "x", 2005, 0.5), ("a", "y", 2005, 0.5), ("y", "w", 2010, np.nan), ("z", "w", 2010, np.nan))
    cells_ = {2000: {"a": 10, "z": 5}, 2007: {"x": 6, "y": 7, "z": 8}, 2012: {"x": 9, "w": 20}}
    given = values(*[(unit, year, "people", n) for year, part in cells_.items() for unit, n in part.items()])
    found = harmonize(given, steps, year=2012, how="pool")
    assert cells(found) == {("people", "w+x", 2000): 15, ("people", "w+x", 2007): 21, ("people", "w+x", 2012): 29}
    early = harmonize(given[given["year"] < 2010], steps, year=2007, how="pool")
    assert cells(early) == {("people", "x+y", 2000): 10, ("people", "z", 2000): 5, ("people", "x+y", 2007): 13,
                            ("people", "z", 2007): 8}  # fmt: skip


def test_no_change_changes_nothing() -> None:
    given = values(("a", 2009, "people", 400), ("b", 2009, "age", 30))
    found = harmonize(given, changes(("x", "y", 2000, np.nan)), year=2010)
    assert found.to_frame()["how"].eq("unchanged").all()
    assert found.facts()["unchanged"] == 2


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("a", 2009, "people", 1), ("a", 2009, "people", 2)], "stand twice"),
        ([("a", 2013, "people", 1)], "later than 2009 that were changed"),
        ([("d", 2011, "people", 1)], "unit had ended"),
        ([("n", 2009, "people", 1)], "founded by the crosswalk in 2010"),
    ],
)
def test_values_that_cannot_be_are_refused(rows: list[tuple], text: str) -> None:
    with pytest.raises(InputError, match=text):
        harmonize(values(*rows), changes(*SPLIT, ("d", "n", 2010, np.nan)), year=2009 if "later" in text else 2012)


def test_later_values_of_units_that_did_not_change_stay() -> None:
    found = harmonize(values(("a", 2013, "people", 1), ("c", 2014, "people", 2)), changes(*SPLIT), year=2012)
    assert cells(found) == {("people", "a", 2013): 1, ("people", "c", 2014): 2}


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError, match=r"(?s)later than 2009.*intensive names urban per people.*no values of urban"):
        harmonize(values(("a", 2013, "people", 1)), changes(*SPLIT), year=2009, intensive={"urban": "people"})
    with pytest.raises(InputError, match="lack the columns scope"):
        harmonize(values(("a", 2010, "people", 1)).drop(columns="scope"), changes(*SPLIT), year=2012)


def test_the_jump_of_tongling_is_gone_on_the_borders_of_2020(examples: Path) -> None:
    """Zongyang county moved from Anqing: the yearbooks give Tongling 738,100 people in 2014 and 1,426,000 in 2015."""
    workspace = Workspace(examples / "yangtze-delta")
    cluster = workspace.cluster()
    rows = cluster.indicators[cluster.indicators["indicator"].isin(["resident_population", "gdp"])]
    rows = rows[rows["year"] <= 2020]
    found = harmonize(rows, crosswalk(cluster.further["crosswalk"]), year=2020)
    jumps = found.jumps.to_frame()
    mine = jumps[(jumps["place_id"] == "340700") & (jumps["indicator"] == "resident_population")]
    assert mine["when"].tolist() == ["before"]
    assert mine["border"].all()
    assert mine["change"].iloc[0] == pytest.approx(100 * (1_426_000 / 738_100 - 1))
    got = cells(found)
    left = found.to_frame().set_index(["indicator", "place_id", "year"])["flag"]
    assert "check-border" in left["resident_population", "340200", 2011]  # took over parts of Chaohu, not in the table
    assert "check-border" not in left["resident_population", "340700", 2015]
    assert got["resident_population", "340700", 2014] + got["resident_population", "340800", 2014] == pytest.approx(
        738_100 + 5_375_600, rel=1e-12
    )
    share = 838_712 / (838_712 + 4_472_667)  # census of 2010: Zongyang, and Anqing on the borders of 2020
    assert got["gdp", "340700", 2014] == pytest.approx(71_631 + share * 154_432, rel=1e-5)


def test_parts_in_two_units_are_brought_to_one_before_they_are_added() -> None:
    """a 400 million, b 1 in units of 100 million: 0.25 x 400 + 100 = 200 million."""
    given = values(("a", 2009, "gdp", 400), ("b", 2009, "gdp", 1), ("a", 2010, "gdp", 300), ("b", 2010, "gdp", 210))
    given.loc[1, "unit"] = "100 million CNY (current)"
    given = pd.concat([given, values(("d", 2009, "gdp", 7))], ignore_index=True)
    found = harmonize(given, changes(*SPLIT), year=2010)
    assert cells(found)["gdp", "b", 2009] == pytest.approx(200)
    assert set(found.to_frame()["unit"]) == {"million CNY (current)"}
    given.loc[1, "unit"] = "million USD (current)"
    with pytest.raises(InputError, match="cannot be brought together: gdp 全市 2009: 1 of 3 values in million USD"):
        harmonize(given, changes(*SPLIT), year=2010)


def test_a_crosswalk_without_rows_has_no_problems_and_changes_nothing() -> None:
    rows = pd.DataFrame({"from_id": [], "to_id": [], "year": [], "share_population": []})
    assert crosswalk_problems(rows.astype({"from_id": str, "to_id": str}), known=["a"]) == []
    assert harmonize(values(("a", 2009, "gdp", 4)), crosswalk(rows), year=2010).to_frame()["value"].tolist() == [4]
