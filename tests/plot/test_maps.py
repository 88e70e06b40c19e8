import numpy as np
import pandas as pd
import pytest

from megaregion.plot.basemap import Basemap, _extent, label, panels
from megaregion.plot.fonts import render, style
from megaregion.plot.maps import (
    Classes,
    Panel,
    Strokes,
    bound_labels,
    choropleth,
    diverging,
    network,
    sequential,
    steps,
)

NAMES = {"a": "连云港", "b": "亳州", "c": "黟县"}


def square(x: float, y: float, side: float = 10.0) -> tuple[np.ndarray, ...]:
    return (np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]], dtype=float),)


@pytest.fixture(scope="module")
def base() -> Basemap:
    shapes = {"a": square(0, 0), "b": square(10, 0), "c": square(0, 10)}
    points = pd.DataFrame({"x": [5.0, 15.0, 5.0], "y": [5.0, 5.0, 15.0], "weight": [3.0, 2.0, 1.0]}, index=list("abc"))
    return Basemap({"city": shapes}, {"g": square(0, 0, 20.0)}, points, (0.0, 0.0, 20.0, 20.0))


def test_classes_hold_their_lower_bound() -> None:
    classes = Classes((0.0, 10.0), ("x", "y", "z"), ("1", "2", "3"))
    found = classes.of(pd.Series([-1.0, 0.0, 9.99, 10.0, np.nan], index=list("abcde")))
    assert found.to_dict() == {"a": 0, "b": 1, "c": 1, "d": 2}


def test_classes_must_fit() -> None:
    with pytest.raises(ValueError, match="2 edges make 3 classes"):
        Classes((0.0, 10.0), ("x", "y"), ("1", "2", "3"))


def test_bounds_are_round_ascending_and_inside() -> None:
    rng = np.random.default_rng(3)
    for scale in (1e-3, 1.0, 1e6):
        values = pd.Series(rng.lognormal(0, 1, 200) * scale)
        edges = steps(values)
        assert list(edges) == sorted(set(edges))
        assert all(values.min() < e <= values.max() for e in edges)
        assert max(len(f"{e / scale:.6g}") for e in edges) <= 5


def test_no_spread_no_bounds() -> None:
    assert steps(pd.Series([4.0, 4.0])) == ()
    assert bound_labels((), str) == ("–",)
    assert bound_labels((1, 2), str) == ("< 1", "1 – 2", "≥ 2")


def lightness(colour: str) -> float:
    r, g, b = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_order_survives_a_grey_printer(count: int) -> None:
    """Sequential classes darken strictly; losses are hatched, so that they are not taken for gains."""
    light = [lightness(c) for c in sequential(range(count), str).colours]
    assert light == sorted(light, reverse=True)
    assert len(set(light)) == count + 1
    classes = diverging((-10.0, -5.0), (5.0, 10.0), str)
    assert classes.edges == (-10.0, -5.0, 0.0, 5.0, 10.0)
    assert [bool(h) for h in classes.hatches] == [True, True, True, False, False, False]


def test_places_without_value_are_grey(base: Basemap) -> None:
    classes = sequential((1.0,), str)
    with style():
        figure = choropleth(base, "city", [Panel(pd.Series({"a": 0.5}), classes)], names=NAMES, no_data="无数据")
    colours = figure.axes[0].collections[0].get_facecolor()
    assert np.allclose(colours[1], colours[2])
    assert not np.allclose(colours[0], colours[1])
    assert "无数据" in [t.get_text() for t in figure.axes[0].get_legend().get_texts()]


def test_without_shapes_points_are_coloured(base: Basemap) -> None:
    bare = Basemap({}, {}, base.points, base.bounds)
    classes = sequential((1.0,), str)
    with style():
        figure = choropleth(bare, "city", [Panel(pd.Series({"a": 0.5, "b": 2.0}), classes)], names={}, no_data="")
    assert len(figure.axes[0].collections[0].get_offsets()) == 2


def test_names_do_not_overlap_and_the_weighty_come_first(base: Basemap) -> None:
    crowd = pd.DataFrame({"x": np.full(12, 10.0), "y": np.full(12, 10.0), "weight": np.arange(12.0)},
                         index=[f"p{k:02d}" for k in range(12)])  # fmt: skip
    with style():
        _, (ax,) = panels(base, 1, width=4)
        written = label(ax, crowd, dict.fromkeys(crowd.index, "连云港市"), size=7)
    assert written[0] == "p11"
    assert 1 <= len(written) < 12


def test_chinese_is_wider_than_latin() -> None:
    assert _extent("上海", 1.0)[0] == 2.0
    assert _extent("ab", 1.0)[0] < 1.3


def test_same_map_same_bytes(base: Basemap) -> None:
    lines = pd.DataFrame({"x0": [5.0], "y0": [5.0], "x1": [15.0], "y1": [5.0]})

    def draw():
        return network(
            base, "city", [Strokes(lines, "铁路")], names=NAMES, stops=base.points, stops_label="车站", note="注"
        )

    first = render(draw)
    assert render(draw) == first
    assert b"<!-- \xe8\xbf\x9e\xe4\xba\x91\xe6\xb8\xaf -->" in first  # 连云港
    assert first.count(b'class="halo"') == 3
