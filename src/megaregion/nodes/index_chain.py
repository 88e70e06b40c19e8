"""The whole chain of a composite index: values, gaps, long tails, scale, weights, means; every step recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.benefit_of_doubt import benefit_of_doubt
from megaregion.core.hierarchical_mean import branch_scores
from megaregion.core.index_draws import suits
from megaregion.errors import InputError
from megaregion.nodes.cases import some
from megaregion.nodes.index_branches import Branches, branches, mean_words
from megaregion.nodes.index_gaps import mend
from megaregion.nodes.index_stages import Stage, scale_leaves
from megaregion.nodes.index_status import status_of
from megaregion.nodes.index_weights import weigh
from megaregion.nodes.leaves import Leaf, Step, collect
from megaregion.nodes.tree import IndexTree, Pillar

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Chain:
    """Everything between the table of indicators and the scores.

    Attributes
    ----------
    tree : IndexTree
    leaves : tuple of Leaf
        Every indicator of the tree with its values at every stage.
    stages : dict
        Indicator -> what the treatment of long tails and the scale did.
    cells : DataFrame
        Filled cells: place_id, year, indicator, value, method.
    dropped : tuple of str
        Places left out because they lack a value.
    status : tuple of dict
        What became of each pillar.
    used : tuple of Pillar
    branches : Branches or None
        None if no pillar has data.
    weights : tuple of (k,) arrays
        Of the children of each branch.
    scaled : DataFrame
        Rows places (of a panel years and places), columns the used indicators; with the margin.
    scores : DataFrame
        Same rows; one column a used pillar and `score`, on the scale of the values.
    steps : tuple of Step
    warnings : tuple of str
    """

    tree: IndexTree
    leaves: tuple[Leaf, ...]
    stages: dict[str, Stage]
    cells: pd.DataFrame
    dropped: tuple[str, ...]
    status: tuple[dict[str, Any], ...]
    used: tuple[Pillar, ...]
    branches: Branches | None
    weights: tuple[Floats, ...]
    scaled: pd.DataFrame
    scores: pd.DataFrame
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]

    def points(self, values: Any) -> Any:
        """Scores as readers see them: 100 x, or 100 + 10 z."""
        return 100.0 + 10.0 * values if self.tree.normalisation == "z" else 100.0 * values


def chain(
    indicators: pd.DataFrame, places: Sequence[str], *, tree: IndexTree, groups: pd.Series | None = None
) -> Chain:
    """Compute an index step by step.

    Parameters
    ----------
    indicators : DataFrame
        Tidy table `indicators` (place_id, year, indicator, value, unit, scope ...).
    places : sequence of str
        Places to be scored.
    tree : IndexTree
        Pillars, indicators and rules.
    groups : Series, optional
        Group of each place, for the rules that fill gaps by group.

    Raises
    ------
    InputError
        Places are not distinct, a column or a rule cannot be used; all problems of a step at once.
    MissingDataError
        A place lacks a value and the tree says so, or a gap cannot be filled.

    Notes
    -----
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, steps 3 to 6.
    """
    labels = distinct(places)
    leaves, steps, warnings = collect(indicators, labels, tree)
    cells, dropped = mend(leaves, tree, groups, steps)
    if dropped:
        warnings.append(f"{len(dropped)} places lack a value and are left out: {some(dropped)}")
    if len(cells):
        warnings.append(f"{len(cells)} missing values were filled ({tree.missing}); they are listed")
    stages = scale_leaves(leaves, tree, steps)
    status, used = status_of(leaves, tree, steps)
    warnings += [f"pillar {entry['id']}: no data ({entry['missing_reason']})" for entry in status
                 if entry["status"] == "no data"]  # fmt: skip
    holes = {entry["id"] for entry in status if entry["status"] == "no data"}  # these name their indicators already
    warnings += [f"indicator {leaf.spec.id} is left out and its weight goes to the others of {leaf.pillar.id}: "
                 f"{leaf.reason_text}" for leaf in leaves if leaf.reason and leaf.pillar.id not in holes]  # fmt: skip
    rows = leaves[0].values.index if leaves else labels
    empty = pd.DataFrame(index=rows)
    if not used:
        return Chain(tree=tree, leaves=tuple(leaves), stages=stages, cells=cells, dropped=dropped, status=status,
                     used=(), branches=None, weights=(), scaled=empty, scores=empty, steps=tuple(steps),
                     warnings=(*warnings, "no pillar has data: there is no score"))  # fmt: skip
    found = branches(tree, leaves, used)
    mine = {leaf.spec.id: leaf for leaf in leaves if leaf.counts}
    shares = pd.DataFrame({k: mine[k].share for k in mine}, index=rows)
    scaled = pd.DataFrame({k: mine[k].scaled for k in mine}, index=rows)
    weights = weigh(shares, found, tree, steps, warnings)
    scores = _scores(scaled, found, weights, tree)
    return Chain(tree=tree, leaves=tuple(leaves), stages=stages, cells=cells, dropped=dropped, status=status,
                 used=tuple(used), branches=found, weights=weights, scaled=scaled, scores=scores, steps=tuple(steps),
                 warnings=tuple(warnings))  # fmt: skip


def distinct(places: Sequence[str]) -> pd.Index:
    """Places in order.

    Raises
    ------
    InputError
        There is none, or one twice.
    """
    labels = pd.Index(sorted(places), name="place_id")
    if labels.empty or not labels.is_unique:
        twice = sorted(set(labels[labels.duplicated()]))
        raise InputError(
            "places must be distinct and at least one" + (f", repeated: {some(twice)}" if twice else ", there is none"),
            hint="give each place_id once",
        )
    return labels


def _scores(scaled: pd.DataFrame, found: Branches, weights: tuple[Floats, ...], tree: IndexTree) -> pd.DataFrame:
    x = scaled.to_numpy(float)
    if not suits(x, found.nodes):
        where = [f"{c}: {some(scaled.index[scaled[c] < 0])}" for c in scaled.columns if (scaled[c] < 0).any()]
        names = sorted({mean_words(a)[0] for a in (tree.aggregation, *(p.aggregation for p in tree.pillars))})
        raise InputError(
            f"index {tree.name!r}: negative values have no such mean ({', '.join(names)}): {'; '.join(where[:5])}",
            hint="arithmetic or mazziotta-pareto with z-scores, or normalisation = minmax",
        )
    parts = [part[0] for part in branch_scores(x, found.nodes, [w[None] for w in weights])]
    if tree.weights == "benefit-of-the-doubt":
        top = found.nodes[-1]
        below = np.column_stack([*(x[:, j] for j in top.columns), *(parts[b] for b in top.branches)])
        if below.shape[1] == 1:  # a single pillar: its indicators are weighed
            below = x
        if not (below >= 0).all() or not (below > 0).any(axis=1).all():
            raise InputError("benefit of the doubt needs values >= 0, and one above 0 for every place")
        if not tree.least_share <= 1 / below.shape[1] <= tree.most_share:
            raise InputError(
                f"least_share and most_share must lie on either side of 1 / {below.shape[1]}, one part in all"
            )
        try:
            parts[-1] = benefit_of_doubt(below, least=tree.least_share, most=tree.most_share).scores
        except ValueError as error:
            raise InputError(
                f"index {tree.name!r}: benefit of the doubt, places in the order of place_id from 0: {error}",
                hint="a place with a zero cannot bring least_share there: lower it, or delta above 0",
            ) from error
    return pd.DataFrame(dict(zip(found.ids, parts, strict=True)), index=scaled.index)
