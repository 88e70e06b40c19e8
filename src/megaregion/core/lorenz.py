"""Lorenz curves fitted to grouped incomes, and the poverty that they imply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
GRID = np.linspace(0.001, 0.999, 999)  # where a curve is checked: the Beta form falls below zero at 0 when gamma < 1
LEAST_POINTS = 4  # one more than the three parameters
ENDS = 1e-9
TOP = 0.9  # as POVCAL: a quadratic curve that ends at L(1) >= 0.9 is let pass, for poverty is read far below it


class Curve(Protocol):
    """Share of income L(p) of the poorest share p of people."""

    def value(self, p: ArrayLike) -> Floats:
        """L(p)."""

    def slope(self, p: ArrayLike) -> Floats:
        """L'(p): income at p over the mean."""

    def problems(self) -> tuple[str, ...]:
        """Why this is no Lorenz curve; empty where it is one."""


@dataclass(frozen=True)
class GeneralQuadratic:
    """L (1 - L) = a (p^2 - L) + b L (p - 1) + c (p - L): an arc of a conic (Villasenor and Arnold 1989).

    Attributes
    ----------
    a, b, c : float
        As in Datt (1998), table 1.
    """

    a: float
    b: float
    c: float

    @property
    def e(self) -> float:
        """-(a + b + c + 1)."""
        return -(self.a + self.b + self.c + 1.0)

    @property
    def m(self) -> float:
        """b^2 - 4 a: negative for an ellipse."""
        return self.b**2 - 4.0 * self.a

    @property
    def n(self) -> float:
        """2 b e - 4 c."""
        return 2.0 * self.b * self.e - 4.0 * self.c

    def _root(self, p: Floats) -> Floats:
        return np.asarray(np.sqrt(np.maximum(self.m * p**2 + self.n * p + self.e**2, 0.0)))

    def value(self, p: ArrayLike) -> Floats:
        """L(p)."""
        x = np.asarray(p, dtype=np.float64)
        return np.asarray(-(self.b * x + self.e + self._root(x)) / 2.0)

    def slope(self, p: ArrayLike) -> Floats:
        """L'(p)."""
        x = np.asarray(p, dtype=np.float64)
        with np.errstate(divide="ignore"):
            return np.asarray(-self.b / 2.0 - (2.0 * self.m * x + self.n) / (4.0 * self._root(x)))

    def problems(self) -> tuple[str, ...]:
        """Conditions of Datt (1998), section 4, and the curve itself on 0.1 to 99.9 % of people.

        L(0) = 0 needs e < 0, L'(0) >= 0 needs c >= 0; L(1) is the lesser of 1 and a + c, down to 0.9 tolerated; it
        is convex where n^2 > 4 m e^2.
        """
        out = []
        if not self.e < 0:
            out.append("L(0) is not 0 (e >= 0)")
        if not self.a + self.c >= TOP:
            out.append(f"L(1) is {self.a + self.c:.3g}, not 1 (a + c < {TOP:g})")
        if not self.c >= -ENDS:
            out.append("the poorest have negative income (c < 0)")
        if not self.n**2 - 4.0 * self.m * self.e**2 > 0:
            out.append("not convex (n^2 <= 4 m e^2)")
        if (self.m * GRID**2 + self.n * GRID + self.e**2 < 0).any():
            out.append("not real on all of 0 to 1")
        return (*out, *_shape(self))


@dataclass(frozen=True)
class BetaLorenz:
    """L(p) = p - theta p^gamma (1 - p)^delta (Kakwani 1980).

    Attributes
    ----------
    theta, gamma, delta : float
        All > 0.
    """

    theta: float
    gamma: float
    delta: float

    def value(self, p: ArrayLike) -> Floats:
        """L(p)."""
        x = np.asarray(p, dtype=np.float64)
        return np.asarray(x - self.theta * x**self.gamma * (1.0 - x) ** self.delta)

    def slope(self, p: ArrayLike) -> Floats:
        """L'(p)."""
        x = np.asarray(p, dtype=np.float64)
        g, d = self.gamma, self.delta
        falling = g * x ** (g - 1.0) * (1.0 - x) ** d - d * x**g * (1.0 - x) ** (d - 1.0)
        return np.asarray(1.0 - self.theta * falling)

    def problems(self) -> tuple[str, ...]:
        """The curve on 0.1 to 99.9 % of people, as POVCAL checks it; its square is integrable if gamma > 1/2."""
        out = [] if self.gamma > 0.5 else ["the squared gap is infinite (gamma <= 1/2)"]
        return (*out, *_shape(self))


