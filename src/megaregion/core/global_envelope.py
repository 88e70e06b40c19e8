"""Global envelopes: bands that a whole curve leaves with a stated probability if the null holds."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Kind = Literal["rank", "mad"]


class Envelope(NamedTuple):
    """A band and its test.

    Attributes
    ----------
    low, high, center : (m,) arrays
        Band; mean of all curves, the observed one among them.
    p : float
        Share of the curves, the observed one among them, that are at least as extreme as it.
    """

    low: Floats
    high: Floats
    center: Floats
    p: float


def global_envelope(observed: Floats, simulated: Floats, *, kind: Kind, level: float = 0.95) -> Envelope:
    """Band that holds a whole curve with probability `level` under the null.

    Parameters
    ----------
    observed : (m,) array
    simulated : (s, m) array
        Curves drawn under the null.
    kind : {'rank', 'mad'}
        Extreme rank lengths (a band that is as wide as the curves spread at each point), or the largest deviation
        from the mean (one width everywhere).
    level : float

    Returns
    -------
    Envelope
        The observed curve leaves the band at some point if and only if p <= 1 - level (without ties).

    Raises
    ------
    InputError
        Fewer curves than the level needs, or values that are not finite.

    Notes
    -----
    Extreme rank length: Myllymaki, Mrkvicka, Grabarnik, Seijo and Hahn (2017), JRSS B 79; ties in a point share their
    mean rank. Largest deviation: Ripley (1977), JRSS B 39.
    """
    if not 0 < level < 1:
        raise InputError(f"level must lie between 0 and 1, got {level!r}")
    curves = np.vstack([observed[None, :], simulated])
    if not np.isfinite(curves).all():
        raise InputError("curves hold values that are not finite")
    n = len(curves)
    drop = int(np.floor((1.0 - level) * n + 1e-9))
    if drop < 1:
        raise InputError(f"{n - 1} simulations are too few for a level of {level:g}",
                         hint=f"at least {int(np.ceil(1 / (1 - level) - 1e-9)) - 1}")  # fmt: skip
    center = curves.mean(axis=0)
    if kind == "mad":
        away = np.abs(curves - center).max(axis=1)
        width = float(np.sort(away)[::-1][drop])
        return Envelope(center - width, center + width, center, float((away >= away[0]).mean()))
    share = _extremeness(curves)
    kept = curves[share > 1.0 - level + 1e-9]
    return Envelope(kept.min(axis=0), kept.max(axis=0), center, float(share[0]))


def _extremeness(curves: Floats) -> Floats:
    """Share of curves at least as extreme as each, by their pointwise ranks in order of extremity."""
    from scipy.stats import rankdata

    up = rankdata(curves, axis=0)
    ranks = np.sort(np.minimum(up, len(curves) + 1 - up), axis=1)
    _, order, count = np.unique(ranks, axis=0, return_inverse=True, return_counts=True)
    return np.cumsum(count)[order.ravel()] / len(curves)
