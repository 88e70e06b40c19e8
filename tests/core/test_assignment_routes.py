"""Select-link, means along routes and proportionality against all routes of small bushes, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.core.assignment import Equilibrium, UserClass, user_equilibrium
from megaregion.core.assignment_routes import proportionality, select_link, skim
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import InputError


def drawn(seed: int) -> Equilibrium:
    """Two classes on a congested network of nine nodes; no parallel links."""
    rng = np.random.default_rng(seed)
    ends = np.array([(i, j) for i in range(9) for j in range(9) if i != j and rng.random() < 0.35])
    many = len(ends)
    net = RoadNetwork(
        nodes=9, zones=5, tail=ends[:, 0], head=ends[:, 1], free_time=rng.uniform(1, 3, many),
        capacity=rng.uniform(3, 10, many), b=np.full(many, 0.15), power=np.full(many, 4.0), fixed=np.zeros(many),
        no_through=np.zeros(9, bool),
    )  # fmt: skip
    users = [
        UserClass(name="cars", demand=rng.uniform(0, 8, (5, 5)) * (rng.random((5, 5)) < 0.8)),
        UserClass(name="lorries", demand=rng.uniform(0, 1, (5, 5)), fixed=rng.choice([0.0, 1.0], many), pce=2.0),
    ]
    return user_equilibrium(net, users, gap=1e-12, unreachable="leave")


def routes(found: Equilibrium) -> list[tuple[int, int, int, float, list[int]]]:
    """Class, origin, destination, flow and links of every route: at each node back along flows in proportion."""
    out, net = [], found.network
    for block in found.blocks:
        for b, (kind, o) in enumerate(zip(block.kind.tolist(), block.origin.tolist(), strict=True)):
            part = slice(block.start[b], block.start[b + 1])
            into: dict[int, list[tuple[int, float]]] = {}
            for a, v in zip(block.links[part].tolist(), block.x[part].tolist(), strict=True):
                if v > 0:
                    into.setdefault(int(net.head[a]), []).append((a, v))
            for d in np.flatnonzero(found.demand[kind, o]).tolist():
                stack = [(d, found.demand[kind, o, d], [])]
                while stack:
                    j, flow, links = stack.pop()
                    if j == o:
                        out.append((kind, o, d, flow, links))
                        continue
                    total = sum(v for _, v in into[j])
                    stack += [(int(net.tail[a]), flow * v / total, [a, *links]) for a, v in into[j]]
    return out


@pytest.mark.parametrize("seed", range(4))
def test_select_link_equals_routes_one_by_one(seed: int) -> None:
    found = drawn(seed)
    every = routes(found)
    for chosen in ([int(np.argmax(found.flow))], [0, 3, 5], []):
        flow, trips = np.zeros(found.class_flow.shape), np.zeros(found.demand.shape)
        for kind, o, d, v, links in every:
            if set(links) & set(chosen):
                trips[kind, o, d] += v
                flow[kind, links] += v
        got = found.select_link(chosen)
        np.testing.assert_array_equal(select_link(found, chosen).flow, got.flow)
        np.testing.assert_allclose(got.flow, flow, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(got.demand, trips, rtol=1e-10, atol=1e-10)
        for link in chosen:
            np.testing.assert_allclose(got.flow[:, link], found.class_flow[:, link], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_means_along_routes(seed: int) -> None:
    """Of links' lengths; of costs they are the least costs, as all used ways cost the same."""
    found = drawn(seed)
    length = np.random.default_rng(seed).uniform(1, 2, found.network.links)
    wanted = np.zeros(found.demand.shape)
    for kind, o, d, v, links in routes(found):
        wanted[kind, o, d] += v * length[links].sum()
    sent = found.demand > 0
    np.testing.assert_allclose(skim(found, length)[sent], wanted[sent] / found.demand[sent], rtol=1e-10)
    every = found.skim(found.cost)[0]
    np.testing.assert_allclose(every, found.skims()[0], rtol=1e-8)
    assert (np.diag(every) == 0).all()


def test_means_without_demand_are_of_the_cheapest_way() -> None:
    net = RoadNetwork(
        nodes=3, zones=3, tail=[0, 0, 1], head=[1, 1, 2], free_time=[1.0, 2.0, 1.0], capacity=[1.0] * 3, b=[0.0] * 3,
        power=[1.0] * 3, fixed=[0.0] * 3, no_through=[False] * 3,
    )  # fmt: skip
    demand = np.zeros((3, 3))
    demand[0, 1] = 1.0
    got = skim(user_equilibrium(net, demand), [5.0, 7.0, 9.0])[0]
    np.testing.assert_array_equal(got, [[0, 5, 14], [np.inf, 0, 9], [np.inf, np.inf, 0]])


def test_proportionality_by_hand() -> None:
    """One origin takes the first of two links, another both 1 : 4: of 10 trips 6 take the first, each should 3 of 5.

    |5 - 3| + |1 - 3| = 4 of 10 are on the wrong one.
    """
    net = RoadNetwork(
        nodes=4, zones=4, tail=[0, 1, 2, 2], head=[2, 2, 3, 3], free_time=[1.0, 1.0, 1.0, 1.0], capacity=[1.0] * 4,
        b=[0.0, 0.0, 1.0, 1.5], power=[1.0] * 4, fixed=[0.0] * 4, no_through=[False] * 4,
    )  # fmt: skip
    demand = np.zeros((4, 4))
    demand[[0, 1], 3] = 5.0
    found = user_equilibrium(net, demand, gap=1e-14)
    np.testing.assert_allclose(found.flow[2:], [6.0, 4.0], rtol=1e-12)
    parts = [np.array([5.0, 5.0]), np.array([5.0, 1.0, 4.0])]
    block = replace(found.blocks[0], start=np.array([0, 2, 5]), links=np.array([0, 2, 1, 2, 3], np.int32),
                    x=np.concatenate(parts))  # fmt: skip
    got = proportionality(replace(found, blocks=(block,)))
    assert got.pairs == 1
    np.testing.assert_allclose([got.deviation, got.flow], [0.4, 10.0])
    even = replace(block, start=np.array([0, 3, 6]), links=np.array([0, 2, 3, 1, 2, 3], np.int32),
                   x=np.array([5.0, 3.0, 2.0, 5.0, 3.0, 2.0]))  # fmt: skip
    assert replace(found, blocks=(even,)).proportionality().deviation < 1e-15


def test_bad_links_and_values_are_refused() -> None:
    found = drawn(0)
    for bad in ([-1], [10_000], [0.5]):
        with pytest.raises(InputError, match="must be whole numbers"):
            select_link(found, bad)
    with pytest.raises(InputError, match="one a link"):
        skim(found, [1.0, 2.0])
