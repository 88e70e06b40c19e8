"""Soft links: what a border between groups costs, beside its placebo, and where the design cannot say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.borders import effects
from megaregion.plot.ranks import Words
from megaregion.report.blocks import (
    Block,
    Bullets,
    Drawing,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    is_modelled,
    need,
    shown,
)
from megaregion.report.border_words import distance_word, layer_word
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections import flow_layers
from megaregion.report.sections.tables import Cell, digits, grid, yes_no
from megaregion.report.text import EMPTY, Lang, Text, between, both, join, minutes, number, percent, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ["layer", "distance", "spec", "group_a", "group_b", "identified", "coef", "se", "ci_low", "ci_high", "n",
            "clusters", "flow_factor", "base_min", "equivalent_min", "observed", "errors", "se_two_way", "min_low",
            "min_high"]  # fmt: skip


def section(material: Material) -> Section:
    """The border effect of every flow."""
    title = Text("Soft links: the price of a border", "经络（软）：行政边界的代价")
    table = material.table("links", "border")
    if table is None:
        return Section("border", title, absent(material, "links/border", "of the border effect", "边界效应"), grey=True)
    frame = need(table, "links/border", _COLUMNS)
    if frame.empty:
        text = Text("No flow is in the workspace: no border can be priced.", "工作区中没有流量数据，无法估计边界效应。")
        return Section("border", title, (Paragraph(text, "missing"), *cautions(material, table)), grey=True)
    blocks: list[Block] = [*flow_layers.blocks(material), Paragraph(_how(frame)), *(_headlines(material, table, frame))]
    blocks += [_figure(material, table, frame), *_unidentified(material, frame), *_meaning(material, frame)]
    blocks += [_table(material, table, frame), *cautions(material, table), Trace(("links/border",), formulas(table))]
    return Section("border", title, tuple(blocks))


def finding(material: Material) -> list[Text]:
    """Headlines of this room."""
    table = material.table("links", "border")
    if table is None or table.frame.empty:
        return []
    main = _main(need(table, "links/border", _COLUMNS))
    return [_sentence(material, table, main.iloc[0], brief=True)] if len(main) else []


def _main(frame: pd.DataFrame) -> pd.DataFrame:
    """Headline rows: spec main and identified, great circle before minutes, observed flows first."""
    order = {"great_circle": 0, "fastest": 1, "rail": 2}
    main = frame[(frame["spec"] == "main") & frame["identified"].astype(bool)]
    keys = pd.DataFrame({
        "layer": main["layer"].map({"people": 0, "commuting": 0}).fillna(1), "name": main["layer"],
        "distance": main["distance"].map(order).fillna(9),
    })  # fmt: skip
    return main.loc[keys.sort_values(["layer", "name", "distance"]).index]


def _how(frame: pd.DataFrame) -> Text:
    clusters = int(frame["clusters"].max()) if frame["clusters"].notna().any() else 0
    return say(
        "A gravity equation by Poisson pseudo maximum likelihood: origin and destination effects, log distance, and "
        "a dummy "
        "for pairs inside one group. The coefficient says how much larger a flow is inside a group than across its "
        "border at equal size and distance. Standard errors are dyadic: any two flows that share a place, in either "
        "direction, may be alike; where clusters of origins and of destinations ({c} at most) give a wider interval, "
        "that one is shown. Since only a few groups and group pairs carry the border, they are still optimistic: read "
        "the interval of the wild bootstrap over group pairs where it is given.",
        "以泊松伪极大似然估计引力方程：起点与终点固定效应、距离对数及“同组（省）”虚拟变量。"
        "系数表示在规模与距离相同的条件下，"
        "组内流量比跨界流量大多少。标准误为对偶稳健：任何共享一个地区（不论方向）的两条流量都可以相关；"
        "若按起点与终点双向聚类（至多{c}个聚类）的区间更宽，则取后者。由于边界只涉及少数几个组与组对，区间仍偏乐观：如给出按组对的野自助法区间，请以其为准。",
        c=number(clusters),
    )  # fmt: skip


def _headlines(material: Material, table: StoredTable, frame: pd.DataFrame) -> list[Block]:
    main = _main(frame)
    items = tuple(_sentence(material, table, row) for _, row in main.drop_duplicates("layer").iterrows())
    return [Bullets(items, "key")] if items else []


def _sentence(material: Material, table: StoredTable, row: pd.Series, *, brief: bool = False) -> Text:
    frame = table.frame
    placebo = frame[
        (frame["layer"] == row["layer"]) & (frame["distance"] == row["distance"]) & (frame["spec"] == "placebo")
        & frame["group_a"].map(_empty)
    ].dropna(subset=["coef"])  # fmt: skip
    text = say(
        "{layer} ({dist}): inside a group {f} times as large as across the border (coefficient {c}, 95 % interval "
        "{range}, {kind} error {se}; two-way clustered {two}){mark}",
        "{layer}（{dist}）：组内流量是跨界的{f}倍（系数{c}，95%区间{range}，{kind}标准误{se}；双向聚类{two}）{mark}",
        layer=layer_word(row["layer"]), dist=distance_word(str(row["distance"])),
        f=number(row["flow_factor"], 2), c=number(row["coef"], 3),
        range=between(number(row["ci_low"], 3), number(row["ci_high"], 3)), mark=shown(table, "coef", EMPTY),
        kind=_ERRORS.get(str(row["errors"]), raw(row["errors"])), se=number(row["se"], 3),
        two=number(row["se_two_way"], 3),
    )  # fmt: skip
    if len(placebo):
        p = placebo.iloc[0]
        text += say(
            "; a placebo line drawn inside the groups, where there is no border, gives {c} ({range})",
            "；在组内（并无边界处）虚设的安慰剂边界给出{c}（{range}）", c=number(p["coef"], 3),
            range=between(number(p["ci_low"], 3), number(p["ci_high"], 3)),
        )  # fmt: skip
    else:
        text += Text("; no placebo could be estimated", "；未能估计安慰剂边界")
    text += _few_groups(material, str(row["layer"])) if row["distance"] == "great_circle" else EMPTY
    if not bool(row["observed"]):
        text += Text("; this flow is itself modelled", "；该流量本身为模型值")
    return text + (EMPTY if brief else _minutes(table, row)) + Text(".", "。")


def _few_groups(material: Material, layer: str) -> Text:
    """The interval for few pairs of groups, where it was computed."""
    found = material.table("soft_links", "border_wild")
    rows = None if found is None else found.frame[found.frame["layer"] == layer]
    if rows is None or rows.empty:
        return EMPTY
    r = rows.iloc[0]
    ends = [number(v, 3) if math.isfinite(v) else Text("∞", "∞") for v in (abs(r["ci_low"]), abs(r["ci_high"]))]
    signs = [Text("−", "−") if v < 0 else EMPTY for v in (r["ci_low"], r["ci_high"])]
    return say(
        "; since only {g} pairs of provinces or groups carry it, a wild bootstrap over them gives {range} (p {p})",
        "；由于仅{g}个组对承载该效应，按组对的野自助法区间为{range}（p={p}）", g=number(r["group_pairs"]),
        range=between(signs[0] + ends[0], signs[1] + ends[1]), p=number(r["p_value"], 3),
    )  # fmt: skip


def _minutes(table: StoredTable, row: pd.Series) -> Text:
    timed = table.frame[
        (table.frame["layer"] == row["layer"]) & (table.frame["spec"] == "main") & table.frame["equivalent_min"].notna()
    ]  # fmt: skip
    if timed.empty:
        return EMPTY
    r = timed.sort_values("distance").iloc[0]
    return say(
        "; measured in time ({d}) the border is worth {m} ({range}) on a trip of {b}",
        "；以时间计（{d}），对{b}的行程而言边界相当于增加{m}（{range}）", m=minutes(float(r["equivalent_min"])),
        range=between(number(r["min_low"], 0), number(r["min_high"], 0)),
        b=minutes(float(r["base_min"])), d=distance_word(str(r["distance"])),
    )  # fmt: skip


def _spec(material: Material, row: pd.Series) -> Text:
    spec = str(row["spec"])
    a, b = _group(material, row["group_a"]), _group(material, row["group_b"])
    if spec == "main":
        return Text("same group", "同组（省）")
    if spec == "placebo":
        return say("placebo inside {a}", "{a}内安慰剂边界", a=a) if a.en else Text("placebo border", "安慰剂边界")
    if spec == "placebo:longitude":
        return Text("placebo, cut by longitude", "安慰剂边界（按经度划分）")
    if spec.startswith("placebo"):
        return say("{s}, {a}", "{s}，{a}", s=raw(spec), a=a)
    if spec.startswith("pair:"):
        return say("across {a}–{b}", "{a}—{b}之间", a=a, b=b)
    if spec.startswith("without:"):
        gone = join([_group(material, part) for part in spec.partition(":")[2].split("+")])
        return say("without {a}", "剔除{a}", a=gone)
    return _SPECS.get(spec, raw(spec))


_ERRORS = {"dyadic": Text("dyadic", "对偶稳健"), "two-way": Text("two-way clustered", "双向聚类")}
_SPECS = {
    "adjacency": Text("with a dummy for neighbours", "加入相邻虚拟变量"),
    "quadratic": Text("distance squared", "距离二次项"), "near": Text("near pairs only", "仅近距离城市对"),
    "deciles": Text("distance in ten classes", "距离十分位"),
}  # fmt: skip


def _empty(value: object) -> bool:
    return value is None or value != value or value == ""


def _group(material: Material, value: object) -> Text:
    if _empty(value):
        return EMPTY
    return material.place(str(value))


def _figure(material: Material, table: StoredTable, whole: pd.DataFrame) -> Drawing:
    frame = whole[whole["identified"].astype(bool) | ~whole["spec"].str.startswith("placebo")]
    pairs = frame[["layer", "distance"]].drop_duplicates().sort_values(["layer", "distance"])
    identified = frame["identified"].astype(bool)
    rows = pd.DataFrame({
        "block": frame["layer"] + "|" + frame["distance"], "value": frame["coef"].where(identified),
        "low": frame["ci_low"].where(identified), "high": frame["ci_high"].where(identified),
        "hollow": frame["spec"].str.startswith("placebo"),
    })  # fmt: skip
    names = [_spec(material, row) for _, row in frame.iterrows()]

    def draw(language: Lang) -> Figure:
        shown_rows = rows.assign(
            label=[plain(n.of(language)) for n in names],
            text=Text("not identified by this design", "本设计不可识别").of(language),
        )
        blocks = {
            f"{p.layer}|{p.distance}": plain(
                (layer_word(str(p.layer)) + Text(", ", "，") + distance_word(str(p.distance))).of(language)
            )
            for p in pairs.itertuples()
        }
        words = Words(
            x=Text("coefficient (log points; 0 = no difference)", "系数（对数点；0表示无差异）").of(language),
            point=Text("estimate", "估计值").of(language), other=Text("placebo", "安慰剂").of(language),
            interval=Text("95 % interval", "95%区间").of(language),
            note=Text("Estimated by a model.", "模型估计值。").of(language),
        )  # fmt: skip
        return effects(shown_rows, blocks, words)

    return Drawing(
        "border", draw,
        Text("Border effect of each flow with its 95 % interval; hollow diamonds: the placebo; grey rows: not "
             "identified.",
             "各类流量的边界效应及95%区间；空心菱形为安慰剂，灰行为不可识别。"),
        Text("Coefficients are in the table below.", "系数见下表。"), modelled=is_modelled(table, "coef"),
    )  # fmt: skip


def _unidentified(material: Material, frame: pd.DataFrame) -> list[Block]:
    lost = frame[~frame["identified"].astype(bool) & frame["spec"].str.startswith("pair:")]
    if lost.empty:
        return []
    seen = lost.drop_duplicates(["group_a", "group_b"])
    names = join([
        say("{a}–{b}", "{a}—{b}", a=_group(material, r["group_a"]), b=_group(material, r["group_b"]))
        for _, r in seen.iterrows()
    ])  # fmt: skip
    text = say(
        "Not identified: {names}. A group with a single unit has no pair inside itself to compare with; its origin and "
        "destination effects absorb its borders, so no coefficient is printed for them.",
        "不可识别：{names}。只含一个单元的组没有组内城市对可供比较，其起讫固定效应已吸收边界效应，因此不给出系数。",
        names=names,
    )  # fmt: skip
    notes = (
        [both(r["note_en"], r["note_zh"]) for _, r in seen.iterrows()] if {"note_en", "note_zh"} <= set(seen) else []
    )
    extra = tuple(dict.fromkeys(n for n in notes if n.en or n.zh))
    return [Paragraph(text, "warning"), *([Bullets(extra, "note")] if extra else [])]


def _meaning(material: Material, frame: pd.DataFrame) -> list[Block]:
    items = []
    layers = set(frame["layer"])
    if "trains" in layers:
        items.append(Text(
            "Direct trains are a supply plan, and most of them pass through: their border is not the one of "
            "travellers.",
            "直达列车反映的是运力安排，且多为过路车，其“边界”不等于旅客的边界。",
        ))  # fmt: skip
    for layer in sorted(layers & set(material.cluster.flows)):
        if material.cluster.flows[layer].attrs.get("unit") == "index":
            items.append(say(
                "{l}: an index of its publisher, not persons; the level means nothing, only ratios do.",
                "{l}为发布方的指数，并非人数：数值高低无绝对含义，只能比较比例。", l=layer_word(layer),
            ))  # fmt: skip
    if "goods" not in layers:
        items.append(Text(
            "No flow of goods is in the workspace; the border on goods is not observed.",
            "工作区没有货物流量，货物的边界效应未被观测。",
        ))  # fmt: skip
    items.append(Text(
        "Minutes are a ratio of two coefficients and hold only for the base time printed beside them.",
        "换算成分钟是两个系数之比，只对旁边注明的基准时间成立。",
    ))  # fmt: skip
    return [Bullets(tuple(items), "note")]


def _table(material: Material, table: StoredTable, frame: pd.DataFrame) -> Block:
    named = frame.assign(
        border=pd.Series([_spec(material, row) for _, row in frame.iterrows()], frame.index, dtype=object),
        coef=frame["coef"].where(frame["identified"].astype(bool)),
    )
    same: Cell = lambda v: v if isinstance(v, Text) else raw(v)  # noqa: E731
    cells: dict[str, Cell] = {
        "layer": lambda v: layer_word(str(v)), "distance": lambda v: distance_word(str(v)), "border": same,
        "coef": digits(3), "se": digits(3), "ci_low": digits(3), "ci_high": digits(3),
        "errors": lambda v: _ERRORS.get(str(v), Text("–", "–")), "se_two_way": digits(3), "flow_factor": digits(2),
        "ln_distance": digits(3), "ln_distance_se": digits(3), "equivalent_percent": _equivalent,
        "percent_low": _equivalent, "percent_high": _equivalent, "base_min": digits(0), "equivalent_min": digits(0),
        "min_low": digits(0), "min_high": digits(0), "n": digits(0),
        "n_dropped": digits(0), "clusters": digits(0), "observed": yes_no,
    }  # fmt: skip
    show = [c for c in cells if c in named.columns]
    return grid(
        table, named, {c: cells[c] for c in show}, Text("All estimates", "全部估计结果"), folded=True,
        labels={"border": Text("Border", "边界"), "equivalent_percent": Text("worth so much longer a trip",
        "相当于行程延长")},
    )  # fmt: skip


def _equivalent(value: object) -> Text:
    """Percent, left out where a flat distance slope makes it meaningless."""
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return Text("–", "–")
    return percent(float(value), 0)
