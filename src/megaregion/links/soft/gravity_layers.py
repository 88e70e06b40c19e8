"""Gravity, observed over expected, and stickiness of every layer of flows that a cluster has, as one table each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.errors import InputError, MegaregionError, MissingDataError
from megaregion.links.soft.barriers import BorderOptions, dyads
from megaregion.links.soft.border_over_time import border_over_time
from megaregion.links.soft.gravity_equation import GravityOptions, GravityResult, gravity_equation
from megaregion.links.soft.stickiness import stickiness
from megaregion.result import Column, Input, Result

Progress = Callable[[int, int, str], None]
TERMS = ["ln_x", "same"]
_FLOWS = Input("tables/flows.csv", {"layer": "{layer}"})
_PANEL = Input("tables/flow_panel.csv", {"layer": "{layer}"})
_PLACES = Input("tables/places.csv")
LEFT_ZH = "无法估计"


@dataclass(frozen=True, eq=False, kw_only=True)
class LayersResult(Result):
    """One table over several layers.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    """

    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Rows of the layers, one layer after the other."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """What stands on the right side of the gravity equation."""
        return {"distance": "great_circle", "terms": TERMS, "effects": "origin, destination"}


@dataclass(frozen=True, eq=False, kw_only=True)
class GravityLayers(LayersResult):
    """Coefficients of gravity by layer."""

    title_en: ClassVar[str] = "Gravity of every layer of flows"
    title_zh: ClassVar[str] = "各类流量的引力方程"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str, unit: str = "") -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#gravity-equation",
                          inputs=(_FLOWS, _PLACES))  # fmt: skip

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            Column("term", "", "Regressor", "解释变量", key=True),
            Column("identified", "", "Identified by the design", "可识别"),
            number("coef", "Coefficient", "系数"),
            number("se", "Standard error, dyadic", "标准误（对偶稳健）"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
            number("n", "Pairs used", "使用的对数", "count"),
            number("zeros", "Of them zero", "其中为零", "count"),
            number("separated", "Pairs perfectly predicted and left out", "完全可预测而剔除的对数", "count"),
            Column("observed_flow", "", "Flow was measured, not modelled", "流量为实测"),
            Column("note_en", "", "Note", "说明（英文）"),
            Column("note_zh", "", "Note in Chinese", "说明"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ExpectedLayers(LayersResult):
    """Observed over expected flow by layer and ordered pair."""

    title_en: ClassVar[str] = "Observed over expected flows of every layer"
    title_zh: ClassVar[str] = "各类流量的实际与期望之比"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        inputs = (Input("tables/flows.csv", {"layer": "{layer}", "origin": "{origin}", "destination": "{destination}"}),
                  _PLACES, Input("results/soft_links/gravity", {"layer": "{layer}"}))  # fmt: skip

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#observed-over-expected", inputs=inputs)

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            Column("observed", "by row", "Observed", "实际值", inputs=inputs[:1]),
            number("expected", "by row", "Expected", "期望值"),
            Column("unit", "", "Unit of both", "两者单位"),
            number("ratio", "ratio", "Observed over expected", "实际与期望之比"),
            number("ratio_low", "ratio", "Interval, low", "区间下限"),
            number("ratio_high", "ratio", "Interval, high", "区间上限"),
            number("excess_sd", "", "Excess, in standard deviations of a flow", "超出量（标准差）"),
            number("root_excess_sd", "", "The same for square roots, by which pairs are ranked", "平方根尺度的超出量"),
        )

    def facts(self) -> dict[str, Any]:
        """Pairs that stand out, by layer."""
        out = {}
        for layer, part in self.table.groupby("layer", sort=True):
            z = part["root_excess_sd"]
            out[str(layer)] = {"pairs": len(part), "above": int((z > 1.96).sum()), "below": int((z < -1.96).sum())}
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class StickyLayers(LayersResult):
    """Four measures of stickiness by layer."""

    title_en: ClassVar[str] = "Stickiness of every layer of flows"
    title_zh: ClassVar[str] = "各类流量的粘性"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#stickiness",
                          inputs=(_FLOWS, _PANEL, _PLACES))  # fmt: skip

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            Column("measure", "", "Measure", "指标", key=True),
            Column("place", "", "Place or group", "地区（组）", key=True),
            number("value", "Value", "数值"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
            Column("n", "count", "Observations", "观测数"),
            Column("periods", "count", "Periods", "时期数"),
            Column("note_en", "", "Note", "说明（英文）"),
            Column("note_zh", "", "Note in Chinese", "说明"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderChange(LayersResult):
    """How the border of a layer has changed since its first period."""

    title_en: ClassVar[str] = "Change of borders over time"
    title_zh: ClassVar[str] = "边界效应的变化"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#border-over-time", inputs=(_PANEL, _PLACES))

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            Column("period", "", "Period", "时期", key=True),
            Column("base", "", "Compared with", "对照时期"),
            Column("identified", "", "Identified by the design", "可识别"),
            number("coef", "Change of the log of flow inside over across", "组内相对跨界流量（对数）的变化"),
            number("se", "Standard error, dyadic", "标准误（对偶稳健）"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
        )


@dataclass(frozen=True, eq=False)
class LayerStudy:
    """Tables by name, and what could not be estimated with the reason in English and Chinese."""

    tables: dict[str, Result]
    left_out: tuple[tuple[str, str, str], ...]


def gravity_layers(
    flows: Mapping[str, pd.DataFrame], distance: pd.DataFrame, groups: pd.Series, *, options: BorderOptions,
    panel: pd.DataFrame | None = None, progress: Progress | None = None,
) -> LayerStudy:  # fmt: skip
    """Gravity, expected flows, stickiness and change of borders of every layer.

    Parameters
    ----------
    flows : mapping of layer to DataFrame
        Square, rows origin, columns destination; ``attrs`` with unit and observed.
    distance : DataFrame
        Square, km, > 0 off the diagonal.
    groups : Series
        Group of each place.
    options : BorderOptions
        Which layers list all there is.
    panel : DataFrame, optional
        Columns layer, origin, destination, period, value, unit: flows of several periods.
    progress : callable, optional
        Called as ``progress(done, total, text)``.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in _KINDS}
    lost: list[tuple[str, str, str]] = []
    warnings: list[str] = []
    periods = {} if panel is None else {str(k): v for k, v in panel.groupby("layer", sort=True)}
    names = [*flows, *(name for name in periods if name not in flows)]
    for k, layer in enumerate(names):
        if progress is not None:
            progress(k, len(names), f"gravity and stickiness: {layer}")
        if layer in flows:
            try:
                found = _gravity(flows[layer], distance, groups, layer in options.absent_is_zero)
                parts["gravity"].append(_coefficients(found, layer, bool(flows[layer].attrs.get("observed", False))))
                parts["expected"].append(found.expected.table.assign(layer=layer, unit=found.options.unit))
                warnings += [f"{layer}: {text}" for text in _told(found)]
            except MegaregionError as error:
                lost.append((f"gravity: {layer}", error.message, LEFT_ZH))
        try:
            measured = sticky_layer(
                flows.get(layer), periods.get(layer), layer=layer, distance=distance, groups=groups,
                zero=layer in options.absent_is_zero,
            )  # fmt: skip
            for name, result in measured.items():
                parts[name].append(result.to_frame())
        except MegaregionError as error:
            lost.append((f"stickiness: {layer}", error.message, LEFT_ZH))
    told = tuple(dict.fromkeys(warnings))
    tables: dict[str, Result] = {
        name: _joined(name, frames, told if name == "gravity" else ()) for name, frames in parts.items() if frames
    }
    return LayerStudy(tables, tuple(lost))


