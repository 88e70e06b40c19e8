"""Results whose columns are lines of a declaration: name, unit, titles, formula, and which rows they come from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

KEY, ROW, WHOLE = "key", "rows of the row", "rows of the whole"
Line = tuple[str, str, str, str, str, str]  # name, unit, English, Chinese, formula, where it comes from


@dataclass(frozen=True, eq=False, kw_only=True)
class LinedTable(Result):
    """Base of tables with declared lines.

    Attributes
    ----------
    table : DataFrame
        Columns as described; without rows where the warnings say what is lacking.
    rows_of : tuple of Input
        Rows that one row was computed from.
    whole : tuple of Input
        Rows that the whole was computed from.
    settings : mapping
        Parameters.
    found : mapping
        Headline numbers.
    """

    lines: ClassVar[tuple[Line, ...]] = ()
    anchors: ClassVar[Mapping[str, str]] = {}  # formula of a line -> anchor of the methods
    further: ClassVar[Mapping[str, tuple[Input, ...]]] = {}  # other places that lines come from
    table: pd.DataFrame
    rows_of: tuple[Input, ...] = ()
    whole: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)

    @abstractmethod
    def modelled(self, name: str, formula: str) -> bool:
        """Whether a column comes out of a model."""

    def describe(self) -> tuple[Column, ...]:
        """Columns."""
        inputs = {KEY: (), "": (), ROW: self.rows_of, WHOLE: self.whole, **self.further}
        return tuple(
            Column(name, unit, en, zh, modelled=self.modelled(name, formula), formula=self.anchors[formula],
                   inputs=inputs[origin], key=origin == KEY)
            for name, unit, en, zh, formula, origin in self.lines
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Rows in order of their keys, columns as described."""
        return self.table[[line[0] for line in self.lines]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """What the numbers depend on."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Headline numbers."""
        return dict(self.found)
