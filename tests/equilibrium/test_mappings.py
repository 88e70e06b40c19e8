"""Policies to shocks: each mapping by hand and at its limits, and the assembly against the labels of the axes."""

import dataclasses
import inspect
import math

import numpy as np
import pandas as pd
import pytest

from megaregion.data.scenario import (
    TYPES,
    AddLink,
    CultureSite,
    HukouPoints,
    Platform,
    Recognize,
    ReleaseFreight,
    Restore,
    RestructureRural,
    ScaleBarrier,
    ScaleTime,
    Scenario,
    SetAmenity,
    SetHousing,
    SetLand,
    SetProductivity,
    SetTransfer,
    Voucher,
)
from megaregion.equilibrium import mappings
from megaregion.equilibrium.assemble import remarks, shock_of, used
from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.layout import Layout
from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.equilibrium.parameters import INFO, Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import impulse
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError


def apply(cluster, *changes):
    return Scenario(id="s", changes=changes).apply(cluster)


def single(place, **more):
    """One sector, one group: the present model."""
    p = Parameters()
    form = Elasticities.one_sector(theta=p.theta, epsilon=p.epsilon, alpha=p.alpha, delta=p.delta, nu=p.nu)
    return Layout(places=place.places, labels=place.groups, elasticities=form, time=place.time, **more)


def many(place, **more):
    """Agriculture with land, goods, services; every place has agricultural and other registered people."""
    n = len(place.places)
    form = Elasticities(
        theta=[4.0, 5.0, 3.0], labour=[0.5, 0.6, 0.7], land=[0.3, 0.0, 0.0],
        inputs=[[0.1, 0.1, 0], [0.0, 0.3, 0.1], [0, 0.1, 0.2]], nu=[0, 0.05, 0.05], entry=[0, 0, 0],
        spending=[0.1, 0.5, 0.4], alpha=0.87, delta=0.38, epsilon=1.5, phi=4.6,
    )  # fmt: skip
    home = np.repeat(np.arange(n), 2)
    rng = np.random.default_rng(3)
    location = rng.dirichlet(np.ones(n), 2 * n)
    given = {
        "sectors": ("agriculture", "goods", "services"), "face_to_face": np.array([0.0, 0.0, 1.0]),
        "origins": tuple(f"{place.places[k]}-{who}" for k in range(n) for who in "ao"), "home": home,
        "agricultural": np.tile([True, False], n), "gamma": 0.8, "commutes": True, "time": place.time,
        "migration_cost": mappings.migration_cost_level(location, home, np.ones(n), epsilon=1.5),
    }  # fmt: skip
    return Layout(places=place.places, labels=place.groups, elasticities=form, **{**given, **more})


# -- the mappings alone


def test_rail_moves_trade_and_commuters_by_their_elasticities() -> None:
    """Half the time, elasticity 1.2, theta 4, a third needs meetings: .5 ** .1; commuting .5 ** .5."""
    got = mappings.rail_trade_cost(0.5, time_elasticity=1.2, theta=4.0, share=1 / 3)
    np.testing.assert_allclose(got, 0.5**0.1, rtol=1e-15)
    np.testing.assert_allclose(mappings.rail_commuting_cost(0.25, mu=0.5), 0.5, rtol=1e-15)
    flow = mappings.rail_trade_cost([0.5, 2.0], time_elasticity=1.3, theta=6.0) ** -6.0
    np.testing.assert_allclose(flow, [2.0**1.3, 0.5**1.3], rtol=1e-14)


def test_goods_do_not_travel_on_passenger_trains() -> None:
    got = mappings.rail_trade_cost([[0.1, 0.5], [1.0, 3.0]], time_elasticity=1.26, theta=4.0, share=0.0)
    np.testing.assert_array_equal(got, np.ones((2, 2)))
    assert mappings.freight_release(1.0, congestion=0.1, time_elasticity=1.26, theta=4.0) == 1.0


def test_freight_gains_only_by_what_leaves_the_line() -> None:
    """A quarter of the traffic stays, congestion .5: half the time; elasticity 2, theta 4: cost .5 ** .5."""
    got = mappings.freight_release(0.25, congestion=0.5, time_elasticity=2.0, theta=4.0)
    np.testing.assert_allclose(got, math.sqrt(0.5), rtol=1e-15)


