"""Optimal investment in links: against general optimisers, closed forms and the conditions of an optimum."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.network import LinkNetwork
from megaregion.equilibrium.objectives import OneGroup
from megaregion.equilibrium.screening import link_shock
from megaregion.equilibrium.sensitivities import sensitivities
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.errors import InputError
from megaregion.plan.optimality_criteria import optimal_investment
from megaregion.plan.optimality_criteria_update import departure, filled, update

_file = Path(__file__).parents[1] / "equilibrium" / "random_economies.py"
_spec = importlib.util.spec_from_file_location("random_economies", _file)
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_economy = _module.random_economy

EFFECTS = TimeEffects(trade=[0.3, 0.15], commuting=0.3)
TREE = [("a", "b", 30.0), ("b", "c", 50.0), ("b", "d", 20.0), ("d", "e", 45.0)]
RING = [*TREE, ("e", "c", 60.0), ("a", "d", 55.0)]


def network(links: list[tuple[str, str, float]] = TREE, theta: float | None = None, **more: object) -> LinkNetwork:
    """Five places; links are called by their ends."""
    frame = pd.DataFrame(links, columns=["from_node", "to_node", "time"])
    frame.index = pd.Index(frame["from_node"] + frame["to_node"], name="link_id")
    return LinkNetwork.from_links(list("abcde"), frame.assign(**more), np.full(5, 8.0), theta=theta)


@pytest.fixture(scope="module")
def economy() -> Economy:
    return random_economy(7, places=5)


def worth(economy: Economy, graph: LinkNetwork, investment: np.ndarray, gamma: float = 0.3) -> float:
    """Log points of social welfare, by way of the shock of changed links alone."""
    base = sensitivities(economy, network=graph, effects=EFFECTS)
    time = graph.links["time"].to_numpy(float) * (1.0 + investment) ** -gamma
    found = solve(economy, [link_shock(base, graph.with_times(time), EFFECTS)], tolerance=1e-14)
    return float(base.objectives[0].change(economy, base.welfare, found.welfare[0]))


# --- one step


@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0, 1.5))
@settings(max_examples=60, deadline=None)
def test_filling_spends_the_budget_as_bisection_does(links: int, seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    slope, offset, cost, top = (rng.uniform(0.1, 2, links) for _ in range(4))
    slope[rng.random(links) < 0.2] = 0.0
    budget = share * float((cost * top)[slope > 0].sum())
    x, level = filled(slope, offset, cost, top, budget)
    if math.isinf(level):
        np.testing.assert_array_equal(x, np.where(slope > 0, top, 0.0))
        assert cost @ x <= budget * (1 + 1e-12)
        return
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        short = cost @ np.clip(slope * middle - offset, 0, top) < budget
        low, high = (middle, high) if short else (low, middle)
    np.testing.assert_allclose(x, np.where(slope > 0, np.clip(slope * high - offset, 0, top), 0.0), rtol=0, atol=1e-9)
    assert cost @ x == pytest.approx(budget, rel=1e-12, abs=1e-13) and cost @ x <= budget * (1 + 1e-15)


def test_one_update_is_the_water_level_of_log_gains() -> None:
    """max sum a ln(1 + I), sum c I = K: 1 + I = a/(lambda c), by hand for a 6, 3, 1, c 1, 1, 1, K 4: lambda 1.5."""
    gain, cost, top = np.array([6.0, 3.0, 1.0]), np.ones(3), np.full(3, 9.0)
    start = np.array([1.0, 1.0, 2.0])
    new, price = update(start, gain / (1.0 + start), cost, top, 4.0)
    np.testing.assert_allclose(new, [3.0, 1.0, 0.0], rtol=0, atol=1e-13)
    assert price == pytest.approx(1.5, rel=1e-13)
    assert departure(new, gain / (1.0 + new), cost, top, price) < 1e-12
    half, _ = update(start, gain / (1.0 + start), cost, top, 4.0, power=0.5)
    assert cost @ half == pytest.approx(4.0) and np.abs(half - new).max() > 0.1
    for _ in range(60):
        half, _ = update(half, gain / (1.0 + half), cost, top, 4.0, power=0.5)
    np.testing.assert_allclose(half, new, rtol=0, atol=1e-9)


def test_departure_by_hand() -> None:
    """Between bounds both signs count, at a bound only the wrong one."""
    top, cost = np.full(3, 1.0), np.ones(3)
    assert departure(np.array([0.0, 0.5, 1.0]), np.array([1.0, 2.0, 5.0]), cost, top, 2.0) == 0.0
    assert departure(np.array([0.0, 0.5, 1.0]), np.array([3.0, 2.0, 5.0]), cost, top, 2.0) == 0.5
    assert departure(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1.0, 5.0]), cost, top, 2.0) == 0.5
    assert departure(np.array([0.0, 0.5, 1.0]), np.array([0.0, 2.0, 0.5]), cost, top, 2.0) == 0.75
    assert departure(np.array([0.5, 1.0]), np.array([0.0, 1.0]), cost[:2], top[:2], 0.0) == 0.0
    assert math.isinf(departure(np.array([0.5, 1.0]), np.array([0.1, 1.0]), cost[:2], top[:2], 0.0))


# --- the whole, against general optimisers


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_a_tree_equals_a_general_optimiser(economy: Economy, method: str) -> None:
    """Four links, own costs, one bound in force: same value to 1e-6 of it, same plan to 1e-3; ours is no worse."""
    graph, cost, budget = network(), np.array([30.0, 70.0, 20.0, 60.0]), 80.0
    found = optimal_investment(
        economy, graph, effects=EFFECTS, budget=budget, cost=pd.Series(cost, graph.links.index), largest=1.2, steps=60
    )
    options = {"maxiter": 300, "ftol": 1e-14} if method == "SLSQP" else {"maxiter": 300, "gtol": 1e-9, "xtol": 1e-10}
    scale = 1.0 / found.uniform_value
    other = minimize(
        lambda x: -scale * worth(economy, graph, x), np.full(4, budget / cost.sum()), method=method, jac="3-point",
        bounds=[(0.0, 1.2)] * 4, constraints=LinearConstraint(cost, -np.inf, budget), options=options,
    )  # fmt: skip
    assert found.converged and found.spent == pytest.approx(budget, rel=1e-12)
    assert found.value == pytest.approx(-other.fun / scale, rel=1e-6) and found.value > -other.fun / scale * (1 - 1e-8)
    np.testing.assert_allclose(found.investment, other.x, rtol=0, atol=2e-3)
    assert found.value == pytest.approx(worth(economy, graph, found.investment), rel=1e-9)


def test_soft_ways_around_a_ring_equal_a_general_optimiser(economy: Economy) -> None:
    """Six links, traffic is drawn to the faster one."""
    graph, budget = network(RING, theta=0.3), 60.0
    cost = graph.links["time"].to_numpy(float)
    found = optimal_investment(economy, graph, effects=EFFECTS, budget=budget, steps=80)
    scale = 1.0 / found.uniform_value
    other = minimize(
        lambda x: -scale * worth(economy, graph, x), found.investment * 0.9 + 0.02, method="SLSQP", jac="3-point",
        bounds=[(0.0, 1.0)] * 6, constraints=LinearConstraint(cost, -np.inf, budget),
        options={"maxiter": 300, "ftol": 1e-14},
    )  # fmt: skip
    assert found.converged
    assert found.value == pytest.approx(-other.fun / scale, rel=1e-6)


def test_conditions_of_an_optimum_by_differences(economy: Economy) -> None:
    """Value per cost of one more unit, by re-solving: lambda between the bounds, below at nothing, above at full."""
    graph = network(RING, theta=0.3)
    found = optimal_investment(economy, graph, effects=EFFECTS, budget=70.0, steps=80)
    assert set(found.to_frame()["bound"]) > {"none"}
    for k, (at, cost) in enumerate(zip(found.to_frame()["bound"], found.cost, strict=True)):
        h = 1e-4
        step = h * (np.arange(6) == k)
        ahead, back = (worth(economy, graph, found.investment + sign * step) for sign in (1, -1))
        ratio = (ahead - back) / (2 * h * cost * found.price)
        assert found.return_ratio[k] == pytest.approx(ratio, rel=1e-5)
        assert {"none": abs(ratio - 1) < 1e-4, "lower": ratio < 1 + 1e-4, "upper": ratio > 1 - 1e-4}[at]


# --- invariants


def test_no_budget_changes_nothing(economy: Economy) -> None:
    graph = network()
    found = optimal_investment(economy, graph, effects=EFFECTS, budget=0.0)
    assert (found.investment == 0).all() and found.value == 0.0 and (found.welfare == 1.0).all()
    assert found.network.links.equals(graph.links) and found.spent == 0.0 and found.gain == 0.0
    assert found.uniform_value == found.greedy_value == 0.0


def test_names_and_rows_of_links_do_not_matter(economy: Economy) -> None:
    graph = network(RING)
    order = [3, 0, 5, 1, 4, 2]
    turned = network([RING[i] for i in order])
    new = [f"z{9 - i}" for i in range(6)]
    renamed = LinkNetwork.from_links(
        list("abcde"), turned.links.set_axis(pd.Index(new, name="link_id")), np.full(5, 8.0)
    )
    plans = [optimal_investment(economy, g, effects=EFFECTS, budget=60.0, steps=10) for g in (graph, turned, renamed)]
    for plan in plans[1:]:
        np.testing.assert_allclose(plan.investment, plans[0].investment[order], rtol=0, atol=1e-9)
        assert plan.value == pytest.approx(plans[0].value, rel=1e-10)
    starts = [
        optimal_investment(economy, g, effects=EFFECTS, budget=60.0, steps=0, starts=["random"], seed=3)
        for g in (graph, turned)
    ]
    np.testing.assert_allclose(starts[1].investment, starts[0].investment[order], rtol=0, atol=1e-12)


def test_costs_and_budget_in_another_unit(economy: Economy) -> None:
    graph = network(RING)
    cost = graph.links["time"]
    plain = optimal_investment(economy, graph, effects=EFFECTS, budget=60.0, steps=8)
    same = optimal_investment(economy, graph, effects=EFFECTS, budget=60.0 * 1024, cost=cost * 1024, steps=8)
    np.testing.assert_array_equal(same.investment, plain.investment)
    assert same.value == plain.value and same.price * 1024 == plain.price
    third = optimal_investment(economy, graph, effects=EFFECTS, budget=60.0 / 3, cost=cost / 3, steps=8)
    np.testing.assert_allclose(third.investment, plain.investment, rtol=0, atol=1e-9)


def test_more_budget_is_worth_more_and_ends_at_the_bounds(economy: Economy) -> None:
    """With more than all can take, links that serve anybody are full, and more budget is worth nothing."""
    links = [*TREE, ("a", "c", 500.0)]  # too long to be used
    plans = [optimal_investment(economy, network(links), effects=EFFECTS, budget=b) for b in (20.0, 80.0, 1e6)]
    assert plans[0].value < plans[1].value < plans[2].value
    np.testing.assert_array_equal(plans[2].investment, [1, 1, 1, 1, 0])
    assert plans[2].price == 0.0 and plans[2].converged and plans[2].spent == 145.0
    assert plans[0].investment[4] == plans[1].investment[4] == 0.0
    assert np.isnan(plans[2].return_ratio).all()


def test_simple_plans_are_not_better(economy: Economy) -> None:
    graph = network(RING)
    found = optimal_investment(economy, graph, effects=EFFECTS, budget=60.0)
    assert found.uniform_value < found.value and found.greedy_value <= found.value
    per_start = found.convergence.groupby("start", sort=False)
    for name, first in (("greedy", found.greedy_value), ("uniform", found.uniform_value)):
        values = per_start.get_group(name)["value"].to_numpy()
        assert values[0] == first and (np.diff(values) >= -1e-11).all()
    level = np.full(6, 60.0 / found.cost.sum())
    assert found.uniform_value == pytest.approx(worth(economy, graph, level), rel=1e-9)


def test_directions_of_a_link_are_built_together(economy: Economy) -> None:
    """Two links of one direction each are one link of both; apart they may differ and do no worse at shared cost."""
    plain = network(RING)
    back = [(b, a, t) for a, b, t in RING]
    split = network([*RING, *back], oneway=True)
    one, two = (optimal_investment(economy, g, effects=EFFECTS, budget=60.0) for g in (plain, split))
    assert len(two.links) == 6
    np.testing.assert_allclose(two.investment, one.investment, rtol=0, atol=1e-8)
    assert two.value == pytest.approx(one.value, rel=1e-10)
    cost = split.links["time"] / 2
    apart = optimal_investment(economy, split, effects=EFFECTS, budget=60.0, cost=cost, both_ways=False)
    assert len(apart.links) == 12 and apart.value > one.value * (1 - 1e-6)


def test_links_without_a_largest_investment_are_left_alone(economy: Economy) -> None:
    found = optimal_investment(economy, network(), effects=EFFECTS, budget=30.0, largest={"ab": 2.0, "bd": 0.5})
    assert (found.investment[[1, 3]] == 0).all() and found.investment[2] <= 0.5
    assert found.spent == pytest.approx(30.0)


@pytest.mark.parametrize("group", [0, 1, 2])
def test_a_group_is_served_best_by_its_own_plan(economy: Economy, group: int) -> None:
    social, own = (
        optimal_investment(economy, network(), effects=EFFECTS, budget=40.0, objective=aim)
        for aim in ("social", OneGroup(group))
    )
    assert own.welfare[group] >= social.welfare[group] * (1 - 1e-12)
    assert own.value == pytest.approx(math.log(own.welfare[group]), rel=1e-9)


def test_money_is_that_of_all_groups(economy: Economy) -> None:
    found = optimal_investment(economy, network(), effects=EFFECTS, budget=40.0, objective="money")
    assert found.value == pytest.approx(found.gain, rel=1e-12)
    assert "value_income" in found.facts() and "income per unit" in {c.unit for c in found.describe()}


def test_random_starts(economy: Economy) -> None:
    plans = [
        optimal_investment(
            economy,
            network(RING),
            effects=EFFECTS,
            budget=60.0,
            starts=["uniform", "random", "random"],
            seed=5,
            steps=4,
        )
        for _ in range(2)
    ]
    assert plans[0].to_frame().equals(plans[1].to_frame())
    firsts = plans[0].convergence.query("step == 0").set_index("start")["value"]
    assert list(firsts.index) == ["uniform", "random", "random 2"] and firsts.nunique() == 3


def test_a_step_that_loses_is_shortened(economy: Economy, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that jumps between corners is halved until it gains, or given up and said so."""
    from megaregion.plan import optimality_criteria as module

    def jump(investment: np.ndarray, gradient: np.ndarray, cost: np.ndarray, *_: object, **__: object):
        worst = np.zeros_like(cost)
        worst[np.argmin(gradient / cost)] = 20.0 / cost[np.argmin(gradient / cost)]
        return worst, float((gradient / cost).max())

    monkeypatch.setattr(module, "update", jump)
    found = optimal_investment(economy, network(), effects=EFFECTS, budget=20.0, starts=["greedy"], steps=3)
    assert not found.converged and found.value >= found.greedy_value - 1e-12
    assert any("no step along the update gains" in text for text in found.warnings)


