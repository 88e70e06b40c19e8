"""Least core and nucleolus against published and closed forms, and against ways of finding them that share nothing."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from megaregion.core.core_of_game import blocking, excesses
from megaregion.core.games import coalitions, sizes, sums
from megaregion.core.nucleolus import kohlberg, least_core, nucleolus
from megaregion.core.separation import Enumerated, Generated, airport, bankruptcy, game, voting
from megaregion.core.span import Span
from megaregion.errors import InfeasibleError, InputError, MissingDataError


def lexicographic(worth: np.ndarray, *, rational: bool) -> np.ndarray:
    """Excesses from the largest down, found by minimising the sum of the k largest for k = 1, 2, ... in turn.

    The sum of the k largest of some numbers e is min k t + sum max(0, e - t); Ogryczak and Sliwinski (2003). No
    coalition is ever fixed. Returns the sums for every k.
    """
    k = len(worth).bit_length() - 1
    rows, value = coalitions(k)[1:-1].astype(float), worth[1:-1]
    m = len(rows)
    width = k + m * (1 + m)  # x; then t and the parts above t of every level
    upper, right, best = [], [], []
    for level in range(m):
        block = np.zeros((m, width))
        block[:, :k] = -rows
        block[:, k + level * (1 + m)] = -1.0
        block[np.arange(m), k + level * (1 + m) + 1 + np.arange(m)] = -1.0
        upper, right = [*upper, block], [*right, -value]
        total = np.zeros(width)
        total[k + level * (1 + m)] = level + 1.0
        total[k + level * (1 + m) + 1 : k + (level + 1) * (1 + m)] = 1.0
        bounds = [(worth[1 << i] if rational else None, None) for i in range(k)]
        bounds += ([(None, None)] + [(0, None)] * m) * m
        found = linprog(
            total, A_ub=np.vstack(upper), b_ub=np.concatenate(right), bounds=bounds, method="highs",
            A_eq=np.append(np.ones(k), np.zeros(width - k))[None], b_eq=worth[-1:],
        )  # fmt: skip
        assert found.status == 0
        best.append(found.fun)
        upper, right = [*upper, total[None]], [*right, np.array([found.fun + 1e-9])]
    return np.array(best)


def balanced_by_kohlberg(worth: np.ndarray, x: np.ndarray) -> bool:
    """Kohlberg's criterion of the prenucleolus taken literally: every level, every coalition, weights above zero."""
    k = len(x)
    excess = (worth - sums(x))[1:-1].round(9)
    rows = coalitions(k)[1:-1].astype(float)
    for level in np.unique(excess):
        on = rows[excess >= level]
        found = linprog(  # the largest least weight, with weights of no more than one in all
            [*np.zeros(len(on)), -1.0], A_ub=np.column_stack([-np.eye(len(on)), np.ones(len(on))]),
            b_ub=np.zeros(len(on)), A_eq=np.column_stack([on.T, np.zeros(k)]), b_eq=np.ones(k),
            bounds=[(0, None)] * len(on) + [(None, 1)], method="highs",
        )  # fmt: skip
        if found.status != 0 or -found.fun < 1e-9:
            return False
    return True


def random_game(k: int, seed: int, *, ties: bool) -> np.ndarray:
    rng = np.random.default_rng(seed)
    worth = rng.integers(0, 4, 1 << k).astype(float) if ties else rng.normal(size=1 << k) * 10
    worth[0] = 0.0
    return worth


@pytest.mark.parametrize(
    ("estate", "split"), [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])]
)  # fmt: skip
def test_the_talmud(estate: float, split: list[float]) -> None:
    """Aumann and Maschler (1985), J. Econ. Theory 36: claims 100, 200, 300; by all coalitions and by the program."""
    program = bankruptcy([100, 200, 300], estate)
    listed = nucleolus(program.worth(coalitions(3)))
    np.testing.assert_allclose(listed.x, split, rtol=1e-12)
    assert listed.certificate.holds and listed.certificate.every_coalition and listed.certificate.rank == 3
    found = nucleolus(program)
    np.testing.assert_allclose(found.x, split, rtol=1e-9)
    assert found.certificate.holds and not found.certificate.every_coalition


def ordered(members: int) -> list[int]:
    """Row numbers of coalitions in the order of the dictionary: 1, 12, 123, 13, 2, 23, 3."""
    sets = [s for size in range(1, members + 1) for s in combinations(range(members), size)]
    return [sum(1 << i for i in s) for s in sorted(sets)]


