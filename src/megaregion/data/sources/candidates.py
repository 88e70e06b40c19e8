"""Candidate links of a road network and what each costs: a table, or a TNTP file with a column Cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.problem import first
from megaregion.data.roads import Roads
from megaregion.data.sources.table import read_table
from megaregion.data.sources.tntp import read_network
from megaregion.errors import InputError

_NEW = {"free_time": ("free_time", "free_time_min", "time_min"), "capacity": ("capacity", "capacity_per_h"),
        "b": ("b",), "power": ("power",)}  # fmt: skip
_MORE = {"length": ("length", "length_km"), "toll": ("toll",)}
_ENDS = {"from_node": ("from_node", "from"), "to_node": ("to_node", "to")}
_COST = ("cost", "build_cost")


def with_candidates(roads: Roads, path: Path) -> Roads:
    """Roads whose links have a `build_cost` as a file states it.

    Parameters
    ----------
    roads : Roads
        A `build_cost` that they already have is replaced.
    path : Path
        Table with a column cost and link_id, or from_node and to_node (also from, to), of links of the network. Rows
        that also give free_time, capacity, b and power are new links. In a TNTP file the rows with a cost are new
        links between the nodes of `roads`.

    Raises
    ------
    InputError
        Links are unknown, meant twice or not clear (several between two nodes), costs or numbers missing or not
        positive; everything wrong is listed.
    """
    path = Path(path)
    if path.name.lower().removesuffix(".gz").endswith((".tntp", ".txt")):
        return _from_tntp(roads, path)
    frame, found = read_table(path, path.name)
    if broken := [p.message for p in found if p.severity == "error"]:
        raise InputError(f"{path.name}: " + "; ".join(broken), hint="correct the file")
    lower = {str(c).strip().lower(): c for c in frame.columns}

    def column(names: tuple[str, ...]) -> pd.Series | None:
        name = next((lower[n] for n in names if n in lower), None)
        return None if name is None else frame[name].astype(str).str.strip()

    cost = column(_COST)
    ends = {end: column(names) for end, names in _ENDS.items()}
    link = column(("link_id",))
    numbers = {name: column(names) for name, names in (_NEW | _MORE).items()}
    known = {name: text for name, text in ends.items() if text is not None}
    if cost is None or (link is None and len(known) < 2):
        raise InputError(f"{path.name} needs the columns cost and link_id, or cost, from_node and to_node",
                         hint=f"there: {', '.join(map(str, frame.columns))}")  # fmt: skip
    problems: list[str] = []
    price = _positive(cost, "cost", problems)
    given = {name: text for name, text in numbers.items() if text is not None}
    if len(known) == 2 and set(_NEW) <= set(given):
        new = pd.DataFrame({**known, **{n: _number(t, n, problems) for n, t in given.items()}, "build_cost": price})
        labels = [f"new {i + 1}" for i in range(len(new))] if link is None else link.to_list()
        out = _appended(roads, new.set_axis(pd.Index(labels, name="link_id")), problems)
    else:
        out = _priced(roads, link, known, price, problems)
    if problems:
        raise InputError(f"{path.name} cannot be used:" + "".join(f"\n  {p}" for p in problems),
                         hint="one row a candidate, rows are counted from 1 below the header")  # fmt: skip
    return roads.replace(links=out)


def _from_tntp(roads: Roads, path: Path) -> Roads:
    other = read_network(path)
    if "build_cost" not in other.links.columns or not (other.links["build_cost"] > 0).any():
        raise InputError(f"{path.name} has no row with a cost", hint="a last column Cost marks the candidates")
    new = other.links[other.links["build_cost"] > 0]
    problems: list[str] = []
    out = _appended(
        roads, new.set_axis(pd.Index([f"new {i}" for i in range(1, len(new) + 1)], name="link_id")), problems
    )
    if problems:
        raise InputError(f"{path.name}: " + "; ".join(problems))
    return roads.replace(links=out)


def _appended(roads: Roads, new: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    """Links of the network, and behind them the new ones with the columns that both have use for."""
    nodes = roads.nodes.index
    for end in _ENDS:
        lost = [n for n in new[end] if n not in nodes]
        if lost:
            problems.append(f"{end}: {len(lost)} are no nodes of the network: {', '.join(first(lost))}")
    if len(twice := new.index[new.index.isin(roads.links.index) | new.index.duplicated()]):
        problems.append(f"link_id of new links must be new: {', '.join(first(twice))}")
    stand = roads.links.assign(build_cost=0.0)
    names = [c for c in stand.columns if c in new.columns]
    if len(lacking := [c for c in ("length", "toll") if c in stand.columns and c not in new.columns]):
        new = new.assign(**dict.fromkeys(lacking, 0.0))
        names = [c for c in stand.columns if c in new.columns]
    return pd.concat([stand, new[names]])


def _priced(
    roads: Roads, link: pd.Series | None, ends: dict[str, pd.Series], price: NDArray[np.float64], problems: list[str]
) -> pd.DataFrame:
    """Links of the network with the cost of those that the table names."""
    links = roads.links
    if link is not None:
        rows = links.index.get_indexer(pd.Index(link))
        lost = [label for label, row in zip(link, rows, strict=True) if row < 0]
    else:
        pairs = pd.MultiIndex.from_frame(links[["from_node", "to_node"]].astype(object))
        wanted = list(zip(ends["from_node"], ends["to_node"], strict=True))
        several = [f"{a} to {b}" for a, b in wanted if (pairs == (a, b)).sum() > 1]
        if several:
            problems.append(f"several links join these nodes, name them by link_id: {', '.join(first(several))}")
        single = pairs[~pairs.duplicated(keep=False)]
        place = np.flatnonzero(~pairs.duplicated(keep=False))
        at = single.get_indexer(pd.MultiIndex.from_tuples(wanted, names=pairs.names)) if wanted else np.empty(0, int)
        rows = np.where(at >= 0, place[at] if len(place) else -1, -1)
        lost = [f"{a} to {b}" for (a, b), row in zip(wanted, rows, strict=True)
                if row < 0 and f"{a} to {b}" not in several]  # fmt: skip
    if lost:
        problems.append(f"{len(lost)} are no links of the network: {', '.join(first(lost))}")
    hit = rows[rows >= 0]
    if len(twice := links.index[np.bincount(hit, minlength=len(links)) > 1]):
        problems.append(f"links are meant twice: {', '.join(first(twice))}")
    cost = np.zeros(len(links))
    cost[hit] = price[rows >= 0]
    return links.assign(build_cost=cost)


def _number(text: pd.Series, name: str, problems: list[str]) -> NDArray[np.float64]:
    value = pd.to_numeric(text, errors="coerce").to_numpy(float)
    bad = np.flatnonzero(~(np.isfinite(value) & (value >= 0)))
    if bad.size:
        rows = ", ".join(f"row {i + 1} has {text.iloc[i]!r}" for i in bad[:5])
        problems.append(f"{name} must be a number >= 0: {rows}")
    return np.where(np.isfinite(value), value, 0.0)


def _positive(text: pd.Series, name: str, problems: list[str]) -> NDArray[np.float64]:
    value = pd.to_numeric(text, errors="coerce").to_numpy(float)
    bad = np.flatnonzero(~(np.isfinite(value) & (value > 0)))
    if bad.size:
        rows = ", ".join(f"row {i + 1} has {text.iloc[i]!r}" for i in bad[:5])
        problems.append(f"{name} must be a number > 0: {rows}")
    return value
