"""One step of optimality criteria: a budget over links in the proportions that their gradient asks for."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
EDGE = 1e-6  # share of the largest investment within which a link counts as being at a bound
_ROUNDING = 1e-13


def bounds(investment: Array, largest: Array) -> tuple[Mask, Mask]:
    """Links in which nothing is invested, and those that are full; shape (L,) each."""
    low = investment <= EDGE * largest
    return low, ~low & (investment >= (1.0 - EDGE) * largest)


def links_used(investment: Array, largest: Array) -> int:
    """Links in which anything is invested."""
    return int((~bounds(investment, largest)[0]).sum())


def filled(slope: Array, offset: Array, cost: Array, largest: Array, budget: float) -> tuple[Array, float]:
    """``x = clip(slope m - offset, 0, largest)`` with the m at which ``cost . x`` is the budget, exactly.

    Parameters
    ----------
    slope, offset, cost, largest : array (L,)
        Slopes and offsets >= 0; links of slope zero get nothing.
    budget : float

    Returns
    -------
    array (L,), float
        x, and m; infinity if all links are full and some budget is left.

    Notes
    -----
    Spending is piecewise linear in m, so that its kinks are sorted and no bisection is needed.
    """
    open_ = (slope > 0) & (largest > 0)
    if (cost * largest)[open_].sum() <= budget:
        return np.where(open_, largest, 0.0), math.inf
    a, b, c, u = (v[open_] for v in (slope, offset, cost, largest))
    kink = np.concatenate([b / a, (b + u) / a])
    order = np.argsort(kink, kind="stable")
    steep = np.cumsum(np.concatenate([c * a, -c * a])[order])
    kink = kink[order]
    spent = np.concatenate([[0.0], np.cumsum(steep[:-1] * np.diff(kink))])
    last = int(np.searchsorted(spent, budget, side="right")) - 1
    level = float(kink[last] + ((budget - spent[last]) / steep[last] if steep[last] > 0 else 0.0))
    wanted = a * level - b
    x = np.where(wanted >= u * (1.0 - _ROUNDING), u, np.clip(wanted, 0.0, u))
    between = np.flatnonzero((x > 0) & (x < u))
    if between.size and (over := c @ x - budget) > 0:  # by rounding: the budget is never exceeded for want of a digit
        most = between[np.argmax((c * x)[between])]
        x[most] -= over / c[most]
    out = np.zeros_like(cost)
    out[open_] = x
    return out, level


def update(
    investment: Array, gradient: Array, cost: Array, largest: Array, budget: float, *, power: float = 1.0
) -> tuple[Array, float]:
    """``1 + I <- (1 + I) (gradient / (lambda cost))^power`` within the bounds, and the lambda that uses up the budget.

    Parameters
    ----------
    investment, gradient, cost, largest : array (L,)
        Links whose gradient is not above zero get nothing.
    budget, power : float

    Returns
    -------
    array (L,), float
        The new investment and lambda, zero if the budget is not used up.
    """
    gain = np.maximum(gradient, 0.0) / cost
    unit = gain.max(initial=0.0)
    if unit <= 0:
        return np.zeros_like(investment), 0.0
    slope = (1.0 + investment) * (gain / unit) ** power
    out, level = filled(slope, np.ones_like(slope), cost, largest, budget)
    return out, 0.0 if math.isinf(level) or level <= 0 else float(unit * level ** (-1.0 / power))


def departure(investment: Array, gradient: Array, cost: Array, largest: Array, price: float) -> float:
    """Largest departure from the Karush-Kuhn-Tucker conditions, as a share of lambda (`Investment.kkt`).

    Where lambda is zero every link must be full or worthless, and the departure is zero or infinite.
    """
    low, high = bounds(investment, largest)
    free = largest > 0
    if price <= 0:
        return math.inf if ((gradient > 0) & ~high & free).any() or ((gradient < 0) & ~low & free).any() else 0.0
    ratio = gradient / (cost * price) - 1.0
    wrong = np.where(low, np.maximum(ratio, 0.0), np.where(high, np.maximum(-ratio, 0.0), np.abs(ratio)))
    return float(wrong[free].max(initial=0.0))
