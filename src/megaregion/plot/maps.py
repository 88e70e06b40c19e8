"""Maps: values by place in classes, and lines between places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.plot.basemap import Basemap, fill, label, land, lines, panels, scale_bar
from megaregion.plot.fonts import BLUE, INK, NODATA, ORANGE, SOFT, footnote

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUES = ("#e6eef5", "#b5cfe3", "#7ba9cc", "#3f7fb0", "#1d5585", "#0d2f52")
"""Light to dark, so that the order survives a black-and-white printer."""
LOSSES = ("#a4501a", "#d98a50", "#f2cda8")
"""Strong to weak; drawn hatched, since an orange and a blue of one lightness look alike in grey."""


@dataclass(frozen=True)
class Classes:
    """Classes of a map.

    Attributes
    ----------
    edges : tuple of float
        Inner bounds, ascending; class k holds edges[k-1] <= value < edges[k].
    colours, labels, hatches : tuple of str
        One more than edges; hatches may be empty.
    """

    edges: tuple[float, ...]
    colours: tuple[str, ...]
    labels: tuple[str, ...]
    hatches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wanted = len(self.edges) + 1
        sizes = {len(self.colours), len(self.labels), len(self.hatches) or wanted}
        if sizes != {wanted}:
            raise ValueError(f"{len(self.edges)} edges make {wanted} classes, got {sizes}")

    def of(self, values: pd.Series) -> pd.Series:
        """Class of each value; missing values are left out."""
        known = values.dropna()
        return pd.Series(np.searchsorted(self.edges, known.to_numpy(float), side="right"), index=known.index)


@dataclass(frozen=True, eq=False)
class Panel:
    """One map of a figure: values by place_id, their classes, a title."""

    values: pd.Series
    classes: Classes
    title: str = ""


def steps(values: pd.Series, count: int = 5) -> tuple[float, ...]:
    """Round inner bounds that split the values into about equal numbers of places."""
    known = np.sort(values.dropna().to_numpy(float))
    if len(known) < 2 or known[0] == known[-1]:
        return ()
    raw = np.quantile(known, np.linspace(0, 1, count + 1)[1:-1])
    spread = float(np.quantile(known, 0.9) - np.quantile(known, 0.1)) or float(known[-1] - known[0])
    unit = 10.0 ** np.floor(np.log10(spread / count))
    for fine in (5.0, 2.0, 1.0, 0.5, 0.2, 0.1):
        rounded = sorted({float(round(np.round(v / (unit * fine)) * unit * fine, 10)) for v in raw})
        if len(rounded) == len(raw):
            break
    return tuple(v for v in rounded if known[0] < v <= known[-1])


def sequential(edges: Sequence[float], form: Any) -> Classes:
    """Classes in blues, labelled by their bounds; `form` writes one bound."""
    count = len(edges) + 1
    colours = tuple(BLUES[round(k * (len(BLUES) - 1) / max(count - 1, 1))] for k in range(count))
    return Classes(tuple(edges), colours, bound_labels(edges, form))


def bound_labels(edges: Sequence[float], form: Any) -> tuple[str, ...]:
    """``< a``, ``a – b``, ``≥ b``."""
    if not edges:
        return ("–",)
    middle = [f"{form(a)} – {form(b)}" for a, b in pairwise(edges)]
    return (f"< {form(edges[0])}", *middle, f"≥ {form(edges[-1])}")


def diverging(losing: Sequence[float], gaining: Sequence[float], form: Any) -> Classes:
    """Classes around zero: losses orange and hatched, gains blue.

    Parameters
    ----------
    losing : sequence of float
        Up to two negative bounds, ascending.
    gaining : sequence of float
        Positive bounds, ascending.
    form : callable
        Writes one bound.
    """
    edges = (*losing, 0.0, *gaining)
    low = LOSSES[len(LOSSES) - len(losing) - 1 :]
    high = tuple(BLUES[round((k + 1) * 4 / (len(gaining) + 1))] for k in range(len(gaining) + 1))
    hatches = (*["////"] * len(low), *[""] * len(high))
    return Classes(edges, (*low, *high), bound_labels(edges, form), hatches)


def choropleth(
    base: Basemap, level: str, maps: Sequence[Panel], *, names: Mapping[str, str], no_data: str, note: str = "",
    width: float = 6.4,
) -> Figure:  # fmt: skip
    """One or several maps side by side.

    Parameters
    ----------
    base : Basemap
    level : str
        Level whose shapes are coloured; where the base map has none, points at the centres are.
    maps : sequence of Panel
    names : mapping
        place_id -> name to write.
    no_data : str
        Legend entry for places without a value.
    note : str
        Footnote.
    width : float
        Inches.
    """
    columns = 4 if len(maps) == 1 else 2
    rows = max(-(-(len(panel.classes.labels) + 1) // columns) for panel in maps)
    figure, axes = panels(base, len(maps), width=width, foot=0.28 + 0.165 * rows)
    for ax, panel in zip(axes, maps, strict=True):
        _colour(ax, base, level, panel)
        lines(ax, base.borders)
        scale_bar(ax, base)
        label(ax, base.points, names, size=6.6 if len(maps) == 1 else 5.4)
        if panel.title:
            ax.set_title(panel.title, fontsize=8.5, color=INK, pad=3)
        missing = len(base.shapes.get(level, {})) > len(panel.values.dropna())
        _legend(ax, panel.classes, no_data if missing else "", columns=columns)
    footnote(figure, note)
    return figure


def _colour(ax: Axes, base: Basemap, level: str, panel: Panel) -> None:
    found = panel.classes.of(panel.values)
    shapes = base.shapes.get(level, {})
    colours = {str(p): panel.classes.colours[k] for p, k in found.items()}
    if shapes:
        hatched = panel.classes.hatches
        marks = {str(p): hatched[k] for p, k in found.items()} if hatched else {}
        fill(ax, shapes, {p: colours.get(p, NODATA) for p in shapes}, marks)
        return
    spots = base.points.loc[[p for p in base.points.index if p in colours]]
    ax.scatter(
        spots["x"], spots["y"], c=[colours[p] for p in spots.index], s=26, edgecolors=INK, linewidths=0.3, zorder=3
    )


def _legend(ax: Axes, classes: Classes, no_data: str, *, columns: int) -> None:
    from matplotlib.patches import Patch

    marks = classes.hatches or ("",) * len(classes.labels)
    handles = [
        Patch(facecolor=c, hatch=h or None, edgecolor="#7a5230" if h else "#9aa3ae", linewidth=0.4, label=text)
        for c, h, text in zip(classes.colours, marks, classes.labels, strict=True)
    ]
    if no_data:
        handles.append(Patch(facecolor=NODATA, edgecolor="#9aa3ae", linewidth=0.4, label=no_data))
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.005), ncol=columns, handlelength=1.4,
        fontsize=7.2, columnspacing=1.2, labelspacing=0.35, borderaxespad=0.2,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Strokes:
    """Lines of one kind on a map.

    Attributes
    ----------
    frame : DataFrame
        Columns x0, y0, x1, y1 (km) and optionally width (points) and text.
    label : str
        Legend entry.
    colour : str
    width : float
        Points, where the frame has no column `width`.
    dashed : bool
    """

    frame: pd.DataFrame
    label: str
    colour: str = BLUE
    width: float = 1.2
    dashed: bool = False


def network(
    base: Basemap, level: str, strokes: Sequence[Strokes], *, names: Mapping[str, str],
    stops: pd.DataFrame | None = None, stops_label: str = "", note: str = "", width: float = 6.4,
) -> Figure:  # fmt: skip
    """Lines between places over plain land.

    Parameters
    ----------
    base : Basemap
    level : str
        Level whose borders are drawn thin.
    strokes : sequence of Strokes
    names : mapping
        place_id -> name to write.
    stops : DataFrame, optional
        Columns x, y (km): stations as small dots.
    stops_label, note : str
        Legend entry of the stops; footnote.
    width : float
        Inches.
    """
    figure, (ax,) = panels(base, 1, width=width, foot=0.24 + 0.19 * -(-(len(strokes) + 1) // 2) + 0.18)
    land(ax, base, level)
    handles: list[Any] = [_stroke(ax, kind) for kind in strokes]
    if stops is not None and len(stops):
        handles.append(ax.scatter(stops["x"], stops["y"], s=3.2, color=SOFT, zorder=3, linewidths=0, label=stops_label))
    spots = base.points.loc[[p for p in base.points.index if p in names]]
    ax.scatter(spots["x"], spots["y"], s=11, facecolor="white", edgecolor=INK, linewidths=0.8, zorder=4)
    scale_bar(ax, base)
    label(ax, base.points, names, size=7.4)
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncol=2, columnspacing=1.6, fontsize=7.6)
    footnote(figure, note)
    return figure


def _stroke(ax: Axes, kind: Strokes) -> Any:
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    frame = kind.frame
    widths = frame["width"].to_numpy(float) if "width" in frame else kind.width
    dash: Any = (0, (4, 2)) if kind.dashed else "solid"
    ax.add_collection(
        LineCollection(
            list(frame[["x0", "y0", "x1", "y1"]].to_numpy(float).reshape(-1, 2, 2)), colors=kind.colour,
            linewidths=widths, linestyles=[dash], zorder=3 if kind.colour != ORANGE else 4,
        ),
        autolim=False,
    )  # fmt: skip
    return Line2D([], [], color=kind.colour, linewidth=kind.width, linestyle=dash, label=kind.label)
