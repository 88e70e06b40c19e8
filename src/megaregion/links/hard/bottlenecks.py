"""Bottlenecks by what widening them is worth to all, not by how full they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import ConvergenceError, InputError
from megaregion.links.hard.assignment import AssignmentResult, saturation
from megaregion.result import Column, Result

if TYPE_CHECKING:
    from megaregion.core.assignment import Equilibrium

By = Literal["capacity", "percent", "time"]
COLUMN: dict[By, str] = {"capacity": "saving_per_capacity", "percent": "saving_one_percent", "time": "saving_per_time"}
_EXACT = 1e-12  # gap that is tried for derivatives
_GAP = 1e-9  # and the largest that is accepted
_NOISE = 1e-11  # of total time: what one percent more capacity saves below this is nothing


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
    gap : float
        Relative gap of the equilibrium that was differentiated.
    """

    frame: pd.DataFrame
    assignment: AssignmentResult
    by: By
    confirmed_percent: float
    gap: float

    title_en: ClassVar[str] = "Bottlenecks by marginal benefit"
    title_zh: ClassVar[str] = "按边际效益排序的瓶颈路段"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; units are those of the network."""
        units, formula = self.assignment.roads.units, "methods#bottlenecks"
        known = "unstated" not in (units.flow, units.time)
        per = f"{units.product()} per unit of capacity" if known else "unstated"
        percent = f"{self.confirmed_percent:g}"
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
            Column("effect", "", "relief, Braess (widening harms), none or closed", "作用", modelled=True,
                   formula=formula),
            Column("at_edge", "", "At the edge of use: the saving holds while it stays unused by some", "处于使用边缘",
                   modelled=True, formula=formula),
            Column("confirmed_saving", units.product(), f"Total time saved by {percent} % more capacity, assigned anew",
                   f"扩容{percent}%重新分配后的节约", modelled=True, formula=formula),
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
        return {
            "links": len(frame),
            "first": best["link_id"],
            "first_rank_volume_over_capacity": int(best["rank_volume_over_capacity"]),
            "busiest": busiest["link_id"],
            "busiest_rank": int(busiest["rank"]),
            "braess_links": int((frame["effect"] == "Braess").sum()),
            "braess_worst": _harmful(frame)["link_id"].head(5).tolist(),
            "links_at_edge": int(frame["at_edge"].sum()),
            "relative_gap": self.gap,
        }


def bottlenecks(
    found: AssignmentResult, *, by: By = "capacity", confirm: int = 5, percent: float = 10.0
) -> BottleneckResult:
    """Rank links by the derivative of total time at equilibrium, travellers choosing their ways anew.

    Parameters
    ----------
    found : AssignmentResult
        A user equilibrium; one wider than 1e-9 is first brought to it.
    by : {'capacity', 'percent', 'time'}
        Rank by the saving of one more unit of capacity (a lane costs the same everywhere), of one percent more
        capacity, or of one unit less of free-flow time. The three orders differ.
    confirm : int
        How many of the first links, and of the links whose widening harms most, are assigned anew with `percent` more
        capacity.
    percent : float
        Above 0.

    Raises
    ------
    InputError
        The assignment is a system optimum or has not converged, or an option is out of range.
    ConvergenceError
        The equilibrium cannot be brought to 1e-9, or has no derivative because ways of constant cost tie.

    Notes
    -----
    Total time T at user equilibrium depends on capacity c_a and free time t_a of each link. -dT/dc_a and dT/dt_a are
    what a planner gains at the margin; they differ from those at fixed flows because all re-route, and may be negative
    (Braess 1968). They hold until travellers find a way that nobody used, and that may be soon: the harm of a Braess
    link can end at a hundredth of a percent. So look at `confirmed_saving` too. Derivatives by one adjoint solution
    (`megaregion.core.assignment_sensitivities`); source: Tobin and Friesz (1988), Transportation Science 22; Patriksson
    (2004), ibid. 38.
    """
    from megaregion.core.assignment_sensitivities import sensitivities

    if found.options.system_optimum or not found.equilibrium.converged:
        raise InputError("bottlenecks are asked of a converged user equilibrium",
                         hint="assign without system_optimum and until the gap is reached")  # fmt: skip
    if confirm < 0 or not percent > 0 or by not in COLUMN:
        raise InputError(f"need confirm >= 0, percent > 0 and by in {sorted(COLUMN)}: {confirm!r}, {percent!r}, {by!r}")
    exact = found.equilibrium if found.equilibrium.relative_gap <= _EXACT else _solve(found, found.equilibrium)
    rates = sensitivities(exact, gap=_GAP)
    frame = found.to_frame()[["link_id", "from_node", "to_node"]]
    frame["flow"], frame["volume_over_capacity"] = exact.flow, saturation(exact)
    frame["rank_volume_over_capacity"] = _ranks(frame["volume_over_capacity"].to_numpy(float))
    frame["saving_per_capacity"] = 0.0 - rates.by_capacity  # not -x, which makes zeros negative
    frame["saving_one_percent"] = 0.01 * exact.network.capacity * frame["saving_per_capacity"]
    frame["saving_per_time"] = rates.by_free_time
    frame["effect"] = _effects(frame["saving_one_percent"].to_numpy(float), exact.total_time)
    frame["at_edge"] = rates.kinks
    frame.insert(0, "rank", _ranks(frame[COLUMN[by]].to_numpy(float)))
    frame["confirmed_saving"] = np.nan
    frame = frame.sort_values("rank", kind="stable")
    for link in dict.fromkeys([*frame.index[:confirm], *_harmful(frame).index[:confirm]]):
        wider = exact.network.capacity.copy()
        wider[link] *= 1.0 + percent / 100.0
        frame.loc[link, "confirmed_saving"] = exact.total_time - _solve(found, exact, capacity=wider).total_time
    return BottleneckResult(frame=frame.reset_index(drop=True), assignment=found, by=by, confirmed_percent=percent,
                            gap=exact.relative_gap, warnings=_warnings(frame, percent))  # fmt: skip


def _ranks(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 for the largest; ties in the order of the links, missing values last."""
    rank = np.empty(len(value), dtype=np.int64)
    rank[np.argsort(np.where(np.isnan(value), np.inf, -value), kind="stable")] = np.arange(1, len(value) + 1)
    return rank


