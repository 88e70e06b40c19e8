"""How complete a map of roads is: mapped over official length, by unit and class, with a grade."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.projection import measures_metres
from megaregion.data.road_map import CLASSES, RoadMap
from megaregion.data.schema import conform
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, SchemaError
from megaregion.result import Column, Input, Result

if TYPE_CHECKING:
    import geopandas as gpd

FORMULA = "methods#road-completeness"
DUAL = ("motorway", "trunk")  # drawn as two one-way carriageways, counted once in official figures
GRADES = ((1.15, "over"), (0.95, "A"), (0.8, "B"), (0.5, "C"), (0.0, "D"))  # ours: no standard sets them
GRADE_WORDS = "A from 95 %, B from 80 %, C from 50 %, D below; over: above 115 %, the two count different things"


def grade(ratio: float) -> str:
    """Grade of a ratio of mapped to official length; empty where it is unknown."""
    return "" if not np.isfinite(ratio) else next(name for low, name in GRADES if ratio >= low)


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadCompleteness(Result):
    """Mapped and official length of road.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    settings : dict
    """

    table: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Completeness of the road map"
    title_zh: ClassVar[str] = "道路地图完整度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Unit", "单元", key=True),
        Column("road_class", "", "Classes of road", "道路等级", key=True),
        Column("mapped_km", "km", "Mapped", "地图里程", formula=FORMULA,
               inputs=(Input("workspace.toml", {"key": "road_map.roads"}),)),
        Column("official_km", "km", "Official", "官方里程", formula=FORMULA,
               inputs=(Input("tables/road_lengths.csv", {"place_id": "{place_id}"}),)),
        Column("ratio", "ratio", "Mapped over official", "完整度（地图/官方）", formula=FORMULA),
        Column("grade", "", "Grade", "等级", formula=FORMULA),
        Column("year", "year", "Year of the official figure", "官方数据年份"),
        Column("source", "", "Source of the official figure", "官方数据来源"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a unit and class."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Reference system, how carriageways count, where grades begin."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Rows by grade, and the ratio over all units, each counted once: `all` where there is such a row."""
        known, sums = self.table["grade"], self._once()[["mapped_km", "official_km"]].sum()
        ratio = float(sums["mapped_km"] / sums["official_km"]) if sums["official_km"] > 0 else None
        return {"rows": len(self.table), "ratio": ratio,
                **{f"grade_{name}": int((known == name).sum()) for _, name in GRADES}}  # fmt: skip

    def by_unit(self) -> pd.Series:
        """Mapped over official length of each unit: its row `all` where there is one, else the sum of its classes."""
        sums = self._once().groupby("place_id")[["mapped_km", "official_km"]].sum()
        return (sums["mapped_km"] / sums["official_km"]).where(sums["official_km"] > 0).rename("completeness")

    def _once(self) -> pd.DataFrame:
        """Rows that count every road once: `all` of a unit where there is such a row, else its classes."""
        whole = self.table["road_class"] == "all"
        return self.table[whole | ~self.table["place_id"].isin(self.table.loc[whole, "place_id"])]


def read_road_lengths(path: Path) -> pd.DataFrame:
    """Official lengths: columns place_id, road_class, length_km; year and source where they are known.

    Raises
    ------
    SchemaError
        The file cannot be read, or columns or cells are not as in the schema `road_lengths`; everything is listed.
    """
    raw, problems = read_table(Path(path), Path(path).name)
    if not any(p.severity == "error" for p in problems):
        frame, more = conform(raw, "road_lengths", Path(path).name)
        problems += more
    if errors := [p.line() for p in problems if p.severity == "error"]:
        raise SchemaError(f"{Path(path).name} is no table of road lengths:\n" + "\n".join(errors),
                          hint="see the schema road_lengths")  # fmt: skip
    return frame


