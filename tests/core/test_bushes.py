"""Bushes stay acyclic and in order, reach what is reached, and hold the demand, through every loop."""

import numpy as np
import pytest
from tests.core.drawn_bushes import drawn, planted, require_demand

from megaregion.core.bushes import Block, Law, Star, Traffic


def require_order(traffic: Traffic, blocks: list[Block]) -> None:
    """Every tail has been reached before its link, links into one node are side by side, and only usable links."""
    for block in blocks:
        for b in range(len(block.origin)):
            links = block.links[block.start[b] : block.start[b + 1]]
            tail, head = traffic.graph.tail[links], traffic.graph.head[links]
            assert traffic.usable[block.kind[b]][links].all()
            assert len(set(links.tolist())) == len(links)
            groups = head[np.r_[True, head[1:] != head[:-1]]] if len(links) else head
            assert len(set(groups.tolist())) == len(groups) and block.origin[b] not in groups
            known = {int(block.origin[b])}
            for at, (i, j) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
                assert i in known
                assert traffic.graph.passable[i] or i == block.origin[b]
                if at + 1 == len(links) or head[at + 1] != j:
                    known.add(j)


@pytest.mark.parametrize("seed", range(6))
def test_every_loop_keeps_order_and_demand(seed: int) -> None:
    traffic = drawn(seed)
    blocks, flow = planted(traffic)
    require_order(traffic, blocks)
    require_demand(traffic, blocks)
    state = traffic.state(flow)
    for _ in range(4):
        measure = traffic.renew(blocks, state.time, 2)
        assert measure.excess >= -1e-12 * measure.least
        require_order(traffic, blocks)
        for _ in range(3):
            traffic.equilibrate(blocks, state)
        require_demand(traffic, blocks)
        np.testing.assert_allclose(state.time, traffic.state(state.flow).time, rtol=1e-12)
        flows, broken = traffic.load(blocks, state.time)
        require_demand(traffic, blocks)
        assert not any(gone.any() for gone in broken)
        np.testing.assert_allclose(flows.sum(axis=0), state.flow, rtol=1e-9, atol=1e-9)
        state = traffic.state(flows.sum(axis=0))


def test_planting_is_as_many_trees() -> None:
    """Without flow a bush is a shortest tree: costs to all zones are those of the search, which the measure repeats."""
    traffic = drawn(9)
    traffic.law.slope[:] = 0.0
    blocks, flow = planted(traffic)
    costs = traffic.costs(traffic.state(flow).time, 1)
    sent = traffic.demand > 0
    measure = traffic.renew(blocks, traffic.state(flow).time, 1)
    np.testing.assert_allclose(measure.least, (traffic.demand[sent] * costs[sent]).sum(), rtol=1e-12)
    assert abs(measure.excess) <= 1e-12 * measure.least


def test_closed_links_are_left_and_bushes_that_break_are_named() -> None:
    """0 -> 1 by two links: if one closes the other takes all, if both do the bush is broken and loads nothing."""
    one = np.ones(2)
    for usable, broken, flow in (([True, False], False, [5.0, 0.0]), ([False, False], True, [0.0, 0.0])):
        traffic = Traffic(
            graph=Star.of(2, np.zeros(2, np.int32), np.ones(2, np.int32), np.ones(2, bool)),
            law=Law(one, 0 * one, one, one), usable=np.array([usable]), fixed=np.zeros((1, 2)),
            demand=np.array([[[0.0, 5.0], [0.0, 0.0]]]),
        )  # fmt: skip
        block = Block(origin=np.zeros(1, np.int32), kind=np.zeros(1, np.int32), start=np.array([0, 2]),
                      links=np.array([0, 1], np.int32), x=np.array([1.0, 4.0]))  # fmt: skip
        flows, gone = traffic.load([block], one)
        assert gone[0].tolist() == [broken]
        assert flows.tolist() == [flow]


def test_integral_is_that_of_the_times() -> None:
    """Simpson's rule over each law, the logarithm too."""
    law = Law(
        np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.2, 0.05]), np.array([4.0, 1.0, -1.0])
    )
    traffic = Traffic(graph=Star.of(1, np.zeros(3, np.int32), np.zeros(3, np.int32), np.ones(1, bool)), law=law,
                      usable=np.ones((1, 3), bool), fixed=np.zeros((1, 3)), demand=np.zeros((1, 0, 0)))  # fmt: skip
    end = np.array([12.0, 3.0, 11.0])
    weight = np.r_[1.0, np.tile([4.0, 2.0], 199), 4.0, 1.0] / 3 / 400
    area = sum(w * traffic.state(s * end).time for w, s in zip(weight, np.linspace(0, 1, 401), strict=True)) * end
    np.testing.assert_allclose(law.integral(end), area, rtol=1e-9)
    step = 1e-6
    rise = (traffic.state(end + step).time - traffic.state(end - step).time) / (2 * step)
    np.testing.assert_allclose(traffic.state(end).derivative, rise, rtol=1e-7)
