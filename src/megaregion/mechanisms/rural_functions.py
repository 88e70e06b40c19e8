"""Rural functions: scores from indicators, bundles, trade-offs, and where use differs from potential."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.agreement_kappa import adjusted_rand
from megaregion.core.clustering import Covariance, Groups, gaussian_mixture, kmeans, silhouette
from megaregion.core.spatial_permutation import false_discovery
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.rural_functions_tables import (
    FUNCTIONS,
    RuralBundleChoiceResult,
    RuralBundlesResult,
    RuralFunctionsResult,
    RuralTradeoffsResult,
)
from megaregion.result import Result

Floats = NDArray[np.float64]
Method = Literal["mixture", "kmeans"]
FEWEST = 10  # units below which bundles and correlations say nothing
SAMPLE = 3000  # units of which the silhouette is computed; it takes the square of them


@dataclass(frozen=True)
class RuralIndicator:
    """An indicator that stands for a function.

    Attributes
    ----------
    name : str
        Column of the table of indicators.
    function : str
        production, living, ecology or culture.
    low, high : float
        Goalposts in the unit of the indicator, fixed and never taken from the sample: score 0 and 1.
    more_is_better : bool
    weight : float
        Inside the function.
    """

    name: str
    function: str
    low: float
    high: float
    more_is_better: bool = True
    weight: float = 1.0


def rural_functions(
    indicators: pd.DataFrame,
    chosen: Sequence[RuralIndicator],
    *,
    seed: int | np.random.Generator,
    current_use: pd.Series | None = None,
    method: Method = "mixture",
    most_bundles: int = 6,
    bootstrap: int = 100,
    permutations: int = 999,
    least_margin: float = 0.05,
) -> dict[str, Result]:
    """Scores of the four functions, bundles, trade-offs and the need for restructuring.

    Parameters
    ----------
    indicators : DataFrame
        Index `place_id`, one column an indicator, nothing missing.
    chosen : sequence of RuralIndicator
        Which indicator stands for which function, with goalposts.
    seed : int or Generator
    current_use : Series, optional
        Function that the land of each unit mainly serves now; index `place_id`, missing where unknown.
    method : {"mixture", "kmeans"}
        Bundles by Gaussian mixture (number and shape by BIC, one bundle allowed) or k-means (by silhouette, two at
        least). Both are tabled.
    most_bundles : int, default 6
    bootstrap : int, default 100
        Resamples for the stability of the bundles.
    permutations : int, default 999
    least_margin : float, default 0.05
        Lead over the next function below which no potential is called dominant; an assumption.

    Returns
    -------
    dict of str to Result
        rural_functions, rural_bundles, rural_bundle_choice, rural_tradeoffs.

    Raises
    ------
    MissingDataError
        A value is missing.
    InputError
        An indicator, goalpost, function or unit cannot be used; everything at once.

    Notes
    -----
    x' = (x - low)/(high - low), turned round where less is better, cut to [0, 1]; weighted mean inside a function.
    Which function is dominant depends on the goalposts. Rural functions: the line of work of Liu Yansui.
    """
    _check(indicators, chosen, current_use, (method, most_bundles, bootstrap, permutations, least_margin))
    frame = indicators.sort_index()
    scores, cut = _scores(frame, chosen)
    present = [f for f in FUNCTIONS if scores[f].notna().all()]
    x = scores[present].to_numpy(float)
    warnings = [f"no indicator stands for {f}: no score, and it is in no bundle" for f in FUNCTIONS if f not in present]
    if cut:
        warnings.append(f"{cut} values lie beyond their goalposts and are cut to them")
    settings: dict[str, Any] = {
        "goalposts": {c.name: [c.low, c.high, c.more_is_better, c.weight, c.function] for c in chosen},
        "method": method, "most_bundles": most_bundles, "bootstrap": bootstrap, "permutations": permutations,
        "least_margin": least_margin, "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    common: dict[str, Any] = {"indicators": tuple(c.name for c in chosen), "settings": settings}
    choice, groups, told = _bundles(x, method, most_bundles, bootstrap, seed)
    labels = [f"B{k + 1}" for k in groups.labels] if groups is not None else [""] * len(frame)
    table = _potential(scores, present, current_use, least_margin)
    table["bundle"] = labels
    if current_use is None:
        warnings.append("the current use is not given: the need for restructuring is unknown")
    return {
        "rural_functions": RuralFunctionsResult(table=table, warnings=(*warnings, *told), **common),
        "rural_bundles": RuralBundlesResult(table=_bundle_table(table, present), warnings=told, **common),
        "rural_bundle_choice": RuralBundleChoiceResult(table=choice, warnings=told, **common),
        "rural_tradeoffs": _tradeoffs(scores, present, permutations, seed, common),
    }


def _scores(frame: pd.DataFrame, chosen: Sequence[RuralIndicator]) -> tuple[pd.DataFrame, int]:
    """Score of each function by unit, missing where it has no indicator; how many values were cut."""
    out, cut = pd.DataFrame(np.nan, index=frame.index, columns=list(FUNCTIONS)), 0
    for function in FUNCTIONS:
        mine = [c for c in chosen if c.function == function]
        if not mine:
            continue
        scaled = np.column_stack([(frame[c.name].to_numpy(float) - c.low) / (c.high - c.low) for c in mine])
        cut += int(((scaled < 0) | (scaled > 1)).sum())
        better = np.array([c.more_is_better for c in mine])
        scaled = np.clip(np.where(better, scaled, 1 - scaled), 0, 1)
        out[function] = np.average(scaled, axis=1, weights=[c.weight for c in mine])
    return out, cut


def _potential(scores: pd.DataFrame, present: list[str], use: pd.Series | None, least: float) -> pd.DataFrame:
    table = scores.reset_index(names="place_id")
    x = scores[present].to_numpy(float)
    ranked = np.sort(x, axis=1)
    margin = ranked[:, -1] - ranked[:, -2] if len(present) > 1 else np.full(len(x), np.nan)
    clear = (margin >= least) & (margin > 0)  # a tie has no dominant function, whatever the limit
    best = np.array(present, dtype=object)[x.argmax(axis=1)]
    table["dominant"] = np.where(clear, best, "none")
    table["margin"] = margin
    now = (use.reindex(scores.index) if use is not None else pd.Series(np.nan, scores.index)).astype(object)
    known = now.isin(present).to_numpy(bool)
    table["current_use"] = now.where(now.notna(), "").to_numpy(object)
    need = np.where(clear & known, np.where(best == now.to_numpy(object), "no", "yes"), "unknown")
    table["restructuring"] = need
    at = [present.index(str(v)) if k else 0 for v, k in zip(now, known, strict=True)]
    gap = x.max(axis=1) - x[np.arange(len(x)), at]
    table["gap"] = np.where(known, gap, np.nan)
    return table


def _bundles(
    x: Floats, method: Method, most: int, bootstrap: int, seed: int | np.random.Generator
) -> tuple[pd.DataFrame, Groups | None, tuple[str, ...]]:
    """Every number of bundles, the chosen partition, and what a reader must know."""
    columns = ("method", "bundles", "silhouette", "bic", "stability", "stability_low", "chosen")
    text = {"method", "chosen"}
    empty = pd.DataFrame({name: pd.Series(dtype=object if name in text else float) for name in columns})
    if len(x) < FEWEST or x.shape[1] < 2:
        why = f"{len(x)} units and {x.shape[1]} functions with a score: {FEWEST} units and 2 functions are needed"
        return empty, None, (f"{why} for bundles",)
    distinct = len(np.unique(x, axis=0))
    most = min(most, len(x) // 5, distinct)
    # diagonal and full covariances are two mixtures; k-means knows one shape only
    fits = [(f"mixture-{shape}", k) for shape in ("diag", "full") for k in range(1, most + 1)]
    fits += [("kmeans", k) for k in range(2, most + 1)]
    rng = generator(seed, "rural-silhouette")
    sample = np.arange(len(x)) if len(x) <= SAMPLE else np.sort(rng.choice(len(x), SAMPLE, replace=False))
    found = {(name, k): _fit(x, name, k, seed) for name, k in fits}
    width = {key: silhouette(x[sample], groups.labels[sample]) for key, groups in found.items()}
    if method == "kmeans":
        pool = [key for key in fits if key[0] == "kmeans"]
        best = max(pool, key=lambda key: np.nan_to_num(width[key], nan=-2.0)) if pool else None
    else:
        best = min((key for key in fits if key[0] != "kmeans"), key=lambda key: found[key].bic)
    if best is None:
        return empty, None, ("all units have the same scores: there are no bundles to find",)
    rows = []
    for key in fits:
        mean, low = _stability(x, found[key], key, bootstrap, seed) if key == best else (np.nan, np.nan)
        rows.append((*key, width[key], found[key].bic, mean, low, "yes" if key == best else ""))
    told = []
    mean = next(row[4] for row in rows if row[6])
    if best[1] == 1:
        told.append("the BIC finds one bundle: the units differ by degree and not in kind")
    elif mean < 0.6:
        told.append(f"bundles are unstable (adjusted Rand index {mean:.2f} under bootstrap): read them as a sketch")
    if best[1] == most > 1:
        told.append(f"{most} bundles are chosen, the most that were tried: the units may have no clear kinds")
    return pd.DataFrame(rows, columns=list(columns)), found[best], tuple(told)


def _fit(
    x: Floats, name: str, k: int, seed: int | np.random.Generator, restarts: int = 5
) -> Groups:  # fmt: skip
    if name == "kmeans":
        return kmeans(x, k, seed=seed, restarts=2 * restarts)
    shape: Covariance = "full" if name.endswith("full") else "diag"
    return gaussian_mixture(x, k, shape, seed=seed, restarts=restarts)


def _stability(
    x: Floats, groups: Groups, key: tuple[str, int], draws: int, seed: int | np.random.Generator
) -> tuple[float, float]:
    """Mean and 5 % quantile of the agreement with partitions of resampled units."""
    if key[1] == 1 or draws < 1:
        return np.nan, np.nan
    rng = generator(seed, "rural-bootstrap")
    out = []
    for _ in range(draws):
        rows = rng.integers(len(x), size=len(x))
        out.append(adjusted_rand(groups.labels[rows], _fit(x[rows], *key, rng, restarts=1).labels))
    return float(np.mean(out)), float(np.quantile(out, 0.05))


def _bundle_table(table: pd.DataFrame, present: list[str]) -> pd.DataFrame:
    rows = []
    mean = table[present].mean()
    for name, part in table[table["bundle"] != ""].groupby("bundle", sort=True):
        inside = part[present].mean()
        strong = ";".join(f for f in present if inside[f] > mean[f] + 1e-12)
        rows.append({"bundle": name, "units": len(part), **{f: inside.get(f, np.nan) for f in FUNCTIONS},
                     "strong": strong})  # fmt: skip
    return pd.DataFrame(rows, columns=["bundle", "units", *FUNCTIONS, "strong"])


def _tradeoffs(
    scores: pd.DataFrame, present: list[str], permutations: int, seed: int | np.random.Generator, common: dict[str, Any]
) -> RuralTradeoffsResult:
    columns = ("first", "second", "units", "spearman", "p", "q", "reading")
    n = len(scores)
    if n < FEWEST or len(present) < 2:
        text = {"first", "second", "reading"}
        empty = pd.DataFrame({c: pd.Series(dtype=object if c in text else float) for c in columns})
        why = f"{n} units and {len(present)} functions with a score: {FEWEST} and 2 are needed for trade-offs"
        return RuralTradeoffsResult(table=empty, warnings=(why,), **common)
    rank = scores[present].rank().to_numpy(float)
    rank = rank - rank.mean(axis=0)
    size = np.sqrt((rank**2).sum(axis=0))
    with np.errstate(invalid="ignore"):  # a score that is the same everywhere has no correlation
        unit = rank / size
    pairs = list(combinations(range(len(present)), 2))
    rho = np.array([float(unit[:, a] @ unit[:, b]) for a, b in pairs])
    rng = generator(seed, "rural-tradeoffs")
    reached = np.zeros(len(pairs))
    for _ in range(permutations):
        moved = unit[rng.permutation(n)]
        drawn = np.array([float(unit[:, a] @ moved[:, b]) for a, b in pairs])
        reached += np.abs(drawn) >= np.abs(rho) - 1e-12
    p = np.where(np.isnan(rho), np.nan, (1 + reached) / (1 + permutations))
    q = false_discovery(p)
    rows = [
        (present[a], present[b], n, r, pp, qq,
         "no variation" if np.isnan(r) else "not distinguishable from none" if qq > 0.05
         else "trade-off" if r < 0 else "synergy")
        for (a, b), r, pp, qq in zip(pairs, rho, p, q, strict=True)
    ]  # fmt: skip
    return RuralTradeoffsResult(table=pd.DataFrame(rows, columns=list(columns)), **common)


def _check(
    frame: pd.DataFrame, chosen: Sequence[RuralIndicator], use: pd.Series | None, numbers: tuple[Any, ...]
) -> None:  # fmt: skip
    found, lost = [], []
    method, most, bootstrap, permutations, least = numbers
    if method not in ("mixture", "kmeans"):
        found.append(f"method must be mixture or kmeans, got {method!r}")
    if most < 2 or bootstrap < 0 or permutations < 1 or not 0 <= least <= 1:
        found.append("most_bundles >= 2, bootstrap >= 0, permutations >= 1 and least_margin in 0 to 1 are needed")
    if frame.empty or not chosen:
        found.append(f"{len(frame)} units and {len(chosen)} indicators: one each is needed")
    if frame.index.has_duplicates:
        found.append(f"indicators repeat the units {', '.join(map(str, frame.index[frame.index.duplicated()][:5]))}")
    names = [c.name for c in chosen]
    found += [f"indicator {name} is named twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for c in chosen:
        if c.function not in FUNCTIONS:
            found.append(f"{c.name}: {c.function!r} is none of {', '.join(FUNCTIONS)}")
        if not (
            np.isfinite(c.low) and np.isfinite(c.high) and c.low < c.high and np.isfinite(c.weight) and c.weight > 0
        ):
            found.append(f"{c.name}: goalposts must be finite with low < high and the weight > 0")
        if c.name not in frame.columns:
            found.append(f"{c.name} is not among the columns of indicators")
            continue
        column = frame[c.name]
        value = pd.to_numeric(column, errors="coerce").astype(float)
        bad = (column.notna() & value.isna()) | np.isinf(value)
        if bad.any():
            found.append(f"{c.name} is no finite number for {', '.join(map(str, frame.index[bad][:5]))}")
        if column.isna().any():
            lost.append(f"{c.name} is missing for {', '.join(map(str, frame.index[column.isna()][:5]))}")
    if use is not None:
        bad = use.notna() & ~use.isin(FUNCTIONS)
        if bad.any():
            found.append(f"current_use is none of {', '.join(FUNCTIONS)} for {', '.join(map(str, use.index[bad][:5]))}")
        other = use.index.difference(frame.index)
        if len(other) or use.index.has_duplicates:
            found.append(f"current_use repeats units or names unknown ones: {', '.join(map(str, other[:5]))}")
    if found:
        raise InputError("; ".join(found + lost), hint="mend the choice of indicators or tables/indicators.csv")
    if lost:
        raise MissingDataError("; ".join(lost), hint="leave the indicator or the units out, or add the rows")
