"""Potential interaction of the literature on city networks ("modified gravity"): a formula, not an observed flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.align import exact
from megaregion.data.cluster import Cluster, residents, values
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
NOT_OBSERVED = (
    "no flow was observed: exponents are imposed and sizes stand on both sides, so that networks, regressions and "
    "borders read from it are circular"
)
PRODUCT_ROLES = ("value_added", "income")
SPAN = (0.5, 0.75, 1.0, 1.25, 1.5)  # of the exponent: 1 to 3 around 2, the range that studies impose


@dataclass(frozen=True, eq=False, kw_only=True)
class Potential(Result):
    """Potential interaction of every ordered pair, in no unit."""

    table: pd.DataFrame
    exponent: float
    unit: str = ""
    product: str = ""

    title_en: ClassVar[str] = "Potential interaction (formula, not observed)"
    title_zh: ClassVar[str] = "潜在联系强度（公式推算，非实测）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; the distance has the unit that it was given in."""
        ends = {"place_id": ["{origin}", "{destination}"]}
        inputs = (Input("tables/places.csv", ends), Input("tables/indicators.csv", ends))

        def number(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula="methods#potential", inputs=inputs)

        return (
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            number("distance", self.unit, "Distance or minutes of the formula", "公式所用距离或时间"),
            number("potential", "index", "Potential, not observed", "潜在联系强度（非实测）"),
            number("rank", "", "Rank of the potential, not observed", "潜在联系位次（非实测）"),
            number("rank_low", "", "Best rank, exponent half to one and a half times", "位次上限（指数0.5至1.5倍）"),
            number("rank_high", "", "Worst rank, exponent half to one and a half times", "位次下限（指数0.5至1.5倍）"),
            Column("observed", "", "Flow was measured, not modelled", "流量为实测"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """The imposed exponent, the unit of the distance and the indicator of the product."""
        return {"exponent": self.exponent, "unit": self.unit, "product": self.product}

    def facts(self) -> dict[str, Any]:
        """Pairs, and how many of the ten highest stay there whatever the exponent of the range."""
        return {
            "observed": False,
            **{name: value for name, value in self.parameters().items() if value != ""},
            "pairs": len(self.table),
            "first_ten_whatever_the_exponent": int((self.table["rank_high"] <= 10).sum()),
        }


def potential(
    population: pd.Series, product: pd.Series, distance: pd.DataFrame, *, exponent: float = 2.0, unit: str = "",
) -> Potential:  # fmt: skip
    """R_ij = k_ij sqrt(P_i G_i) sqrt(P_j G_j) / d_ij^exponent with k_ij = G_i / (G_i + G_j).

    Parameters
    ----------
    population, product : Series
        P and G, > 0; index `place_id`.
    distance : DataFrame, rows origin, columns destination
        > 0 off the diagonal, which is not read; +inf gives zero.
    exponent : float
        Imposed, not estimated; where any flow is measured, estimate it with `gravity_equation` instead.
    unit : str
        Of the distance.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Places differ, or values are missing or out of range.
    """
    _, other, far = exact(population, product, distance)
    p, g, d = population.to_numpy(float), other.to_numpy(float), far.to_numpy(float)
    _require(population.index, {"population": p, "product": g}, d, exponent)
    i, j = np.nonzero(~np.eye(len(p), dtype=bool))
    size = np.sqrt(p * g)
    masses, apart = g[i] / (g[i] + g[j]) * size[i] * size[j], d[i, j]
    value = masses * apart**-exponent
    ranks = np.array([_rank(masses * apart ** (-exponent * times)) for times in SPAN])
    table = pd.DataFrame({
        "origin": population.index[i], "destination": population.index[j], "distance": apart, "potential": value,
        "rank": _rank(value), "rank_low": ranks.min(axis=0), "rank_high": ranks.max(axis=0), "observed": False,
    })  # fmt: skip
    return Potential(table=table, exponent=exponent, unit=unit, warnings=(NOT_OBSERVED,))


def potential_of_cluster(cluster: Cluster, distance: pd.DataFrame, *, exponent: float, unit: str) -> Potential:
    """Potential interaction between the units of analysis, of residents and product in the base year, the largest
    first.

    Parameters
    ----------
    cluster : Cluster
        The product is the indicator of the role value_added, else income, in [indicators].
    distance : DataFrame, rows origin, columns destination
        NaN where there is no way.
    exponent : float
    unit : str
        Of the distance.

    Raises
    ------
    MissingDataError, InputError
        No role names a product, or as `potential`.
    """
    roles = cluster.attrs.get("indicators") or {}
    named = next((str(roles[role]) for role in PRODUCT_ROLES if roles.get(role)), None)
    if named is None:
        raise MissingDataError(
            "[indicators] of workspace.toml names no product of places: neither value_added nor income",
            hint='value_added = "gdp" says which indicator is the product of a place',
        )
    people, product = residents(cluster), values(cluster, named)
    found = potential(people, product, distance.fillna(np.inf), exponent=exponent, unit=unit)
    table = found.table.sort_values("rank", kind="stable", ignore_index=True)
    return Potential(table=table, exponent=exponent, unit=unit, product=named, warnings=found.warnings)


def _rank(value: Floats) -> NDArray[np.int64]:
    """One for the largest; equal values share the best rank."""
    return pd.Series(-value).rank(method="min").to_numpy().astype(np.int64)


def _require(index: pd.Index, sizes: dict[str, Floats], distance: Floats, exponent: float) -> None:
    away = np.where(np.eye(len(index), dtype=bool), 1.0, distance)
    gaps = [f"{name}: {_named(index[np.isnan(size)])}" for name, size in sizes.items() if np.isnan(size).any()]
    if np.isnan(away).any():
        gaps.append(f"distance: {_pairs(index, np.isnan(away))}")
    if gaps:
        raise MissingDataError("values are missing: " + "; ".join(gaps), hint="+inf says that there is no way")
    bad = [f"{name}: {_named(index[~(size > 0)])}" for name, size in sizes.items() if not (size > 0).all()]
    if not (away > 0).all():
        bad.append(f"distance: {_pairs(index, ~(away > 0))}")
    if not (np.isfinite(exponent) and exponent > 0):
        bad.append(f"exponent: {exponent!r}")
    if bad:
        raise InputError("values must be above zero: " + "; ".join(bad), hint="merge empty places or correct them")


def _named(places: pd.Index) -> str:
    return ", ".join(map(str, places[:5]))


def _pairs(index: pd.Index, where: NDArray[np.bool_]) -> str:
    return ", ".join(f"{index[i]}→{index[j]}" for i, j in np.argwhere(where)[:5])
