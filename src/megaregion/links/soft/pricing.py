"""Borders priced over every layer of flows and every distance, as one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from megaregion.data.flow_kinds import sums_to_whole
from megaregion.links.soft.barriers import (
    BorderOptions,
    Dyads,
    Estimate,
    border_effect,
    dyads,
    pair_effects,
    placebo,
    quadratic,
    without_single,
)
from megaregion.links.soft.border_controls import FORETOLD, FORETOLD_ZH, foretelling, with_controls
from megaregion.result import Column, Input, Result

LAYERS = ("trains", "commuting", "people")
MEASURE: dict[str, Literal["distance", "time"]] = {
    "great_circle": "distance", "rail": "time", "fastest": "time",
}  # fmt: skip
FEW_CLUSTERS = 50  # Cameron & Miller (2015), J. Human Resources 50, 317: "few" may mean fewer than 20 to fewer than 50
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderResult(Result):
    """Border coefficients of every layer, distance and specification."""

    table: pd.DataFrame
    options: BorderOptions
    notes: tuple[tuple[str, str], ...] = ()

    title_en: ClassVar[str] = "What borders cost"
    title_zh: ClassVar[str] = "行政边界的代价"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        inputs = (
            Input("tables/flows.csv", {"layer": "{layer}"}),
            Input("tables/places.csv"),
            Input("results/links/times"),
        )

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#border-effect", inputs=inputs)

        return (
            Column("layer", "", "Flow", "流量层", key=True),
            Column("distance", "", "Distance", "距离口径", key=True),
            Column("spec", "", "Specification", "设定", key=True),
            Column("group_a", "", "Group", "地区组甲", key=True),
            Column("group_b", "", "Other group", "地区组乙", key=True),
            Column("identified", "", "Identified by the design", "可识别"),
            number("coef", "", "Log of flow inside over flow across", "组内流量相对跨界流量（对数）"),
            number("se", "", "Standard error, the wider of dyadic and two-way", "标准误（对偶稳健与双向聚类取较宽者）"),
            number("ci_low", "", "95 % interval, low", "95%区间下限"),
            number("ci_high", "", "95 % interval, high", "95%区间上限"),
            Column("errors", "", "Kind of this error: dyadic or two-way", "该标准误的类型"),
            number("se_two_way", "", "Standard error, two-way clustered", "标准误（双向聚类）"),
            number("two_way_low", "", "Its 95 % interval, low", "双向聚类95%区间下限"),
            number("two_way_high", "", "Its 95 % interval, high", "双向聚类95%区间上限"),
            number("n", "count", "Pairs used", "使用的对数"),
            number("n_dropped", "count", "Pairs dropped by separation", "因分离剔除的对数"),
            number("clusters", "count", "Clusters at each end (fewer)", "每端聚类数（较少者）"),
            number("flow_factor", "ratio", "Flow inside over flow across", "组内与跨界流量之比"),
            number("ln_distance", "", "Elasticity of distance or time", "距离（时间）弹性"),
            number("ln_distance_se", "", "Its standard error", "弹性标准误"),
            number("equivalent_percent", "percent", "Worth a trip longer by", "相当于行程延长"),
            number("percent_low", "percent", "95 % interval (delta method), low", "95%区间下限（delta法）"),
            number("percent_high", "percent", "95 % interval (delta method), high", "95%区间上限（delta法）"),
            number("base_min", "min", "On a trip of", "基准行程"),
            number("equivalent_min", "min", "Worth minutes more on that trip", "相当于该行程增加的分钟数"),
            number("min_low", "min", "95 % interval (delta method), low", "95%区间下限（delta法）"),
            number("min_high", "min", "95 % interval (delta method), high", "95%区间上限（delta法）"),
            Column("observed", "", "Flow was measured, not modelled", "流量为实测"),
            Column("note_en", "", "Note", "说明（英文）"),
            Column("note_zh", "", "Note in Chinese", "说明"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a coefficient, in the order of estimation."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Options of the table [options.border]."""
        return {**asdict(self.options), "absent_is_zero": list(self.options.absent_is_zero)}

    def facts(self) -> dict[str, Any]:
        """Main coefficients with their placebo, the borders that are not identified, and the notes."""
        table = self.table
        main = table[(table["spec"] == "main") & table["identified"].astype(bool)]
        lines = []
        for row in main.to_dict("records"):
            mate = table[
                (table["spec"] == "placebo") & (table["group_a"] == "")
                & (table["layer"] == row["layer"]) & (table["distance"] == row["distance"])
            ]  # fmt: skip
            keep = (
                "layer",
                "distance",
                "coef",
                "se",
                "errors",
                "se_two_way",
                "flow_factor",
                "equivalent_percent",
                "base_min",
                "equivalent_min",
                "min_low",
                "min_high",
            )
            line = {str(k): _plain(row[k]) for k in keep}
            line["placebo"] = _plain(mate["coef"].iloc[0]) if len(mate) else None
            line["placebo_se"] = _plain(mate["se"].iloc[0]) if len(mate) else None
            lines.append(line)
        lost = table[table["spec"].str.startswith("pair:") & ~table["identified"].astype(bool)]
        return {
            "main": lines,
            "not_identified": sorted(set(lost["group_a"] + "|" + lost["group_b"])),
            "notes": [{"en": en, "zh": zh} for en, zh in self.notes],
        }


