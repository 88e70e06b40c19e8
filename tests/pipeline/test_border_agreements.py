"""Agreements on borders as a game between the provinces of the shipped example."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import baseline
from megaregion.links.hard.times import times
from megaregion.plan.border_agreements import payoffs
from megaregion.report.blocks import Grid, Material, Paragraph
from megaregion.report.sections import agreements


@pytest.fixture(scope="module")
def base(done):
    cluster = done.cluster()
    return baseline(cluster, times(cluster), done.store.load("links")["border"])


def test_all_areas_gain_what_the_scenario_of_all_borders_gives(done, base) -> None:
    """The scenario half-border is the grand coalition at a factor of one half."""
    money, areas = payoffs(base, base.nominal, 0.5)
    frame = done.store.load("equilibrium")["scenario_places"].frame
    rows = frame[(frame["scenario"] == "half-border") & (frame["variant"] == "headline")].set_index("place_id")
    gain = rows.loc[list(base.place.places), "real_income_fixed_percent"].to_numpy() / 100.0 * base.earnings
    expected = [gain[base.place.groups == area].sum() for area in areas]
    np.testing.assert_allclose(money[-1], expected, rtol=1e-6)


def test_fewer_than_two_members_change_nothing_and_outsiders_differ(base) -> None:
    money, areas = payoffs(base, base.nominal, 0.75)
    for row in (0, *(1 << k for k in range(len(areas)))):
        np.testing.assert_array_equal(money[row], 0.0)
    pair = money[0b0011]
    assert (pair[:2] > 0).all() and (pair[2:] < 0).all()  # trade turns away from who is left out


def test_shares_add_up_and_payments_cancel(done) -> None:
    tables = done.store.load("agreements")
    frame, facts = tables["border_agreements"].frame, tables["border_agreements"].facts
    together = frame["own"].sum()
    assert facts["together"] == pytest.approx(together, rel=1e-12)
    for rule in ("shapley", "nucleolus"):
        assert frame[rule].sum() == pytest.approx(together, rel=1e-9)
        assert abs(frame[f"payment_{rule}"].sum()) < 1e-9 * together
    assert (frame["own_p05"] < frame["own_p95"]).all()
    steady = tables["coalition_stability"].frame
    full = steady[steady["members"] == len(frame)].iloc[0]
    assert full["inside"] == pytest.approx(together, rel=1e-12)


def test_the_section_says_who_pays(done) -> None:
    material = Material(
        results={"agreements": done.store.load("agreements")},
        cluster=done.cluster(),
        base=None,
        sources={},
        problems=(),
    )
    section = agreements.section(material)
    text = next(b for b in section.blocks if isinstance(b, Paragraph)).text
    frame = done.store.load("agreements")["border_agreements"].frame
    payer = frame.sort_values("payment_shapley")["area"].iloc[0]
    assert f"{material.place(payer).en} would pay" in text.en and f"{material.place(payer).zh}应付" in text.zh
    coalitions = [b for b in section.blocks if isinstance(b, Grid)][1]
    assert len(coalitions.rows) == 2 ** len(frame) - len(frame) - 1
    assert agreements.section(replace(material, results={})).grey
