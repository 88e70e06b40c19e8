"""The map of Liechtenstein in docs/howto/liechtenstein (OpenStreetMap, 3 August 2013) against official figures.

Area: 160.475 square km (Statistisches Jahrbuch 2006, press release of the Principality). Roads: 137 km of the state and
200 km of municipalities (Büchel 1986, cited in Jahrbuch des Historischen Vereins 86 (1986), 5.2.4.1). Lengths and
crossings are held against an own pass of the file with osmium, pyproj and shapely.
"""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd
import pyproj
import pytest
import shapely

from megaregion.links.hard.border_crossings import border_crossings
from megaregion.links.hard.road_completeness import read_road_lengths, road_completeness
from megaregion.links.hard.road_sources import read_map, read_units

HERE = Path(__file__).parents[2] / "docs" / "howto" / "liechtenstein"
CRS = "EPSG:2056"
COUNTED = {"primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}


@pytest.fixture(scope="module")
def units() -> gpd.GeoDataFrame:
    return read_units(HERE / "units.geojson", "place_id")


def ways() -> list[list[tuple[float, float]]]:
    """Points of each road that is open to cars."""
    found = []
    for entry in osmium.FileProcessor(str(HERE / "roads.osm.pbf")).with_locations():
        if entry.is_way() and entry.tags["highway"] in COUNTED:
            said = [entry.tags[k] for k in ("motorcar", "motor_vehicle", "access") if k in entry.tags]
            if said[:1] not in (["no"], ["private"]):  # the most special one counts
                found.append([(n.lon, n.lat) for n in entry.nodes])
    return found


def test_eleven_municipalities_fill_the_country(units: gpd.GeoDataFrame) -> None:
    assert len(units) == 11
    assert units.to_crs(CRS).area.sum() / 1e6 == pytest.approx(160.475, rel=1e-3)


def test_mapped_length_and_grade(units: gpd.GeoDataFrame) -> None:
    """.3 %: geodesics against the plane of LV95, and roads cut at the country's border by the middle of a piece."""
    country = units.union_all()
    shapely.prepare(country)
    geod, km = pyproj.Geod(ellps="GRS80"), 0.0
    for at in ways():
        for a, b in pairwise(at):
            if country.contains(shapely.Point((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)):
                km += geod.line_length([a[0], b[0]], [a[1], b[1]]) / 1000
    shape = gpd.GeoDataFrame(geometry=[country], index=pd.Index(["Liechtenstein"], name="place_id"), crs=units.crs)
    roads = read_map(HERE / "roads.osm.pbf", country="LI")
    got = road_completeness(roads, shape, read_road_lengths(HERE / "road_lengths.csv"), crs=CRS).to_frame()
    whole = got.set_index("road_class").loc["all"]
    assert whole["mapped_km"] == pytest.approx(km, rel=3e-3)
    assert whole["ratio"] == pytest.approx(whole["mapped_km"] / 337.0) and whole["grade"] == "A"


def test_crossings_are_points_of_roads_on_shared_borders(units: gpd.GeoDataFrame) -> None:
    """Counted again with shapely alone: points where a road meets the line that two municipalities share."""
    plane = units.to_crs(CRS).geometry
    lines = gpd.GeoSeries([shapely.LineString(at) for at in ways()], crs=4326).to_crs(CRS)
    roads = read_map(HERE / "roads.osm.pbf", country="LI")
    table = border_crossings(roads, units, crs=CRS, least_class="residential", band_km=1.0, inside_km=1.0).to_frame()
    for a, b, n in table[["unit_a", "unit_b", "crossings"]].itertuples(index=False):
        border = shapely.intersection(plane[a].boundary, plane[b].boundary)
        met = lines[lines.intersects(border)].intersection(border)
        assert n == sum(shapely.get_num_geometries(g) for g in met), (a, b)
    assert table["crossings"].gt(0).sum() > 10, "borders that roads cross are there"
