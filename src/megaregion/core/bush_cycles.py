"""Circles in which flow of bushes can move without a change of demand, and Newton's step on all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.core.bushes import Block, Floats, State, Traffic, Whole

_ROOM = 8  # links of a circle there is room for; searched again where they are longer
_ACCURACY = 1e-8  # of Newton's direction, squared
_STEPS = 100  # of conjugate gradients
_DAMP = 1e-6  # of the diagonal: how far circles move along which costs do not change
_HALVINGS = 30
_GUESSES = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class Cycles:
    """Signed links of circles, one after the other; `gain` is the cost around each.

    Attributes
    ----------
    first : int64 array (circles + 1,)
    link : int32 array
    sign : array
    gain : array (circles,)
    bounds : tuple of int
        Circles of block i are ``bounds[i]:bounds[i + 1]``.
    place : tuple of arrays
        Positions in each block of its circles' links.
    """

    first: NDArray[np.int64]
    link: Whole
    sign: Floats
    gain: Floats
    bounds: tuple[int, ...]
    place: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, traffic: Traffic, blocks: Sequence[Block], time: Floats) -> Cycles:
        """Circles of used links of all bushes."""
        found = [_of_block(traffic, block, time) for block in blocks]
        sizes = np.concatenate([np.zeros(1, np.int64), *(np.diff(f[0]) for f in found)])
        link = [block.links[f[1]] for block, f in zip(blocks, found, strict=True)]
        return cls(
            first=np.cumsum(sizes),
            link=np.concatenate([np.empty(0, np.int32), *link]),
            sign=np.concatenate([np.empty(0), *(f[2] for f in found)]),
            gain=np.concatenate([np.empty(0), *(f[3] for f in found)]),
            bounds=tuple(np.cumsum([0, *(len(f[3]) for f in found)]).tolist()),
            place=tuple(f[1] for f in found),
        )

    def part(self, i: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """First, positions and signs of the circles of one block."""
        low, high = self.bounds[i], self.bounds[i + 1]
        first = self.first[low : high + 1]
        return first - first[0], self.place[i], self.sign[first[0] : first[-1]]

    def solve(
        self,
        weight: Floats,
        wanted: Floats,
        free: NDArray[np.bool_],
        *,
        damp: float = _DAMP,
        accuracy: float = _ACCURACY,
        steps: int = _STEPS,
    ) -> tuple[Floats, float]:
        """Amounts z around free circles with A' W A z = wanted, and the share of the residual left, squared."""
        from megaregion.core.bush_cycle_kernels import solve

        z, left = solve(self.first, self.link, self.sign, weight, wanted, free, damp, accuracy, steps)
        return z, float(left)

    def least(self, weight: Floats, low: Floats, high: Floats, *, last: bool = False) -> Floats:
        """Amounts z that minimise gain'z + z' A' W A z / 2 in a box, nearly, by guesses of what is at its bounds.

        Primal-dual active sets (Hintermüller, Ito and Kunisch 2003): what a solution puts outside goes to the bound,
        what would gain by leaving its bound is freed. They may go round in circles: the best guess counts, or the last.
        """
        z, free, slope = np.zeros(low.size), np.ones(low.size, np.bool_), self.gain
        best, least = z, 0.0
        for _ in range(_GUESSES):
            found, _ = self.solve(weight, -slope, free)
            inside = (found >= low) & (found <= high)
            z = np.where(free, np.clip(found, low, high), z)
            flow = self.along(z, weight.size)
            value = float(self.gain @ z + 0.5 * (weight * flow) @ flow)
            if value < least or last:
                best, least = z, value
            settled = bool(inside[free].all())
            slope = self.gain + self.around(
                weight * (flow if settled else self.along(np.where(free, found, z), flow.size))
            )
            leave = ~free & np.where(z <= low, slope < 0, slope > 0)
            if settled and not leave.any():
                break
            free = np.where(free, inside, leave)
            slope = self.gain + self.around(weight * self.along(np.where(free, 0.0, z), flow.size))
        return best

    def room(self, blocks: Sequence[Block]) -> tuple[Floats, Floats]:
        """How far each circle alone can turn back and forth before a flow is 0."""
        from megaregion.core.bush_cycle_kernels import room

        low, high = np.empty(len(self.gain)), np.empty(len(self.gain))
        for i, block in enumerate(blocks):
            own = slice(self.bounds[i], self.bounds[i + 1])
            room(block.x, *self.part(i), low[own], high[own])
        return low, high

    def around(self, value: Floats) -> Floats:
        """Sum of a value of links around each circle."""
        from megaregion.core.bush_cycle_kernels import around

        out = np.empty(len(self.gain))
        around(self.first, self.link, self.sign, value, out)
        return out

    def along(self, z: Floats, links: int) -> Floats:
        """Flow on links of amounts z around circles."""
        from megaregion.core.bush_cycle_kernels import along

        out = np.empty(links)
        along(self.first, self.link, self.sign, z, out)
        return out


def _of_block(
    traffic: Traffic, block: Block, time: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    from megaregion.core.bush_cycle_kernels import cycles

    most = int((block.x > 0).sum())
    first, gain, room = np.empty(most + 1, np.int64), np.empty(most), _ROOM * (most // 8) + 64
    while True:
        place, sign = np.empty(room, np.int64), np.empty(room)
        count = cycles(block.origin, block.kind, block.start, block.links, block.x, traffic.graph.tail,
                       traffic.graph.head, time, traffic.fixed, traffic.graph.passable.size, first, place, sign,
                       gain)  # fmt: skip
        used = int(first[count])
        if used <= room - 2:
            return first[: count + 1].copy(), place[:used].copy(), sign[:used].copy(), gain[:count].copy()
        room = used + 2


def newton(traffic: Traffic, blocks: Sequence[Block], state: State, *, last: bool = False) -> State:
    """One step of Newton's method over all bushes together, cut where flows would be negative; the state after it.

    The second-order model of Beckmann's objective is minimised over all circles of used links; a search along the
    direction keeps the objective falling. Without a direction that falls nothing changes. `last` takes the last
    guess of what is at its bounds, not the best: another direction where the best one gets nowhere.
    """
    from megaregion.core.bush_cycle_kernels import limit, move

    circles = Cycles.of(traffic, blocks, state.time)
    z = circles.least(state.derivative, *circles.room(blocks), last=last)
    for i, block in enumerate(blocks):
        limit(len(block.origin), block.start, block.x, *circles.part(i), z[circles.bounds[i] : circles.bounds[i + 1]])
    falling = float(circles.gain @ z)
    if not falling < 0:
        return state
    change = circles.along(z, state.flow.size)
    share, low, high = 1.0, 0.0, 1.0
    after = traffic.state(np.maximum(state.flow + change, 0.0))
    for _ in range(_HALVINGS):
        slope = falling + float((after.time - state.time) @ change)
        if abs(slope) <= -0.5 * falling or (slope < 0 and share == 1.0):
            break
        low, high = (low, share) if slope > 0 else (share, high)
        share = 0.5 * (low + high)
        after = traffic.state(np.maximum(state.flow + share * change, 0.0))
    z *= share
    for i, block in enumerate(blocks):
        move(block.x, *circles.part(i), z[circles.bounds[i] : circles.bounds[i + 1]])
    return after
