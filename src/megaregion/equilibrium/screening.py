"""How far the gradient can be trusted: exact new equilibria for the links that it ranks first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.equilibrium.network import LinkNetwork, Routes, times
from megaregion.equilibrium.sensitivities import Sensitivities
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.errors import InputError

Array = NDArray[np.float64]
_BATCH = 64  # links that are solved at once


@dataclass(frozen=True, eq=False, kw_only=True)
class Screening:
    """Links by first order and by exact re-solves; unit of the objective (log points, or money).

    Attributes
    ----------
    frame : DataFrame
        Index link_id in the order of the gradient; columns `first_order`, `exact`, `bias` = first_order / exact - 1.
    correlation : float
        Of first_order and exact; NaN below three links.
    rank_correlation : float
        Of their ranks (Spearman); NaN below three links.
    bias : tuple of float
        Smallest and largest of the column; below zero the first order understates.
    together : float or None
        Exact change when all these links change at once.
    """

    frame: pd.DataFrame
    correlation: float
    rank_correlation: float
    bias: tuple[float, float]
    together: float | None


def link_shock(sensitivities: Sensitivities, network: LinkNetwork, effects: TimeEffects) -> Shock:
    """The scenario of the sensitivities with the times of another state of its network on top.

    Parameters
    ----------
    sensitivities : Sensitivities
        Made with a network.
    network : LinkNetwork
        The same links with other times.
    effects : TimeEffects

    Raises
    ------
    InputError
        No network was given, or a pair of places gains or loses its only way.
    """
    if sensitivities.routes is None:
        raise InputError("links: no network was given", hint="sensitivities(..., network=...)")
    old, new = sensitivities.routes.time, times(network)
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isinf(old) & np.isinf(new), 1.0, new / old)
    if not (np.isfinite(ratio) & (ratio > 0)).all():
        raise InputError("a pair of places gains or loses its only way: a time ratio cannot say what that means")
    base, out = sensitivities.shock, {}
    trade = effects.trade[:, None, None] * np.log(ratio.T if effects.delivered else ratio)
    if trade.any():
        out["trade_cost"] = np.exp(trade) * (1.0 if base.trade_cost is None else base.trade_cost)
    if effects.commuting:
        own = 1.0 if base.commuting_cost is None else base.commuting_cost
        out["commuting_cost"] = ratio**effects.commuting * own
    kept = {
        name: getattr(base, name)
        for name in Shock.__dataclass_fields__
        if getattr(base, name) is not None and name not in out
    }
    return Shock(**kept, **out)


def screening(
    sensitivities: Sensitivities, *, top: int = 10, factor: float = 0.8, objective: int = 0, together: bool = True,
    links: Sequence[str] | Mapping[str, Sequence[str]] | None = None, tolerance: float = 1e-12,
) -> Screening:  # fmt: skip
    """Compare the gradient with exact re-solves, one link at a time.

    Parameters
    ----------
    sensitivities : Sensitivities
        Made with a network.
    top : int
        Links with the largest gain by first order that are solved exactly.
    factor : float
        On the time of each link; 0.8 cuts a fifth.
    objective : int
        Row of the sensitivities.
    together : bool
        Whether to solve for all of them at once as well.
    links : sequence of str, or mapping of str to sequence of str, optional
        link_id of those to solve instead of the first `top`. A mapping names sets of links that change together, of
        which the first `top` are solved.
    tolerance : float
        Of the re-solves.

    Raises
    ------
    InputError
        No network was given, it is congested, or an option has no meaning.
    ConvergenceError
        A re-solve fails.

    Notes
    -----
    First order is gradient times ln(factor). Rerouting is an option that a gain of time brings, so that the gain is
    convex in the cut and first order understates it: screen by gradient, value by re-solving.
    """
    network, effects = _require(sensitivities, factor, top, objective)
    first = pd.Series(sensitivities.links[objective] * np.log(factor), network.links.index)
    sets = {str(name): list(members) for name, members in links.items()} if isinstance(links, Mapping) else {}
    if sets:
        order = _order(_sums(first, sets), top, None)
    else:
        order = _order(first, top, list(links) if links is not None else None)
    cases = [network.scaled(sets.get(name, [name]), factor) for name in order.index]
    if together:
        cases.append(network.scaled([link for name in order.index for link in sets.get(name, [name])], factor))
    value = np.concatenate([
        _changes(sensitivities, cases[i : i + _BATCH], effects, objective, tolerance)
        for i in range(0, len(cases), _BATCH)
    ])  # fmt: skip
    exact = value[: len(order)]
    frame = pd.DataFrame({"first_order": order, "exact": exact})
    frame["bias"] = frame["first_order"] / frame["exact"].where(frame["exact"] != 0) - 1.0
    enough = len(frame) > 2 and frame["exact"].nunique() > 1 and frame["first_order"].nunique() > 1
    ranks = frame[["first_order", "exact"]].rank()
    return Screening(
        frame=frame,
        correlation=float(frame["first_order"].corr(frame["exact"])) if enough else float("nan"),
        rank_correlation=float(ranks["first_order"].corr(ranks["exact"])) if enough else float("nan"),
        bias=(float(frame["bias"].min()), float(frame["bias"].max())),
        together=float(value[-1]) if together else None,
    )


def _require(s: Sensitivities, factor: float, top: int, objective: int) -> tuple[LinkNetwork, TimeEffects]:
    """The network and its effects; refuses options without a meaning."""
    if s.routes is None or s.effects is None:
        raise InputError("screening: no network was given", hint="sensitivities(..., network=...)")
    if not isinstance(s.routes, Routes):
        raise InputError("screening: times are routed anew without congestion", hint="give the network itself")
    if not (factor > 0 and np.isfinite(factor) and factor != 1.0):
        raise InputError(f"factor must be above zero and not one, got {factor!r}")
    if not 0 <= objective < len(s) or top < 1:
        raise InputError(f"objective must be one of 0 to {len(s) - 1} and top at least 1")
    return s.routes.network, s.effects


def _sums(first: pd.Series, sets: Mapping[str, Sequence[str]]) -> pd.Series:
    """First-order gain of sets of links."""
    members = [link for names in sets.values() for link in names]
    if lost := sorted(set(members) - set(first.index)):
        raise InputError(f"{len(lost)} links are not in the network: {', '.join(map(str, lost[:5]))}")
    code = np.repeat(np.arange(len(sets)), [len(names) for names in sets.values()])
    total = np.bincount(code, weights=first.reindex(members).to_numpy(float), minlength=len(sets))
    return pd.Series(total, index=list(sets))


def _order(first: pd.Series, top: int, links: Sequence[str] | None) -> pd.Series:
    """First-order gains of the links to solve, the largest first."""
    order = first.sort_values(ascending=False, kind="stable")
    if links is None:
        return order.iloc[:top]
    if lost := [name for name in links if name not in first.index]:
        raise InputError(f"{len(lost)} links are not in the network: {', '.join(lost[:5])}")
    return order[order.index.isin(list(links))]


def _changes(
    sensitivities: Sensitivities, cases: Sequence[LinkNetwork], effects: TimeEffects, objective: int, tolerance: float
) -> Array:
    """Exact change of an objective under each state of the network."""
    economy = sensitivities.economy
    shocks = [link_shock(sensitivities, case, effects) for case in cases]
    start = np.repeat(sensitivities.state[None], len(shocks), axis=0)
    after = solve(economy, shocks, tolerance=tolerance, start=start).welfare
    return sensitivities.objectives[objective].change(economy, sensitivities.welfare, after)
