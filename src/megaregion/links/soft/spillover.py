"""Spillover or siphon: does growth of centres lift small places or drain them, by ring of distance and through space.

A negative number is a finding, not an error: places near a growing centre may lose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.least_squares import least_squares
from megaregion.core.spatial_lag import effects, spatial_lag
from megaregion.errors import AlignmentError, InputError, MissingDataError, SchemaError
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
FEW_CLUSTERS = 50
SIGN_EN = "below zero the centres drain these places (siphon), above zero they lift them (spillover); both occur"
SIGN_ZH = "负值表示虹吸，正值表示溢出；两种情形都可能出现"
# of a regressor, which need not be growth of a centre: a direct effect below zero is no siphon
EFFECT_EN = "direct: of a place's own value on itself; indirect: on all others together, which may be below zero"
EFFECT_ZH = "直接效应：本地取值对本地的影响；间接效应：对其他地区影响的合计，可能为负"


@dataclass(frozen=True, eq=False, kw_only=True)
class RingResult(Result):
    """Growth of places per growth of their nearest core, by ring of distance."""

    table: pd.DataFrame
    edges: tuple[float, ...]
    n: int
    clusters: int
    r_squared: float
    about: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()

    title_en: ClassVar[str] = "Spillover or siphon by ring of distance"
    title_zh: ClassVar[str] = "分距离圈层的溢出与虹吸"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#rings", inputs=self.inputs)

        return (
            Column("from_km", "km", "Ring from", "圈层起", key=True),
            Column("to_km", "km", "Ring to", "圈层止", key=True),
            Column("places", "count", "Places in the ring", "圈层内地区数"),
            Column("identified", "", "Identified by the design", "可识别"),
            number("theta", "Growth per growth of the core", "核心每增长一单位对应的增长"),
            number("se", "Standard error", "标准误"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
            number("band_low", "95 % band over all rings, low", "全圈层95%置信带下限"),
            number("band_high", "95 % band over all rings, high", "全圈层95%置信带上限"),
            Column(
                "sign", "", "Spillover, siphon, or undecided, by its own interval", "溢出、虹吸或不确定（按自身区间）"
            ),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a ring, from the centre outwards."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Edges of the rings, and what grows where."""
        return {"edges_km": list(self.edges), **self.about}

    def facts(self) -> dict[str, Any]:
        """Size, fit and how to read the sign."""
        return {"n": self.n, "clusters": self.clusters, "r_squared": self.r_squared, "en": SIGN_EN, "zh": SIGN_ZH}


def rings(
    growth: pd.DataFrame, core_growth: pd.DataFrame, distance: pd.DataFrame, *,
    edges: Sequence[float] = (0.0, 50.0, 100.0, 200.0), controls: pd.DataFrame | None = None,
) -> RingResult:  # fmt: skip
    """Growth of small places on the growth of their nearest core, with a coefficient for every ring of distance.

    Parameters
    ----------
    growth : DataFrame
        Rows places (without the cores), columns periods; growth rates, NaN where unknown.
    core_growth : DataFrame
        Rows cores, the same columns; no gaps.
    distance : DataFrame
        Rows places, columns cores; km (or minutes), >= 0.
    edges : sequence of float
        Rings start at each and end before the next; the last is open.
    controls : DataFrame, optional
        Rows places; numbers that do not change over periods.

    Returns
    -------
    RingResult
        ``growth_it = a_b(i) + u_t + theta_b(i) core growth_c(i)t + controls``: a ring's own mean and every period's
        are taken out. Errors are clustered on the nearest core, robust (HC1) with a single one. `band_*` hold over all
        rings at once (Bonferroni).

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Labels differ, values are missing, edges do not rise, or core growth does not vary.

    Notes
    -----
    Rings compare places with places: growth that centres draw from everywhere alike is in the period effects. This
    is association: cores and their rings share shocks. Evidence is two-sided; lower growth of the periphery: Faber
    (2014), Rev. Econ. Stud. 81(3).
    """
    _ring_checks(growth, core_growth, distance, edges, controls)
    far = distance.loc[growth.index, core_growth.index].to_numpy(float)
    nearest = far.argmin(axis=1)
    ring = np.searchsorted(np.asarray(edges, dtype=float), far.min(axis=1), side="right") - 1
    if (ring < 0).any():
        raise InputError(f"{int((ring < 0).sum())} places lie nearer than the first edge {edges[0]:g}")
    y = growth.to_numpy(float)
    i, t = np.nonzero(~np.isnan(y))
    core = core_growth.to_numpy(float)[nearest[i], t]
    bands = len(edges)
    member = (ring[i][:, None] == np.arange(bands)).astype(np.float64)
    columns = [member * core[:, None], member, (t[:, None] == np.arange(1, growth.shape[1])).astype(np.float64)]
    if controls is not None:
        columns.append(controls.loc[growth.index].to_numpy(float)[i])
    x = np.hstack(columns)
    known, kept = _known(x, bands)
    cluster = np.unique(nearest[i], return_inverse=True)[1].astype(np.intp)
    fit = least_squares(x[:, kept], y[i, t], cluster)
    clustered = fit.clusters > 1
    share = max(int(known.sum()), 1)
    bounds = [fit.interval(clustered=clustered, level=level) for level in (0.95, 1.0 - 0.05 / share)]
    table = _ring_table(tuple(map(float, edges)), np.bincount(ring, minlength=bands), known, kept,
                        (fit.estimate, fit.error(clustered=clustered), *bounds[0], *bounds[1]))  # fmt: skip
    notes = [SIGN_EN]
    if fit.clusters < FEW_CLUSTERS:
        notes.append(f"errors are clustered on {fit.clusters} cores only: intervals are optimistic")
    alone = table["sign"].ne("undecided") & (table["band_low"] <= 0) & (table["band_high"] >= 0)
    if alone.any():
        notes.append(f"{int(alone.sum())} signs hold for the ring alone, not over all rings at once (band)")
    if not known.all():
        notes.append("rings without places, or in which core growth does not vary, have no number")
    return RingResult(
        table=table, edges=tuple(map(float, edges)), n=len(i), clusters=fit.clusters, r_squared=fit.r_squared,
        warnings=tuple(notes),
    )  # fmt: skip


