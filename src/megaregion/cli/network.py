"""megaregion network."""

from pathlib import Path

import click


@click.command()
@click.argument("roads", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("places", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of tables, or a .gpkg file.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of PLACES with their identifiers.")
@click.option("--country", default="", help="Two letters: whose default speeds fill gaps in the map.")
@click.option("--least-class", default="tertiary", show_default=True, help="Smallest class of road that is kept.")
@click.option("--reach-km", type=float, default=10.0, show_default=True, help="Farthest junction a place may begin at.")
@click.option("--b", type=float, default=0.15, show_default=True, help="Delay of a link at its capacity.")
@click.option("--power", type=float, default=4.0, show_default=True, help="How steeply the delay rises.")
@click.option("--json", "as_json", is_flag=True, help="Print numbers and notes as JSON.")
def network(
    roads: Path, places: Path, out: Path, column: str, country: str, least_class: str, reach_km: float, b: float,
    power: float, as_json: bool,
) -> None:  # fmt: skip
    """Make a network for `assign` and `design` of ROADS, an OpenStreetMap extract or a file of lines.

    PLACES are polygons or points (their zones), or a table with lon and lat.
    """
    from megaregion.cli.console import show
    from megaregion.data.map_network import map_network, merged
    from megaregion.data.sources.road_tables import write_geopackage, write_tables
    from megaregion.links.hard.road_sources import read_map, read_places

    points = read_places(places, column)
    found = read_map(roads, country=country).at_least(least_class)
    joined = merged(found)
    made = map_network(joined, points, b=b, power=power, reach_km=reach_km)
    if out.suffix.lower() == ".gpkg":
        write_geopackage(out, made)
    else:
        write_tables(out, made)
    if as_json:
        size = {"links": len(made.links), "nodes": len(made.nodes), "zones": len(points)}
        show({**size, "pieces_on_map": len(found.edges), "pieces_merged": len(joined.edges), "notes": list(made.notes)})
        return
    click.echo(f"{out}: {len(made.links)} links, {len(made.nodes)} nodes, {len(points)} zones "
               f"({len(found.edges)} pieces of road on the map, {len(joined.edges)} merged)")  # fmt: skip
    for text in made.notes:
        click.echo(f"note: {text}", err=True)
