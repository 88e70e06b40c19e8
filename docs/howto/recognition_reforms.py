"""Which reform of social rights brings how much, and for whom? The Yangtze Delta, coded from cited documents.

Real: `yangtze_recognition.csv` beside this file. Each of its 23 rows names the document it was coded from (title,
number, date, what it says, address), the rule by which a text became a number (yes 1, no 0, a stated share that
share) and whether the text itself, a reprint or only a report on it was read; most were not read on the site of the
issuer. `low` and `high` are what the text leaves open, an empty value is unknown. It is the law on paper, in documents
of 2009 to 2024, not what offices do. Declared: the equilibrium and its elasticities, one weight a scheme, the reforms.

    python recognition_reforms.py my-region    # also writes tables/recognition.csv and reforms.csv of a workspace
    megaregion reforms my-region               # then this, if my-region is a copy of the example
"""

# %% The matrix: who is registered where (origin), lives where (destination); all, a province, or a city
import sys
from pathlib import Path

import pandas as pd

from megaregion.data.cluster import groups, units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.recognition_reforms import reform_study
from megaregion.equilibrium.reform_options import ReformOptions
from megaregion.links.diagnose import diagnose
from megaregion.links.hard.times import times
from megaregion.links.soft.portability import portability
from megaregion.links.soft.reforms import recognition_reforms

workspace = Workspace(example_folder("yangtze-delta"))
cluster = workspace.cluster()
province, names, people = groups(cluster), cluster.places["name"], units(cluster)["population"]
ends = {"origin": str, "destination": str}
coded = pd.read_csv(Path(__file__).with_name("yangtze_recognition.csv"), dtype={**ends, "number": str, "date": str})
keys = ["origin", "destination", "scheme", "value"]
print(coded[["scheme", "origin", "destination", "value", "low", "high", "number", "read"]].to_string(na_rep=""))

# %% How far rights go along: pairs weighted by people of both cities. Unknown cells are bounded, not guessed; beside
# the coding, the most cautious and the most generous reading of every text
readings = {
    "as coded": coded[keys],
    "low": coded.assign(value=coded["low"])[keys],
    "high": coded.assign(value=coded["high"])[keys],
}
index = {name: portability(rows, province, people=people) for name, rows in readings.items()}
table = pd.DataFrame(
    {name: {"all": f["index"], **f["schemes"]} for name, f in ((n, p.facts()) for n, p in index.items())}
)
print(table.round(3).to_string())
facts = index["as coded"].facts()
print(f"as coded {facts['index']:.3f} of what is known ({facts['known']:.1%} of the weight); unknown as 0 or 1: "
      f"{facts['low']:.3f} to {facts['high']:.3f}")  # fmt: skip
views = index["as coded"].to_frame()
into = views[(views["view"] == "destination") & (views["scheme"] == "")].set_index("destination")["index"].sort_values()
print("least to most open city:", ", ".join(f"{names[k]} {v:.2f}" for k, v in [*into.items()][:4]), "...",
      ", ".join(f"{names[k]} {v:.2f}" for k, v in [*into.items()][-2:]))  # fmt: skip

# %% What is not yet recognised, and reforms that would close it: each says what is recognised at least, DECLARED here.
# Nanjing's text of 2021 promises to explore the third; the others are ours. The same rows are tables/reforms.csv
wanted = pd.DataFrame(
    [
        ("pension-whole", "the whole pension contribution moves", "养老保险统筹基金全额转移", "all", "all",
         "pension", 1.0),
        ("points-shanghai", "years anywhere in the delta count in Shanghai", "居转户年限沪与长三角互认", "all",
         "310100", "points", 1.0),
        ("points-nanjing", "years outside of Jiangsu count in Nanjing", "省外年限在宁累计互认", "all", "320100",
         "points", 1.0),
        ("exams-shanghai", "examination in Shanghai by school record", "凭学籍在沪参加高考", "all", "310100",
         "exams", 1.0),
    ],
    columns=["reform", "name", "name_zh", "origin", "destination", "scheme", "value"],
)  # fmt: skip
if len(sys.argv) > 1:
    folder = Path(sys.argv[1]) / "tables"
    noted = coded.assign(note=coded["title"] + " " + coded["number"].fillna("") + ": " + coded["provision"])
    noted[[*keys, "note"]].to_csv(folder / "recognition.csv", index=False)
    wanted.assign(note="declared").to_csv(folder / "reforms.csv", index=False)

# %% Each alone, all together, and every order of them. A lower border on trade is one more reform (a scenario)
base = baseline(cluster, times(cluster), diagnose(cluster, seed=workspace.seed)["border"].to_frame())
half = [s for s in workspace.scenarios() if s.id == "half-border"]
reforms = recognition_reforms(coded[keys], wanted, province)
found = reform_study(cluster, base, reforms, half)
rows = found["reforms"].to_frame().set_index("reform")
shown = ["recognized_before", "recognized_after", "alone_percent", "shapley_percent", "shapley_percent_low",
         "shapley_percent_high", "share"]  # fmt: skip
print("modelled, in percent of welfare:")
print(rows[shown].round(4).to_string())
joint = found["reforms"].facts()
print(
    f"together {joint['joint_percent']:.2f} % ({joint['joint_percent_low']:.2f} to {joint['joint_percent_high']:.2f}), "
    f"{joint['interaction_percent']:+.4f} beyond the sum of each alone; {joint['sets']} sets of reforms"
)

# %% Does the order hang on how the texts were read? The same reforms where every text is read at its low end, and three
# more that only that reading leaves to do
more = pd.DataFrame(
    [("medical-unfiled", "all", "all", "medical", 1.0), ("fund-everywhere", "all", "all", "housing_fund", 1.0),
     ("exams-jiangsu", "all", "320000", "exams", 1.0)], columns=["reform", *keys],
)  # fmt: skip
cautious = recognition_reforms(readings["low"], pd.concat([wanted, more]), province)
again = reform_study(cluster, base, cautious, half)["reforms"].to_frame().set_index("reform")
print(again[["recognized_before", *shown[2:5], "shapley_percent_high"]].round(4).to_string())

# %% The range is the message: it comes from elasticities that no cross-section identifies. At its upper end, eta = 1,
# counting years would remove all that moving costs, which nobody believes; the least says more. Whoever has evaluated
# an earlier reform may declare a narrower one: here eta between .1 and .3, as an example only
narrow = ReformOptions(elasticities={"hukou_recognition": (0.1, 0.2, 0.3)})
tight = reform_study(cluster, base, reforms, half, options=narrow)["reforms"].to_frame().set_index("reform")
print(tight.loc[["points-shanghai", "joint"], ["alone_percent", "alone_percent_low", "alone_percent_high"]].round(3))

# %% For whom: people by place of registration, wherever they live; those registered outside are granted nothing
who = found["reform_groups"].to_frame().pivot(index="group", columns="reform", values="shapley_percent")
who = who[[*rows.index]].sort_values("points-shanghai", ascending=False).rename(index=names)
print(pd.concat([who.head(5), who.tail(4)]).round(3).to_string())
for text in found["reforms"].warnings:
    print("note:", text)
