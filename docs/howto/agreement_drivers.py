"""Who signs agreements with whom, who brokers between provinces, and what do the ties go with?"""

# %% Real: the 35 agreements of the Yangtze example (found and entered, no census). Parties below cities count for the
# city that holds them, parties above (a province) only in the size of the meeting: an agreement of m parties gives each
# pair 1/(m - 1). The same tables come with `megaregion run my-region`, the report shows them under "Agreements"
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups, units, values
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.agreement_network import agreement_network, drivers, gap, same
from megaregion.mechanisms.agreement_parties import lifted

workspace = Workspace(Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = workspace.cluster()
place, province = units(cluster), groups(cluster)
names = place["name_en"] if "name_en" in place else place["name"]
raised, _ = lifted(cluster.agreements, cluster.places, "city")
seed = workspace.seed

# %% The network: dense because of two meetings of many parties. Core and periphery beyond chance if ties were dealt out
# (p_ties), but not beyond what the number of partners of each city gives by itself (p_degrees). Backbone: pairs with
# more agreements than cities that sign as many would share by chance, false discoveries held at 5 %
found = agreement_network(raised, province, seed=seed)
shape = found.to_frame().query("field == 'all'").set_index("ties")
print(shape[["agreements", "taking_part", "pairs", "pairs_across", "density", "core_size", "core_fit", "core_p_ties",
             "core_p_degrees"]].T.round(3).to_string())  # fmt: skip

# %% Who stands between cities that have no agreement with each other, and between which provinces: gatekeeper, own
# province and another; itinerant, two of one other province; liaison, two of two others
broker = found.places.to_frame().query("ties == 'any'").set_index("place_id")
roles = ["coordinator", "itinerant", "gatekeeper", "liaison"]
top = broker.assign(name=names).sort_values(roles[2:], ascending=False)[["name", "agreements", "partners", *roles]]
print(top.assign(all=top[roles].sum(axis=1)).nlargest(6, "all").to_string(index=False))

# %% What do ties go with? Regression of pairs on pairs (MRQAP, double semi-partialing): p from orders of the cities, as
# pairs that share a city are no independent cases. And does it hang on what is counted: eight pairs were named by one
# plan of 2021, across provinces on purpose; two meetings tie some 200 pairs weakly
km = matrix_km(place["lon"], place["lat"])
np.fill_diagonal(km, 1.0)
known = {
    "ln km": pd.DataFrame(np.log(km), place.index, place.index),
    "same province": same(province),
    "gap in ln population": gap(np.log(place["population"].astype(float))),
    "gap in ln GDP per head": gap(np.log(values(cluster, "gdp").reindex(place.index) / place["population"])),
}
paired = raised.index.str.startswith("paired-")
many = raised["parties"].str.count(";").to_numpy() + 1 > 5
rows = []
for name, kept in {"all": paired | ~paired, "without the plan of pairs": ~paired, "2 to 5 parties": ~many}.items():
    network = agreement_network(raised[kept], province, seed=seed, permutations=19)  # only its weights are used
    count = network.to_frame()["agreements"].iloc[0]
    result = drivers(network.weights(), known, seed=seed)
    facts = result.facts()
    rows += [{"counted": f"{name} ({count}), R2 {facts['r_squared']:.2f}", **r}
             for r in result.to_frame().to_dict("records")]  # fmt: skip
table = pd.DataFrame(rows)
table["cell"] = [f"{b:+.2f} (p {p:.3f})" for b, p in zip(table["standardized"], table["p"], strict=True)]
print(table.pivot(index="predictor", columns="counted", values="cell").reindex(known).T.to_string())
print("Nearer cities sign more, whatever is counted. Given distance, cities of one province have fewer agreements here")
print(
    "than others have; but whoever collects papers on integration looks across borders first, so this may be the search"
)
print("and not the cities. The gap in size does not survive without the plan. Most of the pattern stays unexplained")
