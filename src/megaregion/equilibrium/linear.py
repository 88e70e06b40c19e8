"""The equilibrium map linearised at a point: what a change of any unknown or fundamental does, and its transpose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.kernels import Shared
from megaregion.equilibrium.system import _ENTITLEMENT_DAMPING, System

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Cotangents:
    """Derivatives of K scalar functions in the logs of unknowns and fundamentals.

    Attributes
    ----------
    state : array (K, unknowns)
    productivity, land : array (K, S, n)
    amenity, floor_space : array (K, n)
    transfer : array (K, n)
        In the nominal transfer itself, not its log.
    cost_price, cost_sold : array (K, S, n)
        Factors of the derivative in trade costs, see `Linear.trade_cost`.
    work, pay, access : array (K, S, n), (K, n), (K, n)
        Factors of the derivative in commuting costs, see `Linear.commuting_cost`.
    chosen : array (K, n)
    welfare : array (K, G)
    due : array (K, n)
        Factors of the derivative in attraction, see `Linear.attraction`.
    """

    state: Array
    productivity: Array
    land: Array
    amenity: Array
    floor_space: Array
    transfer: Array
    cost_price: Array
    cost_sold: Array
    work: Array
    pay: Array
    access: Array
    chosen: Array
    welfare: Array
    due: Array


class Linear:
    """Derivatives of the map T and of welfare at one point of a system of one scenario.

    Parameters
    ----------
    system : System
        With one scenario and mobile people.
    x : array (unknowns,)
        A solution, or any iterate.

    Notes
    -----
    Hand-written reverse mode of `System.evaluate`: each line below is the transpose of one line there. All
    matrices are the kernels of the system, applied to K vectors at once.
    """

    def __init__(self, system: System, x: Array) -> None:
        economy, e = system.economy, system.economy.elasticities
        self.system, self.economy, self.elasticities = system, economy, e
        at = system.evaluate(x[None])
        self.trade = [Shared(k.matrix(0)) for k in system.trade]
        self.commute = [Shared(k.matrix(0)) for k in system.commute]
        self.damping, self.move = system.damping[0], system.move
        self.working, self.lived = system.working, system.lived
        self.payroll, self.final, self.spending = at.payroll[0], at.final_demand[0], at.spending[0]
        self.earned = economy.income * economy.residents * np.exp(at.earnings[0] + at.residents[0])
        self.total, self.transfers = at.total[0], system.logs.transfers[0]
        self.weight = at.cost_weight[0]
        self.per_price = _inverse(at.price_sum[0])
        self.demand = self.spending * self.per_price
        reached = np.stack([k.times_transposed(d[None])[0] for k, d in zip(self.trade, self.demand, strict=True)])
        self.per_sold = np.where(self.working, self.weight * _inverse(self.weight * reached), 0.0)
        wage = np.exp(at.wage[0])
        self.paid = at.work_weight[0] * wage * economy.wage
        self.open = at.work_weight[0]
        self.per_access = _inverse(at.access_sum[0])
        self.here = economy.residents * np.exp(at.residents[0]) * self.per_access
        self.per_pay = _inverse(self._gather(self.paid[None])[0])
        self.per_work = np.where(self.working, self.open * _inverse(self.open * self._spread(self.here[None])[0]), 0.0)
        stepped = np.exp(at.wage[0] + self.damping * at.excess_demand[0])
        self._numeraire = self._shares_of_numeraire(stepped, np.exp(at.workers[0]))
        self._residence(at.entitlement[0], at)

    def _shares_of_numeraire(self, wage: Array, workers: Array) -> Array:
        economy = self.economy
        raw: Array = economy.wage * wage
        if not self.elasticities.toolkit_form:
            raw = raw * economy.workers * workers
        return np.asarray(raw / raw.sum())

    def _residence(self, entitlement: Array, at: object) -> None:
        """Shares of each group by place (location) and of each place by group (mix), after the change."""
        from megaregion.equilibrium.simulate import location

        economy = self.economy
        if math.isinf(self.elasticities.epsilon):
            of = economy.location * at.people_weight[0]  # type: ignore[attr-defined]
            self.location = of / of.sum(axis=1, keepdims=True)
            self.mix = (economy.location > 0).astype(np.float64)
        else:
            self.location = location(self.system, at)[0]  # type: ignore[arg-type]
            members = economy.groups[:, None] * self.location
            self.mix = members * _inverse(members.sum(axis=0))
        if self.system.stayers:
            home, registered = np.maximum(economy.home, 0), self.system.registered
            staying = (economy.groups[:, None] * self.location * registered).sum(axis=1)
            total = staying @ registered
            earnings = economy.income * np.exp(at.earnings[0])  # type: ignore[attr-defined]
            self.home = home
            self.staying = staying * _inverse(total)[home]
            self.per_stayer_pay = _inverse(earnings * total)
            self.extra = np.where(total > 0, (self.final / self.elasticities.rebated - self.earned), 0.0)
            self.extra = self.extra * self.per_stayer_pay
            self.home_location = (self.location * registered).sum(axis=1)
            self.home_mix = (self.mix * registered).sum(axis=1)

    # -- products with the commuting kernel, or with the choice of sectors where nobody commutes

    def _gather(self, x: Array) -> Array:
        """Sum over workplaces seen from residences: (K, S, n) -> (K, n)."""
        if not self.commute:
            return np.asarray((self.economy.sector_choice * x).sum(axis=1))
        return np.asarray(sum(k.times(np.ascontiguousarray(x[:, s])) for s, k in enumerate(self.commute)))

    def _spread(self, x: Array) -> Array:
        """Sum over residences seen from workplaces: (K, n) -> (K, S, n)."""
        if not self.commute:
            return np.asarray(self.economy.sector_choice * x[:, None])
        return np.stack([k.times_transposed(x) for k in self.commute], axis=1)

    def _sell(self, x: Array) -> Array:
        """Trade kernel times vectors of origins: (K, S, n) -> (K, S, n) by destination."""
        return np.stack([k.times(np.ascontiguousarray(x[:, s])) for s, k in enumerate(self.trade)], axis=1)

    def _buy(self, x: Array) -> Array:
        """Transposed trade kernel times vectors of destinations: (K, S, n) -> (K, S, n) by origin."""
        return np.stack([k.times_transposed(np.ascontiguousarray(x[:, s])) for s, k in enumerate(self.trade)], axis=1)

    # -- reverse mode

    def pull(self, state: Array, welfare: Array) -> Cotangents:
        """Derivative of state . T(x) + welfare . ln W in everything.

        Parameters
        ----------
        state : array (K, unknowns)
        welfare : array (K, G)
        """
        system, e = self.system, self.elasticities
        wage_new, residents_new, price_new, due_new = system.split(state)
        wage_new = np.where(self.working, wage_new, 0.0)
        scale = -wage_new.sum(axis=(1, 2)) - (price_new.sum(axis=(1, 2)) if system.inputs else 0.0)
        share = scale[:, None, None] * self._numeraire
        wage = wage_new + share
        workers = np.zeros_like(wage) if e.toolkit_form else share.copy()
        excess = self.damping * wage
        residents = (1.0 - self.move) * residents_new
        chosen = self.move * residents_new
        entitlement, due = (1.0 - _ENTITLEMENT_DAMPING) * due_new, _ENTITLEMENT_DAMPING * due_new
        final, earned = np.zeros_like(chosen), np.zeros_like(chosen)
        earnings, utility = np.zeros_like(chosen), np.zeros_like(chosen)
        welfare = welfare.copy()
        if system.stayers:
            per = due / (1.0 + self.extra)
            final += per * self.per_stayer_pay / e.rebated
            earned -= per * self.per_stayer_pay
            earnings -= per * self.extra
            due = -per * self.extra  # in ln of the mass of stayers
            pull = e.epsilon * self.staying * due[:, self.home]
            utility += pull @ system.registered
            entitlement = entitlement + pull @ system.registered
            welfare -= pull
        self._pull_choice(chosen, utility, residents, entitlement, welfare)
        # homes
        residents += e.amenity_spill * utility
        access = utility.copy()
        rent = -(1.0 - e.alpha) * utility
        income = rent / (1.0 + e.delta)
        index = -e.alpha * utility + (0.0 if e.toolkit_form else e.delta) * income
        floor_space = -income
        if e.closure == "residents":
            income = income + utility
            earnings -= utility
            residents -= utility
        if e.closure == "landlords":
            earnings += income
            residents += income
        else:
            final += np.where(self.lived, income * _inverse(self.final), 0.0)
        # goods
        sold = np.where(self.working, excess, 0.0)
        wage = wage - sold
        workers -= sold
        sold_weight = sold * self.per_sold
        reached = self._sell(sold_weight) * self.demand
        price = price_new + e.theta[:, None] * reached + e.spending[:, None] * index[:, None]
        price_weight = price * self.per_price
        cost = self.weight * self._buy(price_weight) - e.theta[:, None] * sold
        spent = reached * _inverse(self.spending)
        final += np.einsum("s,ksn->kn", e.spending, spent)
        output = np.einsum("os,ksn->kon", e.inputs, spent)
        earned += final
        payroll = (output + e.land[:, None] * final[:, None]) / e.labour[:, None]
        world = (self.economy.wage * self.economy.workers).sum()
        payroll += ((final * self.transfers).sum(axis=1) / world)[:, None, None]
        wage = wage + self.payroll * payroll
        workers += self.payroll * payroll
        earnings += self.earned * earned
        residents += self.earned * earned
        # costs
        gain = (e.entry / e.theta)[:, None]
        bundle = (1.0 + gain) * cost
        workers += e.land[:, None] * bundle - (e.nu[:, None] + gain) * cost
        wage = wage + (e.labour + e.land)[:, None] * bundle - gain * cost
        price_state = np.einsum("sk,jsn->jkn", e.inputs, bundle)
        # work
        wage = wage + e.phi * workers
        work_weight = workers * self.per_work
        seen = self._gather(work_weight) * self.here
        residents += seen
        access = access - e.phi * seen - e.phi * earnings
        pay_weight = earnings * self.per_pay
        access_weight = access * self.per_access
        wage = wage + (1.0 + e.phi) * self.paid * self._spread(pay_weight) + self.open * self._spread(access_weight)
        return Cotangents(
            state=system.join(wage, residents, price_state, entitlement),
            productivity=-cost, land=-e.land[:, None] * bundle, amenity=utility, floor_space=floor_space,
            transfer=final * self.total, cost_price=price_weight, cost_sold=sold_weight, work=work_weight,
            pay=pay_weight, access=access_weight, chosen=chosen, welfare=welfare, due=due,
        )  # fmt: skip

    def _pull_choice(self, chosen: Array, utility: Array, residents: Array, entitlement: Array, welfare: Array) -> None:
        """Transpose of the choice of a place; adds to all but `chosen`, and completes `welfare`."""
        e = self.elasticities
        if math.isinf(e.epsilon):
            chosen = np.where(self.lived, chosen, 0.0)
            welfare -= (chosen @ self.mix.T) / e.crowding
            level = (chosen + e.crowding * (welfare @ self.location)) / e.crowding
            utility += level
            residents += chosen + e.crowding * (welfare @ self.location)
            return
        welfare -= e.epsilon * (chosen @ self.mix.T)
        utility += e.epsilon * np.where(self.lived, chosen, 0.0) + welfare @ self.location
        if self.system.stayers:
            per = e.epsilon * self.home_mix * chosen[:, self.home] + welfare * self.home_location
            entitlement += per @ self.system.registered

    # -- derivatives in matrices, formed only when asked for

    def trade_cost(self, c: Cotangents, k: int) -> Array:
        """Derivative number k in ln trade cost (S, n, n), row destination, column origin."""
        theta = self.elasticities.theta
        return np.stack([
            m.base * self.weight[s] * c.cost_price[k, s][:, None]
            - theta[s] * m.base * self.demand[s][:, None] * c.cost_sold[k, s]
            for s, m in enumerate(self.trade)
        ])  # fmt: skip

    def pair_scale(self, c: Cotangents, k: int) -> Array:
        """Derivative number k in ln scale of a residence-workplace pair (S, n, n); times -phi: in ln commuting cost."""
        return np.stack([
            m.base * (
                self.here[:, None] * c.work[k, s] + c.pay[k][:, None] * self.paid[s]
                + (c.access[k] / self.elasticities.phi)[:, None] * self.open[s]
            )
            for s, m in enumerate(self.commute)
        ])  # fmt: skip

    def attraction(self, c: Cotangents, k: int) -> Array:
        """Derivative number k in ln attraction (entitlement over migration cost) of each group and place (G, n)."""
        e = self.elasticities
        if math.isinf(e.epsilon):
            return np.asarray(self.location * c.welfare[k][:, None] + self.mix * c.chosen[k] / e.crowding)
        out: Array = self.location * c.welfare[k][:, None] + e.epsilon * self.mix * c.chosen[k]
        if self.system.stayers:
            out += (e.epsilon * self.staying * c.due[k][self.home])[:, None] * self.system.registered
        return out


def _inverse(x: Array) -> Array:
    """One over x, zero where x is zero."""
    return np.divide(1.0, x, out=np.zeros_like(x), where=x != 0)
