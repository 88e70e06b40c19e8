"""Coupling coordination: closed forms, intervals, panels, and warnings where a published misuse would come back."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.coupling import published_mistakes
from megaregion.data.toy import line
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.mechanisms.coupling import (
    CouplingOptions,
    coupling,
    coupling_of_cluster,
    subsystem_levels,
)
from megaregion.mechanisms.coupling_tables import GRADES, grade

SYSTEMS = pd.DataFrame(
    {"nature": [0.8, 0.5, 0.1], "economy": [0.4, 0.5, 0.12]}, index=pd.Index(["a", "b", "c"], name="place_id")
)


def told(result: Any) -> str:
    return " ".join(result.warnings)


def test_two_systems_by_hand() -> None:
    """a: C = sqrt(.6 x .5), T = .6, D = sqrt(C T); b: C = 1, D = sqrt(.5)."""
    frame = coupling(SYSTEMS, seed=1).to_frame().set_index("place_id")
    c = np.sqrt(0.6 * 0.5)
    assert frame.loc["a", ["c", "t", "d"]].tolist() == pytest.approx([c, 0.6, np.sqrt(c * 0.6)])
    assert frame.loc["b", ["c", "t", "d", "c_classical"]].tolist() == pytest.approx([1, 0.5, np.sqrt(0.5), 1])
    assert frame.loc["a", "c_classical"] == pytest.approx(2 * np.sqrt(0.32) / 1.2)
    assert frame["type"].tolist() == ["economy lags", "balanced", "balanced"]
    assert frame["lags"].tolist() == ["economy", "", "nature"]
    assert frame["gap"].tolist() == pytest.approx([0.4, 0.0, 0.02])


def test_equally_bad_systems_are_flagged_and_equally_good_ones_are_not() -> None:
    result = coupling(SYSTEMS, seed=1)
    frame = result.to_frame().set_index("place_id")
    assert frame["flag"].tolist() == ["", "", "equally-low"]
    assert frame.loc["c", "c"] > 0.9  # highly coupled, and at .11
    assert "equally bad" in told(result)
    assert "(c)" in told(result)


def test_frame_is_as_described_with_and_without_grades_and_years() -> None:
    panel = pd.concat({2010: SYSTEMS, 2020: SYSTEMS * 1.1}, names=["year"]).swaplevel()
    for systems, options in ((SYSTEMS, CouplingOptions()), (panel, CouplingOptions(grades=True))):
        result = coupling(systems, seed=1, options=options, names={"nature": ("Nature", "自然")})
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()]
        assert isinstance(frame.index, pd.RangeIndex)
        assert all(c.en and c.zh for c in result.describe())
    assert "year" in frame
    assert frame[["place_id", "year"]].to_numpy().tolist()[:2] == [["a", 2010], ["a", 2020]]
    assert result.facts()["rows"] == 6


def test_grades_are_off_by_default_and_called_a_convention() -> None:
    assert "grade" not in coupling(SYSTEMS, seed=1).to_frame()
    result = coupling(SYSTEMS, seed=1, options=CouplingOptions(grades=True))
    assert "convention" in told(result)
    assert all("convention" in c.en for c in result.describe() if c.name.startswith("grade"))
    d = np.array([0.0, 0.05, 0.1, 0.1001, 0.3, 0.95, 1.0, np.nan])
    assert grade(d).tolist() == [1, 1, 1, 2, 3, 10, 10, 0]
    assert len(GRADES) == 10


def leaves(systems: pd.DataFrame, k: int = 6, seed: int = 1) -> pd.DataFrame:
    """k indicators a system that scatter around it with the system as their exact mean."""
    rng = np.random.default_rng(seed)
    parts = {}
    for name in systems.columns:
        level = systems[name].to_numpy()[:, None]
        noise = rng.uniform(-1, 1, (len(systems), k))
        noise -= noise.mean(axis=1, keepdims=True)
        widest = np.maximum(np.abs(noise).max(axis=1, keepdims=True), 1e-9)
        room = 0.9 * np.minimum(level, 1 - level) / widest
        for i in range(k):
            parts[name, f"{name}{i}"] = (level + noise * room)[:, i]
    return pd.DataFrame(parts, index=systems.index)


def test_intervals_are_those_of_a_plain_bootstrap() -> None:
    """Drawn by hand, indicator by indicator; 5 and 95 % of 4,000 draws have a standard error of about .02 sd here."""
    behind = leaves(SYSTEMS)
    got = coupling(SYSTEMS, seed=1, indicators=behind, options=CouplingOptions(draws=4000)).to_frame()
    rng = np.random.default_rng(9)
    draws = []
    for _ in range(4000):
        u = np.column_stack([behind[name].to_numpy()[:, rng.integers(0, 6, 6)].mean(axis=1) for name in SYSTEMS])
        c = np.sqrt((1 - np.abs(u[:, 0] - u[:, 1])) * u.min(axis=1) / u.max(axis=1))
        draws.append(np.column_stack([u, c, u.mean(axis=1), np.sqrt(c * u.mean(axis=1))]))
    cloud = np.stack(draws)
    for k, name in enumerate(["u_nature", "u_economy", "c", "t", "d"]):
        for level, end in ((0.05, "low"), (0.95, "high")):
            want = np.quantile(cloud[:, :, k], level, axis=0)
            np.testing.assert_allclose(got[f"{name}_{end}"], want, atol=0.15 * cloud[:, :, k].std(axis=0).max())
    nature_lags = (cloud[:, :, 0] < cloud[:, :, 1]).mean(axis=0)
    # a: economy lags, b: none does, c: nature; 4,000 draws twice give a standard error of .011
    assert got["lag_share"].tolist() == pytest.approx(
        [1 - nature_lags[0], np.nan, nature_lags[2]], abs=0.05, nan_ok=True
    )


def test_intervals_need_indicators_and_one_indicator_has_none() -> None:
    bare = coupling(SYSTEMS, seed=1)
    assert bare.to_frame()[["c_low", "d_high", "lag_share"]].isna().all(axis=None)
    assert "no intervals" in told(bare)
    assert bare.parameters()["draws"] == 0
    one = coupling(SYSTEMS, seed=1, indicators=leaves(SYSTEMS, k=1)).to_frame()
    np.testing.assert_allclose(one["d_low"], one["d"])
    np.testing.assert_allclose(one["d_high"], one["d"])
    assert "nature (1)" in told(coupling(SYSTEMS, seed=1, indicators=leaves(SYSTEMS, k=1)))


def test_the_seed_alone_decides_the_draws() -> None:
    behind = leaves(SYSTEMS)
    one, two, three = (coupling(SYSTEMS, seed=s, indicators=behind).to_frame() for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one["d_low"].equals(three["d_low"])
    shuffled = coupling(SYSTEMS.iloc[::-1], seed=1, indicators=behind.iloc[::-1]).to_frame()
    pd.testing.assert_frame_equal(one, shuffled)


def test_indicators_must_be_what_the_levels_are_means_of() -> None:
    behind = leaves(SYSTEMS)
    with pytest.raises(InputError, match="not the level of nature in a"):
        coupling(SYSTEMS.assign(nature=[0.7, 0.5, 0.1]), seed=1, indicators=behind)
    with pytest.raises(AlignmentError, match="rows z"):
        coupling(SYSTEMS, seed=1, indicators=behind.rename(index={"c": "z"}).reindex(["a", "b", "z", "c"]))
    with pytest.raises(InputError, match="subsystems are not those"):
        coupling(SYSTEMS, seed=1, indicators=behind[["nature"]])
    with pytest.raises(InputError, match="missing or outside"):
        coupling(SYSTEMS, seed=1, indicators=behind * 3)


def test_weights_that_do_not_sum_to_one_are_rescaled_and_named_a_misuse() -> None:
    right = coupling(SYSTEMS, seed=1, weights={"nature": 0.25, "economy": 0.75})
    assert right.to_frame()["t"].tolist() == pytest.approx([0.5, 0.5, 0.115])
    assert "misuse" not in told(right)
    wrong = coupling(SYSTEMS, seed=1, weights={"nature": 1.0, "economy": 3.0})
    pd.testing.assert_frame_equal(wrong.to_frame(), right.to_frame())
    assert "sum to 4, not to 1" in told(wrong)
    for bad in ({"nature": 1.0}, {"nature": -1.0, "economy": 2.0}, {"nature": 0.0, "economy": 0.0}):
        with pytest.raises(InputError, match="weights"):
            coupling(SYSTEMS, seed=1, weights=bad)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda s: s * 100, InputError, "outside .0, 1.* published misuse"),
        (lambda s: -s, InputError, "outside"),
        (lambda s: s.mask(s > 0.7), MissingDataError, "missing for 1 rows: a"),
        (lambda s: s[["nature"]], InputError, "two systems"),
        (lambda s: s.iloc[:0], InputError, "no rows"),
        (lambda s: pd.concat([s, s.iloc[:1]]), InputError, "rows are repeated: a"),
        (lambda s: s.set_axis(["x", "x"], axis=1), InputError, "systems are repeated: x"),
    ],
)
def test_levels_that_are_none_are_refused(change: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        coupling(change(SYSTEMS), seed=1)


def test_one_place_is_enough_and_nothing_at_all_has_no_coupling() -> None:
    assert len(coupling(SYSTEMS.iloc[:1], seed=1).to_frame()) == 1
    result = coupling(SYSTEMS * 0, seed=1)
    frame = result.to_frame()
    assert frame["c"].isna().all()
    assert frame["d"].tolist() == [0.0] * 3
    assert "C has no value" in told(result)


@pytest.mark.parametrize("mistake", sorted(published_mistakes(np.array([0.5, 0.2]))))
def test_degrees_computed_elsewhere_are_recognised(mistake: str) -> None:
    claimed = pd.Series(published_mistakes(SYSTEMS.to_numpy())[mistake], SYSTEMS.index)
    assert f"published mistake: {mistake}" in told(coupling(SYSTEMS, seed=1, claimed=claimed.round(4)))


def test_right_and_unknown_degrees_are_recognised_too() -> None:
    frame = coupling(SYSTEMS, seed=1).to_frame().set_index("place_id")
    for column, words in (("c", "the corrected formula"), ("c_classical", "the classical formula")):
        assert words in told(coupling(SYSTEMS, seed=1, claimed=frame[column].round(4)))
    assert "no formula known" in told(coupling(SYSTEMS, seed=1, claimed=frame["c"] - 0.1))
    assert "nowhere above 1/2" in told(coupling(SYSTEMS, seed=1, claimed=pd.Series(0.44, SYSTEMS.index)))
    assert "all missing" in told(coupling(SYSTEMS, seed=1, claimed=pd.Series(np.nan, SYSTEMS.index)))
    with pytest.raises(AlignmentError):
        coupling(SYSTEMS, seed=1, claimed=frame["c"].iloc[:2])


def raw_panel() -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([["a", "b", "c"], [2010, 2020]], names=["place_id", "year"])
    return pd.DataFrame({"gdp": [10.0, 30.0, 20.0, 50.0, 5.0, 80.0], "smoke": [9.0, 7.0, 3.0, 4.0, 1.0, 2.0]}, rows)


POSTS = pd.DataFrame(
    {"indicator": ["gdp", "smoke"], "subsystem": ["economy", "nature"], "low": [0.0, 0.0], "high": [100.0, 10.0],
     "direction": [1, -1]}
)  # fmt: skip


def test_levels_between_fixed_goalposts_by_hand() -> None:
    systems, behind = subsystem_levels(raw_panel(), POSTS)
    assert systems["economy"].tolist() == pytest.approx([0.1, 0.3, 0.2, 0.5, 0.05, 0.8])
    assert systems["nature"].tolist() == pytest.approx([0.1, 0.3, 0.7, 0.6, 0.9, 0.8])
    result = coupling(systems, seed=1, indicators=behind)
    assert "scaled by year" not in told(result)
    assert result.to_frame().loc[5, "c"] == pytest.approx(1.0)


def test_weights_inside_a_subsystem_reach_the_bootstrap() -> None:
    posts = POSTS.assign(subsystem=["economy", "economy"], weight=[3.0, 1.0])
    posts = pd.concat([posts, POSTS.iloc[1:].assign(indicator="dust", weight=1.0)])
    systems, behind = subsystem_levels(raw_panel().assign(dust=5.0), posts)
    assert systems.loc[("a", 2010), "economy"] == pytest.approx(0.75 * 0.1 + 0.25 * 0.1)
    assert systems.loc[("b", 2010), "economy"] == pytest.approx(0.75 * 0.2 + 0.25 * 0.7)
    frame = coupling(systems, seed=1, indicators=behind).to_frame()
    assert frame.loc[2, ["u_economy_low", "u_economy_high"]].tolist() == pytest.approx([0.2, 0.7])  # one drawn twice
    with pytest.raises(InputError, match="not the level"):  # the weights are what makes the levels the means
        unweighted = behind.copy()
        unweighted.attrs = {}
        coupling(systems, seed=1, indicators=unweighted)


def test_goalposts_that_move_with_the_year_are_refused() -> None:
    by_year = pd.concat([POSTS.assign(year=2010), POSTS.assign(year=2020, high=[200.0, 10.0])])
    with pytest.raises(InputError, match=r"gdp have several goalposts.*published misuse"):
        subsystem_levels(raw_panel(), by_year)
    still = pd.concat([POSTS.assign(year=2010), POSTS.assign(year=2020)])
    pd.testing.assert_frame_equal(subsystem_levels(raw_panel(), still)[0], subsystem_levels(raw_panel(), POSTS)[0])


def test_levels_scaled_by_year_are_seen_and_named() -> None:
    raw = raw_panel()
    low, high = (raw.groupby(level="year").transform(how) for how in ("min", "max"))
    result = coupling((raw - low) / (high - low) * 0.98 + 0.01, seed=1)
    assert "the same in every year" in told(result)
    assert "published misuse" in told(result)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": [100.0, 0.0]}, "low is not below high for gdp"),
        ({"direction": [1, 0]}, "direction is not 1 or -1 for smoke"),
        ({"weight": [0.0, 1.0]}, "weight is not positive for gdp"),
        ({"indicator": ["gdp", "steam"]}, "differ in the indicators smoke, steam"),
    ],
)
def test_bad_goalposts(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        subsystem_levels(raw_panel(), POSTS.assign(**change))


def test_goalposts_lack_a_column_or_values_a_value() -> None:
    with pytest.raises(InputError, match="need the columns low"):
        subsystem_levels(raw_panel(), POSTS.drop(columns="low"))
    with pytest.raises(MissingDataError, match="gdp"):
        subsystem_levels(raw_panel().mask(raw_panel() == 80.0), POSTS)


def index_frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    places = [f"c{i}" for i in range(1, 4)]
    values = pd.DataFrame(
        [
            {"place_id": p, "pillar": pillar, "indicator": f"{pillar}{k}", "normalised": 0.2 * i + 0.1 * k + shift,
             "used": True}
            for i, p in enumerate(places)
            for pillar, shift in (("work", 0.1), ("home", 0.3))
            for k in range(3)
        ]
    )  # fmt: skip
    mean = values.groupby(["place_id", "pillar"])["normalised"].mean().unstack()
    scores = pd.DataFrame(
        {"place_id": places, "score": 1.0, "pillar_work": 100 * mean["work"].to_numpy(),
         "pillar_home": 100 * mean["home"].to_numpy(), "pillar_nature": np.nan}
    )  # fmt: skip
    return scores, values


def test_pillars_of_the_index_become_systems() -> None:
    scores, values = index_frames()
    result = coupling_of_cluster(line(3), scores, seed=1, values=values)
    frame = result.to_frame()
    assert frame["u_work"].tolist() == pytest.approx([0.2, 0.4, 0.6])
    assert frame["u_home"].tolist() == pytest.approx([0.4, 0.6, 0.8])
    assert set(frame["lags"]) == {"work"}
    assert (frame["d_low"] < frame["d_high"]).all()
    assert "left out: nature" in told(result)
    assert result.describe()[1].inputs[0].table == "results/nodes/index"


def test_pillars_without_their_values_or_with_weights_have_no_intervals() -> None:
    scores, values = index_frames()
    assert coupling_of_cluster(line(3), scores, seed=1).to_frame()["d_low"].isna().all()
    weighted = coupling_of_cluster(line(3), scores.assign(pillar_work=30.0), seed=1, values=values)
    assert "unequal weights" in told(weighted)
    gone = coupling_of_cluster(line(3), scores, seed=1, values=values[values["place_id"] != "c2"])
    assert "incomplete" in told(gone)


def test_scores_of_other_places_or_of_one_pillar_are_refused() -> None:
    scores, _ = index_frames()
    with pytest.raises(AlignmentError, match="c4"):
        coupling_of_cluster(line(4), scores, seed=1)
    with pytest.raises(AlignmentError, match="c1"):
        coupling_of_cluster(line(3), pd.concat([scores, scores.iloc[:1]]), seed=1)
    with pytest.raises(InputError, match="two pillars"):
        coupling_of_cluster(line(3), scores.drop(columns="pillar_home"), seed=1)


def test_options() -> None:
    with pytest.raises(InputError, match="unknown keys grade"):
        CouplingOptions.of({"grade": True})
    with pytest.raises(InputError, match="draws"):
        CouplingOptions(draws=1)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.01, 1.0)] * 3), min_size=1, max_size=6), st.permutations(["x", "y", "z"]))
def test_order_of_places_and_systems_changes_nothing(levels: list[tuple[float, ...]], order: list[str]) -> None:
    systems = pd.DataFrame(levels, columns=["x", "y", "z"], index=[f"p{i}" for i in range(len(levels))])
    one = coupling(systems, seed=1).to_frame()
    two = coupling(systems[order].iloc[::-1], seed=1).to_frame()
    for name in ("c", "t", "d", "c_classical", "gap"):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-9, atol=1e-12)
    assert one[["c", "t", "d"]].max(axis=None) <= 1 + 1e-12
    assert one[["c", "t", "d"]].min(axis=None) >= 0
