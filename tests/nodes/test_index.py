"""The composite index by hand, its invariants, its holes and its refusals."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.aggregate import ranks
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.index import IndexResult, index
from megaregion.nodes.tree import IndexTree, tree_from_dict

PLACES = ["p1", "p2", "p3", "p4"]
VALUES = {
    "a1": [0.0, 10.0, 20.0, 30.0],
    "a2": [5.0, 1.0, 3.0, 2.0],
    "b1": [100.0, 80.0, 60.0, 90.0],
    "b2": [0.2, 0.4, 0.1, 0.9],
}


def leaf(name: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": name, "direction": 1, "low": low, "high": high, "unit": "index",
            "goalpost_source": "test", **more}  # fmt: skip


def tree(**head: Any) -> IndexTree:
    return tree_from_dict(
        {
            "index": {"name": "T", "year": 2020, **head},
            "pillar": [
                {"id": "a", "name": "A", "indicator": [leaf("a1", 0, 40), leaf("a2", 0, 10, direction=-1)]},
                {"id": "b", "name": "B", "indicator": [leaf("b1", 0, 200), leaf("b2", 0, 1)]},
            ],
        }
    )


def table(values: dict[str, list[float]] | None = None, **columns: Any) -> pd.DataFrame:
    rows = [
        {"place_id": place, "year": 2020, "indicator": name, "value": value, "unit": "index", "scope": "全市"}
        for name, column in (values or VALUES).items()
        for place, value in zip(PLACES, column, strict=True)
    ]
    return pd.DataFrame(rows).assign(**columns)


def run(data: pd.DataFrame | None = None, which: IndexTree | None = None, **options: Any) -> IndexResult:
    return index(table() if data is None else data, PLACES, tree=which or tree(), **{"seed": 1, **options})


def test_score_by_hand() -> None:
    """p2 without margin: A = (1/4 + 9/10) / 2, B = (2/5 + 2/5) / 2, score = sqrt(A B)."""
    result = run(which=tree(delta=0.0))
    assert result.pillars.loc["p2", "a"] == pytest.approx(57.5)
    assert result.pillars.loc["p2", "b"] == pytest.approx(40.0)
    assert result.score["p2"] == pytest.approx(100 * (0.575 * 0.4) ** 0.5)


def test_margin_enters_before_the_means() -> None:
    """x' = .98 x + .01, so a pillar mean moves the same way."""
    bare, margin = run(which=tree(delta=0.0)), run()
    pd.testing.assert_frame_equal(margin.pillars, 0.98 * bare.pillars + 1.0)


def test_weights_of_the_file_count() -> None:
    data = {
        "index": {"name": "T", "year": 2020, "delta": 0.0, "min_indicators": 1},
        "pillar": [
            {"id": "a", "name": "A", "weight": 3.0, "indicator": [leaf("a1", 0, 40, weight=4.0), leaf("b2", 0, 1)]},
            {"id": "b", "name": "B", "indicator": [leaf("b1", 0, 200)]},
        ],
    }
    result = run(which=tree_from_dict(data))
    a, b = 0.8 * 0.25 + 0.2 * 0.4, 0.4
    assert result.score["p2"] == pytest.approx(100 * a**0.75 * b**0.25)


@given(st.permutations(range(4)))
def test_relabelling_permutes_scores_ranks_and_intervals(order: list[int]) -> None:
    base = run()
    names = {PLACES[i]: PLACES[j] for i, j in enumerate(order)}
    moved = run(table().assign(place_id=lambda d: d["place_id"].map(names)))
    for old, new in names.items():
        assert moved.score[new] == pytest.approx(base.score[old], rel=1e-12)
        assert moved.rank[new] == base.rank[old]
        np.testing.assert_array_equal(moved.interval.loc[new], base.interval.loc[old])


@given(st.sampled_from(list(VALUES)), st.floats(1e-3, 1e3))
def test_change_of_unit_with_its_goalposts_leaves_the_scores(name: str, scale: float) -> None:
    base = run()
    data = table()
    data.loc[data["indicator"] == name, "value"] *= scale
    pillars = [
        {"id": p.id, "name": p.name, "indicator": [
            leaf(k.id, k.low * (scale if k.id == name else 1), k.high * (scale if k.id == name else 1),
                 direction=k.direction)
            for k in p.indicators
        ]}
        for p in tree().pillars
    ]  # fmt: skip
    moved = run(data, tree_from_dict({"index": {"name": "T", "year": 2020}, "pillar": pillars}))
    np.testing.assert_allclose(moved.score, base.score, rtol=1e-12)
    pd.testing.assert_series_equal(moved.rank, base.rank)


