"""Newton's method for the scenarios that Anderson acceleration leaves unsolved."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from megaregion.core.fixed_point import FixedPoint, anderson
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.spectrum import Jacobian, krylov, push
from megaregion.equilibrium.system import System
from megaregion.errors import ConvergenceError

Array = NDArray[np.float64]
ANDERSON = 400  # iterations after which an unsolved scenario goes to Newton
_PATIENCE = 50  # iterations without half the residual after which it goes there at once
_DENSE = 2_500  # unknowns up to which the matrix is formed: nearly separate economies defeat GMRES
_STEPS = 60
_LONGEST = 2.0  # of a step in logs
_HALVINGS = 12
_TRUNCATED = 1e-7  # singular values below this part of the largest are left out


@dataclass(frozen=True, eq=False)
class Polished:
    """What Newton's method reaches.

    Attributes
    ----------
    x : array (unknowns,)
    iterations : int
    residual : float
        Largest log gap in any goods market, place of residence or price.
    """

    x: Array
    iterations: int
    residual: float


class Counted:
    """A system that counts, for each scenario, the iterations before its residual reached the tolerance."""

    def __init__(self, system: System, tolerance: float) -> None:
        self.system, self.tolerance = system, tolerance
        self.best = np.full(system.batch, np.inf)
        self.iterations = np.zeros(system.batch, dtype=np.int64)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """The map and its residual."""
        step, residual = self.system(x)
        self.best = np.fmin(self.best, residual)
        self.iterations[self.best > self.tolerance] += 1
        return step, residual


def fixed_points(
    economy: Economy, shocks: Sequence[Shock], system: System, start: Array, *, tolerance: float, memory: int,
    numbers: Sequence[int] | None = None,
) -> FixedPoint:  # fmt: skip
    """Anderson acceleration, then Newton's method for what it leaves unsolved.

    Parameters
    ----------
    economy, shocks, system
        The system is that of these shocks.
    start : array (B, unknowns)
    tolerance : float
        On the residual of the system.
    memory : int
        Of Anderson acceleration.
    numbers : sequence of int, optional
        What the scenarios are called in messages; default 0, 1, ...

    Raises
    ------
    ConvergenceError
        Both fail for a scenario; names it and carries the best iterates (B, unknowns).
    """
    counted = Counted(system, tolerance)
    try:
        return anderson(counted, start, tolerance=tolerance, memory=memory, max_iterations=ANDERSON, patience=_PATIENCE)
    except ConvergenceError as error:
        best = np.array(error.last, dtype=np.float64)
    residual, iterations = system.residual(system.evaluate(best)), counted.iterations.copy()
    for row in np.flatnonzero(~(residual <= tolerance)).tolist():
        alone = system if system.batch == 1 else System(economy, [shocks[row]], mobile=system.mobile)
        found = polish(alone, best[row], tolerance=tolerance)
        if found.residual > tolerance:
            found = _by_parts(economy, shocks[row], alone, found, tolerance)
        best[row], residual[row] = found.x, found.residual
        iterations[row] += found.iterations
    failed = np.flatnonzero(~(residual <= tolerance))
    if failed.size:
        names = ", ".join(str(numbers[k] if numbers is not None else k) for k in failed[:5])
        raise ConvergenceError(
            f"{failed.size} of {system.batch} scenarios unsolved by acceleration and by Newton's method (number {names}"
            f"{', ...' if failed.size > 5 else ''}): residual {residual[failed].max():.2e}, wanted {tolerance:.0e}",
            last=best,
            hint="check for places that are nearly cut off from the rest, for agglomeration beyond the bound of "
            "uniqueness and for shocks that are out of scale",
        )
    return FixedPoint(best, iterations, residual)


def reach(system: System, start: Array, *, tolerance: float, memory: int = 10) -> Polished:
    """Anderson acceleration, then Newton's method, for a system of one scenario; the best point, solved or not.

    Parameters
    ----------
    system : System
        Of one scenario.
    start : array (unknowns,)
    tolerance : float
        On the residual of the system.
    memory : int
        Of Anderson acceleration.
    """
    counted = Counted(system, tolerance)
    try:
        found = anderson(
            counted, start[None], tolerance=tolerance, memory=memory, max_iterations=ANDERSON, patience=_PATIENCE
        )
    except ConvergenceError as error:
        out = polish(system, np.asarray(error.last)[0], tolerance=tolerance)
        return Polished(out.x, int(counted.iterations[0]) + out.iterations, out.residual)
    return Polished(found.x[0], int(found.iterations[0]), float(found.residual[0]))


def polish(system: System, start: Array, *, tolerance: float, steps: int = _STEPS) -> Polished:
    """Newton's method on x = T(x) for a system of one scenario, from a given point.

    Steps solve (I - T_x) d = T(x) - x, exactly where the matrix is small enough to be formed, else by GMRES; they are
    shortened until |T(x) - x| falls. Stops at the tolerance, or where no step improves.

    Parameters
    ----------
    system : System
        Of one scenario.
    start : array (unknowns,)
    tolerance : float
        On the residual of the system.
    steps : int
        At most.
    """
    x = np.array(start, dtype=np.float64)
    gap, residual = _gap(system, x)
    best = Polished(x, 0, residual)
    for count in range(steps + 1):
        if residual < best.residual or count == 0:
            best = Polished(x, count, residual)
        if residual <= tolerance or count == steps or not np.isfinite(gap).all():
            break
        for direction in _directions(system, x, gap):
            moved = _search(system, x, gap, direction)
            if moved is not None:
                x, gap, residual = moved
                break
        else:
            break
    return best


def _gap(system: System, x: Array) -> tuple[Array, float]:
    with np.errstate(all="ignore"):  # values that overflow are refused by the line search
        step, residual = system(x[None])
    return step[0] - x, float(residual[0]) if np.isfinite(residual[0]) else np.inf


def _search(system: System, x: Array, gap: Array, direction: Array) -> tuple[Array, Array, float] | None:
    """The longest of halved steps that lowers |T(x) - x|, with the gap and the residual there."""
    if not np.isfinite(direction).all():
        return None
    size = min(1.0, _LONGEST / max(float(np.abs(direction).max()), 1e-300))
    length = float(np.linalg.norm(gap))
    for _ in range(_HALVINGS):
        trial, residual = _gap(system, x + size * direction)
        if np.linalg.norm(trial) < (1.0 - 1e-4 * size) * length:  # not a number counts as worse
            return x + size * direction, trial, residual
        size *= 0.5
    return None


def _directions(system: System, x: Array, gap: Array) -> Iterator[Array]:
    """Solutions of (I - T_x) d = gap, the next where the one before is of no use.

    In an economy that is nearly in pieces the step is huge along the relative level of their prices and spoils all
    else; without its least determined directions it does not.
    """
    from scipy import linalg

    if system.mobile and system.unknowns <= _DENSE:
        left = np.eye(gap.size) - Jacobian(system, x).matrix
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", linalg.LinAlgWarning)
            try:
                full = np.asarray(linalg.solve(left, gap, check_finite=False))
            except linalg.LinAlgError:
                full = np.full_like(gap, np.inf)
        if np.abs(full).max() <= _LONGEST:
            yield full
        yield np.asarray(linalg.lstsq(left, gap, cond=_TRUNCATED, check_finite=False)[0])
        yield full
    else:
        yield krylov(lambda d: push(system, x, d), gap, 1e-6)


def scaled(shock: Shock, part: float) -> Shock:
    """Part of a shock: factors to this power, transfers in proportion; 0 is none of it, 1 all."""
    changes = {}
    for field in fields(Shock):
        value = getattr(shock, field.name)
        if value is None:
            continue
        if field.name == "transfer":
            changes[field.name] = 1.0 + part * (value - 1.0)
        elif field.name == "transfer_added":
            changes[field.name] = part * value
        else:
            changes[field.name] = value**part
    return Shock(**changes)


def _by_parts(economy: Economy, shock: Shock, system: System, known: Polished, tolerance: float) -> Polished:
    """Newton's method along growing parts of the shock, the last of which is all of it."""
    x, done, part = system.start()[0], 0.0, 0.25
    iterations = known.iterations
    while done < 1.0 and part > 1.0 / 256:
        aim = min(1.0, done + part)
        at = system if aim == 1.0 else System(economy, [scaled(shock, aim)], mobile=system.mobile)
        found = polish(at, x, tolerance=tolerance if aim == 1.0 else max(tolerance, 1e-8))
        iterations += found.iterations
        if found.residual <= (tolerance if aim == 1.0 else 1e-8):
            x, done, part = found.x, aim, 2.0 * part
        else:
            part *= 0.5
    if done < 1.0:
        return Polished(known.x, iterations, known.residual)
    return Polished(x, iterations, found.residual)
