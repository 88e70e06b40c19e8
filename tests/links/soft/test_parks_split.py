"""Splits of joint parks and their attribution."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.errors import InputError
from megaregion.links.soft.parks_split import park_attribution, split_by_bargaining, split_by_shapley

UNIT = "million CNY"


def parties(*rows: tuple[str, str, str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["park", "item", "party", "alone", "total", "weight"])


def test_two_parties_by_hand() -> None:
    """x_A = d_A + (S - d_A - d_B) / 2; with weights 3 to 1 the gain of 6 is split 4.5 to 1.5."""
    got = split_by_bargaining(
        parties(
            ("P", "value_added", "A", 3.0, 10.0, np.nan), ("P", "value_added", "B", 1.0, 10.0, np.nan),
            ("P", "tax", "A", 3.0, 10.0, 3.0), ("P", "tax", "B", 1.0, 10.0, 1.0),
        ), unit=UNIT,
    )  # fmt: skip
    assert got.table["payoff"].tolist() == pytest.approx([6.0, 4.0, 7.5, 2.5])
    assert got.table["share"].tolist() == pytest.approx([0.6, 0.4, 0.75, 0.25])
    assert got.facts() == {"parks": 1, "least_gain": pytest.approx(1.5)}


def test_shapley_of_two_is_nash_and_of_three_by_hand() -> None:
    """Glove game: A has a left glove, B and C right ones: 2/3, 1/6, 1/6."""
    two = pd.DataFrame({"park": "P", "item": "tax", "coalition": ["A", "B", "A;B"], "worth": [3.0, 1.0, 10.0]})
    assert split_by_shapley(two, unit=UNIT).table["payoff"].tolist() == pytest.approx([6.0, 4.0])
    gloves = pd.DataFrame({"park": "P", "item": "tax", "coalition": ["A", "B", "C", "A;B", "C; A", "B;C", "B;A;C"],
                           "worth": [0, 0, 0, 1, 1, 0, 1]})  # fmt: skip
    got = split_by_shapley(gloves, unit=UNIT).table
    assert got["party"].tolist() == ["A", "B", "C"]
    assert got["payoff"].tolist() == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 100))
def test_shapley_of_two_is_nash(a: float, b: float, more: float) -> None:
    total = a + b + more
    nash = split_by_bargaining(
        parties(("P", "x", "A", a, total, 1.0), ("P", "x", "B", b, total, 1.0)), unit=UNIT
    ).table["payoff"]
    worths = pd.DataFrame({"park": "P", "item": "x", "coalition": ["A", "B", "A;B"], "worth": [a, b, total]})
    assert split_by_shapley(worths, unit=UNIT).table["payoff"].to_numpy() == pytest.approx(nash.to_numpy(), abs=1e-10)


def test_nothing_is_counted_twice() -> None:
    """Both book all 10: counted twice 10; corrections add up to -10."""
    split = split_by_bargaining(
        parties(("P", "value_added", "A", 3.0, 10.0, 1.0), ("P", "value_added", "B", 1.0, 10.0, 1.0)), unit=UNIT
    )
    booked = pd.DataFrame({"park": "P", "item": "value_added", "party": ["B", "A"], "booked": [10.0, 10.0]})
    got = park_attribution(booked, split)
    want = {"produced": 10.0, "booked": 20.0, "counted_twice": 10.0, "counted_by_nobody": 0.0}
    assert got.facts()["value_added"] == want
    assert got.table.set_index("party")["correction"].to_dict() == {"A": -4.0, "B": -6.0}
    assert any("counted twice: value_added 10 million CNY" in text for text in got.warnings)
    none = park_attribution(booked.assign(booked=[10.0, 0.0]), split)
    assert none.facts()["value_added"]["counted_twice"] == 0.0
    assert len(none.warnings) == 1
    with pytest.raises(InputError, match="P/value_added/A"):
        park_attribution(booked.head(1), split)
    short = park_attribution(booked.assign(booked=[4.0, 0.0]), split).facts()["value_added"]
    assert (short["counted_twice"], short["counted_by_nobody"]) == (0.0, 6.0)
    for result in (split, got):
        assert [c.name for c in result.describe()] == list(result.to_frame())


def test_everything_wrong_at_once() -> None:
    with pytest.raises(InputError) as caught:
        split_by_bargaining(
            parties(
                ("P", "tax", "A", 8.0, 10.0, 1.0), ("P", "tax", "B", 3.0, 10.0, 1.0), ("Q", "tax", "A", 1.0, 2.0, 1.0),
                ("R", "tax", "A", 1.0, 2.0, 1.0), ("R", "tax", "B", 1.0, 3.0, 1.0),
                ("S", "tax", "A", 1.0, 9.0, 0.0), ("S", "tax", "B", 1.0, 9.0, 0.0),
            ), unit=UNIT,
        )  # fmt: skip
    for text in ("P tax: together 10, without agreement 11", "Q tax has one party", "R tax has different totals",
                 "S tax: weights"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(InputError, match="alone must be a finite number: P"):
        split_by_bargaining(parties(("P", "tax", "A", np.nan, 1.0, 1.0)), unit=UNIT)
    with pytest.raises(InputError, match=r"coalition A stands twice.*lacks the coalitions A; B"):
        split_by_shapley(
            pd.DataFrame({"park": "P", "item": "x", "coalition": ["A", "B", "A; "], "worth": 1.0}), unit=UNIT
        )


def test_a_party_that_loses_is_named() -> None:
    """Worths that are not superadditive: the value gives B less than alone."""
    worths = pd.DataFrame({"park": "P", "item": "x", "coalition": ["A", "B", "A;B"], "worth": [2.0, 4.0, 3.0]})
    assert any("A, B get less than alone" in text for text in split_by_shapley(worths, unit=UNIT).warnings)
