"""How many ties a network has, and how far they hang on one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def density(tie: ArrayLike) -> float:
    """Share of the pairs that are tied; NaN below two places.

    Parameters
    ----------
    tie : (n, n) booleans
        The diagonal is ignored; a directed network counts ordered pairs.
    """
    given = _off(tie)
    n = len(given)
    return float(given.sum()) / (n * (n - 1)) if n >= 2 else float("nan")


def degree_centralization(tie: ArrayLike) -> float:
    """Sum of (largest degree - degree) over its largest value, that of the star; NaN below three places.

    Parameters
    ----------
    tie : (n, n) booleans
        Undirected; the diagonal is ignored.

    Notes
    -----
    Freeman (1979), Social Networks 1(3): sum_i (d* - d_i) / ((n - 1)(n - 2)).
    """
    degree = _off(tie).sum(axis=1)
    n = len(degree)
    return float((degree.max() - degree).sum()) / ((n - 1) * (n - 2)) if n >= 3 else float("nan")


def _off(tie: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    out = np.array(tie, dtype=bool)
    np.fill_diagonal(out, False)
    return out
