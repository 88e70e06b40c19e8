"""Reforms that a workspace states: run, traced, reported, printed. The matrix is invented for the test."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.section_words import words

from megaregion.cli.main import cli, main
from megaregion.data.workspace import Workspace
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import tables_of
from megaregion.report.blocks import Material
from megaregion.report.document import build_report
from megaregion.report.figures import basemap
from megaregion.report.sections import recognition_reforms

RECOGNITION = "origin,destination,scheme,value\nall,all,medical,0.5\nall,all,points,0\n"
REFORMS = (
    "reform,name,name_zh,origin,destination,scheme,value,note\n"
    "direct,Direct settlement,直接结算,all,all,medical,1,invented\n"
    "points,A twentieth of the years,年限互认,all,all,points,0.05,invented\n"
)


@pytest.fixture(scope="module")
def stated(done: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("reforms") / "delta"
    shutil.copytree(done.root, root)
    (root / "tables" / "recognition.csv").write_text(RECOGNITION, encoding="utf-8")
    (root / "tables" / "reforms.csv").write_text(REFORMS, encoding="utf-8")
    workspace = Workspace(root)
    tables_of(workspace, "reforms")
    return workspace


@pytest.fixture(scope="module")
def material(stated: Workspace) -> Material:
    cluster = stated.cluster()
    return Material({"reforms": stated.store.load("reforms")}, cluster, basemap(cluster, stated.geometry()), {}, ())


def test_nothing_is_computed_where_nothing_is_stated(done: Workspace) -> None:
    assert not done.store.load("reforms") and not (done.store.meta("reforms") or {})["skipped"]


def test_every_table_is_traced(stated: Workspace) -> None:
    tables = stated.store.load("reforms")
    assert set(tables) == {"reforms", "reform_groups", "reform_places"}
    for name, label in (("reforms", "direct"), ("reform_groups", "320100"), ("reform_places", "320100")):
        for row in lineage(stated, f"reforms/{name}", label):
            assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)
    frame = tables["reforms"].frame.set_index("reform")
    parts = frame.drop("joint")["shapley_percent"]
    assert parts.sum() == pytest.approx(frame.loc["joint", "alone_percent"], rel=1e-9)


def test_the_section_is_told_in_both_languages(material: Material) -> None:
    (section,) = recognition_reforms.sections(material)
    en, zh = words(section, "en"), words(section, "zh")
    assert "The 2 reforms together change welfare by +" in en and "A twentieth of the years brings most" in en
    assert "declared priors, not estimates" in en and "95 % interval" not in en
    assert "50 % → 100 %" in en and "2项改革合并实施" in zh and "直接结算" in zh
    assert "who pays for rights that are recognised is not in the model" in en and "权益互认由谁负担" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)
    english = re.findall(r"[a-z]{5,}", re.sub(r"results/\S+|methods#\S+", "", zh))
    assert not english, english
    (found,) = recognition_reforms.finding(material)
    assert "modelled" in found.en and "模型值" in found.zh


def test_the_report_holds_the_section_and_its_figures(stated: Workspace) -> None:
    only = {"reforms": stated.store.load("reforms")}
    page = build_report(only, stated.cluster(), stated.geometry(), stated.sources, ())
    assert 'id="reforms"' in page.html
    assert {"reforms.zh.svg", "reform-groups.en.svg"} <= set(page.figures)


def test_the_command_prints_and_takes_scenarios(stated: Workspace, tmp_path: Path) -> None:
    out = CliRunner().invoke(cli, ["reforms", str(stated.root), "half-border", "--json", "--out", str(tmp_path)])
    assert out.exit_code == 0, out.output
    found = json.loads(out.stdout)
    assert [r["reform"] for r in found["reforms"]["rows"]] == ["direct", "points", "half-border", "joint"]
    assert found["reforms"]["parameters"]["reform_elasticities"]["recognition_value"]["high"] == 0.15
    assert (tmp_path / "reform_groups.csv").is_file()
    text = CliRunner().invoke(
        cli, ["reforms", str(stated.root), "--by", "groups", "--elasticity", "recognition_value=0,0,0"]
    )  # fmt: skip
    assert text.exit_code == 0 and "(modelled)" in text.stdout and "direct" in text.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["recognition-reform"], "recognition-reform changes recognition or points, and so does tables/reforms.csv"),
        (["nowhere"], "no scenario nowhere"),
        (["--elasticity", "theta=1,2,3"], "unknown elasticity 'theta'"),
    ],
)
def test_bad_arguments_are_one_clear_error(
    stated: Workspace, capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["reforms", str(stated.root), *arguments])
    assert stop.value.code == 2 and text in capsys.readouterr().err


def test_bad_rows_are_found_by_the_doctor(stated: Workspace, tmp_path: Path) -> None:
    root = tmp_path / "broken"
    shutil.copytree(stated.root, root, ignore=shutil.ignore_patterns("results", "report"))
    (root / "tables" / "recognition.csv").unlink()
    (root / "tables" / "reforms.csv").write_text(
        "reform,origin,destination,scheme,value\njoint,all,all,medical,1\nx,nowhere,all,hospital,1.5\n",
        encoding="utf-8",
    )
    found = CliRunner().invoke(cli, ["check", str(root), "--json"])
    codes = {p["code"] for p in json.loads(found.stdout) if "reforms" in p["table"]}
    assert codes == {"recognition-range", "unknown-scheme", "reserved-name", "no-recognition", "unknown-place"}
