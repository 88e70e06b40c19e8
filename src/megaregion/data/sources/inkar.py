"""The INKAR county panel inside an R data file: 400 German counties, 1995-2022, 30 indicators.

Source: INKAR, Federal Institute for Research on Building, Urban Affairs and Spatial Development (BBSR).
Two units of the codebook that comes with the file are wrong and are corrected here: GDP per head is in
1,000 EUR (the codebook says euros; the mean of 2019 is 38.9), building permits are per 1,000 residents
(the codebook says per 10,000; the mean of 2019 is 3.6, and Germany permitted 4.3 dwellings per 1,000).
"""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from megaregion._optional import require
from megaregion.errors import InputError

TABLE = "county_covariates_internal"
_HEAD = "person"
UNITS: dict[str, str] = {
    "share_65plus": "percent",
    "median_age": "year",
    "share_foreign": "percent",
    "share_female": "percent",
    "gdp_per_capita": f"thousand EUR (current) per {_HEAD}",
    "share_primary_sector": "percent",
    "share_secondary_sector": "percent",
    "share_tertiary_sector": "percent",
    "share_micro_enterprises": "percent",
    "share_large_enterprises": "percent",
    "unemployment_rate": "percent",
    "share_longterm_unemployed": "percent",
    "youth_unemployment_rate": "percent",
    "share_abitur": "percent",
    "share_no_degree": "percent",
    "students_per_100": "percent",
    "apprentices_per_100": "percent",
    "purchasing_power": f"EUR (current) per {_HEAD}",
    "share_low_income_hh": "percent",
    "physician_density": "person per 10000 persons",
    "hospital_beds_per_capita": "count per 1000 persons",
    "gp_density": "person per 10000 persons",
    "childcare_under3": "percent",
    "childcare_3to6": "percent",
    "building_permits_per_capita": "count per 1000 persons",
    "rent_level": "EUR (current) per m2 month",
    "living_space_per_capita": "ha per 10000 persons",  # the same number as square metres a person
    "cars_per_capita": "count per 1000 persons",
    "municipal_debt_per_capita": f"EUR (current) per {_HEAD}",
    "tax_revenue_per_capita": f"EUR (current) per {_HEAD}",
}
NEVER_ZERO = ("gdp_per_capita", "purchasing_power", "tax_revenue_per_capita", "cars_per_capita", "rent_level")


def read_inkar(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The panel in long form.

    Returns
    -------
    panel : DataFrame
        Columns place_id (5-digit AGS, text), year, indicator, value, unit; only cells that have a value;
        sorted by place, indicator and year.
    notes : list of str
        Cells left out because they hold a mark for "unknown" (a negative number, or zero where none can be).

    Raises
    ------
    InputError
        The file does not hold the panel, or not these columns, or codes of another form.
    MissingExtraError
        The package `rdata` is not installed.
    """
    rdata = require("rdata", extra="rdata")
    with warnings.catch_warnings():
        # the reader warns that R's tibble class is read as a plain data frame, which is what is wanted
        warnings.filterwarnings("ignore", message="Missing constructor for R class")
        content = rdata.read_rda(path)
    wide = content.get(TABLE)
    if wide is None:
        raise InputError(
            f"{path.name} holds no {TABLE}; it holds {', '.join(sorted(content))}", hint="fetch the pinned version"
        )
    lacking = [c for c in ("county_code", "year", *UNITS) if c not in wide.columns]
    extra = [c for c in wide.columns if c not in ("county_code", "year", *UNITS)]
    codes = wide["county_code"].astype(str) if "county_code" in wide.columns else pd.Series(dtype=str)
    odd = sorted(set(codes[~codes.str.fullmatch(r"\d{5}")]))
    if lacking or extra or odd:
        raise InputError(
            f"{path.name}: lacking {lacking}, unknown {extra}, codes that are no 5-digit AGS {odd[:5]}",
            hint="fetch the pinned version",
        )
    long = (
        wide.assign(place_id=codes.astype(object), year=wide["year"].astype("int64"))
        .melt(id_vars=["place_id", "year"], value_vars=list(UNITS), var_name="indicator", value_name="value")
        .dropna(subset=["value"])
    )
    mark = (long["value"] < 0) | ((long["value"] == 0) & long["indicator"].isin(NEVER_ZERO))
    count = long.loc[mark, "indicator"].value_counts().sort_index()
    notes = [f"INKAR {name}: {n} cells hold -0.01 or 0 for unknown; left out" for name, n in count.items()]
    long = long[~mark].assign(unit=long["indicator"].map(UNITS))
    ordered: pd.DataFrame = long.sort_values(["place_id", "indicator", "year"], kind="stable")
    return ordered.reset_index(drop=True), notes
