"""Games, measures, register, maturity, paths and scenarios that a workspace states: run, traced, reported, printed.

The tables are invented for the test and small enough to be solved by hand; the places are those of the example.
"""

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
from megaregion.report.blocks import Material, Trace
from megaregion.report.sections import agreements, town_country
from megaregion.report.text import plain

SHANGHAI, NANJING, HANGZHOU = "310100", "320100", "330100"
TABLES = {
    # the saving of 6 + 8 - 10 = 4 is halved by the nucleolus
    "games": "game,kind,coalition,value,unit,source\n"
             f"works,cost,{SHANGHAI},6,million CNY,x\nworks,cost,{NANJING},8,million CNY,x\n"
             f"works,cost,{SHANGHAI};{NANJING},10,million CNY,x\n",
    "measures": f"measure,party,gain\nroad,{SHANGHAI},5\nroad,{NANJING},-2\n",
    "agreements": "agreement_id,title,parties,field,instrument,start,end,status,budget,url\n"
                  f"a1,One,{SHANGHAI};{NANJING},transport,agreement,2018,,in-force,,x\n"
                  f"a2,Two,{SHANGHAI};{NANJING};{HANGZHOU},health,plan,2019,,in-force,,x\n",
    "maturity": "field,coder,level,implementation,weight,source\ntransport,one,3,0.5,,x\ntransport,two,3,0.7,,x\n"
                "health,one,1,1,,x\nhealth,two,1,1,,x\n",
    "instruments": "instrument_id,title,title_zh,requires,cost,lead_time,evidence,effects\n"
                   "plan,Plan,规划,,1,1,C,\nworks,Works,工程,plan,4,2,C,services=10\n",
    "targets": "region_type,indicator,sense,target,unit,now,deadline\n"
               f"{NANJING},services,at-least,58,index,50,\n{HANGZHOU},services,at-least,70,index,50,\n",
    "impacts": "descriptor,state,on_descriptor,on_state,impact\ngrowth,fast,moves,many,2\ngrowth,slow,moves,few,2\n"
               "moves,many,growth,fast,1\nmoves,few,growth,slow,1\n",
    # median 20, line at 60 % is 12: one of five below it
    "incomes": "record_id,place_id,year,level,income,unit,source\n"
               + "".join(f"r{k},{NANJING},2020,person,{v},CNY,x\n" for k, v in enumerate((10, 15, 20, 25, 30))),
    "deprivations": "record_id,place_id,year,dimension,value,cutoff,unit,scale,source\n"
                    + "".join(f"r{k},{NANJING},2020,{d},{v},5,year,cardinal,x\n"
                              for k, pair in enumerate(((1, 2), (1, 9), (9, 9), (9, 9)))
                              for d, v in zip(("schooling", "water"), pair, strict=True)),
    "income_brackets": "place_id,year,group,lower,upper,number,counted,mean_income,unit,source\n"
                       + "".join(f"{HANGZHOU},2020,all,{a},{b},{n},person,{m},CNY,x\n" for a, b, n, m in
                                 ((0, 10, 100, 7), (10, 20, 300, 15), (20, 40, 400, 28), (40, 80, 150, 55),
                                  (80, 200, 50, 110))),
    # line 12: the transfer lifts the one poor person from 10 to 12 for 2 a year, exactly perfect targeting
    "remedies": "option,kind,place_id,cost,income_effect,access_effect,elasticity,elasticity_low,elasticity_high,"
                "target\n"
                f"top-up,transfer,{NANJING},2,2,,,,,poor\nbus,service,{NANJING},8,,0.1,1,0.5,1.5,\n",
    "factor_flows": "factor,channel,origin,destination,year,value,unit,observed,barrier,source\n"
                    f"land,quota,{HANGZHOU},{SHANGHAI},2020,12.5,ha,yes,within the province,x\n",
    "villages": "village_id,protected,minutes_to_centre,hazard,official\n"
                f"{SHANGHAI},no,10,no,城郊融合类\n{NANJING},yes,90,no,特色保护类\n{HANGZHOU},no,90,yes,\n"
                "330200,no,90,no,\n",
}  # fmt: skip
STATED = (
    "sharing",
    "sharing_objections",
    "sharing_games",
    "agreement_parties",
    "agreement_measures",
    "agreement_rules",
    "agreement_register",
    "agreement_list",
    "agreement_years",
    "agreement_ties",
    "agreement_drivers",
    "agreement_network",
    "agreement_pairs",
    "agreement_places",
    "maturity",
    "paths",
    "path_steps",
    "path_targets",
    "path_blocks",
    "consistent_scenarios",
    "poverty",
    "poverty_lorenz",
    "multidimensional",
    "multidimensional_dimensions",
    "village_types",
    "village_shares",
    "village_agreement",
    "remedies",
    "poor_places",
    "rural_functions",
    "rural_bundles",
    "rural_bundle_choice",
    "rural_tradeoffs",
)
OPTIONS = """
[options.poverty]
places_by = "gdp_per_head"

[options.rural_functions]
bootstrap = 5
permutations = 99
most_bundles = 3

[options.rural_functions.production]
agriculture_employment_share = [1, 0.0, 60.0]

[options.rural_functions.living]
tap_water_share = [1, 60.0, 100.0]
college_share = [1, 0.0, 40.0, 2.0]
"""


