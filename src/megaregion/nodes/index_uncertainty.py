"""How sure a rank is: Monte Carlo over the choices that make an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from megaregion._rng import generator
from megaregion.core.aggregate import rank_interval
from megaregion.core.index_draws import Runs
from megaregion.errors import InputError, SolveError
from megaregion.nodes.index_chain import Chain
from megaregion.nodes.index_choices import Choices, Options, mean_label, options
from megaregion.nodes.index_columns import recipe_columns, uncertainty_columns
from megaregion.nodes.index_tables import IndexTable

RUNS = 10_000
LEVELS = np.array([0.05, 0.5, 0.95])
TOP = (1, 5, 10)


@dataclass(frozen=True, eq=False, kw_only=True)
class Uncertainty:
    """Ranks over the draws by place, and what became of the draws by combination of choices."""

    ranks: IndexTable
    recipes: IndexTable


def uncertainty(
    chain: Chain, *, seed: int | np.random.Generator, draws: int = RUNS, choices: Choices | None = None,
    top: Sequence[int] = TOP,
) -> Uncertainty:  # fmt: skip
    """Rank intervals and probabilities over random weights, scales, treatments, fillings and means.

    Every draw takes each choice at random, independently; all options of a choice are equally likely.

    Parameters
    ----------
    chain : Chain
        Of a panel the year of the tree is ranked; scales are those of all years.
    seed : int or Generator
    draws : int, default 10,000
    choices : Choices, optional
        What is varied; what the tree says if not given.
    top : sequence of int, default (1, 5, 10)
        The share of draws that a place is among the first k is given for each; those beyond the number of places are
        left out.

    Returns
    -------
    Uncertainty
        A draw whose combination has no score is counted and named, and enters no interval.

    Raises
    ------
    InputError
        `draws` or `top` below 1, or nothing can be varied (see `options`).
    SolveError
        Every draw failed.

    Notes
    -----
    Saisana, Saltelli and Tarantola (2005), J. R. Stat. Soc. A 168(2).
    """
    if draws < 1 or any(k < 1 for k in top):
        raise InputError(f"draws and top must be >= 1, got {draws} and {list(top)}")
    rng = generator(seed, "index uncertainty")
    made = options(chain, choices or Choices(**chain.tree.vary), rng=rng)
    runs, recipe, mean = made.run(rng.random((draws, made.width)))
    recipes = _recipes(made, runs, recipe, mean)
    good = runs.ranks[runs.worked]
    if not len(good):
        reasons = "; ".join(dict.fromkeys(recipes.frame["reason"]))
        raise SolveError(f"index {chain.tree.name!r}: all {draws} draws failed ({reasons})", hint="fewer choices")
    n = len(made.places)
    kept = [k for k in top if k <= n]
    frame = pd.DataFrame({"place_id": made.places, "rank": made.ranks_of(0, 0)})
    for name, row in zip(
        ("rank_p05", "rank_p50", "rank_p95"), rank_interval(good.astype(np.int64), LEVELS), strict=True
    ):
        frame[name] = row
    frame["rank_mean"] = good.mean(axis=0)
    for k in kept:
        frame[f"top_{k}"] = (good <= k).mean(axis=0)
    failed = int((~runs.worked).sum())
    warnings = (
        [f"{failed} of {draws} draws failed and enter no interval; their combinations are listed"] if failed else []
    )
    if left := [k for k in top if k > n]:
        warnings.append(f"there are {n} places: nothing is said of the first {', '.join(map(str, left))}")
    facts = {"draws": draws, "failed": failed, "varied": sorted(made.factors()),
             "median_interval_width": float((frame["rank_p95"] - frame["rank_p05"]).median())}  # fmt: skip
    settings = {"seed": seed if isinstance(seed, int) else None, "draws": draws, **_named(made)}
    table = IndexTable(frame=frame, described=uncertainty_columns(kept),
                       title=("Ranks over the draws", "名次的不确定性"), headline=facts, settings=settings,
                       warnings=tuple(warnings))  # fmt: skip
    return Uncertainty(ranks=table, recipes=recipes)


def _named(made: Options) -> dict[str, list[str]]:
    """Options of every choice, by name."""
    close = made.choices.concentration
    return {
        "normalisation": list(made.normalisations), "outliers": list(made.outliers),
        "aggregation": [mean_label(m) for m in made.means], "fillings": [str(len(made.raw) - 1)],
        "weights": [f"dirichlet, concentration {close:g}" if made.choices.weights else "as stated"],
    }  # fmt: skip


def _recipes(made: Options, runs: Runs, recipe: np.ndarray, mean: np.ndarray) -> IndexTable:
    """Draws and failures by combination; the fillings drawn are counted together unless they failed."""
    rows = []
    count = np.bincount(mean * len(made.recipes) + recipe, minlength=len(made.means) * len(made.recipes))
    lost = np.bincount((mean * len(made.recipes) + recipe)[~runs.worked], minlength=len(count))
    for m, pair in enumerate(made.means):
        for r, at in enumerate(made.recipes):
            if not (drawn := int(count[m * len(made.recipes) + r])):
                continue
            failed = int(lost[m * len(made.recipes) + r])
            reason = made.reason(r, m) or ("scores that are not finite" if failed else "")
            rows.append(
                {"normalisation": made.normalisations[at.normalisation], "outliers": made.outliers[at.outliers],
                 "aggregation": mean_label(pair), "filling": "drawn" if at.filling else "stated", "draws": drawn,
                 "failed": failed, "reason": reason}
            )  # fmt: skip
    keys = ["normalisation", "outliers", "aggregation", "filling", "reason"]
    frame = pd.DataFrame(rows).groupby(keys, sort=False, as_index=False)[["draws", "failed"]].sum()
    return IndexTable(frame=frame, described=recipe_columns(), title=("Draws by combination", "各组合的抽样"),
                      headline={"failed": int(frame["failed"].sum())})  # fmt: skip
