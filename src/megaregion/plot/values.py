"""Values found in two ways against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.basemap import label
from megaregion.plot.fonts import BLUE, INK, ORANGE, blank, footnote
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def agreement(frame: pd.DataFrame, words: Words, *, named: int = 6, width: float = 7.2) -> Figure:
    """Two values of the same things with the line on which they are equal.

    Parameters
    ----------
    frame : DataFrame
        Columns label, x, y in one unit.
    words : Words
        x, x2: axes; point, other: legend of the points and of the line.
    named : int
        How many of those furthest from the line are named, where there is room.
    width : float
        Inches.
    """
    left, foot, head = 0.78, 0.62, 0.1
    side = 0.6 * width
    height = side + foot + head
    figure = blank(width, height)
    ax = figure.add_axes((left / width, foot / height, side / width, side / height))
    values = frame[["x", "y"]].to_numpy(float)
    low, high = float(values.min()), float(values.max())
    room = 0.08 * ((high - low) or abs(high) or 1.0)
    low, high = low - room, high + room
    ends = (low, high)
    ax.plot(ends, ends, color=ORANGE, linewidth=1.1, zorder=2, label=words.other)
    ax.plot(frame["x"], frame["y"], "o", color=BLUE, markersize=4.2, linestyle="", zorder=3, label=words.point)
    ax.set_xlim(ends)
    ax.set_ylim(ends)
    points = pd.DataFrame({"x": frame["x"], "y": frame["y"], "weight": (frame["y"] - frame["x"]).abs()})
    far = points.sort_values("weight", ascending=False, kind="stable").head(named)
    names = {k: str(frame["label"].loc[k]) for k in far.index}
    dot = 1.8 * (high - low) / (72 * side)  # a name must not touch the dot of another
    rest = points.drop(index=far.index)[["x", "y"]].to_numpy(float)
    taken = [(x + dx, y + dy) for x, y in rest for dx, dy in ((0, 0), (dot, 0), (-dot, 0), (0, dot), (0, -dot))]
    taken += [(low + k / 60 * (high - low),) * 2 for k in range(61)]
    label(ax, far, names, size=7.0, taken=taken)
    ax.grid(True)
    ax.locator_params(nbins=5)
    ax.tick_params(colors=INK)
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.x2)
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
    footnote(figure, words.note)
    return figure
