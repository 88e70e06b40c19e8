"""Tables beside the how-tos: whole, in range, and in line with facts that stand elsewhere."""

from pathlib import Path

import pandas as pd

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def test_official_settlement_types() -> None:
    """Type 1 is an independent city from 100,000 people: here Braunschweig, Salzgitter, Wolfsburg, Hagen."""
    types = pd.read_csv(HOWTO / "bbsr_settlement_types_2024.csv", dtype={"place_id": str}).set_index("place_id")["type"]
    assert types.index.is_unique and types.index.str.fullmatch(r"\d{5}").all() and types.between(1, 4).all()
    assert set(types.index[types == 1]) == {"03101", "03102", "03103", "05914"}
    together = [("16052", "16076"), ("09461", "09471"), ("09462", "09472"), ("15001", "15082"), ("01004", "01058")]
    assert all(types[town] == types[around] for town, around in together)  # one region of counties, one type


def test_prices_of_metropolitan_areas() -> None:
    """20 years of 18 areas; one decimal until 2006, three after, as the Bureau of Labor Statistics publishes."""
    prices = pd.read_csv(HOWTO / "us_metro_prices_1998_2017.csv")
    places = pd.read_csv(HOWTO / "us_metros.csv")
    assert len(prices) == 18 * 20 and not prices.isna().to_numpy().any()
    assert set(prices["place_id"]) == set(places["place_id"]) and set(prices["period"]) == set(range(1998, 2018))
    goods = prices.drop(columns=["place_id", "period"])
    early = goods[prices["period"] <= 2006]
    assert ((early * 10).round() == early * 10).to_numpy().mean() > 0.999
    assert places.groupby("census_region").size().to_dict() == {"Midwest": 6, "Northeast": 4, "South": 5, "West": 3}
