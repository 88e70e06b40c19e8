"""Ecology on rasters beside peers in one run: least cost (scikit-image), circuits (scipy spsolve), a large raster.

Results are compared, not only times. Run: python benchmarks/bench_ecology.py [side of the large raster, default 2000]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.sparse.linalg import spsolve

from megaregion.core.circuit import grid_circuit
from megaregion.core.least_cost import cost_distance


def timed(call):  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    out = call()
    return out, time.perf_counter() - start


def least_cost() -> None:
    from skimage.graph import MCP_Geometric

    resistance = np.exp(np.random.default_rng(1).normal(0, 1.5, (1000, 1000)))
    start = np.zeros(resistance.shape, bool)
    start[500, 500] = True
    cost_distance(resistance[:9, :9], np.eye(9, dtype=bool))  # compile
    ours, mine = timed(lambda: cost_distance(resistance, start).cost)
    theirs, peer = timed(lambda: MCP_Geometric(resistance).find_costs([(500, 500)])[0])
    print(f"least cost, 1000 x 1000: {mine:.2f} s, scikit-image {peer:.2f} s; largest relative difference "
          f"{np.nanmax(np.abs(ours - theirs) / np.maximum(theirs, 1e-9)):.1e}")  # fmt: skip


def circuits() -> None:
    resistance = np.exp(np.random.default_rng(1).normal(0, 1.5, (300, 300)))
    n = resistance.size
    pairs = [(0, n - 1), (n // 2, n - 300), (299, n - 300), (5, n - 5), (450, n // 3)]
    circuit = grid_circuit(resistance, solver="direct")
    ours, mine = timed(lambda: [circuit.effective_resistance(*pair) for pair in pairs])
    other = grid_circuit(resistance, solver="multigrid")
    grid, multi = timed(lambda: [other.effective_resistance(*pair) for pair in pairs])
    keep, matrix = circuit._grounded

    def one(pair: tuple[int, int]) -> float:
        rhs = np.zeros(n)
        rhs[pair[0]], rhs[pair[1]] = 1.0, -1.0
        v = np.zeros(n)
        v[keep] = spsolve(matrix, rhs[keep])
        return float(v[pair[0]] - v[pair[1]])

    theirs, peer = timed(lambda: [one(pair) for pair in pairs])
    print(f"circuit, 300 x 300, five pairs: factorised once {mine:.1f} s, multigrid {multi:.1f} s, spsolve a pair "
          f"{peer:.1f} s; largest relative differences {np.max(np.abs(np.subtract(ours, theirs)) / theirs):.1e}, "
          f"{np.max(np.abs(np.subtract(grid, theirs)) / theirs):.1e}")  # fmt: skip


def large(side: int) -> None:
    import rasterio

    from megaregion.nodes.ecology import EcologyOptions, ecology

    rng = np.random.default_rng(1)
    coarse = rng.choice([1, 2, 3], (side // 50 + 1, side // 50 + 1), p=[0.35, 0.58, 0.07]).astype(np.uint8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with rasterio.open(
            folder / "land.tif", "w", driver="GTiff", height=side, width=side, count=1, dtype="uint8", nodata=0,
            crs="EPSG:32650", transform=rasterio.Affine(30, 0, 0, 0, -30, 0), tiled=True, compress="deflate",
        ) as target:  # fmt: skip
            for top in range(0, side, 500):
                rows = np.arange(top, min(top + 500, side))
                part = coarse[rows // 50][:, np.arange(side) // 50]
                part[rng.random(part.shape) < 0.01] = 2
                target.write(part, 1, window=rasterio.windows.Window(0, top, side, rows.size))
        (folder / "classes.csv").write_text(
            "code,name,habitat,resistance,sensitivity_town\n1,forest,1,1,.8\n2,field,.3,20,.5\n3,town,0,500,0\n"
        )
        (folder / "threats.csv").write_text("threat,weight,reach_m,decay,codes\ntown,1,3000,exponential,3\n")
        options = EcologyOptions(least_ha=100.0)
        _, seconds = timed(
            lambda: ecology(folder / "land.tif", folder / "classes.csv", threats=folder / "threats.csv",
                            out=folder / "out", options=options)
        )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"whole chain, {side} x {side} cells, threat of 3 km: {seconds:.0f} s, peak of the process {peak:.2f} GB")


def main() -> None:
    large(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    least_cost()
    circuits()


if __name__ == "__main__":
    main()
