"""Ways through several layers, and what is left of them when links of one, of all, or whole places fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.multilayer import layered_times, mutual_part
from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError
from megaregion.links.hard.demand import pair_demand
from megaregion.links.hard.layer_frames import MultilayerOptions, way_minutes
from megaregion.links.hard.multilayer_tables import LayeredTimesResult, LayerFailuresResult
from megaregion.links.hard.rail_failures import RailFailureOptions, hours_of, lacking, rail_demand, rail_failures
from megaregion.links.hard.times import times
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Progress = Callable[[int, int], None]
RANDOM, LARGEST = "by chance", "most demand first"
ALL, PLACES = "all layers", "places"
GAIN = 1e-6  # minutes that are no rounding
LARGE = 150  # places: beyond, fewer orders and points are drawn, since every one is a search over all layers


@dataclass(frozen=True, kw_only=True)
class LayerFailureOptions:
    """How layers fail.

    Attributes
    ----------
    most : float
        Share of links (places) that fail at most, 0 < most <= 1.
    steps, draws : int
        Points of each curve beside the start; orders of chance.
    unit : str
        Of the demand.
    """

    most: float = 0.5
    steps: int = 5
    draws: int = 10
    unit: str = "person"

    def __post_init__(self) -> None:
        wrong = [] if 0 < self.most <= 1 else [f"most must be a share, 0 < most <= 1, got {self.most!r}"]
        counts = {"steps": self.steps, "draws": self.draws}
        wrong += [f"{name} must be at least 1, got {value!r}" for name, value in counts.items() if value < 1]
        if wrong:
            raise InputError("layer failures: " + "; ".join(wrong))


def failures_of_cluster(
    cluster: Cluster, *, seed: int, adjacent: pd.DataFrame | None = None, hazards: gpd.GeoDataFrame | None = None,
    lenient: bool = False, progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Failing rail of a workspace, ways that join rail and road, and both layers failing together.

    Parameters
    ----------
    cluster : Cluster
        [options.rail_failures], [options.times]; [options.multilayer] change_min, minutes to change between rail and
        road at a center, which is 0 by default: ways to stations and to the car are inside the minutes.
    seed : int
    adjacent : DataFrame, optional
        Units that share a border; without it rail and road do not fail together.
    hazards : GeoDataFrame, optional
        Polygons: as in `rail_failures`; in both layers the units whose center lies inside fail.
    lenient : bool
        Nothing instead of an error where the workspace has no rail that could fail.
    progress : callable, optional
        Told done and all.

    Raises
    ------
    InputError, MissingDataError
        As `rail_failures`, `through_layers`, `layer_failures`.
    """
    if lenient and lacking(cluster):
        return {}
    options = RailFailureOptions.of(cluster.options.get("rail_failures", {}))
    out = rail_failures(cluster, options, seed=seed, hazards=hazards, progress=progress)
    index = units(cluster).index
    stated = MultilayerOptions.of(cluster.options.get("multilayer", {})).change_min
    change = pd.Series(0.0 if stated is None else stated, index=index)
    skim = times(cluster)
    out["layered_times"] = through_layers({"rail": skim.rail, "road": skim.road}, change)
    if adjacent is None:
        return out
    values, unit, _ = rail_demand(cluster, index, options.layer)
    large = len(index) > LARGE
    chosen = LayerFailureOptions(draws=min(options.draws, 3) if large else options.draws, steps=2 if large else 5,
                                 unit=unit)  # fmt: skip
    out["layer_failures"] = layer_failures(
        way_minutes(cluster, adjacent), change, pd.DataFrame(values, index, index), chosen, seed=seed,
        hazards=_inside(cluster, hazards), progress=progress,
    )  # fmt: skip
    return out


def _inside(cluster: Cluster, hazards: gpd.GeoDataFrame | None) -> dict[str, list[str]] | None:
    if hazards is None:
        return None
    import shapely

    level = units(cluster)
    points = shapely.points(level[["lon", "lat"]].to_numpy(float))
    areas = hazards.to_crs("EPSG:4326")
    return {str(name): [str(p) for p in level.index[shapely.intersects(area, points)]] for name, area in
            zip(areas.index, areas.geometry, strict=True)}  # fmt: skip


