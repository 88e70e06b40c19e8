"""Time of the equilibrium: Anderson acceleration against the plain damped loop, on the same scenarios.

Run: python benchmarks/bench_equilibrium.py [--large]

First fitted baselines of one sector and batches of borders. Then random baselines with all costs of trade (and of
commuting) changed: 401 places with commuting, 2,000 places of two sectors with inputs, land and 31 groups, and with
--large 8,000 of them. Each of these runs in a process of its own, whose peak memory is that of the baseline, the
scenario and the solution together.
"""

import multiprocessing
import resource
import sys
import time
import tracemalloc

import numpy as np
from random_baseline import economy

from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.calibrate import Geography, calibrate
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System
from megaregion.plan.portfolio import best_sets

TOLERANCE = 1e-10
WORLDS = {  # places: the form of the baseline, most seconds allowed
    401: ({"sectors": 1, "groups": 1, "commuting": True}, 0.05),
    2000: ({"sectors": 2, "groups": 31}, 2.0),
    8000: ({"sectors": 2, "groups": 31}, 8.0),
}


def region(n: int) -> Geography:
    """Places on a plane, four groups."""
    rng = np.random.default_rng(1)
    xy = rng.random((n, 2)) * 500
    minutes = 60 + np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(minutes, 40.0)
    return Geography(
        places=tuple(f"{i:05}" for i in range(n)),
        groups=np.array([f"{int(x > 250)}{int(y > 250)}" for x, y in xy]),
        time=minutes, income=rng.lognormal(0, 1, n), population=rng.lognormal(0, 0.7, n), money_unit="",
    )  # fmt: skip


def shocks(place: Geography, count: int) -> list[Shock]:
    """Half the border, with other changes of trade costs in every scenario."""
    rng, n = np.random.default_rng(2), len(place.places)
    half = np.exp(-0.5 * 0.776 / 4 * place.cross)
    return [Shock(trade_cost=half * rng.uniform(0.9, 1.0, (n, n))) for _ in range(count)]


def damped(system: System, damping: float = 0.5) -> tuple[np.ndarray, int]:
    """The plain loop: x moves half of the way to T(x) until the residual is small."""
    x = system.start()
    for count in range(100_000):
        new, residual = system(x)
        if residual.max() <= TOLERANCE:
            return x, count
        x = x + damping * (new - x)
    raise RuntimeError("the damped loop did not converge")


def timed(work):
    """Least time of three runs and the last value."""
    best = np.inf
    for _ in range(3):
        begun = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - begun)
    return best, value


def costs(n: int, *, commuting: bool) -> Shock:
    """Another cost of trade, and of commuting, on every pair."""
    rng = np.random.default_rng(3)
    trade = rng.uniform(0.8, 1.2, (n, n))
    return Shock(trade_cost=trade, commuting_cost=rng.uniform(0.9, 1.1, (n, n)) if commuting else None)


def world(n: int) -> tuple[float, int, float, float, int, float]:
    """Seconds and iterations of `solve`, peak memory (MB), seconds and steps of the damped loop, largest gap."""
    form, _ = WORLDS[n]
    place = economy(n, seed=1, **form)
    shock = costs(n, commuting=place.commutes)
    fast, found = timed(lambda: solve(place, [shock], tolerance=TOLERANCE))
    unit = 1024 if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit / 1e3
    begun = time.perf_counter()
    x, steps = damped(System(place, [shock]))
    slow = time.perf_counter() - begun
    return fast, int(found.iterations[0]), peak, slow, steps, float(np.abs(found.state - x).max())


def main() -> None:
    """Print both tables."""
    fitted()
    print(f"\n{'n':>5} {'sectors':>7} {'commuting':>9} {'solve ms':>9} {'allowed':>7} {'it':>4} {'damped ms':>10} "
          f"{'it':>5} {'ratio':>6} {'max diff':>9} {'peak MB':>8}")  # fmt: skip
    fresh = multiprocessing.get_context("spawn")
    for n, (form, allowed) in WORLDS.items():
        if n > 2000 and "--large" not in sys.argv:
            continue
        with fresh.Pool(1) as pool:
            fast, count, peak, slow, steps, gap = pool.apply(world, (n,))
        print(f"{n:>5} {form['sectors']:>7} {'yes' if form.get('commuting') else 'no':>9} {fast * 1e3:>9.1f} "
              f"{allowed * 1e3:>7.0f} {count:>4} {slow * 1e3:>10.1f} {steps:>5} {slow / fast:>6.2f} {gap:>9.1e} "
              f"{peak:>8.0f}")  # fmt: skip
    rng = np.random.default_rng(0)
    values, prices = rng.lognormal(0, 1, 75), rng.uniform(1, 4, 75)
    seconds, sets = timed(lambda: best_sets(values, prices, budget=10.0, max_size=5, count=100))
    print(f"\nthe {len(sets)} best of all full sets of 75 projects: {seconds * 1e3:.1f} ms")


def fitted() -> None:
    """Print one line a size: borders between fitted places."""
    print(f"{'n':>5} {'scenarios':>9} {'calibrate ms':>12} {'Anderson ms':>11} {'it':>4} {'damped ms':>10} {'it':>5} "
          f"{'ratio':>6} {'max diff':>9} {'peak MB':>8}")  # fmt: skip
    for n, count in [(10, 75), (41, 75), (401, 4), (1000, 1)]:
        place = region(n)
        fitting, fit = timed(lambda place=place: calibrate(place, 0.776, Parameters()))
        system = System(fit.economy, shocks(place, count))
        tracemalloc.start()
        anderson(system, system.start(), tolerance=TOLERANCE)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        fast, found = timed(lambda system=system: anderson(system, system.start(), tolerance=TOLERANCE))
        slow, (x, steps) = timed(lambda system=system: damped(system))
        gap = np.abs(found.x - x).max()
        print(f"{n:>5} {count:>9} {fitting * 1e3:>12.1f} {fast * 1e3:>11.1f} {found.iterations.max():>4} "
              f"{slow * 1e3:>10.1f} {steps:>5} {slow / fast:>6.2f} {gap:>9.1e} {peak:>8.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
