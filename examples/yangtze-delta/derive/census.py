"""The census sheets of 2010 and 2020: read, cleaned, and laid on the districts and counties of the map.

The 2020 sheet has one row per census unit, which is not one row per polygon: development zones have rows
of their own, some districts were abolished around the census, two were founded after it. `allocations.csv`
says for every such row where its people go; whatever it does not name must have a polygon of its own code.
Nothing is dropped: `on_polygons` raises if a single person is lost.
"""

import re
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
PROVINCES = ("310000", "320000", "330000", "340000")
LOOK_ALIKE = {"巿": "市"}  # U+5DFF (fu, an apron) typed for U+5E02 (shi, city)

# columns of the 2020 sheet that are counts of people and can be added up
COUNTS = {
    "population": ["人口数_合计"],
    "urban_population": ["城镇人口"],
    "registered_same_county": ["户口登记地在外乡镇街道人口_本县"],
    "registered_same_province": ["户口登记地在外乡镇街道人口_本省其他县"],
    "registered_other_province": ["户口登记地在外乡镇街道人口_省外"],
    "bachelor": ["本科及以上_男", "本科及以上_女"],
    "age65": [f"{sex}_{age}" for age in ("65到69岁", "70到74岁", "75到79岁", "80到84岁", "85岁以上") for sex in "男女"],
    "workers": ["各种行业人口总计"],
    "science": ["科学研究和技术服务业"],
    "information": ["信息传输软件和信息技术服务业"],
    "culture": ["文化体育和娱乐业"],
}
SCHOOLING = "平均受教育年限_合计"  # mean years, not a count: travels as person-years


def clean(name: str) -> str:
    """A name without blanks of any width and without look-alike characters."""
    bare = re.sub(r"\s+", "", name)  # \s covers the full-width blank U+3000
    return "".join(LOOK_ALIKE.get(char, char) for char in bare)


def read_cities(open_folder: Path) -> pd.DataFrame:
    """Population and urban population of the 41 cities in 2010 and 2020 on the borders of 2020.

    Shanghai has no prefecture level; the file gives it the code 310100, which is kept here as the city,
    so that 310000 stays free for the province.
    """
    table = pd.read_csv(open_folder / "census_cities_2010_2020.csv", dtype={"city_code": str})
    table["name_zh"] = table["city"].map(clean)
    names = {
        "popu_2010": "population_2010",
        "popu_2020": "population_2020",
        "popu_urban_2010": "urban_population_2010",
        "popu_urban_2020": "urban_population_2020",
    }
    frame = table.rename(columns=names).set_index("city_code").sort_index()
    return frame[["name_zh", *names.values()]]


