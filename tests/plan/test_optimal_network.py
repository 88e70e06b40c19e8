"""The planner against closed forms, first-order conditions, an independent dual, and invariants."""

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.errors import ConvergenceError, InfeasibleError, InputError, MissingDataError, MissingExtraError
from megaregion.plan.optimal_network import NOT_UNIQUE, best_allocation, optimal_network
from megaregion.plan.optimal_network_bound import welfare_bound
from megaregion.plan.optimal_network_cluster import from_cluster
from megaregion.plan.optimal_network_problem import (
    Graph,
    PlannerParameters,
    PlannerProblem,
    expansion,
    map_grid,
    uniform_network,
)


def two_places(*, goods: int = 1, budget: float = 1.0, **parameters: float) -> PlannerProblem:
    """One edge; with one good only the first place produces, with two each place makes its own."""
    z = np.array([[1.0], [0.0]]) if goods == 1 else np.eye(2)
    return PlannerProblem(
        graph=Graph(places=("a", "b"), tail=np.array([0]), head=np.array([1]), delta_tau=np.array([0.3]),
                    delta_i=np.array([0.8])),
        productivity=z, labour=np.ones(2), housing=np.ones(2), budget=budget,
        parameters=PlannerParameters(**parameters),
    )  # fmt: skip


def region(seed: int, *, goods: int = 2, **parameters: float) -> PlannerProblem:
    """Grid of twelve places with everything unequal; every place makes every good but one place, a junction."""
    rng = np.random.default_rng(seed)
    graph = map_grid(4, 3)
    e = graph.tail.size
    labour = rng.uniform(0.3, 2.0, 12)
    labour[5] = 0.0
    return PlannerProblem(
        graph=replace(graph, delta_tau=rng.uniform(0.05, 0.3, e), delta_i=rng.uniform(0.5, 2.0, e)),
        productivity=rng.lognormal(0.0, 0.7, (12, goods)), labour=labour, housing=rng.uniform(0.5, 2.0, 12),
        weights=rng.uniform(0.5, 1.5, 12), budget=20.0, parameters=PlannerParameters(**{"gamma": 0.6, **parameters}),
    )  # fmt: skip


def test_two_places_with_logarithmic_utility() -> None:
    """Half of ln c each, equal people: b eats Q, a eats Y - Q - kQ^2; 3kQ^2 + 2Q = Y, Q = (sqrt(1 + 3kY) - 1)/(3k)."""
    problem = two_places(rho=1.0)
    found = optimal_network(problem)
    infrastructure = 1.0 / (2 * 0.8)  # K = 2 delta_i I: both directions are paid for
    k = 0.3 / infrastructure
    flow = (math.sqrt(1 + 3 * k) - 1) / (3 * k)
    eaten = 1 - flow - k * flow**2
    assert found.investment[0] == pytest.approx(infrastructure, rel=1e-8)
    assert found.forward[0, 0] == pytest.approx(flow, rel=1e-7)
    assert found.backward[0, 0] == pytest.approx(0.0, abs=1e-8)
    np.testing.assert_allclose(found.consumption[:, 0], [eaten, flow], rtol=1e-7)
    welfare = sum(0.5 * math.log(c / 0.5) + 0.5 * math.log(1 / 0.5) for c in (eaten, flow))
    assert found.welfare == pytest.approx(welfare, rel=1e-8)
    np.testing.assert_allclose(found.price[:, 0], [0.5 / eaten, 0.5 / flow], rtol=1e-6)  # marginal utilities


@pytest.mark.parametrize("sigma", [5.0, 0.5])
def test_two_places_that_make_different_goods(sigma: float) -> None:
    """By symmetry Q of each good crosses; (Q / (1 - Q - kQ^1.5))^(-1/sigma) = 1 + 1.5 k Q^.5 with beta = .5."""
    found = optimal_network(two_places(goods=2, beta=0.5, gamma=0.4, sigma=sigma))
    k = 0.3 / (1 / 1.6) ** 0.4
    flow = brentq(
        lambda q: (q / (1 - q - k * q**1.5)) ** (-1 / sigma) - 1 - 1.5 * k * q**0.5, 1e-9, 0.7, xtol=1e-14
    )  # fmt: skip
    own = 1 - flow - k * flow**1.5
    np.testing.assert_allclose(found.consumption, [[own, flow], [flow, own]], rtol=1e-6)
    np.testing.assert_allclose([found.forward[0], found.backward[0]], [[flow, 0], [0, flow]], atol=1e-7)


