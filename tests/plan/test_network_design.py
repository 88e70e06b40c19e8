"""The certified design against brute force, Braess's network, islands, limits and bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.road_network import RoadNetwork
from megaregion.core.route_equilibrium import RouteAssignment
from megaregion.errors import ConvergenceError, InfeasibleError, InputError
from megaregion.plan import network_design_search
from megaregion.plan.network_design import NetworkDesign, network_design


def roads(tail: list[int], head: list[int], **changes: object) -> RoadNetwork:
    many, nodes = len(tail), max([*tail, *head]) + 1
    values: dict[str, object] = {
        "nodes": nodes, "zones": 2, "tail": tail, "head": head, "free_time": np.ones(many),
        "capacity": np.ones(many), "b": np.zeros(many), "power": np.ones(many), "fixed": np.zeros(many),
        "no_through": np.zeros(nodes, bool),
    }  # fmt: skip
    return RoadNetwork(**(values | changes))  # type: ignore[arg-type]


def braess() -> tuple[RoadNetwork, np.ndarray]:
    time = np.array([1e-9, 50.0, 50.0, 1e-9, 10.0])
    net = roads([0, 0, 2, 3, 2], [2, 3, 1, 1, 3], free_time=time, b=np.array([10.0, 1.0, 1.0, 10.0, 1.0]) / time)
    return net, np.array([[0.0, 6.0], [0.0, 0.0]])


def ring(seed: int, many: int = 6) -> tuple[RoadNetwork, np.ndarray, np.ndarray, np.ndarray]:
    """A ring of eight nodes both ways, chords as candidates; network, demand, candidates, costs."""
    rng = np.random.default_rng(seed)
    ends = [(i, (i + 1) % 8) for i in range(8)] + [((i + 1) % 8, i) for i in range(8)]
    ends += [tuple(rng.choice(8, 2, replace=False).tolist()) for _ in range(many)]
    tail, head = (list(side) for side in zip(*ends, strict=True))
    links = len(tail)
    net = roads(
        tail, head, zones=6, free_time=rng.uniform(0.5, 3.0, links), capacity=rng.uniform(0.3, 2.0, links),
        b=rng.uniform(0.1, 1.0, links), power=rng.choice([1.0, 2.0, 4.0], links),
    )  # fmt: skip
    return net, rng.integers(0, 3, (6, 6)) * rng.random((6, 6)), np.arange(16, links), rng.integers(1, 6, many) * 1.0


def brute(net: RoadNetwork, demand: np.ndarray, candidates: np.ndarray, costs: np.ndarray, budget: float) -> np.ndarray:
    """Total costs of all designs within the budget, rising."""
    assignment, out = RouteAssignment(net, demand), []
    for design in range(1 << len(candidates)):
        chosen = (design >> np.arange(len(candidates)) & 1).astype(bool)
        links = np.ones(net.links, bool)
        links[candidates] = chosen
        if costs[chosen].sum() <= budget and not assignment.unserved(links):
            out.append(assignment.equilibrium(links, gap=1e-11).total_cost)
    return np.sort(out)


@given(st.integers(0, 10_000), st.floats(0.0, 1.1))
@settings(max_examples=15, deadline=None)
def test_the_best_of_all_designs(seed: int, share: float) -> None:
    """Total cost at gap 1e-10 stands to some 1e-9, the tolerance is 1e-8: together 2e-8."""
    net, demand, candidates, costs = ring(seed)
    budget = share * costs.sum()
    values = brute(net, demand, candidates, costs, budget)
    found = network_design(net, demand, candidates=candidates, costs=costs, budget=budget, certify="runner-up")
    (best,) = found.designs
    assert best.status == "proven optimal"
    assert best.total_cost == pytest.approx(values[0], rel=2e-8)
    assert best.lower_bound <= values[0] * (1 + 1e-9)
    assert best.cost <= budget
    assert best.equilibrium_gap <= 1e-12
    if len(values) > 1 and best.runner_up is not None and values[0] * (1 + 1e-6) < values[1]:
        assert best.runner_up_cost <= values[1] * (1 + 2e-8) or np.isclose(best.runner_up_cost, values[0], rtol=1e-8)


def test_braess_link_is_not_built() -> None:
    """Affordable, and everybody would take 92 instead of 83."""
    net, demand = braess()
    (best,) = network_design(net, demand, candidates=[4], costs=[1.0], budget=5.0).designs
    assert (best.status, best.chosen, best.cost) == ("proven optimal", (), 0.0)
    assert best.total_cost == pytest.approx(6 * 83.0, rel=1e-8)


def test_frontier_falls_and_does_not_depend_on_threads() -> None:
    net, demand, candidates, costs = ring(7, many=9)
    budgets = [share * costs.sum() for share in (0.0, 0.25, 0.5, 0.75, 1.0)]

    def solve(threads: int) -> NetworkDesign:
        return network_design(net, demand, candidates=candidates, costs=costs, budget=budgets, threads=threads)

    one, two = solve(1), solve(2)
    frame = one.to_frame()
    assert frame.equals(two.to_frame())
    assert [c.name for c in one.describe()] == frame.columns.tolist()
    assert frame["total_cost"].is_monotonic_decreasing
    assert frame["links"][0] == ""
    assert frame["saving_percent"][0] == 0.0
    assert all(d.equilibria == e.equilibria for d, e in zip(one.designs, two.designs, strict=True))
    assert "proven optimal" in one.summary()


def test_money_without_end_buys_no_harm() -> None:
    """Unlimited money on Braess's network and on a ring: never worse than any finite budget."""
    net, demand = braess()
    (best,) = network_design(net, demand, candidates=[4], costs=[0.0], budget=np.inf).designs
    assert best.chosen == ()
    net, demand, candidates, costs = ring(5)
    found = network_design(net, demand, candidates=candidates, costs=costs, budget=[costs.sum(), np.inf])
    assert found.designs[0].chosen == found.designs[1].chosen


