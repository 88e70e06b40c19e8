"""What would the four provinces of the Yangtze delta agree on, who has to be paid, and what would a veto cost?

Places, trains, borders and earnings are those of the example (real); gains are modelled by its equilibrium, with people
where they are. That recognition takes a quarter off the friction of a border, its cost, the cost of lines and that the
provinces of a measure bear it in equal parts are assumptions of projects.toml and of this script.
"""

# %% The calibrated example; a measure is a project of two provinces
from collections import Counter

import numpy as np
import pandas as pd

from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.shocks import Impulse, impulses, travel_times
from megaregion.equilibrium.simulate import solve
from megaregion.links.diagnose import diagnose
from megaregion.links.hard.times import times
from megaregion.mechanisms.agreement_text import lines
from megaregion.mechanisms.coordination import JointGains, agree
from megaregion.plan.projects import projects

workspace = Workspace(example_folder("yangtze-delta"))
cluster, seed = workspace.cluster(), workspace.seed
base = baseline(cluster, times(cluster), diagnose(cluster, seed=seed)["border"])
fit, place = base.nominal, base.place
provinces = sorted(set(place.groups.tolist()))
names = [str(cluster.places.loc[p, "name"]) for p in provinces]
above = cluster.places["parent_id"].to_dict() | {p: p for p in provinces}
pays = {p.id: Counter(above[j] for j in p.jurisdictions) for p in projects(cluster)}
candidates = [p for p in projects(cluster) if len(pays[p.id]) > 1]

# %% All six recognitions, and the three lines between provinces that bring most a year over 5 % of their cost
alone = impulses(cluster, {p.id: p.scenario for p in candidates}, place, travel_times(cluster))
real = solve(fit.economy, [alone[p.id].shock(fit) for p in candidates], mobile=False).real_income
worth = {p.id: (row - 1) @ base.earnings - 0.05 * p.cost for p, row in zip(candidates, real, strict=True)}
rail = sorted((p for p in candidates if p.kind == "rail"), key=lambda p: -worth[p.id])[:3]
measures = [p for p in candidates if p.kind == "recognition"] + rail
charge = np.array(
    [[0.05 * p.cost * pays[p.id][g] / pays[p.id].total() for g in provinces] for p in measures]
)  # a year, measures x provinces


# %% Measures help and replace each other: every set is solved, so that no gain is added up that is not there
def gains_of(sets: np.ndarray) -> np.ndarray:
    """Gain of every province from every set of measures, million a year, net of its part of the cost."""
    shocks = []
    for row in sets:
        chosen = [alone[p.id] for p, inside in zip(measures, row, strict=True) if inside]
        ones = np.ones(len(place.places))
        shocks.append(
            Impulse(
                time_ratio=np.min([np.ones_like(place.cross), *(i.time_ratio for i in chosen)], axis=0),
                barrier=np.prod([np.ones_like(place.cross), *(i.barrier for i in chosen)], axis=0),
                productivity=ones, amenity=ones,
            ).shock(fit)
        )  # fmt: skip
    money = (solve(fit.economy, shocks, mobile=False).real_income - 1) * base.earnings
    out = np.stack([money[:, place.groups == g].sum(axis=1) for g in provinces], axis=1) - sets @ charge
    return np.where(sets.any(axis=1)[:, None], out, 0.0)  # nothing done, nothing gained: no rounding


labels = [p.scenario.name for p in measures]
everything = JointGains.evaluated(gains_of, labels, names)
without = np.array([p.kind == "rail" for p in measures])  # the lines alone: sets that hold no recognition
lines_only = JointGains(
    measures=everything.measures[without], parties=everything.parties,
    sets=(kept := everything.sets[~everything.sets[:, ~without].any(axis=1)])[:, without],
    gains=gains_of(kept),
)  # fmt: skip
shown = ["party", "gain", "payment", "net_gain", "veto_cost_without_payments", "gain_overruled"]
for title, gains, limit in (
    ("recognition and lines, without payments", everything, 0.0),
    ("the lines alone, without payments", lines_only, 0.0),
    ("the lines alone, with payments", lines_only, np.inf),
):
    made = agree(gains, payment_limit=limit, unit=place.money_unit)
    print(f"== {title}: {'; '.join(made.facts()['agreed']) or 'nothing'} ({place.money_unit})")
    print(made.to_frame()[shown].round(0).to_string(index=False))
    print(*(f"note: {text}" for text in made.warnings), sep="\n")

# %% What each measure brings alone, and who would lose by it: a package is agreed on where its parts are not
single = agree(everything, unit=place.money_unit).measures.to_frame()
print(single[["measure", "gain", "winners", "losers"]].round(0).to_string(index=False))
# %% A table with one row a measure and party goes to the command line: megaregion agree lines.csv --unit "million CNY"
# It adds gains up, so look first whether they do
plain = pd.DataFrame([(m, p, g) for m, row in zip(lines_only.measures, lines_only.alone(), strict=True)
                      for p, g in zip(names, row, strict=True)], columns=["measure", "party", "gain"])  # fmt: skip
together = lines_only.gains[lines_only.sets.all(axis=1)].sum()
print(f"three lines: {plain['gain'].sum():,.0f} one by one, {together:,.0f} together; agreed on the table:")
print(*list(lines(agree(plain, unit="million CNY")))[:3], sep="\n")
print(*(f"note: {text}" for text in base.warnings), sep="\n")
