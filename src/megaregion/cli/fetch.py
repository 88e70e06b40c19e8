"""megaregion fetch."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--mirror", type=click.Path(path_type=Path), help="Take the files from this folder, not the network.")
@click.option("--json", "as_json", is_flag=True, help="Print what was fetched as JSON.")
def fetch(directory: Path, mirror: Path | None, as_json: bool) -> None:
    """Download the publishers' files that sources.csv names, verify them, and build the tables."""
    from megaregion.cli.console import Bars, show
    from megaregion.data.fetch import fetch as fetch_files

    with Bars(quiet=as_json) as bars:
        bars.start("fetch")
        done = fetch_files(directory, mirror=mirror, progress=bars.progress)
    if as_json:
        show(vars(done))
    else:
        click.echo(done.summary())
