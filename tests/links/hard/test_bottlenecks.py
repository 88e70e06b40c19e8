"""Bottlenecks: derivatives by hand on Braess' network, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from megaregion.data.roads import Roads, read_roads
from megaregion.data.trips import Trips, read_trips
from megaregion.errors import InputError
from megaregion.links.hard.assignment import AssignmentOptions, assign
from megaregion.links.hard.bottlenecks import bottlenecks

TIGHT = AssignmentOptions(gap=1e-13)


def linear_total(constant: np.ndarray, slope: np.ndarray) -> float:
    """Total time of Braess' network with all three ways used: cost = constant + slope x, links as in BRAESS.

    Ways: up + high, low + down, up + across + down; equal costs and flows that sum to 6 are four linear equations.
    """
    ways = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 0, 1, 1]], dtype=float)
    left = np.zeros((4, 4))
    left[:3, :3], left[:3, 3], left[3, :3] = ways @ np.diag(slope) @ ways.T, -1.0, 1.0
    solved = np.linalg.solve(left, [*(-ways @ constant), 6.0])
    assert (solved[:3] > 0).all()
    return float(6.0 * solved[3])


def by_hand() -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of total time by capacity (slope / c) and by free time (constant and slope both in proportion)."""
    constant, slope = np.array([0.0, 50, 50, 0, 10]), np.array([10.0, 1, 1, 10, 1])
    free, step = np.array([1e-8, 50, 50, 1e-8, 10]), 1e-5
    out = np.zeros((2, 5))
    for k in range(5):
        unit = np.eye(5)[k]
        ends = [linear_total(constant, slope / (1 + s * unit)) for s in (step, -step)]
        out[0, k] = (ends[0] - ends[1]) / (2 * step)
        ends = [linear_total(constant * (1 + s * unit), slope * (1 + s * unit)) for s in (step, -step)]
        out[1, k] = (ends[0] - ends[1]) / (2 * step * free[k])
    return out[0], out[1]


def test_braess_by_hand(braess: Roads, six: Trips) -> None:
    """h = (20 + 6k)/(11 + 2k) on each outer way, k = 1/c of the shortcut, T = 660 - 54 h: dT/dc = 54 x 26 / 169."""
    by_capacity, by_time = by_hand()
    assert by_capacity[4] == pytest.approx(54 * 26 / 169, rel=1e-8)
    found = bottlenecks(assign(braess, six, TIGHT), confirm=1)
    frame = found.to_frame().set_index("link_id").loc[braess.links.index]
    np.testing.assert_allclose(-frame["saving_per_capacity"], by_capacity, rtol=1e-4)
    np.testing.assert_allclose(frame["saving_per_time"], by_time, rtol=1e-4)
    np.testing.assert_allclose(frame["saving_one_percent"], 0.01 * frame["saving_per_capacity"], rtol=1e-12)
    assert frame["effect"].tolist() == ["relief", "relief", "relief", "relief", "Braess"]


def test_the_busiest_link_is_not_the_first_and_widening_the_shortcut_harms(braess: Roads, six: Trips) -> None:
    """A narrow shortcut between wide approaches: fullest of all, and still the one link that must not be widened."""
    wide = braess.replace(links=braess.links.assign(capacity=[2.0, 1, 1, 2, 0.4]))
    found = bottlenecks(assign(wide, six, TIGHT), confirm=2)
    facts = found.facts()
    frame = found.to_frame().set_index("link_id")
    assert facts["busiest"] == "across" and facts["braess_links"] == ["across"] and facts["busiest_rank"] == 5
    assert frame.loc["across", "rank_volume_over_capacity"] == 1 and frame.loc["across", "confirmed_saving"] < 0
    assert frame["confirmed_saving"].iloc[0] > 0
    assert any("Braess" in text for text in found.warnings)


def test_confirmation_is_an_assignment_of_its_own(braess: Roads, six: Trips) -> None:
    base = assign(braess, six, TIGHT)
    found = bottlenecks(base, confirm=1, percent=25.0)
    link = found.facts()["first"]
    capacity = braess.links["capacity"].where(braess.links.index != link, 1.25)
    wider = assign(braess.replace(links=braess.links.assign(capacity=capacity)), six, TIGHT)
    saved = base.equilibrium.total_time - wider.equilibrium.total_time
    assert found.to_frame()["confirmed_saving"].iloc[0] == pytest.approx(saved, rel=1e-8)
    assert found.to_frame()["confirmed_saving"].notna().sum() == 2  # and the one that harms


def test_columns_ranks_and_units(braess: Roads, six: Trips) -> None:
    base = assign(braess, six, TIGHT)
    for by, column in (("capacity", "saving_per_capacity"), ("time", "saving_per_time")):
        found = bottlenecks(base, by=by, confirm=0)  # type: ignore[arg-type]
        frame = found.to_frame()
        assert frame.columns.tolist() == [c.name for c in found.describe()]
        assert frame["rank"].tolist() == [1, 2, 3, 4, 5] and frame[column].is_monotonic_decreasing
        assert frame["confirmed_saving"].isna().all()
    assert {c.name: c.unit for c in found.describe()}["saving_one_percent"] == "veh/h x min"


def test_an_unused_link_is_worth_nothing_at_the_margin(braess: Roads, six: Trips) -> None:
    """A toll closes the shortcut, strictly: then it saves nothing and harms nobody."""
    tolled = braess.replace(links=braess.links.assign(toll=[0.0, 0, 0, 0, 100]))
    frame = bottlenecks(assign(tolled, six, AssignmentOptions(gap=1e-13, toll_weight=1.0)), confirm=0).to_frame()
    row = frame.set_index("link_id").loc["across"]
    assert row["effect"] == "none" and row["saving_per_capacity"] == 0 and row["saving_per_time"] == 0


def test_what_has_no_bottlenecks(braess: Roads, six: Trips) -> None:
    optimum = assign(braess, six, AssignmentOptions(gap=1e-12, system_optimum=True))
    with pytest.raises(InputError, match="converged user equilibrium"):
        bottlenecks(optimum)
    base = assign(braess, six, TIGHT)
    for options in ({"confirm": -1}, {"percent": 0.0}, {"by": "length"}):
        with pytest.raises(InputError, match="need confirm"):
            bottlenecks(base, **options)  # type: ignore[arg-type]


def test_sioux_falls_ranks_differ_by_what_is_asked(shared_data: Path) -> None:
    """Confirmed by assigning anew: ten percent on the first by percent saves more than on the busiest link."""
    folder = shared_data / "reference" / "assignment" / "SiouxFalls"
    roads = read_roads(folder / "SiouxFalls_net.tntp")
    base = assign(roads, read_trips(folder / "SiouxFalls_trips.tntp"), AssignmentOptions(gap=1e-12))
    found = bottlenecks(base, by="percent", confirm=1, percent=1.0)
    frame = found.to_frame().set_index("link_id")
    first, busiest = found.facts()["first"], found.facts()["busiest"]
    assert first != busiest
    assert frame.loc[first, "confirmed_saving"] == pytest.approx(frame.loc[first, "saving_one_percent"], rel=0.05)
    assert frame.loc[first, "confirmed_saving"] > frame.loc[busiest, "saving_one_percent"]
