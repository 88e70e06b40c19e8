"""Bargaining over a sum that can be split at will."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def nash_split(total: float, disagreement: Floats, weights: Floats) -> Floats:
    """Weighted Nash solution: what each party would have anyway, and its weight in what agreeing adds.

    Parameters
    ----------
    total : float
        S, what the parties have together if they agree.
    disagreement : (n,) array
        d, what each has if they do not; sum(d) <= S.
    weights : (n,) array >= 0
        Bargaining weights, not all zero; equal for Nash (1950).

    Returns
    -------
    (n,) array
        x = d + w (S - sum d) / sum w, the largest product of (x - d)^w with sum x = S.

    Notes
    -----
    Nash (1950), Econometrica 18(2); weights: Kalai (1977), Int. J. Game Theory 6(3). Of two equals
    x_A = d_A + (S - d_A - d_B) / 2.

    Examples
    --------
    >>> nash_split(10.0, np.array([4.0, 2.0]), np.ones(2)).tolist()
    [6.0, 4.0]
    """
    return np.asarray(disagreement + weights / weights.sum() * (total - disagreement.sum()), dtype=np.float64)
