"""Who reaches how many people, is that fair, and how much does the hour of departure matter?"""

# %% The shipped example: 41 cities, people counted in 305 counties, waits expected from counts of trains
from pathlib import Path

import pandas as pd

from megaregion.data.cluster import ancestor, units
from megaregion.data.workspace import Workspace
from megaregion.links.hard.accessibility import AccessibilityOptions, accessibility
from megaregion.links.hard.accessibility_equity import accessibility_equity
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.network import RailNetwork
from megaregion.links.hard.scheduled_times import scheduled_times
from megaregion.links.hard.times import skim
from megaregion.links.hard.timetable import Timetable

cluster = Workspace(Path(__file__).parents[2] / "examples" / "yangtze-delta").cluster()
cities, counties = units(cluster), cluster.select("county")
network = RailNetwork.build(cluster)
times = skim(network, cities, counties)
own = ancestor(cluster.places, "city").reindex(counties.index)
found = accessibility(times, counties["population"], own, options=AccessibilityOptions(), detail="county")
table = found.table.join(cities["name"]).sort_values("potential", ascending=False)
print(table[["name", "people_60", "people_120", "potential", "market_access", "mean_min", "own_share"]]
      .head(8).to_string(index=False, float_format="{:,.0f}".format))  # fmt: skip

# %% Equity among residents: Gini, Palma, and who has less than half of the median resident (accessibility poverty)
equity = accessibility_equity(found, cities["population"]).table
print(equity[["measure", "gini", "palma", "poor_share", "poor_gap", "poor_units"]]
      .to_string(index=False, float_format="{:.3g}".format))  # fmt: skip

# %% With a timetable every measure has a range. Trains of our own, an illustration: Nanjing and Hefei, 6 to 22 h
stations = pd.DataFrame({"lon": [118.792, 117.287], "lat": [31.970, 31.802]}, index=["Nanjing South", "Hefei South"])


def hourly(minutes: int, every: int) -> pd.DataFrame:
    rows = []
    for start in range(360, 1320, every):
        for name, a, b in (("G", *stations.index), ("D", *stations.index[::-1])):
            rows.append((f"{name}{start}", a, None, f"{start // 60}:{start % 60:02d}"))
            rows.append((f"{name}{start}", b, f"{(start + minutes) // 60}:{(start + minutes) % 60:02d}", None))
    return pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure"])


for every in (15, 60, 120):
    timetable = Timetable.of_table(hourly(60, every), stations)
    window = DepartureWindow(start_min=360, end_min=1200)
    scheduled = scheduled_times(timetable, cities, counties, options=network.options, window=window)
    ranged = accessibility(times, counties["population"], own, options=AccessibilityOptions(), scheduled=scheduled)
    late, middle, early = (ranged.values("potential", d)["320100"] for d in ("late", "middle", "early"))
    print(f"a train every {every:3d} min: potential of Nanjing {middle:,.0f}, unlucky {late:,.0f}, lucky {early:,.0f}")
