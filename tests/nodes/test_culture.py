"""Culture on places of known shape: stock and ranks by hand, residual by refitting, pattern, corridors, bad lists."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from shapely.ops import unary_union

from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.nodes.culture import CultureOptions, culture
from megaregion.nodes.culture_corridors import corridors
from megaregion.nodes.culture_drawn import drawn_positions
from megaregion.nodes.culture_pattern import bandwidth, evenly, pattern
from megaregion.nodes.culture_sites import Ground, Null
from megaregion.nodes.culture_stock import carriers, output_residual

PLACES = ["a", "b", "c", "d"]
SHAPES = gpd.GeoDataFrame(
    geometry=[box(k % 2, k // 2, k % 2 + 1, k // 2 + 1) for k in range(4)], index=PLACES, crs="EPSG:4326"
)
PEOPLE = pd.Series([1e6, 2e6, 3e6, 4e6], PLACES)
LEVELS = {"national": 4.0, "provincial": 3.0}


def listed(places: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Place -> how many national and provincial sites, at its middle."""
    rows = []
    for place, counts in places.items():
        middle = SHAPES.geometry[place].centroid
        for level, count in zip(LEVELS, counts, strict=True):
            rows += [(f"{place}-{level}-{k}", level, middle.x, middle.y) for k in range(count)]
    return pd.DataFrame(rows, columns=["site_id", "level", "lon", "lat"])


def plane(width: float = 200.0, height: float = 100.0, columns: int = 4) -> Ground:
    """Rectangles side by side in a plane in km (for kernels of the room that ask for no globe)."""
    step = width / columns
    names = [f"p{k}" for k in range(columns)]
    crs = "+proj=laea +lon_0=120 +lat_0=30 +datum=WGS84 +units=km"
    return Ground(gpd.GeoDataFrame(geometry=[box(k * step, 0, (k + 1) * step, height) for k in range(columns)],
                                   index=names, crs=crs), crs)  # fmt: skip


def test_stock_by_hand() -> None:
    sites = listed({"a": (1, 0), "b": (0, 1), "c": (2, 3)})
    found = culture(sites, PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)
    table = found["culture_stock"].to_frame().set_index("place_id")
    assert table["stock"].to_dict() == {"c": 17.0, "a": 4.0, "b": 3.0, "d": 0.0}
    assert table["sites"].to_dict() == {"c": 5, "a": 1, "b": 1, "d": 0}
    assert table["rank"].to_dict() == {"c": 1, "a": 2, "b": 3, "d": 4}
    assert table["rank_equal"].to_dict() == {"c": 1, "a": 2, "b": 2, "d": 4}
    assert table["stock_per_100k"]["b"] == pytest.approx(0.15)
    # a falls behind b if its weight falls by more than a quarter against that of b: log2(3/4) = -0.415 of a triangle
    # on [-2, 2], probability (2 - 0.415)^2 / 8 = 0.31 > 0.05
    assert table.loc[["a", "b", "c", "d"], ["rank_p05", "rank_p95"]].to_numpy().tolist() == [
        [2, 3],
        [2, 3],
        [1, 1],
        [4, 4],
    ]
    levels = found["culture_levels"].to_frame().set_index("level")
    assert levels["share"].to_dict() == pytest.approx({"national": 12 / 24, "provincial": 12 / 24})
    assert levels["largest_move"].to_dict() == {"national": 1, "provincial": 1}
    assert "density, pattern and corridors need" in found["culture_stock"].warnings[-1]


def test_weights_count_by_their_ratios_only() -> None:
    sites = listed({"a": (3, 0), "b": (0, 3), "c": (1, 1)})
    once = culture(sites, PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)
    scaled = CultureOptions(levels={k: 7e-12 * v for k, v in LEVELS.items()})
    twice = culture(sites.sample(frac=1, random_state=3), PEOPLE.iloc[::-1], options=scaled, shapes=SHAPES, seed=1)
    a, b = once["culture_stock"].to_frame(), twice["culture_stock"].to_frame()
    pd.testing.assert_series_equal(a["stock"] * 7e-12, b["stock"], atol=0)
    columns = ["place_id", "rank", "rank_p05", "rank_p95", "rank_equal"]
    pd.testing.assert_frame_equal(a[columns], b[columns])
    sure = CultureOptions(levels=LEVELS, weight_factor=1.0)
    same = culture(sites, PEOPLE, options=sure, shapes=SHAPES, seed=1)["culture_stock"].to_frame()
    assert (same["rank_p05"] == same["rank"]).all()
    assert (same["rank_p95"] == same["rank"]).all()


