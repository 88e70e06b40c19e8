"""Times between places as a function of the links: what a faster link changes, pair by pair, and back to the link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.path_trees import Graph, PathTrees, path_trees
from megaregion.core.soft_routing import SoftTrees, soft_trees
from megaregion.core.sphere import own_km
from megaregion.data.cluster import Cluster, units
from megaregion.equilibrium.legs import Legs
from megaregion.errors import InputError, MissingDataError, SolveError
from megaregion.links.hard.network import TimesOptions

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
COLUMNS = ("from_node", "to_node", "time", "mode", "oneway")


@dataclass(frozen=True, eq=False, kw_only=True)
class Connectors:
    """Arcs that are no links: access, changes, roads known only from end to end. One direction each.

    Attributes
    ----------
    tail, head : ndarray of int, shape (m,)
    time : ndarray, shape (m,)
    """

    tail: Whole
    head: Whole
    time: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkNetwork:
    """Links between nodes, where trips of places start and end, and how they are routed.

    Attributes
    ----------
    places : tuple of str
        place_id, in the order of rows and columns of all matrices (n).
    links : DataFrame
        Index `link_id`; columns from_node, to_node (names), time (> 0, in `unit`), mode, oneway.
    tail, head : ndarray of int, shape (links,)
        Numbers of the nodes that a link joins.
    nodes : int
    start, end : ndarray of int, shape (n,)
        Node where trips of a place start, and where they end; the same unless a way must not lead through a place.
    own_time : ndarray, shape (n,)
        Time inside a place: the diagonal of the times. No link changes it.
    connectors : Connectors, optional
    theta : float, optional
        Soft routing with this dispersion per unit of time (`megaregion.core.soft_routing.soft_trees`); None: the
        shortest path. Use hard times for what is reported, soft ones for optimisation, and say how far apart.
    unit : str
        Of all times.
    """

    places: tuple[str, ...]
    links: pd.DataFrame
    tail: Whole
    head: Whole
    nodes: int
    start: Whole
    end: Whole
    own_time: Array
    connectors: Connectors | None = None
    theta: float | None = None
    unit: str = "min"

    def __post_init__(self) -> None:
        if found := self.problems():
            raise InputError("network: " + "; ".join(found), hint="correct the links")

    @classmethod
    def from_links(
        cls, places: Sequence[str], links: pd.DataFrame, own_time: ArrayLike, *, through: Sequence[str] = (),
        theta: float | None = None, unit: str = "min",
    ) -> LinkNetwork:  # fmt: skip
        """Network whose nodes are the places and, if any, nodes where nobody lives.

        Parameters
        ----------
        places : sequence of str
        links : DataFrame
            Index `link_id`; columns from_node, to_node (place_id or a name of `through`), time; mode and oneway if
            there are any (default "link" and False).
        own_time : array (n,)
            Time inside each place.
        through : sequence of str
            Further nodes.

        Raises
        ------
        InputError
            A name is unknown or repeated, a time is not above zero; all are listed.
        """
        names = pd.Index([*map(str, places), *map(str, through)])
        lost = [c for c in COLUMNS[:3] if c not in links.columns]
        if lost:
            raise InputError(f"links lack the columns {', '.join(lost)}", hint="columns: " + ", ".join(COLUMNS))
        frame = links.assign(mode=links.get("mode", "link"), oneway=links.get("oneway", False))[list(COLUMNS)]
        ends = [frame[c].astype(str) for c in COLUMNS[:2]]
        unknown = sorted({name for end in ends for name in end if name not in names})
        if unknown or not names.is_unique:
            twice = [str(name) for name in names[names.duplicated()]]
            raise InputError(f"links name unknown nodes: {unknown[:5]}; nodes that repeat: {twice[:5]}")
        tail, head = (names.get_indexer(pd.Index(end)).astype(np.int64) for end in ends)
        number = np.arange(len(places))
        return cls(
            places=tuple(map(str, places)), links=frame, tail=tail, head=head, nodes=len(names), start=number,
            end=number, own_time=np.asarray(own_time, dtype=np.float64), theta=theta, unit=unit,
        )  # fmt: skip

    @classmethod
    def from_distances(
        cls, distance: pd.DataFrame, *, nearest: int = 6, mode: str = "link", theta: float | None = None,
        unit: str = "km",
    ) -> LinkNetwork:  # fmt: skip
        """Graph that joins every place with its nearest ones; a link is there if either end counts the other as near.

        Parameters
        ----------
        distance : DataFrame, shape (n, n)
            Lengths or times between places, rows and columns the same labels in the same order; symmetric. The
            diagonal is the own time. Equal distances go to the place that comes first.
        nearest : int
            Neighbours of each place. Six join the 401 German counties by 1,443 links.

        Raises
        ------
        InputError
            The table is not square, not symmetric, has values that are not above zero, or falls into pieces.
        """
        d = distance.to_numpy(dtype=np.float64)
        n = len(distance)
        problems = []
        if d.shape != (n, n) or not distance.index.equals(distance.columns) or not distance.index.is_unique:
            raise InputError("distance must be square, with the same unique labels on rows and columns")
        if not (np.isfinite(d) & (d > 0)).all():
            problems.append(f"{int((~(np.isfinite(d) & (d > 0))).sum())} distances are missing or not above zero")
        elif not np.allclose(d, d.T, rtol=1e-9, atol=0):
            problems.append("distances differ by direction")
        if not 1 <= nearest < max(n, 2):
            problems.append(f"nearest must lie between 1 and {n - 1}, got {nearest}")
        if problems:
            raise InputError("; ".join(problems))
        away = d.copy()
        np.fill_diagonal(away, np.inf)
        chosen = np.argsort(away, axis=1, kind="stable")[:, : nearest if n > 1 else 0]
        near = np.zeros((n, n), bool)
        np.put_along_axis(near, chosen, True, axis=1)
        a, b = np.nonzero(np.triu(near | near.T))
        labels = distance.index.astype(str)
        links = pd.DataFrame(
            {"from_node": labels[a], "to_node": labels[b], "time": d[a, b], "mode": mode, "oneway": False},
            index=pd.Index(labels[a] + "--" + labels[b], name="link_id"),
        )
        out = cls.from_links(list(labels), links, np.diag(d), theta=theta, unit=unit)
        if n and path_trees(out.graph, sources=[0]).reached[0] < n:
            raise InputError(f"with {nearest} nearest places the network falls into pieces", hint="raise nearest")
        return out

    @classmethod
    def from_cluster(
        cls, cluster: Cluster, *, options: TimesOptions | None = None, theta: float | None = None
    ) -> LinkNetwork:
        """Door-to-door journeys of a workspace; a link is a direct rail leg between two stops, in one direction.

        Parameters
        ----------
        cluster : Cluster
        options : TimesOptions, optional
            Default: the table [options.times] of the workspace.

        Raises
        ------
        InputError
            An option, a service or a link cannot be used.
        MissingDataError
            A place lacks coordinates or area.

        Notes
        -----
        Access, waiting, changes and the road from door to door are arcs of one graph: places, platforms, arrivals,
        places again. Its shortest paths are the times of `megaregion.links.hard.times.times` (the faster of rail
        and road) to rounding, so that one function of time serves gradient and report. The time of a leg holds the
        wait; roads are known from end to end only and are no links.
        """
        place = units(cluster)
        gaps = place.index[~(place[["lon", "lat"]].notna().all(axis=1) & (place["area_km2"] > 0))]
        if len(gaps):
            raise MissingDataError(f"places: lon, lat or area_km2 is missing: {', '.join(map(str, gaps[:5]))}")
        legs = Legs.of(cluster, options)
        graph = legs.door_to_door(place["lon"].to_numpy(float), place["lat"].to_numpy(float))
        links = pd.DataFrame(
            {
                "from_node": legs.stops[legs.origin], "to_node": legs.stops[legs.destination],
                "time": legs.minutes, "mode": "rail", "oneway": True,
            },
            index=pd.Index(legs.names(), name="link_id"),
        )  # fmt: skip
        own = legs.options.road_min(own_km(place["area_km2"].to_numpy(float)))
        return cls(
            places=tuple(map(str, place.index)), links=links, tail=graph.platform + legs.origin,
            head=graph.arrival + legs.destination, nodes=graph.nodes, start=graph.start, end=graph.end, own_time=own,
            connectors=Connectors(tail=graph.tail, head=graph.head, time=graph.time), theta=theta,
        )  # fmt: skip

    @cached_property
    def graph(self) -> Graph:
        """The network for the search of paths; links are numbered as the rows of `links`."""
        time, oneway = self.links["time"].to_numpy(float), self.links["oneway"].to_numpy(bool)
        c, m = self.connectors, len(self.links)
        if c is None:
            out = Graph.from_links(self.nodes, self.tail, self.head, time, oneway=oneway)
        else:
            out = Graph.from_links(
                self.nodes, np.r_[self.tail, c.tail], np.r_[self.head, c.head], np.r_[time, c.time],
                oneway=np.r_[oneway, np.ones(c.tail.size, bool)],
                link=np.r_[np.arange(m), np.full(c.tail.size, -1)],
            )  # fmt: skip
        return replace(out, links=m)

    def scaled(self, link: str | Iterable[str] | Mapping[str, float], factor: float = 1.0) -> LinkNetwork:
        """The network with the time of some links multiplied.

        Parameters
        ----------
        link : str, iterable of str, or mapping of str to float
            link_id; a mapping gives each its own factor.
        factor : float
            For all of them unless a mapping is given.

        Raises
        ------
        InputError
            A link is not there, or a factor is not above zero.
        """
        if isinstance(link, Mapping):
            chosen = {str(name): float(value) for name, value in link.items()}
        else:
            chosen = dict.fromkeys([link] if isinstance(link, str) else link, float(factor))
        lost = [name for name in chosen if name not in self.links.index]
        if lost:
            raise InputError(f"{len(lost)} links are not in the network: {', '.join(lost[:5])}")
        factors = np.ones(len(self.links))
        factors[self.links.index.get_indexer(pd.Index(list(chosen)))] = list(chosen.values())
        return self.with_times(self.links["time"].to_numpy(float) * factors)

    def with_times(self, time: ArrayLike) -> LinkNetwork:
        """The network with other times of its links, shape (links,).

        Raises
        ------
        InputError
            The shape is another, or a time is not above zero.
        """
        t = np.asarray(time, dtype=np.float64)
        if t.shape != (len(self.links),):
            raise InputError(f"time has the shape {t.shape}, expected ({len(self.links)},)")
        return replace(self, links=self.links.assign(time=t))

    def replace(self, *, theta: float | None) -> LinkNetwork:
        """The network with another routing."""
        return replace(self, theta=theta)

    def problems(self) -> list[str]:
        """What makes no sense; empty if all is well."""
        out = []
        n, m = len(self.places), len(self.links)
        if len(set(self.places)) < n:
            out.append("places repeat")
        if not self.links.index.is_unique:
            twice = self.links.index[self.links.index.duplicated()]
            out.append(f"link_id repeats: {', '.join(map(str, twice[:5]))}")
        sizes = ((self.tail, m), (self.head, m), (self.start, n), (self.end, n), (self.own_time, n))
        if any(value.shape != (size,) for value, size in sizes):
            return [*out, "tail, head (links) or start, end, own_time (places) have the wrong size"]
        time = self.links["time"].to_numpy(float)
        if (bad := self.links.index[~(np.isfinite(time) & (time > 0))]).size:
            out.append(f"time must be above zero and finite: {', '.join(map(str, bad[:5]))}")
        if not (np.isfinite(self.own_time) & (self.own_time > 0)).all():
            out.append("own_time must be above zero and finite")
        if self.theta is not None and not (self.theta > 0 and np.isfinite(self.theta)):
            out.append(f"theta must be above zero, got {self.theta!r}")
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class Routes:
    """Times over a network and the way back from pairs to links.

    Attributes
    ----------
    network : LinkNetwork
    trees : PathTrees or SoftTrees
    time : array (n, n)
        Rows origin, columns destination of the trip; own times on the diagonal, inf where no way leads.
    warnings : tuple of str
    """

    network: LinkNetwork
    trees: PathTrees | SoftTrees
    time: Array
    warnings: tuple[str, ...] = ()

    def sweep(self, by_time: ArrayLike) -> Array:
        """Derivative in the time of every link of a number whose derivative in the times of the pairs is given.

        Parameters
        ----------
        by_time : array (n, n) or (k, n, n)
            ``dOmega / dt_od``; the diagonal is ignored, because no link changes own times.

        Returns
        -------
        array (links,) or (k, links)
        """
        return self.trees.sweep(between(by_time))

    def kinked(self, tolerance: float = 1e-12) -> NDArray[np.bool_]:
        """Links where the choice of the path is tied within this share, shape (links,); none under soft routing."""
        if isinstance(self.trees, SoftTrees):
            return np.zeros(len(self.network.links), bool)
        return self.trees.kinked(tolerance)


def routes(network: LinkNetwork) -> Routes:
    """Route all pairs of a network.

    Raises
    ------
    SolveError
        Soft routing with a spectral radius of one or more, or so soft that a time is not above zero.
    """
    graph, start, end = network.graph, network.start.astype(np.int32), network.end.astype(np.int32)
    trees: PathTrees | SoftTrees
    notes: list[str] = []
    if network.theta is None:
        trees = hard = path_trees(graph, sources=start, targets=end)
        if hard.tied.any():
            notes.append(f"{int(hard.kinked().sum())} links lie on one of several equally short ways: their derivative "
                         "depends on the sign of the change")  # fmt: skip
    else:
        trees = soft_trees(graph, network.theta, sources=start, targets=end)
        notes += trees.warnings
    time = np.array(trees.time)
    np.fill_diagonal(time, network.own_time)
    if not (time > 0).all():
        raise SolveError("soft routing gives times that are not above zero", hint="raise theta")
    if lost := int(np.isinf(time).sum()):
        notes.append(f"{lost} pairs of places have no way between them")
    return Routes(network=network, trees=trees, time=time, warnings=tuple(notes))


def times(network: LinkNetwork) -> Array:
    """Times between places (n, n), rows origin, columns destination; own times on the diagonal."""
    return routes(network).time


def cost(time: ArrayLike, elasticity: float, *, baseline: ArrayLike | None = None) -> Array:
    """``time^elasticity``, or the factor on the cost when the baseline times are given; (n, n).

    Notes
    -----
    Monte, Redding and Rossi-Hansberg (2018): trade cost dist^psi, commuting cost time^mu. Only the elasticity form is
    free of the unit of time.
    """
    t = np.asarray(time, dtype=np.float64)
    return np.asarray((t if baseline is None else t / np.asarray(baseline, dtype=np.float64)) ** elasticity)


def by_time(by_log_cost: ArrayLike, elasticity: float, time: ArrayLike) -> Array:
    """``dOmega/dt_od = elasticity x dOmega/dln cost_od / t_od`` between different places; (n, n) or (k, n, n).

    Rows and columns are those of `time` (origin, destination): transpose matrices of trade, whose rows are
    destinations.
    """
    t = np.asarray(time, dtype=np.float64)
    return between(elasticity * np.asarray(by_log_cost, dtype=np.float64) / t)


def between(values: ArrayLike) -> Array:
    """A copy with a zero diagonal, shape (..., n, n)."""
    out = np.array(values, dtype=np.float64)
    number = np.arange(out.shape[-1])
    out[..., number, number] = 0.0
    return out