def through_layers(direct: Mapping[str, pd.DataFrame], change_min: pd.Series) -> LayeredTimesResult:
    """Fastest way within one layer against the fastest through all.

    Parameters
    ----------
    direct : mapping of str to DataFrame
        Layer -> minutes of direct ways between places, > 0, rows origin; infinite or missing where there is none.
    change_min : Series
        Minutes to change between layers in each place.

    Raises
    ------
    InputError
        Fewer than two layers, other places, minutes that are not above zero.
    """
    index, stack = _stack(direct, change_min)
    n, k = len(index), len(stack)
    shut, join = np.full((n, k, k), np.inf), _change(change_min, index, k)
    alone = np.array([layered_times(one[None], shut[:, :1, :1]) for one in stack])
    best, through = alone.min(axis=0), layered_times(stack, join)
    a, b = np.nonzero(~np.eye(n, dtype=bool))
    names = np.array(list(direct), dtype=object)
    one, many = best[a, b], through[a, b]
    table = pd.DataFrame({
        "origin": index.to_numpy(object)[a], "destination": index.to_numpy(object)[b],
        "one_layer_min": np.where(np.isfinite(one), one, np.nan),
        "layer": np.where(np.isfinite(one), names[alone.argmin(axis=0)[a, b]], ""),
        "through_min": np.where(np.isfinite(many), many, np.nan),
    })  # fmt: skip
    table["gain_min"] = (table["one_layer_min"] - table["through_min"]).clip(lower=0.0)
    table["needs_several"] = np.isinf(one) & np.isfinite(many)
    uses = table["needs_several"] | (table["gain_min"] > GAIN)
    found = {
        "layers": list(direct), "pairs": int(np.isfinite(many).sum()), "pairs_without_way": int(np.isinf(many).sum()),
        "pairs_that_change_layer": int(uses.sum()), "interdependence": float(uses[np.isfinite(many)].mean()),
        "pairs_only_through_several": int(table["needs_several"].sum()),
    }  # fmt: skip
    return LayeredTimesResult(table=table, found=found, settings={"layers": list(direct)})


def layer_failures(
    direct: Mapping[str, pd.DataFrame], change_min: pd.Series, demand: pd.DataFrame | None = None,
    options: LayerFailureOptions | None = None, *, seed: int,
    hazards: Mapping[str, Sequence[str]] | None = None, progress: Progress | None = None,
) -> LayerFailuresResult:  # fmt: skip
    """Demand without a way, more time, and what hangs together as parts of several layers fail.

    Parameters
    ----------
    direct, change_min
        As in `through_layers`. A link is both directions of a pair of places in a layer.
    demand : DataFrame, optional
        Travellers between places; default: one a pair.
    options : LayerFailureOptions, optional
    seed : int
    hazards : mapping of str to sequence of str, optional
        Name -> places that fail together, in all layers. Low and high of their rows are those of as many places that
        fail by chance.
    progress : callable, optional
        Told done and all.

    Raises
    ------
    InputError, AlignmentError, MissingDataError
        As `through_layers` and `pair_demand`.
    """
    chosen, tell = options or LayerFailureOptions(), progress or (lambda *_: None)
    index, stack = _stack(direct, change_min)
    q = pair_demand(demand, index, index)
    world = _World(stack, _change(change_min, index, len(stack)), q)
    rng, apart, rows = generator(seed, "layer failures"), generator(seed, "layer hazards"), []
    groups = {name: world.links(k) for k, name in enumerate(direct)}
    groups |= {ALL: np.concatenate(list(groups.values())), PLACES: np.arange(len(index))[:, None]}
    for done, (name, parts) in enumerate(groups.items()):
        tell(done, len(groups))
        rows += world.curves(name, parts, chosen, rng)
    strange = sorted({p for places in (hazards or {}).values() for p in places} - set(index))
    if strange:
        raise InputError(f"hazards name places that no layer has: {', '.join(map(str, strange[:5]))}")
    for name, places in (hazards or {}).items():
        at = index.get_indexer(pd.Index(list(places)))[:, None]
        rows.append(_row(name, PLACES, len(at), len(at) / len(index), world.without(at),
                         *world.by_chance(len(at), chosen.draws, apart)))  # fmt: skip
    tell(len(groups), len(groups))
    lost = int(((q > 0) & ~np.isfinite(world.base)).sum())
    said = ["minutes are held: what is left does not fill up"]
    said += [f"{lost} pairs with demand have no way even while all works and are left out"] if lost else []
    table = pd.DataFrame(rows)
    if chosen.unit == "10000 persons":
        table.loc[:, table.columns.str.startswith("extra_hours")] *= 1e4
    settings = {**asdict(chosen), "seed": seed, "layers": list(direct)}
    return LayerFailuresResult(table=table, hours=hours_of(chosen.unit), settings=settings, warnings=tuple(said))


