"""megaregion design."""

from pathlib import Path
from typing import Any

import click

from megaregion.cli.roads import on_roads, split, tell


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.argument("trips", type=click.Path(path_type=Path))
@click.argument("candidates", type=click.Path(path_type=Path), required=False)
@click.option("--budget", "budgets", type=float, multiple=True, required=True, help="Several give the frontier.")
@click.option("--share", is_flag=True, help="Budgets are shares of the cost of all candidates.")
@on_roads
@click.option("--gap", type=float, default=1e-10, show_default=True, help="Relative gap of compared equilibria.")
@click.option("--tolerance", type=float, default=1e-8, show_default=True, help="Gains below it are not looked for.")
@click.option(
    "--certify",
    type=click.Choice(["best", "runner-up"]),
    default="best",
    show_default=True,
    help="Prove the runner-up too.",
)
@click.option("--time-limit", type=float, help="Seconds for each budget; then the best so far and its bound.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write tables and lines here.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def design(
    network: Path, trips: Path, candidates: Path | None, budgets: tuple[float, ...], matrix: str | None,
    out: Path | None, as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Choose the roads to build under a budget, with proof that no other choice is better.

    CANDIDATES: CSV with cost and link_id (or from, to; with free_time, capacity, b and power for new links), or TNTP
    with a column Cost; without it the links of NETWORK that have a cost. Ctrl-C keeps the best so far and its bound.
    """
    from megaregion.cli.search import BoundBar
    from megaregion.data.roads import read_roads
    from megaregion.data.sources.candidates import with_candidates
    from megaregion.data.trips import read_trips
    from megaregion.plan.road_design import DesignOptions, write_design
    from megaregion.plan.road_design import design as best

    reading, given = split(given)
    roads = read_roads(network, **reading)
    if candidates is not None:
        roads = with_candidates(roads, candidates)
    demand = read_trips(trips, zones=roads.zones, matrix=matrix)
    with BoundBar(quiet=as_json) as bar:
        found = best(roads, demand, budgets, DesignOptions(**given), listen=bar.listen)
    tell({"designs": found}, {"designs": found.to_frame()}, as_json=as_json)
    for path in write_design(out, found) if out is not None else []:
        click.echo(f"written: {path}", err=True)
