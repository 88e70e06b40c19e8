"""Models of the literature as special cases of the one model, and worlds built from fundamentals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.invert import STRICT, Productivities, Rule, balance, invert, invert_productivity
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError

Array = NDArray[np.float64]

_LEVELS, _ROUGH = 1e-12, 1e-4  # residual of the solution from which a world is read, and of those on the way
_WAY = (0.25, 0.5, 0.75, 1.0)  # powers of the trade costs: all at once is often too far for acceleration


def allen_arkolakis_2014(
    *, sigma: float = 9.0, alpha: float = 0.1, beta: float = -0.3, epsilon: float = math.inf
) -> Elasticities:
    """Elasticities of Allen and Arkolakis (2014), QJE 129(3): trade and spillovers, no floor space.

    Parameters
    ----------
    sigma : float
        Elasticity of substitution, their sigma; theta = sigma - 1.
    alpha, beta : float
        Spillovers of local population on productivity, A = A0 L^alpha, and on amenity, u = u0 L^beta.
    epsilon : float
        Shape of tastes for places. The paper has none (infinity), which needs beta < 0. A finite shape with amenity
        spillover beta + 1/epsilon is the same economy; welfare then is expected utility and changes alike.

    Notes
    -----
    Welfare is the same in all places, w_i u_i / P_i = W, and W^(1 - sigma) is the eigenvalue of the two integral
    equations for wages and population. Restrictions: one sector of labour only, no commuting, everything spent on
    tradables, no entry of firms. Unique if alpha + beta <= 0.
    """
    spill = beta if math.isinf(epsilon) else beta + 1.0 / epsilon
    return Elasticities.one_sector(
        theta=sigma - 1.0, epsilon=epsilon, phi=2.0, alpha=1.0, nu=alpha, amenity_spill=spill
    )


def redding_2016(
    *, theta: float = 4.0, epsilon: float = 3.0, alpha: float = 0.75, increasing_returns: bool = False
) -> Elasticities:
    """Elasticities of Redding (2016), Journal of International Economics 101: goods trade, tastes for places, land.

    Parameters
    ----------
    theta : float
        Shape of productivity across goods; with `increasing_returns` sigma - 1.
    epsilon : float
        Shape of tastes for places.
    alpha : float
        Share of tradables; the rest is spent on land in fixed supply, whose rent goes to the residents.
    increasing_returns : bool
        Monopolistic competition with free entry instead of the goods of Eaton and Kortum (2002).

    Notes
    -----
    Restrictions: one sector of labour only, no commuting, delta = nu = amenity spillover = 0, rents to residents.
    With constant returns the change of welfare is
    W = [sum_n R_n (pi_nn^(-alpha/theta) R_n^(alpha-1))^epsilon]^(1/epsilon), with the baseline shares of residents as
    weights and changes inside the bracket, as long as productivity, amenity and land stay what they are.
    """
    return Elasticities.one_sector(
        theta=theta, epsilon=epsilon, alpha=alpha, closure="residents", entry=float(increasing_returns)
    )


def redding_rossi_hansberg_2017(*, sigma: float = 5.0, alpha: float = 0.75) -> Elasticities:
    """Elasticities of the model of regions in Redding and Rossi-Hansberg (2017), Annual Review of Economics 9.

    Parameters
    ----------
    sigma : float
        Elasticity of substitution; theta = sigma - 1.
    alpha : float
        Share of tradables; the rest is spent on land in fixed supply, whose rent goes to the residents.

    Notes
    -----
    Helpman's (1998) model with any geography: free entry, homogeneous workers who are perfectly mobile inside a
    country (epsilon = infinity; one group a country, with places that do not overlap) and never leave it. Welfare of
    a country changes by (pi_nn)^(-alpha/(sigma - 1)) L_n^(-(sigma (1 - alpha) - 1)/(sigma - 1)) at any of its places n.
    Unique if sigma (1 - alpha) > 1. Defaults: their illustration on a grid of 30 x 30 places.
    """
    return Elasticities.one_sector(
        theta=sigma - 1.0, epsilon=math.inf, phi=2.0, alpha=alpha, entry=1.0, closure="residents"
    )


def monte_redding_rossi_hansberg_2018(
    *, sigma: float = 4.0, alpha: float = 0.7, epsilon: float = 4.6, delta: float = 0.38, nu: float = 0.05,
    toolkit_form: bool = False,
) -> Elasticities:  # fmt: skip
    """Elasticities of Monte, Redding and Rossi-Hansberg (2018), AER 108(12): trade, commuting and floor space.

    Parameters
    ----------
    sigma : float
        Elasticity of substitution; theta = sigma - 1.
    alpha : float
        Share of tradables.
    epsilon : float
        Shape of tastes for pairs of residence and workplace, so phi = epsilon.
    delta : float
        Supply elasticity of floor space.
    nu : float
        Spillover of employment on productivity; absent from the paper (0), present in the German application.
    toolkit_form : bool
        Floor space and numeraire as in the published code, for reproduction: its welfare depends on the numeraire.

    Notes
    -----
    Restrictions: one sector of labour only, free entry, one group, landlords who spend their rents on tradables.
    Defaults are those of the German application (Ahlfeldt and Seidel's MRRH2018 toolkit 2024, after Seidel and
    Wickerath 2020, Reg. Sci. Urban Econ. 85). The supply of floor space is (rent / price index)^delta, where the paper
    writes rent^delta.
    """
    return Elasticities.one_sector(
        theta=sigma - 1.0, epsilon=epsilon, alpha=alpha, delta=delta, nu=nu, entry=1.0, toolkit_form=toolkit_form
    )


def from_commuters(
    elasticities: Elasticities, *, commuters: Array, wage: Array, cost: Array, rule: Rule = "strict"
) -> tuple[Economy, Productivities]:
    """Baseline of a one-sector economy with commuting, and its productivities, from flows, wages and trade costs.

    Parameters
    ----------
    elasticities : Elasticities
        One sector, as from `monte_redding_rossi_hansberg_2018`.
    commuters : array (n, n)
        Workers, row residence, column workplace, those who stay on the diagonal.
    wage : array (n,)
        By workplace.
    cost : array (n, n)
        Iceberg cost, row destination, column origin.
    rule : {"strict", "toolkit"}
        See `invert_productivity`. What the toolkit rule leaves is too much for `solve`, which clears every market.

    Returns
    -------
    Economy
        Numbers of people in units of the mean place, wages in units of their mean.
    Productivities

    Raises
    ------
    InputError, ConvergenceError
        As `invert_productivity`.
    """
    flows = np.asarray(commuters, dtype=np.float64)
    if flows.ndim != 2 or flows.shape[0] != flows.shape[1] or not (np.isfinite(flows) & (flows >= 0)).all():
        raise InputError(f"commuters must be square, finite and >= 0, got shape {flows.shape}", hint="fill gaps first")
    flows = flows * (len(flows) / flows.sum())
    pay = np.asarray(wage, dtype=np.float64) / np.mean(wage)
    residents, workers = flows.sum(axis=1), flows.sum(axis=0)
    found = invert_productivity(elasticities, cost=cost, wage=pay, workers=workers, spending=flows @ pay, rule=rule)
    share = np.divide(flows, residents[:, None], out=np.zeros_like(flows), where=residents[:, None] > 0)
    economy = Economy(
        elasticities=elasticities, trade=found.trade[None], wage=pay[None], workers=workers[None],
        groups=np.array([residents.sum()]), location=(residents / residents.sum())[None], home=np.array([-1]),
        commuting=share[None],
    )  # fmt: skip
    return economy, found


def tombe_zhu_2019(
    *, theta: float = 4.0, epsilon: float = 1.5, alpha: float = 0.87,
    labour: ArrayLike = (0.27, 0.19), land: ArrayLike = (0.32, 0.16),
    inputs: ArrayLike = ((0.16, 0.25), (0.04, 0.61)), spending: ArrayLike = (0.095, 0.905),
) -> Elasticities:  # fmt: skip
    """Elasticities of Tombe and Zhu (2019), AER 109(5): agriculture and the rest, inputs, land, registration.

    Parameters
    ----------
    theta : float
        Trade elasticity of both sectors.
    epsilon : float
        Migration elasticity, their kappa.
    alpha : float
        Share of goods; the rest is spent on housing.
    labour, land : array (2,)
        Cost shares, agriculture first. `land` holds capital too: .26 + .06 and .01 + .15, a fixed factor here.
    inputs : array (2, 2)
        Cost shares of intermediates, row using sector.
    spending : array (2,)
        Shares of final demand among goods; `tombe_zhu_economy` replaces them by those that close the sectors.

    Notes
    -----
    Restrictions: constant returns, no spillovers, no commuting, housing in fixed supply, income of housing and land to
    the registered who stayed at home (closure `stayers`). A place is a region and sector, a group those registered
    there: 2 x regions of each.
    """
    return Elasticities(
        theta=np.full(2, theta), labour=np.asarray(labour), land=np.asarray(land), inputs=np.asarray(inputs),
        nu=np.zeros(2), entry=np.zeros(2), spending=np.asarray(spending), alpha=alpha, delta=0.0, epsilon=epsilon,
        phi=max(epsilon, 2.0), closure="stayers",
    )  # fmt: skip


def tombe_zhu_economy(elasticities: Elasticities, *, migrants: Array, wage: Array, cost: Array) -> Economy:
    """Baseline of the type of Tombe and Zhu (2019) from registration, wages and trade costs.

    Parameters
    ----------
    elasticities : Elasticities
        As from `tombe_zhu_2019`.
    migrants : array (S r, S r)
        People by place of registration (row) and place of work (column), each a region and sector: the r regions of
        the first sector, then those of the next.
    wage : array (S, r)
        Earnings of a worker.
    cost : array (r, r) or (S, r, r)
        Iceberg cost between regions, row destination, column origin.

    Returns
    -------
    Economy
        S r places, each with one sector; its spending shares close every sector.

    Raises
    ------
    InputError
        Tables do not fit, or no spending shares in (0, 1) close the sectors.
    """
    s = elasticities.sectors
    pay = np.asarray(wage, dtype=np.float64)
    people = np.asarray(migrants, dtype=np.float64)
    r = pay.shape[-1]
    if pay.shape != (s, r) or people.shape != (s * r, s * r) or np.shape(cost) not in ((r, r), (s, r, r)):
        raise InputError(
            f"expected wage ({s}, r), migrants ({s} r, {s} r) and cost (r, r) or ({s}, r, r), got {pay.shape}, "
            f"{people.shape}, {np.shape(cost)}",
            hint="a place is a region and sector, sectors one after the other",
        )
    groups = people.sum(axis=1)
    place = np.arange(s * r)
    wages, workers = np.zeros((s, s * r)), np.zeros((s, s * r))
    wages[place // r, place], workers[place // r, place] = pay.ravel(), people.sum(axis=0)
    between = np.broadcast_to(np.asarray(cost, dtype=np.float64), (s, r, r))
    members = groups > 0
    draft = Economy(
        elasticities=elasticities, trade=np.zeros((s, s * r, s * r)), wage=wages, workers=workers,
        groups=groups[members], location=people[members] / groups[members, None], home=np.flatnonzero(members),
    )  # fmt: skip
    return invert(draft, np.tile(between, (1, s, s))).economy


def from_fundamentals(
    elasticities: Elasticities, *, cost: Array, productivity: Array | None = None, amenity: Array | None = None,
    floor_space: Array | None = None, members: Array | None = None, places: NDArray[np.bool_] | None = None,
) -> Economy:  # fmt: skip
    """The equilibrium that fundamentals imply, for one sector and no commuting, as a baseline.

    Parameters
    ----------
    elasticities : Elasticities
        One sector.
    cost : array (n, n)
        Iceberg cost, row destination, column origin.
    productivity, amenity, floor_space : array (n,), optional
        Default one everywhere.
    members : array (G,), optional
        Members of each group; default one group of n.
    places : array (G, n) of bool, optional
        Where each group may live; default everywhere. Groups must not overlap if epsilon is infinite.

    Returns
    -------
    Economy

    Raises
    ------
    InputError
        More than one sector, or tables that do not fit.
    ConvergenceError
        No equilibrium was found.

    Notes
    -----
    Without trade costs wages and utility are powers of fundamentals and residents (see `_free_trade`); the levels are
    the change from there to `cost`, in a few steps, so that the same `solve` finds them.
    """
    n, e = len(cost), elasticities
    if e.sectors != 1 or e.labour[0] != 1:
        raise InputError("one sector that uses labour only is needed here", hint="see invert for more")
    given = {"productivity": productivity, "amenity": amenity, "floor_space": floor_space}
    logs = {name: np.zeros(n) if value is None else np.log(value) for name, value in given.items()}
    allowed = np.ones((1, n), dtype=bool) if places is None else np.asarray(places, dtype=bool)
    people = np.full(1, float(n)) if members is None else np.asarray(members, dtype=np.float64)
    if not allowed.any(axis=0).all():
        raise InputError("every place must be open to a group", hint="leave out the places where nobody may live")
    if math.isinf(e.epsilon) and (allowed.sum(axis=0) > 1).any():
        raise InputError(
            "perfect mobility needs groups whose places do not overlap", hint="give epsilon a finite value"
        )
    free = _free_trade(e, logs, people, allowed)
    free.require()
    costs = np.asarray(cost, dtype=np.float64)
    state = None
    for part in _WAY:
        found = solve(free, [Shock(trade_cost=costs**part)], start=state, tolerance=_LEVELS if part == 1 else _ROUGH)
        state = found.state
    wage, workers = free.wage * found.wage[0], free.workers * found.workers[0]
    levels = replace(free, wage=wage, workers=workers, location=found.location[0])
    unit = logs["productivity"] - np.log(wage[0]) + (e.nu[0] + e.entry[0] / e.theta[0]) * np.log(workers[0])
    kernel = costs ** -e.theta[0] * np.exp(e.theta[0] * (unit - unit.mean()))
    strength, _, _ = balance(kernel, levels.output[0], levels.spending[0], tolerance=STRICT)  # last digits of `solve`
    share = kernel * strength
    return replace(levels, trade=(share / share.sum(axis=1, keepdims=True))[None])


def _free_trade(e: Elasticities, logs: dict[str, Array], people: Array, allowed: NDArray[np.bool_]) -> Economy:
    """The equilibrium without trade costs.

    Everywhere the price index is the same, so that (1 + theta) ln w = theta ln A + (theta (nu + entry/theta) - 1) ln R
    and ln U = slope ln R + t, up to constants. People follow from R_n^(1 - epsilon slope) = e^(epsilon t_n) sum_g N_g
    a_gn / sum_m a_gm U_m^epsilon, or from equal U inside each group.
    """
    theta, n = float(e.theta[0]), allowed.shape[1]
    scale = float(theta * e.nu[0] + e.entry[0])
    housing = (1.0 - e.alpha) / (1.0 + e.delta)
    slope = e.amenity_spill - housing + (1.0 - housing) * (scale - 1.0) / (1.0 + theta)
    fixed = (
        logs["amenity"] + housing * logs["floor_space"] + (1.0 - housing) * theta / (1.0 + theta) * logs["productivity"]
    )
    if math.isinf(e.epsilon):
        ease = np.exp((fixed - fixed.mean()) / -slope) * allowed
        location = ease / ease.sum(axis=1, keepdims=True)
    else:

        def chosen(residents: Array) -> Array:
            pull = np.exp(e.epsilon * (slope * residents + fixed - fixed.mean())) * allowed
            out: Array = pull / pull.sum(axis=1, keepdims=True)
            return out

        def step(x: Array) -> tuple[Array, Array]:
            gap = np.log(people @ chosen(x[0])) - x
            return x + gap / (1.0 - e.epsilon * slope), np.abs(gap).max(axis=1)

        even = np.log(people @ (allowed / allowed.sum(axis=1, keepdims=True)))
        location = chosen(anderson(step, even[None], tolerance=STRICT).x[0])
    residents = people @ location
    wage = np.exp((theta * logs["productivity"] + (scale - 1.0) * np.log(residents)) / (1.0 + theta))
    wage /= wage @ residents / residents.sum()
    return Economy(
        elasticities=e, trade=np.tile(wage * residents / (wage @ residents), (1, n, 1)), wage=wage[None],
        workers=residents[None], groups=people, location=location, home=np.full(people.size, -1),
    )  # fmt: skip
