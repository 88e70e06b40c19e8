"""Documents and choke points: people, kinds, years and fields that contradict each other, places above the level."""

from __future__ import annotations

import pandas as pd

from megaregion.data.cluster import ancestor
from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record, Sheet


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*_documents(record), *_choke_points(record)]


def _options(record: Record) -> dict[str, object]:
    options = record.config.get("options")
    found = options.get("innovation") if isinstance(options, dict) else None
    return found if isinstance(found, dict) else {}


def _documents(record: Record) -> list[Problem]:
    sheet = record.sheet("documents", "document_id", "place_id", "year")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("document_id", "place_id")
    one = frame.groupby("document_id", dropna=False)
    out = sheet.find(
        "error", "document-differs", one["year"].transform("nunique") > 1, "a document has several years",
        column="year", labels=frame["document_id"], fix="one year a document: of the grant or of the publication",
    )  # fmt: skip
    if "people" in frame:
        out += sheet.find("error", "people-range", frame["people"] < 1, "people must be whole numbers >= 1",
                          column="people", labels=key, fix="empty for one; leave the row out for none")  # fmt: skip
    if "field" in frame:
        differ = one["field"].transform("nunique", dropna=False) > 1
        out += sheet.find("error", "document-differs", differ, "a document has several lists of fields", column="field",
                          labels=frame["document_id"], fix="write all of its fields in every row")  # fmt: skip
    if "kind" in frame and "document_kind" not in _options(record):
        mixed = pd.Series(frame["kind"].nunique(dropna=False) > 1, index=frame.index)
        out += sheet.find("error", "mixed-kinds", mixed, "several kinds of documents", column="kind",
                          labels=frame["kind"].fillna("(empty)"),
                          fix="name one in workspace.toml: [options.innovation] document_kind")  # fmt: skip
    return out + _above(record, sheet)


def _above(record: Record, sheet: Sheet) -> list[Problem]:
    places = record.sheet("places", "place_id", "kind", "parent_id")
    level = record.cluster.get("level")
    if places is None or level is None:
        return []
    known = places.frame.drop_duplicates("place_id").set_index("place_id")
    above = known.index[ancestor(known, str(level)).isna()]
    at = sheet.frame["place_id"]
    out = sheet.find(
        "error", "place-too-large", at.isin(above), f"a place that lies above the level of analysis ({level})",
        column="place_id", labels=at, fix="name the place itself; a province says nothing of the city",
    )  # fmt: skip
    nobody = pd.Series(not at.isin(known.index).any(), index=at.index)
    return out + sheet.find(
        "error", "unknown-place", nobody, "no document names a place of places.csv", column="place_id", labels=at,
        fix="use the place_id of places.csv; other places may be named beside them",
    )  # fmt: skip


def _choke_points(record: Record) -> list[Problem]:
    sheet = record.sheet("choke_points", "choke_point", "activities")
    if sheet is None:
        return []
    frame, out = sheet.frame, []
    if "import_dependence" in frame:
        share = frame["import_dependence"]
        out += sheet.find("error", "share-range", (share < 0) | (share > 1),
                          "import dependence must lie between 0 and 1", column="import_dependence",
                          labels=frame["choke_point"], fix="give a share, or leave the cell empty")  # fmt: skip
    if "domestic_holders" in frame:
        out += sheet.find("error", "negative-value", frame["domestic_holders"] < 0, "holders must be >= 0",
                          column="domestic_holders", labels=frame["choke_point"],
                          fix="0 for none, empty for unknown")  # fmt: skip
    fields, wanted = _fields(record), _options(record).get("activities")
    known = fields if wanted == "documents" or (wanted is None and fields) else record.ids("industries", "industry")
    strange = frame["activities"].map(lambda text: bool(set(_names(text)) - known) if known else False)
    return out + sheet.find(
        "error", "unknown-activity", strange, "names what is no field of documents (without fields: no industry)",
        column="activities", labels=frame["choke_point"], fix="correct it; several are separated by semicolons",
    )  # fmt: skip


def _fields(record: Record) -> set[str]:
    sheet = record.sheet("documents", "field")
    return set() if sheet is None else {name for text in sheet.frame["field"].unique() for name in _names(text)}


def _names(text: object) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()] if isinstance(text, str) else []
