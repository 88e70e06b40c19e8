"""A doubly constrained model of one layer of a cluster, and its flows under the travel times of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.doubly_constrained import furness
from megaregion.data.changes.travel import AddLink, CloseLink, ScaleTime, UseTimetable
from megaregion.data.cluster import Cluster, groups, units
from megaregion.data.flow_kinds import kind_of
from megaregion.data.scenario import Scenario
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.barriers import BorderOptions
from megaregion.links.soft.constrained_flows import ConstrainedFlows, constrained_flows
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
TRAVEL = (AddLink, CloseLink, ScaleTime, UseTimetable)
FIRST = ["origin", "destination", "cost", "observed", "baseline"]
AFTER = ["after", "difference", "difference_low", "difference_high", "percent"]
Z = 1.959964  # 97.5 % of a normal
MODELLED = (
    "modelled, not observed: every place keeps its totals, which is an assumption; only the pattern answers to cost"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowScenario(Result):
    """Modelled flows of every pair at the costs of the baseline and, with a scenario, at those of the scenario."""

    table: pd.DataFrame
    layer: str
    unit: str
    cost: str
    cost_unit: str
    scenario: str
    numbers: dict[str, float]

    title_en: ClassVar[str] = "Doubly constrained flows (modelled, not observed)"
    title_zh: ClassVar[str] = "双约束模型流量（模型推算，非实测）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        pair = {"layer": self.layer, "origin": "{origin}", "destination": "{destination}"}
        flow, ends = Input("tables/flows.csv", pair), Input("tables/places.csv")
        way = (Input("tables/nodes.csv"), Input("tables/services.csv")) if self.cost_unit == "min" else ()
        formula, cost = "methods#doubly-constrained", "methods#times" if way else "methods#great-circle"

        def number(name: str, unit: str, en: str, zh: str, anchor: str = formula) -> Column:
            inputs = (ends, *way) if anchor == cost else (Input("tables/flows.csv", {"layer": self.layer}), ends, *way)
            return Column(name, unit, en, zh, modelled=True, formula=anchor, inputs=inputs)

        first = (
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            number("cost", self.cost_unit, "Cost, baseline", "基准成本", cost),
            *((number("cost_after", self.cost_unit, "Cost, scenario", "情景成本", cost),) if self.scenario else ()),
            Column("observed", self.unit, "Observed", "实际值", inputs=(flow,)),
            number("baseline", self.unit, "Baseline, modelled", "基准（模型值）"),
        )
        if not self.scenario:
            return first
        return (
            *first,
            number("after", self.unit, "Scenario, modelled", "情景（模型值）"),
            number("difference", self.unit, "Scenario less baseline, modelled", "变化量（模型值）"),
            number(
                "difference_low", self.unit, "Difference, slope in its 95 % interval, low", "变化量下限（斜率95%区间）"
            ),
            number(
                "difference_high",
                self.unit,
                "Difference, slope in its 95 % interval, high",
                "变化量上限（斜率95%区间）",
            ),
            number("percent", "percent", "Difference over baseline, modelled", "变化率（模型值）"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair that can have a flow: the largest difference first, else the largest flow."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Layer, cost and scenario."""
        return {"layer": self.layer, "form": "exponential", "cost": self.cost, "cost_unit": self.cost_unit,
                "scenario": self.scenario or None}  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Slope with its error, mean costs, what moves, how well the totals are kept; all modelled but the first mean.

        `common_part` is 2 Σ min(observed, baseline) / (Σ observed + Σ baseline): one where the model is the table.
        """
        return {"modelled": True, "cost": f"{self.cost}, {self.cost_unit}", **self.numbers}


def constrained_of_cluster(
    cluster: Cluster, layer: str, before: pd.DataFrame, after: pd.DataFrame | None, *, cost: str, cost_unit: str,
    scenario: Scenario | None = None,
) -> FlowScenario:  # fmt: skip
    """Model of a layer with exp(c cost), both ends as observed and the mean cost too, before and after a scenario.

    Parameters
    ----------
    cluster : Cluster
        The baseline.
    layer : str
        Of `flows`, in any unit but shares.
    before, after : DataFrame, rows origin, columns destination
        Costs; +inf where there is no way. The diagonal is not read: flows inside a place are left out.
    cost, cost_unit : str
        What the cost is, and its unit.
    scenario : Scenario, optional
        The one that `after` belongs to.

    Raises
    ------
    InputError, MissingDataError, InfeasibleError
        Flows are shares, pairs are silent, nothing flows between two places, or as `constrained_flows`.
    """
    flow, unit = _between(cluster, layer)
    shut = [_without_own(frame) for frame in (before, before if after is None else after)]
    found = constrained_flows(flow, shut[0], shut[1], start="model", unit=unit)
    table = found.table.rename(columns={"modelled": "baseline", "change": "difference"})
    i, j = flow.index.get_indexer(pd.Index(table["origin"])), flow.columns.get_indexer(pd.Index(table["destination"]))
    for name, frame in zip(("cost", "cost_after"), shut, strict=True):
        table[name] = frame.to_numpy()[i, j]
    error, lack = _slope_error(table.rename(columns={"observed": "flow"}))
    if scenario is not None:
        reached = _differences(flow, shut, (found.slope - Z * error, found.slope + Z * error))
        several = np.stack([table["difference"].to_numpy(float), *(part[i, j] for part in reached)])
        table["difference_low"], table["difference_high"] = several.min(axis=0), several.max(axis=0)
    table["percent"] = 100.0 * table["difference"] / table["baseline"].where(table["baseline"] > 0)
    by = "baseline" if scenario is None else "difference"
    table = table.sort_values(by, key=np.abs, ascending=False, kind="stable", ignore_index=True)
    return FlowScenario(
        table=table[FIRST if scenario is None else [*FIRST[:3], "cost_after", *FIRST[3:], *AFTER]], layer=layer,
        unit=unit, cost=cost, cost_unit=cost_unit, scenario="" if scenario is None else scenario.id,
        numbers=_numbers(found, table, error, changed=scenario is not None),
        warnings=_remarks(layer, bool(cluster.flows[layer].attrs.get("observed", True)), found.slope, lack, scenario,
                          moved=not shut[0].equals(shut[1])),
    )  # fmt: skip


def time_factors(changed: Cluster) -> pd.DataFrame:
    """By what the door-to-door factors of a scenario multiply the minutes between two units of analysis.

    Parameters
    ----------
    changed : Cluster
        After `Scenario.apply`; `pair_shifts` of the kind time name places or groups of places.
    """
    label = groups(changed)
    ids, own = label.index.to_numpy(str), np.eye(len(label), dtype=bool)
    out = np.ones(own.shape)
    rows = changed.pair_shifts[changed.pair_shifts["what"] == "time"]
    for a, b, factor in rows[["id_a", "id_b", "factor"]].itertuples(index=False):
        one, two = ((name == "*") | (ids == name) | (label.to_numpy(str) == name) for name in (str(a), str(b)))
        pair = ((one[:, None] & two[None, :]) | (two[:, None] & one[None, :])) & ~own
        out = np.where(pair, float(factor) * out, out)
    return pd.DataFrame(out, label.index, label.index)


def scenario_of(scenarios: tuple[Scenario, ...], name: str) -> Scenario:
    """The scenario with this id.

    Raises
    ------
    InputError
        There is none.
    """
    known = {scenario.id: scenario for scenario in scenarios}
    if name not in known:
        raise InputError(f"no scenario {name}", hint="scenarios: " + (", ".join(known) or "none"))
    return known[name]


def _between(cluster: Cluster, layer: str) -> tuple[pd.DataFrame, str]:
    """Square table of the flows between different places, zero inside, and its unit."""
    table, index = cluster.flows[layer], units(cluster).index
    unit = str(table.attrs.get("unit", "")) or "count"
    if kind_of(unit) == "share":
        raise InputError(f"flows of {layer} have the unit {unit!r}: shares have no totals that could be kept",
                         hint="give a layer of amounts or an index")  # fmt: skip
    flow = table.reindex(index=index, columns=index)
    flow = flow.where(~np.eye(len(index), dtype=bool), 0.0)
    if layer in BorderOptions.of(cluster.options.get("border", {})).absent_is_zero:
        flow = flow.fillna(0.0)
    silent = np.argwhere(flow.isna().to_numpy())
    if len(silent):
        named = ", ".join(f"{index[i]}→{index[j]}" for i, j in silent[:5])
        raise MissingDataError(
            f"flows of {layer} say nothing about {len(silent)} pairs, so that no place has a total: {named}",
            hint=f'absent_is_zero = ["{layer}"] in [options.border] says that the table lists all there is',
        )
    if not (flow > 0).to_numpy().any():
        raise InputError(f"layer {layer}: no flow between two places")
    return flow, unit


def _without_own(cost: pd.DataFrame) -> pd.DataFrame:
    return cost.where(~np.eye(len(cost), dtype=bool), np.inf)


def _slope_error(pairs: pd.DataFrame) -> tuple[float, str]:
    """Dyadic standard error of the slope: that of the Poisson equation with effects of both ends, the same estimate.

    NaN and the reason where the equation refuses, such as with no more flows than effects: the flows stand without it.
    """
    seen = pairs[np.isfinite(pairs["cost"])].reset_index(drop=True)
    rows = seen[["origin", "destination", "flow", "cost"]]
    try:
        return float(gravity_equation(rows, ["cost"], options=GravityOptions(errors="dyadic")).table["se"].iloc[0]), ""
    except InputError as error:
        return float("nan"), error.message


def _differences(flow: pd.DataFrame, costs: list[pd.DataFrame], slopes: tuple[float, float]) -> list[Floats]:
    """Flows at the second cost less those at the first, (n, n) each, at other slopes than the calibrated one."""
    people, (before, after) = flow.to_numpy(float), (frame.to_numpy(float) for frame in costs)
    if not np.isfinite(slopes).all():
        return [np.full(people.shape, np.nan) for _ in slopes]
    middle, totals = float(before[np.isfinite(before)].mean()), (people.sum(axis=1), people.sum(axis=0))
    out = []
    for slope in slopes:
        pulls = (np.where(np.isfinite(c), np.exp(slope * (np.where(np.isfinite(c), c, middle) - middle)), 0.0)
                 for c in (before, after))  # fmt: skip
        old, new = (furness(pull, *totals).flow for pull in pulls)
        out.append(new - old)
    return out


def _numbers(found: ConstrainedFlows, table: pd.DataFrame, error: float, *, changed: bool) -> dict[str, float]:
    total, there = float(table["observed"].sum()), table["observed"] > 0
    out = {
        "slope": found.slope,
        "slope_se": error,
        "mean_cost_observed": float((table["observed"] * table["cost"])[there].sum() / total),
        "mean_cost": found.mean_cost,
        "common_part": float(np.minimum(table["observed"], table["baseline"]).sum() / total),
        "largest_total_error": max(
            _total_error(table, end, which) for end in ("origin", "destination") for which in ("baseline", "after")
        ),
    }
    if changed:
        moved = float(table["difference"].abs().sum()) / 2.0 / total
        out |= {"mean_cost_after": found.mean_cost_after, "share_moved": moved}
    return out


def _total_error(table: pd.DataFrame, end: str, which: str) -> float:
    """Largest relative difference of a place's modelled total from the observed one."""
    sums = table.groupby(end)[["observed", which]].sum()
    there = sums[sums["observed"] > 0]
    return float(((there[which] - there["observed"]).abs() / there["observed"]).max())


def _remarks(
    layer: str, observed: bool, slope: float, lack: str, scenario: Scenario | None, *, moved: bool
) -> tuple[str, ...]:
    out = [MODELLED]
    if layer == "trains":
        out.append("trains are a supply plan and most pass through: not journeys of people")
    if not observed:
        out.append(f"the layer {layer} is itself modelled: the calibration repeats the model that made it")
    if lack:
        out.append(f"the slope has no error, and no interval stands beside what a scenario moves: {lack}")
    if slope >= 0:
        out.append("flows do not fall with cost (slope >= 0): what a faster way brings cannot be read from them")
    if scenario is None:
        return tuple(out)
    idle = sorted({change.type for change in scenario.changes if not isinstance(change, TRAVEL)})
    if idle:
        out.append(f"scenario {scenario.id}: no travel time hangs on {', '.join(idle)}, which this model leaves out")
    if not moved:
        out.append(f"scenario {scenario.id} changes no cost between two places: every flow stays what it is")
    return tuple(out)
