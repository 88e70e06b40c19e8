"""Missing values of an index: filled by the rule that the tree names, or the place left out; never silently."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.gap_filling import middle, nearest
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.cases import label, place_of, some, year_of
from megaregion.nodes.leaves import Leaf, Step
from megaregion.nodes.tree import IndexTree

Floats = NDArray[np.float64]
WORDS = {
    "fill_mean": ("mean of all places", "全部地区均值"),
    "fill_median": ("median of all places", "全部地区中位数"),
    "fill_group_mean": ("mean of its group", "同组均值"),
    "fill_group_median": ("median of its group", "同组中位数"),
    "fill_nearest": ("mean of the nearest places that have a value", "最相近地区均值"),
}


def mend(
    leaves: list[Leaf], tree: IndexTree, groups: pd.Series | None, steps: list[Step]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Complete every usable leaf (`Leaf.filled`) by the rule `tree.missing`.

    Parameters
    ----------
    leaves : list of Leaf
        Changed in place: `filled`, and for ``drop_place`` fewer cases.
    tree : IndexTree
    groups : Series, optional
        Group of each place, index `place_id`; needed by the group rules.
    steps : list of Step
        The log is added to.

    Returns
    -------
    cells : DataFrame
        Every filled cell: place_id, year, indicator, value, method.
    dropped : tuple of str
        Places left out.

    Raises
    ------
    InputError
        A group rule without groups, or with a place that has none.
    MissingDataError
        A gap that the rule cannot fill, or no place is left.
    """
    good = [leaf for leaf in leaves if not leaf.reason]
    cells = pd.DataFrame({"place_id": [], "year": [], "indicator": [], "value": [], "method": []})
    if not good or not any(leaf.values.isna().any() for leaf in good):
        for leaf in good:
            leaf.filled = leaf.values
        return cells, ()
    if tree.missing == "drop_place":
        return cells, _drop(leaves, good, tree, steps)
    x = np.column_stack([leaf.values.to_numpy(float) for leaf in good])
    full = _filled(x, good, tree, groups)
    parts = []
    for k, leaf in enumerate(good):
        gap = np.isnan(x[:, k])
        leaf.filled = pd.Series(full[:, k], leaf.values.index)
        if gap.any():
            steps.append(_step(leaf, gap, tree))
            at = leaf.values.index[gap]
            parts.append(
                pd.DataFrame({"place_id": place_of(at), "year": year_of(at, leaf.year), "indicator": leaf.spec.id,
                              "value": full[gap, k], "method": tree.missing})
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True), ()


def _drop(leaves: list[Leaf], good: list[Leaf], tree: IndexTree, steps: list[Step]) -> tuple[str, ...]:
    lacking = pd.concat([leaf.values.isna() for leaf in good], axis=1).any(axis=1)
    place = place_of(lacking.index)
    gone = sorted(set(place[lacking.to_numpy()].astype(str)))
    keep = ~place.isin(gone)
    if not keep.any():
        raise MissingDataError(
            f"index {tree.name!r}: every place lacks some indicator, none is left",
            hint="lower max_missing so that thin indicators are left out instead, or fill gaps by a rule",
        )
    why = {p: [leaf.spec.id for leaf in good if leaf.values[place == p].isna().any()] for p in gone}
    for leaf in leaves:
        leaf.values = leaf.values[keep]
        leaf.filled = leaf.values if not leaf.reason else None
    text = "; ".join(f"{p} (no {', '.join(names)})" for p, names in why.items())
    steps.append(
        Step(subject="places", came_in=place.nunique(), done="", done_zh="",
             skipped=f"left out: {text}", skipped_zh=f"剔除：{text}")
    )  # fmt: skip
    return tuple(gone)


def _filled(x: Floats, good: list[Leaf], tree: IndexTree, groups: pd.Series | None) -> Floats:
    rows = good[0].values.index
    if tree.missing == "fill_nearest":
        full = nearest(x, tree.neighbours)
    else:
        code = _codes(rows, groups, tree) if "group" in tree.missing else np.zeros(len(rows), dtype=np.int64)
        how = "mean" if tree.missing.endswith("mean") else "median"
        full = np.column_stack([middle(column, code, how) for column in x.T])  # type: ignore[arg-type]
    if np.isnan(full).any():
        lost = [f"{leaf.spec.id}: {some(rows[np.isnan(full[:, k])])}" for k, leaf in enumerate(good)
                if np.isnan(full[:, k]).any()]  # fmt: skip
        raise MissingDataError(
            f"index {tree.name!r}: {tree.missing} cannot fill {'; '.join(lost)}: their whole group has no value",
            hint="take a rule that looks beyond the group",
        )
    return full


def _codes(rows: pd.Index, groups: pd.Series | None, tree: IndexTree) -> NDArray[np.int64]:
    if groups is None:
        raise InputError(
            f"missing = {tree.missing!r} needs the groups of the places", hint="give groups, or fill_median"
        )
    mine = groups.reindex(place_of(rows))
    if mine.isna().any():
        raise InputError(f"places without a group: {some(dict.fromkeys(place_of(rows)[mine.isna().to_numpy()]))}")
    return np.asarray(pd.factorize(mine)[0], dtype=np.int64)


def _step(leaf: Leaf, gap: NDArray[np.bool_], tree: IndexTree) -> Step:
    word, word_zh = WORDS[tree.missing]
    names = [label(case) for case in leaf.values.index[gap]]
    return Step(
        subject=leaf.spec.id, came_in=int((~gap).sum()),
        done=f"{len(names)} gaps filled with the {word}: {', '.join(names)}",
        done_zh=f"{len(names)} 处缺失以{word_zh}填补：{'、'.join(names)}", skipped="", skipped_zh="",
    )  # fmt: skip
