"""Scenarios at joint draws of the parameters: every reported number with its range."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.bounds import integrated_bound
from megaregion.equilibrium.calibrate import Baseline, Calibration
from megaregion.equilibrium.counterfactual import Counterfactual
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.ensemble import GAMMA, Draws, draws, policy_draws
from megaregion.equilibrium.executors import received, shared, single_threaded
from megaregion.equilibrium.parameters import ALL, scale_bound
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.welfare import moved, welfare_of
from megaregion.errors import ConvergenceError, InfeasibleError, SolveError

Progress = Callable[[int, int, str], None]
Values = dict[str, dict[str, Array]]  # table -> column -> one draw's rows
TABLES = ("scenarios", "places", "groups", "gains")
FAILED_ALLOWED = 0.1  # share of draws without a solution above which there is no range to show
TRIAL = 1.0  # seconds of work here before any is sent elsewhere: what they bring says how long the rest takes
START_UP = 3.0  # seconds of remaining work from which starting processes pays
_TASKS = 32  # an ensemble is cut into so many tasks at most
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
    beyond : tuple of int
        Rows of the sample at which more than one equilibrium may exist; they are kept.
    scenarios : tuple of (str, str)
        Scenario and variant of each row, scenarios first.
    values : mapping of str to mapping of str to array
        Table (`scenarios`, `places`, `groups`, `gains`) -> column -> (D, rows), rows in the order of the frames of
        `counterfactual.Counterfactual`: scenario by scenario, then place or group.
    """

    sample: Draws
    kept: NDArray[np.int64]
    failed: tuple[Failure, ...]
    beyond: tuple[int, ...]
    scenarios: tuple[tuple[str, str], ...]
    values: Mapping[str, Mapping[str, Array]]

    @property
    def warnings(self) -> tuple[str, ...]:
        """How many draws are left out, with the first of them, and how many lie beyond the bound of uniqueness."""
        said, total = [], len(self.sample.values)
        if self.failed:
            first = self.failed[0]
            where = ", ".join(f"{name} {value:.3g}" for name, value in first.values.items())
            said.append(
                f"{len(self.failed)} of {total} draws have no solution and are left out of the ranges; at the first "
                f"({where}): {first.reason}"
            )
        if self.beyond:
            said.append(
                f"at {len(self.beyond)} of {total} draws agglomeration is above the bound of uniqueness: more than one "
                "equilibrium may exist, and the one in the ranges is the one reached from the baseline"
            )
        return tuple(said)


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
        known = dict(zip(self.names, map(float, row), strict=True))
        chosen = {name: value for name, value in known.items() if name in ALL or name == GAMMA}
        policy = {name: value for name, value in known.items() if name not in chosen}
        used = self.base.settings
        at = used.parameters.replace(**{name: value for name, value in chosen.items() if name != GAMMA})
        if "phi" in used.names and at.phi < at.epsilon:
            raise SolveError(f"phi {at.phi:.3g} is below epsilon {at.epsilon:.3g}: such tastes do not exist")
        fit = self.base.at(gamma=chosen.pop(GAMMA), **chosen)
        shocks = [i.shock(fit, full_effect=full, elasticity=policy) for i in self.impulses for full in self.variants]
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


def _beyond(base: Baseline, sample: Draws, kept: NDArray[np.int64]) -> tuple[int, ...]:
    """Draws with a solution whose elasticities allow more than one equilibrium."""
    out, now = [], base.nominal
    for number in kept.tolist():
        chosen = dict(zip(sample.names, map(float, sample.values[number]), strict=True))
        chosen = {name: value for name, value in chosen.items() if name in ALL}
        parameters = base.settings.parameters.replace(**chosen)
        form = now.blocks.elasticities(parameters)
        integrated = np.nan_to_num(integrated_bound(replace(now.economy, elasticities=form)), nan=np.inf)
        if parameters.nu > min(scale_bound(parameters), float(integrated.min())):
            out.append(number)
    return tuple(out)


