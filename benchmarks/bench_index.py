"""Time of the composite index: Monte Carlo runs, Sobol indices, weights and TOPSIS, beside straightforward code.

Run: python benchmarks/bench_index.py [--long]

The peer of the Monte Carlo is the loop that one writes first, in the same run and with the same draws: average, rank,
draw by draw (numpy; with --long also pandas). Its ranks must be equal. Entropy, CRITIC and TOPSIS stand beside
pymcdm (MIT) and scikit-criteria (BSD) where they are installed. The target is 10,000 runs on 401 places x 30
indicators within 10 s.
"""

import importlib.util
import sys
import time
import tracemalloc

import numpy as np
import pandas as pd

from megaregion.core.closeness import closeness, reversals
from megaregion.core.index_draws import weights_from_uniforms
from megaregion.core.objective_weights import critic_weights, entropy_weights
from megaregion.nodes.index_chain import chain
from megaregion.nodes.index_choices import Choices, options
from megaregion.nodes.index_sensitivity import sensitivity
from megaregion.nodes.index_uncertainty import uncertainty
from megaregion.nodes.tree import IndexTree, tree_from_dict

PLACES, PILLARS, EACH, DRAWS = 401, 5, 6, 10_000
ALLOWED = 10.0  # seconds


def timed(work):
    """Seconds of one run and its value."""
    begun = time.perf_counter()
    value = work()
    return time.perf_counter() - begun, value


def tree() -> IndexTree:
    """Five pillars of six indicators."""
    return tree_from_dict(
        {
            "index": {"name": "bench", "year": 2020, "goalposts": "pooled", "missing": "fill_nearest"},
            "pillar": [
                {"id": f"p{p}", "name": f"p{p}", "indicator": [
                    {"id": f"x{p}{k}", "name": "x", "direction": 1, "unit": "index"} for k in range(EACH)]}
                for p in range(PILLARS)
            ],
        }
    )  # fmt: skip


def table(gaps: float) -> pd.DataFrame:
    """Lognormal values, some long tails; a share of cells is missing."""
    rng = np.random.default_rng(1)
    ids = [f"{i:04}" for i in range(PLACES)]
    names = [f"x{p}{k}" for p in range(PILLARS) for k in range(EACH)]
    x = rng.lognormal(sigma=0.8, size=(PLACES, len(names)))
    x[rng.random(x.shape) < gaps] = np.nan
    wide = pd.DataFrame(x, ids, names)
    out = wide.rename_axis("place_id").reset_index().melt(id_vars="place_id", var_name="indicator")
    return out.assign(year=2020, unit="index", scope="all")


def plain(x: np.ndarray, top: np.ndarray, inner: list[np.ndarray], power: np.ndarray) -> np.ndarray:
    """Ranks draw by draw: pillars are weighted means, the top a power mean."""
    out = np.empty((len(power), len(x)), dtype=int)
    for d, p in enumerate(power):
        pillars = np.column_stack([x[:, k * EACH : (k + 1) * EACH] @ inner[k][d] for k in range(PILLARS)])
        score = np.exp(np.log(pillars) @ top[d]) if p == 0 else (pillars**p @ top[d]) ** (1 / p)
        order = np.argsort(-np.round(score, 12), kind="stable")
        out[d, order] = np.arange(1, len(x) + 1)
    return out


def frames(x: np.ndarray, top: np.ndarray, inner: list[np.ndarray], power: np.ndarray) -> np.ndarray:
    """The same with data frames, as in a notebook."""
    frame = pd.DataFrame(x)
    out = []
    for d, p in enumerate(power):
        pillars = pd.DataFrame(
            {k: frame.iloc[:, k * EACH : (k + 1) * EACH].mul(inner[k][d]).sum(axis=1) for k in range(PILLARS)}
        )
        score = (
            np.exp(np.log(pillars).mul(top[d]).sum(axis=1))
            if p == 0
            else pillars.pow(p).mul(top[d]).sum(axis=1) ** (1 / p)
        )
        out.append((-score.round(12)).rank(method="first"))
    return np.array(out, dtype=int)


