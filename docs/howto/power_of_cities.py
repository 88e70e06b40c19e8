"""Which cities of the Yangtze delta host the power plants, against the people who live there? Facts of a map, no grid.

Real: power plants of OpenStreetMap with kind and output (ODbL, an extract without a date; yangtze_power/derive.py),
people of the census of 2020. Not there: lines, demand of cities, wind, nearly all of the sun. So who generates for whom
cannot be told here (german_grid.py shows it where a grid is open), only who hosts how much. The outputs are those of
mappers; no official figure by city was found to hold them against.
"""

# %% What the map states, kind by kind: coal, gas and nuclear can be used, the rest cannot
from pathlib import Path

import pandas as pd

from megaregion.core.inequality import gini
from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace

here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
plants = pd.read_csv(here / "yangtze_power" / "plants.csv", dtype={"place_id": str})
stated = plants.groupby("kind")["mw"].agg(plants="size", with_output="count", mw="sum")
stated["percent"] = 100 * stated["with_output"] / stated["plants"]
print(stated.sort_values("mw", ascending=False).round(0).to_string())

# %% Capacity by city and kind, against people
cluster = Workspace(example_folder("yangtze-delta")).cluster()
city = units(cluster)
used = plants[plants["kind"].isin(["coal", "gas", "nuclear"])]
table = used.pivot_table(index="place_id", columns="kind", values="mw", aggfunc="sum").reindex(city.index).fillna(0.0)
table.insert(0, "city", cluster.places["name"].reindex(table.index))
table["all"] = table[["coal", "gas", "nuclear"]].sum(axis=1)
people = city["population"].astype(float)
table["kw_per_head"] = table["all"] * 1000 / people
table["times_its_share"] = table["all"] / table["all"].sum() / (people / people.sum())
if lost := sorted(set(used["place_id"]) - set(city.index)):
    raise SystemExit(f"plants of unknown places: {lost}")
table["no_output"] = used[used["mw"].isna()].groupby("place_id").size().reindex(table.index).fillna(0).astype(int)
order = table.sort_values("times_its_share", ascending=False)
print(order.head(8).round(2).to_string(index=False))
print(order.tail(6).round(2).to_string(index=False))

# %% How unevenly, and by province. Whom a plant serves no open table says
print(f"Gini of capacity per head over people: {gini(table['kw_per_head'].to_numpy(), people.to_numpy()):.2f}")
province = city["parent_id"].map(cluster.places["name"])
sums = pd.DataFrame({"mw": table["all"], "people": people}).groupby(province).sum()
print((100 * sums / sums.sum()).round(1).rename(columns=lambda name: f"percent of {name}").to_string())
