"""Derive the rail half of the example from timetables and stations; two runs write the same bytes.

    python examples/yangtze-delta/derive/run_rail.py --data DIR [--out DIR]

`--data` is laid out as `open/` (stations, boundaries) and `local/` (stop sequences, timetable of 2014). What is
written: `tables/{nodes,links,services,flows}.csv`, `projects.toml`, two scenarios and `RAIL.md`.
"""

import argparse
from pathlib import Path

import pandas as pd
from rail_candidates import candidates, central_nodes, considered
from rail_network import links
from rail_projects import border_scenario, link_scenario, projects_toml
from rail_report import report
from rail_sequences import Train, read_trains, without_aliases
from rail_services import all_rides, flows, services
from rail_stations import HERE, Stations, node_id, read_cities, read_stations, romanised
from rail_timetable import build_clock, read_timetable, steps, with_great_circle


def served(trains: list[Train], stations: Stations) -> dict[str, str]:
    """Stations inside the cities that a train of 2020 serves: name then -> name in OpenStreetMap."""
    names = sorted({s for t in trains for s in t.stops})
    found = {n: stations.resolve(n, "2020") for n in names}
    return {n: o for n, o in found.items() if o is not None and stations.inside(o)}


def nodes(stops: dict[str, str], stations: Stations) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Table `nodes` and the central stations by city (with the planned node of a city without railway)."""
    names = romanised()
    if missing := sorted(set(stops) - set(names)):
        raise ValueError(f"station_names.csv: no romanised name for {', '.join(missing)}")
    ids = {n: node_id(stations.city[o], names[n]) for n, o in stops.items()}
    central = central_nodes(ids)
    chosen = set(central.node_id.dropna())
    rows = [
        {
            "node_id": ids[n],
            "name": names[n],
            "name_zh": n,
            "mode": "rail",
            "lon": round(stations.points[o][0], 6),
            "lat": round(stations.points[o][1], 6),
            "place_id": stations.city[o],
            "central": ids[n] in chosen,
            "source": "openstreetmap",
            "note": "" if n == o else f"called {o} today",
        }
        for n, o in stops.items()
    ]
    english = pd.read_csv(HERE / "centres.csv", dtype=str).set_index("place_id").name
    for place, city in central[central.station == ""].iterrows():
        planned = node_id(str(place), english[place])
        central.loc[place, "node_id"] = planned
        rows.append(
            {
                "node_id": planned,
                "name": english[place],
                "name_zh": city.name_zh,
                "mode": "rail",
                "lon": float(city.planned_lon),
                "lat": float(city.planned_lat),
                "place_id": place,
                "central": False,
                "source": "compiled",
                "note": "planned node, no railway in 2020",
            }
        )
    table = pd.DataFrame(rows).sort_values("node_id", ignore_index=True)
    if table.node_id.duplicated().any() or central.node_id.isna().any():
        raise ValueError("nodes: two stations share an identifier, or a central station is not served")
    return table, central


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """UTF-8, LF, booleans in lower case."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = {c: table[c].map({True: "true", False: "false"}) for c in table.columns if table[c].dtype == bool}
    table.assign(**flags).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def write_text(text: str, path: Path) -> None:
    """UTF-8, LF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(data: Path, out: Path) -> None:
    """Read DIR, write the tables, projects, scenarios and the report."""
    stations = read_stations(data / "open")
    cities = read_cities(data / "open").place_id.tolist()
    listed = read_trains(data / "local")
    trains = without_aliases(listed)
    stops = read_timetable(data / "local" / "timetable_2014.xlsx")
    timed = with_great_circle(steps(stops), stations)
    clock = build_clock(timed)

    table_nodes, central = nodes(served(trains, stations), stations)
    ids = {o: i for n, o in served(trains, stations).items() for i in table_nodes.node_id[table_nodes.name_zh == n]}
    rides = all_rides(trains, stations, clock)
    tables = {
        "nodes": table_nodes,
        "links": links(trains, stations, clock, ids),
        "services": services(rides, ids),
        "flows": flows(rides, stations, cities),
    }
    lines = considered(data / "open", central, tables)
    chosen = candidates(lines)
    for name, table in tables.items():
        write_csv(table, out / "tables" / f"{name}.csv")
    write_text(projects_toml(chosen), out / "projects.toml")
    write_text(link_scenario(chosen), out / "scenarios" / "rail-huaian-chuzhou.toml")
    write_text(border_scenario(), out / "scenarios" / "half-border.toml")
    text = report((listed, trains), stops, timed, stations, clock, tables, lines)
    write_text(text, out / "RAIL.md")
    print(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with open/ and local/")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="workspace to write (default: this example)")
    arguments = parser.parse_args()
    main(arguments.data, arguments.out)
