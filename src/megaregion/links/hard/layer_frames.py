"""Layers of places as square frames: weights of links, minutes of direct ways, minutes to change between layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.rail import one_leg
from megaregion.core.sphere import great_circle_km, own_km
from megaregion.data.cluster import Cluster, ancestor, units
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.network import TimesOptions, direct_legs
from megaregion.links.hard.times import times

SERVICES, ROAD = "services:", "road"


@dataclass(frozen=True, kw_only=True)
class MultilayerOptions:
    """Which layers are stacked, and what joins them; the table [options.multilayer].

    Attributes
    ----------
    layers : tuple of str, optional
        Names of `flows` layers, `services:CLASS` (direct trains a day of a class), offices, search. Default: all layers
        of flows, offices and search that are there.
    change_min : float, optional
        Minutes to change between two layers in a place. Default: the time inside each place.
    decay_min : float
        Minutes by which the willingness to change falls to 1/e, > 0: an assumption; ranks are shown for a quarter to
        four times of it.
    permutations : int
        Of places, behind the p of correlations between layers.
    """

    layers: tuple[str, ...] | None = None
    change_min: float | None = None
    decay_min: float = 60.0
    permutations: int = 999

    def __post_init__(self) -> None:
        wrong = []
        if self.layers is not None and (len(set(self.layers)) < 2 or len(set(self.layers)) < len(self.layers)):
            wrong.append(f"layers must name two different layers at least, got {', '.join(self.layers) or 'none'}")
        numbers = {"change_min": (self.change_min, 0.0), "decay_min": (self.decay_min, None)}
        for name, (value, least) in numbers.items():
            if value is None and name == "change_min":
                continue
            good = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
            if not good or (value < 0 if least is not None else value <= 0):  # type: ignore[operator]
                wrong.append(f"{name} must be a number {'>= 0' if least is not None else '> 0'}, got {value!r}")
        if isinstance(self.permutations, bool) or not isinstance(self.permutations, int) or self.permutations < 1:
            wrong.append(f"permutations must be a whole number >= 1, got {self.permutations!r}")
        if wrong:
            raise InputError("options.multilayer: " + "; ".join(wrong))

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> MultilayerOptions:
        """From the table [options.multilayer].

        Raises
        ------
        InputError
            A key is unknown or a value out of range.
        """
        require_known(options, [f.name for f in fields(cls)], "multilayer")
        given = dict(options)
        if given.get("layers") is not None:
            if not isinstance(given["layers"], list | tuple):
                raise InputError(f"options.multilayer: layers must be a list, got {given['layers']!r}")
            given["layers"] = tuple(str(name) for name in given["layers"])
        return cls(**given)


def classes(cluster: Cluster) -> list[str]:
    """Classes of direct rail services, without the bands of speed (`G slow` is of class G)."""
    rows = _services(cluster)
    return sorted(rows["service"].str.split().str[0].unique())


def layer_weights(
    cluster: Cluster, options: MultilayerOptions, made: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Square frames over the units of analysis, by name, zero on the diagonal.

    Parameters
    ----------
    cluster : Cluster
    options : MultilayerOptions
    made : mapping
        Layers that other measures made: offices, search.

    Returns
    -------
    dict of str to DataFrame
        Fewer than two if nothing more is there and none are named.

    Raises
    ------
    InputError
        A named layer is not there.
    """
    index = units(cluster).index
    known = {name: frame.reindex(index=index, columns=index) for name, frame in {**cluster.flows, **made}.items()}
    named = options.layers
    there = list(known) if named is None else list(named)
    by_class = [name for name in there if name.startswith(SERVICES)]
    offered = classes(cluster) if by_class else []
    lost = [n for n in there if n not in known and n.removeprefix(SERVICES) not in offered]
    if lost:
        hint = ", ".join([*known, *(SERVICES + c for c in offered)])
        raise InputError(f"options.multilayer: there is no layer {', '.join(lost)}", hint=f"layers: {hint}")
    out = {}
    for name in there:
        frame = known[name] if name in known else _trains(cluster, index, name.removeprefix(SERVICES))
        values = frame.fillna(0.0).to_numpy(float).copy()
        np.fill_diagonal(values, 0.0)
        if values.any():
            out[name] = pd.DataFrame(values, index=index, columns=index)
    return out


