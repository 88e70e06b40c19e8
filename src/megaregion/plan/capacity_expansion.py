"""How much capacity to add to which links under a budget, at user equilibrium: a local optimum by exact gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.assignment import user_equilibrium
from megaregion.core.assignment_result import Equilibrium
from megaregion.core.assignment_sensitivities import sensitivities
from megaregion.core.bundle import Descent, descend
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError
from megaregion.result import Column, Result

Floats = NDArray[np.float64]
FORMULA = "methods#capacity-expansion"
_TINY = np.finfo(float).tiny


@dataclass(frozen=True, eq=False, kw_only=True)
class CapacityExpansion(Result):
    """Spending on every link and what it brings.

    Attributes
    ----------
    links : int array (m,)
    spent, added : arrays (m,)
        Money and capacity.
    benefit : array (m,)
        Fall of total cost by one more unit of money, at the end.
    flow : array (links,)
    before, total_cost : float
        Total cost at equilibrium without and with the expansion.
    budget : float
    promise : float
        Share of total cost by which the gradients around this point promise that it can still fall; NaN if stopped.
    trials : int
        Equilibria solved.
    converged : bool
    """

    title_en: ClassVar[str] = "Capacity to add under a budget, at user equilibrium"
    title_zh: ClassVar[str] = "预算约束下的路段扩容（用户均衡）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("link", "", "Link", "路段", key=True),
        Column("spent", "unit of cost", "Money spent", "投入", modelled=True, formula=FORMULA),
        Column("added", "unit of demand", "Capacity added", "新增通行能力", modelled=True, formula=FORMULA),
        Column("benefit", "demand x time per unit of cost", "Saved by one more unit of money", "边际节约",
               modelled=True, formula=FORMULA),
        Column("flow", "unit of demand", "Flow at equilibrium", "均衡流量", modelled=True, formula=FORMULA),
    )  # fmt: skip
    links: NDArray[np.int32]
    spent: Floats
    added: Floats
    benefit: Floats
    flow: Floats
    before: float
    total_cost: float
    budget: float
    promise: float
    trials: int
    converged: bool

    def to_frame(self) -> pd.DataFrame:
        """One row a link that may be widened."""
        return pd.DataFrame({
            "link": self.links, "spent": self.spent, "added": self.added, "benefit": self.benefit,
            "flow": self.flow[self.links],
        })  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Total cost before and after; how near to a stationary point."""
        return {
            "total cost before": self.before, "total cost after": self.total_cost, "budget": self.budget,
            "spent": float(self.spent.sum()), "converged": self.converged, "equilibria": self.trials,
            "still promised": self.promise,
        }  # fmt: skip