def border(
    flows: Mapping[str, pd.DataFrame],
    distances: Mapping[str, pd.DataFrame],
    places: pd.DataFrame,
    *,
    options: BorderOptions,
    progress: Progress | None = None,
) -> BorderResult:
    """Border effects of every layer among trains, commuting and people, on every distance.

    Parameters
    ----------
    flows : mapping of layer to DataFrame
        Square frames over the places; ``attrs['observed']`` says whether the flow was measured.
    distances : mapping of {'great_circle', 'rail', 'fastest'} to DataFrame
        Kilometres, or minutes door to door.
    places : DataFrame
        Index `place_id`; columns group, lon, lat.
    options : BorderOptions
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Returns
    -------
    BorderResult
        On the great circle everything: main, every pair of groups, placebo, quadratic, without the groups of one
        place; on times the main coefficient, the placebo and (up to `full_rows` pairs) the quadratic.
    """
    layers = [name for name in LAYERS if name in flows]
    total, done = len(layers) * len(distances), 0
    rows: list[dict[str, Any]] = []
    notes: list[tuple[str, str]] = []
    for layer in layers:
        flow = flows[layer].reindex(index=places.index, columns=places.index)
        zero = layer in options.absent_is_zero
        text = _about(flow, layer, flows[layer].attrs, zero)
        notes += text
        for name, distance in distances.items():
            if progress is not None:
                progress(done, total, f"border effect: {layer}, {name}")
            done += 1
            pairs = dyads(
                flow, distance, places["group"], measure=MEASURE[name], base_min=options.base_min, absent_is_zero=zero
            )
            if pairs.rows.empty or not (pairs.rows["flow"] > 0).any():
                notes.append((f"{layer} on {name}: no flow between two places", f"{layer}（{name}）：没有任何流量"))
                continue
            for estimate in _estimates(pairs, places, options, full=name == "great_circle"):
                rows.append(_row(layer, name, estimate, bool(flows[layer].attrs.get("observed", False)), text))
    if progress is not None and total:
        progress(total, total, "border effect")
    table = _table(rows)
    notes += [*_few(table, places), *_not_the_border(table)]
    warnings = tuple(en for en, _ in dict.fromkeys(notes))
    return BorderResult(table=table, options=options, notes=tuple(dict.fromkeys(notes)), warnings=warnings)