class _World:
    """Layers with their demand; parts that fail are rows (layer, a, b) or (place,)."""

    def __init__(self, stack: Floats, change: Floats, demand: Floats) -> None:
        self.stack, self.change, self.demand = stack, change, demand
        self.base = layered_times(stack, change)

    def links(self, layer: int) -> Ints:
        there = np.isfinite(self.stack[layer])
        a, b = np.nonzero(np.triu(there | there.T, 1))
        return np.column_stack([np.full(len(a), layer), a, b])

    def weight(self, parts: Ints) -> Floats:
        both = self.demand + self.demand.T
        out: Floats = both.sum(axis=1)[parts[:, 0]] if parts.shape[1] == 1 else both[parts[:, 1], parts[:, 2]]
        return out

    def curves(
        self, name: str, parts: Ints, options: LayerFailureOptions, rng: np.random.Generator
    ) -> list[dict[str, object]]:
        last = max(1, round(options.most * len(parts)))
        stops = sorted({int(s) for s in np.rint(np.linspace(0, last, options.steps + 1))})
        drawn = []
        for _ in range(options.draws):
            order = rng.permutation(len(parts))
            drawn.append([self.without(parts[order[:s]]) for s in stops])
        out = []
        for i, stop in enumerate(stops):
            frame = pd.DataFrame([curve[i] for curve in drawn])
            low, high = frame.quantile(0.05), frame.quantile(0.95)
            out.append(_row(RANDOM, name, stop, stop / len(parts), dict(frame.mean()), low, high))
        order = np.argsort(-self.weight(parts), kind="stable")
        return out + [_row(LARGEST, name, s, s / len(parts), self.without(parts[order[:s]])) for s in stops]

    def by_chance(self, count: int, draws: int, rng: np.random.Generator) -> tuple[pd.Series, pd.Series]:
        """5th and 95th percentile without so many places."""
        drawn = pd.DataFrame([self.without(rng.permutation(len(self.base))[:count, None]) for _ in range(draws)])
        return drawn.quantile(0.05), drawn.quantile(0.95)

    def without(self, parts: Ints) -> dict[str, float]:
        stack, n = self.stack.copy(), self.stack.shape[1]
        alive = np.ones(n, bool)
        if parts.shape[1] == 1:
            alive[parts[:, 0]] = False
            stack[:, ~alive, :] = np.inf
            stack[:, :, ~alive] = np.inf
        else:
            layer, a, b = parts.T
            stack[layer, a, b] = stack[layer, b, a] = np.inf
        time = layered_times(stack, self.change)
        had, has = np.isfinite(self.base), np.isfinite(time)
        total = float(self.demand[had].sum())
        both = had & has
        edges = [_edges(one) for one in stack]
        merged = (np.concatenate([a for a, _ in edges]), np.concatenate([b for _, b in edges]))
        return {
            "unserved_percent": 100.0 * float(self.demand[had & ~has].sum()) / total if total > 0 else 0.0,
            "extra_hours": max(float((self.demand[both] * (time[both] - self.base[both])).sum()), 0.0) / 60.0,
            "largest_part": float(mutual_part([merged], alive).mean()),
            "mutual_part": float(mutual_part(edges, alive).mean()),
        }


def _edges(minutes: Floats) -> tuple[Ints, Ints]:
    there = np.isfinite(minutes)
    a, b = np.nonzero(np.triu(there | there.T, 1))
    return a, b


def _stack(direct: Mapping[str, pd.DataFrame], change_min: pd.Series) -> tuple[pd.Index[str], Floats]:
    problems = [] if len(direct) > 1 else [f"two layers are needed, got {', '.join(direct) or 'none'}"]
    index = change_min.index
    if not (change_min.to_numpy(float) >= 0).all():
        problems.append("change_min must be minutes >= 0 for every place")
    for name, frame in direct.items():
        if len(index.symmetric_difference(frame.index)) or len(index.symmetric_difference(frame.columns)):
            problems.append(f"layer {name} has other places than change_min")
        elif (bad := frame.to_numpy(float)[frame.to_numpy(float) <= 0]).size:
            problems.append(f"layer {name}: minutes must be above zero, {bad.size} are not; leave out what is no link")
    if problems:
        raise InputError("; ".join(problems))
    stack = np.array([f.reindex(index=index, columns=index).to_numpy(float) for f in direct.values()])
    stack = np.where(np.isnan(stack), np.inf, stack)
    stack[:, np.arange(len(index)), np.arange(len(index))] = np.inf
    return index, stack


def _change(change_min: pd.Series, index: pd.Index[str], layers: int) -> Floats:
    out = np.repeat(change_min.reindex(index).to_numpy(float), layers * layers)
    return out.reshape(len(index), layers, layers)


def _row(
    failure: str, layer: str, gone: int, share: float, values: Mapping[str, float], low: pd.Series | None = None,
    high: pd.Series | None = None,
) -> dict[str, object]:  # fmt: skip
    out: dict[str, object] = {"failure": failure, "layer": layer, "gone": float(gone), "share_gone": share}
    for name, value in values.items():
        out[str(name)] = value
        out[f"{name}_low"] = np.nan if low is None else low[name]
        out[f"{name}_high"] = np.nan if high is None else high[name]
    return out
