"""Derivatives of welfare as tables: per one per cent, per unit of time, in money."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.equilibrium.network import Routes
from megaregion.equilibrium.objectives import Money, OneGroup
from megaregion.equilibrium.ranges import described, with_ranges
from megaregion.equilibrium.sensitivities import Routed, Sensitivities
from megaregion.equilibrium.two_way import TwoWay
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

    def describe(self) -> tuple[Column, ...]:
        """Columns of the frame; those that were drawn are followed by their range."""
        return described(self.described(), self.frame)

    @abstractmethod
    def described(self) -> tuple[Column, ...]:
        """Every column that the table can have, without ranges."""

    def ranged(self, samples: Mapping[str, Array]) -> Self:
        """The table with the 5th, 50th and 95th percentile of joint draws beside the columns named.

        Parameters
        ----------
        samples : mapping of str to array (draws, rows)
            Rows in the order of the frame; a column `rank` gets the percentiles of the ranks by `welfare_percent`.
        """
        known = dict(samples)
        if "rank" in self.frame.columns and "welfare_percent" in samples:
            known["rank"] = np.stack([_rank(row) for row in samples["welfare_percent"]]).astype(np.float64)
        return replace(self, frame=with_ranges(self.frame, known))


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkSensitivities(_Table):
    """What a faster link is worth, all links of a network."""

    title_en: ClassVar[str] = "Value of faster links"
    title_zh: ClassVar[str] = "各路段提速的价值"
    time_unit: str = "min"

    def described(self) -> tuple[Column, ...]:
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

    def described(self) -> tuple[Column, ...]:
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

    def described(self) -> tuple[Column, ...]:
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

    def described(self) -> tuple[Column, ...]:
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

    def useful(self) -> Self:
        """Without land where no sector uses any, and without entitlement where there is one group of people only."""
        names = [name for name in ("land", "attraction") if not self._says(name)]
        return replace(
            self, frame=self.frame.drop(columns=[f"{n}_{tail}" for n in names for tail in ("percent", "gain")])
        )

    def _says(self, name: str) -> bool:
        found = self.frame[f"{name}_percent"]
        return bool((found != 0).any()) and not np.allclose(found, self.frame["amenity_percent"], rtol=1e-9)


def link_table(
    s: Sensitivities, *, unit: Unit, two_way: TwoWay | None = None, sources: Sequence[Input] = (),
    settings: dict[str, Any] | None = None,
) -> LinkSensitivities:  # fmt: skip
    """Value of every link, first objective of `s`; links in the order of their value.

    Parameters
    ----------
    s : Sensitivities
        Made with a network and with the objective ``("social", "money")`` or more.
    unit : Unit
        Of money.
    two_way : TwoWay, optional
        Adds up the directions: a row is then worth what both gain if each takes less time.
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
    links = way.network.links
    time = links["time"].to_numpy(float)
    kinked = way.kinked() if isinstance(way, Routes) else np.zeros(len(links), bool)
    welfare, value, per_time = -s.links[0], -s.links[money] * unit.per_income, 1.0 / time
    columns = {
        "welfare_percent": welfare, "welfare_per_time": 100.0 * welfare * per_time, "gain": 0.01 * value,
        "gain_per_time": value * per_time,
    }  # fmt: skip
    frame = links[["from_node", "to_node", "mode", "time"]]
    if two_way is not None:
        frame, columns = two_way.frame, {name: two_way.sums(found) for name, found in columns.items()}
        kinked = two_way.sums(kinked.astype(np.float64)) > 0
    out = frame.rename_axis("link_id").reset_index().assign(rank=_rank(columns["welfare_percent"]), **columns)
    out["kinked"] = kinked
    notes = (LOCAL, *s.warnings, *((KINKED.format(count=int(kinked.sum())),) if kinked.any() else ()))
    return LinkSensitivities(
        frame=out.sort_values(["rank", "link_id"], kind="stable"), unit=unit, sources=tuple(sources),
        settings={**_settings(s), **(settings or {})}, warnings=notes, time_unit=way.network.unit,
    )  # fmt: skip


def incidence_table(
    s: Sensitivities, groups: Sequence[str], *, unit: Unit, two_way: TwoWay | None = None,
    sources: Sequence[Input] = (), top: int | None = None, settings: dict[str, Any] | None = None,
) -> LinkIncidence:  # fmt: skip
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
    names, welfare = _way(s).network.links.index.astype(str), -s.links
    if two_way is not None:
        names, welfare = two_way.frame.index.astype(str), two_way.sums(welfare)
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
        frame=out, unit=unit, sources=tuple(sources), settings={**_settings(s), **(settings or {})},
        warnings=(LOCAL, *s.warnings),
    )  # fmt: skip


def border_table(
    s: Sensitivities, areas: ArrayLike, *, unit: Unit, trade: ArrayLike = 0.0, commuting: float = 0.0,
    sources: Sequence[Input] = (), settings: dict[str, Any] | None = None,
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
            **_settings(s), **(settings or {}), "border_trade": np.atleast_1d(np.asarray(trade, float)).tolist(),
            "border_commuting": commuting,
        },
        warnings=(LOCAL, *s.warnings), together_percent=float(welfare.sum()),
    )  # fmt: skip


def place_table(
    s: Sensitivities, places: Sequence[str], *, unit: Unit, sources: Sequence[Input] = (),
    settings: dict[str, Any] | None = None,
) -> PlaceSensitivities:  # fmt: skip
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
        frame=pd.DataFrame(columns), unit=unit, sources=tuple(sources),
        settings={**_settings(s), **(settings or {})}, warnings=(LOCAL, *s.warnings),
    )  # fmt: skip


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
