"""Bars end half a rank beyond their ends, so that a single rank can be seen, and no point is drawn."""

import pandas as pd

from megaregion.plot.fonts import render, style
from megaregion.plot.rank_bars import rank_bars
from megaregion.plot.ranks import Words

FRAME = pd.DataFrame(
    {"label": ["甲", "B"], "best": [1, 1], "worst": [2, 2], "best_alone": [1, 2], "worst_alone": [1, 2]}
)
WORDS = Words(x="位次", interval="全部", point="仅就", note="注")


def test_bars_of_both_kinds() -> None:
    with style():
        ax = rank_bars(FRAME, WORDS).axes[0]
    spans = [(round(bar.get_x(), 2), round(bar.get_x() + bar.get_width(), 2)) for bar in ax.patches]
    assert spans == [(0.6, 2.4), (0.6, 2.4), (0.6, 1.4), (1.6, 2.4)]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["甲", "B"] and not ax.lines and not ax.collections


def test_chinese_can_be_drawn() -> None:
    assert render(lambda: rank_bars(FRAME, WORDS)).startswith(b"<?xml")
