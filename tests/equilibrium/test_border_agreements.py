"""Agreements on borders between drawn areas: symmetry, one area, options."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.errors import InputError
from megaregion.plan.border_agreements import border_agreements


def test_two_areas_that_are_alike_share_alike(geography, cluster, times, border) -> None:
    place = geography(2, 1)
    place = replace(
        place, groups=np.array(["a", "b"]), time=np.array([[20.0, 90.0], [90.0, 20.0]]), income=np.full(2, 5e4),
        population=np.full(2, 1e6),
    )  # fmt: skip
    found = border_agreements(cluster(place, equilibrium={"draws": 20}), times(place), border, seed=1)
    frame = found["border_agreements"].to_frame()
    assert frame["own"].iloc[0] > 0
    np.testing.assert_allclose(frame["own"], frame["own"].iloc[0], rtol=1e-9)
    np.testing.assert_allclose(frame["payment_shapley"], 0.0, atol=1e-9 * frame["own"].iloc[0])


def test_one_area_has_nobody_to_agree_with(geography, cluster, times, border) -> None:
    place = geography(5, 2)
    place = replace(place, groups=np.array(["a"] * 5))
    assert border_agreements(cluster(place, equilibrium={"draws": 20}), times(place), border, seed=1) == {}


def test_options_are_checked_at_once(geography, cluster, times, border) -> None:
    place = geography(5, 2)
    region = cluster(place)
    region.options["agreements"] = {"factor": 1.5, "share": 2}
    with pytest.raises(InputError, match="unknown key 'share'; factor must be at least 0 and below 1"):
        border_agreements(region, times(place), border, seed=1)
