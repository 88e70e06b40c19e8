"""What the data cover, as a reader sees it."""

import re
from pathlib import Path

import pytest

from megaregion.data.stored import stored
from megaregion.data.toy import line
from megaregion.data.workspace import Workspace
from megaregion.nodes.data_bias import data_bias
from megaregion.plot.fonts import style
from megaregion.report.blocks import Drawing, Grid, Material, Paragraph
from megaregion.report.sections import data_bias as section
from megaregion.report.text import plain


def material(cluster) -> Material:
    found = {k: stored(v) for k, v in data_bias(cluster, seed=1).by_name().items()}
    return Material({"nodes": found}, cluster, None, {}, ())


@pytest.fixture(scope="module")
def yangtze(examples: Path) -> Material:
    return material(Workspace(examples / "yangtze-delta").cluster())


def test_gaps_that_are_no_accident_stand_out(yangtze: Material) -> None:
    (part,) = section.sections(yangtze)
    words = [b.text for b in part.blocks if isinstance(b, Paragraph)]
    assert "on former ones" in words[1].en
    assert "Patents (income per head: 92 in 100, 4 missing)" in words[2].en
    assert any(b.kind == "warning" for b in part.blocks if isinstance(b, Paragraph))
    for text in words:
        assert not re.search("[一-鿿]", plain(text.en))
        assert re.search("[一-鿿]", plain(text.zh))
    assert section.finding(yangtze) == [words[2]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_figure_has_every_indicator_of_the_units(yangtze: Material, language: str) -> None:
    (drawing,) = (b for b in section.sections(yangtze)[0].blocks if isinstance(b, Drawing))
    with style():
        (ax,) = drawing.draw(language).axes
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert len(names) == 28  # 26 of censuses and yearbooks, two carriers of culture
    assert ("GDP" if language == "en" else "地区生产总值") in names


def test_means_are_marked_as_modelled(yangtze: Material) -> None:
    grids = [b for b in section.sections(yangtze)[0].blocks if isinstance(b, Grid)]
    heads = {plain(h.label.en): h.modelled for g in grids for h in g.heads}
    assert heads["Mean of all places"]
    assert not heads["Mean of those that report"]


def test_without_gaps_only_coverage_is_told() -> None:
    (part,) = section.sections(material(line(5)))
    assert not any(isinstance(b, Grid) for b in part.blocks)
    assert section.finding(material(line(5))) == []
    assert section.sections(Material({}, line(5), None, {}, ())) == []
