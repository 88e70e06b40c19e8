"""Long tails and scale of every indicator of an index, with what was done to which value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from megaregion.errors import InputError
from megaregion.nodes.cases import label
from megaregion.nodes.index_scaling import Scaled, Treated, scale, treat, with_margin
from megaregion.nodes.leaves import Leaf, Step
from megaregion.nodes.tree import IndexTree, Indicator

WORDS = {
    "z": ("z-scores", "标准化得分"), "rank": ("rank scores (0 worst, 1 best)", "名次得分（0 最差，1 最好）"),
    "percentile": ("percentile ranks", "百分位名次"), "frontier": ("shares of the best value", "与最优值之比"),
}  # fmt: skip
TREATED = {"winsorise": "缩尾", "log": "取对数", "box-cox": "Box–Cox 变换"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Treatment and scale of one indicator; index of the values as in its leaf."""

    treated: Treated
    scaled: Scaled


def scale_leaves(leaves: list[Leaf], tree: IndexTree, steps: list[Step]) -> dict[str, Stage]:
    """Treat and scale every usable leaf; those that say nothing are dropped with a reason.

    Raises
    ------
    InputError
        A treatment or a scale is not defined for an indicator; all of them at once.
    """
    out: dict[str, Stage] = {}
    wrong: list[str] = []
    for leaf in leaves:
        if leaf.reason or leaf.filled is None:
            continue
        x = leaf.filled.to_numpy(float)
        spec = leaf.spec
        if tree.constant == "drop" and len(x) > 1 and np.ptp(x) == 0 and not _has_own_scale(spec, tree):
            steps.append(_constant(leaf, "the value is the same for all places", "各地数值相同"))
            continue
        try:
            treated = treat(x, spec.outliers or tree.outliers, tree.max_winsorised)
            scaled = scale(treated, spec, tree.normalisation)
        except InputError as error:
            wrong.append(f"{spec.id}: {error.message}" + (f" ({error.hint})" if error.hint else ""))
            continue
        if (
            tree.constant == "drop"
            and len(x) > 1
            and np.ptp(with_margin(scaled.values, tree.normalisation, tree.delta)) == 0
        ):
            steps.append(_constant(leaf, "the scaled value is the same for all places", "各地归一值相同"))
            continue
        at = leaf.filled.index
        leaf.treated = pd.Series(treated.values, at)
        leaf.share = pd.Series(scaled.values, at)
        leaf.scaled = pd.Series(with_margin(scaled.values, tree.normalisation, tree.delta), at)
        if treated.kind:
            steps.append(_treated(leaf, treated))
        steps.append(_scaled(leaf, scaled, tree, bool(treated.kind in ("log", "box-cox"))))
        out[spec.id] = Stage(treated=treated, scaled=scaled)
    if wrong:
        raise InputError(
            f"index {tree.name!r}: {len(wrong)} indicators have no scale:" + "".join(f"\n  - {text}" for text in wrong)
        )
    return out


def _has_own_scale(spec: Indicator, tree: IndexTree) -> bool:
    return tree.normalisation == "minmax" and spec.low is not None and spec.high is not None


def _constant(leaf: Leaf, text: str, text_zh: str) -> Step:
    leaf.reason, leaf.reason_text, leaf.reason_zh = "constant", text, text_zh
    return leaf.skip_step(len(leaf.values))


def _treated(leaf: Leaf, treated: Treated) -> Step:
    at = leaf.values.index
    names = [label(at[i]) for i in treated.moved]
    detail = {
        "winsorise": (f"{len(names)} values moved to the next one: {', '.join(names)}",
                      f"{len(names)} 个值缩至相邻值：{'、'.join(names)}"),
        "log": (f"ln(x + {treated.shift:g})", f"ln(x + {treated.shift:g})"),
        "box-cox": (f"exponent {treated.exponent:g}", f"指数 {treated.exponent:g}"),
    }[treated.kind]  # fmt: skip
    (skew, kurt), (skew_after, kurt_after) = treated.before, treated.after
    text = f"skewness {skew:.2f} -> {skew_after:.2f}, kurtosis {kurt:.2f} -> {kurt_after:.2f}"
    text_zh = f"偏度 {skew:.2f} → {skew_after:.2f}，峰度 {kurt:.2f} → {kurt_after:.2f}"
    return Step(
        subject=leaf.spec.id, came_in=len(leaf.values), done=f"long tail, {treated.kind}: {detail[0]}; {text}",
        done_zh=f"长尾，{TREATED[treated.kind]}：{detail[1]}；{text_zh}", skipped="", skipped_zh="",
    )  # fmt: skip


def _scaled(leaf: Leaf, scaled: Scaled, tree: IndexTree, transformed: bool) -> Step:
    spec = leaf.spec
    side, side_zh = ("more", "越大越好") if spec.direction > 0 else ("less", "越小越好")
    aim, aim_zh = f"{side} is better", side_zh
    if spec.target is not None:
        first, last = spec.target
        aim, aim_zh = f"best from {first:g} to {last:g}", f"最优区间 {first:g}–{last:g}"
    if tree.normalisation != "minmax":
        word, word_zh = WORDS[tree.normalisation]
        rows = len(leaf.values)
        return Step(subject=spec.id, came_in=rows, done=f"{word} over {rows} values ({aim})",
                    done_zh=f"{word_zh}，{rows} 个值，{aim_zh}", skipped="", skipped_zh="")  # fmt: skip
    beyond = scaled.below + scaled.above
    unit = f"transformed {spec.unit}" if transformed else spec.unit
    pooled = [name for name, given in (("low", spec.low), ("high", spec.high)) if given is None]
    note = f"; {' and '.join(pooled)} from the pooled values" if pooled else ""
    note_zh = f"；{'、'.join({'low': '下限', 'high': '上限'}[p] for p in pooled)}取自合并样本" if pooled else ""
    return Step(
        subject=spec.id, came_in=len(leaf.values),
        done=f"scaled between {scaled.low:g} and {scaled.high:g} {unit} ({aim}), "
        f"margin {tree.delta:g}; {beyond} values beyond the goalposts set to them "
        f"({scaled.below} below, {scaled.above} above){note}",
        done_zh=f"按{'固定' if not pooled else ''}界限 {scaled.low:g}–{scaled.high:g}（{unit}）归一，{aim_zh}，"
        f"边距 {tree.delta:g}；超界取界值 {beyond} 个（低 {scaled.below}，高 {scaled.above}）{note_zh}",
        skipped="", skipped_zh="",
    )  # fmt: skip
