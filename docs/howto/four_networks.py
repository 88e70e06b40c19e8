"""How well do suburban and fast trains work as one, and what do met changes and through trains bring?"""

# %% Every half hour a suburban train to Hub and a fast one on from there, both ways; every row of the table a call
import pandas as pd

from megaregion.links.hard.rail_study import RailOptions, rail_study
from megaregion.links.hard.timetable import Timetable

stops = pd.DataFrame({"lon": [120.0, 121.2, 123.0], "lat": 31.0}, index=["Suburb", "Hub", "Centre"])
places = stops.rename(index={"Suburb": "Town", "Hub": "City", "Centre": "Capital"})


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def trains(wait_at_hub: int, *, through: bool = False) -> pd.DataFrame:
    """35 minutes by suburban train, a wait at Hub, 60 by fast train; through: the vehicle goes on as the other."""
    rows = []
    for start in range(300, 1380, 30):
        for way, names in (("out", ["Suburb", "Hub", "Centre"]), ("in", ["Centre", "Hub", "Suburb"])):
            network = ["suburban", "trunk"] if way == "out" else ["trunk", "suburban"]
            ride = [35, 60] if way == "out" else [60, 35]
            at_hub = start + ride[0]
            legs = [(start, at_hub), (at_hub + wait_at_hub, at_hub + wait_at_hub + ride[1])]
            for i, (leave, arrive) in enumerate(legs):
                train = f"{way}{start}" if through else f"{way}{start}-{i}"
                rows.append((train, names[i], 2 * i, None, clock(leave), network[i], network[i]))
                rows.append((train, names[i + 1], 2 * i + 1, clock(arrive), None, network[i], network[i]))
    table = pd.DataFrame(rows, columns=["train", "stop", "sequence", "arrival", "departure", "service", "network"])
    if through:  # one call at Hub: arrival of the first leg, departure of the second
        table = table.groupby(["train", "stop"], sort=False, as_index=False).agg(
            {"sequence": "min", "arrival": "first", "departure": "first", "service": "last", "network": "last"}
        )
    return table


# %% The fast train is just missed; met; and reached without leaving the seat. Single tickets are in no timetable.
options = RailOptions(single_ticket={("suburban", "trunk"): True}, departures=30)
for name, table in (("missed", trains(29)), ("met", trains(6)), ("through", trains(6, through=True))):
    found = rail_study(Timetable.of_table(table, stops), places, options=options)
    row = found["integration"].to_frame().iloc[0]
    parts, met = (found[n].facts() for n in ("door_to_door", "coordination"))
    print(f"{name}: index {row['index']:.3f}; lost by waits {row['loss_wait_share']:.1%}, by changing "
          f"{row['loss_change_share']:.1%}; in the seat {row['through_share']:.0%} of passages; "
          f"{parts['off_main_share']:.0%} of the time off the main haul; changes felt as "
          f"{parts['transfer_penalty_min']:.1f} min; {met['met_share']:.0%} of fast trains met")  # fmt: skip
# megaregion rail TIMETABLE PLACES prints the same for a GTFS feed or a table of trains
