"""Which choice moves which place: closed cases, one change at a time, what is left out."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.nodes.index_tables_by_hand import leaf, made, tree, values

from megaregion.core.aggregate import ranks
from megaregion.errors import InputError
from megaregion.nodes.index_choices import Choices
from megaregion.nodes.index_sensitivity import SHIFT, alternatives, sensitivity


def indices(chain: Any, **options: Any) -> pd.DataFrame:
    return sensitivity(chain, **{"seed": 1, "size": 256, **options}).shares.to_frame().set_index(["output", "choice"])


def test_the_only_choice_explains_everything() -> None:
    """One factor: S = S_T = 1; four standard errors."""
    got = indices(made(), size=1024, choices=Choices(normalisation=(), outliers=(), aggregation=(), fillings=0))
    row = got.loc[(SHIFT, "weights")]
    assert abs(row["first"] - 1) < 4 * row["first_se"]
    assert abs(row["total"] - 1) < 4 * row["total_se"]


def test_a_choice_that_changes_nothing_has_no_share() -> None:
    """No indicator has a long tail, so winsorising is the same table."""
    got = indices(made(), choices=Choices(normalisation=(), aggregation=(), fillings=0))
    assert (got.xs("outliers", level="choice")["total"].dropna() == 0).all()


def test_a_place_that_never_moves_has_no_index_and_is_named() -> None:
    wide = values() * 0.5
    wide.loc["p0"] = 0.9
    found = sensitivity(made(wide), seed=1, size=64).shares
    row = found.to_frame().set_index(["output", "choice"]).loc["p0"]
    assert row[["first", "total"]].isna().all(axis=None)
    assert (row["spread"] == 0).all()
    assert "p0" in " ".join(found.warnings)


def test_failed_points_are_counted_and_the_rest_used() -> None:
    choices = Choices(normalisation=("z",), outliers=(), aggregation=("arithmetic",), fillings=0)
    found = sensitivity(made(), seed=1, size=256, choices=choices).shares
    assert found.facts()["failed"] > 0
    assert "are left out" in found.warnings[0]
    assert np.isfinite(found.to_frame().loc[lambda d: d["output"] == SHIFT, "total"]).all()


def test_places_moved_most_by_counts_every_place_that_moves() -> None:
    found = sensitivity(made(), seed=1, size=256).shares
    moving = found.to_frame().dropna(subset=["total"]).query("output != @SHIFT")["output"].nunique()
    assert sum(found.facts()["places_moved_most_by"].values()) == moving


def test_one_change_at_a_time_equals_the_index_computed_so() -> None:
    table = alternatives(made()).to_frame()
    for choice, name, head in (
        ("aggregation", "arithmetic", {"aggregation": "arithmetic"}),
        ("aggregation", "harmonic", {"aggregation": "harmonic"}),
        ("normalisation", "percentile", {"normalisation": "percentile"}),
        ("weights", "critic", {"weights": "critic"}),
        ("weights", "pca", {"weights": "pca"}),
        ("weights", "entropy", {"weights": "entropy"}),
    ):
        want = ranks(made(which=tree(**head)).scores["score"].to_numpy())
        got = table[(table["choice"] == choice) & (table["alternative"] == name)]
        np.testing.assert_array_equal(got["rank_then"], want, err_msg=name)
        np.testing.assert_array_equal(got["shift"], got["rank_then"] - got["rank"])


@pytest.mark.parametrize("name", ["a1", "b2"])
def test_leaving_an_indicator_out_equals_a_tree_without_it(name: str) -> None:
    kept = {
        p: [leaf(k) for k in names if k != name] for p, names in {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"]}.items()
    }
    want = ranks(made(which=tree(kept)).scores["score"].to_numpy())
    table = alternatives(made()).to_frame()
    got = table[(table["choice"] == "without indicator") & (table["alternative"] == name)]
    np.testing.assert_array_equal(got["rank_then"], want)


def test_leaving_a_pillar_out_equals_a_tree_without_it() -> None:
    want = ranks(made(which=tree({"b": [leaf("b1"), leaf("b2")]})).scores["score"].to_numpy())
    table = alternatives(made()).to_frame()
    got = table[(table["choice"] == "without pillar") & (table["alternative"] == "a")]
    np.testing.assert_array_equal(got["rank_then"], want)


def test_leaving_out_the_only_indicator_leaves_out_its_pillar_and_the_last_one_is_named() -> None:
    two = tree({"a": [leaf("a1")], "b": [leaf("b1")]})
    table = alternatives(made(which=two)).to_frame()
    got = table[(table["choice"] == "without indicator") & (table["alternative"] == "a1")]
    np.testing.assert_array_equal(got["rank_then"], ranks(values()["b1"].to_numpy()))
    found = alternatives(made(which=tree({"a": [leaf("a1")]})))
    assert "without indicator a1: no ranks (nothing is left)" in found.warnings
    lone = found.to_frame().query("alternative == 'a1'")
    assert lone["rank_then"].isna().all() and (lone["reason"] == "nothing is left").all()


def test_a_rule_that_cannot_be_computed_is_named_with_its_reason() -> None:
    found = alternatives(made(values().assign(a1=0.4), tree(constant="keep")))
    assert any(
        text.startswith("weights critic: no ranks (critic weights: constant columns a1") for text in found.warnings
    )


@pytest.mark.parametrize("size", [0, 3, 1000])
def test_size_must_be_a_power_of_two(size: int) -> None:
    with pytest.raises(InputError, match="power of two"):
        sensitivity(made(), seed=1, size=size)


def test_nothing_varied_is_refused() -> None:
    still = Choices(weights=False, normalisation=(), outliers=(), aggregation=(), fillings=0)
    with pytest.raises(InputError, match="nothing is varied"):
        sensitivity(made(), seed=1, choices=still)


def test_same_seed_same_table() -> None:
    pd.testing.assert_frame_equal(indices(made(), seed=3), indices(made(), seed=3))
