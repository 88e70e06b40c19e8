"""The register of agreements as a network, and how mature coordination is by field."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.mechanisms.maturity import FIELDS, LEVELS
from megaregion.report.blocks import Block, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places, yes_no
from megaregion.report.text import EMPTY, Text, join, number, percent, raw, say
from megaregion.report.whose import whose

ALL = "all"
_NETWORK = ["field", "ties", "agreements", "taking_part", "pairs", "pairs_across", "density", "centralization",
            "core_fit", "core_size", "core_p_ties", "core_p_degrees"]  # fmt: skip
_PLACES = ["ties", "place_id", "group", "agreements", "partners", "strength", "core", "coordinator", "itinerant",
           "gatekeeper", "liaison"]  # fmt: skip
_PAIRS = ["field", "place_a", "place_b", "agreements", "weight", "expected", "q", "backbone"]
_MATURITY = ["field", "coders", "level", "level_min", "level_max", "implementation", "score", "score_min", "score_max"]
_BY_RULE = ["field", "agreements", "level", "level_median", "level_in_force", "in_force", "score_min", "score_max"]
_TIES = {"any": Text("any common agreement", "任一共同协议"), "backbone": Text("more than chance", "骨干网络")}
FIELD_WORDS = {
    **dict(zip(FIELDS, (
        Text("economy", "经济"), Text("transport", "交通"), Text("environment", "生态环境"), Text("education", "教育"),
        Text("health", "医疗卫生"), Text("culture", "文化"), Text("social security", "社会保障"),
        Text("innovation", "科技创新"),
    ), strict=True)),
    ALL: Text("all fields", "全部领域"),
}  # fmt: skip


def blocks(material: Material) -> list[Block]:
    """Network of the register and profile of maturity; nothing where neither is given."""
    return [*_network(material), *_by_rule(material), *_maturity(material)]


def finding(material: Material) -> list[Text]:
    """How dense the network is and how much of it crosses the borders of groups."""
    table = material.table("mechanisms", "agreement_network")
    return [] if table is None or table.frame.empty else [_sentence(table)]


def field(value: object) -> Text:
    """A field of coordination in words."""
    return FIELD_WORDS.get(str(value), raw(value))


def _network(material: Material) -> list[Block]:
    table = material.table("mechanisms", "agreement_network")
    if table is None or table.frame.empty:
        return []
    shape: dict[str, Cell] = {
        "field": field, "ties": _ties, **dict.fromkeys(_NETWORK[2:6], digits(0)),
        **dict.fromkeys(_NETWORK[6:9], digits(3)), "core_size": digits(0), "core_p_ties": digits(3),
        "core_p_degrees": digits(3),
    }  # fmt: skip
    out: list[Block] = [
        Paragraph(_sentence(table), "key"),
        Paragraph(Text(
            "A register counts what was signed and published, not what was carried out; large cities publish more.",
            "登记表统计已签署并公布的协议，并非落实情况；大城市公布得更多。",
        ), "note"),
        grid(table, need(table, "mechanisms/agreement_network", _NETWORK), shape, Text("Network", "协议网络")),
    ]  # fmt: skip
    out.insert(1, Paragraph(_beyond_chance(table), "plain"))
    named, names = places(material), ["mechanisms/agreement_network"]
    members = material.table("mechanisms", "agreement_places")
    if members is not None and len(members.frame):
        frame = need(members, "mechanisms/agreement_places", _PLACES)
        frame = frame[frame["agreements"] > 0].sort_values(
            ["ties", "strength", "place_id"], ascending=[True, False, True]
        )
        cells: dict[str, Cell] = {
            "ties": _ties, "place_id": named, "group": named, "agreements": digits(0), "partners": digits(0),
            "strength": digits(2), "core": yes_no, **dict.fromkeys(_PLACES[7:], digits(0)),
        }  # fmt: skip
        out.append(grid(members, frame, cells, Text("Position of places", "各地在网络中的位置"), folded=True))
        names.append("mechanisms/agreement_places")
    pairs = material.table("mechanisms", "agreement_pairs")
    if pairs is not None and len(pairs.frame):
        frame = need(pairs, "mechanisms/agreement_pairs", _PAIRS)
        frame = frame[frame["field"] == ALL].sort_values(["q", "weight", "place_a"], ascending=[True, False, True])
        cells = {"place_a": named, "place_b": named, "agreements": digits(0), "weight": digits(2),
                 "expected": digits(2), "q": digits(3), "backbone": yes_no}  # fmt: skip
        out.append(grid(pairs, frame, cells, Text("Pairs with common agreements", "共同签署协议的城市对"), folded=True))
        names.append("mechanisms/agreement_pairs")
    return [*out, *cautions(material, table), Trace(tuple(names), formulas(table))]


def _sentence(table: StoredTable) -> Text:
    frame = need(table, "mechanisms/agreement_network", _NETWORK)
    row = frame[frame["field"] == ALL].iloc[0]
    share = float(row["pairs_across"]) / float(row["pairs"]) if row["pairs"] else 0.0
    return say(
        "{a} agreements tie {p} places in {n} pairs, {s} of them across the borders of provinces or states; "
        "density {d}{mark}.",
        "{a}项协议将{p}个地区连成{n}对，其中跨省（州）{s}；网络密度{d}{mark}。",
        a=number(int(row["agreements"])), p=number(int(row["taking_part"])), n=number(int(row["pairs"])),
        s=number(100 * share) + Text(" %", "%"), d=number(float(row["density"]), 3),
        mark=shown(table, "density", EMPTY),
    )  # fmt: skip


def _beyond_chance(table: StoredTable) -> Text:
    """How many pairs sign together more often than places that sign as much would by chance."""
    frame = need(table, "mechanisms/agreement_network", _NETWORK)
    kept = int(frame.loc[(frame["field"] == ALL) & (frame["ties"] == "backbone"), "pairs"].sum())
    return say(
        "{n} have more agreements in common than places that sign as many would have by chance (false discoveries "
        "held at {l}): {w}.",
        "{n}的共同协议多于签署同样多协议的地区随机所得（错误发现率{l}）：{w}。",
        n=say("{k} pairs", "{k}对地区", k=number(kept)) if kept else Text("No pairs", "没有城市对"),
        l=percent(100 * float(table.parameters.get("level", 0.05)), 0),
        w=Text("who signs much does not explain these ties", "这些联系不能仅由谁签得多来解释") if kept
        else Text("who is tied to whom says little beyond who signs much", "谁与谁相连，主要反映谁签得多"),
    )  # fmt: skip


def _ties(value: object) -> Text:
    return _TIES.get(str(value), raw(value))


def _by_rule(material: Material) -> list[Block]:
    table = material.table("mechanisms", "maturity_of_register")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/maturity_of_register", _BY_RULE)
    known = frame[frame["agreements"] > 0]
    if known.empty:
        return []
    cells: dict[str, Cell] = {
        "field": field, "agreements": digits(0), **dict.fromkeys(("level", "level_median", "level_in_force"), _level),
        "in_force": digits(2), "score_min": digits(2), "score_max": digits(2),
    }  # fmt: skip
    text = say(
        "By the form of their instruments, agreements reach the stage “{w}” in {f}{mark}. This is read off the "
        "register by a rule; nobody judged it, and it is no rank.",
        "按协议形式，协同程度在{f}领域达到“{w}”阶段{mark}。此为依规则由登记表推得，未经人工评定，不作排名。",
        w=Text(*LEVELS[int(known["level"].max())]), mark=shown(table, "level", EMPTY),
        f=join([field(f) for f in known.loc[known["level"] == known["level"].max(), "field"]]),
    )  # fmt: skip
    out: list[Block] = [
        Paragraph(text, "key"),
        grid(table, known, cells, Text("Stage of coordination as the register shows it", "登记表所示的协同阶段")),
    ]
    if len(lacking := frame.loc[frame["agreements"] == 0, "field"]):
        text = say("No agreement is registered in: {f}; missing is not level 0.",
                   "未登记协议的领域：{f}；缺失不等于0级。", f=join([field(f) for f in lacking]))  # fmt: skip
        out.append(Paragraph(text, "note"))
    told = cautions(material, table, skip="the register has no agreement in")  # said above, in words
    return [*out, *told, Trace(("mechanisms/maturity_of_register",), formulas(table))]


def _maturity(material: Material) -> list[Block]:
    table = material.table("mechanisms", "maturity")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/maturity", _MATURITY)
    cells: dict[str, Cell] = {
        "field": field, "coders": digits(0), "level": _level, "level_min": digits(0), "level_max": digits(0),
        "implementation": digits(2), "score": digits(2), "score_min": digits(2), "score_max": digits(2),
    }  # fmt: skip
    alpha = table.facts.get("alpha_level")
    judged = frame[frame["coders"] > 0]
    text = say(
        "Maturity of coordination is judged in {k} of {n} fields by {c} coders{alpha}. This is a profile by field and "
        "not a rank of regions.",
        "共有{c}位编码者评定{n}个领域中的{k}个{alpha}。结果为分领域画像，不作地区排名。",
        k=number(len(judged)), n=number(len(frame)), c=number(int(table.facts["coders"])),
        alpha=EMPTY if alpha is None else say("; their agreement on levels (Krippendorff's alpha) is {a}",
                                              "；等级评定一致性（Krippendorff α）为{a}", a=number(float(alpha), 2)),
    )  # fmt: skip
    lacking = frame.loc[frame["coders"] == 0, "field"]
    out: list[Block] = [
        Paragraph(text, "key"),
        grid(table, judged, cells, Text("Maturity by field", "分领域协同成熟度")),
    ]
    if told := whose(material, "maturity", Text("The judgements", "评定来源")):
        out.insert(1, Paragraph(told))
    if len(lacking):
        text = say("Not judged: {f}; missing is not level 0.", "未评定：{f}；缺失不等于0级。",
                   f=join([field(f) for f in lacking]))  # fmt: skip
        out.append(Paragraph(text, "note"))
    remarks = cautions(material, table, skip="no judgement for")  # said above, in words
    return [*out, *remarks, Trace(("mechanisms/maturity",), formulas(table))]


def _level(value: object) -> Text:
    """The level in words; between two levels the number."""
    if not isinstance(value, (int, float)) or pd.isna(value):
        return Text("–", "–")
    if float(value) not in LEVELS:
        return number(float(value), 1)
    return say("{n} {w}", "{n}（{w}）", n=number(value), w=Text(*LEVELS[int(value)]))
