"""Complexity of places and activities: advantage of few cases drawn to the mean, the second eigenvector, reflections.

Rows are places, columns activities (industries, fields of technology).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ALIKE = (
    1e-9  # eigenvalues or standard deviations this near to each other (to zero) are equal: rounding decides no order
)
STRONGEST = 1e9  # prior worth this many cases: the cells do not differ by more than chance


class Complexity(NamedTuple):
    """Complexity indices, standardised over the places.

    Attributes
    ----------
    place : (n,) array
        ECI: mean 0 and standard deviation 1 over the places that have one; missing where there is none.
    activity : (k,) array
        PCI on the same scale: the ECI of a place is the mean PCI of the activities that it has.
    second, third : float
        Second and third largest eigenvalue; 1 is the trivial first.
    reason : str
        Why there is no index; empty where there is one.
    """

    place: Floats
    activity: Floats
    second: float
    third: float
    reason: str


def expected(table: Floats) -> Floats:
    """x_i. x_.k / x_.. of a table (n, k) >= 0: what each cell would be if all places had the same structure."""
    total = float(table.sum())
    if not total > 0:
        raise InputError("expected a table with a positive sum: nothing to compare")
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / total)


def advantage(table: Floats, mean: Floats, prior: float = 0.0) -> Floats:
    """Revealed comparative advantage of each cell, drawn to 1 by a prior worth so many expected cases, (n, k).

    Parameters
    ----------
    table : (n, k) array, >= 0
    mean : (n, k) array, >= 0
        What is expected, such as `expected`; same unit.
    prior : float, >= 0
        0 gives (x_ik / x_i.) / (x_.k / x_..) (Balassa 1965). Missing where nothing is expected and the prior is 0.

    Notes
    -----
    (x + a) / (E + a): the mean of the Gamma(x + a, E + a) distribution of a rate with x ~ Poisson(rate E) and
    rate ~ Gamma(a, a), which has mean 1. Clayton and Kaldor (1987), Biometrics 43. It is on the same side of 1 as
    x / E: a prior moves how far a place stands out, not whether.
    """
    if not prior >= 0:
        raise InputError(f"the prior must be >= 0, got {prior!r}")
    base = mean + prior
    return np.asarray(np.divide(table + prior, base, out=np.full(table.shape, np.nan), where=base > 0))


def prior_of(table: Floats, mean: Floats) -> float:
    """Prior that makes the counts of a table (n, k) most likely: negative binomial, one strength for all cells.

    Parameters
    ----------
    table : (n, k) array, >= 0
        Counts, also fractional ones.
    mean : (n, k) array, >= 0
        What is expected.

    Notes
    -----
    Maximum over a of sum ln Gamma(x + a) - ln Gamma(a) + a ln a - (x + a) ln(E + a), cells with E > 0 (the terms
    without a are left out). Found over ln a by a bounded search; `STRONGEST` where counts vary no more than chance.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    x, e = table[mean > 0], mean[mean > 0]
    if not len(x):
        raise InputError("nothing is expected in any cell")

    def loss(log_a: float) -> float:
        a = np.exp(log_a)
        each = gammaln(x + a) - gammaln(a) - x * np.log(e + a) - a * np.log1p(e / a)
        return -float(each.sum())

    low, high = np.log(1e-6), np.log(STRONGEST)
    # the likelihood has one hump in ln a for most tables; a grid finds the right one where it has several
    grid = np.linspace(low, high, 61)
    best = int(np.argmin([loss(v) for v in grid]))
    ends = (grid[max(best - 1, 0)], grid[min(best + 1, 60)])
    found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-10})
    return float(np.exp(found.x))