def layer_borders(
    pairs: Dyads, places: pd.DataFrame, flow: pd.DataFrame, *, layer: str, distance: str, options: BorderOptions,
    controls: Mapping[str, pd.DataFrame] | None = None,
) -> BorderResult:  # fmt: skip
    """Every border of one layer on one distance, with placebo lines beside it.

    Parameters
    ----------
    pairs : Dyads
    places : DataFrame
        Index `place_id`; columns group, lon, lat.
    flow : DataFrame
        The layer as given, for what a reader must know of it.
    layer, distance : str
        For the record.
    options : BorderOptions
    controls : mapping of name to DataFrame, optional
        Square tables such as those of `border_controls`: the main border and that of every pair of groups are then
        also estimated beside them (``controls`` and ``controls:pair:A-B``).
    """
    about = _about(
        flow.reindex(index=places.index, columns=places.index), layer, flow.attrs, layer in options.absent_is_zero
    )  # fmt: skip
    observed = bool(flow.attrs.get("observed", False))
    found, lost = _estimates(pairs, places, options, full=True), []
    if controls:
        beside = with_controls(pairs, controls)
        foretold = foretelling(beside.rows, controls)
        found += _controlled(beside, tuple(name for name in controls if name not in foretold), options)
        lost = [(f"{name} {FORETOLD}", f"{name}{FORETOLD_ZH}") for name in foretold]
    table = _table([_row(layer, distance, e, observed, about) for e in found])
    notes = tuple(dict.fromkeys([*about, *lost, *_few(table, places), *_not_the_border(table)]))
    return BorderResult(table=table, options=options, notes=notes, warnings=tuple(en for en, _ in notes))


def _controlled(pairs: Dyads, names: tuple[str, ...], options: BorderOptions) -> list[Estimate]:
    """The main border and every pair of groups beside the controls."""
    out, number = [border_effect(pairs, spec="controls", extra=names)], pairs.groups.nunique()
    if number * (number - 1) // 2 <= options.max_pairs:
        out += [replace(e, spec=f"controls:{e.spec}") for e in pair_effects(pairs, extra=names)]
    return out


def _estimates(pairs: Dyads, places: pd.DataFrame, options: BorderOptions, *, full: bool) -> list[Estimate]:
    out = [border_effect(pairs)]
    number = places["group"].nunique()
    if full and number * (number - 1) // 2 <= options.max_pairs:
        out += pair_effects(pairs)
    rich = full or len(pairs.rows) <= options.full_rows
    out += placebo(pairs, places["lat"], single=rich)
    if full:
        out += placebo(pairs, places["lon"], spec="placebo:longitude", single=False)
    if rich:
        out.append(quadratic(pairs))
    return out + (without_single(pairs) if full else [])


def _row(layer: str, name: str, estimate: Estimate, observed: bool, about: list[tuple[str, str]]) -> dict[str, Any]:
    row = {"layer": layer, "distance": name, **estimate.to_dict(), "observed": observed}
    for key, position in (("note_en", 0), ("note_zh", 1)):
        parts = [str(row[key]), *(note[position] for note in about)]
        row[key] = ("; " if key == "note_en" else "；").join(p for p in parts if p)
    return row


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    fields = ["layer", "distance", *Estimate(spec="").to_dict()]
    fields.insert(fields.index("note_en"), "observed")
    return pd.DataFrame(rows, columns=fields) if rows else pd.DataFrame({f: pd.Series(dtype=object) for f in fields})


