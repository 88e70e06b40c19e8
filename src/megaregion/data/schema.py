"""The tables of a workspace: which columns they have, of which type and unit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.data.problem import Problem, first
from megaregion.errors import InputError

Dtype = Literal["text", "float", "int", "bool"]
NAMES = ("places", "indicators", "nodes", "links", "services", "flows", "agreements")
FURTHER = (  # tables that one capability reads and no other needs
    "industries", "factor_flows", "incomes", "income_brackets", "deprivations", "games", "joint_facilities",
    "measures", "maturity", "villages", "instruments", "targets", "impacts", "remedies", "train_calls", "road_times",
    "road_lengths",
    "services_supply", "recognition", "pairs", "flow_panel", "prices", "crosswalk", "heritage",
    "documents", "choke_points",
    "reforms", "voucher_projects", "voucher_redemptions", "voucher_eligible", "voucher_lottery", "park_candidates",
    "park_places", "park_parties", "park_coalitions", "park_booked", "pairing_candidates", "pairing_donors",
    "pairing_fields",
    "energy_buses", "energy_lines", "energy_plants", "offices", "search_index", "survey_answers",
)  # fmt: skip
TABLES = (*NAMES, *FURTHER)
KEYS: dict[str, tuple[str, ...]] = {
    "places": ("place_id",),
    "indicators": ("place_id", "year", "indicator", "scope"),
    "nodes": ("node_id",),
    "links": ("link_id",),
    "services": ("timetable", "mode", "service", "origin", "destination"),
    "flows": ("layer", "origin", "destination", "period"),
    "agreements": ("agreement_id",),
    "industries": ("place_id", "year", "industry", "scope"),
    "factor_flows": ("factor", "channel", "origin", "destination", "year"),
    "incomes": ("record_id", "year"),
    "income_brackets": ("place_id", "year", "group", "lower", "mean_income"),
    "deprivations": ("record_id", "year", "dimension"),
    "games": ("game", "coalition"),
    "joint_facilities": ("game", "facility", "place_id"),
    "measures": ("measure", "party"),
    "maturity": ("field", "coder"),
    "villages": ("village_id",),
    "instruments": ("instrument_id",),
    "targets": ("region_type", "indicator", "sense"),
    "impacts": ("descriptor", "state", "on_descriptor", "on_state"),
    "remedies": ("option", "place_id"),
    "road_times": ("origin", "destination"),
    "road_lengths": ("place_id", "road_class"),
    "train_calls": ("train", "stop", "arrival", "departure"),
    "services_supply": ("facility_id", "service", "year"),
    "recognition": ("origin", "destination", "scheme"),
    "pairs": ("donor", "recipient", "start"),
    "flow_panel": ("layer", "origin", "destination", "period"),
    "prices": ("place_id", "good", "period"),
    "crosswalk": ("from_id", "to_id", "year"),
    "heritage": ("site_id",),
    "documents": ("document_id", "place_id"),
    "choke_points": ("choke_point",),
    "reforms": ("reform", "origin", "destination", "scheme"),
    "voucher_projects": ("project",),
    "voucher_redemptions": ("voucher",),
    "voucher_eligible": ("place_id",),
    "voucher_lottery": ("firm", "outcome"),
    "park_candidates": ("origin", "host"),
    "park_places": ("place_id",),
    "park_parties": ("park", "item", "party"),
    "park_coalitions": ("park", "item", "coalition"),
    "park_booked": ("park", "item", "party"),
    "pairing_candidates": ("donor", "recipient"),
    "pairing_donors": ("donor",),
    "pairing_fields": ("place_id", "side", "field"),
    "energy_buses": ("bus_id",),
    "energy_lines": ("line_id",),
    "energy_plants": ("plant_id",),
    "offices": ("firm", "place_id"),
    "search_index": ("keyword", "origin", "destination", "period"),
    "survey_answers": ("respondent_id", "item"),
}
_TRUE, _FALSE = {"true", "1", "yes", "是"}, {"false", "0", "no", "否"}


@dataclass(frozen=True)
class Field:
    """One column of a table."""

    name: str
    dtype: Dtype
    unit: str
    required: bool
    nullable: bool
    description: str


@cache
def schema(table: str) -> tuple[Field, ...]:
    """Columns of `table`.

    Raises
    ------
    InputError
        There is no such table.
    """
    if table not in TABLES:
        raise InputError(f"there is no table {table!r}", hint="tables: " + ", ".join(TABLES))
    text = files("megaregion.data").joinpath("schema", f"{table}.csv").read_text(encoding="utf-8")
    return tuple(
        Field(r["name"], r["dtype"], r["unit"], r["required"] == "yes", r["nullable"] == "yes", r["description"])  # type: ignore[arg-type]
        for r in csv.DictReader(text.splitlines())
    )


def conform(raw: pd.DataFrame, table: str, where: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Type the columns of a raw frame by the schema of `table`.

    Parameters
    ----------
    raw : DataFrame
        Cells as text (empty for missing) or already typed.
    table : str
        Name of the schema.
    where : str
        How messages name the table, ``tables/places.csv``.

    Returns
    -------
    frame : DataFrame
        Columns of the schema that are there, then those that start with ``x_``; cells that cannot be
        read are missing.
    problems : list of Problem
        Unknown and missing columns, cells of a wrong type, gaps in columns that allow none.
    """
    fields = schema(table)
    problems = _columns(raw, fields, where)
    out: dict[str, pd.Series] = {}
    for field in fields:
        if field.name not in raw.columns:
            if not field.required:
                out[field.name] = _empty(field, raw.index)
            continue
        column, bad = _cast(raw[field.name], field)
        if bad.any():
            problems.append(
                Problem(
                    "error", "wrong-type", where, f"expected {_words(field)}, got {raw[field.name][bad].iloc[0]!r}",
                    column=field.name, labels=first(_rows(bad)), count=int(bad.sum()),
                    fix=f"rows are counted from 1 below the header; write {_words(field)} or leave the cell empty",
                )
            )  # fmt: skip
        gaps = column.isna() & ~bad
        if not field.nullable and gaps.any():
            problems.append(
                Problem(
                    "error", "missing-value", where, "a value is needed in every row, found empty cells",
                    column=field.name, labels=first(_rows(gaps)), count=int(gaps.sum()),
                    fix="fill the cells or delete the rows; rows are counted from 1 below the header",
                )
            )  # fmt: skip
        out[field.name] = column
    for name in raw.columns:
        if str(name).startswith("x_"):
            out[str(name)] = raw[name]
    return pd.DataFrame(out, index=raw.index), problems


