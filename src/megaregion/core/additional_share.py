"""Part of what the treated did that they would not have done anyway, by the change of the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
_TAIL = 0.975


class AdditionalShare(NamedTuple):
    """An additional share with its interval.

    Attributes
    ----------
    reached, anyway : float
        Mean afterwards of the treated; what it would have been with the change of the others.
    share, low, high : float
        1 - anyway / reached, with its 95 % interval; missing where nothing was reached, the interval also where the
        mean reached is not surely above zero.
    """

    reached: float
    anyway: float
    share: float
    low: float
    high: float


def additional_share(before: Floats, after: Floats, treated: NDArray[np.bool_]) -> AdditionalShare:
    """a = 1 - N / D, N = mean before of the treated + mean change of the others, D = mean after of the treated.

    before, after : (n,), finite, one unit; treated : (n,), both kinds twice at least. Interval of r = N / D by Fieller
    (1954): all r with (N - r D)^2 <= t^2 var(N - r D), degrees of freedom by Welch (1947) at the estimate.
    """
    w, change = treated, after[~treated] - before[~treated]
    n, m = int(w.sum()), len(change)
    anyway, reached = float(before[w].mean() + change.mean()), float(after[w].mean())
    if not reached > 0:
        return AdditionalShare(reached, anyway, np.nan, np.nan, np.nan)
    ratio = anyway / reached
    cov = np.cov(before[w], after[w]) / n
    other = float(change.var(ddof=1)) / m
    mine = float(cov[0, 0] - 2 * ratio * cov[0, 1] + ratio**2 * cov[1, 1])
    if not mine + other > 0:
        return AdditionalShare(reached, anyway, 1 - ratio, 1 - ratio, 1 - ratio)
    freedom = (mine + other) ** 2 / (mine**2 / (n - 1) + other**2 / (m - 1))
    t2 = float(stats.t.ppf(_TAIL, freedom)) ** 2
    a = reached**2 - t2 * cov[1, 1]  # a r^2 - 2 b r + c <= 0
    b = anyway * reached - t2 * cov[0, 1]
    c = anyway**2 - t2 * (cov[0, 0] + other)
    if not a > 0:
        return AdditionalShare(reached, anyway, 1 - ratio, np.nan, np.nan)
    half = float(np.sqrt(max(b * b - a * c, 0.0)))
    return AdditionalShare(reached, anyway, 1 - ratio, float(1 - (b + half) / a), float(1 - (b - half) / a))
