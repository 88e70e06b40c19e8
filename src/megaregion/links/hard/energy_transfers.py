"""How much more power the grid could carry from one place to another before a line is full."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.links.hard.energy_inputs import Energy

Floats = NDArray[np.float64]
MOST = 2_000_000_000  # cells of line x outage x pair: beyond, only the whole grid is looked at
COLUMNS = ("from_place", "to_place", "capability_mw", "limit", "capability_n1_mw", "limit_n1", "outage_n1")


def transfers(given: Energy, flow: Floats, factors: Floats, moved: Floats, *, felt: float) -> pd.DataFrame:
    """Capability of the whole grid and under the worst single outage, by ordered pair of places.

    Parameters
    ----------
    given : Energy
    flow : (m,) array
        Of the dispatch that is running.
    factors, moved : array
        `Grid.transfer_factors()`, `Grid.outage_factors()`.
    felt : float
        A line that carries less than this part of a transfer does not limit it.

    Returns
    -------
    DataFrame
        Columns as in COLUMNS; pairs from a place with generation to one with demand in the same island. Missing where
        no line of stated capacity carries any of it.

    Notes
    -----
    The transfer enters where the place generates, by capacity, and leaves where the other draws, by demand. The grid
    limits it, what plants have left does not (linear available transfer capability). In a real grid some line somewhere
    is always full, and feels a trace of every transfer: operators leave out what is hardly touched (5 % in the European
    capacity calculation), or every room would be zero.
    """
    grid, place = given.grid, given.buses["place"].astype(str).to_numpy(object)
    part = grid.islands()
    names = sorted(set(place))
    give, take = (_shares(place, names, weight) for weight in (given.capacity, given.demand))
    home = {name: set(part[place == name]) for name in names}
    pairs = [(a, b) for a in range(len(names)) for b in range(len(names)) if a != b and give[a].any() and take[b].any()
             and home[names[a]] == home[names[b]] and len(home[names[a]]) == 1]  # fmt: skip
    if not pairs:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    start, end = np.array(pairs).T
    over = factors @ (give[start] - take[end]).T  # (m, pairs)
    room, at = _room(flow[:, None], over, given.limit[:, None], felt)
    lines = given.lines.index.to_numpy(object)
    table = pd.DataFrame({
        "from_place": [names[a] for a in start], "to_place": [names[b] for b in end], "capability_mw": room,
        "limit": np.where(np.isfinite(room), lines[at] if len(lines) else "", ""),
    })  # fmt: skip
    worst, limit, outage = room.copy(), at.copy(), np.full(len(pairs), -1)
    if grid.lines**2 * len(pairs) <= MOST:
        for k in np.flatnonzero(~np.isnan(np.diag(moved))):
            after = flow + moved[:, k] * flow[k]
            spread = over + moved[:, k][:, None] * over[k][None, :]
            left, full = _room(after[:, None], spread, given.limit[:, None], felt, gone=int(k))
            lower = left < worst
            worst[lower], limit[lower], outage[lower] = left[lower], full[lower], k
        known = np.isfinite(worst)
        table["capability_n1_mw"] = np.where(known, worst, np.nan)
        table["limit_n1"] = np.where(known, lines[limit], "")
        table["outage_n1"] = np.where(outage >= 0, lines[outage], "")
    else:
        table["capability_n1_mw"], table["limit_n1"], table["outage_n1"] = np.nan, "", ""
    table["capability_mw"] = table["capability_mw"].where(np.isfinite(table["capability_mw"]))
    return table[list(COLUMNS)]


def _shares(place: NDArray[np.object_], names: list[str], weight: Floats) -> Floats:
    out = np.array([np.where(place == name, weight, 0.0) for name in names])
    total = out.sum(axis=1, keepdims=True)
    share: Floats = np.divide(out, total, out=np.zeros_like(out), where=total > 0)
    return share


def _room(
    flow: Floats, over: Floats, limit: Floats, felt: float, gone: int | None = None
) -> tuple[Floats, NDArray[np.intp]]:  # fmt: skip
    """Largest transfer before the first line is full, and that line; infinite if none ever is."""
    if not len(flow):
        return np.full(over.shape[1], np.inf), np.zeros(over.shape[1], np.intp)
    ahead = np.where(over > 0, limit - flow, limit + flow)
    counts = (np.abs(over) >= felt) & np.isfinite(limit)
    room = np.divide(np.maximum(ahead, 0.0), np.abs(over), out=np.full(over.shape, np.inf), where=counts)
    if gone is not None:
        room[gone] = np.inf
    at = room.argmin(axis=0)
    return room[at, np.arange(room.shape[1])], at
