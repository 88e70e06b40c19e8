"""Time of sharing: Shapley values, nucleolus and least core by number of players.

Run: python benchmarks/bench_games.py [--large]

Shapley values of all coalitions against a plain loop over coalitions, and against coopgt where it is installed, on
games small enough for those. The nucleolus of all coalitions is that of a game with many ties, the hardest kind; the
program finds the coalitions of an airport game, whose first level is known in closed form.
"""

import importlib.util
import math
import sys
import time
from itertools import combinations

import numpy as np

from megaregion.core.games import coalitions, shapley, shapley_stratified, sizes
from megaregion.core.nucleolus import least_core, nucleolus
from megaregion.core.separation import airport

ALLOWED = {"shapley 20": 10.0, "nucleolus 12": 60.0}  # seconds


def timed(work):
    """Seconds of one run and its value."""
    begun = time.perf_counter()
    value = work()
    return time.perf_counter() - begun, value


def ties(n: int) -> np.ndarray:
    """Worths that grow with the square of the size, with a little noise of whole numbers."""
    worth = sizes(n).astype(float) ** 2 + np.random.default_rng(n).integers(0, 3, 1 << n)
    worth[0] = 0.0
    return worth


def plain(worth: np.ndarray) -> np.ndarray:
    """Shapley's formula read aloud."""
    n = len(worth).bit_length() - 1
    out = np.zeros(n)
    for i in range(n):
        for row in range(1 << n):
            if not row >> i & 1:
                s = row.bit_count()
                share = math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n)
                out[i] += share * (worth[row | 1 << i] - worth[row])
    return out


def peer(worth: np.ndarray) -> np.ndarray:
    """Shapley values of coopgt, by all orders of players."""
    from coopgt.shapley_value import calculate

    n = len(worth).bit_length() - 1
    values = {
        tuple(i + 1 for i in c): float(worth[sum(1 << i for i in c)])
        for size in range(n + 1) for c in combinations(range(n), size)
    }  # fmt: skip
    return np.asarray(calculate(values, number_of_players=n))


def main() -> None:
    """Print three tables."""
    has_peer = importlib.util.find_spec("coopgt") is not None
    print(f"Shapley value of all coalitions (20 players: {ALLOWED['shapley 20']:g} s allowed)")
    print(f"{'n':>4} {'ms':>9} {'plain ms':>9} {'max diff':>9} {'coopgt ms':>9} {'max diff':>9}")
    for n in (6, 8, 12, 16, 20, 22):
        worth = ties(n)
        fast, x = timed(lambda worth=worth: shapley(worth))
        line = f"{n:>4} {fast * 1e3:>9.2f}"
        for other, largest in ((plain, 12), (peer, 8 if has_peer else 0)):
            if n <= largest:
                slow, y = timed(lambda other=other, worth=worth: other(worth))
                line += f" {slow * 1e3:>9.1f} {np.abs(x - y).max():>9.1e}"
        print(line)
    print("\nsampled, 50 circles")
    for n in (30, 60):
        cost = np.arange(1.0, n + 1.0)
        spent, (_, error) = timed(
            lambda n=n, cost=cost: shapley_stratified(lambda rows: (rows * cost).max(axis=1), n, circles=50, seed=1)
        )
        print(f"{n:>4} {spent * 1e3:>9.1f} ms, largest standard error {error.max():.2g} of {n}")
    print(f"\nnucleolus of all coalitions, with its certificate (12 players: {ALLOWED['nucleolus 12']:g} s allowed)")
    for n in (8, 12, 16, 18):
        worth = ties(n)
        spent, found = timed(lambda worth=worth: nucleolus(worth, rational=False))
        print(f"{n:>4} {spent * 1e3:>9.1f} ms, {len(found.certificate.levels)} levels")
    print("\nairport game by the integer program")
    for n in (10, 20, 30, 40) if "--large" in sys.argv else (10, 20):
        cost = np.arange(3.0, n + 3.0)
        program = airport(cost)
        first = min(*(cost[j - 1] / (j + 1) for j in range(1, n)), cost[-1] / n)
        spent, found = timed(lambda program=program: least_core(program))
        print(f"{n:>4} {spent:>9.2f} s least core, off by {abs(found.excess + first):.1e}")
        spent, fair = timed(lambda program=program: nucleolus(program))
        all_of = nucleolus(program.worth(coalitions(n))).x if n <= 12 else None
        gap = f", off by {np.abs(fair.x - all_of).max():.1e}" if all_of is not None else ""
        print(f"{'':>4} {spent:>9.2f} s nucleolus, {len(fair.certificate.levels)} levels{gap}")


if __name__ == "__main__":
    main()
