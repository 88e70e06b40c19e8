"""Demand that answers to cost: closed forms, and the demand function itself at the costs that are found."""

import numpy as np
import pytest

from megaregion.core.assignment import ElasticDemand, Equilibrium, UserClass, user_equilibrium
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError

ONE = RoadNetwork(nodes=2, zones=2, tail=[0], head=[1], free_time=[1.0], capacity=[1.0], b=[1.0], power=[1.0],
                  fixed=[0.0], no_through=[False, False])  # fmt: skip
TEN = np.array([[0.0, 10.0], [0.0, 0.0]])


def test_linear_demand_by_hand() -> None:
    """Cost 1 + D and D = 10 (1 - 0.1 (u - 1)): D = 5."""
    function = ElasticDemand(form="linear", sensitivity=0.1, reference=np.ones((2, 2)))
    found = user_equilibrium(ONE, TEN, gap=1e-14, elastic=function)
    np.testing.assert_allclose([found.demand[0, 0, 1], found.flow[0]], 5.0, rtol=1e-12)


def test_exponential_demand_by_hand() -> None:
    """Cost 1 + D and D = 10 exp(-0.1 (u - 1)): D / 10 is the omega constant 0.5671432904097838."""
    function = ElasticDemand(form="exponential", sensitivity=0.1, reference=np.ones((2, 2)))
    found = user_equilibrium(ONE, TEN, gap=1e-14, elastic=function)
    np.testing.assert_allclose(found.demand[0, 0, 1], 5.671432904097838, rtol=1e-12)


def drawn(seed: int, through: bool) -> tuple[RoadNetwork, np.ndarray]:
    rng = np.random.default_rng(seed)
    links = [(i, j) for i in range(10) for j in range(10) if i != j and rng.random() < 0.4]
    many, ends = len(links), np.array(links)
    closed = np.zeros(10, bool)
    closed[:2] = not through  # of four zones two may not be passed
    net = RoadNetwork(
        nodes=10, zones=4, tail=ends[:, 0], head=ends[:, 1], free_time=rng.uniform(1, 3, many),
        capacity=rng.uniform(3, 10, many), b=np.full(many, 0.15), power=rng.choice([1.0, 4.0], many),
        fixed=rng.choice([0.0, 0.5], many), no_through=closed,
    )  # fmt: skip
    return net, rng.uniform(0, 20, (4, 4)) * (rng.random((4, 4)) < 0.8)


@pytest.mark.parametrize("through", [True, False])
@pytest.mark.parametrize("form", ["exponential", "linear"])
@pytest.mark.parametrize("seed", range(5))
def test_demand_is_that_of_the_costs(seed: int, form: str, through: bool) -> None:
    """Trips of every pair are the demand function at its cost; with them fixed the flows are the equilibrium."""
    net, base = drawn(seed, through)
    rng = np.random.default_rng(seed)
    function = ElasticDemand(form=form, sensitivity=0.3, reference=rng.uniform(1, 5, (4, 4)))  # type: ignore[arg-type]
    found = user_equilibrium(net, base, gap=1e-13, elastic=function, unreachable="leave")
    costs = found.skims()
    expected = base.copy()
    np.fill_diagonal(expected, 0.0)
    for pair in found.unreachable:
        expected[pair.origin, pair.destination] = 0.0
    wanted = function.trips(expected[None], np.where(np.isfinite(costs), costs, 0.0))
    np.testing.assert_allclose(found.demand, wanted, rtol=1e-7, atol=1e-7)
    again = user_equilibrium(net, found.demand[0], gap=1e-13)
    np.testing.assert_allclose(again.flow, found.flow, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(again.beckmann, found.beckmann, rtol=1e-11)
    assert 0.0 <= found.relative_gap <= 1e-13


def test_classes_answer_each_with_their_own_cost() -> None:
    net, base = drawn(7, True)
    rng = np.random.default_rng(7)
    users = [
        UserClass(name="cars", demand=base),
        UserClass(name="lorries", demand=0.2 * base, fixed=rng.choice([0.0, 1.0], net.links), pce=2.0),
    ]
    function = ElasticDemand(form="exponential", sensitivity=0.2, reference=rng.uniform(1, 5, (2, 4, 4)))
    found = user_equilibrium(net, users, gap=1e-13, elastic=function)
    before = np.array([base, 0.4 * base])
    before[:, np.arange(4), np.arange(4)] = 0.0
    np.testing.assert_allclose(found.demand, function.trips(before, found.skims()), rtol=1e-7, atol=1e-7)


def test_so_dear_that_nobody_travels() -> None:
    function = ElasticDemand(form="linear", sensitivity=2.0, reference=np.zeros((2, 2)))
    found = user_equilibrium(ONE, TEN, elastic=function)
    assert found.demand.sum() == 0.0 and found.flow.tolist() == [0.0]


def test_bad_functions_are_refused() -> None:
    with pytest.raises(InputError, match=r"form must be.*sensitivity must be > 0.*reference must be"):
        user_equilibrium(ONE, TEN, elastic=ElasticDemand(form="odd", sensitivity=0.0, reference=np.ones(3)))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="finite where there is demand"):
        user_equilibrium(
            ONE, TEN, elastic=ElasticDemand(form="linear", sensitivity=1.0, reference=np.full((2, 2), np.nan))
        )
    net, base = drawn(1, True)
    function = ElasticDemand(form="linear", sensitivity=0.1, reference=np.full((4, 4), 2.0))
    with pytest.raises(ConvergenceError, match="after 1 iterations") as error:
        user_equilibrium(net, base, gap=1e-13, iterations=1, elastic=function, unreachable="leave")
    last = error.value.last
    assert isinstance(last, Equilibrium) and not last.converged and {s.phase for s in last.table} == {"demand", "flows"}
