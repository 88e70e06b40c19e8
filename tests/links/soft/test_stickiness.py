"""Four measures by hand, and persistence of simulated links."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.dynamic_panel import persistence
from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.links.soft.stickiness import stickiness


def links(n=14, t=16, rho=0.6, seed=0):
    """ln flow of every ordered pair is AR(1) about a level of its own."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    y = rng.normal(0, 0.4 / np.sqrt(1 - rho**2), len(i))
    level, parts = rng.normal(5, 1, len(i)), []
    for period in range(t):
        y = rho * y + rng.normal(0, 0.4, len(i)) if period else y
        parts.append(pd.DataFrame({"origin": i, "destination": j, "period": period, "flow": np.exp(level + y)}))
    out = pd.concat(parts, ignore_index=True)
    return out.assign(origin="p" + out["origin"].astype(str), destination="p" + out["destination"].astype(str))


def by_measure(result):
    return result.table.set_index(["measure", "place"])


def test_retention_and_reciprocity_by_hand():
    """a keeps 90 of 100, b 30 of 50; of the mutual pair 10 and 20 flow: reciprocity 1/2."""
    flows = pd.DataFrame({"origin": list("aabb"), "destination": list("abab"), "flow": [90.0, 10.0, 20.0, 30.0]})
    got = by_measure(stickiness(flows, layer="people", unit="person"))
    assert got.loc[("retention", "a"), "value"] == pytest.approx(0.9)
    assert got.loc[("retention", "b"), "value"] == pytest.approx(0.6)
    assert got.loc[("reciprocity", ""), "value"] == pytest.approx(0.5)
    row = got.loc[("retention", "a")]  # Wilson's interval: roots of (p - 0.9)^2 = z^2 p (1 - p) / 100
    roots = np.roots([1 + 1.959964**2 / 100, -(1.8 + 1.959964**2 / 100), 0.81])
    assert sorted(roots) == pytest.approx([row["ci_low"], row["ci_high"]], abs=1e-6)
    assert "at least 5" in got.loc[("persistence", ""), "note_en"]


def test_persistence_and_half_life_cover():
    """60 simulated layers, 182 pairs, 16 periods: the interval holds 0.6 at least 51 times (less: p < 0.002)."""
    hit = 0
    for seed in range(60):
        got = by_measure(stickiness(links(seed=seed), layer="goods", unit="t", stock=None))
        row, life = got.loc[("persistence", "")], got.loc[("half-life", "")]
        hit += row["ci_low"] <= 0.6 <= row["ci_high"]
        assert life["value"] == pytest.approx(np.log(0.5) / np.log(row["value"]))
        assert life["ci_low"] < life["value"] < life["ci_high"]
    assert hit >= 51


def test_a_gap_in_time_is_not_bridged():
    """Twelve years with three lost: the same as the panel with three empty years, not as nine years in a row."""
    flows = links(8, 12, seed=3)
    kept = flows[~flows["period"].isin([4, 5, 6])]
    got = by_measure(stickiness(kept, layer="goods"))
    wide = np.log(flows.pivot(index=["origin", "destination"], columns="period", values="flow"))
    wide[[4, 5, 6]] = np.nan
    ends = ["|".join(sorted(pair)) for pair in wide.index]
    want = persistence(wide.to_numpy(), pd.factorize(pd.Series(ends))[0])
    row = got.loc[("persistence", "")]
    assert (row["value"], row["n"]) == (pytest.approx(want.rho), want.observations)
    assert "3 periods in between" in row["note_en"] and "3个时期" in row["note_zh"]
    bridged = by_measure(stickiness(kept.assign(period=kept["period"].rank(method="dense").astype(int)), layer="goods"))
    assert bridged.loc[("persistence", ""), "n"] > row["n"]


@pytest.mark.parametrize("step", [1, 5])
def test_the_step_of_time_does_not_matter(step: int):
    """Every year or every fifth: persistence and half-life are per step."""
    flows = links(6, 8, seed=4)
    one = by_measure(stickiness(flows, layer="goods"))
    two = by_measure(stickiness(flows.assign(period=2000 + step * flows["period"]), layer="goods"))
    pd.testing.assert_frame_equal(one, two)


def test_drifting_levels_are_said():
    """Each pair on a trend of its own, without any persistence about it: the correction cannot be Nickell's alone."""
    flows = links(12, 20, rho=0.0, seed=5)
    slope = np.random.default_rng(6).normal(0, 0.08, 12 * 11)
    pair = flows.groupby(["origin", "destination"], sort=False).ngroup().to_numpy()
    drift = flows.assign(flow=flows["flow"] * np.exp(slope[pair] * flows["period"]))
    assert "drift" not in by_measure(stickiness(flows, layer="x")).loc[("persistence", ""), "note_en"]
    row = by_measure(stickiness(drift, layer="x")).loc[("persistence", "")]
    assert "drift" in row["note_en"] and "漂移" in row["note_zh"]


def test_excess_linkage_of_a_planted_group():
    """Flows inside groups are tripled: excess above 1; without planting it is 1 for exact gravity flows."""
    rng = np.random.default_rng(1)
    n = 16
    ids = [f"p{k:02d}" for k in range(n)]
    xy = rng.uniform(0, 300, (n, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 20
    group = pd.Series(["g1" if k < 8 else "g2" for k in range(n)], ids)
    flow = np.exp(9 - np.log(km) + rng.normal(size=(n, 1)) + rng.normal(size=n))
    distance = pd.DataFrame(km, ids, ids)

    def measured(f):
        tidy = pd.DataFrame(f, ids, ids).rename_axis("origin").reset_index().melt("origin", var_name="destination")
        tidy = tidy[tidy["origin"] != tidy["destination"]].rename(columns={"value": "flow"})
        return by_measure(stickiness(tidy, layer="people", unit="index", distance=distance, groups=group))

    plain = measured(flow)
    for place in ("", "g1", "g2"):
        assert plain.loc[("excess linkage", place), "value"] == pytest.approx(1.0, abs=1e-6)
    g = group.to_numpy()
    planted = measured(flow * np.where(g[:, None] == g[None], 3.0, 1.0))
    assert planted.loc[("excess linkage", "g1"), "value"] > 1.2
    for place in ("", "g1", "g2"):
        row = planted.loc[("excess linkage", place)]
        assert row["ci_low"] < row["value"] < row["ci_high"]
    assert "no stock" in plain.loc[("retention", ""), "note_en"]  # an index


def test_columns_and_bad_input():
    flows = links(4, 6)
    got = stickiness(flows, layer="capital")
    assert [c.name for c in got.describe()] == list(got.to_frame())
    assert np.isnan(by_measure(got).loc[("retention", ""), "value"])  # no stocks, no internal flows
    with pytest.raises(SchemaError, match="flow"):
        stickiness(flows.drop(columns="flow"), layer="x")
    with pytest.raises(InputError, match=r"negative or infinite; 1 rows are repeated"):
        stickiness(pd.concat([flows.assign(flow=-1.0), flows.head(1)]), layer="x")
    with pytest.raises(MissingDataError, match="no stock > 0 for p3"):
        stickiness(flows, layer="x", stock=pd.Series(1e9, ["p0", "p1", "p2"]))
    with pytest.raises(InputError, match="more leaves"):
        stickiness(flows, layer="x", stock=pd.Series(1.0, [f"p{k}" for k in range(4)]))
