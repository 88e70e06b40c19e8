"""The plan: what each project is worth, what the best set under the budget is, and who gains from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.ranks import Words, bars
from megaregion.report.blocks import (
    Block,
    Drawing,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    need,
    shown,
)
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections import portfolio
from megaregion.report.sections.tables import digits, figures, grid, yes_no
from megaregion.report.text import (
    EMPTY,
    Lang,
    Text,
    between,
    join,
    money,
    number,
    percent,
    plain,
    raw,
    say,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 30
_PROJECTS = ["project_id", "name", "name_zh", "kind", "jurisdictions", "cost", "welfare_percent", "gain", "gain_p05",
             "gain_p95", "full_effect_percent", "benefit_cost", "rank", "opened", "usable"]  # fmt: skip
KINDS = {"rail": Text("Rail", "铁路"), "recognition": Text("Recognition", "互认")}


def section(material: Material) -> Section:
    """Projects, back-test, portfolio."""
    title = Text("Plan: what to do with the budget", "规划：有限预算下的选择")
    table = material.table("plan", "projects")
    if table is None:
        return Section("plan", title, absent(material, "plan", "of the plan", "规划"), grey=True)
    frame = need(table, "plan/projects", _PROJECTS)
    if frame.empty:
        text = Text("<code>projects.toml</code> lists no project.", "<code>projects.toml</code> 中没有项目。")
        return Section("plan", title, (Paragraph(text, "missing"), *cautions(material, table)), grey=True)
    blocks: list[Block] = [Paragraph(_how(table, frame)), Paragraph(_best(material, table, frame), "key")]
    blocks += [
        _ranking(material, table, frame),
        *_stability(table),
        _table(material, table, frame),
        *_backtest(material, frame),
    ]
    blocks += [*portfolio.blocks(material, frame), *_warnings(material, table)]
    names = [
        n
        for n in ("projects", "backtest", "portfolio_sets", "portfolio_sets_rail", "portfolio_places")
        if material.table("plan", n)
    ]
    return Section("plan", title, (*blocks, Trace(tuple(f"plan/{n}" for n in names), formulas(table))))


def finding(material: Material) -> list[Text]:
    """Headlines of this room."""
    table = material.table("plan", "projects")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "plan/projects", _PROJECTS)
    out = [_best(material, table, frame)]
    sets = material.table("plan", "portfolio_sets")
    if sets is not None and len(sets.frame):
        out.append(portfolio.set_sentence(material, sets, frame))
    lines = material.table("plan", "portfolio_sets_rail")
    if lines is not None and not lines.frame.empty:
        out.append(portfolio.set_sentence(material, lines, frame, portfolio.LINES))
    return out


def _warnings(material: Material, table: StoredTable) -> tuple[Block, ...]:
    """What the equilibrium has not warned of already."""
    base = material.table("equilibrium", "scenarios")
    own = cautions(material, table, leave=base.warnings if base is not None else ())
    if base is None:
        return own
    text = Text(
        "All values rest on the equilibrium above: its cautions and assumptions hold here too.",
        "以上估值均基于前述空间均衡模型，其假设与警示同样适用。",
    )
    return (*own, Paragraph(text, "note"))


def _how(table: StoredTable, frame: pd.DataFrame) -> Text:
    rate = table.parameters.get("annual_rate")
    opened = frame[frame["opened"].notna()]
    text = say(
        "{n} candidates, each valued alone by solving the whole model again; a rail line acts on the face-to-face "
        "share of "
        "trade, and the full effect is an upper line. Costs are stated assumptions of <code>projects.toml</code>, not "
        "estimates of an engineer; edit them there.",
        "共{n}个备选项目，逐一重新求解整个模型估值；铁路只作用于面对面业务，全部贸易口径为上限。"
        "造价为 <code>projects.toml</code> 中的明示假设，并非工程估算，可在该文件中修改。",
        n=number(len(frame)),
    )  # fmt: skip
    if rate:
        text += say(
            " A project pays if its gain a year exceeds {r} of its cost.",
            "年收益超过造价的{r}即视为划算。",
            r=percent(100 * float(rate), 1),
        )
    if len(opened):
        text += say(
            " The network is the one of the base year: {k} candidates have opened since. They are valued as a test "
            "of the "
            "model, not as advice, and cannot be chosen.",
            "路网为基年状态：{k}个备选此后已开通，仅用于检验模型，不构成建议，也不参与选择。", k=number(len(opened)),
        )  # fmt: skip
    return text


def _best(material: Material, table: StoredTable, frame: pd.DataFrame) -> Text:
    code = portfolio.money_code(material, table, "gain")
    out = EMPTY
    for kind, label in KINDS.items():
        open_ = frame[(frame["kind"] == kind) & frame["usable"].astype(bool)].sort_values(["rank", "project_id"])
        if open_.empty:
            continue
        row = open_.iloc[0]
        paying = int((open_["benefit_cost"] > 1).sum())
        out += say(
            "{kind}: of {n} that can be decided, {first} gains most, {g} a year (5–95 %: {range}){mark}{cost}. ",
            "{kind}：可供决策的{n}项中，{first}收益最大，每年{g}（5–95%：{range}）{mark}{cost}。",
            kind=label, n=number(len(open_)), first=portfolio.project_name(row), g=money(float(row["gain"]), code),
            range=between(money(float(row["gain_p05"]), code), money(float(row["gain_p95"]), code)),
            mark=shown(table, "gain", EMPTY), cost=_worth(kind, float(row["benefit_cost"]), paying),
        )  # fmt: skip
    return out


def _worth(kind: str, ratio: float, paying: int) -> Text:
    """Gain beside cost; for an agreement the ratio says nothing, and this says why."""
    if kind == "recognition":
        return Text(
            "; the model takes part of an estimated border coefficient away for the price of an agreement, so that "
            "a ratio of "
            "gain to cost means nothing, and what an agreement really removes is not measured",
            "；模型以一纸协议的成本移除部分边界系数，收益成本比没有意义，协议实际能消除多少阻隔也未经测度",
        )
    return say(
        ", {bc} times its annual cost; {k} pay", "，为年成本的{bc}倍；{k}项划算", bc=number(ratio, 2), k=number(paying)
    )  # fmt: skip


def _ranking(material: Material, table: StoredTable, frame: pd.DataFrame) -> Drawing:
    rail = frame[frame["kind"] == "rail"] if (frame["kind"] == "rail").any() else frame
    top = rail.sort_values(["rank", "project_id"]).head(SHOWN)
    rate = float(table.parameters.get("annual_rate") or np.nan)
    code = portfolio.money_code(material, table, "gain")
    names = [portfolio.project_name(r) for _, r in top.iterrows()]

    def draw(language: Lang) -> Figure:
        scale, word = (
            (1e2, f"亿{'欧元' if code == 'EUR' else '元'}/年") if language == "zh" else (1e3, f"bn {code} a year")
        )
        rows = pd.DataFrame({
            "label": [f"{k}  {plain(name.of(language))}" for k, name in enumerate(names, start=1)],
            "value": top["gain"].to_numpy(float) / scale, "low": top["gain_p05"].to_numpy(float) / scale,
            "high": top["gain_p95"].to_numpy(float) / scale, "mark": top["cost"].to_numpy(float) * rate / scale,
            "pale": top["opened"].notna().to_numpy(bool),
        })  # fmt: skip
        words = Words(
            x=f"{Text('Gain', '收益').of(language)} ({word})" if language == "en" else f"收益（{word}）",
            point=Text("gain a year (modelled)", "年收益（模型值）").of(language),
            other=Text("opened since: back-test, not advice", "此后已开通：仅作回测").of(language),
            interval=Text("5–95 % of joint draws", "联合抽样 5–95%").of(language),
            x2=Text("annual cost (assumption)", "年成本（假设）").of(language),
            note=Text("Modelled, not measured.", "模型值，非实测。").of(language),
        )  # fmt: skip
        return bars(rows, words)

    return Drawing(
        "projects", draw,
        say("The {k} rail candidates that gain most, by rank: gain a year with its range, beside the annual "
            "cost at the "
            "stated rate.", "收益居前的{k}个铁路备选项目：年收益及区间，并列按给定比率折算的年成本。",
            k=number(len(top))),
        say("First: {p}.", "首位：{p}。", p=portfolio.project_name(top.iloc[0])), modelled=True,
    )  # fmt: skip


def _stability(table: StoredTable) -> list[Block]:
    """How far the order hangs on the parameters; nothing for results without it."""
    w, tau = table.facts.get("rank_concordance"), table.facts.get("rank_correlation")
    if not (isinstance(w, float) and isinstance(tau, float) and w == w and tau == tau):
        return []
    return [Paragraph(say(
        "How firm is the order? Over the joint draws of all parameters the rankings agree with Kendall’s W = {w} (one "
        "if every draw ranks alike) and with the ranking shown at a mean tau of {t}{mark}. That says nothing about "
        "assumptions that no draw moves: costs, lines, what an agreement does.",
        "排名是否稳健？全部参数联合抽样下，各次排名的一致性肯德尔W = {w}（完全一致为1），与所示排名的平均τ为{t}{mark}。"
        "但抽样未涉及的假设（造价、线位、协议的效力）不在其中。",
        w=number(w, 3), t=number(tau, 3), mark=shown(table, "rank", EMPTY),
    ), "note")]  # fmt: skip


def _table(material: Material, table: StoredTable, frame: pd.DataFrame) -> Block:
    ordered = frame.sort_values(["rank", "project_id"])
    parties = [join([material.place(p) for p in str(v).split(";") if p]) for v in ordered["jurisdictions"]]
    named = ordered.assign(
        shown=pd.Series([portfolio.project_name(r) for _, r in ordered.iterrows()], ordered.index, dtype=object),
        parties=pd.Series(parties, ordered.index, dtype=object),
        benefit_cost=ordered["benefit_cost"].where(ordered["kind"] != "recognition"),
    )
    cells = {
        "rank": digits(0), "rank_p05": digits(0), "rank_p95": digits(0), "shown": _as_is,
        "kind": lambda v: KINDS.get(str(v), raw(v)), "parties": _as_is,
        "cost": digits(0), "gain": figures(3), "gain_p05": figures(3), "gain_p95": figures(3),
        "benefit_cost": digits(2),
        "welfare_percent": digits(4, sign=True), "full_effect_percent": digits(4, sign=True), "opened": _year,
        "usable": yes_no,
    }  # fmt: skip
    labels = {"shown": Text("Project", "项目"), "parties": Text("Governments that must agree", "涉及政府")}
    return grid(table, named, cells, Text("All projects", "全部项目"), folded=True, labels=labels)


def _as_is(value: object) -> Text:
    return value if isinstance(value, Text) else raw(value)


def _year(value: object) -> Text:
    if not isinstance(value, (int, float)) or value != value:
        return EMPTY
    return raw(int(value))


def _backtest(material: Material, frame: pd.DataFrame) -> list[Block]:
    table = material.table("plan", "backtest")
    if table is None or table.frame.empty:
        return []
    rows = need(table, "plan/backtest", ["project_id", "opened", "rank", "of"]).sort_values(["rank", "project_id"])
    by = frame.set_index("project_id")
    items = join([
        say("{name} (rank {r}, opened {y})", "{name}（第{r}位，{y}年开通）",
            name=portfolio.project_name(by.loc[r["project_id"]]),
            r=number(r["rank"]), y=_year(float(r["opened"])))
        for _, r in rows.iterrows() if r["project_id"] in by.index
    ])  # fmt: skip
    text = say(
        "<strong>Back-test.</strong> Of {of} rail candidates, those that have opened since the base year stand here "
        "in the "
        "ranking{mark}: {items}.",
        "<strong>回测。</strong>在{of}个铁路备选项目中，基年后已开通者的排名{mark}：{items}。",
        of=number(float(rows["of"].iloc[0])), items=items, mark=shown(table, "rank", EMPTY),
    )  # fmt: skip
    p = table.facts.get("p_value")
    if isinstance(p, (int, float)):
        text += say(
            " One-sided p = {p} that they rank higher than the rest, from {n} lines: a story that fits, not a proof.",
            "其排名高于其余项目的单侧 p = {p}，仅{n}条线路：与事实相符的故事，不是证明。", p=number(float(p), 4),
            n=number(len(rows)),
        )  # fmt: skip
    return [Paragraph(text, "note")]
