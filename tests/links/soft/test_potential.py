"""The formula by hand, and its flag."""

import pandas as pd
import pytest

from megaregion.errors import InputError
from megaregion.links.soft.potential import potential


def test_by_hand():
    """P = 4, 9; G = 1, 4; d = 2: sizes 2 and 6, k = 1/5 and 4/5, so 12 k / 4 = 0.6 and 2.4."""
    ids = ["a", "b"]
    p, g = pd.Series([4.0, 9.0], ids), pd.Series([1.0, 4.0], ids)
    got = potential(p, g, pd.DataFrame([[0.0, 2.0], [2.0, 0.0]], ids, ids))
    assert got.to_frame()["potential"].tolist() == pytest.approx([0.6, 2.4])
    assert not got.to_frame()["observed"].any() and "circular" in got.warnings[0]
    assert all(c.modelled for c in got.describe() if c.name == "potential")
    assert [c.name for c in got.describe()] == list(got.to_frame())
    with pytest.raises(InputError):
        potential(p, -g, pd.DataFrame(1.0, ids, ids))
