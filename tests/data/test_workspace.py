from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from megaregion.data.cluster import ancestor, groups, residents, units, values
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, MissingDataError, SchemaError, WorkspaceError

CONFIG = """
[cluster]
id = "t"
name = "T"
level = "city"
group = "province"
base_year = 2020
timetable = ""
seed = 1
[sources.s]
title = "S"
"""
PLACES = (
    "place_id,name,name_zh,kind,parent_id,lon,lat,population\n"
    "01,P,省,province,,0.5,0.5,30\n011,A,甲,city,01,0.2,0.5,10\n012,B,乙,city,01,0.8,0.5,20\n"
)
FLOWS = "layer,origin,destination,value,unit,period,observed,source\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "tables" / "places.csv").write_text(PLACES, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("form", ["csv", "gbk", "parquet", "xlsx"])
def test_every_form_of_a_table_is_the_same(folder: Path, form: str) -> None:
    want = Workspace(folder).cluster().places
    path = folder / "tables" / "places.csv"
    frame = pd.read_csv(path, dtype={"place_id": str, "parent_id": str})
    path.unlink()
    if form == "parquet":
        frame.to_parquet(path.with_suffix(".parquet"))
    elif form == "xlsx":
        frame.to_excel(path.with_suffix(".xlsx"), index=False)
    else:
        path.write_bytes(PLACES.encode("gbk" if form == "gbk" else "utf-8-sig"))
    pd.testing.assert_frame_equal(Workspace(folder).cluster().places, want)


def test_levels_and_roles(folder: Path) -> None:
    cluster = Workspace(folder).cluster()
    assert list(units(cluster).index) == ["011", "012"]
    assert groups(cluster).to_dict() == {"011": "01", "012": "01"}
    assert ancestor(cluster.places, "province").to_dict() == {"01": "01", "011": "01", "012": "01"}
    assert residents(cluster).to_dict() == {"011": 10.0, "012": 20.0}
    with pytest.raises(InputError, match="no place is of kind 'village'"):
        cluster.select("village")
    with pytest.raises(MissingDataError, match="gdp of 2020 is missing for 2 of 2 places: 011, 012"):
        values(cluster, "gdp")


def test_parts_of_a_table(folder: Path) -> None:
    (folder / "tables" / "flows.csv").write_text(FLOWS + "trains,011,012,5,trains/day,2020,true,s\n", encoding="utf-8")
    extra = folder / "tables" / "flows.fetched.csv"
    extra.write_text(FLOWS + "people,011,012,7,index,2024,true,s\n", encoding="utf-8")
    flows = Workspace(folder).cluster().flows
    assert sorted(flows) == ["people", "trains"]
    assert flows["people"].loc["011", "012"] == 7 and pd.isna(flows["people"].loc["012", "011"])
    extra.unlink()
    assert sorted(Workspace(folder).cluster().flows) == ["trains"]


def test_two_periods_are_no_sum(folder: Path) -> None:
    rows = "trains,011,012,5,trains/day,2020,true,s\ntrains,011,012,6,trains/day,2021,true,s\n"
    (folder / "tables" / "flows.csv").write_text(FLOWS + rows, encoding="utf-8")
    with pytest.raises(InputError, match="several periods: 2020, 2021"):
        Workspace(folder).cluster()


def test_everything_wrong_in_one_error(folder: Path) -> None:
    path = folder / "tables" / "places.csv"
    path.write_text(PLACES + "011,C,丙,city,01,east,0.5,1\n", encoding="utf-8")
    (folder / "tables" / "nodes.csv").write_text("node_id,colour\nn,red\n", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        Workspace(folder).cluster()
    for part in ("duplicate-id", "wrong-type", "unknown-column", "missing-column", "megaregion check"):
        assert part in str(caught.value)


def test_no_places(folder: Path) -> None:
    (folder / "tables" / "places.csv").unlink()
    with pytest.raises(SchemaError, match="missing-table"):
        Workspace(folder).cluster()


@pytest.mark.parametrize("name", ["places.gpkg", "places.geojson", "places.parquet"])
def test_geometry_forms(folder: Path, name: str) -> None:
    (folder / "geometry").mkdir()
    shapes = gpd.GeoDataFrame({"place_id": ["011"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326")
    path = folder / "geometry" / name
    if name.endswith("parquet"):
        shapes.to_parquet(path)
    else:
        shapes.to_file(path)
    geometry = Workspace(folder).geometry()
    assert geometry is not None and list(geometry.index) == ["011"]
    assert geometry.geometry.iloc[0].equals(shapely.box(0, 0, 1, 1))


def test_geometry_without_codes(folder: Path) -> None:
    assert Workspace(folder).geometry() is None
    (folder / "geometry").mkdir()
    shapes = gpd.GeoDataFrame({"code": ["011"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326")
    shapes.to_file(folder / "geometry" / "places.gpkg")
    with pytest.raises(WorkspaceError, match="needs a column place_id"):
        Workspace(folder).geometry()


def test_inputs_name_every_file(folder: Path) -> None:
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "a.toml").write_text('id = "a"\n', encoding="utf-8")
    (folder / "results").mkdir()
    (folder / "results" / "x.json").write_text("{}", encoding="utf-8")
    assert list(Workspace(folder).inputs()) == ["scenarios/a.toml", "tables/places.csv", "workspace.toml"]


def test_scenarios_with_one_id(folder: Path) -> None:
    (folder / "scenarios").mkdir()
    for name in ("a", "b"):
        (folder / "scenarios" / f"{name}.toml").write_text('id = "same"\n', encoding="utf-8")
    with pytest.raises(InputError, match="'same' stands twice"):
        Workspace(folder).scenarios()
