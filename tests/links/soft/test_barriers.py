"""The border effect: published numbers, planted borders, and borders that cannot be seen."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.poisson import poisson
from megaregion.core.sphere import matrix_km
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.soft.barriers import (
    BorderOptions,
    border_effect,
    dyads,
    pair_effects,
    placebo,
    quadratic,
    without_single,
)

DAYS = [f"2024/8/{d}" for d in range(18, 32)] + [f"2024/9/{d}" for d in range(1, 8)]


@pytest.fixture(scope="module")
def amap(shared_data):
    """Flow, kilometres, provinces, points and population of the 41 cities."""
    folder = shared_data / "yangtze-delta"
    census = pd.read_csv(folder / "open/census_cities_2010_2020.csv", dtype={"city_code": str, "province_code": str})
    code = dict(zip(census["city"].str.removesuffix("市"), census["city_code"], strict=True))
    raw = pd.read_csv(folder / "local/amap_real_links_2024.csv", encoding="utf-8-sig")
    raw = raw.assign(o=raw["StartCity"].map(code), d=raw["EndCity"].map(code), flow=raw[DAYS].mean(axis=1))
    points = raw.drop_duplicates("o").set_index("o")[["start_lon", "start_lat"]].sort_index()
    flow = raw.pivot(index="o", columns="d", values="flow").reindex(index=points.index, columns=points.index)
    km = pd.DataFrame(matrix_km(points["start_lon"], points["start_lat"]), points.index, points.index)
    census = census.set_index("city_code").reindex(points.index)
    return flow, km, census["province_code"], points, census["popu_2020"].astype(float)


def test_amap_ppml(amap):
    """Required figures: ln distance -1.971, same province 0.776 (0.112 two-way), all 1,640 pairs; three decimals."""
    flow, km, province, _, _ = amap
    got = border_effect(dyads(flow, km, province))
    assert got.n == 1640 and got.n_dropped == 0 and got.clusters == 41
    assert got.ln_distance == pytest.approx(-1.971, abs=0.0006)
    assert got.coef == pytest.approx(0.776, abs=0.0006)
    assert got.se_two_way == pytest.approx(0.112, abs=0.0006)
    assert got.errors == "dyadic" and got.se > got.se_two_way
    assert got.ci_low < got.two_way_low < got.two_way_high < got.ci_high
    assert got.equivalent_percent == pytest.approx(100 * np.expm1(got.coef / 1.971), abs=0.1)
    assert np.isnan(got.equivalent_min)  # kilometres have no minutes


def test_amap_ols(amap):
    """Required figures: OLS in logs over 1,639 positive pairs: 0.882, 0.998, -2.251, +0.676; R2 0.887."""
    flow, km, province, _, people = amap
    rows = dyads(flow, km, province).rows
    rows = rows[rows["flow"] > 0]
    x = np.column_stack(
        [np.ones(len(rows)), np.log(rows["origin"].map(people)), np.log(rows["destination"].map(people)),
         rows["ln_x"], rows["same"]]
    )  # fmt: skip
    y = np.log(rows["flow"].to_numpy())
    coef, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    assert len(rows) == 1639
    np.testing.assert_allclose(coef[1:], [0.882, 0.998, -2.251, 0.676], atol=0.0006)
    assert 1 - rest[0] / ((y - y.mean()) ** 2).sum() == pytest.approx(0.887, abs=0.0006)


def test_amap_what_makes_ols_and_ppml_differ(amap):
    """0.676 (OLS, populations) against 0.776 (PPML, effects): the effects of both ends, not the estimator.

    With populations PPML stays within 0.05 of OLS; with effects both rise by more than that.
    """
    flow, km, province, _, people = amap
    rows = dyads(flow, km, province).rows
    seen = (rows["flow"] > 0).to_numpy()
    y, two = rows["flow"].to_numpy(), rows[["ln_x", "same"]].to_numpy(float)
    i, j = (pd.factorize(rows[e])[0] for e in ("origin", "destination"))
    masses = np.column_stack([np.ones(len(rows)), *(np.log(rows[e].map(people)) for e in ("origin", "destination"))])
    dummies = np.hstack([np.eye(41)[i], np.eye(41)[j][:, 1:]])

    def ols(x):
        return np.linalg.lstsq(x[seen], np.log(y[seen]), rcond=None)[0][-1]

    plain = ols(np.hstack([masses, two])), poisson(np.hstack([masses, two]), y).estimate[-1]
    with_effects = ols(np.hstack([dummies, two])), poisson(two, y, [i, j]).estimate[-1]
    assert plain[0] == pytest.approx(0.676, abs=0.0006) and with_effects[1] == pytest.approx(0.776, abs=0.0006)
    assert abs(plain[1] - plain[0]) < 0.05
    assert with_effects[0] - plain[0] > 0.05 and with_effects[1] - plain[1] > 0.05


def test_shanghai_has_no_border_of_its_own(amap):
    flow, km, province, _, _ = amap
    found = {e.spec: e for e in pair_effects(dyads(flow, km, province))}
    assert len(found) == 6
    for spec, e in found.items():
        if "310000" in spec:
            assert not e.identified and np.isnan(e.coef) and e.note_zh and "single place" in e.note_en
        else:
            assert e.identified and e.coef > 0 and e.ci_low < e.coef < e.ci_high


def simulated(seed, n=32, border=0.8, groups=4):
    """Poisson flows with gamma noise, distance elasticity -1.5 and a known border."""
    rng = np.random.default_rng(seed)
    ids = [f"p{i:02d}" for i in range(n)]
    xy = rng.uniform(0, 400, (n, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 5 * (1 - np.eye(n))
    group = pd.Series([f"g{k % groups}" for k in rng.permutation(n)], index=ids)
    same = group.to_numpy()[:, None] == group.to_numpy()[None]
    with np.errstate(divide="ignore"):
        mean = np.exp(rng.normal(0, 0.7, (n, 1)) + rng.normal(0, 0.7, (1, n)) + 8 - 1.5 * np.log(km) + border * same)
    np.fill_diagonal(mean, 0.0)
    flow = rng.poisson(mean * rng.gamma(4, 0.25, (n, n))).astype(float)
    latitude = pd.Series(30 + xy[:, 1] / 111, index=ids)
    return pd.DataFrame(flow, ids, ids), pd.DataFrame(km, ids, ids), group, latitude


def test_planted_border_is_recovered_with_stated_coverage():
    """60 draws: mean within four of its own standard errors of 0.8; the 95 % interval holds it at least 51 times.

    With exact coverage fewer than 51 of 60 has a probability below 0.002.
    """
    found = [border_effect(dyads(*simulated(seed)[:3])) for seed in range(60)]
    coef = np.array([e.coef for e in found])
    assert abs(coef.mean() - 0.8) < 4 * coef.std(ddof=1) / np.sqrt(60)
    assert sum(e.ci_low <= 0.8 <= e.ci_high for e in found) >= 51


def test_placebo_of_a_world_without_such_lines_is_small():
    """The cut at the median means nothing here: the mean over draws is near zero."""
    found = []
    for seed in range(12):
        flow, km, group, latitude = simulated(seed)
        found.append(placebo(dyads(flow, km, group), latitude, single=False)[0].coef)
    assert abs(np.mean(found)) < 4 * np.std(found, ddof=1) / np.sqrt(12)


def test_placebo_finds_a_planted_line():
    flow, km, group, latitude = simulated(3)
    half = latitude > latitude.groupby(group).transform("median")
    inside = (half.to_numpy()[:, None] == half.to_numpy()[None]) & (group.to_numpy()[:, None] == group.to_numpy()[None])
    pooled, *single = placebo(dyads(flow * np.where(inside, 3.0, 1.0), km, group), latitude)
    assert pooled.coef == pytest.approx(np.log(3), abs=4 * pooled.se)
    assert [e.group_a for e in single] == ["g0", "g1", "g2", "g3"]
    assert np.isnan(pooled.equivalent_percent) and "not a border" in pooled.note_en


def test_pair_effects_see_the_pair_that_is_harder():
    flow, km, group, _ = simulated(4)
    inside = group.to_numpy()
    hard = ((inside[:, None] == "g0") & (inside[None] == "g1")) | ((inside[:, None] == "g1") & (inside[None] == "g0"))
    found = {e.spec: e.coef for e in pair_effects(dyads(flow * np.where(hard, 0.2, 1.0), km, group))}
    assert max(found, key=found.get) == "pair:g0-g1"
    plain = {e.spec: e.coef for e in pair_effects(dyads(flow, km, group))}
    assert found["pair:g0-g1"] - plain["pair:g0-g1"] == pytest.approx(np.log(5), abs=0.35)


def test_pair_effects_with_a_control():
    """Flows with a direct service are tripled: with the control the pairs are as without the planting."""
    flow, km, group, _ = simulated(12)
    direct = np.random.default_rng(1).random(flow.shape) < 0.3
    pairs, plain = dyads(flow * np.where(direct, 3.0, 1.0), km, group), dyads(flow, km, group)
    at = dict(zip(((o, d) for o in flow.index for d in flow.columns), direct.ravel().astype(float), strict=True))
    rows = pairs.rows.assign(
        direct=[at[o, d] for o, d in zip(pairs.rows["origin"], pairs.rows["destination"], strict=True)]
    )
    held = {e.spec: e.coef for e in pair_effects(type(pairs)(rows, group, "distance", 60.0), extra=("direct",))}
    for e in pair_effects(plain):
        assert held[e.spec] == pytest.approx(e.coef, abs=3 * e.se)


def test_pair_without_any_flow_is_said():
    flow, km, group, _ = simulated(5)
    inside = group.to_numpy()
    shut = ((inside[:, None] == "g0") & (inside[None] == "g1")) | ((inside[:, None] == "g1") & (inside[None] == "g0"))
    found = {e.spec: e for e in pair_effects(dyads(flow * ~shut, km, group))}
    assert not found["pair:g0-g1"].identified and "no flow at all" in found["pair:g0-g1"].note_en
    assert found["pair:g2-g3"].identified and found["pair:g2-g3"].n_dropped == 128


def test_nothing_to_compare():
    flow, km, group, _ = simulated(6, n=12)
    one = border_effect(dyads(flow, km, pd.Series("g", index=group.index)))
    each = border_effect(dyads(flow, km, pd.Series(list(group.index), index=group.index)))
    for e in (one, each):
        assert not e.identified and np.isnan(e.coef) and e.note_en and e.note_zh


def test_without_the_groups_of_one_place():
    flow, km, group, _ = simulated(7)
    assert without_single(dyads(flow, km, group)) == []
    group = group.copy()
    group.iloc[0] = "alone"
    (got,) = without_single(dyads(flow, km, group))
    drop = group.index[1:]
    want = border_effect(dyads(flow.loc[drop, drop], km.loc[drop, drop], group.loc[drop]))
    assert got.spec == "without:alone" and got.coef == want.coef and got.n == 31 * 30


def test_minutes_only_for_times_and_percent_only_where_distance_matters():
    flow, km, group, _ = simulated(8)
    by_time = border_effect(dyads(flow, km, group, measure="time", base_min=90.0))
    by_km = border_effect(dyads(flow, km, group))
    assert by_time.coef == by_km.coef
    assert by_time.base_min == 90.0
    assert by_time.equivalent_min == pytest.approx(90 * np.expm1(by_time.coef / -by_time.ln_distance))
    assert by_time.min_low < by_time.equivalent_min < by_time.min_high
    assert by_time.min_low == pytest.approx(0.9 * by_time.percent_low)  # of 90 minutes
    assert np.isnan(by_km.equivalent_min) and np.isnan(by_km.base_min) and np.isfinite(by_km.equivalent_percent)
    assert by_km.percent_low == by_time.percent_low and np.isnan(by_km.min_low)
    flat = border_effect(dyads(flow * km**1.2, km, group))  # elasticity about -0.3
    assert -1 < flat.ln_distance < 0 and np.isnan(flat.equivalent_percent) and "means nothing" in flat.note_en
    bent = quadratic(dyads(flow, km, group))
    assert bent.identified and np.isnan(bent.equivalent_percent)


def test_labels_do_not_matter():
    flow, km, group, _ = simulated(9, n=16)
    order = list(group.sample(frac=1, random_state=2).index)
    one = border_effect(dyads(flow, km, group))
    two = border_effect(dyads(flow, km.loc[order, order], group.loc[order]))
    assert two.coef == pytest.approx(one.coef, abs=1e-8) and two.se == pytest.approx(one.se, rel=1e-6)


def test_gaps_are_zero_only_where_said():
    flow, km, group, _ = simulated(10, n=12)
    gaps = flow.mask(flow < 3)
    assert len(dyads(gaps, km, group).rows) < 132 == len(dyads(gaps, km, group, absent_is_zero=True).rows)
    far = km.mask(km > 300)
    assert len(dyads(flow, far, group).rows) == int((km <= 300).sum().sum()) - 12


def test_bad_input_is_named():
    flow, km, group, _ = simulated(11, n=6)
    bad = flow.copy()
    bad.iloc[0, 1] = -1.0
    zero = km.copy()
    zero.iloc[2, 3] = 0.0
    with pytest.raises(InputError, match=r"negative for 1 pairs: p00→p01.*not > 0 for 1 pairs: p02→p03"):
        dyads(bad, zero, group)
    endless, far = flow.copy(), km.copy()
    endless.iloc[0, 1] = far.iloc[2, 3] = np.inf
    with pytest.raises(InputError, match=r"flow is infinite for 1 pairs: p00→p01; the distance is infinite.*p02→p03"):
        dyads(endless, far, group)
    with pytest.raises(AlignmentError):
        dyads(flow.iloc[:5, :5], km, group)
    with pytest.raises(MissingDataError, match="p00"):
        dyads(flow, km, group.mask(group.index == "p00"))


def test_options():
    assert BorderOptions.of({"absent_is_zero": ["trains"]}).absent_is_zero == ("trains",)
    with pytest.raises(InputError, match="unknown keys minutes"):
        BorderOptions.of({"minutes": 3})
    with pytest.raises(InputError):
        BorderOptions(base_min=0)
