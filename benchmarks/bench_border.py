"""Border effects on 401 places in 16 groups (160,400 pairs, most of them zero), three distances; budget 25 s.

Run: python benchmarks/bench_border.py
"""

import os
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.sphere import matrix_km
from megaregion.links.soft.barriers import BorderOptions, border_effect, dyads
from megaregion.links.soft.pricing import border


def world(n: int = 401, groups: int = 16, seed: int = 1):
    """Simulated commuting: steep in distance, a planted border of 0.8, nothing below 10 reported."""
    rng = np.random.default_rng(seed)
    ids = [f"{i:05d}" for i in range(n)]
    lon, lat = rng.uniform(6, 15, n), rng.uniform(47, 55, n)
    centre = rng.integers(0, n, groups)
    group = np.argmin(np.hypot(lon[:, None] - lon[centre], lat[:, None] - lat[centre]), axis=1)
    km = matrix_km(lon, lat) + 1.0
    same = group[:, None] == group
    pull = rng.normal(0, 0.8, n)
    mean = np.exp(17 + rng.normal(0, 0.8, n)[:, None] + pull - 2.8 * np.log(km) + 0.8 * same)
    flow = rng.poisson(mean).astype(float)
    flow[flow < 10] = 0.0
    places = pd.DataFrame({"group": [f"{g:02d}" for g in group], "lon": lon, "lat": lat}, index=ids)
    return pd.DataFrame(flow, ids, ids), pd.DataFrame(km, ids, ids), places


def germany(folder: Path):
    """Commuting between the 401 counties, from the publisher's files."""
    import geopandas as gpd

    flow = pd.read_csv(folder / "commuting_wide.csv", dtype={0: str}, index_col=0).T.astype(float)
    metres = pd.read_csv(folder / "distance_matrix.csv", dtype={0: str}, index_col=0).to_numpy(float)
    shapes = gpd.read_file(folder / "Ebene_Kreise.geojson").to_crs("EPSG:25832")
    points = gpd.GeoSeries(shapes.geometry.representative_point(), crs=shapes.crs).to_crs("EPSG:4326")
    where = pd.DataFrame({"lon": points.x.to_numpy(), "lat": points.y.to_numpy()}, index=shapes["ARS"].astype(str))
    ids = list(flow.columns)
    places = where[~where.index.duplicated()].reindex(ids).assign(group=[i[:2] for i in ids])
    return flow.set_axis(ids), pd.DataFrame(metres / 1000, ids, ids), places


def main() -> None:
    folder = Path(os.environ.get("MEGAREGION_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    real = (folder / "germany" / "commuting_wide.csv").exists()
    print("commuting in Germany" if real else "simulated flows (set MEGAREGION_DATA for the real ones)")
    flow, km, places = germany(folder / "germany") if real else world()
    start = time.perf_counter()
    import pyfixest

    pyfixest.fepois  # noqa: B018  # loads what is behind the name
    print(f"import of pyfixest      {time.perf_counter() - start:6.1f} s")
    start = time.perf_counter()
    one = border_effect(dyads(flow, km, places["group"]))
    print(
        f"one regression          {time.perf_counter() - start:6.1f} s   {one.n} pairs, {one.coef:.3f} ({one.se:.3f})"
    )
    start = time.perf_counter()
    distances = {"great_circle": km, "rail": km * 1.1 + 60, "fastest": km * 0.9 + 20}
    table = border({"commuting": flow}, distances, places, options=BorderOptions()).to_frame()
    print(f"everything              {time.perf_counter() - start:6.1f} s   {len(table)} coefficients")
    print(f"peak memory             {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:6.2f} GB")


if __name__ == "__main__":
    main()