def test_removing_a_border_gives_back_its_friction() -> None:
    flow = mappings.border_trade_cost([0.0, 0.5, 1.0], gamma=0.8, theta=4.0) ** -4.0
    np.testing.assert_allclose(flow, np.exp([0.8, 0.4, 0.0]), rtol=1e-14)
    assert mappings.border_commuting_cost(0.0, gamma=0.8, phi=4.0) == mappings.border_trade_cost(
        0.0, gamma=0.8, theta=4.0
    )


def test_migration_costs_are_those_that_made_the_shares() -> None:
    """m_gn ~ (V_n / mu_gn) ** epsilon with mu_gg = 1, forwards and back."""
    rng = np.random.default_rng(0)
    utility, home, epsilon = rng.lognormal(0, 0.4, 6), np.array([0, 2, 5, -1]), 1.7
    cost = rng.uniform(1, 9, (4, 6))
    cost[np.arange(3), home[:3]] = 1.0
    cost[1, 4] = np.inf
    weight = (utility / cost) ** epsilon
    got = mappings.migration_cost_level(weight / weight.sum(axis=1, keepdims=True), home, utility, epsilon=epsilon)
    np.testing.assert_allclose(got[:3], cost[:3], rtol=1e-13)
    assert np.isnan(got[3]).all()


def test_hukou_points_take_a_share_of_the_log_cost() -> None:
    """eta 1 and everything recognised: the cost is that of home; below home level nothing is taken."""
    got = mappings.hukou_migration_cost([4.0, 1.0, 0.5, np.inf], 1.0, eta=1.0)
    np.testing.assert_array_equal(got, [0.25, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(mappings.hukou_migration_cost(4.0, 0.5, eta=0.5), 4**-0.25, rtol=1e-15)


def test_platform_fades_with_travel_time() -> None:
    """The place itself has all; spill .5 at 60 minutes of reach 60: .5/e of the log gain."""
    got = np.log(mappings.platform_productivity([0.0, 60.0, 1e5], 0.1, spill=0.5, reach=60.0)) / math.log(1.1)
    np.testing.assert_allclose(got, [1.0, 0.5 / math.e, 0.0], atol=1e-13)


def test_land_quota_keeps_the_land() -> None:
    land, moved = np.array([20.0, 80.0, 5.0]), np.array([-4.0, 3.0, 1.0])
    np.testing.assert_allclose(mappings.land_quota(moved / land) @ land, land.sum(), rtol=1e-15)
    area, productivity = mappings.land_consolidation([1.1], [4.0], elasticity=0.5)
    assert (area[0], productivity[0]) == (1.1, 2.0)


@pytest.mark.parametrize(
    "neutral",
    [
        mappings.recognition_entitlement(0.0, value=0.1), mappings.voucher_service_cost(1.0, additionality=0.5),
        mappings.heritage_amenity(1.0, elasticity=0.1), mappings.ecology_amenity(1.0, elasticity=0.1),
        mappings.hukou_migration_cost(7.0, 0.0, eta=1.0), mappings.border_trade_cost(1.0, gamma=0.8, theta=4.0),
        mappings.voucher_service_cost(0.3, additionality=0.0), mappings.rail_commuting_cost(1.0, mu=0.47),
    ],
)  # fmt: skip
def test_no_policy_is_exactly_no_change(neutral) -> None:
    assert neutral == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: mappings.rail_trade_cost([1.0, 0.0], time_elasticity=1.0, theta=4.0),
        lambda: mappings.rail_commuting_cost(np.nan, mu=0.5),
        lambda: mappings.freight_release(1.1, congestion=0.1, time_elasticity=1.0, theta=4.0),
        lambda: mappings.border_trade_cost(-0.1, gamma=0.8, theta=4.0),
        lambda: mappings.recognition_entitlement(1.2, value=0.1),
        lambda: mappings.land_quota(-1.0),
        lambda: mappings.platform_productivity([1.0], -1.0, spill=0.5, reach=60.0),
        lambda: mappings.values(heritage=-1.0),
        lambda: mappings.values(magic=1.0),
        lambda: mappings.values(border_friction=1.0),
    ],
)
def test_values_outside_of_the_domain_are_refused(wrong) -> None:
    with pytest.raises(InputError):
        wrong()


