"""How evenly the importance of places is spread: Green's index, slopes of the largest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def evenness(strength: Floats) -> float:
    """1 - sd / sd_max of the strengths, sd_max that of two places with 0 and the largest strength (half of it).

    Parameters
    ----------
    strength : (n,) array
        >= 0.

    Returns
    -------
    float
        1 if all are equal; missing without any flow.

    Notes
    -----
    Green (2007), Urban Studies 44; times the density of the network it is his index.
    """
    largest = float(strength.max(initial=0.0))
    return 1.0 - float(strength.std()) / (largest / 2.0) if largest > 0 else float("nan")


def top_slope(size: Floats, tops: tuple[int, ...] = (2, 3, 4)) -> float:
    """Mean slope of ln(size) on ln(rank) over the largest 2, 3 and 4: the nearer to 0, the more polycentric.

    Parameters
    ----------
    size : (n,) array
        >= 0; only positive ones count.
    tops : tuple of int

    Returns
    -------
    float
        Missing where fewer are positive than the longest list needs.

    Notes
    -----
    Meijers and Burger (2010), Environment and Planning A 42: a few centres, since the slope of a long list measures
    the small places.
    """
    y = np.log(np.sort(size[size > 0])[::-1][: max(tops)])
    if len(y) < max(tops):
        return float("nan")
    return float(np.mean([np.polyfit(np.log(np.arange(1, k + 1)), y[:k], 1)[0] for k in tops]))
