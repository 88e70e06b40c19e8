"""Bars of each year add up to the counts, and the line is what runs."""

import pandas as pd

from megaregion.plot.fonts import render, style
from megaregion.plot.ranks import Words
from megaregion.plot.timeline import timeline

FRAME = pd.DataFrame({"year": [2018, 2019, 2020], "a": [1, 0, 2], "b": [0, 0, 3], "c": [0, 0, 0], "running": [1, 1, 6]})
KINDS = {"a": "甲", "b": "B", "c": "C"}
WORDS = Words(x="年", x2="n", other="线", note="注")


def test_bars_are_stacked_and_what_is_nowhere_has_no_legend_entry() -> None:
    with style():
        ax = timeline(FRAME, KINDS, WORDS).axes[0]
    tops = {}
    for bar in ax.patches:
        x = round(bar.get_x() + bar.get_width() / 2)
        tops[x] = max(tops.get(x, 0.0), bar.get_y() + bar.get_height())
    assert tops == {2018: 1.0, 2019: 0.0, 2020: 5.0}
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"甲", "B", "线"}
    assert ax.lines[0].get_ydata().tolist() == [1, 1, 6]


def test_one_year_and_chinese_can_be_drawn() -> None:
    assert render(lambda: timeline(FRAME.head(1), KINDS, WORDS)).startswith(b"<?xml")
