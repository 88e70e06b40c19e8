"""Investment in the links of 401 places: damped updates against undamped ones, and the value of several starts.

Run: python benchmarks/bench_optimality_criteria.py [DATA]
DATA is a folder with the publishers' files (default: MEGAREGION_DATA); without them a region of the same size is drawn.
"""

import time

import numpy as np
from bench_sensitivities import EFFECTS, baseline

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.network import LinkNetwork
from megaregion.plan.optimality_criteria import optimal_investment

FORMS = {"undamped": (1.0, 1.0), "exponent 1/2": (0.5, 1.0), "exponent 1/2, damped 1/2": (0.5, 0.5)}


def updates(economy: Economy, network: LinkNetwork, budget: float) -> None:
    """25 updates of each form from the uniform plan."""
    seconds = {}
    for form, (power, damping) in FORMS.items():
        begun = time.perf_counter()
        found = optimal_investment(
            economy, network, effects=EFFECTS, budget=budget, starts=["uniform"], power=power, damping=damping
        )
        seconds[form] = time.perf_counter() - begun
        print(f"  {form:25} {100 * found.value:.6f} log points, {found.used:4d} links, departure {found.kkt:.1e}, "
              f"{seconds[form]:.2f} s, {1e3 * seconds[form] / len(found.convergence):.0f} ms a step")  # fmt: skip
    print(f"  beside it: uniform {100 * found.uniform_value:.6f}, greedy {100 * found.greedy_value:.6f}")


def several(economy: Economy, network: LinkNetwork, budget: float) -> None:
    """What more starts bring."""
    begun = time.perf_counter()
    starts = ["uniform", "greedy", *["random"] * 4]
    found = optimal_investment(economy, network, effects=EFFECTS, budget=budget, starts=starts, seed=1)
    ends = found.convergence.groupby("start", sort=False)["value"].last() * 100
    print(f"  {len(starts)} starts in {time.perf_counter() - begun:.1f} s: "
          + ", ".join(f"{name} {value:.4f}" for name, value in ends.items()))  # fmt: skip


if __name__ == "__main__":
    name, economy, network = baseline()
    budget = 0.05 * float(np.sum(network.links["time"]))
    print(f"{name}: {economy.size} places, {len(network.links)} links, budget a twentieth of all length")
    optimal_investment(economy, network, effects=EFFECTS, budget=budget, starts=["uniform"], steps=1)  # compile
    updates(economy, network, budget)
    several(economy, network, budget)
