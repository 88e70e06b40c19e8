"""megaregion invest."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--method", type=click.Choice(["equilibrium", "planner"]), default="equilibrium", show_default=True,
    help="Inside the calibrated model, or a planner with a free hand (extra `planner`).",
)  # fmt: skip
@click.option("--budget", type=float, default=0.5, show_default=True, help="Percent of the network that stands.")
@click.option("--gamma", type=float, default=0.3, show_default=True, help="Elasticity of link time to investment.")
@click.option("--largest", type=float, default=1.0, show_default=True, help="Largest investment in one link.")
@click.option("--top", type=click.IntRange(min=1), default=15, show_default=True, help="Rows to show.")
@click.option("--json", "as_json", is_flag=True, help="Print all rows, headline numbers and warnings as JSON.")
def invest(directory: Path, method: str, budget: float, gamma: float, largest: float, top: int, as_json: bool) -> None:
    """Spread a budget over all links at once where it raises welfare most (first look; lines are valued by `plan`)."""
    from megaregion.cli.console import Bars, show
    from megaregion.data.workspace import Workspace
    from megaregion.pipeline.invest import invest as best

    with Bars(quiet=as_json) as bars:
        found = best(Workspace(directory), method=method, percent=budget, gamma=gamma, largest=largest, listener=bars)
    frame = found.to_frame().sort_values("investment", ascending=False, kind="stable")
    if as_json:
        show({"title": found.title_en, "facts": found.facts(), "parameters": found.parameters(),
              "warnings": found.warnings, "rows": frame.to_dict("records")})  # fmt: skip
        return
    click.echo(f"{found.title_en}: {min(top, len(frame))} of {len(frame)} rows")
    click.echo(frame.head(top).to_string(index=False, float_format="{:.4g}".format))
    for fact, value in found.facts().items():
        click.echo(f"  {fact}: {value}")
    for text in found.warnings:
        click.echo(f"warning: {text}", err=True)
