"""megaregion rural."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

TABLES = (
    "settlement_gaps", "urban_rural", "urban_rural_theil", "service_gaps", "integration_profile", "factor_accounts",
    "factor_pairs", "factor_settlement", "capital_leakage", "islands", "island_effect", "spatial_trap",
    "population_change", "population_change_groups", "poverty", "poverty_lorenz",
    "multidimensional", "multidimensional_dimensions", "poor_places", "remedies", "rural_functions", "rural_bundles",
    "rural_bundle_choice", "rural_tradeoffs", "village_types", "village_shares", "village_reliability",
    "village_agreement", "paths", "path_steps", "path_targets", "path_blocks",
    "consistent_scenarios",
)  # fmt: skip


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--table", "names", type=click.Choice(TABLES), multiple=True, help="Show these tables only.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--force", is_flag=True, help="Compute also what is up to date.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def rural(directory: Path, names: tuple[str, ...], top: int, force: bool, as_json: bool) -> None:
    """Compare town and country: gaps, flows of people and capital, islands, poverty, villages, paths."""
    from megaregion.cli.console import Bars, figure, show, with_names
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.run import tables_of
    from megaregion.units import is_money

    workspace = Workspace(directory)
    with Bars(quiet=as_json) as bars:
        found = tables_of(workspace, "mechanisms", names, listener=bars, force=force)
    shown = {name: found[name] for name in TABLES if name in found}
    if as_json:
        show({
            name: {"title": t.title_en, "facts": t.facts, "warnings": t.warnings, "rows": t.frame.to_dict("records")}
            for name, t in shown.items()
        })  # fmt: skip
        return
    places = workspace.cluster().places
    for name, table in sorted(shown.items(), key=lambda item: item[1].frame.empty):  # what there is comes first
        if table.frame.empty:
            click.echo(f"{table.title_en}: nothing - " + ("; ".join(table.warnings) or "no rows"))
            continue
        used = _rows(name, table.frame)
        rest = f" (of {len(table.frame)} curves; the others with --json)" if len(used) < len(table.frame) else ""
        click.echo(f"{table.title_en}: {min(top, len(used))} of {len(used)} rows{rest}")
        click.echo(with_names(used.head(top), places).to_string(index=False, float_format=figure))
        money = [f"{c.name} in {c.unit}" for c in table.columns if is_money(c.unit) and c.name in used]
        for text in (*money, *(f"note: {text}" for text in table.warnings)):
            click.echo(f"  {text}")
        click.echo("")


def _rows(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order to read them: the chosen one of several curves, islands and belts first."""
    used = frame.dropna(axis=1, how="all")
    if name == "poverty_lorenz":
        used = used[used["chosen"] == "yes"].drop(columns=["chosen", "problems"])
    if name == "islands":
        order = used.assign(plain=used["shape"] == "none")
        used = order.sort_values(["plain", "index", "place_id"], ascending=[True, False, True]).drop(columns="plain")
    return used.assign(group=used["group"].replace("", "all")) if "group" in used else used