def test_the_registry_knows_functions_fields_and_changes() -> None:
    """Every row names what exists, has its value inside its range, and says what it rests on."""
    for name, record in MAPPINGS.items():
        assert record.name == name and record.source and record.en and record.zh
        assert callable(getattr(mappings, record.function))
        assert record.shock in {field.name for field in dataclasses.fields(Shock)}
        assert set(record.changes) <= set(TYPES)
        assert record.default is None or 0 <= record.low < record.default < record.high
        assert (record.grade == "stated assumption") == record.source.startswith("stated assumption")
    found = inspect.getmembers(mappings, inspect.isfunction)
    public = {name for name, f in found if f.__module__ == mappings.__name__ and not name.startswith("_")}
    named = {record.function for record in MAPPINGS.values()}
    assert public - named == {"values", "migration_cost_level", "border_commuting_cost", "land_quota"}


@pytest.mark.parametrize("name", ["time_elasticity", "face_to_face"])
def test_the_registry_agrees_with_the_parameters_of_the_one_sector_model(name) -> None:
    record = MAPPINGS[name]
    assert (record.default, record.low, record.high) == (getattr(Parameters(), name), INFO[name].low, INFO[name].high)


# -- one sector, one group: as before


@pytest.mark.parametrize("seed", [1, 2])
def test_one_sector_gives_the_shocks_of_the_one_sector_model(geography, cluster, seed) -> None:
    place = geography(12, seed)
    base, rng = cluster(place), np.random.default_rng(seed)
    after = place.time * rng.uniform(0.4, 1.2, place.time.shape)
    names = sorted(set(place.groups))
    link = AddLink(from_node=f"n{place.places[0]}", to_node=f"n{place.places[1]}", length_km=1, time_min=1)
    changed = apply(
        base, link, ScaleBarrier(between=("all",), factor=0.7), ScaleBarrier(between=tuple(names[:2]), factor=0.3),
        SetProductivity(place_id=place.places[3], factor=1.1), SetProductivity(place_id=place.places[3], factor=1.2),
        SetAmenity(place_id=place.places[5], factor=0.9),
    )  # fmt: skip
    frame = pd.DataFrame(after, index=list(place.places), columns=list(place.places))
    found = impulse(base, changed, place, lambda _: frame)
    fit = calibrate(place, 0.8, Parameters())
    layout = single(place, gamma=fit.gamma)
    for full, share in ((False, None), (True, np.ones(1))):
        before = found.shock(fit, full_effect=full)
        got = shock_of(base, changed, layout.replace(face_to_face=share), time_ratio=after / place.time)
        np.testing.assert_allclose(got.trade_cost, before.trade_cost, rtol=4e-16 * 8, atol=0)
        np.testing.assert_array_equal(got.productivity, before.productivity)
        np.testing.assert_array_equal(got.amenity, before.amenity)
        assert got.floor_space is got.commuting_cost is got.migration_cost is None


@pytest.mark.parametrize("layout", [single, many])
def test_the_empty_scenario_changes_nothing_at_all(geography, cluster, layout) -> None:
    place = geography(6, 2)
    base = cluster(place)
    assert shock_of(base, apply(base), layout(place), time_ratio=np.ones((6, 6))).empty
    nothing = apply(base, ScaleBarrier(between=("all",), factor=1.0), ScaleTime(between=("all",), factor=1.0))
    assert shock_of(base, nothing, layout(place)).empty


def test_times_between_named_places_only(geography, cluster) -> None:
    """All pairs but own times; one pair both ways; a group inside itself; factors and links multiply."""
    place = geography(20, 2)
    base, layout = cluster(place), single(place)
    p = Parameters()

    def ratio(*changes, given=None):
        cost = shock_of(base, apply(base, *changes), layout, time_ratio=given).trade_cost
        return cost ** (p.theta / (p.face_to_face * p.time_elasticity))

    every = ratio(ScaleTime(between=("all",), factor=0.5))
    np.testing.assert_allclose(every, np.where(np.eye(20), 1.0, 0.5), rtol=1e-12)
    a, b = place.places[1], place.places[4]
    expected = np.ones((20, 20))
    expected[1, 4] = expected[4, 1] = 0.25
    two = (ScaleTime(between=(a, b), factor=0.5), ScaleTime(between=(b, a), factor=0.5))
    np.testing.assert_allclose(ratio(*two), expected, rtol=1e-12)
    name = place.groups[0]
    inside = (place.groups[:, None] == name) & (place.groups == name) & ~np.eye(20, dtype=bool)
    got = ratio(ScaleTime(between=(name, name), factor=0.5), given=np.full((20, 20), 0.8))
    np.testing.assert_allclose(got, np.where(inside, 0.4, 0.8), rtol=1e-12)


