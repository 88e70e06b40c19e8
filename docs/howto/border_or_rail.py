"""Half of the Shanghai-Zhejiang-Jiangsu-Anhui barrier, or the three best rail links?"""

# %% The Yangtze example, calibrated: trade over today's times and borders, people by place of registration
import numpy as np

from megaregion.data.init import example_folder
from megaregion.data.scenario import ScaleBarrier, Scenario
from megaregion.data.workspace import Workspace
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.counterfactual import simulate
from megaregion.equilibrium.joint import joint_welfare
from megaregion.equilibrium.shocks import impulses, travel_times
from megaregion.equilibrium.welfare import welfare_of
from megaregion.links.diagnose import diagnose
from megaregion.links.hard.times import times
from megaregion.plan.projects import projects

workspace = Workspace(example_folder("yangtze-delta"))
cluster, seed = workspace.cluster(), workspace.seed
base = baseline(cluster, times(cluster), diagnose(cluster, seed=seed)["border"])
fit, income = base.nominal, base.earnings.sum()
print(*(f"note: {text}" for text in base.warnings), sep="\n")

# %% Which rail links? Every candidate of projects.toml is solved on its own, exactly
ask = travel_times(cluster)
lines = [p for p in projects(cluster) if p.kind == "rail"]
alone = impulses(cluster, {p.id: p.scenario for p in lines}, base.place, ask)
welfare = welfare_of(fit.economy, [i.shock(fit) for i in alone.values()])
best = [lines[k] for k in np.argsort(-welfare)[:3]]
print("the three best:", "; ".join(f"{p.scenario.name} ({p.cost:,.0f} {base.place.money_unit})" for p in best))

# %% Both answers on one scale, with the range over all parameters; the same draws for both
half = Scenario(id="half", name="half of the barrier", changes=(ScaleBarrier(between=("all",), factor=0.5),))
rail = Scenario(id="rail", name="three lines", changes=tuple(c for p in best for c in p.scenario.changes))
both = Scenario(id="both", name="both", changes=(*half.changes, *rail.changes))
chosen = impulses(cluster, {s.id: s for s in (half, rail, both)}, base.place, ask)
found = simulate(fit.economy, {name: i.shock(fit) for name, i in chosen.items()}, base.layout)
drawn = 100 * (joint_welfare(base, list(chosen.values()), seed=seed)[:, 0] - 1)
for k, scenario in enumerate((half, rail, both)):
    low, high = np.percentile(drawn[:, k], [5, 95])
    change = 100 * (found.welfare[k] - 1)
    print(f"{scenario.name}: welfare {change:+.3f} % ({low:+.3f} to {high:+.3f}), {income * change / 100:+,.0f} a year")
more = 100 * (found.welfare - 1)
print(f"together they gain {more[2] - more[0] - more[1]:+.4f} % beyond the sum of the two")
ahead = (drawn[:, 0] > drawn[:, 1]).mean()
print(f"the barrier is worth more than the lines at {100 * ahead:.0f} % of the draws")

# %% The two are not offers from one shop. A line is concrete with a price; half of the barrier is half of a regression
# coefficient, and no rule says what must be repealed to get it. So ask how much of the barrier the lines are worth
shares = np.linspace(0.0, 0.1, 11)
steps = {f"{s:.2f}": Scenario(id="s", changes=(ScaleBarrier(between=("all",), factor=1 - s),)) for s in shares}
value = welfare_of(fit.economy, [i.shock(fit) for i in impulses(cluster, steps, base.place, ask).values()])
print(f"the three lines are worth {100 * np.interp(found.welfare[1], value, shares):.1f} % of the barrier")

# %% Who gains? People by where they are registered, and places if nobody moves
name = cluster.places["name"]
groups = found.groups().assign(who=lambda t: t["group"].map(name).fillna(t["group"]))
places = found.places().assign(where=lambda t: t["place_id"].map(name))
for scenario in ("half", "rail"):
    top = groups[groups["scenario"] == scenario].nlargest(4, "welfare_percent")
    print(scenario, "- people:", "; ".join(f"{r.who} {r.welfare_percent:+.3f} %" for r in top.itertuples()))
    top = places[places["scenario"] == scenario].nlargest(4, "real_income_fixed_percent")
    print(scenario, "- places:", "; ".join(f"{r.where} {r.real_income_fixed_percent:+.3f} %" for r in top.itertuples()))
