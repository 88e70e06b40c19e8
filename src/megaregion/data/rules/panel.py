"""Series over years: jumps, gaps, straight lines, and values of different territories under one name."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.problem import Problem, first
from megaregion.data.rules.numbers import counted
from megaregion.data.rules.record import Record

JUMP = np.log(1.5)  # 50 % beyond what the other places of the year did
MANY = 5  # from so many places on, the median change is taken as what all did
MIN_COMMON = 3  # a median of two is no common change
SMALL = 100.0  # amounts below this jump by chance
PEOPLE = {"person", "10000 persons", "household"}
WHOLE = {"全市", "FUA", "fua", "whole"}
PART = {"市辖区", "县", "urban", "county"}
PRESENT = 0.8  # a year that so many places have is expected of all
_FIX_BORDER = (
    "check the border: bring the years to one border (megaregion harmonize), pool the units that changed, or flag the "
    "rows border-break"
)


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    if record.panel.empty:
        return []
    return [*jumps(record), *slips(record), *gaps(record), *holes(record), *interpolated(record), *scopes(record)]


def _changes(panel: pd.DataFrame) -> pd.DataFrame:
    """Changes from one given year to the next within a series, in logs and beyond the median of the year."""
    value, year = panel["value"].to_numpy(dtype=float), panel["year"].to_numpy(dtype=float)
    same = np.zeros(len(panel), dtype=bool)
    same[1:] = np.diff(panel["series"].to_numpy()) == 0
    before = np.concatenate([[np.nan], value[:-1]])
    good = same & (value > 0) & (before > 0)
    out = panel[good].assign(before=before[good], since=np.concatenate([[np.nan], year[:-1]])[good])
    flag = panel["flag"].fillna("").astype(str)
    marks = flag.str.contains("border|break").to_numpy(dtype=bool)  # border-break, revision-break ...
    out["marked"] = (marks | np.concatenate([[False], marks[:-1]]))[good]
    out["log"] = np.log(out["value"] / out["before"])
    group = out.groupby(["indicator", "scope", "kind", "since", "year"])["log"]
    out["usual"] = group.transform("median")
    out["n"] = group.transform("size")
    return out


def jumps(record: Record) -> list[Problem]:
    """Amounts that change by more than 50 % beyond the median change of the other places.

    Common growth (GDP in a decade) is no jump. Over several years people keep the threshold, since a
    territory that gains half of its people is rare; money and other amounts get one that grows with the
    square root of the years. With fewer than five places there is no usual change to compare with: then
    people, and amounts from one year to the next, are compared with no change.
    """
    moves = leaps(record.panel)
    if moves.empty:
        return []
    text = "the same code changes by more than 50 % beyond what the other places do: another territory or unit"
    out = _moves(record, moves[~moves["marked"]], "warning", "jump", text, _FIX_BORDER)
    marked = moves[moves["marked"]]
    return out + _moves(record, marked, "note", "jump-flagged", "jumps where a border break is flagged already", "")


def leaps(panel: pd.DataFrame) -> pd.DataFrame:
    """Changes that `jumps` calls one; columns of the panel, and before, since, marked, log, usual, n.

    Parameters
    ----------
    panel : DataFrame
        As `Record.panel`.
    """
    moves = _changes(panel[panel["unit"].map(counted).astype(bool)])
    if moves.empty:
        return moves
    years = moves["year"] - moves["since"]
    people = moves["unit"].isin(PEOPLE)
    limit = JUMP * np.where(people, 1.0, np.sqrt(years.clip(lower=1)))
    excess = (moves["log"] - np.where(moves["n"] >= MANY, moves["usual"], 0.0)).abs()
    judged = (moves["n"] >= MANY) | people | (years == 1)
    large = ~people | (
        moves[["value", "before"]].max(axis=1) * np.where(moves["unit"] == "10000 persons", 1e4, 1) >= SMALL
    )
    own = moves["log"].abs() > JUMP  # standing still where all others grow counts only if they doubled and more
    chosen: pd.DataFrame = moves[judged & large & (excess > limit) & (own | (excess > 2.0 * limit))]
    return chosen


def slips(record: Record) -> list[Problem]:
    """Values that change by a power of ten (within 10 %): a unit or a decimal point slipped.

    Rates of single places, against themselves or against the median change of the others; amounts only where
    the median place does so, since single ones are jumps. Small rates (below half of the median value on
    both sides) are noise. Over more than two years only the comparison with the others counts.
    """
    moves = _changes(record.panel)
    if moves.empty:
        return []
    amount = moves["unit"].map(counted).astype(bool)
    common = moves["usual"].where(moves["n"] >= MIN_COMMON, 0.0)
    beyond = moves["log"] - np.where(moves["n"] >= MANY, moves["usual"], 0.0)
    soon = moves["year"] - moves["since"] <= 2
    usual = moves.groupby("indicator")["value"].transform("median").abs()
    sizeable = moves[["value", "before"]].max(axis=1) >= 0.5 * usual
    single = ~amount & sizeable & (moves["log"].abs() > 1.0) & (_tens(beyond) | (_tens(moves["log"]) & soon))
    return _moves(
        record,
        moves[single | (amount & _tens(common) & soon)],
        "warning",
        "unit-slip",
        "values change by a power of ten from one year to the next",
        "check the unit and the decimal point of these years",
    )


def _tens(change: pd.Series) -> pd.Series:
    """Whether changes in logs are a power of ten, to 10 %."""
    tens: pd.Series = change / np.log(10.0)
    near: pd.Series = (tens.abs() >= 0.9) & ((tens - tens.round()).abs() <= np.log10(1.1))
    return near


def _moves(record: Record, moves: pd.DataFrame, severity: str, code: str, text: str, fix: str) -> list[Problem]:
    if moves.empty:
        return []
    some = moves.sort_values(["indicator", "place_id", "year"], kind="stable")
    rows = some.assign(change=100.0 * (some["value"] / some["before"] - 1.0)).head(5).to_dict("records")
    labels = (f"{r['indicator']} {r['place_id']} {r['since']:.0f}-{r['year']:.0f} {r['change']:+.0f} %" for r in rows)
    names = ", ".join(some["indicator"].unique()[:8])
    return [
        Problem(
            "note" if severity == "note" else "warning",
            code,
            _file(record, moves),
            f"{text} ({names})",
            column="value",
            labels=first(labels),
            count=len(moves),
            fix=fix,
        )
    ]


def _file(record: Record, rows: pd.DataFrame | None = None) -> str:
    sheet = record.sheets["indicators"]
    return (
        sheet.where() if rows is None else sheet.where(pd.Series(sheet.file.index.isin(rows["row"]), sheet.file.index))
    )


def gaps(record: Record) -> list[Problem]:
    """Years that a regular panel leaves out for all places."""
    years = record.panel[["indicator", "kind", "year"]].drop_duplicates().sort_values(["indicator", "kind", "year"])
    missing: dict[str, int] = {}
    for (name, _), part in years.groupby(["indicator", "kind"]):
        given = part["year"].to_numpy(dtype=int)
        steps = np.diff(given)
        if len(given) < 4:
            continue
        step = int(np.bincount(steps).argmax())
        if float((steps == step).mean()) < 0.6:  # no rhythm, no gap
            continue
        lost = sorted(set(range(given[0], given[-1] + 1, step)) - set(given.tolist()))
        missing.update({f"{name} {year}": 1 for year in lost})
    if not missing:
        return []
    return [
        Problem(
            "warning",
            "year-gap",
            _file(record),
            "a regular series leaves out years",
            column="year",
            labels=first(missing),
            count=len(missing),
            fix="add the year, or say in the note of the source why it is missing",
        )
    ]


def holes(record: Record) -> list[Problem]:
    """Places that lack a year which at least four fifths of the places of their kind have."""
    panel = record.sheets["indicators"].frame[["indicator", "year", "place_id"]].dropna()  # also without a value
    panel = panel.assign(kind=panel["place_id"].map(record.kinds)).dropna().drop_duplicates()
    total = record.kinds.value_counts()
    cells = panel.groupby(["indicator", "kind", "year"]).size()
    all_places = cells.index.get_level_values("kind").map(total.to_dict()).to_numpy(dtype=float)
    short = (cells.to_numpy() >= PRESENT * all_places) & (cells.to_numpy() < all_places) & (all_places >= 3)
    if not short.any():
        return []
    thin = cells[short]
    labels: list[str] = []
    for name, kind, year in thin.index:
        if len(labels) >= 5:
            break
        here = panel[(panel["indicator"] == name) & (panel["kind"] == kind) & (panel["year"] == year)]["place_id"]
        lost = sorted(set(record.kinds.index[record.kinds == kind]) - set(here))
        labels += [f"{name} {year:.0f} {place}" for place in lost]
    names = thin.index.get_level_values("indicator").unique()
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    count = int((all_places[short] - thin.to_numpy()).sum())
    return [
        Problem(
            "warning",
            "panel-hole",
            _file(record),
            f"years that most places have are missing for some ({', '.join(names[:8])}{more})",
            column="year",
            labels=first(labels),
            count=count,
            fix="add the rows; missing is not zero, and nothing is filled in",
        )
    ]


def interpolated(record: Record) -> list[Problem]:
    """Series with three or more equal differences in a row, to full precision.

    Equal means: to one unit of the last decimal that the series uses. How rare that is by chance depends on
    how much differences usually change (their median change within the indicator, in those units, s): a
    run of k equal ones has odds of about (3/s)^(k-1). A run counts if fewer than 0.1 such runs are to be
    expected by chance in the whole table; coarsely rounded or slowly moving values therefore never do.
    """
    panel = record.panel
    value, year, series = (panel[c].to_numpy(dtype=float) for c in ("value", "year", "series"))
    if len(value) < 4:
        return []
    step, span = np.diff(value, prepend=np.nan), np.diff(year, prepend=np.nan)
    same = np.diff(series, prepend=np.nan) == 0
    unit = _last_decimal(value, series)
    bend = np.abs(np.diff(step, prepend=np.nan))
    pair = same & np.concatenate([[False], same[:-1]]) & (np.diff(span, prepend=np.nan) == 0)
    with np.errstate(invalid="ignore"):
        equal = pair & (bend <= 1.01 * unit) & (step != 0)
    bends = pd.Series(np.where(pair & ~equal, bend / unit, np.nan)).groupby(panel["indicator"]).transform("median")
    spread = np.minimum(np.abs(step) / unit, bends.fillna(np.inf).to_numpy())
    run = _run_length(equal)  # k equal differences are k - 1 equal pairs
    limit = 3.0 * (10.0 * max(int(pair.sum()), 1)) ** (1.0 / np.maximum(run, 1))
    hits = panel[(run >= 2) & (spread >= np.maximum(limit, 20.0))]
    if hits.empty:
        return []
    told = hits["flag"].fillna("").astype(str).str.contains("interpolated", regex=False).to_numpy(dtype=bool)
    return [*_lines(record, hits[~told], told=False), *_lines(record, hits[told], told=True)]


def _lines(record: Record, hits: pd.DataFrame, *, told: bool) -> list[Problem]:
    if hits.empty:
        return []
    ends = hits.groupby(["indicator", "place_id"], sort=True)["year"].max().reset_index()
    labels = (f"{r['indicator']} {r['place_id']} to {r['year']:.0f}" for r in ends.head(5).to_dict("records"))
    return [
        Problem(
            "note" if told else "warning",
            "interpolated-flagged" if told else "interpolated-series",
            _file(record, hits),
            "three or more equal steps in a row: values on a straight line were not measured",
            column="value",
            labels=first(labels),
            count=len(ends),
            fix="" if told else "delete the filled years, or flag the rows interpolated",
        )
    ]


def _last_decimal(value: NDArray[np.float64], series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit of the last decimal that each series uses: 0.01 for 3.14, 1000 for 12000 and 15000."""
    places = np.full(len(value), 7.0)
    for p in range(6, -5, -1):
        scaled = value * 10.0**p
        with np.errstate(invalid="ignore"):
            fits = np.abs(scaled - np.round(scaled)) <= 1e-6 + 1e-12 * np.abs(scaled)
        places[fits] = p
    finest = pd.Series(places).groupby(series).transform("max").to_numpy(dtype=float)
    scale = 1e-12 * np.abs(value)  # what the binary number itself can tell apart
    return np.asarray(np.maximum(10.0**-finest, scale))


