"""megaregion vouchers, parks and pairing: one program each, from a workspace or from plain files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from megaregion.data.cluster import Cluster
    from megaregion.links.soft.stated import Minutes
    from megaregion.result import Result

SOURCE = click.argument("source", type=click.Path(path_type=Path))
OUT = click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write every table as CSV here.")
TOP = click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="Rows of each table.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")


def _stated(source: Path, names: Sequence[str]) -> tuple[Mapping[str, pd.DataFrame], Cluster | None]:
    """Tables of a program, and the workspace if it is one."""
    if (source / "workspace.toml").is_file():
        from megaregion.data.workspace import Workspace

        cluster = Workspace(source).cluster()
        return {name: cluster.further[name] for name in names if name in cluster.further}, cluster
    from megaregion.data.stated import read_stated

    tables = read_stated(source, names)
    for name in (name for name, frame in tables.items() if frame.empty):
        click.echo(f"warning: {name} has no rows and is left out", err=True)
    return tables, None


def _options(cluster: Cluster | None, program: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the workspace, then those of the command."""
    stated = {} if cluster is None else dict(cluster.options.get(program, {}))
    return {**stated, **{name: value for name, value in given.items() if value is not None}}


def _minutes(cluster: Cluster | None) -> Minutes | None:
    if cluster is None:
        return None
    from megaregion.links.diagnose import minutes_between

    return minutes_between(cluster)


def _show(
    found: Mapping[str, Result], source: Path, names: Sequence[str], out: Path | None, top: int, as_json: bool,
    cluster: Cluster | None,
) -> None:  # fmt: skip
    from megaregion.cli.console import print_results
    from megaregion.data.atomic import write_text
    from megaregion.errors import MissingDataError

    if not found:
        raise MissingDataError(f"{source.name} states none of the tables {', '.join(names)}",
                               hint="see docs: workspace format")  # fmt: skip
    print_results(found, as_json=as_json, top=top, places=None if cluster is None else cluster.places)
    if out is not None:
        for name, table in found.items():
            write_text(out / f"{name}.csv", table.to_frame().to_csv(index=False, lineterminator="\n"))
            click.echo(f"written: {out / name}.csv", err=True)


@click.command()
@SOURCE
@click.option("--budget", help="Of the programme, in the unit of cost.", type=float)
@click.option("--subsidy", help="Share of the cost that a voucher pays.", type=float)
@click.option("--cap", help="Most that one firm may get.", type=float)
@click.option("--divisible", is_flag=True, default=None, help="Part of a voucher can be granted.")
@click.option("--match-unit", help="Unit of what projects are worth.")
@click.option("--draws", type=click.IntRange(min=99), help="Of the lottery, where not every draw can be looked at.")
@click.option("--seed", type=int, help="Of the lottery; default that of the workspace.")
@OUT
@TOP
@JSON
def vouchers(
    source: Path, seed: int | None, out: Path | None, top: int, as_json: bool, **given: Any
) -> None:  # fmt: skip
    """Innovation vouchers: whom to grant under a budget, how they were redeemed, what a lottery showed.

    SOURCE is a workspace, or a folder with voucher_projects.csv, voucher_redemptions.csv (and voucher_eligible.csv),
    voucher_lottery.csv; any of them (real ones: docs/howto/vouchers_register of the repository).
    """
    from megaregion.errors import InputError
    from megaregion.links.soft.vouchers_stated import TABLES, VoucherOptions, stated_vouchers

    tables, cluster = _stated(source, TABLES)
    if seed is None and cluster is None and "voucher_lottery" in tables:
        raise InputError("a lottery needs a seed", hint="--seed 1")
    chosen = VoucherOptions.of(_options(cluster, "vouchers", given))
    start = seed if seed is not None else int(cluster.attrs["seed"]) if cluster is not None else 0
    _show(stated_vouchers(tables, chosen, seed=start), source, TABLES, out, top, as_json, cluster)


@click.command()
@SOURCE
@click.option("--method", type=click.Choice(["sum", "stable"]), help="Largest sum of scores, or a stable matching.")
@click.option("--least", help="Score above which a pair is formed.", type=float)
@click.option("--complementarity", help="Weight of complementarity in the score.", type=float)
@click.option("--land", help="Weight of the log gap of land prices.", type=float)
@click.option("--labour", help="Weight of the log gap of wages.", type=float)
@click.option("--hour", help="Weight of an hour of travel, subtracted.", type=float)
@OUT
@TOP
@JSON
def parks(source: Path, out: Path | None, top: int, as_json: bool, **given: Any) -> None:
    """Joint parks: partners that suit each other, the split of what parks yield, what is counted twice.

    SOURCE is a workspace, or a folder with park_candidates.csv (and park_places.csv), park_parties.csv or
    park_coalitions.csv, park_booked.csv; any of them (real ones: docs/howto/joint_parks of the repository).
    """
    from megaregion.links.soft.parks_stated import TABLES, ParkOptions, stated_parks

    tables, cluster = _stated(source, TABLES)
    chosen = ParkOptions.of(_options(cluster, "parks", given))
    _show(stated_parks(tables, chosen, minutes=_minutes(cluster)), source, TABLES, out, top, as_json, cluster)


@click.command()
@SOURCE
@click.option("--goal", type=click.Choice(["sum", "least"]), help="Largest sum, or largest smallest benefit first.")
@click.option("--continuity", help="What ending an existing pair costs, in the unit of benefit.", type=float)
@click.option(
    "--serve", type=click.Choice(["all", "most"]), help="Refuse if not everybody can be served, or serve most."
)
@click.option("--decay-min", help="Minutes over which a computed benefit falls to 37 %.", type=float)
@click.option("--unit", help="Unit of benefits.")
@click.option("--year", type=int, help="In which pairs of pairs.csv hold; default the base year, or their last start.")
@OUT
@TOP
@JSON
def pairing(source: Path, year: int | None, out: Path | None, top: int, as_json: bool, **given: Any) -> None:
    """Paired assistance: who helps whom under capacities and budgets, with regard for existing pairs.

    SOURCE is a workspace, or a folder with pairing_candidates.csv, pairing_donors.csv and, where benefits are computed,
    pairing_fields.csv; existing pairs in pairs.csv (real ones: docs/howto/paired_assistance of the repository).
    """
    from megaregion.links.soft.pairing_stated import TABLES, StatedPairing, stated_pairing

    tables, cluster = _stated(source, TABLES)
    chosen = StatedPairing.of(_options(cluster, "pairing", given))
    when = year if year is not None or cluster is None else int(cluster.attrs["base_year"])
    _show(
        stated_pairing(tables, chosen, year=when, minutes=_minutes(cluster)), source, TABLES, out, top, as_json, cluster
    )
