"""The step `sensitivities` on the shipped example, against the scenarios of the same model."""

import json
from dataclasses import replace

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.cluster_sensitivities import _sample, gradient, run, samples, valued, way_of
from megaregion.equilibrium.ensemble import fits
from megaregion.equilibrium.network import times as network_times
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.welfare import social_welfare
from megaregion.links.hard.times import times

STEP = 1e-3  # relative change of a friction or a time; central differences err by its square


@pytest.fixture(scope="module")
def found(done):
    cluster = done.cluster()
    base = baseline(cluster, times(cluster), done.store.load("links")["border"])
    few = replace(base, settings=replace(base.settings, draws=20))
    return gradient(few, way_of(cluster))


@pytest.fixture(scope="module")
def tables(done):
    return done.store.load("sensitivities")


def plain(base, **changes) -> Impulse:
    n = len(base.place.places)
    given = {
        "time_ratio": np.ones((n, n)),
        "barrier": np.ones((n, n)),
        "productivity": np.ones(n),
        "amenity": np.ones(n),
    }
    return Impulse(**{**given, **changes})


def central(base, up: Impulse, down: Impulse) -> float:
    """d ln of the welfare of scenarios, from two exact solutions."""
    economy = base.nominal.economy
    shocks = [up.shock(base.nominal), down.shock(base.nominal)]
    high, low = np.log(social_welfare(economy, solve(economy, shocks, tolerance=1e-13)))
    return float(high - low)


def test_all_borders_are_worth_what_the_scenario_says(found, tables) -> None:
    base = found.base
    sides = [plain(base, barrier=np.where(base.place.cross > 0, f, 1.0)) for f in (1 - STEP, 1 + STEP)]
    slope = central(base, *sides) / (2 * STEP)
    assert tables["borders"].facts["all_borders_welfare_percent"] == pytest.approx(slope, rel=1e-5)


def test_a_link_is_worth_what_the_scenario_says(found, tables) -> None:
    base, way, both = found.base, found.routes, found.two_way
    smooth = tables["links"].frame.query("not kinked").iloc[[0, 3]]
    names = list(both.frame.index)
    for row in smooth.itertuples():
        members = both.members[names.index(row.link_id)]
        sides = [
            plain(base, time_ratio=network_times(way.network.scaled(members, f)) / way.time)
            for f in (1 - STEP * 0.1, 1 + STEP * 0.1)  # before another way becomes the shortest
        ]
        assert row.welfare_percent == pytest.approx(central(base, *sides) / (0.2 * STEP), rel=1e-4)


def test_places_are_worth_what_the_scenario_says(found, tables) -> None:
    base, frame = found.base, tables["places"].frame
    for column, what in (("productivity_percent", "productivity"), ("amenity_percent", "amenity")):
        value = np.ones(len(frame))
        value[7] = 1 + STEP
        slope = central(base, plain(base, **{what: value}), plain(base, **{what: 1 / value})) / (2 * np.log1p(STEP))
        assert frame[column].iloc[7] == pytest.approx(slope, rel=1e-5)


def test_money_is_welfare_times_income(tables, found) -> None:
    income = found.base.earnings.sum()
    for name in ("links", "borders"):
        frame = tables[name].frame
        np.testing.assert_allclose(frame["gain"], 0.01 * frame["welfare_percent"] * income, rtol=1e-8)


