"""A network made from a map, on disk: tables or layers, and how places were tied to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.atomic import write_text
from megaregion.data.geopackage import write_layers
from megaregion.data.roads import Roads
from megaregion.data.sources.road_tables import write_geopackage, write_tables
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd


def write_network(out: Path, made: Roads, tables: Mapping[str, Result]) -> list[Path]:
    """Write a network and what there is to know of its making.

    Parameters
    ----------
    out : Path
        A .gpkg file, or a folder of tables.
    made : Roads
        Of `megaregion.data.map_network.map_network`.
    tables : mapping
        snapping, and completeness where it is known; each becomes a CSV beside the network, and snapping a layer of
        lines from places to their junction (snapping.gpkg).

    Returns
    -------
    list of Path
        Files beside the network.
    """
    if out.suffix.lower() == ".gpkg":
        write_geopackage(out, made)
        beside, stem = out.parent, f"{out.stem}."
    else:
        write_tables(out, made)
        beside, stem = out, ""
    written = []
    for name, table in tables.items():
        path = beside / f"{stem}{name}.csv"
        write_text(path, table.to_frame().to_csv(index=False, lineterminator="\n"))
        written.append(path)
    layer = beside / f"{stem}snapping.gpkg"
    write_layers(layer, {"snapping": _ties(made, tables["snapping"].to_frame())})
    return [*written, layer]


def _ties(made: Roads, table: pd.DataFrame) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import shapely

    there = made.nodes.loc[table["node"], ["x", "y"]].to_numpy(float)
    ends = np.stack([table[["lon", "lat"]].to_numpy(float), there], axis=1)
    return gpd.GeoDataFrame(table, geometry=shapely.linestrings(ends), crs=made.crs)
