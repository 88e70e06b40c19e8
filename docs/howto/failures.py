"""Which rail line would the Yangtze River Delta miss most, what did four typhoons take out, and where do rail and road
only work together?

Real: tracks and wind radii of Lekima (2019), In-Fa (2021), Muifa (2022), Bebinca (2024), best track of the Japan
Meteorological Agency, RSMC Tokyo, cut and turned into polygons by us (yangtze_storms/derive.py); lines that the railway
closed for the first three, by its notices (suspensions.csv, row by row). Declared: the shape of an area between stated
radii and times, stations of a line between the ends that its notice names. The network is that of summer 2020 for all
four. From a terminal:
megaregion failures examples/yangtze-delta --hazards docs/howto/yangtze_storms/areas.geojson --id name
"""

# %% The shipped example: direct trains of summer 2020, lines between stations, roads by formula
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

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

# %% Four typhoons: winds of 50 knots (93 km/h) and of 30 knots (56 km/h) over the days of the notice, and the closed
# lines themselves. Another storm: megaregion storm TRACK --storm 2106 --since ... --until ... --out areas.geojson
here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
storms = pd.read_csv(here / "yangtze_storms" / "storms.csv", dtype=str)
areas = gpd.read_file(here / "yangtze_storms" / "areas.geojson").set_index("name")
print(storms[["name", "name_zh", "since", "until"]].to_string(index=False))

# %% What each takes out, beside as many lines and stations in use that fail by chance (5th to 95th percentile). A storm
# takes what lies together: the rest of the network stays whole, so it mostly costs fewer hours than chance would, but
# it can cut off a whole end (Lekima, Muifa). Cut off: no open station within 100 km, or no train from it. Hours are by
# road where no train is left, as if roads were open; weights are trains a day, for the example ships no travellers
# (with yours in tables/flows.csv they are person hours: [options.rail_failures] layer)
many = RailFailureOptions(draws=20, steps=1, singles=1)
struck = rail_failures(cluster, many, seed=1, hazards=areas)["rail_failures"].to_frame().query("kind == 'hazard'")
out = struck[["failure", "gone"]].astype({"gone": int})
for name, title, digits in (("unserved_percent", "cut off %", 1), ("extra_hours", "hours x trains", 0)):
    value, low, high = (struck[name + end].map(f"{{:,.{digits}f}}".format) for end in ("", "_low", "_high"))
    out = out.assign(**{title: value, f"{title} by chance": low + " to " + high})
print(out.to_string(index=False))

# %% Does the wind tell what the railway closes? Stations on the closed lines inside of the area, and all others inside;
# times: the share of the closed inside over that of the others. Gales reach (nearly) every closed station and many that
# stayed open, storm winds a few of both. Lines were closed beforehand, by forecasts of wind and rain: read an area of
# wind as where a closure is likely, not as the plan
named = pd.read_csv(here / "yangtze_storms" / "named_stations.csv", dtype=str)
rail = cluster.nodes[cluster.nodes["mode"] == "rail"]
points = shapely.points(rail[["lon", "lat"]].to_numpy(float))
for storm in storms.itertuples():
    on = rail.index.isin(named.loc[named["storm"] == storm.storm, "node_id"])
    for knots in (50, 30) if on.any() else ():
        inside = shapely.intersects(areas.geometry[f"{storm.name} {storm.since[:4]}, {knots} kt"], points)
        hit, false = (f"{int((inside & part).sum())} of {int(part.sum())}" for part in (on, ~on))
        more = (inside & on).mean() / on.mean() / ((inside & ~on).mean() / (~on).mean())
        print(f"{storm.name}, {knots} kt: {hit} closed stations inside, {false} others; {more:.1f} times")

# %% Where winds of 50 knots swept the center of a city, rail and road fail together: so did Bebinca over Shanghai
beside = shared_borders(workspace.geometry(), units(cluster).index, crs=str(cluster.attrs["crs"]))
cluster = cluster.replace(options={**cluster.options, "rail_failures": {"draws": 2, "steps": 2, "singles": 5}})
both = failures_of_cluster(cluster, seed=1, adjacent=beside, hazards=areas[areas.index.str.endswith("50 kt")])

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
