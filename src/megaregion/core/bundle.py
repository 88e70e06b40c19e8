"""Descent with kinks: the least of a function over a box with one budget, from values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SERIOUS = 0.1  # share of the promised fall that a step must bring
_GOOD = 0.5  # share from which the next step may be longer
_SHORTEST = 1e-3  # step, relative to the natural one
_ROUNDS = 500  # of the weights of the gradients


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a descent ended.

    Attributes
    ----------
    point : array (m,)
    value : float
    gradient : array (m,)
        At the point, on one side of a kink.
    promise : float
        Further fall that the planes around the point promise for the next step, less what keeps it short.
    steps, trials : int
        Steps taken and values asked for.
    converged : bool
    """

    point: Floats
    value: float
    gradient: Floats
    promise: float
    steps: int
    trials: int
    converged: bool


def descend(
    ask: Callable[[Floats], tuple[float, Floats]], start: Floats, upper: Floats, budget: float, *,
    tolerance: float, trials: int, most: int = 40, listen: Callable[[int, float, float], None] | None = None,
) -> Descent:  # fmt: skip
    """Least of f over 0 <= y <= upper, sum y <= budget, by a proximal bundle method.

    Parameters
    ----------
    ask : callable
        Value and a gradient at a point.
    start, upper : arrays (m,)
    budget : float
    tolerance : float
        Promise, relative to the value, at which to stop.
    trials : int
        Values at most.
    most : int
        Gradients kept.
    listen : callable, optional
        Told trials, value and promise.

    Notes
    -----
    The step d minimises max_i (g_i d - e_i) + d d / 2 t, where e_i is how far the plane of an earlier trial lies below
    the value here, or above it (then f is not convex). One gradient gives the projected gradient step; at a kink those
    of both sides are there after a step that failed. Lemaréchal (1975, Mathematical Programming Study 3); planes are
    shifted down as in Kiwiel (1985, Methods of Descent for Nondifferentiable Optimization, ch. 3). Values never rise.
    """
    y = project(start, budget, upper)
    value, here = ask(y)
    planes = [(here, y, value)]
    whole = min(budget, float(upper.sum()))
    size = float(np.abs(here).max(initial=0.0))
    natural = whole / size if size > 0.0 and whole > 0.0 else 0.0
    t, steps, asked, promise = natural, 0, 1, 0.0
    while natural > 0.0:
        gradients = np.array([g for g, _, _ in planes])
        below = np.array([_below(y, value, *plane) for plane in planes])
        below = np.maximum(below, 1e-3 / natural * np.array([float((y - p) @ (y - p)) for _, p, _ in planes]))
        move, promise = _step(gradients, below, y, t, budget, upper)
        fall = -float((gradients @ move - below).max())
        if listen is not None:
            listen(asked, value, promise)
        if promise <= tolerance * abs(value) or asked >= trials:
            break
        trial = project(y + move, budget, upper)
        new, gradient = ask(trial)
        asked += 1
        planes = [*planes[-most + 1 :], (gradient, trial, new)]
        if fall > 0.0 and new <= value - _SERIOUS * fall:
            t = min(natural, 2.0 * t) if new <= value - _GOOD * fall else t
            y, value, here, steps = trial, new, gradient, steps + 1
        else:
            if _below(y, value, gradient, trial, new) > fall:  # the plane says little of here: come nearer
                t = max(0.5 * t, _SHORTEST * natural)
            if not any(p is y for _, p, _ in planes):
                planes[0] = (here, y, value)
    return Descent(y, value, here, promise, steps, asked, natural == 0.0 or promise <= tolerance * abs(value))


def project(point: Floats, budget: float, upper: Floats) -> Floats:
    """Nearest point of 0 <= y <= upper, sum y <= budget: one amount off all, exact by sorting the corners."""
    inside: Floats = np.clip(point, 0.0, upper)
    if inside.sum() <= budget:
        return inside
    corners = np.unique(np.concatenate([point, point - upper]))
    low, high = 0, len(corners) - 1
    while high - low > 1:  # the sum falls with the amount, in straight pieces between corners
        middle = (low + high) // 2
        if np.clip(point - corners[middle], 0.0, upper).sum() > budget:
            low = middle
        else:
            high = middle
    a, b = max(corners[low], 0.0), corners[high]
    at_a, at_b = (float(np.clip(point - c, 0.0, upper).sum()) for c in (a, b))
    amount = b if at_a == at_b else a + (b - a) * (at_a - budget) / (at_a - at_b)
    out: Floats = np.clip(point - amount, 0.0, upper)
    return out


def _below(y: Floats, value: float, gradient: Floats, point: Floats, its: float) -> float:
    return float(abs(value - its - gradient @ (y - point)))


def _step(gradients: Floats, below: Floats, y: Floats, t: float, budget: float, upper: Floats) -> tuple[Floats, float]:
    """The step, and no less than what the model can fall, by accelerated ascent on the weights of the gradients."""
    count = len(below)
    weight, ahead, pace = np.full(count, 1.0 / count), np.full(count, 1.0 / count), 1.0
    bend = t * float(np.linalg.norm(gradients @ gradients.T, 2))
    best, least, dual = np.zeros_like(y), 0.0, -np.inf
    for _ in range(_ROUNDS):
        move = project(y - t * (ahead @ gradients), budget, upper) - y
        slope, stay = gradients @ move - below, float(move @ move) / (2.0 * t)
        dual = max(dual, float(ahead @ slope) + stay)
        if float(slope.max()) + stay < least:
            best, least = move, float(slope.max()) + stay
        if count == 1 or bend == 0.0 or least - dual <= 1e-3 * abs(dual):
            break
        new = ahead + slope / bend
        new = project(new - new.min() + 1.0, 1.0, np.ones(count))  # on the simplex, where a constant changes nothing
        grown = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * pace * pace))
        ahead = np.maximum(new + (pace - 1.0) / grown * (new - weight), 0.0)
        ahead /= ahead.sum()
        weight, pace = new, grown
    return best, max(-dual, 0.0)
