"""Culture: where heritage is and how sure its order, whether it keeps together beyond people, corridors and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.heritage import heritage_map, l_function
from megaregion.plot.maps import Classes, bound_labels
from megaregion.plot.ranks import Words
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.figures import project
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places
from megaregion.report.text import EMPTY, Lang, Text, between, join, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STOCK = ["place_id", "sites", "stock", "stock_per_100k", "rank", "rank_p05", "rank_p95", "rank_equal"]
_PATTERN = ["r_km", "l", "l_null", "l_low", "l_high", "reading"]
_SHADES = ("#f4efe6", "#ecdcc0", "#ddbd8b", "#c99a5b", "#a8733a")
_PARTS = (0.05, 0.15, 0.3, 0.5, 0.75)  # of the highest density
_READING = {"together": Text("together", "集聚"), "apart": Text("apart", "分散"),
            "as people": Text("as people", "与人口一致"),
            "above": Text("above", "高于"), "below": Text("below", "低于"),
            "not told from none": Text("not told from none", "与零无法区分")}  # fmt: skip
_LEVEL = {"world": Text("World Heritage", "世界遗产"), "national": Text("national", "国家级"),
          "provincial": Text("provincial", "省级"), "municipal": Text("municipal", "市级"),
          "county": Text("county", "县级"), "town": Text("historic town", "名镇"),
          "village": Text("historic village", "名村")}  # fmt: skip
_ALL = ("stock", "levels", "density", "pattern", "clusters", "corridors", "owners", "carriers", "residual")


def sections(material: Material) -> list[Section]:
    """One section where a workspace has tables/heritage.csv, else none."""
    table = material.table("nodes", "culture_stock")
    if table is None or table.frame.empty:
        return []
    blocks: list[Block] = [Paragraph(_sentence(material, table), "key")]
    found = {name: t for name in _ALL if (t := material.table("nodes", f"culture_{name}")) is not None}
    if "density" in found and material.base is not None:
        blocks.append(_map(material, found))
    blocks += _stock(material, table, found)
    if "pattern" in found:
        blocks += [Paragraph(_pattern_sentence(found["pattern"])), _curve(found["pattern"])]
    blocks += [*_corridors(material, found), *_carriers(material, found), *_residual(material, found)]
    blocks += cautions(material, *found.values())
    blocks.append(Trace(tuple(f"nodes/culture_{name}" for name in found), formulas(*found.values())))
    return [Section("culture", Text("Culture: heritage as nodes", "穴位：文化遗产"), tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """Where the stock is, and whether it follows people."""
    table, pattern = material.table("nodes", "culture_stock"), material.table("nodes", "culture_pattern")
    if table is None or table.frame.empty:
        return []
    text = _sentence(material, table)
    return [text if pattern is None else text + Text(" ", "") + _pattern_sentence(pattern)]


def _sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "nodes/culture_stock", _STOCK).sort_values(["rank", "place_id"])
    first = join([
        say("{p} (rank {r}, over other weights {range})", "{p}（第{r}位，权重变动时{range}）",
            p=material.place(str(row["place_id"])), r=number(row["rank"]),
            range=_ranks(row["rank_p05"], row["rank_p95"]))
        for row in frame.head(3).to_dict("records")
    ])  # fmt: skip
    return say(
        "{n} listed sites; by stock weighted with the declared weights of levels the first are {first}{mark}.",
        "名录遗产{n}处；按声明的级别权重，存量居前的是{first}{mark}。",
        n=number(int(table.facts["sites"])), first=first, mark=shown(table, "rank_p05", EMPTY),
    )  # fmt: skip


def _ranks(low: float, high: float) -> Text:
    return number(low) if low == high else between(number(low), number(high))


def _pattern_sentence(table: StoredTable) -> Text:
    frame = need(table, "nodes/culture_pattern", _PATTERN)
    p = float(table.facts[f"p_{table.parameters['envelope']}"])
    parts = []
    for reading, en, zh in (("together", "keep together more than people", "比人口更集聚"),
                            ("apart", "keep further apart than people", "比人口更分散")):  # fmt: skip
        r = frame.loc[frame["reading"] == reading, "r_km"]
        if len(r):
            parts.append(say(
                en + " (at {k} of {n} distances, {range} km)", zh + "（{n}个距离中{k}个，{range}公里）",
                k=number(len(r)), n=number(len(frame)), range=_ranks(round(r.min()), round(r.max())),
            ))  # fmt: skip
    alike = Text("follow people at every distance looked at", "在所考察的各距离上与人口分布一致")
    what = join(parts) if parts else alike
    return say(
        "Against {s} draws in which each site falls where people live, sites {what} (p {p}{mark}); the nearest "
        "other site is {q} times as far away as in these draws (p {u}).",
        "与{s}次“遗产随人口分布”的模拟相比，遗产点{what}（p={p}{mark}）；最近邻距离为模拟均值的{q}倍（p={u}）。",
        q=number(float(table.facts["nearest_ratio"]), 2), u=number(float(table.facts["nearest_p"]), 3),
        s=number(int(table.parameters["simulations"])), what=what, p=number(p, 3), mark=shown(table, "l_low", EMPTY),
    )  # fmt: skip


def _map(material: Material, found: dict[str, StoredTable]) -> Drawing:
    base, table = material.base, found["density"]
    assert base is not None  # the caller has looked
    crs = str(base.extra["crs"])
    frame = need(table, "nodes/culture_density", ["lon", "lat", "density"])
    xy = project(frame, crs)
    cells = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "density": frame["density"].to_numpy(float)})
    top = float(cells["density"].max())
    edges = tuple(dict.fromkeys(float(f"{top * part:.2g}") for part in _PARTS))
    classes = Classes(edges, ("#ffffff", *_SHADES[-len(edges) :]), bound_labels(edges, lambda v: f"{v:g}"))
    sites = material.cluster.further.get("heritage")
    points = pd.DataFrame(columns=["x", "y"], dtype=float)
    if sites is not None and len(known := sites.dropna(subset=["lon", "lat"])):
        points = pd.DataFrame(project(known, crs), columns=["x", "y"])
    lines = _lines(found.get("corridors"), crs)

    def draw(language: Lang) -> Figure:
        return heritage_map(
            base, material.level, cells, classes, sites=points, corridors=lines,
            names=material.unit_names(language, limit=40),
            labels=(Text("site", "遗产点").of(language), Text("corridor (straight line)", "廊道（直线）").of(language)),
            note=Text("Density: modelled, stock per 1,000 km².", "密度为模型值：每千平方公里存量。").of(language),
        )  # fmt: skip

    caption = say(
        "Density of the stock by a normal kernel of {h} km ({rule}; Scott's rule {s} km, cross-validation {c} km).",
        "存量核密度，高斯核带宽{h}公里（{rule}；Scott经验法{s}公里，交叉验证{c}公里）。",
        h=figures(3)(table.facts["bandwidth_km"]), s=figures(3)(table.facts["bandwidth_scott_km"]),
        c=figures(3)(table.facts["bandwidth_likelihood_km"]),
        rule={"scott": Text("Scott's rule", "Scott经验法"), "likelihood": Text("cross-validated", "交叉验证"),
              "stated": Text("stated", "给定")}[str(table.facts["bandwidth_by"])],
    )  # fmt: skip
    alt = say("{n} sites, {k} corridors.", "{n}处遗产，{k}条廊道。", n=number(len(points)), k=number(len(lines)))
    return Drawing("culture-map", draw, caption, alt, modelled=True)


def _lines(table: StoredTable | None, crs: str) -> pd.DataFrame:
    if table is None or table.frame.empty:
        return pd.DataFrame(columns=["x0", "y0", "x1", "y1"], dtype=float)
    ends = [project(pd.DataFrame({"lon": table.frame[f"lon_{e}"], "lat": table.frame[f"lat_{e}"]}), crs) for e in "ab"]
    return pd.DataFrame(np.hstack(ends), columns=["x0", "y0", "x1", "y1"])


def _stock(material: Material, table: StoredTable, found: dict[str, StoredTable]) -> list[Block]:
    cells: dict[str, Cell] = {
        "place_id": places(material), "rank": digits(0), "rank_p05": digits(0), "rank_p95": digits(0),
        "rank_equal": digits(0), "sites": digits(0), "stock": figures(4), "stock_per_100k": figures(3),
    }  # fmt: skip
    if table.frame["open_known"].sum():
        cells |= {name: digits(2) for name in ("open_share", "open_low", "open_high")
                  if table.frame[name].notna().any()}  # fmt: skip
    if table.frame["visitors_known"].sum():
        cells |= {"visitors_known": digits(0), "visitors_per_stock": figures(3)}
    out: list[Block] = [grid(table, table.frame, cells, Text("Stock of every place", "各地区存量"), folded=True)]
    if "levels" in found:
        rows: dict[str, Cell] = {"level": lambda v: _LEVEL.get(str(v), raw(v)), "weight": figures(3),
                                 "sites": digits(0), "share": lambda v: percent(100 * float(v), 0),  # type: ignore[arg-type]
                                 "places_moved": digits(0), "largest_move": digits(0)}  # fmt: skip
        out.append(grid(found["levels"], found["levels"].frame, rows,
                        Text("Levels, declared weights, and ranks that hang on them", "级别、声明权重与受其影响的位次"),
                        written=("share",)))  # fmt: skip
    return out


def _curve(table: StoredTable) -> Drawing:
    frame = need(table, "nodes/culture_pattern", _PATTERN)

    def draw(language: Lang) -> Figure:
        words = Words(
            x=Text("Distance r (km)", "距离 r（公里）").of(language), x2="L(r) − r (km)",
            point=Text("sites", "遗产点").of(language), no_data=Text("outside the band", "超出包络").of(language),
            other=Text("mean, sites as people", "随人口分布时的均值").of(language),
            interval=Text("global 95 % band (modelled)", "95%全局包络（模型值）").of(language),
        )  # fmt: skip
        return l_function(frame, words)

    caption = say(
        "Inhomogeneous L function with {edge} edge correction; the null spreads sites by residents over {n} places.",
        "非均匀L函数（{edge}边界校正）；零假设按{n}个地区的人口分布遗产点。",
        edge={"translation": Text("translation", "平移"), "none": Text("no", "无")}[str(table.parameters["edge"])],
        n=number(int(table.facts["places_of_null"])),
    )  # fmt: skip
    return Drawing("culture-pattern", draw, caption, _pattern_sentence(table), modelled=True)


def _corridors(material: Material, found: dict[str, StoredTable]) -> list[Block]:
    table, owners = found.get("corridors"), found.get("owners")
    if table is None or table.frame.empty or owners is None:
        return []
    clusters = found["clusters"].frame.set_index("cluster")["place_id"].to_dict()

    def end(value: object) -> Text:
        return say("{c} ({p})", "{c}（{p}）", c=raw(value), p=material.place(str(clusters[value])))

    cells: dict[str, Cell] = {
        "corridor": raw, "cluster_a": end, "cluster_b": end, "length_km": digits(0), "sites": digits(0),
        "expected": digits(2), "ratio": digits(1), "ratio_low": digits(1), "ratio_high": digits(1),
        "longest_gap_km": digits(0), "places": digits(0),
    }  # fmt: skip
    rows: dict[str, Cell] = {"corridor": raw, "length_km": digits(1), "sites": digits(0),
                             "share": lambda v: percent(100 * float(v), 0)}  # type: ignore[arg-type]  # fmt: skip
    rows = {"corridor": raw, "place_id": lambda v: material.place(str(v)) if v else Text("outside", "区域外"), **rows}
    return [
        grid(table, table.frame, cells, Text("Corridors between dense clusters", "密集区之间的廊道")),
        grid(owners, owners.frame, rows, Text("Who owns which piece", "分段归属"), folded=True, written=("share",)),
    ]


def _carriers(material: Material, found: dict[str, StoredTable]) -> list[Block]:
    table = found.get("carriers")
    if table is None or table.frame.empty:
        return []
    cells: dict[str, Cell] = {
        "carrier": lambda v: indicator_word(str(v)), "place_id": places(material), "number": digits(0),
        "per_100k": digits(2), "low": digits(2), "high": digits(2),
    }  # fmt: skip
    frame = table.frame.sort_values(["carrier", "per_100k"], ascending=[True, False])
    return [grid(table, frame, cells, Text("Carriers per 100,000 residents", "每10万人文化载体"), folded=True)]


def _residual(material: Material, found: dict[str, StoredTable]) -> list[Block]:
    table = found.get("residual")
    if table is None or table.frame.empty:
        return []
    clear = int((table.frame["reading"] != "not told from none").sum())
    text = say(
        "Output beyond stock and people: {k} of {n} places are told from what the others would give (false discoveries "
        "held at 5 %){mark}; the elasticity to stock is {e} ({range}).",
        "存量与人口之外的产出：{n}个地区中{k}个可与其余地区的推断区分（错误发现率5%）{mark}；对存量的弹性为{e}（{range}）。",
        k=number(clear), n=number(len(table.frame)), mark=shown(table, "residual", EMPTY),
        e=number(table.facts["stock_elasticity"], 2),
        range=between(number(table.facts["stock_elasticity_low"], 2), number(table.facts["stock_elasticity_high"], 2)),
    )  # fmt: skip
    cells: dict[str, Cell] = {"place_id": places(material), "output": figures(3), "expected": figures(3),
                              "residual": digits(2, sign=True), "low": digits(2, sign=True),
                              "high": digits(2, sign=True), "q": digits(3),
                              "reading": lambda v: _READING.get(str(v), raw(v))}  # fmt: skip
    return [Paragraph(text), grid(table, table.frame, cells, Text("Residuals", "残差"), folded=True)]