def test_use_says_on_how_many_sites_it_rests() -> None:
    sites = listed({"a": (2, 1)}).assign(open=[True, False, None], visitors=[100.0, np.nan, 50.0])
    row = culture(sites, PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)["culture_stock"]
    first = row.to_frame().iloc[0]
    assert (first["open_known"], first["open_share"]) == (2, 0.5)
    assert (first["open_low"], first["open_high"]) == pytest.approx((4 / 11, 7 / 11))  # 4 open, 4 closed, 3 unknown
    assert row.facts()["open_low"] == pytest.approx(4 / 11) and "known of 2 of 3 sites" in row.warnings[-2]
    assert (first["visitors_known"], first["visitors"]) == (2, 150.0)
    assert first["visitors_per_stock"] == pytest.approx(150 / 7)
    nullable = sites.assign(open=sites["open"].astype("boolean"))
    again = culture(nullable, PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)["culture_stock"]
    pd.testing.assert_frame_equal(again.to_frame(), row.to_frame())
    assert np.isnan(row.to_frame().iloc[1][["open_share", "visitors", "visitors_per_stock"]].astype(float)).all()


def test_flags_of_one_kind_give_bounds_and_no_share() -> None:
    """Only open sites were looked for: 1 by making. With every site flagged a share is a share."""
    sites = listed({"a": (2, 1), "b": (1, 0)})
    options = CultureOptions(levels=LEVELS)

    def told(flags: list[bool | None]):
        return culture(sites.assign(open=flags), PEOPLE, options=options, shapes=None, seed=1)["culture_stock"]

    sites = sites.assign(place_id=sites["site_id"].str[0])
    part = told([True, None, None, None])
    frame = part.to_frame().set_index("place_id")
    assert frame["open_share"].isna().all()
    assert frame.loc["a", ["open_low", "open_high"]].tolist() == pytest.approx([4 / 11, 1.0])
    assert frame.loc["b", ["open_low", "open_high"]].tolist() == [0.0, 1.0] and np.isnan(frame.loc["c", "open_low"])
    assert (part.facts()["open_low"], part.facts()["open_high"]) == pytest.approx((4 / 15, 1.0))
    assert any("All of these are open" in text for text in part.warnings)
    closed = told([False, None, None, None]).to_frame().set_index("place_id")
    assert closed.loc["a", ["open_low", "open_high"]].tolist() == pytest.approx([0.0, 7 / 11])
    whole = told([True] * 4)
    assert whole.to_frame().set_index("place_id").loc["a", ["open_share", "open_low", "open_high"]].tolist() == [
        1,
        1,
        1,
    ]
    assert not any("whether it is open" in text for text in whole.warnings)
    none = told([None] * 4)
    assert none.to_frame()[["open_share", "open_low", "open_high"]].isna().all(axis=None)
    assert "open_low" not in none.facts()


