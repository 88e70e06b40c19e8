"""Groups of registered origin: margins of the census, the split by hand, the economy that they give."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megaregion.equilibrium.calibrate import Geography, baseline
from megaregion.equilibrium.mappings import migration_cost_level
from megaregion.equilibrium.origins import OUTSIDE, Registration, origins, registration
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError, MissingDataError


def census(place, seed: int) -> Registration:
    rng = np.random.default_rng(seed)
    part = rng.dirichlet([8, 1, 1, 2], len(place.places)) * place.population[:, None]
    return Registration(here=part[:, 0] + part[:, 1], province=part[:, 2], elsewhere=part[:, 3])


def region(cluster, place, known: Registration, **options):
    there = cluster(place, equilibrium={"groups": "registered", **options})
    rows = [
        pd.DataFrame({"place_id": list(place.places), "indicator": name, "value": value, "unit": "person"})
        for name, value in (
            ("registered_same_county", 0.1 * known.here),
            ("registered_same_province", known.province),
            ("registered_other_province", known.elsewhere),
        )
    ]
    more = pd.concat(rows, ignore_index=True).assign(year=2020, scope="", source="")
    return there.replace(indicators=pd.concat([there.indicators, more], ignore_index=True))


def test_residents_and_the_three_kinds_are_those_of_the_census(geography) -> None:
    place = geography(20, 3)
    known = census(place, 1)
    found = origins(known, place, Parameters())
    people = found.groups[:, None] * found.location
    np.testing.assert_allclose(people.sum(axis=0), place.population, rtol=1e-12)
    np.testing.assert_allclose(found.location.sum(axis=1), 1.0, rtol=1e-12)
    label = np.array([place.groups[h] if h >= 0 else OUTSIDE for h in found.home])
    other = label[:, None] != place.groups[None, :]
    np.testing.assert_allclose((people * other).sum(axis=0), known.elsewhere, rtol=1e-12)
    np.testing.assert_allclose(people[found.home == -1][0], 0.6 * known.elsewhere, rtol=1e-12)
    assert found.names == (*place.places, OUTSIDE)
    shares = found.observed_share, found.bounded_share, found.assumed_share
    assert sum(shares) == pytest.approx(1.0) and min(shares) > 0


def test_split_by_hand() -> None:
    """Places a, b in one province and c in another; elasticity 1: weights are people over minutes."""
    time = np.array([[10.0, 40.0, 50.0], [40.0, 20.0, 100.0], [50.0, 100.0, 10.0]])
    place = Geography(
        places=("a", "b", "c"), groups=np.array(["p", "p", "q"]), time=time, income=np.ones(3),
        population=np.array([100.0, 60.0, 90.0]), money_unit="million CNY (current)",
    )  # fmt: skip
    known = Registration(
        here=np.array([80.0, 40.0, 70.0]), province=np.array([10.0, 15.0, 8.0]), elsewhere=np.array([10.0, 5.0, 12.0])
    )
    found = origins(known, place, Parameters(outside_share=0.5, origin_time=1.0))
    people = found.groups[:, None] * found.location
    # to a, same province: from a 80/10 = 8, from b 40/40 = 1; to b: from a 80/40 = 2, from b 40/20 = 2
    # across: a and b from c only; to c from a 80/50 = 1.6, from b 40/100 = .4
    want = np.array([
        [80 + 10 * 8 / 9, 15 * 2 / 4, 6 * 1.6 / 2.0],
        [10 * 1 / 9, 40 + 15 * 2 / 4, 6 * 0.4 / 2.0],
        [5.0, 2.5, 70 + 8.0],
        [5.0, 2.5, 6.0],
    ])  # fmt: skip
    np.testing.assert_allclose(people, want, rtol=1e-12)
    np.testing.assert_array_equal(found.home, [0, 1, 2, -1])
    # c is a province of one place: its people from another county of it are at home, and that is observed
    assert found.bounded_share == pytest.approx(25 / 250) and found.assumed_share == pytest.approx(27 / 250)
    np.testing.assert_allclose(found.home_share[2], 78.0 / (78.0 + 7.5))
    assert np.isnan(found.home_share[3])


def test_nobody_from_outside_means_no_such_group(geography) -> None:
    place = geography(12, 3)
    found = origins(census(place, 1), place, Parameters(outside_share=0.0))
    assert OUTSIDE not in found.names and (found.home >= 0).all()


def test_with_one_province_all_others_come_from_outside(geography) -> None:
    place = replace(geography(12, 3), groups=np.array(["p"] * 12))
    known = census(place, 1)
    found = origins(known, place, Parameters(outside_share=0.2))
    assert found.groups[-1] == pytest.approx(known.elsewhere.sum())


def test_census_columns_of_a_cluster(geography, cluster) -> None:
    place = geography(12, 3)
    known = census(place, 2)
    got = registration(region(cluster, place, known), place)
    for name in ("here", "province", "elsewhere"):
        np.testing.assert_allclose(getattr(got, name), getattr(known, name), rtol=1e-12)


def test_more_newcomers_than_residents_are_refused(geography, cluster) -> None:
    place = geography(12, 3)
    known = census(place, 2)
    many = replace(known, province=np.where(np.arange(12) == 4, 1e9, known.province))
    with pytest.raises(InputError, match="000004"):
        registration(region(cluster, place, many), place)
    with pytest.raises(MissingDataError, match="registered_same_county"):
        registration(cluster(place), place)


def test_groups_of_an_economy(geography, cluster, times, border) -> None:
    """With nobody moving, real incomes are those of one group; levels of migration cost give the locations back."""
    place = geography(16, 3)
    known = census(place, 1)
    base = baseline(region(cluster, place, known), times(place), border)
    economy = base.nominal.economy
    assert economy.problems() == [] and economy.groups.size == 17
    plain = baseline(cluster(place), times(place), border).nominal.economy
    shock = Shock(productivity=np.where(np.arange(16) < 3, 1.05, 1.0))
    two = [solve(one, [shock], mobile=False).real_income for one in (economy, plain)]
    np.testing.assert_allclose(two[0], two[1], rtol=1e-9)
    epsilon = economy.elasticities.epsilon
    level = migration_cost_level(economy.location, economy.home, economy.income, epsilon=epsilon)[:-1]
    pull = (economy.income / level) ** epsilon
    np.testing.assert_allclose(pull / pull.sum(axis=1, keepdims=True), economy.location[:-1], rtol=1e-10)


def test_layout_names_the_groups(geography, cluster, times, border) -> None:
    place = geography(16, 3)
    layout = baseline(region(cluster, place, census(place, 1)), times(place), border).layout
    assert layout.origins == (*place.places, OUTSIDE)
    np.testing.assert_array_equal(layout.home, [*range(16), -1])
    assert layout.migration_cost is not None and layout.migration_cost[3, 3] == 1.0
    assert layout.away[:16].sum() == 16 * 15 and not layout.away[16].any()


def test_assumed_shares_can_be_drawn_without_fitting_trade_again(geography, cluster, times, border) -> None:
    place = geography(16, 3)
    base = baseline(region(cluster, place, census(place, 1)), times(place), border)
    more = base.at(outside_share=0.8)
    assert more.economy.trade is base.nominal.economy.trade
    assert more.economy.groups[-1] == pytest.approx(base.nominal.economy.groups[-1] * 0.8 / 0.6)
    np.testing.assert_allclose(more.economy.residents, place.population, rtol=1e-12)
