"""megaregion flows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from megaregion.data.cluster import Cluster
    from megaregion.data.workspace import Workspace
    from megaregion.result import Result


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--layer", help="Layer of flows.csv.  [default: the first]")
@click.option(
    "--distance", type=click.Choice(["great_circle", "rail", "fastest"]),
    help="Kilometres, or minutes by rail or by the fastest way.  [default: great_circle; fastest with --constrained]",
)  # fmt: skip
@click.option("--stickiness", "sticky", is_flag=True, help="Only retention, persistence, reciprocity, excess linkage.")
@click.option("--potential", is_flag=True, help="Only potential interaction: a formula of size and distance, no flow.")
@click.option("--exponent", type=click.FloatRange(min=0, min_open=True),
              help="Imposed exponent of the distance, with --potential.  [default: 2]")  # fmt: skip
@click.option("--constrained", is_flag=True,
              help="Only a doubly constrained model of the layer: totals and mean cost as observed.")  # fmt: skip
@click.option(
    "--scenario", help="What the modelled flows become in this scenario of the workspace, with --constrained."
)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows of each table.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def flows(
    directory: Path, layer: str | None, distance: str | None, sticky: bool, potential: bool, exponent: float | None,
    constrained: bool, scenario: str | None, top: int, as_json: bool,
) -> None:  # fmt: skip
    """Gravity of a layer of flows: coefficients, pairs above and below what one would expect, stickiness.

    Persistence and the change of the border need several periods: tables/flow_panel.csv. With --potential or
    --constrained every number but the observed flow is modelled.
    """
    from megaregion.cli.console import print_results
    from megaregion.data.workspace import Workspace

    _require(sticky=sticky, potential=potential, constrained=constrained, layer=layer, exponent=exponent,
             scenario=scenario)  # fmt: skip
    workspace = Workspace(directory)
    cluster = workspace.cluster()
    if potential:
        found = _potential(cluster, distance, exponent)
    elif constrained:
        found = _constrained(workspace, cluster, layer, distance, scenario)
    else:
        found = _observed(cluster, layer, distance, sticky=sticky)
    print_results(found, as_json=as_json, top=top, places=cluster.places)


def _require(
    *, sticky: bool, potential: bool, constrained: bool, layer: str | None, exponent: float | None, scenario: str | None
) -> None:  # fmt: skip
    """Options that do not go together; all are named."""
    problems = []
    if sticky + potential + constrained > 1:
        problems.append("give one of --stickiness, --potential and --constrained")
    if exponent is not None and not potential:
        problems.append("--exponent needs --potential")
    if scenario is not None and not constrained:
        problems.append("--scenario needs --constrained")
    if layer is not None and potential:
        problems.append("--potential reads no layer of flows")
    if problems:
        raise click.UsageError("; ".join(problems))


def _potential(cluster: Cluster, distance: str | None, exponent: float | None) -> dict[str, Result]:
    from megaregion.links.diagnose import potential_study

    return potential_study(
        cluster,
        distance=distance or "great_circle",  # type: ignore[arg-type] # checked
        exponent=2.0 if exponent is None else exponent,
    )


def _constrained(
    workspace: Workspace, cluster: Cluster, layer: str | None, distance: str | None, name: str | None
) -> dict[str, Result]:
    from megaregion.data.scenario import BASELINE
    from megaregion.links.diagnose import constrained_study
    from megaregion.links.soft.flow_scenario import scenario_of

    scenario = None if name is None else scenario_of((BASELINE, *workspace.scenarios()), name)
    found = constrained_study(
        cluster,
        layer=layer,
        distance=distance or "fastest",  # type: ignore[arg-type] # checked
        scenario=scenario,
    )
    click.echo(f"layer: {found['constrained'].parameters()['layer']}", err=True)
    return found


def _observed(cluster: Cluster, layer: str | None, distance: str | None, *, sticky: bool) -> dict[str, Result]:
    from megaregion.links.diagnose import flow_study, stickiness_study

    study = stickiness_study if sticky else flow_study
    found = study(cluster, layer=layer, distance=distance or "great_circle")  # type: ignore[arg-type] # checked
    click.echo(f"layer: {found['stickiness'].to_frame()['layer'].iloc[0]}", err=True)
    return found
