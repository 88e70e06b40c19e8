"""megaregion storm."""

from pathlib import Path

import click


@click.command()
@click.argument("track", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--storm", required=True, help="International number (2106) or name.")
@click.option("--since", help="With a time zone: 2021-07-26T00:00+08:00. Default: the first line of the track.")
@click.option("--until", help="As --since. Default: the last line.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the polygons here (.geojson, .gpkg)."
)
def storm(track: Path, storm: str, since: str | None, until: str | None, out: Path | None) -> None:
    """What the winds of a typhoon swept, as polygons for --hazards --id name.

    TRACK: best tracks of RSMC Tokyo (bst_all.txt or lines of it); winds of 30 and 50 knots, stated over open sea.
    """
    from megaregion.cli.console import rows_of
    from megaregion.data.sources.best_track import best_track, storm_areas

    found = storm_areas(best_track(track), storm, since=since, until=until)
    click.echo(rows_of(found[["area_km2"]].round(0).reset_index()))
    if out is not None:
        found.reset_index().to_file(out)
        click.echo(f"written: {out}", err=True)
