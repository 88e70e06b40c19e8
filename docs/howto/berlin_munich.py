"""What did the opening of the line between Berlin and München change?"""

# %% The German workspace; its tables are fetched, not shipped: megaregion fetch examples/germany
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.workspace import Workspace
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.counterfactual import simulate
from megaregion.equilibrium.joint import joint_welfare
from megaregion.equilibrium.shocks import Impulse, time_ratio
from megaregion.links.hard.times import times

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/germany")
if not (folder / "tables" / "services.csv").is_file():
    print(f"{folder} has no tables yet: megaregion fetch {folder} && megaregion run {folder}")
    sys.exit()
workspace = Workspace(folder)
cluster = workspace.cluster()

# %% Ebensfeld-Erfurt opened in December 2017. Two timetables differ in more than one line (compare `megaregion simulate
# examples/germany rail-2016`), so only direct services between its two sides go back to 2016: all stops from Saalfeld
# northwards in the east, and those of Franconia and Upper Bavaria
at = cluster.nodes[["lat", "lon"]]
north = at.index[(at["lat"] > 50.6) & at["lon"].between(10.8, 14.5)]
south = at.index[(at["lat"] < 50.4) & at["lon"].between(10.4, 12.7)]
services = cluster.services
way = (services["origin"].isin(north) & services["destination"].isin(south)) | (
    services["origin"].isin(south) & services["destination"].isin(north)
)
old = services[way & (services["timetable"] == "2016")].assign(timetable="2019")
without = cluster.replace(services=pd.concat([services[~(way & (services["timetable"] == "2019"))], old]))

# %% Minutes from door to door with and without the line
now, then = times(cluster), times(without)
base = baseline(cluster, now, workspace.store.load("links")["border"])  # after megaregion run
ratio = time_ratio(then.time, base.place)
for a, b in (
    ("11000", "09162"),
    ("16051", "09564"),
    ("15002", "09162"),
):  # Berlin-München, Erfurt-Nürnberg, Halle-München
    names = cluster.places.loc[[a, b], "name"].tolist()
    print(f"{' - '.join(names)}: {then.time.loc[a, b]:.0f} minutes without, {now.time.loc[a, b]:.0f} with the line")

# %% The equilibrium without it, from which the gain of the opening is read with the sign turned
n = len(base.place.places)
impulse = Impulse(time_ratio=ratio, barrier=np.ones((n, n)), productivity=np.ones(n), amenity=np.ones(n))
fit = base.nominal
found = simulate(
    fit.economy, {"headline": impulse.shock(fit), "all trade": impulse.shock(fit, full_effect=True)}, base.layout
)
income = base.earnings.sum()
drawn = 100 * (1 - joint_welfare(base, [impulse], seed=workspace.seed))[:, :, 0]
for k, name in enumerate(found.names):
    low, high = np.percentile(drawn[:, k], [5, 95])
    print(
        f"{name}: welfare {100 * (1 - found.welfare[k]):+.4f} % ({low:+.4f} to {high:+.4f}), "
        f"{income * (1 - found.welfare[k]):+.0f} {base.place.money_unit} a year"
    )

# %% Who gains where, if nobody moves: counties by real income (those at the end lose to better connected ones)
table = found.places().query("scenario == 'headline'").set_index("place_id")
gain = -table[["real_income_fixed_percent", "residents_percent", "rent_percent"]]
gain.insert(0, "name", cluster.places["name"].reindex(gain.index))
order = gain.sort_values("real_income_fixed_percent", ascending=False)
print(pd.concat([order.head(8), order.tail(4)]).round(4).to_string(index=False))
for text in found.warnings:
    print("note:", text)
