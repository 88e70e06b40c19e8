"""Vouchers, joint parks and paired assistance that a workspace states: run, traced, reported, printed.

The tables are invented for the test and small enough to be solved by hand; the places are those of the example.
"""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from tests.section_words import words

from megaregion.cli.main import cli, main
from megaregion.data.init import from_example
from megaregion.data.stored import StoredTable
from megaregion.data.workspace import Workspace
from megaregion.links.soft import pairing
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import tables_of
from megaregion.report.blocks import Material
from megaregion.report.document import build_report
from megaregion.report.figures import basemap
from megaregion.report.remarks import remark
from megaregion.report.sections import pairing as pairing_section
from megaregion.report.sections import programs

SHANGHAI, SUZHOU, NANTONG, CHUZHOU, NANJING = "310100", "320500", "320600", "341100", "320100"
TABLES = {
    # at half of the cost: grants 5, 4, 6; additional worth 5, 7.2, 6.3. Of a budget of 10, B and C bring 13.5
    "voucher_projects": "project,firm,cost,unit,match,additionality,additionality_low,additionality_high\n"
                        "A,f1,10,million CNY,10,0.5,0.4,0.6\nB,f2,8,million CNY,8,0.9,0.8,1.0\n"
                        "C,f3,12,million CNY,9,0.7,0.1,0.9\n",
    "voucher_redemptions": "voucher,firm,firm_place,provider,provider_place,amount,unit\n"
                           f"v1,f1,{SHANGHAI},p1,{SUZHOU},30,thousand CNY\n"
                           f"v2,f2,{SHANGHAI},p2,{SHANGHAI},10,thousand CNY\n"
                           f"v3,f3,{NANJING},p2,{SHANGHAI},60,thousand CNY\n",
    "voucher_eligible": f"place_id,firms\n{SHANGHAI},4\n{NANJING},2\n",
    # winners 3 and 5, losers 1 and 1: 4 less 1; two of six draws are as far apart. Winners had 2, the others change
    # nothing: half of the 4 is additional
    "voucher_lottery": "firm,outcome,won,value,unit,before\na,patents,true,3,count,2\nb,patents,true,5,count,2\n"
                       "c,patents,false,1,count,1\nd,patents,false,1,count,1\n",
    # the largest sum 4 + 4.5 leaves Shanghai and Nantong, who like each other best, apart
    "park_candidates": "origin,host,score\n"
                       f"{SHANGHAI},{NANTONG},5\n{SHANGHAI},{CHUZHOU},4\n{SUZHOU},{NANTONG},4.5\n{SUZHOU},{CHUZHOU},1\n",
    # 50 less 10 less 20 is 20, half each
    "park_parties": "park,item,party,alone,total,unit\n"
                    f"one,value_added,{SHANGHAI},10,50,million CNY\none,value_added,{NANTONG},20,50,million CNY\n",
    "park_coalitions": "park,item,coalition,worth,unit\n"
                       f"two,tax,{SUZHOU},1,million CNY\ntwo,tax,{CHUZHOU},2,million CNY\n"
                       f"two,tax,{SUZHOU};{CHUZHOU},5,million CNY\n",
    "park_booked": "park,item,party,booked,unit\n"
                   f"one,value_added,{SHANGHAI},50,million CNY\none,value_added,{NANTONG},20,million CNY\n",
    # anew Shanghai would help Nanjing (4) and Suzhou Chuzhou (4.5); ending Shanghai-Chuzhou costs 3, so it stays
    "pairing_candidates": "donor,recipient,benefit,cost\n"
                          f"{SHANGHAI},{CHUZHOU},5,2\n{SHANGHAI},{NANJING},4,2\n{SUZHOU},{CHUZHOU},4.5,1\n"
                          f"{SUZHOU},{NANJING},1,1\n",
    "pairing_donors": f"donor,capacity,budget,unit\n{SHANGHAI},1,2,million CNY\n{SUZHOU},1,,million CNY\n",
    "pairs": f"donor,recipient,start,end\n{SHANGHAI},{CHUZHOU},2015,\n{SUZHOU},{CHUZHOU},2001,2010\n",
}  # fmt: skip
OPTIONS = """
[options.vouchers]
budget = 10.0
subsidy = 0.5

[options.pairing]
continuity = 3.0
"""
RESULTS = {
    "vouchers": "B", "voucher_redemption": SHANGHAI, "voucher_flows": SHANGHAI, "voucher_lottery": "patents",
    "voucher_additional": "patents",
    "parks": SHANGHAI, "park_bargaining": "one", "park_shapley": "two", "park_attribution": "one",
    "pairing": CHUZHOU, "pairing_donors": SHANGHAI,
}  # fmt: skip


