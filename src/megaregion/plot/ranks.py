"""Rows with a point and an interval: ranks, effects, gains; and what the rows are made of beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.plot.fonts import BLUE, FAINT, INK, NODATA, ORANGE, SOFT, blank, footnote

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.205
"""Inches of one row."""


@dataclass(frozen=True)
class Words:
    """Texts of a figure in one language; what a figure does not use stays empty."""

    x: str = ""
    x2: str = ""
    point: str = ""
    interval: str = ""
    other: str = ""
    no_data: str = ""
    note: str = ""


def _margin(labels: Sequence[str], size: float = 8.0) -> float:
    """Inches that the longest label needs."""
    longest = max((sum(1.0 if ord(c) > 0x2E7F else 0.56 for c in text) for text in labels), default=0.0)
    return longest * size / 72 + 0.14


def _rows(ax: Axes, labels: Sequence[str], x: str) -> None:
    """Rows from the top, a faint line each."""
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(x)


def ranking(
    frame: pd.DataFrame, pillars: pd.DataFrame, used: Sequence[bool], words: Words, *, width: float = 7.2
) -> Figure:
    """Rank with its interval, and the pillars beside it; pillars without data stay grey.

    Parameters
    ----------
    frame : DataFrame
        Columns label, rank, low, mid, high; one row a place, best first.
    pillars : DataFrame
        Same rows, one column a pillar, values 0–100, NaN where there are no data.
    used : sequence of bool
        Whether the pillar has data at all.
    words : Words
        x: axis of ranks; point, interval, other (median), no_data: legend; x2: title of the pillars.
    width : float
        Inches.
    """
    from matplotlib.colors import LinearSegmentedColormap

    names = [str(c) for c in pillars.columns]
    slant = _margin(names, 7.5) * 0.74 if names else 0.0  # room of the slanted names, to the right and above
    left, foot, head = _margin(list(frame["label"])), 1.0, max(0.25, slant + 0.1)
    height = len(frame) * ROW + foot + head
    share = min(0.55, (0.26 * len(names) + slant) / (width - left - 0.15)) if names else 0.0
    figure = blank(width, height)
    room = (width - left - 0.15) * (1 - share)
    ax = figure.add_axes((left / width, foot / height, room / width, len(frame) * ROW / height))
    _rows(ax, list(frame["label"]), words.x)
    y = np.arange(len(frame))
    ax.hlines(y, frame["low"], frame["high"], color="#9dbbd6", linewidth=4.5, label=words.interval)
    ax.plot(frame["mid"], y, "|", color=BLUE, markersize=6, markeredgewidth=1.4, label=words.other)
    ax.plot(frame["rank"], y, "o", color=INK, markersize=3.6, label=words.point)
    ax.set_xlim(left=0)
    ax.legend(loc="upper left", bbox_to_anchor=(-left / room, -0.42 / (len(frame) * ROW)), ncol=3)
    if share:
        start = left + room + 0.12
        side = figure.add_axes(
            (start / width, foot / height, (width - start - max(0.06, slant - 0.12)) / width, len(frame) * ROW / height)
        )
        shades = LinearSegmentedColormap.from_list("pillars", ["#f2f6fa", "#7ba9cc", "#0d2f52"]).with_extremes(
            bad=NODATA
        )
        values = np.ma.masked_invalid(pillars.to_numpy(float))
        side.pcolormesh(values, cmap=shades, vmin=0, vmax=100, edgecolors="white", linewidth=0.4)
        _pillar_axis(side, pillars, used, words)
    footnote(figure, words.note)
    return figure


def _pillar_axis(side: Axes, pillars: pd.DataFrame, used: Sequence[bool], words: Words) -> None:
    side.set_ylim(len(pillars), 0)
    side.set_yticks([])
    side.set_xticks(np.arange(len(pillars.columns)) + 0.5, [str(c) for c in pillars.columns], rotation=40, ha="left")
    side.xaxis.tick_top()
    side.tick_params(axis="x", length=0, labelsize=7.5, colors=INK, pad=1)
    for spine in side.spines.values():
        spine.set_visible(False)
    for k, has in enumerate(used):
        if not has:
            side.text(
                k + 0.5,
                len(pillars) / 2,
                words.no_data,
                rotation=90,
                ha="center",
                va="center",
                fontsize=7.5,
                color=SOFT,
            )
    side.set_xlabel(words.x2, fontsize=7.5)


def intervals(frame: pd.DataFrame, words: Words, *, zero: bool = True, width: float = 7.2) -> Figure:
    """A point and an interval a row; hollow points are comparisons (a placebo), grey rows have no estimate.

    Parameters
    ----------
    frame : DataFrame
        Columns label, value, low, high (NaN where there is none), hollow (bool), text (written where value is
        NaN); an optional column `head` (bool) makes a row a heading.
    words : Words
        x: axis; point, other: legend of full and hollow points; interval: legend of the bar.
    zero : bool
        Draw a line at zero.
    width : float
        Inches.
    """
    left, foot, head = _margin(list(frame["label"])), 1.0, 0.15
    height = len(frame) * ROW + foot + head
    figure = blank(width, height)
    room = width - left - 0.3
    ax = figure.add_axes((left / width, foot / height, room / width, len(frame) * ROW / height))
    _rows(ax, list(frame["label"]), words.x)
    if zero:
        ax.axvline(0, color=SOFT, linewidth=0.8)
    y = np.arange(len(frame), dtype=float)
    known = frame["value"].notna().to_numpy()
    hollow = frame["hollow"].to_numpy(bool)
    for mask, face, text, colour in (
        (known & ~hollow, BLUE, words.point, BLUE),
        (known & hollow, "white", words.other, ORANGE),
    ):
        if not mask.any():
            continue
        ax.hlines(y[mask], frame["low"][mask], frame["high"][mask], color=colour, linewidth=1.4)
        ax.plot(
            frame["value"][mask],
            y[mask],
            "o" if face != "white" else "D",
            color=colour,
            markerfacecolor=face,
            markersize=4.8,
            linestyle="",
            label=text,
        )
    _unknown(ax, frame, y, known)
    if words.interval:
        ax.plot([], [], color=SOFT, linewidth=1.4, label=words.interval)
    ax.margins(x=0.06)
    ax.legend(loc="upper left", bbox_to_anchor=(-left / room, -0.42 / (len(frame) * ROW)), ncol=3)
    footnote(figure, words.note)
    return figure


def _unknown(ax: Axes, frame: pd.DataFrame, y: Any, known: Any) -> None:
    heads = frame["head"].to_numpy(bool) if "head" in frame else np.zeros(len(frame), dtype=bool)
    low, high = ax.get_xlim()
    for k in np.flatnonzero(~known & ~heads):
        ax.axhspan(y[k] - 0.4, y[k] + 0.4, color="#ececec", zorder=0)
        ax.text(
            max(low, 0.0) + 0.02 * (high - low), y[k], str(frame["text"].iloc[k]), fontsize=7.2, va="center", color=SOFT
        )
    for k in np.flatnonzero(heads):
        ax.axhspan(y[k] - 0.45, y[k] + 0.45, color="#f4f6f8", zorder=0)
        ax.get_yticklabels()[k].set_color(BLUE)


def bars(frame: pd.DataFrame, words: Words, *, width: float = 7.2) -> Figure:
    """Bars with an interval and a second mark, for gains beside costs.

    Parameters
    ----------
    frame : DataFrame
        Columns label, value, low, high, mark (NaN where there is none), pale (bool: drawn hatched and light).
    words : Words
        x: axis; point, other: full and pale bars; interval: error line; x2: the mark.
    width : float
        Inches.
    """
    left, foot, head = _margin(list(frame["label"])), 1.05, 0.15
    height = len(frame) * ROW + foot + head
    figure = blank(width, height)
    room = width - left - 0.3
    ax = figure.add_axes((left / width, foot / height, room / width, len(frame) * ROW / height))
    _rows(ax, list(frame["label"]), words.x)
    y = np.arange(len(frame), dtype=float)
    pale = frame["pale"].to_numpy(bool)
    if (~pale).any():
        ax.barh(y[~pale], frame["value"][~pale], height=0.62, color=BLUE, label=words.point)
    if pale.any():
        ax.barh(
            y[pale],
            frame["value"][pale],
            height=0.62,
            facecolor="white",
            edgecolor=SOFT,
            hatch="////",
            linewidth=0.7,
            label=words.other,
        )
    ranged = frame["low"].notna() & frame["high"].notna()
    if ranged.any():
        ax.hlines(
            y[ranged], frame["low"][ranged], frame["high"][ranged], color=INK, linewidth=1.0, label=words.interval
        )
    marked = frame["mark"].notna()
    if marked.any():
        ax.plot(frame["mark"][marked], y[marked], "D", color=ORANGE, markersize=4.2, label=words.x2)
    ax.axvline(0, color=FAINT, linewidth=0.8)
    ax.legend(loc="upper left", bbox_to_anchor=(-left / room, -0.42 / (len(frame) * ROW)), ncol=2)
    footnote(figure, words.note)
    return figure


def pairs(frame: pd.DataFrame, words: Words, *, width: float = 7.2) -> Figure:
    """Two points a row joined by a line: the sum of single values and the joint value.

    Parameters
    ----------
    frame : DataFrame
        Columns label, a, b, strong (bool).
    words : Words
        x: axis; point, other: legend of b and a.
    width : float
        Inches.
    """
    left, foot, head = _margin(list(frame["label"])), 1.0, 0.15
    height = len(frame) * ROW + foot + head
    figure = blank(width, height)
    room = width - left - 0.3
    ax = figure.add_axes((left / width, foot / height, room / width, len(frame) * ROW / height))
    _rows(ax, list(frame["label"]), words.x)
    y = np.arange(len(frame), dtype=float)
    ax.hlines(y, frame["a"], frame["b"], color=FAINT, linewidth=2.0)
    ax.plot(frame["a"], y, "D", color=ORANGE, markerfacecolor="white", markersize=4.6, linestyle="", label=words.other)
    ax.plot(frame["b"], y, "o", color=BLUE, markersize=5.0, linestyle="", label=words.point)
    for k in np.flatnonzero(frame["strong"].to_numpy(bool)):
        ax.axhspan(y[k] - 0.45, y[k] + 0.45, color="#eef3f8", zorder=0)
    ax.margins(x=0.06)
    ax.legend(loc="upper left", bbox_to_anchor=(-left / room, -0.42 / (len(frame) * ROW)), ncol=2)
    footnote(figure, words.note)
    return figure
