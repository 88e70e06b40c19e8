"""The chain by hand for every rule, its invariants, its log, and what it refuses."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.nodes.index_tables_by_hand import leaf, made, tidy, tree, values

from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.index_chain import chain
from megaregion.nodes.tree import IndexTree

NAN = np.nan


def gappy() -> pd.DataFrame:
    wide = values()
    wide.loc["p2", "a1"] = NAN
    wide.loc["p5", "b2"] = NAN
    return wide


def test_three_levels_by_hand() -> None:
    """b is part of a: score = (a1 + a2 + a3 + sqrt(b1 b2)) / 4 at the top of one pillar."""
    which = tree(keys={"b": {"parent": "a", "aggregation": "geometric"}})
    x = values()
    want = (x["a1"] + x["a2"] + x["a3"] + np.sqrt(x["b1"] * x["b2"])) / 4
    got = made(which=which)
    np.testing.assert_allclose(got.scores["score"], want)
    np.testing.assert_allclose(got.scores["b"], np.sqrt(x["b1"] * x["b2"]))


@pytest.mark.parametrize(
    ("mean", "power"), [("arithmetic", 1), ("geometric", 0), ("harmonic", -1), (2, 2), (-0.5, -0.5)]
)
def test_means_at_the_top(mean: str | float, power: float) -> None:
    x = values()
    a, b = x[["a1", "a2", "a3"]].mean(axis=1), x[["b1", "b2"]].mean(axis=1)
    want = stats.pmean(np.column_stack([a, b]), power, axis=1)
    np.testing.assert_allclose(made(which=tree(aggregation=mean)).scores["score"], want)


def test_mazziotta_pareto_at_the_top() -> None:
    x = values()
    r = 70 + 60 * np.column_stack([x[["a1", "a2", "a3"]].mean(axis=1), x[["b1", "b2"]].mean(axis=1)])
    m, s = r.mean(axis=1), r.std(axis=1)
    for name, sign in (("mazziotta-pareto", -1), ("mazziotta-pareto-plus", 1)):
        got = 70 + 60 * made(which=tree(aggregation=name)).scores["score"]
        np.testing.assert_allclose(got, m + sign * s * s / m)


def test_mazziotta_pareto_of_z_scores_is_the_published_form() -> None:
    """100 + 10 z, M - S cv; the points of a z-index are on that very scale."""
    which = tree({"a": [leaf("a1"), leaf("a2"), leaf("a3")]}, {"a": {"aggregation": "mazziotta-pareto"}},
                 normalisation="z", aggregation="arithmetic")  # fmt: skip
    x = values(names=("a1", "a2", "a3"))
    z = 100 + 10 * stats.zscore(x.to_numpy(), ddof=1)
    want = z.mean(axis=1) - z.var(axis=1) / z.mean(axis=1)
    got = made(x, which)
    np.testing.assert_allclose(got.points(got.scores["score"]), want)


@pytest.mark.parametrize("how", ["z", "rank", "percentile", "frontier"])
def test_scales_of_the_sample_need_no_goalposts(how: str) -> None:
    x = values(names=("a1", "a2"))
    which = tree({"a": [leaf("a1", None), leaf("a2", None, direction=-1)]}, normalisation=how, aggregation="arithmetic")
    n = len(x)
    want = {
        "z": [stats.zscore(x["a1"], ddof=1), -stats.zscore(x["a2"], ddof=1)],
        "rank": [(x["a1"].rank() - 1) / (n - 1), (n - x["a2"].rank()) / (n - 1)],
        "percentile": [(x["a1"].rank() - 0.5) / n, (n + 0.5 - x["a2"].rank()) / n],
        "frontier": [x["a1"] / x["a1"].max(), x["a2"].min() / x["a2"]],
    }[how]
    np.testing.assert_allclose(made(x, which).scores["score"], np.mean(want, axis=0))


def test_pooled_goalposts_are_the_extremes_and_a_stated_one_stays() -> None:
    x = values(names=("a1",))
    one_sided = leaf("a1", None) | {"low": 0.0, "goalpost_source": "natural zero"}
    got = made(x, tree({"a": [one_sided]}, goalposts="pooled"))
    np.testing.assert_allclose(got.scores["score"], x["a1"] / x["a1"].max())
    assert (got.stages["a1"].scaled.low, got.stages["a1"].scaled.high) == (0.0, x["a1"].max())
    assert any("high from the pooled values" in step.done for step in got.steps)


def test_target_interval_needs_no_direction() -> None:
    x = pd.DataFrame({"a1": [0.0, 0.2, 0.4, 0.5, 0.8, 1.0]}, [f"p{i}" for i in range(6)])
    entry = {k: v for k, v in leaf("a1").items() if k != "direction"} | {"target": [0.4, 0.6]}
    np.testing.assert_allclose(made(x, tree({"a": [entry]})).scores["score"], [0, 0.5, 1, 1, 0.5, 0])
    point = entry | {"target": 0.5}
    np.testing.assert_allclose(made(x, tree({"a": [point]})).scores["score"], [0, 0.4, 0.8, 1, 0.4, 0])


def test_target_under_z_scores_is_the_distance_to_it() -> None:
    x = values(names=("a1",))
    which = tree({"a": [leaf("a1", None, target=0.5)]}, normalisation="z", aggregation="arithmetic")
    np.testing.assert_allclose(made(x, which).scores["score"], -stats.zscore((x["a1"] - 0.5).abs(), ddof=1))


def test_denominator_with_units() -> None:
    """5 of 1000 persons given as .1 ten-thousand persons: 5 per 1000 persons."""
    rows = pd.concat(
        [tidy(pd.DataFrame({"beds": [5.0, 8.0]}, ["p1", "p2"]), unit="count"),
         tidy(pd.DataFrame({"people": [0.1, 0.4]}, ["p1", "p2"]), unit="10000 persons")]
    )  # fmt: skip
    entry = leaf("beds", 0, 10) | {"unit": "count per 1000 persons", "denominator": "people"}
    got = chain(rows, ["p1", "p2"], tree=tree({"a": [entry]}))
    np.testing.assert_allclose(got.scores["score"], [0.5, 0.2])
    assert [s.done for s in got.steps][:2] == [
        "converted: people from 10000 persons to person",
        "divided by people, in count per 1000 persons",
    ]


def test_denominator_that_is_zero_or_missing() -> None:
    rows = tidy(pd.DataFrame({"beds": [5.0, 8.0], "people": [0.0, 4.0]}, ["p1", "p2"]), unit="unstated")
    entry = leaf("beds", 0, 10) | {"unit": "unstated", "denominator": "people"}
    with pytest.raises(InputError, match="people of beds must be > 0, it is not for p1"):
        chain(rows, ["p1", "p2"], tree=tree({"a": [entry]}))
    lost = chain(rows[rows["value"] != 0], ["p1", "p2"], tree=tree({"a": [entry]}))
    assert any("no denominator for p1" in step.skipped for step in lost.steps)
    assert lost.branches is None


@pytest.mark.parametrize(("rule", "want"), [("fill_mean", np.mean), ("fill_median", np.median)])
def test_filling_with_the_middle_lists_the_cells(rule: str, want: Any) -> None:
    wide = gappy()
    got = made(wide, tree(missing=rule))
    cells = got.cells.set_index(["place_id", "indicator"])["value"]
    assert cells["p2", "a1"] == pytest.approx(want(wide["a1"].dropna()))
    assert cells["p5", "b2"] == pytest.approx(want(wide["b2"].dropna()))
    assert len(cells) == 2
    assert "2 missing values were filled" in " ".join(got.warnings)
    assert sum("1 gaps filled" in step.done for step in got.steps) == 2


def test_filling_by_group_needs_groups_with_a_value() -> None:
    wide = gappy()
    with pytest.raises(InputError, match="needs the groups"):
        made(wide, tree(missing="fill_group_mean"))
    groups = pd.Series(["x"] * 4 + ["y"] * 4, wide.index)
    got = made(wide, tree(missing="fill_group_mean"), groups=groups)
    assert got.cells.set_index("place_id").loc["p2", "value"] == pytest.approx(
        wide.loc[["p0", "p1", "p3"], "a1"].mean()
    )
    with pytest.raises(InputError, match="without a group: p7"):
        made(wide, tree(missing="fill_group_mean"), groups=groups.drop("p7"))
    alone = pd.Series(["x", "x", "z", *["y"] * 5], wide.index)
    with pytest.raises(MissingDataError, match="a1: p2"):
        made(wide, tree(missing="fill_group_median"), groups=alone)


def test_filling_from_the_nearest_places() -> None:
    wide = values()
    wide.loc["p1"] = wide.loc["p0"] + 1e-3
    wide.loc["p1", "a1"] = NAN
    got = made(wide, tree(missing="fill_nearest", neighbours=1))
    assert got.cells["value"].tolist() == [wide.loc["p0", "a1"]]


def test_thin_indicators_are_left_out_instead_of_filled() -> None:
    wide = values()
    wide.loc[["p0", "p1", "p2"], "a1"] = NAN
    got = made(wide, tree(missing="fill_mean", max_missing=0.3))
    assert "a1" not in got.scaled
    assert any("more than max_missing = 0.3 allows" in step.skipped for step in got.steps)
    assert len(got.cells) == 0


def test_dropping_places_names_them_and_what_they_lack() -> None:
    got = made(gappy(), tree(missing="drop_place"))
    assert got.dropped == ("p2", "p5")
    assert list(got.scores.index) == ["p0", "p1", "p3", "p4", "p6", "p7"]
    assert any(step.skipped == "left out: p2 (no a1); p5 (no b2)" for step in got.steps)


def test_dropping_every_place_is_refused() -> None:
    wide = values()[["a1", "a2"]].iloc[:2].copy()
    wide.loc["p0", "a1"] = wide.loc["p1", "a2"] = NAN
    with pytest.raises(MissingDataError, match="none is left"):
        made(wide, tree({"a": [leaf("a1"), leaf("a2")]}, missing="drop_place", max_missing=0.9))


def test_long_tails_are_winsorised_before_the_scale_and_named() -> None:
    wide = pd.DataFrame({"a1": [*np.arange(1.0, 11.0), 30.0, 100.0]}, [f"p{i:02}" for i in range(12)])
    got = made(wide, tree({"a": [leaf("a1", None)]}, goalposts="pooled", outliers="winsorise"))
    np.testing.assert_allclose(got.scores["score"], (np.minimum(wide["a1"], 30) - 1) / 29)
    assert got.stages["a1"].treated.moved == (11,)
    assert any("1 values moved to the next one: p11" in step.done for step in got.steps)


def test_logarithm_takes_the_goalposts_along() -> None:
    wide = pd.DataFrame({"a1": [*np.arange(1.0, 11.0), 30.0, 100.0]}, [f"p{i:02}" for i in range(12)])
    got = made(wide, tree({"a": [leaf("a1", 1.0, 1000.0)]}, outliers="log"))
    np.testing.assert_allclose(got.scores["score"], np.log(wide["a1"]) / np.log(1000))
    with pytest.raises(InputError, match="a1: a goalpost lies outside of the domain of the log"):
        made(wide, tree({"a": [leaf("a1", 0.0, 1000.0)]}, outliers="log"))


def test_box_cox_of_values_that_are_not_positive_is_refused_for_the_indicator() -> None:
    wide = pd.DataFrame({"a1": [*np.arange(0.0, 10.0), 30.0, 100.0]}, [f"p{i:02}" for i in range(12)])
    with pytest.raises(InputError, match="a1: box-cox needs values above zero"):
        made(wide, tree({"a": [leaf("a1", None)]}, goalposts="pooled", outliers="box-cox"))


def test_treatment_of_an_indicator_goes_before_that_of_the_tree() -> None:
    wide = pd.DataFrame({"a1": [*np.arange(1.0, 11.0), 30.0, 100.0]}, [f"p{i:02}" for i in range(12)])
    which = tree({"a": [leaf("a1", None, outliers="none")]}, goalposts="pooled", outliers="winsorise")
    assert made(wide, which).stages["a1"].treated.kind == ""


def panel(which: IndexTree, second: float = 2.0) -> Any:
    first = values(names=("a1", "b1"))
    rows = pd.concat([tidy(first, 2010), tidy(first * second, 2020)])
    return chain(rows, list(first.index), tree=which), first


def test_panel_has_one_scale_for_all_years() -> None:
    """Doubling everything doubles the score where zero is a goalpost; ranks of a year stay."""
    entries = {
        "a": [leaf("a1", None) | {"low": 0.0, "goalpost_source": "zero"}],
        "b": [leaf("b1", None) | {"low": 0.0, "goalpost_source": "zero"}],
    }
    got, first = panel(tree(entries, goalposts="pooled", years=[2010, 2020]))
    score = got.scores["score"]
    np.testing.assert_allclose(score.xs(2020, level="year"), 2 * score.xs(2010, level="year"))
    assert got.stages["a1"].scaled.high == 2 * first["a1"].max()


def test_panel_in_changing_units_is_converted_and_logged_or_refused() -> None:
    entry = leaf("a1", 0.0, 1e5) | {"unit": "person"}
    which = tree({"a": [entry]}, years=[2010, 2020])
    wide = pd.DataFrame({"a1": [1.0, 2.0]}, ["p1", "p2"])
    rows = pd.concat([tidy(wide, 2010, "10000 persons"), tidy(wide * 1e4, 2020, "person")])
    got = chain(rows, ["p1", "p2"], tree=which)
    np.testing.assert_allclose(got.scores["score"], [0.1, 0.2, 0.1, 0.2])
    assert any("a1 from 10000 persons to person" in step.done for step in got.steps)
    money = leaf("a1", 0.0, 1e5) | {"unit": "million CNY (2010)"}
    rows = pd.concat([tidy(wide, 2010, "million CNY (2010)"), tidy(wide, 2020, "million CNY (2020)")])
    with pytest.raises(InputError, match="price base"):
        chain(rows, ["p1", "p2"], tree=tree({"a": [money]}, years=[2010, 2020]))


def test_panel_gap_is_named_with_its_year() -> None:
    wide = values(names=("a1", "b1"))
    rows = pd.concat([tidy(wide, 2010), tidy(wide.drop(index="p3"), 2020)])
    got = chain(rows, list(wide.index), tree=tree({"a": [leaf("a1")], "b": [leaf("b1")]}, years=[2010, 2020]))
    assert any("have no value: p3 (2020)" in step.skipped for step in got.steps)  # and not: no value of the one year


def test_value_with_a_year_of_its_own_holds_for_the_whole_panel() -> None:
    wide = values(names=("a1",))
    fixed = pd.DataFrame({"b1": np.linspace(0.1, 0.8, 8)}, wide.index)
    rows = pd.concat([tidy(wide, 2010), tidy(wide, 2020), tidy(fixed, 2015)])
    which = tree({"a": [leaf("a1")], "b": [leaf("b1", year=2015)]}, years=[2010, 2020])
    got = chain(rows, list(wide.index), tree=which)
    np.testing.assert_allclose(got.scores["b"].xs(2010, level="year"), fixed["b1"])
    np.testing.assert_allclose(got.scores["b"].xs(2020, level="year"), fixed["b1"])


@given(st.sampled_from(["a1", "b2"]), st.floats(1e-3, 1e3), st.floats(-10, 10))
@settings(max_examples=25, deadline=None)
def test_unit_and_zero_of_an_indicator_move_no_pooled_score(name: str, scale: float, shift: float) -> None:
    """Cancellation costs |shift| / scale in units of the double's 2e-16."""
    entries = {"a": [leaf("a1", None), leaf("a2", None)], "b": [leaf("b1", None), leaf("b2", None)]}
    wide = values()
    which = tree(entries, goalposts="pooled", aggregation="arithmetic")
    moved = wide.assign(**{name: wide[name] * scale + shift})
    tolerance = 1e-13 * (1 + abs(shift) / scale)
    np.testing.assert_allclose(made(moved, which).scores["score"], made(wide, which).scores["score"], atol=tolerance)


