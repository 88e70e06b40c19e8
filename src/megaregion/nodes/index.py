"""Composite index of places: scores, ranks, and their intervals over random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.aggregate import random_weights, rank_interval, ranks
from megaregion.core.index_draws import weight_ranks
from megaregion.errors import InputError
from megaregion.nodes.cases import of_year, place_of
from megaregion.nodes.columns import index_columns
from megaregion.nodes.index_branches import TOP, mean_words
from megaregion.nodes.index_chain import Chain, chain
from megaregion.nodes.index_tables import IndexSteps, IndexValues
from megaregion.nodes.leaves import Step
from megaregion.nodes.tree import IndexTree
from megaregion.result import Column, Result

DRAWS = 2000
LEVELS = (0.05, 0.50, 0.95)
BEST = "benefit-of-the-doubt"
RULES = ("years", "goalposts", "normalisation", "outliers", "max_winsorised", "weights", "weight_sum", "cap",
         "max_missing", "neighbours", "tolerate_inconsistency", "least_share", "most_share")  # fmt: skip
DEFAULTS = {f.name: f.default for f in fields(IndexTree) if f.name in RULES}


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexResult(Result):
    """Scores and ranks of the places.

    Attributes
    ----------
    tree : IndexTree
        What was asked for.
    score : Series
        0-100, index `place_id`; missing everywhere if no pillar has data.
    rank : Series
        1 is best; ties go to the lower `place_id`.
    interval : DataFrame
        Ranks at 5, 50 and 95 % over random weights; columns rank_p05, rank_p50, rank_p95.
    pillars : DataFrame
        0-100; one column a pillar of the tree, missing where it has no data.
    status : tuple of dict
        What became of each pillar.
    values : IndexValues
    steps : IndexSteps
    """

    title_en: ClassVar[str] = "Composite index"
    title_zh: ClassVar[str] = "综合指数"
    tree: IndexTree
    score: pd.Series
    rank: pd.Series
    interval: pd.DataFrame
    pillars: pd.DataFrame
    status: tuple[dict[str, Any], ...]
    values: IndexValues
    steps: IndexSteps
    draws: int
    seed: int | None
    name: str = "index"

    def describe(self) -> tuple[Column, ...]:
        """Columns; one more for each pillar of the tree."""
        return index_columns(self.tree, self.name)

    def to_frame(self) -> pd.DataFrame:
        """One row a place, in order of `place_id`."""
        out = pd.DataFrame({"place_id": self.score.index, "score": self.score.to_numpy()})
        out["rank"] = self.rank.to_numpy()
        for name in self.interval:
            out[name] = self.interval[name].to_numpy()
        for pillar in self.tree.pillars:
            out[f"pillar_{pillar.id}"] = self.pillars[pillar.id].to_numpy()
        return out

    def parameters(self) -> dict[str, Any]:
        """Rules of the tree and of the draws."""
        tree = self.tree
        return {
            "name": tree.name, "year": tree.year, "min_indicators": tree.min_indicators, "delta": tree.delta,
            "missing": tree.missing, "constant": tree.constant, "inside_pillar": self._inside(),
            "across_pillars": tree.aggregation, "draws": self.draws, "seed": self.seed, "levels": list(LEVELS),
            **{key: getattr(tree, key) for key in RULES if getattr(tree, key) != DEFAULTS[key]},
        }  # fmt: skip

    def _inside(self) -> Any:
        own = {p.id: p.aggregation for p in self.tree.pillars if p.aggregation != "arithmetic"}
        return own or "linear"

    def facts(self) -> dict[str, Any]:
        """Which pillars count, which are holes and why."""
        width = (self.interval["rank_p95"] - self.interval["rank_p05"]).median()
        return {
            "name": self.tree.name,
            "name_zh": self.tree.name_zh,
            "year": self.tree.year,
            "places": len(self.score),
            "pillars": [dict(entry) for entry in self.status],
            "pillars_used": sum(entry["status"] == "used" for entry in self.status),
            "median_interval_width": None if pd.isna(width) else float(width),
        }


def index(
    indicators: pd.DataFrame,
    places: Sequence[str],
    *,
    tree: IndexTree,
    seed: int | np.random.Generator,
    draws: int = DRAWS,
    name: str = "index",
    groups: pd.Series | None = None,
) -> IndexResult:
    """Composite index of `places` by `tree`, with 5-95 % intervals of the ranks over random weights.

    Parameters
    ----------
    indicators : DataFrame
        Tidy table `indicators` (place_id, year, indicator, value, unit, scope ...).
    places : sequence of str
        Places to be ranked.
    tree : IndexTree
        Pillars, indicators, goalposts.
    seed : int or Generator
        For the random weights.
    draws : int, default 2000
        How many vectors of weights; 0 is not allowed.
    name : str, default "index"
        Name of the result: ``index`` or ``index_<suffix>``.
    groups : Series, optional
        Group of each place, for trees that fill gaps by group.

    Returns
    -------
    IndexResult
        Score = 100 prod_p (sum_k w_k x'_k)^(W_p); x' between the goalposts and at least `tree.delta`; other scales,
        means and depths as the tree says. Of a panel the year `tree.year`.

    Raises
    ------
    InputError
        Scopes are mixed, a place has two values, a value is not finite, units cannot be converted; all at once.
    MissingDataError
        A place lacks a value and the tree says ``missing = "error"``.

    Notes
    -----
    OECD/JRC (2008), Handbook on Constructing Composite Indicators; intervals after Saisana, Saltelli &
    Tarantola (2005), over weights only.
    """
    if draws < 1:
        raise InputError(f"draws must be >= 1, got {draws}", hint="2000 takes milliseconds")
    found = chain(indicators, places, tree=tree, groups=groups)
    labels = place_of(found.scores.index).unique()
    names = ["rank_p05", "rank_p50", "rank_p95"]
    if found.branches is None:
        score = rank = pd.Series(np.nan, labels)
        interval, columns = pd.DataFrame(np.nan, labels, names), pd.DataFrame(index=labels)
    else:
        mine = of_year(found.scores, tree.year)
        x = of_year(found.scaled, tree.year).to_numpy(float)
        score = pd.Series(found.points(mine[TOP].to_numpy(float)), labels)
        rank = pd.Series(ranks(mine[TOP].to_numpy(float)), labels)
        interval = pd.DataFrame(_interval(found, x, seed, draws).T, labels, names)
        columns = found.points(mine.drop(columns=TOP))
    return IndexResult(
        tree=tree, score=score, rank=rank, interval=interval,
        pillars=columns.reindex(columns=[p.id for p in tree.pillars]),
        status=found.status, values=IndexValues(leaves=found.leaves, source=_file(name)),
        steps=IndexSteps(steps=(*found.steps, *closing_steps(found, len(labels), draws))), draws=draws, name=name,
        seed=seed if isinstance(seed, int) else None, warnings=found.warnings,
    )  # fmt: skip


def _file(name: str) -> str:
    """File of the tree whose result is `name`: index_x comes from index.x.toml."""
    return f"{name.replace('_', '.', 1)}.toml"


def _interval(found: Chain, x: NDArray[np.float64], seed: int | np.random.Generator, draws: int) -> NDArray[Any]:
    """Ranks at 5, 50 and 95 % over random weights of the children of every branch; missing where there are none."""
    if found.branches is None or found.tree.weights == BEST:  # every place has weights of its own: none to draw
        return np.full((len(LEVELS), len(x)), np.nan)
    drawn = [
        random_weights(w, draws, generator(seed, "index", *(() if name == TOP else (name,))))
        for name, w in zip(found.branches.ids, found.weights, strict=True)
    ]
    return rank_interval(weight_ranks(x, found.branches.nodes, drawn), np.array(LEVELS))


def closing_steps(found: Chain, places: int, draws: int) -> list[Step]:
    """Last lines of the log: the mean at the top and the ranks over random weights."""
    tree, used = found.tree, [p for p in found.used if p.parent is None]
    holes = [p for p in tree.children(None) if p not in used]
    word, word_zh = mean_words(tree.aggregation)
    names, names_zh = ", ".join(p.id for p in used), "、".join(p.name_zh or p.name for p in used)
    left = ", ".join(p.id for p in holes)
    left_zh = "、".join(p.name_zh or p.name for p in holes)
    drawn = bool(used) and tree.weights != BEST
    why, why_zh = ("", "") if drawn else ("no pillar has data", "各维度均无数据")
    if used and not drawn:
        why, why_zh = "no intervals: every place has weights of its own", "无区间：各地权重自定"
        word, word_zh = "benefit of the doubt over", "数据包络（BoD）"
    return [
        Step(
            subject="score", came_in=len(tree.children(None)),
            done=f"{word} of {names}" if used else "", done_zh=f"{word_zh}：{names_zh}" if used else "",
            skipped=f"pillars without data: {left}" if holes else "",
            skipped_zh=f"无数据的维度：{left_zh}" if holes else "",
        ),
        Step(
            subject="ranks", came_in=places if used else 0,
            done=f"{draws} random weight vectors inside and across pillars, ranks at 5, 50 and 95 %" if drawn else "",
            done_zh=f"维度内与维度间随机权重 {draws} 组，取名次的 5%、50%、95% 分位" if drawn else "",
            skipped=why, skipped_zh=why_zh,
        ),
    ]  # fmt: skip
