"""Sites that a list knows to their place only, put where people live inside of it: as the null puts every site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.nodes.culture_pattern import evenly
from megaregion.nodes.culture_sites import Null

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]


def drawn_positions(
    sites: pd.DataFrame, null: Null, polygons: gpd.GeoDataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """The list with lon and lat of sites that have none, drawn inside of the place that they name.

    Each falls into one of the null's places there by its residents, evenly inside. If sites lie as people do, the list
    with its draws has the distribution of the null, so a test against the null keeps its level; what is drawn can only
    hide a pattern inside of the places, not make one.

    Parameters
    ----------
    sites : DataFrame
        Columns within (place named, missing if none); optional lon, lat.
    null : Null
    polygons : GeoDataFrame
        Index `place_id`: of the places named, of whatever level.
    rng : Generator

    Returns
    -------
    DataFrame
        The same rows, with `drawn` beside: whether a position was drawn.
    """
    out = sites.reset_index(drop=True).copy()
    for name in ("lon", "lat"):
        out[name] = pd.to_numeric(out[name]) if name in out else np.nan
    open_ = out["lon"].isna() & out["lat"].isna() & out["within"].isin(polygons.index)
    out["drawn"] = open_
    land = null.land
    inner = np.column_stack([(p := land.shapes.geometry.representative_point()).x, p.y]).astype(float)
    people = null.people.reindex(land.shapes.index).to_numpy(float)
    named = polygons.loc[polygons.index.isin(out.loc[open_, "within"]), ["geometry"]].to_crs(land.crs)
    xy = np.empty((len(out), 2))
    for place, rows in out.groupby(out["within"].where(open_)).indices.items():
        xy[rows] = _inside(str(place), named, land.shapes, inner, people, len(rows), rng)
    if open_.any():
        out.loc[open_, ["lon", "lat"]] = land.globe(xy[open_])
    return out


def _inside(
    place: str, named: gpd.GeoDataFrame, shapes: gpd.GeoDataFrame, inner: Floats, people: Floats, count: int,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Points (count, 2) in km: in the place itself if the null knows it, else in those of the null that lie in it."""
    import shapely

    if place in shapes.index:
        return evenly(shapes.geometry[place], count, rng)
    whole = named.geometry[place]
    parts = np.flatnonzero(shapely.contains_xy(whole, inner[:, 0], inner[:, 1]) & (people > 0))
    if not len(parts):  # finer than the null
        return evenly(whole, count, rng)
    chosen = rng.choice(parts, size=count, p=people[parts] / people[parts].sum())
    out = np.empty((count, 2))
    for part in np.unique(chosen):
        mine = chosen == part
        out[mine] = evenly(shapes.geometry.iloc[part], int(mine.sum()), rng)
    return out
