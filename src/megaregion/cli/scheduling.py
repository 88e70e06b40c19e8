"""Where joint draws are computed, as options of a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def scheduling(command: F) -> F:
    """Options --scheduler and --workers."""
    command = click.option(
        "--workers", type=click.IntRange(min=1), help="Processes of the pool.  [default: one a processor]"
    )(command)
    return click.option(
        "--scheduler", default="processes", show_default=True, metavar="WHERE",
        help="Where draws of the parameters are computed: serial, processes, or the address of a dask scheduler "
        "(tcp://host:port, extra `distributed`). Results are the same.",
    )(command)  # fmt: skip
