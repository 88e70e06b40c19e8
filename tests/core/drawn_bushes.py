"""Bushes on drawn networks, and the check that they hold their demand."""

import numpy as np

from megaregion.core.bushes import Block, Law, Star, Traffic


def drawn(seed: int, nodes: int = 40, links: int = 200, zones: int = 12) -> Traffic:
    """Times of 0, loops, parallel links, two classes with links of their own."""
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, nodes, (2, links)).astype(np.int32)
    law = Law(rng.choice([0.0, 0.0, 1.0, 2.0], links), rng.choice([0.0, 1.0], links), 1 / rng.uniform(1, 9, links),
              rng.choice([1.0, 4.0], links))  # fmt: skip
    passable = np.arange(nodes) >= 2
    traffic = Traffic(
        graph=Star.of(nodes, tail, head, passable), law=law, usable=rng.random((2, links)) < 0.9,
        fixed=rng.choice([0.0, 0.5], (2, links)), demand=rng.uniform(0, 3, (2, zones, zones)),
    )  # fmt: skip
    traffic.demand[:, np.arange(zones), np.arange(zones)] = 0.0
    for kind in range(2):
        traffic.demand[kind][~traffic.reached(kind, np.arange(zones, dtype=np.int32))] = 0.0
    return traffic


def planted(traffic: Traffic) -> tuple[list[Block], np.ndarray]:
    state = traffic.empty()
    pairs = np.argwhere(traffic.demand.sum(axis=2) > 0)
    return traffic.plant(pairs, state), state.flow


def require_demand(traffic: Traffic, blocks: list[Block]) -> None:
    for block in blocks:
        for b, (kind, o) in enumerate(zip(block.kind, block.origin, strict=True)):
            part = slice(block.start[b], block.start[b + 1])
            balance = np.zeros(traffic.graph.passable.size)
            np.add.at(balance, traffic.graph.head[block.links[part]], block.x[part])
            np.add.at(balance, traffic.graph.tail[block.links[part]], -block.x[part])
            want = traffic.demand[kind, o]
            balance[: want.size] -= want
            balance[o] += want.sum()
            assert np.abs(balance).max() <= 1e-12 * want.sum()
