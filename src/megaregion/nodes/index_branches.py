"""The used part of an index tree in the form that the kernels take: columns, branches, means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.core.hierarchical_mean import Branch, Mean
from megaregion.nodes.leaves import Leaf
from megaregion.nodes.tree import IndexTree, Indicator, Matrix, Normalisation, Pillar

TOP = "score"
POWERS = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}
MEAN_NAMES = {
    "arithmetic": ("arithmetic mean", "算术平均"), "geometric": ("geometric mean", "几何平均"),
    "harmonic": ("harmonic mean", "调和平均"),
    "mazziotta-pareto": ("mean less the Mazziotta-Pareto penalty", "均值减不均衡惩罚（Mazziotta–Pareto）"),
    "mazziotta-pareto-plus": ("mean plus the Mazziotta-Pareto penalty", "均值加不均衡惩罚（Mazziotta–Pareto）"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Branches:
    """Used leaves as columns, used pillars and the top as branches, parts first.

    Attributes
    ----------
    leaves : tuple of Indicator
        Columns, in their order.
    ids : tuple of str
        Pillar of each branch; the last is the top.
    children : tuple of tuple of str
        Ids of the children of each branch: its indicators, then its pillars.
    stated : tuple of (k,) arrays
        Weights of the file, summing to one.
    comparisons : tuple of (k, k) arrays or None
    nodes : tuple of Branch
    """

    leaves: tuple[Indicator, ...]
    ids: tuple[str, ...]
    children: tuple[tuple[str, ...], ...]
    stated: tuple[NDArray[np.float64], ...]
    comparisons: tuple[NDArray[np.float64] | None, ...]
    nodes: tuple[Branch, ...]

    def with_means(self, tree: IndexTree, *, top: str | float, inside: str | float | None = None,
                   how: Normalisation | None = None) -> tuple[Branch, ...]:  # fmt: skip
        """The same branches under other means: `top` at the top, `inside` below it (None: as the tree says)."""
        own = {p.id: p.aggregation for p in tree.pillars}
        return tuple(
            node._replace(mean=mean(top if name == TOP else own[name] if inside is None else inside,
                                    how or tree.normalisation))
            for name, node in zip(self.ids, self.nodes, strict=True)
        )  # fmt: skip


def mean(aggregation: str | float, how: Normalisation) -> Mean:
    """The kernel's mean for a word or exponent of the tree."""
    if isinstance(aggregation, (int, float)):
        return Mean(power=float(aggregation))
    if aggregation in POWERS:
        return Mean(power=POWERS[aggregation])
    base, width = (100.0, 10.0) if how == "z" else (70.0, 60.0)
    return Mean(penalty=1 if aggregation.endswith("plus") else -1, base=base, width=width)


def mean_words(aggregation: str | float) -> tuple[str, str]:
    """Name of a mean in English and Chinese."""
    if isinstance(aggregation, (int, float)):
        return f"power mean with exponent {aggregation:g}", f"幂平均（指数 {aggregation:g}）"
    return MEAN_NAMES[aggregation]


def branches(tree: IndexTree, leaves: list[Leaf], used: list[Pillar]) -> Branches:
    """The used part of a tree.

    Parameters
    ----------
    tree : IndexTree
    leaves : list of Leaf
        Those that count become columns, in this order.
    used : list of Pillar
        Pillars that count; every parent of one of them counts as well.
    """
    mine = [leaf for leaf in leaves if leaf.counts]
    column = {leaf.spec.id: k for k, leaf in enumerate(mine)}
    kept = {p.id for p in used}
    ids: list[str] = []
    children: list[tuple[str, ...]] = []
    stated: list[NDArray[np.float64]] = []
    comparisons: list[NDArray[np.float64] | None] = []
    nodes: list[Branch] = []
    for pillar in (*(p for p in tree.upward() if p.id in kept), None):
        name = None if pillar is None else pillar.id
        all_leaves = () if pillar is None else pillar.indicators
        good = [leaf for leaf in all_leaves if leaf.id in column]
        parts = [p for p in tree.children(name) if p.id in kept]
        weights = np.array([leaf.weight for leaf in good] + [p.weight for p in parts], dtype=float)
        everyone = [leaf.id for leaf in all_leaves] + [p.id for p in tree.children(name)]
        chosen = [leaf.id for leaf in good] + [p.id for p in parts]
        given = tree.comparison if pillar is None else pillar.comparison
        comparisons.append(_part(given, [everyone.index(c) for c in chosen], len(everyone)))
        stated.append(weights / weights.sum())
        children.append(tuple(chosen))
        nodes.append(
            Branch(np.array([column[leaf.id] for leaf in good], dtype=np.int64),
                   tuple(ids.index(p.id) for p in parts),
                   mean(tree.aggregation if pillar is None else pillar.aggregation, tree.normalisation))
        )  # fmt: skip
        ids.append(name or TOP)
    return Branches(leaves=tuple(leaf.spec for leaf in mine), ids=tuple(ids), children=tuple(children),
                    stated=tuple(stated), comparisons=tuple(comparisons), nodes=tuple(nodes))  # fmt: skip


def _part(matrix: Matrix | None, chosen: list[int], size: int) -> NDArray[np.float64] | None:
    """Rows and columns of the children that count; NaN (refused later) where the order does not fit."""
    if matrix is None:
        return None
    whole = np.array(matrix, dtype=float)
    return whole[np.ix_(chosen, chosen)] if len(whole) == size else np.full((len(chosen), len(chosen)), np.nan)
