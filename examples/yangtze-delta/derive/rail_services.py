"""Direct services between stations and between cities, with modelled minutes in the vehicle."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
from rail_sequences import Train, calls
from rail_stations import Stations
from rail_timetable import Clock

TIMETABLE = "2020"
PERIOD = "2020-07/2020-09"
# Rides of one class and pair in bands by minutes over the fastest of them: one mean over expresses and stopping
# trains would hide that a traveller can wait for the express.
BANDS = ((1.1, ""), (1.3, " medium"), (np.inf, " slow"))


def cumulated(train: Train, stations: Stations, clock: Clock) -> list[tuple[str, float]]:
    """Stops from the first to the last one inside the cities, with minutes since the first arrival there.

    Minutes at a stop are those of the arrival; the stop itself is added to what follows.

    Raises
    ------
    ValueError
        A stop between two inside stations has no known point, so the time over it cannot be modelled.
    """
    names = [stations.resolve(s, "2020") for s in calls(train.stops)]
    inside = [i for i, n in enumerate(names) if stations.inside(n)]
    if len(inside) < 2:
        return []
    route = names[inside[0] : inside[-1] + 1]
    if None in route:
        raise ValueError(f"train {train.number} calls between two stations of the delta at an unknown station")
    out, now = [(str(route[0]), 0.0)], 0.0
    for a, b in pairwise(route):
        now += clock.run_min(train.service, str(a), str(b), stations.straight_km(str(a), str(b)))
        out.append((str(b), now))
        now += clock.dwell(train.service)
    return out


def rides(train: Train, stations: Stations, clock: Clock) -> dict[tuple[str, str], float]:
    """Minutes of the shortest ride of this train between each ordered pair of inside stations."""
    route = cumulated(train, stations, clock)
    dwell = clock.dwell(train.service)
    best: dict[tuple[str, str], float] = {}
    for i, (a, arrival) in enumerate(route):
        leaving = arrival + (dwell if i else 0.0)
        for b, later in route[i + 1 :]:
            if a != b and stations.inside(a) and stations.inside(b):
                best[(a, b)] = min(later - leaving, best.get((a, b), np.inf))
    return best


def all_rides(trains: list[Train], stations: Stations, clock: Clock) -> pd.DataFrame:
    """One row per train and ordered pair of stations: train, service, origin, destination, minutes."""

    def rows() -> Iterator[tuple[str, str, str, str, float]]:
        for train in trains:
            for (a, b), minutes in rides(train, stations, clock).items():
                yield train.number, train.service, a, b, minutes

    return pd.DataFrame(rows(), columns=["train", "service", "origin", "destination", "minutes"])


def services(table: pd.DataFrame, ids: dict[str, str]) -> pd.DataFrame:
    """Table `services`: trains a day by class and band between stations, mean and fastest minutes (modelled)."""
    table = table.assign(origin=table.origin.map(ids), destination=table.destination.map(ids))
    over = table.minutes / table.groupby(["service", "origin", "destination"]).minutes.transform("min")
    band = np.select([over <= limit for limit, _ in BANDS], [name for _, name in BANDS], default="")
    table = table.assign(service=table.service + pd.Series(band, table.index))
    minutes = table.groupby(["service", "origin", "destination"]).minutes
    out = minutes.agg(services_per_day="size", in_vehicle_min="mean", fastest_min="min").round(1).reset_index()
    out.insert(0, "timetable", TIMETABLE)
    out.insert(1, "mode", "rail")
    out["time_observed"] = False
    out["source"] = "rail-2020"
    return out.sort_values(["service", "origin", "destination"], ignore_index=True)


def flows(table: pd.DataFrame, stations: Stations, cities: list[str]) -> pd.DataFrame:
    """Table `flows`, layer trains: direct trains a day of every ordered pair of cities, zeros included.

    A train counts once per pair however many stations of a city it serves. The count is observed; the
    minutes (`time_min` median over the trains, `x_fastest_min`) are modelled, each train between those
    two of its stations that lie nearest in time.
    """
    table = table.assign(origin=table.origin.map(stations.city), destination=table.destination.map(stations.city))
    table = table[table.origin != table.destination]
    per_train = table.groupby(["origin", "destination", "train"]).minutes.min()
    found = per_train.groupby(["origin", "destination"]).agg(value="size", time_min="median", x_fastest_min="min")
    ordered = [(a, b) for a in sorted(cities) for b in sorted(cities) if a != b]
    pairs = pd.MultiIndex.from_tuples(ordered, names=found.index.names)
    out = found.reindex(pairs).round(1)
    # A pair of cities that no train of the complete timetable serves has zero trains, not an unknown number.
    out["value"] = out.value.fillna(0).astype(int)
    out = out.reset_index()
    out.insert(0, "layer", "trains")
    out["unit"] = "trains/day"
    out["period"] = PERIOD
    out["observed"] = True
    out["source"] = "rail-2020"
    out["x_time_basis"] = np.where(out.value > 0, "modelled", "")
    columns = ["layer", "origin", "destination", "value", "unit", "period", "observed", "time_min", "source"]
    return out[[*columns, "x_fastest_min", "x_time_basis"]]
