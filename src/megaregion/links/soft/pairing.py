"""Paired assistance: which place helps which, with capacities, budgets and regard for existing pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.generalised_assignment import CROWDED_OUT, Assignment, assign, fairest, unserved
from megaregion.core.stable_matching import blocking_pairs, deferred_acceptance
from megaregion.errors import InfeasibleError, InputError
from megaregion.links.soft.pairing_tables import DonorsResult, PairingResult

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
_PROVEN = 1e-6  # of the bound: the solver's own tolerance


@dataclass(frozen=True, kw_only=True)
class PairingOptions:
    """How pairs are chosen.

    Attributes
    ----------
    goal : {'sum', 'least'}
        Largest sum of benefits; or the largest smallest benefit first, then the sum.
    continuity : float
        What ending an existing pair costs, in the unit of benefit, >= 0.
    serve : {'all', 'most'}
        Refuse if not everybody can be served, or serve as many as can be (goal 'sum' only).
    unit, money : str
        Unit of benefit; unit of cost and budget.
    """

    goal: Literal["sum", "least"] = "sum"
    continuity: float = 0.0
    serve: Literal["all", "most"] = "all"
    unit: str = "index"
    money: str = ""

    def problems(self) -> list[str]:
        """Why these options cannot be used."""
        out = []
        if self.goal not in ("sum", "least") or self.serve not in ("all", "most"):
            out.append(f"goal must be sum or least and serve all or most, got {self.goal!r}, {self.serve!r}")
        if self.goal == "least" and self.serve == "most":
            out.append("goal 'least' speaks of everybody: with serve 'most' the unserved would count as nothing")
        if not (self.continuity >= 0 and np.isfinite(self.continuity)):
            out.append(f"continuity must be >= 0 and finite, got {self.continuity!r}")
        return out


class _Case(NamedTuple):
    """Arrays with recipients in rows and donors in columns."""

    value: Floats
    allowed: Bools
    capacity: Ints
    cost: Floats
    budget: Floats
    before: Bools


def pairing(
    benefit: pd.DataFrame,
    donors: pd.DataFrame,
    *,
    cost: pd.DataFrame | None = None,
    existing: pd.DataFrame | None = None,
    options: PairingOptions | None = None,
    preferences: tuple[pd.DataFrame, pd.DataFrame] | None = None,
) -> PairingResult:
    """Pairs of the largest benefit, each recipient with one donor.

    Parameters
    ----------
    benefit : DataFrame, rows donors, columns recipients
        Benefit of a pair, any finite number; missing where the pair is ruled out.
    donors : DataFrame, index donor
        capacity (whole number >= 0) and, where there is one, budget (empty for none).
    cost : DataFrame, like `benefit`, optional
        What the donor spends on the recipient, >= 0; default 0.
    existing : DataFrame, optional
        donor, recipient of the pairs that exist.
    options : PairingOptions, optional
    preferences : pair of DataFrames like `benefit`, optional
        What recipients get from donors, and donors from recipients, by which stability is judged; default both the
        benefit.

    Returns
    -------
    PairingResult
        Its `donors` say what each donor carries.

    Raises
    ------
    InputError
        A number is missing or out of range, a name is unknown or stands twice; everything wrong is listed.
    InfeasibleError
        Not everybody can be served; says who cannot and why.

    Notes
    -----
    max sum b_ij x_ij - kappa (existing pairs ended) s.t. sum_i x_ij = 1, sum_j x_ij <= cap_i, sum_j c_ij x_ij <= B_i,
    by HiGHS with its bound. Stability and deferred acceptance (recipients propose, capacities only): Gale and Shapley
    (1962). With one benefit for both sides a pair blocks where both could have more, although the sum would fall.
    """
    chosen = options or PairingOptions()
    case, wants, likes = _checked(benefit, donors, cost, existing, chosen, preferences)
    worth = case.value + chosen.continuity * case.before
    if chosen.goal == "least":
        done = fairest(case.value, case.allowed, case.capacity, case.cost, case.budget, worth)
    else:
        done = assign(worth, case.allowed, case.capacity, case.cost, case.budget, serve=chosen.serve)
    names, givers = benefit.columns.to_numpy(object), benefit.index.to_numpy(object)
    if done is None:
        raise _infeasible(case, names)
    stable = deferred_acceptance(wants, likes, case.capacity, case.allowed)
    blocking = blocking_pairs(done.match, wants, likes, case.capacity, case.allowed, case.cost, case.budget)
    why = unserved(done.match, case.allowed, case.capacity, case.cost, case.budget)
    table = _recipients(case, done.match, stable, names, givers)
    table["blocking"] = np.bincount(blocking[:, 0], minlength=len(names)).astype(float)
    table["reason"] = [why.get(k, "") for k in range(len(names))]
    load = _donors(case, done.match, givers)
    found = _facts(case, done, stable, worth, table, load)
    found["blocking_pairs"] = _named(blocking, names, givers)
    found |= _standing(case, wants, likes, names, givers)
    return PairingResult(
        table=table, unit=chosen.unit, money=chosen.money, found=found, settings=asdict(chosen),
        donors=DonorsResult(table=load, unit=chosen.unit, money=chosen.money), warnings=_remarks(found, chosen),
    )  # fmt: skip


def assistance_benefit(
    need: pd.DataFrame,
    strength: pd.DataFrame,
    times: pd.DataFrame,
    *,
    decay_min: float,
    relatedness: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Benefit of every pair: need times strength in the same field, times relatedness, fading with travel time.

    Parameters
    ----------
    need : DataFrame, rows recipients, columns fields
        >= 0, such as shortfalls scaled to [0, 1].
    strength : DataFrame, rows donors, columns the same fields
        >= 0.
    times : DataFrame, rows donors, columns recipients
        Minutes, infinite where there is no way (benefit 0).
    decay_min : float
        T > 0: minutes over which the benefit falls to 37 %; a declared assumption.
    relatedness : DataFrame like `times`, optional
        >= 0, such as the proximity of industries; default 1.

    Returns
    -------
    DataFrame, rows donors, columns recipients
        b_ij = r_ij exp(-t_ij / T) sum_f need_jf strength_if, in need times strength.

    Raises
    ------
    InputError
        Fields or places differ, or a number is missing or negative; everything wrong is listed.
    """
    wrong = [] if decay_min > 0 and np.isfinite(decay_min) else [f"decay_min must be > 0 and finite, got {decay_min!r}"]
    if set(need.columns) != set(strength.columns) or not len(need.columns):
        wrong.append(f"fields differ: need has {_some(need.columns)}, strength has {_some(strength.columns)}")
    frames = {"times": times} if relatedness is None else {"times": times, "relatedness": relatedness}
    wrong += _unlike(frames, strength.index, need.index)
    for name, frame in {"need": need, "strength": strength, **frames}.items():
        values = frame.to_numpy(dtype=np.float64)
        bad = ~(values >= 0) | (np.isinf(values) & (name != "times"))
        if bad.any():
            wrong.append(f"{name} must be >= 0: {_cells(frame, bad)}")
    if wrong:
        raise InputError("; ".join(wrong), hint="missing values are not guessed")
    met = strength.to_numpy(dtype=np.float64) @ need[strength.columns].to_numpy(dtype=np.float64).T
    away = times.loc[strength.index, need.index].to_numpy(dtype=np.float64)
    near = 1.0 if relatedness is None else relatedness.loc[strength.index, need.index].to_numpy(dtype=np.float64)
    return pd.DataFrame(met * np.exp(-away / decay_min) * near, index=strength.index, columns=need.index)


