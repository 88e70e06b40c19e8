"""One pinned font for every figure, and the style it is used in; nothing outside our own context changes."""

from __future__ import annotations

import importlib
import importlib.util
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from megaregion.errors import MegaregionError
from megaregion.plot.slim_svg import slim

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PACKAGE, _FILE = "zhplot", "fonts/NotoSansSC-Regular.ttf"

INK, SOFT, FAINT, LAND, NODATA = "#1c2430", "#5b6675", "#c9ced6", "#eef0f3", "#d9d9d9"
BLUE, ORANGE, GREEN = "#1f5f99", "#c8641b", "#3f7d4e"


def font_file() -> Path:
    """Noto Sans SC (OFL) inside the package `zhplot`, which is located but never imported.

    Importing that package would change the global settings of matplotlib; only its file is wanted.

    Raises
    ------
    MegaregionError
        The package or the file is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise MegaregionError(
        f"the font {_FILE} of the package {_PACKAGE!r} is not installed, Chinese labels would be boxes",
        hint="pip install zhplot==1.0.0",
    )


@cache
def family() -> str:
    """Name under which matplotlib knows the font, after telling it of the file."""
    from matplotlib import font_manager

    path = font_file()
    font_manager.fontManager.addfont(str(path))
    return str(font_manager.FontProperties(fname=str(path)).get_name())


@contextmanager
def style() -> Iterator[None]:
    """Context in which figures are drawn and saved: our font, our colours, reproducible SVG."""
    import matplotlib as mpl

    # DejaVu Sans travels inside matplotlib and has the Latin letters that a Chinese font lacks (Łódź)
    ours: dict[str, Any] = {
        "font.family": [family(), "DejaVu Sans"], "font.size": 9.0, "axes.unicode_minus": True,
        "mathtext.default": "regular",
        "axes.edgecolor": SOFT, "axes.labelcolor": INK, "axes.linewidth": 0.6, "axes.spines.top": False,
        "axes.spines.right": False, "axes.labelsize": 8.5, "xtick.color": SOFT, "ytick.color": INK,
        "xtick.labelsize": 8.0, "ytick.labelsize": 8.0, "text.color": INK, "legend.fontsize": 8.0,
        "legend.frameon": False, "legend.title_fontsize": 8.0, "grid.color": "#e3e6ea", "grid.linewidth": 0.6,
        "axes.axisbelow": True, "hatch.linewidth": 0.5, "figure.facecolor": "white",
        "svg.fonttype": "path", "svg.hashsalt": "megaregion", "path.simplify": True,
    }  # fmt: skip
    with mpl.rc_context():
        settings: Any = mpl.rcParams
        skip = {"backend", "backend_fallback", "interactive", "toolbar", "timezone", "webagg.port"}
        settings.update({k: v for k, v in mpl.rcParamsDefault.items() if k not in skip})
        settings.update(ours)
        yield


def render(draw: Callable[[], Figure]) -> bytes:
    """Draw and save as SVG; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    with style():
        figure = draw()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return slim(buffer.getvalue().decode("utf-8")).encode("utf-8")


def footnote(figure: Figure, text: str) -> None:
    """Small line at the foot of a figure, for what must not be lost when it is copied into slides."""
    if text:
        figure.text(0.012, 0.008, text, fontsize=7, color=SOFT, ha="left", va="bottom")


def blank(width: float, height: float) -> Figure:
    """Empty figure of a size in inches, without any global state."""
    from matplotlib.figure import Figure as Canvas

    return Canvas(figsize=(width, height))


def subset(text: str) -> bytes:
    """The font with the characters of `text` only, as WOFF: a page shows Chinese where no such font is installed.

    Parameters
    ----------
    text : str
        Any order, any repetition; characters that the font lacks are left to the reader's own fonts.
    """
    tools: Any = importlib.import_module("fontTools.subset")
    TTFont: Any = importlib.import_module("fontTools.ttLib").TTFont

    options = tools.Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [1, 2, 13, 14]  # family, style, and the licence, which the OFL wants kept
    buffer = io.BytesIO()
    with TTFont(str(font_file()), recalcTimestamp=False, lazy=True) as font:
        cutter = tools.Subsetter(options)
        cutter.populate(text="".join(sorted(set(text))))
        cutter.subset(font)
        font.flavor = "woff"
        font.save(buffer)
    return buffer.getvalue()
