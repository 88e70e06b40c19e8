"""The table of tails."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.size import hill
from megaregion.nodes.size_tail import size_tail
from megaregion.result import Input

ORIGIN = Input("tables/indicators.csv", {"place_id": "{place}", "indicator": "population", "year": 2020})


def sizes(n: int) -> pd.Series:
    return pd.Series(np.random.default_rng(n).pareto(1.2, n) + 1.0, index=[f"p{i:03d}" for i in range(n)])


def test_every_row_is_the_tail_of_its_largest_places() -> None:
    values = sizes(25)
    result = size_tail({"population": values}, origins={"population": ORIGIN}, seed=1, draws=99)
    frame = result.to_frame()
    assert frame["n"].tolist() == list(range(10, 26))
    for _, row in frame.iterrows():
        largest = np.sort(values)[::-1][: row["n"]]
        assert row["threshold"] == largest[-1]
        assert row["hill"] == pytest.approx(hill(largest))
    assert frame["chosen"].sum() == 1
    assert frame.loc[frame["chosen"], "distance"].iloc[0] == frame["distance"].min()
    assert list(frame.columns) == [c.name for c in result.describe()]
    assert result.facts()["population"]["hill_least"] == frame["hill"].min()


def test_long_lists_are_read_at_forty_thresholds() -> None:
    frame = size_tail({"population": sizes(300)}, origins={"population": ORIGIN}, seed=1, draws=49).to_frame()
    assert len(frame) <= 40
    assert frame["n"].iloc[[0, -1]].tolist() == [10, 300]


def test_few_places_have_no_tail_and_say_so() -> None:
    result = size_tail({"population": sizes(9)}, origins={"population": ORIGIN}, seed=1)
    assert result.to_frame().empty
    assert "9 places are too few" in result.warnings[0]
    assert result.facts() == {}


def test_the_seed_decides_the_p_values_only() -> None:
    one, two, again = (
        size_tail({"a": sizes(30)}, origins={"a": ORIGIN}, seed=s, draws=99).to_frame() for s in (1, 2, 1)
    )
    pd.testing.assert_frame_equal(one, again)
    pd.testing.assert_frame_equal(one.drop(columns="p_pareto"), two.drop(columns="p_pareto"))
    assert not one["p_pareto"].equals(two["p_pareto"])
