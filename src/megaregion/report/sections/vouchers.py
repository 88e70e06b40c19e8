"""Innovation vouchers: whom to grant, how they were redeemed across borders, what a lottery showed."""

from __future__ import annotations

import html
from itertools import pairwise

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import BLUES
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.program_map import Ties, tie_map
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, yes_no
from megaregion.report.text import EMPTY, Text, between, number, percent, plain, raw, say, significant, unit

STEP = "programs"
_DESIGN = [
    "project",
    "firm",
    "cost",
    "grant",
    "chosen",
    "worth",
    "worth_low",
    "worth_high",
    "chosen_low",
    "chosen_high",
]
_USED = ["place_id", "vouchers", "amount", "cross_share", "cross_amount_share", "providers", "hhi", "firms", "uptake"]
_LISTED = 20
_GROUPS = 4  # of the additional part, told in words
_TOLD = ("vouchers", "voucher_redemption", "voucher_lottery", "voucher_additional")

_BARE = ("", "index", "count", "ratio", "share")


def amount(value: float, of: str, *, sign: bool = False) -> Text:
    """An amount with the unit that its table states."""
    shown_as = significant(value, 4, sign=sign)
    if of in _BARE:
        return shown_as
    return shown_as + Text(f" {html.escape(of)}", unit(of).zh)


def blocks(material: Material) -> list[Block]:
    """Grants, redemption with a map, lottery; nothing where none is stated."""
    found = [t for n in _TOLD if (t := material.table(STEP, n))]
    if not found:
        return []
    out: list[Block] = [Paragraph(text, "key") for text in sentences(material)]
    design, used, lottery = (
        material.table(STEP, n) for n in ("vouchers", "voucher_redemption", "voucher_lottery")
    )  # fmt: skip
    if design is not None:
        frame = need(design, "programs/vouchers", _DESIGN)
        order = frame.sort_values(["chosen", "worth"], ascending=False, kind="stable")
        part: Cell = lambda v: percent(100 * float(v), 0)  # type: ignore[arg-type]  # noqa: E731
        cells: dict[str, Cell] = {
            "project": raw, "firm": raw, "cost": figures(4), "grant": figures(4), "chosen": part, "worth": figures(3),
            "worth_low": figures(3), "worth_high": figures(3), "chosen_low": part, "chosen_high": part,
        }  # fmt: skip
        caption = say("Vouchers: the first {n} of {k} projects", "创新券：前{n}个项目（共{k}个）",
                      n=number(min(_LISTED, len(order))), k=number(len(order)))  # fmt: skip
        out.append(grid(design, order.head(_LISTED), cells, caption, folded=True))
    if used is not None:
        frame = need(used, "programs/voucher_redemption", _USED)
        share: Cell = lambda v: percent(100 * float(v), 0)  # type: ignore[arg-type]  # noqa: E731
        out += _map(material)
        cells = {"place_id": places(material), "vouchers": digits(0), "amount": figures(4), "cross_share": share,
                 "cross_amount_share": share, "providers": digits(0), "hhi": digits(2), "firms": digits(0),
                 "uptake": share}  # fmt: skip
        title = Text("How vouchers were redeemed, by place of the firm", "按企业所在地的创新券兑付情况")
        out.append(grid(used, frame, cells, title, folded=True))
    if lottery is not None:
        cells = {"outcome": raw, "winners": digits(0), "losers": digits(0), "difference": figures(3, sign=True),
                 "ci_low": figures(3, sign=True), "ci_high": figures(3, sign=True), "unit": raw, "p": digits(3),
                 "exact": yes_no}  # fmt: skip
        title = Text("What the lottery of vouchers showed", "创新券抽签的效果")
        out.append(grid(lottery, lottery.frame, cells, title))
    if (added := material.table(STEP, "voucher_additional")) is not None:
        cells = {"outcome": raw, "stratum": raw, "winners": digits(0), "losers": digits(0), "reached": figures(3),
                 "anyway": figures(3), "unit": raw, "additional": digits(2), "additional_low": digits(2),
                 "additional_high": digits(2)}  # fmt: skip
        out.append(grid(added, added.frame, cells, Text("What of it is additional", "其中的增量部分")))
    names = [n for n in (*_TOLD, "voucher_flows") if material.table(STEP, n)]
    return [*out, *cautions(material, *found), Trace(tuple(f"{STEP}/{n}" for n in names), formulas(*found))]


def sentences(material: Material) -> list[Text]:
    """Headlines: additional worth and deadweight, share across borders, effect of the lottery."""
    out = []
    if (design := material.table(STEP, "vouchers")) is not None:
        out.append(_granted(design))
    if (used := material.table(STEP, "voucher_redemption")) is not None and used.facts.get("vouchers"):
        out.append(_redeemed(used))
    if (lottery := material.table(STEP, "voucher_lottery")) is not None and len(lottery.frame):
        out.append(_drawn(lottery))
    if (added := material.table(STEP, "voucher_additional")) is not None:
        told = added.frame[np.isfinite(added.frame["additional"])].head(_GROUPS)
        out += [_added(row) for _, row in told.iterrows()]
    return out


