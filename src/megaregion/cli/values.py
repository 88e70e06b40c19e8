"""megaregion values."""

from pathlib import Path
from typing import Any

import click

from megaregion.cli.roads import on_roads, split, tell


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.argument("trips", type=click.Path(path_type=Path))
@on_roads
@click.option("--cut", type=float, default=0.2, show_default=True, help="Share of a link's cost that is cut.")
@click.option("--sample", type=click.IntRange(min=1), help="Betweenness from so many zones, with standard errors.")
@click.option("--seed", type=int, help="Of the zones drawn; needed with --sample.")
@click.option("--loaded", is_flag=True, help="Costs at user equilibrium instead of those of empty roads.")
@click.option("--gap", type=float, default=1e-8, show_default=True, help="With --loaded: relative gap.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write table and lines here.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows to show.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def values(
    network: Path, trips: Path, matrix: str | None, cut: float, sample: int | None, seed: int | None, loaded: bool,
    gap: float, out: Path | None, top: int, as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Value every link of NETWORK for TRIPS: what a cut of its cost saves all, and whose cheapest way passes it.

    Exact for each link, at costs that are held; for roads that fill up see assign --bottlenecks.
    """
    from megaregion.cli.search import GapBar
    from megaregion.data.atomic import write_text
    from megaregion.data.roads import read_roads
    from megaregion.data.trips import read_trips
    from megaregion.links.hard.assignment import assign
    from megaregion.links.hard.assignment_files import write_layers, write_summary
    from megaregion.links.hard.assignment_options import AssignmentOptions
    from megaregion.links.hard.link_values import link_values

    reading, given = split(given)
    weights = {name: given[name] for name in ("toll_weight", "distance_weight")}
    roads = read_roads(network, **reading)
    demand = read_trips(trips, zones=roads.zones, matrix=matrix)
    flow = None
    if loaded:
        with GapBar(gap, quiet=as_json) as bar:
            found_flow = assign(roads, demand, AssignmentOptions(gap=gap, **given), listen=bar.listen)
        flow = found_flow.equilibrium.flow
    found = link_values(
        roads, demand, flow=flow, cut=cut, sample=sample, seed=seed, threads=given["threads"], **weights
    )
    tell({"link_values": found}, {"link_values": found.to_frame().head(top)}, as_json=as_json)
    if out is not None:
        write_text(out / "link_values.csv", found.to_frame().to_csv(index=False, lineterminator="\n"))
        written = [out / "link_values.csv", write_summary(out / "summary.json", {"link_values": found})]
        if write_layers(out / "link_values.gpkg", roads, {"link_values": found.to_frame()}):
            written.append(out / "link_values.gpkg")
        for path in written:
            click.echo(f"written: {path}", err=True)
