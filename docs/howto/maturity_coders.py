"""How far has coordination come, field by field, and do two readers of the same papers see the same?"""

# %% Real: the 35 agreements of the Yangtze example, each judged twice from its text and from later reports, without
# sight of the other judgement. The readings were made by machine (language models) after the codebook printed in the
# example's SOURCES.md; many texts are reprints or extracts. Models of one kind may share their errors, so that
# their agreement is an upper line. Put the readings of your own coders in their place
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.reliability import krippendorff_alpha
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.agreement_register import STRENGTH
from megaregion.mechanisms.maturity import LEVELS, maturity
from megaregion.mechanisms.maturity_of_register import STAGES

folder = example_folder("yangtze-delta")
cluster = Workspace(folder).cluster()
coding = pd.read_csv(folder / "derive" / "agreement_coding.csv")
coding = coding.join(cluster.agreements[["field", "instrument"]], on="agreement_id")
print(coding.pivot_table(index="level", columns="coder", values="agreement_id", aggfunc="count", fill_value=0)
      .rename(index={k: f"{k} {en}" for k, (en, _) in LEVELS.items()}).to_string())  # fmt: skip

# %% Agreement beyond chance, with an interval over agreements (1,000 draws). The eight pairs of one plan are alike:
# they are one draw, not eight
level, carried = (coding.pivot(index="coder", columns="agreement_id", values=v) for v in ("level", "carried"))
plan = pd.Series(level.columns, level.columns).where(~level.columns.str.startswith("paired-"), "paired")
blocks = [np.flatnonzero(plan == name) for name in plan.unique()]
rng = np.random.default_rng(1)
draws = [np.concatenate([blocks[k] for k in rng.integers(0, len(blocks), len(blocks))]) for _ in range(1000)]
for name, table, metric in (("level", level, "ordinal"), ("carried out", carried, "interval")):
    value = table.to_numpy(float)
    low, high = np.nanpercentile([krippendorff_alpha(value[:, d], metric=metric) for d in draws], [5, 95])
    print(f"{name}: alpha {krippendorff_alpha(value, metric=metric):.2f} (90 %: {low:.2f} to {high:.2f}), "
          f"{len(blocks)} independent texts")  # fmt: skip

# %% Where they differ, and on what
apart = level.columns[(level.iloc[0] != level.iloc[1]) | (carried.iloc[0] - carried.iloc[1]).abs().ge(0.5)]
for name in apart:
    for row in coding[coding["agreement_id"] == name].itertuples():
        print(f"{name} {row.coder}: level {row.level}, carried out {row.carried}: {row.evidence[:70]}")

# %% The rule that reads the level off the form of an instrument agrees with neither: a plan may share staff and money,
# an agreement may hold nothing but a meeting. So the profile "by the register" is a first look, and no judgement
form = cluster.agreements["instrument"].map(STAGES).loc[level.columns].to_numpy(float)
for coder, own in level.iterrows():
    print(f"rule and {coder}: alpha {krippendorff_alpha(np.vstack([own, form]), metric='ordinal'):.2f}")
print(coding.groupby("instrument")["level"].agg(["min", "median", "max"]).reindex(STRENGTH).dropna().to_string())

# %% The profile by field: the furthest level, and what is carried out of the agreements that reach it (what others of
# the field achieve says nothing of these): a field may stand where one paper stands, and the eight of economy are the
# pairs of one plan. Missing is not level 0
deepest = coding[coding["level"] == coding.groupby(["field", "coder"])["level"].transform("max")]
count = pd.DataFrame({"at the furthest level": deepest.groupby(["field", "coder"]).size(),
                      "of": coding.groupby(["field", "coder"]).size()})  # fmt: skip
print(count.unstack("coder").to_string())
found = maturity(cluster.further["maturity"])
print(found.to_frame().drop(columns="source").round(2).to_string(index=False))
print(found.facts())
for text in found.warnings:
    print("note:", text)

# %% In a workspace: tables/maturity.csv with field, coder, level, implementation, source; `megaregion run my-region`
# judges it, the report shows it under "Agreements". With a third coder only a row a field is added
with tempfile.TemporaryDirectory() as place:
    file = Path(place) / "maturity.csv"
    third = pd.DataFrame({"field": ["transport"], "coder": ["you"], "level": [3], "implementation": [0.4],
                          "source": ["agreement-coding"]})  # fmt: skip
    pd.concat([cluster.further["maturity"], third]).to_csv(file, index=False)
    print(maturity(pd.read_csv(file)).to_frame().set_index("field").loc["transport", ["coders", "level"]].to_dict())
