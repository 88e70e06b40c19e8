"""Joint documents: how much is made together, the strongest pairs, and the centre against gravity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE, SOFT
from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places
from megaregion.report.text import EMPTY, Lang, Text, between, both, join, number, percent, raw, say
from megaregion.report.whose import whose

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRONG, DRAWN = 10, 60  # pairs that stand out, pairs that are drawn
_PLACES = ["place_id", "documents", "inside", "cluster", "outside", "radiation", "radiation_low", "radiation_high"]
_PAIRS = ["place_a", "place_b", "full", "fractional", "low", "high", "share", "km"]
_TERMS = ["term", "coef", "low", "high"]
_WHOSE = Text("The documents", "成果来源")


def blocks(material: Material) -> list[Block]:
    """Sentence, map, tables; nothing without documents."""
    table, pairs = _table(material, "innovation_ties_places"), _table(material, "innovation_ties")
    if table is None:
        return []
    out: list[Block] = [Paragraph(_sentence(material, table, pairs), "key")]
    if told := whose(material, "documents", _WHOSE):
        out.append(Paragraph(told))
    if pairs is not None and material.base is not None:
        out.append(_map(material, pairs))
    cells: dict[str, Cell] = {"place_id": places(material), "documents_full": digits(0), "documents": digits(1),
                              **dict.fromkeys(("inside", "cluster", "outside", "radiation", "radiation_low",
                                               "radiation_high"), digits(2)), "partners": digits(0)}  # fmt: skip
    frame = need(table, "nodes/innovation_ties_places", _PLACES).sort_values(
        "documents", ascending=False, kind="stable"
    )
    out.append(grid(table, frame, cells, Text("Joint documents by place", "各地合作成果"), folded=True))
    if pairs is not None:
        named = places(material)
        cells = {"place_a": named, "place_b": named, "full": digits(0), "fractional": figures(3), "low": figures(3),
                 "high": figures(3), "share": digits(3), "km": digits(0)}  # fmt: skip
        first = pairs.frame.sort_values("fractional", ascending=False, kind="stable").head(DRAWN)
        out.append(grid(pairs, first, cells, Text("The strongest ties", "最强合作关系"), folded=True))
    return [*out, *cautions(material, table, pairs), *_centre(material)]


def finding(material: Material) -> list[Text]:
    """How much is made together."""
    table = _table(material, "innovation_ties_places")
    if table is None:
        return []
    told = _sentence(material, table, _table(material, "innovation_ties"))
    named = whose(material, "documents", _WHOSE, notes=False)
    return [told + Text(" ", "") + named if named else told]


def _table(material: Material, name: str) -> StoredTable | None:
    found = material.table("nodes", name)
    return None if found is None or found.frame.empty else found


def _sentence(material: Material, table: StoredTable, pairs: StoredTable | None) -> Text:
    facts = table.facts
    window = facts.get("window", ["", ""])
    kind = str(facts.get("document_kind") or "")
    text = say(
        "Joint documents{kind} of {a}–{b}: of {n}, {s} are made between different places of the region, counted by "
        "fractions of people",
        "{a}—{b}年合作成果{kind}：共{n}件，按人员分数计数，其中{s}由区域内不同地区共同完成",
        kind=say(" ({k})", "（{k}）", k=kind) if kind else EMPTY, a=str(window[0]), b=str(window[1]),
        n=number(float(facts.get("documents", math.nan))), s=percent(100 * float(facts.get("joint_share", math.nan))),
    )  # fmt: skip
    if pairs is not None:
        top = (
            need(pairs, "nodes/innovation_ties", _PAIRS)
            .sort_values("fractional", ascending=False, kind="stable")
            .head(3)
        )
        names = join([say("{p}–{q}", "{p}—{q}", p=material.place(str(r["place_a"])),
                          q=material.place(str(r["place_b"]))) for _, r in top.iterrows()])  # fmt: skip
        text += say("; strongest ties: {names}", "；最强的合作：{names}", names=names)
    return text + Text(".", "。")


def _map(material: Material, pairs: StoredTable) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    frame = pairs.frame.sort_values("fractional", ascending=False, kind="stable").head(DRAWN)
    at = base.points[["x", "y"]]
    frame = frame[frame["place_a"].isin(at.index) & frame["place_b"].isin(at.index)].reset_index(drop=True)
    ends = [at.reindex(frame[c]).to_numpy(float) for c in ("place_a", "place_b")]
    size = frame["fractional"].to_numpy(float)
    lines = pd.DataFrame({"x0": ends[0][:, 0], "y0": ends[0][:, 1], "x1": ends[1][:, 0], "y1": ends[1][:, 1],
                          "width": 0.4 + 3.6 * (size / size.max()) ** 0.5 if len(size) else size})  # fmt: skip
    sure = (frame["low"] > 0).to_numpy()
    first = lines.index < STRONG

    def draw(language: Lang) -> Figure:
        words = (Text(f"first {STRONG}", f"前{STRONG}对"), Text("others", "其余"),
                 Text("may be zero (5 % of draws)", "可能为零（5%抽样）"))  # fmt: skip
        strokes = [
            Strokes(lines[~sure], words[2].of(language), SOFT, 0.8, dashed=True),
            Strokes(lines[sure & ~first], words[1].of(language), BLUE, 1.4),
            Strokes(lines[sure & first], words[0].of(language), ORANGE, 2.4),
        ]
        return network(base, material.level, [s for s in strokes if len(s.frame)],
                       names=material.unit_names(language, limit=45))  # fmt: skip

    return Drawing("innovation-ties", draw,
                   say("Joint documents: the {n} strongest ties, width by the fractional count.",
                       "合作成果：最强的{n}对，线宽表示分数计数的强度。", n=number(len(lines))),
                   say("{n} pairs of places.", "{n}对地区。", n=number(len(lines))))  # fmt: skip


def _centre(material: Material) -> list[Block]:
    table, terms = _table(material, "innovation_radiation"), _table(material, "innovation_centre")
    if table is None or terms is None:
        return []
    rows = need(terms, "nodes/innovation_centre", _TERMS).set_index("term")[_TERMS[1:]].astype(float).to_dict("index")
    level, decay = rows["centre"], rows["centre_distance"]
    slow = (Text("more slowly than", "慢于") if decay["low"] > 0 else
            Text("faster than", "快于") if decay["high"] < 0 else
            Text("not distinguishably faster or slower than", "无法区别于"))  # fmt: skip
    text = say(
        "Radiation of {c}: at its mean distance of {km} km its ties are {x} times (95 % interval {r}){mark} what size "
        "and distance give other pairs; they thin out with distance {slow} the ties of others (difference of "
        "elasticities {d}, {e}).",
        "{c}的辐射：在平均距离{km}公里处，其合作为其他地区对按规模与距离预期的{x}倍（95%区间{r}）{mark}；"
        "随距离的衰减{slow}其他地区对（弹性之差{d}，{e}）。",
        c=material.place(str(terms.facts.get("centre", ""))), km=number(float(terms.facts.get("middle_km", math.nan))),
        x=number(math.exp(level["coef"]), 2), mark=shown(terms, "coef", EMPTY), slow=slow,
        r=between(number(math.exp(level["low"]), 2), number(math.exp(level["high"]), 2)),
        d=number(decay["coef"], 2, sign=True),
        e=between(number(decay["low"], 2, sign=True), number(decay["high"], 2, sign=True)),
    )  # fmt: skip
    cells: dict[str, Cell] = {"place_id": places(material), "km": digits(0), "observed": figures(3), "low": figures(3),
                              "high": figures(3), "expected": figures(3), "expected_low": figures(3),
                              "expected_high": figures(3), "ratio": digits(2)}  # fmt: skip
    frame = table.frame.sort_values("km", kind="stable")
    zh = dict(zip(terms.frame["meaning_en"], terms.frame["meaning_zh"], strict=True))
    show: dict[str, Cell] = {"term": raw, "coef": digits(3), "se": digits(3), "low": digits(3), "high": digits(3),
                             "meaning_en": lambda v: both(v, zh.get(str(v)))}  # fmt: skip
    return [
        Paragraph(text),
        grid(terms, terms.frame, show, Text("Gravity with the centre apart", "中心单列的引力方程"), folded=True,
             labels={"meaning_en": Text("Meaning", "含义")}),
        grid(table, frame, cells, Text("Ties with the centre, nearest first", "与中心的合作（由近及远）"), folded=True),
        *cautions(material, table, terms),
    ]  # fmt: skip
