"""The step `sensitivities` on small regions without services: what is left out, what is said, two places, one group."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import Baseline
from megaregion.equilibrium.cluster_sensitivities import run
from megaregion.errors import SolveError


def made(geography, cluster, times, border, n: int = 9, draw: int = 3, seed: int = 3):
    place = geography(n, draw)
    return run(cluster(place, equilibrium={"draws": 20}), times(place), border, seed=seed), place


def test_without_services_places_and_borders_are_valued(geography, cluster, times, border) -> None:
    found, place = made(geography, cluster, times, border)
    assert list(found) == ["places", "borders"]
    for result in found.values():
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()]
        assert not frame.isna().any().any()
        assert any("no scheduled service" in text for text in result.warnings)
    areas = np.unique(place.groups).size
    assert len(found["borders"].to_frame()) == areas * (areas - 1) / 2 and list(
        found["places"].to_frame()["place_id"]
    ) == list(place.places)


def test_one_group_has_no_borders(geography, cluster, times, border) -> None:
    place = geography(6, 2)
    place = replace(place, groups=np.array(["x"] * 6))
    found = run(cluster(place, equilibrium={"draws": 20}), times(place), border, seed=1)
    assert list(found) == ["places"]
    assert any("one group" in text for text in found["places"].warnings)


def test_two_places(geography, cluster, times, border) -> None:
    found, _ = made(geography, cluster, times, border, n=2, draw=2)
    assert len(found["places"].to_frame()) == 2 and len(found["borders"].to_frame()) == 1


def test_same_seed_same_ranges_other_seed_others(geography, cluster, times, border) -> None:
    one, _ = made(geography, cluster, times, border)
    again, _ = made(geography, cluster, times, border)
    other, _ = made(geography, cluster, times, border, seed=4)
    column = "productivity_percent_p05"
    assert one["places"].to_frame().equals(again["places"].to_frame())
    assert (one["places"].to_frame()[column] != other["places"].to_frame()[column]).any()
    point = "productivity_percent"
    assert one["places"].to_frame()[point].equals(other["places"].to_frame()[point])


def test_draws_without_a_baseline_are_counted(geography, cluster, times, border, monkeypatch) -> None:
    right, calls = Baseline.at, []

    def at(self, **changes):
        calls.append(1)
        if len(calls) == 3:
            raise SolveError("no baseline here")
        return right(self, **changes)

    monkeypatch.setattr(Baseline, "at", at)
    found, _ = made(geography, cluster, times, border)
    assert any("1 of 20 draws" in text for text in found["places"].warnings)


def test_values_scale_with_the_unit_of_money(geography, cluster, times, border) -> None:
    place = geography(9, 3)
    options = {"draws": 20}
    one = run(cluster(place, equilibrium=options), times(place), border, seed=1)["places"].to_frame()
    rich = replace(place, income=place.income * 1000.0)
    other = run(cluster(rich, equilibrium=options), times(rich), border, seed=1)["places"].to_frame()
    np.testing.assert_allclose(other["productivity_percent"], one["productivity_percent"], rtol=1e-8)
    np.testing.assert_allclose(other["productivity_gain"], 1000.0 * one["productivity_gain"], rtol=1e-8)


@pytest.mark.parametrize("name", ["productivity", "amenity", "floor_space"])
def test_nominal_lies_near_the_middle_of_narrow_ranges(name: str, geography, cluster, times, border) -> None:
    place = geography(9, 3)
    narrow = {
        "theta": [3.999, 4.001], "epsilon": [1.4999, 1.5001], "time_elasticity": [1.2599, 1.2601],
        "own_share": [0.5999, 0.6001], "face_to_face": [0.1999, 0.2001],
    }  # fmt: skip
    border = border.assign(se=1e-6)
    frame = run(
        cluster(place, equilibrium={"draws": 20, "ranges": narrow}), times(place), border, seed=1
    )["places"].to_frame()  # fmt: skip
    for tail in ("p05", "p50", "p95"):
        np.testing.assert_allclose(frame[f"{name}_percent_{tail}"], frame[f"{name}_percent"], rtol=2e-3)