def complexity(has: Flags) -> Complexity:
    """Economic and product complexity index by the second eigenvector.

    Parameters
    ----------
    has : (n, k) booleans
        Which place has which activity; rows and columns without any get no index.

    Notes
    -----
    Second eigenvector of D^-1 M U^-1 M' (D diversity, U ubiquity; Hidalgo and Hausmann 2009, PNAS 106; Hausmann et al.
    2014, Atlas of Economic Complexity). With B = D^-1/2 M U^-1/2 it is D^-1/2 times the second left singular vector
    of B, found through the smaller of B B' and B' B, which are symmetric. The sign makes ECI rise with diversity; where
    it does not vary with it, fall with the mean ubiquity of what a place has. Both are divided by the mean
    and standard deviation (of all, not of a sample) of ECI, as in the programs of Harvard's Growth Lab.
    """
    n, k = has.shape
    place, activity = np.full(n, np.nan), np.full(k, np.nan)
    rows, columns = has.any(axis=1), has.any(axis=0)
    m = has[np.ix_(rows, columns)].astype(np.float64)
    second, third, reason = np.nan, np.nan, ""
    if min(m.shape, default=0) < 2:
        reason = "fewer than two places or activities"
    elif (parts := _parts(m)) > 1:
        reason = f"places and activities fall apart into {parts} groups that share nothing"
    else:
        diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
        values, vector = _second(m, diversity, ubiquity)
        second, third = float(values[1]), float(values[2]) if len(values) > 2 else 0.0
        reason = _undetermined(second, third)
        if not reason:
            scores = (m @ vector) / diversity
            sign = _sign(scores, diversity, (m @ ubiquity) / diversity)
            if sign == 0:
                reason = "nothing says which end is the complex one: all places are equally diverse and rare"
            else:
                mean, sd = float(scores.mean()), float(scores.std())
                place[rows], activity[columns] = sign * (scores - mean) / sd, sign * (vector - mean) / sd
    return Complexity(place, activity, second, third, reason)


def _undetermined(second: float, third: float) -> str:
    if second < ALIKE:
        return "all places have the same activities"
    return "two eigenvectors are equally good: the order of places is not determined" if second - third < ALIKE else ""


def _second(m: Floats, diversity: Floats, ubiquity: Floats) -> tuple[Floats, Floats]:
    """The largest eigenvalues (up to three), and the second right eigenvector over the activities."""
    from scipy.linalg import eigh

    b = m / np.sqrt(np.outer(diversity, ubiquity))
    wide = b.shape[0] < b.shape[1]
    gram = b @ b.T if wide else b.T @ b
    size = len(gram)
    values, vectors = eigh(gram, subset_by_index=[max(size - 3, 0), size - 1])
    second = vectors[:, -2]
    return values[::-1], np.asarray((b.T @ second if wide else second) / np.sqrt(ubiquity))


def _sign(scores: Floats, diversity: Floats, rarity: Floats) -> float:
    for against, direction in ((diversity, 1.0), (rarity, -1.0)):
        spread = float(scores.std() * against.std())
        if spread > 0:
            r = float(((scores - scores.mean()) * (against - against.mean())).mean()) / spread
            if abs(r) > ALIKE and against.std() > ALIKE * abs(against.mean()):
                return direction * float(np.sign(r))
    return 0.0


def _parts(m: Floats) -> int:
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    half = sparse.csr_array(m)
    return int(connected_components(sparse.block_array([[None, half], [half.T, None]]), directed=False)[0])


def reflections(has: Flags, rounds: int) -> tuple[Floats, Floats]:
    """Averages k_c,N of places (n,) and k_p,N of activities (k,), standardised in every even round.

    Parameters
    ----------
    has : (n, k) booleans
        Every row and column has something.
    rounds : int
        N, even and >= 0; 0 gives diversity and ubiquity. An even k_c,N tends to ECI up to sign and scale.

    Notes
    -----
    k_c,N = mean of k_p,N-1 over the activities of c, and the reverse; Hidalgo and Hausmann (2009). Averages keep
    shifts and scales, so that standardising loses nothing and stops the numbers from all becoming equal.
    """
    m = has.astype(np.float64)
    if rounds < 0 or rounds % 2 or not (m.any(axis=1).all() and m.any(axis=0).all()):
        raise InputError(
            f"reflections need an even number of rounds >= 0 (got {rounds}), and something in every row and column"
        )
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    places, activities = _standard(diversity), _standard(ubiquity)
    for _ in range(rounds // 2):
        places, activities = (
            _standard(m @ ((m.T @ places) / ubiquity) / diversity),
            _standard(m.T @ ((m @ activities) / diversity) / ubiquity),
        )
    return places, activities


def _standard(x: Floats) -> Floats:
    spread = float(x.std())
    return np.asarray(
        (x - x.mean()) / spread if spread > ALIKE * max(abs(float(x.mean())), 1e-300) else np.zeros(len(x))
    )
