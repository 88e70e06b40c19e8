"""megaregion simulate."""

from pathlib import Path

import click

from megaregion.cli.scheduling import scheduling

TABLES = {
    "scenarios": "scenarios", "places": "scenario_places", "groups": "scenario_groups", "gains": "scenario_gains",
    "ranges": "scenario_ranges", "reforms": "scenario_reforms",
}  # fmt: skip


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("scenario", nargs=-1)
@click.option(
    "--by", type=click.Choice(list(TABLES)), default="scenarios", show_default=True,
    help="One row a scenario; a place; a group of people by origin; people and owners; a parameter moved alone; "
    "a reform of a joint scenario.",
)  # fmt: skip
@click.option("--maps", type=click.Path(path_type=Path), help="Write the figures as SVG into this folder.")
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@scheduling
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def simulate(
    directory: Path,
    scenario: tuple[str, ...],
    by: str,
    maps: Path | None,
    force: bool,
    scheduler: str,
    workers: int | None,
    as_json: bool,
) -> None:
    """Simulate the scenarios of the workspace against the baseline and show those named (default all)."""
    from megaregion.cli.console import Bars, show
    from megaregion.data.workspace import Workspace
    from megaregion.equilibrium.executors import executor_for
    from megaregion.pipeline.maps import write_maps
    from megaregion.pipeline.run import simulated

    workspace = Workspace(directory)
    with executor_for(scheduler, workers=workers) as executor, Bars(quiet=as_json) as bars:
        frame = simulated(workspace, scenario, table=TABLES[by], listener=bars, force=force, executor=executor)
    if maps is not None:
        for path in write_maps(workspace, "equilibrium", maps, only=scenario):
            click.echo(f"map: {path}", err=True)
    if as_json:
        show(frame.to_dict("records"))
    else:
        click.echo(frame.to_string(index=False))
