"""megaregion crosswalk."""

from pathlib import Path

import click


@click.command()
@click.argument("before", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("after", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--year", type=int, required=True, help="First year whose values are on the new borders.")
@click.option("--crs", required=True, help="Equal-area projection for areas, such as EPSG:3035 or EPSG:6933.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of identifiers of both maps.")
@click.option("--weights", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Points or small polygons with people: shares by them too.")  # fmt: skip
@click.option("--weight", default="population", show_default=True, help="Column of WEIGHTS that counts people.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="CSV to write.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def crosswalk(
    before: Path, after: Path, year: int, crs: str, column: str, weights: Path | None, weight: str, out: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Rows of tables/crosswalk.csv from two maps of units, BEFORE and AFTER a change of borders."""
    from megaregion.cli.console import print_results
    from megaregion.data.areal import areal_crosswalk
    from megaregion.data.atomic import write_text
    from megaregion.data.harmonize_workspace import read_shapes, read_weights

    found = areal_crosswalk(
        read_shapes(before, column), read_shapes(after, column), year=year, crs=crs,
        weights=None if weights is None else read_weights(weights, weight),
    )  # fmt: skip
    write_text(out, found.crosswalk().to_csv(index=False, lineterminator="\n"))
    print_results({"crosswalk": found}, as_json=as_json, top=None if as_json else 12)
