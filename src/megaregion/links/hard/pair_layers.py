"""Times between places as layers for QGIS: a straight line for each pair, and the places with their medians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd


def pair_layers(pairs: pd.DataFrame, places: pd.DataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Layers `places` (each with the median of every column over its destinations) and `pairs`.

    Parameters
    ----------
    pairs : DataFrame
        Columns origin, destination, and numbers.
    places : DataFrame
        Index place_id; lon, lat.
    """
    import geopandas as gpd
    import shapely

    numbers = [c for c in pairs.columns if c not in ("origin", "destination")]
    middle = pairs.groupby("origin")[numbers].median().reindex(places.index).add_suffix("_median")
    spots = places.join(middle).rename_axis("place_id").reset_index()
    at = places[["lon", "lat"]]
    ends = np.stack([at.loc[pairs[end]].to_numpy(float) for end in ("origin", "destination")], axis=1)
    points = gpd.points_from_xy(spots["lon"], spots["lat"])
    return {"places": gpd.GeoDataFrame(spots, geometry=points, crs="EPSG:4326"),
            "pairs": gpd.GeoDataFrame(pairs, geometry=shapely.linestrings(ends), crs="EPSG:4326")}  # fmt: skip
