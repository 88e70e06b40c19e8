"""What the layers of flows count, and what cannot be read from them."""

from __future__ import annotations

import pandas as pd

from megaregion.report.blocks import Block, Material, Paragraph, Trace, formulas, need
from megaregion.report.border_words import layer_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, yes_no
from megaregion.report.text import Text, join, raw, say

_COLUMNS = ["layer", "unit", "kind", "period", "observed", "pairs", "zeros", "absent", "inside", "smallest",
            "censored_below", "between", "within", "two_way"]  # fmt: skip
_KINDS = {
    "volume": Text("volume", "总量"), "share": Text("shares", "份额"),
    "index": Text("index, up to scale", "指数（只定比例）"), "unstated": Text("unit not stated", "未注明单位"),
}  # fmt: skip

_LABELS = {
    "kind": Text("Kind", "类型"), "pairs": Text("Pairs with a flow", "有流量"), "zeros": Text("Zero", "为零"),
    "absent": Text("Not reported", "未报告"), "inside": Text("Inside", "内部"), "smallest": Text("Smallest", "最小"),
    "censored_below": Text("Threshold", "公布下限"), "between": Text("Sum between", "地区间合计"),
    "within": Text("Sum inside", "地区内合计"), "two_way": Text("Two-way share", "双向占比"),
}  # fmt: skip


def blocks(material: Material) -> list[Block]:
    """The layers side by side; nothing where there is no flow."""
    table = material.table("links", "flow_layers")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "links/flow_layers", _COLUMNS)
    cells: dict[str, Cell] = {
        "layer": lambda v: layer_word(str(v)), "unit": raw, "kind": lambda v: _KINDS.get(str(v), raw(v)), "period": raw,
        "observed": yes_no, **dict.fromkeys(_COLUMNS[5:9], digits(0)), "smallest": figures(3),
        "censored_below": figures(3), "between": digits(0), "within": digits(0), "two_way": digits(2),
    }  # fmt: skip
    return [
        *_scaled(frame),
        grid(table, frame, cells, Text("What the flows are", "流量数据说明"), folded=len(frame) > 4, labels=_LABELS),
        *cautions(material, table),
        Trace(("links/flow_layers",), formulas(table)),
    ]


def _scaled(frame: pd.DataFrame) -> list[Block]:
    """Which layers have no sums."""
    names = [layer_word(str(v)) for v in frame.loc[frame["kind"].isin(["index", "share"]), "layer"]]
    if not names:
        return []
    return [Paragraph(say(
        "Identified only up to scale: {n}. Ratios and elasticities hold; sums and numbers of persons do not exist and "
        "none is printed.",
        "仅在比例意义上可识别：{n}。比值与弹性有意义；合计与人数不存在，均不给出。", n=join(names),
    ), "note")]  # fmt: skip
