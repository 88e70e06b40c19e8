"""Failing roads: a line and a ring by hand, the threshold of random graphs, aim against chance."""

import numpy as np
import pytest

from megaregion.core.link_failures import FailingNetwork
from megaregion.core.road_network import RoadNetwork


def network(nodes: int, zones: int, ends: list[tuple[int, int]], shut: tuple[int, ...] = ()) -> RoadNetwork:
    """Both directions of every pair, cost 1."""
    tail, head = (np.array([*x, *y]) for x, y in (zip(*ends, strict=True), list(zip(*ends, strict=True))[::-1]))
    size = 2 * len(ends)
    return RoadNetwork(
        nodes=nodes, zones=zones, tail=tail, head=head, free_time=np.ones(size), capacity=np.ones(size),
        b=np.zeros(size), power=np.ones(size), fixed=np.zeros(size), no_through=np.isin(np.arange(nodes), shut),
    )  # fmt: skip


def failing(net: RoadNetwork, demand: np.ndarray) -> FailingNetwork:
    return FailingNetwork.of(net, np.ones(net.links), demand)


def both(tail: np.ndarray, head: np.ndarray) -> RoadNetwork:
    return network(int(max(tail.max(), head.max())) + 1, 2, list(zip(tail.tolist(), head.tolist(), strict=True)))


def test_a_line_is_cut() -> None:
    """0-1-2-3, one trip between all pairs: without 1-2 eight of twelve are cut off, two parts of two are left."""
    found = failing(network(4, 4, [(0, 1), (1, 2), (2, 3)]), np.ones((4, 4)))
    gone = np.zeros(3, bool)
    gone[found.road[1]] = True
    assert found.road[1] == found.road[4], "both directions are one road"
    assert found.performance(gone) == pytest.approx((8 / 12, 0.0, 0.5, 0.5))
    assert found.busiest_order()[0] == found.road[1]


def test_a_ring_goes_the_other_way() -> None:
    """Five in a ring: without one road its ends are 4 apart instead of 1, the next 3 instead of 2: 2 (3 + 1 + 1)."""
    found = failing(network(5, 5, [(k, (k + 1) % 5) for k in range(5)]), np.ones((5, 5)))
    gone = np.zeros(5, bool)
    gone[0] = True
    assert found.performance(gone) == pytest.approx((0.0, 10.0, 1.0, 0.0))


def test_ways_of_centroids_cannot_fail_and_are_not_passed() -> None:
    """Zone 2 hangs between 0 and 1 but is not passed: the way is 0-3-4-1."""
    found = failing(network(5, 3, [(0, 2), (2, 1), (0, 3), (3, 4), (4, 1)], shut=(2,)), np.ones((3, 3)))
    assert found.base[0, 1] == 3.0 and int(found.may_fail.sum()) == 3
    assert not found.may_fail[found.road[:2]].any()


def test_random_graphs_fall_apart_at_their_threshold() -> None:
    """Erdos and Renyi: mean degree 4, links gone by chance: q = 1 - 1/4. The second part peaks there; n = 20,000."""
    rng = np.random.default_rng(3)
    n = 20_000
    tail, head = rng.integers(0, n, (2, 2 * n))
    apart = tail != head
    found = failing(both(tail[apart], head[apart]), np.ones((2, 2)))
    shares = np.arange(0.6, 0.91, 0.03)
    curve = found.curve(found.random_order(rng), np.rint(shares * found.roads).astype(int).tolist())
    peak = shares[int(np.argmax([at.second for at in curve]))]
    assert abs(peak - 0.75) <= 0.06
    assert curve[0].largest > 0.3 and curve[-1].largest < 0.01


def test_aim_is_worse_than_chance_and_anew_no_better_than_once() -> None:
    """A grid of 8 x 8: after a fifth of the roads has gone."""
    ends = [(r * 8 + c, r * 8 + c + 1) for r in range(8) for c in range(7)]
    ends += [(r * 8 + c, r * 8 + c + 8) for r in range(7) for c in range(8)]
    found = failing(network(64, 64, ends), np.ones((64, 64)))
    stops = [0, 8, 16, 24]
    order, anew = found.adaptive_curve(stops)
    once = found.curve(found.busiest_order(), stops)
    drawn = [found.curve(found.random_order(np.random.default_rng(k)), stops)[-1] for k in range(10)]
    hurt = np.mean([at.unserved * 1e6 + at.extra for at in drawn])
    assert once[0] == anew[0] == (0.0, 0.0, 1.0, 0.0)
    assert once[-1].unserved * 1e6 + once[-1].extra > hurt and anew[-1].unserved * 1e6 + anew[-1].extra > hurt
    assert len(set(order.tolist())) == 24