def test_unit_of_the_table_is_converted_to_that_of_the_goalposts() -> None:
    data = table()
    mine = data["indicator"] == "a1"
    data.loc[mine, "unit"] = "share"
    data.loc[mine, "value"] /= 100
    spec = tree_from_dict(
        {"index": {"name": "T", "year": 2020, "min_indicators": 1},
         "pillar": [{"id": "a", "name": "A", "indicator": [leaf("a1", 0, 40) | {"unit": "percent"}]}]}
    )  # fmt: skip
    values = run(data, spec).values.to_frame()
    np.testing.assert_allclose(values["value"], VALUES["a1"])
    assert set(values["unit"]) == {"percent"}


def test_ties_go_to_the_lower_place_id() -> None:
    result = run(table({name: [1.0, 1.0, 2.0, 1.0] for name in VALUES}), tree(constant="keep"))
    assert result.rank["p1"] < result.rank["p2"] < result.rank["p4"]


def test_dominance_makes_the_interval_a_point() -> None:
    """A place better everywhere is first and one worse everywhere last, whatever the weights."""
    best_last = {k: [0.9, 0.5, 0.4, 0.1] for k in VALUES}
    best_last["a2"] = [0.1, 0.5, 0.6, 0.9]  # less is better
    result = run(table(best_last))
    assert result.interval.loc["p1"].tolist() == [1, 1, 1]
    assert result.interval.loc["p4"].tolist() == [4, 4, 4]


def test_intervals_equal_a_plain_loop_over_the_same_kind_of_draws() -> None:
    """Independent simulation with another generator: levels of 20,000 draws agree on these four places."""
    result = run(draws=20_000, which=tree(delta=0.0))
    rng = np.random.default_rng(99)
    x = {k: np.array(v) for k, v in VALUES.items()}
    a = np.column_stack([x["a1"] / 40, 1 - x["a2"] / 10])
    b = np.column_stack([x["b1"] / 200, x["b2"]])
    seen = []
    for _ in range(20_000):
        wa, wb, w = rng.dirichlet([1, 1]), rng.dirichlet([1, 1]), rng.dirichlet([1, 1])
        seen.append(ranks((a @ wa) ** w[0] * (b @ wb) ** w[1]))
    want = np.quantile(np.array(seen), [0.05, 0.5, 0.95], axis=0, method="inverted_cdf").T
    np.testing.assert_array_equal(result.interval.to_numpy(), want)


def test_same_seed_same_frame_other_seed_other_draws() -> None:
    pd.testing.assert_frame_equal(run(seed=7).to_frame(), run(seed=7).to_frame())
    rng = [run(seed=s, draws=3).interval.to_numpy().tolist() for s in range(20)]
    assert any(r != rng[0] for r in rng)


def test_hole_is_no_data_never_zero_and_says_why() -> None:
    data = table()
    data = data[~((data["indicator"] == "b1") & (data["place_id"] == "p3"))]
    result = run(data)
    frame = result.to_frame()
    assert frame["pillar_b"].isna().all()
    np.testing.assert_allclose(frame["score"], frame["pillar_a"])
    status = {entry["id"]: entry for entry in result.facts()["pillars"]}
    assert status["b"]["status"] == "no data"
    assert "p3" in status["b"]["missing_reason"]
    assert "p3" in status["b"]["missing_reason_zh"]
    assert status["b"]["left_out"] == ["b1"]
    assert any("pillar b: no data" in text for text in result.warnings)
    values = result.values.to_frame().groupby("indicator")["used"].all()
    assert values.to_dict() == {"a1": True, "a2": True, "b1": False, "b2": False}
    log = result.steps.to_frame()
    assert "p3" in log.loc[log["subject"] == "b1", "skipped"].iloc[0]


def test_missing_value_cell_is_a_gap_too() -> None:
    data = table()
    data.loc[(data["indicator"] == "a1") & (data["place_id"] == "p1"), "value"] = np.nan
    assert run(data, tree(min_indicators=1)).status[0]["left_out"] == ["a1"]


