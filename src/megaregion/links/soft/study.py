"""All that the soft links of a workspace can be asked beside its borders, as far as its tables allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, ancestor, groups, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.barriers import BorderOptions, dyads
from megaregion.links.soft.border_wild import border_wild, few_group_pairs
from megaregion.links.soft.gravity_layers import LEFT_ZH, gravity_layers, sticky_layer
from megaregion.links.soft.price_border import LEAST_CHANGES, LEAST_PLACES, price_border
from megaregion.links.soft.segmentation import SegmentationResult, segmentation
from megaregion.links.soft.service_study import Minutes, services_and_rights
from megaregion.links.soft.spillover_of_cluster import SpilloverOptions, neighbours, spillover_of_cluster
from megaregion.result import Column, Input, Result

Progress = Callable[[int, int, str], None]
Left = tuple[str, str, str]


@dataclass(frozen=True, eq=False, kw_only=True)
class PartsResult(Result):
    """What was computed, and what was not and why."""

    table: pd.DataFrame

    title_en: ClassVar[str] = "Soft links: what could be computed"
    title_zh: ClassVar[str] = "软联系：已计算与未计算的内容"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("part", "", "Part", "内容", key=True),
            Column("computed", "", "Computed", "已计算"),
            Column("note_en", "", "What is missing", "缺少什么（英文）"),
            Column("note_zh", "", "What is missing, in Chinese", "缺少什么"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a part."""
        return self.table


