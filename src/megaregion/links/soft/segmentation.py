"""Market segmentation by relative prices: how far prices of many goods move apart between places."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
NOISE = "errors of measurement widen the spread like segmentation does: compare within one source, not across sources"
KEYS = ["place", "good", "period"]
FEW_GOODS = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentationResult(Result):
    """Segmentation of every place and period, with the interval that the choice of goods leaves."""

    table: pd.DataFrame
    pairs: pd.DataFrame
    kind: Literal["price", "index"]
    goods: int
    inputs: tuple[Input, ...] = ()

    title_en: ClassVar[str] = "Market segmentation by relative prices"
    title_zh: ClassVar[str] = "市场分割指数（相对价格法）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#segmentation", inputs=self.inputs)

        return (
            Column("place", "", "Place", "地区", key=True),
            Column("period", "", "Period", "时期", key=True),
            number("segmentation", "Segmentation, mean over neighbours, times 100", "分割指数（×100）"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
            number("integration", "Integration, 1 over root", "整合指数（分割指数平方根的倒数）"),
            Column("neighbours", "count", "Neighbours compared", "比较的邻区数"),
            Column("driver", "", "Good that drives it most", "影响最大的商品"),
            number("without_driver", "Segmentation without that good", "剔除该商品后的分割指数"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a place and period, the last period and the most segmented place first."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """What the prices are."""
        return {"kind": self.kind}

    def facts(self) -> dict[str, Any]:
        """Mean segmentation by period, and the number of goods."""
        mean = self.table.groupby("period")["segmentation"].mean()
        return {"goods": self.goods, **{f"mean {p}": float(v) for p, v in mean.items()}}


def segmentation(
    prices: pd.DataFrame, neighbours: pd.DataFrame, *, kind: Literal["price", "index"]
) -> SegmentationResult:
    """Variance over goods of the change of relative prices between neighbours.

    Parameters
    ----------
    prices : DataFrame
        Columns place, good, period (numbers one apart) and price (> 0), one row each.
    neighbours : DataFrame
        Columns place_a, place_b: pairs that are compared, each once.
    kind : {'price', 'index'}
        Prices, of which changes are taken; or indices on the period before (102.3), which are changes already.

    Returns
    -------
    SegmentationResult
        Intervals by leaving out each good; `driver` is the good without which the index is lowest.
        `pairs` has the variance (not times 100) of every pair and period.

    Raises
    ------
    SchemaError, MissingDataError, InputError
        Columns are missing, a price is missing or not > 0, rows repeat, a pair is unknown, or there are fewer than
        three goods.

    Notes
    -----
    Q = ln(p_i / p_j) in t less in t - 1; abs(Q) less its mean over pairs of the good and period; variance over goods
    (divisor goods - 1). Parsley and Wei (2001), J. Int. Econ. 55(1); Gui, Chen, Lu and Chen (桂琦寰等 2006), World
    Economy (世界经济) 2. Sub-indices of consumer prices hide levels, so that a stable difference counts for nothing.
    """
    wide, goods = price_changes(prices, kind)
    pairs = _checked_pairs(neighbours, wide)
    spreads, without = _spreads(wide, pairs)
    means = _by_place(spreads, pairs)
    left = np.stack([_by_place(w, pairs).to_numpy(float) for w in without])
    k = len(goods)
    from scipy.stats import t

    half = float(t.ppf(0.975, k - 1)) * np.sqrt((k - 1) / k * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    value = means.to_numpy(float)
    keys = pd.MultiIndex.from_product([means.index, means.columns], names=["place", "period"])
    long = keys.to_frame(index=False)
    flat = half.ravel()
    count = pd.concat([pairs["place_a"], pairs["place_b"]]).value_counts()
    table = long.assign(
        segmentation=100.0 * value.ravel(), ci_low=100.0 * np.maximum(value.ravel() - flat, 0.0),
        ci_high=100.0 * (value.ravel() + flat),
        integration=np.where(value.ravel() > 0, 1.0 / np.sqrt(np.where(value.ravel() > 0, value.ravel(), 1.0)), np.inf),
        neighbours=long["place"].map(count).to_numpy(int),
        driver=np.array(list(map(str, goods)), dtype=object)[left.argmin(axis=0).ravel()],
        without_driver=100.0 * left.min(axis=0).ravel(),
    ).sort_values(["period", "segmentation", "place"], ascending=[False, False, True], ignore_index=True)  # fmt: skip
    by_pair = pairs.loc[pairs.index.repeat(spreads.shape[1])].reset_index(drop=True)
    by_pair["period"] = np.tile(spreads.columns.to_numpy(), len(pairs))
    by_pair["variance"] = spreads.to_numpy(float).ravel()
    return SegmentationResult(table=table, pairs=by_pair, kind=kind, goods=k, warnings=(NOISE,))


def price_changes(prices: pd.DataFrame, kind: str) -> tuple[dict[Any, pd.DataFrame], list[Any]]:
    """Log changes (places x goods) by period."""
    lacking = [c for c in (*KEYS, "price") if c not in prices]
    if lacking:
        raise SchemaError(f"prices has no column {', '.join(lacking)}")
    if kind not in ("price", "index"):
        raise InputError(f"kind must be price or index, got {kind!r}")
    rows = prices[[*KEYS, "price"]]
    if rows.isna().to_numpy().any():
        raise MissingDataError("prices has missing values", hint="leave a good out that is not known everywhere")
    problems = []
    if not (rows["price"] > 0).all():
        problems.append(f"{int((~(rows['price'] > 0)).sum())} prices are not > 0")
    if rows.duplicated(KEYS).any():
        problems.append(f"{int(rows.duplicated(KEYS).sum())} rows are repeated")
    goods, periods = sorted(rows["good"].unique()), sorted(rows["period"].unique())
    if len(goods) < FEW_GOODS:
        problems.append(f"a variance over goods needs at least {FEW_GOODS}, got {len(goods)}")
    if kind == "price" and (len(periods) < 2 or any(np.diff(np.asarray(periods, dtype=float)) != 1)):
        problems.append(f"periods must be one apart and at least two, got {periods[:5]}")
    if problems:
        raise InputError("; ".join(problems))
    cube = rows.pivot(index=["period", "place"], columns="good", values="price")
    if cube.isna().to_numpy().any() or len(cube) < len(periods) * rows["place"].nunique():
        raise MissingDataError("a good is not priced in every place and period", hint="leave it, or the place, out")
    logs = {p: np.log(cube.loc[p].sort_index()) for p in periods}
    if kind == "index":
        return logs, goods
    return {p: logs[p] - logs[before] for before, p in pairwise(periods)}, goods


def _checked_pairs(neighbours: pd.DataFrame, wide: dict[Any, pd.DataFrame]) -> pd.DataFrame:
    lacking = [c for c in ("place_a", "place_b") if c not in neighbours]
    if lacking:
        raise SchemaError(f"neighbours has no column {', '.join(lacking)}")
    pairs = neighbours[["place_a", "place_b"]].reset_index(drop=True)
    places = next(iter(wide.values())).index
    lost = sorted((set(pairs["place_a"]) | set(pairs["place_b"])) - set(places), key=str)
    low, high = pairs.astype(str).min(axis=1), pairs.astype(str).max(axis=1)
    problems = [f"no prices of {', '.join(map(str, lost[:5]))}"] if lost else []
    if (low == high).any() or (low + "|" + high).duplicated().any():
        problems.append("a pair is listed twice, or joins a place to itself")
    if not len(pairs):
        problems.append("there are no pairs")
    if problems:
        raise InputError("; ".join(problems))
    return pairs


def _spreads(wide: dict[Any, pd.DataFrame], pairs: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Variance over goods (pairs x periods), on all goods and without each."""
    full, without = {}, [dict[Any, Floats]() for _ in next(iter(wide.values())).columns]
    for period, change in wide.items():
        value = change.to_numpy(float)
        i, j = (change.index.get_indexer(pd.Index(pairs[c])) for c in ("place_a", "place_b"))
        apart = np.abs(value[i] - value[j])
        apart -= apart.mean(axis=0)
        full[period] = apart.var(axis=1, ddof=1)
        for g, part in enumerate(without):
            part[period] = np.delete(apart, g, axis=1).var(axis=1, ddof=1)
    return pd.DataFrame(full), [pd.DataFrame(part) for part in without]


def _by_place(spreads: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean over the pairs of a place (places x periods)."""
    both = pd.concat([spreads.assign(place=pairs["place_a"]), spreads.assign(place=pairs["place_b"])])
    return both.groupby("place").mean()
