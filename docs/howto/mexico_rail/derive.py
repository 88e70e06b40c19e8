"""Makes timetables/weekday and tables/places.csv: python derive.py FEED, a folder with the feed of summer 2013.

The feed (18 June to 31 August 2013): Base de Datos Abiertos de Transporte of the Federal District, opened on 20 June
2013, as the repository christianroman/df-gtfs keeps it. Kept: Metro and Ferrocarriles Suburbanos on weekdays; trips,
times and headways as they stand, positions to six decimals. Places: both ends of every line, every suburban station,
and the Zócalo.
"""

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
AGENCIES = ("METRO", "SUB")
CENTRE = "Zócalo"
COLUMNS = {
    "agency": ["agency_id", "agency_name", "agency_url", "agency_timezone"],
    "routes": ["agency_id", "route_short_name", "route_long_name", "route_type", "route_id"],
    "trips": ["route_id", "service_id", "trip_id"],
    "stop_times": ["trip_id", "stop_sequence", "stop_id", "arrival_time", "departure_time"],
    "frequencies": ["trip_id", "start_time", "end_time", "headway_secs", "exact_times"],
    "stops": ["stop_id", "stop_name", "stop_lat", "stop_lon"],
    "calendar": ["service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
                 "start_date", "end_date"],
}  # fmt: skip


def derive(feed: Path) -> None:
    """Write the files of the cut and the places."""
    cut = HERE / "timetables" / "weekday"
    table = {n: pd.read_csv(feed / f"{n}.txt", dtype=str)[c] for n, c in COLUMNS.items()}
    table["agency"] = table["agency"][table["agency"]["agency_id"].isin(AGENCIES)]
    table["routes"] = table["routes"][table["routes"]["agency_id"].isin(AGENCIES)]
    trips = table["trips"][table["trips"]["route_id"].isin(table["routes"]["route_id"])]
    weekday = table["calendar"][(table["calendar"]["wednesday"] == "1") & (table["calendar"]["sunday"] == "0")]
    table["trips"] = trips[trips["service_id"].isin(weekday["service_id"])]
    table["calendar"] = weekday[weekday["service_id"].isin(table["trips"]["service_id"])]
    for name in ("stop_times", "frequencies"):
        table[name] = table[name][table[name]["trip_id"].isin(table["trips"]["trip_id"])]
    stops = table["stops"][table["stops"]["stop_id"].isin(table["stop_times"]["stop_id"])]
    table["stops"] = stops.assign(**{c: stops[c].astype(float).round(6) for c in ("stop_lat", "stop_lon")})
    for name, frame in table.items():
        frame.to_csv(cut / f"{name}.txt", index=False)

    calls = table["stop_times"].assign(order=table["stop_times"]["stop_sequence"].astype(int)).sort_values("order")
    ends = set(calls.groupby("trip_id")["stop_id"].first()) | set(calls.groupby("trip_id")["stop_id"].last())
    suburban = table["routes"].loc[table["routes"]["agency_id"] == "SUB", "route_id"]
    local = calls[calls["trip_id"].isin(table["trips"].loc[table["trips"]["route_id"].isin(suburban), "trip_id"])]
    chosen = table["stops"]["stop_id"].isin(ends | set(local["stop_id"])) | (table["stops"]["stop_name"] == CENTRE)
    places = table["stops"][chosen].assign(place=lambda f: f["stop_name"].str.replace(r" \(.*\)$", "", regex=True))
    places = places.drop_duplicates("place").sort_values("place")
    places = places.rename(columns={"place": "place_id", "stop_lon": "lon", "stop_lat": "lat"})
    places = places.assign(name=places["place_id"], kind="station", parent_id="", source="feed")
    columns = ["place_id", "name", "kind", "parent_id", "lon", "lat", "source"]
    places[columns].to_csv(HERE / "tables" / "places.csv", index=False)


if __name__ == "__main__":
    derive(Path(sys.argv[1]))