def test_place_id_stands_for_coordinates_and_sites_outside_are_named() -> None:
    sites = pd.DataFrame({"site_id": ["s1", "s2", "s3"], "level": "national", "lon": [np.nan, 0.5, 9.0],
                          "lat": [np.nan, 0.5, 9.0], "place_id": ["d", None, None]})  # fmt: skip
    found = culture(sites, PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)["culture_stock"]
    assert found.to_frame().set_index("place_id")["sites"].to_dict() == {"a": 1, "d": 1, "b": 0, "c": 0}
    assert found.warnings[0].startswith("1 sites lie in no place of the region and are left out: s3")
    assert found.warnings[1].startswith("1 sites have no position")
    blind = culture(sites.iloc[:1], PEOPLE, options=CultureOptions(levels=LEVELS), shapes=None, seed=1)
    assert set(blind) == {"culture_stock", "culture_levels"}
    assert "no polygons" in blind["culture_stock"].warnings[-1]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda s: s.drop(columns="level"), SchemaError, "columns are missing: level"),
        (lambda s: s.assign(level="village"), InputError, r"levels without a weight \(village\)"),
        (lambda s: s.assign(level=None), MissingDataError, "heritage.level is missing for 3 sites"),
        (lambda s: s.assign(site_id="x"), InputError, "heritage.site_id repeats for 3 sites"),
        (lambda s: s.assign(lon=np.nan), MissingDataError, "one of heritage.lon and lat is missing"),
        (lambda s: s.assign(lon=np.inf), InputError, "no degrees"),
        (lambda s: s.assign(lon=500.0), InputError, "no degrees"),
        (lambda s: s.assign(lon=50.0), InputError, "none of 3 sites lies in the region"),
        (lambda s: s.assign(place_id="z"), InputError, "names no place of the region for 3 sites"),
        (lambda s: s.assign(visitors=-1.0), InputError, "visitors is negative"),
        (lambda s: s.assign(open="no"), InputError, "open is neither true nor false for 3 sites"),
        (lambda s: s.iloc[:0], MissingDataError, "holds no site"),
        (lambda s: s.assign(lon=np.nan, lat=np.nan), MissingDataError, "neither a position"),
    ],
)
def test_bad_lists(change, error, text) -> None:
    with pytest.raises(error, match=text):
        culture(change(listed({"a": (2, 1)})), PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)


def test_everything_wrong_is_said_at_once() -> None:
    sites = listed({"a": (2, 1)}).assign(level=["national", "x", "y"], lat=[0.5, 99.0, 0.5])
    with pytest.raises(InputError, match=r"weight \(x, y\).*no degrees for 1 sites: a-national-1"):
        culture(sites, PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)


def test_bad_polygons_and_options() -> None:
    sites, options = listed({"a": (2, 1)}), CultureOptions(levels=LEVELS)
    with pytest.raises(InputError, match="1 places have no polygon: d"):
        culture(sites, PEOPLE, options=options, shapes=SHAPES.iloc[:3], seed=1)
    with pytest.raises(InputError, match="no coordinate reference system"):
        culture(sites, PEOPLE, options=options, shapes=SHAPES.set_crs(None, allow_override=True), seed=1)
    with pytest.raises(InputError, match=r"people must be > 0"):
        culture(sites, PEOPLE * [0, 1, 1, 1], options=options, shapes=SHAPES, seed=1)
    with pytest.raises(InputError, match=r"levels must give.*edge must be.*bandwidth must be.*draws must be"):
        CultureOptions(edge="x", bandwidth=-1.0, draws=1.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="weight of level a must be a number > 0, got 0"):
        CultureOptions.of({"levels": {"a": 0}})
    with pytest.raises(InputError, match="unknown keys level"):
        CultureOptions.of({"level": {"a": 1}})
    assert CultureOptions.of({"levels": {"a": 1}, "carriers": ["museum"]}).carriers == ("museum",)


def test_all_sites_at_one_point_have_a_stock_and_no_pattern() -> None:
    found = culture(listed({"a": (20, 0)}), PEOPLE, options=CultureOptions(levels=LEVELS), shapes=SHAPES, seed=1)
    assert set(found) == {"culture_stock", "culture_levels"}
    assert "20 sites with a position, in 1 different points" in found["culture_stock"].warnings[-1]
    with pytest.raises(InputError, match="1 places only: the rule scott gives no bandwidth"):
        bandwidth(np.zeros((5, 2)), "scott")
    assert bandwidth(np.zeros((5, 2)), 12.0).km == 12.0