@pytest.mark.parametrize(
    ("cost", "values", "split"),
    [
        (False, [46125, 69187.5, 90000, 53812.5, 17437.5, 30750, 5812.5], [52687.5, 24468.75, 12843.75]),
        (True, [8, 8, 10, 20, 19, 10, 20, 19, 1, 10, 13, 12, 10, 12, 11], [7.5, 0.5, 1.5, 10.5]),
        (True, [375144, 568232, 772500, 551055, 245280, 452411, 211239], [331695.25, 233051.25, 207753.5]),
    ],
)
def test_values_corrected_in_print(cost: bool, values: list[float], split: list[float]) -> None:
    """Guajardo and Jornsten (2015), Eur. J. Oper. Res. 241(3): Lemaire (1991), Hasan et al. (2011), Oh and Shin (2012).

    The nucleoli first published for these games were wrong. Their five-player game is not reproduced here.
    """
    worth = np.zeros(len(values) + 1)
    worth[ordered(len(split))] = values
    found = nucleolus(-worth if cost else worth, rational=False)
    np.testing.assert_allclose(-found.x if cost else found.x, split, rtol=1e-12)


def test_glove_game() -> None:
    """Two left gloves, one right: the nucleolus is the only point of the core, all to the right one."""
    worth = np.minimum(coalitions(3)[:, 0].astype(float) + coalitions(3)[:, 1], coalitions(3)[:, 2])
    found = nucleolus(worth)
    np.testing.assert_allclose(found.x, [0.0, 0.0, 1.0], atol=1e-12)
    assert found.excess == pytest.approx(0.0, abs=1e-12)
    assert blocking(worth, found.x).coalitions.tolist() == []


def littlechild(cost: np.ndarray) -> np.ndarray:
    """Nucleolus of the airport game, costs in rising order: Littlechild (1974), Int. J. Game Theory 3(1)."""
    n, done, paid, reached = len(cost), 0, 0.0, 0.0
    out = np.empty(n)
    while done < n:
        steps = {j: (cost[j - 1] - reached + paid) / (j - done + 1) for j in range(done + 1, n)}
        steps[n] = (cost[-1] - reached + paid) / (n - done)
        upto = max(j for j, step in steps.items() if step <= min(steps.values()) + 1e-12)
        out[done:upto] = paid = steps[upto]
        done, reached = upto, cost[upto - 1]
    return out


@pytest.mark.parametrize("n", [2, 3, 5, 9, 12])
def test_airports(n: int) -> None:
    cost = np.sort(np.random.default_rng(n).integers(1, 40, n)).astype(float)
    program = airport(cost)
    found = nucleolus(program.worth(coalitions(n)))
    np.testing.assert_allclose(-found.x, littlechild(cost), rtol=1e-10)
    assert found.certificate.holds and found.certificate.rank == n


def test_a_program_of_many_airlines_has_the_least_core_in_closed_form() -> None:
    """The first step of Littlechild (1974) is the least largest excess, with the sign turned."""
    cost = np.arange(3.0, 27.0)
    steps = [*(cost[j - 1] / (j + 1) for j in range(1, 24)), cost[-1] / 24]
    assert least_core(airport(cost)).excess == pytest.approx(-min(steps), rel=1e-7)


def test_programs_say_the_same_as_all_coalitions() -> None:
    claims = np.array([3, 9, 11, 14, 20, 26, 31.0])
    for program in (airport(claims), bankruptcy(claims, 50.0), voting(claims, 60.0)):
        listed, found = nucleolus(program.worth(coalitions(7))), nucleolus(program)
        np.testing.assert_allclose(found.x, listed.x, rtol=0, atol=1e-8)
        assert found.excess == pytest.approx(listed.excess, abs=1e-8)
        assert least_core(program).excess == pytest.approx(least_core(program.worth(coalitions(7))).excess, abs=1e-8)


@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("rational", [False, True])
def test_random_games_equal_the_lexicographic_search(k: int, ties: bool, rational: bool) -> None:
    for seed in range(4):
        worth = random_game(k, seed, ties=ties)
        alone = worth[1 << np.arange(k)].sum()
        if rational and worth[-1] < alone:
            worth[-1] = alone + 1.0
        found = nucleolus(worth, rational=rational)
        assert found.certificate.holds
        own = np.cumsum(np.sort(excesses(worth, found.x)[1:-1])[::-1])
        np.testing.assert_allclose(own, lexicographic(worth, rational=rational), rtol=0, atol=1e-6)


def test_five_players_equal_the_lexicographic_search() -> None:
    worth = random_game(5, 1, ties=True)
    found = nucleolus(worth, rational=False)
    own = np.cumsum(np.sort(excesses(worth, found.x)[1:-1])[::-1])
    np.testing.assert_allclose(own, lexicographic(worth, rational=False), rtol=0, atol=1e-6)


