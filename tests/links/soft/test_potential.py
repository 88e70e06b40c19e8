"""The formula by hand, and its flag."""

import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
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


def test_ranks_span_the_exponents() -> None:
    """Masses over d^e: the near pair leads where e is large, the heavy one where it is small."""
    ids = ["a", "b", "c"]
    p, g = pd.Series([1.0, 1.0, 6.0], ids), pd.Series([1.0, 1.0, 6.0], ids)
    far = pd.DataFrame([[0.0, 1.0, 2.0], [1.0, 0.0, 8.0], [2.0, 8.0, 0.0]], ids, ids)
    got = potential(p, g, far).to_frame().set_index(["origin", "destination"])
    # c→a: 6/7 * 6 / 2^e, a→b: 1/2; equal at 2^e = 72/7, so that e = 3 keeps c→a below 8 and the order: never passed
    assert got.loc[("c", "a"), ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    # c→b: 36/7 / 8^e is above a→b at e = 1 (.64) and below at 1.5 (.23)
    assert got.loc[("c", "b"), "rank_low"] == 3 - 1 and got.loc[("c", "b"), "rank_high"] > 3 - 1
    assert (got["rank_low"] <= got["rank"]).all() and (got["rank"] <= got["rank_high"]).all()


def test_every_problem_is_named() -> None:
    ids = ["a", "b"]
    p, far = pd.Series([1.0, 0.0], ids), pd.DataFrame([[0.0, 0.0], [1.0, 0.0]], ids, ids)
    with pytest.raises(InputError, match="population: b; product: b; distance: a→b; exponent: 0"):
        potential(p, p, far, exponent=0.0)
    with pytest.raises(MissingDataError, match="product: a; distance: b→a"):
        potential(p + 1, pd.Series([float("nan"), 1.0], ids), far.replace(1.0, float("nan")))
