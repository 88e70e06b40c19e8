"""Segmentation of simulated markets with a known spread, by hand, and refusals."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.links.soft.segmentation import segmentation


def market(spread, places=12, goods=200, periods=3, seed=0):
    """ln price = good + period + noise of the place with a given spread, new in every period."""
    rng = np.random.default_rng(seed)
    ids = [f"p{k:02d}" for k in range(places)]
    common = rng.normal(3, 1, goods) + np.linspace(0, 0.1, periods)[:, None]
    ln = common[:, None, :] + rng.normal(size=(periods, places, goods)) * np.asarray(spread)[None, :, None]
    t, p, g = (a.ravel() for a in np.meshgrid(range(periods), range(places), range(goods), indexing="ij"))
    prices = pd.DataFrame({"place": np.array(ids)[p], "good": g, "period": 2000 + t, "price": np.exp(ln.ravel())})
    return prices, pd.DataFrame(list(combinations(ids, 2)), columns=["place_a", "place_b"])


def test_known_spread():
    """Q is normal with variance 4 s^2 = v, abs(Q) has variance v (1 - 2 / pi), less that of the mean over 66 pairs.

    Each pair shares a place with 20 others (correlation of Q 1/2, covariance of abs(Q) v 2/pi (cos 30 + pi/12 - 1)).
    """
    got = segmentation(*market(np.full(12, 0.02)), kind="price")
    v, own = 4 * 0.02**2, 1 - 2 / np.pi
    shared = 2 / np.pi * (np.sqrt(0.75) + np.pi / 12 - 1)
    want = v * (own - (own + 20 * shared) / 66)
    assert got.pairs["variance"].mean() == pytest.approx(want, rel=0.05)
    assert got.table["segmentation"].mean() == pytest.approx(100 * want, rel=0.05)
    assert (got.table["neighbours"] == 11).all() and len(got.table) == 24
    row = got.table.iloc[0]
    assert row["ci_low"] < row["segmentation"] < row["ci_high"]
    assert row["integration"] == pytest.approx(10.0 / np.sqrt(row["segmentation"]))
    assert [c.name for c in got.describe()] == list(got.to_frame())


def test_a_costlier_place_is_more_segmented():
    spread = np.full(12, 0.02)
    spread[3] = 0.08
    mean = segmentation(*market(spread, seed=1), kind="price").table.groupby("place")["segmentation"].mean()
    assert mean.idxmax() == "p03"


def test_the_good_that_drives_the_index_is_named():
    """One good moves by a third in one place only; without it that place is like the rest."""
    prices, pairs = market(np.full(12, 0.01), goods=20, periods=2, seed=2)
    odd = (prices["place"] == "p03") & (prices["good"] == 7) & (prices["period"] == 2001)
    prices.loc[odd, "price"] *= 4 / 3
    row = segmentation(prices, pairs, kind="price").table.set_index("place").loc["p03"]
    rest = segmentation(prices[prices["good"] != 7], pairs, kind="price").table.set_index("place").loc["p03"]
    assert row["driver"] == "7" and row["without_driver"] == pytest.approx(rest["segmentation"], rel=1e-9)
    assert row["segmentation"] > 5 * row["without_driver"]


def test_one_price_everywhere_and_inflation_count_for_nothing():
    got = segmentation(*market(np.zeros(12), goods=5), kind="price")
    np.testing.assert_allclose(got.table["segmentation"], 0.0, atol=1e-25)


def test_index_is_a_change_already():
    """Indices built from prices give the same numbers as the prices."""
    prices, pairs = market(np.full(12, 0.03), goods=8, periods=2)
    wide = prices.pivot(index=["place", "good"], columns="period", values="price")
    chained = (100 * wide[2001] / wide[2000]).rename("price").reset_index().assign(period=2001)
    one, two = segmentation(prices, pairs, kind="price"), segmentation(chained, pairs, kind="index")
    np.testing.assert_allclose(one.table["segmentation"], two.table["segmentation"], rtol=1e-9)


def test_bad_input():
    prices, pairs = market(np.full(12, 0.02), goods=4)
    with pytest.raises(SchemaError, match="good"):
        segmentation(prices.drop(columns="good"), pairs, kind="price")
    with pytest.raises(InputError, match=r"1 prices are not > 0; 1 rows are repeated"):
        bad = prices.assign(price=prices["price"].where(prices.index > 0, -1.0))
        segmentation(pd.concat([bad, prices.tail(1)]), pairs, kind="price")
    with pytest.raises(InputError, match="at least 3"):
        segmentation(prices[prices["good"] < 2], pairs, kind="price")
    with pytest.raises(InputError, match="one apart"):
        segmentation(prices[prices["period"] != 2001], pairs, kind="price")
    with pytest.raises(MissingDataError, match="not priced"):
        segmentation(prices.iloc[1:], pairs, kind="price")
    with pytest.raises(InputError, match="no prices of x"):
        segmentation(prices, pd.DataFrame({"place_a": ["x"], "place_b": ["p00"]}), kind="price")
    turned = pairs.head(1)[["place_b", "place_a"]].set_axis(["place_a", "place_b"], axis=1)
    with pytest.raises(InputError, match="twice"):
        segmentation(prices, pd.concat([pairs, turned]), kind="price")