# -- many sectors, many groups


def test_each_sector_has_its_own_reason(geography, cluster) -> None:
    """Rail and vouchers reach services only, released capacity goods and crops only, the border all by its theta."""
    place = geography(10, 2)
    base, layout = cluster(place), many(place)
    theta, value = layout.elasticities.theta, layout.values
    cross = layout.cross
    apart = ~np.eye(10, dtype=bool)

    def cost(*changes):
        return shock_of(base, apply(base, *changes), layout)

    rail = cost(ScaleTime(between=("all",), factor=0.5))
    services = np.where(apart, 0.5 ** (value["time_elasticity"] / theta[2]), 1.0)
    np.testing.assert_allclose(rail.trade_cost, [np.ones((10, 10)), np.ones((10, 10)), services], rtol=1e-14)
    np.testing.assert_allclose(rail.commuting_cost, np.where(apart, 0.5 ** value["commuting_time"], 1.0), rtol=1e-14)
    voucher = cost(Voucher(between=("all",), subsidy=0.4, coverage=0.5)).trade_cost
    np.testing.assert_array_equal(voucher[:2], np.ones((2, 10, 10)))
    np.testing.assert_allclose(voucher[2], np.where(cross, 0.8 ** value["voucher_additionality"], 1.0), rtol=1e-14)
    freight = cost(ReleaseFreight(between=("all",), share=0.25)).trade_cost
    power = value["freight_congestion"] * value["time_elasticity"] / theta[:2, None, None]
    np.testing.assert_allclose(freight[:2], np.where(apart, 0.75**power, 1.0), rtol=1e-14)
    np.testing.assert_array_equal(freight[2], np.ones((10, 10)))
    border = cost(ScaleBarrier(between=("all",), factor=0.0))
    np.testing.assert_allclose(-theta[:, None, None] * np.log(border.trade_cost), 0.8 * cross[None].repeat(3, 0))
    assert border.commuting_cost is None
    both = shock_of(base, apply(base, ScaleBarrier(between=("all",), factor=0.5)), layout.replace(gamma_commuting=0.6))
    np.testing.assert_allclose(both.commuting_cost**-layout.elasticities.phi, np.exp(0.3 * cross), rtol=1e-13)


def test_recognition_reaches_those_who_live_across_the_border(geography, cluster) -> None:
    place = geography(10, 2)
    base, layout = cluster(place), many(place)
    a, b = sorted(set(place.groups))[:2]
    home = place.groups[layout.home]
    across = ((home[:, None] == a) & (place.groups == b)) | ((home[:, None] == b) & (place.groups == a))
    value = layout.values["recognition_value"]
    full = shock_of(base, apply(base, Recognize(between=(a, b), share=1.0)), layout)
    np.testing.assert_allclose(full.entitlement, np.where(across, math.exp(value), 1.0), rtol=1e-15)
    assert full.migration_cost is full.trade_cost is None
    half = Recognize(between=(a, b), share=0.5, schemes=("medical", "pension"))
    got = shock_of(base, apply(base, half, half), layout).entitlement  # what is left is halved twice
    np.testing.assert_allclose(np.log(got), np.where(across, value * 2 * 0.75 / 6, 0.0), atol=1e-15)
    everywhere = shock_of(base, apply(base, Recognize(between=("all",), share=1.0)), layout).entitlement
    np.testing.assert_allclose(np.log(everywhere), value * (home[:, None] != place.groups), atol=1e-15)
    inside = shock_of(base, apply(base, Recognize(between=(a, a), share=1.0)), layout).entitlement > 1
    away = layout.home[:, None] != np.arange(10)
    np.testing.assert_array_equal(inside, (home[:, None] == a) & (place.groups == a) & away)


