"""Jumps: exact on lines and parabolas, bandwidth of Imbens and Kalyanaraman by hand, coverage."""

import numpy as np
import pytest

from megaregion.core.discontinuity import EDGE, jump, mse_bandwidth
from megaregion.errors import InputError


def test_exact_where_the_form_is_right() -> None:
    """Two lines with any slopes: the jump without error; two parabolas: the corrected estimate."""
    x = np.linspace(-1, 1, 81)
    y = np.where(x >= 0, 3.0 - 2.0 * x, 1.0 + 5.0 * x)
    got = jump(x, y, bandwidth=0.6)
    assert got.estimate == pytest.approx(2.0, abs=1e-12) and got.error == pytest.approx(0, abs=1e-12)
    y = np.where(x >= 0, 3.0 - 2.0 * x + 7 * x**2, 1.0 + 5.0 * x - 4 * x**2)
    got = jump(x, y, bandwidth=0.6)
    assert got.corrected == pytest.approx(2.0, abs=1e-12) and abs(got.estimate - 2.0) > 0.05
    assert (got.left, got.right) == (int((np.abs(x[x < 0]) < 0.6).sum()), int((x[x >= 0] < 0.6).sum()))


def test_weighted_least_squares_by_an_independent_solver() -> None:
    """Local linear of each side by numpy's polyfit; its weights are roots of the kernel."""
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 1, 300)
    y = np.sin(2 * x) + 0.7 * (x >= 0) + rng.normal(0, 0.2, 300)
    limits = []
    for side in (x < 0, x >= 0):
        some = side & (np.abs(x) < 0.5)
        limits.append(np.polyfit(x[some], y[some], 1, w=np.sqrt(1 - np.abs(x[some]) / 0.5))[1])
    assert jump(x, y, bandwidth=0.5).estimate == pytest.approx(limits[1] - limits[0], rel=1e-10)


def test_constant_of_the_kernel() -> None:
    """(C2 / (4 C1))^(1/5) from the moments of the triangular kernel on one side, by integration."""
    from scipy.integrate import quad

    n0, n1, n2, n3 = (quad(lambda u, p=p: u**p * (1 - u), 0, 1)[0] for p in range(4))
    c1 = 0.25 * ((n2**2 - n1 * n3) / (n2 * n0 - n1**2)) ** 2
    c2 = quad(lambda u: (n2 - u * n1) ** 2 * (1 - u) ** 2, 0, 1)[0] / (n2 * n0 - n1**2) ** 2
    assert pytest.approx((c2 / (4 * c1)) ** 0.2, rel=1e-10) == EDGE


def test_intervals_cover_and_are_centred() -> None:
    """A curved mean and a jump of .5: of 200 right intervals fewer than 180 hold it in 1 of 1,000 runs (binomial)."""
    rng, hits, found = np.random.default_rng(7), 0, []
    for _ in range(200):
        x = 2 * rng.beta(2, 4, 500) - 1
        y = np.where(x < 0, 0.48 + 1.27 * x + 7.18 * x**2, 0.98 + 0.84 * x - 3.0 * x**2) + rng.normal(0, 0.13, 500)
        got = jump(x, y)
        hits += abs(got.corrected - 0.5) <= 1.96 * got.error
        found.append(got.corrected)
    assert hits >= 180 and abs(np.mean(found) - 0.5) < 4 * np.std(found) / np.sqrt(200)


def test_bandwidth_scales_and_shrinks() -> None:
    """Distances in another unit scale it; a linear transform of the outcome leaves it; more curvature shrinks it."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, 400)
    noise = rng.normal(0, 0.3, 400)
    h = [mse_bandwidth(x, np.where(x >= 0, c * x**2, -c * x**2) + noise) for c in (1.0, 4.0, 16.0)]
    assert h[0] > h[1] > h[2]
    y = x + x**3 + noise
    assert mse_bandwidth(1000 * x, y) == pytest.approx(1000 * mse_bandwidth(x, y), rel=1e-9)
    assert mse_bandwidth(x, 5 * y + 2) == pytest.approx(mse_bandwidth(x, y), rel=1e-9)


def test_clusters_widen_what_is_alike() -> None:
    """Every observation ten times in its cluster: the error of the clusters is that of one copy up to g / (g - 1)."""
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, 60)
    y = x + rng.normal(0, 1, 60)
    one = jump(x, y, np.arange(60), bandwidth=1.0)
    ten = jump(np.repeat(x, 10), np.repeat(y, 10), np.repeat(np.arange(60), 10), bandwidth=1.0)
    assert (
        ten.error == pytest.approx(one.error, rel=1e-9)
        and jump(np.repeat(x, 10), np.repeat(y, 10), bandwidth=1.0).error < one.error / 2
    )


def test_bad_input() -> None:
    x = np.linspace(-1, 1, 40)
    with pytest.raises(InputError, match="must be > 0"):
        jump(x, x, bandwidth=0.0)
    with pytest.raises(InputError, match=r"on the left within 0\.1"):
        jump(x[x >= -0.1], x[x >= -0.1], bandwidth=0.1)
    with pytest.raises(InputError, match="ten observations on each side"):
        mse_bandwidth(x[15:], x[15:])
