"""The section of values at the margin: numbers follow the tables, what is absent is said, both languages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.sensitivity_tables import (
    LOCAL,
    BorderSensitivities,
    LinkIncidence,
    LinkSensitivities,
    PlaceSensitivities,
    Unit,
)
from megaregion.plot.fonts import render
from megaregion.report.blocks import Block, Bullets, Drawing, Grid, Material, Paragraph, Section, Trace
from megaregion.report.document import build_report
from megaregion.report.geopackage import write_geopackage
from megaregion.report.sections import sensitivities
from megaregion.report.text import LANGUAGES, MODELLED, money, plain, significant
from megaregion.result import Column

MONEY = "million CNY (current)"
UNIT = Unit(name=MONEY)
CITIES = ("310100", "320100", "320300", "340100", "340200", "341600")


def ranges(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The frame with percentiles beside the columns named: 0.4, 0.9 and 1.7 times the value."""
    more = {f"{n}_{t}": frame[n] * f for n in names for t, f in (("p05", 0.4), ("p50", 0.9), ("p95", 1.7))}
    return frame.assign(**more)


def stored(result: LinkSensitivities | BorderSensitivities | PlaceSensitivities | LinkIncidence, **more) -> StoredTable:
    """As the store gives it back."""
    return StoredTable(result.to_frame(), tuple(result.describe()), warnings=(LOCAL,), **more)


def link_frame(gains: list[float], ends: list[tuple[str, str]]) -> pd.DataFrame:
    gain, order = np.array(gains), np.arange(1, len(gains) + 1)
    frame = pd.DataFrame({
        "link_id": [f"{a}--{b}" for a, b in ends], "from_node": [a for a, _ in ends], "to_node": [b for _, b in ends],
        "mode": "rail", "time": 50.0 + 10.0 * order, "rank": order, "rank_p05": np.maximum(order - 1.0, 1.0),
        "rank_p50": 1.0 * order, "rank_p95": order + 2.0, "welfare_percent": gain * 1e-5,
        "welfare_per_time": gain * 1e-6, "gain": gain, "gain_per_time": 0.7 * gain, "kinked": order == 2,
    })  # fmt: skip
    return ranges(frame, "gain")


ENDS = [("nj", "xz"), ("sh", "nj"), ("hf", "nj"), ("hf", "sh"), ("hf", "xz")]


@pytest.fixture(scope="module")
def region(cluster: Cluster) -> Cluster:
    """Four stops, one of them without a name and one without coordinates besides."""
    more = pd.DataFrame({
        "name": ["Shanghai Hongqiao", "Hefei South", "Nowhere"], "name_zh": ["上海虹桥", "合肥南", "无处"],
        "mode": "rail", "lon": [121.32, 117.29, np.nan], "lat": [31.19, 31.80, np.nan],
        "place_id": ["310100", "340100", "340200"], "central": True,
    }, index=pd.Index(["sh", "hf", "no"], name="node_id"))  # fmt: skip
    return cluster.replace(nodes=pd.concat([cluster.nodes, more]))


