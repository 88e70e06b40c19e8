from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from megaregion.data.init import columns_in_both, from_example, from_files
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, WorkspaceError


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path]:
    """Three unit squares in UTM 32N, 10 km wide, and a spreadsheet with codes that start with zero."""
    squares = [shapely.box(5e5 + 1e4 * i, 5.5e6, 5e5 + 1e4 * (i + 1), 5.51e6) for i in range(3)]
    shapes = gpd.GeoDataFrame(
        {"code": ["01", "02", "03"], "name": ["甲", "乙", "丙"], "state": ["A", "A", "B"]},
        geometry=squares, crs="EPSG:32632",
    )  # fmt: skip
    shapes.to_file(tmp_path / "b.gpkg", layer="b", driver="GPKG")
    table = pd.DataFrame(
        {"code": ["03", "02", "01"], "人口_2020": [300, 200, 100], "GDP_2020 (million EUR (2020))": [3.0, 2.0, 1.0],
         "remark": ["x", "y", "z"]}
    )  # fmt: skip
    table.to_excel(tmp_path / "t.xlsx", index=False)
    return tmp_path / "b.gpkg", tmp_path / "t.xlsx"


def test_from_a_boundary_file_and_a_spreadsheet(tmp_path: Path, given: tuple[Path, Path]) -> None:
    assert columns_in_both(*given) == ["code"]
    made = from_files(tmp_path / "mine", *given, "code", group_column="state")
    workspace = Workspace(made)
    cluster = workspace.cluster()
    places = cluster.select("place")
    assert places["population"].to_dict() == {"01": 100.0, "02": 200.0, "03": 300.0}
    assert places["name_zh"].to_dict() == {"01": "甲", "02": "乙", "03": "丙"}
    # the squares are 100 km2 on the map plane; the plane of UTM shrinks lengths by at most 0.0004
    assert places["area_km2"].to_numpy() == pytest.approx(100.0, rel=1e-3)
    assert cluster.select("group")["population"].to_dict() == {"G-A": 300.0, "G-B": 300.0}
    units = cluster.indicators.drop_duplicates("indicator").set_index("indicator")["unit"].to_dict()
    assert units == {"population": "person", "gdp": "million EUR (2020)"}
    assert cluster.attrs["currency"] == "EUR"
    geometry = workspace.geometry()
    assert geometry is not None and sorted(geometry.index) == ["01", "02", "03"]


def test_every_mismatch_is_named(tmp_path: Path, given: tuple[Path, Path]) -> None:
    pd.DataFrame({"code": ["01", "04", "04"], "n_2020": [1, 2, 3]}).to_excel(given[1], index=False)
    with pytest.raises(InputError) as caught:
        from_files(tmp_path / "mine", *given, "code")
    for part in ("repeated codes 04", "2 codes only in the boundaries: 02, 03", "1 codes only in the table: 04"):
        assert part in str(caught.value)
    assert not (tmp_path / "mine").exists()


def test_a_year_is_needed(tmp_path: Path, given: tuple[Path, Path]) -> None:
    pd.DataFrame({"code": ["01", "02", "03"], "income": [1, 2, 3]}).to_excel(given[1], index=False)
    with pytest.raises(InputError, match="names no year"):
        from_files(tmp_path / "mine", *given, "code")
    made = from_files(tmp_path / "mine", *given, "code", year=2019)
    assert Workspace(made).cluster().indicators["unit"].tolist() == ["unstated"] * 3


def test_never_over_something(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "keep.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="not an empty folder"):
        from_example(tmp_path / "full", "yangtze-delta")
    assert (tmp_path / "full" / "keep.txt").read_text() == "mine"
    with pytest.raises(InputError, match="no example 'mars'"):
        from_example(tmp_path / "new", "mars")


def test_a_table_in_place_of_boundaries_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("place_id,value\n1,2\n", encoding="utf-8")
    path = tmp_path / "table.csv"
    with pytest.raises(InputError, match="coordinate reference system"):
        from_files(tmp_path / "w", path, path, "place_id")