@pytest.fixture(scope="module")
def stated(done: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("stated") / "delta"
    shutil.copytree(done.root, root)
    for name, text in TABLES.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    with (root / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(OPTIONS)
    workspace = Workspace(root)
    tables_of(workspace, "mechanisms", ())
    return workspace


@pytest.fixture(scope="module")
def material(stated: Workspace) -> Material:
    return Material({"mechanisms": stated.store.load("mechanisms")}, stated.cluster(), None, stated.sources, ())


@pytest.mark.parametrize("name", STATED)
def test_every_table_is_there_and_traced(stated: Workspace, name: str) -> None:
    table = stated.store.load("mechanisms")[name]
    if name == "sharing_objections":  # who walks out of proportional shares: Shanghai would pay 10 x 24.87 / 34.18 > 6
        assert set(table.frame["coalition"]) == {SHANGHAI}
    assert len(table.frame)
    key = next(c.name for c in table.columns if c.key)
    value = table.frame[key].iloc[0]
    label = f"{value:g}" if isinstance(value, float) else str(value)
    for row in lineage(stated, f"mechanisms/{name}", label):
        assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_the_agreements_section_says_who_pays_and_who_walks_out(material: Material) -> None:
    section = agreements.section(material)
    assert not section.grey
    en, zh = words(section, "en"), words(section, "zh")
    assert "Joint cost works: together 10.00 million CNY, apart 14.00 million CNY, a saving of 4.000" in en
    assert "would walk out: Shanghai" in en and "将退出：上海" in zh
    assert "All parties would agree to road: together 3.000" in en
    assert "2 agreements tie 3 places in 3 pairs, 100 % of them across the borders" in en
    assert "The register holds 2 agreements: 2 in force." in en and "登记表含2项协议：执行中2项" in zh
    assert "Agreements by the year of their start and by status, 2018 to 2019." in en and "已找到" not in en
    assert "What ties go with (network regression)" in en and "same province or state" in en
    assert "account for" in en and "p over 999 orders of the places" in en and "各因素合计解释" in zh
    assert "No pairs have more agreements in common than places that sign as many would" in en and "没有城市对" in zh
    assert "Maturity of coordination is judged in 2 of 8 fields by 2 coders" in en
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert [t for block in section.blocks if isinstance(block, Trace) for t in block.tables]


def test_the_findings_name_them(material: Material) -> None:
    found = " ".join(plain(t.en) for t in agreements.finding(material))
    assert "All parties would agree to road" in found and "2 agreements tie 3 places" in found
    assert "Hangzhou: no path reaches all targets" in " ".join(plain(t.en) for t in town_country.finding(material))


def test_paths_stand_in_town_and_country(material: Material) -> None:
    en, zh = (words(town_country.section(material), language) for language in ("en", "zh"))
    assert "Nanjing: 2 instruments for 5.00 m CNY" in en and "南京：2项工具" in zh
    assert "2 of 4 combinations of states hold together" in en and "growth: fast; moves: many" in en
    assert "Works" in en and "工程" in zh


def test_poverty_and_villages_stand_there_too(material: Material) -> None:
    en, zh = (words(town_country.section(material), language) for language in ("en", "zh"))
    assert "20.0 %" in en.split("Relative poverty of persons in 2020")[1][:400]  # one of five below 12
    # with a cutoff of one third two of four are poor, deprived in all and in half of the dimensions: M0 3/8
    assert "50.0 % of people, in 75.0 % of the dimensions on average (M0 0.375)" in en
    assert "Only income brackets are given for 1 distributions" in en
    assert "suburban-integration 1, characteristic-protection 1" in en and "1 (25 %) stay undecided" in en
    assert "needs the consent of the villagers" in en and "须经村民同意" in zh and "特色保护类1个" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_land_is_measured_in_hectares_and_not_in_people(stated: Workspace, material: Material) -> None:
    en, zh = (words(town_country.section(material), language) for language in ("en", "zh"))
    assert "Land quota, 2020: 1 of 2 places give more than they receive; most: Hangzhou −12.5 ha." in en
    assert "土地指标（2020）：2个单元中1个流出多于流入；最多：杭州−12.5 公顷。" in zh
    assert "within the province" in en and "渠道quota（2020）：2个单元中2个仅有单向流量" in zh
    assert "按 urban_core 划分" in zh and "as given by" not in zh
    years = stated.cluster().further["factor_flows"]["year"]
    assert years.dtype == "int64" and stated.cluster().further["deprivations"]["year"].dtype == "int64"


def test_remedies_and_functions_stand_there_too(stated: Workspace, material: Material) -> None:
    en, zh = (words(town_country.section(material), language) for language in ("en", "zh"))
    assert (
        "Most poverty reduction per unit of cost: top-up modelled, 100.0 % of what perfect targeting would reach" in en
    )
    # the bus brings 10 to 11, half of the gap of 2 for four times the money
    table = stated.store.load("mechanisms")["remedies"].frame.set_index("option")
    assert table.loc["bus", "of_benchmark"] == pytest.approx(0.125, rel=1e-12)
    assert table.loc["bus", ["reduction_1_low", "reduction_1", "reduction_1_high"]].is_monotonic_increasing
    assert "完全瞄准" in zh and "poor places, which is not poverty of persons" in en
    assert "Rural functions of 168 places" in en and "no data for ecology, culture" in en
    assert "168个单元的乡村功能" in zh and "生态功能、文化功能无数据" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_blocks_are_told_in_both_languages(stated: Workspace) -> None:
    frame = stated.store.load("mechanisms")["path_blocks"].frame
    assert len(frame) and frame["text_zh"].str.contains(r"[\u4e00-\u9fff]").all()
    assert not frame["text"].str.contains(r"[\u4e00-\u9fff]").any()


def test_the_command_prints_paths(stated: Workspace) -> None:
    out = CliRunner().invoke(cli, ["rural", str(stated.root), "--table", "paths", "--json"])
    assert out.exit_code == 0, out.output
    rows = json.loads(out.stdout)["paths"]["rows"]
    assert [(r["region_type"], r["complete"]) for r in rows if r["path"] == 1] == [(NANJING, "yes"), (HANGZHOU, "no")]
    text = CliRunner().invoke(cli, ["rural", str(stated.root), "--table", "path_blocks"])
    assert text.exit_code == 0 and "What blocks the rest" in text.stdout
    flows = CliRunner().invoke(cli, ["rural", str(stated.root), "--table", "factor_pairs"])
    assert f"{SHANGHAI} Shanghai" in flows.stdout and f"{HANGZHOU} Hangzhou" in flows.stdout


def test_a_broken_game_is_one_clear_error(
    stated: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "broken"
    shutil.copytree(stated.root, root)
    (root / "tables" / "games.csv").write_text(
        f"game,kind,coalition,value,unit,source\nworks,cost,{SHANGHAI};{NANJING},10,million CNY,x\n"
        "works,cost,,3,million CNY,x\n",
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as stop:
        main(["rural", str(root)])
    told = capsys.readouterr().err
    assert stop.value.code != 0
    assert "the empty coalition has the value 3" in told and "2 of 3 coalitions are lacking" in told


def test_fields_without_a_judgement_are_named_once_and_in_the_language_of_the_page(material: Material) -> None:
    en, zh = (words(agreements.section(material), language) for language in ("en", "zh"))
    assert en.count("missing is not level 0") == 2  # judged by coders, read off the register
    assert "未评定：经济" in zh and "social-security" not in zh
