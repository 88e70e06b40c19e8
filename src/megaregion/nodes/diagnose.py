"""What the nodes room says of a cluster: indices, sizes, hierarchy, roles in the flows, what the data cover."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, residents, units, values
from megaregion.data.cluster import groups as groups_of
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.data_bias import data_bias
from megaregion.nodes.flow_roles import flow_roles
from megaregion.nodes.hierarchy import hierarchy, size
from megaregion.nodes.index import DRAWS, index
from megaregion.nodes.size_tail import size_tail
from megaregion.nodes.tree import IndexTree
from megaregion.result import Input, Result
from megaregion.units import factor

URBAN = "urban_population"
_NAME = re.compile(r"^index(_[a-z0-9]+)*$")
_TAKEN = ("steps", "values")


def diagnose(cluster: Cluster, trees: Mapping[str, IndexTree], *, seed: int | np.random.Generator) -> dict[str, Result]:
    """Indices by every tree, sizes and hierarchy, roles and polycentricity of every layer of flows.

    Parameters
    ----------
    cluster : Cluster
        Options ``[options.index]``: `draws`, random weight vectors (default 2000).
    trees : mapping of str to IndexTree
        Name of the result (``index`` for index.toml, ``index_x`` for index.x.toml) -> tree.
    seed : int or Generator
        For the random weights and the p values.

    Returns
    -------
    dict of str to Result
        For each tree its name, ``<name>_steps`` and ``<name>_values``; `size`; `hierarchy`; `size_tail`; with flows
        between places `flow_roles`, `flow_networks` and `polycentricity`; `coverage`, `coverage_selection` and
        `coverage_means`.

    Raises
    ------
    InputError
        A name or an option is not allowed, or the tables are wrong (see `index`).
    MissingDataError
        A place has no population.
    """
    draws = _draws(cluster)
    labels = [str(label) for label in units(cluster).index]
    out: dict[str, Result] = {}
    for name, tree in sorted(trees.items()):
        if not _NAME.match(name) or name.rsplit("_", 1)[-1] in _TAKEN:
            raise InputError(
                f"an index cannot be called {name!r}",
                hint="index.toml gives index, index.<suffix>.toml index_<suffix>; suffix in small letters and "
                "digits, not steps or values",
            )
        groups = groups_of(cluster) if "group" in tree.missing else None
        result = index(cluster.indicators, labels, tree=tree, seed=seed, draws=draws, name=name, groups=groups)
        out |= {name: result, f"{name}_steps": result.steps, f"{name}_values": result.values}
    people, origin = population(cluster)
    sizes, origins, warnings = {"population": people}, {"population": origin}, []
    try:
        sizes[URBAN], origins[URBAN] = values(cluster, URBAN), _indicator(cluster, URBAN)
        sizes[URBAN] = sizes[URBAN] * factor(sizes[URBAN].attrs["unit"], "person")
    except MissingDataError as error:  # an optional concept; the table without it says so
        warnings.append(f"{URBAN} is left out: {error.message}")
        sizes.pop(URBAN, None)
        origins.pop(URBAN, None)
    out["size"] = size(people, origin=origin)
    shape = hierarchy(sizes, origins=origins)
    out["hierarchy"] = type(shape)(sizes=shape.sizes, origins=shape.origins, warnings=(*shape.warnings, *warnings))
    out["size_tail"] = size_tail(shape.sizes, origins=shape.origins, seed=seed)
    if layers := {name: frame for name, frame in cluster.flows.items() if _between(frame)}:
        out |= flow_roles(layers, people, groups=_groups(cluster), seed=seed).by_name()
    return out | data_bias(cluster, seed=seed).by_name()


def _between(frame: pd.DataFrame) -> bool:
    """Whether a layer has a flow between two places."""
    value = frame.fillna(0.0).to_numpy(float)
    return bool((value[~np.eye(len(value), dtype=bool)] > 0).any())


def _groups(cluster: Cluster) -> pd.Series | None:
    """Group of each unit; None where a unit has none, which the tables say."""
    try:
        return groups_of(cluster)
    except MissingDataError:
        return None


def population(cluster: Cluster) -> tuple[pd.Series, Input]:
    """People of each unit of analysis in the base year, and the rows that they come from.

    The indicator of the role `population` in workspace.toml; without that role places.population.

    Raises
    ------
    MissingDataError
        A place has no value.
    """
    role = (cluster.attrs.get("indicators") or {}).get("population")
    origin = _indicator(cluster, str(role)) if role else Input("tables/places.csv", {"place_id": "{place}"})
    return residents(cluster), origin


def _indicator(cluster: Cluster, name: str) -> Input:
    return Input(
        "tables/indicators.csv",
        {"place_id": "{place}", "indicator": name, "year": int(cluster.attrs["base_year"])},
    )


def _draws(cluster: Cluster) -> int:
    given = dict(cluster.options.get("index") or {})
    draws = given.pop("draws", DRAWS)
    if given:
        raise InputError(f"[options.index] has unknown keys {', '.join(sorted(given))}", hint="known: draws")
    if isinstance(draws, bool) or not isinstance(draws, int):
        raise InputError(f"[options.index] draws must be a whole number, got {draws!r}")
    return draws
