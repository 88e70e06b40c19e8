"""Joint costs and gains that the workspace states, and the set of measures that everybody agrees to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.mechanisms.coordination_tables import RULES
from megaregion.mechanisms.sharing_rules import label
from megaregion.mechanisms.sharing_text import sides
from megaregion.report.blocks import Block, Grid, Head, Material, Paragraph, Trace, formulas, is_modelled, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, figures, grid, yes_no
from megaregion.report.text import EMPTY, Text, join, number, raw, say, significant, unit

_GAMES = ["game", "kind", "players", "together", "apart", "surplus", "core", "unit"]
_SPLIT = ["game", "rule", "place_id", "payoff", "alone", "stable"]
_OUT = ["game", "rule", "coalition", "excess"]
_PARTIES = ["party", "gain", "payment", "net_gain", "veto_cost", "gain_overruled"]
_SETS = ["rule", "feasible", "measures", "total", "lost", "payments"]
_MEASURES = ["measure", "agreed", "without_payments", "without_consent", "gain", "cost", "winners", "losers"]
_NAMED = 3
_VERB = {"cost": Text("pay", "分摊额"), "gain": Text("have", "所得")}
_WORDS = dict(zip(RULES, (
    Text("if nobody need consent", "无需一致同意"), Text("if all must gain, without payments", "人人受益、无补偿"),
    Text("if all must gain, with payments", "人人受益、可补偿"),
), strict=True))  # fmt: skip


def blocks(material: Material) -> list[Block]:
    """Games and measures; nothing where the workspace states none."""
    return [*_games(material), *_measures(material)]


def finding(material: Material) -> list[Text]:
    """What the agreed set of measures brings, and which game no split holds together."""
    out = []
    table = material.table("mechanisms", "agreement_rules")
    if table is not None and len(table.frame):
        out.append(_agreed(table))
    games = material.table("mechanisms", "sharing_games")
    if games is not None:
        frame = need(games, "mechanisms/sharing_games", _GAMES)
        out += [_game(games, row) for _, row in frame.iterrows() if row["core"] == "empty"]
    return out


def _games(material: Material) -> list[Block]:
    games, split = material.table("mechanisms", "sharing_games"), material.table("mechanisms", "sharing")
    against = material.table("mechanisms", "sharing_objections")
    if games is None or split is None or against is None:
        return []
    out: list[Block] = []
    shares, walks = need(split, "mechanisms/sharing", _SPLIT), need(against, "mechanisms/sharing_objections", _OUT)
    for _, row in need(games, "mechanisms/sharing_games", _GAMES).iterrows():
        own = shares[shares["game"] == row["game"]]
        out += [Paragraph(_game(games, row), "key"), _split_table(material, split, own, row)]
        found = _objections(material, against, own, walks[walks["game"] == row["game"]], str(row["unit"]))
        out.append(Paragraph(found, "plain"))
    if out:
        names = ("mechanisms/sharing_games", "mechanisms/sharing", "mechanisms/sharing_objections")
        out += [*cautions(material, split), Trace(names, formulas(split))]
    return out


def _game(table: StoredTable, row: pd.Series) -> Text:
    core = {
        "empty": Text("no split keeps everybody in: some coalition would always do better alone",
                      "不存在令各方都不退出的分法"),
        "exists": Text("there are splits that nobody walks out of", "存在无人退出的分法"),
    }  # fmt: skip
    words = (
        ("Joint cost {g}: together {t}, apart {a}, a saving of {s}{mark} for {n} parties; {core}.",
         "共同成本“{g}”：合作{t}，各自承担{a}，{n}方可节约{s}{mark}；{core}。")
        if row["kind"] == "cost" else
        ("Joint gain {g}: together {t}, apart {a}, {s}{mark} more for {n} parties; {core}.",
         "共同收益“{g}”：合作{t}，各自行动{a}，{n}方可多得{s}{mark}；{core}。")
    )  # fmt: skip
    name = str(row["unit"])
    return say(
        *words, g=raw(row["game"]), t=_amount(row["together"], name), a=_amount(row["apart"], name),
        s=_amount(row["surplus"], name), mark=shown(table, "surplus", EMPTY), n=number(int(row["players"])),
        core=core.get(str(row["core"]), say("stability is not known", "稳定性未知")),
    )  # fmt: skip


def _amount(value: Any, name: str) -> Text:
    return significant(float(value), 4) + (Text(" ", " ") + unit(name) if name else EMPTY)


def _split_table(material: Material, table: StoredTable, own: pd.DataFrame, row: pd.Series) -> Grid:
    """Places by rule; a column of what each has alone."""
    rules = list(dict.fromkeys(own["rule"].astype(str)))
    wide = own.pivot(index="place_id", columns="rule", values="payoff")[rules]
    alone = own.drop_duplicates("place_id").set_index("place_id")["alone"]
    name, made = unit(str(row["unit"])), is_modelled(table, "payoff")
    heads = [Head(Text("Party", "参与方"), numeric=False), Head(Text("Alone", "单独行动"), name)]
    heads += [Head(Text(*label(rule)), name, made) for rule in rules]
    rows = tuple(
        (material.place(str(place)), significant(float(alone[place]), 4),
         *(significant(float(v), 4) for v in wide.loc[place]))
        for place in wide.index
    )  # fmt: skip
    caption = say("{g}: what each would {do} under each rule", "{g}：各规则下的{do}",
                  g=raw(row["game"]), do=_VERB[str(row["kind"])])  # fmt: skip
    return Grid(tuple(heads), rows, caption)


def _objections(
    material: Material, table: StoredTable, own: pd.DataFrame, walks: pd.DataFrame, name: str
) -> Text:  # fmt: skip
    """For every rule who would walk out, or that nobody would."""
    parts, players = [], list(dict.fromkeys(own["place_id"].astype(str)))
    for rule, rows in own.groupby("rule", sort=False):
        mine = walks[walks["rule"] == rule]
        if len(mine):
            who = join([
                say("{c} (+{e})", "{c}（+{e}）", c=_coalition(material, str(r["coalition"]), players),
                    e=_amount(float(r["excess"]), name))
                for _, r in mine.head(_NAMED).iterrows()
            ])  # fmt: skip
            more = say(" and {n} more", "等{n}个", n=number(len(mine) - _NAMED)) if len(mine) > _NAMED else EMPTY
            verdict = say("would walk out: {who}{more}", "将退出：{who}{more}", who=who, more=more)
        elif rows["stable"].isna().any():
            verdict = Text("no coalition that was asked would walk out", "所查联盟均不退出")
        else:
            verdict = Text("nobody would walk out", "无人退出")
        parts.append(say("{rule}: {v}", "{rule}：{v}", rule=Text(*label(str(rule))), v=verdict))
    return _sentences(parts) + shown(table, "excess", EMPTY)


def _sentences(parts: list[Text]) -> Text:
    return Text(". ".join(p.en for p in parts) + ".", "；".join(p.zh for p in parts) + "。")


def _coalition(material: Material, cell: str, players: Sequence[str]) -> Text:
    """The members, or of most of many those who are outside."""
    members, outside = sides(cell, players)
    names = outside or members
    text = Text(" + ".join(material.place(n).en for n in names), "＋".join(material.place(n).zh for n in names))
    return say("all but {t}", "{t}以外的各方", t=text) if outside else text


def _measures(material: Material) -> list[Block]:
    parties, rules = material.table("mechanisms", "agreement_parties"), material.table("mechanisms", "agreement_rules")
    measures = material.table("mechanisms", "agreement_measures")
    if parties is None or rules is None or measures is None or rules.frame.empty:
        return []
    three, named = figures(3, sign=True), _party(material)
    several: Cell = lambda v: join([material.place(p) for p in str(v).split(";") if p]) if v else Text("–", "–")  # noqa: E731 - a cell
    listed: Cell = lambda v: raw(str(v).replace(";", ", ")) if v else Text("none", "无")  # noqa: E731 - a cell
    return [
        Paragraph(_agreed(rules), "key"),
        grid(parties, need(parties, "mechanisms/agreement_parties", _PARTIES),
             {"party": named, **dict.fromkeys(_PARTIES[1:], three)}, Text("Who gains and who pays", "各方得失与补偿")),
        grid(rules, need(rules, "mechanisms/agreement_rules", _SETS),
             {"rule": lambda v: _WORDS.get(str(v), raw(v)), "feasible": yes_no, "measures": listed,
              "total": three, "lost": three, "payments": three},
             Text("What consent costs", "一致同意的代价")),
        grid(measures, need(measures, "mechanisms/agreement_measures", _MEASURES),
             {"measure": raw, "agreed": yes_no, "without_payments": yes_no, "without_consent": yes_no, "gain": three,
              "cost": three, "winners": several, "losers": several},
             Text("Every measure", "全部措施"), folded=True),
        *cautions(material, parties),
        Trace(("mechanisms/agreement_parties", "mechanisms/agreement_rules", "mechanisms/agreement_measures"),
              formulas(parties)),
    ]  # fmt: skip


def _party(material: Material) -> Cell:
    return lambda value: material.place(str(value))


def _agreed(rules: StoredTable) -> Text:
    frame = need(rules, "mechanisms/agreement_rules", _SETS).set_index("rule")
    free, bound, paid = (frame.loc[name] for name in RULES)
    name = rules.column("total").unit
    chosen = [m for m in str(paid["measures"]).split(";") if m]
    if not chosen:
        return Text("No set of measures is better than none for all: there is nothing to agree on.",
                    "没有任何措施组合能使各方都优于不协议：无可协议之事。")  # fmt: skip
    text = say(
        "All parties would agree to {m}: together {t}{mark}, {p} of it in side payments",
        "各方可一致同意：{m}；合计{t}{mark}，其中补偿{p}",
        m=join([raw(m) for m in chosen]), t=_amount(paid["total"], name), mark=shown(rules, "total", EMPTY),
        p=_amount(paid["payments"], name),
    )  # fmt: skip
    if bool(bound["feasible"]):
        text += say("; without payments {b}", "；不补偿时{b}", b=_amount(bound["total"], name))
    else:
        text += Text("; without payments no set gives everybody enough", "；不补偿时没有可行组合")
    return text + say("; if nobody need consent {f}.", "；无需一致同意时{f}。", f=_amount(free["total"], name))
