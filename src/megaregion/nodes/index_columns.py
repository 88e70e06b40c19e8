"""Columns of the tables of the index chain, of its uncertainty and of its sensitivity."""

from __future__ import annotations

from collections.abc import Sequence

from megaregion.nodes.columns import place_column
from megaregion.nodes.tree import IndexTree, Indicator
from megaregion.result import Column, Input

INDEX = "methods#composite-index"
YEAR = Column("year", "year", "Year", "年份", key=True)
INDICATOR = Column("indicator", "", "Indicator", "指标", key=True)


def stage_columns(leaves: Sequence[Indicator], stage: str, scale: str, filled: frozenset[str]) -> tuple[Column, ...]:
    """Wide table of a stage; treated values may be logarithms, hence without unit; `filled` indicators had gaps."""
    formula = {"filled": "methods#index-gaps", "treated": "methods#index-outliers", "scaled": INDEX}.get(stage, "")
    out = [place_column(), YEAR]
    for leaf in leaves:
        unit = {"values": leaf.unit, "filled": leaf.unit, "treated": "by row"}.get(stage, scale_unit(scale))
        rows = (Input("tables/indicators.csv", {"place_id": "{place}", "indicator": leaf.id}),)
        put_in = stage != "values" and leaf.id in filled
        out.append(Column(leaf.id, unit, leaf.name, leaf.name_zh or leaf.name, put_in, formula, rows))
    return tuple(out)


def cell_columns() -> tuple[Column, ...]:
    """Filled cells."""
    formula = "methods#index-gaps"
    return (
        place_column(), YEAR, INDICATOR,
        Column("value", "by row", "Value put in", "填补值", modelled=True, formula=formula),
        Column("method", "", "Rule", "规则"),
    )  # fmt: skip


def treatment_columns() -> tuple[Column, ...]:
    """Long tails and goalposts of the indicators."""
    tail = "methods#index-outliers"
    return (
        INDICATOR,
        Column("treatment", "", "Treatment of the long tail", "长尾处理"),
        Column("skewness", "ratio", "Skewness before", "处理前偏度", formula=tail),
        Column("kurtosis", "ratio", "Excess kurtosis before", "处理前超额峰度", formula=tail),
        Column("skewness_after", "ratio", "Skewness after", "处理后偏度", formula=tail),
        Column("kurtosis_after", "ratio", "Excess kurtosis after", "处理后超额峰度", formula=tail),
        Column("moved", "", "Values moved", "缩尾的数值"),
        Column("normalisation", "", "Scale", "归一方法"),
        Column("low", "by row", "Low goalpost", "下限", formula=INDEX),
        Column("high", "by row", "High goalpost", "上限", formula=INDEX),
        Column("below", "count", "Values below it", "低于下限个数", formula=INDEX),
        Column("above", "count", "Values above it", "高于上限个数", formula=INDEX),
        Column("goalpost_source", "", "Where the goalposts come from", "界限来源"),
    )


def weight_columns() -> tuple[Column, ...]:
    """Weights of the children of every branch."""
    formula = "methods#index-weights"
    return (
        Column("branch", "", "Branch", "上级", key=True),
        Column("child", "", "Indicator or pillar below", "下级指标或维度", key=True),
        Column("weight", "share", "Weight inside the branch", "在上级中的权重", formula=formula),
        Column(
            "weight_in_index", "share", "Weight in the whole (indicators)", "在总指数中的权重（指标）", formula=formula
        ),
    )


def score_columns(tree: IndexTree, pillars: Sequence[str]) -> tuple[Column, ...]:
    """Scores and ranks by place and year."""
    names = {p.id: (p.name, p.name_zh or p.name) for p in tree.pillars}
    return (
        place_column(), YEAR,
        Column("score", "index", "Score", "得分", formula=INDEX),
        Column("rank", "count", "Rank of the year", "当年名次", formula=INDEX),
        Column("rank_equal", "count", "Rank under equal weights", "等权名次", formula="methods#index-weights"),
        *(Column(f"pillar_{p}", "index", *names[p], formula=INDEX) for p in pillars),
    )  # fmt: skip


def scale_unit(normalisation: str) -> str:
    """Unit of scaled values: z-scores have no ends."""
    return "index" if normalisation == "z" else "scaled 0-1"


