"""Roads out of an OpenStreetMap extract (.osm.pbf, .osm): classes, directions, speeds, and where the extract ends."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._optional import require
from megaregion.data.road_map import CLASSES, RoadMap, Ways, class_defaults, road_map
from megaregion.errors import InputError

DRIVEN = tuple(c for c in CLASSES if c != "service")
RIM_M = 50.0  # an end of road this near to the edge of the extract may go on beyond it
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}
_CLOSED = {"no", "private", "agricultural", "forestry", "delivery", "military", "customers"}
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph)?$")
_TEXT = ("name", "ref")


def read_osm(
    path: Path,
    *,
    classes: Sequence[str] = DRIVEN,
    country: str = "",
    extract: tuple[float, float, float, float] | None = None,
    progress: Callable[[int], None] | None = None,
) -> RoadMap:
    """Roads that cars may use, cut at junctions.

    Parameters
    ----------
    path : Path
        ``.osm.pbf`` or another format of osmium.
    classes : sequence of str
        Of `megaregion.data.road_map.CLASSES`; slip roads count as their road.
    country : str
        Two letters; whose defaults fill what the map does not say.
    extract : (west, south, east, north), optional
        Box in which the extract is complete; default that of the file, else the hull of its roads. An end of road
        within 50 m of its edge or beyond it is *clipped*: it cannot be called a dead end.
    progress : callable, optional
        Told the number of ways read, now and then.

    Returns
    -------
    RoadMap

    Raises
    ------
    MissingExtraError
        osmium is not installed (extra `osm`).
    InputError
        The file cannot be read (truncated, no OSM file), holds no such road, or a class is unknown.

    Notes
    -----
    Tags as in the OpenStreetMap wiki: highway, oneway (-1 turns the way round; motorways and roundabouts are one way
    unless they say no), access and motor_vehicle, maxspeed (km/h or mph; several values: the least), lanes. What a tag
    does not say comes from `class_defaults` and is marked as such. Roads under construction or proposed are left out.
    """
    osmium = require("osmium", extra="osm")
    if unknown := sorted(set(classes) - set(CLASSES)):
        raise InputError(f"{', '.join(unknown)} is no class of road", hint=f"classes: {', '.join(CLASSES)}")
    if not Path(path).is_file():
        raise InputError(f"there is no file {path}", hint="give an OpenStreetMap extract such as region.osm.pbf")
    found = _Ways(frozenset(classes), class_defaults(country))
    try:
        ways = osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            found.add(way)
            if progress is not None and len(found.rows) % 20000 == 0:
                progress(len(found.rows))
        with osmium.io.Reader(str(path)) as reader:
            box = reader.header().box()
    except (RuntimeError, OSError) as error:
        raise InputError(f"{Path(path).name} cannot be read as OpenStreetMap data: {error}",
                         hint="the file may be truncated: fetch it again and compare its size") from error  # fmt: skip
    if not found.rows:
        raise InputError(f"{Path(path).name} holds no road of the classes {', '.join(classes)}",
                         hint="name other classes, or take another extract")  # fmt: skip
    given = found.ways()
    edge = extract or (
        (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)
        if box.valid()
        else _hull(given)
    )
    return road_map(given, rim=_rim(given, edge), notes=found.notes(edge, extract is None and not box.valid()))


def _hull(ways: Ways) -> tuple[float, float, float, float]:
    return (float(np.nanmin(ways.lon)), float(np.nanmin(ways.lat)), float(np.nanmax(ways.lon)),
            float(np.nanmax(ways.lat)))  # fmt: skip


def _rim(ways: Ways, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = box
    high = RIM_M / 111_195.0
    wide = high / max(float(np.cos(np.radians(0.5 * (south + north)))), 0.05)
    inside = (ways.lon > west + wide) & (ways.lon < east - wide) & (ways.lat > south + high) & (ways.lat < north - high)
    return ~inside


class _Ways:
    """Ways as they are read."""

    def __init__(self, classes: frozenset[str], defaults: pd.DataFrame) -> None:
        self.classes, self.defaults = classes, defaults.to_dict("index")
        self.rows: list[dict[str, Any]] = []
        self.first = array("q", [0])
        self.point, self.lon, self.lat = array("q"), array("d"), array("d")
        self.odd: Counter[str] = Counter()
        self.left_out = 0

    def add(self, way: Any) -> None:
        tags = way.tags
        name = tags["highway"].removesuffix("_link")
        if name not in self.classes or len(way.nodes) < 2:
            return
        if not driven(tags):
            self.left_out += 1
            return
        one = direction(tags, name)
        nodes = list(way.nodes)
        for node in reversed(nodes) if one < 0 else nodes:
            self.point.append(node.ref)
            valid = node.location.valid()
            self.lon.append(node.lon if valid else float("nan"))
            self.lat.append(node.lat if valid else float("nan"))
        self.first.append(len(self.point))
        self.rows.append({"way_id": way.id, **self.attributes(tags, name, one != 0)})

    def attributes(self, tags: Mapping[str, str], name: str, oneway: bool) -> dict[str, Any]:
        default = self.defaults[name]
        speed = speed_kmh(tags.get("maxspeed", ""))
        if speed is None and tags.get("maxspeed"):
            self.odd[tags["maxspeed"]] += 1
        lanes = _number(tags.get("lanes", ""))
        each = default["lanes"] if lanes is None else max(1.0, lanes if oneway else lanes / 2.0)
        return {
            "road_class": name, "speed_kmh": default["speed_kmh"] if speed is None else speed,
            "speed_basis": "default" if speed is None else "tag", "lanes": np.nan if lanes is None else lanes,
            "capacity_per_h": each * default["capacity_per_lane"],
            "capacity_basis": "default" if lanes is None else "lanes",
            "oneway": oneway, **{key: tags.get(key, "no") not in _NO for key in ("bridge", "tunnel")},
            **{key: tags.get(key, "") for key in _TEXT},
        }  # fmt: skip

    def ways(self) -> Ways:
        return Ways(ways=pd.DataFrame(self.rows), first=np.array(self.first, np.int64),
                    point=np.array(self.point, np.int64), lon=np.array(self.lon), lat=np.array(self.lat))  # fmt: skip

    def notes(self, box: Sequence[float], guessed: bool) -> tuple[str, ...]:
        out = []
        lost = int(np.isnan(np.array(self.lon)).sum())
        if lost:
            out.append(f"{lost} points of roads are not in the extract: the roads are cut there and marked as clipped")
        if guessed:
            out.append("the file states no box: ends of road near the hull of all roads are taken as clipped")
        if self.left_out:
            out.append(f"{self.left_out} ways are closed to cars in general and left out")
        if self.odd:
            some = ", ".join(f"{text!r} ({n})" for text, n in self.odd.most_common(5))
            out.append(f"maxspeed that is no number takes the default of the class: {some}")
        share = np.mean([row["speed_basis"] == "default" for row in self.rows])
        out.append(
            f"speeds of {100 * float(share):.0f} % of the ways are defaults of their class, which are assumptions"
        )
        return tuple(out)


def driven(tags: Mapping[str, str]) -> bool:
    """Whether cars in general may use a way: the most special of motorcar, motor_vehicle, vehicle, access decides."""
    for key in ("motorcar", "motor_vehicle", "vehicle", "access"):
        if key in tags:
            return tags[key] not in _CLOSED
    return tags.get("area", "no") not in _YES


def direction(tags: Mapping[str, str], name: str) -> int:
    """1 one way as drawn, -1 one way against it, 0 both."""
    value = tags.get("oneway", "")
    if value == "-1":
        return -1
    if value in _YES:
        return 1
    implied = name == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return 1 if implied and value not in _NO else 0


def speed_kmh(text: str) -> float | None:
    """Limit in km/h; the least of several; None where it is no number.

    Examples
    --------
    >>> speed_kmh("50"), speed_kmh("30 mph"), speed_kmh("none")
    (50.0, 48.28032, None)
    """
    found = []
    for part in text.split(";"):
        match = _SPEED.match(part.strip())
        if match is None:
            return None
        value = float(match[1]) * (1.609344 if match[2] == "mph" else 1.0)
        if value > 0:
            found.append(value)
    return min(found) if found else None


def _number(text: str) -> float | None:
    match = re.match(r"^\d+(?:\.\d+)?$", text.strip())
    value = float(match[0]) if match else 0.0
    return value if value > 0 else None
