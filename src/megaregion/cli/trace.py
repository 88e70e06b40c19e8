"""megaregion trace."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("result")
@click.argument("place")
@click.option("--json", "as_json", is_flag=True, help="Print the trace as JSON.")
def trace(directory: Path, result: str, place: str, as_json: bool) -> None:
    """Where each number of RESULT (such as links/reach) for PLACE comes from."""
    from megaregion.cli.console import show
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.lineage import as_dicts, lineage, render

    rows = lineage(Workspace(directory), result, place)
    if as_json:
        show(as_dicts(rows))
    else:
        click.echo(render(rows))