def profile_columns(scale: str) -> tuple[Column, ...]:
    """Strengths, weaknesses and obstacles."""
    unit, formula = scale_unit(scale), "methods#index-profile"
    return (
        place_column(), INDICATOR,
        Column("scaled", unit, "Value on the common scale", "归一值", formula=INDEX),
        Column("rank", "count", "Rank in this indicator", "该指标名次", formula=formula),
        Column("gap_to_median", unit, "Distance to the median place", "与中位地区之差", formula=formula),
        Column("obstacle", "percent", "Share in the weighted distance to the best (weight times gap, not a cause)",
               "障碍度（权重乘差距，非因果）", formula=formula),
        Column("kind", "", "Strength or weakness", "优势或短板"),
    )  # fmt: skip


def change_columns() -> tuple[Column, ...]:
    """Change between two years by indicator."""
    formula = "methods#index-change"
    return (
        place_column(),
        Column("from_year", "year", "From", "起始年", key=True),
        Column("to_year", "year", "To", "终止年", key=True),
        INDICATOR,
        Column("contribution", "index", "Contribution to the change of the score", "对得分变化的贡献", formula=formula),
        Column("change", "index", "Change of the score", "得分变化", formula=formula),
    )


def closeness_columns() -> tuple[Column, ...]:
    """TOPSIS."""
    formula = "methods#index-topsis"
    return (
        place_column(),
        Column("closeness", "share", "Closeness to the ideal", "贴近度", formula=formula),
        Column("rank", "count", "Rank", "名次", formula=formula),
        Column("reversals", "count", "Pairs of others that change order if this place is left out",
               "去掉该地后次序颠倒的其他地区对数", formula=formula),
    )  # fmt: skip


def uncertainty_columns(top: Sequence[int]) -> tuple[Column, ...]:
    """Ranks over the draws."""
    formula = "methods#index-uncertainty"
    marks = (("rank_p05", "5 %", "5%"), ("rank_p50", "median", "中位"), ("rank_p95", "95 %", "95%"))
    return (
        place_column(),
        Column("rank", "count", "Rank at the stated choices", "名次（给定设定）", formula=INDEX),
        *(Column(n, "count", f"Rank, {en} of draws", f"名次（抽样 {zh}）", True, formula) for n, en, zh in marks),
        Column("rank_mean", "count", "Mean rank over draws", "平均名次（抽样）", True, formula),
        *(Column(f"top_{k}", "share", f"Share of draws among the first {k}", f"进入前 {k} 名的抽样比例", True, formula)
          for k in top),
    )  # fmt: skip


def recipe_columns() -> tuple[Column, ...]:
    """What became of the draws, by combination of choices."""
    return (
        Column("normalisation", "", "Scale", "归一方法", key=True),
        Column("outliers", "", "Treatment of long tails", "长尾处理", key=True),
        Column("aggregation", "", "Mean", "合成方法", key=True),
        Column("filling", "", "Filling of gaps", "缺失填补", key=True),
        Column("draws", "count", "Draws", "抽样数"),
        Column("failed", "count", "Draws that failed", "失败抽样数"),
        Column("reason", "", "Why", "原因"),
    )


def share_columns() -> tuple[Column, ...]:
    """Sobol indices by output and choice."""
    formula = "methods#index-sensitivity"
    return (
        Column(
            "output",
            "",
            "Output: mean absolute rank shift, or the rank of a place",
            "输出：平均名次变动或某地名次",
            key=True,
        ),
        Column("choice", "", "Modelling choice", "建模选择", key=True),
        Column("first", "share", "Share of the variance that it explains alone", "单独解释的方差比例", True, formula),
        Column("first_se", "share", "Standard error", "标准误", True, formula),
        Column("total", "share", "Share with all its interactions", "连同交互的方差比例", True, formula),
        Column("total_se", "share", "Standard error", "标准误", True, formula),
        Column("spread", "count", "Standard deviation of the output", "输出的标准差", True, formula),
    )


def alternative_columns() -> tuple[Column, ...]:
    """Ranks when one choice is changed."""
    formula = "methods#index-sensitivity"
    return (
        Column("choice", "", "Modelling choice", "建模选择", key=True),
        Column("alternative", "", "Taken instead", "替代方案", key=True),
        place_column(),
        Column("rank", "count", "Rank at the stated choices", "名次（给定设定）", formula=INDEX),
        Column("rank_then", "count", "Rank then", "替代后名次", True, formula),
        Column("shift", "count", "Places lost (+) or won (-)", "名次变动（+ 下降）", True, formula),
        Column("reason", "", "Why there is no rank", "无名次的原因"),
    )
