"""Choke points that the user names (never guessed), crossed with import dependence and what is near in the region."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError, SchemaError
from megaregion.nodes.innovation_activities import Advantages, density_span, outward, relative, weak
from megaregion.nodes.innovation_tables import ChokeOptionsResult, ChokePointsResult

Floats = NDArray[np.float64]
NEEDED = ("choke_point", "activities")
COLUMNS = (*NEEDED, "name", "name_zh", "import_dependence", "domestic_holders")


def choke_points(table: pd.DataFrame, made: Advantages) -> tuple[ChokePointsResult, ChokeOptionsResult]:
    """Density around what each choke point rests on, by place, with intervals; exposure with its parts beside it.

    Parameters
    ----------
    table : DataFrame
        Columns of the schema `choke_points`; `activities` are industries or fields, separated by semicolons.
    made : Advantages
        Of the same activities.

    Returns
    -------
    by choke point, by choke point and place

    Raises
    ------
    SchemaError, InputError
        Columns are missing, a choke point comes twice, an activity is unknown, or a number is out of range; everything
        at once.

    Notes
    -----
    Density of a choke point in a place: mean of the densities around the activities that it rests on. Exposure =
    import dependence x (1 - largest density among the places) / max(1, domestic holders), of a place with its own
    density; missing where one of the three is, and for a place that has an advantage in all of them. Its interval is
    that of the density: dependence and holders are taken as given. A choke point that rests on an activity with too few
    cases to be compared has no density.
    """
    rows, lists = _checked(table, [str(c) for c in made.of.table.columns], made.of.rare)
    near, has, apart, drawn = _around(made, lists)
    low, high = _span(drawn)
    places = made.of.table.index
    points = _points(rows, places, near, has, drawn)
    ranks = [_rank_span(near[:, j], drawn[:, :, j]) for j in range(len(lists))]
    n = len(places)
    weight = np.where(has, np.nan, _weight(rows))  # a place that has it all need not come near
    exposed = {
        "exposure": weight * (1.0 - near),
        "exposure_low": weight * (1.0 - high),
        "exposure_high": weight * (1.0 - low),
    }
    options = pd.DataFrame({
        "choke_point": np.repeat(rows["choke_point"].to_numpy(), n), "place_id": np.tile(places, len(rows)),
        "has": has.T.ravel(), "density": near.T.ravel(), "density_low": low.T.ravel(), "density_high": high.T.ravel(),
        "density_relative": apart.T.ravel(), **{name: v.T.ravel() for name, v in exposed.items()},
        "rank": np.concatenate([r[0] for r in ranks]),
        "rank_p05": np.concatenate([r[1] for r in ranks]), "rank_p95": np.concatenate([r[2] for r in ranks]),
    })  # fmt: skip
    unknown = int(points[["import_dependence", "domestic_holders"]].isna().any(axis=1).sum())
    apart_from = [str(rows["choke_point"].iloc[j]) for j, mine in enumerate(lists) if not mine]
    notes = ["choke points are the user's list; density says what is near, not that it can be built", *weak(made)]
    if unknown:
        notes.append(f"choke points: {unknown} of {len(rows)} lack import dependence or domestic holders: no exposure")
    sets = len({tuple(sorted(mine)) for mine in lists if mine})
    if sets < len(rows) - len(apart_from):
        notes.append(
            f"choke points: {len(rows) - len(apart_from)} rest on {sets} different sets of activities; "
            "those of one set cannot be told apart by what is near"
        )
    if apart_from:
        notes.append(f"choke points without density, their activities have too few cases: {', '.join(apart_from[:5])}")
    settings = {"origin": made.of.origin, "draws": len(made.drawn)}
    return (
        ChokePointsResult(table=points, whole=made.of.inputs, settings=settings, warnings=tuple(notes)),
        ChokeOptionsResult(table=options, whole=made.of.inputs, settings=settings),
    )


def _around(made: Advantages, lists: list[list[int]]) -> tuple[Floats, NDArray[np.bool_], Floats, Floats]:
    """Density, advantage in all, density against other options (n, points), and densities drawn (draws, n, points)."""
    n, m, open_ = len(made.of.table), len(lists), relative(made)
    near, apart, has = np.full((n, m), np.nan), np.full((n, m), np.nan), np.zeros((n, m), dtype=bool)
    drawn = np.full((len(made.drawn), n, m), np.nan)
    known = [j for j, mine in enumerate(lists) if mine]
    for j in known:
        near[:, j], apart[:, j] = made.near[:, lists[j]].mean(axis=1), open_[:, lists[j]].mean(axis=1)
        has[:, j] = made.has[:, lists[j]].all(axis=1)
    drawn[:, :, known] = density_span(made, [lists[j] for j in known])
    return near, has, apart, drawn


def _checked(table: pd.DataFrame, known: list[str], rare: tuple[str, ...]) -> tuple[pd.DataFrame, list[list[int]]]:
    lost = [name for name in NEEDED if name not in table.columns]
    if lost:
        raise SchemaError(
            f"choke_points needs the columns {', '.join(lost)}", hint="see: workspace format, choke_points"
        )
    rows = table.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    names = [split(text) for text in rows["activities"]]
    depend, holders = rows["import_dependence"].astype(float), rows["domestic_holders"].astype(float)
    strange = sorted({name for mine in names for name in mine} - {*known, *rare})
    wrong = []
    for mask, text in (
        (rows["choke_point"].isna(), "rows without choke_point"),
        (rows["choke_point"].duplicated(), "listed twice"),
        (pd.Series([not mine for mine in names]), "without activities"),
        ((depend < 0) | (depend > 1), "import_dependence outside of 0 to 1"),
        (
            (holders < 0) | (holders != holders.round()) & holders.notna(),
            "domestic_holders that are no whole number >= 0",
        ),
    ):
        if mask.any():
            wrong.append(f"{text}: {', '.join(rows.loc[mask, 'choke_point'].astype(str).head(5))}")
    if strange:
        wrong.append(f"activities that are not in the table of activities: {', '.join(strange[:5])}")
    if wrong:
        raise InputError("choke_points: " + "; ".join(wrong), hint="activities here: " + ", ".join(known[:30]))
    place = {name: k for k, name in enumerate(known)}
    return rows, [[] if set(mine) & set(rare) else [place[name] for name in mine] for mine in names]


def split(text: object) -> list[str]:
    """Activities of one cell, each once."""
    if text is None or text != text:
        return []
    return list(dict.fromkeys(part for raw in str(text).split(";") if (part := raw.strip())))


def _points(rows: pd.DataFrame, places: pd.Index, near: Floats, has: NDArray[np.bool_], drawn: Floats) -> pd.DataFrame:
    """One row a choke point; where no place has a density, no nearest place."""
    known: NDArray[np.bool_] = np.asarray(np.isfinite(near).any(axis=0))
    best = np.where(np.isfinite(near), near, -np.inf).argmax(axis=0)
    column = np.arange(near.shape[1])
    density = np.where(known, near[best, column], np.nan)
    low, high = np.full(len(best), np.nan), np.full(len(best), np.nan)
    for j in column[known] if len(drawn) else []:
        some = drawn[:, best[j], j]
        if np.isfinite(some).mean() >= 0.5:
            low[j], high[j] = np.nanquantile(some, [0.05, 0.95])
    depend, holders = rows["import_dependence"].astype(float), rows["domestic_holders"].astype(float)
    weight = _weight(rows)
    return pd.DataFrame({
        **{c: rows[c] for c in ("choke_point", "name", "name_zh", "activities")}, "import_dependence": depend,
        "domestic_holders": holders, "places_with": has.sum(axis=0),
        "nearest_place": [str(places[b]) if k else None for b, k in zip(best, known, strict=True)],
        "next_place": [_best(places, v) for v in np.where(has, np.nan, near).T], "density": density,
        "density_low": low, "density_high": high,
        "density_median": [float(np.median(v[np.isfinite(v)])) if np.isfinite(v).any() else np.nan for v in near.T],
        "exposure": weight * (1.0 - density), "exposure_low": weight * (1.0 - high),
        "exposure_high": weight * (1.0 - low),
    })  # fmt: skip


def _weight(rows: pd.DataFrame) -> Floats:
    """Import dependence over the number of holders, at least one; missing where one of them is."""
    depend, holders = (rows[name].to_numpy(float) for name in ("import_dependence", "domestic_holders"))
    return np.asarray(depend / np.where(np.isnan(holders), np.nan, np.maximum(holders, 1.0)))


def _best(places: pd.Index, near: Floats) -> str | None:
    """Place with the highest density; None where none has one."""
    return str(places[int(np.nanargmax(near))]) if np.isfinite(near).any() else None


def _span(drawn: Floats) -> tuple[Floats, Floats]:
    """5 and 95 % (n, points) over the draws (draws, n, points)."""
    low, high = np.full(drawn.shape[1:], np.nan), np.full(drawn.shape[1:], np.nan)
    if len(drawn):
        good = np.isfinite(drawn).mean(axis=0) >= 0.5
        if good.any():
            low[good], high[good] = np.nanquantile(drawn[:, good], [0.05, 0.95], axis=0)
    return low, high


def _rank_span(near: Floats, drawn: Floats) -> tuple[Floats, Floats, Floats]:
    """Rank by density, and its 5-95 % over the draws (draws, n)."""
    rank = np.asarray(pd.Series(-near).rank(method="min"), dtype=np.float64)
    if not len(drawn):
        return rank, np.full(len(near), np.nan), np.full(len(near), np.nan)
    ranks = pd.DataFrame(-drawn).rank(axis=1, method="average").to_numpy(float)
    low, high = _span(ranks[:, :, None])
    return (rank, *outward((low[:, 0], high[:, 0])))
