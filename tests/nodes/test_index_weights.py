"""Rules of weights inside a tree, their guards and refusals."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.nodes.index_tables_by_hand import leaf, made, tree, values

from megaregion.core.objective_weights import capped, critic_weights, entropy_weights
from megaregion.errors import InputError
from megaregion.nodes.index_tables import scores_table, weights_table
from megaregion.nodes.index_weights import column_weights


def whole(got: Any) -> pd.Series:
    frame = weights_table(got).to_frame().dropna(subset=["weight_in_index"])
    return frame.set_index("child")["weight_in_index"]


def test_equal_weights_disregard_stated_ones() -> None:
    which = tree(
        {"a": [leaf("a1", weight=9.0), leaf("a2")], "b": [leaf("b1")]}, {"a": {"weight": 5.0}}, weights="equal"
    )
    got = whole(made(which=which))
    assert got.to_dict() == pytest.approx({"a1": 0.25, "a2": 0.25, "b1": 0.5})


def test_critic_weighs_all_indicators_together_and_pillars_by_their_sums() -> None:
    x = values()
    got = whole(made(x, tree(weights="critic")))
    np.testing.assert_allclose(got[list(x.columns)], critic_weights(x.to_numpy()), rtol=1e-12)


def test_linear_index_with_entropy_weights_is_the_flat_one() -> None:
    x = values()
    w = entropy_weights(x.to_numpy())
    assert (w <= 0.4).all()  # the cap of 2 / 5 binds nowhere
    got = made(x, tree(weights="entropy", aggregation="arithmetic"))
    np.testing.assert_allclose(got.scores["score"], x.to_numpy() @ w)


def test_entropy_weights_are_capped_at_two_over_the_number_of_indicators() -> None:
    x = values().assign(a1=[1e-4] * 7 + [0.9])
    raw = entropy_weights(x.to_numpy())
    assert raw[0] > 0.4
    np.testing.assert_allclose(whole(made(x, tree(weights="entropy")))[list(x.columns)], capped(raw, 0.4))
    np.testing.assert_allclose(whole(made(x, tree(weights="entropy", cap=1.0)))[list(x.columns)], raw)
    with pytest.raises(InputError, match="cap must be at least 1 / 5"):
        made(x, tree(weights="entropy", cap=0.1))


def test_margin_is_no_shift_of_the_entropy() -> None:
    x = values()
    np.testing.assert_allclose(
        whole(made(x, tree(weights="entropy", delta=0.1)))[list(x.columns)], entropy_weights(x.to_numpy())
    )


def test_negative_values_under_entropy_are_refused_with_their_places() -> None:
    with pytest.raises(InputError, match=r"negative in a1: p\d") as caught:
        made(which=tree(weights="entropy", normalisation="z", aggregation="arithmetic"))
    assert "none is added" in str(caught.value)


@pytest.mark.parametrize("rule", ["entropy", "critic", "pca"])
def test_one_place_has_no_weights_of_its_own(rule: str) -> None:
    with pytest.raises(InputError, match="at least two places, there is 1"):
        made(values(n=1), tree(weights=rule, constant="keep"))


@pytest.mark.parametrize("rule", ["critic", "pca"])
def test_constant_columns_are_named(rule: str) -> None:
    with pytest.raises(InputError, match="constant columns a1"):
        made(values().assign(a1=0.3), tree(weights=rule, constant="keep"))


def test_columns_of_zeros_and_only_constants_under_entropy() -> None:
    with pytest.raises(InputError, match="columns of zeros b"):
        column_weights(pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 0.0]}), "entropy")
    with pytest.raises(InputError, match="every column is constant"):
        column_weights(pd.DataFrame({"a": [1.0, 1.0], "b": [2.0, 2.0]}), "entropy")


@pytest.mark.parametrize("rule", ["given", "equal", "entropy", "critic", "pca"])
def test_comparison_with_equal_weights_is_printed(rule: str) -> None:
    facts = scores_table(made(which=tree(weights=rule))).facts()
    assert facts["rule"] == rule
    assert -1 <= facts["spearman_with_equal_weights"] <= 1
    if rule in ("given", "equal"):
        assert (facts["spearman_with_equal_weights"], facts["largest_move"]) == (1.0, 0)


def judged(matrix: list[list[float]], **head: Any) -> Any:
    third = [[1.0, 1.0], [1.0, 1.0]]
    keys = {"a": {"comparison": matrix}, "b": {"comparison": third}}
    return made(which=tree(keys=keys, weights="ahp", comparison=[[1.0, 3.0], [1 / 3, 1.0]], **head))


def test_comparisons_weigh_every_branch() -> None:
    got = judged([[1.0, 2.0, 4.0], [0.5, 1.0, 2.0], [0.25, 0.5, 1.0]])
    want = {"a1": 0.75 * 4 / 7, "a2": 0.75 * 2 / 7, "a3": 0.75 / 7, "b1": 0.125, "b2": 0.125}
    assert whole(got).to_dict() == pytest.approx(want)
    assert any("consistency ratio 0.0000" in step.done for step in got.steps)


def test_inconsistent_comparisons_are_refused_unless_told() -> None:
    """a12 = 9, a23 = 9 and a13 = 1: lambda = 1 + 81^(1/3) + 81^(-1/3) = 5.56, ratio 2.2."""
    circle = [[1.0, 9.0, 1.0], [1 / 9, 1.0, 9.0], [1.0, 1 / 9, 1.0]]
    with pytest.raises(InputError, match=r"pillar a: consistency ratio 2\.2\d\d is above 0\.1"):
        judged(circle)
    told = judged(circle, tolerate_inconsistency=True)
    assert any("consistency ratio 2.2" in text for text in told.warnings)


def test_lacking_and_misshapen_comparisons_are_listed_together() -> None:
    which = tree(keys={"a": {"comparison": [[1.0, 1.0], [1.0, 1.0]]}}, weights="ahp")
    with pytest.raises(InputError) as caught:
        made(which=which)
    text = str(caught.value)
    for part in ("pillar a: comparison must have a row for every child", "pillar b: comparison is missing",
                 "[index]: comparison is missing, it has 2 children: a, b"):  # fmt: skip
        assert part in text


def test_comparison_of_what_is_left_when_an_indicator_has_no_data() -> None:
    matrix = [[1.0, 2.0, 4.0], [0.5, 1.0, 2.0], [0.25, 0.5, 1.0]]
    keys = {"a": {"comparison": matrix}, "b": {"comparison": [[1.0, 1.0], [1.0, 1.0]]}}
    which = tree(keys=keys, weights="ahp", comparison=[[1.0, 1.0], [1.0, 1.0]])
    got = whole(made(values().drop(columns="a2"), which))
    assert got["a1"] / got["a3"] == pytest.approx(4.0)


def test_stated_weights_are_logged_with_what_they_were_divided_by() -> None:
    which = tree({"a": [leaf("a1", weight=30.0), leaf("a2", weight=45.0)], "b": [leaf("b1")]})
    log = [step.done for step in made(which=which).steps if step.subject == "weights"]
    assert log == ["as stated in the tree; relative, divided by their sums: a 75, b 1, score 2"]
