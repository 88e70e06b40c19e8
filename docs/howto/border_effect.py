"""How do I estimate the effect of a border on flows, with its placebo?"""

# %% The example's direct trains between 41 cities and the provinces they lie in
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups, units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.soft.barriers import border_effect, dyads, pair_effects, placebo

cluster = Workspace(example_folder("yangtze-delta")).cluster()
cities = units(cluster)
distance = pd.DataFrame(matrix_km(cities["lon"], cities["lat"]), cities.index, cities.index)

# %% PPML with effects of both ends; the coefficient is positive where the border holds flows back
pairs = dyads(cluster.flows["trains"], distance, groups(cluster))
found = border_effect(pairs)
print(f"border effect {found.coef:.3f} ({found.se:.3f}); flows inside are {found.flow_factor:.2f} times as large")

# %% An artificial line must show nothing; Shanghai's own borders cannot be identified and get no number
for estimate in [*placebo(pairs, cities["lat"]), *pair_effects(pairs)]:
    print(estimate.spec, estimate.group_a, estimate.group_b, estimate.coef if estimate.identified else "not identified")
