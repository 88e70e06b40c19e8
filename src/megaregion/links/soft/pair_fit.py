"""Gravity of ordered pairs by PPML with effects of both ends; errors where pairs that share a place are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.poisson import poisson, separated
from megaregion.core.score_covariance import dyadic, mended, multiway
from megaregion.errors import InputError
from megaregion.links.soft.gravity import active, identified

Floats = NDArray[np.float64]
Kind = Literal["dyadic", "two-way"]
ENDS = ("origin", "destination")


@dataclass(frozen=True, kw_only=True)
class Errors:
    """One coefficient with its error.

    Attributes
    ----------
    kind : {'dyadic', 'two-way'}
        Whose interval is the wider one, and printed.
    se, low, high : float
        Of this kind; 95 %, Student's t with places - 1 (dyadic) or the fewer ends - 1 (two-way) degrees.
    se_two_way, two_way_low, two_way_high : float
    quantile : float
        Of t, for functions of the coefficients.
    """

    kind: Kind
    se: float
    low: float
    high: float
    se_two_way: float
    two_way_low: float
    two_way_high: float
    quantile: float


@dataclass(frozen=True, eq=False, kw_only=True)
class PairFit:
    """Coefficients of a Poisson regression on ordered pairs.

    Attributes
    ----------
    coef : Series
        Index the regressors.
    covariance : mapping of {'dyadic', 'two-way'} to DataFrame
    n, dropped : int
        Pairs used, and pairs given that are perfectly predicted.
    ends, places : int
        Fewer of origins and destinations; places that occur.
    mended : bool
        Whether a variance was not positive and lost its negative part (Cameron, Gelbach and Miller 2011).
    """

    coef: pd.Series
    covariance: dict[Kind, pd.DataFrame]
    n: int
    dropped: int
    ends: int
    places: int
    mended: bool

    def errors(self, term: str) -> Errors:
        """The wider of both intervals of a coefficient, with the two-way one beside it."""
        from scipy.stats import t

        value = float(self.coef.loc[[term]].iloc[0])
        found: dict[Kind, tuple[float, float]] = {}
        for kind, freedom in (("dyadic", self.places - 1), ("two-way", self.ends - 1)):
            spread = float(self.covariance[kind].loc[[term], [term]].to_numpy(float)[0, 0])  # type: ignore[index]
            found[kind] = float(np.sqrt(max(spread, 0.0))), float(t.ppf(0.975, max(freedom, 1)))  # type: ignore[index]
        wide: Kind = max(found, key=lambda kind: (found[kind][0] * found[kind][1], kind == "dyadic"))
        half, other = (found[kind][0] * found[kind][1] for kind in (wide, "two-way"))
        return Errors(
            kind=wide, se=found[wide][0], low=value - half, high=value + half, se_two_way=found["two-way"][0],
            two_way_low=value - other, two_way_high=value + other, quantile=found[wide][1],
        )  # fmt: skip


def pair_fit(rows: pd.DataFrame, terms: Sequence[str]) -> PairFit:
    """E[F_ij] = exp(o_i + d_j + x_ij b), zeros included.

    Parameters
    ----------
    rows : DataFrame
        Columns origin, destination, flow (>= 0) and the regressors, no missing values; every end has a flow.
    terms : sequence of str
        Regressors, all of them identified.

    Raises
    ------
    InputError
        Without the pairs that are perfectly predicted a regressor is not identified any more.
    ConvergenceError
        There is no finite optimum.

    Notes
    -----
    Santos Silva and Tenreyro (2006), Rev. Econ. Stat. 88(4). Dyadic errors (Aronow, Samii and Assenova 2015, Political
    Analysis 23(4)) let any two flows that share a place be alike, also one that leaves it and one that enters it;
    two-way clusters (Cameron, Gelbach and Miller 2011) only flows that share an origin or share a destination.
    """
    given, terms = len(rows), list(terms)
    x, y, codes = _arrays(rows, terms)
    lost = separated(x, y, codes)
    if lost.any():
        rows = active(rows[~lost], "flow", ENDS)
        if len(rows) == 0 or sorted(identified(rows, terms, ENDS)[0]) != sorted(terms):
            raise InputError("too few pairs are left without those that are perfectly predicted")
        x, y, codes = _arrays(rows, terms)
    fit = poisson(x, y, codes)
    members = pd.factorize(pd.concat([rows["origin"], rows["destination"]], ignore_index=True))[0].astype(np.intp)
    first, second = members[: len(rows)], members[len(rows) :]
    covariance: dict[Kind, pd.DataFrame] = {}
    rough = False
    for kind, meat in (("dyadic", dyadic(fit.score, first, second)), ("two-way", multiway(fit.score, codes))):
        variance, broken = mended(fit.covariance(meat))
        covariance[kind] = pd.DataFrame(variance, terms, terms)  # type: ignore[index]
        rough |= broken
    return PairFit(
        coef=pd.Series(fit.estimate, terms), covariance=covariance, n=len(rows), dropped=given - len(rows),
        ends=min(rows[end].nunique() for end in ENDS), places=len(np.unique(members)), mended=rough,
    )  # fmt: skip


def _arrays(rows: pd.DataFrame, terms: list[str]) -> tuple[Floats, Floats, list[NDArray[np.intp]]]:
    codes = [pd.factorize(rows[end])[0].astype(np.intp) for end in ENDS]
    return rows[terms].to_numpy(float), rows["flow"].to_numpy(float), codes
