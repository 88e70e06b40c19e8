"""The tidy table of indicators: one row a place, year and measure, with unit, scope, source and flag."""

import pandas as pd
from census import COUNTS, shares
from yearbooks import straight, weakness

COLUMNS = ("place_id", "year", "indicator", "value", "unit", "scope", "source", "flag")
CITY, URBAN, COUNTY = "全市", "市辖区", "县"
PEOPLE = [name for name in COUNTS if name.startswith(("population", "urban", "registered"))]
UNITS = {"mean_schooling": "year"}  # every other rate is in percent
MONEY = "million CNY (current)"


def _tidy(values: pd.Series, indicator: str, year: int, unit: str, scope: str, source: str) -> pd.DataFrame:
    return pd.DataFrame({"place_id": values.index, "year": year, "indicator": indicator, "value": values.to_numpy(),
                         "unit": unit, "scope": scope, "source": source, "flag": ""})  # fmt: skip


def census_rows(counts: pd.DataFrame, scope: str, split: list[str]) -> pd.DataFrame:
    """People and rates of 2020; rates of the places in `split` assume that both parts of a row are alike."""
    rates = shares(counts)
    parts = [_tidy(counts[n], n, 2020, "person", scope, "census-2020") for n in PEOPLE]
    parts += [_tidy(rates[n], str(n), 2020, UNITS.get(str(n), "percent"), scope, "census-2020") for n in rates]
    whole = pd.concat(parts, ignore_index=True)
    whole.loc[whole["place_id"].isin(split) & (whole["indicator"] != "population"), "flag"] = "modelled"
    return whole


def census_2010_rows(cities: pd.DataFrame) -> pd.DataFrame:
    """People, urban people and urban share of the cities in 2010, on the borders of 2020."""
    people, urban = cities["population_2010"], cities["urban_population_2010"]
    parts = [
        _tidy(people, "population", 2010, "person", CITY, "census-2010"),
        _tidy(urban, "urban_population", 2010, "person", CITY, "census-2010"),
        _tidy(100 * urban / people, "urban_share", 2010, "percent", CITY, "census-2010"),
    ]
    return pd.concat(parts, ignore_index=True)


def unit_rows(units: pd.DataFrame) -> pd.DataFrame:
    """People and urban people of the stable units in both censuses."""
    parts = []
    for year in (2010, 2020):
        for name in ("population", "urban_population"):
            part = _tidy(units[f"{name}_{year}"], name, year, "person", COUNTY, f"census-{year}")
            part["scope"] = [URBAN if core else COUNTY for core in units["core"]]
            part["flag"] = units["flag"].to_numpy()
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def yearbook_rows(gdp: pd.DataFrame, residents: pd.DataFrame) -> pd.DataFrame:
    """GDP, its sectors and residents by year, flagged where borders or revisions break the series."""
    parts = []
    for frame, unit in ((gdp, MONEY), (residents, "person")):
        for name in frame.columns:
            part = frame[name].rename("value").reset_index()
            part["flag"] = [weakness(name, p, y) for p, y in zip(part["place_id"], part["year"], strict=True)]
            if unit == "person":
                lined = part.groupby("place_id")["value"].transform(straight).astype(bool)
                part.loc[lined & (part["flag"] != "border-break"), "flag"] = "interpolated"
            parts.append(part.assign(indicator=name, unit=unit, scope=CITY, source="yearbooks"))
    return pd.concat(parts, ignore_index=True)


def derived_rows(gdp: pd.DataFrame, population: pd.Series, year: int = 2020) -> pd.DataFrame:
    """GDP per census resident and the share of services in GDP, of the census year."""
    then = gdp.xs(year, level="year")
    head = 1e6 * then["gdp"] / population
    services = 100 * then["gdp_tertiary"] / then["gdp"]
    parts = [
        _tidy(head, "gdp_per_head", year, "CNY (current) per person", CITY, "compiled"),
        _tidy(services, "tertiary_share", year, "percent", CITY, "yearbooks"),
    ]
    return pd.concat(parts, ignore_index=True)


def node_rows(nodes: pd.DataFrame) -> pd.DataFrame:
    """Patents and degrees of the 37 cities that have them."""
    return nodes.assign(unit="count", scope=URBAN, source="intercity-connectivity", flag="")


def _text(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All indicators in one order, values with at most four decimals."""
    whole = pd.concat(parts, ignore_index=True)
    if whole.isna().any(axis=None) or whole.duplicated(["place_id", "year", "indicator", "scope"]).any():
        raise ValueError("indicators: an empty cell, or a value given twice")
    whole["value"] = [_text(value) for value in whole["value"].astype(float)]
    return whole.sort_values(["indicator", "place_id", "year"], kind="stable", ignore_index=True)[list(COLUMNS)]
