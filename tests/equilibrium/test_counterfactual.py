"""Frames of a counterfactual: identities that hold whatever the numbers."""

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.counterfactual import Counterfactual, simulate
from megaregion.equilibrium.layout import Layout
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.errors import InputError


@pytest.fixture
def found(geography) -> Counterfactual:
    place = geography(9, 2)
    economy = calibrate(place, 0.7, Parameters()).economy
    layout = Layout.of(economy, places=place.places, labels=place.groups)
    up = Shock(productivity=np.full(9, 1.1))
    one = Shock(productivity=np.r_[1.2, np.ones(8)])
    return simulate(economy, {"nothing": Shock(), "everywhere": up, "one": one}, layout)


def test_the_empty_scenario_is_zero_in_every_cell(found: Counterfactual) -> None:
    for frame in (found.places(), found.groups(), found.sectors(), found.gains()):
        rows = frame[frame["scenario"] == "nothing"]
        changes = [c for c in rows.columns if c.endswith("_percent") or c in ("gain", "total", "land_rent")]
        assert len(changes) and (rows[changes] == 0.0).all().all()


def test_gains_by_hand(found: Counterfactual) -> None:
    """Productivity 1.1 everywhere: real income 1.1^(alpha + (1-alpha) delta/(1+delta)), land rents up by 10 percent."""
    p, income = Parameters(), float(found.economy.output.sum())
    row = found.gains().set_index("scenario").loc["everywhere"]
    power = p.alpha + (1 - p.alpha) * p.delta / (1 + p.delta)
    assert row["gain"] == pytest.approx(income * (1.1**power - 1), rel=1e-8)
    assert row["floor_space_rent"] == pytest.approx(0.1 * (1 - p.alpha) * income, rel=1e-8)
    assert row["land_rent"] == pytest.approx(row["floor_space_rent"] / (1 + p.delta), rel=1e-12)
    assert row["total"] == pytest.approx(row["gain"] + row["floor_space_rent"], rel=1e-12)
    groups = found.groups().set_index("scenario")
    assert groups.loc["everywhere", "gain"] == pytest.approx(row["gain"], rel=1e-12)


def test_people_and_workers_add_up(found: Counterfactual) -> None:
    rows = found.places().set_index(["scenario", "place_id"]).loc["one"]
    assert found.economy.residents @ rows["residents_percent"].to_numpy() == pytest.approx(
        0.0, abs=1e-9 * found.economy.residents.sum()
    )
    np.testing.assert_allclose(rows["workers_percent"], rows["residents_percent"], atol=1e-9)
    assert rows["residents_percent"].iloc[0] > 0
    assert (found.convergence()["residual"] <= 1e-11).all()


def test_everything_wrong_is_said_at_once(found: Counterfactual) -> None:
    with pytest.raises(InputError) as caught:
        simulate(found.economy, {"a": Shock(amenity=-np.ones(9)), "b": Shock(land=np.ones(3))}, found.layout)
    assert "scenario a: amenity must be above zero" in str(caught.value)
    assert "scenario b: land has the shape (3,)" in str(caught.value)
