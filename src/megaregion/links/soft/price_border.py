"""How wide a border is in prices: relative prices of two places move more where a border lies between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.sphere import matrix_km
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.segmentation import price_changes
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
ALL = "all"
DISTANCE, BORDER = "ln_distance", "border"
LEAST_CHANGES = 3
LEAST_PLACES = 6
FEW_CHANGES = 10
TINY = 1e-8
HETEROGENEOUS = "a border is confounded with groups whose prices vary more inside: compare the spread inside each group"
UNKNOWN = "the border is not identified: it takes two groups with at least two places each"
SHORT = "spreads rest on {n} changes only: they are too noisy to tell a border from none"


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceBorderResult(Result):
    """What distance and a border add to the spread of relative prices, of all goods and of each."""

    table: pd.DataFrame
    counts: dict[str, Any]
    kind: str
    inputs: tuple[Input, ...] = ()

    title_en: ClassVar[str] = "Width of the border in prices"
    title_zh: ClassVar[str] = "价格中的边界宽度"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def number(name: str, en: str, zh: str) -> Column:
            return Column(name, "", en, zh, modelled=True, formula="methods#price-border", inputs=self.inputs)

        return (
            Column("good", "", "Good", "商品", key=True),
            Column("term", "", "Term", "项", key=True),
            number("coef", "Adds to the spread (SD of changes of the log relative price)",
                   "对离散度（相对价格对数变动的标准差）的增量"),
            number("se", "Standard error", "标准误"),
            number("ci_low", "95 % interval, low", "95%区间下限"),
            number("ci_high", "95 % interval, high", "95%区间上限"),
            Column("errors", "", "Error over", "误差来源"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a good and term, the mean over goods first."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """What the prices are."""
        return {"kind": self.kind}

    def facts(self) -> dict[str, Any]:
        """Sizes, mean spread inside of groups and across, and inside of each group."""
        return self.counts


def price_border(
    prices: pd.DataFrame, places: pd.DataFrame, *, kind: Literal["price", "index"]
) -> PriceBorderResult:  # fmt: skip
    """Standard deviation of changes of relative prices on log distance and a border, for all pairs of places.

    Parameters
    ----------
    prices : DataFrame
        Columns place, good, period (numbers one apart) and price (> 0), one row each.
    places : DataFrame
        Index place, columns lon, lat (degrees) and group; a border lies between places of different groups.
    kind : {'price', 'index'}
        As in `megaregion.links.soft.segmentation.segmentation`.

    Returns
    -------
    PriceBorderResult
        Rows of `good` "all": mean of the coefficients of the goods. Without an identified border it has distance only.

    Raises
    ------
    SchemaError, MissingDataError, InputError
        As `segmentation`; or fewer than six places or three changes, a place without point or group, points that
        coincide.

    Notes
    -----
    Engel and Rogers (1996), American Economic Review 86(5): for each good the standard deviation over time of the
    change of ln(p_i / p_j), on ln distance, a border dummy and an effect of each of both places. Pairs share places
    and all goods share pairs, so errors over pairs are far too small; the error of the mean is the larger one of the
    spread of coefficients between goods and of leaving out each place (jackknife), by t with goods - 1 or places - 1.
    """
    wide, goods = price_changes(prices, kind)
    periods = sorted(wide)
    ids = wide[periods[0]].index
    at = _checked(places, ids, len(periods))
    first, second = (np.array(k, dtype=np.intp) for k in zip(*combinations(range(len(ids)), 2), strict=True))
    cube = np.stack([wide[p].to_numpy(float) for p in periods])
    spread = np.std(cube[:, first, :] - cube[:, second, :], axis=0, ddof=1)  # pairs x goods
    group = pd.factorize(at["group"])[0]
    across = group[first] != group[second]
    km = matrix_km(at["lon"], at["lat"])[first, second]
    if (km <= 0).any():
        raise InputError("two places lie at one point: their distance has no logarithm")
    n = len(ids)
    square = np.zeros((n, n, 2 + spread.shape[1]))  # ln km, border, spread of each good
    for one, two in ((first, second), (second, first)):
        square[one, two] = np.column_stack([np.log(km), across, spread])
    products = _products(square)
    if min(c[0, 0] for c in products) <= TINY:
        raise InputError("distances follow from the places alone: what distance adds is not identified")
    terms = [DISTANCE, BORDER] if all(_identified(c) for c in products) else [DISTANCE]
    k = len(terms)
    slopes = np.stack([np.linalg.solve(c[:k, :k], c[:k, 2:]) for c in products]).astype(np.float64)
    rows = _rows(slopes[0], slopes[1:], terms, goods)  # terms x goods; places x terms x goods
    warnings = [HETEROGENEOUS] if len(terms) > 1 else [UNKNOWN]
    if len(periods) < FEW_CHANGES:
        warnings.append(SHORT.format(n=len(periods)))
    return PriceBorderResult(
        table=rows, kind=kind, warnings=tuple(warnings),
        counts=_counts(spread, across, at["group"].to_numpy(object), first, second, len(periods), rows),
    )  # fmt: skip


def _checked(places: pd.DataFrame, ids: pd.Index, changes: int) -> pd.DataFrame:
    problems = []
    if lacking := [c for c in ("lon", "lat", "group") if c not in places]:
        raise InputError(f"places have no column {', '.join(lacking)}")
    if lost := [str(i) for i in ids if i not in places.index]:
        raise InputError(f"no places: {', '.join(lost[:5])}")
    at = places.loc[ids, ["lon", "lat", "group"]]
    if at.isna().to_numpy().any():
        problems.append(f"no point or no group: {', '.join(map(str, at.index[at.isna().any(axis=1)][:5]))}")
    if len(ids) < LEAST_PLACES:
        problems.append(f"it takes {LEAST_PLACES} places, got {len(ids)}")
    if changes < LEAST_CHANGES:
        problems.append(f"a spread over time takes {LEAST_CHANGES} changes, got {changes}")
    if problems:
        raise MissingDataError("width of the border in prices: " + "; ".join(problems))
    return at


def _products(square: Floats) -> list[Floats]:
    """Cross products of ln km and border with everything, less the effects of both places: of all, then without each.

    Over all pairs of n places a least-squares fit of place effects takes
    [s_u . s_v - t_u t_v / (2 n - 2)] / (n - 2) off the product of u and v, s their sums by place, t over all places.
    """
    everything = square.sum(axis=1)
    raw = np.einsum("ija,ijb->ab", square[..., :2], square, optimize=True) / 2.0

    def cleaned(product: Floats, sums: Floats) -> Floats:
        n, total = len(sums), sums.sum(axis=0)
        fit = (sums[:, :2].T @ sums - np.outer(total[:2], total) / (2.0 * n - 2.0)) / (n - 2.0)
        return np.asarray(product - fit)

    out = [cleaned(raw, everything)]
    for k, own in enumerate(square):
        out.append(cleaned(raw - own[:, :2].T @ own, np.delete(everything - own, k, axis=0)))
    return out


def _identified(products: Floats) -> bool:
    """Whether a border is left beside the places and the distance."""
    own = products[1, 1]
    return bool(own > TINY and own - products[0, 1] ** 2 / products[0, 0] > TINY * own)


def _rows(whole: Floats, left: Floats, terms: list[str], goods: list[Any]) -> pd.DataFrame:
    """The mean of the goods, then each of them."""
    from scipy.stats import t

    n, k = len(left), len(goods)

    def jackknife(values: Floats) -> float:
        return float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum()))

    by_place, by_good = float(t.ppf(0.975, n - 1)), float(t.ppf(0.975, k - 1))
    rows = []
    for i, term in enumerate(terms):
        over = {"places": jackknife(left[:, i].mean(axis=1)), "goods": float(whole[i].std(ddof=1) / np.sqrt(k))}
        half = {"places": by_place * over["places"], "goods": by_good * over["goods"]}
        wide = max(half, key=lambda name: half[name])
        rows.append((ALL, term, float(whole[i].mean()), over[wide], half[wide], wide))
    for j, good in enumerate(goods):
        for i, term in enumerate(terms):
            se = jackknife(left[:, i, j])
            rows.append((str(good), term, float(whole[i, j]), se, by_place * se, "places"))
    table = pd.DataFrame(rows, columns=["good", "term", "coef", "se", "half", "errors"])
    return table.assign(ci_low=table["coef"] - table["half"], ci_high=table["coef"] + table["half"])[
        ["good", "term", "coef", "se", "ci_low", "ci_high", "errors"]
    ]


def _counts(
    spread: Floats, across: NDArray[np.bool_], group: NDArray[Any], first: NDArray[np.intp], second: NDArray[np.intp],
    changes: int, rows: pd.DataFrame,
) -> dict[str, Any]:  # fmt: skip
    mean = spread.mean(axis=1)
    out: dict[str, Any] = {
        "places": len(group), "goods": spread.shape[1], "changes": changes, "pairs inside": int((~across).sum()),
        "pairs across": int(across.sum()), "mean spread": float(mean.mean()),
    }  # fmt: skip
    if across.any() and not across.all():
        out["mean spread inside"], out["mean spread across"] = float(mean[~across].mean()), float(mean[across].mean())
        for name in sorted(set(map(str, group))):
            own = ~across & (group[first].astype(str) == name)
            if own.any():
                out[f"mean spread inside {name}"] = float(mean[own].mean())
    both = rows[rows["good"] == ALL].set_index("term")
    if BORDER in both.index and (both["ci_low"] > 0).all():  # else the ratio has no finite interval
        coef = both["coef"].astype(float).to_dict()
        out["border as factor of distance"] = float(np.exp(coef[BORDER] / coef[DISTANCE]))
    return out
