"""Road assignment with labels: which ways the trips take when roads slow down as they fill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd

from megaregion.data.roads import Roads
from megaregion.data.trips import Trips
from megaregion.errors import ConvergenceError, InputError
from megaregion.links.hard.assignment_options import (
    AssignmentOptions,
    TravelClass,
    TripResponse,
    elastic_demand,
    user_classes,
)
from megaregion.result import Column, Input, Result

if TYPE_CHECKING:
    from megaregion.core.assignment import Equilibrium, Start

Listener = Callable[[int, float], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class AssignmentResult(Result):
    """Flow, time and cost of every link.

    Attributes
    ----------
    roads : Roads
    options : AssignmentOptions
    equilibrium : Equilibrium
        Arrays in the order of `roads.links` and `roads.zones`; what a next assignment starts from.
    trips : tuple of Trips
        By class, in the order of `roads.zones`; with a response those at the reference cost.
    classes : tuple of TravelClass
        As they were given, none if there is one class without a name.
    response : TripResponse or None
    """

    roads: Roads
    options: AssignmentOptions
    equilibrium: Equilibrium
    trips: tuple[Trips, ...] = field(repr=False)
    classes: tuple[TravelClass, ...] = ()
    response: TripResponse | None = field(default=None, repr=False)

    title_en: ClassVar[str] = "Road assignment by link"
    title_zh: ClassVar[str] = "道路交通分配（路段）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; units are those of the network."""
        units, formula = self.roads.units, "methods#user-equilibrium"
        given = (Input("tables/links.csv", {"link_id": "{link_id}"}),)
        out = [
            Column("link_id", "", "Link", "路段", key=True),
            Column("from_node", "", "From", "起点"),
            Column("to_node", "", "To", "终点"),
            Column("flow", units.flow, "Flow", "流量", modelled=True, formula=formula),
            Column("capacity", units.flow, "Capacity", "通行能力"),
            Column("volume_over_capacity", "ratio", "Flow over capacity", "饱和度", modelled=True, formula=formula),
            Column("free_time", units.time, "Time of the empty link", "自由流时间"),
            Column("time", units.time, "Time", "行程时间", modelled=True, formula=formula),
            Column("cost", units.time, "Time, toll and distance in units of time", "广义费用", modelled=True,
                   formula=formula),
        ]  # fmt: skip
        if self.options.system_optimum:
            out.append(Column("optimal_toll", units.time, "Toll, in time, at which all would drive like this by choice",
                              "最优拥堵费（时间当量）", modelled=True, formula=formula))  # fmt: skip
        if len(self.equilibrium.names) > 1:
            out += [Column(f"flow_{n}", units.flow, f"Flow of {n}", f"流量（{n}）", modelled=True, formula=formula)
                    for n in self.equilibrium.names]  # fmt: skip
        return tuple(c if c.key else replace(c, inputs=given) for c in out)

    def to_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the network."""
        found, links = self.equilibrium, self.roads.links
        cost = found.network.cost(found.flow)
        frame = links[["from_node", "to_node"]].reset_index(names="link_id")
        frame["flow"] = found.flow
        frame["capacity"] = links["capacity"].to_numpy(float)
        frame["volume_over_capacity"] = saturation(found)
        frame["free_time"] = links["free_time"].to_numpy(float)
        frame["time"] = cost - found.network.fixed
        frame["cost"] = cost
        if self.options.system_optimum:
            frame["optimal_toll"] = found.marginal_toll
        if len(found.names) > 1:
            for name, flow in zip(found.names, found.class_flow, strict=True):
                frame[f"flow_{name}"] = flow
        return frame

    def parameters(self) -> dict[str, Any]:
        """Options, and the units of the network."""
        kept = {k: v for k, v in asdict(self.options).items() if k != "threads"}
        out = {**kept, "network": self.roads.name, "trips": [t.name for t in self.trips],
               "units": asdict(self.roads.units)}  # fmt: skip
        if self.classes:
            own = ("name", "toll_weight", "distance_weight", "use", "pce")
            out["classes"] = [{name: getattr(user, name) for name in own} for user in self.classes]
        if self.response is not None:
            out |= {"response": self.response.form, "sensitivity": self.response.sensitivity}
        return out

    def facts(self) -> dict[str, Any]:
        """How exact it is, totals, and how far origins are from sharing alternative ways alike (0: proportional)."""
        found, units = self.equilibrium, self.roads.units
        zones = self.roads.zones
        return {
            "converged": found.converged,
            "relative_gap": found.relative_gap,
            "average_excess_cost": found.average_excess_cost,
            "iterations": found.iterations,
            "beckmann": found.beckmann,
            "total_time": found.total_time,
            "total_time_unit": units.product(),
            "total_cost": found.total_cost,
            "demand": float(sum(t.total for t in self.trips)),
            "demand_travelling": float(_vehicles(found, self.classes).sum()),
            "inside_zones": _inside(self.trips),
            "disproportion": found.proportionality().deviation,
            "links_above_capacity": int((saturation(found) > 1).sum()),
            "without_a_way": [
                {"class": p.name, "origin": str(zones[p.origin]), "destination": str(zones[p.destination]),
                 "trips": p.demand} for p in found.unreachable
            ],
        }  # fmt: skip

    def busiest(self, rows: int) -> pd.DataFrame:
        """Links with the highest flow over capacity first; links without a capacity that matters last."""
        return self.to_frame().sort_values("volume_over_capacity", ascending=False, kind="stable").head(rows)

    def convergence(self) -> pd.DataFrame:
        """Iteration, phase, relative_gap and beckmann of every iteration."""
        return pd.DataFrame([step._asdict() for step in self.equilibrium.table])

    def travelling(self) -> dict[str, Trips]:
        """Vehicles that travel between zones, by class: all with a way, or those whom the cost leaves on the road."""
        out = {}
        for name, table, given in zip(self.equilibrium.names, _vehicles(self.equilibrium, self.classes), self.trips,
                                      strict=True):  # fmt: skip
            origin, destination = np.nonzero(table)
            out[name] = Trips(zones=self.roads.zones, origin=origin, destination=destination,
                              value=table[origin, destination], unit=given.unit, name=given.name)  # fmt: skip
        return out

    def skims(self, of: Literal["cost", "time", "length", "toll"] = "cost") -> dict[str, pd.DataFrame]:
        """Cost between zones by class: rows origin, columns destination; frames for measures of accessibility.

        Parameters
        ----------
        of : {'cost', 'time', 'length', 'toll'}
            Generalised cost of the cheapest ways; or the mean of a value along used ways, weighted by flow, and along
            the cheapest way where nobody travels. Each in its unit of the network.

        Returns
        -------
        dict of str to DataFrame
            Infinite where there is no way, 0 within a zone: a zone is a point here, so that its own time must come
            from elsewhere before it is used as accessibility.

        Raises
        ------
        InputError
            The links have no such column.
        """
        found, zones = self.equilibrium, self.roads.zones
        if of == "cost":
            cost = found.skims(threads=self.options.threads)
        else:
            from megaregion.core.assignment_routes import skim

            if of != "time" and of not in self.roads.links.columns:
                raise InputError(f"links have no column {of}", hint="skims are of cost, time, length or toll")
            free = found.network.cost(found.flow) - found.network.fixed
            cost = skim(found, free if of == "time" else self.roads.links[of].to_numpy(float))
        return {name: pd.DataFrame(c, index=zones, columns=zones) for name, c in zip(found.names, cost, strict=True)}


def assign(
    roads: Roads,
    trips: Trips | Sequence[TravelClass],
    options: AssignmentOptions | None = None,
    *,
    start: AssignmentResult | Start | None = None,
    response: TripResponse | None = None,
    listen: Listener | None = None,
) -> AssignmentResult:
    """Assign trips to roads so that nobody gains by another way.

    Parameters
    ----------
    roads : Roads
    trips : Trips or sequence of TravelClass
        In the unit of capacity and for the same span of time; zones by label, in any order.
    options : AssignmentOptions, optional
    start : AssignmentResult or Start, optional
        Of the same roads and classes with other parameters or trips: where the search begins. From a file:
        `megaregion.links.hard.assignment_start.read_start`.
    response : TripResponse, optional
        Trips that grow or shrink with cost (induced demand); default none. Then `start` is not used.
    listen : callable, optional
        Called with iteration and relative gap; ends the search if it raises StopIteration.

    Raises
    ------
    InputError
        Trips to zones that the network has not, or without a way; weights without their column.
    ConvergenceError
        The gap was not reached; ``.last`` is the AssignmentResult so far, with its gap.

    Notes
    -----
    Wardrop (1952); Beckmann, McGuire and Winsten (1956); see `megaregion.core.assignment.user_equilibrium`.
    """
    from megaregion.core.assignment import user_equilibrium

    opts = options or AssignmentOptions()
    network = roads.network(toll_weight=opts.toll_weight, distance_weight=opts.distance_weight)
    given = [trips] if isinstance(trips, Trips) else [c.trips for c in trips]
    if not given:
        raise InputError("there is no class of travellers", hint="give Trips, or at least one TravelClass")
    placed = tuple(t.aligned(roads.zones) for t in given)
    demand: Any = placed[0].matrix() if isinstance(trips, Trips) else user_classes(roads, trips, placed, opts)

    users = () if isinstance(trips, Trips) else tuple(trips)
    elastic = None if response is None else elastic_demand(roads, response, [c.name for c in users])

    def result(found: Equilibrium) -> AssignmentResult:
        return AssignmentResult(roads=roads, options=opts, equilibrium=found, trips=placed, classes=users,
                                response=response,
                                warnings=_warnings(roads, found, placed, users, response))  # fmt: skip

    try:
        found = user_equilibrium(
            network, demand, gap=opts.gap, iterations=opts.iterations, threads=opts.threads, listen=listen,
            start=start.equilibrium if isinstance(start, AssignmentResult) else start, elastic=elastic,
            system_optimum=opts.system_optimum, unreachable=opts.unreachable,
        )  # fmt: skip
    except ConvergenceError as error:
        if error.last is None:
            raise
        last = result(error.last)  # type: ignore[arg-type]
        raise ConvergenceError(error.message, last=last, hint=error.hint) from error
    except InputError as error:
        raise _labelled(error, roads) from error
    return result(found)


def assign_or_last(
    roads: Roads,
    trips: Trips | Sequence[TravelClass],
    options: AssignmentOptions | None = None,
    *,
    start: AssignmentResult | Start | None = None,
    response: TripResponse | None = None,
    listen: Listener | None = None,
) -> tuple[AssignmentResult, ConvergenceError | None]:
    """As `assign`, but a search that ends early gives its last flows, which say so, and the error that tells why."""
    try:
        return assign(roads, trips, options, start=start, response=response, listen=listen), None
    except ConvergenceError as error:
        if not isinstance(error.last, AssignmentResult):
            raise
        return error.last, error


def saturation(found: Equilibrium) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Flow over capacity; NaN where the time does not depend on flow, so that capacity means nothing."""
    network = found.network
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((network.slope > 0) & ~network.closed, found.flow / network.capacity, np.nan)


