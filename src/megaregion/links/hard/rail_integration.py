"""How well trunk, intercity, suburban and metro rail work as one network: an index between 0 and 1 and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.departure_windows import Kinds, Window, WindowParts, window_parts
from megaregion.core.ideal_rail import least_seconds
from megaregion.errors import InputError
from megaregion.links.hard.demand import pair_demand
from megaregion.links.hard.doors import DepartureWindow, doors
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.rail_integration_tables import IntegrationResult, NetworkPairsResult
from megaregion.links.hard.rail_networks import NETWORKS, networks
from megaregion.links.hard.timetable import Timetable

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class IdealRail:
    """The norm that a network is held against.

    Attributes
    ----------
    change_min : float
        Minutes of a change, across the platform and timed.
    headway_min : float
        Minutes between departures: the mean wait before the first ride is half of it.
    """

    change_min: float = 3.0
    headway_min: float = 10.0

    def __post_init__(self) -> None:
        wrong = [f"{n} must be a number >= 0, got {v!r}" for n, v in asdict(self).items() if not 0 <= v < np.inf]
        if wrong:
            raise InputError("; ".join(wrong))


def rail_integration(
    timetable: Timetable, places: pd.DataFrame, demand: pd.DataFrame | None = None, *,
    classes: Mapping[str, str] | None = None, single_ticket: Mapping[tuple[str, str], bool] | None = None,
    ideal: IdealRail | None = None, window: DepartureWindow | None = None, options: TimesOptions | None = None,
) -> tuple[IntegrationResult, NetworkPairsResult]:  # fmt: skip
    """Index of the integration of four rail networks, with its components.

    Parameters
    ----------
    timetable : Timetable
        Of rail services.
    places : DataFrame
        Index place_id; columns lon, lat (degrees).
    demand : DataFrame, optional
        Travellers, rows origins, columns destinations, >= 0. Default: one a pair.
    classes : mapping, optional
        Class of service -> network: `megaregion.links.hard.rail_networks.networks`.
    single_ticket : mapping, optional
        Whether one ticket is good for both of two networks; pairs in any order. Pairs that are not named are unknown.
    ideal : IdealRail, optional
    window : DepartureWindow, optional
        Default: 6 to 22 h.
    options : TimesOptions, optional
        Access and egress by straight line.

    Returns
    -------
    IntegrationResult
        One row: the index beside every component.
    NetworkPairsResult
        The components by pair of networks.

    Raises
    ------
    InputError
        A class belongs to no network, nothing is rail, a pair of networks is unknown or contradicts itself, or no pair
        with demand is served.

    Notes
    -----
    Index = sum q T* / sum q T over pairs with demand q that are served. T is the mean time over the window, waits
    included. T* = min(T, T0 + half the ideal headway), with T0 the least over chains of rides of access + the fastest
    ride between each two stops + an ideal change in between (the real one where it is shorter) + egress. No journey
    takes less than T0 from its door, so that 0 < index <= 1; it is 1 exactly where every pair travels as fast as on a
    network with the same lines and speeds, cross-platform changes and dense headways. Lines that do not exist and
    speeds that could be higher are not counted against it. Fares do not enter: a single ticket is a component.
    """
    norm, choice = ideal or IdealRail(), options or TimesOptions()
    span = window or DepartureWindow(start_min=360, end_min=1320)
    network = networks(timetable, classes)
    if not network.isin(NETWORKS).any():
        raise InputError("nothing in the timetable is rail: route_type or network "
                         + ", ".join(sorted(set(timetable.calls["network"].astype(str)))[:5]),
                         hint="say which classes are: trunk, intercity, suburban, metro")  # fmt: skip
    tickets = _tickets(single_ticket)
    weight = pair_demand(demand, places.index, places.index)
    ways = doors(timetable, places, options=choice)
    number, names = timetable.kinds(network)
    kinds = Kinds(number, timetable.station_numbers(), len(names))
    parts = window_parts(timetable.connections, ways.ways, ways.ways, span.seconds, kinds=kinds, weight=weight,
                         max_transfers=span.max_transfers)  # fmt: skip
    least = least_seconds(timetable.connections, ways.ways, ways.ways, change=round(60 * norm.change_min),
                          size=weight.shape)  # fmt: skip
    real = parts.wait + parts.access + parts.changing + parts.egress + parts.rides.sum(axis=0)
    best = np.fmin(real, least + 30.0 * norm.headway_min)
    there = (weight > 0) & (parts.served > 0)
    if not there.any():
        raise InputError("no pair of places with demand is served in the window", hint="check places and window")
    pairs = _pairs(timetable, kinds, names, parts, span.seconds, tickets)
    headline = _headline(weight, there, real, best, parts, pairs, norm)
    settings = {**asdict(choice), **asdict(span), **{f"ideal_{k}": v for k, v in asdict(norm).items()},
                "timetable": timetable.label, "classes": dict(classes or {})}  # fmt: skip
    said = [*_remarks(weight, parts, names, network), *_unknown(demand, headline), *_idle(timetable, classes),
            *timetable.notes]  # fmt: skip
    return (
        IntegrationResult(table=headline, settings=settings, warnings=tuple(said)),
        NetworkPairsResult(table=pairs, settings=settings, warnings=tuple(said)),
    )


def _tickets(given: Mapping[tuple[str, str], bool] | None) -> dict[frozenset[str], bool]:
    out: dict[frozenset[str], bool] = {}
    problems = []
    for pair, valid in sorted((given or {}).items()):
        if len(pair) != 2 or not set(pair) <= set(NETWORKS):
            problems.append(f"{pair!r} is no pair of networks")
        elif out.setdefault(frozenset(pair), bool(valid)) != bool(valid):
            problems.append(f"{' and '.join(pair)} are given twice, with and without a single ticket")
    if problems:
        raise InputError("single_ticket: " + "; ".join(problems), hint="networks: " + ", ".join(NETWORKS))
    return out


def _headline(
    weight: Floats, there: NDArray[np.bool_], real: Floats, best: Floats, parts: WindowParts, pairs: pd.DataFrame,
    norm: IdealRail,
) -> pd.DataFrame:  # fmt: skip
    """The index, where its loss comes from, and components over all changes between different networks."""
    q = weight[there]
    total = float(q @ real[there])
    lost = q * (real[there] - best[there])
    # of what a pair loses: first the wait beyond the norm, then changing beyond the norm, the rest is way and speed
    wait = np.minimum(real[there] - best[there], np.maximum(parts.wait[there] - 30.0 * norm.headway_min, 0.0))
    surplus = np.maximum(parts.changing[there] - 60.0 * norm.change_min * parts.changes[there], 0.0)
    change = np.minimum(real[there] - best[there] - wait, surplus)
    mixed = pairs[pairs["network_from"] != pairs["network_to"]]
    known = mixed[mixed["single_ticket"].notna()]

    def mean(column: str, by: str, rows: pd.DataFrame = mixed) -> float:
        use = rows[rows[column].notna() & (rows[by] > 0)]
        return float((use[column] * use[by]).sum() / use[by].sum()) if len(use) else np.nan

    passages = float(mixed["passages"].sum())
    row = {
        "index": float(q @ best[there]) / total, "mean_min": total / q.sum() / 60.0,
        "ideal_min": float(q @ best[there]) / q.sum() / 60.0, "loss_wait_share": float(q @ wait) / total,
        "loss_change_share": float(q @ change) / total,
        "loss_way_share": (float(lost.sum()) - float(q @ wait) - float(q @ change)) / total,
        "served_demand_share": float((weight * parts.served).sum() / weight.sum()),
        "changes_mean": float(q @ parts.changes[there] / q.sum()),
        "same_station_share": mean("same_station_share", "changes"), "change_min": mean("change_min", "changes"),
        "through_share": float(mixed["seated"].sum()) / passages if passages > 0 else np.nan,
        "through_pairs": int(mixed["through_pairs"].sum()),
        "headway_mismatch": mean("headway_mismatch", "stations_shared"),
        "single_ticket_share": mean("single_ticket", "passages", known),
        "single_ticket_known_share": float(known["passages"].sum()) / passages if passages > 0 else np.nan,
    }  # fmt: skip
    return pd.DataFrame([row])[[c.name for c in IntegrationResult.columns]]


def _pairs(
    timetable: Timetable, kinds: Kinds, names: tuple[str, ...], parts: WindowParts, window: Window,
    tickets: Mapping[frozenset[str], bool],
) -> pd.DataFrame:  # fmt: skip
    """Components by ordered pair of networks."""
    departures = _departures(timetable, kinds, window)
    through = _through_pairs(timetable, kinds)
    rows = []
    for a, one in enumerate(names):
        for b, two in enumerate(names):
            here, also = departures[a], departures[b]
            both = (here > 0) & (also > 0)
            changes, seated = float(parts.passages[a, b]), float(parts.seated[a, b])
            few = min(int((here > 0).sum()), int((also > 0).sum()))
            ratio = np.minimum(here[both], also[both]) / np.maximum(here[both], also[both])
            ticket = tickets.get(frozenset((one, two)))
            rows.append({
                "network_from": one, "network_to": two, "stations_from": int((here > 0).sum()),
                "stations_to": int((also > 0).sum()), "stations_shared": int(both.sum()),
                "stations_shared_share": both.sum() / few if few else np.nan,
                "passages": changes + seated, "changes": changes, "seated": seated,
                "same_station_share": parts.same_station[a, b] / changes if changes > 0 else np.nan,
                "change_min": parts.passage_seconds[a, b] / changes / 60.0 if changes > 0 else np.nan,
                "through_share": seated / (seated + changes) if seated + changes > 0 else np.nan,
                "through_pairs": through.get((a, b), 0),
                "headway_mismatch": float(1.0 - ratio.mean()) if both.any() else np.nan,
                "single_ticket": np.nan if ticket is None else float(ticket),
            })  # fmt: skip
    return pd.DataFrame(rows)[[c.name for c in NetworkPairsResult.columns]]


def _departures(timetable: Timetable, kinds: Kinds, window: Window) -> NDArray[np.int64]:
    """Departures of each network from each station in the window, shape (kinds, stations)."""
    c = timetable.connections
    stations = int(kinds.station.max(initial=-1)) + 1
    now = (c.departure >= window.start) & (c.departure < window.end) & c.board
    cell = kinds.of_connection[now].astype(np.int64) * stations + kinds.station[c.tail[now]]
    return np.bincount(cell, minlength=kinds.number * stations).reshape(kinds.number, stations)


def _through_pairs(timetable: Timetable, kinds: Kinds) -> dict[tuple[int, int], int]:
    """Pairs of stations that one vehicle joins which is of another network at the end of the ride than at its start."""
    c = timetable.connections
    order = np.argsort(c.call, kind="stable")
    found: dict[tuple[int, int], set[tuple[int, int]]] = {}
    runs = np.split(order, np.flatnonzero(np.diff(c.run[order])) + 1) if len(order) else []
    for run in runs:
        kind = kinds.of_connection[run]
        if (kind == kind[0]).all():
            continue
        for i, start in enumerate(run):
            for end in run[i + 1 :]:
                a, b = int(kinds.of_connection[start]), int(kinds.of_connection[end])
                if a != b and c.board[start] and c.alight[end]:
                    pair = (int(kinds.station[c.tail[start]]), int(kinds.station[c.head[end]]))
                    if pair[0] != pair[1]:
                        found.setdefault((a, b), set()).add(pair)
    return {pair: len(stations) for pair, stations in found.items()}


def _remarks(weight: Floats, parts: WindowParts, names: tuple[str, ...], network: pd.Series) -> list[str]:
    out = []
    running = set(network.unique())
    absent = [n for n in NETWORKS if n not in running]
    if absent:
        out.append(f"the timetable has no {', '.join(absent)} services: the index says nothing of how they join, and "
                   "access stands for them")  # fmt: skip
    if "other" in names:
        out.append("services that are no rail are in the timetable: journeys may use them")
    none = float(weight[parts.served == 0].sum() / weight.sum())
    if none > 0:
        out.append(f"{none:.1%} of the demand has no journey in the window and is left out, which flatters the index")
    return out


def _unknown(demand: pd.DataFrame | None, headline: pd.DataFrame) -> list[str]:
    """What neither the timetable nor the caller says."""
    out = [] if demand is not None else ["no demand is given: every pair of places counts the same"]
    known = float(headline["single_ticket_known_share"].iloc[0])
    if known < 1:
        out.append(f"a timetable does not say whether one ticket is good for two networks: that is unknown for "
                   f"{1 - known:.0%} of the passages between networks")  # fmt: skip
    return out


def _idle(timetable: Timetable, classes: Mapping[str, str] | None) -> list[str]:
    """Classes that are given a network and do not run: a day without them, or a slip of the pen."""
    calls = timetable.calls
    lost = sorted(set(classes or ()) - {"*", *calls["service"].unique(), *calls["network"].astype(str).unique()})
    return [f"classes that are given a network and do not run on the day: {', '.join(lost)}"] if lost else []
