"""Observed flows over what distance and size let one expect, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.result import Column, Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ExpectedFlows(Result):
    """Observed over expected for every pair, with the interval that the estimation of the expectation leaves."""

    table: pd.DataFrame
    unit: str
    level: float
    dispersion: float

    title_en: ClassVar[str] = "Observed over expected flows"
    title_zh: ClassVar[str] = "实际流量与期望流量之比"

    @classmethod
    def of(
        cls, keys: pd.DataFrame, observed: Floats, mean: Floats, *, log_error: Floats, unit: str, level: float,
        dispersion: float,
    ) -> ExpectedFlows:  # fmt: skip
        """From observed flows, their means and the standard errors of the log means (n,).

        The ratio's interval is ratio times exp(-+ z log_error): how well the expectation is known. `excess_sd` is the
        distance of the flow from it in standard deviations of a flow, sqrt(dispersion times mean): whether chance
        alone would explain it. That is skewed where little is expected; `root_excess_sd`, 2 (sqrt(flow) - sqrt(mean))
        over sqrt(dispersion), has about the same spread at every mean (Anscombe 1948, Biometrika 35) and does not
        hang on the unit: pairs are ranked by it.
        """
        from scipy.stats import norm

        z = float(norm.ppf(0.5 + level / 2.0))
        ratio, spread = observed / mean, np.sqrt(dispersion)
        table = keys.assign(
            observed=observed, expected=mean, ratio=ratio, ratio_low=ratio * np.exp(-z * log_error),
            ratio_high=ratio * np.exp(z * log_error),
            excess_sd=(observed - mean) / np.sqrt(dispersion * mean) if dispersion > 0 else np.nan,
            root_excess_sd=2.0 * (np.sqrt(observed) - np.sqrt(mean)) / spread if dispersion > 0 else np.nan,
        )  # fmt: skip
        return cls(table=table, unit=unit, level=level, dispersion=dispersion)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; an index keeps its name, it never becomes persons."""
        formula = "methods#observed-over-expected"

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=formula)

        period = (Column("period", "", "Period", "时期", key=True),) if "period" in self.table else ()
        return (
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            *period,
            Column("observed", self.unit, "Observed", "实际值"),
            number("expected", self.unit, "Expected", "期望值"),
            number("ratio", "ratio", "Observed over expected", "实际与期望之比"),
            number("ratio_low", "ratio", "Interval, low", "区间下限"),
            number("ratio_high", "ratio", "Interval, high", "区间上限"),
            number("excess_sd", "", "Excess, in standard deviations of a flow", "超出量（标准差）"),
            number("root_excess_sd", "", "The same for square roots, by which pairs are ranked", "平方根尺度的超出量"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a flow that was used."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Level of the intervals and the spread of a flow."""
        return {"unit": self.unit, "level": self.level, "dispersion": self.dispersion}

    def facts(self) -> dict[str, Any]:
        """How many pairs stand out."""
        return {
            "pairs": len(self.table),
            "above": int((self.table["root_excess_sd"] > 1.96).sum()),
            "below": int((self.table["root_excess_sd"] < -1.96).sum()),
            "dispersion": self.dispersion,
        }
