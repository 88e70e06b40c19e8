"""megaregion restore."""

from pathlib import Path

import click


@click.command()
@click.argument("sites", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--budget", type=click.FloatRange(min=0.0), required=True, help="In the unit of the costs.")
@click.option("--pairs", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Table site_a, site_b, gain: what two bring more than the sum of both.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="CSV to write.")
@click.option("--seconds", type=click.FloatRange(min=1.0), default=60.0, show_default=True, help="Time for the proof.")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="Rows printed.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def restore(
    sites: Path, budget: float, pairs: Path | None, out: Path | None, seconds: float, top: int, as_json: bool
) -> None:
    """Sites to restore first under a budget, proven best, beside the greedy rule: SITES lists site, gain, cost.

    With cost_low and cost_high (and price, that several sites share) also what is chosen whatever the prices.
    """
    from megaregion.cli.console import print_results
    from megaregion.data.atomic import write_text
    from megaregion.nodes.restoration import read_restoration, restoration_priority
    from megaregion.nodes.restoration_doubt import has_ranges, restoration_doubt
    from megaregion.result import Result

    table, both = read_restoration(sites, pairs)
    found = restoration_priority(table, budget=budget, pairs=both, seconds=seconds)
    if out is not None:
        write_text(out, found.to_frame().to_csv(index=False, lineterminator="\n"))
    tables: dict[str, Result] = {"restoration": found}
    if has_ranges(table):
        tables["restoration_doubt"] = restoration_doubt(table, budget=budget, pairs=both, seconds=seconds)
    print_results(tables, as_json=as_json, top=top)
