"""The spatial equilibrium in changes (exact-hat algebra): the map whose fixed point is the new equilibrium."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.kernels import Kernel, kernels
from megaregion.equilibrium.shock import Shock

Array = NDArray[np.float64]
_ENTITLEMENT_DAMPING = 0.4
_SLOWEST = 0.5  # floor of 1 + epsilon * crowding: beyond it the step would overshoot


@dataclass(frozen=True, eq=False)
class Point:
    """Everything at one iterate: natural logarithms of changes unless said otherwise.

    Arrays are (B, S, n) for sectors, (B, n) for places, (B, G) for groups.

    Attributes
    ----------
    wage, workers, cost, price : array (B, S, n)
        `price` is the one that the iterate implies; `price_state` the one that enters costs.
    residents, access, earnings, rent, price_index, income, utility : array (B, n)
        `access` is the value of the workplaces in reach, `income` the disposable income of a place.
    welfare : array (B, G)
    excess_demand : array (B, S, n)
    chosen_residents, entitlement, due_entitlement : array (B, n)
    work_weight, cost_weight : array (B, S, n)
        wage^phi and cost^-theta (levels of changes), the vectors that multiply the kernels.
    access_sum, price_sum : array (B, n), (B, S, n)
        What the kernels give, unscaled.
    people_weight : array (B, n)
        utility^epsilon, with which the kernel of places of residence is multiplied (levels).
    group_sum : array (B, G)
    payroll, spending : array (B, S, n)
        Levels after the change, in the unit of the baseline.
    final_demand : array (B, n)
        Levels after the change.
    total : array (B,)
        Income of the world over that of the baseline (level of change).
    """

    wage: Array
    workers: Array
    cost: Array
    price: Array
    price_state: Array
    residents: Array
    access: Array
    earnings: Array
    rent: Array
    price_index: Array
    income: Array
    utility: Array
    welfare: Array
    excess_demand: Array
    chosen_residents: Array
    entitlement: Array
    due_entitlement: Array
    work_weight: Array
    cost_weight: Array
    access_sum: Array
    price_sum: Array
    people_weight: Array
    group_sum: Array
    payroll: Array
    spending: Array
    final_demand: Array
    total: Array


class Logs:
    """Logarithms of the shocks of a batch that act on single places or on groups; zero where nothing changes."""

    def __init__(self, economy: Economy, shocks: Sequence[Shock]) -> None:
        s, n, g = economy.elasticities.sectors, economy.size, economy.groups.size

        def log(name: str, shape: tuple[int, ...]) -> Array:
            out = np.zeros((len(shocks), *shape))
            for b, shock in enumerate(shocks):
                if (value := getattr(shock, name)) is not None:
                    out[b] = np.log(value)
            return out

        self.productivity = log("productivity", (s, n))
        self.amenity = log("amenity", (n,))
        self.floor_space = log("floor_space", (n,))
        self.land = log("land", (s, n))
        self.attraction = log("entitlement", (g, n)) - log("migration_cost", (g, n))
        self.transfers = np.stack([_transfers(economy, shock) for shock in shocks])


def _transfers(economy: Economy, shock: Shock) -> Array:
    out = economy.received * (1.0 if shock.transfer is None else shock.transfer)
    return out if shock.transfer_added is None else out + shock.transfer_added


class System:
    """The map T of a batch of scenarios of one economy, and its residual.

    Unknowns of a scenario are ln changes: wage (S, n); residents (n) if people are mobile; prices (S, n) if
    firms use inputs; entitlement of stayers (n) under that closure.

    Parameters
    ----------
    economy : Economy
    shocks : sequence of Shock
        One a scenario; those that change many cells of a matrix and those that do not solve fastest apart.
    mobile : bool
        Whether people choose where to live.
    dtype : float64 or float32
        Of the kernels; reductions and iterates are always float64.

    Notes
    -----
    Kernels K = share * cost change^-theta are formed once; the loop holds products with vectors and no power
    of a matrix. Every sum is taken relative to its own value at the baseline, computed by the same operations in
    the same order: rounding cancels, and a scenario without changes is at a fixed point of exactly zero.

    Equations: Monte, Redding and Rossi-Hansberg (2018), AER 108(12), for commuting and housing; Tombe and Zhu
    (2019), AER 109(5), for sectors, inputs, land and groups; housing supply (rent / price index)^delta, so that
    no result depends on the numeraire. See docs/concepts/methods.md#equilibrium.
    """

    def __init__(
        self, economy: Economy, shocks: Sequence[Shock], *, mobile: bool = True, dtype: Any = np.float64
    ) -> None:
        e = economy.elasticities
        self.economy, self.mobile, self.batch = economy, mobile, len(shocks)
        self.logs = Logs(economy, shocks)
        self.inputs = bool(e.inputs.any())
        self.stayers = e.closure == "stayers" and mobile
        self.working = economy.workers > 0
        self.lived = economy.residents > 0
        self.buying = economy.spending > 0
        self.trade, trade0 = _sectors(economy.trade, [s.trade_cost for s in shocks], -e.theta, dtype)
        self.commute: list[Kernel] = []
        commute0: list[Kernel] = []
        if economy.commuting is not None:
            pair = [_pair(s, e.phi) for s in shocks]
            self.commute, commute0 = _sectors(economy.commuting, pair, np.ones(e.sectors), dtype)
        self.places, places0 = self._place_kernels()
        self.damping = _wage_damping(economy)[None, :, None]
        self.move = 1.0 if math.isinf(e.epsilon) else 1.0 / max(1.0 + e.epsilon * e.crowding, _SLOWEST)
        self._relative: dict[str, Array] = {}
        shocked = self.trade, self.commute, self.places, self.logs
        self.trade, self.commute, self.places = trade0, commute0, places0
        self.logs = Logs(economy, [Shock()] * self.batch)
        at = self.evaluate(self.start())  # fills self._relative, as does the next line
        self.numeraire(at.wage, at.workers)
        self.trade, self.commute, self.places, self.logs = shocked

    def _place_kernels(self) -> tuple[Kernel, Kernel]:
        """Kernel of the places of residence (G, n): location times attraction^epsilon."""
        e, location = self.economy.elasticities, self.economy.location
        if math.isinf(e.epsilon):
            return kernels(location, [None] * self.batch, 1.0)
        return kernels(location, [np.exp(a) if a.any() else None for a in self.logs.attraction], e.epsilon)

    @property
    def unknowns(self) -> int:
        """Unknowns of one scenario."""
        n, s = self.economy.size, self.economy.elasticities.sectors
        return n * (s + self.mobile + s * self.inputs + self.stayers)

    def start(self) -> Array:
        """The baseline: zeros (B, unknowns)."""
        return np.zeros((self.batch, self.unknowns))

    def split(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """Wage (B, S, n), residents (B, n), price (B, S, n) and entitlement (B, n) of an iterate."""
        n, s = self.economy.size, self.economy.elasticities.sectors
        cut = np.cumsum([s * n, n * self.mobile, s * n * self.inputs])
        wage, residents, price, entitlement = np.split(x, cut, axis=1)
        batch, none = len(x), np.zeros((len(x), n))
        return (
            wage.reshape(batch, s, n),
            residents if self.mobile else none,
            price.reshape(batch, s, n) if self.inputs else np.zeros((batch, s, n)),
            entitlement if self.stayers else none,
        )

    def join(self, wage: Array, residents: Array, price: Array, entitlement: Array) -> Array:
        """The inverse of `split`."""
        batch = len(wage)
        parts = [wage.reshape(batch, -1)]
        parts += [residents] if self.mobile else []
        parts += [price.reshape(batch, -1)] if self.inputs else []
        parts += [entitlement] if self.stayers else []
        return np.concatenate(parts, axis=1)

    def relative(self, name: str, raw: Array) -> Array:
        """A sum over its value at the baseline; one where the baseline has none."""
        base = self._relative.get(name)
        if base is None:
            base = self._relative[name] = raw.copy()
        return np.divide(raw, base, out=np.ones_like(raw), where=base != 0)

    def base(self, name: str) -> Array:
        """Value of a sum at the baseline."""
        return self._relative[name]

    @np.errstate(all="ignore")  # what is not finite shows in the residual, scenario by scenario
    def evaluate(self, x: Array) -> Point:
        """All endogenous changes at an iterate (B, unknowns)."""
        economy, e, logs = self.economy, self.economy.elasticities, self.logs
        wage, residents, price_state, entitlement = self.split(x)
        access, access_sum, earnings, workers, work_weight = self._labour(wage, residents)
        # costs, prices
        inputs = np.einsum("sk,bkn->bsn", e.inputs, price_state) if self.inputs else 0.0
        part = e.land[:, None]
        bundle = (e.labour[:, None] + part) * wage + part * (workers - logs.land) + inputs
        firms = wage + workers - bundle
        cost = bundle - logs.productivity - e.nu[:, None] * workers - (e.entry / e.theta)[:, None] * firms
        weight = np.exp(-e.theta[:, None] * cost)
        price_sum = _apply(self.trade, weight, "times")
        price = -np.log(self.relative("price", price_sum)) / e.theta[:, None]
        index = np.einsum("s,bsn->bn", e.spending, price)
        # demand
        payroll = economy.wage * economy.workers * np.exp(wage + workers)
        total = self.relative("total", payroll.sum(axis=(1, 2)))
        output = payroll / e.labour[:, None]
        earned = economy.income * economy.residents * np.exp(earnings + residents)
        final = earned + np.einsum("s,bsn->bn", e.land, output) + logs.transfers * total[:, None]
        spending = e.spending[:, None] * final[:, None] + np.einsum("ks,bkn->bsn", e.inputs, output)
        safe = np.where(price_sum > 0, price_sum, 1.0)
        sold = weight * _apply(self.trade, spending / safe, "times_transposed")
        ratio = np.divide(sold, output, out=np.zeros_like(sold), where=self.working)
        excess = np.log(self.relative("sold", ratio))
        # homes
        income = earnings + residents if e.closure == "landlords" else self._disposable(final)
        stretch = 0.0 if e.toolkit_form else e.delta * index
        rent = np.where(self.lived, (income + stretch - logs.floor_space) / (1.0 + e.delta), 0.0)
        utility = logs.amenity + e.amenity_spill * residents + access - e.alpha * index - (1.0 - e.alpha) * rent
        if e.closure == "residents":
            utility = utility + income - earnings - residents
        utility = np.where(self.lived, utility, 0.0)
        weight_n, group_sum, welfare, chosen = self._choose(utility, residents, entitlement)
        due = self._due(final, earned, earnings, weight_n, group_sum, entitlement)
        return Point(
            wage, workers, cost, price, price_state, residents, access, earnings, rent, index, income, utility,
            welfare, excess, chosen, entitlement, due, work_weight, weight, access_sum, price_sum, weight_n,
            group_sum, payroll, spending, final, total,
        )  # fmt: skip

    def _labour(self, wage: Array, residents: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Access to workplaces, its unscaled sum, earnings of residents, workers by workplace, wage^phi."""
        economy, phi = self.economy, self.economy.elasticities.phi
        weight = np.exp(phi * wage)
        paid = weight * np.exp(wage) * economy.wage
        if self.commute:
            raw = _apply(self.commute, weight, "times").sum(axis=1)
            pay = _apply(self.commute, paid, "times").sum(axis=1)
        else:
            raw = (economy.sector_choice * weight).sum(axis=1)
            pay = (economy.sector_choice * paid).sum(axis=1)
        access = np.log(self.relative("access", raw)) / phi
        safe = np.where(raw > 0, raw, 1.0)
        earnings = np.log(self.relative("earnings", pay / safe))
        here = economy.residents * np.exp(residents) / safe
        if self.commute:
            work = weight * _apply(self.commute, np.repeat(here[:, None], weight.shape[1], axis=1), "times_transposed")
        else:
            work = economy.sector_choice * weight * here[:, None]
        return access, raw, earnings, np.log(self.relative("workers", work)), weight

    def _disposable(self, final: Array) -> Array:
        """Ln change of disposable income of a place where rents are rebated; the divisor cancels."""
        return np.log(self.relative("disposable", np.where(self.lived, final, 0.0)))

    def _choose(self, utility: Array, residents: Array, entitlement: Array) -> tuple[Array, Array, Array, Array]:
        """Weights of the places of residence, their sums by group, welfare, and residents who choose each place."""
        economy, e = self.economy, self.economy.elasticities
        if not self.mobile:
            nothing = np.full((len(utility), economy.groups.size), np.nan)
            return np.ones_like(utility), nothing, nothing, residents
        if math.isinf(e.epsilon):
            attraction = np.where(economy.location > 0, self.logs.attraction, 0.0).sum(axis=1)
            level = (utility + attraction + entitlement) / e.crowding
            weight = np.exp(residents + level)
            sums = self.places.times(weight)
            welfare = e.crowding * np.log(self.relative("welfare", sums))
            of_place = (economy.location > 0).argmax(axis=0)
            chosen = residents + level - welfare[:, of_place] / e.crowding
            return weight, sums, welfare, np.where(self.lived, chosen, 0.0)
        weight = np.exp(e.epsilon * utility)
        sums = self.places.times(weight)
        if self.stayers:
            entitled = self._at_home(weight) * np.expm1(e.epsilon * entitlement[:, self._home])
            sums = sums + entitled
        welfare = np.log(self.relative("welfare", sums)) / e.epsilon
        share = economy.groups / sums
        people = weight * self.places.times_transposed(share)
        if self.stayers:
            people = people + (share * entitled) @ self.registered
        return weight, sums, welfare, np.log(self.relative("people", people))

    @property
    def _home(self) -> NDArray[np.int64]:
        return np.maximum(self.economy.home, 0)

    @cached_property
    def registered(self) -> Array:
        """One where a group is registered (G, n)."""
        economy = self.economy
        out = np.zeros(economy.location.shape)
        rooted = np.flatnonzero(economy.home >= 0)
        out[rooted, economy.home[rooted]] = 1.0
        return out

    def _at_home(self, weight: Array) -> Array:
        """Kernel of each group at its home times the weight of that place, zero for groups without one (B, G)."""
        economy, e = self.economy, self.economy.elasticities
        at = np.arange(economy.groups.size), self._home
        kernel = economy.location[at] * np.exp(e.epsilon * self.logs.attraction[:, at[0], at[1]])
        return np.where(economy.home >= 0, kernel * weight[:, self._home], 0.0)

    def _due(
        self, final: Array, earned: Array, earnings: Array, weight: Array, sums: Array, entitlement: Array
    ) -> Array:
        """Entitlement that the land income of a place gives to its registered stayers."""
        if not self.stayers:
            return entitlement
        economy, e = self.economy, self.economy.elasticities
        staying = economy.groups / sums * self._at_home(weight) * np.exp(e.epsilon * entitlement[:, self._home])
        pay = economy.income * np.exp(earnings) * (staying @ self.registered)
        extra = np.divide(final / e.rebated - earned, pay, out=np.zeros_like(earned), where=pay > 0)
        return np.log(self.relative("entitlement", 1.0 + extra))

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """The map and its residual: the largest log gap in any goods market, place of residence, price."""
        at = self.evaluate(x)
        return self.step(at), self.residual(at)

    def residual(self, at: Point) -> Array:
        """Largest log gap of each scenario (B,)."""
        gaps = [
            at.excess_demand, at.chosen_residents - at.residents, at.due_entitlement - at.entitlement,
            self.numeraire(at.wage, at.workers),
        ]  # fmt: skip
        if self.inputs:
            gaps.append(at.price - at.price_state)
        return np.asarray(np.max([np.abs(gap).reshape(self.batch, -1).max(axis=1) for gap in gaps], axis=0))

    def numeraire(self, wage: Array, workers: Array) -> Array:
        """Ln of the divisor of wages that keeps world payroll, or the mean wage in the toolkit's form, (B,)."""
        levels: Array = self.economy.wage * np.exp(wage)
        if not self.economy.elasticities.toolkit_form:
            levels = levels * self.economy.workers * np.exp(workers)
        return np.asarray(np.log(self.relative("numeraire", levels.sum(axis=(1, 2)))))

    def step(self, at: Point) -> Array:
        """The next iterate, in the numeraire of the baseline."""
        wage = at.wage + self.damping * at.excess_demand
        residents = at.residents + self.move * (at.chosen_residents - at.residents)
        entitlement = at.entitlement + _ENTITLEMENT_DAMPING * (at.due_entitlement - at.entitlement)
        scale = self.numeraire(wage, at.workers)[:, None, None]
        wage = np.where(self.working, wage - scale, 0.0)
        return self.join(wage, residents, at.price - scale, entitlement)


