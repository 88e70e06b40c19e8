"""Units whose borders can be compared between the censuses of 2010 and 2020.

Codes cannot be compared: between the two censuses counties became districts, moved to another city or were
split, and some codes now mean another territory. So the counties (and county-level cities) of 2010 are
looked for in 2020 by the root of their name inside the city to which they belong in 2020; all districts and
development zones of a city are one unit, its urban core = city minus the counties found. A county that has
been renamed in one of the two censuses or in the boundary layer was redrawn with it and stays in the core.
"""

import re
from pathlib import Path

import pandas as pd
from census import clean

# counties of 2010 that belong to another city in 2020 (Chaohu was dissolved in 2011; Zongyang and Shou
# county were moved in 2015-16); its former urban district Juchao stays in the core of Hefei as Chaohu City
MOVED = {
    "340823": "340700",  # Zongyang: Anqing -> Tongling
    "341421": "340100",  # Lujiang: Chaohu -> Hefei
    "341422": "340200",  # Wuwei: Chaohu -> Wuhu
    "341423": "340500",  # Hanshan: Chaohu -> Ma'anshan
    "341424": "340500",  # He county: Chaohu -> Ma'anshan
    "341521": "340400",  # Shou county: Lu'an -> Huainan
}
# units of 2020 that were part of a county in 2010: counted with it again
MERGED = {"龙港市": "苍南", "叶集区": "霍邱"}
CHECK_BORDER = 0.25  # a change beyond this share is more likely a ceded town than a population change


def root(name: str) -> str:
    """Name without its rank (县, 市, 区); names of two characters stay whole."""
    return name if len(name) <= 2 else re.sub("[县市区]$", "", name)


def city_of(code: str) -> str:
    """Code of the city in which a county-level code lies; Shanghai's counties carry 3101 and 3102."""
    return "310100" if code.startswith("31") else f"{code[:4]}00"


def read_2010(open_folder: Path) -> pd.DataFrame:
    """Counties of 2010: code, name, population, urban population and the city of 2020.

    Of this sheet only the first columns are used; its headers of industries are shifted by one word.
    """
    raw = pd.read_csv(open_folder / "census_counties_2010.csv.gz", dtype={"区划代码": str})
    frame = pd.DataFrame(
        {
            "code": raw["区划代码"],
            "name_zh": raw["地区"].map(clean),
            "population": raw["合计"].astype("int64"),
            "urban_population": raw["城镇人口"],
            "rural_population": raw["乡村人口"].fillna(0),  # districts without villages have empty cells
        }
    )
    broken = frame["urban_population"] + frame["rural_population"] != frame["population"]
    if broken.any():
        raise ValueError(f"census_counties_2010: urban + rural differs in {list(frame['code'][broken][:5])}")
    frame["urban_population"] = frame["urban_population"].astype("int64")
    counties = frame[~frame["code"].str.endswith("00") & ~frame["name_zh"].str.endswith("区")].copy()
    counties["city_id"] = [MOVED.get(code, city_of(code)) for code in counties["code"]]
    counties["root"] = counties["name_zh"].map(root)
    return counties.drop(columns="rural_population")


def matched(counties_2010: pd.DataFrame, units_2020: pd.DataFrame) -> pd.DataFrame:
    """Counties of 2010 found in the census of 2020; index (city_id, root), one row each."""
    after = units_2020.assign(root=[MERGED.get(n, root(n)) for n in units_2020["name_zh"]])
    sums = after.groupby(["city_id", "root"])[["population", "urban_population"]].sum()
    before = counties_2010.set_index(["city_id", "root"])[["population", "urban_population"]]
    if not before.index.is_unique:
        raise ValueError("two counties of 2010 share a name root inside one city")
    return before.add_suffix("_2010").join(sums.add_suffix("_2020"), how="inner").sort_index()


def polygon_units(polygons: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """Stable unit of each polygon.

    Parameters
    ----------
    polygons : DataFrame, index code
        `name_zh`, `city_id`, and `population` of 2020 (where two polygons form a county, the larger one
        lends its code).
    pairs : DataFrame
        Counties of `matched`.

    Returns
    -------
    Series
        Index code of the polygon; `S` + code of the county, or `S` + code of the city for its core.
    """
    key = pd.MultiIndex.from_arrays(
        [polygons["city_id"], [MERGED.get(n, root(n)) for n in polygons["name_zh"]]], names=pairs.index.names
    )
    frame = pd.DataFrame({"key": key, "code": polygons.index, "population": polygons["population"].to_numpy()})
    lender = frame.sort_values(["population", "code"]).groupby("key", sort=True)["code"].last()
    counties = set(pairs.index)
    unit = [
        f"S{lender[k]}" if k in counties else f"S{city}"
        for k, city in zip(frame["key"], polygons["city_id"], strict=True)
    ]
    return pd.Series(unit, index=polygons.index, name="unit")


def stable_units(
    cities: pd.DataFrame, totals: pd.DataFrame, pairs: pd.DataFrame, polygons: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """Population and urban population of the stable units in 2010 and 2020.

    Returns
    -------
    units : DataFrame, index unit id
        `city_id`, `core` (bool), the four counts and `flag`.
    unit_of : Series
        Unit of each polygon.
    """
    unit_of = polygon_units(polygons, pairs)
    roots = [MERGED.get(n, root(n)) for n in polygons["name_zh"]]
    ids = dict(zip(zip(polygons["city_id"], roots, strict=True), unit_of, strict=True))
    counties = pairs[[key in ids for key in pairs.index]].copy()
    counties["city_id"] = counties.index.get_level_values("city_id")
    counties.index = pd.Index([ids[key] for key in counties.index], name="unit")
    columns = [c for c in counties.columns if c != "city_id"]
    whole = cities[columns].copy()
    # the two census files differ by 15 urban residents of Shanghai in 2020; parts must add up, so the
    # total comes from the sheet that holds the parts
    whole["urban_population_2020"] = totals["urban_population"]
    taken = counties.groupby("city_id")[columns].sum().reindex(whole.index, fill_value=0)
    core = whole - taken
    core["city_id"] = core.index
    core.index = pd.Index([f"S{code}" for code in core.index], name="unit")
    units = pd.concat([counties.assign(core=False), core.assign(core=True)]).sort_index()
    change = units["population_2020"] / units["population_2010"] - 1
    units["flag"] = ["check-border" if abs(value) > CHECK_BORDER else "" for value in change]
    if (units[columns] <= 0).any(axis=None) or set(unit_of) != set(units.index):
        raise ValueError("stable units: an empty unit, or units and polygons differ")
    return units, unit_of
