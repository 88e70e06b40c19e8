"""Interlocking networks: by hand, both nulls against closed form and enumeration."""

from itertools import permutations, product

import numpy as np
import pytest

from megaregion.core.interlock import by_chance, headquarters_links, interlock
from megaregion.errors import InputError

# firms x cities
S = np.array([[5.0, 2.0, 0.0, 1.0], [0.0, 3.0, 3.0, 0.0], [4.0, 0.0, 2.0, 0.0]])


def test_links_by_hand() -> None:
    link = interlock(S)
    assert link[0].tolist() == [0.0, 10.0, 8.0, 5.0] and link[1].tolist() == [10.0, 0.0, 9.0, 2.0]
    assert (link == link.T).all()


def test_headquarters_rule_their_branches() -> None:
    seat = np.zeros(S.shape, bool)
    seat[0, 0] = seat[1, 2] = True
    ruled = headquarters_links(S, seat)
    assert ruled[0].tolist() == [0.0, 2.0, 0.0, 1.0] and ruled[2].tolist() == [0.0, 3.0, 0.0, 0.0]
    assert ruled[[1, 3]].sum() == 0.0


def test_random_places_have_their_expectation_in_closed_form() -> None:
    """E V = sum over firms of ((sum s)^2 - sum s^2) / (n (n - 1)), the same for all pairs; 5 standard errors."""
    chance = by_chance(S, null="random-places", draws=4000, seed=3)
    want = ((S.sum(axis=1) ** 2 - (S**2).sum(axis=1)) / 12).sum()
    off = ~np.eye(4, dtype=bool)
    assert np.abs(chance.mean[off] - want).max() < 5 * chance.deviation[off].max() / np.sqrt(4000)


def test_same_counts_against_every_matrix_that_has_them() -> None:
    """All 3 x 4 matrices with firms of 3, 2, 2 offices and places of 2, 2, 2, 1 firms, values shuffled in each firm."""
    rows = [(3, (5, 2, 1)), (2, (3, 3)), (2, (4, 2))]
    each = [sorted(set(permutations([*v, *[0] * (4 - k)]))) for k, v in rows]
    seen = [np.array(m, float) for m in product(*each) if ((np.array(m) > 0).sum(axis=0) == (2, 2, 2, 1)).all()]
    links = np.array([interlock(m) for m in seen])
    # a value that stands twice in a firm is one matrix for two shuffles: weigh presences, not matrices
    patterns = {}
    for m, link in zip(seen, links, strict=True):
        patterns.setdefault((m > 0).tobytes(), []).append(link)
    want = np.mean([np.mean(group, axis=0) for group in patterns.values()], axis=0)
    chance = by_chance(S, null="same-counts", draws=6000, seed=5)
    off = ~np.eye(4, dtype=bool)
    assert np.abs(chance.mean - want)[off].max() < 6 * chance.deviation[off].max() / np.sqrt(6000 / 3)


def test_same_counts_keep_both_margins_and_find_a_planted_pair() -> None:
    """Sixty firms in 3 of 20 places; twenty of them in places 0 and 1 together: their link stands out alone."""
    rng = np.random.default_rng(8)
    s = np.zeros((60, 20))
    for k in range(60):
        if k < 20:
            s[k, [0, 1, *rng.choice(np.arange(2, 20), 1)]] = 2.0
        else:
            s[k, rng.choice(20, 3, replace=False)] = 2.0
    chance = by_chance(s, null="same-counts", draws=400, seed=1)
    assert chance.p[0, 1] == 1 / 401
    # every place keeps its offices and all firms are equal: sums of rows are the same in every draw
    assert chance.place_deviation == pytest.approx(np.zeros(20), abs=1e-6)
    assert chance.place_mean == pytest.approx(interlock(s).sum(axis=1), rel=1e-12)


def test_the_same_seed_gives_the_same_numbers_and_others_do_not() -> None:
    a, b, c = (by_chance(S, null="same-counts", draws=50, seed=k).mean for k in (1, 1, 2))
    assert (a == b).all() and (a != c).any()


def test_bad_values() -> None:
    with pytest.raises(InputError, match="finite and >= 0"):
        interlock([[-1.0, 2.0]])
    with pytest.raises(InputError, match="one draw at least"):
        by_chance(S, null="same-counts", draws=0, seed=1)