def test_whole_run_adds_up() -> None:
    """Density times areas is the stock, pieces of corridors are the corridors, a seed gives one answer."""
    rng = np.random.default_rng(5)
    xy = np.vstack(
        [rng.normal((0.4, 0.4), 0.05, (15, 2)), rng.normal((1.6, 1.5), 0.05, (15, 2)), rng.uniform(0, 2, (10, 2))]
    )
    sites = pd.DataFrame(
        {"site_id": [f"s{k:02d}" for k in range(40)], "level": "national", "lon": xy[:, 0], "lat": xy[:, 1]}
    )
    options = CultureOptions(levels=LEVELS, simulations=39)
    found = culture(sites, PEOPLE, options=options, shapes=SHAPES, seed=3)
    for result in found.values():
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
        assert all(c.en and c.zh for c in result.describe())
    density = found["culture_density"]
    cell = density.parameters()["cell_km"]
    assert density.to_frame()["density"].sum() / 1000 * cell**2 == pytest.approx(160.0, rel=1e-9)
    assert density.facts()["bandwidth_km"] == density.facts()["bandwidth_likelihood_km"]
    assert len(found["culture_clusters"].to_frame()) == 2
    lines, owners = found["culture_corridors"].to_frame(), found["culture_owners"].to_frame()
    assert owners.groupby("corridor")["length_km"].sum().to_dict() == pytest.approx(
        lines.set_index("corridor")["length_km"].to_dict()
    )
    assert owners["share"].sum() == pytest.approx(1.0)
    again = culture(sites.iloc[::-1], PEOPLE, options=options, shapes=SHAPES.iloc[::-1], seed=3)
    for name, result in found.items():
        pd.testing.assert_frame_equal(result.to_frame(), again[name].to_frame(), rtol=1e-9)


def test_museums_and_memorials_of_helsinki(shared_data: Path) -> None:
    """Real points with levels (OpenStreetMap), four equal quarters of the extract as places: everything adds up."""
    osmium = pytest.importorskip("osmium")
    weights = {"memorial": 1.0, "gallery": 1.0, "library": 1.0, "theatre": 2.0, "museum": 3.0}
    path = shared_data / "reference" / "osm" / "Helsinki.osm.pbf"
    rows = []
    for item in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("historic", "tourism", "amenity")
    ):
        for level in {item.tags.get(key) for key in ("historic", "tourism", "amenity")} & set(weights):
            rows.append((f"n{item.id}", level, item.lon, item.lat))
    sites = pd.DataFrame(rows, columns=["site_id", "level", "lon", "lat"])
    assert sites["level"].value_counts().to_dict() == {
        "memorial": 27, "gallery": 7, "theatre": 6, "library": 5, "museum": 4,
    }  # fmt: skip
    west, south, east, north = sites["lon"].min(), sites["lat"].min(), sites["lon"].max(), sites["lat"].max()
    x, y = np.linspace(west - 1e-4, east + 1e-4, 3), np.linspace(south - 1e-4, north + 1e-4, 3)
    quarters = gpd.GeoDataFrame(geometry=[box(x[i], y[j], x[i + 1], y[j + 1]) for i in (0, 1) for j in (0, 1)],
                                index=PLACES, crs="EPSG:4326")  # fmt: skip
    options = CultureOptions(levels=weights, simulations=99)
    found = culture(sites, pd.Series(1.0, PLACES), options=options, shapes=quarters, seed=1)
    stock = found["culture_stock"].to_frame()["stock"].sum()
    assert stock == 27 + 7 + 5 + 2 * 6 + 3 * 4
    density = found["culture_density"]
    assert density.to_frame()["density"].sum() / 1000 * density.parameters()["cell_km"] ** 2 == pytest.approx(stock)
    assert found["culture_pattern"].facts()["sites"] == 49


def test_sites_where_people_are_are_not_together() -> None:
    """90 % of the people and of the sites are in the first quarter: only an even null calls that together."""
    rng = np.random.default_rng(8)
    land = plane()
    xy = np.vstack([rng.uniform((0, 0), (50, 100), (90, 2)), rng.uniform((50, 0), (200, 100), (10, 2))])
    even = pd.Series(25.0, land.shapes.index)
    real = pd.Series([270.0, 10.0, 10.0, 10.0], land.shapes.index)
    against_even = pattern(xy, Null(land, even), seed=1, simulations=99)
    against_people = pattern(xy, Null(land, real), seed=1, simulations=99)
    assert against_even.facts()["p_rank"] == against_even.facts()["p_mad"] == 0.01
    assert (against_even.to_frame()["reading"] == "together").mean() > 0.9
    assert against_people.facts()["p_rank"] > 0.05
    assert (against_people.to_frame()["reading"] == "as people").all()


