"""Tables of a composite index: its log, the values behind it, and every stage of the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from megaregion.nodes.columns import step_columns, value_columns
from megaregion.nodes.leaves import Leaf, Step
from megaregion.result import Column, Result


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexSteps(Result):
    """Log of how an index was computed: what came in, what was done, what was skipped and why."""

    title_en: ClassVar[str] = "Steps of the composite index"
    title_zh: ClassVar[str] = "综合指数的计算步骤"
    columns: ClassVar[tuple[Column, ...]] = step_columns()
    steps: tuple[Step, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a step."""
        rows = [{"step": number, **vars(step)} for number, step in enumerate(self.steps, start=1)]
        return pd.DataFrame(rows, columns=[c.name for c in self.columns])


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexValues(Result):
    """Raw and scaled values behind an index, one row a place and indicator."""

    title_en: ClassVar[str] = "Values behind the composite index"
    title_zh: ClassVar[str] = "综合指数的原始值与归一值"
    leaves: tuple[Leaf, ...]
    source: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; the rows of origin depend on the file of the tree."""
        return value_columns(self.source)

    def to_frame(self) -> pd.DataFrame:
        """Indicators in the order of the tree, places in order."""
        names = [c.name for c in self.describe()]
        parts = [leaf.to_frame() for leaf in self.leaves if leaf.values.notna().any()]
        if not parts:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
        return pd.concat(parts, ignore_index=True)[names]
