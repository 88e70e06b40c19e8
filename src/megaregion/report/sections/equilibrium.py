"""The equilibrium: what the scenarios do, how far the numbers can be trusted, who gains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.changes import sensitivity
from megaregion.plot.ranks import Words
from megaregion.report.blocks import (
    Block,
    Drawing,
    Grid,
    Head,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    need,
    shown,
)
from megaregion.report.border_words import layer_word
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections.gains import by_group, gain_maps, sentence
from megaregion.report.sections.incidence import groups, owners, provenance, reforms
from megaregion.report.sections.tables import digits, figures, grid
from megaregion.report.text import (
    EMPTY,
    Lang,
    Text,
    between,
    both,
    currency_of,
    money,
    number,
    people,
    percent,
    plain,
    raw,
    say,
    significant,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SCENARIOS = ["scenario", "variant", "welfare_percent", "gain", "welfare_p05", "welfare_p50", "welfare_p95",
              "population_moved"]  # fmt: skip
_PLACES = ["scenario", "variant", "place_id", "population_percent", "real_income_percent", "real_income_fixed_percent"]
VARIANTS = {
    "headline": Text("headline", "基本口径"),
    "full_effect": Text("upper line", "上限"),
}


def section(material: Material) -> Section:
    """Scenarios of the spatial equilibrium."""
    title = Text("Equilibrium: what would happen if", "空间均衡：情景模拟")
    base, table = material.table("equilibrium", "baseline"), material.table("equilibrium", "scenarios")
    if base is None or table is None:
        return Section(
            "equilibrium", title, absent(material, "equilibrium", "of the equilibrium", "空间均衡"), grey=True
        )
    frame = need(table, "equilibrium/scenarios", _SCENARIOS)
    blocks: list[Block] = [Paragraph(_how(material, base)), _parameters(base)]
    if (known := material.table("equilibrium", "provenance")) is not None:
        blocks.append(provenance(known))
    for name in dict.fromkeys(frame["scenario"]):
        blocks += _scenario(material, table, frame, str(name))
    blocks += [_caution(), _table(material, table, frame), *cautions(material, base, table)]
    names = ("baseline", "provenance", "scenarios", "scenario_ranges", "scenario_places", "scenario_groups",
             "scenario_gains", "scenario_reforms")  # fmt: skip
    tables = tuple(f"equilibrium/{n}" for n in names if material.table("equilibrium", n) is not None)
    return Section("equilibrium", title, (*blocks, Trace(tables, formulas(base, table))))


def finding(material: Material) -> list[Text]:
    """Headlines of this room."""
    table = material.table("equilibrium", "scenarios")
    if table is None:
        return []
    frame = need(table, "equilibrium/scenarios", _SCENARIOS)
    out = [_sentence(material, table, frame, str(name)) for name in dict.fromkeys(frame["scenario"])]
    if _has_barrier(table):
        out.append(_removing())
    return out


def _removing() -> Text:
    return Text(
        "Do not set a border scenario beside a railway as if they were two offers: it removes a regression "
        "coefficient, "
        "measured on flows of people or trains, at no cost; the railway is concrete with a price.",
        "不可把“降低边界”与“建一条铁路”当作两个可比的选项：前者是在模型中无成本地移除一个由人流或列车流估计的回归系数，"
        "后者是有造价的工程。",
    )  # fmt: skip


def _definitions(table: StoredTable) -> dict[str, dict[str, Any]]:
    return {str(s.get("id")): dict(s) for s in table.facts.get("scenarios", [])}


def _has_barrier(table: StoredTable) -> bool:
    return any(c.get("type") == "ScaleBarrier" for s in _definitions(table).values() for c in s.get("change", []))


def scenario_name(table: StoredTable, name: str) -> Text:
    """Name of a scenario in both languages."""
    entry = _definitions(table).get(name, {})
    return both(entry.get("name") or name, entry.get("name_zh"))


def _how(material: Material, base: StoredTable) -> Text:
    facts = base.facts
    layer = facts.get("border_layer") or ""
    friction = (
        say("The friction of a group border is the coefficient {g} (standard error {se}) measured on {l}, used "
            "here for all "
            "trade.", "组间边界摩擦取自{l}估计的系数{g}（标准误{se}），在此用于全部贸易。",
            g=number(facts["border_gamma"], 3),
            se=number(facts["border_se"], 3), l=layer_word(str(layer)))
        if layer and _finite(facts.get("border_gamma")) and _finite(facts.get("border_se")) else EMPTY
    )  # fmt: skip
    return say(
        "A spatial equilibrium in changes ({shape}): places trade over the network and across borders, people move "
        "to where "
        "real income is higher, housing is scarce. Spending by place is its income ({what}). No table observes "
        "trade within a "
        "place: the share that stays there ({own}) is a <em>stated assumption</em>, and welfare hangs on it. "
        "{friction} The "
        "region is closed to the rest of the world. Every number below is modelled and shown with its range.",
        "空间均衡（以变化率求解；{shape}）：各地沿网络并跨边界贸易，人口流向实际收入更高处，住房供给有限。"
        "各地支出取其收入（{what}）。"
        "没有数据观测本地内部的贸易，本地自给份额（{own}）是<em>明示的假设</em>，福利结果取决于它。{friction}"
        "区域对外封闭。以下数值均为模型值，并给出区间。",
        shape=_shape(facts),
        what=raw(dict(material.cluster.attrs.get("indicators", {})).get("income", "income")),
        own=percent(100 * float(facts["own_share"]), 0) if _finite(facts.get("own_share")) else Text("?", "？"),
        friction=friction,
    )  # fmt: skip


def _shape(facts: Mapping[str, Any]) -> Text:
    """Sectors, groups of people and commuting of the baseline."""
    used = dict(facts.get("structure") or {})
    sectors = Text("two sectors", "两部门") if used.get("sectors") == "two" else Text("one sector", "单部门")
    people = (
        say("{n} groups of people by place of registration", "按户籍地分{n}组居民", n=number(float(facts["groups"]), 0))
        if used.get("groups") == "registered" else Text("one kind of resident", "居民同质")
    )  # fmt: skip
    work = (
        Text("observed commuting", "观测通勤") if used.get("commuting") == "observed"
        else Text("work where people live", "就地就业")
    )  # fmt: skip
    return say("{a}, {b}, {c}", "{a}、{b}、{c}", a=sectors, b=people, c=work)


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and value == value


def _parameters(base: StoredTable) -> Grid:
    entries = dict(base.parameters.get("parameters", {}))
    rows = tuple(
        (
            both(e.get("en", name), e.get("zh")), significant(float(e["value"]), 3),
            between(significant(float(e["low"]), 3), significant(float(e["high"]), 3)), raw(e.get("source", "")),
        )
        for name, e in entries.items() if isinstance(e, dict) and "value" in e
    )  # fmt: skip
    heads = (
        Head(Text("Parameter", "参数"), numeric=False), Head(Text("Default", "默认值")), Head(Text("Range", "范围")),
        Head(Text("Source", "来源"), numeric=False),
    )  # fmt: skip
    return Grid(heads, rows, Text("Parameters, ranges and where they come from", "参数、范围与来源"), folded=True)


def _row(frame: pd.DataFrame, name: str, variant: str) -> pd.Series | None:
    rows = frame[(frame["scenario"] == name) & (frame["variant"] == variant)]
    return rows.iloc[0] if len(rows) else None


def _money(table: StoredTable, material: Material, value: float) -> Text:
    code = currency_of(table.column("gain").unit, material.currency)
    return money(value, code)


def _sentence(material: Material, table: StoredTable, frame: pd.DataFrame, name: str) -> Text:
    row, full = _row(frame, name, "headline"), _row(frame, name, "full_effect")
    if row is None:
        return EMPTY
    fine = 2 if abs(float(row["welfare_percent"])) >= 0.1 else 4
    text = say(
        "<strong>{name}</strong>: welfare {w} (joint draws of all parameters, 5–95 %: {range}, median {mid}), worth "
        "{gain} a year{mark}",
        "<strong>{name}</strong>：福利{w}（全部参数联合抽样5–95%：{range}，中位数{mid}），折合每年{gain}{mark}",
        name=scenario_name(table, name), w=percent(float(row["welfare_percent"]), fine, sign=True),
        range=between(percent(float(row["welfare_p05"]), fine, sign=True), percent(float(row["welfare_p95"]), fine,
            sign=True)),
        mid=percent(float(row["welfare_p50"]), fine, sign=True),
        gain=_money(table, material, float(row["gain"])), mark=shown(table, "welfare_percent", EMPTY),
    )  # fmt: skip
    if full is not None and abs(float(full["welfare_percent"]) - float(row["welfare_percent"])) > 1e-9:
        text += say(
            "; if all trade felt the new times, {w} (upper line)", "；若全部贸易都受新时间影响，为{w}（上限）",
            w=percent(float(full["welfare_percent"]), fine, sign=True),
        )  # fmt: skip
    text += say("; {p} people would move", "；{p}将迁移", p=people(float(row["population_moved"])))
    return text + Text(".", "。")


def _scenario(material: Material, table: StoredTable, frame: pd.DataFrame, name: str) -> list[Block]:
    title = scenario_name(table, name)
    said = _definitions(table).get(name, {})
    comment = both(said.get("comment", ""), said.get("comment_zh", ""))
    blocks: list[Block] = [Paragraph(_sentence(material, table, frame, name), "key")]
    if comment.en:
        blocks.append(Paragraph(comment, "note"))
    ranges = material.table("equilibrium", "scenario_ranges")
    row = _row(frame, name, "headline")
    if ranges is not None and row is not None:
        part = need(ranges, "equilibrium/scenario_ranges", ["scenario", "parameter", "value", "welfare_percent"])
        part = part[part["scenario"] == name]
        if len(part):
            blocks.append(_sensitivity(ranges, part, row, name, title))
    found = material.table("equilibrium", "scenario_places")
    if found is None:
        return blocks
    mine = need(found, "equilibrium/scenario_places", _PLACES)
    mine = mine[(mine["scenario"] == name) & (mine["variant"] == "headline")].reset_index(drop=True)
    if mine.empty:
        return blocks
    blocks.append(Paragraph(sentence(material, mine) + shown(found, "real_income_fixed_percent", EMPTY)))
    if material.base is not None:
        caption = say("{name}: change of residents, and of real income if nobody moved.",
                      "{name}：人口变化与无人迁移时的实际收入变化。", name=title)  # fmt: skip
        blocks.append(gain_maps(material, mine, f"gains-{name}", caption))
    base = material.table("equilibrium", "baseline")
    if base is not None:
        weights = need(base, "equilibrium/baseline", ["place_id", "population", "income_share"])
        weights = weights.set_index(weights["place_id"].astype(str))
        blocks.append(by_group(material, mine, weights, None, EMPTY))
    return blocks + _incidence(material, name)


def _incidence(material: Material, name: str) -> list[Block]:
    """People by origin and owners."""
    people, gains = material.table("equilibrium", "scenario_groups"), material.table("equilibrium", "scenario_gains")
    joint = material.table("equilibrium", "scenario_reforms")
    blocks: list[Block] = []
    if joint is not None:
        blocks += reforms(joint, name, currency_of(joint.column("gain").unit, material.currency))
    if gains is not None:
        blocks += owners(gains, name, currency_of(gains.column("gain").unit, material.currency))
    if people is not None:
        blocks += groups(material, people, name, currency_of(people.column("gain").unit, material.currency))
    return blocks


def _sensitivity(ranges: StoredTable, part: pd.DataFrame, row: pd.Series, name: str, title: Text) -> Drawing:
    known = {**dict(ranges.parameters.get("policies", {})), **dict(ranges.parameters.get("parameters", {}))}

    def draw(language: Lang) -> Figure:
        labels = {
            p: plain(both(known.get(p, {}).get("en", p), known.get(p, {}).get("zh")).of(language)) if p in known
            else _OTHER.get(p, raw(p)).of(language)
            for p in dict.fromkeys(part["parameter"])
        }  # fmt: skip
        rows = pd.DataFrame({
            "label": part["parameter"].map(labels), "at": [f"{float(v):.3g}" for v in part["value"]],
            "value": part["welfare_percent"].to_numpy(float),
        })  # fmt: skip
        words = Words(
            x=Text("Change of welfare, % (modelled)", "福利变化，%（模型值）").of(language),
            point=Text("default", "默认值").of(language), interval=Text("5–95 % of joint draws",
                "联合抽样 5–95%").of(language),
            other=Text("all together", "联合抽样").of(language),
            note=Text("Small figures: value of the parameter.", "小字为参数取值。").of(language),
        )  # fmt: skip
        draws = (float(row["welfare_p05"]), float(row["welfare_p50"]), float(row["welfare_p95"]))
        return sensitivity(rows, float(row["welfare_percent"]), draws, words)

    return Drawing(
        f"range-{name}", draw,
        say("{name}: how the headline moves when one assumption is changed and the baseline fitted again.",
            "{name}：逐一改变假设并重新校准基准时，福利变化的范围。", name=title),
        say("From {a} to {b}.", "从{a}到{b}。", a=percent(float(part["welfare_percent"].min()), 3),
            b=percent(float(part["welfare_percent"].max()), 3)),
        modelled=True,
    )  # fmt: skip


_OTHER = {"border": Text("border coefficient", "边界系数"), "border_gamma": Text("border coefficient", "边界系数")}


def _caution() -> Paragraph:
    return Paragraph(
        _removing()
        + Text(
            " Passenger time moves only the face-to-face share of trade; freight does not ride these trains.",
            "客运时间只影响贸易中需要面对面的部分；货物并不乘坐这些列车。",
        ),
        "warning",
    )


def _table(material: Material, table: StoredTable, frame: pd.DataFrame) -> Grid:
    cells = {
        "scenario": lambda v: scenario_name(table, str(v)), "variant": lambda v: VARIANTS.get(str(v), raw(v)),
        "welfare_percent": digits(4, sign=True), "welfare_p05": digits(4, sign=True), "welfare_p50": digits(4,
        sign=True),
        "welfare_p95": digits(4, sign=True), "gain": figures(4), "population_moved": digits(0), "iterations": digits(0),
    }  # fmt: skip
    return grid(table, frame, cells, Text("All scenarios and variants", "全部情景与口径"), folded=True)
