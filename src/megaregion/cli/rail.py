"""megaregion rail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from megaregion.result import Result

if TYPE_CHECKING:
    from pandas import DataFrame

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
@click.option("--hub-departures", type=click.IntRange(min=1), help="Enough, a day [10].")
@click.option("--early", type=float, help="Least minutes to change to the main haul [5].")
@click.option("--late", type=float, help="Most minutes that still meet it [20].")
@click.option("--start", type=float, help="First departure, minutes after midnight [360, or as the workspace].")
@click.option("--end", type=float, help="End of the window of departures [1320, or as the workspace].")
@click.option("--on-foot", is_flag=True, help="Ways to stations and between them at 4.8 km/h, up to 2 km, no margin.")
@click.option("--penalty", type=float, default=10.0, show_default=True, help="Minutes a change weighs as felt.")
@click.option("--ideal-change", type=float, help="Minutes of a change on the ideal [3].")
@click.option("--ideal-headway", type=float, help="Minutes between its departures [10].")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write tables as CSV and layers here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def rail(
    timetable: Path, places: Path | None, date: str | None, stops: Path | None, drop_backwards: bool,
    classes: tuple[str, ...], main: tuple[str, ...], local: tuple[str, ...],
    tickets: tuple[tuple[str, str, bool], ...], parts: tuple[tuple[str, str], ...],
    layer: str | None, demand: Path | None, hubs: tuple[str, ...], hub_departures: int | None,
    early: float | None, late: float | None, start: float | None, end: float | None, on_foot: bool, penalty: float,
    ideal_change: float | None, ideal_headway: float | None, out: Path | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """How well rail works as one network between PLACES (place_id, lon, lat) by TIMETABLE.

    TIMETABLE: GTFS folder or zip, table of trains, or a workspace that states one (PLACES then default to its own).
    Prints the index of integration of trunk, intercity, suburban and metro with its components, parts of the time door
    to door, the way to hubs, and how local services meet the main haul. What [options.rail] of a workspace states of
    its networks holds where no option is given.
    """
    from megaregion.cli.console import counting, print_results, write_results
    from megaregion.data.geopackage import write_layers
    from megaregion.links.hard.doors import DepartureWindow
    from megaregion.links.hard.network import ON_FOOT
    from megaregion.links.hard.rail_study import RailOptions, rail_layers, rail_study
    from megaregion.links.hard.rail_timetable import (
        demand_from,
        given_classes,
        given_parts,
        given_tickets,
        rail_timetable,
    )

    material = rail_timetable(timetable, places, date=date, stops=stops, drop_backwards=drop_backwards,
                              parts=given_parts(parts), times=ON_FOOT if on_foot else None)  # fmt: skip
    table, homes, usual, _, times, stated = material
    asked = {
        "networks": given_classes(classes), "main": main, "local": local, "hubs": hubs,
        "single_ticket": [(*pair, valid) for pair, valid in (given_tickets(tickets) or {}).items()],
    }  # fmt: skip
    numbers = {"hub_departures": hub_departures, "early_min": early, "late_min": late, "ideal_change_min": ideal_change,
               "ideal_headway_min": ideal_headway}  # fmt: skip
    asked = {name: value for name, value in asked.items() if value}
    options = RailOptions.of({**stated, **asked, **{n: v for n, v in numbers.items() if v is not None}})
    window = DepartureWindow(start_min=usual[0] if start is None else start, end_min=usual[1] if end is None else end,
                             penalty_min=penalty)  # fmt: skip
    travellers = demand_from(material, demand, layer)
    with counting("rail", quiet=as_json) as listen:
        found = rail_study(table, homes, demand=travellers, window=window, options=options, times=times,
                           progress=listen)  # fmt: skip
    if as_json:
        print_results(found, as_json=True)
    else:
        _tell(found, top, homes)
        click.echo(f"note: ways to stations are modelled: {times.ways()}", err=True)
    write_results(found, out)
    if out is not None:
        write_layers(out / "rail.gpkg", rail_layers(found, table, homes, options))
        click.echo(f"written: {out / 'rail.gpkg'}", err=True)


def _tell(found: Mapping[str, Result], top: int, homes: DataFrame) -> None:
    """The index as one line a component, the first rows of each table with its headline numbers, each warning once."""
    from megaregion.cli.console import rows_of, with_names

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
        marked = with_names(frame.head(top), homes).rename(columns=stars)
        click.echo(rows_of(marked, float_format="{:.4g}".format))
        for fact, value in part.facts().items():
            click.echo(f"  {fact}: {value:.4g}")
    for text in dict.fromkeys(text for part in found.values() for text in part.warnings):
        click.echo(f"warning: {text}", err=True)
