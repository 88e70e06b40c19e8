"""Every kind of change: what it refuses, what it leaves in the frames, and what links do to a timetable."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import (
    AddLink,
    CloseLink,
    HukouPoints,
    Platform,
    Recognize,
    ReleaseFreight,
    Restore,
    RestructureRural,
    ScaleTime,
    Scenario,
    SetHousing,
    SetLand,
    SetTransfer,
    UseTimetable,
    Voucher,
)
from megaregion.errors import InputError
from megaregion.links.hard.network import RailNetwork

LINKS = {"ab": ("a", "b", 30.0), "bc": ("b", "c", 30.0), "ad": ("a", "d", 50.0), "dc": ("d", "c", 50.0)}
SERVICES = [("a", "b", 30.0), ("b", "a", 30.0), ("a", "c", 66.0), ("c", "a", 66.0), ("b", "c", 33.0), ("e", "a", 20.0)]


@pytest.fixture
def cluster() -> Cluster:
    """Two provinces, three cities; stops a-b-c in a row, a detour over d, and e on no link."""
    places = pd.DataFrame(
        {"kind": ["province", "province", "city", "city", "city"], "parent_id": [None, None, "p", "p", "q"]},
        index=pd.Index(["p", "q", "x", "y", "z"], name="place_id"),
    )
    nodes = pd.DataFrame(
        {"mode": "rail", "lon": [100.0, 101, 102, 103, 104], "lat": 30.0}, index=pd.Index(list("abcde"), name="node_id")
    )
    links = pd.DataFrame(
        [(f, t, "rail", m, m, "existing") for f, t, m in LINKS.values()],
        columns=["from_node", "to_node", "mode", "length_km", "time_min", "status"],
        index=pd.Index(list(LINKS), name="link_id"),
    )
    services = pd.DataFrame(SERVICES, columns=["origin", "destination", "in_vehicle_min"]).assign(
        timetable="2020", mode="rail", services_per_day=20.0, fastest_min=lambda f: f["in_vehicle_min"] - 1.0
    )
    empty = pd.DataFrame()
    return Cluster(
        places=places, indicators=empty, nodes=nodes, links=links, services=services, flows={}, agreements=empty,
        attrs={"level": "city", "group": "province", "timetable": "2020"},
    )  # fmt: skip


def minutes(cluster: Cluster) -> dict[tuple[str, str], float]:
    rows = cluster.services[cluster.services["timetable"] == cluster.attrs["timetable"]]
    return {(r.origin, r.destination): round(r.in_vehicle_min, 9) for r in rows.itertuples()}


def test_a_faster_link_speeds_up_the_services_over_it(cluster: Cluster) -> None:
    """a-b takes 15 instead of 30: a-c by links 45 instead of 60, so 66 minutes become 49.5; b-c and e-a stay."""
    changed = Scenario(id="s", changes=(ScaleTime(link_id="ab", factor=0.5),)).apply(cluster)
    assert minutes(changed) == {
        ("a", "b"): 15.0, ("b", "a"): 15.0, ("a", "c"): 49.5, ("c", "a"): 49.5, ("b", "c"): 33.0, ("e", "a"): 20.0
    }  # fmt: skip
    assert changed.links.loc["ab", "time_min"] == 15.0 and cluster.links.loc["ab", "time_min"] == 30.0
    assert changed.attrs["timetable"] != "2020" and minutes(cluster)["a", "b"] == 30.0
    assert len(changed.services) == 2 * len(cluster.services)
    old, new = RailNetwork.build(cluster), RailNetwork.build(cluster).updated(changed, cluster)
    a, b = new.stops.get_indexer(["a", "b"])
    assert old.trips.cost[a, b] - new.trips.cost[a, b] == pytest.approx(15.0)


def test_a_closed_link_sends_services_around_or_ends_them(cluster: Cluster) -> None:
    """Without b-c: a-c over d takes 100 instead of 60, b-c goes back over a: 130 instead of 30."""
    changed = CloseLink(link_id="bc").apply(cluster)
    assert minutes(changed)["a", "c"] == pytest.approx(66 * 100 / 60)
    assert minutes(changed)["b", "c"] == pytest.approx(33 * 130 / 30)
    both = Scenario(id="s", changes=(CloseLink(link_id="bc"), CloseLink(link_id="dc"))).apply(cluster)
    assert set(minutes(both)) == {("a", "b"), ("b", "a"), ("e", "a")}
    assert list(both.links.index) == ["ab", "ad"]
    with pytest.raises(InputError, match="'bc' is not in links"):
        CloseLink(link_id="bc").apply(changed)


def test_no_service_left_is_an_error(cluster: Cluster) -> None:
    lone = cluster.replace(services=cluster.services[:1], links=cluster.links[:1])
    with pytest.raises(InputError, match="no rail service of the timetable '2020' is left"):
        CloseLink(link_id="ab").apply(lone)


def test_one_way_links_carry_one_direction(cluster: Cluster) -> None:
    lined = cluster.replace(links=cluster.links.assign(oneway=[True, False, False, False]))
    changed = ScaleTime(link_id="ab", factor=0.5).apply(lined)
    assert minutes(changed)["a", "b"] == 15.0
    assert minutes(changed)["b", "a"] == 30.0  # b-c-d-a on the links, before and after


def test_added_links_keep_their_own_identifiers(cluster: Cluster) -> None:
    add = AddLink(from_node="a", to_node="c", length_km=1, time_min=1)
    changed = Scenario(id="s", changes=(add, CloseLink(link_id="ab"), add)).apply(cluster)
    assert changed.links.index.is_unique
    assert (changed.links["status"] == "scenario").sum() == 2


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (CloseLink(link_id="no"), "CloseLink: 'no' is not in links.link_id (4 links there)"),
        (ScaleTime(link_id="no", factor=0.0), "ScaleTime: 'no' is not in links.link_id"),
        (ScaleTime(link_id="ab", factor=float("inf")), "ScaleTime: factor must be > 0, got inf"),
        (ScaleTime(link_id="ab", between=("x", "y"), factor=1.0), "give either between or link_id"),
        (ScaleTime(factor=1.0), "give either between or link_id"),
        (ScaleTime(between=("x", "x"), factor=1.0), "both ends are 'x'"),
        (ScaleTime(between=("x", "a"), factor=1.0), "'a' is neither a city nor a province of places.csv"),
        (ScaleTime(between=("x", "y", "z"), factor=1.0), "between must be 'all' or two ids"),
        (ReleaseFreight(between=("x", "z"), share=1.0), "share must lie above 0 and below 1, got 1.0"),
        (Recognize(between=("p", "q"), share=0.0), "share must lie above 0 and at most at 1, got 0.0"),
        (Recognize(between=("p", "q"), share=1.0, schemes=("pension", "gold")), "schemes must be 'all' or some of"),
        (Recognize(between=("p", "q"), share=1.0, schemes=("pension", "pension")), "each once"),
        (Recognize(between=("p", "q"), share=1.0, schemes=()), "schemes must be"),
        (HukouPoints(place_id="no", share=0.5), "'no' is neither a city nor a province of places.csv"),
        (HukouPoints(place_id="x", share=0.5, who="all"), "who must be agricultural, other or empty, got 'all'"),
        (Voucher(between=("p", "p"), subsidy=0.4, coverage=0.1), "two different province ids"),
        (Voucher(between=("p", "x"), subsidy=0.4, coverage=0.1), "'x' is not a province of places.csv"),
        (Voucher(between=("p", "q"), subsidy=1.0, coverage=0.1), "subsidy must lie above 0 and below 1, got 1.0"),
        (Voucher(between=("p", "q"), subsidy=0.4, coverage=1.1), "coverage must lie above 0"),
        (SetHousing(place_id="p", factor=1.0), "SetHousing: 'p' is not a city of places.csv"),
        (SetLand(place_id="x", factor=float("nan")), "SetLand: factor must be > 0, got nan"),
        (Restore(place_id="x", ratio=0.0), "Restore: ratio must be > 0, got 0.0"),
        (Platform(place_id="x", gain=0.0), "gain must be > 0, got 0.0"),
        (Platform(place_id="x", gain=0.1, spill=2.0), "spill must lie in 0 to 1, got 2.0"),
        (SetTransfer(from_id="x", to_id="x", amount=1.0), "both ends are 'x'"),
        (SetTransfer(from_id="x", to_id="y", amount=-1.0), "amount must be > 0, got -1.0"),
        (RestructureRural(rural_id="x", urban_id="x", settled=0.1), "rural_id and urban_id are both 'x'"),
        (RestructureRural(rural_id="x", urban_id="y"), "it changes nothing"),
        (RestructureRural(rural_id="x", urban_id="y", quota_km2=1.0), "rural_km2 must be > 0, got 0.0"),
        (RestructureRural(rural_id="x", urban_id="y", quota_km2=3.0, rural_km2=2.0, urban_km2=1.0), "below rural_km2"),
        (RestructureRural(rural_id="x", urban_id="y", settled=1.5), "settled must lie above 0 and at most at 1"),
        (RestructureRural(rural_id="x", urban_id="y", land_ratio=0.0), "land_ratio must be > 0, got 0.0"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(cluster: Cluster, change: object, text: str) -> None:
    assert any(text in found for found in change.problems(cluster))  # type: ignore[attr-defined]


def test_all_problems_of_one_change_come_together(cluster: Cluster) -> None:
    found = RestructureRural(rural_id="p", urban_id="no", land_ratio=-1.0, quota_km2=-1.0).problems(cluster)
    assert len(found) == 6, found  # two places, land, three of the quota


def test_links_that_no_travel_time_hangs_on_are_refused(cluster: Cluster) -> None:
    road = cluster.replace(links=cluster.links.assign(mode="road", status="planned"))
    found = CloseLink(link_id="ab").problems(road.replace(attrs={**cluster.attrs, "timetable": "1999"}))
    for part in ("has the mode 'road'", "has the status 'planned'", "no rows of the timetable '1999'"):
        assert any(part in text for text in found)


def test_recognition_is_mutual_and_by_scheme(cluster: Cluster) -> None:
    rows = Recognize(between=("q", "p"), share=0.75, schemes=("medical",)).apply(cluster).group_shifts
    assert rows.to_dict("list") == {
        "origin_id": ["p", "q"], "place_id": ["q", "p"], "what": ["recognition:medical"] * 2, "factor": [0.25, 0.25],
        "who": ["", ""],
    }  # fmt: skip
    everywhere = Recognize(between=("all",), share=1.0).apply(cluster).group_shifts
    assert len(everywhere) == 6 and set(everywhere["origin_id"]) == set(everywhere["place_id"]) == {"*"}


def test_transfers_and_quotas_sum_to_zero(cluster: Cluster) -> None:
    paid = SetTransfer(from_id="x", to_id="z", amount=7.0).apply(cluster).shifts
    assert paid["amount"].sum() == 0.0 and paid["what"].eq("transfer").all()
    change = RestructureRural(
        rural_id="x", urban_id="y", land_ratio=1.1, plot_ratio=2.0, settled=0.5, quota_km2=3.0, rural_km2=20.0,
        urban_km2=60.0,
    )  # fmt: skip
    changed = change.apply(cluster)
    quota = changed.shifts[changed.shifts["what"] == "quota"].set_index("place_id")["amount"]
    np.testing.assert_allclose(quota["x"] * 20 + quota["y"] * 60, 0.0, atol=1e-15)
    assert set(changed.shifts["what"]) == {"land", "plots", "quota"}
    assert changed.group_shifts[["origin_id", "place_id", "factor"]].to_numpy().tolist() == [["x", "y", 0.5]]


def test_pairs_are_named_in_one_order(cluster: Cluster) -> None:
    rows = [ScaleTime(between=between, factor=0.5).apply(cluster).pair_shifts for between in (("z", "x"), ("x", "z"))]
    pd.testing.assert_frame_equal(*rows)
    assert UseTimetable(timetable="2020").problems(cluster) == []
