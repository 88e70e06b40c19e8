"""Change: inequality over years, and how a headline moves with what one assumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.plot.fonts import BLUE, FAINT, INK, ORANGE, SOFT, blank, footnote
from megaregion.plot.ranks import ROW, Words, _margin, _rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def theil(frame: pd.DataFrame, words: Words, *, width: float = 7.2) -> Figure:
    """Inequality between and within groups by year; years with a flag are hollow.

    Parameters
    ----------
    frame : DataFrame
        Columns year, between, within, total, flagged (bool), ascending by year.
    words : Words
        x2: y axis; point, other: legend of within and between; no_data: legend of flagged years.
    width : float
        Inches.
    """
    figure = blank(width, width * 0.42)
    ax = figure.add_axes((0.09, 0.24, 0.88, 0.72))
    years = frame["year"].to_numpy(int)
    few = len(years) < 7  # few years stand side by side; many stand at their dates
    at = np.arange(len(years)) if few else years
    flagged = frame["flagged"].to_numpy(bool)
    lower = ax.bar(at, frame["between"], width=0.5 if few else 0.75, color=BLUE, label=words.other)
    upper = ax.bar(
        at, frame["within"], bottom=frame["between"], width=0.5 if few else 0.75, color="#b5cfe3", label=words.point
    )
    for patches in (lower, upper):
        for patch, weak in zip(patches, flagged, strict=True):
            if weak:
                patch.set(hatch="///", edgecolor="white", alpha=0.75)
    if flagged.any():
        ax.bar([at[0]], [0.0], hatch="///", facecolor=SOFT, edgecolor="white", label=words.no_data)
    if few:
        ax.set_xticks(at, [str(y) for y in years])
        ax.set_xlim(-0.8, max(len(years), 4) - 0.2)
    else:
        from matplotlib.ticker import MaxNLocator

        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel(words.x2)
    ax.grid(axis="y")
    ax.legend(loc="upper left", bbox_to_anchor=(-0.08, -0.12), ncol=3)
    footnote(figure, words.note)
    return figure


def sensitivity(
    frame: pd.DataFrame, base: float, draws: tuple[float, float, float], words: Words, *, width: float = 7.2
) -> Figure:
    """How a headline moves with each parameter.

    Parameters
    ----------
    frame : DataFrame
        Columns label (parameter), at (value of the parameter, text), value (the headline).
    base : float
        Headline at the defaults.
    draws : tuple of float
        5th, 50th and 95th percentile over joint draws; NaN where there are none.
    words : Words
        x: axis; point: legend of the default; interval: of the joint draws; other: label of that row.
    width : float
        Inches.
    """
    spread = frame.groupby("label", sort=False)["value"].agg(lambda v: v.max() - v.min())
    names = [str(n) for n in spread.sort_values(ascending=False, kind="stable").index]
    joint = bool(np.isfinite(draws).all())
    labels = [*names, *([words.other] if joint else [])]
    left, foot, tall = _margin(labels), 0.95, max(len(labels), 1) * ROW * 1.8
    height = tall + foot + 0.15
    figure = blank(width, height)
    room = width - left - 0.3
    ax = figure.add_axes((left / width, foot / height, room / width, tall / height))
    _rows(ax, labels, words.x)
    ax.axvline(base, color=ORANGE, linewidth=1.0, label=words.point)
    whole = max(float(spread.max()), float(draws[2] - draws[0]) if joint else 0.0)
    for k, name in enumerate(names):
        _one_parameter(ax, frame[frame["label"] == name].sort_values("value", kind="stable"), k, whole)
    if joint:
        k = len(names)
        ax.hlines([k], draws[0], draws[2], color=INK, linewidth=2.2, label=words.interval)
        ax.plot([draws[1]], [k], "|", color=INK, markersize=11, markeredgewidth=2.0)
    ax.margins(x=0.08)
    ax.legend(loc="upper left", bbox_to_anchor=(-left / room, -0.42 / tall), ncol=2)
    footnote(figure, words.note)
    return figure


def _one_parameter(ax: Axes, part: pd.DataFrame, k: int, whole: float) -> None:
    """A bar with a point a value; values too close to tell apart share one label."""
    low, high = float(part["value"].min()), float(part["value"].max())
    ax.plot([low, high], [k, k], color=FAINT, linewidth=5.0, solid_capstyle="butt", zorder=1)
    ax.plot(part["value"], np.full(len(part), float(k)), "o", color=BLUE, markersize=4.2)
    text = {"textcoords": "offset points", "fontsize": 6.6, "color": SOFT}
    if high - low < 0.12 * whole:
        every = " · ".join(str(v) for v in part["at"])
        ax.annotate(every, (high, float(k)), xytext=(6, 0), ha="left", va="center", **text)  # type: ignore[arg-type]
        return
    last = -np.inf
    for _, row in part.iterrows():
        value = float(row["value"])
        if value - last < 0.03 * whole:
            continue
        last = value
        ax.annotate(str(row["at"]), (value, float(k)), xytext=(0, 4.5), ha="center", va="bottom", **text)  # type: ignore[arg-type]
