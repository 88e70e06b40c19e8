"""Counts and weights of the register by hand; districts sign for their city; what goes with ties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.mechanisms.agreement_drivers import drivers_of_cluster
from megaregion.mechanisms.agreement_network import agreement_network
from megaregion.mechanisms.agreement_parties import lifted, parties_of
from megaregion.mechanisms.agreement_register import CARRIED, STRENGTH, agreement_register

PLACES = pd.DataFrame(
    {
        "kind": ["province", "province", *["city"] * 4, "county", "county", "county"],
        "parent_id": [None, None, "P", "P", "Q", "Q", "a", "a", "c"],
    },
    index=pd.Index(["P", "Q", "a", "b", "c", "d", "a1", "a2", "c1"], name="place_id"),
)
GROUPS = pd.Series({"a": "P", "b": "P", "c": "Q", "d": "Q"})
ROWS = [
    ("1", "a;b", "health", "agreement", "signed", 2018, np.nan),
    ("2", "a1;c1", "health", "statement", "announced", 2018, 2019),
    ("3", "a;b;c;Q", "transport", "law", "in-force", 2020, np.nan),
    ("4", "a1;a2", "transport", "plan", "in-force", 2021, np.nan),
    ("5", "b;d", "health", "plan", "ended", 2016, np.nan),
]


def register(rows: list[tuple[object, ...]] = ROWS) -> pd.DataFrame:
    columns = ["agreement_id", "parties", "field", "instrument", "status", "start", "end"]
    return pd.DataFrame(rows, columns=columns).set_index("agreement_id").assign(title="t", url="u")


def test_fields_by_hand() -> None:
    """Weights: 3 x .5, 1 x .25, 6 x 1, 2 x 1, 2 x 0."""
    found = agreement_register(register(), PLACES, GROUPS, level="city")
    table = found.to_frame().set_index("field")
    assert table.loc["all", ["agreements", "announced", "signed", "in_force", "ended"]].tolist() == [5, 1, 1, 2, 1]
    assert table["weight"].to_dict() == {"all": 9.75, "health": 1.75, "transport": 8.0}
    assert table.loc["health", "count_share"] == 3 / 5 and table.loc["health", "weight_share"] == 1.75 / 9.75
    assert table.loc["health", "strength"] == 2.0  # of 3, 1 and 2
    listed = found.listed.to_frame().set_index("agreement_id")
    assert listed["members"].to_dict() == {"5": 2, "1": 2, "2": 2, "3": 4, "4": 2}
    assert listed.index.tolist() == ["5", "1", "2", "3", "4"]  # by start


def test_years_by_hand() -> None:
    """Every year from the first to the last; the one that ended nobody knows when runs in none."""
    table = agreement_register(register(), PLACES, GROUPS, level="city").years.to_frame().set_index("year")
    assert table.index.tolist() == [2016, 2017, 2018, 2019, 2020, 2021]
    assert table["agreements"].tolist() == [1, 0, 2, 0, 1, 1] and table["running"].tolist() == [0, 0, 2, 2, 2, 3]
    assert table["agreements"].sum() == 5 and table["weight"].sum() == 9.75


def test_pairs_by_hand() -> None:
    """a-b: 1.5 + 6/3; a1-c1 is a-c: .25 + 6/3; the law has four parties, one of them a province; 4 is inside a."""
    found = agreement_register(register(), PLACES, GROUPS, level="city").ties
    table = found.to_frame().set_index(["place_a", "place_b"])
    assert table["weight"].to_dict() == {("a", "b"): 3.5, ("a", "c"): 2.25, ("b", "c"): 2.0, ("b", "d"): 0.0}
    assert table["across"].to_dict() == {("a", "b"): False, ("a", "c"): True, ("b", "c"): True, ("b", "d"): True}
    assert table.loc[("a", "b"), ["agreements", "alone", "first", "last"]].tolist() == [2, 1, 2018, 2020]
    text = " ".join(found.warnings)
    assert "3 parties below the level of analysis" in text and "a1 → a" in text
    assert "1 agreements between parts of one place are left out: 4" in text


def test_relabelling_and_order_change_nothing() -> None:
    """Weights of pairs follow the names, whatever the order of rows and parties."""
    turned = register([(i, ";".join(reversed(str(p).split(";"))), *rest) for i, p, *rest in reversed(ROWS)])
    one, two = (agreement_register(t, PLACES, GROUPS, level="city").ties.to_frame() for t in (register(), turned))
    pd.testing.assert_frame_equal(one, two)


def test_other_weights_are_stated() -> None:
    found = agreement_register(register(), PLACES, GROUPS, level="city", strength=dict.fromkeys(STRENGTH, 1.0),
                               carried=dict.fromkeys(CARRIED, 1.0))  # fmt: skip
    table = found.to_frame()
    np.testing.assert_allclose(table["count_share"], table["weight_share"])  # all alike: weights are counts
    assert found.parameters()["strength"]["law"] == 1.0


def test_an_empty_register_is_empty() -> None:
    found = agreement_register(register([]), PLACES, GROUPS, level="city")
    for part in (found, found.listed, found.years, found.ties):
        assert part.to_frame().empty and list(part.to_frame()) == [c.name for c in part.columns] and part.warnings


def test_everything_wrong_is_said_at_once() -> None:
    rows = [("1", "a;b", "health", "promise", "signed"), ("1", "a;a", "health", "law", "x"),
            ("2", "a", None, "law", "signed")]  # fmt: skip
    bad = register([(*row, 2018, np.nan) for row in rows])
    with pytest.raises(InputError) as error:
        agreement_register(bad, PLACES, GROUPS, level="city", strength={"oath": 2}, carried={"signed": 2})
    for text in ("agreement_id repeats 1", "got promise in 1", "got x in 1", "field is empty for 2",
                 "a party twice for 1", "fewer than two parties for 2", "unknown instrument 'oath'",
                 "'signed' must lie between 0 and 1"):  # fmt: skip
        assert text in str(error.value), text
    with pytest.raises(InputError, match="lacks the columns url"):
        agreement_register(register().drop(columns="url"), PLACES, GROUPS, level="city")


def test_lifting_keeps_what_it_must_not_touch() -> None:
    out, warnings = lifted(register(), PLACES, "city")
    assert parties_of(out).groupby(level=0).agg(list).to_dict() == {
        "1": ["a", "b"], "2": ["a", "c"], "3": ["a", "b", "c", "Q"], "5": ["b", "d"]
    }  # fmt: skip
    assert len(warnings) == 2
    doubled, _ = lifted(register([("1", "a;a", "f", "law", "signed", 2018, 0)]), PLACES, "city")
    assert doubled.loc["1", "parties"] == "a;a"  # for the caller to report
    same, none = lifted(register([ROWS[0]]), PLACES, "city")
    assert same.loc["1", "parties"] == "a;b" and none == ()


def test_the_example_runs_through_network_and_drivers(examples: Path) -> None:
    """Ties of the shipped register go with nearness; a district's agreement is one of its city."""
    cluster = Workspace(examples / "yangtze-delta").cluster()
    raised, _ = lifted(cluster.agreements, cluster.places, "city")
    groups = cluster.places.loc[cluster.places["kind"] == "city", "parent_id"]
    network = agreement_network(raised, groups, seed=1, permutations=19)
    ties = network.pairs.to_frame().query("field == 'all'").set_index(["place_a", "place_b"])
    assert ties.loc[("310100", "330400"), "agreements"] == 4  # Songjiang, Qingpu, Putuo; Zhenjiang 2011
    found = drivers_of_cluster(cluster, network, seed=1)
    assert found is not None
    table = found.to_frame().set_index("predictor")
    assert list(table.index) == ["ln_distance_km", "same_group", "gap_ln_population"]
    assert table.loc["ln_distance_km", "coefficient"] < 0 and table.loc["ln_distance_km", "p_less"] <= 0.01
    bare = cluster.replace(places=cluster.places.assign(lon=np.nan, population=np.nan))
    few = drivers_of_cluster(bare, network, seed=1)
    assert few is not None and few.to_frame()["predictor"].tolist() == ["same_group"]
    nothing = agreement_network(raised.iloc[:0], groups, seed=1)
    assert drivers_of_cluster(cluster, nothing, seed=1) is None
