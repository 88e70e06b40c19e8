"""What every road is worth where all travel as fast as they do now: savings of a cut, and who passes (betweenness)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.contraction import ContractionHierarchy
from megaregion.core.integer_costs import Resolution
from megaregion.core.path_trees import Graph, path_trees
from megaregion.core.road_network import RoadNetwork
from megaregion.core.sampled_betweenness import sampled_betweenness
from megaregion.core.zone_trees import zone_graph, zone_trees
from megaregion.data.roads import Roads
from megaregion.data.trips import Trips
from megaregion.errors import InputError
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
_FINEST = 1e-6  # of the dearest link; a way over a hundred links is then wrong by half a ten-thousandth of it


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkValues(Result):
    """Value of every link at costs that do not change.

    Attributes
    ----------
    roads : Roads
    table : DataFrame
        Columns as in `describe()`.
    cut : float
        Share of a link's cost that is cut.
    found, settings : dict
        What `facts()` and `parameters()` give.
    """

    roads: Roads
    table: pd.DataFrame
    cut: float
    found: dict[str, Any]
    settings: dict[str, Any]

    title_en: ClassVar[str] = "What every road is worth at given speeds"
    title_zh: ClassVar[str] = "给定速度下各路段的价值"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; units are those of the network."""
        units, formula = self.roads.units, "methods#link-values"
        given = (Input("tables/links.csv", {"link_id": "{link_id}"}),)

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=formula, inputs=given)

        sampled = (
            column("demand_error", units.flow, "Its standard error (sample of zones)", "需求介数的标准误（抽样小区）"),
            column("pairs_error", "count", "Standard error of the pairs (sample of zones)",
                   "小区对介数的标准误（抽样小区）"),
            column("demand_effective", "count", "Effective number of drawn zones: errors are badly known where few",
                   "有效抽样小区数（少则误差不可靠）"),
            column("pairs_effective", "count", "Effective number of drawn zones, of the pairs",
                   "小区对的有效抽样小区数"),
        ) if "demand_error" in self.table else ()  # fmt: skip
        return (
            Column("rank", "", "Rank by saving", "节约排名"),
            Column("link_id", "", "Link", "路段", key=True),
            Column("from_node", "", "From", "起点", inputs=given),
            Column("to_node", "", "To", "终点", inputs=given),
            column("cost", units.time, "Cost of the link", "路段费用"),
            column("saving", units.product(), "Saved by all if the link's cost is cut", "路段费用降低后的总节约"),
            column("saving_percent", "percent", "Saving in the cost of all travel", "节约占总出行费用比重"),
            column("demand_through", units.flow, "Demand whose cheapest way passes (betweenness by demand)",
                   "最短路经过的需求（按需求加权的介数）"),
            column("pairs_through", "count", "Pairs of zones whose cheapest way passes (betweenness)",
                   "最短路经过的小区对数（介数）"),
            *sampled,
            column("tied", "", "On one of two equally cheap ways", "位于等长路径之一"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a link, the largest saving first."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Cut, costs, network."""
        return {"cut": self.cut, "network": self.roads.name, **self.settings}

    def facts(self) -> dict[str, Any]:
        """Total cost, pairs without a way, the largest saving, how busy the first link is."""
        return dict(self.found)


# nine parameters: every option is a choice of its own, and the command passes them on one by one
def link_values(
    roads: Roads, trips: Trips, *, flow: Floats | None = None, cut: float = 0.2, toll_weight: float = 0.0,
    distance_weight: float = 0.0, sample: int | None = None, seed: int | None = None, threads: int = 1,
) -> LinkValues:  # fmt: skip
    """Saving of every link, one at a time, if its cost falls and travellers choose their ways anew.

    Parameters
    ----------
    roads : Roads
        Every row is one direction and valued for itself.
    trips : Trips
    flow : array (links,), optional
        Flows (of an assignment) whose costs are taken and held; default: empty roads.
    cut : float
        Share of the cost, 0 < cut <= 1.
    toll_weight, distance_weight : float
        Time that a unit of toll and of length are worth.
    sample : int, optional
        Betweenness from so many zones drawn by chance, with standard errors, instead of all; savings stay exact.
    seed : int, optional
        Needed with a sample.
    threads : int
        The result does not depend on it.

    Returns
    -------
    LinkValues

    Raises
    ------
    InputError
        The cut or the sample is out of range, a sample has no seed, trips go to unknown zones, or the network has no
        link that can be used.

    Notes
    -----
    Exact for each link at the costs that are held (`megaregion.core.link_savings`), up to the stated rounding: no
    traveller makes another slower. Where roads are full that overstates what widening brings; bottlenecks at
    equilibrium are ranked by `megaregion.links.hard.bottlenecks`. Betweenness: Freeman (1977, Sociometry 40) on
    weighted ways; equally cheap ways share.
    """
    if not 0 < cut <= 1:
        raise InputError(f"cut must be a share of a link's cost, 0 < cut <= 1, got {cut!r}")
    if (sample is None) != (seed is None):
        raise InputError("a sample of zones and its seed belong together", hint="give both, or neither for all zones")
    network = roads.network(toll_weight=toll_weight, distance_weight=distance_weight)
    cost = network.cost(np.zeros(network.links) if flow is None else np.asarray(flow, dtype=np.float64))
    usable = np.flatnonzero(~network.closed & np.isfinite(cost) & (network.tail != network.head))
    if not usable.size:
        raise InputError("the network has no link that can be used")
    demand = trips.aligned(roads.zones).matrix().toarray().astype(np.float64)
    inside = float(np.trace(demand))
    np.fill_diagonal(demand, 0.0)
    graph = Graph.from_links(network.nodes, network.tail[usable], network.head[usable], cost[usable],
                             oneway=np.ones(usable.size, bool))  # fmt: skip
    values, found = _savings(graph, network, demand, cut, threads)
    passing, told = _betweenness(network, cost, usable, demand, threads) if sample is None or seed is None else (
        _sampled(network, cost, usable, demand, (sample, seed, threads)))  # fmt: skip
    found |= told
    known = pd.DataFrame({"cost": cost[usable], "saving": values, **passing}, index=roads.links.index[usable])
    table = roads.links[["from_node", "to_node"]].join(known).rename_axis("link_id").reset_index()
    table["saving_percent"] = 100.0 * table["saving"] / found["total_cost"] if found["total_cost"] > 0 else 0.0
    table["tied"] = table["tied"].astype("boolean").fillna(False).astype(bool)
    table = table.sort_values("saving", ascending=False, kind="stable", na_position="last", ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    order = ["rank", "link_id", "from_node", "to_node", "cost", "saving", "saving_percent", *passing]
    best = table["saving"].iloc[0] > 0
    found |= {"first": str(table["link_id"].iloc[0]) if best else None, "total_cost_unit": roads.units.product(),
              "inside_zones": inside, "links_left_out": len(roads.links) - usable.size}  # fmt: skip
    held = "of empty roads" if flow is None else "at the given flows"
    said = [f"costs {held} are held: nobody makes others slower, so full roads are worth less than this"]
    if not demand.any():
        said.append("no trips between zones: every saving is zero")
    if found["pairs_without_way"]:
        said.append(f"{found['pairs_without_way']} pairs with demand have no way and are left out")
    if told:
        said.append(
            f"betweenness is estimated from {sample} of {network.zones} zones, savings are exact; where few of the "
            "drawn zones dominate a link its error is too small, and ties are those of the zones drawn"
        )
    settings = {
        "sample": sample,
        "seed": seed,
        "costs": held,
        "toll_weight": toll_weight,
        "distance_weight": distance_weight,
    }
    return LinkValues(roads=roads, table=table[order], cut=cut, found=found, settings=settings,
                      warnings=(*roads.notes, *trips.notes, *said))  # fmt: skip


def _savings(
    graph: Graph, network: RoadNetwork, demand: Floats, cut: float, threads: int
) -> tuple[Floats, dict[str, Any]]:
    from megaregion.core.link_savings import link_savings

    finest = max(float(graph.time.max()), np.finfo(float).tiny) * _FINEST
    unit = Resolution.fitting(graph.nodes, graph.tail, graph.time, finest=finest).unit
    hierarchy = ContractionHierarchy.build(graph, resolution=unit, no_through=network.no_through)
    found = link_savings(graph, hierarchy, np.arange(network.zones), demand, factor=1.0 - cut, threads=threads)
    return found.saving, {"total_cost": found.total, "pairs_without_way": found.unreachable, "rounded_to": unit}


def _betweenness(
    network: RoadNetwork, cost: Floats, usable: NDArray[np.intp], demand: Floats, threads: int
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Demand and pairs over each usable link, and links with ties."""
    trees = zone_trees(network, cost, usable, threads=threads)
    there = np.isfinite(trees.time)
    apart = there & ~np.eye(network.zones, dtype=bool)
    weight = np.stack([np.where(there, demand, 0.0), apart.astype(np.float64)])
    through, pairs = trees.sweep(weight, threads=threads)
    tied = trees.kinked(threads=threads)[usable]
    return {"demand_through": through[usable], "pairs_through": pairs[usable], "tied": tied}, {}


def _sampled(
    network: RoadNetwork, cost: Floats, usable: NDArray[np.intp], demand: Floats, how: tuple[int, int, int]
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The same from some zones, with standard errors and the bounds that hold for all links at once."""
    sample, seed, threads = how
    graph, sources, targets = zone_graph(network, cost, usable)
    apart = 1.0 - np.eye(network.zones)
    got = sampled_betweenness(graph, sources, targets, np.stack([demand, apart]), sample=sample, seed=seed,
                              threads=threads)  # fmt: skip
    tied = np.zeros(got.total.shape[1], bool)
    for block in np.array_split(sources[got.sources], -(-sample // 64)):
        tied |= path_trees(graph, sources=block, targets=targets, threads=threads).kinked(threads=threads)
    bound = got.bound()
    columns = {
        "demand_through": got.total[0], "pairs_through": got.total[1], "demand_error": got.error[0],
        "pairs_error": got.error[1], "demand_effective": got.effective[0], "pairs_effective": got.effective[1],
        "tied": tied,
    }  # fmt: skip
    told = {"zones_drawn": sample, "demand_bound_95": float(bound[0]), "pairs_bound_95": float(bound[1])}
    return {name: value[usable] for name, value in columns.items()}, told