def test_full_mobility_of_twins() -> None:
    """Two equal places: half of the people in each, no trade, u = (C/alpha)^alpha (H/(1-alpha))^(1-alpha) / L."""
    problem = two_places().replace(productivity=np.full((2, 1), 1.7), labour=np.array([3.0, 0.0]))
    found = optimal_network(problem, mobility="full")
    eaten = 1.7 * 1.5**0.8
    assert found.welfare == pytest.approx((eaten / 0.5) ** 0.5 * (1 / 0.5) ** 0.5 / 1.5, rel=1e-8)
    np.testing.assert_allclose(found.labour, [1.5, 1.5], rtol=1e-5)
    assert math.isnan(found.gap)


def test_full_mobility_equalises_utility_and_places_everybody() -> None:
    problem = region(3).replace(housing=np.linspace(0.5, 2, 12))
    found = optimal_network(problem, mobility="full")
    bundle = (found.consumption**0.8).sum(axis=1) ** 1.25
    utility = (bundle / 0.5) ** 0.5 * (problem.housing / 0.5) ** 0.5 / found.labour
    np.testing.assert_allclose(utility, found.welfare, rtol=1e-6)
    assert found.labour.sum() == pytest.approx(problem.labour.sum(), rel=1e-9)


@pytest.mark.parametrize("rho", [0.0, 1.0, 2.0])
def test_answer_is_feasible_and_its_welfare_is_that_of_its_consumption(rho: float) -> None:
    problem = region(1, rho=rho)
    found, g = optimal_network(problem), problem.graph
    loss = g.delta_tau[:, None] * found.investment[:, None] ** -0.6
    sent, back = found.forward + loss * found.forward**2, found.backward + loss * found.backward**2
    balance = found.output - found.consumption
    np.add.at(balance, g.tail, found.backward - sent)
    np.add.at(balance, g.head, found.forward - back)
    assert balance.min() > -1e-8
    assert 2 * g.delta_i @ found.investment <= problem.budget * (1 + 1e-9)
    here = problem.labour > 0
    bundle = (found.consumption[here] ** 0.8).sum(axis=1) ** 1.25
    head, home = bundle / problem.labour[here], (problem.housing / np.where(here, problem.labour, 1))[here]
    composite = (head / 0.5) ** 0.5 * (home / 0.5) ** 0.5
    utility = np.log(composite) if rho == 1 else composite ** (1 - rho) / (1 - rho)
    assert found.welfare == pytest.approx((problem.omega * problem.labour)[here] @ utility, rel=1e-9)
    assert 0 <= found.gap + 1e-12 < 1e-7


def test_labour_is_divided_so_that_it_earns_the_same() -> None:
    problem = region(2)
    found, here = optimal_network(problem), problem.labour > 0
    work = (found.output / problem.productivity)[here] ** (1 / 0.8)
    np.testing.assert_allclose(work.sum(axis=1), problem.labour[here], rtol=1e-6)
    earned = (found.price[here] * problem.productivity[here]) * work**-0.2
    np.testing.assert_allclose(earned[:, 0], earned[:, 1], rtol=1e-4)


def test_infrastructure_meets_the_first_order_condition() -> None:
    """I proportional to (delta_tau/delta_i sum P Q^(1+beta))^(1/(1+gamma)) on every edge that is built."""
    problem = region(4)
    found, g = optimal_network(problem), problem.graph
    flow = (found.price[g.tail] * found.forward**2 + found.price[g.head] * found.backward**2).sum(axis=1)
    wanted = (g.delta_tau / g.delta_i * flow) ** (1 / 1.6)
    built = found.investment > 0.01 * found.investment.mean()
    np.testing.assert_allclose(found.investment[built], (wanted * problem.budget / problem.spent(wanted))[built],
                               rtol=1e-4)  # fmt: skip
    np.testing.assert_allclose(found.to_frame()["return_ratio"][built], 1.0, rtol=2e-4)


