"""megaregion failures."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--hazards", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Polygons of hazards.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of HAZARDS with their names.")
@click.option("--seed", type=int, help="Of the orders of chance; default that of the workspace.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def failures(
    directory: Path, hazards: Path | None, column: str, seed: int | None, out: Path | None, top: int, as_json: bool
) -> None:
    """What rail, and rail with road, still do as lines, stations, links and places fail.

    One by one, by chance (with intervals), the busiest or worst first, or where polygons of hazards strike. Roads
    with trips: megaregion robustness. [options.rail_failures] of the workspace.
    """
    import pandas as pd

    from megaregion.cli.console import counting, print_results, write_results
    from megaregion.data.adjacency import shared_borders
    from megaregion.data.cluster import units
    from megaregion.data.workspace import Workspace
    from megaregion.links.hard.layer_failures import failures_of_cluster
    from megaregion.links.hard.road_sources import read_units

    workspace = Workspace(directory)
    cluster, shapes = workspace.cluster(), workspace.geometry()
    beside = None
    if shapes is not None and cluster.attrs.get("crs") is not None:
        beside = shared_borders(shapes, units(cluster).index, crs=str(cluster.attrs["crs"]))
    areas = None if hazards is None else read_units(hazards, column)
    with counting("failures", quiet=as_json) as listen:
        found = failures_of_cluster(cluster, seed=workspace.seed if seed is None else seed, adjacent=beside,
                                    hazards=areas, progress=listen)  # fmt: skip
    named = pd.concat([cluster.places[["name"]], cluster.nodes[["name"]]])
    print_results(found, as_json=as_json, top=top, places=named[~named.index.duplicated()])
    write_results(found, out)
