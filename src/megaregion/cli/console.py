"""Progress on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from megaregion.pipeline.run import Outcome
from megaregion.result import Result

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 4  # of each table of a step, of which there are many
SHOWN_NOTES = 8  # of a table
SHOWN_MEMBERS = 10  # of a list among the headline numbers
SHOWN = 4  # warnings of a step that the terminal prints; a screen of them hides what counts


class Bars:
    """A listener that draws one progress bar a step on standard error."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.bar = Progress(
            TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(), console=Console(file=sys.stderr), disable=quiet or not sys.stderr.isatty(),
            transient=True,
        )  # fmt: skip
        self.task: TaskID | None = None

    def __enter__(self) -> Bars:
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()

    def start(self, step: str) -> None:
        """A step begins."""
        self.task = self.bar.add_task(step, total=None, text="")

    def progress(self, done: int, total: int, text: str) -> None:
        """Inside a long step."""
        if self.task is not None:
            self.bar.update(self.task, completed=done, total=total, text=text)

    def done(self, outcome: Outcome) -> None:
        """A step has ended."""
        if self.task is not None:
            self.bar.remove_task(self.task)
            self.task = None
        if not self.quiet:
            how = "unchanged, reused" if outcome.reused else f"{outcome.seconds:.1f} s"
            click.echo(f"  {outcome.step:<12} {how}", err=True)
            for text in outcome.warnings[:SHOWN]:
                click.echo(f"    warning: {text}", err=True)
            if more := len(outcome.warnings[SHOWN:]):
                click.echo(f"    and {more} more in results/{outcome.step}/meta.json", err=True)


@contextmanager
def counting(text: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; yields a function that is told (done, total)."""
    bar = Progress(
        TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(), console=Console(file=sys.stderr), disable=quiet or not sys.stderr.isatty(), transient=True,
    )  # fmt: skip
    task = bar.add_task(text, total=1)
    with bar:
        yield lambda done, total: bar.update(task, completed=done, total=max(total, 1))


@contextmanager
def waiting(text: str, *, quiet: bool) -> Iterator[None]:
    """A spinner with the time on standard error, for work whose end nobody can tell beforehand."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(file=sys.stderr),
        disable=quiet or not sys.stderr.isatty(), transient=True,
    )  # fmt: skip
    bar.add_task(text, total=None)
    with bar:
        yield


def show(data: object) -> None:
    """Print JSON in UTF-8 with stable order."""
    import json

    from megaregion.data.store import plain

    click.echo(json.dumps(plain(data), ensure_ascii=False, indent=1, sort_keys=True))


def steps(
    directory: Path, names: tuple[str, ...], *, force: bool, as_json: bool, scheduler: str | None = None,
    workers: int | None = None,
) -> None:  # fmt: skip
    """Run some steps and print what they found."""
    from megaregion.data.workspace import Workspace
    from megaregion.equilibrium.executors import executor_for
    from megaregion.pipeline.run import run

    workspace = Workspace(directory)
    with executor_for(scheduler, workers=workers) as executor, Bars(quiet=as_json) as bars:
        run(workspace, steps=names, listener=bars, force=force, report=False, executor=executor)
    tables = {name: workspace.store.load(name) for name in names}
    if as_json:
        show({s: {n: {"title": t.title_en, "facts": t.facts, "warnings": t.warnings, "rows": len(t.frame)}
                  for n, t in found.items()} for s, found in tables.items()})  # fmt: skip
        return
    places = workspace.cluster().places
    for step, found in tables.items():
        for name, table in found.items():
            count = f"{min(len(table.frame), SHOWN_ROWS)} of {len(table.frame)} rows" if len(table.frame) else "no rows"
            click.echo(f"{step}/{name}: {table.title_en} ({count})")
            if len(table.frame):
                rows = with_names(table.frame.head(SHOWN_ROWS), places)
                click.echo(rows_of(rows, max_cols=10, float_format=figure))
    click.echo(
        f"all rows: {directory / 'results'} (Parquet); megaregion report {directory} writes Excel and the report"
    )


