"""Derivatives of an equilibrium: closed forms, re-equilibrated differences, kinks and Braess links."""

import numpy as np
import pytest

from megaregion.core.assignment import UserClass, user_equilibrium
from megaregion.core.assignment_sensitivities import Sensitivities, sensitivities
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError


def roads(nodes: int, links: list[tuple[int, int]], **columns: object) -> RoadNetwork:
    """Cost 1 + flow on every link unless said otherwise."""
    ends, one = np.array(links), np.ones(len(links))
    values: dict[str, object] = {
        "zones": nodes, "free_time": one, "capacity": one, "b": one, "power": one, "fixed": 0 * one,
        "no_through": np.zeros(nodes, bool),
    }  # fmt: skip
    return RoadNetwork(nodes=nodes, tail=ends[:, 0], head=ends[:, 1], **(values | columns))  # type: ignore[arg-type]


def between(zones: int, *pairs: tuple[int, int, float]) -> np.ndarray:
    out = np.zeros((zones, zones))
    for o, d, v in pairs:
        out[o, d] = v
    return out


def test_parallel_links() -> None:
    """Costs a + v / c share q at u = (q + sum a c) / sum c: d (q u) / dc = q (a - u) / sum c."""
    a, c, q = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]), 20.0
    net = roads(2, [(0, 1)] * 3, free_time=a, capacity=c, b=1 / a)
    found = user_equilibrium(net, between(2, (0, 1, q)), gap=1e-14)
    u = (q + (a * c).sum()) / c.sum()
    got = sensitivities(found)
    np.testing.assert_allclose(got.by_capacity, q * (a - u) / c.sum(), rtol=1e-10)
    np.testing.assert_allclose(got.beckmann_by_capacity, -(found.flow**2) / (2 * c**2), rtol=1e-10)
    assert not got.kinks.any() and got.braess.size == 0


def test_braess_link_is_named() -> None:
    """With capacity c across, 13 = y (5.5 + 1 / c) cross and u = 83 + 4.5 y: dT/dc = 27 x 13 / 42.25 at c = 1."""
    free = np.array([1e-8, 50.0, 50.0, 1e-8, 10.0])
    net = roads(4, [(0, 2), (0, 3), (2, 1), (3, 1), (2, 3)], zones=2, free_time=free,
                b=np.array([10.0, 1.0, 1.0, 10.0, 1.0]) / free)  # fmt: skip
    got = sensitivities(user_equilibrium(net, between(2, (0, 1, 6.0)), gap=1e-14))
    assert got.braess.tolist() == [4]
    np.testing.assert_allclose(got.by_capacity[4], 27 * 13 / 42.25, rtol=1e-7)


def congested(seed: int) -> tuple[RoadNetwork, np.ndarray]:
    rng = np.random.default_rng(seed)
    links = [(i, j) for i in range(9) for j in range(9) if i != j and rng.random() < 0.35]
    many = len(links)
    net = roads(
        9, links, zones=5, free_time=rng.uniform(1, 3, many), capacity=rng.uniform(3, 10, many),
        b=np.full(many, 0.15), power=rng.choice([1.0, 4.0, 2.5], many), fixed=rng.choice([0.0, 0.5], many),
    )  # fmt: skip
    return net, rng.uniform(0, 8, (5, 5))


def difference(net: RoadNetwork, demand: object, name: str, link: int, what: str, **options: bool) -> float:
    """Central difference over a step of 1e-4, from equilibria to 1e-15: errors of 1e-8 and 1e-11 relative."""
    step = 1e-4 * getattr(net, name)[link]
    value = []
    for sign in (1, -1):
        changed = getattr(net, name).copy()
        changed[link] += sign * step
        found = user_equilibrium(net.replace(**{name: changed}), demand, gap=1e-14, unreachable="leave", **options)
        value.append(getattr(found, what))
    return (value[0] - value[1]) / (2 * step)


def require_differences(net: RoadNetwork, demand: object, got: Sensitivities, of: str, **options: bool) -> None:
    for link in range(0, net.links, 3):
        for name, total, beckmann in (
            ("capacity", got.by_capacity, got.beckmann_by_capacity),
            ("free_time", got.by_free_time, got.beckmann_by_free_time),
        ):
            scale = 1e-4 * np.abs(total * getattr(net, name)).max() / getattr(net, name)[link]
            for what, value in ((of, total), ("beckmann", beckmann)):
                wanted = difference(net, demand, name, link, what, **options)
                np.testing.assert_allclose(value[link], wanted, rtol=1e-4, atol=1e-2 * scale)


