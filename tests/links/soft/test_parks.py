"""Partners for joint parks: scores, matching, prices."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.parks import ScoreWeights, park_partners, park_scores

SCORES = pd.DataFrame({"h": [10.0, 9.0], "k": [8.0, 1.0]}, index=["a", "b"])


def test_score_by_hand() -> None:
    """.5 + 2 ln(8/2) + ln(3/1) - 3 x 1.5 h."""
    fit = pd.DataFrame({"h": [0.5]}, index=["a"])
    land, wage = pd.Series({"a": 8.0, "h": 2.0}), pd.Series({"h": 1.0, "a": 3.0})
    got = park_scores(fit, land, wage, fit * 0 + 90.0, weights=ScoreWeights(land=2.0, hour=3.0))
    assert got.loc["a", "h"] == pytest.approx(0.5 + 2 * np.log(4) + np.log(3) - 4.5)


def test_no_park_at_home_and_none_out_of_reach() -> None:
    fit = pd.DataFrame(1.0, index=["a", "b"], columns=["a", "b"])
    price = pd.Series({"a": 1.0, "b": 1.0})
    times = pd.DataFrame([[0.0, np.inf], [60.0, 0.0]], index=["a", "b"], columns=["a", "b"])
    got = park_scores(fit, price, price, times).to_numpy()
    assert np.isnan(got).tolist() == [[True, True], [False, True]]
    assert got[1, 0] == 0.0


def test_scores_are_refused_with_everything_wrong() -> None:
    fit = pd.DataFrame({"h": [0.5]}, index=["a"])
    with pytest.raises(InputError) as caught:
        park_scores(fit, pd.Series({"a": -1.0, "h": 1.0}), pd.Series({"a": 1.0}), fit, weights=ScoreWeights(hour=-1))
    for text in ("weight hour", "land_price must be > 0 and finite: a", "wage is missing for h"):
        assert text in str(caught.value)
    with pytest.raises(MissingDataError, match="times lacks a"):
        park_scores(fit, pd.Series({"a": 1.0, "h": 1.0}), pd.Series({"a": 1.0, "h": 1.0}), fit.rename({"a": "z"}))


def test_sum_against_stable() -> None:
    best = park_partners(SCORES)
    assert best.table["host"].tolist() == ["k", "h"]
    assert best.table["other_host"].tolist() == ["h", "k"]
    facts = best.facts()
    assert (facts["score"], facts["bound"]) == (17.0, pytest.approx(17.0))
    assert facts["blocking_pairs"] == [{"origin": "a", "host": "h"}]
    stable = park_partners(SCORES, method="stable").facts()
    assert (stable["score"], stable["largest_score"], stable["blocking_pairs"]) == (11.0, 17.0, [])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 100_000), st.integers(1, 5), st.integers(1, 4))
def test_brute_force_and_dual_bound(seed: int, n: int, m: int) -> None:
    """Whole numbers; bound to the solver's tolerance; complementary slackness: pairs formed are worth their prices."""
    rng = np.random.default_rng(seed)
    value = rng.integers(-4, 10, (n, m)).astype(float)
    value[rng.random((n, m)) < 0.2] = np.nan
    scores = pd.DataFrame(value, index=[f"a{k}" for k in range(n)], columns=[f"h{k}" for k in range(m)])
    room = pd.Series(rng.integers(0, 3, m), index=scores.columns)
    best = 0.0
    for way in product(range(-1, m), repeat=n):
        held = np.bincount([j for j in way if j >= 0], minlength=m)
        got = sum(value[i, j] for i, j in enumerate(way) if j >= 0)
        if (held <= room.to_numpy()).all() and not np.isnan(got):
            best = max(best, float(got))
    found = park_partners(scores, capacity=room)
    assert found.facts()["score"] == best
    assert found.facts()["bound"] == pytest.approx(best, abs=1e-6)
    price = found.facts()["host_prices"]
    for row in found.table.to_dict("records"):
        if row["host"]:
            assert row["price"] + price[row["host"]] == pytest.approx(row["score"], abs=1e-6)


def test_least_score_and_columns() -> None:
    got = park_partners(SCORES, least=9.5)
    assert got.facts()["alone"] == ["b"]
    assert any("no park for b" in text for text in got.warnings)
    for result in (got, park_partners(SCORES[[]]), park_partners(SCORES.iloc[:0])):
        assert [c.name for c in result.describe()] == list(result.to_frame())
        assert all(c.zh and c.en for c in result.describe())


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"method must be.*least must be.*scores must be finite.*capacity"):
        park_partners(SCORES.replace(9.0, np.inf), method="x", least=-1.0, capacity=pd.Series({"h": 1}))  # type: ignore[arg-type]
