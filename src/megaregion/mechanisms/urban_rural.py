"""Integration of town and country: levels beside ratios, Theil index, dual economy, services, profile by pillar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.core.aggregate import goalposts
from megaregion.core.dual_economy import dual_contrast, dual_deviation, two_group_theil
from megaregion.core.inequality import theil_by_group
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError
from megaregion.mechanisms.service_gaps import cluster_service_gaps, cluster_settlement_gaps
from megaregion.mechanisms.urban_rural_inputs import KEYS, Given, Goalposts, UrbanRuralOptions, read_roles, role
from megaregion.mechanisms.urban_rural_tables import (
    MEASURES,
    ProfileResult,
    UrbanRuralResult,
    UrbanRuralTheilResult,
    nothing,
)
from megaregion.result import Result

Denominator = Literal["resident", "hukou"]
HUKOU = "_hukou"
PER_HEAD = (
    "population_urban", "population_rural", "income_urban", "income_rural", "consumption_urban", "consumption_rural",
)  # fmt: skip
ECONOMY = ("value_added_primary", "value_added", "employment_primary", "employment", "employment_primary_share")
PILLARS = ("people", "land", "capital", "services", "ecology")
# goalposts are stated assumptions: 1 is equality, 4 about the widest income ratio of a Chinese province since 2000
DEFAULT_PROFILE: Mapping[str, Mapping[str, Goalposts]] = {
    "people": {"income_ratio": (-1, 1.0, 4.0), "consumption_ratio": (-1, 1.0, 4.0), "theil": (-1, 0.0, 0.2)},
    "capital": {"dual_contrast": (1, 0.0, 1.0), "dual_deviation": (-1, 0.0, 0.5)},
}
_SHARES = ("value_share_primary", "employment_share_primary")


def urban_rural(cluster: Cluster, seed: int, *, denominator: Denominator = "resident") -> dict[str, Result]:
    """Integration of town and country in every place.

    Parameters
    ----------
    cluster : Cluster
        Roles of [indicators] that are read: income_urban, income_rural, consumption_urban, consumption_rural (money
        per head); population_urban, population_rural (the latter from `population` where it is not given);
        value_added_primary, value_added; employment_primary and employment, or employment_primary_share; settlement.
        A role with the ending ``_hukou`` counts the people registered instead of the residents. Options:
        [options.urban_rural], see `UrbanRuralOptions`.
    seed : int
        For permutations and bootstrap samples.
    denominator : {'resident', 'hukou'}
        Whom every number per head counts.

    Returns
    -------
    dict of str to Result
        urban_rural, urban_rural_theil, service_gaps, settlement_gaps, integration_profile; a table without rows
        says in its warnings what is lacking.

    Raises
    ------
    InputError
        Incomes count residents and people are registered ones, or the other way round; values are doubled, of
        mixed scope or unit, or out of range.
    MissingDataError
        A place cannot be told town or country by the stated rule.
    """
    options = UrbanRuralOptions.of(cluster.options.get("urban_rural", {}))
    kind = options.level(cluster)
    labels = cluster.select(kind).index
    given = read_roles(cluster, _wanted(cluster, denominator), labels)
    table = urban_rural_measures(_with_rural(given.values))
    economy = _economy(cluster, labels)
    if economy is not None:  # employment or value added of another level: rows of their own
        table = pd.concat([table, urban_rural_measures(economy.values)])
    main = _result(cluster, given, economy, table, denominator)
    people = main.table.set_index(KEYS)[["population_urban", "population_rural"]]
    people.columns = pd.Index(["town", "country"])
    return {
        "urban_rural": main,
        "urban_rural_theil": _regional(main.table[main.table["kind"] == kind], len(labels)),
        "service_gaps": cluster_service_gaps(cluster, people, labels, options, denominator),
        "settlement_gaps": cluster_settlement_gaps(cluster, labels, options, seed=seed),
        "integration_profile": _profile(cluster, main, options, labels),
    }


def urban_rural_measures(given: pd.DataFrame) -> pd.DataFrame:
    """Gaps, ratios, Theil index and dual measures from levels.

    Parameters
    ----------
    given : DataFrame, index (place_id, year)
        Any of income_urban, income_rural, consumption_urban, consumption_rural (money per head),
        population_urban, population_rural (people, counted as the incomes count them), value_added_primary,
        value_added, employment_primary, employment, employment_primary_share (percent); missing where unknown.

    Returns
    -------
    DataFrame
        The same index; columns of `MEASURES`, missing where an input is. A ratio of 1 says that both are equally
        rich or equally poor: read the levels beside it.

    Raises
    ------
    InputError
        A value is negative or infinite, or a part exceeds its whole.

    Notes
    -----
    T = sum_k (Y_k/Y) ln[(Y_k/Y)/(N_k/N)], Y_k = income per head x people; contrast (Y_a/L_a)/(Y_n/L_n); deviation
    |Y_n/Y - L_n/L|.
    """
    columns = [*PER_HEAD, *ECONOMY]
    have = given.reindex(columns=columns).astype(float)
    _check(have)
    out = pd.DataFrame(index=given.index, columns=list(MEASURES), dtype=float)
    for name in PER_HEAD:
        out[name] = have[name]
    for name in ("income", "consumption"):
        town, country = have[f"{name}_urban"], have[f"{name}_rural"]
        out[f"{name}_gap"] = town - country
        out[f"{name}_ratio"] = town / country.where(country > 0)
    town, country = have["population_urban"], have["population_rural"]
    people = town + country
    out["urban_share"] = 100.0 * town / people.where(people > 0)
    out["theil"] = two_group_theil(
        (have["income_urban"] * town).to_numpy(), (have["income_rural"] * country).to_numpy(), town.to_numpy(),
        country.to_numpy(),
    )  # fmt: skip
    value = have["value_added_primary"] / have["value_added"].where(have["value_added"] > 0)
    own = have["employment_primary"] / have["employment"].where(have["employment"] > 0)
    labour = (have["employment_primary_share"] / 100.0).fillna(own)
    out["value_share_primary"], out["employment_share_primary"] = 100.0 * value, 100.0 * labour
    out["dual_contrast"] = dual_contrast(value.to_numpy(), labour.to_numpy())
    out["dual_deviation"] = dual_deviation(value.to_numpy(), labour.to_numpy())
    return out


def _check(have: pd.DataFrame) -> None:
    wrong = []
    for name in have:
        bad = have.index[(have[name] < 0) | np.isinf(have[name])]
        wrong += [f"{name} is negative or infinite for {list(bad[:5])}"] if len(bad) else []
    for part, whole in (("value_added_primary", "value_added"), ("employment_primary", "employment")):
        bad = have.index[have[part] > have[whole]]
        wrong += [f"{part} exceeds {whole} for {list(bad[:5])}"] if len(bad) else []
    bad = have.index[have["employment_primary_share"] > 100.0]
    wrong += [f"employment_primary_share exceeds 100 percent for {list(bad[:5])}"] if len(bad) else []
    if not have.index.is_unique:
        wrong.append(f"rows are given twice: {list(have.index[have.index.duplicated()][:5])}")
    if wrong:
        raise InputError("; ".join(wrong), hint="mend the rows in tables/indicators.csv")


def _wanted(cluster: Cluster, denominator: Denominator) -> dict[str, str | None]:
    """Role -> indicator for the people counted; refuses a pair that counts different people."""
    if denominator not in ("resident", "hukou"):
        raise InputError(f"denominator must be resident or hukou, got {denominator!r}", hint="say whom to count")
    named = {name: {"resident": role(cluster, name), "hukou": role(cluster, name + HUKOU)} for name in PER_HEAD}
    other = "hukou" if denominator == "resident" else "resident"
    chosen = [name for name in PER_HEAD if named[name][denominator]]
    lost = [name for name in PER_HEAD if named[name][other] and not named[name][denominator]]
    if chosen and lost:
        raise InputError(
            f"{', '.join(chosen)} count the {denominator} population, {', '.join(lost)} only the {other} one",
            hint=f"residents and registered people must not be mixed: give all for one of them, or drop the roles "
            f"that count the {other} population",
        )
    if lost:
        raise InputError(f"{', '.join(lost)} are given for the {other} population only",
                         hint=f'ask for denominator="{other}"')  # fmt: skip
    wanted = {name: named[name][denominator] for name in PER_HEAD}
    whole = role(cluster, "population" if denominator == "resident" else "population" + HUKOU)
    return {**wanted, "population": whole, **{name: role(cluster, name) for name in ECONOMY}}


def _with_rural(values: pd.DataFrame) -> pd.DataFrame:
    """People in the country as people minus people in town, where the table does not give them."""
    if not {"population", "population_urban"} <= set(values.columns):
        return values
    rest = values["population"] - values["population_urban"]
    bad = values.index[rest < 0]
    if len(bad):
        raise InputError(f"people in town exceed the people for {list(bad[:5])}", hint="both must count one territory")
    given = values["population_rural"] if "population_rural" in values else pd.Series(np.nan, values.index)
    return values.assign(population_rural=given.fillna(rest))


def _economy(cluster: Cluster, labels: pd.Index) -> Given | None:
    """Value added and employment of the level of analysis, where the places are finer than that."""
    above = cluster.select(str(cluster.attrs["level"])).index.difference(labels)
    if not len(above):
        return None
    found = read_roles(cluster, {name: role(cluster, name) for name in ECONOMY}, above)
    return found if len(found.values.columns) else None


def _result(
    cluster: Cluster, given: Given, economy: Given | None, table: pd.DataFrame, denominator: Denominator
) -> UrbanRuralResult:
    indicators = {**given.indicators, **(economy.indicators if economy else {})}
    units = {**given.units, **(economy.units if economy else {})}
    _same_units(units, indicators)
    scope = pd.concat([given.scope, *([economy.scope] if economy else [])])
    flag = pd.concat([given.flag, *([economy.flag] if economy else [])])
    known = table.drop(columns=list(_SHARES)).notna().any(axis=1)  # a share of value added alone compares nothing
    frame = table[known].sort_index()
    frame.insert(0, "kind", cluster.places["kind"].reindex(frame.index.get_level_values("place_id")).to_numpy())
    frame.insert(1, "scope", scope.reindex(frame.index).to_numpy())
    frame["flag"] = flag.reindex(frame.index).to_numpy()
    money = {name: units[f"{name}_urban"] for name in ("income", "consumption") if f"{name}_urban" in units}
    absent = [name for name in given.absent if name not in indicators]
    if "population" in indicators:
        absent = [name for name in absent if name != "population_rural"]
    text = f"[indicators] gives no values for the roles {', '.join(absent)}: columns that need them are missing"
    return UrbanRuralResult(
        table=frame.reset_index(), indicators=indicators, money=money, denominator=denominator,
        warnings=(text,) if absent else (),
    )  # fmt: skip


def _same_units(units: Mapping[str, str], indicators: Mapping[str, str]) -> None:
    """A ratio needs one unit on both sides; totals of people and of workers are persons."""
    wrong = []
    for a, b in (
        ("income_urban", "income_rural"), ("consumption_urban", "consumption_rural"),
        ("value_added_primary", "value_added"), ("employment_primary", "employment"),
        ("population_urban", "population_rural"), ("population_urban", "population"),
    ):  # fmt: skip
        if a in units and b in units and units[a] != units[b]:
            wrong.append(f"{indicators[a]} is in {units[a]}, {indicators[b]} in {units[b]}")
    if units.get("employment_primary_share", "percent") != "percent":
        wrong.append(f"{indicators['employment_primary_share']} must be in percent")
    if wrong:
        raise InputError("indicators: " + "; ".join(wrong), hint="give both sides in one unit and price base")


def _regional(table: pd.DataFrame, places: int) -> UrbanRuralTheilResult:
    """Theil index over towns and countrysides, for the years in which every place has all four numbers."""
    rows = []
    needed = ["income_urban", "income_rural", "population_urban", "population_rural"]
    for year, part in table.groupby("year", sort=True):
        if len(part) < places or part[needed].isna().to_numpy().any():
            continue
        people = part[["population_urban", "population_rural"]].to_numpy(float).T.ravel()
        income = part[["income_urban", "income_rural"]].to_numpy(float).T.ravel() * people
        lived = people > 0  # a place wholly urban has no countryside to compare
        side = np.repeat([0, 1], len(part))[lived]
        place = np.tile(np.arange(len(part)), 2)[lived]
        if income.sum() == 0 or len(np.unique(side)) < 2:
            continue
        between, within, share, heads, _ = theil_by_group(income[lived], people[lived], side.astype(np.intp))
        apart, inside, *_ = theil_by_group(income[lived], people[lived], place.astype(np.intp))
        rows.append([int(str(year)), between + within, between, within, apart, inside, share[0], heads[0], len(part)])
    names = [c.name for c in UrbanRuralTheilResult.columns]
    if rows:
        return UrbanRuralTheilResult(table=pd.DataFrame(rows, columns=names))
    text = f"no year has income and people of town and country for all {places} places: no regional index"
    return UrbanRuralTheilResult(table=nothing(UrbanRuralTheilResult.columns), warnings=(text,))


def _profile(cluster: Cluster, main: UrbanRuralResult, options: UrbanRuralOptions, labels: pd.Index) -> ProfileResult:
    """Score of each pillar at each place and year that has any value; pillars without data say so."""
    spec = options.profile or DEFAULT_PROFILE
    pillars = [*PILLARS, *(p for p in spec if p not in PILLARS)]
    names = sorted({name for items in spec.values() for name in items})
    own = main.table.set_index(KEYS)[[n for n in names if n in MEASURES]]
    read = read_roles(cluster, {n: n for n in names if n not in MEASURES}, labels)
    both = own.join(read.values, how="outer") if len(read.values) else own
    both = both[both.notna().any(axis=1)].sort_index()
    parts = []
    for pillar in pillars:
        items = spec.get(pillar, {})
        scaled = pd.DataFrame(
            {
                name: goalposts(both[name].to_numpy(float), low, high, direction).values
                for name, (direction, low, high) in items.items() if name in both
            },
            index=both.index,
        )  # fmt: skip
        n = scaled.notna().sum(axis=1).astype(float)
        marks = [", ".join(scaled.columns[row]) for row in scaled.notna().to_numpy()]
        score = 100.0 * scaled.mean(axis=1) if len(scaled.columns) else pd.Series(np.nan, both.index)
        part = pd.DataFrame({"pillar": pillar, "score": score, "measures": marks, "n": n, "asked": float(len(items))})
        part["status"] = np.select([n == 0, n == 1], ["no data", "one measure only"], "")
        parts.append(part)
    columns = [c.name for c in ProfileResult.columns]
    warnings = [f"{name}: no values for the profile" for name in read.absent]
    if both.empty:
        warnings.append("no measure of the profile has a value: no profile")
        return ProfileResult(table=nothing(ProfileResult.columns), goalposts=spec, warnings=tuple(warnings))
    table = pd.concat(parts).reset_index()
    table["order"] = table["pillar"].map({p: i for i, p in enumerate(pillars)})
    table = table.sort_values([*KEYS, "order"], ignore_index=True)[columns]
    empty = [p for p in pillars if table.loc[table["pillar"] == p, "score"].isna().all()]
    warnings += [f"no data for the pillars {', '.join(empty)}"] if empty else []
    return ProfileResult(table=table, goalposts=spec, warnings=tuple(warnings))
