"""Where do roads end at a border, is it the border or the river, and can the map be trusted?"""

# %% Roads INVENTED here, to show the steps (no real place): two units of 30 x 60 km, roads of 3 km by chance. A river
# runs along three quarters of the border and a little inside; half of the roads end at it, 4 of 10 more at the border.
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, box

from megaregion.data.geopackage import write_layers
from megaregion.links.hard.border_crossings import border_crossings
from megaregion.links.hard.border_layers import border_lines
from megaregion.links.hard.border_regression import border_regression
from megaregion.links.hard.border_segments import SegmentOptions, border_segments
from megaregion.links.hard.dead_end_files import write_dead_ends
from megaregion.links.hard.dead_ends import dead_ends
from megaregion.links.hard.road_completeness import road_completeness
from megaregion.links.hard.road_sources import read_map

CRS, X, Y, SIDE = "EPSG:32650", 500_000.0, 3_400_000.0, 30_000.0
units = gpd.GeoDataFrame({"name": ["West", "East"]}, index=pd.Index(["W", "E"], name="place_id"), crs=CRS, geometry=[
    box(X - SIDE, Y, X, Y + 2 * SIDE), box(X, Y, X + SIDE, Y + 2 * SIDE)])  # fmt: skip
wet = {0: (0, 45_000), -10_000: (0, 11_000), 10_000: (49_000, 60_000)}
rivers = gpd.GeoDataFrame(geometry=[LineString([(X + x, Y + a), (X + x, Y + b)]) for x, (a, b) in wet.items()], crs=CRS)
banks = shapely.union_all(rivers.buffer(300).to_numpy())
border = LineString([(X, Y), (X, Y + 2 * SIDE)])
rng, lines = np.random.default_rng(4), []
for x, y, angle, u in zip(rng.uniform(-SIDE, SIDE, 3500), rng.uniform(0, 2 * SIDE, 3500), rng.uniform(0, np.pi, 3500),
                          rng.random(3500), strict=True):  # fmt: skip
    dx, dy = 1500 * np.cos(angle), 1500 * np.sin(angle)
    line = LineString([(X + x - dx, Y + y - dy), (X + x + dx, Y + y + dy)])
    stays = (0.5 if line.crosses(banks) else 1.0) * (0.6 if line.crosses(border) else 1.0)
    stop = banks if line.crosses(banks) else border.buffer(300)
    lines += [line] if u < stays else [part for part in shapely.get_parts(line.difference(stop)) if part.length > 50]
folder = Path(tempfile.mkdtemp())
drawn = gpd.GeoDataFrame({"highway": ["primary"] * len(lines)}, geometry=lines, crs=CRS)
drawn.to_file(folder / "roads.gpkg")
roads = read_map(folder / "roads.gpkg")

# %% Crossings: the border alone, then given the river
crossed = border_crossings(roads, units, crs=CRS)
print(crossed.to_frame()[["unit_a", "unit_b", "crossings", "per_10_km", "permeability"]].to_string(index=False))
pieces = border_segments(roads, units, crs=CRS, water=rivers, options=SegmentOptions(band_km=3.0))
print(
    border_regression(pieces)
    .to_frame()[["spec", "term", "ratio", "ratio_low", "ratio_high"]]
    .round(2)
    .to_string(index=False)
)

# %% Completeness against official lengths (of the statistical yearbook, say), and candidates of dead ends with cards
official = pd.DataFrame({"place_id": ["W", "E"], "road_class": "all", "length_km": [5200.0, 7400.0]})
complete = road_completeness(roads, units, official, crs=CRS)
print(complete.to_frame()[["place_id", "mapped_km", "official_km", "ratio", "grade"]].round(2).to_string(index=False))
found = dead_ends(roads, units, crs=CRS, barriers=rivers, completeness=complete.by_unit())
ends = found["dead_ends"].to_frame()
print(f"{len(ends)} candidates; {(ends['barrier'] != '').sum()} of them have the river between")

# %% Everything as layers for QGIS, and a card for each of the first candidates
write_layers(folder / "borders.gpkg", {"borders": border_lines(units, {"": crossed.to_frame()}, CRS),
                                       "segments": pieces.layer()})  # fmt: skip
written = write_dead_ends(folder, found, roads, units, crs=CRS, cards=2)
print(", ".join(sorted(path.name for path in [*written, folder / "borders.gpkg"])))
