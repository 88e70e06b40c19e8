"""Derivatives of welfare as tables: per one per cent, per unit of time, in money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.equilibrium.network import Routes
from megaregion.equilibrium.objectives import Money, OneGroup
from megaregion.equilibrium.sensitivities import Routed, Sensitivities
from megaregion.errors import InputError
from megaregion.result import Column, Input, Result

Array = NDArray[np.float64]
FORMULA = "methods#sensitivities"
LOCAL = (
    "first order: the value of a small change. Large cuts of travel time gain more, because traffic and people are "
    "drawn to the link; check the first ranks by re-solving"
)
KINKED = "{count} links lie on one of several equally short ways: their value differs between a gain and a loss of time"


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Money of the tables.

    Attributes
    ----------
    name : str
        Unit, such as ``million CNY (current)``.
    per_income : float
        How much of it one unit of the economy's income (wage times workers) is.
    """

    name: str
    per_income: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class _Table(Result):
    """What the tables have in common: a frame, the unit of money and the tables that the numbers rest on."""

    frame: pd.DataFrame
    unit: Unit
    sources: tuple[Input, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Rows as described by the columns."""
        return self.frame.reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities and objective."""
        return self.settings

    def _modelled(self, name: str, unit: str, en: str, zh: str) -> Column:
        return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=self.sources)


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkSensitivities(_Table):
    """What a faster link is worth, all links of a network."""

    title_en: ClassVar[str] = "Value of faster links"
    title_zh: ClassVar[str] = "各路段提速的价值"
    time_unit: str = "min"

    def describe(self) -> tuple[Column, ...]:
        """Columns; time and money in the units of the workspace."""
        t, money = self.time_unit, self.unit.name
        return (
            Column("link_id", "", "Link", "路段", key=True),
            Column("from_node", "", "From", "起点"),
            Column("to_node", "", "To", "终点"),
            Column("mode", "", "Mode", "方式"),
            Column("time", t, "Time", "时间", inputs=self.sources),
            self._modelled("rank", "count", "Rank", "排名"),
            self._modelled("welfare_percent", "percent", "Welfare per 1 % less time", "时间每减1%的福利变化"),
            self._modelled("welfare_per_time", f"percent per {t}", f"Welfare per {t} saved", f"每节省1 {t}的福利变化"),
            self._modelled("gain", money, "Gain a year per 1 % less time", "时间每减1%的年收益"),
            self._modelled("gain_per_time", f"{money} per {t}", f"Gain a year per {t} saved", f"每节省1 {t}的年收益"),
            self._modelled("kinked", "", "On one of several equally short ways", "位于等长多路径之一"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkIncidence(_Table):
    """Which group a faster link serves."""

    title_en: ClassVar[str] = "Who gains from faster links"
    title_zh: ClassVar[str] = "路段提速的群体归宿"

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the workspace."""
        return (
            Column("link_id", "", "Link", "路段", key=True),
            Column("group", "", "Group of origin", "户籍群体", key=True),
            self._modelled("welfare_percent", "percent", "Its welfare per 1 % less time", "时间每减1%的群体福利变化"),
            self._modelled("gain", self.unit.name, "Its gain a year per 1 % less time", "时间每减1%的群体年收益"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderSensitivities(_Table):
    """What a softer border is worth, every pair of areas."""

    title_en: ClassVar[str] = "Value of softer borders"
    title_zh: ClassVar[str] = "各边界摩擦下降的价值"
    together_percent: float = float("nan")

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the workspace."""
        return (
            Column("area", "", "Area", "区域", key=True),
            Column("other", "", "Other area", "另一区域", key=True),
            self._modelled("rank", "count", "Rank", "排名"),
            self._modelled("welfare_percent", "percent", "Welfare per 1 % less friction", "摩擦每减1%的福利变化"),
            self._modelled("gain", self.unit.name, "Gain a year per 1 % less friction", "摩擦每减1%的年收益"),
        )

    def facts(self) -> dict[str, Any]:
        """All borders at once."""
        return {"all_borders_welfare_percent": self.together_percent}


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaceSensitivities(_Table):
    """What one per cent more of each fundamental of a place is worth to all."""

    title_en: ClassVar[str] = "Value of better places"
    title_zh: ClassVar[str] = "各地基础条件改善的价值"

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the workspace."""
        what = (
            ("productivity", "productivity, all sectors", "全部门生产率"),
            ("amenity", "amenity", "宜居度"),
            ("floor_space", "floor space at a given price", "建筑面积供给"),
            ("land", "production land, all sectors", "生产用地"),
            ("attraction", "entitlement of all groups there", "各群体在当地的权益"),
        )
        money = self.unit.name
        columns = [Column("place_id", "", "Place", "地区", key=True)]
        for name, en, zh in what:
            columns += [
                self._modelled(f"{name}_percent", "percent", f"Welfare per 1 % more {en}", f"{zh}每增1%的福利变化"),
                self._modelled(f"{name}_gain", money, f"Gain a year per 1 % more {en}", f"{zh}每增1%的年收益"),
            ]
        en, zh = "Gain per unit of money moved here from all by income", "按收入筹集并转移至当地的每单位资金收益"
        columns.append(self._modelled("transfer_gain", "ratio", en, zh))
        return tuple(columns)


def link_table(
    s: Sensitivities, *, unit: Unit, sources: Sequence[Input] = (), settings: dict[str, Any] | None = None
) -> LinkSensitivities:
    """Value of every link, first objective of `s`; links in the order of their value.

    Parameters
    ----------
    s : Sensitivities
        Made with a network and with the objective ``("social", "money")`` or more.
    unit : Unit
        Of money.
    sources : sequence of Input
        Tables that the numbers rest on.
    settings : dict, optional
        Parameters to keep with the table, JSON-able.

    Raises
    ------
    InputError
        No network, or no money among the objectives.
    """
    money, way = _money(s), _way(s)
    welfare, frame = -s.links[0], way.network.links
    time = frame["time"].to_numpy(float)
    value = -s.links[money] * unit.per_income
    kinked = way.kinked() if isinstance(way, Routes) else np.zeros(len(frame), bool)
    out = frame[["from_node", "to_node", "mode", "time"]].rename_axis("link_id").reset_index()
    out = out.assign(
        rank=_rank(welfare), welfare_percent=welfare, welfare_per_time=100.0 * welfare / time, gain=0.01 * value,
        gain_per_time=value / time, kinked=kinked,
    )  # fmt: skip
    notes = (LOCAL, *s.warnings, *((KINKED.format(count=int(kinked.sum())),) if kinked.any() else ()))
    return LinkSensitivities(
        frame=out.sort_values(["rank", "link_id"], kind="stable"), unit=unit, sources=tuple(sources),
        settings={**_settings(s), **(settings or {})}, warnings=notes, time_unit=way.network.unit,
    )  # fmt: skip


def incidence_table(
    s: Sensitivities, groups: Sequence[str], *, unit: Unit, sources: Sequence[Input] = (), top: int | None = None
) -> LinkIncidence:
    """Value of links to each group, for the `top` links by the first objective (default all).

    Raises
    ------
    InputError
        No network, no single group among the objectives, or names that do not fit.
    """
    rows = [k for k, aim in enumerate(s.objectives) if isinstance(aim, OneGroup)]
    if not rows or len(groups) != s.economy.groups.size:
        raise InputError(
            f"incidence: {len(rows)} objectives are groups, {len(groups)} names for {s.economy.groups.size} groups",
            hint='sensitivities(..., objective=("social", "money", "groups"))',
        )
    names = _way(s).network.links.index.astype(str)
    welfare = -s.links
    order = np.lexsort((names, -welfare[0]))[: len(names) if top is None else top]
    income = Money.income(s.economy) * s.welfare * unit.per_income
    number = [aim.number for aim in s.objectives if isinstance(aim, OneGroup)]
    part = welfare[rows][:, order].T
    out = pd.DataFrame({
        "link_id": np.repeat(names[order].to_numpy(), len(rows)),
        "group": np.tile(np.asarray(groups, dtype=object)[number], len(order)),
        "welfare_percent": part.ravel(), "gain": (0.01 * part * income[number]).ravel(),
    })  # fmt: skip
    return LinkIncidence(
        frame=out, unit=unit, sources=tuple(sources), settings=_settings(s), warnings=(LOCAL, *s.warnings)
    )


def border_table(
    s: Sensitivities, areas: ArrayLike, *, unit: Unit, trade: ArrayLike = 0.0, commuting: float = 0.0,
    sources: Sequence[Input] = (),
) -> BorderSensitivities:  # fmt: skip
    """Value of every border between two areas, first objective of `s`.

    Parameters
    ----------
    s : Sensitivities
        With the objective ``("social", "money")`` or more.
    areas : array (n,)
        Area of each place.
    unit : Unit
    trade, commuting
        As in `Sensitivities.borders`.
    sources : sequence of Input

    Raises
    ------
    InputError
        No money among the objectives, or labels that do not fit.
    """
    money = _money(s)
    both = s.borders(areas, trade=trade, commuting=commuting)
    both = both + both.transpose(0, 2, 1)
    names = np.unique(np.asarray(areas)).astype(str)
    a, b = np.triu_indices(names.size, 1)
    welfare, value = -both[0][a, b], -both[money][a, b] * unit.per_income
    out = pd.DataFrame({
        "area": names[a], "other": names[b], "rank": _rank(welfare), "welfare_percent": welfare, "gain": 0.01 * value
    })  # fmt: skip
    return BorderSensitivities(
        frame=out.sort_values(["rank", "area", "other"], kind="stable"), unit=unit, sources=tuple(sources),
        settings={
            **_settings(s), "border_trade": np.atleast_1d(np.asarray(trade, float)).tolist(),
            "border_commuting": commuting,
        },
        warnings=(LOCAL, *s.warnings), together_percent=float(welfare.sum()),
    )  # fmt: skip


def place_table(
    s: Sensitivities, places: Sequence[str], *, unit: Unit, sources: Sequence[Input] = ()
) -> PlaceSensitivities:
    """Value of the fundamentals of every place, first objective of `s`, in the order of `places`.

    Raises
    ------
    InputError
        No money among the objectives, or another number of places.
    """
    money = _money(s)
    if len(places) != s.economy.size:
        raise InputError(f"places: {len(places)} names for {s.economy.size} places")
    all_of = {
        "productivity": s.productivity.sum(axis=1), "amenity": s.amenity, "floor_space": s.floor_space,
        "land": s.land.sum(axis=1), "attraction": s.attraction.sum(axis=1),
    }  # fmt: skip
    columns: dict[str, Any] = {"place_id": list(places)}
    for name, value in all_of.items():
        columns[f"{name}_percent"] = value[0]
        columns[f"{name}_gain"] = 0.01 * value[money] * unit.per_income
    payers = s.economy.income * s.economy.residents
    columns["transfer_gain"] = s.transfer[money] - s.transfer[money] @ payers / payers.sum()
    return PlaceSensitivities(
        frame=pd.DataFrame(columns),
        unit=unit,
        sources=tuple(sources),
        settings=_settings(s),
        warnings=(LOCAL, *s.warnings),
    )


def _money(s: Sensitivities) -> int:
    """Row of the money objective."""
    for k, aim in enumerate(s.objectives):
        if isinstance(aim, Money):
            return k
    raise InputError("no money among the objectives", hint='sensitivities(..., objective=("social", "money"))')


def _way(s: Sensitivities) -> Routed:
    if s.routes is None:
        raise InputError("links: no network was given", hint="sensitivities(..., network=...)")
    return s.routes


def _rank(value: Array) -> NDArray[np.int64]:
    """One for the largest; equal values share a rank."""
    order = np.sort(-value)
    return (np.searchsorted(order, -value) + 1).astype(np.int64)


def _settings(s: Sensitivities) -> dict[str, Any]:
    e = s.economy.elasticities
    out: dict[str, Any] = {
        "objective": s.names[0], "theta": e.theta.tolist(), "epsilon": e.epsilon if np.isfinite(e.epsilon) else "inf",
        "phi": e.phi, "alpha": e.alpha, "delta": e.delta, "nu": e.nu.tolist(), "closure": e.closure,
    }  # fmt: skip
    if s.effects is not None:
        out |= {"time_on_trade": s.effects.trade.tolist(), "time_on_commuting": s.effects.commuting}
    return out
