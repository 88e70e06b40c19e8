"""Who generates for whom, over which ties, and with what kind of plants."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.dispatch import Dispatch
from megaregion.core.flow_tracing import mixture
from megaregion.links.hard.energy_inputs import Energy

COLUMNS = ("from_place", "to_place", "supplied_mw", "supplied_percent", "ties", "tie_capacity_mw", "tie_flow_mw")
TRACE = 1e-9  # of all demand: supply by less is rounding


def exchanges(given: Energy, base: Dispatch) -> pd.DataFrame:
    """Supply by proportional sharing, and direct ties, of every ordered pair of places that has either.

    Parameters
    ----------
    given : Energy
    base : Dispatch
        What is running.

    Returns
    -------
    DataFrame
        Columns as in COLUMNS, largest supply first; a place with itself states what it generates for its own demand and
        has no ties.
    """
    grid, place = given.grid, given.buses["place"].astype(str).to_numpy(object)
    names, at = np.unique(place, return_inverse=True)
    count = len(names)
    member = np.zeros((grid.buses, count))
    member[np.arange(grid.buses), at] = 1.0
    served = np.maximum(given.demand - base.unserved, 0.0)
    supplied = mixture(grid, base.flow, base.generation[:, None] * member).T @ (served[:, None] * member)
    ties, flow, limit = (np.zeros((count, count)) for _ in range(3))
    a, b = at[grid.tail], at[grid.head]
    across = a != b
    bounded = across & np.isfinite(given.limit)
    for start, end, sign in ((a, b, 1.0), (b, a, -1.0)):
        np.add.at(ties, (start[across], end[across]), 1.0)
        np.add.at(flow, (start[across], end[across]), np.maximum(sign * base.flow[across], 0.0))
        np.add.at(limit, (start[bounded], end[bounded]), given.limit[bounded])
    free = np.zeros((count, count), bool)  # a tie without a limit: the sum is not known
    free[a[across & ~bounded], b[across & ~bounded]] = True
    limit[free | free.T | (ties == 0)] = np.nan
    start, end = np.nonzero((supplied > TRACE * given.demand.sum()) | (ties > 0))
    need = np.bincount(at, served, count)
    part = np.divide(100.0 * supplied, need[None, :], out=np.zeros_like(supplied), where=need[None, :] > 0)
    table = pd.DataFrame({
        "from_place": names[start], "to_place": names[end], "supplied_mw": supplied[start, end],
        "supplied_percent": part[start, end], "ties": ties[start, end].astype(int),
        "tie_capacity_mw": limit[start, end], "tie_flow_mw": flow[start, end],
    }, columns=list(COLUMNS))  # fmt: skip
    return table.sort_values("supplied_mw", ascending=False, kind="stable", ignore_index=True)


def own_share(shared: pd.DataFrame) -> pd.Series:
    """Percent of its served demand that each place generates itself; places without any are left out."""
    own = shared[shared["from_place"] == shared["to_place"]].set_index("to_place")["supplied_percent"]
    fed = shared.groupby("to_place")["supplied_mw"].sum()
    return own.reindex(fed[fed > 0].index).fillna(0.0)


def kinds(given: Energy, base: Dispatch) -> pd.DataFrame | None:
    """Capacity and generation by place and kind of plant; nothing where no plant states its kind."""
    plants = given.plants
    if not (plants["kind"] != "").any():
        return None
    place = given.buses["place"].astype(str).to_numpy(object)[plants["bus"].to_numpy()]
    frame = pd.DataFrame(
        {
            "place_id": place,
            "kind": plants["kind"].to_numpy(object),
            "capacity_mw": plants["generation_mw"].to_numpy(float),
            "generation_mw": base.plants,
        }
    )
    return frame.groupby(["place_id", "kind"], sort=True).sum().reset_index()
