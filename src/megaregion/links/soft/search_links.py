"""Information: links of places from how much they search for, call or mention each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, ancestor, units
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Input, Result

FORMULA = "methods#search-links"
_TABLE = Input("tables/search_index.csv")
_KEY = ["keyword", "origin", "destination", "period"]


@dataclass(frozen=True, eq=False, kw_only=True)
class SearchLinksResult(Result):
    """Link of each pair, largest 1: only ratios mean anything.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    found, settings : mapping
        What `facts()` and `parameters()` give.
    """

    title_en: ClassVar[str] = "Pairs of places that search for or call each other"
    title_zh: ClassVar[str] = "相互搜索或通话的城市对"
    table: pd.DataFrame
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_a", "", "Place", "地区甲", key=True),
        Column("place_b", "", "Place", "地区乙", key=True),
        Column("link", "index", "Link, the largest pair 1", "联系（最大城市对为1）", modelled=True, formula=FORMULA,
               inputs=(_TABLE,)),
        Column("link_low", "index", "Least of the keywords", "各关键词中的最小值", modelled=True, formula=FORMULA,
               inputs=(_TABLE,)),
        Column("link_high", "index", "Most of the keywords", "各关键词中的最大值", modelled=True, formula=FORMULA,
               inputs=(_TABLE,)),
        Column("imbalance", "share", "(a to b - b to a) / (a to b + b to a); unknown of sums of both directions",
               "方向不平衡（只有双向合计时未知）", modelled=True, formula=FORMULA, inputs=(_TABLE,)),
        Column("keywords", "count", "Keywords behind it", "关键词数", formula=FORMULA, inputs=(_TABLE,)),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a pair that is known both ways (or as a sum of both), the strongest first."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Where spikes are cut, whether rows are directions, which period."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Keywords, periods, pairs, values that were cut."""
        return dict(self.found)


def search_links_of_cluster(cluster: Cluster) -> dict[str, Result]:
    """`search_links` of a workspace; nothing without tables/search_index.csv.

    Parameters
    ----------
    cluster : Cluster
        `further["search_index"]`; [options.search_index] winsorize, directed, period. Places of finer levels are
        added up.

    Raises
    ------
    InputError, MissingDataError
        As `search_links`; or an option is unknown.
    """
    given = cluster.further.get("search_index")
    if given is None or given.empty:
        return {}
    options = dict(cluster.options.get("search_index", {}))
    require_known(options, ("winsorize", "directed", "period"), "search_index")
    unit = ancestor(cluster.places, str(cluster.attrs["level"])).to_dict()
    sums = options.get("directed") is False
    table = _sums(given) if sums else given
    table = table.assign(origin=table["origin"].map(unit), destination=table["destination"].map(unit))
    table = table.dropna(subset=["origin", "destination"])
    table = _one_order(table) if sums else table
    table = table.groupby(_KEY)["value"].sum(min_count=1).reset_index()
    return {"search_links": search_links(table, units(cluster).index, **options)}


