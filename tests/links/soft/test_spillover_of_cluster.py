"""Spillover from the tables of a cluster: growth by hand, the sign of a planted siphon, options and gaps."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.toy import line
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.spillover import rings
from megaregion.links.soft.spillover_of_cluster import SpilloverOptions, neighbours, spillover_of_cluster

CORES = ("c0", "c1", "c2", "c3")
YEARS = (2000, 2005, 2010, 2020)


def region(theta=-0.5, unit=1.0):
    """Four cores far apart with seven places 20 to 140 km around each, whose growth is theta times that of the core."""
    rng = np.random.default_rng(3)
    rows, level = [], {}
    for k, core in enumerate(CORES):
        rows.append((core, 100.0 + 10 * k, 30.0))
        grown = rng.uniform(0.0, 6.0, len(YEARS) - 1)
        level[core] = grown
        for j in range(7):
            name = f"{core}p{j}"
            rows.append((name, 100.0 + 10 * k, 30.0 + (j + 1) * 20 / 111.2))
            level[name] = theta * grown + 1.0
    places = pd.DataFrame(rows, columns=["place_id", "lon", "lat"]).set_index("place_id")
    places = places.assign(kind="town", parent_id=None, name=places.index, population=1e5, area_km2=100.0)
    steps = np.diff(YEARS)
    start = dict(zip(level, unit * rng.uniform(50.0, 500.0, len(level)), strict=True))
    values = {p: start[p] * np.exp(np.r_[0.0, np.cumsum(g * steps / 100)]) for p, g in level.items()}
    table = pd.DataFrame(values, index=YEARS).T.rename_axis("place_id").reset_index()
    long = table.melt("place_id", var_name="year", value_name="value").assign(
        indicator="jobs", unit="person", scope="whole", source="x", flag=""
    )
    base = line(3)
    return base.replace(places=places, indicators=long, attrs={**base.attrs, "level": "town"})


OPTIONS = SpilloverOptions(indicator="jobs", cores=CORES, edges_km=(0.0, 50.0, 100.0), draws=50)


def test_a_planted_siphon_comes_back_negative():
    """Growth is an exact line in that of the core, over periods of 5, 5 and 10 years."""
    got = spillover_of_cluster(region(), OPTIONS, seed=1)["spillover"].to_frame()
    np.testing.assert_allclose(got["theta"], -0.5, atol=1e-9)
    assert got["places"].tolist() == [8, 12, 8]  # 20 and 40; 60, 80 and 100 less a metre; the rest
    assert set(got["sign"]) == {"siphon"}


def test_growth_is_percent_a_year_and_has_no_unit():
    one, two = (spillover_of_cluster(region(0.3, unit), OPTIONS, seed=1) for unit in (1.0, 1e6))
    left, right = (f["spillover"].to_frame().select_dtypes("number") for f in (one, two))
    np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-9)
    points = ["direct", "indirect", "total"]  # their intervals are drawn, from another covariance with the constant
    left, right = (f["spillover_space"].to_frame()[points] for f in (one, two))
    np.testing.assert_allclose(left, right, rtol=1e-4)
    cluster = region(0.3)
    wide = cluster.indicators.pivot(index="place_id", columns="year", values="value")
    growth = 100 * np.log(wide).diff(axis=1).iloc[:, 1:] / np.diff(YEARS)
    small = growth.drop(index=list(CORES))
    at = cluster.places["lat"]
    north = (at[small.index] - 30.0) * 111.2
    far = pd.DataFrame({c: np.where(small.index.str.startswith(c), north, 1e4) for c in CORES}, small.index)
    want = rings(small, growth.loc[list(CORES)], far, edges=(0.0, 50.0, 99.0)).to_frame()
    np.testing.assert_allclose(one["spillover"].to_frame()["theta"], want["theta"], atol=1e-8)


def test_years_default_to_those_that_all_cores_have_and_gaps_are_said():
    cluster = region()
    table = cluster.indicators
    lost = ((table["place_id"] == "c0") & (table["year"] == 2005)) | (table["place_id"] == "c1p3")
    got = spillover_of_cluster(cluster.replace(indicators=table[~lost]), OPTIONS, seed=1)["spillover"]
    assert got.parameters()["years"] == [2000, 2010, 2020]
    assert any("1 places have no growth of jobs" in w for w in got.warnings)


def test_neighbours_by_border_or_by_points():
    places = region().places
    pairs, note = neighbours(places.loc[["c0", "c0p0", "c0p1"]], None)
    assert sorted(map(tuple, pairs.to_numpy())) == [("c0", "c0p0"), ("c0p0", "c0p1")] and "Gabriel" in note[0]
    stated = pd.DataFrame({"place_a": ["c0", "c0"], "place_b": ["c0p0", "elsewhere"], "km": 1.0})
    pairs, note = neighbours(places, stated)
    assert pairs.to_numpy().tolist() == [["c0", "c0p0"]] and note == ()


def test_options_and_tables_are_checked():
    with pytest.raises(InputError, match=r"unknown key 'ring'; indicator is missing; cores is missing; years must be"):
        SpilloverOptions.of({"ring": 1, "years": 2000})
    assert SpilloverOptions.of({"indicator": "jobs", "cores": ["c0"], "years": [2000, 2010]}).years == (2000, 2010)
    cluster = region()
    for changed, message, kind in (
        ({"cores": ("c9",)}, "no places of this level: c9", InputError),
        ({"indicator": "rain"}, "no values of 'rain'", MissingDataError),
        ({"years": (2000, 1999)}, "no values of 1999", MissingDataError),
        ({"controls": ("rain",)}, "rain of 2000 needs one value", MissingDataError),
    ):
        given = {"indicator": "jobs", "cores": CORES} | changed
        with pytest.raises(kind, match=message):
            spillover_of_cluster(cluster, SpilloverOptions(**given), seed=1)
    zero = cluster.indicators.assign(value=lambda t: t["value"].where(t["place_id"] != "c0p0", 0.0))
    with pytest.raises(InputError, match="not > 0 for c0p0"):
        spillover_of_cluster(cluster.replace(indicators=zero), OPTIONS, seed=1)
