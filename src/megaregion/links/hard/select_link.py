"""Who passes a link: their trips by pair of zones, and where else they drive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.problem import first
from megaregion.errors import InputError
from megaregion.links.hard.assignment import AssignmentResult
from megaregion.result import Column, Result

FORMULA = "methods#user-equilibrium"
_ROUTES = "flows of routes are not unique at equilibrium: those here spread evenly inside of the bush of each origin"


@dataclass(frozen=True, eq=False, kw_only=True)
class SelectedPairs(Result):
    """Trips that pass at least one of the chosen links, by pair of zones."""

    frame: pd.DataFrame
    links: tuple[str, ...]
    flow_unit: str

    title_en: ClassVar[str] = "Trips over the chosen links"
    title_zh: ClassVar[str] = "经过所选路段的出行"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("origin", "", "From", "起点小区", key=True),
            Column("destination", "", "To", "终点小区", key=True),
            Column("trips", self.flow_unit, "Trips of the pair", "全部出行"),
            Column("selected", self.flow_unit, "Of these over the chosen links", "其中经过所选路段", modelled=True,
                   formula=FORMULA),
            Column("share", "share", "Share over the chosen links", "所占比例", modelled=True, formula=FORMULA),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of which some pass, most trips first."""
        return self.frame

    def parameters(self) -> dict[str, Any]:
        """The chosen links."""
        return {"links": list(self.links)}

    def facts(self) -> dict[str, Any]:
        """How many trips pass, and of how many pairs."""
        return {"trips": float(self.frame["selected"].sum()), "pairs": len(self.frame)}


@dataclass(frozen=True, eq=False, kw_only=True)
class SelectedFlow(Result):
    """Flow, on every link, of those who pass at least one of the chosen links."""

    frame: pd.DataFrame
    links: tuple[str, ...]
    flow_unit: str

    title_en: ClassVar[str] = "Where those who pass the chosen links drive"
    title_zh: ClassVar[str] = "经过所选路段的车流在各路段的分布"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("link_id", "", "Link", "路段", key=True),
            Column("from_node", "", "From", "起点"),
            Column("to_node", "", "To", "终点"),
            Column("flow", self.flow_unit, "Flow", "流量", modelled=True, formula=FORMULA),
            Column("selected", self.flow_unit, "Of it, passing the chosen links", "其中经过所选路段", modelled=True,
                   formula=FORMULA),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the network."""
        return self.frame

    def parameters(self) -> dict[str, Any]:
        """The chosen links."""
        return {"links": list(self.links)}


def select_link(found: AssignmentResult, links: Sequence[str]) -> dict[str, Result]:
    """Trips and flows of all who pass at least one of some links.

    Parameters
    ----------
    found : AssignmentResult
    links : sequence of str
        Labels.

    Returns
    -------
    dict of str to Result
        `selected_links` and `selected_pairs`; all classes together, in passenger-car units.

    Raises
    ------
    InputError
        No links are given, or some are not in the network.

    Notes
    -----
    `megaregion.core.assignment_routes.select_link`.
    """
    from megaregion.core.assignment_routes import select_link as select

    index = found.roads.links.index
    if lost := [label for label in links if label not in index]:
        raise InputError(f"{len(lost)} are no links of the network: {', '.join(first(lost))}",
                         hint=f"links are named as {', '.join(first(index))}")  # fmt: skip
    if not links:
        raise InputError("select_link needs at least one link", hint="name one")
    chosen = select(found.equilibrium, index.get_indexer(pd.Index(list(links))))
    passing, trips = chosen.demand.sum(axis=0), found.equilibrium.demand.sum(axis=0)
    pairs = np.argwhere(passing > 0)
    pairs = pairs[np.argsort(-passing[tuple(pairs.T)], kind="stable")]
    zones, at = found.roads.zones.to_numpy(object), tuple(pairs.T)
    table = pd.DataFrame({"origin": zones[at[0]], "destination": zones[at[1]], "trips": trips[at],
                          "selected": passing[at], "share": passing[at] / trips[at]})  # fmt: skip
    frame = found.to_frame()[["link_id", "from_node", "to_node", "flow"]].assign(selected=chosen.flow.sum(axis=0))
    unit, names = found.roads.units.flow, tuple(map(str, links))
    return {
        "selected_links": SelectedFlow(frame=frame, links=names, flow_unit=unit, warnings=(_ROUTES,)),
        "selected_pairs": SelectedPairs(frame=table, links=names, flow_unit=unit, warnings=(_ROUTES,)),
    }