def _labelled(error: InputError, roads: Roads) -> InputError:
    """The kernel counts zones from 0; readers know them by label."""
    import re

    if not error.message.startswith(("demand without a way", "elastic demand")):
        return error
    zones = roads.zones
    text = re.sub(r"(?<![\w.])(\d+) -> (\d+)", lambda m: f"{zones[int(m[1])]} -> {zones[int(m[2])]}", error.message)
    hint = error.hint.replace("unreachable='leave'", "--leave-unreachable (unreachable='leave')")
    return InputError(text.replace(" (counted from 0)", ""), hint=hint)


def _inside(trips: Sequence[Trips]) -> float:
    return float(sum(t.value[t.origin == t.destination].sum() for t in trips))


def _vehicles(found: Equilibrium, classes: Sequence[TravelClass]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Vehicles that travel (classes, zones, zones)."""
    units = np.array([c.pce for c in classes] or [1.0])
    return np.asarray(found.demand / units[:, None, None])


def _warnings(
    roads: Roads, found: Equilibrium, trips: Sequence[Trips], classes: Sequence[TravelClass],
    response: TripResponse | None,
) -> tuple[str, ...]:  # fmt: skip
    out = [*roads.notes, *(note for t in trips for note in t.notes)]
    if not roads.crs and "x" in roads.nodes.columns:
        out.append("the reference system of the coordinates is not stated, so maps of other layers will not fit")
    if not found.converged:
        out.append(f"not at equilibrium: relative gap {found.relative_gap:.3g}")
    if closed := int(found.network.closed.sum()):
        out.append(f"{closed} links have no capacity and carry nothing")
    above = int((saturation(found) > 1).sum())
    if above:
        out.append(f"{above} links carry more than their capacity: the formula of delay allows it, a road does not; "
                   "read it as a queue")  # fmt: skip
    if (inside := _inside(trips)) > 0:
        out.append(f"{inside:.6g} trips inside zones are on no road")
    if any(user.pce != 1 for user in classes):
        out.append("flows of links and classes are in passenger-car units, trips are vehicles")
    if not sum(t.total for t in trips) > 0:
        out.append("there are no trips: all flows are zero, and times are those of empty roads")
    if found.unreachable:
        lost = sum(p.demand for p in found.unreachable)
        out.append(f"{lost:.6g} trips of {len(found.unreachable)} pairs have no way and are left out")
    if response is not None:
        before, after = sum(t.total for t in trips), _vehicles(found, classes).sum()
        out.append(f"trips answer to cost ({response.form}, {response.sensitivity:g} per unit of cost; modelled): "
                   f"{before:.6g} of the file, {after:.6g} travel between zones")  # fmt: skip
    if found.system_optimum:
        out.append("system optimum: nobody would drive like this without a toll on every link")
    return tuple(out)
