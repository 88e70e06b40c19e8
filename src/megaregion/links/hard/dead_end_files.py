"""Candidates of dead-end roads as files: tables, a GeoPackage, and a card with a map for each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.atomic import replacing
from megaregion.data.road_map import RoadMap
from megaregion.links.hard.border_layers import candidate_lines
from megaregion.links.hard.road_completeness import grade
from megaregion.plot.evidence_card import evidence_card
from megaregion.plot.fonts import style
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

MODELLED = "Way round, time and facing are computed from the map; the gap is a question, not a finding."


def write_dead_ends(
    folder: Path,
    found: Mapping[str, Result],
    roads: RoadMap,
    shapes: gpd.GeoDataFrame,
    *,
    crs: str,
    cards: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write tables (dead_ends, dead_end_rates, completeness), dead_ends.gpkg and a card (PNG) of the first candidates.

    Parameters
    ----------
    folder : Path
        Made if it is not there; files of these names are replaced, each at once.
    found : mapping
        As `megaregion.links.hard.dead_ends.dead_ends` returns it.
    roads : RoadMap
    shapes : GeoDataFrame
        The units, index `place_id`; a column `name` is used where there is one.
    crs : str
        Projected system of the cards.
    cards : int
        How many at most.
    progress : callable, optional
        Told (done, total).

    Returns
    -------
    list of Path
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for name in ("dead_ends", "dead_end_rates", *(["completeness"] if "completeness" in found else [])):
        with replacing(folder / f"{name}.csv") as path:
            found[name].to_frame().to_csv(path, index=False, encoding="utf-8-sig")
        out.append(folder / f"{name}.csv")
    table = found["dead_ends"].to_frame()
    if len(table):
        with replacing(folder / "dead_ends.gpkg") as path:
            candidate_lines(table).to_file(path, layer="dead_ends", driver="GPKG")
        out.append(folder / "dead_ends.gpkg")
    first = table.head(cards)
    if len(first):
        lines, plane = roads.lines().to_crs(crs), shapes.to_crs(crs)
        names = shapes["name"].astype(str).to_dict() if "name" in shapes.columns else {}
        (folder / "cards").mkdir(exist_ok=True)
        for k, row in enumerate(first.to_dict("records")):
            path = folder / "cards" / f"{row['candidate']}.png"
            _card(path, row, lines, plane, names, crs)
            out.append(path)
            if progress is not None:
                progress(k + 1, len(first))
    return out


def _card(
    path: Path, row: Mapping[Hashable, object], lines: gpd.GeoDataFrame, plane: gpd.GeoDataFrame,
    names: Mapping[str, str], crs: str,
) -> None:  # fmt: skip
    import geopandas as gpd

    points = gpd.points_from_xy([row["lon_a"], row["lon_b"]], [row["lat_a"], row["lat_b"]])
    at = gpd.GeoSeries(points, crs="EPSG:4326").to_crs(crs)
    units = [names.get(str(row[f"unit_{s}"]), str(row[f"unit_{s}"])) for s in ("a", "b")]
    roads = [str(row[f"road_{s}"] or row[f"class_{s}"]) for s in ("a", "b")]
    frame = pd.DataFrame({"x": at.x.to_numpy(), "y": at.y.to_numpy(), "label": units})
    with style():
        figure = evidence_card(lines, plane, frame, title=f"{row['candidate']}  {units[0]} – {units[1]}",
                               lines=_words(row, roads), note=MODELLED)  # fmt: skip
        with replacing(path) as part:
            figure.savefig(part, format="png", dpi=150)


def _words(row: Mapping[Hashable, object], roads: list[str]) -> list[str]:
    """What the card says, in English and Chinese terms."""

    def number(name: str, form: str = ".2f") -> str:
        value = float(str(row[name]))
        return "–" if value != value else format(value, form)

    way = f"{number('network_km')} km (× {number('detour_ratio', '.1f')})"
    way = "no way at all  不连通" if row["unconnected"] else way
    known_words = {"not tested": "not tested  未检验", "": "none in the layer  无"}
    barrier = known_words.get(str(row["barrier"]), str(row["barrier"]))
    out = [
        f"Roads 道路: {roads[0]} | {roads[1]}",
        f"Classes 等级: {row['class_a']} | {row['class_b']}",
        f"Gap 间隙: {number('gap_km')} km",
        f"Way round 绕行: {way}",
        f"Facing 朝向偏角: {number('facing_a_deg', '.0f')}° | {number('facing_b_deg', '.0f')}°",
        f"Road behind 后方道路: ≥ {number('run_a_m', '.0f')} m | ≥ {number('run_b_m', '.0f')} m",
        f"Crosses 跨越: {barrier}",
        f"New link 新建用时: {number('new_min', '.1f')} min",
    ]
    if float(str(row["saved_h"])) == float(str(row["saved_h"])):
        out.append(f"Trips save 节省: {number('saved_h', ',.0f')} h")
    known = [
        f"{number(f'completeness_{s}', '.0%')} {grade(float(str(row[f'completeness_{s}'])))}".rstrip() for s in "ab"
    ]
    out.append(f"Map completeness 地图完整度: {known[0]} | {known[1]}")
    return out
