"""`tables/indicators.culture.csv`: carriers of culture that receive the public, counted by city from lists of names.

    python examples/yangtze-delta/derive/culture.py

`culture_carriers.csv` beside this script has one row a name: scenic areas of grade 5A at the end of 2020, and museums
of the first grade before the fourth batch of December 2020. A city without any has the number 0.
"""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
YEAR = 2020  # both lists were in force during 2020


def derive() -> None:
    """Write the table."""
    listed = pd.read_csv(HERE / "culture_carriers.csv", dtype=str)
    places = pd.read_csv(HERE.parent / "tables" / "places.csv", dtype=str)
    cities = places.loc[places["kind"] == "city", "place_id"].sort_values()
    if listed.duplicated(["carrier", "name_zh"]).any() or not listed["place_id"].isin(cities).all():
        raise ValueError("a name comes twice, or its place is no city")
    count = pd.crosstab(listed["place_id"], listed["carrier"]).reindex(cities, fill_value=0)
    tidy = count.rename_axis("place_id").reset_index().melt("place_id", var_name="indicator", value_name="value")
    source = listed.groupby("carrier")["source"].first()
    out = tidy.assign(year=YEAR, unit="count", scope="全市", source=tidy["indicator"].map(source), flag="")
    columns = ["place_id", "year", "indicator", "value", "unit", "scope", "source", "flag"]
    out[columns].to_csv(HERE.parent / "tables" / "indicators.culture.csv", index=False, lineterminator="\n")
    print(count.sum().to_string())


if __name__ == "__main__":
    derive()
