"""Composite index of places: fixed goalposts, linear inside a pillar, geometric across, ranks with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.aggregate import (
    goalposts,
    power_mean,
    random_weights,
    rank_interval,
    ranks,
)
from megaregion.errors import InputError
from megaregion.nodes.columns import index_columns, step_columns, value_columns
from megaregion.nodes.leaves import Leaf, Step, collect
from megaregion.nodes.tree import IndexTree, Pillar
from megaregion.result import Column, Result

DRAWS = 2000
LEVELS = (0.05, 0.50, 0.95)


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexSteps(Result):
    """Log of how an index was computed: what came in, what was done, what was skipped and why."""

    title_en: ClassVar[str] = "Steps of the composite index"
    title_zh: ClassVar[str] = "综合指数的计算步骤"
    columns: ClassVar[tuple[Column, ...]] = step_columns()
    steps: tuple[Step, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row a step."""
        rows = [{"step": number, **vars(step)} for number, step in enumerate(self.steps, start=1)]
        return pd.DataFrame(rows, columns=[c.name for c in self.columns])


@dataclass(frozen=True, eq=False, kw_only=True)
class IndexValues(Result):
    """Raw and scaled values behind an index, one row a place and indicator."""

    title_en: ClassVar[str] = "Values behind the composite index"
    title_zh: ClassVar[str] = "综合指数的原始值与归一值"
    leaves: tuple[Leaf, ...]
    source: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; the rows of origin depend on the file of the tree."""
        return value_columns(self.source)

    def to_frame(self) -> pd.DataFrame:
        """Indicators in the order of the tree, places in order."""
        names = [c.name for c in self.describe()]
        parts = [leaf.to_frame() for leaf in self.leaves if leaf.values.notna().any()]
        if not parts:
            return pd.DataFrame({name: pd.Series(dtype=object) for name in names})
        return pd.concat(parts, ignore_index=True)[names]


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
            "missing": tree.missing, "constant": tree.constant, "inside_pillar": "linear",
            "across_pillars": "geometric", "draws": self.draws, "seed": self.seed, "levels": list(LEVELS),
        }  # fmt: skip

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

    Returns
    -------
    IndexResult
        Score = 100 prod_p (sum_k w_k x'_k)^(W_p); x' between the goalposts and at least `tree.delta`.

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
    labels = _labels(places, draws)
    leaves, steps, warnings = collect(indicators, labels, tree)
    _scale(leaves, tree, steps)
    status = tuple(_status(pillar, leaves, tree, steps) for pillar in tree.pillars)
    used = [p for p, entry in zip(tree.pillars, status, strict=True) if entry["status"] == "used"]
    warnings += [f"pillar {entry['id']}: no data ({entry['missing_reason']})" for entry in status
                 if entry["status"] == "no data"]  # fmt: skip
    score, rank, interval, columns = _score(used, leaves, labels, seed, draws)
    steps += _closing_steps(tree, used, len(labels), draws)
    warnings += [] if used else ["no pillar has data: there is no score"]
    return IndexResult(
        tree=tree, score=score, rank=rank, interval=interval,
        pillars=columns.reindex(columns=[p.id for p in tree.pillars]),
        status=status, values=IndexValues(leaves=tuple(leaves), source=_file(name)),
        steps=IndexSteps(steps=tuple(steps)), draws=draws, name=name,
        seed=seed if isinstance(seed, int) else None, warnings=tuple(warnings),
    )  # fmt: skip


def _labels(places: Sequence[str], draws: int) -> pd.Index:
    if draws < 1:
        raise InputError(f"draws must be >= 1, got {draws}", hint="2000 takes milliseconds")
    labels = pd.Index(sorted(places), name="place_id")
    if labels.empty or not labels.is_unique:
        raise InputError("places must be distinct and at least one", hint="give each place_id once")
    return labels


def _file(name: str) -> str:
    """File of the tree whose result is `name`: index_x comes from index.x.toml."""
    return f"{name.replace('_', '.', 1)}.toml"


def _scale(leaves: list[Leaf], tree: IndexTree, steps: list[Step]) -> None:
    """Put usable leaves between their goalposts; drop those that say nothing."""
    for leaf in leaves:
        if leaf.reason:
            continue
        spec = leaf.spec
        scaled = goalposts(leaf.values.to_numpy(float), spec.low, spec.high, spec.direction, tree.delta)
        if tree.constant == "drop" and len(leaf.values) > 1 and np.ptp(scaled.values) == 0:
            leaf.reason = "constant"
            leaf.reason_text = "the scaled value is the same for all places"
            leaf.reason_zh = "各地归一值相同"
            steps.append(leaf.skip_step(len(leaf.values)))
            continue
        leaf.scaled = pd.Series(scaled.values, leaf.values.index)
        beyond = scaled.below + scaled.above
        side, side_zh = ("more", "越大越好") if spec.direction > 0 else ("less", "越小越好")
        steps.append(
            Step(
                subject=spec.id, came_in=len(leaf.values),
                done=f"scaled between {spec.low:g} and {spec.high:g} {spec.unit} ({side} is better), "
                f"margin {tree.delta:g}; {beyond} values beyond the goalposts set to them "
                f"({scaled.below} below, {scaled.above} above)",
                done_zh=f"按固定界限 {spec.low:g}–{spec.high:g}（{spec.unit}）归一，{side_zh}，"
                f"边距 {tree.delta:g}；超界取界值 {beyond} 个（低 {scaled.below}，高 {scaled.above}）",
                skipped="", skipped_zh="",
            )
        )  # fmt: skip


def _status(pillar: Pillar, leaves: list[Leaf], tree: IndexTree, steps: list[Step]) -> dict[str, Any]:
    """Whether a pillar counts; also written to the log."""
    mine = [leaf for leaf in leaves if leaf.pillar.id == pillar.id]
    good = [leaf.spec.id for leaf in mine if leaf.scaled is not None]
    reason = reason_zh = ""
    if len(good) < tree.min_indicators:
        if not mine:
            reason, reason_zh = "the tree names no indicators", "指标树未列指标"
        else:
            why = "".join(f"; {leaf.spec.id}: {leaf.reason_text}" for leaf in mine if leaf.reason)
            why_zh = "".join(f"；{leaf.spec.id}：{leaf.reason_zh}" for leaf in mine if leaf.reason)
            reason = f"{len(good)} of {len(mine)} indicators usable, {tree.min_indicators} needed{why}"
            reason_zh = f"{len(mine)} 项指标中 {len(good)} 项可用，至少需 {tree.min_indicators} 项{why_zh}"
    for leaf in mine:
        leaf.counts = leaf.scaled is not None and not reason
    steps.append(
        Step(
            subject=pillar.id, came_in=len(mine),
            done="" if reason else f"weighted mean of {', '.join(good)}",
            done_zh="" if reason else f"加权平均：{'、'.join(good)}",
            skipped=f"no data: {reason}" if reason else "",
            skipped_zh=f"无数据：{reason_zh}" if reason else "",
        )
    )  # fmt: skip
    return {
        "id": pillar.id, "name": pillar.name, "name_zh": pillar.name_zh,
        "status": "no data" if reason else "used", "indicators": good,
        "left_out": [leaf.spec.id for leaf in mine if leaf.scaled is None],
        "missing_reason": reason, "missing_reason_zh": reason_zh,
    }  # fmt: skip


def _score(
    used: list[Pillar], leaves: list[Leaf], labels: pd.Index, seed: int | np.random.Generator, draws: int
) -> tuple[pd.Series, pd.Series, pd.DataFrame, pd.DataFrame]:
    """Score, rank and intervals at the stated weights and over random ones; pillar columns 0-100."""
    names = ["rank_p05", "rank_p50", "rank_p95"]
    if not used:
        gap = pd.Series(np.nan, labels)
        return gap, gap.copy(), pd.DataFrame(np.nan, labels, names), pd.DataFrame(index=labels)
    fixed: list[NDArray[np.float64]] = []
    drawn: list[NDArray[np.float64]] = []
    for pillar in used:
        mine = [leaf for leaf in leaves if leaf.pillar.id == pillar.id and leaf.counts]
        x = np.column_stack([leaf.scaled.to_numpy(float) for leaf in mine if leaf.scaled is not None])
        w = _shares([leaf.spec.weight for leaf in mine])
        fixed.append(power_mean(x, w, 1.0))
        some = random_weights(w, draws, generator(seed, "index", pillar.id))
        drawn.append(np.einsum("dk,nk->dn", some, x))
    across = _shares([pillar.weight for pillar in used])
    score = power_mean(np.column_stack(fixed), across, 0.0)
    some = random_weights(across, draws, generator(seed, "index"))
    cloud = power_mean(np.stack(drawn, axis=-1), some[:, None, :], 0.0)
    interval = rank_interval(ranks(cloud), np.array(LEVELS))
    columns = {p.id: 100.0 * values for p, values in zip(used, fixed, strict=True)}
    return (
        pd.Series(100.0 * score, labels),
        pd.Series(ranks(score), labels),
        pd.DataFrame(interval.T, labels, names),
        pd.DataFrame(columns, labels),
    )


def _shares(weights: list[float]) -> NDArray[np.float64]:
    raw = np.array(weights, dtype=float)
    return np.asarray(raw / raw.sum())


def _closing_steps(tree: IndexTree, used: list[Pillar], places: int, draws: int) -> list[Step]:
    holes = [p for p in tree.pillars if p not in used]
    names, names_zh = ", ".join(p.id for p in used), "、".join(p.name_zh or p.name for p in used)
    left = ", ".join(p.id for p in holes)
    left_zh = "、".join(p.name_zh or p.name for p in holes)
    return [
        Step(
            subject="score", came_in=len(tree.pillars),
            done=f"geometric mean of {names}" if used else "", done_zh=f"几何平均：{names_zh}" if used else "",
            skipped=f"pillars without data: {left}" if holes else "",
            skipped_zh=f"无数据的维度：{left_zh}" if holes else "",
        ),
        Step(
            subject="ranks", came_in=places if used else 0,
            done=f"{draws} random weight vectors inside and across pillars, ranks at 5, 50 and 95 %" if used else "",
            done_zh=f"维度内与维度间随机权重 {draws} 组，取名次的 5%、50%、95% 分位" if used else "",
            skipped="" if used else "no pillar has data", skipped_zh="" if used else "各维度均无数据",
        ),
    ]  # fmt: skip
