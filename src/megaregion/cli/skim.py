"""megaregion skim."""

from pathlib import Path

import click


@click.command()
@click.argument("timetable", type=click.Path(path_type=Path, exists=True))
@click.argument("places", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)
@click.option("--date", help="Day of service of a feed, 2019-06-25; default its most ordinary weekday.")
@click.option("--stops", type=click.Path(path_type=Path, dir_okay=False), help="Stops of a table: node_id, lon, lat.")
@click.option("--start", type=float, help="First departure, minutes after midnight [0, or as the workspace].")
@click.option("--end", type=float, help="End of the window of departures [1440, or as the workspace].")
@click.option("--on-foot", is_flag=True, help="Ways to stations and between them at 4.8 km/h, up to 2 km, no margin.")
@click.option("--drop-backwards", is_flag=True, help="Leave out trips whose times run backwards, with a warning.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all pairs here: .csv, or .gpkg with places and lines between them.",
)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows printed.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def skim(
    timetable: Path, places: Path | None, date: str | None, stops: Path | None, start: float | None,
    end: float | None, on_foot: bool, drop_backwards: bool, out: Path | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Door-to-door times by timetable between PLACES (place_id, lon, lat).

    TIMETABLE: GTFS folder or zip, table of trains, or a workspace that states one (PLACES then default to its own, and
    ways to stations are those of [options.times]). Without a workspace travellers drive to the station: give --on-foot
    for a city.
    """
    from megaregion.cli.console import show, with_names
    from megaregion.data.atomic import replacing
    from megaregion.data.geopackage import write_layers
    from megaregion.errors import InputError
    from megaregion.links.hard.doors import DepartureWindow
    from megaregion.links.hard.network import ON_FOOT
    from megaregion.links.hard.pair_layers import pair_layers
    from megaregion.links.hard.rail_timetable import rail_timetable
    from megaregion.links.hard.scheduled_times import scheduled_times

    if out is not None and out.suffix.lower() not in (".csv", ".gpkg"):
        raise InputError(f"--out must end in .csv or .gpkg, got {out.name!r}", hint="Excel opens the .csv as it is")
    material = rail_timetable(timetable, places, date=date, stops=stops, drop_backwards=drop_backwards,
                              times=ON_FOOT if on_foot else None, usual=(0.0, 1440.0))  # fmt: skip
    homes, usual = material.places, material.window
    window = DepartureWindow(start_min=usual[0] if start is None else start, end_min=usual[1] if end is None else end)
    found = scheduled_times(material.timetable, homes, window=window, options=material.times)
    if out is not None and out.suffix.lower() == ".gpkg":
        write_layers(out, pair_layers(found.to_frame(), homes))
    elif out is not None:
        with replacing(out) as part:
            found.to_frame().to_csv(part, index=False, encoding="utf-8-sig")
    if as_json:
        show({"title": found.title_en, "facts": found.facts(), "parameters": found.parameters(),
              "warnings": found.warnings, "rows": found.to_frame().to_dict("records")})  # fmt: skip
        return
    frame = found.to_frame()
    click.echo(f"{found.title_en}, {found.timetable}: {min(top, len(frame))} of {len(frame)} pairs (* modelled)")
    stars = {c.name: c.name + "*" for c in found.describe() if c.modelled}
    rows = with_names(frame.head(top), homes).rename(columns=stars)
    click.echo(rows.to_string(index=False, float_format="{:.4g}".format))
    for fact, value in found.facts().items():
        click.echo(f"  {fact}: {value:g}")
    click.echo(f"note: ways to stations are modelled: {material.times.ways()}", err=True)
    for text in found.warnings:
        click.echo(f"warning: {text}", err=True)
