"""DC flow: the triangle, Wood and Wollenberg's six buses as printed, outages against solving again."""

import numpy as np
import pytest
from scipy.optimize import linprog

from megaregion.core.dc_flow import Grid
from megaregion.core.dispatch import least_unserved
from megaregion.errors import InputError

SIX = [(1, 2, 0.2), (1, 4, 0.2), (1, 5, 0.3), (2, 3, 0.25), (2, 4, 0.1), (2, 5, 0.3), (2, 6, 0.2), (3, 5, 0.26),
       (3, 6, 0.1), (4, 5, 0.4), (5, 6, 0.3)]  # fmt: skip


def grid(lines: list[tuple[int, int, float]], buses: int) -> Grid:
    a, b, x = (np.array(part) for part in zip(*lines, strict=True))
    return Grid(buses=buses, tail=a - 1, head=b - 1, susceptance=100.0 / x)


def drawn(seed: int, buses: int = 12, lines: int = 20) -> Grid:
    """A ring with chords, reactances over two orders of magnitude."""
    rng = np.random.default_rng(seed)
    ring = np.arange(buses)
    ends = rng.integers(0, buses, (lines - buses, 2))
    ends[ends[:, 0] == ends[:, 1], 1] = (ends[ends[:, 0] == ends[:, 1], 0] + 1) % buses
    tail, head = np.r_[ring, ends[:, 0]], np.r_[(ring + 1) % buses, ends[:, 1]]
    return Grid(buses=buses, tail=tail, head=head, susceptance=100.0 / 10 ** rng.uniform(-2, 0, lines))


def test_a_triangle_splits_two_to_one() -> None:
    """Equal reactances: two thirds go straight, a third round; an outage sends all of it round."""
    three = grid([(1, 2, 0.1), (2, 3, 0.1), (1, 3, 0.1)], 3)
    flow, angle = three.flows([100.0, 0.0, -100.0])
    assert flow == pytest.approx([100 / 3, 100 / 3, 200 / 3], rel=1e-12)
    assert angle[0] - angle[2] == pytest.approx(200 / 3 / 1000, rel=1e-12)
    moved = three.outage_factors()
    assert moved == pytest.approx(np.array([[-1, -1, 1], [-1, -1, 1], [1, 1, -1]]), abs=1e-12)


def test_six_buses_as_printed() -> None:
    """Wood and Wollenberg (1996), figures 11.4 and 11.5: first lines, two decimals, bus 1 takes what enters."""
    six = grid(SIX, 6)
    factors = six.transfer_factors()
    assert factors[0].round(2) == pytest.approx([0, -0.47, -0.40, -0.31, -0.32, -0.41])
    assert factors[5].round(2) == pytest.approx([0, 0.10, -0.03, 0.03, -0.19, -0.03])
    moved = six.outage_factors()
    assert moved[0, 1:].round(2) == pytest.approx([0.64, 0.54, -0.11, -0.50, -0.21, -0.12, -0.14, 0.01, 0.01, 0.13])


@pytest.mark.parametrize("seed", range(5))
def test_outages_equal_solving_again(seed: int) -> None:
    net = drawn(seed)
    p = np.random.default_rng(seed).normal(0, 50, net.buses)
    p -= p.mean()
    flow, _ = net.flows(p)
    assert net.transfer_factors() @ p == pytest.approx(flow, abs=1e-9)
    moved = net.outage_factors()
    for k in range(net.lines):
        again, _ = net.without(k).flows(p)
        assert np.delete(flow + moved[:, k] * flow[k], k) == pytest.approx(again, abs=1e-7)


def test_bridges_are_what_parts_the_grid() -> None:
    """Two triangles joined by one line and a pair of parallel ones; brute force over every line."""
    net = grid([(1, 2, 1), (2, 3, 1), (3, 1, 1), (3, 4, 1), (4, 5, 1), (5, 6, 1), (6, 4, 1), (6, 7, 1), (6, 7, 2),
                (7, 8, 1)], 9)  # fmt: skip
    parted = [len(set(net.without(k).islands())) > len(set(net.islands())) for k in range(net.lines)]
    assert net.bridges().tolist() == parted
    moved = net.outage_factors()
    assert np.isnan(moved[:, parted]).all() and not np.isnan(moved[:, ~np.array(parted)]).any()


