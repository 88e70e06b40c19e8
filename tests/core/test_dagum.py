import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.dagum import dagum
from megaregion.core.inequality import gini

cases = st.integers(2, 5).flatmap(
    lambda k: st.lists(
        st.tuples(st.floats(0.0, 100.0), st.floats(0.1, 10.0), st.integers(0, k - 1)), min_size=k, max_size=30
    )
)


def arrays(rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    value, people, group = (np.array(column) for column in zip(*rows, strict=True))
    return value.astype(float), people.astype(float), np.unique(group, return_inverse=True)[1].astype(np.intp)


def slow(value, people, group):
    """The definitions over all pairs."""
    w, k = people / people.sum(), group.max() + 1
    p = np.array([w[group == j].sum() for j in range(k)])
    m = np.array([w[group == j] @ value[group == j] / p[j] for j in range(k)])
    s = p * m / (p @ m)
    within = net = cross = 0.0
    for j in range(k):
        for h in range(j + 1):
            a, b = group == j, group == h
            gap = value[a][:, None] - value[b][None, :]
            ww = np.outer(w[a] / p[j], w[b] / p[h])
            big = float((np.abs(gap) * ww).sum())
            if m[j] + m[h] == 0:
                continue
            g = big / (m[j] + m[h])
            if j == h:
                within += g * p[j] * s[j]
                continue
            up, down = float((np.maximum(gap, 0) * ww).sum()), float((np.maximum(-gap, 0) * ww).sum())
            if m[j] < m[h]:
                up, down = down, up
            d = (up - down) / (up + down) if up + down > 0 else 0.0
            net += g * (p[j] * s[h] + p[h] * s[j]) * d
            cross += g * (p[j] * s[h] + p[h] * s[j]) * (1 - d)
    return within, net, cross


@settings(max_examples=150, deadline=None)
@given(cases)
def test_parts_are_the_definition_and_sum_to_gini(rows) -> None:
    """Rounding: some hundred additions of terms of the size of the coefficient, 1e-12 of it."""
    value, people, group = arrays(rows)
    if not value.sum() > 1e-6:
        return
    got = dagum(value, people, group)
    assert (got.within, got.net_between, got.transvariation) == pytest.approx(slow(value, people, group), abs=1e-12)
    assert got.gini == pytest.approx(gini(value, people), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases, st.randoms())
def test_order_of_groups_and_units_do_not_matter(rows, chance) -> None:
    value, people, group = arrays(rows)
    if not value.sum() > 1e-6:
        return
    swap = list(range(int(group.max()) + 1))
    chance.shuffle(swap)
    one, two = dagum(value, people, group), dagum(1e3 * value, 7.0 * people, np.array(swap)[group].astype(np.intp))
    assert two[:4] == pytest.approx(one[:4], abs=1e-12)


def test_groups_of_equal_means_have_no_net_between() -> None:
    """1, 3 and 2, 2: same mean, so everything between them is overlap."""
    got = dagum(np.array([1.0, 3.0, 2.0, 2.0]), np.ones(4), np.array([0, 0, 1, 1]))
    assert got.net_between == 0.0 and got.transvariation == pytest.approx(0.125)
    assert got.within == pytest.approx(0.25 * 0.25)  # G_11 = .25 of a quarter of people x income


def test_groups_apart_have_no_overlap() -> None:
    """1, 2 below 3, 4: D = 1; G_12 = 2/5, shares .5 and .3, .7: .4 (.5 .7 + .5 .3) = .2; inside 1/6 .15 + 1/14 .35."""
    got = dagum(np.array([3.0, 4.0, 1.0, 2.0]), np.ones(4), np.array([0, 0, 1, 1]))
    assert got.transvariation == 0.0 and got.net_between == pytest.approx(0.2)
    assert got.within == pytest.approx(0.25 / 3.5 * 0.35 + 0.25 / 1.5 * 0.15)
    assert got.gini == pytest.approx(0.25)


def test_one_group_and_no_income() -> None:
    got = dagum(np.array([1.0, 3.0]), np.ones(2), np.zeros(2, np.intp))
    assert got[:4] == pytest.approx((0.25, 0.25, 0.0, 0.0))
    poor = dagum(np.array([0.0, 0.0, 1.0]), np.ones(3), np.array([0, 0, 1]))
    assert np.isnan(poor.inside[0]) and poor.gini == pytest.approx(2 / 3)
