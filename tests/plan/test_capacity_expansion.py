"""Capacity under a budget: a closed form, Braess's network, optimality conditions, bad input."""

import numpy as np
import pytest

from megaregion.core.assignment import user_equilibrium
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError
from megaregion.plan.capacity_expansion import capacity_expansion

TRIPS = np.array([[0.0, 10.0], [0.0, 0.0]])


def roads(tail: list[int], head: list[int], time: list[float], slope: list[float]) -> RoadNetwork:
    """Costs time + slope x at capacity 1."""
    free, nodes = np.array(time), max([*tail, *head]) + 1
    return RoadNetwork(
        nodes=nodes, zones=2, tail=tail, head=head, free_time=free, capacity=np.ones(len(tail)),
        b=np.array(slope) / free, power=np.ones(len(tail)), fixed=np.zeros(len(tail)), no_through=np.zeros(nodes, bool),
    )  # type: ignore[arg-type]  # fmt: skip


def test_two_in_a_row_by_hand() -> None:
    """Cost 100 a / k for a = 4, 1: k in the ratio of the roots, 2 : 1; 2 + 7 = 9 gives 6 and 3."""
    net = roads([0, 2], [2, 1], [1.0, 1.0], [4.0, 1.0])
    found = capacity_expansion(net, TRIPS, links=[0, 1], costs=[1.0, 1.0], budget=7.0, tolerance=1e-9)
    np.testing.assert_allclose(found.added, [5.0, 2.0], rtol=1e-3)
    assert found.total_cost == pytest.approx(20 + 400 / 6 + 100 / 3, rel=1e-6)
    assert found.before == pytest.approx(520.0)
    assert found.to_frame().columns.tolist() == [c.name for c in found.describe()]


def test_a_limit_binds_and_the_rest_goes_elsewhere() -> None:
    net = roads([0, 2], [2, 1], [1.0, 1.0], [4.0, 1.0])
    found = capacity_expansion(net, TRIPS, links=[0, 1], costs=[1.0, 2.0], budget=7.0, most=[3.0, np.inf])
    np.testing.assert_allclose(found.spent, [3.0, 4.0], rtol=1e-3)
    np.testing.assert_allclose(found.added, [3.0, 2.0], rtol=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_as_good_as_a_grid_where_ways_come_into_use(seed: int) -> None:
    """Three links of a net with alternatives, all ways of spending in steps of a twentieth: none is better."""
    rng = np.random.default_rng(seed)
    tail, head = [0, 0, 2, 2, 3, 3, 4], [2, 3, 3, 4, 4, 1, 1]
    net = roads(tail, head, rng.uniform(1.0, 9.0, 7).tolist(), rng.uniform(0.2, 2.0, 7).tolist())
    budget, links = 4.0, [0, 3, 5]
    found = capacity_expansion(net, TRIPS, links=links, costs=[1.0, 1.0, 1.0], budget=budget)
    best = np.inf
    for i in range(21):
        for j in range(21 - i):
            for k in range(21 - i - j):
                capacity = net.capacity.copy()
                capacity[links] += budget * np.array([i, j, k]) / 20
                best = min(best, user_equilibrium(net.replace(capacity=capacity), TRIPS, gap=1e-10).total_cost)
    assert found.total_cost <= best * (1 + 1e-6)


def test_money_for_braess_link_is_not_spent() -> None:
    """Widening the link across makes everybody slower."""
    net = roads([0, 0, 2, 3, 2], [2, 3, 1, 1, 3], [1e-9, 50.0, 50.0, 1e-9, 10.0], [10.0, 1.0, 1.0, 10.0, 1.0])
    found = capacity_expansion(net, TRIPS * 0.6, links=[4], costs=[1.0], budget=3.0)
    assert found.spent.tolist() == [0.0]
    assert found.benefit[0] < 0
    assert found.total_cost == found.before


def test_no_budget_and_no_links() -> None:
    net = roads([0, 2], [2, 1], [1.0, 1.0], [4.0, 1.0])
    assert capacity_expansion(net, TRIPS, links=[0, 1], costs=[1.0, 1.0], budget=0.0).spent.tolist() == [0.0, 0.0]
    assert capacity_expansion(net, TRIPS, links=[], costs=[], budget=1.0).to_frame().empty


def test_too_few_iterations_carry_the_last() -> None:
    net = roads([0, 2], [2, 1], [1.0, 1.0], [4.0, 1.0])
    with pytest.raises(ConvergenceError, match="after 2 equilibria") as caught:
        capacity_expansion(net, TRIPS, links=[0, 1], costs=[1.0, 1.0], budget=7.0, trials=2)
    assert caught.value.last.total_cost < 520.0  # type: ignore[attr-defined]


def test_everything_wrong_is_said_at_once() -> None:
    net = roads([0, 2], [2, 1], [1.0, 1.0], [4.0, 0.0])
    with pytest.raises(InputError) as caught:
        capacity_expansion(net, TRIPS, links=[0, 0, 1], costs=[0.0, 1.0, 1.0], budget=np.inf, most=-1.0)
    for part in ("[0] come several times", "slow down with flow", "costs must be", "budget must be", "most must be"):
        assert part in str(caught.value)
    with pytest.raises(InputError, match="one number each"):
        capacity_expansion(net, TRIPS, links=[0], costs=[1.0, 2.0], budget=1.0)
