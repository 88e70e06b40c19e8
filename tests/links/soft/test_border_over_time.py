"""A border that falls by a known amount."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.border_over_time import border_over_time


def world(seed=0, n=12, noise=False):
    """The border is worth 1.0 in 2000, 0.6 in 2005, 0.3 in 2010."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    group = np.arange(n) % 3
    pair = rng.normal(0, 1, (n, n))[i, j]
    parts = []
    for period, border in ((2000, 1.0), (2005, 0.6), (2010, 0.3)):
        eta = 4 + pair + rng.normal(0, 0.5, n)[i] + rng.normal(0, 0.5, n)[j] + border * (group[i] == group[j])
        flow = rng.poisson(np.exp(eta)) if noise else np.exp(eta)
        parts.append(pd.DataFrame({"origin": i, "destination": j, "period": period, "flow": flow.astype(float)}))
    return pd.concat(parts, ignore_index=True), pd.Series(group, index=range(n))


def test_known_changes_come_back():
    flows, groups = world()
    got = border_over_time(flows, groups).table.set_index("term")["coef"]
    assert got.to_dict() == {"same:2005": pytest.approx(-0.4, abs=1e-7), "same:2010": pytest.approx(-0.7, abs=1e-7)}
    other = border_over_time(flows, groups, base=2010).table.set_index("term")["coef"]
    assert other["same:2000"] == pytest.approx(0.7, abs=1e-7)


def test_with_noise_within_four_errors():
    flows, groups = world(1, noise=True)
    row = border_over_time(flows, groups).table.set_index("term").loc["same:2010"]
    assert abs(row["coef"] + 0.7) < 4 * row["se"] and row["se"] < 0.2


def test_bad_input():
    flows, groups = world()
    with pytest.raises(InputError, match="two periods"):
        border_over_time(flows[flows["period"] == 2000], groups)
    with pytest.raises(InputError, match="not a period"):
        border_over_time(flows, groups, base=1999)
    with pytest.raises(MissingDataError, match="no group for 0"):
        border_over_time(flows, groups.drop(0))
