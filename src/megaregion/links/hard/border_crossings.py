"""How many roads cross a border, against what their density on both sides would give, and against lines inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.road_map import RANK, RoadMap
from megaregion.errors import InputError
from megaregion.links.hard.unit_borders import border_line, inside_line, meet, unit_borders
from megaregion.result import Column, Result

if TYPE_CHECKING:
    import geopandas as gpd

FORMULA = "methods#border-crossings"
LEVEL = 0.95


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderCrossings(Result):
    """Crossings of the borders between units.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    by_class : DataFrame
        unit_a, unit_b, road_class, crossings, per_10_km.
    settings : dict
    """

    table: pd.DataFrame
    by_class: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Roads across borders"
    title_zh: ClassVar[str] = "跨界道路密度与边界通达性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("unit_a", "", "Unit", "单元甲", key=True),
        Column("unit_b", "", "Neighbour", "单元乙", key=True),
        Column("border_km", "km", "Length of the border", "边界长度"),
        Column("crossings", "count", "Roads that cross", "跨界道路数"),
        Column("per_10_km", "count", "Crossings per 10 km of border", "每10公里边界跨界道路数"),
        Column("density", "km per km2", "Roads in the band on both sides", "两侧缓冲带路网密度"),
        Column("ratio", "ratio", "Crossings over those that the density gives", "实际跨界数与密度期望数之比",
               modelled=True, formula=FORMULA),
        Column("ratio_low", "ratio", "Its lower end, 95 %", "比值下限", modelled=True, formula=FORMULA),
        Column("ratio_high", "ratio", "Its upper end, 95 %", "比值上限", modelled=True, formula=FORMULA),
        Column("inside_ratio", "ratio", "The same for lines inside both units", "单元内平行线的同一比值", modelled=True,
               formula=FORMULA),
        Column("permeability", "ratio", "Border against lines inside", "边界通达性（相对单元内）", modelled=True,
               formula=FORMULA),
        Column("permeability_low", "ratio", "Its lower end, 95 %", "通达性下限", modelled=True, formula=FORMULA),
        Column("permeability_high", "ratio", "Its upper end, 95 %", "通达性上限", modelled=True, formula=FORMULA),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a border, the least permeable first."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Band, distance of the lines inside, classes of road, reference system."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Borders, crossings, and those surely less permeable than the inside of their units."""
        sure = self.table["permeability_high"] < 1
        pairs = self.table.loc[sure, ["unit_a", "unit_b"]]
        return {"borders": len(self.table), "crossings": int(self.table["crossings"].sum()),
                "surely_less_than_inside": [f"{a} - {b}" for a, b in pairs.itertuples(index=False)]}  # fmt: skip


