"""Tables of a composite index: its log, the values behind it, and every stage of the chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.aggregate import ranks
from megaregion.core.hierarchical_mean import branch_scores
from megaregion.nodes import index_columns as columns_of
from megaregion.nodes.cases import place_of, year_of
from megaregion.nodes.columns import step_columns, value_columns
from megaregion.nodes.index_branches import TOP
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_weights import weight_frame
from megaregion.nodes.leaves import Leaf, Step
from megaregion.result import Column, Result

STAGES = {  # attribute of a leaf -> titles
    "values": ("Values as they came in, after units and denominators", "输入值（换算单位、除以分母之后）"),
    "filled": ("Values without gaps", "填补缺失之后的数值"),
    "treated": ("Values after the treatment of long tails", "处理长尾之后的数值"),
    "scaled": ("Values on the common scale", "归一值"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexSteps(Result):
    """Log of how an index was computed: what came in, what was done, what was skipped and why."""

    title_en: ClassVar[str] = "Steps of the composite index"
    title_zh: ClassVar[str] = "综合指数的计算步骤"
    columns: ClassVar[tuple[Column, ...]] = step_columns()
    steps: tuple[Step, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a step."""
        rows = [{"step": number, **vars(step)} for number, step in enumerate(self.steps, start=1)]
        return pd.DataFrame(rows, columns=[c.name for c in self.columns])


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexValues(Result):
    """Raw and scaled values behind an index, one row a place and indicator."""

    title_en: ClassVar[str] = "Values behind the composite index"
    title_zh: ClassVar[str] = "综合指数的原始值与归一值"
    leaves: tuple[Leaf, ...]
    source: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; the rows of origin depend on the file of the tree."""
        return value_columns(self.source)

    def to_frame(self) -> pd.DataFrame:
        """Indicators in the order of the tree, places in order."""
        names = [c.name for c in self.describe()]
        parts = [leaf.to_frame() for leaf in self.leaves if leaf.values.notna().any()]
        if not parts:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
        return pd.concat(parts, ignore_index=True)[names]


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexStage(Result):
    """One stage of the chain: a row a place (and year), a column an indicator; empty where it was left out before."""

    stage: str
    leaves: tuple[Leaf, ...]
    title: tuple[str, str]
    normalisation: str = "minmax"
    gaps: frozenset[str] = frozenset()

    @property
    def title_en(self) -> str:  # type: ignore[override]
        """Title of the stage."""
        return self.title[0]

    @property
    def title_zh(self) -> str:  # type: ignore[override]
        """Title of the stage in Chinese."""
        return self.title[1]

    def describe(self) -> tuple[Column, ...]:
        """Place, year, and every indicator with its unit."""
        return columns_of.stage_columns([leaf.spec for leaf in self.leaves], self.stage, self.normalisation, self.gaps)

    def to_frame(self) -> pd.DataFrame:
        """Rows in the order of the chain."""
        rows = self.leaves[0].values.index
        out = {"place_id": place_of(rows), "year": year_of(rows, self.leaves[0].year)}
        for leaf in self.leaves:
            values: pd.Series | None = getattr(leaf, self.stage)
            out[leaf.spec.id] = np.full(len(rows), np.nan) if values is None else values.to_numpy(float)
        return pd.DataFrame(out)


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexTable(Result):
    """A table of the chain whose frame is ready."""

    frame: pd.DataFrame
    described: tuple[Column, ...]
    title: tuple[str, str]
    headline: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def title_en(self) -> str:  # type: ignore[override]
        """Title of the table."""
        return self.title[0]

    @property
    def title_zh(self) -> str:  # type: ignore[override]
        """Title of the table in Chinese."""
        return self.title[1]

    def describe(self) -> tuple[Column, ...]:
        """Columns of the frame."""
        return self.described

    def to_frame(self) -> pd.DataFrame:
        """The frame, columns as described."""
        return self.frame[[c.name for c in self.described]].reset_index(drop=True)

    def facts(self) -> dict[str, Any]:
        """Headline numbers."""
        return dict(self.headline)

    def parameters(self) -> dict[str, Any]:
        """Settings."""
        return dict(self.settings)


def stages(chain: Chain) -> dict[str, IndexStage]:
    """Every stage of the values, by its name."""
    gaps = frozenset(chain.cells["indicator"])
    return {
        name: IndexStage(
            stage=name, leaves=chain.leaves, title=title, normalisation=chain.tree.normalisation, gaps=gaps
        )
        for name, title in STAGES.items()
    }


def filled_cells(chain: Chain) -> IndexTable:
    """Every cell that was filled, and how."""
    return IndexTable(
        frame=chain.cells, described=columns_of.cell_columns(), title=("Filled values", "填补的数值"),
        headline={"cells": len(chain.cells), "places_left_out": list(chain.dropped)},
    )  # fmt: skip


def treatments(chain: Chain) -> IndexTable:
    """Long tails and scale of every usable indicator."""
    rows = []
    for leaf in chain.leaves:
        if (stage := chain.stages.get(leaf.spec.id)) is None:
            continue
        treated, scaled = stage.treated, stage.scaled
        moved = [leaf.values.index[i] for i in treated.moved]
        rows.append(
            {"indicator": leaf.spec.id, "treatment": treated.kind or "none", "skewness": treated.before[0],
             "kurtosis": treated.before[1], "skewness_after": treated.after[0], "kurtosis_after": treated.after[1],
             "moved": ", ".join(str(m) for m in moved), "normalisation": chain.tree.normalisation, "low": scaled.low,
             "high": scaled.high, "below": scaled.below, "above": scaled.above,
             "goalpost_source": leaf.spec.goalpost_source or "pooled values"}
        )  # fmt: skip
    described = columns_of.treatment_columns()
    return IndexTable(frame=pd.DataFrame(rows, columns=[c.name for c in described]), described=described,
                      title=("Long tails and goalposts", "长尾处理与界限"))  # fmt: skip


def weights_table(chain: Chain) -> IndexTable:
    """Weights inside every branch and in the whole index."""
    described = columns_of.weight_columns()
    frame = pd.DataFrame(columns=[c.name for c in described])
    if chain.branches is not None:
        frame = weight_frame(chain.branches, chain.weights)
    return IndexTable(frame=frame, described=described, title=("Weights", "权重"),
                      headline={"rule": chain.tree.weights})  # fmt: skip


def scores_table(chain: Chain) -> IndexTable:
    """Scores of the index and of every pillar, ranks within the year, and ranks under equal weights beside them."""
    ids = [p.id for p in chain.used]
    described = columns_of.score_columns(chain.tree, ids)
    if chain.branches is None:
        return IndexTable(frame=pd.DataFrame(columns=[c.name for c in described]), described=described,
                          title=("Scores and ranks", "得分与名次"), warnings=chain.warnings)  # fmt: skip
    equal = equal_scores(chain)
    frame = pd.DataFrame({"place_id": place_of(chain.scores.index)})
    frame["year"] = year_of(chain.scores.index, chain.tree.year)
    frame["score"] = chain.points(chain.scores[TOP].to_numpy(float))
    for name, values in (("rank", chain.scores[TOP].to_numpy(float)), ("rank_equal", equal)):
        frame[name] = 0
        for year in frame["year"].unique():
            mine = (frame["year"] == year).to_numpy()
            frame.loc[mine, name] = ranks(values[mine])
    for name in ids:
        frame[f"pillar_{name}"] = chain.points(chain.scores[name].to_numpy(float))
    now = (frame["year"] == chain.tree.year).to_numpy()
    rho = spearman(frame.loc[now, "rank"], frame.loc[now, "rank_equal"])
    facts = {"year": chain.tree.year, "rule": chain.tree.weights, "spearman_with_equal_weights": rho,
             "largest_move": int((frame["rank"] - frame["rank_equal"])[now].abs().max())}  # fmt: skip
    return IndexTable(frame=frame, described=described, title=("Scores and ranks", "得分与名次"), headline=facts,
                      warnings=chain.warnings)  # fmt: skip


def equal_scores(chain: Chain) -> NDArray[np.float64]:
    """Score of every case if the children of every branch had equal weights."""
    if chain.branches is None:
        return np.empty(0)
    even = [np.full((1, len(names)), 1.0 / len(names)) for names in chain.branches.children]
    return np.asarray(branch_scores(chain.scaled.to_numpy(float), chain.branches.nodes, even)[-1][0])


def spearman(first: pd.Series, second: pd.Series) -> float | None:
    """Rank correlation of two orders without ties; None for fewer than two places."""
    if len(first) < 2:
        return None
    gap = (first.to_numpy(float) - second.to_numpy(float)) ** 2
    n = len(first)
    return float(1.0 - 6.0 * gap.sum() / (n * (n**2 - 1.0)))
