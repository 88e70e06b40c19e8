"""Bottlenecks: derivatives by hand on Braess' network, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.roads import Roads, read_roads
from megaregion.data.trips import Trips, read_trips
from megaregion.errors import InputError
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.assignment_options import AssignmentOptions
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
    np.testing.assert_allclose(-frame["saving_per_capacity"], by_capacity, rtol=1e-6)
    np.testing.assert_allclose(frame["saving_per_time"], by_time, rtol=1e-6)
    np.testing.assert_allclose(frame["saving_one_percent"], 0.01 * frame["saving_per_capacity"], rtol=1e-12)
    assert frame["effect"].tolist() == ["relief", "relief", "relief", "relief", "Braess"]


def test_the_busiest_link_is_not_the_first_and_widening_the_shortcut_harms(braess: Roads, six: Trips) -> None:
    """A narrow shortcut between wide approaches: fullest of all, and still the one link that must not be widened."""
    wide = braess.replace(links=braess.links.assign(capacity=[2.0, 1, 1, 2, 0.4]))
    found = bottlenecks(assign(wide, six, TIGHT), confirm=2)
    facts = found.facts()
    frame = found.to_frame().set_index("link_id")
    assert facts["busiest"] == "across" and facts["braess_worst"] == ["across"] and facts["busiest_rank"] == 5
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


def test_a_loose_assignment_is_brought_to_equilibrium_first(braess: Roads, six: Trips) -> None:
    loose, tight = (bottlenecks(assign(braess, six, AssignmentOptions(gap=g)), confirm=0) for g in (0.2, 1e-13))
    assert loose.facts()["relative_gap"] <= 1e-12
    names = ["saving_per_capacity", "saving_per_time"]
    one, other = (f.to_frame().set_index("link_id")[names].sort_index() for f in (loose, tight))
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_links_at_the_edge_and_closed_ones_are_named(braess: Roads, six: Trips) -> None:
    """At 10 + 13 across the shortcut costs what the ways round cost (83 - 60), and nobody needs it; a road is shut."""
    links = braess.links.assign(toll=[0.0, 0, 0, 0, 13])
    shut = links.iloc[[1]].set_axis(["shut"]).assign(capacity=0.0)
    even = braess.replace(links=pd.concat([links, shut]))
    found = bottlenecks(assign(even, six, AssignmentOptions(gap=1e-13, toll_weight=1.0)), confirm=0)
    frame = found.to_frame().set_index("link_id")
    assert frame.loc["across", "at_edge"] and found.facts()["links_at_edge"] == 1
    assert frame.loc["shut", "effect"] == "closed" and frame.loc["shut", "rank"] == 6
    assert any("edge of use" in text for text in found.warnings)


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


def test_chicago_sketch_the_busiest_link_is_far_from_the_first(shared_data: Path) -> None:
    """All 2,950 links; a thousandth of a percent more on the first three and the three that harm most, assigned anew.

    A gap of 1e-12 leaves about 1e-3 of such a step. At one percent two of the three no longer harm: a way that nobody
    used at first comes into use, and the result must say so.
    """
    folder = shared_data / "reference" / "assignment" / "Chicago-Sketch"
    roads = read_roads(folder / "ChicagoSketch_net.tntp.gz")
    options = AssignmentOptions(toll_weight=0.02, distance_weight=0.04, gap=1e-11)
    base = assign(roads, read_trips(folder / "ChicagoSketch_trips.tntp.gz"), options)
    found = bottlenecks(base, confirm=3, percent=1e-3)
    facts = found.facts()
    assert facts["links"] == 2950 and facts["first"] != facts["busiest"] and facts["busiest_rank"] > 100
    checked = found.to_frame().dropna(subset="confirmed_saving")
    assert checked["effect"].tolist() == ["relief"] * 3 + ["Braess"] * 3
    np.testing.assert_allclose(checked["confirmed_saving"], 1e-3 * checked["saving_one_percent"], rtol=1e-2)
    wide = bottlenecks(base, confirm=3, percent=1.0)
    signs = wide.to_frame().dropna(subset="confirmed_saving")["confirmed_saving"] > 0
    assert signs.tolist()[:3] == [True] * 3 and signs.sum() == 5
    assert any("harm at the margin only" in text for text in wide.warnings)
