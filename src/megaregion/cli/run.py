"""megaregion run."""

from pathlib import Path

import click

from megaregion.cli.scheduling import scheduling


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@scheduling
@click.option("--json", "as_json", is_flag=True, help="Print a summary as JSON.")
def run(directory: Path, force: bool, scheduler: str, workers: int | None, as_json: bool) -> None:
    """From a folder to a report: check, diagnose, calibrate, simulate, plan, report."""
    from megaregion.cli.console import Bars, show
    from megaregion.data.workspace import Workspace
    from megaregion.equilibrium.executors import executor_for
    from megaregion.pipeline.run import run as run_steps

    workspace = Workspace(directory)
    with executor_for(scheduler, workers=workers) as executor, Bars(quiet=as_json) as bars:
        done = run_steps(workspace, listener=bars, force=force, executor=executor)
    if as_json:
        show({"report": done.report, "steps": [vars(o) for o in done.outcomes]})
        return
    counts = {s: sum(p.severity == s for p in done.problems) for s in ("warning", "note")}
    click.echo(f"data doctor: {counts['warning']} warnings, {counts['note']} notes (megaregion check {directory})")
    click.echo(f"report:   {done.report}\nresults:  {workspace.root / 'results'} (megaregion.gpkg, megaregion.xlsx)")
