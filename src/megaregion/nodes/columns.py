"""Columns of the tables that the nodes room writes: labels, units, formulas, rows of origin."""

from __future__ import annotations

from megaregion.nodes.tree import IndexTree
from megaregion.result import Column, Input

_PLACE = {"place_id": "{place}"}


def place_column() -> Column:
    """Key column of a table by place."""
    return Column("place_id", "", "Place", "地区", key=True)


def index_columns(tree: IndexTree, name: str) -> tuple[Column, ...]:
    """Columns of the index table called `name`."""
    table = f"results/nodes/{name}_values"
    used = (Input(table, {**_PLACE, "used": True}),)
    formula, weights = "methods#composite-index", "methods#rank-intervals"
    head = (
        place_column(),
        Column("score", "index", "Score (0-100)", "得分（0–100）", formula=formula, inputs=used),
        Column("rank", "count", "Rank at the stated weights", "名次（给定权重）", formula=formula, inputs=used),
        Column("rank_p05", "count", "Rank, 5 % of random weights", "名次（随机权重 5%）", True, weights, used),
        Column("rank_p50", "count", "Rank, median of random weights", "名次（随机权重中位）", True, weights, used),
        Column("rank_p95", "count", "Rank, 95 % of random weights", "名次（随机权重 95%）", True, weights, used),
    )
    return head + tuple(
        Column(
            f"pillar_{p.id}", "index", f"{p.name} (0-100)", f"{p.name_zh or p.name}（0–100）", formula=formula,
            inputs=(Input(table, {**_PLACE, "pillar": p.id, "used": True}),),
        )
        for p in tree.pillars
    )  # fmt: skip


def value_columns(source: str) -> tuple[Column, ...]:
    """Columns of the values behind an index whose tree is the file `source`."""
    row = Input(
        "tables/indicators.csv",
        {**_PLACE, "indicator": "{indicator}", "year": "{year}", "scope": "{scope}"},
    )
    leaf = Input(source, {"id": "{indicator}"})
    return (
        place_column(),
        Column("pillar", "", "Pillar", "维度", key=True),
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("year", "year", "Year", "年份"),
        Column("value", "by row", "Value", "数值", inputs=(row,)),
        Column("unit", "", "Unit", "单位"),
        Column("scope", "", "Territory covered", "统计范围"),
        Column(
            "normalised", "scaled 0-1", "Share of the way between the goalposts", "界限间归一值",
            formula="methods#composite-index", inputs=(row, leaf),
        ),
        Column("used", "", "Counts in the score", "计入得分"),
    )  # fmt: skip


def step_columns() -> tuple[Column, ...]:
    """Columns of the processing log."""
    return (
        Column("step", "count", "Step", "步骤", key=True),
        Column("subject", "", "Indicator, pillar or stage", "指标、维度或环节"),
        Column("came_in", "count", "Values that came in", "输入个数"),
        Column("done", "", "Done", "处理（英文）"),
        Column("done_zh", "", "Done (Chinese)", "处理"),
        Column("skipped", "", "Left out, and why", "剔除及原因（英文）"),
        Column("skipped_zh", "", "Left out, and why (Chinese)", "剔除及原因"),
    )
