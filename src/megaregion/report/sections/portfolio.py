"""The best set under the budget, solved together, and who gains from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE
from megaregion.plot.maps import Strokes, network
from megaregion.plot.ranks import Words, pairs
from megaregion.report.blocks import (
    Block,
    Drawing,
    Material,
    Paragraph,
    need,
    shown,
)
from megaregion.report.figures import segments
from megaregion.report.sections.gains import by_group, gain_maps, sentence
from megaregion.report.sections.tables import digits, grid, yes_no
from megaregion.report.text import (
    EMPTY,
    Lang,
    Text,
    between,
    both,
    currency_of,
    join,
    money,
    percent,
    raw,
    say,
    unit,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BEST = Text("Best set", "最优组合")
LINES = Text("Rail lines alone, best set", "仅铁路的最优组合")
_SETS = ["set", "projects", "cost", "sum_percent", "joint_percent", "interaction_percent", "chosen"]


def project_name(row: Any) -> Text:
    """Name of a project in both languages."""
    return both(row["name"], row["name_zh"])


def money_code(material: Material, table: StoredTable, column: str) -> str:
    """Currency of a column."""
    return currency_of(table.column(column).unit, material.currency)


def _members(frame: pd.DataFrame, joined: object) -> Text:
    by = frame.set_index("project_id")
    return join([project_name(by.loc[p]) if p in by.index else raw(p) for p in _ids(str(joined))])


def set_sentence(material: Material, sets: StoredTable, frame: pd.DataFrame, lead: Text = BEST) -> Text:
    """The chosen set, its cost, its value together and as a sum."""
    rows = need(sets, "plan/portfolio_sets", _SETS)
    row = rows[rows["chosen"].astype(bool)].iloc[0]
    code = money_code(material, sets, "cost")
    facts, budget = sets.facts, sets.parameters.get("budget")
    text = say(
        "{lead}{budget}: {members}; cost {c} (assumption). Solved together it raises welfare by {j}{mark}, "
        "against {s} as "
        "the sum of its members ({i})",
        "{lead}{budget}：{members}；造价{c}（假设）。联合求解福利{j}{mark}，单项之和为{s}（相差{i}）",
        lead=lead, budget=say(" under {b}", "（预算{b}）", b=money(float(budget), code)) if isinstance(budget, (int,
            float)) else EMPTY,
        members=_members(frame, row["projects"]), c=money(float(row["cost"]), code),
        j=percent(float(row["joint_percent"]), 4, sign=True), mark=shown(sets, "joint_percent", EMPTY),
        s=percent(float(row["sum_percent"]), 4, sign=True), i=percent(float(row["interaction_percent"]), 1, sign=True),
    )  # fmt: skip
    if isinstance(facts.get("gain"), (int, float)):
        text += say("; worth {g} a year", "；折合每年{g}", g=money(float(facts["gain"]), code))
    if isinstance(facts.get("welfare_p05"), (int, float)) and isinstance(facts.get("welfare_p95"), (int, float)):
        low, high = float(facts["welfare_p05"]), float(facts["welfare_p95"])
        text += say(
            " (welfare 5–95 %: {r})",
            "（福利5–95%：{r}）",
            r=between(percent(low, 4, sign=True), percent(high, 4, sign=True)),
        )
    return text + Text(".", "。")


def blocks(material: Material, frame: pd.DataFrame) -> list[Block]:
    """Sets of projects, the map of the best one, who gains from it."""
    sets = material.table("plan", "portfolio_sets")
    if sets is None or sets.frame.empty:
        text = Text("No set with a gain fits the budget.", "没有既有收益又符合预算的组合。")
        return [Paragraph(text, "missing")]
    rows = need(sets, "plan/portfolio_sets", _SETS)
    out: list[Block] = [Paragraph(set_sentence(material, sets, frame), "key"), *_mixture(frame, rows)]
    out.append(_sets_figure("portfolio-sets", rows))
    lines = material.table("plan", "portfolio_sets_rail")
    if lines is not None and not lines.frame.empty:
        out.append(Paragraph(set_sentence(material, lines, frame, LINES), "key"))
        out.append(_sets_figure("portfolio-sets-rail", need(lines, "plan/portfolio_sets_rail", _SETS)))
    if material.base is not None:
        chosen = str(rows.loc[rows["chosen"].astype(bool), "projects"].iloc[0])
        if (drawing := _projects_map(material, frame, chosen)) is not None:
            out.append(drawing)
    cells = {"set": digits(0), "projects": lambda v: _members(frame, v), "cost": digits(0),
             "sum_percent": digits(4, sign=True), "joint_percent": digits(4, sign=True),
             "interaction_percent": digits(1, sign=True), "chosen": yes_no}  # fmt: skip
    caption = Text("The best sets of the knapsack, each solved together", "背包法给出的较优组合及其联合求解结果")
    out.append(grid(sets, rows.sort_values("set").head(40), cells, caption, folded=True))
    return [*out, *_portfolio_gains(material)]


def _mixture(frame: pd.DataFrame, rows: pd.DataFrame) -> list[Block]:
    """A warning where agreements and works stand in one set."""
    chosen = str(rows.loc[rows["chosen"].astype(bool), "projects"].iloc[0])
    kinds = set(frame.loc[frame["project_id"].isin(_ids(chosen)), "kind"])
    if "recognition" not in kinds:
        return []
    text = Text(
        "This set holds agreements. Their value is what the model gives for taking away part of an estimated border "
        "coefficient; whether an agreement does that is not measured. Read the value of the set as the size of the "
        "border, "
        "and choose among the works by the ranking above.",
        "该组合包含互认协议。其估值是模型移除部分边界系数的结果，协议能否做到并未测度。"
        "请把组合的价值理解为边界阻隔的规模；工程项目之间的取舍请看上面的排名。",
    )  # fmt: skip
    return [Paragraph(text, "warning")]


def _ids(joined: str) -> list[str]:
    return [p for p in joined.replace(";", "+").split("+") if p]


def _sets_figure(name: str, rows: pd.DataFrame) -> Drawing:
    top = rows.sort_values("set").head(12)

    def draw(language: Lang) -> Figure:
        lines = pd.DataFrame({
            "label": [f"{int(s)}" + (Text(" chosen", " 入选").of(language) if c else "") for s, c in
                      zip(top["set"], top["chosen"].astype(bool), strict=True)],
            "a": top["sum_percent"].to_numpy(float), "b": top["joint_percent"].to_numpy(float),
            "strong": top["chosen"].to_numpy(bool),
        })  # fmt: skip
        words = Words(
            x=Text("Change of welfare, % (modelled)", "福利变化，%（模型值）").of(language),
            point=Text("solved together", "联合求解").of(language), other=Text("sum of singles",
                "单项之和").of(language),
        )  # fmt: skip
        return pairs(lines, words)

    return Drawing(
        name, draw,
        Text("Sets of projects under the budget: the sum of their single values and their value together. "
             "Values of projects "
             "do not add up.", "预算内的项目组合：单项之和与联合求解值。项目价值不能简单相加。"),
        Text("Numbers are in the table below.", "数值见下表。"), modelled=True,
    )  # fmt: skip


def _ends(material: Material, project_id: str) -> list[tuple[str, str]]:
    """Places joined by the links of a project."""
    for entry in material.cluster.projects:
        if entry.get("id") == project_id:
            of = material.cluster.nodes["place_id"] if len(material.cluster.nodes) else pd.Series(dtype=object)
            return [
                (str(of.get(c["from_node"])), str(of.get(c["to_node"])))
                for c in entry.get("change", []) if c.get("type") == "AddLink"
            ]  # fmt: skip
    return []


def _projects_map(material: Material, frame: pd.DataFrame, chosen: str) -> Drawing | None:
    base = material.base
    assert base is not None  # the caller has looked
    best = _ids(chosen)
    rows = [
        (a, b, r["project_id"] in best, bool(pd.notna(r["opened"])))
        for _, r in frame.iterrows() for a, b in _ends(material, str(r["project_id"]))
    ]  # fmt: skip
    lines = segments(pd.DataFrame(rows, columns=["a", "b", "best", "opened"]), base.points)
    if lines.empty:
        return None

    def draw(language: Lang) -> Figure:
        rest = ~lines["best"].astype(bool) & ~lines["opened"].astype(bool)
        kinds = [
            Strokes(lines[rest], Text("candidate", "备选").of(language), "#9fb0c0", 0.8),
            Strokes(lines[lines["opened"].astype(bool)], Text("opened since: back-test",
                "此后已开通：回测").of(language), BLUE, 1.3, True),
            Strokes(lines[lines["best"].astype(bool)], Text("in the best set", "最优组合").of(language), ORANGE, 3.0),
        ]  # fmt: skip
        note = Text(
            "Straight lines between centres, not courses of track. Values modelled.",
            "连线为中心间直线，并非线路走向。估值为模型值。",
        )
        return network(base, material.level, [k for k in kinds if len(k.frame)],
                       names=material.unit_names(language, limit=60), note=note.of(language))  # fmt: skip

    return Drawing(
        "projects-map", draw, Text("Rail candidates, those opened since, and the best set.",
        "铁路备选、此后已开通线路与最优组合。"),
        say("Best set: {m}.", "最优组合：{m}。", m=_members(frame, chosen)), modelled=True,
    )  # fmt: skip


def _portfolio_gains(material: Material) -> list[Block]:
    table, base = material.table("plan", "portfolio_places"), material.table("equilibrium", "baseline")
    if table is None or table.frame.empty:
        return []
    frame = need(
        table, "plan/portfolio_places", ["place_id", "population_percent", "real_income_fixed_percent", "gain"]
    )
    out: list[Block] = [Paragraph(sentence(material, frame) + shown(table, "gain", EMPTY))]
    if material.base is not None:
        caption = Text("The best set: change of residents, and of real income if nobody moved.",
                       "最优组合：人口变化与无人迁移时的实际收入变化。")  # fmt: skip
        out.append(gain_maps(material, frame, "gains-portfolio", caption))
    if base is not None:
        weights = need(base, "equilibrium/baseline", ["place_id", "population", "income_share"])
        weights = weights.set_index(weights["place_id"].astype(str))
        gain = frame.set_index(frame["place_id"].astype(str))["gain"].astype(float)
        out.append(by_group(material, frame, weights, gain, unit(table.column("gain").unit)))
        out.append(Paragraph(Text(
            "The share of the gain is a basis for talks on who should pay, not a key that this report decides: it "
            "says who "
            "gains in the model, at equal weight of every unit of money.",
            "收益占比可作为协商“谁来出资”的依据，但本报告并不据此裁定分摊：它只说明模型中谁受益，且对每一元同等看待。",
        ), "note"))  # fmt: skip
    return out
