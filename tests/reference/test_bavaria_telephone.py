"""The calls of docs/howto/bavaria_telephone (official statistics of 1896 and 1900, in the transcription of F. Ploeckl).

Pinned: the largest numbers of both lists as they stand there, and two tables that were counted apart held against each
other. A call in a listed pair began in one of its towns, so the totals of calls begun bound the sums of pairs. Not
reproduced: the estimates of Ploeckl (2023), which concern lines, not calls.
"""

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import office_study

HERE = Path(__file__).parents[2] / "docs" / "howto" / "bavaria_telephone"
OUTSIDE = {"Berlin", "Frankfurt", "Mannheim", "Stuttgart", "Ulm", "Worms"}


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return pd.read_csv(HERE / "tables" / "search_index.csv", dtype={"period": str})


@pytest.fixture(scope="module")
def begun() -> pd.Series:
    return pd.read_csv(HERE / "towns.csv", index_col="place_id")["distance_calls_1900"]


def test_the_largest_pairs_are_those_of_the_list() -> None:
    """1900: München and Rosenheim 80,379 calls, Erlangen and Nürnberg 72,802, Landshut and München 72,056."""
    found = office_study(Workspace(HERE).cluster(), seed=1)["search_links"]
    table = found.to_frame().set_index(["place_a", "place_b"])["link"]
    assert found.facts()["pairs"] == 147 and found.parameters()["period"] == "1900"
    assert list(table.index[:3]) == [("Muenchen", "Rosenheim"), ("Erlangen", "Nuernberg"), ("Landshut", "Muenchen")]
    assert table.to_numpy()[:3] == pytest.approx([1.0, 72802 / 80379, 72056 / 80379])


def test_both_lists_are_whole(calls: pd.DataFrame) -> None:
    """123 and 147 pairs, each once, none below the threshold; first of 1896: Ludwigshafen and Neustadt, 50,300."""
    assert calls.groupby("period").size().to_dict() == {"1896": 123, "1900": 147}
    pair = [tuple(sorted(p)) for p in calls[["origin", "destination"]].to_numpy()]
    assert not calls.assign(pair=pair).duplicated(["pair", "period"]).any()
    assert calls.groupby("period")["value"].agg(["max", "min"]).loc["1896"].tolist() == [50300, 1019]
    assert (calls.loc[calls["period"] == "1900", "value"] >= 5000).all()


def test_calls_of_pairs_and_calls_begun_do_not_contradict_each_other(calls: pd.DataFrame, begun: pd.Series) -> None:
    late = calls[calls["period"] == "1900"]
    inside = late[~late["origin"].isin(OUTSIDE) & ~late["destination"].isin(OUTSIDE)]
    either = inside["origin"].map(begun).to_numpy() + inside["destination"].map(begun).to_numpy()
    assert (inside["value"].to_numpy() <= either).all()
    assert inside["value"].sum() <= begun.sum()


def test_towns_stand_in_bavaria() -> None:
    """Between the Saar and the Danube at Passau; five towns of which two lists disagree have no position."""
    places = pd.read_csv(HERE / "tables" / "places.csv", index_col="place_id")
    assert set(places.index[places["note"] == "outside of Bavaria"]) == OUTSIDE
    known = places.dropna(subset=["lon"])
    assert len(places) == 96 and len(known) == 96 - 6 - 5
    assert known["lon"].between(7.0, 13.9).all() and known["lat"].between(47.2, 50.6).all()
