"""megaregion borders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from megaregion.data.cluster import Cluster


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--layer", help="Layer of flows.csv.  [default: the first]")
@click.option(
    "--distance", type=click.Choice(["great_circle", "rail", "fastest"]), default="great_circle", show_default=True,
    help="Minutes by rail or by the fastest way also price the border in minutes.",
)  # fmt: skip
@click.option(
    "--points", type=click.Choice(["stated", "centroids"]), default="stated", show_default=True,
    help="Kilometres between the points of places.csv, or between centroids of the polygons in geometry/.",
)  # fmt: skip
@click.option(
    "--control", "controls", multiple=True, metavar="NAME=FILE",
    help="Beside the levels: a CSV with place_id, zone (1 where shared, such as a dialect) or origin, destination, "
    "value (water or a range between); or direct-rail. Repeat it.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the bootstraps.")
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=999,
    show_default=True,
    help="Draws of each; with 400 places 999 take minutes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def borders(
    directory: Path, layer: str | None, distance: str, points: str, controls: tuple[str, ...], seed: int,
    replications: int, as_json: bool,
) -> None:  # fmt: skip
    """What borders between places cost: by level, by form of distance, and how sure with few groups."""
    from megaregion.cli.console import counting, print_results
    from megaregion.data.workspace import Workspace
    from megaregion.links.diagnose import border_study

    workspace = Workspace(directory)
    cluster = workspace.cluster()
    if points == "centroids":
        from megaregion.links.soft.between import at_centroids

        if distance != "great_circle":
            raise click.UsageError("--points centroids goes with --distance great_circle only")
        cluster = at_centroids(cluster, workspace.geometry())
    click.echo(f"layer: {layer or next(iter(cluster.flows), 'none')}", err=True)
    beside = _controls(cluster, controls)
    with counting("draws", quiet=as_json) as listen:
        found = border_study(
            cluster, layer=layer, distance=distance, seed=seed, replications=replications,  # type: ignore[arg-type] # click has checked it
            controls=beside, tell=listen,
        )  # fmt: skip
    wide = ("layer", "distance", "two_way_low", "two_way_high", "ln_distance_se", "percent_low", "percent_high",
            "base_min", "clusters", "n_dropped", "observed")  # fmt: skip
    print_results(found, as_json=as_json, hide=wide, places=cluster.places)


def _controls(cluster: Cluster, given: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Tables of the controls by name."""
    from megaregion.data.sources.table import read_table
    from megaregion.errors import InputError
    from megaregion.links.soft.border_controls import DIRECT, border_controls

    tables: dict[str, pd.DataFrame | None] = {}
    for text in given:
        name, sign, file = text.partition("=")
        if text != DIRECT and not (sign and name and Path(file).is_file()):
            raise click.UsageError(f"--control {text}: expected {DIRECT}, or NAME=FILE with a file that is there")
        if name in tables:
            raise click.UsageError(f"--control {name} is given twice")
        tables[name], problems = read_table(Path(file), file) if sign else (None, [])
        if wrong := [p.line() for p in problems if p.severity == "error"]:
            raise InputError(f"--control {name}: " + "; ".join(wrong))
    return border_controls(cluster, tables)
