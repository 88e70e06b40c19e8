"""Routes of an assignment on disk, so that a next one can begin where it ended."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from megaregion.core.assignment_start import Start
from megaregion.core.bushes import Block, Star
from megaregion.data.atomic import replacing
from megaregion.data.problem import first
from megaregion.data.roads import Roads
from megaregion.errors import InputError
from megaregion.links.hard.assignment import AssignmentResult

_FORM = 1
_PARTS = ("origin", "kind", "size", "links", "x")


def write_start(path: Path, found: AssignmentResult) -> Path:
    """Write the routes of an assignment (a zip of NumPy arrays), in one step.

    Parameters
    ----------
    path : Path
        Ends in ``.npz``.
    found : AssignmentResult

    Returns
    -------
    Path
        The file; the same assignment gives the same bytes.

    Raises
    ------
    InputError
        The name ends otherwise.
    """
    path = _named(path)
    start, roads = found.equilibrium.start, found.roads
    parts: dict[str, Any] = {
        "origin": [b.origin for b in start.blocks], "kind": [b.kind for b in start.blocks],
        "size": [np.diff(b.start) for b in start.blocks], "links": [b.links for b in start.blocks],
        "x": [b.x for b in start.blocks],
    }  # fmt: skip
    empty = {"origin": np.int32, "kind": np.int32, "size": np.int64, "links": np.int32, "x": np.float64}
    arrays: dict[str, Any] = {n: np.concatenate([np.empty(0, empty[n]), *parts[n]]) for n in _PARTS}
    arrays["bushes"] = np.array([len(b.origin) for b in start.blocks], np.int64)
    arrays |= {
        "form": np.array(_FORM), "flow": start.flow, "classes": np.array(found.equilibrium.names, dtype=str),
        "zones": roads.zones.to_numpy(str), "nodes": roads.order.to_numpy(str), "link": roads.links.index.to_numpy(str),
        "tail": start.graph.tail, "head": start.graph.head, "passable": start.graph.passable,
    }  # fmt: skip
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    return path


def read_start(path: Path, roads: Roads) -> Start:
    """Read the routes of an assignment of these roads.

    Parameters
    ----------
    path : Path
        Written by `write_start`.
    roads : Roads
        With the same links, nodes and zones in the same order; times, capacities and trips may have changed. A link
        that is closed keeps its row and has capacity 0.

    Returns
    -------
    Start
        What `assign` takes as `start`.

    Raises
    ------
    InputError
        The file cannot be read, or belongs to other roads; what differs is named.
    """
    path = _named(path)
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
        form = int(kept["form"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} is no start of an assignment: {error}",
                         hint="write one with assign --keep FILE.npz") from error  # fmt: skip
    if form != _FORM:
        raise InputError(f"{path.name} has form {form}, known is {_FORM}", hint="write it again with this version")
    now = {
        "link": roads.links.index.to_numpy(str),
        "nodes": roads.order.to_numpy(str),
        "zones": roads.zones.to_numpy(str),
    }
    problems = []
    for name, labels in now.items():
        if not np.array_equal(kept[name], labels):
            new, gone = first(sorted(set(labels) - set(kept[name]))), first(sorted(set(kept[name]) - set(labels)))
            text = [f"new {', '.join(new)}"] * bool(new) + [f"gone {', '.join(gone)}"] * bool(gone)
            problems.append(f"{name}: " + ("; ".join(text) or "another order"))
    if problems:
        raise InputError(
            f"{path.name} belongs to other roads: " + "; ".join(problems),
            hint="assign without --start; a link that is closed keeps its row, with capacity 0",
        )
    graph = Star.of(len(roads.order), kept["tail"], kept["head"], kept["passable"])
    return Start(graph=graph, classes=len(kept["classes"]), zones=len(roads.zones), flow=kept["flow"],
                 blocks=tuple(_blocks(kept)))  # fmt: skip


def _blocks(kept: dict[str, Any]) -> list[Block]:
    ends = np.cumsum(kept["bushes"])
    places = np.r_[0, np.cumsum(kept["size"])]
    out = []
    for low, high in zip(ends - kept["bushes"], ends, strict=True):
        part = slice(places[low], places[high])
        out.append(Block(origin=kept["origin"][low:high], kind=kept["kind"][low:high],
                         start=places[low : high + 1] - places[low], links=kept["links"][part],
                         x=kept["x"][part]))  # fmt: skip
    return out


def _named(path: Path) -> Path:
    if Path(path).suffix != ".npz":
        raise InputError(f"a start is a file that ends in .npz, got {Path(path).name}")
    return Path(path)
