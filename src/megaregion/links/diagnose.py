"""Everything that the links room says of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, ancestor, groups, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.access import reach
from megaregion.links.hard.energy import energy_of_cluster
from megaregion.links.hard.layer_failures import failures_of_cluster
from megaregion.links.hard.layer_frames import MultilayerOptions, change_minutes, layer_weights, unknown_pairs
from megaregion.links.hard.multilayer import multilayer
from megaregion.links.hard.times import RailNetwork, skim
from megaregion.links.soft.barriers import BorderOptions, Dyads, dyads
from megaregion.links.soft.border_inference import border_inference
from megaregion.links.soft.border_levels import border_levels
from megaregion.links.soft.flows import services
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation
from megaregion.links.soft.offices import offices_of_cluster
from megaregion.links.soft.pricing import border
from megaregion.links.soft.search_links import search_links_of_cluster
from megaregion.links.soft.service_study import services_and_rights
from megaregion.links.soft.stickiness import stickiness
from megaregion.result import Result

Progress = Callable[[int, int, str], None]
Distance = Literal["great_circle", "rail", "fastest"]


def diagnose(cluster: Cluster, *, seed: int, progress: Progress | None = None) -> dict[str, Result]:
    """Travel times, reach, direct services and the price of borders.

    Parameters
    ----------
    cluster : Cluster
    seed : int
        For the record: nothing here is drawn at random.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Returns
    -------
    dict of str to Result
        `times`, `reach`, `services`, `border`.

    Raises
    ------
    InputError
        A table or an option cannot be used.
    MissingDataError
        A place lacks coordinates, area, population or group.
    """
    level = units(cluster)
    network = RailNetwork.build(cluster)
    times = skim(network, level)
    kind = str(cluster.attrs.get("detail") or cluster.attrs["level"])
    detail = level if kind == cluster.attrs["level"] else cluster.select(kind)
    near = times if detail is level else skim(network, level, detail)
    if detail["population"].isna().all():
        raise MissingDataError(
            f"places.population is empty for every {kind}", hint="fill it, or set `detail` to another level"
        )
    priced = border(
        cluster.flows,
        {"great_circle": times.great_circle, "rail": times.rail, "fastest": times.time},
        level.assign(group=groups(cluster)),
        options=BorderOptions.of(cluster.options.get("border", {})),
        progress=progress,
    )
    return {
        "times": times,
        "reach": reach(near, detail["population"], detail=kind),
        "services": services(cluster),
        "border": priced,
    }


def border_study(
    cluster: Cluster, *, layer: str | None, distance: Distance, seed: int, replications: int = 999
) -> dict[str, Result]:  # fmt: skip
    """Borders of one layer by level, under three forms of distance, and how sure they are with few groups.

    Parameters
    ----------
    cluster : Cluster
    layer : str, optional
        Of `flows`; default: the first.
    distance : {'great_circle', 'rail', 'fastest'}
        Minutes have an equivalent in minutes, kilometres have none.
    seed : int
    replications : int
        Draws of the bootstraps.

    Returns
    -------
    dict of str to Result
        `levels`, `levels_level` (ln x and x), `levels_spline`, `inference`.

    Raises
    ------
    InputError, MissingDataError
        There is no such layer, or the border is not identified.
    """
    pairs, _ = _pairs(cluster, _layer(cluster, layer), distance)
    labels = _levels(cluster)
    return {
        "levels": border_levels(pairs, labels),
        "levels_level": border_levels(pairs, labels, form="log and level"),
        "levels_spline": border_levels(pairs, labels, form="spline"),
        "inference": border_inference(pairs, seed=seed, replications=replications),
    }


def flow_study(cluster: Cluster, *, layer: str | None, distance: Distance) -> dict[str, Result]:
    """Gravity of one layer, every pair's flow over what one would expect, and how sticky the layer is.

    Parameters
    ----------
    cluster : Cluster
    layer : str, optional
        Of `flows`; default: the first.
    distance : {'great_circle', 'rail', 'fastest'}

    Returns
    -------
    dict of str to Result
        `gravity` (ln distance, same group, effects of both ends), `expected`, `stickiness`.

    Raises
    ------
    InputError, MissingDataError
        There is no such layer, or nothing flows between two places.
    """
    layer = _layer(cluster, layer)
    pairs, far = _pairs(cluster, layer, distance)
    unit = str(cluster.flows[layer].attrs.get("unit", "")) or "count"
    found = gravity_equation(pairs.rows, ["ln_x", "same"], options=GravityOptions(unit=unit))
    ids = pairs.groups.index
    own = np.diag(cluster.flows[layer].reindex(index=ids, columns=ids).to_numpy(float))
    inside = pd.DataFrame({"origin": ids, "destination": ids, "flow": own}).dropna()
    table = pd.concat([pairs.rows[["origin", "destination", "flow"]], inside], ignore_index=True)
    full = None if far.isna().to_numpy().any() else far
    sticky = stickiness(table, layer=layer, unit=unit, distance=full, groups=pairs.groups)
    return {"gravity": found, "expected": found.expected, "stickiness": sticky}


def service_study(cluster: Cluster) -> dict[str, Result]:
    """Access to shared services and portability of rights over the travel times of the workspace.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.service_study.services_and_rights`.
    """
    network = RailNetwork.build(cluster)
    return services_and_rights(cluster, lambda homes, sites: skim(network, homes, sites).time)


def office_study(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Places tied by offices of firms and by searches: what tables/offices.csv and search_index.csv say.

    Raises
    ------
    InputError, MissingDataError
        Neither table is there, or they cannot be used.
    """
    found = {**offices_of_cluster(cluster, seed=seed), **search_links_of_cluster(cluster)}
    if not found:
        raise MissingDataError("neither tables/offices.csv nor tables/search_index.csv is there",
                               hint="offices: firm, place_id, value; see docs: workspace format")  # fmt: skip
    return found


def multilayer_study(
    cluster: Cluster, *, seed: int, found: dict[str, Result] | None = None, lenient: bool = False
) -> dict[str, Result]:
    """Places over several layers: flows, services by class, offices, searches.

    Parameters
    ----------
    cluster : Cluster
        [options.multilayer].
    seed : int
    found : mapping, optional
        What `office_study` gave, if at hand.
    lenient : bool
        Nothing instead of an error where fewer than two layers are there and none are named.

    Raises
    ------
    InputError, MissingDataError
        Fewer than two layers have links, or a named one is not there.
    """
    options = MultilayerOptions.of(cluster.options.get("multilayer", {}))
    ties = {**offices_of_cluster(cluster, seed=seed), **search_links_of_cluster(cluster)} if found is None else found
    made = {}
    for layer, table, value in (("offices", "office_links", "interlock"), ("search", "search_links", "link")):
        if table in ties:
            frame = ties[table].to_frame()
            half = frame.pivot(index="place_a", columns="place_b", values=value)
            index = units(cluster).index
            upper = half.reindex(index=index, columns=index).fillna(0.0)
            made[layer] = upper + upper.T
    weights = layer_weights(cluster, options, made)
    if len(weights) < 2:
        if lenient and options.layers is None:
            return {}
        raise MissingDataError(f"two layers with links are needed, there are: {', '.join(weights) or 'none'}",
                               hint="add a layer to flows.csv, offices.csv or search_index.csv, or name classes of "
                               "services in [options.multilayer] layers")  # fmt: skip
    out = multilayer(weights, change_minutes(cluster, options), options, seed=seed)
    first = out["multilayer_places"]
    out["multilayer_places"] = replace(first, warnings=(*first.warnings, *unknown_pairs(cluster, weights)))
    return out


def layer_study(
    cluster: Cluster, *, seed: int, adjacent: pd.DataFrame | None = None, progress: Progress | None = None
) -> dict[str, Result]:
    """Energy, offices, searches, the multilayer view and failures: what the tables of a workspace allow.

    Parameters
    ----------
    cluster : Cluster
    seed : int
        Of the nulls, permutations and orders of chance.
    adjacent : DataFrame, optional
        Columns place_a, place_b: units that share a border; without it roads are no layer of their own.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Raises
    ------
    InputError, MissingDataError
        A table or an option cannot be used.
    """

    def told(text: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(done, total, text) if progress is not None else None

    ties = {**offices_of_cluster(cluster, seed=seed), **search_links_of_cluster(cluster)}
    return {
        **energy_of_cluster(cluster, progress=told("outages")), **ties,
        **multilayer_study(cluster, seed=seed, found=ties, lenient=True),
        **failures_of_cluster(cluster, seed=seed, adjacent=adjacent, lenient=True, progress=told("failures")),
    }  # fmt: skip


def _layer(cluster: Cluster, layer: str | None) -> str:
    if not cluster.flows:
        raise MissingDataError("the workspace has no flows", hint="flows.csv: layer, origin, destination, value")
    if layer is not None and layer not in cluster.flows:
        raise InputError(f"there is no layer {layer!r} in flows", hint=f"layers: {', '.join(cluster.flows)}")
    return next(iter(cluster.flows)) if layer is None else layer


def _pairs(cluster: Cluster, layer: str, distance: Distance) -> tuple[Dyads, pd.DataFrame]:
    """Ordered pairs of a layer, and the square table of the distance."""
    level, options = units(cluster), BorderOptions.of(cluster.options.get("border", {}))
    if distance == "great_circle":
        far = pd.DataFrame(matrix_km(level["lon"], level["lat"]), level.index, level.index)
    else:
        times = skim(RailNetwork.build(cluster), level)
        far = times.rail if distance == "rail" else times.time
    flow = cluster.flows[layer].reindex(index=level.index, columns=level.index)
    pairs = dyads(
        flow, far, groups(cluster), measure="distance" if distance == "great_circle" else "time",
        base_min=options.base_min, absent_is_zero=layer in options.absent_is_zero,
    )  # fmt: skip
    if not (pairs.rows["flow"] > 0).any():
        raise InputError(f"layer {layer}: no flow between two places")
    return pairs, far


def _levels(cluster: Cluster) -> pd.DataFrame:
    """Labels of every level above the units that holds all of them and splits them, from the coarsest."""
    index, found = units(cluster).index, {str(cluster.attrs["group"]): groups(cluster)}
    for kind in cluster.places["kind"].unique():
        label = ancestor(cluster.places, str(kind)).reindex(index)
        if not label.isna().any() and 1 < label.nunique() < len(index):
            found[str(kind)] = label
    order = sorted(found, key=lambda kind: (found[kind].nunique(), kind))
    return pd.DataFrame({kind: found[kind] for kind in order})
