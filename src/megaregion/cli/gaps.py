"""megaregion gaps."""

from pathlib import Path

import click


@click.command()
@click.argument("roads", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("units", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "column", default="place_id", show_default=True, help="Column of UNITS with their identifiers.")
@click.option("--crs", required=True, help="Projected system for lengths, such as EPSG:4549.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for tables, GeoPackage and cards."
)
@click.option("--barriers", type=click.Path(path_type=Path, exists=True), help="Water, slopes: lines or polygons.")
@click.option(
    "--official",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Official lengths of road: place_id, road_class, length_km; year, source.",
)
@click.option("--country", default="", help="Two letters: whose default speeds fill gaps in the map.")
@click.option("--least-class", default="tertiary", show_default=True, help="Smallest class of road whose ends count.")
@click.option("--gap-km", type=float, default=3.0, show_default=True, help="Largest gap between two ends.")
@click.option("--detour", type=float, default=3.0, show_default=True, help="Least way round over the gap.")
@click.option(
    "--cards", type=click.IntRange(min=0), default=20, show_default=True, help="Candidates that get a card with a map."
)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows printed.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def gaps(
    roads: Path, units: Path, column: str, crs: str, out: Path | None, barriers: Path | None, official: Path | None,
    country: str, least_class: str, gap_km: float, detour: float, cards: int, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Find roads that end at a border: ROADS is an OpenStreetMap extract or a file of lines, UNITS polygons."""
    from megaregion.cli.console import counting, rows_of, show
    from megaregion.links.hard.dead_end_files import write_dead_ends
    from megaregion.links.hard.dead_ends import DeadEndOptions, dead_ends
    from megaregion.links.hard.road_completeness import read_road_lengths, road_completeness
    from megaregion.links.hard.road_sources import read_barriers, read_map, read_units

    options = DeadEndOptions(least_class=least_class, gap_km=gap_km, detour_ratio=detour)
    shapes = read_units(units, column)
    found_roads = read_map(roads, country=country)
    complete = None if official is None else (
        road_completeness(found_roads, shapes, read_road_lengths(official), crs=crs))  # fmt: skip
    found = dead_ends(found_roads, shapes, crs=crs, options=options,
                      completeness=None if complete is None else complete.by_unit(),
                      barriers=None if barriers is None else read_barriers(barriers))  # fmt: skip
    if complete is not None:
        found["completeness"] = complete
    if out is not None:
        with counting("cards", quiet=as_json) as listen:
            write_dead_ends(out, found, found_roads, shapes, crs=crs, cards=cards, progress=listen)
    if as_json:
        show({n: {"title": t.title_en, "facts": t.facts(), "parameters": t.parameters(), "warnings": t.warnings,
                  "rows": t.to_frame().to_dict("records")} for n, t in found.items()})  # fmt: skip
        return
    for table in found.values():
        frame = table.to_frame()
        click.echo(f"{table.title_en}: {min(top, len(frame))} of {len(frame)} rows")
        click.echo(rows_of(frame.head(top), float_format="{:.4g}".format))
    for text in found["dead_ends"].warnings:
        click.echo(f"note: {text}", err=True)