def unknown_pairs(cluster: Cluster, names: Iterable[str]) -> tuple[str, ...]:
    """What to say of flows that know nothing of some pairs: there they count as no link."""
    index, out = units(cluster).index, []
    for name in names:
        if name in cluster.flows:
            values = cluster.flows[name].reindex(index=index, columns=index).to_numpy(float)
            lost = int(np.isnan(values[~np.eye(len(index), dtype=bool)]).sum())
            if lost:
                out.append(f"{lost} of {len(index) * (len(index) - 1)} pairs have no row in {name}: no link there")
    return tuple(out)


def way_minutes(cluster: Cluster, adjacent: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Minutes door to door of direct ways between places: `rail` by one train, `road` between neighbors.

    Parameters
    ----------
    cluster : Cluster
    adjacent : DataFrame
        Columns place_a, place_b: places that share a border, between which roads lead.

    Returns
    -------
    dict of str to DataFrame
        Infinite where there is no direct way. Ways to stations are inside, so that changing at a center costs no more.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.links.hard.times.times`.
    """
    level, travel = units(cluster), TimesOptions.of(cluster.options.get("times", {}))
    nodes, leg, _ = direct_legs(cluster, travel)
    lon, lat = level["lon"].to_numpy(float), level["lat"].to_numpy(float)
    km = great_circle_km(lon[:, None], lat[:, None], nodes["lon"].to_numpy(float), nodes["lat"].to_numpy(float))
    rail = one_leg(leg, travel.access_min(km))
    index, beside = level.index, np.zeros((len(level), len(level)), bool)
    a, b = (index.get_indexer(pd.Index(adjacent[c])) for c in ("place_a", "place_b"))
    known = (a >= 0) & (b >= 0)
    beside[a[known], b[known]] = beside[b[known], a[known]] = True
    road = np.where(beside, times(cluster, options=travel).road.to_numpy(float), np.inf)
    for frame in (rail, road):
        np.fill_diagonal(frame, np.inf)
    return {"rail": pd.DataFrame(rail, index=index, columns=index), ROAD: pd.DataFrame(road, index, index)}


def change_minutes(cluster: Cluster, options: MultilayerOptions) -> pd.Series:
    """Minutes to change between layers in each place: as stated, else the time inside it.

    Raises
    ------
    MissingDataError
        The time inside a place needs its area.
    """
    level = units(cluster)
    if options.change_min is not None:
        return pd.Series(float(options.change_min), index=level.index)
    area = level["area_km2"].to_numpy(float)
    if not (area > 0).all():
        lost = ", ".join(map(str, level.index[~(area > 0)][:5]))
        raise MissingDataError(f"places.area_km2: the time to change between layers needs it for {lost}",
                               hint="or state [options.multilayer] change_min")  # fmt: skip
    return pd.Series(TimesOptions.of(cluster.options.get("times", {})).road_min(own_km(area)), index=level.index)


def _services(cluster: Cluster) -> pd.DataFrame:
    rows = cluster.services
    if rows.empty:
        raise MissingDataError("tables/services.csv has no direct services", hint="services:CLASS needs them")
    timetable = str(cluster.attrs.get("timetable", ""))
    return rows[(rows["timetable"] == timetable) & (rows["mode"] == "rail")]


def _trains(cluster: Cluster, index: pd.Index[str], name: str) -> pd.DataFrame:
    """Direct trains a day between places: those of the busiest pair of stops, a lower bound."""
    rows = _services(cluster)
    rows = rows[rows["service"].str.split().str[0] == name]
    unit = ancestor(cluster.places, str(cluster.attrs["level"]))
    place = cluster.nodes["place_id"].map(unit.to_dict())
    frame = pd.DataFrame({
        "a": rows["origin"].map(place.to_dict()), "b": rows["destination"].map(place.to_dict()),
        "origin": rows["origin"], "destination": rows["destination"], "n": rows["services_per_day"].astype(float),
    }).dropna()  # fmt: skip
    pair = frame.groupby(["a", "b", "origin", "destination"], as_index=False)["n"].sum()
    busiest = pd.DataFrame(pair.groupby(["a", "b"])["n"].max().unstack())
    return busiest.reindex(index=index, columns=index)
