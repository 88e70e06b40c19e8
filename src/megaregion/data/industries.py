"""What the places of a cluster live on: a table of places by industries, checked, with its weights and its origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, residents, units
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Input
from megaregion.units import is_money

COLUMNS = ("place_id", "year", "industry", "value", "unit", "scope", "source", "sample_share", "name_zh", "flag")
NEEDED = ("place_id", "year", "industry", "value", "unit")
SECTORS: tuple[dict[str, str], ...] = (  # indicators that make up a whole, first found first used; names in Chinese
    {"gdp_primary": "第一产业增加值", "gdp_secondary": "第二产业增加值", "gdp_tertiary": "第三产业增加值"},
    {
        "share_primary_sector": "第一产业比重",
        "share_secondary_sector": "第二产业比重",
        "share_tertiary_sector": "第三产业比重",
    },
)
WHOLE = 0.02  # shares that add up to less or more than 1 by this much are not a whole


@dataclass(frozen=True, eq=False, kw_only=True)
class Structures:
    """Industries of the places of analysis in one year.

    Attributes
    ----------
    table : DataFrame, rows place_id, columns industry
        As given, >= 0, both in order; industries that nobody has are left out.
    weights : Series
        Index `place_id`: what each place counts for in the structure of the whole, sum 1.
    counted : Series or None
        People counted in each place where the values are counts of a sample; None for full counts and for shares.
    year : int
    names_zh : mapping
        Industry -> name in Chinese.
    origin : str
        ``tables/industries.csv`` or ``tables/indicators.csv``.
    warnings : tuple of str
    """

    table: pd.DataFrame
    weights: pd.Series
    counted: pd.Series | None
    year: int
    names_zh: Mapping[str, str] = field(default_factory=dict)
    origin: str = "tables/industries.csv"
    warnings: tuple[str, ...] = ()

    def inputs(self, **where: Any) -> tuple[Input, ...]:
        """Rows of the table of origin; `where` names columns of ``tables/industries.csv``."""
        if self.origin != "tables/industries.csv":
            where = {("indicator" if key == "industry" else key): value for key, value in where.items()}
            where.setdefault("indicator", list(self.table.columns))
        return (Input(self.origin, {**where, "year": self.year}),)


def industries_from_indicators(cluster: Cluster, sectors: Sequence[str] | None = None) -> pd.DataFrame:
    """The indicators that together are the sectors of the economy, in the form of the table of industries.

    Parameters
    ----------
    cluster : Cluster
    sectors : sequence of str, optional
        Identifiers in indicators.indicator; default the first complete set of `SECTORS` that the table has.

    Returns
    -------
    DataFrame
        Columns of the schema `industries`; without rows if there is no such set. Three sectors are no industries:
        what is computed from them says little of the division of labour.

    Raises
    ------
    InputError
        A sector that was asked for is not in the table.
    """
    table, here = cluster.indicators, units(cluster).index
    have = set(table.loc[table["place_id"].isin(here), "indicator"])
    if sectors is not None and set(sectors) - have:
        lost = ", ".join(sorted(set(sectors) - have))
        raise InputError(f"indicators.indicator has no {lost} for places of this level", hint="name other sectors")
    found = [names for names in SECTORS if set(names) <= have]
    names = dict.fromkeys(sectors, "") if sectors is not None else (found[0] if found else {})
    rows = table[table["indicator"].isin(list(names)) & table["place_id"].isin(here)]
    out = rows.rename(columns={"indicator": "industry"}).assign(sample_share=np.nan)
    out["name_zh"] = out["industry"].map(names).astype(object)
    out["flag"] = out.get("flag")
    return out[list(COLUMNS)].reset_index(drop=True)


def structures(
    cluster: Cluster,
    industries: pd.DataFrame | None,
    *,
    sectors: Sequence[str] | None = None,
    year: int | None = None,
    absent_is_zero: bool = False,
) -> Structures | None:
    """Industries of the places of analysis; None where no table says anything of them.

    Parameters
    ----------
    cluster : Cluster
    industries : DataFrame or None
        Columns of the schema `industries`; None or no rows for `industries_from_indicators`.
    sectors : sequence of str, optional
        As in `industries_from_indicators`.
    year : int, optional
        Default: the year nearest to the base year that every place has, the earlier of two.
    absent_is_zero : bool
        Whether a place without a row of an industry has none of it. Otherwise it is unknown, and refused.

    Raises
    ------
    InputError
        A value is doubled, negative or infinite, units or scopes differ, a place has nothing; all at once.
    MissingDataError
        A place lacks an industry in every year.
    """
    given = industries is not None and len(industries) > 0
    raw = industries if given and industries is not None else industries_from_indicators(cluster, sectors)
    lost = [name for name in NEEDED if name not in raw.columns]
    if lost:
        raise InputError(f"industries needs the columns {', '.join(lost)}", hint="columns: " + ", ".join(COLUMNS))
    labels = units(cluster).index
    rows = raw[raw["place_id"].isin(labels)].reindex(columns=list(COLUMNS))
    if rows.empty:
        return None
    chosen = _year(rows, labels, int(cluster.attrs["base_year"]), year, absent_is_zero)
    rows = rows[rows["year"].astype(int) == chosen]
    _check(rows, chosen)
    table = rows.pivot(index="place_id", columns="industry", values="value").reindex(labels)
    table = (table.fillna(0.0) if absent_is_zero else table).astype(float).sort_index(axis=1)
    idle = [str(name) for name in table.columns[(table == 0).all()]]
    table = table.drop(columns=idle)
    empty = table.index[table.sum(axis=1) == 0]
    if len(empty):
        raise InputError(f"industries of {chosen}: nothing at all in {_some(empty)}", hint="leave such places out")
    weights, counted, warnings = _weights(cluster, rows, table)
    warnings += [f"nobody has the industries {', '.join(idle)}: left out"] if idle else []
    weak = rows.loc[rows["flag"].notna() & (rows["flag"] != ""), ["place_id", "flag"]].drop_duplicates()
    warnings += [
        f"industries of {len(p)} places are flagged {f}: {_some(p)}" for f, p in weak.groupby("flag")["place_id"]
    ]
    named = rows.dropna(subset=["name_zh"])
    names = dict(zip(named["industry"].astype(str), named["name_zh"].astype(str), strict=True))
    return Structures(
        table=table, weights=weights, counted=counted, year=chosen, names_zh=names,
        origin="tables/industries.csv" if given else "tables/indicators.csv", warnings=tuple(warnings),
    )  # fmt: skip


def _year(rows: pd.DataFrame, labels: pd.Index, base: int, year: int | None, absent_is_zero: bool) -> int:
    """The year to use; a year counts as complete where every place has every industry of that year."""
    filled = rows[rows["value"].notna()].assign(year=rows["year"].astype(int))
    whole: list[int] = []
    gaps: dict[int, str] = {}
    for when, part in filled.groupby("year"):
        if year is not None and when != year:
            continue
        seen = pd.crosstab(part["place_id"], part["industry"]).reindex(labels, fill_value=0) > 0
        bad = seen.index[~(seen.any(axis=1) if absent_is_zero else seen.all(axis=1))]
        if len(bad):
            gaps[int(str(when))] = f"{len(bad)} of {len(labels)} places lack an industry: {_some(bad)}"
        else:
            whole.append(int(str(when)))
    if not whole:
        text = "; ".join(f"{when}: {why}" for when, why in sorted(gaps.items())[-5:])
        raise MissingDataError(
            f"industries: no year is complete ({text or f'no rows of {year}'})",
            hint="add the rows, or say absent_is_zero = true if the table lists all there is",
        )
    return min(whole, key=lambda when: (abs(when - base), when))


def _check(rows: pd.DataFrame, year: int) -> None:
    wrong: list[str] = []
    twice = rows.duplicated(["place_id", "industry"])
    value = rows["value"].astype(float)
    for mask, text in (
        (twice, "several values (two scopes?)"),
        (value < 0, "a negative value"),
        (np.isinf(value), "an infinite value"),
        ((rows["sample_share"] <= 0) | (rows["sample_share"] > 1), "a sample_share that is not in (0, 1]"),
    ):
        if mask.any():
            some = ", ".join(f"{p} {i}" for p, i in rows.loc[mask, ["place_id", "industry"]].head(5).to_numpy())
            wrong.append(f"{text} for {some}")
    for name in ("unit", "scope"):
        if (found := sorted(map(str, rows[name].dropna().unique())))[1:]:
            wrong.append(f"several {name}s: {', '.join(found)}")
    uneven = rows.groupby("place_id")["sample_share"].nunique(dropna=False)
    if (uneven > 1).any():
        wrong.append(f"several sample_shares in one place: {_some(uneven.index[uneven > 1])}")
    if wrong:
        raise InputError(f"industries of {year}: " + "; ".join(wrong), hint="mend the rows of the table of industries")


def _weights(
    cluster: Cluster, rows: pd.DataFrame, table: pd.DataFrame
) -> tuple[pd.Series, pd.Series | None, list[str]]:
    unit, total = str(rows["unit"].iloc[0]), table.sum(axis=1)
    if unit in ("percent", "share", "ratio"):
        full = total / (100.0 if unit == "percent" else 1.0)
        bad = full.index[(full - 1.0).abs() > WHOLE]
        warnings = [
            "industries are shares: in the structure of the whole each place counts by its residents, "
            "because the table does not say how much there is to share"
        ]
        if len(bad):
            warnings.append(
                f"shares of {len(bad)} places do not add up to 1 (within {WHOLE:g}) and are rescaled: {_some(bad)}"
            )
        people = residents(cluster).reindex(table.index)
        return people / people.sum(), None, warnings
    asked = rows.drop_duplicates("place_id").set_index("place_id")["sample_share"].reindex(table.index).astype(float)
    size = total / asked.fillna(1.0)
    counted = total.where(asked < 1.0) if not is_money(unit) else None
    if counted is None or counted.isna().all():
        return size / size.sum(), None, []
    text = f"values count people of a sample ({100 * float(asked.min()):g} %): structures can be read, numbers not"
    return size / size.sum(), counted, [text]


def _some(labels: pd.Index | pd.Series) -> str:
    return ", ".join(map(str, labels[:5]))
