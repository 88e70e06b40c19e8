"""Weights of an index by the rule that its tree names, with guards, beside equal ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.hierarchical_mean import chain_weights
from megaregion.core.objective_weights import capped, component_weights, critic_weights, entropy_weights
from megaregion.core.pairwise_comparison import ACCEPTABLE, LARGEST, is_reciprocal, priorities
from megaregion.errors import InputError
from megaregion.nodes.cases import some
from megaregion.nodes.index_branches import TOP, Branches
from megaregion.nodes.leaves import Step
from megaregion.nodes.tree import IndexTree, Weighting

Floats = NDArray[np.float64]
FLAT = 1e-12  # spread on the common scale below which a column tells no places apart
WORDS = {
    "given": ("as stated in the tree", "按指标树给定"), "equal": ("equal", "等权"), "entropy": ("entropy", "熵权"),
    "critic": ("CRITIC", "CRITIC 法"), "pca": ("principal components", "主成分"),
    "ahp": ("comparisons by pairs", "层次分析法"),
    "benefit-of-the-doubt": ("benefit of the doubt at the top, stated below", "顶层数据包络（BoD），其下按给定"),
}  # fmt: skip


def weigh(
    shares: pd.DataFrame, found: Branches, tree: IndexTree, steps: list[Step], warnings: list[str]
) -> tuple[Floats, ...]:
    """Weights of the children of every branch.

    Entropy, CRITIC and principal components weigh all indicators together over all rows; the weight of a pillar is
    then the sum of those below it.

    Parameters
    ----------
    shares : DataFrame
        Scaled values without the margin, rows places (of a panel places and years), columns the used indicators.
    found : Branches
    tree : IndexTree
    steps, warnings : list
        Added to.

    Raises
    ------
    InputError
        Negative values under entropy, fewer than two rows, a constant column, comparisons that are lacking,
        of another
        size, not reciprocal or not consistent; all at once.
    """
    rule = tree.weights
    if rule in ("given", "benefit-of-the-doubt"):
        out = found.stated
    elif rule == "equal":
        out = tuple(np.full(len(names), 1.0 / len(names)) for names in found.children)
    elif rule == "ahp":
        out = _compared(found, tree, steps, warnings)
    else:
        out = spread(column_weights(shares, rule, cap=tree.cap), found)
    note, note_zh = _sums(found, tree) if rule == "given" else ("", "")
    word, word_zh = WORDS[rule]
    rows = f" over {len(shares)} rows" if rule in ("entropy", "critic", "pca") else ""
    steps.append(
        Step(subject="weights", came_in=len(found.leaves), done=f"{word}{rows}{note}", done_zh=f"{word_zh}{note_zh}",
             skipped="", skipped_zh="")
    )  # fmt: skip
    return out


def column_weights(shares: pd.DataFrame, rule: Weighting, *, cap: float | None = None) -> Floats:
    """Weights of the columns of a table by entropy, CRITIC or principal components.

    Parameters
    ----------
    shares : DataFrame
        Rows places, columns indicators, more is better.
    rule : {'entropy', 'critic', 'pca'}
    cap : float, optional
        Largest entropy weight; 2 / columns if not given.

    Raises
    ------
    InputError
        See `weigh`.
    """
    x = shares.to_numpy(float)
    if len(x) < 2:
        raise InputError(f"{rule} weights need at least two places, there is {len(x)}", hint="state the weights")
    if rule == "entropy":
        if (x < 0).any():
            where = [f"{c}: {some(shares.index[x[:, k] < 0])}" for k, c in enumerate(shares.columns)
                     if (x[:, k] < 0).any()]  # fmt: skip
            raise InputError(
                f"entropy weights need values >= 0, they are negative in {'; '.join(where[:5])}",
                hint="normalise with minmax and fixed goalposts; a shift would change the weights, so none is added",
            )
        if empty := [str(c) for c in shares.columns[(x == 0).all(axis=0)]]:
            raise InputError(
                f"entropy weights: columns of zeros {', '.join(empty)}", hint="drop them or set lower goalposts"
            )
        raw = entropy_weights(x)
        if np.isnan(raw).any():
            raise InputError("entropy weights: every column is constant, none tells places apart")
        limit = 2.0 / len(raw) if cap is None else cap
        if limit * len(raw) < 1 - 1e-12:
            raise InputError(f"cap must be at least 1 / {len(raw)} (number of indicators), got {limit:g}")
        return capped(raw, limit)
    if flat := [str(c) for c in shares.columns[np.ptp(x, axis=0) <= FLAT]]:
        raise InputError(
            f"{rule} weights: constant columns {', '.join(flat)}", hint='write constant = "drop" in [index]'
        )
    return critic_weights(x) if rule == "critic" else component_weights(x)


def spread(columns: Floats, found: Branches) -> tuple[Floats, ...]:
    """Weights of the children of every branch from weights of all columns; a branch without weight is even inside."""
    total: list[float] = []
    out = []
    for node in found.nodes:
        parts = np.concatenate([columns[node.columns], [total[b] for b in node.branches]])
        total.append(float(parts.sum()))
        out.append(parts / total[-1] if total[-1] > 0 else np.full(len(parts), 1.0 / len(parts)))
    return tuple(out)


def _compared(found: Branches, tree: IndexTree, steps: list[Step], warnings: list[str]) -> tuple[Floats, ...]:
    out, wrong = [], []
    for name, names, matrix in zip(found.ids, found.children, found.comparisons, strict=True):
        where = "[index]" if name == TOP else f"pillar {name}"
        if len(names) == 1:
            out.append(np.ones(1))
        elif matrix is None:
            wrong.append(f"{where}: comparison is missing, it has {len(names)} children: {', '.join(names)}")
        elif np.isnan(matrix).any():
            wrong.append(f"{where}: comparison must have a row for every child of the file")
        elif len(names) > LARGEST or not is_reciprocal(matrix):
            wrong.append(f"{where}: comparison must be reciprocal and of at most {LARGEST} children")
        else:
            got = priorities(matrix)
            steps.append(
                Step(subject=name, came_in=len(names), skipped="", skipped_zh="",
                     done=f"comparisons by pairs: largest eigenvalue {got.eigenvalue:.4f}, "
                     f"consistency ratio {got.ratio:.4f}",
                     done_zh=f"成对比较：最大特征值 {got.eigenvalue:.4f}，一致性比率 {got.ratio:.4f}")
            )  # fmt: skip
            if got.ratio > ACCEPTABLE:
                text = f"{where}: consistency ratio {got.ratio:.3f} is above {ACCEPTABLE}"
                (warnings if tree.tolerate_inconsistency else wrong).append(text)
            out.append(got.weights)
    if wrong:
        inconsistent = all("consistency ratio" in text for text in wrong)
        raise InputError(
            f"index {tree.name!r}: no weights from comparisons:" + "".join(f"\n  - {text}" for text in wrong),
            hint="judge again, or write tolerate_inconsistency = true in [index]"
            if inconsistent
            else "comparison = a square matrix, a row a child in the order given: docs, workspace format",
        )
    return tuple(out)


def _sums(found: Branches, tree: IndexTree) -> tuple[str, str]:
    """Stated weights are relative unless the tree says what they sum to: the log says by what they were divided."""
    by_id = {p.id: p.weight for p in tree.pillars} | {leaf.id: leaf.weight for _, leaf in tree.indicators()}
    parts = [f"{name} {sum(by_id[c] for c in names):g}" for name, names in zip(found.ids, found.children, strict=True)]
    return f"; relative, divided by their sums: {', '.join(parts)}", f"；相对权重，按合计归一：{'、'.join(parts)}"


def weight_frame(found: Branches, weights: Sequence[Floats]) -> pd.DataFrame:
    """One row a child of a branch: branch, child, weight inside of it; for indicators the weight in the whole."""
    whole = dict(
        zip([leaf.id for leaf in found.leaves], chain_weights(found.nodes, weights, len(found.leaves)), strict=True)
    )
    rows = [
        {"branch": name, "child": child, "weight": float(w), "weight_in_index": whole.get(child, np.nan)}
        for name, names, mine in zip(found.ids, found.children, weights, strict=True)
        for child, w in zip(names, mine, strict=True)
    ]
    return pd.DataFrame(rows, columns=["branch", "child", "weight", "weight_in_index"])
