"""Values of many years on the borders of one: amounts shared out, rates weighted, every step kept, jumps looked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from megaregion.data.crosswalk import Crosswalk
from megaregion.data.harmonize_tables import Harmonized, HarmonizedJumps, HarmonizedParts, HarmonizedSteps
from megaregion.data.rules.numbers import counted
from megaregion.data.rules.panel import leaps
from megaregion.data.rules.record import panel_of
from megaregion.errors import InputError, UnitError
from megaregion.units import factor

Kind = Literal["extensive", "intensive", "neither"]
How = Literal["share", "pool"]
COLUMNS = ("place_id", "year", "indicator", "value", "unit", "scope", "source")
EXACT, SHARED, CHECK = "harmonized", "harmonized modelled", "check-border"
_KEY = ["indicator", "scope", "year"]


class Stated(NamedTuple):
    """What ``[options.harmonize]`` says of the indicators; see `harmonize`."""

    borders: dict[str, int]
    intensive: dict[str, str]
    neither: tuple[str, ...]


def stated(options: Mapping[str, Any]) -> Stated:
    """Read ``[options.harmonize]``: the tables `borders` and `intensive`, the list `neither`.

    Raises
    ------
    InputError
        An unknown key, or a value of another kind; all at once.
    """
    given = dict(options.get("harmonize") or {})
    borders, intensive = given.pop("borders", {}), given.pop("intensive", {})
    neither = given.pop("neither", [])
    wrong = [f"unknown keys {', '.join(sorted(given))}"] if given else []
    if not isinstance(borders, Mapping) or not all(type(v) is int for v in borders.values()):
        wrong.append("borders must name years of sources or indicators")
    if not isinstance(intensive, Mapping) or not all(isinstance(v, str) for v in intensive.values()):
        wrong.append("intensive must name the indicator that a rate is per")
    if not isinstance(neither, list) or not all(isinstance(v, str) for v in neither):
        wrong.append("neither must be a list of indicators")
    if wrong:
        raise InputError(f"[options.harmonize]: {'; '.join(wrong)}", hint="known: borders, intensive, neither")
    return Stated(dict(borders), dict(intensive), tuple(neither))


def borders_of(rows: pd.DataFrame, borders: Mapping[str, int]) -> pd.Series:
    """Year of the borders of each value: as stated for its indicator, then for its source, else its own year."""
    found = rows["indicator"].map(borders).fillna(rows["source"].map(borders)).astype(float)
    return found.fillna(rows["year"].astype(float)).astype(int)


def harmonize(
    values: pd.DataFrame,
    changes: Crosswalk,
    *,
    year: int,
    intensive: Mapping[str, str] | None = None,
    neither: Collection[str] = (),
    borders: Mapping[str, int] | None = None,
    known: Collection[str] | None = None,
    how: How = "share",
) -> Harmonized:  # eight parameters: each is one thing to say of the values
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
    known : collection of str, optional
        Units that exist on the borders of `year`; values of any other are an error.
    how : {'share', 'pool'}
        share: units that were split are shared out. pool: all units that changes tie together are one (``a+b``) in all
        years, exact and without shares, at the price of fewer places.

    Returns
    -------
    Harmonized
        With `parts`, `steps` and `jumps` beside it. A value that lacks a part is missing in the table, never a sum of
        what is there.

    Raises
    ------
    InputError
        Units of one indicator and year that cannot be converted; repeated rows, values on borders later than `year` of
        units that changed in between, values of units that had ended, a unit with values that a change names as new
        (all at once); values that lead to unknown units.

    Notes
    -----
    Amount: y_t = sum_s a_st y_s; rate: y_t = sum_s a_st w_s y_s / sum_s a_st w_s, a_st the share of s that lies in t
    (Goodchild and Lam 1980, areal interpolation, with the shares of the crosswalk). What is merged whole is exact;
    what was split is modelled: it takes everything to be spread as the people (or the area) of the crosswalk are.
    """
    rows = _prepared(values, borders or {})
    kinds = _kinds(rows, intensive or {}, neither)
    _check(rows, changes, year, intensive or {}, borders or {})
    rows["kind"] = rows["indicator"].map({name: kind for name, (kind, _) in kinds.items()})
    out, parts = [], []
    for when in sorted({int(b) for b in rows["borders"]}):
        group = rows[rows["borders"] == when]
        links = _links(changes, group, when, year, how)
        parts.append(links)
        found = _carried(_weighted(group, kinds), links[["from_id", "to_id", "share"]])
        out.append(found.assign(borders=when))
    table = pd.concat(out, ignore_index=True).sort_values([*_KEY, "place_id"], ignore_index=True)
    units = {unit for name in table["place_id"].unique() for unit in (name.split("+") if how == "pool" else [name])}
    if known is not None and (lost := sorted(units - {str(u) for u in known})):
        raise InputError(
            f"{len(lost)} units with values are no places on the borders of {year}: {', '.join(lost[:5])}",
            hint="add the change that ended them to the crosswalk, or correct the codes",
        )
    steps = _steps(rows, table, kinds)
    table = table[[c.name for c in Harmonized.columns]]
    jumps = _jumps(rows, table, changes)
    table = _flagged(table, jumps)
    settings = {"year": year, "how": how, "by": changes.by, "intensive": dict(intensive or {}),
                "neither": sorted(neither), "borders": dict(borders or {})}  # fmt: skip
    return Harmonized(
        table=table, settings=settings, warnings=(*changes.notes, *_warnings(steps, jumps)),
        parts=HarmonizedParts(table=_spans(pd.concat(parts, ignore_index=True))),
        steps=HarmonizedSteps(table=steps), jumps=HarmonizedJumps(table=jumps),
    )  # fmt: skip


