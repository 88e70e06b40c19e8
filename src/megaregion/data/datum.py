"""The datums of Chinese maps: WGS-84, GCJ-02 (Amap, Tencent) and BD-09 (Baidu); conversion and detection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import ConvergenceError, InputError

Datum = Literal["WGS-84", "GCJ-02", "BD-09"]
DATUMS: tuple[Datum, ...] = get_args(Datum)
SAME_AS_WGS = ("WGS-84", "CGCS2000", "ETRS89")  # they differ by less than a metre
Array = NDArray[np.float64]
Forward = Callable[[Array, Array], tuple[Array, Array]]

_AXIS_M = 6378245.0  # Krasovsky 1940, which the obfuscation is written in
_ECCENTRICITY_2 = 0.00669342162296594323
_DEGREE_M = 111_195.0  # one degree of latitude on the sphere of 6371 km
_STEP_DEG = 1e-11  # about a micrometre: the fixed point is found to the rounding of the coordinates
# the order is the tie-break: what happens most comes first
_CANDIDATES: tuple[tuple[Datum, Datum], ...] = (
    ("GCJ-02", "WGS-84"),
    ("WGS-84", "GCJ-02"),
    ("BD-09", "WGS-84"),
    ("WGS-84", "BD-09"),
    ("BD-09", "GCJ-02"),
    ("GCJ-02", "BD-09"),
)
MIN_SHIFT_M = 100.0  # nearly all of China is moved by 100 to 900 m; below, simplified boundaries explain it
MIN_PAIRS = 3


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether points lie in the rectangle inside which GCJ-02 differs from WGS-84."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return np.asarray((x >= 72.004) & (x <= 137.8347) & (y >= 0.8293) & (y <= 55.8271))


def convert(lon: ArrayLike, lat: ArrayLike, source: Datum, target: Datum) -> tuple[Array, Array]:
    """Points of one datum in another.

    Parameters
    ----------
    lon, lat : array of float, same shape, degree
        Points in the datum `source`; outside China nothing is moved.
    source, target : {'WGS-84', 'GCJ-02', 'BD-09'}

    Returns
    -------
    lon, lat : array of float, degree

    Raises
    ------
    InputError
        A datum is unknown, or the shapes differ.

    Notes
    -----
    The obfuscation is a closed form; its inverse is the fixed point of x = y - (f(x) - x), which contracts
    because f moves neighbours almost alike. A round trip is exact to well under a millimetre. The constants
    are those of the public implementations eviltransform, and coordtransform; the tests compare with theirs.

    Examples
    --------
    >>> x, y = convert(121.5272106, 31.1774276, "WGS-84", "GCJ-02")
    >>> round(float(x), 6), round(float(y), 6)
    (121.531542, 31.175304)
    """
    for name in (source, target):
        if name not in DATUMS:
            raise InputError(f"unknown datum {name!r}", hint="known: " + ", ".join(DATUMS))
    x, y = np.array(lon, dtype=float), np.array(lat, dtype=float)
    if x.shape != y.shape:
        raise InputError(f"lon has shape {x.shape}, lat {y.shape}", hint="give one latitude for each longitude")
    inside = in_china(x, y)
    if source == target or not inside.any():
        return x, y
    a, b = x[inside], y[inside]
    if source == "BD-09":
        a, b = _inverse(_to_bd, a, b)
    elif source == "WGS-84":
        a, b = _to_gcj(a, b)
    if target == "BD-09":
        a, b = _to_bd(a, b)
    elif target == "WGS-84":
        a, b = _inverse(_to_gcj, a, b)
    x[inside], y[inside] = a, b
    return x, y


def _to_gcj(lon: Array, lat: Array) -> tuple[Array, Array]:
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    root = 0.2 * np.sqrt(np.abs(x))
    common = 20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + root
    north = north + 2.0 / 3.0 * (common + 20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi))
    north = north + 2.0 / 3.0 * (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y / 30.0 * pi))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.5 * root
    east = east + 2.0 / 3.0 * (common + 20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi))
    east = east + 2.0 / 3.0 * (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi))
    phi = np.radians(lat)
    magic = 1.0 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    meridian = _AXIS_M * (1.0 - _ECCENTRICITY_2) / magic**1.5
    parallel = _AXIS_M / np.sqrt(magic) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _to_bd(lon: Array, lat: Array) -> tuple[Array, Array]:
    turn = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(forward: Forward, lon: Array, lat: Array) -> tuple[Array, Array]:
    x, y = lon.copy(), lat.copy()
    for _ in range(60):
        u, v = forward(x, y)
        dx, dy = lon - u, lat - v
        x, y = x + dx, y + dy
        if max(np.abs(dx).max(), np.abs(dy).max()) < _STEP_DEG:
            return x, y
    raise ConvergenceError("the inverse datum shift did not settle", last=(x, y), hint="check the coordinates")


def offset_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> tuple[Array, Array]:
    """Metres east and north from the first points to the second (near ones: plane approximation)."""
    x, y, u, v = (np.asarray(a, dtype=float) for a in (lon, lat, to_lon, to_lat))
    return (u - x) * _DEGREE_M * np.cos(np.radians((y + v) / 2)), (v - y) * _DEGREE_M


@dataclass(frozen=True)
class Shift:
    """Two layers that agree once one of them is read in another datum.

    Attributes
    ----------
    layer, reference : Datum
        What the layer and the reference really are.
    east_m, north_m : float
        Median displacement of the layer from where the reference has it.
    evidence : str
        Numbers that show it.
    """

    layer: Datum
    reference: Datum
    east_m: float
    north_m: float
    evidence: str

    @property
    def far(self) -> str:
        """Distance and direction in words: ``512 m to the east-southeast``."""
        angle = np.degrees(np.arctan2(self.east_m, self.north_m)) % 360.0
        words = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
        return f"{np.hypot(self.east_m, self.north_m):.0f} m to the {words[round(angle / 45.0) % 8]}"


def shift_between(lon: ArrayLike, lat: ArrayLike, ref_lon: ArrayLike, ref_lat: ArrayLike) -> Shift | None:
    """The datum shift between two layers that give the same points, if there is one.

    Parameters
    ----------
    lon, lat, ref_lon, ref_lat : array of float, shape (n,), degree
        The same n points (centroids, stations) in the layer and in the reference.

    Returns
    -------
    Shift or None
        None for fewer than three points in China, for layers that agree within 100 m, and where no pair of
        datums brings three quarters of the points within 30 % of their distance: city centres lie
        kilometres from centroids in every direction, and no datum explains that.
    """
    x, y, u, v = (np.asarray(a, dtype=float) for a in (lon, lat, ref_lon, ref_lat))
    keep = np.isfinite(x + y + u + v) & in_china(x, y) & in_china(u, v)
    x, y, u, v = x[keep], y[keep], u[keep], v[keep]
    if len(x) < MIN_PAIRS:
        return None
    raw = float(np.median(np.hypot(*offset_m(u, v, x, y))))
    if raw < MIN_SHIFT_M:
        return None
    best: tuple[float, Datum, Datum] | None = None
    for source, target in _CANDIDATES:
        a, b = convert(x, y, source, target)
        left = float(np.quantile(np.hypot(*offset_m(u, v, a, b)), 0.75))
        if left <= 0.3 * raw and (best is None or left < best[0]):
            best = (left, source, target)
    if best is None:
        return None
    left, source, target = best
    east, north = offset_m(*convert(x, y, source, target), x, y)
    evidence = f"{raw:.0f} m apart as they stand, {left:.0f} m after conversion ({len(x)} places)"
    return Shift(source, target, float(np.median(east)), float(np.median(north)), evidence)


def shift_of_points(
    lon: ArrayLike, lat: ArrayLike, inside: Callable[[Array, Array], NDArray[np.bool_]]
) -> Shift | None:
    """The datum shift between points and the polygons in which they should lie, if there is one.

    Parameters
    ----------
    lon, lat : array of float, shape (n,), degree
    inside : callable
        Gives for n points whether each lies in its own polygon.

    Returns
    -------
    Shift or None
        None unless at least three points lie outside and a conversion brings two thirds of them inside.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    keep = np.isfinite(x) & np.isfinite(y) & in_china(x, y)
    if int(keep.sum()) < MIN_PAIRS:
        return None
    out = int((keep & ~inside(x, y)).sum())
    if out < MIN_PAIRS:
        return None
    options: Sequence[tuple[int, Datum, Datum]] = [
        (int((keep & ~inside(*convert(x, y, source, target))).sum()), source, target) for source, target in _CANDIDATES
    ]
    left, source, target = min(options, key=lambda option: option[0])  # the first of equals: see _CANDIDATES
    if left * 3 > out:
        return None
    a, b = convert(x[keep], y[keep], source, target)
    east, north = offset_m(a, b, x[keep], y[keep])
    n = int(keep.sum())
    evidence = f"{out} of {n} points lie outside their polygon as they stand, {left} after conversion"
    return Shift(source, target, float(np.median(east)), float(np.median(north)), evidence)
