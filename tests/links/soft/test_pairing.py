"""Paired assistance: optimum, continuity, fairness, stability, and what stands in the way."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.errors import InfeasibleError, InputError
from megaregion.links.soft.pairing import PairingOptions, assistance_benefit, pairing

BENEFIT = pd.DataFrame({"r": [10.0, 9.0], "s": [8.0, 1.0]}, index=["A", "B"])
ONE = pd.DataFrame({"capacity": [1, 1]}, index=["A", "B"])


def donors_of(got: pd.DataFrame) -> dict[str, str]:
    return dict(zip(got["recipient"], got["donor"], strict=True))


def test_the_sum_needs_an_authority() -> None:
    """A-s and B-r give 17, A-r and B-s 11; but A and r would both rather have each other (10 against 8 and 9)."""
    got = pairing(BENEFIT, ONE)
    assert donors_of(got.table) == {"r": "B", "s": "A"}
    facts = got.facts()
    assert facts["benefit"] == 17.0
    assert facts["bound"] == pytest.approx(17.0)
    assert facts["blocking_pairs"] == [{"recipient": "r", "donor": "A"}]
    assert facts["stable_benefit"] == 11.0
    assert got.table["stable_donor"].tolist() == ["A", "B"]
    assert any("authority" in text for text in got.warnings)
    assert got.table["best_donor"].tolist() == ["A", "A"]


@pytest.mark.parametrize(("penalty", "kept", "benefit"), [(2.9, 0, 17.0), (3.1, 2, 11.0)])
def test_continuity_tips_at_half_the_difference(penalty: float, kept: int, benefit: float) -> None:
    """Two pairs would end for a gain of 6: they stay where each costs more than 3."""
    before = pd.DataFrame({"donor": ["A", "B"], "recipient": ["r", "s"]})
    got = pairing(BENEFIT, ONE, existing=before, options=PairingOptions(continuity=penalty)).facts()
    assert (got["pairs_kept"], got["benefit"]) == (kept, benefit)
    assert got["pairs_ended"] == ([] if kept else ["A to r", "B to s"])


def test_existing_pairs_are_judged_as_a_plan() -> None:
    """A-r and B-s give 11, the best plan 17; nobody would rather have another there. The plan is blocked by A and r."""
    before = pd.DataFrame({"donor": ["A", "B"], "recipient": ["r", "s"]})
    got = pairing(BENEFIT, ONE, existing=before)
    facts = got.facts()
    assert (facts["before_benefit"], facts["before_least_benefit"], facts["before_blocking_pairs"]) == (11.0, 1.0, [])
    assert facts["benefit"] == 17.0
    assert got.table["benefit_before"].tolist() == [10.0, 1.0]
    assert any("existing pairs add up to 11" in text for text in got.warnings)
    other = pairing(BENEFIT, ONE, existing=before.assign(donor=["B", "A"])).facts()
    assert other["before_blocking_pairs"] == facts["blocking_pairs"] == [{"recipient": "r", "donor": "A"}]


def test_existing_pairs_that_are_no_plan() -> None:
    """Someone has no donor, or a pair is ruled out: what that plan is worth is not known."""
    one = pairing(BENEFIT, ONE, existing=pd.DataFrame({"donor": ["A"], "recipient": ["r"]}))
    ruled = BENEFIT.assign(s=[8.0, np.nan])
    two = pairing(ruled, ONE, existing=pd.DataFrame({"donor": ["A", "B"], "recipient": ["r", "s"]}))
    for got, values in ((one, [10.0, np.nan]), (two, [10.0, np.nan])):
        assert not any(name.startswith("before_") for name in got.facts())
        np.testing.assert_array_equal(got.table["benefit_before"], values)


def test_least_first() -> None:
    """Sum 12 with a least of 1, or sum 8 with a least of 4."""
    benefit = pd.DataFrame({"r": [11.0, 4.0], "s": [4.0, 1.0]}, index=["A", "B"])
    assert pairing(benefit, ONE).facts()["benefit"] == 12.0
    fair = pairing(benefit, ONE, options=PairingOptions(goal="least")).facts()
    assert (fair["least_benefit"], fair["benefit"]) == (4.0, 8.0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 100_000), st.integers(1, 7))
def test_brute_force_with_everything(seed: int, n: int) -> None:
    """Whole numbers: the objective has no rounding."""
    rng = np.random.default_rng(seed)
    donors, recipients = list("ABC"), [f"r{k}" for k in range(n)]
    value = rng.integers(0, 20, (3, n)).astype(float)
    value[rng.random((3, n)) < 0.15] = np.nan
    cost = pd.DataFrame(rng.integers(0, 5, (3, n)).astype(float), index=donors, columns=recipients)
    carry = pd.DataFrame({"capacity": rng.integers(0, 5, 3), "budget": [np.nan, 6.0, 8.0]}, index=donors)
    before = pd.DataFrame({"donor": rng.choice(donors, n), "recipient": recipients})
    penalty, best = 3.0, -np.inf
    for way in product(range(3), repeat=n):
        chosen = [value[i, j] for j, i in enumerate(way)]
        spent = [sum(cost.iloc[i, j] for j, k in enumerate(way) if k == i) for i in range(3)]
        held = np.bincount(way, minlength=3)
        if np.isnan(chosen).any() or (held > carry["capacity"]).any() or (spent > carry["budget"].fillna(np.inf)).any():
            continue
        ended = sum(donors[i] != d for i, d in zip(way, before["donor"], strict=True))
        best = max(best, sum(chosen) - penalty * ended)
    benefit = pd.DataFrame(value, index=donors, columns=recipients)
    options = PairingOptions(continuity=penalty)
    if best == -np.inf:
        with pytest.raises(InfeasibleError, match="cannot be served"):
            pairing(benefit, carry, cost=cost, existing=before, options=options)
        return
    got = pairing(benefit, carry, cost=cost, existing=before, options=options)
    facts = got.facts()
    assert facts["benefit"] - penalty * len(facts["pairs_ended"]) == best
    assert facts["gap"] == pytest.approx(0.0, abs=1e-5)  # tolerance of the solver
    assert got.donors.table["benefit"].sum() == facts["benefit"]
    assert (got.donors.table["spent"] <= got.donors.table["budget"].fillna(np.inf)).all()


def test_who_cannot_be_served_and_why() -> None:
    benefit = pd.DataFrame(
        {"island": [np.nan, np.nan], "dear": [1.0, np.nan], "r": [1.0, 1.0], "s": [1.0, 1.0], "t": [1.0, 1.0]},
        index=["A", "B"],
    )
    cost = pd.DataFrame(0.0, index=benefit.index, columns=benefit.columns)
    cost.loc["A", "dear"] = 9.0
    carry = pd.DataFrame({"capacity": [1, 1], "budget": [5.0, np.nan]}, index=["A", "B"])
    with pytest.raises(InfeasibleError) as caught:
        pairing(benefit, carry, cost=cost)
    for text in ("3 of 5", "no holder is allowed: island", "no money: dear", "crowded out", "at most 2 of 5"):
        assert text in str(caught.value)
    most = pairing(benefit, carry, cost=cost, options=PairingOptions(serve="most"))
    assert most.facts()["served"] == 2
    assert most.table.set_index("recipient")["reason"]["island"] == "no holder is allowed"
    assert most.table["change"].tolist().count("new") == 2


def test_stability_by_other_preferences() -> None:
    """Recipients like whom the donors like least: the optimum of the sum is unchanged, blocking pairs are not."""
    wants = pd.DataFrame({"r": [1.0, 2.0], "s": [2.0, 1.0]}, index=["A", "B"])
    got = pairing(BENEFIT, ONE, preferences=(wants, wants))
    assert got.facts()["blocking_pairs"] == []
    assert got.facts()["stable_benefit"] == 17.0


def test_stable_matching_that_overspends_is_said() -> None:
    benefit = pd.DataFrame({"r": [5.0, 1.0], "s": [5.0, 1.0]}, index=["A", "B"])
    cost = pd.DataFrame({"r": [3.0, 0.0], "s": [3.0, 0.0]}, index=["A", "B"])
    carry = pd.DataFrame({"capacity": [2, 2], "budget": [4.0, 4.0]}, index=["A", "B"])
    facts = pairing(benefit, carry, cost=cost).facts()
    assert facts["benefit"] == 6.0
    assert facts["stable_over_budget"] == ["A"]
    assert facts["blocking_pairs"] == []  # A would like both, and cannot pay


def test_benefit_by_hand() -> None:
    need = pd.DataFrame({"health": [0.5], "school": [1.0]}, index=["r"])
    strength = pd.DataFrame({"school": [2.0, 0.0], "health": [4.0, 1.0]}, index=["A", "B"])
    times = pd.DataFrame({"r": [60.0, np.inf]}, index=["A", "B"])
    got = assistance_benefit(
        need, strength, times, decay_min=120.0, relatedness=pd.DataFrame({"r": [0.5, 0.5]}, index=["A", "B"])
    )
    assert got.loc["A", "r"] == pytest.approx(4.0 * np.exp(-0.5) * 0.5)
    got = assistance_benefit(need, strength, times, decay_min=120.0)
    assert got.loc["B", "r"] == 0.0
    with pytest.raises(InputError, match=r"decay_min .*fields differ.*times: rows differ.*need must be") as caught:
        assistance_benefit(-need, strength[["school"]], times.iloc[:1], decay_min=0.0)
    assert "r to health" in str(caught.value)


def test_relatedness_with_infinite_times() -> None:
    """inf * 0 in the caller's frame is missing, and is refused."""
    need = pd.DataFrame({"f": [1.0]}, index=["r"])
    strength = pd.DataFrame({"f": [1.0]}, index=["A"])
    times = pd.DataFrame({"r": [np.inf]}, index=["A"])
    with pytest.raises(InputError, match="relatedness must be"):
        assistance_benefit(need, strength, times, decay_min=1.0, relatedness=times * 0)


