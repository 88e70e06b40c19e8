"""A light estimate of door-to-door minutes between the central stations, for the rule of candidates only.

The package computes the times of the analysis itself, from city centres; here the central station stands
for the centre, so that the list of candidates needs nothing but the tables of this folder.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rail_stations import great_circle_km

WAIT_CAP_MIN = 30.0
OPERATING_MIN = 960.0  # sixteen hours: mean wait 960 / (2 n)
TRANSFER_MIN = 15.0
LOCAL_KM = 25.0  # stations reachable by city transport
ACCESS_MIN = 10.0  # at each end
CIRCUITY = 1.3
ROAD_KMH = 70.0
ROAD_OVERHEAD_MIN = 15.0

Matrix = NDArray[np.float64]


def leg_minutes(services: pd.DataFrame) -> pd.Series:
    """Wait and ride of one leg for each pair of stations, over the best set of fastest classes."""
    rows = services.sort_values(["origin", "destination", "in_vehicle_min", "service"])
    by_pair = rows.groupby(["origin", "destination"])
    n = by_pair.services_per_day.cumsum()
    ride = (rows.services_per_day * rows.in_vehicle_min).groupby([rows.origin, rows.destination]).cumsum() / n
    total = ride + np.minimum(WAIT_CAP_MIN, OPERATING_MIN / (2 * n))
    return total.groupby([rows.origin, rows.destination]).min()


def local_minutes(km: Matrix) -> Matrix:
    """City transport between stations: 1.3 x straight, 25 km/h for the first 15 km, then 60; else infinite."""
    road = CIRCUITY * km
    minutes = np.minimum(road, 15.0) / 25.0 * 60.0 + np.maximum(road - 15.0, 0.0) / 60.0 * 60.0
    return np.where(km == 0.0, 0.0, np.where(km <= LOCAL_KM, minutes, np.inf))


def min_plus(a: Matrix, b: Matrix) -> Matrix:
    """Shortest two-step sums: result[i, j] = min_k a[i, k] + b[k, j]."""
    return np.stack([(row[:, None] + b).min(axis=0) for row in a])


def rail_minutes(nodes: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    """Door-to-door minutes by rail between stations, access at both ends and transfers counted."""
    ids = sorted(set(services.origin) | set(services.destination))
    points = nodes.set_index("node_id").loc[ids, ["lon", "lat"]].to_numpy(float)
    km = np.array([[great_circle_km(tuple(p), tuple(q)) for q in points] for p in points])
    local = local_minutes(km)
    leg = leg_minutes(services).unstack().reindex(index=ids, columns=ids).fillna(np.inf).to_numpy(float)
    first = min_plus(local, leg)
    best = first
    while True:
        longer = np.minimum(best, min_plus(best + TRANSFER_MIN, first))
        if np.array_equal(longer, best):
            break
        best = longer
    return pd.DataFrame(min_plus(best, local) + 2 * ACCESS_MIN, index=ids, columns=ids)


def road_minutes(km: float) -> float:
    """Road alternative: great circle x circuity at a mean speed, plus the overhead at both ends."""
    return CIRCUITY * km / ROAD_KMH * 60.0 + ROAD_OVERHEAD_MIN
