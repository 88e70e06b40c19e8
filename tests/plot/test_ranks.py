import numpy as np
import pandas as pd
import pytest

from megaregion.plot.borders import effects
from megaregion.plot.changes import sensitivity, theil
from megaregion.plot.fonts import style
from megaregion.plot.ranks import Words, bars, intervals, pairs, ranking
from megaregion.plot.sizes import rank_size

WORDS = Words(x="名次", x2="维度", point="估计", interval="区间", other="安慰剂", no_data="无数据", note="模型值")


@pytest.fixture(autouse=True)
def _styled():
    with style():
        yield


def labels(ax) -> list[str]:
    return [t.get_text() for t in ax.get_yticklabels()]


def inside(figure) -> None:
    """Nothing that is drawn leaves the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())  # inches
    width, height = figure.get_size_inches()
    assert drawn.x0 >= -0.01
    assert drawn.y0 >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01


def test_ranking_shows_holes_in_grey_and_words() -> None:
    frame = pd.DataFrame(
        {"label": ["上海", "亳州"], "rank": [1.0, 2], "low": [1.0, 1], "mid": [1.0, 2], "high": [2.0, 2]}
    )
    pillars = pd.DataFrame({"创新": [90.0, 10.0], "Openness and sharing": [np.nan, np.nan]})
    figure = ranking(frame, pillars, [True, False], WORDS)
    main, side = figure.axes
    assert labels(main) == ["上海", "亳州"]
    assert main.get_ylim()[0] > main.get_ylim()[1]  # the best is on top
    assert "无数据" in [t.get_text() for t in side.texts]
    mesh = side.collections[0]
    mesh.update_scalarmappable()
    assert np.allclose(mesh.get_facecolor()[1], mesh.get_facecolor()[3])
    inside(figure)


def test_ranking_without_pillars() -> None:
    frame = pd.DataFrame({"label": ["a"], "rank": [1.0], "low": [1.0], "mid": [1.0], "high": [1.0]})
    assert len(ranking(frame, pd.DataFrame(index=frame.index), [], WORDS).axes) == 1


def test_not_identified_rows_have_words_instead_of_a_point() -> None:
    rows = pd.DataFrame({
        "block": "x", "label": ["同省", "安慰剂", "上海—江苏"], "value": [0.7, 0.1, np.nan], "low": [0.5, 0.0, np.nan],
        "high": [0.9, 0.2, np.nan], "hollow": [False, True, False], "text": "不可识别",
    })  # fmt: skip
    figure = effects(rows, {"x": "直达列车"}, WORDS)
    ax = figure.axes[0]
    assert labels(ax) == ["直达列车", "同省", "安慰剂", "上海—江苏"]
    drawn = np.concatenate([line.get_xdata() for line in ax.lines if line.get_marker() in ("o", "D")])
    assert sorted(drawn) == [0.1, 0.7]
    assert [t.get_text() for t in ax.texts] == ["不可识别"]
    inside(figure)


def test_intervals_all_unknown_is_drawn() -> None:
    rows = pd.DataFrame(
        {"label": ["a"], "value": [np.nan], "low": [np.nan], "high": [np.nan], "hollow": [False], "text": ["-"]}
    )
    assert len(intervals(rows, WORDS).axes[0].texts) == 1


def test_bars_keep_opened_lines_pale_and_costs_apart() -> None:
    frame = pd.DataFrame({
        "label": ["1 徐州–连云港铁路", "2 盐城–扬州铁路"], "value": [3.0, 2.0], "low": [1.0, np.nan], "high": [5.0,
        np.nan],
        "mark": [1.5, 1.2], "pale": [True, False],
    })  # fmt: skip
    figure = bars(frame, WORDS)
    hatched = [p for p in figure.axes[0].patches if p.get_hatch()]
    assert [p.get_width() for p in hatched] == [3.0]
    assert len(figure.axes[0].patches) == 2
    inside(figure)


def test_pairs_draw_sum_and_joint() -> None:
    figure = pairs(
        pd.DataFrame({"label": ["1 入选", "2"], "a": [1.0, 2.0], "b": [1.5, 1.8], "strong": [True, False]}), WORDS
    )
    first, second = figure.axes[0].lines[:2]
    assert list(first.get_xdata()) == [1.0, 2.0]
    assert list(second.get_xdata()) == [1.5, 1.8]
    inside(figure)


@pytest.mark.parametrize("years", [[2010, 2020], list(range(2000, 2021))])
def test_theil_parts_stack_to_the_whole(years: list[int]) -> None:
    n = len(years)
    frame = pd.DataFrame(
        {"year": years, "between": 0.04, "within": 0.05, "total": 0.09, "flagged": [True] * (n - 1) + [False]}
    )
    figure = theil(frame, WORDS)
    tops = [p.get_y() + p.get_height() for p in figure.axes[0].patches[n : 2 * n]]
    assert np.allclose(tops, 0.09)
    assert sum(bool(p.get_hatch()) for p in figure.axes[0].patches[: 2 * n]) == 2 * (n - 1)
    inside(figure)


def test_sensitivity_puts_the_widest_first() -> None:
    frame = pd.DataFrame({
        "label": ["集聚弹性"] * 2 + ["本地自给份额"] * 3, "at": ["0.02", "0.08", "0.4", "0.6", "0.8"], "value": [1.9,
        1.91, 2.9, 1.9, 1.0],
    })  # fmt: skip
    figure = sensitivity(frame, 1.9, (0.6, 1.05, 2.1), WORDS)
    assert labels(figure.axes[0]) == ["本地自给份额", "集聚弹性", "安慰剂"]
    assert "0.02 · 0.08" in [t.get_text() for t in figure.axes[0].texts]
    inside(figure)


def test_sensitivity_without_draws_has_no_row_for_them() -> None:
    frame = pd.DataFrame({"label": ["a"], "at": ["1"], "value": [1.0]})
    assert labels(sensitivity(frame, 1.0, (np.nan, np.nan, np.nan), WORDS).axes[0]) == ["a"]


def test_rank_size_has_the_largest_on_top_and_names_apart() -> None:
    frame = pd.DataFrame(
        {
            "label": ["上海", "苏州", "杭州"],
            "population": [2487.0, 1275, 1194],
            "rank": [1.0, 2, 3],
            "fit": [1.5, 2.5, 3],
        }
    )
    figure = rank_size(frame, WORDS)
    ax = figure.axes[0]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert [t.get_text() for t in ax.texts] == ["上海", "苏州", "杭州"]
    inside(figure)
