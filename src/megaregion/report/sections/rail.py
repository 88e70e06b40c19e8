"""How well the rail networks work as one: index with its components, pairs of networks, door to door, hubs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.links.hard.rail_networks import NETWORKS, NETWORKS_ZH
from megaregion.report.blocks import Block, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, yes_no
from megaregion.report.text import EMPTY, Text, join, minutes, number, percent, raw, say

STEP = "layers"
_TABLES = ("rail_integration", "rail_networks", "rail_door_to_door", "rail_hub_access", "rail_coordination")
_INDEX = ["index", "mean_min", "ideal_min", "loss_wait_share", "loss_change_share", "loss_way_share",
          "served_demand_share", "changes_mean", "through_share", "single_ticket_known_share"]  # fmt: skip
_PAIRS = ["network_from", "network_to", "stations_from", "stations_to", "stations_shared", "stations_shared_share",
          "passages", "changes", "same_station_share", "change_min", "through_share", "through_pairs",
          "headway_mismatch", "single_ticket"]  # fmt: skip


def sections(material: Material) -> list[Section]:
    """One section where rail networks of the workspace can be told apart, else none."""
    one, pairs = material.table(STEP, "rail_integration"), material.table(STEP, "rail_networks")
    if one is None or pairs is None or one.frame.empty:
        return []
    found = {n: t for n in _TABLES if (t := material.table(STEP, n)) is not None}
    blocks: list[Block] = [Paragraph(_sentence(one, pairs), "key"), Paragraph(_how(one)), Paragraph(_losses(one)),
                           *(Paragraph(text) for text in _between(pairs))]  # fmt: skip
    told = (("rail_door_to_door", _doors), ("rail_hub_access", _hubs), ("rail_coordination", _meeting))
    blocks += [Paragraph(tell(found[name])) for name, tell in told if name in found]
    blocks += [_components(one), _networks(pairs)]
    if "rail_hub_access" in found:
        blocks.append(_ways(material, found["rail_hub_access"]))
    if "rail_coordination" in found:
        blocks.append(_stations(found["rail_coordination"]))
    blocks += [*cautions(material, *found.values()),
               Trace(tuple(f"{STEP}/{n}" for n in found), formulas(*found.values()))]  # fmt: skip
    return [Section("rail", Text("Hard links: rail networks as one", "经络（硬）：轨道多网融合"), tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """The index and the times that it is made of."""
    one, pairs = material.table(STEP, "rail_integration"), material.table(STEP, "rail_networks")
    return [] if one is None or pairs is None or one.frame.empty else [_sentence(one, pairs)]


def _row(one: StoredTable) -> dict[str, float]:
    return {str(k): float(v) for k, v in need(one, f"{STEP}/rail_integration", _INDEX).iloc[0].items()}


def network_word(value: object) -> Text:
    """Name of a network in both languages."""
    name = str(value)
    return Text(name, NETWORKS_ZH[name]) if name in NETWORKS_ZH else raw(name)


def _sentence(one: StoredTable, pairs: StoredTable) -> Text:
    row = _row(one)
    ran = set(need(pairs, f"{STEP}/rail_networks", _PAIRS)["network_from"])
    return say(
        "The rail networks ({n}) reach {i} of 1 on the index of integration: between two places a journey takes {t} "
        "on the mean, waits included, and {b} on the same lines and speeds with timed changes and dense "
        "headways{mark}.",
        "轨道网络（{n}）融合指数为{i}（满分1）：两地间平均用时{t}（含候车），"
        "若线路与速度不变而换乘紧凑、班次密集则为{b}{mark}。",
        n=join([network_word(n) for n in NETWORKS if n in ran]), i=number(row["index"], 2), t=minutes(row["mean_min"]),
        b=minutes(row["ideal_min"]), mark=shown(one, "index", EMPTY),
    )  # fmt: skip


def _how(one: StoredTable) -> Text:
    p = one.parameters
    return say(
        "Day {d}, leaving between {a} and {z}; every pair of places counts the same. The ideal is a stated norm: a "
        "change of {c} and a departure every {h}. Ways to stations are by straight line, modelled. The timetable is "
        "taken as it is, without delays: the index has no interval, and networks of other timetables or norms compare "
        "by its components only.",
        "时刻表{d}，{a}至{z}出发；各城市对权重相等。理想状态为明示的标准：换乘{c}，每{h}一班。"
        "接驳按直线距离推算（模型值）。按时刻表计，不含晚点：指数没有区间；时刻表或标准不同的网络只宜比较其分项。",
        d=raw(p["timetable"]), a=_clock(p["start_min"]), z=_clock(p["end_min"]),
        c=minutes(float(p["ideal_change_min"])), h=minutes(float(p["ideal_headway_min"])),
    )  # fmt: skip


def _clock(value: object) -> Text:
    hours, rest = divmod(round(float(value)), 60)  # type: ignore[arg-type]
    return raw(f"{hours}:{rest:02d}")


def _losses(one: StoredTable) -> Text:
    row = _row(one)
    return say(
        "Of the time {w} is lost by waits before the first ride, {c} by changing, {y} by slower rides and longer "
        "ways{mark}. A journey has {k} changes on the mean; {s} of the passages between networks need no change of "
        "vehicle{again}.",
        "全部用时中，首次候车损失占{w}，换乘占{c}，慢车与绕行占{y}{mark}。平均换乘{k}次；"
        "跨网通行中{s}无需换车{again}。",
        w=_share(row["loss_wait_share"]), c=_share(row["loss_change_share"]), y=_share(row["loss_way_share"]),
        mark=shown(one, "loss_way_share", EMPTY), k=number(row["changes_mean"], 1), s=_share(row["through_share"]),
        again=shown(one, "through_share", EMPTY),
    )  # fmt: skip


def _share(value: float, places: int = 1) -> Text:
    return percent(100.0 * value, places) if np.isfinite(value) else Text("an unknown share", "未知比例")


def _between(pairs: StoredTable) -> list[Text]:
    """What each two networks share, both directions together."""
    frame = need(pairs, f"{STEP}/rail_networks", _PAIRS)
    ran = [n for n in NETWORKS if n in set(frame["network_from"])]
    out = []
    for i, a in enumerate(ran):
        for b in ran[i + 1 :]:
            both = frame[frame["network_from"].isin([a, b]) & frame["network_to"].isin([a, b])]
            both = both[both["network_from"] != both["network_to"]]
            if len(both):
                out.append(_pair(pairs, a, b, both))
    return out


def _pair(pairs: StoredTable, a: str, b: str, both: pd.DataFrame) -> Text:
    first = both.iloc[0]
    shared = int(first["stations_shared"])
    names = {"a": _capital(network_word(a)), "b": network_word(b)}
    if shared:
        text = say(
            "{a} and {b} have {n} stations in common, {s} of those of the smaller network. Their headways there differ "
            "by {m} on the mean (0: as many departures of both).",
            "{a}与{b}共用{n}座车站，占较小网络车站的{s}。共用车站的班次不匹配度平均为{m}（0表示班次相同）。",
            n=number(shared), s=_share(float(first["stations_shared_share"]), 0),
            m=number(float(first["headway_mismatch"]), 2), **names,
        )  # fmt: skip
    else:
        text = say("{a} and {b} have no station in common.", "{a}与{b}没有共用车站。", **names)
    changes = both["changes"].to_numpy(float)
    if changes.sum() > 0:
        used = changes > 0
        mean = {c: float(np.average(both[c].to_numpy(float)[used], weights=changes[used]))
                for c in ("change_min", "same_station_share")}  # fmt: skip
        text += say(
            " A change between them takes {t}, walk and wait together; {s} of these changes stay inside one "
            "station{mark}.",
            "两网之间换乘平均{t}（步行加候车），其中{s}为同站换乘{mark}。",
            t=minutes(mean["change_min"]), s=_share(mean["same_station_share"], 0),
            mark=shown(pairs, "change_min", EMPTY),
        )  # fmt: skip
    else:
        text += Text(" No journey changes between them.", "没有行程在两网之间换乘。")
    ticket = first["single_ticket"]
    if pd.notna(ticket):
        known = (
            (" One ticket is good for both.", "一票通行。")
            if ticket
            else (" Each needs its own ticket.", "须分别购票。")
        )
        text += Text(*known)
    return text


def _capital(text: Text) -> Text:
    return Text(text.en[:1].upper() + text.en[1:], text.zh)


def _doors(table: StoredTable) -> Text:
    f, main = table.facts, [network_word(n) for n in table.parameters["main"]]
    if "off_main_share" not in f:
        return Text("No pair of places has a journey by rail.", "没有城市对有铁路行程。")
    part = {k: _share(float(f[f"{k}_share"]), 0) for k in ("access", "feeder", "changing", "egress")}
    return say(
        "Door to door {s} of the time is not spent aboard the main haul ({n}): to the station {access}, aboard "
        "feeders {feeder}, changing {changing}, from the station {egress}; the wait at home is apart{mark}.",
        "门到门时间中{s}不在干线列车上（此处指{n}）：接驳至站{access}、支线乘车{feeder}、换乘{changing}、离站{egress}；"
        "出发前在家等待另计{mark}。",
        s=_share(float(f["off_main_share"]), 0), n=join(main), mark=shown(table, "off_main_share", EMPTY), **part,
    )  # fmt: skip


def _hubs(table: StoredTable) -> Text:
    frame, f = need(table, f"{STEP}/rail_hub_access", ["place_id", "hub", "access_min"]), table.facts
    least = table.parameters.get("departures")
    rule = (
        say(
            "stations with {k} departures of the main haul a day or more",
            "每日干线班次不少于{k}的车站",
            k=number(least),
        )
        if least is not None
        else Text("as the workspace names them", "由工作区指定")
    )
    people = "people_60_share" in f
    whose = (
        Text("residents, all counted at the point of their place,", "居民（均按所在地点位计）")
        if people
        else Text("places", "地区")
    )
    near = [_share(float(f[f"{'people' if people else 'places'}_{t}_share"]), 0) for t in (30, 60, 90)]
    text = say(
        "There are {n} hubs ({r}). {a} of the {w} are within 30 minutes of one, {b} within 60, {c} within 90{mark}.",
        "枢纽共{n}个（{r}）。{a}的{w}可在30分钟内到达枢纽，60分钟内{b}，90分钟内{c}{mark}。",
        n=number(int(f["hubs"])), r=rule, a=near[0], b=near[1], c=near[2], w=whose,
        mark=shown(table, "access_min", EMPTY),
    )  # fmt: skip
    known = frame["access_min"].dropna()
    if len(known):
        text += say(" The median place that reaches one needs {t}.", "可达枢纽的地区中位用时{t}。",
                    t=minutes(float(known.median())))  # fmt: skip
    return text


def _meeting(table: StoredTable) -> Text:
    f, p = table.facts, table.parameters
    if "met_share" not in f or "onward_share" not in f:
        return Text("No local service calls at a station of the main haul; a feed may list parts of one station apart "
                    "(<code>[options.timetable] parts</code>).",
                    "干线车站没有市内班次停靠；时刻表可能把同一车站的各部分分列"
                    "（<code>[options.timetable] parts</code>）。")  # fmt: skip
    return say(
        "Where local services ({l}) call, {a} of the departures of the main haul have a local arrival {e} to {z} "
        "minutes before, and {b} of its arrivals a local departure so long after.",
        "在有市内班次（{l}）停靠的车站，{a}的干线发车在其前{e}至{z}分钟有市内到达，"
        "{b}的干线到达在其后同样时间内有市内发车。",
        l=join([network_word(n) for n in p["local"]]), a=_share(float(f["met_share"]), 0),
        b=_share(float(f["onward_share"]), 0), e=number(float(p["early_min"])), z=number(float(p["late_min"])),
    )  # fmt: skip


def _components(one: StoredTable) -> Block:
    """Index and components, one column each: never the composite alone."""
    cells: dict[str, Cell] = {c.name: digits(1 if c.unit == "min" else 0 if c.unit == "count" else 3)
                              for c in one.columns}  # fmt: skip
    cells["changes_mean"] = digits(2)
    return grid(one, one.frame, cells, Text("The index with its components", "融合指数与分项"), folded=True)


def _networks(pairs: StoredTable) -> Block:
    frame = need(pairs, f"{STEP}/rail_networks", _PAIRS)
    cells: dict[str, Cell] = {"network_from": network_word, "network_to": network_word}
    cells |= dict.fromkeys(_PAIRS[2:5], digits(0)) | dict.fromkeys(_PAIRS[5:], digits(2))
    cells |= {"passages": figures(3), "changes": figures(3), "change_min": digits(1), "through_pairs": digits(0),
              "single_ticket": lambda v: Text("unknown", "未知") if pd.isna(v) else yes_no(v)}  # type: ignore[call-overload]  # fmt: skip
    return grid(pairs, frame, cells, Text("Components by pair of networks", "按网络对的分项"), folded=True,
                written=("single_ticket",))  # fmt: skip


def _ways(material: Material, table: StoredTable) -> Block:
    frame = table.frame.sort_values(["access_min", "place_id"], ascending=[False, True], na_position="first")
    cells: dict[str, Cell] = {
        "place_id": places(material), "hub": lambda v: raw(v) if isinstance(v, str) else Text("–", "–"),
        "access_min": digits(0), "departures": digits(0),
    }  # fmt: skip
    title = Text("Way to the nearest hub, the farthest first", "到最近枢纽的时间（由远到近）")
    return grid(table, frame, cells, title, folded=True)


def _stations(table: StoredTable) -> Block:
    cells: dict[str, Cell] = {"station": raw, "main_departures": digits(0), "met_share": digits(2),
                              "main_arrivals": digits(0), "onward_share": digits(2)}  # fmt: skip
    title = Text(
        "Local services that meet the main haul, the busiest stations", "市内班次与干线的衔接（班次最多的车站）"
    )
    return grid(table, table.frame.head(20), cells, title, folded=True)
