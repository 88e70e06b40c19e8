"""Habitat quality: closed forms, sums printed by InVEST, and windows equal to the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.habitat_quality import decay, degradation, exposure, margin, quality
from megaregion.core.windows import windows
from megaregion.errors import InputError


def test_half_of_the_value_is_left_at_k_and_all_of_it_without_threats() -> None:
    habitat = np.array([[1.0, 0.4, 0.0]])
    np.testing.assert_allclose(quality(habitat, np.full((1, 3), 0.3), k=0.3), habitat / 2, rtol=1e-15)
    np.testing.assert_array_equal(quality(habitat, np.zeros((1, 3)), k=0.0), habitat)
    with pytest.raises(InputError, match="k = 0"):
        quality(habitat, np.full((1, 3), 0.3), k=0.0)


def test_decay_by_hand() -> None:
    """Linear: half at half of the reach. Exponential: exp(-2.99) at the reach, nothing beyond."""
    d = np.array([0.0, 50.0, 100.0, 100.1, np.inf])
    np.testing.assert_allclose(decay(d, 100.0, "linear"), [1, 0.5, 0, 0, 0], atol=1e-15)
    np.testing.assert_allclose(decay(d, 100.0, "exponential"), [1, np.exp(-1.495), np.exp(-2.99), 0, 0], rtol=1e-15)


def test_two_threats_by_hand() -> None:
    """A road (weight 3, linear, 100 m) west and a town (weight 1, exponential, 200 m) east; five cells of 50 m.

    D = 3/4 S1 i1 + 1/4 S2 i2, halved where access is; the third cell: 3/4 .8 0 + 1/4 1 exp(-2.99 / 2).
    """
    road, town = np.zeros((1, 5), bool), np.zeros((1, 5), bool)
    road[0, 0], town[0, 4] = True, True
    shown = np.stack([exposure(road, cell=50.0, reach=100.0, form="linear"),
                      exposure(town, cell=50.0, reach=200.0, form="exponential")])  # fmt: skip
    sensitive = np.stack([np.full((1, 5), 0.8), np.ones((1, 5))])
    access = np.array([[1, 1, 1, 0.5, 1]])
    got = degradation(shown, sensitive, np.array([3.0, 1.0]), access)
    e = np.exp(-2.99 * np.array([4, 3, 2, 1, 0]) / 4)
    want = np.array([0.75 * 0.8 * 1 + e[0] / 4, 0.75 * 0.8 * 0.5 + e[1] / 4, e[2] / 4, e[3] / 8, e[4] / 4])
    np.testing.assert_allclose(got[0], want, rtol=1e-14)
    left = quality(np.full((1, 5), 0.9), got, k=0.2)[0, 2]
    assert left == pytest.approx(0.9 * (1 - want[2] ** 2.5 / (want[2] ** 2.5 + 0.2**2.5)), rel=1e-14)


@pytest.mark.parametrize(
    ("covers", "wide", "degraded", "left"), [((1, 2), 3, 1422.2422, 6961.4536), ((1, 3), 6, 1438.791, 4920.1206)]
)
def test_sums_of_the_regression_test_of_invest(
    covers: tuple[int, int], wide: int, degraded: float, left: float
) -> None:
    """natcap/invest tests/test_habitat_quality.py, presence_absence_regression, current and future; to 1e-3 as there.

    100 x 100 cells of 1 m; strips of two threats of weight .7 and 1 that reach 40 m (linear) and 70 m (exponential);
    access .2 in the northern half; k = .5. Strips of three and six cells give all four sums; the script that draws
    them reads as if they were six and nine wide, for which degradation would be 1552.341 and 1557.834.
    """
    cover = np.repeat(covers, 50)[:, None] * np.ones((1, 100), int)
    threats = np.zeros((2, 100, 100), bool)
    threats[0, 20:80, 5 : 5 + wide] = True
    threats[1, 20:80, 10 : 10 + wide] = True
    habitat = np.array([np.nan, 1.0, 0.5, 0.0])[cover]
    sensitive = np.stack([np.array([np.nan, 1.0, 0.5, 0.3])[cover], np.ones((100, 100))])
    access = np.repeat([0.2, 1.0], 50)[:, None] * np.ones((1, 100))
    shown = np.stack([exposure(threats[0], cell=1.0, reach=40.0, form="linear"),
                      exposure(threats[1], cell=1.0, reach=70.0, form="exponential")])  # fmt: skip
    got = degradation(shown, sensitive, np.array([0.7, 1.0]), access)
    assert got.sum() == pytest.approx(degraded, abs=1e-3)
    assert quality(habitat, got, k=0.5).sum() == pytest.approx(left, abs=1e-3)


def test_a_sum_over_all_cells_of_a_threat_by_hand() -> None:
    """Linear, reach 2 cells: kernel 1, four of 1/2, four of 1 - sqrt(2)/2; at distance 2 nothing. One threat."""
    threat = np.zeros((5, 5), bool)
    threat[2, 2] = True
    total = 1 + 4 * 0.5 + 4 * (1 - np.sqrt(2) / 2)
    got = exposure(threat, cell=30.0, reach=60.0, form="linear", spread="sum")
    assert got[2, 2] == pytest.approx(1 / total) and got[2, 3] == pytest.approx(0.5 / total)
    assert got[2, 4] == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_allclose(
        exposure(np.ones((9, 9), bool), cell=30.0, reach=60.0, form="linear", spread="sum")[4, 4], 1.0, rtol=1e-14
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 9), st.sampled_from([7.3, 30.0]))
def test_windows_give_the_same_bits_as_the_whole(seed: int, size: int, cell: float) -> None:
    threat = np.random.default_rng(seed).random((17, 23)) < 0.03
    reach = 4.2 * cell
    whole = exposure(threat, cell=cell, reach=reach, form="exponential")
    cut, cut_sum = np.full_like(whole, np.nan), np.full_like(whole, np.nan)
    for w in windows(threat.shape, size=size, margin=margin(reach, cell)):
        cut[w.inner] = exposure(threat[w.outer], cell=cell, reach=reach, form="exponential")[w.crop]
        cut_sum[w.inner] = exposure(threat[w.outer], cell=cell, reach=reach, form="linear", spread="sum")[w.crop]
    np.testing.assert_array_equal(cut, whole)
    summed = exposure(threat, cell=cell, reach=reach, form="linear", spread="sum")
    np.testing.assert_allclose(cut_sum, summed, rtol=0, atol=1e-13)  # sums of at most 391 terms below one, by Fourier


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_a_nearer_threat_never_raises_quality(seed: int) -> None:
    rng = np.random.default_rng(seed)
    threat = rng.random((8, 8)) < 0.1
    more = threat | (rng.random((8, 8)) < 0.1)
    ones, weight = np.ones((1, 8, 8)), np.ones(1)
    few, many = (
        quality(np.ones((8, 8)), degradation(exposure(t, cell=1, reach=5, form="linear")[None], ones, weight), k=0.1)
        for t in (threat, more)
    )
    assert (many <= few).all() and (many >= 0).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: decay(np.zeros(1), 0.0, "linear"), "reach"),
        (lambda: decay(np.zeros(1), 1.0, "gauss"), "linear or exponential"),
        (lambda: exposure(np.zeros((1, 1), bool), cell=1, reach=1, form="linear", spread="all"), "nearest or sum"),
        (lambda: degradation(np.ones((1, 2, 2)), np.ones((1, 2, 2)), np.zeros(1)), "not all zero"),
        (lambda: degradation(np.ones((1, 2, 2)), np.ones((2, 2, 2)), np.ones(1)), "exposures"),
        (lambda: quality(np.ones((1, 1)), np.ones((1, 1)), k=-1.0), "k must be"),
    ],
)
def test_what_cannot_be_used(change, said: str) -> None:
    with pytest.raises(InputError, match=said):
        change()
