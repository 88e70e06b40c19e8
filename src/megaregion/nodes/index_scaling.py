"""One indicator of an index: long tails treated, then brought to the common scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.core.aggregate import goalposts
from megaregion.core.normalise import (
    around_target,
    distance_to_target,
    percentiles,
    rank_scores,
    share_of_best,
    z_scores,
)
from megaregion.core.outliers import box_cox, box_cox_lambda, has_outliers, kurtosis, log_shift, skewness, winsorise
from megaregion.errors import InputError
from megaregion.nodes.tree import Indicator, Normalisation, Outliers

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Treated:
    """Values after the treatment of long tails.

    Attributes
    ----------
    values : (n,) array
    kind : str
        What was done: "", winsorise, log, box-cox.
    moved : tuple of int
        Positions of winsorised values.
    shift, exponent, unit : float
        Of the logarithm; of Box and Cox, in units of the geometric mean.
    before, after : pair of float
        Skewness and kurtosis.
    """

    values: Floats
    kind: str = ""
    moved: tuple[int, ...] = ()
    shift: float = 0.0
    exponent: float = 1.0
    unit: float = 1.0
    before: tuple[float, float] = (np.nan, np.nan)
    after: tuple[float, float] = (np.nan, np.nan)

    def of(self, value: float) -> float:
        """Where a goalpost goes to; NaN outside of the domain."""
        if self.kind == "log":
            return float(np.log(value + self.shift)) if value + self.shift > 0 else np.nan
        if self.kind == "box-cox":
            return float(box_cox(np.array([value / self.unit]), self.exponent)[0]) if value > 0 else np.nan
        return value


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """Values on the common scale, the goalposts used, and how many values lay beyond."""

    values: Floats
    low: float = np.nan
    high: float = np.nan
    below: int = 0
    above: int = 0


def treat(x: Floats, how: Outliers, most: int) -> Treated:
    """Treat long tails if |skewness| > 2 and kurtosis > 3.5; otherwise the values as they came.

    Raises
    ------
    InputError
        Box-Cox of values that are not positive.
    """
    if how == "none" or not has_outliers(x):
        return Treated(values=x)
    before = (skewness(x), kurtosis(x))
    if how in ("winsorise", "winsorise-log"):
        found = winsorise(x, most)
        if how == "winsorise" or not has_outliers(found.values):
            return Treated(values=found.values, kind="winsorise", moved=found.moved, before=before,
                           after=_moments(found.values))  # fmt: skip
    if how == "box-cox":
        if not (x > 0).all():
            raise InputError("box-cox needs values above zero", hint="winsorise or log")
        lam, unit = box_cox_lambda(x), float(np.exp(np.log(x).mean()))
        values = box_cox(x / unit, lam)
        return Treated(values=values, kind="box-cox", exponent=lam, unit=unit, before=before, after=_moments(values))
    shift = log_shift(x)
    values = np.log(x + shift)
    return Treated(values=values, kind="log", shift=shift, before=before, after=_moments(values))


def _moments(x: Floats) -> tuple[float, float]:
    return (skewness(x), kurtosis(x)) if np.ptp(x) > 0 else (np.nan, np.nan)


def scale(treated: Treated, spec: Indicator, how: Normalisation) -> Scaled:
    """Bring one indicator to the scale `how`, more being better; without the margin.

    Raises
    ------
    InputError
        The scale is not defined: a goalpost outside of the domain of the logarithm, a column without spread or with a
        single place and no goalposts, values that are not positive as shares of the best.
    """
    x = treated.values
    best = None if spec.target is None else (treated.of(spec.target[0]), treated.of(spec.target[1]))
    if how == "minmax":
        return _between(x, treated, spec, best)
    direction = spec.direction
    if best is not None:
        if how == "frontier":
            raise InputError("the share of the best is not defined for a target interval", hint="minmax or z")
        if not np.isfinite(best).all():
            raise InputError(f"the target lies outside of the domain of the {treated.kind}")
        x, direction = distance_to_target(x, best), -1
    if len(x) < 2 or np.ptp(x) == 0:
        raise InputError(f"{how} needs at least two different values, there are {len(np.unique(x))}")
    if how == "z":
        return Scaled(values=z_scores(x, direction))
    if how == "rank":
        return Scaled(values=rank_scores(x, direction))
    if how == "percentile":
        return Scaled(values=percentiles(x, direction))
    if not (x > 0).all() and not (direction > 0 and (x >= 0).all()):
        raise InputError("shares of the best need values above zero", hint="minmax, rank or z")
    return Scaled(values=share_of_best(x, direction))


def _between(x: Floats, treated: Treated, spec: Indicator, best: tuple[float, float] | None) -> Scaled:
    ends = [float(x.min()) if spec.low is None else treated.of(spec.low),
            float(x.max()) if spec.high is None else treated.of(spec.high)]  # fmt: skip
    if best is not None:
        ends = [min(ends[0], best[0]) if spec.low is None else ends[0],
                max(ends[1], best[1]) if spec.high is None else ends[1]]  # fmt: skip
    if not np.isfinite([*ends, *(best or ())]).all():
        raise InputError(
            f"a goalpost lies outside of the domain of the {treated.kind}", hint="goalposts above zero, or winsorise"
        )
    low, high = ends
    if not low < high:
        raise InputError(
            f"the goalposts meet or are reversed: {low:g} and {high:g}",
            hint="a constant column has no scale of its own",
        )
    if best is not None:
        values = around_target(x, low, high, best)
        return Scaled(values=values, low=low, high=high, below=int((x < low).sum()), above=int((x > high).sum()))
    found = goalposts(x, low, high, spec.direction)
    return Scaled(values=found.values, low=low, high=high, below=found.below, above=found.above)


def with_margin(share: Floats, how: Normalisation, delta: float) -> Floats:
    """Keep a geometric mean away from zero: x (1 - 2 delta) + delta on the scales that reach zero."""
    return np.asarray(share * (1.0 - 2.0 * delta) + delta) if how in ("minmax", "rank") else share
