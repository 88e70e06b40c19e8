"""What the mechanisms room says of a cluster: disparity between places, urban-rural population change."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, ancestor, groups
from megaregion.data.cluster import units as units_of
from megaregion.errors import InputError
from megaregion.mechanisms.integration import (
    PopulationChangeResult,
    population_change,
    population_change_groups,
)
from megaregion.mechanisms.options import options_of
from megaregion.nodes.disparity import TheilResult, theil
from megaregion.nodes.income_clubs import income_clubs
from megaregion.nodes.inequality import DisparityOptions, disparity
from megaregion.nodes.nested_theil import hierarchy_of, nested_theil
from megaregion.result import Input, Result
from megaregion.units import factor, in_whole_money

URBAN = "urban_population"
STABLE = "stable_unit"
NO_INCOME = "[indicators] in workspace.toml names no income: no disparity"
SPAN = 10  # years between the two dates of the population change where many years are there
_SCALE = re.compile(r"^(thousand |10000 |million |100 million |billion )")


def diagnose(
    cluster: Cluster, *, seed: int | np.random.Generator = 0, adjacent: pd.DataFrame | None = None
) -> dict[str, Result]:  # fmt: skip
    """Disparity of income per head for every complete year, and population change on comparable borders.

    Parameters
    ----------
    cluster : Cluster
        The roles `income`, `population` and, if given, `population_panel` of workspace.toml name the
        indicators. [options.disparity]: draws, permutations, span of `megaregion.nodes.inequality.DisparityOptions`.
    seed : int or Generator
        Of intervals and permutations.
    adjacent : DataFrame, optional
        Columns place_a, place_b: places of analysis that share a border, for clustering.

    Returns
    -------
    dict of str to Result
        theil, theil_groups, theil_nested, inequality, dagum, dagum_pairs, convergence, income_clustering,
        income_clusters, income_clubs, income_club_tests, population_change,
        population_change_groups; a table without rows says in its warnings what is lacking.

    Raises
    ------
    InputError
        Values are doubled, of mixed scope or out of range.
    """
    incomes = _incomes(cluster)
    first = _theil(cluster, incomes)
    change = _change(cluster)
    return {
        "theil": first,
        "theil_groups": first.groups,
        **_disparity(cluster, incomes, seed, adjacent),
        "population_change": change,
        "population_change_groups": population_change_groups(change),
    }


def _role(cluster: Cluster, role: str) -> str | None:
    name = (cluster.attrs.get("indicators") or {}).get(role)
    return None if name is None else str(name)


def _panel(
    cluster: Cluster, indicator: str, labels: pd.Index, unit: str | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, str]:
    """Values and flags (rows places, columns years), scope of each place, and the unit.

    `unit` is the unit wanted; None for the one of the table without its scale (million CNY -> CNY).
    """
    table = cluster.indicators
    rows = table[(table["indicator"] == indicator) & table["place_id"].isin(labels)]
    twice = rows[["place_id", "year"]].duplicated()
    if twice.any():
        some = ", ".join(f"{p} {y:.0f}" for p, y in rows.loc[twice, ["place_id", "year"]].head(5).to_numpy())
        raise InputError(
            f"indicators: {indicator} has several values for {some}", hint="scopes must not be mixed in one place"
        )
    scopes = rows.groupby("place_id")["scope"].nunique()
    if (scopes > 1).any():
        some = ", ".join(map(str, scopes.index[scopes > 1][:5]))
        raise InputError(f"indicators: {indicator} changes its scope between years for {some}",
                         hint="a change over time needs one territory")  # fmt: skip
    found = sorted(rows["unit"].dropna().unique())
    target = unit if unit is not None else (_SCALE.sub("", str(found[0])) if found else "")
    scale = rows["unit"].map({u: factor(str(u), target) for u in found}).astype(float)
    rows = rows.assign(value=rows["value"].astype(float) * scale, year=rows["year"].astype(int))
    values = rows.pivot(index="place_id", columns="year", values="value").reindex(labels)
    flag = rows["flag"].where(rows["flag"].notna(), "") if "flag" in rows else ""
    flags = rows.assign(flag=flag).pivot(index="place_id", columns="year", values="flag").reindex(labels)
    scope = rows.drop_duplicates("place_id").set_index("place_id")["scope"].reindex(labels)
    return values, flags.fillna(""), scope, target


PLACES = "places.population"


def _complete(values: pd.DataFrame) -> list[int]:
    return [int(year) for year in values.columns if not values[year].isna().any()]


@dataclass(frozen=True, eq=False)
class _Incomes:
    """Income and people of the places of analysis for every year that has both."""

    name: str
    income: pd.DataFrame
    people: pd.DataFrame
    flags: pd.DataFrame
    counted: dict[int, str]
    skipped: dict[int, str]
    unit: str
    inputs: tuple[Input, ...]
    warnings: tuple[str, ...]


def _incomes(cluster: Cluster) -> _Incomes | None:
    """None where no indicator plays the role income."""
    if _role(cluster, "income") is None:
        return None
    labels, name = units_of(cluster).index, str(_role(cluster, "income"))
    income, income_flags, scope, unit = _panel(cluster, name, labels, None)
    people, flags, counted, warnings = _people(cluster, labels, scope)
    done = [year for year in _complete(income) if year in people]
    both = pd.DataFrame(
        {y: [_merge(a, b) for a, b in zip(income_flags[y], flags[y], strict=True)] for y in done}, index=labels
    )
    names = [name, *sorted({counted[year] for year in done} - {PLACES})]
    inputs: tuple[Input, ...] = (
        Input("tables/indicators.csv", {"year": "{year}", "indicator": names, "place_id": list(labels)}),
    )
    if PLACES in counted.values():
        inputs += (Input("tables/places.csv", {"place_id": list(labels)}),)
    if not done:
        warnings.append(f"no year has {name} and people for all {len(labels)} places: no disparity")
    return _Incomes(
        name=name, income=income[done], people=pd.DataFrame({y: people[y] for y in done}, index=labels), flags=both,
        counted=counted, skipped=_skipped(income, done, name), unit=unit or "index", inputs=inputs,
        warnings=tuple(warnings),
    )  # fmt: skip


def _theil(cluster: Cluster, found: _Incomes | None) -> TheilResult:
    group = groups(cluster)
    if found is None:
        labels = units_of(cluster).index
        nothing = theil(pd.DataFrame(index=labels), pd.DataFrame(index=labels), group=group)
        return _warned(nothing, (NO_INCOME,))
    result = theil(
        found.income, found.people, group=group, flags=found.flags, counted_by=found.counted, inputs=found.inputs,
        income_unit=found.unit,
    )  # fmt: skip
    return _warned(replace(result, skipped=found.skipped), (*result.warnings, *found.warnings))


def _disparity(
    cluster: Cluster, found: _Incomes | None, seed: int | np.random.Generator, adjacent: pd.DataFrame | None
) -> dict[str, Result]:
    """Measures, Dagum, convergence and clustering; years with a place without income are left out."""
    given = options_of(cluster, "disparity", [f.name for f in fields(DisparityOptions)])
    if "span" in given:
        given["span"] = tuple(int(y) for y in given["span"])
    names = given.get("controls", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"options.disparity.controls must be a list of indicators, got {names!r}",
                         hint='controls = ["mean_schooling"]')  # fmt: skip
    options = DisparityOptions(**{**given, "controls": tuple(names)})
    if found is None or found.income.columns.empty:
        return {}
    kept = [y for y in found.income.columns if (found.income[y] > 0).all()]
    held, said_of = _controls(
        cluster, names, found.income.index, int(options.span[0] if options.span else kept[0] if kept else 0)
    )
    tables = disparity(found.income[kept], found.people[kept], group=groups(cluster), seed=seed, adjacent=adjacent,
                       controls=held, inputs=found.inputs, options=options)  # fmt: skip
    tables["convergence"] = replace(tables["convergence"], warnings=(*tables["convergence"].warnings, *said_of))
    levels = hierarchy_of(cluster.places, found.income.index, str(cluster.attrs["level"]))
    if kept:
        tables["theil_nested"] = nested_theil(found.income[kept], found.people[kept], levels, seed=seed,
                                              inputs=found.inputs)  # fmt: skip
    scale = in_whole_money(found.unit)
    if scale is not None:
        tables |= income_clubs(scale * found.income[kept] / found.people[kept], inputs=found.inputs)
    broken = [str(y) for y in kept if found.flags[y].ne("").any()]
    said = (f"values of {', '.join(broken)} are flagged (borders or revisions): do not read them as a trend",)
    return {name: replace(t, warnings=(*t.warnings, *(said if broken else ()))) for name, t in tables.items()}


def _controls(
    cluster: Cluster, names: list[str], labels: pd.Index, start: int
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Controls of conditional convergence in the first year, or the first later one that is complete."""
    out, late, lost = {}, [], []
    for name in names:
        values = _panel(cluster, name, labels, None)[0]
        years = [year for year in _complete(values) if year >= start]
        if not years:
            lost.append(name)
            continue
        out[name] = values[years[0]]
        if years[0] != start:
            late.append(f"{name} ({years[0]})")
    if lost:
        raise InputError(f"options.disparity.controls: no year from {start} on is complete for {', '.join(lost)}",
                         hint="name indicators that every place has")  # fmt: skip
    said = f"conditional convergence: not known for {start}, taken from a later year: {', '.join(late)}"
    return pd.DataFrame(out) if out else None, (said,) if late else ()


