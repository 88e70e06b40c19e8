"""How well do a suburban railway and a metro work as one network, and what would mend it? Mexico City, summer 2013.

Real: stations, running times and headways of 12 metro lines and the suburban line Buenavista-Cuautitlán on a weekday
(mexico_rail/: the open feed of the Federal District, kept by christianroman/df-gtfs). Headways, not single departures:
which train meets which is not known, and is written out from the first of each. Assumed: on foot to stations and
between lines (4.8 km/h), 5 minutes inside a station, the same number of travellers between any two places. Whether one
ticket is good for both is in no feed: unknown. Places: ends of every line, suburban stations, the Zócalo.
Terminal: megaregion rail docs/howto/mexico_rail
"""

# %% The morning of the feed. Each stop belongs to one line: without more, Buenavista is two stations a minute apart
import tempfile
from pathlib import Path

import pandas as pd

from megaregion.data.workspace import Workspace
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.rail_integration import rail_integration
from megaregion.links.hard.rail_study import of_networks
from megaregion.links.hard.schedule_coordination import coordination
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.timetable_files import timetable_from

here = (Path(__file__).parent if "__file__" in globals() else Path("docs/howto")) / "mexico_rail"
cluster = Workspace(here).cluster()
times = TimesOptions.of(cluster.options["times"])
window = DepartureWindow(start_min=360, end_min=420)  # 6 to 7 h; trains that start until nine suffice
NETWORK, ONE = {"2": "suburban"}, {"Buenavista": "Buenavista", "Fortuna": "Ferrería"}


def morning(*, suburban: float = 1.0, parts: dict[str, str] | None = None) -> Timetable:
    """Trains that start before nine; headways of the suburban line times a factor; stops that are one station."""
    tables = {p.name: pd.read_csv(p, dtype=str) for p in (here / "timetables" / "weekday").glob("*.txt")}
    runs, trips = tables["frequencies.txt"], tables["trips.txt"]
    runs = runs[runs["start_time"] < "09:00:00"].assign(end_time=runs["end_time"].clip(upper="09:00:00"))
    line = trips.set_index("trip_id")["route_id"].map(tables["routes.txt"].set_index("route_id")["agency_id"])
    factor = runs["trip_id"].map(line).map({"SUB": suburban, "METRO": 1.0})
    runs = runs.assign(headway_secs=(runs["headway_secs"].astype(int) * factor).astype(int))
    tables["frequencies.txt"], tables["trips.txt"] = runs, trips[trips["trip_id"].isin(runs["trip_id"])]
    tables["stop_times.txt"] = tables["stop_times.txt"][tables["stop_times.txt"]["trip_id"].isin(runs["trip_id"])]
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            table.to_csv(Path(folder) / name, index=False)
        return timetable_from(Path(folder), date="2013-06-19", parts=parts, options=times)


# %% As it was; as one station each (a change inside, no way through the street); and with half of the suburban headway
cases = {"as it was": morning(), "stations joined": morning(parts=ONE),
         "and suburban trains twice as often": morning(parts=ONE, suburban=0.5)}  # fmt: skip
found = {}
for name, timetable in cases.items():
    one, pairs = found[name] = rail_integration(
        timetable, cluster.places, classes=NETWORK, window=window, options=times
    )
    row = one.to_frame().iloc[0]
    print(f"{name}: index {row['index']:.3f}, {row['mean_min']:.1f} min, changes {row['loss_change_share']:.1%}; "
          f"one between the networks {row['change_min']:.1f} min, {row['same_station_share']:.0%} inside a "
          "station")  # fmt: skip
print("note:", *found["as it was"][0].warnings, sep="\n  ")

# %% Changes by pair of networks
table = found["as it was"][1].to_frame()
print(table[["network_from", "network_to", "stations_shared", "changes", "change_min"]].round(1).to_string(index=False))

# %% Do metro trains meet the suburban ones? Trains this dense meet nearly all: here times need no coordination
met = coordination(of_networks(cases["stations joined"], NETWORK), ("suburban",), ("metro",)).to_frame()
print(met.dropna(subset=["met_share"]).round(2).to_string(index=False))
