"""How places are tied to a network of roads: which junction, how far, on which part, and what looks wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.map_network import nearest_junctions, parts
from megaregion.data.road_map import RoadMap
from megaregion.data.roads import Roads
from megaregion.errors import InputError
from megaregion.result import Column, Result

FORMULA = "methods#snapping"


def _column(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, formula=FORMULA)


@dataclass(frozen=True, eq=False, kw_only=True)
class Snapping(Result):
    """Places and the junction at which each begins.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    flag_km : float
    """

    table: pd.DataFrame
    flag_km: float

    title_en: ClassVar[str] = "How places are tied to the roads"
    title_zh: ClassVar[str] = "地点与路网的连接"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地点", key=True),
        _column("lon", "degree", "Longitude of the place", "地点经度"),
        _column("lat", "degree", "Latitude of the place", "地点纬度"),
        _column("node", "", "Junction of the network", "路网节点"),
        _column("distance_km", "km", "Way to it, straight", "到节点直线距离"),
        _column("nearest_km", "km", "Nearest junction of any part", "最近节点（任意连通分量）距离"),
        _column("component", "", "Part of the nearest junction (1: the largest, which is kept)",
                "最近节点所在连通分量（1为保留的最大分量）"),
        _column("component_share", "percent", "Junctions on that part", "该分量节点占比"),
        _column("how", "", "How it was tied", "连接方式"),
        _column("flagged", "", "Farther than the threshold, or past a nearer junction", "需核对"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place, the farthest first."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Threshold of the flag."""
        return {"flag_km": self.flag_km}

    def facts(self) -> dict[str, Any]:
        """Median and largest distance, places flagged and tied past a nearer junction."""
        rows = self.table
        return {"places": len(rows), "distance_km_median": float(rows["distance_km"].median()),
                "distance_km_max": float(rows["distance_km"].max()), "flagged": int(rows["flagged"].sum()),
                "past_a_nearer_junction": int((rows["component"] > 1).sum())}  # fmt: skip


def snapping(roads: RoadMap, made: Roads, places: pd.DataFrame, *, flag_km: float = 2.0) -> Snapping:
    """Report how `megaregion.data.map_network.map_network` tied places to roads.

    Parameters
    ----------
    roads : RoadMap
        What the network was made of.
    made : Roads
        The network, with a node ``place:<id>`` for each place.
    places : DataFrame
        Index place_id; lon, lat.
    flag_km : float
        Places farther from their junction than this are flagged.

    Raises
    ------
    InputError
        The threshold is not above zero.
    """
    if isinstance(flag_km, bool) or not flag_km > 0:
        raise InputError(f"the distance from which places are flagged must be > 0, got {flag_km!r}")
    part = parts(roads)
    size = np.bincount(part)
    at, near = nearest_junctions(roads, places)
    ends = made.links.loc[[f"place:{p}" for p in places.index], "to_node"].to_numpy(object)
    there = made.nodes.loc[ends, ["x", "y"]].set_axis(["lon", "lat"], axis=1).reset_index(drop=True)
    far = _straight(places, there)
    apart = part[at] > 1
    how = np.where(apart, "nearest junction of the largest part: a nearer one cannot be left for the rest and reached",
                   "nearest junction")  # fmt: skip
    table = pd.DataFrame({
        "place_id": places.index.astype(str), "lon": places["lon"].to_numpy(float),
        "lat": places["lat"].to_numpy(float), "node": ends, "distance_km": far, "nearest_km": near,
        "component": part[at], "component_share": 100.0 * size[part[at]] / len(part), "how": how,
        "flagged": (far > flag_km) | apart,
    })  # fmt: skip
    said = []
    if table["flagged"].any():
        first = table[table["flagged"]].sort_values("distance_km", ascending=False)
        some = ", ".join(f"{p} ({d:.1f} km)" for p, d in first[["place_id", "distance_km"]].head(5).to_numpy())
        said.append(f"{len(first)} places should be looked at: farther than {flag_km:g} km from their junction, or "
                    f"tied past a nearer one: {some}")  # fmt: skip
    if (shared := table["node"].duplicated(keep=False)).any():
        said.append(f"{int(shared.sum())} places share their junction with another: nothing lies between them")
    table = table.sort_values(["distance_km", "place_id"], ascending=[False, True], ignore_index=True)
    return Snapping(table=table, flag_km=flag_km, warnings=tuple(said))


def _straight(places: pd.DataFrame, there: pd.DataFrame) -> np.ndarray:
    from megaregion.core.sphere import great_circle_km

    return np.asarray(great_circle_km(places["lon"].to_numpy(float), places["lat"].to_numpy(float),
                                      there["lon"].to_numpy(float), there["lat"].to_numpy(float)))  # fmt: skip
