"""Which cities are strong in every layer and which in one only? Trains and joint publications of the Yangtze delta; and
what ties beyond chance look like in a list of firms: banks in German cities.

Real: direct trains of summer 2020 by class; publications of 2020 and 2021 with authors in several cities (one file of
PubMed, as innovation.py says: medicine and life sciences); banks by place (register of the Bundesbank, 2012). Stated:
the minutes by which the willingness to change layers falls, so ranks are shown over a sixteenfold range. Nothing
observed tells how often people change from a train to a laboratory: read the layers side by side. From a terminal, with
layers in tables/flows.csv and [options.multilayer]: megaregion multilayer DIR, megaregion offices DIR
"""

# %% Three layers: trains of class G, trains of class D, and who publishes with whom
from pathlib import Path

import pandas as pd

from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import multilayer_study
from megaregion.links.soft.offices import OfficesOptions, offices
from megaregion.nodes.innovation import innovation

cluster = Workspace(example_folder("yangtze-delta")).cluster()
names, index = cluster.places["name"], units(cluster).index
ties = innovation(cluster, seed=1)["innovation_ties"].to_frame()
half = ties.pivot(index="place_a", columns="place_b", values="full").reindex(index=index, columns=index).fillna(0.0)
joint = half + half.T
joint.attrs["unit"] = "documents"
layers = ["services:G", "services:D", "joint publications"]
options = {**cluster.options, "multilayer": {**cluster.options.get("multilayer", {}), "layers": layers}}
found = multilayer_study(cluster.replace(flows={**cluster.flows, "joint publications": joint}, options=options), seed=1)
table = found["multilayer_places"].to_frame()
table.insert(0, "name", table.pop("place_id").map(names))
print(table.head(6).round(2).to_string(index=False))
print("in one layer only:", ", ".join(table.loc[table["participation_links"] == 0, "name"]) or "none")

# %% How alike are the layers? Both classes of trains run between the same cities; science takes other ways, and its few
# links are a sample of one file: that two cities share none there does not say that they share none
print(found["multilayer_layers"].to_frame().round(3).to_string(index=False))
print(found["multilayer_places"].facts())

# %% Ties beyond chance need a list of firms: firm, place_id, value, role. Firms keep their number of offices and cities
# their number of firms (same-counts): then 30 banks in 40 cities show nothing that chance would not; against firms that
# go anywhere (random-places) the largest cities are tied. Large cities are tied because they are large: bank_offices.py
here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
listed = pd.read_csv(here / "german_banks" / "offices_2012.csv", dtype={"place_id": str}).assign(value=2.0)
city = listed.drop_duplicates("place_id").set_index("place_id")["city"].sort_index()
for null in ("same-counts", "random-places"):
    tied = offices(listed, city.index, OfficesOptions(null=null, draws=2999, bootstrap=99), seed=1)
    links = tied["office_links"].to_frame()
    first = links.sort_values("z", ascending=False).head(3)
    pairs = [f"{city[a]}-{city[b]} (z {z:.1f})" for a, b, z in first[["place_a", "place_b", "z"]].to_numpy()]
    more = int(links["more_than_chance"].sum())
    print(f"{null}: {more} of {len(links)} links exceed chance, first by z: {', '.join(pairs)}")

# %% Connectivity is mostly size: ranks with intervals over samples of firms, and z beside them
places = tied["office_places"].to_frame()
places.insert(0, "name", places.pop("place_id").map(city))
print(places.drop(columns=["rules", "is_ruled"]).head(5).round(2).to_string(index=False))
for text in tied["office_links"].warnings:
    print("note:", text)
