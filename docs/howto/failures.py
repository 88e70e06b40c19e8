"""Which rail line would the Yangtze River Delta miss most, and where do rail and road only work together?"""

# %% The shipped example: direct trains of summer 2020, lines between stations, roads by formula
import geopandas as gpd
from shapely.geometry import box

from megaregion.data.adjacency import shared_borders
from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.hard.layer_failures import failures_of_cluster
from megaregion.links.hard.rail_failures import RailFailureOptions, rail_failures

workspace = Workspace(example_folder("yangtze-delta"))
cluster = workspace.cluster()
names, stops = cluster.places["name"], cluster.nodes["name"]

# %% Each line and station alone. Weights are trains a day, not people: read the ranks, not the hours
quick = RailFailureOptions(draws=4, steps=3)
found = rail_failures(cluster, quick, seed=1)
table = found["rail_singles"].to_frame()
lines = table[table["kind"] == "segment"].head(5)
lines = lines.assign(line=lines["from_stop"].map(stops) + " - " + lines["to_stop"].map(stops))
print(
    lines[["rank", "rank_trains", "line", "trains", "extra_hours", "unserved_percent"]].round(1).to_string(index=False)
)
print(f"rank correlation of trains and hours: {found['rail_singles'].facts()['rank_correlation_segment']:.2f}")

# %% More and more lines fail: by chance (5th to 95th percentile), the busiest first, the worst alone first
curve = found["rail_failures"].to_frame().query("kind == 'segment'")
shown = ["failure", "gone", "unserved_percent", "extra_hours", "extra_hours_low", "extra_hours_high", "largest_part"]
print(curve[shown].round(2).to_string(index=False))

# %% A flood drawn as a rectangle around Chuzhou (INVENTED); your own polygons: megaregion failures DIR --hazards FILE
flood = gpd.GeoDataFrame(geometry=[box(118.1, 32.1, 118.5, 32.5)], index=["flood at Chuzhou"], crs="EPSG:4326")
beside = shared_borders(workspace.geometry(), units(cluster).index, crs=str(cluster.attrs["crs"]))
cluster = cluster.replace(options={**cluster.options, "rail_failures": {"draws": 2, "steps": 2, "singles": 5}})
both = failures_of_cluster(cluster, seed=1, adjacent=beside, hazards=flood)
hit = both["rail_failures"].to_frame().query("kind == 'hazard'")
print(hit[["failure", "gone", "unserved_percent", "extra_rail_hours", "extra_hours"]].round(2).to_string(index=False))

# %% Pairs that are much faster by rail and road together, changing at a city on the way
ways = both["layered_times"]
best = ways.to_frame().sort_values("gain_min", ascending=False).head(5)
best = best.assign(origin=best["origin"].map(names), destination=best["destination"].map(names))
print(best.round(0).to_string(index=False))
print(f"share of pairs that need both: {ways.facts()['interdependence']:.1%}")

# %% Rail and road fail together: demand without a way, and the part that hangs together in both layers
ends = both["layer_failures"].to_frame().groupby(["failure", "layer"], sort=False).tail(1)
print(ends[["failure", "layer", "gone", "unserved_percent", "extra_hours", "largest_part", "mutual_part"]].round(2)
      .to_string(index=False))  # fmt: skip
