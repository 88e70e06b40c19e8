"""Agreements on borders: what every area gains, who would pay whom, which coalitions hold."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plan.border_agreements import LARGEST
from megaregion.report.blocks import Block, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections import agreement_list, bargains, register
from megaregion.report.sections.tables import Cell, grid, places
from megaregion.report.text import EMPTY, Text, currency_of, join, money, number, say

_COLUMNS = [
    "area",
    "own",
    "own_p05",
    "own_p95",
    "outside",
    "shapley",
    "payment_shapley",
    "nucleolus",
    "payment_nucleolus",
]
_COALITIONS = ["coalition", "members", "inside", "total", "stable", "leavers", "joiners"]


def section(material: Material) -> Section:
    """Agreements on borders, and what the workspace itself states: games, measures, register, maturity."""
    title = Text("Agreements between areas: who gains, who should pay", "区域间协议：谁受益，谁应补偿")
    table = material.table("agreements", "border_agreements")
    stated = (*bargains.blocks(material), *agreement_list.blocks(material), *register.blocks(material))
    own = _absent(material) if table is None else _borders(material, table)
    return Section("agreements", title, (*own, *stated), grey=table is None and not stated)


def _borders(material: Material, table: StoredTable) -> tuple[Block, ...]:
    """Gains, shares and payments of an agreement of all, and every coalition."""
    frame = need(table, "agreements/border_agreements", _COLUMNS)
    code = currency_of(table.column("own").unit, material.currency)
    cash: Cell = lambda v: money(float(str(v)), code, sign=True)  # noqa: E731 - a cell
    cells: dict[str, Cell] = {"area": places(material), **dict.fromkeys(_COLUMNS[1:], cash)}
    blocks: list[Block] = [
        Paragraph(_sentence(material, table), "key"),
        Paragraph(Text(
            "Softer borders cost nothing in this model: read it as what an agreement would have to be worth, and as "
            "who has reason to ask for a side payment. People stay where they are.",
            "模型中软化边界没有成本：应理解为协议值多少，以及谁有理由要求补偿。人口不流动。",
        ), "note"),
        grid(table, frame, cells, Text("If all agree", "全体协议")),
    ]  # fmt: skip
    steady = material.table("agreements", "coalition_stability")
    if steady is not None and len(steady.frame):
        rows = need(steady, "agreements/coalition_stability", _COALITIONS)
        rows = rows[rows["members"] > 1].sort_values(["total", "coalition"], ascending=[False, True])
        several: Cell = lambda v: _names(material, str(v))  # noqa: E731 - a cell
        shown_as: dict[str, Cell] = {
            "coalition": several, "inside": cash, "total": cash, "stable": _yes, "leavers": several, "joiners": several,
        }  # fmt: skip
        blocks.append(grid(steady, rows, shown_as, Text("Every coalition", "全部联盟"), folded=True))
    names = ("agreements/border_agreements", *(("agreements/coalition_stability",) if steady is not None else ()))
    return (*blocks, *cautions(material, table), Trace(names, formulas(table)))


def _absent(material: Material) -> tuple[Block, ...]:
    areas = material.group_of([str(p) for p in material.cluster.select(material.level).index]).nunique()
    if areas <= LARGEST:
        return absent(material, "agreements", "of the agreements", "协议")
    return (
        Paragraph(say(
            "{n} areas: every coalition is solved for {k} areas at most. Group areas that act together.",
            "共有{n}个区域：逐一求解全部联盟最多支持{k}个。请将共同行动的区域合并。",
            n=number(areas), k=number(LARGEST),
        ), "missing"),
    )  # fmt: skip


def finding(material: Material) -> list[Text]:
    """The sum, and who would pay most; then what the workspace itself states."""
    table = material.table("agreements", "border_agreements")
    own = [] if table is None or table.frame.empty else [_sentence(material, table)]
    return [*own, *bargains.finding(material), *agreement_list.finding(material), *register.finding(material)]


def _sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "agreements/border_agreements", _COLUMNS)
    code = currency_of(table.column("own").unit, material.currency)
    order = frame.sort_values("payment_shapley")
    text = say(
        "If all areas agree to take {f} off the friction of their borders, they gain {t} a year{mark}: {each}",
        "若各方协议将边界摩擦降低{f}，年收益合计{t}{mark}：{each}",
        f=number(100.0 * (1.0 - float(table.parameters["factor"])), 0) + Text(" %", "%"),
        t=money(float(frame["own"].sum()), code), mark=shown(table, "own", EMPTY),
        each=join([_gain(material, r, code) for _, r in frame.iterrows()]),
    )  # fmt: skip
    if float(order["payment_shapley"].iloc[0]) < 0:
        text += say(
            ". By Shapley {p} would pay {a} and {q} would receive {b}",
            "。按沙普利值，{p}应付{a}，{q}应收{b}",
            p=material.place(str(order["area"].iloc[0])), a=money(-float(order["payment_shapley"].iloc[0]), code),
            q=material.place(str(order["area"].iloc[-1])), b=money(float(order["payment_shapley"].iloc[-1]), code),
        )  # fmt: skip
    return text + Text(".", "。")


def _gain(material: Material, row: pd.Series, code: str) -> Text:
    return say("{p} {v}", "{p}{v}", p=material.place(str(row["area"])), v=money(float(row["own"]), code))


def _names(material: Material, value: str) -> Text:
    parts = [part for part in value.split(";") if part and part != "nan"]
    return join([material.place(part) for part in parts]) if parts else Text("–", "–")


def _yes(value: object) -> Text:
    return Text("yes", "是") if bool(value) else Text("no", "否")
