"""From trains to links: consecutive stops, and the decomposition of chords into shorter links."""

import heapq
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pandas as pd
from rail_sequences import Train, calls
from rail_stations import Stations
from rail_timetable import CLASS_OF_RELATION, Clock

DETOUR = 1.08  # a chord is a way over shorter links if these are at most 8 % longer

Edge = tuple[str, str]
Graph = dict[str, dict[str, float]]


def consecutive(trains: Iterable[Train], stations: Stations) -> dict[Edge, Counter[str]]:
    """Directed pairs of consecutive stops with known points -> trains by class."""
    edges: dict[Edge, Counter[str]] = {}
    for train in trains:
        names = [stations.resolve(s, "2020") for s in calls(train.stops)]
        for a, b in pairwise(names):
            if a is not None and b is not None:
                edges.setdefault((a, b), Counter())[train.service] += 1
    return edges


def undirected(edges: Iterable[Edge]) -> list[Edge]:
    """Each pair once, in alphabetical order."""
    return sorted({(min(e), max(e)) for e in edges})


def decompose(edges: list[Edge], stations: Stations) -> Graph:
    """Drop, longest first, every edge that shorter remaining ones replace within `DETOUR`."""
    graph: Graph = {}
    for a, b in edges:
        km = stations.straight_km(a, b)
        graph.setdefault(a, {})[b] = km
        graph.setdefault(b, {})[a] = km
    for a, b in sorted(edges, key=lambda e: (-graph[e[0]][e[1]], e)):
        km = graph[a].pop(b)
        del graph[b][a]
        if shortest(graph, a, b)[0] > DETOUR * km:
            graph[a][b] = graph[b][a] = km
    return graph


def shortest(graph: Graph, start: str, end: str) -> tuple[float, list[str]]:
    """Length and stations of the shortest path; infinity and no stations if there is none."""
    best = {start: 0.0}
    before: dict[str, str] = {}
    heap = [(0.0, start)]
    while heap:
        so_far, here = heapq.heappop(heap)
        if here == end:
            path = [end]
            while path[-1] != start:
                path.append(before[path[-1]])
            return so_far, path[::-1]
        if so_far > best[here]:
            continue
        for there, km in sorted(graph[here].items()):
            if so_far + km < best.get(there, float("inf")):
                best[there] = so_far + km
                before[there] = here
                heapq.heappush(heap, (so_far + km, there))
    return float("inf"), []


def trains_on_links(edges: dict[Edge, Counter[str]], graph: Graph) -> Counter[Edge]:
    """Trains a day over each directed link, those that pass without stopping included."""
    load: Counter[Edge] = Counter()
    for (a, b), by_class in sorted(edges.items()):
        for link in pairwise(shortest(graph, a, b)[1]):
            load[link] += by_class.total()
    return load


def rail_km(clock: Clock, service: str, a: str, b: str, straight: float) -> float:
    """Length of a link: rail km of 2014 where known, else circuity of the class times great circle."""
    known = clock.lengths_km.get((min(a, b), max(a, b)))
    return known if known is not None else clock.relations[CLASS_OF_RELATION[service]].circuity * straight


def links(trains: list[Train], stations: Stations, clock: Clock, ids: dict[str, str]) -> pd.DataFrame:
    """Table `links` of the decomposed links inside the cities; time of the fastest class, start to stop."""
    edges = {
        (a, b): n for (a, b), n in consecutive(trains, stations).items() if stations.inside(a) and stations.inside(b)
    }
    graph = decompose(undirected(edges), stations)
    load = trains_on_links(edges, graph)
    rows = []
    for a, b in undirected((start, end) for start in graph for end in graph[start]):
        straight = graph[a][b]
        ways = [(s, way) for way in ((a, b), (b, a)) for s in sorted(edges.get(way, ()))]
        minutes = {s: [clock.run_min(s, *way, straight) for x, way in ways if x == s] for s, _ in ways}
        mean = {s: sum(m) / len(m) for s, m in minutes.items()}
        fastest = min(mean, key=lambda s: (mean[s], s))
        first, last = sorted((a, b), key=lambda n: ids[n])
        rows.append(
            {
                "link_id": f"{ids[first]}--{ids[last]}",
                "mode": "rail",
                "from_node": ids[first],
                "to_node": ids[last],
                "length_km": round(rail_km(clock, fastest, a, b, straight), 2),
                "time_min": round(mean[fastest], 1),
                "services_per_day": (load[(a, b)] + load[(b, a)]) / 2,
                "oneway": False,
                "status": "existing",
                "observed": False,
                "source": "rail-2020",
                "x_class": fastest,
                "x_time_2014": any(clock.timed(fastest, *way) for x, way in ways if x == fastest),
            }
        )
    return pd.DataFrame(rows).sort_values("link_id", ignore_index=True)
