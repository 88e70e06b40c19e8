"""Whether a coordinate reference system measures metres where the data lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

MOST_AREA = 0.02  # equal-area systems are exact, a fitting UTM zone within half a percent
MOST_OFF = 0.10  # continental conics and equal-area systems stay below; web Mercator beyond 24 degrees does not


def crs_fault(crs: object, lon: float | None = None, lat: float | None = None) -> str:
    """What keeps a system from measuring lengths in metres, at a point where one is given; empty where nothing does.

    Parameters
    ----------
    crs : str
        As EPSG:4549.
    lon, lat : float, optional
        Where lengths shall be taken, WGS 84.
    """
    import pyproj

    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return f"expected a coordinate reference system, got {crs!r}"
    if not system.is_projected:
        return f"{crs} is not projected: areas and lengths would be in degrees"
    if abs(system.axis_info[0].unit_conversion_factor - 1.0) > 1e-9:
        return f"{crs} counts in {system.axis_info[0].unit_name}, not in metres"
    if lon is None or lat is None:
        return ""
    at = pyproj.Proj(system).get_factors(lon, lat)
    off = max(abs(at.tissot_semimajor - 1.0), abs(at.tissot_semiminor - 1.0))
    if not off <= MOST_OFF:  # infinite or no number: outside of what the projection can show
        return f"{crs} does not fit the region: at {lon:.2f}, {lat:.2f} its lengths are off by up to {off:.0%}"
    return ""


def measures_metres(crs: str, shapes: gpd.GeoDataFrame) -> None:
    """Refuse a system in which lengths of these shapes would not be metres.

    Raises
    ------
    InputError
        The system is unknown, not projected, counts in another unit, or is off by more than a tenth in their middle.
    """
    fault = crs_fault(crs)
    if not fault and len(shapes) and shapes.crs is not None:
        west, south, east, north = shapes.geometry.to_crs("EPSG:4326").total_bounds
        fault = crs_fault(crs, float(west + east) / 2.0, float(south + north) / 2.0)
    if fault:
        raise InputError(fault, hint="name a projected system in metres that fits the region, such as EPSG:4549 "
                                     "(CGCS2000, zone of 120 degrees east) or its UTM zone")  # fmt: skip


def keeps_areas(crs: str, shapes: gpd.GeoDataFrame) -> None:
    """Refuse a system in which areas of these shapes would be wrong; lengths may be.

    Raises
    ------
    InputError
        The system is unknown, not projected, or its areas are off by more than two percent at a corner of the shapes.
    """
    import pyproj

    hint = "name an equal-area system, such as EPSG:6933 (world) or EPSG:3035 (Europe)"
    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise InputError(f"expected a coordinate reference system, got {crs!r}", hint=hint) from None
    if not system.is_projected:
        raise InputError(f"{crs} is not projected: areas would be in degrees", hint=hint)
    if shapes.crs is None or not len(shapes):
        return
    west, south, east, north = shapes.geometry.to_crs("EPSG:4326").total_bounds
    plane = pyproj.Proj(system)
    for lon, lat in ((west, south), (west, north), (east, south), (east, north)):
        off = abs(plane.get_factors(float(lon), float(lat)).areal_scale - 1.0)
        if not off <= MOST_AREA:  # infinite or no number: outside of what the projection can show
            raise InputError(f"{crs} does not keep areas: at {lon:.2f}, {lat:.2f} they are off by {off:.0%}", hint=hint)
