"""Convergence clubs as a reader sees them: together, apart, and not at all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megaregion.data.stored import stored
from megaregion.data.toy import line
from megaregion.nodes.income_clubs import income_clubs
from megaregion.plot.fonts import style
from megaregion.report.blocks import Drawing, Material, Paragraph
from megaregion.report.sections import disparity
from megaregion.report.text import MODELLED

YEARS = 40


def material(levels: list[float]) -> Material:
    cluster = line(len(levels))
    t = np.arange(1, YEARS + 1)
    away = np.random.default_rng(1).uniform(-1, 1, len(levels))[:, None] * t**-0.5 / np.log(t + 1)
    path = np.exp(np.array(levels)[:, None] + away)
    places = [f"c{k + 1}" for k in range(len(levels))]
    found = income_clubs(pd.DataFrame(path, places, 1979 + t))
    return Material({"mechanisms": {k: stored(v) for k, v in found.items()}}, cluster, None, {}, ())


def test_two_clubs_are_told_apart_and_drawn() -> None:
    blocks = disparity.blocks(material([11.0] * 5 + [9.0] * 5))
    text = next(b.text for b in blocks if isinstance(b, Paragraph))
    assert "do not draw together as a whole" in text.en and "fall into 2 clubs" in text.en and MODELLED.en in text.en
    assert "分为2个俱乐部，各俱乐部内部未拒绝趋同" in text.zh and "inside of each the test does not reject" in text.en
    drawing = next(b for b in blocks if isinstance(b, Drawing))
    with style():
        for language, word in (("en", "club 1 (5)"), ("zh", "俱乐部1 (5)")):
            (ax,) = drawing.draw(language).axes
            assert word in [t.get_text() for t in ax.get_legend().get_texts()]
            assert [t.get_text() for t in ax.get_xticklabels()] == ["1980", "2019"]


def test_one_path_has_a_sentence_and_no_figure() -> None:
    blocks = disparity.blocks(material([10.0] * 8))
    text = next(b.text for b in blocks if isinstance(b, Paragraph))
    assert "of all places draw together" in text.en and "整体趋同" in text.zh
    assert not any(isinstance(b, Drawing) for b in blocks)


def test_what_is_not_rejected_is_not_shown() -> None:
    """Between the two critical values of t the sentence says neither that paths draw together nor that they do not."""
    some = material([10.0] * 8)
    tests = some.results["mechanisms"]["income_club_tests"]
    flat = replace(tests, frame=tests.frame.assign(slope=-0.02, error=0.042, t=-0.4))
    tables = {**some.results["mechanisms"], "income_club_tests": flat}
    blocks = disparity.blocks(replace(some, results={"mechanisms": tables}))
    text = next(b.text for b in blocks if isinstance(b, Paragraph))
    assert "does not reject" in text.en and "nor does it show" in text.en
    assert "of all places draw together (log" not in text.en
    assert "未拒绝" in text.zh and "不能证实" in text.zh


@pytest.mark.parametrize("step", [{}, {"mechanisms": {}}])
def test_nothing_without_tables(step: dict) -> None:
    assert disparity.blocks(Material(step, line(3), None, {}, ())) == []
