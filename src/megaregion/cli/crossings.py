"""megaregion crossings."""

from pathlib import Path

import click

from megaregion.result import Result


@click.command()
@click.argument("roads", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("units", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "column", default="place_id", show_default=True, help="Column of UNITS with their identifiers.")
@click.option("--crs", required=True, help="Projected system for lengths, such as EPSG:4549.")
@click.option("--country", default="", help="Two letters: whose default speeds fill gaps in the map.")
@click.option("--least-class", default="tertiary", show_default=True, help="Smallest class of road that counts.")
@click.option("--band-km", type=float, default=5.0, show_default=True, help="Band on each side for the density.")
@click.option("--inside-km", type=float, default=10.0, show_default=True, help="How far inside lines are compared.")
@click.option("--detours/--no-detours", default=True, show_default=True, help="Also ways across against ways inside.")
@click.option("--elevation", type=click.Path(path_type=Path, exists=True), help="Raster of elevations (extra raster).")
@click.option("--water", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Rivers, lakes: a layer.")
@click.option("--segment-km", type=float, help="Regress crossings of segments of this length [2 with terrain].")
@click.option("--jumps", is_flag=True, help="Also jumps of road density at borders (local regression).")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the junctions that are drawn.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write tables as CSV and layers here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows printed.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def crossings(
    roads: Path, units: Path, column: str, crs: str, country: str, least_class: str, band_km: float, inside_km: float,
    detours: bool, elevation: Path | None, water: Path | None, segment_km: float | None, jumps: bool, seed: int,
    out: Path | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Count roads across borders: ROADS is an OpenStreetMap extract or a file of lines, UNITS polygons.

    Against what the density of roads on both sides would give, and against lines inside the units. And whether ways
    across go further round than ways of the same length and direction inside. With elevation or water: whether borders
    are crossed less than lines inside given slope and water (Poisson regression of segments).
    """
    from megaregion.cli.console import print_results
    from megaregion.data.atomic import write_text
    from megaregion.data.geopackage import write_layers
    from megaregion.errors import MissingDataError
    from megaregion.links.hard.border_crossings import border_crossings
    from megaregion.links.hard.border_detours import border_detours
    from megaregion.links.hard.border_jumps import border_jumps
    from megaregion.links.hard.border_layers import border_lines, crossing_points
    from megaregion.links.hard.border_regression import border_regression
    from megaregion.links.hard.border_segments import SegmentOptions, border_segments
    from megaregion.links.hard.road_sources import read_map, read_units
    from megaregion.links.hard.terrain import read_terrain

    net, shapes = read_map(roads, country=country), read_units(units, column)
    found = border_crossings(net, shapes, crs=crs, least_class=least_class, band_km=band_km, inside_km=inside_km)
    tables: dict[str, Result] = {"crossings": found}
    if detours:
        try:
            tables["detours"] = border_detours(net, shapes, crs=crs, seed=seed, least_class=least_class)
        except MissingDataError as error:  # crossings stand without them
            click.echo(f"note: detours left out: {error.message}", err=True)
    pieces = None
    if elevation is not None or water is not None or segment_km is not None:
        options = SegmentOptions(
            segment_km=2.0 if segment_km is None else segment_km, band_km=band_km, inside_km=inside_km
        )
        terrain = read_terrain(shapes, crs=crs, elevation=elevation, water=water)
        pieces = border_segments(net, shapes, crs=crs, least_class=least_class, options=options, **terrain)
        tables["segments"] = pieces
        try:
            tables["regression"] = border_regression(pieces)
        except MissingDataError as error:
            click.echo(f"note: regression left out: {error.message}", err=True)
    if jumps:
        tables["jumps"] = border_jumps(net, shapes, crs=crs, least_class=least_class)
    print_results(tables, as_json=as_json, top=top)
    if out is not None:
        frames = {name: table.to_frame() for name, table in tables.items()} | {"crossings_by_class": found.by_class}
        for name, frame in frames.items():
            write_text(out / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
            click.echo(f"written: {out / name}.csv", err=True)
        by_border = {"" if n == "crossings" else f"{n}_": t.to_frame() for n, t in tables.items()
                     if n in ("crossings", "detours", "jumps")}  # fmt: skip
        layers = {"borders": border_lines(shapes, by_border, crs),
                  "crossings": crossing_points(net, shapes, crs=crs, least_class=least_class)}  # fmt: skip
        write_layers(out / "crossings.gpkg", layers if pieces is None else {**layers, "segments": pieces.layer()})
        click.echo(f"written: {out / 'crossings.gpkg'}", err=True)
