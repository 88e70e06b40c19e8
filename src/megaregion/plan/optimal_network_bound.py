"""Certificate of the planner's problem with fixed labour: no network does better than the value computed here."""

from __future__ import annotations

import numpy as np

from megaregion.plan.optimal_network_problem import BOTH_WAYS, Array, PlannerProblem


def welfare_bound(problem: PlannerProblem, price: Array, budget_price: float, given: Array | None = None) -> float:
    """Upper bound of welfare by weak duality, whatever the prices; it is tight at the multipliers of an optimum.

    Parameters
    ----------
    problem : PlannerProblem
        Labour is fixed.
    price : array (J, N)
        Welfare per unit of each good in each place, > 0 where the good can be consumed; NaN where it cannot arrive.
    budget_price : float
        Welfare per unit of budget, >= 0; ignored with `given`.
    given : array (E,), optional
        Infrastructure that is not to be chosen.

    Returns
    -------
    float
        ``sum_j max_C [omega L u - P C] + sum_j max_L P Z L^a + sum_e max_I [g_e(I) - 2 mu delta_i I] + mu K`` with
        ``g_e(I) = I^(gamma/beta) sum beta/(1+beta) dP (dP/((1+beta) P delta_tau))^(1/beta)`` over goods and
        directions, dP the price at the far end less that at the near end where positive. Infinity if a price is zero
        where its good would be consumed.

    Notes
    -----
    Fajgelbaum and Schaal (2020), Econometrica 88(4), section 3: the Lagrangian separates by place and by edge. Edges
    are bounded by what the budget pays beside the lower bounds, so that the bound is finite for ``gamma >= beta``,
    where it need not be tight.
    """
    gain = _edge_gain(problem, price)
    rest = _eaten(problem, price) + _made(problem, price)
    power = problem.parameters.gamma / problem.parameters.beta
    if given is not None:
        return rest + float(gain @ np.where(given > 0, given, 0.0) ** power)
    charge = BOTH_WAYS * problem.graph.delta_i
    tried = [budget_price]
    if power == 1:  # a linear gain: the least price at which no edge wants more than it has is tighter
        tried.append(max(budget_price, float((gain / charge).max())))
    return rest + min(_built(problem, gain, charge, mu, power) for mu in tried)


def _eaten(problem: PlannerProblem, price: Array) -> float:
    """Consumers' surplus at these prices."""
    g, here = problem.parameters, problem.labour > 0
    labour, omega = problem.labour[here], problem.omega[here]
    with np.errstate(divide="ignore"):
        powers = np.where(problem.available, price, np.inf)[here] ** (1 - g.sigma)
        index = powers.sum(axis=1) ** (1 / (1 - g.sigma))
        home = g.alpha**-g.alpha * (problem.housing[here] / labour / (1 - g.alpha)) ** (1 - g.alpha)
        head = (omega * g.alpha * home ** (1 - g.rho) / index) ** (1 / (1 - g.alpha * (1 - g.rho)))
    if not (np.isfinite(head) & (index > 0)).all():
        return np.inf
    composite = home * head**g.alpha
    utility = np.log(composite) if g.rho == 1 else composite ** (1 - g.rho) / (1 - g.rho)
    return float(labour @ (omega * utility - index * head))


def _made(problem: PlannerProblem, price: Array) -> float:
    """Value of output if every place divides its labour among its goods as pays best."""
    a = problem.parameters.a
    worth = np.where(problem.productivity > 0, np.nan_to_num(price) * problem.productivity, 0.0)
    if a == 1:
        return float(problem.labour @ worth.max(axis=1))
    return float(problem.labour**a @ (worth ** (1 / (1 - a))).sum(axis=1) ** (1 - a))


def _edge_gain(problem: PlannerProblem, price: Array) -> Array:
    """Factor of ``I**(gamma/beta)`` in what an edge gains from shipping (E,)."""
    beta, graph = problem.parameters.beta, problem.graph
    out = np.zeros(graph.tail.size)
    for near, far in ((graph.tail, graph.head), (graph.head, graph.tail)):
        rise = np.nan_to_num(np.maximum(price[far] - price[near], 0.0))
        cost = (1 + beta) * np.nan_to_num(price[near], nan=1.0) * graph.delta_tau[:, None]
        with np.errstate(divide="ignore"):
            out += np.where(rise > 0, beta / (1 + beta) * rise * (rise / cost) ** (1 / beta), 0.0).sum(axis=1)
    return out


def _built(problem: PlannerProblem, gain: Array, charge: Array, mu: float, power: float) -> float:
    """Value of the best infrastructure on every edge at the budget price mu, and of the budget."""
    low, high = problem.least, problem.most
    choices = [low, high]
    if power < 1:
        with np.errstate(divide="ignore", over="ignore"):  # infinity is clipped below
            inner = (power * gain / (mu * charge)) ** (1 / (1 - power)) if mu > 0 else high
        choices.append(np.clip(inner, low, high))
    value = np.max([gain * i**power - mu * charge * i for i in choices], axis=0)
    return float(value.sum() + mu * problem.budget)
