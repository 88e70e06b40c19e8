"""Who lives where and works where: observed flows, and what gravity expects where a table is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.core.gravity import Gravity, gravity, small_flow
from megaregion.data.cluster import Cluster
from megaregion.data.flow_kinds import volumes
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.geography import Geography
from megaregion.equilibrium.structure import Structure
from megaregion.errors import ConvergenceError, InputError, MissingDataError

FAR = 10.0  # an absent pair that gravity expects this many thresholds on is no small flow


@dataclass(frozen=True, eq=False, kw_only=True)
class Commuting:
    """Places of work of the residents of each place.

    Attributes
    ----------
    shares : array (n, n)
        Share of the employed residents of a place (row) who work in each place (column).
    employed : array (n,)
        Employed residents, persons.
    fitted_share : float
        Share of all commuters that is fitted, not observed.
    stay_share : float
        Share that works where it lives.
    pairs_observed, pairs_fitted, pairs : int
        Pairs of different places with an observed flow, with a fitted one, and all.
    below : int
        Flows of fewer persons are taken not to be published.
    gravity : Gravity or None
    beyond : tuple of str
        Absent pairs where gravity expects more than ten times `below`, most first, as ``a→b``: the table seems to
        leave out more than small flows.
    layer : str
    """

    shares: Array
    employed: Array
    fitted_share: float
    stay_share: float
    pairs_observed: int
    pairs_fitted: int
    pairs: int
    below: int
    gravity: Gravity | None
    beyond: tuple[str, ...]
    layer: str


def commuting(cluster: Cluster, place: Geography, structure: Structure) -> Commuting:
    """Commuting shares of a cluster, observed where a flow is observed and fitted elsewhere.

    Parameters
    ----------
    cluster : Cluster
    place : Geography
    structure : Structure
        Its `commuting_layer`, `commuting_zeros`, `commuting_below`.

    Raises
    ------
    InputError
        There is no such layer, or a flow is negative.
    MissingDataError
        A place has no number of people who work where they live.
    ConvergenceError
        The gravity equation has no optimum.

    Notes
    -----
    A pair that the table leaves out has fewer than c persons if small flows are censored at c. The fitted flow is
    E[Y | Y < c] of the Poisson distribution with the mean of the gravity equation, which is estimated with these pairs
    as censored (`megaregion.core.gravity`). With c = 1 nothing is censored and the fitted flow is the mean, at most
    half a person. In exact-hat algebra a zero stays zero: without fitted flows no project could bring the first
    commuter to a pair.
    """
    flow = _flows(cluster, place, structure.commuting_layer)
    off = ~np.eye(len(flow), dtype=bool)
    seen = off & (flow > 0)
    smallest = float(flow[seen].min()) if seen.any() else 1.0
    below = structure.commuting_below or max(1, int(np.floor(smallest)))
    fitted = np.zeros_like(flow)
    found: Gravity | None = None
    beyond: tuple[str, ...] = ()
    if structure.commuting_zeros == "fitted" and seen.any():
        found = _gravity(flow, place, below)
        silent = off & ~seen
        fitted = np.where(silent, small_flow(found.mean, below), 0.0)
        beyond = _beyond(np.where(silent, found.mean, 0.0), FAR * below, place.places)
    people = flow + fitted
    employed = people.sum(axis=1)
    return Commuting(
        shares=people / employed[:, None], employed=employed, fitted_share=float(fitted.sum() / people.sum()),
        stay_share=float(np.trace(people) / people.sum()), pairs_observed=int(seen.sum()),
        pairs_fitted=int((fitted > 0).sum()), pairs=int(off.sum()), below=below, gravity=found, beyond=beyond,
        layer=structure.commuting_layer,
    )  # fmt: skip


def _gravity(flow: Array, place: Geography, below: int) -> Gravity:
    try:
        return gravity(flow, place.time, place.cross, below=below)
    except ConvergenceError as error:
        raise ConvergenceError(
            f"commuting: {error}", last=error.last,
            hint='commuting_zeros = "keep" leaves pairs without a flow at zero',
        ) from error  # fmt: skip


def _flows(cluster: Cluster, place: Geography, layer: str) -> Array:
    if layer not in cluster.flows:
        raise InputError(
            f'commuting = "observed", but there is no flow layer {layer!r}',
            hint="layers there: " + (", ".join(sorted(cluster.flows)) or "none") + "; commuting_layer names another",
        )
    ids = list(place.places)
    given = volumes(cluster.flows[layer], layer, "observed commuting")
    table = given.reindex(index=ids, columns=ids).to_numpy(float)
    flow: Array = np.where(np.isnan(table), 0.0, table)
    if (flow < 0).any():
        raise InputError(f"flows of {layer} are below zero for {_pair(np.argwhere(flow < 0)[0], place.places)}")
    lost = [ids[k] for k in np.flatnonzero(~(np.diagonal(flow) > 0))]
    if lost:
        raise MissingDataError(
            f"flows of {layer}: nobody works where she lives in {len(lost)} places: {', '.join(lost[:5])}",
            hint="the diagonal of the layer holds people who work in their own place",
        )
    return flow


def _pair(cell: NDArray[np.int64], names: Sequence[str]) -> str:
    return f"{names[int(cell[0])]}→{names[int(cell[1])]}"


def _beyond(mean: Array, limit: float, names: Sequence[str]) -> tuple[str, ...]:
    cells = np.argwhere(mean > limit)
    order = np.argsort(-mean[cells[:, 0], cells[:, 1]], kind="stable")
    return tuple(_pair(cell, names) for cell in cells[order])
