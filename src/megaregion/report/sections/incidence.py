"""Who gains from a scenario: groups of people by origin, owners; and where the baseline comes from."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Grid, Head, Material, Paragraph, need, shown
from megaregion.report.text import EMPTY, Text, between, both, money, number, percent, raw, say, unit

_SHOWN = 5
_GROUPS = ["scenario", "variant", "group", "members", "welfare_percent", "gain"]
_GAINS = ["scenario", "variant", "gain", "floor_space_rent", "total"]
_REFORM = ["alone_percent", "shapley_percent", "last_percent", "gain", "share"]
_OUTSIDE = Text("registered outside of the region", "户籍在区域之外")
_BLOCKS = {
    "output": Text("output and income", "产出与收入"), "trade": Text("trade", "贸易"),
    "commuting": Text("commuting", "通勤"), "location": Text("residence and origin", "居住与户籍来源"),
    "sectors": Text("sectors", "部门"),
}  # fmt: skip
_HOW = {
    "observed": Text("observed", "观测"), "fitted": Text("fitted", "拟合"), "assumed": Text("assumed", "假设"),
}  # fmt: skip


def group_name(material: Material, group: str) -> Text:
    """Name of a group of people by the place of its registration."""
    return _OUTSIDE if group == "outside" else material.place(group)


def owners(table: StoredTable, name: str, currency: str) -> list[Block]:
    """What people and owners of floor space gain, in words; nothing if the table is not there."""
    frame = need(table, "equilibrium/scenario_gains", _GAINS)
    row = frame[(frame["scenario"] == name) & (frame["variant"] == "headline")]
    if row.empty:
        return []
    first = row.iloc[0]
    text = say(
        "People gain {p} a year, owners of floor space {o} beside them; together {t}. Rents are not in the welfare "
        "above.",
        "居民每年获益{p}，房产业主另获{o}，合计{t}。租金不含在上述福利之中。",
        p=_ranged(first, "gain", currency), o=_ranged(first, "floor_space_rent", currency),
        t=_ranged(first, "total", currency),
    )  # fmt: skip
    return [Paragraph(text + shown(table, "gain", EMPTY))]


def _ranged(row: pd.Series, name: str, currency: str) -> Text:
    text = money(float(row[name]), currency)
    if f"{name}_p05" not in row.index or pd.isna(row[f"{name}_p05"]):
        return text
    low, high = (money(float(row[f"{name}_{tail}"]), currency) for tail in ("p05", "p95"))
    return say("{v} (5–95 %: {r})", "{v}（5–95%：{r}）", v=text, r=between(low, high))


def groups(material: Material, table: StoredTable, name: str, currency: str) -> list[Block]:
    """Groups that gain most and least; nothing with one group only."""
    frame = need(table, "equilibrium/scenario_groups", _GROUPS)
    mine = frame[(frame["scenario"] == name) & (frame["variant"] == "headline")]
    if len(mine) < 2:
        return []
    order = mine.sort_values("welfare_percent", ascending=False, kind="stable")
    ends = order if len(order) <= 2 * _SHOWN else pd.concat([order.head(_SHOWN), order.tail(_SHOWN)])
    rows = tuple(
        (
            group_name(material, str(r["group"])), number(float(r["members"]) / 1e6, 2),
            percent(float(r["welfare_percent"]), 3, sign=True), _range(r), money(float(r["gain"]), currency),
            *((_stay(r),) if "stay_before" in mine.columns else ()),
        )
        for _, r in ends.iterrows()
    )  # fmt: skip
    heads = (
        Head(Text("People registered in", "户籍所在地"), numeric=False),
        Head(Text("Members", "人数"), Text("million", "百万")),
        Head(Text("Welfare", "福利变化"), unit("percent"), True),
        Head(Text("5–95 % of joint draws", "联合抽样5–95%"), EMPTY, True),
        Head(Text("Gain a year", "年收益"), EMPTY, True),
        *((Head(Text("Live at home, before and after", "在原籍居住（前→后）"), EMPTY, True),)
          if "stay_before" in mine.columns else ()),
    )  # fmt: skip
    caption = say(
        "Who gains, by place of registration: the first and last of {n} groups. All members of a group gain alike "
        "wherever they live.",
        "按户籍所在地的收益：{n}组中最高与最低者。同组成员无论居住何处收益相同。",
        n=number(float(len(order)), 0),
    )
    return [Grid(heads, rows, caption, folded=True)]


def _range(row: pd.Series) -> Text:
    names = ("welfare_percent_p05", "welfare_percent_p95")
    if any(n not in row.index or pd.isna(row[n]) for n in names):
        return raw("–")
    return between(*(percent(float(row[n]), 3, sign=True) for n in names))


def _stay(row: pd.Series) -> Text:
    if pd.isna(row["stay_before"]):
        return raw("–")
    before, after = (number(100 * float(row[n]), 2) for n in ("stay_before", "stay_after"))
    return say("{a} → {b} %", "{a} → {b}%", a=before, b=after)


REFORMS = {
    "Recognize": Text("recognition of social insurance", "社会保险互认"),
    "HukouPoints": Text("mutual counting of residence points", "积分落户互认"),
    "ScaleBarrier": Text("friction of borders on trade", "跨界贸易摩擦"), "AddLink": Text("new links", "新建通道"),
    "UseTimetable": Text("another timetable", "列车时刻调整"), "CloseLink": Text("closed links", "关闭通道"),
    "ScaleTime": Text("travel times", "行程时间"), "ReleaseFreight": Text("freight on lines left free", "货运腾空"),
    "Voucher": Text("innovation vouchers", "创新券"), "Platform": Text("innovation platforms", "创新平台"),
    "CultureSite": Text("cultural sites", "文化设施"), "Restore": Text("restored ecology", "生态修复"),
    "SetTransfer": Text("transfers", "财政转移"), "SetHousing": Text("housing land", "住房用地"),
    "SetLand": Text("production land", "生产用地"), "RestructureRural": Text("rural land", "农村土地整治"),
}  # fmt: skip


def reforms(table: StoredTable, name: str, currency: str) -> list[Block]:
    """How the reforms of a joint scenario share its gain; nothing for a scenario of one kind of change."""
    frame = need(table, "equilibrium/scenario_reforms", ["scenario", "reform", *_REFORM])
    mine = frame[frame["scenario"] == name]
    if mine.empty:
        return []
    known = dict(dict(table.facts.get("joint", {})).get(name, {}))
    rows = tuple(
        (
            REFORMS.get(str(r["reform"]), raw(r["reform"])), *(percent(float(r[c]), 4, sign=True) for c in _REFORM[:3]),
            money(float(r["gain"]), currency), percent(100 * float(r["share"]), 1),
        )
        for _, r in mine.sort_values("shapley_percent", ascending=False, kind="stable").iterrows()
    )  # fmt: skip
    heads = (
        Head(Text("Reform", "改革"), numeric=False), Head(Text("Alone", "单独实施"), EMPTY, True),
        Head(Text("Attributed (Shapley)", "归因（夏普利值）"), EMPTY, True),
        Head(Text("Added last", "最后实施"), EMPTY, True),
        Head(Text("Gain a year attributed", "归因的年收益"), EMPTY, True),
        Head(Text("Share", "占比"), EMPTY, True),
    )  # fmt: skip
    caption = say(
        "How the reforms share the joint gain. Together they differ from the sum of each alone by {i}.",
        "各项改革如何分享联合收益。合并实施与各自单独之和相差{i}。",
        i=percent(float(known.get("interaction_percent", 0.0)), 4, sign=True),
    )
    return [Grid(heads, rows, caption)]


def provenance(table: StoredTable) -> Grid:
    """How each block of the baseline was obtained."""
    frame = need(table, "equilibrium/provenance", ["block", "how", "observed_share", "note_en", "note_zh"])
    rows = []
    for _, r in frame.iterrows():
        how = [_HOW.get(part, raw(part)) for part in str(r["how"]).split("+")]
        text = how[0]
        for more in how[1:]:
            text = text + Text(" + ", "＋") + more
        rows.append((
            _BLOCKS.get(str(r["block"]), raw(r["block"])), text, percent(100 * float(r["observed_share"]), 0),
            both(r["note_en"], r["note_zh"]),
        ))  # fmt: skip
    heads = (
        Head(Text("Block", "模块"), numeric=False), Head(Text("How obtained", "来源方式"), numeric=False),
        Head(Text("Observed", "观测份额")), Head(Text("What it rests on", "依据"), numeric=False),
    )  # fmt: skip
    return Grid(heads, tuple(rows), Text("Where the baseline comes from", "基准的数据来源"), folded=True)
