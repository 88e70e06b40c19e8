"""How sure a border effect is when groups are few: wild bootstrap of scores over pairs of groups, places drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.poisson import poisson
from megaregion.core.score_covariance import dyadic, independent, joined, mended, multiway
from megaregion.errors import InputError, SolveError
from megaregion.links.soft.barriers import Dyads, not_identified
from megaregion.links.soft.border_levels import BorderDesign, border_design
from megaregion.links.soft.equivalents import equivalent
from megaregion.result import Column, Result

Floats = NDArray[np.float64]
FEW = 12  # clusters up to which six-point weights are drawn instead of signs
_WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderInference(Result):
    """One border coefficient with the interval of every method."""

    table: pd.DataFrame
    replications: int
    seed: int
    beside: tuple[str, ...] = ()

    title_en: ClassVar[str] = "How sure the border effect is"
    title_zh: ClassVar[str] = "边界效应的不确定性"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#border-inference")

        return (
            Column("method", "", "Method", "方法", key=True),
            number("coef", "", "Log of flow inside over flow across", "组内相对跨界流量（对数）"),
            number("se", "", "Standard error", "标准误"),
            number("ci_low", "", "95 % interval, low", "95%区间下限"),
            number("ci_high", "", "95 % interval, high", "95%区间上限"),
            number("p_value", "", "p of no border", "无边界效应的p值"),
            number("clusters", "count", "Clusters", "聚类数"),
            number("equivalent_min", "min", "Worth minutes more on the base trip", "相当于基准行程增加的分钟数"),
            number("min_low", "min", "Interval, low", "区间下限"),
            number("min_high", "min", "Interval, high", "区间上限"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a method."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Replications and seed."""
        return {"replications": self.replications, "seed": self.seed}

    def facts(self) -> dict[str, Any]:
        """Controls that are held beside the border, if any."""
        return {"beside": ", ".join(self.beside)} if self.beside else {}


