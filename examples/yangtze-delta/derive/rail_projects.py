"""`projects.toml` and the scenarios: candidate lines with their assumptions, and recognition agreements."""

from itertools import combinations

import pandas as pd
from rail_candidates import COST_LAND, COST_WATER, FEW_TRAINS, SLOW, WAIT_MIN, Candidate
from rail_stations import HERE

PROVINCES = {
    "310000": ("Shanghai", "上海"),
    "320000": ("Jiangsu", "江苏"),
    "330000": ("Zhejiang", "浙江"),
    "340000": ("Anhui", "安徽"),
}
RECOGNITION_FACTOR = 0.75
RECOGNITION_COST = 1000.0  # million CNY of 2020 per pair of provinces
SHANGHAI_NOTE = (
    "Shanghai has no pair of cities inside its own border, so no data here identify the friction of this border; "
    "it is taken to be the one estimated for the other provinces."
)
SCENARIO_PAIR = ("320800", "341100")

PROJECTS_HEAD = f"""# Candidate projects, against the rail network of July to September 2020.
# Written by derive/run_rail.py; every cost, factor and time below is a stated assumption and may be edited.
#
# Rail: two cities that share a boundary, with fewer than {FEW_TRAINS // 2} direct trains a day each way, or with a time
# between their central stations (wait, ride, transfers; the faster of rail and road) of more than {SLOW:g} times that
# of a new line. The list is soft: other readings of "few trains" and of the time (door to door, other centres,
# other thresholds) give between about 40 and 100 pairs. A new line: great circle x 1.15 at 250 km/h, 6.4 min for
# the stops, {WAIT_MIN:g} min of wait.
# Cost: {COST_LAND:g} million CNY per km on land, {COST_WATER["river or lake"]:g} over the Yangtze or a lake and
# {COST_WATER["sea"]:g} over sea or bay: assumptions. For comparison, as the press reported them: Hangzhou-Taizhou 165
# million CNY per km (350 km/h, hills), Quzhou-Ningde 84 (160 km/h). Where rivers, lakes and bays are crossed, and
# over how many km, is estimated by hand along the straight line: derive/water_crossings.csv.
# `opened`: a line between the two cities has opened since (derive/opened_since.csv). Such a candidate tests the
# model of 2020 backwards; it is not advice.
#
# Recognition: one agreement for each pair of provinces. That it would scale the friction of their border by
# {RECOGNITION_FACTOR:g} at the given cost is an assumption without a source.
"""


