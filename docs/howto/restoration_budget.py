"""Which sites do I restore first under a budget, where does best value for money go wrong, and what hangs on prices?"""

# %% REAL places: Puerto Rico (land cover of 2001, 78 municipal governments: puerto_rico.txt). PUBLISHED prices, dollars
# as printed: restoration_costs.csv says of each who wrote it, what for, and how it was read
import tempfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio

from megaregion.nodes.ecology import EcologyOptions, ecology
from megaregion.nodes.restoration import read_restoration, restoration_priority
from megaregion.nodes.restoration_sites import SitesToRestore

folder = Path(tempfile.mkdtemp())
here = Path(__file__).parent
prices = pd.read_csv(here / "restoration_costs.csv")
print(prices[["habitat", "usd_per_ha", "where", "what"]].to_string(index=False))

# %% Judgement, as in ecology.py: what a class of land is worth and what threatens it
classes, threats = here / "puerto_rico_classes.csv", here / "puerto_rico_threats.csv"
land = here / "puerto_rico_nlcd_2001.tif"
units = gpd.read_file(here / "puerto_rico_municipios.geojson").set_index("place_id").to_crs("EPSG:5070")
options = EcologyOptions(contrasts=(10, 100, 1000), least_ha=3000.0, dispersal_m=10_000.0)
network = ecology(land, classes, threats=threats, units=units, out=folder / "out",
                  options=options)  # fmt: skip

# %% Candidates: cells of grass, pasture, crops or bare ground that block a corridor, or that touch woody wetlands.
# STATED rule: a cell becomes what grows beside it: mangrove beside woody wetlands, else dry woodland beside shrub,
# else forest
with rasterio.open(land) as raster:
    code, shape = raster.read(1), raster.transform


def beside(what: int) -> np.ndarray:
    """Cells with a neighbour of this class."""
    wide = np.pad(code == what, 1)
    rows, columns = code.shape
    return np.any([wide[r : r + rows, c : c + columns] for r in range(3) for c in range(3)], axis=0)


barriers = network["barriers"].to_frame()
blocks = np.zeros(code.shape, bool)
blocks[np.floor((barriers["y"] - shape.f) / shape.e).astype(int),
       np.floor((barriers["x"] - shape.c) / shape.a).astype(int)] = True  # fmt: skip
row, column = np.nonzero(np.isin(code, [31, 71, 81, 82]) & (blocks | beside(90)))
habitat = np.select([beside(90), beside(52)], ["mangrove", "woodland or shrubland"], "tropical forest")[row, column]
points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(shape.c + (column + 0.5) * shape.a,
                                                      shape.f + (row + 0.5) * shape.e), crs=units.crs)  # fmt: skip
name = points.sjoin_nearest(units[["name", "geometry"]]).groupby(level=0)["name"].first()
sites = pd.DataFrame(
    {"x": points.geometry.x, "y": points.geometry.y, "price": habitat, "area_ha": 90.0, "quality": 1.0}
)
sites.index = pd.Index([f"{n} {k}" for k, n in enumerate(name, start=1)], name="site")
print(sites.groupby("price").size().to_string())


# %% Prices: the plan, and around it what was published. Forest from a tenth of the typical cost (regeneration) to
# twice the price of planting; dry woodland from a tenth of its typical cost to that of tropical forest (STATED);
# mangrove what three projects in Puerto Rico cost, or what was published anywhere. A site is 90 ha, a tenth of its
# cell (STATED)
def of(habitat: str, where: str = "") -> pd.Series:
    """Prices of a habitat."""
    mine = prices[prices["habitat"] == habitat]
    return mine[mine["where"].str.contains(where)]["usd_per_ha"]


typical = prices[prices["what"].str.startswith("typical")].set_index("habitat")["usd_per_ha"]
forest, dry, own = of("tropical forest"), typical["woodland or shrubland"], of("mangrove", "Puerto Rico")
ranges = {
    "mangroves at prices of Puerto Rico": (own.min(), own.median(), own.max()),
    "mangroves at prices of the world": (of("mangrove").min(), own.median(), of("mangrove").max()),
}
for case, mangrove in ranges.items():
    price = pd.DataFrame({"tropical forest": (forest.min(), typical["tropical forest"], forest.max()),
                          "woodland or shrubland": (dry / 10, dry, typical["tropical forest"]),
                          "mangrove": mangrove}, index=["cost_low", "cost", "cost_high"]).T  # fmt: skip
    print(case, price.round(0).to_string(), sep="\n")
    million = sites["area_ha"].to_numpy()[:, None] * price.loc[sites["price"]] / 1e6
    table = sites.assign(**{column: million[column].to_numpy() for column in price})
    found = ecology(land, classes, threats=threats, out=folder / "out",
                    options=replace(options, barriers=0), restore=SitesToRestore(table, budget=3.0))  # fmt: skip
    print({k: v for k, v in found["restoration"].facts().items() if k != "greedy_guarantee"})
    doubt = found["restoration_doubt"]
    print(doubt.to_frame().drop(columns=["cost_low", "cost_high"]).round(2).to_string(index=False))
    print(doubt.facts())

# %% What would more money bring, and where does the rule of best value for money go wrong? Gains of the sites by
# themselves, at the planned prices (what pairs add is under 2 % here)
table = found["restoration"].to_frame().rename(columns={"alone": "gain"})
table[["site", "gain", "cost"]].to_csv(folder / "sites.csv", index=False)
alone, _ = read_restoration(folder / "sites.csv")
for budget in (0.5, 1.0, 1.5, 2.0, 3.0, 5.0):
    facts = restoration_priority(alone, budget=budget).facts()
    print(f"{budget:.1f} million: best {facts['gain']:.2f}, greedy {facts['greedy_gain']:.2f} % of connectivity")

# %% The sites read "always" can go on a plan today; for those that hang on the price get a tender first. From the
# command line (a table with cost, cost_low, cost_high and price, or one with gains of your own):
#     megaregion ecology land.tif classes.csv --threats threats.csv --out out --least-ha 3000 --dispersal-m 10000 \
#         --sites sites.csv --budget 3
#     megaregion restore sites.csv --budget 2 [--pairs pairs.csv]