def border_inference(
    pairs: Dyads, *, seed: int, replications: int = 999, controls: Mapping[str, pd.DataFrame] | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> BorderInference:  # fmt: skip
    """Intervals of the main border coefficient by five methods.

    Parameters
    ----------
    pairs : Dyads
    seed : int
    replications : int
        Draws of the wild bootstrap and of places (those without an optimum are left out and counted).
    controls : mapping of name to DataFrame, optional
        As in `border_levels`: held beside the border by every method.
    tell : callable, optional
        Called as ``tell(done, total)`` with the draws of places, which take nearly all of the time.

    Returns
    -------
    BorderInference
        Rows ``robust`` (HC1), ``two-way`` (both ends), ``dyadic``, ``wild, pairs of groups`` (Kline and Santos 2012;
        the interval holds all nulls that are not rejected, infinite where none is) and ``places drawn anew``
        (percentiles). Minutes where `pairs` measures time; by the delta method but for the last row.

    Raises
    ------
    InputError
        The border is not identified, or there are fewer than 2 replications.

    Notes
    -----
    The border varies over pairs of groups, so that errors which are alike in a pair of groups make the first three
    too narrow: with few groups believe the fourth. Weights: Webb (2023), Can. J. Econ. 56(3), to 12 clusters, signs
    beyond. Places drawn with replacement, a flow weighing the product of its ends' counts: Davezies, D'Haultfoeuille
    and Guyonvarch (2021), Ann. Stat. 49(2); where flows have nothing in common but their pair this is too wide by up
    to the root of 3 (Owen 2007, Ann. Appl. Stat. 1(2)).
    Minutes of the wild interval hold the elasticity at its estimate. Every draw of places is a regression, every end of
    the wild interval some twenty: with hundreds of places take fewer replications.
    """
    if replications < 2:
        raise InputError(f"replications must be at least 2, got {replications!r}")
    design = main_design(pairs, controls)
    x, y, codes = design.arrays()
    fit = poisson(x, y, codes)
    k, d = design.terms.index("same"), design.terms.index("ln_x")
    pick = np.ix_([k, d], [k, d])
    base = pairs.base_min if pairs.measure == "time" else np.nan
    b, slope = float(fit.estimate[k]), float(fit.estimate[d])
    places = len(set(design.rows["origin"]) | set(design.rows["destination"]))
    ends = min(design.rows["origin"].nunique(), design.rows["destination"].nunique())
    cells = group_pairs(design, pairs.groups)
    meats = {
        "robust": (independent(fit.score) * len(y) / max(fit.freedom, 1), max(fit.freedom, 1), len(y)),
        "two-way": (multiway(fit.score, codes), ends - 1, ends),
        "dyadic": (dyadic(fit.score, *design.members()), places - 1, places),
    }
    rows = [
        _by_t(name, (b, slope), mended(fit.covariance(m))[0][pick], df, g, base) for name, (m, df, g) in meats.items()
    ]
    rows.append(_wild_row(design, cells, (b, slope, base), fit.covariance(multiway(fit.score, [cells]))[pick], seed,
                          replications))  # fmt: skip
    drawn, failed = places_drawn(design, seed=seed, replications=replications, tell=tell)
    rows.append(_drawn_row(drawn, (b, slope, base), places))
    notes = [f"{failed} of {replications} draws of places had no optimum and are left out"] if failed else []
    beside = tuple(name for name in controls or {} if name in design.known)
    return BorderInference(
        table=pd.DataFrame(rows), replications=replications, seed=seed, beside=beside, warnings=tuple(notes)
    )


def wild_interval(pairs: Dyads, *, seed: int, replications: int = 999) -> dict[str, float]:
    """The wild row of `border_inference` alone: coef, ci_low, ci_high, p_value and group_pairs.

    Raises
    ------
    InputError
        The border is not identified, or there are fewer than 2 replications.
    """
    if replications < 2:
        raise InputError(f"replications must be at least 2, got {replications!r}")
    design = main_design(pairs)
    x, y, codes = design.arrays()
    fit = poisson(x, y, codes)
    k, d = design.terms.index("same"), design.terms.index("ln_x")
    cells = group_pairs(design, pairs.groups)
    cov = fit.covariance(multiway(fit.score, [cells]))[np.ix_([k, d], [k, d])]
    row = _wild_row(
        design, cells, (float(fit.estimate[k]), float(fit.estimate[d]), np.nan), cov, seed, replications
    )  # fmt: skip
    return {**{name: float(row[name]) for name in ("coef", "ci_low", "ci_high", "p_value")},
            "group_pairs": float(row["clusters"])}  # fmt: skip


def main_design(pairs: Dyads, controls: Mapping[str, pd.DataFrame] | None = None) -> BorderDesign:
    """Effects of both ends, ln x, whether both lie in one group, and the controls."""
    design = border_design(pairs, pd.DataFrame({"same": pairs.groups}), controls=controls)
    if "same" not in design.known or "ln_x" not in design.known:
        raise InputError(f"the design does not identify the border: {not_identified(pairs.rows)}")
    return design


def group_pairs(design: BorderDesign, groups: pd.Series) -> NDArray[np.intp]:
    """Clusters: the unordered pair of groups that a flow joins, inside a group its own."""
    label = groups.astype(str)
    a, b = (design.rows[e].map(label).to_numpy(object) for e in ("origin", "destination"))
    low, high = np.minimum(a, b), np.maximum(a, b)
    return joined([pd.factorize(low)[0].astype(np.intp), pd.factorize(high)[0].astype(np.intp)])


def wild_p(
    design: BorderDesign, cells: NDArray[np.intp], null: float, *, seed: int, replications: int = 999
) -> float:  # fmt: skip
    """p of the border coefficient being `null`, by a wild bootstrap of scores at the restricted optimum.

    Parameters
    ----------
    design : BorderDesign
        Of `main_design`.
    cells : (n,) integers
        Clusters.
    null : float
    seed : int
    replications : int

    Notes
    -----
    The score of the border, cleaned of everything else, sums over clusters to s_c; |sum w_c s_c| over
    sqrt(sum (w_c s_c)^2) is compared with the same at w = 1. Kline and Santos (2012), J. Econom. Methods 1(1).
    """
    sums = _effective(design, cells, null)
    g = len(sums)
    if g < 2:
        return 1.0
    rng = generator(seed, "wild")
    if g <= FEW:
        weight = rng.choice(np.concatenate([-_WEBB, _WEBB]), (replications, g))
    else:
        weight = rng.choice(np.array([-1.0, 1.0]), (replications, g))
    draws = weight * sums
    spread = np.sqrt((draws**2).sum(axis=1))
    own = abs(float(sums.sum())) / float(np.sqrt((sums**2).sum()))
    drawn = np.abs(draws.sum(axis=1)) / np.where(spread > 0, spread, 1.0)
    return float((1 + (drawn >= own * (1 - 1e-12)).sum()) / (1 + replications))


def _effective(design: BorderDesign, cells: NDArray[np.intp], null: float) -> Floats:
    """Scores of the border at the restricted optimum, less what the other regressors explain, summed by cluster."""
    x, y, codes = design.arrays()
    k = design.terms.index("same")
    rest = np.delete(x, k, axis=1)
    fit = poisson(rest, y, codes, offset=null * x[:, k])
    from megaregion.core.poisson import Effects

    both = Effects(codes, len(y)).clean(np.column_stack([x[:, k], rest]), fit.mean)
    root = np.sqrt(fit.mean)
    other = np.linalg.lstsq(root[:, None] * both[:, 1:], root * both[:, 0], rcond=None)[0]
    own = both[:, 0] - both[:, 1:] @ other
    return np.asarray(np.bincount(cells, own * (y - fit.mean)), dtype=np.float64)


def places_drawn(
    design: BorderDesign, *, seed: int, replications: int, tell: Callable[[int, int], None] | None = None
) -> tuple[Floats, int]:  # fmt: skip
    """Coefficients (r, 2) of the border and of ln x over draws of places with replacement, and how many failed."""
    x, y, _ = design.arrays()
    first, second = design.members()
    n, rng, out = int(max(first.max(), second.max())) + 1, generator(seed, "places"), []
    k, d = design.terms.index("same"), design.terms.index("ln_x")
    for done in range(replications):
        if tell is not None:
            tell(done, replications)
        count = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        keep = count[first] * count[second] > 0
        for _ in range(20):  # ends whose flows are all zero in this draw say nothing
            ends = [np.bincount(c[keep], y[keep], n)[c] > 0 for c in (first, second)]
            smaller = keep & ends[0] & ends[1]
            if (smaller == keep).all():
                break
            keep = smaller
        weight = (count[first] * count[second])[keep]
        codes = [np.unique(c[keep], return_inverse=True)[1].astype(np.intp) for c in (first, second)]
        try:
            fit = poisson(x[keep], y[keep] * weight, codes, offset=np.log(weight))
        except (SolveError, InputError):
            continue
        out.append((fit.estimate[k], fit.estimate[d]))
    return np.array(out).reshape(len(out), 2), replications - len(out)


def _by_t(name: str, at: tuple[float, float], cov: Floats, freedom: int, clusters: int, base: float) -> dict[str, Any]:
    from scipy.stats import t

    b, slope = at
    se = float(np.sqrt(cov[0, 0]))
    wide = float(t.ppf(0.975, freedom))
    p = 2.0 * float(t.sf(abs(b) / se, freedom)) if se > 0 else np.nan
    found = equivalent(b, slope, cov, base_min=base, wide=wide)[1:] if slope < 0 else (np.nan,) * 3
    return {
        "method": name, "coef": b, "se": se, "ci_low": b - wide * se, "ci_high": b + wide * se, "p_value": p,
        "clusters": clusters, "equivalent_min": found[0], "min_low": found[1], "min_high": found[2],
    }  # fmt: skip


def _wild_row(
    design: BorderDesign, cells: NDArray[np.intp], at: tuple[float, float, float], cov: Floats, seed: int, reps: int
) -> dict[str, Any]:
    b, slope, base = at
    g = int(cells.max()) + 1
    row = _by_t("wild, pairs of groups", (b, slope), cov, max(g - 1, 1), g, base)
    ends = [_edge(design, cells, b, sign * max(row["se"], 1e-3), seed, reps) for sign in (-1.0, 1.0)]
    row |= {"ci_low": ends[0], "ci_high": ends[1], "p_value": wild_p(design, cells, 0.0, seed=seed, replications=reps)}
    if slope < 0:  # the elasticity is held: its own error is small beside that of the border
        row |= {
            name: base * float(np.expm1(np.clip(end / -slope, -50.0, 50.0)))
            for name, end in zip(("min_low", "min_high"), ends, strict=True)
        }
    return row


def _edge(design: BorderDesign, cells: NDArray[np.intp], b: float, step: float, seed: int, reps: int) -> float:
    """Where p falls to 5 %, from the estimate in the direction of `step`; infinite if it does not within 64 steps."""
    inside, outside = b, b + step
    for _ in range(6):
        if wild_p(design, cells, outside, seed=seed, replications=reps) < 0.05:
            break
        inside, outside = outside, b + 2 * (outside - b)
    else:
        return float(np.copysign(np.inf, step))
    for _ in range(12):
        middle = (inside + outside) / 2
        if wild_p(design, cells, middle, seed=seed, replications=reps) < 0.05:
            outside = middle
        else:
            inside = middle
    return (inside + outside) / 2


def _drawn_row(drawn: Floats, at: tuple[float, float, float], places: int) -> dict[str, Any]:
    b, slope, base = at
    row: dict[str, Any] = {"method": "places drawn anew", "coef": b, "se": np.nan, "ci_low": np.nan, "ci_high": np.nan}
    row |= {"p_value": np.nan, "clusters": places, "equivalent_min": np.nan, "min_low": np.nan, "min_high": np.nan}
    if len(drawn) < 2:
        return row
    low, high = np.quantile(drawn[:, 0], [0.025, 0.975])
    row |= {"se": float(drawn[:, 0].std(ddof=1)), "ci_low": float(low), "ci_high": float(high)}
    row["p_value"] = float(
        min(1.0, 2.0 * (1 + min((drawn[:, 0] <= 0).sum(), (drawn[:, 0] >= 0).sum())) / (1 + len(drawn)))
    )
    if slope < 0 and (drawn[:, 1] < 0).all():
        minutes = base * np.expm1(np.clip(-drawn[:, 0] / drawn[:, 1], -50.0, 50.0))
        row["equivalent_min"] = base * float(np.expm1(-b / slope))
        row["min_low"], row["min_high"] = (float(v) for v in np.quantile(minutes, [0.025, 0.975]))
    return row
