"""Innovation from a folder: traced, reported in both languages, printed; documents and choke points that a user states.

The documents are invented for the test and such that the answer is known: eight cities share one document for each
pair, Shanghai four with each of the others.
"""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli, main
from megaregion.data.workspace import Workspace
from megaregion.nodes.innovation import TABLES, innovation
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import tables_of
from megaregion.report.blocks import Bullets, Grid, Material, Paragraph, Section
from megaregion.report.figures import basemap, drawings, render_all
from megaregion.report.sections import innovation as room
from megaregion.report.text import plain

CITIES = ("310100", "320100", "320200", "320500", "330100", "330200", "340100", "340200")
CHOKE = """choke_point,name,name_zh,activities,import_dependence,domestic_holders
chip,Chip,芯片,information;science,0.8,2
lens,,,manufacturing,,
"""

# R&D of Shanghai in the bulletin of 2020, contracts of 2021 (docs/howto/yangtze_innovation)
YIELDS = """310100,2020,rd_expenditure,161570,million CNY (current),全市,yearbooks,
310100,2021,technology_contracts,276125,million CNY (current),全市,yearbooks,
"""


def documents() -> str:
    rows = ["document_id,place_id,year,people,kind"]
    for i, one in enumerate(CITIES):
        rows += [f"{one}-{k},{one},2019,,grant" for k in range(100 if i == 0 else 5 + 5 * i)]
        for other in CITIES[i + 1 :]:
            for k in range(1 if i else 4):
                rows += [f"{one}-{other}-{k},{place},2020,,grant" for place in (one, other)]
    return "\n".join([*rows, "abroad,310100,2020,1,grant", "abroad,Tokyo,2020,1,grant"]) + "\n"


