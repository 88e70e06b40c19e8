"""Stations: OpenStreetMap points, the names of earlier timetables, and the city each lies in."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

HERE = Path(__file__).resolve().parent
EARTH_KM = 6371.0
# The boundary file gives Shanghai, city and province in one, the code of the province; as a city it has its own.
CITY_OF_PROVINCE = {"310000": "310100"}


@dataclass(frozen=True)
class Stations:
    """Station points by the name OpenStreetMap uses, and the names of other years that mean them."""

    points: dict[str, tuple[float, float]]
    city: dict[str, str]
    renames: dict[str, dict[str, str]]

    def resolve(self, name: str, timetable: str) -> str | None:
        """OpenStreetMap's name of a station named in the timetable `2014` or `2020`; None if unknown."""
        name = self.renames[timetable].get(name, name)
        return name if name in self.points else None

    def inside(self, name: str | None) -> bool:
        """Whether the station lies in one of the cities."""
        return name is not None and name in self.city

    def straight_km(self, first: str, second: str) -> float:
        """Great circle between two stations, km."""
        return great_circle_km(self.points[first], self.points[second])


def great_circle_km(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Great circle between two points (lon, lat in degrees) on a sphere of 6,371 km."""
    lon1, lat1, lon2, lat2 = np.radians([*first, *second])
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(half)))


def read_renames(path: Path = HERE / "station_renames.csv") -> dict[str, dict[str, str]]:
    """Names then -> names in OpenStreetMap, for each timetable; an empty target means: leave it out."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {
        year: dict(table.loc[table.timetable.isin([year, "both"]), ["name_then", "name_osm"]].to_numpy())
        for year in ("2014", "2020")
    }


def read_stations(open_folder: Path) -> Stations:
    """Points of `rail_stations_osm.csv`, placed in the polygons of `city_boundaries.gpkg`."""
    import geopandas as gpd

    table = pd.read_csv(open_folder / "rail_stations_osm.csv").sort_values("station_name")
    if table.station_name.duplicated().any():
        raise ValueError("rail_stations_osm.csv: a station name occurs twice, names no longer identify points")
    points = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table.lon, table.lat), crs="EPSG:4326")
    cities = read_cities(open_folder)
    placed = points.sjoin(cities, predicate="within")
    return Stations(
        points={n: (float(x), float(y)) for n, x, y in zip(table.station_name, table.lon, table.lat, strict=True)},
        city=dict(zip(placed.station_name, placed.place_id, strict=True)),
        renames=read_renames(),
    )


def read_cities(open_folder: Path) -> "gpd.GeoDataFrame":
    """Polygons of the cities: place_id, province, name_zh, geometry; sorted by place_id."""
    import geopandas as gpd

    cities = gpd.read_file(open_folder / "city_boundaries.gpkg")
    cities["place_id"] = cities.city_adcode.astype(str).replace(CITY_OF_PROVINCE)
    cities["province"] = cities.province_adcode.astype(str)
    cities["name_zh"] = cities.short_name
    columns = ["place_id", "province", "name_zh", "geometry"]
    return cities[columns].sort_values("place_id", ignore_index=True)


def romanised(path: Path = HERE / "station_names.csv") -> dict[str, str]:
    """Toneless pinyin of every station name as served in 2020."""
    table = pd.read_csv(path, dtype=str)
    return dict(zip(table.name_zh, table.name, strict=True))


def node_id(city: str, name: str) -> str:
    """Identifier of a station: code of its city and its pinyin, e.g. `341300-suzhoudong`."""
    return f"{city}-{name.lower().replace(chr(39), '')}"