@dataclass(frozen=True, eq=False)
class SplitHistogram:
    """A density of two steps in each group that keeps its bounds and its mean, Pareto beyond an open top.

    Passes through every point and lies within what the groups allow (Cowell and Mehta 1982): a Lorenz curve always.

    Attributes
    ----------
    p, income : (k,) arrays
        Shares of people and their income over the mean of all; straight between them.
    top, mean_top : float
        Lower bound and mean of an open last group over the mean of all; both 0 where the last group is closed.
    """

    p: Floats
    income: Floats
    top: float
    mean_top: float

    def value(self, p: ArrayLike) -> Floats:
        """L(p)."""
        x = np.asarray(p, dtype=np.float64)
        area = np.concatenate(([0.0], np.cumsum(np.diff(self.p) * (self.income[1:] + self.income[:-1]) / 2.0)))
        inside = np.minimum(x, self.p[-1])
        k = np.clip(np.searchsorted(self.p, inside, side="right") - 1, 0, len(self.p) - 1)
        below = area[k] + (inside - self.p[k]) * (self.income[k] + np.interp(inside, self.p, self.income)) / 2.0
        left = 1.0 - self.p[-1]
        if not left > ENDS:
            return np.asarray(below)
        rest = np.clip((1.0 - x) / left, 0.0, 1.0)
        return np.asarray(below + left * self.mean_top * (1.0 - rest ** (self.top / self.mean_top)))

    def slope(self, p: ArrayLike) -> Floats:
        """L'(p)."""
        x = np.asarray(p, dtype=np.float64)
        inside = np.interp(x, self.p, self.income)
        left = 1.0 - self.p[-1]
        if not left > ENDS:
            return np.asarray(inside)
        with np.errstate(divide="ignore"):
            tail = self.top * np.clip((1.0 - x) / left, 0.0, 1.0) ** (self.top / self.mean_top - 1.0)
        return np.asarray(np.where(x > self.p[-1], tail, inside))

    def problems(self) -> tuple[str, ...]:
        """None."""
        return ()


def _shape(curve: Curve) -> tuple[str, ...]:
    """What is wrong with the values of a curve on the grid."""
    slope = curve.slope(GRID)
    out = []
    if not np.isfinite(slope).all():
        return ("its slope is not finite",)
    if (slope < 0).any():
        out.append(f"negative incomes up to {100 * GRID[slope < 0].max():.1f} % of people")
    if (np.diff(slope) < -ENDS * np.abs(slope).max()).any():
        out.append("not convex on 0.1 to 99.9 % of people")
    return tuple(out)


class GroupedPoverty(NamedTuple):
    """Poverty read from a Lorenz curve: headcount, gap, squared gap."""

    headcount: float
    gap: float
    squared: float


def fit_quadratic(p: Floats, share: Floats) -> GeneralQuadratic:
    """Ordinary least squares of L (1 - L) on p^2 - L, L (p - 1), p - L; Datt (1998), eq. for the GQ curve.

    Parameters
    ----------
    p, share : (n,) arrays
        Cumulative shares of people and of income, ascending, without the ends (0, 0) and (1, 1); n >= 4.
    """
    x = np.column_stack((p**2 - share, share * (p - 1.0), p - share))
    a, b, c = np.linalg.lstsq(x, share * (1.0 - share), rcond=None)[0]
    return GeneralQuadratic(float(a), float(b), float(c))


def fit_beta(p: Floats, share: Floats) -> BetaLorenz:
    """Ordinary least squares of ln(p - L) on 1, ln p, ln(1 - p); needs L < p.

    Parameters
    ----------
    p, share : (n,) arrays
        As in `fit_quadratic`.
    """
    x = np.column_stack((np.ones(len(p)), np.log(p), np.log1p(-p)))
    constant, gamma, delta = np.linalg.lstsq(x, np.log(p - share), rcond=None)[0]
    return BetaLorenz(float(np.exp(constant)), float(gamma), float(delta))


def split_histogram(lower: Floats, upper: Floats, people: Floats, mean: Floats) -> SplitHistogram:
    """Density (b - m) / (b - a) / (m - a) up to the mean of a group and (m - a) / (b - a) / (b - m) beyond it.

    Parameters
    ----------
    lower, upper, people, mean : (n,) arrays
        Groups in order of income without gaps, 0 <= lower <= mean <= upper; only the last upper may be infinite, with
        lower > 0 there.
    """
    share = people / people.sum()
    mu = float(share @ mean)
    closed = np.isfinite(upper)
    a, b, m = lower[closed], upper[closed], mean[closed]
    ends = np.cumsum(share[closed])
    starts = ends - share[closed]
    first = np.divide(b - m, b - a, out=np.full(len(m), 0.5), where=b > a)
    p = np.column_stack((starts, starts + share[closed] * first, ends)).ravel()
    income = np.column_stack((a, m, b)).ravel() / mu
    top, mean_top = (0.0, 0.0) if closed.all() else (float(lower[-1]) / mu, float(mean[-1]) / mu)
    return SplitHistogram(p, income, top, mean_top)


