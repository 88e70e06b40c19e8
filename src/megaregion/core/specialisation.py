"""How places divide labour among them: location quotients, Krugman's index, likeness, complements, and their nulls.

A structure is a row of shares of industries that sums to 1; rows are places, columns industries.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
BLOCK_CELLS = 4_000_000  # numbers held at once by what is computed in blocks (32 MB)
ON_THE_CIRCLE = 1e-9  # relative: a third place this near to the circle lies on it, and not inside


def shares(table: Floats) -> Floats:
    """Structure of every place: rows of the (n, k) table >= 0 divided by their sums; missing where a sum is 0."""
    total = table.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(table, total, out=np.full(table.shape, np.nan), where=total > 0))


def location_quotient(share: Floats, reference: Floats) -> Floats:
    """Share of each industry in a place over its share in the whole, (n, k); missing where nobody has the industry.

    Parameters
    ----------
    share : (n, k) array
        Structures.
    reference : (k,) array
        Structure of the whole.
    """
    return np.asarray(np.divide(share, reference, out=np.full(share.shape, np.nan), where=reference > 0))


def krugman(share: Floats, reference: Floats) -> Floats:
    """Krugman's index of every place against one structure, (n,), in [0, 2].

    K_i = sum_k |s_ik - r_k|; 0 where the structures are the same, 2 where they share no industry. Krugman (1991),
    Geography and Trade, appendix D.
    """
    return np.asarray(np.abs(share - reference).sum(axis=-1))


def krugman_pairs(share: Floats) -> Floats:
    """Krugman's index of all pairs i < j, (n (n - 1) / 2,), in the order of ``numpy.triu_indices(n, 1)``."""
    from scipy.spatial.distance import pdist

    if len(share) < 2:
        return np.zeros(0)
    return np.asarray(pdist(np.ascontiguousarray(share), "cityblock"))


def likeness(share: Floats, first: Ints, second: Ints) -> tuple[Floats, Floats]:
    """Pearson correlation and cosine of the structures of some pairs.

    The cosine is the coefficient of structural similarity of UNIDO (1979), common in the Chinese literature.

    Parameters
    ----------
    share : (n, k) array
    first, second : (p,) integers
        Rows that make up each pair.

    Returns
    -------
    (p,) array, (p,) array
        Pearson is missing where a structure is even, since it then varies with nothing.
    """
    centred = share - share.mean(axis=1, keepdims=True)
    return _cosine(centred, first, second), _cosine(share, first, second)


def complementarity(share: Floats, reference: Floats, use: Floats) -> Floats:
    """By how much input linkage is larger in two places taken as one than in the two apart, (n, n).

    With W = (A + A') / 2 without its diagonal, the linkage of a structure s is s' W s, and
    K_ij = [m' W m - (s_i' W s_i + s_j' W s_j) / 2] / (r' W r) = -(s_i - s_j)' W (s_i - s_j) / (4 r' W r),
    m the mean of the two: positive where what one place has more of supplies, or buys from, what the other has
    more of; 0 for equal structures; negative where the difference is between industries that trade little.

    Parameters
    ----------
    share : (n, k) array
    reference : (k,) array
        Structure of the whole; its linkage is the unit.
    use : (k, k) array
        A: input from the industry of the row for a unit of output of the industry of the column, >= 0.

    Notes
    -----
    An index of this toolkit; no published one needs no flows between places.
    """
    linkage = (use + use.T) / 2.0
    np.fill_diagonal(linkage, 0.0)
    unit = float(reference @ linkage @ reference)
    both = share @ linkage @ share.T
    own = np.diag(both)
    out = -(own[:, None] + own[None, :] - 2.0 * both) / (4.0 * unit) if unit > 0 else np.full(both.shape, np.nan)
    np.fill_diagonal(out, 0.0)
    return np.asarray(out)


