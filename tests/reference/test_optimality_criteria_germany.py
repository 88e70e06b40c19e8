"""Investment in 1,443 German links against the numbers of an independent implementation.

Model and graph of `test_sensitivities_germany`; time t0 (1 + I)^-.3, cost of a unit the length of the link, budget a
twentieth of all length, I at most one. Printed, as 100 ln W: uniform +.504487, first-order greedy +2.816932, optimality
criteria +2.922217 "after 25 steps (191 links used)". All are reproduced to the last printed digit when read so: greedy
fills links to one in falling order of -gamma dlnW/dln t over length, the last in part; optimality criteria start from
the uniform plan, exponent 1/2, I <- (I + update)/2, and the 25th evaluation (24 updates) is printed; links used are
those with I above .01 (any threshold from .002 to .01 gives 191). Undamped updates end higher, at +2.9257.
"""

import pytest

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.network import LinkNetwork
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.plan.optimality_criteria import optimal_investment
from megaregion.plan.optimality_criteria_table import Investment

N, EFFECTS = 401, TimeEffects(trade=[0.42], commuting=0.47)


@pytest.fixture(scope="module")
def plan(german_graph: tuple[Economy, LinkNetwork]) -> Investment:
    """Undamped, from the uniform plan."""
    economy, network = german_graph
    budget = 0.05 * network.links["time"].sum()
    return optimal_investment(economy, network, effects=EFFECTS, budget=budget, starts=["uniform"])


def test_uniform_and_greedy_as_printed(plan: Investment) -> None:
    assert round(100 * plan.uniform_value, 6) == 0.504487
    assert round(100 * plan.greedy_value, 6) == 2.816932


def test_damped_updates_as_printed(german_graph: tuple[Economy, LinkNetwork]) -> None:
    economy, network = german_graph
    found = optimal_investment(
        economy, network, effects=EFFECTS, budget=0.05 * network.links["time"].sum(), starts=["uniform"], steps=24,
        power=0.5, damping=0.5,
    )  # fmt: skip
    assert (found.convergence["move"].iloc[:-1] == 0.5).all()  # no step had to be shortened
    assert round(100 * found.value, 6) == 2.922217
    assert int((found.investment > 0.01).sum()) == 191


def test_undamped_updates_do_better_and_end_at_an_optimum(
    plan: Investment, german_graph: tuple[Economy, LinkNetwork]
) -> None:
    assert 100 * plan.value > 2.922217
    assert plan.converged and plan.kkt <= 1e-6
    assert plan.spent == pytest.approx(plan.budget, rel=1e-12) and plan.spent <= plan.budget * (1 + 1e-15)
    assert (plan.investment >= 0).all() and (plan.investment <= 1).all()
    frame = plan.to_frame()
    assert (frame.loc[frame["bound"] == "none", "return_ratio"] - 1).abs().max() <= 1e-6
    assert frame.loc[frame["bound"] == "lower", "return_ratio"].max() <= 1 + 1e-6
    assert frame.loc[frame["bound"] == "upper", "return_ratio"].min() >= 1 - 1e-6