def _about(flow: pd.DataFrame, layer: str, attrs: Mapping[Any, Any], zero: bool) -> list[tuple[str, str]]:
    """What a reader must know of a layer, in both languages; `attrs` as the layer was given (reindexing drops them)."""
    out, unit = [], str(attrs.get("unit", ""))
    if not attrs.get("observed", True):
        out.append((f"{layer} is modelled, not observed: its border is the one that the model was given",
                    "流量为模型值而非实测：所得边界效应只是模型自身的设定"))  # fmt: skip
    value = flow.to_numpy(float)
    off = value[~np.eye(len(value), dtype=bool)]
    positive = off[off > 0]
    if layer == "trains":
        out.append(
            ("trains are a supply plan and most pass through: not journeys of people",
             "班次是运力供给，多数为过路列车，不等于出行量")
        )  # fmt: skip
    if unit == "index":
        out.append(("the flow is an index, not a number of persons", "流量为指数，不是人数"))
    if sums_to_whole(value):
        out.append(
            (f"flows of {layer} sum to 100 (or 1) for each place: shares, so that small places weigh as much as large",
             "各地流量合计为100（或1）：是份额而非总量，小地区与大地区权重相同")
        )  # fmt: skip
    whole = len(positive) > 0 and bool((positive == np.round(positive)).all())
    if whole and positive.min() > 1 and ((off == 0).any() or (zero and np.isnan(off).any())):
        low = int(positive.min())
        out.append(
            (f"no flow of {layer} below {low} is ever reported: small flows are censored to zero",
             f"低于{low}的流量未公布，按零处理（删失）")
        )  # fmt: skip
    if not zero and np.isnan(off).any():
        lost = int(np.isnan(off).sum())
        out.append((f"{lost} pairs of {layer} are not in the table and left out", f"表中没有的{lost}对未计入"))
    return out


def _not_the_border(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Where an artificial line inside the groups gives more than nothing."""
    out = []
    lines = table[table["spec"].isin(["placebo", "placebo:longitude"]) & (table["group_a"] == "")]
    for row in lines[(lines["ci_low"] > 0) | (lines["ci_high"] < 0)].to_dict("records"):
        main = table[
            (table["spec"] == "main") & (table["layer"] == row["layer"]) & (table["distance"] == row["distance"])
        ]
        if len(main) and bool(main["identified"].iloc[0]):
            of = f"{row['coef']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})"
            zh = f"{row['coef']:.2f}（{row['ci_low']:.2f}至{row['ci_high']:.2f}）"
            out.append(
                (f"{row['layer']} on {row['distance']}: a line that is no border gives {of}, not nothing: so much of "
                 f"{main['coef'].iloc[0]:.2f} may be the form of distance or terrain; see quadratic and spline",
                 f"{row['layer']}（{row['distance']}）：并非边界的虚设线也给出{zh}，显著不为零："
                 f"{main['coef'].iloc[0]:.2f}中可能有这么多来自距离函数形式或地形，参见二次项与样条")
            )  # fmt: skip
    return out


def _few(table: pd.DataFrame, places: pd.DataFrame) -> list[tuple[str, str]]:
    """Why the printed errors are optimistic."""
    known = table[table["identified"].astype(bool) & (table["spec"] == "main")]
    if known.empty:
        return []
    clusters, groups = int(known["clusters"].min()), int(places["group"].nunique())
    out = []
    if clusters < FEW_CLUSTERS or groups < FEW_CLUSTERS:
        out.append(
            (f"errors let flows that share one of {clusters} places be alike, but the border varies only over "
             f"{groups * (groups - 1) // 2} pairs of {groups} groups: few clusters, intervals are optimistic",
             f"标准误允许共享{clusters}个地区之一的流量相关，而边界变量只在{groups}组的"
             f"{groups * (groups - 1) // 2}对之间变化：聚类数少，区间偏乐观")
        )  # fmt: skip
    lost = table[table["spec"].str.startswith("pair:") & ~table["identified"].astype(bool)]
    single = places["group"].value_counts()
    alone = sorted(map(str, single.index[single == 1]))
    if len(lost) and alone:
        out.append(
            (f"the borders of {', '.join(alone)} are not identified: a group of one place has no flow inside",
             f"{'、'.join(alone)}自身的边界无法识别：只有一个地区的组没有组内流量")
        )  # fmt: skip
    return out


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return float(value) if np.isfinite(value) else None
