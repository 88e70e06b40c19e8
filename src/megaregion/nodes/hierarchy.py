"""Size hierarchy of the places: rank-size slope, tail exponent, primacy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.aggregate import ranks
from megaregion.core.size import MIN_PLACES, hill, hill_interval, primacy, rank_size
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.columns import place_column
from megaregion.result import Column, Input, Result

Z95 = 1.959963984540054  # normal quantile at .975
_FIT = "methods#rank-size"
_PRIMACY = "methods#primacy"


@dataclass(frozen=True, eq=False, kw_only=True)
class SizeResult(Result):
    """Rank of each place by size, and the fitted rank-size line.

    Attributes
    ----------
    size : Series
        People, index `place_id` in order.
    origin : Input
        Rows that the sizes come from.
    """

    title_en: ClassVar[str] = "Size of the places"
    title_zh: ClassVar[str] = "城市规模与位序"
    size: pd.Series
    origin: Input

    def describe(self) -> tuple[Column, ...]:
        """Columns; the rows of origin depend on where the sizes were read."""
        mine, everyone = (self.origin,), (Input(self.origin.table, _for_all(self.origin.where)),)
        return (
            place_column(),
            Column("population", "person", "Population", "人口", inputs=mine),
            Column("rank", "count", "Rank by population", "人口位序", formula=_FIT, inputs=everyone),
            Column("log_size", "index", "ln population", "人口对数", formula=_FIT, inputs=mine),
            Column("log_rank", "index", "ln(rank - 1/2)", "ln(位序 − 1/2)", formula=_FIT, inputs=everyone),
            Column(
                "log_rank_fit", "index", "ln(rank - 1/2), fitted line", "ln(位序 − 1/2) 拟合值", modelled=True,
                formula=_FIT, inputs=everyone,
            ),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place, in order of `place_id`; the fit is missing where there are too few places."""
        size = self.size.to_numpy(float)
        fit = rank_size(size)
        rank = ranks(size)
        return pd.DataFrame(
            {
                "place_id": self.size.index,
                "population": size,
                "rank": rank,
                "log_size": np.log(size),
                "log_rank": np.log(rank - 0.5),
                "log_rank_fit": fit.intercept - fit.zeta * np.log(size),
            }
        )

    def facts(self) -> dict[str, Any]:
        """Total and the largest place."""
        return {
            "places": len(self.size),
            "total": float(self.size.sum()),
            "largest": str(self.size.index[int(np.argmax(self.size.to_numpy(float)))]),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class HierarchyResult(Result):
    """Shape of the size distribution, one row a concept of population.

    Attributes
    ----------
    sizes : mapping of str to Series
        Concept -> people.
    origins : mapping of str to Input
        Concept -> rows that the sizes come from.
    """

    title_en: ClassVar[str] = "Size hierarchy"
    title_zh: ClassVar[str] = "规模等级"
    sizes: Mapping[str, pd.Series]
    origins: Mapping[str, Input]

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        inputs = tuple(Input(o.table, _for_all(o.where)) for o in self.origins.values())
        return (
            Column("concept", "", "Population counted", "人口口径", key=True),
            Column("n", "count", "Places", "城市数", inputs=inputs),
            Column("zeta", "ratio", "Rank-size slope", "位序–规模斜率 ζ", True, _FIT, inputs),
            Column("se", "ratio", "Standard error of the slope", "斜率标准误", True, _FIT, inputs),
            Column("ci_low", "ratio", "Slope, lower 95 % bound", "斜率 95% 下限", True, _FIT, inputs),
            Column("ci_high", "ratio", "Slope, upper 95 % bound", "斜率 95% 上限", True, _FIT, inputs),
            Column("hill", "ratio", "Hill estimator", "Hill 估计", True, _FIT, inputs),
            Column("hill_se", "ratio", "Standard error of the Hill estimator", "Hill 标准误", True, _FIT, inputs),
            Column("hill_low", "ratio", "Hill estimator, lower 95 % bound", "Hill 95% 下限", True, _FIT, inputs),
            Column("hill_high", "ratio", "Hill estimator, upper 95 % bound", "Hill 95% 上限", True, _FIT, inputs),
            Column("primacy_2", "ratio", "Primacy S1/S2", "首位度（两城）", formula=_PRIMACY, inputs=inputs),
            Column("primacy_4", "ratio", "Primacy S1/(S2+S3+S4)", "四城指数", formula=_PRIMACY, inputs=inputs),
            Column("primacy_11", "ratio", "Primacy 2 S1/(S2+...+S11)", "十一城指数", formula=_PRIMACY, inputs=inputs),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a concept, in the order given; missing where there are too few places."""
        rows = []
        for concept, sizes in self.sizes.items():
            size = sizes.to_numpy(float)
            fit, tail = rank_size(size), hill_interval(size)
            rows.append(
                {
                    "concept": concept, "n": len(size), "zeta": fit.zeta, "se": fit.se,
                    "ci_low": fit.zeta - Z95 * fit.se, "ci_high": fit.zeta + Z95 * fit.se, "hill": hill(size),
                    "hill_se": tail.se, "hill_low": tail.low, "hill_high": tail.high,
                    **{f"primacy_{k}": primacy(size, k) for k in (2, 4, 11)},
                }
            )  # fmt: skip
        return pd.DataFrame(rows, columns=[c.name for c in self.describe()])

    def parameters(self) -> dict[str, Any]:
        """How the slope is estimated."""
        return {"shift": 0.5, "se": "zeta*sqrt(2/n)", "confidence": 0.95, "min_places": MIN_PLACES}

    def facts(self) -> dict[str, Any]:
        """What can be said of Zipf's law here."""
        covered = {}
        for concept, sizes in self.sizes.items():
            fit = rank_size(sizes.to_numpy(float))
            if np.isfinite(fit.zeta):
                covered[concept] = bool(abs(fit.zeta - 1.0) <= Z95 * fit.se)
        return {"interval_covers_one": covered}


def size(population: pd.Series, *, origin: Input) -> SizeResult:
    """Places ranked by population.

    Parameters
    ----------
    population : Series
        People, > 0, index `place_id`.
    origin : Input
        Rows of the workspace that hold them.

    Raises
    ------
    MissingDataError
        A place has no value.
    InputError
        A value is not positive.
    """
    return SizeResult(size=_checked(population, "population"), origin=origin)


def hierarchy(sizes: Mapping[str, pd.Series], *, origins: Mapping[str, Input]) -> HierarchyResult:
    """Rank-size slope, Hill estimator and primacy for each concept of population.

    Parameters
    ----------
    sizes : mapping of str to Series
        Concept -> people, > 0, index `place_id`.
    origins : mapping of str to Input
        Rows that hold them, for the same concepts.

    Raises
    ------
    MissingDataError, InputError
        As in `size`, for any concept.

    Notes
    -----
    ln(rank - 1/2) = a - zeta ln S, se = zeta sqrt(2 / n): Gabaix & Ibragimov (2011).
    """
    if set(sizes) != set(origins):
        raise InputError(f"sizes speak of {sorted(sizes)}, origins of {sorted(origins)}")
    checked = {concept: _checked(values, concept) for concept, values in sizes.items()}
    warnings = []
    for concept, values in checked.items():
        n = len(values)
        if n < MIN_PLACES:
            warnings.append(f"{concept}: {n} places are too few for a slope ({MIN_PLACES} needed)")
        else:
            warnings.append(
                f"{concept}: with {n} places the standard error of the slope is {np.sqrt(2 / n):.0%} of the slope; "
                "whether sizes follow Zipf's law cannot be tested in one cluster"
            )
    return HierarchyResult(sizes=checked, origins=dict(origins), warnings=tuple(warnings))


def _checked(values: pd.Series, name: str) -> pd.Series:
    out = values.astype(float).sort_index()
    if out.isna().any():
        lost = ", ".join(map(str, out.index[out.isna()][:5]))
        raise MissingDataError(f"{name}: {int(out.isna().sum())} places have no value: {lost}", hint="add the rows")
    if not (np.isfinite(out) & (out > 0)).all():
        bad = ", ".join(map(str, out.index[~(np.isfinite(out) & (out > 0))][:5]))
        raise InputError(f"{name} must be positive and finite, is not for {bad}", hint="zero is not 'unknown'")
    return out


def _for_all(where: Mapping[str, Any]) -> dict[str, Any]:
    """Selection of `where` without the restriction to the traced place."""
    return {key: value for key, value in where.items() if value != "{place}"}