def monte_carlo() -> None:
    """Ranks of the same draws by both; then the public function with everything varied."""
    ids = [f"{i:04}" for i in range(PLACES)]
    made = chain(table(0.0), ids, tree=tree())
    alone = Choices(normalisation=(), outliers=(), fillings=0)
    opened = options(made, alone, rng=np.random.default_rng(2))
    u = np.random.default_rng(3).random((DRAWS, opened.width))
    _ = opened.tables
    spent, (runs, _, mean) = timed(lambda: opened.run(u))
    parts = np.split(u[:, : PILLARS * EACH + PILLARS], np.cumsum([EACH] * PILLARS), axis=1)
    drawn = [weights_from_uniforms(p, np.full(p.shape[1], 1 / p.shape[1])) for p in parts]
    power = np.array([{"geometric": 0.0, "arithmetic": 1.0, "harmonic": -1.0}[opened.means[m][0]] for m in mean])
    x = opened.tables[0]
    slow, want = timed(lambda: plain(x, drawn[-1], drawn[:-1], power))
    print(f"weights and means, {DRAWS} runs on {PLACES} x {PILLARS * EACH}")
    print(f"  here {spent:.2f} s; numpy loop {slow:.2f} s ({slow / spent:.1f} x); ranks that differ: "
          f"{int((runs.ranks != want).sum())}")  # fmt: skip
    if "--long" in sys.argv:
        few = 500
        slower, _ = timed(lambda: frames(x, drawn[-1], drawn[:-1], power[:few]))
        print(f"  pandas loop {slower / few * DRAWS:.1f} s (from {few} runs; {slower / few * DRAWS / spent:.0f} x)")
    made = chain(table(0.02), ids, tree=tree())
    spent, found = timed(lambda: uncertainty(made, seed=1, draws=DRAWS))
    facts = found.ranks.facts()
    print(f"all of {', '.join(facts['varied'])} varied, 2 % of cells missing: {spent:.2f} s ({ALLOWED:g} s allowed), "
          f"{facts['failed']} failed")  # fmt: skip
    if "--long" in sys.argv:
        tracemalloc.start()
        uncertainty(made, seed=1, draws=DRAWS)
        print(f"  peak {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB")
        tracemalloc.stop()
    spent, part = timed(lambda: sensitivity(made, seed=1))
    print(f"Sobol indices of {PLACES + 1} outputs: {part.shares.facts()['runs']} runs in {spent:.2f} s")


def peers() -> None:
    """Weights and TOPSIS beside pymcdm."""
    x = np.random.default_rng(4).uniform(0.1, 1.0, (PLACES, PILLARS * EACH))
    even = np.full(x.shape[1], 1 / x.shape[1])
    up = np.ones(x.shape[1], dtype=np.int64)
    spent, turned = timed(lambda: reversals(x, even, up))
    print(f"TOPSIS with every place left out once: {spent:.2f} s, {int(turned.sum())} pairs turned")
    share = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    own = {
        "entropy": lambda: entropy_weights(x), "CRITIC": lambda: critic_weights(share),
        "TOPSIS": lambda: closeness(x, even, up),
    }  # fmt: skip
    others = {"pymcdm": pymcdm, "skcriteria": scikit_criteria}
    for package, calls in others.items():
        if importlib.util.find_spec(package) is None:
            print(f"{package} is not installed")
            continue
        for name, other in calls(x, even, up).items():
            fast, a = best(own[name])
            slow, b = best(other)
            gap = np.abs(a - b).max()
            print(f"{name}: {fast:.2f} ms, {package} {slow:.2f} ms ({slow / fast:.1f} x), largest difference {gap:.1e}")


def best(work):
    """Least milliseconds a call of three times fifty, and the value."""
    return min(timed(lambda: [work() for _ in range(50)][-1])[0] for _ in range(3)) * 20, work()


def pymcdm(x: np.ndarray, even: np.ndarray, up: np.ndarray) -> dict:
    """What pymcdm has of these."""
    from pymcdm import weights
    from pymcdm.methods import TOPSIS
    from pymcdm.normalizations import vector_normalization

    body = TOPSIS(normalization_function=vector_normalization)
    return {"entropy": lambda: weights.entropy_weights(x), "CRITIC": lambda: weights.critic_weights(x),
            "TOPSIS": lambda: body(x, even, up)}  # fmt: skip


def scikit_criteria(x: np.ndarray, even: np.ndarray, up: np.ndarray) -> dict:
    """What scikit-criteria has of these, without its frames around them."""
    from skcriteria.preprocessing.weighters import critic_weights as critic
    from skcriteria.preprocessing.weighters import entropy_weights as entropy

    return {"entropy": lambda: entropy(x), "CRITIC": lambda: critic(x, up)}


if __name__ == "__main__":
    monte_carlo()
    peers()
