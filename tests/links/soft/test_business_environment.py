"""Business environment: design errors by hand, composites, coverage, and everything wrong at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from megaregion.errors import InputError, SchemaError
from megaregion.links.soft.business_environment import (
    SurveyItem,
    business_environment,
    items_of,
    published_ranks,
)
from megaregion.links.soft.business_study import respondents_of

EASE = SurveyItem("ease", 1, 5)
DAYS = SurveyItem("days", 0, 60, direction=-1, weight=3.0)


def sample(seed: int = 1, places: int = 4, psus: int = 12, firms: int = 4) -> pd.DataFrame:
    """Firms in clusters in one stratum a place; a cluster shifts its firms together."""
    draw = np.random.default_rng(seed)
    rows = []
    for p in range(places):
        for c in range(psus):
            shift = draw.normal(0, 0.4)
            for _ in range(firms):
                ease = float(np.clip(2 + 0.6 * p + shift + draw.normal(0, 0.5), 1, 5))
                days = float(np.clip(40 - 8 * p - 10 * shift + draw.normal(0, 5), 0, 60))
                rows.append((f"p{p}", f"s{p}", f"c{c}", draw.uniform(1, 3), ease, days))
    return pd.DataFrame(rows, columns=["place_id", "stratum", "psu", "weight", "ease", "days"])


def test_by_hand() -> None:
    """Place a: clusters with means 2 and 4 of two firms each, b: 1 and 3. Totals of scores ±.5: 2 (2 .5²) = 1."""
    frame = pd.DataFrame({
        "place_id": ["a"] * 4 + ["b"] * 4, "stratum": ["s"] * 4 + ["t"] * 4, "psu": [1, 1, 2, 2] * 2, "weight": 1.0,
        "ease": [2.0, 2.0, 4.0, 4.0, 1.0, 1.0, 3.0, 3.0],
    })  # fmt: skip
    table = business_environment(frame, [EASE], seed=1, draws=500).to_frame().set_index("place_id")
    assert table["mean"].to_dict() == {"a": 3.0, "b": 2.0} and table["se"].tolist() == [1.0, 1.0]
    assert table["df"].tolist() == [1.0, 1.0] and table["answers"].tolist() == [4, 4]
    assert table.loc["a", "ci_high"] == pytest.approx(3.0 + 12.7062, abs=1e-3)  # t of one degree of freedom
    assert table["design_effect"].tolist() == pytest.approx([3.0, 3.0])  # 1 over (variance 1) / (4 - 1)
    assert table[["best", "worst"]].to_numpy().tolist() == [[1, 2], [1, 2]]
    half = business_environment(frame.assign(stratum_psus=4), [EASE], seed=1, draws=500).to_frame()
    assert half["se"].tolist() == pytest.approx([np.sqrt(0.5)] * 2)  # two of four clusters: 1 - f = 1/2


def test_no_point_rank_and_no_order_by_the_mean() -> None:
    table = business_environment(sample(), [EASE, DAYS], seed=1, draws=1000).to_frame()
    assert "rank" not in table and table["item"].unique().tolist() == ["ease", "days", "composite"]
    for _, part in table.groupby("item"):
        assert part["place_id"].tolist() == ["p0", "p1", "p2", "p3"]
        assert (part["best"] <= part["best_alone"]).all() and (part["worst_alone"] <= part["worst"]).all()


def test_the_composite_is_what_one_would_score_by_hand() -> None:
    """With full answers: the mean and error of (ease on 0 to 100 + 3 x (days turned round)) / 4 of each firm."""
    frame = sample()
    frame["both"] = (100 * (frame["ease"] - 1) / 4 + 3 * 100 * (60 - frame["days"]) / 60) / 4
    found = business_environment(frame, [EASE, DAYS], seed=1, draws=1000).to_frame().query("item == 'composite'")
    alone = business_environment(frame, [SurveyItem("both", 0, 100)], seed=1, draws=1000).to_frame()
    np.testing.assert_allclose(found[["mean", "se"]], alone[["mean", "se"]], rtol=1e-10)


def test_high_is_bad_turns_the_ranks_and_not_the_means() -> None:
    frame = sample()
    good, bad = (
        business_environment(frame, [replace(DAYS, direction=d)], seed=1, draws=4000, level=0.9).to_frame()
        for d in (1, -1)
    )  # fmt: skip
    assert (good["mean"] == bad["mean"]).all() and (good["se"] == bad["se"]).all()
    assert bad.loc[bad["place_id"] == "p3", "worst"].item() < good.loc[good["place_id"] == "p3", "best"].item()


def test_units_labels_and_order_of_rows_change_nothing() -> None:
    frame = sample()
    one = business_environment(frame, [EASE, DAYS], seed=5, draws=2000).to_frame()
    mixed = frame.sample(frac=1.0, random_state=3).assign(weight=lambda f: 250 * f["weight"])
    two = business_environment(mixed, [EASE, DAYS], seed=5, draws=2000).to_frame()
    pd.testing.assert_frame_equal(one, two)
    again = business_environment(
        frame.assign(ease=10 * frame["ease"]), [SurveyItem("ease", 10, 50)], seed=5, draws=2000
    )
    np.testing.assert_allclose(again.to_frame()["se"], 10 * one.query("item == 'ease'")["se"])


def test_answers_that_are_missing() -> None:
    frame = sample()
    frame.loc[frame["place_id"] == "p0", "days"] = np.nan
    frame.loc[5:9, "ease"] = np.nan
    found = business_environment(frame, [EASE, DAYS], seed=1, draws=500)
    table = found.to_frame().set_index(["item", "place_id"])
    assert table.loc[("ease", "p0"), "answers"] == 43 and np.isnan(table.loc[("days", "p0"), "mean"])
    assert np.isnan(table.loc[("composite", "p0"), "best"]) and table.loc[("composite", "p3"), "worst"] <= 3
    assert any("days has no answer in p0" in text for text in found.warnings)


def test_a_sample_without_its_design_has_no_error() -> None:
    with pytest.raises(SchemaError, match=r"lack the columns stratum, psu, weight"):
        business_environment(sample()[["place_id", "ease"]], [EASE], seed=1)
    with pytest.raises(SchemaError, match=r"lack the items speed"):
        business_environment(sample(), [SurveyItem("speed", 0, 1)], seed=1)


def test_everything_wrong_is_said_at_once() -> None:
    frame = sample().astype({"psu": object, "ease": object, "weight": object})
    frame.loc[0, "ease"], frame.loc[1, "ease"], frame.loc[2, "weight"], frame.loc[3, "psu"] = 7.0, "good", -1.0, None
    frame.loc[frame["place_id"] == "p3", "psu"] = "c0"
    frame = frame.assign(stratum_psus=np.where(frame["place_id"] == "p0", 3, 100), respondent_id="r")
    with pytest.raises(InputError) as error:
        business_environment(frame, [EASE, EASE, SurveyItem("days", 60, 0, weight=0)], seed=1, level=2)
    for text in (
        "lies off its scale 1 to 5 in row 1", "ease is no number in row 2", "weight must be above 0, not so in row 3",
        "psu is empty in 1 rows: row 4", "strata with one cluster have no error: s3", "item ease stands twice",
        "days: low must be below high", "weight above 0", "level must lie", "stratum_psus is below the clusters",
        "respondents stand twice: r",
    ):  # fmt: skip
        assert text in str(error.value), text


def test_a_place_that_one_cluster_speaks_for() -> None:
    frame = sample()
    frame.loc[(frame["place_id"] == "p1") & (frame["psu"] != "c2"), "ease"] = np.nan
    with pytest.raises(InputError, match=r"ease: answers from one cluster only in p1"):
        business_environment(frame, [EASE], seed=1)


def test_few_clusters_are_warned_of() -> None:
    found = business_environment(
        sample(psus=4).assign(psu=lambda f: f["psu"] + f["place_id"]), [EASE], seed=1, draws=200
    )
    assert any("fewer than 10 degrees of freedom" in text for text in found.warnings)
    assert not any("several strata" in text for text in found.warnings)
    assert any("several strata" in text for text in business_environment(sample(), [EASE], seed=1, draws=200).warnings)


def test_published_means() -> None:
    table = pd.DataFrame({"place_id": ["b", "a", "c"], "mean": ["1", "5", "1.2"], "se": [0.2, 0.2, 0.2]})
    found = published_ranks(table, seed=1, draws=2000)
    assert found.to_frame()[["place_id", "best", "worst"]].to_numpy().tolist() == [
        ["a", 1, 1],
        ["b", 2, 3],
        ["c", 2, 3],
    ]
    assert found.facts()["pairs_told_apart"] == 2
    low = published_ranks(table, seed=1, draws=2000, high_is_good=False).to_frame()
    assert low[["best", "worst"]].to_numpy().tolist() == [[3, 3], [1, 2], [1, 2]]
    with pytest.raises(InputError, match=r"places stand twice: a; .*for b"):
        published_ranks(pd.DataFrame({"place_id": ["a", "a", "b"], "mean": [1, 2, 3], "se": [1, 1, -1]}), seed=1)
    with pytest.raises(SchemaError, match="lack the columns se"):
        published_ranks(pd.DataFrame({"place_id": ["a"], "mean": [1]}), seed=1)


def test_items_and_long_answers() -> None:
    assert items_of({"ease": {"low": 1, "high": 5}}) == (EASE,)
    with pytest.raises(InputError, match=r"unknown key 'lo'; ease: low is lacking; .*must be a number, got 'x'"):
        items_of({"ease": {"lo": 1, "high": "x"}})
    long = pd.DataFrame([
        {"respondent_id": r, "place_id": "a", "stratum": "s", "psu": r, "weight": 1.0, "item": i, "value": v}
        for r, i, v in (("1", "x", 1.0), ("1", "y", 2.0), ("2", "x", 3.0))
    ])  # fmt: skip
    wide = respondents_of(long)
    assert wide["x"].tolist() == [1.0, 3.0] and wide["y"].isna().tolist() == [False, True]
    long.loc[1, "weight"] = 2.0
    with pytest.raises(InputError, match="rows of a respondent differ in weight of 1"):
        respondents_of(long)


def test_official_survey_of_firms_by_metropolitan_area() -> None:
    """Between what a plain Bonferroni correction tells apart and what pairs tell apart one at a time; Census Bureau."""
    table = pd.read_csv(Path(__file__).parents[3] / "docs" / "howto" / "btos_ai_use_2026.csv")
    assert len(table) == 25 and table["place_id"].is_unique and table["cbsa"].is_unique
    x, e = table["mean"].to_numpy(float), table["se"].to_numpy(float)
    z = np.abs(x[:, None] - x) / np.hypot(e[:, None], e)
    pairs = z[np.triu_indices(25, 1)]
    found = published_ranks(table, seed=1, draws=4000)
    apart = found.facts()["pairs_told_apart"]
    assert (pairs > norm.ppf(1 - 0.025 / 300)).sum() <= apart < (pairs > norm.ppf(0.975)).sum()
    rows = found.to_frame().set_index("place_id")
    assert (
        rows["mean"].idxmax() == "San Diego" and rows.loc["San Diego", "worst"] > 12
    )  # first, and perhaps in the last half
    assert rows.loc["Chicago", "best"] > 12 and "independent" in found.warnings[0]
