"""Congestion: times rise with the traffic that they themselves route, at given flows between places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.fixed_point import anderson
from megaregion.core.path_trees import Graph
from megaregion.core.soft_routing import SoftTrees, soft_trees
from megaregion.equilibrium.network import LinkNetwork, between
from megaregion.errors import ConvergenceError, InputError

Array = NDArray[np.float64]
Form = Literal["one_plus", "power"]
FORMS: tuple[Form, ...] = ("one_plus", "power")


@dataclass(frozen=True, kw_only=True)
class Congestion:
    """How the time of an arc grows with its traffic.

    Attributes
    ----------
    strength : float
        Elasticity of the iceberg cost to traffic, lambda.
    cost_per_time : float
        Elasticity of the iceberg cost to time (psi); times grow with the exponent strength / cost_per_time, so that a
        doubling of all traffic raises all costs by 2^strength.
    form : {"one_plus", "power"}
        ``(1 + traffic / capacity)^e`` or ``(traffic / capacity)^e``.
    capacity : float
        In the unit of the flows.

    Notes
    -----
    Allen and Arkolakis (2022), REStud 89(6): t = t_free Xi^lambda with lambda = delta_1 / theta, .739 / 8 = .092
    between cities and .071 (delta_1 = .488) within one. delta_1 is the elasticity of *time*; it is what the exponent
    becomes at their elasticity of cost to time of 1 / theta.
    """

    strength: float = 0.092
    cost_per_time: float = 1.0
    form: Form = "one_plus"
    capacity: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        if not (self.strength >= 0 and np.isfinite(self.strength)):
            problems.append(f"strength must be >= 0, got {self.strength!r}")
        for name in ("cost_per_time", "capacity"):
            if not (getattr(self, name) > 0 and np.isfinite(getattr(self, name))):
                problems.append(f"{name} must be > 0, got {getattr(self, name)!r}")
        if self.form not in FORMS:
            problems.append(f"form must be one of {', '.join(FORMS)}, got {self.form!r}")
        if problems:
            raise InputError("congestion: " + "; ".join(problems))

    @property
    def exponent(self) -> float:
        """Elasticity of time to (one plus) traffic."""
        return self.strength / self.cost_per_time

    def log_delay(self, traffic: Array) -> Array:
        """ln(time / free time) of arcs."""
        load = traffic / self.capacity
        return self.exponent * (np.log1p(load) if self.form == "one_plus" else np.log(load))

    def slope(self, traffic: Array) -> Array:
        """Derivative of `log_delay`."""
        return self.exponent / (traffic + (self.capacity if self.form == "one_plus" else 0.0))


@dataclass(frozen=True, eq=False, kw_only=True)
class CongestedRoutes:
    """Times and traffic that agree with each other at given flows.

    Attributes
    ----------
    network : LinkNetwork
        With free times.
    congestion : Congestion
    flow : array (n, n)
        Trips or values, rows origin, columns destination; zero diagonal.
    free : array (arcs,)
        Free time of the arcs of the network's graph.
    trees : SoftTrees
        At the congested times.
    traffic : array (arcs,)
        Each direction of a link is an arc of its own.
    time : array (n, n)
    iterations : int
    residual : float
        Largest log gap between the time of an arc and what its traffic makes it.
    warnings : tuple of str
    """

    network: LinkNetwork
    congestion: Congestion
    flow: Array
    free: Array
    trees: SoftTrees
    traffic: Array
    time: Array
    iterations: int
    residual: float
    warnings: tuple[str, ...] = ()

    @property
    def graph(self) -> Graph:
        """Arcs with their congested times."""
        return self.trees.graph

    @cached_property
    def _slope(self) -> Array:
        """Derivative of ln time in traffic; zero on arcs that are no link."""
        jam = self.graph.link >= 0
        return np.where(jam, self.congestion.slope(np.where(jam, self.traffic, 1.0)), 0.0)

    def _adjoint(self, by_time: Array) -> Array:
        """Solve ``(I - M' D) xi = g``, in logs of arc times: g (arcs,) at fixed traffic -> xi (arcs,)."""
        from scipy.sparse.linalg import LinearOperator, gmres

        direct = self.trees.sweep_arcs(by_time) * self.graph.time
        if not self._slope.any():
            return direct

        def apply(xi: Array) -> Array:
            # M = dTraffic / dln time = H diag(time) with H symmetric, hence M' z = time * H z
            _, moved = self.trees.tangent(self._slope * xi, self.flow)
            return xi - self.graph.time * moved

        size = direct.size
        found, info = gmres(
            LinearOperator((size, size), matvec=apply), direct, x0=direct, rtol=1e-12, atol=0.0, restart=60, maxiter=5
        )
        if info:
            raise ConvergenceError("the adjoint of congestion did not converge", last=np.asarray(found))
        return np.asarray(found)

    def sweep(self, by_time: ArrayLike) -> Array:
        """Derivative in the *free* time of every link, traffic and times adjusting at given flows.

        Parameters
        ----------
        by_time : array (n, n) or (k, n, n)
            ``dOmega / dt_od``.

        Returns
        -------
        array (links,) or (k, links)

        Raises
        ------
        ConvergenceError
            The linear system is not solved.
        """
        g = between(by_time)
        rows = [self._adjoint(row) for row in g.reshape(-1, *g.shape[-2:])]
        out = self.graph.by_link(np.stack(rows)) / self.network.links["time"].to_numpy(float)
        return np.asarray(out.reshape(*g.shape[:-2], -1))

    def by_flow(self, by_time: ArrayLike) -> Array:
        """Derivative in the flows (n, n) at given free times: what one more trip costs all others through congestion.

        Parameters
        ----------
        by_time : array (n, n)
            ``dOmega / dt_od``.

        Notes
        -----
        With trade in the flows this is the term that couples the network to the adjoint of the economy.
        """
        xi = self._adjoint(between(by_time))
        # a trip from o to d adds dt_od / dt_a to the traffic of a, hence the forward derivative along D xi
        change, _ = self.trees.tangent(self._slope * xi, self.flow)
        return between(change)


def free_times(network: LinkNetwork, flow: ArrayLike, congestion: Congestion) -> Array:
    """Free times of the arcs for which the times of `network` are the congested ones at these flows, shape (arcs,).

    Raises
    ------
    InputError
        The network is routed hard, or the flows do not fit.
    """
    trees = soft_trees(*_soft(network), sources=network.start.astype(np.int32), targets=network.end.astype(np.int32))
    graph = trees.graph
    traffic = trees.sweep_arcs(_flow(network, flow))
    return graph.time * np.exp(-np.where(graph.link >= 0, _delay(congestion, traffic, graph), 0.0))


def congested(
    network: LinkNetwork, flow: ArrayLike, congestion: Congestion, *, free: ArrayLike | None = None,
    tolerance: float = 1e-12, max_iterations: int = 500,
) -> CongestedRoutes:  # fmt: skip
    """Times at which the traffic of given flows is what makes them.

    Parameters
    ----------
    network : LinkNetwork
        Soft routing; its link times are the free ones.
    flow : array (n, n)
        >= 0, rows origin, columns destination, in the unit of the capacity; the diagonal is ignored.
    congestion : Congestion
    free : array (arcs,), optional
        Free times of the arcs, from `free_times`; default those of the network. After `network.scaled` multiply them
        by the same factors.
    tolerance : float
        On the log gap of every arc.
    max_iterations : int

    Raises
    ------
    InputError
        The network is routed hard (its traffic jumps, no fixed point need exist), or the flows do not fit.
    ConvergenceError
        No agreement within the iterations.

    Notes
    -----
    The fixed point is unique where time rises with traffic: it is the maximum of a strictly concave function of the
    times, ``sum flow t_od(t) - sum_a int (inverse of the delay)`` (Akamatsu 1996, Transportation Research B 30, 369;
    Baillon and Cominetti 2008, Mathematical Programming 111, 33). Solved in ln time by Anderson acceleration.
    """
    graph, theta = _soft(network)
    x = _flow(network, flow)
    base = graph.time if free is None else np.asarray(free, dtype=np.float64)
    if base.shape != graph.time.shape or not (base > 0).all():
        raise InputError(f"free must be above zero with shape {graph.time.shape}, got {base.shape}")
    start, end = network.start.astype(np.int32), network.end.astype(np.int32)

    def route(log_delay: Array) -> SoftTrees:
        return soft_trees(graph.with_time(base * np.exp(log_delay)), theta, sources=start, targets=end)

    def step(state: Array) -> tuple[Array, Array]:
        gap = np.empty_like(state)
        for row, u in enumerate(state):
            gap[row] = _delay(congestion, route(u).sweep_arcs(x), graph) - u
        # traffic falls by about theta x time per log of time: the whole step would overshoot by that
        damped = state + gap / (1.0 + congestion.exponent * theta * base * np.exp(state))
        return damped, np.abs(gap).max(axis=1, initial=0.0)

    first = _delay(congestion, soft_trees(graph, theta, sources=start, targets=end).sweep_arcs(x), graph)
    point = anderson(step, first[None], tolerance=tolerance, max_iterations=max_iterations, memory=20, largest_step=1.0)
    trees = route(point.x[0])
    time = np.array(trees.time)
    np.fill_diagonal(time, network.own_time)
    return CongestedRoutes(
        network=network, congestion=congestion, flow=x, free=base, trees=trees, traffic=trees.sweep_arcs(x),
        time=time, iterations=int(point.iterations[0]), residual=float(point.residual[0]), warnings=trees.warnings,
    )  # fmt: skip


def scaled_free(network: LinkNetwork, free: Array, factor: ArrayLike) -> Array:
    """Free times of the arcs after the links were multiplied by `factor` (links,); other arcs stay."""
    f, link = np.asarray(factor, dtype=np.float64), network.graph.link
    return np.where(link >= 0, free * f[np.maximum(link, 0)], free)


def _soft(network: LinkNetwork) -> tuple[Graph, float]:
    if network.theta is None:
        raise InputError(
            "congestion needs soft routing: on shortest paths traffic jumps from one way to the other",
            hint="give the network a theta",
        )
    return network.graph, network.theta


def _flow(network: LinkNetwork, flow: ArrayLike) -> Array:
    x = between(flow)
    n = len(network.places)
    if x.shape != (n, n) or not (np.isfinite(x) & (x >= 0)).all():
        raise InputError(f"flow must be finite and >= 0 with shape {(n, n)}, got {x.shape}")
    return x


def _delay(congestion: Congestion, traffic: Array, graph: Graph) -> Array:
    """ln(time / free time), zero on arcs that are no link."""
    jam = graph.link >= 0
    if congestion.form == "power" and (jam & ~(traffic > 0)).any():
        raise InputError(
            f"{int((jam & ~(traffic > 0)).sum())} arcs carry nothing, and the power form gives them no time",
            hint="use the form one_plus, or flows between all places",
        )
    out = np.zeros(traffic.size)
    out[jam] = congestion.log_delay(traffic[jam])
    return out