@pytest.fixture(scope="module")
def tables() -> dict[str, StoredTable]:
    """One small table of every kind, with the columns that the step writes."""
    links = LinkSensitivities(frame=link_frame([43.7, 38.5, 36.3, 0.0, -1.0], ENDS), unit=UNIT)
    pairs = pd.DataFrame({
        "area": ["320000", "310000", "310000"], "other": ["340000", "320000", "340000"], "rank": [1, 2, 3],
        "rank_p05": 1.0, "rank_p50": 2.0, "rank_p95": 3.0, "welfare_percent": [0.01, 0.007, 0.002],
        "gain": [2505.7, 1739.3, 437.8],
    })  # fmt: skip
    borders = BorderSensitivities(frame=ranges(pairs, "gain"), unit=UNIT, together_percent=0.019)
    gains = np.array([24184.0, 9396.0, 8528.0, 9000.0, 3500.0, 4400.0])
    place = {"place_id": list(CITIES)}
    for name, factor in (("productivity", 1.0), ("amenity", 1.1), ("floor_space", 0.1)):
        place |= {f"{name}_percent": gains * factor * 4e-6, f"{name}_gain": gains * factor}
    places = PlaceSensitivities(
        frame=ranges(pd.DataFrame(place).assign(transfer_gain=0.01), "productivity_gain"), unit=UNIT
    )
    groups = pd.DataFrame({
        "link_id": np.repeat(["nj--xz", "sh--nj"], 5), "group": [*CITIES[:4], "outside"] * 2,
        "welfare_percent": 1e-4, "gain": [1.0, 20.0, 12.0, 0.7, 10.0, 30.0, 5.0, 1.0, 2.0, 0.5],
    })  # fmt: skip
    checked = pd.DataFrame({
        "link_id": ["nj--xz", "sh--nj", "hf--nj"], "first_order_percent": [0.0039, 0.0035, 0.0033],
        "exact_percent": [0.0030, 0.0040, 0.0065], "bias": [0.3, -0.125, -0.4923],
    })  # fmt: skip
    facts = {"correlation": -0.8123, "rank_correlation": -1.0, "bias_low": -0.4923, "bias_high": 0.3,
             "together_percent": 0.0145, "singles_percent": 0.0135}  # fmt: skip
    kind = {"modelled": True, "formula": "methods#sensitivities"}
    columns = (
        Column("link_id", "", "Link", "路段", key=True), Column("first_order_percent", "percent", "a", "甲", **kind),
        Column("exact_percent", "percent", "b", "乙", **kind), Column("bias", "ratio", "c", "丙", **kind),
    )  # fmt: skip
    return {
        "links": stored(links), "borders": stored(borders, facts=borders.facts()), "places": stored(places),
        "link_groups": stored(LinkIncidence(frame=groups, unit=UNIT)),
        "screening": StoredTable(checked, columns, parameters={"factor": 0.8}, facts=facts),
    }  # fmt: skip


@pytest.fixture(scope="module")
def base(results) -> StoredTable:
    """The baseline with an income of 10^7 million CNY."""
    table = results["equilibrium"]["baseline"]
    return replace(table, facts={**table.facts, "income_total": 1e7, "income_unit": MONEY})


@pytest.fixture(scope="module")
def full(material: Material, region: Cluster, base: StoredTable, tables: dict[str, StoredTable]) -> Material:
    equilibrium = {**material.results["equilibrium"], "baseline": base}
    return replace(
        material, cluster=region, results={**material.results, "equilibrium": equilibrium, "sensitivities": tables}
    )


def having(material: Material, tables: Mapping[str, StoredTable]) -> Material:
    return replace(material, results={**material.results, "sensitivities": tables})


def texts(block: Block, language: str) -> list[str]:
    if isinstance(block, Paragraph):
        return [block.text.of(language)]
    if isinstance(block, Bullets):
        return [t.of(language) for t in block.items]
    if isinstance(block, Grid):
        heads = [h.label.of(language) for h in block.heads]
        return [block.caption.of(language), *heads, *(c.of(language) for row in block.rows for c in row)]
    return [block.caption.of(language), block.alt.of(language)] if isinstance(block, Drawing) else []


def words(section: Section, language: str = "en") -> str:
    return plain(" ".join(t for b in section.blocks for t in texts(b, language)))


def drawn(section: Section) -> dict[str, Drawing]:
    return {b.name: b for b in section.blocks if isinstance(b, Drawing)}


def grid(section: Section, caption: str) -> Grid:
    return next(b for b in section.blocks if isinstance(b, Grid) and caption in b.caption.en)


