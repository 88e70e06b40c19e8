"""How much longer a trip would have to be to cut flows as a border does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def equivalent(coef: float, slope: float, covariance: Floats, *, base_min: float, wide: float) -> tuple[float, ...]:
    """Percent, minutes and their delta interval of a border on a base trip.

    Parameters
    ----------
    coef, slope : float
        Log of flow inside over across; elasticity of flow to time, < 0.
    covariance : array (2, 2)
        Of the two, in this order.
    base_min : float
        Minutes of the trip; NaN without time.
    wide : float
        Quantile of t.

    Notes
    -----
    exp(r) - 1 with r = -coef / slope; the interval is that of r (delta method), transformed, so that it cannot fall
    below minus the whole trip.
    """
    r = -coef / slope
    slope_of = np.array([-1.0 / slope, coef / slope**2])
    half = wide * float(np.sqrt(max(slope_of @ covariance @ slope_of, 0.0)))
    ends = [float(np.expm1(np.clip(v, -50.0, 50.0))) for v in (r, r - half, r + half)]
    return 100.0 * ends[0], *(base_min * v for v in ends)
