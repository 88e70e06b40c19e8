"""Specialisation: closed forms, brute force over pairs, invariants, and nulls that hold their level."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from megaregion.core import specialisation as sp

TABLES = arrays(float, st.tuples(st.integers(2, 7), st.integers(2, 6)), elements=st.floats(0.01, 1e6))


def test_krugman_is_0_for_the_same_and_2_for_disjoint_structures() -> None:
    share = sp.shares(np.array([[3.0, 1.0, 0.0, 0.0], [6.0, 2.0, 0.0, 0.0], [0.0, 0.0, 5.0, 5.0]]))
    np.testing.assert_array_equal(sp.krugman_pairs(share), [0.0, 2.0, 2.0])


def test_krugman_against_the_others_by_hand() -> None:
    """Two disjoint places of weights 1/4 and 3/4: |1 - w| + (1 - w) against the whole, 2 against the other."""
    share, weight = np.eye(2), np.array([0.25, 0.75])
    np.testing.assert_allclose(sp.krugman(share, weight @ share), 2 * (1 - weight), rtol=1e-15)


def test_location_quotients_weighted_by_place_give_one() -> None:
    table = np.random.default_rng(1).uniform(0, 9, (5, 4))
    weight = table.sum(axis=1) / table.sum()
    share = sp.shares(table)
    np.testing.assert_allclose(weight @ sp.location_quotient(share, weight @ share), 1.0, rtol=1e-13)


def test_empty_places_and_industries_are_missing() -> None:
    share = sp.shares(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert np.isnan(share[0]).all()
    assert np.isnan(sp.location_quotient(share[1:], share[1])[0, 1])


@given(TABLES)
def test_pairs_equal_brute_force_and_stay_in_bounds(table: np.ndarray) -> None:
    share = sp.shares(table)
    brute = [np.abs(share[i] - share[j]).sum() for i, j in itertools.combinations(range(len(table)), 2)]
    got = sp.krugman_pairs(share)
    np.testing.assert_allclose(got, brute, atol=1e-14)
    assert ((got >= 0) & (got <= 2 + 1e-12)).all()
    i, j = np.triu_indices(len(table), 1)
    np.testing.assert_array_equal(sp.position(len(table), i, j), np.arange(len(got)))


@given(TABLES, st.floats(1e-3, 1e3), st.randoms())
def test_units_drop_out_and_labels_permute(table: np.ndarray, scale: float, random: object) -> None:
    order = np.array(random.sample(range(len(table)), len(table)))  # type: ignore[attr-defined]
    weight = table.sum(axis=1) / table.sum()
    share = sp.shares(table)
    one = sp.krugman(share, weight @ share)
    np.testing.assert_allclose(sp.krugman(sp.shares(scale * table), weight @ share), one, atol=1e-12)
    np.testing.assert_allclose(sp.krugman(share[order], weight @ share), one[order], atol=1e-12)


def test_likeness_against_numpy_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sp, "BLOCK_CELLS", 12)  # so that blocks matter
    share = sp.shares(np.random.default_rng(2).uniform(0, 1, (6, 5)))
    i, j = np.triu_indices(6, 1)
    pearson, cosine = sp.likeness(share, i, j)
    np.testing.assert_allclose(pearson, np.corrcoef(share)[i, j], atol=1e-14)
    norm = np.linalg.norm(share, axis=1)
    np.testing.assert_allclose(cosine, (share @ share.T)[i, j] / (norm[i] * norm[j]), atol=1e-14)


def test_an_even_structure_correlates_with_nothing() -> None:
    share = np.array([[0.1] * 10, [0.55, *[0.05] * 9]])
    pearson, cosine = sp.likeness(share, np.array([0]), np.array([1]))
    assert np.isnan(pearson[0])
    assert 0 < cosine[0] < 1


def test_complementarity_of_a_miller_and_a_baker() -> None:
    """Flour to bread w = 0.4: pooled linkage 2 (1/2)(1/2) 0.2 = 0.1 against none apart; the whole has 0.1 too."""
    use = np.array([[0.0, 0.4], [0.0, 0.0]])
    got = sp.complementarity(np.eye(2), np.array([0.5, 0.5]), use)
    np.testing.assert_allclose(got, [[0.0, 1.0], [1.0, 0.0]], atol=1e-15)


def test_complementarity_equals_its_definition_and_ignores_own_use() -> None:
    rng = np.random.default_rng(3)
    share, use = sp.shares(rng.uniform(0, 1, (5, 4))), rng.uniform(0, 1, (4, 4))
    r = share.mean(axis=0)
    w = (use + use.T) / 2 * (1 - np.eye(4))
    got = sp.complementarity(share, r, use)
    for i, j in itertools.combinations(range(5), 2):
        m = (share[i] + share[j]) / 2
        want = (m @ w @ m - (share[i] @ w @ share[i] + share[j] @ w @ share[j]) / 2) / (r @ w @ r)
        assert got[i, j] == pytest.approx(want, abs=1e-14)
    np.testing.assert_allclose(got, got.T, atol=1e-15)
    np.testing.assert_allclose(sp.complementarity(share, r, use + 7 * np.eye(4)), got, atol=1e-14)
    np.testing.assert_allclose(sp.complementarity(share, r, 100 * use), got, atol=1e-12)
    assert np.isnan(sp.complementarity(share, r, np.eye(4))[0, 1])  # no linkage at all: no unit


def test_gabriel_of_a_square_a_line_and_a_point() -> None:
    """In a square both diagonals have the other corners on their circle or outside; on a line only steps remain."""
    i, j = sp.gabriel(np.arange(5.0), np.zeros(5))
    assert list(zip(i, j, strict=True)) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    i, j = sp.gabriel(np.array([0.0, 1.0, 1.0, 0.0, 0.5]), np.array([0.0, 0.0, 1.0, 1.0, 0.5]))  # with a centre
    assert {(a, 4) for a in range(4)} <= set(zip(i.tolist(), j.tolist(), strict=True))
    assert (0, 2) not in set(zip(i.tolist(), j.tolist(), strict=True))
    assert len(sp.gabriel(np.zeros(1), np.zeros(1))[0]) == 0


def test_gabriel_equals_its_definition() -> None:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(115, 123, 25), rng.uniform(27, 35, 25)
    x = np.column_stack([np.cos(np.radians(lat)) * np.cos(np.radians(lon)),
                         np.cos(np.radians(lat)) * np.sin(np.radians(lon)), np.sin(np.radians(lat))])  # fmt: skip
    want = {
        (i, j)
        for i, j in itertools.combinations(range(25), 2)
        if all(
            np.linalg.norm(x[k] - (x[i] + x[j]) / 2) >= np.linalg.norm(x[i] - x[j]) / 2
            for k in range(25)
            if k not in (i, j)
        )
    }
    i, j = sp.gabriel(lon, lat)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == want


def test_sampling_null_has_its_level_and_its_closed_form_mean() -> None:
    """200 places drawn from the whole. The share with p <= .1 is binomial: 20 +- 4 sd (17). The mean of the null is
    sum_k E|share_k - r_k|, for 2,000 people normal: sqrt(2 / pi) sum sqrt(r (1 - r) / n), within 2 %."""
    rng = np.random.default_rng(5)
    r, n = np.array([0.4, 0.3, 0.2, 0.1]), 2000
    share = rng.multinomial(n, r, size=200) / n
    mean, p = sp.sampled_places(share, r, np.full(200, float(n)), 199, rng)
    assert 3 <= (p <= 0.1).sum() <= 37
    want = np.sqrt(2 / np.pi) * np.sqrt(r * (1 - r) / n).sum()
    assert mean.mean() == pytest.approx(want, rel=0.02)
    assert mean.min() > 0


def test_sampling_null_of_pairs_sees_a_difference_and_only_that() -> None:
    rng = np.random.default_rng(6)
    a, b = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    share = np.vstack([rng.multinomial(500, a) / 500, rng.multinomial(500, b) / 500, a])
    first, second = np.array([0, 0]), np.array([1, 2])
    mean, p = sp.sampled_pairs(share, np.full(3, 500.0), first, second, 999, rng)
    assert p[0] == 1 / 1000  # K about .6 against a noise of about .06
    assert p[1] > 0.01
    want = np.sqrt(2 / np.pi) * np.sqrt(2 * a * (1 - a) / 500).sum()
    assert mean[1] == pytest.approx(want, rel=0.05)


def test_nobody_counted_has_no_null() -> None:
    share = np.array([[0.5, 0.5], [0.9, 0.1]])
    mean, p = sp.sampled_places(share, share[0], np.array([0.4, 100.0]), 99, np.random.default_rng(1))
    assert np.isnan([mean[0], p[0]]).all()
    assert not np.isnan([mean[1], p[1]]).any()


def test_neighbours_alike_on_a_line_in_two_halves() -> None:
    """Ten places in two blocks of the same structure: the mean over neighbours is 2/9, of shuffled ones 2 x 25/45."""
    share = np.repeat(np.eye(2), 5, axis=0)
    pairs = sp.krugman_pairs(share)
    first = np.arange(9)
    mean, null, p = sp.neighbours_alike(pairs, 10, first, first + 1, 999, np.random.default_rng(7))
    assert mean == pytest.approx(2 / 9)
    assert null == pytest.approx(2 * 25 / 45, abs=0.05)  # 4 sd of the mean of 999 draws, sd of one about .35
    assert p <= 0.03
    none = np.zeros(0, dtype=int)
    assert np.isnan(sp.neighbours_alike(pairs, 10, none, none, 99, np.random.default_rng(7))).all()


def test_places_all_alike_are_no_evidence() -> None:
    pairs = np.zeros(10)
    *_, p = sp.neighbours_alike(pairs, 5, np.array([0, 1]), np.array([1, 2]), 99, np.random.default_rng(8))
    assert p == 1.0


def test_wilson_by_its_equation() -> None:
    """The ends solve (s - p)^2 = z^2 p (1 - p) / n."""
    s, n, z = np.array([[0.0, 0.3, 1.0]]), np.array([40.0]), 1.645
    for end in sp.wilson(s, n, z):
        np.testing.assert_allclose((s - end) ** 2, z**2 * end * (1 - end) / n[:, None], atol=1e-14)
