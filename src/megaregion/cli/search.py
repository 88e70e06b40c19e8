"""Progress of a search towards a gap, and Ctrl-C that ends it with what it has."""

from __future__ import annotations

import math
import signal
import sys
import threading
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class BoundBar:
    """Nodes, best total and bound of a branch and bound on standard error.

    Parameters
    ----------
    quiet : bool
        Draw nothing.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.bar = Progress(
            TextColumn("design"), BarColumn(), TextColumn("{task.fields[text]}"), TimeElapsedColumn(),
            console=Console(file=sys.stderr), disable=quiet or not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self.task = self.bar.add_task("design", total=None, text="")

    def __enter__(self) -> BoundBar:
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()

    def listen(self, done: int, left: int, best: float, bound: float) -> None:
        """Draw the distance between the best design and the bound."""
        distance = (best - bound) / best if math.isfinite(best) and best > 0 else math.nan
        self.bar.update(self.task, text=f"{done} nodes done, {left} open, best {best:.8g}, {100 * distance:.3g} % left")


class GapBar:
    """A bar on standard error that fills with the digits of the gap; the first Ctrl-C asks the search to stop.

    Parameters
    ----------
    target : float
        Gap at which the bar is full.
    what : str
        Word before the bar.
    quiet : bool
        Draw nothing.
    """

    def __init__(self, target: float, *, what: str = "assign", quiet: bool = False) -> None:
        self.target, self.interrupted = target, False
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}"), TimeElapsedColumn(),
            console=Console(file=sys.stderr), disable=quiet or not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self.task = self.bar.add_task(what, total=1.0, text="")
        self.first: float | None = None
        self.before: Any = None

    def __enter__(self) -> GapBar:
        self.bar.start()
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._stop)
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:  # asked twice: at once, and nothing is kept
            raise KeyboardInterrupt
        self.interrupted = True
        click.echo("stopping after this iteration; once more to stop at once", err=True)

    def listen(self, iteration: int, gap: float) -> None:
        """Draw; raises StopIteration, which ends the search, once Ctrl-C was pressed."""
        self.first = max(gap, self.target) if self.first is None else self.first
        span = math.log(self.first / self.target)
        done = 1.0 if gap <= self.target or span == 0 else math.log(self.first / gap) / span
        self.bar.update(self.task, completed=max(done, 0.0), text=f"iteration {iteration}, relative gap {gap:.2e}")
        if self.interrupted:
            raise StopIteration