def dual(problem: PlannerProblem, network: np.ndarray) -> float:
    """Least value of the dual over log prices, one good, rho = 2, by L-BFGS: an algorithm of another kind."""
    g, e = problem.graph, problem.parameters
    home = e.alpha**-e.alpha * (problem.housing / problem.labour / (1 - e.alpha)) ** (1 - e.alpha)
    made = problem.productivity[:, 0] * problem.labour**e.a

    def value(log_price: np.ndarray) -> float:
        p = np.exp(log_price)
        head = (problem.omega * e.alpha / home / p) ** (1 / (1 + e.alpha))
        out = problem.labour @ (-problem.omega / (home * head**e.alpha) - p * head) + p @ made
        for near, far in ((g.tail, g.head), (g.head, g.tail)):
            rise = np.maximum(p[far] - p[near], 0)
            cost = g.delta_tau * network**-e.gamma * p[near]
            flow = (rise / ((1 + e.beta) * cost)) ** (1 / e.beta)
            out += (rise * flow - cost * flow ** (1 + e.beta)).sum()
        return float(out)

    options = {"maxiter": 5000, "maxfun": 10**6, "ftol": 1e-15, "gtol": 1e-9}
    return float(minimize(value, np.zeros(made.size), method="L-BFGS-B", options=options).fun)


def test_allocation_on_a_given_network_against_the_dual() -> None:
    problem = region(5, goods=1)
    problem = problem.replace(labour=np.maximum(problem.labour, 0.2))
    network = np.random.default_rng(5).uniform(0.2, 1.0, problem.graph.tail.size)
    found = best_allocation(problem, network)
    assert found.welfare == pytest.approx(dual(problem, network), rel=1e-7)
    assert -1e-9 <= found.gap < 1e-7
    assert not found.chosen and found.facts()["budget"] == pytest.approx(2 * problem.graph.delta_i @ network)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_no_prices_give_a_bound_below_what_can_be_reached(seed: int) -> None:
    """Weak duality, at arbitrary prices and with bounds on the infrastructure."""
    rng = np.random.default_rng(seed)
    problem = region(seed, gamma=float(rng.uniform(0.1, 1.0)))
    problem = problem.replace(lower=rng.uniform(0.0, 0.1, 29), upper=rng.uniform(0.5, 5.0, 29))
    reached = best_allocation(problem, uniform_network(problem)).welfare
    price, mu = rng.lognormal(0.0, 1.0, (12, 2)), float(rng.lognormal(-3.0, 2.0))
    assert welfare_bound(problem, price, mu) >= reached


def test_prices_are_the_welfare_of_one_more_unit() -> None:
    """Envelope: dW/dZ = P L^a (one good a place), dW/dK the price of the budget; central differences."""
    problem = region(6, goods=1)
    found, step = optimal_network(problem), 1e-4
    for j in (0, 7):
        change = np.zeros((12, 1))
        change[j] = step
        up, down = (optimal_network(problem.replace(productivity=problem.productivity + s * change)).welfare
                    for s in (1, -1))  # fmt: skip
        assert (up - down) / (2 * step) == pytest.approx(found.price[j, 0] * problem.labour[j] ** 0.8, rel=1e-3)
    up, down = (optimal_network(problem.replace(budget=20.0 * (1 + s * 1e-2))).welfare for s in (1, -1))
    assert (up - down) / 0.4 == pytest.approx(found.budget_price, rel=1e-3)


def test_labels_and_directions_mean_nothing() -> None:
    problem, rng = region(7), np.random.default_rng(7)
    g, place, edge = problem.graph, rng.permutation(12), rng.permutation(29)
    at, turned = np.argsort(place), rng.random(29) < 0.5
    ends = np.where(turned, [g.head, g.tail], [g.tail, g.head])[:, edge]
    other = problem.replace(
        graph=Graph(places=tuple(g.places[i] for i in place), tail=at[ends[0]], head=at[ends[1]],
                    delta_tau=g.delta_tau[edge], delta_i=g.delta_i[edge]),
        productivity=problem.productivity[place], labour=problem.labour[place], housing=problem.housing[place],
        weights=problem.omega[place],
    )  # fmt: skip
    one, two = optimal_network(problem), optimal_network(other)
    assert two.welfare == pytest.approx(one.welfare, rel=1e-9)
    np.testing.assert_allclose(two.consumption, one.consumption[place], rtol=1e-4)
    np.testing.assert_allclose(two.investment, one.investment[edge], rtol=1e-3, atol=1e-4)


