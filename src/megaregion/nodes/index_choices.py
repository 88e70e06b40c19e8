"""Choices that a maker of an index could have taken otherwise, and the index under every combination of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.aggregate import ranks
from megaregion.core.gap_filling import donor_draws
from megaregion.core.hierarchical_mean import Branch, branch_scores
from megaregion.core.index_draws import Runs, choice, run_draws, suits, weights_from_uniforms
from megaregion.errors import InputError
from megaregion.nodes import tree_keys
from megaregion.nodes.index_branches import Branches
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_scaling import scale, treat, with_margin
from megaregion.nodes.tree import Normalisation, Outliers

Floats = NDArray[np.float64]
NEGATIVE = "negative values have no such mean"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What is varied; the tree's own choice is always among the options, and first.

    Attributes
    ----------
    weights : bool
        Dirichlet weights around those of the chain, among the children of every branch.
    concentration : float
        How close they stay: variance w (1 - w) / (c k + 1) for k children; 1 knows nothing but the mean.
    normalisation : tuple of str
        Scales.
    outliers : tuple of str
        Treatments of long tails, for indicators without one of their own.
    aggregation : tuple of str or float
        Means at the top.
    inside : tuple of str or float
        Means of all other branches; empty leaves them as the tree says.
    fillings : int
        Tables drawn by hot deck from the nearest places, where the tree fills gaps; 0 keeps the stated filling.
    """

    weights: bool = True
    concentration: float = 1.0
    normalisation: tuple[Normalisation, ...] = ("minmax", "percentile")
    outliers: tuple[Outliers, ...] = ("none", "winsorise")
    aggregation: tuple[str | float, ...] = ("arithmetic", "geometric", "harmonic")
    inside: tuple[str | float, ...] = ()
    fillings: int = 20

    def __post_init__(self) -> None:
        wrong = [f"{key} must be among {', '.join(tree_keys.CHOICES[key])}, got {value!r}"
                 for key in ("normalisation", "outliers") for value in getattr(self, key)
                 if value not in tree_keys.CHOICES[key]]  # fmt: skip
        wrong += [f"{key}: {value!r} is neither an exponent nor one of {', '.join(tree_keys.MEANS)}"
                  for key in ("aggregation", "inside") for value in getattr(self, key)
                  if isinstance(value, str) and value not in tree_keys.MEANS]  # fmt: skip
        if not self.concentration > 0:
            wrong.append(f"concentration must be > 0, got {self.concentration}")
        if self.fillings < 0:
            wrong.append(f"fillings must be >= 0, got {self.fillings}")
        if wrong:
            raise InputError("; ".join(wrong))


