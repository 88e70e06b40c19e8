"""What the data doctor found, and the appendix: methods, sources, parameters, versions, hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from megaregion._version import __version__
from megaregion.data.problem import ordered
from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Grid, Head, Material, Paragraph, Section
from megaregion.report.text import Text, both, join, number, raw, say

_SEVERITY = {"error": Text("error", "错误"), "warning": Text("warning", "警告"), "note": Text("note", "提示")}


def findings(material: Material) -> Section:
    """Findings of the data doctor."""
    title = Text("What the data doctor found", "数据体检")
    found = ordered(material.problems)
    if not found:
        text = Text("The data doctor found nothing to say.", "数据体检未发现问题。")
        return Section("check", title, (Paragraph(text),))
    counts = {s: sum(p.severity == s for p in found) for s in _SEVERITY}
    lead = say(
        "{e} errors, {w} warnings, {n} notes. Warnings weaken what stands above; they are not hidden.",
        "错误{e}项、警告{w}项、提示{n}项。警告会削弱上文结论，在此如实列出。",
        e=number(counts["error"]), w=number(counts["warning"]), n=number(counts["note"]),
    )  # fmt: skip
    rows = tuple(
        (
            _SEVERITY[p.severity], raw(f"{p.table}.{p.column}" if p.column else p.table), raw(p.message),
            raw(", ".join(p.labels) + (" …" if p.count > len(p.labels) else "")), number(p.count), raw(p.fix),
        )
        for p in found
    )  # fmt: skip
    heads = (
        Head(Text("Severity", "级别"), numeric=False), Head(Text("Where", "位置"), numeric=False),
        Head(Text("What", "问题"), numeric=False), Head(Text("First labels", "首批标签"), numeric=False),
        Head(Text("How many", "数量")), Head(Text("How to mend it", "处理办法"), numeric=False),
    )  # fmt: skip
    folded = len(found) > 12
    return Section("check", title, (Paragraph(lead), Grid(heads, rows, Text("Findings", "明细"), folded)))


def appendix(material: Material) -> Section:
    """Methods, sources, parameters, versions."""
    attrs = material.cluster.attrs
    who = say(
        "megaregion {v}; seed {s}; timetable “{t}”; base year {y}. The same inputs, seed and version give this file "
        "to the "
        "byte. Formulas, sources of methods and pitfalls: <code>docs/concepts/methods.md</code> of the toolkit; one "
        "number "
        "traced to its rows: <code>megaregion trace</code>.",
        "megaregion {v}；随机种子{s}；时刻表“{t}”；基年{y}。相同输入、种子与版本可逐字节复现本文件。公式、"
        "方法出处与注意事项见工具文档 "
        "<code>docs/concepts/methods.md</code>；追溯单个数值：<code>megaregion trace</code>。",
        v=__version__, s=str(attrs.get("seed", "–")), t=str(attrs.get("timetable", "–")), y=str(attrs["base_year"]),
    )  # fmt: skip
    blocks: list[Block] = [Paragraph(who), _sources(material), _results(material), *_parameters(material)]
    blocks.append(
        Paragraph(
            Text(
                "Figures are set in Noto Sans SC (SIL Open Font License), taken from the package zhplot. Boundaries "
                "are simplified "
                "for drawing and are no legal statement; a map of China shown in public needs an approved base map.",
                "图中字体为 Noto Sans SC（SIL 开源字体许可），取自 zhplot 包。边界经简化，仅供分析示意，不具法律效力；"
                "公开展示中国地图须使用经审批的标准底图。",
            ),
            "note",
        )
    )  # fmt: skip
    return Section("appendix", Text("Methods and data", "方法与数据"), tuple(blocks))


def _sources(material: Material) -> Grid:
    rows = tuple(
        (raw(name), _work(entry), _cell(entry, "year"), _cell(entry, "licence"), _cell(entry, "note"))
        for name, entry in sorted(material.sources.items())
    )
    titles = (
        Text("Id", "标识"), Text("Title, publisher, address", "名称、发布者与地址"), Text("Year", "年份"),
        Text("Licence", "许可"), Text("Note", "说明"),
    )  # fmt: skip
    return Grid(tuple(Head(t, numeric=False) for t in titles), rows, Text("Sources and licences", "数据来源与许可"))


def _cell(entry: Mapping[str, Any], key: str) -> Text:
    return raw("" if entry.get(key) is None else entry[key])


def _work(entry: Mapping[str, Any]) -> Text:
    parts = [f"<cite>{_cell(entry, 'title').en}</cite>", _cell(entry, "publisher").en, _link(entry.get("url")).en]
    shown = "<br>".join(p for p in parts if p)
    return Text(shown, shown)


def _link(url: object) -> Text:
    shown = raw(url or "")
    if not str(url or "").startswith(("http://", "https://")):
        return shown
    return Text(
        f'<a href="{shown.en}" rel="noreferrer">{shown.en}</a>', f'<a href="{shown.zh}" rel="noreferrer">{shown.zh}</a>'
    )


def _results(material: Material) -> Grid:
    rows = tuple(
        (
            raw(f"{step}/{name}"), both(t.title_en, t.title_zh), number(len(t.frame)), _anchors(t),
            _code(t.fingerprint()[:16]),
        )
        for step, tables in sorted(material.results.items()) for name, t in sorted(tables.items())
    )  # fmt: skip
    heads = (
        Head(Text("Result", "结果"), numeric=False), Head(Text("Title", "名称"), numeric=False),
        Head(Text("Rows", "行数")), Head(Text("Formulas", "公式"), numeric=False),
        Head(Text("SHA-256 of the table as CSV (first 16)", "表格CSV的SHA-256（前16位）"), numeric=False),
    )  # fmt: skip
    return Grid(heads, rows, Text("Result tables behind this report", "本报告所用结果表"), folded=True)


def _code(text: str) -> Text:
    return Text(f"<code>{text}</code>", f"<code>{text}</code>")


def _anchors(table: StoredTable) -> Text:
    names = dict.fromkeys(c.formula for c in table.columns if c.formula)
    return join([raw(n) for n in names])


def _parameters(material: Material) -> list[Block]:
    rows = []
    for step, tables in sorted(material.results.items()):
        for name, table in sorted(tables.items()):
            for key, value in sorted(_flat(dict(table.parameters)).items()):
                rows.append((raw(f"{step}/{name}"), raw(key), raw(value)))
    heads = (
        Head(Text("Result", "结果"), numeric=False), Head(Text("Parameter", "参数"), numeric=False),
        Head(Text("Value", "取值"), numeric=False),
    )  # fmt: skip
    return [Grid(heads, tuple(rows), Text("All parameters", "全部参数"), folded=True)] if rows else []


def _flat(value: dict[str, Any], head: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for key, item in value.items():
        name = f"{head}{key}"
        if isinstance(item, dict):
            out |= _flat(item, f"{name}.")
        else:
            out[name] = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
    return out
