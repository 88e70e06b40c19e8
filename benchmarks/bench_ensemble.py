"""Time of an ensemble of 200 joint draws: here, in a pool of processes, and the naive way.

The naive way takes every draw and scenario alone: calibrate, then the plain damped loop.

Run: python benchmarks/bench_ensemble.py [draws]
"""

import pickle
import sys
import time

import numpy as np
from bench_equilibrium import damped, region

from megaregion.equilibrium import joint
from megaregion.equilibrium.calibrate import Baseline, calibrate
from megaregion.equilibrium.ensemble import draws, fits
from megaregion.equilibrium.executors import executor_for, processors
from megaregion.equilibrium.geography import BorderFriction
from megaregion.equilibrium.joint import ensemble, joint_welfare
from megaregion.equilibrium.parameters import Settings
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.system import System

SCENARIOS = 4
NAIVE = 4  # draws of the naive way; its time is scaled up


def base_of(n: int, count: int) -> Baseline:
    """A random region with the ranges of all parameters."""
    place, settings = region(n), Settings(draws=count)
    return Baseline(
        place=place, border=BorderFriction(gamma=0.776, se=0.1, layer="people", distance="great_circle"),
        settings=settings, nominal=calibrate(place, 0.776, settings.parameters),
    )  # fmt: skip


def impulses(base: Baseline) -> dict[str, Impulse]:
    """Half the border, with other travel times in every scenario."""
    rng, n = np.random.default_rng(2), len(base.place.places)
    half = np.where(base.place.cross > 0, 0.5, 1.0)
    return {
        f"s{k}": Impulse(
            time_ratio=rng.uniform(0.8, 1.0, (n, n)), barrier=half, productivity=np.ones(n), amenity=np.ones(n)
        )
        for k in range(SCENARIOS)
    }


def naive(base: Baseline, found: dict[str, Impulse]) -> tuple[float, np.ndarray]:
    """Seconds for all draws, scaled from a few, and the welfare at these."""
    sample, welfare = draws(base, seed=1), []
    begun = time.perf_counter()
    for _, fit in zip(range(NAIVE), fits(base, sample), strict=False):
        for one in found.values():
            system = System(fit.economy, [one.shock(fit)])
            x, _ = damped(system)
            welfare.append(float(np.exp(system.evaluate(x).welfare[0, 0])))
    seconds = (time.perf_counter() - begun) * base.settings.draws / NAIVE
    return seconds, np.reshape(welfare, (NAIVE, -1))


def timed(work):
    """Seconds and value."""
    begun = time.perf_counter()
    value = work()
    return time.perf_counter() - begun, value


def main() -> None:
    """Print one line a size; the pool with and without its start."""
    joint.TRIAL, joint.START_UP = 0.0, -1.0  # the pool is asked even where it does not pay
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{count} draws, {SCENARIOS} scenarios, {processors()} processors")
    print(f"{'n':>4} {'naive s':>8} {'here s':>7} {'all numbers':>11} {'pool warm':>9} {'start s':>7} "
          f"{'naive/here':>10} {'all/pool':>8} {'max diff':>8} {'MB':>5}")  # fmt: skip
    for n in (41, 401):
        base = base_of(n, count)
        found = impulses(base)
        slow, exact = naive(base, found)
        light, welfare = timed(lambda b=base, f=found: joint_welfare(b, list(f.values()), seed=1, variants=(False,)))
        whole, here = timed(lambda b=base, f=found: ensemble(b, f, seed=1))
        with executor_for("processes") as pool:
            start, _ = timed(lambda p=pool: list(p.map(_ready, range(processors()))))
            warm, there = timed(lambda b=base, f=found, p=pool: ensemble(b, f, seed=1, executor=p))
        for table, columns in here.values.items():
            for name, values in columns.items():
                np.testing.assert_array_equal(values, there.values[table][name], err_msg=f"{table}.{name}")
        gap = np.abs(welfare[:NAIVE, 0] - exact).max()
        print(f"{n:>4} {slow:>8.1f} {light:>7.2f} {whole:>11.2f} {warm:>9.2f} {start:>7.2f} {slow / light:>10.1f} "
              f"{whole / warm:>8.2f} {gap:>8.0e} {len(pickle.dumps((base, found))) / 1e6:>5.1f}")  # fmt: skip


def _ready(number: int) -> int:
    """A task that makes a worker import the model."""
    import megaregion.equilibrium.joint  # noqa: F401

    time.sleep(0.05)  # so that every worker gets one
    return number


if __name__ == "__main__":
    main()
