"""Feasible paths and consistent scenarios from the tables of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.options import options_of
from megaregion.mechanisms.path_inputs import PathOptions
from megaregion.mechanisms.paths import consistent_scenarios, feasible_paths
from megaregion.mechanisms.paths_tables import ScenariosResult
from megaregion.result import Result

_OWN = ("types", "conditions")
_SEARCH = tuple(f.name for f in fields(PathOptions))


def paths_of_cluster(cluster: Cluster) -> dict[str, Result]:
    """Cheapest feasible paths to the targets of each region type; nothing without tables/targets.csv.

    Parameters
    ----------
    cluster : Cluster
        `further["targets"]` and `further["instruments"]`. [options.paths]: horizon, budget (a number, a list of years,
        or a table of region type = either), alternatives, objective, assumed_lead_time of `PathOptions`; `types`, a
        table of region type = places; `conditions`, a table of region type = conditions that are met. A region type
        without places is a place by itself.

    Returns
    -------
    dict of str to Result
        paths, path_steps, path_targets, path_blocks.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.mechanisms.paths.feasible_paths`; there are targets and no instruments; options name places
        that are not there; a present value is neither given nor found.
    """
    targets, instruments = cluster.further.get("targets"), cluster.further.get("instruments")
    if targets is None or targets.empty:
        return {}
    if instruments is None or instruments.empty:
        raise MissingDataError(
            f"tables/targets.csv has {len(targets)} targets, and there are no instruments to reach them",
            hint="write tables/instruments.csv; `megaregion.mechanisms.paths.starter_library()` has entries to fill",
        )
    options = options_of(cluster, "paths", (*_OWN, *_SEARCH))
    chosen: dict[str, Any] = {key: options[key] for key in _SEARCH if key in options}
    if "budget" in chosen:
        chosen["budget"] = _budget(chosen["budget"])
    wrong = [f"{key} must be a table" for key in _OWN if not isinstance(options.get(key, {}), Mapping)]
    if wrong:
        raise InputError("options.paths: " + "; ".join(wrong), hint='types = { north = ["a", "b"] }')
    state, told = _state(cluster, targets, options.get("types", {}))
    found = feasible_paths(instruments, targets.drop(columns="now", errors="ignore"), state,
                           conditions=options.get("conditions", {}), options=PathOptions(**chosen))  # fmt: skip
    return {name: replace(table, warnings=(*table.warnings, *told)) for name, table in found.items()}


def _budget(given: Any) -> Any:
    """Lists of years as tuples, also inside a table by region type."""
    if isinstance(given, Mapping):
        return {str(name): _budget(b) for name, b in given.items()}
    return tuple(float(b) for b in given) if isinstance(given, list) else given


def scenarios_of_cluster(cluster: Cluster) -> dict[str, Result]:
    """Combinations of states that hold together, of tables/impacts.csv; nothing without that table.

    Parameters
    ----------
    cluster : Cluster
        `further["impacts"]`: descriptor, state, on_descriptor, on_state, impact; pairs without a row have no impact.
        [options.impacts] slack, the inconsistency that is tolerated.

    Returns
    -------
    dict of str to Result
        consistent_scenarios.

    Raises
    ------
    InputError
        As `megaregion.mechanisms.paths.consistent_scenarios`; a pair of states is there twice.
    """
    table = cluster.further.get("impacts")
    if table is None or table.empty:
        return {}
    options = options_of(cluster, "impacts", ("slack",))
    return {"consistent_scenarios": _scenarios(table, float(options.get("slack", 0.0)))}


def _scenarios(table: pd.DataFrame, slack: float) -> ScenariosResult:
    names = ["descriptor", "state", "on_descriptor", "on_state"]
    twice = table[names].duplicated()
    if twice.any():
        some = "; ".join(" ".join(map(str, row)) for row in table.loc[twice, names].head(5).to_numpy())
        raise InputError(f"impacts: {int(twice.sum())} pairs of states are there twice: {some}", hint="keep one row")
    ends = [table[names[:2]].to_numpy(), table[names[2:]].to_numpy()]
    labels = list(dict.fromkeys(map(tuple, np.vstack(ends))))
    order = {d: k for k, d in enumerate(dict.fromkeys(d for d, _ in labels))}
    states = pd.MultiIndex.from_tuples(sorted(labels, key=lambda pair: order[pair[0]]), names=names[:2])
    values = np.zeros((len(states), len(states)))
    row, column = (states.get_indexer(pd.MultiIndex.from_arrays(list(part.T))) for part in ends)
    values[row, column] = table["impact"].to_numpy(float)
    return consistent_scenarios(pd.DataFrame(values, index=states, columns=states), slack=slack)


def _state(
    cluster: Cluster, targets: pd.DataFrame, types: Mapping[str, Any]
) -> tuple[pd.DataFrame, tuple[str, ...]]:  # fmt: skip
    """Present values, rows region types and columns indicators; and what must be said of them."""
    wrong = _unknown(cluster, types)
    rows: dict[tuple[str, str], float] = {}
    told = set()
    for row in targets.to_dict("records"):
        key = (str(row["region_type"]), str(row["indicator"]))
        given = float(row.get("now", np.nan))
        if np.isnan(given):
            given, several = _measured(cluster, *key, types, wrong)
            if several:
                told.add(key[0])
        if key in rows and not np.array_equal(rows[key], given, equal_nan=True):
            wrong.append(f"targets give two present values of {key[1]} of {key[0]}: {rows[key]:g} and {given:g}")
        rows[key] = given
    if wrong:
        raise InputError("paths: " + "; ".join(dict.fromkeys(wrong)),
                         hint="fill targets.now, or [options.paths.types] region type = list of place_id")  # fmt: skip
    said = (
        (f"present values of {', '.join(sorted(told))} are means over their places weighted by population, "
         "which suits rates and not totals",) if told else ()
    )  # fmt: skip
    series = pd.Series(list(rows.values()), index=pd.MultiIndex.from_tuples(list(rows)), dtype=float)
    return series.unstack(), said


def _unknown(cluster: Cluster, types: Mapping[str, Any]) -> list[str]:
    out = []
    for name, places in types.items():
        if not isinstance(places, list) or not places:
            out.append(f"options.paths.types.{name} must be a list of place_id")
        elif lost := [str(p) for p in places if p not in cluster.places.index]:
            out.append(f"options.paths.types.{name} names places that are not there: {', '.join(lost[:5])}")
        elif len(set(places)) < len(places):
            out.append(f"options.paths.types.{name} names a place twice")
    return out


def _measured(
    cluster: Cluster, region_type: str, indicator: str, types: Mapping[str, Any], wrong: list[str]
) -> tuple[float, bool]:
    """Value in the base year, and whether it is a mean over several places."""
    places = types.get(region_type, [region_type])
    if not isinstance(places, list) or any(p not in cluster.places.index for p in places):
        if region_type not in types:
            wrong.append(f"{region_type} is no place and has no places in options.paths.types")
        return np.nan, False
    base, table = int(cluster.attrs["base_year"]), cluster.indicators
    rows = table[(table["indicator"] == indicator) & (table["year"] == base) & table["place_id"].isin(places)]
    if rows["place_id"].duplicated().any() or rows["unit"].nunique() > 1:
        wrong.append(f"{indicator} of {base} has several values or units in {region_type}")
        return np.nan, False
    value = rows.set_index("place_id")["value"].reindex(places)
    if value.isna().any():
        wrong.append(f"{indicator} of {base} is missing for {', '.join(value.index[value.isna()][:5])} ({region_type})")
        return np.nan, False
    if len(places) == 1:
        return float(value.iloc[0]), False
    people = cluster.places["population"].reindex(places)
    if people.isna().any() or not people.sum() > 0:
        wrong.append(f"places.population is missing for {', '.join(people.index[people.isna()][:5])} ({region_type})")
        return np.nan, False
    return float(np.average(value, weights=people)), True
