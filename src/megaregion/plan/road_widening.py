"""Capacity expansion with labels: which roads of a network to widen, and by how much, under a budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.roads import Roads
from megaregion.data.sources.candidates import with_candidates
from megaregion.data.trips import Trips
from megaregion.errors import ConvergenceError, InputError
from megaregion.plan.capacity_expansion import CapacityExpansion, capacity_expansion
from megaregion.result import Column, Result


@dataclass(frozen=True, kw_only=True)
class WideningOptions:
    """See `megaregion.plan.capacity_expansion.capacity_expansion`.

    Attributes
    ----------
    budget : float
    most : float
        Capacity that may be added to a link, as a share of what it has.
    toll_weight, distance_weight : float
        Time that a unit of toll and of length are worth; then total cost, not time alone, is made least.
    gap, tolerance : float
    trials, threads : int
    """

    budget: float
    most: float = float("inf")
    toll_weight: float = 0.0
    distance_weight: float = 0.0
    gap: float = 1e-11
    tolerance: float = 1e-6
    trials: int = 300
    threads: int = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadWidening(Result):
    """Money and capacity by road.

    Attributes
    ----------
    roads : Roads
    expansion : CapacityExpansion
        Links as positions in `roads.links`.
    options : WideningOptions
    """

    roads: Roads
    expansion: CapacityExpansion
    options: WideningOptions

    title_en: ClassVar[str] = "Roads to widen under a budget, at user equilibrium"
    title_zh: ClassVar[str] = "预算约束下的道路扩容（用户均衡）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`, with the units of the network."""
        units = self.roads.units
        named = {"unit of cost": "unit of cost", "unit of demand": units.flow,
                 "demand x time per unit of cost": f"{units.product()} per unit of cost"}  # fmt: skip
        _, *rest = self.expansion.describe()
        return (
            Column("link_id", "", "Link", "路段", key=True), Column("from_node", "", "From", "起点"),
            Column("to_node", "", "To", "终点"), Column("capacity", units.flow, "Capacity before", "原通行能力"),
            *(replace(c, unit=named[c.unit]) for c in rest),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a link that may be widened, the most money first."""
        own = self.roads.links.iloc[self.expansion.links]
        named = own[["from_node", "to_node", "capacity"]].rename_axis("link_id").reset_index()
        frame = pd.concat([named, self.expansion.to_frame().drop(columns="link")], axis=1)
        return frame.sort_values("spent", ascending=False, kind="stable", ignore_index=True)

    def parameters(self) -> dict[str, Any]:
        """Options and network."""
        given = {k: v for k, v in asdict(self.options).items() if k != "threads"}
        return {**given, "most": given["most"] if np.isfinite(given["most"]) else None, "network": self.roads.name}

    def facts(self) -> dict[str, Any]:
        """Total before and after, and how near to a stationary point."""
        widened = int((self.expansion.added > 1e-6 * self.roads.links["capacity"].max()).sum())
        return {**self.expansion.facts(), "total cost unit": self.roads.units.product(), "links widened": widened}


def widen(
    roads: Roads,
    trips: Trips,
    options: WideningOptions,
    *,
    cost: float | None = None,
    candidates: Path | None = None,
    listen: Callable[[int, float, float], None] | None = None,
) -> RoadWidening:
    """Spend a budget on the capacity of roads such that total cost at equilibrium falls most.

    Parameters
    ----------
    roads : Roads
    trips : Trips
    options : WideningOptions
    cost : float, optional
        Money a unit of capacity, per unit of length where the links state one; all links that slow down with flow may
        be widened.
    candidates : Path, optional
        Instead of `cost`: a table of links with their cost a unit of capacity
        (`megaregion.data.sources.candidates.with_candidates`).
    listen : callable, optional
        Told trial, total cost and the share of it that is still promised.

    Raises
    ------
    InputError
        Neither or both of `cost` and `candidates`, numbers out of range, trips to zones that the network has not.
    ConvergenceError
        As `capacity_expansion`; carries the last RoadWidening.
    """
    problems = []
    if (cost is None) == (candidates is None):
        problems.append("give either a cost for all links or a table of links with costs")
    if cost is not None and not (np.isfinite(cost) and cost > 0):
        problems.append(f"the cost of a unit of capacity must be > 0, got {cost!r}")
    if not options.most >= 0:
        problems.append(f"the most that may be added must be >= 0, got {options.most!r}")
    if problems:
        raise InputError("widening: " + "; ".join(problems))
    network = roads.network(toll_weight=options.toll_weight, distance_weight=options.distance_weight)
    may = (network.slope > 0) & (network.power > 0) & (network.capacity > 0)
    if candidates is not None:
        given = with_candidates(
            roads.replace(links=roads.links.drop(columns="build_cost", errors="ignore")), candidates
        )
        if len(given.links) != len(roads.links):
            raise InputError(f"{candidates.name} has new links, and a link that is not there cannot be widened",
                             hint="use megaregion design for new links")  # fmt: skip
        price = given.links["build_cost"].to_numpy(float)
        links = np.flatnonzero(price > 0)
    else:
        length = roads.links["length"].to_numpy(float) if "length" in roads.links.columns else np.ones(len(roads.links))
        price = float(cost or 0.0) * np.where(length > 0, length, 1.0)
        links = np.flatnonzero(may)
    if not may[links].all():
        some = ", ".join(map(str, roads.links.index[links][~may[links]][:5]))
        raise InputError(f"these links do not slow down with flow, so capacity is worth nothing: {some}")
    said = [*roads.notes, *trips.notes]
    if cost is not None:
        said.append(f"{len(links)} links may be widened, each unit of capacity costs {cost:g}"
                    + (f" per {roads.units.length}" if "length" in roads.links.columns else ""))  # fmt: skip

    def labelled(found: CapacityExpansion) -> RoadWidening:
        return RoadWidening(roads=roads, expansion=found, options=options, warnings=(*said, *found.warnings))

    try:
        found = capacity_expansion(
            network, trips.aligned(roads.zones).matrix(), links=links, costs=price[links], budget=options.budget,
            most=options.most * network.capacity[links], gap=options.gap, tolerance=options.tolerance,
            trials=options.trials, threads=options.threads, listen=listen,
        )  # fmt: skip
    except ConvergenceError as error:
        if isinstance(error.last, CapacityExpansion):
            raise ConvergenceError(error.message, last=labelled(error.last), hint=error.hint) from error
        raise
    return labelled(found)


def write_widening(folder: Path, found: RoadWidening) -> list[Path]:
    """Write widening.csv, summary.json and, where the place of some link is known, widening.gpkg, each in one step."""
    from megaregion.data.atomic import write_text
    from megaregion.links.hard.assignment_files import write_layers, write_summary

    folder = Path(folder)
    write_text(folder / "widening.csv", found.to_frame().to_csv(index=False, lineterminator="\n"))
    out = [folder / "widening.csv", write_summary(folder / "summary.json", {"widening": found})]
    if write_layers(folder / "widening.gpkg", found.roads, {"widening": found.to_frame()}):
        out.append(folder / "widening.gpkg")
    return out
