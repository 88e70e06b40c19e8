"""What land-cover classes and threats are worth: two tables of the user, checked before any raster is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError, SchemaError
from megaregion.nodes.ecology_rasters import Grid, parts, reading

SENSITIVITY = "sensitivity_"


@dataclass(frozen=True, eq=False)
class LandClasses:
    """Land-cover classes.

    Attributes
    ----------
    table : DataFrame
        Index `code`, rising; name, habitat in [0, 1], resistance > 0 (inf: closed), sensitivity_<threat> in [0, 1].
    """

    table: pd.DataFrame

    def values(self, column: str, codes: NDArray[Any], known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """A column by cell, NaN where the class is not known."""
        at = np.searchsorted(self.table.index.to_numpy(), codes)
        numbers = np.append(self.table[column].to_numpy(float), np.nan)
        out: NDArray[np.float64] = numbers[np.where(known, at, len(self.table))]
        return out


@dataclass(frozen=True, kw_only=True)
class Threat:
    """One threat to habitat.

    Attributes
    ----------
    name : str
    weight : float
        >= 0, relative to those of the others.
    reach_m : float
        > 0.
    decay : str
        linear or exponential.
    codes : tuple of int
        Land-cover classes that are the threat.
    raster : Path or None
        Instead of codes: raster on the same grid whose cells above 0 are the threat; nodata is none.
    """

    name: str
    weight: float
    reach_m: float
    decay: str
    codes: tuple[int, ...] = ()
    raster: Path | None = None


def read_classes(path: Path, threats: tuple[str, ...] = ()) -> LandClasses:
    """Table of classes from CSV: code, name, habitat, resistance, and sensitivity_<threat> for every threat.

    Raises
    ------
    SchemaError
        Columns are missing, or codes are not whole numbers, each once.
    InputError
        A value is out of range; all are listed.
    """
    frame = _csv(path)
    wanted = ["code", "name", "habitat", "resistance", *(SENSITIVITY + name for name in threats)]
    _lacking(path, frame, wanted)
    frame = frame[wanted]
    code = pd.to_numeric(frame["code"], errors="coerce")
    if code.isna().any() or (code != code.round()).any() or code.duplicated().any() or frame.empty:
        bad = frame["code"][code.isna() | (code != code.round()) | code.duplicated()].head().tolist()
        raise SchemaError(f"{path.name}: column 'code' must hold whole numbers, each once; first wrong: {bad}")
    table = frame.drop(columns=["code", "name"]).apply(pd.to_numeric, errors="coerce")
    table.index = pd.Index(code.astype("int64"), name="code")
    table.insert(0, "name", frame["name"].astype(str).to_numpy())
    table = table.sort_index()
    wrong = []
    for column in table.columns[1:]:
        value = table[column]
        inside = value > 0 if column == "resistance" else value.between(0, 1)
        if not inside.all():
            what = "above zero (inf: closed)" if column == "resistance" else "in 0 .. 1"
            wrong.append(f"{column} must be {what}; classes {value[~inside].head().to_dict()}")
    if not np.isfinite(table["resistance"]).any():
        wrong.append("no class has a finite resistance")
    if wrong:
        raise InputError(f"{path.name}: " + "; ".join(wrong))
    return LandClasses(table)


def read_threats(path: Path) -> tuple[Threat, ...]:
    """Table of threats from CSV: threat, weight, reach_m, decay, and codes ("5;6") or raster (a path beside the table).

    Raises
    ------
    SchemaError
        Columns are missing or there are no rows.
    InputError
        A value cannot be used; all are listed.
    """
    frame = _csv(path)
    _lacking(path, frame, ["threat", "weight", "reach_m", "decay"])
    if frame.empty or not {"codes", "raster"} & set(frame.columns):
        raise SchemaError(f"{path.name}: rows of threats with a column 'codes' or 'raster' are needed")
    wrong, out = [], []
    for row in frame.to_dict("records"):
        name = str(row["threat"])
        weight, reach = (pd.to_numeric(row[c], errors="coerce") for c in ("weight", "reach_m"))
        codes, raster = str(row.get("codes", "")).strip(), str(row.get("raster", "")).strip()
        if not (weight >= 0 and np.isfinite(weight)) or not (reach > 0 and np.isfinite(reach)):
            wrong.append(f"{name}: weight must be >= 0 and reach_m > 0")
        if row["decay"] not in ("linear", "exponential"):
            wrong.append(f"{name}: decay must be linear or exponential, got {row['decay']!r}")
        if bool(codes) == bool(raster):
            wrong.append(f"{name}: either codes or a raster, not both or none")
        numbers = codes.split(";") if codes else []
        if not all(c.strip().lstrip("-").isdigit() for c in numbers):
            wrong.append(f"{name}: codes must be whole numbers with ; between, got {codes!r}")
            continue
        out.append(
            Threat(
                name=name, weight=float(weight), reach_m=float(reach), decay=str(row["decay"]),
                codes=tuple(int(c) for c in numbers), raster=path.parent / raster if raster else None,
            )
        )  # fmt: skip
    names = frame["threat"].astype(str)
    if names.duplicated().any():
        wrong.append(f"threats named twice: {sorted(set(names[names.duplicated()]))[:5]}")
    if not wrong and not sum(t.weight for t in out) > 0:
        wrong.append("all weights are zero")
    if wrong:
        raise InputError(f"{path.name}: " + "; ".join(wrong))
    return tuple(out)


def census(landcover: Path, grid: Grid, classes: LandClasses, threats: tuple[Threat, ...] = ()) -> Mapping[int, int]:
    """Cells of each class that occurs.

    Raises
    ------
    InputError
        The raster holds classes that the table lacks, no cell is known, or codes are not whole numbers.
    """
    count: dict[int, int] = {}
    with reading(landcover) as read:
        for window in parts(grid):
            codes = read(window.inner)
            values, cells = np.unique(codes[known_cells(codes, grid)], return_counts=True)
            if values.dtype.kind == "f" and (values != np.round(values)).any():
                raise InputError(f"{landcover.name}: classes must be whole numbers, got {values[:5].tolist()}")
            for value, n in zip(values.tolist(), cells.tolist(), strict=True):
                count[int(value)] = count.get(int(value), 0) + n
    if not count:
        raise InputError(f"{landcover.name}: no cell is known; all are nodata ({grid.nodata})")
    table = set(classes.table.index)
    wrong = []
    if unknown := sorted(set(count) - table):
        wrong.append(f"{landcover.name} holds classes that the table lacks: {unknown[:5]} "
                     f"({sum(count[c] for c in unknown)} cells)")  # fmt: skip
    for threat in threats:
        if strange := sorted(set(threat.codes) - table):
            wrong.append(f"threat {threat.name} names classes that the table lacks: {strange[:5]}")
    if wrong:
        raise InputError("; ".join(wrong), hint="add them to the table of classes, or set them to nodata")
    return dict(sorted(count.items()))


def known_cells(codes: NDArray[Any], grid: Grid) -> NDArray[np.bool_]:
    """Cells that are not nodata."""
    known = np.isfinite(codes) if codes.dtype.kind == "f" else np.ones(codes.shape, bool)
    return known if grid.nodata is None else known & (codes != grid.nodata)


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path.name} cannot be read as CSV: {error}", hint="UTF-8, commas, a header") from error


def _lacking(path: Path, frame: pd.DataFrame, wanted: list[str]) -> None:
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise SchemaError(f"{path.name} lacks the columns {', '.join(missing)} (it has {', '.join(frame.columns)})")
