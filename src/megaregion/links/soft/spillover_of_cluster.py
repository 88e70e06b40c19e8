"""Spillover or siphon in a workspace: growth of its small places on growth of the cores that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.specialisation import gabriel
from megaregion.core.sphere import great_circle_km
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError, MissingDataError, SolveError
from megaregion.links.soft.spillover import durbin, rings
from megaregion.result import Input, Result

BY_POINTS = "neighbours are found by the points of the places (Gabriel graph), not by their borders"


@dataclass(frozen=True, kw_only=True)
class SpilloverOptions:
    """The table [options.spillover] of workspace.toml.

    Attributes
    ----------
    indicator : str
        Identifier in indicators.indicator of a level > 0 (people, GDP, employment), or a role of [indicators].
    cores : tuple of str
        Places whose growth may reach or drain the others.
    level : str
        Kind of the places; empty for the level of analysis.
    years : tuple of int
        Ends of the periods; empty for every year that all cores have.
    edges_km : tuple of float
        Rings of distance to the nearest core.
    controls : tuple of str
        Indicators of the first year, as controls in both models.
    draws : int
        Of the intervals of effects through space.
    """

    indicator: str
    cores: tuple[str, ...]
    level: str = ""
    years: tuple[int, ...] = ()
    edges_km: tuple[float, ...] = (0.0, 50.0, 100.0, 200.0)
    controls: tuple[str, ...] = ()
    draws: int = 1000

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> SpilloverOptions:
        """From the table [options.spillover]; unknown and missing keys raise InputError."""
        known = [f.name for f in fields(cls)]
        problems = [f"unknown key {key!r}" for key in sorted(set(options) - set(known))]
        problems += [f"{key} is missing" for key in ("indicator", "cores") if not options.get(key)]
        for key in ("cores", "years", "edges_km", "controls"):
            if key in options and not isinstance(options[key], (list, tuple)):
                problems.append(f"{key} must be a list, got {options[key]!r}")
        if problems:
            raise InputError("options.spillover: " + "; ".join(problems), hint="keys: " + ", ".join(known))
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
        return cls(**given)


def spillover_of_cluster(
    cluster: Cluster, options: SpilloverOptions, *, seed: int, adjacent: pd.DataFrame | None = None
) -> dict[str, Result]:
    """Growth of small places by ring of distance, and effects of the starting level through space.

    Parameters
    ----------
    cluster : Cluster
    options : SpilloverOptions
    seed : int
        Of the intervals of effects through space.
    adjacent : DataFrame, optional
        Columns place_a, place_b: neighbours; without them those of the Gabriel graph of the points.

    Returns
    -------
    dict of str to Result
        `spillover` (`spillover.rings`; growth in percent a year, 100 times the log over the years of a period) and
        `spillover_space` (`spillover.durbin` of growth over all years on the log of the first level and the controls).

    Raises
    ------
    InputError, MissingDataError
        A core or an indicator is unknown, a level is not > 0, or too little is known.
    """
    places = cluster.select(options.level or str(cluster.attrs["level"]))
    lost = [core for core in options.cores if core not in places.index]
    if lost:
        raise InputError(f"options.spillover.cores: no places of this level: {', '.join(lost[:5])}")
    name, level = _levels(cluster, options, places)
    growth = _growth(level)
    cores = growth.loc[list(options.cores)]
    small = growth.drop(index=list(options.cores))
    small = small[small.notna().any(axis=1)]
    if small.empty:
        raise MissingDataError(f"indicators: {name} has no growth outside of the cores")
    controls = _controls(cluster, options, places, int(level.columns[0]))
    if controls is not None:
        small = small[controls.reindex(small.index).notna().all(axis=1)]
    far = _km(places.loc[small.index], places.loc[cores.index])
    about = {
        "indicator": name, "level": options.level or str(cluster.attrs["level"]), "cores": list(options.cores),
        "years": [int(y) for y in level.columns], "controls": list(options.controls),
    }  # fmt: skip
    inputs = (Input("tables/indicators.csv", {"indicator": "{indicator}", "place_id": list(options.cores)}),
              Input("tables/places.csv", {"place_id": list(options.cores)}))  # fmt: skip
    banded = rings(small, cores, far, edges=options.edges_km, controls=controls)
    silent = len(places) - len(growth.dropna(how="all"))
    said: tuple[str, ...] = (f"{silent} places have no growth of {name} and are left out",) if silent else ()
    out: dict[str, Result] = {}
    try:
        space = _space(level, places, controls, (options, seed, adjacent), (about, inputs))
        out["spillover_space"] = space
    except (InputError, SolveError) as error:  # rings stand without it
        said += (f"no effects through neighbours: {error.message}",)
    return {"spillover": replace(banded, about=about, inputs=inputs, warnings=banded.warnings + said), **out}


def _levels(cluster: Cluster, options: SpilloverOptions, places: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Name of the indicator, and its values, rows places, columns years."""
    roles = cluster.attrs.get("indicators") or {}
    name = str(roles.get(options.indicator, options.indicator))
    rows = cluster.indicators
    rows = rows[(rows["indicator"] == name) & rows["place_id"].isin(places.index)]
    if rows.empty:
        raise MissingDataError(f"options.spillover: no values of {name!r} for places of this level in indicators")
    twice = rows.duplicated(["place_id", "year"])
    if twice.any():
        raise InputError(f"indicators: {name} has several values for {', '.join(rows['place_id'][twice].head(5))}")
    table = rows.pivot(index="place_id", columns="year", values="value").reindex(places.index)
    table.columns = [int(y) for y in table.columns]
    if options.years:
        gone = [y for y in options.years if y not in table.columns]
        if gone:
            raise MissingDataError(f"options.spillover.years: {name} has no values of {', '.join(map(str, gone))}")
        table = table[sorted(options.years)]
    else:
        table = table.loc[:, table.loc[list(options.cores)].notna().all()]
    if table.shape[1] < 2:
        raise MissingDataError(f"options.spillover: growth of {name} needs two years that all cores have")
    if (table <= 0).to_numpy().any():
        bad = table.index[(table <= 0).any(axis=1)]
        raise InputError(f"indicators: {name} is not > 0 for {', '.join(map(str, bad[:5]))}: it has no growth rate")
    return name, table


