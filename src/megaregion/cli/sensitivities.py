"""megaregion sensitivities."""

from pathlib import Path

import click

from megaregion.cli.scheduling import scheduling

TABLES = ("links", "borders", "places", "link_groups", "screening")


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--table", "names", type=click.Choice(TABLES), multiple=True, help="Show these tables only.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--maps", type=click.Path(path_type=Path), help="Write the maps as SVG into this folder.")
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@scheduling
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def sensitivities(
    directory: Path,
    names: tuple[str, ...],
    top: int,
    maps: Path | None,
    force: bool,
    scheduler: str,
    workers: int | None,
    as_json: bool,
) -> None:
    """Rank every link, border and place of the cluster by what a small improvement is worth."""
    from megaregion.cli.console import Bars, show
    from megaregion.data.workspace import Workspace
    from megaregion.equilibrium.executors import executor_for
    from megaregion.pipeline.maps import write_maps
    from megaregion.pipeline.run import tables_of

    workspace = Workspace(directory)
    with executor_for(scheduler, workers=workers) as executor, Bars(quiet=as_json) as bars:
        found = tables_of(workspace, "sensitivities", names, listener=bars, force=force, executor=executor)
    if maps is not None:
        for path in write_maps(workspace, "sensitivities", maps):
            click.echo(f"map: {path}", err=True)
    if as_json:
        show({
            name: {"title": t.title_en, "facts": t.facts, "warnings": t.warnings, "rows": t.frame.to_dict("records")}
            for name, t in found.items()
        })  # fmt: skip
        return
    for name in [known for known in TABLES if known in found]:
        table = found[name]
        click.echo(f"{table.title_en}: {min(top, len(table.frame))} of {len(table.frame)} rows")
        click.echo(table.frame.head(top).to_string(index=False, float_format="{:.4g}".format))
        for fact, value in table.facts.items():
            click.echo(f"  {fact}: {value}")
        click.echo("")
