"""megaregion simulate."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("scenario", nargs=-1)
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def simulate(directory: Path, scenario: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Simulate the scenarios of the workspace against the baseline and show those named (default all)."""
    from megaregion.cli.console import Bars, show
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.run import simulated

    workspace = Workspace(directory)
    with Bars(quiet=as_json) as bars:
        frame = simulated(workspace, scenario, listener=bars, force=force)
    if as_json:
        show(frame.to_dict("records"))
    else:
        click.echo(frame.to_string(index=False))
