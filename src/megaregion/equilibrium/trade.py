"""Trade shares of the largest entropy: gravity in travel time and the border, with stated margins and own share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.economy import Array
from megaregion.errors import InfeasibleError


@dataclass(frozen=True, eq=False, kw_only=True)
class Trade:
    """Fitted trade of one sector.

    Attributes
    ----------
    shares : array (n, n)
        Share of each origin (column) in what a destination (row) spends.
    strength : array (n,)
        Supply term of each origin, geometric mean one; zero where nothing is made.
    home_term : float
        Log advantage of the own place over any other beyond travel time.
    iterations : int
    """

    shares: Array
    strength: Array
    home_term: float
    iterations: int


def own_targets(spending: Array, output: Array, share: float) -> Array:
    """Own share of each sector (S,) such that a stated share of all spending stays in its place.

    Parameters
    ----------
    spending, output : array (S, n)
    share : float
        Of the spending on all sectors.

    Returns
    -------
    array (S,)
        The same share in every sector of what could stay, sum_n min(spending, output); `share` itself for one sector.
    """
    if len(spending) == 1:
        return np.array([share])
    could = np.minimum(spending, output).sum(axis=1)
    out: Array = share * spending.sum() / could.sum() * could / spending.sum(axis=1)
    return out


def fit(
    kernel: Array, spending: Array, output: Array, share: float, places: Sequence[str], *, start: Array | None = None
) -> Trade:
    """Shares in proportion to strength_i kernel_ni exp(-h other) that give spending, output and the own share.

    Parameters
    ----------
    kernel : array (n, n)
        Above zero; row destination.
    spending, output : array (n,)
        Of every place as buyer and as seller, of the same total; output may be zero.
    share : float
        Share of all spending that stays in its place.
    places : sequence of str
        For messages.
    start : array (n + 1,), optional
        Log strengths and home term of a neighbouring fit.

    Raises
    ------
    InfeasibleError
        No matrix has these margins and this own share.
    ConvergenceError
        The fitting stopped early.

    Notes
    -----
    The conditions are three margins of the matrix of sales: by origin, by destination, and own against other. The
    matrix of that form with these margins is the one of largest entropy; it is unique, and iterative proportional
    fitting finds it from any start. Each pass fits the margins in turn (no power of the n x n matrix inside),
    accelerated by `anderson`.
    """
    spent, made = spending / spending.sum(), output / output.sum()
    _require_feasible(spent, made, share, places)
    kernel = kernel.copy(order="K")
    own = np.diagonal(kernel).copy()
    np.fill_diagonal(kernel, 0.0)
    n, wanted, on = spent.size, np.log(share / (1.0 - share)), made > 0

    def step(x: Array) -> tuple[Array, Array]:
        strength, others = np.where(on, np.exp(x[0, :n]), 0.0), np.exp(-x[0, n])
        reach = spent / (own * strength + others * (kernel @ strength))
        sold = np.where(on, strength * (own * reach + others * (reach @ kernel)), 1.0)
        new = strength * made / sold
        stays, leaves = float(reach @ (own * new)), others * float(reach @ (kernel @ new))
        now = float(reach @ (own * strength))
        log = np.log(np.where(on, new, 1.0))
        home = x[0, n] + wanted - np.log(stays / leaves)
        gap = np.abs(np.log(np.where(on, sold, 1.0) / np.where(on, made, 1.0))).max()
        residual = max(float(gap), abs(now - share))
        return np.append(log - log.sum() / on.sum(), home)[None], np.array([residual])

    first = np.zeros(n + 1)
    if start is None:
        level = np.log(np.where(on, made, 1.0))
        first[:n] = level - level.sum() / on.sum()
    else:
        first[:] = start
    first[:n] = np.where(on, first[:n], 0.0)
    found = anderson(step, first[None], tolerance=2e-14 * np.sqrt(n) + 1e-13, first_damping=1.0, largest_step=4.0)
    x = found.x[0]
    strength, home = np.where(on, np.exp(x[:n]), 0.0), float(x[n])
    shares = np.exp(-home) * kernel * strength
    np.fill_diagonal(shares, own * strength)
    shares /= shares.sum(axis=1, keepdims=True)
    return Trade(shares=shares, strength=strength, home_term=home, iterations=int(found.iterations[0]))


def _require_feasible(spent: Array, made: Array, share: float, places: Sequence[str]) -> None:
    """What one place buys and sells elsewhere must fit into all that is traded; what stays into what it buys."""
    largest = int((spent + made).argmax())
    both = float(spent[largest] + made[largest])
    if share < (least := both - 1.0) + 1e-9:
        raise InfeasibleError(
            f"own_share {share:g} cannot be reached: {places[largest]} has {both / 2.0:.1%} of all income, so that at "
            f"least {least:.1%} stays where it is earned",
            hint="raise own_share in [options.equilibrium]",
        )
    if share > (most := float(np.minimum(spent, made).sum())) * (1.0 - 1e-6) and most < 1.0 - 1e-9:
        raise InfeasibleError(
            f"own_share {share:g} cannot be reached: where people buy and where goods are made differ so much that "
            f"at most {most:.1%} can stay",
            hint="lower own_share in [options.equilibrium]",
        )
