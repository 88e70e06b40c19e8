"""The Rhine in docs/howto/rhine_between: cities and states stand on the bank on which they are known to stand.

Cathedrals and town halls, two decimals. Baden-Württemberg and Hesse lie right of the Rhine, Saarland left of it; of
Rhineland-Palatinate four counties (Altenkirchen, Neuwied, Rhein-Lahn, Westerwald) lie right. Not reproduced: the two
banks of Duisburg, Cologne and other cities on both sides.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from megaregion.links.soft.between import banks

HERE = Path(__file__).parents[2] / "docs" / "howto" / "rhine_between"
LEFT = {
    "Köln": (6.96, 50.94), "Bonn": (7.10, 50.73), "Mainz": (8.27, 50.00), "Worms": (8.36, 49.63),
    "Speyer": (8.44, 49.32), "Strasbourg": (7.75, 48.58), "Krefeld": (6.56, 51.33),
}  # fmt: skip
RIGHT = {
    "Düsseldorf": (6.78, 51.23), "Leverkusen": (6.98, 51.03), "Wiesbaden": (8.24, 50.08), "Mannheim": (8.47, 49.49),
    "Karlsruhe": (8.40, 49.01), "Freiburg": (7.85, 48.00), "Konstanz-Litzelstetten": (9.18, 47.71),
}  # fmt: skip


def rhine() -> shapely.LineString:
    return shapely.LineString(pd.read_csv(HERE / "rhine.csv")[["lon", "lat"]].to_numpy())


def test_cities() -> None:
    places = pd.DataFrame([*LEFT.values(), *RIGHT.values()], [*LEFT, *RIGHT], columns=["lon", "lat"])
    side = banks(places, rhine())
    assert set(side.index[side == 1]) == set(LEFT)


def test_states(shared_data: Path) -> None:
    shapes = gpd.read_file(shared_data / "germany" / "Ebene_Kreise.geojson")
    code = next(c for c in shapes if shapes[c].astype(str).str.fullmatch(r"\d{5}").all() and shapes[c].nunique() > 390)
    middle = shapes.dissolve(code).to_crs(25832).centroid.to_crs(4326)
    side = banks(pd.DataFrame({"lon": middle.x, "lat": middle.y}), rhine())
    left = side == side["07315"]  # Mainz
    state = left.index.str[:2]
    assert left[state == "10"].all() and not left[state.isin(["06", "08", "09", "01", "03"])].any()
    assert set(left.index[(state == "07") & ~left]) == {"07132", "07138", "07141", "07143"}
    grid = pd.read_csv(HERE / "elevation.csv", index_col="lat").rename(columns=float)
    near = grid.loc[51.4:51.0] if grid.index[0] > grid.index[-1] else grid.loc[51.0:51.4]
    assert np.nanmedian(near.loc[:, [c for c in grid if 6.3 < c < 6.9]]) < 120  # the Lower Rhine plain
