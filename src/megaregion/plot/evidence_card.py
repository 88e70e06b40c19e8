"""A small map of one candidate link: the roads around, the border, both ends, and what is between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.plot.fonts import BLUE, FAINT, INK, ORANGE, SOFT, blank, footnote

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

_WIDTH = {"motorway": 2.6, "trunk": 2.2, "primary": 1.8, "secondary": 1.4, "tertiary": 1.1}


def evidence_card(
    roads: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, ends: pd.DataFrame, *, title: str, lines: list[str],
    note: str = "",
) -> Figure:  # fmt: skip
    """Draw the roads around two ends.

    Parameters
    ----------
    roads : GeoDataFrame
        Lines with the column road_class, in a projected system (metres); those near are drawn.
    borders : GeoDataFrame
        Polygons in the same system.
    ends : DataFrame
        Two rows with x, y (metres) and label.
    title : str
    lines : list of str
        What stands beside the map, one item a line.
    note : str
        At the foot.
    """
    from matplotlib.collections import LineCollection

    figure = blank(7.4, 3.9)
    axes = figure.add_axes((0.02, 0.08, 0.5, 0.82))
    x, y = ends["x"].to_numpy(float), ends["y"].to_numpy(float)
    half = max(1.6 * float(np.hypot(x[1] - x[0], y[1] - y[0])), 800.0)
    cx, cy = float(x.mean()), float(y.mean())
    near = roads.cx[cx - half : cx + half, cy - half : cy + half]
    for name, part in near.groupby("road_class", sort=True):
        segments: list[Any] = [np.asarray(shape.coords) for shape in part.geometry]
        axes.add_collection(LineCollection(segments, colors=SOFT, linewidths=_WIDTH.get(str(name), 0.6), zorder=2))
    for shape in borders.cx[cx - half : cx + half, cy - half : cy + half].boundary:
        for piece in getattr(shape, "geoms", [shape]):
            axes.plot(*piece.xy, color=INK, linewidth=1.0, linestyle=(0, (6, 2, 1, 2)), zorder=3)
    axes.plot(x, y, color=ORANGE, linewidth=2.0, linestyle=(0, (2, 2)), zorder=4)
    axes.scatter(x, y, s=26, color=[BLUE, ORANGE], zorder=5, edgecolors="white", linewidths=0.6)
    for px, py, text in zip(x, y, ends["label"], strict=True):
        axes.annotate(str(text), (px, py), xytext=(4, 5), textcoords="offset points", fontsize=8, color=INK, zorder=6)
    axes.set_xlim(cx - half, cx + half)
    axes.set_ylim(cy - half, cy + half)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color(FAINT)
    length = 10 ** np.floor(np.log10(half))
    left, low = cx - 0.92 * half, cy - 0.92 * half
    axes.plot([left, left + length], [low, low], color=INK, linewidth=1.4)
    axes.text(left, low + 0.03 * half, f"{length / 1000:g} km", fontsize=7, color=INK)
    figure.text(0.02, 0.94, title, fontsize=10, color=INK)
    figure.text(0.545, 0.9, "\n".join(lines), fontsize=8.2, color=INK, va="top", linespacing=1.55)
    if note:
        footnote(figure, note)
    return figure
