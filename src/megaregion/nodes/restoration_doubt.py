"""Which sites are restored whatever the prices within their ranges, and which hang on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.restoration import best_sites, gain_of
from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.nodes.ecology_tables import TableResult
from megaregion.nodes.restoration import aligned
from megaregion.result import Column, Input

Floats = NDArray[np.float64]
DOUBT = "methods#restoration-doubt"
RANGE = ("cost_low", "cost_high")
FIXED = "a range is cost_low and cost_high; both are the cost itself where it is sure"
POINTS = 64  # a power of two keeps them balanced in every price


@dataclass(frozen=True, eq=False, kw_only=True)
class RestorationDoubtResult(TableResult):
    """Sites that are chosen at all, some or none of the prices."""

    title_en: ClassVar[str] = "Sites to restore over the range of prices"
    title_zh: ClassVar[str] = "价格区间内的优先修复地块"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("site", "", "Site", "地块", key=True),
        Column("price", "", "Price that it shares", "所用单价", inputs=(Input("sites"),)),
        Column("cost_low", "by row", "Cost, low", "费用下限", inputs=(Input("sites"),)),
        Column("cost", "by row", "Cost of the plan", "计划费用", inputs=(Input("sites"),)),
        Column("cost_high", "by row", "Cost, high", "费用上限", inputs=(Input("sites"),)),
        Column("planned", "", "Chosen at the cost of the plan", "按计划费用入选", modelled=True, formula=DOUBT),
        Column("share_chosen", "share", "Chosen, of the prices looked at", "入选的价格情形占比", modelled=True,
               formula=DOUBT),
        Column("at_low", "", "Chosen if all prices are low", "价格均取下限时入选", modelled=True, formula=DOUBT),
        Column("at_high", "", "Chosen if all prices are high", "价格均取上限时入选", modelled=True, formula=DOUBT),
        Column("reading", "", "Reading", "判读", modelled=True, formula=DOUBT),
    )  # fmt: skip


def has_ranges(sites: pd.DataFrame) -> bool:
    """Whether a table of sites states a range of the cost, or half of one (which `restoration_doubt` refuses)."""
    return any(name in sites for name in RANGE)


def restoration_doubt(
    sites: pd.DataFrame, *, budget: float, pairs: pd.DataFrame | None = None, points: int = POINTS,
    seconds: float = 60.0,
) -> RestorationDoubtResult:  # fmt: skip
    """The best set of sites, proven, at many prices within their ranges.

    Parameters
    ----------
    sites : DataFrame
        Index `site`, each once; gain, cost (of the plan), cost_low and cost_high (around it); optional price: sites
        with the same text share one price, so their costs move together. Without it each site has its own.
    budget : float
        In the unit of the costs.
    pairs : DataFrame, optional
        site_a, site_b, gain, as for `restoration_priority`.
    points : int
        Prices looked at besides the plan and the two ends; a power of two.
    seconds : float
        Time limit of each search.

    Returns
    -------
    RestorationDoubtResult
        share_chosen by site, its reading (always, depends, never), and as `facts` how many of each, the gain at low, at
        planned and at high prices, and at how many of the prices the planned set still keeps within the budget.

    Raises
    ------
    SchemaError, MissingDataError, InputError
        As `restoration_priority`; a range is missing or does not hold the cost.
    SolveError
        No proven optimum within the time.

    Notes
    -----
    c_s = low_s (high_s / low_s)^u of the price of s, u over the points of Sobol (1967) in the middle of their cells: no
    chance in it. Prices of different kinds vary on their own. "always" and "never" hold for the prices looked at.
    """
    alone, cost, matrix = aligned(sites, pairs)
    low, high, price = _ranges(sites, cost)
    names, group = np.unique(np.where(low < high, price, ""), return_inverse=True)
    moving = names[names != ""]
    if points < 1 or points & (points - 1):
        raise InputError(f"restoration: points must be a power of two, got {points!r}")

    def best(costs: Floats) -> NDArray[np.bool_]:
        return best_sites(alone, matrix, costs, budget=budget, seconds=seconds).chosen

    plan, at_low, at_high = best(cost), best(low), best(high)
    sets, within, gains = [], [], []
    for u in _points(points, len(names)) if len(moving) else []:
        costs = low * np.exp(u[group] * np.log(np.divide(high, low, out=np.ones_like(low), where=low > 0)))
        sets.append(best(costs))
        within.append(float(costs[plan].sum()) <= budget * (1 + 1e-9))
        gains.append(gain_of(sets[-1], alone, matrix))
    every = np.stack([*sets, plan, at_low, at_high])
    share = every.mean(axis=0) if len(sites) else np.zeros(0)
    reading = np.select([every.all(axis=0), ~every.any(axis=0)], ["always", "never"], "depends")
    table = pd.DataFrame({
        "site": sites.index.astype(str), "price": price, "cost_low": low, "cost": cost, "cost_high": high,
        "planned": plan, "share_chosen": share, "at_low": at_low, "at_high": at_high, "reading": reading,
    }).sort_values(["share_chosen", "site"], ascending=[False, True], ignore_index=True)  # fmt: skip
    facts = {
        "prices": len(moving), "sets_compared": len(every),
        **{word: int((reading == word).sum()) for word in ("always", "depends", "never")},
        "gain_at_low_prices": gain_of(at_low, alone, matrix), "gain_planned": gain_of(plan, alone, matrix),
        "gain_at_high_prices": gain_of(at_high, alone, matrix),
        "gain_median": float(np.median(gains)) if gains else gain_of(plan, alone, matrix),
        "plan_within_budget": float(np.mean(within)) if within else 1.0,
    }  # fmt: skip
    note = ("always and never hold for the prices looked at; equal gains at equal costs are broken by the search",)
    return RestorationDoubtResult(table=table, settings={"budget": budget, "points": points}, more=facts, warnings=note)


def _points(points: int, dimensions: int) -> Floats:
    """Points of Sobol's sequence in the middle of their cells."""
    from scipy.stats.qmc import Sobol

    drawn = Sobol(dimensions, scramble=False).random(points)
    return np.asarray(drawn + 0.5 / points, float)


def _ranges(sites: pd.DataFrame, cost: Floats) -> tuple[Floats, Floats, NDArray[np.object_]]:
    if lacking := [f"sites.{name}" for name in RANGE if name not in sites]:
        raise SchemaError(f"restoration: columns are missing: {', '.join(lacking)}", hint=FIXED)
    empty = sites.index[sites[list(RANGE)].isna().any(axis=1)]
    if len(empty):
        raise MissingDataError(f"restoration: the range of the cost is missing; sites {empty[:5].tolist()}", hint=FIXED)
    low, high = (sites[name].to_numpy(float) for name in RANGE)
    wrong = []
    for bad, text in ((~((low <= cost) & (cost <= high)), "cost_low <= cost <= cost_high does not hold"),
                      ((low <= 0) & (high > 0), "cost_low must be > 0 where cost_high is")):  # fmt: skip
        if bad.any():
            wrong.append(f"{text} for {sites.index[bad][:5].tolist()}")
    if wrong:
        raise InputError("restoration: " + "; ".join(wrong))
    named = sites["price"] if "price" in sites else pd.Series(None, sites.index, dtype=object)
    own = pd.Series(sites.index.astype(str), sites.index)
    return low, high, named.where(named.notna() & (named != ""), own).astype(str).to_numpy(object)