def _ring_checks(
    growth: pd.DataFrame, core: pd.DataFrame, distance: pd.DataFrame, edges: Sequence[float],
    controls: pd.DataFrame | None,
) -> None:  # fmt: skip
    lost = [*growth.index.difference(distance.index), *core.index.difference(distance.columns)]
    if controls is not None:
        lost += list(growth.index.difference(controls.index))
    if lost or list(growth.columns) != list(core.columns) or not growth.index.is_unique or not core.index.is_unique:
        said = (
            f"no distance or control of {', '.join(map(str, lost[:5]))}" if lost else "periods differ or places repeat"
        )
        raise AlignmentError(f"growth, core_growth, distance and controls must speak of the same: {said}")
    both = growth.index.intersection(core.index)
    problems = []
    if len(both):
        problems.append(f"{', '.join(map(str, both[:5]))} are cores and small places at once")
    if len(edges) < 1 or any(b <= a for a, b in pairwise(edges)):
        problems.append(f"edges must rise, got {list(edges)}")
    if problems:
        raise InputError("; ".join(problems))
    near = distance.loc[growth.index, core.index].to_numpy(float)
    if (
        core.isna().to_numpy().any()
        or np.isnan(near).any()
        or (controls is not None and controls.isna().to_numpy().any())
    ):
        raise MissingDataError("core growth, distances and controls must have no gaps")
    if not growth.notna().to_numpy().any():
        raise MissingDataError("growth has no value at all")


def _known(x: Floats, bands: int) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which rings are identified, and a basis of the columns: the rest first, so that a ring yields to its mean."""
    order = [*range(bands, x.shape[1]), *range(bands)]
    size = np.linalg.norm(x, axis=0)
    kept: list[int] = []
    base = np.zeros((len(x), 0))
    for k in order:
        if size[k] == 0:
            continue
        unit = x[:, k] / size[k]
        rest = unit - base @ (base.T @ unit)
        rest -= base @ (base.T @ rest)
        norm = float(np.linalg.norm(rest))
        if norm > 1e-9:
            kept.append(k)
            base = np.column_stack([base, rest / norm])
    known = np.isin(np.arange(bands), kept)
    if not known.any():
        raise InputError(
            "core growth does not vary once rings and periods have their own mean: no coefficient is identified",
            hint="give several cores, or several periods",
        )
    return known, np.array(sorted(kept), dtype=np.intp)


def _ring_table(
    edges: tuple[float, ...], places: NDArray[np.intp], known: NDArray[np.bool_], kept: NDArray[np.intp],
    found: tuple[Floats, ...],
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for b, (start, stop) in enumerate(zip(edges, (*edges[1:], np.inf), strict=True)):
        numbers = [np.nan] * 6
        if known[b]:
            at = int(np.searchsorted(kept, b))
            numbers = [float(v[at]) for v in found]
        sign = "undecided" if not known[b] or not (numbers[2] > 0 or numbers[3] < 0) else (
            "spillover" if numbers[2] > 0 else "siphon"
        )  # fmt: skip
        rows.append((start, stop, int(places[b]), bool(known[b]), *numbers, sign))
    names = [
        "from_km",
        "to_km",
        "places",
        "identified",
        "theta",
        "se",
        "ci_low",
        "ci_high",
        "band_low",
        "band_high",
        "sign",
    ]
    return pd.DataFrame(rows, columns=names)


@dataclass(frozen=True, eq=False, kw_only=True)
class DurbinResult(Result):
    """Direct and indirect effects of a spatial Durbin model; its coefficients are not the spillover."""

    table: pd.DataFrame
    coefficients: pd.DataFrame
    rho: float
    rho_error: float
    log_likelihood: float
    seed: int
    draws: int
    about: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()

    title_en: ClassVar[str] = "Direct and indirect effects through space"
    title_zh: ClassVar[str] = "空间杜宾模型：直接与间接效应"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#spatial-durbin", inputs=self.inputs)

        out = [Column("term", "", "Regressor", "解释变量", key=True)]
        for name, en, zh in (("direct", "Direct effect", "直接效应"), ("indirect", "Indirect effect", "间接效应"),
                             ("total", "Total effect", "总效应")):  # fmt: skip
            out += [number(name, en, zh), number(f"{name}_low", f"{en}, low", f"{zh}下限"),
                    number(f"{name}_high", f"{en}, high", f"{zh}上限")]  # fmt: skip
        return tuple(out)

    def to_frame(self) -> pd.DataFrame:
        """One row a regressor."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Seed and draws of the intervals, and what grows where."""
        return {"seed": self.seed, "draws": self.draws, **self.about}

    def facts(self) -> dict[str, Any]:
        """rho with its error, likelihood, and how to read the sign."""
        return {
            "rho": self.rho, "rho_se": self.rho_error, "log_likelihood": self.log_likelihood,
            "en": EFFECT_EN, "zh": EFFECT_ZH,
        }  # fmt: skip


