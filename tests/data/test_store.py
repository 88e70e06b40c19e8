import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from megaregion.data.store import ResultStore, key_of, plain
from megaregion.errors import WorkspaceError
from megaregion.result import Column, Input, Result


@dataclass(frozen=True, eq=False, kw_only=True)
class Small(Result):
    title_en: ClassVar[str] = "Small"
    title_zh: ClassVar[str] = "小表"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地方", key=True),
        Column("x", "km", "Length", "长度", modelled=True, formula="methods#x",
               inputs=(Input("tables/places.csv", {"place_id": "{place}"}),)),
    )  # fmt: skip
    x: tuple[float, ...] = (1.0, np.nan)

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame({"place_id": ["01", "02"], "x": list(self.x)})

    def facts(self) -> dict[str, Any]:
        return {"sum": np.float64(1.0), "gap": np.nan}


def test_round_trip(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.save("step", {"small": Small(warnings=("careful",))}, key="k", about={"seed": 1})
    got = store.load("step")["small"]
    pd.testing.assert_frame_equal(got.frame, Small().to_frame())
    assert got.columns == Small.columns
    assert got.warnings == ("careful",)
    assert got.facts == {"sum": 1.0, "gap": None}
    assert store.fresh("step", "k")
    assert not store.fresh("step", "other")
    assert store.steps() == ["step"]


def test_same_result_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        ResultStore(tmp_path / name).save("step", {"small": Small()}, key="k", about={})
    for file in ("small.parquet", "meta.json"):
        assert (tmp_path / "a" / "step" / file).read_bytes() == (tmp_path / "b" / "step" / file).read_bytes()


@pytest.mark.parametrize("harm", ["truncate", "delete", "meta"])
def test_a_damaged_step_counts_as_not_computed(tmp_path: Path, harm: str) -> None:
    store = ResultStore(tmp_path)
    store.save("step", {"small": Small()}, key="k", about={})
    table, meta = tmp_path / "step" / "small.parquet", tmp_path / "step" / "meta.json"
    if harm == "truncate":
        table.write_bytes(table.read_bytes()[:-10])
    elif harm == "delete":
        table.unlink()
    else:
        meta.write_text(meta.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    assert not store.fresh("step", "k")
    assert store.steps() == []
    with pytest.raises(WorkspaceError, match="no complete result"):
        store.load("step")


def test_tables_of_an_earlier_run_go(tmp_path: Path) -> None:
    store = ResultStore(tmp_path)
    store.save("step", {"a": Small(), "b": Small()}, key="k", about={})
    store.save("step", {"a": Small()}, key="k", about={})
    assert sorted(p.name for p in (tmp_path / "step").iterdir()) == ["a.parquet", "meta.json"]


def test_columns_must_be_described(tmp_path: Path) -> None:
    @dataclass(frozen=True, eq=False, kw_only=True)
    class Wrong(Small):
        def to_frame(self) -> pd.DataFrame:
            return pd.DataFrame({"place_id": ["01"]})

    store = ResultStore(tmp_path)
    with pytest.raises(WorkspaceError, match="not those described"):
        store.save("step", {"a": Wrong()}, key="k", about={})
    assert store.steps() == []


def test_key_ignores_order_and_sees_values() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 2})


def test_plain_is_strict_json() -> None:
    data = {"a": np.int64(1), "b": (np.nan, np.inf, True), "c": pd.Series([1.5])}
    assert json.loads(json.dumps(plain(data), allow_nan=False)) == {"a": 1, "b": [None, None, True], "c": [1.5]}
