"""The step `equilibrium`: calibrate a cluster, run its scenarios, show each result with its range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.scenario import BASELINE, Scenario
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.attribution import attribute
from megaregion.equilibrium.calibrate import Baseline, HasFrame, HasTime, baseline, facts
from megaregion.equilibrium.caveats import caveats, model_parameters
from megaregion.equilibrium.counterfactual import Counterfactual, simulate
from megaregion.equilibrium.ensemble import one_at_a_time
from megaregion.equilibrium.guards import uniqueness
from megaregion.equilibrium.joint import Ensemble, ensemble
from megaregion.equilibrium.multiplicity import selection
from megaregion.equilibrium.provenance import ProvenanceResult
from megaregion.equilibrium.ranges import PERCENTILES, percentiles
from megaregion.equilibrium.scenario_tables import (
    Keys,
    ScenarioGains,
    ScenarioGroups,
    ScenarioPlaces,
    ScenarioReforms,
    gain_rows,
    group_rows,
    place_rows,
    with_samples,
)
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import VARIANTS, Impulse, TimesOf, impulses, travel_times
from megaregion.equilibrium.simulate import Equilibria, solve
from megaregion.equilibrium.welfare import money_gain, moved, percent, social_welfare, welfare_of
from megaregion.errors import InputError, SolveError
from megaregion.result import Column, Input, Result

Progress = Callable[[int, int, str], None]

_INCOME = Input(
    "tables/indicators.csv", {"place_id": "{place}", "indicator": "{income_indicator}", "year": "{base_year}"}
)
_TIMES = Input("results/links/times", {"origin": "{place}"})
_BORDER = Input("results/links/border", {"spec": "main", "distance": "great_circle"})
_FORMULA = "methods#equilibrium"
_KINDS = {name: name == "full_effect" for name in VARIANTS}


@dataclass(frozen=True, eq=False, kw_only=True)
class BaselineResult(Result):
    """The calibrated baseline."""

    title_en: ClassVar[str] = "Baseline of the spatial equilibrium"
    title_zh: ClassVar[str] = "空间均衡基准"
    base: Baseline

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("income_share", "share", "Share of income", "收入份额", inputs=(_INCOME,)),
            Column("population", "person", "Residents", "常住人口", inputs=(_INCOME,)),
            Column("own_share", "share", "Spending that stays in the place", "本地支出份额", modelled=True,
                   formula="methods#calibration", inputs=(_INCOME, _TIMES, _BORDER)),
            Column("cross_group_share", "share", "Spending that crosses a group border", "跨界支出份额",
                   modelled=True, formula="methods#calibration", inputs=(_INCOME, _TIMES, _BORDER)),
            Column("wage_proxy", f"{self.base.place.money_unit} per person",
                   "Income per resident (per worker where people commute)", "人均收入（有通勤数据时按就业者）",
                   inputs=(_INCOME,)),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place."""
        place, economy = self.base.place, self.base.nominal.economy
        part = economy.spending / economy.spending.sum(axis=0)
        return pd.DataFrame({
            "place_id": list(place.places), "income_share": place.income / place.income.sum(),
            "population": place.population, "own_share": np.einsum("snn,sn->n", economy.trade, part),
            "cross_group_share": np.einsum("sni,sn,ni->n", economy.trade, part, place.cross),
            "wage_proxy": economy.income,
        })  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """Elasticities with range and source."""
        return model_parameters(self.base)

    def facts(self) -> dict[str, Any]:
        """How well the baseline fits."""
        return facts(self.base)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenariosResult(Result):
    """Welfare of every scenario with its range."""

    title_en: ClassVar[str] = "Scenarios"
    title_zh: ClassVar[str] = "情景结果"
    frame: pd.DataFrame
    base: Baseline
    scenarios: tuple[Scenario, ...]
    seed: int

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        money = self.base.place.money_unit
        key, kind = {"key": True}, {"modelled": True, "formula": _FORMULA, "inputs": (_INCOME, _TIMES, _BORDER)}
        return (
            Column("scenario", "", "Scenario", "情景", **key),  # type: ignore[arg-type]
            Column("variant", "", "Variant", "口径", **key),  # type: ignore[arg-type]
            *(Column(name, unit, en, zh, **kind) for name, unit, en, zh in (  # type: ignore[arg-type]
                ("welfare_percent", "percent", "Change of welfare", "福利变化"),
                ("gain", money, "Gain a year", "年收益"),
                ("welfare_p05", "percent", "Change of welfare, 5th percentile", "福利变化（5%分位）"),
                ("welfare_p50", "percent", "Change of welfare, median", "福利变化（中位数）"),
                ("welfare_p95", "percent", "Change of welfare, 95th percentile", "福利变化（95%分位）"),
                ("gain_p05", money, "Gain a year, 5th percentile", "年收益（5%分位）"),
                ("gain_p50", money, "Gain a year, median", "年收益（中位数）"),
                ("gain_p95", money, "Gain a year, 95th percentile", "年收益（95%分位）"),
                ("population_moved", "person", "Residents who move", "迁移人口"),
                ("population_moved_p05", "person", "Residents who move, 5th percentile", "迁移人口（5%分位）"),
                ("population_moved_p50", "person", "Residents who move, median", "迁移人口（中位数）"),
                ("population_moved_p95", "person", "Residents who move, 95th percentile", "迁移人口（95%分位）"),
                ("iterations", "count", "Iterations", "迭代次数"),
                ("residual", "", "Residual", "残差"),
            )),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a scenario and variant."""
        return self.frame[[c.name for c in self.describe()]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities and seed."""
        return {**model_parameters(self.base), "seed": self.seed}

    def facts(self) -> dict[str, Any]:
        """The scenarios as data, and that the empty one changes nothing."""
        return {"empty_scenario_exact": True, "scenarios": [s.to_dict() for s in self.scenarios]}


@dataclass(frozen=True, eq=False, kw_only=True)
class RangesResult(Result):
    """Welfare of every scenario with one parameter moved and the baseline fitted again."""

    title_en: ClassVar[str] = "Scenarios, one parameter at a time"
    title_zh: ClassVar[str] = "单参数敏感性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("scenario", "", "Scenario", "情景", key=True),
        Column("parameter", "", "Parameter", "参数", key=True),
        Column("value", "", "Value", "取值", key=True),
        Column("welfare_percent", "percent", "Change of welfare", "福利变化", modelled=True, formula=_FORMULA,
               inputs=(_INCOME, _TIMES, _BORDER)),
    )  # fmt: skip
    frame: pd.DataFrame
    base: Baseline

    def to_frame(self) -> pd.DataFrame:
        """One row a scenario, parameter and value."""
        return self.frame.reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities with range and source."""
        return model_parameters(self.base)


def run(
    cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable,
    scenarios: Sequence[Scenario] = (), *, seed: int, progress: Progress | None = None,
    times_of: TimesOf | None = None, executor: Executor | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Calibrate, solve every scenario and its ranges.

    Parameters
    ----------
    cluster : Cluster
    times : TimesResult
        Of the baseline.
    border : result or table links/border
    scenarios : sequence of Scenario
    seed : int
        Of the joint draws.
    progress : callable, optional
        Told (done, total, what).
    times_of : callable, optional
        Minutes of a changed cluster, by the rule that made `times`; default the room links.
    executor : Executor, optional
        Where the joint draws are computed (`executors.executor_for`); default this process.

    Returns
    -------
    dict
        `baseline`, `provenance`, `scenarios`, `scenario_ranges`, `scenario_places`, `scenario_groups`,
        `scenario_gains`; `scenario_reforms` where a scenario joins several kinds of changes.

    Raises
    ------
    InputError
        An option, a table or a scenario does not serve.
    SolveError
        The baseline or a scenario has no solution within tolerance.
    """
    named = {s.id: s for s in scenarios}
    if len(named) != len(scenarios):
        raise InputError("two scenarios share an id", hint="rename one")
    base = baseline(cluster, times, border)
    ask = travel_times(cluster) if times_of is None else times_of
    _require_exact(base, cluster, ask)
    found = impulses(cluster, named, base.place, ask, progress=progress)
    shocks = {
        f"{name} ({variant})": i.shock(base.nominal, full_effect=variant == "full_effect")
        for name, i in found.items() for variant in VARIANTS
    }  # fmt: skip
    labels = [{"scenario": name, "variant": variant} for name in found for variant in VARIANTS]
    keys = dict(zip(shocks, labels, strict=True))
    solved = simulate(base.nominal.economy, shocks, base.layout)
    joint = ensemble(base, found, seed=seed, variants=_KINDS, executor=executor, progress=progress)
    notes = tuple(dict.fromkeys(text for i in found.values() for text in i.warnings))
    notes += _others(base, shocks, solved, seed)
    said = (*caveats(base), *solved.warnings, *notes, *joint.warnings)
    unit, used = base.place.money_unit, {**model_parameters(base), "seed": seed}

    def _drawn(rows: Callable[[Counterfactual, Keys], pd.DataFrame], table: str) -> pd.DataFrame:
        return with_samples(rows(solved, keys), joint.values[table])

    results: dict[str, Result] = {
        "baseline": BaselineResult(base=base, warnings=caveats(base)),
        "provenance": ProvenanceResult(base=base, warnings=caveats(base)),
        "scenarios": ScenariosResult(
            frame=_scenario_frame(base, labels, solved.free, joint), base=base, scenarios=tuple(scenarios), seed=seed,
            warnings=said,
        ),
        "scenario_ranges": RangesResult(frame=_range_frame(base, found), base=base, warnings=said),
        "scenario_places": ScenarioPlaces(frame=_drawn(place_rows, "places"), settings=used, warnings=said),
        "scenario_groups": ScenarioGroups(
            frame=_drawn(group_rows, "groups"), settings=used, money_unit=unit, warnings=said
        ),
        "scenario_gains": ScenarioGains(
            frame=_drawn(gain_rows, "gains"), settings=used, money_unit=unit, warnings=said
        ),
    }  # fmt: skip
    if (reforms := _reforms(cluster, base, scenarios, ask, used, seed, said)) is not None:
        results["scenario_reforms"] = reforms
    return results


