"""megaregion plan."""

from pathlib import Path

import click

from megaregion.cli.scheduling import scheduling


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@scheduling
@click.option("--json", "as_json", is_flag=True, help="Print titles, headline numbers and warnings as JSON.")
def plan(directory: Path, force: bool, scheduler: str, workers: int | None, as_json: bool) -> None:
    """Value every project and choose the best set under the budget."""
    from megaregion.cli.console import steps

    steps(directory, ("plan",), force=force, as_json=as_json, scheduler=scheduler, workers=workers)
