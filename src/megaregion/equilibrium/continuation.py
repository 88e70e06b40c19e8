"""Following one equilibrium from where it is the only one to where there may be several, up to a fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.bounds import provable, spectral_radius
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.guards import CLOSE, uniqueness
from megaregion.equilibrium.newton import polish, reach
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.spectrum import Jacobian
from megaregion.equilibrium.system import System
from megaregion.errors import ConvergenceError, InputError

Array = NDArray[np.float64]
ScenarioOf = Callable[[float], tuple[Economy, Shock]]
SOLVED = 4e-12  # residual that leaves welfare and residents to all digits shown even in an economy nearly in pieces
_LOOSEST = 1e-11
_SHORTEST = 2.0**-14  # step, as a part of the path, at which it counts as ended
_CORRECTION = 0.5  # of the predicted step: a larger one is a jump to another branch
_ROUNDED = 1e-6
_STEPS = 8  # of Newton's method: from a good prediction it needs four


def stability(economy: Economy, shock: Shock, state: Array) -> tuple[float, bool]:
    """Largest real eigenvalue of the map at an equilibrium, and whether it is stable.

    Stable means that no real eigenvalue of T_x along which people move is one or more. Those that belong to the price
    level of a part of the economy that is nearly cut off are close to one and mean nothing of the kind.

    Parameters
    ----------
    economy : Economy
        With mobile people.
    shock : Shock
    state : array (unknowns,)
        Solution for this shock.

    Returns
    -------
    float
        NaN if none of the rightmost eigenvalues is real.
    bool
        In that case whether det(I - T_x) is not negative.
    """
    largest = Jacobian(System(economy, [shock]), state).largest_real()
    if largest < CLOSE:
        return largest, True
    report = uniqueness(economy, shock, state)
    if np.isnan(report.agglomerating):  # none of the first eigenvalues is real
        return largest, report.sign >= 0
    return largest, bool(report.agglomerating < 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Path:
    """Equilibria along a path, K of them.

    Attributes
    ----------
    part : array (K,)
        How far along the path, from 0 to 1.
    nu : array (K, S)
        Scale elasticities there.
    state : array (K, unknowns)
        Ln changes of the unknowns, to start `solve` from.
    largest_real : array (K,)
        Largest real eigenvalue of T_x.
    reached : bool
        Whether the path got to its end.
    folded : bool
        Whether it ended where an eigenvalue reaches one: the equilibrium meets another one, or splits, and nothing can
        be followed beyond without a choice.
    proven : bool
        Whether the equilibrium at the beginning is proven to be the only one there.
    ends : str
        How it ended, in words.
    """

    part: Array
    nu: Array
    state: Array
    largest_real: Array
    reached: bool
    folded: bool
    proven: bool
    ends: str

    def __len__(self) -> int:
        return len(self.part)


def continue_from(
    economy: Economy, shock: Shock, *, nu_from: float = 0.0, steps: int = 10, start: Array | None = None
) -> Path:
    """Follow the equilibrium of a scenario while the scale elasticities grow to what they are.

    Parameters
    ----------
    economy : Economy
        With mobile people. In exact-hat algebra it is the same baseline whatever the elasticities: productivities
        absorb the difference, shares and levels stay.
    shock : Shock
    nu_from : float
        Of every sector at the beginning. Below zero where free entry alone goes beyond the bound of uniqueness.
    steps : int
        Of the path, if none has to be halved.
    start : array (unknowns,), optional
        Solution at the beginning; default the one reached from the baseline.

    Raises
    ------
    InputError
        The shock does not fit, or there is no step.
    ConvergenceError
        There is no solution at the beginning.
    """
    e = economy.elasticities
    shock.require(e.sectors, economy.groups.size, economy.size, commutes=economy.commutes)

    def at(part: float) -> tuple[Economy, Shock]:
        nu = e.nu if part == 1.0 else nu_from + part * (e.nu - nu_from)
        return replace(economy, elasticities=e.replace(nu=nu)), shock

    return follow(at, steps=steps, start=start)


def follow(scenario_of: ScenarioOf, *, steps: int = 10, start: Array | None = None) -> Path:
    """Follow an equilibrium along any path of economies and shocks.

    Parameters
    ----------
    scenario_of : callable
        Part of the path, from 0 to 1 -> economy and shock; smooth, of the same sizes everywhere.
    steps : int
        As in `continue_from`.
    start : array (unknowns,), optional
        As in `continue_from`.

    Raises
    ------
    InputError, ConvergenceError
        As `continue_from`.

    Notes
    -----
    Predictor-corrector continuation (Allgower and Georg 1990, Numerical Continuation Methods, ch. 2): along the tangent
    (I - T_x) dx = dT, then Newton's method. A step is halved where Newton fails, where it corrects by more than half of
    what was predicted (it has jumped to another branch), or where a real eigenvalue has gone through one, so that
    the end of the branch is bracketed. There is no turning around the fold: what lies behind it is unstable.
    """
    if steps < 1:
        raise InputError(f"steps must be at least 1, got {steps}", hint="10 is usual")
    economy, shock = scenario_of(0.0)
    system = System(economy, [shock])
    first = reach(system, system.start()[0] if start is None else np.asarray(start, dtype=float), tolerance=SOLVED)
    if not first.residual <= _LOOSEST:
        raise ConvergenceError(
            f"no equilibrium at the beginning of the path: residual {first.residual:.1e}", last=first.x,
            hint="begin at lower scale elasticities, or give a start",
        )  # fmt: skip
    walk = _Walk(scenario_of, first.x, 1.0 / steps)
    while walk.part < 1.0 and not walk.crossed and walk.size >= _SHORTEST:
        walk.advance()
    return walk.path()


class _Walk:
    """Where a path has got to."""

    def __init__(self, scenario_of: ScenarioOf, x: Array, size: float) -> None:
        self.scenario_of, self.longest, self.size = scenario_of, size, size
        self.economy, self.shock = scenario_of(0.0)
        self.proven = provable(self.economy) and spectral_radius(self.economy.elasticities) <= 1.0 + 1e-9
        self.part, self.x = 0.0, x
        largest, stable = stability(self.economy, self.shock, x)
        self.crossed = not stable  # at the beginning already
        self.seen = False  # whether an unstable point was met ahead
        self.parts, self.states, self.largest = [0.0], [x], [largest]
        self.nus = [self.economy.elasticities.nu]

    def advance(self) -> None:
        """One step, or half of it next time."""
        aim = self.part + self.size
        aim = 1.0 if aim > 1.0 - 0.5 * _SHORTEST else aim
        economy, shock = self.scenario_of(aim)
        x = self._corrected(System(economy, [shock]))
        if x is not None:
            largest, stable = stability(economy, shock, x)
            self.seen |= not stable
            if stable:
                self.part, self.x, self.economy, self.shock = aim, x, economy, shock
                self.parts.append(aim)
                self.states.append(x)
                self.largest.append(largest)
                self.nus.append(economy.elasticities.nu)
                self.size = min(self.longest, 2.0 * self.size)
                return
        self.size *= 0.5

    def _corrected(self, ahead: System) -> Array | None:
        """The solution ahead on the same branch, None if it is not found."""
        here = Jacobian(System(self.economy, [self.shock]), self.x)
        with np.errstate(all="ignore"):
            predicted = here.solve(ahead(self.x[None])[0][0] - self.x)
        if not np.isfinite(predicted).all():
            return None
        found = polish(ahead, self.x + predicted, tolerance=SOLVED, steps=_STEPS)
        size = float(np.abs(predicted).max())
        off = float(np.abs(found.x - self.x - predicted).max())
        if not found.residual <= _LOOSEST or off > _CORRECTION * size + _ROUNDED:
            return None
        return found.x

    def path(self) -> Path:
        """What was found."""
        reached = self.part == 1.0
        near = self.largest[-1] >= CLOSE
        folded = not reached and (self.crossed or self.seen or near)
        return Path(
            part=np.array(self.parts), nu=np.array(self.nus), state=np.array(self.states),
            largest_real=np.array(self.largest), reached=reached, folded=folded, proven=self.proven,
            ends=self._ends(reached, folded),
        )  # fmt: skip

    def _ends(self, reached: bool, folded: bool) -> str:
        here = ", ".join(f"{v:.5g}" for v in self.nus[-1])
        value = f"largest real eigenvalue {self.largest[-1]:.4f}"
        if reached:
            return f"the path reaches its end at nu = {here} ({value})"
        if self.crossed:
            return f"the equilibrium at the beginning of the path, nu = {here}, is unstable ({value})"
        if folded:
            beyond = min(1.0, self.part + 2.0 * self.size)
            there = ", ".join(f"{v:.5g}" for v in self.scenario_of(beyond)[0].elasticities.nu)
            return (
                f"the path ends between parts {self.part:.5f} and {beyond:.5f} (nu = {here} and {there}), where an "
                f"eigenvalue reaches one ({value} at its last point): it meets another equilibrium there, or splits"
            )
        return f"the path is lost at nu = {here} ({value}): Newton's method fails although no fold is near"