def durbin(
    outcome: pd.Series, regressors: pd.DataFrame, neighbours: pd.DataFrame, *, seed: int, draws: int = 1000
) -> DurbinResult:
    """Spatial Durbin model y = rho W y + a + X b + W X theta + e by maximum likelihood, with its effects.

    Parameters
    ----------
    outcome : Series
        Index the places.
    regressors : DataFrame
        Rows the same places; numbers; no constant.
    neighbours : DataFrame
        Columns origin, destination, weight (> 0): who a place looks at; rows of weights are made to sum to one; a
        place without neighbours stays an island.
    seed : int
        Of the simulated intervals.
    draws : int

    Raises
    ------
    SchemaError, AlignmentError, MissingDataError, InputError, ConvergenceError
        Columns are missing, places differ, values are missing, weights repeat or are not positive, or there is no
        optimum.

    Notes
    -----
    LeSage and Pace (2009), ch. 2: theta is not the spillover; read the indirect effect, which may be negative.
    """
    from scipy import sparse

    lacking = [c for c in ("origin", "destination", "weight") if c not in neighbours]
    if lacking:
        raise SchemaError(f"neighbours has no column {', '.join(lacking)}")
    places = outcome.index
    known = pd.Index(neighbours["origin"]).append(pd.Index(neighbours["destination"])).unique()
    differ = [*places.symmetric_difference(regressors.index), *known.difference(places)]
    if differ or not places.is_unique or not regressors.index.is_unique:
        raise AlignmentError(
            f"outcome, regressors and neighbours differ: {', '.join(map(str, differ[:5])) or 'repeated'}"
        )
    x = regressors.loc[places].to_numpy(float)
    y, weight = outcome.to_numpy(float), neighbours["weight"].to_numpy(float)
    if np.isnan(y).any() or np.isnan(x).any() or np.isnan(weight).any():
        raise MissingDataError("outcome, regressors or weights have gaps", hint="leave the places out of all three")
    own = neighbours["origin"] == neighbours["destination"]
    if own.any() or not (weight > 0).all() or neighbours.duplicated(["origin", "destination"]).any():
        raise InputError("weights must be > 0, between different places, and each pair listed once")
    i, j = (places.get_indexer(pd.Index(neighbours[e])) for e in ("origin", "destination"))
    sums = np.bincount(i, weight, len(places))
    w = sparse.coo_array((weight / sums[i], (i, j)), shape=(len(places),) * 2).tocsr()
    k = x.shape[1]
    full = np.column_stack([np.ones(len(y)), x, w @ x])
    fit = spatial_lag(y, full, w)
    got = effects(fit, w, np.arange(1, k + 1), np.arange(k + 1, 2 * k + 1), seed=seed, draws=draws)
    table = pd.DataFrame({"term": list(map(str, regressors.columns))})
    for name, part in (("direct", got.direct), ("indirect", got.indirect), ("total", got.total)):
        table[name], table[f"{name}_low"], table[f"{name}_high"] = part.T
    names = ["constant", *table["term"], *("lag of " + table["term"]), "rho"]
    inside = pd.DataFrame({"term": names, "coef": [*fit.estimate, fit.rho], "se": fit.error()})
    notes = []
    islands = int((sums == 0).sum())
    if islands:
        notes.append(f"{islands} places have no neighbours")
    if got.rejected:
        notes.append(f"{got.rejected} of {draws} draws of rho lay outside of the range and are left out")
    return DurbinResult(
        table=table, coefficients=inside, rho=fit.rho, rho_error=float(fit.error()[-1]), seed=seed, draws=draws,
        log_likelihood=fit.log_likelihood, warnings=tuple(notes),
    )  # fmt: skip