@pytest.fixture(scope="module")
def stated(done: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("innovation") / "delta"
    shutil.copytree(done.root, root)
    (root / "tables" / "documents.csv").write_text(documents(), encoding="utf-8")
    (root / "tables" / "choke_points.csv").write_text(CHOKE, encoding="utf-8")
    with (root / "tables" / "indicators.csv").open("a", encoding="utf-8") as file:
        file.write(YIELDS)
    workspace = Workspace(root)
    tables_of(workspace, "nodes")
    return workspace


def material(workspace: Workspace) -> Material:
    return Material({"nodes": workspace.store.load("nodes")}, workspace.cluster(), None, workspace.sources, ())


def words(section: Section, language: str) -> str:
    out = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            out.append(block.text.of(language))
        elif isinstance(block, Bullets):
            assert not [t.zh for t in block.items if 'lang="en"' in t.zh]  # every warning has its Chinese form
            out += [t.of(language) for t in block.items]
        elif isinstance(block, Grid):
            out += [block.caption.of(language), *(h.label.of(language) for h in block.heads)]
            out += [cell.of(language) for row in block.rows for cell in row]
    return plain(" ".join(out))


def test_the_shipped_example_says_what_it_has_and_what_not(done: Workspace) -> None:
    """72,327 patents of Shanghai in 2017 are a fact of the node data of Liang et al. (2024), 37 of 41 cities."""
    tables = done.store.load("nodes")
    vector = tables["innovation"].frame
    patents = vector[vector["indicator"] == "patents"]
    assert len(patents) == 37 and patents.set_index("place_id").loc["310100", "value"] == 72327
    assert patents["per_10000"].isna().all()  # districts over people of the whole prefecture would be no rate
    counties = vector[(vector["kind"] == "county") & (vector["indicator"] == "information_employment_share")]
    assert len(counties) == 305 and len(tables["innovation_complexity"].frame) == 305
    assert "innovation_ties" in tables and "choke_points" not in tables
    whole = material(done)
    en, zh = words(room.section(whole), "en"), words(room.section(whole), "zh")
    assert "Joint documents of 2020–2021: of 1,407" in en and "The documents: 1,407 publications" in en
    assert "no census and no random sample" in en and "成果来源：PubMed" in zh and "既非普查也非随机样本" in zh
    assert "Patents (2017, urban districts): most in Shanghai 72,327" in en and "of all 37 places with a value" in en
    assert "no conversion rate" in en
    further = {name: table for name, table in done.cluster().further.items() if name != "documents"}
    without = innovation(done.cluster().replace(further=further), seed=1)
    assert "innovation_ties" not in without and "no tables/documents.csv" in " ".join(without["innovation"].warnings)


def test_the_stated_tables_are_computed_and_traced(stated: Workspace) -> None:
    tables = stated.store.load("nodes")
    places = tables["innovation_ties_places"].frame.set_index("place_id")
    # 28 ties of two people give each end half a document each, and Tokyo half a document of Shanghai
    assert places.loc["310100", "documents"] == pytest.approx(100 + 7 * 4 / 2 + 0.5)
    assert places.loc["310100", "outside"] == pytest.approx(0.5 / 114.5)
    np.testing.assert_allclose(tables["innovation_radiation"].frame["ratio"], 4.0, rtol=1e-5)
    contracts = tables["innovation_yields"].frame
    assert contracts["value"].tolist() == pytest.approx([276125 / 161570]) and contracts["lag"].tolist() == [1]
    for name in (n for n in TABLES if n != "innovation_conversion"):
        frame = tables[name].frame
        key = next(c.name for c in tables[name].columns if c.key)
        for row in lineage(stated, f"nodes/{name}", str(frame[key].iloc[0])):
            assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_the_report_tells_it_in_both_languages(stated: Workspace) -> None:
    found = material(stated)
    section = room.section(found)
    en, zh = words(section, "en"), words(section, "zh")
    assert not section.grey
    assert "Radiation of Shanghai" in en and "its ties are 4.00 times" in en and "上海的辐射" in zh
    assert "Joint documents (grant) of 2019–2020" in en and "合作成果（grant）" in zh
    assert re.search(r"Chip \(resting on: [^)]+\): nearest is", en) and re.search(
        "芯片（所依托：[^）]+）：最接近的是", zh
    )
    assert "choke points: 1 of 2 lack import dependence" in en and "2项中1项缺进口依赖度" in zh
    assert "专利：41个地区中37个有数据" in zh and "缺研发投入强度" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert "Radiation" not in " ".join(plain(t.en) for t in room.finding(found))  # headline: ties, not their model
    assert "Joint documents" in " ".join(plain(t.en) for t in room.finding(found))


def test_the_ties_are_drawn(stated: Workspace) -> None:
    """28 lines between eight cities, and the map of complexity."""
    found = replace(material(stated), base=basemap(stated.cluster(), stated.geometry()))
    made = [d for d in drawings([room.section(found)]) if d.name == "innovation-ties"]
    pictures = render_all(made, ("zh", "en"))
    assert set(pictures) == {"innovation-ties.zh.svg", "innovation-ties.en.svg"}
    assert all(b"<svg" in data for data in pictures.values())
    assert "28" in made[0].caption.en and "28" in made[0].caption.zh


def test_the_command_prints_it(stated: Workspace) -> None:
    out = CliRunner().invoke(cli, ["innovation", str(stated.root), "--table", "innovation_ties", "--json"])
    assert out.exit_code == 0, out.output
    rows = json.loads(out.stdout)["innovation_ties"]["rows"]
    assert len(rows) == 28 and sum(r["full"] for r in rows) == 21 + 4 * 7
    text = CliRunner().invoke(cli, ["innovation", str(stated.root), "--place", "310100", "--top", "3"])
    assert text.exit_code == 0 and "innovation_ties: Joint documents by pair of places, 3 of 7 rows" in text.stdout


def test_a_broken_table_is_one_clear_error(
    stated: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "broken"
    shutil.copytree(stated.root, root)
    (root / "tables" / "choke_points.csv").write_text(CHOKE.replace("science", "sciense"), encoding="utf-8")
    (root / "tables" / "documents.csv").write_text("document_id,place_id,year\nd,330000,2020\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["innovation", str(root)])
    told = capsys.readouterr().err
    assert stop.value.code != 0
    assert "unknown-activity" in told and "place-too-large" in told