def _named(pairs: Ints, names: NDArray[np.object_], givers: NDArray[np.object_]) -> list[dict[str, str]]:
    return [{"recipient": str(names[i]), "donor": str(givers[j])} for i, j in pairs]


def _standing(
    case: _Case, wants: Floats, likes: Floats, names: NDArray[np.object_], givers: NDArray[np.object_]
) -> dict[str, Any]:
    """The pairs that exist, judged as a plan of their own; only where everybody has exactly one donor."""
    if not len(names) or not (case.before.sum(axis=1) == 1).all():
        return {}
    match = case.before.argmax(axis=1).astype(np.intp)
    at = np.arange(len(names))
    if not case.allowed[at, match].all():  # what a pair without a candidate row is worth is not known
        return {}
    blocking = blocking_pairs(match, wants, likes, case.capacity, case.allowed, case.cost, case.budget)
    value = case.value[at, match]
    return {
        "before_benefit": float(value.sum()), "before_least_benefit": float(value.min()),
        "before_blocking_pairs": _named(blocking, names, givers),
    }  # fmt: skip


def _infeasible(case: _Case, names: NDArray[np.object_]) -> InfeasibleError:
    """What stands in the way: those whom nobody can serve, else an example of who is left when most are served."""
    most = assign(case.value, case.allowed, case.capacity, case.cost, case.budget, serve="most")
    assert most is not None  # serving nobody is always possible
    why = unserved(most.match, case.allowed, case.capacity, case.cost, case.budget)
    by_reason: dict[str, list[str]] = {}
    for k, reason in why.items():
        by_reason.setdefault(reason, []).append(str(names[k]))
    texts = [f"{reason}: {', '.join(who[:5])} ({len(who)})" for reason, who in sorted(by_reason.items())]
    served = len(names) - len(why)
    if CROWDED_OUT in by_reason:
        texts.append(f"at most {served} of {len(names)} can be served at once; the crowded out are one example")
    return InfeasibleError(
        f"pairing: {len(why)} of {len(names)} recipients cannot be served; " + "; ".join(texts),
        hint="raise capacities or budgets, allow more pairs, or serve='most'",
    )


