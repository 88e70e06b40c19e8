"""Relative paths of places from the first year to the last, by club."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.fonts import BLUE, INK, ORANGE, SOFT, blank, footnote
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ((BLUE, "-"), (ORANGE, "--"), (INK, "-."), (SOFT, ":"), (BLUE, ":"), (ORANGE, "-"), (INK, "--"))


def paths(frame: pd.DataFrame, words: Words, *, named: int = 24, width: float = 7.2) -> Figure:
    """A line for each place between two dates; clubs by colour and dash.

    Parameters
    ----------
    frame : DataFrame
        Columns name, label (of the club), path_start, path_end; the highest end first.
    words : Words
        x2: what is measured; point, other: first and last date.
    named : int
        How many are named at the right, where there is room.
    width : float
        Inches.
    """
    figure = blank(width, width * 0.72)
    ax = figure.add_axes((0.09, 0.07, 0.69, 0.9))
    for k, (label, part) in enumerate(frame.groupby("label", sort=False)):
        colour, dash = _STYLES[k % len(_STYLES)]
        for number, (start, end) in enumerate(zip(part["path_start"], part["path_end"], strict=True)):
            ax.plot([0, 1], [start, end], dash, color=colour, linewidth=1.1, marker="o", markersize=2.6,
                    label=f"{label} ({len(part)})" if number == 0 else None)  # fmt: skip
    low = float(frame[["path_start", "path_end"]].to_numpy().min())
    high = float(frame[["path_start", "path_end"]].to_numpy().max())
    room, last = (high - low) / 30.0, float("inf")
    for _, row in frame.iterrows():
        if named <= 0 or last - float(row["path_end"]) < room:
            continue  # the next name would touch the one above it
        last, named = float(row["path_end"]), named - 1
        ax.annotate(str(row["name"]), (1, last), xytext=(5, -3), textcoords="offset points", fontsize=7.4, color=INK,
                    annotation_clip=False)  # fmt: skip
    ax.set_xlim(-0.06, 1.02)
    clubs = frame["label"].nunique()
    ax.set_ylim(low - 0.04 * (high - low), high + (0.06 + 0.05 * clubs) * (high - low))  # the legend has its own room
    ax.set_xticks([0, 1], [words.point, words.other])
    ax.set_ylabel(words.x2)
    ax.grid(True, axis="y")
    ax.legend(loc="upper left")
    footnote(figure, words.note)
    return figure
