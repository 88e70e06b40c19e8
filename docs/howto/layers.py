"""Which cities do firms tie together beyond chance, and which are strong in one layer only?"""

# %% Two layers that are real: direct trains of class G and of class D in the shipped Yangtze example
import numpy as np
import pandas as pd

from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import multilayer_study
from megaregion.links.soft.offices import OfficesOptions, offices

cluster = Workspace(example_folder("yangtze-delta")).cluster()
names = cluster.places["name"]
found = multilayer_study(cluster, seed=1)
table = found["multilayer_places"].to_frame()
table.insert(0, "name", table.pop("place_id").map(names))
print(table.head(6).round(2).to_string(index=False))
print("in one layer only:", ", ".join(table.loc[table["participation_links"] == 0, "name"]))
print(found["multilayer_layers"].to_frame().round(3).to_string(index=False))
print(found["multilayer_places"].facts())

# %% Offices of firms: lists are yours (annual reports, maps), tables/offices.csv: firm, place_id, value, role. A real
# one is in bank_offices.py; this one is INVENTED, to see what the null does: 80 firms put 4 offices each into the 16
# largest cities by size, 12 more always into Hefei and Wenzhou, of all cities, and into two others
rng = np.random.default_rng(5)
city = units(cluster).nlargest(16, "population").sort_index()
size = city["population"].to_numpy(float) / city["population"].sum()
hefei, wenzhou = "340100", "330300"
rows = []
for k in range(92):
    if k < 80:
        at = list(rng.choice(city.index.to_numpy(object), 4, replace=False, p=size))
    else:
        at = [hefei, wenzhou, *rng.choice(city.index.drop([hefei, wenzhou]).to_numpy(object), 2, replace=False)]
    roles = ["headquarters", "branch", "branch", "branch"]
    rows += [(f"firm {k}", p, 5.0 if r == "headquarters" else 2.0, r) for p, r in zip(at, roles, strict=True)]
listed = pd.DataFrame(rows, columns=["firm", "place_id", "value", "role"])

# %% Firms keep their number of offices and cities their number of firms (same-counts): the planted pair comes first
for null in ("same-counts", "random-places"):
    tied = offices(listed, city.index, OfficesOptions(null=null, draws=2999, bootstrap=99), seed=1)
    links = tied["office_links"].to_frame()
    first = links.sort_values("z", ascending=False).head(3)
    pairs = [f"{names[a]}-{names[b]} (z {z:.1f})" for a, b, z in first[["place_a", "place_b", "z"]].to_numpy()]
    more = int(links["more_than_chance"].sum())
    print(f"{null}: {more} of {len(links)} links exceed chance, first by z: {', '.join(pairs)}")

# %% Connectivity is mostly size: ranks with intervals over samples of firms, and z beside them
places = tied["office_places"].to_frame()
places.insert(0, "name", places.pop("place_id").map(names))
print(places.head(5).round(2).to_string(index=False))
for text in tied["office_links"].warnings:
    print("note:", text)
