"""Projects: what could be decided, what each costs, and what each is worth alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import Scenario, scenario_from_dict
from megaregion.equilibrium.calibrate import Baseline
from megaregion.equilibrium.caveats import model_parameters
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.joint import Progress, ensemble
from megaregion.equilibrium.rank_stability import RankStability, rank_stability
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.welfare import money_gain, percent, welfare_of
from megaregion.errors import InputError
from megaregion.result import Column, Input, Result

KINDS = ("rail", "recognition")
TOP = 10  # ranks that a budget may reach: the share of draws among them is shown
_REQUIRED = ("id", "name", "kind", "cost", "jurisdictions", "change")
_TEXTS = ("name_zh", "cost_basis", "evidence", "opened_note")
_KEYS = (*_REQUIRED, *_TEXTS, "opened")


@dataclass(frozen=True, kw_only=True)
class Project:
    """One thing that governments could decide.

    Attributes
    ----------
    scenario : Scenario
        What it changes; carries id and names.
    kind : str
        rail or recognition.
    cost : float
        Million of the currency, prices of the base year; a stated assumption.
    jurisdictions : tuple of str
        place_id of the governments that must agree.
    cost_basis, evidence, opened_note : str
    opened : int or None
        Year in which it opened since the base year; such a project is valued for the back-test only.
    """

    scenario: Scenario
    kind: str
    cost: float
    jurisdictions: tuple[str, ...]
    cost_basis: str = ""
    evidence: str = ""
    opened: int | None = None
    opened_note: str = ""

    @property
    def id(self) -> str:
        """Identifier."""
        return self.scenario.id

    @property
    def usable(self) -> bool:
        """Whether it can still be decided."""
        return self.opened is None


def projects(cluster: Cluster) -> tuple[Project, ...]:
    """Projects of a cluster, by id.

    Raises
    ------
    InputError
        An entry cannot be read or does not fit the cluster; everything wrong is listed.
    """
    problems: list[str] = []
    out: dict[str, Project] = {}
    for number, entry in enumerate(cluster.projects, start=1):
        name = f"project {entry.get('id') or number}"
        found, wrong = _project(entry, cluster)
        problems += [f"{name}: {text}" for text in wrong]
        if found is not None:
            if found.id in out:
                problems.append(f"{name}: the id stands twice")
            out[found.id] = found
    if problems:
        raise InputError(
            f"projects.toml: {len(problems)} problems\n" + "\n".join(problems), hint="keys: " + ", ".join(_KEYS)
        )
    return tuple(out[key] for key in sorted(out))


def _project(entry: Mapping[str, Any], cluster: Cluster) -> tuple[Project | None, list[str]]:
    wrong = [f"unknown key {key!r}" for key in sorted(set(entry) - set(_KEYS))]
    wrong += [f"missing key {key!r}" for key in _REQUIRED if key not in entry]
    wrong += [f"{key} must be text, got {entry[key]!r}" for key in _TEXTS if not isinstance(entry.get(key, ""), str)]
    if entry.get("kind", KINDS[0]) not in KINDS:
        wrong.append(f"kind must be one of {', '.join(KINDS)}, got {entry['kind']!r}")
    cost = entry.get("cost", 1.0)
    if isinstance(cost, bool) or not isinstance(cost, (int, float)) or not (math.isfinite(cost) and cost > 0):
        wrong.append(f"cost must be a number above zero, got {cost!r}")
    opened = entry.get("opened")
    if opened is not None and (isinstance(opened, bool) or not isinstance(opened, int)):
        wrong.append(f"opened must be a year, got {opened!r}")
    given = entry.get("jurisdictions", [])
    if not isinstance(given, (list, tuple)):
        wrong.append(f"jurisdictions must be a list of place_id, got {given!r}")
        given = []
    wrong += [f"jurisdiction {p!r} is not in places.place_id" for p in given if p not in cluster.places.index]
    scenario = None
    try:
        data = {key: entry[key] for key in ("id", "name", "name_zh", "change") if key in entry}
        scenario = scenario_from_dict(data, "changes")
        wrong += [text for change in scenario.changes for text in change.problems(cluster)]
        if not scenario.changes and "change" in entry:
            wrong.append("it changes nothing")
    except InputError as error:
        wrong.append(error.message)
    if wrong or scenario is None:
        return None, wrong
    return Project(
        scenario=scenario, kind=str(entry["kind"]), cost=float(cost), jurisdictions=tuple(map(str, given)),
        opened=opened, **{key: entry.get(key, "") for key in ("cost_basis", "evidence", "opened_note")},
    ), []  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Values:
    """What projects are worth, each alone, by exact re-solve.

    Attributes
    ----------
    welfare, full_effect : array (projects,)
        Welfare factor at the face-to-face share and with the whole effect of time.
    gain, gain_p05, gain_p95 : array (projects,)
        Million of the currency a year: at the stated parameters, and 5th and 95th percentile of joint draws.
    stability : RankStability or None
        Ranks by gain over the joint draws; None without projects.
    warnings : tuple of str
        Draws that are left out.
    """

    welfare: Array
    full_effect: Array
    gain: Array
    gain_p05: Array
    gain_p95: Array
    stability: RankStability | None = None
    warnings: tuple[str, ...] = ()


def value(
    base: Baseline, found: Sequence[Impulse], *, seed: int, executor: Executor | None = None,
    progress: Progress | None = None,
) -> Values:  # fmt: skip
    """Value every impulse alone.

    Parameters
    ----------
    base : Baseline
    found : sequence of Impulse
    seed : int
        Of the joint draws, the same as those of the scenarios.
    executor : Executor, optional
        Where draws are computed.
    progress : callable, optional
    """
    income, fit = base.earnings.sum(), base.nominal
    headline = welfare_of(fit.economy, [i.shock(fit) for i in found])
    full = welfare_of(fit.economy, [i.shock(fit, full_effect=True) for i in found])
    named = {str(number): one for number, one in enumerate(found)}
    drawn = ensemble(base, named, seed=seed, detail=False, executor=executor, progress=progress)
    joint = drawn.values["gains"]["welfare"]
    low, high = np.percentile(money_gain(income, joint), [5, 95], axis=0)
    return Values(
        welfare=headline, full_effect=full, gain=money_gain(income, headline), gain_p05=low, gain_p95=high,
        stability=rank_stability(joint, list(named), top=TOP, nominal=headline) if found else None,
        warnings=drawn.warnings,
    )  # fmt: skip


def ranks(gain: Array, ids: Sequence[str]) -> np.ndarray:
    """Rank of each, 1 = largest gain; ties by id."""
    order = sorted(range(len(ids)), key=lambda i: (-gain[i], ids[i]))
    out = np.empty(len(ids), dtype=np.int64)
    out[order] = np.arange(1, len(ids) + 1)
    return out


_PROJECT = Input("projects.toml", {"id": "{project_id}"})
_INCOME = Input("tables/indicators.csv", {"indicator": "{income_indicator}", "year": "{base_year}"})
_MODEL = (_PROJECT, _INCOME, Input("results/links/times", {}))


@dataclass(frozen=True, eq=False, kw_only=True)
class ProjectsResult(Result):
    """Every project valued alone."""

    title_en: ClassVar[str] = "Projects, each valued alone"
    title_zh: ClassVar[str] = "备选项目单独估值"
    projects: tuple[Project, ...]
    values: Values
    base: Baseline
    annual_rate: float
    cost_unit: str
    seed: int

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        money = self.base.place.money_unit

        def model(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#project-value", inputs=_MODEL)

        return (
            Column("project_id", "", "Project", "项目", key=True),
            Column("name", "", "Name", "名称（英文）", inputs=(_PROJECT,)),
            Column("name_zh", "", "Chinese name", "名称", inputs=(_PROJECT,)),
            Column("kind", "", "Kind", "类型", inputs=(_PROJECT,)),
            Column("jurisdictions", "", "Governments that must agree", "涉及政府", inputs=(_PROJECT,)),
            Column("cost", self.cost_unit, "Cost (assumption)", "造价（假设）", modelled=True, inputs=(_PROJECT,),
                   formula="methods#project-value"),
            model("welfare_percent", "percent", "Change of welfare", "福利变化"),
            model("gain", money, "Gain a year", "年收益"),
            model("gain_p05", money, "Gain a year, 5th percentile", "年收益（5%分位）"),
            model("gain_p95", money, "Gain a year, 95th percentile", "年收益（95%分位）"),
            model("full_effect_percent", "percent", "Change of welfare, upper line", "福利变化（上限）"),
            model("benefit_cost", "ratio", "Gain a year over annual cost", "年收益／年成本"),
            model("rank", "", "Rank by gain", "收益排名"),
            model("rank_p05", "", "Rank by gain, 5th percentile", "收益排名（5%分位）"),
            model("rank_p95", "", "Rank by gain, 95th percentile", "收益排名（95%分位）"),
            model("top_share", "share", f"Share of draws among the first {TOP}", f"抽样中进入前{TOP}名的比例"),
            Column("opened", "year", "Opened since the base year", "基年后开通年份", inputs=(_PROJECT,)),
            Column("usable", "", "Can still be decided", "可供决策", inputs=(_PROJECT,)),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a project, by id."""
        cost = np.array([p.cost for p in self.projects])
        frame = pd.DataFrame({
            "project_id": [p.id for p in self.projects],
            "name": [p.scenario.name for p in self.projects],
            "name_zh": [p.scenario.name_zh for p in self.projects],
            "kind": [p.kind for p in self.projects],
            "jurisdictions": [";".join(p.jurisdictions) for p in self.projects],
            "cost": cost,
            "welfare_percent": percent(self.values.welfare),
            "gain": self.values.gain, "gain_p05": self.values.gain_p05, "gain_p95": self.values.gain_p95,
            "full_effect_percent": percent(self.values.full_effect),
            "benefit_cost": self.values.gain / (cost * self.annual_rate),
            "rank": ranks(self.values.gain, [p.id for p in self.projects]),
            **self._stability(),
            "opened": np.array([math.nan if p.opened is None else p.opened for p in self.projects], dtype=float),
            "usable": np.array([p.usable for p in self.projects], dtype=bool),
        })  # fmt: skip
        return frame

    def _stability(self) -> dict[str, Array]:
        names, known = ("rank_p05", "rank_p95", "top_share"), self.values.stability
        if known is None:
            return {name: np.full(len(self.projects), np.nan) for name in names}
        return {name: known.frame[name].to_numpy(float) for name in names}

    def parameters(self) -> dict[str, Any]:
        """Elasticities, annual rate and seed."""
        return {**model_parameters(self.base), "annual_rate": self.annual_rate, "seed": self.seed}

    def facts(self) -> dict[str, Any]:
        """How many projects pay, at the headline and on the upper line; the basis of every cost."""
        cost = np.array([p.cost for p in self.projects])
        full = money_gain(self.base.earnings.sum(), self.values.full_effect)
        return {
            "projects": len(self.projects), "usable": sum(p.usable for p in self.projects),
            "paying": int((self.values.gain > cost * self.annual_rate).sum()),
            "paying_full_effect": int((full > cost * self.annual_rate).sum()),
            "without_gain": int((self.values.gain <= 0).sum()),
            "rank_concordance": None if self.values.stability is None else self.values.stability.concordance,
            "rank_correlation": None if self.values.stability is None else self.values.stability.correlation,
            "cost_basis": {p.id: p.cost_basis for p in self.projects},
        }  # fmt: skip