def _warned(result: TheilResult, texts: tuple[str, ...]) -> TheilResult:
    return replace(result, warnings=texts, groups=replace(result.groups, warnings=texts))


def _people(
    cluster: Cluster, labels: pd.Index, scope: pd.Series
) -> tuple[dict[int, pd.Series], dict[int, pd.Series], dict[int, str], list[str]]:
    """People by year, flags, indicator that each year comes from, warnings.

    The panel goes before the base population: its borders are those of the income of the same year.
    """
    people: dict[int, pd.Series] = {}
    flags: dict[int, pd.Series] = {}
    counted: dict[int, str] = {}
    warnings: list[str] = []
    for role in ("population_panel", "population"):
        indicator = _role(cluster, role)
        if indicator is None:
            continue
        values, flag, own, _ = _panel(cluster, indicator, labels, "person")
        differ = own.index[own.notna() & scope.notna() & (own != scope)]
        if len(differ):
            raise InputError(
                f"{indicator} and income cover different territories for {', '.join(map(str, differ[:5]))}",
                hint="both must have one scope",
            )
        for year in _complete(values):
            if year not in people:
                people[year], flags[year], counted[year] = values[year], flag[year], indicator
    if _role(cluster, "population") is None:
        base, counting = int(cluster.attrs["base_year"]), units_of(cluster)["population"].astype("float64")
        if base not in people and counting.notna().all():
            people[base], flags[base], counted[base] = counting, pd.Series("", labels), PLACES
    elif _role(cluster, "population_panel") is None:
        warnings.append(
            "people of years before the base year are on the borders of their source, not of the income of the "
            "year; name a yearly series for the role population_panel where there is one"
        )
    return people, flags, counted, warnings


