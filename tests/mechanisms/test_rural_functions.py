"""Rural functions: scores, bundles, trade-offs, need for restructuring."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from megaregion.core.agreement_kappa import adjusted_rand
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.rural_functions import RuralIndicator, rural_functions

CHOSEN = (
    RuralIndicator("grain", "production", 0, 10),
    RuralIndicator("toilets", "living", 0, 100),
    RuralIndicator("dust", "ecology", 20, 80, more_is_better=False),
    RuralIndicator("temples", "culture", 0, 5),
)
FAST: dict[str, Any] = {"seed": 1, "bootstrap": 10, "permutations": 99}


def _units(n: int = 60, seed: int = 1) -> pd.DataFrame:
    """Two kinds of units: fields (much grain, dusty) and woods (little grain, clean)."""
    rng = np.random.default_rng(seed)
    field = np.arange(n) % 2 == 0
    return pd.DataFrame(
        {
            "grain": np.where(field, 8.0, 2.0) + rng.normal(0, 0.3, n), "toilets": rng.uniform(30, 70, n),
            "dust": np.where(field, 70.0, 30.0) + rng.normal(0, 2, n), "temples": rng.uniform(1, 4, n),
        },
        index=[f"u{i:03d}" for i in range(n)],
    )  # fmt: skip


def test_scores_by_hand() -> None:
    """dust 50 lies half-way and less is better; 120 toilets are cut to 100."""
    frame = pd.DataFrame({"grain": [5.0], "yield": [2.0], "toilets": [120.0], "dust": [35.0]}, ["a"])
    chosen = (*CHOSEN[:3], RuralIndicator("yield", "production", 0, 4, weight=3.0))
    out = rural_functions(frame, chosen, seed=1)["rural_functions"]
    row = out.to_frame().iloc[0]
    assert row[["production", "living", "ecology"]].tolist() == pytest.approx([0.5, 1.0, 0.75])
    assert np.isnan(row["culture"])
    assert (row["dominant"], row["margin"], row["restructuring"]) == ("living", 0.25, "unknown")
    assert any("no indicator stands for culture" in w for w in out.warnings)
    assert any("1 values lie beyond" in w for w in out.warnings)


def test_need_for_restructuring_by_hand() -> None:
    frame = pd.DataFrame({"grain": [9.0, 9.0, 9.0, 5.0], "toilets": [50.0, 50.0, 50.0, 51.0]}, list("abcd"))
    use = pd.Series(["production", "living", None, "production"], list("abcd"))
    got = rural_functions(frame, CHOSEN[:2], seed=1, current_use=use)["rural_functions"].to_frame()
    assert got["restructuring"].tolist() == ["no", "yes", "unknown", "unknown"]
    assert got["dominant"].tolist() == ["production"] * 3 + ["none"]  # a lead of 0.01 is none
    assert got["gap"].iloc[:2].tolist() == pytest.approx([0.0, 0.4]) and np.isnan(got["gap"].iloc[2])
    tie = rural_functions(frame.assign(grain=5.0, toilets=50.0), CHOSEN[:2], seed=1, least_margin=0.0)
    assert (tie["rural_functions"].to_frame()["dominant"] == "none").all()


@pytest.mark.parametrize("method", ["mixture", "kmeans"])
def test_planted_bundles_are_found_and_stable(method: str) -> None:
    frame = _units()
    out = rural_functions(frame, CHOSEN, method=method, **FAST)  # type: ignore[arg-type]
    table = out["rural_functions"].to_frame()
    assert adjusted_rand(pd.factorize(table["bundle"])[0], np.arange(60) % 2) == 1.0
    choice = out["rural_bundle_choice"].to_frame()
    best = choice[choice["chosen"] == "yes"]
    assert len(best) == 1 and best["bundles"].iloc[0] == 2
    assert best["stability"].iloc[0] > 0.95
    bundles = out["rural_bundles"].to_frame().set_index("bundle")
    assert ["production" in s for s in bundles["strong"]] == ["ecology" not in s for s in bundles["strong"]]
    assert bundles["units"].sum() == 60


def test_chance_has_one_bundle() -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal([5, 50, 50, 2.5], [1, 8, 6, 0.4], (200, 4)), [f"u{i:03d}" for i in range(200)],
                         columns=["grain", "toilets", "dust", "temples"])  # fmt: skip
    out = rural_functions(frame, CHOSEN, **FAST)
    assert out["rural_bundles"].to_frame()["bundle"].tolist() == ["B1"]
    assert any("one bundle" in w for w in out["rural_bundle_choice"].warnings)


def test_tradeoffs_are_rank_correlations() -> None:
    frame = _units()
    table = rural_functions(frame, CHOSEN, **FAST)["rural_tradeoffs"].to_frame().set_index(["first", "second"])
    for (first, second), a, b in (
        (("production", "ecology"), "grain", "dust"), (("production", "living"), "grain", "toilets"),
    ):  # fmt: skip
        sign = -1 if b == "dust" else 1
        want = sign * spearmanr(frame[a], frame[b]).statistic
        assert table.loc[(first, second), "spearman"] == pytest.approx(want)
    strong = table.loc[("production", "ecology")]
    assert (strong["p"], strong["reading"]) == (0.01, "trade-off")  # 1 / (99 + 1): none of 99 reaches it
    assert (table["q"] >= table["p"]).all()


def test_permutation_p_of_unrelated_functions_is_uniform() -> None:
    """120 p values of three unrelated pairs in 40 worlds: the mean of a uniform errs by sqrt(1/12/120) = 0.026."""
    p = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.uniform(0, 1, (12, 3)) * [10, 100, 5], [f"u{i:02d}" for i in range(12)],
                             columns=["grain", "toilets", "temples"])  # fmt: skip
        out = rural_functions(frame, (CHOSEN[0], CHOSEN[1], CHOSEN[3]), seed=seed, bootstrap=0, permutations=99)
        p += out["rural_tradeoffs"].to_frame()["p"].tolist()
    assert abs(np.mean(p) - 0.505) < 4 * np.sqrt(1 / 12 / 120)
    assert np.mean(np.array(p) <= 0.1) < 0.1 + 4 * np.sqrt(0.09 / 120)


def test_order_units_and_names() -> None:
    frame = _units(40)
    base = rural_functions(frame, CHOSEN, **FAST)
    shuffled = rural_functions(frame.sample(frac=1, random_state=2), CHOSEN[::-1], **FAST)
    metres = [RuralIndicator("grain", "production", 0, 10_000), *CHOSEN[1:]]
    scaled = rural_functions(frame.assign(grain=frame["grain"] * 1000), metres, **FAST)
    for name, result in base.items():
        pd.testing.assert_frame_equal(result.to_frame(), shuffled[name].to_frame())
        pd.testing.assert_frame_equal(result.to_frame(), scaled[name].to_frame())
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]


def test_few_units_and_no_variation_are_said() -> None:
    few = rural_functions(_units(6), CHOSEN, **FAST)
    for name in ("rural_bundles", "rural_bundle_choice", "rural_tradeoffs"):
        assert few[name].to_frame().empty and few[name].warnings
    same = _units(30)
    same[:] = same.iloc[0].to_numpy()
    for method in ("mixture", "kmeans"):
        flat = rural_functions(same, CHOSEN, method=method, **FAST)  # type: ignore[arg-type]
        assert (flat["rural_tradeoffs"].to_frame()["reading"] == "no variation").all()
        assert flat["rural_bundles"].to_frame()["bundle"].isin(["B1"]).all()


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ((), "0 indicators"),
        ((RuralIndicator("ghost", "production", 0, 1),), "ghost is not among the columns"),
        ((RuralIndicator("grain", "beauty", 0, 1),), "'beauty' is none of"),
        ((RuralIndicator("grain", "production", 1, 1),), "goalposts must be finite"),
        ((RuralIndicator("grain", "production", 0, np.inf),), "goalposts must be finite"),
        ((CHOSEN[0], CHOSEN[0]), "grain is named twice"),
    ],
)
def test_bad_choice(chosen: tuple[RuralIndicator, ...], text: str) -> None:
    with pytest.raises(InputError, match=text):
        rural_functions(_units(), chosen, seed=1)


def test_bad_units() -> None:
    frame = _units()
    with pytest.raises(InputError, match="0 units"):
        rural_functions(frame.iloc[:0], CHOSEN, seed=1)
    with pytest.raises(InputError, match="repeat the units u000"):
        rural_functions(pd.concat([frame, frame.iloc[:1]]), CHOSEN, seed=1)
    with pytest.raises(MissingDataError, match="grain is missing for u003"):
        rural_functions(frame.drop(index="u003").reindex(frame.index), CHOSEN, seed=1)
    with pytest.raises(InputError, match="current_use is none of"):
        rural_functions(frame, CHOSEN, seed=1, current_use=pd.Series(["golf"], ["u000"]))
    with pytest.raises(InputError, match="names unknown ones: x"):
        rural_functions(frame, CHOSEN, seed=1, current_use=pd.Series(["living"], ["x"]))
