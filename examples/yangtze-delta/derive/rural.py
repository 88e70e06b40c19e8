"""Derive tables/indicators.rural.csv: town and country by stable unit in both censuses, deposits and loans.

    python examples/yangtze-delta/derive/rural.py --data DIR

DIR holds `open/` (censuses) and `local/` (yearbook compilations). Run it after `run_places.py`: stable units and
their residents are read from tables/. Two runs write the same bytes; the script stops if a person is lost.
"""

import argparse
from pathlib import Path

import census
import pandas as pd
import stable
from indicators import COLUMNS, table
from yearbooks import CITY

EXAMPLE = Path(__file__).resolve().parent.parent
AGES = ("65-69岁", "70-74岁", "75-79岁", "80-84岁", "85岁及以上")
# counts of 2010 and of 2020 under one name; what the two sheets define alike, and nothing else
SHEETS: dict[str, tuple[list[str], list[str]]] = {
    "population": (["合计"], ["人口数_合计"]),
    "hukou_population": (["户籍人口"], []),
    "registered_same_county": (["迁入人口（人）-本县（市）/本市市区"], ["户口登记地在外乡镇街道人口_本县"]),
    "registered_same_province": (["迁入人口（人）-本省其他县（市）、市区"], ["户口登记地在外乡镇街道人口_本省其他县"]),
    "registered_other_province": (["迁入人口（人）-外省"], ["户口登记地在外乡镇街道人口_省外"]),
    "age65": ([f"{age}（{sex}）" for age in AGES for sex in "男女"], census.COUNTS["age65"]),
    "college": (
        [f"{level}-{sex}" for level in ("大学专科", "大学本科及以上") for sex in "男女"],
        [f"{level}_{sex}" for level in ("大学专科", "本科及以上") for sex in "男女"],
    ),
    "workers": (["各种行业人口总计"], ["各种行业人口总计"]),
    "agriculture": (["农林牧渔业"], ["农林牧渔业"]),
    "households": (["长表数据-家庭户"], ["家庭户户数_长表"]),
    "tap_water": (["住房内有无管道自来水-有"], ["住房內有管道自来水"]),
    "kitchen": (["住房内有无厨房-有"], ["住房內有厨房"]),
    "toilet": (["住房内有无厕所-有"], ["住房內有厕所"]),
    "bath": (["住房内有无洗澡设施-有"], ["住房内有洗澡设施"]),
    "owned": ([f"住房来源-{how}" for how in ("自建", "购买", "其他")],
              [f"住房来源_{how}" for how in ("自建", "购买", "继承或赠予", "其他")]),
    "car": ([], ["拥有家用汽车"]),
}  # fmt: skip
SHARES = {
    "age65_share": ("age65", "population"), "college_share": ("college", "population"),
    "agriculture_employment_share": ("agriculture", "workers"), "tap_water_share": ("tap_water", "households"),
    "kitchen_share": ("kitchen", "households"), "toilet_share": ("toilet", "households"),
    "bath_share": ("bath", "households"), "rented_share": ("rented", "households"), "car_share": ("car", "households"),
}  # fmt: skip
PEOPLE = ("hukou_population", "registered_same_county", "registered_same_province", "registered_other_province")
DISSOLVED = {"341402": "340100"}  # Juchao, the urban district of Chaohu: now Chaohu City in the core of Hefei
# Shenxiang town (101,875 people) went from He county, Ma'anshan, to Wuhu in 2011: the residents of these two cores in
# tables/ are on the borders of 2020, the sheet of 2010 is not. Their shares are kept and flagged, people left out.
CEDED = ("S340200", "S340500")
MONEY = {"loans": "年末金融机构各项贷款余额(万元)", "deposits": "年末金融机构存款余额(万元)"}
FIRST_YEAR = 2017  # borders are steady from here on; loans of Zhejiang 2010 and Huai'an 2010 are plainly wrong


def counts_2010(open_folder: Path) -> pd.DataFrame:
    """County-level rows of 2010: `city_id` of 2020, `name_zh` and the counts; industries used are not shifted."""
    raw = pd.read_csv(open_folder / "census_counties_2010.csv.gz", dtype={"区划代码": str})
    raw.columns = [name.replace("\n", "") for name in raw.columns]
    rows = raw[~raw["区划代码"].str.endswith("00")]
    known = {**stable.MOVED, **DISSOLVED}
    city = [known.get(code, stable.city_of(code)) for code in rows["区划代码"]]
    return _summed(rows, 0, city, rows["地区"].map(census.clean))


def counts_2020(open_folder: Path) -> pd.DataFrame:
    """County-level rows of 2020, development zones among them."""
    raw = pd.read_csv(open_folder / "census_counties_2020.csv.gz", dtype={"区划代码": str, "省": str, "市": str})
    cities = census.read_cities(open_folder)
    code = raw["区划代码"].fillna("")
    rows = raw[~code.isin(cities.index) & ~code.isin(census.PROVINCES)]
    of = {name: code for code, name in cities["name_zh"].items()}
    return _summed(rows, 1, list(rows["市"].map(census.clean).map(of)), rows["区县"].map(census.clean))


