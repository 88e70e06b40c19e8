"""Roles of places in each layer of flows, and how polycentric the layer is beside the sizes of the places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.convergence import spread_change
from megaregion.core.core_periphery import core_periphery, core_periphery_p
from megaregion.core.network_roles import betweenness, participation, structural_holes
from megaregion.core.polycentricity import evenness, top_slope
from megaregion.core.size import rank_size
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.nodes.flow_roles_tables import FlowNetworks, FlowRoles, Polycentricity
from megaregion.result import Result

Floats = NDArray[np.float64]
PERMUTATIONS = 199
LARGE = 100  # places beyond which the core is searched from few starts and has no p value
STARTS = 8


class RoleTables(NamedTuple):
    """What `flow_roles` returns."""

    roles: FlowRoles
    networks: FlowNetworks
    polycentricity: Polycentricity

    def by_name(self) -> dict[str, Result]:
        """Names under which a run keeps them."""
        return {"flow_roles": self.roles, "flow_networks": self.networks, "polycentricity": self.polycentricity}


def flow_roles(
    flows: Mapping[str, pd.DataFrame],
    population: pd.Series,
    *,
    groups: pd.Series | None,
    seed: int | np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> RoleTables:
    """Roles, network shape and polycentricity of every layer.

    Parameters
    ----------
    flows : mapping of str to DataFrame
        Layer -> square frame, rows origin, columns destination, >= 0; missing pairs have no flow; the diagonal is
        what stays inside. ``attrs`` may hold `observed`, `unit` and `period`.
    population : Series
        People, > 0, index `place_id`.
    groups : Series, optional
        Group of each place; without it there is no participation.
    seed : int or Generator
        For the p value of core and periphery.
    permutations : int, default 199

    Returns
    -------
    RoleTables

    Raises
    ------
    InputError
        No layer, a negative or infinite flow (all layers at once), or (AlignmentError) the places differ.
    MissingDataError
        A place has no population or no group.

    Notes
    -----
    Roles are read from the sum of both directions; length of a tie is 1 / flow. Sources: methods, "Roles in flows",
    "Polycentricity", "Core and periphery".
    """
    labels = _check(flows, population, groups)
    size = population.reindex(labels).to_numpy(float)
    code = None if groups is None else np.unique(groups.reindex(labels).to_numpy(dtype=str), return_inverse=True)[1]
    roles, networks, shapes, warnings = [], [], [], []
    for layer, frame in sorted(flows.items()):
        given = frame.reindex(index=labels, columns=labels)
        warnings += _words(layer, given, frame.attrs)
        flow = given.fillna(0.0).to_numpy(float)
        head: dict[str, Any] = {"layer": layer, "observed": bool(frame.attrs.get("observed", True))}
        role, network = _network(flow, code, seed, permutations)
        roles.append(role.assign(place_id=labels.astype(str), layer=layer, observed=head["observed"]))
        networks.append({**head, "unit": frame.attrs.get("unit", ""), "period": frame.attrs.get("period", ""),
                         **network})  # fmt: skip
        shapes += [{**head, **_shape(strength, size, network["density"]), "direction": direction}
                   for direction, strength in _strengths(flow).items()]  # fmt: skip
    if code is None or len(np.unique(code)) < 2:
        warnings.append("all places lie in one group, or none has one: no participation in groups")
    settings = {"permutations": permutations, "large": LARGE, "groups": code is not None}
    return RoleTables(
        _table(FlowRoles, pd.concat(roles, ignore_index=True), settings, warnings),
        _table(FlowNetworks, pd.DataFrame(networks), settings, warnings),
        _table(Polycentricity, pd.DataFrame(shapes), settings, [w for w in warnings if "modelled" in w]),
    )


def _table(kind: type[Any], rows: pd.DataFrame, settings: dict[str, Any], warnings: list[str]) -> Any:
    names = [c.name for c in kind(table=rows).describe()]
    return kind(table=rows[names], settings=settings, warnings=tuple(warnings))


def _strengths(flow: Floats) -> dict[str, Floats]:
    out, into = flow.sum(axis=1) - np.diag(flow), flow.sum(axis=0) - np.diag(flow)
    return {"in": into, "out": out, "both": into + out}


def _shape(strength: Floats, size: Floats, density: float) -> dict[str, Any]:
    """Spread of the flows beside that of the sizes, over the places that have a flow."""
    has = strength > 0
    s, w = size[has], strength[has]
    by_size, by_flow = rank_size(s), rank_size(w)
    apart, even = spread_change(np.log(s), np.log(w)), evenness(strength)
    return {
        "n": int(has.sum()), "sd_size": apart.first, "sd_flow": apart.last, "t": apart.t, "p": apart.p,
        "zeta_size": by_size.zeta, "zeta_size_se": by_size.se, "zeta_flow": by_flow.zeta, "zeta_flow_se": by_flow.se,
        "top_size": top_slope(s), "top_flow": top_slope(w), "evenness": even, "density": density,
        "green": even * density,
    }  # fmt: skip


def _network(
    flow: Floats, code: NDArray[np.intp] | None, seed: int | np.random.Generator, permutations: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of the places and the row of the layer."""
    n, strengths = len(flow), _strengths(flow)
    both = flow + flow.T
    np.fill_diagonal(both, 0.0)
    total, inside = float(strengths["out"].sum()), float(np.trace(flow))
    holes = structural_holes(both)
    part = participation(both, np.zeros(n, dtype=int) if code is None else code)
    one = code is None or len(np.unique(code)) < 2
    with np.errstate(divide="ignore"):  # no flow: no tie
        length = np.where(both > 0, both.max(initial=0.0) / both, np.inf)
    core = core_periphery(both, starts=None if n <= LARGE else STARTS)
    none = np.full(n, np.nan)
    alone = strengths["both"] == 0
    places = pd.DataFrame(
        {
            "inflow": strengths["in"], "outflow": strengths["out"],
            "share": 100.0 * strengths["both"] / (2.0 * total) if total > 0 else none,
            "partners": (both > 0).sum(axis=1),
            "participation": none if one else part.value, "participation_expected": none if one else part.expected,
            "within_score": none if one else part.within,
            "betweenness": np.where(alone, np.nan, 100.0 * betweenness(length)), "constraint": holes.constraint,
            "effective_size": holes.effective_size, "core": core.core,
        }
    )  # fmt: skip
    pairs = int((flow > 0).sum() - (np.diag(flow) > 0).sum())
    row = {
        "places": int((~alone).sum()), "pairs": pairs, "density": pairs / (n * (n - 1)) if n > 1 else np.nan,
        "total": total, "staying": 100.0 * inside / (inside + total) if inside > 0 else np.nan,
        **_across(both, code if not one else None), "core_size": int(core.core.sum()), "core_fit": core.correlation,
        "core_p": core_periphery_p(both, permutations=permutations, seed=seed) if n <= LARGE else np.nan,
    }  # fmt: skip
    return places, row


