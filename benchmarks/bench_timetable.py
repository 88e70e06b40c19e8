"""Journeys by timetable beside Dijkstra over a time-expanded graph (scipy), same feed, same run; arrivals are compared.

Run: python benchmarks/bench_timetable.py [DATA]
DATA is a folder with the publishers' files (default: MEGAREGION_DATA): the German long-distance timetable of 2019 and
the outlines of 401 counties. No Python library searches timetables without a download of programs (r5py fetches R5).
"""

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from megaregion.core.connection_scan import earliest_arrivals, profiles_from, profiles_to
from megaregion.core.connections import Connections
from megaregion.data.sources.germany import PLATFORMS
from megaregion.data.sources.gtfs import merge_stations, read_gtfs
from megaregion.links.hard.rail_integration import rail_integration
from megaregion.links.hard.scheduled_times import scheduled_times
from megaregion.links.hard.timetable import Timetable

THREADS, DAY = 2, 86_400


def timed(work, repeats=3):
    """Least time of some runs and the last value."""
    best = np.inf
    for _ in range(repeats):
        begun = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - begun)
    return best, value


class Expanded:
    """Events as nodes: arrivals, departures, and a chain of departures at each stop for those who wait."""

    def __init__(self, timetable: Connections) -> None:
        c, m = timetable, len(timetable.tail)
        # node i: about to board connection i at its stop; m + i: aboard it; 2m + i: arrived with it
        board, aboard, arrived = np.arange(m), np.arange(m) + m, np.arange(m) + 2 * m
        order = np.lexsort((board, c.departure, c.tail))
        same = c.tail[order[1:]] == c.tail[order[:-1]]
        stay = np.flatnonzero(c.onward >= 0)
        arcs = [(order[:-1][same], order[1:][same], c.departure[order[1:]][same] - c.departure[order[:-1]][same]),
                (board[c.board], aboard[c.board], np.zeros(int(c.board.sum()))),
                (aboard, arrived, c.arrival - c.departure),
                (arrived[stay], aboard[c.onward[stay]], c.departure[c.onward[stay]] - c.arrival[stay])]  # fmt: skip
        self.at = [order[c.tail[order] == s] for s in range(c.stops)]
        first, to, walk = c.ways.by_origin(c.stops)
        for s in range(c.stops):
            here = np.flatnonzero((c.head == s) & c.alight)
            for f in range(first[s], first[s + 1]):
                there = self.at[to[f]]
                ready = c.arrival[here] + walk[f]
                place = np.searchsorted(c.departure[there], ready)
                ok = place < len(there)
                arcs.append((arrived[here[ok]], there[place[ok]], c.departure[there[place[ok]]] - c.arrival[here[ok]]))
        tail, head, seconds = (np.concatenate([np.asarray(a[i]) for a in arcs]) for i in range(3))
        self.graph = csr_matrix((seconds.astype(float), (tail, head)), shape=(3 * m, 3 * m))
        self.connections = c

    def arrivals(self, stop: int, second: int) -> np.ndarray:
        """Earliest alighting at every stop."""
        c = self.connections
        mine = self.at[stop]
        place = int(np.searchsorted(c.departure[mine], second))
        out = np.full(c.stops, np.inf)
        if place < len(mine):
            far = dijkstra(self.graph, indices=int(mine[place]))[2 * len(c.tail) :] + c.departure[mine[place]]
            np.minimum.at(out, c.head[c.alight], far[c.alight])
        return out


def one_to_all(timetable: Timetable) -> None:
    """From one busy station: a single departure, and every departure of a day."""
    c = timetable.connections
    stop = int(np.bincount(c.tail).argmax())
    build, graph = timed(lambda: Expanded(c), repeats=1)
    single, theirs = timed(lambda: graph.arrivals(stop, DAY // 3))
    scan, ours = timed(lambda: earliest_arrivals(c, [stop], [DAY // 3]).seconds, repeats=20)
    assert np.array_equal(ours, theirs)
    moments = np.unique(c.departure[(c.tail == stop) & c.board & (c.departure >= 0) & (c.departure < DAY)])
    begun = time.perf_counter()
    every = np.array([graph.arrivals(stop, int(t)) for t in moments])
    loop = time.perf_counter() - begun
    whole, _ = timed(lambda: profiles_from(c, [stop], [0]), repeats=10)
    part, _ = timed(lambda: profiles_to(c, [stop], [0], start=0), repeats=10)
    scans, again = timed(lambda: np.array([earliest_arrivals(c, [stop], [int(t)]).seconds for t in moments]), repeats=2)
    assert np.array_equal(again, every)
    print(f"{timetable.stops['name'].iloc[stop]}: {len(c.tail):,} connections of three days, {c.stops} stops, "
          f"{len(moments)} departures a day")  # fmt: skip
    print(f"  one departure to all: scan {1e3 * scan:.2f} ms, Dijkstra {1e3 * single:.1f} ms (graph in {build:.2f} s); "
          f"ratio {single / scan:.0f}")  # fmt: skip
    print(f"  all departures to all, Pareto with changes: {1e3 * whole:.1f} ms, turning time included; all to one: "
          f"{1e3 * part:.1f} ms")  # fmt: skip
    print(f"  the same without changes, a search a departure: scans {1e3 * scans:.0f} ms, Dijkstra {loop:.1f} s; "
          f"ratio of one profile to it {loop / whole:.0f}")  # fmt: skip


def matrix(timetable: Timetable, data: Path) -> None:
    """All 401 counties, whole day."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import geopandas as gpd

    shapes = gpd.read_file(data / "germany" / "Ebene_Kreise.geojson").sort_values("ARS")
    points = shapes.representative_point()
    places = shapes.set_index(shapes["ARS"].astype(str))[[]].assign(lon=points.x.to_numpy(), lat=points.y.to_numpy())
    scheduled_times(timetable, places.iloc[:2])  # compiles
    seconds, found = timed(lambda: scheduled_times(timetable, places, threads=THREADS), repeats=1)
    facts = found.facts()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(places)} x {len(places)} places, every departure of the day: {seconds:.1f} s ({THREADS} threads), "
          f"peak {peak:.2f} GB; {facts['pairs_without_journey']} pairs without journey, median of medians "
          f"{facts['p50_min_median']:.0f} min")  # fmt: skip
    demand = found.matrix("departures").fillna(0.0)
    seconds, (one, _) = timed(lambda: rail_integration(
        timetable, places, demand, classes={"ICE": "trunk", "*": "intercity"}), repeats=1)  # fmt: skip
    row = one.to_frame().iloc[0]
    print(f"integration of two networks, weights by departures: {seconds:.1f} s, index {row['index']:.3f}")


if __name__ == "__main__":
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["MEGAREGION_DATA"])
    begun = time.perf_counter()
    feed = merge_stations(read_gtfs(data / "germany" / "db-fv-gtfs-2019", out_of_order="drop"), PLATFORMS)
    table = Timetable.of_feed(feed, "2019-06-25", services=lambda s: s != "Bus")
    print(f"feed read and timetable of a day made in {time.perf_counter() - begun:.1f} s")
    earliest_arrivals(table.connections, [0], [0])
    profiles_to(table.connections, [0], [0], start=0)
    one_to_all(table)
    matrix(table, data)
