"""Projects valued by the equilibrium as remedies of poverty, beside transfers and services that a workspace states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.equilibrium.calibrate import Baseline
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.welfare import outcome
from megaregion.errors import UnitError
from megaregion.mechanisms.people_tables import remedies_of_cluster
from megaregion.mechanisms.remedies import RemediesResult
from megaregion.plan.projects import Project, Values
from megaregion.result import Result
from megaregion.units import factor

KIND_OF = {"rail": "link", "recognition": "service"}


def project_remedies(
    cluster: Cluster, base: Baseline, known: Sequence[Project], found: Sequence[Impulse], alone: Values,
    *, annual_rate: float, cost_unit: str,
) -> dict[str, Result]:  # fmt: skip
    """Poverty reduction per unit of cost of every project that can still be decided, and of tables/remedies.csv.

    Parameters
    ----------
    cluster : Cluster
        `further["incomes"]` with place_id; without it nothing is returned.
    base : Baseline
    known, found, alone
        Projects, what they do to the economy and what each is worth.
    annual_rate : float
        Yearly cost of a project, share of its cost.
    cost_unit : str
        Of the costs of projects.

    Returns
    -------
    dict of str to Result
        remedies; nothing without incomes, without projects, or where no income is known in any place of the model.

    Notes
    -----
    The access effect of a project in a place is the change of real income there while nobody moves, by exact solution;
    everybody in a place gains in the same proportion (one kind of resident in a place), with elasticity 1. Its range is
    the gain at 5 and 95 % of the joint draws over the gain at the stated parameters. Records of a place inside of a
    place of the model gain as that does. The whole cost of a project counts, although poverty is counted only where
    incomes are known.
    """
    incomes = cluster.further.get("incomes")
    usable = [k for k, p in enumerate(known) if p.usable]
    if incomes is None or incomes.empty or not usable:
        return {}
    unit = str(incomes["unit"].dropna().iloc[0]) if incomes["unit"].notna().any() else ""
    try:
        scale = factor(cost_unit, unit.removesuffix(" per person"))
    except UnitError as error:
        return {name: _warned(table, f"projects are left out of the remedies: {error.message}")
                for name, table in remedies_of_cluster(cluster).items()}  # fmt: skip
    inside = _inside(cluster, incomes, base.place.places)
    if inside.empty:
        return {}
    fit = base.nominal
    solved = outcome(fit, [found[k].shock(fit) for k in usable]).fixed.real_income - 1.0
    position = pd.Index(base.place.places).get_indexer(pd.Index(inside.to_numpy()))
    parts = []
    for row, k in enumerate(usable):
        project = known[k]
        low, high = _range(alone, k)
        parts.append(pd.DataFrame({
            "option": project.id, "kind": KIND_OF[project.kind], "place_id": inside.index,
            "cost": project.cost * annual_rate * scale / len(inside), "access_effect": solved[row, position],
            "elasticity": 1.0, "elasticity_low": low, "elasticity_high": high,
        }))  # fmt: skip
    said = (
        "projects act through real income by place while nobody moves, in proportion for everybody there: who is poor "
        "inside of a place may gain less or more",
        f"the whole yearly cost of a project counts ({100 * annual_rate:g} % of its cost, an assumption); poverty is "
        f"counted where incomes are known, in {len(inside)} places",
    )
    return {name: _warned(table, *said) for name, table in remedies_of_cluster(cluster, pd.concat(parts)).items()}


def _warned(table: Result, *text: str) -> Result:
    return replace(table, warnings=(*table.warnings, *text)) if isinstance(table, RemediesResult) else table


def _range(alone: Values, k: int) -> tuple[float, float]:
    """Ends of the range of a project's gain over its gain; 1 and 1 where it gains nothing."""
    gain = float(alone.gain[k])
    if not gain > 0:
        return 1.0, 1.0
    ends = np.array([alone.gain_p05[k], alone.gain_p95[k]]) / gain
    return float(min(ends[0], 1.0)), float(max(ends[1], 1.0))


def _inside(cluster: Cluster, incomes: pd.DataFrame, of: Sequence[str]) -> pd.Series:
    """Place of the model in which each place of the incomes lies; those outside of all are left out."""
    known = set(of)
    out = {}
    for place in sorted(set(incomes["place_id"].dropna().astype(str))):
        at: object = place
        while isinstance(at, str) and at not in known:
            at = cluster.places["parent_id"].get(at)
        if isinstance(at, str):
            out[place] = at
    return pd.Series(out, dtype=object)
