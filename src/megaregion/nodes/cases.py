"""What an index scores: places, of a panel places in years."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import pandas as pd

from megaregion.nodes.tree import IndexTree


def cases(labels: pd.Index, tree: IndexTree) -> pd.Index:
    """The places, of a panel every place in every year (levels year, place_id)."""
    return pd.MultiIndex.from_product([tree.years, labels], names=["year", "place_id"]) if tree.years else labels


def label(case: Hashable) -> str:
    """How the log names a case: its place, in a panel with the year."""
    return f"{case[1]} ({case[0]})" if isinstance(case, tuple) else str(case)


def some(labels: Iterable[Hashable], most: int = 5) -> str:
    """The first of them for a message."""
    names = [label(case) for case in labels]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def place_of(index: pd.Index) -> pd.Index:
    """place_id of every case."""
    return index.get_level_values("place_id") if index.nlevels > 1 else index


def year_of(index: pd.Index, year: int) -> list[int]:
    """Year of every case; `year` where the index is of one year."""
    return [int(y) for y in index.get_level_values("year")] if index.nlevels > 1 else [year] * len(index)


def of_year(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of one year, index `place_id`."""
    return frame.xs(year, level="year") if frame.index.nlevels > 1 else frame  # type: ignore[return-value]
