"""Village typology: rules, probabilities, and nothing forced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError
from megaregion.mechanisms.village_rules import (
    AGGLOMERATION,
    CLASSES,
    PROTECTION,
    RELOCATION,
    SUBURBAN,
    UNDECIDED,
    VillageRule,
    assign,
    code,
    rules,
)
from megaregion.mechanisms.villages import classify_villages

FEATURES = ("people", "distance")


def _villages(n: int = 400, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Villages of three classes that follow their features by a known law; the true probabilities beside."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    z = 2.0 * np.column_stack([x[:, 0], -x[:, 1], x[:, 1] - x[:, 0]])
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    label = (p.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1)
    names = np.array([AGGLOMERATION, SUBURBAN, RELOCATION], dtype=object)[label]
    frame = pd.DataFrame({"people": x[:, 0], "distance": x[:, 1], "label": names}, [f"v{i:04d}" for i in range(n)])
    return frame, p


def _types(villages: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return classify_villages(villages, seed=1, **options)["village_types"].to_frame().set_index("village_id")


def test_rules_by_hand() -> None:
    villages = pd.DataFrame(
        {
            "protected": [True, False, False, False, None], "hazard": [False, True, False, False, False],
            "inside_boundary": [False, False, True, False, False], "minutes_to_centre": [90.0, 90, 90, 30.0, 30.01],
        },
        index=list("abcde"),
    )  # fmt: skip
    got = _types(villages)
    assert got["class"].tolist() == [PROTECTION, RELOCATION, SUBURBAN, SUBURBAN, UNDECIDED]
    assert got["rule"].tolist() == ["protected-list", "hazard", "inside-growth-boundary", "near-centre", ""]
    assert got["basis"].tolist() == ["rule"] * 4 + ["none"]
    assert got["unknown"].tolist() == [""] * 4 + ["protected-list"]


def test_relocation_is_never_more_than_a_candidate() -> None:
    """Wherever the word stands in what a reader sees, consent stands beside it."""
    villages = pd.DataFrame({"hazard": [True], "label": ["搬迁撤并"], "official": ["搬迁撤并类"]}, ["a"])
    out = classify_villages(villages, seed=1)
    for result in out.values():
        cells = [str(v) for v in result.to_frame().astype(object).to_numpy().ravel()]
        for text in [*cells, *(c.en for c in result.describe())]:
            assert "elocation" not in text or ("candidate" in text and "consent" in text)
        for text in [*cells, *(c.zh for c in result.describe())]:
            assert "搬迁" not in text or ("候选" in text and "同意" in text)
    assert code("relocation") == code("搬迁撤并类") == RELOCATION
    assert any("consent" in w for w in out["village_types"].warnings)


def test_a_village_in_two_classes_is_an_error_that_lists_it() -> None:
    villages = pd.DataFrame({"protected": [True, True], "hazard": [True, False]}, ["a", "b"])
    with pytest.raises(InputError, match=r"1 villages .* a \(protected-list: .*, hazard: relocation candidate"):
        classify_villages(villages, seed=1)
    with pytest.raises(InputError, match="two classes by rule"):
        classify_villages(villages, seed=1, precedence=[SUBURBAN])
    got = _types(villages, precedence=[PROTECTION, RELOCATION])
    assert (got.loc["a", "class"], got.loc["a", "overruled"], got.loc["b", "overruled"]) == (PROTECTION, "hazard", "")


def test_two_rules_of_one_class_are_no_dispute() -> None:
    villages = pd.DataFrame({"inside_boundary": [True], "minutes_to_centre": [5.0]}, ["a"])
    assert _types(villages).loc["a", "rule"] == "inside-growth-boundary;near-centre"


def test_without_labels_nothing_is_forced() -> None:
    frame, _ = _villages(50)
    out = classify_villages(frame.drop(columns="label"), features=FEATURES, seed=1)
    assert (out["village_types"].to_frame()["class"] == UNDECIDED).all()
    assert out["village_reliability"].to_frame().empty and out["village_agreement"].to_frame().empty
    assert any("10 labels in each of two classes" in w for w in out["village_types"].warnings)
    assert _types(frame)["class"].eq(UNDECIDED).all()  # no features


def test_probabilities_are_those_of_the_law() -> None:
    """2,000 labels of a logistic law: the mean error of a probability falls with 1/sqrt(n), here about 0.02."""
    frame, p = _villages(2000)
    got = _types(frame, features=FEATURES)
    columns = ["p_agglomeration", "p_suburban", "p_relocation"]
    assert np.abs(got[columns].to_numpy() - p).mean() < 0.03
    assert (got["p_protection"] == 0.0).all()
    np.testing.assert_allclose(got[[*columns, "p_protection"]].sum(axis=1), 1.0)
    np.testing.assert_array_equal(got["probability"], got[columns].max(axis=1))


def test_reliability_of_the_stated_probabilities() -> None:
    """Share that came true within four binomial errors and 0.05 of what was stated, in every bin."""
    frame, p = _villages(2000)
    result = classify_villages(frame, features=FEATURES, seed=1)["village_reliability"]
    table = result.to_frame()
    allowed = 4 * np.sqrt(table["stated"] * (1 - table["stated"]) / table["villages"]) + 0.05
    assert (np.abs(table["stated"] - table["observed"]) <= allowed).all()
    facts = result.facts()
    hit = np.eye(3)[[[AGGLOMERATION, SUBURBAN, RELOCATION].index(v) for v in frame["label"]]]
    assert facts["brier"] == pytest.approx(((p - hit) ** 2).sum(axis=1).mean(), abs=0.02)
    assert facts["ece"] < 0.05


def test_threshold_decides_who_stays_undecided() -> None:
    frame, _ = _villages()
    low, high = (_types(frame, features=FEATURES, threshold=t) for t in (0.5, 0.9))
    assert (low["probability"] == high["probability"]).all()
    for got, t in ((low, 0.5), (high, 0.9)):
        np.testing.assert_array_equal(got["class"] != UNDECIDED, got["probability"] >= t)
    assert 0 < (high["class"] != UNDECIDED).sum() < (low["class"] != UNDECIDED).sum()


def test_the_own_label_is_not_echoed() -> None:
    """Labels of pure chance: agreement with them is none, although the villages were learnt from."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(300, 2)), [f"v{i:03d}" for i in range(300)], columns=list(FEATURES))
    frame["label"] = frame["official"] = rng.choice([AGGLOMERATION, SUBURBAN], 300)
    out = classify_villages(frame, features=FEATURES, threshold=0.01, seed=1)
    row = out["village_agreement"].to_frame().set_index("class").loc["all"]
    assert row["low"] < 0.0 < row["high"] or row["kappa"] < 0
    assert row["villages"] == 300


