"""Which way services run over the links, and what a changed or closed link does to a timetable."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError


def rerun(cluster: Cluster, links: pd.DataFrame, label: str) -> Cluster:
    """The cluster with other links and a timetable of its own that runs over them.

    Parameters
    ----------
    cluster : Cluster
    links : DataFrame
        What replaces `cluster.links`.
    label : str
        Joined to the name of the timetable in use; the rows of the old one stay.

    Raises
    ------
    InputError
        No service is left.

    Notes
    -----
    No table says over which links a service runs. Each direct rail service is taken to follow the fastest way over
    the existing rail links, and its minutes change in the proportion in which those of that way change: past a
    slower link or around a closed one. A service without another way ends; one whose stops are on no link stays.
    """
    name = str(cluster.attrs["timetable"])
    rows = cluster.services[cluster.services["timetable"] == name]
    rail = rows[rows["mode"] == "rail"]
    stops = pd.Index(pd.unique(pd.concat([cluster.links["from_node"], cluster.links["to_node"]])))
    start, end = stops.get_indexer(pd.Index(rail["origin"])), stops.get_indexer(pd.Index(rail["destination"]))
    known = (start >= 0) & (end >= 0)
    before, after = _minutes(cluster.links, stops), _minutes(links, stops)
    ratio = np.ones(len(rail))
    old, new = before[start[known], end[known]], after[start[known], end[known]]
    moves = np.isfinite(old) & (old > 0)
    ratio[known] = np.divide(new, old, out=np.ones_like(new), where=moves)
    changed = rail.assign(**{
        column: rail[column].astype(float) * ratio for column in ("in_vehicle_min", "fastest_min") if column in rail
    })[np.isfinite(ratio)]  # fmt: skip
    if len(rail) and changed.empty:
        raise InputError(f"{label}: no rail service of the timetable {name!r} is left", hint="keep one link open")
    own = pd.concat([rows[rows["mode"] != "rail"], changed]).assign(timetable=f"{name}+{label}")
    services = pd.concat([cluster.services, own], ignore_index=True)
    return cluster.replace(links=links, services=services, attrs={**cluster.attrs, "timetable": f"{name}+{label}"})


def _minutes(links: pd.DataFrame, stops: pd.Index[str]) -> NDArray[np.float64]:
    """Fastest minutes between all stops over the existing rail links; inf where there is no way."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    rail = links[(links["mode"] == "rail") & (links["status"] == "existing")]
    edges = rail[["from_node", "to_node", "time_min"]].set_axis(["a", "b", "minutes"], axis=1)
    both = rail["oneway"].map(lambda v: v is not True).to_numpy(bool) if "oneway" in rail else np.ones(len(rail), bool)
    back = edges[both].rename(columns={"a": "b", "b": "a"})
    least = pd.concat([edges, back]).astype({"minutes": float}).groupby(["a", "b"])["minutes"].min()
    a, b = (stops.get_indexer(least.index.get_level_values(k)) for k in ("a", "b"))
    graph = csr_array((least.to_numpy(), (a, b)), shape=(len(stops), len(stops)))
    out: NDArray[np.float64] = dijkstra(graph)
    return out
