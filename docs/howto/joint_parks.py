"""Joint parks: which city suits which, who gets what, what is counted twice.

Real: the rule by which Beijing, Tianjin and Hebei share the tax of firms that government moves (Ministry of Finance,
2015), the shares in the companies that develop the parks of Suzhou and Chuzhou (56 and 44 %) and of Shanghai and
Haining (55 and 45 %), what the park of Jiangyin and Jingjiang produced from 2003 to 2017, GDP and census of the
example; each with its source below. Declared: the weights of the match, what either side would have without the park.
Published by nobody: how these parks split value added and tax.
"""

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

# %% A published rule. 财预〔2015〕92号 (Ministry of Finance and State Administration of Taxation, 3 June 2015; reprint:
# tfcjtax.com/a/201908/1dinedpfxs825.shtml): firms that paid 20 million CNY a year of three taxes or more in the three
# years before the move. For three years, or five if the limit is not reached, half of their tax goes to where they came
# from, at most what they paid in those three years. A firm at the threshold; its growth after the move is DECLARED
before, years, growth = 20.0, 10, 1.1  # million CNY a year; horizon and growth declared
paid = np.array([before * growth**k for k in range(1, years + 1)])
limit, shared = 3 * before, 0.0
for k, tax in enumerate(paid):
    if k < 3 or (k < 5 and shared < limit):
        shared = min(limit, shared + tax / 2)
print(f"of {paid.sum():.0f} million CNY in {years} years the origin gets {shared:.0f} (limit {limit:.0f})")

# %% Is that what the two would agree on? Nash bargaining: what either has without agreement, and half of the rest
stays = {"the firm would stay": (years * before, 0.0), "it would go elsewhere": (0.0, 0.0),
         "it would come to the host anyway": (0.0, paid.sum())}  # fmt: skip
parties = pd.DataFrame([
    {"park": case, "item": "tax", "party": party, "alone": alone, "total": paid.sum(), "unit": "million CNY",
     "note": "rule cited, rest declared"}
    for case, both in stays.items() for party, alone in zip(("origin", "host"), both, strict=True)
])  # fmt: skip
split = stated_parks({"park_parties": parties}, chosen)["park_bargaining"].to_frame()
mine = split[split["party"] == "origin"].assign(rule=shared)
print(mine[["park", "alone", "payoff", "rule"]].round(1).to_string(index=False))
even = 1 - 2 * shared / paid.sum()
print(f"the rule is the bargain of equals where the host could have had {even:.0%} of that tax without any agreement")

# %% Published shares in two companies that develop a park for the host. Suzhou-Chuzhou: the developer of Suzhou
# Industrial Park 56, a company of Chuzhou 44 (second-hand: an article on cooperation in parks, on riosart.com).
# Shanghai-Haining: Caohejing 55, the development zone of Haining 45 (Shanghai Observer, 17 December 2019; reprint:
# www.jiddia.com/www/news/newsDetail.action?articleId=1058). Of every 100 that such a company earns, what must either
# side have been able to earn elsewhere for this to be the bargain of equals? d_A - d_B = 2 x share - 100
owned = {"Suzhou-Chuzhou": ("320500", "341100", 56.0), "Shanghai-Haining": ("310100", "330481", 55.0)}
shares = pd.DataFrame([
    {"park": park, "item": "value_added", "party": p, "alone": d, "total": 100.0, "unit": "percent"}
    for park, (a, b, share) in owned.items() for p, d in ((a, 2 * share - 100.0), (b, 0.0))
])  # fmt: skip
got = stated_parks({"park_parties": shares}, chosen)["park_bargaining"].to_frame().set_index("party")["payoff"]
for park, (a, b, share) in owned.items():
    assert np.allclose(got[[a, b]], [share, 100.0 - share])
    more = 2 * share - 100
    print(f"{park}: {share:.0f} to {100 - share:.0f} if {names[a]} could have earned {more:.0f} of 100 more elsewhere")

# %% Counted twice? The park of Jiangyin (Wuxi) in Jingjiang (Taizhou) produced 95.1 billion CNY of GDP from 2003 to
# 2017 (People's Daily Online, 17 December 2018, after the research office of the provincial government:
# js.people.com.cn/BIG5/n2/2018/1216/c358232-32415817.html). Who booked it is not published. If both did, DECLARED,
# their GDP of these years is too large by so much; an even split is declared too, for that is not published either
park = {"park": "Jiangyin-Jingjiang", "item": "value_added", "unit": "billion CNY"}
both = ["320200", "321200"]
twice = stated_parks({
    "park_parties": pd.DataFrame([{**park, "party": p, "alone": 0.0, "total": 95.1} for p in both]),
    "park_booked": pd.DataFrame([{**park, "party": p, "booked": 95.1} for p in both]),
}, chosen)["park_attribution"]  # fmt: skip
gdp = cluster.indicators.query("indicator == 'gdp' and 2003 <= year <= 2017").groupby("place_id")["value"].sum()
print(twice.to_frame().assign(party=lambda t: t["party"].map(names)).round(1).to_string(index=False))
over = twice.facts()["value_added"]["counted_twice"]
print(f"counted twice {over:.1f} billion CNY, {over / (gdp[both].sum() / 1e3):.2%} of what Wuxi and Taizhou report")
assert np.isclose(over, 95.1)