def test_all_tables_all_blocks_both_languages(full: Material) -> None:
    section = sensitivities.section(full)
    assert not section.grey
    assert set(drawn(section)) == {"link-values", "link-screening", "border-values", "place-values"}
    assert re.search(r"[\u4e00-\u9fff]", words(section, "zh"))
    assert not re.search(r"[\u4e00-\u9fff]", words(section, "en"))
    for language in LANGUAGES:
        assert not re.search(r"\bnan\b|\bNone\b|\binf\b", words(section, language), re.I)
    trace = section.blocks[-1]
    assert isinstance(trace, Trace)
    assert trace.tables == tuple(
        f"sensitivities/{n}" for n in ("links", "borders", "places", "screening", "link_groups")
    )
    assert trace.formulas == ("methods#sensitivities",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_draw_with_every_glyph(full: Material, language) -> None:
    """Warnings are errors here: a missing glyph or an empty axis fails."""
    for name, figure in drawn(sensitivities.section(full)).items():
        svg = render(lambda f=figure: f.draw(language))
        assert len(svg) > 5_000, name
    if language == "zh":
        svg = render(lambda: drawn(sensitivities.section(full))["link-values"].draw("zh"))
        assert "<!-- 上海虹桥 -->".encode() in svg


def test_key_sentence_gives_the_numbers_of_the_tables(full: Material, tables) -> None:
    (text,) = sensitivities.finding(full)
    keys = [b for b in sensitivities.section(full).blocks if isinstance(b, Bullets) and b.kind == "key"]
    for language in LANGUAGES:
        said = plain(" ".join(t.of(language) for t in keys[0].items))
        for gain in (43.7, 38.5, 36.3):
            for value in (gain, 0.4 * gain, 1.7 * gain, 0.7 * gain):  # the range, and a minute saved
                assert money(value, "CNY").of(language) in said
        for value in (2505.7, 0.4 * 2505.7, 2505.7 + 1739.3 + 437.8, 24184.0):
            assert money(value, "CNY").of(language) in said
    assert "Nanjing South–Xuzhou East" in text.en and "南京南—徐州东" in text.zh
    assert "Jiangsu–Anhui" in text.en and "all 3 borders" in text.en
    assert MODELLED.en in text.en
    assert all(
        t.en in text.en for t in keys[0].items[1:]
    )  # borders and places alike; of the links the finding names the first only
    assert money(43.7, "CNY").en in text.en and money(38.5, "CNY").en not in text.en


def test_money_decides_who_is_worth_most_not_the_rank_of_welfare(full: Material, tables) -> None:
    frame = tables["links"].frame.assign(gain=[1.0, 2.0, 99.0, 0.0, 0.0])
    other = having(full, {"links": replace(tables["links"], frame=frame)})
    key = next(b for b in sensitivities.section(other).blocks if isinstance(b, Bullets) and b.kind == "key").items[0].en
    assert "Hefei South" in sensitivities.finding(other)[0].en and key.index("Hefei South") < key.index("Xuzhou")
    first = grid(sensitivities.section(other), "first 5 links").rows[0][0].en
    assert first == "Nanjing South–Xuzhou East"


def test_table_of_links(full: Material) -> None:
    table = grid(sensitivities.section(full), "The first 5 links")
    first, second = table.rows[0], table.rows[1]
    assert [c.zh for c in first[:2]] == ["南京南—徐州东", "60"]
    assert first[2].en == "43.7 m CNY" and first[4].en == money(0.7 * 43.7, "CNY").en
    assert [c.en for c in first[5:]] == ["1", "1–3", "no"]
    assert [c.en for c in second[5:]] == ["2", "1–4", "yes"]
    assert [h.modelled for h in table.heads] == [False, False, *[True] * 6]


def test_links_beyond_a_fastest_way_are_counted(full: Material) -> None:
    text = words(sensitivities.section(full))
    assert "Of 5 links, 4 are worth anything" in text
    assert "1 are worth less than nothing" in text


def test_long_lists_are_cut(full: Material, tables) -> None:
    links = LinkSensitivities(frame=link_frame([100.0 - k for k in range(70)], [ENDS[k % 5] for k in range(70)]),
                              unit=UNIT)  # fmt: skip
    section = sensitivities.section(having(full, {**tables, "links": stored(links)}))
    assert len(grid(section, "The first 20 links").rows) == 20
    assert "The 60 links" in drawn(section)["link-values"].caption.en


def test_table_without_ranges_has_dashes(full: Material, tables) -> None:
    bare = {
        n: replace(t, frame=t.frame[[c for c in t.frame.columns if not re.search(r"_p\d\d$", c)]])
        for n, t in tables.items()
    }
    section = sensitivities.section(having(full, bare))
    assert grid(section, "The first 5 links").rows[0][3].en == "–"
    assert "5–95 %:" not in sensitivities.finding(having(full, bare))[0].en
    for figure in drawn(section).values():
        render(lambda f=figure: f.draw("zh"))


def test_borders_stand_by_money_with_their_range(full: Material) -> None:
    rows = grid(sensitivities.section(full), "All borders").rows
    assert [r[0].zh for r in rows] == ["江苏—安徽", "上海—江苏", "上海—安徽"]
    assert rows[0][2].en == f"{money(0.4 * 2505.7, 'CNY').en} to {money(1.7 * 2505.7, 'CNY').en}"


def test_places_against_residents_and_income(full: Material, base: StoredTable) -> None:
    """Shanghai: 24,184 m over 1 % of 0.4 of 10^7 m; per resident over its census."""
    row = next(r for r in grid(sensitivities.section(full), "Values of all places").rows if r[0].en == "Shanghai")
    people = float(base.frame.set_index("place_id").loc["310100", "population"])
    assert row[4].en == significant(24184e6 / people, 3).en
    assert row[5].en == f"{24184 / (0.01 * 0.4 * 1e7):.2f}" == "0.60"
    assert drawn(sensitivities.section(full))["place-values"].wide


def test_places_without_baseline_show_the_total_and_say_so(full: Material) -> None:
    other = replace(full, results={"sensitivities": full.results["sensitivities"]})
    section = sensitivities.section(other)
    assert "the total of each place" in words(section)
    figure = drawn(section)["place-values"]
    assert not figure.wide
    assert "Highest in Shanghai" in figure.alt.en
    assert "百万元/年".encode() in render(lambda: figure.draw("zh"))


def test_baseline_in_another_unit_is_not_divided_by(full: Material, base: StoredTable) -> None:
    other = replace(base, facts={**base.facts, "income_unit": "million EUR (current)"})
    section = sensitivities.section(replace(full, results={**full.results, "equilibrium": {"baseline": other}}))
    assert "the total of each place" in words(section)


def test_trust_follows_facts_and_table(full: Material, tables) -> None:
    for language, part in (("en", "understates 2 of 3"), ("zh", "其中2条被低估（共3条）")):
        text = words(sensitivities.section(full), language)
        assert part in text
        assert "−0.81" in text and "−1.00" in text and "−49" in text and "+30" in text
    text = words(sensitivities.section(full))
    assert "with 20 % less time" in text
    assert "Solved exactly, Hefei South–Nanjing South is worth most; the gradient puts it in place 3" in text
    assert "they help each other (+7 %)" in text  # 0.0145 / 0.0135
    worse = replace(tables["screening"], facts={**tables["screening"].facts, "together_percent": 0.0120})
    assert "partly replace each other (−11 %)" in words(
        sensitivities.section(having(full, {**tables, "screening": worse}))
    )
    assert grid(sensitivities.section(full), "first order and exact").rows[2][3].en == "−49.2"


def test_screening_without_facts_has_no_nan(full: Material, tables) -> None:
    facts = {"correlation": float("nan"), "rank_correlation": None, "together_percent": None}
    other = having(full, {**tables, "screening": replace(tables["screening"], facts=facts, parameters={})})
    assert not re.search(r"\bnan\b|None", words(sensitivities.section(other)), re.I)


def test_three_groups_that_gain_most(full: Material) -> None:
    table = grid(sensitivities.section(full), "Who gains")
    assert [r[0].en for r in table.rows] == ["Nanjing South–Xuzhou East", "Shanghai Hongqiao–Nanjing South"]
    said = table.rows[0][1]
    assert [m.start() for m in re.finditer("Nanjing|Xuzhou|registered outside", said.en)] == sorted(
        said.en.index(n) for n in ("Nanjing", "Xuzhou", "registered outside")
    )
    assert said.en.startswith("Nanjing 20.0 m CNY") and "户籍在区域之外 1,000万元" in said.zh
    assert table.rows[0][2].en == f"{100 * 42 / 43.7:.0f} %"


def test_no_groups_no_table(full: Material, tables) -> None:
    other = having(full, {n: t for n, t in tables.items() if n != "link_groups"})
    assert "Who gains" not in words(sensitivities.section(other))


def test_without_links_the_rest_stands(full: Material, tables) -> None:
    other = having(full, {n: tables[n] for n in ("borders", "places")})
    section = sensitivities.section(other)
    assert not section.grey
    assert "No link is valued" in words(section) and "没有可估值的路段" in words(section, "zh")
    assert set(drawn(section)) == {"border-values", "place-values"}
    (text,) = sensitivities.finding(other)
    assert "1 % less time" not in text.en and "1 % less friction" in text.en


def test_one_area_has_no_border(full: Material, tables) -> None:
    section = sensitivities.section(having(full, {"places": tables["places"]}))
    assert "No border is valued" in words(section)
    assert "1 % less friction, the border" not in words(section)


def test_without_the_step_grey_and_no_finding(material: Material) -> None:
    section = sensitivities.section(material)
    assert section.grey
    assert [b.kind for b in section.blocks if isinstance(b, Paragraph)] == ["missing"]
    assert sensitivities.finding(material) == []


def test_what_a_link_is_and_that_all_is_modelled(full: Material) -> None:
    warnings = [b.text for b in sensitivities.section(full).blocks if isinstance(b, Paragraph) and b.kind == "warning"]
    assert "scheduled direct service between two stops, both directions" in warnings[0].en
    assert "modelled" in warnings[0].en and "直达服务" in warnings[0].zh


def test_cautions_of_the_tables_stand_once(full: Material, tables) -> None:
    odd = replace(tables["links"], warnings=(LOCAL, "something odd", "said above"))
    scenarios = replace(full.results["equilibrium"]["scenarios"], warnings=("said above",))
    equilibrium = {**full.results["equilibrium"], "scenarios": scenarios}
    other = replace(full, results={"equilibrium": equilibrium, "sensitivities": {**tables, "links": odd}})
    text = words(sensitivities.section(other))
    assert "something odd" in text
    assert "said above" not in text
    assert LOCAL not in text


def test_stop_without_a_row_keeps_its_code(full: Material, tables) -> None:
    frame = tables["links"].frame.assign(from_node="unknown<stop>")
    section = sensitivities.section(having(full, {"links": replace(tables["links"], frame=frame)}))
    assert "unknown&lt;stop&gt;–" in grid(section, "The first 5 links").rows[0][0].en
    assert "link-values" not in drawn(section)  # nothing that could be drawn


def test_without_a_map_the_tables_stand(full: Material) -> None:
    section = sensitivities.section(replace(full, base=None))
    assert set(drawn(section)) == {"link-screening", "border-values"}
    assert grid(section, "The first 5 links").rows


def test_page_and_summary_of_findings(full: Material, geometry) -> None:
    page = build_report(full.results, full.cluster, geometry, full.sources, [], languages=("zh", "en"))
    assert page.html.index('id="equilibrium"') < page.html.index('id="sensitivities"') < page.html.index('id="plan"')
    (text,) = sensitivities.finding(full)
    assert page.html.index(text.zh) < page.html.index('id="equilibrium"')


@pytest.fixture
def package(tmp_path: Path, full: Material, tables, geometry: gpd.GeoDataFrame) -> Path:
    path = tmp_path / "x.gpkg"
    last = tables["links"].frame.assign(to_node=["xz", "nj", "nj", "sh", "no"])
    results = {"sensitivities": {**tables, "links": replace(tables["links"], frame=last)}}
    write_geopackage(path, results, full.cluster, geometry)
    return path


def test_layer_of_links_has_every_row_between_its_stops(package: Path, full: Material) -> None:
    layer = gpd.read_file(package, layer="link_values")
    assert len(layer) == 5
    assert layer.crs.to_epsg() == 4326
    nodes = full.cluster.nodes
    for _, row in layer.head(4).iterrows():
        want = nodes.loc[[row["from_node"], row["to_node"]], ["lon", "lat"]].to_numpy(float)
        np.testing.assert_array_equal(np.array(row.geometry.coords), want)
    assert layer.geometry.isna().tolist() == [False] * 4 + [True]  # that stop has no coordinates
    assert layer["gain"].tolist() == [43.7, 38.5, 36.3, 0.0, -1.0]
    assert layer["kinked"].astype(bool).tolist() == [False, True, False, False, False]
    assert layer["from_name_zh"].tolist()[:2] == ["南京南", "上海虹桥"]
    assert {"rank_p05", "gain_p95", "gain_per_time", "welfare_per_time", "time"} <= set(layer.columns)


def test_values_of_places_are_joined_into_the_polygons(package: Path, tables) -> None:
    layer = gpd.read_file(package, layer="city_results").set_index("place_id")
    want = tables["places"].frame.set_index("place_id")["productivity_gain"]
    assert layer["places_productivity_gain"].to_dict() == want.to_dict()
    assert {"places_amenity_gain", "places_transfer_gain"} <= set(layer.columns)


def test_without_links_no_layer(tmp_path: Path, full: Material, tables, geometry) -> None:
    path = tmp_path / "y.gpkg"
    write_geopackage(path, {"sensitivities": {"places": tables["places"]}}, full.cluster, geometry)
    assert "link_values" not in {name for name, _ in pyogrio.list_layers(path)}
    assert "links" in {name for name, _ in pyogrio.list_layers(path)}
