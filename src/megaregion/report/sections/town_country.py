"""Town and country: gaps between them, the dual economy, who is registered where, where savings go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth, sequential, steps
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections import islands, paths, poverty, rural_functions, villages
from megaregion.report.sections.tables import cash, digits, figures, grid, places
from megaregion.report.text import EMPTY, Lang, Text, both, join, number, people, percent, raw, say, significant, unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STEP = "mechanisms"
_GAPS = ["indicator", "year", "unit", "town", "country", "gap", "gap_low", "gap_high", "ratio", "p"]
_MAIN = ["place_id", "year", "kind", "urban_share", "employment_share_primary", "dual_contrast", "dual_deviation"]
_ACCOUNTS = ["factor", "channel", "period", "place_id", "unit", "inflow", "outflow", "net", "balance", "one_way",
             "barrier", "basis"]  # fmt: skip
_LEAK = ["place_id", "year", "deposits", "loans", "loan_deposit_ratio"]
_NAMED = 4  # places that a sentence names
CLEAR = 0.05  # p below which a gap is called clear


def section(material: Material) -> Section:
    """Everything the mechanisms of town and country say."""
    title = Text("Mechanisms: town and country", "心经：城乡融合")
    rooms = (_gaps, _shares, _dual, _accounts, _capital, islands.blocks, poverty.blocks, rural_functions.blocks,
             villages.blocks, paths.blocks)  # fmt: skip
    parts = [part for room in rooms if (part := room(material))]
    if not parts:
        text = Text(
            "The tables give nothing about town and country: name the roles in [indicators] of workspace.toml "
            "(docs: town and country).",
            "数据表没有城乡信息：请在workspace.toml的[indicators]中指明所需指标（见文档“town and country”）。",
        )
        table = _table(material, "urban_rural")
        return Section("town-country", title, (Paragraph(text, "missing"), *cautions(material, table)), grey=True)
    blocks = [block for part in parts for block in part]
    return Section("town-country", title, tuple(blocks))


def finding(material: Material) -> list[Text]:
    """The widest clear gaps."""
    gaps, shapes = _table(material, "settlement_gaps"), _table(material, "islands")
    out = [] if gaps is None else [_gap_sentence(gaps)]
    if shapes is not None:
        out.append(islands.sentence(material, shapes))
    rooms = (poverty, rural_functions, villages, paths)
    return [*out, *(text for room in rooms for text in room.finding(material))]


def _table(material: Material, name: str) -> StoredTable | None:
    """A table with rows."""
    found = material.table(_STEP, name)
    return None if found is None or found.frame.empty else found


def _latest(table: StoredTable) -> pd.DataFrame:
    frame = need(table, "mechanisms/settlement_gaps", _GAPS)
    return frame[frame["year"] == frame.groupby("indicator")["year"].transform("max")]


def _gap_sentence(table: StoredTable) -> Text:
    frame = _latest(table)
    clear = frame[(frame["p"] <= CLEAR) & frame["ratio"].notna()]
    if clear.empty:
        return say("No gap between town and country is clear in {n} indicators.", "{n}项指标中没有明显的城乡差距。",
                   n=number(len(frame)))  # fmt: skip
    times = clear["ratio"].where(clear["ratio"] > 1, 1 / clear["ratio"])
    wide = clear.reindex(times.sort_values(ascending=False).index)
    items = [
        say("{name} {a} against {b} ({y})", "{name}：{a}对{b}（{y}年）", name=indicator_word(str(r["indicator"])),
            a=significant(float(r["town"])), b=significant(float(r["country"])), y=str(int(r["year"])))
        for _, r in wide.head(3).iterrows()
    ]  # fmt: skip
    return say(
        "Town against country, the widest of {k} clear gaps: {items}{mark}.",
        "城镇与乡村差距最大者（{k}项明显差距中）：{items}{mark}。",
        k=number(len(clear)), items=join(items), mark=shown(table, "town", EMPTY),
    )  # fmt: skip


def _gaps(material: Material) -> list[Block]:
    table = _table(material, "settlement_gaps")
    if table is None:
        return []
    frame = need(table, "mechanisms/settlement_gaps", _GAPS)
    cells = {
        "indicator": lambda v: indicator_word(str(v)), "year": lambda v: raw(int(str(v).split(".")[0])),
        "unit": lambda v: unit(str(v)),
        "town": figures(), "country": figures(), "gap": figures(sign=True),
        "gap_low": figures(sign=True), "gap_high": figures(sign=True),
        "ratio": digits(2), "p": digits(3),
    }  # fmt: skip
    return [
        Paragraph(_gap_sentence(table), "key"),
        Paragraph(say(
            "Means weighted by people over whole places that count as town or as country; {rule}. Intervals from "
            "samples of places, p from dealing the kinds out at random; neighbours are alike, so both are optimistic.",
            "按人口加权的整单元均值（整个单元计为城镇或乡村）；{rule}。区间来自对单元的重抽样，p值来自随机置换；"
            "相邻单元相似，二者均偏乐观。",
            rule=both(table.parameters.get("rule", ""), table.parameters.get("rule_zh", ""))), "note"),
        grid(table, frame, cells, Text("Town and country", "城镇与乡村"),
             labels={"unit": Text("Unit", "单位")}),
        *cautions(material, table), Trace(("mechanisms/settlement_gaps",), formulas(table)),
    ]  # fmt: skip


def _shares(material: Material) -> list[Block]:
    table = _table(material, "urban_rural")
    if table is None or material.base is None:
        return []
    frame = need(table, "mechanisms/urban_rural", _MAIN)
    frame = frame[frame["urban_share"].notna()]
    if frame.empty:
        return []
    year, kind = int(frame["year"].max()), str(frame["kind"].iloc[0])
    frame = frame[(frame["year"] == year) & (frame["kind"] == kind)]
    value = frame.set_index(frame["place_id"].astype(str))["urban_share"].astype(float)
    value = value * (1.0 if table.column("urban_share").unit == "percent" else 100.0)

    note = Text(f"Percent of residents who live in towns, {year}.", f"城镇人口占常住人口比重（%），{year}年。")

    def draw(language: Lang) -> Figure:
        assert material.base is not None  # the caller has looked
        classes = sequential(steps(value), lambda v: f"{v:.0f}")
        return choropleth(
            material.base, kind, [Panel(value, classes)], names=material.unit_names(language, limit=60),
            no_data=Text("no data", "无数据").of(language),
            note=note.of(language),
        )  # fmt: skip

    caption = say("Urban share of residents in {n} units, {y}, percent.", "{y}年{n}个单元的城镇化率（%）。",
                  n=number(len(value)), y=str(year))  # fmt: skip
    low = say("Lowest: {name}, {v}.", "最低：{name}，{v}。", name=material.place(str(value.idxmin())),
              v=percent(float(value.min()), 0))  # fmt: skip
    return [Drawing("urban-share", draw, caption, low)]


def _dual(material: Material) -> list[Block]:
    table = _table(material, "urban_rural")
    if table is None:
        return []
    frame = need(table, "mechanisms/urban_rural", _MAIN)
    frame = frame[frame["dual_contrast"].notna()]
    if frame.empty:
        return []
    frame = frame[frame["year"] == frame["year"].max()].sort_values(["dual_contrast", "place_id"])
    worst = frame.iloc[0]
    text = say(
        "Dual economy ({y}): a worker in agriculture makes {m} of what one elsewhere makes in the median place{mark}, "
        "least in {name} ({w}). A ratio says nothing of the level; farmers with a second job blur it.",
        "二元结构（{y}年）：中位单元农业劳动生产率为非农部门的{m}{mark}，最低为{name}（{w}）。"
        "比值不反映水平高低，兼业农民会使其失真。",
        y=str(int(worst["year"])), m=percent(100.0 * float(frame["dual_contrast"].median()), 0),
        mark=shown(table, "dual_contrast", EMPTY), name=material.place(str(worst["place_id"])),
        w=percent(100.0 * float(worst["dual_contrast"]), 0),
    )  # fmt: skip
    cells = {"place_id": places(material), "employment_share_primary": digits(1), "dual_contrast": digits(2),
             "dual_deviation": digits(3)}  # fmt: skip
    return [
        Paragraph(text, "key"),
        grid(table, frame, cells, Text("Dual economy, widest first", "二元结构（差距最大者在前）"), folded=True),
        *cautions(material, table), Trace(("mechanisms/urban_rural",), formulas(table)),
    ]  # fmt: skip


def _accounts(material: Material) -> list[Block]:
    table = _table(material, "factor_accounts")
    if table is None:
        return []
    frame = need(table, "mechanisms/factor_accounts", _ACCOUNTS)
    blocks: list[Block] = []
    for (factor, channel), rows in frame[frame["net"].notna()].groupby(["factor", "channel"], sort=True):
        last = rows[rows["period"] == rows["period"].max()].sort_values(["net", "place_id"])
        if last["net"].eq(0).all():
            continue
        name = _CHANNELS.get(str(channel), raw(channel))
        blocks.append(Paragraph(_losers(material, table, last, name, labour=factor == "labour"), "key"))
        cells = {"place_id": places(material), "inflow": figures(), "outflow": figures(), "net": figures(sign=True),
                 "balance": digits(2), "one_way": _answer, "barrier": raw, "basis": _basis}  # fmt: skip
        if factor == "labour":
            cells |= {"inflow": digits(0), "outflow": digits(0), "net": digits(0, sign=True)}
        if last["barrier"].fillna("").eq("").all():
            del cells["barrier"]
        title = say(
            "{c}, largest loss first{u}", "{c}（净流出最大者在前）{u}", c=name, u=_in(str(last["unit"].iloc[0]))
        )
        blocks.append(grid(table, last, cells, title, folded=True))
    if not blocks:
        return []
    return [*blocks, *cautions(material, table), Trace(("mechanisms/factor_accounts",), formulas(table))]


def _losers(material: Material, table: StoredTable, last: pd.DataFrame, name: Text, *, labour: bool) -> Text:
    """How many places give more than they receive, and those that lose most; people are written as such."""
    measure = str(last["unit"].iloc[0])

    def amount(value: float) -> Text:
        if labour:
            return people(value, sign=True)
        return say("{v} {u}", "{v} {u}", v=significant(value, sign=True), u=unit(measure))

    lost = last[last["net"] < 0]
    said = {
        "c": name, "y": raw(last["period"].iloc[0]), "k": number(len(lost)), "n": number(len(last)),
        "mark": shown(table, "net", EMPTY), "names": _first(material, lost if len(lost) else last, "net", amount),
    }  # fmt: skip
    if not len(lost):
        return say("{c}, {y}: all {n} places receive more than they give or as much{mark}; least: {names}.",
                   "{c}（{y}）：{n}个单元均为流入不少于流出{mark}；最少：{names}。", **said)  # fmt: skip
    if labour:
        return say("{c}, {y}: {k} of {n} places give more people than they receive{mark}; most: {names}.",
                   "{c}（{y}）：{n}个单元中{k}个人口流出多于流入{mark}；最多：{names}。", **said)  # fmt: skip
    return say("{c}, {y}: {k} of {n} places give more than they receive{mark}; most: {names}.",
               "{c}（{y}）：{n}个单元中{k}个流出多于流入{mark}；最多：{names}。", **said)  # fmt: skip


_CHANNELS = {
    "registration": Text("Registered here against living here", "户籍在此与居住在此"),
    "commuting": Text("Commuting", "通勤"), "migration": Text("Migration", "迁移"), "return": Text("Return", "返乡"),
    "quota": Text("Land quota", "土地指标"), "fiscal": Text("Fiscal transfers", "财政转移"),
    "credit": Text("Credit", "信贷"), "contracts": Text("Technology contracts", "技术合同"),
    "extension": Text("Technical extension", "技术推广"), "capital": Text("Capital", "资本"),
    "technology": Text("Technology", "技术"),
}  # fmt: skip
_ANSWERS = {"yes": Text("yes", "是"), "no": Text("no", "否"), "unknown": Text("unknown", "未知")}


def _in(name: str) -> Text:
    """A unit behind a heading; nothing where there is none to say."""
    return say(", {u}", "，{u}", u=unit(name)) if unit(name) != EMPTY else EMPTY


def _answer(value: object) -> Text:
    return _ANSWERS.get(str(value), raw(value))


_BASES = {
    "observed": Text("observed", "观测"), "derived": Text("derived", "推算"), "modelled": Text("modelled", "模型值"),
}  # fmt: skip


def _basis(value: object) -> Text:
    return _BASES.get(str(value), raw(value))


def _first(material: Material, frame: pd.DataFrame, column: str, form: Callable[[float], Text]) -> Text:
    """The first places with their values."""
    rows = zip(frame["place_id"].astype(str).head(_NAMED), frame[column].astype(float).head(_NAMED), strict=True)
    return join([say("{p} {v}", "{p}{v}", p=material.place(p), v=form(v)) for p, v in rows])


def _capital(material: Material) -> list[Block]:
    table = _table(material, "capital_leakage")
    if table is None:
        return []
    frame = need(table, "mechanisms/capital_leakage", _LEAK)
    frame = frame[frame["loan_deposit_ratio"].notna()]
    if frame.empty:
        return []
    last = frame[frame["year"] == frame["year"].max()].sort_values(["loan_deposit_ratio", "place_id"])
    names = _first(material, last, "loan_deposit_ratio", lambda v: number(v, 2))
    text = say(
        "Loans over deposits, {y}: lowest in {names}{mark}. A proxy of savings that are lent elsewhere: banks book "
        "loans where their branches are.",
        "{y}年贷存比最低：{names}{mark}。这是储蓄外流的代理指标：银行按网点所在地入账。",
        y=str(int(last["year"].iloc[0])), names=names, mark=shown(table, "loan_deposit_ratio", EMPTY),
    )  # fmt: skip
    cells = {"place_id": places(material), "deposits": cash(material.currency, 1e-6),
             "loans": cash(material.currency, 1e-6), "loan_deposit_ratio": digits(2)}  # fmt: skip
    return [
        Paragraph(text, "key"),
        grid(table, last, cells, Text("Loans over deposits, lowest first", "贷存比（由低到高）"), folded=True,
             written=("deposits", "loans")),
        *cautions(material, table), Trace(("mechanisms/capital_leakage",), formulas(table)),
    ]  # fmt: skip
