"""Ties between places by hand, by listing every pair of people, and by what must not change."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.collaboration import distinct, resampled, square, ties
from megaregion.errors import InputError

# three documents: one person alone in A; A, B and C with one person each; two people in A and one in B
DOCUMENT = np.array([0, 1, 1, 1, 2, 2])
PLACE = np.array([0, 0, 1, 2, 0, 1])
PEOPLE = np.array([1.0, 1.0, 1.0, 1.0, 2.0, 1.0])
FOUND = ties(DOCUMENT, PLACE, PEOPLE)
DOCUMENTS = st.lists(
    st.dictionaries(st.integers(0, 4), st.integers(1, 4), min_size=1, max_size=5), min_size=1, max_size=8
)


def table(documents: list[dict[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [(d, p, w) for d, entry in enumerate(documents) for p, w in entry.items()]
    return tuple(np.array(column) for column in zip(*rows, strict=True))  # type: ignore[return-value]


def test_fractional_by_hand() -> None:
    """A three-place document gives 1/6 to each ordered pair. Of the 6 ordered pairs of three people, two in A and one
    in B, 2 are inside A and 2 are A to B, 2 B to A."""
    got = square(FOUND, FOUND.fractional, 3)
    sixth = 1 / 6
    np.testing.assert_allclose(
        got, [[1 + 1 / 3, sixth + 1 / 3, sixth], [sixth + 1 / 3, 0, sixth], [sixth, sixth, 0]], rtol=1e-14
    )


def test_full_by_hand() -> None:
    got = square(FOUND, FOUND.full, 3)
    np.testing.assert_array_equal(got, [[1, 2, 1], [2, 0, 1], [1, 1, 0]])


def test_one_person_a_place_is_the_usual_fraction() -> None:
    """a_ij = sum over documents of 1 / (m (m - 1)); rows off the diagonal sum to the share of joint documents."""
    documents = [{0: 1, 1: 1}, {0: 1, 1: 1, 2: 1, 3: 1}, {2: 1}]
    found = ties(*table(documents))
    got = square(found, found.fractional, 4)
    assert got[0, 1] == pytest.approx(1 / 2 + 1 / 12)
    off = got - np.diag(np.diag(got))
    np.testing.assert_allclose(off.sum(axis=1), [1 / 2 + 1 / 4, 1 / 2 + 1 / 4, 1 / 4, 1 / 4])


@settings(deadline=None)
@given(DOCUMENTS)
def test_by_listing_every_pair_of_people(documents: list[dict[int, int]]) -> None:
    found = ties(*table(documents))
    got, full = square(found, found.fractional, 5), square(found, found.full, 5)
    want, whole = np.zeros((5, 5)), np.zeros((5, 5))
    for entry in documents:
        crowd = [p for p, w in entry.items() for _ in range(w)]
        if len(crowd) == 1:
            want[crowd[0], crowd[0]] += 1
        for a, b in itertools.permutations(crowd, 2):
            want[a, b] += 1 / (len(crowd) * (len(crowd) - 1))
        for a, b in itertools.permutations(entry, 2):
            whole[a, b] += 1
        if len(entry) == 1:
            (alone,) = entry
            whole[alone, alone] += 1
    np.testing.assert_allclose(got, want, atol=1e-12)
    np.testing.assert_array_equal(full, whole)


@settings(deadline=None)
@given(DOCUMENTS)
def test_rows_are_fractional_counts_and_the_whole_is_the_number_of_documents(documents: list[dict[int, int]]) -> None:
    found = ties(*table(documents))
    got = square(found, found.fractional, 5)
    counts = np.zeros(5)
    for entry in documents:
        for p, w in entry.items():
            counts[p] += w / sum(entry.values())
    np.testing.assert_allclose(got.sum(axis=1), counts, atol=1e-12)
    assert got.sum() == pytest.approx(len(documents))
    np.testing.assert_array_equal(got, got.T)


@settings(deadline=None)
@given(DOCUMENTS, st.permutations(range(5)))
def test_relabelling_permutes(documents: list[dict[int, int]], order: list[int]) -> None:
    document, place, people = table(documents)
    found, moved = ties(document, place, people), ties(document, np.array(order)[place], people)
    for a, b in ((found.fractional, moved.fractional), (found.full, moved.full)):
        np.testing.assert_allclose(square(moved, b, 5)[np.ix_(order, order)], square(found, a, 5), atol=1e-12)


def test_no_documents() -> None:
    nothing = np.zeros(0, np.intp)
    found = ties(nothing, nothing, np.zeros(0))
    np.testing.assert_array_equal(square(found, found.full, 2), np.zeros((2, 2)))
    assert resampled(found, found.full, nothing, draws=3, rng=np.random.default_rng(1))[2].shape == (0, 3)
    assert [len(part) for part in distinct(nothing, nothing, np.zeros(0))] == [0, 0, 0, 0]


@settings(deadline=None)
@given(DOCUMENTS)
def test_alike_documents_are_one_with_copies(documents: list[dict[int, int]]) -> None:
    """Written twice and in another order, the patterns are as many and stand for twice the documents."""
    document, place, people = table(documents)
    found = ties(document, place, people)
    twice, at, who, copies = distinct(*table(documents + documents[::-1]))
    patterns = {tuple(sorted(entry.items())) for entry in documents}
    assert len(copies) == len(patterns) and copies.sum() == 2 * len(documents)
    merged = ties(twice, at, who)
    for a, b in ((found.fractional, merged.fractional), (found.full, merged.full)):
        np.testing.assert_allclose(square(merged, b * copies[merged.document], 5), 2 * square(found, a, 5), atol=1e-12)


def test_copies_are_drawn_as_their_documents_would_be() -> None:
    """50 documents of A alone: Poisson(50), mean 50 and variance 50; 20,000 draws know the mean to .05."""
    one = ties(np.array([0]), np.array([0]), np.ones(1))
    _, _, sums = resampled(one, one.fractional, np.array([50]), draws=20_000, rng=np.random.default_rng(2))
    assert sums.mean() == pytest.approx(50, abs=0.2) and sums.var() == pytest.approx(50, rel=0.04)


def test_resampling_has_the_mean_and_the_variance_of_documents() -> None:
    """A sum of v_p times Poisson(1) has mean sum v and variance sum v^2; 20,000 draws know a mean to sd / 141."""
    first, second, sums = resampled(
        FOUND, FOUND.fractional, np.ones(3, dtype=np.intp), draws=20_000, rng=np.random.default_rng(1)
    )
    got = {(a, b): row for a, b, row in zip(first, second, sums, strict=True)}
    assert list(got) == sorted(got)
    both = got[0, 1]  # 1/6 and 1/3
    sd = np.sqrt(1 / 36 + 1 / 9)
    assert both.mean() == pytest.approx(1 / 2, abs=4 * sd / 141)
    assert both.std() == pytest.approx(sd, rel=0.04)
    assert np.corrcoef(got[0, 2], got[1, 2])[0, 1] == pytest.approx(1.0)  # the same single document


@pytest.mark.parametrize(
    ("people", "words"),
    [([1.0, 0.0], "whole numbers"), ([1.5, 1.0], "whole numbers"), ([np.nan, 1.0], "whole numbers")],
)
def test_bad_people(people: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ties(np.array([0, 0]), np.array([0, 1]), np.array(people))


def test_a_place_twice() -> None:
    with pytest.raises(InputError, match="names a place twice"):
        ties(np.array([0, 0]), np.array([1, 1]), np.ones(2))
