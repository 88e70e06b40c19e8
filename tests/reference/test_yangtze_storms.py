"""Typhoons of docs/howto/yangtze_storms: the tracks against landfalls that Chinese authorities published.

Tracks are those of the Japan Meteorological Agency, the landfalls those of the China Meteorological Administration as
the press gave them (storms.csv): two analyses of their own. Named: Wenling (Lekima; no hour in the text), Pinghu on 26
July 2021, 9:50 (In-Fa), Putuo on 14 September 2022, 20:30 (Muifa), Lingang in Pudong on 16 September 2024, 7:30
(Bebinca). Positions are stated to a tenth of a degree, six hours apart: 25 km are allowed.
"""

from pathlib import Path
from runpy import run_path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.data.init import example_folder
from megaregion.data.sources.best_track import best_track
from megaregion.data.workspace import Workspace

HERE = Path(__file__).parents[2] / "docs" / "howto" / "yangtze_storms"
UTM = "EPSG:32651"


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace(example_folder("yangtze-delta"))


def test_tracks_come_ashore_where_and_when_it_was_published(workspace: Workspace) -> None:
    storms = pd.read_csv(HERE / "storms.csv", dtype=str).set_index("storm")
    tracks, counties = best_track(HERE / "best_track.txt"), workspace.geometry().to_crs(UTM)
    assert storms.loc[["2106", "2212", "2413"], "landfall_time"].tolist() == [
        "2021-07-26T09:50+08:00", "2022-09-14T20:30+08:00", "2024-09-16T07:30+08:00"]  # fmt: skip
    for storm, row in storms.iterrows():
        track = tracks[tracks["storm"] == storm]
        at = track[["lon", "lat"]].to_numpy(float)
        shape = shapely.linestrings(at)
        if isinstance(row["landfall_time"], str):
            hours = (track["time"] - pd.Timestamp(row["landfall_time"])).dt.total_seconds().to_numpy(float)
            shape = shapely.points([np.interp(0.0, hours, at[:, 0]), np.interp(0.0, hours, at[:, 1])])
        there = gpd.GeoSeries([shape], crs="EPSG:4326").to_crs(UTM).iloc[0]
        assert counties.geometry[row["landfall_place"]].distance(there) < 25_000.0, row["name"]


def test_what_is_shipped_is_what_the_script_derives(workspace: Workspace) -> None:
    derive, cluster = run_path(str(HERE / "derive.py")), workspace.cluster()
    shipped, made = gpd.read_file(HERE / "areas.geojson").set_index("name"), derive["areas"](cluster)
    assert list(shipped.index) == list(made.index)
    differ = shapely.area(shapely.symmetric_difference(shipped.geometry.to_numpy(), made.geometry.to_numpy()))
    assert (differ <= 1e-3 * shapely.area(made.geometry.to_numpy())).all()
    named = pd.read_csv(HERE / "named_stations.csv", dtype=str)
    pd.testing.assert_frame_equal(named, derive["named_stations"](cluster), check_dtype=False)


def test_discs_touch_the_closed_links_and_nothing_else(workspace: Workspace) -> None:
    derive, cluster = run_path(str(HERE / "derive.py")), workspace.cluster()
    notices = pd.read_csv(HERE / "suspensions.csv", dtype=str)
    shipped, links = gpd.read_file(HERE / "areas.geojson").set_index("name"), cluster.links
    at = cluster.nodes[["lon", "lat"]]
    ends = [at.loc[links[end]].to_numpy(float) for end in ("from_node", "to_node")]
    lines = shapely.linestrings(np.stack(ends, axis=1))
    for storm, title in (("1909", "Lekima 2019"), ("2106", "In-Fa 2021"), ("2212", "Muifa 2022")):
        gone = derive["closed"](cluster, notices[notices["storm"] == storm])[1]
        touched = links.index[shapely.intersects(shipped.geometry[f"{title}, closed"], lines)]
        assert gone <= set(touched) and len(set(touched) - gone) <= 1, set(touched) - gone
        points = shapely.points(at.to_numpy(float))
        assert not shapely.intersects(shipped.geometry[f"{title}, closed"], points).any()


def test_stations_that_a_notice_leaves_out() -> None:
    """In-Fa: "not Nanjing South" for the line to Beijing, but the line to Hangzhou ends there; "not Xuancheng"."""
    named = pd.read_csv(HERE / "named_stations.csv", dtype=str)
    on = set(named.loc[named["storm"] == "2106", "node_id"])
    assert "341800-xuancheng" not in on and "320600-nantong" not in on and "321100-danyang" in on
    assert {"310100-shanghaihongqiao", "330300-wenzhounan", "330800-kaihua"} <= on
    notices = pd.read_csv(HERE / "suspensions.csv", dtype=str)
    assert notices["url"].str.startswith("http").all() and set(notices["read"]) <= {"primary", "reprint", "report"}
