"""Do roads stop at the borders of municipalities, is it water, and can the map be trusted? Liechtenstein, a real map.

Real: roads, 11 municipalities, rivers, canals and streams of OpenStreetMap of 3 August 2013 (ODbL, the extract among
the tests of osm2pgsql; shapes thinned to some metres, liechtenstein/derive.py); official lengths of 1986, published in
the Jahrbuch des Historischen Vereins 86 (1986). Nothing is assumed but the thresholds below. No elevation of this place
could be had with a clean licence: the regression knows water and not slope, and half of the country is steep.
"""

# %% The files lie beside this script
from pathlib import Path

import geopandas as gpd
import pandas as pd

from megaregion.links.hard.border_crossings import border_crossings
from megaregion.links.hard.border_regression import border_regression
from megaregion.links.hard.border_segments import SegmentOptions, border_segments
from megaregion.links.hard.dead_ends import DeadEndOptions, dead_ends
from megaregion.links.hard.road_completeness import read_road_lengths, road_completeness
from megaregion.links.hard.road_sources import read_map, read_units

here = (Path(__file__).parent if "__file__" in globals() else Path("docs/howto")) / "liechtenstein"
CRS = "EPSG:2056"
roads, units = read_map(here / "roads.osm.pbf", country="LI"), read_units(here / "units.geojson", "place_id")
water = gpd.read_file(here / "water.geojson")

# %% First the map: mapped over official length. 27 years lie between the two, and roads of the state are not classes of
# OpenStreetMap (its mountain roads are unclassified there): the sum can be judged, the split cannot
name = pd.Index(["Liechtenstein"], name="place_id")
country = gpd.GeoDataFrame(geometry=[units.union_all()], index=name, crs=units.crs)
complete = road_completeness(roads, country, read_road_lengths(here / "road_lengths.csv"), crs=CRS).to_frame()
print(complete[["road_class", "mapped_km", "official_km", "ratio", "grade"]].round(2).to_string(index=False))

# %% Crossings of each border against the roads on both sides, and against lines one kilometre inside
options = {"crs": CRS, "least_class": "residential", "band_km": 1.0, "inside_km": 1.0}
crossed = border_crossings(roads, units, **options)
print(crossed.to_frame()[["unit_a", "unit_b", "border_km", "crossings", "permeability", "permeability_low",
                          "permeability_high"]].head(8).round(2).to_string(index=False))  # fmt: skip
print("surely less than inside:", ", ".join(crossed.facts()["surely_less_than_inside"]))

# %% Is it the water? Segments with water are crossed MORE here: villages and canals share the valley floor, and what is
# dry and uncrossed is the mountain. Without slope this is no effect of water; the number of the border hardly changes
pieces = border_segments(roads, units, crs=CRS, least_class="residential", water=water,
                         options=SegmentOptions(segment_km=0.5, band_km=1.0, inside_km=1.0))  # fmt: skip
table = border_regression(pieces).to_frame()
print(table[["spec", "term", "ratio", "ratio_low", "ratio_high"]].round(2).to_string(index=False))

# %% Roads that end before a border and go on behind it: candidates to look at, not findings
found = dead_ends(roads, units, crs=CRS, barriers=water, options=DeadEndOptions(least_class="residential"))
ends = found["dead_ends"].to_frame()
print(f"{len(ends)} candidates of dead ends; {int((ends['barrier'] != '').sum())} have water between")
for text in crossed.warnings:
    print("note:", text)
