"""Robustness of a road network: by chance, by aim, and where a hazard strikes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.link_failures import FailingNetwork, Performance
from megaregion.data.roads import Roads, lines
from megaregion.data.trips import Trips
from megaregion.errors import InputError
from megaregion.result import Column, Input, Result

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
FORMULA = "methods#robustness"
RANDOM, BUSIEST, ADAPTIVE = "by chance", "busiest first", "busiest of what is left"
_MEASURES = ("unserved_percent", "extra_cost", "largest_part", "second_part")


@dataclass(frozen=True, kw_only=True)
class RobustnessOptions:
    """How roads fail.

    Attributes
    ----------
    most : float
        Share of the roads that may fail at most, 0 < most <= 1.
    steps : int
        Points of each curve beside the start.
    draws : int
        Orders drawn for failures by chance; intervals are their 5th and 95th percentile.
    toll_weight, distance_weight : float
        Time that a unit of toll and of length are worth.
    """

    most: float = 0.2
    steps: int = 10
    draws: int = 20
    toll_weight: float = 0.0
    distance_weight: float = 0.0

    def __post_init__(self) -> None:
        wrong = [] if 0 < self.most <= 1 else [f"most must be a share, 0 < most <= 1, got {self.most!r}"]
        counts = {"steps": self.steps, "draws": self.draws}
        wrong += [f"{name} must be at least 1, got {value!r}" for name, value in counts.items() if value < 1]
        if wrong:
            raise InputError("robustness: " + "; ".join(wrong))


@dataclass(frozen=True, eq=False, kw_only=True)
class RobustnessResult(Result):
    """What is left of a network as roads fail.

    Attributes
    ----------
    roads : Roads
    table : DataFrame
        Columns as in `describe()`.
    links : DataFrame
        A row a link: link_id, demand_through (of its road, both directions), order_once and order_anew (when its road
        goes among the busiest; missing where it does not), hazards (those that strike it, with ; between them).
    found, settings : dict
        What `facts()` and `parameters()` give.
    """

    roads: Roads
    table: pd.DataFrame
    links: pd.DataFrame
    found: dict[str, Any]
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Road network as roads fail"
    title_zh: ClassVar[str] = "路段失效下的路网韧性"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; units are those of the network."""
        given = (Input("tables/links.csv"),)

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=given)

        out = [
            Column("failure", "", "How roads fail", "失效方式", key=True),
            Column("roads_gone", "count", "Roads that have failed", "失效路段数", key=True),
            column("share_gone", "share", "Share of the roads that can fail", "失效路段占比"),
        ]
        for name, unit, en, zh in (
            ("unserved_percent", "percent", "Demand without a way", "无路可达的需求比重"),
            ("extra_cost", self.roads.units.product(), "More cost of those still served", "仍可达需求的额外费用"),
            ("largest_part", "share", "Nodes in the largest part", "最大连通部分的节点比重"),
            ("second_part", "share", "Nodes in the second largest part", "第二大连通部分的节点比重"),
        ):
            out.append(column(name, unit, en, zh))
            out.append(column(f"{name}_low", unit, f"{en}, 5th percentile by chance", f"{zh}（随机失效5%分位）"))
            out.append(column(f"{name}_high", unit, f"{en}, 95th percentile by chance", f"{zh}（随机失效95%分位）"))
        return tuple(out)

    def to_frame(self) -> pd.DataFrame:
        """One row a kind of failure and number of roads."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Options and network."""
        return {**self.settings, "network": self.roads.name}

    def facts(self) -> dict[str, Any]:
        """Roads that can fail, the mean largest part of each kind (Schneider et al. 2011), and the first to go."""
        return dict(self.found)