def _recipients(
    case: _Case, match: Ints, stable: Ints, names: NDArray[np.object_], givers: NDArray[np.object_]
) -> pd.DataFrame:
    n, at = len(names), np.arange(len(names))

    def named(who: Ints) -> list[str]:
        return [str(givers[j]) if j >= 0 else "" for j in who]

    def of(values: Floats, who: Ints) -> Floats:
        return np.where(who >= 0, values[at, np.maximum(who, 0)] if values.shape[1] else np.nan, np.nan)

    had = case.before.any(axis=1)
    kept = np.zeros(n, dtype=bool)
    kept[match >= 0] = case.before[at[match >= 0], match[match >= 0]]
    change = np.select([kept, had & (match >= 0), match >= 0, had], ["kept", "moved", "new", "ended"], "none")
    open_value = np.where(case.allowed, case.value, -np.inf)
    best = np.where(case.allowed.any(axis=1), open_value.argmax(axis=1) if case.value.shape[1] else -1, -1)
    return pd.DataFrame({
        "recipient": names, "donor": named(match), "benefit": of(case.value, match), "cost": of(case.cost, match),
        "donor_before": ["; ".join(str(givers[j]) for j in np.flatnonzero(row)) for row in case.before],
        "benefit_before": _of_before(case),
        "change": change.astype(object), "best_donor": named(best), "benefit_best": of(case.value, best),
        "stable_donor": named(stable), "benefit_stable": of(case.value, stable),
    })  # fmt: skip


def _of_before(case: _Case) -> Floats:
    """Sum over the donors that a recipient has; missing where there is none, or one of them is ruled out."""
    had = case.before.sum(axis=1)
    total = np.where(case.before & case.allowed, case.value, 0.0).sum(axis=1)
    return np.where((had > 0) & ((case.before & case.allowed).sum(axis=1) == had), total, np.nan)


