"""Scenarios against the baseline: who lives, works and earns where, who gains how much, how well it was solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from megaregion.equilibrium.economy import Array, Economy
from megaregion.equilibrium.guards import examine
from megaregion.equilibrium.layout import Layout
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import TOLERANCE, Equilibria, solve
from megaregion.equilibrium.welfare import money_gain, percent, social_welfare
from megaregion.errors import InputError


@dataclass(frozen=True, eq=False, kw_only=True)
class Counterfactual:
    """B scenarios of one baseline, with labels.

    Attributes
    ----------
    economy : Economy
    layout : Layout
        Names of places, sectors and groups.
    names : tuple of str (B,)
        Identifiers of the scenarios.
    free : Equilibria
        People choose where to live.
    fixed : Equilibria
        Everybody stays; what the places gain before anybody moves.
    warnings : tuple of str
    """

    economy: Economy
    layout: Layout
    names: tuple[str, ...]
    free: Equilibria
    fixed: Equilibria
    warnings: tuple[str, ...] = ()

    @cached_property
    def welfare(self) -> Array:
        """Welfare factor of all groups together (B,): their money-metric gain over their income, plus one."""
        return social_welfare(self.economy, self.free)

    def group_income(self) -> Array:
        """Income of each group at the baseline (G,), in the unit of the economy."""
        out: Array = self.economy.groups * (self.economy.location @ self.economy.income)
        return out

    def place_values(self) -> dict[str, Array]:
        """Columns of `places`, each (B, n)."""
        employed = self.economy.workers.sum(axis=0)
        workers = np.divide(
            (self.free.workers * self.economy.workers).sum(axis=1), employed,
            out=np.ones((len(self.names), employed.size)), where=employed > 0,
        )  # fmt: skip
        columns = {
            "residents": self.free.residents, "workers": workers, "earnings": self.free.earnings,
            "price_index": self.free.price_index, "rent": self.free.rent, "real_income": self.free.real_income,
            "real_income_fixed": self.fixed.real_income, "utility": self.free.utility,
            "land_rent": self.free.land_rent,
        }  # fmt: skip
        return {f"{name}_percent": percent(value) for name, value in columns.items()}

    def places(self) -> pd.DataFrame:
        """One row a scenario and place.

        Columns in percent of change: `residents`, `workers`, `earnings` (nominal, in the numeraire of constant world
        payroll), `price_index`, `rent`, `real_income` (a resident's), `real_income_fixed` (nobody moves),
        `utility`, `land_rent` (real rent of the land under floor space).
        """
        return self._long({"place_id": self.layout.places}, self.place_values())

    def group_values(self) -> dict[str, Array]:
        """Columns of `groups`, each (B, G)."""
        income, home = self.group_income(), np.maximum(self.economy.home, 0)
        rooted, at = self.economy.home >= 0, np.arange(self.economy.home.size)
        before = np.where(rooted, self.economy.location[at, home], np.nan)
        after = np.where(rooted, self.free.location[:, at, home], np.nan)
        shape = self.free.welfare.shape
        return {
            "members": np.broadcast_to(self.economy.groups, shape), "welfare_percent": percent(self.free.welfare),
            "gain": money_gain(income, self.free.welfare), "stay_before": np.broadcast_to(before, shape),
            "stay_after": after,
        }  # fmt: skip

    def groups(self) -> pd.DataFrame:
        """One row a scenario and group of registered origin.

        Columns: `members`; `welfare_percent`; `gain` = members x mean earnings x (welfare - 1), what they would have to
        be paid at baseline prices, in the unit of income; `stay_before`, `stay_after`: share that lives at home.
        """
        return self._long({"group": self.layout.origins}, self.group_values())

    def sectors(self) -> pd.DataFrame:
        """One row a scenario, sector and place: change of workers, nominal wage and local price in percent."""
        parts = []
        for number, sector in enumerate(self.layout.sectors):
            here = self.economy.workers[number] > 0
            columns = {
                "workers_percent": np.where(here, percent(self.free.workers[:, number]), np.nan),
                "wage_percent": np.where(here, percent(self.free.wage[:, number]), np.nan),
                "price_percent": percent(self.free.price[:, number]),
            }
            frame = self._long({"place_id": self.layout.places}, columns)
            frame.insert(1, "sector", sector)
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)

    def gain_values(self) -> dict[str, Array]:
        """Columns of `gains`, each (B,)."""
        e, economy = self.economy.elasticities, self.economy
        income = economy.income * economy.residents
        disposable = income if e.closure == "landlords" else economy.final_demand / e.rebated
        rent = ((1.0 - e.alpha) * disposable * (self.free.income / self.free.price_index - 1.0)).sum(axis=1)
        output = self.free.wage * self.free.workers / self.free.price_index[:, None, :]
        land = (e.land[:, None] * economy.output * (output - 1.0)).sum(axis=(1, 2))
        people = money_gain(self.group_income(), self.free.welfare).sum(axis=1)
        owners = rent + land if e.closure == "landlords" else np.zeros_like(rent)
        return {
            "welfare_percent": percent(self.welfare), "gain": people, "floor_space_rent": rent,
            "land_rent": rent / (1.0 + e.delta), "production_land": land, "total": people + owners,
        }  # fmt: skip

    def gains(self) -> pd.DataFrame:
        """One row a scenario: who gains how much a year, in the unit of income at baseline prices.

        Columns: `welfare_percent` and `gain` of all groups; `floor_space_rent` and, as a part of it, `land_rent`: real
        gains of the owners of floor space and of the land under it (share 1/(1 + delta) of the rent);
        `production_land`: real gain of the owners of production land; `total`: the sum over people and owners. Rents
        that the closure hands to residents or stayers are in their welfare already and are not added to the total.
        """
        return pd.DataFrame({"scenario": self.names, **self.gain_values()})

    def convergence(self) -> pd.DataFrame:
        """One row a scenario: iterations and residual (largest log gap of any market), with and without migration."""
        return pd.DataFrame({
            "scenario": self.names, "iterations": self.free.iterations, "residual": self.free.residual,
            "iterations_fixed": self.fixed.iterations, "residual_fixed": self.fixed.residual,
        })  # fmt: skip

    def _long(self, labels: Mapping[str, tuple[str, ...]], columns: Mapping[str, Array]) -> pd.DataFrame:
        ((name, values),) = labels.items()
        return pd.DataFrame({
            "scenario": np.repeat(np.array(self.names, dtype=object), len(values)),
            name: np.tile(np.array(values, dtype=object), len(self.names)),
            **{key: np.asarray(value).ravel() for key, value in columns.items()},
        })  # fmt: skip


def simulate(
    economy: Economy, scenarios: Mapping[str, Shock], layout: Layout, *, tolerance: float = TOLERANCE,
) -> Counterfactual:  # fmt: skip
    """Solve scenarios of a baseline, with people free to move and with everybody staying.

    Parameters
    ----------
    economy : Economy
    scenarios : mapping of str to Shock
        By name; an empty `Shock` is the baseline and changes nothing at all.
    layout : Layout
        Names of the axes.
    tolerance : float
        On the largest log gap of any market.

    Returns
    -------
    Counterfactual

    Raises
    ------
    InputError
        The baseline is none, or a shock does not fit it; everything is listed.
    ConvergenceError
        A scenario has no solution within tolerance.

    Notes
    -----
    Warnings say what limits the numbers: more than one equilibrium, blocks of places that are nearly cut off from
    each other, deficits; see `guards.examine`.
    """
    found = economy.problems()
    for name, shock in scenarios.items():
        sizes = economy.elasticities.sectors, economy.groups.size, economy.size
        found += [f"scenario {name}: {text}" for text in shock.problems(*sizes, commutes=economy.commutes)]
    if found:
        raise InputError("; ".join(found), hint="calibrate makes a consistent baseline; factors are above zero")
    shocks = list(scenarios.values())
    free = solve(economy, shocks, tolerance=tolerance)
    fixed = solve(economy, shocks, mobile=False, tolerance=tolerance)
    said = list(examine(economy).warnings)
    for name, shock, state in zip(scenarios, shocks, free.state, strict=True):
        said += [f"{name}: {text}" for text in examine(economy, shock, state).warnings if text not in said]
    return Counterfactual(
        economy=economy, layout=layout, names=tuple(scenarios), free=free, fixed=fixed,
        warnings=tuple(dict.fromkeys(said)),
    )  # fmt: skip