def _others(base: Baseline, shocks: dict[str, Shock], solved: Counterfactual, seed: int) -> tuple[str, ...]:
    """Other equilibria of the scenarios (headline), looked for where there may be several."""
    economy = base.nominal.economy
    if uniqueness(economy).verdict not in ("multiple possible", "unstable"):
        return ()
    out = []
    for (name, shock), state in list(zip(shocks.items(), solved.free.state, strict=True))[:: len(VARIANTS)]:
        out += [f"{name}: {text}" for text in selection(economy, shock, state, seed=seed)]
    return tuple(out)


def _reforms(
    cluster: Cluster, base: Baseline, scenarios: Sequence[Scenario], times_of: TimesOf, used: dict[str, Any],
    seed: int, said: tuple[str, ...],
) -> ScenarioReforms | None:  # fmt: skip
    """Contribution of each kind of change to scenarios that join several; None if there is none of these."""
    frames, joint, notes = [], {}, []
    for scenario in scenarios:
        if len({change.type for change in scenario.changes}) < 2:
            continue
        try:
            found = attribute(cluster, base, scenario, times_of=times_of, seed=seed)
        except InputError as error:
            notes.append(f"{scenario.id}: not split among its reforms: {error.message}")
            continue
        frames.append(found.to_frame().assign(scenario=scenario.id))
        joint[scenario.id] = found.facts()
    if not frames:
        return None
    return ScenarioReforms(
        frame=pd.concat(frames, ignore_index=True), joint=joint, settings=used, money_unit=base.place.money_unit,
        warnings=(*said, *notes),
    )  # fmt: skip


