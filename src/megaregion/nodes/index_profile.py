"""What holds a place back and what carries it: strengths, weaknesses, obstacle degree of every indicator."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.aggregate import ranks
from megaregion.core.hierarchical_mean import chain_weights
from megaregion.errors import InputError
from megaregion.nodes.cases import of_year
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_columns import profile_columns
from megaregion.nodes.index_tables import IndexTable

COUNT = 5


def profile(chain: Chain, *, count: int = COUNT) -> IndexTable:
    """Every place and used indicator in the year of the tree.

    Strengths are the `count` indicators in which a place ranks best and lies above the median place, weaknesses those
    in which it ranks worst and lies below. The obstacle degree is O_j = w_j (1 - x'_j) / sum_k w_k (1 - x'_k) with the
    weights in the whole index: weight times gap, which says what the score would gain most from, not why it is there.

    Parameters
    ----------
    chain : Chain
    count : int, default 5
        Strengths and weaknesses of a place.

    Raises
    ------
    InputError
        No pillar has data, or `count` is below 1.
    """
    if count < 1:
        raise InputError(f"count must be >= 1, got {count}")
    if chain.branches is None:
        raise InputError(f"index {chain.tree.name!r} has no score: no pillar has data")
    names = [leaf.id for leaf in chain.branches.leaves]
    own = {leaf.spec.id: leaf.share for leaf in chain.leaves}
    x = of_year(pd.DataFrame({n: own[n] for n in names}), chain.tree.year)
    values = x.to_numpy(float)
    n, m = values.shape
    rank = np.column_stack([ranks(column) for column in values.T])
    gap = values - np.median(values, axis=0)
    warnings: tuple[str, ...] = ()
    if chain.tree.normalisation == "z":
        obstacle = np.full((n, m), np.nan)
        warnings = ("obstacle degrees are not defined for z-scores, which have no best value",)
    else:
        short = chain_weights(chain.branches.nodes, chain.weights, m) * (1.0 - values)
        total = short.sum(axis=1, keepdims=True)
        obstacle = 100.0 * np.divide(short, total, out=np.zeros_like(short), where=total > 0)
    kind = np.full((n, m), "", dtype=object)
    for i in range(n):
        order = np.lexsort((-gap[i], rank[i]))
        kind[i, [j for j in order[:count] if gap[i, j] > 0]] = "strength"
        kind[i, [j for j in order[::-1][:count] if gap[i, j] < 0]] = "weakness"
    frame = pd.DataFrame(
        {"place_id": np.repeat(x.index.to_numpy(), m), "indicator": np.tile(np.array(names, dtype=object), n),
         "scaled": values.ravel(), "rank": rank.ravel(), "gap_to_median": gap.ravel(), "obstacle": obstacle.ravel(),
         "kind": kind.ravel()}
    )  # fmt: skip
    return IndexTable(
        frame=frame, described=profile_columns(chain.tree.normalisation),
        title=("Strengths and weaknesses", "优势与短板"),
        settings={"count": count, "year": chain.tree.year}, warnings=warnings,
    )  # fmt: skip
