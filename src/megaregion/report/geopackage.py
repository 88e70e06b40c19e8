"""One GeoPackage with everything that has a place, for QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, units
from megaregion.data.geopackage import write_layers
from megaregion.data.stored import StoredTable
from megaregion.report.layer_lines import layer_lines

if TYPE_CHECKING:
    import geopandas as gpd

# tables with one row a place; each becomes columns <table>_<column> of the layer of its level
BY_PLACE = (
    ("nodes", "index"), ("nodes", "size"), ("nodes", "culture_stock"), ("links", "reach"),
    ("links", "accessibility"),
    ("mechanisms", "population_change"), ("equilibrium", "baseline"), ("sensitivities", "places"),
    ("plan", "portfolio_places"),
    ("layers", "multilayer_places"), ("layers", "office_places"), ("layers", "energy_places"),
)  # fmt: skip


def write_geopackage(
    path: Path,
    results: Mapping[str, Mapping[str, StoredTable]],
    cluster: Cluster,
    geometry: gpd.GeoDataFrame | None,
) -> None:
    """Write polygons with their results, places as points, links with their values and scenario results as layers.

    Parameters
    ----------
    path : Path
        The file; it is replaced in one step.
    results : mapping
        Step -> table name -> stored table.
    cluster : Cluster
    geometry : GeoDataFrame or None
        Polygons by `place_id`; None leaves the polygon layers out.
    """
    layers = _polygons(results, cluster, geometry) if geometry is not None else {}
    layers["places"] = _points(cluster.places.reset_index())
    if len(cluster.nodes):
        layers["nodes"] = _points(cluster.nodes.reset_index())
    if len(cluster.links):
        layers["links"] = _links(cluster)
    if (values := results.get("sensitivities", {}).get("links")) is not None and len(values.frame):
        layers["link_values"] = _link_values(values, cluster)
    layers |= _road_map(results.get("road_map", {}), cluster, geometry)
    layers |= _scenarios(results, cluster, geometry) | _flow_roles(results, cluster, geometry)
    layers |= layer_lines(results, cluster)
    write_layers(path, layers)


def _polygons(
    results: Mapping[str, Mapping[str, StoredTable]], cluster: Cluster, geometry: gpd.GeoDataFrame
) -> dict[str, Any]:
    import geopandas as gpd

    facts = cluster.places.copy()
    for step, name in BY_PLACE:
        table = results.get(step, {}).get(name)
        if table is None:
            continue
        frame = table.frame.set_index("place_id")
        facts = facts.join(frame[[c for c in frame.columns if c not in facts.columns]].add_prefix(f"{name}_"))
    out = {}
    for kind in sorted(facts["kind"].unique()):
        rows = facts[(facts["kind"] == kind) & facts.index.isin(geometry.index)].dropna(axis="columns", how="all")
        if len(rows):
            shapes = geometry.geometry.reindex(rows.index)
            out[f"{kind}_results"] = gpd.GeoDataFrame(rows.reset_index(), geometry=shapes.to_numpy(), crs="EPSG:4326")
    return out


def _scenarios(
    results: Mapping[str, Mapping[str, StoredTable]], cluster: Cluster, geometry: gpd.GeoDataFrame | None
) -> dict[str, Any]:
    import geopandas as gpd

    table = results.get("equilibrium", {}).get("scenario_places")
    if table is None or geometry is None:
        return {}
    level = units(cluster)
    out = {}
    for (scenario, variant), rows in table.frame.groupby(["scenario", "variant"], sort=True):
        frame = rows.merge(level[["name", "name_zh"]], left_on="place_id", right_index=True)
        shapes = geometry.geometry.reindex(frame["place_id"]).to_numpy()
        out[f"scenario_{scenario}_{variant}"] = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
    return out


def _flow_roles(
    results: Mapping[str, Mapping[str, StoredTable]], cluster: Cluster, geometry: gpd.GeoDataFrame | None
) -> dict[str, Any]:
    """One layer of polygons a layer of flows; `observed` says whether it was measured."""
    import geopandas as gpd

    table = results.get("nodes", {}).get("flow_roles")
    if table is None or geometry is None:
        return {}
    out = {}
    for layer, rows in table.frame.groupby("layer", sort=True):
        frame = rows.merge(units(cluster)[["name", "name_zh"]], left_on="place_id", right_index=True)
        shapes = geometry.geometry.reindex(frame["place_id"]).to_numpy()
        out[f"flow_roles_{layer}"] = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
    return out


def _road_map(tables: Mapping[str, StoredTable], cluster: Cluster, geometry: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Borders with what crosses them, and candidates of dead-end roads."""
    from megaregion.links.hard.border_layers import border_lines, candidate_lines

    if "crossings" not in tables or geometry is None:
        return {}
    frames = {"": tables["crossings"].frame}
    if "detours" in tables:
        frames["detour_"] = tables["detours"].frame
    out = {"crossings": border_lines(geometry.loc[units(cluster).index], frames, str(cluster.attrs["crs"]))}
    if len(found := tables["dead_ends"].frame):
        out["dead_ends"] = candidate_lines(found)
    return out


def _points(frame: pd.DataFrame) -> Any:
    import geopandas as gpd

    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")


def _links(cluster: Cluster) -> Any:
    return _between(cluster.links.reset_index(), cluster)


def _link_values(table: StoredTable, cluster: Cluster) -> Any:
    """Values of links as lines between their stops, with the names of the stops."""
    frame = table.frame.copy()
    for end in ("from", "to"):
        for name in ("name", "name_zh"):
            frame[f"{end}_{name}"] = cluster.nodes[name].reindex(frame[f"{end}_node"]).to_numpy()
    return _between(frame, cluster)


def _between(links: pd.DataFrame, cluster: Cluster) -> Any:
    """Straight lines from `from_node` to `to_node`; a row with an end of unknown place has no geometry."""
    import geopandas as gpd
    import shapely

    at = cluster.nodes[["lon", "lat"]]
    ends = np.stack([at.reindex(links[end]).to_numpy(float) for end in ("from_node", "to_node")], axis=1)
    known = np.isfinite(ends).all(axis=(1, 2))
    lines = np.full(len(links), None, dtype=object)
    lines[known] = shapely.linestrings(ends[known])
    return gpd.GeoDataFrame(links, geometry=lines, crs="EPSG:4326")
