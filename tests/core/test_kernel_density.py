"""Kernel density: mass, the normal density itself, and widths against direct leave-one-out."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import gaussian_kde, multivariate_normal

from megaregion.core.kernel_density import kernel_density, likelihood_bandwidth, scott_bandwidth
from megaregion.errors import InputError

EDGES = np.linspace(0.0, 10.0, 51)


def test_mass_stays_inside_whatever_the_window() -> None:
    rng = np.random.default_rng(1)
    mask = rng.random((50, 50)) < 0.6
    weight = rng.uniform(1, 5, 30)
    found = kernel_density(rng.uniform(0, 10, (30, 2)), weight, mask, x_edges=EDGES, y_edges=EDGES, width=0.7)
    assert np.nansum(found) * 0.2**2 == pytest.approx(weight.sum(), rel=1e-12)
    assert (np.isnan(found) == ~mask).all()


def test_far_from_the_edge_it_is_the_normal_density() -> None:
    """Cell means differ from the middle by (cell/width)^2/24 relative: 0.2^2/24 at most a few parts in a thousand."""
    found = kernel_density(np.array([[5.1, 4.9]]), np.array([3.0]), np.ones((50, 50), bool), x_edges=EDGES,
                           y_edges=EDGES, width=1.0)  # fmt: skip
    middle = np.stack(np.meshgrid(EDGES[:-1] + 0.1, EDGES[:-1] + 0.1), axis=-1)
    want = 3 * multivariate_normal([5.1, 4.9]).pdf(middle)
    near = np.hypot(*np.moveaxis(middle - [5.1, 4.9], -1, 0)) < 2
    np.testing.assert_allclose(found[near], want[near], rtol=8e-3)
    assert np.unravel_index(np.nanargmax(found), found.shape) == (24, 25)


def test_scott_is_that_of_scipy_for_equal_spread() -> None:
    xy = np.random.default_rng(5).normal(size=(80, 2))
    xy = (xy - xy.mean(axis=0)) / xy.std(axis=0, ddof=1) * 3.0
    assert scott_bandwidth(xy) == pytest.approx(3.0 * gaussian_kde(xy.T, bw_method="scott").factor, rel=1e-12)


def test_cross_validation_by_brute_force() -> None:
    rng = np.random.default_rng(9)
    xy = np.vstack([rng.normal(0, 1, (30, 2)), rng.normal(8, 1, (30, 2))])

    def loss(log_h: float) -> float:
        h, total = float(np.exp(log_h)), 0.0
        for i in range(60):
            others = np.delete(xy, i, axis=0)
            total += np.log(multivariate_normal(xy[i], h**2 * np.eye(2)).pdf(others).mean())
        return -total / 60

    want = minimize_scalar(loss, bounds=(np.log(0.1), np.log(5)), method="bounded", options={"xatol": 1e-5})
    found = likelihood_bandwidth(xy)
    assert found.width == pytest.approx(float(np.exp(want.x)), rel=1e-3)
    assert found.score == pytest.approx(-float(want.fun), rel=1e-9)
    assert not found.at_bound
    assert found.width < 0.5 * scott_bandwidth(xy)  # the rule smears two clouds into one
    assert likelihood_bandwidth(xy * 1000).width == pytest.approx(1000 * found.width, rel=1e-3)


def test_doubled_points_do_not_drive_the_width_to_zero() -> None:
    xy = np.random.default_rng(9).normal(size=(40, 2))
    once, twice = likelihood_bandwidth(xy), likelihood_bandwidth(np.vstack([xy, xy]))
    assert twice.width == pytest.approx(once.width, rel=1e-3)


def test_what_is_refused() -> None:
    one = np.zeros((5, 2))
    with pytest.raises(InputError, match="two places"):
        scott_bandwidth(one)
    with pytest.raises(InputError, match="three places at least, got 1"):
        likelihood_bandwidth(one)
    with pytest.raises(InputError, match="kernel misses it"):
        kernel_density(
            np.array([[500.0, 0.0]]), np.ones(1), np.ones((50, 50), bool), x_edges=EDGES, y_edges=EDGES, width=1
        )
