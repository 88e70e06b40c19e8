"""megaregion register."""

import sys
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("spreadsheet", type=_FILE)
@click.option(
    "--workspace", "directory", required=True, type=click.Path(path_type=Path), help="Its places are the parties."
)
@click.option("--layout", type=click.Choice(["auto", "agreement", "party"]), default="auto", show_default=True,
              help="One row an agreement, or one row a party.")  # fmt: skip
@click.option("--sheet", help="Sheet of an XLSX file; needed where several hold text.")
@click.option("--mapping", type=_FILE, help="TOML: [columns] heading = column, [values.field] word = value, [parties].")
@click.option("--part", default="", help="Write tables/agreements.PART.csv instead of tables/agreements.csv.")
@click.option("--replace", is_flag=True, help="Overwrite the file if it is there.")
@click.option("--dry-run", is_flag=True, help="Show what would be written and what is wrong; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print rows, problems and notes as JSON.")
def register(
    spreadsheet: Path, directory: Path, layout: str, sheet: str | None, mapping: Path | None, part: str,
    replace: bool, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Bring a register of agreements from a SPREADSHEET (XLSX; CSV in UTF-8 or GBK) into a workspace.

    Headings and words may be Chinese or English. Every row that cannot be used is listed with its number (exit
    code 2), and then nothing is written.
    """
    from megaregion.cli.console import show
    from megaregion.data.register import import_register
    from megaregion.data.workspace import Workspace

    done = import_register(Workspace(directory), spreadsheet, part=part, replace=replace, dry_run=dry_run,
                           layout=layout, sheet=sheet, mapping=mapping)  # type: ignore[arg-type] # fmt: skip
    if as_json:
        show(done.to_dict())
    else:
        click.echo(done.read.table.to_string(index=False, max_colwidth=40))
        for text in done.read.notes:
            click.echo(f"note: {text}", err=True)
        for text in done.problems:
            click.echo(f"error: {spreadsheet.name}: {text}", err=True)
        n = f"{len(done.read.table)} agreements (layout {done.read.layout})"
        if dry_run and not replace and (Workspace(directory).root / done.target).exists():
            click.echo(f"note: {done.target} is there already: writing needs --replace, or --part", err=True)
        what = f"{len(done.problems)} problems, nothing written" if done.problems else f"{n} fit for {done.target}"
        click.echo(f"written: {n} to {done.target}" if done.written else what, err=True)
    sys.exit(2 if done.problems else 0)
