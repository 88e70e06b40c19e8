"""megaregion spillover."""

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--indicator", help="What grows: an indicator (a level > 0) or a role.  [default: as in workspace.toml]")
@click.option("--level", help="Kind of the places.  [default: as in workspace.toml]")
@click.option("--core", "cores", multiple=True, help="A core, by place_id; repeat it.  [default: as in workspace.toml]")
@click.option("--year", "years", type=int, multiple=True, help="End of a period; repeat it.")
@click.option("--edge", "edges", type=float, multiple=True, help="Start of a ring in km; repeat it.  [0 50 100 200]")
@click.option("--control", "controls", multiple=True, help="Indicator of the first year as a control; repeat it.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the simulated intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def spillover(
    directory: Path, indicator: str | None, level: str | None, cores: tuple[str, ...], years: tuple[int, ...],
    edges: tuple[float, ...], controls: tuple[str, ...], seed: int, as_json: bool,
) -> None:  # fmt: skip
    """Do growing centres lift or drain small places: by ring of distance, and effects through neighbours.

    Below zero is siphon, above zero spillover. Defaults stand in [options.spillover] of workspace.toml.
    """
    from megaregion.cli.console import print_results
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.soft_links import spillover_study

    given: dict[str, Any] = {
        "indicator": indicator, "level": level, "cores": list(cores), "years": list(years), "edges_km": list(edges),
        "controls": list(controls),
    }  # fmt: skip
    workspace = Workspace(directory)
    found = spillover_study(workspace, {k: v for k, v in given.items() if v}, seed=seed)
    print_results(found, as_json=as_json, places=workspace.cluster().places)
