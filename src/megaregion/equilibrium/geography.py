"""What a calibration needs of a cluster: places, travel times, incomes, and the friction of the border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from megaregion.data.align import exact
from megaregion.data.cluster import Cluster, groups, residents, units, values
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.economy import Array
from megaregion.errors import InputError, MissingDataError
from megaregion.units import factor, is_money

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
