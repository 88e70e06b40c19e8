"""MRQAP against a direct implementation, all permutations, a published correlation, and its nominal rate."""

from itertools import permutations

import numpy as np
import pytest

from megaregion.core.mrqap import dyads, mrqap, orders, qap_correlation
from megaregion.errors import InputError, MissingDataError

FAMILIES = [
    "acciaiuoli", "albizzi", "barbadori", "bischeri", "castellani", "ginori", "guadagni", "lamberteschi", "medici",
    "pazzi", "peruzzi", "pucci", "ridolfi", "salviati", "strozzi", "tornabuoni",
]  # fmt: skip
# ties among 16 families, Padgett and Ansell (1993), Am. J. Sociol. 98(6), as PADGM and PADGB of UCINET
MARRIAGE = (
    "acciaiuoli-medici albizzi-ginori albizzi-guadagni albizzi-medici barbadori-castellani barbadori-medici "
    "bischeri-guadagni bischeri-peruzzi bischeri-strozzi castellani-peruzzi castellani-strozzi guadagni-lamberteschi "
    "guadagni-tornabuoni medici-ridolfi medici-salviati medici-tornabuoni pazzi-salviati peruzzi-strozzi "
    "ridolfi-strozzi ridolfi-tornabuoni"
)
BUSINESS = (
    "barbadori-castellani barbadori-ginori barbadori-medici barbadori-peruzzi bischeri-guadagni bischeri-lamberteschi "
    "bischeri-peruzzi castellani-lamberteschi castellani-peruzzi ginori-medici guadagni-lamberteschi "
    "lamberteschi-peruzzi medici-pazzi medici-salviati medici-tornabuoni"
)


def network(ties: str) -> np.ndarray:
    out = np.zeros((16, 16))
    for tie in ties.split():
        a, b = (FAMILIES.index(name) for name in tie.split("-"))
        out[a, b] = out[b, a] = 1.0
    return out


def every_order(n: int) -> np.ndarray:
    return np.array(list(permutations(range(n))))


