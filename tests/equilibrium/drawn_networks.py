"""Random places and differences over links, for tests of networks."""

import numpy as np
import pandas as pd


def distances(n, seed):
    rng = np.random.default_rng(seed)
    xy = 100 * rng.random((n, 2))
    d = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 5.0 * (1 - np.eye(n)) + 3.0 * np.eye(n)
    labels = [f"{i:03}" for i in range(n)]
    return pd.DataFrame(d, index=labels, columns=labels), rng


def differences(total, network, step=1e-6):
    """Central differences in the time of every link."""
    base, out = network.links["time"].to_numpy(float), []
    for i, t in enumerate(base):
        one = np.zeros(base.size)
        one[i] = step * t
        up, down = total(network.with_times(base + one)), total(network.with_times(base - one))
        out.append((up - down) / (2 * step * t))
    return np.array(out)
