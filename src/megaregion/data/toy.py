"""Small invented clusters whose answers are known in closed form; for tests and how-tos, never as an example.

All stand on the equator or near it; places are c1, c2, ...; every place has one central station, and each pair
of neighbours is joined by one rail link of `HOP_MIN` minutes with `TRAINS` direct trains a day each way, and by
nothing else: a trip over k links takes k trains and k - 1 changes. `hops` gives the numbers of links.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.cluster import Cluster
from megaregion.data.problem import Problem
from megaregion.data.schema import conform, schema
from megaregion.errors import InputError

HOP_MIN = 30.0
TRAINS = 12.0
UNIT_POPULATION = 1_000_000.0
Edges = Sequence[tuple[int, int]]


def line(n: int = 5) -> Cluster:
    """Places on the equator, one degree apart, each joined to the next.

    Links between i and j: abs(i - j). Distance: abs(i - j) x 111.195 km. Population of place i is 1,000,000 / i
    (Zipf's law exactly), all urban; GDP per head is the same everywhere, so every Theil index is 0. The first
    half of the places is group A, the rest B.
    """
    _at_least(n, 2)
    return _cluster(
        "line", [(float(i), 0.0) for i in range(n)], [(i, i + 1) for i in range(n - 1)],
        population=[UNIT_POPULATION / (i + 1) for i in range(n)],
    )  # fmt: skip


def star(n: int = 5) -> Cluster:
    """A hub c1 and n - 1 leaves on a circle of one degree around it, each joined to the hub only.

    Links: 1 between hub and leaf, 2 between leaves. The hub has as many people as all leaves together, so the
    primacy S1/S2 is n - 1.
    """
    _at_least(n, 3)
    angles = 2 * np.pi * np.arange(n - 1) / (n - 1)
    return _cluster(
        "star", [(0.0, 0.0), *((float(np.cos(a)), float(np.sin(a))) for a in angles)],
        [(0, i) for i in range(1, n)],
        population=[UNIT_POPULATION * (n - 1), *([UNIT_POPULATION] * (n - 1))],
    )  # fmt: skip


def ring(n: int = 6) -> Cluster:
    """Places on a circle of one degree, each joined to both neighbours; every place is like every other.

    Links between i and j: min(abs(i - j), n - abs(i - j)). All have 1,000,000 people and the same GDP.
    """
    _at_least(n, 3)
    angles = 2 * np.pi * np.arange(n) / n
    return _cluster(
        "ring", [(float(np.cos(a)), float(np.sin(a))) for a in angles], [(i, (i + 1) % n) for i in range(n)],
        population=[UNIT_POPULATION] * n,
    )  # fmt: skip


def twins(income_share: float = 0.5) -> Cluster:
    """Two places with 1,000,000 people each, joined, in groups A and B; c1 has `income_share` of the GDP.

    Theil index s ln(2 s) + (1 - s) ln(2 (1 - s)), all of it between the groups; 0 for twins, ln 2 if c1 has all.
    """
    if not 0.0 <= income_share <= 1.0:
        raise InputError(f"income_share must be between 0 and 1, got {income_share!r}")
    share = [income_share, 1.0 - income_share]
    return _cluster(
        "twins", [(0.0, 0.0), (1.0, 0.0)], [(0, 1)], population=[UNIT_POPULATION] * 2,
        gdp=[2.0 * 10_000.0 * s for s in share],
    )  # fmt: skip


def island(n: int = 4) -> Cluster:
    """The `line` of n - 1 places, and one more place 5 degrees off the equator without a station.

    By rail the last place cannot be reached and reaches nobody; all else is as in `line`.
    """
    _at_least(n, 3)
    points = [(float(i), 0.0) for i in range(n - 1)] + [(0.0, 5.0)]
    return _cluster(
        "island", points, [(i, i + 1) for i in range(n - 2)], stations=n - 1,
        population=[UNIT_POPULATION / (i + 1) for i in range(n)],
    )  # fmt: skip


def hops(shape: str, n: int) -> NDArray[np.float64]:
    """Links between all pairs of places, shape (n, n), in closed form; +inf where there is no way.

    Parameters
    ----------
    shape : {'line', 'star', 'ring', 'twins', 'island'}
        Name of a toy cluster.
    n : int
        Its number of places.

    Raises
    ------
    InputError
        There is no such shape.
    """
    i, j = np.indices((n, n))
    apart: NDArray[np.float64] = np.abs(i - j).astype(float)
    if shape in ("line", "twins"):
        return apart
    if shape == "ring":
        return np.asarray(np.minimum(apart, n - apart))
    if shape == "star":
        return np.asarray(np.where(i == j, 0.0, np.where((i == 0) | (j == 0), 1.0, 2.0)))
    if shape == "island":
        return np.asarray(np.where((i == j) | ((i < n - 1) & (j < n - 1)), apart, np.inf))
    raise InputError(f"there is no toy cluster {shape!r}", hint="line, star, ring, twins, island")


def _at_least(n: int, least: int) -> None:
    if n < least:
        raise InputError(f"this toy needs at least {least} places, got {n}")


def _cluster(
    shape: str,
    points: Sequence[tuple[float, float]],
    edges: Edges,
    *,
    population: Sequence[float],
    gdp: Sequence[float] | None = None,
    stations: int | None = None,
) -> Cluster:
    n = len(points)
    ids = [f"c{i + 1}" for i in range(n)]
    with_station = n if stations is None else stations
    output = [people / 100.0 for people in population] if gdp is None else list(gdp)  # 10,000 CNY a head
    both = [(a, b) for a, b in edges] + [(b, a) for a, b in edges]
    places = _typed(_places(ids, points, population), "places").set_index("place_id")
    trains = pd.DataFrame(0.0, index=pd.Index(ids), columns=pd.Index(ids))
    for a, b in both:
        trains.loc[ids[a], ids[b]] = TRAINS
    for name in ids:
        trains.loc[name, name] = np.nan
    return Cluster(
        places=places,
        indicators=_typed(_indicators(ids, population, output), "indicators"),
        nodes=_typed(
            [
                {"node_id": f"n{i + 1}", "name": f"Station {i + 1}", "mode": "rail", "lon": points[i][0],
                 "lat": points[i][1], "place_id": ids[i], "central": True}
                for i in range(with_station)
            ],
            "nodes",
        ).set_index("node_id"),
        links=_typed(
            [
                {"link_id": f"l{k + 1}", "mode": "rail", "from_node": f"n{a + 1}", "to_node": f"n{b + 1}",
                 "length_km": 111.195, "time_min": HOP_MIN, "headway_min": 60.0, "services_per_day": TRAINS,
                 "status": "existing", "observed": False}
                for k, (a, b) in enumerate(edges)
            ],
            "links",
        ).set_index("link_id"),
        services=_typed(
            [
                {"timetable": "toy", "mode": "rail", "service": "G", "origin": f"n{a + 1}",
                 "destination": f"n{b + 1}", "services_per_day": TRAINS, "in_vehicle_min": HOP_MIN,
                 "fastest_min": HOP_MIN, "time_observed": False}
                for a, b in both
            ],
            "services",
        ),
        flows={"trains": trains},
        agreements=_typed([], "agreements").set_index("agreement_id"),
        attrs={
            "id": f"toy-{shape}", "name": f"Toy {shape}", "name_zh": "", "level": "city", "detail": "city",
            "group": "province", "base_year": 2020, "currency": "CNY", "timetable": "toy", "crs": "EPSG:6933",
            "datum": "WGS-84", "seed": 1, "languages": ["en"],
            "indicators": {"population": "population", "income": "gdp"},
        },
    )  # fmt: skip


def _places(
    ids: Sequence[str], points: Sequence[tuple[float, float]], population: Sequence[float]
) -> list[dict[str, Any]]:
    half = (len(ids) + 1) // 2
    rows: list[dict[str, Any]] = [
        {"place_id": g, "name": f"Group {g}", "kind": "province", "lon": None, "lat": None, "area_km2": None,
         "parent_id": None, "population": sum(population[:half] if g == "A" else population[half:])}
        for g in ("A", "B")
    ]  # fmt: skip
    for i, (name, (lon, lat)) in enumerate(zip(ids, points, strict=True)):
        rows.append(
            {"place_id": name, "name": f"City {i + 1}", "kind": "city", "parent_id": "A" if i < half else "B",
             "lon": lon, "lat": lat, "area_km2": 1000.0, "population": population[i]}
        )  # fmt: skip
    return rows


def _indicators(ids: Sequence[str], population: Sequence[float], gdp: Sequence[float]) -> list[dict[str, Any]]:
    """Population of 2010 is 10 % below that of 2020; three in four people are urban in 2010, all in 2020."""
    rows = []
    for name, people, output in zip(ids, population, gdp, strict=True):
        for indicator, year, value, unit in (
            ("population", 2010, 0.9 * people, "person"),
            ("population", 2020, people, "person"),
            ("urban_population", 2010, 0.675 * people, "person"),
            ("urban_population", 2020, people, "person"),
            ("gdp", 2020, output, "million CNY (current)"),
        ):
            rows.append(
                {"place_id": name, "year": year, "indicator": indicator, "value": value, "unit": unit,
                 "scope": "全市", "source": "toy"}
            )  # fmt: skip
    return rows


def _typed(rows: list[dict[str, Any]], table: str) -> pd.DataFrame:
    names = [f.name for f in schema(table)]
    frame, found = conform(pd.DataFrame(rows, columns=names), table, f"toy {table}")
    errors: list[Problem] = [p for p in found if p.severity == "error"]
    if errors:
        raise InputError("; ".join(p.line() for p in errors))
    return frame.astype({"year": "int64"}) if table == "indicators" else frame