def test_points_open_a_destination_to_those_from_elsewhere(geography, cluster) -> None:
    place = geography(8, 2)
    base, layout = cluster(place), many(place)
    there = place.places[3]
    got = shock_of(base, apply(base, HukouPoints(place_id=there, share=0.5, who="agricultural")), layout)
    expected = np.ones((16, 8))
    chosen = layout.agricultural & (layout.home != 3)
    level = np.maximum(layout.migration_cost[chosen, 3], 1.0)
    expected[chosen, 3] = level ** (-0.5 * layout.values["hukou_recognition"])
    np.testing.assert_allclose(got.migration_cost, expected, rtol=1e-14)
    assert (got.migration_cost < 1).any()
    name = place.groups[0]
    from_one = shock_of(base, apply(base, HukouPoints(place_id="all", share=1.0, origin=name)), layout)
    assert (from_one.migration_cost[place.groups[layout.home] != name] == 1.0).all()


def test_a_group_of_a_province_without_home_is_local_in_all_of_it(geography, cluster) -> None:
    place = geography(10, 2)
    names = tuple(sorted(set(place.groups)))
    layout = single(place, origins=names, home=np.full(len(names), -1))
    base = cluster(place)
    got = shock_of(base, apply(base, Recognize(between=("all",), share=1.0)), layout).entitlement
    np.testing.assert_array_equal(got > 1, np.array(names)[:, None] != place.groups)


def test_rural_restructuring_moves_land_people_and_quota(geography, cluster) -> None:
    place = geography(8, 2)
    base, layout = cluster(place), many(place, migration_cost=np.full((16, 8), 4.0))
    rural, urban = place.places[2], place.places[5]
    change = RestructureRural(
        rural_id=rural, urban_id=urban, land_ratio=1.2, plot_ratio=3.0, settled=0.5, quota_km2=4.0, rural_km2=20.0,
        urban_km2=80.0,
    )  # fmt: skip
    got = shock_of(base, apply(base, change), layout)
    stock = np.array([1, 1, 20, 1, 1, 80, 1, 1])
    np.testing.assert_allclose(got.floor_space, [1, 1, 0.8, 1, 1, 1.05, 1, 1], rtol=1e-15)
    assert got.floor_space @ stock == pytest.approx(stock.sum(), rel=1e-15)
    land, productivity = np.ones((3, 8)), np.ones((3, 8))
    land[0, 2], productivity[0, 2] = 1.2, 3.0 ** layout.values["plot_size"]
    np.testing.assert_allclose(got.land, land, rtol=1e-15)
    np.testing.assert_allclose(got.productivity, productivity, rtol=1e-15)
    cost = np.ones((16, 8))
    cost[4:6, 5] = 4.0 ** (-0.5 * layout.values["hukou_recognition"])  # both groups registered in place 2
    np.testing.assert_allclose(got.migration_cost, cost, rtol=1e-15)
    assert got.amenity is got.trade_cost is got.entitlement is None
    twice = apply(base, *[dataclasses.replace(change, quota_km2=11.0)] * 2)
    with pytest.raises(InputError, match=f"{rural} would give up all construction land or more"):
        shock_of(base, twice, layout)


def test_changes_of_places_and_sectors(geography, cluster) -> None:
    place = geography(6, 2)
    base, layout = cluster(place), many(place, money=2.0)
    x, y = place.places[1], place.places[4]
    got = shock_of(
        base,
        apply(
            base, SetProductivity(place_id=x, factor=1.1, sector="goods"), SetProductivity(place_id=y, factor=1.2),
            SetLand(place_id=x, factor=1.3), SetHousing(place_id=y, factor=1.4),
            CultureSite(place_id=x, ratio=2.0), Restore(place_id=x, ratio=3.0), SetAmenity(place_id=x, factor=1.5),
            SetTransfer(from_id=x, to_id=y, amount=5.0),
        ),
        layout,
    )  # fmt: skip
    productivity, land = np.ones((3, 6)), np.ones((3, 6))
    productivity[1, 1], productivity[:, 4], land[0, 1] = 1.1, 1.2, 1.3
    np.testing.assert_array_equal(got.productivity, productivity)
    np.testing.assert_array_equal(got.land, land)  # goods and services use none
    assert got.floor_space.tolist() == [1, 1, 1, 1, 1.4, 1]
    value = layout.values
    assert got.amenity[1] == pytest.approx(1.5 * 2 ** value["heritage"] * 3 ** value["ecology"], rel=1e-14)
    assert got.transfer_added.tolist() == [0, -10, 0, 0, 10, 0]


