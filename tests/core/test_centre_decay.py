"""Gravity with a centre of its own: exact data give the truth back; one place twice as strong is read as such."""

import numpy as np
import pytest

from megaregion.core.centre_decay import TERMS, centre_decay
from megaregion.errors import InputError

N = 14
RNG = np.random.default_rng(7)
POINTS = RNG.uniform(0, 400, (N, 2))
KM = np.hypot(*(POINTS[:, None] - POINTS[None]).transpose(2, 0, 1))
SIZE = RNG.uniform(5, 500, N)
TRUTH = np.array([-3.0, 0.6, -1.1, 0.8, 0.4])


def ties(centre: int, truth: np.ndarray = TRUTH) -> np.ndarray:
    """Means of the model, computed pair by pair."""
    middle = np.mean([np.log(KM[centre, j]) for j in range(N) if j != centre])
    out = np.zeros((N, N))
    for i in range(N):
        for j in range(N):
            if i != j:
                c = float(centre in (i, j))
                out[i, j] = np.exp(
                    truth[0] + truth[1] * np.log(SIZE[i] * SIZE[j]) + truth[2] * np.log(KM[i, j])
                    + c * (truth[3] + truth[4] * (np.log(KM[i, j]) - middle))
                )  # fmt: skip
    return out


@pytest.mark.parametrize("centre", [0, 5, N - 1])
def test_exact_ties_give_the_truth_back(centre: int) -> None:
    got = centre_decay(ties(centre), SIZE, KM, centre)
    np.testing.assert_allclose(got.estimate, TRUTH, atol=1e-7)
    np.testing.assert_allclose(got.covariance, 0.0, atol=1e-12)
    plain = ties(centre, np.array([*TRUTH[:3], 0.0, 0.0]))[centre]
    others = np.arange(N) != centre
    np.testing.assert_allclose(got.expected[others], plain[others], rtol=1e-6)
    assert np.isnan(got.expected[centre]) and got.pairs == N * (N - 1) // 2
    assert got.middle_km == pytest.approx(np.exp(np.log(KM[centre][others]).mean()))


def test_twice_the_ties_are_the_log_of_two() -> None:
    tie = ties(3, np.array([*TRUTH[:3], 0.0, 0.0]))
    tie[3], tie[:, 3] = 2 * tie[3], 2 * tie[:, 3]
    got = dict(zip(TERMS, centre_decay(tie, SIZE, KM, 3).estimate, strict=True))
    assert got["centre"] == pytest.approx(np.log(2), abs=1e-7)
    assert got["centre_distance"] == pytest.approx(0.0, abs=1e-7)


def test_relabelling_and_units() -> None:
    """Places in another order, miles for kilometres, ties times ten: only the intercept moves."""
    rng = np.random.default_rng(3)
    tie = np.triu(rng.poisson(ties(2)), 1).astype(float)
    tie += tie.T
    got = centre_decay(tie, SIZE, KM, 2)
    order = rng.permutation(N)
    moved = centre_decay(
        10 * tie[np.ix_(order, order)], SIZE[order], KM[np.ix_(order, order)] / 1.6, int(np.argsort(order)[2])
    )
    np.testing.assert_allclose(moved.estimate[1:], got.estimate[1:], atol=1e-7)
    assert moved.estimate[0] == pytest.approx(got.estimate[0] + np.log(10) + got.estimate[2] * np.log(1.6), abs=1e-7)
    np.testing.assert_allclose(np.diag(moved.covariance)[1:], np.diag(got.covariance)[1:], rtol=1e-5)
    np.testing.assert_allclose(moved.expected, 10 * got.expected[order], rtol=1e-6)


def test_drawn_ties_are_near_the_truth() -> None:
    """60 places, counts with the true means: every coefficient within four of its own standard errors."""
    rng = np.random.default_rng(11)
    points, size = rng.uniform(0, 500, (60, 2)), rng.uniform(50, 5000, 60)
    km = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + np.eye(60)
    middle = np.log(np.delete(km[0], 0)).mean()
    eta = TRUTH[0] + TRUTH[1] * np.log(np.outer(size, size)) + TRUTH[2] * np.log(km)
    mine = np.zeros((60, 60))
    mine[0], mine[:, 0] = 1.0, 1.0
    mean = np.exp(eta + mine * (TRUTH[3] + TRUTH[4] * (np.log(km) - middle)))
    tie = np.triu(rng.poisson(mean), 1).astype(float)
    got = centre_decay(tie + tie.T, size, km, 0)
    error = np.sqrt(np.diag(got.covariance))
    assert (np.abs(got.estimate - TRUTH) < 4 * error).all() and (error < 0.5).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t, s, k: (t[:4, :4], s[:4], k[:4, :4], 0), "needs 6 places"),
        (lambda t, s, k: (np.zeros((N, N)), s, k, 0), "no tie of the centre"),
        (lambda t, s, k: (t, s, np.zeros((N, N)), 0), "must be > 0"),
        (lambda t, s, k: (t, np.zeros(N), k, 0), "must be > 0"),
        (lambda t, s, k: (t, np.full(N, 2.0), k, 0), "cannot be told apart"),
    ],
)
def test_bad_input(change: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        centre_decay(*change(ties(0), SIZE, KM))  # type: ignore[operator]
