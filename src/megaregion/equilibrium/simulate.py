"""New equilibria of many scenarios at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.kernels import is_sparse
from megaregion.equilibrium.newton import ANDERSON, fixed_points
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.system import Point, System
from megaregion.errors import ConvergenceError

Array = NDArray[np.float64]
TOLERANCE = 1e-11
SINGLE = 8_000  # places from which on the first digits are found with float32 kernels
_COARSE = 3e-6  # residual that float32 kernels can reach
_KERNEL_BYTES = 1 << 27  # matrices of one batch; more gains no speed
_STATE_BYTES = 1 << 28  # history of one batch
_MEMORY = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Equilibria:
    """Changes against the baseline, factors, one row a scenario; B scenarios, S sectors, n places, G groups.

    Attributes
    ----------
    wage, workers, price : array (B, S, n)
        Nominal wage, employment by workplace, price of the sector's goods where they are bought.
    residents, earnings, rent, price_index, income, real_income, utility, land_rent : array (B, n)
        Residents; earnings of a resident; price of floor space; price of tradables; disposable income of the
        place; real earnings of a resident earnings / (price_index^alpha rent^(1-alpha)); utility of the place before
        costs of migration (what a member of any group gains by living there); real rent of land,
        rent^(1+delta) price_index^-delta floor_space / price_index.
    welfare : array (B, G)
        Expected utility of a member of each group; NaN where nobody may move.
    location : array (B, G, n)
        Share of each group that lives in each place (a level).
    iterations : array (B,), int
    residual : array (B,)
        Largest log gap in any goods market, place of residence or price.
    state : array (B, unknowns)
        Ln changes of the unknowns, to start a neighbouring solution from.
    """

    wage: Array
    workers: Array
    price: Array
    residents: Array
    earnings: Array
    rent: Array
    price_index: Array
    income: Array
    real_income: Array
    utility: Array
    land_rent: Array
    welfare: Array
    location: Array
    iterations: NDArray[np.int64]
    residual: Array
    state: Array

    def __len__(self) -> int:
        return len(self.residual)


def solve(
    economy: Economy, shocks: Sequence[Shock], *, mobile: bool = True, tolerance: float = TOLERANCE,
    start: Array | None = None,
) -> Equilibria:  # fmt: skip
    """New equilibrium of every scenario, from the same baseline.

    Parameters
    ----------
    economy : Economy
    shocks : sequence of Shock
        One a scenario; may be empty.
    mobile : bool
        Whether people choose where to live.
    tolerance : float
        On the residual: the largest log gap in any goods market, place of residence or price.
    start : array (B, unknowns), optional
        `state` of a neighbouring solution; default the baseline.

    Raises
    ------
    InputError
        A shock does not fit the economy.
    ConvergenceError
        A scenario is unsolved; carries the last iterates.
    """
    for shock in shocks:
        shock.require(economy.elasticities.sectors, economy.groups.size, economy.size, commutes=economy.commutes)
    if not shocks:
        return _none(economy, mobile)
    parts: list[Equilibria] = []
    order: list[int] = []
    for rows in _batches(economy, shocks):
        given = None if start is None else start[rows]
        parts.append(_solve(economy, [shocks[r] for r in rows], mobile, tolerance, given))
        order += rows
    if len(parts) == 1:
        return parts[0]
    back = np.argsort(order)
    return Equilibria(**{f.name: np.concatenate([getattr(p, f.name) for p in parts])[back] for f in fields(Equilibria)})


def _batches(economy: Economy, shocks: Sequence[Shock]) -> list[list[int]]:
    """Rows that are solved together: those that share their matrices, and those that each have their own."""
    light = [all(is_sparse(f) for f in (s.trade_cost, s.commuting_cost, s.pair_scale)) for s in shocks]
    s, n = economy.elasticities.sectors, economy.size
    own = max(1, int(_KERNEL_BYTES // (8 * n * n * s * (2 if economy.commutes else 1))))
    state = max(1, int(_STATE_BYTES // (16 * _MEMORY * n * (2 * s + 2))))
    out = []
    for kind, size in ((True, state), (False, min(own, state))):
        rows = [r for r, is_light in enumerate(light) if is_light is kind]
        out += [rows[i : i + size] for i in range(0, len(rows), size)]
    return out


def _solve(
    economy: Economy, shocks: Sequence[Shock], mobile: bool, tolerance: float, start: Array | None,
    numbers: Sequence[int] | None = None,
) -> Equilibria:  # fmt: skip
    """Equilibria of one batch; `numbers` are what its scenarios are called in messages."""
    before = np.zeros(len(shocks), dtype=np.int64)
    if economy.size >= SINGLE and start is None:
        start, before = _first_digits(economy, shocks, mobile)
    system = System(economy, shocks, mobile=mobile)
    found = fixed_points(
        economy, shocks, system, system.start() if start is None else start, tolerance=tolerance, memory=_MEMORY,
        numbers=numbers,
    )  # fmt: skip
    return equilibria(system, found.x, found.iterations + before)


def _first_digits(economy: Economy, shocks: Sequence[Shock], mobile: bool) -> tuple[Array, NDArray[np.int64]]:
    """Iterates found with float32 kernels, and how many it took; on return nothing holds these kernels in memory."""
    coarse = System(economy, shocks, mobile=mobile, dtype=np.float32)
    try:
        found = anderson(coarse, coarse.start(), tolerance=_COARSE, memory=_MEMORY, max_iterations=ANDERSON)
    except ConvergenceError as error:  # the float64 kernels go on from there
        return np.asarray(error.last), np.full(len(shocks), ANDERSON)
    return found.x, found.iterations


def equilibria(system: System, x: Array, iterations: NDArray[np.int64]) -> Equilibria:
    """Factors at the solution of a system."""
    at, e = system.evaluate(x), system.economy.elasticities
    ground = (1.0 + e.delta) * at.rent - e.delta * at.price_index + system.logs.floor_space - at.price_index
    ground = np.where(system.lived, ground, 0.0)
    real = at.earnings - e.alpha * at.price_index - (1.0 - e.alpha) * at.rent
    real = np.where(system.lived, real, 0.0)
    changes: dict[str, Any] = {
        "wage": at.wage, "workers": at.workers, "price": at.price, "residents": at.residents,
        "earnings": at.earnings, "rent": at.rent, "price_index": at.price_index, "income": at.income,
        "real_income": real, "utility": at.utility, "land_rent": ground, "welfare": at.welfare,
    }  # fmt: skip
    return Equilibria(
        **{name: np.exp(value) for name, value in changes.items()}, location=location(system, at),
        iterations=iterations, residual=system.residual(at), state=x,
    )  # fmt: skip


def location(system: System, at: Point) -> Array:
    """Share of each group that lives in each place (B, G, n)."""
    economy = system.economy
    if not system.mobile:
        return np.repeat(economy.location[None], system.batch, axis=0)
    kernel = np.stack([system.places.matrix(b) for b in range(system.batch)])
    out: Array = kernel * at.people_weight[:, None, :] / at.group_sum[:, :, None]
    if system.stayers:
        rooted = np.flatnonzero(economy.home >= 0)
        home = economy.home[rooted]
        out[:, rooted, home] *= np.exp(economy.elasticities.epsilon * at.entitlement[:, home])
    return out


def _none(economy: Economy, mobile: bool) -> Equilibria:
    s, n, g = economy.elasticities.sectors, economy.size, economy.groups.size
    sector, place = np.empty((0, s, n)), np.empty((0, n))
    system = System(economy, [Shock()], mobile=mobile)
    return Equilibria(
        wage=sector, workers=sector, price=sector, residents=place, earnings=place, rent=place, price_index=place,
        income=place, real_income=place, utility=place, land_rent=place, welfare=np.empty((0, g)),
        location=np.empty((0, g, n)), iterations=np.empty(0, dtype=np.int64), residual=np.empty(0),
        state=np.empty((0, system.unknowns)),
    )  # fmt: skip
