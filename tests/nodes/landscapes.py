"""Landscapes drawn by hand and written as GeoTIFF, for the tests of ecology."""

from pathlib import Path

import numpy as np
import rasterio

FOREST, FIELD, TOWN, WATER, NODATA = 1, 2, 3, 4, 255
CLASSES = """code,name,habitat,resistance,sensitivity_town
1,forest,1,1,0.8
2,field,0.3,20,0.5
3,town,0,500,0
4,water,0.6,inf,0.2
"""
THREATS = "threat,weight,reach_m,decay,codes\ntown,1,300,linear,3\n"
CRS = "EPSG:32650"
X, Y, CELL = 500_000.0, 3_400_000.0, 30.0


def write(path: Path, values: np.ndarray, *, crs: str | None = CRS, cell: float = CELL, nodata: float | None = NODATA,
          x: float = X) -> Path:  # fmt: skip
    """A one-band GeoTIFF."""
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=values.dtype, crs=crs,
        transform=rasterio.Affine(cell, 0, x, 0, -cell, Y), nodata=nodata,
    ) as target:  # fmt: skip
        target.write(values, 1)
    return path


def tables(folder: Path, classes: str = CLASSES, threats: str = THREATS) -> tuple[Path, Path]:
    """The two tables of the user."""
    (folder / "classes.csv").write_text(classes, encoding="utf-8")
    (folder / "threats.csv").write_text(threats, encoding="utf-8")
    return folder / "classes.csv", folder / "threats.csv"


def three_woods() -> np.ndarray:
    """Fields of 40 x 60 cells with three woods in a row, a town between the first two with a gap, a lake, a hole."""
    land = np.full((40, 60), FIELD, np.uint8)
    land[12:24, 2:14] = FOREST  # 144 cells, 100 of them core: 9 ha
    land[12:24, 26:36] = FOREST  # 80 core: 7.2 ha
    land[12:24, 48:58] = FOREST
    land[0:16, 18:22] = TOWN
    land[20:40, 18:22] = TOWN
    land[30:36, 40:50] = WATER
    land[:2, :3] = NODATA
    return land


def patchy(seed: int, shape: tuple[int, int], share: float = 0.6) -> np.ndarray:
    """Random land: for what must hold anywhere."""
    rng = np.random.default_rng(seed)
    land = rng.choice([FIELD, TOWN, WATER], shape, p=[0.9, 0.05, 0.05]).astype(np.uint8)
    blocks = rng.random((shape[0] // 6 + 1, shape[1] // 6 + 1)) < share
    land[np.kron(blocks, np.ones((6, 6), bool))[: shape[0], : shape[1]]] = FOREST
    land[rng.random(shape) < 0.02] = NODATA
    return land
