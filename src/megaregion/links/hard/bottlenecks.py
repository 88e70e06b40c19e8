"""Bottlenecks by what widening them is worth to all, not by how full they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import ConvergenceError, InputError
from megaregion.links.hard.assignment import AssignmentResult, saturation
from megaregion.result import Column, Result

By = Literal["capacity", "percent", "time"]
COLUMN: dict[By, str] = {"capacity": "saving_per_capacity", "percent": "saving_one_percent", "time": "saving_per_time"}
_STEP = 1e-3  # of capacity and time in central differences: truncation 1e-6, far above what gap 1e-12 leaves in totals
_NOISE = 1e-9  # of total time over the step: savings below are none


@dataclass(frozen=True, eq=False, kw_only=True)
class BottleneckResult(Result):
    """Links ranked by the total time that a little more of them saves.

    Attributes
    ----------
    frame : DataFrame
        See `describe`.
    assignment : AssignmentResult
    by : {'capacity', 'percent', 'time'}
        What the rank follows.
    confirmed_percent : float
        How much capacity was added in the confirmation.
    """

    frame: pd.DataFrame
    assignment: AssignmentResult
    by: By
    confirmed_percent: float

    title_en: ClassVar[str] = "Bottlenecks by marginal benefit"
    title_zh: ClassVar[str] = "按边际效益排序的瓶颈路段"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; units are those of the network."""
        units, formula = self.assignment.roads.units, "methods#bottlenecks"
        known = "unstated" not in (units.flow, units.time)
        per = f"{units.product()} per unit of capacity" if known else "unstated"
        more = f"+{self.confirmed_percent:g} %"
        return (
            Column("rank", "", "Rank by benefit", "效益排名", modelled=True, formula=formula),
            Column("link_id", "", "Link", "路段", key=True),
            Column("from_node", "", "From", "起点"),
            Column("to_node", "", "To", "终点"),
            Column("flow", units.flow, "Flow", "流量", modelled=True, formula="methods#user-equilibrium"),
            Column("volume_over_capacity", "ratio", "Flow over capacity", "饱和度", modelled=True,
                   formula="methods#user-equilibrium"),
            Column("rank_volume_over_capacity", "", "Rank by flow over capacity", "饱和度排名", modelled=True,
                   formula=formula),
            Column("saving_per_capacity", per, "Total time saved by one more unit of capacity", "单位扩容节约总时间",
                   modelled=True, formula=formula),
            Column("saving_one_percent", units.product(), "Total time saved by one percent more capacity",
                   "扩容1%节约总时间", modelled=True, formula=formula),
            Column("saving_per_time", units.flow, "Total time saved by one unit less of free-flow time",
                   "自由流时间减一单位节约总时间", modelled=True, formula=formula),
            Column("effect", "", "relief, Braess (widening harms) or none", "作用", modelled=True, formula=formula),
            Column("confirmed_saving", units.product(), f"Total time saved by {more} capacity, assigned anew",
                   f"扩容{self.confirmed_percent:g}%重新分配后的节约", modelled=True, formula=formula),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a link, best first."""
        return self.frame

    def parameters(self) -> dict[str, Any]:
        """Of the assignment, and what the rank follows."""
        return {**self.assignment.parameters(), "by": self.by, "confirmed_percent": self.confirmed_percent}

    def facts(self) -> dict[str, Any]:
        """The first link, the busiest one, and those whose widening harms."""
        frame = self.frame
        if frame.empty:
            return {"links": 0}
        best, busiest = frame.iloc[0], frame.sort_values("rank_volume_over_capacity", kind="stable").iloc[0]
        braess = frame.loc[frame["effect"] == "Braess", "link_id"].tolist()
        return {
            "links": len(frame),
            "first": best["link_id"],
            "first_rank_volume_over_capacity": int(best["rank_volume_over_capacity"]),
            "busiest": busiest["link_id"],
            "busiest_rank": int(busiest["rank"]),
            "braess_links": braess,
            "total_time": self.assignment.equilibrium.total_time,
        }


def bottlenecks(
    found: AssignmentResult, *, by: By = "capacity", confirm: int = 5, percent: float = 10.0
) -> BottleneckResult:
    """Rank links by the derivative of total time at equilibrium, travellers choosing their ways anew.

    Parameters
    ----------
    found : AssignmentResult
        An equilibrium, best at a relative gap of 1e-10 or less.
    by : {'capacity', 'percent', 'time'}
        Rank by the saving of one more unit of capacity (a lane costs the same everywhere), of one percent more
        capacity, or of one unit less of free-flow time.
    confirm : int
        How many of the first links, and all links whose widening harms up to the same number, are assigned anew with
        `percent` more capacity.
    percent : float
        Above 0.

    Raises
    ------
    InputError
        The assignment is a system optimum or has not converged, or an option is out of range.

    Notes
    -----
    Total time T at user equilibrium depends on capacity c_a and free time t_a of each link. -dT/dc_a and dT/dt_a are
    what a planner gains at the margin; they differ from those at fixed flows because all re-route, and may be negative
    (Braess 1968). Source: Tobin and Friesz (1988), Transportation Science 22; Patriksson (2004), ibid. 38.
    """
    equilibrium = found.equilibrium
    if found.options.system_optimum or not equilibrium.converged:
        raise InputError("bottlenecks are asked of a converged user equilibrium",
                         hint="assign without system_optimum and until the gap is reached")  # fmt: skip
    if confirm < 0 or not percent > 0 or by not in COLUMN:
        raise InputError(f"need confirm >= 0, percent > 0 and by in {sorted(COLUMN)}: {confirm!r}, {percent!r}, {by!r}")
    by_capacity, by_time = _differences(found)
    capacity = found.roads.links["capacity"].to_numpy(float)
    frame = found.to_frame()[["link_id", "from_node", "to_node", "flow", "volume_over_capacity"]]
    full = np.nan_to_num(saturation(equilibrium), nan=-1.0)
    frame["rank_volume_over_capacity"] = _ranks(full)
    frame["saving_per_capacity"], frame["saving_per_time"] = 0.0 - by_capacity, by_time
    frame["saving_one_percent"] = 0.01 * capacity * (0.0 - by_capacity)
    small = np.abs(frame["saving_one_percent"].to_numpy(float)) <= 0.01 * _NOISE / _STEP * equilibrium.total_time
    frame["effect"] = np.where(small, "none", np.where(by_capacity > 0, "Braess", "relief"))
    frame.insert(0, "rank", _ranks(frame[COLUMN[by]].to_numpy(float)))
    frame["confirmed_saving"] = np.nan
    frame = frame.sort_values("rank", kind="stable")
    harmful = frame.index[frame["effect"] == "Braess"][::-1][:confirm]
    for link in dict.fromkeys([*frame.index[:confirm], *harmful]):
        wider = capacity.copy()
        wider[link] *= 1.0 + percent / 100.0
        frame.loc[link, "confirmed_saving"] = equilibrium.total_time - _total(found, capacity=wider)
    result = BottleneckResult(frame=frame.reset_index(drop=True), assignment=found, by=by, confirmed_percent=percent)
    columns = [c.name for c in result.describe()]
    return BottleneckResult(frame=result.frame[columns], assignment=found, by=by, confirmed_percent=percent,
                            warnings=_warnings(frame, found))  # fmt: skip


def _ranks(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 for the largest; ties in the order of the links."""
    rank = np.empty(len(value), dtype=np.int64)
    rank[np.argsort(-value, kind="stable")] = np.arange(1, len(value) + 1)
    return rank


def _total(found: AssignmentResult, **changes: NDArray[np.float64]) -> float:
    """Total time at the equilibrium of a changed network, from the old one."""
    from megaregion.core.assignment import Equilibrium, user_equilibrium

    old, options = found.equilibrium, found.options
    classes: Any = _demand(found)
    try:
        new = user_equilibrium(old.network.replace(**changes), classes, gap=min(options.gap, 1e-12), start=old,
                               iterations=options.iterations, threads=options.threads, unreachable="leave")  # fmt: skip
    except ConvergenceError as error:  # rounding may keep large networks above 1e-12; what the user asked must hold
        last = error.last
        if not isinstance(last, Equilibrium) or last.relative_gap > options.gap:
            raise
        new = last
    return new.total_time


def _demand(found: AssignmentResult) -> Any:
    """The classes of the assignment, as the kernel had them."""
    from megaregion.core.assignment import UserClass

    old = found.equilibrium
    return [UserClass(name=name, demand=old.demand[k], fixed=old.traffic.fixed[k], allowed=old.traffic.usable[k])
            for k, name in enumerate(old.names)]  # fmt: skip


def _differences(found: AssignmentResult) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Derivatives of total time by capacity and free time: central differences over re-equilibrated networks."""
    network, flow = found.equilibrium.network, found.equilibrium.flow
    out = np.zeros((2, network.links))
    for row, name in enumerate(("capacity", "free_time")):
        base = getattr(network, name)
        floor = base[base > 0].mean() if (base > 0).any() else 1.0
        for link in np.flatnonzero((flow > 0) & ((network.slope > 0) if row == 0 else True)):
            step = _STEP * (base[link] if base[link] > 0 else floor)
            ends = []
            for value in (base[link] + step, max(base[link] - step, 0.0)):
                changed = base.copy()
                changed[link] = value
                ends.append((value, _total(found, **{name: changed})))
            out[row, link] = (ends[0][1] - ends[1][1]) / (ends[0][0] - ends[1][0])
    return out[0], out[1]


def _warnings(frame: pd.DataFrame, found: AssignmentResult) -> tuple[str, ...]:
    out = [
        "savings hold at the margin and for fixed trips: new roads bring new trips, and sums of several links mislead"
    ]
    braess = frame.loc[frame["effect"] == "Braess", "link_id"].tolist()
    if braess:
        out.append(f"widening harms on {len(braess)} links (Braess): {', '.join(map(str, braess[:5]))}")
    if found.equilibrium.relative_gap > 1e-9:
        out.append(f"the relative gap {found.equilibrium.relative_gap:.1e} is wide for derivatives: assign to 1e-10")
    return tuple(out)
