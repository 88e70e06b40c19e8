"""megaregion reforms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from megaregion.result import Result

_ROUNDING = 1e-9  # percent, people and shares alike: far below what the solver resolves
TABLES = {"reforms": "reforms", "groups": "reform_groups", "places": "reform_places"}


def _ranges(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, list[float]]:
    out = {}
    for text in given:
        name, _sign, numbers = text.partition("=")
        try:
            out[name.strip()] = [float(part) for part in numbers.split(",")]
        except ValueError:
            raise click.BadParameter(f"NAME=LOW,VALUE,HIGH, got {text!r}") from None
    return out


def _digits(value: float) -> str:
    """Four digits; what is left of a zero after solving is a zero."""
    return f"{0.0 if abs(value) < _ROUNDING else value:.4g}"


def _print(table: Result, top: int) -> None:
    """The rows without what only a file needs, the headline numbers, and the warnings on standard error."""
    frame = table.to_frame()
    wide = ("title_", "recognized_", "gain_", "share_")
    shown = frame.drop(columns=[c for c in frame if str(c).startswith(wide)]).head(top)
    click.echo(f"{table.title_en} (modelled): {len(shown)} of {len(frame)} rows")
    click.echo(shown.to_string(index=False, float_format=_digits))
    for fact, value in table.facts().items():
        click.echo(f"  {fact}: {value}")
    for text in table.warnings:
        click.echo(f"warning: {text}", err=True)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("scenario", nargs=-1)
@click.option("--elasticity", "elasticities", multiple=True, callback=_ranges, metavar="NAME=LOW,VALUE,HIGH",
              help="Declared range of an elasticity; default that of workspace.toml or of the toolkit.")  # fmt: skip
@click.option("--by", type=click.Choice(list(TABLES)), default="reforms", show_default=True,
              help="One row a reform; a reform and group by registration; a reform and place.")  # fmt: skip
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="Rows printed.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def reforms(
    directory: Path, scenario: tuple[str, ...], elasticities: dict[str, list[float]], by: str, top: int,
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Reforms of recognition alone and jointly, and what each brings of the joint gain (Shapley).

    Reads tables/reforms.csv and tables/recognition.csv of the workspace; each SCENARIO named is one more reform,
    instead of those that [options.reforms] names.
    """
    from megaregion.cli.console import Bars, print_results
    from megaregion.data.atomic import write_text
    from megaregion.data.workspace import Workspace
    from megaregion.equilibrium.cluster_reforms import run as run_reforms
    from megaregion.equilibrium.reform_options import ReformOptions
    from megaregion.links.hard.times import times
    from megaregion.pipeline.run import run

    workspace = Workspace(directory)
    with Bars(quiet=as_json) as bars:
        run(workspace, steps=("links",), listener=bars, report=False)
    links = workspace.store.load("links")
    cluster = workspace.cluster()
    given = dict(cluster.options.get("reforms", {}))
    if scenario:
        given["scenarios"] = list(scenario)
    given["elasticities"] = {**given.get("elasticities", {}), **elasticities}
    found = run_reforms(
        cluster, times(cluster), links["border"], workspace.scenarios(), options=ReformOptions.of(given),
        seed=workspace.seed,
    )  # fmt: skip
    if as_json:
        print_results(found, as_json=True)
    else:
        _print(found[TABLES[by]], top)
    if out is not None:
        for name, table in found.items():
            write_text(out / f"{name}.csv", table.to_frame().to_csv(index=False, lineterminator="\n"))
            click.echo(f"written: {out / name}.csv", err=True)