def border_crossings(
    roads: RoadMap, units: gpd.GeoDataFrame, *, crs: str, least_class: str = "tertiary", band_km: float = 5.0,
    inside_km: float = 10.0,
) -> BorderCrossings:  # fmt: skip
    """Count the roads across every border between two units.

    Parameters
    ----------
    roads : RoadMap
    units : GeoDataFrame
        Polygons, index their identifier.
    crs : str
        Projected system for lengths, in metres.
    least_class : str
        Smallest class of road that counts.
    band_km : float
        Width of the band on each side in which the density is taken.
    inside_km : float
        How far inside of each unit the lines run with which a border is compared.

    Raises
    ------
    InputError
        Numbers are not above zero, the units cannot be used or share no border, or no road is of the class.

    Notes
    -----
    Lines of random direction with D km of road a km2 cross a line 2 D / pi times a km (Steinhaus 1930; Santalo 1976):
    `ratio` = crossings / (2 D L / pi), interval exact for a Poisson count. Real roads are not of random direction and
    borders follow rivers and ridges, so the same ratio is taken for lines inside both units, at `inside_km` from the
    border; `permeability` = border / inside, interval exact for two Poisson counts. A river at the border still counts
    as border: add it to the units' own maps before blaming anybody.
    """
    if not (band_km > 0 and inside_km > 0):
        raise InputError(f"band_km and inside_km must be > 0, got {band_km!r} and {inside_km!r}")
    plane, found = unit_borders(units, crs)
    meet(roads, units)
    lines = roads.at_least(least_class).lines().to_crs(crs)
    classes = lines["road_class"].to_numpy(object)
    shapes = lines.geometry.to_numpy()
    rows, parts, lost = [], [], 0
    for a, b in found[["place_a", "place_b"]].itertuples(index=False):
        border = border_line(plane[a], plane[b])
        if border.length == 0.0:
            continue
        count, each, density = _across(border, plane[a].union(plane[b]), shapes, 1000.0 * band_km)
        within = [inside_line(shape, border, inside_km) for shape in (plane[a], plane[b])]
        there = [_across(line, shape, shapes, 1000.0 * band_km) for line, shape in
                 zip(within, (plane[a], plane[b]), strict=True) if line.length > 0.0]  # fmt: skip
        lost += len(there) < 2
        rows.append({"unit_a": a, "unit_b": b, **_measures(
            (count, density, border.length / 1000.0),
            [(n, d, line.length / 1000.0) for (n, _, d), line in zip(there, [w for w in within if w.length > 0.0],
                                                                     strict=True)])})  # fmt: skip
        parts += [{"unit_a": a, "unit_b": b, "road_class": c, "crossings": int(n), "per_10_km": 1e4 * n / border.length}
                  for c, n in pd.Series(each, dtype=float).groupby(classes).sum().items() if n > 0]  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["permeability", "unit_a", "unit_b"], na_position="last", ignore_index=True)
    by_class = pd.DataFrame(parts, columns=["unit_a", "unit_b", "road_class", "crossings", "per_10_km"])
    rank = by_class["road_class"].map(RANK)
    by_class = by_class.assign(rank=rank).sort_values(["unit_a", "unit_b", "rank"], ignore_index=True)
    by_class = by_class.drop(columns="rank")
    said = ["a border may be a river or a ridge: few crossings are a question, not a verdict"]
    said += [f"{lost} borders are compared with lines inside one unit or none: the other is too narrow"] if lost else []
    settings = {"band_km": band_km, "inside_km": inside_km, "least_class": least_class, "crs": crs}
    return BorderCrossings(table=table[[c.name for c in BorderCrossings.columns]], by_class=by_class, settings=settings,
                           warnings=(*roads.notes, *said))  # fmt: skip


def _across(line: Any, area: Any, shapes: NDArray[np.object_], band: float) -> tuple[int, NDArray[np.int64], float]:
    """Crossings of a line, by road, and km of road a km2 in the band around it within an area."""
    import shapely

    tree = shapely.STRtree(shapes)
    each = np.zeros(len(shapes), np.int64)
    hit = tree.query(line, predicate="intersects")
    for k in hit:
        met = shapely.get_parts(shapely.intersection(shapes[k], line))
        each[k] = int((shapely.get_dimensions(met) == 0).sum())
    zone = line.buffer(band, cap_style="flat").intersection(area)
    near = tree.query(zone, predicate="intersects")
    length = float(shapely.length(shapely.intersection(shapes[near], zone)).sum())
    return int(each.sum()), each, 1000.0 * length / zone.area if zone.area > 0 else 0.0


def _measures(border: tuple[int, float, float], inside: list[tuple[int, float, float]]) -> dict[str, Any]:
    from scipy import stats

    count, density, km = border
    expected = 2.0 * density * km / np.pi
    tail = (1.0 - LEVEL) / 2.0
    low = stats.chi2.ppf(tail, 2 * count) / 2.0 if count else 0.0
    high = stats.chi2.ppf(1.0 - tail, 2 * (count + 1)) / 2.0
    other = sum(n for n, _, _ in inside)
    should = sum(2.0 * d * length / np.pi for _, d, length in inside)
    out = {"border_km": km, "crossings": count, "per_10_km": 10.0 * count / km, "density": density}
    out |= {name: value / expected if expected > 0 else np.nan
            for name, value in (("ratio", count), ("ratio_low", low), ("ratio_high", high))}  # fmt: skip
    out["inside_ratio"] = other / should if should > 0 else np.nan
    ends = [np.nan, np.nan, np.nan]
    if should > 0 and expected > 0 and count + other > 0:
        share_low = stats.beta.ppf(tail, count, other + 1) if count else 0.0
        share_high = stats.beta.ppf(1.0 - tail, count + 1, other) if other else 1.0
        odds = [s / (1.0 - s) if s < 1.0 else np.inf for s in (share_low, share_high)]
        ends = [count / other if other else np.inf, *odds]
    scale = should / expected if expected > 0 else np.nan
    names = ("permeability", "permeability_low", "permeability_high")
    return out | {name: value * scale for name, value in zip(names, ends, strict=True)}