def _donors(case: _Case, match: Ints, givers: NDArray[np.object_]) -> pd.DataFrame:
    m, some = len(givers), np.flatnonzero(match >= 0)
    to = match[some]
    return pd.DataFrame({
        "donor": givers, "capacity": case.capacity.astype(float),
        "recipients": np.bincount(to, minlength=m).astype(float),
        "budget": np.where(np.isfinite(case.budget), case.budget, np.nan),
        "spent": np.bincount(to, weights=case.cost[some, to], minlength=m),
        "benefit": np.bincount(to, weights=case.value[some, to], minlength=m),
    })  # fmt: skip


def _facts(
    case: _Case, done: Assignment, stable: Ints, worth: Floats, table: pd.DataFrame, load: pd.DataFrame
) -> dict[str, Any]:
    ended = case.before.copy()
    some = np.flatnonzero(done.match >= 0)
    ended[some, done.match[some]] = False
    names, givers = table["recipient"].to_numpy(), load["donor"].to_numpy()
    with_stable = np.flatnonzero(stable >= 0)
    spent = np.bincount(stable[with_stable], weights=case.cost[with_stable, stable[with_stable]], minlength=len(givers))
    return {
        "recipients": len(table), "served": len(some), "benefit": float(table["benefit"].sum()),
        "objective": done.value, "bound": done.bound, "gap": max(done.bound - done.value, 0.0),
        "least_benefit": float(table["benefit"].min()) if len(some) else None,
        "pairs_kept": int((table["change"] == "kept").sum()),
        "pairs_ended": [f"{givers[j]} to {names[i]}" for i, j in np.argwhere(ended)],
        "unserved": table.loc[table["donor"] == "", "recipient"].tolist(),
        "stable_benefit": float(table["benefit_stable"].sum()), "stable_served": len(with_stable),
        "stable_over_budget": [str(g) for g in givers[spent > case.budget * (1 + 1e-9)]],
    }  # fmt: skip


def _remarks(found: Mapping[str, Any], options: PairingOptions) -> tuple[str, ...]:
    out = ["benefits are declared or modelled, not measured effects of assistance"]
    if found["gap"] > _PROVEN * abs(found["bound"]):
        out.append(f"the search was stopped: a plan that is better by up to {found['gap']:.3g} may exist")
    if ended := found["pairs_ended"]:
        out.append(f"{len(ended)} existing pairs end, at {options.continuity:g} each: {', '.join(ended[:5])}")
    if "before_benefit" in found:
        out.append(
            f"existing pairs add up to {found['before_benefit']:.4g} (least {found['before_least_benefit']:.4g}); "
            f"{len(found['before_blocking_pairs'])} pairs would rather have each other there"
        )
    if found["unserved"]:
        out.append(f"nobody serves {', '.join(map(str, found['unserved'][:5]))} ({len(found['unserved'])})")
    if found["blocking_pairs"]:
        out.append(f"{len(found['blocking_pairs'])} pairs would rather have each other: the plan needs an authority")
    if found["stable_over_budget"]:
        out.append(f"the stable matching overspends: {', '.join(found['stable_over_budget'][:5])}")
    return tuple(out)


