"""Poverty of the counties of Georgia in 1990 (docs/howto): the belt against a later list, statistics against formulas.

Data: census of 1990 as in libpysal (Fotheringham, Brunsdon and Charlton 2002), 159 counties. Later list: 36 counties
with critical poverty, as a report of 2009 names them, which also says where: in the southwest and from there to the
northeast. Moran's I: z W z / z z for row-standardised contiguity, computed with dense arrays from libpysal's queen
contiguity. Not reproduced: local permutation p of other packages.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from megaregion.core.spatial_permutation import moran
from megaregion.data.cluster import Cluster, values
from megaregion.data.workspace import Workspace
from megaregion.links.hard.times import times
from megaregion.mechanisms.islands import islands, touching

FOLDER = Path(__file__).parents[2] / "docs" / "howto" / "georgia_poverty"
LATER = pd.read_csv(FOLDER / "critical_counties.csv", dtype={"place_id": str}).set_index("place_id")


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Workspace(FOLDER).cluster()


@pytest.fixture(scope="module")
def borders() -> gpd.GeoSeries:
    return gpd.read_file(FOLDER / "geometry" / "places.geojson").set_index("place_id").sort_index().geometry


def test_counties_of_the_book(cluster: Cluster) -> None:
    county = cluster.select("county")
    assert len(county) == 159
    assert (county["name"].loc[LATER.index] == LATER["name"]).all()
    assert cluster.places.loc["13", "population"] == county["population"].sum()


def test_moran_and_contiguity_are_those_of_libpysal(cluster: Cluster, borders: gpd.GeoSeries) -> None:
    weights = pytest.importorskip("libpysal").weights
    queen = weights.Queen.from_dataframe(gpd.GeoDataFrame(geometry=borders), use_index=True, silence_warnings=True)
    dense, order = queen.full()
    near = touching(borders)
    mine = {borders.index[k]: {borders.index[j] for j in near.indices[near.indptr[k] : near.indptr[k + 1]]}
            for k in range(near.n)}  # fmt: skip
    assert mine == {key: set(queen.neighbors[key]) for key in order}
    poor = values(cluster, "poor_share").sort_index()
    z = (poor - poor.mean()).to_numpy()
    w = dense / dense.sum(axis=1, keepdims=True)
    seen, p = moran(poor.to_numpy(float), near, permutations=999, seed=1)
    assert seen == pytest.approx(float(z @ w @ z / (z @ z)), rel=1e-12)
    assert p == pytest.approx(0.001)


def test_the_belt_is_where_poverty_stayed(cluster: Cluster, borders: gpd.GeoSeries) -> None:
    """Two thirds of the belt of 1990 are on the later list, which holds a quarter of all counties."""
    minutes = times(cluster, origins=cluster.select("county")).time
    options = cluster.options["islands"]
    local = islands(cluster, minutes, indicator_or_role=options["indicator"], poor_is=options["poor_is"],
                    centres=options["centres"], seed=1990)["islands"].to_frame()  # fmt: skip
    assert not (local["shape"] == "island").any()
    belt = local[(local["shape"] == "belt") & (local["weights"] == "nearest-10")]
    assert belt["place_id"].isin(LATER.index).mean() > 2 / 3 > 2.5 * len(LATER) / 159
    assert (belt["value"] > values(cluster, "poor_share").mean()).all()
    core = local[local["shape"] == "belt"]["place_id"].value_counts()
    southwest = cluster.places.loc[core.index[core == 2], ["lon", "lat"]]
    assert (southwest["lon"] < -84.2).all() and (southwest["lat"] < 32.2).all()  # Georgia: -85.6 to -80.8, 30.4 to 35
    assert np.isfinite(local["integration"]).all()
