"""An SVG of matplotlib at a quarter of its size, without a visible change."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

HALO = "halo"
"""gid of texts that are only the white outline of the text above them."""
_OUTLINE = '<g class="halo" stroke="#ffffff" stroke-width="1800" stroke-linejoin="round">'
_PATH = re.compile(r' d="([^"]*)"')
_DIGITS = re.compile(r"-?\d+\.\d{3,}")
_COMMENT = re.compile(r"[ \t]*<!--.*?-->\n?", re.DOTALL)
_LONG = 12  # corners: shorter paths are ticks, bars and markers, which stay where matplotlib put them


def slim(svg: str) -> str:
    """Shorten the paths of an SVG.

    Parameters
    ----------
    svg : str
        As matplotlib writes it.

    Returns
    -------
    str
        Coordinates keep two decimals of a point. Lines and outlines of twelve corners and more are written as steps of
        tenths of a point, which puts no corner off by more than a fiftieth of a millimetre; corners that fall together
        are one. Texts marked by `HALO` get their white outline as a stroke: matplotlib would write every glyph of them
        out as a path of its own.
    """
    return _PATH.sub(lambda m: f' d="{_path(m[1])}"', svg).replace(f'<g id="{HALO}">', _OUTLINE)


def data_uri(svg: str) -> str:
    """The drawing as the source of an `img` in double quotes.

    Notes
    -----
    Percent-encoded and not base64, which would be a third longer: paths need no escape. Comments, in which matplotlib
    repeats the texts, are left out.
    """
    text = _COMMENT.sub("", svg).replace("%", "%25").replace("#", "%23").replace("\n", "%0A").replace("&", "&amp;")
    return "data:image/svg+xml;charset=utf-8," + text.replace('"', "%22" if "'" in text else "'")


def _path(text: str) -> str:
    if text.count("L") < _LONG or not set("CQHVSTA").isdisjoint(text):
        return _DIGITS.sub(_two, text).replace(" \n", " ").strip()
    return "".join(_steps(part) for part in text.split("M")[1:])


def _steps(text: str) -> str:
    """One ring or line: from its first corner by steps; rounded corners are differenced, so that no error adds up."""
    corners = np.array(text.replace("L", " ").replace("z", " ").split(), dtype="float64").reshape(-1, 2)
    tenths = np.rint(corners * 10.0).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[steps.any(axis=1)] if steps.any() else steps[:1]
    x, y = (_tenth(int(v)) for v in tenths[0])
    way = "".join(f"{_after(int(dx))}{_after(int(dy))}" for dx, dy in steps)
    return f"M{x} {y}" + (f"l{way.lstrip()}" if way else "") + ("z" if "z" in text else "")


@cache
def _tenth(value: int) -> str:
    whole, rest = divmod(abs(value), 10)
    return ("-" if value < 0 else "") + (f"{whole or ''}.{rest}" if rest else str(whole))


@cache
def _after(value: int) -> str:
    """A number that follows another: the sign parts them, else a blank."""
    return _tenth(value) if value < 0 else f" {_tenth(value)}"


def _two(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
