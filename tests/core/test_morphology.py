"""Classes of shape on rasters drawn by hand, and what must hold for any raster."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.morphology import CLASSES, CORE, spa_like
from megaregion.errors import InputError

LETTER = dict(zip(".CIPELBR", CLASSES, strict=True))


def drawn(text: str) -> np.ndarray:
    return np.array([[CLASSES.index(LETTER[c]) for c in line] for line in text.split()], np.uint8)


BRIDGED = """
EEE....
ECERR..
EEE....
...B...
....EEE
I...ECE
I...EEE"""
HOLED = """
EEEEEEE
ECCCCCE
ECPPPCE
ECP.PCE
ECPPPCE
ECCCCCE
EEEEEEE"""
HANDLE = """
.......
.LLLLL.
.L...L.
EEEEEEE
ECCCCCE
ECCCCCE
EEEEEEE"""
ISLETS = """
II.....
I..IIII
...I...
.......
I.I.I.I
.I.I.I.
......."""


@pytest.mark.parametrize("text", [BRIDGED, HOLED, HANDLE, ISLETS], ids=["bridged", "holed", "handle", "islets"])
def test_seven_by_seven_by_hand(text: str) -> None:
    want = drawn(text)
    np.testing.assert_array_equal(spa_like(want > 0), want)


def test_a_patch_inside_a_hole_has_an_edge_and_no_perforation() -> None:
    """A ring with a hole of 9 x 9 in which a block of 3 x 3 lies: the ring is perforated, the block is not."""
    habitat = np.ones((15, 15), bool)
    habitat[3:12, 3:12] = False
    habitat[6:9, 6:9] = True
    got = spa_like(habitat)
    names = np.array(CLASSES)[got]
    assert set(names[6:9, 6:9].ravel()) == {"core", "edge"} and names[7, 7] == "core"
    assert (names[2, 2:13] == "perforation").all() and (names[0] == "edge").all()


def test_two_contacts_of_one_piece_are_not_joined_by_those_of_another() -> None:
    """A handle over a stub: the stub touches the patch between the feet of the handle."""
    text = """
    LLLLLLL
    L.....L
    L..R..L
    EEEEEEE
    ECCCCCE
    EEEEEEE"""
    np.testing.assert_array_equal(spa_like(drawn(text) > 0), drawn(text))


def test_a_wider_edge_leaves_less_core() -> None:
    habitat = np.zeros((20, 20), bool)
    habitat[2:18, 3:17] = True  # 16 x 14
    for width in (1, 2, 3, 6):
        assert (spa_like(habitat, width=width) == CORE).sum() == (16 - 2 * width) * (14 - 2 * width)
    assert (spa_like(habitat, width=7)[habitat] == CLASSES.index("islet")).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 0.75, 0.9]), st.integers(1, 2))
def test_windows_turns_and_mirrors_change_nothing(seed: int, share: float, width: int) -> None:
    habitat = np.random.default_rng(seed).random((19, 26)) < share
    got = spa_like(habitat, width=width)
    np.testing.assert_array_equal(got > 0, habitat)
    np.testing.assert_array_equal(spa_like(habitat, width=width, size=5), got)
    np.testing.assert_array_equal(spa_like(np.ascontiguousarray(habitat.T), width=width), got.T)
    np.testing.assert_array_equal(spa_like(np.ascontiguousarray(habitat[::-1, ::-1]), width=width), got[::-1, ::-1])


def flood(cells: set, start: tuple[int, int], steps: list[tuple[int, int]]) -> set:
    seen, todo = {start}, [start]
    while todo:
        r, c = todo.pop()
        for down, right in steps:
            there = (r + down, c + right)
            if there in cells and there not in seen:
                seen.add(there)
                todo.append(there)
    return seen


KING = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c]
ROOK = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def components(cells: set) -> list[set]:
    out, left = [], set(cells)
    while left:
        out.append(flood(cells, next(iter(left)), KING))
        left -= out[-1]
    return out


def by_definition(habitat: np.ndarray, width: int) -> np.ndarray:
    """The sentences of the docstring, cell by cell, with sets."""
    rows, cols = habitat.shape
    cells = {(r, c) for r in range(rows) for c in range(cols) if habitat[r, c]}
    frame = {(r, c) for r in range(-1, rows + 1) for c in range(-1, cols + 1)}

    def near(cell: tuple[int, int]) -> set:
        span = range(-width, width + 1)
        return {(cell[0] + r, cell[1] + c) for r in span for c in span}

    core = {cell for cell in cells if near(cell) <= cells}
    opened = {cell for cell in cells if near(cell) & core}
    out = np.zeros(habitat.shape, np.uint8)
    patches = components(opened)
    for patch in patches:
        outside = flood(frame - patch, (-1, -1), ROOK)
        for cell in patch:
            gap = near(cell) - opened
            inner = gap <= frame and not gap & outside
            out[cell] = CLASSES.index("core" if cell in core else "perforation" if inner else "edge")
    for piece in components(cells - opened):
        beside = {(r + y, c + x) for r, c in piece for y, x in KING} & opened
        met, places = sum(bool(beside & patch) for patch in patches), len(components(beside))
        name = "islet" if not met else "bridge" if met > 1 else "loop" if places > 1 else "branch"
        for cell in piece:
            out[cell] = CLASSES.index(name)
    return out


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 2))
def test_the_definitions_word_by_word(seed: int, width: int) -> None:
    """Random blocks and holes, so that all classes occur."""
    rng = np.random.default_rng(seed)
    habitat = np.kron(rng.random((6, 6)) < 0.6, np.ones((4, 4), bool)) ^ (rng.random((24, 24)) < 0.06)
    np.testing.assert_array_equal(spa_like(habitat, width=width), by_definition(habitat, width))


def test_nothing_and_everything() -> None:
    assert not spa_like(np.zeros((3, 4), bool)).any()
    assert (spa_like(np.ones((3, 3), bool)) == CORE).sum() == 1  # beyond the raster nothing is habitat
    assert spa_like(np.ones((1, 1), bool)).tolist() == [[CLASSES.index("islet")]]


@pytest.mark.parametrize("wrong", [np.ones(3, bool), np.ones((2, 2)), np.zeros((0, 3), bool)])
def test_what_is_no_raster(wrong: np.ndarray) -> None:
    with pytest.raises(InputError, match="raster of truth values"):
        spa_like(wrong)
    with pytest.raises(InputError, match="at least one cell"):
        spa_like(np.ones((2, 2), bool), width=0)