def test_units_of_goods_and_of_infrastructure_do_not_matter() -> None:
    """Goods a thousand times smaller with delta_tau scaled by 1000^beta; infrastructure in units of 1e-4."""
    problem, scale, unit = region(8, rho=0.0, beta=0.9), 1e3, 1e4
    g = problem.graph
    other = problem.replace(
        productivity=problem.productivity * scale, budget=problem.budget * 7.0,
        graph=replace(g, delta_tau=g.delta_tau * scale**-0.9 * unit**0.6, delta_i=g.delta_i * 7.0 / unit),
    )  # fmt: skip
    one, two = optimal_network(problem), optimal_network(other)
    assert two.welfare == pytest.approx(one.welfare * scale**0.5, rel=1e-8)
    np.testing.assert_allclose(two.investment, one.investment * unit, rtol=1e-3, atol=1.0)


def test_more_budget_is_better_and_bounds_hold() -> None:
    problem = region(9)
    best, uniform = optimal_network(problem), best_allocation(problem, uniform_network(problem))
    assert best.gain_over(uniform) > 0 and best.gain_over(best) == 0
    assert optimal_network(problem.replace(budget=25.0)).welfare > best.welfare
    low = np.full(29, 0.1)
    more = expansion(problem, low, 2.0)
    assert more.budget == pytest.approx(3 * 2 * problem.graph.delta_i @ low)
    bounded = optimal_network(problem.replace(lower=low, upper=np.full(29, 0.6)))
    assert (bounded.investment >= 0.1 - 1e-9).all() and (bounded.investment <= 0.6 + 1e-9).all()
    assert uniform.welfare < bounded.welfare < best.welfare
    assert bounded.gap < 1e-7
    exact = optimal_network(problem.replace(lower=best.investment, upper=best.investment))
    assert exact.welfare == pytest.approx(best_allocation(problem, best.investment).welfare, rel=1e-8)


def test_gain_is_the_rise_of_consumption_that_gives_the_same_welfare() -> None:
    """All traded consumption up by 3 per cent: c^(alpha (1 - rho)), or alpha ln c per head at rho = 1."""
    for rho in (0.0, 1.0, 2.0):
        problem = region(10, rho=rho)
        found = optimal_network(problem)
        people = float(problem.omega @ problem.labour)
        up = found.welfare + 0.5 * people * math.log(1.03) if rho == 1 else found.welfare * 1.03 ** (0.5 * (1 - rho))
        assert replace(found, welfare=up).gain_over(found) == pytest.approx(3.0, rel=1e-9)
    with pytest.raises(InputError, match="not of the same economy"):
        found.gain_over(optimal_network(region(11)))


def test_uniform_network() -> None:
    problem = region(12)
    same = uniform_network(problem)
    assert np.ptp(same) == 0 and problem.spent(same) == pytest.approx(20.0, rel=1e-12)
    bounded = problem.replace(lower=np.where(np.arange(29) < 5, 1.0, 0.0), upper=np.full(29, 1.2))
    clipped = uniform_network(bounded)
    assert problem.spent(clipped) == pytest.approx(20.0, rel=1e-9) and (clipped[:5] == 1.0).all()
    assert np.ptp(clipped[5:]) == 0
    np.testing.assert_array_equal(uniform_network(problem.replace(upper=np.full(29, 0.01))), np.full(29, 0.01))


def test_piece_without_a_link_eats_what_it_makes() -> None:
    problem = region(13)
    apart = (problem.graph.tail == 0) | (problem.graph.head == 0)
    z = problem.productivity.copy()
    z[0] = [2.0, 0.0]
    closed = problem.replace(productivity=z, upper=np.where(apart, 0.0, np.inf))
    found = optimal_network(closed)
    assert found.consumption[0, 0] == pytest.approx(2.0 * problem.labour[0] ** 0.8, rel=1e-7)
    assert np.isnan(found.price[0, 1]) and found.investment[apart].sum() == 0
    assert found.gap < 1e-7
    z[0] = 0.0
    with pytest.raises(InfeasibleError, match="1 inhabited places cannot be reached by any producer: 0,0"):
        optimal_network(closed.replace(productivity=z))
    z[0] = [2.0, 0.0]  # complements: one of two goods is not enough
    with pytest.raises(InfeasibleError, match="cannot be reached"):
        optimal_network(closed.replace(productivity=z, parameters=PlannerParameters(sigma=0.5)))


