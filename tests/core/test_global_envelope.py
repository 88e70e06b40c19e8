"""Global envelopes: exact size, the band and the test agree, and a lexicographic order by brute force."""

from typing import Literal

import numpy as np
import pytest

from megaregion.core.global_envelope import global_envelope
from megaregion.errors import InputError

KINDS: tuple[Literal["rank", "mad"], ...] = ("rank", "mad")


@pytest.mark.parametrize("kind", KINDS)
def test_size_is_exact_and_the_band_says_what_p_says(kind: Literal["rank", "mad"]) -> None:
    """Of 200 curves each in turn is the observed one: exactly 5 % of them are refused, and these leave the band."""
    curves = np.cumsum(np.random.default_rng(3).normal(size=(200, 25)), axis=1)
    refused = 0
    for k in range(200):
        found = global_envelope(curves[k], np.delete(curves, k, axis=0), kind=kind)
        leaves = bool(((curves[k] < found.low) | (curves[k] > found.high)).any())
        assert leaves == (found.p <= 0.05 + 1e-12)
        refused += leaves
    assert refused == 10


def test_rank_order_by_brute_force() -> None:
    curves = np.random.default_rng(8).normal(size=(40, 6))
    up = (curves[:, None, :] >= curves[None, :, :]).sum(axis=1)
    lengths = [tuple(sorted(row)) for row in np.minimum(up, 41 - up)]
    want = sum(other <= lengths[0] for other in lengths) / 40
    assert global_envelope(curves[0], curves[1:], kind="rank").p == pytest.approx(want)


def test_mad_by_hand() -> None:
    """Curves 0 ... 19 and a constant 100: mean 290/21; the second largest deviation is that of 0."""
    found = global_envelope(np.array([100.0]), np.arange(20.0)[:, None], kind="mad")
    assert found.p == pytest.approx(1 / 21)
    np.testing.assert_allclose([found.center[0], found.high[0] - found.center[0]], 290 / 21)


def test_ties_at_a_point_are_not_extreme() -> None:
    """All curves are 0 at the first distance: only the second one decides."""
    curves = np.column_stack([np.zeros(21), np.arange(21.0)])
    assert global_envelope(curves[10], np.delete(curves, 10, axis=0), kind="rank").p == 1.0
    assert global_envelope(curves[20], curves[:20], kind="rank").p == pytest.approx(2 / 21)  # as extreme as curve 0


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="too few"):
        global_envelope(np.zeros(3), np.zeros((18, 3)), kind="mad")
    with pytest.raises(InputError, match="not finite"):
        global_envelope(np.full(3, np.nan), np.zeros((99, 3)), kind="rank")
    with pytest.raises(InputError, match="between 0 and 1"):
        global_envelope(np.zeros(3), np.zeros((99, 3)), kind="rank", level=1.0)
