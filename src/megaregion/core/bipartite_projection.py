"""Who is in how many things with whom: projection of memberships, and the ties beyond chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]


def projected(member: ArrayLike, *, size: ArrayLike | None = None) -> Floats:
    """Weight of each pair: every thing that m share adds 1 / (m - 1), so that each member gains 1 from it in all.

    Parameters
    ----------
    member : (a, n) booleans
        Rows things (agreements), columns places.
    size : (a,) array, optional
        Members of each thing, those outside the columns included; default the sums of rows. Things of fewer than two
        members add nothing.

    Returns
    -------
    (n, n) array
        Symmetric, zero diagonal.

    Notes
    -----
    Newman (2001), Phys. Rev. E 64, 016132, eq. 2.
    """
    inside = _members(member)
    m = inside.sum(axis=1) if size is None else np.asarray(size, dtype=np.float64)
    if m.shape != (len(inside),) or (m < inside.sum(axis=1)).any():
        raise InputError("a thing has more members among the columns than in all")
    share = np.divide(1.0, m - 1.0, out=np.zeros(len(m)), where=m >= 2)
    weight = inside.T @ (inside * share[:, None])
    np.fill_diagonal(weight, 0.0)
    return weight


def shared(member: ArrayLike) -> Floats:
    """Number of things that each pair shares; the diagonal is zero."""
    inside = _members(member)
    out = inside.T @ inside
    np.fill_diagonal(out, 0.0)
    return out


def shared_by_chance(member: ArrayLike) -> tuple[Floats, Floats]:
    """Things that a pair would share by chance, and the probability of sharing at least as many.

    Parameters
    ----------
    member : (a, n) booleans
        Rows things, columns places.

    Returns
    -------
    expected, p : (n, n) array
        Symmetric; the diagonal is NaN.

    Notes
    -----
    The null: place i takes part in a random set of k_i of the a things, independently of the others. Shared things of
    i and j then follow the hypergeometric distribution H(a, k_i, k_j); p = P(X >= observed). How much each place takes
    part is held fixed, how many take part in each thing is not: one thing that everybody joins counts for every pair.
    Tumminello, Micciche, Lillo, Piilo and Mantegna (2011), PLoS ONE 6(3), e17994, eq. 1.
    """
    from scipy.stats import hypergeom

    inside = _members(member)
    things, n = inside.shape
    of = inside.sum(axis=0)
    rows, columns = np.triu_indices(n, 1)
    count = shared(inside)[rows, columns]
    expected, p = np.full((n, n), np.nan), np.full((n, n), np.nan)
    if things:
        tail = hypergeom.sf(count - 1, things, of[rows], of[columns])
        p[rows, columns] = p[columns, rows] = np.minimum(tail, 1.0)
        expected[rows, columns] = expected[columns, rows] = of[rows] * of[columns] / things
    return expected, p


def _members(member: ArrayLike) -> Floats:
    given = np.asarray(member)
    if given.ndim != 2 or (given.size and not np.isin(given, (0, 1)).all()):
        raise InputError(f"expected memberships (things, places) of 0 and 1, got the shape {given.shape}")
    return given.astype(np.float64)