def _rows(mask: pd.Series) -> list[str]:
    return [f"row {i + 1}" for i in np.flatnonzero(mask.to_numpy())[:5]]


def _words(field: Field) -> str:
    unit = f" in {field.unit}" if field.unit and field.unit != "by row" else ""
    return {"float": "a number", "int": "a whole number", "bool": "true or false", "text": "text"}[field.dtype] + unit


def _columns(raw: pd.DataFrame, fields: tuple[Field, ...], where: str) -> list[Problem]:
    known = {f.name for f in fields}
    problems = []
    missing = [f.name for f in fields if f.required and f.name not in raw.columns]
    if missing:
        problems.append(
            Problem(
                "error", "missing-column", where, f"needs the columns {', '.join(missing)}",
                labels=first(missing), count=len(missing),
                fix="add them (docs: workspace format); found " + ", ".join(map(str, raw.columns)),
            )
        )  # fmt: skip
    unknown = [str(c) for c in raw.columns if str(c) not in known and not str(c).startswith("x_")]
    if unknown:
        problems.append(
            Problem(
                "error", "unknown-column", where, f"unknown columns {', '.join(unknown)}",
                labels=first(unknown), count=len(unknown),
                fix="correct the name, or put x_ before it to carry it along unread; known: "
                + ", ".join(f.name for f in fields),
            )
        )  # fmt: skip
    return problems


def _empty(field: Field, index: pd.Index) -> pd.Series:
    kinds = {"float": "float64", "int": "float64", "text": "str", "bool": "object"}
    return pd.Series(np.nan, index=index, dtype=kinds[field.dtype])


def _cast(raw: pd.Series, field: Field) -> tuple[pd.Series, pd.Series]:
    """Typed column and the mask of cells that could not be read."""
    none = pd.Series(False, index=raw.index)
    if field.dtype == "text":
        text = raw.astype("str").str.strip()
        return text.where(text != ""), none
    if field.dtype == "bool":
        text = raw.map(lambda v: None if v is None or v != v else str(v).strip().lower())  # v != v: NaN
        blank = text.isna() | (text == "")
        good = text.isin(_TRUE | _FALSE)
        return text.map(lambda v: None if v is None or v not in _TRUE | _FALSE else v in _TRUE), ~(blank | good)
    if raw.dtype.kind in "fiu":
        number = raw.astype("float64")
        blank = number.isna()
    else:
        text = raw.map(lambda v: "" if v is None or v != v else str(v).strip())
        blank = text == ""
        number = pd.to_numeric(text.where(~blank), errors="coerce").astype("float64")
    bad = number.isna() & ~blank
    if field.dtype == "int":
        broken = number.notna() & np.isfinite(number) & (number != number.round())
        bad = bad | broken
        number = number.mask(broken)
    return number, bad
