"""Villages and poverty from the tables of a workspace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from megaregion.data.cluster import Cluster, residents, values
from megaregion.errors import InputError
from megaregion.mechanisms.options import options_of
from megaregion.mechanisms.poverty import poor_places, poverty
from megaregion.mechanisms.remedies import remedies
from megaregion.mechanisms.rural_units import village_units
from megaregion.mechanisms.village_rules import rules
from megaregion.mechanisms.villages import classify_villages
from megaregion.result import Result

_LIMITS = ("minutes", "population_loss_percent")
_LEARNING = ("features", "precedence", "threshold", "calibration", "folds")
_POVERTY = ("shares", "median_of", "open_top", "k", "draws")
_OWN = ("places_by",)  # the indicator by whose mean places are counted as poor
_REMEDIES = ("year", "line", "share", "median_of", "alpha")
_SOURCES = {"incomes": ("poverty",), "income_brackets": ("poverty_lorenz",),
            "deprivations": ("multidimensional", "multidimensional_dimensions")}  # fmt: skip


def villages_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Types of the villages, townships or counties of tables/villages.csv, or of the places of one level.

    Parameters
    ----------
    cluster : Cluster
        `further["villages"]`. [options.villages]: minutes and population_loss_percent of
        `megaregion.mechanisms.village_rules.rules`; features, precedence, threshold, calibration, folds of
        `classify_villages`; `units`, a kind of places: those of country are classified, with the time to their
        centre and the loss of people from the tables; what tables/villages.csv says of them is added.
        Nothing without the table and without `units`.
    seed : int

    Returns
    -------
    dict of str to Result
        village_types, village_shares, village_reliability, village_agreement.

    Raises
    ------
    InputError
        As `classify_villages`; an option is unknown; with `units`, a village of the table is none of them.
    """
    options = options_of(cluster, "villages", ("units", *_LIMITS, *_LEARNING))
    given = cluster.further.get("villages")
    table = None if given is None or given.empty else given.set_index("village_id")
    if "units" in options:
        table = _with_units(cluster, str(options["units"]), tuple(options.get("features", ())), table)
    if table is None:
        return {}
    limits: dict[str, Any] = {key: options[key] for key in _LIMITS if key in options}
    learning: dict[str, Any] = {key: options[key] for key in _LEARNING if key in options}
    found = classify_villages(table, chosen=rules(**limits), seed=seed, **learning)
    if "units" not in options:
        return found
    said = (
        "minutes to the centre are modelled door-to-door times to the centre of the city; a centre of the county "
        "itself, growth boundaries, protected lists and hazards are known only where tables/villages.csv says so",
    )
    first = found["village_types"]
    return {**found, "village_types": replace(first, warnings=(*first.warnings, *said))}


def _with_units(cluster: Cluster, kind: str, features: tuple[str, ...], table: pd.DataFrame | None) -> pd.DataFrame:
    """Places of a level as villages; a value that the table states goes before one that was computed."""
    mine = () if table is None else table.columns
    units = village_units(cluster, kind, [name for name in features if name not in mine])
    if table is None:
        return units
    other = table.index.difference(units.index)
    if len(other):
        raise InputError(
            f"villages: {len(other)} of {len(table)} are no place of country of kind {kind!r}: "
            f"{', '.join(map(str, other[:5]))}",
            hint="village_id must be such a place_id where options.villages names units",
        )
    stated = table.dropna(axis=1, how="all")
    out = stated.reindex(units.index)
    for name in units.columns:
        out[name] = out[name].where(out[name].notna(), units[name]) if name in out else units[name]
    return out


def poverty_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Poverty from tables/incomes.csv, income_brackets.csv and deprivations.csv, those that are there.

    Parameters
    ----------
    cluster : Cluster
        `further` with any of the three. [options.poverty]: shares, median_of, open_top, k, draws of
        `megaregion.mechanisms.poverty.poverty`; `places_by`, an indicator that is a mean income per head: places
        are counted below shares of its median.
    seed : int

    Returns
    -------
    dict of str to Result
        poverty; poverty_lorenz; multidimensional and multidimensional_dimensions; poor_places.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.mechanisms.poverty.poverty`; an option is unknown.
    """
    given = {name: cluster.further[name] for name in _SOURCES if name in cluster.further}
    given = {name: table for name, table in given.items() if len(table)}
    options = options_of(cluster, "poverty", (*_OWN, *_POVERTY))
    by = options.pop("places_by", None)
    places = {} if by is None else {"poor_places": _poor_places(cluster, str(by), options)}
    if not given:
        return places
    found = poverty(incomes=given.get("incomes"), brackets=given.get("income_brackets"),
                    deprivations=given.get("deprivations"), seed=seed, **options)  # fmt: skip
    return {**{out: found[out] for name in given for out in _SOURCES[name]}, **places}


def _poor_places(cluster: Cluster, indicator: str, options: dict[str, Any]) -> Result:
    """Places below shares of the median of a mean income, in the base year."""
    mean, people = values(cluster, indicator), residents(cluster)
    shares = {"shares": options["shares"]} if "shares" in options else {}
    return poor_places(mean, people, unit=str(mean.attrs["unit"]), indicator=indicator,
                       year=int(cluster.attrs["base_year"]), **shares)  # fmt: skip


def remedies_of_cluster(cluster: Cluster, further: pd.DataFrame | None = None) -> dict[str, Result]:
    """Options of tables/remedies.csv, and others, by poverty reduction per unit of cost.

    Parameters
    ----------
    cluster : Cluster
        `further["incomes"]` with place_id, and `further["remedies"]`. [options.remedies]: year, line, share, median_of,
        alpha of `megaregion.mechanisms.remedies.remedies`.
    further : DataFrame, optional
        More options with the columns of the table, such as projects valued by the equilibrium.

    Returns
    -------
    dict of str to Result
        remedies; nothing without incomes or without an option.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.mechanisms.remedies.remedies`; an option is unknown.
    """
    incomes = cluster.further.get("incomes")
    stated = cluster.further.get("remedies")
    tables = [t for t in (stated, further) if t is not None and len(t)]
    if incomes is None or incomes.empty or not tables:
        return {}
    options = options_of(cluster, "remedies", _REMEDIES)
    return {"remedies": remedies(incomes, pd.concat(tables, ignore_index=True), **options)}
