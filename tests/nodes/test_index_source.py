"""Tables of one's own: wide, long, with years and groups; a workspace; what cannot be read."""

from pathlib import Path

import pandas as pd
import pytest
from tests.nodes.index_tables_by_hand import leaf, tree

from megaregion.errors import InputError, SchemaError
from megaregion.nodes.index_source import open_source, read_source


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return path


AB = tree({"a": [leaf("a1"), leaf("a2")]})


def test_wide_table_keeps_leading_zeros_and_takes_unit_and_year_of_the_tree(tmp_path: Path) -> None:
    got = read_source(write(tmp_path, "place_id,a1,a2,other\n01,0.5,NA,x\n02,,0.25,y\n"), AB)
    assert got.places == ("01", "02")
    rows = got.indicators.set_index(["place_id", "indicator"])
    assert rows["value"].dropna().to_dict() == {("01", "a1"): 0.5, ("02", "a2"): 0.25}
    assert set(rows["unit"]) == {"index"} and set(rows["year"]) == {2020}


def test_wide_panel_with_a_named_column_of_places_and_groups(tmp_path: Path) -> None:
    text = "code,year,region,a1,a2\nx,2010,n,1,2\nx,2020,n,3,4\ny,2010,s,5,6\ny,2020,,7,8\n"
    with pytest.raises(InputError, match="several groups for y"):
        read_source(write(tmp_path, text), AB, place="code", group="region")
    got = read_source(write(tmp_path, text.replace("2020,,", "2020,s,")), AB, place="code", group="region")
    assert got.groups is not None and got.groups.to_dict() == {"x": "n", "y": "s"}
    assert sorted(set(got.indicators["year"])) == [2010, 2020]


def test_long_table_with_its_own_units(tmp_path: Path) -> None:
    text = "place_id,indicator,value,unit\nx,a1,50,percent\nx,a2,0.1,index\nx,zz,9,index\n"
    got = read_source(write(tmp_path, text), AB)
    assert got.indicators.set_index("indicator")["unit"].to_dict() == {"a1": "percent", "a2": "index"}


def test_denominator_of_a_wide_table_has_the_unit_that_the_ratio_names(tmp_path: Path) -> None:
    which = tree({"a": [leaf("beds") | {"unit": "count per 1000 persons", "denominator": "people"}]})
    got = read_source(write(tmp_path, "place_id,beds,people\nx,5,1000\n"), which)
    assert got.indicators.set_index("indicator")["unit"].to_dict() == {"beds": "count", "people": "person"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file is empty"),
        ("place_id,a1,a2\n", "the table has no rows"),
        ("city,a1,a2\nx,1,2\n", "lacks place_id"),
        ("place_id,b\nx,1\n", "lacks a1, a2"),
        ("place_id,a1,a1\nx,1,2\n", "stands twice"),
        ("place_id,a1,a2\nx,one,2\n", "no numbers: x a1 'one'"),
        ("place_id,a1,a2\n,1,2\n", "1 rows have no place_id"),
        ("place_id,year,a1,a2\nx,late,1,2\n", "year is no number for x"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_source(write(tmp_path, text), AB)
    assert message in str(caught.value)


def test_a_table_needs_a_tree_and_a_seed(tmp_path: Path) -> None:
    path = write(tmp_path, "place_id,a1,a2\nx,1,2\n")
    with pytest.raises(InputError, match="needs the tree"):
        open_source(path)
    with pytest.raises(InputError, match="has no seed"):
        read_source(path, AB).chosen(None)
    assert read_source(path, AB).chosen(7) == 7


def test_a_workspace_brings_trees_places_and_seed(examples: Path) -> None:
    got = open_source(examples / "yangtze-delta")
    assert len(got.places) == 41 and got.chosen(None) == got.seed and got.groups is None
    assert got.tree.year == 2020
    with pytest.raises(InputError, match="no tree 'index_x'"):
        open_source(examples / "yangtze-delta", name="index_x")
    with pytest.raises(InputError, match="own trees"):
        open_source(examples / "yangtze-delta", group="province")


def test_missing_file_is_a_schema_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read"):
        read_source(tmp_path / "nowhere.csv", AB)


def test_frame_types(tmp_path: Path) -> None:
    got = read_source(write(tmp_path, "place_id,a1,a2\nx,1,2\n"), AB).indicators
    assert got["year"].dtype == int and got["value"].dtype == float
    assert isinstance(got, pd.DataFrame)
