"""Branch and bound over the links to build: best first, in batches whose result hangs on no number of threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.core.route_equilibrium import DesignBound, RouteAssignment, RouteEquilibrium, Routes
from megaregion.errors import ConvergenceError, InfeasibleError

Floats = NDArray[np.float64]
Listen = Callable[[int, int, float, float], None]
BATCH = 32  # nodes looked at before what they found is put together: not a matter of threads
ROUGH = 1e-4  # relative gap of equilibria that only guide the search
HOPE = 0.998  # a relaxation this far below the cutoff is not refined
LEAF_WEIGHTS = (10.0, 100.0)  # of Beckmann's objective in the bound of a single design
POLISH = 400  # rough equilibria of one local search at most
MEMORY = 1 << 30  # bytes of routes kept in open nodes; beyond, nodes start from the routes of the root
SLACK = 1e-12  # relative, on the budget: sums of costs are rounded


@dataclass(frozen=True, eq=False)
class Node:
    """Designs that contain `taken` and nothing of `left`; sets of candidates are bits of a whole number."""

    bound: float
    taken: int
    left: int
    price: float
    routes: Routes


@dataclass(eq=False)
class Outcome:
    """What looking at a node found."""

    children: list[Node] = field(default_factory=list)
    value: tuple[int, float] | None = None  # of a design evaluated to the full gap
    guess: tuple[int, float] | None = None  # of a design evaluated roughly
    leaf: Literal["", "cut", "evaluated", "infeasible"] = ""


@dataclass(eq=False)
class Tally:
    """How much work a search was."""

    nodes: int = 0
    cut: int = 0
    evaluated: int = 0
    equilibria: int = 0


@dataclass(frozen=True, eq=False, kw_only=True)
class SearchResult:
    """The best designs of one budget; see `network_design.NetworkDesign` for what the fields mean.

    Attributes
    ----------
    designs : tuple of (int, RouteEquilibrium)
        The chosen design and, if there is one, the next best, at the gap of finalists.
    bound : float
        No design within the budget has a smaller total cost.
    proven : bool
    tally : Tally
    seconds : float
    """

    designs: tuple[tuple[int, RouteEquilibrium], ...]
    bound: float
    proven: bool
    tally: Tally
    seconds: float


class DesignSearch:
    """The search for one network, its trips and candidates; several budgets share what was evaluated.

    Parameters
    ----------
    assignment : RouteAssignment
    candidates : int array (m,)
        Links.
    costs : array (m,)
    gap : float
        Of the equilibrium of every design that may be chosen.
    tolerance : float
        Relative; a design better by less is not looked for.
    threads : int
    places : int
        1: the best design is certified; 2: the next best too.
    listen : callable, optional
    """

    def __init__(
        self, assignment: RouteAssignment, candidates: NDArray[np.int32], costs: Floats, *, gap: float,
        tolerance: float, threads: int, places: int = 1, listen: Listen | None = None,
    ) -> None:  # fmt: skip
        self.assignment, self.candidates, self.costs = assignment, candidates, costs
        self.gap, self.tolerance, self.threads, self.places, self.listen = gap, tolerance, threads, places, listen
        self.everything = (1 << len(candidates)) - 1
        self.lasting = assignment.usable()
        self.lasting[candidates] = False
        self.values: dict[int, float] = {}
        self.rough: dict[int, float] = {}
        self.stopping = False
        self.root = assignment.equilibrium(gap=ROUGH).routes  # says which trips no design serves
        self._tally = Tally()

    def members(self, design: int) -> list[int]:
        """Positions of its candidates, rising."""
        return [i for i in range(len(self.candidates)) if design >> i & 1]

    def cost(self, design: int) -> float:
        """Sum of the costs of its candidates."""
        return float(self.costs[self.members(design)].sum())

    def links(self, design: int) -> NDArray[np.bool_]:
        """Links that are open under a design."""
        out = self.lasting.copy()
        out[self.candidates[self.members(design)]] = True
        return out

    def equilibrium(self, design: int, start: Routes, gap: float) -> RouteEquilibrium:
        """Equilibrium of a design; an error says which one."""
        try:
            return self.assignment.equilibrium(self.links(design), start=start, gap=gap)
        except ConvergenceError as error:
            names = self.candidates[self.members(design)].tolist()
            raise ConvergenceError(f"design with links {names}: {error.message}", last=error.last,
                                   hint="ask for a wider gap") from error  # fmt: skip

    def value(self, design: int, start: Routes) -> float:
        """Total cost at equilibrium to the full gap; infinite where trips have no way."""
        if design not in self.values:
            try:
                self.values[design] = self.equilibrium(design, start, self.gap).total_cost
            except InfeasibleError:
                self.values[design] = np.inf
            self._tally.equilibria += 1
        return self.values[design]

    def guess(self, design: int, start: Routes) -> tuple[float, Routes]:
        """The same roughly, and routes to go on from."""
        if design in self.rough:
            return self.rough[design], start
        self._tally.equilibria += 1
        try:
            found = self.equilibrium(design, start, ROUGH)
        except InfeasibleError:
            self.rough[design] = np.inf
            return np.inf, start
        self.rough[design] = found.total_cost
        return found.total_cost, found.routes

    def bound(self, node: Node, undecided: list[int], room: float, cutoff: float, weight: float = 0.0,
              rounds: int = 10, hope: float = HOPE) -> DesignBound:  # fmt: skip
        """Bound of a node."""
        status = self.links(node.taken).astype(np.int8)
        status[self.candidates[undecided]] = 2
        return self.assignment.bound(
            status, self.candidates[undecided], self.costs[undecided], room, start=node.routes, cutoff=cutoff,
            weight=weight, price=node.price, rounds=rounds, hope=hope,
        )  # fmt: skip

    def look(self, node: Node, budget: float, cutoff: float, guess: bool) -> Outcome:
        """Bound a node, and branch where that is not enough; depends on its arguments only."""
        if self.stopping or node.bound >= cutoff:
            return Outcome()
        room = budget - self.cost(node.taken)
        undecided = [i for i in self.members(self.everything & ~node.taken & ~node.left) if self.costs[i] <= room]
        if not undecided:
            return self.leaf(node, cutoff)
        found = self.bound(node, undecided, room, cutoff)
        if found.bound >= cutoff:
            return Outcome()
        out, bound = Outcome(), max(found.bound, node.bound)
        if guess:
            out.guess = self.rounded(node.taken, undecided, room, found)
        taken, left, rest = node.taken, node.left, []
        for j, i in enumerate(undecided):
            if found.out[j] >= cutoff:
                if found.into[j] >= cutoff or self.costs[i] > room:
                    return out
                taken, room = taken | 1 << i, room - self.costs[i]
            elif found.into[j] >= cutoff:
                left |= 1 << i
            else:
                gain = (found.out[j] - found.bound + 1.0) * (found.into[j] - found.bound + 1.0)
                rest.append((float(gain), -i, float(found.out[j]), float(found.into[j])))
        if not rest:
            last = self.leaf(Node(bound, taken, self.everything & ~taken, 0.0, found.routes), cutoff)
            last.guess = out.guess
            return last
        _, i, without, with_it = max(rest)
        child = 1 << -i
        out.children = [
            Node(max(bound, with_it), taken | child, left, found.price, found.routes),
            Node(max(bound, without), taken, left | child, found.price, found.routes),
        ]
        return out

    def leaf(self, node: Node, cutoff: float) -> Outcome:
        """A single design: cut by Beckmann's ceiling, or evaluated."""
        if node.taken in self.values:
            return Outcome(leaf="evaluated", value=(node.taken, self.values[node.taken]))
        start = node
        for weight in LEAF_WEIGHTS:
            found = self.bound(start, [], 0.0, cutoff, weight, rounds=20)
            if found.bound >= cutoff:
                return Outcome(leaf="infeasible" if np.isinf(found.bound) else "cut")
            start = Node(node.bound, node.taken, node.left, 0.0, found.routes)
        value = self.equilibrium(node.taken, start.routes, self.gap).total_cost
        return Outcome(leaf="evaluated", value=(node.taken, value))

    def rounded(self, taken: int, undecided: list[int], room: float, found: DesignBound) -> tuple[int, float]:
        """The node's open links and the best of the others by rent per cost, evaluated roughly."""
        cost = self.costs[undecided]
        ratio = np.where(cost > 0, found.rent / np.where(cost > 0, cost, 1.0), np.inf)
        for j in np.argsort(-ratio, kind="stable"):
            if cost[j] <= room:
                taken, room = taken | 1 << undecided[j], room - cost[j]
        if taken in self.rough:
            return taken, self.rough[taken]
        try:
            return taken, self.equilibrium(taken, found.routes, ROUGH).total_cost
        except InfeasibleError:
            return taken, np.inf

    def neighbours(self, design: int, budget: float) -> Iterator[int]:
        """Designs with one link more, one less, or one exchanged, within the budget."""
        inside, spent = self.members(design), self.cost(design)
        outside = self.members(self.everything & ~design)
        yield from (design | 1 << j for j in outside if spent + self.costs[j] <= budget)
        yield from (design ^ 1 << i for i in inside)
        yield from (design ^ 1 << i | 1 << j for i in inside for j in outside
                    if spent - self.costs[i] + self.costs[j] <= budget)  # fmt: skip

    def polish(self, design: int, budget: float) -> tuple[int, Routes]:
        """First-improvement local search on rough equilibria."""
        best, start = self.guess(design, self.root)
        left, moving = POLISH, True
        while moving:
            moving = False
            for other in self.neighbours(design, budget):
                left -= other not in self.rough
                if left < 0:
                    return design, start
                value, routes = self.guess(other, start)
                if value < best * (1.0 - ROUGH):
                    design, best, start, moving = other, value, routes, True
                    break
        return design, start

    def run(self, budget: float, time_limit: float | None) -> SearchResult:
        """Search the designs within a budget; the interrupt key ends it with what is known."""
        begun = time.perf_counter()
        self._tally, self.stopping = Tally(), False
        budget = budget * (1.0 + SLACK)
        state = _Open(self.root)
        until = np.inf if time_limit is None else begun + time_limit
        try:
            self._first(state, budget)
            with ThreadPoolExecutor(self.threads) as pool:
                while state.heap or state.batch:
                    cutoff = self.cutoff(budget)
                    if state.lowest() >= cutoff:
                        state.clear()
                        break
                    if time.perf_counter() > until:
                        break
                    self._advance(state, budget, cutoff, pool)
                    if self.listen is not None:
                        self.listen(self._tally.nodes, len(state.heap), self.best(budget), state.lowest())
            if self.places == 1:
                self._second(budget)
        except KeyboardInterrupt:
            self.stopping = True
        return self._finish(state, budget, time.perf_counter() - begun)

    def within(self, budget: float) -> list[int]:
        """Designs evaluated to the full gap that fit and serve all trips: best first, then the cheaper."""
        fit = [(v, self.cost(d), d) for d, v in self.values.items() if np.isfinite(v) and self.cost(d) <= budget]
        return [d for _, _, d in sorted(fit)]

    def best(self, budget: float, place: int = 0) -> float:
        """Value of the best design known, or of the next (place 1)."""
        values = sorted(v for d, v in self.values.items() if self.cost(d) <= budget)
        return values[place] if place < len(values) else np.inf

    def cutoff(self, budget: float) -> float:
        """Nothing at or above this is looked for."""
        return self.best(budget, self.places - 1) * (1.0 - self.tolerance)

    def _first(self, state: _Open, budget: float) -> None:
        """The root, its bound, and designs to beat."""
        undecided = [i for i in self.members(self.everything) if self.costs[i] <= budget]
        node = state.heap[0][2]
        self.value(0, self.root)
        if not undecided:
            return
        found = self.bound(node, undecided, budget, np.inf, rounds=60, hope=0.0)
        state.heap[0] = node_entry(Node(max(0.0, found.bound), 0, 0, found.price, found.routes), state)
        guess, _ = self.rounded(0, undecided, budget, found)
        for design in sorted({guess, *self.within(budget)[:1]}):
            better, start = self.polish(design, budget)
            self.value(better, start)

    def _advance(self, state: _Open, budget: float, cutoff: float, pool: ThreadPoolExecutor) -> None:
        """Look at one batch of nodes and put together what that found."""
        while state.heap and len(state.batch) < BATCH:
            state.batch.append(state.heap[0])  # in the batch before it leaves the heap: an interrupt loses nothing
            heappop(state.heap)
        nodes = [entry[2] for entry in state.batch]
        found: list[Outcome | None] = [None] * len(nodes)
        turns = iter(range(len(nodes)))

        def work() -> None:
            for turn in turns:
                found[turn] = self.look(nodes[turn], budget, cutoff, guess=turn == 0)

        jobs = [pool.submit(work) for _ in range(self.threads)]
        try:
            for job in jobs:
                job.result()
        except KeyboardInterrupt:
            self.stopping = True  # the others end at once; the batch stays open
            raise
        outcomes = [outcome for outcome in found if outcome is not None]
        for outcome in outcomes:
            self._note(outcome, budget)
        for outcome in outcomes:
            for child in outcome.children:
                heappush(state.heap, node_entry(child, state))
        state.batch = []

    def _note(self, outcome: Outcome, budget: float) -> None:
        """Count, keep values, and follow a promising guess."""
        self._tally.nodes += 1
        self._tally.cut += outcome.leaf == "cut"
        self._tally.evaluated += outcome.leaf == "evaluated"
        if outcome.value is not None:
            self.values[outcome.value[0]] = outcome.value[1]
        if outcome.guess is not None:
            design, value = outcome.guess
            known = design in self.rough
            self.rough[design] = value
            if not known and value < self.best(budget, self.places - 1) * (1.0 + ROUGH):
                better, start = self.polish(design, budget)
                self.value(design, self.root)
                self.value(better, start)

    def _second(self, budget: float) -> None:
        """A runner-up worth the name: the best that differs from the best by one link or an exchange."""
        known = self.within(budget)
        if not known:
            return
        near = [d for d, _ in zip(self.neighbours(known[0], budget), range(POLISH), strict=False)]
        guesses = sorted((self.guess(d, self.root)[0], d) for d in near)
        if guesses and np.isfinite(guesses[0][0]):
            self.value(guesses[0][1], self.root)

    def _finish(self, state: _Open, budget: float, seconds: float) -> SearchResult:
        """Order the finalists at a gap a hundred times finer."""
        proven = not state.heap and not state.batch
        finer = self.gap / 100.0
        known = self.within(budget)
        if not known:
            return SearchResult(designs=(), bound=np.inf if proven else state.lowest(), proven=proven,
                                tally=self._tally, seconds=seconds)  # fmt: skip
        near = [d for d in known[:6] if self.values[d] <= self.values[known[min(1, len(known) - 1)]] * (1.0 + 1e-6)]
        final = {d: self.equilibrium(d, self.root, finer) for d in near}
        first = min(final, key=lambda d: (final[d].total_cost, self.cost(d), d))
        used = final[first].flow[self.candidates] > 0.0
        slim = sum(1 << i for i in self.members(first) if used[i])
        if slim not in final:  # links that nobody uses are not built
            final[slim] = self.equilibrium(slim, final[first].routes, finer)
            self.values[slim] = final[slim].total_cost
        order = sorted(final, key=lambda d: (d != slim, final[d].total_cost, self.cost(d), d))
        pruned = min(final[slim].total_cost, self.best(budget)) * (1.0 - self.tolerance)
        least = min(pruned, state.lowest())
        return SearchResult(designs=tuple((d, final[d]) for d in order[:2]), bound=least, proven=proven,
                            tally=self._tally, seconds=seconds)  # fmt: skip


Entry = tuple[float, int, Node]


class _Open:
    """Nodes not yet dealt with: a heap by bound, and the batch in work."""

    def __init__(self, root: Routes) -> None:
        self.root = root
        self.serial = count()
        self.heap: list[Entry] = [(0.0, next(self.serial), Node(0.0, 0, 0, 0.0, root))]
        self.batch: list[Entry] = []

    def lowest(self) -> float:
        """Smallest bound of an open node; infinite where there is none."""
        return min([*(entry[0] for entry in self.heap[:1]), *(entry[0] for entry in self.batch)], default=np.inf)

    def clear(self) -> None:
        """All open nodes are above the cutoff."""
        self.heap, self.batch = [], []


def node_entry(node: Node, state: _Open) -> Entry:
    """A node with its place in the order: bound, then age; without routes of its own where they fill the memory."""
    if len(state.heap) * node.routes.nbytes > MEMORY:
        node = Node(node.bound, node.taken, node.left, node.price, state.root)
    return node.bound, next(state.serial), node