def headcount(curve: Curve, ratio: float) -> float:
    """Share of people with an income below `ratio` times the mean: L'(H) = z / mu.

    The slope of a Lorenz curve rises, so the root is bracketed; 0 or 1 where the line lies beyond all incomes.
    """
    from scipy.optimize import brentq

    low, high = 0.0, 1.0 - 1e-12
    edge = float(curve.slope(1e-12))
    if ratio <= edge:
        return 0.0
    if ratio >= float(curve.slope(high)):
        return 1.0
    return float(brentq(lambda x: float(curve.slope(max(x, 1e-12))) - ratio, low, high, xtol=1e-13, rtol=1e-13))


def grouped_poverty(curve: Curve, ratio: float) -> GroupedPoverty:
    """Headcount, gap and squared gap of the line z = `ratio` times the mean.

    P1 = H - L(H) / (z / mu); P2 = integral of (1 - L'(p) / (z / mu))^2 over 0 to H. Datt (1998) has the integral in
    closed form by cases; the quadrature here needs none and agrees with it.

    Parameters
    ----------
    curve : GeneralQuadratic or BetaLorenz
        Without `problems`.
    ratio : float
        z / mu > 0.
    """
    from scipy.integrate import quad

    h = headcount(curve, ratio)
    if h <= 0:
        return GroupedPoverty(0.0, 0.0, 0.0)
    gap = h - float(curve.value(h)) / ratio
    top = min(h, 1.0 - 1e-12)
    # p = top t^2 softens the power of p at 0
    square, _ = quad(
        lambda t: 2.0 * top * t * (1.0 - float(curve.slope(max(top * t * t, 1e-300))) / ratio) ** 2, 0.0, 1.0, limit=200
    )
    return GroupedPoverty(h, gap, float(square))


def gini(curve: Curve) -> float:
    """1 - 2 times the area below the curve."""
    from scipy.integrate import quad

    area, _ = quad(lambda x: float(curve.value(x)), 0.0, 1.0, limit=200)
    return 1.0 - 2.0 * float(area)


def squared_error(curve: Curve, p: Floats, share: Floats, upto: float = 1.0) -> float:
    """Sum of squared errors of L at the points, up to and with the first one at or beyond `upto`."""
    last = int(np.searchsorted(p, upto)) + 1
    return float(np.sum((curve.value(p[:last]) - share[:last]) ** 2))


def headcount_bounds(lower: Floats, upper: Floats, people: Floats, line: float) -> tuple[float, float]:
    """What brackets alone say of the share of people below the line: those surely and those possibly below it.

    Parameters
    ----------
    lower, upper, people : (n,) arrays
        Brackets in order; a person's income is >= lower and < upper.
    """
    whole = people.sum()
    return float(people[upper <= line].sum() / whole), float(people[lower < line].sum() / whole)


def gini_bounds(lower: Floats, upper: Floats, people: Floats, mean: Floats) -> tuple[float, float]:
    """What groups alone say of the Gini coefficient (Gastwirth 1972).

    At least: nobody differs from the mean of the own group. At most: in each group everybody stands at one of its
    bounds, in the shares that keep its mean; (m - a)(b - m) / (b - a) / mu times the square of its share of people is
    added, (m - a) / mu where the top is open.

    Parameters
    ----------
    lower, upper, people, mean : (n,) arrays
        Groups in order of income; lower <= mean <= upper, upper may be infinite.
    """
    p = people / people.sum()
    mu = float(p @ mean)
    share = np.concatenate(([0.0], np.cumsum(p * mean) / mu))
    least = 1.0 - float(np.sum(p * (share[1:] + share[:-1])))
    spread = mean - lower
    closed = np.isfinite(upper) & (upper > lower)
    spread[closed] *= (upper[closed] - mean[closed]) / (upper[closed] - lower[closed])
    return least, least + float(p**2 @ spread) / mu


def pareto_mean(lower: float, above: float, top: float, above_top: float) -> float:
    """Mean income beyond `top` on a Pareto tail through two thresholds; infinite where the tail has no mean.

    Parameters
    ----------
    lower, top : float
        Lower bounds of the last two brackets, 0 < lower < top.
    above, above_top : float
        People at or beyond each.
    """
    exponent = np.log(above / above_top) / np.log(top / lower)
    return float(top * exponent / (exponent - 1.0)) if exponent > 1 else float("inf")
