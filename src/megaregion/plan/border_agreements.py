"""Agreements on borders as a game between areas: what each coalition gains, who should pay whom, who would stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.games import coalitions, shapley
from megaregion.core.nucleolus import nucleolus
from megaregion.data.cluster import Cluster
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.calibrate import Baseline, Calibration, HasFrame, HasTime, baseline
from megaregion.equilibrium.caveats import caveats, model_parameters
from megaregion.equilibrium.ensemble import draws, fit_at
from megaregion.equilibrium.joint import FAILED_ALLOWED
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve
from megaregion.errors import ConvergenceError, InfeasibleError, InputError, SolveError
from megaregion.mechanisms.coalition_stability import CoalitionStability, stability
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
FORMULA = "methods#border-agreements"
FACTOR = 0.75
LARGEST = 8  # areas of which every coalition is solved
_FRICTION = Input("results/links/border", {"spec": "main", "distance": "great_circle"})


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderAgreements(Result):
    """Each area's gain if all agree, its share by two rules, and what it would have outside.

    Attributes
    ----------
    table : DataFrame
    money_unit : str
    settings : dict
    found : dict
        Headline numbers.
    """

    title_en: ClassVar[str] = "An agreement of all areas on softer borders: gains, fair shares, side payments"
    title_zh: ClassVar[str] = "全域边界协议：各方收益、公平份额与补偿"
    table: pd.DataFrame
    money_unit: str
    settings: dict[str, Any]
    found: dict[str, Any]

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        unit = self.money_unit

        def money(name: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=(_FRICTION,))

        return (
            Column("area", "", "Area", "地区", key=True),
            money("own", "Gain a year if all agree", "全体协议下自身年收益"),
            money("own_p05", "Gain if all agree, 5 %", "自身收益5%分位"),
            money("own_p95", "Gain if all agree, 95 %", "自身收益95%分位"),
            money("outside", "Gain outside of an agreement of all others", "其余各方协议而己方不加入的收益"),
            money("alone", "Gain alone", "单独收益"),
            money("shapley", "Share by Shapley", "沙普利份额"),
            money("shapley_p05", "Share by Shapley, 5 %", "沙普利份额5%分位"),
            money("shapley_p95", "Share by Shapley, 95 %", "沙普利份额95%分位"),
            money("payment_shapley", "Receives (+) or pays (−) for that", "相应应收（+）应付（−）"),
            money("nucleolus", "Share by the nucleolus", "核仁份额"),
            money("payment_nucleolus", "Receives (+) or pays (−) for that", "相应应收（+）应付（−）"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an area, in order."""
        return self.table[[c.name for c in self.describe()]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities, the factor on the friction, the seed."""
        return self.settings

    def facts(self) -> dict[str, Any]:
        """Sums, and whether the split by Shapley leaves no coalition better off alone."""
        return self.found


def payoffs(base: Baseline, fit: Calibration, factor: float) -> tuple[Floats, list[str]]:
    """Money that every area gains a year under every coalition, (2^n, n), and the areas.

    In coalition S the friction between any two of its members is multiplied by the factor; nobody moves.
    """
    place = base.place
    areas = sorted(set(place.groups.tolist()))
    member = coalitions(len(areas))
    code = np.searchsorted(areas, place.groups)
    ones = np.ones(len(place.places))
    several = member.sum(axis=1) > 1
    shocks = []
    for row in member[several]:
        inside = row[code]
        both = inside[:, None] & inside[None, :] & (place.cross > 0)
        shocks.append(Impulse(
            time_ratio=np.ones_like(place.cross), barrier=np.where(both, factor, 1.0), productivity=ones, amenity=ones
        ).shock(fit))  # fmt: skip
    out = np.zeros(member.shape)
    if shocks:
        real = solve(fit.economy, shocks, mobile=False).real_income
        money = (real - 1.0) * base.earnings
        out[several] = np.stack([np.bincount(code, weights=row, minlength=len(areas)) for row in money])
    return out, areas


def border_agreements(
    cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable, *, seed: int,
    factor: float | None = None, progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Who gains from agreements on borders, who should pay, and which coalitions hold.

    Parameters
    ----------
    cluster : Cluster
        [options.agreements] factor: what an agreement multiplies the friction between its parties by (default .75, an
        assumption).
    times : TimesResult
    border : result or table links/border
    seed : int
        Of the joint draws.
    factor : float, optional
        Instead of the option; 0 <= factor < 1.
    progress : callable, optional

    Returns
    -------
    dict
        border_agreements, coalition_stability; nothing for fewer than two areas or more than eight.

    Raises
    ------
    InputError
        An option makes no sense.
    SolveError
        The equilibrium of a coalition is not found, or the nucleolus cannot be proved.
    """
    chosen = _factor(cluster, factor)
    base = baseline(cluster, times, border)
    areas = sorted(set(base.place.groups.tolist()))
    if not 2 <= len(areas) <= LARGEST:
        return {}
    own, _ = payoffs(base, base.nominal, chosen)
    member = coalitions(len(areas))
    worth = np.where(member, own, 0.0).sum(axis=1)
    drawn, failed = _drawn(base, chosen, seed, progress)
    fair, core = shapley(worth), nucleolus(worth)
    last = len(own) - 1
    frame = pd.DataFrame({
        "area": areas, "own": own[last], "outside": own[last ^ (1 << np.arange(len(areas))), np.arange(len(areas))],
        "alone": np.diag(own[1 << np.arange(len(areas))]), "shapley": fair, "payment_shapley": fair - own[last],
        "nucleolus": core.x, "payment_nucleolus": core.x - own[last],
        **{f"{name}_{tail}": np.quantile(drawn[name], q, axis=0)
           for name in ("own", "shapley") for tail, q in (("p05", 0.05), ("p95", 0.95))},
    })  # fmt: skip
    said = [*caveats(base), f"modelled: an agreement multiplies the friction between its parties by {chosen:g}, an "
            "assumption; it costs nothing, and people do not move"]  # fmt: skip
    if failed:
        said.append(f"{failed} draws of the parameters have no baseline and are left out")
    unit, settings = base.place.money_unit, {**model_parameters(base), "factor": chosen, "seed": seed}
    excess = float((worth[1:-1] - member[1:-1] @ fair).max(initial=-np.inf))
    table = BorderAgreements(
        table=frame, money_unit=unit, settings=settings, warnings=tuple(said),
        found={
            "together": float(worth[-1]), "shapley_in_core": bool(excess <= 1e-9 * max(abs(worth[-1]), 1e-300)),
            "largest_payment_shapley": float(np.abs(frame["payment_shapley"]).max()),
            "nucleolus_excess": core.excess,
        },
    )  # fmt: skip
    steady: CoalitionStability = stability(own, areas, unit=unit, inputs=(_FRICTION,))
    return {"border_agreements": table, "coalition_stability": steady}


def _factor(cluster: Cluster, factor: float | None) -> float:
    given = dict(cluster.options.get("agreements", {}))
    value = factor if factor is not None else given.pop("factor", FACTOR)
    given.pop("factor", None)
    wrong = [f"unknown key {key!r}" for key in sorted(given)]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        wrong.append(f"factor must be at least 0 and below 1, got {value!r}")
    if wrong:
        raise InputError("options.agreements: " + "; ".join(wrong), hint="factor = 0.75 takes a quarter away")
    return float(value)


def _drawn(base: Baseline, factor: float, seed: int, progress: Progress | None) -> tuple[dict[str, Floats], int]:
    """Own gains and shares by Shapley at joint draws of the parameters, (draws, areas)."""
    sample = draws(base, seed=seed)
    own, fair, failed = [], [], 0
    for number, row in enumerate(sample.values):
        if progress is not None and number % 10 == 0:
            progress(number, len(sample.values), "coalitions at joint draws of the parameters")
        try:
            found, _ = payoffs(base, fit_at(base, sample, row), factor)
        except (SolveError, ConvergenceError, InfeasibleError) as error:
            failed += 1
            if failed > FAILED_ALLOWED * len(sample.values):
                raise SolveError(f"more than a tenth of the draws have no solution: {error.message}",
                                 hint="narrow the ranges in [options.equilibrium.ranges]") from error  # fmt: skip
            continue
        own.append(found[-1])
        fair.append(shapley(np.where(coalitions(found.shape[1]), found, 0.0).sum(axis=1)))
    return {"own": np.array(own), "shapley": np.array(fair)}, failed
