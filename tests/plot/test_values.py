import numpy as np
import pandas as pd
import pytest

from megaregion.plot.fonts import render, style
from megaregion.plot.ranks import Words
from megaregion.plot.values import agreement

WORDS = Words(x="一阶", x2="精确", point="路段", other="相等", note="模型值")


def rows(x: list[float], y: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"label": [f"南京{k}" for k in range(len(x))], "x": x, "y": y})


def test_points_line_and_equal_axes() -> None:
    with style():
        figure = agreement(rows([1.0, 2.0, 3.0], [1.1, 4.0, 2.9]), WORDS)
    (ax,) = figure.axes
    line, points = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), line.get_ydata())
    assert np.asarray(points.get_xydata()).tolist() == [[1.0, 1.1], [2.0, 4.0], [3.0, 2.9]]
    assert ax.get_xlim() == ax.get_ylim()
    assert ax.get_xlim()[0] < 1.0 and ax.get_xlim()[1] > 4.0
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"路段", "相等"}


def test_the_furthest_from_the_line_are_named() -> None:
    with style():
        figure = agreement(rows([1.0, 2.0, 3.0, 5.0], [1.0, 4.0, 3.0, 5.0]), WORDS, named=1)
    assert {t.get_text() for t in figure.axes[0].texts} == {"南京1"}


@pytest.mark.parametrize("values", [([2.0], [2.0]), ([0.0, 0.0], [0.0, 0.0]), ([-1e-9, 3e-9], [2e-9, -4e-9])])
def test_no_spread_and_tiny_values_draw(values: tuple[list[float], list[float]]) -> None:
    assert b"</svg>" in render(lambda: agreement(rows(*values), WORDS))


def test_same_values_same_bytes() -> None:
    first = render(lambda: agreement(rows([1.0, 2.0], [2.0, 1.0]), WORDS))
    assert render(lambda: agreement(rows([1.0, 2.0], [2.0, 1.0]), WORDS)) == first
