"""[options.sensitivities]: what is accepted, and what is refused in one message."""

import pytest

from megaregion.equilibrium.cluster_sensitivities import run
from megaregion.equilibrium.routing_options import RoutingOptions
from megaregion.errors import InputError, MissingDataError


def test_nothing_given_is_the_shortest_way() -> None:
    assert RoutingOptions.of({}).dispersion_per_min is None
    assert RoutingOptions.of({"dispersion_per_min": 1}).dispersion_per_min == 1.0


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), "0.2", True])
def test_everything_wrong_is_said_at_once(value: object) -> None:
    with pytest.raises(InputError, match="unknown key 'theta'; dispersion_per_min must be a number above zero"):
        RoutingOptions.of({"dispersion_per_min": value, "theta": 3})


def test_soft_routing_needs_something_to_route(geography, cluster, times, border) -> None:
    place = geography(6, 2)
    region = cluster(place, equilibrium={"draws": 20})
    region.options["sensitivities"] = {"dispersion_per_min": 0.2}
    with pytest.raises(MissingDataError, match="needs scheduled services"):
        run(region, times(place), border, seed=1)
