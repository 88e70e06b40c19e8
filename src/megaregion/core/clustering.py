"""Groups of similar rows: k-means, Gaussian mixtures, silhouette, BIC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Covariance = Literal["full", "diag"]
_ROUNDS = 300
_BLOCK = 1024  # rows whose distances to all others are held at once


@dataclass(frozen=True, eq=False)
class Groups:
    """A partition into k groups.

    Attributes
    ----------
    labels : (n,) integers
        Groups in order of size, largest first.
    centres : (k, d) array
    within : float
        Sum of squared distances to the centres.
    bic : float
        -2 log likelihood + parameters x ln n, smaller is better; missing for k-means.
    """

    labels: Ints
    centres: Floats
    within: float
    bic: float = np.nan


def kmeans(x: Floats, k: int, *, seed: int | np.random.Generator, restarts: int = 20) -> Groups:
    """Partition with the least sum of squares found over restarts.

    Parameters
    ----------
    x : (n, d) array
    k : int, 1 ... n
    seed : int or Generator
    restarts : int, default 20
        Starts by k-means++.

    Raises
    ------
    InputError
        k is out of range, or a value is not finite.

    Notes
    -----
    Lloyd (1982); starts of Arthur and Vassilvitskii (2007). A group left empty takes the row farthest from its
    centre. A local optimum: `restarts` is all the certainty there is.
    """
    x = _checked(x, k)
    rng = generator(seed, "kmeans")
    best: tuple[float, Ints, Floats] | None = None
    for _ in range(restarts if k > 1 else 1):
        labels, centres, within = _lloyd(x, _plus_plus(x, k, rng))
        if best is None or within < best[0]:
            best = within, labels, centres
    assert best is not None
    return _by_size(Groups(best[1], best[2], best[0]))


def gaussian_mixture(
    x: Floats, k: int, covariance: Covariance, *, seed: int | np.random.Generator, restarts: int = 5
) -> Groups:
    """Gaussian mixture by expectation-maximisation from k-means starts.

    Parameters
    ----------
    x : (n, d) array
    k : int, 1 ... n
    covariance : {"full", "diag"}
        Shape of each component.
    seed : int or Generator
    restarts : int, default 5

    Raises
    ------
    InputError
        k is out of range, or a value is not finite.

    Notes
    -----
    Variances are kept above 1e-4 of the mean variance of the columns, else a component on one row has an infinite
    likelihood. Labels are the likeliest components. Parameters counted by the BIC (Schwarz 1978): k - 1 shares, k d
    means, and k d (d + 1) / 2 or k d (co)variances.
    """
    x = _checked(x, k)
    n, d = x.shape
    rng = generator(seed, "mixture")
    floor = max(1e-4 * float(x.var(axis=0).mean()), 1e-12)
    best: tuple[float, Floats, Floats] | None = None
    for _ in range(restarts if k > 1 else 1):
        duty = np.eye(k)[_lloyd(x, _plus_plus(x, k, rng))[0]]
        likelihood, duty, means = _em(x, duty, covariance, floor)
        if best is None or likelihood > best[0]:
            best = likelihood, duty, means
    assert best is not None
    likelihood, duty, means = best
    count = k - 1 + k * d + k * (d * (d + 1) // 2 if covariance == "full" else d)
    labels = np.asarray(duty.argmax(axis=1), dtype=np.intp)
    within = float(((x - means[labels]) ** 2).sum())
    return _by_size(Groups(labels, means, within, -2 * likelihood + count * float(np.log(n))))


def silhouette(x: Floats, labels: Ints) -> float:
    """Mean silhouette width, -1 to 1; missing where there is only one group.

    Parameters
    ----------
    x : (n, d) array
    labels : (n,) integers >= 0

    Notes
    -----
    Rousseeuw (1987): (b - a) / max(a, b), a the mean distance to the own group, b to the nearest other; 0 for a row
    alone in its group.
    """
    names, own = np.unique(labels, return_inverse=True)
    k = len(names)
    if k < 2:
        return np.nan
    member = np.eye(k)[own]
    count = member.sum(axis=0)
    total = 0.0
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        mine = own[rows]
        sums = np.sqrt(((x[rows, None, :] - x[None, :, :]) ** 2).sum(axis=2)) @ member
        here = np.arange(len(mine))
        a = sums[here, mine] / np.maximum(count[mine] - 1, 1)
        mean = sums / count
        mean[here, mine] = np.inf
        b = mean.min(axis=1)
        top = np.maximum(a, b)
        width = np.divide(b - a, top, out=np.zeros_like(top), where=(top > 0) & (count[mine] > 1))
        total += float(width.sum())
    return total / len(x)


def _square_distances(x: Floats, centres: Floats) -> Floats:
    return np.asarray(np.stack([((x - c) ** 2).sum(axis=1) for c in centres], axis=1))


def _plus_plus(x: Floats, k: int, rng: np.random.Generator) -> Floats:
    centres = [x[rng.integers(len(x))]]
    near = ((x - centres[0]) ** 2).sum(axis=1)
    while len(centres) < k:
        total = near.sum()
        chance = near / total if total > 0 else None
        centres.append(x[rng.choice(len(x), p=chance)])
        near = np.minimum(near, ((x - centres[-1]) ** 2).sum(axis=1))
    return np.array(centres)


def _lloyd(x: Floats, centres: Floats) -> tuple[Ints, Floats, float]:
    k = len(centres)
    labels = np.full(len(x), -1, dtype=np.intp)
    for _ in range(_ROUNDS):
        far = _square_distances(x, centres)
        new = np.asarray(far.argmin(axis=1), dtype=np.intp)
        count = np.bincount(new, minlength=k)
        for empty in np.flatnonzero(count == 0):
            lost = far[np.arange(len(x)), new] * (count[new] > 1)
            row = int(lost.argmax())
            count[new[row]] -= 1
            new[row], count[empty] = empty, 1
        if (new == labels).all():
            break
        labels = new
        centres = np.eye(k)[labels].T @ x / count[:, None]
    return labels, centres, float(((x - centres[labels]) ** 2).sum())


def _em(x: Floats, duty: Floats, covariance: Covariance, floor: float) -> tuple[float, Floats, Floats]:
    n, d = x.shape
    last, likelihood = -np.inf, -np.inf
    means = np.empty((duty.shape[1], d))
    for _ in range(_ROUNDS):
        mass = duty.sum(axis=0) + 1e-300
        means = duty.T @ x / mass[:, None]
        density = np.empty_like(duty)
        for j in range(duty.shape[1]):
            off = x - means[j]
            if covariance == "diag":
                var = np.maximum(duty[:, j] @ off**2 / mass[j], floor)
                square, log_det = (off**2 / var).sum(axis=1), float(np.log(var).sum())
            else:
                # eigenvalues below the floor are lifted to it: the closest covariance that is not degenerate
                values, vectors = np.linalg.eigh((off * duty[:, j, None]).T @ off / mass[j])
                values = np.maximum(values, floor)
                square, log_det = ((off @ vectors) ** 2 / values).sum(axis=1), float(np.log(values).sum())
            density[:, j] = np.log(mass[j] / n) - 0.5 * (square + log_det + d * np.log(2 * np.pi))
        top = density.max(axis=1, keepdims=True)
        weight = np.exp(density - top)
        sums = weight.sum(axis=1, keepdims=True)
        likelihood = float((np.log(sums) + top).sum())
        duty = weight / sums
        if likelihood - last < 1e-8 * n:
            break
        last = likelihood
    return likelihood, duty, means


def _by_size(groups: Groups) -> Groups:
    """The same with labels in order of size; equals in order of their first row."""
    k = len(groups.centres)
    count = np.bincount(groups.labels, minlength=k)
    first = np.full(k, len(groups.labels))
    np.minimum.at(first, groups.labels, np.arange(len(groups.labels)))
    order = np.lexsort((first, -count))
    rank = np.empty(k, dtype=np.intp)
    rank[order] = np.arange(k)
    return Groups(rank[groups.labels], groups.centres[order], groups.within, groups.bic)


def _checked(x: Floats, k: int) -> Floats:
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or not 1 <= k <= len(x) or not np.isfinite(x).all():
        raise InputError(f"{k} groups need as many rows of finite values at least, got the shape {x.shape}")
    return x
