"""Which functions do the counties of the Yangtze delta serve, and which types of plan do numbers alone decide?"""

# %% Units: the counties of the shipped workspace on comparable borders, without the urban cores
import sys
from pathlib import Path

import pandas as pd

from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.people_tables import villages_of_cluster
from megaregion.mechanisms.rural_units import functions_of_cluster, village_units
from megaregion.mechanisms.villages import classify_villages

workspace = Workspace(Path(sys.argv[1]) if len(sys.argv) > 1 else example_folder("yangtze-delta"))
cluster = workspace.cluster()
names = cluster.places["name"]

# %% Functions: the same table as [options.rural_functions] of workspace.toml. Nothing here stands for ecology or
# culture: they get no score. Two sets of goalposts, both defensible, to see what hangs on them
HOMES = ("tap_water_share", "toilet_share", "bath_share")
sets = {
    "wide": ([1, 0.0, 60.0], [1, 0.0, 100.0]),
    "what differs here": ([1, 0.0, 40.0], [1, 80.0, 100.0]),
}
scores = {}
for label, (work, home) in sets.items():
    options = {
        "production": {"agriculture_employment_share": work},
        "living": {**dict.fromkeys(HOMES, home), "college_share": [1, 0.0, 40.0]},
        "bootstrap": 30,
    }
    mine = cluster.replace(options={**cluster.options, "rural_functions": options})
    found = functions_of_cluster(mine, seed=workspace.seed)
    table = found["rural_functions"].to_frame().set_index("place_id")
    scores[label] = table
    pair = found["rural_tradeoffs"].to_frame().iloc[0]
    print(f"{label}: dominant {found['rural_functions'].facts()['by_dominant']}; bundles {table['bundle'].nunique()}; "
          f"production against living: rank correlation {pair['spearman']:.2f} (q {pair['q']:.3f})")  # fmt: skip
    for text in found["rural_functions"].warnings:
        print("  note:", text)
first, second = scores.values()
same = (first["dominant"] == second["dominant"]).mean()
print(
    f"the same dominant function under both: {same:.0%} of {len(first)} counties. What stays is the order inside of one"
)
print("function and the trade-off; which function is 'dominant' is a choice of goalposts and must be shown as one")

# %% Types: rules first. Times and losses come from the tables; lists of protected villages, hazards and growth
# boundaries do not, and no rule is replaced by a guess
units = village_units(cluster, "stable_unit", ())
print(units[["minutes_to_centre", "population_loss_percent"]].describe().round(1).loc[["min", "50%", "max"]])
for minutes in (30.0, 45.0, 60.0):
    mine = cluster.replace(options={**cluster.options, "villages": {"units": "stable_unit", "minutes": minutes}})
    count = villages_of_cluster(mine, seed=workspace.seed)["village_types"].facts()["by_class"]
    print(
        f"near the centre = {minutes:g} min: {count['suburban-integration']} suburban, {count['undecided']} undecided"
    )

# %% The plan speaks of "especially serious" loss of people and names no number. Whoever states one gets candidates, and
# each of them needs the consent of its people. For whole counties this is a screening of where such villages may be:
# the plan relocates villages, never a county. Losses beyond 25 % here are ceded towns, not people who left
mine = cluster.replace(options={**cluster.options, "villages": {
    "units": "stable_unit", "minutes": 45.0, "population_loss_percent": 12.0, "precedence": ["suburban-integration"],
}})  # fmt: skip
found = villages_of_cluster(mine, seed=workspace.seed)
table = found["village_types"].to_frame()
print(table["class"].value_counts().to_string())
some = table[table["class"].str.startswith("relocation")]["village_id"]
shown = units.loc[some, ["population_loss_percent", "minutes_to_centre"]].join(names).sort_values(
    "population_loss_percent", ascending=False
)  # fmt: skip
print(shown.head(8).round(1).to_string())

# %% What decides the rest: one row a county in tables/villages.csv with what the county knows of itself. Stated values
# go before computed ones; a column `official` is compared with and never learnt from; labels and features teach
stated = pd.DataFrame({
    "village_id": [units.index[0], units.index[1]], "protected": [True, False], "inside_boundary": [False, True],
})  # fmt: skip
both = cluster.replace(further={**cluster.further, "villages": stated},
                       options={**cluster.options, "villages": {"units": "stable_unit"}})  # fmt: skip
table = villages_of_cluster(both, seed=workspace.seed)["village_types"].to_frame().set_index("village_id")
print(table.loc[stated["village_id"], ["class", "rule"]].to_string())

# %% Probabilities after the rules. No official list of villages by class could be had, so the rules themselves teach:
# counties within an hour of the centre, and those that lost a tenth of their people (both STATED). Can the census
# alone, without times and losses, tell them apart, and are its probabilities as good as they say? Each county is judged
# by a model that has not seen it. Two classes teach, so nobody can be a third: a test of probabilities, no typology
mine = cluster.replace(options={**cluster.options, "villages": {
    "units": "stable_unit", "minutes": 60.0, "population_loss_percent": 10.0, "precedence": ["suburban-integration"],
}})  # fmt: skip
known = villages_of_cluster(mine, seed=workspace.seed)["village_types"].to_frame().set_index("village_id")["class"]
features = ["age65_share", "agriculture_employment_share", "college_share", "car_share", "rented_share"]
census = cluster.indicators.query("year == 2020 and indicator in @features and place_id in @known.index")
frame = census.pivot_table(index="place_id", columns="indicator", values="value").rename_axis("village_id")
frame["label"] = known.where(known != "undecided")
learnt = classify_villages(frame, features=features, chosen=(), seed=workspace.seed)
reliability = learnt["village_reliability"]
near = reliability.to_frame().query("`class` == 'suburban-integration'")
print(near[["lower", "upper", "villages", "stated", "observed"]].round(2).to_string(index=False))
facts = reliability.facts()
larger = frame["label"].value_counts(normalize=True).max()
print(f"{facts['villages']} counties: {facts['accuracy']:.0%} told right, {larger:.0%} by naming the larger class; "
      f"stated and observed are {facts['ece']:.2f} apart on the mean")  # fmt: skip
# In a workspace: column `label` of tables/villages.csv, and [options.villages] features
