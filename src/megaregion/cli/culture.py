"""megaregion culture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from megaregion.data.stored import StoredTable

TABLES = ("culture_stock", "culture_levels", "culture_density", "culture_pattern", "culture_clusters",
          "culture_corridors", "culture_owners", "culture_carriers", "culture_residual")  # fmt: skip

ASKED = {"culture_carriers": "carriers", "culture_residual": "output"}  # tables that only an option brings


def _weights(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    out: dict[str, float] = {}
    for text in given:
        level, _, number = text.rpartition("=")
        try:
            out[level] = float(number)
        except ValueError:
            raise click.BadParameter(f"LEVEL=WEIGHT, got {text!r}") from None
        if not level:
            raise click.BadParameter(f"LEVEL=WEIGHT, got {text!r}")
    return out


def _bandwidth(_context: click.Context, _parameter: click.Parameter, text: str) -> str | float:
    if text in ("likelihood", "scott"):
        return text
    try:
        return float(text)
    except ValueError:
        raise click.BadParameter(f"likelihood, scott or a number of km, got {text!r}") from None


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--units", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Polygons, for a list.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of UNITS with their identifiers.")
@click.option("--people", default="population", show_default=True, help="Column of UNITS with their residents.")
@click.option("--weight", "weights", multiple=True, callback=_weights, help="LEVEL=WEIGHT, once a level, for a list.")
@click.option("--bandwidth", callback=_bandwidth, default="likelihood", show_default=True,
              help="Of the density, for a list: likelihood, scott or km.")  # fmt: skip
@click.option("--simulations", type=click.IntRange(min=19), default=499, show_default=True, help="Draws, for a list.")
@click.option("--drawn", is_flag=True, help="Draw positions of sites known to their place_id only, for a list.")
@click.option("--seed", type=int, help="Seed of a list (a workspace has its own).")
@click.option("--table", "names", type=click.Choice(TABLES), multiple=True, help="Show these tables only.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def culture(
    source: Path, units: Path | None, column: str, people: str, weights: dict[str, float], bandwidth: str | float,
    simulations: int, drawn: bool, seed: int | None, names: tuple[str, ...], top: int, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Heritage by place, where it is dense, whether it keeps together beyond people, corridors and their owners.

    SOURCE is a workspace with tables/heritage.csv, or a list of sites (CSV, XLSX, Parquet) with --units and --weight.
    """
    from megaregion.cli.console import figure, show, with_names
    from megaregion.errors import InputError

    choices = {"levels": weights, "bandwidth": bandwidth, "simulations": simulations,
               "positions": "drawn" if drawn else "stated"}  # fmt: skip
    listed = not source.is_dir()
    found, places = _of_list(source, units, column, people, choices, seed, as_json) if listed else _of_workspace(
        source, force, as_json)  # fmt: skip
    if lost := [name for name in names if name not in found]:
        raise InputError(f"there is no table {', '.join(lost)} here", hint="tables: " + ", ".join(sorted(found)))
    wanted = [name for name in TABLES if name in found and (not names or name in names)]
    if as_json:
        show({n: {"title": t.title_en, "facts": t.facts, "parameters": t.parameters, "warnings": t.warnings,
                  "rows": t.frame.to_dict("records")} for n, t in ((n, found[n]) for n in wanted)})  # fmt: skip
        return
    for name in wanted:
        table = found[name]
        frame = table.frame.dropna(axis=1, how="all")
        click.echo(f"{name}: {table.title_en}, {min(top, len(frame))} of {len(frame)} rows")
        if len(frame):
            click.echo(with_names(frame.head(top), places).to_string(index=False, float_format=figure))
        for fact, value in table.facts.items():
            click.echo(f"  {fact}: {value}")
    for name, key in ASKED.items():
        if not listed and not names and name not in found:
            click.echo(f"note: no {name}: [options.culture] {key} names no indicator", err=True)
    for text in dict.fromkeys(text for name in wanted for text in found[name].warnings):
        click.echo(f"note: {text}", err=True)


def _of_workspace(source: Path, force: bool, quiet: bool) -> tuple[Mapping[str, StoredTable], pd.DataFrame]:
    from megaregion.cli.console import Bars
    from megaregion.data.workspace import Workspace
    from megaregion.errors import WorkspaceError
    from megaregion.pipeline.run import tables_of

    workspace = Workspace(source)
    if not workspace.files("heritage"):
        raise WorkspaceError(f"{source} has no tables/heritage.csv", hint="docs: workspace format, heritage")
    with Bars(quiet=quiet) as bars:
        found = tables_of(workspace, "nodes", (), listener=bars, force=force)
    if "culture_stock" not in found:
        raise WorkspaceError(f"{source}: tables/heritage.csv holds no site", hint="add rows, then run again")
    return {name: table for name, table in found.items() if name in TABLES}, workspace.cluster().places


def _of_list(
    source: Path, units: Path | None, column: str, people: str, choices: Mapping[str, Any], seed: int | None,
    quiet: bool,
) -> tuple[Mapping[str, StoredTable], pd.DataFrame]:  # fmt: skip
    from megaregion.cli.console import counting
    from megaregion.data.stored import stored
    from megaregion.nodes.culture import CultureOptions
    from megaregion.nodes.culture import culture as measure
    from megaregion.nodes.culture_source import read_people, read_sites

    if units is None or not choices["levels"] or seed is None:
        raise click.UsageError("a list of sites needs --units, --seed and a --weight for every level")
    people_of, shapes = read_people(units, column, people)
    sites = read_sites(source)
    with counting("null of people", quiet=quiet) as tell:
        found = measure(sites, people_of, options=CultureOptions(**choices), shapes=shapes, seed=seed, tell=tell)
    return {name: stored(part) for name, part in found.items()}, shapes
