"""Gravity of pairs: the optimum of pyfixest, both errors by brute force, and what symmetry does to them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from megaregion.core.poisson import poisson
from megaregion.errors import InputError
from megaregion.links.soft.gravity import ppml
from megaregion.links.soft.pair_fit import ENDS, pair_fit


def drawn(seed, n=14, symmetric=False):
    """Ordered pairs with gamma noise; symmetric: both directions alike."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, n))
    x = x + x.T
    noise = rng.gamma(2, 0.5, (n, n))
    size = rng.normal(0, 0.5, n)
    flow = np.exp(3 + size[:, None] + size + 0.3 * x) * ((noise + noise.T) / 2 if symmetric else noise)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    ids = np.array([f"p{k:02d}" for k in range(n)], dtype=object)
    flow = flow if symmetric else np.floor(flow)
    return pd.DataFrame({"origin": ids[i], "destination": ids[j], "flow": flow[i, j], "x": x[i, j]})


def brute(rows, alike):
    """Variance of the coefficient from every pair of observations that `alike` holds together."""
    codes = [pd.factorize(rows[e])[0].astype(np.intp) for e in ENDS]
    fit = poisson(rows[["x"]].to_numpy(float), rows["flow"].to_numpy(float), codes)
    score = fit.score[:, 0]
    return float(fit.bread[0, 0]) ** 2 * float((alike * np.outer(score, score)).sum())


def test_coefficient_and_two_way_error_of_pyfixest():
    """The optimum to 1e-6; pyfixest multiplies variances by (n - 1) / (n - k) besides."""
    rows = drawn(1)
    peer, got = ppml(rows, "flow", ["x"], effects=ENDS, clusters=ENDS), pair_fit(rows, ["x"])
    assert got.coef["x"] == pytest.approx(peer.table.loc["x", "coef"], abs=1e-6)
    ratio = peer.table.loc["x", "se"] / got.errors("x").se_two_way
    assert 1.0 <= ratio < np.sqrt((len(rows) - 1) / (len(rows) - 1 - 2 * 14)) + 1e-9
    assert (got.n, got.ends, got.places) == (peer.n, peer.clusters, 14)


def test_both_errors_by_brute_force():
    rows = drawn(2)
    got, o, d = pair_fit(rows, ["x"]), *(rows[e].to_numpy(object) for e in ENDS)
    same_o, same_d = o[:, None] == o, d[:, None] == d
    shared = same_o | same_d | (o[:, None] == d) | (d[:, None] == o)
    for kind, alike in (("two-way", same_o | same_d), ("dyadic", shared)):
        want = brute(rows, alike) * 14 / 13
        assert got.covariance[kind].loc["x", "x"] == pytest.approx(want, rel=1e-8)


def test_the_wider_interval_is_shown():
    for seed in range(6):
        got = pair_fit(drawn(seed), ["x"])
        errors = got.errors("x")
        half = {kind: float(np.sqrt(got.covariance[kind].loc["x", "x"])) * t.ppf(0.975, 13) for kind in got.covariance}
        assert (errors.high - errors.low) / 2 == pytest.approx(max(half.values()))
        assert errors.kind == max(half, key=half.get)
        assert (errors.two_way_high - errors.two_way_low) / 2 == pytest.approx(half["two-way"])


def test_flows_alike_in_both_directions_count_once():
    """F_ij = F_ji is one observation, not two: two-way clusters are too sure by nearly the root of 2.

    Of the four kinds of shared places they see two, and the pair itself once instead of twice.
    """
    got = pair_fit(drawn(3, symmetric=True), ["x"]).errors("x")
    assert got.kind == "dyadic" and 1.3 < got.se / got.se_two_way <= np.sqrt(2) + 1e-9


def test_order_of_rows_and_unit_of_flows_do_not_matter():
    rows = drawn(4)
    other = rows.assign(flow=rows["flow"] * 1000).sample(frac=1, random_state=1)
    one, two = pair_fit(rows, ["x"]), pair_fit(other, ["x"])
    assert two.coef["x"] == pytest.approx(one.coef["x"], abs=1e-8)
    assert two.errors("x").se == pytest.approx(one.errors("x").se, rel=1e-6)


def test_perfectly_predicted_pairs_are_dropped_and_counted():
    rows = drawn(5).assign(shut=lambda r: (r["origin"] == "p00").astype(float) * (r["destination"] == "p01"))
    rows.loc[rows["shut"] > 0, "flow"] = 0.0
    with pytest.raises(InputError, match="too few pairs"):
        pair_fit(rows, ["x", "shut"])
    assert pair_fit(rows, ["x"]).dropped == 0