def capacity_expansion(
    network: RoadNetwork, demand: object, *, links: ArrayLike, costs: ArrayLike, budget: float,
    most: ArrayLike = np.inf, gap: float = 1e-11, tolerance: float = 1e-6, trials: int = 300, threads: int = 1,
    listen: Callable[[int, float, float], None] | None = None,
) -> CapacityExpansion:  # fmt: skip
    """Spend a budget on capacity such that total travel cost at user equilibrium falls most.

    Parameters
    ----------
    network : RoadNetwork
    demand : array or scipy sparse (zones, zones)
    links : array of int (m,)
        Links that may be widened; their time must depend on flow and their capacity be above zero.
    costs : array (m,)
        Money a unit of capacity, > 0.
    budget : float
        >= 0, finite.
    most : float or array (m,), default inf
        Capacity that may be added at most.
    gap : float, default 1e-11
        Relative gap of every equilibrium, at most 1e-10.
    tolerance : float, default 1e-6
        Share of total cost that the gradients may still promise at the end.
    trials : int
        Equilibria at most.
    threads : int
    listen : callable, optional
        Called with (trial, total cost, promised share); ends the search if it raises StopIteration.

    Returns
    -------
    CapacityExpansion
        A stationary point: the problem is not convex, and there is no certificate that nothing better exists.

    Raises
    ------
    InputError
        Everything that is wrong with the input.
    ConvergenceError
        An equilibrium does not reach its gap, more is promised than the tolerance after all trials, or the search was
        ended; carries the last CapacityExpansion (None if there is none).

    Notes
    -----
    `megaregion.core.bundle.descend` on the money of each link, with the exact derivatives of
    `megaregion.core.assignment_sensitivities`; equilibria start from the last one. Total cost has kinks where ways come
    into use: there the gradients of both sides decide. It never rises, hence money may be left: widening can harm.
    """
    chosen, price, upper = _checked(network, links, costs, budget, most)
    best: list[tuple[float, Floats, Equilibrium]] = []
    started: list[Equilibrium] = []

    def ask(money: Floats) -> tuple[float, Floats]:
        capacity = network.capacity.copy()
        capacity[chosen] += money / price
        found = user_equilibrium(network.replace(capacity=capacity), demand, gap=min(gap, 1e-10), threads=threads,
                                 start=started[-1] if started else None)  # fmt: skip
        started[:] = [found]
        if not best or found.total_cost < best[-1][0]:
            best.append((found.total_cost, money, found))
        return found.total_cost, sensitivities(found, of="total_cost").by_capacity[chosen] / price

    def told(trial: int, value: float, promise: float) -> None:
        if listen is not None:
            listen(trial, value, promise / value if value > 0 else 0.0)

    def result(at: Descent | None) -> CapacityExpansion:
        _, money, found = best[-1]
        money, value = (money, best[-1][0]) if at is None else (at.point, at.value)
        steep = sensitivities(found, of="total_cost").by_capacity[chosen] / price
        return CapacityExpansion(
            links=chosen, spent=money, added=money / price, benefit=-steep, flow=found.flow, before=best[0][0],
            total_cost=value, budget=budget, promise=np.nan if at is None else at.promise / max(value, _TINY),
            trials=len(best) if at is None else at.trials, converged=at is not None and at.converged,
            warnings=("a local optimum: no certificate",),
        )  # fmt: skip

    try:
        at = descend(ask, np.zeros(len(chosen)), upper, budget, tolerance=tolerance, trials=trials, listen=told)
    except StopIteration:
        raise ConvergenceError("capacity expansion was stopped", last=result(None) if best else None,
                               hint="`last` holds the best so far") from None  # fmt: skip
    if not at.converged:
        raise ConvergenceError(
            f"capacity expansion: gradients still promise {at.promise / at.value:.1e} of total cost after {at.trials} "
            f"equilibria, {tolerance:.1e} asked for", last=result(at), hint="allow more trials, or a larger tolerance",
        )  # fmt: skip
    return result(at)


def _checked(
    network: RoadNetwork, links: ArrayLike, costs: ArrayLike, budget: float, most: ArrayLike
) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Links, costs and most money a link, or everything that is wrong."""
    chosen, price = np.asarray(links), np.asarray(costs, dtype=np.float64)
    if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu") or price.shape != chosen.shape:
        raise InputError(
            f"links must be a list of whole numbers, got {chosen.dtype} of shape {chosen.shape}, and costs one number "
            f"each, got shape {price.shape}", hint="parallel lists",
        )  # fmt: skip
    chosen = chosen.astype(np.int32)
    out = []
    once, times = np.unique(chosen, return_counts=True)
    if (times > 1).any():
        out.append(f"each link must be named once: {once[times > 1][:5].tolist()} come several times")
    if (bad := chosen[(chosen < 0) | (chosen >= network.links)]).size:
        out.append(f"links must be 0 .. {network.links - 1}, got {bad[:5].tolist()}")
    elif (idle := chosen[(network.slope[chosen] <= 0) | (network.capacity[chosen] <= 0)]).size:
        out.append(f"links must slow down with flow and have a capacity: {idle[:5].tolist()}")
    if (bad := chosen[~(np.isfinite(price) & (price > 0))]).size:
        out.append(f"costs must be finite and > 0: links {bad[:5].tolist()}")
    if not (np.isfinite(budget) and budget >= 0):
        out.append(f"budget must be finite and >= 0, got {budget!r}")
    limit = np.broadcast_to(np.asarray(most, dtype=np.float64), chosen.shape)
    if not (limit >= 0).all():
        out.append("most must be >= 0")
    if out:
        raise InputError("capacity expansion: " + "; ".join(out), hint="see the docstring of capacity_expansion")
    return chosen, price, np.minimum(limit * price, budget)