def test_agreement_by_hand() -> None:
    villages = pd.DataFrame(
        {
            "protected": [True] * 25 + [False] * 25, "inside_boundary": [False] * 25 + [True] * 25,
            "official": ["特色保护"] * 20 + ["suburban"] * 5 + ["protection"] * 10 + ["城郊融合类"] * 15,
        },
        index=[f"v{i:02d}" for i in range(50)],
    )  # fmt: skip
    table = classify_villages(villages, seed=1)["village_agreement"].to_frame().set_index("class")
    assert table.loc["all", "kappa"] == pytest.approx(0.4)
    assert table.loc["all", "both"] == 35
    assert table.loc[PROTECTION, ["ours", "official", "both"]].tolist() == [25, 30, 20]
    assert np.isnan(table.loc[RELOCATION, "kappa"])


def test_limits_that_no_village_can_meet_are_refused() -> None:
    with pytest.raises(InputError, match=r"minutes must be above 0, got -5; population_loss_percent .* got 250"):
        rules(minutes=-5, population_loss_percent=250)


def test_a_class_that_one_side_never_gives_has_no_interval() -> None:
    """Nobody is suburban on the list: kappa of that class is 0 whatever the villages are, and no error can be told."""
    villages = pd.DataFrame({"protected": [True, True, False], "inside_boundary": [False, False, True],
                             "official": ["特色保护", "特色保护", "特色保护"]}, index=["a", "b", "c"])  # fmt: skip
    found = classify_villages(villages, seed=1)["village_agreement"]
    row = found.to_frame().set_index("class").loc[SUBURBAN]
    assert row["kappa"] == 0.0 and row[["se", "low", "high"]].isna().all()
    assert "only 3 villages are compared: kappa and its interval are rough" in found.warnings


