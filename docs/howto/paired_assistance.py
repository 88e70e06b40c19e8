"""Paired assistance: who should help whom, and what keeping old pairs costs. Mechanics on shipped data, no finding."""

# %% Donors: the eight cities with most GDP per resident; recipients: the ten with least. Needs and strengths are how
# far health workers and graduates per head lie below or above the mean of the cities (census of 2020)
import numpy as np
import pandas as pd

from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import minutes_between
from megaregion.links.soft.pairing import PairingOptions
from megaregion.links.soft.pairing_stated import StatedPairing, stated_pairing

cluster = Workspace(example_folder("yangtze-delta")).cluster()
city, names = units(cluster), cluster.places["name"]
health = cluster.further["industries"].query("scope == '全市' and industry == 'health'").set_index("place_id")
degrees = cluster.indicators.query("indicator == 'bachelor_share' and scope == '全市'").set_index("place_id")["value"]
level = pd.DataFrame({"health": health["value"] / health["sample_share"] / city["population"], "school": degrees})
level = np.log(level.loc[city.index] / level.loc[city.index].mean())
income = cluster.indicators.query("indicator == 'gdp_per_head' and year == 2020").set_index("place_id")["value"]
rich = income.reindex(city.index).sort_values(ascending=False)
donors, recipients = rich.index[:8], rich.index[-10:]

# %% The tables that a workspace would state (or plain files: `megaregion pairing FOLDER --decay-min 180`). What a pair
# costs, what donors can spend and the three pairs that exist are ASSUMED
fields = pd.concat([
    frame.melt(ignore_index=False, var_name="field", value_name="value").rename_axis("place_id").reset_index()
    .assign(side=side)
    for side, frame in (("need", (-level.loc[recipients]).clip(lower=0)), ("strength", level.loc[donors].clip(lower=0)))
])  # fmt: skip
tables = {
    "pairing_candidates": pd.DataFrame(
        [{"donor": i, "recipient": j, "cost": 100.0} for i in donors for j in recipients]
    ),
    "pairing_donors": pd.DataFrame({"donor": donors, "capacity": 2, "budget": 200.0, "unit": "million CNY"}),
    "pairing_fields": fields,
    "pairs": pd.DataFrame({"donor": donors[5:8], "recipient": recipients[:3], "start": 2015, "end": np.nan}),
}
minutes = minutes_between(cluster)

# %% What do old pairs cost? The sum of benefits as ending a pair is made dearer
for continuity in (0.0, 0.02, 0.05, 0.1, 0.2):
    plan = stated_pairing(
        tables, StatedPairing(choice=PairingOptions(continuity=continuity), decay_min=180.0), year=2020, minutes=minutes
    )["pairing"]
    facts = plan.facts()
    print(
        f"ending a pair costs {continuity:.2f}: benefit {facts['benefit']:.3f}, {facts['pairs_kept']} of 3 kept, "
        f"{len(facts['blocking_pairs'])} pairs would rather have each other"
    )

# %% The largest smallest benefit instead of the largest sum: what the worst-off recipient gains, and what all give up
for goal in ("sum", "least"):
    found = stated_pairing(
        tables, StatedPairing(choice=PairingOptions(goal=goal), decay_min=180.0), year=2020, minutes=minutes
    )
    facts = found["pairing"].facts()
    print(
        f"{goal}: benefit {facts['benefit']:.3f}, smallest {facts['least_benefit']:.4f}, proven to {facts['gap']:.1e}"
    )
table = found["pairing"].to_frame()[["recipient", "donor", "benefit", "change", "stable_donor"]]
for column in ("recipient", "donor", "stable_donor"):
    table[column] = table[column].map(names).fillna("-")
print(table.round(4).to_string(index=False))
for text in found["pairing"].warnings:
    print("note:", text)
