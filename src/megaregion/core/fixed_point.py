"""Fixed points x = T(x) of many small systems at once, by Anderson acceleration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import ConvergenceError

Array = NDArray[np.float64]
Map = Callable[[Array], tuple[Array, Array]]

_RIDGE = 1e-13  # of the unit-length columns: keeps empty and repeated columns of the history harmless
_GROWTH = 1e3  # residual above this multiple of the best one: the model of the history is wrong, start it anew


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """Solutions of a batch of systems.

    Attributes
    ----------
    x : array (batch, n)
        The solutions.
    iterations : array (batch,), int
        Updates made before the residual fell below the tolerance; 0 if the start already solved the system.
    residual : array (batch,)
        Residual at `x`, in the measure of the map.
    """

    x: Array
    iterations: NDArray[np.int64]
    residual: Array


class _History:
    """Differences of iterates and of steps, one slot an iteration, oldest overwritten."""

    def __init__(self, memory: int, batch: int, n: int) -> None:
        self.dx = np.zeros((batch, memory, n))
        self.df = np.zeros((batch, memory, n))
        self.slot = 0

    def push(self, dx: Array, df: Array) -> None:
        """Store one difference of every system, at unit length of `df`."""
        length = np.sqrt(np.einsum("bn,bn->b", df, df))
        scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)[:, None]
        self.dx[:, self.slot] = dx * scale
        self.df[:, self.slot] = df * scale
        self.slot = (self.slot + 1) % self.dx.shape[1]

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """Empty the history of some systems."""
        self.dx[rows] = 0.0
        self.df[rows] = 0.0

    def correction(self, f: Array) -> Array:
        """What type-II Anderson mixing subtracts from the plain step x + f."""
        gram = self.df @ self.df.transpose(0, 2, 1)
        gram += _RIDGE * np.eye(gram.shape[1])
        weights = np.linalg.solve(gram, self.df @ f[:, :, None])
        change: Array = (weights.transpose(0, 2, 1) @ (self.dx + self.df))[:, 0]
        return change


def anderson(
    step: Map,
    start: Array,
    *,
    tolerance: float = 1e-11,
    memory: int = 8,
    max_iterations: int = 3000,
    first_damping: float = 0.5,
    largest_step: float = 2.0,
) -> FixedPoint:
    """Solve x = T(x) for a batch of independent systems.

    Parameters
    ----------
    step : callable
        x (batch, n) -> (T(x) (batch, n), residual (batch,)). The residual measures how far x is from a
        solution in the terms of the problem (excess demand, ...). It decides when to stop; the size of
        the step does not, because a small step is no proof of a solution.
    start : array (batch, n)
        First iterate, usually logarithms; zeros are the baseline in exact-hat algebra.
    tolerance : float
        A system is solved when its residual is at or below this.
    memory : int
        Differences kept.
    max_iterations : int
        Updates allowed before giving up.
    first_damping : float
        Share of the plain step that is taken while a system has no history.
    largest_step : float
        A mixed step with an entry above this (in logs: a factor e^2) or a value that is not finite is
        replaced by a damped plain step from the best iterate, and the history is emptied.

    Returns
    -------
    FixedPoint

    Raises
    ------
    ConvergenceError
        A system is unsolved after `max_iterations`; carries the best iterates (batch, n) in `last`.

    Notes
    -----
    Anderson (1965), J. ACM 12(4), in the "type II" form of Walker and Ni (2011), SIAM J. Numer. Anal.
    49(4), without further damping. Solved systems are frozen, so that one that starts solved is returned as given.

    Examples
    --------
    >>> import numpy as np
    >>> def halve(x):
    ...     return 1 + x / 2, np.abs(1 - x / 2).max(axis=1)
    >>> anderson(halve, np.zeros((1, 1))).x.round(9)
    array([[2.]])
    """
    x = np.array(start, dtype=float)
    batch, n = x.shape
    history = _History(memory, batch, n)
    best, best_residual = x.copy(), np.full(batch, np.inf)
    iterations = np.zeros(batch, dtype=np.int64)
    damping = np.full(batch, first_damping)
    fresh = np.ones(batch, dtype=bool)
    previous_x, previous_f = x, np.zeros_like(x)
    best_f = np.zeros_like(x)
    for count in range(max_iterations + 1):
        with np.errstate(all="ignore"):  # values that overflow are handled below, system by system
            proposal, residual = step(x)
            f = proposal - x
        finite = np.isfinite(f).all(axis=1) & np.isfinite(residual)
        residual = np.where(finite, residual, np.inf)
        f = np.where(finite[:, None], f, 0.0)
        better = residual < best_residual
        best[better], best_f[better], best_residual[better] = x[better], f[better], residual[better]
        active = best_residual > tolerance
        iterations[active] = count + 1
        if not active.any():
            return FixedPoint(best, iterations, best_residual)
        wild = residual > _GROWTH * best_residual
        if count:
            history.push(np.where(fresh[:, None], 0.0, x - previous_x), np.where(fresh[:, None], 0.0, f - previous_f))
        history.forget(wild)
        mixed = f - history.correction(f)
        wild |= ~np.isfinite(mixed).all(axis=1) | (np.abs(mixed).max(axis=1) > largest_step)
        history.forget(wild)
        damping[wild] *= 0.5
        previous_x, previous_f = x, f
        move = np.where(fresh[:, None], first_damping * f, mixed)
        move = np.where(wild[:, None], damping[:, None] * best_f, move)
        x = np.where(active[:, None], np.where(wild[:, None], best, x) + move, best)
        fresh = wild
    raise ConvergenceError(
        f"{int(active.sum())} of {batch} systems unsolved after {max_iterations} iterations: "
        f"residual {best_residual.max():.2e}, wanted {tolerance:.0e}",
        last=best,
        hint="check for places that are nearly cut off from the rest and for shocks that are out of scale",
    )
