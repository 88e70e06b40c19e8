"""Best tracks and swept areas: a published line, closed forms, what is refused."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.cli.main import main
from megaregion.data.sources.best_track import KM_OF_A_NAUTICAL_MILE, best_track, storm_areas, wind_area
from megaregion.errors import InputError

FILE = Path(__file__).parents[3] / "docs" / "howto" / "yangtze_storms" / "best_track.txt"
EQUAL_AREA = "EPSG:6933"


def moving(r50: tuple[float, float], km: float = 500.0, toward: float = np.nan, last: float | None = None):
    """A storm that goes north along 120 E for so many km, its middle at 30 N; radii (longest, shortest)."""
    degrees = km / 111.195
    end = r50 if last is None else (last, last)
    return pd.DataFrame({
        "storm": "1", "name": "X", "time": pd.to_datetime(["2021-07-25T00:00Z", "2021-07-25T06:00Z"]),
        "lat": [30 - degrees / 2, 30 + degrees / 2], "lon": 120.0, "r50_toward_deg": toward,
        "r50_long_km": [r50[0], end[0]], "r50_short_km": [r50[1], end[1]],
    })  # fmt: skip


def km2(shape: object) -> float:
    return float(gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(EQUAL_AREA).area.iloc[0]) / 1e6


def test_a_published_line() -> None:
    """In-Fa on 26 July 2021, 00 UTC: 30.6 N, 121.1 E, 985 hPa, 50 kt; 30 kt to 200 nm in the east, 140 west."""
    track = best_track(FILE)
    row = track[(track["storm"] == "2106") & (track["time"] == "2021-07-26T00:00Z")].iloc[0]
    assert row[["name", "lat", "lon", "pressure_hpa", "wind_kt"]].tolist() == ["IN-FA", 30.6, 121.1, 985.0, 50.0]
    assert row["r30_toward_deg"] == 90.0 and row["r50_long_km"] == 0.0 and np.isnan(row["r50_toward_deg"])
    assert row["r30_long_km"] == pytest.approx(370.4) and row["r30_short_km"] == pytest.approx(259.28)
    assert KM_OF_A_NAUTICAL_MILE == 1.852


def test_a_circle_that_moves_sweeps_a_capsule() -> None:
    """pi r2 + 2 r d (Steiner); half the way, half the rectangle."""
    r, d = 100.0, 500.0
    assert km2(wind_area(moving((r, r)), knots=50)) == pytest.approx(np.pi * r * r + 2 * r * d, rel=0.005)
    half = wind_area(moving((r, r)), knots=50, since="2021-07-25T00:00Z", until="2021-07-25T11:00+08:00")
    assert km2(half) == pytest.approx(np.pi * r * r + r * d, rel=0.005)


def test_winds_that_end_sweep_a_cone() -> None:
    """Hull of a circle and a point outside: r2 (pi - arccos(r/d)) + r sqrt(d2 - r2)."""
    r, d = 100.0, 500.0
    want = r * r * (np.pi - np.arccos(r / d)) + r * np.sqrt(d * d - r * r)
    assert km2(wind_area(moving((r, r), last=0.0), knots=50)) == pytest.approx(want, rel=0.005)
    assert wind_area(moving((0.0, 0.0)), knots=50).is_empty


def test_both_stated_radii_are_met() -> None:
    """Longest 120 km to the east, shortest 60: the area of a storm that hardly moves is the circle of radius 90."""
    area = wind_area(moving((120.0, 60.0), km=0.01, toward=90.0), knots=50)
    west, _, east, _ = area.bounds
    km = 111.195 * np.cos(np.deg2rad(30.0))
    assert (120.0 - west) * km == pytest.approx(60.0, rel=0.01) and (east - 120.0) * km == pytest.approx(
        120.0, rel=0.01
    )
    assert km2(area) == pytest.approx(np.pi * 90.0**2, rel=0.01)


def test_what_is_refused(tmp_path: Path) -> None:
    track = best_track(FILE)
    for storm in ("2107", ""):
        with pytest.raises(InputError, match="0 storms are called"):
            storm_areas(track, storm)
    with pytest.raises(InputError, match="the track of one storm, got 4"):
        wind_area(track)
    one = track[track["storm"] == "2106"]
    with pytest.raises(InputError, match="has no time zone"):
        wind_area(one, since="2021-07-26")
    with pytest.raises(InputError, match="is not inside of the track"):
        wind_area(one, until="2021-08-26T00:00Z")
    other = tmp_path / "other.txt"
    other.write_text("WP, 09, 2021072500, , BEST, 0, 297N, 1231E, 65, 970\n")
    with pytest.raises(InputError, match="is no best track of RSMC Tokyo: lines 1"):
        best_track(other)
    other.write_text(FILE.read_text().splitlines()[1])
    with pytest.raises(InputError, match="no header 66666"):
        best_track(other)


def test_from_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "areas.geojson"
    with pytest.raises(SystemExit) as done:
        main(["storm", str(FILE), "--storm", "In-Fa", "--since", "2021-07-26T00:00+08:00", "--until",
              "2021-07-27T00:00+08:00", "--out", str(out)])  # fmt: skip
    assert done.value.code == 0 and "IN-FA 2106, 50 kt" in capsys.readouterr().out
    read = gpd.read_file(out).set_index("name")
    assert shapely.contains(read.geometry.iloc[0], read.geometry.iloc[1]), "storm winds blow inside of the gale"
