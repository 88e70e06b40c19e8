"""Observed and fitted commuting, and the economy that it gives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megaregion.equilibrium.calibrate import Geography, baseline, calibrate
from megaregion.equilibrium.calibrate import geography as geography_of
from megaregion.equilibrium.commuting import commuting
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.structure import Structure
from megaregion.errors import InfeasibleError, InputError, MissingDataError

OBSERVED = Structure(commuting="observed")


def flows(place, seed: int, *, size: float = 3e4, slope: float = 3.0, border: float = 0.8, below: int = 1):
    """A census of commuters drawn from gravity; pairs below the threshold are left out."""
    rng = np.random.default_rng(seed)
    n = len(place.places)
    mean = size * rng.lognormal(0, 0.5, (n, 1)) * rng.lognormal(0, 0.5, n) * (place.time / 100) ** -slope
    mean *= np.exp(-border * place.cross)
    drawn = rng.poisson(mean).astype(float)
    drawn[drawn < below] = 0.0
    np.fill_diagonal(drawn, 1e5 * rng.lognormal(0, 0.3, n))
    return drawn


def layer(place, flow):
    ids = list(place.places)
    return pd.DataFrame(np.where(flow > 0, flow, np.nan), index=ids, columns=ids)


def region(cluster, place, flow, **options):
    return cluster(place, equilibrium={"commuting": "observed", **options}).replace(
        flows={"commuting": layer(place, flow)}
    )


def test_observed_flows_stay_and_zeros_are_filled_below_the_threshold(geography, cluster) -> None:
    place = geography(14, 5)
    flow = flows(place, 2, size=300.0, below=10)
    found = commuting(region(cluster, place, flow), place, OBSERVED)
    people = found.shares * found.employed[:, None]
    seen = flow > 0
    np.testing.assert_allclose(people[seen], flow[seen], rtol=1e-12)
    assert (people[~seen] > 0).all() and (people[~seen] < 9).all()
    assert found.below == flow[seen].min() == 10
    assert found.fitted_share == pytest.approx(people[~seen].sum() / people.sum(), rel=1e-9)
    assert (found.pairs_observed, found.pairs_fitted) == (seen.sum() - 14, (~seen).sum())
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0, rtol=1e-13)


def test_zeros_may_be_kept(geography, cluster) -> None:
    place = geography(14, 5)
    flow = flows(place, 2, size=60.0, below=10)
    found = commuting(region(cluster, place, flow), place, replace(OBSERVED, commuting_zeros="keep"))
    np.testing.assert_array_equal(found.shares == 0, flow == 0)
    np.testing.assert_allclose(found.employed, flow.sum(axis=1))
    assert found.fitted_share == 0.0 and found.gravity is None


def test_a_large_flow_that_the_table_lacks_is_named(geography, cluster) -> None:
    place = geography(14, 5)
    flow = flows(place, 2, size=3e5)
    cell = (3, int(np.argsort(flow[3])[-2]))
    assert flow[cell] > 5_000
    flow[cell] = 0.0
    found = commuting(region(cluster, place, flow), place, replace(OBSERVED, commuting_below=10))
    assert found.beyond == (f"{place.places[cell[0]]}→{place.places[cell[1]]}",)


def test_a_place_without_any_flow_out_gets_none(geography, cluster) -> None:
    """Its effect has no finite value: nobody is invented there."""
    place = geography(14, 5)
    flow = flows(place, 2, size=60.0, below=10)
    flow[4, np.arange(14) != 4] = 0.0
    found = commuting(region(cluster, place, flow), place, OBSERVED)
    np.testing.assert_array_equal(found.shares[4], np.eye(14)[4])


def test_unusable_layers_are_refused(geography, cluster) -> None:
    place = geography(8, 3)
    flow = flows(place, 1)
    with pytest.raises(InputError, match="no flow layer 'commuting'"):
        commuting(cluster(place), place, OBSERVED)
    broken = flow.copy()
    broken[2, 2] = 0.0
    with pytest.raises(MissingDataError, match="000002"):
        commuting(region(cluster, place, broken), place, OBSERVED)
    broken = flow.copy()
    broken[1, 4] = -3.0
    odd = region(cluster, place, flow).replace(
        flows={"commuting": pd.DataFrame(broken, index=list(place.places), columns=list(place.places))}
    )
    with pytest.raises(InputError, match="000001→000004"):
        commuting(odd, place, OBSERVED)


def test_the_economy_pays_the_income_table_where_people_work(geography, cluster, times, border) -> None:
    place = geography(14, 5)
    flow = flows(place, 2)
    base = baseline(region(cluster, place, flow, own_share=0.4), times(place), border)
    economy = base.nominal.economy
    assert economy.problems() == []
    np.testing.assert_allclose((economy.wage * economy.workers)[0], place.income, rtol=1e-12)
    np.testing.assert_allclose(economy.workers[0], flow.sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(economy.residents, flow.sum(axis=1), rtol=1e-6)
    # what people spend where they live is not what is made there; trade fits both margins and the own share
    spent, trade = economy.income * economy.residents, economy.trade[0]
    assert np.abs(spent / place.income - 1).max() > 0.05
    np.testing.assert_allclose(trade.T @ spent, place.income, rtol=1e-12)
    assert (spent * np.diagonal(trade)).sum() / spent.sum() == pytest.approx(0.4, abs=1e-12)
    assert base.nominal.residual <= 1e-12


def test_more_own_trade_than_commuters_leave_room_for_is_refused(geography, cluster, times, border) -> None:
    """People who earn elsewhere spend at home: a share of all spending must cross, whatever the tastes."""
    place = geography(14, 5)
    with pytest.raises(InfeasibleError, match=r"at most .* can stay"):
        baseline(region(cluster, place, flows(place, 2), own_share=0.95), times(place), border)


def test_only_a_fitted_pair_can_gain_commuters(geography, cluster, times, border) -> None:
    """Trap of exact-hat algebra: commuting made easier on a pair of zero share changes nothing at all."""
    place = geography(14, 5)
    flow = flows(place, 2, size=60.0, below=10)
    cell = tuple(np.argwhere(flow == 0)[0])
    cut = np.ones((14, 14))
    cut[cell] = 0.5
    got = {}
    for zeros in ("keep", "fitted"):
        there = region(cluster, place, flow, commuting_zeros=zeros, own_share=0.4)
        fit = baseline(there, times(place), border).nominal
        got[zeros] = float(solve(fit.economy, [Shock(commuting_cost=cut)]).welfare[0, 0])
    assert got["keep"] == 1.0 and got["fitted"] > 1.0


def test_times_and_borders_move_commuting_costs(geography, cluster, times, border) -> None:
    """.9^mu of time; half of a friction .7 at phi 4.6: exp(-.35/4.6) across borders; both with mu .47."""
    place = geography(14, 5)
    rows = border.assign(observed=True)  # here the layer commuting is observed
    base = baseline(region(cluster, place, flows(place, 2), own_share=0.4), times(place), rows)
    assert base.border_commuting is not None and base.nominal.gamma_commuting == 0.7
    one = np.ones(14)
    found = Impulse(
        time_ratio=np.full((14, 14), 0.9), barrier=np.where(place.cross > 0, 0.5, 1.0), productivity=one, amenity=one
    )
    for full in (False, True):  # the share of meetings is of trade
        cost = found.shock(base.nominal, full_effect=full).commuting_cost
        np.testing.assert_allclose(cost, 0.9**0.47 * np.exp(-0.35 / 4.6 * place.cross), rtol=1e-13)
    still = Impulse(time_ratio=np.ones((14, 14)), barrier=np.ones((14, 14)), productivity=one, amenity=one)
    assert still.shock(base.nominal).empty
    # trade is priced by people, so commuting keeps its friction while that of trade is drawn
    assert base.at(gamma=0.5).gamma_commuting == 0.7
    same = baseline(
        region(cluster, place, flows(place, 2), own_share=0.4, border_layer="commuting"), times(place), rows
    )
    assert same.at(gamma=0.5).gamma_commuting == pytest.approx(0.5)


def test_without_an_estimate_on_commuting_borders_leave_it_alone(geography, cluster, times, border) -> None:
    place = geography(14, 5)
    base = baseline(region(cluster, place, flows(place, 2), own_share=0.4), times(place), border)
    assert base.border_commuting is None and base.nominal.gamma_commuting == 0.0
    assert any("leave commuting alone" in text for text in base.warnings)


def test_nobody_commutes_without_the_option(geography) -> None:
    assert calibrate(geography(8, 1), 0.5, Parameters()).economy.commuting is None


def test_german_counties(shared_data, cluster) -> None:
    """33,052,677 commuters and 9,894 positive pairs with those within counties (401), as the data set states."""
    raw = pd.read_csv(shared_data / "germany/commuting_wide.csv", dtype={"county_id_work": str}, index_col=0)
    km = pd.read_csv(shared_data / "germany/distance_matrix.csv", index_col=0).to_numpy(float)
    flow = raw.to_numpy(float).T
    n = len(flow)
    place = Geography(
        places=tuple(raw.index), groups=np.array([name[:2] for name in raw.index]), time=km / 1000.0 + 15.0,
        income=flow.sum(axis=0), population=flow.sum(axis=1), money_unit="million EUR (current)",
    )  # fmt: skip
    there = region(cluster, place, flow)
    assert geography_of(there, _Minutes(place)).places == place.places
    found = commuting(there, place, OBSERVED)
    assert found.pairs_observed + n == 9_894 and found.below == 10
    people = found.shares * found.employed[:, None]
    np.testing.assert_allclose(people[flow > 0].sum(), 33_052_677, rtol=1e-12)
    assert 0 < found.fitted_share < 9 * found.pairs_fitted / 33_052_677
    assert any(text == "02000→04011" for text in found.beyond)  # Hamburg to Bremen, 95 km: no small flow


class _Minutes:
    def __init__(self, place) -> None:
        ids = list(place.places)
        self.time = pd.DataFrame(place.time, index=ids, columns=ids)
