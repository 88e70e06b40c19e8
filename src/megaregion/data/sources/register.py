"""A register of agreements from a spreadsheet: headings and words in English or Chinese, nothing lost in silence."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from megaregion.data.schema import schema
from megaregion.data.sources.register_parties import Names, names_of, resolve, split
from megaregion.data.sources.spreadsheet import Sheet, read_sheet
from megaregion.errors import InputError

Layout = Literal["auto", "agreement", "party"]
WORDS = ("field", "instrument", "status")
_NEEDED = ("title", "parties", "field", "instrument", "start", "status", "url")
_DATE = re.compile(r"^(\d{4})\s*(?:$|[年./-]\s*(\d{1,2})?\s*(?:[月./-]\s*(\d{1,2}))?\s*[日月]?)")
_SEARCHED = 10  # rows above the table: a title, a date


@dataclass(frozen=True)
class RegisterMapping:
    """What a user declares about a spreadsheet of their own.

    Attributes
    ----------
    columns : mapping of str to str
        Heading -> column of tables/agreements.csv.
    values : mapping of str to mapping of str to str
        Column (field, instrument, status) -> word -> value of the schema.
    parties : mapping of str to sequence of str
        Name of a party -> place_ids (a body of three cities is three places).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parties: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> RegisterMapping:
        """From tables [columns], [values.field] ... and [parties] of a TOML file.

        Raises
        ------
        InputError
            A table, column or value is unknown.
        """
        wrong = [f"unknown table [{name}]" for name in given if name not in ("columns", "values", "parties")]
        known = [f.name for f in schema("agreements")]
        wrong += [f"columns.{h}: {c!r} is no column of the register" for h, c in given.get("columns", {}).items()
                  if c not in known]  # fmt: skip
        for column, words in given.get("values", {}).items():
            if column not in WORDS:
                wrong.append(f"values.{column}: words are declared for {', '.join(WORDS)}")
                continue
            allowed = set(_words()[column].values())
            wrong += [f"values.{column}.{w}: {v!r} is not one of {', '.join(sorted(allowed))}"
                      for w, v in words.items() if v not in allowed]  # fmt: skip
        if wrong:
            raise InputError("mapping: " + "; ".join(wrong), hint="columns: " + ", ".join(known))
        parties = {n: (v.split(";") if isinstance(v, str) else list(v)) for n, v in given.get("parties", {}).items()}
        return cls(columns=dict(given.get("columns", {})), values=dict(given.get("values", {})), parties=parties)


@dataclass(frozen=True, eq=False)
class RegisterImport:
    """A register that was read.

    Attributes
    ----------
    table : DataFrame
        Columns of the schema `agreements` that hold something, then ``x_`` columns: whatever else the spreadsheet
        holds, and the date where only its year fits the schema.
    problems : tuple of str
        Rows that cannot be used, each with its number in the spreadsheet; empty if all can.
    notes : tuple of str
        What a reader should know: encoding, headings that are carried along unread, ids that were made.
    layout : {'agreement', 'party'}
    """

    table: pd.DataFrame
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    layout: str


