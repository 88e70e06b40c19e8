"""The fitted baseline: its margins, its uniqueness, its inputs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megaregion.data.stored import StoredTable
from megaregion.equilibrium.calibrate import (
    RESIDUAL_ALLOWED,
    baseline,
    border_friction,
    calibrate,
    facts,
)
from megaregion.equilibrium.calibrate import (
    geography as geography_of,
)
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.provenance import ProvenanceResult, provenance
from megaregion.errors import AlignmentError, InfeasibleError, InputError, MissingDataError


@pytest.mark.parametrize("own", [0.4, 0.6, 0.8, 0.95])
@pytest.mark.parametrize("n", [3, 41, 150])
def test_baseline_is_an_equilibrium_of_the_stated_form(geography, n: int, own: float) -> None:
    place = geography(n, 1)
    p = Parameters(own_share=own)
    fit = calibrate(place, 0.7, p)
    shares, weight = fit.economy.trade[0], place.income / place.income.sum()
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(shares.T @ weight, weight, rtol=1e-12)
    assert (weight * np.diagonal(shares)).sum() == pytest.approx(own, abs=1e-12)
    assert fit.residual <= RESIDUAL_ALLOWED
    # the form: ln share less its gravity terms is a destination term plus an origin term
    log = np.log(shares) + 1.26 * np.log(place.time) + 0.7 * place.cross + fit.home_term * (1 - np.eye(n))
    centred = log - log.mean(axis=0) - log.mean(axis=1)[:, None] + log.mean()
    np.testing.assert_allclose(centred, 0.0, atol=1e-10)


def test_plain_fitting_ends_at_the_same_shares(geography) -> None:
    """Sinkhorn's alternation at the fitted home term, without acceleration: same matrix."""
    place = geography(20, 5)
    fit = calibrate(place, 0.7, Parameters())
    kernel = place.time**-1.26 * np.exp(-0.7 * place.cross - fit.home_term * (1 - np.eye(20)))
    income, s = place.income, np.ones(20)
    for _ in range(5000):
        r = income / (kernel @ s)
        s = income / (kernel.T @ r)
    np.testing.assert_allclose(kernel * s * r[:, None] / income[:, None], fit.economy.trade[0], rtol=1e-10)


def test_units_of_time_income_and_people_leave_the_shares(geography) -> None:
    place = geography(20, 2)
    other = replace(place, time=place.time / 60, income=place.income * 7, population=place.population * 3)
    one, two = calibrate(place, 0.7, Parameters()), calibrate(other, 0.7, Parameters())
    np.testing.assert_allclose(two.economy.trade[0], one.economy.trade[0], rtol=1e-9)
    assert two.home_term == pytest.approx(one.home_term, rel=1e-9)


def test_a_start_changes_the_way_not_the_end(geography) -> None:
    place = geography(30, 2)
    near = calibrate(place, 0.6, Parameters(own_share=0.7))
    cold, warm = calibrate(place, 0.7, Parameters()), calibrate(place, 0.7, Parameters(), start=near)
    np.testing.assert_allclose(warm.economy.trade[0], cold.economy.trade[0], rtol=1e-9)


def test_an_own_share_out_of_reach_is_named(geography) -> None:
    """A place with 80 % of income keeps at least 60 % of all: the others spend 20 % at most."""
    place = geography(5, 1)
    income = np.array([80.0, 5, 5, 5, 5])
    with pytest.raises(InfeasibleError, match=r"000000 has 80.0% .* at least 60.0%"):
        calibrate(replace(place, income=income), 0.0, Parameters(own_share=0.55))
    assert calibrate(replace(place, income=income), 0.0, Parameters(own_share=0.65)).residual < 1e-12


def test_border_takes_the_observed_layer_that_stands_first(border) -> None:
    got = border_friction(border)
    assert (got.layer, got.gamma, got.se) == ("people", 0.8, 0.11)
    assert border_friction(border, layer="trains").gamma == 0.6
    without = border[border["layer"] != "people"]
    assert border_friction(without).layer == "trains"  # commuting is modelled here
    assert border_friction(StoredTable(frame=border, columns=())).layer == "people"


def test_border_that_does_not_serve_says_what_is_there(border) -> None:
    with pytest.raises(InputError, match=r"for commuting\n.*people"):
        border_friction(border, layer="commuting")
    with pytest.raises(InputError, match="several main rows for people"):
        border_friction(pd.concat([border, border.iloc[[1]]], ignore_index=True))