def sampled_places(
    share: Floats, reference: Floats, counted: Floats, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Krugman's index that chance alone gives to a place counted by a sample, and the p of the observed one.

    Null: the people counted in a place are drawn from the structure of the whole.

    Parameters
    ----------
    share, reference : (n, k) and (k,) arrays
    counted : (n,) array
        People counted in each place, rounded down; a design effect is taken off beforehand.
    draws : int
    rng : Generator

    Returns
    -------
    (n,) array, (n,) array
        Mean of the null; p = (1 + draws at least as large) / (1 + draws), missing where nobody was counted.
    """
    whole, seen = np.broadcast_to(reference, share.shape), krugman(share, reference)
    return _null(seen, whole, counted, None, draws, rng)


def sampled_pairs(
    share: Floats, counted: Floats, first: Ints, second: Ints, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """As `sampled_places` for pairs; null: both places are drawn from their pooled structure.

    Parameters
    ----------
    share, counted : (n, k) and (n,) arrays
    first, second : (p,) integers
        Rows of each pair.
    draws : int
    rng : Generator
    """
    a, b = counted[first][:, None], counted[second][:, None]
    with np.errstate(invalid="ignore"):  # nobody was counted in either place: no null
        pooled = (a * share[first] + b * share[second]) / (a + b)
    seen = np.abs(share[first] - share[second]).sum(axis=1)
    return _null(seen, pooled, counted[first], counted[second], draws, rng)


def neighbours_alike(
    pairs: Floats, n: int, first: Ints, second: Ints, draws: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Whether neighbours are more alike than places in general: mean index of the neighbours against shuffled places.

    Parameters
    ----------
    pairs : (n (n - 1) / 2,) array
        `krugman_pairs`.
    n : int
        Places.
    first, second : (p,) integers
        Neighbours, first < second.
    draws : int
        Permutations of the places over the map.
    rng : Generator

    Returns
    -------
    mean, mean_of_null, p : float
        p two-sided: twice the smaller tail, at most 1; all missing where there are no neighbours.

    Notes
    -----
    Mantel (1967) with the map of neighbours as the second matrix.
    """
    if not len(first):
        return np.nan, np.nan, np.nan
    seen = float(pairs[position(n, first, second)].mean())
    null = np.empty(draws)
    for d in range(draws):
        order = rng.permutation(n)
        a, b = order[first], order[second]
        null[d] = pairs[position(n, np.minimum(a, b), np.maximum(a, b))].mean()
    near = 1e-12 * max(seen, 1e-300)  # sums of the same numbers in another order are ties
    tail = min((null <= seen + near).sum(), (null >= seen - near).sum())
    return seen, float(null.mean()), float(min(1.0, 2.0 * (1 + tail) / (1 + draws)))


def gabriel(lon: Floats, lat: Floats) -> tuple[Ints, Ints]:
    """Neighbours by points: pairs i < j with no third place inside the sphere whose diameter joins them.

    Parameters
    ----------
    lon, lat : (n,) arrays
        Degrees.

    Returns
    -------
    (p,) integers, (p,) integers
        The two places of every pair, in order.

    Notes
    -----
    Gabriel and Sokal (1969), with straight chords through the earth; connected, without a parameter.
    """
    from megaregion.core.minplus import product

    x, y = np.radians(lon), np.radians(lat)
    point = np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    square = np.maximum(((point[:, None, :] - point[None, :, :]) ** 2).sum(axis=-1), 0.0)
    np.fill_diagonal(square, np.inf)
    none = np.zeros(square.shape, dtype=np.int32)
    over, _ = product(square, none, square, none)  # smallest sum of squares over any third place
    first, second = np.triu_indices(len(point), 1)
    keep = over[first, second] >= square[first, second] * (1.0 - ON_THE_CIRCLE)
    return first[keep], second[keep]


def wilson(share: Floats, counted: Floats, z: float) -> tuple[Floats, Floats]:
    """Interval of a share counted in a sample, Wilson (1927).

    Parameters
    ----------
    share : (n, k) array
        Observed shares.
    counted : (n,) array
        Size of each sample, > 0.
    z : float
        Quantile of the normal distribution, 1.645 for 90 %.
    """
    n = counted[:, None]
    centre, spread = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.asarray((centre - spread) / (1 + z * z / n)), np.asarray((centre + spread) / (1 + z * z / n))


def garwood(count: Floats) -> tuple[Floats, Floats]:
    """Exact 95 % interval of the mean behind a Poisson count, Garwood (1936).

    Parameters
    ----------
    count : (n,) array
        Counts >= 0.

    Examples
    --------
    >>> [round(float(end[0]), 3) for end in garwood(np.array([10.0]))]
    [4.795, 18.39]
    """
    from scipy.special import gammaincinv

    low = np.where(count > 0, gammaincinv(np.maximum(count, 1e-300), 0.025), 0.0)
    return low, np.asarray(gammaincinv(count + 1.0, 0.975))


def position(n: int, first: Ints, second: Ints) -> Ints:
    """Where each pair first < second stands in the order of ``numpy.triu_indices(n, 1)``."""
    return np.asarray(first * n - first * (first + 1) // 2 + second - first - 1)


def _cosine(x: Floats, first: Ints, second: Ints) -> Floats:
    norm = np.sqrt((x * x).sum(axis=1))
    size = np.abs(x).max(axis=1, initial=0.0)
    flat = norm <= 1e-14 * max(float(size.max(initial=0.0)), 1e-300) * np.sqrt(x.shape[1])
    unit = np.divide(x, norm[:, None], out=np.full(x.shape, np.nan), where=~flat[:, None])
    out = np.empty(len(first))
    step = max(1, BLOCK_CELLS // max(1, x.shape[1]))
    for at in range(0, len(first), step):
        here = slice(at, at + step)
        out[here] = (unit[first[here]] * unit[second[here]]).sum(axis=1)
    return np.clip(out, -1.0, 1.0)


def _null(
    seen: Floats, structure: Floats, counted: Floats, other: Floats | None, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Mean of the null and p; with `other` of two samples from the same structure, else of one against it."""
    mean, p = np.full(len(seen), np.nan), np.full(len(seen), np.nan)
    known = (counted >= 1) & (True if other is None else other >= 1)
    rows = np.flatnonzero(known)
    step = max(1, BLOCK_CELLS // max(1, draws * structure.shape[1]))
    for at in range(0, len(rows), step):
        here = rows[at : at + step]
        base = structure[here] / structure[here].sum(axis=1, keepdims=True)
        drawn = _drawn(counted[here], base, draws, rng)
        against = base[:, None, :] if other is None else _drawn(other[here], base, draws, rng)
        null = np.abs(drawn - against).sum(axis=-1)
        mean[here] = null.mean(axis=1)
        p[here] = (1 + (null >= seen[here, None] - 1e-12).sum(axis=1)) / (1 + draws)
    return mean, p


def _drawn(counted: Floats, base: Floats, draws: int, rng: np.random.Generator) -> Floats:
    size = np.floor(counted).astype(np.int64)[:, None]
    return np.asarray(rng.multinomial(size, base[:, None, :], size=(len(base), draws)) / size[:, :, None])
