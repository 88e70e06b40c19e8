"""Best tracks of typhoons in the format of RSMC Tokyo (Japan Meteorological Agency), and the area their winds swept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
KM_OF_A_NAUTICAL_MILE = 1.852
_HEADER = "66666"
_FROM = {"1": 45.0, "2": 90.0, "3": 135.0, "4": 180.0, "5": 225.0, "6": 270.0, "7": 315.0, "8": 0.0}
_CORNERS = 180  # of a circle: its area is 0.02 % short
_EDGE_KM = 25.0  # longer edges that are straight here would not be straight in degrees
_RADII = {50: 41, 30: 52}  # knots -> where the code of direction stands


def best_track(path: Path | str) -> pd.DataFrame:
    """Tracks of a file of RSMC Tokyo (bst_all.txt, or lines of it).

    Parameters
    ----------
    path : path

    Returns
    -------
    DataFrame
        A row a time: storm (international number, 2106), name, time (UTC), lat, lon, pressure_hpa, wind_kt (ten
        minutes, highest near the center; missing below a tropical storm); r50_toward_deg, r50_long_km, r50_short_km
        and the same with r30: bearing, longest and shortest radius of winds of 50 and 30 knots. The bearing is missing
        where the area is a circle, radii are 0 where no such winds are stated.

    Raises
    ------
    InputError
        A line is none of the format.

    Notes
    -----
    Format: www.jma.go.jp/jma/jma-eng/jma-center/rsmc-hp-pub-eg/Besttracks/e_format_bst.html. Years 51 to 99 are of the
    last century.
    """
    rows: list[dict[str, Any]] = []
    storm, name, wrong = "", "", []
    for number, line in enumerate(Path(path).read_text(encoding="ascii", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        if line.startswith(_HEADER):
            storm, name = line[6:10].strip(), line[30:50].strip()
            continue
        try:
            rows.append({"storm": storm, "name": name, **_at(line)})
        except (ValueError, KeyError):
            wrong.append(number)
    if wrong or not rows or not all(row["storm"] for row in rows):
        where = f"lines {', '.join(map(str, wrong[:5]))}" if wrong else "no header 66666 before the first line"
        raise InputError(f"{path} is no best track of RSMC Tokyo: {where}",
                         hint="lines as in bst_all.txt: a header 66666 ..., then fixed columns")  # fmt: skip
    return pd.DataFrame(rows)


def _at(line: str) -> dict[str, Any]:
    year = int(line[0:2])
    time = pd.Timestamp(f"{1900 + year if year > 50 else 2000 + year}-{line[2:4]}-{line[4:6]}T{line[6:8]}:00Z")
    wind = int(line[33:36] or 0)
    out: dict[str, Any] = {
        "time": time, "lat": int(line[15:18]) / 10.0, "lon": int(line[19:23]) / 10.0,
        "pressure_hpa": float(line[24:28]), "wind_kt": float(wind) if wind else np.nan,
    }  # fmt: skip
    for knots, k in _RADII.items():
        code, long, short = line[k : k + 1].strip(), line[k + 1 : k + 5].strip(), line[k + 6 : k + 10].strip()
        there = code not in ("", "0")
        out[f"r{knots}_toward_deg"] = np.nan if not there or code == "9" else _FROM[code]
        out[f"r{knots}_long_km"] = KM_OF_A_NAUTICAL_MILE * int(long) if there else 0.0
        out[f"r{knots}_short_km"] = KM_OF_A_NAUTICAL_MILE * int(short) if there else 0.0
    return out


def wind_area(
    track: pd.DataFrame, *, knots: Literal[30, 50] = 30, since: str | pd.Timestamp | None = None,
    until: str | pd.Timestamp | None = None,
) -> BaseGeometry:  # fmt: skip
    """What winds of so many knots swept between two times, as a polygon in degrees (EPSG:4326).

    Parameters
    ----------
    track : DataFrame
        Of one storm, as `best_track` gives it.
    knots : {30, 50}
        Winds of at least this.
    since, until : time, optional
        With a time zone; default: the first and the last time of the track.

    Returns
    -------
    Polygon or MultiPolygon
        Empty if no such winds are stated.

    Raises
    ------
    InputError
        There are several storms, a time has no zone, or the track does not reach over the times.

    Notes
    -----
    A declared rule. At each time the area is the circle whose diameter runs through the center of the storm from the
    shortest radius to the longest, so both stated radii are met. Between two times center, shift and radius change
    evenly, and the area swept is the convex hull of both circles. Stated radii are those over open sea: hills and
    towns are calmer, gusts are stronger.
    """
    from shapely import MultiPoint, Polygon, segmentize, transform, union_all

    if track.empty or track["storm"].nunique() != 1:
        raise InputError(f"wind_area needs the track of one storm, got {track['storm'].nunique()}",
                         hint="track[track['storm'] == '2106']")  # fmt: skip
    middle = track["lat"].mean(), track["lon"].mean()
    circles = _between(_circles(track, knots, middle), track["time"], since, until)
    hulls = []
    angle = 2 * np.pi * np.arange(_CORNERS) / _CORNERS
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    for a, b in pairwise(circles):
        parts = [c[:2] + c[2] * ring for c in (a, b) if c[2] > 0]
        if parts:
            tips = [c[None, :2] for c in (a, b) if c[2] == 0]
            hulls.append(MultiPoint(np.concatenate([*parts, *tips])).convex_hull)
    if not hulls:
        return Polygon()
    whole = segmentize(union_all(hulls), _EDGE_KM)
    swept: BaseGeometry = transform(whole, lambda xy: np.column_stack(_degrees(xy[:, 0], xy[:, 1], middle)))
    return swept


def storm_areas(
    tracks: pd.DataFrame, storm: str, *, knots: Sequence[Literal[30, 50]] = (30, 50),
    since: str | pd.Timestamp | None = None, until: str | pd.Timestamp | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Polygons of one storm, a row a wind speed, as `--hazards` of failures, energy and robustness reads them.

    Parameters
    ----------
    tracks : DataFrame
        As `best_track` gives them.
    storm : str
        International number (2106) or name; a name that several storms have is refused.
    knots, since, until
        As in `wind_area`.

    Returns
    -------
    GeoDataFrame
        Index name (IN-FA 2106, 30 kt); area_km2 (equal-area projection).

    Raises
    ------
    InputError
        There is no such storm, or as `wind_area`.
    """
    import geopandas as gpd

    chosen = tracks[(tracks["storm"] == storm) | (tracks["name"].str.upper() == storm.upper())]
    if chosen["storm"].nunique() != 1:
        known = (tracks["name"] + " " + tracks["storm"]).unique()
        raise InputError(f"{chosen['storm'].nunique()} storms are called {storm!r}",
                         hint="known: " + ", ".join(known[-8:]))  # fmt: skip
    title = f"{chosen['name'].iloc[0]} {chosen['storm'].iloc[0]}"
    shapes = {f"{title}, {k} kt": wind_area(chosen, knots=k, since=since, until=until) for k in knots}
    out = gpd.GeoDataFrame(geometry=list(shapes.values()), index=pd.Index(list(shapes), name="name"), crs="EPSG:4326")
    out.insert(0, "area_km2", out.to_crs("EPSG:6933").area / 1e6)
    return out