def _require_exact(base: Baseline, cluster: Cluster, times_of: TimesOf) -> None:
    """The empty scenario, through the code of every scenario, must change nothing at all."""
    empty = impulses(cluster, {BASELINE.id: BASELINE}, base.place, times_of)[BASELINE.id]
    found = solve(base.nominal.economy, [empty.shock(base.nominal)])
    changed = [n for n in ("wage", "residents", "price", "rent", "welfare") if (getattr(found, n) != 1.0).any()]
    if changed:
        raise SolveError(f"the empty scenario changes {', '.join(changed)}", hint="this is a fault of the toolkit")


def _scenario_frame(
    base: Baseline, keys: Sequence[dict[str, str]], free: Equilibria, joint: Ensemble
) -> pd.DataFrame:  # fmt: skip
    welfare = social_welfare(base.nominal.economy, free)
    frame = pd.DataFrame({
        "scenario": [k["scenario"] for k in keys], "variant": [k["variant"] for k in keys],
        "welfare_percent": percent(welfare), "gain": money_gain(base.earnings.sum(), welfare),
        "population_moved": moved(base.place.population, free.residents),
        "iterations": free.iterations, "residual": free.residual,
    })  # fmt: skip
    gains = joint.values["gains"]
    drawn = {
        "welfare": gains["welfare_percent"], "gain": gains["gain"],
        "population_moved": joint.values["scenarios"]["population_moved"],
    }  # fmt: skip
    for name, samples in drawn.items():
        for (tail, *_), row in zip(PERCENTILES, percentiles(samples), strict=True):
            frame[f"{name}_{tail}"] = row
    return frame


def _range_frame(base: Baseline, found: dict[str, Impulse]) -> pd.DataFrame:
    rows = []
    for setting in one_at_a_time(base):
        economy = setting.fit.economy
        welfare = welfare_of(economy, [i.shock(setting.fit) for i in found.values()])
        for name, value in zip(found, percent(welfare), strict=True):
            rows.append((name, setting.parameter, setting.value, float(value)))
    for name, one in found.items():
        cases = [(r.name, v) for r in one.elasticities for v in (r.low, r.default, r.high) if v is not None]
        shocks = [one.shock(base.nominal, elasticity={what: value}) for what, value in cases]
        for (what, at), value in zip(cases, percent(welfare_of(base.nominal.economy, shocks)), strict=True):
            rows.append((name, what, at, float(value)))
    order = {name: number for number, name in enumerate(found)}
    frame = pd.DataFrame(rows, columns=["scenario", "parameter", "value", "welfare_percent"])
    return frame.sort_values("scenario", key=lambda s: s.map(order), kind="stable", ignore_index=True)