@pytest.mark.parametrize("k", [3, 4, 5])
def test_kohlberg_taken_literally_agrees(k: int) -> None:
    """It holds at the prenucleolus and fails beside it, as does our certificate."""
    for seed in range(3):
        worth = random_game(k, 20 + seed, ties=bool(seed % 2))
        x = nucleolus(worth, rational=False).x
        assert balanced_by_kohlberg(worth, x)
        beside = x + np.eye(k)[0] * 0.1 - np.eye(k)[1] * 0.1
        assert not balanced_by_kohlberg(worth, beside)
        assert not kohlberg(worth, beside, rational=False).holds


def test_the_certificate_can_be_checked_by_hand() -> None:
    """Weights above zero; with any weights on earlier coalitions they add up to the same for all players."""
    worth = random_game(6, 3, ties=True)
    proof = nucleolus(worth, rational=False).certificate
    earlier = np.ones((1, 6))
    for level in proof.levels:
        assert (level.weights > 0).all()
        total = level.weights @ level.coalitions
        rest = total - np.linalg.lstsq(earlier.T, total, rcond=None)[0] @ earlier
        np.testing.assert_allclose(rest, 0.0, atol=1e-9 * np.abs(total).max())
        earlier = np.vstack([earlier, level.coalitions])
    assert np.linalg.matrix_rank(earlier) == 6
    assert all(a.excess > b.excess for a, b in zip(proof.levels, proof.levels[1:], strict=False))


def test_a_split_that_does_not_add_up_or_wrongs_one_is_not_certified() -> None:
    worth = np.array([0.0, 1.0, 1.0, 4.0])
    assert kohlberg(worth, [2.0, 2.0]).holds
    assert not kohlberg(worth, [2.0, 2.5]).holds
    assert not kohlberg(worth, [0.5, 3.5]).holds


def test_nobody_below_what_he_has_alone_only_if_asked() -> None:
    """v(12) = 10 and nothing else: all splits of nothing that leave nobody below 0 are one; else the third pays."""
    worth = np.array([0.0, 0, 0, 10, 0, 0, 0, 0])
    np.testing.assert_allclose(nucleolus(worth).x, 0.0, atol=1e-12)
    free = nucleolus(worth, rational=False)
    assert free.x[2] < -1.0 and free.excess < nucleolus(worth).excess
    assert free.x[0] == pytest.approx(free.x[1])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-20, 20), min_size=16, max_size=16), st.permutations(range(4)),
    st.floats(0.001, 1000.0), st.lists(st.integers(-30, 30), min_size=4, max_size=4),
)  # fmt: skip
def test_labels_units_and_own_means(values: list[int], order: list[int], unit: float, own: list[int]) -> None:
    """Relabelling permutes, units scale, and what everybody brings of his own comes back to him."""
    worth = np.array([0.0, *values[1:]])
    x = nucleolus(worth, rational=False).x
    assert x.sum() == pytest.approx(worth[-1], abs=1e-9)
    new = np.empty(16)
    for row, members in enumerate(coalitions(4)):
        new[row] = worth[sum(1 << order[i] for i in np.flatnonzero(members))]
    np.testing.assert_allclose(nucleolus(new, rational=False).x, x[order], rtol=0, atol=1e-9)
    moved = nucleolus(unit * worth + sums(np.array(own, float)), rational=False).x
    np.testing.assert_allclose(moved, unit * x + own, rtol=0, atol=1e-9 * max(unit, 1.0) * 50)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_an_additive_game_up_to_rounding(scale: float) -> None:
    """Everybody keeps his own, though rounding makes the worths of coalitions differ from sums."""
    own = np.random.default_rng(5).normal(size=8) * scale
    worth = coalitions(8).astype(float) @ own
    found = nucleolus(worth, rational=False)
    np.testing.assert_allclose(found.x, own, rtol=0, atol=1e-12 * scale)


def test_twelve_players_with_many_ties() -> None:
    rng = np.random.default_rng(12)
    worth = sizes(12).astype(float) ** 2 + rng.integers(0, 3, 1 << 12)
    worth[0] = 0.0
    found = nucleolus(worth)
    assert found.certificate.holds and found.certificate.rank == 12
    assert found.excess == pytest.approx(least_core(worth).excess, abs=1e-9)


def test_the_least_core_of_simple_majority() -> None:
    """Three players, two suffice: thirds, and every pair lacks a third."""
    worth = (sizes(3) >= 2).astype(float)
    found = least_core(worth)
    assert found.excess == pytest.approx(1 / 3, rel=1e-9)
    np.testing.assert_allclose(nucleolus(worth).x, 1 / 3, rtol=1e-12)


