"""megaregion report."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print where the files are as JSON.")
def report(directory: Path, as_json: bool) -> None:
    """Write the report and the exports from the results that are there, computing nothing."""
    from megaregion.cli.console import show
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.run import republish

    path = republish(Workspace(directory))
    if as_json:
        show({"report": path})
    else:
        click.echo(path)
