"""Roads as the assignment needs them: links and nodes with labels, and the units in which their numbers are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.road_network import RoadNetwork
from megaregion.data.problem import first
from megaregion.errors import InputError

UNSTATED = "unstated"
LINK_COLUMNS = ("from_node", "to_node", "free_time", "capacity", "b", "power")
NUMBERS = ("free_time", "capacity", "b", "power", "length", "toll", "build_cost")


@dataclass(frozen=True, kw_only=True)
class RoadUnits:
    """Units of a road network as its file states them, ``unstated`` where it says nothing.

    Nothing is converted on the ground of a guess: published test networks count time in minutes, in hours or in
    hundredths of an hour, and many do not say.

    Attributes
    ----------
    time, flow, length, money : str
        Of the free-flow time, of capacity and demand, of the length, of tolls.
    """

    time: str = UNSTATED
    flow: str = UNSTATED
    length: str = UNSTATED
    money: str = UNSTATED

    def product(self) -> str:
        """Unit of a total time: flow times time."""
        return UNSTATED if UNSTATED in (self.flow, self.time) else f"{self.flow} x {self.time}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Roads:
    """A road network with labels.

    Attributes
    ----------
    links : DataFrame
        Index `link_id` (text); columns from_node, to_node (text), free_time (units.time, of an empty link), capacity
        (units.flow), b, power; optional: length (units.length), toll (units.money), build_cost (of a candidate; 0 of
        what stands), allowed_uses (text, comma-separated; empty or `all` = open to all), geometry (shapely lines).
        Every row is one direction.
    nodes : DataFrame
        Index `node_id` (text); columns zone_id (text, missing where no trip may begin or end) and no_through (bool:
        no way passes the node); optional x, y (in `crs`).
    units : RoadUnits
    name : str
    crs : str
        Reference system of x, y and geometry, as pyproj knows it; empty if unknown.
    notes : tuple of str
        What a reader of results must know of the reading.

    Raises
    ------
    InputError
        Columns are missing, labels repeated or unknown, numbers negative or missing; everything wrong is listed.
    """

    links: pd.DataFrame
    nodes: pd.DataFrame
    units: RoadUnits = RoadUnits()
    name: str = ""
    crs: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if problems := self._problems():
            raise InputError(
                f"the road network {self.name or ''} cannot be used:".replace("  ", " ")
                + "".join(f"\n  {text}" for text in problems),
                hint="correct the tables of links and nodes",
            )

    def _problems(self) -> list[str]:
        lacking = [f"links.{c}" for c in LINK_COLUMNS if c not in self.links.columns]
        lacking += [f"nodes.{c}" for c in ("zone_id", "no_through") if c not in self.nodes.columns]
        if lacking:
            return [f"columns are lacking: {', '.join(lacking)}"]
        out = []
        zones = self.nodes["zone_id"].dropna()
        for what, labels in (("links.link_id", self.links.index), ("nodes.node_id", self.nodes.index),
                             ("nodes.zone_id", pd.Index(zones))):  # fmt: skip
            if not labels.is_unique:
                out.append(f"{what}: {_listed(labels[labels.duplicated()].unique())} stand twice")
        if zones.empty:
            out.append("nodes.zone_id: no node is a zone, so no trip can begin or end")
        for end in ("from_node", "to_node"):
            lost = ~self.links[end].isin(self.nodes.index)
            if lost.any():
                rows = [f"{n} of link {i}" for i, n in self.links.loc[lost, end].head(5).items()]
                out.append(f"links.{end}: {int(lost.sum())} are no nodes: {', '.join(rows)}")
        for name in [n for n in NUMBERS if n in self.links.columns]:
            value = self.links[name].to_numpy(float)
            bad = ~(np.isfinite(value) & (value >= 0))
            if bad.any():
                rows = [f"{i} has {v:g}" for i, v in zip(self.links.index[bad][:5], value[bad][:5], strict=True)]
                out.append(f"links.{name} must be finite and >= 0, {int(bad.sum())} are not: {', '.join(rows)}")
        return out

    @property
    def zones(self) -> pd.Index:
        """Labels of the zones, in the order of demand and skims."""
        labels: pd.Index = pd.Index(self.nodes["zone_id"].dropna().astype(object), name="zone_id")
        return labels

    @property
    def order(self) -> pd.Index:
        """Labels of the nodes as `network` numbers them: zones first."""
        zone = self.nodes["zone_id"].notna().to_numpy()
        whole: pd.Index = self.nodes.index[zone].append(self.nodes.index[~zone])
        return whole

    def network(self, *, toll_weight: float = 0.0, distance_weight: float = 0.0) -> RoadNetwork:
        """The arrays that the assignment computes with; links in the order of `links`, zones in that of `zones`.

        Parameters
        ----------
        toll_weight, distance_weight : float
            Time that one unit of toll and one unit of length are worth, in units.time.

        Raises
        ------
        InputError
            A weight is negative, or its column is not there.
        """
        fixed = np.zeros(len(self.links))
        for name, weight in (("toll", toll_weight), ("length", distance_weight)):
            if not (np.isfinite(weight) and weight >= 0):
                raise InputError(f"the weight of {name} must be finite and >= 0, got {weight!r}")
            if weight > 0 and name not in self.links.columns:
                raise InputError(f"links have no column {name}, so a weight of {weight:g} means nothing",
                                 hint="leave the weight out, or give the column")  # fmt: skip
            if weight > 0:
                fixed += weight * self.links[name].to_numpy(float)
        order = self.order
        ends = {e: order.get_indexer(pd.Index(self.links[f"{e}_node"])).astype(np.int32) for e in ("from", "to")}
        column = {name: self.links[name].to_numpy(float) for name in ("free_time", "capacity", "b", "power")}
        return RoadNetwork(
            nodes=len(order), zones=len(self.zones), tail=ends["from"], head=ends["to"], fixed=fixed, **column,
            no_through=self.nodes["no_through"].reindex(order).to_numpy(bool),
        )  # fmt: skip

    def allows(self, use: str) -> NDArray[np.bool_]:
        """Links that `use` (auto, truck, ...) may take: those that name it, and those that name nothing."""
        if "allowed_uses" not in self.links.columns:
            return np.ones(len(self.links), dtype=bool)
        named = self.links["allowed_uses"].fillna("").astype(str).str.split(",")
        return np.array([not "".join(uses).strip() or {use, "all"} & {u.strip() for u in uses} for uses in named], bool)

    def replace(self, **changes: Any) -> Roads:
        """The same network with other parts, checked again."""
        return replace(self, **changes)


def with_centroids(links: pd.DataFrame, nodes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Give every zone that several nodes share a centroid of its own, tied to each of them at no time.

    A zone of one node begins and ends at that node, and gets nothing. Ways never pass a centroid.

    Returns
    -------
    links, nodes : DataFrame
        With the connectors (capacity 0, b 0: free at any flow) and centroids added; the zone of a centroid's nodes is
        taken from them.
    notes : list of str
    """
    shared = nodes["zone_id"].dropna()
    shared = shared[shared.duplicated(keep=False)]
    if shared.empty:
        return links, nodes, []
    ties, centroids = [], []
    for zone, members in shared.groupby(shared, sort=False):
        centroid = f"zone:{zone}"
        at = {c: nodes.loc[members.index, c].mean() for c in ("x", "y") if c in nodes.columns}
        centroids.append({"node_id": centroid, "zone_id": zone, "no_through": True, **at})
        for node in members.index:
            ties += [(f"{centroid}>{node}", centroid, node), (f"{node}>{centroid}", node, centroid)]
    tie = pd.DataFrame(ties, columns=["link_id", "from_node", "to_node"]).set_index("link_id")
    for name in [n for n in NUMBERS if n in links.columns]:
        tie[name] = 0.0
    tie["power"] = 1.0
    nodes = nodes.assign(zone_id=nodes["zone_id"].where(~nodes.index.isin(shared.index)))
    extra = pd.DataFrame(centroids).set_index("node_id").reindex(columns=nodes.columns)
    extra["no_through"] = True
    note = f"{len(extra)} zones have several nodes: each got a centroid and connectors that take no time"
    whole = pd.concat([nodes.astype({"zone_id": object}), extra.astype({"zone_id": object})])
    return pd.concat([links, tie]), whole.astype({"no_through": bool}), [note]


