"""From scenarios to shocks of the model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megaregion.data.scenario import AddLink, ScaleBarrier, Scenario, SetAmenity, SetProductivity
from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shocks import barrier_factor, impulse, impulses, remembered, time_ratio
from megaregion.errors import InputError, MissingDataError


def never(cluster):
    raise AssertionError("times were asked for although no link changed")


def apply(cluster, *changes):
    return Scenario(id="s", changes=changes).apply(cluster)


def test_trade_cost_by_hand(geography, cluster) -> None:
    """Time halved, face-to-face share .2, theta 4, time elasticity 1.26: .5^(.2*1.26/4); half of gamma .8: exp(-.1)."""
    place = geography(10, 2)
    fit = calibrate(place, 0.8, Parameters())
    region = cluster(place)
    half = pd.DataFrame(place.time / 2, index=list(place.places), columns=list(place.places))
    link = AddLink(from_node=f"n{place.places[0]}", to_node=f"n{place.places[1]}", length_km=1, time_min=1)
    changed = apply(region, link, ScaleBarrier(between=("all",), factor=0.5))
    found = impulse(region, changed, place, lambda _: half)
    cost = found.shock(fit).trade_cost
    np.testing.assert_allclose(cost, 0.5 ** (0.2 * 1.26 / 4) * np.exp(-0.1 * place.cross), rtol=1e-13)
    full = found.shock(fit, full_effect=True).trade_cost
    np.testing.assert_allclose(full, 0.5 ** (1.26 / 4) * np.exp(-0.1 * place.cross), rtol=1e-13)


def test_removing_the_whole_barrier_undoes_the_calibrated_friction(geography) -> None:
    """share * cost^-theta with f = 0 is the gravity without the border term."""
    place = geography(10, 2)
    p = Parameters()
    fit = calibrate(place, 0.8, p)
    barrier, _ = barrier_factor(pd.DataFrame({"group_a": ["*"], "group_b": ["*"], "factor": [0.0]}), place)
    one = np.ones(10)
    from megaregion.equilibrium.shocks import Impulse

    found = Impulse(time_ratio=np.ones((10, 10)), barrier=barrier, productivity=one, amenity=one)
    kernel = fit.economy.trade[0] * found.shock(fit).trade_cost ** -p.theta
    np.testing.assert_allclose(kernel / fit.economy.trade[0], np.exp(0.8 * place.cross), rtol=1e-12)


def test_barriers_multiply_and_act_on_their_pair_only(geography) -> None:
    place = geography(30, 2)
    rows = pd.DataFrame(
        [("*", "*", 0.5), ("g0", "g1", 0.4), ("g0", "g1", 0.5)], columns=["group_a", "group_b", "factor"]
    )
    factor, warnings = barrier_factor(rows, place)
    a, b = place.groups[:, None], place.groups[None, :]
    pair = ((a == "g0") & (b == "g1")) | ((a == "g1") & (b == "g0"))
    np.testing.assert_allclose(factor, np.where(a == b, 1.0, np.where(pair, 0.1, 0.5)))
    assert warnings == []
    with pytest.raises(InputError, match="without places: nowhere"):
        barrier_factor(pd.DataFrame([("g0", "nowhere", 1)], columns=rows.columns), place)


def test_a_group_of_one_place_is_warned_of(geography) -> None:
    place = replace(geography(4, 2), groups=np.array(["a", "b", "b", "b"]))
    rows = pd.DataFrame([("a", "b", 0.5)], columns=["group_a", "group_b", "factor"])
    assert barrier_factor(rows, place)[1] == [
        "the border of a (one place only) is not identified on its own: its friction is the pooled estimate"
    ]
    assert barrier_factor(rows.assign(factor=1.0), place)[1] == []


def test_shifts_multiply_by_place(geography, cluster) -> None:
    place = geography(6, 2)
    region, first = cluster(place), place.places[0]
    changed = apply(
        region, SetProductivity(place_id=first, factor=1.1), SetProductivity(place_id=first, factor=1.2),
        SetAmenity(place_id=place.places[2], factor=0.9),
    )  # fmt: skip
    found = impulse(region, changed, place, never)
    np.testing.assert_allclose(found.productivity, [1.32, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(found.amenity, [1, 1, 0.9, 1, 1, 1])
    assert (found.time_ratio == 1.0).all()


def test_missing_times_of_a_scenario_are_refused(geography) -> None:
    place = geography(5, 1)
    frame = pd.DataFrame(place.time, index=list(place.places), columns=list(place.places))
    np.testing.assert_array_equal(time_ratio(frame, place), np.ones((5, 5)))
    frame.iloc[0, 1] = np.nan
    with pytest.raises(MissingDataError):
        time_ratio(frame, place)


def test_every_misfit_is_listed(geography, cluster) -> None:
    place = geography(5, 1)
    wrong = {
        "a": Scenario(id="a", changes=(ScaleBarrier(between=("g0", "x"), factor=1.0),)),
        "b": Scenario(id="b", changes=(SetAmenity(place_id="no", factor=-1.0),)),
    }
    with pytest.raises(InputError) as caught:
        impulses(cluster(place), wrong, place, never)
    for text in ("scenario a: ScaleBarrier: 'x'", "scenario b: SetAmenity: 'no'", "factor must be > 0"):
        assert text in str(caught.value)


def test_times_are_asked_once_for_the_same_links(geography, cluster) -> None:
    place = geography(5, 1)
    region, asked = cluster(place), []
    ask = remembered(lambda c: asked.append(c) or pd.DataFrame())
    one = AddLink(from_node="n000000", to_node="n000001", length_km=1, time_min=1)
    two = AddLink(from_node="n000001", to_node="n000002", length_km=1, time_min=1)
    for changes in ((one, two), (two, one), (one,), (one, ScaleBarrier(between=("all",), factor=0.5))):
        ask(apply(region, *changes))
    assert len(asked) == 2
