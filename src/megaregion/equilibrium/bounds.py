"""How strong agglomeration may be before an economy can have several equilibria: closed-form bounds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities

Array = NDArray[np.float64]
_ONE = 1.0 - 1e-12


def provable(economy: Economy) -> bool:
    """Whether the bound on scale is a theorem here: one sector (labour only), one group, no commuting or transfers."""
    e = economy.elasticities
    simple = e.sectors == 1 and e.labour[0] > _ONE and economy.groups.size == 1 and e.closure != "stayers"
    return bool(simple and not economy.commutes and not np.abs(economy.received).any())


def scale_bound(e: Elasticities) -> float:
    """Largest nu + entry / theta for which the equilibrium of one sector and group is unique whatever the geography.

    [(1-alpha)/(1+delta) + 1/epsilon - b] / [(alpha+delta)/(1+delta)], also in the toolkit's form, where it is
    sufficient only. Mild geographies stay unique beyond it.

    Notes
    -----
    Allen, Arkolakis and Li (2024), J. Polit. Econ. 132(8), Theorem 1, see `spectral_radius`. With delta = b = 0,
    entry and nu = 0 it is (1 + epsilon)/(1 + (1-alpha) epsilon) <= sigma of Monte, Redding and Rossi-Hansberg (2018),
    and sigma (1 - alpha) >= 1 of Helpman (1998) for epsilon = inf.
    """
    return (e.crowding + 1.0 / e.epsilon) / _real_income(e)


def spectral_radius(e: Elasticities) -> float:
    """Spectral radius of |B G^-1| of the equilibrium of one sector and group; uniqueness is proven at or below one.

    Notes
    -----
    Allen, Arkolakis and Li (2024), J. Polit. Econ. 132(8). With wages w and workers L, a the scale elasticity and
    s = (1-alpha)/(1+delta) + 1/epsilon - b, utility equalises up to w^r L^(-s/p) of the price index, where p is the
    exponent of prices in utility and r that of wages over p:
    w^(-theta r) L^(s theta / p) = sum K w^-theta L^(a theta) and
    w^(1+theta) L^(1-a theta) = sum K' w^(1+theta r) L^(1 - s theta / p).
    """
    theta, scale = float(e.theta[0]), float((e.nu + e.entry / e.theta)[0])
    price = e.alpha if e.toolkit_form else _real_income(e)
    ratio, push = _real_income(e) / price, (e.crowding + 1.0 / e.epsilon) * theta / price
    left = np.array([[-theta * ratio, push], [1.0 + theta, 1.0 - scale * theta]])
    right = np.array([[-theta, scale * theta], [1.0 + theta * ratio, 1.0 - push]])
    if abs(np.linalg.det(left)) < 1e-12:
        return math.inf
    return float(np.abs(np.linalg.eigvals(np.abs(right @ np.linalg.inv(left)))).max())


def integrated_bound(economy: Economy) -> Array:
    """Largest nu of each sector at which places survive integrated markets for goods and labour (S,); NaN without.

    If everybody can buy and work everywhere alike, a place that pays one per cent less gets phi per cent fewer workers;
    from this nu on, it then sells so much less that it cannot even pay that. With entry theta > 0 and labour the only
    input it is nu + 1/theta < [1 + (1+theta)/phi]/theta.
    """
    e = economy.elasticities
    if not economy.commutes:
        return np.full(e.sectors, math.nan)
    own, theta, phi = e.labour + e.land, e.theta, e.phi
    room = (1.0 - e.entry) * (1.0 + phi) + (theta + e.entry) * (own + e.land * phi)
    return np.asarray(room / (theta * phi))


def _real_income(e: Elasticities) -> float:
    """Exponent of income over prices in utility: (alpha + delta)/(1 + delta)."""
    return (e.alpha + e.delta) / (1.0 + e.delta)
