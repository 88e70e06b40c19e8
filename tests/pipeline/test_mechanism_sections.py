"""Sections on coordination and on town and country, on the shipped example: numbers of the tables, both languages."""

import re
from dataclasses import replace

import pytest

from megaregion.data.workspace import Workspace
from megaregion.report.blocks import Bullets, Drawing, Grid, Material, Paragraph, Section
from megaregion.report.sections import coordination, town_country
from megaregion.report.text import plain


@pytest.fixture(scope="module")
def material(done: Workspace) -> Material:
    return Material(
        results={step: done.store.load(step) for step in ("mechanisms", "coupling")}, cluster=done.cluster(), base=None,
        sources=done.sources, problems=(),
    )  # fmt: skip


def words(section: Section, language: str) -> str:
    out = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            out.append(block.text.of(language))
        elif isinstance(block, Bullets):
            out += [t.of(language) for t in block.items]
        elif isinstance(block, Grid):
            out += [h.label.of(language) for h in block.heads]
        elif isinstance(block, Drawing):
            out.append(block.caption.of(language))
    return plain(" ".join(out))


@pytest.mark.parametrize("room", [coordination, town_country], ids=["coordination", "town_country"])
def test_prose_stands_in_both_languages(room, material: Material) -> None:
    section = room.section(material)
    assert not section.grey
    assert not re.search(r"[\u4e00-\u9fff]", words(section, "en"))
    for block in section.blocks:
        if isinstance(block, Paragraph):
            assert re.search(r"[\u4e00-\u9fff]", block.text.zh)


def test_counts_of_belts_are_those_of_the_table(material: Material) -> None:
    facts = material.results["mechanisms"]["islands"].facts
    text = words(town_country.section(material), "en")
    for k, name in ((6, "nearest-06"), (10, "nearest-10")):
        assert f"{facts[f'belts_{name}']} in belts and {facts[f'islands_{name}']} islands among the {k} nearest" in text
    assert "which is not poverty" in text and "poor" not in text.replace("poverty", "")


def test_likeness_of_neighbours_is_read_from_the_table(material: Material) -> None:
    frame = material.results["mechanisms"]["division_pairs"].frame
    near = frame.loc[frame["adjacent"].astype(bool), "krugman"].mean()
    assert f"is {near:.3f} between neighbours" in words(coordination.section(material), "en")


def test_systems_of_coupling_have_their_names_in_both_languages(material: Material) -> None:
    tables = [b for b in coordination.section(material).blocks if isinstance(b, Grid) and "oupling" in b.caption.en]
    heads = [h.label for h in tables[0].heads]
    assert "Level of Innovation (0-1)" in [h.en for h in heads] and "创新水平（0–1）" in [h.zh for h in heads]
    kinds = {cell.zh for row in tables[0].rows for cell in row[-1:]}
    assert "创新滞后" in kinds and "均衡" in kinds and not any("lags" in kind for kind in kinds)


def test_without_results_the_sections_say_what_is_lacking(material: Material) -> None:
    bare = replace(material, results={})
    for room in (coordination, town_country):
        section = room.section(bare)
        assert section.grey and "tables" in words(section, "en")
        assert room.finding(bare) == []
