"""Sites on a raster: gains against connectivity worked out anew with the site as a patch, choice by enumeration."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("rasterio")

from tests.nodes.landscapes import CELL, CRS, X, Y, tables, three_woods, write

from megaregion.core.habitat_graph import decay_rate, path_probability
from megaregion.core.least_cost import corridors
from megaregion.errors import InputError, SchemaError
from megaregion.nodes.ecology import EcologyOptions, ecology, read_landscape
from megaregion.nodes.ecology_corridors import network, surface
from megaregion.nodes.ecology_quality import habitat_quality, sources
from megaregion.nodes.restoration_sites import SitesToRestore, read_sites_to_restore, restoration_of_network

CELLS = {"between": (18, 20), "south": (30, 30), "east": (18, 42), "corner": (38, 3)}  # row, column
CONTRAST, DISPERSAL = 100.0, 2000.0


def candidates(**change: object) -> pd.DataFrame:
    rows, cols = np.array(list(CELLS.values())).T
    frame = pd.DataFrame({"x": X + (cols + 0.5) * CELL, "y": Y - (rows + 0.5) * CELL, "area_ha": [3.0, 2.0, 4.0, 1.0]})
    frame = frame.assign(quality=0.5, cost=[5.0, 3.0, 4.0, 2.0]).set_index(pd.Index(list(CELLS), name="site"))
    return frame.assign(**change)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("sites")
    classes, threats = tables(folder)
    land = read_landscape(write(folder / "land.tif", three_woods()), classes, threats)
    habitat_quality(land, folder)
    _, found, patch = sources(land, folder, least_habitat=0.5, width=1, least_ha=5.0, most=12)
    ground = surface(land, patch, (10.0, CONTRAST, 1000.0), most_cells=250_000)
    area = (found.table["area_ha"] * found.table["quality"]).to_numpy(float)
    return folder, ground, network(ground, slack=0.05)[CONTRAST], area


def connectivity(ground, area, names: tuple[str, ...]) -> float:
    """PC's numerator with these sites as patches of the raster: corridors are searched anew."""
    patch = ground.patch.copy()
    for number, name in enumerate(names, start=1):
        patch[CELLS[name]] = area.size + number
    n = area.size + len(names)
    cost = np.zeros((n, n))
    for pair in corridors(ground.resistance[CONTRAST], patch, cell=CELL, slack=0.05):
        cost[pair.a - 1, pair.b - 1] = cost[pair.b - 1, pair.a - 1] = pair.cost
    table = candidates().loc[list(names)]
    whole = np.concatenate([area, (table["area_ha"] * table["quality"]).to_numpy(float)])
    return float(whole @ path_probability(cost, decay_rate(DISPERSAL)) @ whole)


def restored(drawn, table: pd.DataFrame, budget: float):
    _, ground, pairs, area = drawn
    return restoration_of_network(
        ground, pairs, area, SitesToRestore(table, budget), contrast=CONTRAST, dispersal_m=DISPERSAL
    )


def test_gains_are_those_of_a_network_with_the_site(drawn) -> None:
    _, ground, _, area = drawn
    base = connectivity(ground, area, ())
    table = restored(drawn, candidates(), 0.0).to_frame().set_index("site")
    for name in CELLS:
        want = 100 * (connectivity(ground, area, (name,)) / base - 1)
        assert table.loc[name, "alone"] == pytest.approx(want, rel=1e-9)
    assert not table["chosen"].any()


def test_pairs_and_choice_by_enumeration(drawn) -> None:
    """For two sites the gain is exact; the best pair under the budget is found by trying all."""
    _, ground, _, area = drawn
    base, cost = connectivity(ground, area, ()), candidates()["cost"]
    gain = {pair: 100 * (connectivity(ground, area, pair) / base - 1) for pair in combinations(CELLS, 2)}
    pair = max((p for p in gain if cost[list(p)].sum() <= 7.0), key=lambda p: gain[p])
    found = restored(drawn, candidates(), 7.0)  # no three sites cost 7 or less
    chosen = found.to_frame().query("chosen")["site"]
    assert set(chosen) == set(pair)
    assert found.facts()["gain"] == pytest.approx(gain[pair], rel=1e-9)
    assert "percent" in found.warnings[0]


def test_degrees_are_the_same_places(drawn) -> None:
    from pyproj import Transformer

    table = candidates()
    lon, lat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(table["x"], table["y"])
    other = table.drop(columns=["x", "y"]).assign(lon=lon, lat=lat)
    pd.testing.assert_frame_equal(restored(drawn, other, 7.0).to_frame(), restored(drawn, table, 7.0).to_frame())


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"x": X - 100.0}, "beyond the raster"),
        ({"x": np.nan}, "beyond the raster"),
        ({"x": X + 45.5 * CELL, "y": Y - 32.5 * CELL}, "closed land"),
        ({"x": X + 8.5 * CELL, "y": Y - 18.5 * CELL}, "in a source already"),
        ({"x": X + 20.5 * CELL, "y": Y - 18.5 * CELL}, "share a block"),
        ({"cost": np.nan}, "is missing"),
        ({"area_ha": -1.0}, "below zero"),
    ],
)
def test_bad_sites(drawn, change: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=f"sites to restore: .*{text}"):
        restored(drawn, candidates(**change), 5.0)
    with pytest.raises(InputError, match="come twice"):
        restored(drawn, pd.concat([candidates(), candidates()]), 5.0)


def test_from_a_file_with_the_network(drawn, tmp_path: Path) -> None:
    folder = drawn[0]
    candidates().drop(columns="quality").to_csv(tmp_path / "sites.csv")
    wanted = read_sites_to_restore(tmp_path / "sites.csv", 7.0)
    assert (wanted.table["quality"] == 1.0).all()
    options = EcologyOptions(least_ha=5.0, dispersal_m=DISPERSAL)
    found = ecology(folder / "land.tif", folder / "classes.csv", threats=folder / "threats.csv", out=tmp_path,
                    options=options, restore=wanted)["restoration"]  # fmt: skip
    want = restored(drawn, wanted.table, 7.0)
    pd.testing.assert_frame_equal(found.to_frame(), want.to_frame())
    (tmp_path / "sites.csv").write_text("site,cost\na,1\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="lacks the columns area_ha, x, y"):
        read_sites_to_restore(tmp_path / "sites.csv", 7.0)