def test_everything_wrong_at_once() -> None:
    with pytest.raises(InputError) as caught:
        pairing(
            BENEFIT.replace(10.0, np.inf),
            pd.DataFrame({"capacity": [1.5, 1], "budget": [-1.0, 2.0]}, index=["A", "B"]),
            cost=BENEFIT - 5, existing=pd.DataFrame({"donor": ["Z"], "recipient": ["q"]}),
        )  # fmt: skip
    for text in ("benefit must be finite", "cost must be finite and >= 0: B to s", "whole number", "budget must be",
                 "unknown recipients: q", "unknown donors: Z"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(InputError, match="'least' speaks of everybody"):
        pairing(BENEFIT, ONE, options=PairingOptions(goal="least", serve="most"))
    with pytest.raises(InputError, match=r"donors differ.*capacity"):
        pairing(BENEFIT, pd.DataFrame({"budget": [1.0]}, index=["C"]))


def test_columns_and_no_recipient() -> None:
    for got in (pairing(BENEFIT, ONE), pairing(BENEFIT[[]], ONE), pairing(BENEFIT[["r"]], ONE)):
        for result in (got, got.donors):
            assert [c.name for c in result.describe()] == list(result.to_frame())
            assert all(c.zh and c.en for c in result.describe())
    assert pairing(BENEFIT[[]], ONE).facts()["served"] == 0
