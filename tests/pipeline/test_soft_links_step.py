"""The step of soft links on the shipped example, and with services, rights, prices and a panel of flows stated.

The stated tables are invented for the test; the places are those of the example.
"""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.section_words import words

from megaregion.cli.main import cli
from megaregion.data.cluster import units
from megaregion.data.workspace import Workspace
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import tables_of
from megaregion.report.blocks import Drawing, Grid, Material
from megaregion.report.document import build_report
from megaregion.report.figures import basemap
from megaregion.report.sections import border, soft_links

HOSPITALS = {"310100": 60_000, "320100": 40_000, "330100": 30_000}
OPTIONS = """
[options.shared_services]
zones = { "60" = 1.0, "180" = 0.5, "600" = 0.1 }
"""


@pytest.fixture(scope="module")
def stated(done: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("soft") / "delta"
    shutil.copytree(done.root, root)
    cluster = done.cluster()
    ids = list(units(cluster).index)
    rng = np.random.default_rng(1)
    rows = ["facility_id,service,place_id,year,supply,unit"]
    rows += [f"h{p},hospital,{p},2020,{n},bed" for p, n in HOSPITALS.items()]
    (root / "tables" / "services_supply.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rights = ["origin,destination,scheme,value", "all,all,hospital,0.2", "all,all,pension,1", "320000,330000,points,",
              "320000,310000,points,0.5"]  # fmt: skip
    rights += [f"{p},{p},hospital,1" for p in ("310000", "320000", "330000", "340000")]
    (root / "tables" / "recognition.csv").write_text("\n".join(rights) + "\n", encoding="utf-8")
    prices = ["place_id,good,period,price,kind,unit"]
    prices += [f"{p},{g},{y},{np.exp(rng.normal(3, 0.1)):.4f},price,CNY" for p in ids for g in "abcde"
               for y in (2018, 2019, 2020)]  # fmt: skip
    (root / "tables" / "prices.csv").write_text("\n".join(prices) + "\n", encoding="utf-8")
    flows = pd.read_csv(root / "tables" / "flows.csv", dtype={"origin": str, "destination": str})
    panel = ["layer,origin,destination,period,value,unit"]
    some = flows[flows["value"] > 100]
    for year in range(2015, 2021):
        panel += [f"trains,{a},{b},{year},{v * np.exp(rng.normal(0, 0.3)):.3f},trains/day"
                  for a, b, v in some[["origin", "destination", "value"]].itertuples(index=False)]  # fmt: skip
    (root / "tables" / "flow_panel.csv").write_text("\n".join(panel) + "\n", encoding="utf-8")
    with (root / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(OPTIONS)
    workspace = Workspace(root)
    tables_of(workspace, "soft_links", ())
    return workspace


def material(workspace: Workspace) -> Material:
    cluster = workspace.cluster()
    results = {step: workspace.store.load(step) for step in ("links", "soft_links")}
    return Material(results, cluster, basemap(cluster, workspace.geometry()), workspace.sources, ())


def test_the_shipped_example_gives_what_its_tables_permit(done: Workspace) -> None:
    tables = done.store.load("soft_links")
    named = {"parts", "gravity", "expected", "stickiness", "border_wild", "spillover", "spillover_space"}
    assert set(tables) == named
    gravity = tables["gravity"].frame.set_index("term")
    main = done.store.load("links")["border"].frame.query("spec == 'main' and distance == 'great_circle'").iloc[0]
    assert gravity.loc["same", "coef"] == pytest.approx(main["coef"], abs=1e-7)  # one kernel, one sample
    assert gravity.loc["same", "se"] == pytest.approx(main["se"], rel=1e-6) and main["errors"] == "dyadic"
    pairs = tables["expected"].frame
    assert len(pairs) == 1560 and pairs["observed"].sum() == 24_118  # direct trains a day, a fact of the example
    for end in ("origin", "destination"):
        sums = pairs.groupby(end)[["observed", "expected"]].sum()
        np.testing.assert_allclose(sums["expected"], sums["observed"], rtol=1e-8)
    rings = tables["spillover"].frame
    assert rings["places"].sum() == 209 - 6 and rings["identified"].all()
    assert (rings["band_low"] <= rings["ci_low"]).all() and (rings["band_high"] >= rings["ci_high"]).all()


def test_the_border_of_the_equilibrium_has_the_printed_error(done: Workspace) -> None:
    main = done.store.load("links")["border"].frame.query("spec == 'main' and distance == 'great_circle'").iloc[0]
    facts = next(t.facts for t in done.store.load("equilibrium").values() if "border_se" in t.facts)
    assert facts["border_se"] == main["se"] > main["se_two_way"]


def test_sections_of_the_shipped_example_in_both_languages(done: Workspace) -> None:
    sections = soft_links.sections(material(done))
    assert [s.id for s in sections] == ["pairs", "spillover"] and not any(s.grey for s in sections)
    for section in sections:
        en, zh = words(section, "en"), words(section, "zh")
        assert not re.search(r"[\u4e00-\u9fff]", en) and re.search(r"[\u4e00-\u9fff]", zh)
        assert any(isinstance(b, Drawing) for b in section.blocks)
        drawing = next(b for b in section.blocks if isinstance(b, Drawing))
        for language in ("en", "zh"):
            assert drawing.draw(language).get_axes()
    en = words(sections[1], "en")
    assert "the sign may be negative" in en and "虹吸" in words(sections[1], "zh")
    assert "Not computed: market segmentation; needed: prices" in words(sections[0], "en")
    text = words(border.section(material(done)), "en")
    assert "dyadic error" in text and "two-way clustered" in text and re.search(r"worth .* min \(.* to .*\) on a", text)
    wild = done.store.load("soft_links")["border_wild"].frame.iloc[0]
    assert wild["group_pairs"] == 9  # of four provinces, Shanghai has none inside: 6 between and 3 within
    assert f"{wild['ci_low']:.3f} to {wild['ci_high']:.3f}" in text and wild["ci_low"] < wild["coef"] < wild["ci_high"]


def test_the_report_has_them_among_its_findings(done: Workspace) -> None:
    results = {"soft_links": done.store.load("soft_links")}
    page = build_report(results, done.cluster(), None, done.sources, []).html
    assert 'id="pairs"' in page and 'id="spillover"' in page
    assert "One point more growth of the nearest core" in page and "最近核心城市年均增长" in page


def test_services_keep_their_supply_and_name_their_losers(stated: Workspace) -> None:
    tables = stated.store.load("soft_links")
    access = tables["service_hospital"].frame
    for when in ("now", "shared"):
        kept = float((access["people"] * access[f"access_{when}"]).sum())
        assert kept == pytest.approx(sum(HOSPITALS.values()), rel=1e-9)
    losers = access[access["effect"] == "loses"]
    assert len(losers) and (losers["gain"] < 0).all() and set(losers["place_id"]) & set(HOSPITALS)
    section = next(s for s in soft_links.sections(material(stated)) if s.id == "shared-services")
    en, zh = words(section, "en"), words(section, "zh")
    assert "hospital, opened to all across borders" in en and "where it falls" in en and "受损" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)


def test_portability_leaves_the_unknown_open(stated: Workspace) -> None:
    table = stated.store.load("soft_links")["portability"].frame.fillna({"scheme": "", "origin": "", "destination": ""})
    row = table[(table["view"] == "all") & (table["scheme"] == "")].iloc[0]
    assert row["low"] < row["index"] < row["high"] and 0 < row["known"] < 1
    section = next(s for s in soft_links.sections(material(stated)) if s.id == "shared-services")
    grids = [b for b in section.blocks if isinstance(b, Grid) and b.heads[0].label.en.startswith("registered in")]
    assert len(grids) == 1 and len(grids[0].rows) == 4  # provinces


def test_markets_and_the_panel(stated: Workspace) -> None:
    tables = stated.store.load("soft_links")
    assert len(tables["segmentation"].frame) == 41 * 2
    measures = tables["stickiness"].frame.set_index("measure")
    assert measures.loc["persistence", "periods"] == 6 and np.isfinite(measures.loc["persistence", "value"])
    assert tables["border_change"].frame["period"].tolist() == [2016, 2017, 2018, 2019, 2020]
    parts = tables["parts"].frame
    assert parts["computed"].all() and "change of borders" in set(parts["part"])
    sections = {s.id: s for s in soft_links.sections(material(stated))}
    assert set(sections) == {"pairs", "spillover", "shared-services", "segmentation"}
    assert "mean segmentation" in words(sections["segmentation"], "en") and "半衰期" in words(sections["pairs"], "zh")


TRACED = ("expected", "border_wild", "stickiness", "border_change", "spillover", "spillover_space", "service_hospital",
          "facilities_hospital", "portability", "segmentation")  # fmt: skip


@pytest.mark.parametrize("name", TRACED)
def test_every_table_is_traced_to_its_rows(stated: Workspace, name: str) -> None:
    table = stated.store.load("soft_links")[name]
    key = "origin" if name == "expected" else next(c.name for c in table.columns if c.key)  # of one place, not of all
    value = table.frame[key].iloc[0]
    label = f"{value:g}" if isinstance(value, float) else str(value)
    rows = lineage(stated, f"soft_links/{name}", label)[:40]
    assert any(entry.rows is not None and len(entry.rows) for row in rows for entry in row.inputs)
    for row in rows:
        assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_commands_give_the_tables_of_the_step(stated: Workspace) -> None:
    def ran(*arguments: str) -> dict[str, dict[str, list[dict[str, object]]]]:
        out = CliRunner().invoke(cli, [arguments[0], str(stated.root), *arguments[1:], "--json"])
        assert out.exit_code == 0, out.output
        found: dict[str, dict[str, list[dict[str, object]]]] = json.loads(out.stdout)
        return found

    tables = stated.store.load("soft_links")
    markets = ran("segmentation")["segmentation"]["rows"]
    assert [r["segmentation"] for r in markets] == tables["segmentation"].frame["segmentation"].tolist()
    sticky = ran("flows", "--stickiness")
    assert set(sticky) == {"stickiness", "border_change"}
    assert [r["measure"] for r in sticky["stickiness"]["rows"]] == tables["stickiness"].frame["measure"].tolist()
    rings = ran("spillover", "--seed", str(stated.seed))
    assert [r["theta"] for r in rings["spillover"]["rows"]] == tables["spillover"].frame["theta"].tolist()
    assert set(ran("services")) == {"hospital", "hospital_facilities", "portability"}
    cities = [f"--core={p}" for p in ("310100", "320100", "330100", "340100")]
    other = ran("spillover", "--indicator=gdp", "--level=city", "--year=2019", "--year=2020", "--year=2021", *cities)
    assert sum(int(str(r["places"])) for r in other["spillover"]["rows"]) == 41 - 4
