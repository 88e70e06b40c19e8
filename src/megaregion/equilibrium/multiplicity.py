"""Which equilibria a scenario has where there may be several: many starts, and which of them is the one shown."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.continuation import SOLVED, continue_from, stability
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.kernels import Shared
from megaregion.equilibrium.newton import polish
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import Equilibria, equilibria
from megaregion.equilibrium.spectrum import DENSE, Jacobian
from megaregion.equilibrium.system import System
from megaregion.equilibrium.welfare import percent, social_welfare
from megaregion.errors import ConvergenceError, InputError

Array = NDArray[np.float64]
_SAME = 1e-4  # largest difference in ln residents and ln welfare of one and the same equilibrium
_LOOSEST = 1e-11  # residual above which a point is no equilibrium
_ROUNDS, _SETTLING = 15, 100  # damped steps: at most so many rounds of so many, for the starts still moving
_PASSING = (0, 2)  # rounds after which starts are looked at: on their way some pass an unstable equilibrium
_SETTLED = 1e-6  # residual at which a start may stop earlier
_DAMPING = 0.5  # of them: eigenvalues of the map down to -3 do no harm, those above one repel
_LONGEST = 1.0  # of a damped step, in logs
_WAGES = 0.3  # spread of wages over that of residents at the starts
_WIDTHS = (0.25, 0.5, 1.0, 2.0)
_GATHERED = 0.9  # share of the people who live in one place at a corner
_SHORT, _MEMORY = 150, 10  # iterations of acceleration and its memory
_STEPS = 20  # of Newton's method
_NEWTON = 240  # unknowns up to which Newton's method starts from every start itself
_PAIRS = 10
_SLOW = 0.95  # eigenvalue from which on another equilibrium may be near
_PUSHES = (0.05, 0.5)  # largest change of ln residents when an unstable equilibrium is left
_FAR = (1.0, 2.0, 4.0)  # the same for a stable one
_TOLD = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class Distinct:
    """Different equilibria of one scenario, K of them, first those that the starts settle on.

    Attributes
    ----------
    equilibria : Equilibria
        One row each; `equilibria.state` starts `solve` there.
    largest_real : array (K,)
        Largest real eigenvalue of T_x.
    stable : array (K,) of bool
        Whether damped adjustment of wages and residents returns to it after a small push.
    found : array (K,) of int
        Starts from which damped adjustment ends there. Unstable ones are found by Newton's method and may have none.
    starts : int
    failed : int
        Starts that led nowhere.
    """

    equilibria: Equilibria
    largest_real: Array
    stable: NDArray[np.bool_]
    found: NDArray[np.int64]
    starts: int
    failed: int

    def __len__(self) -> int:
        return len(self.found)


def many_starts(
    economy: Economy, shock: Shock, *, seed: int | np.random.Generator, starts: int = 20, spread: float = 1.0
) -> Distinct:
    """Equilibria of a scenario that are reached from very different places.

    Parameters
    ----------
    economy : Economy
        With mobile people.
    shock : Shock
    seed : int or Generator
    starts : int
        The first is the baseline; up to half of the others gather nine tenths of the people in one place each, drawn
        by size; the rest scatters them, with widths from a quarter to twice the spread.
    spread : float
        Standard deviation of ln residents.

    Raises
    ------
    InputError
        The economy or the shock is inconsistent, or there is no start.
    ConvergenceError
        No equilibrium was found.

    Notes
    -----
    Newton's method and acceleration end at any equilibrium, from even starts often at an even one that is unstable.
    So every start is first adjusted by damped steps, which unstable equilibria repel, and polished only then. Unstable
    ones are looked for from the starts themselves, on the way of their adjustment and between any two stable ones, and
    left along their unstable directions on both sides, which finds the stable ones next to them. Stable ones with a
    slow direction (an eigenvalue of .95 or more) are left along it, far.

    Finding two equilibria proves that there are several; finding one proves nothing. The starts share all matrices
    and advance together.
    """
    economy.require()
    shock.require(economy.elasticities.sectors, economy.groups.size, economy.size, commutes=economy.commutes)
    if starts < 1 or not spread > 0:
        raise InputError(f"starts must be >= 1 and spread > 0, got {starts} and {spread!r}", hint="20 and 1 are usual")
    search = _Search(economy, shock)
    first = _first(search.system, generator(seed, "many starts"), starts, spread)
    search.settle(first, counted=True)
    search.anywhere(first)
    search.leave()
    if not search.states:
        raise ConvergenceError(
            f"none of {starts} starts led to an equilibrium", last=first,
            hint="agglomeration may be so strong that places empty altogether: lower nu",
        )  # fmt: skip
    return search.distinct(starts)


def _first(system: System, rng: np.random.Generator, starts: int, spread: float) -> Array:
    """The starts (starts, unknowns)."""
    economy, n = system.economy, system.economy.size
    share = economy.residents / economy.residents.sum()
    lived = np.flatnonzero(system.lived)
    corners = min(lived.size, (starts - 1) // 2) if lived.size > 1 else 0
    places = rng.choice(lived, size=corners, replace=False, p=share[lived])
    width = spread * np.resize(_WIDTHS, starts)[:, None]
    width[: 1 + corners] = 0.0
    people = width * rng.standard_normal((starts, n))
    wage = _WAGES * width[:, None] * rng.standard_normal((starts, *economy.wage.shape))
    for row, place in enumerate(places, start=1):
        people[row] = np.log((1.0 - _GATHERED) / (1.0 - share[place]))
        people[row, place] = np.log(_GATHERED / share[place])
    people -= np.log(np.exp(people) @ share)[:, None]
    nothing = np.zeros((starts, n))
    return system.join(
        np.where(system.working, wage, 0.0), np.where(system.lived, people, 0.0), np.zeros_like(wage), nothing
    )


def repeated(system: System, count: int) -> System:
    """A system of one scenario for several iterates at once; all share its matrices.

    Parameters
    ----------
    system : System
        Of one scenario.
    count : int
        Iterates.
    """
    out = copy.copy(system)
    out.batch = count
    out.trade = [Shared(k.matrix(0)) for k in system.trade]
    out.commute = [Shared(k.matrix(0)) for k in system.commute]
    out.places = Shared(system.places.matrix(0))
    return out


class _Search:
    """Equilibria found so far."""

    def __init__(self, economy: Economy, shock: Shock) -> None:
        self.economy, self.shock = economy, shock
        self.system = System(economy, [shock])
        self.states: list[Array] = []
        self.marks: list[Array] = []
        self.found: list[int] = []
        self.largest: list[float] = []
        self.stable: list[bool] = []
        self.passed: list[Array] = []
        self.failed = 0

    def settle(self, start: Array, *, counted: bool = False) -> None:
        """Damped steps from every row, then all digits."""
        if not len(start):
            return
        x = start.copy()
        moving = np.arange(len(x))
        for number in range(_ROUNDS):
            x[moving], residual = self._adjusted(x[moving])
            moving = moving[residual > _SETTLED]  # not a number has moved away for good
            if counted and number in _PASSING:
                self.passed.append(x[moving])
            if not moving.size:
                break
        for row, begin in zip(self._accelerated(x), x, strict=True):
            place = self.add(row)
            if place is None:
                place = self.add(polish(self.system, begin, tolerance=SOLVED, steps=_STEPS).x)
            if counted and place is None:
                self.failed += 1
            elif counted and place is not None:
                self.found[place] += 1

    def _adjusted(self, x: Array) -> tuple[Array, Array]:
        """Iterates after a round of damped steps, and their residuals before the last of them."""
        many = repeated(self.system, len(x))
        for _ in range(_SETTLING):
            with np.errstate(all="ignore"):
                step, residual = many(x)
            x = x + np.clip(_DAMPING * (step - x), -_LONGEST, _LONGEST)
        return x, residual

    def anywhere(self, start: Array) -> None:
        """Whatever acceleration and Newton's method end at: from the starts, on the way, between stable equilibria."""
        for points in (start, *self.passed):
            for x in self._accelerated(points):
                self.add(x)
        if self.system.unknowns <= _NEWTON:
            for x in start:
                self.add(polish(self.system, x, tolerance=SOLVED, steps=_STEPS).x)
        calm = [x for x, stable in zip(self.states, self.stable, strict=True) if stable]
        pairs = [(a, b) for k, a in enumerate(calm) for b in calm[:k]][:_PAIRS]
        for a, b in pairs:
            self.add(polish(self.system, 0.5 * (a + b), tolerance=SOLVED, steps=_STEPS).x)

    def leave(self) -> None:
        """From the equilibria found along directions that grow or hardly shrink, both ways, until nothing new appears.

        From unstable ones a little, from stable ones with a slow direction far: another equilibrium lies that way.
        """
        done = 0
        while done < len(self.states):
            number, done = done, done + 1
            if self.largest[number] >= _SLOW:
                self.settle(self._around(number))

    def _around(self, number: int) -> Array:
        """Points on both sides of an equilibrium."""
        x = self.states[number]
        values, vectors = Jacobian(self.system, x).leading()
        lowest, sizes = (_SLOW, _FAR) if self.stable[number] else (1.0, _PUSHES)
        rows = []
        for vector in vectors.T[values >= lowest]:
            people = np.abs(self.system.split(vector[None])[1]).max()
            if people > 0:
                rows += [x + sign * size / people * vector for sign in (1.0, -1.0) for size in sizes]
        return np.array(rows).reshape(len(rows), x.size)

    def _accelerated(self, start: Array) -> Array:
        """Solutions near the rows, or what comes closest."""
        many = repeated(self.system, len(start))
        if not len(start):
            return start
        try:
            return anderson(many, start, tolerance=SOLVED, memory=_MEMORY, max_iterations=_SHORT).x
        except ConvergenceError as error:
            return np.asarray(error.last)

    def add(self, x: Array) -> int | None:
        """Number of the equilibrium at this point, known before or not; None if it is none."""
        at = self.system.evaluate(x[None])
        if not self.system.residual(at)[0] <= _LOOSEST:
            return None
        mark = np.concatenate([at.residents[0], at.welfare[0]])
        for number, known in enumerate(self.marks):
            if np.abs(known - mark).max() <= _SAME:
                return number
        largest, stable = stability(self.economy, self.shock, x)
        self.states.append(x)
        self.marks.append(mark)
        self.found.append(0)
        self.largest.append(largest)
        self.stable.append(stable)
        return len(self.found) - 1

    def distinct(self, starts: int) -> Distinct:
        """What was found."""
        count = len(self.states)
        states = np.array(self.states).reshape(count, self.system.unknowns)
        return Distinct(
            equilibria=equilibria(repeated(self.system, count), states, np.zeros(count, dtype=np.int64)),
            largest_real=np.array(self.largest), stable=np.array(self.stable, dtype=bool),
            found=np.array(self.found, dtype=np.int64), starts=starts, failed=self.failed,
        )  # fmt: skip


