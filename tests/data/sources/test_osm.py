from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from megaregion.data.sources.osm import direction, driven, read_osm, speed_kmh
from megaregion.errors import InputError

osmium = pytest.importorskip("osmium")
HELSINKI = Path("reference") / "osm" / "Helsinki.osm.pbf"
KEPT = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street")


def write(path: Path, nodes: str, ways: str, bounds: str = "") -> Path:
    path.write_text(f'<osm version="0.6">{bounds}{nodes}{ways}</osm>', encoding="utf-8")
    return path


def node(number: int, lon: float, lat: float = 0.0) -> str:
    return f'<node id="{number}" lon="{lon}" lat="{lat}" version="1"/>'


def way(number: int, refs: list[int], **tags: str) -> str:
    inner = "".join(f'<nd ref="{r}"/>' for r in refs) + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
    return f'<way id="{number}" version="1">{inner}</way>'


def test_helsinki_equals_an_independent_pass(shared_data: Path) -> None:
    """Edges by class counted from the raw file: a way has one edge more than points inside it that other ways touch."""
    file = str(shared_data / HELSINKI)
    here = {n.id for n in osmium.FileProcessor(file, osmium.osm.NODE)}
    chains, seen = [], Counter()
    for w in osmium.FileProcessor(file, osmium.osm.WAY):
        kind = w.tags.get("highway", "").removesuffix("_link")
        if kind not in KEPT or not driven(dict(w.tags)):
            continue
        refs = [n.ref for n in w.nodes]
        runs, run = [], []
        for r in refs:
            run = [*run, r] if r in here else []
            if len(run) == 1:
                runs.append([])
            if run:
                runs[-1].append(r)
        chains += [(kind, r) for r in runs]
        seen.update(r for part in runs for r in part)
    count = Counter()
    for kind, run in chains:
        if len(run) > 1:
            count[kind] += 1 + sum(seen[r] > 1 for r in run[1:-1])
    got = read_osm(shared_data / HELSINKI, country="fi")
    assert got.summary().set_index("road_class")["edges"].to_dict() == dict(count)
    assert (got.edges["length_m"] > 0).all() and got.edges["speed_kmh"].between(5, 120).all()


def test_no_dead_end_on_the_rim_of_helsinki(shared_data: Path) -> None:
    """The box of the file: every end of road within 50 m of it, or beyond, is clipped."""
    got = read_osm(shared_data / HELSINKI)
    dead = got.vertices[(got.degree == 1) & ~got.vertices["clipped"]]
    west, south, east, north = 24.9351762, 60.1641550, 24.9534145, 60.1791130
    assert len(dead) < 10 < ((got.degree == 1) & got.vertices["clipped"]).sum()
    assert dead["lon"].between(west + 0.0009, east - 0.0009).all()  # 50 m are .0009 degree there
    assert dead["lat"].between(south + 0.00045, north - 0.00045).all()
    assert got.edges.loc[got.edges["clipped"], "clipped"].any()


def test_tags(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.osm", "".join(node(k, k / 100) for k in range(1, 7)),
        way(1, [1, 2], highway="primary", maxspeed="30 mph", lanes="4", oneway="-1", bridge="yes", name="桥")
        + way(2, [2, 3], highway="motorway_link", maxspeed="signals")
        + way(3, [3, 4], highway="residential", access="private")
        + way(4, [4, 5], highway="residential", access="no", motor_vehicle="yes")
        + way(5, [5, 6], highway="construction") + way(6, [6], highway="primary"),
        '<bounds minlon="-1" minlat="-1" maxlon="1" maxlat="1"/>',
    )  # fmt: skip
    got = read_osm(file)
    edges = got.edges.set_index("way_id")
    assert list(edges.index) == [1, 2, 4]
    first = edges.loc[1]
    assert first["speed_kmh"] == pytest.approx(48.28, abs=0.01) and first["speed_basis"] == "tag"
    assert got.vertices["osm_id"][first["tail"]] == 2 and first["oneway"] and first["bridge"] and first["name"] == "桥"
    assert first["capacity_per_h"] == 4 * 1400
    assert (
        edges.loc[2, "road_class"] == "motorway" and edges.loc[2, "oneway"] and edges.loc[2, "speed_basis"] == "default"
    )
    assert not got.vertices["clipped"].any()
    text = " ".join(got.notes)
    assert "1 ways are closed to cars" in text and "'signals' (1)" in text


def test_small_rules() -> None:
    assert direction({"junction": "roundabout"}, "tertiary") == 1 and direction({"oneway": "no"}, "motorway") == 0
    assert direction({"oneway": "reversible"}, "primary") == 0
    assert speed_kmh("50;80") == 50.0 and speed_kmh("DE:urban") is None and speed_kmh("0") is None
    assert driven({"access": "destination"}) and not driven({"vehicle": "no", "access": "yes"})


def test_files_that_cannot_be_read(tmp_path: Path, shared_data: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_osm(tmp_path / "none.osm.pbf")
    whole = (shared_data / HELSINKI).read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.osm\.pbf cannot be read as OpenStreetMap data"):
        read_osm(cut)
    with pytest.raises(InputError, match="holds no road of the classes motorway"):
        read_osm(shared_data / HELSINKI, classes=["motorway"])
    with pytest.raises(InputError, match="autobahn is no class of road"):
        read_osm(cut, classes=["autobahn"])
    words = tmp_path / "words.osm"
    words.write_text("this is no map")
    with pytest.raises(InputError, match="cannot be read"):
        read_osm(words)


def test_a_file_without_box_says_what_it_takes_as_rim(tmp_path: Path) -> None:
    points = node(1, 0.0) + node(2, 0.02) + node(3, 0.01, 0.01)
    file = write(tmp_path / "b.osm", points, way(1, [1, 2], highway="primary") + way(2, [1, 3], highway="primary"))
    got = read_osm(file)
    assert got.vertices["clipped"].sum() == 2 and any("states no box" in text for text in got.notes)
    inside = read_osm(file, extract=(-1.0, -1.0, 1.0, 1.0))
    assert not inside.vertices["clipped"].any()
    assert np.isfinite(inside.edges["length_m"]).all()
