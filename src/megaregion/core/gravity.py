"""Gravity of flows of which the small ones are not published: Poisson regression with censoring and two-way effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.special import gammaincc, gammaln

from megaregion.errors import ConvergenceError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_LARGEST = 300.0  # log mean flow above this is no flow
_NEWTON = 60
_RIDGE = 1e-11  # of the mean curvature: few places cannot tell all coefficients apart, and the step stays finite


@dataclass(frozen=True, eq=False, kw_only=True)
class Gravity:
    """A gravity equation of flows of people.

    Attributes
    ----------
    mean : array (n, n)
        Expected flow of every pair; zero on the diagonal and where an origin or a destination has no flow at all.
    slope, curvature : float
        Elasticity to time at the mean log time of the observed people, and half of how it grows with log time:
        ln flow = ... - slope z - curvature z^2, z the deviation of log time from that mean.
    border : float
        A pair within one group exchanges exp(border) times as much as one across; 0 if no pair crosses.
    iterations : int
    """

    mean: Array
    slope: float
    curvature: float
    border: float
    iterations: int


def small_flow(mean: Array, below: int) -> Array:
    """Expected flow given that it is below `below`, of a Poisson variable: E[Y | Y < c], and at most 1/2 for c = 1.

    Parameters
    ----------
    mean : array
        Mean without the condition, >= 0.
    below : int
        c, >= 1.

    Examples
    --------
    >>> small_flow(np.array([0.1, 1e9]), 10).round(3).tolist()
    [0.1, 9.0]
    """
    if below <= 1:
        out: Array = np.minimum(mean, 0.5)
        return out
    return _truncated(np.asarray(mean, dtype=np.float64), below)[0]


def _truncated(mean: Array, below: int) -> tuple[Array, Array, Array]:
    """Mean and variance of a Poisson variable given that it is below c >= 1, and the log probability of that."""
    c = float(below)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        log_mean = np.log(mean)
        inside = gammaincc(c, mean)
        top = np.exp((c - 1.0) * log_mean - mean - gammaln(c)) / inside
        next_top = np.exp((c - 2.0) * log_mean - mean - gammaln(c - 1.0)) / inside if below > 1 else np.zeros_like(mean)
        first = mean * (1.0 - top)
        second = mean * mean * (1.0 - top - next_top) if below > 1 else np.zeros_like(mean)
        log_inside = np.log(inside)
    # far above c all the mass sits at c - 1; the leading term of the tail gives its probability
    far = ~(inside > 1e-250) | (mean > 50.0 * c + 500.0)
    tail = (c - 1.0) * np.log(np.where(mean > 0, mean, 1.0)) - mean - gammaln(c)
    first = np.where(far, c - 1.0, np.clip(first, 0.0, c - 1.0))
    spread = np.where(far, 0.0, np.clip(second + first - first * first, 0.0, None))
    return np.where(mean > 0, first, 0.0), np.where(mean > 0, spread, 0.0), np.where(far, tail, log_inside)


def gravity(flow: Array, time: Array, cross: Array, *, below: int) -> Gravity:
    """Poisson regression of flows between different places on log time, its square and the border, with effects.

    Parameters
    ----------
    flow : array (n, n)
        Persons; zero where the table is silent. The diagonal is not used.
    time : array (n, n)
        Minutes, > 0.
    cross : array (n, n)
        One where a pair crosses a border.
    below : int
        Silent pairs have fewer persons than this.

    Raises
    ------
    ConvergenceError
        No optimum was found.

    Notes
    -----
    Maximum of the sum of ln P(Y = y) over observed and ln P(Y < c) over silent pairs, concave in the coefficients
    and the effects of origin and destination; with c = 1 it is the PPML estimator (Santos Silva and Tenreyro 2006,
    Review of Economics and Statistics 88). Damped Newton steps, effects of origin eliminated (Schur complement).
    """
    n = len(flow)
    off = ~np.eye(n, dtype=bool)
    seen = off & (flow > 0)
    rows, columns = np.asarray(seen.any(axis=1)), np.asarray(seen.any(axis=0))
    use = off & rows[:, None] & columns[None, :]
    people = np.where(use, flow, 0.0)
    log_time = np.log(time)
    middle = float((people * log_time).sum() / people.sum())
    z = np.where(use, log_time - middle, 0.0)
    terms = np.stack([-z, -z * z, *([-cross] if (cross[use] > 0).any() and (cross[use] == 0).any() else [])])
    likelihood = _Likelihood(people, use, seen, terms, below)
    x, iterations = _maximum(likelihood)
    mean = np.where(use, np.exp(np.minimum(likelihood.log_mean(x), _LARGEST)), 0.0)
    beta = x[2 * n :]
    return Gravity(
        mean=mean, slope=float(beta[0]), curvature=float(beta[1]), border=float(beta[2]) if len(beta) > 2 else 0.0,
        iterations=iterations,
    )  # fmt: skip


class _Likelihood:
    """Log likelihood of effects of origin (n), of destination (n) and coefficients (k), its slope and curvature."""

    def __init__(self, flow: Array, use: Mask, seen: Mask, terms: Array, below: int) -> None:
        self.flow, self.use, self.seen, self.terms, self.below = flow, use, seen & use, terms, below
        self.silent = use & ~seen
        self.rows, self.columns = np.asarray(use.any(axis=1)), np.asarray(use.any(axis=0))

    def start(self) -> Array:
        """Effects that fit the margins roughly, elasticity 2."""
        out, n = np.zeros(2 * len(self.flow) + len(self.terms)), len(self.flow)
        out[2 * n] = 2.0
        pull = np.where(self.use, np.exp(2.0 * self.terms[0]), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            out[n : 2 * n] = np.where(self.columns, np.log(self.flow.sum(axis=0)), 0.0)
            spread = (pull * np.exp(out[n : 2 * n])).sum(axis=1)
            out[:n] = np.where(self.rows, np.log(self.flow.sum(axis=1)) - np.log(spread), 0.0)
        return out

    def log_mean(self, x: Array) -> Array:
        """Log expected flow (n, n)."""
        n = len(self.flow)
        out: Array = x[:n, None] + x[None, n : 2 * n] + np.tensordot(x[2 * n :], self.terms, 1)
        return out

    def __call__(self, x: Array) -> tuple[float, Array, Array]:
        """Value, residuals of the score (n, n) and weights of the curvature (n, n)."""
        log_mean = np.where(self.use, self.log_mean(x), -np.inf)
        if log_mean.max() > _LARGEST:
            return -np.inf, self.flow, self.flow
        mean = np.exp(log_mean)
        first, spread, log_inside = np.zeros_like(mean), np.zeros_like(mean), np.zeros_like(mean)
        first[self.silent], spread[self.silent], log_inside[self.silent] = _truncated(mean[self.silent], self.below)
        value = float((self.flow[self.seen] * log_mean[self.seen] - mean[self.seen]).sum())
        value += float(log_inside[self.silent].sum())
        expected = np.where(self.seen, self.flow, first)
        return value, np.where(self.use, expected - mean, 0.0), np.where(self.seen, mean, mean - spread)

    def slope(self, residual: Array) -> Array:
        """Gradient, from the residuals."""
        by_term = np.tensordot(self.terms, residual, 2)
        return np.concatenate([residual.sum(axis=1), residual.sum(axis=0), by_term])

    def newton(self, gradient: Array, weight: Array) -> Array:
        """Newton step; the level that origins and destinations share is left where it is."""
        n = len(self.flow)
        weighted = self.terms * weight
        right = np.concatenate([weight, weighted.sum(axis=2).T], axis=1)
        lower = np.zeros((n + len(self.terms),) * 2)
        lower[:n, :n] = np.diag(weight.sum(axis=0))
        lower[:n, n:] = weighted.sum(axis=1).T
        lower[n:, :n] = lower[:n, n:].T
        lower[n:, n:] = np.tensordot(weighted, self.terms, ([1, 2], [1, 2]))
        own = np.where(self.rows, weight.sum(axis=1), 1.0)
        schur = lower - right.T @ (right / own[:, None])
        scale = float(np.trace(lower)) / len(lower)
        schur[np.diag_indices_from(schur)] += _RIDGE * scale
        fixed = ~np.concatenate([self.columns, np.ones(len(self.terms), dtype=bool)])
        fixed[int(np.argmax(self.columns))] = True
        schur[fixed], schur[:, fixed] = 0.0, 0.0
        schur[fixed, fixed] = scale
        goal = gradient[n:] - right.T @ (gradient[:n] / own)
        goal[fixed] = 0.0
        rest = linalg.solve(schur, goal, assume_a="sym")
        return np.concatenate([(gradient[:n] - right @ rest) / own, rest])


def _maximum(of: _Likelihood) -> tuple[Array, int]:
    """Damped Newton ascent; stops with a last step when the expected gain is nearly lost in rounding."""
    x = of.start()
    value, residual, weight = of(x)
    enough = 1e-12 * float(of.flow.sum())
    for count in range(_NEWTON):
        gradient = of.slope(residual)
        step = of.newton(gradient, weight)
        gain = float(gradient @ step)
        if not np.isfinite(gain):
            break
        if gain <= enough:
            return x + step, count + 1
        length = min(1.0, 5.0 / float(np.abs(step).max()))
        while length > 1e-8:
            new = of(x + length * step)
            if new[0] >= value + 1e-4 * length * gain - 0.1 * enough:
                break
            length /= 2.0
        else:
            break
        x = x + length * step
        value, residual, weight = new
    raise ConvergenceError(
        "the gravity equation has no optimum", last=x,
    )  # fmt: skip
