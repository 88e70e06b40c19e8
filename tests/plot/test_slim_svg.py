"""Shorter paths: corners stay within half a tenth of a point, and the drawing stays well-formed in a page."""

import html
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.plot.fonts import blank, render
from megaregion.plot.slim_svg import data_uri, slim

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def _walk(d: str) -> list[np.ndarray]:
    """Corners of every ring of a path of M, l and z, by the grammar of SVG and independently of the writer."""
    rings = []
    for part in d.split("M")[1:]:
        head, _, way = part.replace("z", "").partition("l")
        start = np.array([float(v) for v in _NUMBER.findall(head)])
        steps = np.array([float(v) for v in _NUMBER.findall(way)]).reshape(-1, 2)
        rings.append(start + np.vstack([np.zeros(2), np.cumsum(steps, axis=0)]))
    return rings


def _written(corners: np.ndarray) -> str:
    return "M " + " \nL ".join(f"{x:.6f} {y:.6f}" for x, y in corners) + " \nz\n"


def test_short_paths_keep_two_decimals() -> None:
    assert slim('<path d="M 1.23456 -2.98765 \nL 10 20.5 \nz\n"/>') == '<path d="M 1.23 -2.99 L 10 20.5 z"/>'


def test_curves_keep_two_decimals() -> None:
    curve = "M 0 0 \n" + "L 1.005 2.123456 \n" * 20 + "C 1 2 3 4 5.5555 6 \nz\n"
    assert "C 1 2 3 4 5.56 6 z" in slim(f'<path d="{curve}"/>')


@given(st.lists(st.tuples(st.floats(-900, 900), st.floats(-900, 900)), min_size=14, max_size=60), st.integers(1, 3))
def test_no_corner_is_lost_or_moved_by_more_than_half_a_tenth(points: list[tuple[float, float]], rings: int) -> None:
    corners = np.array(points)
    path = _path_of(slim(f'<path d="{"".join(_written(corners + k) for k in range(rings))}"/>'))
    walked = _walk(path)
    assert len(walked) == rings and path.count("z") == rings
    for k, ring in enumerate(walked):
        apart = np.abs(ring[:, None, :] - (corners + k)[None, :, :]).max(axis=2)
        # half a tenth, and the six decimals that the path was written with
        assert apart.min(axis=0).max() < 0.05 + 1e-6 and apart.min(axis=1).max() < 0.05 + 1e-6


def test_a_ring_smaller_than_a_tenth_stays_a_path() -> None:
    path = _path_of(slim(f'<path d="{_written(np.full((14, 2), 3.01))}"/>'))
    assert path == "M3 3l0 0z"


def _path_of(svg: str) -> str:
    return re.search(r'd="([^"]*)"', svg)[1]  # type: ignore[index]


@pytest.mark.parametrize("text", ["100 % & #1 <亳州>", "Xi'an 100 %"])
def test_uri_decodes_to_the_drawing(text: str) -> None:
    """What a browser makes of the attribute is the same XML: escapes undone, other quotes, no comments."""

    def draw():
        figure = blank(3, 1)
        figure.text(0.1, 0.5, text)
        figure.add_axes((0, 0, 1, 1)).plot(np.arange(40), np.sin(np.arange(40)))
        return figure

    svg = render(draw).decode()
    uri = data_uri(svg)
    assert uri.isascii() and '"' not in uri and "\n" not in uri and "#" not in uri
    head, _, body = html.unescape(uri).partition(",")
    assert head == "data:image/svg+xml;charset=utf-8"
    assert _plain(unquote(body)) == _plain(svg)


def _plain(xml: str) -> str:
    return ElementTree.canonicalize(xml, strip_text=True)