def test_warnings_and_seed() -> None:
    grid = region(14, goods=1)
    assert optimal_network(grid.replace(parameters=PlannerParameters())).warnings == (NOT_UNIQUE,)
    assert optimal_network(grid).warnings == ()
    steep = grid.replace(parameters=PlannerParameters(gamma=1.5))
    with pytest.raises(InputError, match="give a seed"):
        optimal_network(steep)
    with pytest.raises(InputError, match="starts must be >= 1"):
        optimal_network(steep, seed=1, starts=0)
    one, two = (optimal_network(steep, seed=1, starts=4) for _ in range(2))
    assert "best of 4 starts" in one.warnings[0] and math.isnan(one.gap)
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame(), check_exact=True)
    assert one.welfare >= best_allocation(steep, uniform_network(steep)).welfare


def test_what_cannot_be_used_is_listed() -> None:
    problem = region(15)
    with pytest.raises(InputError, match=r"alpha must lie in \(0, 1\), got 2.*labour has the shape"):
        optimal_network(problem.replace(parameters=PlannerParameters(alpha=2), labour=np.ones(3)))
    with pytest.raises(InputError, match=r"productivity must be finite.*housing must be > 0 where people live: 0,0"):
        optimal_network(
            problem.replace(productivity=-problem.productivity, housing=np.where(np.arange(12) == 0, 0.0, 1.0))
        )
    with pytest.raises(InputError, match="no inhabited place produces good_2"):
        optimal_network(problem.replace(productivity=problem.productivity * [1, 0]))
    with pytest.raises(InputError, match="mobility must be"):
        optimal_network(problem, mobility="half")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="29 finite values"):
        best_allocation(problem, np.ones(3))
    with pytest.raises(InfeasibleError, match="both directions"):
        optimal_network(problem.replace(lower=np.full(29, 1.0)))
    with pytest.raises(ConvergenceError, match="Maximum_Iterations_Exceeded") as caught:
        optimal_network(problem, max_iterations=2)
    assert caught.value.last is not None  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="growth must be > 0"):
        expansion(problem, np.ones(29), 0.0)
    with pytest.raises(InputError, match="needs two places"):
        map_grid(1, 1)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "casadi", None)
    with pytest.raises(MissingExtraError, match=r"megaregion\[planner\]"):
        optimal_network(two_places())


def test_tables_hold_what_they_describe() -> None:
    problem = region(16)
    found = optimal_network(problem)
    for table, rows in ((found, 29), (found.places(), 12)):
        frame, columns = table.to_frame(), table.describe()
        assert list(frame.columns) == [c.name for c in columns] and len(frame) == rows
        assert all(c.en and c.zh and (c.key or (c.modelled and c.formula)) for c in columns)
        json.dumps([table.parameters(), table.facts()])
    assert found.to_frame()["share_percent"].sum() == pytest.approx(100)
    assert found.converged and found.objective == found.welfare
    places = found.places().to_frame()
    assert places["price"].mean() == pytest.approx(1)
    per_head = places["consumption_per_head"].to_numpy()
    np.testing.assert_allclose(np.nansum(per_head * problem.labour), problem.labour.sum())


# --- from the tables of a region


def line(services: tuple[float | None, ...] = (20.0, 30.0, 4.0), *, chord_km: float = 205.0) -> Cluster:
    """Four places: a - b - c in a line and a non-stop link a - c; d has no link."""
    places = pd.DataFrame({
        "kind": ["city"] * 4, "name": list("ABCD"), "parent_id": None, "lon": [0.0, 0.9, 1.8, 5.0], "lat": [0.0] * 4,
    }, index=pd.Index(list("abcd"), name="place_id"))  # fmt: skip
    rows = [
        (place, 2020, indicator, value, "u", "all")
        for indicator, row in (("gdp", (4.0, 1.0, 2.0, 1.0)), ("population", (2.0, 1.0, 2.0, 1.0)))
        for place, value in zip("abcd", row, strict=True)
    ]
    nodes = pd.DataFrame({"place_id": list("abbc")}, index=pd.Index(["na", "nb", "nb2", "nc"], name="node_id"))
    links = pd.DataFrame(
        [("rail", "na", "nb", 100.0, services[0], "existing"), ("rail", "nc", "nb2", 100.0, services[1], "existing"),
         ("rail", "na", "nc", chord_km, services[2], "existing"), ("rail", "nb", "nb2", 2.0, 9.0, "existing"),
         ("rail", "nb", "nc", 90.0, 50.0, "planned")],
        columns=["mode", "from_node", "to_node", "length_km", "services_per_day", "status"],
        index=pd.Index(["ab", "bc", "ac", "bb", "new"], name="link_id"),
    )  # fmt: skip
    return Cluster(
        places=places, nodes=nodes, links=links, services=pd.DataFrame(), flows={}, agreements=pd.DataFrame(),
        indicators=pd.DataFrame(rows, columns=["place_id", "year", "indicator", "value", "unit", "scope"]),
        attrs={"level": "city", "group": "city", "base_year": 2020,
               "indicators": {"income": "gdp", "population": "population"}},
    )  # fmt: skip


