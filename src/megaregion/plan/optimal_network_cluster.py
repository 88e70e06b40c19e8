"""The planner's problem of a region: places and output from its tables, edges where links run today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.core.sphere import great_circle_km
from megaregion.data.cluster import Cluster, ancestor, units, values
from megaregion.errors import InputError, MissingDataError
from megaregion.plan.optimal_network_problem import (
    BOTH_WAYS,
    Array,
    Graph,
    Indices,
    PlannerParameters,
    PlannerProblem,
)

EUROPE = PlannerParameters(alpha=0.4, beta=0.13, gamma=0.10, rho=2.0, sigma=5.0, a=1.0)
CAPACITY = "services_per_day"
CAVEATS = (
    "every number is modelled: goods are inferred from output, not observed, and the elasticities are those of "
    "European roads (Fajgelbaum and Schaal 2020)",
    "people stay where they are, the region is closed, goods do not congest each other, and a unit of "
    "infrastructure costs the same per km everywhere, over mountains and water too",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ClusterNetwork:
    """A region as the planner sees it.

    Attributes
    ----------
    problem : PlannerProblem
        The budget is what the existing network uses, no bound: a free hand with what there is.
    existing : array (E,)
        Infrastructure that stands, mean 1.
    names : tuple of str
        Name of each place.
    warnings : tuple of str
        What a reader must know before using the numbers.
    """

    problem: PlannerProblem
    existing: Array
    names: tuple[str, ...]
    warnings: tuple[str, ...]


def from_cluster(
    cluster: Cluster, *, mode: str = "rail", goods: int = 10, lost: float = 0.1, detour: float = 1.25,
    weights: Literal["income", "equal"] = "income", parameters: PlannerParameters = EUROPE,
) -> ClusterNetwork:  # fmt: skip
    """Pose the planner's problem for a region.

    Parameters
    ----------
    cluster : Cluster
        Output of the indicator that [cluster.indicators] calls `income`, people of the one it calls `population`,
        both of the base year.
    mode : str
        Mode of the links; two places are neighbours where an existing link joins stops of theirs. Infrastructure is
        the sum of `services_per_day` of such links, or their number where the table gives no services.
    goods : int
        The `goods - 1` places with the largest output make a good of their own each, all others the same good (at
        most as many goods as places). 1: one good, and shipping is nothing but redistribution.
    lost : float
        Share lost of a flow of mean output on an edge of mean length and mean infrastructure, in (0, 1): an
        assumption that sets ``delta_tau``, proportional to great-circle length.
    detour : float
        A link that a chain of links by way of other places replaces within this factor of its length, >= 1, is a
        train that passes them without a stop and no corridor of its own: its services are counted on the chain.
    weights : {'income', 'equal'}
        Pareto weights: such that nobody is served for being poor (each place's marginal utility at its own output is
        the same), or one for everybody, which ships from rich to poor places.
    parameters : PlannerParameters
        Default: the calibration of Fajgelbaum and Schaal to European roads.

    Raises
    ------
    InputError
        An argument is out of range, or no link of the mode joins two places.
    MissingDataError
        A place lacks output or people.

    Notes
    -----
    Productivity is output over ``labour**a``; housing per head is the same everywhere; ``delta_i`` is relative length.
    """
    places = units(cluster)
    problems = {
        f"lost must lie in (0, 1), got {lost!r}": 0 < lost < 1,
        f"detour must be >= 1, got {detour!r}": detour >= 1,
        f"weights must be 'income' or 'equal', got {weights!r}": weights in ("income", "equal"),
        f"goods must be >= 1, got {goods!r}": goods >= 1,
    }
    if not all(problems.values()):
        raise InputError("; ".join(text for text, good in problems.items() if not good))
    output, people = (_sizes(cluster, key) for key in ("income", "population"))
    pairs, counted = _edges(cluster, places, mode, detour)
    graph, existing = _graph(places, pairs, lost)
    curve = 1 - parameters.alpha * (1 - parameters.rho)
    own = np.argsort(-output, kind="stable")[: min(goods, len(places)) - 1]  # ties by place_id
    problem = PlannerProblem(
        graph=graph, productivity=_productivity(output / people**parameters.a, own), labour=people, housing=people,
        budget=BOTH_WAYS * float(graph.delta_i @ existing), parameters=parameters,
        weights=(output / people) ** curve if weights == "income" else None, goods=(*places.index[own], "others"),
    )  # fmt: skip
    return ClusterNetwork(
        problem=problem, existing=existing, names=tuple(places["name"]), warnings=_notes(graph, places, mode, counted)
    )


def _sizes(cluster: Cluster, key: str) -> Array:
    """Output or people of every place over their mean."""
    named = dict(cluster.attrs.get("indicators", {}))
    if key not in named:
        raise MissingDataError(
            f"[cluster.indicators] of workspace.toml does not name {key}",
            hint='for example indicators = { population = "population", income = "gdp" }',
        )
    found = values(cluster, str(named[key]))
    if (bad := ~(found > 0)).any():
        raise InputError(f"{named[key]} must be > 0, not so in {', '.join(found.index[bad][:5])}")
    out = np.asarray(found, dtype=np.float64)
    return np.asarray(out / out.mean())


def _graph(places: pd.DataFrame, pairs: pd.DataFrame, lost: float) -> tuple[Graph, Array]:
    """Graph of the places, and the infrastructure that stands on its edges, mean 1."""
    at = {side: places.index.get_indexer(pd.Index(pairs[side])).astype(np.int64) for side in ("tail", "head")}
    lon, lat = (places[name].to_numpy(float) for name in ("lon", "lat"))
    length = great_circle_km(lon[at["tail"]], lat[at["tail"]], lon[at["head"]], lat[at["head"]])
    if (zero := ~(length > 0)).any():
        raise InputError(f"two neighbours lie at the same point: {', '.join(pairs.loc[zero, 'tail'][:5])}")
    relative = length / length.mean()
    graph = Graph(places=tuple(places.index), delta_tau=lost * relative, delta_i=relative, **at)
    capacity = pairs["capacity"].to_numpy(float)
    return graph, np.asarray(capacity / capacity.mean())


def _edges(cluster: Cluster, places: pd.DataFrame, mode: str, detour: float) -> tuple[pd.DataFrame, bool]:
    """Neighbouring places with the capacity between them, sorted; whether links were merely counted."""
    links = cluster.links[(cluster.links["mode"] == mode) & (cluster.links["status"] == "existing")].sort_index()
    above = ancestor(cluster.places, str(cluster.attrs["level"]))
    home = cluster.nodes["place_id"].map(above)
    ends = pd.DataFrame({side: links[column].map(home) for side, column in (("a", "from_node"), ("b", "to_node"))})
    here = ends.isin(places.index).all(axis=1)
    ends, links = ends[here], links[here]
    across = (ends["a"] != ends["b"]).to_numpy()
    if not across.any():
        modes = ", ".join(sorted(cluster.links["mode"].unique()))
        raise InputError(f"no existing link of mode {mode!r} joins two places", hint=f"modes in links.mode: {modes}")
    given = links[CAPACITY] if CAPACITY in links else pd.Series(np.nan, index=links.index)
    counted = bool(given[across].isna().all())
    if not counted and (gap := across & ~(given > 0).to_numpy()).any():
        raise MissingDataError(
            f"links.{CAPACITY} is empty or zero for {int(gap.sum())} links between places: "
            f"{', '.join(links.index[gap][:5])}",
            hint=f"give every {mode} link its services, or none",
        )
    capacity = np.ones(len(links)) if counted else np.asarray(given, dtype=np.float64)
    frame = pd.DataFrame({
        "tail": ends.min(axis=1), "head": ends.max(axis=1), "capacity": _without_passages(ends, links, capacity, detour)
    })  # fmt: skip
    kept = across & (frame["capacity"] > 0).to_numpy()
    return frame[kept].groupby(["tail", "head"])["capacity"].sum().reset_index(), counted


def _without_passages(ends: pd.DataFrame, links: pd.DataFrame, capacity: Array, detour: float) -> Array:
    """Capacity of each link after that of non-stop passages is moved to the chains they run on; theirs is zero."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    nodes, position = np.unique(links[["from_node", "to_node"]].to_numpy(str), return_inverse=True)
    tail, head = position.reshape(-1, 2).T
    length, out = links["length_km"].to_numpy(float), capacity.copy()
    pair = pd.MultiIndex.from_arrays([ends.min(axis=1), ends.max(axis=1)]).factorize()[0]
    across = (ends["a"] != ends["b"]).to_numpy()
    alive = np.ones(len(links), dtype=bool)
    for i in sorted(np.flatnonzero(across), key=lambda k: (-length[k], k)):  # long ones first: short ones carry chains
        use = np.flatnonzero(alive & (pair != pair[i]))
        weight = pd.DataFrame({
            "a": np.minimum(tail[use], head[use]), "b": np.maximum(tail[use], head[use]), "km": length[use], "link": use
        }).sort_values(["km", "link"]).drop_duplicates(["a", "b"])  # fmt: skip
        graph = csr_array((weight["km"], (weight["a"], weight["b"])), shape=(nodes.size, nodes.size))
        far, before = dijkstra(graph, directed=False, indices=tail[i], return_predecessors=True)
        if not far[head[i]] <= detour * length[i]:
            continue
        alive[i] = False
        of = {(a, b): link for a, b, link in zip(weight["a"], weight["b"], weight["link"], strict=True)}
        at = head[i]
        while at != tail[i]:
            out[of[min(at, before[at]), max(at, before[at])]] += out[i]
            at = before[at]
        out[i] = 0.0
    return out


def _productivity(z: Array, own: Indices) -> Array:
    """One column a good: those of the places in `own`, then the good of all others."""
    out = np.zeros((z.size, own.size + 1))
    good = np.full(z.size, own.size)
    good[own] = np.arange(own.size)
    out[np.arange(z.size), good] = z
    return out


def _notes(graph: Graph, places: pd.DataFrame, mode: str, counted: bool) -> tuple[str, ...]:
    joined = np.isin(np.arange(len(places)), np.concatenate([graph.tail, graph.head]))
    notes = list(CAVEATS)
    measure = f"the number of {mode} links" if counted else f"the {mode} services a day"
    notes.append(f"the existing infrastructure of a corridor is {measure} between two places, a proxy of capacity")
    if mode == "rail":
        notes.append("passenger trains stand for a corridor; they carry no freight")
    if not joined.all():
        notes.append(f"no {mode} link joins {', '.join(places['name'][~joined])}: no goods come or go there")
    return tuple(notes)
