"""Many runs of a composite index: uniform numbers to choices and weights, and these to ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from megaregion.core.aggregate import ranks
from megaregion.core.hierarchical_mean import Branch, branch_scores

Floats = NDArray[np.float64]
BLOCK = 256  # draws that are held at once: 256 x 401 numbers stay in the cache


class Runs(NamedTuple):
    """Ranks (draws, n) of the draws that worked, 0 elsewhere; which worked (draws,)."""

    ranks: NDArray[np.int32]
    worked: NDArray[np.bool_]


def choice(u: Floats, options: int) -> NDArray[np.int64]:
    """Uniform numbers of [0, 1) to one of `options` equally likely choices."""
    return np.minimum((u * options).astype(np.int64), options - 1)


def weights_from_uniforms(u: Floats, weights: Floats, concentration: float = 1.0) -> Floats:
    """Dirichlet weights with parameters c k w, one vector a row of uniform numbers; their mean is w.

    Parameters
    ----------
    u : (draws, k) array
        In [0, 1).
    weights : (k,) array
        Stated weights that sum to 1; a weight of zero stays zero.
    concentration : float
        c > 0; with 1 and equal weights every vector is as likely as any other, more stays closer to the stated ones:
        the variance of a weight is w (1 - w) / (c k + 1).

    Notes
    -----
    Gamma variables by the inverse of their distribution function, divided by their sum: unlike a sampler that rejects,
    one number a weight, as a quasi-random design needs.
    """
    shape = weights * len(weights) * concentration
    inside = np.clip(u, 1e-15, 1.0 - 1e-15)
    if (shape == 1.0).all():
        gamma = -np.log1p(-inside)
    else:
        gamma = np.where(shape > 0, gammaincinv(np.where(shape > 0, shape, 1.0), inside), 0.0)
    total = gamma.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, gamma / np.where(total > 0, total, 1.0), weights))


def run_draws(
    tables: Sequence[Floats | None], which: NDArray[np.int64], trees: Sequence[Sequence[Branch]],
    method: NDArray[np.int64], weights: Sequence[Floats],
) -> Runs:  # fmt: skip
    """Ranks under every draw.

    Parameters
    ----------
    tables : sequence of (n, m) arrays or None
        Scaled values by recipe (normalisation, treatment, filling); None where a recipe has no values.
    which : (draws,) integers
        Recipe of each draw.
    trees : sequence of sequences of Branch
        The tree by way of aggregation; the same children everywhere.
    method : (draws,) integers
        Way of aggregation of each draw.
    weights : sequence of (draws, k) arrays
        Weights of the children of each branch.

    Returns
    -------
    Runs
        A draw fails if its table is missing, or is negative under a mean that needs positive values.
    """
    n = next(len(t) for t in tables if t is not None)
    out = np.zeros((len(which), n), dtype=np.int32)
    worked = np.zeros(len(which), dtype=bool)
    key = which * len(trees) + method
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        x, tree = tables[which[order[start]]], trees[method[order[start]]]
        if x is None or not suits(x, tree):
            continue
        for low in range(int(start), int(stop), BLOCK):
            rows = order[low : min(low + BLOCK, int(stop))]
            score = branch_scores(x, tree, [w[rows] for w in weights])[-1]
            good = np.isfinite(score).all(axis=1)
            out[rows[good]] = ranks(score[good])
            worked[rows[good]] = True
    return Runs(out, worked)


def suits(x: Floats, tree: Sequence[Branch]) -> bool:
    """Whether the means of a tree are defined on a table."""
    return bool((x >= 0).all()) or not any(branch.mean.needs_positive() for branch in tree)


def weight_ranks(x: Floats, tree: Sequence[Branch], weights: Sequence[Floats]) -> NDArray[np.int64]:
    """Ranks (draws, n) on one table under many vectors of weights, (draws, k) for each branch."""
    draws = len(weights[0])
    out = np.empty((draws, len(x)), dtype=np.int64)
    for low in range(0, draws, BLOCK):
        out[low : low + BLOCK] = ranks(branch_scores(x, tree, [w[low : low + BLOCK] for w in weights])[-1])
    return out
