"""How do I ask where a planner with a free hand would add capacity?"""

# %% The Yangtze example as such a planner sees it: 41 cities, ten goods, and an edge where trains run today
import sys

import numpy as np

from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.errors import MissingExtraError
from megaregion.plan.optimal_network import best_allocation, optimal_network
from megaregion.plan.optimal_network_cluster import from_cluster
from megaregion.plan.optimal_network_problem import expansion, uniform_network

cluster = Workspace(example_folder("yangtze-delta")).cluster()
region = from_cluster(cluster)
name = dict(zip(region.problem.graph.places, region.names, strict=True))
print(*(f"note: {text}" for text in region.warnings), sep="\n")

# %% What is today's network worth, what the same capacity spread evenly, and what the best use of it?
try:
    today = best_allocation(region.problem, region.existing)
except MissingExtraError as missing:  # the planner needs casadi
    print(missing)
    sys.exit()
even = best_allocation(region.problem, uniform_network(region.problem))
free = optimal_network(region.problem)
print(f"spread evenly: {even.gain_over(today):+.2f} % of consumption against today's network")
print(f"free hand, same budget: {free.gain_over(today):+.2f} % (certified: nothing gains {free.gap:.0e} more)")

# %% Nothing is torn up in practice: keep what stands, add a half, and compare with adding the half evenly
wider = expansion(region.problem, region.existing, 0.5)
added = optimal_network(wider)
evenly = best_allocation(region.problem, region.existing + 0.5 * uniform_network(region.problem))
print(f"a half more, placed best: {added.gain_over(today):+.2f} %; evenly: {evenly.gain_over(today):+.2f} %")

# %% Where does it go? Share of the new capacity by corridor
new = region.problem.graph.delta_i * (added.investment - region.existing)
table = added.to_frame()[["from_place", "to_place", "return_ratio"]]
table = table.assign(new_percent=100 * new / new.sum(), today=region.existing, then=added.investment)
table[["from_place", "to_place"]] = table[["from_place", "to_place"]].map(name.get)
print(table.sort_values("new_percent", ascending=False).head(10).round(2).to_string(index=False))

# %% Is that an accident of what we assumed? Losses on the way, then one weight for everybody, then steep congestion
first = set(np.argsort(-new)[:10])
steep = wider.replace(parameters=type(wider.parameters)(alpha=0.4, beta=1.177, gamma=0.946, sigma=5.0, a=1.0))
others = {
    "half the losses": expansion(from_cluster(cluster, lost=0.05).problem, region.existing, 0.5),
    "twice the losses": expansion(from_cluster(cluster, lost=0.2).problem, region.existing, 0.5),
    "rich help poor": expansion(from_cluster(cluster, weights="equal").problem, region.existing, 0.5),
    "beta 1.18, gamma .95": steep,
}
for what, problem in others.items():
    more = problem.graph.delta_i * (optimal_network(problem).investment - region.existing)
    print(f"{what}: {len(first & set(np.argsort(-more)[:10]))} of the same ten corridors")
