"""Ecology of a workspace: rasters and tables in its folder ecology, named in [options.ecology]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from megaregion.data.cluster import Cluster, units
from megaregion.data.option_keys import require_known
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError
from megaregion.nodes.ecology import EcologyOptions, ecology
from megaregion.nodes.restoration import read_restoration, restoration_priority
from megaregion.nodes.restoration_doubt import has_ranges, restoration_doubt
from megaregion.nodes.restoration_sites import read_sites_to_restore
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

FOLDER = "ecology"
FILES = ("landcover", "classes", "threats", "sites", "pairs")
KEYS = (*FILES, "budget", "source", *(f.name for f in fields(EcologyOptions)))


def lacking(root: Path, cluster: Cluster) -> list[str]:
    """Why the ecology of a workspace cannot be computed; nothing if it can."""
    from importlib.util import find_spec

    given = cluster.options.get("ecology")
    if not given:
        return ["workspace.toml has no [options.ecology]: landcover and classes, files of the folder ecology"]
    out = [f"[options.ecology] names no {key}" for key in ("landcover", "classes") if key not in given]
    out += [f"{FOLDER}/{given[key]} is not there" for key in FILES
            if key in given and not (root / FOLDER / str(given[key])).is_file()]  # fmt: skip
    if find_spec("rasterio") is None:
        out.append("rasterio is not installed: pip install 'megaregion[raster]'")
    return out


def ecology_of_workspace(root: Path, cluster: Cluster, shapes: gpd.GeoDataFrame | None) -> dict[str, Result]:
    """Ecological network of a workspace, and the sites to restore under its budget.

    Parameters
    ----------
    root : Path
        Folder of the workspace; rasters go to results/ecology/rasters.
    cluster : Cluster
        [options.ecology]: landcover, classes, threats, sites and pairs, files of the folder ecology; budget; source, of
        the land cover; and the choices of `EcologyOptions`.
    shapes : GeoDataFrame or None
        Polygons of the places; those of the level of analysis own the corridors.

    Returns
    -------
    dict of str to Result
        As `ecology`; with sites and a budget also restoration, and restoration_doubt where their costs have ranges.

    Raises
    ------
    InputError
        A key is unknown, or files and choices cannot be used.
    MissingExtraError
        rasterio is not installed.
    """
    given: Mapping[str, Any] = dict(cluster.options.get("ecology", {}))
    require_known(given, KEYS, "ecology")
    if ("sites" in given) != ("budget" in given):
        raise InputError("options.ecology: sites and budget belong together", hint="state both or none")
    file = {key: root / FOLDER / str(given[key]) for key in FILES if key in given}
    choices = {f.name: given[f.name] for f in fields(EcologyOptions) if f.name in given}
    mine = None if shapes is None else shapes[shapes.index.isin(units(cluster).index)]
    budget = float(given.get("budget", 0.0))
    stated = "sites" in file and "gain" in read_table(file["sites"], file["sites"].name)[0]
    found = "sites" in file and not stated
    if found and "pairs" in file:
        raise InputError("options.ecology: pairs belong to sites with a column gain", hint="leave pairs out")
    out = ecology(
        file["landcover"], file["classes"], out=root / "results" / FOLDER / "rasters", threats=file.get("threats"),
        units=None if mine is None or mine.empty else mine[["geometry"]], options=EcologyOptions(**choices),
        restore=read_sites_to_restore(file["sites"], budget) if found else None,
    )  # fmt: skip
    if stated:
        sites, pairs = read_restoration(file["sites"], file.get("pairs"))
        out["restoration"] = restoration_priority(sites, pairs=pairs, budget=budget)
        if has_ranges(sites):
            out["restoration_doubt"] = restoration_doubt(sites, pairs=pairs, budget=budget)
    return out