def robustness(
    roads: Roads, trips: Trips, options: RobustnessOptions | None = None, *, seed: int, flow: Floats | None = None,
    hazards: gpd.GeoDataFrame | None = None, progress: Callable[[int, int], None] | None = None,
) -> RobustnessResult:  # fmt: skip
    """Demand cut off and further to go as roads fail by chance, by aim and where hazards strike.

    Parameters
    ----------
    roads : Roads
        A road is all links between the same two nodes; they fail together. Ways between a centroid and the network
        cannot fail.
    trips : Trips
    options : RobustnessOptions, optional
    seed : int
    flow : array (links,), optional
        Flows whose costs are taken and held; default: empty roads.
    hazards : GeoDataFrame, optional
        Polygons, index their name: all roads that touch one fail together. The network needs coordinates and a
        reference system. Low and high of their rows are those of as many roads that fail by chance.
    progress : callable, optional
        Told done and all.

    Raises
    ------
    InputError
        Options are out of range, trips go to unknown zones, no road can fail, or the network has no coordinates for
        hazards.

    Notes
    -----
    Costs are held: roads that fill up because others are gone cost more than that. `largest_part` against `second_part`
    shows where the network falls apart: the second is largest there. R = mean of the largest part over the curve
    (Schneider et al. 2011, PNAS 108; over the whole curve only with ``most=1``).
    """
    chosen = options or RobustnessOptions()
    network = roads.network(toll_weight=chosen.toll_weight, distance_weight=chosen.distance_weight)
    cost = network.cost(np.zeros(network.links) if flow is None else np.asarray(flow, dtype=np.float64))
    cost = np.where(network.closed, np.inf, cost)
    demand = trips.aligned(roads.zones).matrix().toarray()
    failing = FailingNetwork.of(network, cost, demand)
    able = int(failing.may_fail.sum())
    if not able:
        raise InputError("no road can fail: all links belong to centroids", hint="nodes that may not be passed")
    struck = {} if hazards is None else _struck(roads, failing, hazards)
    last = max(1, round(chosen.most * able))
    stops = sorted({int(stop) for stop in np.rint(np.linspace(0, last, chosen.steps + 1))})
    rng, whole = generator(seed, "robustness"), chosen.draws * (1 + len(struck)) + 2
    apart = generator(seed, "robustness hazards")
    tell = progress or (lambda *_: None)
    drawn = []
    for k in range(chosen.draws):
        tell(k, whole)
        drawn.append(failing.curve(failing.random_order(rng), stops))
    tell(chosen.draws, whole)
    once = failing.busiest_order()
    aimed = failing.curve(once, stops)
    tell(chosen.draws + 1, whole)
    order, adapted = failing.adaptive_curve(stops)
    rows = _drawn_rows(drawn, stops, able) + _rows(BUSIEST, aimed, stops, able) + _rows(ADAPTIVE, adapted, stops, able)
    for k, (name, gone) in enumerate(struck.items()):
        count, many = int(gone.sum()), []
        for j in range(chosen.draws):
            tell(chosen.draws * (1 + k) + 2 + j, whole)
            many.append(_values(failing.curve(failing.random_order(apart), [count])[0]))
        low, high = (pd.DataFrame(many).quantile(q) for q in (0.05, 0.95))
        rows.append(_row(name, count, able, _values(failing.performance(gone)), low, high))
    tell(whole, whole)
    table = pd.DataFrame(rows)
    base = np.where(np.isfinite(failing.base), failing.base, 0.0)
    found: dict[str, Any] = {
        "roads": able, "total_cost": float((failing.demand * base).sum()), "total_cost_unit": roads.units.product(),
        "first_to_go": _names(roads, failing, order[:5]),
    }  # fmt: skip
    for kind in (RANDOM, BUSIEST, ADAPTIVE):
        found[f"mean largest part, {kind}"] = float(table.loc[table["failure"] == kind, "largest_part"].mean())
    held = "of empty roads" if flow is None else "at the given flows"
    said = [f"costs {held} are held: queues on the roads that are left are not counted"]
    if not failing.demand.any():
        said.append("no trips between zones: only what hangs together is measured")
    lost = int(((failing.demand > 0) & ~np.isfinite(failing.base)).sum())
    said += [f"{lost} pairs with demand have no way even on the whole network and are left out"] if lost else []
    settings = {**asdict(chosen), "seed": seed, "costs": "empty roads" if flow is None else "given flows"}
    where = _links(roads, failing, (once[:last], order), struck)
    return RobustnessResult(roads=roads, table=table, links=where, found=found, settings=settings,
                            warnings=(*roads.notes, *trips.notes, *said))  # fmt: skip


