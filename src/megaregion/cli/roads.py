"""Options that every command over a road network has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from megaregion.result import Result

if TYPE_CHECKING:
    from pandas import DataFrame

READING = ("nodes", "crs", "b", "power", "use", "lane_capacity", "length_unit", "speed_unit")
_OPTIONS = (
    click.option("--toll-weight", type=float, default=0.0, show_default=True, help="Time that one toll unit is worth."),
    click.option("--distance-weight", type=float, default=0.0, show_default=True,
                 help="Time that a unit of length is worth."),
    click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Results do not differ."),
    click.option("--matrix", help="Which matrix of an OMX file."),
    click.option("--nodes", type=click.Path(path_type=Path), help="TNTP file of coordinates."),
    click.option("--crs", help="Reference system of TNTP coordinates, as EPSG:4326."),
    click.option("--b", type=float, help="Parameter b of the delay, where the network has none (BPR: 0.15)."),
    click.option("--power", type=float, help="Power of the delay, where the network has none (BPR: 4)."),
    click.option("--use", help="GMNS: only links open to this use, as auto."),
    click.option("--lane-capacity", type=float, help="GMNS: vehicles an hour and lane where the capacity is empty."),
    click.option("--length-unit", help="GMNS without config.csv: mi, km, m or ft."),
    click.option("--speed-unit", help="GMNS without config.csv: mph or km/h."),
)  # fmt: skip


def on_roads(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add weights, threads and options of reading to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def tell(tables: Mapping[str, Result], rows: Mapping[str, DataFrame], *, as_json: bool) -> None:
    """Print results: everything as JSON, or their summaries with some rows."""
    from megaregion.cli.console import show

    if as_json:
        show({name: {"title": t.title_en, "facts": t.facts(), "parameters": t.parameters(), "warnings": t.warnings,
                     "rows": t.to_frame().to_dict("records")} for name, t in tables.items()})  # fmt: skip
        return
    for name, table in tables.items():
        click.echo(table.summary())
        click.echo(rows[name].to_string(index=False, float_format="{:.5g}".format))


def split(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of reading, and those of the assignment."""
    reading = {name: given.pop(name) for name in READING}
    return reading, given