def print_results(
    found: Mapping[str, Result], *, as_json: bool, top: int | None = None, hide: Sequence[str] = (),
    places: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Print results as JSON, or as tables without the columns of `hide`, with facts; warnings on standard error.

    With `places` (index place_id, column name) codes stand with their names, but in JSON, which is read by programs.
    """
    if as_json:
        show({name: {"title": part.title_en, "facts": part.facts(), "parameters": part.parameters(),
                     "warnings": part.warnings, "rows": part.to_frame().to_dict("records")}
              for name, part in found.items()})  # fmt: skip
        return
    names = _names(places)
    for name, part in found.items():
        frame = part.to_frame()
        for column in ("root_excess_sd", "gain_percent"):  # what stands out first
            if column in frame:
                frame = frame.sort_values(column, key=abs, ascending=False, kind="stable")
        if "measure" in frame and "place" in frame:  # what holds for all places before the long list of places
            frame = frame.sort_values("place", key=lambda v: v.fillna("") != "", kind="stable")
        shown = frame.drop(columns=[c for c in frame if str(c).startswith("note_") or c in hide])
        click.echo(f"{name}: {part.title_en}" + (f", {min(top, len(frame))} of {len(frame)} rows" if top else ""))
        rows = with_names(shown.head(top or len(shown)), places)
        click.echo(rows_of(rows, float_format=figure))
        for text in _notes(frame.head(top or len(frame))):
            click.echo(f"  note: {text}")
        for fact, value in part.facts().items():
            if not (isinstance(value, list) and value and isinstance(value[0], Mapping)):  # rows again, or notes
                click.echo(f"  {fact}: {names.get(value, value) if isinstance(value, str) else _short(value)}")
        for text in part.warnings:
            click.echo(f"warning: {name}: {text}", err=True)


def rows_of(frame: pd.DataFrame, **how: Any) -> str:
    """Rows as text; a table without rows says so, where pandas prints the names of its columns."""
    return "  no rows" if frame.empty else frame.to_string(index=False, **how)


def with_names(frame: pd.DataFrame, places: pd.DataFrame | None) -> pd.DataFrame:
    """Cells that are the code of a place get its name behind it."""
    names = _names(places)

    def named(value: object) -> object:
        return names.get(value, value) if isinstance(value, str) else value

    texts = [c for c in frame if not frame[c].map(lambda v: not isinstance(v, str)).all()]
    return frame.assign(**{str(c): frame[c].map(named) for c in texts})


def figure(value: float) -> str:
    """A number to read: counts, money and coordinates in full, small numbers with four digits."""
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def _names(places: pd.DataFrame | None) -> dict[str, str]:
    """Code -> code and name, of those that have another name."""
    if places is None or "name" not in places:
        return {}
    return {str(k): f"{k} {v}" for k, v in places["name"].items() if isinstance(v, str) and v and v != str(k)}


def _short(value: object) -> object:
    """Numbers to six digits, a long list by its first members and how many there are; --json has all of them."""
    if isinstance(value, float):
        return f"{value + 0.0:.6g}"  # no minus zero
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_short(part)}" for name, part in value.items())
    if not isinstance(value, list) or len(value) <= SHOWN_MEMBERS:
        return value
    return ", ".join(str(x) for x in value[:SHOWN_MEMBERS]) + f", ... ({len(value)} in all)"


def _notes(frame: pd.DataFrame) -> list[str]:
    """What the rows that are printed say in words, once each, with the measure that it is about."""
    if "note_en" not in frame:
        return []
    about = frame["measure"].astype(str) + ": " if "measure" in frame else ""
    told = (about + frame["note_en"].astype(str))[frame["note_en"].astype(bool) & frame["note_en"].notna()]
    return list(dict.fromkeys(told))[:SHOWN_NOTES]


def write_results(found: Mapping[str, Result], out: Path | None) -> None:
    """Write every result as a CSV into a folder, and say so on standard error; nothing without a folder."""
    from megaregion.data.atomic import write_text

    for name, part in found.items() if out is not None else ():
        path = Path(str(out)) / f"{name}.csv"
        write_text(path, part.to_frame().to_csv(index=False, lineterminator="\n"))
        click.echo(f"written: {path}", err=True)