def _checked(
    benefit: pd.DataFrame, donors: pd.DataFrame, cost: pd.DataFrame | None, existing: pd.DataFrame | None,
    options: PairingOptions, preferences: tuple[pd.DataFrame, pd.DataFrame] | None,
) -> tuple[_Case, Floats, Floats]:  # fmt: skip
    """Arrays by recipient and donor, what recipients and what donors want; everything wrong at once."""
    givers, names, wrong = benefit.index, benefit.columns, options.problems()
    for what, index in (("donors", givers), ("recipients", names), ("rows of donors", donors.index)):
        if not index.is_unique:
            wrong.append(f"{what} stand twice: {_some(index[index.duplicated()])}")
    frames = {"cost": cost}
    if preferences is not None:
        frames |= {"preferences of recipients": preferences[0], "preferences of donors": preferences[1]}
    given = {name: frame for name, frame in frames.items() if frame is not None}
    wrong += _unlike(given, givers, names)
    if set(givers) != set(donors.index):
        wrong.append(f"donors differ between benefit and donors: {_some(givers.symmetric_difference(donors.index))}")
    if "capacity" not in donors:
        wrong.append("donors needs the column capacity")
    if wrong:
        raise InputError("pairing: " + "; ".join(wrong), hint="rows are donors, columns recipients")
    value = benefit.to_numpy(dtype=np.float64).T
    allowed = ~np.isnan(value)
    if np.isinf(value).any():
        wrong.append("benefit must be finite, or missing where a pair is ruled out")
    arrays = {name: frame.loc[givers, names].to_numpy(dtype=np.float64).T for name, frame in given.items()}
    for name, array in arrays.items():
        bad = allowed & (~np.isfinite(array) | ((array < 0) & (name == "cost")))
        if bad.any():
            wrong.append(f"{name} must be finite{' and >= 0' if name == 'cost' else ''}: {_cells(benefit, bad.T)}")
    rows = donors.loc[givers]
    capacity = pd.to_numeric(rows["capacity"], errors="coerce").to_numpy(dtype=np.float64)
    if (bad := ~(np.isfinite(capacity) & (capacity >= 0) & (capacity == np.round(capacity)))).any():
        wrong.append(f"capacity must be a whole number >= 0: {_some(givers[bad])}")
    budget = np.full(len(givers), np.inf)
    if "budget" in rows:
        budget = rows["budget"].fillna(np.inf).to_numpy(dtype=np.float64)
        if (budget < 0).any():
            wrong.append(f"budget must be >= 0: {_some(givers[budget < 0])}")
    before, more = _before(existing, givers, names)
    if wrong + more:
        raise InputError("pairing: " + "; ".join(wrong + more), hint="everything wrong is listed; see the docstring")
    filled = {name: np.where(allowed, array, 0.0) for name, array in arrays.items()}
    value = np.where(allowed, value, 0.0)
    case = _Case(value, allowed, capacity.astype(np.intp), filled.get("cost", np.zeros_like(value)), budget, before)
    return case, filled.get("preferences of recipients", value), filled.get("preferences of donors", value)


def _before(existing: pd.DataFrame | None, givers: pd.Index, names: pd.Index) -> tuple[Bools, list[str]]:
    out, wrong = np.zeros((len(names), len(givers)), dtype=bool), []
    if existing is None or existing.empty:
        return out, []
    if lacking := [c for c in ("donor", "recipient") if c not in existing]:
        return out, [f"existing needs the columns {', '.join(lacking)}"]
    i, j = names.get_indexer(pd.Index(existing["recipient"])), givers.get_indexer(pd.Index(existing["donor"]))
    if (i < 0).any():
        wrong.append(f"existing names unknown recipients: {_some(existing.loc[i < 0, 'recipient'])}")
    if (j < 0).any():
        wrong.append(f"existing names unknown donors: {_some(existing.loc[j < 0, 'donor'])}")
    good = (i >= 0) & (j >= 0)
    out[i[good], j[good]] = True
    return out, wrong


def _unlike(frames: Mapping[str, pd.DataFrame], rows: pd.Index, columns: pd.Index) -> list[str]:
    out = []
    for name, frame in frames.items():
        for axis, have, need in (("rows", frame.index, rows), ("columns", frame.columns, columns)):
            if not have.is_unique or set(have) != set(need):
                wrong = have[have.duplicated()] if not have.is_unique else have.symmetric_difference(need)
                out.append(f"{name}: {axis} differ or stand twice: {_some(wrong)}")
    return out


def _cells(frame: pd.DataFrame, bad: Bools) -> str:
    return ", ".join(f"{frame.index[i]} to {frame.columns[j]}" for i, j in np.argwhere(bad)[:5])


def _some(labels: pd.Series | pd.Index) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:5])
