"""Areas of the storms, and what was closed, from the tables beside: areas.geojson, named_stations.csv.

Rules, declared: `wind_area` turns radii of the best track into areas (its notes say how). A line of a notice is the
fastest way of the example's links through the stations of the column `way`, which we named (only its ends stand in the
notice; 330200-* are all stations of a city). Closed are all links between two stations of a way. They are written as
discs of 50 m at the middle of the straight link, so that nothing else is touched.
"""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from megaregion.data.cluster import Cluster
from megaregion.data.init import example_folder
from megaregion.data.sources.best_track import best_track, wind_area
from megaregion.data.workspace import Workspace

HERE = Path(__file__).parent
DISC_DEGREES = 0.0005


def stations(way: str, links: pd.DataFrame, stops: pd.Index) -> list[str]:
    """Stations of a way, in order."""
    if "*" in way:
        heads = tuple(part.removesuffix("*") for part in way.split(";"))
        return [stop for stop in stops if stop.startswith(heads)]
    at = [stops.get_indexer(links[end]) for end in ("from_node", "to_node")]
    graph = csr_array((links["time_min"].to_numpy(float), (at[0], at[1])), shape=(len(stops), len(stops)))
    named = stops.get_indexer(way.split(";"))
    _, before = dijkstra(graph, directed=False, indices=named, return_predecessors=True)
    out = [int(named[0])]
    for k, end in enumerate(named[1:]):
        back = [int(end)]
        while (step := int(before[k][back[-1]])) != named[k]:
            back.append(step)
        out += back[::-1]
    return [str(stops[k]) for k in out]


def closed(cluster: Cluster, notice: pd.DataFrame) -> tuple[set[str], set[str]]:
    """Stations on the lines of a notice, and links that were closed."""
    stops = cluster.nodes.index[cluster.nodes["mode"] == "rail"]
    links = cluster.links[cluster.links["mode"] == "rail"]
    on, gone = set(), set()
    for way, left_out in notice.dropna(subset=["way"])[["way", "left_out"]].itertuples(index=False):
        there = stations(way, links, stops)
        gone |= set(links.index[links["from_node"].isin(there) & links["to_node"].isin(there)])
        on |= set(there) - {left_out}
    return on, gone


def areas(cluster: Cluster) -> gpd.GeoDataFrame:
    """Every storm: winds of 30 and of 50 knots in its window, and what its notice closed."""
    storms = pd.read_csv(HERE / "storms.csv", dtype=str).set_index("storm")
    notices, tracks = pd.read_csv(HERE / "suspensions.csv", dtype=str), best_track(HERE / "best_track.txt")
    at = cluster.nodes[["lon", "lat"]]
    rows = {}
    for storm, row in storms.iterrows():
        track, title = tracks[tracks["storm"] == storm], f"{row['name']} {row['since'][:4]}"
        for knots in (30, 50):
            area = wind_area(track, knots=knots, since=row["since"], until=row["until"])
            rows[f"{title}, {knots} kt"] = shapely.simplify(area, 2 * DISC_DEGREES)
        gone = cluster.links.loc[sorted(closed(cluster, notices[notices["storm"] == storm])[1])]
        if len(gone):
            middle = (at.loc[gone["from_node"]].to_numpy() + at.loc[gone["to_node"]].to_numpy()) / 2
            discs = shapely.buffer(shapely.points(middle), DISC_DEGREES, quad_segs=1)
            rows[f"{title}, closed"] = shapely.multipolygons(discs)
    names = pd.Index(list(rows), name="name")
    shapes = shapely.set_precision(list(rows.values()), 0.00001)
    return gpd.GeoDataFrame(geometry=shapes, index=names, crs="EPSG:4326")


def named_stations(cluster: Cluster) -> pd.DataFrame:
    """Stations on the lines of each notice."""
    notices = pd.read_csv(HERE / "suspensions.csv", dtype=str)
    rows = [(storm, stop) for storm, part in notices.groupby("storm") for stop in sorted(closed(cluster, part)[0])]
    return pd.DataFrame(rows, columns=["storm", "node_id"])


if __name__ == "__main__":
    given = Workspace(example_folder("yangtze-delta")).cluster()
    named_stations(given).to_csv(HERE / "named_stations.csv", index=False)
    found = areas(given)
    found.reset_index().to_file(HERE / "areas.geojson", driver="GeoJSON", COORDINATE_PRECISION=5)
