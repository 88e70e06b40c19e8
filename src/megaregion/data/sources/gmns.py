"""GMNS: a folder with node.csv and link.csv, and config.csv, geometry.csv, use_group.csv where given.

General Modeling Network Specification, https://github.com/zephyr-data-specs/GMNS. The specification knows no parameters
of delay; columns that programs add for them are read (b, vdf_alpha, VDF_alpha1, bpr_alpha; power, vdf_beta, ...).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.problem import first
from megaregion.data.roads import UNSTATED, Roads, RoadUnits, with_centroids
from megaregion.data.sources.road_tables import with_reverse
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, UnitError
from megaregion.units import factor

_LENGTHS = {
    "mi": ("mi", "mile", "miles"), "km": ("km", "kilometer", "kilometers", "kilometre", "kilometres"),
    "m": ("m", "meter", "meters", "metre", "metres"), "ft": ("ft", "foot", "feet"),
}  # fmt: skip
_SPEEDS = {"mph": ("mph", "mi/h", "miles per hour"), "km/h": ("km/h", "kmh", "kph", "kmph", "kilometers per hour")}
_DELAY = {
    "b": ("b", "vdf_alpha", "vdf_alpha1", "bpr_alpha", "alpha"),
    "power": ("power", "vdf_beta", "vdf_beta1", "bpr_beta", "beta"),
}
_TRUE = {"true": True, "1": True, "t": True, "yes": True, "false": False, "0": False, "f": False, "no": False}


def read_gmns(
    path: Path, *, b: float | None = None, power: float | None = None, use: str | None = None,
    lane_capacity: float | None = None, length_unit: str | None = None, speed_unit: str | None = None,
) -> Roads:  # fmt: skip
    """Read a network.

    Parameters
    ----------
    path : Path
        Folder.
    b, power : float, optional
        Parameters of the delay of all links, where link.csv has no columns for them.
    use : str, optional
        Leave out the links that do not allow this use (auto, truck ...); a link that names no use, or `all`, is open.
    lane_capacity : float, optional
        Vehicles an hour and lane of the links whose capacity is empty, which the specification allows.
    length_unit, speed_unit : str, optional
        ``mi``, ``km``, ``m`` or ``ft``, and ``mph`` or ``km/h``, where config.csv does not say.

    Returns
    -------
    Roads
        free_time = length / free_speed in minutes, capacity = lanes x capacity per lane, length in km, toll in the
        currency of config.csv. A link that is not directed becomes two. Nodes with a zone_id are zones; nodes of
        node_type `centroid` may not be passed; several nodes of one zone share a centroid. Where there is no column
        `directed`, as in older files, dir_flag 1 and -1 count as directed, and a note says so.

    Raises
    ------
    InputError
        A file or column is missing, labels or numbers cannot be used, a unit or a parameter of delay is neither in the
        files nor given; everything wrong is listed.
    """
    path = Path(path)
    problems: list[str] = []
    raw = {name: _read(path, name, problems) for name in ("node", "link", "config", "geometry", "use_group")}
    for name in ("node", "link"):
        if raw[name] is None and not problems:
            problems.append(f"there is no {name}.csv")
    if problems:
        raise _refused(path, problems)
    node, link, config = raw["node"], raw["link"], _config(raw["config"])
    assert node is not None and link is not None
    units = _units(config, length_unit, speed_unit, problems)
    notes: list[str] = []
    link = _directed(link, notes)
    index = _lacking(link, node, problems)
    if problems:
        raise _refused(path, problems)
    link = link.set_axis(index)
    link = _expanded(link, raw["use_group"])
    if use is not None:
        link = _open_to(link, use, notes)
    if lane_capacity is not None:
        link = link.assign(capacity=link["capacity"].where(link["capacity"] != "", str(lane_capacity)))
    links, directed = _links(link, {"b": b, "power": power}, units, problems)
    geometry = _geometry(link, raw["geometry"], problems)
    if geometry is not None:
        links["geometry"] = geometry
    nodes = _nodes(node, problems)
    if problems:
        raise _refused(path, problems)
    links = with_reverse(links, ~directed)
    links, nodes, more = with_centroids(links, nodes)
    money = config.get("currency") or UNSTATED
    return Roads(links=links, nodes=nodes, units=RoadUnits(time="min", flow="veh/h", length="km", money=money),
                 name=path.name, crs=_crs(config.get("crs", "")), notes=(*notes, *more))  # fmt: skip


def write_gmns(folder: Path, roads: Roads) -> None:
    """Write node.csv, link.csv and config.csv of roads in minutes, kilometres and vehicles an hour.

    Every link is directed and of one lane; its parameters of delay are the columns vdf_alpha and vdf_beta; the speed is
    length / free_time.

    Raises
    ------
    UnitError
        The units of the roads are not stated or others.
    InputError
        A link has no length or takes no time, so that the format, which knows speeds only, cannot hold it.
    """
    from megaregion.data.atomic import write_text

    want = {"time": "min", "length": "km"}
    if wrong := {k: getattr(roads.units, k) for k in want if getattr(roads.units, k) != want[k]}:
        raise UnitError(f"GMNS needs minutes and kilometres, the roads have {wrong}", hint="write TNTP instead")
    links = roads.links
    length, time = links.get("length", pd.Series(0.0, links.index)), links["free_time"]
    if len(bad := links.index[~((length > 0) & (time > 0))]):
        raise InputError(f"GMNS knows a time only as length over speed: {len(bad)} links have no length or take no "
                         f"time: {', '.join(first(bad))}", hint="write TNTP instead")  # fmt: skip
    link = pd.DataFrame({
        "link_id": links.index, "from_node_id": links["from_node"], "to_node_id": links["to_node"], "directed": "true",
        "length": length, "free_speed": 60.0 * length / time, "capacity": links["capacity"], "lanes": 1,
        "vdf_alpha": links["b"], "vdf_beta": links["power"],
    })  # fmt: skip
    for name in ("toll", "allowed_uses"):
        if name in links.columns:
            link[name] = links[name]
    if "geometry" in links.columns:
        link["geometry"] = [g.wkt if g is not None and g == g else "" for g in links["geometry"]]
    nodes = roads.nodes
    node = pd.DataFrame({"node_id": nodes.index, "x_coord": nodes.get("x", np.nan), "y_coord": nodes.get("y", np.nan),
                         "node_type": np.where(nodes["no_through"], "centroid", ""),
                         "zone_id": nodes["zone_id"]}, index=nodes.index)  # fmt: skip
    money = "" if roads.units.money == UNSTATED else roads.units.money
    config = pd.DataFrame([{"dataset_name": roads.name, "long_length": "km", "speed": "km/h", "crs": roads.crs,
                            "currency": money, "id_type": "string"}])  # fmt: skip
    for name, frame in (("node", node), ("link", link), ("config", config)):
        write_text(Path(folder) / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))


def _refused(path: Path, problems: list[str]) -> InputError:
    return InputError(f"{path.name} cannot be used as GMNS:" + "".join(f"\n  {p}" for p in problems),
                      hint="github.com/zephyr-data-specs/GMNS lists files and columns")  # fmt: skip


def _read(path: Path, name: str, problems: list[str]) -> pd.DataFrame | None:
    """A table with text cells, blanks and NaN as empty text; None if there is no file."""
    file = path / f"{name}.csv"
    if not file.is_file():
        return None
    frame, found = read_table(file, file.name)
    problems += [f"{file.name}: {p.message}" + (f" [{', '.join(p.labels)}]" if p.labels else "") for p in found
                 if p.severity == "error"]  # fmt: skip
    cells: pd.DataFrame = frame.apply(lambda column: column.astype(str).str.strip())
    return cells.mask(cells == "NaN", "")


def _config(frame: pd.DataFrame | None) -> dict[str, str]:
    return {} if frame is None or frame.empty else {str(k): str(v) for k, v in frame.iloc[0].items()}


def _crs(text: str) -> str:
    """As pyproj knows it; a bare number is an EPSG code."""
    return f"EPSG:{text}" if text.isdigit() else text


def _directed(link: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """With a column `directed`, from dir_flag where there is none; 0 says nothing of the direction."""
    if "directed" in link.columns or "dir_flag" not in link.columns:
        return link
    notes.append("link.csv has no column directed: dir_flag 1 and -1 are taken for directed links")
    return link.assign(directed=link["dir_flag"].map({"1": "true", "-1": "true"}).fillna(""))


def _unit(text: str, known: dict[str, tuple[str, ...]]) -> str | None:
    return next((unit for unit, names in known.items() if text.strip().lower() in names), None)


def _units(config: dict[str, str], length: str | None, speed: str | None, problems: list[str]) -> tuple[float, float]:
    """Factors to km and to km/h."""
    out = []
    for key, given, known, base in (("long_length", length, _LENGTHS, "km"), ("speed", speed, _SPEEDS, "km/h")):
        option = "length_unit" if base == "km" else "speed_unit"
        text = config.get(key, "") if given is None else given
        unit = _unit(text, known)
        if not text:
            problems.append(f"config.csv does not state {key}: give --{option.replace('_', '-')} ({option}: "
                            f"{', '.join(known)})")  # fmt: skip
        elif unit is None:
            problems.append(f"{key} is {text!r}, known are {', '.join(known)}")
        out.append(factor(unit, base) if unit is not None else 1.0)
    return out[0], out[1]


def _lacking(link: pd.DataFrame, node: pd.DataFrame, problems: list[str]) -> pd.Index:
    needed = {
        "link": ("link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed", "capacity", "lanes"),
        "node": ("node_id", "x_coord", "y_coord", "zone_id"),
    }
    for name, frame in (("link", link), ("node", node)):
        lacking = [c for c in needed[name] if c not in frame.columns]
        if lacking:
            problems.append(f"{name}.csv lacks the columns {', '.join(lacking)}")
    labels = link["link_id"].to_numpy(object) if "link_id" in link.columns else np.empty(0, dtype=object)
    index: pd.Index = pd.Index(labels, name="link_id")
    return index


def _expanded(link: pd.DataFrame, groups: pd.DataFrame | None) -> pd.DataFrame:
    """Links whose allowed_uses also name the uses inside the groups that they name; a group may name groups."""
    if "allowed_uses" not in link.columns or groups is None or not {"use_group", "uses"} <= set(groups.columns):
        return link
    inside = {group: _split(text) for group, text in zip(groups["use_group"], groups["uses"], strict=True)}

    def whole(text: str) -> str:
        found, open_ = _split(text), list(_split(text))
        while open_:
            new = inside.get(open_.pop(), set()) - found
            found |= new
            open_ += sorted(new)
        return ",".join(sorted(found))

    return link.assign(allowed_uses=link["allowed_uses"].map(whole))


def _split(text: str) -> set[str]:
    return {part.strip() for part in text.split(",") if part.strip()}


def _open_to(link: pd.DataFrame, use: str, notes: list[str]) -> pd.DataFrame:
    if "allowed_uses" not in link.columns:
        notes.append(f"link.csv names no uses: all links are taken to be open to {use}")
        return link
    allowed = link["allowed_uses"].map(lambda text: not _split(text) or bool({use, "all"} & _split(text)))
    if not allowed.all():
        notes.append(f"{int((~allowed).sum())} links that do not allow {use} left out")
    return link[allowed.to_numpy(bool)]


def _number(frame: pd.DataFrame, column: str, problems: list[str], *, empty: float | None = None) -> NDArray[Any]:
    text = frame[column]
    value = pd.to_numeric(text, errors="coerce").to_numpy(float)
    if empty is not None:
        value = np.where((text == "").to_numpy(), empty, value)
    bad = ~(np.isfinite(value) & (value >= 0))
    if bad.any():
        rows = ", ".join(f"{i} has {t!r}" for i, t in zip(frame.index[bad][:5], text[bad][:5], strict=True))
        problems.append(f"link.csv.{column} must be a number >= 0, {int(bad.sum())} are not: {rows}")
    return value


def _links(
    link: pd.DataFrame, given: dict[str, float | None], units: tuple[float, float], problems: list[str]
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Links as `Roads` wants them, and which of them are directed."""
    number = {c: _number(link, c, problems) for c in ("length", "free_speed", "capacity", "lanes")}
    length, speed = number["length"] * units[0], number["free_speed"] * units[1]
    still = (speed == 0) & (length > 0)
    if still.any():
        problems.append(f"link.csv.free_speed is 0 on {int(still.sum())} links: {', '.join(first(link.index[still]))}")
    out = pd.DataFrame({
        "from_node": link["from_node_id"], "to_node": link["to_node_id"],
        "free_time": np.where(length > 0, 60.0 * length / np.where(speed > 0, speed, 1.0), 0.0),
        "capacity": number["capacity"] * number["lanes"], "length": length,
    }, index=link.index)  # fmt: skip
    lower = {str(c).lower(): c for c in link.columns}
    for name, aliases in _DELAY.items():
        column = next((lower[a] for a in aliases if a in lower), None)
        if given[name] is not None:
            out[name] = given[name]
        elif column is not None:
            out[name] = _number(link, str(column), problems)
        else:
            problems.append(f"link.csv has no column for the delay ({', '.join(aliases)}): give {name}")
    if "toll" in link.columns:
        out["toll"] = _number(link, "toll", problems, empty=0.0)
    if "allowed_uses" in link.columns:
        out["allowed_uses"] = link["allowed_uses"]
    text = link["directed"].str.lower()
    if len(bad := link.index[~text.isin(list(_TRUE))]):
        problems.append(f"link.csv.directed must be true or false: {', '.join(first(bad))}")
    return out, text.map(lambda t: _TRUE.get(t, True)).to_numpy(bool)