def read_register(
    path: Path, places: pd.DataFrame, kinds: Sequence[str], *, layout: Layout = "auto", sheet: str | None = None,
    mapping: RegisterMapping | None = None,
) -> RegisterImport:  # fmt: skip
    """Agreements of a spreadsheet in the columns of tables/agreements.csv.

    Parameters
    ----------
    path : Path
        .xlsx, or .csv in UTF-8 or GBK. The heading may stand below a title.
    places : DataFrame
        Index `place_id`; columns name, kind and, if there, name_zh.
    kinds : sequence of str
        Levels whose places are called by name (`megaregion.data.sources.register_parties.names_of`).
    layout : {'auto', 'agreement', 'party'}
        One row an agreement, with all parties in one cell (or 甲方, 乙方 ... in several), or one row a party; `auto`
        sees rows of one agreement where ids repeat and each row has one party.
    sheet : str, optional
        Sheet of the XLSX file.
    mapping : RegisterMapping, optional
        Headings, words and names of the user.

    Returns
    -------
    RegisterImport
        With every problem of every row; the caller decides whether to go on.

    Raises
    ------
    InputError
        The file cannot be read, or headings are missing or stand twice.
    """
    mapping = mapping or RegisterMapping()
    page = read_sheet(path, sheet=sheet)
    notes = ["read as GBK"] if page.encoding == "gb18030" else []
    raw, more = _headed(page, mapping, path.name)
    notes += more
    names = names_of(places, kinds, mapping.parties)
    frame, problems = _rows(raw, names, mapping)
    merged, kind, wrong = _agreements(frame, layout, notes, {_row_number(p) for p in problems if ": part" in p})
    table = merged[[c for c in _order(merged) if c in merged and (merged[c] != "").any()]]
    return RegisterImport(table, tuple(sorted(problems + wrong, key=_row_number)), tuple(notes), kind)


@cache
def _headings() -> dict[str, str]:
    text = files("megaregion.data").joinpath("defaults", "register_headings.csv").read_text(encoding="utf-8")
    return {_plain(row["heading"]): row["column"] for row in csv.DictReader(text.splitlines())}


@cache
def _words() -> dict[str, dict[str, str]]:
    text = files("megaregion.data").joinpath("defaults", "register_words.csv").read_text(encoding="utf-8")
    out: dict[str, dict[str, str]] = {name: {} for name in WORDS}
    for row in csv.DictReader(text.splitlines()):
        out[row["column"]][_plain(row["word"])] = row["value"]
    return out


def _plain(text: str) -> str:
    """Lower case, without blanks around, breaks inside, a bracket at the end ('预算（万元）') and a number sign."""
    return re.sub(r"\s+", " ", re.sub(r"[(（][^)）]*[)）]\s*$", "", text)).strip().strip(".:：*#").strip().casefold()


def _headed(page: Sheet, mapping: RegisterMapping, name: str) -> tuple[pd.DataFrame, list[str]]:
    """Cells below the heading: columns by (number, column of the register or heading); index the row number."""
    known = {**_headings(), **{_plain(h): c for h, c in mapping.columns.items()}}
    scores = [len({known.get(_plain(c)) for c in cells} - {None}) for _, cells in page.rows[:_SEARCHED]]
    best = max(scores, default=0)
    if best < 2:
        raise InputError(
            f"{name}: no row of headings was found among the first {_SEARCHED} rows of {page.name}",
            hint="headings such as title, parties, field, instrument, start, status, url (标题、参与方、领域、类型、"
                 "签署时间、状态、来源), or declare yours under [columns] of a mapping file",
        )  # fmt: skip
    at = scores.index(best)
    top = page.rows[at][1]
    targets = [known.get(_plain(cell)) for cell in top]
    width = max(len(cells) for _, cells in page.rows[at:])
    targets += [None] * (width - len(targets))
    labels = [*top, *[""] * (width - len(top))]
    lacking = [c for c in _NEEDED if c not in targets]
    twice = sorted({c for c in targets if c and c != "parties" and targets.count(c) > 1})
    if lacking or twice:
        said = [f"no heading for {', '.join(lacking)}"] if lacking else []
        said += [f"several headings for {c}: {', '.join(h for h, t in zip(labels, targets, strict=True) if t == c)}"
                 for c in twice]  # fmt: skip
        raise InputError(f"{name}: " + "; ".join(said),
                         hint="headings found: " + ", ".join(h for h in labels if h)
                         + "; declare them under [columns] of a mapping file")  # fmt: skip
    scale, said = _budget_scale(labels, targets)
    notes = [f"row {n} above the heading is left out: {' '.join(filter(None, cells))}" for n, cells in page.rows[:at]]
    notes += said
    body = {number: (*cells, *[""] * (width - len(cells))) for number, cells in page.rows[at + 1 :]}
    keys = pd.MultiIndex.from_tuples(
        [(k, t or "x_" + (h or f"column_{k + 1}")) for k, (t, h) in enumerate(zip(targets, labels, strict=True))]
    )
    frame = pd.DataFrame.from_dict(body, orient="index", columns=keys, dtype=object)
    frame.attrs["budget_scale"] = scale
    carried = [h for h, t in zip(labels, targets, strict=True) if h and t is None]
    if carried:
        notes.append(f"carried along unread, as x_ columns: {', '.join(carried)}")
    return frame, notes


