"""Stock of heritage by place with intervals of its rank, its use, carriers, and the residual of output."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.least_squares import least_squares
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.culture_sites import Sites
from megaregion.nodes.culture_tables import CarriersResult, LevelsResult, ResidualResult, StockResult

Floats = NDArray[np.float64]
DRAWS = 1000
LEAST = 8  # places below which a residual has no interval worth its name


def stock(
    sites: Sites, people: pd.Series, weights: Mapping[str, float], *, seed: int | np.random.Generator,
    factor: float = 2.0, draws: int = DRAWS,
) -> tuple[StockResult, LevelsResult]:  # fmt: skip
    """Stock of every place, its rank over random weights, and use where it is given.

    Parameters
    ----------
    sites : Sites
    people : Series
        Residents, index `place_id`: every place, also those without a site.
    weights : mapping
        Level -> weight.
    seed : int or Generator
        For the random weights.
    factor : float
        Each weight is multiplied by a number between 1 / factor and factor, uniform in the logarithm, on its own.
    draws : int

    Raises
    ------
    InputError
        `factor` or `draws` is out of range, or a place has no residents.
    """
    if not (factor >= 1 and np.isfinite(factor)) or draws < 100:
        raise InputError(f"culture: weight_factor must be >= 1 and draws >= 100, got {factor!r} and {draws!r}")
    people = people.sort_index()
    if not (people > 0).all():
        raise InputError(f"people must be > 0 everywhere; they are not in {people.index[~(people > 0)][:5].tolist()}")
    levels = sorted(weights)
    table = sites.table
    count = pd.crosstab(table["place_id"], table["level"]).reindex(index=people.index, columns=levels, fill_value=0)
    number = count.to_numpy(float)
    weight = np.array([weights[level] for level in levels], float)
    mine = number @ weight
    rng = generator(seed, "culture-weights")
    drawn = number @ (weight[:, None] * factor ** rng.uniform(-1.0, 1.0, (len(levels), draws)))
    low, high = np.quantile(_ranks(drawn), [0.05, 0.95], axis=1, method="inverted_cdf")
    out = pd.DataFrame({
        "place_id": people.index.astype(str), "sites": number.sum(axis=1).astype(int), "stock": mine,
        "stock_per_100k": mine / people.to_numpy(float) * 1e5, "rank": _ranks(mine), "rank_p05": low, "rank_p95": high,
        "rank_equal": _ranks(number.sum(axis=1)),
    })  # fmt: skip
    out = pd.concat([out, _use(table, people.index)], axis=1).sort_values(["rank", "place_id"], ignore_index=True)
    settings = {"weight_factor": factor, "draws": draws, **{f"weight {k}": float(weights[k]) for k in levels}}
    facts = {"sites": len(table), "stock": float(mine.sum()),
             "places_without_sites": int((number.sum(axis=1) == 0).sum()),
             "median_width_of_rank": float(np.median(high - low))}  # fmt: skip
    opened, said = _openness(table)
    note = ("lists of protected sites also reflect administrative quotas and when a place was surveyed: a stock counts "
            "what is listed, not what is there",)  # fmt: skip
    main = StockResult(table=out, settings=settings, more=facts | opened, warnings=(*sites.warnings, *note, *said))
    return main, LevelsResult(table=_levels(levels, weight, number))


def _ranks(values: Floats) -> NDArray[np.int64]:
    """Rank by value, the largest first; equal values share the best rank (values that differ by rounding are equal)."""
    from scipy.stats import rankdata

    top = values.max(axis=0)
    rounded = np.round(values / np.where(top > 0, top, 1.0), 12)
    return np.asarray(rankdata(-rounded, method="min", axis=0)).astype(np.int64)


def _use(table: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
    """What is open and what is visited, of the sites where it is known; and the bounds whatever the others are."""
    weight = table["weight"]
    known, counted = table["open"].notna(), table["visitors"].notna()
    opened = known & (table["open"].where(known, False) == True)  # noqa: E712 - values of several types

    def total(values: pd.Series) -> Floats:
        return values.groupby(table["place_id"]).sum().reindex(places).fillna(0.0).to_numpy(float)

    with np.errstate(invalid="ignore", divide="ignore"):
        share = total(weight * (known & opened)) / total(weight * known)
        low = total(weight * opened) / total(weight)
        high = total(weight * (opened | ~known)) / total(weight)
        heads, base = total(table["visitors"].fillna(0.0)), total(weight * counted)
        per_stock = heads / base
    told, nothing = not _one_kind(known, opened), np.full(len(places), np.nan)
    return pd.DataFrame({
        "open_known": total(known.astype(float)).astype(int), "open_share": share if told else nothing,
        "open_low": low if known.any() else nothing, "open_high": high if known.any() else nothing,
        "visitors_known": total(counted.astype(float)).astype(int), "visitors": np.where(base > 0, heads, np.nan),
        "visitors_per_stock": per_stock,
    })  # fmt: skip


def _one_kind(known: pd.Series, opened: pd.Series) -> bool:
    """Only some sites carry a flag, and all flags are the same: they were looked for among one kind."""
    return bool(known.any() and not known.all() and (opened[known].all() or not opened[known].any()))


def _openness(table: pd.DataFrame) -> tuple[dict[str, float], list[str]]:
    """The bounds of the whole list, and what to beware of."""
    known, weight = table["open"].notna(), table["weight"]
    if not known.any():
        return {}, []
    opened = known & (table["open"].where(known, False) == True)  # noqa: E712 - values of several types
    facts = {"open_known": int(known.sum()), "open_low": float(weight[opened].sum() / weight.sum()),
             "open_high": float(weight[opened | ~known].sum() / weight.sum())}  # fmt: skip
    if known.all():
        return facts, []
    text = (f"whether it is open is known of {int(known.sum())} of {len(table)} sites; open_low and open_high hold "
            "whatever the others are")  # fmt: skip
    if _one_kind(known, opened):
        text += f". All of these are {'open' if opened.any() else 'closed'}: a share of the known would be " + (
            "1" if opened.any() else "0") + " by the way they were found, so none is told"  # fmt: skip
    return facts, [text]


def _levels(levels: list[str], weight: Floats, number: Floats) -> pd.DataFrame:
    base = _ranks(number @ weight)
    rows = []
    for k, level in enumerate(levels):
        moves = []
        for change in (0.5, 2.0):
            other = weight.copy()
            other[k] *= change
            moves.append(np.abs(_ranks(number @ other) - base))
        worst = np.maximum(*moves)
        rows.append({"level": level, "weight": weight[k], "sites": int(number[:, k].sum()),
                     "share": float(number[:, k].sum() * weight[k] / (number @ weight).sum()),
                     "places_moved": int((worst > 0).sum()), "largest_move": int(worst.max())})  # fmt: skip
    return pd.DataFrame(rows).sort_values(["weight", "level"], ascending=[False, True], ignore_index=True)


def carriers(counts: pd.DataFrame, people: pd.Series) -> CarriersResult:
    """Institutions per 100,000 residents with the interval that their number alone allows.

    Parameters
    ----------
    counts : DataFrame, rows place_id, columns carrier
        Whole numbers >= 0; nothing missing.
    people : Series
        Residents, index `place_id`.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Places differ, a number is missing, or is no count.

    Notes
    -----
    Exact Poisson interval (Garwood 1936): with few institutions, rates of two places differ by chance of count alone.
    """
    from scipy.stats import chi2

    order = people.sort_index()
    rows = []
    for name in counts.columns:
        column = pd.Series(exact(order, counts[name])[1])
        if column.isna().any():
            raise MissingDataError(f"carriers: {name} is missing for {column.index[column.isna()][:5].tolist()}",
                                   hint="add the rows; a place without any has the number 0")  # fmt: skip
        number = column.to_numpy(float)
        if (number < 0).any() or (number != np.round(number)).any():
            bad = column.index[(number < 0) | (number != np.round(number))][:5].tolist()
            raise InputError(f"carriers: {name} must be whole numbers >= 0; it is not for {bad}")
        per = 1e5 / order.to_numpy(float)
        low = np.where(number > 0, chi2.ppf(0.025, 2 * np.maximum(number, 1)) / 2, 0.0)
        rows.append(pd.DataFrame({
            "place_id": order.index.astype(str), "carrier": str(name), "number": number.astype(int),
            "per_100k": number * per, "low": low * per, "high": chi2.ppf(0.975, 2 * number + 2) / 2 * per,
        }))  # fmt: skip
    note = "counts of institutions also reflect how they are counted and mapped"
    return CarriersResult(table=pd.concat(rows, ignore_index=True), warnings=(note,))


def output_residual(output: pd.Series, stock: pd.Series, people: pd.Series) -> ResidualResult:
    """Output of each place beyond what stock and residents explain, by a regression on all other places.

    Parameters
    ----------
    output : Series
        Visits, searches, revenue ... > 0, index `place_id`.
    stock : Series
        >= 0; places without any are left out and named.
    people : Series
        > 0.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Places differ, a value is missing or not positive, or fewer than eight places have a stock.

    Notes
    -----
    ln output = a + b ln stock + c ln people; the residual of a place is taken from the line of all others, its interval
    is that of a prediction (externally studentised residual, t with n - 4 degrees of freedom). It holds everything else
    that makes output: fame, prices, transport, what was not listed, error. It is not the value of a brand.
    """
    from scipy.stats import false_discovery_control, t

    y, s, n = _regression_frame(output, stock, people)
    without = s.index[s == 0]
    keep = s > 0
    if int(keep.sum()) < LEAST:
        raise InputError(f"the residual needs {LEAST} places with a stock, got {int(keep.sum())}",
                         hint="leave [options.culture] output out")  # fmt: skip
    x = np.column_stack([np.ones(int(keep.sum())), np.log(s[keep]), np.log(n[keep])])
    z = np.log(y[keep].to_numpy(float))
    fit = least_squares(x, z)
    leverage = np.einsum("ij,ji->i", x, np.linalg.solve(x.T @ x, x.T))
    freedom = len(z) - 4
    rest = fit.residual @ fit.residual - fit.residual**2 / (1 - leverage)
    out = fit.residual / (1 - leverage)  # y minus its prediction from all others
    spread = np.sqrt(np.maximum(rest, 0.0) / freedom / (1 - leverage))
    p = 2 * t.sf(np.abs(out) / spread, freedom)
    q = false_discovery_control(p)
    wide = float(t.ppf(0.975, freedom)) * spread
    table = pd.DataFrame({
        "place_id": s.index[keep].astype(str), "output": y[keep].to_numpy(float), "expected": np.exp(z - out),
        "residual": out, "low": out - wide, "high": out + wide, "p": p, "q": q,
        "reading": np.where(q > 0.05, "not told from none", np.where(out > 0, "above", "below")),
    }).sort_values(["residual", "place_id"], ascending=[False, True], ignore_index=True)  # fmt: skip
    low, high = fit.interval()
    facts = {"places": len(z), "r_squared": fit.r_squared,
             **{f"{name}": float(fit.estimate[k]) for k, name in enumerate(("constant", "stock_elasticity",
                                                                            "people_elasticity"))},
             "stock_elasticity_low": float(low[1]), "stock_elasticity_high": float(high[1])}  # fmt: skip
    notes = ["the residual holds everything that stock and people do not explain, errors among them: it is not the "
             "value of a brand"]  # fmt: skip
    if len(without):
        notes.append(f"{len(without)} places without a stock are left out of the residual: "
                     + ", ".join(map(str, without[:5])))  # fmt: skip
    return ResidualResult(table=table, more=facts, warnings=tuple(notes))


def _regression_frame(output: pd.Series, stock: pd.Series, people: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    _, y, s, n = exact(people.sort_index(), output, stock, people)
    assert isinstance(y, pd.Series)
    assert isinstance(s, pd.Series)
    assert isinstance(n, pd.Series)
    for name, values, zero in (("output", y, False), ("stock", s, True), ("people", n, False)):
        if values.isna().any():
            raise MissingDataError(f"{name} is missing for {values.index[values.isna()][:5].tolist()}")
        number = values.to_numpy(float)
        bad = ~np.isfinite(number) | (number < 0) | ((number == 0) & (not zero))
        if bad.any():
            labels = values.index[bad][:5].tolist()
            raise InputError(f"{name} must be {'>= 0' if zero else '> 0'}; it is not for {labels}")
    return y.astype(float), s.astype(float), n.astype(float)