@given(st.permutations(range(8)))
@settings(max_examples=15, deadline=None)
@pytest.mark.parametrize("weights", ["given", "entropy", "critic", "pca"])
def test_relabelling_permutes(weights: str, order: list[int]) -> None:
    """Sums in another order differ in their last digits; the rotation of components stops within 1e-12."""
    wide = values()
    names = {f"p{i}": f"p{j}" for i, j in enumerate(order)}
    base = made(wide, tree(weights=weights)).scores["score"]
    moved = made(wide.rename(index=names), tree(weights=weights)).scores["score"]
    np.testing.assert_allclose(moved.loc[[names[p] for p in base.index]], base, rtol=1e-6)


def test_constant_column_is_dropped_and_named_or_refused() -> None:
    wide = values().assign(a1=0.5)
    entries = {"a": [leaf("a1", None), leaf("a2", None)], "b": [leaf("b1", None)]}
    got = made(wide, tree(entries, goalposts="pooled"))
    assert list(got.scaled.columns) == ["a2", "b1"]
    assert any(step.subject == "a1" and "same for all places" in step.skipped for step in got.steps)
    with pytest.raises(InputError, match="a1: the goalposts meet"):
        made(wide, tree(entries, goalposts="pooled", constant="keep"))
    with pytest.raises(InputError, match="a1: z needs at least two different values"):
        made(wide, tree(entries, normalisation="z", constant="keep", aggregation="arithmetic"))


