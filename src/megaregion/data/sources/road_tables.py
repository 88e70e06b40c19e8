"""Road networks as plain tables: links.csv and nodes.csv of a folder or a workspace, or layers of a GeoPackage.

Columns carry their unit: free_time_min (or time_min), capacity_per_h, length_km, toll, b, power.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.atomic import replacing, write_text
from megaregion.data.roads import Roads, RoadUnits, lines, with_centroids
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, UnitError

UNITS = RoadUnits(time="min", flow="veh/h", length="km")
_COLUMNS = {  # column of the links -> names in the tables
    "from_node": ("from_node",), "to_node": ("to_node",), "free_time": ("free_time_min", "time_min"),
    "capacity": ("capacity_per_h",), "b": ("b",), "power": ("power",), "length": ("length_km",), "toll": ("toll",),
    "build_cost": ("build_cost", "cost"), "allowed_uses": ("allowed_uses",), "geometry": ("geometry",),
}  # fmt: skip
_TEXT = ("from_node", "to_node", "allowed_uses", "geometry")
_OPTIONAL = ("length", "toll", "build_cost", "allowed_uses", "geometry")
_TRUE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


def read_tables(path: Path, *, b: float | None = None, power: float | None = None, crs: str | None = None) -> Roads:
    """Read links.csv and nodes.csv of a folder, or of the folder `tables` in it.

    Parameters
    ----------
    path : Path
        Folder. Links: link_id, from_node, to_node, free_time_min (or time_min), capacity_per_h; optional b, power,
        length_km, toll, build_cost, allowed_uses, oneway (absent: every row is one direction in a plain folder, both
        in a workspace, as its schema says), mode (only `road` is read), status (candidates need a cost, the rest that
        is not `existing` is left out). Nodes: node_id; zone_id (or place_id); optional x, y (or lon, lat), no_through.
    b, power : float, optional
        Parameters of the delay of all links, where the table has no columns of that name.
    crs : str, optional
        Reference system of x and y; lon and lat are WGS-84.

    Raises
    ------
    InputError
        A table or column is missing or cannot be used; everything wrong is listed.
    """
    path = Path(path)
    folder = path / "tables" if (path / "tables").is_dir() else path
    parts: dict[str, pd.DataFrame] = {}
    problems = []
    for name in ("links", "nodes"):
        files = [p for p in sorted(folder.glob(f"{name}.*")) if p.suffix.lower() in (".csv", ".xlsx", ".parquet")]
        if not files:
            problems.append(f"there is no {name}.csv")
        for file in files:
            frame, found = read_table(file, file.name)
            problems += [f"{file.name}: {p.message}" for p in found if p.severity == "error"]
            parts[name] = pd.concat([parts[name], frame], ignore_index=True) if name in parts else frame
    if problems:
        raise InputError(f"{path.name} cannot be used as roads: " + "; ".join(problems),
                         hint="a folder of roads holds links.csv and nodes.csv")  # fmt: skip
    return _roads(path.name, parts["links"], parts["nodes"], b=b, power=power, both=folder != path, crs=crs or "")


def read_geopackage(path: Path, *, b: float | None = None, power: float | None = None) -> Roads:
    """Read the layers `links` (lines) and `nodes` (points) of a GeoPackage; columns as of `read_tables`.

    Raises
    ------
    InputError
        A layer or column is missing or cannot be used; everything wrong is listed.
    """
    import geopandas as gpd
    import pyogrio

    path = Path(path)
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        lacking = [name for name in ("links", "nodes") if name not in layers]
        if lacking:
            raise InputError(
                f"{path.name} lacks the layers {', '.join(lacking)}; there: {', '.join(layers) or 'none'}",
                hint="lines need from_node and to_node; ways that only touch must first be made a network",
            )
        links, nodes = (gpd.read_file(path, layer=name) for name in ("links", "nodes"))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(f"{path.name} cannot be read: {error}", hint="write it again") from error
    points = pd.DataFrame(nodes.drop(columns="geometry")).assign(x=nodes.geometry.x, y=nodes.geometry.y)
    crs = links.crs.to_string() if links.crs is not None else ""
    return _roads(path.name, pd.DataFrame(links), points, b=b, power=power, both=False, crs=crs)


def write_tables(folder: Path, roads: Roads) -> None:
    """Write links.csv and nodes.csv, each in one step; geometry is left out.

    Raises
    ------
    UnitError
        The roads are not in minutes, vehicles an hour and kilometres, which the names of the columns promise.
    """
    links, nodes = _tables(roads)
    if roads.crs.upper() == "EPSG:4326":
        nodes = nodes.rename(columns={"x": "lon", "y": "lat"})
    for name, frame in (("links", links.drop(columns="geometry", errors="ignore")), ("nodes", nodes)):
        write_text(Path(folder) / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))


def write_geopackage(path: Path, roads: Roads) -> None:
    """Write the layers links and nodes that `read_geopackage` reads, in one step.

    Raises
    ------
    UnitError
        As `write_tables`.
    InputError
        A node has no coordinates.
    """
    import geopandas as gpd
    import pyogrio

    links, nodes = _tables(roads)
    if not {"x", "y"} <= set(nodes.columns) or not (known := nodes[["x", "y"]].notna().all(axis=1)).all():
        raise InputError("a GeoPackage of roads needs the coordinates of all nodes", hint="write tables instead")
    crs = roads.crs or None
    layers = {
        "links": gpd.GeoDataFrame(links.drop(columns="geometry", errors="ignore"), geometry=lines(roads), crs=crs),
        "nodes": gpd.GeoDataFrame(nodes.drop(columns=["x", "y"]), crs=crs,
                                  geometry=gpd.points_from_xy(nodes.loc[known, "x"], nodes.loc[known, "y"])),
    }  # fmt: skip
    with replacing(Path(path)) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")  # then it is unknown here as well
        for number, (name, frame) in enumerate(layers.items()):
            pyogrio.write_dataframe(frame, temporary, layer=name, driver="GPKG", append=number > 0)


def _tables(roads: Roads) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links and nodes with the names of columns that the readers know."""
    wanted = {"time": "min", "flow": "veh/h"} | ({"length": "km"} if "length" in roads.links.columns else {})
    if wrong := {k: getattr(roads.units, k) for k, unit in wanted.items() if getattr(roads.units, k) != unit}:
        raise UnitError(f"tables of roads are in {', '.join(wanted.values())}, here: {wrong}",
                        hint="write TNTP, which has no units of its own")  # fmt: skip
    kept = [c for c in _COLUMNS if c in roads.links.columns]
    links = roads.links[kept].rename(columns={c: _COLUMNS[c][0] for c in kept})
    nodes = roads.nodes[[c for c in ("zone_id", "no_through", "x", "y") if c in roads.nodes.columns]]
    return links.rename_axis("link_id").reset_index(), nodes.rename_axis("node_id").reset_index()