def sticky_layer(
    flow: pd.DataFrame | None, panel: pd.DataFrame | None, *, layer: str, distance: pd.DataFrame | None,
    groups: pd.Series, zero: bool,
) -> dict[str, Result]:  # fmt: skip
    """Stickiness of one layer, and with several periods the change of its border.

    Parameters
    ----------
    flow : DataFrame, optional
        Square table of one period; used where there is no panel.
    panel : DataFrame, optional
        Columns origin, destination, period, value, unit of this layer.
    layer : str
    distance : DataFrame, optional
        Square, > 0 off the diagonal, for excess linkage.
    groups : Series
    zero : bool
        Whether a pair that `flow` does not list has none.
    """
    if panel is not None and len(panel):
        rows, unit = _periods(panel)
    elif flow is not None:
        rows, unit = _once(flow, groups, zero)
    else:
        raise MissingDataError(f"there are no flows of the layer {layer}")
    out: dict[str, Result] = {"stickiness": _joined("stickiness", [_sticky(rows, layer, unit, distance, groups)], ())}
    if "period" in rows and rows["period"].nunique() > 1:
        out["border_change"] = _joined("border_change", [_change(rows, groups, layer, unit)], ())
    return out


def _joined(name: str, frames: list[pd.DataFrame], warnings: tuple[str, ...]) -> LayersResult:
    whole = _KINDS[name](table=pd.concat(frames, ignore_index=True), warnings=warnings)
    return replace(whole, table=whole.table[[c.name for c in whole.describe()]])


