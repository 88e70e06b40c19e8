"""The search for an equilibrium on bushes: renew them, move flow inside of them, and send demand through them anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from megaregion.core.assignment_result import Step
from megaregion.core.bush_cycles import newton
from megaregion.core.bushes import Block, Floats, Measure, State, Traffic

_PASSES = 2  # over all bushes, and again after each of Newton's steps on all together
_STEPS = 7  # of Newton at most before bushes are renewed
_ENOUGH = 0.1  # or as soon as the excess cost inside of the bushes has fallen to this share
_NEWTON = 1e-3  # gap below which Newton's step is tried, or above if an iteration does not halve it
_PATIENCE = 40  # iterations in which the gap must fall by a tenth: else rounding is all that is left


@dataclass(frozen=True, eq=False, kw_only=True)
class Control:
    """When to stop, with how many threads, and who is told of every iteration and its gap."""

    gap: float
    iterations: int
    threads: int
    listen: Callable[[int, float], None] | None

    def told(self, iteration: int, gap: float) -> bool:
        """Tell the listener; whether it wants to stop."""
        try:
            if self.listen is not None:
                self.listen(iteration, gap)
        except StopIteration:
            return True
        return False


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """Where a search ended; `stuck` says why if not at the gap that was asked for."""

    blocks: list[Block]
    flows: Floats
    state: State
    measure: Measure
    table: tuple[Step, ...]
    converged: bool
    stuck: tuple[str, str]

    @property
    def gap(self) -> float:
        """The last relative gap."""
        return self.table[-1].relative_gap


def converge(traffic: Traffic, blocks: list[Block], state: State, control: Control, phase: str = "flows") -> Found:
    """Renew, equilibrate and load bushes until the gap is small; the list of blocks is used up."""
    table: list[Step] = []
    mark, since, iteration = float("inf"), 0, 0
    while True:
        flows, _ = traffic.load(blocks, state.time)
        state = traffic.state(flows.sum(axis=0))
        measure = traffic.renew(blocks, state.time, control.threads)
        table.append(Step(iteration, phase, *_objectives(traffic, flows, state, measure)))
        now = table[-1].relative_gap
        ended = control.told(iteration, now)
        mark, since = (now, 0) if now < 0.9 * mark else (mark, since + 1)
        if now <= control.gap or ended or since >= _PATIENCE or iteration == control.iterations:
            break
        slow = iteration > 0 and now > 0.5 * table[-2].relative_gap
        state = _equilibrate(traffic, blocks, state, _ENOUGH * measure.excess,
                             steps=_STEPS if now <= _NEWTON or slow else 0, least=int(slow))  # fmt: skip
        iteration += 1
    stuck = f"after {iteration} iterations", "allow more iterations or a larger gap; `.last` holds the flows"
    if ended:
        stuck = f"stopped after {iteration} iterations", "`.last` holds the flows; go on with them as `start`"
    elif since >= _PATIENCE:
        stuck = (
            f"it fell by less than a tenth in {_PATIENCE} iterations",
            "flows are as good as rounding allows on links this steep: take a larger gap, or `.last`",
        )
    return Found(blocks=blocks, flows=flows, state=state, measure=measure, table=tuple(table),
                 converged=now <= control.gap, stuck=stuck)  # fmt: skip


def _objectives(traffic: Traffic, flows: Floats, state: State, measure: Measure) -> tuple[float, float]:
    """Relative gap and Beckmann's objective."""
    total = float((flows * (state.time + traffic.fixed)).sum())
    beckmann = float(traffic.law.integral(state.flow).sum() + (flows * traffic.fixed).sum())
    return measure.excess / total if total > 0 else 0.0, beckmann


def _equilibrate(
    traffic: Traffic, blocks: list[Block], state: State, enough: float, *, steps: int, least: int
) -> State:
    """Move flow inside of the bushes until their excess cost is small enough, with so many of Newton's steps."""
    for done in range(steps + 1):
        if done > 0:
            state = newton(traffic, blocks, state, last=least > 0 and done % 2 == 0)
        for _ in range(_PASSES):
            if traffic.equilibrate(blocks, state) <= enough and done >= least:
                return state
    return state
