"""Agreements by hand, against all sets, and what they must never do."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.participation import Additive
from megaregion.errors import InfeasibleError, InputError, MissingDataError
from megaregion.mechanisms.coordination import JointGains, agree

# three parties: a bridge that c loses by, a standard that everybody gains from
THREE = pd.DataFrame(
    {"a": {"bridge": 6.0, "norm": 1.0}, "b": {"bridge": 3.0, "norm": 1.0}, "c": {"bridge": -3.0, "norm": 1.0}}
)


def by_all_sets(
    gains: np.ndarray, need: np.ndarray, limit: float, cost: np.ndarray, budget: float, asked: np.ndarray | None = None
) -> tuple[float, float] | None:
    """Best total and its smallest payments by trying every set; None if no set will do."""
    asked = np.ones(gains.shape[1], bool) if asked is None else asked
    found = []
    for row in product([0, 1], repeat=len(gains)):
        w = np.array(row) @ gains
        above = (w - need)[asked]
        short = float(-above[above < 0].sum())
        if np.dot(row, cost) <= budget and above.sum() >= -1e-12 and short <= limit + 1e-12:
            found.append((float(w.sum()), -short))
    return None if not found else (max(found)[0], -max(found)[1])


def test_three_parties_in_closed_form() -> None:
    """Both measures give 7, 4, -2: c needs 2, and a and b pay it 7 : 4. Without payments only the norm passes: 3.

    The veto of c costs 9 - 3 = 6, those of a and b nothing.
    """
    made = agree(THREE)
    by = made.to_frame().set_index("party")
    assert made.facts()["agreed"] == ["bridge", "norm"] and made.facts()["total"] == 9
    assert by["gain"].tolist() == [7, 4, -2]
    np.testing.assert_allclose(by["payment"], [-2 * 7 / 11, -2 * 4 / 11, 2.0], rtol=1e-14)
    assert by.loc["c", "net_gain"] == 0 and by["payment"].sum() == pytest.approx(0, abs=1e-15)
    assert by["veto_cost_without_payments"].tolist() == [0, 0, 6] and by["veto_cost"].tolist() == [0, 0, 0]
    assert by["gain_without_payments"].tolist() == [1, 1, 1] and by.loc["c", "gain_overruled"] == -2
    rules = made.rules.to_frame().set_index("rule")
    assert rules["total"].tolist() == [9, 3, 9] and rules["lost"].tolist() == [0, 6, 0]
    assert rules["payments"].tolist() == [0, 0, 2] and rules.loc["no-consent", "short"] == "c"
    measures = made.measures.to_frame().set_index("measure")
    assert measures.loc["bridge", ["winners", "losers"]].tolist() == ["a;b", "c"]
    assert measures["without_payments"].tolist() == [False, True]


def test_a_limit_of_payments_between_none_and_enough() -> None:
    assert agree(THREE, payment_limit=1.9).facts()["agreed"] == ["norm"]
    assert agree(THREE, payment_limit=2.0).facts()["payments"] == 2.0
    tight = agree(THREE, payment_limit=1.9).to_frame().set_index("party")
    assert tight["veto_cost"].tolist() == [0, 0, 6]


def test_margins() -> None:
    """c asks for 1 more: payments rise to 3 and everybody else keeps the same share of what is above the margin."""
    by = agree(THREE, margin={"a": 0, "b": 0, "c": 1}).to_frame().set_index("party")
    assert by.loc["c", "net_gain"] == pytest.approx(1.0) and by.loc["c", "payment"] == pytest.approx(3.0)
    assert agree(THREE, margin=3).facts()["total"] == 9  # 9 is just enough for three margins of 3


def test_who_blocks_is_named() -> None:
    with pytest.raises(InfeasibleError, match=r"gives c its margin: c asks for 2 and no set gives it more than 1\b"):
        agree(THREE, margin=2, payment_limit=0)
    with pytest.raises(InfeasibleError, match=r"largest total is 9, the margins add up to 12; there c lacks 6"):
        agree(THREE, margin=4)
    rivals = pd.DataFrame({"a": {"x": 2.0, "y": -1.0}, "b": {"x": -1.0, "y": 2.0}, "d": {"x": 5.0, "y": 5.0}})
    with pytest.raises(InfeasibleError, match="gives a, b their margins at once"):  # d has no part in it
        agree(rivals, margin=2, payment_limit=0)


def test_budget_requires_excludes() -> None:
    gains = pd.DataFrame({"p": {"cheap": 2.0, "dear": 5.0, "key": -1.0}})
    cost = {"cheap": 1.0, "dear": 3.0, "key": 1.0}
    assert agree(gains, costs=cost, budget=3).facts()["agreed"] == ["dear"]
    assert agree(gains, costs=cost, budget=3, requires={"dear": ["key"]}).facts()["agreed"] == ["cheap"]
    assert agree(gains, costs=cost, budget=4, requires={"dear": ["key"]}).facts()["total"] == 4
    assert agree(gains, excludes=[("cheap", "dear")]).facts()["agreed"] == ["dear"]
    assert agree(gains, costs=cost, budget=0).warnings == (
        "no set of measures is better than none: there is nothing to agree on",
    )
    assert any("bound nothing" in text for text in agree(gains, costs=cost).warnings)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 4), st.sampled_from([0.0, 2.0, math.inf]))
def test_against_all_sets(seed: int, m: int, n: int, limit: float) -> None:
    """Whole numbers, so that sums are exact: lists and programs find the best total and the smallest payments."""
    rng = np.random.default_rng(seed)
    gains = rng.integers(-6, 9, size=(m, n)).astype(float)
    need, cost = rng.integers(-2, 4, size=n).astype(float), rng.integers(0, 4, size=m).astype(float)
    budget = float(rng.integers(1, 8))
    menu = Additive(gains, cost, budget)
    for asked in (np.ones(n, bool), np.arange(n) != 0, np.zeros(n, bool)):
        want = by_all_sets(gains, need, limit, cost, budget, asked)
        for one in (menu, menu.listed()):
            got = one.best(need, asked=asked, limit=limit)
            assert (got is None) == (want is None)
            if got is not None and want is not None:
                assert (got.gains.sum(), got.payments) == pytest.approx(want, abs=1e-9)
                np.testing.assert_array_equal(got.chosen @ gains, got.gains)
                assert got.chosen @ cost <= budget
    assert menu.highest(0) == menu.listed().highest(0)


def test_many_measures_go_to_the_solver() -> None:
    """24 measures in two rival halves: pairs exclude each other and chains require, as with 12 by list."""
    rng = np.random.default_rng(3)
    gains = rng.integers(-5, 9, size=(12, 5)).astype(float)
    names = [f"m{i:02}" for i in range(12)]
    small = pd.DataFrame(gains, index=names, columns=list("abcde"))
    double = pd.concat([small, (small - 1).rename(index="z{}".format)])
    pairs, needs = [(n, f"z{n}") for n in names], {"m03": ["m04"], "m05": ["m06", "m07"]}
    one = agree(small, requires=needs, payment_limit=3)
    two = agree(double, requires=needs, excludes=pairs, payment_limit=3)
    assert one.facts()["agreed"] == two.facts()["agreed"]
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame(), rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31))
def test_what_always_holds(seed: int) -> None:
    """Payments never lower the total, nobody ends below the margin, vetoes cost nothing or more, units scale."""
    rng = np.random.default_rng(seed)
    gains = pd.DataFrame(rng.normal(size=(5, 4)), index=list("vwxyz"), columns=list("abcd"))
    made, none = agree(gains), agree(gains, payment_limit=0)
    by = made.to_frame()
    assert (by["net_gain"] >= -1e-12).all() and abs(by["payment"].sum()) < 1e-12
    assert made.facts()["total"] >= none.facts()["total"]
    assert (by[["veto_cost", "veto_cost_without_payments"]] >= 0).all(axis=None)
    assert made.facts()["payments"] == pytest.approx(by["payment"].clip(lower=0).sum())
    turned = agree(gains.sample(frac=1, random_state=1)[["c", "a", "d", "b"]])
    pd.testing.assert_frame_equal(turned.to_frame(), by)
    np.testing.assert_allclose(agree(gains * 1e6).to_frame()["net_gain"], 1e6 * by["net_gain"], rtol=1e-9, atol=1e-6)


def test_joint_gains() -> None:
    """Two halves of a line are worth nothing alone: each costs its own place 1, both together give 5 and 4."""

    def gains_of(sets: np.ndarray) -> np.ndarray:
        both = sets.all(axis=1)[:, None]
        return np.where(both, [[5.0, 4.0]], -1.0 * sets)

    made = agree(JointGains.evaluated(gains_of, ["west", "east"], ["a", "b"]))
    assert made.facts()["agreed"] == ["west", "east"] and made.facts()["total"] == 9
    table = pd.DataFrame({"a": {"west": -1.0, "west; east": 5.0}, "b": {"west": 0.0, "west; east": 4.0}})
    listed = agree(JointGains.listed(table))
    assert listed.facts()["total"] == 9
    assert listed.measures.to_frame().set_index("measure")["gain"].isna().tolist() == [
        True,
        False,
    ]  # east was not tried
    costs = {"east": 1.0, "west": 1.0}
    assert agree(JointGains.listed(table), costs=costs, budget=1).facts()["agreed"] == []


def test_additive_joint_gains_are_the_plain_ones() -> None:
    rng = np.random.default_rng(5)
    gains = pd.DataFrame(rng.normal(size=(4, 3)), index=list("wxyz"), columns=list("abc"))
    joint = JointGains.evaluated(lambda sets: sets @ gains.to_numpy(), list("wxyz"), list("abc"))
    pd.testing.assert_frame_equal(agree(joint).to_frame(), agree(gains).to_frame())
    pd.testing.assert_frame_equal(agree(joint).measures.to_frame(), agree(gains).measures.to_frame())


def test_plain_table() -> None:
    """The same measures as a table of text, with cost and conditions beside the gains."""
    plain = THREE.rename_axis("measure").reset_index().melt("measure", var_name="party", value_name="gain")
    pd.testing.assert_frame_equal(agree(plain.astype(str)).to_frame(), agree(THREE).to_frame())
    plain["cost"] = ["3", "1"] * 3
    plain["requires"] = ["norm", ""] * 3
    plain["x_note"] = "unread"
    assert agree(plain, budget=3).facts()["agreed"] == ["norm"]
    assert agree(plain, budget=4).facts()["agreed"] == ["bridge", "norm"]
    with pytest.raises(InputError, match="costs stand in the table"):
        agree(plain, costs={"norm": 1.0, "bridge": 1.0}, budget=1)


def test_bad_tables() -> None:
    plain = pd.DataFrame({"measure": ["x", "x", "y"], "party": ["a", "b", "a"], "gain": [1.0, 2.0, 3.0]})
    with pytest.raises(MissingDataError, match="y / b"):
        agree(plain)
    with pytest.raises(InputError, match="stand in several rows: x / a"):
        agree(plain.assign(party="a"))
    with pytest.raises(InputError, match=r"unknown column 'costs'.*gain is no finite number for x: many"):
        agree(plain.assign(costs=1, gain=["many", "2", "3"]))
    with pytest.raises(InputError, match="cost differs between the rows of x"):
        agree(plain.assign(cost=[1, 2, 3]))
    with pytest.raises(InputError, match="needs the columns"):
        agree(plain.drop(columns="gain"))
    with pytest.raises(InputError, match="empty"):
        agree(pd.DataFrame({"measure": [], "party": [], "gain": []}))
    with pytest.raises(InputError, match="measures are repeated: x"):
        agree(pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "x"]))
    with pytest.raises(MissingDataError, match="write 0"):
        agree(pd.DataFrame({"a": {"x": np.nan}}))
    with pytest.raises(InputError, match="infinite for x"):
        agree(pd.DataFrame({"a": {"x": np.inf}}))


def test_bad_options_come_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        agree(THREE, margin={"a": 0.0, "z": 1.0}, budget=-1, payment_limit=-2, requires={"norm": ["tunnel"]})
    for text in (
        "payment_limit",
        "budget must be",
        "margin is missing for b, c",
        "margin names",
        "tunnel",
        "needs costs",
    ):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="themselves: norm"):
        agree(THREE, excludes=[("norm", "norm")])
    with pytest.raises(InputError, match="can never come, for what they require excludes each other: norm"):
        agree(THREE, requires={"norm": ["bridge"]}, excludes=[("bridge", "norm")])
    with pytest.raises(InputError, match="cost is not finite or below 0 for norm"):
        agree(THREE, costs={"norm": -1.0, "bridge": 1.0}, budget=1)


def test_bad_joint_gains() -> None:
    with pytest.raises(InputError, match="empty set has gains"):
        JointGains.evaluated(lambda sets: np.ones((len(sets), 1)), ["x"], ["a"])
    with pytest.raises(InputError, match="several rows"):
        JointGains.listed(pd.DataFrame({"a": [1.0, 2.0]}, index=["x;y", "y;x"]))
    with pytest.raises(MissingDataError, match="in 1 sets"):
        JointGains.listed(pd.DataFrame({"a": [np.nan]}, index=["x"]))
    with pytest.raises(InputError, match="1 to 14 measures"):
        JointGains.evaluated(lambda sets: sets, [str(i) for i in range(15)], ["a"])
    with pytest.raises(InputError, match="expected sets"):
        JointGains.evaluated(lambda sets: np.zeros((len(sets), 2)), ["x"], ["a"])


def test_one_party_decides_alone() -> None:
    made = agree(pd.DataFrame({"a": {"x": 2.0, "y": -1.0}}))
    assert made.facts()["agreed"] == ["x"] and made.facts()["payments"] == 0


def test_columns_have_labels() -> None:
    made = agree(THREE, unit="million CNY (2020)")
    for table in (made, made.measures, made.rules):
        assert [c.name for c in table.describe()] == list(table.to_frame().columns)
        assert all(c.en and c.zh for c in table.describe()) and table.title_zh
        assert all(c.formula or not c.modelled for c in table.describe())
