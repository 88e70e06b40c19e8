"""How do I find ecological sources, corridors, their bottlenecks and their owners from a land-cover raster?"""

# %% A land cover INVENTED here, to show the steps (no real place): six woods, farmland, two towns and a road
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from shapely.geometry import box

from megaregion.nodes.ecology import EcologyOptions, ecology
from megaregion.nodes.restoration_sites import SitesToRestore

FOREST, FARM, TOWN, ROAD = 1, 2, 3, 4
rng = np.random.default_rng(7)
row, col = np.mgrid[:240, :320]
land = np.full((240, 320), FARM, np.uint8)
woods = [
    (50, 50, 24),
    (60, 160, 16),
    (55, 270, 26),
    (180, 60, 20),
    (170, 165, 14),
    (185, 265, 22),
]  # row, column, radius
for r, c, radius in woods:
    land[(row - r) ** 2 + (col - c) ** 2 < (radius * (1 + 0.2 * np.sin(np.arctan2(row - r, col - c) * 5))) ** 2] = (
        FOREST
    )
land[(row - 110) ** 2 + (col - 110) ** 2 < 22**2] = TOWN
land[(row - 120) ** 2 + (col - 215) ** 2 < 28**2] = TOWN
land[(abs(row - 115) < 2) & (land == FARM)] = ROAD
land[(rng.random(land.shape) < 0.01) & (land == FARM)] = FOREST  # stepping stones of a cell

folder = Path(tempfile.mkdtemp())
x, y, cell = 500_000.0, 3_460_000.0, 30.0
with rasterio.open(
    folder / "land.tif", "w", driver="GTiff", height=240, width=320, count=1, dtype="uint8", crs="EPSG:32650",
    transform=rasterio.Affine(cell, 0, x, 0, -cell, y), nodata=0,
) as target:  # fmt: skip
    target.write(land, 1)

# %% Your judgement, as two tables: what a class is worth, and what threatens it
(folder / "classes.csv").write_text("""code,name,habitat,resistance,sensitivity_town,sensitivity_road
1,forest,1,1,0.8,0.6
2,farmland,0.3,30,0.4,0.3
3,town,0,500,0,0
4,road,0,300,0,0
""")
(folder / "threats.csv").write_text("""threat,weight,reach_m,decay,codes
town,1,1500,exponential,3
road,0.6,600,linear,4
""")
west_east = [box(x, y - 7200, x + 4800, y), box(x + 4800, y - 7200, x + 9600, y)]
units = gpd.GeoDataFrame(geometry=west_east, index=["West county", "East county"], crs="EPSG:32650")

# %% The network at three contrasts of resistance; corridors on blocks of 2 x 2 cells, as on a large raster
found = ecology(
    folder / "land.tif", folder / "classes.csv", threats=folder / "threats.csv", units=units, out=folder / "out",
    options=EcologyOptions(contrasts=(10, 100, 1000), least_ha=15.0, dispersal_m=5000.0, most_cells=20_000),
)  # fmt: skip
for name in ("quality", "shapes", "sources"):
    print(found[name].summary())
lines = found["corridors"].to_frame().query("contrast == 100 and direct").sort_values("rank")
print(lines.head(4).to_string(index=False, float_format="{:.3g}".format))

# %% Which corridors lie in the same place whatever the contrast: only these are safe to draw on a plan
overlap = found["overlap"].to_frame().query("always_direct").sort_values("jaccard", ascending=False)
print(overlap.to_string(index=False, float_format="{:.2f}".format))

# %% Where is it narrow, what blocks it, and who has to agree
print(found["current"].to_frame().head(3).to_string(index=False, float_format="{:.3g}".format))
print(found["barriers"].to_frame().head(3).to_string(index=False, float_format="{:.4g}".format))
print(found["owners"].summary())

# %% Which stepping stones to plant first? Three invented sites between the woods, 40 units of money. Gains are the rise
# of connectivity over the same resistances; the choice is proven (see restoration_budget.py for gains of your own)
sites = pd.DataFrame({"x": [x + 3200.0, x + 3400.0, x + 6600.0], "y": [y - 1600.0, y - 5200.0, y - 1700.0],
                      "area_ha": 20.0, "quality": 1.0, "cost": [15.0, 20.0, 18.0]},
                     index=pd.Index(["north-west", "south", "north-east"], name="site"))  # fmt: skip
again = ecology(
    folder / "land.tif", folder / "classes.csv", threats=folder / "threats.csv", out=folder / "out",
    options=EcologyOptions(contrasts=(10, 100, 1000), least_ha=15.0, dispersal_m=5000.0, most_cells=20_000),
    restore=SitesToRestore(sites, budget=40.0),
)  # fmt: skip
print(again["restoration"].to_frame().to_string(index=False))
print(again["restoration"].facts())

# %% From the command line: megaregion ecology land.tif classes.csv --threats threats.csv --out out --sites sites.csv
# --budget 40. In a workspace: [options.ecology] (see: workspace format, folder ecology); run and report show it
