"""Health care across provincial borders, and which city could help which: the mechanics on shipped data, no finding."""

# %% The Yangtze example: people of 305 counties and districts, and as supply the health workers of the census of 2020
# (by where they live, a tenth of households asked). Beds and posts by hospital belong in tables/services_supply.csv
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.cluster import ancestor, units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.hard.times import times
from megaregion.links.soft.pairing import PairingOptions, assistance_benefit, pairing
from megaregion.links.soft.recognition import recognition_matrix
from megaregion.links.soft.services import Decay, shared_services

cluster = Workspace(example_folder("yangtze-delta")).cluster()
county = cluster.select("county")
province = ancestor(cluster.places, "province")
names = cluster.places["name"]
jobs = cluster.further["industries"]
jobs = jobs[(jobs["scope"] == "县") & (jobs["industry"] == "health") & jobs["place_id"].isin(county.index)]
supply = pd.DataFrame({
    "facility_id": "health-" + jobs["place_id"], "place_id": jobs["place_id"], "unit": "person",
    "supply": jobs["value"] / jobs["sample_share"],
})  # fmt: skip
minutes = times(cluster, origins=county).time
print(f"{len(supply)} counties, {supply['supply'].sum():,.0f} health workers, {county['population'].sum():,.0f} people")

# %% Whose patients may go where? People on file where they live are paid for in full across provinces; for those who
# travel without being referred the share paid may fall by up to 20 points (医保发〔2022〕22号, row medical of
# yangtze_recognition.csv, read second-hand). So 0.8 across a border of provinces is the floor on paper; that it deters
# like a fifth of the people missing, and that nothing is less inside a province, is ASSUMED
coded = pd.read_csv(Path(__file__).with_name("yangtze_recognition.csv"))
floor = float(coded.loc[coded["scheme"] == "medical", "low"].iloc[0])
rows = [("all", "all", "medical", floor), *((p, p, "medical", 1.0) for p in sorted(province[county.index].unique()))]
rules = pd.DataFrame(rows, columns=["origin", "destination", "scheme", "value"])
today = recognition_matrix(rules, "medical", province[county.index])
decay = Decay(zones={30: 1.0, 60: 0.68, 120: 0.22})  # ASSUMED too: weights of Luo and Qi (2009) on wider zones
result = shared_services(county["population"], supply, minutes, today, decay=decay)
facts = result.facts()
print(f"Gini of access {facts['gini_now']:.4f}, with borders open {facts['gini_shared']:.4f}")
print(
    f"people x access {facts['kept_shared']:,.1f}, workers reached {facts['kept_of_shared']:,.1f}: nothing is created"
)

# %% Who would lose and who gain, under these assumptions
table = result.to_frame().assign(name=lambda t: t["place_id"].map(names), where=lambda t: t["place_id"].map(province))
table["where"] = table["where"].map(names)
shown = ["name", "where", "access_now", "access_shared", "gain_percent", "outside_shared"]
order = table.sort_values("gain_percent")[shown].round(4)
print(pd.concat([order.head(5), order.tail(5)]).to_string(index=False))
print(f"{facts['people_who_gain']:,.0f} people gain, {facts['people_who_lose']:,.0f} lose")

# %% Does the answer hang on the method? The balanced catchment keeps people and level of service instead of supply
order = {}
for method in ("e2sfca", "allocated", "bfca"):
    other = shared_services(county["population"], supply, minutes, today, decay=decay, method=method)
    order[method] = other.table.set_index("place_id")["gain_percent"]
print("rank correlation of the gains by method (low: the answer hangs on the method, say which was used)")
print(pd.DataFrame(order).corr(method="spearman").round(2).to_string())
for text in result.warnings:
    print("note:", text)

# %% Paired assistance between cities: need is how far health workers and graduates per head lie below the mean of the
# cities, strength how far above. T = 180 minutes is ASSUMED, as is what a pair costs; so the pairs are an example only
city = units(cluster)
health = cluster.further["industries"].query("scope == '全市' and industry == 'health'").set_index("place_id")
degrees = cluster.indicators.query("indicator == 'bachelor_share' and scope == '全市'").set_index("place_id")["value"]
level = pd.DataFrame({"health": health["value"] / health["sample_share"] / city["population"], "school": degrees})
level = np.log(level.loc[city.index] / level.loc[city.index].mean())
income = cluster.indicators.query("indicator == 'gdp_per_head' and year == 2020").set_index("place_id")["value"]
rich = income.reindex(city.index).sort_values(ascending=False)
donors, recipients = rich.index[:8], rich.index[-12:]
need, strength = (-level.loc[recipients]).clip(lower=0), level.loc[donors].clip(lower=0)
away = times(cluster).time.loc[donors, recipients]
benefit = assistance_benefit(need, strength, away, decay_min=180.0)
carry = pd.DataFrame({"capacity": 2}, index=donors)
for goal in ("sum", "least"):
    plan = pairing(benefit, carry, options=PairingOptions(goal=goal))
    found = plan.facts()
    print(
        f"{goal}: benefit {found['benefit']:.3f} (bound {found['bound']:.3f}), least {found['least_benefit']:.4f}; "
        f"{len(found['blocking_pairs'])} pairs would rather have each other; stable: {found['stable_benefit']:.3f}"
    )
pairs = plan.to_frame()[["recipient", "donor", "benefit"]].round(4)
pairs = pairs.assign(recipient=pairs["recipient"].map(names), donor=pairs["donor"].map(names))
print(pairs.to_string(index=False))
