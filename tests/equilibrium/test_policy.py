"""Changes beyond times, borders and productivity reach the model through the same path as every scenario."""

import numpy as np
import pytest

from megaregion.data.scenario import Scenario, scenario_from_dict
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.run import run
from megaregion.equilibrium.shocks import impulse
from megaregion.errors import InputError


def scenario(**change: object) -> Scenario:
    return scenario_from_dict({"id": "one", "change": [change]})


def test_faster_trips_between_two_places_cut_the_face_to_face_cost(geography, cluster, times, border) -> None:
    """Minutes times one half between two places only: d = .5^(.2 * 1.26 / 4) on that pair, none elsewhere."""
    place = geography(10, 2)
    region = cluster(place)
    base = baseline(region, times(place), border)
    a, b = place.places[:2]
    changed = scenario(type="ScaleTime", between=[a, b], factor=0.5).apply(region)
    found = impulse(region, changed, place, lambda _: None)
    want = np.ones((10, 10))
    want[0, 1] = want[1, 0] = 0.5 ** (0.2 * 1.26 / 4)
    np.testing.assert_allclose(found.shock(base.nominal).trade_cost, want, rtol=1e-13)
    full = found.shock(base.nominal, full_effect=True).trade_cost
    assert full[0, 1] == pytest.approx(0.5 ** (1.26 / 4), rel=1e-13)


def test_more_floor_space_raises_welfare_of_the_run(geography, cluster, times, border) -> None:
    place = geography(8, 2)
    region = cluster(place, equilibrium={"draws": 20})
    one = scenario(type="SetHousing", place_id=place.places[0], factor=1.2)
    rows = run(region, times(place), border, [one], seed=1)["scenarios"].to_frame()
    assert (rows["welfare_percent"] > 0).all() and (rows["residual"] <= 1e-11).all()


def test_recognition_without_groups_is_refused_with_what_is_lacking(geography, cluster, times, border) -> None:
    """A policy that acts on groups of registered origin is never ignored in a baseline of one group."""
    place = geography(8, 2)
    region = cluster(place, equilibrium={"draws": 20})
    groups = sorted(set(place.groups))[:2]
    one = scenario(type="Recognize", between=groups, share=0.5)
    with pytest.raises(InputError, match="no groups of registered origin"):
        run(region, times(place), border, [one], seed=1)
