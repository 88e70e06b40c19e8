"""GDP by sector and resident population by year, from the compilations of the statistical yearbooks."""

from pathlib import Path

import pandas as pd

CITY = {"310000": "310100"}  # Shanghai: municipality -> city level
GDP = {
    "gdp": "gdp（亿元人民币）",
    "gdp_primary": "第一产业增加值（亿元人民币）",
    "gdp_secondary": "第二产业增加值",
    "gdp_tertiary": "第三产业增加值",
}
# the territories of these seven changed until 2016 (Chaohu dissolved 2011; Zongyang and Shou moved 2015-16)
REDRAWN = ("340100", "340200", "340400", "340500", "340700", "340800", "341500")
FIRST_STEADY_YEAR = 2017
# breaks by revision: the series of Anhui were lifted or cut from 2019 on by the fourth economic census, and
# most yearbook populations of 2011-19 were never brought to the level of the census of 2020
REVISED_GDP, REVISED_POPULATION = 2019, 2020
FIRST_POPULATION_YEAR = 2005  # earlier years are printed for half of the cities only
# a value this far from both neighbouring years, in opposite senses, is a slip or another vintage
# yearly steps of residents that are equal three times in a row, and larger than what rounding to 10,000 makes
STRAIGHT = 20_000.0
SPIKE = {"gdp": 0.5, "resident_population": 0.08}


def spikes(series: pd.Series, limit: float) -> pd.Series:
    """Whether a yearly value departs by more than `limit` from the year before and the year after alike.

    Examples
    --------
    >>> spikes(pd.Series({2014: 100.0, 2015: 20.0, 2016: 110.0}), 0.5).to_dict()
    {2014: False, 2015: True, 2016: False}
    """
    ordered = series.sort_index()
    before, after = ordered / ordered.shift(1) - 1, ordered / ordered.shift(-1) - 1
    return ((before > limit) & (after > limit)) | ((before < -limit) & (after < -limit))


def straight(series: pd.Series) -> pd.Series:
    """Whether a yearly value ends a run of three or more equal steps, or lies inside one: nobody measured it.

    Examples
    --------
    >>> straight(pd.Series([9e5, 8e5, 7e5, 6e5, 6.1e5], index=range(2015, 2020))).to_list()
    [False, True, True, True, False]
    """
    step = series.sort_index().diff()
    kin = step.eq(step.shift(1)) & (step.abs() >= STRAIGHT)
    run = kin & kin.shift(1, fill_value=False)  # third equal step in a row
    return run | run.shift(-1, fill_value=False) | run.shift(-2, fill_value=False)


def _without_spikes(table: pd.DataFrame, measure: str) -> tuple[pd.DataFrame, list[str]]:
    """The table (index place_id, year) without the rows whose `measure` is a spike, and their labels."""
    wild = pd.Series(False, index=table.index)
    for place, part in table[measure].groupby(level="place_id", sort=True):
        marks = spikes(part.droplevel("place_id"), SPIKE[measure])
        for year in marks.index[marks]:
            wild[(place, year)] = True
    dropped = [f"{measure} {place} {year}" for place, year in table.index[wild]]
    return table[~wild], dropped


def read_gdp(local_folder: Path, places: pd.Index) -> tuple[pd.DataFrame, list[str]]:
    """GDP and its three sectors, million CNY at current prices; index (place_id, year)."""
    raw = pd.read_csv(local_folder / "gdp_by_sector_2000_2023.csv", dtype={"城市代码": str})
    raw["place_id"] = raw["城市代码"].replace(CITY)
    table = raw[raw["place_id"].isin(places)].rename(columns={"年度标识": "year"})
    table = table.set_index(["place_id", "year"]).sort_index()
    # 100 million -> million CNY; two decimals drop the noise of single precision, not a printed digit
    gdp = pd.DataFrame({name: (100 * table[column]).round(2) for name, column in GDP.items()})
    return _without_spikes(gdp, "gdp")


def read_population(local_folder: Path, places: pd.Index) -> tuple[pd.DataFrame, list[str]]:
    """Residents at the end of the year as printed (the interpolated column is left out)."""
    raw = pd.read_csv(local_folder / "population_1998_2024.csv", dtype={"城市代码": str})
    raw["place_id"] = raw["城市代码"].replace(CITY)
    table = raw[raw["place_id"].isin(places) & (raw["年份"] >= FIRST_POPULATION_YEAR)]
    table = table.rename(columns={"年份": "year"}).set_index(["place_id", "year"]).sort_index()
    people = (10_000 * table["常住人口（万人）"]).round().to_frame("resident_population")
    return _without_spikes(people, "resident_population")


def weakness(measure: str, place: str, year: int) -> str:
    """Why a value must not be compared with later ones: `border-break`, `revision-break` or nothing."""
    if place in REDRAWN and year < FIRST_STEADY_YEAR:
        return "border-break"
    if measure == "resident_population":
        return "revision-break" if year < REVISED_POPULATION else ""
    return "revision-break" if place.startswith("34") and year < REVISED_GDP else ""
