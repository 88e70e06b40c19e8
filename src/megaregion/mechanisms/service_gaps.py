"""Service gaps: between town and country inside each place, and between places of town and places of country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion._rng import generator
from megaregion.core.dual_economy import bootstrap_means, group_gap, permuted_gaps
from megaregion.data.align import exact
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.urban_rural_inputs import (
    Settlement,
    UrbanRuralOptions,
    read_roles,
    role,
    settlement_types,
)
from megaregion.result import Column, Input, Result

_FORMULA = "methods#service-gaps"
LEVELS = (5.0, 95.0)
PER = 1000.0
_ROUNDING = 1e-12  # relative: a draw that deals out the same places must count as equal
_TABLE = "tables/indicators.csv"


@dataclass(frozen=True, eq=False, kw_only=True)
class ServiceGapsResult(Result):
    """Service per head in town and in the country of each place: both levels, gap and ratio.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    denominator : str
        Whom totals were divided by: resident or hukou.
    """

    title_en: ClassVar[str] = "Services in town and in the country"
    title_zh: ClassVar[str] = "城乡公共服务差距"
    table: pd.DataFrame
    denominator: str
    services: Mapping[str, tuple[str, str]]

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        names = sorted({name for pair in self.services.values() for name in pair})
        mine = (Input(_TABLE, {"place_id": "{place}", "year": "{year}", "indicator": names}),)
        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("year", "year", "Year", "年份", key=True),
            Column("service", "", "Service", "服务", key=True),
            Column("unit", "", "Unit", "单位"),
            Column("town", "by row", "Level in town", "城镇水平", formula=_FORMULA, inputs=mine),
            Column("country", "by row", "Level in the country", "乡村水平", formula=_FORMULA, inputs=mine),
            Column("gap", "by row", "Town minus country", "城乡差", formula=_FORMULA, inputs=mine),
            Column("ratio", "ratio", "Town over country", "城乡比", formula=_FORMULA, inputs=mine),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a place, year and service."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Denominator of totals."""
        return {"denominator": self.denominator}


