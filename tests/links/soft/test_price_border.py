"""A planted border in simulated prices, by hand on few pairs, and real prices with and without a planted border."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.sphere import great_circle_km
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.price_border import price_border

HOWTO = Path(__file__).parents[3] / "docs" / "howto"


def metros() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Prices and places of the how-to."""
    places = pd.read_csv(HOWTO / "us_metros.csv").set_index("place_id").rename(columns={"census_region": "group"})
    wide = pd.read_csv(HOWTO / "us_metro_prices_1998_2017.csv")
    prices = wide.melt(["place_id", "period"], var_name="good", value_name="price")
    return prices.rename(columns={"place_id": "place"}), places


def simulated(border: float, seed: int, places: int = 12, goods: int = 8, changes: int = 40):
    """Each good of each place moves on its own (0.02), and all of a group together (border)."""
    rng = np.random.default_rng(seed)
    ids = [f"p{k:02d}" for k in range(places)]
    group = np.arange(places) % 3
    at = pd.DataFrame({"lon": rng.uniform(0, 10, places), "lat": rng.uniform(40, 50, places),
                       "group": [f"g{g}" for g in group]}, index=ids)  # fmt: skip
    own = 0.02 * rng.normal(size=(changes, places, goods))
    shared = border * rng.normal(size=(changes, 3, goods))[:, group, :]
    table = 100.0 * np.exp(own + shared)
    t, p, g = (a.ravel() for a in np.meshgrid(range(changes), range(places), range(goods), indexing="ij"))
    return pd.DataFrame({"place": np.array(ids)[p], "good": g, "period": t, "price": table.ravel()}), at


def pooled(found, term="border") -> pd.Series:
    return found.to_frame().query("good == 'all'").set_index("term").loc[term]


def test_a_planted_border_is_found_and_none_is_none():
    """Inside, the change of a relative price has sd 0.02 sqrt 2; across, sqrt(2 (0.02^2 + 0.015^2))."""
    want = np.sqrt(2) * (np.hypot(0.02, 0.015) - 0.02)
    kept, zero = [], []
    for seed in range(40):
        row = pooled(price_border(*simulated(0.015, seed), kind="index"))
        kept.append(row["ci_low"] <= want <= row["ci_high"])
        none = pooled(price_border(*simulated(0.0, seed), kind="index"))
        zero.append(none["ci_low"] <= 0.0 <= none["ci_high"])
    assert pooled(price_border(*simulated(0.015, 0, changes=400), kind="index"))["coef"] == pytest.approx(want, rel=0.1)
    assert sum(kept) >= 35 and sum(zero) >= 35  # of 40 at 95 %: 34 or fewer has a chance of 0.3 %


def test_coefficients_are_least_squares_with_an_effect_of_each_place():
    """The closed form of the effects against a regression with dummies, real prices."""
    prices, places = metros()
    got = price_border(prices, places, kind="price").to_frame().set_index(["good", "term"])["coef"]
    ids = sorted(places.index)
    logs = np.log(prices.pivot(index="period", columns=["good", "place"], values="price"))
    rows = []
    for a, b in combinations(ids, 2):
        km = great_circle_km(*(places.loc[k, c] for k in (a, b) for c in ("lon", "lat")))
        dummies = [float(p in (a, b)) for p in ids]
        rows.append([np.log(km), float(places.loc[a, "group"] != places.loc[b, "group"]), *dummies])
    x, each = np.array(rows, dtype=float), []
    for good in sorted(prices["good"].unique()):
        change = logs[good].diff().dropna()
        y = np.array([(change[a] - change[b]).std() for a, b in combinations(ids, 2)])
        each.append(np.linalg.lstsq(x, y, rcond=None)[0][:2])
        np.testing.assert_allclose(got[good][["ln_distance", "border"]], each[-1], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(got["all"][["ln_distance", "border"]], np.mean(each, axis=0), rtol=1e-7, atol=1e-12)


def test_census_regions_have_no_border_and_an_exchange_rate_would_be_one():
    """US metropolitan areas: nothing between regions; all prices of a region moved together by 2 % a year is found."""
    prices, places = metros()
    found = price_border(prices, places, kind="price")
    row = pooled(found)
    assert row["ci_low"] < 0.0 < row["ci_high"]
    facts = found.facts()
    assert facts["pairs inside"] == 6 + 15 + 10 + 3 and facts["pairs inside"] + facts["pairs across"] == 18 * 17 // 2
    assert "border as factor of distance" not in facts and [c.name for c in found.describe()] == list(found.to_frame())
    rng = np.random.default_rng(1)
    walk = pd.DataFrame(0.02 * rng.normal(size=(20, 4)), range(1998, 2018), sorted(set(places["group"]))).cumsum()
    move = [walk.loc[t, places.loc[p, "group"]] for p, t in zip(prices["place"], prices["period"], strict=True)]
    assert pooled(price_border(prices.assign(price=prices["price"] * np.exp(move)), places, kind="price"))["ci_low"] > 0


def test_units_and_order_do_not_matter():
    prices, places = metros()
    one = price_border(prices, places, kind="price").to_frame()
    scale = prices["good"].map({g: 1.0 + i for i, g in enumerate(sorted(set(prices["good"])))})
    two = price_border(
        prices.assign(price=prices["price"] * scale).sample(frac=1, random_state=0), places[::-1], kind="price"
    )
    pd.testing.assert_frame_equal(one, two.to_frame(), rtol=1e-6)


def test_every_place_its_own_group_leaves_distance_only():
    prices, places = simulated(0.0, 0)
    found = price_border(prices, places.assign(group=places.index), kind="index")
    assert set(found.to_frame()["term"]) == {"ln_distance"} and "not identified" in found.warnings[0]
    lone = places.assign(group=["a", *["b"] * (len(places) - 1)])  # one member: the border is the effect of that place
    assert set(price_border(prices, lone, kind="index").to_frame()["term"]) == {"ln_distance"}


def test_bad_input():
    prices, places = simulated(0.0, 0)
    with pytest.raises(InputError, match="no column group"):
        price_border(prices, places.drop(columns="group"), kind="index")
    with pytest.raises(InputError, match="no places: p00"):
        price_border(prices, places.drop(index="p00"), kind="index")
    with pytest.raises(MissingDataError, match="no group: p00"):
        price_border(prices, places.assign(group=places["group"].where(places.index != "p00")), kind="index")
    with pytest.raises(MissingDataError, match="takes 6 places, got 5; a spread over time takes 3 changes, got 2"):
        price_border(prices[(prices["place"] < "p05") & (prices["period"] < 2)], places, kind="index")
    with pytest.raises(InputError, match="at one point"):
        price_border(prices, places.assign(lon=0.0, lat=0.0), kind="index")
    few = price_border(prices[prices["period"] < 4], places, kind="index")
    assert any("4 changes only" in w for w in few.warnings)
