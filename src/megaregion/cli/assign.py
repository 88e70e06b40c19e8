"""megaregion assign."""

from pathlib import Path
from typing import Any

import click

from megaregion.cli.roads import on_roads, split, tell
from megaregion.result import Result

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.argument("trips", type=click.Path(path_type=Path), required=False)
@on_roads
@click.option("--gap", type=float, default=1e-8, show_default=True, help="Relative gap at which to stop.")
@click.option("--iterations", type=click.IntRange(min=1), default=1000, show_default=True, help="At most.")
@click.option(
    "--trips-per-person", type=float, help="Workspace without TRIPS: vehicles an hour that leave, a resident."
)
@click.option("--elasticity", type=float, help="Workspace without TRIPS: of trips to the cost of the empty roads.")
@click.option("--system-optimum", is_flag=True, help="Least total cost instead of the equilibrium.")
@click.option("--leave-unreachable", is_flag=True, help="Leave out demand without a way, and say so.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write tables and lines into this folder."
)
@click.option("--bottlenecks", "narrow", is_flag=True, help="Rank links by what widening them would save all.")
@click.option(
    "--by",
    type=click.Choice(["capacity", "percent", "time"]),
    default="capacity",
    show_default=True,
    help="Rank by one more unit of capacity, one percent more, or one unit of time less.",
)
@click.option("--select", "links", multiple=True, help="Who passes this link: their trips, and where else they drive.")
@click.option("--skims", is_flag=True, help="With --out: also the cost between zones.")
@click.option("--classes", "users", type=FILE, help="Table of classes of travellers with trips, weights, restrictions.")
@click.option("--sensitivity", type=float, help="Trips answer to cost, by this per unit of it; with --reference.")
@click.option(
    "--response",
    "form",
    type=click.Choice(["exponential", "linear"]),
    default="exponential",
    show_default=True,
    help="How: D0 exp(-s (u - u0)), or D0 (1 - s (u - u0)), not below 0.",
)
@click.option("--reference", type=FOLDER, help="Costs u0 at which TRIPS travel: an earlier --out with --skims.")
@click.option("--start", type=FILE, help="Begin with the routes that --keep has written, after links or trips changed.")
@click.option(
    "--keep", type=click.Path(path_type=Path, dir_okay=False), help="Write the routes, FILE.npz, for --start."
)
@click.option(
    "--to-workspace",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Write the times between zones as the table road_times of this workspace, which all its steps then count by.",
)
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows to show.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
@click.pass_context
def assign(
    context: click.Context, /, network: Path, trips: Path | None, matrix: str | None, leave_unreachable: bool,
    narrow: bool, by: Any, links: tuple[str, ...], trips_per_person: float | None, elasticity: float | None,
    out: Path | None, skims: bool, to_workspace: Path | None, top: int, as_json: bool, users: Path | None,
    sensitivity: float | None, form: Any, reference: Path | None, start: Path | None, keep: Path | None, **given: Any,
) -> None:  # fmt: skip
    """Assign TRIPS to the roads of NETWORK until nobody gains by another way.

    NETWORK: TNTP file, GMNS folder, folder with links.csv and nodes.csv, GeoPackage, or a workspace. TRIPS: TNTP, OMX,
    CSV; without it the demand.csv of GMNS, or the gravity model of a workspace, or the files that --classes names.
    Ctrl-C ends the search after its iteration and keeps what it has, with its gap.
    """
    from megaregion.cli.main import INTERRUPTED
    from megaregion.cli.search import GapBar
    from megaregion.data.roads import read_roads
    from megaregion.data.trips import read_trips
    from megaregion.links.hard.assignment import assign_or_last
    from megaregion.links.hard.assignment_files import write_assignment
    from megaregion.links.hard.assignment_options import AssignmentOptions, TripResponse
    from megaregion.links.hard.assignment_start import read_start, write_start
    from megaregion.links.hard.bottlenecks import bottlenecks
    from megaregion.links.hard.road_demand import own_trips
    from megaregion.links.hard.road_times import write_road_times
    from megaregion.links.hard.select_link import select_link
    from megaregion.links.hard.travel_classes import read_classes, read_reference

    if (sensitivity is None) != (reference is None):
        raise click.UsageError("trips that answer to cost need both --sensitivity and --reference")
    if start is not None and reference is not None:
        raise click.UsageError("--start is for given trips; those that answer to cost are found without one")
    reading, given = split(given)
    options = AssignmentOptions(**given, unreachable="leave" if leave_unreachable else "raise")
    roads = read_roads(network, **reading)
    weights = {name: given[name] for name in ("toll_weight", "distance_weight")}
    table = None if trips is None else read_trips(trips, zones=roads.zones, matrix=matrix)
    if table is None and users is None:
        table = own_trips(network, roads, trips_per_person=trips_per_person, elasticity=elasticity, **weights)
    demand: Any = table if users is None else read_classes(users, roads, table)
    names = ["all"] if users is None else [user.name for user in demand]
    response = None
    if reference is not None and sensitivity is not None:
        response = TripResponse(reference=read_reference(reference, names), sensitivity=sensitivity, form=form)
    begin = None if start is None else read_start(start, roads)
    with GapBar(options.gap, quiet=as_json) as bar:
        found, failure = assign_or_last(roads, demand, options, start=begin, response=response, listen=bar.listen)
    further: dict[str, Result] = {"bottlenecks": bottlenecks(found, by=by)} if narrow and failure is None else {}
    further |= select_link(found, links) if links else {}
    written = write_assignment(out, found, further, skims=skims) if out is not None else []
    written += [write_start(keep, found)] if keep is not None else []
    written += [write_road_times(to_workspace, found)[0]] if to_workspace is not None and failure is None else []
    rows = {"links": found.busiest(top)} | {name: table.to_frame().head(top) for name, table in further.items()}
    tell({"links": found, **further}, rows, as_json=as_json)
    for path in written:
        click.echo(f"written: {path}", err=True)
    if bar.interrupted:
        click.echo(
            f"interrupted at relative gap {found.equilibrium.relative_gap:.3g}; these are the last flows", err=True
        )
        context.exit(INTERRUPTED)
    if failure is not None:
        raise failure
