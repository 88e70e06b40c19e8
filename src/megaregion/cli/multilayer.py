"""megaregion multilayer."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--seed", type=int, help="Of the permutations; default that of the workspace.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def multilayer(directory: Path, seed: int | None, out: Path | None, top: int, as_json: bool) -> None:
    """Places over several layers at once: overlap, participation, versatility; and how alike the layers are.

    Layers are those of tables/flows.csv, offices and searches, or as [options.multilayer] of the workspace names them.
    """
    from megaregion.cli.console import print_results, write_results
    from megaregion.data.workspace import Workspace
    from megaregion.links.diagnose import multilayer_study

    workspace = Workspace(directory)
    cluster = workspace.cluster()
    found = multilayer_study(cluster, seed=workspace.seed if seed is None else seed)
    print_results(found, as_json=as_json, top=top, places=cluster.places)
    write_results(found, out)