def test_geography_of_a_cluster(geography, cluster, times) -> None:
    place = geography(8, 3)
    shuffled = times(place)
    order = np.random.default_rng(0).permutation(8)
    shuffled.time = shuffled.time.iloc[order, order[::-1]]
    got = geography_of(cluster(place), shuffled)
    assert got.places == place.places
    assert got.money_unit == "million CNY (current)"
    for name in ("time", "income", "population"):
        np.testing.assert_array_equal(getattr(got, name), getattr(place, name))
    assert list(got.groups) == list(place.groups)


def test_money_is_brought_to_millions(geography, cluster, times) -> None:
    place = geography(8, 3)
    region = cluster(place)
    table = region.indicators.copy()
    table.loc[table["indicator"] == "gdp", "unit"] = "100 million CNY (current)"
    got = geography_of(region.replace(indicators=table), times(place))
    np.testing.assert_allclose(got.income, 100 * place.income)


def test_unusable_inputs_are_refused(geography, cluster, times) -> None:
    place = geography(8, 3)
    region, minutes = cluster(place), times(place)
    table = region.indicators.copy()
    table.loc[table["indicator"] == "gdp", "unit"] = "CNY per person"
    with pytest.raises(InputError, match="expected an amount of CNY"):
        geography_of(region.replace(indicators=table), minutes)
    table = region.indicators.copy()
    table.loc[[0, 9], "value"] = 0.0
    with pytest.raises(InputError, match=r"gdp: 000000; population: 000001"):
        geography_of(region.replace(indicators=table), minutes)
    with pytest.raises(InputError, match="names no income"):
        geography_of(region.replace(attrs={**region.attrs, "indicators": {}}), minutes)
    minutes.time.iloc[1, 2] = np.nan
    with pytest.raises(MissingDataError, match="000001→000002"):
        geography_of(region, minutes)
    minutes.time = minutes.time.drop(index="000003")
    with pytest.raises(AlignmentError):
        geography_of(region, minutes)


def test_baseline_of_a_cluster(geography, cluster, times, border) -> None:
    place = geography(12, 3)
    base = baseline(cluster(place, equilibrium={"own_share": 0.7, "epsilon": 2.0}), times(place), border)
    said = facts(base)
    assert said["own_share"] == pytest.approx(0.7, abs=1e-12)
    assert said["border_gamma"] == 0.8 and said["border_layer"] == "people" and said["unique"]
    again = base.at(theta=8.0)
    assert again.economy.trade is base.nominal.economy.trade  # the flow elasticity is what is held
    assert again.parameters.theta == 8.0
    assert base.at(gamma=0.3).cross_share > base.nominal.cross_share


def test_one_group_needs_no_border(geography, cluster, times) -> None:
    place = geography(6, 3)
    place = replace(place, groups=np.array(["g0"] * 6))
    base = baseline(cluster(place), times(place), pd.DataFrame())
    assert base.border.gamma == 0.0
    assert "no border" in base.warnings[0]


def test_warnings_of_odd_baselines(geography, cluster, times, border) -> None:
    place = geography(12, 3)
    odd = border.assign(coef=-0.2)
    base = baseline(cluster(place, equilibrium={"nu": 0.9}), times(place), odd)
    assert "do not fall at the border" in base.warnings[0]
    assert "more than one equilibrium" in base.warnings[1]


def test_a_plain_baseline_says_what_it_assumes(geography, cluster, times, border) -> None:
    place = geography(12, 3)
    base = baseline(cluster(place), times(place), border)
    rows = {row.block: row for row in provenance(base)}
    assert list(rows) == ["output", "trade", "commuting", "location", "sectors"]
    assert rows["output"].how == "observed" and rows["trade"].observed_share == 0.0
    assert "60.0%" in rows["trade"].en and rows["commuting"].how == "assumed"
    said = facts(base)
    assert (said["sectors"], said["groups"], said["sector_gap"]) == (1, 1, pytest.approx(0.0, abs=1e-14))
    assert said["structure"]["commuting"] == "none"
    assert said["uniqueness_proven"]
    found = ProvenanceResult(base=base)
    assert list(found.to_frame().columns) == [c.name for c in found.describe()]
    assert set(found.parameters()) >= {"groups", "theta"} and "phi" not in found.parameters()


def test_layout_of_a_plain_baseline(geography, cluster, times, border) -> None:
    place = geography(12, 3)
    base = baseline(cluster(place, equilibrium={"face_to_face": 0.3}), times(place), border)
    layout = base.layout
    assert (layout.places, layout.sectors, layout.origins) == (place.places, ("all",), ("all",))
    assert layout.gamma == 0.8 and layout.gamma_commuting == 0.0 and not layout.commutes
    np.testing.assert_array_equal(layout.meetings, [0.3])
    np.testing.assert_array_equal(base.nominal.layout(place, full_effect=True).meetings, [1.0])
    assert base.at(gamma=0.5).layout(place).gamma == 0.5
