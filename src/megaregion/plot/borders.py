"""The border effect beside its placebo, one block of rows a flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.ranks import Words, intervals

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def effects(rows: pd.DataFrame, blocks: Mapping[str, str], words: Words, *, width: float = 7.2) -> Figure:
    """Coefficients with intervals in blocks; a border that the design does not identify has a grey row in words.

    Parameters
    ----------
    rows : DataFrame
        Columns block, label, value, low, high, hollow (placebo), text (why there is no value).
    blocks : mapping
        block -> heading, in the order to draw.
    words : Words
        As in `intervals`.
    width : float
        Inches.
    """
    parts = []
    for block, heading in blocks.items():
        head = pd.DataFrame({
            "label": [heading], "value": [float("nan")], "low": [float("nan")], "high": [float("nan")],
            "hollow": [False], "text": [""], "head": [True],
        })  # fmt: skip
        parts += [head, rows[rows["block"] == block].drop(columns="block").assign(head=False)]
    return intervals(pd.concat(parts, ignore_index=True), words, width=width)