def _evaluate(handed: Any, rows: list[tuple[int, Array]]) -> list[tuple[int, Values | str]]:
    """Some draws; a reason in place of numbers where there is no solution."""
    task: _Task = received(handed)

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
    """Calibrate and solve anew at joint draws of all parameters, and of the elasticities of the policies in use.

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
        Where draws are computed (`executors.executor_for`); default this process, which also begins, and goes on
        where little is left. The numbers are the same to the last bit on one kind of machine.
    progress : callable, optional
        Told (done, total, what).

    Raises
    ------
    SolveError
        More than a tenth of the draws have no solution.
    """
    kinds = {"headline": False} if variants is None else dict(variants)
    sample = _sample(base, impulses, seed)
    task = _Task(
        base=base, impulses=tuple(impulses.values()), variants=tuple(kinds.values()), detail=detail, names=sample.names
    )
    found = _run(task, sample.values, executor, progress)
    failed = tuple(
        Failure(draw=k, values=dict(zip(sample.names, map(float, sample.values[k]), strict=True)), reason=value)
        for k, value in enumerate(found) if isinstance(value, str)
    )  # fmt: skip
    if len(failed) > FAILED_ALLOWED * len(found):
        raise SolveError(
            f"{len(failed)} of {len(found)} draws of the parameters have no solution: {failed[0].reason}",
            hint="narrow the ranges in [options.equilibrium.ranges]",
        )
    kept = np.array([k for k, v in enumerate(found) if not isinstance(v, str)], dtype=np.int64)
    return Ensemble(
        sample=sample, kept=kept, failed=failed, beyond=_beyond(base, sample, kept),
        scenarios=tuple((name, kind) for name in impulses for kind in kinds),
        values=_stacked([v for v in found if not isinstance(v, str)]),
    )  # fmt: skip


def _sample(base: Baseline, impulses: Mapping[str, Impulse], seed: int | np.random.Generator) -> Draws:
    """Parameters of the model, and elasticities of the policies that the scenarios use."""
    model = draws(base, seed=seed)
    ranges = {
        record.name: (record.low, record.high) for one in impulses.values() for record in one.elasticities
        if record.low is not None and record.high is not None
    }  # fmt: skip
    more = policy_draws(ranges, len(model.values), seed=seed)
    return Draws(names=(*model.names, *more.names), values=np.column_stack([model.values, more.values]))


def _run(task: _Task, rows: Array, executor: Executor | None, progress: Progress | None) -> list[Values | str]:
    """Every draw in order, whatever the order in which they are done."""
    total = len(rows)
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
    begun = time.perf_counter()
    with shared(None, task) as here:
        while done < total:
            spent = time.perf_counter() - begun
            if executor is not None and spent >= TRIAL and spent / max(done, 1) * (total - done) > START_UP:
                break
            take(_evaluate(here, [(done, rows[done])]))
    if executor is not None and done < total:
        size = max(1, -(-(total - done) // _TASKS))
        parts = [[(k, rows[k]) for k in range(a, min(a + size, total))] for a in range(done, total, size)]
        with shared(executor, task) as handed:
            _collect([executor.submit(_evaluate, handed, part) for part in parts], take)
    return out


def _collect(
    waiting: Sequence[Future[list[tuple[int, Values | str]]]], take: Callable[[list[tuple[int, Values | str]]], None]
) -> None:
    """Take what tasks give as they end; cancel the others if one fails or the user stops."""
    try:
        for future in as_completed(waiting):
            take(future.result())
    except BrokenExecutor as error:
        raise SolveError(
            f"a worker process ended early: {error}",
            hint="it may have run out of memory: ask for fewer workers; a script that starts processes needs "
            'if __name__ == "__main__":',
        ) from error
    finally:
        for future in waiting:
            future.cancel()


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
