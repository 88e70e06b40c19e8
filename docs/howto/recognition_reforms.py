"""Which reform of social rights brings how much, and for whom? Mechanics on shipped data with a declared matrix."""

# %% The Yangtze example: residents of 41 cities by place of registration (census of 2020), at the migration costs that
# the census reveals. The border on trade is priced on counts of trains, as in the report
import pandas as pd

from megaregion.data.cluster import groups
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.recognition_reforms import reform_study
from megaregion.equilibrium.reform_options import ReformOptions
from megaregion.links.diagnose import diagnose
from megaregion.links.hard.times import times
from megaregion.links.soft.reforms import recognition_reforms

workspace = Workspace(example_folder("yangtze-delta"))
cluster = workspace.cluster()
province = groups(cluster)
base = baseline(cluster, times(cluster), diagnose(cluster, seed=workspace.seed)["border"].to_frame())

# %% ASSUMED, not observed: what is recognised between cities today, inside a province more than across. The example has
# no such matrix; yours, with the clause of an agreement in each row, belongs into tables/recognition.csv
keys = ["origin", "destination", "scheme", "value"]
inside = [(p, p, scheme, 0.8) for p in sorted(province.unique()) for scheme in ("medical", "pension")]
today = pd.DataFrame(
    [("all", "all", "medical", 0.5), ("all", "all", "pension", 0.5), ("all", "all", "points", 0.0), *inside],
    columns=keys,
)
# three reforms, ASSUMED too; each says what is recognised at least. The same rows are tables/reforms.csv of a workspace
wanted = pd.DataFrame(
    [
        ("direct settlement", "all", "all", "medical", 1.0), ("pension transfer", "all", "all", "pension", 1.0),
        ("points", "all", "all", "points", 0.05),
    ],
    columns=["reform", *keys],
)  # fmt: skip
table = recognition_reforms(today, wanted, province)

# %% Each alone, all together, and every order of them. A lower border on trade is one more reform (a scenario)
half = [s for s in workspace.scenarios() if s.id == "half-border"]
found = reform_study(cluster, base, table, half)
rows = found["reforms"].to_frame().set_index("reform")
shown = ["recognized_before", "recognized_after", "alone_percent", "shapley_percent", "shapley_percent_low",
         "shapley_percent_high", "share"]  # fmt: skip
print("modelled, in percent of welfare:")
print(rows[shown].round(3).to_string())
facts = found["reforms"].facts()
print(
    f"together {facts['joint_percent']:.2f} % ({facts['joint_percent_low']:.2f} to {facts['joint_percent_high']:.2f}), "
    f"{facts['interaction_percent']:+.3f} beyond the sum of each alone; {facts['sets']} sets of reforms"
)

# %% The range is the message: it comes from elasticities that no cross-section identifies. Whoever has evaluated an
# earlier reform may declare a narrower one: here eta between .1 and .3, as an example only
narrow = ReformOptions(elasticities={"hukou_recognition": (0.1, 0.2, 0.3)})
again = reform_study(cluster, base, table, half, options=narrow)["reforms"].to_frame().set_index("reform")
print(again.loc[["points", "joint"], ["alone_percent", "alone_percent_low", "alone_percent_high"]].round(3).to_string())

# %% For whom: people by place of registration, wherever they live; those registered outside are granted nothing
names = cluster.places["name"]
who = found["reform_groups"].to_frame().pivot(index="group", columns="reform", values="shapley_percent")
who = who[[*rows.index]].sort_values("joint", ascending=False).rename(index=names)
print(pd.concat([who.head(4), who.tail(4)]).round(3).to_string())
for text in found["reforms"].warnings:
    print("note:", text)
