"""What the soft links of a small cluster give, and what they say of the rest."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import units
from megaregion.data.toy import line
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.segmentation import segmentation
from megaregion.links.soft.study import prices_of_cluster, segmentation_of_cluster, soft_links


def minutes(homes: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(30.0, homes.index, sites.index)


def prices(places: list[str], kind: str = "price", years: range = range(2018, 2021)) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rows = [(p, g, float(y), float(np.exp(rng.normal()))) for p in places for g in "abcd" for y in years]
    return pd.DataFrame(rows, columns=["place_id", "good", "period", "price"]).assign(kind=kind, unit="CNY")


def test_a_cluster_without_tables_says_what_each_part_needs() -> None:
    found = soft_links(line(4).replace(flows={}), minutes, seed=1)
    assert list(found) == ["parts"]
    table = found["parts"].to_frame()
    assert not table["computed"].any() and table["note_zh"].str.contains(r"[\u4e00-\u9fff]").all()
    assert set(table["part"]) == {"flows", "spillover", "shared services", "portability", "market segmentation"}


def test_services_wait_for_a_stated_reach_and_rights_do_not() -> None:
    cluster = line(4)
    ids = list(units(cluster).index)
    supply = pd.DataFrame([("h", "general hospital", ids[0], 2020.0, 8.0, "bed")],
                          columns=["facility_id", "service", "place_id", "year", "supply", "unit"])  # fmt: skip
    rows = pd.DataFrame([("all", "all", "pension", 0.5), ("all", "all", "general hospital", 0.0)],
                        columns=["origin", "destination", "scheme", "value"])  # fmt: skip
    stated = cluster.replace(further={"services_supply": supply, "recognition": rows})
    found = soft_links(stated, minutes, seed=1)
    assert "portability" in found and not any(name.startswith("service_") for name in found)
    lost = found["parts"].to_frame().set_index("part")
    assert "zones or reach_min" in lost.loc["shared services", "note_en"]
    opened = stated.replace(options={**cluster.options, "shared_services": {"zones": {"60": 1.0}}})
    full = soft_links(opened, minutes, seed=1)
    access = full["service_general_hospital"].to_frame()  # names of files have no blanks
    people = units(cluster)["population"].to_numpy()
    for when in ("now", "shared"):  # supply is neither made nor lost
        assert people @ access[f"access_{when}"].to_numpy() == pytest.approx(8.0, rel=1e-9)
    assert "facilities_general_hospital" in full
    with pytest.raises(MissingDataError, match="does not say whom"):
        soft_links(opened.replace(further={"services_supply": supply}), minutes, seed=1)


def test_segmentation_of_a_cluster_is_that_of_its_neighbours() -> None:
    cluster = line(4)
    ids = list(units(cluster).index)
    table = prices(ids)
    got = segmentation_of_cluster(cluster.replace(further={"prices": table}))
    pairs = pd.DataFrame({"place_a": ids[:-1], "place_b": ids[1:]})  # of points on a line
    want = segmentation(table.rename(columns={"place_id": "place"}), pairs, kind="price")
    np.testing.assert_allclose(got.table["segmentation"], want.table["segmentation"])
    assert any("Gabriel" in w for w in got.warnings)
    one = pd.DataFrame({"place_a": [ids[0], ids[2]], "place_b": [ids[1], ids[3]], "km": [1.0, 1.0]})
    few = segmentation_of_cluster(cluster.replace(further={"prices": table}), one)
    assert (few.table["neighbours"] == 1).all() and not any("Gabriel" in w for w in few.warnings)


def test_prices_give_the_border_between_groups_when_points_and_changes_allow_it() -> None:
    cluster = line(8)
    ids = list(units(cluster).index)
    stated = cluster.replace(further={"prices": prices(ids, years=range(2016, 2021))})
    found = prices_of_cluster(stated)
    assert set(found["price_border"].to_frame()["term"]) == {"ln_distance", "border"}
    short = cluster.replace(further={"prices": prices(ids)})  # two changes only
    same = stated.places.copy()
    same.loc[ids[1], ["lon", "lat"]] = same.loc[ids[0], ["lon", "lat"]].to_numpy()
    pairs = pd.DataFrame({"place_a": ids[:-1], "place_b": ids[1:]})
    for poor in (short, stated.replace(places=same)):
        assert list(prices_of_cluster(poor, pairs)) == ["segmentation"]


def test_places_without_a_group_have_a_distance_and_no_border() -> None:
    cluster = line(8)
    ids = list(units(cluster).index)
    orphans = cluster.places.copy()
    orphans["parent_id"] = None
    stated = cluster.replace(places=orphans, further={"prices": prices(ids, years=range(2016, 2021))})
    got = prices_of_cluster(stated)["price_border"]
    assert set(got.to_frame()["term"]) == {"ln_distance"}
    assert any("not identified" in w for w in got.warnings)


def test_prices_are_checked() -> None:
    cluster = line(4)
    ids = list(units(cluster).index)
    table = prices(ids)
    for bad, message in (
        (table.assign(kind=["price", "index"] * (len(table) // 2)), "one for the whole table"),
        (table.replace({ids[0]: "nowhere"}), "no places: nowhere"),
        (table.assign(unit=["CNY", "EUR"] * (len(table) // 2)), "several units"),
    ):
        with pytest.raises(InputError, match=message):
            segmentation_of_cluster(cluster.replace(further={"prices": bad}))
    with pytest.raises(MissingDataError, match="has no prices"):
        segmentation_of_cluster(cluster)
