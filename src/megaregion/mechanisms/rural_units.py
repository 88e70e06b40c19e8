"""Counties or other places taken as units of rural functions and of the village typology."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, values
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.island_inputs import growth_levels
from megaregion.mechanisms.options import options_of
from megaregion.mechanisms.rural_functions import RuralIndicator, rural_functions
from megaregion.mechanisms.rural_functions_tables import FUNCTIONS
from megaregion.mechanisms.urban_rural_inputs import UrbanRuralOptions, settlement_types
from megaregion.result import Result

_SEARCH = ("method", "most_bundles", "bootstrap", "permutations", "least_margin")


@dataclass(frozen=True, eq=False)
class RuralUnits:
    """Places of country, and how they were told from town.

    Attributes
    ----------
    places : DataFrame
        Rows of `places`, index `place_id`.
    kind, rule : str
        Level of the places; what made them country, for readers.
    """

    places: pd.DataFrame
    kind: str
    rule: str


def country_of(cluster: Cluster, kind: str | None = None) -> RuralUnits:
    """Places of country of one level: all that [options.urban_rural] or the role `settlement` does not call town.

    Parameters
    ----------
    cluster : Cluster
    kind : str, optional
        Level; default that of [options.urban_rural].

    Raises
    ------
    InputError
        There is no such place, or none of country.
    """
    options = UrbanRuralOptions.of(cluster.options.get("urban_rural", {}))
    level = kind or options.level(cluster)
    places = cluster.select(level)
    town = settlement_types(cluster, places.index, options)
    kept = places if town is None else places[~town.town.reindex(places.index).to_numpy(bool)]
    if kept.empty:
        raise InputError(
            f"there is no place of country among {len(places)} of kind {level!r}",
            hint="name another kind, or see the role settlement and options.urban_rural.town_density",
        )
    return RuralUnits(kept, level, "all places: nothing tells town from country" if town is None else town.rule)


def functions_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Rural functions of the places of country; nothing without [options.rural_functions].

    Parameters
    ----------
    cluster : Cluster
        [options.rural_functions]: `kind`; `year` (default the base year); a table for each of production, living,
        ecology, culture with indicator = [direction, low, high] or [direction, low, high, weight]; and method,
        most_bundles, bootstrap, permutations, least_margin of `rural_functions`. The column `current_use` of
        tables/villages.csv, where village_id is a place_id, says what the land serves now.
    seed : int

    Returns
    -------
    dict of str to Result
        rural_functions, rural_bundles, rural_bundle_choice, rural_tradeoffs.

    Raises
    ------
    InputError, MissingDataError
        An option cannot be read (all are listed), or as `megaregion.mechanisms.rural_functions.rural_functions`.
    """
    options = options_of(cluster, "rural_functions", ("kind", "year", *FUNCTIONS, *_SEARCH))
    if not options:
        return {}
    chosen = _chosen(options)
    units = country_of(cluster, options.get("kind"))
    year = int(options.get("year", cluster.attrs["base_year"]))
    columns = {c.name: _column(cluster, c.name, year, units) for c in chosen}
    table = cluster.further.get("villages")
    use = None
    if table is not None and "current_use" in table.columns:
        given = table.set_index("village_id")["current_use"].dropna()
        use = given[given.index.isin(units.places.index)]
        use = use if len(use) else None
    search: dict[str, Any] = {key: options[key] for key in _SEARCH if key in options}
    return rural_functions(pd.DataFrame(columns), chosen, seed=seed, current_use=use, **search)


def _column(cluster: Cluster, name: str, year: int, units: RuralUnits) -> pd.Series:
    return values(cluster, name, year=year, kind=units.kind).reindex(units.places.index)


def _chosen(options: Mapping[str, Any]) -> list[RuralIndicator]:
    """Indicators with their goalposts; everything that cannot be read at once."""
    out, wrong = [], []
    for function in FUNCTIONS:
        given = options.get(function, {})
        if not isinstance(given, Mapping):
            wrong.append(f"{function} must be a table of indicator = [direction, low, high]")
            continue
        for name, numbers in given.items():
            ok = isinstance(numbers, Sequence) and not isinstance(numbers, str) and len(numbers) in (3, 4)
            if not ok or not all(_number(v) for v in numbers) or numbers[0] not in (1, -1):
                wrong.append(f"{function}.{name} must be [1 or -1, low, high] or with a weight, got {numbers!r}")
                continue
            weight = float(numbers[3]) if len(numbers) == 4 else 1.0
            out.append(RuralIndicator(name, function, float(numbers[1]), float(numbers[2]), numbers[0] == 1, weight))
    if not out and not wrong:
        wrong.append(f"no indicator is named under {', '.join(FUNCTIONS)}")
    if wrong:
        raise InputError("options.rural_functions: " + "; ".join(wrong),
                         hint="[options.rural_functions.living] tap_water_share = [1, 20.0, 100.0]")  # fmt: skip
    return out


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))


def village_units(cluster: Cluster, kind: str, features: Sequence[str]) -> pd.DataFrame:
    """The columns of the typology that the tables of a cluster know of places of country.

    Parameters
    ----------
    cluster : Cluster
    kind : str
        Level of the places, such as county.
    features : sequence of str
        Indicators of the base year that probabilities may be learnt from.

    Returns
    -------
    DataFrame
        Index `village_id` (the place_id): name, name_zh, place_id (the city in which it lies), minutes_to_centre (door
        to door to the centre of that city; modelled), population_loss_percent (where the panel of people has two
        complete years), and the features.

    Raises
    ------
    InputError, MissingDataError
        There is no place of country; a place has no city above it; a feature is missing.
    """
    from megaregion.links.hard.times import times

    places = country_of(cluster, kind).places
    level = str(cluster.attrs["level"])
    city = _above(cluster, places, level)
    table = places[["name", "name_zh"]].copy()
    table["place_id"] = city
    minutes = times(cluster, origins=places, destinations=cluster.select(level).loc[sorted(set(city))]).time
    column = minutes.columns.get_indexer(pd.Index(city))
    table["minutes_to_centre"] = minutes.to_numpy(float)[np.arange(len(places)), column]
    first, last, _ = growth_levels(cluster, "population_change", cluster.select(kind).index, None)
    if first is not None and last is not None:
        table["population_loss_percent"] = (100.0 * (1.0 - last / first)).reindex(places.index)
    base = int(cluster.attrs["base_year"])
    for name in features:
        table[name] = values(cluster, name, year=base, kind=kind).reindex(places.index)
    return table.rename_axis("village_id")


def _above(cluster: Cluster, places: pd.DataFrame, level: str) -> pd.Series:
    """Place of the level of analysis in which each place lies; the place itself where it is of that level."""
    kinds, parents = cluster.places["kind"], cluster.places["parent_id"]
    out = pd.Series(places.index, index=places.index, dtype=object)
    for _ in range(len(set(kinds)) + 1):
        up = out.map(kinds) != level
        if not up.any():
            return out.astype(str)
        out[up] = out[up].map(parents)
    lost = out.index[out.map(kinds) != level]
    raise MissingDataError(
        f"{len(lost)} places have no {level} above them in places.parent_id: {', '.join(map(str, lost[:5]))}",
        hint="the typology needs the centre that a village belongs to",
    )
