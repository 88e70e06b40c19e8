"""Brokerage on hand graphs and against a count of all triples."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.brokerage import brokerage
from megaregion.errors import InputError

ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")


def by_triples(a: np.ndarray, group: list[int]) -> dict[str, list[int]]:
    """Every ordered triple i -> j -> k without i -> k, by the definitions of Gould and Fernandez (1989)."""
    n = len(a)
    out = {role: [0] * n for role in ROLES}
    for i, j, k in product(range(n), repeat=3):
        if len({i, j, k}) < 3 or not (a[i, j] and a[j, k]) or a[i, k]:
            continue
        gi, gj, gk = group[i], group[j], group[k]
        if gi == gj == gk:
            role = "coordinator"
        elif gi == gk:
            role = "itinerant"
        elif gj == gk:
            role = "gatekeeper"
        elif gi == gj:
            role = "representative"
        else:
            role = "liaison"
        out[role][j] += 1
    return out


@pytest.mark.parametrize(
    ("group", "role"),
    [([0, 0, 0], "coordinator"), ([0, 1, 0], "itinerant"), ([1, 0, 0], "gatekeeper"), ([0, 0, 1], "representative"),
     ([0, 1, 2], "liaison")],
)  # fmt: skip
def test_one_path(group: list[int], role: str) -> None:
    """0 -> 1 -> 2."""
    a = np.zeros((3, 3))
    a[0, 1] = a[1, 2] = 1
    found = brokerage(a, group, directed=True)
    for name in ROLES:
        assert getattr(found, name).tolist() == [0, int(name == role), 0]
    assert found.total.tolist() == [0, 1, 0]
    a[0, 2] = 1  # a tie from i to k leaves nothing to broker
    assert not brokerage(a, group, directed=True).total.any()
    a[0, 2], a[2, 0] = 0, 1  # the way back does not close it, but opens two more paths
    assert brokerage(a, group, directed=True).total.tolist() == [1, 1, 1]


def test_star_between_two_provinces() -> None:
    """Hub and two places in one province, three in the other: 1 pair inside, 3 in the other, 6 across."""
    a = np.zeros((6, 6))
    a[0, 1:] = a[1:, 0] = 1
    found = brokerage(a, [0, 0, 0, 1, 1, 1], directed=False)
    assert (found.coordinator[0], found.itinerant[0], found.gatekeeper[0], found.liaison[0]) == (1, 3, 6, 0)
    assert found.representative[0] == 6 and found.total[0] == 10 and not found.total[1:].any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 7), st.floats(0.1, 0.9))
def test_against_all_triples(seed: int, n: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    a, group = (rng.random((n, n)) < density).astype(float), rng.integers(3, size=n).tolist()
    np.fill_diagonal(a, 0)
    found, want = brokerage(a, group, directed=True), by_triples(a, group)
    for role in ROLES:
        assert getattr(found, role).tolist() == want[role]
    assert found.total.tolist() == np.sum([want[role] for role in ROLES], axis=0).tolist()
    both = np.maximum(a, a.T)
    found, want = brokerage(both, group, directed=False), by_triples(both, group)
    for role in ("coordinator", "itinerant", "liaison"):
        assert (2 * getattr(found, role)).tolist() == want[role]
    assert found.gatekeeper.tolist() == found.representative.tolist() == want["gatekeeper"]


def test_bad_input() -> None:
    with pytest.raises(InputError, match="symmetric"):
        brokerage([[0, 1], [0, 0]], [0, 1], directed=False)
    with pytest.raises(InputError, match="expected ties"):
        brokerage(np.zeros((3, 3)), [0, 1], directed=False)
    assert brokerage(np.zeros((1, 1)), [0], directed=False).total.tolist() == [0]
