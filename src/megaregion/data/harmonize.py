"""Values of many years on the borders of one: amounts shared out, rates weighted, every step kept, jumps looked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from megaregion.data.crosswalk import Crosswalk
from megaregion.data.harmonize_tables import Harmonized, HarmonizedJumps, HarmonizedParts, HarmonizedSteps
from megaregion.data.rules.numbers import counted
from megaregion.data.rules.panel import leaps
from megaregion.data.rules.record import panel_of
from megaregion.errors import InputError

Kind = Literal["extensive", "intensive", "neither"]
COLUMNS = ("place_id", "year", "indicator", "value", "unit", "scope", "source")
EXACT, SHARED = "harmonized", "harmonized modelled"
_KEY = ["indicator", "scope", "year"]


def harmonize(
    values: pd.DataFrame,
    changes: Crosswalk,
    *,
    year: int,
    intensive: Mapping[str, str] | None = None,
    neither: Collection[str] = (),
    borders: Mapping[str, int] | None = None,
) -> Harmonized:
    """Indicators of all years on the borders of `year`.

    Parameters
    ----------
    values : DataFrame
        Columns of the schema `indicators`; `flag` may be left out.
    changes : Crosswalk
    year : int
        Borders wanted.
    intensive : mapping of str to str, optional
        Rate or mean -> indicator in `values` that it is per (its weight). Every other indicator is an amount if its
        unit adds up over places (people, money, area), else it can only be kept where no change met the place.
    neither : collection of str
        Indicators that no weights can carry over borders: medians, ranks.
    borders : mapping of str to int, optional
        Source or indicator -> year of the borders that its values are on, where that is not the year of the value (a
        publisher who recalculates the past). An indicator named goes before its source.

    Returns
    -------
    Harmonized
        With `parts`, `steps` and `jumps` beside it. A value that lacks a part is missing in the table, never a sum of
        what is there.

    Raises
    ------
    InputError
        Repeated rows, values on borders later than `year` of units that changed in between, values of units that had
        ended, a unit with values that a change names as new; all at once.

    Notes
    -----
    Amount: y_t = sum_s a_st y_s; rate: y_t = sum_s a_st w_s y_s / sum_s a_st w_s, a_st the share of s that lies in t
    (Goodchild and Lam 1980, areal interpolation, with the shares of the crosswalk). What is merged whole is exact;
    what was split is modelled: it takes everything to be spread as the people (or the area) of the crosswalk are.
    """
    rows = _prepared(values, borders or {})
    kinds = _kinds(rows, intensive or {}, neither)
    _check(rows, changes, year, intensive or {}, borders or {})
    out, parts, log = [], [], []
    for when in sorted({int(b) for b in rows["borders"]}):
        group = rows[rows["borders"] == when]
        links = changes.chain(pd.Index(group["place_id"].unique()), after=min(when, year), until=year)
        whole = links.groupby("from_id")["share"].transform("size") == 1
        same = (links["from_id"] == links["to_id"]) & whole & (links.groupby("to_id")["share"].transform("size") == 1)
        links = links[~same].assign(borders=when, exact=whole[~same])
        parts.append(links)
        for name, part in group.groupby("indicator", sort=True):
            kind, weight = kinds[str(name)]
            mass = part["value"] if not weight else _weights(group, part, weight)
            found = _carried(part.assign(weight=mass), links[["from_id", "to_id", "share"]], kind)
            out.append(found)
            log.append({"indicator": name, "borders": when, "kind": kind, "weight": weight, **_counts(part, found)})
    table = pd.concat(out, ignore_index=True).sort_values([*_KEY, "place_id"], ignore_index=True)
    jumps = _jumps(rows, table, changes)
    steps = pd.DataFrame(log)
    settings = {"year": year, "by": changes.by, "intensive": dict(intensive or {}), "neither": sorted(neither),
                "borders": dict(borders or {})}  # fmt: skip
    return Harmonized(
        table=table, settings=settings, warnings=(*changes.notes, *_warnings(steps, jumps)),
        parts=HarmonizedParts(table=_spans(pd.concat(parts, ignore_index=True))),
        steps=HarmonizedSteps(table=steps), jumps=HarmonizedJumps(table=jumps),
    )  # fmt: skip


def _prepared(values: pd.DataFrame, borders: Mapping[str, int]) -> pd.DataFrame:
    if lost := [c for c in COLUMNS if c not in values]:
        raise InputError(f"values lack the columns {', '.join(lost)}", hint="they are those of tables/indicators.csv")
    rows = values[[*COLUMNS, *(["flag"] if "flag" in values else [])]].copy()
    rows["flag"] = rows["flag"].fillna("").astype(str) if "flag" in rows else ""
    rows["place_id"], rows["year"] = rows["place_id"].astype(str), rows["year"].astype(int)
    stated = rows["indicator"].map(borders).fillna(rows["source"].map(borders))
    rows["borders"] = stated.fillna(rows["year"]).astype(int)
    return rows.reset_index(drop=True)


def _kinds(rows: pd.DataFrame, intensive: Mapping[str, str], neither: Collection[str]) -> dict[str, tuple[Kind, str]]:
    """Kind and weight of every indicator."""
    out: dict[str, tuple[Kind, str]] = {}
    for name, units in rows.groupby("indicator")["unit"]:
        if name in intensive:
            out[str(name)] = ("intensive", intensive[str(name)])
        elif name in neither or not all(counted(u) for u in units.unique()):
            out[str(name)] = ("neither", "")
        else:
            out[str(name)] = ("extensive", "")
    return out


def _check(
    rows: pd.DataFrame, changes: Crosswalk, year: int, intensive: Mapping[str, str], borders: Mapping[str, int]
) -> None:
    names, wrong = set(rows["indicator"]), []

    def find(bad: pd.Series, text: str) -> None:
        if bad.any():
            some = rows[bad].drop_duplicates(["indicator", "place_id", "year"]).head(5)
            labels = [f"{r['indicator']} {r['place_id']} {r['year']}" for _, r in some.iterrows()]
            wrong.append(f"{int(bad.sum())} {text}: {', '.join(labels)}")

    find(rows.duplicated([*_KEY, "place_id"], keep=False), "values stand twice")
    later = rows["borders"] > year
    later[later] = changes.touched(
        rows.loc[later, "place_id"], pd.Series(year, rows.index[later]), rows.loc[later, "borders"]
    )
    find(later, f"values are on borders later than {year} that were changed since; a crosswalk leads forward only")
    table = changes.table
    for when in changes.years:
        part = table[table["year"] == when]
        own = set(part.loc[part["from_id"] == part["to_id"], "from_id"])
        since = rows["borders"] >= when
        again = table[table["year"] > when].groupby("to_id")["year"].min()
        ended = set(part["from_id"]) - own
        born_later = rows["place_id"].map(again)
        find(since & rows["place_id"].isin(ended) & ~(rows["borders"] >= born_later),
             f"values are on borders on which their unit had ended ({when})")  # fmt: skip
        new = set(part["to_id"]) - set(part["from_id"])
        young = new - set(table.loc[table["year"] < when, "to_id"])
        find((rows["borders"] < when) & rows["place_id"].isin(young),
             f"values are of units founded by the crosswalk in {when} (a row to itself: it went on)")  # fmt: skip
    for name, weight in intensive.items():
        if name not in names or weight not in names:
            wrong.append(
                f"intensive names {name} per {weight}: {'no values of ' + (name if name not in names else weight)}"
            )
    stray = sorted(set(borders) - names - set(rows["source"].astype(str)))
    if stray:
        wrong.append(f"borders names neither an indicator nor a source of the values: {', '.join(stray[:5])}")
    if wrong:
        raise InputError("; ".join(wrong), hint="mend the crosswalk, or say in `borders` on which borders values are")


def _weights(group: pd.DataFrame, part: pd.DataFrame, weight: str) -> pd.Series:
    """Weight of each row: the other indicator of the same place, year and borders (and scope, if it has several)."""
    other = group[group["indicator"] == weight]
    key = ["place_id", "year"] if not other.duplicated(["place_id", "year"]).any() else ["place_id", "year", "scope"]
    found = other.set_index(key)["value"]
    index = pd.MultiIndex.from_frame(part[key])
    return pd.Series(found.reindex(index).to_numpy(float), index=part.index)


def _carried(part: pd.DataFrame, links: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """Values of one indicator on the new borders; missing where a part is lacking or no weights can carry it.

    `links` are those of units that a change met; all other values stay as they are.
    """
    columns = ["place_id", "year", "indicator", "value", "unit", "scope", "source", "flag", "how"]
    met = part["place_id"].isin(set(links["from_id"]))
    kept = part[~met].assign(how="unchanged")[columns]
    if not met.any():
        return kept
    key = ["year", "scope"]
    cells = part.loc[met, key].drop_duplicates().merge(links, how="cross")
    wide = cells.merge(part, left_on=["from_id", *key], right_on=["place_id", *key], how="left")
    given = wide["value"].notna() & (wide["weight"].notna() if kind == "intensive" else True)
    bottom = wide["share"] * (wide["weight"] if kind == "intensive" else 1.0)
    groups = wide.assign(
        top=bottom * wide["value"], bottom=bottom, given=given, any=wide["value"].notna(),
        whole=wide["share"] > 1 - 1e-12, flag=wide["flag"].fillna(""),
    ).groupby(["to_id", *key], sort=True)  # fmt: skip
    out = groups.agg(
        top=("top", "sum"), bottom=("bottom", "sum"), complete=("given", "all"), some=("any", "any"),
        filled=("any", "all"), whole=("whole", "all"), parts=("share", "size"), value=("value", "first"),
        unit=("unit", "first"), source=("source", "first"),
        flag=("flag", lambda v: " ".join(sorted({word for text in v for word in text.split()} - {"border-break"}))),
    ).reset_index()  # fmt: skip
    out = out[out["some"]]
    alone = (out["parts"] == 1) & (out["whole"] | (kind == "intensive"))  # a new name, or a part that keeps the rate
    carried = {"extensive": out["top"], "intensive": out["top"] / out["bottom"]}.get(kind, pd.Series(np.nan, out.index))
    good = alone | (out["complete"] & (kind != "neither"))
    out["value"] = out["value"].where(alone, carried).where(good)
    out["how"] = np.select(
        [~out["filled"], ~good, out["whole"]], ["a part is lacking", "cannot be carried", "merged"], "shared out"
    )
    out["value"] = out["value"].where(out["filled"])
    mark = out["how"].map({"merged": EXACT, "shared out": SHARED}).fillna("")
    out["flag"] = (out["flag"] + " " + mark).str.strip()
    new = out.assign(indicator=part["indicator"].iloc[0], place_id=out["to_id"])[columns]
    return pd.concat([kept, new], ignore_index=True)


def _spans(parts: pd.DataFrame) -> pd.DataFrame:
    """One row a part of a unit, with the first and the last borders from which it leads there."""
    key = ["from_id", "to_id", "share", "exact"]
    out = parts.groupby(key, as_index=False, sort=True).agg(first=("borders", "min"), last=("borders", "max"))
    return out.sort_values(["first", "from_id", "to_id"], ignore_index=True)[
        ["from_id", "to_id", "first", "last", *key[2:]]
    ]


def _counts(part: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    how = found["how"].value_counts()
    return {
        "came_in": len(part), "came_out": int(found["value"].notna().sum()),
        **{word.replace(" ", "_"): int(how.get(word, 0)) for word in
           ("unchanged", "merged", "shared out", "a part is lacking", "cannot be carried")},
        "sum_in": float(part["value"].sum()), "sum_out": float(found["value"].sum()),
    }  # fmt: skip


def _jumps(rows: pd.DataFrame, table: pd.DataFrame, changes: Crosswalk) -> pd.DataFrame:
    """Jumps of the series before and after, by the rule of the data doctor, and whether a change of borders is near."""
    out = []
    for when, frame in (("before", rows), ("after", table[table["value"].notna()])):
        moves = leaps(panel_of(frame))
        out.append(
            pd.DataFrame(
                {
                    "when": when, "indicator": moves["indicator"], "place_id": moves["place_id"],
                    "since": moves["since"].astype(int), "year": moves["year"].astype(int),
                    "change": 100.0 * (moves["value"] / moves["before"] - 1.0),
                    "usual": 100.0 * np.expm1(moves["usual"].astype(float)),
                    "border": changes.touched(moves["place_id"], moves["since"], moves["year"]),
                }
            )
        )  # fmt: skip
    whole = pd.concat(out, ignore_index=True)
    return whole.sort_values(["indicator", "place_id", "year", "when"], ignore_index=True)


def _warnings(steps: pd.DataFrame, jumps: pd.DataFrame) -> list[str]:
    out = []
    if n := int(steps["a_part_is_lacking"].sum()):
        out.append(f"{n} values have no sum because a part of their new territory has no value")
    if n := int(steps["cannot_be_carried"].sum()):
        names = sorted(steps.loc[steps["cannot_be_carried"] > 0, "indicator"].unique())
        out.append(f"{n} values cannot be carried over borders without a weight ({', '.join(names[:5])})")
    if n := int(steps["shared_out"].sum()):
        out.append(f"{n} values are shared out by the shares of the crosswalk: modelled, not counted")
    left = jumps[(jumps["when"] == "after")]
    if len(left):
        labels = [f"{r['indicator']} {r['place_id']} {r['since']}-{r['year']}" for _, r in left.head(5).iterrows()]
        out.append(f"{len(left)} jumps are left after harmonizing: {', '.join(labels)}")
    return out