def direct(y: np.ndarray, x: np.ndarray, order: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Double semi-partialing step by step: residuals as a matrix, permuted, one regression each. t and two-sided p."""
    n, k = len(y), len(x)
    mask = ~np.eye(n, dtype=bool) if directed else np.triu(np.ones((n, n), dtype=bool), 1)

    def t_of(columns: list[np.ndarray], which: int) -> float:
        design = np.column_stack([np.ones(mask.sum()), *columns])
        inverse = np.linalg.inv(design.T @ design)
        beta = inverse @ design.T @ y[mask]
        rest = y[mask] - design @ beta
        return float(beta[which] / np.sqrt(rest @ rest / (len(rest) - design.shape[1]) * inverse[which, which]))

    t, p = np.empty(k), np.empty(k)
    for i in range(k):
        others = [x[j][mask] for j in range(k) if j != i]
        design = np.column_stack([np.ones(mask.sum()), *others])
        residual = np.zeros((n, n))
        residual[mask] = x[i][mask] - design @ np.linalg.solve(design.T @ design, design.T @ x[i][mask])
        if not directed:
            residual += residual.T
        t[i] = t_of([x[i][mask], *others], 1)
        drawn = np.array([t_of([residual[np.ix_(o, o)][mask], *others], 1) for o in order])
        p[i] = (1 + np.sum(np.abs(drawn) >= abs(t[i]) - 1e-9)) / (1 + len(order))
    return t, p


@pytest.mark.parametrize("directed", [True, False])
def test_against_the_direct_way(directed: bool) -> None:
    rng = np.random.default_rng(3)
    y, x = rng.normal(size=(8, 8)), rng.normal(size=(3, 8, 8))
    x[1] += x[0]
    if not directed:
        y, x = y + y.T, x + x.transpose(0, 2, 1)
    order = orders(8, 300, 5)
    found = mrqap(y, x, orders=order, directed=directed)
    t, p = direct(y, x, order, directed)
    np.testing.assert_allclose(found.t, t, rtol=1e-9)
    np.testing.assert_allclose(found.p, p, rtol=1e-12)
    assert found.dyads == (56 if directed else 28)
    assert np.all(found.p_greater + found.p_less >= 1)  # the observed order counts on both sides


def test_florentine_marriage_and_business() -> None:
    """Pearson correlation .372 (the QAP example of UCINET); by counts: 20 and 15 ties of 120 pairs, 8 of them both.

    phi = (120 * 8 - 20 * 15) / sqrt(20 * 100 * 15 * 105) = .3719. The published p is below .01.
    """
    marriage, business = network(MARRIAGE), network(BUSINESS)
    assert (marriage.sum() / 2, business.sum() / 2, (marriage * business).sum() / 2) == (20, 15, 8)
    assert [f for f, d in zip(FAMILIES, business.sum(axis=1), strict=True) if d == 0] == [
        "acciaiuoli", "albizzi", "pucci", "ridolfi", "strozzi",
    ]  # fmt: skip
    found = qap_correlation(marriage, business, orders=orders(16, 4999, 1), directed=False)
    assert found.partial[0] == pytest.approx(0.372, abs=5e-4)
    assert found.partial[0] == pytest.approx(660 / np.sqrt(20 * 100 * 15 * 105), rel=1e-12)
    assert found.p_greater[0] < 0.01


def test_correlation_over_all_orders() -> None:
    """With all n! orders p is the exact share of relabelings that correlate as well (the identity is one of them)."""
    rng = np.random.default_rng(0)
    a, b = (m + m.T for m in rng.normal(size=(2, 5, 5)))
    up = np.triu_indices(5, 1)
    order = every_order(5)
    drawn = np.array([np.corrcoef(a[np.ix_(o, o)][up], b[up])[0, 1] for o in order])
    found = qap_correlation(a, b, orders=order, directed=False)
    assert found.partial[0] == pytest.approx(np.corrcoef(a[up], b[up])[0, 1], rel=1e-12)
    assert found.p_greater[0] == pytest.approx((1 + np.sum(drawn >= found.partial[0] - 1e-9)) / 121)


def test_nominal_rate_under_the_null() -> None:
    """6000 exchangeable nulls, 199 orders: P(p <= .05) is exactly 10 / 200 without ties.

    4 standard deviations of the binomial are 4 sqrt(.05 .95 / 6000) = .0113, passed by chance once in 16 000.
    """
    rng, trials, reject = np.random.default_rng(11), 6000, 0
    for _ in range(trials):
        y, x = (m + m.T for m in rng.normal(size=(2, 9, 9)))
        reject += qap_correlation(x, y, orders=orders(9, 199, rng), directed=False).p[0] <= 0.05
    assert abs(reject / trials - 0.05) < 4 * np.sqrt(0.05 * 0.95 / trials)


def test_holds_where_least_squares_does_not() -> None:
    """Places have effects of their own in y and in x: least squares takes pairs for independent, MRQAP does not.

    1000 nulls with a second predictor that is correlated with the first and matters. Double semi-partialing is
    approximate here, so the tolerance is 4 binomial deviations (.028) and .01 for the approximation; least squares
    rejects several times too often, which shows that the data would betray a wrong permutation.
    """
    rng, trials = np.random.default_rng(5), 1000
    reject = naive = 0
    for _ in range(trials):
        of = rng.normal(size=(3, 14))
        z, e, w = (
            r[:, None] + r[None, :] + 0.5 * (m + m.T) for r, m in zip(of, rng.normal(size=(3, 14, 14)), strict=True)
        )
        found = mrqap(z + e, np.stack([0.5 * z + w, z]), orders=orders(14, 199, rng), directed=False)
        reject += found.p[0] <= 0.05
        naive += abs(found.t[0]) > 1.99
    assert abs(reject / trials - 0.05) < 4 * np.sqrt(0.05 * 0.95 / trials) + 0.01
    assert naive / trials > 0.2


def test_invariants() -> None:
    """Units scale the coefficient and nothing else; relabelled places give the same regression."""
    rng = np.random.default_rng(2)
    y, x = rng.normal(size=(7, 7)), rng.normal(size=(2, 7, 7))
    order = every_order(7)[::17]
    base = mrqap(y, x, orders=order, directed=True)
    scaled = mrqap(1e6 * y + 3, x * np.array([1e-3, 1.0])[:, None, None], orders=order, directed=True)
    np.testing.assert_allclose(scaled.coefficient, base.coefficient * [1e9, 1e6], rtol=1e-9)
    np.testing.assert_allclose(scaled.t, base.t, rtol=1e-9)
    np.testing.assert_array_equal(scaled.p, base.p)
    turn = np.array([3, 1, 0, 6, 2, 5, 4])
    some = mrqap(y[np.ix_(turn, turn)], x[:, turn][:, :, turn], orders=every_order(7), directed=True)
    np.testing.assert_allclose(some.p, mrqap(y, x, orders=every_order(7), directed=True).p, rtol=1e-12)


def test_a_perfect_fit_is_no_accident() -> None:
    x = np.random.default_rng(1).normal(size=(1, 6, 6))
    found = mrqap(2 * x[0] + 1, x, orders=orders(6, 99, 0), directed=True)
    assert found.r_squared == pytest.approx(1.0) and found.p[0] == 0.01
    assert found.coefficient[0] == pytest.approx(2.0) and found.intercept == pytest.approx(1.0)


def test_dyads() -> None:
    assert len(dyads(4, directed=True)[0]) == 12 and len(dyads(4, directed=False)[0]) == 6


def test_bad_input() -> None:
    rng = np.random.default_rng(0)
    y, x, order = rng.normal(size=(5, 5)), rng.normal(size=(2, 5, 5)), orders(5, 9, 0)
    gap = x.copy()
    gap[1, 0, 3] = np.nan
    with pytest.raises(MissingDataError, match=r"predictor 1 lacks 1 dyads: \(0, 3\)"):
        mrqap(y, gap, orders=order, directed=True)
    with pytest.raises(InputError, match=r"y is not symmetric.*predictor 0 is not symmetric"):
        mrqap(y, x, orders=order, directed=False)
    with pytest.raises(InputError, match="collinear"):
        mrqap(y, np.stack([x[0], 2 * x[0] + 1]), orders=order, directed=True)
    with pytest.raises(InputError, match="nothing to explain"):
        mrqap(np.ones((5, 5)), x, orders=order, directed=True)
    with pytest.raises(InputError, match="without remainder"):
        mrqap(x[0], x, orders=order, directed=True)
    with pytest.raises(InputError, match="expected a network"):
        mrqap(y, x[:, :4, :4], orders=order, directed=True)
    with pytest.raises(InputError, match="too few"):
        mrqap(y[:2, :2] + y[:2, :2].T, x[:, :2, :2], orders=order, directed=False)
    with pytest.raises(InputError, match="three places"):
        orders(2, 9, 0)
    y[0, 0] = np.nan  # the diagonal says nothing
    assert mrqap(y, x, orders=order, directed=True).dyads == 20