def _harmful(frame: pd.DataFrame) -> pd.DataFrame:
    """Braess links, what one percent more does most harm first."""
    return frame[frame["effect"] == "Braess"].sort_values("saving_one_percent", kind="stable")


def _effects(saving: NDArray[np.float64], total: float) -> NDArray[np.object_]:
    known = np.where(np.abs(saving) <= _NOISE * total, "none", np.where(saving > 0, "relief", "Braess"))
    return np.where(np.isnan(saving), "closed", known).astype(object)


def _solve(found: AssignmentResult, start: Equilibrium, **changes: NDArray[np.float64]) -> Equilibrium:
    """The equilibrium of a changed network, from an old one, as exact as rounding allows."""
    from megaregion.core.assignment import Equilibrium, UserClass, user_equilibrium

    old, options = found.equilibrium, found.options
    classes = [UserClass(name=name, demand=old.demand[k], fixed=old.traffic.fixed[k], allowed=old.traffic.usable[k])
               for k, name in enumerate(old.names)]  # fmt: skip
    try:
        return user_equilibrium(
            old.network.replace(**changes), classes, gap=_EXACT, start=start, iterations=options.iterations,
            threads=options.threads, unreachable="leave",
        )  # fmt: skip
    except ConvergenceError as error:  # on large networks rounding may end the search before
        if not isinstance(error.last, Equilibrium) or error.last.relative_gap > _GAP:
            raise
        return error.last


def _warnings(frame: pd.DataFrame, percent: float) -> tuple[str, ...]:
    out = [
        "savings hold at the margin and for fixed trips: new roads bring new trips, and sums of several links mislead"
    ]
    braess = _harmful(frame)["link_id"].tolist()
    if braess:
        out.append(f"widening harms on {len(braess)} links (Braess), the worst: {', '.join(map(str, braess[:5]))}")
    turned = frame.loc[(frame["effect"] == "Braess") & (frame["confirmed_saving"] > 0), "link_id"].tolist()
    if turned:
        out.append(f"harm at the margin only, {percent:g} % more capacity saves: {', '.join(map(str, turned[:5]))}")
    edge = frame.loc[frame["at_edge"], "link_id"].tolist()
    if edge:
        out.append(f"{len(edge)} links are at the edge of use, where the saving of more and of less differ: "
                   + ", ".join(map(str, edge[:5])))  # fmt: skip
    return tuple(out)
