"""How far apart are town and country in Germany: income, services, rent, cars, and who commutes where?"""

# %% The German workspace; its tables are fetched, not shipped: megaregion fetch examples/germany
import sys
from pathlib import Path

import pandas as pd

from megaregion.core.agreement_kappa import cohen_kappa, contingency
from megaregion.data.cluster import values
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.factor_accounts import factor_accounts
from megaregion.mechanisms.service_gaps import settlement_gap
from megaregion.mechanisms.urban_rural import urban_rural

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/germany")
if not (folder / "tables" / "indicators.inkar.csv").is_file():
    print(f"{folder} has no tables yet: megaregion fetch {folder}")
    sys.exit()
workspace = Workspace(folder)
cluster = workspace.cluster()
names = cluster.places["name"]

# %% No table splits a county into town and country, so whole counties are told apart by a threshold. 150 people per km2
# is one of the limits in the settlement types of the BBSR, whose other criterion (share of people in larger towns) is
# not in these tables: an assumption, marked as such; try others and see what holds
gaps = (
    "purchasing_power", "wage_residence", "wage_workplace", "unemployment_rate", "physician_density", "gp_density",
    "hospital_beds_per_capita", "childcare_under3", "rent_level", "living_space_per_capita", "cars_per_capita",
)  # fmt: skip
shown = ["indicator", "unit", "town", "country", "gap", "gap_low", "gap_high", "ratio", "p"]
for density in (150.0, 300.0):
    mine = cluster.replace(options={**cluster.options, "urban_rural": {"town_density": density, "gaps": gaps}})
    found = urban_rural(mine, workspace.seed)["settlement_gaps"]
    frame = found.to_frame()
    print(found.parameters()["rule"], f"- {frame['town_places'].iloc[0]:.0f} counties are town")
    print(frame[shown].round(3).to_string(index=False))
    for text in found.warnings:
        print("note:", text)

# %% How far is the threshold from the official types? bbsr_settlement_types_2024.csv: settlement types of 74 counties
# (1 independent city from 100,000 people, 2 urban county: both town; 3 rural with denser parts, 4 sparsely settled:
# both country): BBSR Bonn, Raumgliederungen, Referenz 2024 (siedlungsstrukturelle Kreistypen), from the table
# plz_referenz.csv of github.com/jacobfricke/postal_codes (ODbL 1.0, so is this extract). The 74 are the counties on
# seven stretches of that table at equal distance, not a random sample, and the error takes them for one
official = pd.read_csv(Path(__file__).with_name("bbsr_settlement_types_2024.csv"), dtype={"place_id": str})
official = official.set_index("place_id")["type"]
counties = cluster.select("county").loc[official.index]
dense = counties["population"] / counties["area_km2"]
is_town = official <= 2
for density in (150.0, 200.0, 300.0):
    same = cohen_kappa(contingency((dense >= density).astype(int), is_town.astype(int), 2))
    print(
        f"{density:g} people per km2 against the official town: {same.observed:.0%} of {same.n} alike, "
        f"kappa {same.kappa:.2f} (standard error {same.se:.2f})"
    )
odd = counties.assign(density=dense.round(), type=official)[(dense >= 150.0) != is_town]
print(odd[["name", "population", "density", "type"]].sort_values("density").to_string())
print(
    "the official types count an independent town below 100,000 people with the county around it (Dessau-Roßlau, Gera"
)
print("with Greiz, Bamberg, Bayreuth, Neumünster); whoever has the whole list states it as the role `settlement`")

# %% More children in day care in the country? The east is more rural and kept its day care: look inside east and west
at = cluster.select("county")
east = at.index >= "11000"  # Berlin and the five eastern states
town = at["population"] / at["area_km2"] >= 150.0
for side, name in ((~east, "west"), (east, "east")):
    for indicator in ("childcare_under3", "purchasing_power", "physician_density"):
        x = values(cluster, indicator, year=2018)
        gap = settlement_gap(x[side], at["population"][side], town[side], seed=workspace.seed)
        print(
            f"{name}: {indicator} {gap['town']:.1f} in town, {gap['country']:.1f} in the country, "
            f"gap {gap['gap']:+.1f} ({gap['gap_low']:+.1f} to {gap['gap_high']:+.1f})"
        )

# %% Labour in both directions: commuters between 401 counties, pairs below 10 are not reported
options = {"urban_rural": {"town_density": 150.0}, "factor_accounts": {"absent_below": {"commuting": 10.0}}}
accounts = factor_accounts(cluster.replace(options={**cluster.options, **options}))
print(accounts["factor_settlement"].to_frame().drop(columns=["factor", "barrier"]).to_string(index=False))
table = accounts["factor_accounts"].to_frame()
print(f"sum of all net flows: {table['net'].sum():.0f}; median balance of a county {table['balance'].median():.2f}")
order = table.assign(name=table["place_id"].map(names)).sort_values("balance")
print(order[["name", "inflow", "outflow", "net", "balance", "one_way"]].head(8).round(3).to_string(index=False))
print(accounts["factor_pairs"].summary())

# %% What the tables cannot say: land quota, fiscal transfers and technology come from a table factor_flows of your own
for result in accounts.values():
    for text in result.warnings:
        print("note:", text)
