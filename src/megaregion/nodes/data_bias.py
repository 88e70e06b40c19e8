"""What the indicators cover, whether gaps are related to size or wealth, and means with the gaps imputed many times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.multiple_imputation import DONORS, DRAWS, matched_draws, rubin
from megaregion.core.spatial_permutation import false_discovery
from megaregion.data.cluster import Cluster, ancestor, residents, units
from megaregion.data.crosswalk import crosswalk
from megaregion.data.harmonize import borders_of, stated
from megaregion.data.rules.numbers import counted
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.data_bias_tables import Coverage, Imputation, Selection
from megaregion.result import Result

Floats = NDArray[np.float64]
ALL = "all"
MOST_MISSING = 0.5  # share of the places beyond which a mean is not told from the rest
MIN_GIVEN = 10
FILLED = "interpolated|modelled"
SIZE, WEALTH, BEFORE = "size", "wealth", "itself in another year"


class BiasTables(NamedTuple):
    """What `data_bias` returns."""

    coverage: Coverage
    selection: Selection
    imputation: Imputation

    def by_name(self) -> dict[str, Result]:
        """Names under which a run keeps them."""
        return {"coverage": self.coverage, "coverage_selection": self.selection, "coverage_means": self.imputation}


def data_bias(
    cluster: Cluster, *, seed: int | np.random.Generator, draws: int = DRAWS, donors: int = DONORS
) -> BiasTables:
    """Coverage, selection and imputed means of all indicators.

    Parameters
    ----------
    cluster : Cluster
        A place of a kind is expected to have an indicator in every year in which another place of its kind has it.
    seed : int or Generator
        For the imputations.
    draws : int, default 20
    donors : int, default 5

    Returns
    -------
    BiasTables
        No rows of selection and imputation where nothing is missing.

    Notes
    -----
    Selection: Mann and Whitney (1947), Benjamini and Hochberg (1995). Imputation: `core.multiple_imputation`.
    """
    kinds = cluster.places["kind"]
    table = cluster.indicators.assign(kind=cluster.indicators["place_id"].map(kinds))
    table = table[table["kind"].notna() & table["value"].notna()]
    group = ancestor(cluster.places, str(cluster.attrs["group"]))
    cover = _coverage(cluster, table, kinds, group)
    traits, notes = _traits(cluster)
    gaps = _last_gaps(cover)
    chosen = _selection(table, gaps, traits, kinds)
    level = str(cluster.attrs["level"])
    means, skipped = _means(table[table["kind"] == level], gaps[gaps["kind"] == level], traits, units(cluster).index,
                            draws, donors, seed)  # fmt: skip
    warnings = [*notes, *skipped]
    settings = {"draws": draws, "donors": donors, "most_missing": MOST_MISSING, "min_given": MIN_GIVEN}
    if len(clear := chosen[chosen["q"] <= 0.05]):
        names = ", ".join(sorted(clear["indicator"].unique())[:5])
        warnings.insert(0, f"gaps are related to size or wealth: what is said of {names} is said of the others only")
    return BiasTables(
        Coverage(table=_columns(cover, Coverage)),
        Selection(table=_columns(chosen, Selection), warnings=tuple(warnings)),
        Imputation(table=_columns(means, Imputation), settings=settings),
    )


def _columns(rows: pd.DataFrame, kind: type[Coverage | Selection | Imputation]) -> pd.DataFrame:
    names = [c.name for c in kind.columns]
    return rows[names].reset_index(drop=True) if len(rows) else pd.DataFrame(columns=names)


def _coverage(cluster: Cluster, table: pd.DataFrame, kinds: pd.Series, group: pd.Series) -> pd.DataFrame:
    """One row an indicator, kind, year and group."""
    cells = table[["indicator", "kind", "year", "place_id"]].assign(
        flagged=table["flag"].fillna("").astype(str).ne(""),
        interpolated=table["flag"].fillna("").astype(str).str.contains(FILLED), former_borders=_former(cluster, table),
    )  # fmt: skip
    key = ["indicator", "kind", "year"]
    marks = ["flagged", "interpolated", "former_borders"]
    cells = cells.groupby([*key, "place_id"], as_index=False)[marks].max()  # several scopes: one place
    every = cells.assign(group=ALL)
    by_group = cells.assign(group=cells["place_id"].map(group)).dropna(subset=["group"])
    found = pd.concat([every, by_group]).groupby([*key, "group"])
    given = found.agg(given=("place_id", "size"), **{m: (m, "mean") for m in marks})
    expected = pd.concat([
        kinds.value_counts().rename_axis("kind").rename("places").reset_index().assign(group=ALL),
        pd.DataFrame({"kind": kinds, "group": group}).value_counts().rename("places").reset_index(),
    ])  # fmt: skip
    years = table[key].drop_duplicates()
    out = years.merge(expected, on="kind").merge(given.reset_index(), on=[*key, "group"], how="left")
    out["given"] = out["given"].fillna(0).astype(int)
    out["share"] = 100.0 * out["given"] / out["places"]
    out[marks] = 100.0 * out[marks].astype(float)
    out["year"] = out["year"].astype(int)
    first = out["group"].ne(ALL)
    return out.assign(first=first).sort_values([*key, "first", "group"], ignore_index=True)


def _former(cluster: Cluster, table: pd.DataFrame) -> pd.Series:
    """Whether the borders of a place have changed since the year of the value, by tables/crosswalk.csv."""
    changes = cluster.further.get("crosswalk")
    if changes is None or changes.empty:
        return pd.Series(np.nan, table.index)
    whole = changes.assign(share_population=np.nan, share_area=np.nan)  # only who and when is asked
    splits = whole.groupby(["from_id", "year"])["to_id"].transform("size")
    known = crosswalk(whole.assign(share_population=1.0 / splits))
    since = borders_of(table, stated(cluster.options).borders)
    until = pd.Series(int(cluster.attrs["base_year"]), table.index).clip(lower=since)
    return known.touched(table["place_id"], since, until).astype(float)


def _traits(cluster: Cluster) -> tuple[dict[str, pd.Series], list[str]]:
    """ln people and ln income per head of the base year, where they are known; what is not, is said."""
    out, notes = {}, []
    people = cluster.places["population"].astype(float).copy()
    try:
        people.loc[units(cluster).index] = residents(cluster)
    except (MissingDataError, InputError):
        notes.append("people of the base year are not complete: the column of places stands for size")
    out[SIZE] = people[people > 0].map(np.log)
    role = (cluster.attrs.get("indicators") or {}).get("income")
    table = cluster.indicators
    rows = table[(table["indicator"] == role) & (table["year"] == int(cluster.attrs["base_year"]))]
    rows = rows[rows["place_id"].isin(units(cluster).index) & rows["value"].notna()]
    if rows.empty or rows["place_id"].duplicated().any():
        notes.append("no income of the base year by place: gaps are compared by size only")
        return out, notes
    income = rows.set_index("place_id")["value"].astype(float)
    if counted(rows["unit"].iloc[0]):  # an amount: per head
        income = income / people.reindex(income.index)
    out[WEALTH] = income[income > 0].map(np.log)
    return out, notes


def _last_gaps(cover: pd.DataFrame) -> pd.DataFrame:
    """For each indicator and kind the last year in which some have a value and some do not."""
    whole = cover[(cover["group"] == ALL) & (cover["given"] < cover["places"])]
    last: pd.DataFrame = whole.sort_values("year").groupby(["indicator", "kind"], as_index=False).last()
    return last


def _selection(
    table: pd.DataFrame, gaps: pd.DataFrame, traits: Mapping[str, pd.Series], kinds: pd.Series
) -> pd.DataFrame:
    from scipy.stats import mannwhitneyu

    rows = []
    for _, gap in gaps.iterrows():
        here = table[
            (table["indicator"] == gap["indicator"]) & (table["kind"] == gap["kind"]) & (table["year"] == gap["year"])
        ]
        have = set(here["place_id"])
        for name, trait in traits.items():
            known = trait[trait.index.isin(kinds.index[kinds == gap["kind"]])]
            inside = known.index.isin(have)
            a, b = known[inside].to_numpy(float), known[~inside].to_numpy(float)
            if not len(a) or not len(b):
                continue
            test = mannwhitneyu(a, b, alternative="two-sided")
            rows.append({
                "indicator": gap["indicator"], "kind": gap["kind"], "year": gap["year"], "trait": name, "given": len(a),
                "missing": len(b), "difference": float(a.mean() - b.mean()),
                "chance": float(test.statistic) / (len(a) * len(b)), "p": float(test.pvalue),
            })  # fmt: skip
    out = pd.DataFrame(rows)
    return (
        out.assign(q=false_discovery(out["p"].to_numpy(float)))
        if len(out)
        else pd.DataFrame({"indicator": [], "q": []})
    )


def _means(
    table: pd.DataFrame, gaps: pd.DataFrame, traits: Mapping[str, pd.Series], places: pd.Index, draws: int, donors: int,
    seed: int | np.random.Generator,
) -> tuple[pd.DataFrame, list[str]]:  # fmt: skip
    """Means of all places with the gaps imputed; and which could not be."""
    rows, thin = [], []
    for _, gap in gaps.iterrows():
        name, year = str(gap["indicator"]), int(gap["year"])
        mine = table[table["indicator"] == name]
        wide = mine.drop_duplicates(["place_id", "year"], keep=False).pivot(
            index="place_id", columns="year", values="value"
        )
        wide = wide.reindex(places)
        y = wide[year].to_numpy(float) if year in wide else np.full(len(places), np.nan)
        given = int((~np.isnan(y)).sum())
        found = _predictors(wide.drop(columns=year, errors="ignore"), traits, places, year)
        if given < max(MIN_GIVEN, donors, len(found) + 4) or given < (1.0 - MOST_MISSING) * len(places) or not found:
            thin.append(name)
            continue
        completed = impute(y, found, draws=draws, donors=donors, seed=generator(seed, "data-bias", name))
        n = len(places)
        pooled = rubin(completed.mean(axis=1), completed.var(axis=1, ddof=1) / n, complete_df=n - 1.0)
        rows.append({
            "indicator": name, "year": year, "unit": str(mine["unit"].iloc[0]), "given": given, "missing": n - given,
            "predictors": "; ".join(found), "mean_given": float(np.nanmean(y)), "mean": pooled.estimate,
            "se": pooled.se, "low": pooled.low, "high": pooled.high,
            "se_gaps": float(np.sqrt((1.0 + 1.0 / draws) * pooled.between)),
            "lost": 100.0 * pooled.missing_information, "df": pooled.df,
        })  # fmt: skip
    told = [f"too few values or predictors to impute: {', '.join(thin[:5])}"] if thin else []
    return pd.DataFrame(rows), told


def _predictors(
    others: pd.DataFrame, traits: Mapping[str, pd.Series], places: pd.Index, year: int
) -> dict[str, Floats]:
    """Complete predictors by name: traits, and the same indicator in the nearest complete year."""
    out = {name: t.reindex(places).to_numpy(float) for name, t in traits.items() if places.isin(t.index).all()}
    complete = [int(y) for y in others.columns if others[y].notna().all()]
    if complete:
        nearest = min(complete, key=lambda y: (abs(y - year), -y))
        out[BEFORE] = _logs(others[nearest].to_numpy(float))
    return out


def impute(
    y: Floats, predictors: Mapping[str, Floats], *, draws: int = DRAWS, donors: int = DONORS,
    seed: int | np.random.Generator,
) -> Floats:  # fmt: skip
    """Completed copies of an indicator, matched on the scale of logarithms where all values are positive.

    Parameters
    ----------
    y : (n,) array
        NaN where missing.
    predictors : mapping of str to (n,) array
        Complete.
    draws, donors : int
    seed : int or Generator

    Returns
    -------
    (draws, n) array
        Values that occur; to be analysed one by one and pooled with `core.multiple_imputation.rubin`.
    """
    logs = bool((y[~np.isnan(y)] > 0).all())
    scale = np.log(y) if logs else y
    drawn = matched_draws(scale, np.column_stack(list(predictors.values())), draws=draws, donors=donors, seed=seed)
    out = np.exp(drawn) if logs else drawn
    out[:, ~np.isnan(y)] = y[~np.isnan(y)]
    return out


def _logs(x: Floats) -> Floats:
    return np.log(x) if (x > 0).all() else x
