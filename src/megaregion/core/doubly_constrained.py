"""Flows that meet given totals at both ends (Furness), and the decay with distance that meets a given mean cost."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import ConvergenceError, InfeasibleError, InputError

Floats = NDArray[np.float64]
Form = Literal["exponential", "power"]
_ROUNDS = 100_000


class Balanced(NamedTuple):
    """Flows with their balancing factors.

    Attributes
    ----------
    flow : (n, m) array
    origin, destination : (n,), (m,) arrays
        Factors a_i, b_j with flow = a_i b_j f_ij.
    iterations : int
    residual : float
        Largest relative error of an origin total (destination totals are exact).
    """

    flow: Floats
    origin: Floats
    destination: Floats
    iterations: int
    residual: float


def furness(
    deterrence: Floats, origin: Floats, destination: Floats, *, tolerance: float = 1e-12, start: Floats | None = None
) -> Balanced:
    """Scale rows and columns of f so that they sum to given totals.

    Parameters
    ----------
    deterrence : (n, m) array, >= 0
        f_ij; zero where no flow is possible.
    origin, destination : (n,), (m,) arrays, >= 0
        Totals; of equal sum.
    tolerance : float
        Largest relative error of an origin total.
    start : (m,) array, optional
        Destination factors to begin with.

    Raises
    ------
    InputError
        A value is negative or not finite, or the sums of the totals differ by more than 1e-9.
    InfeasibleError
        A place with a total has no possible flow, or no scaling meets the totals (the pattern of zeros forbids it).

    Notes
    -----
    Furness (1965), Traffic Eng. Control 7(7); Sinkhorn and Knopp (1967), Pacific J. Math. 21(2).
    """
    numbers = (deterrence, origin, destination)
    if any(not np.isfinite(v).all() or (v < 0).any() for v in numbers):
        raise InputError("deterrence and totals must be finite and >= 0")
    total = float(origin.sum())
    if not total > 0 or abs(total - float(destination.sum())) > 1e-9 * total:
        raise InputError(
            f"totals of origins {total:g} and destinations {float(destination.sum()):g} must be equal, > 0"
        )
    for axis, totals, name in ((1, origin, "origins"), (0, destination, "destinations")):
        lost = np.flatnonzero((totals > 0) & ~(deterrence.sum(axis=axis) > 0))
        if len(lost):
            raise InfeasibleError(f"{name} {', '.join(map(str, lost[:5]))} have a total but no possible flow")
    out, into = origin > 0, destination > 0
    f = np.where(out[:, None] & into[None, :], deterrence, 0.0)
    b = into.astype(np.float64) if start is None else np.where(into, start, 0.0)
    worst = np.inf
    for count in range(1, _ROUNDS + 1):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            a = np.where(out, origin / (f @ b), 0.0)
            b = np.where(into, destination / (a @ f), 0.0)
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            break
        worst = float((np.abs(a * (f @ b) - origin)[out] / origin[out]).max())
        if worst <= tolerance:
            return Balanced(a[:, None] * f * b[None, :], a, b, count, worst)
    raise InfeasibleError(
        f"no scaling meets the totals: origins are still {worst:.1e} off", hint="which pairs are forbidden? (zeros)"
    )


class Decay(NamedTuple):
    """A doubly constrained model with its decay.

    Attributes
    ----------
    slope : float
        c in exp(c d) or d^c; negative where flows fall with cost.
    balanced : Balanced
    mean_cost : float
        Of the flows.
    """

    slope: float
    balanced: Balanced
    mean_cost: float


def decay(
    cost: Floats, origin: Floats, destination: Floats, target: float, *, form: Form = "exponential"
) -> Decay:  # fmt: skip
    """Slope at which flows that meet the totals have a given sum of flow x cost (or flow x ln cost).

    Parameters
    ----------
    cost : (n, m) array
        >= 0 (> 0 for `power`); +inf where no flow is possible.
    origin, destination : (n,), (m,) arrays
    target : float
        Flow-weighted mean of the cost (`exponential`) or of its logarithm (`power`).
    form : {'exponential', 'power'}

    Raises
    ------
    InputError
        The target lies outside of what any slope can give.
    ConvergenceError
        No slope was found.

    Notes
    -----
    The condition is the first-order condition of the Poisson likelihood with effects of both ends, so that the slope
    is its estimate (Evans 1971, Transp. Res. 5; Hyman 1969, Environ. Plan. A 1). The mean falls in -slope; Newton's
    steps inside a bracket, each by one balancing that begins with the factors of the last.
    """
    from scipy.optimize import brentq

    possible = np.isfinite(cost)
    if form == "power" and (cost[possible] <= 0).any():
        raise InputError("a power of cost needs every cost > 0")
    x = np.where(possible, np.log(np.where(possible, cost, 1.0)) if form == "power" else cost, 0.0)
    weight = np.where(possible, 1.0, 0.0)
    middle, spread = float(x[possible].mean()), float(x[possible].std())
    if not spread > 0:
        raise InputError("cost does not vary: no slope can be found")
    start: list[Floats | None] = [None]

    def solved(slope: float) -> Balanced:
        found = furness(weight * np.exp(slope * (x - middle)), origin, destination, start=start[0])
        start[0] = found.destination
        return found

    def excess(slope: float) -> float:
        flow = solved(slope).flow
        return float((flow * x).sum() / flow.sum()) - target

    low, high = -1.0 / spread, 1.0 / spread
    for _ in range(6):
        if excess(low) < 0.0 < excess(high):
            break
        low, high = (2 * low, high) if excess(low) >= 0.0 else (low, 2 * high)
    else:
        raise InputError(f"no slope gives the mean {target:g}: the flows hardly follow cost at all, or wholly")
    slope, report = brentq(excess, low, high, xtol=1e-14 / spread, rtol=8.9e-16, full_output=True)
    if not report.converged:
        raise ConvergenceError("no slope of the decay was found", last=slope)
    found = solved(float(slope))
    scale = np.exp(-float(slope) * middle)  # factors for exp(c d) itself
    found = found._replace(origin=found.origin * scale)
    return Decay(float(slope), found, float((found.flow * np.where(possible, cost, 0.0)).sum() / found.flow.sum()))
