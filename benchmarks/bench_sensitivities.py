"""Time of the gradient in all links by one adjoint solve, against solving the model anew for every link.

Run: python benchmarks/bench_sensitivities.py [DATA]
DATA is a folder with the publishers' files (default: MEGAREGION_DATA); without them a region of the same size is drawn.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.equilibrium.adjoint import adjoint
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.linear import Linear
from megaregion.equilibrium.network import LinkNetwork, routes
from megaregion.equilibrium.screening import link_shock, screening
from megaregion.equilibrium.sensitivities import sensitivities
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System
from megaregion.equilibrium.time_effects import TimeEffects

EFFECTS = TimeEffects(trade=[0.42], commuting=0.47)
SAMPLE = 10  # links that are solved anew


def timed(work, repeats=3):
    """Least time of some runs and the last value."""
    best = np.inf
    for _ in range(repeats):
        begun = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - begun)
    return best, value


def inputs() -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """Commuters, distances and wages of the 401 German counties, or of a drawn region of that size."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MEGAREGION_DATA", "")
    file = Path(folder) / "reference" / "spatial-equilibrium" / "mrrh_germany_input.npz"
    if folder and file.is_file():
        with np.load(file) as data:
            return "Germany", data["commuting"].astype(float), data["distance_m"], data["wage"]
    rng = np.random.default_rng(1)
    xy = rng.random((401, 2)) * 8e5
    distance = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, 8e3)
    flow = rng.lognormal(10, 0.8, 401)[:, None] * distance**-2.2 * rng.lognormal(0, 1, 401)
    return "drawn region", flow, distance, rng.uniform(2500, 4500, 401)


def baseline() -> tuple[str, Economy, LinkNetwork]:
    """One sector, one group, commuting, free entry; productivity from the balance of trade."""
    name, flow, distance, wage = inputs()
    work, live = flow.sum(axis=0), flow.sum(axis=1)
    commuting, wage = flow / live[:, None], wage / wage.mean()
    work, live = work / work.mean(), live / live.mean()
    sold, spent = wage * work, (commuting @ wage) * live
    kernel, supply = (distance / distance.min()) ** -1.26, np.ones(len(work))
    for _ in range(5000):
        trade = kernel * supply
        trade /= trade.sum(axis=1, keepdims=True)
        ratio = sold / (trade.T @ spent)
        if np.abs(np.log(ratio)).max() < 1e-13:
            break
        supply = supply * ratio
    economy = Economy.one_sector(
        elasticities=Elasticities.one_sector(theta=3.0, epsilon=4.6, alpha=0.7, delta=0.38, nu=0.05, entry=1.0),
        trade=trade, income=sold, population=live, commuting=commuting,
    )  # fmt: skip
    labels = [str(i + 1) for i in range(len(work))]
    return name, economy, LinkNetwork.from_distances(pd.DataFrame(distance, labels, labels), nearest=6, unit="m")


def links() -> None:
    """The whole gradient against single links."""
    name, economy, network = baseline()
    begun = time.perf_counter()
    sensitivities(economy, network=network, effects=EFFECTS).links  # noqa: B018
    cold = time.perf_counter() - begun
    route, way = timed(lambda: routes(network))
    adjoint_only, _ = timed(lambda: sensitivities(economy))
    whole, s = timed(lambda: (out := sensitivities(economy, network=network, effects=EFFECTS), out.links)[0])
    chosen = list(network.links.index[np.linspace(0, len(network.links) - 1, SAMPLE).astype(int)])
    shocks = [link_shock(s, network.scaled(link, 0.999), EFFECTS) for link in chosen]
    paths, _ = timed(lambda: routes(network.scaled(chosen[0], 0.999)))
    alone, _ = timed(lambda: [solve(economy, [shock]) for shock in shocks], 1)
    each = alone / SAMPLE + paths
    print(f"{name}: {economy.size} places, {len(way.network.links)} links, {s.linear.system.unknowns} unknowns")
    print(f"  whole gradient: cold {cold:.2f} s, warm {whole * 1e3:.0f} ms (paths {route * 1e3:.0f}, "
          f"adjoint {adjoint_only * 1e3:.0f}, {s.adjoint.method}, {s.adjoint.iterations} products)")  # fmt: skip
    print(f"  solving anew: {each * 1e3:.0f} ms a link, {each * len(network.links):.0f} s for all, "
          f"{each * len(network.links) / whole:.0f} times as long")  # fmt: skip
    found = screening(s, top=10)
    print(f"  a fifth off the first ten links: correlation {found.correlation:.3f}, "
          f"bias {100 * found.bias[0]:.0f} to {100 * found.bias[1]:.0f} %")  # fmt: skip


def crossover() -> None:
    """Dense factorisation against GMRES, by unknowns and right-hand sides."""
    print(f"{'places':>6} {'unknowns':>8} {'rows':>4} {'direct ms':>9} {'krylov ms':>9} {'products':>8}")
    for n in (40, 100, 200, 400, 1000):
        rng = np.random.default_rng(n)
        xy = rng.random((n, 2))
        far = 0.05 + np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        trade = far**-1.2 / (far**-1.2).sum(axis=1, keepdims=True)
        share = far**-4.0 / (far**-4.0).sum(axis=1, keepdims=True)
        people = rng.uniform(1, 2, n)
        weight = people
        for _ in range(2000):  # incomes that clear: wage bill = sales
            weight = trade.T @ (share @ (weight / (people @ share)) * people)
        economy = Economy.one_sector(
            elasticities=Elasticities.one_sector(theta=4.0, epsilon=2.0, alpha=0.75, delta=0.3, nu=0.03, phi=4.0),
            trade=trade, income=weight, population=people, commuting=share,
        )  # fmt: skip
        parts = rng.dirichlet(np.ones(20), n).T  # twenty groups in the same places
        members = parts * people
        economy = Economy(
            elasticities=economy.elasticities, trade=economy.trade, wage=economy.wage, workers=economy.workers,
            groups=members.sum(axis=1), location=members / members.sum(axis=1, keepdims=True), home=np.full(20, -1),
            commuting=economy.commuting,
        )  # fmt: skip
        system = System(economy, [Shock()])
        linear = Linear(system, system.start()[0])
        for rows in (1, 5, 20):
            weights = np.eye(20)[:rows]
            direct, _ = timed(lambda a=linear, w=weights: adjoint(a, w, method="direct"), 2)
            krylov, found = timed(lambda a=linear, w=weights: adjoint(a, w, method="krylov"), 2)
            print(f"{n:>6} {system.unknowns:>8} {rows:>4} {direct * 1e3:>9.1f} {krylov * 1e3:>9.1f} "
                  f"{found.iterations:>8}")  # fmt: skip


if __name__ == "__main__":
    links()
    crossover()
