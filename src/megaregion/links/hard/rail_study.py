"""How well rail works as one: integration of the networks, door to door, way to hubs, local services that meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from megaregion.data.option_keys import require_known
from megaregion.errors import InputError
from megaregion.links.hard.door_to_door import door_to_door
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.hub_access import hub_access
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.pair_layers import pair_layers
from megaregion.links.hard.rail_integration import IdealRail, rail_integration
from megaregion.links.hard.rail_networks import NETWORKS, OTHER, networks
from megaregion.links.hard.schedule_coordination import coordination
from megaregion.links.hard.timetable import Timetable
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

MAIN, LOCAL = ("trunk", "intercity"), ("suburban", "metro")
_LISTS, _NUMBERS = ("main", "local", "hubs"), ("early_min", "late_min", "ideal_change_min", "ideal_headway_min")
KEYS = ("networks", "single_ticket", *_LISTS, "hub_departures", *_NUMBERS)  # of [options.rail]


@dataclass(frozen=True, kw_only=True)
class RailOptions:
    """What a timetable does not say about its networks, and what counts as a hub.

    Attributes
    ----------
    classes : mapping or None
        Class of service or route_type -> network: `megaregion.links.hard.rail_networks.networks`.
    single_ticket : mapping or None
        Whether one ticket is good for both of two networks.
    main, local : tuple of str
        Networks of the main haul, and of the services that should meet it. Default: those of trunk and intercity, of
        suburban and metro, that run.
    hubs : tuple of str
        Names or ids of the hubs. Default: stations with `departures` of the main haul a day.
    departures : int
    early_min, late_min : float
        A local arrival meets a departure of the main haul if it is so many minutes before it.
    ideal : IdealRail
    """

    classes: Mapping[str, str] | None = None
    single_ticket: Mapping[tuple[str, str], bool] | None = None
    main: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    departures: int = 10
    early_min: float = 5.0
    late_min: float = 20.0
    ideal: IdealRail = field(default_factory=IdealRail)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> RailOptions:
        """From the table [options.rail] of workspace.toml.

        Parameters
        ----------
        given : mapping
            ``networks`` (class of service or route_type = network), ``single_ticket`` (list of two networks and
            whether one ticket is good for both), ``main``, ``local``, ``hubs`` (lists), ``hub_departures``,
            ``early_min``, ``late_min``, ``ideal_change_min``, ``ideal_headway_min``.

        Raises
        ------
        InputError
            A key is unknown or a value cannot be used; all are listed.
        """
        require_known(given, KEYS, "rail")
        wrong = []
        classes = given.get("networks", {})
        if not isinstance(classes, Mapping) or not all(isinstance(n, str) for n in classes.values()):
            wrong.append(f"networks must be a table class = network, got {classes!r}")
        lists = {name: given.get(name, ()) for name in _LISTS}
        wrong += [f"{name} must be a list of texts, got {value!r}" for name, value in lists.items()
                  if not (isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value))]  # fmt: skip
        numbers = {name: given[name] for name in (*_NUMBERS, "hub_departures") if name in given}
        wrong += [f"{name} must be a number >= 0, got {value!r}" for name, value in numbers.items()
                  if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0]  # fmt: skip
        if "hub_departures" in numbers and not isinstance(numbers["hub_departures"], int):
            wrong.append(f"hub_departures must be a whole number, got {numbers['hub_departures']!r}")
        tickets: dict[tuple[str, str], bool] = {}
        for row in given.get("single_ticket", ()):
            if [type(v) for v in row] != [str, str, bool]:
                wrong.append(f"single_ticket must list two networks and true or false, got {row!r}")
            elif tickets.setdefault((row[0], row[1]), row[2]) != row[2]:
                wrong.append(f"single_ticket gives {row[0]} and {row[1]} twice, with and without")
        if wrong:
            raise InputError("options.rail: " + "; ".join(wrong), hint="keys: " + ", ".join(KEYS))
        ideal = {short: float(numbers[f"ideal_{short}"]) for short in ("change_min", "headway_min")
                 if f"ideal_{short}" in numbers}  # fmt: skip
        main, local, hubs = (tuple(lists[name]) for name in _LISTS)
        return cls(
            classes=dict(classes) or None, single_ticket=tickets or None, main=main, local=local, hubs=hubs,
            departures=numbers.get("hub_departures", cls.departures), ideal=IdealRail(**ideal),
            early_min=float(numbers.get("early_min", cls.early_min)),
            late_min=float(numbers.get("late_min", cls.late_min)),
        )  # fmt: skip


def rail_study(
    timetable: Timetable, places: pd.DataFrame, *, demand: pd.DataFrame | None = None,
    window: DepartureWindow | None = None, options: RailOptions | None = None,
    times: TimesOptions | None = None, progress: Callable[[int, int], None] | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Integration of the rail networks and how they meet what is around them, of one timetable.

    Parameters
    ----------
    timetable : Timetable
    places : DataFrame
        Index place_id; columns lon, lat (degrees), population where shares of people are wanted.
    demand : DataFrame, optional
        Travellers, rows origins, columns destinations, >= 0. Default: one a pair.
    window : DepartureWindow, optional
        Default: 6 to 22 h.
    options : RailOptions, optional
    times : TimesOptions, optional
        Ways from places to stations and back.
    progress : callable, optional
        Told (parts done, parts in all).

    Returns
    -------
    dict of Result
        ``integration`` (one row), ``networks`` (pairs of networks), ``door_to_door`` (pairs of places),
        ``hub_access`` (places), and ``coordination`` (stations) where local services run: its absence is a warning of
        the integration.

    Raises
    ------
    InputError
        See the parts; and where no network of the main haul runs.
    """
    choice, span = options or RailOptions(), window or DepartureWindow(start_min=360, end_min=1320)
    hubs = tuple(timetable.stations_of(choice.hubs)) if choice.hubs else None
    by_network = of_networks(timetable, choice.classes)
    tell = progress or (lambda done, total: None)
    running = set(by_network.calls["service"].unique())
    main, local = _sides(running, choice) if running - {OTHER} else ((), ())  # no rail at all: refused below
    tell(0, 4)
    one, pairs = rail_integration(timetable, places, demand, classes=choice.classes, ideal=choice.ideal, window=span,
                                  single_ticket=choice.single_ticket, options=times)  # fmt: skip
    found: dict[str, Result] = {"integration": one, "networks": pairs}
    tell(1, 4)
    found["door_to_door"] = door_to_door(by_network, places, main=main, demand=demand, window=span, options=times)
    tell(2, 4)
    found["hub_access"] = hub_access(by_network, places, main=main, departures=choice.departures, stations=hubs,
                                     options=times)  # fmt: skip
    tell(3, 4)
    if local:
        found["coordination"] = coordination(by_network, main, local, early_min=choice.early_min,
                                             late_min=choice.late_min, stations=hubs)  # fmt: skip
    else:
        said = "no local network runs beside the main haul: whether local services meet it at hubs is unknown"
        found["integration"] = replace(one, warnings=(*one.warnings, said))
    tell(4, 4)
    return found