def test_a_knot_of_sites_is_together_and_a_grid_apart() -> None:
    land, rng = plane(), np.random.default_rng(2)
    null = Null(land, pd.Series(1.0, land.shapes.index))
    knot = np.vstack([rng.uniform((0, 0), (200, 100), (30, 2)), rng.normal((70, 50), 2.0, (20, 2))])
    found = pattern(knot, null, seed=1, simulations=99, edge="none", envelope="mad")
    assert found.facts()["p_mad"] == 0.01
    assert found.to_frame()["reading"].iloc[3] == "together"
    grid = np.stack(np.meshgrid(np.arange(10, 200, 20.0), np.arange(10, 100, 20.0)), axis=-1).reshape(-1, 2)
    frame = pattern(grid, null, seed=1, simulations=99, furthest=18.0).to_frame()
    assert (frame["l"] == 0).all()  # no two within 18 km
    assert "apart" in set(frame["reading"])
    with pytest.raises(InputError, match=r"ten sites at least.*where nobody lives"):
        pattern(knot[-5:], Null(land, pd.Series([1.0, 0, 1, 1], land.shapes.index)), seed=1)
    with pytest.raises(InputError, match="up to half of the shorter side, got 60"):
        pattern(knot, null, seed=1, furthest=60.0)


def test_nearest_sites_against_the_formula_for_a_rectangle() -> None:
    """Donnelly (1978): even points in a rectangle, 0.5 sqrt(A/n) + 0.0514 P/n + 0.041 P/n^1.5, within 1 %."""
    land = plane()
    grid = np.stack(np.meshgrid(np.arange(10, 200, 20.0), np.arange(10, 100, 20.0)), axis=-1).reshape(-1, 2)
    found = pattern(grid, Null(land, pd.Series(1.0, land.shapes.index)), seed=1, simulations=999).facts()
    n = len(grid)
    want = 0.5 * np.sqrt(20_000 / n) + 0.0514 * 600 / n + 0.041 * 600 / n**1.5
    assert found["nearest_km"] == 20.0
    assert found["nearest_km_null"] == pytest.approx(want, rel=0.01)
    assert found["nearest_ratio"] == pytest.approx(20 / found["nearest_km_null"])
    assert found["nearest_p"] == 2 / 1000


def test_points_of_the_null_are_even_over_a_polygon() -> None:
    """Middle and spread of an L: moments by hand, four standard errors."""
    ell = unary_union([box(0, 0, 1, 3), box(1, 0, 3, 1)])
    points = evenly(ell, 20_000, np.random.default_rng(1))
    mean = np.array([(3 * 0.5 + 2 * 2.0) / 5, (3 * 1.5 + 2 * 0.5) / 5])
    assert (np.abs(points.mean(axis=0) - mean) < 4 * points.std(axis=0) / np.sqrt(20_000)).all()
    assert ((points[:, 0] < 1) | (points[:, 1] < 1)).all()
    assert evenly(ell, 0, np.random.default_rng(1)).shape == (0, 2)


