"""Who should help whom? The eight pairs of the national plan for northern Anhui, against all 40,320 plans.

Real: the pairs (National Development and Reform Commission, December 2021, rows `paired-...` of the example's
register of agreements, each with its source), people, jobs and schooling of the census of 2020, minutes by the
timetable of 2020. Declared here: the formula of the benefit, its weights and T = 180 minutes, that each donor takes one
city, and what ending a pair costs. The plan names resources, industries, level of development and earlier cooperation
as its grounds, without weights. So this says what these grounds would choose, and not that the plan is wrong.
"""

# %% The pairs. Three donors are districts of Shanghai, five are cities; the eight recipients are cities of Anhui
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.relatedness import density, proximity
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.diagnose import minutes_between
from megaregion.links.soft.pairing import PairingOptions
from megaregion.links.soft.pairing_stated import StatedPairing, stated_pairing
from megaregion.links.soft.pairing_tables import PairingResult

cluster = Workspace(example_folder("yangtze-delta")).cluster()
names = cluster.places["name"]
plan = cluster.agreements[cluster.agreements.index.str.startswith("paired-")]
pairs = plan["parties"].str.split(";", expand=True).set_axis(["donor", "recipient"], axis=1)
pairs = pairs.assign(start=plan["start"], end=plan["end"], source=plan["url"]).reset_index(drop=True)
donors, recipients = pd.Index(pairs["donor"]), pd.Index(pairs["recipient"])

# %% Levels: health workers, and people in information, finance and science per resident; share with a first degree.
# A district has rows of scope 县, a city of scope 全市. GDP of districts is not in the example, so it counts nothing
everyone = [*cluster.select("city").index, *donors[donors.isin(cluster.select("county").index)]]
jobs = cluster.further["industries"]
jobs = jobs[jobs["scope"].isin(["全市", "县"]) & jobs["place_id"].isin(everyone)]
jobs = jobs.assign(people=jobs["value"] / jobs["sample_share"])
jobs = jobs.pivot(index="place_id", columns="industry", values="people").fillna(0.0)
people = cluster.places["population"].loc[jobs.index]
degrees = cluster.indicators.query("indicator == 'bachelor_share' and scope in ['全市', '县']").set_index("place_id")
level = pd.DataFrame({
    "health": jobs["health"] / people, "know_how": jobs[["information", "finance", "science"]].sum(axis=1) / people,
    "school": degrees["value"].loc[jobs.index],
})  # fmt: skip
print((level / level.loc[recipients].mean()).loc[[*donors, *recipients]].rename(index=names).round(2).to_string())

# %% Industries: how far those of the donor are related to what the recipient is good at, against the mean of the donors
# (20 sections: coarse). Without that mean, cities that are good at little would count for little
share = jobs.div(jobs.sum(axis=1), axis=0)
special = (share / (jobs.sum() / jobs.to_numpy().sum()) > 1.0).to_numpy()
near = pd.DataFrame(density(special, proximity(special)), index=jobs.index, columns=jobs.columns)
raw = share.loc[donors] @ near.loc[recipients].T
related = raw / raw.mean()

# %% Benefit = relatedness x e^(-minutes / T) x sum over fields of donor's level over recipient's level. As tables,
# that lie ready beside this file (an argument writes them elsewhere):
# megaregion pairing docs/howto/paired_assistance --decay-min 180 --year 2021
minutes = minutes_between(cluster)(list(donors), list(recipients))
fields = pd.concat([
    frame.melt(ignore_index=False, var_name="field", value_name="value").rename_axis("place_id").reset_index()
    .assign(side=side)
    for side, frame in (("strength", level.loc[donors]), ("need", 1.0 / level.loc[recipients]))
])  # fmt: skip
tables = {
    "pairing_candidates": pd.DataFrame([
        {"donor": i, "recipient": j, "minutes": minutes.loc[i, j], "relatedness": related.loc[i, j]}
        for i in donors for j in recipients
    ]),
    "pairing_donors": pd.DataFrame({"donor": donors, "capacity": 1, "note": "one city each, as in the plan"}),
    "pairing_fields": fields, "pairs": pairs,
}  # fmt: skip
if len(sys.argv) > 1:
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.replace(dict(names)).to_csv(Path(sys.argv[1]) / f"{name}.csv", index=False, float_format="%.6g")


def decide(*, decay_min: float = 180.0, **choice: Any) -> PairingResult:
    """Pairs under the declared benefit."""
    stated = StatedPairing(choice=PairingOptions(**choice), decay_min=decay_min)
    found = stated_pairing(tables, stated, year=2021)["pairing"]
    assert isinstance(found, PairingResult)
    return found


# %% The plan of 2021 beside the largest sum and beside the largest smallest benefit
for goal in ("sum", "least"):
    found = decide(goal=goal)
    facts = found.facts()
    print(
        f"{goal}: benefit {facts['benefit']:.2f} (the plan of 2021 has {facts['before_benefit']:.2f}), least "
        f"{facts['least_benefit']:.2f} ({facts['before_least_benefit']:.2f}), {facts['pairs_kept']} of 8 pairs kept, "
        f"{len(facts['blocking_pairs'])} pairs would rather have each other ({len(facts['before_blocking_pairs'])})"
    )
    shown = found.to_frame()[["recipient", "donor_before", "benefit_before", "donor", "benefit", "stable_donor"]]
    print(shown.replace(dict(names)).round(2).to_string(index=False))
for pair in facts["before_blocking_pairs"]:
    print(f"under the plan, {names[pair['donor']]} and {names[pair['recipient']]} would rather have each other")

# %% What do the real pairs follow? Each ground alone, against all 8! = 40,320 plans of one city each: the share that
# does worse. Half is chance; it is one plan of eight pairs, so only shares near 0 or 1 say something. The last two
# lines differ only in whether cities that are good at little count for little: a choice of the formula, shown for that
order = np.array(list(itertools.permutations(range(8))))
at = np.arange(8)
fade = np.exp(-minutes / 180.0)
ratio = pd.DataFrame(level.loc[donors].to_numpy() @ (1.0 / level.loc[recipients]).to_numpy().T, donors, recipients)
grounds = {
    "near (minutes)": -minutes, "related industries": related, "near, fading (e^(-t/180))": fade,
    "strong donor to weak city": ratio, "the formula above": related * fade * ratio,
    "the same, relatedness as it is": raw * fade * ratio,
}  # fmt: skip
for name, value in grounds.items():
    array = value.loc[donors, recipients].to_numpy(float)
    total, real = array[at, order].sum(axis=1), array.trace()
    below = (total < real - 1e-9).mean() + (np.abs(total - real) <= 1e-9).mean() / 2
    print(f"{name:30s} the plan of 2021 beats {below:6.1%} of all plans; best {total.max():8.4g}, it {real:8.4g}")

# %% Does the choice hang on the declared T? And from which cost of ending a pair on would the plan of 2021 stay?
for minutes_t in (60.0, 120.0, 180.0, 360.0):
    facts = decide(decay_min=minutes_t).facts()
    part = facts["before_benefit"] / facts["benefit"]
    print(f"T = {minutes_t:3.0f}: {facts['pairs_kept']} of 8 kept, the plan has {part:.0%} of the largest sum")
for cost in (0.0, 0.2, 0.4, 0.8, 1.6):
    facts = decide(continuity=cost).facts()
    print(f"ending a pair costs {cost:.2f}: {facts['pairs_kept']} of 8 kept, benefit {facts['benefit']:.2f}")
for text in found.warnings:
    print("note:", text)