def test_one_place_has_no_scale_of_its_own_but_fixed_goalposts_do() -> None:
    one = values(n=1)
    np.testing.assert_allclose(
        made(one).scores["score"], np.sqrt(one[["a1", "a2", "a3"]].mean(axis=1) * one[["b1", "b2"]].mean(axis=1))
    )
    for how in ("z", "rank", "percentile"):
        with pytest.raises(InputError, match="at least two different values"):
            made(one, tree(normalisation=how, aggregation="arithmetic"))


def test_all_missing_pillar_is_a_hole_and_the_rest_is_scored() -> None:
    wide = values().assign(b1=NAN, b2=NAN)
    got = made(wide, tree(missing="fill_mean"))
    assert {e["id"]: e["status"] for e in got.status} == {"a": "used", "b": "no data"}
    np.testing.assert_allclose(got.scores["score"], wide[["a1", "a2", "a3"]].mean(axis=1))


def test_pillar_whose_parent_has_no_data_counts_for_nothing() -> None:
    which = tree(keys={"b": {"parent": "a"}}, min_indicators=3)
    wide = values().assign(a1=NAN, a2=NAN)  # b has 2 of its own, a has 1 and b does not count
    got = made(wide, which)
    assert got.branches is None
    assert all(e["status"] == "no data" for e in got.status)


