"""Who stands between whom: brokerage roles between groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]


class Brokerage(NamedTuple):
    """Open two-paths i - j - k (i and k not tied) through each broker j, by the groups of the three.

    Attributes
    ----------
    coordinator : (n,) array
        All three in one group.
    itinerant : (n,) array
        i and k in one group, the broker in another.
    gatekeeper : (n,) array
        i in another group, broker and k in one: what comes into the group. Without directions the same as
        representative.
    representative : (n,) array
        i and broker in one group, k in another: what leaves the group.
    liaison : (n,) array
        Three groups.
    total : (n,) array
        All; without directions gatekeeper and representative are one role and count once.
    """

    coordinator: Floats
    itinerant: Floats
    gatekeeper: Floats
    representative: Floats
    liaison: Floats
    total: Floats


def brokerage(tie: ArrayLike, group: ArrayLike, *, directed: bool) -> Brokerage:
    """Brokerage roles of each place.

    Parameters
    ----------
    tie : (n, n) booleans
        tie[i, j]: i to j; the diagonal is ignored. Undirected ties are symmetric, and every pair {i, k} counts once.
    group : (n,) integers
        Code of the group of each place.
    directed : bool

    Raises
    ------
    InputError
        Shapes differ, or an undirected network is not symmetric.

    Notes
    -----
    Gould and Fernandez (1989), Sociological Methodology 19. In a directed path only the tie i to k closes it.
    """
    a, code = np.array(tie, dtype=np.float64), np.asarray(group)
    if a.ndim != 2 or a.shape != (len(a), len(a)) or code.shape != (len(a),) or not np.isin(a, (0.0, 1.0)).all():
        raise InputError(f"expected ties (n, n) of 0 and 1 and groups (n,), got {a.shape} and {code.shape}")
    np.fill_diagonal(a, 0.0)
    if not directed and (a != a.T).any():
        raise InputError("an undirected network must be symmetric", hint="say directed=True, or tie both ways")
    same = (code[:, None] == code[None, :]).astype(np.float64)
    other = 1.0 - same
    open_ = 1.0 - a
    np.fill_diagonal(open_, 0.0)

    def through(into: Floats, out: Floats, ends: Floats) -> Floats:
        """Paths i -> j by ties `into`, j -> k by ties `out`, with ends[i, k]; for every j at once."""
        return np.asarray(((into.T @ ends) * out).sum(axis=1))

    inner, outer = a * same, a * other
    coordinator = through(inner, inner, open_)
    itinerant = through(outer, outer, open_ * same)
    gatekeeper = through(outer, inner, open_)
    representative = through(inner, outer, open_)
    liaison = through(outer, outer, open_ * other)
    if directed:
        return Brokerage(coordinator, itinerant, gatekeeper, representative, liaison, through(a, a, open_))
    coordinator, itinerant, liaison = coordinator / 2, itinerant / 2, liaison / 2
    total = coordinator + itinerant + gatekeeper + liaison
    return Brokerage(coordinator, itinerant, gatekeeper, representative, liaison, total)
