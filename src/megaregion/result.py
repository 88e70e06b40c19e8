"""What every analysis returns: a frame, and for each column its unit, formula and input rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import pandas as pd

_MEMBERS = 5  # of a list among the headline numbers of a summary


@dataclass(frozen=True)
class Input:
    """Rows of a workspace table (or of an earlier result) that a number was computed from.

    Attributes
    ----------
    table : str
        ``tables/places.csv``, ``projects.toml``, ``results/links/times`` ...
    where : mapping
        Column -> value or list of values; ``{place}`` stands for the place that is traced, ``{column}`` for the
        value of that column in the traced row, ``{parameter}`` for a parameter of the result. An empty mapping
        means the whole table.
    """

    table: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One column of a result.

    Attributes
    ----------
    name, unit : str
        Name in the frame; unit (empty for names and codes).
    en, zh : str
        Label for readers.
    modelled : bool
        True if the number comes out of a model and was not measured; shown wherever the number is.
    formula : str
        Anchor in the documentation, ``methods#rank-size``.
    inputs : tuple of Input
        Where the number came from.
    key : bool
        True for the columns that identify the row.
    """

    name: str
    unit: str
    en: str
    zh: str
    modelled: bool = False
    formula: str = ""
    inputs: tuple[Input, ...] = ()
    key: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Result(ABC):
    """Base of all results.

    Attributes
    ----------
    columns : tuple of Column
        One entry a column of `to_frame()`, in its order.
    title_en, title_zh : str
        What the table is.
    warnings : tuple of str
        What a reader must know before using the numbers.
    """

    columns: ClassVar[tuple[Column, ...]] = ()
    title_en: ClassVar[str] = ""
    title_zh: ClassVar[str] = ""
    warnings: tuple[str, ...] = ()

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Tidy frame with a plain integer index; columns as in `columns`."""

    def describe(self) -> tuple[Column, ...]:
        """Columns of this result; override where they depend on the data."""
        return self.columns

    def parameters(self) -> dict[str, Any]:
        """Parameters that the numbers depend on, JSON-able."""
        return {}

    def facts(self) -> dict[str, Any]:
        """Headline numbers beside the frame, JSON-able."""
        return {}

    def summary(self) -> str:
        """A few lines for a terminal."""
        frame = self.to_frame()
        lines = [f"{self.title_en or type(self).__name__}: {len(frame)} rows"]
        lines += [f"  {name}: {_in_brief(value)}" for name, value in self.facts().items()]
        lines += [f"  warning: {text}" for text in self.warnings]
        return "\n".join(lines)


def _in_brief(value: object) -> object:
    """A list by its first members and how many there are; rows of a table as text."""
    if not isinstance(value, list):
        return value
    texts = [" ".join(map(str, v.values())) if isinstance(v, Mapping) else str(v) for v in value]
    more = f", ... ({len(texts)} in all)" if len(texts) > _MEMBERS else ""
    return ", ".join(texts[:_MEMBERS]) + more if texts else "none"