def _links(changes: Crosswalk, group: pd.DataFrame, when: int, year: int, how: How) -> pd.DataFrame:
    """Where the units of one set of borders lie, for those that a change met: from_id, to_id, share, borders, exact."""
    if how == "pool":
        pool = changes.pools(until=year)
        here = (set(group["place_id"]) | changes.alive(min(when, year))) & set(pool.index)
        units = sorted(here)
        return pd.DataFrame({"from_id": units, "to_id": pool.reindex(units).to_numpy(), "share": 1.0}).assign(
            borders=when, exact=True
        )
    links = changes.chain(pd.Index(group["place_id"].unique()), after=min(when, year), until=year)
    whole = links.groupby("from_id")["share"].transform("size") == 1
    same = (links["from_id"] == links["to_id"]) & whole & (links.groupby("to_id")["share"].transform("size") == 1)
    return links[~same].assign(borders=when, exact=whole[~same])


def _prepared(values: pd.DataFrame, borders: Mapping[str, int]) -> pd.DataFrame:
    if lost := [c for c in COLUMNS if c not in values]:
        raise InputError(f"values lack the columns {', '.join(lost)}", hint="they are those of tables/indicators.csv")
    rows = values[[*COLUMNS, *(["flag"] if "flag" in values else [])]].copy()
    rows["flag"] = rows["flag"].fillna("").astype(str) if "flag" in rows else ""
    rows["place_id"], rows["year"] = rows["place_id"].astype(str), rows["year"].astype(int)
    rows["borders"] = borders_of(rows, borders)
    return _one_unit(rows.reset_index(drop=True))


def _one_unit(rows: pd.DataFrame) -> pd.DataFrame:
    """Values of an indicator and year in the unit that most of them have: parts in two units must not be added up."""
    several = rows.groupby(_KEY)["unit"].transform("nunique") > 1
    wrong = []
    if several.any():
        rows["value"] = rows["value"].astype(float)
    for key, units in rows[several].groupby(_KEY)["unit"]:
        usual = str(units.value_counts().index[0])
        for unit in sorted(set(units.astype(str)) - {usual}):
            mine = units.index[units == unit]
            try:
                rows.loc[mine, "value"] *= factor(unit, usual)
            except UnitError as error:
                named = " ".join(map(str, key if isinstance(key, tuple) else (key,)))
                wrong.append(f"{named}: {len(mine)} of {len(units)} values in {unit}, not {usual} ({error.message})")
            rows.loc[mine, "unit"] = usual
    if wrong:
        raise InputError(
            f"units of one indicator and year cannot be brought together: {'; '.join(wrong[:5])}",
            hint="give what is measured otherwise an indicator of its own",
        )
    return rows


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


def _weighted(group: pd.DataFrame, kinds: Mapping[str, tuple[Kind, str]]) -> pd.DataFrame:
    """The rows with the weight of each rate: the other indicator of the same place and year (and scope, if several)."""
    out = group.assign(weight=1.0)
    for name in sorted(set(group.loc[group["kind"] == "intensive", "indicator"])):
        other, mine = group[group["indicator"] == kinds[name][1]], group["indicator"] == name
        key = (
            ["place_id", "year"] if not other.duplicated(["place_id", "year"]).any() else ["place_id", "year", "scope"]
        )
        found = other.set_index(key)["value"].reindex(pd.MultiIndex.from_frame(group.loc[mine, key]))
        out.loc[mine, "weight"] = found.to_numpy(float)
    return out


