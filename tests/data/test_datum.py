"""Conversions between the datums of Chinese maps, and the detection of a shift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.sphere import great_circle_km
from megaregion.data.datum import DATUMS, Datum, convert, in_china, offset_m, shift_between, shift_of_points
from megaregion.errors import InputError

# test vectors of the public implementation eviltransform: WGS-84 latitude and longitude, GCJ-02 the same
GCJ = (
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),  # Shanghai
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),  # Shenzhen
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),  # Beijing
)
# printed example of the public implementation coordtransform: source, target, tolerance in degree, result for
# (116.404, 39.915); it inverts in one approximate step, a few centimetres to a metre off
EXAMPLE: tuple[tuple[Datum, Datum, float, tuple[float, float]], ...] = (
    ("GCJ-02", "BD-09", 1e-9, (116.41036949371029, 39.92133699351021)),
    ("WGS-84", "GCJ-02", 1e-9, (116.41024449916938, 39.91640428150164)),
    ("BD-09", "GCJ-02", 1e-6, (116.39762729119315, 39.90865673957631)),
    ("GCJ-02", "WGS-84", 2e-6, (116.39775550083061, 39.91359571849836)),
)


@pytest.mark.parametrize(("lat", "lon", "to_lat", "to_lon"), GCJ)
def test_published_vectors_gcj(lat: float, lon: float, to_lat: float, to_lon: float) -> None:
    """To 1e-6 degree (0.1 m), as the source states."""
    x, y = convert(lon, lat, "WGS-84", "GCJ-02")
    np.testing.assert_allclose([x, y], [to_lon, to_lat], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("source", "target", "tolerance", "printed"), EXAMPLE)
def test_printed_example_of_all_three(
    source: Datum, target: Datum, tolerance: float, printed: tuple[float, float]
) -> None:
    np.testing.assert_allclose(convert(116.404, 39.915, source, target), printed, atol=tolerance, rtol=0)


@pytest.mark.parametrize("source", DATUMS)
@pytest.mark.parametrize("target", DATUMS)
def test_round_trip_over_the_country(source: Datum, target: Datum) -> None:
    """Below 0.1 m at 20,000 random points; in fact below a tenth of a millimetre."""
    draw = np.random.default_rng(3)
    lon, lat = draw.uniform(74, 135, 20_000), draw.uniform(18, 53, 20_000)
    back = convert(*convert(lon, lat, source, target), target, source)
    assert (1000 * great_circle_km(lon, lat, *back)).max() < 1e-4


def test_the_shift_is_hundreds_of_metres() -> None:
    draw = np.random.default_rng(4)
    lon, lat = draw.uniform(98, 122, 5_000), draw.uniform(22, 40, 5_000)
    metres = 1000 * great_circle_km(lon, lat, *convert(lon, lat, "WGS-84", "GCJ-02"))
    assert np.quantile(metres, 0.05) > 100 and metres.max() < 900


@given(st.floats(-180, 180), st.floats(-89, 89))
def test_outside_china_nothing_moves(lon: float, lat: float) -> None:
    moved = convert(lon, lat, "WGS-84", "GCJ-02")
    same = (float(moved[0]), float(moved[1])) == (lon, lat)
    assert same == (not bool(in_china(lon, lat)))


def test_shapes_inputs_and_refusals() -> None:
    lon = np.full((2, 3), 118.8)
    x, y = convert(lon, np.full((2, 3), 32.0), "GCJ-02", "BD-09")
    assert x.shape == y.shape == (2, 3)
    assert (lon == 118.8).all()
    assert np.isnan(convert([np.nan, 118.8], [32.0, 32.0], "WGS-84", "GCJ-02")[0][0])
    with pytest.raises(InputError, match="unknown datum"):
        convert(118.8, 32.0, "WGS84", "GCJ-02")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="shape"):
        convert([118.8, 118.9], [32.0], "WGS-84", "GCJ-02")


def test_offset_is_east_and_north() -> None:
    """One hundredth of a degree: 1111.95 m north, and cos(60 degrees) of it east."""
    east, north = offset_m(0.0, 60.0, 0.01, 60.0)
    assert float(east) == pytest.approx(555.975, abs=0.01) and float(north) == 0.0
    assert float(offset_m(0.0, 60.0, 0.0, 60.01)[1]) == pytest.approx(1111.95, abs=0.01)


PAIRS: list[tuple[Datum, Datum]] = [(a, b) for a in DATUMS for b in DATUMS if a != b]


@pytest.mark.parametrize(("layer", "reference"), PAIRS)
def test_every_direction_is_told_apart(layer: Datum, reference: Datum) -> None:
    """True points read in two datums, with 20 m of noise from simplified boundaries."""
    draw = np.random.default_rng(5)
    lon, lat = draw.uniform(117, 122, 40), draw.uniform(28, 34, 40)
    noise = draw.normal(0, 20 / 111_195, (2, 40))
    x, y = convert(lon, lat, "WGS-84", layer)
    u, v = convert(lon, lat, "WGS-84", reference)
    found = shift_between(x + noise[0], y + noise[1], u, v)
    assert found is not None
    assert (found.layer, found.reference) == (layer, reference)
    east, north = offset_m(u, v, x, y)
    assert found.east_m == pytest.approx(float(np.median(east)), abs=10)
    assert found.north_m == pytest.approx(float(np.median(north)), abs=10)


def test_centres_far_from_centroids_are_no_shift() -> None:
    """City centres lie kilometres from centroids in all directions; agreeing layers, and others, give nothing."""
    draw = np.random.default_rng(6)
    lon, lat = draw.uniform(117, 122, 40), draw.uniform(28, 34, 40)
    away = draw.normal(0, 0.08, (2, 40))
    assert shift_between(lon + away[0], lat + away[1], lon, lat) is None
    assert shift_between(lon, lat, lon + 1e-4, lat) is None
    assert shift_between(lon - 110, lat, lon - 110.004, lat) is None  # in the Atlantic
    assert shift_between(lon + 0.004, lat + 0.004, lon, lat) is None  # a shift, but none of a datum
    assert shift_between(lon[:2], lat[:2], lon[:2] + 0.005, lat[:2]) is None


def _boxes(lon: np.ndarray, lat: np.ndarray, half: float):  # type: ignore[no-untyped-def]
    return lambda x, y: (abs(x - lon) <= half) & (abs(y - lat) <= half)


@pytest.mark.parametrize(("layer", "reference"), [("GCJ-02", "WGS-84"), ("WGS-84", "GCJ-02"), ("BD-09", "WGS-84")])
def test_points_that_leave_their_polygons(layer: Datum, reference: Datum) -> None:
    """Points up to 250 m from the middle of boxes of 600 m: some leave, and only the right datum brings them back."""
    draw = np.random.default_rng(8)
    lon, lat = draw.uniform(118, 121, 60), draw.uniform(30, 33, 60)
    u, v = convert(lon, lat, "WGS-84", reference)
    x, y = convert(lon + draw.uniform(-0.0025, 0.0025, 60), lat + draw.uniform(-0.0025, 0.0025, 60), "WGS-84", layer)
    found = shift_of_points(x, y, _boxes(u, v, 0.0027))
    assert found is not None and (found.layer, found.reference) == (layer, reference)
    assert "outside" in found.evidence and " m to the " in found.far


def test_points_inside_need_no_datum() -> None:
    draw = np.random.default_rng(9)
    lon, lat = draw.uniform(118, 121, 60), draw.uniform(30, 33, 60)
    assert shift_of_points(lon, lat, _boxes(lon, lat, 0.01)) is None
    lon[:4] += 0.5  # four wrong points are four wrong points
    assert shift_of_points(lon, lat, _boxes(np.r_[lon[:4] - 0.5, lon[4:]], lat, 0.01)) is None
