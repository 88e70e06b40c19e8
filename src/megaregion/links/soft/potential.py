"""Potential interaction of the literature on city networks ("modified gravity"): a formula, not an observed flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Result

NOT_OBSERVED = (
    "no flow was observed: exponents are imposed and sizes stand on both sides, so that networks, regressions and "
    "borders read from it are circular"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Potential(Result):
    """Potential interaction of every ordered pair, in no unit."""

    table: pd.DataFrame
    exponent: float

    title_en: ClassVar[str] = "Potential interaction (formula, not observed)"
    title_zh: ClassVar[str] = "潜在联系强度（公式推算，非实测）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin", "", "From", "起点", key=True),
        Column("destination", "", "To", "终点", key=True),
        Column("potential", "index", "Potential, not observed", "潜在联系强度（非实测）", modelled=True,
               formula="methods#potential"),
        Column("observed", "", "Flow was measured, not modelled", "流量为实测"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """The imposed exponent."""
        return {"exponent": self.exponent}


def potential(population: pd.Series, product: pd.Series, distance: pd.DataFrame, *, exponent: float = 2.0) -> Potential:
    """R_ij = k_ij sqrt(P_i G_i) sqrt(P_j G_j) / d_ij^exponent with k_ij = G_i / (G_i + G_j).

    Parameters
    ----------
    population, product : Series
        P and G, > 0; index `place_id`.
    distance : DataFrame, rows origin, columns destination
        > 0 off the diagonal; +inf gives zero.
    exponent : float
        Imposed, not estimated; where any flow is measured, estimate it with `gravity_equation` instead.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Places differ, or values are missing or out of range.
    """
    _, other, far = exact(population, product, distance)
    p, g, d = population.to_numpy(float), other.to_numpy(float), far.to_numpy(float)
    off = ~np.eye(len(p), dtype=bool)
    if np.isnan(p).any() or np.isnan(g).any() or np.isnan(d[off]).any():
        raise MissingDataError("population, product or distance has gaps")
    if not ((p > 0).all() and (g > 0).all() and (d[off] > 0).all() and exponent > 0):
        raise InputError("population, product, distance between places and exponent must be > 0")
    size = np.sqrt(p * g)
    i, j = np.nonzero(off)
    value = g[i] / (g[i] + g[j]) * size[i] * size[j] * d[i, j] ** -exponent
    table = pd.DataFrame({"origin": population.index[i], "destination": population.index[j], "potential": value})
    return Potential(table=table.assign(observed=False), exponent=exponent, warnings=(NOT_OBSERVED,))
