"""megaregion harmonize."""

from pathlib import Path

import click


def _named(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if bad := [a for a, middle, b in pairs if not (a and middle and b)]:
        raise click.BadParameter(f"expected NAME=VALUE, got {', '.join(bad)}")
    return {a: b for a, _, b in pairs}


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("values", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--year", type=int, required=True, help="Year of the borders that all values are brought to.")
@click.option("--by", type=click.Choice(["population", "area"]), default="population", show_default=True,
              help="Shares of tables/crosswalk.csv by which units are split.")  # fmt: skip
@click.option("--how", type=click.Choice(["share", "pool"]), default="share", show_default=True,
              help="Share out what was split, or pool what changes tie together (exact, fewer places).")  # fmt: skip
@click.option("--indicator", "indicators", multiple=True, help="Only this indicator (repeat it); default all.")
@click.option("--per", "intensive", multiple=True, callback=_named, help="A rate and its weight: RATE=INDICATOR.")
@click.option("--borders", multiple=True, callback=_named,
              help="Borders of an indicator or source that are not those of the year: NAME=YEAR.")  # fmt: skip
@click.option("--keep-apart", multiple=True, help="An indicator that no weights can carry (a median).")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the tables.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def harmonize(
    directory: Path, values: Path | None, year: int, by: str, how: str, indicators: tuple[str, ...],
    intensive: dict[str, str], borders: dict[str, str], keep_apart: tuple[str, ...], out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Indicators of all years on the borders of one: DIRECTORY holds tables/crosswalk.csv, VALUES other values."""
    from megaregion.cli.console import print_results
    from megaregion.data.harmonize_workspace import HarmonizeOptions, harmonize_workspace

    options = HarmonizeOptions(year=year, by=by, how=how, indicators=indicators, intensive=intensive,  # type: ignore[arg-type]
                               borders=borders, neither=keep_apart)  # fmt: skip
    found = harmonize_workspace(directory, values, options=options, out=out)
    print_results(found.by_name(), as_json=as_json, top=None if as_json else 12)