def test_corridor_by_hand_and_by_chance() -> None:
    """Two knots 100 km apart, three loose sites between; expected by throwing points where people live."""
    land = plane()
    people = pd.Series([1.0, 4.0, 2.0, 3.0], land.shapes.index)
    knots = [(50 + dx, 50 + dy) for dx in (-1, 1) for dy in (-1, 1)] + [
        (150 + dx, 50 + dy) for dx in (-1, 1) for dy in (-1, 1)
    ]
    xy = np.array([*knots, (80, 52), (100, 49), (130, 55), (20, 90), (199, 1)], float)
    points = pd.DataFrame({"site_id": [f"s{k:02d}" for k in range(len(xy))], "weight": 1.0, "x": xy[:, 0],
                           "y": xy[:, 1], "place_id": land.shapes.index[land.at(xy)]})  # fmt: skip
    groups, lines, owners = corridors(points, land, Null(land, people), radius_km=6.0, least=4)
    assert groups.to_frame()["sites"].tolist() == [4, 4]
    row = lines.to_frame().iloc[0]
    assert (row["length_km"], row["sites"], row["longest_gap_km"]) == (pytest.approx(100.0), 3, pytest.approx(30.0))
    assert row["places"] == 2  # it only touches the first
    pieces = owners.to_frame().set_index("place_id")
    assert pieces["length_km"].to_dict() == pytest.approx({"p1": 50.0, "p2": 50.0})
    rng = np.random.default_rng(4)
    thrown = rng.uniform((0, 0), (50, 100), (400_000, 2)) + np.column_stack(
        [50.0 * rng.choice(4, 400_000, p=people / people.sum()), np.zeros(400_000)])  # fmt: skip
    away = np.all([np.hypot(*(thrown - k).T) > 6.0 for k in xy[:8]], axis=0)
    strip = (np.abs(thrown[:, 1] - 50) <= 6) & (thrown[:, 0] >= 50) & (thrown[:, 0] <= 150)
    share = (strip & away).sum() / away.sum()
    assert row["expected"] == pytest.approx(5 * share, abs=5 * 4 * np.sqrt(share / away.sum()))
    assert row["ratio"] == pytest.approx(3 / row["expected"])
    # Garwood's interval of 3 is 0.619 to 8.767
    assert (row["ratio_low"] * row["expected"], row["ratio_high"] * row["expected"]) == pytest.approx(
        (0.6187, 8.7673), abs=1e-4
    )
    none = corridors(points.iloc[8:], land, Null(land, people), radius_km=6.0)
    assert "no corridor joins them" in none[0].warnings[0]
    assert none[1].to_frame().empty
    assert none[2].to_frame().empty


def test_carriers_have_the_exact_interval_of_their_number() -> None:
    """Garwood (1936): 10 events 4.795 to 18.390, none 0 to 3.689."""
    people = pd.Series(1e5, ["a", "b"])
    table = carriers(pd.DataFrame({"museum": [10, 0]}, index=["a", "b"]), people).to_frame()
    np.testing.assert_allclose(table[["per_100k", "low", "high"]], [[10, 4.7954, 18.3904], [0, 0, 3.6889]], atol=1e-4)
    with pytest.raises(MissingDataError, match="museum is missing"):
        carriers(pd.DataFrame({"museum": [10, np.nan]}, index=["a", "b"]), people)
    with pytest.raises(InputError, match=r"whole numbers >= 0; it is not for \['b'\]"):
        carriers(pd.DataFrame({"museum": [10, 0.5]}, index=["a", "b"]), people)


def test_residual_is_that_of_a_refit_without_the_place() -> None:
    rng = np.random.default_rng(6)
    labels = [f"p{k:02d}" for k in range(20)]
    people, stock = pd.Series(np.exp(rng.normal(14, 1, 20)), labels), pd.Series(rng.poisson(20, 20) + 1.0, labels)
    output = people**0.8 * stock**0.5 * np.exp(rng.normal(0, 0.3, 20))
    output.iloc[3] *= 20
    found = output_residual(output, stock, people)
    table = found.to_frame().set_index("place_id")
    x = np.column_stack([np.ones(20), np.log(stock), np.log(people)])
    y = np.log(output.to_numpy())
    from scipy.stats import t

    for k in (0, 3, 11):
        rest = np.arange(20) != k
        beta, square, *_ = np.linalg.lstsq(x[rest], y[rest], rcond=None)
        spread = np.sqrt(square[0] / 16 * (1 + x[k] @ np.linalg.inv(x[rest].T @ x[rest]) @ x[k]))
        gap = y[k] - x[k] @ beta
        wide = t.ppf(0.975, 16) * spread
        got = table.loc[labels[k], ["residual", "low", "high"]].astype(float)
        np.testing.assert_allclose(got, [gap, gap - wide, gap + wide], rtol=1e-8)
        assert table.loc[labels[k], "p"] == pytest.approx(2 * t.sf(abs(gap) / spread, 16), rel=1e-6)
    assert table["reading"].value_counts().to_dict() == {"not told from none": 19, "above": 1}
    assert table.index[0] == "p03"


