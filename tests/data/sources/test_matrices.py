"""Matrices between zones: CSV, OMX, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from megaregion.data.sources.matrices import read_matrix, read_omx, write_matrix, write_omx
from megaregion.data.trips import Trips
from megaregion.data.trips import read_trips as read_any
from megaregion.errors import AlignmentError, InputError, MissingExtraError

LONG = "origin,destination,value\n01,02,3.5\n02,01,0\n02,杭州,4\n"
SQUARE = "zone,01,02,杭州\n01,0,3.5,0\n杭州,0,0,0\n02,0,0,4\n"


def save(folder: Path, text: str, *, name: str = "m.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_matrix(path)
    return str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("text", [LONG, SQUARE])
def test_both_forms_in_every_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    trips = read_matrix(save(tmp_path, text, encoding=encoding), zones=pd.Index(["01", "02", "杭州"]))
    assert trips.to_frame().to_numpy().tolist() == [["01", "02", 3.5], ["02", "杭州", 4.0]]
    assert trips.matrix().toarray().tolist() == [[0, 3.5, 0], [0, 0, 4], [0, 0, 0]]
    assert trips.total == 7.5
    assert ("read as GBK" in trips.notes) == (encoding == "gbk")


def test_columns_of_gmns(tmp_path: Path) -> None:
    save(tmp_path, "o_zone_id,d_zone_id,volume,mode\n1,2,7,auto\n", name="demand.csv")
    assert read_any(tmp_path).to_frame().to_numpy().tolist() == [["1", "2", 7.0]]


def test_typed_files_keep_whole_labels(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    pd.DataFrame({"from": [1.0, 2.0], "to": [2.0, 1.0], "trips": [1.5, 2.5]}).to_parquet(path)
    assert read_matrix(path).to_frame()["origin"].tolist() == ["1", "2"]


def test_everything_wrong_in_a_long_table(tmp_path: Path) -> None:
    message = refused(save(tmp_path, LONG + "01,02,5\n,02,1\n01,01,-2\n02,02,\n01,杭州,x\n杭州,01,inf\n"))
    for part in (
        "a pair stands twice: row 4 (01 to 02)", "a zone is empty: row 5", "a value is negative: row 6 (01 to 01)",
        "a value is empty or no number: row 7 (02 to 02) has '', row 8 (01 to 杭州) has 'x', row 9",
    ):  # fmt: skip
        assert part in message


def test_everything_wrong_in_a_square_table(tmp_path: Path) -> None:
    message = refused(save(tmp_path, "zone,a,b,c\na,0,,1\na,1,1,1\nb,-1,1,nan\nd,1,1,1\n"))
    for part in (
        "an origin stands twice: a", "an origin is no destination: d", "a destination is no origin: c",
        "a cell is empty or no number: a to b, b to c", "a cell is negative: b to a",
    ):  # fmt: skip
        assert part in message
    assert "a column name stands twice" in refused(save(tmp_path, "zone,a,a\na,0,1\n"))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the file is empty"),
        ("x\n1\n", "neither long"),
        ("origin,destination,weight\n1,2,3\n", "no column of values"),
        ("origin,destination,value\n1,2\n", "some rows have 2"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, text: str, part: str) -> None:
    assert part in refused(save(tmp_path, text))


def test_empty_tables_and_one_zone(tmp_path: Path) -> None:
    assert read_matrix(save(tmp_path, "origin,destination,value\n")).total == 0
    assert read_matrix(save(tmp_path, "origin,destination,value\n"), zones=pd.Index(["a"])).zones.tolist() == ["a"]
    assert read_matrix(save(tmp_path, "z,a\na,5\n")).matrix().toarray().tolist() == [[5.0]]


def test_zones_that_the_network_has_not(tmp_path: Path) -> None:
    path = save(tmp_path, LONG)
    with pytest.raises(AlignmentError, match="1 zones with demand are not in the network: 杭州"):
        read_matrix(path, zones=pd.Index(["02", "01"]))
    wider = read_matrix(path, zones=pd.Index(["x", "杭州", "02", "01"]))
    assert wider.to_frame().to_numpy().tolist() == [["02", "杭州", 4.0], ["01", "02", 3.5]]


def test_kinds_of_file(tmp_path: Path) -> None:
    for name in ("a.doc", "nowhere.csv"):
        (tmp_path / "a.doc").write_text("x")
        with pytest.raises(InputError):
            read_any(tmp_path / name)
    with pytest.raises(InputError, match="one matrix"):
        read_any(save(tmp_path, LONG), matrix="cars")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_csv_gives_back_what_was_written(tmp_path: Path, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 5))
    value = data.draw(st.lists(st.floats(0, 1e12, allow_subnormal=False), min_size=n * n, max_size=n * n))
    zones = [f"0{i}" for i in range(n)]
    frame = pd.DataFrame(np.array(value).reshape(n, n), index=zones, columns=zones)
    write_matrix(tmp_path / "w.csv", Trips.of(frame))
    again = read_matrix(tmp_path / "w.csv", zones=pd.Index(frame.index))
    np.testing.assert_array_equal(again.matrix().toarray(), frame.to_numpy())


def test_frames_with_other_labels_or_values_are_refused() -> None:
    with pytest.raises(AlignmentError, match="b on one side only"):
        Trips.of(pd.DataFrame([[1.0]], index=["a"], columns=["b"]))
    with pytest.raises(AlignmentError, match="stand twice"):
        Trips.of(pd.DataFrame(np.ones((2, 2)), index=["a", "a"], columns=["a", "a"]))
    with pytest.raises(InputError, match="a to b = nan"):
        Trips.of(pd.DataFrame([[0.0, np.nan], [0.0, 0.0]], index=list("ab"), columns=list("ab")))


@pytest.fixture
def cars() -> pd.DataFrame:
    zones = ["7", "3", "12"]
    return pd.DataFrame([[0, 1.5, 2], [0, 0, 0], [4, 0, 1e9]], index=zones, columns=zones)


def test_omx_gives_back_what_was_written(tmp_path: Path, cars: pd.DataFrame) -> None:
    pytest.importorskip("openmatrix")
    path = tmp_path / "m.omx"
    write_omx(path, {"cars": cars, "trucks": cars * 2})
    trips = read_any(path, matrix="cars", zones=["3", "7", "12"])
    np.testing.assert_array_equal(trips.matrix().toarray(), cars.loc[trips.zones, trips.zones].to_numpy())
    assert read_omx(path, matrix="trucks").total == 2 * trips.total
    with pytest.raises(InputError, match="one matrix must be chosen") as error:
        read_any(path)
    assert "cars, trucks" in str(error.value)
    with pytest.raises(InputError, match="no 'bikes'"):
        read_omx(path, matrix="bikes")


def test_omx_as_others_write_it(tmp_path: Path) -> None:
    """No lookup, two lookups, a missing cell, a lookup of another length."""
    omx = pytest.importorskip("openmatrix")
    path = tmp_path / "m.omx"
    file = omx.open_file(str(path), "w")
    file["m"] = np.array([[1.0, np.nan], [-1.0, 0.0]])
    file.close()
    with pytest.raises(InputError, match="holds no lookup"):
        read_omx(path)
    file = omx.open_file(str(path), "a")
    file.create_mapping("taz", [5, 6])
    file.create_mapping("twice", [5, 5])
    file.close()
    with pytest.raises(InputError, match="one lookup must be chosen"):
        read_omx(path)
    with pytest.raises(InputError, match="a cell is missing: 5 to 6") as error:
        read_omx(path, lookup="taz")
    assert "a cell is negative: 6 to 5" in str(error.value)
    with pytest.raises(InputError, match="a zone stands twice: 5"):
        read_omx(path, lookup="twice")


def test_omx_is_refused_where_it_would_lose_labels(tmp_path: Path, cars: pd.DataFrame) -> None:
    pytest.importorskip("openmatrix")
    odd = cars.set_axis(["01", "a", "3"], axis=0).set_axis(["01", "a", "3"], axis=1)
    with pytest.raises(InputError, match="whole numbers, these labels are none: 01, a"):
        write_omx(tmp_path / "m.omx", {"m": odd})
    with pytest.raises(InputError, match="same zones in one order: b"):
        write_omx(tmp_path / "m.omx", {"a": cars, "b": cars.iloc[::-1]})
    with pytest.raises(InputError, match="at least one"):
        write_omx(tmp_path / "m.omx", {})
    (tmp_path / "bad.omx").write_bytes(b"no HDF5")
    with pytest.raises(InputError, match="cannot be read as OMX"):
        read_omx(tmp_path / "bad.omx")
    assert not list(tmp_path.glob(".tmp*"))


def test_omx_without_its_package_says_which_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "openmatrix", None)
    with pytest.raises(MissingExtraError, match="openmatrix"):
        read_omx(tmp_path / "m.omx")