def _row(
    kind: str, gone: int, able: int, values: Mapping[str, float], low: Any = None, high: Any = None
) -> dict[str, Any]:
    out: dict[str, Any] = {"failure": kind, "roads_gone": gone, "share_gone": gone / able}
    for name in _MEASURES:
        out[name] = values[name]
        out[f"{name}_low"] = np.nan if low is None else low[name]
        out[f"{name}_high"] = np.nan if high is None else high[name]
    return out


def _values(at: Performance) -> dict[str, float]:
    return {"unserved_percent": 100.0 * at.unserved, "extra_cost": at.extra, "largest_part": at.largest,
            "second_part": at.second}  # fmt: skip


def _rows(kind: str, curve: Sequence[Performance], stops: Sequence[int], able: int) -> list[dict[str, Any]]:
    return [_row(kind, stop, able, _values(at)) for stop, at in zip(stops, curve, strict=True)]


def _drawn_rows(drawn: Sequence[Sequence[Performance]], stops: Sequence[int], able: int) -> list[dict[str, Any]]:
    """Means over the draws with percentiles."""
    out = []
    for k, stop in enumerate(stops):
        frame = pd.DataFrame([_values(curve[k]) for curve in drawn])
        low, high = frame.quantile(0.05), frame.quantile(0.95)
        out.append(
            _row(RANDOM, stop, able, {str(name): float(value) for name, value in frame.mean().items()}, low, high)
        )
    return out


def _struck(roads: Roads, failing: FailingNetwork, hazards: gpd.GeoDataFrame) -> dict[str, NDArray[np.bool_]]:
    """Roads that touch each polygon."""
    import shapely

    shapes = lines(roads)
    known = np.array([shape is not None for shape in shapes])
    if not known.any() or not roads.crs or hazards.crs is None:
        raise InputError("hazards need the coordinates of the network and both reference systems",
                         hint="state the system with --crs, or give lon and lat of the nodes")  # fmt: skip
    areas = hazards.to_crs(roads.crs)
    tree = shapely.STRtree(shapes[known])
    out = {}
    for name, area in zip(areas.index, areas.geometry, strict=True):
        gone = np.zeros(failing.roads, bool)
        gone[failing.road[np.flatnonzero(known)[tree.query(area, predicate="intersects")]]] = True
        out[str(name)] = gone & failing.may_fail
    return out


def _links(
    roads: Roads, failing: FailingNetwork, orders: tuple[NDArray[np.intp], NDArray[np.intp]],
    struck: Mapping[str, NDArray[np.bool_]],
) -> pd.DataFrame:  # fmt: skip
    """What befalls each link."""
    load = failing.load(failing.trees(np.zeros(failing.roads, bool)))
    at = []
    for order in orders:
        rank = np.full(failing.roads, np.nan)
        rank[order] = np.arange(1, len(order) + 1)
        at.append(rank[failing.road])
    names = [";".join(name for name, gone in struck.items() if gone[k]) for k in failing.road]
    return pd.DataFrame({"link_id": roads.links.index, "demand_through": load[failing.road], "order_once": at[0],
                         "order_anew": at[1], "hazards": names})  # fmt: skip


def _names(roads: Roads, failing: FailingNetwork, which: NDArray[np.intp]) -> list[str]:
    first = [int(np.flatnonzero(failing.road == k)[0]) for k in which]
    return [str(roads.links.index[k]) for k in first]
