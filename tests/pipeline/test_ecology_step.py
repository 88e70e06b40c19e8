"""Ecology from a workspace: run, traced, reported, and what it lacks; the woods are drawn by hand."""

import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely.geometry import box

pytest.importorskip("rasterio")

from tests.nodes.landscapes import CELL, CRS, X, Y, tables, three_woods, write

from megaregion.cli.main import cli, main
from megaregion.data.check import check
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError
from megaregion.nodes.ecology import EcologyOptions, ecology
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import run
from megaregion.report.blocks import Bullets, Drawing, Grid, Material, Paragraph, Trace
from megaregion.report.figures import basemap, render_all
from megaregion.report.sections import ecology as section
from megaregion.report.text import plain

CONFIG = """format = 1
[cluster]
id = "woods"
name = "Three woods"
name_zh = "三林"
level = "county"
group = "province"
base_year = 2020
timetable = "2020"
seed = 1
currency = "CNY"
crs = "EPSG:4549"
datum = "WGS-84"
[sources.x]
title = "drawn for the test"
publisher = "x"
licence = "x"
url = ""
year = 2020
"""
OPTIONS = """[options.ecology]
landcover = "land.tif"
classes = "classes.csv"
threats = "threats.csv"
source = "x"
least_ha = 5.0
dispersal_m = 2000.0
sites = "sites.csv"
pairs = "pairs.csv"
budget = 10
"""
# a and b are worth 5 together and 4 + 4 + 3 = 11 with what they add to each other; c alone is worth 6
SITES = "site,gain,cost,cost_low,cost_high,price\na,4,5,4,8,land\nb,4,5,4,8,land\nc,6,6,6,6,\n"
PAIRS = "site_a,site_b,gain\na,b,3\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ecology") / "woods"
    for name in ("ecology", "tables", "geometry"):
        (folder / name).mkdir(parents=True)
    tables(folder / "ecology")
    write(folder / "ecology" / "land.tif", three_woods())
    (folder / "ecology" / "sites.csv").write_text(SITES, encoding="utf-8")
    (folder / "ecology" / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    (folder / "workspace.toml").write_text(CONFIG + OPTIONS, encoding="utf-8")
    halves = [box(X, Y - 40 * CELL, X + 20 * CELL, Y), box(X + 20 * CELL, Y - 40 * CELL, X + 60 * CELL, Y)]
    shapes = gpd.GeoDataFrame({"place_id": ["w", "e"]}, geometry=halves, crs=CRS).to_crs("EPSG:4326")
    shapes.to_file(folder / "geometry" / "places.gpkg", driver="GPKG")
    middle = shapes.geometry.representative_point()
    rows = [("p", "Province", "省", "province", "", "", "", 1.3, 30, "x")]
    rows += [(i, n, z, "county", "p", m.x, m.y, a, people, "x") for i, n, z, m, a, people in
             zip("we", ("West", "East"), ("西县", "东县"), middle, (0.72, 1.44), (10, 20), strict=True)]  # fmt: skip
    columns = ["place_id", "name", "name_zh", "kind", "parent_id", "lon", "lat", "area_km2", "population", "source"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "tables" / "places.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def workspace(root: Path) -> Workspace:
    assert not [p for p in check(root) if p.severity == "error"]
    found = Workspace(root)
    run(found, steps=("ecology",), report=False)
    return found


def test_step_gives_what_the_library_gives(workspace: Workspace, tmp_path: Path) -> None:
    stored = workspace.store.load("ecology")
    folder = workspace.root / "ecology"
    units = workspace.geometry()
    assert units is not None
    want = ecology(folder / "land.tif", folder / "classes.csv", out=tmp_path, threats=folder / "threats.csv",
                   units=units[["geometry"]], options=EcologyOptions(least_ha=5.0, dispersal_m=2000.0))  # fmt: skip
    assert set(stored) == {*want, "restoration", "restoration_doubt"}
    for name, result in want.items():
        pd.testing.assert_frame_equal(stored[name].frame, result.to_frame(), check_dtype=False)
    assert set(stored["owners"].frame["unit"]) == {"w", "e"}
    rasters = {p.name for p in (workspace.root / "results" / "ecology" / "rasters").glob("*.tif")}
    assert rasters == {p.name for p in tmp_path.glob("*.tif")}


def test_ways_are_the_corridors(workspace: Workspace) -> None:
    """Length of the lines within a cell an end of the lengths that the corridors state."""
    stored = workspace.store.load("ecology")
    lines = stored["corridors"].frame.query("direct").set_index(["contrast", "source_a", "source_b"])["length_km"]
    ways = stored["ways"].frame.groupby(["contrast", "source_a", "source_b"])
    assert len(ways) == len(lines) > 0
    for key, part in ways:
        step = part[["x", "y"]].diff().dropna()
        length = (step["x"] ** 2 + step["y"] ** 2).pow(0.5).sum() / 1000
        assert length <= lines[key] + 1e-9
        assert length > 0.8 * lines[key]


def test_budget_takes_the_pair(workspace: Workspace) -> None:
    table = workspace.store.load("ecology")["restoration"]
    assert set(table.frame.loc[table.frame["chosen"], "site"]) == {"a", "b"}
    assert table.facts["gain"] == 11.0


def test_every_number_is_traced(workspace: Workspace) -> None:
    for name, table in workspace.store.load("ecology").items():
        key = next(c.name for c in table.columns if c.key)
        value = table.frame[key].iloc[0]
        for row in lineage(workspace, f"ecology/{name}", f"{value:g}" if isinstance(value, float) else str(value)):
            assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_section_in_both_languages(workspace: Workspace) -> None:
    cluster = workspace.cluster()
    results = {"ecology": workspace.store.load("ecology")}
    material = Material(results, cluster, basemap(cluster, workspace.geometry()), workspace.sources, ())
    (found,) = section.sections(material)
    assert {type(b) for b in found.blocks} == {Paragraph, Drawing, Grid, Bullets, Trace}
    for language in ("en", "zh"):
        text = []
        for block in found.blocks:
            if isinstance(block, Paragraph):
                text.append(block.text.of(language))
            elif isinstance(block, Bullets):
                text += [t.of(language) for t in block.items]
            elif isinstance(block, Grid):
                text += [block.caption.of(language), *(h.label.of(language) for h in block.heads)]
                text += [cell.of(language) for row in block.rows for cell in row]
        joined = plain(" ".join(text))
        if language == "zh":
            assert '<span lang="en">' not in " ".join(text)
            assert "东县" in joined
            assert "3处中的2处：a, b" in joined
            assert "3处中0处始终入选（无），3处取决于价格" in joined
        else:
            assert "3 ecological sources with 23 ha" in joined
            assert "holds 2 of 3: a, b" in joined
            assert "0 of 3 sites are in the best set every time (none), 3 hang on the price" in joined
            assert not re.search(r"[\u4e00-\u9fff]", joined)
    figures = render_all([b for b in found.blocks if isinstance(b, Drawing)], ("en", "zh"))
    assert set(figures) == {"ecology-map.en.svg", "ecology-map.zh.svg"}
    assert "modelled" in section.finding(material)[0].en
    assert section.sections(Material({}, cluster, None, {}, ())) == []


def test_what_a_workspace_lacks(root: Path, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(root, tmp_path / "woods", ignore=shutil.ignore_patterns("results")))
    config = folder / "workspace.toml"
    config.write_text(CONFIG, encoding="utf-8")
    outcome = run(Workspace(folder), steps=("ecology",), report=False).outcomes[-1]
    assert "no [options.ecology]" in outcome.warnings[0]
    config.write_text(CONFIG + OPTIONS.replace("land.tif", "sea.tif"), encoding="utf-8")
    (problem,) = [p for p in check(folder) if p.code == "missing-file"]
    assert problem.labels == ("landcover = 'sea.tif'",)
    with pytest.raises(SchemaError, match="missing-file"):
        run(Workspace(folder), steps=("ecology",), report=False)
    config.write_text(CONFIG + OPTIONS.replace("budget = 10\n", ""), encoding="utf-8")
    with pytest.raises(InputError, match="sites and budget belong together"):
        run(Workspace(folder), steps=("ecology",), report=False)
    config.write_text(CONFIG + OPTIONS, encoding="utf-8")
    middle = f"site,x,y,area_ha,cost\nm,{X + 20.5 * CELL},{Y - 18.5 * CELL},3,5\n"
    (folder / "ecology" / "sites.csv").write_text(middle, encoding="utf-8")
    with pytest.raises(InputError, match="pairs belong to sites with a column gain"):
        run(Workspace(folder), steps=("ecology",), report=False)
    config.write_text(CONFIG + OPTIONS.replace('pairs = "pairs.csv"\n', ""), encoding="utf-8")
    run(Workspace(folder), steps=("ecology",), report=False)
    row = Workspace(folder).store.load("ecology")["restoration"].frame.iloc[0]
    assert row["chosen"]
    assert row["alone"] > 0  # worked out: the table states no gain
    config.write_text(CONFIG + OPTIONS + "colour = 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown keys colour"):
        run(Workspace(folder), steps=("ecology",), report=False)


def test_restore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sites.csv").write_text(SITES, encoding="utf-8")
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    command = ["restore", str(tmp_path / "sites.csv"), "--budget", "10"]
    with_pairs = [*command, "--pairs", str(tmp_path / "pairs.csv"), "--out", str(tmp_path / "chosen.csv"), "--json"]
    out = CliRunner().invoke(cli, with_pairs)
    assert out.exit_code == 0, out.output
    found = json.loads(out.stdout)["restoration"]
    assert found["facts"]["gain"] == 11.0
    assert pd.read_csv(tmp_path / "chosen.csv").query("chosen")["site"].tolist() == ["a", "b"]
    assert "greedy_guarantee" in CliRunner().invoke(cli, command).stdout
    (tmp_path / "sites.csv").write_text("site,gain\na,much\n,2\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(command)
    assert stop.value.code == 2
    assert "sites.csv lacks the columns cost" in capsys.readouterr().err
    (tmp_path / "sites.csv").write_text("site,gain,cost\na,much,1\n,2,1\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(command)
    said = capsys.readouterr().err
    assert "site is empty in 1 rows" in said
    assert "gain is no number: ['much']" in said