def lines(roads: Roads) -> NDArray[np.object_]:
    """Line of every link: its geometry, else straight between its nodes; None where neither is known."""
    import shapely

    out = np.full(len(roads.links), None, dtype=object)
    if {"x", "y"} <= set(roads.nodes.columns):
        at = roads.nodes[["x", "y"]].astype(float)
        ends = np.stack([at.reindex(roads.links[e]).to_numpy() for e in ("from_node", "to_node")], axis=1)
        known = np.isfinite(ends).all(axis=(1, 2))
        out[known] = shapely.linestrings(ends[known])
    if "geometry" in roads.links.columns:
        drawn = roads.links["geometry"].to_numpy(object)
        given = np.array([shape is not None and shape == shape for shape in drawn], dtype=bool)
        out[given] = drawn[given]
    return out


def read_roads(path: Path, **options: Any) -> Roads:
    """Read a road network; the reader is chosen by the kind of file.

    Parameters
    ----------
    path : Path
        TNTP file (``.tntp``, ``.txt``, also ``.gz``), folder in GMNS (node.csv and link.csv), folder or workspace with
        a table of links (links.csv or tables/links.csv), GeoPackage with a layer `links`.
    **options
        Of the reader: `sources.tntp.read_network`, `sources.gmns.read_gmns`, `sources.road_tables.read_tables` or
        `sources.road_tables.read_geopackage`. Those that are None are left out.

    Raises
    ------
    InputError
        The kind is not known, an option does not belong to it, or the file cannot be used.
    """
    from megaregion.data.sources import gmns, road_tables, tntp

    path = Path(path)
    if not path.exists():
        raise InputError(f"there is no {path}", hint="give a file or a folder that exists")
    name = path.name.lower().removesuffix(".gz")
    if path.is_dir() and (path / "link.csv").is_file():
        reader: Any = gmns.read_gmns
    elif path.is_dir():
        reader = road_tables.read_tables
    elif name.endswith((".tntp", ".txt")):
        reader = tntp.read_network
    elif name.endswith(".gpkg"):
        reader = road_tables.read_geopackage
    else:
        raise InputError(
            f"{path.name} is no road network that is known here",
            hint="known: TNTP (.tntp, .txt, .gz), a folder with node.csv and link.csv (GMNS) or with links.csv and "
            "nodes.csv, a GeoPackage (.gpkg) with the layers links and nodes",
        )
    given = {key: value for key, value in options.items() if value is not None}
    taken = reader.__kwdefaults__ or {}
    if unknown := sorted(set(given) - set(taken)):
        raise InputError(
            f"{path.name}: {', '.join(unknown)} cannot be given for this kind of file",
            hint=f"it takes {', '.join(sorted(taken)) or 'no options'}",
        )
    found: Roads = reader(path, **given)
    return found


def _listed(labels: Iterable[object]) -> str:
    labels = list(labels)
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(first(labels)) + more
