"""Agreement of two classifications beyond chance: Cohen's kappa and the adjusted Rand index."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa of one table.

    Attributes
    ----------
    kappa : float
        1 for full agreement, 0 for what chance gives; missing where both put everything into one class.
    se : float
        Large-sample standard error, for intervals.
    se_null : float
        Standard error where the truth is 0, for a test.
    observed, expected : float
        Share of agreement, and the share that the margins alone give.
    n : int
        Things classified twice.
    """

    kappa: float
    se: float
    se_null: float
    observed: float
    expected: float
    n: int


def contingency(first: ArrayLike, second: ArrayLike, classes: int | None = None) -> Ints:
    """Counts of pairs of classes.

    Parameters
    ----------
    first, second : (n,) integers >= 0
        Class of each thing.
    classes : int, optional
        Size of the square table; by default each side has as many as occur.

    Raises
    ------
    InputError
        Lengths differ, or a class is negative or beyond the table.
    """
    a, b = np.asarray(first, dtype=np.intp), np.asarray(second, dtype=np.intp)
    if a.shape != b.shape or a.ndim != 1:
        raise InputError(f"two classifications of the same things are needed, got the shapes {a.shape} and {b.shape}")
    rows, cols = (classes, classes) if classes is not None else (int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1)
    if a.size and (min(a.min(), b.min()) < 0 or a.max() >= rows or b.max() >= cols):
        raise InputError(f"classes must be 0 to {max(rows, cols) - 1}")
    return np.bincount(a * max(cols, 1) + b, minlength=rows * cols).reshape(rows, cols)


def cohen_kappa(table: ArrayLike) -> Kappa:
    """Cohen's kappa of a square table of counts.

    Parameters
    ----------
    table : (k, k) numbers >= 0
        Rows the first, columns the second classification.

    Raises
    ------
    InputError
        The table is not square, holds no count, or one that is negative or not finite.

    Notes
    -----
    Cohen (1960): kappa = (p_o - p_e) / (1 - p_e). Standard errors by the delta method: Fleiss, Cohen and Everitt
    (1969), Psychol. Bull. 72, eqs. 13 and 14.

    Examples
    --------
    >>> round(cohen_kappa([[20, 5], [10, 15]]).kappa, 12)
    0.4
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not np.isfinite(counts).all() or (counts < 0).any():
        raise InputError(f"kappa needs a square table of finite counts >= 0, got the shape {counts.shape}")
    n = float(counts.sum())
    if n <= 0:
        raise InputError("kappa needs one thing at least that both classify")
    p = counts / n
    row, col = p.sum(axis=1), p.sum(axis=0)
    observed, expected = float(np.trace(p)), float(row @ col)
    if 1 - expected < 1e-12:
        return Kappa(np.nan, np.nan, np.nan, observed, expected, round(n))
    kappa = (observed - expected) / (1 - expected)
    rest = 1 - kappa
    on_diagonal = float(np.sum(np.diag(p) * (1 - (row + col) * rest) ** 2))
    cross = p * (col[:, None] + row[None, :]) ** 2  # margins of the class that the other side chose
    off_diagonal = rest**2 * float(cross.sum() - np.trace(cross))
    spread = on_diagonal + off_diagonal - (kappa - expected * rest) ** 2
    null = expected + expected**2 - float(np.sum(row * col * (row + col)))
    scale = np.sqrt(n) * (1 - expected)
    return Kappa(
        kappa, float(np.sqrt(max(spread, 0.0)) / scale), float(np.sqrt(max(null, 0.0)) / scale),
        observed, expected, round(n),
    )  # fmt: skip


def adjusted_rand(first: ArrayLike, second: ArrayLike) -> float:
    """Adjusted Rand index of two partitions; 1 for the same one whatever its names, 0 on average by chance.

    Parameters
    ----------
    first, second : (n,) integers >= 0

    Notes
    -----
    Hubert and Arabie (1985), J. Classif. 2, eq. 5. Two partitions that are both trivial in the same way agree: 1.
    """
    table = contingency(first, second).astype(np.float64)
    pairs = float(_pairs(table).sum())
    rows, cols = float(_pairs(table.sum(axis=1)).sum()), float(_pairs(table.sum(axis=0)).sum())
    total = float(_pairs(np.array(table.sum())))
    by_chance = rows * cols / total if total else 0.0
    most = (rows + cols) / 2
    return 1.0 if most == by_chance else (pairs - by_chance) / (most - by_chance)


def _pairs(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(counts * (counts - 1) / 2)
