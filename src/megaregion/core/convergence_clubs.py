"""Do places share one path in the long run, and which of them do: the log t test and clubs of Phillips and Sul."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
REJECT = -1.65  # t of the slope below which convergence is rejected, one-sided 5 %
TRIM = 1.0 / 3.0  # first part of the years that the regression leaves out
LEAST_YEARS = 15


class LogT(NamedTuple):
    """Slope of the log t regression.

    Attributes
    ----------
    slope : float
        Twice the speed alpha at which differences close; >= 2: convergence in levels, 0 to 2: in growth rates.
    error, t : float
        Robust to autocorrelation; convergence is rejected where t < -1.65.
    """

    slope: float
    error: float
    t: float


class Clubs(NamedTuple):
    """Clubs in order of their level in the last year.

    Attributes
    ----------
    club : (n,) integers
        Number of the club from 0; -1 for places that belong to none.
    tests : tuple of LogT
        Of each club.
    """

    club: Places
    tests: tuple[LogT, ...]


def log_t(path: Floats, *, trim: float = TRIM) -> LogT:
    """Test whether all places of a panel converge to one path.

    Parameters
    ----------
    path : (n, T) array
        Logarithms, > 0, without the cycle; n >= 2, T >= 15.
    trim : float
        Share of the first years that is left out: trim T of them, rounded.

    Returns
    -------
    LogT
        t is infinite where the differences between places vanish.

    Raises
    ------
    InputError
        Too few places or years, or a value that is not above zero.

    Notes
    -----
    Phillips and Sul (2007), Econometrica 75(6): h = path over the mean of the year, H_t = mean (h - 1)^2,
    log(H_1 / H_t) - 2 log log t = a + b log t. Error from the long-run variance of the residuals, quadratic spectral
    kernel with the bandwidth of Andrews (1991), Econometrica 59(3), for an autoregression of order one, with the
    divisors and lags of their program, on which published clubs depend (Sichera and Pizzuto 2019, R Journal 11(2)).
    """
    _require(path, trim)
    return _log_t(path, _design(path.shape[1], trim))


def trend(value: Floats, *, smooth: float = 400.0) -> Floats:
    """Trend of each row, without the cycle; years without a value are bridged by the trend.

    Parameters
    ----------
    value : (n, T) array
        One column a year; NaN where a year is missing for all, never first or last.
    smooth : float
        400 for years (Phillips and Sul 2007).

    Returns
    -------
    (n, T) array

    Notes
    -----
    Hodrick and Prescott (1997), J. Money, Credit and Banking 29(1): least sum of (value - trend)^2 over the years that
    are known, plus `smooth` times the squared second differences of the trend over all years.
    """
    known = np.isfinite(value).all(axis=0)
    years = value.shape[1]
    bend = np.diff(np.eye(years), n=2, axis=0)
    system = np.diag(known.astype(np.float64)) + smooth * bend.T @ bend
    return np.asarray(np.linalg.solve(system, np.where(known, value, 0.0).T).T)


def clubs(path: Floats, *, trim: float = TRIM, merge: bool = True) -> Clubs:
    """Group places into clubs that each converge.

    Parameters
    ----------
    path : (n, T) array
        As in `log_t`.
    trim : float
    merge : bool
        Join neighbouring clubs that converge together.

    Notes
    -----
    Phillips and Sul (2007), section 4, and (2009), J. Appl. Econometrics 24(7): places in order of the last year; the
    core is the run from the first pair that converges with the largest t; others join one by one where t > 0 with the
    core alone, a bound that is raised in steps of .01 until the club converges; the rest begins anew. Joining: 2009,
    section 4.2.
    """
    _require(path, trim)
    design = _design(path.shape[1], trim)
    order = np.argsort(-path[:, -1], kind="stable")
    left, found = order, list[Places]()
    while len(left) >= 2:
        if _log_t(path[left], design).t > REJECT:
            found.append(left)
            left = left[:0]
            break
        core = _core(path, left, design)
        if core is None:
            break
        club = _sieve(path, left, core, design)
        found.append(club)
        left = left[~np.isin(left, club)]
    if merge:
        found = _merged(path, found, design)
    out = np.full(len(path), -1, dtype=np.intp)
    for number, members in enumerate(found):
        out[members] = number
    return Clubs(out, tuple(_log_t(path[members], design) for members in found))


class _Design(NamedTuple):
    years: Floats
    penalty: Floats
    regressors: Floats
    inverse: Floats


def _design(years: int, trim: float) -> _Design:
    t = np.arange(round(trim * years) + 1, years + 1, dtype=np.float64)
    x = np.column_stack([np.ones(len(t)), np.log(t)])
    return _Design(t, 2.0 * np.log(np.log(t)), x, np.linalg.inv(x.T @ x))


def _log_t(path: Floats, design: _Design) -> LogT:
    spread = ((path / path.mean(axis=0) - 1.0) ** 2).mean(axis=0)
    last = spread[design.years.astype(np.intp) - 1]
    if not spread[0] > 0 or (last <= 0).any():
        return LogT(float("inf"), 0.0, float("inf"))
    y = np.log(spread[0] / last) - design.penalty
    estimate = design.inverse @ (design.regressors.T @ y)
    error = float(np.sqrt(_long_run(y - design.regressors @ estimate) * design.inverse[1, 1]))
    slope = float(estimate[1])
    return LogT(slope, error, slope / error if error > 0 else float(np.copysign(np.inf, slope)))


def _long_run(e: Floats) -> float:
    """Long-run variance of residuals as the program of Phillips and Sul has it: lags without the last residual."""
    n, square = len(e), float(e @ e)
    if not square > 0:
        return 0.0
    rho = float(e[1:] @ e[:-1] / (e[:-1] @ e[:-1]))
    apart = max((1.0 - rho) ** 4, 1e-12)
    x = np.arange(1, n - 1) / max(1.3221 * (4.0 * rho**2 / apart * n) ** 0.2, 1e-6)
    z = 1.2 * np.pi * x
    weight = np.where(z > 1e-3, 3.0 / z**2 * (np.sin(z) / z - np.cos(z)), 1.0)
    some = e[:-1]
    lags = np.array([some[k:] @ some[:-k] for k in range(1, n - 1)])
    return max((square + 2.0 * float(weight @ lags)) / (n - 1), 0.0)


def _core(path: Floats, left: Places, design: _Design) -> Places | None:
    """The run with the largest t from the first neighbours that converge."""
    for first in range(len(left) - 1):
        best, size, end = _log_t(path[left[first : first + 2]], design).t, 2, 2
        if best <= REJECT:
            continue
        while first + end < len(left):
            end += 1
            t = _log_t(path[left[first : first + end]], design).t
            if t <= REJECT:
                break
            if t > best:
                best, size = t, end
        return left[first : first + size]
    return None


def _sieve(path: Floats, left: Places, core: Places, design: _Design) -> Places:
    """The core and all that converge with it."""
    others = left[~np.isin(left, core)]
    t = np.array([_log_t(path[np.append(core, place)], design).t for place in others])
    bound = 0.0
    while True:
        club = np.concatenate([core, others[t > bound]])
        if len(club) == len(core) or _log_t(path[club], design).t > REJECT:
            return club
        bound += 0.01


def _merged(path: Floats, found: list[Places], design: _Design) -> list[Places]:
    out: list[Places] = []
    for members in found:
        if out and _log_t(path[np.concatenate([out[-1], members])], design).t > REJECT:
            out[-1] = np.concatenate([out[-1], members])
        else:
            out.append(members)
    return out


def _require(path: Floats, trim: float) -> None:
    wrong = []
    if path.ndim != 2 or path.shape[0] < 2 or path.shape[1] < LEAST_YEARS:
        wrong.append(f"two places and {LEAST_YEARS} years at least are needed, got the shape {path.shape}")
    elif not (np.isfinite(path).all() and (path > 0).all()):
        wrong.append("logarithms must be finite and > 0, so that shares of their mean make sense")
    if not 0.0 < trim < 0.9:
        wrong.append(f"trim must lie between 0 and .9, got {trim!r}")
    if wrong:
        raise InputError("log t: " + "; ".join(wrong), hint="count in a unit in which all values are well above 1")
