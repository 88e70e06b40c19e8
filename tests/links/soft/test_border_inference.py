"""Few groups: the usual errors are too small, the wild bootstrap is not; seeds; closed cases."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError
from megaregion.links.soft.barriers import border_effect, dyads
from megaregion.links.soft.border_inference import (
    border_inference,
    group_pairs,
    main_design,
    places_drawn,
    wild_interval,
    wild_p,
)
from megaregion.links.soft.border_levels import border_levels
from megaregion.links.soft.border_wild import border_wild, few_group_pairs


def world(seed, n=30, groups=6, shock=0.3, border=0.5):
    """Flows with a shock common to each pair of groups, which errors clustered on ends do not see."""
    rng = np.random.default_rng(seed)
    ids = [f"p{k:02d}" for k in range(n)]
    xy = rng.uniform(0, 400, (n, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 10
    g = rng.permutation(np.arange(n) % groups)
    common = rng.normal(0, shock, (groups, groups))
    common = (common + common.T) / np.sqrt(2)
    eta = 9 - 1.2 * np.log(km) + border * np.equal.outer(g, g) + common[g][:, g]
    flow = rng.poisson(np.exp(eta) * rng.gamma(4, 0.25, (n, n))).astype(float)
    return dyads(
        pd.DataFrame(flow, ids, ids), pd.DataFrame(km, ids, ids), pd.Series(g.astype(str), ids), measure="time"
    )


def test_wild_bootstrap_keeps_its_level_where_clusters_on_ends_do_not():
    """80 draws with 21 clusters at 5 %: the wild test rejects the truth at most 11 times (more: p < 0.002)."""
    wild = ends = 0
    for seed in range(80):
        pairs = world(seed)
        design = main_design(pairs)
        wild += wild_p(design, group_pairs(design, pairs.groups), 0.5, seed=1, replications=399) < 0.05
        e = border_effect(pairs)
        ends += not e.ci_low <= 0.5 <= e.ci_high
    assert wild <= 11, wild
    assert ends > wild


def test_all_methods_in_one_table():
    pairs = world(3)
    got = border_inference(pairs, seed=5, replications=99)
    table = got.to_frame().set_index("method")
    assert list(table.index) == ["robust", "two-way", "dyadic", "wild, pairs of groups", "places drawn anew"]
    assert table["coef"].nunique() == 1 and table["coef"].iloc[0] == pytest.approx(border_effect(pairs).coef, abs=1e-7)
    assert (table["ci_low"] < table["coef"]).all() and (table["coef"] < table["ci_high"]).all()
    assert (table["min_low"] < table["equivalent_min"]).all() and (table["equivalent_min"] < table["min_high"]).all()
    assert table.loc["wild, pairs of groups", "clusters"] == 21
    assert [c.name for c in got.describe()] == list(got.to_frame())
    pd.testing.assert_frame_equal(got.to_frame(), border_inference(pairs, seed=5, replications=99).to_frame())


def test_progress_is_told_draw_by_draw():
    told: list[tuple[int, int]] = []
    border_inference(world(3), seed=1, replications=5, tell=lambda done, total: told.append((done, total)))
    assert told == [(k, 5) for k in range(5)]


def test_drawing_places_is_conservative_where_nothing_is_common():
    """With noise of pairs only, drawing both ends triples the variance (Owen 2007): 1.73 of the error, +-25 %."""
    pairs = world(4, shock=0.0)
    drawn, failed = places_drawn(main_design(pairs), seed=2, replications=150)
    e = border_effect(pairs)
    assert failed == 0 and len(drawn) == 150
    assert drawn[:, 0].mean() == pytest.approx(e.coef, abs=1.5 * e.se)
    assert drawn[:, 0].std() / e.se == pytest.approx(np.sqrt(3.0), rel=0.25)


def test_two_clusters_can_reject_nothing():
    """Two groups have three pairs of groups: no null is rejected, the interval is infinite and says so."""
    pairs = world(5, n=12, groups=2)
    row = border_inference(pairs, seed=1, replications=49).to_frame().set_index("method").loc["wild, pairs of groups"]
    assert row["clusters"] == 3 and np.isinf(row["ci_low"]) and np.isinf(row["ci_high"])


def test_what_is_not_identified_or_asked_for_is_refused():
    pairs = world(6, n=12)
    with pytest.raises(InputError, match="does not identify"):
        border_inference(dyads_of_one(pairs), seed=1)
    with pytest.raises(InputError, match="replications"):
        border_inference(pairs, seed=1, replications=1)


def dyads_of_one(pairs):
    return type(pairs)(pairs.rows.assign(same=1.0, pair=""), pd.Series("g", pairs.groups.index), "time", 60.0)


def test_the_wild_interval_alone_is_that_of_the_table():
    pairs = world(3, n=16, groups=4)
    row = border_inference(pairs, seed=7, replications=49).table.set_index("method").loc["wild, pairs of groups"]
    alone = wild_interval(pairs, seed=7, replications=49)
    for name in ("coef", "ci_low", "ci_high", "p_value"):
        assert alone[name] == pytest.approx(row[name], rel=1e-12)
    assert alone["group_pairs"] == row["clusters"] == 10  # 4 within and 6 between
    found = border_wild({"people": pairs, "goods": pairs}, seed=7, replications=49)
    table = found.to_frame()
    assert [c.name for c in found.describe()] == list(table) and table["layer"].tolist() == ["people", "goods"]
    assert (table["ci_low"] == alone["ci_low"]).all()
    with pytest.raises(InputError, match="at least 2"):
        wild_interval(pairs, seed=7, replications=1)


def test_few_means_fewer_than_fifty_pairs_of_groups():
    assert few_group_pairs(world(1, n=27, groups=9))  # 45
    assert not few_group_pairs(world(1, n=30, groups=10))  # 55


def test_controls_are_held_by_every_method():
    """Beside a control the coefficient is that of `border_levels` with it, and the result names the control."""
    pairs = world(3, n=16, groups=4)
    ids = pairs.groups.index
    zone = np.arange(len(ids)) % 3
    control = {"zone": pd.DataFrame(np.equal.outer(zone, zone).astype(float), ids, ids)}
    want = border_levels(pairs, pd.DataFrame({"g": pairs.groups}), controls=control).table["coef"].iloc[0]
    got = border_inference(pairs, seed=1, replications=19, controls=control)
    assert got.facts() == {"beside": "zone"} and border_inference(pairs, seed=1, replications=2).facts() == {}
    np.testing.assert_allclose(got.table["coef"], want, atol=1e-9)
    assert abs(want - border_effect(pairs).coef) > 1e-6


def test_why_a_border_is_not_identified_is_said():
    """One origin; no flow across, or none inside (perfectly separated); each in words, in Chinese too."""
    pairs = world(6, n=12, groups=3)
    rows = pairs.rows
    for keep, word, zh in (
        (rows["origin"] == "p00", "one origin", "只有一个起点"),
        (rows["same"] > 0, "no flow crosses a border", "完全分离"),
        (rows["same"] < 1, "no flow stays inside a group", "完全分离"),
    ):
        some = type(pairs)(rows.assign(flow=rows["flow"].where(keep, 0.0)), pairs.groups, "time", 60.0)
        found = border_effect(some)
        assert not found.identified and word in found.note_en and zh in found.note_zh
        with pytest.raises(InputError, match=f"does not identify the border.*{word}"):
            border_inference(some, seed=1, replications=9)
