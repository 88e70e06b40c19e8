"""Multidimensional poverty by counting deprivations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.poverty import dual_cutoff
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.poverty_tables import (
    DimensionsResult,
    MultidimensionalResult,
    empty,
    named_groups,
    require_columns,
    rows_where,
)


def multidimensional(
    deprivations: pd.DataFrame | None, *, k: float = 1.0 / 3.0
) -> tuple[MultidimensionalResult, DimensionsResult]:
    """Dual-cutoff measures by year and group, and their dimensions.

    Parameters
    ----------
    deprivations : DataFrame or None
        Columns record_id, year, dimension, value, cutoff, scale; dimension_weight, people, weight, group where there
        are any. One row a record and dimension.
    k : float
        As in `poverty`.

    Raises
    ------
    InputError
        k is out of range, a cutoff, scale or weight differs inside a dimension, a record is given twice.
    MissingDataError
        A record lacks a dimension or a value.
    """
    if not 0 < k <= 1:
        raise InputError(f"k must be above 0 and at most 1 (a share of the weights), got {k!r}")
    if deprivations is None or not len(deprivations):
        why = ("there is no table of deprivations: no multidimensional poverty",)
        return (
            MultidimensionalResult(table=empty(MultidimensionalResult.columns), settings={"k": k}, warnings=why),
            DimensionsResult(table=empty(DimensionsResult.columns), settings={"k": k}, warnings=why),
        )
    frame = _checked_deprivations(deprivations)
    rows: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    said: list[str] = []
    for year, part in frame.groupby("year", sort=True):
        found, dimensions, cardinal = _one_year(part, k)
        rows += [{"year": year, **row} for row in found]
        parts += [{"year": year, **row} for row in dimensions]
        if not cardinal:
            said.append(f"{year}: a dimension is ordinal, has a cutoff <= 0 or negative values: no M1 and M2")
    return (
        MultidimensionalResult(table=pd.DataFrame(rows)[[c.name for c in MultidimensionalResult.columns]],
                               settings={"k": k}, warnings=tuple(said)),
        DimensionsResult(table=pd.DataFrame(parts)[[c.name for c in DimensionsResult.columns]], settings={"k": k}),
    )  # fmt: skip


def _checked_deprivations(deprivations: pd.DataFrame) -> pd.DataFrame:
    require_columns(deprivations, ("record_id", "year", "dimension", "value", "cutoff", "scale"), "deprivations")
    frame = deprivations.reset_index(drop=True).copy()
    for name, default in (("people", 1.0), ("weight", 1.0), ("group", ""), ("dimension_weight", np.nan)):
        frame[name] = frame[name].fillna(default) if name in frame else default
    frame["group"] = named_groups(frame["group"])
    wrong, gaps = [], []
    for name in ("value", "cutoff"):
        gaps += rows_where(frame, frame[name].isna(), f"deprivations.{name}: missing")
    wrong += rows_where(frame, frame[["year", "record_id", "dimension"]].duplicated(), "deprivations: given twice")
    wrong += rows_where(frame, ~frame["scale"].isin(["cardinal", "ordinal"]),
                         "deprivations.scale: neither cardinal nor ordinal")  # fmt: skip
    for name in ("people", "weight", "dimension_weight"):
        wrong += rows_where(frame, frame[name].astype(float) < 0, f"deprivations.{name}: negative")
    for keys, names in ((["year", "dimension"], ("cutoff", "scale", "dimension_weight")),
                        (["year", "record_id"], ("people", "weight", "group"))):  # fmt: skip
        for name in names:
            several = frame.groupby(keys)[name].nunique(dropna=False)
            if (several > 1).any():
                some = ", ".join(str(key) for key in several.index[several > 1][:5])
                wrong.append(f"deprivations.{name}: differs inside one {keys[1]}: {some}")
    for year, part in frame.groupby("year", sort=True):
        lacking = part["record_id"].nunique() * part["dimension"].nunique() - len(part)
        if lacking > 0:
            gaps.append(f"deprivations of {year}: {lacking} pairs of record and dimension are missing")
    if wrong:
        raise InputError("; ".join(wrong + gaps), hint="one row a record and dimension; a cutoff holds for all of it")
    if gaps:
        raise MissingDataError("; ".join(gaps), hint="leave incomplete records out and say so; a gap is no deprivation")
    return frame


def _one_year(part: pd.DataFrame, k: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:
    values = part.pivot(index="record_id", columns="dimension", values="value").sort_index()
    of_dimension = part.drop_duplicates("dimension").set_index("dimension").loc[values.columns]
    record = part.drop_duplicates("record_id").set_index("record_id").loc[values.index]
    share = of_dimension["dimension_weight"].astype(float)
    if share.isna().all():
        share = share.fillna(1.0)
    if share.isna().any() or not share.sum() > 0:
        raise InputError("deprivations.dimension_weight: given for some dimensions only, or all zero")
    weights = np.asarray(share, dtype=np.float64)
    cutoff = of_dimension["cutoff"].to_numpy(float)
    cardinal = bool((of_dimension["scale"] == "cardinal").all() and (cutoff > 0).all() and (values >= 0).all(axis=None))
    persons = (record["people"].astype(float) * record["weight"].astype(float)).to_numpy()
    names = sorted(map(str, record["group"].unique()))
    group = record["group"].astype(str).to_numpy()
    rows, parts = [], []
    whole: float | None = None
    for name in ["", *(names if len(names) > 1 else [])]:
        mine = np.ones(len(group), dtype=bool) if whole is None else group == name
        if not persons[mine].sum() > 0:
            raise InputError(f"deprivations: nobody is represented in the group {name!r}")
        found = dual_cutoff(values.to_numpy(float)[mine], cutoff, weights, persons[mine], k)
        people = float(persons[mine].sum())
        whole = found.m0 * people if whole is None else whole
        rows.append({
            "group": name, "headcount": found.headcount, "intensity": found.intensity, "m0": found.m0,
            "m1": found.m1 if cardinal else np.nan, "m2": found.m2 if cardinal else np.nan,
            "contribution": found.m0 * people / whole if whole > 0 else np.nan, "people": people,
            "records": int(mine.sum()),
        })  # fmt: skip
        columns = (values.columns, weights / weights.sum(), found.raw, found.censored, found.contribution)
        keys = ("dimension", "weight", "raw_headcount", "censored_headcount", "contribution")
        parts += [{"group": name, **dict(zip(keys, row, strict=True))} for row in zip(*columns, strict=True)]
    return rows, parts, cardinal
