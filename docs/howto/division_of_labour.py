"""Who does what in 305 counties: are neighbours copies of each other, and what could a county do next?"""

# %% The shipped census industries by county, neighbours by shared borders
import sys
from pathlib import Path

from megaregion.data.adjacency import shared_borders
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.division_of_labour import division_of_labour

workspace = Workspace(Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = workspace.cluster()
names = cluster.places["name"]
shapes = workspace.geometry()
assert shapes is not None
adjacent = shared_borders(shapes, list(cluster.select("county").index), crs=str(cluster.attrs["crs"]))
if adjacent is not None:
    print(f"{len(adjacent)} pairs of counties share a border, {adjacent['km'].sum():,.0f} km in all")

# %% The same table as [options.division_of_labour] of workspace.toml
options = {"division_of_labour": {"kind": "county", "draws": 99, "all_pairs_up_to": 100, "top": 20}}
found = division_of_labour(
    cluster.replace(options={**cluster.options, **options}), seed=workspace.seed, adjacent=adjacent
)

# %% The counties that differ most from the whole, and by how much more than a sample of their size would by chance
places = found["division_places"].to_frame()
places["name"] = places["place_id"].map(names)
shown = ["name", "krugman", "krugman_noise", "q_sampling", "leading_industry", "leading_lq"]
print(places.sort_values("krugman", ascending=False)[shown].head(8).round(3).to_string(index=False))

# %% Neighbours: alike beyond chance (competition, or healthy co-location) or different (a division of labour)
pairs = found["division_pairs"].to_frame()
near = pairs[pairs["adjacent"]].assign(a=lambda f: f["place_a"].map(names), b=lambda f: f["place_b"].map(names))
near = near[near["krugman"] > 1e-9]  # districts split in 2021 share one structure: flagged as modelled, no finding
print(near.sort_values("krugman")[["a", "b", "same_group", "krugman"]].head(5).round(3).to_string(index=False))
print(near.sort_values("krugman")[["a", "b", "same_group", "krugman"]].tail(5).round(3).to_string(index=False))
across = near.groupby("same_group")["krugman"].median()
print(f"median difference of neighbours: inside a province {across[True]:.3f}, across its border {across[False]:.3f}")

# %% What could come next: the industry nearest to what a county is good at already (relatedness,
# no forecast: it knows nothing of ore, ports or law; industries of a few sampled people are not proposed)
print(places.sort_values("nearest_density", ascending=False)[["name", "nearest_industry", "nearest_density"]]
      .head(6).round(2).to_string(index=False))  # fmt: skip
for text in dict.fromkeys(w for table in found.values() for w in table.warnings):
    print("note:", text)
