"""Joint parks: which places suit each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.assignment_prices import assignment_prices
from megaregion.core.generalised_assignment import assign
from megaregion.core.stable_matching import blocking_pairs, deferred_acceptance
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.parks_tables import ParkPartnersResult

Floats = NDArray[np.float64]
Method = Literal["sum", "stable"]


@dataclass(frozen=True, kw_only=True)
class ScoreWeights:
    """What each part of a score counts; all declared, all >= 0.

    Attributes
    ----------
    complementarity : float
        Per unit of the given matrix.
    land, labour : float
        Per log point by which the host is cheaper.
    hour : float
        Per hour of travel, subtracted.
    """

    complementarity: float = 1.0
    land: float = 1.0
    labour: float = 1.0
    hour: float = 1.0


def park_scores(
    complementarity: pd.DataFrame,
    land_price: pd.Series,
    wage: pd.Series,
    times: pd.DataFrame,
    *,
    weights: ScoreWeights | None = None,
) -> pd.DataFrame:
    """Score of every place that moves firms with every place that hosts.

    Parameters
    ----------
    complementarity : DataFrame, rows origins, columns hosts
        Such as the relatedness density of the host in the industries that the origin gives up.
    land_price, wage : Series, index place_id
        > 0, of origins and of hosts, each in one unit.
    times : DataFrame, rows origins, columns hosts
        Minutes; infinite where there is no way.
    weights : ScoreWeights, optional

    Returns
    -------
    DataFrame, rows origins, columns hosts
        s_ij = a c_ij + b ln(land_i / land_j) + c ln(wage_i / wage_j) - d t_ij / 60; missing for a place with itself
        and where there is no way.

    Raises
    ------
    InputError, MissingDataError
        A weight is negative, a price is not above zero, a place is missing; everything wrong is listed.
    """
    w = weights or ScoreWeights()
    origins, hosts = complementarity.index, complementarity.columns
    _parts_checked(complementarity, land_price, wage, times, w)
    c = complementarity.to_numpy(dtype=np.float64)
    away = times.loc[origins, hosts].to_numpy(dtype=np.float64)

    def gap(price: pd.Series) -> Floats:
        here, there = (np.log(price.loc[at].to_numpy(dtype=np.float64)) for at in (origins, hosts))
        return np.asarray(here[:, None] - there[None, :], dtype=np.float64)

    score = w.complementarity * c + w.land * gap(land_price) + w.labour * gap(wage)
    score = score - w.hour * np.where(np.isinf(away), 0.0, away) / 60.0
    same = origins.to_numpy(object)[:, None] == hosts.to_numpy(object)[None, :]
    return pd.DataFrame(np.where(same | np.isinf(away), np.nan, score), index=origins, columns=hosts)


def _parts_checked(
    complementarity: pd.DataFrame, land_price: pd.Series, wage: pd.Series, times: pd.DataFrame, w: ScoreWeights
) -> None:
    """Everything wrong with the parts of a score, at once."""
    origins, hosts = complementarity.index, complementarity.columns
    named = {"complementarity": w.complementarity, "land": w.land, "labour": w.labour, "hour": w.hour}
    wrong = [f"weight {k} must be >= 0 and finite, got {v!r}" for k, v in named.items() if not 0 <= v < np.inf]
    gaps = []
    for name, frame in (("complementarity", complementarity), ("times", times)):
        if not (frame.index.is_unique and frame.columns.is_unique):
            wrong.append(f"{name}: places stand twice")
    if lost := [*origins.difference(times.index), *hosts.difference(times.columns)]:
        gaps.append(f"times lacks {_some(lost)}")
    for name, price in (("land_price", land_price), ("wage", wage)):
        if not price.index.is_unique:
            wrong.append(f"{name}: places stand twice")
            continue
        used = price.reindex(origins.union(hosts)).astype(float)
        if used.isna().any():
            gaps.append(f"{name} is missing for {_some(used.index[used.isna()])}")
        if (bad := used.notna() & ~((used > 0) & np.isfinite(used))).any():
            wrong.append(f"{name} must be > 0 and finite: {_some(used.index[bad])}")
    if not np.isfinite(complementarity.to_numpy(dtype=np.float64)).all():
        gaps.append("complementarity has missing or infinite values")
    if not lost and not wrong and not (times.loc[origins, hosts].to_numpy(dtype=np.float64) >= 0).all():
        wrong.append("times must be >= 0 and not missing (infinite for no way)")
    if wrong:
        raise InputError("park_scores: " + "; ".join(wrong + gaps), hint="everything wrong is listed")
    if gaps:
        ways = "find the values, leave the places out, or give that ground no weight (--land 0)"
        raise MissingDataError("park_scores: " + "; ".join(gaps), hint=ways)


def park_partners(
    scores: pd.DataFrame,
    *,
    capacity: pd.Series | None = None,
    method: Method = "sum",
    least: float = 0.0,
) -> ParkPartnersResult:
    """Each origin with one host at most: the largest sum of scores, or a stable matching.

    Parameters
    ----------
    scores : DataFrame, rows origins, columns hosts
        Missing where a pair is ruled out.
    capacity : Series, optional
        Origins that a host can take; index host; default one each.
    method : {'sum', 'stable'}
        The largest sum (with prices that prove it), or deferred acceptance, origins propose.
    least : float
        Pairs with a score not above it are not formed; >= 0.

    Returns
    -------
    ParkPartnersResult

    Raises
    ------
    InputError
        A place stands twice, a score is infinite, least is negative, a capacity is no whole number >= 0 or missing.

    Notes
    -----
    Both sides rank by the score. Shapley and Shubik (1972): row and column prices with u_i + v_j >= s_ij whose sum
    equals that of the matching prove that no other has more; they are also a split that no pair would leave.
    """
    value, allowed, room = _scores_checked(scores, capacity, method, least)
    none = np.zeros_like(value), np.full(len(room), np.inf)
    sums = assign(value, allowed, room, *none, serve="any")
    by = {"sum": sums.match if sums is not None else np.empty(0, dtype=np.intp),
          "stable": deferred_acceptance(value, value, room, allowed)}  # fmt: skip
    match, other = by[method], by["stable" if method == "sum" else "sum"]
    prices = assignment_prices(value, allowed, room)
    blocking = blocking_pairs(match, value, value, room, allowed, *none)
    origins, hosts = scores.index.to_numpy(object), scores.columns.to_numpy(object)
    at = np.arange(len(origins))
    ranked = np.where(allowed, value, -np.inf)
    best = np.where(allowed.any(axis=1), ranked.argmax(axis=1), -1) if len(hosts) else np.full(len(origins), -1)

    def named(who: NDArray[np.intp]) -> list[str]:
        return [str(hosts[j]) if j >= 0 else "" for j in who]

    def of(who: NDArray[np.intp]) -> Floats:
        return np.where(who >= 0, value[at, np.maximum(who, 0)] if len(hosts) else np.nan, np.nan)

    table = pd.DataFrame({
        "origin": origins, "host": named(match), "score": of(match), "best_host": named(best),
        "best_score": of(best), "other_host": named(other), "price": prices.row,
        "blocking": np.bincount(blocking[:, 0], minlength=len(origins)).astype(float),
    })  # fmt: skip
    alone = table.loc[table["host"] == "", "origin"].tolist()
    found = {
        "parks": int((match >= 0).sum()), "score": float(np.nansum(of(match))),
        "largest_score": float(np.nansum(of(by["sum"]))), "bound": prices.bound,
        "host_prices": {str(h): float(p) for h, p in zip(hosts, prices.column, strict=True)},
        "blocking_pairs": [{"origin": str(origins[i]), "host": str(hosts[j])} for i, j in blocking],
        "alone": alone,
    }  # fmt: skip
    said = ["weights of the score are declared: it ranks pairs and forecasts nothing"]
    if alone:
        said.append(f"no park for {_some(alone)} ({len(alone)}): no room at any host with a score above {least:g}")
    return ParkPartnersResult(
        table=table, found=found, settings={"method": method, "least": least}, warnings=tuple(said)
    )


def _scores_checked(
    scores: pd.DataFrame, capacity: pd.Series | None, method: str, least: float
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.intp]]:
    wrong = [] if method in ("sum", "stable") else [f"method must be sum or stable, got {method!r}"]
    if not (least >= 0 and np.isfinite(least)):
        wrong.append(f"least must be >= 0 and finite, got {least!r}")
    if not (scores.index.is_unique and scores.columns.is_unique):
        wrong.append("scores: places stand twice")
    value = scores.to_numpy(dtype=np.float64)
    if np.isinf(value).any():
        wrong.append("scores must be finite, or missing where a pair is ruled out")
    room = np.ones(len(scores.columns))
    if capacity is not None:
        room = (capacity.reindex(scores.columns) if capacity.index.is_unique else capacity * np.nan).to_numpy(
            dtype=float
        )
        if not capacity.index.is_unique or not (np.isfinite(room) & (room >= 0) & (room == np.round(room))).all():
            wrong.append("capacity must be a whole number >= 0 for every host, each once")
    if wrong:
        raise InputError("park_partners: " + "; ".join(wrong), hint="everything wrong is listed")
    allowed = ~np.isnan(value) & (np.nan_to_num(value, nan=-np.inf) > least)
    return np.where(allowed, value, 0.0), allowed, room.astype(np.intp)


def _some(labels: Sequence[object] | pd.Index | pd.Series) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:5])