def _growth(level: pd.DataFrame) -> pd.DataFrame:
    """Percent a year, 100 times the difference of logs over the years between."""
    out = {}
    for before, after in pairwise(map(int, level.columns)):
        out[after] = 100.0 * np.log(level[after] / level[before]) / (after - before)
    return pd.DataFrame(out, index=level.index)


def _controls(
    cluster: Cluster, options: SpilloverOptions, places: pd.DataFrame, year: int
) -> pd.DataFrame | None:  # fmt: skip
    if not options.controls:
        return None
    rows = cluster.indicators[(cluster.indicators["year"] == year) & cluster.indicators["place_id"].isin(places.index)]
    out = {}
    for name in options.controls:
        found = rows[rows["indicator"] == name]
        if found.empty or found["place_id"].duplicated().any():
            raise MissingDataError(f"options.spillover.controls: {name} of {year} needs one value a place")
        out[name] = found.set_index("place_id")["value"].reindex(places.index)
    return pd.DataFrame(out)


def _km(places: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    lon, lat = (places[c].to_numpy(float)[:, None] for c in ("lon", "lat"))
    if np.isnan(lon).any() or np.isnan(lat).any() or cores[["lon", "lat"]].isna().to_numpy().any():
        raise MissingDataError("places.lon and places.lat are missing for places with growth")
    far = great_circle_km(lon, lat, cores["lon"].to_numpy(float), cores["lat"].to_numpy(float))
    return pd.DataFrame(far, places.index, cores.index)


def _space(
    level: pd.DataFrame, places: pd.DataFrame, controls: pd.DataFrame | None,
    how: tuple[SpilloverOptions, int, pd.DataFrame | None], said: tuple[dict[str, Any], tuple[Input, ...]],
) -> Result:  # fmt: skip
    """Spatial Durbin model of growth over all years."""
    options, seed, adjacent = how
    first, last = int(level.columns[0]), int(level.columns[-1])
    x = pd.DataFrame({"ln_start": np.log(level[first])}, index=level.index)
    if controls is not None:
        x = x.join(controls)
    y = pd.Series(100.0 * np.log(level[last] / level[first]) / (last - first), index=level.index)
    keep = y.notna() & x.notna().all(axis=1)
    if int(keep.sum()) < 3 * x.shape[1] + 4:
        raise MissingDataError(f"only {int(keep.sum())} places have growth over all years: too few for a spatial model")
    y, x = y[keep], x[keep]
    pairs, note = neighbours(places.loc[y.index], adjacent)
    both = pd.concat([pairs, pairs.rename(columns={"place_a": "place_b", "place_b": "place_a"})])
    edges = both.rename(columns={"place_a": "origin", "place_b": "destination"}).assign(weight=1.0)
    found = durbin(y, x, edges[["origin", "destination", "weight"]], seed=seed, draws=options.draws)
    return replace(found, about=said[0], inputs=said[1], warnings=found.warnings + note)


def neighbours(places: pd.DataFrame, adjacent: pd.DataFrame | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Pairs of neighbours among places, place_a and place_b, and what to say of them.

    Parameters
    ----------
    places : DataFrame
        Index `place_id`, columns lon, lat.
    adjacent : DataFrame, optional
        Pairs that share a border; without it the Gabriel graph of the points.
    """
    if adjacent is not None:
        inside = adjacent["place_a"].isin(places.index) & adjacent["place_b"].isin(places.index)
        return adjacent.loc[inside, ["place_a", "place_b"]].reset_index(drop=True), ()
    first, second = gabriel(places["lon"].to_numpy(float), places["lat"].to_numpy(float))
    ids = places.index.to_numpy(object)
    return pd.DataFrame({"place_a": ids[first], "place_b": ids[second]}), (BY_POINTS,)
