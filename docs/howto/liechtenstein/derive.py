"""Makes the files beside it from an extract of OpenStreetMap.

python derive.py EXTRACT: liechtenstein-2013-08-03.osm.pbf, SHA-256
edb2b075be057662691fc343abed4ed58f139dd7c501c243197640fcb3ea82d4, which lies among the tests of osm2pgsql (tests/data).
© OpenStreetMap contributors, ODbL 1.0.
"""

import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

HERE, CRS = Path(__file__).parent, "EPSG:2056"
ROADS = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "road", "secondary_link")
KEPT = ("highway", "oneway", "maxspeed", "access", "motor_vehicle", "motorcar", "bridge", "tunnel", "junction", "area")
WATER = ("river", "canal", "stream")


def derive(extract: Path) -> None:
    """Write roads.osm.pbf, units.geojson and water.geojson."""
    ways, places, streams, shapes = [], {}, [], []
    wkb = osmium.geom.WKBFactory()
    for entry in osmium.FileProcessor(str(extract)).with_locations().with_areas():
        tags = entry.tags
        if entry.is_way() and tags.get("highway") in ROADS:
            ways.append((entry.id, [n.ref for n in entry.nodes], {k: tags[k] for k in KEPT if k in tags}))
            places |= {n.ref: (n.lon, n.lat) for n in entry.nodes if n.location.valid()}
        elif entry.is_way() and tags.get("waterway") in WATER:
            line = shapely.from_wkb(bytes.fromhex(wkb.create_linestring(entry)))
            streams.append((tags["waterway"], tags.get("name", ""), line))
        elif entry.is_area() and tags.get("admin_level") == "8" and "name" in tags:
            shapes.append((tags["name"], shapely.from_wkb(bytes.fromhex(wkb.create_multipolygon(entry)))))
    _roads(ways, places, osmium.io.Reader(str(extract)).header().box())
    units = gpd.GeoDataFrame(shapes, columns=["place_id", "geometry"], crs=4326).to_crs(CRS)
    thin = shapely.coverage_simplify(units.geometry.to_numpy(), 40.0)
    units = units.set_geometry(gpd.GeoSeries(thin, crs=CRS)).sort_values("place_id").to_crs(4326)
    water = gpd.GeoDataFrame(streams, columns=["waterway", "name", "geometry"], crs=4326).to_crs(CRS)
    water["geometry"] = water.simplify(10.0)
    for name, frame in (("units", units), ("water", water.to_crs(4326))):
        path = HERE / f"{name}.geojson"
        path.unlink(missing_ok=True)
        frame.to_file(path, driver="GeoJSON", COORDINATE_PRECISION=5, RFC7946="YES")


def _roads(ways: list, places: dict, box: osmium.osm.Box) -> None:
    """Ways with the nodes that carry their shape to two metres; ends and junctions all stay."""
    uses = Counter(n for _, nodes, _ in ways for n in nodes)
    spots = pd.DataFrame.from_dict(places, orient="index", columns=["x", "y"])
    flat = gpd.GeoSeries(gpd.points_from_xy(spots["x"], spots["y"]), index=spots.index, crs=4326).to_crs(CRS)
    at = dict(zip(spots.index, np.c_[flat.x, flat.y], strict=True))
    kept_ways = []
    for way, nodes, tags in ways:
        nodes = [n for n in nodes if n in at]
        fixed = [k for k, n in enumerate(nodes) if k in (0, len(nodes) - 1) or uses[n] > 1]
        chosen = set(fixed)
        for a, b in pairwise(fixed):
            thin = shapely.simplify(shapely.LineString([at[n] for n in nodes[a : b + 1]]), 2.0)
            corners = set(thin.coords)
            chosen |= {k for k in range(a, b + 1) if tuple(at[nodes[k]]) in corners}
        kept_ways.append((way, [nodes[k] for k in sorted(chosen)], tags))
    number = {n: k + 1 for k, n in enumerate(sorted({n for _, nodes, _ in kept_ways for n in nodes}))}
    path = HERE / "roads.osm.pbf"
    path.unlink(missing_ok=True)
    header = osmium.io.Header()
    header.add_box(box)  # where the extract was cut: ends of road there are no dead ends
    writer = osmium.SimpleWriter(
        osmium.io.File(str(path), "pbf,pbf_dense_nodes=true,add_metadata=false"), header=header
    )
    for node, k in number.items():
        where = tuple(round(v, 5) for v in places[node])
        writer.add_node(osmium.osm.mutable.Node(id=k, location=where))
    for way, nodes, tags in kept_ways:
        writer.add_way(osmium.osm.mutable.Way(id=way, nodes=[number[n] for n in nodes], tags=tags))
    writer.close()


if __name__ == "__main__":
    derive(Path(sys.argv[1]))
