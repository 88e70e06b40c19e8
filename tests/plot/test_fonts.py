import csv
import importlib
import sys
from pathlib import Path

import pytest

from megaregion.plot.fonts import blank, family, font_file, footnote, render, subset


def _write(text: str):
    def draw():
        figure = blank(3, 1)
        figure.text(0.1, 0.5, text)
        return figure

    return draw


def test_font_comes_from_the_file_and_not_from_the_package() -> None:
    """Importing zhplot would change matplotlib's settings for everybody."""
    sys.modules.pop("zhplot", None)
    assert font_file().name == "NotoSansSC-Regular.ttf"
    assert family() == "Noto Sans SC"
    assert "zhplot" not in sys.modules


def test_settings_of_others_are_untouched() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    render(_write("上海"))
    assert dict(mpl.rcParams) == before


def test_settings_of_others_change_no_byte() -> None:
    import matplotlib as mpl

    first = render(_write("上海"))
    with mpl.rc_context({"font.size": 20, "figure.facecolor": "red", "svg.hashsalt": "x"}):
        assert render(_write("上海")) == first


def test_missing_glyph_fails() -> None:
    """The guard of all other tests: what the font lacks is an error under pytest's warnings-as-errors."""
    with pytest.raises(UserWarning, match=r"Glyph \d+ .*missing from font"):
        render(_write("\U0002a6d0"))


def test_every_name_of_the_example_has_its_glyphs(examples: Path) -> None:
    """All place names of the delta in one figure, in both scripts (亳, 濉, 歙, 黟, 盱眙 ... are rare characters)."""
    path = examples / "yangtze-delta" / "tables" / "places.csv"
    with path.open(encoding="utf-8-sig", newline="") as handle:
        names = [row[k] for row in csv.DictReader(handle) for k in ("name", "name_zh") if row[k]]
    assert len(names) > 1000
    svg = render(_write("\n".join(names))).decode()
    assert "亳州" in svg  # the text stands in a comment, the shapes in uses of a path each
    assert svg.count("<use ") >= sum(len(name.replace(" ", "")) for name in names)


def test_umlauts_and_signs() -> None:
    render(_write("Göttingen Thüringen Weißenburg Łódź Île − – — · ≥ ½ % “”"))


def test_subset_holds_the_characters_asked_for() -> None:
    import io

    fonts = importlib.import_module("fontTools.ttLib")
    with fonts.TTFont(io.BytesIO(subset("亳州亳A"))) as font:
        assert set(font.getBestCmap()) == {ord("亳"), ord("州"), ord("A")}
        assert "Open Font License" in str(font["name"].getDebugName(13))
    assert subset("州亳A") == subset("亳州亳A")


def test_footnote_is_written() -> None:
    figure = blank(2, 1)
    footnote(figure, "note")
    footnote(figure, "")
    assert [t.get_text() for t in figure.texts] == ["note"]