def _summed(rows: pd.DataFrame, sheet: int, city: list[str], names: pd.Series) -> pd.DataFrame:
    used = {name: columns[sheet] for name, columns in SHEETS.items() if columns[sheet]}
    out = {name: rows[columns].astype(float).sum(axis=1, skipna=False) for name, columns in used.items()}
    # empty cells where other rows print 0: farmers of a wholly urban district in 2020, other homes of two in 2010
    out["agriculture"] = out["agriculture"].fillna(0.0)
    out["owned"] = rows[used["owned"]].astype(float).fillna(0.0).sum(axis=1)
    # rented = households less all others: as printed, but for a misprint (Suichang 2010 has 5.54 rented homes, for 554)
    out["rented"] = out["households"] - out.pop("owned")
    frame = pd.DataFrame({"city_id": city, "name_zh": names, **out})
    if frame.isna().any(axis=None):
        raise ValueError(f"an empty cell in a column that is counted: {list(frame.columns[frame.isna().any()])}")
    return frame


def on_units(rows: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Counts by stable unit: a county by the root of its name inside its city, all else in the urban core."""
    names = [stable.MERGED.get(n, stable.root(n)) for n in units["name_zh"]]
    ids = {key: unit for key, unit in zip(zip(units["parent_id"], names, strict=True), units.index, strict=True)
           if not unit.endswith("00")}  # fmt: skip
    mine = [stable.MERGED.get(n, stable.root(n)) for n in rows["name_zh"]]
    unit = [ids.get(key, f"S{key[0]}") for key in zip(rows["city_id"], mine, strict=True)]
    return rows.drop(columns=["city_id", "name_zh"]).groupby(unit).sum().sort_index()


def census_rows(counts: pd.DataFrame, year: int, given: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows of one census; `given` holds residents, scope and flag of each unit as tables/ has them."""
    other = counts.index[counts["population"] != given["value"].astype(float).reindex(counts.index)]
    if len(counts) != len(given) or not set(other) <= set(CEDED) or counts["population"].sum() != given["value"].sum():
        raise ValueError(f"residents of {year} differ from tables/indicators.csv: {list(other)}")
    flag = given["flag"].mask(given.index.isin(other), "border-break")
    values = {name: (counts[name].drop(other), "person") for name in PEOPLE if name in counts}
    values |= {n: (100 * counts[a] / counts[b], "percent") for n, (a, b) in SHARES.items() if a in counts}
    return pd.concat([
        _tidy(v, n, year, unit, given["scope"].reindex(v.index), f"census-{year}", flag.reindex(v.index))
        for n, (v, unit) in values.items()
    ])  # fmt: skip


def _tidy(
    values: pd.Series, indicator: str, year: int, unit: str, scope: pd.Series | str, source: str, flag: pd.Series | str
) -> pd.DataFrame:
    frame = pd.DataFrame({"value": values, "scope": scope, "flag": flag}).rename_axis("place_id").reset_index()
    return frame.assign(year=year, indicator=indicator, unit=unit, source=source)


def bank_rows(local_folder: Path, cities: pd.Index) -> pd.DataFrame:
    """Deposits and loans at the end of each year as printed, million CNY."""
    raw = pd.read_csv(local_folder / "deposits_loans_2003_2023.csv", dtype={"城市代码": str})
    raw["place_id"] = raw["城市代码"].replace(CITY)
    rows = raw[raw["place_id"].isin(cities) & (raw["年份"] >= FIRST_YEAR)].rename(columns={"年份": "year"})
    parts = [
        rows[["place_id", "year"]].assign(indicator=name, value=rows[column] / 100, unit="million CNY (current)",
                                          scope="全市", source="yearbooks", flag="")
        for name, column in MONEY.items()
    ]  # fmt: skip
    return pd.concat(parts)


def derive(data: Path, out: Path) -> None:
    """Read the folder `data` and tables/ below `out`; write tables/indicators.rural.csv there."""
    text = {"place_id": str, "parent_id": str}
    places = pd.read_csv(out / "tables" / "places.csv", dtype=text, keep_default_na=False).set_index("place_id")
    before = pd.read_csv(out / "tables" / "indicators.csv", dtype=text, keep_default_na=False)
    units, cities = places[places["kind"] == "stable_unit"], places.index[places["kind"] == "city"]
    people = before[(before["indicator"] == "population") & before["place_id"].isin(units.index)]
    sheets = {2010: counts_2010(data / "open"), 2020: counts_2020(data / "open")}
    people = people.assign(value=people["value"].astype(float), year=people["year"].astype(int))
    given = {year: people[people["year"] == year].set_index("place_id").sort_index() for year in sheets}
    parts = [census_rows(on_units(sheets[year], units), year, given[year]) for year in sheets]
    by_city = sheets[2020].groupby("city_id")[["agriculture", "workers"]].sum()
    share = 100 * by_city["agriculture"] / by_city["workers"]
    parts.append(_tidy(share, "agriculture_employment_share", 2020, "percent", "全市", "census-2020", ""))
    core = pd.Series([float(unit.endswith("00")) for unit in units.index], units.index)
    parts.append(_tidy(core, "urban_core", 2020, "index", given[2020]["scope"], "compiled", ""))
    parts.append(bank_rows(data / "local", cities))
    whole = table(parts)[list(COLUMNS)]
    path = out / "tables" / "indicators.rural.csv"
    whole.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    print(f"{len(whole)} values of {whole['indicator'].nunique()} indicators; residents by unit: "
          + ", ".join(f"{y} {int(given[y]['value'].sum()):,}" for y in given))  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Derive the indicators of town and country of this example.")
    parser.add_argument("--data", type=Path, required=True, help="folder with open/ and local/")
    parser.add_argument("--out", type=Path, default=EXAMPLE, help="workspace to read from and write to")
    options = parser.parse_args()
    derive(options.data, options.out)


if __name__ == "__main__":
    main()
