"""The step `plan`: value every project, choose the best set under the budget, back-test the values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import Scenario
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.calibrate import Baseline, HasFrame, HasTime, baseline
from megaregion.equilibrium.caveats import caveats
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.joint import Progress, joint_welfare
from megaregion.equilibrium.shocks import Impulse, TimesOf, impulses, remembered, travel_times
from megaregion.equilibrium.welfare import money_gain, outcome, percent, place_frame, welfare_of
from megaregion.errors import SolveError
from megaregion.plan.portfolio import (
    LineSets,
    PlanSettings,
    PortfolioPairs,
    PortfolioPlaces,
    PortfolioSets,
    best_sets,
    chosen_set,
    interaction,
    knapsack,
    plan_settings,
)
from megaregion.plan.project_remedies import project_remedies
from megaregion.plan.projects import Project, ProjectsResult, Values, projects, ranks, value
from megaregion.result import Column, Input, Result

LINES = "rail"
COST_CAVEAT = "costs are stated assumptions of projects.toml, not estimates of an engineer"
RECOGNITION_CAVEAT = (
    "what a recognition agreement does to a border, and its cost, are assumptions without a source: "
    "never read its benefit-cost ratio beside that of a line"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Backtest(Result):
    """Where the lines that have opened since stand in the ranking of the baseline year."""

    title_en: ClassVar[str] = "Back-test: lines that have opened since"
    title_zh: ClassVar[str] = "回测：基年后开通的线路"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("project_id", "", "Project", "项目", key=True),
        Column("opened", "year", "Opened", "开通年份", inputs=(Input("projects.toml", {"id": "{project_id}"}),)),
        Column("rank", "", "Rank by gain", "收益排名", modelled=True, formula="methods#backtest",
               inputs=(Input("results/plan/projects", {"project_id": "{project_id}"}),)),
        Column("of", "count", "Candidates", "候选总数", inputs=(Input("projects.toml", {"kind": "rail"}),)),
    )  # fmt: skip
    frame: pd.DataFrame
    p_value: float | None

    def to_frame(self) -> pd.DataFrame:
        """One row a line that has opened, best rank first."""
        return self.frame.reset_index(drop=True)

    def facts(self) -> dict[str, Any]:
        """One-sided Mann-Whitney p (exact) that opened lines rank higher than the others."""
        return {"p_value": self.p_value, "opened": len(self.frame), "test": "Mann-Whitney U, one-sided, exact"}


def backtest(candidates: Sequence[Project], gain: Array) -> Backtest:
    """Compare the gains of rail candidates that have opened with those of the others.

    Parameters
    ----------
    candidates : sequence of Project
    gain : array (projects,)

    Notes
    -----
    Mann and Whitney (1947), Ann. Math. Stat. 18(1); the exact null distribution takes no account of ties, which are
    found among lines without any gain only.
    """
    rail = [i for i, p in enumerate(candidates) if p.kind == "rail"]
    worth = gain[rail]
    rank = ranks(worth, [candidates[i].id for i in rail])
    rows = [
        (candidates[i].id, candidates[i].opened, int(rank[k]), len(rail))
        for k, i in enumerate(rail)
        if candidates[i].opened is not None
    ]
    frame = pd.DataFrame(rows, columns=["project_id", "opened", "rank", "of"]).sort_values("rank", ignore_index=True)
    was = np.array([candidates[i].opened is not None for i in rail], dtype=bool)
    if not was.any() or was.all():
        text = "no back-test: it needs rail candidates that have opened and others that have not"
        return Backtest(frame=frame, p_value=None, warnings=(text,))
    from scipy.stats import mannwhitneyu

    p = float(mannwhitneyu(worth[was], worth[~was], alternative="greater", method="exact").pvalue)
    return Backtest(
        frame=frame, p_value=p,
        warnings=(f"n is small: {int(was.sum())} lines have opened; this is a story that fits, not a proof",),
    )  # fmt: skip


def run(
    cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable,
    *, seed: int, progress: Progress | None = None, times_of: TimesOf | None = None,
    executor: Executor | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Value the projects of a cluster and choose among them.

    Parameters
    ----------
    cluster : Cluster
    times : TimesResult
        Of the baseline.
    border : result or table links/border
    seed : int
        Of the joint draws.
    progress : callable, optional
        Told (done, total, what).
    times_of : callable, optional
        Minutes of a changed cluster, by the rule that made `times`; default the room links.
    executor : Executor, optional
        Where the joint draws are computed (`equilibrium.executors.executor_for`); default this process.

    Returns
    -------
    dict
        `projects` and `backtest`; `remedies` where tables/incomes.csv is there; if a set fits the budget also
        `portfolio_sets`, `portfolio_pairs`, `portfolio_places`, and where lines compete with other kinds
        `portfolio_sets_rail`, lines alone.

    Raises
    ------
    InputError
        Projects, options or tables do not serve; everything wrong with them is listed.
    SolveError
        The baseline, a project or the knapsack has no solution.
    """
    known = projects(cluster)
    chosen = plan_settings(cluster.options.get("plan", {}), budget_needed=bool(known))
    base = baseline(cluster, times, border)
    ask = travel_times(cluster) if times_of is None else remembered(times_of)
    found = impulses(cluster, {p.id: p.scenario for p in known}, base.place, ask, progress=progress)
    alone = value(base, list(found.values()), seed=seed, executor=executor, progress=progress)
    notes = tuple(dict.fromkeys(text for i in found.values() for text in i.warnings))
    soft = (RECOGNITION_CAVEAT,) if any(p.kind == "recognition" for p in known) else ()
    said = (*caveats(base), COST_CAVEAT, *soft, *notes, *alone.warnings)
    unit = f"million {cluster.attrs['currency']} ({cluster.attrs['base_year']})"
    results: dict[str, Result] = {
        "projects": ProjectsResult(
            projects=known, values=alone, base=base, annual_rate=chosen.annual_rate, cost_unit=unit, seed=seed,
            warnings=said if known else (*said, "projects.toml lists no project"),
        ),
        "backtest": backtest(known, alone.gain),
    }  # fmt: skip
    results.update(project_remedies(
        cluster, base, known, list(found.values()), alone, annual_rate=chosen.annual_rate, cost_unit=unit
    ))  # fmt: skip
    choice = _Choice(cluster, base, known, alone, chosen, ask, progress, executor)
    results.update(choice.results(unit, seed, said))
    if LINES in (kinds := {p.kind for p in known if p.usable}) and len(kinds) > 1:
        results.update(replace(choice, only=LINES).results(unit, seed, said))
    return results


