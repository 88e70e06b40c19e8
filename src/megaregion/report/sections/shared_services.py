"""Soft links: what sharing services across borders gives whom, and how far rights can be taken along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth, diverging
from megaregion.report.blocks import (
    Block,
    Drawing,
    Grid,
    Head,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    is_modelled,
    need,
    shown,
)
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places
from megaregion.report.text import EMPTY, Lang, Text, between, join, number, people, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PREFIX = "service_"
_ACCESS = ["place_id", "people", "access_now", "access_shared", "gain", "gain_percent", "outside_shared", "effect"]
_RIGHTS = ["view", "origin", "destination", "scheme", "index", "low", "high", "known"]
_NAMED = 6
EFFECTS = {
    "gains": Text("gains", "受益"), "loses": Text("loses", "受损"), "same": Text("same", "不变"),
    "none": Text("reaches nothing", "不可达"),
}  # fmt: skip
_DECLARED = Text("Modelled: catchments with declared decay and eligibility.", "模型值：衰减与资格均为明示假设。")
SCHEMES = {
    "pension": Text("pension", "养老保险"), "medical": Text("medical settlement", "医保结算"),
    "unemployment": Text("unemployment", "失业保险"), "housing_fund": Text("housing fund", "住房公积金"),
    "points": Text("points for registration", "积分落户"), "exams": Text("examinations", "异地高考"),
    "": Text("all schemes", "全部"),
}  # fmt: skip


def sections(material: Material) -> list[Section]:
    """One section where services or rights are stated, else none."""
    tables = material.results.get("soft_links", {})
    services = {k.removeprefix(PREFIX): t for k, t in sorted(tables.items()) if k.startswith(PREFIX) and len(t.frame)}
    rights = tables.get("portability")
    if not services and rights is None:
        return []
    blocks: list[Block] = []
    for service, table in services.items():
        blocks += _service(material, service, table)
    if rights is not None:
        blocks += _portability(material, rights)
    names = [f"soft_links/{PREFIX}{s}" for s in services]
    names += ["soft_links/portability"] if rights is not None else []
    used = [*services.values(), *([rights] if rights is not None else [])]
    blocks += [*cautions(material, *used), Trace(tuple(names), formulas(*used))]
    title = Text("Soft links: shared services and rights that move along", "经络（软）：公共服务共享与权益可携带性")
    return [Section("shared-services", title, tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """Who would lose by sharing, by service."""
    tables = material.results.get("soft_links", {})
    return [
        _sentence(material, k.removeprefix(PREFIX), t)
        for k, t in sorted(tables.items())
        if k.startswith(PREFIX) and len(t.frame)
    ]


def _service(material: Material, service: str, table: StoredTable) -> list[Block]:
    frame = need(table, f"soft_links/{PREFIX}{service}", _ACCESS)
    out: list[Block] = [Paragraph(_sentence(material, service, table), "key")]
    if material.base is not None and frame["gain_percent"].notna().any():
        out.append(_map(material, service, table, frame))
    cells: dict[str, Cell] = {
        "place_id": places(material), "people": digits(0), "access_now": figures(3), "access_shared": figures(3),
        "gain_percent": digits(1, sign=True), "outside_shared": digits(2),
        "effect": lambda v: EFFECTS.get(str(v), raw(v)),
    }  # fmt: skip
    order = frame.sort_values(["gain", "place_id"])
    caption = say("{s}: who loses and who gains by sharing", "{s}：共享后的受损与受益地区", s=raw(service))
    return [*out, grid(table, order, cells, caption, folded=True)]


def _sentence(material: Material, service: str, table: StoredTable) -> Text:
    facts = table.facts
    losers, winners = (_some(material, facts.get(k, [])) for k in ("losers", "winners"))
    text = say(
        "{s}, opened to all across borders: {pg} live where access rises ({w}) and {pl} where it falls ({l}){mark}",
        "{s}若跨界全面共享：{pg}所在地区可达性上升（{w}），{pl}所在地区下降（{l}）{mark}",
        s=raw(service), pg=people(float(facts.get("people_who_gain", 0.0))), w=winners,
        pl=people(float(facts.get("people_who_lose", 0.0))), l=losers, mark=shown(table, "gain", EMPTY),
    )  # fmt: skip
    now, then = facts.get("gini_now"), facts.get("gini_shared")
    if isinstance(now, float) and isinstance(then, float):
        en, zh = "; Gini of access {a}, shared {b}", "；可达性基尼系数由{a}变为{b}"
        text += say(en, zh, a=number(now, 3), b=number(then, 3))
    return text + Text(".", "。")


def _some(material: Material, ids: object) -> Text:
    names = [str(x) for x in ids] if isinstance(ids, (list, tuple)) else []
    if not names:
        return Text("nobody", "无")
    rest = len(names) - _NAMED
    text = join([material.place(p) for p in names[:_NAMED]])
    return text + (say(" and {n} more", "等另{n}个", n=number(rest)) if rest > 0 else EMPTY)


def _map(material: Material, service: str, table: StoredTable, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    gain = frame.set_index(frame["place_id"].astype(str))["gain_percent"].astype(float)
    kinds = material.cluster.places["kind"].reindex(gain.index).dropna()
    level = str(kinds.iloc[0]) if len(kinds) else material.level
    classes = diverging((-20.0, -5.0), (5.0, 20.0), lambda v: f"{v:g} %".replace("-", "−"))

    def draw(language: Lang) -> Figure:
        return choropleth(
            base, level, [Panel(gain, classes)], names=material.unit_names(language, limit=30),
            no_data=Text("no access before", "原本不可达").of(language),
            note=_DECLARED.of(language),
        )  # fmt: skip

    return Drawing(
        f"shared-{service}", draw,
        say("{s}: change of access if shared across borders; orange and hatched loses.",
            "{s}：跨界共享后的可达性变化；橙色斜线为受损。", s=raw(service)),
        _sentence(material, service, table), modelled=is_modelled(table, "gain"),
    )  # fmt: skip


def _portability(material: Material, table: StoredTable) -> list[Block]:
    frame = need(table, "soft_links/portability", _RIGHTS).fillna({"origin": "", "destination": "", "scheme": ""})
    row = frame[(frame["view"] == "all") & (frame["scheme"] == "")].iloc[0]
    text = say(
        "Portability of rights, over the pairs and schemes that are known ({k}): {v}; between {range} whatever the "
        "unknown ones are.",
        "权益可携带指数（已知部分占{k}）：{v}；未知部分取任意值时介于{range}。",
        k=percent(100 * float(row["known"]), 0), v=number(row["index"], 2),
        range=between(number(row["low"], 2), number(row["high"], 2)),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "scheme": lambda v: SCHEMES.get(str(v), raw(v)), "index": digits(2), "low": digits(2), "high": digits(2),
        "known": digits(2),
    }  # fmt: skip
    by = frame[(frame["view"] == "all") & (frame["scheme"] != "")]
    out: list[Block] = [Paragraph(text, "key"), grid(table, by, cells, Text("By scheme", "按险种"))]
    between_groups = frame[(frame["view"] == "groups") & (frame["scheme"] == "")]
    return [*out, *([_matrix(material, between_groups)] if len(between_groups) else [])]


def _matrix(material: Material, rows: pd.DataFrame) -> Grid:
    """Registered in (rows) and living in (columns), all schemes; a dash where nothing is known."""
    square = rows.pivot(index="origin", columns="destination", values="index")
    ids = sorted(set(square.index) | set(square.columns))
    square = square.reindex(index=ids, columns=ids)
    heads = (Head(Text("registered in \\ living in", "户籍地＼居住地"), numeric=False),
             *(Head(material.place(str(g))) for g in ids))  # fmt: skip
    values = square.to_numpy(float)
    body = tuple(
        (material.place(str(g)), *(number(float(v), 2) for v in row)) for g, row in zip(ids, values, strict=True)
    )
    return Grid(heads, body, Text("Portability between groups, all schemes", "组间可携带指数（全部险种）"))
