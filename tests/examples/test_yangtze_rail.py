"""Rail half of the Yangtze example: the shipped tables, projects and scenarios.

Published counts: 24,118 direct trains, 1,032 ordered pairs, 40 cities, Shanghai to Nanjing 253, 230 links.
"""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.core.sphere import great_circle_km
from megaregion.data.scenario import AddLink, ScaleBarrier, change_from_dict, scenario_from_dict

ROOT = Path(__file__).resolve().parents[2] / "examples" / "yangtze-delta"


def table(name: str) -> pd.DataFrame:
    text = {"place_id": str, "origin": str, "destination": str, "timetable": str}
    return pd.read_csv(ROOT / "tables" / f"{name}.csv", dtype=text)


@pytest.fixture(scope="module")
def nodes() -> pd.DataFrame:
    return table("nodes").set_index("node_id")


@pytest.fixture(scope="module")
def links() -> pd.DataFrame:
    return table("links")


@pytest.fixture(scope="module")
def services() -> pd.DataFrame:
    return table("services")


@pytest.fixture(scope="module")
def flows() -> pd.DataFrame:
    return table("flows")


@pytest.fixture(scope="module")
def projects() -> list[dict[str, Any]]:
    return tomllib.loads((ROOT / "projects.toml").read_text(encoding="utf-8"))["project"]


def straight(frame: pd.DataFrame, nodes: pd.DataFrame, start: str, end: str) -> np.ndarray:
    a, b = nodes.loc[frame[start]], nodes.loc[frame[end]]
    return great_circle_km(a.lon.to_numpy(), a.lat.to_numpy(), b.lon.to_numpy(), b.lat.to_numpy())


# ---------------------------------------------------------------- shipped tables


def test_published_counts_of_direct_trains(flows: pd.DataFrame) -> None:
    value = flows.set_index(["origin", "destination"]).value
    assert len(value) == 41 * 40
    assert value.index.is_unique
    assert value.sum() == 24118
    assert (value > 0).sum() == 1032
    assert value["310100", "320100"] == 253
    served = value[value > 0].index
    assert len(set(served.get_level_values(0)) | set(served.get_level_values(1))) == 40


def test_zhoushan_has_no_train_and_zero_is_not_a_gap(flows: pd.DataFrame, services: pd.DataFrame) -> None:
    island = flows[(flows.origin == "330900") | (flows.destination == "330900")]
    assert len(island) == 80
    assert (island.value == 0).all()
    assert not services.origin.str.startswith("330900").any()
    assert (flows.time_min.notna() == (flows.value > 0)).all()


def test_the_count_is_observed_and_the_minutes_are_called_modelled(
    flows: pd.DataFrame, services: pd.DataFrame, links: pd.DataFrame
) -> None:
    assert flows.observed.all()
    assert (flows.x_time_basis[flows.value > 0] == "modelled").all()
    assert not services.time_observed.any()
    assert not links.observed.any()


def test_as_many_trains_leave_a_city_as_arrive(flows: pd.DataFrame) -> None:
    """Pairs may differ (trains that stop one way only), but what cities send and receive is nearly equal."""
    out, back = flows.groupby("origin").value.sum(), flows.groupby("destination").value.sum()
    # plausibility limits, settled after looking at the lists (3.1 % and 0.15 %): they catch a broken matching only
    assert np.abs(out - back).sum() / out.sum() < 0.05
    square = flows.pivot(index="origin", columns="destination", values="value").fillna(0).to_numpy()
    one_way = (square > 0) & (square.T == 0)
    assert square[one_way].sum() / square.sum() < 0.01


def test_flows_are_what_services_imply(flows: pd.DataFrame, services: pd.DataFrame, nodes: pd.DataFrame) -> None:
    """Equal where each city has one station; elsewhere between the busiest pair and the sum of all pairs."""
    city = nodes.place_id
    per_pair = services.groupby(["origin", "destination"]).services_per_day.sum().reset_index()
    per_pair["a"], per_pair["b"] = per_pair.origin.map(city), per_pair.destination.map(city)
    between = per_pair[per_pair.a != per_pair.b].groupby(["a", "b"]).services_per_day.agg(["max", "sum"])
    value = flows[flows.value > 0].set_index(["origin", "destination"]).value
    assert set(value.index) == set(between.index)
    between = between.loc[value.index]
    assert (value >= between["max"]).all()
    assert (value <= between["sum"]).all()
    stations = city[city.index.isin(services.origin)].value_counts()
    single = stations.index[stations == 1]
    alone = value[[a in single and b in single for a, b in value.index]]
    assert len(alone) >= 2
    assert (alone == between["sum"].loc[alone.index]).all()


