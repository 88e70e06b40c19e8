"""megaregion survey."""

from pathlib import Path
from typing import Any

import click


def _items(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> dict[str, dict[str, float]]:
    keys, out = ("low", "high", "direction", "weight"), {}
    for text in texts:
        name, *numbers = text.split(":")
        try:
            out[name] = {key: float(part) for key, part in zip(keys, numbers, strict=False)}
        except ValueError:
            raise click.BadParameter(f"NAME:LOW:HIGH[:DIRECTION[:WEIGHT]], got {text!r}") from None
        if not 2 <= len(numbers) <= 4:
            raise click.BadParameter(f"NAME:LOW:HIGH[:DIRECTION[:WEIGHT]], got {text!r}")
    return out


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--item",
    "items",
    multiple=True,
    callback=_items,
    help="NAME:LOW:HIGH[:DIRECTION[:WEIGHT]]; -1 where high is bad.",
)
@click.option("--published", is_flag=True, help="FILE has place_id, mean, se instead of respondents.")
@click.option("--low-is-good", is_flag=True, help="With --published: the smallest mean is rank 1.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option("--draws", type=click.IntRange(min=100), default=10_000, show_default=True, help="For the ranks.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the draws.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the table as CSV here.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def survey(
    file: Path, items: dict[str, dict[str, Any]], published: bool, low_is_good: bool, level: float, draws: int,
    seed: int, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Business environment by place from a FILE of respondents: means, design errors, intervals of ranks.

    One row a firm: place_id, stratum, psu, weight, a column an item (CSV, XLSX or Parquet).
    """
    from megaregion.cli.console import print_results
    from megaregion.data.atomic import write_text
    from megaregion.data.sources.table import read_table
    from megaregion.errors import InputError
    from megaregion.links.soft.business_environment import business_environment, items_of, published_ranks
    from megaregion.result import Result

    frame, problems = read_table(file, file.name)
    if broken := [p.message for p in problems if p.severity == "error"]:
        raise InputError(f"{file.name}: " + "; ".join(broken))
    frame = frame.replace("", None)
    found: Result = (
        published_ranks(frame, seed=seed, level=level, draws=draws, high_is_good=not low_is_good) if published
        else business_environment(frame, items_of(items), seed=seed, level=level, draws=draws)
    )  # fmt: skip
    name = "published_ranks" if published else "business_environment"
    print_results({name: found}, as_json=as_json)
    if out is not None:
        write_text(out / f"{name}.csv", found.to_frame().to_csv(index=False, lineterminator="\n"))
        click.echo(f"written: {out / name}.csv", err=True)