def test_links_that_nobody_uses_are_not_built() -> None:
    """The second link costs nothing and leads nobody anywhere."""
    net = roads([0, 0, 1], [1, 1, 0], free_time=np.array([5.0, 2.0, 1.0]))
    demand = np.array([[0.0, 1.0], [0.0, 0.0]])
    (best,) = network_design(net, demand, candidates=[1, 2], costs=[3.0, 0.0], budget=3.0).designs
    assert (best.chosen, best.total_cost) == ((1,), 2.0)


def test_designs_that_leave_trips_without_a_way_are_named() -> None:
    """0 -> 1 needs one of two candidates; 4 buys the dear and quick one, 2 the other, 1 none."""
    net = roads([0, 0, 1], [1, 1, 0], free_time=np.array([5.0, 2.0, 1.0]))
    demand = np.array([[0.0, 1.0], [1.0, 0.0]])
    found = network_design(net, demand, candidates=[0, 1], costs=[2.0, 4.0], budget=[1.0, 2.0, 4.0])
    assert [d.status for d in found.designs] == ["infeasible", "proven optimal", "proven optimal"]
    assert [d.chosen for d in found.designs] == [(), (0,), (1,)]
    assert np.isnan(found.nothing)
    assert any("1 pairs of zones: 0 -> 1 have no way" in text for text in found.warnings)
    with pytest.raises(InfeasibleError, match="0 -> 1"):
        network_design(net, demand, candidates=[0, 1], costs=[2.0, 4.0], budget=1.0)
    with pytest.raises(InfeasibleError, match="even with all candidates built for 1 pairs of zones: 1 -> 0"):
        network_design(net.replace(tail=[0, 0, 0], head=[1, 1, 1]), demand, candidates=[0], costs=[1.0], budget=1.0)


@pytest.mark.parametrize("candidates", [[], [4]])
def test_no_trips_or_no_candidates(candidates: list[int]) -> None:
    net, demand = braess()
    costs = np.ones(len(candidates))
    found = network_design(net, 0 * demand, candidates=candidates, costs=costs, budget=1.0)
    assert [(d.status, d.chosen, d.total_cost) for d in found.designs] == [("proven optimal", (), 0.0)]
    assert found.designs[0].remaining_gap == 0.0


@pytest.mark.parametrize("stop", ["interrupt", "time", "worker"])
def test_a_stopped_search_keeps_its_best_and_an_honest_bound(stop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net, demand, candidates, costs = ring(7, many=9)
    budget = 0.5 * costs.sum()
    (best,) = network_design(net, demand, candidates=candidates, costs=costs, budget=budget).designs
    calls = []

    def listen(*progress: float) -> None:
        calls.append(progress)
        if stop == "interrupt":
            raise KeyboardInterrupt

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    if stop == "worker":
        monkeypatch.setattr(network_design_search.DesignSearch, "look", broken)
    limit = 1e-9 if stop == "time" else None
    found = network_design(
        net, demand, candidates=candidates, costs=costs, budget=[budget], listen=listen, time_limit=limit
    )
    (stopped,) = found.designs
    assert stopped.status == "stopped"
    assert stopped.lower_bound <= best.total_cost <= stopped.total_cost * (1 + 1e-8)
    assert 0.0 <= stopped.remaining_gap < 1.0
    assert any("stopped" in text for text in found.warnings)


def test_an_equilibrium_out_of_reach_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    net, demand, candidates, costs = ring(7)
    whole = RouteAssignment.equilibrium

    def lame(self: RouteAssignment, links: np.ndarray | None = None, **options: float) -> object:
        return whole(self, links, **(options | {"rounds": 1} if options["gap"] < 1e-9 else options))  # type: ignore[arg-type]

    monkeypatch.setattr(RouteAssignment, "equilibrium", lame)
    with pytest.raises(ConvergenceError, match=r"design with links \["):
        network_design(net, demand, candidates=candidates, costs=costs, budget=3.0)


def test_full_memory_costs_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    net, demand, candidates, costs = ring(7, many=9)
    options = {"candidates": candidates, "costs": costs, "budget": 0.5 * costs.sum()}
    plenty = network_design(net, demand, **options).designs[0]
    monkeypatch.setattr(network_design_search, "MEMORY", 0)
    scarce = network_design(net, demand, **options).designs[0]
    assert scarce.chosen == plenty.chosen


def test_everything_wrong_is_said_at_once() -> None:
    net, demand = braess()
    with pytest.raises(InputError) as caught:
        network_design(net, demand, candidates=[4, 4, 9], costs=[1.0, -1.0, np.nan], budget=-1.0)
    for part in (r"links 0 .. 4, got [9]", "[4] come several times", "have [-1.0, nan]", "budget must be"):
        assert part in str(caught.value)
    with pytest.raises(InputError, match=r"whole numbers.*one number a candidate"):
        network_design(net, demand, candidates=[0.5], costs=[1.0, 2.0], budget=1.0)
    with pytest.raises(InputError, match=r"have a capacity: links \[0\]"):
        network_design(net.replace(capacity=[0.0, 1, 1, 1, 1]), demand, candidates=[0], costs=[1.0], budget=1.0)
    with pytest.raises(InputError) as caught:
        network_design(net, demand, candidates=[4], costs=[1.0], budget=1.0, gap=0.0, tolerance=1.0, threads=0,
                       time_limit=0.0, certify="all")  # type: ignore[arg-type]  # fmt: skip
    for part in ("gap must", "tolerance must", "threads must", "time_limit must", "certify must"):
        assert part in str(caught.value)