def _rows(raw: pd.DataFrame, names: Names, mapping: RegisterMapping) -> tuple[pd.DataFrame, list[str]]:
    """Each row in the words of the schema, and what is wrong with it."""
    own = {c: {_plain(w): v for w, v in mapping.values.get(c, {}).items()} for c in WORDS}
    out, problems = [], []
    columns = [str(name) for name in raw.columns.get_level_values(1)]
    for number, cells in zip(raw.index, raw.itertuples(index=False, name=None), strict=True):
        row: dict[str, Any] = {"_row": number}
        wrong: list[str] = []
        parties: list[str] = []
        for column, cell in zip(columns, cells, strict=True):
            text = str(cell)
            if column == "parties":
                parties += split(text)
            elif column in WORDS:
                row[column] = _word(text, column, own[column], wrong)
            elif column in ("start", "end"):
                row[column] = _year(text, column, wrong)
                if text and text != row[column]:
                    row[f"x_{column}_date"] = text
            else:
                row[column] = " | ".join(filter(None, (row.get(column, ""), text)))
        row["_parties"] = tuple(place for name in parties for place in _places(name, names, wrong))
        wrong += [f"{c} is empty" for c in ("title", "url") if not row.get(c)]
        wrong += ["parties is empty"] if not parties else []
        row["budget"] = _budget(row.get("budget", ""), raw.attrs["budget_scale"], wrong)
        if str(row.get("end", "")) and str(row.get("start", "")) and int(row["end"]) < int(row["start"]):
            wrong.append(f"end {row['end']} lies before start {row['start']}")
        problems += [f"row {number}: {text}" for text in wrong]
        out.append(row)
    frame = pd.DataFrame(out)
    for column in frame.columns:
        if column not in ("_row", "_parties"):
            frame[column] = frame[column].fillna("").astype(object)
    return frame, problems


def _word(text: str, column: str, own: Mapping[str, str], wrong: list[str]) -> str:
    if not text:
        wrong.append(f"{column} is empty")
        return ""
    known = {**_words()[column], **own}
    if found := known.get(_plain(text)):
        return found
    near = get_close_matches(_plain(text), list(known), 1, 0.6)
    values = ", ".join(dict.fromkeys(_words()[column].values()))
    hint = f"; perhaps {known[near[0]]}" if near else ""
    wrong.append(f"{column} {text!r} is not understood ({values}{hint}): declare it under [values.{column}]")
    return ""


def _year(text: str, column: str, wrong: list[str]) -> str:
    if not text:
        if column == "start":
            wrong.append("start is empty")
        return ""
    found = _DATE.match(text)
    if not found:
        wrong.append(f"{column} {text!r} is no year or date")
        return ""
    month, day = (int(part) if part else 1 for part in (found[2], found[3]))
    if not (1500 <= int(found[1]) <= 2200 and 1 <= month <= 12 and 1 <= day <= 31):
        wrong.append(f"{column} {text!r} is no date")
        return ""
    return found[1]


_SCALES = {"元": 1e-6, "万元": 1e-2, "百万元": 1.0, "亿元": 1e2, "million": 1.0, "million cny": 1.0, "million eur": 1.0,
           "cny": 1e-6, "eur": 1e-6, "yuan": 1e-6, "10000 cny": 1e-2, "100 million cny": 1e2}  # fmt: skip


