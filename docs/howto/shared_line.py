"""Cities share the tracks that lead to one of them: who pays how much, and who would rather build alone?"""

# %% The rail links of the Yangtze example (2020), and the shortest way to Shanghai from each city of Jiangsu and
# Zhejiang, of its station nearest to the hub. A city needs the links of its way; a kilometre counts as one, whoever
# uses it: an illustration, for real costs differ by stretch. With Anhui there are 39 cities: half a minute
from pathlib import Path

import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from megaregion.data.workspace import Workspace
from megaregion.mechanisms.sharing import share

cluster = Workspace(Path("examples/yangtze-delta")).cluster()
rail = cluster.links[cluster.links["mode"] == "rail"].groupby(["from_node", "to_node"])["length_km"].min().reset_index()
nodes = pd.Index(pd.concat([rail["from_node"], rail["to_node"]]).unique())
ends = [nodes.get_indexer(rail[end]) for end in ("from_node", "to_node")]
net = coo_array((rail["length_km"], ends), shape=(len(nodes), len(nodes))).tocsr()
hub = nodes.get_loc("310100-shanghaihongqiao")
far, before = dijkstra(net, directed=False, indices=hub, return_predecessors=True)
station = pd.DataFrame({"place_id": nodes.str.slice(0, 6), "km": far})
start = station[station["place_id"].str[:2].isin(["32", "33"])].groupby("place_id")["km"].idxmin()
rows = []
for place, node in start.items():
    while node != hub:
        rows.append((place, f"{nodes[node]} - {nodes[before[node]]}", far[node] - far[before[node]]))
        node = before[node]
table = pd.DataFrame(rows, columns=["place_id", "facility", "cost"]).assign(game="tracks to Shanghai", unit="km")
print(f"{table['place_id'].nunique()} cities need {table['facility'].nunique()} links")

# %% Eight million coalitions are not listed. A program finds, for any split, the group of cities with most reason to
# object, and the nucleolus is built from these alone. From the command line: megaregion share tracks.csv
found = share(table, seed=1, weights=cluster.places[["population"]])
wide = found["sharing"].to_frame().pivot(index="place_id", columns="rule", values="payoff")
names = cluster.places["name_en"] if "name_en" in cluster.places else cluster.places["name"]
print(wide.assign(name=names.reindex(wide.index)).set_index("name").round(0).to_string())
print(found["sharing_games"].to_frame().T.to_string(header=False))

# %% Who would walk out of a split by population, and of one in equal parts? The group with most reason to, by the
# names of those it would leave behind
against = found["sharing_objections"].to_frame().groupby("rule", sort=False).first()
print(against[["size", "alone", "shared", "excess"]].round(0).to_string())
for rule, group in against["coalition"].items():
    left = ", ".join(names[c] for c in wide.index if c not in group.split(";"))
    row = against.loc[rule]
    print(f"{rule}: {row['size']} cities would build alone and save {row['excess']:,.0f} km, "
          f"all but {left}")  # fmt: skip
print(found["sharing"].facts()["stable"]["tracks to Shanghai"])
