"""Bushes of all origins and classes: planted, loaded, equilibrated and renewed by compiled loops."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
Flags = NDArray[np.bool_]
S = TypeVar("S")
T = TypeVar("T")
_BLOCK = 64  # bushes that are renewed together; not by threads, so that results do not depend on them
_CELLS = 4_000_000  # bushes x links that are renewed together at most


class Law(NamedTuple):
    """Time of a link at flow x: base + slope (x inverse) ** power; base - slope log(1 - x inverse) if power < 0."""

    base: Floats
    slope: Floats
    inverse: Floats
    power: Floats

    def integral(self, flow: Floats) -> Floats:
        """Integral of the time of each link from 0 to its flow."""
        ratio, loses = flow * self.inverse, self.power < 0
        power = np.where(loses, 0.0, self.power)
        with np.errstate(over="ignore"):  # far from equilibrium a steep link may cost more than can be said
            out = self.base * flow + self.slope * ratio**power * flow / (power + 1.0)
        if loses.any():
            left = np.maximum(1.0 - ratio[loses], np.finfo(float).tiny)
            area = (left * np.log(left) + ratio[loses]) / self.inverse[loses]
            out[loses] = self.base[loses] * flow[loses] + self.slope[loses] * area
        return np.asarray(out)


class State(NamedTuple):
    """Flow of every link, its time and the derivative of the time."""

    flow: Floats
    time: Floats
    derivative: Floats


class Star(NamedTuple):
    """A directed graph by links, and links by their ends."""

    tail: Whole
    head: Whole
    out_first: NDArray[np.int64]
    out_link: Whole
    in_first: NDArray[np.int64]
    in_link: Whole
    passable: Flags

    @classmethod
    def of(cls, nodes: int, tail: Whole, head: Whole, passable: Flags) -> Star:
        """Sort links by tail and by head."""

        def by(end: Whole) -> tuple[NDArray[np.int64], Whole]:
            first = np.zeros(nodes + 1, np.int64)
            np.cumsum(np.bincount(end, minlength=nodes), out=first[1:])
            return first, np.argsort(end, kind="stable").astype(np.int32)

        out, into = by(tail), by(head)
        return cls(tail, head, out[0], out[1], into[0], into[1], passable)


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """Some bushes one after the other.

    Attributes
    ----------
    origin, kind : int32 arrays (bushes,)
        Zone and class of each bush.
    start : int64 array (bushes + 1,)
        First position of each bush.
    links : int32 array
        Links of each bush in topological order of their heads.
    x : array
        Flow of each, which the loops change in place.
    """

    origin: Whole
    kind: Whole
    start: NDArray[np.int64]
    links: Whole
    x: Floats

    def without(self, gone: Flags) -> Block:
        """The block without some bushes."""
        stay = np.flatnonzero(~gone)
        parts = [np.arange(self.start[b], self.start[b + 1]) for b in stay]
        at = np.concatenate([np.empty(0, np.int64), *parts])
        size = np.diff(self.start)[stay]
        return Block(origin=self.origin[stay], kind=self.kind[stay], start=np.r_[0, np.cumsum(size)],
                     links=self.links[at], x=self.x[at])  # fmt: skip


class Measure(NamedTuple):
    """Cost above the cheapest of all travellers, and the cost if all travelled on cheapest ways at these costs."""

    excess: float
    least: float


@dataclass(frozen=True, eq=False)
class Traffic:
    """What bushes run on: graph, law of times, restrictions and fixed costs by class, demand by class."""

    graph: Star
    law: Law
    usable: Flags
    fixed: Floats
    demand: Floats

    def empty(self) -> State:
        """No flow."""
        return self.state(np.zeros(self.graph.tail.size))

    def state(self, flow: Floats) -> State:
        """Times at these flows."""
        from megaregion.core.bush_kernels import price_all

        state = State(flow, np.empty_like(flow), np.empty_like(flow))
        price_all(self.law, state)
        return state

    def plant(self, pairs: NDArray[np.int64], state: State) -> list[Block]:
        """Shortest trees of these (class, origin) pairs, each loaded before the next; changes the state."""
        from megaregion.core.bush_kernels import add
        from megaregion.core.bush_search_kernels import plant

        blocks, nodes = [], self.graph.passable.size
        size = min(_BLOCK, max(_CELLS // max(self.graph.tail.size, nodes, 1), 1))
        for first in range(0, len(pairs), size):
            some = pairs[first : first + size]
            start, end = np.zeros(len(some) + 1, np.int64), 0
            links, x = np.empty(len(some) * nodes, np.int32), np.empty(len(some) * nodes)
            for b, (kind, origin) in enumerate(some):
                end = plant(np.int32(origin), self.demand[kind, origin], self.graph, self.usable[kind],
                            self.fixed[kind], state.time, end, links, x)  # fmt: skip
                start[b + 1] = end
                add(links[start[b] : end], x[start[b] : end], self.law, state)
            blocks.append(Block(origin=some[:, 1].astype(np.int32), kind=some[:, 0].astype(np.int32), start=start,
                                links=links[:end].copy(), x=x[:end].copy()))  # fmt: skip
        return blocks

    def load(self, blocks: list[Block], time: Floats) -> tuple[Floats, list[Flags]]:
        """Flows (classes, links) of the demand sent through the bushes, and which bushes no longer reach it."""
        from megaregion.core.bush_kernels import load

        flows, broken = np.zeros(self.fixed.shape), []
        for block in blocks:
            broken.append(np.empty(len(block.origin), np.bool_))
            load(block.origin, block.kind, block.start, block.links, block.x, self.graph, self.usable, self.fixed,
                 time, self.demand, flows, broken[-1])  # fmt: skip
        return flows, broken

    def equilibrate(self, blocks: list[Block], state: State) -> float:
        """One pass of shifts over all bushes; the excess cost inside of them as it met it."""
        from megaregion.core.bush_kernels import equilibrate

        return float(
            sum(
                equilibrate(b.origin, b.kind, b.start, b.links, b.x, self.graph, self.fixed, self.law, state)
                for b in blocks
            )
        )

    def renew(self, blocks: list[Block], time: Floats, threads: int) -> Measure:
        """Drop links from bushes and take others in, in place of the list; how far they were from shortest ways."""

        def work(i: int) -> tuple[Floats, Floats]:
            blocks[i], excess, least = self._renewed(blocks[i], time)  # one block at a time is held twice
            return excess, least

        done = _each(work, list(range(len(blocks))), threads)
        excess, least = (np.concatenate([np.empty(0), *(part[k] for part in done)]).sum() for k in (0, 1))
        return Measure(float(excess), float(least))

    def _renewed(self, block: Block, time: Floats) -> tuple[Block, Floats, Floats]:
        from megaregion.core.bush_search_kernels import renew

        many, room = len(block.origin), len(block.origin) * self.graph.tail.size
        start, links, x = np.empty(many + 1, np.int64), np.empty(room, np.int32), np.empty(room)
        excess, least = np.empty(many), np.empty(many)
        renew(block.origin, block.kind, block.start, block.links, block.x, self.graph, self.usable, self.fixed, time,
              self.demand, start, links, x, excess, least)  # fmt: skip
        end = start[-1]
        return replace(block, start=start, links=links[:end].copy(), x=x[:end].copy()), excess, least

    def reached(self, kind: int, origins: Whole) -> Flags:
        """Zones that a class can reach from each origin (origins, zones)."""
        from megaregion.core.bush_search_kernels import reach

        found = np.empty((len(origins), self.graph.passable.size), np.bool_)
        reach(origins, self.graph, self.usable[kind], found)
        return found[:, : self.demand.shape[2]]

    def costs(self, time: Floats, threads: int) -> Floats:
        """Least cost (classes, zones, zones) at these times; inf where there is no way."""
        from megaregion.core.bush_search_kernels import trees

        classes, zones, nodes = len(self.fixed), self.demand.shape[2], self.graph.passable.size
        out = np.empty((classes, zones, zones))

        def work(part: tuple[int, int]) -> None:
            kind, first = part
            some = np.arange(first, min(first + _BLOCK, zones), dtype=np.int32)
            label = np.empty((len(some), nodes))
            by, order = np.empty(label.shape, np.int32), np.empty(label.shape, np.int32)
            trees(some, self.graph, self.usable[kind], self.fixed[kind], time, label, by, order)
            out[kind, some] = label[:, :zones]

        _each(work, [(kind, first) for kind in range(classes) for first in range(0, zones, _BLOCK)], threads)
        return out


def _each(work: Callable[[S], T], parts: list[S], threads: int) -> list[T]:
    """Results in the order of the parts."""
    if threads < 2 or len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))