def test_islands_have_flows_of_their_own() -> None:
    net = grid([(1, 2, 0.1), (3, 4, 0.1)], 5)
    flow, _ = net.flows([5.0, -5.0, -7.0, 7.0, 0.0])
    assert flow == pytest.approx([5.0, -7.0])
    with pytest.raises(InputError, match="miss zero by up to 5"):
        net.flows([5.0, 0.0, -5.0, 0.0, 0.0])
    assert net.transfer_factors()[0, 2:] == pytest.approx([0, 0, 0])


def test_relabelling_permutes_and_units_scale() -> None:
    net, p = drawn(9), np.arange(12.0) - 5.5
    order = np.random.default_rng(1).permutation(12)
    other = Grid(buses=12, tail=order[net.tail], head=order[net.head], susceptance=7.0 * net.susceptance)
    moved = np.empty(12)
    moved[order] = p
    assert other.flows(moved)[0] == pytest.approx(net.flows(p)[0], abs=1e-9)


@pytest.mark.parametrize("bad", [np.array([0.0, 1.0]), np.array([-1.0, 1.0]), np.array([np.inf, 1.0])])
def test_no_line_without_reactance(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="above zero"):
        Grid(buses=2, tail=np.array([0, 0]), head=np.array([1, 1]), susceptance=bad)


def test_what_a_full_line_leaves_unserved() -> None:
    """One line of 60 to a town of 100 with a plant of 25: 15 are missing; of two equal plants each gives a half."""
    net = grid([(1, 2, 0.1)], 2)
    got = least_unserved(net, np.array([0.0, 100.0]), np.array([200.0, 25.0]), np.array([60.0]))
    assert got.unserved == pytest.approx([0, 15], abs=1e-6) and got.flow == pytest.approx([60], abs=1e-6)
    even = least_unserved(net, np.array([0.0, 50.0]), np.array([100.0, 100.0]), np.array([np.inf]))
    assert even.generation == pytest.approx([25, 25], abs=1e-6)
    cheap = least_unserved(net, np.array([0.0, 50.0]), np.array([100.0, 100.0]), np.array([np.inf]),
                           cost=np.array([3.0, 2.0]))  # fmt: skip
    assert cheap.generation == pytest.approx([0, 50], abs=1e-6)


def test_an_island_without_a_plant_is_dark_and_the_rest_is_not() -> None:
    net = grid([(1, 2, 0.1), (3, 4, 0.1)], 5)
    demand = np.array([0.0, 5.0, 1 / 3, 1 / 7, 0.1])
    got = least_unserved(net, demand, np.array([9.0, 0, 0, 0, 0]), np.full(2, np.inf))
    assert got.unserved.tolist() == [0.0, 0.0, 1 / 3, 1 / 7, 0.1] and got.flow == pytest.approx([5.0, 0.0], abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_least_unserved_against_a_program_in_flows(seed: int) -> None:
    """The same optimum from transfer factors instead of angles, written down another way."""
    net, rng = drawn(seed), np.random.default_rng(100 + seed)
    demand, capacity = rng.uniform(0, 40, 12), rng.uniform(0, 30, 12) * (rng.random(12) < 0.5)
    limit = rng.uniform(5, 30, net.lines)
    got = least_unserved(net, demand, capacity, limit)
    factors = net.transfer_factors()
    both, n = np.hstack([factors, factors]), net.buses
    done = linprog(np.r_[np.zeros(n), np.ones(n)], A_ub=np.vstack([both, -both]),
                   b_ub=np.r_[limit + factors @ demand, limit - factors @ demand],
                   A_eq=np.ones((1, 2 * n)), b_eq=[demand.sum()],
                   bounds=np.c_[np.zeros(2 * n), np.r_[capacity, demand]])  # fmt: skip
    assert got.unserved.sum() == pytest.approx(done.fun, abs=1e-5)
    assert (np.abs(got.flow) <= limit * (1 + 1e-6)).all()
    assert net.flows(got.generation - demand + got.unserved)[0] == pytest.approx(got.flow, abs=1e-6)
