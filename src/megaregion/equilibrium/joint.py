"""Scenarios at joint draws of the parameters: every reported number with its range."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass

import numpy as np

from megaregion.equilibrium.calibrate import Baseline, Calibration
from megaregion.equilibrium.counterfactual import Counterfactual
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.ensemble import GAMMA, Draws, draws
from megaregion.equilibrium.executors import single_threaded
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.welfare import moved, welfare_of
from megaregion.errors import ConvergenceError, InfeasibleError, SolveError

Progress = Callable[[int, int, str], None]
Values = dict[str, dict[str, Array]]  # table -> column -> one draw's rows
TABLES = ("scenarios", "places", "groups", "gains")
FAILED_ALLOWED = 0.1  # share of draws without a solution above which there is no range to show
LIGHT = 2e6  # draws x scenarios x pairs of places below which sending the work costs more than doing it
_TASKS = 32  # an ensemble is cut into so many tasks at most: each carries the baseline along
_WHAT = "joint draws of the parameters"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A draw without a solution.

    Attributes
    ----------
    draw : int
        Row of the sample.
    values : mapping of str to float
        Parameters there.
    reason : str
    """

    draw: int
    values: Mapping[str, float]
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Ensemble:
    """Scenarios at every draw that has a solution.

    Attributes
    ----------
    sample : Draws
        Parameters of all draws.
    kept : array (D,) of int
        Rows of the sample with a solution.
    failed : tuple of Failure
        The others.
    scenarios : tuple of (str, str)
        Scenario and variant of each row, scenarios first.
    values : mapping of str to mapping of str to array
        Table (`scenarios`, `places`, `groups`, `gains`) -> column -> (D, rows), rows in the order of the frames of
        `counterfactual.Counterfactual`: scenario by scenario, then place or group.
    """

    sample: Draws
    kept: Array
    failed: tuple[Failure, ...]
    scenarios: tuple[tuple[str, str], ...]
    values: Mapping[str, Mapping[str, Array]]

    @property
    def warnings(self) -> tuple[str, ...]:
        """How many draws are left out, with the first of them."""
        if not self.failed:
            return ()
        first = self.failed[0]
        where = ", ".join(f"{name} {value:.3g}" for name, value in first.values.items())
        total = len(self.kept) + len(self.failed)
        return (f"{len(self.failed)} of {total} draws have no solution and are left out of the ranges; at the first "
                f"({where}): {first.reason}",)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class _Task:
    """What a worker needs; the shocks are made there, at the parameters of the draw."""

    base: Baseline
    impulses: tuple[Impulse, ...]
    variants: tuple[bool, ...]
    detail: bool
    names: tuple[str, ...]

    def evaluate(self, row: Array) -> Values:
        """All reported numbers at one draw."""
        chosen = dict(zip(self.names, map(float, row), strict=True))
        fit = self.base.at(gamma=chosen.pop(GAMMA), **chosen)
        shocks = [i.shock(fit, full_effect=full) for i in self.impulses for full in self.variants]
        if not self.detail:
            return {"gains": {"welfare": welfare_of(fit.economy, shocks)}}
        return self._reported(fit, Counterfactual(
            economy=fit.economy, layout=fit.layout(self.base.place), names=tuple(map(str, range(len(shocks)))),
            free=solve(fit.economy, shocks), fixed=solve(fit.economy, shocks, mobile=False),
        ))  # fmt: skip

    def _reported(self, fit: Calibration, found: Counterfactual) -> Values:
        people = moved(self.base.place.population, found.free.residents)
        return {
            "scenarios": {"population_moved": people}, "gains": found.gain_values(),
            "places": found.place_values(), "groups": found.group_values(),
        }  # fmt: skip


def _evaluate(payload: bytes, rows: list[tuple[int, Array]]) -> list[tuple[int, Values | str]]:
    """Some draws; a reason in place of numbers where there is no solution."""
    task: _Task = pickle.loads(payload)

    def work() -> list[tuple[int, Values | str]]:
        out: list[tuple[int, Values | str]] = []
        for number, row in rows:
            try:
                out.append((number, task.evaluate(row)))
            except (SolveError, ConvergenceError, InfeasibleError) as error:
                out.append((number, error.message))
        return out

    return single_threaded(work)