def _roads(
    name: str, raw: pd.DataFrame, points: pd.DataFrame, *, b: float | None, power: float | None, both: bool, crs: str
) -> Roads:
    problems: list[str] = []
    notes: list[str] = []
    raw = _standing(raw, notes)
    if raw.empty:
        why = " that stands: " + "; ".join(notes) if notes else ": no row of links"
        raise InputError(f"{name} has no road{why}",
                         hint="give the table of links rows of mode road, or another network")  # fmt: skip
    if "mode" in points.columns and {"from_node", "to_node"} <= set(raw.columns):
        used = set(raw["from_node"].astype(str).str.strip()) | set(raw["to_node"].astype(str).str.strip())
        mine = points["node_id"].astype(str).str.strip().isin(used) if "node_id" in points.columns else False
        points = points[(points["mode"].astype(str).str.strip() == "road") | mine]
    links = _links(raw, {"b": b, "power": power}, both, problems)
    nodes, stated = _nodes(points, problems)
    if problems:
        raise InputError(f"{name} cannot be used as roads:" + "".join(f"\n  {p}" for p in problems),
                         hint="correct the tables, or give b and power for all links")  # fmt: skip
    links, nodes, more = with_centroids(links, nodes)
    return Roads(links=links, nodes=nodes, units=UNITS, name=name, crs=crs or stated, notes=(*notes, *more))


