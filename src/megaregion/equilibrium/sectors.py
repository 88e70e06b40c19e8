"""Sectors of the baseline: value added by sector, cost shares, and final spending that makes sector totals close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megaregion.data.cluster import Cluster, values
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.geography import Geography
from megaregion.equilibrium.parameters import Parameters
from megaregion.errors import InputError, SolveError
from megaregion.units import factor

ONE = ("all",)
TWO = ("primary", "other")
COLUMNS = ("gdp_primary", "gdp_secondary", "gdp_tertiary")
# Tombe and Zhu 2019, American Economic Review 109(5): rows use, columns supply
INPUTS = np.array([[0.16, 0.25], [0.04, 0.61]])
_SUM = 0.01  # relative gap between GDP and its parts that rounding and revisions explain


@dataclass(frozen=True, eq=False, kw_only=True)
class Shares:
    """Cost and spending shares of S sectors that close.

    Attributes
    ----------
    labour, land : array (S,)
        `land` holds every fixed factor, capital too.
    inputs : array (S, S)
        Rows use, columns supply.
    spending : array (S,)
        Shares in final spending on tradables, (Y_s - sum_k inputs_ks Y_k) / final demand.
    scaled : float
        Factor on the use of primary goods by firms and people; one if the totals closed by themselves.
    """

    labour: Array
    land: Array
    inputs: Array
    spending: Array
    scaled: float = 1.0


def one_sector() -> Shares:
    """One sector that uses labour only."""
    one = np.ones(1)
    return Shares(labour=one, land=0.0 * one, inputs=np.zeros((1, 1)), spending=one)


def value_added(cluster: Cluster, place: Geography) -> Array:
    """Value added of the primary and of the other sectors (2, n), scaled so that they sum to the income of a place.

    Raises
    ------
    MissingDataError
        A place has no value.
    InputError
        A value is not positive, or the sectors differ from their sum by more than one per cent.
    """
    roles = cluster.attrs.get("indicators") or {}
    found = []
    for role in COLUMNS:
        column = values(cluster, str(roles.get(role, role))).reindex(list(place.places))
        found.append(column.to_numpy(float) * factor(str(column.attrs["unit"]), place.money_unit))
    primary, other = found[0], found[1] + found[2]
    problems = [
        f"{name}: not above zero in {', '.join(place.places[k] for k in np.flatnonzero(~(x > 0))[:5])}"
        for name, x in (("primary", primary), ("secondary and tertiary", other))
        if not (x > 0).all()
    ]
    gap = np.abs((primary + other) / place.income - 1.0)
    if gap.max() > _SUM:
        bad = ", ".join(f"{place.places[k]} ({gap[k]:.1%})" for k in np.argsort(-gap)[:5] if gap[k] > _SUM)
        problems.append(f"{' + '.join(COLUMNS)} differ from {place.income_indicator} in {bad}")
    if problems:
        raise InputError("sectors: " + "; ".join(problems), hint='correct the indicators, or sectors = "one"')
    out: Array = np.stack([primary, other]) * (place.income / (primary + other))
    return out


def shares(added: Array, parameters: Parameters) -> Shares:
    """Cost shares of two sectors and the final spending that closes their totals.

    Parameters
    ----------
    added : array (2, n)
        Value added.
    parameters : Parameters
        `labour_primary`, `labour_other`: labour shares in costs; what is left of value added goes to fixed factors.
        `spending_primary` is used where the totals do not close.

    Raises
    ------
    SolveError
        No rule makes the totals close.

    Notes
    -----
    Output Y_s = value added / (1 - sum of inputs). Sector totals close if final spending on s is
    psi_s F = Y_s - sum_k inputs_ks Y_k with every psi in (0, 1); then they sum to one. A region that imports much of
    its food grows less than its own firms use, and psi of the primary sector is negative. The declared rule then: all
    uses of primary goods, by firms at the shares of Tombe and Zhu and by people at `spending_primary`, are scaled by
    one factor so that they add up to what the region grows. The rest is imported, paid by sales of other goods, and
    counts as bought from the other sector. Labour and fixed factors keep their shares.

    Capital is a fixed factor here (its share .06 and .15 is inside `land`): it does not follow wages or people.
    """
    total, own = added.sum(axis=1), 1.0 - INPUTS.sum(axis=1)
    labour = np.array([parameters.labour_primary, parameters.labour_other])
    output, final = total / own, float(total.sum())
    inputs, scaled = INPUTS.copy(), 1.0
    spending = (output - inputs.T @ output) / final
    if not ((spending > 0) & (spending < 1)).all():
        wanted = float(inputs[:, 0] @ output) + parameters.spending_primary * final
        scaled = float(output[0]) / wanted
        inputs[:, 0] = scaled * INPUTS[:, 0]
        inputs[:, 1] = INPUTS[:, 1] + (1.0 - scaled) * INPUTS[:, 0]
        spending = (output - inputs.T @ output) / final
    if not ((spending > 0) & (spending < 1)).all() or (inputs < 0).any():
        raise SolveError(
            f"sectors do not close: final spending shares would be {spending.round(4).tolist()}",
            hint='sectors = "one", or another spending_primary in [options.equilibrium]',
        )
    spending = spending / spending.sum()
    return Shares(labour=labour, land=own - labour, inputs=inputs, spending=spending, scaled=scaled)
