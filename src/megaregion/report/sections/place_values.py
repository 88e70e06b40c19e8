"""What a softer border and a better place are worth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth, sequential, steps
from megaregion.plot.ranks import Words, intervals
from megaregion.report.blocks import Block, Drawing, Grid, Head, Material, Paragraph, is_modelled, need, shown
from megaregion.report.sections.link_values import interval, ranged
from megaregion.report.sections.tables import digits, figures, grid, places
from megaregion.report.text import EMPTY, Lang, Text, currency_of, money, number, plain, say, significant
from megaregion.result import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 20
BORDERS = ["area", "other", "rank", "gain"]
_PLACES = ["place_id", "productivity_gain"]
_NOTES = 0.8  # rank correlation from which a map is said to show income per head
_CURRENCY = {"CNY": "元", "EUR": "欧元", "USD": "美元"}


def border_sentence(material: Material, table: StoredTable) -> Text:
    """The border worth most in money, and all of them."""
    frame = _borders(table)
    if frame.empty:
        return EMPTY
    code = currency_of(table.column("gain").unit, material.currency)
    first = frame.iloc[0]
    text = say(
        "Gain a year from 1 % less friction, the border worth most: {name} {g}",
        "摩擦每减1%，年收益最大的边界：{name} {g}",
        name=_pair(material, first), g=ranged(first, "gain", code),
    )  # fmt: skip
    if len(frame) > 1:
        text += say("; all {n} borders together {t}", "；全部{n}条边界合计{t}", n=number(len(frame)),
                    t=money(float(frame["gain"].sum()), code))  # fmt: skip
    return text + shown(table, "gain", EMPTY) + Text(".", "。")


def place_sentence(material: Material, table: StoredTable) -> Text:
    """The place worth most in sum."""
    frame = need(table, "sensitivities/places", _PLACES)
    if frame.empty:
        return EMPTY
    code = currency_of(table.column("productivity_gain").unit, material.currency)
    first = frame.sort_values(["productivity_gain", "place_id"], ascending=[False, True]).iloc[0]
    return say(
        "Gain a year from 1 % more productivity, the place worth most: {name} {g}{mark}, mainly because of its size.",
        "生产率每增1%，年收益最大的地区：{name} {g}{mark}，这首先反映规模。",
        name=material.place(str(first["place_id"])), g=ranged(first, "productivity_gain", code),
        mark=shown(table, "productivity_gain", EMPTY),
    )  # fmt: skip


def _borders(table: StoredTable) -> pd.DataFrame:
    return need(table, "sensitivities/borders", BORDERS).sort_values(
        ["gain", "area", "other"], ascending=[False, True, True], kind="stable"
    )


def _pair(material: Material, row: pd.Series) -> Text:
    return say("{a}–{b}", "{a}—{b}", a=material.place(str(row["area"])), b=material.place(str(row["other"])))


def border_blocks(material: Material, table: StoredTable) -> list[Block]:
    """Borders by pair with their ranges: figure, and a table."""
    frame = _borders(table)
    if frame.empty:
        return []
    code = currency_of(table.column("gain").unit, material.currency)
    mark = is_modelled(table, "gain")
    rows = tuple(
        (_pair(material, r), money(float(r["gain"]), code), interval(r, "gain", code), number(float(r["rank"])),
         interval(r, "rank"))
        for _, r in frame.iterrows()
    )  # fmt: skip
    heads = (
        Head(Text("Border", "边界"), numeric=False),
        Head(Text("Gain a year, 1 % less friction", "摩擦减1%的年收益"), EMPTY, mark),
        Head(Text("5–95 %", "5–95%区间"), EMPTY, mark), Head(Text("Rank", "排名"), EMPTY, mark),
        Head(Text("Rank, 5–95 %", "排名5–95%区间"), EMPTY, mark),
    )  # fmt: skip
    caption = Text("All borders between two areas", "全部边界（按区域对）")
    return [_border_figure(material, table, frame.head(DRAWN), code), Grid(heads, rows, caption, folded=True)]


def _border_figure(material: Material, table: StoredTable, frame: pd.DataFrame, code: str) -> Drawing:
    names = [_pair(material, r) for _, r in frame.iterrows()]
    tails = {t: frame[f"gain_{t}"] if f"gain_{t}" in frame else frame["gain"] for t in ("p05", "p95")}
    large = float(frame["gain"].abs().max()) >= 1e3

    def draw(language: Lang) -> Figure:
        if language == "zh":
            scale, word = (1e2, "亿") if large else (1.0, "百万")
            x = f"摩擦减1%的年收益（{word}{_CURRENCY.get(code, code)}）"
        else:
            scale, word = (1e3, "bn") if large else (1.0, "m")
            x = f"Gain a year, 1 % less friction ({word} {code})"
        rows = pd.DataFrame({
            "label": [plain(n.of(language)) for n in names], "value": frame["gain"].to_numpy(float) / scale,
            "low": tails["p05"].to_numpy(float) / scale, "high": tails["p95"].to_numpy(float) / scale,
            "hollow": False, "text": "",
        })  # fmt: skip
        words = Words(
            x=x, point=Text("gain (modelled)", "年收益（模型值）").of(language),
            interval=Text("5–95 % of joint draws", "联合抽样 5–95%").of(language),
            note=Text("Modelled, not measured.", "模型值，非实测。").of(language),
        )  # fmt: skip
        return intervals(rows, words)

    return Drawing(
        "border-values", draw,
        say("The {n} borders where 1 % less friction is worth most, with the range of joint draws.",
            "摩擦每减1%价值居前的{n}条边界及联合抽样区间。", n=number(len(frame))),
        say("First: {p}.", "首位：{p}。", p=names[0]), modelled=is_modelled(table, "gain"),
    )  # fmt: skip


def place_blocks(material: Material, table: StoredTable) -> list[Block]:
    """Map of what one per cent more productivity is worth, size taken out where the baseline is there; all values."""
    frame = need(table, "sensitivities/places", _PLACES)
    if frame.empty:
        return []
    code = currency_of(table.column("productivity_gain").unit, material.currency)
    by = frame.set_index(frame["place_id"].astype(str))
    gain, weights = by["productivity_gain"].astype(float), _weights(material, table)
    out: list[Block] = []
    if weights is None:
        out.append(Paragraph(Text(
            "The map shows the total of each place, which follows its size: without the table "
            "<code>equilibrium/baseline</code> it cannot be set against residents or income.",
            "地图显示各地总额，主要反映规模：缺少 <code>equilibrium/baseline</code>，无法按人口或收入折算。",
        )))  # fmt: skip
        panels = [(gain, _total(code))]
    else:
        residents, income = (weights[c].reindex(by.index) for c in ("residents", "income"))
        head, ratio = 1e6 * gain / residents, gain / (0.01 * income)
        by = by.assign(per_resident=head, per_income=ratio)
        out.append(Paragraph(_two_maps(material, table, head, ratio, income / residents, code)))
        panels = [(head, _per_head(code)), (ratio, Text("Per unit of local income", "每单位当地收入"))]
    if material.base is not None:
        out.append(_map(material, table, panels))
    return [*out, _table(material, table, by.reset_index(drop=True), code)]


def _weights(material: Material, table: StoredTable) -> pd.DataFrame | None:
    """Residents and income of the baseline by place; None where they are not known in the unit of the gains."""
    base = material.table("equilibrium", "baseline")
    if base is None:
        return None
    money_unit, total = table.column("productivity_gain").unit, base.facts.get("income_total")
    known = base.facts.get("income_unit") == money_unit and money_unit.startswith("million ")
    if not (known and isinstance(total, (int, float)) and {"income_share", "population"} <= set(base.frame.columns)):
        return None
    frame = base.frame.set_index(base.frame["place_id"].astype(str))
    out = pd.DataFrame({"residents": frame["population"].astype(float), "income": frame["income_share"] * float(total)})
    return out.where(out > 0)


def _total(code: str) -> Text:
    return Text(f"Total, m {code} a year", f"总额，百万{_CURRENCY.get(code, code)}/年")


def _per_head(code: str) -> Text:
    return Text(f"{code} a year per resident", f"每位居民，{_CURRENCY.get(code, code)}/年")


def _two_maps(
    material: Material, table: StoredTable, head: pd.Series, ratio: pd.Series, income: pd.Series, code: str
) -> Text:
    """What the two maps show, with their ends."""
    text = say(
        "The total of a place says little more than its size; the maps take size out. Left, what the whole region "
        "gains from 1 % more productivity, per resident of the place: from {lp} ({lv}) to {hp} ({hv} {code} a year)"
        "{mark}. Right, the same gain over 1 % of the place’s own income: from {li} ({lr}) to {hi} ({hr}); above one "
        "the region gains more than 1 % of what the place earns.",
        "各地总额主要反映规模，两幅图剔除规模。左图为生产率增1%时全区域收益除以当地居民数：{lp}最低（{lv}），{hp}最高"
        "（{hv}{code}/年）{mark}。右图为同一收益除以当地收入的1%：{li}最低（{lr}），{hi}最高（{hr}），"
        "大于1表示全区域收益超过当地收入的1%。",
        lp=material.place(str(head.idxmin())), lv=significant(float(head.min()), 3),
        hp=material.place(str(head.idxmax())), hv=significant(float(head.max()), 3),
        code=Text(code, _CURRENCY.get(code, code)), mark=shown(table, "productivity_gain", EMPTY),
        li=material.place(str(ratio.idxmin())), lr=number(float(ratio.min()), 2),
        hi=material.place(str(ratio.idxmax())), hr=number(float(ratio.max()), 2),
    )  # fmt: skip
    rho = float(ratio.rank().corr(income.rank())) if ratio.nunique() > 2 and income.nunique() > 2 else 0.0
    if rho <= -_NOTES:
        text += say(
            " The right map is nearly one of low income per head (rank correlation {r}): it is no reason by itself to "
            "prefer a place.",
            "右图几乎等同于人均收入的倒序（排名相关系数{r}）：不能仅凭此图优先选择某地。",
            r=number(rho, 2),
        )  # fmt: skip
    base = material.table("equilibrium", "baseline")
    if base is not None and dict(base.facts.get("structure") or {}).get("commuting") == "observed":
        text += Text(
            " Where many commute in, more people work than live in a place: the left map then shows workplaces.",
            "在通勤流入较多的地区，就业者多于居民，左图更多反映就业地。",
        )
    return text


def _map(material: Material, table: StoredTable, panels: list[tuple[pd.Series, Text]]) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked

    def draw(language: Lang) -> Figure:
        maps = [
            Panel(v, sequential(steps(v, 4), lambda e: f"{e:,.4g}"), t.of(language) if len(panels) > 1 else "")
            for v, t in panels
        ]
        note = Text("Modelled, not measured.", "模型值，非实测。")
        if len(panels) == 1:
            note = panels[0][1] + Text(". ", "。") + note
        return choropleth(
            base, material.level, maps, names=material.unit_names(language, limit=60 if len(maps) == 1 else 24),
            no_data=Text("no data", "无数据").of(language), note=note.of(language),
            width=6.4 if len(maps) == 1 else 8.6,
        )  # fmt: skip

    first = panels[0][0]
    return Drawing(
        "place-values", draw,
        Text("What 1 % more productivity of each place is worth to the whole region.",
             "各地生产率每增1%对全区域的价值。"),
        say("Highest in {a}, lowest in {b}.", "{a}最高，{b}最低。", a=material.place(str(first.idxmax())),
            b=material.place(str(first.idxmin()))),
        modelled=is_modelled(table, "productivity_gain"), wide=len(panels) > 1,
    )  # fmt: skip


def _table(material: Material, table: StoredTable, frame: pd.DataFrame, code: str) -> Grid:
    cells = {
        "place_id": places(material), "productivity_gain": figures(3), "productivity_gain_p05": figures(3),
        "productivity_gain_p95": figures(3), "per_resident": figures(3), "per_income": digits(2),
        **{f"{n}_gain": figures(3) for n in ("amenity", "floor_space", "land", "attraction")},
        "transfer_gain": digits(3, sign=True),
    }  # fmt: skip
    labels = {
        "productivity_gain_p05": Text("5th percentile", "5%分位"),
        "productivity_gain_p95": Text("95th percentile", "95%分位"),
    }  # fmt: skip
    derived = (
        Column("per_resident", code, "Productivity, a year per resident", "生产率：每位居民每年", modelled=True),
        Column(
            "per_income", "ratio", "Productivity, per unit of local income", "生产率：每单位当地收入", modelled=True
        ),
    )
    described = replace(table, columns=(*table.columns, *derived))
    rows = frame.sort_values(["productivity_gain", "place_id"], ascending=[False, True])
    caption = Text("Values of all places: 1 % more of each", "各地的价值：各项每增1%")
    return grid(described, rows, cells, caption, folded=True, labels=labels)
