"""What ties by agreements go with in a cluster: distance, the same province, a gap in size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, groups, units
from megaregion.mechanisms.agreement_network import drivers, gap, same
from megaregion.mechanisms.agreement_network_tables import AgreementDrivers, AgreementNetwork

LEAST = 5  # places: fewer have too few orders for a permutation to say anything


def drivers_of_cluster(cluster: Cluster, network: AgreementNetwork, *, seed: int) -> AgreementDrivers | None:
    """Regression of the weights of pairs on what the workspace knows of every pair.

    Parameters
    ----------
    cluster : Cluster
        Coordinates give ln km, groups the dummy of the same group, population the gap in ln persons; a predictor
        that lacks a place, or does not differ between pairs, is left out.
    network : AgreementNetwork
    seed : int

    Returns
    -------
    AgreementDrivers or None
        None where no pair has an agreement, there are fewer than `LEAST` places, or no predictor is left.
    """
    weights = network.weights()
    off = ~np.eye(len(weights), dtype=bool)
    if len(weights) < LEAST or not np.ptp(weights.to_numpy()[off]):
        return None
    places, label = units(cluster).reindex(weights.index), groups(cluster).reindex(weights.index)
    known: dict[str, pd.DataFrame] = {"same_group": same(label)}
    if places[["lon", "lat"]].notna().all(axis=None):
        km = matrix_km(places["lon"], places["lat"])
        np.fill_diagonal(km, 1.0)  # the diagonal is not used
        if (km > 0).all():
            known["ln_distance_km"] = pd.DataFrame(np.log(km), weights.index, weights.index)
    size = places["population"].astype("float64") if "population" in places else pd.Series(np.nan, weights.index)
    if (size > 0).all():
        known["gap_ln_population"] = gap(pd.Series(np.log(size.to_numpy()), weights.index))
    kept: dict[str, pd.DataFrame] = {
        name: known[name] for name in ("ln_distance_km", "same_group", "gap_ln_population") if name in known
    }
    kept = {name: one for name, one in kept.items() if np.ptp(one.to_numpy()[off])}
    if not kept:
        return None
    found = drivers(weights, kept, seed=seed)
    return replace(found, warnings=("an association of the agreements entered in the register, not a cause",))
