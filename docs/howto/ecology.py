"""How do I find ecological sources, corridors, their bottlenecks and their owners from a land-cover raster?"""

# %% REAL: land cover of Puerto Rico in 2001 (NLCD, public domain) and its 78 municipal governments (U.S. Census
# Bureau); sources and traps in puerto_rico.txt. A cell is 3 km, one sampled cell of 30 m: good for the network of an
# island, not for a street. ASSUMED: what a class is worth, what threatens it and how far, how far animals go
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from megaregion.nodes.ecology import EcologyOptions, ecology
from megaregion.nodes.restoration_sites import SitesToRestore

here = Path(__file__).parent
land = here / "puerto_rico_nlcd_2001.tif"
units = gpd.read_file(here / "puerto_rico_municipios.geojson").set_index("place_id")
names = units["name"]
folder = Path(tempfile.mkdtemp())

# %% Your judgement, as two tables: what a class is worth (its code is that of the raster), and what threatens it
classes, threats = here / "puerto_rico_classes.csv", here / "puerto_rico_threats.csv"

# %% Quality, sources (cores of habitat: all eight neighbours are habitat too), the network at three contrasts
options = EcologyOptions(contrasts=(10, 100, 1000), least_ha=3000.0, dispersal_m=10_000.0)
found = ecology(
    land, classes, threats=threats, units=units.to_crs("EPSG:5070"), out=folder / "out",
    options=options,
)  # fmt: skip
for name in ("quality", "shapes", "sources"):
    print(found[name].summary())
sources = found["sources"].to_frame()
at = gpd.GeoDataFrame(sources, geometry=gpd.points_from_xy(sources["x"], sources["y"]), crs="EPSG:5070")
at = at.to_crs(units.crs).sjoin(units[["name", "geometry"]], how="left")
print(at[["source", "area_ha", "quality", "name"]].to_string(index=False, float_format="{:.3g}".format))
lines = found["corridors"].to_frame().query("contrast == 100 and direct").sort_values("rank")
print(lines.head(4).to_string(index=False, float_format="{:.3g}".format))
print(found["importance"].to_frame().to_string(index=False, float_format="{:.3g}".format))

# %% Which corridors lie in the same place whatever the contrast: only these are safe to draw on a plan. The long ones
# from the central mountains to the rain forest in the east are not
overlap = found["overlap"].to_frame().query("always_direct").sort_values("jaccard", ascending=False)
print(overlap.to_string(index=False, float_format="{:.2f}".format))

# %% Where is it narrow, what blocks it, and which governments have to agree
print(found["current"].to_frame().head(4).to_string(index=False, float_format="{:.3g}".format))
barriers = found["barriers"].to_frame()
print(barriers.assign(name=barriers["unit"].map(names)).head(3).to_string(index=False, float_format="{:.4g}".format))
print(found["owners"].summary())
owners = found["owners"].to_frame().query("source_a == 1 and source_b == 5")
print(owners.assign(name=owners["unit"].map(names)).head(6).to_string(index=False, float_format="{:.2g}".format))

# %% What to restore first under a budget? The cells that block most, one per place: REAL places; PUBLISHED price of
# tropical forest, 3,450 dollars a hectare (TEEB 2009; in million here, land with houses on it costs more); ASSUMED
# full quality afterwards. The choice is proven; restoration_budget.py shows what hangs on the range of such prices
worst = barriers.sort_values("drop_percent", ascending=False).drop_duplicates(["x", "y"]).head(5)
price = pd.read_csv(here / "restoration_costs.csv").query("habitat == 'tropical forest' and dollars_of == 2009")
sites = pd.DataFrame({"x": worst["x"], "y": worst["y"], "area_ha": 900.0, "quality": 1.0})
sites["cost"] = sites["area_ha"] * price["usd_per_ha"].iloc[0] / 1e6
sites.index = pd.Index([f"{names[unit]} {k}" for k, unit in enumerate(worst["unit"], start=1)], name="site")
again = ecology(
    land, classes, threats=threats, out=folder / "out", options=options,
    restore=SitesToRestore(sites, budget=9.0),
)  # fmt: skip
print(again["restoration"].to_frame().to_string(index=False))
print(again["restoration"].facts())

# %% From the command line: megaregion ecology land.tif classes.csv --threats threats.csv --out out --units units.gpkg
# --sites sites.csv --budget 9. In a workspace: [options.ecology] (see: workspace format, folder ecology)