def _standing(raw: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Roads that stand or are candidates."""
    if "mode" in raw.columns:
        road = raw["mode"].astype(str).str.strip() == "road"
        notes += [f"{int((~road).sum())} links of other modes left out"] if not road.all() else []
        raw = raw[road]
    if "status" in raw.columns:
        status = raw["status"].astype(str).str.strip()
        cost = pd.to_numeric(raw["cost"], errors="coerce") if "cost" in raw.columns else pd.Series(np.nan, raw.index)
        keep = (status == "existing") | ((status == "candidate") & (cost > 0))
        notes += [f"{int((~keep).sum())} links that do not stand left out"] if not keep.all() else []
        raw = raw[keep]
        if "cost" in raw.columns:
            raw = raw.assign(build_cost=cost[keep].where(status[keep] == "candidate", 0.0)).drop(columns="cost")
    return raw


def _links(raw: pd.DataFrame, given: dict[str, float | None], both: bool, problems: list[str]) -> pd.DataFrame:
    out: dict[str, Any] = {}
    if "link_id" not in raw.columns:
        problems.append("links.link_id is missing")
        return pd.DataFrame()
    index = pd.Index(raw["link_id"].astype(str).str.strip().to_numpy(object), name="link_id")
    for column, names in _COLUMNS.items():
        there = next((n for n in names if n in raw.columns), None)
        if there is None:
            if column in ("b", "power") and given[column] is not None:
                out[column] = np.full(len(raw), float(given[column] or 0.0))
            elif column not in _OPTIONAL:
                problems.append(f"links.{' or '.join(names)} is missing")
            continue
        if column == "geometry":
            out[column] = raw[there].to_numpy(object)
        elif column in _TEXT:
            out[column] = raw[there].fillna("").astype(str).str.strip().to_numpy(object)
        else:
            value = pd.to_numeric(raw[there], errors="coerce").to_numpy(float)
            if column in ("toll", "build_cost"):
                value = np.where(raw[there].isna() | (raw[there].astype(str).str.strip() == ""), 0.0, value)
            if (bad := ~np.isfinite(value)).any():
                rows = ", ".join(map(str, index[bad][:5]))
                problems.append(f"links.{there} is empty or no number for {int(bad.sum())} links: {rows}")
            out[column] = value
    links = pd.DataFrame(out, index=index)
    return _reversed(links, raw, index, both, problems)


def _reversed(links: pd.DataFrame, raw: pd.DataFrame, index: pd.Index, both: bool, problems: list[str]) -> pd.DataFrame:
    """With a second row, `<link_id>:reverse`, for every link that serves both directions."""
    oneway = np.full(len(links), not both)
    if "oneway" in raw.columns:
        text = raw["oneway"].fillna("").astype(str).str.strip().str.lower()
        if len(bad := index[~text.isin(list(_TRUE))]):
            problems.append(f"links.oneway must be true or false: {', '.join(map(str, bad[:5]))}")
        oneway = text.map(lambda t: _TRUE.get(t, True)).to_numpy(bool)
    return with_reverse(links, ~oneway)


def with_reverse(links: pd.DataFrame, both: Any) -> pd.DataFrame:
    """Links with a second row, ``<link_id>:reverse``, behind those where `both` is true."""
    if not np.any(both) or not {"from_node", "to_node"} <= set(links.columns):
        return links
    back = links[np.asarray(both)].rename(columns={"from_node": "to_node", "to_node": "from_node"})
    back = back.set_axis(pd.Index([f"{i}:reverse" for i in back.index], name="link_id"))
    if "geometry" in back.columns:
        import shapely

        back["geometry"] = [shapely.reverse(g) if g is not None and g == g else None for g in back["geometry"]]
    return pd.concat([links, back])


def _nodes(raw: pd.DataFrame, problems: list[str]) -> tuple[pd.DataFrame, str]:
    zone = next((n for n in ("zone_id", "place_id") if n in raw.columns), None)
    if "node_id" not in raw.columns or zone is None:
        problems.append("nodes need the columns node_id and zone_id (or place_id)")
        return pd.DataFrame(), ""
    out = pd.DataFrame(index=pd.Index(raw["node_id"].astype(str).str.strip().to_numpy(object), name="node_id"))
    label = raw[zone].fillna("").astype(str).str.strip().to_numpy(object)
    out["zone_id"] = pd.Series(label, index=out.index, dtype=object).where(label != "", None)
    flag = raw["no_through"].fillna("").astype(str).str.strip().str.lower() if "no_through" in raw.columns else None
    out["no_through"] = False if flag is None else flag.map(lambda t: _TRUE.get(t, True)).to_numpy(bool)
    if flag is not None and not flag.isin(list(_TRUE)).all():
        problems.append("nodes.no_through must be true or false")
    degrees = {"lon", "lat"} <= set(raw.columns)
    for name, there in (("x", "lon" if degrees else "x"), ("y", "lat" if degrees else "y")):
        if there in raw.columns:
            out[name] = pd.to_numeric(raw[there], errors="coerce").to_numpy(float)
    return out, "EPSG:4326" if degrees else ""
