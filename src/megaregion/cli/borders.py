"""megaregion borders."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--layer", help="Layer of flows.csv.  [default: the first]")
@click.option(
    "--distance", type=click.Choice(["great_circle", "rail", "fastest"]), default="great_circle", show_default=True,
    help="Minutes by rail or by the fastest way also price the border in minutes.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the bootstraps.")
@click.option("--replications", type=click.IntRange(min=2), default=999, show_default=True, help="Draws of each.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def borders(directory: Path, layer: str | None, distance: str, seed: int, replications: int, as_json: bool) -> None:
    """What borders between places cost: by level, by form of distance, and how sure with few groups."""
    from megaregion.cli.console import print_results
    from megaregion.data.workspace import Workspace
    from megaregion.links.diagnose import border_study

    cluster = Workspace(directory).cluster()
    click.echo(f"layer: {layer or next(iter(cluster.flows), 'none')}", err=True)
    found = border_study(
        cluster, layer=layer, distance=distance, seed=seed, replications=replications  # type: ignore[arg-type] # click has checked it
    )  # fmt: skip
    wide = ("layer", "distance", "two_way_low", "two_way_high", "ln_distance_se", "percent_low", "percent_high",
            "base_min", "clusters", "n_dropped", "observed")  # fmt: skip
    print_results(found, as_json=as_json, hide=wide, places=cluster.places)
