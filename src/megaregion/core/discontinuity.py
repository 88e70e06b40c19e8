"""Jump of a local regression at a threshold: local linear, with an interval that knows of its bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.core.score_covariance import multiway
from megaregion.errors import InputError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
# (C2 / (4 C1))^(1/5) of the triangular kernel at an edge: moments 1/2, 1/6, 1/12, 1/20 give C1 = 1/400, C2 = 24/5
EDGE = 480.0**0.2


@dataclass(frozen=True)
class Jump:
    """Right limit less left limit at zero.

    Attributes
    ----------
    estimate : float
        Local linear.
    corrected, error : float
        Local quadratic at the same bandwidth, and its standard error: intervals are corrected +- 1.96 error.
    bandwidth : float
    left, right : int
        Observations within it on each side.
    """

    estimate: float
    corrected: float
    error: float
    bandwidth: float
    left: int
    right: int


def jump(x: Floats, y: Floats, cluster: Codes | None = None, *, bandwidth: float | None = None) -> Jump:
    """Discontinuity of E[y | x] at x = 0.

    Parameters
    ----------
    x, y : (n,) arrays
        Running variable, threshold at zero (zero counts right), and outcome.
    cluster : (n,) integers, optional
        Default: every observation on its own.
    bandwidth : float, optional
        Default: `mse_bandwidth`.

    Raises
    ------
    InputError
        A side has fewer than four observations, or three values of x, within the bandwidth.

    Notes
    -----
    Triangular kernel. The local quadratic at the bandwidth of the local linear is the bias-corrected estimate with
    equal bandwidths of Calonico, Cattaneo and Titiunik (2014, Econometrica 82(6)); its error is robust to the bias.
    Errors: clusters times g / (g - 1), or n / (n - k).
    """
    h = mse_bandwidth(x, y) if bandwidth is None else bandwidth
    if not (np.isfinite(h) and h > 0):
        raise InputError(f"the bandwidth must be > 0, got {h!r}")
    near = np.abs(x) < h
    right = x >= 0
    for side, name in ((~right & near, "left"), (right & near, "right")):
        if side.sum() < 4 or len(np.unique(x[side])) < 3:
            raise InputError(
                f"{int(side.sum())} observations on the {name} within {h:g}: a jump needs four of three values"
            )
    codes = None if cluster is None else cluster[near]
    line, _ = _fitted(x[near], y[near], 1, h, codes)
    curve, error = _fitted(x[near], y[near], 2, h, codes)
    return Jump(line, curve, error, float(h), int((~right & near).sum()), int((right & near).sum()))


def _fitted(x: Floats, y: Floats, degree: int, h: float, cluster: Codes | None) -> tuple[float, float]:
    """Coefficient of the step and its standard error in a weighted polynomial with its own terms on each side."""
    right, powers = (x >= 0).astype(float), np.vander(x / h, degree + 1, increasing=True)
    z = np.hstack([powers, right[:, None] * powers])
    weight = 1.0 - np.abs(x) / h
    bread = np.linalg.inv(z.T @ (weight[:, None] * z))
    beta = bread @ (z.T @ (weight * y))
    score = z * (weight * (y - z @ beta))[:, None]
    n, k = z.shape
    own = np.arange(n, dtype=np.intp) if cluster is None else np.unique(cluster, return_inverse=True)[1].astype(np.intp)
    meat = score.T @ score * n / max(n - k, 1) if cluster is None else multiway(score, [own])
    step = degree + 1
    return float(beta[step]), float(np.sqrt((bread @ meat @ bread)[step, step]))


def mse_bandwidth(x: Floats, y: Floats) -> float:
    """Bandwidth that makes the mean squared error of the local linear jump least, with regularised curvature.

    Parameters
    ----------
    x, y : (n,) arrays
        At least ten observations on each side.

    Raises
    ------
    InputError
        There are too few.

    Notes
    -----
    Imbens and Kalyanaraman (2012, Review of Economic Studies 79(3)), section 4, triangular kernel.
    """
    right = x >= 0
    sides = (~right, right)
    if min(int(side.sum()) for side in sides) < 10:
        raise InputError(f"a bandwidth needs ten observations on each side, got {[int(s.sum()) for s in sides]}")
    scale, size = float(np.std(x, ddof=1)), float(np.std(y, ddof=1))
    if not (scale > 0 and size > 0):
        raise InputError("the running variable or the outcome does not vary")
    return scale * _unit_bandwidth(x / scale, y / size, sides)


def _unit_bandwidth(x: Floats, y: Floats, sides: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> float:
    """The same for a running variable and an outcome with a standard deviation of one."""
    n, right = len(x), sides[1]
    pilot = 1.84 * n**-0.2
    close = [side & (np.abs(x) <= pilot) for side in sides]
    if min(int(c.sum()) for c in close) < 2:
        raise InputError("too few observations lie near the threshold for a bandwidth", hint="state one")
    density = sum(int(c.sum()) for c in close) / (2.0 * n * pilot)
    variance = [float(np.var(y[c], ddof=1)) for c in close]
    cubic = np.column_stack([np.ones(n), right, x, x**2, x**3])
    third = 6.0 * float(np.linalg.lstsq(cubic, y, rcond=None)[0][4])
    curve, regular = [], 0.0
    for side, spread in zip(sides, variance, strict=True):
        many = int(side.sum())
        wide = 3.56 * (spread / (density * max(third**2, 1e-12))) ** (1 / 7) * many ** (-1 / 7)
        wide = float(np.clip(wide, np.sort(np.abs(x[side]))[9], np.abs(x[side]).max()))
        some = side & (np.abs(x) <= wide)
        quadratic = np.vander(x[some], 3, increasing=True)
        curve.append(2.0 * float(np.linalg.lstsq(quadratic, y[some], rcond=None)[0][2]))
        regular += 2160.0 * spread / (int(some.sum()) * wide**4)
    bottom = density * ((curve[1] - curve[0]) ** 2 + regular)
    return float(EDGE * (sum(variance) / bottom) ** 0.2 * n**-0.2)
