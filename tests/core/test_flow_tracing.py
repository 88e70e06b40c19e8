"""Proportional sharing: by hand, and whatever the grid all that is drawn has been generated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.dc_flow import Grid
from megaregion.core.flow_tracing import mixture


def test_by_hand() -> None:
    """A gives 60, B 20; both flow into C, where 30 are drawn, and on to D, where 50 are: 3 to 1 everywhere below."""
    grid = Grid(buses=4, tail=np.array([0, 2, 3]), head=np.array([2, 1, 2]), susceptance=np.ones(3))
    got = mixture(grid, np.array([60.0, -20.0, -50.0]), np.array([[60.0, 0], [0, 20.0], [0, 0], [0, 0]]))
    assert got.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.75, 0.25], [0.75, 0.25]]


def test_what_is_generated_at_home_mixes_with_what_flows_in() -> None:
    """10 of A meet 30 of B at B; C has only what comes from there, D lies apart and idle."""
    grid = Grid(buses=4, tail=np.array([0, 1]), head=np.array([1, 2]), susceptance=np.ones(2))
    got = mixture(grid, np.array([10.0, 25.0]), np.diag([10.0, 30.0, 0.0, 0.0]))
    assert got[1].tolist() == got[2].tolist() == pytest.approx([0.25, 0.75, 0.0, 0.0])
    assert got[3].tolist() == [0.0] * 4


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_all_that_is_drawn_was_generated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tail, head = np.r_[np.arange(9), rng.integers(0, 9, 8)], np.r_[np.arange(1, 10), np.full(8, 9)]
    grid = Grid(buses=10, tail=tail, head=head, susceptance=rng.uniform(0.1, 10, len(tail)))
    made, drawn = rng.uniform(0, 10, 10) * (rng.random(10) < 0.5), rng.uniform(0, 10, 10)
    if made.sum() == 0:
        made[0] = 1.0
    drawn *= made.sum() / drawn.sum()
    flow, _ = grid.flows(made - drawn)
    supply = mixture(grid, flow, np.diag(made)) * drawn[:, None]
    assert supply.sum(axis=1) == pytest.approx(drawn, abs=1e-9)
    assert supply.sum(axis=0) == pytest.approx(made, abs=1e-9)
