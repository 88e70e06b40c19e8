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