def test_fastest_minutes_of_cities_and_stations_agree(
    flows: pd.DataFrame, services: pd.DataFrame, nodes: pd.DataFrame
) -> None:
    city = nodes.place_id
    fastest = services.groupby([services.origin.map(city), services.destination.map(city)]).fastest_min.min()
    mine = flows[flows.value > 0].set_index(["origin", "destination"]).x_fastest_min
    pd.testing.assert_series_equal(mine, fastest.loc[mine.index], check_names=False)
    assert (flows.time_min.dropna() >= flows.x_fastest_min.dropna()).all()


@pytest.mark.parametrize(
    ("a", "b", "press_min"),
    [
        ("310100-", "320600-nantong", 66),
        ("321000-yangzhou", "310100-", 142),
        ("320300-xuzhoudong", "320700-lianyungang", 120),
        ("330100-hangzhoudong", "331000-taizhou", 110),
    ],
)
def test_fastest_minutes_against_press_timings_of_2020(services: pd.DataFrame, a: str, b: str, press_min: int) -> None:
    """Timings reported in 2020, none of them used in the relation. The back-cast's 5-95 % is -25 to +15 %."""
    between = services[services.origin.str.startswith(a) & services.destination.str.startswith(b)]
    assert 0.75 * press_min <= between.fastest_min.min() <= 1.15 * press_min


def test_services_are_possible(services: pd.DataFrame, nodes: pd.DataFrame) -> None:
    assert not services.duplicated(["timetable", "mode", "service", "origin", "destination"]).any()
    bands = set(services.service.str.split(" ").map(tuple))
    assert {b[0] for b in bands} == {"G", "D"}  # no C train of 2020 calls inside the cities
    assert {b[1:] for b in bands} == {(), ("medium",), ("slow",)}
    assert set(services.timetable) == {"2020"}
    assert (services.services_per_day >= 1).all()
    assert (services.fastest_min <= services.in_vehicle_min).all()
    km = straight(services, nodes, "origin", "destination")
    assert (km / (services.fastest_min / 60) < 310).all()
    assert (ROOT / "tables" / "services.csv").stat().st_size < 2_000_000


def test_links_are_never_shorter_than_the_straight_line(links: pd.DataFrame, nodes: pd.DataFrame) -> None:
    """The trap of stations that changed name or place; 0.01 km is the rounding of the table."""
    km = straight(links, nodes, "from_node", "to_node")
    assert (links.length_km >= km - 0.01).all()
    assert (links.length_km <= 2.85 * km).all()  # the longest real way round: 庄桥-宁波 behind a junction
    speed = links.length_km / (links.time_min / 60)
    assert speed.between(25, 310).all()


def test_links_join_all_stations_of_forty_cities(links: pd.DataFrame, nodes: pd.DataFrame) -> None:
    assert len(links) == 230  # published for the decomposed network inside the delta
    assert links.link_id.is_unique
    ends = links[["from_node", "to_node"]].to_numpy()
    group = {n: n for n in nodes.index}

    def root(n: str) -> str:
        while group[n] != n:
            n = group[n]
        return n

    for a, b in ends:
        group[root(a)] = root(b)
    used = set(ends.ravel())
    assert len({root(n) for n in used}) == 1
    assert set(nodes.index) - used == {"330900-zhoushan"}
    assert nodes.loc[sorted(used)].place_id.nunique() == 40


def test_central_stations(nodes: pd.DataFrame) -> None:
    central = nodes[nodes.central]
    assert len(central) == 40
    assert central.place_id.is_unique
    assert "330900" not in set(central.place_id)
    named = central.set_index("place_id").name_zh
    traps = {"320600": "海安", "320900": "响水县", "330700": "义乌", "341800": "绩溪北", "310100": "上海南"}
    for place, trap in traps.items():
        assert named[place] != trap
    assert not set(named) & {"海门", "射阳", "上海南"}
    assert nodes.loc["330900-zhoushan", "note"] == "planned node, no railway in 2020"


def test_renamed_stations_carry_the_name_of_2020(nodes: pd.DataFrame) -> None:
    by_name = nodes.set_index("name_zh")
    for then, today in (
        ("余杭", "临平南"),
        ("松江南", "上海松江"),
        ("绅坊", "乐清东"),
        ("永嘉", "温州北"),
        ("台州", "台州西"),
    ):
        assert today not in by_name.index
        assert by_name.note[then] == f"called {today} today"
    # today's 台州 stands at 121.367 E, that of 2020 about 8 km west of it
    assert by_name.lon["台州"] == pytest.approx(121.2865, abs=0.001)


def test_names_are_latin_and_identifiers_hold_the_city(nodes: pd.DataFrame) -> None:
    assert nodes.index.is_unique
    assert nodes.name.str.fullmatch(r"[A-Z][a-z']+").all()
    assert (nodes.index.str[:6] == nodes.place_id).all()


# ---------------------------------------------------------------- projects and scenarios


