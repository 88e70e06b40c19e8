"""Two-way Poisson regression of 1,001,000 flows between 1,001 places beside pyfixest; budget 1.2 times its time.

Run: python benchmarks/bench_gravity.py [places]
"""

import resource
import sys
import time

import numpy as np
import pandas as pd

from megaregion.core.poisson import poisson, separated
from megaregion.core.score_covariance import dyadic


def world(n: int, seed: int = 0):
    """Gamma-mixed Poisson flows, elasticity -0.9 to distance and 0.05 to contiguity."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    x = np.column_stack([rng.normal(5, 1, len(i)), (rng.random(len(i)) < 0.1).astype(float)])
    mean = np.exp(rng.normal(size=n)[i] + rng.normal(size=n)[j] + x @ [-0.9, 0.05] + 5)
    return x, rng.poisson(mean * rng.gamma(1, 1, len(i))).astype(float), i, j


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    x, y, i, j = world(int(sys.argv[1]) if len(sys.argv) > 1 else 1001)
    for name, call in (
        ("poisson", lambda: poisson(x, y, [i, j])),
        ("separation", lambda: separated(x, y, [i, j])),
        ("dyadic errors", lambda: dyadic(x * y[:, None], i, j)),
    ):
        start = time.perf_counter()
        got = call()
        said = f"  {got.estimate}" if name == "poisson" else ""
        print(f"{name:<14} {time.perf_counter() - start:6.2f} s  peak {memory():5.0f} MB{said}")
    import pyfixest

    frame = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1], "o": i, "d": j})
    for count in ("first", "second"):
        start = time.perf_counter()
        fit = pyfixest.fepois("y ~ a + b | o + d", data=frame, vcov={"CRV1": "o+d"})
        took = time.perf_counter() - start
        print(f"pyfixest {count:<6} {took:5.2f} s  peak {memory():5.0f} MB  {fit.coef().to_numpy()}")


if __name__ == "__main__":
    main()