def _carried(group: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Values on the new borders; missing where a part is lacking or no weights can carry it.

    `links` are those of units that a change met; all other values stay as they are.
    """
    columns = ["place_id", "year", "indicator", "value", "unit", "scope", "source", "flag", "how"]
    met = group["place_id"].isin(set(links["from_id"]))
    kept = group[~met].assign(how="unchanged")[columns]
    if not met.any():
        return kept
    key = ["indicator", "year", "scope"]
    cells = group.loc[met, [*key, "kind"]].drop_duplicates().merge(links, how="cross")
    wide = cells.merge(group.drop(columns="kind"), left_on=["from_id", *key], right_on=["place_id", *key], how="left")
    bottom = wide["share"] * wide["weight"]
    groups = wide.assign(
        top=bottom * wide["value"], bottom=bottom, given=wide["value"].notna() & wide["weight"].notna(),
        any=wide["value"].notna(), whole=wide["share"] > 1 - 1e-12,
    ).groupby(["to_id", *key], sort=True)  # fmt: skip
    out = groups.agg(
        top=("top", "sum"), bottom=("bottom", "sum"), complete=("given", "all"), some=("any", "any"),
        filled=("any", "all"), whole=("whole", "all"), parts=("share", "size"), value=("value", "first"),
        unit=("unit", "first"), source=("source", "first"), kind=("kind", "first"),
    ).join(_flags(wide, ["to_id", *key])).reset_index()  # fmt: skip
    out = out[out["some"]].fillna({"flag": ""})
    rate = out["kind"] == "intensive"
    alone = (out["parts"] == 1) & (out["whole"] | rate)  # a new name, or a part that keeps the rate of the whole
    good = alone | (out["complete"] & (out["kind"] != "neither"))
    out["value"] = out["value"].where(alone, out["top"] / out["bottom"].where(rate, 1.0)).where(good & out["filled"])
    out["how"] = np.select(
        [~out["filled"], ~good, out["whole"]], ["a part is lacking", "cannot be carried", "merged"], "shared out"
    )
    mark = out["how"].map({"merged": EXACT, "shared out": SHARED}).fillna("")
    out["flag"] = (out["flag"] + " " + mark).str.strip()
    return pd.concat([kept, out.assign(place_id=out["to_id"])[columns]], ignore_index=True)


def _flags(wide: pd.DataFrame, key: list[str]) -> pd.Series:
    """Every word of the flags of the parts but border-break, which the new value answers."""
    words = wide.assign(flag=wide["flag"].fillna("").str.split()).explode("flag").dropna(subset=["flag"])
    words = words.loc[words["flag"] != "border-break", [*key, "flag"]].drop_duplicates().sort_values([*key, "flag"])
    return words.groupby(key)["flag"].agg(" ".join)


def _spans(parts: pd.DataFrame) -> pd.DataFrame:
    """One row a part of a unit, with the first and the last borders from which it leads there."""
    key = ["from_id", "to_id", "share", "exact"]
    out = parts.groupby(key, as_index=False, sort=True).agg(first=("borders", "min"), last=("borders", "max"))
    return out.sort_values(["first", "from_id", "to_id"], ignore_index=True)[
        ["from_id", "to_id", "first", "last", *key[2:]]
    ]


def _steps(rows: pd.DataFrame, table: pd.DataFrame, kinds: Mapping[str, tuple[Kind, str]]) -> pd.DataFrame:
    """What was done, one row an indicator and set of borders."""
    key = ["indicator", "borders"]
    before = rows.groupby(key)["value"].agg(came_in="size", sum_in="sum")
    after = table.groupby(key)["value"].agg(came_out="count", sum_out="sum")
    how = table.groupby([*key, "how"]).size().unstack(fill_value=0)
    how = how.reindex(
        columns=["unchanged", "merged", "shared out", "a part is lacking", "cannot be carried"], fill_value=0
    )
    out = before.join(after).join(how.set_axis([str(c).replace(" ", "_") for c in how.columns], axis=1)).reset_index()
    out["kind"] = out["indicator"].map({name: kind for name, (kind, _) in kinds.items()})
    out["weight"] = out["indicator"].map({name: weight for name, (_, weight) in kinds.items()})
    ordered: pd.DataFrame = out.sort_values(["borders", "indicator"], ignore_index=True)
    return ordered[[c.name for c in HarmonizedSteps.columns]]


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


def _flagged(table: pd.DataFrame, jumps: pd.DataFrame) -> pd.DataFrame:
    """The values after a jump that is left, flagged check-border."""
    key = ["indicator", "place_id", "year"]
    left = pd.MultiIndex.from_frame(jumps.loc[jumps["when"] == "after", key])
    here = pd.MultiIndex.from_frame(table[key]).isin(left)
    words = [
        " ".join(dict.fromkeys(f"{flag} {CHECK if at else ''}".split()))
        for flag, at in zip(table["flag"], here, strict=True)
    ]
    return table.assign(flag=words)


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
