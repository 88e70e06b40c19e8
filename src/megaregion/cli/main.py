"""The command `megaregion`: one verb a file, errors in one line, exit codes by class of error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from megaregion._version import __version__
from megaregion.cli.agree import agree
from megaregion.cli.assign import assign
from megaregion.cli.borders import borders
from megaregion.cli.check import check
from megaregion.cli.crossings import crossings
from megaregion.cli.crosswalk import crosswalk
from megaregion.cli.culture import culture
from megaregion.cli.design import design
from megaregion.cli.diagnose import diagnose
from megaregion.cli.ecology import ecology
from megaregion.cli.energy import energy
from megaregion.cli.failures import failures
from megaregion.cli.fetch import fetch
from megaregion.cli.flows import flows
from megaregion.cli.gaps import gaps
from megaregion.cli.harmonize import harmonize
from megaregion.cli.index import index
from megaregion.cli.init import init
from megaregion.cli.innovation import innovation
from megaregion.cli.invest import invest
from megaregion.cli.multilayer import multilayer
from megaregion.cli.network import network
from megaregion.cli.offices import offices
from megaregion.cli.plan import plan
from megaregion.cli.programs import pairing, parks, vouchers
from megaregion.cli.rail import rail
from megaregion.cli.reforms import reforms
from megaregion.cli.register import register
from megaregion.cli.report import report
from megaregion.cli.restore import restore
from megaregion.cli.robustness import robustness
from megaregion.cli.run import run
from megaregion.cli.rural import rural
from megaregion.cli.segmentation import segmentation
from megaregion.cli.sensitivities import sensitivities
from megaregion.cli.services import services
from megaregion.cli.share import share
from megaregion.cli.simulate import simulate
from megaregion.cli.skim import skim
from megaregion.cli.spillover import spillover
from megaregion.cli.storm import storm
from megaregion.cli.survey import survey
from megaregion.cli.trace import trace
from megaregion.cli.values import values
from megaregion.cli.widen import widen
from megaregion.errors import MegaregionError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="megaregion")
def cli() -> None:
    """Measure, optimise and simulate a city cluster (城市群) from a folder of plain tables."""


for command in (
    init,
    check,
    register,
    crosswalk,
    harmonize,
    fetch,
    run,
    diagnose,
    index,
    borders,
    flows,
    services,
    vouchers,
    parks,
    pairing,
    spillover,
    segmentation,
    offices,
    multilayer,
    energy,
    failures,
    storm,
    survey,
    simulate,
    reforms,
    sensitivities,
    invest,
    plan,
    agree,
    share,
    rural,
    gaps,
    crossings,
    network,
    culture,
    ecology,
    restore,
    innovation,
    skim,
    rail,
    report,
    trace,
    assign,
    values,
    robustness,
    design,
    widen,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; never lets a traceback reach the user for anything raised on purpose."""
    logging.basicConfig(level=logging.WARNING)  # a library sets the root logger to INFO unless it is set already
    try:
        code = cli.main(args=arguments, prog_name="megaregion", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo(
            "\ninterrupted; the workspace is whole, the next run goes on from the last finished step",
            err=True,
        )
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except MegaregionError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except (OSError, MemoryError) as error:
        click.echo(f"error: {type(error).__name__}: {error}", err=True)
        sys.exit(4)
    sys.exit(code if isinstance(code, int) else 0)
