"""Reforms of recognition: what each brings alone and of the joint gain, over declared elasticities, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth
from megaregion.plot.ranks import Words, intervals
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
from megaregion.report.remarks import cautions
from megaregion.report.sections.gains import signed_classes
from megaregion.report.sections.incidence import group_name
from megaregion.report.text import (
    EMPTY,
    Lang,
    Text,
    between,
    both,
    currency_of,
    join,
    money,
    number,
    people,
    percent,
    plain,
    raw,
    say,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEP, JOINT = "reforms", "joint"
_ROWS = ["reform", "title_en", "title_zh", "movers", "recognized_before", "recognized_after", "alone_percent",
         "alone_percent_low", "alone_percent_high", "shapley_percent", "shapley_percent_low", "shapley_percent_high",
         "gain", "share", "share_low", "share_high"]  # fmt: skip
BORDER = "border_friction"  # among the elasticities of a study
_PRIORS = Text("They are declared priors, not estimates.", "均为事先声明的假设，并非估计。")
_BORDER = Text(
    "They are declared priors, not estimates, but for the border with its 95 % interval.",
    "除边界摩擦取其95%置信区间外，均为事先声明的假设，并非估计。",
)
_GROUPS = ["reform", "group", "members", "alone_percent", "gain", "shapley_percent"]
_ENDS = 5
_NOTHING = 1e-9  # percent: below it is rounding


def sections(material: Material) -> list[Section]:
    """One section where a workspace states reforms, else none."""
    table = material.table(STEP, "reforms")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "reforms/reforms", _ROWS)
    blocks: list[Block] = [Paragraph(_sentence(material, table, frame), "key"), Paragraph(_elasticities(table), "note")]
    blocks += [_table(material, table, frame), _figure(frame)]
    groups = material.table(STEP, "reform_groups")
    if groups is not None:
        who = need(groups, "reforms/reform_groups", _GROUPS)
        if material.base is not None:
            blocks.append(_map(material, who))
        blocks.append(_ends(material, groups, who))
    names = [n for n in ("reforms", "reform_groups", "reform_places") if material.table(STEP, n) is not None]
    blocks += [*cautions(material, table), Trace(tuple(f"{STEP}/{n}" for n in names), formulas(table))]
    return [
        Section(
            "reforms", Text("Reforms of recognition: alone and together", "互认改革：单独与联合效果"), tuple(blocks)
        )
    ]


def finding(material: Material) -> list[Text]:
    """What the reforms bring together, and which brings most."""
    table = material.table(STEP, "reforms")
    if table is None or table.frame.empty:
        return []
    return [_sentence(material, table, need(table, "reforms/reforms", _ROWS))]


def _small(value: float) -> Text:
    """Percent with enough decimals for small numbers; rounding errors are no change."""
    size = abs(value)
    if size < _NOTHING:
        return percent(0.0, 0)
    return percent(value, 2 if size >= 0.1 else 3 if size >= 0.01 else 4, sign=True)


def _name(row: pd.Series) -> Text:
    return both(row["title_en"], row["title_zh"])


def _sentence(material: Material, table: StoredTable, frame: pd.DataFrame) -> Text:
    whole = frame[frame["reform"] == JOINT].iloc[0]
    each = frame[frame["reform"] != JOINT]
    first = each.sort_values("shapley_percent", ascending=False, kind="stable").iloc[0]
    apart = float(table.facts["interaction_percent"])
    word = Text("more", "多") if apart > 0 else Text("less", "少")
    text = say(
        "The {n} reforms together change welfare by {j} ({r} over the declared elasticities), worth {g} a year{mark}",
        "{n}项改革合并实施的福利变化为{j}（弹性范围内{r}），折合每年{g}{mark}",
        n=number(len(each)), j=_small(float(whole["alone_percent"])),
        r=between(_small(float(whole["alone_percent_low"])), _small(float(whole["alone_percent_high"]))),
        g=money(float(whole["gain"]), currency_of(table.column("gain").unit, material.currency)),
        mark=shown(table, "alone_percent", EMPTY),
    )  # fmt: skip
    if len(each) > 1:
        text += say(
            ", {i} {w} than the sum of each alone. {f} brings most: {s} of it ({a}).",
            "，比各自单独之和{w}{i}。贡献最大的是“{f}”：占{s}（{a}）。",
            i=_small(abs(apart)), w=word, f=_name(first), s=percent(100 * float(first["share"]), 0),
            a=between(*(percent(100 * float(first[f"share_{end}"]), 0) for end in ("low", "high"))),
        )  # fmt: skip
        return text
    return text + Text(".", "。")


def _elasticities(table: StoredTable) -> Text:
    known = dict(table.parameters.get("reform_elasticities", {}))
    parts = [
        say("{what} {v} ({a} to {b})", "{what}{v}（{a}至{b}）", what=both(e["en"], e["zh"]),
            v=raw(f"{e['value']:.3g}"), a=raw(f"{e['low']:.3g}"), b=raw(f"{e['high']:.3g}"))
        for e in known.values()
    ]  # fmt: skip
    if not parts:
        return Text("No elasticity of these reforms has a range.", "这些改革没有带区间的弹性。")
    return say(
        "Ranges are the least and the most over all ends of: {list}. {border} How the gain is split among reforms is a "
        "fair division, not a cause.",
        "区间为下列各项取值两端全部组合下的最小与最大值：{list}。{border}收益在各改革间的归因是公平分摊，不是因果。",
        list=join(parts), border=_BORDER if BORDER in known else _PRIORS,
    )  # fmt: skip


def _table(material: Material, table: StoredTable, frame: pd.DataFrame) -> Grid:
    code = currency_of(table.column("gain").unit, material.currency)
    heads = (
        Head(Text("Reform", "改革"), numeric=False),
        Head(Text("Living away, concerned", "涉及的异地居住者"), EMPTY, True),
        Head(Text("Recognised for them", "其权益认可程度"), EMPTY, True),
        Head(Text("Alone", "单独实施"), EMPTY, True),
        Head(Text("Over the elasticities", "弹性范围"), EMPTY, True),
        Head(Text("Attributed (Shapley)", "归因（夏普利值）"), EMPTY, True),
        Head(Text("Over the elasticities", "弹性范围"), EMPTY, True),
        Head(Text("Gain a year attributed", "归因的年收益"), EMPTY, True), Head(Text("Share", "占比"), EMPTY, True),
    )  # fmt: skip
    rows = tuple(
        (
            _name(r), people(float(r["movers"])), _recognized(r), _small(float(r["alone_percent"])),
            _range(r, "alone_percent"), _small(float(r["shapley_percent"])), _range(r, "shapley_percent"),
            money(float(r["gain"]), code), percent(100 * float(r["share"]), 1),
        )
        for _, r in frame.iterrows()
    )  # fmt: skip
    caption = Text("What each reform brings: welfare alone and in all orders", "各项改革的福利效果：单独实施与归因")
    return Grid(heads, rows, caption, strong=frozenset({len(rows) - 1}))


def _recognized(row: pd.Series) -> Text:
    before, after = (100 * float(row[f"recognized_{when}"]) for when in ("before", "after"))
    if pd.isna(before):
        return Text("–", "–")
    return say("{a} → {b}", "{a} → {b}", a=percent(before, 0), b=percent(after, 0))


def _range(row: pd.Series, name: str) -> Text:
    return between(*(_small(float(row[f"{name}_{end}"])) for end in ("low", "high")))


def _figure(frame: pd.DataFrame) -> Drawing:
    def draw(language: Lang) -> Figure:
        parts = []
        for _, r in frame.iterrows():
            name = plain(_name(r).of(language))
            alone = {"label": name, "value": r["alone_percent"], "low": r["alone_percent_low"],
                     "high": r["alone_percent_high"], "hollow": True, "text": ""}  # fmt: skip
            part = {"label": name, "value": r["shapley_percent"], "low": r["shapley_percent_low"],
                    "high": r["shapley_percent_high"], "hollow": False, "text": ""}  # fmt: skip
            last = r["reform"] == JOINT
            parts += [part] if last else [alone, {**part, "label": ""}]
        words = Words(
            x=Text("Change of welfare, %", "福利变化，%").of(language),
            point=Text("attributed (Shapley); all together", "归因（夏普利值）；全部改革").of(language),
            other=Text("the reform alone", "单独实施").of(language),
            interval=Text("over the declared elasticities", "声明的弹性范围").of(language),
            note=Text("Modelled, not measured.", "模型值，非实测。").of(language),
        )
        return intervals(pd.DataFrame(parts), words)

    return Drawing(
        "reforms", draw, Text("Reforms alone and attributed, with the range of the declared elasticities.",
                              "各项改革的单独效果与归因，及声明弹性的范围。"),
        say("{n} reforms.", "{n}项改革。", n=number(len(frame) - 1)), modelled=True,
    )  # fmt: skip


def _map(material: Material, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    joint = frame[(frame["reform"] == JOINT) & frame["group"].isin(material.cluster.places.index)]
    values = joint.set_index("group")["alone_percent"].astype(float)

    def draw(language: Lang) -> Figure:
        return choropleth(
            base, material.level, [Panel(values, signed_classes(values, language))],
            names=material.unit_names(language, limit=24), no_data=Text("no data", "无数据").of(language),
            note=Text("Modelled, not measured. By place of registration, wherever people live.",
                      "模型值，非实测。按户籍地，无论居住何处。").of(language),
        )  # fmt: skip

    top = str(values.idxmax()) if len(values) else ""
    return Drawing(
        "reform-groups", draw,
        Text("Change of welfare of people registered in each place, all reforms together, %.",
             "全部改革下各户籍地人口的福利变化，%。"),
        say("Largest: {p}.", "最大：{p}。", p=material.place(top)), modelled=True,
    )  # fmt: skip


def _ends(material: Material, table: StoredTable, frame: pd.DataFrame) -> Grid:
    """Groups that gain most and least from all reforms together."""
    code = currency_of(table.column("gain").unit, material.currency)
    order = frame[frame["reform"] == JOINT].sort_values("alone_percent", ascending=False, kind="stable")
    ends = order if len(order) <= 2 * _ENDS else pd.concat([order.head(_ENDS), order.tail(_ENDS)])
    names = [n for n in dict.fromkeys(frame["reform"]) if n != JOINT]
    by = frame.set_index(["group", "reform"])["shapley_percent"]
    titles = need(material.results[STEP]["reforms"], "reforms/reforms", _ROWS).set_index("reform")
    heads = (
        Head(Text("People registered in", "户籍所在地"), numeric=False), Head(Text("Members", "人数"), EMPTY, True),
        Head(Text("All reforms", "全部改革"), EMPTY, True), Head(Text("Gain a year", "年收益"), EMPTY, True),
        *(Head(say("of it {r}", "其中{r}", r=_name(titles.loc[n])), EMPTY, True) for n in names),
    )  # fmt: skip
    rows = tuple(
        (
            group_name(material, str(r["group"])), people(float(r["members"])), _small(float(r["alone_percent"])),
            money(float(r["gain"]), code), *(_small(float(by[(r["group"], n)])) for n in names),
        )
        for _, r in ends.iterrows()
    )  # fmt: skip
    caption = say(
        "Who gains from all reforms, by place of registration: the first and last of {n} groups",
        "全部改革按户籍地的收益：{n}组中最高与最低者", n=number(len(order)),
    )  # fmt: skip
    return Grid(heads, rows, caption, folded=True)
