"""Sites to restore first under a budget, from a table of sites and what pairs of them bring together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.restoration import best_sites, gain_of, greedy_sites
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.nodes.ecology_tables import RestorationResult

RANGES = ("cost_low", "cost_high", "price")  # optional columns of a table of sites


def restoration_priority(
    sites: pd.DataFrame, *, budget: float, pairs: pd.DataFrame | None = None, seconds: float = 60.0
) -> RestorationResult:
    """The set of sites of largest gain within a budget, proven.

    Parameters
    ----------
    sites : DataFrame
        Index `site`, each once; gain (of the site alone, any unit), cost (>= 0).
    budget : float
        In the unit of the costs.
    pairs : DataFrame, optional
        site_a, site_b, gain: what two sites bring more than the sum of both (below zero: less); each pair once.
    seconds : float
        Time limit of the search.

    Returns
    -------
    RestorationResult
        `facts` hold the gain, the cost, the gain of the greedy rule and what it guarantees.

    Raises
    ------
    SchemaError, MissingDataError, InputError
        Columns are missing; a value is missing; sites are unknown or come twice, or values are out of range.
    SolveError
        No proven optimum within the time.

    Notes
    -----
    max sum b_s x_s + sum b_st x_s x_t, sum c_s x_s <= B (HiGHS). Gains of three and more sites are sums of pairs;
    take b from `megaregion.core.habitat_graph.restoration_gains` for gains of connectivity.
    """
    alone, costs, matrix = aligned(sites, pairs)
    best = best_sites(alone, matrix, costs, budget=budget, seconds=seconds)
    greedy = greedy_sites(alone, matrix, costs, budget=budget)
    others = np.array([gain_of(best.chosen & (np.arange(alone.size) != s), alone, matrix) for s in range(alone.size)])
    both = np.array([gain_of(best.chosen | (np.arange(alone.size) == s), alone, matrix) for s in range(alone.size)])
    table = pd.DataFrame({
        "site": sites.index.astype(str), "cost": costs, "alone": alone, "with_chosen": both - others,
        "chosen": best.chosen, "greedy": greedy.chosen,
    }).sort_values(["chosen", "with_chosen", "site"], ascending=[False, False, True], ignore_index=True)  # fmt: skip
    known = bool(np.isfinite(greedy.share))
    promise = greedy.share if known else "none: some sites help each other, or a gain may fall"
    more = {"gain": best.gain, "cost": best.cost, "greedy_gain": greedy.gain, "greedy_guarantee": promise}
    return RestorationResult(table=table, settings={"budget": budget}, more=more)


def read_restoration(sites: Path, pairs: Path | None = None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Tables of sites (site, gain, cost) and of pairs (site_a, site_b, gain) from CSV, XLSX or Parquet.

    Sites may state a range of the cost (cost_low, cost_high) and the price that several share (price).

    Raises
    ------
    SchemaError
        A file cannot be read, columns are missing, or cells are no numbers; both files at once.
    """
    wrong: list[str] = []
    table = _read(sites, ("site",), ("gain", "cost"), wrong, RANGES)
    both = None if pairs is None else _read(pairs, ("site_a", "site_b"), ("gain",), wrong)
    if wrong:
        raise SchemaError("; ".join(wrong), hint="sites: site, gain, cost; pairs: site_a, site_b, gain")
    return table.set_index("site"), both


def read_columns(
    path: Path, names: tuple[str, ...], numbers: tuple[str, ...], optional: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Columns of text and of numbers of a table, and `optional` numbers and price where they are; others are left out.

    Raises
    ------
    SchemaError
        It cannot be read, columns are missing, text is empty or cells are no numbers; everything at once.
    """
    wrong: list[str] = []
    table = _read(path, names, numbers, wrong, optional)
    if wrong:
        raise SchemaError("; ".join(wrong), hint="columns: " + ", ".join((*names, *numbers)))
    return table


def _read(
    path: Path, names: tuple[str, ...], numbers: tuple[str, ...], wrong: list[str], optional: tuple[str, ...] = ()
) -> pd.DataFrame:
    frame, problems = read_table(path, path.name)
    wrong += [p.line() for p in problems if p.severity == "error"]
    if lacking := [c for c in (*names, *numbers) if c not in frame]:
        wrong.append(f"{path.name} lacks the columns {', '.join(lacking)}")
        return frame
    out = pd.DataFrame({column: frame[column].astype("str").str.strip() for column in names})
    for column in names:
        if (blank := (out[column] == "") | frame[column].isna()).any():
            wrong.append(f"{path.name}: {column} is empty in {int(blank.sum())} rows")
    for column in (*numbers, *(c for c in optional if c in frame and c != "price")):
        text = frame[column].astype("str").str.strip()
        out[column] = pd.to_numeric(text.where(text != ""), errors="coerce")
        bad = out[column].isna() & (text != "") & frame[column].notna()
        if bad.any():
            wrong.append(f"{path.name}: {column} is no number: {text[bad].head(5).tolist()}")
    if "price" in optional and "price" in frame:
        out["price"] = frame["price"].astype("str").str.strip().where(frame["price"].notna(), "")
    return out


def aligned(
    sites: pd.DataFrame, pairs: pd.DataFrame | None
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]],
           np.ndarray[tuple[int, int], np.dtype[np.float64]]]:  # fmt: skip
    """Gains, costs and the matrix of gains of pairs, in the order of the sites.

    Raises
    ------
    SchemaError, MissingDataError, InputError
        Columns or values are missing; sites are unknown or come twice.
    """
    both = pd.DataFrame(columns=["site_a", "site_b", "gain"]) if pairs is None else pairs
    lacking = [f"sites.{c}" for c in ("gain", "cost") if c not in sites] + [
        f"pairs.{c}" for c in ("site_a", "site_b", "gain") if c not in both]  # fmt: skip
    if lacking:
        raise SchemaError(f"restoration: columns are missing: {', '.join(lacking)}")
    empty = sites.index[sites[["gain", "cost"]].isna().any(axis=1)]
    if len(empty) or both[["site_a", "site_b", "gain"]].isna().any(axis=None):
        raise MissingDataError(f"restoration: a gain or a cost is missing; sites {empty[:5].tolist()}, pairs "
                               f"{both.index[both.isna().any(axis=1)][:5].tolist()}")  # fmt: skip
    wrong = []
    if not sites.index.is_unique:
        wrong.append(f"sites come twice: {sites.index[sites.index.duplicated()][:5].tolist()}")
    named = pd.Index(both["site_a"]).union(pd.Index(both["site_b"]))
    if unknown := sorted(map(str, named.difference(sites.index))):
        wrong.append(f"pairs name unknown sites: {unknown[:5]}")
    key = pd.Series([tuple(sorted(map(str, ab))) for ab in both[["site_a", "site_b"]].to_numpy()], dtype=object)
    if key.duplicated().any() or (both["site_a"] == both["site_b"]).any():
        wrong.append(f"a pair comes twice or joins a site to itself: {key[key.duplicated()][:5].tolist()}")
    if wrong:
        raise InputError("restoration: " + "; ".join(wrong))
    n = len(sites)
    matrix = np.zeros((n, n))
    a, b = (sites.index.get_indexer(pd.Index(both[side])) for side in ("site_a", "site_b"))
    matrix[a, b] = matrix[b, a] = both["gain"].to_numpy(float)
    return sites["gain"].to_numpy(float), sites["cost"].to_numpy(float), matrix
