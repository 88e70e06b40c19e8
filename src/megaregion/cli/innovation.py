"""megaregion innovation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from megaregion.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

FIRST: dict[str, tuple[str | list[str], bool | list[bool]]] = {  # table: columns by which what matters most comes
    # first, and whether the smallest does
    "innovation": ("rank", True),
    "innovation_conversion": ("rate", False),
    "innovation_yields": (["output", "input", "value"], [True, True, False]),
    "innovation_ties_places": ("documents", False),
    "innovation_ties": ("fractional", False),
    "innovation_radiation": ("observed", False),
    "innovation_centre": ("", True),
    "innovation_complexity": ("rank", True),
    "innovation_activities": ("pci", False),
    "innovation_options": ("density_relative", False),
    "choke_points": ("exposure", False),
    "choke_options": ("rank", True),
}


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--table", "names", type=click.Choice(tuple(FIRST)), multiple=True, help="Show these tables only.")
@click.option("--place", "place_id", help="Rows of this place only, by code or name.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def innovation(
    directory: Path, names: tuple[str, ...], place_id: str | None, top: int, force: bool, as_json: bool
) -> None:
    """Inputs and outputs of innovation, what inputs become, joint documents, radiation, complexity, choke points."""
    import pandas as pd

    from megaregion.cli.console import Bars, figure, show, with_names
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.run import tables_of

    workspace = Workspace(directory)
    with Bars(quiet=as_json) as bars:
        found = tables_of(workspace, "nodes", names, listener=bars, force=force)
    tables = {name: found[name] for name in FIRST if name in found}
    if not tables:
        raise click.ClickException("no table of this workspace says anything of innovation")
    places = workspace.cluster().places
    code = None if place_id is None else _code(place_id, places)
    frames = {n: t.frame if code is None else t.frame[(t.frame == code).any(axis=1)] for n, t in tables.items()}
    if as_json:
        show({n: {"title": t.title_en, "facts": t.facts, "parameters": t.parameters, "warnings": t.warnings,
                  "rows": frames[n].to_dict("records")} for n, t in tables.items()})  # fmt: skip
        return
    for name, table in tables.items():
        column, smallest = FIRST[name]
        frame = frames[name] if not column else frames[name].sort_values(column, ascending=smallest, kind="stable")
        if name == "innovation_yields":  # what has no input comes last, of whatever pair
            frame = pd.concat([frame[frame["value"].notna()], frame[frame["value"].isna()]])
        click.echo(f"{name}: {table.title_en}, {min(top, len(frame))} of {len(frame)} rows")
        if len(frame):
            rows = with_names(frame.head(top).dropna(axis=1, how="all"), places)
            click.echo(rows.to_string(index=False, float_format=figure))
        for text in table.warnings:
            click.echo(f"note: {text}", err=True)


def _code(asked: str, places: pd.DataFrame) -> str:
    """The place of a code or a name, in either language."""
    if asked in places.index:
        return asked
    named = places[[c for c in ("name", "name_zh") if c in places]].isin([asked]).any(axis=1)
    found = [str(code) for code in places.index[named.to_numpy()]]
    if len(found) != 1:
        said = f"several places are called {asked}: {', '.join(found)}" if found else f"there is no place {asked!r}"
        raise InputError(said, hint="codes and names: tables/places.csv")
    return found[0]
