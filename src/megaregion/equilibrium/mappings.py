"""From policies to factors on the fundamentals of the model: one function a policy, and what is known of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

Array = NDArray[np.float64]
Grade = Literal["A", "B", "C", "D", "stated assumption"]


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """What is known of the elasticity of one mapping.

    Attributes
    ----------
    name : str
        Key in `MAPPINGS`.
    changes : tuple of str
        Types of changes that use it.
    function : str
        Function of this module.
    shock : str
        Field of `Shock` that it moves.
    default : float or None
        Value in use; None if the workspace estimates it.
    low, high : float or None
        Range that results are shown over.
    grade : str
        A causal, B estimated, C carried over from another setting, D expert, or ``stated assumption``.
    source : str
    en, zh : str
        What the elasticity is.
    """

    name: str
    changes: tuple[str, ...]
    function: str
    shock: str
    default: float | None
    low: float | None
    high: float | None
    grade: Grade
    source: str
    en: str
    zh: str


_ASSUMED: Grade = "stated assumption"
_NO_SOURCE = "stated assumption: no table of a workspace and no study that we have read identifies it"
_TRAVEL = ("AddLink", "CloseLink", "ScaleTime", "UseTimetable")


def _mapping(
    name: str, changes: tuple[str, ...], function: str, shock: str, value: tuple[float, float, float] | None,
    grade: Grade, source: str, en: str, zh: str,
) -> Mapping:  # fmt: skip
    default, low, high = value if value is not None else (None, None, None)
    return Mapping(
        name=name, changes=changes, function=function, shock=shock, default=default, low=low, high=high,
        grade=grade, source=source, en=en, zh=zh,
    )  # fmt: skip


MAPPINGS: dict[str, Mapping] = {
    record.name: record
    for record in (
        _mapping(
            "time_elasticity", (*_TRAVEL, "ReleaseFreight"), "rail_trade_cost", "trade_cost", (1.26, 1.0, 1.5), "B",
            "1.26: cost elasticity .42 times 3 (Seidel and Wickerath 2020); 1: Allen and Arkolakis 2022",
            "elasticity of trade to travel time", "贸易对时间的弹性",
        ),
        _mapping(
            "face_to_face", (*_TRAVEL, "Voucher", "ReleaseFreight"), "rail_trade_cost", "trade_cost", (0.2, 0.1, 0.3),
            _ASSUMED, "stated assumption: passenger trains do not carry goods; 1 is the upper line",
            "share of trade that needs meetings, where sectors are not told apart", "面对面业务份额（未区分部门时）",
        ),
        _mapping(
            "commuting_time", _TRAVEL, "rail_commuting_cost", "commuting_cost", (0.47, 0.3, 0.7), "B",
            "Seidel and Wickerath 2020: .47 for Germany; range stated", "elasticity of commuting cost to time",
            "通勤成本对时间的弹性",
        ),
        _mapping(
            "freight_congestion", ("ReleaseFreight",), "freight_release", "trade_cost", (0.092, 0.0, 0.15), "C",
            "Allen and Arkolakis 2022: .092 between cities; of road traffic in the United States, carried over to rail",
            "elasticity of freight time to the traffic of the line", "货运时间对线路运量的弹性",
        ),
        _mapping(
            "border_friction", ("ScaleBarrier",), "border_trade_cost", "trade_cost", None, "B",
            "results/links/border of the workspace: gravity on flows of people, commuters or trains, applied to trade",
            "log friction of a border between groups of places", "跨界对数摩擦",
        ),
        _mapping(
            "recognition_value", ("Recognize",), "recognition_entitlement", "entitlement", (0.05, 0.0, 0.15), _ASSUMED,
            _NO_SOURCE, "log income that full recognition of entitlements is worth to those who live elsewhere",
            "全部社保权益互认对异地居住者的对数收入价值",
        ),
        _mapping(
            "hukou_recognition", ("HukouPoints", "RestructureRural"), "hukou_migration_cost", "migration_cost",
            (0.3, 0.05, 1.0), _ASSUMED,
            "stated assumption: one cross-section does not identify it, hence the wide range; an evaluation of "
            "earlier reforms would",
            "share of the log migration cost that full recognition removes", "全部互认所消除的对数迁移成本份额",
        ),
        _mapping(
            "voucher_additionality", ("Voucher",), "voucher_service_cost", "trade_cost", (0.5, 0.2, 0.8), _ASSUMED,
            "stated assumption: part of what vouchers pay would have been bought anyway",
            "share of voucher use that is additional", "创新券使用的增量份额",
        ),
        _mapping(
            "platform_reach", ("Platform",), "platform_productivity", "productivity", (60.0, 20.0, 120.0), _ASSUMED,
            _NO_SOURCE, "minutes over which the spillover of a platform falls to 37 %", "平台溢出降至37%的行程分钟数",
        ),
        _mapping(
            "heritage", ("CultureSite",), "heritage_amenity", "amenity", (0.02, 0.0, 0.05), _ASSUMED, _NO_SOURCE,
            "elasticity of amenity to heritage in use", "宜居度对活化文化遗产的弹性",
        ),
        _mapping(
            "ecology", ("Restore",), "ecology_amenity", "amenity", (0.03, 0.0, 0.1), _ASSUMED, _NO_SOURCE,
            "elasticity of amenity to the quality of habitat", "宜居度对生境质量的弹性",
        ),
        _mapping(
            "plot_size", ("RestructureRural",), "land_consolidation", "productivity", (0.05, 0.0, 0.15), _ASSUMED,
            _NO_SOURCE, "elasticity of the productivity of the sector to the mean size of a plot",
            "部门生产率对平均地块面积的弹性",
        ),
    )
}  # fmt: skip


def values(**given: float) -> dict[str, float]:
    """Elasticities of all mappings: the defaults, with those that are given.

    Raises
    ------
    InputError
        A name is unknown, the workspace estimates it, or a value is negative or not finite; all are listed.
    """
    out = {name: record.default for name, record in MAPPINGS.items() if record.default is not None}
    problems = [f"unknown elasticity {name!r}" for name in given if name not in out]
    problems += [
        f"{name} must be >= 0 and finite, got {value!r}"
        for name, value in given.items()
        if name in out and not (value >= 0 and math.isfinite(value))
    ]
    if problems:
        raise InputError("mappings: " + "; ".join(problems), hint="names: " + ", ".join(out))
    return {**out, **given}


def _above(name: str, value: ArrayLike, low: float = 0.0, *, closed: bool = False, high: float = math.inf) -> Array:
    array = np.asarray(value, dtype=np.float64)
    inside = (array >= low if closed else array > low) & (array <= high) & np.isfinite(array)
    if not inside.all():
        first = float(array[~inside].ravel()[0])
        bounds = f"{'>=' if closed else '>'} {low:g}" + (f" and <= {high:g}" if math.isfinite(high) else "")
        raise InputError(f"{name} must be {bounds} and finite, got {first!r}")
    return array


def rail_trade_cost(
    time_ratio: ArrayLike, *, time_elasticity: float, theta: ArrayLike, share: ArrayLike = 1.0
) -> Array:
    """Trade cost factor of a change of passenger time.

    Parameters
    ----------
    time_ratio : array
        Door-to-door minutes after over before.
    time_elasticity : float
        Trade falls with time to this power.
    theta : float or array
        Trade elasticity of the sector.
    share : float or array
        Share of the trade of the sector that needs meetings; goods do not travel on passenger trains.

    Notes
    -----
    d = ratio ** (share * time_elasticity / theta): gravity in time, trade ~ cost ** -theta ~ time ** -time_elasticity.

    Examples
    --------
    >>> float(rail_trade_cost(0.5, time_elasticity=1.26, theta=4.0, share=1.0).round(4))
    0.8039
    """
    exponent = np.asarray(share, dtype=np.float64) * time_elasticity / np.asarray(theta, dtype=np.float64)
    out: Array = _above("time_ratio", time_ratio) ** exponent
    return out


def rail_commuting_cost(time_ratio: ArrayLike, *, mu: float) -> Array:
    """Commuting cost factor ratio ** mu of a change of passenger time (ln kappa = mu ln t)."""
    out: Array = _above("time_ratio", time_ratio) ** mu
    return out


def freight_release(
    traffic: ArrayLike, *, congestion: float, time_elasticity: float, theta: ArrayLike, share: ArrayLike = 1.0
) -> Array:
    """Trade cost factor of goods when passenger trains leave a line.

    Parameters
    ----------
    traffic : array
        Traffic of the line after over before, in (0, 1]; 1 (no capacity released) changes nothing.
    congestion : float
        Time grows with traffic to this power: t = t0 * traffic ** congestion (Allen and Arkolakis 2022).
    time_elasticity : float
    theta : float or array
    share : float or array
        Share of the trade of the sector that is goods.
    """
    time = _above("traffic", traffic, high=1.0) ** congestion
    return rail_trade_cost(time, time_elasticity=time_elasticity, theta=theta, share=share)


def border_trade_cost(factor: ArrayLike, *, gamma: float, theta: ArrayLike) -> Array:
    """Trade cost factor when the friction of a border is multiplied.

    Parameters
    ----------
    factor : array
        On the friction; 0 removes it, 1 leaves it, and 1 belongs to every pair that crosses no border.
    gamma : float
        A pair inside a group exchanges exp(gamma) times as much as one across the border at the same distance.
    theta : float or array

    Notes
    -----
    d = exp(-(1 - factor) gamma / theta), as trade ~ cost ** -theta.
    """
    out: Array = np.exp(-(1.0 - _above("factor", factor, closed=True)) * gamma / np.asarray(theta, dtype=np.float64))
    return out


def border_commuting_cost(factor: ArrayLike, *, gamma: float, phi: float) -> Array:
    """Commuting cost factor when the friction of a border on commuting is multiplied; flows ~ cost ** -phi."""
    return border_trade_cost(factor, gamma=gamma, theta=phi)


def recognition_entitlement(recognized: ArrayLike, *, value: float) -> Array:
    """Entitlement factor exp(value * recognized) of people who live where they are not registered.

    Parameters
    ----------
    recognized : array
        Share of the entitlements not yet recognised that becomes so, weighted over schemes; in [0, 1].
    value : float
        Log income that full recognition is worth.
    """
    out: Array = np.exp(value * _above("recognized", recognized, closed=True, high=1.0))
    return out


def migration_cost_level(location: Array, home: NDArray[np.int64], utility: Array, *, epsilon: float) -> Array:
    """Levels of migration cost (G, n), one at home, inverted from where people live.

    Parameters
    ----------
    location : array (G, n)
        Share of each group in each place.
    home : array (G,) of int
        Where a group is registered; -1 gives nan throughout.
    utility : array (n,)
        What a place offers, any unit: real income, or nominal income as a proxy.
    epsilon : float

    Notes
    -----
    m_gn ~ (V_n / mu_gn) ** epsilon (Tombe and Zhu 2019), so mu_gn = (V_n / V_home)(m_gg / m_gn) ** (1 / epsilon).
    Where nobody of the group lives the cost is inf. Shares at home close to one make the level sensitive.
    """
    rows, known = np.arange(home.size), home >= 0
    stay = location[rows, home]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = (utility[None, :] / utility[home][:, None]) * (stay[:, None] / location) ** (1.0 / epsilon)
    out: Array = np.where(known[:, None], level, np.nan)
    return out


def hukou_migration_cost(level: ArrayLike, recognized: ArrayLike, *, eta: float) -> Array:
    """Migration cost factor when years elsewhere count for registration.

    Parameters
    ----------
    level : array
        Migration cost, one at home; below one it counts as one, for a friction cannot be negative. Where it is
        inf nobody of the group lives, no change can bring the first one, and the factor is one.
    recognized : array
        Share that comes to count, in [0, 1].
    eta : float
        Share of the log cost that full recognition removes.

    Notes
    -----
    mu' = mu ** (1 - eta R), so the factor is mu ** (-eta R).
    """
    mu = np.asarray(level, dtype=np.float64)
    share = _above("recognized", recognized, closed=True, high=1.0)
    out: Array = np.where(np.isinf(mu), 1.0, np.maximum(mu, 1.0)) ** (-eta * share)
    return out


def voucher_service_cost(price: ArrayLike, *, additionality: float, share: ArrayLike = 1.0) -> Array:
    """Trade cost factor of services that vouchers pay in part.

    Parameters
    ----------
    price : array
        What users still pay, 1 - subsidy * coverage, in (0, 1].
    additionality : float
        Share of the use that would not have happened anyway.
    share : float or array
        Share of the trade of the sector that needs meetings.

    Notes
    -----
    d = price ** (additionality * share). Who pays for the vouchers is not in the model.
    """
    exponent = additionality * np.asarray(share, dtype=np.float64)
    out: Array = _above("price", price, high=1.0) ** exponent
    return out


def platform_productivity(minutes: ArrayLike, gain: float, *, spill: float, reach: float) -> Array:
    """Productivity factors around a platform.

    Parameters
    ----------
    minutes : array (n,)
        From each place to the platform; 0 at the platform itself, which gets the whole gain.
    gain : float
        Of the place itself, as a share.
    spill : float
        Share of the log gain that a place at no distance gets, 0 to 1.
    reach : float
        Minutes over which it falls to 1/e.

    Notes
    -----
    A = (1 + gain) ** (spill exp(-minutes / reach)): knowledge fades with travel time, the form is an assumption.
    """
    away = _above("minutes", minutes, closed=True)
    power = np.where(away > 0, spill * np.exp(-away / float(_above("reach", reach))), 1.0)
    out: Array = float(_above("1 + gain", 1.0 + gain)) ** power
    return out


def heritage_amenity(ratio: ArrayLike, *, elasticity: float) -> Array:
    """Amenity factor ratio ** elasticity when the heritage in use changes by a ratio."""
    out: Array = _above("ratio", ratio) ** elasticity
    return out


def ecology_amenity(ratio: ArrayLike, *, elasticity: float) -> Array:
    """Amenity factor ratio ** elasticity when the quality of habitat changes by a ratio."""
    out: Array = _above("ratio", ratio) ** elasticity
    return out


def land_consolidation(area_ratio: ArrayLike, plot_ratio: ArrayLike, *, elasticity: float) -> tuple[Array, Array]:
    """Factors on the land and on the productivity of a sector when plots are put together.

    Parameters
    ----------
    area_ratio : array
        Usable land after over before: ridges and ditches become fields.
    plot_ratio : array
        Mean size of a plot after over before.
    elasticity : float
        Of productivity to the size of plots.
    """
    return _above("area_ratio", area_ratio), _above("plot_ratio", plot_ratio) ** elasticity


def land_quota(received: ArrayLike) -> Array:
    """Factor on floor space when construction land is moved: 1 + received.

    Parameters
    ----------
    received : array
        Net construction land received over that of the place, > -1; weighted with that land it sums to zero.
    """
    return 1.0 + _above("received", received, -1.0)
