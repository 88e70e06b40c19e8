"""The spatial equilibrium in levels, written from its primitives: a witness that shares no line with the package.

Everything is in the units of the primitives, nothing is a change. Households choose a residence n and, given it, a
workplace and sector (i, s), with tastes P(zeta <= z) = exp[-sum_n (sum_is b_nis z_nis^-phi)^(epsilon/phi)];

    utility    zeta B_n R_n^b tau_gn y / (mu_gn kappa_nis (P_n/alpha)^alpha (q_n/(1-alpha))^(1-alpha))
    bundle     z_is = (w/bL)^bL (r/bT)^bT prod_k (P_ik/g_sk)^g_sk             (cost of one unit of inputs)
    cost       c_is = z_is / (A_is L_is^nu)                                   (perfect competition)
               times sigma/(sigma-1) M_is^(-1/theta), M_is = sales/(sigma F_is z_is), sigma = theta + 1  (free entry)
    floor      supply H_n (q_n/P_n)^delta, demand (1 - alpha) I_n / q_n

Sources of the pieces: Monte, Redding and Rossi-Hansberg (2018), Am. Econ. Rev. 108(12) for commuting; Tombe and
Zhu (2019), Am. Econ. Rev. 109(5) for sectors, land, groups and entitlements; Redding (2016), J. Int. Econ. 101 for
rents rebated to residents; Krugman (1980), Am. Econ. Rev. 70(5) for free entry. Solved by Newton's method with the
exact (complex-step) Jacobian on log wages, residents, prices and, if stayers get the rents, their entitlement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TINY = 1e-30  # complex step


@dataclass(frozen=True, eq=False, kw_only=True)
class World:
    """Primitives of S sectors, n places and G groups; rows are destinations or residences, columns origins or work.

    Attributes
    ----------
    theta, labour, land, nu, spending : array (S,)
        Trade elasticity, cost shares of labour and of land, scale elasticity, shares in the tradables bundle.
    entry : array (S,) of bool
        Free entry of firms with a fixed cost in units of the input bundle, else perfect competition.
    inputs : array (S, S)
        Cost shares of intermediates, row = using sector.
    alpha, delta, epsilon, phi, spill : float
        Share of tradables, floor-space elasticity, shapes of residence and of work tastes, amenity spillover.
    closure : str
        landlords, residents or stayers.
    developed : bool
        Floor space is produced by developers from land (share 1/(1 + delta)) and tradables, so that only the rest of
        the rent can be rebated.
    productivity, plots, fixed_cost : array (S, n)
        A (0 = the place does not host the sector), T and F.
    amenity, floor : array (n,)
        B and H.
    iceberg, commute, scale : array (S, n, n)
        d, kappa and b; inf or a scale of 0 closes a pair.
    barrier, entitlement : array (G, n)
        mu (inf = never lives there) and tau.
    people, home : array (G,)
        Members and place of registration of each group (-1: none).
    transfers : array (n,)
        Nominal transfers at the world labour income `payroll`, sum zero.
    payroll : float
        World labour income, the numeraire.
    """

    theta: Array
    labour: Array
    land: Array
    inputs: Array
    nu: Array
    entry: NDArray[np.bool_]
    spending: Array
    alpha: float
    delta: float
    epsilon: float
    phi: float
    spill: float
    closure: str
    developed: bool
    productivity: Array
    plots: Array
    fixed_cost: Array
    amenity: Array
    floor: Array
    iceberg: Array
    commute: Array
    scale: Array
    barrier: Array
    entitlement: Array
    people: Array
    home: NDArray[np.int64]
    transfers: Array
    payroll: float

    @property
    def hosts(self) -> NDArray[np.bool_]:
        """Where a sector exists, (S, n)."""
        return self.productivity > 0

    @property
    def access(self) -> Array:
        """b kappa^-phi of every open pair, (S, n, n)."""
        out: Array = self.scale * self.commute**-self.phi * self.hosts[:, None, :]
        return out

    @property
    def lived(self) -> NDArray[np.bool_]:
        """Where somebody may live and find work, (n,)."""
        out: NDArray[np.bool_] = np.isfinite(self.barrier).any(axis=0) & (self.access.sum(axis=(0, 2)) > 0)
        return out

    def changed(self, **changes: Any) -> World:
        """The same world with other primitives."""
        return replace(self, **changes)


def _powers(base: Array, exponent: Array) -> Array:
    """prod_k (base_nk / exponent_k)^exponent_k, a share of zero counting as one; base (K, n) or its complex twin."""
    out = np.ones(base.shape[1:], dtype=base.dtype)
    for value, share in zip(base, exponent, strict=True):
        if share > 0:
            out = out * (value / share) ** share
    return out


def rebated_rent(world: World) -> float:
    """Part of total spending that returns to those who spend as rent of floor space."""
    if world.closure == "landlords":
        return 0.0
    return (1 - world.alpha) / (1 + world.delta) if world.developed else 1 - world.alpha


def _costs(
    wd: World, wage: Array, workers: Array, output: Array, rents: Array, price: Array
) -> tuple[Array, Array, Array]:
    """Cost of the input bundle, number of firms and cost of a unit, markup and love of variety included, (S, n)."""
    hosts = wd.hosts
    factors = np.where(hosts, rents, 1.0)
    bundle = np.stack([
        _powers(np.stack([wage[s], factors[s], *price]), np.array([wd.labour[s], wd.land[s], *wd.inputs[s]]))
        for s in range(wd.theta.size)
    ])  # fmt: skip
    sigma = (wd.theta + 1)[:, None]
    firms = np.where(hosts, output, 1.0) / (sigma * wd.fixed_cost * bundle)
    cost = bundle / (np.where(hosts, wd.productivity, 1.0) * workers ** wd.nu[:, None])
    cost = np.where(wd.entry[:, None], sigma / (sigma - 1) * cost * firms ** (-1 / wd.theta[:, None]), cost)
    return bundle, firms, cost


def unfold(world: World, wage: Array, people: Array, price: Array, grant: Array) -> SimpleNamespace:
    """Everything that follows from wages (S, n), residents (n,), sector prices (S, n) and stayers' grant factor (n,).

    What is closed has wage or residents one here and a weight of zero. `sales`, `next_price`, `moved` and `next_grant`
    equal output, price, people and grant in equilibrium.
    """
    wd, hosts, lived = world, world.hosts, world.lived
    sectors = range(wd.theta.size)
    # work: given the residence, (i, s) is chosen with shape phi
    pull = wd.access * wage[:, None, :] ** wd.phi
    phi = np.where(lived, pull.sum(axis=(0, 2)), 1.0) ** (1 / wd.phi)
    work = pull / phi[None, :, None] ** wd.phi * lived[None, :, None]
    earnings = np.where(lived, np.einsum("sni,si->n", work, wage), 1.0)
    residents = people * lived
    workers = np.einsum("sni,n->si", work, residents)
    safe = np.where(hosts, workers, 1.0)
    # incomes: land of production, floor space, transfers
    output = wage * workers / wd.labour[:, None]
    rents = wd.land[:, None] * output / wd.plots
    land_income = (rents * wd.plots).sum(axis=0)
    other = land_income + wd.transfers
    paid = earnings * residents
    back = rebated_rent(wd)
    income = paid if wd.closure == "landlords" else (paid + other) / (1 - back)
    goods = wd.alpha * income + (1 - wd.alpha - back) * income + (other if wd.closure == "landlords" else 0)
    # prices
    index = _powers(price, wd.spending)
    housing = 1 - wd.alpha if wd.alpha < 1 else 1.0
    rent = (housing * np.where(lived, income, 1.0) * index**wd.delta / wd.floor) ** (1 / (1 + wd.delta))
    bundle, firms, cost = _costs(wd, wage, safe, output, rents, price)
    offer = np.stack([wd.iceberg[s] ** -wd.theta[s] * (hosts[s] * cost[s] ** -wd.theta[s])[None, :] for s in sectors])
    trade = offer / offer.sum(axis=2, keepdims=True)
    next_price = offer.sum(axis=2) ** (-1 / wd.theta[:, None])
    demand = wd.spending[:, None] * goods + wd.inputs.T @ output
    # residence
    utility = wd.amenity * people**wd.spill * phi / (index / wd.alpha) ** wd.alpha / (rent / housing) ** (1 - wd.alpha)
    if wd.closure == "residents":
        utility = utility * np.where(lived, income, 1.0) / np.where(lived, paid, 1.0)
    at_home = np.arange(lived.size) == wd.home[:, None]
    worth = np.where(at_home, grant, 1.0) * wd.entitlement / wd.barrier * utility * lived
    if math.isinf(wd.epsilon):
        location = np.isfinite(wd.barrier) * residents / wd.people[:, None]
        welfare = np.stack([row[np.isfinite(cost)][0] for row, cost in zip(worth, wd.barrier, strict=True)])
    else:
        # the power only where somebody may live: zero to a complex power is undefined
        open_ = (worth != 0) & np.isfinite(wd.barrier)
        weight = np.where(open_, np.where(open_, worth, 1.0) ** wd.epsilon, 0.0)
        location = weight / weight.sum(axis=1, keepdims=True)
        welfare = weight.sum(axis=1) ** (1 / wd.epsilon)
    staying = ((wd.people[:, None] * at_home) * location).sum(axis=0)
    shared = np.where(lived & (staying != 0), income - paid, 0.0)
    next_grant = 1 + shared / np.where(staying != 0, earnings * staying, 1.0)
    return SimpleNamespace(
        wage=wage * hosts, workers=workers, residents=residents, price=price, index=index, rent=rent, earnings=earnings,
        income=income, goods=goods, land_income=land_income, land_rents=rents, output=output, bundle=bundle, cost=cost,
        firms=firms, trade=trade, work=work, demand=demand, utility=utility, worth=worth, location=location,
        welfare=welfare, grant=grant, staying=staying, sales=np.einsum("sni,sn->si", trade, demand),
        next_price=next_price, moved=wd.people @ location, next_grant=next_grant,
    )  # fmt: skip


class _System:
    """The equations as F(x) = 0 in logs."""

    def __init__(self, world: World) -> None:
        self.world, self.hosts, self.lived = world, world.hosts, world.lived
        self.stay = world.closure == "stayers"
        self.s, self.n = world.productivity.shape
        homes = np.isin(np.arange(self.n), world.home[world.home >= 0])
        if self.stay and (self.lived & ~homes).any():
            raise ValueError("rents for stayers need registered people in every place with residents")

    def start(self) -> Array:
        wd = self.world
        share = np.isfinite(wd.barrier) * self.lived / np.where(np.isfinite(wd.barrier), wd.barrier, 1.0)
        people = wd.people @ (share / share.sum(axis=1, keepdims=True))
        wages = np.full(self.hosts.sum(), math.log(wd.payroll / wd.people.sum()))
        prices = np.full(self.s * self.n, wages[0])
        return np.concatenate([wages, np.log(people[self.lived]), prices, np.zeros(self.n * self.stay)])

    def state(self, x: Array) -> SimpleNamespace:
        k, m = int(self.hosts.sum()), int(self.lived.sum())
        wage, people = np.ones((self.s, self.n), dtype=x.dtype), np.ones(self.n, dtype=x.dtype)
        wage[self.hosts], people[self.lived] = np.exp(x[:k]), np.exp(x[k : k + m])
        price = np.exp(x[k + m : k + m + self.s * self.n]).reshape(self.s, self.n)
        grant = np.exp(x[k + m + self.s * self.n :]) if self.stay else np.ones(self.n, dtype=x.dtype)
        return unfold(self.world, wage, people, price, grant)

    def gaps(self, x: Array) -> Array:
        wd, e = self.world, self.state(x)
        market = np.log(e.sales[self.hosts]) - np.log(e.output[self.hosts])
        # one market clears by Walras's law; the numeraire takes its place
        market[0] = np.log((e.wage * e.workers).sum() / wd.payroll)
        if math.isinf(wd.epsilon):
            move = self._arbitrage(e)
        else:
            move = np.log(e.moved[self.lived]) - np.log(e.residents[self.lived])
        out = [market, move, (np.log(e.next_price) - np.log(e.price)).ravel()]
        if self.stay:
            out.append(np.log(e.next_grant) - np.log(e.grant))
        return np.concatenate(out)

    def _arbitrage(self, e: SimpleNamespace) -> Array:
        """Perfect mobility: within a group equal utility everywhere and everybody somewhere."""
        out = np.zeros(self.n, dtype=e.worth.dtype)
        for g, row in enumerate(np.isfinite(self.world.barrier) & self.lived):
            first, *others = np.flatnonzero(row)
            out[first] = np.log(e.residents[row].sum() / self.world.people[g])
            out[others] = np.log(e.worth[g, others] / e.worth[g, first])
        return out[self.lived]

    def jacobian(self, x: Array) -> Array:
        unit = np.eye(x.size) * (1j * TINY)
        return np.stack([self.gaps(x + step).imag / TINY for step in unit], axis=1)


def _newton(system: _System, x: Array) -> tuple[Array, float]:
    """Newton's method with halved steps, until rounding is reached; the last iterate and its largest gap."""
    gap = system.gaps(x)
    best = np.inf
    for _ in range(200):
        step = np.linalg.solve(system.jacobian(x), -gap)
        size = min(1.0, 1.0 / max(np.abs(step).max(), 1e-300))
        trial = system.gaps(x + size * step)
        while not np.linalg.norm(trial) < np.linalg.norm(gap) and size > 1e-4:  # not a number counts as worse
            size /= 2
            trial = system.gaps(x + size * step)
        now = float(np.abs(trial).max())
        if best < 2e-13 and not now < best:
            break  # rounding is reached
        if not np.isfinite(trial).all():
            break
        x, gap, best = x + size * step, trial, now
    return x, best


def equilibrium(world: World, start: SimpleNamespace | None = None) -> SimpleNamespace:
    """The equilibrium of a world, every equation in logs to 2e-13.

    `start` is a neighbouring equilibrium to begin from. Fields are those of `unfold`, with `residual` and `world`.

    Raises
    ------
    RuntimeError
        Newton's method did not arrive.
    """
    system = _System(world)
    x = system.start()
    if start is not None:
        parts = [start.wage[world.hosts], start.residents[world.lived], start.price.ravel()]
        x = np.log(np.concatenate([*parts, start.grant] if system.stay else parts))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a step may leave the domain
        x, best = _newton(system, x)
    if not best < 2e-13:
        raise RuntimeError(f"no equilibrium in levels: largest gap {best:.1e}")
    out = system.state(x)
    out.residual, out.world = best, world
    return out
