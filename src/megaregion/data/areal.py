"""From two maps of units to a crosswalk: shares by area, and by what lies inside (people of small units or points)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.projection import keeps_areas
from megaregion.errors import InputError
from megaregion.result import Column, Result

if TYPE_CHECKING:
    import geopandas as gpd

SLIVER = 1e-3  # of a unit: less is a line that two maps draw apart
COVERED = 0.98  # of a unit: less, and the new map leaves a part of it out
_HOW = "methods#areal-interpolation"


@dataclass(frozen=True, eq=False, kw_only=True)
class ArealCrosswalk(Result):
    """Parts of the old units that lie in the new ones.

    Attributes
    ----------
    table : DataFrame
    settings : dict
    """

    title_en: ClassVar[str] = "Crosswalk from two maps"
    title_zh: ClassVar[str] = "由两期边界得到的对照表"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("from_id", "", "Unit before", "调整前单元", key=True),
        Column("to_id", "", "Unit after", "调整后单元", key=True),
        Column("year", "year", "First year on the new borders", "新区划首年", key=True),
        Column("share_population", "ratio", "Share by what lies inside", "按人口（权重）份额", True, _HOW),
        Column("share_area", "ratio", "Share by area", "按面积份额", formula=_HOW),
        Column("covered", "ratio", "Area of the unit that the new map covers", "新图覆盖面积比", formula=_HOW),
    )
    table: pd.DataFrame
    settings: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a part."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Tolerances and the projection."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """How many units go whole to one other, and how many are split."""
        size = self.table.groupby("from_id").size()
        return {"whole": int((size == 1).sum()), "split": int((size > 1).sum())}

    def crosswalk(self) -> pd.DataFrame:
        """Rows for tables/crosswalk.csv: units that nothing changed are left out."""
        t = self.table
        sources, targets = (
            t.groupby("from_id")["to_id"].transform("size"),
            t.groupby("to_id")["from_id"].transform("size"),
        )
        same = (t["from_id"] == t["to_id"]) & (sources == 1) & (targets == 1)
        return t.loc[~same, ["from_id", "to_id", "year", "share_population", "share_area"]].reset_index(drop=True)


def areal_crosswalk(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    year: int,
    crs: str,
    weights: gpd.GeoDataFrame | None = None,
    sliver: float = SLIVER,
    covered: float = COVERED,
) -> ArealCrosswalk:
    """Shares of the units of one map that lie in the units of another.

    Parameters
    ----------
    before, after : GeoDataFrame
        Polygons, index = identifiers, with a coordinate reference system.
    year : int
        First year whose values are on the new borders.
    crs : str
        Equal-area projection in which areas are taken.
    weights : GeoDataFrame, optional
        Points or small polygons with a column `weight` (people): dasymetric shares. A polygon's weight is spread
        evenly over it.
    sliver : float, default 0.001
        Parts below this share of the old unit are left out, and the rest scaled to sum to one.
    covered : float, default 0.98
        Least share of the area of an old unit that the new map must cover.

    Raises
    ------
    InputError
        Identifiers are repeated, a map has no coordinate system, `crs` does not keep areas, units overlap, are not
        covered, or have no weight inside.

    Notes
    -----
    Goodchild and Lam (1980), Geo-Processing 1; dasymetric: Wright (1936), Mennis (2003), Prof. Geogr. 55. Area takes
    everything to be spread evenly; small units put people where they are known to be.
    """
    old, new = (_plane(m, name, crs) for m, name in ((before, "before"), (after, "after")))
    pieces = _pieces(old, new)
    total = old.geometry.area
    pieces["share"] = pieces.geometry.area / total.reindex(pieces["from_id"]).to_numpy()
    cover = pieces.groupby("from_id")["share"].sum().reindex(old.index, fill_value=0.0)
    wrong = []
    for text, bad in (("cover too little of", cover < covered), ("overlap in", cover > 1.0 + sliver)):
        if bad.any():
            some = ", ".join(f"{u} ({cover[u]:.1%})" for u in cover.index[bad][:5])
            wrong.append(f"the new units {text} {int(bad.sum())} old ones: {some}")
    if wrong:
        raise InputError("; ".join(wrong), hint="use maps of one region and one coast, or lower `covered`")
    pieces = pieces[pieces["share"] >= sliver]
    table = pd.DataFrame(pieces[["from_id", "to_id"]]).assign(
        year=year, share_area=_scaled(pieces["share"], pieces["from_id"]), share_population=np.nan,
        covered=cover.reindex(pieces["from_id"]).to_numpy(),
    )  # fmt: skip
    warnings = []
    if weights is not None:
        mass = _inside(pieces, weights, crs)
        empty = mass.groupby(pieces["from_id"]).transform("sum") <= 0
        if empty.any():
            lost = ", ".join(sorted(pieces.loc[empty, "from_id"].unique())[:5])
            raise InputError(f"no weight lies inside of {lost}", hint="give weights for all units, or shares by area")
        table["share_population"] = _scaled(mass, pieces["from_id"])
        outside = 1.0 - float(mass.sum()) / float(weights["weight"].sum())
        if outside > 1e-9:
            warnings.append(f"{outside:.2%} of the weights lie in no unit")
        table = table[(table["share_population"] > 0) | table["share_population"].isna()]
        table["share_area"] = _scaled(table["share_area"], table["from_id"])
    names = [c.name for c in ArealCrosswalk.columns]
    return ArealCrosswalk(
        table=table.sort_values(["from_id", "to_id"], ignore_index=True)[names], warnings=tuple(warnings),
        settings={"crs": crs, "sliver": sliver, "covered": covered, "weighted": weights is not None},
    )  # fmt: skip


def _plane(shapes: gpd.GeoDataFrame, name: str, crs: str) -> gpd.GeoDataFrame:
    if shapes.crs is None:
        raise InputError(f"the map {name!r} has no coordinate reference system", hint="export it again with one")
    if shapes.index.duplicated().any():
        twice = ", ".join(map(str, shapes.index[shapes.index.duplicated()][:5]))
        raise InputError(f"the map {name!r} has several polygons of {twice}", hint="dissolve them into one")
    keeps_areas(crs, shapes)
    out = shapes[["geometry"]].to_crs(crs)
    out.index = pd.Index(out.index.astype(str), name="unit")
    if (bad := ~out.geometry.is_valid).any():
        out.loc[bad, "geometry"] = out.geometry[bad].make_valid()
    return out


def _pieces(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd

    a, b = old.reset_index(names="from_id"), new.reset_index(names="to_id")
    found = gpd.overlay(a, b, how="intersection", keep_geom_type=True)
    return found[["from_id", "to_id", "geometry"]]


def _scaled(share: pd.Series, unit: pd.Series) -> pd.Series:
    """Shares that sum to one over each unit."""
    out: pd.Series = share / share.groupby(unit).transform("sum")
    return out


def _inside(pieces: gpd.GeoDataFrame, weights: gpd.GeoDataFrame, crs: str) -> pd.Series:
    """Weight that lies in each piece."""
    import geopandas as gpd

    if "weight" not in weights or weights.crs is None:
        raise InputError("weights need a column `weight` and a coordinate reference system")
    if (bad := ~(np.isfinite(weights["weight"]) & (weights["weight"] >= 0))).any():
        raise InputError(f"weights must be finite and >= 0, {int(bad.sum())} are not")
    mass = weights[["weight", "geometry"]].to_crs(crs).reset_index(drop=True)
    own = pieces[["geometry"]].reset_index(names="piece")
    if (mass.geom_type == "Point").all():
        joined = gpd.sjoin(mass, own, predicate="intersects")
        joined = joined[~joined.index.duplicated()]  # a point on a border belongs to the first piece
        found = joined.groupby("piece")["weight"].sum()
    else:
        mass["whole"] = mass.geometry.area
        both = gpd.overlay(own, mass, how="intersection", keep_geom_type=True)
        both["part"] = both["weight"] * both.geometry.area / both["whole"]
        found = both.groupby("piece")["part"].sum()
    out: pd.Series = found.reindex(pieces.index, fill_value=0.0)
    return out
