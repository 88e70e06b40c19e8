"""Culture from a workspace: run, traced, printed, reported.

The points are the railway stations of the shipped example, real points with two levels; they are no heritage.
"""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli, main
from megaregion.data.init import from_example
from megaregion.data.workspace import Workspace
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import tables_of
from megaregion.report.blocks import Bullets, Drawing, Grid, Material, Paragraph, Trace
from megaregion.report.figures import basemap, render_all
from megaregion.report.sections import culture
from megaregion.report.text import plain

OPTIONS = """
[options.culture]
simulations = 39
carriers = ["museum", "stations"]
output = "gdp"

[options.culture.levels]
central = 3
other = 1
"""
TABLES = {"culture_stock", "culture_levels", "culture_density", "culture_pattern", "culture_clusters",
          "culture_corridors", "culture_owners", "culture_carriers", "culture_residual"}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = from_example(tmp_path_factory.mktemp("culture") / "delta", "yangtze-delta")
    nodes = pd.read_csv(root / "tables" / "nodes.csv", dtype=str)
    level = nodes["central"].map({"true": "central"}).fillna("other")
    sites = pd.DataFrame({"site_id": nodes["node_id"], "level": level, "lon": nodes["lon"], "lat": nodes["lat"]})
    sites["place_id"] = ""
    county = {"site_id": "by-county", "level": "other", "lon": "", "lat": "", "place_id": "310101"}
    beyond = {"site_id": "beyond", "level": "other", "lon": "100", "lat": "30", "place_id": ""}
    pd.concat([sites, pd.DataFrame([county, beyond])]).to_csv(root / "tables" / "heritage.csv", index=False)
    places = pd.read_csv(root / "tables" / "places.csv", dtype=str)
    cities = places.loc[places["kind"] == "city", "place_id"]
    rows = [(f"m{k}", "museum", "310101", 2020, 1, "count") for k in range(3)] + [
        ("x", "museum", cities.iloc[1], 2019, 1, "count")
    ]
    pd.DataFrame(rows, columns=["facility_id", "service", "place_id", "year", "supply", "unit"]).to_csv(
        root / "tables" / "services_supply.csv", index=False)  # fmt: skip
    count = nodes["place_id"].value_counts().reindex(cities).fillna(0).astype(int)
    pd.DataFrame({"place_id": cities, "year": 2020, "indicator": "stations", "value": count.to_numpy(),
                  "unit": "count", "scope": "全市", "source": "x"}).to_csv(
        root / "tables" / "indicators.stations.csv", index=False)  # fmt: skip
    config = root / "workspace.toml"
    shipped = config.read_text(encoding="utf-8")
    mine, several = re.subn(r"\n\[options\.culture\][^#]*(#[^\n]*\n[^#]*)?(?=\n# Budget)", OPTIONS, shipped)
    assert several == 1
    config.write_text(mine, encoding="utf-8")
    found = Workspace(root)
    tables_of(found, "nodes", ())
    return found


@pytest.fixture(scope="module")
def material(workspace: Workspace) -> Material:
    cluster = workspace.cluster()
    base = basemap(cluster, workspace.geometry())
    return Material({"nodes": workspace.store.load("nodes")}, cluster, base, workspace.sources, ())


def test_tables_are_there_and_traced(workspace: Workspace) -> None:
    tables = workspace.store.load("nodes")
    assert set(tables) >= TABLES
    for name in sorted(TABLES):
        table = tables[name]
        assert len(table.frame), name
        value = table.frame[next(c.name for c in table.columns if c.key)].iloc[0]
        for row in lineage(workspace, f"nodes/{name}", str(value)):
            assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_stock_counts_stations_of_the_place_and_those_of_its_counties(workspace: Workspace) -> None:
    frame = workspace.store.load("nodes")["culture_stock"].frame.set_index("place_id")
    nodes = workspace.cluster().nodes
    want = nodes["place_id"].value_counts().reindex(frame.index).fillna(0).astype(int)
    want["310100"] += 1  # the row that names a county of Shanghai
    assert frame["sites"].to_dict() == want.to_dict()
    carriers = workspace.store.load("nodes")["culture_carriers"].frame.set_index(["carrier", "place_id"])["number"]
    assert carriers["museum"].sum() == carriers["museum", "310100"] == 3  # the latest year only
    assert carriers["stations"].sum() == len(nodes)
    notes = workspace.store.load("nodes")["culture_stock"].warnings
    assert any(n.startswith("1 sites lie in no place of the region and are left out: beyond") for n in notes)


def test_the_null_is_as_fine_as_the_counties(workspace: Workspace) -> None:
    facts = workspace.store.load("nodes")["culture_pattern"].facts
    assert (facts["level_of_null"], facts["places_of_null"], facts["sites"]) == ("county", 305, 170)


