"""A list of sites and polygons with residents from files, where there is no workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.schema import conform
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, SchemaError

if TYPE_CHECKING:
    import geopandas as gpd


def read_sites(path: Path) -> pd.DataFrame:
    """A list of sites with the columns of tables/heritage.csv; others must begin with ``x_``.

    Raises
    ------
    SchemaError
        It cannot be read or does not fit, everything at once.
    """
    raw, problems = read_table(path, path.name)
    frame, more = conform(raw, "heritage", path.name)
    wrong = [p.line() for p in (*problems, *more) if p.severity == "error"]
    if wrong:
        raise SchemaError("\n".join(wrong), hint="docs: workspace format, heritage")
    return frame


def read_people(path: Path, column: str, people: str) -> tuple[pd.Series, gpd.GeoDataFrame]:
    """Residents and polygons (with `name`, if they have it) by identifier; parts of one unit are put together.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column or a coordinate system, or residents are missing, negative or differ
        between parts of one unit.
    """
    import geopandas as gpd

    try:
        frame = gpd.read_file(path)
    except Exception as error:  # the readers raise classes of their own
        raise InputError(f"{path.name} cannot be read: {error}", hint="GeoPackage, GeoJSON or Shapefile") from None
    lacking = [name for name in (column, people) if name not in frame.columns]
    wrong = []
    if lacking:
        named = ", ".join(str(c) for c in frame.columns if c != "geometry")
        text = f"{path.name} has no column {', '.join(lacking)} (columns: {named})"
        raise InputError(text, hint="name it: --id, --people")
    if frame.crs is None:
        wrong.append("it states no coordinate reference system")
    areas = frame[frame.geometry.notna() & frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    if areas.empty:
        wrong.append("it holds no polygons")
    if areas[column].isna().any():
        wrong.append(f"{column} is missing for {int(areas[column].isna().sum())} polygons")
    number = pd.to_numeric(areas[people], errors="coerce")
    bad = ~np.isfinite(number.to_numpy(float)) | (number < 0).to_numpy()
    if bad.any():
        wrong.append(f"{people} is no number >= 0 for {areas.loc[bad, column].astype(str).head(5).tolist()}")
    areas = areas.assign(**{column: areas[column].astype(str), people: number})
    parts = areas.groupby(column)[people].nunique()
    if (parts > 1).any():
        wrong.append(f"parts of one unit state different {people}: {parts.index[parts > 1][:5].tolist()}")
    if wrong:
        raise InputError(f"{path.name}: " + "; ".join(wrong), hint="export it again from a GIS")
    names = ["name"] if "name" in areas.columns and "name" not in (column, people) else []
    whole = areas[[column, people, *names, "geometry"]].dissolve(by=column, aggfunc="first").sort_index()
    whole.index.name = "place_id"
    return whole[people].astype(float), whole[[*names, "geometry"]]