def _skipped(income: pd.DataFrame, done: list[int], name: str) -> dict[int, str]:
    out = {}
    for year in income.columns:
        if int(year) in done:
            continue
        lost = income.index[income[year].isna()]
        some = ", ".join(map(str, lost[:5]))
        out[int(year)] = f"{name} missing for {some}" if len(lost) else "people missing for some places"
    return out


def _merge(*texts: str) -> str:
    return ";".join(sorted({word for text in texts for word in str(text).split(";") if word}))


def _change(cluster: Cluster) -> PopulationChangeResult:
    name = _role(cluster, "population") or "population"
    kind = STABLE if (cluster.places["kind"] == STABLE).any() else str(cluster.attrs["level"])
    level = cluster.select(kind)
    values, flags, scope, _ = _panel(cluster, name, level.index, "person")
    years = _complete(values)
    if len(years) < 2:
        text = f"{name} has {len(years)} years complete for all places of kind {kind}, two are needed: no change"
        return replace(_no_change(kind), warnings=(text,))
    end = years[-1]
    start = min(years[:-1], key=lambda year: (abs(end - year - SPAN), year))
    pair = [start, end]
    urban, urban_flags, urban_scope, _ = _panel(cluster, URBAN, level.index, "person")
    has_urban = all(year in _complete(urban) for year in pair)
    if has_urban and (urban_scope != scope).any():
        some = ", ".join(map(str, scope.index[urban_scope != scope][:5]))
        raise InputError(f"{URBAN} and {name} cover different territories for {some}", hint="both need one scope")
    units = pd.DataFrame(
        {
            "parent": level["parent_id"], "scope": scope,
            "group": ancestor(cluster.places, str(cluster.attrs["group"])).reindex(level.index),
            "flag": [
                _merge(*flags.loc[i, pair], *(urban_flags.loc[i, pair] if has_urban else ())) for i in level.index
            ],
        }
    )  # fmt: skip
    lost = units.index[units["group"].isna()]
    if len(lost):
        raise InputError(f"places of kind {kind} lie in no group: {', '.join(map(str, lost[:5]))}",
                         hint="fill places.parent_id")  # fmt: skip
    result = population_change(values[pair], urban[pair] if has_urban else None, units, kind=kind)
    return replace(result, population_indicator=name)


def _no_change(kind: str) -> PopulationChangeResult:
    empty = PopulationChangeResult(table=pd.DataFrame(), years=None, kind=kind)
    text = ("place_id", "parent", "group", "scope", "flag")
    table = pd.DataFrame({c.name: pd.Series(dtype=object if c.name in text else "float64") for c in empty.describe()})
    return replace(empty, table=table)