def test_section_in_both_languages(material: Material) -> None:
    (section,) = culture.sections(material)
    kinds = {type(b) for b in section.blocks}
    assert kinds == {Paragraph, Drawing, Grid, Bullets, Trace}
    for language in ("en", "zh"):
        text = []
        for block in section.blocks:
            if isinstance(block, Paragraph):
                text.append(block.text.of(language))
            elif isinstance(block, Bullets):
                text += [t.of(language) for t in block.items]
            elif isinstance(block, Grid):
                text += [block.caption.of(language), *(h.label.of(language) for h in block.heads)]
            elif isinstance(block, Drawing):
                text.append(block.caption.of(language))
        words = plain(" ".join(text))
        if language == "zh":
            assert '<span lang="en">' not in " ".join(text)  # every warning is told in Chinese
            assert not re.search(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}", words)
        else:
            assert "not the value of a brand" in words
            assert not re.search(r"[\u4e00-\u9fff]", words)
    assert "modelled" in culture.finding(material)[0].en
    figures = render_all([b for b in section.blocks if isinstance(b, Drawing)], ("en", "zh"))
    assert set(figures) == {f"culture-{n}.{lang}.svg" for n in ("map", "pattern") for lang in ("en", "zh")}
    assert all(data.startswith(b"<?xml") and len(data) > 10_000 for data in figures.values())


def test_no_section_without_a_list(material: Material) -> None:
    bare = Material({"nodes": {}}, material.cluster, material.base, {}, ())
    assert culture.sections(bare) == []
    assert culture.finding(bare) == []


def test_command(workspace: Workspace) -> None:
    out = CliRunner().invoke(cli, ["culture", str(workspace.root), "--json", "--table", "culture_stock"])
    assert out.exit_code == 0, out.output
    table = json.loads(out.stdout)
    assert list(table) == ["culture_stock"]
    assert len(table["culture_stock"]["rows"]) == 41
    out = CliRunner().invoke(cli, ["culture", str(workspace.root), "--top", "2"])
    assert "culture_pattern: Do sites keep together more than people do?, 2 of 40 rows" in out.output


def test_command_on_a_list(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shapes, cluster = workspace.geometry(), workspace.cluster()
    assert shapes is not None
    cities = shapes[shapes.index.isin(cluster.select("city").index)]
    people = cluster.places["population"].reindex(cities.index)
    cities.assign(population=people)[["population", "geometry"]].rename_axis("place_id").reset_index().to_file(
        tmp_path / "cities.gpkg")  # fmt: skip
    sites = pd.read_csv(workspace.root / "tables" / "heritage.csv", dtype=str)
    sites[sites["site_id"] != "by-county"].to_csv(tmp_path / "sites.csv", index=False)
    command = ["culture", str(tmp_path / "sites.csv"), "--units", str(tmp_path / "cities.gpkg"), "--seed", "1"]
    weights = ["--weight", "central=3", "--weight", "other=1"]
    out = CliRunner().invoke(cli, [*command, *weights, "--json"])
    assert out.exit_code == 0, out.output
    found = json.loads(out.stdout)
    assert set(found) == TABLES - {"culture_carriers", "culture_residual"}
    assert found["culture_stock"]["facts"]["sites"] == 170
    chosen = [*command, *weights, "--bandwidth", "40", "--simulations", "39", "--table", "culture_density", "--json"]
    assert json.loads(CliRunner().invoke(cli, chosen).stdout)["culture_density"]["facts"]["bandwidth_km"] == 40.0
    assert CliRunner().invoke(cli, [*command, *weights, "--bandwidth", "wide"]).exit_code == 2
    with pytest.raises(SystemExit):
        main([*command, *weights, "--simulations", "39", "--table", "culture_carriers"])
    assert "there is no table culture_carriers here" in capsys.readouterr().err
    assert CliRunner().invoke(cli, command).exit_code == 2  # no weights
    assert CliRunner().invoke(cli, [*command, "--weight", "central"]).exit_code == 2
    with pytest.raises(SystemExit) as stop:
        main([*command, *weights, "--people", "heads"])
    assert stop.value.code == 2
    assert "cities.gpkg has no column heads (columns: place_id, population)" in capsys.readouterr().err


def test_workspace_without_a_list_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = from_example(tmp_path / "delta", "yangtze-delta")
    (root / "tables" / "heritage.csv").unlink()
    with pytest.raises(SystemExit) as stop:
        main(["culture", str(root)])
    assert stop.value.code == 4
    assert "has no tables/heritage.csv" in capsys.readouterr().err