def written(root: Path) -> Path:
    for name, text in TABLES.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    with (root / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(OPTIONS)
    return root


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(written(from_example(tmp_path_factory.mktemp("programs") / "delta", "yangtze-delta")))
    tables_of(workspace, "programs")
    return workspace


@pytest.fixture(scope="module")
def material(stated: Workspace) -> Material:
    cluster = stated.cluster()
    return Material({"programs": stated.store.load("programs")}, cluster, basemap(cluster, stated.geometry()), {}, ())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The same tables as plain files of a folder."""
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", list(RESULTS))
def test_every_table_is_there_and_traced(stated: Workspace, name: str) -> None:
    table = stated.store.load("programs")[name]
    assert len(table.frame) and all(c.formula for c in table.columns if c.modelled)
    rows = lineage(stated, f"programs/{name}", RESULTS[name])
    assert rows
    for row in rows:
        assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_vouchers_by_hand(stated: Workspace) -> None:
    tables = stated.store.load("programs")
    design, facts = tables["vouchers"].frame.set_index("project"), tables["vouchers"].facts
    assert design["chosen"].tolist() == [0, 1, 1] and design["chosen_low"].tolist() == [1, 1, 0]
    assert (facts["spent"], facts["worth"]) == (pytest.approx(10), pytest.approx(13.5))
    assert facts["deadweight"] == pytest.approx(0.1 * 4 + 0.3 * 6) and facts["chosen_throughout"] == ["B"]
    used = tables["voucher_redemption"].frame.set_index("place_id")
    assert used.loc[SHANGHAI, ["cross_share", "cross_amount_share", "uptake"]].tolist() == [0.5, 0.75, 0.5]
    whole = tables["voucher_redemption"].facts
    assert whole["hhi"] == pytest.approx(0.3**2 + 0.7**2) and whole["uptake"] == pytest.approx(0.5)
    flows = tables["voucher_flows"].frame
    assert flows.iloc[0].tolist() == [NANJING, SHANGHAI, 1, 60]
    row = tables["voucher_lottery"].frame.iloc[0]
    assert (row["difference"], row["p"], row["draws"], row["unit"]) == (3, pytest.approx(1 / 3), 6, "count")
    part = tables["voucher_additional"].frame.iloc[0]
    assert (part["reached"], part["anyway"], part["additional"]) == (4, 2, pytest.approx(0.5))


def test_parks_by_hand(stated: Workspace) -> None:
    tables = stated.store.load("programs")
    pairs = tables["parks"].frame.set_index("origin")
    assert pairs["host"].to_dict() == {SHANGHAI: CHUZHOU, SUZHOU: NANTONG}
    assert pairs["other_host"].to_dict() == {SHANGHAI: NANTONG, SUZHOU: CHUZHOU}
    assert tables["parks"].facts["bound"] == pytest.approx(8.5)
    assert tables["parks"].facts["blocking_pairs"] == [{"origin": SHANGHAI, "host": NANTONG}]
    assert tables["park_bargaining"].frame["payoff"].tolist() == [20, 30]
    assert tables["park_shapley"].frame["payoff"].tolist() == [2, 3]
    booked = tables["park_attribution"]
    assert booked.frame["correction"].tolist() == [-30, 10] and booked.facts["value_added"]["counted_twice"] == 20


def test_pairs_by_hand(stated: Workspace) -> None:
    tables = stated.store.load("programs")
    pairs = tables["pairing"].frame.set_index("recipient")
    assert pairs["donor"].to_dict() == {CHUZHOU: SHANGHAI, NANJING: SUZHOU}
    assert pairs["change"].to_dict() == {CHUZHOU: "kept", NANJING: "new"}  # Suzhou's own pair ended in 2010
    assert tables["pairing"].facts["benefit"] == 6 and tables["pairing"].facts["objective"] == 9
    assert tables["pairing_donors"].frame["spent"].tolist() == [2, 1]
    assert tables["pairing"].column("cost").unit == "million CNY"


def test_the_section_is_told_in_both_languages(material: Material) -> None:
    (section,) = programs.sections(material)
    en, zh = words(section, "en"), words(section, "zh")
    assert "2 of 3 projects are granted for 10.00 million CNY" in en and "1 of the grants hold at both ends" in en
    assert "Of 3 vouchers 67 % were redeemed in another place, 90 % of the amount" in en
    assert (
        "winners less losers +3.000" in en
        and "patents, 50 % is additional" in en
        and "50%为增量" in zh.replace(" ", "")
    )
    assert "2 of 2 places find a host, scores adding up to 8.50 (the most possible is 8.50)" in en
    assert "20.00 million CNY is counted twice" in en and "Shanghai–Chuzhou" in en and "上海—滁州" in zh
    assert "1 keep theirs, 1 are new or moved; benefit 6.000" in en and "对口帮扶" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)
    known = {"count", "thousand", "patents"}
    assert not set(re.findall(r"[a-z]{5,}", re.sub(r"(results|methods)\S+", "", zh))) - known
    assert len(programs.finding(material)) == 7


def test_existing_pairs_are_told_as_a_plan(material: Material) -> None:
    """Shanghai-Chuzhou and Suzhou-Nanjing give 11, the best plan 17; remarks are told in Chinese too."""
    benefit = pd.DataFrame({CHUZHOU: [10.0, 9.0], NANJING: [8.0, 1.0]}, index=[SHANGHAI, SUZHOU])
    before = pd.DataFrame({"donor": [SHANGHAI, SUZHOU], "recipient": [CHUZHOU, NANJING]})
    got = pairing.pairing(benefit, pd.DataFrame({"capacity": 1}, index=benefit.index), existing=before)
    table = StoredTable(
        got.to_frame(), got.describe(), facts=got.facts(), parameters=got.parameters(), warnings=got.warnings
    )
    (told,) = pairing_section.sentences(replace(material, results={"programs": {"pairing": table}}))
    assert "; the pairs that exist have 11.00, with 0 that would rather have each other; " in told.en
    assert "现有结对合计11.00，其中有0对更愿互相结对" in told.zh
    for text in got.warnings:
        assert not re.search("[a-z]{4,}", remark(material, text).zh), text


def test_maps_and_report(stated: Workspace) -> None:
    only = {"programs": stated.store.load("programs")}
    page = build_report(only, stated.cluster(), stated.geometry(), stated.sources, ())
    assert 'id="programs"' in page.html
    assert {"voucher-flows.zh.svg", "joint-parks.en.svg", "pairing.zh.svg"} <= set(page.figures)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: None where a number is missing."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@pytest.mark.parametrize(
    ("verb", "table", "options"),
    [("vouchers", "vouchers", ["--budget", "10", "--subsidy", "0.5", "--seed", "1"]), ("parks", "parks", []),
     ("pairing", "pairing", ["--continuity", "3", "--year", "2020"])],
)  # fmt: skip
def test_a_workspace_and_plain_files_say_the_same(
    stated: Workspace, files: Path, verb: str, table: str, options: list[str]
) -> None:
    one = CliRunner().invoke(cli, [verb, str(stated.root), "--json"])
    two = CliRunner().invoke(cli, [verb, str(files), *options, "--json", "--out", str(files / "out")])
    assert one.exit_code == 0 and two.exit_code == 0, one.output + two.output
    assert json.loads(one.stdout) == json.loads(two.stdout)
    assert json.loads(one.stdout)[table]["rows"] == rows_of(stated.store.load("programs")[table].frame)
    assert (files / "out" / f"{table}.csv").is_file()
    text = CliRunner().invoke(cli, [verb, str(files), *options, "--top", "1"])
    assert text.exit_code == 0 and f"{table}: " in text.stdout


@pytest.mark.parametrize(
    ("verb", "edits", "texts"),
    [
        ("vouchers", {"voucher_projects": ("A,f1,10,million", "A,f1,10,thousand")}, ["several units"]),
        ("vouchers", {"voucher_projects": ("0.5,0.4,0.6", "0.5,0.6,1.4")},
         ["additionality must lie in [0, 1]: A", "must lie between its low and high: A"]),
        ("vouchers", {"voucher_lottery": ("b,patents,true,5", "b,patents,true,")}, ["voucher_lottery.csv.value"]),
        ("parks", {"park_candidates": (",4.5", ",")}, ["park_candidates.score is given in some rows only",
                                                       f"{SUZHOU} to {NANTONG}"]),
        ("parks", {"park_parties": ("10,50", "10,51")}, ["one value_added has different totals"]),
        ("parks", {"park_coalitions": ("two,tax", "one,value_added")}, ["both split one value_added"]),
        ("parks", {"park_booked": ("one,value_added", "three,gdp")}, ["speak of different rows", "three/gdp"]),
        ("pairing", {"pairing_donors": (f"{SUZHOU},1", "329999,1")}, [f"pairing_donors lacks: {SUZHOU}"]),
        ("pairing", {"pairing_donors": ("1,2,", "1,1,")}, ["1 of 2 recipients cannot be served"]),
        ("pairing", {"pairing_candidates": (",5,2", ",5,-2")}, ["cost must be finite and >= 0"]),
        ("pairing", {"pairs": (f"{SHANGHAI},{CHUZHOU},2015", f"329999,{CHUZHOU},2015")},
         ["existing names unknown donors: 329999"]),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_error(
    files: Path, capsys: pytest.CaptureFixture[str], verb: str, edits: dict[str, tuple[str, str]], texts: list[str]
) -> None:
    for name, (old, new) in edits.items():
        path = files / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    options = ["--budget", "10", "--subsidy", "0.5", "--seed", "1"] if verb == "vouchers" else []
    with pytest.raises(SystemExit) as stop:
        main([verb, str(files), *options])
    told = capsys.readouterr().err
    assert stop.value.code in (2, 3) and told.count("error:") == 1
    for text in texts:
        assert text in told


def test_what_is_lacking_is_said(files: Path, tmp_path_factory: pytest.TempPathFactory,
                                 capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    def told(*arguments: object) -> str:
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        assert stop.value.code in (2, 4)
        return capsys.readouterr().err

    assert "a lottery needs a seed" in told("vouchers", files, "--budget", 1, "--subsidy", 1)
    assert "budget and subsidy are not stated" in told("vouchers", files, "--seed", 1)
    assert "no workspace and has none of the tables" in told("parks", tmp_path_factory.mktemp("empty"))
    assert "there is no folder" in told("pairing", files / "nowhere")
    (files / "pairing_donors.csv").unlink()
    assert "pairing_donors does not say what donors can take" in told("pairing", files)
    (files / "park_parties.csv").unlink()
    (files / "park_coalitions.csv").unlink()
    assert "neither park_parties nor park_coalitions" in told("parks", files)


def test_minutes_and_fields_of_the_workspace(stated: Workspace, tmp_path: Path) -> None:
    """Benefits from needs and strengths over the travel times of the workspace: strength 2 times need 3, fading."""
    root = tmp_path / "computed"
    shutil.copytree(stated.root, root, ignore=shutil.ignore_patterns("results", "report"))
    (root / "tables" / "pairing_candidates.csv").write_text(
        f"donor,recipient,minutes\n{SHANGHAI},{CHUZHOU},60\n{SUZHOU},{NANJING},\n", encoding="utf-8"
    )
    (root / "tables" / "pairing_fields.csv").write_text(
        "place_id,side,field,value\n" + "".join(f"{p},strength,health,2\n" for p in (SHANGHAI, SUZHOU))
        + "".join(f"{p},need,health,3\n" for p in (CHUZHOU, NANJING)), encoding="utf-8",
    )  # fmt: skip
    found = CliRunner().invoke(cli, ["pairing", str(root), "--decay-min", "60", "--json"])
    assert found.exit_code == 0, found.output
    rows = {r["recipient"]: r["benefit"] for r in json.loads(found.stdout)["pairing"]["rows"]}
    assert rows[CHUZHOU] == pytest.approx(6 * 2.718281828459045**-1, rel=1e-12)
    assert 0 < rows[NANJING] < 6
    lost = CliRunner().invoke(cli, ["pairing", str(root), "--json"])
    assert "it cannot be computed either" in str(lost.exception)


def test_the_doctor_finds_what_is_wrong(stated: Workspace, tmp_path: Path) -> None:
    """Nothing in the sound tables; one finding for each fault."""

    def codes(root: Path) -> set[str]:
        found = json.loads(CliRunner().invoke(cli, ["check", str(root), "--json"]).stdout)
        return {p["code"] for p in found if re.search("voucher|park_|pairing", p["table"])}

    assert codes(stated.root) == set()
    root = tmp_path / "ill"
    shutil.copytree(stated.root, root, ignore=shutil.ignore_patterns("results", "report"))
    for name, old, new in (
        ("voucher_projects", "A,f1,10,million CNY,10,0.5,0.4,0.6", "A,f1,10,CNY,-10,0.5,0.6,1.4"),
        ("voucher_eligible", NANJING, "329999"), ("park_parties", "10,50", "10,51"),
        ("park_candidates", f"{SUZHOU},{CHUZHOU}", f"{SUZHOU},{SUZHOU}"), ("pairing_donors", SUZHOU, "329999"),
    ):  # fmt: skip
        path = root / "tables" / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert codes(root) == {
        "additionality-range", "negative-value", "mixed-unit", "unknown-place", "park-totals", "pair-itself",
        "unknown-donor",
    }  # fmt: skip
    path = root / "tables" / "park_parties.csv"
    path.write_text(TABLES["park_parties"].replace(",10,", ",40,").replace("one,value_added,320600", "two,tax,320600"))
    assert {"park-party"} <= codes(root)
    path.write_text(TABLES["park_parties"].replace(",10,", ",40,"))
    assert {"park-nothing"} <= codes(root)