def _across(both: Floats, code: NDArray[np.intp] | None) -> dict[str, float]:
    """Percent of the flow that crosses between groups, and of pairs at random with the same strengths."""
    if code is None or not both.sum() > 0:
        return {"across": float("nan"), "across_expected": float("nan")}
    strength, other = both.sum(axis=1), code[:, None] != code[None, :]
    chance = np.outer(strength, strength)
    np.fill_diagonal(chance, 0.0)
    return {"across": float(100.0 * both[other].sum() / both.sum()),
            "across_expected": float(100.0 * chance[other].sum() / chance.sum())}  # fmt: skip


def _words(layer: str, given: pd.DataFrame, attrs: Mapping[Any, Any]) -> list[str]:
    """What a reader must know of one layer."""
    out = []
    if not attrs.get("observed", True):
        out.append(f"{layer} is modelled: its roles are functions of size and distance, potential and not observed")
    gaps = int(given.isna().to_numpy().sum() - np.isnan(np.diag(given.to_numpy(float))).sum())
    if gaps:
        out.append(
            f"{layer}: {gaps} of {len(given) * (len(given) - 1)} pairs are not in the table and count as no flow"
        )
    if len(given) > LARGE:
        out.append(f"{layer}: more than {LARGE} places: the core is the best of {STARTS + 1} searches, without p value")
    return out


def _check(flows: Mapping[str, pd.DataFrame], population: pd.Series, groups: pd.Series | None) -> pd.Index:
    """Places in order; everything wrong at once."""
    labels = population.index.sort_values()
    if not flows:
        raise InputError("no layer of flows is given", hint="add rows to tables/flows.csv")
    wrong, apart = [], []
    for layer, frame in sorted(flows.items()):
        for side, index in (("rows", frame.index), ("columns", frame.columns)):
            if differ := sorted(map(str, set(index) ^ set(labels))):
                apart.append(f"flows {layer!r}, {side}: other places than population: {', '.join(differ[:5])}")
        value = frame.to_numpy(float)
        bad = np.argwhere(np.isinf(value) | (value < 0))[:5].tolist()
        if bad:
            pairs = ", ".join(f"{frame.index[i]} - {frame.columns[j]}" for i, j in bad)
            wrong.append(f"flows {layer!r} must be finite and >= 0, are not for {pairs}")
    if apart:
        raise AlignmentError("; ".join([*apart, *wrong]), hint="give every place in both, by place_id")
    bad_size = population.index[~(population > 0)]
    if len(bad_size):
        wrong.append(f"population must be > 0, is not for {', '.join(map(str, bad_size[:5]))}")
    if wrong:
        raise InputError("; ".join(wrong), hint="a missing pair is left out of the table, not written as a mark")
    if groups is not None and (lost := labels[groups.reindex(labels).isna()]).size:
        raise MissingDataError(f"places without a group: {', '.join(map(str, lost[:5]))}", hint="name it in parent_id")
    return labels
