"""megaregion diagnose."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print titles, headline numbers and warnings as JSON.")
def diagnose(directory: Path, force: bool, as_json: bool) -> None:
    """Measure nodes, links, layers and failures (programs and a map of roads where they are given), and mechanisms."""
    from megaregion.cli.console import steps

    steps(
        directory,
        (
            "nodes",
            "links",
            "soft_links",
            "programs",
            "road_map",
            "layers",
            "mechanisms",
            "coupling",
        ),
        force=force,
        as_json=as_json,
    )
