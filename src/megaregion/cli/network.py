"""megaregion network."""

from pathlib import Path

import click

from megaregion.result import Result


@click.command()
@click.argument("roads", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("places", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of tables, or a .gpkg file.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of PLACES with their identifiers.")
@click.option("--country", default="", help="Two letters: whose default speeds fill gaps in the map.")
@click.option("--least-class", default="tertiary", show_default=True, help="Smallest class of road that is kept.")
@click.option("--reach-km", type=float, default=10.0, show_default=True, help="Farthest junction a place may begin at.")
@click.option("--flag-km", type=float, default=2.0, show_default=True, help="Places farther from theirs are flagged.")
@click.option(
    "--official",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Official lengths of road of PLACES (polygons): place_id, road_class, length_km; year, source.",
)
@click.option("--crs", help="With --official: projected system in which roads are cut at borders.")
@click.option("--b", type=float, default=0.15, show_default=True, help="Delay of a link at its capacity.")
@click.option("--power", type=float, default=4.0, show_default=True, help="How steeply the delay rises.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows printed.")
@click.option("--json", "as_json", is_flag=True, help="Print numbers, notes and how places were tied as JSON.")
def network(
    roads: Path, places: Path, out: Path, column: str, country: str, least_class: str, reach_km: float,
    flag_km: float, official: Path | None, crs: str | None, b: float, power: float, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Make a network for `assign` and `design` of ROADS, an OpenStreetMap extract or a file of lines.

    PLACES are polygons or points (their zones), or a table with lon and lat. Says how every place was tied to the roads
    and, against official lengths, how complete the map is (of all classes of road that were read).
    """
    from megaregion.cli.console import print_results, show
    from megaregion.data.map_network import map_network, merged
    from megaregion.errors import InputError
    from megaregion.links.hard.network_files import write_network
    from megaregion.links.hard.road_completeness import read_road_lengths, road_completeness
    from megaregion.links.hard.road_sources import read_map, read_places, read_units
    from megaregion.links.hard.snapping import snapping

    if (official is None) != (crs is None):
        raise InputError("--official and --crs belong together", hint="a projected system, such as EPSG:4549")
    points, whole = read_places(places, column), read_map(roads, country=country)
    found = whole.at_least(least_class)
    joined = merged(found)
    made = map_network(joined, points, b=b, power=power, reach_km=reach_km)
    tables: dict[str, Result] = {"snapping": snapping(joined, made, points, flag_km=flag_km)}
    if official is not None and crs is not None:
        figures = read_road_lengths(official)
        tables["completeness"] = road_completeness(whole, read_units(places, column), figures, crs=crs)
    write_network(out, made, tables)
    size = {"links": len(made.links), "nodes": len(made.nodes), "zones": len(points),
            "pieces_on_map": len(found.edges), "pieces_merged": len(joined.edges)}  # fmt: skip
    if as_json:
        show({**size, "notes": list(made.notes), **{name: {
            "title": t.title_en, "facts": t.facts(), "parameters": t.parameters(), "warnings": t.warnings,
            "rows": t.to_frame().to_dict("records")} for name, t in tables.items()}})  # fmt: skip
        return
    click.echo(f"{out}: {size['links']} links, {size['nodes']} nodes, {size['zones']} zones "
               f"({size['pieces_on_map']} pieces of road on the map, {size['pieces_merged']} once merged)")  # fmt: skip
    print_results(tables, as_json=False, top=top)
    for text in made.notes:
        click.echo(f"note: {text}", err=True)