def test_region_by_hand() -> None:
    """The non-stop trains count on both edges of their way: 24 and 34, over their mean 29."""
    made = from_cluster(line(), goods=2)
    p = made.problem
    assert [(p.graph.places[i], p.graph.places[j]) for i, j in zip(p.graph.tail, p.graph.head, strict=True)] == [
        ("a", "b"), ("b", "c"),
    ]  # fmt: skip
    np.testing.assert_allclose(made.existing, [24 / 29, 34 / 29])
    np.testing.assert_allclose(p.graph.delta_i, [1.0, 1.0])
    np.testing.assert_allclose(p.graph.delta_tau, [0.1, 0.1])
    assert p.budget == pytest.approx(4.0) and p.names == ("a", "others")
    np.testing.assert_allclose(p.labour, np.array([2, 1, 2, 1]) / 1.5)
    np.testing.assert_allclose(p.productivity * p.labour[:, None], [[2, 0], [0, 0.5], [0, 1], [0, 0.5]])
    np.testing.assert_allclose(p.omega, np.array([1.5, 0.75, 0.75, 0.75]) ** 1.4)  # 1 - alpha (1 - rho) = 1.4
    assert any("no rail link joins D" in text for text in made.warnings)
    found = optimal_network(p)
    assert found.gap < 1e-7 and found.consumption[3, 1] == pytest.approx(0.5, rel=1e-6)


def test_direct_line_is_an_edge_of_its_own() -> None:
    made = from_cluster(line(chord_km=150.0))
    assert made.existing.size == 3
    assert from_cluster(line(chord_km=150.0), detour=1.5).existing.size == 2


def test_links_without_services_are_counted() -> None:
    made = from_cluster(line((None, None, None)), weights="equal", goods=1)
    np.testing.assert_allclose(made.existing, [1.0, 1.0])  # one link and one passage each
    assert any("the number of rail links" in text for text in made.warnings)
    np.testing.assert_array_equal(made.problem.omega, np.ones(4))


def test_region_that_does_not_serve() -> None:
    with pytest.raises(InputError, match=r"lost must lie.*detour must be.*goods must be >= 1"):
        from_cluster(line(), lost=1.0, detour=0.5, goods=0)
    with pytest.raises(InputError, match=r"no existing link of mode 'road'.*\n.*rail"):
        from_cluster(line(), mode="road")
    with pytest.raises(MissingDataError, match="empty or zero for 1 links between places: bc"):
        from_cluster(line((20.0, None, 4.0)))
    bare = line()
    with pytest.raises(MissingDataError, match="does not name income"):
        from_cluster(bare.replace(attrs={k: v for k, v in bare.attrs.items() if k != "indicators"}))


def test_yangtze_example_keeps_its_output_and_its_trains(examples) -> None:
    cluster = Workspace(examples / "yangtze-delta").cluster()
    made = from_cluster(cluster)
    p, table = made.problem, cluster.indicators.query("indicator == 'gdp' and year == 2020")
    gdp = table.set_index("place_id")["value"].reindex(p.graph.places)
    np.testing.assert_allclose((p.productivity.sum(axis=1) * p.labour), gdp / gdp.mean(), rtol=1e-12)
    assert p.names[0] == gdp.idxmax() and len(p.names) == 10
    found = optimal_network(p)
    assert found.gap < 1e-7
    assert found.gain_over(best_allocation(p, made.existing)) > 0
    assert found.gain_over(best_allocation(p, uniform_network(p))) > 0