def _sectors(
    base: Array, factors: Sequence[Array | None], powers: Array, dtype: Any
) -> tuple[list[Kernel], list[Kernel]]:
    """Kernels of every sector with and without the changes; a factor (n, n) holds for all sectors."""
    found = []
    for s, power in enumerate(powers):
        own = [None if f is None else f if f.ndim == 2 else f[s] for f in factors]
        found.append(kernels(base[s], own, float(power), dtype=dtype))
    return [k for k, _ in found], [k for _, k in found]


def _pair(shock: Shock, phi: float) -> Array | None:
    """Factor on the commuting kernel."""
    cost = None if shock.commuting_cost is None else shock.commuting_cost**-phi
    if cost is None or shock.pair_scale is None:
        return shock.pair_scale if cost is None else cost
    return cost * shock.pair_scale


def _apply(of: Sequence[Kernel], x: Array, how: str) -> Array:
    """Product of each sector's kernel with its vectors: (B, S, n) -> (B, S, n)."""
    call: Callable[[Kernel, Array], Array] = lambda k, v: getattr(k, how)(v)  # noqa: E731
    return np.stack([call(k, np.ascontiguousarray(x[:, s])) for s, k in enumerate(of)], axis=1)


def _wage_damping(economy: Economy) -> Array:
    """Share of the log excess demand that a wage moves by: one over the slope of excess demand, bounded below."""
    e = economy.elasticities
    slope = 1.0 + e.theta * e.labour
    if economy.commuting is None and e.sectors == 1:
        return 1.0 / slope
    steep = slope + e.phi * (1.0 + e.theta * (e.land - e.nu) - e.entry)
    return 1.0 / np.maximum(slope, steep)
