"""Counts by year, stacked by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.plot.fonts import INK, ORANGE, SOFT, blank, footnote
from megaregion.plot.maps import BLUES
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHADES = (BLUES[1], BLUES[3], BLUES[5], "#c9ced6")
_HATCH = ("", "", "", "////")


def timeline(frame: pd.DataFrame, kinds: Mapping[str, str], words: Words, *, width: float = 7.2) -> Figure:
    """Bars of each year stacked by kind, and a line of what runs.

    Parameters
    ----------
    frame : DataFrame
        Column year, whole; one column of counts a kind; running.
    kinds : mapping
        Column -> legend entry, from the bottom; up to four, light to dark, the last one hatched.
    words : Words
        x, x2: axes; other: legend of the line; note.
    width : float
        Inches.
    """
    from matplotlib.ticker import MaxNLocator

    figure = blank(width, 0.45 * width)
    ax = figure.add_axes((0.08, 0.16, 0.89, 0.72))
    years, low = frame["year"].to_numpy(int), np.zeros(len(frame))
    for (column, label), shade, hatch in zip(kinds.items(), _SHADES, _HATCH, strict=False):
        height = frame[column].to_numpy(float)
        if height.any():
            ax.bar(years, height, bottom=low, width=0.72, color=shade, hatch=hatch or None, edgecolor="white",
                   linewidth=0.5, label=label, zorder=2)  # fmt: skip
        low += height
    ax.step(years, frame["running"], where="mid", color=ORANGE, linewidth=1.4, zorder=3, label=words.other)
    ax.set_ylim(0, max(float(low.max()), float(frame["running"].max())) * 1.08 or 1.0)
    ax.set_xlim(years.min() - 0.6, years.max() + 0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    ax.tick_params(colors=INK)
    ax.grid(axis="y", color=SOFT, linewidth=0.3)
    ax.set_axisbelow(True)
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.x2)
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncol=5, fontsize=7.6, columnspacing=1.4)
    footnote(figure, words.note)
    return figure
