"""Where a workspace would build more: in the decentralised model, or by a planner with a free hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.pipeline.run import Listener, tables_of
from megaregion.result import Result

METHODS = ("equilibrium", "planner")


def invest(
    workspace: Workspace, *, method: str = "equilibrium", percent: float = 0.5, gamma: float = 0.3,
    largest: float = 1.0, listener: Listener | None = None,
) -> Result:  # fmt: skip
    """Best continuous investment in the links of a workspace.

    Parameters
    ----------
    workspace : Workspace
    method : {"equilibrium", "planner"}
        Optimality criteria on the calibrated equilibrium, links are scheduled services; or the planner of Fajgelbaum
        and Schaal, links are corridors and what stands today stays (extra `planner`).
    percent : float
        Budget, of the sum of link times (equilibrium) or of today's infrastructure (planner).
    gamma : float
        Elasticity of the time of a link to 1 + investment (equilibrium).
    largest : float
        Largest investment in one link (equilibrium).
    listener : Listener, optional

    Returns
    -------
    Investment or OptimalNetwork

    Raises
    ------
    InputError
        A number is out of range, or the workspace has no scheduled service.
    MissingExtraError
        The planner needs casadi.
    """
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}", hint="methods: " + ", ".join(METHODS))
    if not (percent > 0 and np.isfinite(percent)):
        raise InputError(f"budget must be above zero percent, got {percent!r}")
    border = tables_of(workspace, "links", ("border",), listener=listener)["border"]
    cluster = workspace.cluster()
    progress: Callable[[int, int, str], None] | None = None if listener is None else listener.progress
    if method == "planner":
        from megaregion.plan.optimal_network import optimal_network
        from megaregion.plan.optimal_network_cluster import from_cluster
        from megaregion.plan.optimal_network_problem import expansion

        region = from_cluster(cluster)
        return optimal_network(expansion(region.problem, region.existing, percent / 100.0))
    from megaregion.equilibrium.cluster_sensitivities import time_effects, valued, welfare
    from megaregion.links.hard.times import times
    from megaregion.plan.optimality_criteria import optimal_investment

    found, _ = valued(cluster, times(cluster), border)
    if found.routes is None or found.two_way is None:
        raise InputError("no scheduled service: there is no link to invest in", hint="add tables/services.csv")
    fit = found.base.nominal
    whole = float(found.two_way.frame["time"].sum())
    return optimal_investment(
        fit.economy, found.routes.network, budget=whole * percent / 100.0, effects=time_effects(fit), gamma=gamma,
        largest=largest, objective=welfare(fit.economy), progress=progress,
    )  # fmt: skip
