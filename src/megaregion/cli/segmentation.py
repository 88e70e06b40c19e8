"""megaregion segmentation."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def segmentation(directory: Path, top: int, as_json: bool) -> None:
    """How far relative prices of goods move apart between neighbours, and what distance and a border add.

    From tables/prices.csv of the workspace. The border lies between its groups; it takes three changes and six places.
    """
    from megaregion.cli.console import print_results
    from megaregion.data.workspace import Workspace
    from megaregion.links.soft.study import prices_of_cluster
    from megaregion.pipeline.soft_links import adjacent_places

    workspace = Workspace(directory)
    cluster = workspace.cluster()
    found = prices_of_cluster(cluster, adjacent_places(workspace, cluster)[1])
    print_results(found, as_json=as_json, top=top, places=cluster.places)
