"""Derive tables/industries.csv of this example: employed by section of GB/T 4754, cities, districts and counties.

    python examples/yangtze-delta/derive/industries.py --data DIR

DIR holds `open/` with the census sheets. The values count people of the long form, which one household in ten
filled in: the structure of a place is read from them, never its number of jobs. Two runs write the same bytes.
"""

import argparse
from pathlib import Path

import census
import pandas as pd

EXAMPLE = Path(__file__).resolve().parent.parent
SAMPLE_SHARE = 0.1  # households that got the long form
CITY, COUNTY = "全市", "县"  # county: districts too, as in indicators.csv
COLUMNS = (
    "place_id", "year", "industry", "value", "unit", "scope", "source", "sample_share", "name_zh", "flag",
)  # fmt: skip

# sections A to T of GB/T 4754-2017 in the order of the sheet, by the header of the sheet
SECTIONS = {
    "agriculture": "农林牧渔业",
    "mining": "采矿业",
    "manufacturing": "制造业",
    "utilities": "电力热力燃气及水生产和供应业",
    "construction": "建筑业",
    "trade": "批发和零售业",
    "transport": "交通运输仓储和邮政业",
    "hotels_restaurants": "住宿和餐饮业",
    "information": "信息传输软件和信息技术服务业",
    "finance": "金融业",
    "real_estate": "房地产业",
    "business_services": "租赁和商务服务业",
    "science": "科学研究和技术服务业",
    "water_environment": "水利环境和公共设施管理业",
    "household_services": "居民服务修理和其服务业",
    "education": "教育",
    "health": "卫生和社会工作",
    "culture": "文化体育和娱乐业",
    "administration": "公共管理社会保障和社会组织",
    "international_organisations": "国际组织",
}
ALL = "各种行业人口总计"


def read(open_folder: Path, cities: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Employed by section in the rows of the 41 cities (index code) and in the county-level rows of 2020.

    Raises
    ------
    ValueError
        Sections do not add up to the employed, or counties not to their city.
    """
    raw = pd.read_csv(
        open_folder / "census_counties_2020.csv.gz",
        dtype={"区划代码": str, "省": str, "市": str, "区县": str},
    )
    frame = pd.DataFrame({"code": raw["区划代码"].fillna(""), "name_zh": raw["区县"].map(census.clean)})
    code_of = {name: code for code, name in cities["name_zh"].items()}
    frame["city_id"] = raw["市"].map(census.clean).map(code_of)
    frame["population"] = raw["人口数_合计"]
    for name, header in SECTIONS.items():
        # an empty cell is a zero: with it, and only with it, the sections add up to all employed (checked below)
        frame[name] = raw[header].fillna(0).astype("int64")
    names = list(SECTIONS)
    whole = frame["code"].isin(cities.index)
    mine = whole | frame["city_id"].notna() & ~frame["code"].isin(census.PROVINCES)
    if not (frame.loc[mine, names].sum(axis=1) == raw.loc[mine, ALL]).all():
        raise ValueError("census_counties_2020: the sections do not add up to all employed")
    units = frame[mine & ~whole].reset_index(drop=True)
    totals = frame[whole].set_index("code").sort_index()[names]
    if not units.groupby("city_id")[names].sum().equals(totals.rename_axis("city_id")):
        raise ValueError("census_counties_2020: counties do not add up to their city")
    return totals, units


def on_places(units: pd.DataFrame, allocations: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """Employed by section on the districts and counties of tables/places.csv, and the places with a part of a row.

    A row that is split gives each part people of the same structure, in whole numbers that add up to the row.
    """
    names = list(SECTIONS)
    rows: list[pd.Series] = []
    split: set[str] = set()
    for _, row in units.iterrows():
        moves = allocations[(allocations["city_id"] == row["city_id"]) & (allocations["row_zh"] == row["name_zh"])]
        rest = row[names].astype("int64")
        last = len(moves) - 1
        if last < 0:
            rows.append(rest.rename(row["code"]))
        for number, (code, persons) in enumerate(moves[["to_id", "persons"]].itertuples(index=False)):
            whole = number == last
            piece = rest if whole else (row[names].astype(float) * persons / row["population"]).round().astype("int64")
            rest = rest - piece
            rows.append(piece.rename(code))
            split |= {code} if last else set()
    out = pd.DataFrame(rows).groupby(level=0).sum().sort_index()
    if not (out.sum() == units[names].sum()).all() or (out < 0).any(axis=None):
        raise ValueError("people were lost between the census rows and the places")
    return out, split


def tidy(counts: pd.DataFrame, scope: str, split: set[str]) -> pd.DataFrame:
    """One row a place and section."""
    wide = counts.rename_axis("place_id").reset_index()
    long = wide.melt(id_vars="place_id", var_name="industry", value_name="value")
    order = long["industry"].map(list(SECTIONS).index)
    long = long.assign(order=order).sort_values(["place_id", "order"], ignore_index=True)
    long["year"], long["unit"], long["source"] = 2020, "person", "census-2020"
    long["sample_share"], long["name_zh"] = SAMPLE_SHARE, long["industry"].map(SECTIONS)
    long["scope"] = scope
    long["flag"] = ["modelled" if place in split else "" for place in long["place_id"]]
    return long[list(COLUMNS)]


def derive(data: Path, out: Path) -> None:
    """Read the folder `data` and write tables/industries.csv below `out`."""
    cities = census.read_cities(data / "open")
    totals, units = read(data / "open", cities)
    counties, split = on_places(units, census.read_allocations())
    places = pd.read_csv(EXAMPLE / "tables" / "places.csv", dtype={"place_id": str}).set_index("place_id")
    if set(counties.index) != set(places.index[places["kind"] == "county"]):
        raise ValueError("districts and counties of the census are not those of places.csv")
    table = pd.concat([tidy(totals, CITY, set()), tidy(counties, COUNTY, split)])
    (out / "tables").mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "tables" / "industries.csv", index=False, encoding="utf-8", lineterminator="\n")
    print(f"{len(table)} values; {totals.to_numpy().sum():,} employed counted in {len(totals)} cities")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Derive the industries of this example.")
    parser.add_argument("--data", type=Path, required=True, help="folder with open/")
    parser.add_argument("--out", type=Path, default=EXAMPLE, help="workspace to write to")
    options = parser.parse_args()
    derive(options.data, options.out)


if __name__ == "__main__":
    main()