def selection(
    economy: Economy, shock: Shock, state: Array, *, seed: int | np.random.Generator, starts: int = 20,
    spread: float = 1.0,
) -> list[str]:  # fmt: skip
    """What a reader must know of the other equilibria of a scenario; empty if none was found.

    Parameters
    ----------
    economy : Economy
        With mobile people.
    shock : Shock
    state : array (unknowns,)
        The solution that is shown, as `solve` reaches it from the baseline.
    seed, starts, spread
        As in `many_starts`.

    Raises
    ------
    InputError, ConvergenceError
        As `many_starts`.
    """
    found = many_starts(economy, shock, seed=seed, starts=starts, spread=spread)
    x = np.asarray(state, dtype=np.float64).reshape(-1)
    shown = equilibria(System(economy, [shock]), x[None], np.zeros(1, dtype=np.int64))
    gap = np.abs(np.log(found.equilibria.residents / shown.residents)).max(axis=1)
    gap = np.maximum(gap, np.abs(np.log(found.equilibria.welfare / shown.welfare)).max(axis=1))
    others = np.flatnonzero(found.stable & (gap > _SAME))
    said = []
    if 2 * found.failed > found.starts:
        said.append(
            f"{found.failed} of {found.starts} starts led to no equilibrium: that the others found no second one says "
            "little"
        )
    if not others.size:
        return said
    stable = stability(economy, shock, x)[1]
    others = others[np.argsort(-found.found[others], kind="stable")]
    said.append(
        f"a search from {found.starts} starts found {others.size} other stable "
        f"{'equilibrium' if others.size == 1 else 'equilibria'}: {_told(economy, found, others, shown)}; the one shown "
        f"(welfare {_percent(economy, shown)[0]:+.3g} %) is the one reached from the baseline"
        + ("" if stable else ", and it is unstable")
    )
    if System(economy, [shock]).unknowns <= DENSE:
        said.append(_connected(economy, shock, shown))
    return said


