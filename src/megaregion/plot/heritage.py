"""Heritage: density and corridors on a map, and the L function in its envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.plot.basemap import Basemap, label, land, lines, panels, path_of, scale_bar
from megaregion.plot.fonts import BLUE, INK, ORANGE, SOFT, blank, footnote
from megaregion.plot.maps import Classes
from megaregion.plot.ranks import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def heritage_map(
    base: Basemap, level: str, density: pd.DataFrame, classes: Classes, *, sites: pd.DataFrame,
    corridors: pd.DataFrame, names: Mapping[str, str], labels: Sequence[str], note: str = "", width: float = 6.4,
) -> Figure:  # fmt: skip
    """Density in classes, sites as points and corridors as lines.

    Parameters
    ----------
    base : Basemap
    level : str
        Level whose shapes bound the density.
    density : DataFrame
        Columns x, y (km), density: middles of cells.
    classes : Classes
        Of the density; the lowest is left as land.
    sites : DataFrame
        Columns x, y (km).
    corridors : DataFrame
        Columns x0, y0, x1, y1 (km).
    names : mapping
        place_id -> name to write.
    labels : sequence of str
        Legend entries of sites and corridors.
    note : str
    width : float
        Inches.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch, PathPatch

    rows = -(-(len(classes.labels) + 1) // 4)
    figure, (ax,) = panels(base, 1, width=width, foot=0.3 + 0.17 * rows)
    land(ax, base, level)
    x, y, value = (density[c].to_numpy(float) for c in ("x", "y", "density"))
    top = max(float(value.max()), classes.edges[-1] * 1.001)
    drawn: Any = ax.tricontourf(x, y, value, levels=[*classes.edges, top], colors=classes.colours[1:], zorder=1.4)
    shapes = base.shapes.get(level, {})
    if shapes:  # contours bridge bays of the region
        outline = path_of(tuple(ring for place in sorted(shapes) for ring in shapes[place]))
        patch = PathPatch(outline, facecolor="none", edgecolor="none")
        ax.add_patch(patch)
        drawn.set_clip_path(patch)
    lines(ax, base.borders)
    handles: list[Any] = [Patch(facecolor=c, edgecolor="#9aa3ae", linewidth=0.4, label=text)
                          for c, text in zip(classes.colours[1:], classes.labels[1:], strict=True)]  # fmt: skip
    if len(sites):
        ax.scatter(sites["x"], sites["y"], s=4, color=INK, linewidths=0, zorder=3)
        handles.append(Line2D([], [], color=INK, marker="o", markersize=2.2, linestyle="none", label=labels[0]))
    if len(corridors):
        ends = corridors[["x0", "y0", "x1", "y1"]].to_numpy(float).reshape(-1, 2, 2)
        ax.add_collection(LineCollection(list(ends), colors=ORANGE, linewidths=1.6, zorder=4), autolim=False)
        handles.append(Line2D([], [], color=ORANGE, linewidth=1.6, label=labels[1]))
    scale_bar(ax, base)
    label(ax, base.points, names, size=6.6)
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.005), ncol=4, handlelength=1.4, fontsize=7.2,
              columnspacing=1.2, labelspacing=0.35, borderaxespad=0.2)  # fmt: skip
    footnote(figure, note)
    return figure


def l_function(frame: pd.DataFrame, words: Words, *, width: float = 6.4) -> Figure:
    """L − r of the sites in the global envelope of the null.

    Parameters
    ----------
    frame : DataFrame
        Columns r_km, l, l_null, l_low, l_high.
    words : Words
        x, x2: axes; point: observed; other: mean of the null; interval: envelope.
    width : float
        Inches.
    """
    figure = blank(width, width * 0.5)
    ax = figure.add_axes((0.1, 0.16, 0.87, 0.8))
    r = frame["r_km"].to_numpy(float)
    low, high, middle, mine = (frame[c].to_numpy(float) - r for c in ("l_low", "l_high", "l_null", "l"))
    ax.fill_between(r, low, high, color="#dfe6ee", linewidth=0, label=words.interval)
    ax.plot(r, middle, color=SOFT, linewidth=1.0, linestyle=(0, (4, 2)), label=words.other)
    ax.plot(r, mine, color=BLUE, linewidth=1.8, label=words.point)
    out = (mine > high) | (mine < low)
    if out.any():
        ax.plot(r[out], mine[out], "o", color=ORANGE, markersize=3.0, label=words.no_data)
    ax.set_xlim(0, float(np.max(r)))
    ax.grid(True)
    ax.set_xlabel(words.x)
    ax.set_ylabel(words.x2)
    ax.legend(loc="best", fontsize=7.4)
    footnote(figure, words.note)
    return figure