_KINDS: dict[str, type[LayersResult]] = {
    "gravity": GravityLayers, "expected": ExpectedLayers, "stickiness": StickyLayers, "border_change": BorderChange,
}  # fmt: skip


def _gravity(flow: pd.DataFrame, distance: pd.DataFrame, groups: pd.Series, zero: bool) -> GravityResult:
    square = flow.reindex(index=groups.index, columns=groups.index)
    pairs = dyads(square, distance, groups, absent_is_zero=zero)
    return gravity_equation(pairs.rows, TERMS, options=GravityOptions(unit=_unit(flow)))


def _told(found: GravityResult) -> list[str]:
    """Warnings of a gravity equation; the flows that say nothing are counted, not listed."""
    out = [text for text in found.warnings if "perfectly predicted" not in text]
    if len(found.separated):
        out.append(
            f"{len(found.separated)} flows are zero for certain, such as all of a place without any, and left out"
        )
    return out


def _unit(flow: pd.DataFrame) -> str:
    return str(flow.attrs.get("unit", "")) or "count"


def _coefficients(found: GravityResult, layer: str, observed: bool) -> pd.DataFrame:
    return found.table.assign(
        layer=layer, n=found.n, zeros=found.zeros, separated=len(found.separated), observed_flow=observed
    )


def _once(flow: pd.DataFrame, groups: pd.Series, zero: bool) -> tuple[pd.DataFrame, str]:
    """Rows of a square table and their unit; what it does not say is zero or left out."""
    ids = groups.index.to_numpy(object)
    square = flow.reindex(index=groups.index, columns=groups.index).to_numpy(float)
    i, j = np.indices(square.shape).reshape(2, -1)
    long = pd.DataFrame({"origin": ids[i], "destination": ids[j], "flow": square.ravel()})
    if zero:
        away = long["origin"] != long["destination"]
        long["flow"] = long["flow"].where(~(away & long["flow"].isna()), 0.0)
    return long.dropna(subset=["flow"]).reset_index(drop=True), _unit(flow)


def _periods(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    if rows["unit"].nunique() > 1:
        named = ", ".join(sorted(map(str, rows["unit"].unique())))
        raise InputError(f"flow_panel: layer {rows['layer'].iloc[0]} has several units: {named}")
    long = rows.rename(columns={"value": "flow"})[["origin", "destination", "period", "flow"]]
    return long.astype({"period": "int64"}).reset_index(drop=True), str(rows["unit"].iloc[0])


def _sticky(
    rows: pd.DataFrame, layer: str, unit: str, distance: pd.DataFrame | None, groups: pd.Series
) -> pd.DataFrame:  # fmt: skip
    """Measures over the places that the rows name."""
    named = set(rows["origin"]) | set(rows["destination"])
    if strange := sorted(map(str, named - set(groups.index))):
        raise InputError(f"flow_panel: {', '.join(strange[:5])} are no places of the level of analysis")
    seen = [place for place in groups.index if place in named]
    far = None if distance is None else distance.loc[seen, seen]
    measured = stickiness(rows, layer=layer, unit=unit, distance=far, groups=groups.loc[seen])
    return measured.table.assign(periods=rows["period"].nunique() if "period" in rows else 1)


def _change(rows: pd.DataFrame, groups: pd.Series, layer: str, unit: str) -> pd.DataFrame:
    away = rows[rows["origin"] != rows["destination"]]
    base = int(away["period"].min())
    found = border_over_time(away, groups, base=base, unit=unit).table
    later = found["term"].str.removeprefix("same:")
    return found.assign(layer=layer, period=later.astype(np.int64), base=base)