def of_networks(timetable: Timetable, classes: Mapping[str, str] | None = None) -> Timetable:
    """The timetable with the network in the place of the class of service.

    Raises
    ------
    InputError
        See `megaregion.links.hard.rail_networks.networks`.
    """
    return replace(timetable, calls=timetable.calls.assign(service=networks(timetable, classes)))


def _sides(running: set[str], options: RailOptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Networks of the main haul and local ones."""
    known, problems = (*NETWORKS, OTHER), []
    main = options.main or tuple(n for n in MAIN if n in running and n not in options.local)
    local = options.local or tuple(n for n in LOCAL if n in running and n not in main)
    for what, names in (("main haul", options.main), ("local services", options.local)):
        if lost := [n for n in names if n not in running]:
            problems.append(f"{what}: no {', '.join(lost)} services run")
    if not main:
        problems.append(f"no network of the main haul ({', '.join(MAIN)}) runs")
    if both := [n for n in main if n in local]:
        problems.append(f"both main haul and local: {', '.join(both)}")
    if problems:
        raise InputError("; ".join(problems), hint="networks that run: "
                         + ", ".join(n for n in known if n in running)
                         + "; name the main haul and the local ones (--main suburban --local metro)")  # fmt: skip
    return main, local


def rail_layers(
    found: Mapping[str, Result], timetable: Timetable, places: pd.DataFrame, options: RailOptions | None = None
) -> dict[str, gpd.GeoDataFrame]:  # fmt: skip
    """Layers `places` (with the way to their hub), `pairs` (parts of the time) and `stations` of a study.

    Stations have the departures of each network on the day; those whose name no other station bears also the shares of
    the main haul that local services meet.
    """
    import geopandas as gpd

    choice = options or RailOptions()
    at = places[[c for c in ("name", "lon", "lat") if c in places]]
    ways = found["hub_access"].to_frame().set_index("place_id")
    layers = pair_layers(found["door_to_door"].to_frame(), at.join(ways))
    spots = _departures(of_networks(timetable, choice.classes))
    if "coordination" in found:
        met = found["coordination"].to_frame().set_index("station")
        met = met[~met.index.duplicated(keep=False)]
        alone = spots["name"].where(~spots["name"].duplicated(keep=False))
        spots = spots.assign(**{c: alone.map(met[c]) for c in ("met_share", "onward_share")})
    points = gpd.points_from_xy(spots["lon"], spots["lat"])
    layers["stations"] = gpd.GeoDataFrame(spots.reset_index(drop=True), geometry=points, crs="EPSG:4326")
    return layers


def _departures(by_network: Timetable) -> pd.DataFrame:
    """Stations with the departures of each network on the day."""
    c, stops = by_network.connections, by_network.stops
    today = c.board & (c.departure >= 0) & (c.departure < 86_400)
    station = stops["station"].to_numpy(object)[c.tail[today]]
    kind = by_network.calls["service"].to_numpy(object)[c.call[today]]
    count = pd.crosstab(pd.Series(station, name="station"), pd.Series(kind, name="network")).add_suffix("_departures")
    heads = stops.loc[sorted(set(stops["station"]), key=str), ["name", "lon", "lat"]]
    return heads.rename_axis("station").join(count.reindex(heads.index, fill_value=0)).reset_index()
