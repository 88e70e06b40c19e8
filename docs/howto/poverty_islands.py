"""Where do the poor live among the poor, and are they cut off? The 159 counties of Georgia in 1990.

Real: people, points and share of people below the federal poverty line (census of 1990, public domain), borders of
counties (georgia_poverty/, from libpysal). Declared: how long a way takes (straight lines, 1.2 times as long on the
road, 70 km/h, 10 minutes at the ends), the five service centres, minutes that halve the weight of a person.
From a terminal: megaregion rural docs/howto/georgia_poverty --table islands --table island_effect
"""

# %% The workspace lies beside this script; minutes between all counties come from its options
from pathlib import Path

import geopandas as gpd
import pandas as pd

from megaregion.core.spatial_permutation import nearest
from megaregion.data.workspace import Workspace
from megaregion.links.hard.times import times
from megaregion.mechanisms.islands import islands, touching

here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
workspace = Workspace(here / "georgia_poverty")
cluster = workspace.cluster()
name = cluster.places["name"]
minutes = times(cluster, origins=cluster.select("county")).time
minutes = minutes.sort_index(axis=0).sort_index(axis=1)
county = gpd.read_file(workspace.root / "geometry" / "places.geojson").set_index("place_id").sort_index()

# %% Neighbours are a choice: the 6 or 10 nearest in time, or those that share a border. What holds under all is sure
both = ((minutes + minutes.T) / 2).to_numpy()
sets = {"nearest-06": nearest(both, 6), "nearest-10": nearest(both, 10), "touching": touching(county.geometry)}
options = dict(cluster.options["islands"])
found = islands(cluster, minutes, indicator_or_role=options["indicator"], poor_is=options["poor_is"],
                centres=options["centres"], neighbours=sets, seed=workspace.seed)  # fmt: skip
table = found["islands"].to_frame().assign(name=lambda t: t["place_id"].map(name))
print(table.groupby(["weights", "shape"]).size().unstack(fill_value=0).to_string())
print(found["island_effect"].to_frame().drop(columns="without_neighbours").round(4).to_string(index=False))

# %% No poor county lies alone among better-off ones: no island, but a belt in the southwest, and most of it is cut off
# more than the median county. Poor counties are the farther ones on the whole (rank correlation, p of the mean index)
belt = table[table["shape"] == "belt"]
sure = belt.groupby("name")["weights"].nunique()
print("belt under all three:", ", ".join(sure[sure == 3].index))
print("under one or two:", ", ".join(sure[sure < 3].index))
print("of its counties cut off:", (belt["cut_off"] == "yes").groupby(belt["weights"]).mean().round(2).to_dict())
columns = ["name", "value", "accessibility", "centre_min", "integration", "index", "q_index"]
print(table.drop_duplicates("place_id").nlargest(8, "index")[columns].round(2).to_string(index=False))
print("the index of a single county could be chance (q_index); that of all together could not")

# %% Did it last? 36 counties that a report of 2009 calls critical (20 % and more, state 13.7 %), of undated rates
later = set(pd.read_csv(here / "georgia_poverty" / "critical_counties.csv")["name"])
poor = table.drop_duplicates("place_id").set_index("name")["value"]
print(f"critical later: {len(later)} of {len(poor)} counties, {len(set(sure.index) & later)} of the {len(sure)} of the "
      f"belt, {len(set(poor.nlargest(len(sure)).index) & later)} of the {len(sure)} poorest of 1990")  # fmt: skip

# %% What remains open: one year gives no growth, so no trap can be tested; ranking remedies needs incomes of persons
for text in (*found["islands"].warnings, *found["spatial_trap"].warnings):
    print("note:", text)
