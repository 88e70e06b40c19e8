"""Optimal networks of Fajgelbaum and Schaal (2020), Econometrica 88(4): the grids of their toolbox.

Fundamentals: paper_example01 (map grid, one good, Z = .1 and 1 in the centre, L = 1/J, H = 1, no mobility, K = 1 and
100; there 9 x 9) and example01 (11 x 11, K = 10, full mobility; its congestion across goods is the same thing with one
good). The toolbox stores no optimum. The numbers below come from two other programmes for the same problem, printed
to the digits given: `JOINT`, one programme for everything, and `DUAL`, ascent in log prices with iteration on the
infrastructure as in the toolbox.

Where the two differ, JOINT is lower, by up to 1.6e-7 (15 x 15) relative; for 31 x 31 there is only JOINT, and it is
5.5e-7 below what is reached here. That it is JOINT that stops early is shown by the certificate: a feasible network
reaches more. The investment itself is not compared: it is flat at the optimum, and not unique if gamma = beta.
"""

import numpy as np
import pytest

from megaregion.plan.optimal_network import NOT_UNIQUE, optimal_network
from megaregion.plan.optimal_network_problem import PlannerParameters, PlannerProblem, map_grid

JOINT = {  # (side, K, gamma): welfare
    (9, 1, 1.0): -0.1087178689, (9, 100, 1.0): -0.1074350373, (9, 100, 0.5): -0.1074273966624,
    (15, 100, 1.0): -0.0601467004, (15, 100, 0.5): -0.0601420168467, (31, 100, 0.5): -0.0255456846428,
}  # fmt: skip
DUAL = {(9, 100, 0.5): -0.10742739331, (15, 100, 1.0): -0.0601466908, (15, 100, 0.5): -0.06014201037}
EATEN = {  # centre, corner
    (9, 1, 1.0): (0.0045961516, 0.0029731168), (9, 100, 1.0): (0.0033309612, 0.0032841777),
    (9, 100, 0.5): (0.0033251031, 0.0032919669), (15, 100, 1.0): (0.0013799903, 0.0013555369),
    (15, 100, 0.5): (0.0013727392, 0.0013621086),
}  # fmt: skip
LAX = {(15, 100, 1.0): 1.7e-7, (15, 100, 0.5): 1.1e-7, (31, 100, 0.5): 6e-7}  # how far JOINT stops short


def grid(side: int, budget: float, gamma: float) -> PlannerProblem:
    n = side * side
    z = np.full((n, 1), 0.1)
    z[n // 2] = 1.0
    return PlannerProblem(
        graph=map_grid(side, side), productivity=z, labour=np.full(n, 1 / n), housing=np.ones(n), budget=budget,
        parameters=PlannerParameters(gamma=gamma),
    )  # fmt: skip


@pytest.mark.parametrize(("side", "budget", "gamma"), list(JOINT))
def test_welfare_without_mobility(side: int, budget: float, gamma: float) -> None:
    case = (side, budget, gamma)
    found = optimal_network(grid(*case))
    assert found.welfare == pytest.approx(JOINT[case], rel=LAX.get(case, 1e-7))
    if case in DUAL:
        assert found.welfare == pytest.approx(DUAL[case], rel=1e-8)
    if case in EATEN:
        np.testing.assert_allclose(found.consumption[[side * side // 2, 0], 0], EATEN[case], rtol=1e-5)
    assert found.warnings == ((NOT_UNIQUE,) if gamma == 1 else ())
    assert -1e-12 <= found.gap < 5e-8  # weak duality: nothing reaches more
    assert found.residual < 1e-9  # and this is reached
    used = 2 * found.problem.graph.delta_i @ found.investment
    assert (1 - 2e-6) * budget < used <= (1 + 1e-9) * budget  # both directions are paid for


def test_graph_has_the_edges_of_the_toolbox() -> None:
    assert map_grid(15, 15).tail.size == 812
    assert map_grid(31, 31).tail.size == 3660
    assert map_grid(2, 2).delta_tau.tolist() == [1, 1, 1, 1, 2**0.5, 2**0.5]


def test_more_budget_makes_a_more_even_consumption() -> None:
    """Section 4.1 of the paper: with K = 100 consumption is almost flat, with K = 1 it falls off from the centre."""
    spread = [np.ptp(optimal_network(grid(9, k, 1.0)).consumption) for k in (1.0, 100.0)]
    assert spread[0] > 10 * spread[1]


def test_full_mobility() -> None:
    """example01: utility to 1e-7, and where people live and eat."""
    found = optimal_network(grid(11, 10.0, 1.0), mobility="full")
    assert found.welfare == pytest.approx(11.9572861051, rel=1e-7)
    np.testing.assert_allclose(found.labour[[60, 0]], [0.0288652245, 0.0076368308], rtol=1e-6)
    assert found.consumption[60, 0] == pytest.approx(0.0297820869, rel=1e-6)
    assert found.labour.sum() == pytest.approx(1.0, rel=1e-10)
    assert optimal_network(grid(11, 10.0, 0.5), mobility="full").welfare == pytest.approx(11.9923890280, rel=1e-7)
