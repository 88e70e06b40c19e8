"""Shared services and portability from the tables of a cluster."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster, ancestor, units
from megaregion.data.toy import line
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.services import Decay
from megaregion.links.soft.services_of_cluster import pairs_in_year, portability_of_cluster, services_of_cluster

DECAY = Decay(zones={60: 1.0})


def region(*recognition: tuple[str, str, str, float | None]) -> Cluster:
    cluster = line(4)
    ids = list(units(cluster).index)
    lines = [("h", "hospital", ids[0], 2010.0, 5.0, "bed"), ("h", "hospital", ids[0], 2020.0, 8.0, "bed"),
             ("s", "school", ids[3], 2020.0, 3.0, "place")]  # fmt: skip
    supply = pd.DataFrame(lines, columns=["facility_id", "service", "place_id", "year", "supply", "unit"])
    rows = pd.DataFrame(list(recognition), columns=["origin", "destination", "scheme", "value"])
    return cluster.replace(further={"services_supply": supply, "recognition": rows})


def minutes(cluster: Cluster) -> pd.DataFrame:
    ids = units(cluster).index
    at = np.arange(len(ids))
    return pd.DataFrame(30.0 * np.abs(at[:, None] - at[None, :]), index=ids, columns=ids)


def test_last_year_and_scheme_of_the_service() -> None:
    cluster = region(("all", "all", "hospital", 0.0), ("all", "all", "school", 1.0))
    got = services_of_cluster(cluster, minutes(cluster), decay=DECAY)
    ids, people = list(units(cluster).index), units(cluster)["population"]
    assert list(got) == ["hospital", "school"]
    assert got["hospital"].facts()["supply"] == 8.0
    assert got["hospital"].table["access_now"].tolist() == pytest.approx([8.0 / people[ids[0]], 0, 0, 0])
    shared = 8.0 / people[ids[:3]].sum()  # within 60 minutes
    assert got["hospital"].table["access_shared"].tolist() == pytest.approx([shared, shared, shared, 0])
    assert (got["school"].table["effect"] != "loses").all()


def test_missing_recognition_is_not_guessed() -> None:
    cluster = region(("all", "all", "school", 1.0))
    with pytest.raises(InputError, match=r"service hospital: eligibility is missing: .*\(3 cells\)"):
        services_of_cluster(cluster, minutes(cluster), decay=DECAY)
    with pytest.raises(MissingDataError, match="does not say whom"):
        services_of_cluster(region(), minutes(cluster), decay=DECAY)
    assert services_of_cluster(line(4), minutes(cluster), decay=DECAY) == {}
    gap = cluster.replace(places=cluster.places.assign(population=np.nan))
    with pytest.raises(MissingDataError, match="population is missing"):
        services_of_cluster(gap, minutes(cluster), decay=DECAY)


def test_portability_by_people_and_by_migrants() -> None:
    cluster = region(("all", "all", "pension", 0.5), ("all", "all", "school", 0.0))
    ids = units(cluster).index
    got = portability_of_cluster(cluster)
    assert got is not None and got.facts()["index"] == pytest.approx(0.5)
    assert got.parameters() == {"scheme_weights": {"pension": 1.0}, "pairs_weighted_by": "people"}
    moves = pd.DataFrame(1.0, index=ids, columns=ids)
    by = portability_of_cluster(cluster.replace(flows={"migration": moves}))
    assert by is not None and by.parameters()["pairs_weighted_by"] == "migrants"
    assert portability_of_cluster(region(("all", "all", "school", 0.0))) is None
    assert portability_of_cluster(line(4)) is None
    group = ancestor(cluster.places, "province")[ids]
    assert set(by.table.query("view == 'groups'")["origin"]) == set(group)


def test_pairs_that_hold_in_a_year() -> None:
    rows = [
        ("A", "r", 2010.0, np.nan),
        ("A", "r", 2016.0, np.nan),
        ("B", "s", 2010.0, 2015.0),
        ("B", "t", 2021.0, np.nan),
    ]
    pairs = pd.DataFrame(rows, columns=["donor", "recipient", "start", "end"])
    assert pairs_in_year(pairs, 2016).to_numpy().tolist() == [["A", "r"]]
    assert len(pairs_in_year(pairs, 2015)) == 2
    assert pairs_in_year(pairs.iloc[:0], 2015).empty


def test_rows_of_other_levels_are_counted_and_typing_errors_refused() -> None:
    cluster = region(("all", "all", "pension", 0.5))
    extra = cluster.places.iloc[[-1]].assign(kind="county", parent_id=units(cluster).index[0]).rename({"c4": "x9"})
    rows = pd.DataFrame([("x9", "all", "pension", 0.1)], columns=["origin", "destination", "scheme", "value"])
    more = pd.concat([cluster.further["recognition"], rows], ignore_index=True)
    wide = cluster.replace(places=pd.concat([cluster.places, extra]), further={"recognition": more})
    got = portability_of_cluster(wide)
    assert got is not None and got.facts()["index"] == pytest.approx(0.5)
    assert any("1 rows of recognition name places of other levels" in text for text in got.warnings)
    with pytest.raises(InputError, match="neither a place nor a group: x9"):
        portability_of_cluster(cluster.replace(further={"recognition": more}))
