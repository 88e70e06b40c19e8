"""Ranks over random choices: dominance, a plain loop, draws that fail, seeds."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.nodes.index_tables_by_hand import leaf, made, tree, values

from megaregion.core.aggregate import ranks
from megaregion.errors import InputError, SolveError
from megaregion.nodes.index_choices import Choices
from megaregion.nodes.index_uncertainty import uncertainty

WEIGHTS_ONLY = Choices(normalisation=(), outliers=(), aggregation=(), fillings=0)


def frame(chain: Any, **options: Any) -> pd.DataFrame:
    return uncertainty(chain, **{"seed": 1, "draws": 500, **options}).ranks.to_frame().set_index("place_id")


def test_a_place_that_is_best_everywhere_is_first_whatever_is_chosen() -> None:
    wide = pd.DataFrame(np.linspace(0.9, 0.1, 8)[:, None] * np.ones(5), [f"p{i}" for i in range(8)],
                        ["a1", "a2", "a3", "b1", "b2"])  # fmt: skip
    got = frame(made(wide), top=(1, 3))
    assert got.loc["p0", ["rank_p05", "rank_p50", "rank_p95", "rank_mean", "top_1", "top_3"]].tolist() == [1] * 6
    assert got.loc["p7", ["rank_p05", "rank_p95", "top_3"]].tolist() == [8, 8, 0]


def test_shares_of_the_first_k_sum_to_k() -> None:
    got = frame(made(), top=(1, 5))
    assert got["top_1"].sum() == pytest.approx(1.0)
    assert got["top_5"].sum() == pytest.approx(5.0)
    assert got["rank_mean"].sum() == pytest.approx(8 * 9 / 2)


def test_weights_alone_equal_a_plain_simulation() -> None:
    """Another generator, 20,000 draws each: mean ranks within five standard errors of their difference."""
    wide = values()
    chain = made(wide, tree(aggregation="arithmetic"))
    got = frame(chain, draws=20_000, choices=WEIGHTS_ONLY)
    rng = np.random.default_rng(9)
    seen, left, right = [], wide[["a1", "a2", "a3"]].to_numpy(), wide[["b1", "b2"]].to_numpy()
    for _ in range(20_000):
        top, a, b = rng.dirichlet([1, 1]), rng.dirichlet([1, 1, 1]), rng.dirichlet([1, 1])
        seen.append(ranks(top[0] * left @ a + top[1] * right @ b))
    loop = np.array(seen)
    error = loop.std(axis=0) * (2 / 20_000) ** 0.5
    assert (np.abs(got["rank_mean"].to_numpy() - loop.mean(axis=0)) < 5 * error).all()


def test_the_tree_says_what_is_varied() -> None:
    from dataclasses import replace

    only = replace(tree(), vary={"weights": False, "normalisation": (), "outliers": (), "aggregation": ("harmonic",)})
    found = uncertainty(made(which=only), seed=1, draws=20).ranks
    assert found.facts()["varied"] == ["aggregation"]
    assert found.parameters()["aggregation"] == ["geometric", "harmonic"]


def test_concentrated_weights_narrow_the_intervals() -> None:
    wide = frame(made(), choices=Choices(normalisation=(), outliers=(), aggregation=(), fillings=0))
    close = frame(made(), choices=Choices(normalisation=(), outliers=(), aggregation=(), fillings=0, concentration=1e6))
    assert (close["rank_p95"] == close["rank"]).all()
    assert (wide["rank_p95"] - wide["rank_p05"]).sum() > 0


def test_stated_weights_are_kept_where_weights_do_not_vary() -> None:
    none = Choices(weights=False, normalisation=(), outliers=(), aggregation=("geometric",), fillings=0)
    got = frame(made(), choices=none)
    for name in ("rank_p05", "rank_p95", "rank_mean"):
        np.testing.assert_array_equal(got[name], got["rank"])


def test_draws_without_a_score_are_counted_and_named_and_enter_no_interval() -> None:
    """z-scores have no geometric and no harmonic mean: two of three means under half of the scales."""
    choices = Choices(normalisation=("z",), outliers=(), aggregation=("arithmetic", "harmonic"), fillings=0)
    got = uncertainty(made(), seed=1, draws=3000, choices=choices)
    facts = got.ranks.facts()
    assert abs(facts["failed"] - 1000) < 5 * (3000 * 2 / 9) ** 0.5
    assert got.ranks.warnings[0].startswith(f"{facts['failed']} of 3000 draws failed")
    table = got.recipes.to_frame()
    assert table["draws"].sum() == 3000
    assert table["failed"].sum() == facts["failed"]
    broken = table[table["failed"] > 0]
    assert set(zip(broken["normalisation"], broken["aggregation"], strict=True)) == {
        ("z", "geometric"),
        ("z", "harmonic"),
    }
    assert set(broken["reason"]) == {"negative values have no such mean"}
    assert (broken["failed"] == broken["draws"]).all()


def test_recipe_that_no_indicator_can_have_is_named_with_its_indicator() -> None:
    wide = values().assign(a1=[0.0, *np.linspace(0.1, 0.9, 7)])
    which = tree({"a": [leaf("a1", direction=-1), leaf("a2")], "b": [leaf("b1")]}, aggregation="arithmetic")
    choices = Choices(normalisation=("frontier",), outliers=(), aggregation=(), fillings=0)
    table = uncertainty(made(wide, which), seed=1, draws=200, choices=choices).recipes.to_frame()
    assert table.loc[table["failed"] > 0, "reason"].tolist() == ["a1: shares of the best need values above zero"]


def test_all_draws_failing_is_an_error() -> None:
    wide = values().assign(a1=0.5)
    chain = made(wide, tree(constant="keep", aggregation="arithmetic"))
    only = Choices(normalisation=("z",), outliers=(), aggregation=(), fillings=0)
    assert uncertainty(chain, seed=1, draws=50, choices=only).ranks.facts()["failed"] > 0
    with pytest.raises(SolveError, match="all 1 draws failed"):
        for seed in range(99):
            uncertainty(chain, seed=seed, draws=1, choices=only)


def test_filling_draws_widen_what_is_filled() -> None:
    wide = values()
    wide.loc["p3", "a1"] = np.nan
    which = tree({"a": [leaf("a1")]}, missing="fill_nearest", neighbours=7, aggregation="arithmetic")
    chain = made(wide[["a1"]], which)
    none = Choices(weights=False, normalisation=(), outliers=(), aggregation=(), fillings=0)
    drawn = Choices(weights=False, normalisation=(), outliers=(), aggregation=(), fillings=50)
    assert (frame(chain, choices=none).eval("rank_p95 - rank_p05") == 0).all()
    spread = frame(chain, choices=drawn).eval("rank_p95 - rank_p05")
    assert spread["p3"] == spread.max() > 2


def test_same_seed_same_table_other_seed_other_draws() -> None:
    pd.testing.assert_frame_equal(frame(made(), seed=5), frame(made(), seed=5))
    assert not frame(made(), seed=5, draws=20).equals(frame(made(), seed=6, draws=20))


def test_more_places_asked_for_than_there_are_is_said() -> None:
    got = uncertainty(made(), seed=1, draws=50, top=(1, 10)).ranks
    assert "top_10" not in got.to_frame()
    assert any("nothing is said of the first 10" in text for text in got.warnings)


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"top": (0,)}])
def test_numbers_below_one_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=">= 1"):
        uncertainty(made(), seed=1, **wrong)


def test_choices_are_checked_together() -> None:
    with pytest.raises(InputError) as caught:
        Choices(normalisation=("max",), outliers=("cut",), aggregation=("median",), fillings=-1)  # type: ignore[arg-type]
    for part in ("normalisation must be", "outliers must be", "'median' is neither", "fillings must be"):
        assert part in str(caught.value)


def test_benefit_of_the_doubt_has_nothing_to_draw_around() -> None:
    with pytest.raises(InputError, match="none to vary"):
        uncertainty(made(which=tree(weights="benefit-of-the-doubt")), seed=1)


def test_panel_ranks_the_year_of_the_tree() -> None:
    from tests.nodes.index_tables_by_hand import tidy

    from megaregion.nodes.index_chain import chain

    first = values(names=("a1", "b1"))
    rows = pd.concat([tidy(first, 2010), tidy(first[::-1].set_axis(first.index), 2020)])
    entries = {"a": [leaf("a1")], "b": [leaf("b1")]}
    both = [frame(chain(rows, list(first.index), tree=tree(entries, year=y, years=[2010, 2020]))) for y in (2010, 2020)]
    np.testing.assert_array_equal(both[0]["rank"], both[1]["rank"][::-1])
