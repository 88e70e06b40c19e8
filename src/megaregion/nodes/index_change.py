"""Change of an index between years of a panel, split exactly over its indicators."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.hierarchical_mean import branch_scores, change_shares
from megaregion.errors import InputError
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_columns import change_columns
from megaregion.nodes.index_tables import IndexTable


def change(chain: Chain) -> IndexTable:
    """Contribution of every indicator to the change of every place's score, year by year and from first to last.

    The scale is the same in all years (goalposts fixed or pooled), so that a change of the score is a change of the
    place and not of the sample.

    Raises
    ------
    InputError
        The tree has no years, no pillar has data, the mean has no exact split (Mazziotta-Pareto, benefit of
        the doubt),
        or a value is zero under a mean that is not linear.

    Notes
    -----
    See `megaregion.core.hierarchical_mean.change_shares`.
    """
    tree, found = chain.tree, chain.branches
    if len(tree.years) < 2:
        raise InputError(
            f"index {tree.name!r}: a change needs at least two years", hint="years = [2010, 2020] in [index]"
        )
    if found is None:
        raise InputError(f"index {tree.name!r} has no score: no pillar has data")
    means = [node.mean for node in found.nodes]
    if tree.weights == "benefit-of-the-doubt" or any(m.penalty for m in means):
        raise InputError(
            f"index {tree.name!r}: its change has no exact split over indicators",
            hint="arithmetic, geometric, harmonic or another exponent as aggregation",
        )
    if any(m.needs_positive() for m in means) and not (chain.scaled.to_numpy(float) > 0).all():
        raise InputError(f"index {tree.name!r}: values of zero have no split under this mean", hint="delta above 0")
    names = [leaf.id for leaf in found.leaves]
    unit = chain.points(1.0) - chain.points(0.0)
    pairs = list(zip(tree.years, tree.years[1:], strict=False))
    if len(tree.years) > 2:
        pairs.append((tree.years[0], tree.years[-1]))
    parts = []
    for first, last in pairs:
        x = [chain.scaled.xs(year, level="year") for year in (first, last)]
        a, b = (values.to_numpy(float) for values in x)
        before, after = (
            [s[0] for s in branch_scores(v, found.nodes, [w[None] for w in chain.weights])] for v in (a, b)
        )
        shares = change_shares(before, after, (a, b), found.nodes, chain.weights) * unit
        if not np.isfinite(shares).all():
            raise InputError(
                f"index {tree.name!r}: values next to zero have no split under this mean", hint="delta above 0"
            )
        n = len(a)
        parts.append(
            pd.DataFrame(
                {"place_id": np.repeat(x[0].index.to_numpy(), len(names)), "from_year": first, "to_year": last,
                 "indicator": np.tile(np.array(names, dtype=object), n), "contribution": shares.ravel(),
                 "change": np.repeat((after[-1] - before[-1]) * unit, len(names))}
            )
        )  # fmt: skip
    return IndexTable(frame=pd.concat(parts, ignore_index=True), described=change_columns(),
                      title=("Change of the score by indicator", "得分变化的指标分解"),
                      settings={"years": list(tree.years)})  # fmt: skip
