"""Candidate rail links between adjacent cities by a stated rule, and what each would cost.

Rule: two cities share a boundary, and have fewer than 10 direct trains a day each way (both ways: 20), or
the time between their central stations (wait, ride, transfers; the faster of rail and road) is more than
1.5 times that of a new line. Access at both ends is the same with and without the line and stays out.
Every cost is an assumption.
"""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd
from rail_door import ACCESS_MIN, rail_minutes, road_minutes
from rail_stations import HERE, great_circle_km, read_cities

FEW_TRAINS = 20  # both ways together
SLOW = 1.5
LINE_CIRCUITY = 1.15
LINE_KMH = 250.0
STOP_MIN = 6.4  # intercept of the relation of G trains
WAIT_MIN = 15.0
COST_LAND = 150.0  # million CNY of 2020 per km
COST_WATER = {"sea": 600.0, "river or lake": 400.0}


@dataclass(frozen=True)
class Candidate:
    """A new line between the central stations of two adjacent cities."""

    first: str
    second: str
    from_node: str
    to_node: str
    straight_km: float
    trains_both_ways: int
    minutes_now: float
    water: tuple[tuple[str, float], ...]

    @property
    def length_km(self) -> float:
        """Length of the line."""
        return LINE_CIRCUITY * self.straight_km

    @property
    def line_min(self) -> float:
        """Running minutes, start to stop."""
        return self.length_km / LINE_KMH * 60.0 + STOP_MIN

    @property
    def few(self) -> bool:
        """Fewer than 10 trains a day each way."""
        return self.trains_both_ways < FEW_TRAINS

    @property
    def slow(self) -> bool:
        """Today's time is more than 1.5 times that of the line, wait included."""
        return self.minutes_now > SLOW * (self.line_min + WAIT_MIN)

    @property
    def parts(self) -> list[tuple[str, float, float]]:
        """Class, km and million CNY per km of each part of the line."""
        over = [(name, km, COST_WATER[name]) for name, km in self.water]
        return [("land", self.length_km - sum(km for _, km, _ in over), COST_LAND), *over]

    @property
    def cost(self) -> float:
        """Million CNY, an assumption."""
        return sum(km * per_km for _, km, per_km in self.parts)

    @property
    def cost_basis(self) -> str:
        """How the cost comes about, in words."""
        parts = " + ".join(f"{per_km:g} million CNY/km x {km:.1f} km ({name})" for name, km, per_km in self.parts)
        return f"{parts}; assumption"


def central_nodes(ids: dict[str, str]) -> pd.DataFrame:
    """Central station of each city by place_id: node_id (None without a railway), planned point, note."""
    table = pd.read_csv(HERE / "central_stations.csv", dtype=str, keep_default_na=False).set_index("place_id")
    return table.assign(node_id=[ids.get(s) for s in table.station])


def water_parts(first: str, second: str, path: Path = HERE / "water_crossings.csv") -> tuple[tuple[str, float], ...]:
    """Classes and km of water that the straight line between two cities crosses (hand-made table)."""
    table = pd.read_csv(path, dtype={"first": str, "second": str})
    table = table[(table["first"] == first) & (table["second"] == second)]
    return tuple((str(c), float(km)) for c, km in zip(table["class"], table.km, strict=True))


def adjacent(open_folder: Path) -> list[tuple[str, str]]:
    """Pairs of cities that share a boundary, each once, smaller code first."""
    cities = read_cities(open_folder)
    rows = list(cities[["place_id", "geometry"]].itertuples(index=False))
    return [(a.place_id, b.place_id) for a, b in combinations(rows, 2) if a.geometry.intersects(b.geometry)]


def considered(open_folder: Path, central: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[Candidate]:
    """A new line for every adjacent pair, with what there is today."""
    nodes, flows = tables["nodes"].set_index("node_id"), tables["flows"]
    trains = flows.set_index(["origin", "destination"]).value
    rail = rail_minutes(tables["nodes"], tables["services"])
    out = []
    for a, b in adjacent(open_folder):
        u, v = central.node_id[a], central.node_id[b]
        points = [(float(nodes.lon[n]), float(nodes.lat[n])) for n in (u, v)]
        km = great_circle_km(points[0], points[1])
        by_road = road_minutes(km)
        by_rail = (
            (rail.loc[u, v] + rail.loc[v, u]) / 2 - 2 * ACCESS_MIN
            if u in rail.index and v in rail.index
            else float("inf")
        )
        out.append(
            Candidate(
                first=a,
                second=b,
                from_node=u,
                to_node=v,
                straight_km=km,
                trains_both_ways=int(trains[(a, b)] + trains[(b, a)]),
                minutes_now=min(float(by_rail), by_road),
                water=water_parts(a, b),
            )
        )
    return out


def candidates(lines: list[Candidate]) -> list[Candidate]:
    """Those that the rule admits."""
    return [c for c in lines if c.few or c.slow]
