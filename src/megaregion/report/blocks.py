"""What a section is made of: paragraphs, notes, tables, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from megaregion.data.cluster import Cluster, ancestor
from megaregion.data.problem import Problem
from megaregion.data.stored import StoredTable
from megaregion.errors import SchemaError
from megaregion.plot.basemap import Basemap
from megaregion.report.text import Lang, Text, both, marked, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Kind = Literal["plain", "head", "key", "note", "warning", "missing"]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `kind` decides how it stands out ("head": a heading inside a section)."""

    text: Text
    kind: Kind = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Text, ...]
    kind: Kind = "plain"


@dataclass(frozen=True)
class Head:
    """Heading of a table column: label, unit, whether a model made it, whether it is numeric."""

    label: Text
    unit: Text = field(default_factory=lambda: Text("", ""))
    modelled: bool = False
    numeric: bool = True


@dataclass(frozen=True)
class Grid:
    """A table; `folded` ones open on a click; on paper stands what a reader has opened."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Text, ...], ...]
    caption: Text
    folded: bool = False
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure: how to draw it in a language, its caption, and what it shows for who cannot see it."""

    name: str
    draw: Callable[[Lang], Figure]
    caption: Text
    alt: Text
    modelled: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Trace:
    """Where the numbers of a section come from: result tables and formulas."""

    tables: tuple[str, ...]
    formulas: tuple[str, ...] = ()


Block = Paragraph | Bullets | Grid | Drawing | Trace


@dataclass(frozen=True, eq=False)
class Section:
    """One section of the report."""

    id: str
    title: Text
    blocks: tuple[Block, ...]
    grey: bool = False


@dataclass(frozen=True, eq=False)
class Material:
    """All that the sections are written from.

    Attributes
    ----------
    results : mapping
        Step -> table name -> table.
    cluster : Cluster
    base : Basemap or None
        Shapes for maps; None where no place has coordinates.
    sources : mapping
        Source id -> title, publisher, licence, url, year, note.
    problems : sequence of Problem
        Findings of the data doctor.
    """

    results: Mapping[str, Mapping[str, StoredTable]]
    cluster: Cluster
    base: Basemap | None
    sources: Mapping[str, Mapping[str, Any]]
    problems: Sequence[Problem]

    def table(self, step: str, name: str) -> StoredTable | None:
        """A result table, or None if its step was not run."""
        return self.results.get(step, {}).get(name)

    def place(self, place_id: str, *, brief: bool = True) -> Text:
        """Name of a place in both languages, escaped."""
        en, zh = self._names(place_id)
        return both(en, short(zh) if brief else zh)

    def name(self, place_id: str, language: Lang) -> str:
        """Name of a place in one language, for figures."""
        en, zh = self._names(place_id)
        return (short(zh) or en) if language == "zh" else (en or zh)

    @cached_property
    def _written(self) -> dict[str, tuple[str, str]]:
        places = self.cluster.places
        zh = places["name_zh"] if "name_zh" in places.columns else pd.Series(None, index=places.index, dtype=object)
        return {
            str(p): (str(a) if pd.notna(a) else "", str(b) if pd.notna(b) else "")
            for p, a, b in zip(places.index, places["name"], zh, strict=True)
        }

    def _names(self, place_id: str) -> tuple[str, str]:
        return self._written.get(str(place_id), (str(place_id), str(place_id)))

    @property
    def level(self) -> str:
        """Kind of the units of analysis."""
        return str(self.cluster.attrs["level"])

    def unit_names(self, language: Lang, *, limit: int | None = None) -> dict[str, str]:
        """place_id -> name of the units of analysis, the largest first if there is a limit."""
        units = self.cluster.select(self.level)
        if limit is not None and "population" in units:
            units = units.sort_values("population", ascending=False, kind="stable").head(limit)
        return {str(p): self.name(str(p), language) for p in units.index}

    def group_of(self, place_ids: list[str]) -> pd.Series:
        """Group (province, state) of places."""
        return ancestor(self.cluster.places, str(self.cluster.attrs["group"])).reindex(place_ids)

    @property
    def currency(self) -> str:
        """Currency of the workspace."""
        return str(self.cluster.attrs.get("currency", ""))


def need(table: StoredTable, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """The frame, after a check that it has the columns.

    Raises
    ------
    SchemaError
        A column is missing.
    """
    lacking = [c for c in columns if c not in table.frame.columns]
    if lacking:
        raise SchemaError(
            f"results/{name} lacks the columns {', '.join(lacking)}",
            hint="it was written by another version: megaregion run --force computes it anew",
        )
    return table.frame


def is_modelled(table: StoredTable, column: str) -> bool:
    """Whether a column of a result comes out of a model."""
    return any(c.modelled for c in table.columns if c.name == column)


def shown(table: StoredTable, column: str, text: Text) -> Text:
    """A number of a result with the mark 'modelled' where its column has it."""
    return marked(text, is_modelled(table, column))


def missing(step: str, en: str, zh: str) -> tuple[Block, ...]:
    """What stands where a step was not run."""
    return (
        Paragraph(
            Text(
                f"Step not run: there is no result {en} (<code>results/{step}</code>). "
                "<code>megaregion run</code> computes it; nothing is put in its place here.",
                f"步骤未运行：缺少{zh}结果（<code>results/{step}</code>）。"
                "运行 <code>megaregion run</code> 即可计算；此处不以任何数值代替。",
            ),
            "missing",
        ),
    )


def formulas(*tables: StoredTable) -> tuple[str, ...]:
    """Anchors of the formulas behind tables, in order, each once."""
    return tuple(dict.fromkeys(c.formula for t in tables for c in t.columns if c.formula))
