"""Joint parks: partners on a map, the split of what parks yield, what is counted twice."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.program_map import Ties, tie_map
from megaregion.report.sections.tables import Cell, digits, figures, grid
from megaregion.report.sections.vouchers import STEP, amount
from megaregion.report.text import EMPTY, Text, join, number, percent, raw, say, significant

_PAIRED = ["origin", "host", "score", "best_host", "best_score", "other_host", "price", "blocking"]
_SPLIT = ["park", "item", "party", "alone", "total", "payoff", "share", "gain"]
_BOOKED = ["park", "item", "party", "booked", "attributed", "correction"]
_ITEMS = {"value_added": Text("value added", "增加值"), "tax": Text("tax", "税收"), "gdp": Text("GDP", "地区生产总值")}
_SPLITS = (
    ("park_bargaining", Text("Nash bargaining", "纳什议价")),
    ("park_shapley", Text("Shapley value", "夏普利值")),
)
_NAMED = 4
_LABELS = {"item": Text("Item", "项目")}
_SAID = "counted twice"  # the section says it in its own words


def blocks(material: Material) -> list[Block]:
    """Partners, splits and attribution; nothing where none is stated."""
    names = ("parks", "park_bargaining", "park_shapley", "park_attribution")
    found = {n: t for n in names if (t := material.table(STEP, n)) is not None}
    if not found:
        return []
    out: list[Block] = [Paragraph(text, "key") for text in sentences(material)]
    name = place_or_code(material)
    if (pairs := found.get("parks")) is not None:
        frame = need(pairs, "programs/parks", _PAIRED)
        out += _map(material, frame)
        cells: dict[str, Cell] = {
            "origin": name, "host": name, "score": figures(3), "best_host": name, "best_score": figures(3),
            "other_host": name, "price": figures(3), "blocking": digits(0),
        }  # fmt: skip
        out.append(grid(pairs, frame, cells, Text("Partners for joint parks", "共建园区合作匹配"), folded=True))
    for key, rule in _SPLITS:
        if (split := found.get(key)) is not None:
            frame = need(split, f"programs/{key}", _SPLIT)
            cells = {
                "park": raw, "item": item, "party": name, "alone": figures(4), "total": figures(4),
                "payoff": figures(4), "share": lambda v: percent(100 * float(v), 1), "gain": figures(4, sign=True),  # type: ignore[arg-type]
            }  # fmt: skip
            caption = say("What each party gets: {r}", "各方分得：{r}", r=rule)
            out.append(grid(split, frame, cells, caption, labels=_LABELS))
    if (booked := found.get("park_attribution")) is not None:
        frame = need(booked, "programs/park_attribution", _BOOKED)
        cells = {"park": raw, "item": item, "party": name, "booked": figures(4), "attributed": figures(4),
                 "correction": figures(4, sign=True)}  # fmt: skip
        caption = Text("Booked by each place, and its part by the agreement", "各地已计入额与按协议归属额")
        out.append(grid(booked, frame, cells, caption, labels=_LABELS))
    return [*out, *cautions(material, *found.values(), skip=_SAID), Trace(tuple(f"{STEP}/{n}" for n in found),
                                                              formulas(*found.values()))]  # fmt: skip


def item(value: object) -> Text:
    """What is split, in words."""
    return _ITEMS.get(str(value), raw(value))


def place_or_code(material: Material) -> Cell:
    """Cells with a place, or a party that is no place of the workspace, or nobody."""
    return lambda value: material.place(str(value)) if value == value and value else Text("–", "–")


def sentences(material: Material) -> list[Text]:
    """Headlines: partners with what they add up to, and what is counted twice."""
    out = []
    if (table := material.table(STEP, "parks")) is not None:
        out.append(_partners(material, table))
    if (booked := material.table(STEP, "park_attribution")) is not None:
        out += _twice(booked)
    return out


def _partners(material: Material, table: StoredTable) -> Text:
    f, frame = table.facts, need(table, "programs/parks", _PAIRED)
    formed = frame[frame["host"].astype(bool)].sort_values("score", ascending=False, kind="stable")
    name = place_or_code(material)
    pairs = [
        say("{a}–{b}", "{a}—{b}", a=name(r["origin"]), b=name(r["host"])) for _, r in formed.head(_NAMED).iterrows()
    ]
    text = say(
        "Joint parks: {n} of {k} places find a host, scores adding up to {s} (the most possible is {b}){mark}",
        "共建园区：{k}个飞出地中{n}个找到飞入地，得分合计{s}（上限{b}）{mark}",
        n=number(int(f["parks"])), k=number(len(frame)), s=significant(float(f["score"]), 3),
        b=significant(float(f["bound"]), 3), mark=shown(table, "score", EMPTY),
    )  # fmt: skip
    if pairs:
        text += say("; {p}", "；{p}", p=join(pairs))
    if f["blocking_pairs"]:
        text += say(
            "; pairs that would rather have each other: {n}, so that this plan needs an authority",
            "；有{n}对地区更愿彼此合作，该方案需要上级协调", n=number(len(f["blocking_pairs"])),
        )  # fmt: skip
    return text + Text(".", "。")


def _twice(table: StoredTable) -> list[Text]:
    unit = table.column("booked").unit
    out = []
    for name, f in table.facts.items():
        twice = float(f["counted_twice"])
        if twice > 0:
            out.append(say(
                "Joint parks produce {p} of {i}, places book {b}: {t} is counted twice.",
                "共建园区产出{i}{p}，各地合计计入{b}：重复计算{t}。",
                p=amount(float(f["produced"]), unit), i=item(name), b=amount(float(f["booked"]), unit),
                t=amount(twice, unit),
            ))  # fmt: skip
    return out


def _map(material: Material, frame: pd.DataFrame) -> list[Drawing]:
    formed = frame[frame["host"].astype(bool)].rename(columns={"origin": "a", "host": "b"})
    other = frame[frame["other_host"].astype(bool) & (frame["other_host"] != frame["host"])]
    other = other.rename(columns={"origin": "a", "other_host": "b"})
    if formed.empty:
        return []
    ties = [Ties(formed[["a", "b"]], Text("joint park", "共建园区"), BLUE, 2.2)]
    if len(other):
        ties.append(Ties(other[["a", "b"]], Text("by the other method", "另一方法的匹配"), ORANGE, 1.2, dashed=True))
    return tie_map(
        material, "joint-parks", ties, Text("Partners for joint parks.", "共建园区合作匹配。"),
        say("{n} parks.", "{n}个园区。", n=number(len(formed))),
    )  # fmt: skip
