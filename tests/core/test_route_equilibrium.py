"""Equilibria by hand and by optimality conditions; bounds against brute force."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.road_network import RoadNetwork
from megaregion.core.route_equilibrium import RouteAssignment, RouteEquilibrium
from megaregion.errors import ConvergenceError, InfeasibleError, InputError

BRAESS = {"tail": [0, 0, 2, 3, 2], "head": [2, 3, 1, 1, 3]}  # 0 -> 1 by 2, by 3, and across from 2 to 3


def roads(tail: list[int], head: list[int], **changes: object) -> RoadNetwork:
    many, nodes = len(tail), max([*tail, *head]) + 1
    values: dict[str, object] = {
        "nodes": nodes, "zones": 2, "tail": tail, "head": head, "free_time": np.ones(many),
        "capacity": np.ones(many), "b": np.zeros(many), "power": np.ones(many), "fixed": np.zeros(many),
        "no_through": np.zeros(nodes, bool),
    }  # fmt: skip
    return RoadNetwork(**(values | changes))  # type: ignore[arg-type]


def braess() -> RoadNetwork:
    """Costs 10 x, 50 + x, 50 + x, 10 x and 10 + x; power 1 cannot have a zero constant, so 1e-9 stands for it."""
    time = np.array([1e-9, 50.0, 50.0, 1e-9, 10.0])
    return roads(**BRAESS, free_time=time, b=np.array([10.0, 1.0, 1.0, 10.0, 1.0]) / time)  # type: ignore[arg-type]


def random_roads(seed: int, links: int = 22, power: float = 4.0) -> tuple[RoadNetwork, np.ndarray]:
    """Eight nodes, five of them zones; a ring both ways serves everybody, more links at random."""
    rng = np.random.default_rng(seed)
    ring = [(i, (i + 1) % 8) for i in range(8)] + [((i + 1) % 8, i) for i in range(8)]
    extra = [tuple(rng.choice(8, 2, replace=False).tolist()) for _ in range(links - 16)]
    tail, head = (list(ends) for ends in zip(*ring, *extra, strict=True))
    demand = rng.integers(0, 4, (5, 5)) * rng.random((5, 5))
    net = roads(
        tail, head, zones=5, free_time=rng.uniform(0.5, 3.0, links), capacity=rng.uniform(0.3, 2.0, links),
        b=rng.uniform(0.1, 1.0, links), power=np.full(links, power),
    )  # fmt: skip
    return net, demand


def trips(pairs: int, total: float) -> np.ndarray:
    out = np.zeros((pairs, pairs))
    out[0, 1] = total
    return out


def assert_equilibrium(assignment: RouteAssignment, found: RouteEquilibrium, links: np.ndarray | None = None) -> None:
    """Every trip is carried, on open links, by routes that are no dearer than the cheapest of their pair."""
    routes, net = found.routes, assignment.network
    cost = net.cost(found.flow)
    dearest = np.zeros(len(assignment.demand))
    for k, (low, high) in enumerate(pairwise(routes.pair_start)):
        assert routes.flow[low:high].sum() == pytest.approx(assignment.demand[k], rel=1e-14)
        price = []
        for r in range(low, high):
            way = routes.links[routes.route_start[r] : routes.route_start[r + 1]]
            assert net.tail[way[0]] == assignment.origins[k]
            assert net.head[way[-1]] == assignment.ends[k]
            assert (net.head[way[:-1]] == net.tail[way[1:]]).all()
            assert links is None or links[way].all()
            price.append(cost[way].sum())
        dearest[k] = max(price) - min(price)
    assert found.gap >= -1e-9
    assert (dearest * assignment.demand).sum() <= 1e-6 * found.total_cost


def test_braess_by_hand() -> None:
    """At demand 6 everybody takes 83 without the link across and 92 with it (Braess 1968)."""
    assignment = RouteAssignment(braess(), trips(2, 6.0))
    without = assignment.equilibrium(np.array([True] * 4 + [False]), gap=1e-12)
    with_it = assignment.equilibrium(start=without.routes, gap=1e-12)
    assert without.total_cost / 6 == pytest.approx(83.0, rel=1e-9)
    assert with_it.total_cost / 6 == pytest.approx(92.0, rel=1e-9)
    np.testing.assert_allclose(with_it.flow, [4.0, 2.0, 2.0, 4.0, 2.0], rtol=1e-8)


@given(st.integers(0, 10_000), st.sampled_from([0.5, 1.0, 2.0, 4.0, 7.3]))
@settings(max_examples=25, deadline=None)
def test_nothing_is_lost_when_links_close_and_open(seed: int, power: float) -> None:
    """The gap stays above -1e-9 and all trips are carried after every change, from whatever routes."""
    net, demand = random_roads(seed, power=power)
    assignment = RouteAssignment(net, demand)
    rng, found = np.random.default_rng(seed), None
    for _ in range(4):
        links = np.arange(net.links) < 16
        links[16:] = rng.random(net.links - 16) < 0.5
        start = None if found is None else found.routes
        found = assignment.equilibrium(links, start=start, gap=1e-9)
        cold = assignment.equilibrium(links, gap=1e-9)
        assert_equilibrium(assignment, found, links)
        # Beckmann's objective is within gap x total cost of its minimum
        assert found.beckmann == pytest.approx(cold.beckmann, rel=1e-8)
        assert found.flow[~links].sum() == 0.0


@pytest.mark.parametrize("seed", range(0, 60, 2))
def test_flows_over_nine_orders_of_capacity(seed: int) -> None:
    net, demand = random_roads(seed)
    wide = net.replace(capacity=net.capacity * np.logspace(-4, 5, net.links))
    assignment = RouteAssignment(wide, demand)
    assert_equilibrium(assignment, assignment.equilibrium(gap=1e-10))


def test_ways_do_not_pass_nodes_without_through_traffic() -> None:
    """0 -> 2 -> 1 is shorter, but 2 may not be passed."""
    net = roads([0, 2, 0, 3], [2, 1, 3, 1], free_time=np.array([1.0, 1.0, 5.0, 5.0]))
    stop = np.array([False, False, True, False])
    found = RouteAssignment(net.replace(no_through=stop), trips(2, 1.0)).equilibrium()
    np.testing.assert_array_equal(found.flow, [0.0, 0.0, 1.0, 1.0])


def test_zero_cost_cycles_and_constant_costs() -> None:
    net = roads([0, 2, 3, 2, 0], [2, 3, 2, 1, 1], free_time=np.array([0.0, 0.0, 0.0, 2.0, 3.0]))
    found = RouteAssignment(net, trips(2, 4.0)).equilibrium()
    assert found.total_cost == 8.0


def test_no_trips() -> None:
    found = RouteAssignment(braess(), np.diag([3.0, 1.0])).equilibrium()
    assert (found.total_cost, found.gap) == (0.0, 0.0)


def test_what_cannot_be_said_is_said() -> None:
    assignment = RouteAssignment(braess(), trips(2, 6.0))
    with pytest.raises(InfeasibleError, match="1 pairs of zones: 0 -> 1"):
        assignment.equilibrium(np.array([True, True, False, False, True]))
    with pytest.raises(ConvergenceError, match="after 1 rounds") as caught:
        assignment.equilibrium(rounds=1, gap=1e-12)
    assert isinstance(caught.value.last, RouteEquilibrium)
    with pytest.raises(InputError, match="zones x zones"):
        RouteAssignment(braess(), np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"0 -> 1: nan, 1 -> 0: -1\.0"):
        RouteAssignment(braess(), np.array([[0.0, np.nan], [-1.0, 0.0]]))


def every_design(many: int) -> np.ndarray:
    return (np.arange(2**many)[:, None] >> np.arange(many) & 1).astype(bool)


@given(st.integers(0, 10_000), st.sampled_from([0.7, 1.0, 4.0]), st.sampled_from([0.0, 0.3, 2.0]))
@settings(max_examples=30, deadline=None)
def test_bounds_are_below_every_design_of_a_node(seed: int, power: float, weight: float) -> None:
    """Nodes, budgets, starts and accuracies at random; minimum over the node by enumeration at gap 1e-10."""
    net, demand = random_roads(seed, links=20, power=power)
    assignment, rng = RouteAssignment(net, demand), np.random.default_rng(seed)
    costs, lasting = rng.integers(0, 4, 4).astype(float), np.arange(20) < 16
    designs = every_design(4)
    open_links = np.repeat(lasting[None], 16, axis=0)
    open_links[:, 16:] = designs
    solved = [assignment.equilibrium(links, gap=1e-10) for links in open_links]
    value = np.array([s.total_cost for s in solved])
    for _ in range(6):
        state = rng.integers(0, 3, 4)  # 0 out, 1 in, 2 undecided
        status = np.append(np.ones(16, np.int8), state.astype(np.int8))
        undecided = np.flatnonzero(status == 2).astype(np.int32)
        budget = float(rng.integers(0, 8))
        inside = (designs[:, state != 2] == state[state != 2]).all(axis=1)
        inside &= designs[:, state == 2] @ costs[state == 2] <= budget
        smallest = assignment.equilibrium(status == 1, gap=1e-3)
        found = assignment.bound(
            status, undecided, costs[undecided - 16], budget, start=smallest.routes, weight=weight,
            ceiling=smallest.beckmann, rounds=int(rng.integers(0, 15)),
        )  # fmt: skip
        assert found.bound <= value[inside].min() * (1 + 1e-9)
        for j, link in enumerate(undecided):
            for chosen, bound in ((False, found.out[j]), (True, found.into[j])):
                part = value[inside & (designs[:, link - 16] == chosen)]
                assert part.size == 0 or bound <= part.min() * (1 + 1e-9)


def test_the_bound_of_one_design_tends_to_its_value() -> None:
    """From the system optimum at weight 0 up to the total cost at equilibrium: Braess with the link, 498 to 552."""
    assignment = RouteAssignment(braess(), trips(2, 6.0))
    status, none = np.ones(5, np.int8), np.zeros(0, np.int32)
    start = assignment.equilibrium().routes
    bounds = [
        assignment.bound(status, none, np.zeros(0), 0.0, start=start, weight=mu, rounds=200).bound
        for mu in (0.0, 1.0, 10.0, 100.0, 1e4)
    ]
    assert bounds == sorted(bounds)
    assert bounds[0] == pytest.approx(498.0, rel=1e-6)
    assert 551.8 < bounds[-1] <= 552.0 * (1 + 1e-9)
