"""Inputs and outputs of innovation as they are, with intervals of counts; conversion where both parts are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.specialisation import garwood, wilson
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_tables import ConversionResult, VectorResult
from megaregion.result import Input
from megaregion.units import factor, is_money

Floats = NDArray[np.float64]
Z95 = 1.959963984540054
POISSON, NO_INTERVAL = "poisson", "not a count"
_ROW = Input(
    "tables/indicators.csv",
    {"place_id": "{place_id}", "indicator": "{indicator}", "year": "{year}", "scope": "{scope}"},
)
REASONS = {
    "converted": ("no number of licensed or transferred patents", "缺许可或转让专利数"),
    "stock": ("no number of valid patents", "缺有效专利数"),
    "differ": ("the two are of different years or territories", "两者年份或统计范围不一致"),
    "empty": ("no valid patents", "没有有效专利"),
    "beyond": ("more converted than valid", "转化数大于有效专利数"),
}


def vector(cluster: Cluster, options: InnovationOptions, *, seed: int | np.random.Generator) -> VectorResult | None:
    """Every indicator of innovation that the table has, for places of the level of analysis and of `options.kind`.

    Parameters
    ----------
    cluster : Cluster
    options : InnovationOptions
    seed : int or Generator
        For the intervals of ranks.

    Returns
    -------
    VectorResult or None
        One row a place and indicator that has a value; None where no indicator is there. `facts` names what is absent.

    Raises
    ------
    InputError
        A place has two values of one year, or a count is negative.
    """
    kinds = dict.fromkeys([str(cluster.attrs["level"]), *([options.kind] if options.kind else [])])
    roles = {**dict.fromkeys(options.inputs, "input"), **dict.fromkeys(options.outputs, "output")}
    parts: list[pd.DataFrame] = []
    warnings: list[str] = []
    for kind in kinds:
        places = cluster.select(kind).index
        for name, role in roles.items():
            rows = _rows(cluster, name, places)
            if len(rows):
                part, notes = _part(cluster, rows, name, len(places), generator(seed, "innovation", kind, name))
                parts.append(part.assign(kind=kind, role=role))
                warnings += notes
    if not parts:
        return None
    table = pd.concat(parts, ignore_index=True)
    have = set(table["indicator"])
    known = {"indicators": sorted(have), "absent_inputs": [n for n in options.inputs if n not in have],
             "absent_outputs": [n for n in options.outputs if n not in have]}  # fmt: skip
    absent = known["absent_inputs"] + known["absent_outputs"]
    if absent:
        warnings.append(f"innovation: no data for {', '.join(absent)}: the vector is not whole")
    return VectorResult(
        table=table, rows_of=(_ROW,), found=known, warnings=tuple(dict.fromkeys(warnings)),
        whole=(Input("tables/indicators.csv", {"indicator": "{indicator}", "year": "{year}"}),),
        settings={"inputs": list(options.inputs), "outputs": list(options.outputs), "draws": options.draws},
    )  # fmt: skip


def _rows(cluster: Cluster, name: str, places: pd.Index) -> pd.DataFrame:
    """Values of the year nearest to the base year that has any, the earlier of two."""
    table = cluster.indicators
    rows: pd.DataFrame = table[(table["indicator"] == name) & table["place_id"].isin(places) & table["value"].notna()]
    if rows.empty:
        return rows
    base = int(cluster.attrs["base_year"])
    year = min(rows["year"].astype(int).unique(), key=lambda when: (abs(when - base), when))
    rows = rows[rows["year"].astype(int) == year].sort_values("place_id")
    twice = rows["place_id"].duplicated()
    if twice.any():
        raise InputError(
            f"indicators: {name} of {year} has several values for {', '.join(rows['place_id'][twice][:5])}",
            hint="scopes must not be mixed: keep one scope per place",
        )
    if (rows["unit"] == "count").any() and (rows["value"] < 0).any():
        bad = rows.loc[rows["value"] < 0, "place_id"]
        raise InputError(f"indicators: {name} counts and is negative for {', '.join(bad[:5])}", hint="correct the sign")
    return rows


def _part(
    cluster: Cluster, rows: pd.DataFrame, name: str, n: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, list[str]]:
    value, unit = rows["value"].to_numpy(float), str(rows["unit"].iloc[0])
    # ties of one publication come together: a degree varies by more than chance of single ties
    counts, adds = (
        unit == "count" and not name.endswith("_degree"),
        unit == "count" or (is_money(unit) and " per " not in unit) or unit == "person",
    )
    one_scope = rows["scope"].nunique() == 1
    parts = adds and one_scope and float(value.min()) >= 0 and float(value.sum()) > 0
    missing = np.full(len(rows), np.nan)
    low, high = garwood(value) if counts else (missing, missing)
    ranks = _ranks(value, rng) if counts and one_scope else (missing, missing, missing)
    head = _per_head(cluster, rows) if adds else missing
    warnings = []
    if len(rows) < n:
        warnings.append(f"{name}: {len(rows)} of {n} places have a value; shares and ranks are among these")
    if adds and np.isnan(head).all():
        year = int(rows["year"].iloc[0])
        warnings.append(f"{name}: nobody counted the residents of its territory in {year}: not divided by people")
    out = pd.DataFrame({
        "place_id": rows["place_id"].to_numpy(), "indicator": name, "year": rows["year"].astype(int).to_numpy(),
        "scope": rows["scope"].to_numpy(), "value": value, "unit": unit, "low": low, "high": high,
        "interval": POISSON if counts else NO_INTERVAL,
        "share": value / value.sum() if parts else missing, "per_10000": head,
        "rank": ranks[0], "rank_p05": ranks[1], "rank_p95": ranks[2],
    })  # fmt: skip
    return out, warnings


def _ranks(count: Floats, rng: np.random.Generator, draws: int = 2000) -> tuple[Floats, Floats, Floats]:
    """Rank from the largest, ties shared, and its 5-95 % over Gamma(x + 1/2) draws (Jeffreys' prior)."""
    drawn = rng.gamma(count + 0.5, size=(draws, len(count)))
    place = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1.0
    low, high = np.quantile(place, [0.05, 0.95], axis=0)
    rank = np.asarray(pd.Series(-count).rank(method="min"), dtype=np.float64)
    return rank, np.asarray(np.floor(low)), np.asarray(np.ceil(high))


def _per_head(cluster: Cluster, rows: pd.DataFrame) -> Floats:
    """Per 10,000 residents of the same scope and year; missing where nobody counted them."""
    roles = cluster.attrs.get("indicators") or {}
    out = np.full(len(rows), np.nan)
    table = cluster.indicators
    for role in ("population_panel", "population"):
        people = table[(table["indicator"] == roles.get(role)) & table["value"].gt(0)]
        key = ["place_id", "year", "scope"]
        found = rows[key].merge(people[[*key, "value", "unit"]].drop_duplicates(key), on=key, how="left")
        scale = found["unit"].map({u: factor(str(u), "person") for u in people["unit"].dropna().unique()})
        number = (found["value"] * scale).to_numpy(float)
        out = np.where(np.isnan(number), out, 1e4 * rows["value"].to_numpy(float) / number)
    return out


def conversion(cluster: Cluster, options: InnovationOptions) -> ConversionResult | None:
    """Licensed and transferred over valid patents, with Wilson's interval or the reason why there is no rate.

    Parameters
    ----------
    cluster : Cluster
    options : InnovationOptions
        `converted` and `stock` name the indicators.

    Returns
    -------
    ConversionResult or None
        A row for each place of the level of analysis; None where neither indicator is there.
    """
    places = cluster.select(str(cluster.attrs["level"])).index
    top, stock = _rows(cluster, options.converted, places), _rows(cluster, options.stock, places)
    if top.empty and stock.empty:
        return None
    wrong = [f"{n} in {u}" for n, rows in ((options.converted, top), (options.stock, stock))
             for u in rows["unit"].unique() if u != "count"]  # fmt: skip
    if wrong:
        raise InputError(f"conversion needs counts, got {', '.join(wrong)}", hint="give numbers of patents, unit count")
    a, b = (rows.set_index("place_id").reindex(places) for rows in (top, stock))
    x, n = a["value"].to_numpy(float), b["value"].to_numpy(float)
    why = np.select(
        [np.isnan(x), np.isnan(n), (a["year"] != b["year"]) | (a["scope"] != b["scope"]), n == 0, x > n],
        ["converted", "stock", "differ", "empty", "beyond"], "",
    )  # fmt: skip
    rate = np.where(why == "", np.divide(x, n, out=np.full(len(x), np.nan), where=n > 0), np.nan)
    low, high = np.full(len(rate), np.nan), np.full(len(rate), np.nan)
    good = why == ""
    if good.any():
        ends = wilson(rate[good, None], n[good], Z95)
        low[good], high[good] = (np.clip(end[:, 0], 0.0, 1.0) for end in ends)
    table = pd.DataFrame({
        "place_id": places, "year": a["year"].fillna(b["year"]).to_numpy(float), "converted": x, "stock": n,
        "rate": rate, "low": low, "high": high, "reason_en": [REASONS[w][0] if w else "" for w in why],
        "reason_zh": [REASONS[w][1] if w else "" for w in why],
    })  # fmt: skip
    rows_of = Input(
        "tables/indicators.csv",
        {"place_id": "{place_id}", "indicator": [options.converted, options.stock], "year": "{year}"},
    )
    return ConversionResult(table=table, rows_of=(rows_of,), found={"places_with_a_rate": int(good.sum())},
                            settings={"converted": options.converted, "stock": options.stock})  # fmt: skip
