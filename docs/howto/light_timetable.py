"""How do I get times by timetable without GTFS, and what does it save if local trains meet the fast ones?"""

# %% Trains as a table: who calls where and when; every row a call. A suburban line feeds a fast one at Hub.
import pandas as pd

from megaregion.links.hard.door_to_door import door_to_door
from megaregion.links.hard.rail_integration import rail_integration
from megaregion.links.hard.schedule_coordination import coordination
from megaregion.links.hard.scheduled_times import scheduled_times
from megaregion.links.hard.timetable import Timetable

stops = pd.DataFrame({"lon": [120.0, 120.4, 122.0], "lat": 31.0}, index=["Suburb", "Hub", "Centre"])
places = stops.rename(index={"Suburb": "Town", "Hub": "City", "Centre": "Capital"})


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def trains(local_offset: int) -> pd.DataFrame:
    """Every half hour from 5 to 23 h: local to Hub in 35 minutes, fast from Hub in 60; both ways."""
    rows = []
    for start in range(300, 1380, 30):
        for name, a, b, first, ride in (
            ("S", "Suburb", "Hub", start + local_offset, 35),
            ("G", "Hub", "Centre", start, 60),
            ("R", "Hub", "Suburb", start - local_offset, 35),
            ("H", "Centre", "Hub", start, 60),
        ):
            network = "suburban" if name in "SR" else "trunk"
            rows.append((f"{name}{start}", a, None, clock(first), network, network))
            rows.append((f"{name}{start}", b, clock(first + ride), None, network, network))
    return pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service", "network"])


# %% Locals that just miss the fast train, and locals 20 minutes later that meet it
demand = pd.DataFrame(1.0, places.index, places.index)
for offset in (0, 20):
    timetable = Timetable.of_table(trains(offset), stops)
    times = scheduled_times(timetable, places).matrix("p50_min").loc["Town", "Capital"]
    met = coordination(timetable, ["trunk"], ["suburban"]).facts()["met_share"]
    parts = door_to_door(timetable, places, main=["trunk"]).facts()
    one, pairs = rail_integration(timetable, places, demand)
    row = one.to_frame().iloc[0]
    print(f"locals {offset} min later: Town to Capital {times:.0f} min (median); {met:.0%} of fast trains met; "
          f"{parts['off_main_share']:.0%} of the time off the main haul; index {row['index']:.3f}, "
          f"{row['change_min']:.0f} min a change")  # fmt: skip
