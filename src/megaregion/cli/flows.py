"""megaregion flows."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--layer", help="Layer of flows.csv.  [default: the first]")
@click.option(
    "--distance", type=click.Choice(["great_circle", "rail", "fastest"]), default="great_circle", show_default=True,
    help="Kilometres, or minutes by rail or by the fastest way.",
)  # fmt: skip
@click.option("--stickiness", "sticky", is_flag=True, help="Only retention, persistence, reciprocity, excess linkage.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def flows(directory: Path, layer: str | None, distance: str, sticky: bool, top: int, as_json: bool) -> None:
    """Gravity of a layer of flows: coefficients, pairs above and below what one would expect, stickiness.

    Persistence and the change of the border need several periods: tables/flow_panel.csv.
    """
    from megaregion.cli.console import print_results
    from megaregion.data.workspace import Workspace
    from megaregion.links.diagnose import flow_study, stickiness_study

    cluster, study = Workspace(directory).cluster(), stickiness_study if sticky else flow_study
    found = study(cluster, layer=layer, distance=distance)  # type: ignore[arg-type] # checked
    click.echo(f"layer: {found['stickiness'].to_frame()['layer'].iloc[0]}", err=True)
    print_results(found, as_json=as_json, top=top)