def test_negative_values_have_no_geometric_mean() -> None:
    with pytest.raises(InputError, match="negative values have no such mean"):
        made(which=tree(normalisation="z"))


def test_shares_of_the_best_need_positive_values() -> None:
    wide = values().assign(a1=[-1.0, *np.linspace(0.1, 0.9, 7)])
    with pytest.raises(InputError, match="a1: shares of the best need values above zero"):
        made(wide, tree(normalisation="frontier"))


@pytest.mark.parametrize("places", [[], ["p1", "p1", "p2"]])
def test_places_must_be_distinct_and_some(places: list[str]) -> None:
    with pytest.raises(InputError, match="repeated: p1" if places else "there is none"):
        chain(tidy(values()), places, tree=tree())


def test_empty_table_gives_no_score_and_says_why() -> None:
    got = chain(tidy(values()).iloc[:0], ["p1", "p2"], tree=tree())
    assert got.branches is None and got.scores.empty
    assert "no pillar has data: there is no score" in got.warnings


def test_duplicate_ids_are_named() -> None:
    rows = tidy(values())
    with pytest.raises(InputError, match="a1 of 2020 has several values for p0"):
        chain(pd.concat([rows, rows.iloc[:1]]), [f"p{i}" for i in range(8)], tree=tree())


def test_benefit_of_the_doubt_within_bounds() -> None:
    """(.5, .5) beside (1, 1) is a half whatever the shares; a zero cannot bring .4."""
    two = {"a": [leaf("a1")], "b": [leaf("b1")]}
    wide = pd.DataFrame({"a1": [1.0, 0.5], "b1": [1.0, 0.5]}, ["p0", "p1"])
    got = made(wide, tree(two, weights="benefit-of-the-doubt", least_share=0.4, most_share=0.6))
    np.testing.assert_allclose(got.scores["score"], [1.0, 0.5], atol=1e-7)
    with pytest.raises(InputError, match="row 1: no weights fulfil the bounds"):
        made(wide.assign(b1=[1.0, 0.0]), tree(two, weights="benefit-of-the-doubt", least_share=0.4))
    with pytest.raises(InputError, match="either side of 1 / 2"):
        made(wide, tree(two, weights="benefit-of-the-doubt", least_share=0.6, most_share=0.9))
    with pytest.raises(InputError, match="0 <= least < most <= 1"):
        tree(two, least_share=0.6, most_share=0.4)


def test_benefit_of_the_doubt_at_the_top() -> None:
    """Pillars (1, 0) and (0, 1) are both on the frontier."""
    wide = pd.DataFrame({"a1": [1.0, 0.0, 0.5], "b1": [0.0, 1.0, 0.25]}, ["p0", "p1", "p2"])
    got = made(wide, tree({"a": [leaf("a1")], "b": [leaf("b1")]}, weights="benefit-of-the-doubt"))
    np.testing.assert_allclose(got.scores["score"], [1.0, 1.0, 0.75], atol=1e-9)
