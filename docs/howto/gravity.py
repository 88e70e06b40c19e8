"""How do I estimate gravity from a table of flows, which pairs stand out, and what would a new link move?"""

# %% The example's direct trains between 41 cities as rows, with the log of the distance and a shared province
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups, units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import constrained_study, potential_study
from megaregion.links.soft.barriers import dyads
from megaregion.links.soft.border_inference import border_inference
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation

cluster = Workspace(example_folder("yangtze-delta")).cluster()
cities = units(cluster)
distance = pd.DataFrame(matrix_km(cities["lon"], cities["lat"]), cities.index, cities.index)
pairs = dyads(cluster.flows["trains"], distance, groups(cluster))

# %% PPML with effects of both ends; any two flows that share a city may be dependent
found = gravity_equation(pairs.rows, ["ln_x", "same"], options=GravityOptions(errors="dyadic", unit="trains/day"))
print(found.table[["term", "coef", "se", "ci_low", "ci_high"]].to_string(index=False))
print(f"{len(found.separated)} flows are zero for certain and say nothing, such as all of a city without a station")

# %% Observed over expected: the pairs that stand out most
table = found.expected.to_frame().sort_values("root_excess_sd", ascending=False)
print(
    table.head(5)[["origin", "destination", "observed", "expected", "ratio_low", "ratio_high"]].to_string(index=False)
)

# %% The border varies over a few pairs of provinces only: how sure is it?
print(border_inference(pairs, seed=1, replications=99).to_frame()[["method", "ci_low", "ci_high", "clusters"]])

# %% What would a new line move if every city kept its totals? megaregion flows DIR --constrained --scenario S: modelled
workspace = Workspace(example_folder("yangtze-delta"))
line = next(s for s in workspace.scenarios() if s.id == "rail-huaian-chuzhou")
moved = constrained_study(cluster, layer="trains", scenario=line)["constrained"]
print(moved.to_frame().head(5)[["origin", "destination", "cost", "cost_after", "baseline", "after", "percent"]])
print(moved.facts()["mean_cost"], "→", moved.facts()["mean_cost_after"], "minutes, mean of the modelled flows")

# %% Without any flow there is the potential of city networks: a formula, not observed, and its order is partly imposed
formula = potential_study(cluster, distance="fastest")["potential"]
print(formula.to_frame().head(5)[["origin", "destination", "potential", "rank", "rank_low", "rank_high"]])
