"""megaregion skim."""

from pathlib import Path

import click


@click.command()
@click.argument("timetable", type=click.Path(path_type=Path, exists=True))
@click.argument("places", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--date", help="Day of service of a feed, 2019-06-25; default its most ordinary weekday.")
@click.option("--stops", type=click.Path(path_type=Path, dir_okay=False), help="Stops of a table: node_id, lon, lat.")
@click.option("--start", type=float, default=0.0, show_default=True, help="First departure, minutes after midnight.")
@click.option("--end", type=float, default=1440.0, show_default=True, help="End of the window of departures.")
@click.option("--drop-backwards", is_flag=True, help="Leave out trips whose times run backwards, with a warning.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write all pairs here: .csv, or .gpkg with places and lines between them.",
)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows printed.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def skim(
    timetable: Path, places: Path, date: str | None, stops: Path | None, start: float, end: float,
    drop_backwards: bool, out: Path | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Door-to-door times by timetable (GTFS folder or zip, or table of trains) between PLACES (place_id, lon, lat)."""
    from megaregion.cli.console import show
    from megaregion.data.atomic import replacing
    from megaregion.data.geopackage import write_layers
    from megaregion.errors import InputError
    from megaregion.links.hard.doors import DepartureWindow
    from megaregion.links.hard.pair_layers import pair_layers
    from megaregion.links.hard.scheduled_times import scheduled_times
    from megaregion.links.hard.timetable_files import points, timetable_from

    if out is not None and out.suffix.lower() not in (".csv", ".gpkg"):
        raise InputError(f"--out must end in .csv or .gpkg, got {out.name!r}", hint="Excel opens the .csv as it is")
    table = timetable_from(timetable, date=date, stops=stops, drop_backwards=drop_backwards)
    window = DepartureWindow(start_min=start, end_min=end)
    homes = points(places, "place_id")
    if len(homes) < 2:
        raise InputError(f"{places.name} holds {len(homes)} places: times need two at least",
                         hint="one row a place: place_id, lon, lat")  # fmt: skip
    found = scheduled_times(table, homes, window=window)
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
    click.echo(frame.head(top).rename(columns=stars).to_string(index=False, float_format="{:.4g}".format))
    for fact, value in found.facts().items():
        click.echo(f"  {fact}: {value:g}")
    for text in found.warnings:
        click.echo(f"warning: {text}", err=True)
