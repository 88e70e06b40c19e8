"""Inequality, convergence and clustering of income per head between places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.convergence import growth_regression, speed, spread_change
from megaregion.core.dagum import dagum
from megaregion.core.inequality import MEASURES, measures
from megaregion.core.spatial_permutation import Neighbours, false_discovery, lag, local_moran, moran
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.disparity_tables import (
    ClusteringResult,
    ConvergenceResult,
    DagumPairsResult,
    DagumResult,
    InequalityResult,
    LocalClustersResult,
    empty,
)
from megaregion.nodes.growth_of_neighbours import neighbour_rows
from megaregion.result import Input, Result

Floats = NDArray[np.float64]
CLUSTERS = {(True, True): "rich among rich", (False, False): "poor among poor",
            (True, False): "rich among poor", (False, True): "poor among rich"}  # fmt: skip
NONE = "not distinguishable from chance"
FALSE = 0.05  # expected share of false discoveries


@dataclass(frozen=True, kw_only=True)
class DisparityOptions:
    """Draws of the intervals and tests.

    Attributes
    ----------
    draws : int
        Bootstrap samples of places.
    permutations : int
    span : tuple of int, optional
        First and last year of convergence; default the first and the last that are there.
    controls : tuple of str
        Indicators at which conditional convergence is held, [options.disparity] controls.
    """

    draws: int = 999
    permutations: int = 999
    span: tuple[int, int] | None = None
    controls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.draws < 99 or self.permutations < 99:
            raise InputError("draws and permutations must be at least 99")


def disparity(
    income: pd.DataFrame,
    people: pd.DataFrame,
    *,
    group: pd.Series,
    seed: int | np.random.Generator,
    adjacent: pd.DataFrame | None = None,
    controls: pd.DataFrame | None = None,
    inputs: tuple[Input, ...] = (),
    options: DisparityOptions | None = None,
) -> dict[str, Result]:
    """Measures with intervals, Dagum's decomposition, convergence and clustering, for every year.

    Parameters
    ----------
    income, people : DataFrame, rows place_id, columns year
        Totals, not per head; both > 0; the same places and years, nothing missing.
    group : Series
        Group of each place, index `place_id`.
    seed : int or Generator
    adjacent : DataFrame, optional
        Columns place_a, place_b: neighbours. Without it nothing is said of clustering, nor of convergence among them.
    controls : DataFrame, optional
        Rows place_id, a column for each control of conditional convergence, as of the start; no missing values.
    inputs : tuple of Input
        Rows that the values come from.
    options : DisparityOptions, optional

    Returns
    -------
    dict of str to Result
        inequality, dagum, dagum_pairs (last year), convergence, income_clustering, income_clusters (last year).

    Raises
    ------
    MissingDataError, InputError
        A value is missing or not positive, or (AlignmentError) places differ; everything at once.

    Notes
    -----
    Intervals are quantiles over samples of places with replacement: what would change if other places like these had
    been looked at. They hold no error of the figures themselves.
    """
    chosen = options or DisparityOptions()
    _check(income, people, group)
    labels, years = group.sort_index().index, sorted(int(y) for y in income.columns)
    if len(labels) < 3 or not years:
        why = (
            f"disparity: {len(labels)} places and {len(years)} complete years: three places and a year are needed, in "
            "which every place has an income and people above zero"
        )
        kinds = (InequalityResult, DagumResult, DagumPairsResult, ConvergenceResult, ClusteringResult,
                 LocalClustersResult)  # fmt: skip
        return dict(zip(_TABLES, (empty(kind, why) for kind in kinds), strict=True))
    y = income.loc[labels, years].to_numpy(float) / people.loc[labels, years].to_numpy(float)
    n = people.loc[labels, years].to_numpy(float)
    names = sorted(map(str, group.unique()))
    code = np.searchsorted(names, group.loc[labels].astype(str).to_numpy()).astype(np.intp)
    settings: dict[str, Any] = {"draws": chosen.draws, "permutations": chosen.permutations,
                                "seed": seed if isinstance(seed, int) else None}  # fmt: skip
    common: dict[str, Any] = {"inputs": inputs, "settings": settings}
    split, pairs = _dagum(y, n, code, names, years)
    near = None if adjacent is None else neighbours(labels, adjacent)
    shape, local, told = _clustering(y, labels, near, years, chosen.permutations, seed)
    held = None if controls is None else controls.loc[labels].astype(float)
    growth, doubts = _convergence(y, code, years, chosen.span, held)
    if near is not None and len(growth):
        beside, why = _beside(y, years, chosen.span, near, seed)
        growth = pd.concat([growth, beside.reindex(columns=growth.columns)], ignore_index=True)
        doubts += (why,) if why else ()
    return {
        "inequality": InequalityResult(table=_measures(y, n, years, chosen.draws, seed), **common),
        "dagum": DagumResult(table=split, **common),
        "dagum_pairs": DagumPairsResult(table=pairs, **common),
        "convergence": ConvergenceResult(
            table=growth,
            inputs=_two_years(inputs),
            settings={**settings, "controls": list(chosen.controls)},
            warnings=doubts,
        ),
        "income_clustering": ClusteringResult(table=shape, warnings=told, **common),
        "income_clusters": LocalClustersResult(table=local, warnings=told, **common),
    }


def _two_years(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """Rows of the first and the last year, where those of one year are meant."""
    both = ["{year_start}", "{year_end}"]
    return tuple(Input(i.table, {k: both if v == "{year}" else v for k, v in i.where.items()}) for i in inputs)


_TABLES = ("inequality", "dagum", "dagum_pairs", "convergence", "income_clustering", "income_clusters")


def neighbours(labels: pd.Index, adjacent: pd.DataFrame) -> Neighbours:
    """Row-standardised weights of places from pairs that lie beside each other; pairs of other places are left out.

    Parameters
    ----------
    labels : Index
        Places, in the order of the rows.
    adjacent : DataFrame
        Columns place_a, place_b.
    """
    a, b = (labels.get_indexer(pd.Index(adjacent[name])) for name in ("place_a", "place_b"))
    keep = (a >= 0) & (b >= 0) & (a != b)
    pairs = np.unique(np.column_stack([np.r_[a[keep], b[keep]], np.r_[b[keep], a[keep]]]), axis=0)
    degree = np.bincount(pairs[:, 0], minlength=len(labels)) if len(pairs) else np.zeros(len(labels), np.intp)
    row = pairs[:, 0].astype(np.intp)
    return Neighbours(np.r_[0, np.cumsum(degree)].astype(np.intp), pairs[:, 1].astype(np.intp),
                      1.0 / degree[row] if len(row) else np.zeros(0))  # fmt: skip


def _measures(y: Floats, n: Floats, years: list[int], draws: int, seed: int | np.random.Generator) -> pd.DataFrame:
    places = len(y)
    drawn = generator(seed, "inequality").multinomial(places, np.full(places, 1.0 / places), size=draws)
    rows = []
    for k, year in enumerate(years):
        value, sample = measures(y[:, k], n[:, k]), measures(y[:, k], n[:, k], drawn.astype(float))
        for name in MEASURES:
            low, high = np.quantile(sample[name], [0.05, 0.95])
            rows.append((year, name, float(value[name][0]), float(low), float(high), places))
    return pd.DataFrame(rows, columns=["year", "measure", "value", "low", "high", "n"])


def _dagum(
    y: Floats, n: Floats, code: NDArray[np.intp], names: Sequence[str], years: list[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    found = [dagum(y[:, k], n[:, k], code) for k in range(len(years))]
    split = pd.DataFrame([f[:4] for f in found], columns=["gini", "within", "net_between", "transvariation"])
    split.insert(0, "year", years)
    last = found[-1]
    rows = []
    for a in range(len(names)):
        for b in range(a + 1):
            j, h = (a, b) if last.mean[a] >= last.mean[b] else (b, a)
            apart = np.nan if j == h else last.affluence[j, h]
            rows.append((years[-1], names[j], names[h], last.between[j, h], apart, last.mean[j] / last.mean[h]))
    columns = ["year", "group_a", "group_b", "gini", "affluence", "mean_ratio"]
    pairs = pd.DataFrame(rows, columns=columns).sort_values(["group_a", "group_b"], ignore_index=True)
    return split, pairs


def _beside(
    y: Floats, years: list[int], span: tuple[int, int] | None, near: Neighbours, seed: int | np.random.Generator
) -> tuple[pd.DataFrame, str]:  # fmt: skip
    first, last = span or (years[0], years[-1])
    a, b = y[:, years.index(first)], y[:, years.index(last)]
    rows, why = neighbour_rows(a, b, float(last - first), near, seed=seed)
    return pd.DataFrame(rows).assign(year_start=first, year_end=last), why


def _convergence(
    y: Floats, code: NDArray[np.intp], years: list[int], span: tuple[int, int] | None, held: pd.DataFrame | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:  # fmt: skip
    columns = [c.name for c in ConvergenceResult(table=pd.DataFrame()).describe()]
    first, last = span or (years[0], years[-1])
    if span is not None and (not set(span) <= set(years) or first >= last):
        raise InputError(f"convergence from {first} to {last}: complete years are {', '.join(map(str, years))}",
                         hint="two of them, the earlier first")  # fmt: skip
    if first == last:
        return pd.DataFrame({c: pd.Series(dtype=object if c == "kind" else float) for c in columns}), ()
    a, b = y[:, years.index(first)], y[:, years.index(last)]
    spread = spread_change(np.log(a), np.log(b))
    ratio = spread.last / spread.first if spread.first > 0 else np.nan
    rows: list[dict[str, Any]] = [{"kind": "sigma", "estimate": ratio, "p": spread.p, "n": len(a)}]
    inside = np.eye(int(code.max()) + 1)[code][:, 1:]
    given: list[tuple[str, Floats | None]] = [("beta", None), ("beta inside groups", inside)]
    doubts: tuple[str, ...] = ()
    if held is not None:
        flat = [str(c) for c in held.columns if not np.ptp(held[c].to_numpy()) > 0]
        doubts = (f"conditional convergence: {', '.join(flat)} do not differ between places",) if flat else ()
        kept = held.drop(columns=flat).to_numpy(float)
        given.append(("beta conditional", (kept - kept.mean(axis=0)) / kept.std(axis=0)))
    for kind, controls in given:
        columns_used = 2 + (0 if controls is None else controls.shape[1])
        if (controls is not None and controls.shape[1] == 0) or len(a) <= columns_used + 1 or not np.ptp(a) > 0:
            continue
        fit = growth_regression(a, b, float(last - first), controls)
        low, high = (float(e[1]) for e in fit.interval())
        slope, error = float(fit.estimate[1]), float(fit.error()[1])
        found = speed(slope, low, high, float(last - first))
        rows.append({"kind": kind, "estimate": slope, "low": low, "high": high, "p": _p(slope, error, fit.freedom),
                     "beta": 100 * found.beta, "beta_low": 100 * found.low, "beta_high": 100 * found.high,
                     "half_life": found.half_life, "n": len(a)})  # fmt: skip
    return pd.DataFrame(rows).assign(year_start=first, year_end=last).reindex(columns=columns), doubts


def _p(slope: float, error: float, freedom: int) -> float:
    from scipy.stats import t

    return float(2.0 * t.sf(abs(slope / error), freedom)) if error > 0 else 0.0


def _clustering(
    y: Floats, labels: pd.Index, near: Neighbours | None, years: list[int], permutations: int,
    seed: int | np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:  # fmt: skip
    linked = 0 if near is None else int((near.degree > 0).sum())
    if near is None or linked < 3:
        why = "no polygons, so it is not known who lies beside whom" if near is None else "places touch no others"
        shape = empty(ClusteringResult, "").to_frame()
        return shape, empty(LocalClustersResult, "").to_frame(), (f"clustering of income: {why}",)
    rows = []
    for k, year in enumerate(years):
        if np.ptp(y[:, k]) > 0:
            value, p = moran(np.log(y[:, k]), near, permutations=permutations, seed=seed)
            rows.append((year, value, -1.0 / (len(y) - 1), p, linked))
    shape = pd.DataFrame(rows, columns=["year", "moran", "expected", "p", "n"])
    last = np.log(y[:, -1])
    if not np.ptp(last) > 0:
        return shape, empty(LocalClustersResult, "").to_frame(), ("income is the same everywhere: no clusters",)
    found = local_moran(last, near, permutations=permutations, seed=seed)
    q = false_discovery(found.p)
    names = [CLUSTERS[bool(z > 0), bool(m > 0)] if v <= FALSE else NONE
             for z, m, v in zip(found.z, lag(found.z, near), np.nan_to_num(q, nan=1.0), strict=True)]  # fmt: skip
    local = pd.DataFrame({"place_id": labels.astype(str), "year": years[-1], "z": found.z, "lag": found.lag,
                          "local": found.local, "p": found.p, "q": q, "cluster": names})  # fmt: skip
    alone = len(y) - linked
    return shape, local, (f"{alone} places have no neighbour and no local figure",) if alone else ()


def _check(income: pd.DataFrame, people: pd.DataFrame, group: pd.Series) -> None:
    exact(group, pd.Series(0, income.index), pd.Series(0, people.index))
    wrong, lost = [], []
    if list(income.columns) != list(people.columns):
        wrong.append(f"income has the years {list(income.columns)}, people {list(people.columns)}")
    for name, frame in (("income", income), ("people", people)):
        gaps, bad = frame.isna().any(axis=1), ((frame <= 0) | np.isinf(frame)).any(axis=1)
        if gaps.any():
            lost.append(f"{name} is missing for {', '.join(map(str, frame.index[gaps][:5]))}")
        if bad.any():
            wrong.append(f"{name} must be above zero and finite: {', '.join(map(str, frame.index[bad][:5]))}")
    if group.isna().any():
        lost.append(f"{int(group.isna().sum())} places have no group")
    if wrong:
        raise InputError("; ".join(wrong + lost), hint="income and people are totals of the same places and years")
    if lost:
        raise MissingDataError("; ".join(lost), hint="leave the year out, or add the rows")
