"""Layers of one GeoPackage, written in one step and the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from megaregion.data.atomic import replacing

if TYPE_CHECKING:
    import geopandas as gpd

_STAMP = "2000-01-01T00:00:00.000Z"  # GDAL writes the hour into the file; a fixed one keeps runs identical


def write_layers(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write layers in order; the file is replaced in one step.

    Parameters
    ----------
    path : Path
    layers : mapping
        Name -> features; at least one layer. Columns of mixed objects become text.
    """
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP})
    try:
        with replacing(Path(path)) as temporary:
            for number, (name, frame) in enumerate(layers.items()):
                pyogrio.write_dataframe(writable(frame), temporary, layer=name, driver="GPKG", append=number > 0)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def writable(frame: Any) -> Any:
    """GeoPackage knows no columns of mixed objects: booleans with gaps become text."""
    out = frame.copy()
    for name in out.columns:
        if name != "geometry" and out[name].dtype == object:
            out[name] = out[name].map(lambda v: None if v is None or v != v else str(v))
    return out
