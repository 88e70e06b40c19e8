"""What may be wrong with an equilibrium before anybody uses it: multiplicity, loose pieces, transfers, empty cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.bounds import integrated_bound, provable, scale_bound, spectral_radius
from megaregion.equilibrium.connectivity import Reliability, blocks_of, reliability
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.rebase import transfer_share
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.spectrum import DENSE, Jacobian
from megaregion.equilibrium.system import System
from megaregion.errors import SolveError

Array = NDArray[np.float64]
Verdict = Literal["unique", "locally unique, not proven", "multiple possible", "unstable"]
CLOSE = 0.98  # largest real eigenvalue from which on a fold is near
_MOVES = 0.25  # people over wages: below it a direction is the price level of a part of the economy, see `movement`
_LARGEST = 4_500  # unknowns up to which `examine` looks for eigenvalues
_ERROR = 1e-6  # distance to the solution, in logs, that a result may have
_ROUNDED = 1e-9
_CENTRAL = 1e-12


@dataclass(frozen=True, eq=False, kw_only=True)
class UniquenessReport:
    """Whether an equilibrium is the only one, as far as that can be told.

    Attributes
    ----------
    scale : array (S,)
        Scale elasticity nu + entry / theta of each sector.
    bound : float
        Largest scale elasticity for which uniqueness is proven whatever the geography; NaN where nothing is proven
        (several sectors or groups, commuting, land or inputs in production, transfers).
    integrated : array (S,)
        Largest nu at which the equilibrium survives perfectly integrated markets for goods and labour; NaN without
        commuting, where labour markets are never integrated.
    largest_real : float
        Largest real eigenvalue of the derivative of the map; -inf if none is real, NaN if unknown.
    agglomerating : float
        The same among those along which people move, not only the price level of a part of the economy.
    sign : int
        Of the determinant of I - T_x: 1 as in an economy without agglomeration, -1 past a fold, 0 unknown.
    sigma_min, condition : float
        Smallest singular value, and largest over smallest, of the derivatives of excess demands bordered by the
        numeraire; NaN if the economy is too large.
    verdict : str
        `unique` (proven), `locally unique, not proven`, `multiple possible`, `unstable`.
    """

    scale: Array
    bound: float
    integrated: Array
    largest_real: float
    agglomerating: float
    sign: int
    sigma_min: float
    condition: float
    verdict: Verdict


def uniqueness(economy: Economy, shock: Shock | None = None, state: Array | None = None) -> UniquenessReport:
    """Whether an equilibrium is the only one.

    Parameters
    ----------
    economy : Economy
        With mobile people.
    shock : Shock, optional
        Default none.
    state : array (unknowns,), optional
        Solution for this shock, default the baseline.

    Notes
    -----
    The bound is that of Allen, Arkolakis and Li (2024), J. Polit. Econ. 132(8), for one sector and group without
    commuting: nu + entry/theta <= [(1-alpha)/(1+delta) + 1/epsilon - b] / [(alpha+delta)/(1+delta)]; trade costs need
    not be symmetric. With more of anything there is only local evidence, at the point itself: the largest real
    eigenvalue of the map reaches one where the equilibrium folds. See docs/concepts/methods.md#uniqueness.
    """
    return _report(economy, _jacobian(economy, shock, state))


def _jacobian(economy: Economy, shock: Shock | None, state: Array | None) -> Jacobian:
    system = System(economy, [Shock() if shock is None else shock])
    return Jacobian(system, system.start()[0] if state is None else np.asarray(state, dtype=np.float64).reshape(-1))


def _report(economy: Economy, jacobian: Jacobian | None) -> UniquenessReport:
    e = economy.elasticities
    proven = provable(economy)
    bound, integrated = scale_bound(e) if proven else math.nan, integrated_bound(economy)
    largest = agglomerating = sigma = condition = math.nan
    sign = 0
    if jacobian is not None:
        largest, agglomerating, sign = _eigenvalues(jacobian)
        if jacobian.dense:
            sign = jacobian.sign()
            sigma, condition = jacobian.bordered_singular()
    inside = proven and spectral_radius(e) <= 1.0 + _ROUNDED
    beyond = (proven and not inside) or _beyond_worst(economy) or bool((e.nu >= integrated).any())
    verdict: Verdict
    if agglomerating >= 1.0 or sign < 0:
        verdict = "unstable"
    elif inside:
        verdict = "unique"
    elif beyond or agglomerating >= CLOSE:
        verdict = "multiple possible"
    else:
        verdict = "locally unique, not proven"
    return UniquenessReport(
        scale=e.nu + e.entry / e.theta, bound=bound, integrated=integrated, largest_real=largest,
        agglomerating=agglomerating, sign=sign, sigma_min=sigma, condition=condition, verdict=verdict,
    )  # fmt: skip


def _beyond_worst(economy: Economy) -> bool:
    """Whether one sector and group, with commuting, is beyond the bound that would hold without."""
    e = economy.elasticities
    simple = e.sectors == 1 and economy.groups.size == 1 and e.labour[0] > 1.0 - _CENTRAL
    return simple and spectral_radius(e) > 1.0 + _ROUNDED


def _eigenvalues(jacobian: Jacobian) -> tuple[float, float, int]:
    """Largest real eigenvalue, largest along which people move, and sign of det(I - T_x) if known, else 0."""
    largest = jacobian.largest_real()
    if not largest >= CLOSE:  # not a number is unknown
        return largest, largest, 0 if math.isnan(largest) else 1
    values, vectors = jacobian.leading()
    moving = [
        float(value) for value, vector in zip(values, vectors.T, strict=True) if jacobian.movement(vector) >= _MOVES
    ]
    beyond = int((values > 1.0).sum())
    return largest, max(moving, default=-math.inf), 1 if beyond == 0 else -1 if beyond == 1 else 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Examination:
    """What is known about an equilibrium.

    Attributes
    ----------
    uniqueness : UniquenessReport
    reliability : Reliability or None
        None if the economy is too large or nobody may move.
    blocks : int
        Parts of the economy that neither trade nor commute with each other (shares above 1e-8).
    transfer_share : float
        Part of world payroll that changes hands as transfers in the baseline.
    warnings : tuple of str
        What a reader must know before using the numbers.
    notes : tuple of str
        What was not looked at, and what cannot change by construction.
    """

    uniqueness: UniquenessReport
    reliability: Reliability | None
    blocks: int
    transfer_share: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def require(self) -> None:
        """Refuse an equilibrium that is unstable: no change around it means anything.

        Raises
        ------
        SolveError
        """
        if self.uniqueness.verdict == "unstable":
            raise SolveError(
                next(text for text in self.warnings if text.startswith("the equilibrium is unstable")),
                hint="lower nu (or raise theta, 1 - alpha, or lower epsilon); many_starts and continuation find the "
                "stable equilibria",
            )


def examine(
    economy: Economy, shock: Shock | None = None, state: Array | None = None, *, mobile: bool = True
) -> Examination:
    """Everything that may be wrong with a baseline, or with the solution of a scenario.

    Parameters
    ----------
    economy : Economy
    shock : Shock, optional
    state : array (unknowns,), optional
        Solution for this shock; without it only the baseline and the fit of the shock to it are looked at.
    mobile : bool
        As in `solve`. Where nobody moves, nothing can agglomerate and eigenvalues are not looked for.

    Notes
    -----
    Up to 1,200 unknowns everything; up to 4,500 without singular values; beyond, bounds and blocks only. Notes say so.

    Raises
    ------
    InputError
        The baseline is inconsistent (shares that do not sum, negative wages, markets that do not clear), or the shock
        does not fit it; lists all of it.
    """
    economy.require()
    if shock is not None:
        shock.require(economy.elasticities.sectors, economy.groups.size, economy.size, commutes=economy.commutes)
    solved = None if state is None else np.asarray(state, dtype=np.float64).reshape(-1)
    applied = None if solved is None else shock
    system = System(economy, [Shock() if applied is None else applied], mobile=mobile)
    x = system.start()[0] if solved is None else solved
    small = mobile and system.unknowns <= _LARGEST
    jacobian = Jacobian(system, x) if small else None
    report = _report(economy, jacobian)
    trust = reliability(system, x, jacobian) if jacobian is not None and jacobian.dense else None
    blocks = trust.blocks if trust is not None else blocks_of(system, x)[1]
    share = transfer_share(economy)
    notes = [*_unseen(system, mobile), *_empty(economy), *_asymmetric(economy, shock)]
    warnings = [
        *_about_uniqueness(economy, report), *_about_blocks(blocks, trust), *_about_residual(system, x, trust),
        *_about_transfers(share), *_about_zeros(economy, shock),
    ]  # fmt: skip
    return Examination(
        uniqueness=report, reliability=trust, blocks=blocks, transfer_share=share, warnings=tuple(warnings),
        notes=tuple(notes),
    )  # fmt: skip


def _about_uniqueness(economy: Economy, report: UniquenessReport) -> list[str]:
    e, out = economy.elasticities, []
    if report.verdict == "unstable":
        out.append(
            f"the equilibrium is unstable: the largest real eigenvalue of its map is {report.agglomerating:.4f} "
            "(stable below 1); small changes lead to another equilibrium"
        )
    elif report.agglomerating >= CLOSE:
        out.append(
            f"the equilibrium is close to a fold: the largest real eigenvalue of its map is {report.agglomerating:.4f} "
            f"(flagged from {CLOSE:.2f}); gains are large and may jump"
        )
    if report.bound < report.scale[0] and report.verdict != "unique":
        out.append(
            f"elasticities outside the region of uniqueness: scale elasticity {report.scale[0]:.4f}, proven up to "
            f"{report.bound:.4f}; there may be several equilibria"
        )
    elif _beyond_worst(economy) and math.isnan(report.bound):
        out.append(
            f"elasticities outside the region of uniqueness: scale elasticity {report.scale[0]:.4f}, proven without "
            f"commuting up to {scale_bound(e):.4f}; there may be several equilibria"
        )
    for s in np.flatnonzero(e.nu >= report.integrated):
        out.append(
            f"sector {s}: nu is {e.nu[s]:.4f}, but from {report.integrated[s]:.4f} on places with integrated markets "
            "cannot coexist"
        )
    return out


def _about_blocks(blocks: int, trust: Reliability | None) -> list[str]:
    out = []
    if blocks > 1:
        out.append(
            f"the economy is in {blocks} parts that neither trade nor commute with each other (shares below 1e-8)"
        )
    if trust is not None and trust.undetermined:
        out.append(
            "the nominal level of these parts relative to each other is undetermined (smallest singular value "
            f"{trust.sigma_min:.0e}): wages, prices and rents of one part cannot be compared with those of another"
            + ("; welfare, residents and workers can" if trust.people_blocks == 1 else ", nor can welfare")
        )
    if trust is not None and trust.near_fold:
        out.append(
            f"the equations are nearly singular (smallest singular value {trust.sigma_min:.0e}) in a connected "
            "economy: two equilibria are about to merge"
        )
    return out


def _about_residual(system: System, x: Array, trust: Reliability | None) -> list[str]:
    residual = float(system.residual(system.evaluate(x[None]))[0])
    if trust is not None and not trust.undetermined:
        if trust.error_bound > _ERROR:
            return [
                f"not a solution to the digits shown: distance up to {trust.error_bound:.0e} in logs (residual "
                f"{residual:.0e} over smallest singular value {trust.sigma_min:.0e})"
            ]
        return []
    allowed = 4e-12 if trust is not None else _ERROR * 1e-3
    if residual > allowed:
        return [f"not a solution: residual {residual:.0e}, wanted {allowed:.0e}"]
    return []


def _about_transfers(share: float) -> list[str]:
    if share <= _CENTRAL:
        return []
    return [
        f"transfers of {100 * share:.2f} % of world payroll are in the baseline and stay constant relative to it: what "
        "they do to a place depends on the size of the world; purge_transfers removes them"
    ]


def _about_zeros(economy: Economy, shock: Shock | None) -> list[str]:
    """Pairs that become cheaper and have nothing to grow from."""
    if shock is None:
        return []
    out = []
    for name, table, factor, cheaper in (
        ("trade", economy.trade, shock.trade_cost, -1), ("commuting", economy.commuting, shock.commuting_cost, -1),
        ("commuting", economy.commuting, shock.pair_scale, 1),
        ("migration", economy.location, shock.migration_cost, -1),
        ("migration", economy.location, shock.entitlement, 1),
    ):  # fmt: skip
        if table is None or factor is None:
            continue
        count = int(((cheaper * (factor - 1.0) > 0) & (table == 0)).sum())
        if count:
            out.append(
                f"{name}: {count} pairs become easier but are empty in the baseline and stay empty; fit the baseline "
                "to let them grow"
            )
    return out


def _unseen(system: System, mobile: bool) -> list[str]:
    n = system.economy.size
    if not mobile:
        return ["nobody moves: nothing can agglomerate, eigenvalues were not looked for"]
    if system.unknowns > _LARGEST:
        return [f"{n} places: eigenvalues and singular values were not computed, only bounds and connectivity"]
    if system.unknowns > DENSE:
        return [f"{n} places: singular values and the error bound were not computed"]
    return []


def _empty(economy: Economy) -> list[str]:
    counts = {
        "places without residents": int((economy.residents == 0).sum()),
        "sectors absent from a place": int((economy.workers == 0).sum()),
        "pairs without trade": int((economy.trade[economy.spending > 0] == 0).sum()),
    }
    if economy.commuting is not None:
        counts["pairs without commuting"] = int((economy.commuting[:, economy.residents > 0] == 0).sum())
    found = [f"{number} {what}" for what, number in counts.items() if number]
    return [f"empty in the baseline, hence in every scenario: {', '.join(found)}"] if found else []


def _asymmetric(economy: Economy, shock: Shock | None) -> list[str]:
    cost = None if shock is None else shock.trade_cost
    if cost is None or np.allclose(cost, np.swapaxes(cost, -1, -2), rtol=_ROUNDED, atol=0.0):
        return []
    return [
        "trade costs change asymmetrically: the bound used here allows that, bounds on the sum of spillovers that "
        "assume symmetric costs do not"
    ]