class Recipe(NamedTuple):
    """One combination of choices, by the position of each."""

    normalisation: int
    outliers: int
    filling: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Options:
    """An index under every combination of choices, for the places of the year of the tree.

    Attributes
    ----------
    chain : Chain
    found : Branches
    choices : Choices
    normalisations, outliers, means, fillings : tuple
        Options of each choice; the first is the tree's own. Fillings: 0 is the stated one.
    raw : (fillings, rows, m) array
        Values by filling, all rows of the chain.
    """

    chain: Chain
    found: Branches
    choices: Choices
    normalisations: tuple[Normalisation, ...]
    outliers: tuple[Outliers, ...]
    means: tuple[tuple[str | float, str | float | None], ...]
    raw: Floats
    reasons: dict[Recipe, str] = field(default_factory=dict)

    @cached_property
    def now(self) -> NDArray[np.bool_]:
        """Rows of the chain that are of the year of the tree."""
        rows = self.chain.scaled.index
        year = self.chain.tree.year
        return np.asarray(rows.get_level_values("year") == year if rows.nlevels > 1 else np.ones(len(rows), bool))

    @cached_property
    def places(self) -> pd.Index:
        """Places, in order."""
        rows = self.chain.scaled.index[self.now]
        return rows.get_level_values("place_id") if rows.nlevels > 1 else rows

    @cached_property
    def recipes(self) -> list[Recipe]:
        """All combinations of scale, treatment and filling; the tree's own first."""
        return [Recipe(*r) for r in product(range(len(self.normalisations)), range(len(self.outliers)),
                                            range(len(self.raw)))]  # fmt: skip

    @cached_property
    def tables(self) -> list[Floats | None]:
        """Scaled values (n, m) of every recipe; None with a reason where a column has no such scale."""
        gaps = np.array([leaf.values.isna().any() for leaf in self.chain.leaves if leaf.counts])
        known: dict[tuple[int, int, int, int], Floats | str] = {}
        out: list[Floats | None] = []
        for recipe in self.recipes:
            columns = []
            for k in range(self.raw.shape[2]):
                key = (k, recipe.normalisation, recipe.outliers, recipe.filling if gaps[k] else 0)
                if key not in known:
                    known[key] = self._column(*key)
                column = known[key]
                if isinstance(column, str):
                    self.reasons.setdefault(recipe, column)
                    break
                columns.append(column)
            out.append(np.column_stack(columns) if len(columns) == self.raw.shape[2] else None)
        return out

    def _column(self, k: int, normalisation: int, outliers: int, filling: int) -> Floats | str:
        spec, tree = self.found.leaves[k], self.chain.tree
        how = self.normalisations[normalisation]
        try:
            treated = treat(self.raw[filling, :, k], spec.outliers or self.outliers[outliers], tree.max_winsorised)
            return with_margin(scale(treated, spec, how).values, how, tree.delta)[self.now]
        except InputError as error:
            return f"{spec.id}: {error.message}"

    @cached_property
    def trees(self) -> list[tuple[Branch, ...]]:
        """Branches under every mean and scale (Mazziotta-Pareto reckons on either's own), scales within means."""
        return [self.found.with_means(self.chain.tree, top=top, inside=inside, how=how)
                for top, inside in self.means for how in self.normalisations]  # fmt: skip

    def tree_of(self, recipe: int, mean: int) -> tuple[Branch, ...]:
        """Branches of one combination."""
        return self.trees[mean * len(self.normalisations) + self.recipes[recipe].normalisation]

    def reason(self, recipe: int, mean: int) -> str:
        """Why a combination gives no ranks; empty if it does."""
        if (x := self.tables[recipe]) is None:
            return self.reasons[self.recipes[recipe]]
        return "" if suits(x, self.tree_of(recipe, mean)) else NEGATIVE

    def factors(self) -> dict[str, list[int]]:
        """Choices with more than one option, and the columns of uniform numbers that drive each."""
        width = sum(len(w) for w in self.chain.weights)
        sizes = {"normalisation": len(self.normalisations), "outliers": len(self.outliers),
                 "aggregation": len(self.means), "filling": len(self.raw)}  # fmt: skip
        out = (
            {"weights": list(range(width))}
            if self.choices.weights and any(len(w) > 1 for w in self.chain.weights)
            else {}
        )
        return out | {name: [width + i] for i, (name, size) in enumerate(sizes.items()) if size > 1}

    @property
    def width(self) -> int:
        """Uniform numbers of one run."""
        return sum(len(w) for w in self.chain.weights) + 4

    def run(self, u: Floats) -> tuple[Runs, NDArray[np.int64], NDArray[np.int64]]:
        """Ranks under every row of uniform numbers (draws, `width`), with its recipe and its mean.

        Filling: with draws the stated filling is not among them, for it is their middle.
        """
        weights, at = [], 0
        free, close = self.choices.weights, self.choices.concentration
        for w in self.chain.weights:
            part = u[:, at : at + len(w)]
            weights.append(weights_from_uniforms(part, w, close) if free else np.broadcast_to(w, part.shape))
            at += len(w)
        n, o, m = (choice(u[:, at + i], len(options)) for i, options in
                   enumerate((self.normalisations, self.outliers, self.means)))  # fmt: skip
        drawn = len(self.raw) - 1
        f = choice(u[:, at + 3], drawn) + 1 if drawn else np.zeros(len(u), dtype=np.int64)
        recipe = (n * len(self.outliers) + o) * len(self.raw) + f
        return run_draws(self.tables, recipe, self.trees, m * len(self.normalisations) + n, weights), recipe, m

    def ranks_of(self, recipe: int, mean: int, weights: Sequence[Floats] | None = None) -> NDArray[np.int64]:
        """Ranks under one combination and one set of weights (the chain's if none is given)."""
        x = self.tables[recipe]
        if x is None:
            raise InputError(self.reason(recipe, mean))
        score = branch_scores(x, self.tree_of(recipe, mean), [w[None] for w in weights or self.chain.weights])[-1][0]
        return ranks(score)


def options(chain: Chain, choices: Choices, *, rng: np.random.Generator) -> Options:
    """An index with its alternatives.

    Raises
    ------
    InputError
        No pillar has data, or the weights differ by place (benefit of the doubt), so that there is nothing
        to draw around.
    """
    if chain.branches is None:
        raise InputError(f"index {chain.tree.name!r} has no score: no pillar has data")
    if chain.tree.weights == "benefit-of-the-doubt":
        raise InputError("benefit of the doubt gives every place weights of its own: there are none to vary",
                         hint='weights = "given" or "equal" in [index]')  # fmt: skip
    tree = chain.tree
    mine = [leaf for leaf in chain.leaves if leaf.counts]
    stated = np.column_stack([np.asarray(leaf.filled, dtype=float) for leaf in mine])
    raw = stated[None]
    gappy = np.column_stack([leaf.values.to_numpy(float) for leaf in mine])
    if choices.fillings and np.isnan(gappy).any():
        raw = np.concatenate([raw, donor_draws(gappy, tree.neighbours, choices.fillings, rng)])
    inside: tuple[str | float | None, ...] = (None, *choices.inside)
    tops = _first(tree.aggregation, choices.aggregation)
    return Options(chain=chain, found=chain.branches, choices=choices,
                   normalisations=_first(tree.normalisation, choices.normalisation),
                   outliers=_first(tree.outliers, choices.outliers),
                   means=tuple((top, inner) for top in tops for inner in inside), raw=raw)  # fmt: skip


def _first(own: Any, others: tuple[Any, ...]) -> tuple[Any, ...]:
    return (own, *(o for o in others if o != own))


def mean_label(pair: tuple[str | float, str | float | None]) -> str:
    """Name of a way to aggregate: at the top, and inside if that is varied."""
    top, inside = pair
    return f"{top}" if inside is None else f"{top}, inside {inside}"