# --- refusals and tables


def test_everything_wrong_is_said_at_once(economy: Economy) -> None:
    graph = network()
    with pytest.raises(InputError) as caught:
        optimal_investment(
            economy, graph, effects=EFFECTS, budget=-1.0, gamma=0.0, cost={"ab": 1.0, "bc": -2.0, "nowhere": 1.0},
            largest={"bd": -1.0, "lost": 1.0}, objective="groups", starts=["random", "uniform"], steps=-1, power=2.0,
            damping=0.0, tolerance=0.0,
        )  # fmt: skip
    for text in (
        "budget must be >= 0", "gamma must be above zero", "cost names 1 links that are not in the network: nowhere",
        "cost lacks 2 links: bd, de", "cost must be above zero and finite: bc", "not in the network: lost",
        "largest must be >= 0 and finite: bd", "one objective is maximised", "random starts need a seed",
        "steps must be a whole number", "power must lie", "damping must lie", "tolerance must be above zero",
    ):  # fmt: skip
        assert text in str(caught.value), text


def test_what_does_not_fit_the_economy(economy: Economy) -> None:
    with pytest.raises(InputError, match="joins 5 places, the economy has 4"):
        optimal_investment(random_economy(1, places=4), network(), effects=EFFECTS, budget=1.0)
    with pytest.raises(InputError, match="1 sectors given, 2 exist"):
        optimal_investment(economy, network(), effects=TimeEffects(trade=[0.3]), budget=1.0)
    with pytest.raises(InputError, match="starts must be some of"):
        optimal_investment(economy, network(), budget=1.0, starts=["sideways"])
    with pytest.raises(InputError, match="there is no group 9"):
        optimal_investment(economy, network(), budget=1.0, objective=9)


def test_the_table_is_described(economy: Economy) -> None:
    told: list[tuple[int, int, str]] = []
    found = optimal_investment(
        economy, network(RING, theta=0.3), effects=EFFECTS, budget=70.0, steps=2, tolerance=1e-14, starts=["uniform"],
        cost_unit="km", progress=lambda *x: told.append(x),
    )  # fmt: skip
    frame = found.to_frame()
    assert [c.name for c in found.describe()] == list(frame.columns)
    units = {c.name: c.unit for c in found.describe()}
    assert (units["time_before"], units["cost"], units["value"]) == ("min", "km", "percent per unit")
    np.testing.assert_allclose(frame["time_after"], found.network.links["time"], rtol=1e-14)
    np.testing.assert_allclose(frame["cost"].sum(), 70.0)
    assert len(told) == 1 and not found.converged and any("stopped after 2 steps" in text for text in found.warnings)
    assert found.facts()["value_percent"] == pytest.approx(100 * math.expm1(found.value))
    assert set(found.facts()["starts"]) == {"uniform"}