def _budget_scale(labels: Sequence[str], targets: Sequence[str | None]) -> tuple[float, list[str]]:
    """What turns the budgets of the sheet into millions: their unit stands in brackets in the heading."""
    if "budget" not in targets:
        return 1.0, []
    heading = labels[targets.index("budget")]
    unit = re.search(r"[(（]([^)）]*)[)）]\s*$", heading)
    if unit is None:
        return 1.0, ["budgets are taken as millions of the currency: the heading names no unit"]
    scale = _SCALES.get(" ".join(unit[1].split()).casefold())
    if scale is None:
        raise InputError(f"the unit of {heading!r} is unknown", hint="units of a budget: " + ", ".join(_SCALES))
    return scale, []


def _budget(text: str, scale: float, wrong: list[str]) -> str:
    if not text:
        return ""
    value = pd.to_numeric(text.replace(",", ""), errors="coerce")
    if pd.isna(value) or value < 0:
        wrong.append(f"budget must be a number that is not below zero, got {text!r}")
        return ""
    return f"{float(value) * scale:.10g}"


def _places(name: str, names: Names, wrong: list[str]) -> tuple[str, ...]:
    found, problem = resolve(name, names)
    if problem:
        wrong.append(f"party {problem}: correct it, add the place, or declare it under [parties]")
    return found


def _agreements(
    frame: pd.DataFrame, layout: Layout, notes: list[str], unclear: set[int]
) -> tuple[pd.DataFrame, str, list[str]]:
    """One row an agreement; ids where there are none; repeated ids and parties as problems.

    `unclear` are rows whose parties are reported already.
    """
    if frame.empty:
        return pd.DataFrame({f.name: [] for f in schema("agreements")}, dtype=object), "agreement", ["no row was found"]
    named = "agreement_id" in frame
    key = frame["agreement_id"].astype(str) if named else frame["title"] + "\n" + frame["start"].astype(str)
    several = key.duplicated().any()
    single = bool((frame["_parties"].map(len) <= 1).all())
    kind = layout if layout != "auto" else ("party" if several and single else "agreement")
    wrong = [f"row {n}: agreement_id is empty" for n in frame["_row"][key.str.strip() == ""]] if named else []
    rows = []
    for value, part in frame[key.str.strip() != ""].groupby(key, sort=False):
        numbers = ", ".join(map(str, part["_row"]))
        label = str(value).replace("\n", " ")
        row = part.iloc[0].drop(["_row", "_parties"]).to_dict()
        parties = [place for cell in part["_parties"] for place in cell]
        if len(part) > 1 and kind == "agreement":
            wrong.append(f"row {part['_row'].iloc[0]}: {label!r} stands several times (rows {numbers}): ids must be "
                         "unique, or each row one party (layout party)")  # fmt: skip
            continue
        if len(part) > 1:
            differs = [str(c) for c in row if part[c].nunique() > 1]
            if differs:
                wrong.append(f"row {part['_row'].iloc[0]}: rows {numbers} of {label!r} differ in {', '.join(differs)}")
        if twice := sorted({p for p in parties if parties.count(p) > 1}):
            wrong.append(f"row {part['_row'].iloc[0]}: {label!r} names {', '.join(twice)} twice")
        elif len(set(parties)) < 2 and not unclear & set(part["_row"]):
            wrong.append(f"row {part['_row'].iloc[0]}: {label!r} has fewer than two parties that are places")
        rows.append({**row, "parties": ";".join(dict.fromkeys(parties))})
    table = pd.DataFrame(rows, columns=None if rows else [f.name for f in schema("agreements")], dtype=object)
    if not named:
        count = table.groupby("start").cumcount() + 1
        table.insert(0, "agreement_id", [f"{y}-{k:02d}" for y, k in zip(table["start"], count, strict=True)])
        notes.append("there is no column of ids: they were made from the year and a running number")
    return table, kind, wrong


def _order(table: pd.DataFrame) -> list[str]:
    known = [f.name for f in schema("agreements")]
    return [*known, *sorted(str(c) for c in table.columns if str(c).startswith("x_"))]


def _row_number(text: str) -> int:
    found = re.match(r"row (\d+)", text)
    return int(found[1]) if found else 0
