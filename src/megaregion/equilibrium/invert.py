"""Productivities that make observed wages and employment an equilibrium, given bilateral trade costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.errors import ConvergenceError, InputError

Array = NDArray[np.float64]
Rule = Literal["strict", "toolkit"]

STRICT = 1e-13  # largest log gap between income and sales that the strict rule leaves
_TOTALS = 1e-9  # income and spending of the world may differ by rounding only
_LONGEST = (
    50.0  # step of ln strength: scaling never expands, so that long steps are safe, and fundamentals differ a lot
)
_SHARE, _DECIMALS, _PASSES = 0.25, 6, 10_000  # damping, rounding and patience of the published loop


@dataclass(frozen=True, eq=False, kw_only=True)
class Productivities:
    """Result of `invert_productivity`.

    Attributes
    ----------
    productivity : array (n,)
        Mean one; zero where nobody works.
    price : array (n,)
        Price index of tradables at wages and employment in units of their means. The strict rule leaves out the
        constant of mark-up and fixed costs; the published formula of the toolkit rule has it.
    own_share : array (n,)
        Share of its own goods in what a place spends.
    trade : array (n, n)
        Share of each origin (column) in what a destination (row) spends; rows sum to one.
    iterations : int
        Updates made.
    residual : float
        Largest absolute log gap between the income of a place and what is spent on its goods.
    """

    productivity: Array
    price: Array
    own_share: Array
    trade: Array
    iterations: int
    residual: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Inversion:
    """Result of `invert`; S sectors, n places.

    Attributes
    ----------
    economy : Economy
        A baseline that clears every market, with the fitted trade shares and spending shares.
    productivity : array (S, n)
        Mean one in each sector over the places that have it, zero elsewhere.
    price : array (S, n)
        Price of the sector's goods where they are bought, up to one constant a sector; zero where none arrive.
    iterations : array (S,), int
    residual : array (S,)
        Largest absolute log gap between sales and demand.
    """

    economy: Economy
    productivity: Array
    price: Array
    iterations: NDArray[np.int64]
    residual: Array


def invert_productivity(
    elasticities: Elasticities, *, cost: Array, wage: Array, workers: Array, spending: Array | None = None,
    rule: Rule = "strict", tolerance: float = STRICT,
) -> Productivities:  # fmt: skip
    """Productivity of every place from wages, employment and trade costs, for one sector that uses labour only.

    Parameters
    ----------
    elasticities : Elasticities
        One sector; only `theta`, `nu` and `entry` matter here.
    cost : array (n, n)
        Iceberg cost, row destination, column origin, any common scale; +inf where nothing is shipped. The
        diagonal counts as given.
    wage : array (n,)
        Of a worker, by workplace, any unit.
    workers : array (n,)
        By workplace.
    spending : array (n,), optional
        What the residents of a place spend, in the unit of wage times workers; their earnings if people commute.
        Its sum must be that of wage times workers. Default: wage times workers.
    rule : {"strict", "toolkit"}
        `strict` solves to `tolerance` and gives the price index of the model. `toolkit` repeats the published
        code: A <- .75 A + .25 A income/sales, mean one, until no gap shows at six decimals, which leaves log gaps
        of about 1e-8; its price index leaves out spillovers and the cost of trade inside a place.
    tolerance : float
        Of the strict rule, on the largest log gap.

    Returns
    -------
    Productivities

    Raises
    ------
    InputError
        A table is out of range or of the wrong shape, or incomes and spending differ in total.
    ConvergenceError
        No productivities balance the markets, for example because places are cut off from each other.

    Notes
    -----
    pi_ni = L_i^(1 + theta nu) (d_ni w_i/A_i)^-theta / sum_j (.), sum_n pi_ni X_n = w_i L_i, with free entry;
    L_i^(theta nu) without. Goods market clearing and trade shares of Monte, Redding and Rossi-Hansberg (2018), AER
    108(12), theta = sigma - 1; the solution is unique up to scale. The `toolkit` rule is that of solveProductTradeTK
    in Ahlfeldt and Seidel's MRRH2018 toolkit (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from megaregion.equilibrium.elasticities import Elasticities
    >>> e = Elasticities.one_sector(theta=4.0, epsilon=3.0, alpha=0.7)
    >>> free = np.ones((2, 2))  # without trade costs w L = (A/w)^theta
    >>> a = invert_productivity(e, cost=free, wage=np.array([1.0, 1.0]), workers=np.array([16.0, 1.0])).productivity
    >>> round(float(a[0] / a[1]), 9)
    2.0
    """
    wage, workers = np.asarray(wage, dtype=np.float64), np.asarray(workers, dtype=np.float64)
    cost = np.asarray(cost, dtype=np.float64)
    spent = wage * workers if spending is None else np.asarray(spending, dtype=np.float64)
    if found := _problems(elasticities, cost, wage, workers, spent, rule):
        raise InputError("inversion: " + "; ".join(found), hint="check units, and that spending adds up to earnings")
    mean_wage, mean_workers = wage.mean(), workers.mean()
    wage, workers, spent = wage / mean_wage, workers / mean_workers, spent / (mean_wage * mean_workers)
    theta, scale = (
        float(elasticities.theta[0]),
        float(elasticities.nu[0] + elasticities.entry[0] / elasticities.theta[0]),
    )
    kernel = cost**-theta
    if rule == "toolkit":
        return _toolkit(kernel, theta, scale, wage, workers, spent)
    strength, iterations, residual = balance(kernel, wage * workers, spent, tolerance=tolerance)
    here = workers > 0
    productivity = np.where(here, strength ** (1 / theta) * wage, 0.0)
    productivity[here] /= workers[here] ** scale
    mean = productivity.mean()
    reach = kernel @ strength
    trade = np.divide(kernel * strength, reach[:, None], out=np.zeros_like(kernel), where=reach[:, None] > 0)
    return Productivities(
        productivity=productivity / mean, price=mean * reach ** (-1 / theta), own_share=np.diag(trade).copy(),
        trade=trade, iterations=iterations, residual=residual,
    )  # fmt: skip


def _problems(
    elasticities: Elasticities, cost: Array, wage: Array, workers: Array, spent: Array, rule: str
) -> list[str]:
    n = wage.size
    if elasticities.sectors != 1 or elasticities.labour[0] != 1:
        return ["one sector that uses labour only is needed here: see invert for more"]
    out = [] if rule in ("strict", "toolkit") else [f"rule must be strict or toolkit, got {rule!r}"]
    for name, value, shape in (
        ("cost", cost, (n, n)), ("wage", wage, (n,)), ("workers", workers, (n,)), ("spending", spent, (n,))
    ):  # fmt: skip
        if value.shape != shape:
            out.append(f"{name} has the shape {value.shape}, expected {shape}")
        elif name == "cost" and not (value > 0).all():
            out.append("cost must be above zero everywhere; +inf where nothing is shipped")
        elif name != "cost" and not (np.isfinite(value) & (value >= 0)).all():
            first = int(np.argmin(np.isfinite(value) & (value >= 0)))
            out.append(f"{name} must be finite and >= 0, first not so at {first}: {float(value[first])!r}")
    if not out and ((workers > 0) & (wage <= 0)).any():
        out.append(f"wage must be above zero where people work, first at {int(np.argmax((workers > 0) & (wage <= 0)))}")
    if not out and abs(spent.sum() / (wage @ workers) - 1) > _TOTALS:
        out.append(f"spending {spent.sum():.9g} differs in total from earnings {wage @ workers:.9g}")
    return out


def _toolkit(kernel: Array, theta: float, scale: float, wage: Array, workers: Array, spent: Array) -> Productivities:
    """The loop of the published code with its tolerance and its price index; (n,) in units of means."""
    income, sigma = wage * workers, theta + 1.0
    fixed = workers ** (theta * scale) * wage**-theta
    productivity, passes = np.ones_like(wage), 0
    while True:
        strength = fixed * productivity**theta
        reach = kernel @ strength
        sold = strength * (spent / reach @ kernel)
        if not np.rint((income - sold) * 10**_DECIMALS).any():
            break
        if passes == _PASSES:
            raise ConvergenceError(
                f"the published loop is unsolved after {passes} passes", last=productivity, hint="use the strict rule"
            )
        productivity = _SHARE * productivity * (income / sold) + (1 - _SHARE) * productivity
        productivity /= productivity.mean()
        passes += 1
    trade = kernel * strength / reach[:, None]
    own = np.diag(trade).copy()
    price = sigma / theta * (workers / (sigma * own)) ** (-1 / theta) * wage / productivity
    return Productivities(
        productivity=productivity, price=price, own_share=own, trade=trade, iterations=passes,
        residual=float(np.abs(np.log(sold / income)).max()),
    )  # fmt: skip


def balance(kernel: Array, sold: Array, spent: Array, *, tolerance: float = STRICT) -> tuple[Array, int, float]:
    """Strength t >= 0 of every origin such that sum_n K_ni t_i / (sum_j K_nj t_j) spent_n = sold_i.

    Parameters
    ----------
    kernel : array (n, n)
        K >= 0, row destination, column origin.
    sold : array (n,)
        Sales of each origin; those without sales get the strength zero.
    spent : array (n,)
        Spending of each destination, same sum as `sold` but for rounding.
    tolerance : float
        On the largest log gap.

    Returns
    -------
    strength : array (n,)
        Geometric mean one over the origins that sell.
    iterations : int
    residual : float

    Raises
    ------
    InputError
        A place spends but nobody who sells reaches it, or somebody sells who reaches nobody who spends.
    ConvergenceError
        No strengths balance the sales to the tolerance.

    Notes
    -----
    The plain step t <- sold / (K' (spent / K t)) is the scaling of Sinkhorn and Knopp (1967), Pacific J. Math.
    21(2); in logs it is a non-expansive map, and Anderson mixing makes up for its slowness. The solution is unique up
    to scale if the places hang together.
    """
    selling, buying = sold > 0, spent > 0
    inside = np.ascontiguousarray(kernel[np.ix_(buying, selling)], dtype=np.float64)
    alone = [
        f"{what}, first at {int(np.flatnonzero(group)[np.argmin(reached)])}"
        for what, group, reached in (
            ("nobody who sells reaches a place that spends", buying, inside.any(axis=1)),
            ("a place sells but reaches nobody who spends", selling, inside.any(axis=0)),
        )
        if not reached.all()
    ]
    if alone:
        raise InputError("balance: " + "; ".join(alone), hint="give every pair in use a finite cost")
    target = np.log(sold[selling])
    paid = spent[buying] * (sold.sum() / spent.sum())

    def step(x: Array) -> tuple[Array, Array]:
        level = x - x.max(axis=1, keepdims=True)
        new = target - np.log(paid / (np.exp(level) @ inside.T) @ inside)
        return new - new.mean(axis=1, keepdims=True), np.abs(new - level).max(axis=1)

    found = anderson(step, np.zeros((1, target.size)), tolerance=tolerance, largest_step=_LONGEST)
    strength = np.zeros(sold.size)
    strength[selling] = np.exp(found.x[0] - found.x[0].mean())
    return strength, int(found.iterations[0]), float(found.residual[0])


def invert(draft: Economy, cost: Array, *, land: Array | None = None, tolerance: float = STRICT) -> Inversion:
    """A clearing baseline and its productivities for any number of sectors, from observed wages and employment.

    Parameters
    ----------
    draft : Economy
        Tables of wages, workers, groups, location, commuting and transfers; its trade shares and the spending shares
        of its elasticities are placeholders and are replaced.
    cost : array (n, n) or (S, n, n)
        Iceberg cost of goods, row destination, column origin; +inf where nothing is shipped.
    land : array (S, n), optional
        Production land (or another fixed factor); default one everywhere, so that it is part of productivity.
    tolerance : float
        On the largest log gap between sales and demand in each sector.

    Returns
    -------
    Inversion

    Raises
    ------
    InputError
        Spending shares that close the sectors would not lie in (0, 1), or the draft is inconsistent.
    ConvergenceError
        See `balance`.

    Notes
    -----
    Clearing in every sector ties the spending shares to the data: spending_s = (Y_s - sum_k inputs_ks Y_k) / sum_n
    (earnings_n + land income_n), Y_s = sum_i w_is L_is / labour_s. Then c_is^-theta_s balances sales, and A_is =
    z_is / (c_is L_is^nu M_is^(entry/theta)), z = w^labour (w L/land)^land-share prod_k P_k^inputs, M = w L/z (free
    entry with the fixed cost in the input bundle).
    """
    s, n = draft.wage.shape
    e = draft.elasticities.replace(spending=_closing_shares(draft))
    drafted = replace(draft, elasticities=e)
    costs = np.broadcast_to(np.asarray(cost, dtype=np.float64), (s, n, n))
    if not (costs > 0).all():
        raise InputError("inversion: cost must be above zero everywhere", hint="+inf where nothing is shipped")
    strength, price = np.zeros((s, n)), np.ones((s, n))
    trade = np.zeros((s, n, n))
    iterations, residual = np.zeros(s, dtype=np.int64), np.zeros(s)
    for k in np.flatnonzero(draft.output.any(axis=1)):
        kernel = costs[k] ** -e.theta[k]
        strength[k], iterations[k], residual[k] = balance(
            kernel, drafted.output[k], drafted.spending[k], tolerance=tolerance
        )
        reach = (kernel @ strength[k])[:, None]
        np.divide(kernel * strength[k], reach, out=trade[k], where=reach > 0)
        price[k] = np.where(reach > 0, reach, np.inf)[:, 0] ** (-1 / e.theta[k])
    economy = replace(drafted, trade=trade)
    economy.require()
    return Inversion(
        economy=economy, productivity=_productivity(economy, strength, price, land), price=price,
        iterations=iterations, residual=residual,
    )  # fmt: skip


def _productivity(economy: Economy, strength: Array, price: Array, land: Array | None) -> Array:
    """Productivity behind unit costs strength^(-1/theta), mean one in each sector (S, n)."""
    e, here = economy.elasticities, economy.workers > 0
    wage, workers = np.where(here, economy.wage, 1.0), np.where(here, economy.workers, 1.0)
    fixed = np.ones(here.shape) if land is None else np.asarray(land, dtype=np.float64)
    prices = np.log(np.where(price > 0, price, 1.0))  # zero where nothing arrives: nobody uses it there
    bundle = e.labour[:, None] * np.log(wage) + e.land[:, None] * np.log(wage * workers / fixed) + e.inputs @ prices
    firms = np.log(wage * workers) - bundle
    cheap = np.log(np.where(here, strength, 1.0)) / e.theta[:, None]  # minus ln of unit cost
    log = bundle + cheap - e.nu[:, None] * np.log(workers) - (e.entry / e.theta)[:, None] * firms
    out = np.where(here, np.exp(log), 0.0)
    mean = out.sum(axis=1, keepdims=True) / np.maximum(here.sum(axis=1, keepdims=True), 1)
    np.divide(out, mean, out=out, where=here)
    return out


def _closing_shares(draft: Economy) -> Array:
    """Spending shares of final demand that close every sector in the world as a whole (S,)."""
    sales = draft.output.sum(axis=1)
    shares: Array = (sales - draft.elasticities.inputs.T @ sales) / draft.final_demand.sum()
    if not ((shares > 0) | (sales == 0)).all():
        raise InputError(
            f"inversion: spending shares of the sectors would be {shares.round(4).tolist()}",
            hint="sectors sell less than firms use of them: rescale cost shares or the wages of whole sectors",
        )
    out: Array = shares / shares.sum()
    return out
