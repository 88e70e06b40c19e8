import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from megaregion.errors import InputError, SchemaError
from megaregion.report.document import ReportDocument, build_report, write_report
from megaregion.report.text import LANGUAGES


@pytest.fixture(scope="module")
def document(results, cluster, geometry, sources, problems) -> ReportDocument:
    # warnings are errors in this suite: a glyph that the font lacks fails here
    return build_report(results, cluster, geometry, sources, problems, languages=LANGUAGES)


VOID = {"meta", "img", "br", "link", "input"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if "id" in known:
            self.ids.append(known["id"])
        for key in ("src", "href"):
            value = known.get(key, "")
            if tag != "a" and value and not value.startswith(("data:", "#")):
                self.outside.append(value)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_page_is_well_formed_and_self_contained(document: ReportDocument) -> None:
    """Every tag closes, no id stands twice, nothing is loaded from anywhere."""
    reader = _Tags()
    reader.feed(document.html)
    assert reader.stack == []
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.outside == []
    assert "@import" not in document.html
    assert not re.search(r"url\(\"?https?:", document.html)


def test_two_runs_give_the_same_bytes(document, results, cluster, geometry, sources, problems) -> None:
    again = build_report(results, cluster, geometry, sources, problems, languages=LANGUAGES)
    assert again.html == document.html
    assert dict(again.figures) == dict(document.figures)


def test_every_figure_stands_in_both_languages(document: ReportDocument) -> None:
    names = {name.rsplit(".", 2)[0] for name in document.figures}
    assert set(document.figures) == {f"{n}.{x}.svg" for n in names for x in LANGUAGES}
    assert {"cluster-map", "index", "size", "time-map", "reach-map", "border", "theil", "population-change",
    "range-half",
            "gains-half", "projects", "portfolio-sets", "projects-map", "gains-portfolio"} == names  # fmt: skip


def test_what_is_not_computed_is_said_and_not_invented(cluster, geometry, sources, problems) -> None:
    empty = build_report({}, cluster, geometry, sources, problems)
    assert empty.html.count("步骤未运行：") == 9
    assert empty.html.count("Step not run:") == 9
    assert "尚未运行任何步骤" in empty.html
    assert {name.rsplit(".", 2)[0] for name in empty.figures} == {"cluster-map"}


def test_one_language_has_no_switch(results, cluster, geometry, sources, problems) -> None:
    page = build_report(results, cluster, geometry, sources, problems, languages=("en",))
    assert 'data-set="' not in page.html
    assert "主要结论" not in page.html
    assert all(name.endswith(".en.svg") for name in page.figures)


@pytest.mark.parametrize("languages", [("fr",), ()])
def test_unknown_language(languages, results, cluster, geometry, sources, problems) -> None:
    with pytest.raises(InputError, match="language"):
        build_report(results, cluster, geometry, sources, problems, languages=languages)


def test_missing_column_names_the_table(results, cluster, geometry, sources, problems) -> None:
    from dataclasses import replace

    table = results["nodes"]["index"]
    broken = {
        **results,
        "nodes": {**results["nodes"], "index": replace(table, frame=table.frame.drop(columns="rank_p05"))},
    }
    with pytest.raises(SchemaError, match="nodes/index lacks the columns rank_p05"):
        build_report(broken, cluster, geometry, sources, problems)


def test_works_without_polygons(results, cluster, sources, problems) -> None:
    page = build_report(results, cluster, None, sources, problems, languages=("zh",))
    assert "time-map.zh.svg" in page.figures


def test_text_from_data_is_escaped(document: ReportDocument) -> None:
    assert "a &lt;jump&gt; of 60 %" in document.html
    assert "a <jump>" not in document.html


def test_sources_licences_and_hashes_stand_in_the_appendix(document: ReportDocument, results) -> None:
    assert "https://example.org/" in document.html
    for tables in results.values():
        for table in tables.values():
            assert table.fingerprint()[:16] in document.html


def test_written_in_one_step_and_old_figures_go(document: ReportDocument, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.zh.svg").write_text("<svg/>", encoding="utf-8")
    page = write_report(document, tmp_path)
    assert page.read_text(encoding="utf-8") == document.html
    assert {p.name: p.read_bytes() for p in (tmp_path / "figures").iterdir()} == dict(document.figures)