def test_gap_raises_where_the_tree_says_so() -> None:
    data = table()
    data = data[~((data["indicator"] == "b1") & (data["place_id"] == "p3"))]
    with pytest.raises(MissingDataError, match="p3"):
        run(data, tree(missing="error"))


def test_nothing_usable_gives_no_score() -> None:
    result = run(table(year=1999))
    assert result.to_frame()[["score", "rank", "rank_p50", "pillar_a"]].isna().all(axis=None)
    assert "no pillar has data: there is no score" in result.warnings
    assert len(result.values.to_frame()) == 0


def test_two_scopes_in_one_indicator_raise_unless_one_is_declared() -> None:
    extra = table().query("indicator == 'a1'").assign(scope="市辖区", value=40.0)
    both = pd.concat([table(), extra], ignore_index=True)
    with pytest.raises(InputError, match="mixes the scopes"):
        run(both)
    np.testing.assert_allclose(run(both, tree(scope="全市")).score, run().score)


def test_indicators_of_different_scopes_raise_unless_declared() -> None:
    data = table()
    data.loc[data["indicator"] == "a1", "scope"] = "市辖区"
    with pytest.raises(InputError, match="different scopes"):
        run(data)
    pillars = [
        {"id": "a", "name": "A", "indicator": [leaf("a1", 0, 40, scope="市辖区"), leaf("a2", 0, 10)]},
    ]
    result = run(data, tree_from_dict({"index": {"name": "T", "year": 2020}, "pillar": pillars}))
    assert any("a1 covers 市辖区" in text for text in result.warnings)


def test_all_wrong_inputs_are_named_at_once() -> None:
    data = pd.concat([table(), table().query("indicator == 'a2'")], ignore_index=True)
    data.loc[data["indicator"] == "b1", "unit"] = "km"
    data.loc[(data["indicator"] == "b2") & (data["place_id"] == "p4"), "value"] = np.inf
    with pytest.raises(InputError) as caught:
        run(data)
    for part in ("a2 of 2020 has several values for p1", "b1: cannot turn 'km'", "b2 of 2020 is infinite for p4"):
        assert part in str(caught.value)


def test_flagged_values_warn() -> None:
    data = table(flag=None)
    data.loc[(data["indicator"] == "b2") & (data["place_id"] == "p4"), "flag"] = "interpolated"
    assert "indicator b2: 1 values are flagged interpolated" in run(data).warnings


@pytest.mark.parametrize("places", [[], ["p1", "p1"]])
def test_places_must_be_distinct_and_some(places: list[str]) -> None:
    with pytest.raises(InputError):
        index(table(), places, tree=tree(), seed=1)


def test_draws_must_be_positive() -> None:
    with pytest.raises(InputError, match="draws"):
        run(draws=0)


def test_benefit_of_the_doubt_has_no_weights_to_draw_and_no_interval() -> None:
    result = run(which=tree(weights="benefit-of-the-doubt"))
    assert result.interval.isna().all(axis=None)
    assert result.facts()["median_interval_width"] is None
    assert result.steps.to_frame().set_index("subject").loc["ranks", "skipped"].startswith("no intervals")
    assert result.score.max() == pytest.approx(100.0)


def test_weights_of_zero_are_not_drawn() -> None:
    """Under entropy a constant column keeps weight 0 in every draw."""
    data = {**VALUES, "a1": [20.0] * 4}
    rules = {"weights": "entropy", "cap": 1.0, "min_indicators": 1}
    result, without = (run(table(data), tree(constant=c, **rules)) for c in ("keep", "drop"))
    np.testing.assert_allclose(result.score, without.score)


def test_panel_reports_the_year_of_the_tree_on_the_scale_of_all_years() -> None:
    rows = pd.concat([table(), table({k: [v / 2 for v in x] for k, x in VALUES.items()}, year=2010)])
    now, then = (run(rows, tree(year=y, years=[2010, 2020])) for y in (2020, 2010))
    pd.testing.assert_series_equal(now.score, run().score)
    assert then.score.name == now.score.name and not np.allclose(then.score, now.score)


def test_frames_are_as_described() -> None:
    result = run()
    for part in (result, result.steps, result.values):
        frame = part.to_frame()
        assert list(frame.columns) == [c.name for c in part.describe()]
        assert isinstance(frame.index, pd.RangeIndex)
        assert all(c.en and c.zh for c in part.describe())
