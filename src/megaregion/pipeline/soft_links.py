"""What the soft links of a workspace need beside its tables: which places share a border."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.result import Result


def adjacent_places(workspace: Workspace, cluster: Cluster) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Pairs that share a border among the places of [options.spillover], and among those of tables/prices.csv.

    None where nobody asks, or where polygons or a projected system are missing: then neighbours are found by points.
    """
    given, rows = cluster.options.get("spillover"), cluster.further.get("prices")
    beside = priced = None
    if given:
        kind = str(given.get("level") or cluster.attrs["level"])
        found = cluster.places.index[cluster.places["kind"] == kind]
        beside = _shared(workspace, cluster, list(found))
    if rows is not None and not rows.empty:
        priced = _shared(workspace, cluster, sorted(set(rows["place_id"])))
    return beside, priced


def spillover_study(workspace: Workspace, given: Mapping[str, Any], *, seed: int) -> dict[str, Result]:
    """Spillover of a workspace with options that replace those of [options.spillover].

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.soft.spillover_of_cluster.spillover_of_cluster`.
    """
    from megaregion.links.soft.spillover_of_cluster import SpilloverOptions, spillover_of_cluster

    cluster = workspace.cluster()
    stated = {**cluster.options.get("spillover", {}), **given}
    options = SpilloverOptions.of(stated)
    beside, _ = adjacent_places(workspace, cluster.replace(options={**cluster.options, "spillover": stated}))
    return spillover_of_cluster(cluster, options, seed=seed, adjacent=beside)


def _shared(workspace: Workspace, cluster: Cluster, places: Collection[str]) -> pd.DataFrame | None:
    from megaregion.data.adjacency import shared_borders

    crs = cluster.attrs.get("crs")
    shapes = None if crs is None else workspace.geometry()
    return None if shapes is None or not places else shared_borders(shapes, places, crs=str(crs))
