"""Joint parks: which city suits which, who gets what, what is counted twice. Mechanics on shipped data, no finding."""

# %% Six cities that could move firms and eight that could host them. Complementarity comes from the census of 2020:
# how far the industries of the origin are related to what the host is good at (density, one-digit industries: coarse)
import numpy as np
import pandas as pd

from megaregion.core.relatedness import density, proximity
from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import minutes_between
from megaregion.links.soft.parks import ScoreWeights
from megaregion.links.soft.parks_stated import ParkOptions, stated_parks

cluster = Workspace(example_folder("yangtze-delta")).cluster()
city, names = units(cluster), cluster.places["name"]
jobs = (
    cluster.further["industries"].query("scope == '全市'").pivot(index="place_id", columns="industry", values="value")
)
jobs = jobs.loc[city.index].fillna(0.0)
share = jobs.div(jobs.sum(axis=1), axis=0)
special = (share / (jobs.sum() / jobs.to_numpy().sum()) > 1.0).to_numpy()
near = pd.DataFrame(density(special, proximity(special)), index=city.index, columns=jobs.columns)
income = cluster.indicators.query("indicator == 'gdp_per_head' and year == 2020").set_index("place_id")["value"]
rich = income.reindex(city.index).sort_values(ascending=False)
origins, hosts = rich.index[:6], rich.index[-8:]

# %% Two tables as a workspace would state them. GDP per resident stands in for wages, and land prices are not shipped,
# so that land counts nothing here: ASSUMED, as the weights are. Travel times are those of the workspace
candidates = pd.DataFrame([
    {"origin": i, "host": j, "complementarity": float(share.loc[i] @ near.loc[j])} for i in origins for j in hosts
])  # fmt: skip
places = pd.DataFrame({"place_id": rich.index, "wage": rich.to_numpy(), "capacity": 1})
chosen = ParkOptions(weights=ScoreWeights(complementarity=5.0, land=0.0, labour=1.0, hour=0.3))
tables = {"park_candidates": candidates, "park_places": places}
found = stated_parks(tables, chosen, minutes=minutes_between(cluster))["parks"]
pairs = found.to_frame()
for column in ("origin", "host", "best_host", "other_host"):
    pairs[column] = pairs[column].map(names).fillna("-")
print(pairs.round(3).to_string(index=False))
facts = found.facts()
print(f"scores add up to {facts['score']:.3f}; prices prove that no plan has more than {facts['bound']:.3f}")
print(
    f"{len(facts['blocking_pairs'])} pairs would rather have each other; a stable matching has none, and no more in sum"
)

# %% How much do the declared weights decide? The same with travel three times as heavy
far = stated_parks(tables, ParkOptions(weights=ScoreWeights(complementarity=5.0, land=0.0, labour=1.0, hour=0.9)),
                   minutes=minutes_between(cluster))["parks"].to_frame()  # fmt: skip
print(f"{int((far['host'].map(names).fillna('-').to_numpy() == pairs['host'].to_numpy()).sum())} of 6 partners stay")

# %% One park, DECLARED: 60 without agreement here, 20 there, 130 together; both have booked all of it so far
park = {"park": "example", "item": "value_added", "unit": "million CNY"}
a, b = origins[0], hosts[0]
split = stated_parks({
    "park_parties": pd.DataFrame([{**park, "party": a, "alone": 60.0, "total": 130.0},
                                  {**park, "party": b, "alone": 20.0, "total": 130.0}]),
    "park_booked": pd.DataFrame([{**park, "party": p, "booked": 130.0} for p in (a, b)]),
}, chosen)  # fmt: skip
for part in split.values():
    print(part.to_frame().assign(party=lambda t: t["party"].map(names)).round(1).to_string(index=False))
twice = split["park_attribution"].facts()["value_added"]
print(f"produced {twice['produced']:.0f}, booked {twice['booked']:.0f}: counted twice {twice['counted_twice']:.0f}")
assert np.isclose(twice["counted_twice"], 130.0)
