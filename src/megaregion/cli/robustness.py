"""megaregion robustness."""

from pathlib import Path
from typing import Any

import click

from megaregion.cli.roads import on_roads, split, tell


@click.command()
@click.argument("network", type=click.Path(path_type=Path))
@click.argument("trips", type=click.Path(path_type=Path))
@on_roads
@click.option("--hazards", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Polygons of hazards.")
@click.option("--id", "column", default="place_id", show_default=True, help="Column of HAZARDS with their names.")
@click.option("--most", type=float, default=0.2, show_default=True, help="Largest share of roads that fail.")
@click.option("--steps", type=click.IntRange(min=1), default=10, show_default=True, help="Points of each curve.")
@click.option("--draws", type=click.IntRange(min=1), default=20, show_default=True, help="Orders of chance.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the orders of chance.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write tables and lines here.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def robustness(
    network: Path, trips: Path, matrix: str | None, hazards: Path | None, column: str, most: float, steps: int,
    draws: int, seed: int, out: Path | None, as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Who is cut off and who goes further as roads fail: by chance, the busiest first, where hazards strike."""
    from megaregion.cli.console import counting
    from megaregion.data.atomic import write_text
    from megaregion.data.roads import read_roads
    from megaregion.data.trips import read_trips
    from megaregion.links.hard.assignment_files import write_layers, write_summary
    from megaregion.links.hard.road_sources import read_units
    from megaregion.links.hard.robustness import RobustnessOptions
    from megaregion.links.hard.robustness import robustness as failing

    reading, given = split(given)
    del given["threads"]
    roads = read_roads(network, **reading)
    demand = read_trips(trips, zones=roads.zones, matrix=matrix)
    options = RobustnessOptions(most=most, steps=steps, draws=draws, **given)
    areas = None if hazards is None else read_units(hazards, column)
    with counting("failures", quiet=as_json) as listen:
        found = failing(roads, demand, options, seed=seed, hazards=areas, progress=listen)
    tell({"robustness": found}, {"robustness": found.to_frame().dropna(axis=1, how="all")}, as_json=as_json)
    if out is not None:
        write_text(out / "robustness.csv", found.to_frame().to_csv(index=False, lineterminator="\n"))
        write_summary(out / "summary.json", {"robustness": found})
        write_text(out / "failing_links.csv", found.links.to_csv(index=False, lineterminator="\n"))
        written = ["robustness.csv", "failing_links.csv", "summary.json"]
        if write_layers(out / "robustness.gpkg", roads, {"failing_links": found.links}):
            written.append("robustness.gpkg")
        for name in written:
            click.echo(f"written: {out / name}", err=True)
