"""Which indicator covers which share of the places in which year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.plot.fonts import BLUE, INK, NODATA, blank, footnote
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def coverage(share: pd.DataFrame, weak: pd.DataFrame, words: Words, *, width: float = 7.2) -> Figure:
    """Squares by indicator and year: the fuller, the more places have a value; a dot where more than a few are flagged.

    Parameters
    ----------
    share : DataFrame
        Percent of the places with a value; rows the names of the indicators, columns years; NaN where nobody has one.
    weak : DataFrame
        The same shape: where the dots stand.
    words : Words
        point: legend of full squares; other: of partly filled ones; interval: of the dots; no_data.
    width : float
        Inches.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    rows, columns = share.shape
    longest = max(sum(1.0 if ord(c) > 0x2E7F else 0.56 for c in str(name)) for name in share.index)
    left = min(0.42, (longest * 7.0 / 72 + 0.12) / width)
    height = 0.62 + 0.155 * rows
    figure = blank(width, height)
    ax = figure.add_axes((left, 0.42 / height, 0.98 - left, 1 - 0.58 / height))
    value, dotted = share.to_numpy(float), weak.to_numpy(bool)
    for i in range(rows):
        for k in range(columns):
            v = value[i, k]
            if np.isnan(v):
                ax.add_patch(Rectangle((k - 0.46, i - 0.46), 0.92, 0.92, facecolor=NODATA, linewidth=0, alpha=0.45))
                continue
            side = 0.92 * np.sqrt(v / 100.0)
            ax.add_patch(Rectangle((k - 0.46, i - 0.46), 0.92, 0.92, facecolor="white", edgecolor=BLUE, linewidth=0.4))
            ax.add_patch(Rectangle((k - side / 2, i - side / 2), side, side, facecolor=BLUE if v >= 100 else "#7ba9cc",
                                   linewidth=0))  # fmt: skip
            if dotted[i, k]:
                ax.plot(k, i, "o", color="white", markersize=1.8)
    step = max(1, -(-columns // 14))
    ax.set_xlim(-0.6, columns - 0.4)
    ax.set_ylim(rows - 0.4, -0.6)
    ax.set_xticks(range(0, columns, step), [f"{y:.0f}" for y in share.columns[::step]], fontsize=7)
    ax.set_yticks(range(rows), [str(name) for name in share.index], fontsize=7, color=INK)
    ax.tick_params(length=0)
    for side_ in ax.spines.values():
        side_.set_visible(False)
    marks = [
        Line2D([], [], marker="s", linestyle="", markersize=6, color=BLUE, label=words.point),
        Line2D([], [], marker="s", linestyle="", markersize=4.5, color="#7ba9cc", label=words.other),
        Line2D([], [], marker="o", linestyle="", markersize=3.5, markerfacecolor="white", markeredgecolor=BLUE,
               label=words.interval),
        Line2D([], [], marker="s", linestyle="", markersize=6, color=NODATA, alpha=0.45, label=words.no_data),
    ]  # fmt: skip
    ax.legend(handles=marks, loc="upper center", bbox_to_anchor=(0.4, -0.14 / (0.155 * rows + 0.04) * 1.3), ncol=4,
              fontsize=7, columnspacing=1.2, handletextpad=0.3)  # fmt: skip
    footnote(figure, words.note)
    return figure