def service_gaps(town: pd.DataFrame, country: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """Levels, gap and ratio of services per head inside each place.

    Parameters
    ----------
    town, country : DataFrame, index (place_id, year), one column a service
        Per head (or per person entitled), >= 0; missing where not given.
    units : mapping of str to str
        Unit of each service.

    Returns
    -------
    DataFrame
        Long: place_id, year, service, unit, town, country, gap, ratio; rows with both levels only. The ratio is
        missing where the country has none, and says nothing on how good either level is.

    Raises
    ------
    InputError
        The services differ, or one is a share of jobs: a service is counted per head.
    """
    if set(town.columns) != set(country.columns):
        raise InputError("services differ between town and country", hint="give both levels of each service")
    refuse_job_shares(units)
    parts = []
    for name in sorted(map(str, town.columns)):
        both = pd.DataFrame({"town": town[name], "country": country[name]}).dropna().astype(float)
        both["gap"] = both["town"] - both["country"]
        both["ratio"] = both["town"] / both["country"].where(both["country"] > 0)
        parts.append(both.reset_index().assign(service=name, unit=units.get(name, "")))
    columns = ["place_id", "year", "service", "unit", "town", "country", "gap", "ratio"]
    if not parts:
        return _nothing(columns, ("place_id", "service", "unit"))
    whole = pd.concat(parts, ignore_index=True)[columns]
    return whole.sort_values(["place_id", "year", "service"], ignore_index=True)


def refuse_job_shares(units: Mapping[str, str]) -> None:
    """Refuse services given as a share of jobs.

    Raises
    ------
    InputError
        A unit is per job, or a name says ``employment_share``.
    """
    jobs = [
        name for name, unit in units.items() if "employment_share" in name or unit.endswith(("per job", "per jobs"))
    ]
    if jobs:
        raise InputError(
            f"{', '.join(sorted(jobs))}: a share of jobs is no measure of a service",
            hint="schools and hospitals weigh most where there is little else: give staff or places per head",
        )


def cluster_service_gaps(
    cluster: Cluster, people: pd.DataFrame, labels: pd.Index, options: UrbanRuralOptions, denominator: str
) -> ServiceGapsResult:
    """Service gaps inside places, from the indicators that [options.urban_rural.services] names.

    Parameters
    ----------
    cluster : Cluster
    people : DataFrame, index (place_id, year), columns town, country
        What totals are divided by.
    labels : Index
        Places.
    options : UrbanRuralOptions
    denominator : str
        Resident or hukou, for the record.

    Raises
    ------
    InputError
        As `read_roles` and `service_gaps`; the two levels of a service have different units.
    """
    sides: dict[str, dict[str, pd.Series]] = {"town": {}, "country": {}}
    units: dict[str, str] = {}
    warnings, wrong = [], []
    for name, pair in options.services.items():
        found = read_roles(cluster, dict(zip(("town", "country"), pair, strict=True)), labels)
        if found.absent:
            warnings.append(f"service {name}: no values for {', '.join(found.absent)}")
            continue
        refuse_job_shares({pair[0]: found.units["town"], pair[1]: found.units["country"]})
        if found.units["town"] != found.units["country"]:
            wrong.append(f"{name}: {found.units['town']} in town, {found.units['country']} in the country")
        rate = " per " in found.units["town"] or found.units["town"] in ("percent", "share")
        heads = 1.0 if rate else people.reindex(found.values.index) / PER
        level = found.values / heads
        for side in sides:
            sides[side][name] = level[side].replace([np.inf, -np.inf], np.nan)
        units[name] = found.units["town"] if rate else f"{found.units['town']} per {PER:g} persons"
    if wrong:
        raise InputError("services: " + "; ".join(wrong), hint="give both levels in one unit")
    if not options.services:
        warnings.append("[options.urban_rural.services] names no service: no gap inside places")
    table = service_gaps(pd.DataFrame(sides["town"]), pd.DataFrame(sides["country"]), units)
    return ServiceGapsResult(table=table, denominator=denominator, services=options.services, warnings=tuple(warnings))


@dataclass(frozen=True, eq=False, kw_only=True)
class SettlementGapsResult(Result):
    """Level of indicators in places of town and places of country, with intervals.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    rule, rule_zh : str
        What makes a place town.
    modelled : bool
        Whether a stated threshold made it so.
    draws : int
        Permutations and bootstrap samples.
    seed : int or None
    """

    title_en: ClassVar[str] = "Gaps between places of town and of country"
    title_zh: ClassVar[str] = "城乡地区间差距"
    table: pd.DataFrame
    rule: str
    rule_zh: str
    modelled: bool
    draws: int
    seed: int | None

    def describe(self) -> tuple[Column, ...]:
        """Columns; levels by a stated threshold are marked as modelled."""
        mine = (Input(_TABLE, {"indicator": "{indicator}", "year": "{year}"}), Input("tables/places.csv"))
        low, high = (f"{level:g} %" for level in LEVELS)

        def number(name: str, unit: str, en: str, zh: str, drawn: bool = False) -> Column:
            return Column(name, unit, en, zh, modelled=self.modelled or drawn, formula=_FORMULA, inputs=mine)

        return (
            Column("indicator", "", "Indicator", "指标", key=True),
            Column("year", "year", "Year", "年份", key=True),
            Column("unit", "", "Unit", "单位"),
            number("town", "by row", "Places of town, mean by people", "城镇型地区人口加权均值"),
            number("town_low", "by row", f"Town, bootstrap {low}", f"城镇型地区自助法 {low}", True),
            number("town_high", "by row", f"Town, bootstrap {high}", f"城镇型地区自助法 {high}", True),
            number("country", "by row", "Places of country, mean by people", "乡村型地区人口加权均值"),
            number("country_low", "by row", f"Country, bootstrap {low}", f"乡村型地区自助法 {low}", True),
            number("country_high", "by row", f"Country, bootstrap {high}", f"乡村型地区自助法 {high}", True),
            number("gap", "by row", "Town minus country", "城乡差"),
            number("gap_low", "by row", f"Gap, bootstrap {low}", f"城乡差自助法 {low}", True),
            number("gap_high", "by row", f"Gap, bootstrap {high}", f"城乡差自助法 {high}", True),
            number("ratio", "ratio", "Town over country", "城乡比"),
            number("p", "share", "p of the gap, places dealt out at random", "置换检验 p 值", True),
            number("town_places", "count", "Places of town", "城镇型地区数"),
            number("country_places", "count", "Places of country", "乡村型地区数"),
            number("town_people", "person", "People in places of town", "城镇型地区人口"),
            number("country_people", "person", "People in places of country", "乡村型地区人口"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an indicator and year."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Rule, draws and seed."""
        return {"rule": self.rule, "rule_zh": self.rule_zh, "draws": self.draws, "seed": self.seed,
                "levels": list(LEVELS)}  # fmt: skip


def settlement_gap(
    values: pd.Series, people: pd.Series, town: pd.Series, *, seed: int | np.random.Generator, draws: int = 999
) -> dict[str, float]:
    """Gap of one indicator between places of town and places of country, weighted by people.

    Parameters
    ----------
    values, people, town : Series
        Index `place_id`; values finite, people > 0, town True or False; the same places.
    seed : int or Generator
        For the draws.
    draws : int, default 999
        Permutations (for p) and bootstrap samples (for the 5 to 95 % intervals).

    Returns
    -------
    dict of str to float
        The number columns of `SettlementGapsResult`.

    Raises
    ------
    InputError
        People are not positive, a kind has no place, or (AlignmentError) the places differ.
    MissingDataError
        A value is missing.

    Notes
    -----
    p = (1 + #{|gap*| >= |gap|}) / (1 + draws), two-sided. Places near each other are alike, which makes both
    the interval and p too small.
    """
    order = values.sort_index()
    _, n, t = exact(order, people, town)
    x, w, is_town = order.to_numpy(float), n.to_numpy(float), t.to_numpy(bool)
    if np.isnan(x).any() or np.isnan(w).any():
        raise MissingDataError("values or people are missing for some places", hint="leave the year out")
    if not (w > 0).all() or np.isinf(x).any() or is_town.all() or not is_town.any():
        raise InputError("people must be > 0, values finite, and both kinds of places must occur",
                         hint="check the threshold of town")  # fmt: skip
    rng = generator(seed, "settlement-gap")
    a, b = group_gap(x, w, is_town)
    shuffled = permuted_gaps(x, w, is_town, draws, rng)
    ups, downs = bootstrap_means(x, w, is_town, draws, rng)
    slack = _ROUNDING * float(np.abs(x).max())
    out = {"town": a, "country": b, "gap": a - b, "ratio": a / b if b else np.nan}
    for name, cloud in (("town", ups), ("country", downs), ("gap", ups - downs)):
        out[f"{name}_low"], out[f"{name}_high"] = (float(v) for v in np.percentile(cloud, LEVELS))
    out["p"] = (1 + int((np.abs(shuffled) >= abs(a - b) - slack).sum())) / (1 + draws)
    out |= {"town_places": float(is_town.sum()), "country_places": float((~is_town).sum()),
            "town_people": float(w[is_town].sum()), "country_people": float(w[~is_town].sum())}  # fmt: skip
    return out


def cluster_settlement_gaps(
    cluster: Cluster, labels: pd.Index, options: UrbanRuralOptions, *, seed: int
) -> SettlementGapsResult:
    """Gaps of the indicators of ``options.gaps`` between the kinds of places of `settlement_types`.

    Raises
    ------
    InputError
        As `settlement_types` and `read_roles`; an indicator is a share of jobs.
    """
    kinds = settlement_types(cluster, labels, options)
    base = int(cluster.attrs["base_year"])
    rows: list[dict[str, Any]] = []
    warnings: list[str] = []
    if kinds is None:
        warnings.append("neither the role settlement nor options.urban_rural.town_density says what is town: no gaps")
    elif kinds.town.all() or not kinds.town.any():
        warnings.append(f"{kinds.rule}: all places are of one kind, no gaps")
    elif not options.gaps:
        warnings.append("options.urban_rural.gaps names no indicator: no gaps between places")
    else:
        for name in options.gaps:
            rows += _gap_rows(cluster, name, kinds, base, options, seed, warnings)
    columns = [c.name for c in SettlementGapsResult(
        table=pd.DataFrame(), rule="", rule_zh="", modelled=False, draws=0, seed=None).describe()]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns) if rows else _nothing(columns, ("indicator", "unit"))
    return SettlementGapsResult(
        table=table, rule=kinds.rule if kinds else "", rule_zh=kinds.rule_zh if kinds else "",
        modelled=bool(kinds and kinds.modelled), draws=options.draws, seed=seed, warnings=tuple(warnings),
    )  # fmt: skip


def _gap_rows(
    cluster: Cluster, name: str, kinds: Settlement, base: int, options: UrbanRuralOptions, seed: int,
    warnings: list[str],
) -> list[dict[str, Any]]:  # fmt: skip
    labels = kinds.town.index
    found = read_roles(cluster, {"value": name}, labels)
    refuse_job_shares({name: found.units.get("value", "")})
    if found.absent:
        warnings.append(f"{name}: no values")
        return []
    wide = found.values["value"].unstack("year").reindex(labels)
    done = [int(y) for y in wide.columns if wide[y].notna().all()]
    years = options.gap_years or tuple(sorted(done, key=lambda y: (abs(y - base), y))[:1])
    gaps = [str(y) for y in years if y not in done]
    if gaps or not years:
        warnings.append(f"{name}: {', '.join(gaps) or 'no year'} is not complete for all {len(labels)} places")
    people = read_roles(cluster, {"people": role(cluster, "population")}, labels)
    counted = people.values["people"].unstack("year").reindex(labels) if not people.absent else pd.DataFrame()
    rows = []
    for year in years:
        if year not in done:
            continue
        heads = counted[year] if year in counted and counted[year].notna().all() else None
        weight = heads if heads is not None else cluster.places["population"].reindex(labels).astype(float)
        gap = settlement_gap(wide[year], weight, kinds.town, seed=generator(seed, name, str(year)), draws=options.draws)
        rows.append({"indicator": name, "year": int(year), "unit": found.units["value"], **gap})
    return rows


def _nothing(columns: list[str], text: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype=object if c in text else "float64") for c in columns})
