"""Which choice moves which place: Sobol indices, one choice at a time, one indicator or pillar left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.variance_shares import design, shares
from megaregion.errors import InputError, SolveError
from megaregion.nodes.index_branches import TOP
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_choices import Choices, Options, mean_label, options
from megaregion.nodes.index_columns import alternative_columns, share_columns
from megaregion.nodes.index_tables import IndexTable, spearman
from megaregion.nodes.index_weights import column_weights, spread
from megaregion.nodes.tree import Weighting

Floats = NDArray[np.float64]
SIZE = 1024
SHIFT = "mean absolute rank shift"
RULES: tuple[Weighting, ...] = ("equal", "entropy", "critic", "pca")


@dataclass(frozen=True, eq=False, kw_only=True)
class Sensitivity:
    """Sobol indices by output and choice, and ranks with one choice changed or one part left out."""

    shares: IndexTable
    alternatives: IndexTable


def sensitivity(
    chain: Chain, *, seed: int | np.random.Generator, size: int = SIZE, choices: Choices | None = None
) -> Sensitivity:
    """First-order and total indices of the mean absolute rank shift and of each place's rank; single changes
    beside them.

    Parameters
    ----------
    chain : Chain
    seed : int or Generator
    size : int, default 1024
        Points of each of the two base samples, a power of two; the index is computed size x (choices + 2) times.
    choices : Choices, optional

    Raises
    ------
    InputError
        `size` is not a power of two, or nothing can be varied.
    SolveError
        Every point failed.

    Notes
    -----
    Saisana, Saltelli and Tarantola (2005), J. R. Stat. Soc. A 168(2), equation 9 for the shift. Weights are
    one choice: their
    columns are exchanged together.
    """
    if size < 2 or size & (size - 1):
        raise InputError(f"size must be a power of two, got {size}", hint="1024")
    rng = generator(seed, "index sensitivity")
    made = options(chain, choices or Choices(**chain.tree.vary), rng=rng)
    factors = made.factors()
    if not factors:
        raise InputError("nothing is varied: every choice has one option", hint="name alternatives in the choices")
    return Sensitivity(shares=_shares(made, factors, size, rng, seed), alternatives=alternatives(chain, made))


def _shares(
    made: Options, factors: dict[str, list[int]], size: int, rng: np.random.Generator, seed: object
) -> IndexTable:
    points = design(list(factors.values()), made.width, size, rng)
    runs, *_ = made.run(points.reshape(-1, made.width))
    base = made.ranks_of(0, 0)
    worked = runs.worked.reshape(len(points), size)
    whole = worked.all(axis=0)
    if whole.sum() < 2:
        raise SolveError(f"sensitivity: no point of the design worked ({int((~worked).sum())} runs failed)")
    rank = runs.ranks.reshape(len(points), size, -1)[:, whole].astype(float)
    shift = np.abs(rank - base).mean(axis=-1, keepdims=True)
    outputs = np.concatenate([shift, rank], axis=-1)
    got = shares(outputs[0], outputs[1:-1], outputs[-1])
    deviation = outputs[[0, -1]].reshape(-1, outputs.shape[-1]).std(axis=0)
    names = [SHIFT, *(str(p) for p in made.places)]
    frame = pd.DataFrame(
        {"output": np.repeat(names, len(factors)), "choice": list(factors) * len(names),
         **{key: getattr(got, key).T.ravel() for key in ("first", "total", "first_se", "total_se")},
         "spread": np.repeat(deviation, len(factors))}
    )  # fmt: skip
    lost = int(size - whole.sum())
    failed = int((~worked).sum())
    warnings = (
        [f"{failed} runs failed: {lost} of {size} points are left out, the indices hold for the rest"] if lost else []
    )
    still = [n for n, d in zip(names, deviation, strict=True) if d == 0]
    if still:
        warnings.append(f"{len(still)} outputs never move and have no indices: {', '.join(still[:5])}")
    places = frame[frame["output"] != SHIFT].dropna(subset=["total"])
    mover = places.loc[places.groupby("output", sort=False)["total"].idxmax(), "choice"].value_counts()
    overall = frame[frame["output"] == SHIFT].set_index("choice")["total"]
    facts = {"runs": int(runs.worked.size), "failed": failed,
             "mean_shift": float(shift[[0, -1]].mean()),
             "total_of_shift": {k: None if np.isnan(v) else round(float(v), 4) for k, v in overall.items()},
             "places_moved_most_by": {k: int(mover.get(k, 0)) for k in factors}}  # fmt: skip
    return IndexTable(frame=frame, described=share_columns(), title=("Which choice moves ranks", "何种选择左右名次"),
                      headline=facts, warnings=tuple(warnings),
                      settings={"size": size, "seed": seed if isinstance(seed, int) else None})  # fmt: skip


def alternatives(chain: Chain, made: Options | None = None) -> IndexTable:
    """Ranks with one choice changed: scale, treatment, mean, rule of weights; one indicator or one pillar left out.

    What is left out gives its weight to the others of its branch. No chance is involved: fillings and random
    weights are
    not among these.

    Parameters
    ----------
    chain : Chain
    made : Options, optional
        Choices with their options; the default ones if not given.
    """
    if made is None:
        still = Choices(**{**chain.tree.vary, "fillings": 0})
        made = options(chain, still, rng=np.random.default_rng(0))  # nothing is drawn
    base = made.ranks_of(0, 0)
    parts, moves = [], {}
    for kind, name, recipe, mean, weights in _cases(made):
        then: NDArray[np.int64] | None = None
        reason = weights if isinstance(weights, str) else made.reason(recipe, mean)
        if not reason and not isinstance(weights, str):
            then = made.ranks_of(recipe, mean, weights)
            moves[f"{kind}: {name}"] = {
                "mean_shift": round(float(np.abs(then - base).mean()), 4),
                "spearman": spearman(pd.Series(base), pd.Series(then)),
            }
        parts.append(
            pd.DataFrame(
                {"choice": kind, "alternative": name, "place_id": made.places, "rank": base,
                 "rank_then": np.nan if then is None else then, "shift": np.nan if then is None else then - base,
                 "reason": reason}
            )
        )  # fmt: skip
    described = alternative_columns()
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[c.name for c in described])
    broken = frame.loc[frame["reason"] != "", ["choice", "alternative", "reason"]].drop_duplicates()
    warnings = tuple(f"{c} {a}: no ranks ({r})" for c, a, r in broken.itertuples(index=False))
    return IndexTable(frame=frame, described=described, title=("One choice changed", "逐一改变设定"), headline=moves,
                      warnings=warnings)  # fmt: skip


def _cases(made: Options) -> Iterator[tuple[str, str, int, int, list[Floats] | str]]:
    """Choice, alternative, recipe, mean, weights (or why there are none)."""
    chain, found = made.chain, made.found
    own = list(chain.weights)
    for r, at in enumerate(made.recipes):
        if at.filling or (at.normalisation > 0) + (at.outliers > 0) != 1:
            continue
        if at.normalisation:
            yield "normalisation", made.normalisations[at.normalisation], r, 0, own
        else:
            yield "outliers", made.outliers[at.outliers], r, 0, own
    for m, pair in enumerate(made.means[1:], start=1):
        yield "aggregation", mean_label(pair), 0, m, own
    table = {leaf.spec.id: leaf.share for leaf in chain.leaves if leaf.counts}
    for rule in RULES:
        if rule == chain.tree.weights:
            continue
        try:
            weights: list[Floats] | str = (
                [np.full(len(c), 1.0 / len(c)) for c in found.children] if rule == "equal"
                else list(spread(column_weights(pd.DataFrame(table), rule, cap=chain.tree.cap), found))
            )  # fmt: skip
        except InputError as error:
            weights = error.message
        yield "weights", rule, 0, 0, weights
    for b, names in enumerate(found.children):
        for name in names:
            kind = "without pillar" if name in found.ids else "without indicator"
            yield kind, name, 0, 0, _without(made, b, names.index(name))


def _without(made: Options, branch: int, child: int) -> list[Floats] | str:
    """Weights with one child left out; a branch that loses its only child is left out of the one above."""
    found, weights = made.found, [w.copy() for w in made.chain.weights]
    while True:
        w = weights[branch]
        w[child] = 0.0
        if w.sum() > 0:
            weights[branch] = w / w.sum()
            return weights
        weights[branch] = np.full(len(w), 1.0 / len(w))  # not counted any more
        if found.ids[branch] == TOP:
            return "nothing is left"
        above = next(b for b, names in enumerate(found.children) if found.ids[branch] in names)
        branch, child = above, found.children[above].index(found.ids[branch])