def test_residual_refuses_what_it_cannot_carry() -> None:
    labels = [f"p{k}" for k in range(9)]
    ones = pd.Series(np.arange(1.0, 10), labels)
    with pytest.raises(InputError, match="needs 8 places with a stock, got 7"):
        output_residual(ones, ones.where(ones > 2, 0.0), ones**2)
    with pytest.raises(InputError, match="output must be > 0"):
        output_residual(ones - 1, ones, ones)
    with pytest.raises(MissingDataError, match="people is missing"):
        output_residual(ones, ones, ones.where(ones > 2))
    rng = np.random.default_rng(1)
    found = output_residual(ones * rng.uniform(1, 2, 9), ones.where(ones > 1, 0.0), ones * rng.uniform(1, 2, 9))
    assert "1 places without a stock are left out of the residual: p0" in found.warnings


def test_sites_known_to_their_place_are_drawn_as_people_live() -> None:
    """Ten of a coarse place fall into its finer places by residents, each inside; those with coordinates stay."""
    land = plane(columns=4)
    people = pd.Series([0.0, 3e6, 1e6, 5e6], land.shapes.index)
    whole = gpd.GeoDataFrame(geometry=[unary_union(land.shapes.geometry.iloc[:3]), land.shapes.geometry.iloc[3]],
                             index=["west", "p3"], crs=land.crs)  # fmt: skip
    rows = [("west", np.nan, np.nan)] * 4000 + [("p3", np.nan, np.nan)] * 5 + [("west", 120.0, 30.0), (None, 1.0, 1.0)]
    sites = pd.DataFrame(rows, columns=["within", "lon", "lat"])
    found = drawn_positions(sites, Null(land, people), whole, np.random.default_rng(1))
    assert found["drawn"].sum() == 4005 and found.loc[4005, ["lon", "lat"]].tolist() == [120.0, 30.0]
    at = land.at(land.plane(found["lon"].to_numpy(float)[:4005], found["lat"].to_numpy(float)[:4005]))
    assert (at[4000:] == 3).all() and set(at[:4000]) == {1, 2}
    share, sd = (at[:4000] == 1).mean(), np.sqrt(0.75 * 0.25 / 4000)
    assert abs(share - 0.75) < 4 * sd  # three of four people there live in p1
    finer = gpd.GeoDataFrame(geometry=[box(1.0, 1.0, 2.0, 2.0)], index=["village"], crs=land.crs)
    small = drawn_positions(pd.DataFrame({"within": ["village"]}), Null(land, people), finer, np.random.default_rng(1))
    x, y = land.plane(small["lon"].to_numpy(float), small["lat"].to_numpy(float))[0]
    assert 1 <= x <= 2 and 1 <= y <= 2


def test_drawn_positions_keep_the_level_of_the_test() -> None:
    """Counts drawn from people, positions forgotten: no more than one run in twenty should leave the band."""
    rng = np.random.default_rng(5)
    options = CultureOptions(levels={"all": 1.0}, simulations=39, positions="drawn", furthest_km=40.0)
    left = 0
    for run in range(40):
        place = rng.choice(PLACES, size=30, p=(PEOPLE / PEOPLE.sum()).to_numpy())
        sites = pd.DataFrame({"site_id": [f"s{k}" for k in range(30)], "level": "all", "place_id": place})
        found = culture(sites, PEOPLE, options=options, shapes=SHAPES, seed=run)
        left += int((found["culture_pattern"].to_frame()["reading"] != "as people").any())
    assert left <= 6  # binomial(40, 0.05): above 6 with probability 0.003
    warned = [w for w in found["culture_pattern"].warnings if "known to their place only" in w]
    assert len(warned) == 1 and warned[0].startswith("30 of 30")
    stated = culture(sites, PEOPLE, options=CultureOptions(levels={"all": 1.0}), shapes=SHAPES, seed=1)
    assert "culture_pattern" not in stated