def _percent(economy: Economy, of: Equilibria) -> Array:
    return percent(social_welfare(economy, of))


def _told(economy: Economy, found: Distinct, others: NDArray[np.int64], shown: Equilibria) -> str:
    welfare = _percent(economy, found.equilibria)
    elsewhere = np.abs(found.equilibria.residents - shown.residents) @ economy.residents
    elsewhere = 50.0 * elsewhere / economy.residents.sum()
    text = [
        f"welfare {welfare[k]:+.3g} %, {elsewhere[k]:.3g} % of the people living elsewhere (starts that ended there: "
        f"{found.found[k]})"
        for k in others[:_TOLD]
    ]
    return "; ".join(text) + ("; ..." if others.size > _TOLD else "")


def _connected(economy: Economy, shock: Shock, shown: Equilibria) -> str:
    """Whether the equilibrium shown is the one that grows out of an economy without agglomeration."""
    try:
        path = continue_from(economy, shock)
    except ConvergenceError:
        return "without agglomeration (nu = 0) no equilibrium was found to start a path from"
    if not path.reached:
        return f"followed from nu = 0, {path.ends}"
    end = equilibria(System(economy, [shock]), path.state[-1:], np.zeros(1, dtype=np.int64))
    same = np.abs(np.log(end.residents / shown.residents)).max() <= _SAME
    if same:
        return "the one shown is also the one that grows without a break out of the economy with nu = 0"
    return (
        "the one shown is not the one that grows without a break out of the economy with nu = 0, whose welfare changes "
        f"by {_percent(economy, end)[0]:+.3g} %"
    )