def test_ranges_are_those_of_the_draws(found) -> None:
    drawn = samples(found, seed=5)
    assert drawn["failed"]["draws"] == [0]
    sample = _sample(found.base, 5)
    assert sample.names[-1] == "face_to_face"
    for number, fit in enumerate(fits(found.base, sample)):
        if number not in (0, 17):
            continue
        half = np.where(found.base.place.cross > 0, 1 - STEP, 1.0), np.where(found.base.place.cross > 0, 1 + STEP, 1.0)
        shocks = [plain(found.base, barrier=b).shock(fit) for b in half]
        high, low = np.log(social_welfare(fit.economy, solve(fit.economy, shocks, tolerance=1e-13)))
        assert drawn["borders"]["welfare_percent"][number].sum() == pytest.approx((high - low) / (2 * STEP), rel=1e-5)
    # at given parameters the value of a link is in proportion to the share of trade that needs meetings
    base = replace(found.base, nominal=found.base.at(face_to_face=0.1))
    other = gradient(base, found.routes)
    some = np.abs(found.nominal.links[0]) > 1e-9
    np.testing.assert_allclose(other.nominal.links[0][some] / found.nominal.links[0][some], 0.5, rtol=1e-9)
    assert drawn["links"]["welfare_percent"].shape == (20, len(found.two_way.frame))


def test_ranges_bracket_ranks_and_tables_are_complete(tables) -> None:
    for table in tables.values():
        assert list(table.frame.columns) == [c.name for c in table.columns]
        assert not table.frame.isna().any().any()
        assert any("modelled" in text for text in table.warnings)
        json.dumps([table.facts, table.parameters])
    links = tables["links"].frame
    assert (links["rank_p05"] <= links["rank_p50"]).all() and (links["rank_p50"] <= links["rank_p95"]).all()
    assert links["rank"].is_monotonic_increasing
    assert (links["welfare_percent_p05"] <= links["welfare_percent_p95"]).all()


def test_screening_solves_the_first_links(tables) -> None:
    frame, facts = tables["screening"].frame, tables["screening"].facts
    assert list(frame["link_id"]) == list(tables["links"].frame["link_id"].head(20))
    first = (
        100 * np.log(1 / tables["screening"].parameters["factor"]) * tables["links"].frame["welfare_percent"].head(20)
    )
    np.testing.assert_allclose(frame["first_order_percent"], first, rtol=1e-9)
    assert facts["bias_low"] == pytest.approx(frame["bias"].min())


def test_groups_share_the_value_of_a_link(tables, found) -> None:
    """Gains of the groups add up to the gain of the link."""
    parts = tables["link_groups"].frame.groupby("link_id", sort=False)["gain"].sum()
    links = tables["links"].frame.set_index("link_id")["gain"]
    np.testing.assert_allclose(parts, links.loc[parts.index], rtol=1e-9)


def soft(done, dispersion: float):
    cluster = done.cluster()
    few = {**cluster.options["equilibrium"], "draws": 20}
    options = {**cluster.options, "equilibrium": few, "sensitivities": {"dispersion_per_min": dispersion}}
    return replace(cluster, options=options), done.store.load("links")["border"]


def test_soft_routing_values_a_link_as_exact_solutions_do(done) -> None:
    cluster, border = soft(done, 0.2)
    found, notes = valued(cluster, times(cluster), border)
    assert any("soft routing" in text for text in notes)
    way, both = found.routes, found.two_way
    gain = both.sums(-found.nominal.links)[0]
    row = int(np.argmax(gain))
    sides = [
        plain(found.base, time_ratio=network_times(way.network.scaled(both.members[row], f)) / way.time)
        for f in (1 - STEP, 1 + STEP)
    ]
    assert gain[row] == pytest.approx(central(found.base, *sides) / (2 * STEP), rel=1e-4)


def test_soft_routing_in_a_workspace_is_said_and_tends_to_the_shortest_ways(done, found) -> None:
    cluster, border = soft(done, 0.2)
    tables = run(cluster, times(cluster), border, seed=1)
    assert any("soft routing (dispersion_per_min 0.2)" in text for text in tables["links"].warnings)
    assert tables["links"].parameters()["dispersion_per_min"] == 0.2
    hard = found.two_way.sums(found.nominal.links)[0]
    apart = []
    for dispersion in (0.2, 2.0):
        region, border = soft(done, dispersion)
        other, _ = valued(region, times(region), border)
        value = other.two_way.sums(other.nominal.links)[0]
        apart.append(np.abs(value - hard).max())
    assert apart[1] < apart[0] / 2
