"""Convergence with neighbours: known economies are covered at the stated rate, and too few places say so."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from megaregion.core.spatial_permutation import Neighbours
from megaregion.nodes.growth_of_neighbours import BETA, LAG, neighbour_rows

YEARS, SLOPE, RHO, THETA = 10.0, -0.02, 0.4, 0.005
REPLICATIONS = 150


def ring(n: int) -> tuple[Neighbours, csr_array]:
    """Two neighbours each, on a circle."""
    i = np.arange(n)
    indices = np.column_stack([(i - 1) % n, (i + 1) % n]).ravel()
    near = Neighbours(np.arange(0, 2 * n + 1, 2), indices, np.full(2 * n, 0.5))
    return near, csr_array((near.weight, near.indices, near.indptr), shape=(n, n))


def test_the_direct_effect_and_rho_are_covered_at_their_rate() -> None:
    """150 economies of 120 places: 95 % +- 4 standard errors of 1.8 points; the truth by dense algebra."""
    near, w = ring(120)
    multiplier = np.linalg.inv(np.eye(120) - RHO * w.toarray())
    truth = np.trace(multiplier @ (SLOPE * np.eye(120) + THETA * w.toarray())) / 120
    rng = np.random.default_rng(7)
    hit = {BETA: 0, LAG: 0}
    for k in range(REPLICATIONS):
        start = rng.normal(10.0, 0.5, 120)
        growth = multiplier @ (0.25 + SLOPE * start + THETA * (w @ start) + rng.normal(0.0, 0.01, 120))
        rows, why = neighbour_rows(np.exp(start), np.exp(start + YEARS * growth), YEARS, near, seed=k)
        assert why == ""
        by = {row["kind"]: row for row in rows}
        hit[BETA] += by[BETA]["low"] <= truth <= by[BETA]["high"]
        hit[LAG] += by[LAG]["low"] <= RHO <= by[LAG]["high"]
    for kind, count in hit.items():
        assert abs(count / REPLICATIONS - 0.95) < 4 * np.sqrt(0.95 * 0.05 / REPLICATIONS), (kind, count)


def test_the_speed_is_that_of_the_direct_effect() -> None:
    near, _ = ring(40)
    rng = np.random.default_rng(1)
    start = rng.normal(10.0, 0.5, 40)
    last = start + YEARS * (0.3 - 0.02 * start + rng.normal(0.0, 0.002, 40))
    row = neighbour_rows(np.exp(start), np.exp(last), YEARS, near, seed=1)[0][0]
    assert row["beta"] == pytest.approx(-100 * np.log(1 + YEARS * row["estimate"]) / YEARS)
    assert row["half_life"] == pytest.approx(100 * np.log(2) / row["beta"])


def test_too_few_places_or_none_that_differ_say_so() -> None:
    near, _ = ring(10)
    few = neighbour_rows(np.arange(1.0, 11.0), np.arange(2.0, 12.0), YEARS, near, seed=1)
    assert few == ([], "convergence with neighbours: 10 places, 20 that differ are needed")
    near, _ = ring(30)
    assert neighbour_rows(np.ones(30), np.full(30, 2.0), YEARS, near, seed=1)[0] == []
