"""megaregion share."""

from pathlib import Path

import click


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["cost", "gain"]), help="What the values are, if there is no column kind.")
@click.option("--weights", type=click.Path(path_type=Path), help="CSV: place_id and columns to share in proportion to.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Objections to show of a rule.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def share(table: Path, kind: str | None, weights: Path | None, top: int, as_json: bool) -> None:
    """Split joint costs or gains by every rule and name who would walk out.

    TABLE: CSV (UTF-8 or GBK) or XLSX of game, coalition, value, every coalition of at most 24 places once; or of game,
    facility, place_id, cost: who needs which part of a joint project, for as many as 62 places.
    """
    from megaregion.cli.console import show, waiting
    from megaregion.mechanisms.sharing import share as split
    from megaregion.mechanisms.sharing_games import read_games, read_weights
    from megaregion.mechanisms.sharing_text import lines

    given = None if weights is None else read_weights(weights)
    games = read_games(table)
    with waiting("splitting", quiet=as_json):
        found = split(games, seed=0, weights=given, kind=kind)  # type: ignore[arg-type] # nothing is drawn
    if as_json:
        show({name: {"title": part.title_en, "facts": part.facts(), "parameters": part.parameters(),
                     "warnings": part.warnings, "rows": part.to_frame().to_dict("records")}
              for name, part in found.items()})  # fmt: skip
        return
    for line in lines(found, top=top):
        click.echo(line)
    for text in found["sharing"].warnings:
        click.echo(f"warning: {text}", err=True)
