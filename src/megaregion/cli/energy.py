"""megaregion energy."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--hazards", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Polygons of hazards.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of HAZARDS with their names.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def energy(directory: Path, hazards: Path | None, column: str, out: Path | None, top: int, as_json: bool) -> None:
    """Who generates for whom, every single outage (N-1) and room for transfers: a sketch of the grid.

    Reads tables/energy_buses.csv, energy_lines.csv, energy_plants.csv (if it is there) and [options.energy] of the
    workspace.
    """
    from megaregion.cli.console import counting, print_results, write_results
    from megaregion.data.workspace import Workspace
    from megaregion.errors import MissingDataError
    from megaregion.links.hard.energy import energy_of_cluster
    from megaregion.links.hard.road_sources import read_units

    cluster = Workspace(directory).cluster()
    areas = None if hazards is None else read_units(hazards, column)
    with counting("outages", quiet=as_json) as listen:
        found = energy_of_cluster(cluster, hazards=areas, progress=listen)
    if not found:
        raise MissingDataError(
            "tables/energy_buses.csv and energy_lines.csv are not there",
            hint="buses with demand and generation, lines with reactance; docs: workspace format",
        )
    print_results(found, as_json=as_json, top=top, places=cluster.places)
    write_results(found, out)
