"""megaregion check."""

import sys
from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(directory: Path, as_json: bool) -> None:
    """Find everything that is wrong with a workspace, and say how to mend it (exit code 2 on errors)."""
    from megaregion.cli.console import show
    from megaregion.data.check import check as examine
    from megaregion.data.check import has_errors, render

    problems = examine(directory)
    if as_json:
        show([p.to_dict() for p in problems])
    else:
        click.echo(render(problems))
    sys.exit(2 if has_errors(problems) else 0)
