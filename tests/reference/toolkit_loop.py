"""The published loop for counterfactuals of the German application, pass by pass, with its own tolerance.

Written after counterFactsTK of the MRRH2018 toolkit (Ahlfeldt and Seidel 2024) and its update functions; shares no line
with the package. A witness for tests and the plain damped loop of the benchmarks: powers of full matrices in
every pass, damping one quarter, and a stop when no entry moves by more than 1e-4, which is not a solution.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ALPHA, EPSILON, DELTA, SIGMA, NU = 0.7, 4.6, 0.38, 4.0, 0.05
DISTANCE = 0.42  # elasticity of trade cost to distance
WEST = 324  # the first rows, Berlin not included
BORDER = 1000.0


@dataclass(frozen=True, eq=False)
class Germany:
    """Inputs of the application: 401 counties.

    Attributes
    ----------
    commuters : array (n, n)
        Row residence, column workplace.
    wage : array (n,)
        Any unit.
    cost : array (n, n)
        Iceberg cost, (distance over the smallest distance)^.42; symmetric, its diagonal is not one.
    across : array (n, n) of bool
        Pairs across the former inner-German border.
    """

    commuters: Array
    wage: Array
    cost: Array
    across: NDArray[np.bool_]

    @property
    def border(self) -> Array:
        """The factor 1000 across the border (n, n)."""
        return np.where(self.across, BORDER, 1.0)


def germany(folder: Path) -> Germany:
    """Inputs from `reference/spatial-equilibrium` of the publishers' files."""
    with np.load(folder / "mrrh_germany_input.npz", allow_pickle=False) as table:
        commuters, wage = table["commuting"].astype(float), table["wage"].astype(float)
        distance = table["distance_m"]
    east = np.arange(wage.size) >= WEST
    return Germany(commuters, wage, (distance / distance.min()) ** DISTANCE, east[:, None] != east)


@dataclass(frozen=True, eq=False)
class Outcome:
    """Factors of change, names as in the published tables; `pair_welfare` (n, n), the rest (n,)."""

    w: Array
    v: Array
    q: Array
    p: Array
    r: Array
    l: Array  # noqa: E741
    pair_welfare: Array
    passes: int
    converged: bool


def counterfactual(
    data: Germany, trade: Array, *, trade_cost: Array | None = None, commuting_cost: Array | None = None,
    tolerance: float = 1e-4, passes: int = 20_000,
) -> Outcome:  # fmt: skip
    """The loop: everything of a pass from the old iterate, then both updates with one quarter.

    Parameters
    ----------
    data : Germany
    trade : array (n, n)
        Share of each origin (column) in what a destination (row) spends.
    trade_cost, commuting_cost : array (n, n), optional
        Factors.
    tolerance : float
        On the largest change of any wage or of any pair of residence and workplace, those without commuters included.
    passes : int
        At most.
    """
    n = data.wage.size
    joint = data.commuters / data.commuters.sum()
    workers, residents, w = n * joint.sum(axis=0), n * joint.sum(axis=1), data.wage / data.wage.mean()
    v = joint @ w / joint.sum(axis=1)
    d_hat = np.ones((n, n)) if trade_cost is None else trade_cost
    k_hat = np.ones((n, n)) if commuting_cost is None else commuting_cost
    wage, pairs = np.ones(n), np.ones((n, n))
    converged = False
    for count in range(1, passes + 1):  # noqa: B007 (read after the loop)
        pull = joint * k_hat**-EPSILON * wage**EPSILON
        v_hat = (pull * (wage * w)).sum(axis=1) / pull.sum(axis=1) / v
        l_hat = n * (joint * pairs).sum(axis=0) / workers
        r_hat = n * (joint * pairs).sum(axis=1) / residents
        q_hat = (v_hat * r_hat) ** (1 / (1 + DELTA))
        scale = l_hat ** (1 - (1 - SIGMA) * NU)
        sold = trade * (scale * wage ** (1 - SIGMA)) * d_hat ** (1 - SIGMA)
        share = sold / sold.sum(axis=1, keepdims=True)
        own = np.diag(share) / np.diag(trade)
        p_hat = (scale / own) ** (1 / (1 - SIGMA)) * np.diag(d_hat) * wage
        new_wage = share.T @ (v_hat * v * r_hat * residents) / (w * workers * l_hat)
        new_wage /= (new_wage * w).mean()
        bundle = p_hat**ALPHA * q_hat ** (1 - ALPHA)
        new_pairs = bundle[:, None] ** -EPSILON * (wage / k_hat) ** EPSILON
        new_pairs /= (joint * new_pairs).sum()
        if np.abs(new_wage - wage).max() < tolerance and np.abs(new_pairs - pairs).max() < tolerance:
            converged = True
            break
        wage = 0.25 * new_wage + 0.75 * wage
        pairs = 0.25 * new_pairs + 0.75 * pairs
    welfare = wage / (k_hat * bundle[:, None]) * pairs ** (-1 / EPSILON)
    return Outcome(wage, v_hat, q_hat, p_hat, r_hat, l_hat, welfare, count, converged)
