"""The baseline: trade shares that fit travel times, the border, incomes and a stated own share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from megaregion.core.fixed_point import anderson
from megaregion.data.align import exact
from megaregion.data.cluster import Cluster, groups, residents, units, values
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.economy import Array, Economy
from megaregion.equilibrium.parameters import Parameters, Settings, scale_bound, settings
from megaregion.errors import InfeasibleError, InputError, MissingDataError, SolveError
from megaregion.units import factor, is_money

RESIDUAL_ALLOWED = 1e-12
LAYERS = ("people", "commuting", "trains")


class HasFrame(Protocol):
    """A result that gives a frame."""

    def to_frame(self) -> pd.DataFrame:
        """Tidy frame with a plain integer index."""


class HasTime(Protocol):
    """Travel times; `megaregion.links.hard.times.TimesResult` is one."""

    @property
    def time(self) -> pd.DataFrame:
        """Minutes from origin (row) to destination (column), own time on the diagonal."""


@dataclass(frozen=True, kw_only=True)
class BorderFriction:
    """How much flows fall at a border between groups of places.

    Attributes
    ----------
    gamma, se : float
        A pair within one group exchanges exp(gamma) times as much as a pair across a border at the same
        distance; standard error of gamma.
    layer, distance : str
        Flow and distance that it was estimated on; empty if there is no border to price.
    """

    gamma: float
    se: float
    layer: str
    distance: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Geography:
    """What a calibration needs of a cluster, in the order of `places`.

    Attributes
    ----------
    places : tuple of str
        place_id of the units of analysis.
    groups : array of str (n,)
        Group of each place.
    time : array (n, n)
        Minutes, rows and columns as `places`.
    income, population : array (n,)
        Spending in million of the currency a year; residents.
    money_unit : str
        Unit of `income`.
    income_indicator : str
        Indicator that `income` comes from.
    year : int
        Year of the indicators.
    """

    places: tuple[str, ...]
    groups: np.ndarray
    time: Array
    income: Array
    population: Array
    money_unit: str
    income_indicator: str = ""
    year: int = 0

    @property
    def cross(self) -> Array:
        """One where a pair lies in two groups, else zero (n, n)."""
        different: Array = (self.groups[:, None] != self.groups[None, :]).astype(np.float64)
        return different


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """A baseline and how it was reached.

    Attributes
    ----------
    economy : Economy
    parameters : Parameters
    gamma : float
        Border friction in use.
    home_term : float
        Log advantage of the own place over any other beyond travel time.
    strength : array (n,)
        Fitted supply term of each origin, geometric mean one.
    own_share, cross_share : float
        Share of all spending that stays in the place, and that crosses a group border.
    residual : float
        Largest log gap between sales and income.
    iterations : int
        Updates of the fitting.
    """

    economy: Economy
    parameters: Parameters
    gamma: float
    home_term: float
    strength: Array
    own_share: float
    cross_share: float
    residual: float
    iterations: int


def geography(cluster: Cluster, times: HasTime) -> Geography:
    """Places, groups, times, incomes and residents of a cluster, aligned.

    Raises
    ------
    InputError
        A role is not named in [indicators], a value is not positive, or a unit is not money a year.
    MissingDataError
        A value or a travel time is missing.
    """
    roles = cluster.attrs.get("indicators", {})
    if not roles.get("income"):
        raise InputError(
            "[indicators] of workspace.toml names no income",
            hint='income = "gdp" says which indicator is the spending of a place',
        )
    income, population = values(cluster, str(roles["income"])), residents(cluster)
    unit, scale = _million(str(income.attrs.get("unit", "")), str(roles["income"]), cluster)
    group = groups(cluster)
    order = pd.Series(0.0, index=units(cluster).index)
    _, time = exact(order, times.time)
    minutes = time.to_numpy(float)
    _require_positive({str(roles["income"]): income, str(roles.get("population", "population")): population})
    bad = ~(np.isfinite(minutes) & (minutes > 0))
    if bad.any():
        pairs = [f"{order.index[i]}→{order.index[j]}" for i, j in np.argwhere(bad)[:5]]
        raise MissingDataError(
            f"travel time: {int(bad.sum())} pairs have no time above zero: {', '.join(pairs)}",
            hint="every pair needs a road time at least; own times stand on the diagonal",
        )
    return Geography(
        places=tuple(map(str, order.index)), groups=group.to_numpy(str), time=minutes,
        income=income.to_numpy(float) * scale, population=population.to_numpy(float), money_unit=unit,
        income_indicator=str(roles["income"]), year=int(cluster.attrs["base_year"]),
    )  # fmt: skip


def _million(unit: str, indicator: str, cluster: Cluster) -> tuple[str, float]:
    """Unit in millions and the factor into it."""
    code = str(cluster.attrs.get("currency", ""))
    if not is_money(unit) or not code or code not in unit or " per " in unit:
        raise InputError(
            f"indicators: {indicator} has the unit {unit!r}, expected an amount of {code or 'money'} a year",
            hint="the role income needs totals such as 'million CNY (current)', and [cluster] currency",
        )
    target = "million " + unit[unit.index(code) :]
    return target, factor(unit, target)


def _require_positive(columns: dict[str, pd.Series]) -> None:
    problems = [
        f"{name}: {', '.join(map(str, column.index[~(column > 0)][:5]))}"
        for name, column in columns.items()
        if not (column > 0).all()
    ]
    if problems:
        raise InputError("values must be above zero: " + "; ".join(problems), hint="merge empty places or correct them")


def border_friction(border: pd.DataFrame | HasFrame | StoredTable, *, layer: str = "") -> BorderFriction:
    """The border coefficient that the model uses.

    Parameters
    ----------
    border : frame or result with the columns of the table links/border
        Main estimate on great-circle distance; observed layers only, in the order people, commuting,
        trains.
    layer : str
        Take this layer instead.

    Raises
    ------
    InputError
        No row serves; says which layers are there.
    """
    if isinstance(border, StoredTable):
        frame = border.frame
    else:
        frame = border if isinstance(border, pd.DataFrame) else border.to_frame()
    usable = (
        frame[
            (frame["spec"] == "main")
            & (frame["distance"] == "great_circle")
            & frame["observed"].astype(bool)
            & frame["identified"].astype(bool)
            & np.isfinite(frame["coef"].astype(float))
            & np.isfinite(frame["se"].astype(float))
        ]
        .set_index("layer")[["coef", "se"]]
        .astype(float)
    )
    if not usable.index.is_unique:
        raise InputError(f"links/border has several main rows for {usable.index[usable.index.duplicated()][0]}")
    for name in [layer] if layer else LAYERS:
        if name in usable.index:
            gamma, se = usable.loc[[name]].to_numpy(float)[0].tolist()
            return BorderFriction(gamma=gamma, se=se, layer=name, distance="great_circle")
    raise InputError(
        f"links/border has no observed main estimate on great-circle distance for {layer or ', '.join(LAYERS)}",
        hint=f"there: {', '.join(map(str, usable.index)) or 'none'}; or set border_layer in [options.equilibrium]",
    )


def calibrate(
    place: Geography, gamma: float, parameters: Parameters, *, start: Calibration | None = None
) -> Calibration:
    """Trade shares in proportion to s_i t^-e exp(-gamma cross) exp(-h other), clearing and of the stated own share.

    Parameters
    ----------
    place : Geography
    gamma : float
        Border friction on flows.
    parameters : Parameters
    start : Calibration, optional
        A neighbouring one to start from.

    Raises
    ------
    InfeasibleError
        One place has so much of the income that the others cannot take the rest of its sales.
    SolveError
        Goods markets clear worse than 1e-12.
    ConvergenceError
        The fitting stopped early.

    Notes
    -----
    With balanced trade the conditions are the three margins of the matrix of sales: by origin, by
    destination, and own against other. The matrix of that form with these margins is the one of largest
    entropy; it is unique, and iterative proportional fitting finds it from any start. Each pass fits the
    margins in turn (no power of the n x n matrix inside), accelerated by `anderson`.
    """
    share, income = parameters.own_share, place.income / place.income.sum()
    if share < (least := 2.0 * float(income.max()) - 1.0) + 1e-9:
        raise InfeasibleError(
            f"own_share {share:g} cannot be reached: {place.places[int(income.argmax())]} has "
            f"{income.max():.1%} of all income, so that at least {least:.1%} stays where it is earned",
            hint="raise own_share in [options.equilibrium]",
        )
    kernel = place.time ** (-parameters.time_elasticity) * np.exp(-gamma * place.cross)
    own = np.diagonal(kernel).copy()
    np.fill_diagonal(kernel, 0.0)
    n, wanted = income.size, np.log(share / (1.0 - share))

    def fit(x: Array) -> tuple[Array, Array]:
        strength, others = np.exp(x[0, :n]), np.exp(-x[0, n])
        reach = income / (own * strength + others * (kernel @ strength))
        sold = strength * (own * reach + others * (reach @ kernel))
        new = strength * income / sold
        stays, leaves = float(reach @ (own * new)), others * float(reach @ (kernel @ new))
        now = float(reach @ (own * strength))
        log = np.log(new)
        home = x[0, n] + wanted - np.log(stays / leaves)
        residual = max(float(np.abs(np.log(sold / income)).max()), abs(now - share))
        return np.append(log - log.mean(), home)[None], np.array([residual])

    first = np.zeros(n + 1) if start is None else np.append(np.log(start.strength), start.home_term)
    if start is None:
        first[:n] = np.log(income) - np.log(income).mean()
    found = anderson(fit, first[None], tolerance=2e-14 * np.sqrt(n) + 1e-13, first_damping=1.0, largest_step=4.0)
    return _finish(place, gamma, parameters, found.x[0], kernel, own, int(found.iterations[0]))


def _finish(
    place: Geography, gamma: float, parameters: Parameters, x: Array, kernel: Array, own: Array, iterations: int
) -> Calibration:
    n = own.size
    strength, home = np.exp(x[:n]), float(x[n])
    shares = np.exp(-home) * kernel * strength
    np.fill_diagonal(shares, own * strength)
    shares /= shares.sum(axis=1, keepdims=True)
    economy = Economy.one_sector(
        elasticities=parameters.structure(), trade=shares, income=place.income, population=place.population
    )
    residual = economy.clearing_residual()
    if not residual <= RESIDUAL_ALLOWED:
        raise SolveError(
            f"the baseline is no equilibrium: goods markets clear to {residual:.1e}, allowed {RESIDUAL_ALLOWED:.0e}",
            hint="check for places that are nearly cut off from the rest",
        )
    flow = shares * (place.income / place.income.sum())[:, None]
    return Calibration(
        economy=economy, parameters=parameters, gamma=gamma, home_term=home, strength=strength,
        own_share=float(np.trace(flow)), cross_share=float((flow * place.cross).sum()), residual=residual,
        iterations=iterations,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Baseline:
    """Everything that scenarios of a cluster are compared with.

    Attributes
    ----------
    place : Geography
    border : BorderFriction
    settings : Settings
    nominal : Calibration
        At the parameters of the workspace.
    warnings : tuple of str
    """

    place: Geography
    border: BorderFriction
    settings: Settings
    nominal: Calibration
    warnings: tuple[str, ...] = ()

    def at(self, *, gamma: float | None = None, **changes: float) -> Calibration:
        """Calibrated again at other parameters; trade shares that stay the same are not fitted again."""
        parameters = self.settings.parameters.replace(**changes)
        friction = self.border.gamma if gamma is None else gamma
        if friction == self.nominal.gamma and not {"own_share", "time_elasticity"} & set(changes):
            economy = replace(self.nominal.economy, elasticities=parameters.structure())
            return replace(self.nominal, economy=economy, parameters=parameters)
        return calibrate(self.place, friction, parameters, start=self.nominal)


def baseline(cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable) -> Baseline:
    """Calibrate a cluster.

    Raises
    ------
    InputError
        An option, an indicator or the border table does not serve.
    SolveError
        No baseline fits.
    """
    chosen = settings(cluster.options.get("equilibrium", {}))
    place = geography(cluster, times)
    warnings: list[str] = []
    if len(set(place.groups)) > 1:
        friction = border_friction(border, layer=chosen.border_layer)
        if friction.gamma <= 0:
            warnings.append(
                f"the border coefficient of {friction.layer} is {friction.gamma:.3f}: flows do not fall at the "
                "border, and weakening it lowers welfare in the model"
            )
    else:
        friction = BorderFriction(gamma=0.0, se=0.0, layer="", distance="")
        warnings.append("all places lie in one group: there is no border to price")
    if chosen.parameters.nu > (bound := scale_bound(chosen.parameters)):
        warnings.append(
            f"nu {chosen.parameters.nu:g} is above {bound:.3f}: more than one equilibrium may exist, and the one "
            "that is shown is the one reached from the baseline"
        )
    nominal = calibrate(place, friction.gamma, chosen.parameters)
    return Baseline(place=place, border=friction, settings=chosen, nominal=nominal, warnings=tuple(warnings))


def facts(base: Baseline) -> dict[str, Any]:
    """Headline numbers of a baseline, JSON-able."""
    p, fit = base.settings.parameters, base.nominal
    return {
        "clearing_residual": fit.residual, "own_share_target": p.own_share, "own_share": fit.own_share,
        "cross_group_share": fit.cross_share, "home_term": fit.home_term, "theta": p.theta,
        "epsilon": p.epsilon, "nu": p.nu, "uniqueness_bound": scale_bound(p),
        "unique": p.nu <= scale_bound(p), "border_gamma": base.border.gamma, "border_se": base.border.se,
        "border_layer": base.border.layer, "border_distance": base.border.distance,
        "income_total": float(base.place.income.sum()), "income_unit": base.place.money_unit,
        "iterations": fit.iterations,
    }  # fmt: skip
