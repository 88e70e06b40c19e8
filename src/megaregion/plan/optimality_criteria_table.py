"""What a budget spread best over the links of a network looks like, link by link."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.equilibrium.network import LinkNetwork
from megaregion.equilibrium.objectives import Money, OneGroup, SocialWelfare
from megaregion.equilibrium.shock import Shock
from megaregion.plan.optimality_criteria_update import bounds, links_used
from megaregion.result import Column, Result

Array = NDArray[np.float64]
FORMULA = "methods#optimal-investment"
BOUNDS = ("none", "lower", "upper")


def at_bound(investment: Array, largest: Array) -> NDArray[np.str_]:
    """Which bound each link lies at: `none`, `lower` (nothing is built) or `upper`."""
    low, high = bounds(investment, largest)
    return np.array(BOUNDS)[np.where(low, 1, np.where(high, 2, 0))]


def _column(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA)


@dataclass(frozen=True, eq=False, kw_only=True)
class Investment(Result):
    """Investment in every link that is locally best within a budget; L links.

    Attributes
    ----------
    links : DataFrame
        Index link_id; columns from_node, to_node, mode, time (before). Links of one direction that are built together
        are one row.
    investment : array (L,)
        I, above zero: the time of a link becomes ``time (1 + I)^-gamma``.
    cost : array (L,)
        Of one unit of investment, in the unit of the budget.
    largest : array (L,)
        Largest investment.
    gradient : array (L,)
        Derivative of the objective in the investment, at the plan.
    budget, gamma : float
    price : float
        Lambda: what one more unit of budget adds to the objective; zero if the budget is not used up.
    aim : SocialWelfare, Money or OneGroup
        What is maximised: log points of welfare, or income.
    value, uniform_value, greedy_value : float
        Change of the objective against no investment: of this plan, of the same investment in every link, and of the
        links with the largest first-order gain per cost, each filled up in turn. All by exact solution.
    kkt : float
        Largest departure from the conditions of an optimum: of value per cost over lambda from one on links between
        the bounds, above one where nothing is built, below one at the upper bound.
    converged : bool
        Whether that is within the tolerance.
    convergence : DataFrame
        One row a start and step: start, step, value, price, kkt, used (links), move (share of the update taken to
        leave it; zero at the last).
    start : str
        Of which start this is the end.
    network : LinkNetwork
        With the new times.
    shock : Shock
        The scenario of the plan.
    state : array (unknowns,)
        Its solution.
    welfare : array (G,)
        Factor on the welfare of each group.
    gain : float
        Sum of the money-metric gains of all groups, in the unit of income of the economy.
    time_unit, cost_unit : str
    """

    title_en: ClassVar[str] = "Optimal investment in links"
    title_zh: ClassVar[str] = "路段最优投资"
    links: pd.DataFrame
    investment: Array
    cost: Array
    largest: Array
    gradient: Array
    budget: float
    gamma: float
    price: float
    aim: SocialWelfare | Money | OneGroup
    value: float
    uniform_value: float
    greedy_value: float
    kkt: float
    converged: bool
    convergence: pd.DataFrame
    start: str
    network: LinkNetwork
    shock: Shock
    state: Array
    welfare: Array
    gain: float
    time_unit: str = "min"
    cost_unit: str = "min"

    @property
    def spent(self) -> float:
        """Sum of cost times investment."""
        return float(self.cost @ self.investment)

    @property
    def used(self) -> int:
        """Links in which anything is invested."""
        return links_used(self.investment, self.largest)

    @cached_property
    def return_ratio(self) -> Array:
        """Value of one more unit of budget in each link over lambda (L,); NaN if the budget is not used up."""
        if self.price <= 0:
            return np.full(self.cost.shape, np.nan)
        out: Array = self.gradient / (self.cost * self.price)
        return out

    def describe(self) -> tuple[Column, ...]:
        """Columns; time, cost and value in their units."""
        worth = "income" if isinstance(self.aim, Money) else "percent"
        return (
            Column("link_id", "", "Link", "路段", key=True),
            Column("from_node", "", "From", "起点"),
            Column("to_node", "", "To", "终点"),
            _column("investment", "unit", "Investment", "投资量"),
            Column("time_before", self.time_unit, "Time before", "投资前时间"),
            _column("time_after", self.time_unit, "Time after", "投资后时间"),
            _column("cost", self.cost_unit, "Cost of the investment", "投资成本"),
            _column("value", f"{worth} per unit", "Value of one more unit of investment", "追加一单位投资的价值"),
            _column("return_ratio", "ratio", "Its value per cost, over that of the budget",
                    "单位成本价值与预算影子价格之比"),
            _column("bound", "", "At which bound", "所处边界"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the network."""
        before = self.links["time"].to_numpy(float)
        worth = self.gradient if isinstance(self.aim, Money) else 100.0 * self.gradient
        return pd.DataFrame({
            "link_id": self.links.index.astype(str), "from_node": self.links["from_node"].to_numpy(),
            "to_node": self.links["to_node"].to_numpy(), "investment": self.investment, "time_before": before,
            "time_after": before * (1.0 + self.investment) ** -self.gamma, "cost": self.cost * self.investment,
            "value": worth, "return_ratio": self.return_ratio, "bound": at_bound(self.investment, self.largest),
        })  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """Budget, elasticity and objective."""
        return {"budget": self.budget, "gamma": self.gamma, "objective": self.aim.name}

    def facts(self) -> dict[str, Any]:
        """What the plan is worth beside simpler ones, and how well it was solved."""
        unit = "income" if isinstance(self.aim, Money) else "percent"
        return {
            f"value_{unit}": self._shown(self.value), f"uniform_{unit}": self._shown(self.uniform_value),
            f"greedy_{unit}": self._shown(self.greedy_value), "gain": self.gain, "links_used": self.used,
            "spent": self.spent, "budget_price": self.price, "kkt": self.kkt, "converged": self.converged,
            "steps": len(self.convergence[self.convergence["start"] == self.start]) - 1, "start": self.start,
            "starts": {
                str(name): self._shown(float(rows["value"].iloc[-1]))
                for name, rows in self.convergence.groupby("start", sort=False)
            },
        }  # fmt: skip

    def _shown(self, value: float) -> float:
        """Log points as per cent of welfare; income as it is."""
        return value if isinstance(self.aim, Money) else float(100.0 * np.expm1(value))
