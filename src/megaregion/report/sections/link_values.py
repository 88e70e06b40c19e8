"""What a faster link is worth: map, table, who gains, and how far the gradient can be trusted."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import BLUES, Strokes, network
from megaregion.plot.ranks import Words
from megaregion.plot.values import agreement
from megaregion.report.blocks import Block, Drawing, Grid, Head, Material, Paragraph, is_modelled, need, shown
from megaregion.report.figures import project, segments
from megaregion.report.sections.incidence import group_name
from megaregion.report.sections.tables import yes_no
from megaregion.report.text import (
    EMPTY,
    Lang,
    Text,
    between,
    both,
    currency_of,
    join,
    money,
    number,
    percent,
    plain,
    raw,
    say,
    significant,
    unit,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAPPED, LISTED, SPLIT, GAINERS = 60, 20, 5, 3
LINKS = ["link_id", "from_node", "to_node", "mode", "time", "rank", "gain", "gain_per_time", "kinked"]
_SCREENED = ["link_id", "first_order_percent", "exact_percent", "bias"]
_NOTHING = 1e-9  # of the largest value: below it a link lies on no fastest way
_WIDTHS = (0.8, 1.9, 3.4)


def stop(material: Material, node_id: object) -> Text:
    """Name of a stop in both languages, escaped; its code where the table has no name."""
    nodes = material.cluster.nodes
    if str(node_id) not in nodes.index:
        return raw(node_id)
    row = nodes.loc[str(node_id)]
    name = both(row.get("name"), row.get("name_zh"))
    return name if name.en else raw(node_id)


def link_name(material: Material, row: pd.Series) -> Text:
    """Both ends of a link."""
    ends = stop(material, row["from_node"]), stop(material, row["to_node"])
    return say("{a}–{b}", "{a}—{b}", a=ends[0], b=ends[1])


def ordered(table: StoredTable) -> pd.DataFrame:
    """Links by rank, ties by their code.

    Raises
    ------
    SchemaError
        A column is missing.
    """
    return need(table, "sensitivities/links", LINKS).sort_values(["rank", "link_id"], kind="stable")


def _by_gain(frame: pd.DataFrame) -> pd.DataFrame:
    """Most money first; ranks are by welfare, which may weigh people in another way."""
    return frame.sort_values("gain", ascending=False, kind="stable")


def time_word(table: StoredTable) -> Text:
    """Name of one unit of time."""
    name = table.column("time").unit
    return Text("minute", "分钟") if name == "min" else raw(name)


def ranged(row: pd.Series, name: str, code: str, more: Text = EMPTY) -> Text:
    """Money with its 5–95 % interval, where there is one, and what else belongs into the brackets."""
    text, (low, high) = money(float(row[name]), code), _tails(row, name)
    inside = [more] if more.en else []
    if not np.isnan(low + high):
        r = between(money(low, code), money(high, code))
        inside = [say("5–95 %: {r}", "5–95%：{r}", r=r), *inside]
    if not inside:
        return text
    said = Text("; ".join(p.en for p in inside), "；".join(p.zh for p in inside))
    return say("{v} ({said})", "{v}（{said}）", v=text, said=said)


def interval(row: pd.Series, name: str, code: str = "") -> Text:
    """5–95 % interval as a cell: of ranks, or of money."""
    low, high = _tails(row, name)
    if np.isnan(low + high):
        return Text("–", "–")
    if code:
        return between(money(low, code), money(high, code))
    a, b = number(low), number(high)
    return a if a == b else say("{a}–{b}", "{a}–{b}", a=a, b=b)


def _tails(row: pd.Series, name: str) -> tuple[float, float]:
    """5th and 95th percentile; NaN where the table has none."""
    low, high = (float(row[f"{name}_{t}"]) if f"{name}_{t}" in row.index else float("nan") for t in ("p05", "p95"))
    return low, high


def sentence(material: Material, table: StoredTable, *, count: int = 3) -> Text:
    """The links worth most in money."""
    code = currency_of(table.column("gain").unit, material.currency)
    best = _by_gain(ordered(table)).head(count)
    parts = []
    for _, row in best.iterrows():
        saved = say("a {t} less: {m}", "每减1{t}{m}", m=money(float(row["gain_per_time"]), code), t=time_word(table))
        parts.append(say("{name} {g}", "{name} {g}", name=link_name(material, row), g=ranged(row, "gain", code, saved)))
    listed = Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts))
    return say(
        "Gain a year from 1 % less time, the links worth most: {links}{mark}.",
        "时间每减1%，年收益最大的路段：{links}{mark}。",
        links=listed, mark=shown(table, "gain", EMPTY),
    )  # fmt: skip


def blocks(material: Material, table: StoredTable) -> list[Block]:
    """Map, table and groups of the links ranked first, and the check of the gradient."""
    frame = ordered(table)
    out: list[Block] = [Paragraph(_used(table, frame))]
    drawn = _by_gain(frame[frame["gain"] > _NOTHING * float(frame["gain"].abs().max())]).head(MAPPED)
    if material.base is not None and (figure := _map(material, table, drawn)) is not None:
        out.append(figure)
    out.append(_table(material, table, frame.head(LISTED)))
    if (groups := material.table("sensitivities", "link_groups")) is not None:
        out += _gainers(material, groups, frame)
    if (checked := material.table("sensitivities", "screening")) is not None and len(checked.frame):
        out += _trust(material, checked, frame)
    return out


def _used(table: StoredTable, frame: pd.DataFrame) -> Text:
    largest = float(frame["gain"].abs().max())
    gains, losses = (int((s * frame["gain"] > _NOTHING * largest).sum()) for s in (1, -1))
    text = say(
        "Of {n} links, {k} are worth anything at the margin{mark}: they lie on the fastest way of some trip. The "
        "others would have to become faster by more than a little before anybody used them, which no derivative shows.",
        "{n}条路段中，{k}条的边际价值不为零{mark}：它们位于某些行程的最快路径上。"
        "其余路段须大幅提速才会有人使用，导数无法显示其价值。",
        n=number(len(frame)), k=number(gains + losses), mark=shown(table, "gain", EMPTY),
    )  # fmt: skip
    if losses:
        text += say(" {m} are worth less than nothing.", "其中{m}条价值为负。", m=number(losses))
    return text


def _map(material: Material, table: StoredTable, frame: pd.DataFrame) -> Drawing | None:
    base = material.base
    assert base is not None  # the caller has looked
    nodes = material.cluster.nodes.dropna(subset=["lon", "lat"])
    xy = project(nodes, str(base.extra["crs"]))
    at = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]}, index=nodes.index.astype(str))
    pairs = frame.assign(a=frame["from_node"].astype(str), b=frame["to_node"].astype(str))[["a", "b", "gain"]]
    pairs = pairs[pairs["a"].isin(at.index) & pairs["b"].isin(at.index)]
    if pairs.empty:
        return None
    at["weight"] = pd.concat([pairs.set_index(end)["gain"] for end in ("a", "b")]).groupby(level=0).sum()
    stops = at.dropna()
    lines = segments(pairs, at)
    code = currency_of(table.column("gain").unit, material.currency)

    def draw(language: Lang) -> Figure:
        names = {str(p): plain(stop(material, p).of(language)) for p in stops.index}
        note = Text("Straight lines between stops, not courses of track. Modelled, not measured.",
                    "连线为车站间直线，并非线路走向。模型值，非实测。")  # fmt: skip
        return network(
            replace(base, points=stops), material.level, _strokes(lines, code, language), names=names,
            note=note.of(language),
        )  # fmt: skip

    best = frame.iloc[0]
    return Drawing(
        "link-values", draw,
        say("The {n} links where 1 % less time is worth most a year, both directions together.",
            "时间每减1%年收益最大的{n}条路段（双向合计）。", n=number(len(lines))),
        say("Most between {a}.", "最大为{a}。", a=link_name(material, best)),
        modelled=is_modelled(table, "gain"),
    )  # fmt: skip


def _strokes(lines: pd.DataFrame, code: str, language: Lang) -> list[Strokes]:
    """Three widths, with about half of the links in the thinnest and a tenth in the strongest."""
    gain = lines["gain"].to_numpy(float)
    low, high = (float(f"{np.quantile(gain, q):.2g}") for q in (0.5, 0.88))
    edges = sorted({e for e in (low, high) if gain.min() < e <= gain.max()})
    sums = [plain(money(e, code).of(language)) for e in edges]
    year = Text(" a year", "/年").of(language)
    if edges:
        labels = [f"< {sums[0]}{year}", *(f"{a} – {b}{year}" for a, b in pairwise(sums)), f"≥ {sums[-1]}{year}"]
    else:
        labels = [f"{plain(money(float(gain.max()), code).of(language))}{year}"]
    which = np.searchsorted(edges, gain, side="right")
    shades = (BLUES[2], BLUES[3], BLUES[5])[-len(labels) :]
    widths = _WIDTHS[-len(labels) :]
    return [Strokes(lines[which == k], labels[k], shades[k], widths[k]) for k in range(len(labels))]


def _table(material: Material, table: StoredTable, frame: pd.DataFrame) -> Grid:
    code = currency_of(table.column("gain").unit, material.currency)
    several = frame["mode"].nunique() > 1

    def head(name: str, en: str, zh: str, of: Text = EMPTY) -> Head:
        return Head(Text(en, zh), of, is_modelled(table, name))

    heads = [Head(Text("Link, both directions", "路段（双向）"), numeric=False)]
    heads += [Head(Text("Mode", "方式"), numeric=False)] if several else []
    heads += [
        head("time", "Time with the wait", "时间（含候车）", unit(table.column("time").unit)),
        head("gain", "Gain a year, 1 % less time", "时间减1%的年收益"), head("gain", "5–95 %", "5–95%区间"),
        head("gain_per_time", f"Gain a year, one {time_word(table).en} less each way",
             f"往返各减1{time_word(table).zh}的年收益"),
        head("rank", "Rank", "排名"), head("rank", "Rank, 5–95 %", "排名5–95%区间"),
        head("kinked", "Several ways tie", "多路径等长"),
    ]  # fmt: skip
    rows = tuple(
        (
            link_name(material, r), *((raw(r["mode"]),) if several else ()), number(float(r["time"]), 0),
            money(float(r["gain"]), code), interval(r, "gain", code), money(float(r["gain_per_time"]), code),
            number(float(r["rank"])), interval(r, "rank"), yes_no(r["kinked"]),
        )
        for _, r in frame.iterrows()
    )  # fmt: skip
    caption = say(
        "The first {n} links by what a small gain of time does to welfare", "小幅提速价值居前的{n}条路段（按福利排名）",
        n=number(len(rows)),
    )  # fmt: skip
    return Grid(tuple(heads), rows, caption)


def _gainers(material: Material, table: StoredTable, links: pd.DataFrame) -> list[Block]:
    """The groups of people that gain most from each of the first links."""
    frame = need(table, "sensitivities/link_groups", ["link_id", "group", "welfare_percent", "gain"])
    code = currency_of(table.column("gain").unit, material.currency)
    by, rows = links.set_index("link_id"), []
    for name in [x for x in links["link_id"].head(LISTED) if (frame["link_id"] == x).any()][:SPLIT]:
        mine = frame[frame["link_id"] == name].sort_values(["gain", "group"], ascending=[False, True], kind="stable")
        first, total = mine.head(GAINERS), float(mine["gain"].sum())
        who = join([
            say("{g} {v} ({w})", "{g} {v}（{w}）", g=group_name(material, str(r["group"])),
                v=money(float(r["gain"]), code), w=_small(float(r["welfare_percent"])))
            for _, r in first.iterrows()
        ])  # fmt: skip
        share = 100.0 * float(first["gain"].sum()) / total if total > 0 else float("nan")
        rows.append((link_name(material, by.loc[name]), who, percent(share, 0)))
    if not rows:
        return []
    mark = is_modelled(table, "gain")
    heads = (
        Head(Text("Link", "路段"), numeric=False),
        Head(Text("Groups by registration: gain a year and welfare, 1 % less time",
                  "户籍群体：时间减1%的年收益（福利变化）"), EMPTY, mark, numeric=False),
        Head(Text("Their share", "合计占比"), EMPTY, mark),
    )  # fmt: skip
    caption = say(
        "Who gains from the first {n} links: the {k} groups that gain most, in money",
        "居前{n}条路段：收益最大的{k}个户籍群体",
        n=number(len(rows)), k=number(GAINERS),
    )  # fmt: skip
    return [Grid(heads, tuple(rows), caption)]


def _small(value: float) -> Text:
    """Per cent with three figures, however small."""
    return significant(value, 3, sign=True) + Text(" %", "%")


def _trust(material: Material, table: StoredTable, links: pd.DataFrame) -> list[Block]:
    """Exact solutions beside the first order, and what follows for the reader."""
    frame = need(table, "sensitivities/screening", _SCREENED)
    by = links.set_index("link_id")
    names = [link_name(material, by.loc[x]) if x in by.index else raw(x) for x in frame["link_id"]]
    said = [Paragraph(_verdict(table, frame, names), "note")]
    return [*said, _scatter(table, frame, names), _screened(table, frame, names)]


def cut_of(table: StoredTable) -> Text:
    """By how much the exact solutions cut the time."""
    factor = table.parameters.get("factor")
    return percent(100.0 * (1.0 - float(factor)), 0) if isinstance(factor, (int, float)) else Text("?", "？")


def _verdict(table: StoredTable, frame: pd.DataFrame, names: list[Text]) -> Text:
    facts = table.facts
    top = int(np.argmax(frame["exact_percent"].to_numpy(float)))
    text = say(
        "<strong>How far to trust this.</strong> First order is local: a derivative holds for a small change. For the "
        "first {n} links the whole model was solved again with {cut} less time{mark}. First order and exact values "
        "correlate at {r}, their ranks at {rho}; first order misses by {low} to {high} and understates {k} of {n}. "
        "Solved exactly, {best} is worth most; the gradient puts it in place {place}. So: screen by gradient, value by "
        "exact re-solve. Links outside the first {n} were not solved again; one of them may gain more from a deep cut.",
        "<strong>可信程度。</strong>一阶近似只在局部成立。对前{n}条路段，将时间减少{cut}并重新求解整个模型{mark}："
        "一阶与精确值的相关系数为{r}，排名相关系数为{rho}；一阶偏差为{low}至{high}，其中{k}条被低估（共{n}条）。"
        "精确求解时{best}价值最大，按梯度排第{place}位。因此：用梯度筛选，用精确求解估值。"
        "未入前{n}条者没有重新求解，大幅提速时其收益可能更大。",
        n=number(len(frame)), cut=cut_of(table), mark=shown(table, "exact_percent", EMPTY),
        r=number(_fact(facts.get("correlation")), 2), rho=number(_fact(facts.get("rank_correlation")), 2),
        low=percent(100 * _fact(facts.get("bias_low")), 0, sign=True),
        high=percent(100 * _fact(facts.get("bias_high")), 0, sign=True),
        k=number(int((frame["bias"] < 0).sum())), best=names[top], place=number(top + 1),
    )  # fmt: skip
    together, singles = _fact(facts.get("together_percent")), _fact(facts.get("singles_percent"))
    if not (np.isfinite(together) and np.isfinite(singles) and singles):
        return text
    more = 100.0 * (together / singles - 1.0)
    word = Text("help each other", "相互增强") if more > 0 else Text("partly replace each other", "部分相互替代")
    return text + say(
        " All together they bring {a} of welfare, the sum of each alone is {b}: they {word} ({d}).",
        "全部同时提速的福利变化为{a}，逐一之和为{b}，即{word}（{d}）。",
        a=_small(together), b=_small(singles), word=word, d=percent(more, 0, sign=True),
    )  # fmt: skip


def _fact(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _scatter(table: StoredTable, frame: pd.DataFrame, names: list[Text]) -> Drawing:
    cut = cut_of(table)

    def draw(language: Lang) -> Figure:
        rows = pd.DataFrame({
            "label": [plain(n.of(language)) for n in names], "x": frame["first_order_percent"].to_numpy(float),
            "y": frame["exact_percent"].to_numpy(float),
        })  # fmt: skip
        words = Words(
            x=Text("Welfare, first order, %", "福利变化（一阶），%").of(language),
            x2=Text("Welfare, solved again, %", "福利变化（精确求解），%").of(language),
            point=say("link, {cut} less time", "路段（时间减{cut}）", cut=cut).of(language),
            other=Text("both alike", "两者相等").of(language),
            note=Text("Modelled. Above the line the first order understates.",
                      "模型值。线以上表示一阶近似低估。").of(language),
        )  # fmt: skip
        return agreement(rows, words)

    return Drawing(
        "link-screening", draw,
        say("First order against exact solutions, the first {n} links, {cut} less time.",
            "一阶近似与精确求解的对比：前{n}条路段，时间减{cut}。", n=number(len(frame)), cut=cut),
        say("Correlation {r}.", "相关系数{r}。", r=number(_fact(table.facts.get("correlation")), 2)),
        modelled=is_modelled(table, "exact_percent"),
    )  # fmt: skip


def _screened(table: StoredTable, frame: pd.DataFrame, names: list[Text]) -> Grid:
    labels = (
        ("first_order_percent", Text("Welfare, first order", "福利变化（一阶）")),
        ("exact_percent", Text("Welfare, solved", "福利变化（精确）")),
        ("bias", Text("First order over exact, less one", "一阶相对精确的偏差")),
    )
    heads = (
        Head(Text("Link", "路段"), numeric=False),
        *(Head(t, unit("percent"), is_modelled(table, name)) for name, t in labels),
    )
    rows = tuple(
        (
            name, significant(float(r["first_order_percent"]), 3), significant(float(r["exact_percent"]), 3),
            number(100 * float(r["bias"]), 1, sign=True),
        )
        for name, (_, r) in zip(names, frame.iterrows(), strict=True)
    )  # fmt: skip
    caption = say(
        "Links ranked first, {cut} less time: first order and exact", "排名靠前路段（时间减{cut}）：一阶与精确值",
        cut=cut_of(table),
    )  # fmt: skip
    return Grid(heads, rows, caption, folded=True)
