"""Documents by place: which count, the matrix of joint documents with its intervals, fields by place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.collaboration import distinct, resampled, square, ties
from megaregion.core.sphere import great_circle_km
from megaregion.data.cluster import Cluster, ancestor, units
from megaregion.errors import InputError, SchemaError
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_tables import TiesOfPlacesResult, TiesResult
from megaregion.result import Input

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
NEEDED = ("document_id", "place_id", "year")
DOCUMENTS = (Input("tables/documents.csv"),)
TRUNCATED = 0.8  # a last year with fewer documents than this part of the mean of the years before looks cut off


@dataclass(frozen=True, eq=False, kw_only=True)
class Documents:
    """Documents of a window with people by place of analysis.

    Attributes
    ----------
    names : Index
        document_id of each code.
    places : Index
        Places of analysis; the code after the last one is everywhere outside of the region.
    document, place : (m,) integers
    people : (m,) array
    fields : DataFrame
        Columns document (code) and field, one row a document and field.
    window : tuple of int
    kind : str
    warnings : tuple of str
    """

    names: pd.Index
    places: pd.Index
    document: Ints
    place: Ints
    people: Floats
    fields: pd.DataFrame
    window: tuple[int, int]
    kind: str
    warnings: tuple[str, ...] = ()


def documents(cluster: Cluster, table: pd.DataFrame, options: InnovationOptions) -> Documents:
    """Documents that count, their people summed by place of analysis.

    Parameters
    ----------
    cluster : Cluster
        A place below the level of analysis counts for the one above it; one that places.csv does not know is outside.
    table : DataFrame
        Columns of the schema `documents`.
    options : InnovationOptions
        document_kind, until, years.

    Raises
    ------
    SchemaError, InputError
        Columns are missing; kinds are mixed; people are no whole numbers >= 1; a place is doubled, or lies above the
        level of analysis; a document has several years or fields. Everything at once.
    """
    lost = [name for name in NEEDED if name not in table.columns]
    if lost:
        raise SchemaError(f"documents needs the columns {', '.join(lost)}", hint="see: workspace format, documents")
    rows = table.reindex(columns=["document_id", "place_id", "year", "people", "kind", "field"]).reset_index(drop=True)
    rows, kind = _of_kind(rows, options.document_kind)
    level = units(cluster).index
    above = ancestor(cluster.places, str(cluster.attrs["level"]))
    rows["unit"] = rows["place_id"].map(above)
    _check(rows, cluster)
    end = int(rows["year"].max()) if options.until is None else options.until
    window = (end - options.years + 1, end)
    warnings = _cut_off(rows, window) if options.until is None else []
    rows = rows[rows["year"].between(*window)]
    region = rows.groupby("document_id")["unit"].transform("count") > 0
    foreign = rows.loc[~region, "document_id"].nunique()
    warnings += [f"documents: {foreign} name no place of the region and are left out"] if foreign else []
    rows = rows[region]
    if rows.empty:
        raise InputError(f"documents: none of {window[0]}-{window[1]} names a place of the region",
                         hint="set until and years in [options.innovation]")  # fmt: skip
    code, names = pd.factorize(rows["document_id"], sort=True)
    at = rows["unit"].map(pd.Series(np.arange(len(level)), level)).fillna(len(level)).to_numpy(int)
    entries = pd.DataFrame({"d": code, "p": at, "w": rows["people"].fillna(1.0).to_numpy(float)})
    summed = entries.groupby(["d", "p"])["w"].sum().reset_index()
    return Documents(
        names=pd.Index(names), places=level, document=summed["d"].to_numpy(np.intp),
        place=summed["p"].to_numpy(np.intp), people=summed["w"].to_numpy(float), fields=_fields(rows, code),
        window=window, kind=kind, warnings=tuple(warnings),
    )  # fmt: skip


def _of_kind(rows: pd.DataFrame, wanted: str | None) -> tuple[pd.DataFrame, str]:
    kinds = sorted(rows["kind"].dropna().astype(str).unique())
    if wanted is None:
        if len(kinds) > 1 or (kinds and rows["kind"].isna().any()):
            raise InputError(
                f"documents.kind: kinds must not be mixed, found {', '.join(kinds)}"
                + (" and empty cells" if rows["kind"].isna().any() else ""),
                hint="name one: document_kind in [options.innovation]",
            )
        return rows, kinds[0] if kinds else ""
    if wanted not in kinds:
        raise InputError(f"documents.kind: there is no {wanted!r}", hint="kinds: " + (", ".join(kinds) or "none"))
    return rows[rows["kind"] == wanted].copy(), wanted


def _check(rows: pd.DataFrame, cluster: Cluster) -> None:
    wrong: list[str] = []
    people = rows["people"].astype(float)
    one = rows.groupby("document_id")
    for mask, text in (
        (rows[list(NEEDED)].isna().any(axis=1), "an empty document_id, place_id or year"),
        (people.notna() & ((people < 1) | (people != people.round())), "people that are no whole number >= 1"),
        (rows.duplicated(["document_id", "place_id"]), "a place twice"),
        (rows["place_id"].isin(cluster.places.index) & rows["unit"].isna(), "a place above the level of analysis"),
        (one["year"].transform("nunique") > 1, "several years"),
        (one["field"].transform("nunique", dropna=False) > 1, "several lists of fields"),
    ):
        if mask.any():
            some = rows.loc[mask, ["document_id", "place_id"]].head(5).fillna("(empty)").astype(str)
            wrong.append(f"{text} ({int(mask.sum())} rows): {', '.join(some.agg(' '.join, axis=1))}")
    if wrong:
        raise InputError("documents: " + "; ".join(wrong), hint="mend the rows of tables/documents.csv")


def _cut_off(rows: pd.DataFrame, window: tuple[int, int]) -> list[str]:
    by_year = rows.drop_duplicates("document_id")["year"].astype(int).value_counts()
    earlier = by_year[by_year.index < window[1]]
    last = int(by_year.get(window[1], 0))
    if earlier.empty or last >= TRUNCATED * float(earlier.mean()):
        return []
    return [f"documents: {last} of {window[1]} against {float(earlier.mean()):.0f} a year before: the last year may be "
            "incomplete (publication lags by 18 months); set until in [options.innovation]"]  # fmt: skip


def _fields(rows: pd.DataFrame, code: Ints) -> pd.DataFrame:
    given = pd.DataFrame({"document": code, "field": rows["field"].to_numpy()}).drop_duplicates("document").dropna()
    split = given.assign(field=given["field"].astype(str).str.split(";")).explode("field")
    split["field"] = split["field"].str.strip()
    return split[split["field"] != ""].drop_duplicates().reset_index(drop=True)


def fields_of(found: Documents) -> pd.DataFrame:
    """Documents by place and field, counted by fractions over people and fields; rows all places of analysis."""
    total = np.bincount(found.document, found.people, len(found.names))
    share = pd.DataFrame({"document": found.document, "place": found.place,
                          "w": found.people / total[found.document]})  # fmt: skip
    both = share[share["place"] < len(found.places)].merge(found.fields, on="document")
    both["w"] /= both["document"].map(found.fields["document"].value_counts())
    table = both.pivot_table(index="place", columns="field", values="w", aggfunc="sum", fill_value=0.0)
    return table.reindex(range(len(found.places)), fill_value=0.0).set_axis(found.places, axis=0).sort_index(axis=1)


@dataclass(frozen=True, eq=False)
class Network:
    """The matrix of ties (the last row and column is everywhere outside), and its draws by pair."""

    found: Documents
    fractional: Floats
    full: Floats
    first: Ints
    second: Ints
    draws: Floats


def network(found: Documents, *, draws: int, seed: int | np.random.Generator) -> Network:
    """Matrix of joint documents, full and by fractions, with draws of the documents.

    Parameters
    ----------
    found : Documents
    draws : int
    seed : int or Generator
    """
    n = len(found.places) + 1
    document, place, people, copies = distinct(found.document, found.place, found.people)
    made = ties(document, place, people)
    first, second, sums = resampled(made, made.fractional, copies, draws=draws,
                                    rng=generator(seed, "innovation", "documents"))  # fmt: skip
    many = copies[made.document]
    fractional, full = (square(made, value * many, n) for value in (made.fractional, made.full))
    return Network(found, fractional, full, first, second, sums)


def collaboration(
    cluster: Cluster, table: pd.DataFrame, *, options: InnovationOptions | None = None
) -> dict[str, pd.DataFrame]:
    """Square matrices of joint documents between the places of analysis; ``outside`` is everywhere else.

    Parameters
    ----------
    cluster : Cluster
    table : DataFrame
        Columns of the schema `documents`.
    options : InnovationOptions, optional

    Returns
    -------
    dict of str to DataFrame
        `full` and `fractional`: symmetric, ties inside a place on the diagonal.

    Raises
    ------
    InputError
        As `documents`.
    """
    found = documents(cluster, table, options or InnovationOptions())
    made = ties(found.document, found.place, found.people)
    labels = [*found.places, "outside"]
    return {name: pd.DataFrame(square(made, value, len(labels)), labels, labels)
            for name, value in (("full", made.full), ("fractional", made.fractional))}  # fmt: skip


def tie_tables(cluster: Cluster, made: Network, options: InnovationOptions) -> tuple[TiesOfPlacesResult, TiesResult]:
    """Joint documents by place and by pair."""
    found, n = made.found, len(made.found.places)
    settings = {"window": list(found.window), "document_kind": found.kind, "draws": options.draws}
    facts = {"documents": len(found.names), "window": list(found.window), "document_kind": found.kind}
    places, pairs = _places(made, n), _pairs(cluster, made, n)
    across = float(np.triu(made.fractional[:n, :n], 1).sum() * 2)
    facts |= {"joint_share": across / len(found.names), "pairs": len(pairs)}
    return (
        TiesOfPlacesResult(table=places, whole=DOCUMENTS, settings=settings, found=facts, warnings=found.warnings),
        TiesResult(table=pairs, whole=DOCUMENTS, settings=settings, found=facts),
    )


def _parts(made: Network, values: Floats, n: int) -> Floats:
    """Fractional documents of each place (n, 3, draws): inside, with others of the region, outside."""
    first, second = made.first, made.second
    out = np.zeros((n, 3, values.shape[1]))
    inside = (first == second) & (first < n)
    out[first[inside], 0] = values[inside]
    for one, other in ((first, second), (second, first)):
        here = (first != second) & (one < n)
        part = np.where(other < n, 1, 2)[here]
        np.add.at(out, (one[here], part), values[here])
    return out


def _places(made: Network, n: int) -> pd.DataFrame:
    exact = made.fractional[made.first, made.second][:, None]
    here, drawn = _parts(made, exact, n)[:, :, 0], _parts(made, made.draws, n)
    counted = np.bincount(made.found.place, minlength=n + 1)[:n]
    columns: dict[str, object] = {"place_id": made.found.places, "documents_full": counted,
                                  "documents": here.sum(axis=1)}  # fmt: skip
    columns["documents_low"], columns["documents_high"] = _span(drawn.sum(axis=1))
    apart = made.full[:n, :n] - np.diag(np.diag(made.full)[:n])
    columns["degree_full"], columns["degree"] = apart.sum(axis=1), here[:, 1]
    for k, name in enumerate(("inside", "cluster", "outside")):
        columns[name] = _share(here[:, k], here.sum(axis=1))
        columns[f"{name}_low"], columns[f"{name}_high"] = _span(_share(drawn[:, k], drawn.sum(axis=1)))
    columns["radiation"] = _share(here[:, 1], here[:, 1:].sum(axis=1))
    columns["radiation_low"], columns["radiation_high"] = _span(_share(drawn[:, 1], drawn[:, 1:].sum(axis=1)))
    columns["partners"] = (apart > 0).sum(axis=1)
    return pd.DataFrame(columns)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


def _span(drawn: Floats) -> tuple[Floats, Floats]:
    """5 and 95 % over draws in which there is a value; missing where hardly any has one."""
    known = np.isfinite(drawn).mean(axis=1) >= 0.5
    low, high = np.full(len(drawn), np.nan), np.full(len(drawn), np.nan)
    if known.any():
        low[known], high[known] = np.nanquantile(drawn[known], [0.05, 0.95], axis=1)
    return low, high


def _pairs(cluster: Cluster, made: Network, n: int) -> pd.DataFrame:
    keep = (made.first < made.second) & (made.second < n)
    a, b = made.first[keep], made.second[keep]
    tie = made.fractional[a, b]
    low, high = _span(made.draws[keep]) if keep.any() else (tie, tie)
    at = units(cluster)
    lon, lat = at["lon"].to_numpy(float), at["lat"].to_numpy(float)
    return pd.DataFrame({
        "place_a": made.found.places[a], "place_b": made.found.places[b], "full": made.full[a, b], "fractional": tie,
        "low": low, "high": high, "share": _share(tie, np.full(len(tie), tie.sum())),
        "km": great_circle_km(lon[a], lat[a], lon[b], lat[b]),
    })  # fmt: skip
