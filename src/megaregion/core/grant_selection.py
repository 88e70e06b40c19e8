"""Grants under a budget with a cap for each firm: a knapsack in two layers, exact by HiGHS."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.solver_banner import without_banner
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
_SOLVER = 1e-6  # what HiGHS takes for feasible, in budgets scaled to one


class Selection(NamedTuple):
    """Projects chosen, with bounds.

    Attributes
    ----------
    chosen : (n,) array
        1 for a grant, 0 for none; between where grants can be divided.
    value : float
        Sum of the worths.
    bound : float
        No choice is worth more (dual bound of the solver).
    """

    chosen: Floats
    value: float
    bound: float


def select_grants(
    worth: Floats, grant: Floats, budget: float, firm: NDArray[np.intp], cap: Floats, *, divisible: bool = False
) -> Selection:
    """Largest sum of worths with sum of grants in the budget and in the cap of each firm.

    Parameters
    ----------
    worth : (n,) array >= 0
    grant : (n,) array > 0
        Money of each project.
    budget : float >= 0
    firm : (n,) integers
        0 ... k - 1.
    cap : (k,) array >= 0
        Infinite where there is none.
    divisible : bool
        Parts of a grant bring parts of the worth: a linear program.

    Notes
    -----
    Of equal worths the solver decides, the same for the same input.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    n, k = len(worth), len(cap)
    if not n:
        return Selection(np.empty(0), 0.0, 0.0)
    scale, money = float(worth.max()) or 1.0, budget or 1.0
    limit = np.where(np.isfinite(cap), cap, 0.0)
    unit = np.where(limit > 0, limit, 1.0)[firm]
    bound_of = np.isfinite(cap)
    rows = [
        LinearConstraint(grant[None, :] / money, -np.inf, 1.0 if budget > 0 else 0.0),
        LinearConstraint(csr_array((np.where(bound_of[firm], grant / unit, 0.0), (firm, np.arange(n))), shape=(k, n)),
                         -np.inf, np.where(bound_of, np.where(limit > 0, 1.0, 0.0), np.inf)),
    ]  # fmt: skip
    with without_banner():
        done = milp(-worth / scale, constraints=rows, bounds=Bounds(0.0, 1.0),
                    integrality=np.full(n, 0 if divisible else 1), options={"mip_rel_gap": 0.0})  # fmt: skip
    if done.status != 0:
        raise SolveError(f"HiGHS ended without a proven optimum: {done.message}", hint="report this with the table")
    chosen = np.clip(np.asarray(done.x, dtype=np.float64), 0.0, 1.0)
    if not divisible:
        chosen = np.round(chosen)
    spent = np.bincount(firm, weights=chosen * grant, minlength=k)
    if spent.sum() > budget * (1 + _SOLVER) or (spent > cap * (1 + _SOLVER)).any():
        raise SolveError("the grants that were found break a constraint", hint="report this with the table")
    bound = done.fun if done.mip_dual_bound is None else done.mip_dual_bound
    return Selection(chosen, float(worth @ chosen), -float(bound) * scale)