def _run_length(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many true values in a row end at each position."""
    index = np.arange(len(flags))
    last_false = np.maximum.accumulate(np.where(~flags, index, -1))
    return np.asarray(index - last_false, dtype=np.int64)


def scopes(record: Record) -> list[Problem]:
    """Values of whole cities and of parts of them under one name in one year."""
    panel = record.panel
    cells = panel[["indicator", "kind", "year", "scope"]].drop_duplicates()
    cells = cells.assign(whole=cells["scope"].isin(WHOLE), part=cells["scope"].isin(PART))
    cells["other"] = ~(cells["whole"] | cells["part"])
    mixed = cells.groupby(["indicator", "kind", "year"])[["whole", "part", "other"]].sum()
    at_level = mixed.index.get_level_values("kind") == record.level
    # districts and the counties around them are complements, except where the unit of analysis is meant
    bad = (mixed[["whole", "part", "other"]] > 0).sum(axis=1) > 1
    bad |= (mixed["other"] > 1) | (at_level & (mixed[["whole", "part", "other"]].sum(axis=1) > 1))
    if not bad.any():
        return []
    labels = (f"{name} {kind} {year:.0f}" for name, kind, year in mixed.index[bad])
    return [
        Problem(
            "error",
            "mixed-scope",
            _file(record),
            "values of different territories under one name in one year",
            column="scope",
            labels=first(labels),
            count=int(bad.sum()),
            fix="keep one scope, or give the other an indicator id of its own",
        )
    ]
