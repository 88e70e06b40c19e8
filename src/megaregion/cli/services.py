"""megaregion services."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def services(directory: Path, out: Path | None, top: int, as_json: bool) -> None:
    """What sharing services across borders gives whom, and which rights people can take along.

    Reads tables/services_supply.csv, tables/recognition.csv and [options.shared_services] of the workspace.
    """
    from megaregion.cli.console import print_results
    from megaregion.data.atomic import write_text
    from megaregion.data.workspace import Workspace
    from megaregion.links.diagnose import service_study

    cluster = Workspace(directory).cluster()
    found = service_study(cluster)
    print_results(found, as_json=as_json, top=top, places=cluster.places)
    if out is not None:
        for name, table in found.items():
            write_text(out / f"{name}.csv", table.to_frame().to_csv(index=False, lineterminator="\n"))
            click.echo(f"written: {out / name}.csv", err=True)
