"""Network design with labels: which candidates of a road network to build under a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from megaregion.data.roads import Roads
from megaregion.data.trips import Trips
from megaregion.errors import InfeasibleError, InputError
from megaregion.result import Column, Result

if TYPE_CHECKING:
    from megaregion.plan.network_design import NetworkDesign

FORMULA = "methods#network-design"


@dataclass(frozen=True, kw_only=True)
class DesignOptions:
    """How designs are compared; see `megaregion.plan.network_design.network_design`.

    Attributes
    ----------
    share : bool
        Budgets are shares of the cost of all candidates.
    toll_weight, distance_weight : float
        Time that a unit of toll and of length are worth; then total cost, not time alone, is made least.
    gap, tolerance : float
    certify : {'best', 'runner-up'}
    threads : int
    time_limit : float, optional
        Seconds for each budget.
    """

    share: bool = False
    toll_weight: float = 0.0
    distance_weight: float = 0.0
    gap: float = 1e-10
    tolerance: float = 1e-8
    certify: Literal["best", "runner-up"] = "best"
    threads: int = 1
    time_limit: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadDesign(Result):
    """The best design of every budget, with labels.

    Attributes
    ----------
    roads : Roads
    design : NetworkDesign
        Links as positions in `roads.links`.
    options : DesignOptions
    """

    roads: Roads
    design: NetworkDesign
    options: DesignOptions

    title_en: ClassVar[str] = "Roads to build under a budget, at user equilibrium"
    title_zh: ClassVar[str] = "预算约束下的新建道路选择（用户均衡）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`, with the units of the network."""
        units = {"demand x time": self.roads.units.product(), "unit of cost": "unit of build_cost"}
        return tuple(replace(c, unit=units.get(c.unit, c.unit)) for c in self.design.describe())

    def to_frame(self) -> pd.DataFrame:
        """One row a budget; links by label, joined by ``;``."""
        frame = self.design.to_frame()
        frame["links"] = [";".join(self._labels(d.chosen)) for d in self.design.designs]
        frame["runner_up"] = [";".join(self._labels(d.runner_up or ())) for d in self.design.designs]
        return frame

    def links(self) -> pd.DataFrame:
        """One row a link and budget: budget, link_id, from_node, to_node, build_cost, decision, flow.

        `decision` is ``build``, ``leave`` or ``stands``; flow is that of the design's equilibrium, missing where no
        design is known.
        """
        base = self.roads.links[["from_node", "to_node", "build_cost"]].rename_axis("link_id").reset_index()
        parts = []
        for design in self.design.designs:
            what = np.full(len(base), "stands", dtype=object)
            what[self.design.candidates] = "leave"
            what[list(design.chosen)] = "build"
            part = base.assign(decision=what, flow=design.flow)
            part.insert(0, "budget", design.budget)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def parameters(self) -> dict[str, Any]:
        """Options, derivation of the bound, candidates by label."""
        kept = {k: v for k, v in asdict(self.options).items() if k != "threads"}
        found = self.design.parameters()
        return {**found, **kept, "network": self.roads.name, "candidates": self._labels(self.design.candidates)}

    def facts(self) -> dict[str, Any]:
        """Total cost with nothing built, and each budget's choice in a line."""
        out: dict[str, Any] = {"candidates": len(self.design.candidates), "nothing_built": self.design.nothing,
                               "total_cost_unit": self.roads.units.product()}  # fmt: skip
        for d in self.design.designs:
            next_best = "" if d.runner_up is None else (
                f"; next best evaluated {', '.join(self._labels(d.runner_up)) or 'nothing'}, "
                f"{100 * (d.runner_up_cost / d.total_cost - 1):.3g} % above"
            )  # fmt: skip
            out[f"budget {d.budget:g}"] = (
                f"{d.status}: build {', '.join(self._labels(d.chosen)) or 'nothing'} for {d.cost:g}, total cost "
                f"{d.total_cost:.10g}, no design below {d.lower_bound:.10g} ({d.nodes} nodes, "
                f"{d.leaves_evaluated} designs evaluated){next_best}"
            )
        return out

    def _labels(self, links: Any) -> list[str]:
        return [str(self.roads.links.index[k]) for k in links]


