"""Variance of a sum of scores when observations are alone, in clusters of several kinds, or share a member."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def independent(score: Floats) -> Floats:
    """Sum of outer products of the rows (n, k): every observation on its own (White 1980, Econometrica 48)."""
    return np.asarray(score.T @ score)


def clustered(score: Floats, codes: Codes) -> Floats:
    """One kind of clusters (n,), without factor for few of them."""
    sums = _sums(score, codes, int(codes.max()) + 1)
    return np.asarray(sums.T @ sums)


def multiway(score: Floats, codes: Sequence[Codes], *, corrected: bool = True) -> Floats:
    """Clusters of several kinds at once, by inclusion and exclusion; times g / (g - 1) of the fewest if corrected.

    Notes
    -----
    Cameron, Gelbach and Miller (2011), J. Business Econ. Stat. 29(2). May not be positive definite.
    """
    k = score.shape[1]
    out = np.zeros((k, k))
    for size in range(1, len(codes) + 1):
        for some in combinations(codes, size):
            out += (-1) ** (size + 1) * clustered(score, joined(some))
    g = min(len(np.unique(code)) for code in codes)
    return out * (g / (g - 1) if corrected and g > 1 else 1.0)


def dyadic(score: Floats, first: Codes, second: Codes, *, corrected: bool = True) -> Floats:
    """Any two observations that share a member are dependent.

    Parameters
    ----------
    score : (n, k) array
    first, second : (n,) integers
        The two members of each observation, of one set 0 ... g - 1; equal for flows inside one place.
    corrected : bool
        Times g / (g - 1), g the members that occur.

    Notes
    -----
    Aronow, Samii and Assenova (2015), Political Analysis 23(4). Sums over members count a pair of
    observations once for every member they share, so that those between the same two places are counted twice and
    their sum is taken off once: O(n k + (g + dyads) k^2) instead of O(n^2 k^2). May not be positive definite.
    """
    g = int(max(first.max(), second.max())) + 1
    different = first != second
    by_member = _sums(score, first, g) + _sums(score[different], second[different], g)
    low, high = np.minimum(first, second)[different], np.maximum(first, second)[different]
    _, pair = np.unique(low * g + high, return_inverse=True)
    by_pair = _sums(score[different], pair, int(pair.max(initial=-1)) + 1)
    out = by_member.T @ by_member - by_pair.T @ by_pair
    seen = len(np.unique(np.concatenate([first, second])))
    return np.asarray(out * (seen / (seen - 1) if corrected and seen > 1 else 1.0))


def joined(codes: Sequence[Codes]) -> Codes:
    """Clusters within which all kinds agree, 0 ... g - 1."""
    out = codes[0]
    for code in codes[1:]:
        out = np.unique(out * (int(code.max()) + 1) + code, return_inverse=True)[1]
    return np.unique(out, return_inverse=True)[1].astype(np.intp)


def mended(variance: Floats) -> tuple[Floats, bool]:
    """The matrix without its negative part, and whether it had one (Cameron, Gelbach and Miller 2011)."""
    size, axes = np.linalg.eigh((variance + variance.T) / 2.0)
    broken = bool(size.min(initial=0.0) < -1e-12 * max(float(size.max(initial=0.0)), 0.0))
    return (axes * np.maximum(size, 0.0)) @ axes.T if size.min(initial=0.0) < 0 else variance, broken


def _sums(score: Floats, codes: Codes, g: int) -> Floats:
    if score.shape[1] == 0:
        return np.zeros((g, 0))
    return np.column_stack([np.bincount(codes, column, g) for column in score.T])
