"""Offices and searches: a list by hand, ranks with intervals, what is refused."""

import re

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.offices import OfficesOptions, offices
from megaregion.links.soft.search_links import search_links
from megaregion.report.layer_remarks import LAYERS

PLACES = pd.Index(["a", "b", "c", "d"])
QUICK = OfficesOptions(draws=99, bootstrap=99)
LIST = pd.DataFrame(
    [("f", "a", 5.0, "headquarters"), ("f", "b", 2.0, "branch"), ("f", "d", 1.0, None), ("g", "b", 3.0, "branch"),
     ("g", "c", 3.0, "headquarters"), ("h", "a", 4.0, None), ("h", "c", 2.0, None), ("i", "d", 3.0, None)],
    columns=["firm", "place_id", "value", "role"],
)  # fmt: skip


def test_a_list_by_hand() -> None:
    found = offices(LIST, PLACES, QUICK, seed=1)
    links = found["office_links"].to_frame().set_index(["place_a", "place_b"])
    assert links["interlock"].to_dict() == {("a", "b"): 10.0, ("b", "c"): 9.0, ("a", "c"): 8.0, ("a", "d"): 5.0,
                                            ("b", "d"): 2.0}  # fmt: skip
    assert links.loc[("a", "b"), ["ruled_from_a", "ruled_from_b"]].tolist() == [2.0, 0.0]
    assert links.loc[("b", "c"), ["ruled_from_a", "ruled_from_b"]].tolist() == [0.0, 3.0]
    places = found["office_places"].to_frame().set_index("place_id")
    assert places["connectivity"].to_dict() == {"a": 23.0, "b": 21.0, "c": 17.0, "d": 7.0}
    assert places.loc["a", "share_of_first"] == 1.0 and places.loc["d", "service_value"] == 4.0
    assert (places["rank_low"] <= places["rank"]).all() and (places["rank"] <= places["rank_high"]).all()
    assert found["office_places"].facts()["firms_in_several_places"] == 3
    assert any("1 of 4 firms have offices in one place only" in w for w in found["office_links"].warnings)
    assert ((links["q"] >= links["p"]) & (links["p"] >= 1 / 100)).all()


def test_the_order_of_rows_and_places_does_not_matter() -> None:
    one = offices(LIST, PLACES, QUICK, seed=1)["office_places"].to_frame()
    two = offices(LIST.sample(frac=1.0, random_state=4), PLACES, QUICK, seed=1)["office_places"].to_frame()
    pd.testing.assert_frame_equal(one, two)


def test_a_planted_pair_comes_first_where_counts_are_kept() -> None:
    """80 firms put 4 offices into 16 places by size; 12 more always into two of them and into two others."""
    rng, places = np.random.default_rng(5), [f"p{k:02}" for k in range(16)]
    size = np.linspace(4.0, 1.0, 16) / np.linspace(4.0, 1.0, 16).sum()
    rows = []
    for k in range(92):
        others = [p for p in places if p not in ("p09", "p13")]
        at = rng.choice(places, 4, False, size) if k < 80 else ["p09", "p13", *rng.choice(others, 2, False)]
        rows += [(f"firm {k}", p, 2.0) for p in at]
    listed = pd.DataFrame(rows, columns=["firm", "place_id", "value"])
    links = offices(listed, pd.Index(places), OfficesOptions(draws=2999, bootstrap=9), seed=1)[
        "office_links"
    ].to_frame()
    first = links.sort_values("z", ascending=False).iloc[0]
    assert (first["place_a"], first["place_b"], bool(first["more_than_chance"])) == ("p09", "p13", True)


def test_without_headquarters_who_rules_is_unknown_and_not_zero() -> None:
    table = pd.DataFrame({"firm": ["f", "f"], "place_id": ["x", "y"], "value": [2.0, 2.0]})
    for frame in (table, table.assign(role="branch")):
        found = offices(frame, pd.Index(["x", "y"]), OfficesOptions(draws=9, bootstrap=9), seed=1)
        assert found["office_places"].to_frame()[["rules", "is_ruled"]].isna().all(axis=None)
        assert found["office_links"].to_frame()[["ruled_from_a", "ruled_from_b"]].isna().all(axis=None)
        assert any("who rules whom is unknown" in text for text in found["office_places"].warnings)


def test_too_few_draws_are_told() -> None:
    rng = np.random.default_rng(1)
    rows = [(f"f{k}", f"p{p}", 1.0) for k in range(30) for p in rng.choice(20, 6, replace=False)]
    table = pd.DataFrame(rows, columns=["firm", "place_id", "value"])
    found = offices(table, pd.Index([f"p{k}" for k in range(20)]), OfficesOptions(draws=99, bootstrap=9), seed=1)
    assert any("99 draws cannot tell fewer than" in w for w in found["office_links"].warnings)
    assert found["office_places"].to_frame()["rules"].isna().all()


def test_bad_lists() -> None:
    bad = LIST.assign(value=[-1.0, *LIST["value"][1:]], place_id=["x", *LIST["place_id"][1:]])
    with pytest.raises(InputError, match=r"unknown places x; offices.value: expected numbers >= 0, 1 are not: f in x"):
        offices(bad, PLACES, QUICK, seed=1)
    with pytest.raises(InputError, match="nothing interlocks"):
        offices(LIST.drop_duplicates("firm"), PLACES, QUICK, seed=1)
    with pytest.raises(InputError, match="draws must be a whole number >= 1, got 0; fdr must be a share"):
        OfficesOptions(draws=0, fdr=2.0)


