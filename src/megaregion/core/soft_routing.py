"""Soft routing: every chain of arcs is used, in proportion to exp(-theta x cost of the chain)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from megaregion.core.path_trees import BLOCKS, Floats, Graph, Index, PathTrees, in_blocks, path_trees, stacked
from megaregion.errors import InputError, SolveError

BIAS = 0.01  # share of the shortest cost by which the soft cost may lie below it without a warning
_RADIUS_STEPS = 2000


def spectral_radius(graph: Graph, theta: float) -> tuple[float, float]:
    """Lower and upper bound of the largest eigenvalue of ``A = [exp(-theta c)]``.

    Parameters
    ----------
    graph : Graph
        Its times are the costs c; with c = ln t this is A = [t^-theta].
    theta : float
        Per unit of cost, > 0.

    Notes
    -----
    Collatz and Wielandt: ``min_i (Av)_i / v_i <= rho <= max_i (Av)_i / v_i`` for every v > 0 (the lower bound over
    the nodes that hold nearly all of v). v comes from power iteration on A + s I, the shift s in proportion to the
    bound itself, so that neither a cycle of period two nor a tiny radius stops it.
    """
    if not graph.tail.size:
        return 0.0, 0.0
    a = csr_array((np.exp(-theta * graph.time), (graph.tail, graph.head)), shape=(graph.nodes, graph.nodes))
    v = np.ones(graph.nodes)
    low, high = 0.0, np.inf
    for _ in range(_RADIUS_STEPS):
        after = a @ v
        ratio = after / v
        low, high = max(low, float(ratio.min())), min(high, float(ratio.max()))
        if high == 0.0 or high - low <= 1e-9 * high:
            break
        v = np.maximum((after + 0.5 * high * v) / max(after.max(), 1e-300), 1e-250)
    return low, high


@dataclass(frozen=True, eq=False, kw_only=True)
class SoftTrees:
    """Soft costs between sources and targets, and what they owe to each arc.

    Attributes
    ----------
    trees : PathTrees
        Shortest paths over the same costs.
    theta : float
        Per unit of cost.
    radius : tuple of float
        Bounds of the spectral radius of A.
    scaled : ndarray, shape (p, nodes)
        ``B_sv exp(theta d_sv)``, at least 1 wherever a way leads: how many shortest paths all chains are worth.
    warnings : tuple of str
    """

    trees: PathTrees
    theta: float
    radius: tuple[float, float]
    scaled: Floats
    warnings: tuple[str, ...] = ()

    @property
    def graph(self) -> Graph:
        """The graph of costs."""
        return self.trees.graph

    @cached_property
    def bias(self) -> Floats:
        """Shortest minus soft cost, >= 0, shape (p, q): ``ln(scaled) / theta``; NaN where no way leads."""
        x = self.scaled[:, self.trees.targets]
        return np.log(np.where(x > 0, x, np.nan)) / self.theta

    @cached_property
    def time(self) -> Floats:
        """Soft costs ``-ln(B) / theta = ln tau``, shape (p, q); inf where no way leads."""
        return np.where(np.isfinite(self.trees.time), self.trees.time - np.nan_to_num(self.bias), np.inf)

    def sweep_arcs(self, weight: ArrayLike, *, threads: int | None = None) -> Floats:
        """Derivative of ``sum_od G_od time_od`` in the cost of each arc: (p, q) -> (arcs,), (k, p, q) -> (k, arcs).

        The same number is the traffic Xi of the arcs for the flows G: ``A_kl [B' (G / B) B']_kl``, each trip counted
        as often as it passes.

        Raises
        ------
        InputError
            The shape is another, a weight is not finite or stands on a pair that no way joins.
        SolveError
            The sums over chains do not settle: the spectral radius is too near to one.
        """
        from megaregion.core import soft_sweep

        g, single = stacked(weight, self.trees.time.shape)
        self._require_ways(g)
        t, graph = self.trees, self.graph
        p = len(t.sources)
        out, settled = np.zeros((min(BLOCKS, max(p, 1)), g.shape[0], graph.tail.size)), np.ones(p, bool)

        def work(block: int, low: int, high: int) -> None:
            soft_sweep.gather(
                low, high, self.theta, graph.tail, graph.head, graph.time, graph.first, t.distance, t.order,
                t.reached, t.targets, self.scaled, g, out[block], settled,
            )  # fmt: skip

        in_blocks(work, p, p * graph.tail.size * g.shape[0], threads)
        _require_settled(settled, self.radius)
        total: Floats = out.sum(axis=0)
        return total[0] if single else total

    def sweep(self, weight: ArrayLike, *, threads: int | None = None) -> Floats:
        """As `sweep_arcs`, summed over the arcs of each link: (p, q) -> (links,) or (k, p, q) -> (k, links)."""
        return self.graph.by_link(self.sweep_arcs(weight, threads=threads))

    def tangent(self, direction: ArrayLike, flow: ArrayLike, *, threads: int | None = None) -> tuple[Floats, Floats]:
        """Change of the soft costs and of the traffic when the costs of the arcs change along a direction.

        Parameters
        ----------
        direction : array (arcs,)
        flow : array (p, q)

        Returns
        -------
        time : ndarray, shape (p, q)
        traffic : ndarray, shape (arcs,)
            Directional derivative of ``sweep_arcs(flow)``. This map of directions is symmetric: it is the matrix of
            second derivatives of ``sum flow time``, which is concave.

        Raises
        ------
        InputError
            A shape is another, or a value is not finite.
        SolveError
            As for `sweep_arcs`.
        """
        from megaregion.core import soft_sweep

        g, single = stacked(flow, self.trees.time.shape)
        z = np.asarray(direction, dtype=np.float64)
        if not single or z.shape != self.graph.time.shape or not np.isfinite(z).all():
            raise InputError(f"direction must be finite with shape {self.graph.time.shape}, got {z.shape}; one flow")
        self._require_ways(g)
        t, graph, (entering, first_in) = self.trees, self.graph, self.graph.entering
        p = len(t.sources)
        slope, settled = np.zeros(t.time.shape), np.ones(p, bool)
        out = np.zeros((min(BLOCKS, max(p, 1)), graph.tail.size))

        def work(block: int, low: int, high: int) -> None:
            soft_sweep.tangent(
                low, high, self.theta, graph.tail, graph.head, graph.time, graph.first, first_in, entering,
                t.distance, t.order, t.reached, t.targets, self.scaled, g[0], z, slope, out[block], settled,
            )  # fmt: skip

        in_blocks(work, p, p * graph.tail.size, threads)
        _require_settled(settled, self.radius)
        return slope, out.sum(axis=0)

    def _require_ways(self, g: Floats) -> None:
        gone = np.isinf(self.trees.time)
        if gone.any() and (lost := (g != 0).any(axis=0) & gone).any():
            raise InputError(f"{int(lost.sum())} pairs have a weight but no way between them")


def soft_trees(
    graph: Graph, theta: float, *, sources: Index | None = None, targets: Index | None = None,
    threads: int | None = None,
) -> SoftTrees:  # fmt: skip
    """Soft costs of all pairs.

    Parameters
    ----------
    graph : Graph
        Its times are additive costs c. For iceberg costs t of the arcs, which multiply along a way, c = ln t.
    theta : float
        Per unit of cost, > 0: a way that is longer by 1 / theta is used 1/e times as often. With
        t = exp(time / scale) of Allen and Arkolakis it is their theta / scale.
    sources, targets : array of int, optional
        As for `path_trees`.
    threads : int, optional

    Raises
    ------
    InputError
        theta is not above zero.
    SolveError
        The spectral radius of A is one or more: chains of any length would count, cost has no lower bound.

    Notes
    -----
    Allen and Arkolakis (2022), REStud 89(6): A = [t^-theta], B = (I - A)^-1, tau = B^(-1/theta). Cycles are allowed
    and every chain lowers the cost, so that tau lies below the shortest path; the more so the smaller theta.
    """
    if not (theta > 0 and np.isfinite(theta)):
        raise InputError(f"theta must be > 0 and finite, got {theta!r}")
    radius = spectral_radius(graph, theta)
    if not radius[1] < 1.0:
        raise SolveError(
            f"soft routing has no finite cost: the spectral radius of A is {radius[1]:.4g}, and must be below 1",
            hint="raise theta, or lengthen links of (nearly) zero time",
        )
    from megaregion.core import soft_sweep

    t = path_trees(graph, sources=sources, targets=targets, threads=threads)
    p, (entering, first_in) = len(t.sources), graph.entering
    x, settled = np.zeros((p, graph.nodes)), np.ones(p, bool)

    def work(_: int, low: int, high: int) -> None:
        soft_sweep.spread(
            low, high, theta, graph.tail, graph.head, graph.time, first_in, entering, t.sources, t.distance, t.order,
            t.reached, x, settled,
        )  # fmt: skip

    in_blocks(work, p, p * max(graph.tail.size, 1), threads)
    _require_settled(settled, radius)
    out = SoftTrees(trees=t, theta=theta, radius=radius, scaled=x)
    return SoftTrees(trees=t, theta=theta, radius=radius, scaled=x, warnings=_remarks(out))


def _require_settled(settled: NDArray[np.bool_], radius: tuple[float, float]) -> None:
    if not settled.all():
        raise SolveError(
            f"the sums over chains do not settle at a spectral radius of {radius[1]:.6f}", hint="raise theta"
        )


def _remarks(soft: SoftTrees) -> tuple[str, ...]:
    away = soft.trees.sources[:, None] != soft.trees.targets[None, :]
    hard = soft.trees.time
    pairs = away & np.isfinite(hard) & (hard > 0)
    if not pairs.any():
        return ()
    share = soft.bias[pairs] / hard[pairs]
    if not share.max() > BIAS:
        return ()
    return (
        f"soft costs lie below the shortest path by up to {100 * share.max():.1f} per cent "
        f"(mean {100 * share.mean():.1f}); a larger theta brings them nearer",
    )
