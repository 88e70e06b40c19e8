"""megaregion offices."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="Of the firms placed by chance; default that of the workspace.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def offices(directory: Path, seed: int | None, out: Path | None, top: int, as_json: bool) -> None:
    """Cities tied by firms (interlocking network) against firms placed by chance, and by searches for each other.

    Reads tables/offices.csv, tables/search_index.csv, [options.offices] and [options.search_index] of the workspace.
    """
    from megaregion.cli.console import print_results, write_results
    from megaregion.data.workspace import Workspace
    from megaregion.links.diagnose import office_study

    workspace = Workspace(directory)
    cluster = workspace.cluster()
    found = office_study(cluster, seed=workspace.seed if seed is None else seed)
    print_results(found, as_json=as_json, top=top, places=cluster.places)
    write_results(found, out)
