"""Choke points in the report: those that rest on the same activities in one sentence, exposure where it is known."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Material, Paragraph, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places, yes_no
from megaregion.report.text import EMPTY, Text, between, both, join, number, say

NAMED = 3
_NEEDED = ["choke_point", "name", "name_zh", "activities", "nearest_place", "next_place", "density", "density_low",
           "density_high", "places_with", "exposure", "exposure_low", "exposure_high"]  # fmt: skip


def blocks(material: Material) -> list[Block]:
    """Sentences, the points, and the ten nearest places of each; nothing without choke points."""
    table = material.table("nodes", "choke_points")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "nodes/choke_points", _NEEDED)
    words = {str(r["choke_point"]): _name(r) for _, r in frame.iterrows()}
    out: list[Block] = [
        Paragraph(_group(material, table, part, _activities(material, str(rests))), "key")
        for rests, part in frame.groupby("activities", sort=False)
    ]
    known = frame[frame["exposure"].notna()]
    if len(known):
        out.append(Paragraph(_exposure(table, known, len(frame))))
    cells: dict[str, Cell] = {
        "choke_point": lambda v: words[str(v)], "activities": lambda v: _activities(material, str(v)),
        "import_dependence": digits(2), "domestic_holders": digits(0), "places_with": digits(0),
        "nearest_place": _place(material), "next_place": _place(material), "density": digits(2),
        "density_low": digits(2), "density_high": digits(2), "density_median": digits(2), "exposure": digits(3),
        "exposure_low": digits(3), "exposure_high": digits(3),
    }  # fmt: skip
    out.append(grid(table, frame, cells, Text("Choke points and what is near", "“卡脖子”环节与区域接近程度")))
    options = material.table("nodes", "choke_options")
    if options is not None and not options.frame.empty:
        first = options.frame[options.frame["rank"] <= 10].sort_values(["choke_point", "rank", "place_id"])
        show: dict[str, Cell] = {"choke_point": cells["choke_point"], "place_id": places(material), "has": yes_no,
                                 "density": digits(2), "density_relative": digits(1), "exposure": digits(3),
                                 "rank": digits(0), "rank_p05": digits(0), "rank_p95": digits(0)}  # fmt: skip
        out.append(
            grid(options, first, show, Text("The ten nearest places of each", "各环节最接近的十个地区"), folded=True)
        )
    return [*out, *cautions(material, table)]


def _group(material: Material, table: StoredTable, part: pd.DataFrame, rests: Text) -> Text:
    """One sentence for all points that rest on the same activities: what is near is the same for all of them."""
    row = part.iloc[0]
    names = _some(part)
    if row["density"] != row["density"]:
        return say("{c}: nothing related is measured in any place.", "{c}：各地均无相关活动的数据。", c=names)
    span = EMPTY if row["density_low"] != row["density_low"] else say(
        " (5–95 %: {r})", "（5–95%：{r}）",
        r=between(number(float(row["density_low"]), 2), number(float(row["density_high"]), 2)))  # fmt: skip
    after = EMPTY if not isinstance(row["next_place"], str) else say(
        ", nearest of the others is {p}", "，其余中最接近的是{p}", p=material.place(row["next_place"]))  # fmt: skip
    alike = EMPTY if len(part) == 1 else say(
        " The {n} cannot be told apart by it.", "这{n}项无法据此区分。", n=number(len(part)))  # fmt: skip
    return say(
        "{c} (resting on: {a}): nearest is {p}, density {d}{span}{mark}; {k} places have an advantage in all that "
        "{this} on, as a whole{after}.{alike}",
        "{c}（所依托：{a}）：最接近的是{p}，关联密度{d}{span}{mark}；{k}个地区在其依托的全部活动上整体具有优势{after}。{alike}",
        c=names, a=rests, p=material.place(str(row["nearest_place"])), d=number(float(row["density"]), 2), span=span,
        mark=shown(table, "density_low", EMPTY), k=number(int(row["places_with"])), after=after, alike=alike,
        this="it rests" if len(part) == 1 else "they rest",
    )  # fmt: skip


def _exposure(table: StoredTable, known: pd.DataFrame, n: int) -> Text:
    first = known.sort_values(["exposure", "choke_point"], ascending=[False, True], kind="stable")
    top = first.iloc[0]
    tied = first[first["exposure"] == top["exposure"]]
    return say(
        "Exposure (import dependence × (1 − density) / holders at home) is known for {k} of {n}: highest "
        "{v}{span}{mark} for {c}.",
        "暴露度（进口依赖度×（1−关联密度）／国内掌握者数）：{n}项中{k}项可计算，最高为{c}，{v}{span}{mark}。",
        k=number(len(known)), n=number(n), v=number(float(top["exposure"]), 3), c=_some(tied),
        span=EMPTY if top["exposure_low"] != top["exposure_low"] else say(
            " (5–95 %: {r})", "（5–95%：{r}）",
            r=between(number(float(top["exposure_low"]), 3), number(float(top["exposure_high"]), 3))),
        mark=shown(table, "exposure", EMPTY),
    )  # fmt: skip


def _name(row: pd.Series) -> Text:
    return both(row["name"] if isinstance(row["name"], str) and row["name"] else row["choke_point"], row["name_zh"])


def _some(part: pd.DataFrame) -> Text:
    """The first names, and how many more."""
    names = [_name(row) for _, row in part.iterrows()]
    if len(names) <= NAMED + 1:
        return join(names)
    return say(
        "{c} and {n} more", "{c}等{k}项", c=join(names[:NAMED]), n=number(len(names) - NAMED), k=number(len(names))
    )


def _activities(material: Material, rests: str) -> Text:
    """Names of activities, separated by semicolons in the list."""
    table = material.table("nodes", "innovation_activities")
    zh = {} if table is None else dict(zip(table.frame["activity"], table.frame["name_zh"], strict=True))
    return join([both(name.strip(), zh.get(name.strip())) for name in rests.split(";")])


def _place(material: Material) -> Cell:
    return lambda value: material.place(value) if isinstance(value, str) else Text("–", "–")
