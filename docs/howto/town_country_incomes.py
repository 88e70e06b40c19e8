"""How unequal are town and country in income, and how much hangs on whom one counts? Jiangsu and Zhejiang, 2020."""

# %% Real: incomes per head of town, of country and of all as published for two provinces; people of the census of 2020
# (town_country_incomes/, sources row by row). For Shanghai and Anhui the incomes of the country were not found: they
# are left out. The same tables: megaregion rural docs/howto/town_country_incomes
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.workspace import Workspace
from megaregion.mechanisms.urban_rural import urban_rural, urban_rural_measures

folder = (Path(__file__).parent if "__file__" in globals() else Path("docs/howto")) / "town_country_incomes"
workspace = Workspace(folder)
cluster = workspace.cluster()
names = cluster.places["name"]
found = urban_rural(cluster, workspace.seed)

# %% Levels beside ratios. Printed with the incomes: 1.96 for Zhejiang in 2020, 2.11 for Jiangsu in 2022
table = found["urban_rural"].to_frame().set_index("place_id").rename(index=names)
shown = ["year", "income_urban", "income_rural", "income_gap", "income_ratio", "urban_share", "theil"]
print(table[shown].round(3).to_string())

# %% Both provinces as one: nearly all of the inequality that these numbers can see is between town and country, not
# between the provinces. Inside of each, people differ too; means of town and country cannot say by how much
region = found["urban_rural_theil"].to_frame().iloc[0]
town, place = (region[f"between_{name}"] / region["total"] for name in ("town_country", "places"))
print(f"Theil index {region['total']:.4f}: between town and country {town:.0%}, between provinces {place:.0%} (two "
      "ways of dividing one total, not to be added)")  # fmt: skip

# %% Whom does one count? The published mean of all tells the share of town that the survey counts: mean = s x town +
# (1 - s) x country. It is below the share of the census, taken in the same year, so numbers of both do not mix freely
rows = cluster.indicators[cluster.indicators["year"] == 2020]
money = rows.pivot(index="place_id", columns="indicator", values="value")
share = (money["income"] - money["income_rural"]) / (money["income_urban"] - money["income_rural"])
own = money.assign(population_urban=money["population"] * share, population_rural=money["population"] * (1 - share))
census = money.assign(population_urban=money["urban_population"],
                      population_rural=money["population"] - money["urban_population"])  # fmt: skip
cells = {}
for label, given in {"as the survey counts": own, "census": census}.items():
    given.index = pd.MultiIndex.from_product([given.index, [2020]], names=["place_id", "year"])
    out = urban_rural_measures(given[["income_urban", "income_rural", "population_urban", "population_rural"]])
    part = given["population_urban"] / given["population"]
    mean = part * given["income_urban"] + (1 - part) * given["income_rural"]
    cells[label] = pd.DataFrame({"town %": 100 * part, "mean": mean, "Theil": out["theil"]})
both = pd.concat(cells, axis=1).droplevel("year").rename(index=names)
print(both.round(3).to_string())
print(f"by the census the mean of Jiangsu would be {both['census']['mean']['Jiangsu']:,.0f}, published "
      f"{money['income'].iloc[0]:,.0f}; the Theil index moves by up to "
      f"{np.abs(both['census']['Theil'] / both['as the survey counts']['Theil'] - 1).max():.0%}")  # fmt: skip
for text in found["urban_rural"].warnings:
    print("note:", text)
