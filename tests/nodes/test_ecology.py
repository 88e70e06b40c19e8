"""The whole chain on woods drawn by hand, tiles against the whole, owners, bad input."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

rasterio = pytest.importorskip("rasterio")

from tests.nodes.landscapes import (  # noqa: E402
    CELL,
    CLASSES,
    CRS,
    FIELD,
    FOREST,
    NODATA,
    THREATS,
    X,
    Y,
    patchy,
    tables,
    three_woods,
    write,
)  # fmt: skip

from megaregion.errors import InputError, SchemaError  # noqa: E402
from megaregion.nodes.ecology import EcologyOptions, ecology, read_landscape  # noqa: E402
from megaregion.nodes.ecology_quality import habitat_quality, sources  # noqa: E402
from megaregion.units import known  # noqa: E402

OPTIONS = EcologyOptions(least_ha=5.0, dispersal_m=2000.0)


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def halves() -> gpd.GeoDataFrame:
    """West and east of column 20, and beyond it up to column 50."""
    wide = [(0, 20), (20, 50)]
    shapes = [box(X + a * CELL, Y - 40 * CELL, X + b * CELL, Y) for a, b in wide]
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(["W", "E"], name="place_id"), crs=CRS)


@pytest.fixture(scope="module")
def woods(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    folder = tmp_path_factory.mktemp("woods")
    classes, threats = tables(folder)
    land = write(folder / "land.tif", three_woods())
    return ecology(land, classes, out=folder / "out", threats=threats, units=halves(), options=OPTIONS), folder / "out"


def test_sources_and_shapes_by_hand(woods) -> None:
    found, out = woods
    source = found["sources"].to_frame()
    assert source["area_ha"].tolist() == pytest.approx([9.0, 7.2, 7.2])
    # the third wood is beyond reach of the town: its quality is that of its class; its middle is column 52.5
    third = source[np.isclose(source["x"], X + 53 * CELL)].iloc[0]
    assert third["quality"] == pytest.approx(1.0) and third["y"] == pytest.approx(Y - 18 * CELL)
    shape = found["shapes"].to_frame().set_index("shape")["area_ha"] / 0.09
    assert shape["core"] == pytest.approx(100 + 80 + 80 + 4 * 8) and shape["islet"] == 0.0  # the lake is habitat too
    assert shape.sum() == pytest.approx(144 + 120 + 120 + 60)
    assert set(np.unique(read(out / "sources.tif"))) == {0, 1, 2, 3}


def test_quality_by_hand(woods) -> None:
    """Beside the town D = .8 (1 - 30 / 300) for forest; fields .5; k is half of the largest D anywhere."""
    found, out = woods
    d, q = read(out / "degradation.tif"), read(out / "quality.tif")
    land = three_woods()
    assert d[15, 26] == pytest.approx(0.8 * (1 - 5 / 10), rel=1e-6)  # column 21 is town: five cells of 30 m
    assert d[5, 17] == pytest.approx(0.5 * 0.9, rel=1e-6)
    k = found["quality"].parameters()["k"]
    assert k == pytest.approx(d[land != NODATA].max() / 2, rel=1e-7) and k == pytest.approx(0.225, rel=1e-6)
    assert q[15, 26] == pytest.approx(1 - 0.4**2.5 / (0.4**2.5 + k**2.5), rel=1e-6)
    assert (q[land == NODATA] == -1).all() and (q[land != NODATA] >= 0).all()
    table = found["quality"].to_frame().set_index("name")
    assert table.loc["forest", "quality"] == pytest.approx(q[land == FOREST].mean(), rel=1e-5)
    assert table["area_ha"].sum() == pytest.approx((40 * 60 - 6) * 0.09)


def test_corridors_by_hand(woods) -> None:
    """Contrast 10: forest 1, field 10 ** (ln 20 / ln 500). Woods 2 and 3 are 12 columns of field apart."""
    found, _ = woods
    table = found["corridors"].to_frame()
    assert sorted(table["contrast"].unique()) == [10.0, 100.0, 1000.0] and len(table) == 9
    by_x = found["sources"].to_frame().sort_values("x")["source"].tolist()
    a, b = sorted(by_x[1:])
    row = table[(table["contrast"] == 10) & (table["source_a"] == a) & (table["source_b"] == b)].iloc[0]
    field = 10 ** (np.log(20) / np.log(500))
    # from core to core: edge of wood (1) | 12 of field | edge (1): 1 + (1 + f) / 2 + 11 f + (1 + f) / 2 + 1
    assert row["cost_km"] == pytest.approx((3 + 12 * field) * CELL / 1000, rel=1e-9)
    assert row["length_km"] == pytest.approx(15 * CELL / 1000) and row["direct"]
    ends = table[(table["source_a"] == min(by_x[0], by_x[2])) & (table["source_b"] == max(by_x[0], by_x[2]))]
    assert not ends["direct"].any() and ends["rank"].isna().all()  # through the wood between
    overlap = found["overlap"].to_frame()
    assert len(overlap) == 3
    for name in ("jaccard", "in_all", "path_jaccard"):
        assert overlap[name].between(0, 1).all()


def test_current_and_barriers(woods) -> None:
    """The gap of four rows between the parts of the town is where the current has to pass."""
    found, out = woods
    current = found["current"].to_frame()
    assert len(current) == 2 and (current["redundancy"] >= 1).all()
    by_x = found["sources"].to_frame().sort_values("x")["source"].tolist()
    first = current[(current["source_a"] == min(by_x[:2])) & (current["source_b"] == max(by_x[:2]))].iloc[0]
    assert X + 17 * CELL < first["pinch_x"] < X + 23 * CELL and Y - 20 * CELL < first["pinch_y"] < Y - 16 * CELL
    flow = read(out / "current.tif")
    assert flow[16:20, 20].min() > np.delete(flow[:, 20], range(16, 20)).max()  # no other row bears as much
    assert (flow[30:36, 40:50] == -1).all()  # the lake is closed
    barrier = found["barriers"].to_frame()
    assert len(barrier) == 6 and (barrier["drop_percent"] > 0).all() and set(barrier["unit"]) <= {"W", "E", ""}


def test_importance_and_owners(woods) -> None:
    found, _ = woods
    worth = found["importance"].to_frame()
    parts = worth[["intra_percent", "flux_percent", "connector_percent"]].sum(axis=1)
    np.testing.assert_allclose(parts, worth["dpc_percent"], rtol=1e-9)
    facts = found["importance"].facts()
    assert 0 < facts["iic"] < 1 and 0 < facts["pc"] < 1
    owner = found["owners"].to_frame()
    np.testing.assert_allclose(owner.groupby(["source_a", "source_b"])["length_share"].sum(), 1.0)
    np.testing.assert_allclose(owner.groupby(["source_a", "source_b"])["area_share"].sum(), 1.0)
    by_x = found["sources"].to_frame().sort_values("x")["source"].tolist()
    west = owner[(owner["source_a"] == min(by_x[:2])) & (owner["source_b"] == max(by_x[:2]))].set_index("unit")
    # columns 12 to 27, steps between middles at 12.5 .. 27.5, so steps at 13 .. 20 | 21 .. 27, the border at 20
    assert set(west.index) == {"W", "E"} and (west["units"] == 2).all()
    assert west.loc["W", "length_km"] == pytest.approx(8 * CELL / 1000) and west["length_km"].sum() == pytest.approx(
        0.45
    )
    assert found["owners"].facts() == {"corridors": 2, "shared": 1}


def test_every_table_has_its_columns_in_both_languages(woods) -> None:
    found, _ = woods
    for result in found.values():
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
        assert all(known(c.unit) and c.en and c.zh for c in result.describe()) and result.title_zh
        assert all(c.formula for c in result.describe() if c.modelled)
        assert result.summary()


@pytest.mark.parametrize("seed", [1, 2])
def test_tiles_give_the_same_raster_as_the_whole(tmp_path: Path, seed: int) -> None:
    classes, threats = tables(tmp_path)
    path = write(tmp_path / "land.tif", patchy(seed, (70, 90)))
    land = read_landscape(path, classes, threats)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = habitat_quality(land, tmp_path / "a", size=1000)
    tiled = habitat_quality(land, tmp_path / "b", size=17)
    assert whole.k == tiled.k
    for name in ("degradation.tif", "quality.tif"):
        np.testing.assert_array_equal(read(tmp_path / "a" / name), read(tmp_path / "b" / name))


def test_blocks_keep_sources_and_say_so(tmp_path: Path) -> None:
    classes, threats = tables(tmp_path)
    path = write(tmp_path / "land.tif", np.kron(three_woods(), np.ones((3, 3), np.uint8)), cell=CELL / 3)
    options = EcologyOptions(least_ha=5.0, most_cells=2400)
    found = ecology(path, classes, out=tmp_path / "out", threats=threats, options=options)
    assert len(found["sources"].to_frame()) == 3 and "owners" not in found
    assert any("blocks of 3 x 3" in text for text in found["corridors"].warnings)
    assert read(tmp_path / "out" / "current.tif").shape == (40, 60)
    assert (found["corridors"].to_frame()["cost_km"] > 0).all()


def test_threats_from_a_raster(tmp_path: Path) -> None:
    """The town as a raster of its own gives the same degradation as its class."""
    land = three_woods()
    classes, threats = tables(tmp_path)
    path = write(tmp_path / "land.tif", land)
    town = (land == 3).astype(np.uint8)
    town[38:, 30:] = 255  # not known is not a threat
    write(tmp_path / "town.tif", town, nodata=255)
    (tmp_path / "raster.csv").write_text("threat,weight,reach_m,decay,raster\ntown,1,300,linear,town.tif\n")
    for name, table in (("a", threats), ("b", tmp_path / "raster.csv")):
        (tmp_path / name).mkdir()
        habitat_quality(read_landscape(path, classes, table), tmp_path / name)
    np.testing.assert_array_equal(read(tmp_path / "a" / "quality.tif"), read(tmp_path / "b" / "quality.tif"))


def test_without_threats_quality_is_the_value_of_the_class(tmp_path: Path) -> None:
    classes, _ = tables(tmp_path)
    path = write(tmp_path / "land.tif", three_woods())
    found = habitat_quality(read_landscape(path, classes), tmp_path)
    table = found.to_frame()
    np.testing.assert_allclose(table["quality"], table["habitat"], rtol=1e-12)
    assert any("no threats" in text for text in found.warnings)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    from megaregion.nodes.ecology_rasters import read_grid, writing

    path = write(tmp_path / "land.tif", three_woods())
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="stop"), writing(path, read_grid(path), dtype="uint8", nodata=0):
        raise RuntimeError("stop")
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["land.tif"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"crs": "EPSG:4326", "cell": 0.001, "x": 118.0}, "geographic"),
        ({"crs": None}, "no coordinate reference system"),
    ],
)
def test_systems_that_cannot_be_used(tmp_path: Path, change: dict, said: str) -> None:
    classes, threats = tables(tmp_path)
    path = write(tmp_path / "land.tif", three_woods(), **change)
    with pytest.raises(InputError, match=said):
        ecology(path, classes, out=tmp_path / "out", threats=threats)


def test_different_grids_are_named_all_at_once(tmp_path: Path) -> None:
    classes, _ = tables(tmp_path, CLASSES.replace("sensitivity_town", "sensitivity_town,sensitivity_road")
                        .replace("0.8\n", "0.8,1\n").replace("0.5\n", "0.5,1\n").replace(",0\n", ",0,1\n")
                        .replace("0.2\n", "0.2,1\n"))  # fmt: skip
    write(tmp_path / "a.tif", np.ones((40, 59), np.uint8))
    write(tmp_path / "b.tif", np.ones((40, 60), np.uint8), crs="EPSG:32651", x=X + 10)
    (tmp_path / "t.csv").write_text(
        "threat,weight,reach_m,decay,raster\ntown,1,300,linear,a.tif\nroad,1,300,linear,b.tif\n"
    )
    path = write(tmp_path / "land.tif", three_woods())
    with pytest.raises(InputError, match=r"(?s)shape \(40, 59\).*road.*transform.*32651.*gdalwarp"):
        ecology(path, classes, out=tmp_path / "out", threats=tmp_path / "t.csv")


def test_rasters_that_cannot_be_used(tmp_path: Path) -> None:
    classes, threats = tables(tmp_path)
    out = tmp_path / "out"
    land = three_woods()
    strange = land.copy()
    strange[0, 30:33] = 77
    cases = [
        (strange, r"classes that the table lacks: \[77\] \(3 cells\)"),
        (np.full_like(land, NODATA), "no cell is known"),
        (np.where(land == FOREST, FIELD, land).astype(np.uint8), "two sources"),
        (np.where(np.arange(60) < 30, land, FIELD).astype(np.uint8)[:, :24], "two sources"),
    ]
    for k, (values, said) in enumerate(cases):
        path = write(tmp_path / f"{k}.tif", values)
        with pytest.raises(InputError, match=said):
            ecology(path, classes, out=out, threats=threats, options=OPTIONS)
    (tmp_path / "no.tif").write_text("nothing")
    with pytest.raises(InputError, match="cannot be read as a raster"):
        ecology(tmp_path / "no.tif", classes, out=out)


def test_sources_behind_a_wall(tmp_path: Path) -> None:
    """One wood cut off: said, and the rest goes on; all cut off: an error."""
    classes, threats = tables(tmp_path)
    land = three_woods()
    land[:, 42:44] = NODATA
    found = ecology(write(tmp_path / "one.tif", land), classes, out=tmp_path / "o", threats=threats, options=OPTIONS)
    assert found["corridors"].facts()["unreachable"] == 2
    assert any("not joined by open land" in text for text in found["corridors"].warnings)
    assert len(found["current"].to_frame()) == 1
    land[:, 15:17] = NODATA
    with pytest.raises(InputError, match="no two sources"):
        ecology(write(tmp_path / "all.tif", land), classes, out=tmp_path / "o", threats=threats, options=OPTIONS)


@pytest.mark.parametrize(
    ("classes", "threats", "error", "said"),
    [
        (CLASSES.replace("field,0.3,20", "field,1.3,-20"), THREATS, InputError, r"habitat.*1\.3.*resistance.*-20"),
        (CLASSES.replace("2,field", "1,field"), THREATS, SchemaError, "each once"),
        (CLASSES.replace("resistance", "cost"), THREATS, SchemaError, "lacks the columns resistance"),
        (CLASSES.replace("sensitivity_town", "sens"), THREATS, SchemaError, "sensitivity_town"),
        (CLASSES, THREATS.replace("linear", "square").replace(",1,300", ",-1,0"), InputError, "weight.*decay"),
        (CLASSES, THREATS.replace("linear,3", "linear,9"), InputError, r"threat town.*\[9\]"),
        (CLASSES, THREATS.replace("linear,3", "linear,three"), InputError, "whole numbers"),
        (CLASSES, THREATS.replace(",1,300", ",0,300"), InputError, "all weights"),
        (CLASSES, THREATS + "town,1,30,linear,3\n", InputError, "named twice"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, classes: str, threats: str, error: type, said: str) -> None:
    table, danger = tables(tmp_path, classes, threats)
    path = write(tmp_path / "land.tif", three_woods())
    with pytest.raises(error, match=said):
        ecology(path, table, out=tmp_path / "out", threats=danger, options=OPTIONS)


def test_options_that_cannot_be_used(tmp_path: Path) -> None:
    classes, threats = tables(tmp_path)
    path = write(tmp_path / "land.tif", three_woods())
    for contrasts in ((10.0, 100.0), (10.0, 10.0, 100.0), (0.5, 10.0, 100.0)):
        with pytest.raises(InputError, match="contrasts"):
            ecology(path, classes, out=tmp_path / "out", options=EcologyOptions(contrasts=contrasts))
    with pytest.raises(InputError, match=r"least_ha.*slack.*pinch_share"):
        EcologyOptions(least_ha=0, slack=-1, pinch_share=2)
    with pytest.raises(InputError, match="k must be above zero"):
        ecology(path, classes, out=tmp_path / "out", threats=threats, options=EcologyOptions(k=0.0))
    far = halves().set_geometry(halves().translate(1e6))
    with pytest.raises(InputError, match="none of the units"):
        ecology(path, classes, out=tmp_path / "out", units=far)
    with pytest.raises(InputError, match="no coordinate reference system"):
        ecology(path, classes, out=tmp_path / "out", units=halves().set_crs(None, allow_override=True))


def test_fewer_sources_than_there_are(tmp_path: Path) -> None:
    classes, threats = tables(tmp_path)
    land = read_landscape(write(tmp_path / "land.tif", three_woods()), classes, threats)
    habitat_quality(land, tmp_path)
    _, found, patch = sources(land, tmp_path, least_habitat=0.5, width=1, least_ha=5.0, most=2)
    assert len(found.to_frame()) == 2 == patch.max() and any("1 further cores" in t for t in found.warnings)


def test_without_rasterio_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from megaregion.errors import MissingExtraError

    classes, _ = tables(tmp_path)
    path = write(tmp_path / "land.tif", three_woods())
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingExtraError, match=r"megaregion\[raster\]"):
        ecology(path, classes, out=tmp_path / "out")
