"""Names of parties as people write them, to place_id: by code, by full name, by name without its suffix."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

SEPARATORS = re.compile(r"[;；、,，/|\n\r]+|\s+(?:and|&)\s+")
_SUFFIX = re.compile(
    r"(?:特别行政区|自治区|自治州|自治县|地区|省|市|区|县|州)$|\s+(?:city|province|district|county|municipality)$", re.I
)
_BRACKET = re.compile(r"\s*[(（][^)）]*[)）]\s*$")  # 'Suzhou (Jiangsu)': the bracket tells namesakes apart


@dataclass(frozen=True)
class Names:
    """Places by what they are called.

    Attributes
    ----------
    ids : frozenset of str
    full, short : mapping of str to tuple of str
        Name -> place_ids, the level that counts most first, only those of that level.
    declared : mapping of str to tuple of str
        Name -> place_ids, as the user states.
    """

    ids: frozenset[str]
    full: Mapping[str, tuple[str, ...]]
    short: Mapping[str, tuple[str, ...]]
    declared: Mapping[str, tuple[str, ...]]


def names_of(places: pd.DataFrame, kinds: Sequence[str], declared: Mapping[str, Sequence[str]] | None = None) -> Names:
    """Names of places, in English and Chinese.

    Parameters
    ----------
    places : DataFrame
        Index `place_id`; columns name, kind and, if there, name_zh and parent_id.
    kinds : sequence of str
        Levels whose places are called by name, the one that counts most first; places of other kinds only by
        their place_id. Of places with one name those of the first of these levels are meant: 上海市 is the city
        where the analysis is of cities, and the province else. Namesakes are told apart by the names of what
        contains them: 上海市普陀区, 舟山普陀.
    declared : mapping, optional
        Name -> place_ids.
    """
    full: dict[str, dict[int, list[str]]] = {}
    short: dict[str, dict[int, list[str]]] = {}
    rank = {kind: k for k, kind in reversed(list(enumerate(kinds)))}
    columns = [c for c in ("name", "name_zh") if c in places]
    for column in columns:
        for place, name, kind in zip(places.index.astype(str), places[column], places["kind"], strict=True):
            if kind not in rank or not isinstance(name, str) or not name.strip():
                continue
            for book, key in ((full, _key(name)), (short, _bare(name))):
                _enter(book, key, rank[kind], place)
            for prefix in _above(places, place, column):
                for key in (prefix + name, prefix + _cut(name), _cut(prefix) + name, _cut(prefix) + _cut(name)):
                    _enter(full, _key(key), rank[kind], place)
    return Names(
        frozenset(places.index.astype(str)), {k: tuple(v[min(v)]) for k, v in full.items()},
        {k: tuple(v[min(v)]) for k, v in short.items()},
        {_key(name): tuple(map(str, ids)) for name, ids in (declared or {}).items()},
    )  # fmt: skip


def _enter(book: dict[str, dict[int, list[str]]], key: str, rank: int, place: str) -> None:
    found = book.setdefault(key, {}).setdefault(rank, [])
    if place not in found:
        found.append(place)


def _above(places: pd.DataFrame, place: str, column: str) -> list[str]:
    """Names of what contains a place and differs from it in name, one level up after the other (Chinese only)."""
    if column != "name_zh" or "parent_id" not in places:
        return []
    out, at = [], place
    for _ in range(len(places["kind"].unique())):
        up = places["parent_id"].get(at)
        if not isinstance(up, str) or up not in places.index:
            break
        name = places[column].get(up)
        if isinstance(name, str) and name and name != places[column].get(place):
            out.append(name)
        at = up
    return out


def split(cell: str) -> list[str]:
    """Names in a cell: separated by semicolons, commas, 、, slashes or line breaks, without empty ones."""
    return [part.strip() for part in SEPARATORS.split(cell) if part.strip()]


def resolve(name: str, names: Names) -> tuple[tuple[str, ...], str]:
    """Places that a name means, or why it means none.

    Returns
    -------
    places : tuple of str
        One, or several where the user has declared so; empty if unknown.
    problem : str
        Empty if there is none.
    """
    if name in names.ids:
        return (name,), ""
    if found := names.declared.get(_key(name)):
        lost = [place for place in found if place not in names.ids]
        return (() if lost else found), (
            f"{name!r} is declared as {', '.join(lost)}, which is no place" if lost else ""
        )
    found = names.full.get(_key(name)) or names.short.get(_bare(name)) or ()
    if len(found) == 1:
        return found, ""
    if found:
        return (), f"{name!r} may be {', '.join(found[:5])}"
    return (), f"{name!r} is no place of this workspace"


def _key(name: str) -> str:
    return re.sub(r"\s+", " ", name.strip()).casefold()


def _cut(name: str) -> str:
    text = _BRACKET.sub("", name.strip())
    cut = _SUFFIX.sub("", text)
    return cut if len(cut) >= 2 else text  # 沙县 without its suffix is a single character


def _bare(name: str) -> str:
    return _key(_cut(name))
