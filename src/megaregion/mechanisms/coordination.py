"""Agreements in which nobody loses: the best set of measures, side payments, and what every veto costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.participation import LARGEST_LISTED, Additive, Choice, Menu
from megaregion.errors import InfeasibleError, InputError
from megaregion.mechanisms.coordination_gains import JointGains, measure_table, numbers, some
from megaregion.mechanisms.coordination_tables import RULES, Agreement, AgreementMeasures, AgreementRules
from megaregion.result import Input

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Problem:
    """Everything that the programs need, labels in order."""

    measures: pd.Index
    parties: pd.Index
    menu: Menu
    need: Floats
    limit: float
    cost: Floats
    alone: Floats  # gains of each measure alone; NaN where unknown
    additive: bool


def agree(
    gains: pd.DataFrame | JointGains,
    *,
    margin: float | Mapping[str, float] = 0.0,
    budget: float | None = None,
    costs: Mapping[str, float] | None = None,
    requires: Mapping[str, Iterable[str]] | None = None,
    excludes: Iterable[tuple[str, str]] = (),
    payment_limit: float = math.inf,
    unit: str = "unstated",
    inputs: tuple[Input, ...] = (),
    listen: Callable[[int, int], None] | None = None,
) -> Agreement:
    """The set of measures of largest total gain that every party consents to, and the smallest side payments for it.

    Parameters
    ----------
    gains : DataFrame or JointGains
        Gain in money of each party (columns) from each measure (rows), against no agreement and net of what the party
        itself pays; or a plain table with the columns measure, party, gain and, if wanted, cost, requires, excludes; or
        gains of whole sets where measures interact.
    margin : float or mapping of party to float, default 0
        Least gain after payments at which a party consents, in the unit of the gains.
    budget : float, optional
        On the sum of costs.
    costs : mapping of measure to float, optional
        What a measure takes from the joint budget. Costs bound the choice only and are not taken off the gains.
    requires : mapping of measure to measures, optional
        A measure comes only together with these.
    excludes : pairs of measures
        Never both.
    payment_limit : float, default infinity
        Largest sum of side payments; 0 forbids them.
    listen : callable, optional
        Told (done, total) while the cost of each veto is computed, one party after the other.
    unit : str
        Unit of the gains.
    inputs : tuple of Input
        Rows that the gains come from.

    Returns
    -------
    Agreement
        By party; `measures` and `rules` beside it.

    Raises
    ------
    InputError, MissingDataError
        The tables do not fit together; everything at once.
    InfeasibleError
        No set gives every party its margin; the message names those that block.

    Notes
    -----
    max sum_i W_i(x) subject to W_i(x) + t_i >= margin_i, sum t = 0, sum of payments <= payment_limit, budget: no party
    is worse off than without the agreement (Carraro and Siniscalco 1993, J. Public Econ. 52(3), on transfers that pay
    for themselves). Of sets with the same total the one with the smallest sum of payments, sum_i max(0, margin_i -
    W_i), is taken. Who pays is not determined by that: here everybody above the margin pays in proportion to what is
    above it. The veto cost of a party is what the total gains if its consent is not asked for and it neither pays nor
    receives, all others still consenting; veto costs do not add up, for two parties may block the same measure.

    Examples
    --------
    >>> made = agree(pd.DataFrame({"a": {"road": 5.0}, "b": {"road": -2.0}}))
    >>> made.to_frame()["payment"].tolist()
    [-2.0, 2.0]
    """
    problem, warnings = _problem(gains, margin, budget, costs, requires, excludes, payment_limit)
    everyone = np.ones(len(problem.parties), dtype=bool)
    free = problem.menu.best(problem.need, asked=~everyone, limit=0.0)
    bound = problem.menu.best(problem.need, asked=everyone, limit=0.0)
    paid = problem.menu.best(problem.need, asked=everyone, limit=problem.limit) if problem.limit > 0 else bound
    if free is None or paid is None:
        raise _infeasible(problem)
    if bound is None:
        warnings.append("without side payments no set gives every party its margin")
    if not paid.chosen.any():
        warnings.append("no set of measures is better than none: there is nothing to agree on")
    rules = AgreementRules(table=_rules(problem, (free, bound, paid)), unit=unit, inputs=inputs)
    measures = AgreementMeasures(table=_measures(problem, free, bound, paid), unit=unit, inputs=inputs,
                                 additive=problem.additive)  # fmt: skip
    return Agreement(
        table=_parties(problem, free, bound, paid, listen), unit=unit, inputs=inputs, measures=measures, rules=rules,
        settings={"budget": budget, "payment_limit": None if math.isinf(problem.limit) else problem.limit},
        warnings=tuple(warnings),
    )  # fmt: skip


def _parties(
    problem: _Problem, free: Choice, bound: Choice | None, paid: Choice, listen: Callable[[int, int], None] | None
) -> pd.DataFrame:  # fmt: skip
    """One row a party; veto costs by one program each."""
    n = len(problem.parties)
    nothing = np.full(n, np.nan)
    payment = _payments(paid, problem.need)
    veto, veto_bound, overruled = np.zeros(n), nothing.copy(), nothing.copy()
    best = _total(free)  # no consent less can bring more than that
    for i in range(n):
        if listen is not None:
            listen(i, n)
        asked = np.arange(n) != i
        if problem.limit > 0 and _total(paid) < best:
            without = problem.menu.best(problem.need, asked=asked, limit=problem.limit)
            veto[i] = max(0.0, 0.0 if without is None else _total(without) - _total(paid))  # or it keeps on paying
        held = bound is not None and _total(bound) == best
        alone = bound if held else problem.menu.best(problem.need, asked=asked, limit=0.0)
        if alone is not None:
            overruled[i] = alone.gains[i]
            veto_bound[i] = _total(alone) - _total(bound)  # NaN if consent of all is impossible
    if problem.limit == 0:
        veto = veto_bound
    return pd.DataFrame(
        {
            "party": problem.parties.astype(str), "margin": problem.need, "gain": paid.gains, "payment": payment,
            "net_gain": paid.gains + payment,
            "gain_without_payments": nothing if bound is None else bound.gains,
            "gain_without_consent": free.gains,
            "veto_cost": _clean(veto, problem), "veto_cost_without_payments": _clean(veto_bound, problem),
            "gain_overruled": overruled,
        }
    )  # fmt: skip


def _payments(choice: Choice, need: Floats) -> Floats:
    """Side payments: up to the need for those below it, by those above it in proportion to what they have above it."""
    above = choice.gains - need
    if choice.payments == 0:
        return np.zeros(len(need))
    short, room = np.maximum(-above, 0.0), np.maximum(above, 0.0)
    return np.asarray(short - room * min(1.0, short.sum() / room.sum()))


def _total(choice: Choice | None) -> float:
    return math.nan if choice is None else float(choice.gains.sum())


def _clean(value: Floats, problem: _Problem) -> Floats:
    """Rounding below a billionth of the gains is zero: a veto never raises the total."""
    slack = 1e-9 * float(np.nansum(np.abs(problem.alone))) if problem.additive else 1e-12
    return np.where(np.abs(value) <= slack, 0.0, value)


def _rules(problem: _Problem, choices: tuple[Choice | None, ...]) -> pd.DataFrame:
    rows = []
    for rule, choice in zip(RULES, choices, strict=True):
        if choice is None:
            rows.append({"rule": rule, "feasible": False, "measures": "", "total": np.nan, "lost": np.nan,
                         "payments": np.nan, "cost": np.nan, "short": ""})  # fmt: skip
            continue
        below = choice.gains < problem.need - 1e-9 * max(1.0, float(np.abs(choice.gains).max()))
        with_payments = rule == "consent-with-payments"
        rows.append({
            "rule": rule, "feasible": True, "measures": ";".join(problem.measures[choice.chosen]),
            "total": _total(choice), "lost": max(0.0, _total(choices[0]) - _total(choice)),
            "payments": choice.payments if with_payments else 0.0, "cost": float(choice.chosen @ problem.cost),
            "short": ";".join(problem.parties[below]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _measures(problem: _Problem, free: Choice, bound: Choice | None, paid: Choice) -> pd.DataFrame:
    none = np.zeros(len(problem.measures), dtype=bool)
    return pd.DataFrame(
        {
            "measure": problem.measures.astype(str), "agreed": paid.chosen,
            "without_payments": none if bound is None else bound.chosen, "without_consent": free.chosen,
            "gain": problem.alone.sum(axis=1), "cost": problem.cost,
            "winners": [";".join(problem.parties[row > 0]) for row in problem.alone],
            "losers": [";".join(problem.parties[row < 0]) for row in problem.alone],
        }
    )  # fmt: skip


def _infeasible(problem: _Problem) -> InfeasibleError:
    """Names who blocks.

    Without payments a smallest group whose margins no set meets (every one of them is needed for the conflict); with
    payments those who are below their margins in the set of largest total, and by how much.
    """
    menu, need, parties = problem.menu, problem.need, problem.parties
    asked = np.ones(len(parties), dtype=bool)
    hint = "lower a margin, raise the budget or the limit of payments, or add measures that these parties gain from"
    free = menu.best(need, asked=~asked, limit=0.0)
    if free is None:
        return InfeasibleError("no set of measures is allowed, not even none", hint="raise the budget, mend `requires`")
    if problem.limit > 0:
        short = np.flatnonzero(free.gains < need).tolist()
        each = ", ".join(f"{parties[i]} lacks {need[i] - free.gains[i]:g}" for i in short)
        cap = "" if math.isinf(problem.limit) else f" and payments are at most {problem.limit:g}"
        return InfeasibleError(
            f"no set of measures gives every party its margin, even with side payments: the largest total is "
            f"{_total(free):g}, the margins add up to {need.sum():g}{cap}; there {each}", hint=hint
        )  # fmt: skip
    for i in range(len(asked)):
        asked[i] = False
        if menu.best(need, asked=asked, limit=0.0) is not None:
            asked[i] = True
    who = np.flatnonzero(asked).tolist()
    each = "; ".join(
        f"{parties[i]} asks for {need[i]:g} and no set gives it more than {menu.highest(i):g}" for i in who
    )
    words = "its margin" if len(who) == 1 else "their margins at once"
    return InfeasibleError(f"no set of measures gives {some(parties[who])} {words}: {each}", hint=hint)


def _problem(
    gains: pd.DataFrame | JointGains,
    margin: float | Mapping[str, float],
    budget: float | None,
    costs: Mapping[str, float] | None,
    requires: Mapping[str, Iterable[str]] | None,
    excludes: Iterable[tuple[str, str]],
    limit: float,
) -> tuple[_Problem, list[str]]:
    wrong: list[str] = []
    if not limit >= 0:
        wrong.append(f"payment_limit must be >= 0, got {limit!r}")
    if budget is not None and not (budget >= 0 and math.isfinite(budget)):
        wrong.append(f"budget must be finite and >= 0, got {budget!r}")
    table = measure_table(gains) if isinstance(gains, pd.DataFrame) else None
    if isinstance(gains, JointGains):
        measures, parties = gains.measures, gains.parties
    else:
        assert table is not None
        measures, parties = table.gains.index, table.gains.columns
    given = (costs, requires, excludes) if table is None else table.merged(costs, requires, excludes, wrong)
    need = numbers(margin, parties, "margin", wrong)
    cost = numbers(given[0] if given[0] is not None else 0.0, measures, "cost", wrong, least=0.0)
    needs, nots = _pairs(measures, given[1], given[2], wrong)
    if budget is not None and given[0] is None:
        wrong.append("a budget needs costs")
    if wrong:
        raise InputError("; ".join(wrong))
    warnings = (
        ["costs are given without a budget: they bound nothing and are not taken off the gains"]
        if given[0] is not None and budget is None
        else []
    )
    money = math.inf if budget is None else float(budget)
    if isinstance(gains, JointGains):
        menu: Menu = gains.allowed(cost, money, needs, nots)
        return _Problem(measures, parties, menu, need, float(limit), cost, gains.alone(), False), warnings
    assert table is not None
    values = table.gains.to_numpy(dtype=np.float64)
    some_sets = Additive(values, cost, money, needs, nots)
    menu = some_sets.listed() if len(values) <= LARGEST_LISTED else some_sets
    return _Problem(measures, parties, menu, need, float(limit), cost, values, True), warnings


def _pairs(
    measures: pd.Index,
    requires: Mapping[str, Iterable[str]] | None,
    excludes: Iterable[tuple[str, str]],
    wrong: list[str],
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Positions; unknown names and a measure against itself are collected."""
    at = {str(name): i for i, name in enumerate(measures)}
    needs = [(str(a), str(b)) for a, others in (requires or {}).items() for b in others]
    nots = [(str(a), str(b)) for a, b in excludes]
    if unknown := sorted({name for pair in needs + nots for name in pair} - set(at)):
        wrong.append(f"requires or excludes name measures without gains: {some(unknown)}")
    if itself := sorted({a for a, b in needs + nots if a == b}):
        wrong.append(f"measures that require or exclude themselves: {some(itself)}")
    if never := sorted(name for name in at if any({a, b} <= _needed(name, needs) for a, b in nots if a != b)):
        wrong.append(f"measures that can never come, for what they require excludes each other: {some(never)}")
    if wrong:
        return [], []
    return [(at[a], at[b]) for a, b in needs], [(at[a], at[b]) for a, b in nots]


def _needed(name: str, needs: list[tuple[str, str]]) -> set[str]:
    """A measure and all that it requires, in turn."""
    out = {name}
    while more := {b for a, b in needs if a in out} - out:
        out |= more
    return out


__all__ = ["Agreement", "AgreementMeasures", "AgreementRules", "JointGains", "agree"]