def test_a_platform_reaches_farther_where_travel_gets_faster(geography, cluster) -> None:
    place = geography(6, 2)
    base, layout = cluster(place), single(place)
    platform = Platform(place_id=place.places[2], gain=0.1, spill=0.5)
    plain = shock_of(base, apply(base, platform), layout).productivity
    reach = 0.5 * np.exp(-place.time[:, 2] / layout.values["platform_reach"])
    reach[2] = 1.0
    np.testing.assert_allclose(plain, 1.1**reach, rtol=1e-14)
    faster = shock_of(base, apply(base, platform, ScaleTime(between=("all",), factor=0.5)), layout).productivity
    assert (faster >= plain).all() and (np.delete(faster, 2) > np.delete(plain, 2)).all()
    alone = shock_of(base, apply(base, dataclasses.replace(platform, spill=0.0)), layout.replace(time=None))
    np.testing.assert_allclose(alone.productivity, np.where(np.arange(6) == 2, 1.1, 1.0), rtol=1e-15)


def test_welfare_of_recognition_between_two_equal_places(geography, cluster) -> None:
    """By symmetry only the choice of place moves: W = (stay + away exp(epsilon value)) ** (1 / epsilon)."""
    place = dataclasses.replace(geography(2, 1), groups=np.array(["g0", "g1"]))
    base, stay = cluster(place), 0.8
    form = Elasticities.one_sector(theta=4.0, epsilon=1.5, alpha=0.87, delta=0.38, nu=0.05)
    economy = Economy(
        elasticities=form, trade=np.array([[[0.7, 0.3], [0.3, 0.7]]]), wage=np.ones((1, 2)), workers=np.ones((1, 2)),
        groups=np.ones(2), location=np.array([[stay, 1 - stay], [1 - stay, stay]]), home=np.arange(2),
    )  # fmt: skip
    layout = Layout.of(economy, places=place.places, labels=place.groups, origins=("g0", "g1"))
    shocks = [
        shock_of(base, apply(base, change), layout)
        for change in (Recognize(between=("all",), share=1.0), HukouPoints(place_id="all", share=1.0))
    ]
    value, eta = layout.values["recognition_value"], layout.values["hukou_recognition"]
    factor = [math.exp(value), (stay / (1 - stay)) ** (eta / 1.5)]  # the level of the cost is (stay/away)^(1/epsilon)
    expected = [(stay + (1 - stay) * f**1.5) ** (1 / 1.5) for f in factor]
    np.testing.assert_allclose(solve(economy, shocks).welfare, np.array(expected)[:, None] * np.ones(2), rtol=1e-10)


# -- nothing is ignored in silence


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Recognize(between=("all",), share=1.0), "no groups of registered origin: the option `groups`"),
        (HukouPoints(place_id="all", share=1.0), "no groups of registered origin"),
        (SetLand(place_id="000001", factor=1.1), "no such sector of the baseline uses land"),
        (SetLand(place_id="000001", factor=1.1, sector="agriculture"), "no sector 'agriculture' (there: all)"),
        (SetProductivity(place_id="000001", factor=1.1, sector="goods"), "no sector 'goods' (there: all)"),
        (Platform(place_id="000001", gain=0.1, spill=0.5), "no travel times, over which a platform spills"),
    ],
)
def test_what_the_baseline_lacks_is_said(geography, cluster, change, text) -> None:
    place = geography(5, 2)
    base = cluster(place)
    with pytest.raises(InputError) as caught:
        shock_of(base, apply(base, change), single(place).replace(time=None))
    assert text in str(caught.value)


def test_everything_that_is_lacking_is_said_at_once(geography, cluster) -> None:
    place = geography(5, 2)
    base = cluster(place)
    changed = apply(
        base, Recognize(between=("all",), share=1.0), SetLand(place_id=place.places[0], factor=1.1),
        ScaleTime(between=("all",), factor=0.5),
        AddLink(from_node=f"n{place.places[0]}", to_node=f"n{place.places[1]}", length_km=1, time_min=1),
    )  # fmt: skip
    changed = changed.replace(barriers=pd.DataFrame([("g0", "nowhere", 0.5)], columns=list(changed.barriers.columns)))
    with pytest.raises(InputError) as caught:
        shock_of(base, changed, single(place, face_to_face=np.zeros(1)))
    for text in ("groups of registered origin", "uses land", "neither trade that needs meetings", "ratio of travel",
                 "without places: nowhere"):  # fmt: skip
        assert text in str(caught.value)


