"""Road networks and trips written as TNTP, so that any program for the published test networks reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.atomic import write_text
from megaregion.data.roads import UNSTATED, Roads
from megaregion.data.sources.tntp import ORDER, UNIT_OF
from megaregion.data.trips import Trips
from megaregion.errors import InputError


def write_network(path: Path, roads: Roads) -> None:
    """Write a network whose zones come first; labels become numbers in the order of `roads.order`.

    Raises
    ------
    InputError
        Nodes that may not be passed do not come first, which the format cannot say.
    """
    order = roads.order
    barred = roads.nodes["no_through"].reindex(order).to_numpy(bool)
    if barred[int(barred.sum()) :].any():
        raise InputError("TNTP can bar ways only through the first nodes, here others are barred too",
                         hint="write a GeoPackage instead")  # fmt: skip
    number = pd.Series(np.arange(1, len(order) + 1), index=order)
    links = roads.links
    names = [n for n in (*ORDER, "build_cost") if n in links.columns or n in ("length", "toll")]
    new = int((links["build_cost"] > 0).sum()) if "build_cost" in links.columns else 0
    head = [f"<NUMBER OF ZONES> {len(roads.zones)}", f"<NUMBER OF NODES> {len(order)}",
            f"<FIRST THRU NODE> {int(barred.sum()) + 1}", f"<NUMBER OF LINKS> {len(links) - new}"]  # fmt: skip
    head += [f"<NUMBER OF NEW LINKS> {new}"] if new else []
    titles = {"from_node": "init_node", "to_node": "term_node", "free_time": "free_flow_time", "build_cost": "cost"}
    units = {column: getattr(roads.units, unit) for unit, column in UNIT_OF.items()}
    shown = [titles.get(n, n) + (f" ({units[n]})" if units.get(n, UNSTATED) != UNSTATED else "") for n in names]
    head += ["<ORIGINAL HEADER>~\t" + "\t".join(shown) + "\t;", "<END OF METADATA>", "", ""]
    head += ["~\t" + "\t".join(titles.get(n, n) for n in names) + "\t;"]
    text = {n: links[n].map(lambda v: f"{v!r}") if n in links.columns else pd.Series("0", links.index) for n in names}
    text |= {end: number.reindex(links[end]).astype(str) for end in ("from_node", "to_node")}
    rows = ["\t" + "\t".join(row) + "\t;" for row in zip(*(text[n].to_numpy(object) for n in names), strict=True)]
    write_text(path, "\n".join([*head, *rows, ""]))


def write_trips(path: Path, trips: Trips) -> None:
    """Write a trip table; zones become numbers in their order."""
    out = [f"<NUMBER OF ZONES> {len(trips.zones)}", f"<TOTAL OD FLOW> {trips.total!r}", "<END OF METADATA>", ""]
    for origin in range(len(trips.zones)):
        rows = np.flatnonzero(trips.origin == origin)
        cells = [f"{trips.destination[i] + 1} : {float(trips.value[i])!r};" for i in rows]
        out += ["", f"Origin {origin + 1}", *(" ".join(cells[i : i + 5]) for i in range(0, len(cells), 5))]
    write_text(path, "\n".join([*out, ""]))
