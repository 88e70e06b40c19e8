"""Equilibria by hand, against route flows of a general solver, and Wardrop's conditions on drawn networks."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import csr_array

from megaregion.core.assignment import Equilibrium, UserClass, user_equilibrium
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError


def roads(nodes: int, links: list[tuple[int, int]], **columns: object) -> RoadNetwork:
    """Links of cost 1 unless said otherwise."""
    ends = np.array(links).reshape(-1, 2)
    one = np.ones(len(links))
    values: dict[str, object] = {
        "zones": nodes, "free_time": one, "capacity": one, "b": 0 * one, "power": one, "fixed": 0 * one,
        "no_through": np.zeros(nodes, bool),
    }  # fmt: skip
    return RoadNetwork(nodes=nodes, tail=ends[:, 0], head=ends[:, 1], **(values | columns))  # type: ignore[arg-type]


def braess(with_link: bool) -> RoadNetwork:
    """Braess (1968): 10 x, 50 + x, 50 + x, 10 x and, across, 10 + x; cost = free (1 + b x), 10 x with free 1e-8."""
    tiny = 1e-8
    links = [(0, 2), (0, 3), (2, 1), (3, 1), (2, 3)][: 5 if with_link else 4]
    free = np.array([tiny, 50.0, 50.0, tiny, 10.0])[: len(links)]
    slope = np.array([10.0, 1.0, 1.0, 10.0, 1.0])[: len(links)]
    return roads(4, links, zones=2, free_time=free, b=slope / free)


def trips(zones: int, *pairs: tuple[int, int, float]) -> np.ndarray:
    out = np.zeros((zones, zones))
    for o, d, v in pairs:
        out[o, d] = v
    return out


@pytest.mark.parametrize(("with_link", "cost"), [(False, 83.0), (True, 92.0)])
def test_braess(with_link: bool, cost: float) -> None:
    """Three on each way at 30 + 53; with the link two on each of three ways at 40 + 52 = 40 + 12 + 40."""
    found = user_equilibrium(braess(with_link), trips(2, (0, 1, 6.0)), gap=1e-13)
    np.testing.assert_allclose(found.skims()[0, 0, 1], cost, rtol=1e-9)  # the free time of 1e-8
    np.testing.assert_allclose(found.total_time, 6 * cost, rtol=1e-9)
    np.testing.assert_allclose(found.flow, [4, 2, 2, 4, 2] if with_link else [3, 3, 3, 3], rtol=1e-9)


def test_braess_optimum_leaves_the_link_unused() -> None:
    """All at 83 is the least total; the toll is flow x slope: 30 on the steep roads, 3 on the others."""
    found = user_equilibrium(braess(True), trips(2, (0, 1, 6.0)), gap=1e-13, system_optimum=True)
    np.testing.assert_allclose(found.flow, [3, 3, 3, 3, 0], atol=1e-8)
    np.testing.assert_allclose(found.total_time, 498.0, rtol=1e-9)
    np.testing.assert_allclose(found.beckmann, found.total_cost, rtol=1e-12)
    np.testing.assert_allclose(found.marginal_toll, [30, 3, 3, 30, 0], atol=1e-7)
    tolled = user_equilibrium(
        braess(True).replace(fixed=found.marginal_toll), trips(2, (0, 1, 6.0)), gap=1e-13
    )  # Pigou: with the toll the optimum is an equilibrium
    np.testing.assert_allclose(tolled.flow, found.flow, atol=1e-7)


def test_toll_of_constant_and_closed_links_is_nothing() -> None:
    net = roads(2, [(0, 1)] * 3, b=[0.0, 1.0, 0.15], power=[4.0, 1.0, 0.0], capacity=[1.0, 0.0, 0.0])
    found = user_equilibrium(net, trips(2, (0, 1, 3.0)))
    assert found.flow.tolist() == [3.0, 0.0, 0.0] and found.marginal_toll.tolist() == [0.0, 0.0, 0.0]


def test_parallel_links_by_hand() -> None:
    """1 + x, 2 + x and a constant 4 share 10: 3, 2 and the rest; of two equal constants one is enough."""
    net = roads(2, [(0, 1)] * 3, free_time=[1.0, 2.0, 4.0], b=[1.0, 0.5, 0.0])
    found = user_equilibrium(net, trips(2, (0, 1, 10.0)), gap=1e-13)
    np.testing.assert_allclose(found.flow, [3, 2, 5], rtol=1e-12)
    assert found.average_excess_cost < 1e-12


@pytest.mark.parametrize(("capacity", "power"), [(1e-5, 50.0), (1e-5, 6.0), (1e9, 80.0), (1.0, 1e-3)])
def test_steep_and_flat_links(capacity: float, power: float) -> None:
    """1 + (x / c) ** p beside a constant 3: it carries c 2 ** (1 / p), or all of the demand of 1000.

    At a gap of 1e-12 of 3000 a flow of 1e-5 may cost 3e-4 too much: as much as a tenth of a thousandth of it.
    """
    net = roads(2, [(0, 1)] * 2, free_time=[1.0, 3.0], b=[1.0, 0.0], capacity=[capacity, 1.0], power=[power, 1.0])
    found = user_equilibrium(net, trips(2, (0, 1, 1000.0)), gap=1e-12)
    np.testing.assert_allclose(found.flow[0], min(capacity * 2 ** (1 / power), 1000.0), rtol=1e-4)


def test_a_road_too_narrow_for_numbers() -> None:
    """A capacity of 1e-300 carries nothing that counts: equilibrium, or an error that says why not."""
    net = roads(2, [(0, 1)] * 2, free_time=[1.0, 3.0], b=[1.0, 0.0], capacity=[1e-300, 1.0], power=[6.0, 1.0])
    try:
        found = user_equilibrium(net, trips(2, (0, 1, 1000.0)), gap=1e-12)
    except ConvergenceError as error:
        assert "as good as rounding allows" in str(error)
    else:
        np.testing.assert_allclose(found.flow[1], 1000.0, rtol=1e-12)


def drawn(seed: int, *, nodes: int = 14, links: int = 60, zones: int = 6) -> tuple[RoadNetwork, np.ndarray]:
    """Zero-cost cycles, parallel links, loops, constant and closed links, capacities over nine orders, odd powers."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, nodes, (links, 2))
    free = rng.choice([0.0, 1.0, 2.0, 5.0], links) * rng.choice([1.0, rng.random()], links)
    capacity = 10.0 ** rng.uniform(-3, 6, links) * (rng.random(links) > 0.05)
    net = roads(
        nodes, [(int(t), int(h)) for t, h in ends], zones=zones, free_time=free, capacity=capacity,
        b=rng.choice([0.0, 0.15, 1.0], links), power=rng.choice([0.0, 0.5, 1.0, 2.5, 4.0, 6.0], links),
        fixed=rng.choice([0.0, 0.0, 0.5], links), no_through=np.arange(nodes) < rng.choice([0, zones // 2]),
    )  # fmt: skip
    return net, np.round(rng.gamma(0.5, 2.0, (zones, zones)) * rng.choice([0.0, 1.0, 100.0], (zones, zones)), 3)


def least_costs(net: RoadNetwork, cost: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Bellman and Ford's labels between zones, in which centroids that no way may pass are only ends."""
    out = np.full((net.zones, net.zones), np.inf)
    for o in range(net.zones):
        label = np.full(net.nodes, np.inf)
        label[o] = 0.0
        leave = usable & (~net.no_through[net.tail] | (net.tail == o))
        for _ in range(net.nodes):
            np.minimum.at(label, net.head[leave], label[net.tail[leave]] + cost[leave])
        out[o] = label[: net.zones]
    return out


def require_wardrop(found: Equilibrium, gap: float) -> None:
    """Flows of every origin serve its demand, no closed link is used, and all travel at least cost."""
    net, total, least = found.network, 0.0, 0.0
    summed = np.zeros_like(found.class_flow)
    for block in found.blocks:
        for b, (kind, o) in enumerate(zip(block.kind, block.origin, strict=True)):
            part = slice(block.start[b], block.start[b + 1])
            links, x = block.links[part], block.x[part]
            balance = np.zeros(net.nodes)
            np.add.at(balance, net.head[links], x)
            np.add.at(balance, net.tail[links], -x)
            want = found.demand[kind, o]
            balance[: net.zones] -= want
            balance[o] += want.sum()
            assert np.abs(balance).max() <= 1e-12 * want.sum()
            assert (x >= 0).all()
            np.add.at(summed[kind], links, x)
    np.testing.assert_allclose(found.class_flow, summed, rtol=1e-12)
    np.testing.assert_allclose(found.flow, summed.sum(axis=0), rtol=1e-12)
    for kind, flow in enumerate(found.class_flow):
        usable = found.traffic.usable[kind]
        assert (flow[~usable] == 0).all()
        costs = least_costs(net, found.class_cost[kind], usable)
        np.testing.assert_allclose(found.skims()[kind], costs, rtol=1e-12)
        sent = found.demand[kind] > 0
        least += (found.demand[kind][sent] * costs[sent]).sum()
        total += (flow * found.class_cost[kind])[flow > 0].sum()
    assert -1e-13 * total <= total - least <= (gap + 1e-13) * total


def exact(net: RoadNetwork, demand: object, **options: object) -> Equilibrium:
    """To 1e-12, or where costs of 1e11 and slopes of 1e12 do not let rounding: an error that says so, and 1e-9."""
    try:
        return user_equilibrium(net, demand, gap=1e-12, unreachable="leave", **options)  # type: ignore[arg-type]
    except ConvergenceError as error:
        assert "as good as rounding allows" in str(error)
        assert isinstance(error.last, Equilibrium) and error.last.relative_gap < 1e-9
        return error.last


@pytest.mark.parametrize("seed", range(60))
def test_wardrop_on_drawn_networks(seed: int) -> None:
    net, demand = drawn(seed)
    found = exact(net, demand)
    require_wardrop(found, 1e-12)
    assert found.relative_gap >= -1e-15
    lost = sum(pair.demand for pair in found.unreachable)
    np.testing.assert_allclose(found.demand.sum() + lost + found.intrazonal, demand.sum(), rtol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_classes_on_drawn_networks(seed: int) -> None:
    """Lorries with tolls of their own, two units each, some roads forbidden."""
    net, cars = drawn(seed)
    rng = np.random.default_rng(1000 + seed)
    users = [
        UserClass(name="cars", demand=cars),
        UserClass(name="lorries", demand=csr_array(cars.T), fixed=rng.choice([0.0, 3.0], net.links),
                  allowed=rng.random(net.links) > 0.1, pce=2.0),
    ]  # fmt: skip
    found = exact(net, users)
    require_wardrop(found, max(found.relative_gap, 1e-12))
    assert found.converged or seed == 18
    lost = sum(2 * pair.demand for pair in found.unreachable if pair.name == "lorries")
    np.testing.assert_allclose(found.demand[1].sum() + lost, 2 * (cars.sum() - np.trace(cars)), rtol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_warm_start_after_links_close_and_open(seed: int) -> None:
    """Some links close, some open, demand changes with new origins: the objective is that of a cold start."""
    net, demand = drawn(seed)
    rng = np.random.default_rng(2000 + seed)
    first = user_equilibrium(net, demand * (rng.random((net.zones, 1)) < 0.8), gap=1e-6, unreachable="leave")
    changed = net.replace(
        capacity=np.where(rng.random(net.links) < 0.2, 0.0, np.where(net.capacity == 0, 5.0, net.capacity))
    )
    warm = user_equilibrium(changed, demand, gap=1e-12, unreachable="leave", start=first)
    cold = user_equilibrium(changed, demand, gap=1e-12, unreachable="leave")
    require_wardrop(warm, 1e-12)
    assert warm.unreachable == cold.unreachable
    np.testing.assert_allclose(warm.beckmann, cold.beckmann, rtol=1e-11)


def ways(net: RoadNetwork, o: int, d: int) -> list[list[int]]:
    """All ways without a circle, as lists of links."""
    out, stack = [], [(o, [o], [])]
    while stack:
        i, seen, path = stack.pop()
        if i == d:
            out.append(path)
            continue
        for a in np.flatnonzero(net.tail == i):
            if net.head[a] not in seen:
                stack.append((int(net.head[a]), [*seen, int(net.head[a])], [*path, int(a)]))
    return out


@pytest.mark.parametrize("seed", range(5))
def test_objective_of_a_general_solver_on_route_flows(seed: int) -> None:
    """SLSQP on the shares of all routes of five nodes: never below the objective found, and close to it."""
    rng = np.random.default_rng(seed)
    links = [(i, j) for i in range(5) for j in range(5) if i != j and rng.random() < 0.6]
    net = roads(
        5, links, zones=3, free_time=rng.uniform(1, 3, len(links)), capacity=rng.uniform(2, 6, len(links)),
        b=np.full(len(links), 0.15), power=np.full(len(links), 4.0),
    )  # fmt: skip
    demand = trips(3, (0, 1, 9.0), (1, 2, 6.0), (2, 0, 5.0))
    found = user_equilibrium(net, demand, gap=1e-12, unreachable="leave")
    pairs = [(o, d, routes) for o, d in np.argwhere(found.demand[0] > 0) if (routes := ways(net, o, d))]
    use = np.concatenate(
        [[[float(a in r) for a in range(net.links)] for r in routes] for _, _, routes in pairs]
    )  # routes x links
    member = np.repeat(np.eye(len(pairs)), [len(routes) for *_, routes in pairs], axis=1)
    sent = np.array([demand[o, d] for o, d, _ in pairs])
    free = minimize(
        lambda h: float(net.integral(use.T @ h).sum()), (sent / member.sum(axis=1)) @ member,
        jac=lambda h: use @ net.cost(use.T @ h), method="SLSQP", bounds=[(0, None)] * len(use),
        constraints={"type": "eq", "fun": lambda h: member @ h - sent, "jac": lambda h: member},
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert free.success
    np.testing.assert_allclose(found.beckmann, free.fun, rtol=1e-9)


def test_optimum_is_the_least_total_time() -> None:
    """On drawn congested networks any mixture of the optimum with the equilibrium takes longer."""
    for seed in range(10):
        net, demand = drawn(seed)
        net = net.replace(fixed=np.zeros(net.links), power=np.where(net.power == 0.5, 1.0, net.power))
        best = user_equilibrium(net, demand, gap=1e-12, unreachable="leave", system_optimum=True)
        selfish = user_equilibrium(net, demand, gap=1e-12, unreachable="leave")
        require_wardrop(best, 1e-12)
        assert best.total_time <= selfish.total_time * (1 + 1e-12)
        for share in (1e-3, 0.1, 0.5):
            mixed = (1 - share) * best.flow + share * selfish.flow
            time = np.where(mixed > 0, net.cost(mixed), 0.0)
            assert (mixed * time).sum() >= best.total_time * (1 - 1e-12)


def test_relabelled_nodes_permute() -> None:
    net, demand = drawn(3)
    net = net.replace(b=np.ones(net.links), power=np.ones(net.links), free_time=net.free_time + 1.0)  # unique flows
    rng = np.random.default_rng(0)
    zone, link = rng.permutation(net.zones), rng.permutation(net.links)
    place = np.r_[zone, net.zones + rng.permutation(net.nodes - net.zones)]  # new number of each node
    ends = {name: place[getattr(net, name)][link] for name in ("tail", "head")}
    moved = net.replace(
        **ends, **{n: getattr(net, n)[link] for n in ("free_time", "capacity", "b", "power", "fixed")},
        no_through=net.no_through[np.argsort(place)],
    )  # fmt: skip
    there = demand[np.ix_(np.argsort(zone), np.argsort(zone))]
    one = user_equilibrium(net, demand, gap=1e-13, unreachable="leave")
    two = user_equilibrium(moved, there, gap=1e-13, unreachable="leave")
    np.testing.assert_allclose(two.flow, one.flow[link], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(two.beckmann, one.beckmann, rtol=1e-12)


def test_threads_change_nothing() -> None:
    net, demand = drawn(5, nodes=200, links=900, zones=150)
    one, two = (user_equilibrium(net, demand, gap=1e-6, unreachable="leave", threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.flow, two.flow)
    np.testing.assert_array_equal(one.skims(threads=2), two.skims())
    assert one.table == two.table


def test_without_demand() -> None:
    net = braess(True)
    for demand in (np.zeros((2, 2)), np.diag([5.0, 2.0]), csr_array((2, 2))):
        found = user_equilibrium(net, demand)
        assert found.converged and found.relative_gap == 0.0 and (found.flow == 0).all() and found.blocks == ()
    assert user_equilibrium(net, np.diag([5.0, 2.0])).intrazonal == 7.0
    assert user_equilibrium(roads(0, [], zones=0), np.zeros((0, 0))).flow.shape == (0,)


def test_a_way_may_not_pass_a_centroid() -> None:
    """Zone 2 is the short cut from 0 to 1; it may be left and entered, not crossed."""
    net = roads(4, [(0, 2), (2, 1), (0, 3), (3, 1)], zones=3, free_time=[1.0, 1.0, 5.0, 5.0])
    net = net.replace(no_through=np.array([True, True, True, False]))
    found = user_equilibrium(net, trips(3, (0, 1, 4.0), (0, 2, 2.0), (2, 1, 1.0)))
    assert found.flow.tolist() == [2.0, 1.0, 4.0, 4.0]


def test_unreachable_pairs_are_named() -> None:
    net = roads(3, [(0, 1)])
    demand = trips(3, (0, 1, 1.0), (1, 2, 2.0), (2, 0, 3.0))
    with pytest.raises(InputError, match=r"2 pairs of zones.*1 -> 2, 2 -> 0"):
        user_equilibrium(net, demand)
    left = user_equilibrium(net, demand, unreachable="leave")
    assert [(p.origin, p.destination, p.demand) for p in left.unreachable] == [(1, 2, 2.0), (2, 0, 3.0)]
    assert left.flow.tolist() == [1.0]


@pytest.mark.parametrize(
    ("demand", "text"),
    [
        (np.zeros((3, 3)), "zones x zones"),
        (np.array([[0.0, -1.0], [np.nan, 0.0]]), "finite and >= 0"),
        ("many", "must be numbers"),
        ([UserClass(name="a", demand=np.zeros((2, 2)))] * 2, "names of their own"),
        (UserClass(name="a", demand=np.zeros((2, 2)), pce=0.0), "pce must be > 0"),
        (UserClass(name="a", demand=np.zeros((2, 2)), fixed=np.full(5, -1.0)), "fixed must be finite"),
        (UserClass(name="a", demand=np.zeros((2, 2)), fixed=np.ones(3)), "one entry a link"),
        (UserClass(name="a", demand=np.zeros((2, 2)), allowed=np.ones(5)), "allowed must be bool"),
    ],
)
def test_bad_demand_is_refused(demand: object, text: str) -> None:
    with pytest.raises(InputError, match=text):
        user_equilibrium(braess(True), demand)


def test_bad_options_and_start_are_refused() -> None:
    demand = trips(2, (0, 1, 6.0))
    with pytest.raises(InputError, match="0 < gap < 1"):
        user_equilibrium(braess(True), demand, gap=0.0)
    with pytest.raises(InputError, match="other nodes, links"):
        user_equilibrium(braess(True), demand, start=user_equilibrium(braess(False), demand))


def test_too_few_iterations_carry_the_last_flows() -> None:
    heard: list[tuple[int, float]] = []
    net, demand = drawn(5, nodes=60, links=300, zones=30)
    net = net.replace(power=np.full(net.links, 4.0), b=np.ones(net.links), capacity=np.full(net.links, 50.0))
    with pytest.raises(ConvergenceError, match="after 2 iterations") as error:
        user_equilibrium(net, demand, gap=1e-12, iterations=2, unreachable="leave",
                         listen=lambda i, g: heard.append((i, g)))  # fmt: skip
    last = error.value.last
    assert isinstance(last, Equilibrium) and not last.converged and last.iterations == 2
    assert heard == [(step.iteration, step.relative_gap) for step in last.table]
    require_wardrop(last, last.relative_gap)
    assert user_equilibrium(net, demand, gap=1e-10, start=last, unreachable="leave").converged


def test_a_listener_can_stop_the_search() -> None:
    """What a terminal does on Ctrl-C: the flows so far are kept, and can be gone on with."""
    net, demand = drawn(5, nodes=60, links=300, zones=30)

    def stop(iteration: int, gap: float) -> None:
        if iteration == 1:
            raise StopIteration

    with pytest.raises(ConvergenceError, match="stopped after 1 iterations") as error:
        user_equilibrium(net, demand, gap=1e-12, unreachable="leave", listen=stop)
    assert isinstance(error.value.last, Equilibrium)
    require_wardrop(error.value.last, error.value.last.relative_gap)


@pytest.mark.parametrize("factor", [1e-6, 1e5])
def test_another_unit_of_flow_changes_nothing(factor: float) -> None:
    net, demand = drawn(8)
    one = user_equilibrium(net, demand, gap=1e-12, unreachable="leave")
    two = user_equilibrium(net.replace(capacity=factor * net.capacity), factor * demand, gap=1e-12, unreachable="leave")
    np.testing.assert_allclose(two.beckmann, factor * one.beckmann, rtol=1e-11)
    finite = np.isfinite(one.skims())
    np.testing.assert_allclose(two.skims()[finite], one.skims()[finite], rtol=1e-6)