def soft_links(
    cluster: Cluster, minutes: Minutes, *, seed: int, adjacent: pd.DataFrame | None = None,
    priced: pd.DataFrame | None = None, progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Gravity and stickiness of flows, spillover of growth, shared services, portability and market segmentation.

    Parameters
    ----------
    cluster : Cluster
    minutes : callable
        Travel times between rows of places, for shared services.
    seed : int
        Of simulated intervals.
    adjacent : DataFrame, optional
        Columns place_a, place_b: places of [options.spillover] that share a border.
    priced : DataFrame, optional
        The same for the places of tables/prices.csv.
    progress : callable, optional
        Called as ``progress(done, total, text)``.

    Returns
    -------
    dict of str to Result
        `parts`, and those of `gravity`, `expected`, `stickiness`, `border_change`, `border_wild` (where few pairs of
        groups carry a border), `spillover`, `spillover_space`, `service_*`, `facilities_*`, `portability`,
        `segmentation` and `price_border` that the tables allow.

    Raises
    ------
    InputError, MissingDataError
        An option or a table that is there cannot be used.
    """
    found: dict[str, Result] = {}
    left: list[Left] = []
    for tables, lost in (
        flows_of_cluster(cluster, progress), _wild(cluster, seed), _spillover(cluster, seed, adjacent),
        _services(cluster, minutes), _segmentation(cluster, priced),
    ):  # fmt: skip
        found |= tables
        left += lost
    return {"parts": _parts(found, left), **found}


def flows_of_cluster(cluster: Cluster, progress: Progress | None = None) -> tuple[dict[str, Result], list[Left]]:
    """Tables of `gravity_layers` over the great circle, and what is left out."""
    panel = cluster.further["flow_panel"] if _stated(cluster, "flow_panel") else None
    if not cluster.flows and panel is None:
        return {}, [("flows", "no table of flows (tables/flows.csv)", "没有流量表（tables/flows.csv）")]
    level = units(cluster)
    far = pd.DataFrame(matrix_km(level["lon"], level["lat"]), level.index, level.index)
    options = BorderOptions.of(cluster.options.get("border", {}))
    study = gravity_layers(cluster.flows, far, groups(cluster), options=options, panel=panel, progress=progress)
    left: list[Left] = list(study.left_out)
    if panel is None:
        left.append(("persistence", "flows of several periods (tables/flow_panel.csv)",
                     "多个时期的流量（tables/flow_panel.csv）"))  # fmt: skip
    return study.tables, left


def sticky(cluster: Cluster, layer: str, distance: pd.DataFrame) -> dict[str, Result]:
    """`stickiness` of one layer and, with several periods of it in tables/flow_panel.csv, `border_change`.

    Parameters
    ----------
    cluster : Cluster
    layer : str
        Of the panel, else of the flows.
    distance : DataFrame
        Square; NaN where there is no way, which leaves excess linkage out.
    """
    panel = cluster.further["flow_panel"] if _stated(cluster, "flow_panel") else None
    rows = None if panel is None else panel[panel["layer"] == layer]
    options = BorderOptions.of(cluster.options.get("border", {}))
    flow = cluster.flows.get(layer) if rows is None or rows.empty else None
    return sticky_layer(
        flow, rows, layer=layer, distance=None if distance.isna().to_numpy().any() else distance,
        groups=groups(cluster), zero=layer in options.absent_is_zero,
    )  # fmt: skip


def _wild(cluster: Cluster, seed: int) -> tuple[dict[str, Result], list[Left]]:
    """Intervals for few pairs of groups, of the layers that have few and not too many pairs of places."""
    level, options = units(cluster), BorderOptions.of(cluster.options.get("border", {}))
    far = pd.DataFrame(matrix_km(level["lon"], level["lat"]), level.index, level.index)
    own, layers = groups(cluster), {}
    for layer, flow in cluster.flows.items():
        square, zero = flow.reindex(index=level.index, columns=level.index), layer in options.absent_is_zero
        try:
            pairs = dyads(square, far, own, absent_is_zero=zero)
            if len(pairs.rows) <= options.full_rows and few_group_pairs(pairs):
                layers[layer] = pairs
        except InputError:  # no border is identified: links/border says why
            continue
    return ({"border_wild": border_wild(layers, seed=seed)} if layers else {}), []


def _spillover(cluster: Cluster, seed: int, adjacent: pd.DataFrame | None) -> tuple[dict[str, Result], list[Left]]:
    given = cluster.options.get("spillover")
    if not given:
        return {}, [("spillover", "cores and an indicator that grows ([options.spillover])",
                     "核心城市与增长指标（[options.spillover]）")]  # fmt: skip
    return spillover_of_cluster(cluster, SpilloverOptions.of(given), seed=seed, adjacent=adjacent), []


def _services(cluster: Cluster, minutes: Minutes) -> tuple[dict[str, Result], list[Left]]:
    stated = _stated(cluster, "services_supply")
    left: list[Left] = []
    if not stated:
        left.append(("shared services", "facilities and who may use them (tables/services_supply.csv, recognition.csv)",
                     "设施及其服务对象（tables/services_supply.csv、recognition.csv）"))  # fmt: skip
    elif "shared_services" not in cluster.options:
        left.append(("shared services", "how far people go ([options.shared_services]: zones or reach_min)",
                     "出行范围（[options.shared_services] 的 zones 或 reach_min）"))  # fmt: skip
        rest = {k: v for k, v in cluster.further.items() if k != "services_supply"}
        cluster = cluster.replace(further=rest)
    try:
        got = services_and_rights(cluster, minutes)
    except MissingDataError:
        if stated and not left:
            raise
        got = {}
    if "portability" not in got:
        left.append(("portability", "which social rights go along (tables/recognition.csv)",
                     "社保等权益的互认（tables/recognition.csv）"))  # fmt: skip
    return {_name(name): table for name, table in got.items()}, left


def _name(name: str) -> str:
    if name == "portability":
        return name
    service, suffix = name.removesuffix("_facilities"), name.endswith("_facilities")
    return ("facilities_" if suffix else "service_") + re.sub(r"[^\w-]+", "_", service)  # names of files


def _segmentation(cluster: Cluster, adjacent: pd.DataFrame | None) -> tuple[dict[str, Result], list[Left]]:
    if not _stated(cluster, "prices"):
        return {}, [("market segmentation", "prices of several goods by place and period (tables/prices.csv)",
                     "分地区、分时期的多种商品价格（tables/prices.csv）")]  # fmt: skip
    return prices_of_cluster(cluster, adjacent), []


def prices_of_cluster(cluster: Cluster, adjacent: pd.DataFrame | None = None) -> dict[str, Result]:
    """`segmentation` and, with six places at points of their own and three changes, `price_border` between groups.

    Parameters
    ----------
    cluster : Cluster
    adjacent : DataFrame, optional
        As in `segmentation_of_cluster`.

    Raises
    ------
    InputError, MissingDataError
        As `segmentation_of_cluster` and `price_border`.
    """
    near = segmentation_of_cluster(cluster, adjacent)
    found: dict[str, Result] = {"segmentation": near}
    at = cluster.places.loc[sorted(near.table["place"].unique())]
    points = at[["lon", "lat"]]
    short = len(at) < LEAST_PLACES or near.table["period"].nunique() < LEAST_CHANGES
    if short or points.isna().to_numpy().any() or points.duplicated().any():  # the rest does not depend on it
        return found
    group = ancestor(cluster.places, str(cluster.attrs["group"])).reindex(at.index)
    at = at.assign(group=at.index if group.isna().any() else group)  # each its own group: distance only, and it says so
    rows = cluster.further["prices"].rename(columns={"place_id": "place"})[["place", "good", "period", "price"]]
    wide = price_border(rows.astype({"period": "int64"}), at, kind=near.kind)
    return {**found, "price_border": replace(wide, inputs=(Input("tables/prices.csv"),))}


def segmentation_of_cluster(cluster: Cluster, adjacent: pd.DataFrame | None = None) -> SegmentationResult:
    """Market segmentation from tables/prices.csv between neighbours.

    Parameters
    ----------
    cluster : Cluster
    adjacent : DataFrame, optional
        Columns place_a, place_b; without it neighbours by the points of the places.

    Raises
    ------
    InputError, MissingDataError
        There is no table of prices, it mixes prices and indices or levels of places, or as `segmentation`.
    """
    rows = cluster.further.get("prices")
    if rows is None or rows.empty:
        raise MissingDataError("the workspace has no prices", hint="tables/prices.csv: place_id, good, period, price")
    kinds = sorted(map(str, rows["kind"].unique()))
    if len(kinds) > 1 or kinds[0] not in ("price", "index"):
        raise InputError(f"prices.kind must be price or index, one for the whole table, got {', '.join(kinds)}")
    strange = sorted(set(rows["place_id"]) - set(cluster.places.index))
    if strange:
        raise InputError(f"prices.place_id: no places: {', '.join(strange[:5])}")
    if "unit" in rows and (rows.groupby("good")["unit"].nunique() > 1).any():
        raise InputError("prices: a good has several units")
    places = cluster.places.loc[sorted(set(rows["place_id"]))]
    if places["kind"].nunique() > 1:
        raise InputError(f"prices name places of several levels: {', '.join(sorted(places['kind'].unique()))}")
    pairs, note = neighbours(places, adjacent)
    table = rows.rename(columns={"place_id": "place"})[["place", "good", "period", "price"]]
    found = segmentation(table.astype({"period": "int64"}), pairs, kind=kinds[0])  # type: ignore[arg-type] # checked
    inputs = (Input("tables/prices.csv", {"place_id": "{place}"}),)
    return replace(found, inputs=inputs, warnings=found.warnings + note)


def _stated(cluster: Cluster, table: str) -> bool:
    return table in cluster.further and not cluster.further[table].empty


_DONE = {
    "gravity": "gravity", "stickiness": "stickiness", "border_change": "change of borders", "spillover": "spillover",
    "portability": "portability", "segmentation": "market segmentation",
}  # fmt: skip


def _parts(found: dict[str, Result], left: Sequence[Left]) -> PartsResult:
    rows: list[dict[str, Any]] = [
        {"part": text, "computed": True, "note_en": "", "note_zh": ""} for name, text in _DONE.items() if name in found
    ]
    if any(name.startswith("service_") for name in found):
        rows.append({"part": "shared services", "computed": True, "note_en": "", "note_zh": ""})
    rows += [{"part": part, "computed": False, "note_en": en, "note_zh": zh} for part, en, zh in left]
    failed = tuple(f"{part} is left out: {en}" for part, en, zh in left if zh == LEFT_ZH)
    return PartsResult(table=pd.DataFrame(rows, columns=["part", "computed", "note_en", "note_zh"]), warnings=failed)