def test_the_core_test_names_all_and_orders_them() -> None:
    worth = np.array([0.0, 1, 2, 4, 0, 3, 3, 6])
    found = blocking(worth, [0.0, 3.0, 3.0])
    assert found.coalitions.tolist() == [1, 3]
    np.testing.assert_allclose(found.excess, [1.0, 1.0])
    for x in np.random.default_rng(0).dirichlet(np.ones(3), 20) * 6:
        bad = {s for s in range(1, 7) if worth[s] - sum(x[i] for i in range(3) if s >> i & 1) > 1e-8}
        assert set(blocking(worth, x).coalitions.tolist()) == bad


def test_one_player() -> None:
    assert nucleolus([0.0, 5.0]).x.tolist() == [5.0]
    assert least_core([0.0, 5.0]).x.tolist() == [5.0]


def test_a_finder_of_the_user() -> None:
    """A callable with an exact finder gives what all worths give; the rest is refused."""
    worth = random_game(6, 2, ties=False)
    listed = Enumerated(worth)
    found = nucleolus(Generated(6, listed.worth, listed.most_violated), rational=False)
    np.testing.assert_allclose(found.x, nucleolus(worth, rational=False).x, rtol=0, atol=1e-9)
    assert not found.certificate.every_coalition
    with pytest.raises(InputError, match="cannot be found from worths alone"):
        game(listed.worth, 30)
    with pytest.raises(InputError, match="cannot be found from worths alone"):
        game(listed.worth, 30, ask_all=True)
    with pytest.raises(InputError, match="number of players"):
        game(listed.worth)
    asked = game(listed.worth, 6, ask_all=True)
    assert isinstance(asked, Enumerated)
    with pytest.raises(InputError, match="told to leave out"):
        least_core(game(listed.worth, 6, finder=lambda x, outside: np.ones((1, 6), dtype=bool)))
    with pytest.raises(InputError, match="rows of 6 booleans"):
        least_core(game(listed.worth, 6, finder=lambda x, outside: np.ones((1, 5), dtype=bool)))


def test_a_split_is_not_certified_against_what_the_finder_finds() -> None:
    """Coalitions that are balanced but not of the largest excess prove nothing; too few of the right ones neither."""
    worth = random_game(5, 6, ties=False)
    listed = Enumerated(worth)
    own = Generated(5, listed.worth, listed.most_violated)
    right = nucleolus(own, rational=False)
    stages = [level.coalitions for level in right.certificate.levels]
    assert kohlberg(own, right.x, rational=False, found=stages).holds
    equal = np.full(5, worth[-1] / 5)
    assert not kohlberg(own, equal, rational=False, found=[np.eye(5, dtype=bool)]).holds
    assert not kohlberg(own, right.x, rational=False, found=stages[:-1]).holds


@pytest.mark.parametrize(
    ("worth", "kind", "text"),
    [
        ([1.0, 2.0, 3.0, 4.0], InputError, "the empty coalition has the worth 1"),
        ([0.0, 2.0, np.nan, 4.0], MissingDataError, "missing"),
        ([0.0, 2.0, 4.0], InputError, "2\\^k"),
        ([0.0, 2.0, 3.0, 4.0], InfeasibleError, "less than the 5 that they have alone"),
    ],
)
def test_what_has_no_nucleolus(worth: list[float], kind: type, text: str) -> None:
    with pytest.raises(kind, match=text):
        nucleolus(worth)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: airport([1.0, -2.0]), "costs must be"),
        (lambda: voting([1, 2], 4), "quota"),
        (lambda: bankruptcy([1, 2], 4), "estate"),
        (lambda: bankruptcy([], 0), "claims must be"),
        (lambda: blocking([0, 1, 1, 2], [1.0]), "as many numbers"),
    ],
)
def test_structured_games_are_checked(made: object, text: str) -> None:
    with pytest.raises(InputError, match=text):
        made()  # type: ignore[operator]


def test_the_span_is_exact() -> None:
    """Against ranks in floating point on random sets of ten players."""
    rng = np.random.default_rng(1)
    for _ in range(10):
        rows = rng.random((7, 10)) < 0.5
        span = Span(10)
        span.add(rows)
        whole = np.vstack([np.ones(10), rows])
        assert span.rank == np.linalg.matrix_rank(whole)
        assert not (whole @ span.outside()).any() and span.outside().shape == (10, 10 - span.rank)
        extra = rng.random((1, 10)) < 0.5
        new = np.linalg.matrix_rank(np.vstack([whole, extra])) > span.rank
        assert bool(len(span.without(extra))) == new
