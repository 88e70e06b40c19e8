"""megaregion widen."""

from pathlib import Path
from typing import Any

import click

from megaregion.cli.roads import on_roads, split, tell


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.argument("trips", type=click.Path(path_type=Path))
@click.argument("candidates", type=click.Path(path_type=Path), required=False)
@click.option("--budget", type=float, required=True, help="Money in all, in the unit of the costs.")
@click.option("--cost", type=float, help="Without CANDIDATES: money a unit of capacity (and of length, if stated).")
@click.option("--most", type=float, default=float("inf"), help="Largest addition as a share of a link's capacity.")
@on_roads
@click.option("--gap", type=float, default=1e-11, show_default=True, help="Relative gap of the equilibria.")
@click.option("--tolerance", type=float, default=1e-6, show_default=True, help="Share of total cost still promised.")
@click.option("--trials", type=click.IntRange(min=1), default=300, show_default=True, help="Equilibria at most.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write table and lines here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows to show.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
@click.pass_context
def widen(
    context: click.Context, /, network: Path, trips: Path, candidates: Path | None, cost: float | None,
    matrix: str | None, out: Path | None, top: int, as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Spread a budget over the capacity of roads: how much to add to which, by the gradient of total cost.

    CANDIDATES: CSV with link_id (or from, to) and cost, the money a unit of capacity; without it all links at --cost.
    A local optimum without certificate; for whole roads, yes or no, use design. Ctrl-C keeps the best so far.
    """
    from megaregion.cli.main import INTERRUPTED
    from megaregion.cli.search import GapBar
    from megaregion.data.roads import read_roads
    from megaregion.data.trips import read_trips
    from megaregion.errors import ConvergenceError
    from megaregion.plan.road_widening import RoadWidening, WideningOptions, write_widening
    from megaregion.plan.road_widening import widen as spread

    reading, given = split(given)
    options = WideningOptions(**given)
    roads = read_roads(network, **reading)
    demand = read_trips(trips, zones=roads.zones, matrix=matrix)
    failure: ConvergenceError | None = None
    with GapBar(options.tolerance, what="widen", quiet=as_json) as bar:
        try:
            found = spread(roads, demand, options, cost=cost, candidates=candidates,
                           listen=lambda trial, _, left: bar.listen(trial, max(left, options.tolerance)))  # fmt: skip
        except ConvergenceError as error:
            if not isinstance(error.last, RoadWidening):
                raise
            found, failure = error.last, error
    tell({"widening": found}, {"widening": found.to_frame().head(top)}, as_json=as_json)
    for path in write_widening(out, found) if out is not None else []:
        click.echo(f"written: {path}", err=True)
    if bar.interrupted:
        click.echo("interrupted; this is the best so far", err=True)
        context.exit(INTERRUPTED)
    if failure is not None:
        raise failure
