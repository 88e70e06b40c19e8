"""Cost of a scenario in a batch of 64 against the same scenario alone, two sectors, 31 groups; the damped loop beside.

Run: python benchmarks/bench_batch.py [places]

Two rows: shocks that leave the trade matrices as they are (productivity, amenities, migration), and the border between
two areas of a few places each. Alone and batch are timed in turn, the least of three.
"""

import sys
import time

import numpy as np
from random_baseline import economy

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import TOLERANCE, solve
from megaregion.equilibrium.system import System

BATCH = 64
ALONE = 3  # scenarios solved one by one in every round
ROUNDS = 3
AREA = 20  # places on each side of a border


def shared(place: Economy, seed: int) -> list[Shock]:
    """Productivity, amenities and costs of migration in turn."""
    rng, n, g = np.random.default_rng(seed), place.size, place.groups.size
    out = []
    for k in range(BATCH):
        one = rng.uniform(0.9, 1.1, n)
        some = np.where(rng.random((g, n)) < 0.05, 0.9, 1.0)
        out.append((Shock(productivity=one), Shock(amenity=one), Shock(migration_cost=some))[k % 3])
    return out


def borders(place: Economy, seed: int) -> list[Shock]:
    """Trade costs between two small areas fall by a tenth."""
    rng, n = np.random.default_rng(seed), place.size
    out = []
    for _ in range(BATCH):
        here, there = rng.choice(n, 2 * AREA, replace=False).reshape(2, AREA)
        cost = np.ones((n, n))
        cost[np.ix_(here, there)] = cost[np.ix_(there, here)] = 0.9
        out.append(Shock(trade_cost=cost))
    return out


def damped(place: Economy, shock: Shock, damping: float = 0.5) -> tuple[np.ndarray, int]:
    """The plain loop: x moves half of the way to T(x) until the residual is small."""
    system = System(place, [shock])
    x = system.start()
    for count in range(100_000):
        new, residual = system(x)
        if residual.max() <= TOLERANCE:
            return x[0], count
        x = x + damping * (new - x)
    raise RuntimeError("the damped loop did not converge")


def timed(work):
    """Seconds and value."""
    begun = time.perf_counter()
    value = work()
    return time.perf_counter() - begun, value


def main() -> None:
    """Print one line a kind of shock."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    place = economy(n, seed=1)
    print(f"{n} places, {place.elasticities.sectors} sectors, {place.groups.size} groups, batch of {BATCH}")
    print(f"{'shocks':>8} {'alone ms':>9} {'it':>4} {'in batch ms':>11} {'it':>4} {'cheaper':>7} {'damped ms':>9} "
          f"{'it':>5} {'damped/alone':>12} {'max diff':>9}")  # fmt: skip
    for name, make in (("shared", shared), ("borders", borders)):
        shocks = make(place, 2)
        alone = together = np.inf
        for _ in range(ROUNDS):
            seconds, single = timed(lambda s=shocks: [solve(place, [shock]) for shock in s[:ALONE]])
            alone = min(alone, seconds / ALONE)
            seconds, batch = timed(lambda s=shocks: solve(place, s))
            together = min(together, seconds / BATCH)
        slow, (x, steps) = timed(lambda s=shocks: damped(place, s[0]))
        gap = max(float(np.abs(one.state[0] - batch.state[k]).max()) for k, one in enumerate(single))
        gap = max(gap, float(np.abs(x - batch.state[0]).max()))
        print(f"{name:>8} {alone * 1e3:>9.1f} {single[0].iterations[0]:>4} {together * 1e3:>11.1f} "
              f"{batch.iterations.max():>4} {alone / together:>7.2f} {slow * 1e3:>9.1f} {steps:>5} "
              f"{slow / alone:>12.2f} {gap:>9.1e}")  # fmt: skip


if __name__ == "__main__":
    main()
