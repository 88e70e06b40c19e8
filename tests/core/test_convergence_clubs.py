"""Log t test and clubs: the published ones of 152 countries, made panels, the trend, and what cannot be tested."""

import numpy as np
import pytest

from megaregion.core.convergence_clubs import clubs, log_t, trend
from megaregion.errors import InputError


@pytest.fixture(scope="module")
def countries() -> np.ndarray:
    """Filtered logarithms of GDP per head, 152 countries, 1970-2003 (in the package of the peer, not here)."""
    peer = pytest.importorskip("convergence_clubs", reason="the peer library is a tool of development only")
    return peer.load_filtered_gdp().to_numpy(float)


def test_the_test_of_152_countries_as_printed(countries: np.ndarray) -> None:
    """Phillips and Sul (2009), J. Appl. Econometrics 24(7): b = -0.875, t = -159.55."""
    found = log_t(countries)
    assert round(found.slope, 3) == -0.875 and round(found.t, 1) == -159.6
    assert found.t == pytest.approx(-159.55, abs=0.006)


def test_the_clubs_of_152_countries_as_printed(countries: np.ndarray) -> None:
    """Table of the same paper: clubs of 50, 30, 21, 24, 14, 11 and 2; the fourth and fifth join to 38."""
    found = clubs(countries, merge=False)
    assert np.bincount(found.club + 1)[1:].tolist() == [50, 30, 21, 24, 14, 11, 2]
    assert [round(test.slope, 3) for test in found.tests] == [0.382, 0.240, 0.110, 0.131, 0.190, 1.003, -0.470]
    assert [round(test.t, 2) for test in found.tests] == [9.28, 6.90, 3.40, 2.05, 1.70, 6.02, -0.56]
    assert np.bincount(clubs(countries).club + 1)[1:].tolist() == [50, 30, 21, 38, 11, 2]


def test_the_trend_of_the_peer(countries: np.ndarray) -> None:
    """Logarithms of the same panel, smoothed by the peer and here."""
    peer = pytest.importorskip("convergence_clubs")
    raw = np.log(peer.load_gdp().to_numpy(float))
    np.testing.assert_allclose(trend(raw), peer.hp_filter(np.log(peer.load_gdp()), lamb=400).to_numpy(), rtol=1e-9)


def made(groups: int, *, seed: int, each: int = 8, years: int = 60, speed: float = 0.5) -> np.ndarray:
    """Places that close in on the level of their group like t^-speed / log t."""
    rng = np.random.default_rng(seed)
    t = np.arange(1, years + 1)
    level = np.repeat(8.0 + np.arange(groups)[::-1], each)
    return level[:, None] + rng.uniform(-1, 1, level.size)[:, None] * t**-speed / np.log(t + 1)


@pytest.mark.parametrize("speed", [0.3, 0.6])
def test_one_path_has_the_slope_of_its_speed(speed: float) -> None:
    """b = 2 x speed; the penalty 2 log log t against the log(t + 1) of the panel leaves some hundredths."""
    found = log_t(made(1, seed=1, each=40, years=400, speed=speed))
    assert found.t > 0 and found.slope == pytest.approx(2.0 * speed, abs=0.05)


def test_clubs_that_were_made_are_found_and_do_not_depend_on_the_order() -> None:
    path = made(3, seed=2)
    assert log_t(path).t < -1.65
    found = clubs(path)
    assert found.club.tolist() == [0] * 8 + [1] * 8 + [2] * 8
    turn = np.random.default_rng(3).permutation(len(path))
    np.testing.assert_array_equal(clubs(path[turn]).club, found.club[turn])
    assert all(test.t > -1.65 for test in found.tests)


def test_a_place_that_runs_away_belongs_to_none() -> None:
    path = np.vstack([made(1, seed=4), 9.0 + 0.05 * np.arange(60)[None]])
    assert clubs(path).club.tolist() == [0] * 8 + [-1]


def test_places_on_one_line_converge_without_doubt() -> None:
    assert log_t(np.full((3, 20), 7.0)).t == np.inf


def test_the_trend_keeps_lines_and_bridges_years() -> None:
    line = 3.0 + np.outer([0.1, -0.02], np.arange(25.0))
    gap = line.copy()
    gap[:, [7, 8, 15]] = np.nan
    np.testing.assert_allclose(trend(gap), line, rtol=1e-9)
    rng = np.random.default_rng(5)
    noisy = line + rng.normal(0, 0.1, line.shape)
    np.testing.assert_allclose(trend(noisy).mean(axis=1), noisy.mean(axis=1), rtol=1e-9)  # the cycle has mean zero


@pytest.mark.parametrize(
    ("path", "trim", "text"),
    [
        (np.ones((1, 20)), 0.3, "two places and 15 years"),
        (np.ones((4, 14)), 0.3, "two places and 15 years"),
        (np.zeros((4, 20)), 0.3, "finite and > 0"),
        (np.full((4, 20), np.nan), 0.3, "finite and > 0"),
        (np.ones((4, 20)), 1.0, "trim must lie"),
    ],
)
def test_what_cannot_be_tested(path: np.ndarray, trim: float, text: str) -> None:
    with pytest.raises(InputError, match=text):
        clubs(path, trim=trim)
