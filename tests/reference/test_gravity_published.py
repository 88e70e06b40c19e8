"""Gravity against print: "The Log of Gravity" and the Austrian migration flows.

Not reproduced: the nonlinear least squares, gamma and Tobit columns of Table 3, and its other standard errors.
"""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.doubly_constrained import decay
from megaregion.core.least_squares import least_squares
from megaregion.core.poisson import poisson
from megaregion.core.score_covariance import independent
from megaregion.links.soft.gravity import ppml

TERMS = [
    *("lypex", "lypim", "lyex", "lyim", "ldist", "border", "comlang", "colony", "landl_ex", "landl_im"),
    *("lremot_ex", "lremot_im", "comfrt_wto", "open_wto"),
]
HALF = 0.0005001  # three printed decimals


@pytest.fixture(scope="module")
def trade(shared_data):
    file = shared_data / "reference/gravity/log_of_gravity.dta.gz"
    if not file.is_file():  # the authors' data may not be redistributed: pinned where a user has fetched them
        pytest.skip("the trade data of The Log of Gravity are not among the publishers' files")
    return pd.read_stata(file)[["trade", *TERMS]].astype(float)


def test_log_of_gravity_ppml(trade):
    """Santos Silva & Tenreyro (2006), Table 3, PPML on all 18,360 pairs: estimates and robust errors as printed."""
    table = ppml(trade, "trade", TERMS).table
    want = {"lypex": 0.732, "lypim": 0.741, "ldist": -0.784, "border": 0.193, "comlang": 0.746}
    for name, value in want.items():
        assert table.loc[name, "coef"] == pytest.approx(value, abs=HALF), name
    for name, value in {"ldist": 0.055, "lypex": 0.027}.items():
        assert table.loc[name, "se"] == pytest.approx(value, abs=HALF), name


def test_log_of_gravity_by_the_own_kernel(trade):
    """The kernel without pyfixest: the same estimates and HC1 errors to 1e-6."""
    n = len(trade)
    x = np.column_stack([np.ones(n), trade[TERMS]])
    fit = poisson(x, trade["trade"].to_numpy())
    table = ppml(trade, "trade", TERMS).table
    np.testing.assert_allclose(fit.estimate, table["coef"], rtol=1e-6)
    se = np.sqrt(np.diag(fit.covariance(independent(fit.score))) * n / fit.freedom)
    np.testing.assert_allclose(se, table["se"], rtol=1e-4)
    assert fit.freedom == n - 15


def test_log_of_gravity_positive_flows_and_ols(trade):
    """Same table: PPML on the 9,613 positive flows -0.776, OLS in logs -1.166, ln distance."""
    positive = trade[trade["trade"] > 0]
    assert len(positive) == 9613
    assert ppml(positive, "trade", TERMS).table.loc["ldist", "coef"] == pytest.approx(-0.776, abs=HALF)
    x = np.column_stack([np.ones(len(positive)), positive[TERMS]])
    ols = least_squares(x, np.log(positive["trade"].to_numpy()))
    assert ols.estimate[1 + TERMS.index("ldist")] == pytest.approx(-1.166, abs=HALF)


def test_austria(shared_data):
    """72 flows between nine regions, doubly constrained, exponential in km: -0.0079153332 (spint), two programs."""
    data = pd.read_csv(shared_data / "reference/gravity/austria.csv", index_col=0)
    pairs = data[data["Origin"] != data["Destination"]]
    codes = [pd.factorize(pairs[end], sort=True)[0] for end in ("Origin", "Destination")]
    assert len(pairs) == 72
    fit = poisson(pairs[["Dij"]].to_numpy(float), pairs["Data"].to_numpy(float), codes)
    assert fit.estimate[0] == pytest.approx(-0.0079153332, abs=5e-11)
    flow, cost = (pairs.pivot(index="Origin", columns="Destination", values=v).astype(float) for v in ("Data", "Dij"))
    f, c = flow.fillna(0.0).to_numpy(), cost.fillna(np.inf).to_numpy()
    target = float((pairs["Data"] * pairs["Dij"]).sum() / pairs["Data"].sum())
    got = decay(c, f.sum(axis=1), f.sum(axis=0), target)
    assert got.slope == pytest.approx(-0.0079153332, abs=5e-11)
    assert got.mean_cost == pytest.approx(target, rel=1e-12)
