"""Complexity against Harvard's program, closed forms, dense eigenvectors and reflections; priors against the truth."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from megaregion.core.complexity import STRONGEST, advantage, complexity, expected, prior_of, reflections
from megaregion.core.relatedness import density, proximity
from megaregion.errors import InputError

# Ten exporters and thirty products of 1995: which has which, and ECI and PCI as computed by the Stata package
# `ecomplexity` of the Growth Lab (repository cid-harvard/py-ecomplexity, MIT, tests/fixtures/stata_manual_mcp.csv).
HAS = {
    "aut": "2007 3917 3922 5602 6804 7010 7307 7308 7325 7604 7612 7616 8431 8530",
    "blx": "1704 1806 1905 2007 2105 3208 3402 4008 4010 6810 7010 7308 7310 7325 7604 7608",
    "che": "1704 1806 2007 3208 3917 3922 4010 4905 6804 7307 7604 7608 7612 7616 8431 8530",
    "deu": "3208 3402 3917 4008 4010 5602 6804 7010 7307 7310 7612 8309 8431 8474 8530",
    "dnk": "1704 1905 2007 2105 4905 5602 6810 7608 7612 8474 9403",
    "esp": "1704 2007 2105 3402 4008 4010 5602 6804 7010 7309 7310 7325 7608 7612 7616 8309",
    "gbr": "1704 1806 1905 2007 3208 3402 3917 3922 4010 4905 5602 7307 7308 7309 7325 7612 8309 8431 8474 8530",
    "ita": "3922 6810 7010 7307 7309 7616 8309 8474 9403",
    "pol": "1704 2105 6810 7308 7309 7325 9403",
    "svn": "3208 3922 4008 4010 6804 6810 7309 7325 7604 7608 7616 8309 8431 9403",
}
ECI = {
    "aut": 1.073207217992253, "blx": -0.3159764634559932, "che": 1.06773721349865, "deu": 1.200861157616729,
    "dnk": -0.9777046345252988, "esp": 0.0180390442936879, "gbr": 0.5359206138129307, "ita": -0.421184002398617,
    "pol": -2.170709342895322, "svn": -0.0101908039390183,
}  # fmt: skip
PCI = {
    "1704": -1.470491886427003, "1806": 0.9898334389413032, "1905": -1.28829614655021, "2007": 0.3359789984244054,
    "2105": -3.323137535581785, "3208": 1.211838680172189, "3402": 0.7575610835667231, "3917": 2.794806326517154,
    "3922": 1.056227717927282, "4008": 0.3013836399410316, "4010": 0.9458555639215322, "4905": 0.2528276298920076,
    "5602": 0.7921553064524651, "6804": 1.794091102846822, "6810": -3.047699996853477, "7010": 0.5947683743763661,
    "7307": 1.865519843983964, "7308": -1.177374641095858, "7309": -1.81300391183786, "7310": 0.5613061109624367,
    "7325": -0.928657059139727, "7604": 1.071585041866113, "7608": -0.590077081819932, "7612": 1.180674892441301,
    "7616": 0.7101505141850155, "8309": 0.4400665963872156, "8431": 2.140168306589086, "8474": -0.1620847904245116,
    "8530": 2.794806326517154, "9403": -3.434600369331548,
}  # fmt: skip
EXPORTS = np.array([[product in row.split() for product in PCI] for row in HAS.values()])
FLAGS = arrays(bool, st.tuples(st.integers(3, 8), st.integers(3, 8)))


def test_as_the_growth_lab_computes_it() -> None:
    """Same matrix, ten digits. Their deviation is that of the 300 rows of a long table with n - 1, ours of places."""
    got = complexity(EXPORTS)
    theirs = np.sqrt(299 / 300)
    np.testing.assert_allclose(got.place * theirs, list(ECI.values()), rtol=1e-10)
    np.testing.assert_allclose(got.activity * theirs, list(PCI.values()), rtol=1e-10)
    assert got.reason == ""


def test_nested_places_by_hand() -> None:
    """A has both, B the common one: M~ = [[3/4, 1/4], [1/2, 1/2]], eigenvalues 1 and 1/4, vector (1, -2).

    Standardised (1, -1). The activities are 1 for the one only A has and, since B has only the common one, -1 for it
    plus nothing: ECI of A = (PCI_rare + PCI_common) / 2 = 1 gives PCI_rare = 3.
    """
    got = complexity(np.array([[True, True], [False, True]]))
    np.testing.assert_allclose(got.place, [1.0, -1.0], rtol=1e-13)
    np.testing.assert_allclose(got.activity, [3.0, -1.0], rtol=1e-13)
    assert got.second == pytest.approx(0.25, rel=1e-13)


@settings(deadline=None)
@given(FLAGS)
def test_second_eigenvector_by_definition(flags: np.ndarray) -> None:
    """The unsymmetric matrix of Hidalgo and Hausmann with a general solver; places average their activities."""
    got = complexity(flags)
    assume(got.reason == "" and got.second - got.third > 1e-5)
    rows, columns = flags.any(axis=1), flags.any(axis=0)
    m = flags[np.ix_(rows, columns)].astype(float)
    d, u = m.sum(axis=1), m.sum(axis=0)
    tilde = np.zeros((len(m), len(m)))
    for a in range(len(m)):
        for b in range(len(m)):
            tilde[a, b] = sum(m[a, k] * m[b, k] / (d[a] * u[k]) for k in range(m.shape[1]))
    values, vectors = np.linalg.eig(tilde)
    second = np.real(vectors[:, np.argsort(-np.real(values))[1]])
    scaled = (second - second.mean()) / second.std()
    place = got.place[rows]
    # an eigenvector is as exact as rounding over the gap to the next eigenvalue
    np.testing.assert_allclose(np.abs(scaled @ place) / len(place), 1.0, atol=1e-6)
    np.testing.assert_allclose(m @ got.activity[columns] / d, place, atol=1e-8)
    assert np.isnan(got.place[~rows]).all() and np.isnan(got.activity[~columns]).all()
    np.testing.assert_allclose([place.mean(), place.std()], [0.0, 1.0], atol=1e-9)


@settings(deadline=None)
@given(FLAGS, st.randoms())
def test_relabelling_permutes(flags: np.ndarray, random: object) -> None:
    got = complexity(flags)
    assume(got.reason == "" and got.second - got.third > 1e-5)
    rows = np.array(random.sample(range(len(flags)), len(flags)))  # type: ignore[attr-defined]
    columns = np.array(random.sample(range(flags.shape[1]), flags.shape[1]))  # type: ignore[attr-defined]
    again = complexity(flags[np.ix_(rows, columns)])
    np.testing.assert_allclose(again.place, got.place[rows], atol=1e-8)
    np.testing.assert_allclose(again.activity, got.activity[columns], atol=1e-8)


def test_reflections_tend_to_the_eigenvector() -> None:
    """The error falls as (third / second eigenvalue)^(N/2); here .66^(N/2), so that 100 rounds leave 1e-9."""
    eci, pci = complexity(EXPORTS).place, complexity(EXPORTS).activity
    places, activities = reflections(EXPORTS, 100)
    assert abs(np.corrcoef(places, eci)[0, 1]) == pytest.approx(1.0, abs=1e-12)
    assert abs(np.corrcoef(activities, pci)[0, 1]) == pytest.approx(1.0, abs=1e-12)
    early = reflections(EXPORTS, 4)[0]
    assert abs(np.corrcoef(early, eci)[0, 1]) < 0.999


def test_first_reflections_by_hand() -> None:
    """k_c,2 of the nested case: A (2 + 1.5)/2, B 1.5: the mean over products of the mean diversity of who has them."""
    places, activities = reflections(np.array([[True, True], [False, True]]), 2)
    np.testing.assert_allclose(places, [1.0, -1.0], atol=1e-14)
    np.testing.assert_allclose(activities, [-1.0, 1.0], atol=1e-14)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (np.eye(4, dtype=bool), "fall apart into 4 groups"),
        (np.ones((4, 4), dtype=bool), "the same activities"),
        (np.ones((1, 4), dtype=bool), "fewer than two"),
        (~np.eye(4, dtype=bool), "two eigenvectors are equally good"),
        (np.zeros((3, 3), dtype=bool), "fewer than two"),
        # a ring of places that share one activity with each neighbour: it can be cut anywhere
        (np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]], dtype=bool), "equally good"),
    ],
)
def test_where_there_is_no_index_it_says_why(flags: np.ndarray, words: str) -> None:
    got = complexity(flags)
    assert words in got.reason
    assert np.isnan(got.place).all() and np.isnan(got.activity).all()


def test_no_direction_without_diversity_or_rarity() -> None:
    """Two mirrored halves: every place has two of the activities and they are as common on both sides."""
    flags = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 0], [0, 1, 1]], dtype=bool)
    assert "nothing says which end" in complexity(flags).reason


def test_density_as_the_growth_lab_computes_it() -> None:
    """First five products around Austria and around Slovenia, same file."""
    near = density(EXPORTS, proximity(EXPORTS))
    np.testing.assert_allclose(
        near[0, :5], [0.4625, 0.483619344773791, 0.37221269296741, 0.4942528735632183, 0.3444055944055944], rtol=1e-12
    )
    np.testing.assert_allclose(near[9, :3], [0.4625, 0.4102964118564743, 0.3516295025728989], rtol=1e-12)


def test_advantage_by_hand() -> None:
    """Shares 3/4 and 1/4 against 1/2 and 1/2; a prior worth 2 expected cases halves what is beyond 1 (E = 2)."""
    table = np.array([[3.0, 1.0], [1.0, 3.0]])
    np.testing.assert_allclose(expected(table), 2.0)
    np.testing.assert_allclose(advantage(table, expected(table)), [[1.5, 0.5], [0.5, 1.5]])
    np.testing.assert_allclose(advantage(table, expected(table), 2.0), [[1.25, 0.75], [0.75, 1.25]])
    tenfold = 10 * table  # units do not matter without a prior
    np.testing.assert_allclose(advantage(tenfold, expected(tenfold)), advantage(table, expected(table)))


def test_one_case_in_a_small_place_is_no_specialisation() -> None:
    """One patent where .02 are expected is an advantage of 50; with a prior worth 5 it is 6 / 5.02."""
    table = np.array([[1.0, 1.0], [98.0, 2.0]])  # E = 2 * 3 / 102 for the second activity of the first place
    got = advantage(table, expected(table), 5.0)[0, 1]
    assert got == pytest.approx(6 / (5 + 6 / 102))
    assert advantage(table, expected(table))[0, 1] == pytest.approx(17.0)


@pytest.mark.parametrize("truth", [0.5, 5.0])
def test_the_prior_is_found_again(truth: float) -> None:
    """400 x 40 counts of rates from Gamma(a, a): the estimate has a relative standard error near sqrt(2 / 16000) and,
    because expected counts come from the margins of the same table, a bias of the order of 1 / 40."""
    rng = np.random.default_rng(1)
    mean = np.outer(rng.uniform(20, 200, 400), np.full(40, 1 / 40)) * 4
    table = rng.poisson(mean * rng.gamma(truth, 1 / truth, mean.shape)).astype(float)
    assert prior_of(table, expected(table)) == pytest.approx(truth, rel=0.08)


def test_no_more_than_chance_gives_an_endless_prior() -> None:
    """Counts with the structure of the whole to the letter: the likelihood rises in a without bound."""
    table = np.outer([10.0, 20.0, 30.0], [1.0, 2.0])
    assert prior_of(table, expected(table)) > STRONGEST / 10


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: expected(np.zeros((2, 2))), "positive sum"),
        (lambda: advantage(np.ones((2, 2)), np.ones((2, 2)), -1.0), "prior must be >= 0"),
        (lambda: prior_of(np.zeros((2, 2)), np.zeros((2, 2))), "nothing is expected"),
        (lambda: reflections(np.ones((2, 2), dtype=bool), 3), "even number"),
        (lambda: reflections(np.zeros((2, 2), dtype=bool), 2), "something in every row"),
    ],
)
def test_bad_input(call: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()  # type: ignore[operator]
