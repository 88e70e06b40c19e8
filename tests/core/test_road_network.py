import numpy as np
import pytest

from megaregion.core.road_network import RoadNetwork
from megaregion.errors import InputError


def network(**changes: object) -> RoadNetwork:
    values: dict[str, object] = {
        "nodes": 3,
        "zones": 2,
        "tail": [0, 2, 0],
        "head": [2, 1, 1],
        "free_time": [1.0, 2.0, 3.0],
        "capacity": [10.0, 5.0, 0.0],
        "b": [0.15, 1.0, 0.0],
        "power": [4.0, 1.0, 4.0],
        "fixed": [0.0, 0.5, 0.25],
        "no_through": [False] * 3,
    }
    return RoadNetwork(**(values | changes))  # type: ignore[arg-type]


def test_cost_integral_and_derivative_by_hand() -> None:
    """20 on capacity 10: 1 (1 + .15 16) = 3.4; its integral 20 + .15 16 20 / 5; slope 4 .15 8 / 10."""
    flow = np.array([20.0, 5.0, 7.0])
    net = network()
    np.testing.assert_allclose(net.cost(flow), [3.4, 4.5, 3.25], rtol=1e-15)
    np.testing.assert_allclose(net.integral(flow), [29.6, 2.5 * 5 + 5.0, 3.25 * 7], rtol=1e-15)
    np.testing.assert_allclose(net.derivative(flow), [0.48, 0.4, 0.0], rtol=1e-15)


def test_constant_costs_keep_their_factor() -> None:
    """Power 0 costs free time (1 + b) at any flow, without capacity too."""
    net = network(power=[0.0, 0.0, 0.0], capacity=[0.0, 0.0, 0.0])
    assert not net.closed.any()
    np.testing.assert_allclose(net.cost(np.ones(3)), [1.15, 4.5, 3.25], rtol=1e-15)
    np.testing.assert_allclose(net.integral(np.full(3, 2.0)), [2.3, 9.0, 6.5], rtol=1e-15)


def test_no_capacity_is_closed_where_time_depends_on_flow() -> None:
    net = network(capacity=[0.0, 5.0, 0.0])
    assert net.closed.tolist() == [True, False, False]
    assert net.cost(np.array([0.0, 0.0, 1.0])).tolist() == [1.0, 2.5, 3.25]
    assert net.cost(np.array([1e-9, 0.0, 1.0]))[0] == np.inf


def test_marginal_cost_is_the_derivative_of_total_time() -> None:
    net, flow, step = network(), np.array([12.0, 4.0, 7.0]), 1e-4
    total = [(flow + s) * net.cost(flow + s) for s in (step, -step)]
    np.testing.assert_allclose(net.marginal().cost(flow), (total[0] - total[1]) / (2 * step), rtol=1e-7)


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(InputError) as error:
        network(capacity=[-1.0, 5.0, np.nan], head=[2, 1, 9], zones=4)
    for text in ("capacity must be finite and >= 0: links [0, 2]", "head must be a node", "zones must be between"):
        assert text in str(error.value)
