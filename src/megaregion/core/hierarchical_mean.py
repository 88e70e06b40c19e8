"""Means over a tree of any depth: power means and Mazziotta-Pareto, for one vector of weights or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.aggregate import power_mean

Floats = NDArray[np.float64]


class Mean(NamedTuple):
    """How the children of a branch become one number.

    Attributes
    ----------
    power : float
        Exponent of the power mean; 1 linear, 0 geometric, -1 harmonic. Not used where `penalty` is set.
    penalty : {0, -1, 1}
        Mazziotta-Pareto: -1 takes the penalty off (more is better), 1 adds it (more is worse).
    base, width : float
        Scale on which the penalty is reckoned: r = base + width x.
    """

    power: float = 1.0
    penalty: int = 0
    base: float = 70.0
    width: float = 60.0

    def over(self, x: Floats, weights: Floats) -> Floats:
        """Mean over the last axis; `weights` broadcast against `x` and sum to one over it."""
        if self.penalty:
            return mazziotta_pareto(x, weights, self)
        return power_mean(x, weights, self.power)

    def needs_positive(self) -> bool:
        """Whether negative values have no mean of this kind."""
        return not self.penalty and self.power != 1


class Branch(NamedTuple):
    """One node of a tree.

    Attributes
    ----------
    columns : (k,) integers
        Columns of the table below it.
    branches : tuple of int
        Branches below it, by their place in the list, where they come earlier.
    mean : Mean
    """

    columns: NDArray[np.int64]
    branches: tuple[int, ...]
    mean: Mean


def mazziotta_pareto(x: Floats, weights: Floats, mean: Mean) -> Floats:
    """M -+ S cv over the last axis, cv = S / M; S with the weights of M as its shares.

    Computed on r = base + width x and brought back to the scale of x, so that branches can be stacked.

    Parameters
    ----------
    x : (..., k) array
        r must be positive.
    weights : (..., k) array
    mean : Mean

    Notes
    -----
    Mazziotta and Pareto (2016), Soc. Indic. Res. 127: z-scores on 100 + 10 z, or between goalposts on 70 +
    60 x (adjusted index).
    """
    r = mean.base + mean.width * x
    middle = (weights * r).sum(axis=-1)
    variance = (weights * (r - middle[..., None]) ** 2).sum(axis=-1)
    return np.asarray((middle + mean.penalty * variance / middle - mean.base) / mean.width)


def branch_scores(x: Floats, branches: Sequence[Branch], weights: Sequence[Floats]) -> list[Floats]:
    """Score of every branch for every vector of weights.

    Parameters
    ----------
    x : (n, m) array
        Scaled values, more is better, complete.
    branches : sequence of Branch
        Children before parents; the last is the root.
    weights : sequence of (draws, k) arrays
        Of the children of each branch, its columns first.

    Returns
    -------
    list of (draws, n) arrays
    """
    out: list[Floats] = []
    for branch, w in zip(branches, weights, strict=True):
        below = [out[child] for child in branch.branches]
        fast = _summed(x[:, branch.columns], below, w, branch.mean) if len(w) > 1 else None
        out.append(_stacked(x[:, branch.columns], below, w, branch.mean) if fast is None else fast)
    return out


def _stacked(x: Floats, below: list[Floats], weights: Floats, mean: Mean) -> Floats:
    """Any mean, with all children side by side."""
    k = x.shape[1]
    stacked = np.empty((len(weights), len(x), k + len(below)))
    stacked[:, :, :k] = x[None]
    for j, child in enumerate(below, start=k):
        stacked[:, :, j] = child
    return mean.over(stacked, weights[:, None, :])


def _summed(x: Floats, below: list[Floats], weights: Floats, mean: Mean) -> Floats | None:
    """Power means of positive values as weighted sums, child by child; None where the mean is not of that kind.

    Sums of columns by einsum and not by BLAS, whose last digits may depend on the number of threads.
    """
    if mean.penalty or (mean.power != 1 and not ((x > 0).all() and all((child > 0).all() for child in below))):
        return None
    k = x.shape[1]
    total = np.zeros((len(weights), len(x)))
    if k:
        total += np.einsum("dk,nk->dn", weights[:, :k], _raised(x, mean.power))
    for j, child in enumerate(below, start=k):
        part = _raised(child, mean.power) if mean.power != 1 else child.copy()
        part *= weights[:, j, None]
        total += part
    if mean.power == 0:
        return np.asarray(np.exp(total, out=total))
    return np.asarray(total if mean.power == 1 else total ** (1.0 / mean.power))


def _raised(x: Floats, power: float) -> Floats:
    """x^p, the logarithm for p = 0; x > 0."""
    if power == 1:
        return x
    with np.errstate(over="ignore", divide="ignore"):  # the power of a value next to zero: the mean is then zero
        return np.asarray(np.log(x) if power == 0 else 1.0 / x if power == -1 else x**power)


def chain_weights(branches: Sequence[Branch], weights: Sequence[Floats], columns: int) -> Floats:
    """Product of the weights on the way from the root to each column.

    Parameters
    ----------
    branches : sequence of Branch
    weights : sequence of (k,) arrays
    columns : int

    Returns
    -------
    (columns,) array
        Sums to one over the columns of the tree.
    """
    share = np.zeros(len(branches))
    share[-1] = 1.0
    out = np.zeros(columns)
    for b in range(len(branches) - 1, -1, -1):
        k = len(branches[b].columns)
        out[branches[b].columns] += share[b] * weights[b][:k]
        for child, w in zip(branches[b].branches, weights[b][k:], strict=True):
            share[child] += share[b] * w
    return out


def secant(a: Floats, b: Floats, power: float) -> Floats:
    """(f(b) - f(a)) / (b - a) for f(x) = x^p, or ln x where p = 0; the derivative where a = b.

    The logarithmic mean is its inverse for p = 0.
    """
    gap = b - a
    near = np.abs(gap) <= 1e-9 * np.maximum(np.abs(a), np.abs(b))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # the derivative stands where there is no gap
        if power == 0:
            return np.asarray(np.where(near, 2.0 / (a + b), np.log(b / a) / gap))
        slope = power * (0.5 * (a + b)) ** (power - 1.0)
        return np.asarray(np.where(near, slope, (b**power - a**power) / gap))


def change_shares(before: Sequence[Floats], after: Sequence[Floats], x: tuple[Floats, Floats],
                  branches: Sequence[Branch], weights: Sequence[Floats]) -> Floats:  # fmt: skip
    """Change of the root between two tables, split exactly over the columns.

    A branch with the power mean S^p = sum w x^p changes by sum_i w_i (psi(x_i) / psi(S)) (x_i' - x_i), psi the secant
    of x^p (of ln x for p = 0: the logarithmic mean Divisia split); multiplied down the tree.

    Parameters
    ----------
    before, after : sequence of (n,) arrays
        Scores of the branches at either time.
    x : pair of (n, m) arrays
        Scaled values; positive under means that are not linear.
    branches : sequence of Branch
        Power means only.
    weights : sequence of (k,) arrays

    Returns
    -------
    (n, m) array
        Sums to the change of the root; not finite where values next to zero overflow.

    Notes
    -----
    Ang (2004), Energy Policy 32, for the logarithmic mean; other exponents in the same way.
    """
    first, second = x
    with np.errstate(
        divide="ignore", invalid="ignore", over="ignore"
    ):  # next to zero: not finite, for the caller to see
        return _change_shares(before, after, first, second, branches, weights)


def _change_shares(before: Sequence[Floats], after: Sequence[Floats], first: Floats, second: Floats,
                   branches: Sequence[Branch], weights: Sequence[Floats]) -> Floats:  # fmt: skip
    factor = [np.zeros(len(first)) for _ in branches]
    factor[-1] = np.ones(len(first))
    out = np.zeros_like(first)
    for b in range(len(branches) - 1, -1, -1):
        branch, p = branches[b], branches[b].mean.power
        below = secant(before[b], after[b], p)
        for j, w in zip(branch.columns, weights[b], strict=False):
            out[:, j] += factor[b] * w * secant(first[:, j], second[:, j], p) / below * (second[:, j] - first[:, j])
        for child, w in zip(branch.branches, weights[b][len(branch.columns):], strict=True):  # fmt: skip
            factor[child] = factor[child] + factor[b] * w * secant(before[child], after[child], p) / below
    return out