@dataclass(frozen=True, eq=False)
class _Choice:
    """From values to a chosen set."""

    cluster: Cluster
    base: Baseline
    known: tuple[Project, ...]
    alone: Values
    settings: PlanSettings
    times_of: TimesOf
    progress: Progress | None
    executor: Executor | None = None
    only: str = ""

    def results(self, unit: str, seed: int, said: tuple[str, ...]) -> dict[str, Result]:
        """Tables of the portfolio; none if no set with a gain fits the budget."""
        open_ = np.array([p.usable and self.only in ("", p.kind) for p in self.known], dtype=bool)
        worth, cost = np.where(open_, self.alone.gain, 0.0), np.array([p.cost for p in self.known])
        budget, size = self.settings.budget, self.settings.max_projects
        members = tuple(best_sets(worth, cost, budget=budget, max_size=size, count=self.settings.sets))
        optimum = worth[list(knapsack(worth, cost, budget=budget, max_size=size))].sum()
        if members and not math.isclose(worth[list(members[0])].sum(), optimum, rel_tol=1e-9):
            raise SolveError(
                "branch and bound and HiGHS disagree on the best set", hint="report this with the workspace"
            )
        if not members:
            return {}
        found = self._impulses(members)
        fit = self.base.nominal
        joint = welfare_of(fit.economy, [i.shock(fit) for i in found])
        best = chosen_set(joint, members)
        sets: dict[str, Any] = {
            "members": members, "projects": self.known, "alone": self.alone.welfare, "joint": joint, "chosen": best,
            "base": self.base, "settings": self.settings, "cost_unit": unit, "warnings": said,
            "more": self._facts(members, joint, best, found[best], seed),
        }  # fmt: skip
        if self.only:
            return {f"portfolio_sets_{self.only}": LineSets(**sets)}
        return {
            "portfolio_sets": PortfolioSets(**sets),
            "portfolio_pairs": PortfolioPairs(frame=self._pairs(members[best]), warnings=said),
            "portfolio_places": PortfolioPlaces(frame=self._places(found[best]), base=self.base, warnings=said),
        }  # fmt: skip

    def _scenario(self, members: tuple[int, ...]) -> Scenario:
        chosen = [self.known[i].scenario for i in members]
        return Scenario(
            id="+".join(s.id for s in chosen), name=" + ".join(s.name for s in chosen),
            name_zh="＋".join(s.name_zh for s in chosen), changes=tuple(c for s in chosen for c in s.changes),
        )  # fmt: skip

    def _impulses(self, sets: Sequence[tuple[int, ...]]) -> list[Impulse]:
        named = {str(number): self._scenario(s) for number, s in enumerate(sets)}
        return list(impulses(self.cluster, named, self.base.place, self.times_of, progress=self.progress).values())

    def _facts(
        self, members: Sequence[tuple[int, ...]], joint: Array, best: int, found: Impulse, seed: int
    ) -> dict[str, Any]:
        income = self.base.earnings.sum()
        drawn = joint_welfare(self.base, [found], seed=seed, executor=self.executor, progress=self.progress)
        p05, p50, p95 = np.percentile(percent(drawn), [5, 50, 95], axis=0)[:, :, 0].tolist()
        full = found.shock(self.base.nominal, full_effect=True)
        cost = sum(self.known[i].cost for i in members[best])
        gain = float(money_gain(income, joint)[best])
        return {
            "chosen": [self.known[i].id for i in members[best]],
            "scenario": self._scenario(members[best]).to_dict(),
            "cost": cost, "gain": gain, "welfare_percent": float(percent(joint)[best]),
            "benefit_cost": gain / (cost * self.settings.annual_rate),
            "welfare_p05": p05[0], "welfare_p50": p50[0], "welfare_p95": p95[0],
            "full_effect_percent": float(percent(welfare_of(self.base.nominal.economy, [full]))[0]),
            "knapsack": [self.known[i].id for i in members[0]],
            "knapsack_joint_percent": float(percent(joint)[0]), "sets_solved": len(members),
        }  # fmt: skip

    def _pairs(self, members: tuple[int, ...]) -> pd.DataFrame:
        pairs = list(combinations(members, 2))
        fit = self.base.nominal
        joint = percent(welfare_of(fit.economy, [i.shock(fit) for i in self._impulses(pairs)]))
        parts = np.array([percent(self.alone.welfare[list(pair)]).sum() for pair in pairs])
        return pd.DataFrame({
            "project_a": [self.known[a].id for a, _ in pairs], "project_b": [self.known[b].id for _, b in pairs],
            "sum_percent": parts, "joint_percent": joint, "interaction_percent": interaction(joint, parts),
        })  # fmt: skip

    def _places(self, found: Impulse) -> pd.DataFrame:
        fit = self.base.nominal
        solved = outcome(fit, [found.shock(fit)])
        frame = place_frame(self.base, [{}], solved)
        return frame.assign(gain=money_gain(self.base.earnings, solved.fixed.real_income[0]))
