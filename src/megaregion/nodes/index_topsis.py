"""TOPSIS on the indicators of an index, with the rank reversals that it really has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.aggregate import ranks
from megaregion.core.closeness import closeness, reversals
from megaregion.core.hierarchical_mean import chain_weights
from megaregion.core.normalise import distance_to_target
from megaregion.errors import InputError
from megaregion.nodes.cases import of_year, some
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_columns import closeness_columns
from megaregion.nodes.index_tables import IndexTable


def topsis(chain: Chain) -> IndexTable:
    """Closeness of every place to the ideal, with the weights that the chain gives the indicators in the whole.

    Values are those after gaps and long tails, in the year of the tree; pillars count through the weights
    only. Every place is
    left out once, and the pairs of others that then change their order are counted.

    Raises
    ------
    InputError
        No pillar has data, a column is zero everywhere, or all places are the same.

    Notes
    -----
    Hwang and Yoon (1981), Multiple Attribute Decision Making.
    """
    if chain.branches is None:
        raise InputError(f"index {chain.tree.name!r} has no score: no pillar has data")
    x, direction = _matrix(chain)
    values = x.to_numpy(float)
    if (values == 0).all(axis=0).any():
        raise InputError(
            f"TOPSIS: columns of zeros {some(x.columns[(values == 0).all(axis=0)])}", hint="leave them out"
        )
    weights = chain_weights(chain.branches.nodes, chain.weights, values.shape[1])
    found = closeness(values, weights, direction)
    if np.isnan(found).any():
        raise InputError("TOPSIS: all places are the same, there is no ideal")
    turned = reversals(values, weights, direction) if len(values) > 2 else np.zeros(len(values), dtype=np.int64)
    frame = pd.DataFrame({"place_id": x.index, "closeness": found, "rank": ranks(found), "reversals": turned})
    guilty = x.index[turned > 0]
    warnings = [f"rank reversal: leaving out {some(guilty)} changes the order of others ({len(guilty)} places do so, "
                f"{int(turned[turned > 0].sum())} pairs in all)"] if len(guilty) else []  # fmt: skip
    if (turned < 0).any():
        warnings.append(f"without {some(x.index[turned < 0])} the closeness of the others is not defined")
        frame["reversals"] = frame["reversals"].where(frame["reversals"] >= 0)
    facts = {"places_whose_absence_turns_others": len(guilty), "pairs_turned": int(turned[turned > 0].sum())}
    return IndexTable(frame=frame, described=closeness_columns(), title=("TOPSIS", "TOPSIS 贴近度"), headline=facts,
                      warnings=tuple(warnings), settings={"weights": chain.tree.weights})  # fmt: skip


def _matrix(chain: Chain) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Treated values in the year of the tree and directions; a target becomes the distance to it."""
    columns, signs = {}, []
    for leaf in chain.leaves:
        if not leaf.counts or leaf.treated is None:
            continue
        values, sign = leaf.treated.to_numpy(float), leaf.spec.direction
        if leaf.spec.target is not None:
            treated = chain.stages[leaf.spec.id].treated
            first, last = leaf.spec.target
            values, sign = distance_to_target(values, (treated.of(first), treated.of(last))), -1
        columns[leaf.spec.id] = pd.Series(values, leaf.treated.index)
        signs.append(sign)
    return of_year(pd.DataFrame(columns), chain.tree.year), np.array(signs, dtype=np.int64)
