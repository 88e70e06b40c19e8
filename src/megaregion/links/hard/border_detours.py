"""Whether ways across a border go further round than ways of the same length inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.contraction import ContractionHierarchy
from megaregion.core.integer_costs import Resolution
from megaregion.core.path_trees import Graph
from megaregion.data.map_network import merged
from megaregion.data.road_map import RoadMap
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.unit_borders import border_line, unit_borders
from megaregion.result import Column, Result

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
FORMULA = "methods#border-detours"
_WIDTH = 0.1  # pairs are matched within a tenth of their distance
_TURNS = 24  # and of their direction, in parts of a half turn: streets of a grid are short along it only
_UNEQUAL = 0.02  # what classes of distance and direction may leave
_LEAST = 20  # junctions on a side


@dataclass(frozen=True, kw_only=True)
class DetourOptions:
    """Which pairs of junctions are compared.

    Attributes
    ----------
    reach_km : float
        Junctions at most this far from the border.
    least_km : float
        Great distance between the two of a pair at least: short ways are all detour.
    junctions : int
        Drawn on each side of a border.
    draws : int
        Of the bootstrap over junctions.
    """

    reach_km: float = 15.0
    least_km: float = 3.0
    junctions: int = 120
    draws: int = 200

    def __post_init__(self) -> None:
        wrong = [
            f"{n} must be > 0, got {getattr(self, n)!r}" for n in ("reach_km", "least_km") if not getattr(self, n) > 0
        ]
        wrong += [] if self.junctions >= _LEAST else [f"junctions must be at least {_LEAST}, got {self.junctions!r}"]
        wrong += [] if self.draws >= 2 else [f"draws must be at least 2, got {self.draws!r}"]
        if wrong:
            raise InputError("detours: " + "; ".join(wrong))


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderDetours(Result):
    """Detour of pairs across each border against pairs inside.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    settings : dict
    """

    table: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Detours across borders"
    title_zh: ClassVar[str] = "跨界绕行系数差"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("unit_a", "", "Unit", "单元甲", key=True),
        Column("unit_b", "", "Neighbour", "单元乙", key=True),
        Column("pairs_across", "count", "Pairs of junctions across", "跨界节点对数"),
        Column("pairs_inside", "count", "Pairs inside of one of the two", "单元内节点对数"),
        Column("detour_across", "ratio", "Way over straight line, across", "跨界绕行系数", modelled=True,
               formula=FORMULA),
        Column("detour_inside", "ratio", "Way over straight line, inside, same distances and directions",
               "单元内绕行系数（同距离同方向）", modelled=True, formula=FORMULA),
        Column("deficit", "ratio", "Difference: across less inside", "绕行差", modelled=True, formula=FORMULA),
        Column("deficit_low", "ratio", "Its lower end, 95 %", "绕行差下限", modelled=True, formula=FORMULA),
        Column("deficit_high", "ratio", "Its upper end, 95 %", "绕行差上限", modelled=True, formula=FORMULA),
        Column("cut_off", "share", "Pairs across without a way", "无路可达的跨界对比重", modelled=True,
               formula=FORMULA),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a border, the largest deficit first."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Options, seed, classes of road, reference system."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Borders, and those across which ways surely go further round."""
        sure = self.table.loc[self.table["deficit_low"] > _UNEQUAL, ["unit_a", "unit_b"]]
        return {
            "borders": len(self.table),
            "surely_further_round": [f"{a} - {b}" for a, b in sure.itertuples(index=False)],
        }


