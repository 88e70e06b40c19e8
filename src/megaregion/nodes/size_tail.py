"""Where the tail of the size distribution begins, how its exponent moves with the threshold, Pareto or lognormal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.size import hill_interval, rank_size
from megaregion.core.size_tail import MIN_TAIL, lognormal, pareto_distance, pareto_p
from megaregion.result import Column, Input, Result

DRAWS = 4999
MOST = 40  # thresholds looked at
_TAIL = "methods#size-tail"
_FIT = "methods#rank-size"


@dataclass(frozen=True, eq=False, kw_only=True)
class SizeTail(Result):
    """Exponent, distance from the Pareto law and lognormal alternative by threshold.

    Attributes
    ----------
    table : DataFrame
    draws : int
    origins : mapping of str to Input
        Rows that the sizes of each concept come from.
    """

    title_en: ClassVar[str] = "Tail of the sizes by threshold"
    title_zh: ClassVar[str] = "规模分布的尾部（按门槛）"
    table: pd.DataFrame
    draws: int
    origins: Mapping[str, Input]

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        rows = tuple(
            Input(o.table, {k: v for k, v in o.where.items() if v != "{place}"}) for o in self.origins.values()
        )
        return (
            Column("concept", "", "Population counted", "人口口径", key=True),
            Column("n", "count", "Places above the threshold", "门槛以上地区数", key=True),
            Column("threshold", "person", "Threshold", "门槛", inputs=rows),
            Column("zeta", "ratio", "Rank-size slope", "位序–规模斜率 ζ", True, _FIT, rows),
            Column("zeta_se", "ratio", "Standard error of the slope", "斜率标准误", True, _FIT, rows),
            Column("hill", "ratio", "Hill estimator", "Hill 估计", True, _TAIL, rows),
            Column("hill_se", "ratio", "Standard error of the Hill estimator", "Hill 标准误", True, _TAIL, rows),
            Column("hill_low", "ratio", "Hill estimator, lower 95 % bound", "Hill 95% 下限", True, _TAIL, rows),
            Column("hill_high", "ratio", "Hill estimator, upper 95 % bound", "Hill 95% 上限", True, _TAIL, rows),
            Column("distance", "ratio", "Distance from the Pareto law (KS)", "与帕累托律的距离", True, _TAIL, rows),
            Column("lognormal_gain", "index", "Log-likelihood, lognormal less Pareto", "对数似然差（对数正态−帕累托）",
                   True, _TAIL, rows),
            Column("p_pareto", "ratio", "p of Pareto against lognormal", "帕累托律的 p 值（备择：对数正态）",
                   True, _TAIL, rows),
            Column("chosen", "", "Threshold of least distance", "距离最小的门槛", formula=_TAIL, inputs=rows),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a concept and threshold, the highest threshold first."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """How it was computed."""
        return {"draws": self.draws, "min_tail": MIN_TAIL, "confidence": 0.95}

    def facts(self) -> dict[str, Any]:
        """The chosen tail of each concept, and how far the exponent moves over the thresholds."""
        out: dict[str, Any] = {}
        for concept, part in self.table.groupby("concept", sort=False):
            best = part[part["chosen"]].iloc[0]
            out[str(concept)] = {
                "n": int(best["n"]), "threshold": float(best["threshold"]), "hill": float(best["hill"]),
                "p_pareto": float(best["p_pareto"]), "hill_least": float(part["hill"].min()),
                "hill_most": float(part["hill"].max()),
            }  # fmt: skip
        return out


def size_tail(
    sizes: Mapping[str, pd.Series], *, origins: Mapping[str, Input], seed: int | np.random.Generator, draws: int = DRAWS
) -> SizeTail:
    """Tails over a ladder of thresholds, for each concept of population.

    Parameters
    ----------
    sizes : mapping of str to Series
        Concept -> people, > 0 and complete, index `place_id` (as checked by `nodes.hierarchy.hierarchy`).
    origins : mapping of str to Input
        Rows that hold them.
    seed : int or Generator
        For the p values.
    draws : int, default 4999

    Returns
    -------
    SizeTail
        No rows for a concept with fewer than ten places.

    Notes
    -----
    Clauset, Shalizi and Newman (2009), SIAM Review 51, for the choice of the threshold; del Castillo and Puig (1999),
    JASA 94, for the test.
    """
    parts, warnings = [], []
    for concept, values in sizes.items():
        size = np.sort(values.to_numpy(float))[::-1]
        if len(size) < MIN_TAIL or np.ptp(size[:MIN_TAIL]) == 0:
            warnings.append(f"{concept}: {len(size)} places are too few for a tail ({MIN_TAIL} needed)")
            continue
        counts = np.arange(MIN_TAIL, len(size) + 1)
        if len(counts) > MOST:
            counts = np.unique(np.geomspace(MIN_TAIL, len(size), MOST).round().astype(int))
        rows = [_row(size[:n]) for n in counts.tolist()]
        table = pd.DataFrame(rows).assign(concept=concept, p_pareto=pareto_p(size, counts, draws=draws, seed=seed))
        table["chosen"] = np.arange(len(table)) == int(table["distance"].to_numpy().argmin())
        parts.append(table)
        best = table[table["chosen"]].iloc[0]
        if best["p_pareto"] > 0.05:
            warnings.append(
                f"{concept}: in the tail of {best['n']:.0f} places a Pareto and a lognormal law cannot be told apart "
                f"(p = {best['p_pareto']:.2f})"
            )
    names = [c.name for c in SizeTail(table=pd.DataFrame(), draws=draws, origins=origins).describe()]
    whole = pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)
    return SizeTail(table=whole, draws=draws, origins=dict(origins), warnings=tuple(warnings))


def _row(size: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> dict[str, Any]:
    fit, tail = rank_size(size), hill_interval(size)
    return {
        "n": len(size), "threshold": float(size.min()), "zeta": fit.zeta, "zeta_se": fit.se, "hill": tail.zeta,
        "hill_se": tail.se, "hill_low": tail.low, "hill_high": tail.high, "distance": pareto_distance(size),
        "lognormal_gain": lognormal(size).gain,
    }  # fmt: skip
