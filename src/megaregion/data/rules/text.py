"""Characters that look like others, blanks that nobody sees, and text that was decoded wrongly."""

from __future__ import annotations

import re
import unicodedata

from megaregion.data.problem import Problem, Severity, first
from megaregion.data.rules.record import Record, Sheet

# identifiers are compared byte by byte: a wrong character there is an error, in a display name a warning
_IDS = {
    "places": ("place_id", "parent_id", "kind"),
    "indicators": ("place_id", "indicator", "unit", "scope"),
    "nodes": ("node_id", "place_id"),
    "links": ("link_id", "from_node", "to_node"),
    "services": ("origin", "destination", "service", "timetable"),
    "flows": ("layer", "origin", "destination", "unit"),
    "heritage": ("site_id", "level", "place_id"),
}
_NAMES = {"places": ("name", "name_zh"), "nodes": ("name", "name_zh"), "agreements": ("title",),
          "heritage": ("name", "name_zh")}  # fmt: skip
_BLANK = re.compile("[\u3000\u00a0\u2000-\u200a\u202f\u205f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
# full-width letters and digits (full-width brackets and commas are right in Chinese), radicals that stand in
# for characters, compatibility ideographs
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u2e80-\u2fdf\uf900-\ufaff]")
_BROKEN = re.compile("[\ufffd\ue000-\uf8ff]|锟斤拷|烫烫烫|Ã[\u0080-\u00bf]")
_TWINS = {"巿": "市", "囗": "口", "毫州": "亳州"}  # another character with almost the same shape
_TWIN = re.compile("|".join(_TWINS))
_MIXED = re.compile("(?=.*[A-Za-z])(?=.*[\u0370-\u03ff\u0400-\u04ff])")  # Latin with Greek or Cyrillic letters


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    out: list[Problem] = []
    for names, severity in ((_IDS, "error"), (_NAMES, "warning")):
        for table, columns in names.items():
            sheet = record.sheet(table)
            for column in columns if sheet else ():
                if sheet is not None and column in sheet.raw.columns:
                    out += _column(sheet, column, "error" if severity == "error" else "warning")
    return out


def _column(sheet: Sheet, column: str, severity: Severity) -> list[Problem]:
    cells = sheet.raw[column]
    if cells.dtype.kind in "fiub":
        return []
    texts = [v for v in cells.dropna().unique() if isinstance(v, str) and not v.isascii()]
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        for code, shown in _defects(text):
            found.setdefault(code, {})[text] = shown
    out: list[Problem] = []
    for code, bad in sorted(found.items()):
        rows = cells.isin(list(bad))
        labels = first(bad[v] for v in dict.fromkeys(cells[rows]))
        out.append(
            Problem(
                severity,
                code,
                sheet.where(rows),
                _WORDS[code],
                column=column,
                labels=labels,
                count=int(rows.sum()),
                fix=_FIX[code],
            )
        )
    return out


_WORDS = {
    "full-width-blank": "expected plain blanks or none, found full-width or no-break ones (shown as [ ])",
    "invisible-character": "found characters that take no room (shown by their number)",
    "look-alike": "found characters that look like others (shown with what was meant)",
    "mojibake": "found characters that come from reading a file in the wrong encoding",
}
_FIX = {
    "full-width-blank": "delete them: search for U+3000 and U+00A0",
    "invisible-character": "delete them, or type the cell again",
    "look-alike": "type the cell again; two names that look the same must be the same",
    "mojibake": "go back to the file of the publisher and read it as GBK or UTF-8",
}


def _defects(text: str) -> list[tuple[str, str]]:
    """Codes of what is wrong with a cell, each with the cell in a form that shows it."""
    out = []
    if _BLANK.search(text):
        out.append(("full-width-blank", _BLANK.sub("[ ]", text)))
    if _INVISIBLE.search(text):
        out.append(("invisible-character", _INVISIBLE.sub(lambda m: f"[U+{ord(m[0]):04X}]", text)))
    if _BROKEN.search(text):
        out.append(("mojibake", text))
    elif _WIDE.search(text) or _TWIN.search(text) or unicodedata.normalize("NFC", text) != text:
        meant = _TWIN.sub(lambda m: _TWINS[m[0]], unicodedata.normalize("NFKC", text))
        out.append(("look-alike", f"{text} -> {meant}"))
    elif _MIXED.search(text):
        out.append(("look-alike", f"{text} (letters of two alphabets)"))
    return out
