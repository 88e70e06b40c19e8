"""Stability of coalitions against closed forms and a loop over all deviations."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.games import coalitions
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.coalition_stability import coalition_payoffs, stability


def barrett(member: np.ndarray) -> np.ndarray:
    """Payoffs with benefit Q and cost q^2 / 2: members of a coalition of k abate k, the others 1."""
    n, k = member.shape[1], member.sum(axis=1)
    total = np.where(k > 0, k * k + n - k, n)
    own = np.where(member, k[:, None], 1)
    return total[:, None] - own**2 / 2


@pytest.mark.parametrize("n", [3, 4, 7])
def test_barrett_in_closed_form(n: int) -> None:
    """What a member of k loses by staying is (k - 1)(k - 3) / 2: internally stable up to three, four never.

    Barrett (1994), linear benefits and quadratic costs. With k = 3 members are indifferent, so that k = 2 is stable
    too; one alone does as nobody does, so that nobody is stable and one is not.
    """
    table = stability(barrett, [f"p{i}" for i in range(n)]).to_frame()
    assert table["internal"].tolist() == (table["members"] <= 3).tolist()
    assert table["stable"].tolist() == table["members"].isin([0, 2, 3]).tolist()
    assert (table["total"].iloc[-1] == table["total"].max()) and not table["leavers"].iloc[:1].any()


def test_who_would_leave_and_join() -> None:
    """Three players by hand; bit 0 is x. y alone with x wants to leave; z would join x and y."""
    payoff = np.zeros((8, 3))
    payoff[0b011] = [2, -1, 0]
    payoff[0b111] = [2, 1, 3]
    table = stability(payoff, ["x", "y", "z"]).to_frame().set_index("coalition")
    assert table.loc["x;y", ["leavers", "joiners"]].tolist() == ["y", "z"]
    assert table.loc["x;y;z", "stable"] and table.loc["x;y;z", "inside"] == 6
    assert table.loc["", "stable"]  # nobody gains by being alone
    # y lacks 1 and x has 2 to give; all three gain 6 by staying: 2 + 1 + 3
    assert table.loc["x;y", "internal_with_payments"] and not table.loc["x;y", "internal"]
    assert table.loc["x;y", "missing"] == 0


def test_against_every_deviation() -> None:
    rng = np.random.default_rng(4)
    n = 5
    payoff = rng.integers(-3, 4, size=(1 << n, n)).astype(float)
    table = stability(payoff, list("abcde")).to_frame()
    for row in range(1 << n):
        inside = [i for i in range(n) if row >> i & 1]
        outside = [i for i in range(n) if not row >> i & 1]
        leave = [i for i in inside if payoff[row ^ (1 << i), i] > payoff[row, i]]
        join = [i for i in outside if payoff[row | 1 << i, i] > payoff[row, i]]
        assert table.loc[row, "leavers"] == ";".join("abcde"[i] for i in leave)
        assert table.loc[row, "joiners"] == ";".join("abcde"[i] for i in join)
        short = sum(payoff[row ^ (1 << i), i] - payoff[row, i] for i in inside)
        assert table.loc[row, "missing"] == max(0.0, short)
        assert table.loc[row, "internal_with_payments"] == (short <= 0)


def test_payoffs_from_gains() -> None:
    """The road needs a and b and pays them 3 together; the port needs only c, who alone would lose by it."""
    gains = pd.DataFrame(
        {"a": {"road": 4.0, "port": 2.0}, "b": {"road": -1.0, "port": 0.0}, "c": {"road": 1.0, "port": -1.0}}
    )
    payoff, names = coalition_payoffs(gains, signatories={"road": ["a", "b"], "port": ["c"]})
    assert names == ("a", "b", "c")
    np.testing.assert_array_equal(payoff[[0b000, 0b001, 0b100]], np.zeros((3, 3)))
    np.testing.assert_array_equal(payoff[0b011], [4, -1, 1])
    np.testing.assert_array_equal(payoff[0b101], [2, 0, -1])  # a and c: the port, 2 - 1
    np.testing.assert_array_equal(payoff[0b111], [6, -1, 0])
    found = stability(payoff, names).to_frame().set_index("coalition")
    assert found.loc["a;b", "leavers"] == "b" and found.loc["a;b", "internal_with_payments"]


def test_measures_without_signatories_need_somebody() -> None:
    payoff, _ = coalition_payoffs(pd.DataFrame({"a": {"x": 1.0}}), signatories={"x": []})
    np.testing.assert_array_equal(payoff, [[0.0], [1.0]])


def test_bad_input() -> None:
    with pytest.raises(InputError, match="1 to 15"):
        stability(lambda s: s, [str(i) for i in range(16)])
    with pytest.raises(InputError, match="different players"):
        stability(np.zeros((4, 2)), ["a", "a"])
    with pytest.raises(InputError, match="shape"):
        stability(np.zeros((4, 3)), ["a", "b"])
    with pytest.raises(MissingDataError, match="1 coalitions lack payoffs: b"):
        stability(np.where((coalitions(2) == [False, True]).all(1)[:, None], np.nan, np.zeros((4, 2))), ["a", "b"])
    with pytest.raises(InputError, match="infinite"):
        stability(np.full((2, 1), np.inf), ["a"])
    with pytest.raises(InputError, match=r"missing for x.*unknown measures: y"):
        coalition_payoffs(pd.DataFrame({"a": {"x": 1.0}}), signatories={"y": ["a"]})
    with pytest.raises(InputError, match="signatories without gains: b"):
        coalition_payoffs(pd.DataFrame({"a": {"x": 1.0}}), signatories={"x": ["b"]})


def test_no_stable_coalition_is_said() -> None:
    """One wants to be alone with the other, who wants the opposite: matching pennies."""
    payoff = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    found = stability(payoff, ["a", "b"])
    assert found.facts()["stable_count"] == 0 and found.facts()["best_stable"] is None and found.warnings
    assert [c.name for c in found.describe()] == list(found.to_frame().columns)
