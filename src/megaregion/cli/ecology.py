"""megaregion ecology."""

from pathlib import Path

import click


def _numbers(_: click.Context, __: click.Parameter, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"numbers with commas between, got {text!r}") from None


@click.command()
@click.argument("landcover", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("classes", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for rasters, tables."
)
@click.option("--threats", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="CSV of threats.")
@click.option("--units", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Polygons of governments.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of UNITS with their identifiers.")
@click.option("--contrasts", callback=_numbers, default="10,100,1000", show_default=True,
              help="Largest over smallest resistance; at least three.")  # fmt: skip
@click.option(
    "--k", type=float, help="Half-saturation of quality (InVEST suggests .05); default half of the worst cell."
)
@click.option(
    "--dispersal-m", type=float, default=5000.0, show_default=True, help="Way that half of the animals cover."
)
@click.option("--least-ha", type=float, default=10.0, show_default=True, help="Area of a core that is a source.")
@click.option("--sources", type=int, default=12, show_default=True, help="Largest number of sources.")
@click.option("--edge", type=int, default=1, show_default=True, help="Width of the edge of habitat, in cells.")
@click.option("--cells", type=int, default=250_000, show_default=True, help="Cells that corridors are searched on.")
@click.option("--sites", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Sites to restore: site, cost, area_ha, x and y or lon and lat.")  # fmt: skip
@click.option("--budget", type=click.FloatRange(min=0.0), help="For the sites, in the unit of their cost.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows printed a table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def ecology(
    landcover: Path, classes: Path, out: Path, threats: Path | None, units: Path | None, column: str,
    contrasts: tuple[float, ...], k: float | None, dispersal_m: float, least_ha: float, sources: int, edge: int,
    cells: int, sites: Path | None, budget: float | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Ecological network of a region: LANDCOVER is a projected raster of classes, CLASSES a CSV that values them."""
    from megaregion.cli.console import figure, rows_of, show, with_names
    from megaregion.data.atomic import write_text
    from megaregion.links.hard.road_sources import read_units
    from megaregion.nodes.ecology import EcologyOptions
    from megaregion.nodes.ecology import ecology as network
    from megaregion.nodes.restoration_sites import read_sites_to_restore

    if (sites is None) != (budget is None):
        raise click.UsageError("--sites and --budget belong together")
    wanted = None if sites is None or budget is None else read_sites_to_restore(sites, budget)
    options = EcologyOptions(contrasts=contrasts, k=k, dispersal_m=dispersal_m, least_ha=least_ha,
                             most_sources=sources, edge_cells=edge, most_cells=cells)  # fmt: skip
    areas = None if units is None else read_units(units, column)
    found = network(landcover, classes, out=out, threats=threats, options=options, restore=wanted,
                    units=areas)  # fmt: skip
    for name, table in found.items():
        write_text(out / f"{name}.csv", table.to_frame().to_csv(index=False, lineterminator="\n"))
    if as_json:
        show({n: {"title": t.title_en, "facts": t.facts(), "parameters": t.parameters(), "warnings": t.warnings,
                  "rows": t.to_frame().to_dict("records")} for n, t in found.items()})  # fmt: skip
        return
    for table in found.values():
        frame = table.to_frame()
        click.echo(f"{table.title_en}: {min(top, len(frame))} of {len(frame)} rows")
        click.echo(rows_of(with_names(frame.head(top), areas), float_format=figure))
    for text in dict.fromkeys(text for table in found.values() for text in table.warnings):
        click.echo(f"note: {text}", err=True)