def search_links(
    table: pd.DataFrame,
    places: pd.Index[str],
    *,
    winsorize: float = 0.95,
    directed: bool = True,
    period: str | None = None,
) -> SearchLinksResult:
    """Links from searches, calls or mentions between places.

    Parameters
    ----------
    table : DataFrame
        Columns keyword, origin, destination, period, value (>= 0).
    places : Index
    winsorize : float
        Quantile over the periods of a direction that higher values are cut to (robots, news of a day); 1 cuts nothing.
    directed : bool
        False: a row is the sum of both directions (calls between two exchanges), in either order, each pair once.
    period : str, optional
        Use this period only.

    Raises
    ------
    InputError
        Values below zero, unknown places, an option out of range; a sum of both directions is listed twice.
    MissingDataError
        No pair has both directions, or there is no row of the period.

    Notes
    -----
    Of each keyword: means over periods, sqrt(I_ij I_ji), over the largest of the keyword; then the mean over keywords
    that know the pair. An index has no unit: links are identified up to one factor, differences mean nothing. Of sums
    the link is the sum itself: it is twice the arithmetic mean of both directions, not the geometric one.
    """
    if isinstance(winsorize, bool) or not isinstance(winsorize, (int, float)) or not 0 < winsorize <= 1:
        raise InputError(f"options.search_index: winsorize must be a quantile, 0 < winsorize <= 1, got {winsorize!r}")
    if not isinstance(directed, bool):
        raise InputError(f"options.search_index: directed must be true or false, got {directed!r}")
    rows = _of_period(_checked(table, places), period)
    rows = rows[rows["origin"] != rows["destination"]]
    rows = rows if directed else _sums(rows)
    way = ["keyword", "origin", "destination"]
    top = rows.groupby(way)["value"].transform(lambda v: v.quantile(winsorize))
    cut = int((rows["value"] > top).sum())
    mean = rows.assign(value=np.minimum(rows["value"], top)).groupby(way)["value"].mean()
    uneven = _uneven(rows, way)
    parts, tilt = [], []
    for keyword, part in mean.groupby(level=0):
        square = part.droplevel(0).unstack().reindex(index=places, columns=places).to_numpy(float)
        square = square if directed else np.fmax(square, square.T)
        link = np.sqrt(square * square.T)
        both = square + square.T
        largest = np.nanmax(link) if np.isfinite(link).any() else np.nan
        if largest > 0:
            parts.append(pd.Series((link / largest).ravel(), name=keyword))
            ratio = np.divide(square - square.T, both, out=np.full(link.shape, np.nan), where=both > 0)
            tilt.append(ratio.ravel())
    if not parts:
        raise MissingDataError("search_index: no pair of places has an index above zero in both directions",
                               hint="every direction has its own row; where rows are sums of both, say directed = "
                                    "false in [options.search_index]")  # fmt: skip
    wide, n = pd.concat(parts, axis=1), len(places)
    a, b = np.triu_indices(n, 1)
    cell = a * n + b
    wide, tilted = wide.iloc[cell], np.column_stack(tilt)[cell]
    known = wide.notna().any(axis=1).to_numpy()
    wide, tilted = wide[known], np.where(wide[known].notna().to_numpy(), tilted[known], np.nan)
    counted = (~np.isnan(tilted)).sum(axis=1)
    frame = pd.DataFrame({
        "place_a": places.to_numpy(object)[a[known]], "place_b": places.to_numpy(object)[b[known]],
        "link": wide.mean(axis=1).to_numpy(), "link_low": wide.min(axis=1).to_numpy(),
        "link_high": wide.max(axis=1).to_numpy(),
        "imbalance": np.divide(np.nansum(tilted, axis=1), counted, out=np.full(len(counted), np.nan),
                               where=(counted > 0) & directed),
        "keywords": wide.notna().sum(axis=1).to_numpy(float),
    })  # fmt: skip
    scale = frame["link"].max()
    frame[["link", "link_low", "link_high"]] /= scale
    frame = frame.sort_values("link", ascending=False, kind="stable", ignore_index=True)
    silent = "pairs_without_both_directions" if directed else "pairs_not_listed"
    found = {"keywords": len(parts), "periods": int(rows["period"].nunique()), "pairs": len(frame), "values_cut": cut,
             silent: n * (n - 1) // 2 - len(frame)}  # fmt: skip
    said = ["links are relative, the largest is 1: an index of a platform has no unit, counts lose theirs"]
    if not directed:
        said.append("rows are sums of both directions: who calls whom is unknown")
    if len(parts) == 1:
        said.append("one keyword only: namesakes, news and tariffs cannot be told from links")
    if uneven:
        said.append(f"{uneven} of {len(mean)} rows are not known in every period: their means hold other periods than "
                    "the rest; name one period in [options.search_index]")  # fmt: skip
    settings = {"winsorize": winsorize, "directed": directed, "period": period or "all"}
    return SearchLinksResult(table=frame, found=found, settings=settings, warnings=tuple(said))


def _of_period(rows: pd.DataFrame, period: str | None) -> pd.DataFrame:
    """Rows of one period, or all."""
    if period is None:
        return rows
    there = rows["period"].astype(str)
    if not (there == str(period)).any():
        known = ", ".join(sorted(there.unique())[:5])
        raise MissingDataError(f"search_index: no row of period {period!r}", hint=f"there are {known}")
    return rows[there == str(period)]


def _one_order(table: pd.DataFrame) -> pd.DataFrame:
    """Every pair in the order of its labels."""
    swap = table["origin"] > table["destination"]
    return table.assign(origin=table["origin"].where(~swap, table["destination"]),
                        destination=table["destination"].where(~swap, table["origin"]))  # fmt: skip


def _sums(table: pd.DataFrame) -> pd.DataFrame:
    """Sums of both directions, each pair once; one that is listed in both orders could be a direction."""
    rows = _one_order(table)
    if (twice := rows.duplicated(_KEY)).any():
        named = ", ".join(f"{a} and {b}" for a, b in rows.loc[twice, ["origin", "destination"]].head(5).to_numpy())
        raise InputError(f"search_index: {int(twice.sum())} pairs are listed more than once in a period: {named}",
                         hint="rows that are directions: directed = true; a sum of both stands once")  # fmt: skip
    return rows


def _uneven(rows: pd.DataFrame, way: list[str]) -> int:
    """Directions that lack a period that others of their keyword have."""
    known = rows.groupby(way)["period"].nunique()
    most = rows.groupby("keyword")["period"].nunique()
    return int((known < most.reindex(known.index.get_level_values(0)).to_numpy()).sum())


def _checked(table: pd.DataFrame, places: pd.Index[str]) -> pd.DataFrame:
    """Rows with a value, after everything that is wrong with them has been looked for."""
    rows = table.dropna(subset=["value"])
    problems = []
    if (low := rows["value"] < 0).any():
        named = ", ".join(f"{a} to {b}" for a, b in rows.loc[low, ["origin", "destination"]].head(5).to_numpy())
        problems.append(f"search_index.value: expected numbers >= 0, {int(low.sum())} are not: {named}")
    strange = sorted((set(rows["origin"]) | set(rows["destination"])) - set(places))
    if strange:
        problems.append(f"search_index: unknown places {', '.join(map(str, strange[:5]))}")
    if problems:
        raise InputError("; ".join(problems), hint="mend tables/search_index.csv")
    return rows