def _added(row: pd.Series) -> Text:
    group = say(" ({g})", "（{g}）", g=raw(row["stratum"])) if row["stratum"] else EMPTY
    ends = (row["additional_low"], row["additional_high"])
    return say(
        "Of what firms with a voucher did, {o}{g}, {a} is additional{r}, if both kinds would have changed alike.",
        "获券企业的{o}{g}中{a}为增量{r}（前提：两类企业本会发生相同变化）。",
        o=raw(row["outcome"]), g=group, a=percent(100 * float(row["additional"]), 0),
        r=say(" ({r})", "（95%区间{r}）", r=between(*(percent(100 * float(x), 0) for x in ends)))
        if np.isfinite(ends).all() else EMPTY,
    )  # fmt: skip


def _granted(table: StoredTable) -> Text:
    f = table.facts
    worth, money = table.column("worth").unit, table.column("cost").unit
    return say(
        "Vouchers: {g} of {n} projects are granted for {s}; worth that would not be there without them {w} ({r} over "
        "the declared additionality){mark}, while {d} pays for what would have happened anyway. {k} of the "
        "grants hold at both ends of the range.",
        "创新券：{n}个项目中资助{g}个，支出{s}；没有创新券就不会产生的价值为{w}（声明的增量范围内{r}）{mark}，"
        "另有{d}用于本来就会发生的部分。其中{k}个在范围两端均入选。",
        g=number(int(f["granted"])), n=number(int(f["projects"])), s=amount(float(f["spent"]), money),
        w=amount(float(f["worth"]), worth),
        r=between(significant(float(f["worth_low"]), 3), significant(float(f["worth_high"]), 3)),
        mark=shown(table, "worth", EMPTY), d=amount(float(f["deadweight"]), money),
        k=number(len(f["chosen_throughout"])),
    )  # fmt: skip


def _redeemed(table: StoredTable) -> Text:
    f = table.facts
    text = say(
        "Of {n} vouchers {c} were redeemed in another place, {a} of the amount of {s}; {p} providers, concentration "
        "(HHI) {h}",
        "{n}张创新券中{c}在异地兑付，占金额{s}的{a}；服务机构{p}家，集中度（HHI）{h}",
        n=number(int(f["vouchers"])), c=percent(100 * float(f["cross_share"]), 0),
        a=percent(100 * float(f["cross_amount_share"] or 0.0), 0),
        s=amount(float(f["amount"]), table.column("amount").unit), p=number(int(f["providers"])),
        h=number(float(f["hhi"] or 0.0), 2),
    )  # fmt: skip
    if f.get("uptake") is not None:
        text += say(
            "; {u} of eligible firms took part", "；符合条件企业的使用率{u}", u=percent(100 * float(f["uptake"]), 0)
        )
    return text + Text(".", "。")


def _drawn(table: StoredTable) -> Text:
    row = table.frame.iloc[0]
    of = str(row["unit"]) if "unit" in row.index else ""
    return say(
        "Lottery of vouchers, {o}: winners less losers {d} ({r}), p {p}{more}.",
        "创新券抽签，{o}：中签与未中签之差{d}（95%区间{r}），p={p}{more}。",
        o=raw(row["outcome"]), d=amount(float(row["difference"]), of, sign=True),
        r=between(*(significant(float(row[c]), 3, sign=True) for c in ("ci_low", "ci_high"))),
        p=number(float(row["p"]), 3),
        more=EMPTY
        if len(table.frame) == 1
        else say("; {k} outcomes in all", "；共{k}项结果", k=number(len(table.frame))),
    )  # fmt: skip


def plain_amount(value: float, of: str) -> Text:
    """An amount for figures, without HTML."""
    text = amount(value, of)
    return Text(plain(text.en), plain(text.zh))


def _map(material: Material) -> list[Drawing]:
    table = material.table(STEP, "voucher_flows")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "programs/voucher_flows", ["firm_place", "provider_place", "amount"])
    apart = frame[frame["firm_place"] != frame["provider_place"]]
    if apart.empty:
        return []
    both = pd.DataFrame(
        np.sort(apart[["firm_place", "provider_place"]].astype(str).to_numpy(), axis=1), columns=["a", "b"]
    )
    ties = both.assign(amount=apart["amount"].to_numpy()).groupby(["a", "b"], as_index=False)["amount"].sum()
    of, total = table.column("amount").unit, ties["amount"]
    edges = sorted({float(f"{total.quantile(q):.2g}") for q in (0.5, 0.85)} - {float(total.min())})
    edges = [e for e in edges if total.min() < e <= total.max()]
    bounds = [-np.inf, *edges, np.inf]
    drawn = []
    for k, (low, high) in enumerate(pairwise(bounds)):
        mine = ties[(total >= low) & (total < high)]
        low_end, high_end = (plain_amount(x, of) for x in (low, high))
        if np.isfinite(low) and np.isfinite(high):
            label = low_end + Text(" – ", "–") + high_end
        elif np.isfinite(low) or np.isfinite(high):
            label = Text("≥ ", "≥") + low_end if np.isfinite(low) else Text("< ", "<") + high_end
        else:
            label = plain_amount(float(total.max()), of)
        drawn.append(Ties(mine, label, BLUES[2 + k], (0.8, 1.8, 3.2)[k]))
    return tie_map(
        material, "voucher-flows", drawn,
        Text("Vouchers redeemed between places, both directions together.", "地区间兑付的创新券（双向合计）。"),
        say("{n} pairs of places.", "{n}对地区。", n=number(len(ties))), modelled=False,
    )  # fmt: skip
