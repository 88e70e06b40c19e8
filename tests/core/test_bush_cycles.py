"""Circles keep the demand, span what bushes can do, and Newton's step lowers the objective."""

import numpy as np
import pytest
from tests.core.drawn_bushes import drawn, planted, require_demand

from megaregion.core.bush_cycles import Cycles, newton
from megaregion.core.bushes import Block, Law, Star, State, Traffic


def mixed(seed: int) -> tuple[Traffic, list[Block], State]:
    """Bushes with choices, some way from equilibrium."""
    traffic = drawn(seed)
    blocks, flow = planted(traffic)
    state = traffic.state(flow)
    for _ in range(3):
        traffic.renew(blocks, state.time, 1)
        traffic.equilibrate(blocks, state)
        flows, _ = traffic.load(blocks, state.time)
        state = traffic.state(flows.sum(axis=0))
    return traffic, blocks, state


@pytest.mark.parametrize("seed", range(4))
def test_circles_keep_the_balance_of_nodes(seed: int) -> None:
    traffic, blocks, state = mixed(seed)
    circles = Cycles.of(traffic, blocks, state.time)
    assert len(circles.gain) > 0
    for c in range(len(circles.gain)):
        one = np.zeros(len(circles.gain))
        one[c] = 1.0
        change = circles.along(one, state.flow.size)
        balance = np.zeros(traffic.graph.passable.size)
        np.add.at(balance, traffic.graph.head, change)
        np.add.at(balance, traffic.graph.tail, -change)
        assert (balance == 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_along_and_around_are_transposed_and_solve_inverts(seed: int) -> None:
    traffic, blocks, state = mixed(seed)
    circles = Cycles.of(traffic, blocks, state.time)
    rng = np.random.default_rng(seed)
    z, value = rng.normal(size=len(circles.gain)), rng.normal(size=state.flow.size)
    np.testing.assert_allclose(circles.along(z, value.size) @ value, z @ circles.around(value), rtol=1e-9)
    weight = rng.uniform(1, 2, value.size)
    wanted = circles.around(weight * circles.along(z, value.size))
    found, left = circles.solve(weight, wanted, np.ones(len(z), np.bool_), damp=0.0, accuracy=1e-24, steps=1000)
    np.testing.assert_allclose(circles.along(found, value.size), circles.along(z, value.size), atol=1e-9)
    assert left < 1e-18


@pytest.mark.parametrize("seed", range(6))
def test_newton_lowers_the_objective_and_keeps_the_demand(seed: int) -> None:
    traffic, blocks, state = mixed(seed)

    def objective(at: State) -> float:
        own = sum(
            float((traffic.fixed[k][b.links[p]] * b.x[p]).sum())
            for b in blocks
            for k, p in zip(b.kind, map(slice, b.start[:-1], b.start[1:]), strict=True)
        )
        return float(traffic.law.integral(at.flow).sum()) + own

    for _ in range(4):
        before = objective(state)
        state = newton(traffic, blocks, state)
        require_demand(traffic, blocks)
        assert objective(state) <= before * (1 + 1e-12)
        summed = np.zeros(state.flow.size)
        for block in blocks:
            assert (block.x >= 0).all()
            np.add.at(summed, block.links, block.x)
        np.testing.assert_allclose(state.flow, summed, rtol=1e-9, atol=1e-9)


def test_a_quadratic_objective_takes_one_step() -> None:
    """1 + v, 2 + v and 3 + v share 9 equally at first: the step goes to 4, 3 and 2 at once."""
    one = np.ones(3)
    traffic = Traffic(
        graph=Star.of(2, np.zeros(3, np.int32), np.ones(3, np.int32), np.ones(2, bool)),
        law=Law(np.array([1.0, 2.0, 3.0]), one, one, one), usable=np.ones((1, 3), bool), fixed=np.zeros((1, 3)),
        demand=np.array([[[0.0, 9.0], [0.0, 0.0]]]),
    )  # fmt: skip
    block = Block(origin=np.zeros(1, np.int32), kind=np.zeros(1, np.int32), start=np.array([0, 3]),
                  links=np.arange(3, dtype=np.int32), x=np.full(3, 3.0))  # fmt: skip
    after = newton(traffic, [block], traffic.state(np.full(3, 3.0)))
    np.testing.assert_allclose(after.flow, [4.0, 3.0, 2.0], rtol=1e-5)  # damped by 1e-6
    np.testing.assert_allclose(block.x, after.flow, rtol=1e-12)