def quoted(text: str) -> str:
    """TOML basic string (no control characters occur)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def add_link(line: Candidate) -> list[str]:
    """Keys of the change that builds a line."""
    return [
        'type = "AddLink"',
        f"from_node = {quoted(line.from_node)}",
        f"to_node = {quoted(line.to_node)}",
        'mode = "rail"',
        f"length_km = {line.length_km:.1f}",
        f"time_min = {line.line_min:.1f}",
        f"wait_min = {WAIT_MIN:.1f}",
    ]


def short_names() -> dict[str, tuple[str, str]]:
    """Names of the cities in English and Chinese, without 市."""
    table = pd.read_csv(HERE / "centres.csv", dtype=str)
    return {i: (en, zh.removesuffix("市")) for i, en, zh in zip(table.place_id, table.name, table.name_zh, strict=True)}


def opened(first: str, second: str) -> list[str]:
    """Keys for the line that has opened between two cities since, if one has."""
    table = pd.read_csv(HERE / "opened_since.csv", dtype=str, keep_default_na=False)
    table = table[(table["first"] == first) & (table["second"] == second)]
    pair = table[table.covers == "pair"].sort_values("opened")
    lines = [f"opened = {date[:4]}" for date in pair.opened[:1]]
    words = [
        f"{r.line} ({r.line_zh}), {r.opened}, known from {r.known}" + (f": {r.note}" if r.note else "")
        for r in table.sort_values("opened").itertuples(index=False)
    ]
    return lines + ([f"opened_note = {quoted('; '.join(words))}"] if words else [])


def rail_project(line: Candidate, names: dict[str, tuple[str, str]]) -> str:
    """One candidate line."""
    (en_a, zh_a), (en_b, zh_b) = names[line.first], names[line.second]
    why = (
        f"{line.trains_both_ways} direct trains a day both ways; {line.minutes_now:.0f} min between the central "
        f"stations in 2020 (modelled), {line.line_min + WAIT_MIN:.0f} by the new line"
    )
    lines = [
        "[[project]]",
        f'id = "rail-{line.first}-{line.second}"',
        f"name = {quoted(f'Rail {en_a}–{en_b}')}",
        f"name_zh = {quoted(f'{zh_a}–{zh_b}铁路')}",
        'kind = "rail"',
        f"cost = {line.cost:.1f}",
        f"cost_basis = {quoted(line.cost_basis)}",
        f'jurisdictions = ["{line.first}", "{line.second}"]',
        'evidence = "assumption"',
        *opened(line.first, line.second),
        "[[project.change]]",
        *add_link(line),
        f"comment = {quoted(why)}",
    ]
    return "\n".join(lines) + "\n"


def recognition_project(first: str, second: str) -> str:
    """One agreement between two provinces."""
    (en_a, zh_a), (en_b, zh_b) = PROVINCES[first], PROVINCES[second]
    comment = [f"comment = {quoted(SHANGHAI_NOTE)}"] if "310000" in (first, second) else []
    lines = [
        "[[project]]",
        f'id = "recognition-{first}-{second}"',
        f"name = {quoted(f'Mutual recognition {en_a}–{en_b}')}",
        f"name_zh = {quoted(f'{zh_a}–{zh_b}互认协议')}",
        'kind = "recognition"',
        f"cost = {RECOGNITION_COST:.1f}",
        'cost_basis = "flat sum per pair of provinces for joint registers and staff; assumption without a source"',
        f'jurisdictions = ["{first}", "{second}"]',
        'evidence = "assumption"',
        "[[project.change]]",
        'type = "ScaleBarrier"',
        f'between = ["{first}", "{second}"]',
        f"factor = {RECOGNITION_FACTOR:g}",
        *comment,
    ]
    return "\n".join(lines) + "\n"


def projects_toml(lines: list[Candidate]) -> str:
    """Text of `projects.toml`."""
    names = short_names()
    rail = [rail_project(c, names) for c in sorted(lines, key=lambda c: (c.first, c.second))]
    agreements = [recognition_project(a, b) for a, b in combinations(sorted(PROVINCES), 2)]
    return "\n".join([PROJECTS_HEAD, *rail, *agreements])


def link_scenario(lines: list[Candidate]) -> str:
    """Text of the scenario with one new line, which no line opened since stands for."""
    (line,) = [c for c in lines if (c.first, c.second) == SCENARIO_PAIR]
    names = short_names()
    (en_a, zh_a), (en_b, zh_b) = names[line.first], names[line.second]
    if any(key.startswith("opened =") for key in opened(line.first, line.second)):
        raise ValueError(f"the line {en_a}–{en_b} has opened: choose another for the scenario")
    comment = (
        "A new line across a province border between two neighbouring cities without a direct train in 2020: "
        f"{line.length_km:.0f} km at 250 km/h, an assumption. The intercity line Nanjing–Huai'an by Tianchang, "
        "under construction since 2023 as the press reported, will serve much the same way."
    )
    comment_zh = (
        f"跨省新线，连接2020年没有直达列车的两个相邻城市：{line.length_km:.0f}公里，设计时速250公里，均为假设。"
        "据报道，经天长的宁淮城际铁路2023年开工，作用大致相同。"
    )
    head = [
        'id = "rail-huaian-chuzhou"',
        f"name = {quoted(f'New rail line {en_a}–{en_b}')}",
        f"name_zh = {quoted(f'新建{zh_a}–{zh_b}铁路')}",
        f"comment = {quoted(comment)}",
        f"comment_zh = {quoted(comment_zh)}",
    ]
    return "\n".join([*head, "", "[[change]]", *add_link(line)]) + "\n"


def border_scenario() -> str:
    """Text of the scenario in which every province border hinders half as much."""
    comment = (
        "Half of the estimated friction of all province borders is gone, at no cost: it shows the size of what the "
        "border coefficient stands for, and is not a project. The friction is estimated on flows of people or trains "
        "and applied to trade; that of Shanghai's own borders is not identified by any data here."
    )
    comment_zh = (
        "所有省界的估计摩擦减去一半，且没有成本：它说明边界系数代表多大的量级，并不是一个项目。"
        "摩擦由人流或列车流估计而用于贸易；上海自身的边界无法由现有数据识别。"
    )
    return (
        "\n".join(
            [
                'id = "half-border"',
                'name = "Half of the province-border friction removed"',
                'name_zh = "省界阻隔减半"',
                f"comment = {quoted(comment)}",
                f"comment_zh = {quoted(comment_zh)}",
                "",
                "[[change]]",
                'type = "ScaleBarrier"',
                'between = "all"',
                "factor = 0.5",
            ]
        )
        + "\n"
    )