def read_2020(open_folder: Path, cities: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sheet of 2020 split into its 41 city rows and its county-level rows.

    Returns
    -------
    totals : DataFrame
        Row of each city as printed; index city code.
    units : DataFrame
        County-level rows: `code` (empty for some zones), `city_id`, `name_zh` and the counts.
    """
    raw = pd.read_csv(
        open_folder / "census_counties_2020.csv.gz",
        dtype={"区划代码": str, "省": str, "市": str, "区县": str},
    )
    frame = pd.DataFrame({"code": raw["区划代码"].fillna(""), "name_zh": raw["区县"].map(clean)})
    code_of = {name: code for code, name in cities["name_zh"].items()}
    frame["city_id"] = raw["市"].map(clean).map(code_of)
    for name, columns in COUNTS.items():
        frame[name] = raw[columns].sum(axis=1, skipna=False)
    frame["schooling_years"] = raw[SCHOOLING] * frame["population"]
    if frame.drop(columns="city_id").isna().any(axis=None):
        raise ValueError("census_counties_2020: an empty cell in a column that is counted")
    whole = frame["code"].isin(cities.index)
    units = frame[~whole & ~frame["code"].isin(PROVINCES)].reset_index(drop=True)
    if units["city_id"].isna().any():
        raise ValueError("census_counties_2020: a county-level row names no known city")
    totals = frame[whole].set_index("code").sort_index()
    counts = list(COUNTS)
    if not units.groupby("city_id")[counts].sum().equals(totals[counts].rename_axis("city_id")):
        raise ValueError("census_counties_2020: county-level rows do not add up to the rows of the cities")
    return totals, units


def read_allocations(path: Path = HERE / "allocations.csv") -> pd.DataFrame:
    """Where the people of rows without a polygon go; `persons` is missing where the whole row goes."""
    table = pd.read_csv(path, dtype={"city_id": str, "row_code": str, "to_id": str}, keep_default_na=False)
    table["persons"] = pd.to_numeric(table["persons"], errors="raise")
    return table


def _parts(row: pd.Series, moves: pd.DataFrame) -> list[tuple[str, float]]:
    """Polygons to which one census row goes and the share of its people that each receives."""
    if moves["persons"].isna().any():
        if len(moves) > 1:
            raise ValueError(f"allocations: {row['name_zh']} is split but a part has no persons")
        return [(str(moves["to_id"].iloc[0]), 1.0)]
    if moves["persons"].sum() != row["population"]:
        raise ValueError(f"allocations: the parts of {row['name_zh']} do not add up to {row['population']}")
    shares = moves["persons"] / row["population"]
    return list(zip(moves["to_id"].astype(str), shares.astype(float), strict=True))


def on_polygons(
    units: pd.DataFrame, allocations: pd.DataFrame, polygons: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Counts of 2020 on the polygons.

    Parameters
    ----------
    units : DataFrame
        County-level rows of `read_2020`.
    allocations : DataFrame
        Rows of `read_allocations`.
    polygons : dict
        Code of each polygon -> code of its city.

    Returns
    -------
    counts : DataFrame
        Index code of the polygon; whole people, and person-years of schooling.
    notes : dict
        For polygons that are not simply the row of their code: what was added or split.
    """
    columns = list(COUNTS)
    out = pd.DataFrame(0, index=sorted(polygons), columns=columns, dtype="int64")
    out["schooling_years"] = 0.0
    notes: dict[str, list[str]] = {}
    used = pd.Series(False, index=allocations.index)
    for _, row in units.iterrows():
        here = (allocations["city_id"] == row["city_id"]) & (allocations["row_zh"] == row["name_zh"])
        used |= here
        parts = _parts(row, allocations[here]) if here.any() else [(row["code"], 1.0)]
        rest = row[columns].astype("int64")
        for number, (code, share) in enumerate(parts, start=1):
            if polygons.get(code) != row["city_id"]:
                raise ValueError(f"{row['name_zh']} {row['code']} has no polygon in its city: name its place")
            # the last part takes what rounding left, so that every count still adds up to the row
            piece = rest if number == len(parts) else (row[columns] * share).round().astype("int64")
            out.loc[code, columns] += piece
            out.loc[code, "schooling_years"] += float(row["schooling_years"]) * share
            rest = rest - piece
            if here.any():
                text = f"{row['name_zh']} {'whole' if len(parts) == 1 else piece['population']}"
                notes.setdefault(code, []).append(text)
    if not used.all():
        raise ValueError(f"allocations of rows that do not exist: {list(allocations.loc[~used, 'row_zh'])}")
    if int(out["population"].sum()) != int(units["population"].sum()) or (out["population"] == 0).any():
        raise ValueError("people were lost between the census rows and the polygons")
    return out, {code: "; ".join(texts) for code, texts in sorted(notes.items())}


def shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Rates from counts: percent, and years for schooling.

    Shares of industries are of the employed in the 10 % long form; all other shares are of all residents.
    """
    people, workers = counts["population"], counts["workers"]
    return pd.DataFrame(
        {
            "urban_share": 100 * counts["urban_population"] / people,
            "bachelor_share": 100 * counts["bachelor"] / people,
            "age65_share": 100 * counts["age65"] / people,
            "science_employment_share": 100 * counts["science"] / workers,
            "information_employment_share": 100 * counts["information"] / workers,
            "culture_employment_share": 100 * counts["culture"] / workers,
            "mean_schooling": counts["schooling_years"] / people,
        }
    )
