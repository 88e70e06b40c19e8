"""TNTP: text files of road networks, trips, nodes and link flows, as published test networks come.

Format: https://github.com/bstabler/TransportationNetworks (README). A network file has metadata, a line of column names
that begins with ~, and one row a link; Rey (2020, Transportation Research Procedia 47, 11-18) adds a column Cost to the
rows of links that may be built. Everything wrong in a file is reported at once, with its lines.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.sources.table import decode
from megaregion.data.trips import Trips
from megaregion.errors import InputError

_META = re.compile(r"^\s*<([^>]*)>\s*(.*)$")
_ORIGIN = re.compile(r"^\s*origin\s+(\S+)\s*$", re.IGNORECASE)
_COLUMNS = {  # names as files write them, without blanks and underscores
    "from_node": ("initnode", "tailnode", "tail", "fromnode", "from", "init"),
    "to_node": ("termnode", "headnode", "head", "tonode", "to", "term"),
    "capacity": ("capacity", "cap"), "length": ("length", "distance"),
    "free_time": ("freeflowtime", "ftime", "fftt", "fft", "freetime"), "b": ("b", "bprb"),
    "power": ("power", "bprpower"), "speed": ("speed", "speedlimit"), "toll": ("toll",),
    "link_type": ("linktype", "type"), "build_cost": ("cost", "buildcost"),
}  # fmt: skip
_NAMES = {alias: name for name, aliases in _COLUMNS.items() for alias in aliases}
ORDER = ("from_node", "to_node", "capacity", "length", "free_time", "b", "power", "speed", "toll", "link_type")
_NEEDED = ("from_node", "to_node", "capacity", "free_time", "b", "power")
_LARGEST = 100_000_000  # a count above is a slip of the pen, and would fill the memory
_SIGNED = {"speed", "link_type"}  # columns that nothing is computed from
UNIT_OF = {"time": "free_time", "flow": "capacity", "length": "length", "money": "toll"}


@dataclass
class _Found:
    """What is wrong in a file: the first lines of each kind, and how many there are."""

    name: str
    lines: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, where: str = "") -> None:
        self.lines.setdefault(what, []).append(where)

    def check(self, hint: str) -> None:
        """Raise if anything was added."""
        if not self.lines:
            return
        out = []
        for what, where in self.lines.items():
            places = [w for w in where if w]
            more = f" and {len(places) - 5} more" if len(places) > 5 else ""
            out.append(what + (f": {', '.join(places[:5])}{more}" if places else ""))
        raise InputError(f"{self.name} cannot be used:" + "".join(f"\n  {text}" for text in out), hint=hint)


def read_network(path: Path, *, nodes: Path | None = None, crs: str | None = None) -> Roads:
    """Read a network.

    Parameters
    ----------
    path : Path
        Text file, or the same compressed by gzip.
    nodes : Path, optional
        File of node coordinates; default the file beside it that is named ``_node`` instead of ``_net``, if there is
        one.
    crs : str, optional
        Reference system of the coordinates, which the format does not state; default unknown.

    Returns
    -------
    Roads
        Links are labelled by the number of their row, 1 first; zones and nodes by their numbers. Units are those that
        the line <ORIGINAL HEADER> gives in brackets, else ``unstated``. A column Cost becomes `build_cost`. Nodes below
        FIRST THRU NODE may not be passed.

    Raises
    ------
    InputError
        Metadata is missing, a link names a node that is not there, a number is negative, missing or none, B or power
        is lacking, the number of links is another than the metadata says. All is listed with line numbers.
    """
    path = Path(path)
    found = _Found(path.name)
    lines = _lines(path)
    meta, start = _metadata(lines, found)
    zones, count = _whole(meta, "NUMBER OF ZONES", found), _whole(meta, "NUMBER OF NODES", found)
    first, links = _whole(meta, "FIRST THRU NODE", found), _whole(meta, "NUMBER OF LINKS", found)
    new = _whole(meta, "NUMBER OF NEW LINKS", found) if "NUMBER OF NEW LINKS" in meta else 0
    if zones > count >= 0:
        found.add(f"NUMBER OF ZONES is {zones}, more than the {count} nodes")
    if not 0 < first <= count + 1 and first != -1:
        found.add(f"FIRST THRU NODE must be between 1 and {count + 1}, got {first}")
    rows, names = _rows(lines, start, found)
    frame = _table(rows, names, count, found)
    if min(links, new) >= 0 and len(rows) != links + new:
        more = f" and {new} new ones" if new else ""
        found.add(f"the metadata promises {links} links{more}, the file has {len(rows)} (is it truncated?)")
    if new and "build_cost" in frame and (candidates := int((frame["build_cost"] > 0).sum())) != new:
        found.add(f"the metadata promises {new} new links, {candidates} have a cost")
    found.check("correct these lines, or fetch the file again")
    table, beside = _coordinates(path, nodes, count)
    table["zone_id"] = pd.Series(table.index, table.index).where(np.arange(1, count + 1) <= zones)
    table["no_through"] = np.arange(1, count + 1) < first
    return Roads(links=frame, nodes=table, units=_units(meta, names), name=path.name, crs=crs or "", notes=beside)


def read_trips(path: Path, *, zones: pd.Index | None = None) -> Trips:
    """Read a trip table.

    Parameters
    ----------
    path : Path
        Text file, or the same compressed by gzip.
    zones : Index, optional
        Zones of the network, in whose order the trips are returned.

    Raises
    ------
    InputError
        An entry is unreadable, negative or stands twice, a zone is not there, or the sum is another than TOTAL OD FLOW
        by more than the rounding of the printed entries.
    """
    path = Path(path)
    found = _Found(path.name)
    lines = _lines(path)
    meta, start = _metadata(lines, found)
    count = _whole(meta, "NUMBER OF ZONES", found)
    cells: dict[tuple[int, int], float] = {}
    rounding = 0.0
    for number, o, d, text in _entries(lines, start, found):
        where = f"line {number} ({o} to {d})"
        value = _number(text)
        pair = _node(o, count), _node(d, count)
        if None in pair and (value is None or value != 0):
            found.add(f"demand to or from a zone that is none of the {count}", where)
        elif value is None:
            found.add("a value that is no number", f"line {number} ({text!r})")
        elif value < 0:
            found.add("a negative value", where)
        elif pair in cells:
            found.add("a pair that stands twice", where)
        elif pair[0] is not None and pair[1] is not None:
            cells[pair[0], pair[1]] = value
            rounding += _rounding(text)
    total, stated = float(np.sum(list(cells.values()))), meta.get("TOTAL OD FLOW", "")
    if "TOTAL OD FLOW" not in meta:
        found.add("the metadata lacks TOTAL OD FLOW")
    elif (value := _number(stated)) is None:
        found.add(f"TOTAL OD FLOW is no number: {stated!r}")
    elif abs(total - value) > rounding + _rounding(stated) + 1e-9 * abs(value) and not found.lines:
        found.add(f"TOTAL OD FLOW is {value:.10g}, the entries sum to {total:.10g} (is the file truncated?)")
    found.check("correct these lines, or fetch the file again")
    pairs = np.array(list(cells), dtype=np.int64).reshape(-1, 2) - 1
    labels = pd.Index([str(i + 1) for i in range(count)], dtype=object)
    trips = Trips(zones=labels, origin=pairs[:, 0], destination=pairs[:, 1], value=np.array(list(cells.values())),
                  name=path.name)  # fmt: skip
    return trips if zones is None else trips.aligned(zones)


def read_flow(path: Path) -> pd.DataFrame:
    """Read a file of link flows: columns from_node, to_node (text), flow, cost; one row a link, in the file's order.

    Raises
    ------
    InputError
        A row is unreadable; all are listed.
    """
    path = Path(path)
    found = _Found(path.name)
    rows: list[tuple[str, str, float | None, float | None]] = []
    for number, line in enumerate(_lines(path), start=1):
        cells = line.replace(";", " ").split()
        if not cells or cells[0].startswith(("~", "<")) or (not rows and cells[0].lower() == "from"):
            continue
        values = [_number(cell) for cell in cells]
        if len(cells) < 4 or None in values[:4]:
            found.add("rows that are not: from, to, flow, cost", f"line {number}")
        else:
            rows.append((cells[0], cells[1], values[2], values[3]))
    if not rows and not found.lines:
        found.add("there are no rows")
    found.check("correct these lines, or fetch the file again")
    return pd.DataFrame(rows, columns=["from_node", "to_node", "flow", "cost"])


def _lines(path: Path) -> list[str]:
    try:
        data = Path(path).read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return decode(data)[0].splitlines()
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"{Path(path).name} cannot be read: {error}", hint="fetch the file again") from error


def _metadata(lines: Sequence[str], found: _Found) -> tuple[dict[str, str], int]:
    meta: dict[str, str] = {}
    for number, line in enumerate(lines):
        match = _META.match(line)
        if match is None:
            continue
        key = match[1].strip().upper()
        if key == "END OF METADATA":
            return meta, number + 1
        meta[key] = match[2].strip()
    found.add("there is no line <END OF METADATA>")
    found.check("is this a TNTP file?")
    return meta, 0  # not reached


def _whole(meta: dict[str, str], key: str, found: _Found) -> int:
    """A count of the metadata; -1, and a finding, if there is none."""
    text = meta.get(key)
    if text is None:
        found.add(f"the metadata lacks {key}")
        return -1
    value = _number(text)
    if value is None or not 0 <= value <= _LARGEST or value != int(value):
        found.add(f"{key} must be a whole number up to {_LARGEST:,}, got {text!r}")
        return -1
    return int(value)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _node(text: str, count: int) -> int | None:
    value = _number(text)
    return int(value) if value is not None and value == int(value) and 1 <= value <= count else None


def _rounding(text: str) -> float:
    """Half a unit of the last printed digit."""
    mantissa, _, exponent = text.lower().partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def _titles(line: str) -> list[str]:
    """Names of the columns: between tabs where there are any, since names may hold blanks."""
    text = line.strip().lstrip("~").replace(";", " ").strip()
    return [t.strip() for t in (text.split("\t") if "\t" in text else text.split()) if t.strip()]


def _named(titles: Sequence[str]) -> list[str]:
    plain = [re.sub(r"[\s_]|\(.*?\)", "", title.lower()) for title in titles]
    return [_NAMES.get(name, name) for name in plain]


def _rows(lines: Sequence[str], start: int, found: _Found) -> tuple[list[tuple[int, list[str]]], list[str]]:
    """Rows of links with their line numbers, and the names of their columns."""
    rows: list[tuple[int, list[str]]] = []
    names: list[str] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.strip()
        if text.startswith("~"):
            named = _named(_titles(text))
            names = named if not rows and {"from_node", "to_node"} <= set(named) else names
        elif text:
            rows.append((number, text.replace(";", " ").split()))
    if not names:
        widths = {len(cells) for _, cells in rows}
        names = [*ORDER, "build_cost"] if widths == {len(ORDER) + 1} else list(ORDER)
    if repeated := sorted({n for n in names if names.count(n) > 1}):
        found.add(f"columns stand twice: {', '.join(repeated)}")
        names = [n if n not in names[:i] else f"{n} again {i}" for i, n in enumerate(names)]
    if lacking := [n for n in _NEEDED if n not in names]:
        found.add(f"columns are lacking: {', '.join(lacking)}")
    return rows, names


def _table(rows: list[tuple[int, list[str]]], names: list[str], count: int, found: _Found) -> pd.DataFrame:
    """Links by their number; what cannot be used is added to the findings."""
    columns: dict[str, list[object]] = {name: [] for name in names}
    for number, cells in rows:
        if len(cells) != len(names):
            found.add(f"rows must have {len(names)} cells ({', '.join(names)})", f"line {number} has {len(cells)}")
            continue
        for name, cell in zip(names, cells, strict=True):
            if name in ("from_node", "to_node"):
                node = _node(cell, count)
                if node is None and count >= 0:
                    found.add(f"{name} must be one of the nodes 1 .. {count}", f"line {number} has {cell}")
                columns[name].append(str(node))
                continue
            value = _number(cell)
            if value is None:
                found.add(f"{name} must be a number", f"line {number} has {cell!r}")
            elif value < 0 and name not in _SIGNED:
                found.add(f"{name} must be >= 0", f"line {number} has {cell}")
            columns[name].append(np.nan if value is None else value)
    frame = pd.DataFrame(columns)
    frame.index = pd.Index([str(i + 1) for i in range(len(frame))], name="link_id", dtype=object)
    return frame


def _units(meta: dict[str, str], names: list[str]) -> RoadUnits:
    """Units in brackets in the line <ORIGINAL HEADER>, where its columns are those of the table."""
    titles = _titles(meta.get("ORIGINAL HEADER", ""))
    if len(titles) != len(names):
        return RoadUnits()
    unit = {name: re.search(r"\(([^)]+)\)", title) for name, title in zip(names, titles, strict=True)}
    stated = {key: unit[column] for key, column in UNIT_OF.items() if column in unit}
    return RoadUnits(**{key: match[1].strip() for key, match in stated.items() if match})


def _coordinates(path: Path, nodes: Path | None, count: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Nodes 1 .. count with their coordinates where a file gives them."""
    index = pd.Index([str(i + 1) for i in range(count)], name="node_id", dtype=object)
    beside = path.with_name(path.name.replace("_net.", "_node."))
    notes: tuple[str, ...] = ()
    if nodes is None and beside != path and beside.is_file():
        nodes, notes = beside, (f"coordinates of the nodes from {beside.name}",)
    if nodes is None:
        return pd.DataFrame(index=index), notes
    found = _Found(Path(nodes).name)
    at: dict[str, tuple[float, float]] = {}
    for number, line in enumerate(_lines(nodes), start=1):
        cells = line.replace(";", " ").split()
        if not cells or cells[0].startswith(("~", "<")) or (not at and cells[0].lower() in ("node", "node_id", "id")):
            continue
        values = [_number(cell) for cell in cells[1:3]]
        node = _node(cells[0], count)
        if node is None:
            found.add(f"nodes must be 1 .. {count}", f"line {number} has {cells[0]}")
        elif len(values) < 2 or values[0] is None or values[1] is None:
            found.add("rows that are not: node, x, y", f"line {number}")
        elif str(node) in at:
            found.add("a node that stands twice", f"line {number} has {node}")
        else:
            at[str(node)] = (values[0], values[1])
    found.check("correct these lines, or leave the coordinates out")
    if lost := len(index) - len(at):
        notes += (f"{lost} nodes have no coordinates",)
    return pd.DataFrame.from_dict(at, orient="index", columns=["x", "y"]).reindex(index), notes


def _entries(lines: Sequence[str], start: int, found: _Found) -> Iterator[tuple[int, str, str, str]]:
    """Line number, origin, destination and value of every entry, as text."""
    origin = ""
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.strip()
        if not text or text.startswith("~"):
            continue
        if match := _ORIGIN.match(text.rstrip(";")):
            origin = match[1]
            continue
        if not origin:
            found.add("entries before the first line 'Origin n'", f"line {number}")
            continue
        for piece in filter(None, (p.strip() for p in text.split(";"))):
            destination, colon, value = (part.strip() for part in piece.partition(":"))
            if colon and destination and value:
                yield number, origin, destination, value
            else:
                found.add("entries that are not 'zone : value;'", f"line {number} ({piece!r})")
