"""Exponents over thresholds, and flow against size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.fonts import BLUE, INK, ORANGE, SOFT, blank, footnote
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def exponents(frame: pd.DataFrame, names: dict[str, str], words: Words, *, width: float = 7.2) -> Figure:
    """Hill estimator with its interval against the number of places in the tail.

    Parameters
    ----------
    frame : DataFrame
        Columns concept, n, hill, hill_low, hill_high, chosen.
    names : dict of str to str
        Concept -> name in the legend, in order.
    words : Words
        x, x2: axes; point: the chosen tail; interval: the band.
    width : float
        Inches.
    """
    figure = blank(width, width * 0.48)
    ax = figure.add_axes((0.08, 0.15, 0.89, 0.82))
    for (concept, name), colour, dash in zip(names.items(), (BLUE, ORANGE, SOFT), ("-", "--", ":"), strict=False):
        part = frame[frame["concept"] == concept].sort_values("n")
        ax.fill_between(part["n"], part["hill_low"], part["hill_high"], color=colour, alpha=0.13, linewidth=0,
                        label=f"{name}: {words.interval}")  # fmt: skip
        ax.plot(part["n"], part["hill"], dash, color=colour, linewidth=1.4, label=name)
        best = part[part["chosen"].astype(bool)]
        ax.plot(best["n"], best["hill"], "o", color=colour, markersize=5.5, label=f"{name}: {words.point}")
    ax.axhline(1.0, color=INK, linewidth=0.7, linestyle=(0, (4, 3)))
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.x2)
    ax.set_ylim(bottom=0.0)
    ax.grid(True)
    ax.legend(loc="upper right", ncol=2)
    footnote(figure, words.note)
    return figure


def flow_against_size(frame: pd.DataFrame, words: Words, *, named: int = 14, width: float = 7.2) -> Figure:
    """Flow of each place against its population on logarithmic axes; the core stands out.

    Parameters
    ----------
    frame : DataFrame
        Columns label, population, flow (> 0), core; the largest flow first.
    words : Words
        x, x2: axes; point: places of the core; other: the others; interval: the line of flow in proportion to people.
    named : int
        How many are named where there is room: the first, and a third as many of the last.
    width : float
        Inches.
    """
    import numpy as np
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    figure = blank(width, width * 0.6)
    ax = figure.add_axes((0.125, 0.12, 0.845, 0.85))
    inside = frame["core"].astype(bool)
    for part, mark, colour, name in (
        (frame[~inside], "o", BLUE, words.other),
        (frame[inside], "D", ORANGE, words.point),
    ):
        ax.loglog(part["population"], part["flow"], mark, color=colour, markersize=4.4, label=name)
    ends = np.array([frame["population"].min(), frame["population"].max()])
    ax.loglog(ends, ends * frame["flow"].sum() / frame["population"].sum(), color=SOFT, linewidth=0.9,
              linestyle=(0, (4, 3)), label=words.interval)  # fmt: skip
    done: list[tuple[float, float]] = []
    last = frame.iloc[::-1].head(named // 3)
    for _, row in pd.concat([last, frame.drop(last.index)]).iterrows():
        spot = float(np.log(row["population"])), float(np.log(row["flow"]))
        if len(done) >= named or any(abs(spot[0] - x) < 0.35 and abs(spot[1] - y) < 0.22 for x, y in done):
            continue  # the next name would touch one that is there
        done.append(spot)
        ax.annotate(str(row["label"]), (row["population"], row["flow"]), xytext=(-5, 2), textcoords="offset points",
                    fontsize=7.4, color=INK, ha="right")  # fmt: skip
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if v >= 1 else f"{v:g}"))
        axis.set_minor_formatter(NullFormatter())
    ax.grid(True)
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.x2)
    ax.legend(loc="lower right")
    footnote(figure, words.note)
    return figure