def searches(rows: list[tuple[str, str, str, float]], period: str = "2020-01") -> pd.DataFrame:
    return pd.DataFrame([(k, a, b, period, v) for k, a, b, v in rows],
                        columns=["keyword", "origin", "destination", "period", "value"])  # fmt: skip


ROWS = [("name", "a", "b", 9.0), ("name", "b", "a", 4.0), ("name", "a", "c", 1.0), ("name", "c", "a", 4.0),
        ("trip", "a", "b", 100.0), ("trip", "b", "a", 100.0), ("trip", "a", "c", 900.0)]  # fmt: skip


def test_a_role_that_is_misspelt_is_not_passed_over() -> None:
    with pytest.raises(InputError, match=r"offices\.role: must be headquarters or branch, got boss"):
        offices(LIST.replace({"role": {"branch": "boss"}}), PLACES, QUICK, seed=1)


def test_searches_by_hand() -> None:
    """name: ab 6, ac 2, over 6; trip knows only ab. The one-way search of trip is no link."""
    found = search_links(searches(ROWS), PLACES)
    table = found.to_frame().set_index(["place_a", "place_b"])
    assert table["link"].to_dict() == pytest.approx({("a", "b"): 1.0, ("a", "c"): 1 / 3})
    assert table.loc[("a", "b"), "imbalance"] == pytest.approx((5 / 13 + 0) / 2)
    assert table["keywords"].to_dict() == {("a", "b"): 2.0, ("a", "c"): 1.0}
    assert found.facts()["pairs_without_both_directions"] == 4


def test_the_scale_of_a_keyword_does_not_matter_and_spikes_are_cut() -> None:
    rows = searches(ROWS)
    scaled = rows.assign(value=rows["value"].where(rows["keyword"] != "name", 1000 * rows["value"]))
    pd.testing.assert_frame_equal(search_links(rows, PLACES).to_frame(), search_links(scaled, PLACES).to_frame())
    days = pd.concat([searches(ROWS, f"d{k}") for k in range(40)], ignore_index=True)
    spike = days.copy()
    spike.loc[0, "value"] = 1e6
    cut = search_links(spike, PLACES)
    pd.testing.assert_frame_equal(cut.to_frame(), search_links(days, PLACES).to_frame())
    assert cut.facts()["values_cut"] == 1


def test_bad_searches() -> None:
    with pytest.raises(InputError, match="unknown places z"):
        search_links(searches([("k", "z", "a", 1.0)]), PLACES)
    with pytest.raises(MissingDataError, match="both directions"):
        search_links(searches([("k", "a", "b", 1.0)]), PLACES)
    with pytest.raises(InputError, match="winsorize must be a quantile"):
        search_links(searches(ROWS), PLACES, winsorize=0.0)


def test_sums_of_both_directions() -> None:
    """Calls ab 8, ac 2 in any order of labels: links 1 and 1/4, no direction; the same as of two equal directions."""
    rows = [("calls", "b", "a", 8.0), ("calls", "a", "c", 2.0)]
    found = search_links(searches(rows), PLACES, directed=False)
    table = found.to_frame().set_index(["place_a", "place_b"])
    assert table["link"].to_dict() == {("a", "b"): 1.0, ("a", "c"): 0.25} and table["imbalance"].isna().all()
    assert found.facts()["pairs_not_listed"] == 4 and "pairs_without_both_directions" not in found.facts()
    halves = searches([row for k, a, b, v in rows for row in ((k, a, b, v / 2), (k, b, a, v / 2))])
    same = search_links(halves, PLACES[::-1]).to_frame().set_index(["place_a", "place_b"])["link"]
    assert sorted(same) == sorted(table["link"])
    with pytest.raises(InputError, match="listed more than once in a period: a and b"):
        search_links(searches([*rows, ("calls", "a", "b", 1.0)]), PLACES, directed=False)
    with pytest.raises(InputError, match="directed must be true or false"):
        search_links(searches(rows), PLACES, directed="no")  # type: ignore[arg-type]


def test_one_period_and_uneven_periods() -> None:
    """A pair known only late, when everything was twice as much, would look twice as strong: that is told."""
    late = searches([("calls", "a", "b", 8.0), ("calls", "a", "c", 8.0)], "2")
    both = pd.concat([searches([("calls", "a", "b", 4.0)], "1"), late])
    mixed = search_links(both, PLACES, directed=False, winsorize=1.0)
    assert any("1 of 2 rows are not known in every period" in text for text in mixed.warnings)
    assert all(any(re.fullmatch(pattern, text) for pattern, _ in LAYERS) for text in mixed.warnings), "said in Chinese"
    one = search_links(both, PLACES, directed=False, period="2")
    assert one.to_frame()["link"].tolist() == [1.0, 1.0] and not any("every period" in w for w in one.warnings)
    with pytest.raises(MissingDataError, match="no row of period '3'"):
        search_links(both, PLACES, directed=False, period="3")