def design(
    roads: Roads,
    trips: Trips,
    budgets: Sequence[float],
    options: DesignOptions | None = None,
    *,
    listen: Callable[[int, int, float, float], None] | None = None,
) -> RoadDesign:
    """Choose among the links with a `build_cost` those that make total cost at equilibrium least within a budget.

    Parameters
    ----------
    roads : Roads
        Candidates are the links with a build_cost above 0, each direction for itself.
    trips : Trips
    budgets : sequence of float
        In the unit of build_cost, or shares of its sum.
    options : DesignOptions, optional
    listen : callable, optional
        Called now and then with nodes done, nodes open, best total cost and lower bound.

    Raises
    ------
    InputError
        No candidates, no budgets, trips to zones that the network has not, options out of range.
    InfeasibleError
        Trips have no way, or none within any budget.
    ConvergenceError
        An equilibrium does not reach its gap.
    """
    from megaregion.plan.network_design import network_design

    opts = options or DesignOptions()
    cost = roads.links["build_cost"].to_numpy(float) if "build_cost" in roads.links.columns else np.zeros(0)
    candidates = np.flatnonzero(cost > 0)
    problems = []
    if not candidates.size:
        problems.append("no link has a build_cost above 0, so there is nothing to decide")
    if not len(budgets) or not all(b >= 0 for b in budgets) or (opts.share and not all(b <= 1 for b in budgets)):
        problems.append(f"budgets must be >= 0{' and shares <= 1' if opts.share else ''}, got {list(budgets)}")
    network = roads.network(toll_weight=opts.toll_weight, distance_weight=opts.distance_weight)
    if len(shut := roads.links.index[candidates][network.closed[candidates]]):
        problems.append(f"candidates without capacity: {', '.join(map(str, shut[:5]))}")
    if problems:
        raise InputError("network design: " + "; ".join(problems),
                         hint="give a file of candidates with their costs, and at least one budget")  # fmt: skip
    limits = [b * float(cost[candidates].sum()) for b in budgets] if opts.share else list(budgets)
    demand = trips.aligned(roads.zones).matrix().toarray()
    try:
        found = network_design(
            network, demand, candidates=candidates, costs=cost[candidates], budget=limits, gap=opts.gap,
            tolerance=opts.tolerance, certify=opts.certify, threads=opts.threads, time_limit=opts.time_limit,
            listen=listen,
        )  # fmt: skip
    except InfeasibleError as error:
        raise InfeasibleError(_labelled(error.message, roads), hint=error.hint) from error
    said = (*roads.notes, *trips.notes, *(_labelled(text, roads) for text in found.warnings))
    return RoadDesign(roads=roads, design=found, options=opts, warnings=said)


def write_design(folder: Path, found: RoadDesign) -> list[Path]:
    """Write designs.csv, links.csv, summary.json and, where the place of some link is known, design.gpkg.

    The GeoPackage has a layer ``design_<n>`` for the n-th budget. Each file is written in one step.
    """
    from megaregion.data.atomic import write_text
    from megaregion.links.hard.assignment_files import write_layers, write_summary

    folder = Path(folder)
    links = found.links()
    out = []
    for name, frame in (("designs", found.to_frame()), ("links", links)):
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        out.append(folder / f"{name}.csv")
    out.append(write_summary(folder / "summary.json", {"designs": found}))
    many = len(found.roads.links)
    layers = {f"design_{k + 1}": links.iloc[k * many : (k + 1) * many] for k in range(len(found.design.designs))}
    if write_layers(folder / "design.gpkg", found.roads, layers):
        out.append(folder / "design.gpkg")
    return out


def _labelled(text: str, roads: Roads) -> str:
    """The kernel counts zones from 0; readers know them by label."""
    import re

    zones = roads.zones
    return re.sub(r"(?<![\w.])(\d+) -> (\d+)", lambda m: f"{zones[int(m[1])]} -> {zones[int(m[2])]}", text)
