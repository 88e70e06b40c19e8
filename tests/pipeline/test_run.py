"""The main job on the shipped example: complete, reusable, deterministic, whole after a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.init import from_example
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError
from megaregion.pipeline.run import run, simulated
from megaregion.pipeline.steps import STEPS


def tables(workspace: Workspace) -> dict[str, bytes]:
    return {p.relative_to(workspace.root).as_posix(): p.read_bytes() for p in workspace.root.rglob("results/*/*")}


def test_every_step_has_results(done: Workspace) -> None:
    assert done.store.steps() == sorted(s.name for s in STEPS)
    empty = [s.name for s in STEPS if not done.store.load(s.name)]
    # the example has no land cover, no links of mode road, no map of roads, and states no programs and no reforms
    assert empty == ["ecology", "roads", "programs", "road_map", "reforms"]
    for name in ("results/megaregion.gpkg", "results/megaregion.xlsx", "report/index.html"):
        assert (done.root / name).stat().st_size > 10_000
    assert not list(done.root.rglob(".tmp-*"))


def test_a_second_run_reuses_everything(done: Workspace) -> None:
    before = tables(done)
    assert all(o.reused for o in run(done).outcomes)
    assert tables(done) == before


def test_two_runs_give_the_same_bytes(done: Workspace, tmp_path: Path) -> None:
    other = Workspace(from_example(tmp_path / "other", "yangtze-delta"))
    run(other)
    assert tables(other) == tables(done)
    for name in ("results/megaregion.gpkg", "results/megaregion.xlsx", "report/index.html"):
        assert (other.root / name).read_bytes() == (done.root / name).read_bytes(), name


def test_only_what_changed_is_computed(done: Workspace, tmp_path: Path) -> None:
    copy = Workspace(Path(shutil.copytree(done.root, tmp_path / "copy")))
    path = copy.root / "projects.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# touched\n", encoding="utf-8")
    again = {o.step: o.reused for o in run(copy, report=False).outcomes}
    assert again == {s.name: s.name not in ("check", "plan") for s in STEPS}


def test_broken_results_are_computed_again(done: Workspace, tmp_path: Path) -> None:
    copy = Workspace(Path(shutil.copytree(done.root, tmp_path / "copy")))
    before = tables(copy)
    victim = next((copy.root / "results" / "links").glob("*.parquet"))
    victim.write_bytes(victim.read_bytes()[:100])
    again = {o.step: o.reused for o in run(copy, report=False).outcomes}
    assert not again["links"] and again["nodes"]
    assert tables(copy) == before


def test_errors_stop_the_run_before_anything_is_computed(tmp_path: Path) -> None:
    workspace = Workspace(from_example(tmp_path / "broken", "yangtze-delta"))
    path = workspace.root / "tables" / "places.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[5]]) + "\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="duplicate-id"):
        run(workspace)
    assert workspace.store.steps() == ["check"]


def test_killed_in_the_middle(done: Workspace, tmp_path: Path) -> None:
    """SIGKILL at several moments; the next run ends with the bytes of an undisturbed one."""
    workspace = Workspace(from_example(tmp_path / "killed", "yangtze-delta"))
    code = "import sys; from megaregion.cli.main import main; main(['run', sys.argv[1]])"
    for pause in (1.5, 3.0):
        with subprocess.Popen([sys.executable, "-c", code, str(workspace.root)], stderr=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL) as child:  # fmt: skip
            time.sleep(pause)
            os.kill(child.pid, signal.SIGKILL)
            child.wait(timeout=20)
        for step in workspace.store.steps():
            assert workspace.store.load(step) is not None
    run(workspace)
    assert tables(workspace) == tables(done)
    assert not list(workspace.root.rglob(".tmp-*"))


def test_ctrl_c(tmp_path: Path) -> None:
    workspace = Workspace(from_example(tmp_path / "stopped", "yangtze-delta"))
    code = (  # jobs in the background are started with Ctrl-C ignored
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from megaregion.cli.main import main; main(['run', sys.argv[1]])"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(workspace.root)], stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, text=True) as child:  # fmt: skip
        assert child.stderr is not None
        while "check" not in child.stderr.readline():
            pass
        os.kill(child.pid, signal.SIGINT)
        rest = child.stderr.read()
        assert child.wait(timeout=60) == 130
    assert "interrupted; the workspace is whole" in rest and "Traceback" not in rest
    assert not list(workspace.root.rglob(".tmp-*"))


def test_simulate_names(done: Workspace) -> None:
    names = [s.id for s in done.scenarios()]
    assert simulated(done, names[:1])["scenario"].unique().tolist() == names[:1]
    with pytest.raises(InputError, match="no scenario atlantis"):
        simulated(done, ["atlantis"])


def test_meta_says_where_it_comes_from(done: Workspace) -> None:
    meta = json.loads((done.root / "results" / "links" / "meta.json").read_text(encoding="utf-8"))
    assert meta["seed"] == done.seed and meta["version"]
    assert set(meta["inputs"]) >= {"workspace.toml", "tables/places.csv", "tables/services.csv"}
    for table in meta["tables"].values():
        for column in table["columns"]:
            assert column["key"] or column["formula"] or not column["unit"], column["name"]


def test_chinese_names_survive_in_the_geopackage(done: Workspace) -> None:
    import geopandas as gpd

    cities = gpd.read_file(done.root / "results" / "megaregion.gpkg", layer="city_results")
    want = done.cluster().select("city")["name_zh"]
    got = cities.set_index("place_id")["name_zh"]
    pd.testing.assert_series_equal(got.sort_index(), want, check_dtype=False, check_index_type=False)


def test_values_of_links_are_a_layer(done: Workspace) -> None:
    import geopandas as gpd

    layer = gpd.read_file(done.root / "results" / "megaregion.gpkg", layer="link_values")
    table = done.store.load("sensitivities")["links"].frame
    assert layer["link_id"].tolist() == table["link_id"].tolist()
    assert layer.crs.to_epsg() == 4326
    assert not layer.geometry.isna().any()
