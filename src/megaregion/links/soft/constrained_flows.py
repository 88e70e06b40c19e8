"""Doubly constrained flows for scenarios: both ends keep their totals, only the pattern answers to cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from megaregion.core.doubly_constrained import Form, decay, furness
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Result


@dataclass(frozen=True, eq=False, kw_only=True)
class ConstrainedFlows(Result):
    """Flows before and after a change of costs, at the same totals of both ends."""

    table: pd.DataFrame
    form: Form
    start: str
    slope: float
    mean_cost: float
    mean_cost_after: float
    unit: str

    title_en: ClassVar[str] = "Flows under changed costs, totals of both ends kept"
    title_zh: ClassVar[str] = "成本变化后的流量（双约束）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        formula = "methods#doubly-constrained"
        return (
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            Column("observed", self.unit, "Observed", "实际值"),
            Column("modelled", self.unit, "Doubly constrained model", "双约束模型值", modelled=True, formula=formula),
            Column("after", self.unit, "After the change", "变化后", modelled=True, formula=formula),
            Column("change", self.unit, "Change", "变化量", modelled=True, formula=formula),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair that can have a flow."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Form, what the change starts from, and the calibrated slope."""
        return {"form": self.form, "start": self.start, "slope": self.slope}

    def facts(self) -> dict[str, Any]:
        """Slope, mean cost before and after, and how much of the flow moves."""
        total = float(self.table["observed"].sum())
        return {
            "slope": self.slope,
            "mean_cost": self.mean_cost,
            "mean_cost_after": self.mean_cost_after,
            "share_moved": float(self.table["change"].abs().sum()) / 2.0 / total,
        }


def constrained_flows(
    flow: pd.DataFrame, cost: pd.DataFrame, after: pd.DataFrame, *, form: Form = "exponential",
    start: Literal["observed", "model"] = "observed", unit: str = "count",
) -> ConstrainedFlows:  # fmt: skip
    """Flows when costs change and every place still sends and receives as much as before.

    Parameters
    ----------
    flow : DataFrame, rows origin, columns destination
        >= 0, no gaps.
    cost, after : DataFrame, rows origin, columns destination
        Cost before and after, in one unit; +inf where no flow is possible (also on the diagonal to leave it out).
    form : {'exponential', 'power'}
        exp(c cost) or cost^c; c is calibrated on the mean (log) cost of the observed flows.
    start : {'observed', 'model'}
        Whether the observed flows (pairs of zero flow stay at zero) or the modelled ones are changed by the ratio of
        the new deterrence to the old.
    unit : str
        Of the flows.

    Raises
    ------
    AlignmentError, MissingDataError, InputError, InfeasibleError
        Places differ, a value is missing or out of range, a flow stands where none is possible, or the totals cannot
        be met.

    Notes
    -----
    Wilson (1967), Transp. Res. 1(3); totals that do not react are an assumption: for migration or trade that do,
    use the equilibrium.
    """
    _, f, c, c2 = exact(pd.Series(0.0, flow.index), flow, cost, after)
    people, before, new = (frame.to_numpy(float) for frame in (f, c, c2))
    if np.isnan(people).any() or np.isnan(before).any() or np.isnan(new).any():
        raise MissingDataError(
            "flow or cost has gaps", hint="+inf says that no flow is possible, zero that there is none"
        )
    problems = []
    if (people < 0).any() or not np.isfinite(people).all():
        problems.append("a flow is negative or infinite")
    if (before < 0).any() or (new < 0).any():
        problems.append("a cost is negative")
    shut = (people > 0) & ~np.isfinite(before)
    if shut.any():
        pairs = [f"{flow.index[i]}→{flow.index[j]}" for i, j in np.argwhere(shut)[:5]]
        problems.append(f"{int(shut.sum())} pairs have a flow and infinite cost: {', '.join(pairs)}")
    if form not in ("exponential", "power") or start not in ("observed", "model"):
        problems.append(f"form must be exponential or power, start observed or model, got {form!r}, {start!r}")
    if problems:
        raise InputError(
            "; ".join(problems), hint="every flow needs a way; zero on the diagonal of flows leaves internal flows out"
        )
    rows, columns = people.sum(axis=1), people.sum(axis=0)
    possible = np.isfinite(before)
    x = np.where(possible, np.log(np.where(possible, before, 1.0)) if form == "power" else before, 0.0)
    found = decay(before, rows, columns, float((people * x).sum() / people.sum()), form=form)
    open_after = np.isfinite(new)
    if form == "power" and (new[open_after] <= 0).any():
        raise InputError("a power of cost needs every cost > 0")
    x2 = np.where(open_after, np.log(np.where(open_after, new, 1.0)) if form == "power" else new, 0.0)
    base = people if start == "observed" else found.balanced.flow
    if start == "observed":
        pull = base * np.exp(found.slope * (x2 - x))
    else:  # not base times a ratio: a pair without any way before may have one now
        pull = np.exp(found.slope * (x2 - x[possible].mean()))
    same = np.array_equal(before, new)  # then every flow is what it was, to the last digit
    later = base if same else furness(np.where(open_after, pull, 0.0), rows, columns).flow
    i, j = np.nonzero(possible | open_after)
    table = pd.DataFrame({
        "origin": flow.index[i], "destination": flow.index[j], "observed": people[i, j],
        "modelled": found.balanced.flow[i, j], "after": later[i, j], "change": (later - base)[i, j],
    })  # fmt: skip
    paid = float((later * np.where(open_after, new, 0.0)).sum() / later.sum())
    return ConstrainedFlows(
        table=table, form=form, start=start, slope=found.slope, mean_cost_after=paid, unit=unit,
        mean_cost=float((base * np.where(possible, before, 0.0)).sum() / base.sum()),
    )  # fmt: skip
