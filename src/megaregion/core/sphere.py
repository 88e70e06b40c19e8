"""Distances on the sphere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

RADIUS_KM = 6371.0


def great_circle_km(
    lon_from: ArrayLike, lat_from: ArrayLike, lon_to: ArrayLike, lat_to: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle distance by the haversine formula, R = 6371 km; arguments in degrees broadcast together."""
    lon1, lat1, lon2, lat2 = (np.radians(np.asarray(x, dtype=float)) for x in (lon_from, lat_from, lon_to, lat_to))
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def matrix_km(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Square matrix of great-circle distances, shape (n, n), km."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return great_circle_km(x[:, None], y[:, None], x[None, :], y[None, :])


def own_km(area_km2: ArrayLike) -> NDArray[np.float64]:
    """Mean distance inside a place of this area: two thirds of the radius of the equal circle (km)."""
    return np.asarray(2.0 / 3.0 * np.sqrt(np.asarray(area_km2, dtype=float) / np.pi))


def near_pairs(
    lon: ArrayLike, lat: ArrayLike, km: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Ordered pairs of different points at most `km` apart (great circle) and their distances, sorted by the pair."""
    from scipy.spatial import cKDTree

    x, y = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    if len(x) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    points = np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    chord = 2.0 * np.sin(min(km / (2.0 * RADIUS_KM), np.pi / 2.0)) * (1.0 + 1e-9) + 1e-12  # the exact test follows
    half = cKDTree(points).query_pairs(chord, output_type="ndarray").reshape(-1, 2).astype(np.intp)
    both = np.concatenate([half, half[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    apart = great_circle_km(*(np.asarray(v, dtype=float)[both[:, i]] for i in (0, 1) for v in (lon, lat)))
    keep = apart <= km
    return both[keep, 0], both[keep, 1], apart[keep]
