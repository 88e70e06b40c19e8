"""megaregion rail."""

from collections.abc import Mapping
from pathlib import Path

import click

from megaregion.result import Result

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
NAMES = click.Choice(["trunk", "intercity", "suburban", "metro"])
SERVICES = click.Choice([*NAMES.choices, "other"])


@click.command()
@click.argument("timetable", type=click.Path(path_type=Path, exists=True))
@click.argument("places", type=FILE, required=False)
@click.option("--date", help="Day of service of a feed, 2019-06-25; default its most ordinary weekday.")
@click.option("--stops", type=FILE, help="Stops of a table: node_id, lon, lat.")
@click.option("--drop-backwards", is_flag=True, help="Leave out trips whose times run backwards, with a warning.")
@click.option(
    "--network",
    "classes",
    multiple=True,
    metavar="CLASS=NETWORK",
    help="Network of a class of service or a route_type: ICE=trunk, 2=suburban, Bus=other; *=intercity for all others.",
)
@click.option("--main", type=NAMES, multiple=True, help="Networks of the main haul [trunk, intercity].")
@click.option("--local", type=SERVICES, multiple=True, help="Networks that should meet it [suburban, metro].")
@click.option(
    "--single-ticket", "tickets", type=(NAMES, NAMES, bool), multiple=True, help="Two networks, and yes or no."
)
@click.option("--part-of", "parts", type=(str, str), multiple=True, help="A stop of a feed, and the station it is in.")
@click.option("--flow", "layer", help="Layer of the workspace's flows as travellers.")
@click.option("--demand", type=FILE, help="Travellers: origin, destination, value, or square; default one a pair.")
@click.option("--hub", "hubs", multiple=True, help="A hub, by name or id; default stations with enough departures.")
@click.option("--hub-departures", type=click.IntRange(min=1), default=10, show_default=True, help="Enough, a day.")
@click.option("--early", type=float, default=5.0, show_default=True, help="Least minutes to change to the main haul.")
@click.option("--late", type=float, default=20.0, show_default=True, help="Most minutes that still meet it.")
@click.option("--start", type=float, help="First departure, minutes after midnight [360, or as the workspace].")
@click.option("--end", type=float, help="End of the window of departures [1320, or as the workspace].")
@click.option("--penalty", type=float, default=10.0, show_default=True, help="Minutes a change weighs as felt.")
@click.option("--ideal-change", type=float, default=3.0, show_default=True, help="Minutes of a change on the ideal.")
@click.option("--ideal-headway", type=float, default=10.0, show_default=True, help="Minutes between its departures.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write tables as CSV and layers here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def rail(
    timetable: Path, places: Path | None, date: str | None, stops: Path | None, drop_backwards: bool,
    classes: tuple[str, ...], main: tuple[str, ...], local: tuple[str, ...],
    tickets: tuple[tuple[str, str, bool], ...], parts: tuple[tuple[str, str], ...],
    layer: str | None, demand: Path | None, hubs: tuple[str, ...], hub_departures: int,
    early: float, late: float, start: float | None, end: float | None, penalty: float, ideal_change: float,
    ideal_headway: float, out: Path | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """How well rail works as one network between PLACES (place_id, lon, lat) by TIMETABLE.

    TIMETABLE: GTFS folder or zip, table of trains, or a workspace that states one (PLACES then default to its own).
    Prints the index of integration of trunk, intercity, suburban and metro with its components, parts of the time door
    to door, the way to hubs, and how local services meet the main haul.
    """
    from megaregion.cli.console import counting, print_results, write_results
    from megaregion.data.geopackage import write_layers
    from megaregion.links.hard.doors import DepartureWindow
    from megaregion.links.hard.rail_integration import IdealRail
    from megaregion.links.hard.rail_study import RailOptions, rail_layers, rail_study
    from megaregion.links.hard.rail_timetable import (
        demand_from,
        given_classes,
        given_parts,
        given_tickets,
        rail_timetable,
    )

    material = rail_timetable(timetable, places, date=date, stops=stops, drop_backwards=drop_backwards,
                              parts=given_parts(parts))  # fmt: skip
    table, homes, usual, _, times = material
    options = RailOptions(
        classes=given_classes(classes), single_ticket=given_tickets(tickets), main=main, local=local, hubs=hubs,
        departures=hub_departures, early_min=early, late_min=late,
        ideal=IdealRail(change_min=ideal_change, headway_min=ideal_headway),
    )  # fmt: skip
    window = DepartureWindow(start_min=usual[0] if start is None else start, end_min=usual[1] if end is None else end,
                             penalty_min=penalty)  # fmt: skip
    travellers = demand_from(material, demand, layer)
    with counting("rail", quiet=as_json) as listen:
        found = rail_study(table, homes, demand=travellers, window=window, options=options, times=times,
                           progress=listen)  # fmt: skip
    if as_json:
        print_results(found, as_json=True)
    else:
        _tell(found, top)
    write_results(found, out)
    if out is not None:
        write_layers(out / "rail.gpkg", rail_layers(found, table, homes, options))
        click.echo(f"written: {out / 'rail.gpkg'}", err=True)


def _tell(found: Mapping[str, Result], top: int) -> None:
    """The index as one line a component, the first rows of each table with its headline numbers, each warning once."""
    from megaregion.cli.console import rows_of

    one = found["integration"]
    row = one.to_frame().iloc[0]
    click.echo(f"integration: {one.title_en}, {one.parameters()['timetable']} (* modelled)")
    for column in one.describe():
        value = "unknown" if row[column.name] != row[column.name] else f"{row[column.name]:.4g} {column.unit}"
        click.echo(f"  {column.en}{'*' * column.modelled}: {value}")
    for name, part in list(found.items())[1:]:
        frame = part.to_frame()
        stars = {c.name: c.name + "*" for c in part.describe() if c.modelled}
        said = " (* modelled)" if stars else ""
        click.echo(f"{name}: {part.title_en}, {min(top, len(frame))} of {len(frame)} rows{said}")
        marked = frame.head(top).rename(columns=stars)
        click.echo(rows_of(marked, float_format="{:.4g}".format))
        for fact, value in part.facts().items():
            click.echo(f"  {fact}: {value:.4g}")
    for text in dict.fromkeys(text for part in found.values() for text in part.warnings):
        click.echo(f"warning: {text}", err=True)