def _geometry(link: pd.DataFrame, shapes: pd.DataFrame | None, problems: list[str]) -> NDArray[np.object_] | None:
    """Lines from the WKT of link.csv, else of geometry.csv; reversed where dir_flag says so."""
    import shapely

    text = link["geometry"] if "geometry" in link.columns else pd.Series("", link.index)
    if shapes is not None and {"geometry_id", "geometry"} <= set(shapes.columns) and "geometry_id" in link.columns:
        by_id = shapes.drop_duplicates("geometry_id").set_index("geometry_id")["geometry"]
        text = text.where(text != "", link["geometry_id"].map(by_id).fillna(""))
    if not (text != "").any():
        return None
    wkt = text.to_numpy(object)
    out = shapely.from_wkt([text or None for text in wkt], on_invalid="ignore")
    bad = link.index[(wkt != "") & np.array([shape is None for shape in out])]
    if len(bad):
        problems.append(f"link.csv.geometry is no well-known text for {len(bad)} links: {', '.join(first(bad))}")
    if "dir_flag" in link.columns:
        back = (link["dir_flag"] == "-1").to_numpy(bool)
        out[back] = [None if shape is None else shapely.reverse(shape) for shape in out[back]]
    return np.asarray(out, dtype=object)


def _nodes(node: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    out = pd.DataFrame(index=pd.Index(node["node_id"].to_numpy(object), name="node_id"))
    for name, column in (("x", "x_coord"), ("y", "y_coord")):
        value = pd.to_numeric(node[column], errors="coerce").to_numpy(float)
        if (bad := ~np.isfinite(value) & (node[column] != "").to_numpy()).any():
            problems.append(f"node.csv.{column} is no number: {', '.join(first(out.index[bad]))}")
        out[name] = value
    zone = node["zone_id"].to_numpy(object)
    out["zone_id"] = [label or None for label in zone]
    kind = node["node_type"].str.lower() if "node_type" in node.columns else pd.Series("", node.index)
    out["no_through"] = (kind == "centroid").to_numpy(bool)
    return out
