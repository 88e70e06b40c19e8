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
    """Differences of steps and how far T(x) moved with each, one slot an iteration, oldest overwritten."""

    def __init__(self, memory: int, batch: int, n: int) -> None:
        self.df = np.zeros((batch, memory, n))
        self.moves = np.zeros((batch, memory, n))  # dx + df, all that the correction needs
        self.gram = np.repeat(_RIDGE * np.eye(memory)[None], batch, axis=0)
        self.slot = 0

    def push(self, df: Array, moved: Array) -> None:
        """Store one difference of every system, at unit length of `df`."""
        self.slot = (self.slot + 1) % self.df.shape[1]
        length = np.sqrt(np.einsum("bn,bn->b", df, df))
        scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)[:, None]
        np.multiply(df, scale, out=self.df[:, self.slot])
        np.multiply(moved, scale, out=self.moves[:, self.slot])

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """Empty the history of some systems."""
        if rows.any():
            self.df[rows] = 0.0
            self.moves[rows] = 0.0
            self.gram[rows] = _RIDGE * np.eye(self.gram.shape[1])

    def correction(self, f: Array) -> Array:
        """What type-II Anderson mixing subtracts from the plain step x + f.

        The history is long and read twice only: products with its newest entry, the one row of the Gram matrix that
        is out of date, come with those with f.
        """
        products = np.stack([self.df[:, self.slot], f], axis=1) @ self.df.transpose(0, 2, 1)
        self.gram[:, self.slot] = self.gram[:, :, self.slot] = products[:, 0]
        self.gram[:, self.slot, self.slot] += _RIDGE
        weights = np.linalg.solve(self.gram, products[:, 1, :, None])
        change: Array = (weights.transpose(0, 2, 1) @ self.moves)[:, 0]
        return change


class _Progress:
    """When the best residual of every system halved last."""

    def __init__(self, batch: int, patience: int | None) -> None:
        self.patience = patience
        self.reached = np.full(batch, np.inf)
        self.waited = np.zeros(batch, dtype=np.int64)

    def hopeful(self, residual: Array) -> NDArray[np.bool_]:
        """Which systems are worth another update, given their best residuals."""
        if self.patience is None:
            return np.ones(self.waited.size, dtype=bool)
        halved = residual <= 0.5 * self.reached
        self.reached = np.where(halved, residual, self.reached)
        self.waited = np.where(halved, 0, self.waited + 1)
        return np.asarray(self.waited < self.patience)


def _rows(of: NDArray[np.bool_], new: Array, old: Array | float) -> Array:
    """Some rows new, the others old; not a copy where all are new."""
    return new if of.all() else np.where(of[:, None], new, old)


def _largest(x: Array) -> Array:
    """Largest absolute entry of every row."""
    out: Array = np.maximum(x.max(axis=1), -x.min(axis=1))
    return out


def anderson(
    step: Map,
    start: Array,
    *,
    tolerance: float = 1e-11,
    memory: int = 8,
    max_iterations: int = 3000,
    first_damping: float = 0.5,
    largest_step: float = 2.0,
    patience: int | None = None,
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
        In logs 2 is a factor e^2. No step has an entry above this: a plain one is shortened, and a mixed one that is
        longer than both this and the plain step, or that is not finite, is replaced by a damped plain step from the
        best iterate, and the history is emptied.
    patience : int, optional
        A system whose best residual has not halved within this many updates is given up: it would need
        3.3 * patience updates for each digit. Default: none is given up before `max_iterations`.

    Returns
    -------
    FixedPoint

    Raises
    ------
    ConvergenceError
        A system is unsolved after `max_iterations` or given up; carries the best iterates (batch, n) in `last`, the
        solved ones among them.

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
    history, progress = _History(memory, batch, n), _Progress(batch, patience)
    best, best_f, best_residual = x, np.zeros_like(x), np.full(batch, np.inf)
    previous, previous_f = best, best_f
    iterations = np.zeros(batch, dtype=np.int64)
    damping = np.full(batch, first_damping)
    fresh = np.ones(batch, dtype=bool)
    for count in range(max_iterations + 1):
        with np.errstate(all="ignore"):  # values that overflow are handled below, system by system
            proposal, residual = step(x)
            f = proposal - x
        finite = np.isfinite(f).all(axis=1) & np.isfinite(residual)
        residual, f = np.where(finite, residual, np.inf), _rows(finite, f, 0.0)
        better = residual < best_residual
        best, best_f, best_residual = _rows(better, x, best), _rows(better, f, best_f), np.fmin(residual, best_residual)
        damping[better] = first_damping
        active = (best_residual > tolerance) & progress.hopeful(best_residual)
        iterations[active] = count + 1
        if not active.any():
            break
        if count:
            df, moved = f - previous_f, x - previous
            moved += df
            moved[fresh] = df[fresh] = 0.0
            history.push(df, moved)
        wild = residual > _GROWTH * best_residual
        history.forget(wild)
        correction = history.correction(f)
        move = np.subtract(f, correction, out=correction)
        wild |= ~(_largest(move) <= np.maximum(_largest(f), largest_step))  # not a number counts as wild
        history.forget(wild)
        damping[wild] *= 0.5
        move[fresh] = first_damping * f[fresh]
        move[wild] = damping[wild, None] * best_f[wild]
        if (size := _largest(move)).max() > largest_step:
            move *= np.minimum(1.0, largest_step / np.maximum(size, largest_step))[:, None]
        previous, previous_f, fresh = x, f, wild
        x = np.add(_rows(~wild, x, best), move, out=move)
        x[~active] = best[~active]
    unsolved = best_residual > tolerance
    if not unsolved.any():
        return FixedPoint(best, iterations, best_residual)
    raise ConvergenceError(
        f"{int(unsolved.sum())} of {batch} systems unsolved after {iterations.max()} iterations: "
        f"residual {best_residual.max():.2e}, wanted {tolerance:.0e}",
        last=best,
        hint="check for places that are nearly cut off from the rest and for shocks that are out of scale",
    )
