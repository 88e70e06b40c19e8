"""Everything that the links room says of a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, ancestor, groups, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.access import reach
from megaregion.links.hard.times import RailNetwork, skim
from megaregion.links.soft.barriers import BorderOptions, Dyads, dyads
from megaregion.links.soft.border_inference import border_inference
from megaregion.links.soft.border_levels import border_levels
from megaregion.links.soft.business_study import business_study
from megaregion.links.soft.flow_layers import flow_layers
from megaregion.links.soft.flows import services
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation
from megaregion.links.soft.pricing import border
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
        Of the draws for rank intervals of the business environment; nothing else is drawn at random.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Returns
    -------
    dict of str to Result
        `times`, `reach`, `services`, `flow_layers`, `border`; `business_environment` where tables/survey_answers.csv is
        there.

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
        "flow_layers": flow_layers(cluster.flows, options=cluster.options),
        "border": priced,
        **business_study(cluster, seed=seed),
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
        `layers` (all of them), `gravity` (ln distance, same group, effects of both ends), `expected`, `stickiness`.

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
    layers = flow_layers(cluster.flows, options=cluster.options)
    return {"layers": layers, "gravity": found, "expected": found.expected, "stickiness": sticky}


def service_study(cluster: Cluster) -> dict[str, Result]:
    """Access to shared services and portability of rights over the travel times of the workspace.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.service_study.services_and_rights`.
    """
    network = RailNetwork.build(cluster)
    return services_and_rights(cluster, lambda homes, sites: skim(network, homes, sites).time)


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
