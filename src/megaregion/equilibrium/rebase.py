"""A new equilibrium taken as the baseline of further scenarios; a baseline without transfers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.newton import polish, reach
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import location
from megaregion.equilibrium.system import System
from megaregion.errors import ConvergenceError

Array = NDArray[np.float64]
_EXACT = 2e-13  # residual of a state that becomes a baseline


def transfer_share(economy: Economy) -> float:
    """Part of world payroll that changes hands as transfers, half of the sum of their sizes over payroll."""
    return float(np.abs(economy.received).sum() / 2.0 / (economy.wage * economy.workers).sum())


def rebased(economy: Economy, shock: Shock, state: Array) -> Economy:
    """The economy after a shock as a baseline of its own.

    Parameters
    ----------
    economy : Economy
    shock : Shock
    state : array (unknowns,)
        Solution with mobile people; made exact first.

    Raises
    ------
    ConvergenceError
        The state is no solution.
    """
    system = System(economy, [shock])
    found = polish(system, np.asarray(state, dtype=np.float64).reshape(-1), tolerance=_EXACT)
    if not found.residual <= 1e-12:
        raise ConvergenceError(
            f"the state is no equilibrium of this shock: residual {found.residual:.1e}, wanted 1e-12", last=found.x,
            hint="solve the scenario first",
        )  # fmt: skip
    at = system.evaluate(found.x[None])
    homes = location(system, at)[0]
    homes = homes / homes.sum(axis=1, keepdims=True)
    trade = np.stack([_shares(k.matrix(0), at.cost_weight[0, s]) for s, k in enumerate(system.trade)])
    commuting = None
    if system.commute:
        pull = np.stack([k.matrix(0) * at.work_weight[0, s] for s, k in enumerate(system.commute)])
        total = pull.sum(axis=(0, 2))[None, :, None]
        commuting = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0)
    residents = economy.groups @ homes
    if commuting is None:
        chosen = economy.workers * np.exp(at.workers[0])
        total = chosen.sum(axis=0)
        workers = np.divide(chosen * residents, total, out=np.zeros_like(chosen), where=total > 0)
    else:
        workers = np.einsum("sni,n->si", commuting, residents, optimize=True)
    transfers = system.logs.transfers[0] * at.total[0]
    return replace(
        economy, trade=trade, wage=economy.wage * np.exp(at.wage[0]), workers=workers, location=homes,
        commuting=commuting, transfers=transfers if np.abs(transfers).max() > 0 else None,
    )  # fmt: skip


def purge_transfers(economy: Economy) -> Economy:
    """The same economy without transfers, in equilibrium: the baseline for scenarios that are not about transfers.

    Transfers are nominal and constant relative to world payroll, so that what they do to a place depends on how large
    the world becomes; without them results are free of that. All else (productivity, amenities, costs) stays.

    Raises
    ------
    InputError
        The economy is inconsistent.
    ConvergenceError
        There is no equilibrium without transfers that can be found.
    """
    economy.require()
    if not np.abs(economy.received).any():
        return replace(economy, transfers=None)
    shock = Shock(transfer=np.zeros(economy.size))
    system = System(economy, [shock])
    found = reach(system, system.start()[0], tolerance=1e-11)
    out = rebased(economy, shock, found.x)
    return replace(out, transfers=None)


def _shares(kernel: Array, weight: Array) -> Array:
    value = np.asarray(kernel, dtype=np.float64) * weight
    total = value.sum(axis=1, keepdims=True)
    out: Array = np.divide(value, total, out=np.zeros_like(value), where=total > 0)
    return out
