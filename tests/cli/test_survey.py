"""megaregion survey: from a file of respondents, from published means, and inside a workspace with its report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.check import check
from megaregion.data.stored import StoredTable
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError
from megaregion.links.diagnose import diagnose
from megaregion.plot.fonts import render
from megaregion.report.blocks import Drawing, Material
from megaregion.report.sections.business_environment import finding, sections
from megaregion.report.text import plain

PISA = Path(__file__).parents[2] / "docs" / "howto" / "pisa_2018_mathematics.csv"
PLACES = ("310100", "320100", "330100")


def respondents() -> pd.DataFrame:
    draw = np.random.default_rng(2)
    rows = [
        (f"{place}-{c}-{k}", place, f"s{place}", f"{place}-{c}", 1.0 + k, round(float(draw.uniform(1.3, 2.7)) + p, 3))
        for p, place in enumerate(PLACES) for c in range(11) for k in range(3)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["respondent_id", "place_id", "stratum", "psu", "weight", "ease"])


def test_a_file_in_gbk(tmp_path: Path) -> None:
    path = tmp_path / "firms.csv"
    respondents().assign(note="企业").to_csv(path, index=False, encoding="gbk")
    done = CliRunner().invoke(
        cli, ["survey", str(path), "--item", "ease:1:5", "--draws", "500", "--out", str(tmp_path), "--json"]
    )
    out = json.loads(done.stdout)["business_environment"]
    assert done.exit_code == 0 and out["facts"]["pairs_told_apart: ease"] == 3
    assert [(r["place_id"], r["best"], r["worst"]) for r in out["rows"]] == [
        ("310100", 3, 3), ("320100", 2, 2), ("330100", 1, 1)
    ]  # fmt: skip
    assert (tmp_path / "business_environment.csv").exists()


def test_published_means_and_bad_input(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["survey", str(PISA), "--published", "--draws", "500"])
    assert done.exit_code == 0 and "pairs_told_apart" in done.stdout and "Japan" in done.stdout
    path = tmp_path / "firms.csv"
    respondents().drop(columns=["psu", "weight"]).to_csv(path, index=False)
    lost = CliRunner().invoke(cli, ["survey", str(path), "--item", "ease:1:5"])
    assert isinstance(lost.exception, SchemaError) and "without its design" in str(lost.exception)
    none = CliRunner().invoke(cli, ["survey", str(PISA), "--item", "ease"])
    assert none.exit_code == 2 and "NAME:LOW:HIGH" in none.stderr


def workspace(root: Path, options: str) -> Workspace:
    (root / "tables").mkdir(parents=True, exist_ok=True)
    (root / "workspace.toml").write_text(
        'format = 1\n[cluster]\nid = "w"\nname = "W"\nlevel = "city"\ngroup = "province"\nbase_year = 2020\nseed = 1\n'
        f'timetable = ""\ncrs = "EPSG:4549"\n{options}', encoding="utf-8",
    )  # fmt: skip
    names = {"310100": ("Shanghai", "上海市"), "320100": ("Nanjing", "南京市"), "330100": ("Hangzhou", "杭州市")}
    lines = ["place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source"]
    for k, (place, (en, zh)) in enumerate(names.items()):
        lines += [
            f"P{k},P{k},省{k},province,,{118 + k},32,100,10,x",
            f"{place},{en},{zh},city,P{k},{118 + k},32,100,10,x",
        ]
    (root / "tables" / "places.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    long = respondents().rename(columns={"ease": "value"}).assign(item="ease")
    long.to_csv(root / "tables" / "survey_answers.csv", index=False)
    return Workspace(root)


OPTIONS = "[options.business_environment]\ndraws = 500\n[options.business_environment.items.ease]\nlow = 1\nhigh = 5\n"


def test_in_a_workspace_with_its_section_of_the_report(tmp_path: Path) -> None:
    cluster = workspace(tmp_path, OPTIONS).cluster()
    found = diagnose(cluster, seed=1)["business_environment"]
    frame, columns = found.to_frame(), found.describe()
    assert list(frame.columns) == [c.name for c in columns]
    table = StoredTable(frame, columns, title_en=found.title_en, title_zh=found.title_zh, facts=found.facts(),
                        parameters=found.parameters(), warnings=found.warnings)  # fmt: skip
    material = Material({"links": {"business_environment": table}}, cluster, None, {}, ())
    (section,) = sections(material)
    text = " ".join(plain(t.en) for t in finding(material))
    assert "99 respondents in 3 places; of 3 pairs of places 3 can be told apart by the ease" in text
    (figure,) = [b for b in section.blocks if isinstance(b, Drawing)]
    assert "ease" in figure.caption.zh and render(lambda: figure.draw("zh")).startswith(b"<?xml")
    assert sections(Material({}, cluster, None, {}, ())) == [] == finding(Material({}, cluster, None, {}, ()))


def test_scales_must_be_stated(tmp_path: Path) -> None:
    for options, text in (("", "their scales are not stated"),
                          (OPTIONS.replace("ease", "speed"), "lacks the scales of ease"),
                          (OPTIONS.replace("draws", "drws"), "unknown keys drws")):  # fmt: skip
        with pytest.raises(InputError, match=text):
            diagnose(workspace(tmp_path, options).cluster(), seed=1)


def test_the_doctor_reads_answers(tmp_path: Path) -> None:
    workspace(tmp_path, OPTIONS)
    path = tmp_path / "tables" / "survey_answers.csv"
    table = pd.read_csv(path, dtype=str)
    table.loc[0, "place_id"], table.loc[1, "weight"], table.loc[2, "weight"] = "999", "0", "-1"
    table.loc[4, "respondent_id"] = table.loc[3, "respondent_id"]
    table.to_csv(path, index=False)
    codes = {p.code for p in check(tmp_path) if p.table.endswith("survey_answers.csv")}
    assert codes == {"unknown-place", "not-positive", "negative-value", "duplicate-id"}
