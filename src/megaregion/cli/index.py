"""megaregion index."""

from pathlib import Path

import click

METHODS = ("given", "equal", "entropy", "critic", "pca", "ahp", "benefit-of-the-doubt", "topsis")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--tree", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Index tree of a table.")
@click.option("--name", default="index", show_default=True, help="Tree of a workspace: index, index_<suffix>.")
@click.option("--id", "place", default="place_id", show_default=True, help="Column of a table that names the place.")
@click.option("--group", help="Column of a table with groups, for gaps filled by group.")
@click.option("--method", type=click.Choice(METHODS), help="Weights instead of the tree's, or TOPSIS beside them.")
@click.option("--draws", type=click.IntRange(min=0), default=10_000, show_default=True, help="Monte Carlo runs.")
@click.option(
    "--size", type=click.IntRange(min=0), default=1024, show_default=True, help="Base sample of Sobol indices."
)
@click.option("--seed", type=int, help="Seed of a table (a workspace has its own).")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Places to show.")
@click.option("--excel", type=click.Path(path_type=Path, dir_okay=False), help="Write the whole chain, a sheet a step.")
@click.option("--json", "as_json", is_flag=True, help="Print all tables, headline numbers and warnings as JSON.")
def index(source: Path, name: str, place: str, group: str | None, method: str | None, seed: int | None, top: int,
          excel: Path | None, as_json: bool, tree: Path | None, draws: int, size: int) -> None:  # fmt: skip
    """Composite index with every step, intervals of the ranks, and the choice that moves them.

    SOURCE is a workspace, or a table (CSV, XLSX, Parquet) with --tree.
    """
    from megaregion.cli.console import show
    from megaregion.data.stored import stored
    from megaregion.nodes.index_analysis import analyse
    from megaregion.nodes.index_source import open_source
    from megaregion.nodes.index_text import lines, together
    from megaregion.report.workbook import names_of, write_workbook

    given = open_source(source, tree=tree, name=name, place=place, group=group)
    found = analyse(given, seed=given.chosen(seed), method=method, draws=draws, size=size)  # type: ignore[arg-type]
    if excel is not None:
        tables = {"index": {key: stored(part) for key, part in found.items()}}
        names = None if given.places_named is None else names_of(given.places_named)
        write_workbook(excel, tables, given.sources, names=names)
    if as_json:
        show({name: {"title": part.title_en, "facts": part.facts(), "parameters": part.parameters(),
                     "warnings": part.warnings, "rows": part.to_frame().to_dict("records")}
              for name, part in found.items()})  # fmt: skip
        return
    for line in lines(found, top=top, names=given.names):
        click.echo(line)
    for text in together(w for part in found.values() for w in part.warnings):
        click.echo(f"warning: {text}", err=True)
