"""The tree of a composite index: index -> pillar -> indicator, with fixed goalposts; read from index.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import pandas as pd

from megaregion.data.problem import Problem, first
from megaregion.errors import InputError

DELTA = 0.01


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One leaf.

    Attributes
    ----------
    id : str
        indicators.indicator.
    name, name_zh : str
        For readers.
    direction : {1, -1}
        1 if more is better.
    low, high : float
        Fixed goalposts in `unit`; values beyond count as the goalpost.
    unit : str
        Unit of the goalposts; values in another unit of the same kind are converted.
    goalpost_source : str
        Where the goalposts come from.
    weight : float
        Relative weight inside the pillar.
    year : int, optional
        Year of the value if not the one of the tree.
    scope : str, optional
        Territory of the value if it is knowingly not the one of the other indicators.
    """

    id: str
    name: str
    name_zh: str = ""
    direction: int
    low: float
    high: float
    unit: str
    goalpost_source: str
    weight: float = 1.0
    year: int | None = None
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pillar:
    """A named group of indicators; without any it is a declared hole."""

    id: str
    name: str
    name_zh: str = ""
    weight: float = 1.0
    indicators: tuple[Indicator, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IndexTree:
    """A whole index.

    Attributes
    ----------
    name, name_zh : str
        For readers.
    year : int
        Year of the values.
    min_indicators : int
        A pillar with fewer usable indicators has no data.
    delta : float
        Margin of the scaled values, so that one zero does not make a geometric mean zero.
    missing : {'drop_indicator', 'error'}
        What happens to an indicator that some place lacks: it counts for nobody and the log says so, or
        the index is refused.
    constant : {'drop', 'keep'}
        What happens to an indicator that is the same everywhere.
    scope : str, optional
        Territory that the values must cover.
    pillars : tuple of Pillar
    """

    name: str
    name_zh: str = ""
    year: int
    min_indicators: int = 2
    delta: float = DELTA
    missing: Literal["drop_indicator", "error"] = "drop_indicator"
    constant: Literal["drop", "keep"] = "drop"
    scope: str | None = None
    pillars: tuple[Pillar, ...] = ()

    def indicators(self) -> list[tuple[Pillar, Indicator]]:
        """All leaves with their pillars, in the order of the file."""
        return [(pillar, leaf) for pillar in self.pillars for leaf in pillar.indicators]

    def to_frame(self) -> pd.DataFrame:
        """One row an indicator: pillar, the keys of the file, the year that applies."""
        names = ["pillar", *(f.name for f in fields(Indicator))]
        rows = [
            {"pillar": pillar.id, **{f.name: getattr(leaf, f.name) for f in fields(Indicator)},
             "year": leaf.year or self.year}
            for pillar, leaf in self.indicators()
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def problems(self, indicators: pd.DataFrame, where: str = "index.toml") -> list[Problem]:
        """What the data doctor says of this tree beside the tidy table: indicators that are not there.

        Parameters
        ----------
        indicators : DataFrame
            Table `indicators`.
        where : str
            How messages name the file.
        """
        known = set(zip(indicators["indicator"], indicators["year"], strict=True))
        absent = [leaf for _, leaf in self.indicators() if (leaf.id, leaf.year or self.year) not in known]
        if not absent:
            return []
        labels = [f"{leaf.id} {leaf.year or self.year}" for leaf in absent]
        return [
            Problem(
                "warning", "absent-indicator", where,
                "names indicators that tables/indicators.csv does not have in that year; they count as no data",
                column="pillar.indicator", labels=first(labels), count=len(labels),
                fix="add the rows, correct id or year, or delete the entry",
            )
        ]  # fmt: skip


_TEXT = (str,)
_NUMBER = (int, float)
_KEYS: dict[str, dict[str, tuple[tuple[type, ...], bool]]] = {  # key -> types, required
    "index": {
        "name": (_TEXT, True), "name_zh": (_TEXT, False), "year": ((int,), True),
        "min_indicators": ((int,), False), "delta": (_NUMBER, False), "missing": (_TEXT, False),
        "constant": (_TEXT, False), "scope": (_TEXT, False),
    },
    "pillar": {
        "id": (_TEXT, True), "name": (_TEXT, True), "name_zh": (_TEXT, False), "weight": (_NUMBER, False),
    },
    "indicator": {
        "id": (_TEXT, True), "name": (_TEXT, True), "name_zh": (_TEXT, False), "direction": ((int,), True),
        "low": (_NUMBER, True), "high": (_NUMBER, True), "unit": (_TEXT, True),
        "goalpost_source": (_TEXT, True), "weight": (_NUMBER, False), "year": ((int,), False),
        "scope": (_TEXT, False),
    },
}  # fmt: skip
_WORDS: dict[tuple[type, ...], str] = {_TEXT: "text", (int,): "a whole number", _NUMBER: "a number"}


def tree_from_toml(text: str, where: str = "index.toml") -> IndexTree:
    """Index tree from the text of an index.toml.

    Raises
    ------
    InputError
        The text is not TOML, or the tree is wrong; every problem is listed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not valid TOML: {error}", hint="see docs: workspace format") from error
    return tree_from_dict(data, where)


def tree_from_dict(data: Mapping[str, Any], where: str = "index.toml") -> IndexTree:
    """Index tree from the parsed form of an index.toml.

    Raises
    ------
    InputError
        Keys are missing, unknown or of a wrong type, goalposts are not in order, weights are not positive, an
        id is repeated; every problem is listed.
    """
    found: list[str] = []
    unknown = sorted(set(data) - {"index", "pillar"})
    if unknown:
        found.append(f"unknown tables {', '.join(unknown)} (known: index, pillar)")
    head = _entry(data.get("index"), "index", "[index]", found)
    pillars = [
        _pillar(entry, f"pillar {i}", found)
        for i, entry in enumerate(_tables(data.get("pillar", []), "[[pillar]]", found), start=1)
    ]
    found += _repeated([p["id"] for p in pillars if "id" in p], "pillar")
    leaves = [leaf for p in pillars for leaf in p["indicators"]]
    found += _repeated([leaf["id"] for leaf in leaves if "id" in leaf], "indicator")
    found += _range_problems(head, pillars, leaves)
    if not pillars:
        found.append("there is no [[pillar]]")
    if found:
        lines = "".join(f"\n  - {text}" for text in found)
        raise InputError(f"{where}: {len(found)} problems:{lines}", hint="keys: docs, workspace format")
    return IndexTree(
        **head,
        pillars=tuple(
            Pillar(**{**p, "indicators": tuple(Indicator(**leaf) for leaf in p["indicators"])}) for p in pillars
        ),
    )


def _tables(value: object, what: str, found: list[str]) -> Sequence[object]:
    if isinstance(value, list):
        return value
    found.append(f"{what} must be an array of tables")
    return []


def _pillar(entry: object, where: str, found: list[str]) -> dict[str, Any]:
    body = dict(entry) if isinstance(entry, Mapping) else {}
    given = body.pop("indicator", [])
    pillar = _entry(body, "pillar", where, found)
    name = f"pillar {pillar['id']}" if "id" in pillar else where
    pillar["indicators"] = [
        _entry(leaf, "indicator", f"{name}, indicator {i}", found)
        for i, leaf in enumerate(_tables(given, f"{name}.indicator", found), start=1)
    ]
    return pillar


def _entry(entry: object, kind: str, where: str, found: list[str]) -> dict[str, Any]:
    """Keys of one table that can be used; what is wrong with the others goes to `found`."""
    if not isinstance(entry, Mapping):
        found.append(f"{where} is missing or not a table")
        return {}
    keys = _KEYS[kind]
    label = f"{where} ({entry['id']})" if kind == "indicator" and entry.get("id") else where
    if lost := [key for key, (_, required) in keys.items() if required and key not in entry]:
        found.append(f"{label}: missing keys {', '.join(lost)}")
    if extra := sorted(set(entry) - set(keys)):
        found.append(f"{label}: unknown keys {', '.join(extra)} (known: {', '.join(keys)})")
    out: dict[str, Any] = {}
    for key, (types, _) in keys.items():
        if key not in entry:
            continue
        value = entry[key]
        if isinstance(value, bool) or not isinstance(value, types):
            found.append(f"{label}: {key} must be {_WORDS[types]}, got {value!r}")
        elif types is not _NUMBER or not isinstance(value, (int, float)):
            out[key] = value
        elif math.isfinite(value):
            out[key] = float(value)
        else:
            found.append(f"{label}: {key} must be finite, got {value!r}")
    return out


def _repeated(ids: list[str], what: str) -> list[str]:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    return [f"{what} ids must differ, repeated: {', '.join(twice)}"] if twice else []


def _range_problems(
    head: Mapping[str, Any], pillars: Sequence[Mapping[str, Any]], leaves: Sequence[Mapping[str, Any]]
) -> list[str]:
    found = []
    if head.get("min_indicators", 2) < 1:
        found.append(f"[index]: min_indicators must be >= 1, got {head['min_indicators']}")
    if not 0 <= head.get("delta", DELTA) < 0.5:
        found.append(f"[index]: delta must be >= 0 and < 0.5, got {head['delta']}")
    for key, choices in (("missing", ("drop_indicator", "error")), ("constant", ("drop", "keep"))):
        if key in head and head[key] not in choices:
            found.append(f"[index]: {key} must be one of {', '.join(choices)}, got {head[key]!r}")
    for what, entries in (("pillar", pillars), ("indicator", leaves)):
        found += [
            f"{what} {entry.get('id', '?')}: weight must be > 0, got {entry['weight']}"
            for entry in entries
            if not entry.get("weight", 1.0) > 0
        ]
    for leaf in leaves:
        name = leaf.get("id", "?")
        if leaf.get("direction", 1) not in (1, -1):
            found.append(f"indicator {name}: direction must be 1 or -1, got {leaf['direction']}")
        if "low" in leaf and "high" in leaf and not leaf["low"] < leaf["high"]:
            found.append(f"indicator {name}: low must be below high, got {leaf['low']} and {leaf['high']}")
    return found