def road_completeness(
    roads: RoadMap, shapes: gpd.GeoDataFrame, official: pd.DataFrame, *, crs: str
) -> RoadCompleteness:
    """Compare the length of mapped roads with official figures.

    Parameters
    ----------
    roads : RoadMap
        All classes that the figures cover must have been read.
    shapes : GeoDataFrame
        Polygons of the units, index `place_id`.
    official : DataFrame
        Columns of the schema `road_lengths`.
    crs : str
        Projected system in which roads are cut at the borders.

    Raises
    ------
    InputError
        Figures name unknown units or classes, repeat, or are not above zero, all are listed; or lengths in `crs` are no
        metres there.

    Notes
    -----
    Ratio L_map / L_official (METHODS of completeness as in Zhou and Lin). One-way pieces of motorways and trunk roads
    count half, because official figures count roads and not carriageways; all others count whole. Where the map was
    cut off inside a unit, its mapped length is a lower bound.
    """
    wanted = _classes(official, shapes)
    measures_metres(crs, shapes)
    km = _lengths(roads, shapes, crs)
    rows = []
    for k, names in enumerate(wanted):
        row = official.iloc[k]
        place, length = str(row["place_id"]), float(row["length_km"])
        mapped = float(km[place].reindex(list(names)).fillna(0.0).sum()) if place in km else 0.0
        ratio = mapped / length
        rows.append({"place_id": place, "road_class": str(row["road_class"]), "mapped_km": mapped,
                     "official_km": length, "ratio": ratio, "grade": grade(ratio), "year": row.get("year", np.nan),
                     "source": row.get("source", None)})  # fmt: skip
    table = pd.DataFrame(rows, columns=[c.name for c in RoadCompleteness.columns])
    table["year"] = table["year"].astype(float)
    settings = {"crs": crs, "counted_half": "one-way pieces of " + ", ".join(DUAL), "grades": GRADE_WORDS}
    return RoadCompleteness(table=table, settings=settings, warnings=_remarks(roads, shapes, table, crs))


def _classes(official: pd.DataFrame, shapes: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    wrong, out = [], []
    strange: set[str] = set()
    for text in official["road_class"].astype(str):
        names = CLASSES if text.strip() == "all" else tuple(part.strip() for part in text.split(";"))
        strange |= set(names) - set(CLASSES)
        out.append(names)
    if strange:
        wrong.append(
            f"road_class: {', '.join(sorted(strange)[:5])} is no class (classes: {', '.join(CLASSES)}, or all)"
        )
    units = official["place_id"].astype(str)
    if lost := sorted(set(units) - set(shapes.index.astype(str))):
        wrong.append(f"place_id: {len(lost)} are not among the units: {', '.join(lost[:5])}")
    bad = official.index[~(official["length_km"].to_numpy(float) > 0)]
    if len(bad):
        wrong.append(f"length_km must be > 0, {len(bad)} are not, first: {units[bad[0]]}")
    single = [names if len(names) < len(CLASSES) else ("all",) for names in out]
    count = Counter(f"{place} {name}" for place, names in zip(units, single, strict=True) for name in names)
    twice = sorted(label for label, many in count.items() if many > 1)
    if twice:
        wrong.append(f"several figures for {', '.join(twice[:5])}")
    if official.empty:
        wrong.append("there is no row")
    if wrong:
        raise InputError("road_lengths: " + "; ".join(wrong), hint="correct the table")
    return out


def _lengths(roads: RoadMap, shapes: gpd.GeoDataFrame, crs: str) -> dict[str, pd.Series]:
    """Kilometres of road by class in each unit; pieces cut at the border, one-way motorways and trunks half."""
    import shapely

    lines = roads.lines().to_crs(crs).geometry.to_numpy()
    plane = shapely.length(lines)
    km = roads.edges["length_m"].to_numpy(float) / 1000.0
    dual = roads.edges["road_class"].isin(DUAL).to_numpy() & roads.edges["oneway"].to_numpy(bool)
    km = np.where(dual, km / 2.0, km)
    tree, areas = shapely.STRtree(lines), shapes.geometry.to_crs(crs)
    classes = roads.edges["road_class"].to_numpy(object)
    out = {}
    for place, area in areas.items():
        shapely.prepare(area)
        near = tree.query(area, predicate="intersects")
        inside: NDArray[np.float64] = np.ones(len(near))
        cut = ~shapely.contains_properly(area, lines[near])
        inside[cut] = shapely.length(shapely.intersection(area, lines[near[cut]])) / plane[near[cut]]
        out[str(place)] = pd.Series(km[near] * inside).groupby(classes[near]).sum()
    return out


def _remarks(roads: RoadMap, shapes: gpd.GeoDataFrame, table: pd.DataFrame, crs: str) -> tuple[str, ...]:
    import geopandas as gpd

    out = [f"grades of completeness are ours: {GRADE_WORDS}"]
    if (many := int((table["grade"] == "over").sum())):  # fmt: skip
        out.append(
            f"{many} units and classes have more road on the map than in the official figure: definitions differ"
        )
    ends = roads.vertices[roads.vertices["clipped"].to_numpy(bool)]
    at = gpd.GeoSeries(gpd.points_from_xy(ends["lon"], ends["lat"]), crs="EPSG:4326").to_crs(crs)
    mine = shapes.to_crs(crs)
    hit = sorted({str(mine.index[k]) for k in mine.sindex.query(at, predicate="within")[1]} & set(table["place_id"]))
    if hit:
        out.append(f"the map was cut off inside {len(hit)} units, whose mapped length is a lower bound: "
                   f"{', '.join(hit[:5])}")  # fmt: skip
    return tuple(out)
