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


def test_costs_of_restoration() -> None:
    """TEEB's table: 40 years of benefits over costs (printed 26.4, 5.4, 37.3, 28.4, 75.1) keep the order of net value
    over cost; grants of Puerto Rico are the printed dollars over the printed area, 0.404686 ha an acre."""
    costs = pd.read_csv(HOWTO / "restoration_costs.csv")
    assert costs[["habitat", "where", "what", "printed", "source", "url", "read"]].notna().all(axis=None)
    typical = costs[costs["what"].str.startswith("typical")].set_index("habitat")["usd_per_ha"]
    net = pd.Series({"mangrove": 86_900, "inland wetland": 171_300, "tropical forest": 148_700,
                     "woodland or shrubland": 32_180, "grassland": 22_600})  # fmt: skip
    printed = pd.Series({"mangrove": 26.4, "inland wetland": 5.4, "tropical forest": 37.3,
                         "woodland or shrubland": 28.4, "grassland": 75.1})  # fmt: skip
    ratio = net / typical.reindex(net.index)
    assert (ratio.rank() == printed.rank()).all() and ratio.div(printed).between(0.9, 1.2).all()
    own = costs[costs["where"].str.contains("Puerto Rico")].set_index("where")["usd_per_ha"]
    acre = 0.404686
    want = {"Pozuelo": 1.2e6 / (695 * acre), "Piñones": 24_000 / (8 * acre), "Aguada": 500_000 / 59}
    for place, value in want.items():
        assert abs(own[own.index.str.startswith(place)].iloc[0] - value) < 1
    forest = costs[costs["habitat"] == "tropical forest"]["usd_per_ha"]
    assert forest.min() * 10 == typical["tropical forest"] and forest.max() == 2 * 5_000
