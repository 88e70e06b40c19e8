"""PPML against a published table, closed forms, and what must not be dropped in silence."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, SolveError
from megaregion.links.soft.gravity import _errors, active, identified, ppml, within

LOG_OF_GRAVITY = [
    *("lypex", "lypim", "lyex", "lyim", "ldist", "border", "comlang", "colony", "landl_ex", "landl_im"),
    *("lremot_ex", "lremot_im", "comfrt_wto", "open_wto"),
]


def test_log_of_gravity(shared_data):
    """Santos Silva & Tenreyro (2006), Table 3, PPML: all 18,360 pairs, and positive flows only; three decimals.

    Not reproduced: their standard errors of the other coefficients, and the nonlinear least squares columns.
    """
    data = pd.read_stata(shared_data / "reference/gravity/log_of_gravity.dta.gz")
    fit = ppml(data.astype(float), "trade", LOG_OF_GRAVITY)
    coef = fit.table["coef"]
    assert fit.n == 18_360
    want = {"lypex": 0.732, "lypim": 0.741, "ldist": -0.784, "border": 0.193, "comlang": 0.746}
    for name, value in want.items():
        assert coef[name] == pytest.approx(value, abs=0.0006), name
    positive = ppml(data[data["trade"] > 0].astype(float), "trade", LOG_OF_GRAVITY)
    assert positive.table.loc["ldist", "coef"] == pytest.approx(-0.776, abs=0.0006)


def grid(n, seed=0):
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    return rng, pd.DataFrame({"origin": i, "destination": j})


def test_exact_data_give_exact_coefficients():
    rng, data = grid(8)
    x = rng.normal(size=len(data))
    pull, push = rng.normal(size=8), rng.normal(size=8)
    data["x"] = x
    data["y"] = np.exp(0.7 * x + push[data["origin"]] + pull[data["destination"]])
    ends = ("origin", "destination")
    fit = ppml(data, "y", ["x"], effects=ends, clusters=ends)
    assert fit.table.loc["x", "coef"] == pytest.approx(0.7, abs=1e-7)
    assert (fit.n, fit.dropped, fit.clusters) == (56, 0, 8)


def test_unit_of_the_flow_does_not_matter():
    rng, data = grid(8, 3)
    data["x"] = rng.normal(size=len(data))
    data["y"] = rng.poisson(5, len(data)).astype(float)
    ends = ("origin", "destination")
    one = ppml(data, "y", ["x"], effects=ends, clusters=ends).table
    two = ppml(data.assign(y=data["y"] * 1000), "y", ["x"], effects=ends, clusters=ends).table
    pd.testing.assert_frame_equal(one, two, rtol=1e-5)


def test_a_place_without_flow_is_dropped_and_counted():
    rng, data = grid(8, 1)
    data["x"] = rng.normal(size=len(data))
    data["y"] = rng.poisson(5, len(data)).astype(float) + 1
    data.loc[(data["origin"] == 0) | (data["destination"] == 0), "y"] = 0.0
    ends = ("origin", "destination")
    fit = ppml(data, "y", ["x"], effects=ends, clusters=ends)
    assert (fit.n, fit.dropped, fit.clusters) == (42, 14, 7)
    without = data[(data["origin"] != 0) & (data["destination"] != 0)]
    assert fit.table.loc["x", "coef"] == pytest.approx(
        ppml(without, "y", ["x"], effects=ends, clusters=ends).table.loc["x", "coef"], abs=1e-7
    )


def test_active_goes_on_until_nothing_is_left_to_drop():
    """Dropping origin 0 leaves destination 1 without any flow."""
    data = pd.DataFrame({"o": [0, 0, 1, 1, 2], "d": [1, 2, 1, 2, 3], "y": [0.0, 0.0, 0.0, 2.0, 0.0]})
    assert active(data, "y", ("o", "d")).index.tolist() == [3]


def test_a_regressor_inside_the_effects_is_an_error_not_a_silence():
    rng, data = grid(6, 2)
    data["y"] = rng.poisson(5, len(data)) + 1.0
    data["x"] = rng.normal(size=len(data))
    data["big"] = (data["origin"] > 2).astype(float)
    with pytest.raises(InputError, match="big"):
        ppml(data, "y", ["x", "big"], effects=("origin", "destination"), clusters=("origin",))


def test_nothing_to_estimate():
    _, data = grid(4)
    with pytest.raises(InputError, match="zero everywhere"):
        ppml(data.assign(y=0.0, x=1.0), "y", ["x"])


def test_separation_by_a_regressor_gives_no_number():
    """Flows exist only where d = 0: its coefficient is minus infinity, and the rows with d = 1 say nothing."""
    rng, data = grid(8, 4)
    data["x"] = rng.normal(size=len(data))
    data["d"] = (rng.random(len(data)) < 0.2).astype(float)
    data["y"] = np.where(data["d"] > 0, 0.0, rng.poisson(5, len(data)) + 1.0)
    with pytest.raises((InputError, SolveError)):
        ppml(data, "y", ["x", "d"], effects=("origin", "destination"), clusters=("origin", "destination"))


def test_a_negative_variance_of_two_way_clustering_is_mended_and_said():
    """Of [[1, 2], [2, 1]] (eigenvalues 3 and -1) the positive part is 1.5 everywhere; a sound matrix stays."""
    se, mended = _errors(np.array([[1.0, 2.0], [2.0, 1.0]]))
    np.testing.assert_allclose(se, np.sqrt(1.5))
    assert mended
    sound = np.array([[2.0, 0.5], [0.5, 1.0]])
    se, mended = _errors(sound)
    np.testing.assert_array_equal(se, np.sqrt([2.0, 1.0]))
    assert not mended


def test_interval_is_student_with_few_clusters():
    rng, data = grid(6, 9)
    data["x"] = rng.normal(size=len(data))
    data["y"] = rng.poisson(5, len(data)) + 1.0
    row = ppml(data, "y", ["x"], effects=("origin", "destination"), clusters=("origin",)).table.loc["x"]
    assert (row["high"] - row["coef"]) / row["se"] == pytest.approx(2.570582, abs=1e-5)  # t(5), 97.5 %


def test_within_equals_least_squares_on_dummies():
    rng, data = grid(7, 5)
    data = data[rng.random(len(data)) < 0.7]
    values = rng.normal(size=(len(data), 2))
    dummies = np.hstack([np.eye(7)[data["origin"]], np.eye(7)[data["destination"]]])
    want = values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0]
    got = within(values, [data["origin"].to_numpy(), data["destination"].to_numpy()])
    np.testing.assert_allclose(got, want, atol=1e-9)


def test_identified_finds_what_is_known_only_relatively():
    """a + b = an origin dummy: neither is known alone, one of them must stay; x is known."""
    rng, data = grid(7, 6)
    data["x"] = rng.normal(size=len(data))
    data["a"] = ((data["origin"] == 0) & (data["destination"] < 3)).astype(float)
    data["b"] = ((data["origin"] == 0) & (data["destination"] >= 3)).astype(float)
    known, helpers = identified(data, ["x", "a", "b"], ("origin", "destination"))
    assert known == ["x"] and helpers == ["a"]
