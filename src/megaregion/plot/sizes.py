"""Size against rank, on two logarithmic axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.fonts import BLUE, INK, ORANGE, blank, footnote
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rank_size(frame: pd.DataFrame, words: Words, *, named: int = 8, width: float = 7.2) -> Figure:
    """Rank of each place against its population with the fitted line.

    Parameters
    ----------
    frame : DataFrame
        Columns label, population, rank, fit (rank on the fitted line; may be NaN), largest first.
    words : Words
        x, x2: axes; point, other: legend of places and line.
    named : int
        How many of the largest are named, where there is room.
    width : float
        Inches.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    figure = blank(width, width * 0.58)
    ax = figure.add_axes((0.09, 0.13, 0.88, 0.84))
    ax.loglog(frame["population"], frame["rank"], "o", color=BLUE, markersize=3.8, label=words.point)
    line = frame.dropna(subset=["fit"]).sort_values("population")
    if len(line):
        ax.loglog(line["population"], line["fit"], color=ORANGE, linewidth=1.2, label=words.other)
    last = 0.0
    for _, row in frame.head(named).iterrows():
        rank = float(row["rank"])
        if rank < last * 1.22:  # the next name would touch the one above it
            continue
        last = rank
        ax.annotate(
            str(row["label"]), (float(row["population"]), rank), xytext=(-5, -2), textcoords="offset points",
            fontsize=7.4, color=INK, ha="right", va="top",
        )  # fmt: skip
    ax.invert_yaxis()
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if v >= 1 else f"{v:g}"))
        axis.set_minor_formatter(NullFormatter())
    ax.grid(True)
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.x2)
    ax.legend(loc="upper left")
    footnote(figure, words.note)
    return figure