def test_missing_features_and_rare_labels_are_said() -> None:
    frame, _ = _villages()
    frame.loc["v0000", "people"] = np.nan
    frame.loc[frame.index[1:4], "label"] = PROTECTION
    out = classify_villages(frame, features=FEATURES, seed=1)["village_types"]
    got = out.to_frame().set_index("village_id")
    assert got.loc["v0000", ["class", "reason"]].tolist() == [UNDECIDED, "features missing: people"]
    assert any("1 labelled villages lack a feature" in w for w in out.warnings)
    assert any(w == f"too few labels, so nobody is given it by probability: {PROTECTION}" for w in out.warnings)


def test_shares_stand_beside_the_published_ones() -> None:
    villages = pd.DataFrame({"protected": [True] * 3 + [None], "hazard": [None] * 4}, list("abcd"))
    table = classify_villages(villages, seed=1)["village_shares"].to_frame().set_index("class")
    assert table.loc[PROTECTION, ["share", "share_decided"]].tolist() == [75.0, 100.0]
    assert table.loc[AGGLOMERATION, ["published_low", "published_high"]].tolist() == [35.0, 45.0]
    assert "outside" in table.loc[PROTECTION, "note"]
    assert table["villages"].sum() == 4


def test_order_of_the_rows_does_not_matter_and_the_columns_are_described() -> None:
    frame, _ = _villages(120)
    frame["official"] = frame["label"]
    one = classify_villages(frame, features=FEATURES, seed=1)
    two = classify_villages(frame.sample(frac=1, random_state=1), features=FEATURES, seed=1)
    for name, result in one.items():
        pd.testing.assert_frame_equal(result.to_frame(), two[name].to_frame())
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]


def test_units_of_the_features_do_not_matter() -> None:
    frame, _ = _villages(120)
    other = frame.assign(people=frame["people"] * 1000 + 5)
    a, b = (_types(f, features=FEATURES)["probability"] for f in (frame, other))
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_population_loss_is_a_rule_only_where_a_limit_is_declared() -> None:
    villages = pd.DataFrame({"population_loss_percent": [60.0]}, ["a"])
    assert _types(villages).loc["a", "class"] == UNDECIDED
    assert _types(villages, chosen=rules(population_loss_percent=50.0)).loc["a", "class"] == RELOCATION


@pytest.mark.parametrize(
    ("change", "options", "text"),
    [
        ({"label": "town"}, {}, "villages.label holds 'town', none of the classes, in v0000"),
        ({"people": "many"}, {"features": FEATURES}, "villages.people is no finite number"),
        ({}, {"features": ("ghost",)}, "villages lack the features ghost"),
        ({}, {"threshold": 0.0}, "threshold must be"),
        ({"minutes_to_centre": -3.0}, {}, "villages.minutes_to_centre is below 0 minutes for v0000"),
        ({"population_loss_percent": 140.0}, {}, "is a loss of more than all people for v0000"),
        ({"hazard": "perhaps"}, {}, "villages.hazard must be true or false"),
        ({}, {"precedence": ["town"]}, "precedence: 'town' is none of"),
        ({}, {"chosen": [VillageRule("x", "town", "hazard")]}, "rule x: 'town' is none of"),
        ({}, {"chosen": [VillageRule("x", SUBURBAN, "people", "at-most")]}, "does not go with the limit None"),
        ({}, {"chosen": [VillageRule("x", SUBURBAN, "people")] * 2}, "rule x is given twice"),
    ],
)
def test_bad_input(change: dict[str, Any], options: dict[str, Any], text: str) -> None:
    frame, _ = _villages(5)
    with pytest.raises(InputError, match=text):
        classify_villages(frame.assign(**change), seed=1, **options)


def test_empty_and_repeated_villages() -> None:
    with pytest.raises(InputError, match="there is no village"):
        classify_villages(pd.DataFrame(), seed=1)
    with pytest.raises(InputError, match="repeats a"):
        classify_villages(pd.DataFrame({"hazard": [True, True]}, ["a", "a"]), seed=1)


def test_one_village_and_text_cells() -> None:
    """Cells as a table of text gives them; one village is enough for the rules."""
    frame = pd.DataFrame({"hazard": [1.0], "minutes_to_centre": ["45"]}, ["a"])
    made = assign(frame, rules())
    assert made.village_class.tolist() == [RELOCATION]
    assert len(made.warnings) == len(rules()) - 2
    assert set(CLASSES) == {AGGLOMERATION, SUBURBAN, PROTECTION, RELOCATION}
