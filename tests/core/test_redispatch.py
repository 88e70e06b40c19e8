"""Failure after failure on one program: the same as solving each anew, whatever came before."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.dc_flow import Grid
from megaregion.core.dispatch import least_unserved
from megaregion.core.redispatch import Redispatch


def meshed(rng: np.random.Generator) -> tuple[Grid, np.ndarray, np.ndarray, np.ndarray]:
    """A ring of eight with chords, half of the lines without a limit."""
    tail = np.r_[np.arange(8), rng.integers(0, 8, 5)]
    head = np.r_[(np.arange(8) + 1) % 8, rng.integers(0, 8, 5)]
    kept = tail != head
    tail, head = tail[kept], head[kept]
    limit = np.where(rng.random(len(tail)) < 0.5, np.inf, rng.uniform(5, 40, len(tail)))
    grid = Grid(buses=8, tail=tail, head=head, susceptance=rng.uniform(1, 1000, len(tail)))
    plants = np.where(rng.random(8) < 0.4, rng.uniform(0, 120, 8), 0.0)
    return grid, rng.uniform(0, 30, 8), plants, limit


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_equals_solving_anew(seed: int) -> None:
    """2e-6 of the demand: twice HiGHS's tolerance of 1e-7 for some ten buses."""
    rng = np.random.default_rng(seed)
    grid, demand, capacity, limit = meshed(rng)
    again = Redispatch(grid, demand, capacity, limit)
    near = 2e-6 * demand.sum()
    for k in rng.permutation(grid.lines):
        want = least_unserved(grid.without(int(k)), demand, capacity, np.delete(limit, k)).unserved.sum()
        assert again.unserved(gone=np.arange(grid.lines) == k).sum() == pytest.approx(want, abs=near)
    less = np.where(np.arange(8) == 3, 0.0, capacity)
    want = least_unserved(grid, demand, less, limit).unserved.sum()
    assert again.unserved(capacity=less).sum() == pytest.approx(want, abs=near)
    whole = least_unserved(grid, demand, capacity, limit).unserved.sum()
    assert again.unserved().sum() == pytest.approx(whole, abs=near), "nothing of the failures is left behind"


def test_no_lines_and_no_plants() -> None:
    alone = Grid(buses=2, tail=np.zeros(0, int), head=np.zeros(0, int), susceptance=np.zeros(0))
    again = Redispatch(alone, np.array([5.0, 7.0]), np.array([4.0, 0.0]), np.zeros(0))
    assert again.unserved().tolist() == pytest.approx([1.0, 7.0])
    assert again.unserved(capacity=np.zeros(2)).tolist() == [5.0, 7.0]
