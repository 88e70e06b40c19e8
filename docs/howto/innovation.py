"""What goes into innovation, what comes out, who publishes with whom, and what could come next? Yangtze River Delta."""

# %% The shipped workspace: patents of 37 cities (2017), census of 2020 by city and by county
import sys
from pathlib import Path

import pandas as pd

from megaregion.data.workspace import Workspace
from megaregion.nodes.innovation import innovation

cluster = Workspace(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/yangtze-delta")).cluster()
names = cluster.places["name"]

# %% A list of one's own: what could be cut off, and which industries it rests on. This one names two things that any
# region would ask about; how much is imported and who holds it at home is not known here, and is left empty.
choke = pd.DataFrame(
    {"choke_point": ["software", "instruments"], "activities": ["information", "science;manufacturing"]}
)
found = innovation(cluster.replace(further={**cluster.further, "choke_points": choke}), seed=1)

# %% Inputs and outputs side by side, never one score; counts with the interval of a Poisson number
vector = found["innovation"].to_frame()
vector.insert(1, "name", vector["place_id"].map(names))
patents = vector[vector["indicator"] == "patents"].sort_values("rank")
print(patents[["name", "year", "scope", "value", "low", "high", "share", "rank_p05", "rank_p95"]].head(8)
      .to_string(index=False, float_format="{:.4g}".format))  # fmt: skip
inputs = vector[(vector["role"] == "input") & (vector["kind"] == "county")]
print(inputs.pivot(index="name", columns="indicator", values="value")
      .sort_values("information_employment_share", ascending=False).head(5).round(1).to_string())  # fmt: skip
for text in found["innovation"].warnings:
    print("note:", text)

# %% Complexity: who does what only few others do (305 districts and counties, 20 sections of the census)
complexity = found["innovation_complexity"]
table = complexity.to_frame()
table.insert(1, "name", table["place_id"].map(names))
print(table.sort_values("rank")[["name", "diversity", "eci", "eci_low", "eci_high", "rank", "rank_p05", "rank_p95"]]
      .head(6).round(2).to_string(index=False))  # fmt: skip
activities = found["innovation_activities"].to_frame().sort_values("pci", ascending=False)
print(activities[["activity", "share", "ubiquity", "pci", "pci_low", "pci_high"]].round(3).to_string(index=False))
facts = complexity.facts()
print(f"reflections agree to a correlation of {facts['reflections_correlation']:.3f}; prior {facts['prior']:.1f} cases")
for text in complexity.warnings:
    print("note:", text)

# %% What could come next: activities near to what a county is good at, beyond what is near to everything it does
options = found["innovation_options"].to_frame()
near = options[~options["has"] & options["activity"].isin(["information", "science"])]
near = near.assign(name=near["place_id"].map(names)).sort_values("density_relative", ascending=False)
print(near[["name", "activity", "advantage", "p_advantage", "density", "density_low", "density_high",
            "density_relative"]].head(6).round(2).to_string(index=False))  # fmt: skip

# %% The list against what is near; without dependence and holders there is no exposure
points = found["choke_points"].to_frame().assign(next=lambda f: f["next_place"].map(names))
print(points[["choke_point", "places_with", "next", "density", "density_low", "density_high", "density_median",
              "exposure"]].round(2).to_string(index=False))  # fmt: skip
for text in found["choke_points"].warnings:
    print("note:", text)

# %% Joint publications: 1,407 of one file of PubMed (June 2021; medicine and life sciences), 247 of them by several
# cities. Fractional: a document counts one in all, shared by its authors; beside it the full count
ties = found["innovation_ties"].to_frame().sort_values("fractional", ascending=False)
pair = ties.assign(a=ties["place_a"].map(names), b=ties["place_b"].map(names))
print(pair[["a", "b", "full", "fractional", "low", "high", "km"]].head(6).round(2).to_string(index=False))
mine = found["innovation_ties_places"].to_frame()
mine.insert(1, "name", mine["place_id"].map(names))
print(mine[["name", "documents_full", "documents", "documents_low", "documents_high", "inside", "cluster", "outside"]]
      .sort_values("documents", ascending=False).head(6).round(2).to_string(index=False))  # fmt: skip

# %% Does the centre radiate beyond what size and distance give?
print(found["innovation_centre"].to_frame()[["term", "coef", "low", "high"]].round(2).to_string(index=False))
beyond = found["innovation_radiation"].to_frame().sort_values("observed", ascending=False)
print(beyond.assign(name=beyond["place_id"].map(names))[["name", "km", "observed", "low", "high", "expected", "ratio"]]
      .head(6).round(2).to_string(index=False))  # fmt: skip
for text in (*found["innovation_ties"].warnings, *found["innovation_centre"].warnings):
    print("note:", text)

# %% Is one file of one field enough to see the network? Its order of cities against the degrees of co-publication that
# Liang et al. (2024) took from all sciences in 2017
degree = vector[vector["indicator"] == "copublication_degree"].set_index("place_id")["value"]
print(f"rank correlation over {len(degree)} cities: "
      f"{mine.set_index('place_id')['documents'].corr(degree, method='spearman'):.2f}")  # fmt: skip

# %% Your own: tables/documents.csv (document_id, place_id, year, people, kind, field). No conversion rate is given:
# no free table of licences or sales of patents by city was found
print(", ".join(found))
