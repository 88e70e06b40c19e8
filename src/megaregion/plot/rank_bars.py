"""Which ranks are possible: a bar a place, and no point in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.fonts import INK, SOFT, blank, footnote
from megaregion.plot.maps import BLUES
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rank_bars(frame: pd.DataFrame, words: Words, *, width: float = 7.2) -> Figure:
    """Bars from the best to the worst rank that is not excluded.

    Parameters
    ----------
    frame : DataFrame
        Columns label, best, worst (all places at once), best_alone, worst_alone; from the top.
    words : Words
        x: axis; interval: legend of the bar for all at once; point: of the bar for a place alone; note.
    width : float
        Inches.
    """
    from matplotlib.ticker import MaxNLocator

    count = len(frame)
    height = 0.9 + 0.19 * count
    longest = max((sum(1.0 if ord(c) > 0x2E7F else 0.56 for c in str(t)) for t in frame["label"]), default=0.0)
    left = (longest * 7.4 / 72 + 0.2) / width
    figure = blank(width, height)
    ax = figure.add_axes((left, 0.52 / height, 0.98 - left, 1 - 0.86 / height))
    rows = range(count)
    for low, high, thick, shade, label in (
        ("best", "worst", 0.62, BLUES[1], words.interval), ("best_alone", "worst_alone", 0.3, BLUES[4], words.point),
    ):  # fmt: skip
        ax.barh(
            rows,
            frame[high] - frame[low] + 0.8,
            left=frame[low] - 0.4,
            height=thick,
            color=shade,
            label=label,
            zorder=2,
        )
    ax.set_yticks(list(rows), list(frame["label"]), fontsize=7.4, color=INK)
    ax.set_ylim(count - 0.4, -0.6)
    ax.set_xlim(0.4, count + 0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=SOFT, linewidth=0.3)
    ax.set_axisbelow(True)
    ax.set_xlabel(words.x)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=2, fontsize=7.4)
    footnote(figure, words.note)
    return figure
