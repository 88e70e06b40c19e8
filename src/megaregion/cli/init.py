"""megaregion init."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--from", "example", metavar="EXAMPLE", help="Copy a shipped example: yangtze-delta or germany.")
@click.option("--boundaries", type=click.Path(path_type=Path), help="Polygons: GeoPackage, GeoJSON, shapefile ...")
@click.option("--table", type=click.Path(path_type=Path), help="Values by place: XLSX or CSV, one column an indicator.")
@click.option("--id", "id_column", help="Column with the place codes, in both files.")
@click.option("--group", "group_column", help="Column of the boundaries with the province or state of each place.")
@click.option("--year", type=int, help="Year of the values.")
@click.option("--json", "as_json", is_flag=True, help="Print where the workspace is as JSON.")
def init(
    directory: Path, example: str | None, boundaries: Path | None, table: Path | None,
    id_column: str | None, group_column: str | None, year: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Make a workspace: from a shipped example, or from a boundary file and a spreadsheet."""
    from megaregion.cli.console import show
    from megaregion.data.init import columns_in_both, from_example, from_files

    if example:
        made = from_example(directory, example)
    elif boundaries and table:
        choices = columns_in_both(boundaries, table)
        chosen = id_column or click.prompt("column with the place codes", type=click.Choice(choices))
        made = from_files(directory, boundaries, table, chosen, group_column=group_column, year=year)
    else:
        raise click.UsageError("give --from EXAMPLE, or --boundaries FILE and --table FILE")
    if as_json:
        show({"workspace": made})
        return
    click.echo(f"{made}\nnext: megaregion check {directory} && megaregion run {directory}")
