"""Rail lines with what their failure costs, and lines of the grid with their loading, as layers of the GeoPackage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.stored import StoredTable


def bus_points(cluster: Cluster) -> pd.DataFrame:
    """Longitude and latitude of each bus of the grid: its own, else those of its place; index `bus_id`."""
    buses = cluster.further["energy_buses"].set_index("bus_id")
    home = cluster.places[["lon", "lat"]].reindex(buses["place_id"]).set_axis(buses.index)
    own = buses[["lon", "lat"]] if {"lon", "lat"} <= set(buses.columns) else home * np.nan
    return own.where(own.notna(), home).dropna()


def layer_lines(results: Mapping[str, Mapping[str, StoredTable]], cluster: Cluster) -> dict[str, Any]:
    """Layers `rail_failures` and `energy_lines` where the step `layers` has them.

    Parameters
    ----------
    results : mapping
        Step -> table name -> stored table.
    cluster : Cluster

    Returns
    -------
    dict of str to GeoDataFrame
        Straight lines in WGS-84; a row with an end of unknown place has no geometry.
    """
    tables, out = results.get("layers", {}), {}
    if (singles := tables.get("rail_singles")) is not None:
        rows = singles.frame[singles.frame["kind"] == "segment"]
        if len(rows):
            out["rail_failures"] = _straight(rows, ("from_stop", "to_stop"), cluster.nodes[["lon", "lat"]])
    if (lines := tables.get("energy_lines")) is not None and "energy_buses" in cluster.further:
        out["energy_lines"] = _straight(lines.frame, ("from_bus", "to_bus"), bus_points(cluster))
    return out


def _straight(rows: pd.DataFrame, names: tuple[str, str], at: pd.DataFrame) -> Any:
    import geopandas as gpd
    import shapely

    ends = np.stack([at.reindex(rows[name]).to_numpy(float) for name in names], axis=1)
    known = np.isfinite(ends).all(axis=(1, 2))
    shapes = np.full(len(rows), None, dtype=object)
    shapes[known] = shapely.linestrings(ends[known])
    return gpd.GeoDataFrame(rows.reset_index(drop=True), geometry=shapes, crs="EPSG:4326")
