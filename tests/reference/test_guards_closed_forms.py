"""Where places stop to coexist, in economies that can be worked out by hand.

Two equal places, and integrated markets for goods and labour: everybody buys and works everywhere alike. There a place
that pays one per cent less gets phi per cent fewer workers; its costs follow, and so do its sales, theta times as much.
It holds if payroll falls by less than sales rise, in each sector by itself (SPATIAL_MODEL 9, C6): nu - land < [1 + (1 +
theta (labour + land)) / phi] / theta, where with free entry and labour only, nu + 1/theta takes the place of nu. Of the
figures printed there, .6057 and .521739 can be had from their parameters; those of two sectors (.692609 and .440737)
are printed without theirs, so that worlds of this file stand for them.
"""

import numpy as np
import pytest

from megaregion.equilibrium.bounds import integrated_bound, scale_bound
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.guards import examine, uniqueness

LARGE, SMALL = np.array([1.0, 2.0, 0.5]), 2e-5  # sizes of three places; distance to a threshold


def integrated(e: Elasticities) -> Economy:
    """Three places of different size, every row of shares the same, wages of one."""
    s, n = e.sectors, LARGE.size
    share = LARGE / LARGE.sum()
    # sectors of final demand close: output y solves y = spending final + inputs' y, final = sum of labour and land
    value = np.linalg.solve(np.eye(s) - e.inputs.T, e.spending)
    workers = (e.labour * value) / (e.labour * value).sum()
    people = LARGE.copy()
    return Economy(
        elasticities=e, trade=np.tile(share, (s, n, 1)), wage=np.ones((s, n)),
        workers=workers[:, None] * people, groups=np.array([people.sum()]), location=share[None],
        home=np.array([-1]), commuting=np.repeat((workers[:, None] * share)[:, None, :], n, axis=1),
    )  # fmt: skip


def one_sector(nu: float, *, theta: float, phi: float, entry: float) -> Elasticities:
    return Elasticities.one_sector(
        theta=theta, epsilon=4.6, phi=phi, alpha=0.7, delta=0.38, nu=nu, entry=entry, amenity_spill=-0.5
    )


def two_sectors(nu: tuple[float, float]) -> Elasticities:
    labour, land = np.array([0.33, 0.25]), np.array([0.26, 0.05])
    inputs = np.array([[0.16, 0.25], [0.1, 0.6]])
    return Elasticities(
        theta=np.array([4.0, 5.0]), labour=labour, land=land, inputs=inputs, nu=np.array(nu), entry=np.zeros(2),
        spending=np.array([0.3, 0.7]), alpha=0.7, delta=0.38, epsilon=3.0, phi=4.6, amenity_spill=-0.5,
    )  # fmt: skip


def test_published_figure_of_one_sector() -> None:
    """theta = 4, phi = 4.6: .521739."""
    bound = integrated_bound(integrated(one_sector(0.1, theta=4.0, phi=4.6, entry=0.0)))
    assert bound == pytest.approx([0.521739], abs=6e-7)


@pytest.mark.parametrize("entry", [0.0, 1.0])
@pytest.mark.parametrize(("theta", "phi"), [(4.0, 4.6), (3.0, 4.6), (6.0, 2.5)])
def test_one_sector_with_integrated_markets(theta: float, phi: float, entry: float) -> None:
    """The eigenvalue reaches one exactly at (1 + (1 + theta) / phi) / theta, less 1/theta with free entry."""
    critical = (1 + (1 + theta) / phi) / theta - entry / theta
    for nu, stable in ((critical - SMALL, True), (critical + SMALL, False)):
        economy = integrated(one_sector(nu, theta=theta, phi=phi, entry=entry))
        economy.require()
        assert integrated_bound(economy) == pytest.approx([critical], rel=1e-12)
        report = uniqueness(economy)
        assert (report.largest_real < 1.0) is stable
        assert any("cannot coexist" in text for text in examine(economy).warnings) is not stable
        assert report.verdict != "unique"


@pytest.mark.parametrize("sector", [0, 1])
def test_two_sectors_with_integrated_markets(sector: int) -> None:
    """Inputs and land: each sector has its own threshold, whatever the other does below its own."""
    labour, land, theta, phi = (0.33, 0.25)[sector], (0.26, 0.05)[sector], (4.0, 5.0)[sector], 4.6
    critical = land + (1 + (1 + theta * (labour + land)) / phi) / theta
    if sector == 0:
        assert critical == pytest.approx(0.692609, abs=6e-7)  # printed, and these may well be its parameters
    for nu, stable in ((critical - SMALL, True), (critical + SMALL, False)):
        pair = (nu, 0.05) if sector == 0 else (0.05, nu)
        economy = integrated(two_sectors(pair))
        economy.require()
        assert integrated_bound(economy)[sector] == pytest.approx(critical, rel=1e-12)
        assert (uniqueness(economy).largest_real < 1.0) is stable


@pytest.mark.parametrize("own", [0.5, 0.7, 0.9, 0.99])
@pytest.mark.parametrize("entry", [0.0, 1.0])
def test_two_equal_places(own: float, entry: float) -> None:
    """The even equilibrium splits at [beta (1 + theta (1 + z)) + 1 - z] / [theta (1 + z) + z], z = 2 own - 1.

    In the direction that favours one place: dln w (1 + theta (1 + z)) = dln R (a theta (1 + z) -
    1), and beta dln R = dln w - z (dln w - a dln R). At .9 and the German elasticities .6057.
    """
    theta, alpha, delta, epsilon = 3.0, 0.7, 0.38, 4.6
    beta = ((1 - alpha) / (1 + delta) + 1 / epsilon) / ((alpha + delta) / (1 + delta))
    z = 2 * own - 1
    critical = (beta * (1 + theta * (1 + z)) + 1 - z) / (theta * (1 + z) + z)
    if own == 0.9:
        assert critical == pytest.approx(0.6057, abs=1e-4)
    share = np.array([[own, 1 - own], [1 - own, own]])
    for scale, stable in ((critical - SMALL, True), (critical + SMALL, False)):
        e = Elasticities.one_sector(
            theta=theta, epsilon=epsilon, alpha=alpha, delta=delta, nu=scale - entry / theta, entry=entry
        )
        report = uniqueness(Economy.one_sector(elasticities=e, trade=share, income=np.ones(2), population=np.ones(2)))
        assert scale_bound(e) == pytest.approx(beta, rel=1e-12)
        assert beta < critical  # a mild geography stays unique beyond the bound
        assert (report.largest_real < 1.0) is stable
        assert report.sign == (1 if stable else -1)
        assert report.verdict == ("multiple possible" if stable else "unstable")
