"""Gaps by hand, beside a plain loop, and what filling must never touch."""

import numpy as np
import pytest

from megaregion.core.gap_filling import donor_draws, donors, middle, nearest

NAN = np.nan


def test_middle_of_the_group() -> None:
    x = np.array([1.0, 3.0, NAN, 10.0, NAN])
    group = np.array([0, 0, 0, 1, 1])
    np.testing.assert_array_equal(middle(x, group, "mean"), [1, 3, 2, 10, 10])
    np.testing.assert_array_equal(middle(np.array([1.0, 2.0, 9.0, NAN]), np.zeros(4, int), "median"), [1, 2, 9, 2])


def test_a_group_without_values_stays_a_gap() -> None:
    np.testing.assert_array_equal(middle(np.array([1.0, NAN]), np.array([0, 1]), "mean"), [1.0, NAN])


def test_nearest_places_by_hand() -> None:
    """The gap of row 3 lies beside row 2 in the only other column; of two neighbours the mean."""
    x = np.array([[0.0, 10.0], [5.0, 20.0], [9.0, 30.0], [10.0, NAN]])
    rows, near = donors(x, 1, 2)
    assert rows.tolist() == [3]
    assert near.tolist() == [[2, 1]]
    assert nearest(x, 1)[3, 1] == 30.0
    assert nearest(x, 2)[3, 1] == 25.0
    assert nearest(x, 99)[3, 1] == 20.0


def test_distances_equal_a_plain_loop_with_gaps_elsewhere() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 5)) * [1, 10, 100, 1, 1]
    x[rng.random(x.shape) < 0.15] = NAN
    x[0] = rng.normal(size=5)
    spread = np.nanstd(x, axis=0)
    rows, near = donors(x, 2, 4)
    for row, found in zip(rows, near, strict=True):
        far = []
        for other in np.flatnonzero(~np.isnan(x[:, 2])):
            both = [k for k in (0, 1, 3, 4) if not np.isnan(x[row, k] + x[other, k])]
            d = np.mean([((x[row, k] - x[other, k]) / spread[k]) ** 2 for k in both]) if both else np.inf
            far.append((d, other))
        assert [o for _, o in sorted(far)[:4]] == found.tolist()


def test_unit_of_a_column_does_not_choose_the_neighbours() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 4))
    x[3, 0] = NAN
    scaled = x * [1, 1000, 1, 1]
    np.testing.assert_array_equal(donors(scaled, 0, 5)[1], donors(x, 0, 5)[1])


def test_draws_are_values_of_the_neighbours_and_leave_the_rest_alone() -> None:
    x = np.array([[0.0, 10.0], [5.0, 20.0], [9.0, 30.0], [10.0, NAN]])
    tables = donor_draws(x, 2, 200, np.random.default_rng(3))
    assert set(tables[:, 3, 1]) == {20.0, 30.0}
    assert tables[:, 3, 1].mean() == pytest.approx(25.0, abs=5 * 5 / 200**0.5)
    assert (tables[:, :3] == x[:3]).all()
    same = donor_draws(x, 2, 200, np.random.default_rng(3))
    np.testing.assert_array_equal(tables, same)


def test_nothing_to_fill_gives_the_table_back() -> None:
    x = np.eye(3)
    np.testing.assert_array_equal(nearest(x, 2), x)
    assert donor_draws(x, 2, 3, np.random.default_rng(1)).shape == (3, 3, 3)