def _circles(track: pd.DataFrame, knots: int, middle: tuple[float, float]) -> Floats:
    """East, north and radius in km, from a point in the middle."""
    long, short = (track[f"r{knots}_{which}_km"].to_numpy(float) for which in ("long", "short"))
    toward = np.deg2rad(track[f"r{knots}_toward_deg"].fillna(0.0).to_numpy(float))
    shift = np.where(track[f"r{knots}_toward_deg"].isna(), 0.0, (long - short) / 2)
    x, y = _plane(track["lon"].to_numpy(float), track["lat"].to_numpy(float), middle)
    return np.column_stack([x + shift * np.sin(toward), y + shift * np.cos(toward), (long + short) / 2])


def _between(
    circles: Floats, times: pd.Series, since: str | pd.Timestamp | None, until: str | pd.Timestamp | None
) -> Floats:
    """Circles at the times inside and at both ends."""
    hour = (times - times.iloc[0]).dt.total_seconds().to_numpy(float) / 3600.0
    ends = []
    for given, default in ((since, times.iloc[0]), (until, times.iloc[-1])):
        moment = pd.Timestamp(default if given is None else given)
        if moment.tzinfo is None:
            raise InputError(f"{given!r} has no time zone", hint='"2021-07-26T00:00+08:00" is midnight in China')
        ends.append((moment - times.iloc[0]).total_seconds() / 3600.0)
    if not hour[0] <= ends[0] < ends[1] <= hour[-1]:
        raise InputError(f"{since} to {until} is not inside of the track, {times.iloc[0]} to {times.iloc[-1]}",
                         hint="until must be later than since; give more lines of the track")  # fmt: skip
    at = np.unique([*ends, *hour[(hour > ends[0]) & (hour < ends[1])]])
    return np.column_stack([np.interp(at, hour, circles[:, k]) for k in range(3)])


_RADIUS_KM = 6371.0088


def _plane(lon: Floats, lat: Floats, middle: tuple[float, float]) -> tuple[Floats, Floats]:
    """Kilometres east and north: equal distances from the middle in all directions (azimuthal equidistant, sphere)."""
    p, q = np.deg2rad(lat), np.deg2rad(middle[0])
    d = np.deg2rad(lon - middle[1])
    cosine = np.clip(np.sin(q) * np.sin(p) + np.cos(q) * np.cos(p) * np.cos(d), -1.0, 1.0)
    c = np.arccos(cosine)
    k = np.where(c > 1e-12, c / np.where(c > 1e-12, np.sin(c), 1.0), 1.0)
    return (_RADIUS_KM * k * np.cos(p) * np.sin(d),
            _RADIUS_KM * k * (np.cos(q) * np.sin(p) - np.sin(q) * np.cos(p) * np.cos(d)))  # fmt: skip


def _degrees(x: Floats, y: Floats, middle: tuple[float, float]) -> tuple[Floats, Floats]:
    """The way back."""
    q = np.deg2rad(middle[0])
    rho = np.hypot(x, y)
    c = rho / _RADIUS_KM
    safe = np.where(rho > 1e-9, rho, 1.0)
    lat = np.arcsin(np.clip(np.cos(c) * np.sin(q) + np.where(rho > 1e-9, y * np.sin(c) * np.cos(q) / safe, 0.0), -1, 1))
    lon = np.arctan2(x * np.sin(c), safe * np.cos(q) * np.cos(c) - y * np.sin(q) * np.sin(c))
    return middle[1] + np.rad2deg(lon), np.rad2deg(lat)
