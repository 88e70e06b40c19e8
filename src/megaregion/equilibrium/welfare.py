"""What an equilibrium means for people: welfare, money, who moves, who gains where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megaregion.equilibrium.calibrate import Baseline, Calibration
from megaregion.equilibrium.economy import Array, Economy
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import Equilibria, solve
from megaregion.result import Column, Input

INDICATORS = Input(
    "tables/indicators.csv", {"place_id": "{place}", "indicator": "{income_indicator}", "year": "{base_year}"}
)


def percent(factor: Array) -> Array:
    """A factor as a change in percent."""
    out: Array = 100.0 * (np.asarray(factor, dtype=float) - 1.0)
    return out


def money_gain(income: Array, factor: Array) -> Array:
    """Income that at baseline prices is worth as much as the change, in the unit of income.

    Utility is homogeneous of degree one in income, so that the equivalent variation is income * (factor - 1).
    """
    out: Array = np.asarray(income, dtype=float) * (np.asarray(factor, dtype=float) - 1.0)
    return out


def social_welfare(economy: Economy, found: Equilibria) -> Array:
    """Welfare of all groups on one scale (B,): what they would have to be paid at baseline prices, over their income.

    With one group, its expected utility. NaN where nobody may move.
    """
    weight = economy.groups * (economy.location @ economy.income)
    out: Array = found.welfare @ (weight / weight.sum()) if weight.size > 1 else found.welfare[:, 0]
    return out


def welfare_of(economy: Economy, shocks: Sequence[Shock]) -> Array:
    """Social welfare factor of every scenario (B,)."""
    return social_welfare(economy, solve(economy, shocks))


def moved(population: Array, change: Array) -> Array:
    """Residents who live in another place after the change: half the sum of the absolute differences (batch,)."""
    out: Array = 0.5 * (population * np.abs(change - 1.0)).sum(axis=1)
    return out


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """A batch of scenarios with and without migration.

    Attributes
    ----------
    free, fixed : Equilibria
        People move; people stay.
    """

    free: Equilibria
    fixed: Equilibria


def outcome(fit: Calibration, shocks: Sequence[Shock]) -> Outcome:
    """Solve a batch twice, with people free to move and with everybody staying."""
    return Outcome(free=solve(fit.economy, shocks), fixed=solve(fit.economy, shocks, mobile=False))


def place_frame(base: Baseline, keys: Sequence[dict[str, str]], found: Outcome) -> pd.DataFrame:
    """Table of places: one row a scenario (with the columns of its key) and place."""
    ids = list(base.place.places)
    parts = []
    for row, key in enumerate(keys):
        parts.append(pd.DataFrame({
            **key, "place_id": ids,
            "population_percent": percent(found.free.residents[row]),
            "real_income_percent": percent(found.free.real_income[row]),
            "real_income_fixed_percent": percent(found.fixed.real_income[row]),
            "land_rent_percent": percent(found.free.land_rent[row]),
        }))  # fmt: skip
    names = [*(keys[0] if keys else ("scenario", "variant")), "place_id", *(c.name for c in PLACE_COLUMNS)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in names})


PLACE_COLUMNS: tuple[Column, ...] = (
    Column("population_percent", "percent", "Change of residents", "人口变化", modelled=True,
           formula="methods#equilibrium", inputs=(INDICATORS,)),
    Column("real_income_percent", "percent", "Change of real income, people move", "实际收入变化（人口可流动）",
           modelled=True, formula="methods#equilibrium", inputs=(INDICATORS,)),
    Column("real_income_fixed_percent", "percent", "Change of real income, nobody moves",
           "实际收入变化（人口不流动）", modelled=True, formula="methods#equilibrium", inputs=(INDICATORS,)),
    Column("land_rent_percent", "percent", "Change of real land rent", "实际地租变化", modelled=True,
           formula="methods#equilibrium", inputs=(INDICATORS,)),
)  # fmt: skip
