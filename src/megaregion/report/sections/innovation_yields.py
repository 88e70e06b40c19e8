"""What inputs become: outputs over inputs, the latest year of each pair first."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Material, Paragraph, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, year
from megaregion.report.text import EMPTY, Text, between, both, raw, say, significant

_NEEDED = ["place_id", "kind", "output", "input", "year", "lag", "input_year", "value", "unit", "low", "high",
           "reason_en", "reason_zh", "lag_low", "lag_high"]  # fmt: skip
_COUNT = "count per 100 million "


def blocks(material: Material) -> list[Block]:
    """A sentence for each pair of output and input, and the table; nothing where no place has both."""
    table = material.table("nodes", "innovation_yields")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "nodes/innovation_yields", _NEEDED)
    out: list[Block] = []
    for names, part in frame.groupby(["output", "input"], sort=False):
        known = part.dropna(subset=["value"])
        out.append(Paragraph(_sentence(material, table, str(names[0]), str(names[1]), known)))
    why = dict(zip(frame["reason_en"], frame["reason_zh"], strict=True))
    cells: dict[str, Cell] = {
        "place_id": places(material), "output": _word, "input": _word, "year": year, "lag": digits(0),
        "output_value": figures(4), "input_value": figures(4), "value": figures(3), "unit": _unit, "low": figures(3),
        "high": figures(3), "lag_low": figures(3), "lag_high": figures(3),
        "reason_en": lambda v: both(v, why.get(str(v), "")),
    }  # fmt: skip
    labels = {"reason_en": Text("Why there is no value", "无数值的原因")}
    out.append(grid(table, frame, cells, Text("Outputs over inputs", "产出与投入之比"), folded=True, labels=labels))
    return [*out, *cautions(material, table)]


def _word(value: object) -> Text:
    return indicator_word(str(value))


def _unit(value: object) -> Text:
    text = str(value)
    if text == "ratio":
        return EMPTY
    if text.startswith(_COUNT):
        money = text.removeprefix(_COUNT)
        return Text(
            f"per 100 million {money}", f"件/亿{money.replace('CNY', '元').replace(' (current)', '（当年价）')}"
        )
    return raw(text)


def _sentence(material: Material, table: StoredTable, output: str, given: str, known: pd.DataFrame) -> Text:
    """The latest year with most places at the shortest lag: who is highest and lowest."""
    names = {"o": indicator_word(output), "i": indicator_word(given)}
    if known.empty:
        return say("{o} over {i}: no place has both for the same territory.",
                   "{o}与{i}之比：没有地区同时具备同一统计范围的两者。", **names)  # fmt: skip
    groups = known.groupby(["kind", "year", "lag"])["place_id"].nunique()
    kind, when, lag = max(groups.index, key=lambda key: (groups[key], key[1], -key[2], key[0]))
    mine = known[(known["kind"] == kind) & (known["year"] == when) & (known["lag"] == lag)]
    rows = mine.sort_values(["value", "place_id"], ascending=[False, True])
    top, last = rows.iloc[0], rows.iloc[-1]
    text = say(
        "{o} ({y}) over {i} ({z}): {v}{u} in {p}{mark}",
        "{o}（{y}年）与{i}（{z}年）之比：{p}{v}{u}{mark}",
        y=year(float(when)), z=year(float(top["input_year"])), v=_value(top), u=_tail(top), p=material.place(
            str(top["place_id"])), mark=_span(table, top), **names,
    )  # fmt: skip
    if len(rows) > 1:
        text += say(", the highest of {n} places; lowest {w} in {q}", "，为{n}个地区中最高；最低为{q}{w}",
                    n=Text(str(len(rows)), str(len(rows))), w=_value(last),
                    q=material.place(str(last["place_id"])))  # fmt: skip
    return text + Text(".", "。")


def _value(row: pd.Series) -> Text:
    return significant(float(row["value"]), 3)


def _tail(row: pd.Series) -> Text:
    said = _unit(row["unit"])
    return EMPTY if said == EMPTY else Text(f" {said.en}", said.zh)


def _span(table: StoredTable, row: pd.Series) -> Text:
    if row["low"] != row["low"]:
        return EMPTY
    ends = between(significant(float(row["low"]), 3), significant(float(row["high"]), 3))
    return say(" (95 % interval {r}{m})", "（95%区间{r}{m}）", r=ends, m=shown(table, "low", EMPTY))