@pytest.mark.parametrize("of", ["total_time", "total_cost"])
@pytest.mark.parametrize("seed", range(4))
def test_equal_to_differences_of_new_equilibria(seed: int, of: str) -> None:
    net, demand = congested(seed)
    found = user_equilibrium(net, demand, gap=1e-14, unreachable="leave")
    require_differences(net, demand, sensitivities(found, of=of), of)  # type: ignore[arg-type]


def test_with_classes() -> None:
    net, cars = congested(5)
    rng = np.random.default_rng(5)
    users = [
        UserClass(name="cars", demand=cars),
        UserClass(name="lorries", demand=0.2 * cars.T, fixed=rng.choice([0.0, 1.0], net.links), pce=2.0),
    ]
    got = sensitivities(user_equilibrium(net, users, gap=1e-14, unreachable="leave"))
    require_differences(net, users, got, "total_time")


def test_of_an_optimum_are_those_of_its_objective() -> None:
    """Total cost is what the optimum minimises: its derivative is that of the objective, flows held."""
    net, demand = congested(6)
    found = user_equilibrium(net, demand, gap=1e-14, unreachable="leave", system_optimum=True)
    got = sensitivities(found, of="total_cost")
    np.testing.assert_allclose(got.by_capacity, got.beckmann_by_capacity, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(got.by_free_time, got.beckmann_by_free_time, rtol=1e-6, atol=1e-9)
    require_differences(net, demand, got, "total_cost", system_optimum=True)


def test_kinks_are_links_at_the_edge_of_use() -> None:
    """1 + v carries 3: a link of cost 4 is at the edge, one of cost 4.1 is not. Shared choices are no edges."""
    edge = roads(2, [(0, 1)] * 3, free_time=[1.0, 4.0, 4.1], b=[1.0, 0.0, 0.0])
    got = sensitivities(user_equilibrium(edge, between(2, (0, 1, 3.0)), gap=1e-14))
    assert got.kinks.tolist() == [False, True, False]
    shared = roads(4, [(0, 2), (1, 2), (2, 3), (2, 3)], free_time=[1.0, 1.0, 1.0, 2.0], b=[1.0, 1.0, 1.0, 0.5])
    found = user_equilibrium(shared, between(4, (0, 3, 5.0), (1, 3, 5.0)), gap=1e-14)
    assert not sensitivities(found).kinks.any()


def test_closed_links_have_no_derivative_and_constant_ones_none_by_capacity() -> None:
    net = roads(2, [(0, 1)] * 3, capacity=[1.0, 0.0, 5.0], b=[1.0, 1.0, 0.0], free_time=[1.0, 1.0, 3.0])
    got = sensitivities(user_equilibrium(net, between(2, (0, 1, 5.0)), gap=1e-14))
    assert np.isnan(got.by_capacity[1]) and np.isnan(got.by_free_time[1])
    np.testing.assert_allclose(got.by_capacity[[0, 2]], [0.0, 0.0], atol=1e-12)  # all pay 3 whatever the first holds
    np.testing.assert_allclose(got.by_free_time[[0, 2]], [0.0, 5.0], atol=1e-12)


def test_without_demand() -> None:
    net = roads(2, [(0, 1)])
    got = sensitivities(user_equilibrium(net, np.zeros((2, 2))))
    assert (got.by_capacity == 0).all() and (got.by_free_time == 0).all() and not got.kinks.any()


def test_what_cannot_be_answered_is_refused() -> None:
    net, demand = congested(0)
    rough = user_equilibrium(net, demand, gap=1e-2, unreachable="leave")
    with pytest.raises(InputError, match="need an equilibrium"):
        sensitivities(rough)
    with pytest.raises(InputError, match="must be 'total_time' or"):
        sensitivities(rough, of="joy")  # type: ignore[arg-type]
    tie = roads(2, [(0, 1)] * 2, free_time=[1.0, 2.0], b=[0.0, 0.0], fixed=[1.0, 0.0])
    both = user_equilibrium(tie, between(2, (0, 1, 4.0)), gap=1e-14)
    assert sensitivities(both).kinks.any()  # one of the two is not used, and costs no more


def test_ties_of_constant_cost_that_are_used_have_no_derivative() -> None:
    """Times 1 and 2 with tolls 1 and 0: how many use which is open, and the routes of before keep both in use."""
    before = roads(2, [(0, 1)] * 2, free_time=[1.0, 2.0], b=[0.25, 0.0], fixed=[0.5, 0.0])
    split = user_equilibrium(before, between(2, (0, 1, 4.0)), gap=1e-14)
    tie = before.replace(b=np.zeros(2), fixed=np.array([1.0, 0.0]))
    found = user_equilibrium(tie, between(2, (0, 1, 4.0)), gap=1e-14, start=split)
    np.testing.assert_allclose(found.flow, [2.0, 2.0], rtol=1e-12)
    with pytest.raises(ConvergenceError, match="no solution"):
        sensitivities(found)