def rail(projects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [p for p in projects if p["kind"] == "rail"]


def test_candidates_obey_the_rule_of_a_new_line(projects: list[dict[str, Any]], nodes: pd.DataFrame) -> None:
    """Length 1.15 x great circle, 250 km/h + 6.4 min, 15 min of wait, between central stations."""
    assert 55 <= len(rail(projects)) <= 75
    for project in rail(projects):
        (entry,) = project["change"]
        change = change_from_dict(entry)
        assert isinstance(change, AddLink)
        a, b = nodes.loc[change.from_node], nodes.loc[change.to_node]
        assert [a.place_id, b.place_id] == project["jurisdictions"]
        assert project["id"] == f"rail-{a.place_id}-{b.place_id}"
        assert (a.central or a.place_id == "330900") and (b.central or b.place_id == "330900")
        km = float(great_circle_km(a.lon, a.lat, b.lon, b.lat))
        assert change.length_km == pytest.approx(1.15 * km, abs=0.06)
        assert change.time_min == pytest.approx(1.15 * km / 250 * 60 + 6.4, abs=0.06)
        assert change.wait_min == 15


def test_costs_follow_from_their_classes(projects: list[dict[str, Any]]) -> None:
    table = pd.read_csv(ROOT / "derive" / "water_crossings.csv", dtype={"first": str, "second": str})
    water = table.groupby(["first", "second"])[["class", "km"]].apply(
        lambda g: dict(zip(g["class"], g.km, strict=True))
    )
    per_km = {"sea": 600.0, "river or lake": 400.0}
    for project in rail(projects):
        over = water.get(tuple(project["jurisdictions"]), {})
        length = project["change"][0]["length_km"]
        expected = 150 * (length - sum(over.values())) + sum(per_km[c] * km for c, km in over.items())
        assert project["cost"] == pytest.approx(expected, abs=10)
        assert project["evidence"] == "assumption"
        assert project["cost_basis"].endswith("assumption")
        for name in over:
            assert f"({name})" in project["cost_basis"]
    listed = {tuple(p["jurisdictions"]) for p in rail(projects)}
    assert set(water.index) <= listed


def test_candidates_have_few_trains_or_are_slow(projects: list[dict[str, Any]], flows: pd.DataFrame) -> None:
    value = flows.set_index(["origin", "destination"]).value
    some = 0
    for project in rail(projects):
        a, b = project["jurisdictions"]
        trains = value[a, b] + value[b, a]
        words = project["change"][0]["comment"]
        assert words.startswith(f"{trains} direct trains")
        now, new = (float(text.split()[0]) for text in (words.split("; ")[1], words.split(", ")[1]))
        if trains >= 20:
            some += 1
            assert now > 1.5 * new - 1.5  # rounded minutes
    assert some > 0


@pytest.mark.parametrize(
    ("pair", "year"),
    [
        ("320300-320700", 2021),
        ("320800-321000", 2020),
        ("320600-320900", 2020),
        ("330600-331000", 2022),
        ("330700-331000", 2021),
    ],
)
def test_lines_opened_since_are_marked(projects: list[dict[str, Any]], pair: str, year: int) -> None:
    (project,) = [p for p in projects if p["id"] == f"rail-{pair}"]
    assert project["opened"] == year
    assert "known from" in project["opened_note"]


def test_lines_that_serve_neither_city_do_not_count_as_opened(projects: list[dict[str, Any]]) -> None:
    (project,) = [p for p in projects if p["id"] == "rail-330800-331100"]
    assert "opened" not in project
    assert "衢宁铁路" in project["opened_note"]


def test_one_agreement_for_each_pair_of_provinces(projects: list[dict[str, Any]]) -> None:
    agreements = [p for p in projects if p["kind"] == "recognition"]
    pairs = {tuple(p["jurisdictions"]) for p in agreements}
    provinces = ["310000", "320000", "330000", "340000"]
    assert pairs == {(a, b) for a in provinces for b in provinces if a < b}
    assert len(projects) == len(rail(projects)) + len(agreements)
    for project in agreements:
        change = change_from_dict(project["change"][0])
        assert isinstance(change, ScaleBarrier)
        assert list(change.between) == project["jurisdictions"]
        assert change.factor == 0.75
        assert ("no data here identify" in change.comment) == ("310000" in change.between)


def test_scenarios(nodes: pd.DataFrame, projects: list[dict[str, Any]]) -> None:
    by_id = {}
    for path in sorted((ROOT / "scenarios").glob("*.toml")):
        scenario = scenario_from_dict(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
        assert scenario.id == path.stem
        by_id[scenario.id] = scenario
    (half,) = by_id["half-border"].changes
    assert isinstance(half, ScaleBarrier)
    assert half.between == ("all",) and half.factor == 0.5
    (line,) = by_id["rail-huaian-chuzhou"].changes
    assert isinstance(line, AddLink)
    assert {nodes.name_zh[line.from_node], nodes.name_zh[line.to_node]} == {"淮安东", "滁州"}
    (project,) = [p for p in projects if p["id"] == "rail-320800-341100"]
    assert "opened" not in project
    assert project["change"][0]["time_min"] == line.time_min