def border_detours(
    roads: RoadMap, units: gpd.GeoDataFrame, *, crs: str, seed: int, least_class: str = "tertiary",
    options: DetourOptions | None = None,
) -> BorderDetours:  # fmt: skip
    """Detour deficit of every border: E[way / straight | across] - E[way / straight | inside], like against like.

    Parameters
    ----------
    roads : RoadMap
    units : GeoDataFrame
        Polygons, index their identifier.
    crs : str
        Projected system for lengths, in metres.
    seed : int
    least_class : str
        Smallest class of road that is driven on.
    options : DetourOptions, optional

    Raises
    ------
    InputError
        The units cannot be used or share no border, or no road is of the class.
    MissingDataError
        No border has enough junctions on both sides.

    Notes
    -----
    Junctions are drawn on both sides of a border; pairs are put into classes of distance a tenth wide and of direction
    (24 to a half turn), and the inside mean is taken with the weights of the pairs across. What the classes leave
    unequal is below .02 even on a regular grid, the worst case: smaller deficits are not told from none. Intervals:
    percentiles of a bootstrap over junctions (a pair counts as often as both of its ends were drawn), because pairs
    share ends. Ways by length, both directions. A river at the border makes detours as a county line does.
    """
    chosen = options or DetourOptions()
    plane, borders = unit_borders(units, crs)
    import geopandas as gpd

    net = merged(roads.at_least(least_class))
    hierarchy = _hierarchy(net)
    points = gpd.GeoSeries(gpd.points_from_xy(net.vertices["lon"], net.vertices["lat"]), crs=4326).to_crs(crs)
    where = points.sindex.query(plane.to_numpy(), predicate="intersects")
    inside = {label: where[1][where[0] == k] for k, label in enumerate(plane.index)}
    rng, rows, thin = generator(seed, "detours"), [], []
    for a, b in borders[["place_a", "place_b"]].itertuples(index=False):
        border = border_line(plane[a], plane[b])
        near = [
            v[points.iloc[v].distance(border).to_numpy() <= 1000.0 * chosen.reach_km] for v in (inside[a], inside[b])
        ]
        if min(len(v) for v in near) < _LEAST:
            thin.append(f"{a} - {b}")
            continue
        drawn = [np.sort(rng.choice(v, min(chosen.junctions, len(v)), replace=False)) for v in near]
        at = np.concatenate(drawn)
        side = np.repeat([0, 1], [len(v) for v in drawn])
        xy = np.column_stack([points.x.to_numpy()[at], points.y.to_numpy()[at]])
        rows.append({"unit_a": a, "unit_b": b, **_compared(hierarchy.times(at, at), xy / 1000.0, side, chosen, rng)})
    if not rows:
        raise MissingDataError(f"no border has {_LEAST} junctions on both sides within {chosen.reach_km:g} km",
                         hint="take smaller classes of road, a larger extract or a longer reach")  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["deficit", "unit_a", "unit_b"], ascending=[False, True, True],
                                           na_position="last", ignore_index=True)  # fmt: skip
    said = ["a border may be a river or a ridge: a detour is a question, not a verdict"]
    said += [f"{len(thin)} borders have too few junctions and no number: {', '.join(thin[:5])}"] if thin else []
    settings = {"reach_km": chosen.reach_km, "least_km": chosen.least_km, "junctions": chosen.junctions,
                "draws": chosen.draws, "seed": seed, "least_class": least_class, "crs": crs}  # fmt: skip
    return BorderDetours(table=table[[c.name for c in BorderDetours.columns]], settings=settings,
                         warnings=(*roads.notes, *said))  # fmt: skip


def _hierarchy(net: RoadMap) -> ContractionHierarchy:
    """Kilometres over all roads in both directions, in whole metres where they fit."""
    edges = net.edges[net.edges["tail"] != net.edges["head"]]
    graph = Graph.from_links(
        len(net.vertices), edges["tail"], edges["head"], edges["length_m"].to_numpy(float) / 1000.0
    )
    unit = Resolution.fitting(graph.nodes, graph.tail, graph.time, finest=0.001).unit
    return ContractionHierarchy.build(graph, resolution=unit)


def _compared(
    way: Floats, xy: Floats, side: NDArray[np.int64], options: DetourOptions, rng: np.random.Generator
) -> dict[str, Any]:
    """Means at the same distances and directions, with a bootstrap over junctions."""
    i, j = np.triu_indices(len(side), 1)
    far = np.hypot(*(xy[i] - xy[j]).T)
    i, j, far = i[far >= options.least_km], j[far >= options.least_km], far[far >= options.least_km]
    turn = np.arctan2(*(xy[i] - xy[j]).T[::-1]) % np.pi
    across = side[i] != side[j]
    known = np.isfinite(way[i, j])
    ratio = np.divide(way[i, j], far, out=np.zeros(len(i)), where=known)
    part = np.minimum((turn / np.pi * _TURNS).astype(np.int64), _TURNS - 1)
    group = np.floor(np.log(far / options.least_km) / np.log1p(_WIDTH)).astype(np.int64) * _TURNS + part

    def means(weight: Floats) -> tuple[float, float]:
        size = int(group.max(initial=0)) + 1
        count = [np.bincount(group[m & known], weight[m & known], size) for m in (across, ~across)]
        total = [np.bincount(group[m & known], (weight * ratio)[m & known], size) for m in (across, ~across)]
        both = (count[0] > 0) & (count[1] > 0)
        if not both.any():
            return np.nan, np.nan
        share = count[0][both] / count[0][both].sum()
        return tuple(float(share @ (t[both] / c[both])) for t, c in zip(total, count, strict=True))  # type: ignore[return-value]

    one = np.ones(len(i))
    mean = means(one)
    gaps = []
    first = int((side == 0).sum())
    for _ in range(options.draws):
        drawn = np.concatenate([np.bincount(rng.integers(0, n, n), minlength=n) for n in (first, len(side) - first)])
        got = means((drawn[i] * drawn[j]).astype(np.float64))
        gaps.append(got[0] - got[1])
    low, high = np.nanpercentile(gaps, [2.5, 97.5]) if np.isfinite(gaps).any() else (np.nan, np.nan)
    return {
        "pairs_across": int((across & known).sum()), "pairs_inside": int((~across & known).sum()),
        "detour_across": mean[0], "detour_inside": mean[1], "deficit": mean[0] - mean[1], "deficit_low": float(low),
        "deficit_high": float(high), "cut_off": float((across & ~known).sum() / max(across.sum(), 1)),
    }  # fmt: skip