def ensemble(
    base: Baseline, impulses: Mapping[str, Impulse], *, seed: int | np.random.Generator,
    variants: Mapping[str, bool] | None = None, detail: bool = True, executor: Executor | None = None,
    progress: Progress | None = None,
) -> Ensemble:  # fmt: skip
    """Calibrate and solve anew at joint draws of all parameters.

    Parameters
    ----------
    base : Baseline
    impulses : mapping of str to Impulse
        By scenario.
    seed : int or Generator
        Of `ensemble.draws`.
    variants : mapping of str to bool, optional
        Name -> `full_effect`; default the headline alone.
    detail : bool
        Whether to keep places, groups and gains; else only ``gains["welfare"]``, the welfare factor.
    executor : concurrent.futures.Executor, optional
        Where draws are computed (`executors.executor_for`); default this process, as for work that is too light to
        be sent. The numbers are the same to the last bit on one kind of machine.
    progress : callable, optional
        Told (done, total, what).

    Raises
    ------
    SolveError
        More than a tenth of the draws have no solution.
    """
    kinds = {"headline": False} if variants is None else dict(variants)
    sample = draws(base, seed=seed)
    task = _Task(
        base=base, impulses=tuple(impulses.values()), variants=tuple(kinds.values()), detail=detail, names=sample.names
    )
    weight = len(sample.values) * len(task.impulses) * len(kinds) * base.nominal.economy.trade.size
    found = _run(task, sample.values, executor if weight > LIGHT else None, progress)
    failed = tuple(
        Failure(draw=k, values=dict(zip(sample.names, map(float, sample.values[k]), strict=True)), reason=value)
        for k, value in enumerate(found) if isinstance(value, str)
    )  # fmt: skip
    if len(failed) > FAILED_ALLOWED * len(found):
        raise SolveError(
            f"{len(failed)} of {len(found)} draws of the parameters have no solution: {failed[0].reason}",
            hint="narrow the ranges in [options.equilibrium.ranges]",
        )
    return Ensemble(
        sample=sample, kept=np.array([k for k, v in enumerate(found) if not isinstance(v, str)], dtype=np.int64),
        failed=failed, scenarios=tuple((name, kind) for name in impulses for kind in kinds),
        values=_stacked([v for v in found if not isinstance(v, str)]),
    )  # fmt: skip


def _run(task: _Task, rows: Array, executor: Executor | None, progress: Progress | None) -> list[Values | str]:
    """Every draw in order, whatever the order in which they are done."""
    total = len(rows)
    size = max(1, -(-total // _TASKS)) if executor is not None else max(1, min(10, total))
    parts = [[(k, rows[k]) for k in range(a, min(a + size, total))] for a in range(0, total, size)]
    payload = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
    out: list[Values | str] = [""] * total
    done = 0

    def take(found: list[tuple[int, Values | str]]) -> None:
        nonlocal done
        for number, value in found:
            out[number] = value
        done += len(found)
        if progress is not None:
            progress(done, total, _WHAT)

    if progress is not None:
        progress(0, total, _WHAT)
    if executor is None:
        for part in parts:
            take(_evaluate(payload, part))
        return out
    waiting: list[Future[list[tuple[int, Values | str]]]] = [executor.submit(_evaluate, payload, p) for p in parts]
    try:
        for future in as_completed(waiting):
            take(future.result())
    except BaseException:
        for future in waiting:
            future.cancel()
        raise
    return out


def _stacked(found: Sequence[Values]) -> dict[str, dict[str, Array]]:
    """Table -> column -> (draws, rows)."""
    if not found:
        return {}
    return {
        table: {name: np.stack([np.ravel(one[table][name]) for one in found]) for name in columns}
        for table, columns in found[0].items()
    }


def joint_welfare(
    base: Baseline, impulses: Sequence[Impulse], *, seed: int | np.random.Generator,
    variants: Sequence[bool] = (False, True), executor: Executor | None = None, progress: Progress | None = None,
) -> Array:  # fmt: skip
    """Welfare factor of every scenario at every draw that has a solution.

    Parameters
    ----------
    base : Baseline
    impulses : sequence of Impulse
    seed : int or Generator
    variants : sequence of bool
        Values of `full_effect`.
    executor : Executor, optional
    progress : callable, optional

    Returns
    -------
    array (draws, variants, scenarios)

    Raises
    ------
    SolveError
        More than a tenth of the draws have no solution.
    """
    found = ensemble(
        base, {str(k): one for k, one in enumerate(impulses)}, seed=seed,
        variants={str(full): full for full in variants}, detail=False, executor=executor, progress=progress,
    )  # fmt: skip
    whole = found.values["gains"]["welfare"].reshape(len(found.kept), len(impulses), len(variants))
    out: Array = whole.transpose(0, 2, 1)
    return out
