"""Borders against lines inside given the terrain: by hand, a planted river, a planted barrier, bad input."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from shapely import LineString, box

from megaregion.cli.main import cli
from megaregion.data.road_map import RoadMap
from megaregion.data.sources.elevation import Slope, read_slope
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.border_regression import border_regression
from megaregion.links.hard.border_segments import BorderSegments, SegmentOptions, border_segments

CRS = "EPSG:32631"
X0, Y0, SIDE = 500_000.0, 100_000.0, 30_000.0


def road_map(lines: list[LineString]) -> RoadMap:
    """Lines in metres as a map; every end is a vertex of its own."""
    shapes = gpd.GeoSeries(lines, crs=CRS)
    points = [list(line.coords) for line in shapes.to_crs(4326)]
    at = np.array([p for line in points for p in line])
    m = len(lines)
    ends = pd.DataFrame([line[k] for line in points for k in (0, -1)], columns=["lon", "lat"])
    edges = pd.DataFrame({"tail": 2 * np.arange(m), "head": 2 * np.arange(m) + 1, "road_class": "primary",
                          "length_m": [line.length for line in lines]})  # fmt: skip
    return RoadMap(vertices=ends.assign(osm_id=0, clipped=False), edges=edges, lon=at[:, 0], lat=at[:, 1],
                   first=np.cumsum([0, *(len(line) for line in points)]).astype(np.int64))  # fmt: skip


def halves() -> gpd.GeoDataFrame:
    """Two halves of a square of 60 km, the border along X0."""
    return gpd.GeoDataFrame(index=["west", "east"], crs=CRS, geometry=[
        box(X0 - SIDE, Y0, X0, Y0 + 2 * SIDE), box(X0, Y0, X0 + SIDE, Y0 + 2 * SIDE)])  # fmt: skip


LINES = [LineString([(x, Y0 - 9_000), (x, Y0 + 69_000)]) for x in (X0 - 10_000, X0, X0 + 10_000)]
BARRED = shapely.union_all([line.buffer(20.0) for line in LINES])


def short_roads(seed: int, number: int, keep: dict[str, float], wet: dict[str, tuple[float, float]]) -> RoadMap:
    """Roads of 3 km of random place and direction; of those that meet a line some end 20 m before it on both sides.

    `keep`: share that crosses at water, and of the border; `wet`: where along each line the water lies.
    """
    rng = np.random.default_rng(seed)
    x = X0 + rng.uniform(-SIDE, SIDE, number)
    y, angle = Y0 + rng.uniform(0, 2 * SIDE, number), rng.uniform(0, np.pi, number)
    out = []
    for a, b, t, u in zip(x, y, angle, rng.random(number), strict=True):
        dx, dy = 1500 * np.cos(t), 1500 * np.sin(t)
        stays = 1.0
        for name, line in (("border", X0), ("west", X0 - 10_000), ("east", X0 + 10_000)):
            if min(a - dx, a + dx) < line < max(a - dx, a + dx):
                low, high = wet[name]
                at = b + (line - a) / dx * dy - Y0
                stays *= keep["water"] if low <= at <= high else 1.0
                stays *= keep["border"] if name == "border" else 1.0
        whole = LineString([(a - dx, b - dy), (a + dx, b + dy)])
        out += [whole] if u < stays else [p for p in shapely.get_parts(whole.difference(BARRED)) if p.length > 1.0]
    return road_map(out)


# a river along three quarters of the border and 6 of 50 km of the lines inside, which end 5 km before the rim
WET = {"border": (0.0, 45_000.0), "west": (0.0, 11_000.0), "east": (49_000.0, 60_000.0)}
PLACE = {"border": X0, "west": X0 - 10_000, "east": X0 + 10_000}
RIVERS = gpd.GeoDataFrame(geometry=[LineString([(PLACE[n], Y0 + a), (PLACE[n], Y0 + b)]) for n, (a, b) in WET.items()],
                          crs=CRS)  # fmt: skip


def estimates(seed: int, **keep: float) -> pd.DataFrame:
    roads = short_roads(seed, 6_000, {"border": 1.0, "water": 1.0, **keep}, WET)
    found = border_segments(roads, halves(), crs=CRS, water=RIVERS, options=SegmentOptions(band_km=3.0))
    return border_regression(found).to_frame().set_index(["spec", "term"])


def test_a_river_is_no_border() -> None:
    """Water halves crossings and lies mostly at the border, which does nothing itself.

    Alone the border seems to hold back a third of the roads (error of a mean of four: 5.6 %, three of them are let
    pass); given water its interval holds 1, and that of water 1/2, in three of four seeds at least (at 95 % fewer do so
    in 14 of 1,000 runs, binomial).
    """
    runs = [estimates(seed, water=0.5) for seed in range(4)]
    alone, given, water = (pd.DataFrame([r.loc[key] for r in runs]) for key in (
        ("border alone", "border"), ("with terrain", "border"), ("with terrain", "water")))  # fmt: skip
    assert (alone["ratio_high"] < 1).all() and alone["ratio"].mean() == pytest.approx(0.625 / 0.94, rel=0.17)
    assert ((given["ratio_low"] <= 1) & (given["ratio_high"] >= 1)).sum() >= 3
    assert ((water["ratio_low"] <= 0.5) & (water["ratio_high"] >= 0.5)).sum() >= 3


def test_a_barrier_beside_a_river_is_found() -> None:
    """The border itself lets 6 of 10 pass, water every second road."""
    runs = [estimates(seed, water=0.5, border=0.6) for seed in range(20, 24)]
    given = pd.DataFrame([r.loc[("with terrain", "border")] for r in runs])
    assert (given["ratio_high"] < 1).all() and ((given["ratio_low"] <= 0.6) & (given["ratio_high"] >= 0.6)).sum() >= 3


def planted(counts: dict[str, list[int]], **more: object) -> BorderSegments:
    """Segments with given crossings; each leads one to expect two."""
    rows = [("west", "east", "inside" if unit else "border", unit, n) for unit, many in counts.items() for n in many]
    table = pd.DataFrame(rows, columns=["unit_a", "unit_b", "kind", "inside", "crossings"])
    table = table.assign(segment=[f"S{k}" for k in range(len(table))], km=1.0, density=1.0, expected=2.0,
                         slope_deg=np.nan, water=np.nan).assign(**more)  # fmt: skip
    return BorderSegments(table=table, shapes=np.empty(0, object), settings={"crs": CRS})


def test_ratio_and_error_by_hand() -> None:
    """One pair: exp(b) is the ratio of means, 1.5 / 3; the sandwich is the sum of squared residuals over sums^2.

    HC1: n / (n - k) with k = 2, variance sum (n - mean)^2 / (sum n)^2 on each side.
    """
    got = border_regression(planted({"": [1, 2], "west": [2, 4], "east": [3, 3]}))
    row = got.to_frame().iloc[0]
    assert row["ratio"] == pytest.approx(0.5, rel=1e-9) == got.facts()["permeability"]
    want = np.sqrt((0.5 / 3**2 + 2 / 12**2) * 6 / 4)
    assert row["error"] == pytest.approx(want, rel=1e-8)
    assert row["ratio_low"] == pytest.approx(0.5 * np.exp(-1.959964 * want), rel=1e-6)
    assert any("3 lines are too few" in w for w in got.warnings)
    assert any("a river or a ridge counts as border" in w for w in got.warnings)


@pytest.mark.filterwarnings("ignore")  # of the other library
def test_equal_to_pyfixest() -> None:
    """Effects of pairs, slope, water and clusters of lines: fepois of an independent library."""
    import pyfixest as pf

    rng = np.random.default_rng(4)
    rows = [(f"u{p}", f"v{p}", kind, inside) for p in range(8) for kind, inside in (("border", ""), ("inside", f"u{p}"),
            ("inside", f"v{p}")) for _ in range(4)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["unit_a", "unit_b", "kind", "inside"])
    table = table.assign(segment=range(len(rows)), km=1.0, density=1.0, expected=rng.uniform(1, 4, len(rows)),
                         slope_deg=rng.uniform(0, 20, len(rows)), water=rng.uniform(0, 1, len(rows)))  # fmt: skip
    table["crossings"] = rng.poisson(
        table["expected"] * np.exp(-0.4 * (table["kind"] == "border") - 0.5 * table["water"])
    )
    got = border_regression(BorderSegments(table=table, shapes=np.empty(0, object), settings={"crs": CRS}))
    ours = got.to_frame().set_index(["spec", "term"]).loc["with terrain"]
    table = table.assign(border=(table["kind"] == "border").astype(float), log=np.log(table["expected"]),
                         line=table["unit_a"] + table["inside"])  # fmt: skip
    fit = pf.fepois("crossings ~ border + slope_deg + water | unit_a", table, offset="log", vcov={"CRV1": "line"},
                    ssc=pf.ssc(k_adj=False, G_adj=True))  # fmt: skip
    np.testing.assert_allclose(ours["estimate"], fit.coef(), rtol=1e-5)
    np.testing.assert_allclose(ours["error"], fit.se(), rtol=1e-4)


def test_crossings_are_counted_once_and_lengths_add_up() -> None:
    """Twelve straight roads: each on one segment, whatever the cut; lines inside end 5 km before the rim."""
    lines = [LineString([(X0 - 25_000, Y0 + 2500 + 5000 * k), (X0 + 25_000, Y0 + 2500 + 5000 * k)]) for k in range(12)]
    for length in (1.0, 2.5, 7.0):
        got = border_segments(road_map(lines), halves(), crs=CRS, options=SegmentOptions(segment_km=length))
        rows = got.to_frame().groupby(["kind", "inside"])[["crossings", "km"]].sum()
        assert rows["crossings"].tolist() == [12, 10, 10] and rows["km"].tolist() == pytest.approx(
            [60, 50, 50], rel=1e-3
        )
        assert len(got.layer()) == len(got.to_frame())
    assert got.facts()["border_crossings"] == 12


def raster(path: Path, crs: str = CRS) -> Path:
    """A plane that rises 100 m a kilometre to the east in the eastern half, flat in the west."""
    import rasterio

    columns = np.arange(700) * 100.0 - 35_000
    height = np.tile(np.maximum(columns + 50, 0) * 0.1, (700, 1)).astype("float32")
    at = rasterio.Affine(100, 0, X0 - 35_000, 0, -100, Y0 + 65_000)
    with rasterio.open(path, "w", driver="GTiff", width=700, height=700, count=1, dtype="float32", crs=crs,
                       transform=at) as file:  # fmt: skip
        file.write(height, 1)
    return path


def test_slope_of_a_plane(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    slope = read_slope(raster(tmp_path / "dem.tif"), crs=CRS, bounds=(X0 - SIDE, Y0, X0 + SIDE, Y0 + 2 * SIDE))
    inside = np.array([X0 + 10_000.0, X0 + 20_000.0]), np.array([Y0 + 5_000.0, Y0 + 40_000.0])
    assert slope.at(*inside) == pytest.approx(np.degrees(np.arctan(0.1)), rel=1e-3)
    assert slope.at(np.array([X0 - 9_000.0]), np.array([Y0 + 9_000.0])) == pytest.approx(0, abs=1e-6)
    assert np.isnan(slope.at(np.array([X0 + 90_000.0]), np.array([Y0]))).all()
    found = border_segments(short_roads(1, 300, {"border": 1, "water": 1}, WET), halves(), crs=CRS, slope=slope)
    mean = found.to_frame().groupby("inside")["slope_deg"].mean()
    assert mean["east"] == pytest.approx(np.degrees(np.arctan(0.1)), rel=1e-3) and mean["west"] == pytest.approx(
        0, abs=1e-6
    )
    (tmp_path / "no.tif").write_text("x")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        read_slope(tmp_path / "no.tif", crs=CRS, bounds=(0, 0, 1, 1))
    with pytest.raises(InputError, match="can be held"):
        read_slope(tmp_path / "dem.tif", crs=CRS, bounds=(0, 0, 5e6, 5e6))


def test_command(tmp_path: Path) -> None:
    pytest.importorskip("rasterio")
    roads = short_roads(3, 2_000, {"border": 0.5, "water": 1.0}, WET).lines()
    roads.to_file(tmp_path / "roads.gpkg")
    halves().rename_axis("place_id").reset_index().to_file(tmp_path / "units.gpkg")
    RIVERS.to_file(tmp_path / "rivers.gpkg")
    files = [str(tmp_path / "roads.gpkg"), str(tmp_path / "units.gpkg"), "--crs", CRS, "--no-detours"]
    more = ["--elevation", str(raster(tmp_path / "dem.tif")), "--water", str(tmp_path / "rivers.gpkg")]
    got = CliRunner().invoke(cli, ["crossings", *files, *more, "--json", "--out", str(tmp_path / "out")])
    assert got.exit_code == 0, got.output
    found = json.loads(got.stdout)
    terms = [r["term"] for r in found["regression"]["rows"] if r["spec"] == "with terrain"]
    assert terms == ["border", "slope_deg", "water"] and found["regression"]["facts"]["permeability_given_terrain"] < 1
    layers = gpd.list_layers(tmp_path / "out" / "crossings.gpkg")["name"].tolist()
    assert layers == ["borders", "crossings", "segments"]
    points = gpd.read_file(tmp_path / "out" / "crossings.gpkg", layer="crossings")
    assert len(points) == found["crossings"]["rows"][0]["crossings"]
    assert len(pd.read_csv(tmp_path / "out" / "segments.csv")) == len(found["segments"]["rows"])


def test_input_that_cannot_be() -> None:
    with pytest.raises(InputError, match="segment_km must be a number > 0, got 0; water_m must be"):
        SegmentOptions(segment_km=0, water_m=True)
    with pytest.raises(MissingDataError, match="no road crosses any segment of the borders"):
        border_regression(planted({"": [0, 0], "west": [2, 4], "east": [3, 3]}))
    with pytest.raises(MissingDataError, match="no road crosses any segment of the lines inside"):
        border_regression(planted({"": [1, 2], "west": [0, 0], "east": [0, 0]}))
    same = planted({"": [1, 2], "west": [2, 4], "east": [3, 3]}, water=[1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    with pytest.raises(InputError, match="cannot be told apart"):
        border_regression(same)
    assert Slope(np.zeros((2, 2)), 0.0, 2.0, 1.0).at(np.array([0.5]), np.array([0.5]))[0] == 0.0
