"""How sticky are flows: how mutual, how far beyond what gravity expects inside a province, how lasting?"""

# %% The example's direct trains between 41 cities: one period
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import stickiness_study

cluster = Workspace(example_folder("yangtze-delta")).cluster()
found = stickiness_study(cluster, layer="trains", distance="great_circle")["stickiness"].to_frame()

# %% There is no standard measure: four are told apart. Excess linkage is observed over expected inside provinces
# against the same outside, from gravity that knows no border; 1 would mean that a border changes nothing
known = found.dropna(subset=["value"])[["measure", "place", "value", "ci_low", "ci_high"]]
print(known.round(2).to_string(index=False))

# %% What one period of trains cannot give has no number and a reason. Retention wants flows that stay, or stocks;
# persistence and its half-life want five periods or more: rows of tables/flow_panel.csv, then
# megaregion flows DIR --stickiness
for row in found[found["value"].isna()].itertuples():
    print(f"{row.measure}: {row.note_en}")