def test_levels_and_registration_are_needed_where_they_are_used(geography, cluster) -> None:
    place = geography(5, 2)
    base = cluster(place)
    points = apply(base, HukouPoints(place_id="all", share=1.0))
    with pytest.raises(InputError, match="no levels of migration cost"):
        shock_of(base, points, many(place, migration_cost=None))
    farmers = apply(base, HukouPoints(place_id="all", share=1.0, who="agricultural"))
    with pytest.raises(InputError, match="not split by agricultural registration"):
        shock_of(base, farmers, many(place, agricultural=None))
    level = many(place).migration_cost
    nobody = np.where(level == 1.0, 1.0, np.inf)
    for none in (nobody, np.full((10, 5), 0.9)):
        with pytest.raises(InputError, match="no cost of migration that could fall"):
            shock_of(base, points, many(place, migration_cost=none))


def test_unknown_rows_and_a_base_that_is_none_are_refused(geography, cluster) -> None:
    place = geography(5, 2)
    base = cluster(place)
    changed = apply(base, SetAmenity(place_id=place.places[0], factor=1.1))
    odd = changed.replace(shifts=changed.shifts.assign(what="magic"))
    with pytest.raises(InputError, match="shifts of the kind 'magic' are not known"):
        shock_of(base, odd, single(place))
    lost = changed.replace(shifts=changed.shifts.assign(place_id="nowhere"))
    with pytest.raises(InputError, match="not units of analysis: nowhere"):
        shock_of(base, lost, single(place))
    with pytest.raises(InputError, match="compare with the empty scenario"):
        shock_of(changed, changed, single(place))
    with pytest.raises(InputError, match=r"time_ratio must be \(5, 5\)"):
        shock_of(base, base, single(place), time_ratio=np.ones((4, 4)))


def test_a_layout_that_does_not_fit_says_all_that_is_wrong(geography) -> None:
    with pytest.raises(InputError) as caught:
        many(geography(5, 2), sectors=("a", "a"), home=np.full(10, 7), time=np.zeros((5, 5)), money=0.0)
    for text in ("2 names of sectors for 3", "sectors must differ", "home must be", "time has", "money must",
                 "face_to_face has the shape (3,), expected (2,)"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(InputError, match="face_to_face is needed"):
        many(geography(5, 2), face_to_face=None)


def test_assumptions_are_told(geography, cluster) -> None:
    place = dataclasses.replace(geography(4, 2), groups=np.array(["a", "b", "b", "b"]))
    base, layout = cluster(place), many(place, elasticity={"heritage": 0.04})
    changed = apply(
        base, CultureSite(place_id=place.places[0], ratio=2.0), ScaleBarrier(between=("a", "b"), factor=0.5),
        Voucher(between=("a", "b"), subsidy=0.4, coverage=0.1),
        SetTransfer(from_id=place.places[0], to_id=place.places[1], amount=1.0),
    )  # fmt: skip
    assert {record.name for record in used(changed)} == {"border_friction", "voucher_additionality", "heritage"}
    told = remarks(changed, layout)
    for text in ("heritage in use is a stated assumption: 0.04 (0 to 0.05)", "border of a (one place only)",
                 "who pays for the vouchers", "closure `residents`"):  # fmt: skip
        assert any(text in remark for remark in told)
    assert not any("border of b" in remark for remark in told)
    assert remarks(base, layout) == ()


def test_the_layout_of_an_economy_inverts_its_migration(geography) -> None:
    place = geography(4, 2)
    n, home = 4, np.arange(4)
    form = Elasticities.one_sector(theta=4.0, epsilon=1.5, alpha=0.87)
    cost = np.where(np.eye(n), 1.0, 6.0)
    income = np.array([1.0, 2.0, 3.0, 4.0])
    weight = (income / cost) ** 1.5
    location = weight / weight.sum(axis=1, keepdims=True)
    economy = Economy(
        elasticities=form, trade=np.full((1, n, n), 1 / n), wage=income[None], workers=(np.ones(n) @ location)[None],
        groups=np.ones(n), location=location, home=home,
    )  # fmt: skip
    layout = Layout.of(economy, places=place.places, labels=place.groups, origins=tuple("abcd"), gamma=0.5)
    np.testing.assert_allclose(layout.migration_cost, cost, rtol=1e-13)
    assert layout.elasticities is form and not layout.commutes
