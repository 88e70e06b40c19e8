"""What is read off an index: profile, change, TOPSIS, and the frames of every table."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.nodes.index_tables_by_hand import leaf, made, tidy, tree, values

from megaregion.core.closeness import closeness
from megaregion.errors import InputError
from megaregion.nodes.index_analysis import analyse
from megaregion.nodes.index_chain import chain
from megaregion.nodes.index_change import change
from megaregion.nodes.index_profile import profile
from megaregion.nodes.index_source import Source
from megaregion.nodes.index_text import lines
from megaregion.nodes.index_topsis import topsis
from megaregion.units import known


def source(rows: pd.DataFrame | None = None, which: Any = None) -> Source:
    data = tidy(values()) if rows is None else rows
    return Source(indicators=data, places=tuple(f"p{i}" for i in range(8)), tree=which or tree())


def panel(years: list[int], **head: Any) -> Any:
    rows = pd.concat([tidy(values(seed=y, names=("a1", "a2", "b1")), y) for y in years])
    entries = {"a": [leaf("a1"), leaf("a2")], "b": [leaf("b1")]}
    which = tree(entries, years=years, **{"year": years[-1], **head})
    return chain(rows, [f"p{i}" for i in range(8)], tree=which)


def test_obstacles_by_hand() -> None:
    """Weights 1/4, 1/4, 1/2 and gaps .5, 0, .25: shares 1/2, 0, 1/2."""
    wide = pd.DataFrame({"a1": [0.5, 1.0], "a2": [1.0, 0.0], "b1": [0.75, 1.0]}, ["p0", "p1"])
    got = profile(made(wide, tree({"a": [leaf("a1"), leaf("a2")], "b": [leaf("b1")]}))).to_frame()
    assert got[got["place_id"] == "p0"]["obstacle"].tolist() == pytest.approx([50.0, 0.0, 50.0])


def test_a_place_at_every_ideal_has_no_obstacle() -> None:
    wide = pd.DataFrame({"a1": [1.0, 0.0], "b1": [1.0, 0.5]}, ["p0", "p1"])
    got = profile(made(wide, tree({"a": [leaf("a1")], "b": [leaf("b1")]}))).to_frame()
    assert (got.loc[got["place_id"] == "p0", "obstacle"] == 0).all()


def test_strengths_lie_above_and_weaknesses_below_the_median() -> None:
    got = profile(made(), count=1).to_frame()
    assert (got.loc[got["kind"] == "strength", "gap_to_median"] > 0).all()
    assert (got.loc[got["kind"] == "weakness", "gap_to_median"] < 0).all()
    best = got.loc[got["kind"] == "strength"]
    for _, row in best.iterrows():
        assert row["rank"] == got.loc[got["place_id"] == row["place_id"], "rank"].min()


def test_obstacles_are_not_defined_for_z_scores() -> None:
    got = profile(made(which=tree(normalisation="z", aggregation="arithmetic")))
    assert got.to_frame()["obstacle"].isna().all()
    assert "not defined for z-scores" in got.warnings[0]


@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic", 0.5])
def test_contributions_sum_to_the_change_of_the_score(mean: Any) -> None:
    found = panel([2010, 2015, 2020], aggregation=mean)
    got = change(found).to_frame()
    score = found.points(found.scores["score"])
    for (place, first, last), part in got.groupby(["place_id", "from_year", "to_year"]):
        want = score[last, place] - score[first, place]
        assert part["contribution"].sum() == pytest.approx(want, abs=1e-9)
        assert part["change"].iloc[0] == pytest.approx(want, abs=1e-9)
    assert set(zip(got["from_year"], got["to_year"], strict=True)) == {(2010, 2015), (2015, 2020), (2010, 2020)}


def test_change_needs_years_and_a_mean_that_splits() -> None:
    with pytest.raises(InputError, match="at least two years"):
        change(made())
    with pytest.raises(InputError, match="no exact split"):
        change(panel([2010, 2020], aggregation="mazziotta-pareto"))


def test_change_of_zero_values_under_a_geometric_mean_is_refused() -> None:
    wide = values(names=("a1", "b1")).assign(b1=0.0)
    wide.loc["p0", "b1"] = 0.5
    rows = pd.concat([tidy(wide, 2010), tidy(wide, 2020)])
    found = chain(rows, list(wide.index), tree=tree({"a": [leaf("a1")], "b": [leaf("b1")]}, years=[2010, 2020]))
    with pytest.raises(InputError, match="values of zero"):
        change(found)


def test_topsis_takes_the_weights_and_directions_of_the_tree() -> None:
    entries = {"a": [leaf("a1", weight=3.0), leaf("a2", direction=-1)], "b": [leaf("b1")]}
    x = values(names=("a1", "a2", "b1"))
    got = topsis(made(x, tree(entries))).to_frame()
    want = closeness(x.to_numpy(), np.array([0.375, 0.125, 0.5]), np.array([1, -1, 1]))
    np.testing.assert_allclose(got["closeness"], want)


def test_topsis_warns_of_reversals_that_it_found() -> None:
    """Twelve random places have some (checked pair by pair in the tests of the kernel)."""
    wide = pd.DataFrame(np.random.default_rng(3).uniform(0, 1, (12, 3)), [f"p{i:02}" for i in range(12)], list("abc"))
    got = topsis(made(wide, tree({"x": [leaf(c) for c in "abc"]})))
    assert got.facts()["pairs_turned"] == got.to_frame()["reversals"].sum() > 0
    assert got.warnings[0].startswith("rank reversal: leaving out")


def test_topsis_of_two_places_has_no_others_to_turn() -> None:
    got = topsis(made(values(n=2)))
    assert (got.to_frame()["reversals"] == 0).all() and got.warnings == ()


def test_every_table_is_as_described() -> None:
    found = analyse(source(), seed=1, draws=50, size=8, method="topsis")
    assert list(found) == ["steps", "values", "filled", "cells", "treated", "treatments", "scaled", "weights", "scores",
                           "profile", "topsis", "uncertainty", "draws", "sensitivity", "alternatives"]  # fmt: skip
    for name, part in found.items():
        frame = part.to_frame()
        assert list(frame.columns) == [c.name for c in part.describe()], name
        assert isinstance(frame.index, pd.RangeIndex), name
        assert part.title_en and part.title_zh, name
        assert all(c.en and c.zh and known(c.unit) for c in part.describe()), name
    text = "\n".join(lines(found, top=3))
    for part in ("Spearman with the ranks of equal weights 1.0000", "50 draws over", "variance of the mean rank shift"):
        assert part in text


def test_what_is_not_asked_for_or_cannot_be_said_is_named_in_the_log() -> None:
    found = analyse(source(), seed=1, draws=0, size=0,
                    method="benefit-of-the-doubt")  # fmt: skip
    log = found["steps"].to_frame().set_index("subject")["skipped"]
    assert log["uncertainty"] == log["sensitivity"] == log["change"] == "not asked for"
    some = analyse(source(), seed=1, draws=9, size=8,
                   method="benefit-of-the-doubt")  # fmt: skip
    assert "uncertainty" not in some
    assert any("uncertainty: benefit of the doubt gives every place" in text for text in some["steps"].warnings)


def test_nothing_usable_gives_tables_without_rows() -> None:
    found = analyse(source(tidy(values(), year=1999)), seed=1)
    assert found["scores"].to_frame().empty
    assert list(lines(found, top=3)) == ["no pillar has data: there is no score"]


def test_panel_scores_carry_their_years_and_ranks_within_them() -> None:
    rows = pd.concat([tidy(values(seed=y, names=("a1",)), y) for y in (2010, 2020)])
    found = analyse(source(rows, tree({"a": [leaf("a1")]}, years=[2010, 2020])), seed=1, draws=20, size=8)
    frame = found["scores"].to_frame()
    for _, part in frame.groupby("year"):
        assert sorted(part["rank"]) == list(range(1, 9))
    assert set(found["change"].to_frame()["to_year"]) == {2020}
    assert len("\n".join(lines(found, top=3)).splitlines()) > 4
