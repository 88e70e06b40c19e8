"""The ecological network on a map: sources, cheapest ways, narrow places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.plot.basemap import Basemap, label, land, panels, scale_bar
from megaregion.plot.fonts import GREEN, INK, ORANGE, SOFT, footnote

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def ecology_map(
    base: Basemap, level: str, sources: pd.DataFrame, ways: pd.DataFrame, narrow: pd.DataFrame, *,
    reference: float, names: Mapping[str, str], labels: Sequence[str], note: str = "", width: float = 6.4,
) -> Figure:  # fmt: skip
    """Sources as discs of their area, the cheapest ways at every contrast as lines, pinch points as triangles.

    Parameters
    ----------
    base : Basemap
        Its bounds are the part that is shown.
    level : str
        Level whose borders are drawn thin.
    sources : DataFrame
        Columns x, y (km), area_ha, source.
    ways : DataFrame
        Columns contrast, source_a, source_b, x, y (km): vertices in order.
    narrow : DataFrame
        Columns x, y (km).
    reference : float
        Contrast that is drawn strong.
    names : mapping
        place_id -> name to write.
    labels : sequence of str
        Legend entries: source, way at the reference, ways at other contrasts, pinch point.
    note : str
    width : float
        Inches.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    figure, (ax,) = panels(base, 1, width=width, foot=0.62)
    land(ax, base, level)
    for strong, colour, wide in ((False, SOFT, 0.7), (True, GREEN, 1.8)):
        mine = ways[ways["contrast"].eq(reference) == strong]
        parts = [
            p[["x", "y"]].to_numpy(float) for _, p in mine.groupby(["contrast", "source_a", "source_b"], sort=True)
        ]
        ax.add_collection(
            LineCollection(parts, colors=colour, linewidths=wide, zorder=4 if strong else 3), autolim=False
        )
    least = 0.012 * (base.bounds[2] - base.bounds[0])
    for row in sources.to_dict("records"):
        radius = max(float(np.sqrt(row["area_ha"] / 100.0 / np.pi)), least)
        ax.add_patch(
            Circle((row["x"], row["y"]), radius, facecolor="#cfe3cb", edgecolor=GREEN, linewidth=0.8, zorder=2.5)
        )
    for row in sources.to_dict("records"):
        ax.annotate(
            f"{row['source']:.0f}", (row["x"], row["y"]), ha="center", va="center", fontsize=6, color=INK, zorder=6
        )
    ax.scatter(narrow["x"], narrow["y"], s=16, marker="^", color=ORANGE, linewidths=0, zorder=5.5)
    scale_bar(ax, base)
    inside = base.points[base.points["x"].between(base.bounds[0], base.bounds[2])
                         & base.points["y"].between(base.bounds[1], base.bounds[3])]  # fmt: skip
    label(ax, inside, {p: n for p, n in names.items() if p in inside.index}, size=6.8)
    handles: list[Any] = [
        Line2D([], [], color="#cfe3cb", marker="o", markeredgecolor=GREEN, linestyle="none", label=labels[0]),
        Line2D([], [], color=GREEN, linewidth=1.8, label=labels[1]),
        Line2D([], [], color=SOFT, linewidth=0.7, label=labels[2]),
        Line2D([], [], color=ORANGE, marker="^", linestyle="none", label=labels[3]),
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.005), ncol=2, fontsize=7.4)
    footnote(figure, note)
    return figure


def bounds_of(*frames: pd.DataFrame, pad: float = 0.08) -> tuple[float, float, float, float]:
    """Extent of points in columns x, y with a margin."""
    xy = np.vstack([f[["x", "y"]].to_numpy(float) for f in frames])
    low, high = xy.min(axis=0), xy.max(axis=0)
    edge = pad * max(*(high - low), 1e-3)
    return (float(low[0] - edge), float(low[1] - edge), float(high[0] + edge), float(high[1] + edge))
