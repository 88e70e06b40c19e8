"""Maps of what programs tie between places: pairs of assistance, joint parks, redeemed vouchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import Drawing, Material
from megaregion.report.figures import project, segments
from megaregion.report.text import Lang, Text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Ties:
    """Pairs of places of one kind on a map.

    Attributes
    ----------
    pairs : DataFrame
        Columns a, b (place_id) and optionally width (points).
    label : Text
    colour : str
    width : float
    dashed : bool
    """

    pairs: pd.DataFrame
    label: Text
    colour: str
    width: float = 1.8
    dashed: bool = False


def tie_map(
    material: Material, name: str, ties: Sequence[Ties], caption: Text, alt: Text, *, modelled: bool = True
) -> list[Drawing]:
    """A map of ties, none where the region has no shapes or no tie has both ends on it.

    Parameters
    ----------
    material : Material
    name : str
        File name.
    ties : sequence of Ties
        Drawn in order; a tie of a place with itself is no line.
    caption, alt : Text
    modelled : bool
        Whether a model chose the pairs.
    """
    base = material.base
    if base is None:
        return []
    named = pd.Index(pd.concat([t.pairs[end] for t in ties for end in ("a", "b")]).astype(str).unique())
    known = material.cluster.places.reindex(named)[["lon", "lat"]].dropna()
    if known.empty:
        return []
    points = pd.DataFrame(project(known, str(base.extra["crs"])), known.index, ["x", "y"])
    points["weight"] = material.cluster.places["population"].reindex(known.index).fillna(0.0)
    apart = [replace(t, pairs=t.pairs[t.pairs["a"] != t.pairs["b"]]) for t in ties]
    drawn = [(t, segments(t.pairs, points)) for t in apart]
    drawn = [(t, lines) for t, lines in drawn if len(lines)]
    if not drawn:
        return []

    def draw(language: Lang) -> Figure:
        strokes = [Strokes(lines, t.label.of(language), t.colour, t.width, t.dashed) for t, lines in drawn]
        note = Text("Straight lines between centres. Modelled, not measured.", "连线为中心间直线。模型值，非实测。")
        plain = Text("Straight lines between centres.", "连线为中心间直线。")
        return network(
            replace(base, points=points), material.level, strokes,
            names={str(p): material.name(str(p), language) for p in points.index},
            note=(note if modelled else plain).of(language),
        )  # fmt: skip

    return [Drawing(name, draw, caption, alt, modelled=modelled)]
