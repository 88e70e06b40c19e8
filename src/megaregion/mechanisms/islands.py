"""The island effect: places worse off than their neighbours, belts of them, and how cut off they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.spatial_permutation import (
    LocalMoran,
    Neighbours,
    false_discovery,
    from_square,
    lag,
    local_moran,
    moran,
    nearest,
    product_p,
    standardised,
)
from megaregion.data.align import exact
from megaregion.data.cluster import Cluster, ancestor
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.island_inputs import flows_of, growth_levels, indicator_values, people_of
from megaregion.mechanisms.islands_tables import IslandEffectResult, IslandsResult, Subject
from megaregion.mechanisms.spatial_trap import spatial_trap
from megaregion.result import Result

Floats = NDArray[np.float64]
NEAREST = (6, 10)  # neighbours of the two default sets of weights
HALF_TIME_MIN = 60.0
CENTRE_QUANTILE = 0.9
LEAST_PERMUTATIONS = 9999


def islands(
    cluster: Cluster,
    times: pd.DataFrame,
    *,
    indicator_or_role: str,
    poor_is: Literal["low", "high"] | None = None,
    level: str | None = None,
    year: int | None = None,
    growth_years: tuple[int, int] | None = None,
    neighbours: Mapping[str, pd.DataFrame | Neighbours] | None = None,
    centres: Sequence[str] | None = None,
    flow_layer: str | None = None,
    half_time_min: float = HALF_TIME_MIN,
    permutations: int | None = None,
    alpha: float = 0.05,
    dependent: bool = False,
    seed: int,
) -> dict[str, Result]:
    """Islands, belts and isolation of the places of one level, and growth given accessibility.

    Parameters
    ----------
    cluster : Cluster
    times : DataFrame, rows origin, columns destination
        Minutes between all places of the level, > 0 off the diagonal, +inf without a way.
    indicator_or_role : str
        Indicator, role of [indicators] in workspace.toml, or ``population_change``: change of population between
        `growth_years`, which is then called depopulation and never poverty.
    poor_is : {"low", "high"}
        Which end of the indicator is worse off (low income, high unemployment). Not needed for population_change.
    level : str, optional
        Kind of places; default the level of analysis.
    year : int, optional
        Default: the base year.
    growth_years : (int, int), optional
        Years of growth; default the first and last that every place has.
    neighbours : mapping of str to DataFrame or Neighbours, optional
        Named spatial weights: a square frame, or rows in the order of `place_id`. Default: the 6 and the 10
        nearest in time (the mean of both directions), so that every result stands under two sets of weights.
    centres : sequence of str, optional
        Service centres; default the places above the 90 % quantile of people.
    flow_layer : str, optional
        Layer of flows, with flows inside each place; without one that part of integration is left out.
    half_time_min : float
        Minutes that halve the weight of a person in accessibility.
    permutations : int, optional
        Default 9999, or as many as one place alone needs to pass the adjustment: 2 n / alpha.
    alpha : float
        Bound of the adjusted p for islands and belts.
    dependent : bool
        False: Benjamini-Hochberg; True: Benjamini-Yekutieli.
    seed : int

    Returns
    -------
    dict of str to Result
        islands, island_effect, spatial_trap.

    Raises
    ------
    InputError
        `poor_is` is lacking, a number is out of range, all values are equal, fewer than 4 places, or
        (AlignmentError) the times speak of other places.
    MissingDataError
        A value or a time is missing.
    """
    kind = level or str(cluster.attrs["level"])
    places = cluster.select(kind)
    start, end, span = growth_levels(cluster, indicator_or_role, places.index, growth_years)
    value, subject, unit, source = indicator_values(cluster, indicator_or_role, kind, year, start, end, span)
    worse = "low" if subject == "depopulation" else poor_is
    if worse not in ("low", "high"):
        raise InputError(f"islands: say which end of {indicator_or_role} is worse off: poor_is='low' or 'high'")
    people = start if subject == "depopulation" and start is not None else people_of(cluster, places, kind)
    flows, said = flows_of(cluster, flow_layer, kind)
    linked = integration(times, people, centres=centres, flows=flows, half_time_min=half_time_min)
    sets = _weights(times, places.index, neighbours)
    if permutations is None:
        permutations = max(LEAST_PERMUTATIONS, int(np.ceil(2 * len(places) / alpha)) if alpha > 0 else 0)
    settings: dict[str, Any] = {
        "indicator": indicator_or_role, "worse_end": worse, "level": kind, "weights": sorted(sets),
        "half_time_min": half_time_min, "centres": linked.attrs["centres"], "flow_layer": flow_layer,
        "permutations": permutations, "alpha": alpha, "dependent": dependent, "seed": seed,
        "false_discovery": "Benjamini-Yekutieli" if dependent else "Benjamini-Hochberg",
    }  # fmt: skip
    local, effect = island_tables(value, linked, sets, poor_is=worse, subject=subject, permutations=permutations,
                                  alpha=alpha, dependent=dependent, seed=seed)  # fmt: skip
    local = replace(local, unit=unit, source=source, settings=settings, warnings=(*local.warnings, *said))
    groups = ancestor(cluster.places, str(cluster.attrs["group"])).reindex(places.index)
    trap = spatial_trap(start, end, linked["accessibility"], groups, years=span, subject=subject)
    trap = replace(trap, source=source, settings={**settings, **trap.settings})
    return {"islands": local, "island_effect": replace(effect, source=source, settings=settings), "spatial_trap": trap}


def integration(
    times: pd.DataFrame,
    people: pd.Series,
    *,
    centres: Sequence[str] | None = None,
    flows: pd.DataFrame | None = None,
    half_time_min: float = HALF_TIME_MIN,
) -> pd.DataFrame:
    """How well each place is tied to the others, from 0 to 1: the mean of its ranks in what is known.

    Parameters
    ----------
    times : DataFrame, rows origin, columns destination
        Minutes.
    people : Series
        People of each place, > 0.
    centres : sequence of str, optional
        As in `islands`.
    flows : DataFrame, rows origin, columns destination, optional
        Flows, those inside a place on the diagonal; nothing missing.
    half_time_min : float
        As in `islands`.

    Returns
    -------
    DataFrame, index place_id in order
        accessibility A_i = sum_{j != i} people_j 2^(-t_ij / half time); centre_min; flow_share (missing without
        flows); integration. ``attrs['centres']`` names the centres.

    Raises
    ------
    InputError
        A number is out of range, a centre is unknown, or (AlignmentError) places differ.
    MissingDataError
        A time or a number of people is missing.
    """
    people = people.sort_index().astype(float)
    minutes = _square(times, people.index)
    if people.isna().any():
        raise MissingDataError(f"islands: people missing for {', '.join(map(str, people.index[people.isna()][:5]))}")
    if (people <= 0).any() or np.isinf(people).any() or not half_time_min > 0:
        raise InputError("islands: people and half_time_min must be > 0 and finite")
    near = np.exp2(-minutes / half_time_min)
    np.fill_diagonal(near, 0.0)
    large = people.index[people >= people.quantile(CENTRE_QUANTILE)]
    chosen = sorted(large if centres is None else set(centres))
    unknown = [str(c) for c in chosen if c not in people.index]
    if unknown or not chosen:
        raise InputError(f"islands: centres must be places of the level: {', '.join(unknown[:5]) or 'none given'}")
    own = minutes.copy()
    np.fill_diagonal(own, np.where(np.isnan(np.diag(minutes)), 0.0, np.diag(minutes)))
    out = pd.DataFrame(
        {"accessibility": near @ people.to_numpy(),
         "centre_min": own[:, people.index.get_indexer(pd.Index(chosen))].min(axis=1), "flow_share": np.nan},
        index=people.index,
    )  # fmt: skip
    ranks = [_ranks(out["accessibility"]), 1.0 - _ranks(out["centre_min"])]
    if flows is not None:
        _, moved = exact(people, flows)
        f = moved.to_numpy(float)
        inside = np.diag(f)
        across = f.sum(axis=0) + f.sum(axis=1) - 2.0 * inside
        if np.isnan(f).any() or (f < 0).any() or not (across + inside > 0).all():
            raise InputError("islands: flows must be known, >= 0, and some in every place")
        out["flow_share"] = across / (across + inside)
        ranks.append(_ranks(out["flow_share"]))
    out["integration"] = np.mean(ranks, axis=0)
    out.attrs["centres"] = [str(c) for c in chosen]
    return out


def island_tables(
    value: pd.Series,
    linked: pd.DataFrame,
    neighbours: Mapping[str, Neighbours],
    *,
    poor_is: Literal["low", "high"],
    subject: Subject = "poverty",
    permutations: int,
    alpha: float = 0.05,
    dependent: bool = False,
    seed: int,
) -> tuple[IslandsResult, IslandEffectResult]:
    """Shapes, isolation and index of each place under each set of weights.

    Parameters
    ----------
    value : Series
        Indicator, index `place_id`.
    linked : DataFrame
        As `integration` gives it.
    neighbours : mapping of str to Neighbours
        Rows in the order of `place_id`.
    poor_is, subject, permutations, alpha, dependent, seed
        As in `islands`.

    Raises
    ------
    InputError
        All values are equal, fewer than 4 places, a number out of range, or (AlignmentError) places differ.
    MissingDataError
        A value is missing.
    """
    exact(value, linked["integration"])
    value = value.sort_index().astype(float)
    linked = linked.sort_index()
    _check_values(value, neighbours, permutations, alpha)
    given = np.asarray(value, dtype=np.float64)
    bad = -given if poor_is == "low" else given
    score, isolation = _ranks(pd.Series(bad)), 1.0 - linked["integration"].to_numpy()
    p_index, mean, p_mean = product_p(score, isolation, permutations=permutations, seed=seed)
    rank = float(np.corrcoef(score, _ranks(pd.Series(isolation)))[0, 1])
    parts, rows, said = [], [], []
    for name in sorted(neighbours):
        near = neighbours[name]
        found = local_moran(bad, near, permutations=permutations, seed=seed)
        q = false_discovery(found.p, dependent=dependent)
        shapes = _shapes(found, lag(given, near), given, q, alpha, subject)
        parts.append(pd.DataFrame({
            "place_id": value.index, "weights": name, "value": value.to_numpy(), "lag": found.lag,
            "local_moran": found.local, "p": found.p, "q": q, "shape": shapes,
            **{c: linked[c].to_numpy() for c in ("accessibility", "centre_min", "flow_share", "integration")},
            "cut_off": np.where(linked["integration"] < linked["integration"].median(), "yes", "no"),
            "score": score, "index": score * isolation, "p_index": p_index,
            "q_index": false_discovery(p_index, dependent=dependent),
        }))  # fmt: skip
        seen, p = moran(bad, near, permutations=min(permutations, 999), seed=seed)
        alone = int((near.degree == 0).sum())
        rows.append({"weights": name, "places": near.n, "without_neighbours": alone, "moran": seen, "p_moran": p,
                     "rank_correlation": rank, "mean_index": mean, "p_mean_index": p_mean})  # fmt: skip
        if len(given) > 1 and near.degree.min() >= near.n - 1:
            said.append(
                f"{name}: only {near.n} places, everyone is a neighbour of all others: nothing local can be seen"
            )
        said += [f"{name}: {alone} places have no neighbours and no local statistic"] if alone else []
    if 2.0 / (permutations + 1.0) > alpha / len(value):
        enough = int(np.ceil(2 * len(value) / alpha))
        said.append(
            f"{permutations} permutations give no p below {2 / (permutations + 1):.2g}: too few for one place of "
            f"{len(value)} to stand alone after adjustment; take {enough}"
        )
    local = IslandsResult(table=pd.concat(parts, ignore_index=True), subject=subject, warnings=tuple(said))
    local = replace(local, table=local.table.sort_values(["place_id", "weights"], ignore_index=True))
    return local, IslandEffectResult(table=pd.DataFrame(rows), subject=subject, warnings=tuple(said))


def touching(polygons: Any) -> Neighbours:
    """Places whose polygons touch or overlap (queen contiguity), equal weights.

    Parameters
    ----------
    polygons : GeoSeries
        Index `place_id`, in order.
    """
    row, column = polygons.sindex.query(polygons, predicate="intersects")
    different = row != column
    order = np.lexsort((column[different], row[different]))
    row, column = row[different][order], column[different][order]
    indptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(polygons))))).astype(np.intp)
    return standardised(indptr, column.astype(np.intp), np.ones(len(column)))


def _shapes(found: LocalMoran, around: Floats, value: Floats, q: Floats, alpha: float, subject: str) -> list[str]:
    """Shape of each place; a place that does not lose people is in no belt of loss, whatever the mean is."""
    sure = np.nan_to_num(q, nan=1.0) <= alpha
    worse, near_worse = found.z > 0, found.lag > 0
    better, near_better = found.z < 0, found.lag < 0
    word = "better-off"
    if subject == "depopulation":
        worse, near_worse = worse & (value < 0), near_worse & (around < 0)
        better, near_better = better & (value > 0), near_better & (around > 0)
        island, word = worse & (found.lag < 0) & (around >= 0), "growing"
        outlier = better & (found.lag > 0) & (around <= 0)
    else:
        island, outlier = worse & near_better, better & near_worse
    out = np.full(len(q), "none", dtype=object)
    for shape, mask in (
        ("island", island), ("belt", worse & near_worse), (f"{word} outlier", outlier),
        (f"{word} belt", better & near_better),
    ):  # fmt: skip
        out[sure & mask] = shape
    return [str(shape) for shape in out]


def _ranks(value: pd.Series) -> Floats:
    """Middle ranks between 0 and 1; ties share one."""
    return np.asarray((value.rank(method="average").to_numpy() - 0.5) / len(value))


def _square(times: pd.DataFrame, labels: pd.Index) -> Floats:
    _, aligned = exact(pd.Series(0.0, labels), times)
    minutes = np.array(aligned.to_numpy(float))
    off = ~np.eye(len(labels), dtype=bool)
    if np.isnan(minutes[off]).any():
        lost = labels[(np.isnan(minutes) & off).any(axis=1)]
        raise MissingDataError(f"islands: times missing from {len(lost)} places: {', '.join(map(str, lost[:5]))}")
    if (minutes[off] < 0).any():
        raise InputError("islands: times must be >= 0")
    return minutes


def _weights(
    times: pd.DataFrame, labels: pd.Index, given: Mapping[str, pd.DataFrame | Neighbours] | None
) -> dict[str, Neighbours]:
    minutes = _square(times, labels)
    if given is None:
        both = (minutes + minutes.T) / 2.0
        return {f"nearest-{k:02d}": nearest(both, min(k, len(labels) - 1)) for k in NEAREST}
    out = {}
    for name, one in given.items():
        if isinstance(one, pd.DataFrame):
            _, aligned = exact(pd.Series(0.0, labels), one)
            square = aligned.to_numpy(float)
            if not np.isfinite(square).all() or (square < 0).any():
                raise InputError(f"islands: weights {name} must be finite and >= 0")
            one = from_square(square)
        if not _sound(one, len(labels)):
            raise InputError(f"islands: weights {name} need one row a place ({len(labels)}), > 0, none to itself")
        out[str(name)] = standardised(one.indptr, one.indices, one.weight)
    if not out:
        raise InputError("islands: neighbours must name one set of weights at least")
    return out


def _sound(near: Neighbours, n: int) -> bool:
    if near.n != n or (near.degree < 0).any() or len(near.indices) != near.indptr[-1] or near.indptr[0] != 0:
        return False
    row = np.repeat(np.arange(n), near.degree)
    pairs = row * n + near.indices
    return bool(
        (near.indices != row).all() and ((near.indices >= 0) & (near.indices < n)).all()
        and len(np.unique(pairs)) == len(pairs) and (near.weight > 0).all() and np.isfinite(near.weight).all()
        and len(near.weight) == len(row)
    )  # fmt: skip


def _check_values(value: pd.Series, near: Mapping[str, Neighbours], permutations: int, alpha: float) -> None:
    if value.isna().any():
        raise MissingDataError(f"islands: value missing for {', '.join(map(str, value.index[value.isna()][:5]))}")
    problems = []
    if len(value) < 4:
        problems.append(f"{len(value)} places, 4 are needed")
    elif not np.isfinite(value).all() or value.nunique() < 2:
        problems.append("values must be finite and not all equal")
    if permutations < 1 or not 0 < alpha < 1:
        problems.append("permutations must be >= 1 and alpha between 0 and 1")
    problems += [
        f"weights {name} have {w.n} rows for {len(value)} places" for name, w in near.items() if w.n != len(value)
    ]
    if problems:
        raise InputError("islands: " + "; ".join(problems))
