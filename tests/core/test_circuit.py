"""Circuits: closed forms, a verification case of Circuitscape, barriers against solving anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.circuit import grid_circuit, pinch_points
from megaregion.errors import InputError


def test_two_cells() -> None:
    circuit = grid_circuit(np.array([[1.0, 3.0]]))
    assert circuit.effective_resistance(0, 1) == pytest.approx(2.0, rel=1e-14)
    np.testing.assert_allclose(circuit.current(0, 1), [[1.0, 1.0]], rtol=1e-14)


def test_series_and_parallel() -> None:
    """Two rows apart joined at both ends: 2 + 2 + 2 = 6 above and 8 + 4 + 2 = 14 below -> 84 / 20; currents 14 : 6."""
    resistance = np.array([[2.0, 2, 2, 2], [np.inf] * 4, [9, 7, 1, 3]])
    ends = np.zeros((3, 4), np.int32)
    ends[[0, 2], 0], ends[[0, 2], 3] = 1, 2
    circuit = grid_circuit(resistance, merged=ends)
    a, b = circuit.node_of(ends == 1), circuit.node_of(ends == 2)
    assert circuit.effective_resistance(a, b) == pytest.approx(6 * 14 / 20, rel=1e-13)
    current = circuit.current(a, b)
    np.testing.assert_allclose(current[0], [1, 0.7, 0.7, 1], rtol=1e-13)
    np.testing.assert_allclose(current[2], [1, 0.3, 0.3, 1], rtol=1e-13)
    assert np.isnan(current[1]).all()


@pytest.mark.parametrize("solver", ["direct", "multigrid"])
def test_uniform_strip(solver) -> None:
    """Columns are at one potential: between two there are n straight and 2 (n - 1) diagonal resistors of sqrt(2)."""
    n, m, r = 6, 40, 3.0
    ends = np.zeros((n, m), np.int32)
    ends[:, 0], ends[:, -1] = 1, 2
    if solver == "multigrid":
        pytest.importorskip("pyamg")
    circuit = grid_circuit(np.full((n, m), r), merged=ends, solver=solver)
    a, b = circuit.node_of(ends == 1), circuit.node_of(ends == 2)
    want = r * (m - 1) / (n + 2 * (n - 1) / np.sqrt(2))
    assert circuit.effective_resistance(a, b) == pytest.approx(want, rel=1e-9)
    np.testing.assert_allclose(circuit.current(a, b)[:, 1:-1].sum(axis=0), 1.0, rtol=1e-9)


def test_verification_case_of_circuitscape() -> None:
    """sgVerify9: conductances, eight neighbours, points in two cells and regions without resistance; ten digits.

    Circuitscape.jl test/input/raster/one_to_all/8/points5x5_polys.asc, polygons5x5.asc, pairwise/9/cellmap5x5.asc;
    test/output_verify/sgVerify9_resistances.out and sgVerify9_curmap_1_2.asc.
    """
    g = np.array([[1, 1, 2.002, 1, 1], [1, 2, 2, 3.01, 2], [1, 2, 2, 1, 1], [1, 2, 2, 1, 1], [1, 2, 2, 1, 1]])
    points = np.array([[1, 2, 0, 0, 0], [0] * 5, [3, 0, 0, 7, 0], [4, 0, 0, 0, 0], [1, 0, 0, 0, 2]])
    regions = np.array([[0, 3, 3, 3, 2], [0] * 5, [0, 0, 6, 0, 0], [0, 0, 5, 0, 0], [0, 0, 5, 0, 2]])

    def solved(a: int, b: int) -> tuple[float, np.ndarray]:
        """A pair: cells of a point are joined, and with the regions they lie in; other points are cells like any."""
        merged = (regions + 10 * (regions > 0)).astype(np.int32)
        for point in (a, b):
            joined = np.unique(merged[(points == point) & (merged > 0)])
            merged[np.isin(merged, joined) | (points == point)] = point
        circuit = grid_circuit(1 / g, merged=merged, mean="conductance")
        ends = circuit.node_of(merged == a), circuit.node_of(merged == b)
        return circuit.effective_resistance(*ends), circuit.current(*ends)

    printed = {
        (1, 2): 0.2434768717, (1, 3): 0.3448848592, (1, 4): 0.2990289659, (1, 7): 0.332769972,
        (2, 3): 0.3021830397, (2, 4): 0.3534051056, (2, 7): 0.174033215,
        (3, 4): 0.3377716953, (3, 7): 0.3726459788, (4, 7): 0.4000720507,
    }  # fmt: skip
    got = {pair: solved(*pair)[0] for pair in printed}
    assert got == pytest.approx(printed, abs=2e-9)  # their solver stops at a relative residual of 1e-6 or better
    current = solved(1, 2)[1]
    np.testing.assert_allclose(current[1], [0.1414018239, 0.2840110051, 0.1886715681, 0.1455544176, 0.05412854312],
                               atol=1e-8)  # fmt: skip
    np.testing.assert_allclose(current[3], [0.1139247613, 0.2087332596, 0.2292211754, 0.0845341248, 0.03886254636],
                               atol=1e-8)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_what_must_hold_for_any_raster(seed: int) -> None:
    """Symmetry, triangle inequality, more resistance never less; below the least-cost way, which is one of many."""
    from megaregion.core.least_cost import cost_distance

    rng = np.random.default_rng(seed)
    r = np.exp(rng.normal(0, 1.5, (5, 6)))
    circuit = grid_circuit(r)
    ab, bc, ac = (circuit.effective_resistance(*pair) for pair in ((0, 17), (17, 29), (0, 29)))
    assert circuit.effective_resistance(17, 0) == pytest.approx(ab, rel=1e-11) and ac <= (ab + bc) * (1 + 1e-11)
    start = np.zeros((5, 6), bool)
    start[0, 0] = True
    assert ab <= cost_distance(r, start).cost.flat[17] * (1 + 1e-11)
    worse = r * (1 + rng.random(r.shape))
    assert grid_circuit(worse).effective_resistance(0, 17) >= ab * (1 - 1e-11)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["resistance", "conductance"]))
def test_barriers_are_those_of_solving_anew(seed: int, mean) -> None:
    rng = np.random.default_rng(seed)
    r = np.exp(rng.normal(0, 2, (5, 6)))
    r[rng.random(r.shape) < 0.1] = np.inf
    ends = np.zeros(r.shape, np.int32)
    ends[:2, 0], ends[3:, -1] = 1, 2
    r[ends > 0] = 1.0
    r[2, :] = np.exp(rng.normal(0, 2, 6))  # never cut off
    r[:, 3] = np.exp(rng.normal(0, 2, 5))
    r[1:3, 1], r[2:4, 4] = 1.3, 1.3
    circuit = grid_circuit(r, merged=ends, mean=mean)
    a, b = circuit.node_of(ends == 1), circuit.node_of(ends == 2)
    before = circuit.effective_resistance(a, b)
    fall = np.zeros(r.size)
    for cell in np.flatnonzero(np.isfinite(r.ravel()) & (r.ravel() > 0.5) & (ends.ravel() == 0)):
        other = r.copy()
        other.flat[cell] = 0.5
        fall[cell] = before - grid_circuit(other, merged=ends, mean=mean).effective_resistance(a, b)
    cells, drop = circuit.barriers(a, b, lowered=0.5, count=4)
    np.testing.assert_allclose(drop, fall[cells], rtol=1e-8, atol=1e-12 * before)
    np.testing.assert_allclose(np.sort(drop)[::-1], np.sort(fall)[::-1][: len(drop)], rtol=1e-8, atol=1e-12 * before)
    some, estimated = circuit.barriers(a, b, lowered=0.5, count=4, tries=8)
    np.testing.assert_allclose(estimated, fall[some], rtol=1e-8, atol=1e-12 * before)
    low, high, _ = circuit._bounds(circuit.voltage(a, b), 0.5)
    slack = 1e-9 * before
    assert (low <= fall + slack).all() and (fall <= high + slack).all()


def test_pinch_points_by_hand() -> None:
    """A tenth of 20 cells is two; of five equal ones none is taken rather than some."""
    current = np.arange(20.0).reshape(4, 5)
    inside = np.ones((4, 5), bool)
    assert np.flatnonzero(pinch_points(current, inside)).tolist() == [18, 19]
    assert not pinch_points(np.ones((4, 5)), inside).any()
    current[3, 4] = np.nan
    assert np.flatnonzero(pinch_points(current, inside)).tolist() == [18]  # .1 of 19
    assert not pinch_points(current, inside & (current < 5)).any()


def test_islands_and_what_cannot_be_used() -> None:
    r = np.array([[1.0, np.nan, 2.0, 2.0]])
    circuit = grid_circuit(r)
    assert circuit.effective_resistance(0, 1) == np.inf and circuit.effective_resistance(2, 2) == 0.0
    assert circuit.effective_resistance(1, 2) == pytest.approx(2.0)
    current = circuit.current(1, 2)
    assert np.isnan(current[0, :2]).all() and current[0, 2:].tolist() == pytest.approx([1, 1])
    for call, said in (
        (lambda: circuit.voltage(0, 1), "no way"),
        (lambda: circuit.voltage(1, 1), "same node"),
        (lambda: circuit.node_of(np.array([[True, False, True, False]])), "one open node"),
        (lambda: grid_circuit(np.array([[1.0, 0.0]])), r"above zero.*\[\[0, 1\]\]"),
        (lambda: grid_circuit(np.full((2, 2), np.inf)), "closed"),
        (lambda: grid_circuit(r, mean="median"), "median"),
        (lambda: grid_circuit(r, merged=np.zeros((2, 2), np.int32)), "shape"),
        (lambda: circuit.barriers(1, 2, lowered=0.0, count=1), "restored cell"),
        (lambda: pinch_points(r, r > 0, share=1.0), "between 0 and 1"),
    ):
        with pytest.raises(InputError, match=said):
            call()
