"""What every map stands on: projected outlines, points with names, and labels that do not overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.plot.fonts import FAINT, INK, LAND, SOFT, blank
from megaregion.plot.slim_svg import HALO

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rings = tuple[NDArray[np.float64], ...]
"""Closed rings of one place, each (k, 2) in km; outer rings counter-clockwise, holes clockwise."""

_POSITIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(frozen=True)
class Basemap:
    """Shapes and points of a region in one projection, in km.

    Attributes
    ----------
    shapes : mapping
        Level -> place_id -> rings.
    borders : mapping
        place_id of a group -> rings, drawn as strong lines.
    points : DataFrame
        Index `place_id`, columns x, y (km), weight (the larger, the earlier it is labelled).
    bounds : tuple
        x_min, y_min, x_max, y_max of the region in km.
    """

    shapes: Mapping[str, Mapping[str, Rings]]
    borders: Mapping[str, Rings]
    points: pd.DataFrame
    bounds: tuple[float, float, float, float]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def aspect(self) -> float:
        """Height over width."""
        x0, y0, x1, y1 = self.bounds
        return (y1 - y0) / max(x1 - x0, 1e-9)


def panels(base: Basemap, count: int, *, width: float, foot: float = 0.75) -> tuple[Figure, list[Axes]]:
    """A row of empty map panels.

    Parameters
    ----------
    base : Basemap
    count : int
        Number of panels.
    width : float
        Width of the figure in inches.
    foot : float
        Inches below the maps for legends and the footnote.
    """
    gap, head = 0.12, 0.26 if count > 1 else 0.08
    panel = (width - gap * (count + 1)) / count
    tall = panel * float(np.clip(base.aspect, 0.4, 1.5))
    height = tall + foot + head
    figure = blank(width, height)
    axes = []
    for k in range(count):
        ax = figure.add_axes(
            ((gap + k * (panel + gap)) / width, foot / height, panel / width, tall / height), anchor="S"
        )
        _frame(ax, base)
        axes.append(ax)
    return figure, axes


def _frame(ax: Axes, base: Basemap) -> None:
    x0, y0, x1, y1 = base.bounds
    pad = 0.02 * max(x1 - x0, y1 - y0)
    ax.set_xlim(x0 - pad, x1 + pad)
    ax.set_ylim(y0 - pad, y1 + pad)
    ax.set_aspect("equal", adjustable="box")
    ax.set_axis_off()


def path_of(rings: Rings) -> Any:
    """One matplotlib path from the rings of a place."""
    from matplotlib.path import Path

    codes = []
    for ring in rings:
        codes += [Path.MOVETO, *([Path.LINETO] * (len(ring) - 2)), Path.CLOSEPOLY]
    return Path(np.concatenate(rings), codes)


def fill(
    ax: Axes,
    shapes: Mapping[str, Rings],
    colours: Mapping[str, str],
    hatches: Mapping[str, str] | None = None,
    *,
    edge: str = "white",
) -> None:
    """Fill places with colours; a place without one is left as plain land."""
    from matplotlib.collections import PathCollection

    marks = hatches or {}
    order = sorted(shapes)
    for hatch in sorted({marks.get(p, "") for p in order}):
        ids = [p for p in order if marks.get(p, "") == hatch]
        ax.add_collection(
            PathCollection(
                [path_of(shapes[p]) for p in ids], facecolors=[colours.get(p, LAND) for p in ids],
                edgecolors="#7a5230" if hatch else edge, linewidths=0.3, hatch=hatch or None, zorder=1,
            ),
            autolim=False,
        )  # fmt: skip


def lines(ax: Axes, shapes: Mapping[str, Rings], *, colour: str = SOFT, width: float = 0.8) -> None:
    """Outlines only."""
    from matplotlib.collections import LineCollection

    rings = [ring for p in sorted(shapes) for ring in shapes[p]]
    if rings:
        ax.add_collection(LineCollection(rings, colors=colour, linewidths=width, zorder=2), autolim=False)


def scale_bar(ax: Axes, base: Basemap) -> None:
    """A bar of a round number of km in the lower left corner."""
    x0, y0, x1, _ = base.bounds
    room = 0.18 * (x1 - x0)
    length = max(v for v in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if v <= max(room, 1))
    ax.plot([x0, x0 + length], [y0, y0], color=INK, linewidth=1.2, solid_capstyle="butt", zorder=6)
    ax.annotate(
        f"{length} km", (x0 + length / 2, y0), xytext=(0, 2.5), textcoords="offset points", fontsize=6.5, ha="center",
        va="bottom", color=SOFT, zorder=6,
    )  # fmt: skip


def label(
    ax: Axes, points: pd.DataFrame, names: Mapping[str, str], *, size: float = 7.0, limit: int = 60,
    taken: Sequence[tuple[float, float]] = (),
) -> list[str]:  # fmt: skip
    """Write the names of places beside their points, the weightiest first, leaving out what would overlap.

    Parameters
    ----------
    ax : Axes
        Map in km with its limits set.
    points : DataFrame
        Index `place_id`, columns x, y, weight.
    names : mapping
        place_id -> name.
    size : float
        Font size in points.
    limit : int
        At most so many names.
    taken : sequence of (x, y)
        Points that a name must not cover, beside those of `points`.

    Returns
    -------
    list of str
        place_id of the names written.
    """
    step = _km_per_point(ax)
    chosen = points.loc[[p for p in points.index if p in names]]
    order = chosen.sort_values("weight", ascending=False, kind="stable").index[:limit]
    dots = [(float(x), float(y)) for x, y in chosen.loc[order, ["x", "y"]].to_numpy()] + list(taken)
    x_low, x_high = ax.get_xlim()
    boxes: list[tuple[float, float, float, float]] = [(x - step, y - step, x + step, y + step) for x, y in dots]
    written = []
    for place in order:
        x, y = (float(v) for v in chosen.loc[place, ["x", "y"]].to_numpy(float))
        wide, tall = _extent(names[place], size * step)
        for dx, dy in _POSITIONS:
            gap = 2.8 * step
            cx = x + dx * (gap + wide / 2)
            cy = y + dy * (gap + tall / 2) * (1.0 if dx == 0 else 0.7)
            box = (cx - wide / 2, cy - tall / 2, cx + wide / 2, cy + tall / 2)
            if box[0] < x_low or box[2] > x_high or any(_meet(box, other) for other in boxes):
                continue
            boxes.append(box)
            written.append(str(place))
            side = {1: "left", -1: "right", 0: "center"}[dx]
            at = x + dx * gap  # anchored at the point: the width of the text is only estimated
            for colour, height, gid in (("white", 4.9, HALO), (INK, 5.0, None)):
                ax.text(at, cy, names[place], fontsize=size, ha=side, va="center", color=colour, zorder=height, gid=gid)
            break
    return written


def _km_per_point(ax: Axes) -> float:
    """How many km one typographic point is on the map."""
    box = ax.get_position()
    figure: Any = ax.get_figure()
    wide, tall = figure.get_size_inches()
    x_low, x_high = ax.get_xlim()
    y_low, y_high = ax.get_ylim()
    return float(max((x_high - x_low) / (box.width * wide * 72), (y_high - y_low) / (box.height * tall * 72)))


def _extent(text: str, em: float) -> tuple[float, float]:
    """Width and height of a text in km: Chinese characters are one em wide, Latin ones about half."""
    wide = sum(1.0 if ord(c) > 0x2E7F else 0.58 for c in text)
    return wide * em, 1.15 * em


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def land(ax: Axes, base: Basemap, level: str) -> None:
    """Plain land with thin borders of a level and strong borders of the groups."""
    fill(ax, base.shapes.get(level, {}), {}, edge=FAINT)
    lines(ax, base.borders)
