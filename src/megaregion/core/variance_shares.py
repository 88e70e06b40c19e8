"""Sobol indices of groups of inputs: the design, and the estimators for many outputs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Shares(NamedTuple):
    """First-order and total indices with their standard errors, (d, outputs); NaN where an output does not vary."""

    first: Floats
    total: Floats
    first_se: Floats
    total_se: Floats


def design(groups: Sequence[Sequence[int]], width: int, size: int, rng: np.random.Generator) -> Floats:
    """Points of the unit cube for `shares`: A, then A with the columns of one group from B for each group, then B.

    Parameters
    ----------
    groups : sequence of sequences of int
        Columns that belong together; an index is estimated for each group.
    width : int
        Number of columns.
    size : int
        Points of A and of B; a power of two keeps the balance of the sequence.
    rng : Generator
        For the scrambling.

    Returns
    -------
    (groups + 2, size, width) array

    Notes
    -----
    Scrambled Sobol sequence of Owen, as in scipy. Saltelli et al. (2010), Comput. Phys. Commun. 181, for A,
    B and the mixtures.
    """
    from scipy.stats import qmc

    base = qmc.Sobol(2 * width, rng=rng).random(size)
    a, b = base[:, :width], base[:, width:]
    out = np.repeat(a[None], len(groups) + 2, axis=0)
    for i, columns in enumerate(groups, start=1):
        out[i][:, list(columns)] = b[:, list(columns)]
    out[-1] = b
    return out


def shares(a: Floats, mixed: Floats, b: Floats) -> Shares:
    """S_i = mean(f_B (f_AB_i - f_A)) / V and S_Ti = mean((f_A - f_AB_i)^2) / 2 V.

    Parameters
    ----------
    a, b : (size, outputs) arrays
        Outputs at A and at B.
    mixed : (d, size, outputs) array
        Outputs at A with group i from B.

    Notes
    -----
    Saltelli et al. (2010) for the first order, Jansen (1999) for the total; V over A and B together, after
    taking off the mean
    of all outputs and dividing by their deviation, as SALib does (S_i is noise otherwise). Standard errors are those of
    the two means for independent points, V taken as known: on the safe side for a quasi-random design.
    """
    every = np.concatenate([a[None], mixed, b[None]])
    mean, spread = every.mean(axis=(0, 1)), every.std(axis=(0, 1))
    flat = spread <= 1e-12 * np.maximum(np.abs(mean), 1.0)
    scale = np.where(flat, 1.0, spread)
    a, mixed, b = (a - mean) / scale, (mixed - mean) / scale, (b - mean) / scale
    variance = np.concatenate([a, b]).var(axis=0)
    variance = np.where(flat | (variance == 0), np.nan, variance)
    first, total = b * (mixed - a), 0.5 * (a - mixed) ** 2
    root = np.sqrt(len(a)) * variance
    return Shares(
        np.asarray(first.mean(axis=1) / variance), np.asarray(total.mean(axis=1) / variance),
        np.asarray(first.std(axis=1) / root), np.asarray(total.std(axis=1) / root),
    )  # fmt: skip
