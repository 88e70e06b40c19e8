"""megaregion agree."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--margin", type=float, default=0.0, show_default=True, help="Least gain at which a party consents.")
@click.option("--budget", type=float, help="On the sum of costs (column cost).")
@click.option("--payments", type=float, help="Largest sum of side payments; 0 forbids them; default no limit.")
@click.option("--unit", default="unstated", show_default=True, help="Unit of the gains, for the tables.")
@click.option("--json", "as_json", is_flag=True, help="Print all tables, headline numbers and warnings as JSON.")
def agree(file: Path, margin: float, budget: float | None, payments: float | None, unit: str, as_json: bool) -> None:
    """Find the best set of measures that every party consents to (a table with the columns measure, party, gain)."""
    from megaregion.cli.console import counting, show
    from megaregion.data.sources.table import read_table
    from megaregion.errors import InputError
    from megaregion.mechanisms.agreement_text import lines
    from megaregion.mechanisms.coordination import agree as best

    frame, problems = read_table(file, file.name)
    if broken := [p.message for p in problems if p.severity == "error"]:
        raise InputError(f"{file.name}: " + "; ".join(broken))
    with counting("vetoes", quiet=as_json) as listen:
        found = best(frame, margin=margin, budget=budget, unit=unit, listen=listen,
                     payment_limit=float("inf") if payments is None else payments)  # fmt: skip
    tables = {"parties": found, "measures": found.measures, "rules": found.rules}
    if as_json:
        rows = {name: table.to_frame().to_dict("records") for name, table in tables.items()}
        show({"title": found.title_en, "facts": found.facts(), "parameters": found.parameters(),
              "warnings": found.warnings, **rows})  # fmt: skip
        return
    for line in lines(found):
        click.echo(line)
    for table in tables.values():
        click.echo()
        click.echo(table.title_en)
        click.echo(table.to_frame().to_string(index=False, float_format="{:.4g}".format))
    for text in found.warnings:
        click.echo(f"warning: {text}", err=True)
