"""Shape of habitat on a raster: core, islet, perforation, edge, loop, bridge, branch (SPA-like, not MSPA itself)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.core.windows import windows
from megaregion.errors import InputError

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
CLASSES = ("background", "core", "islet", "perforation", "edge", "loop", "bridge", "branch")
BACKGROUND, CORE, ISLET, PERFORATION, EDGE, LOOP, BRIDGE, BRANCH = range(8)
_EIGHT = np.ones((3, 3), dtype=bool)


def spa_like(habitat: Bools, *, width: int = 1, size: int = 2048) -> NDArray[np.uint8]:
    """Class of every cell, as a number that indexes `CLASSES`.

    Parameters
    ----------
    habitat : bool array (rows, cols)
        Cells that are habitat; cells that are not known count as not habitat, and so does what lies beyond the raster.
    width : int, default 1
        Width of the edge, in cells.
    size : int
        Side of the windows in which core and opening are worked out; the result does not hang on it.

    Returns
    -------
    uint8 array (rows, cols)

    Raises
    ------
    InputError
        The raster is not a rectangle of truth values, or the width is below one.

    Notes
    -----
    The idea is that of Soille and Vogt (2009, Pattern Recognition Letters 30, 456-459); the definitions are ours,
    simpler, and named SPA-like because they do not reproduce MSPA cell by cell. Habitat is connected over
    eight neighbours, the rest over four; "within" counts king's steps.

    - core: all cells within `width` are habitat.
    - islet: a component of habitat without core.
    - patch: a component of the cells of habitat within `width` of core. Of these, those that are not core are edge; or
      perforation, if all that is not patch within `width` lies in holes which this patch itself encloses.
    - The other cells fall into components, each one class as a whole: bridge if it touches two patches, loop if it
      touches one patch at two separate places, branch otherwise. (MSPA would cut side twigs off a bridge as branches.)

    Bytes a cell, at most: about 25, so 10,000 x 10,000 cells need about 2.5 GB.
    """
    if habitat.ndim != 2 or habitat.dtype != np.bool_ or not habitat.size:
        raise InputError(f"habitat must be a raster of truth values, got shape {habitat.shape}, {habitat.dtype}")
    if width < 1:
        raise InputError(f"edge width must be at least one cell, got {width!r}")
    from scipy.ndimage import label

    core, opened = _core_and_opening(habitat, width, size)
    out = np.where(core, np.uint8(CORE), np.uint8(BACKGROUND)).astype(np.uint8)
    patch, _ = label(opened, _EIGHT, output=np.int32)
    out[opened & ~core] = EDGE
    out[_perforated(core, opened, patch, width, size)] = PERFORATION
    rest, pieces = label(habitat & ~opened, _EIGHT, output=np.int32)
    kind = _kinds(rest, int(pieces), patch, opened)
    found = rest > 0
    out[found] = kind[rest[found]]
    return out


def _core_and_opening(habitat: Bools, width: int, size: int) -> tuple[Bools, Bools]:
    core, opened = np.zeros(habitat.shape, bool), np.zeros(habitat.shape, bool)
    for window in windows(habitat.shape, size=size, margin=2 * width):
        part = habitat[window.outer]
        # beyond the raster there is no habitat; beyond the window it is unknown, but out of reach of its inner part
        eroded = _within(part, width, least=True)
        core[window.inner] = eroded[window.crop]
        opened[window.inner] = (_within(eroded, width, least=False) & part)[window.crop]
    return core, opened


def _within(mask: Bools, width: int, *, least: bool) -> Bools:
    """Whether all (least) or any of the cells within so many king's steps are true; false beyond the raster."""
    from scipy.ndimage import maximum_filter, minimum_filter

    filtered: Any = minimum_filter if least else maximum_filter
    out: Bools = filtered(mask.view(np.uint8), size=2 * width + 1, mode="constant", cval=0).astype(bool)
    return out


def _perforated(core: Bools, opened: Bools, patch: Ints, width: int, size: int) -> Bools:
    """Cells at the rim of a patch of which all that is not patch nearby lies in holes that the patch encloses."""
    from scipy.ndimage import label, maximum_filter, minimum_filter

    outside, n = label(~opened, output=np.int32)  # four neighbours
    encloses = _enclosing(outside, int(n), patch)
    far = np.iinfo(np.int32).max
    out = np.zeros(core.shape, bool)
    for window in windows(core.shape, size=size, margin=width):
        around = encloses[outside[window.outer]]  # 0 in patches, -1 outside of all, else the enclosing patch
        gap = ~opened[window.outer]
        low = minimum_filter(np.where(gap, around, far), size=2 * width + 1, mode="constant", cval=-1)
        high = maximum_filter(np.where(gap, around, -2), size=2 * width + 1, mode="constant", cval=-1)
        mine = patch[window.outer]
        rim = opened[window.outer] & ~core[window.outer]
        out[window.inner] = (rim & (low == mine) & (high == mine))[window.crop]
    return out


def _enclosing(outside: Ints, n: int, patch: Ints) -> Ints:
    """For each component of what is not patch, the patch around it; -1 where it reaches the rim of the raster.

    The outer rim of a component over four neighbours is connected over eight, so it lies in one patch: the one above
    the first cell of the component in reading order.
    """
    encloses = np.zeros(n + 1, np.int32)
    first = np.full(n + 1, -1, np.int64)
    flat = outside.ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=0) != 0)  # a component's first cell starts a run of labels
    labels = flat[starts]
    first[labels[::-1]] = starts[::-1]
    for rim in (outside[0], outside[-1], outside[:, 0], outside[:, -1]):
        encloses[rim] = -1
    inner = np.flatnonzero((encloses == 0) & (first >= 0))
    inner = inner[inner > 0]
    encloses[inner] = patch.ravel()[first[inner] - outside.shape[1]]
    encloses[0] = 0
    return encloses


def _kinds(rest: Ints, pieces: int, patch: Ints, opened: Bools) -> NDArray[np.uint8]:
    """Class of each component of habitat that is not patch, indexed by its label."""
    kind = np.full(pieces + 1, ISLET, np.uint8)
    kind[0] = BACKGROUND
    piece, cell = _touching(rest, opened)
    if not piece.size:
        return kind
    place = _places(piece, cell, rest.shape[1])
    met = np.unique(np.c_[piece, patch.ravel()[cell]], axis=0)
    patches_met = np.bincount(met[:, 0], minlength=pieces + 1)
    places_met = np.bincount(piece[np.unique(place, return_index=True)[1]], minlength=pieces + 1)
    kind[patches_met == 1] = BRANCH
    kind[(patches_met == 1) & (places_met > 1)] = LOOP
    kind[patches_met > 1] = BRIDGE
    return kind


def _touching(rest: Ints, opened: Bools) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a piece and a flat cell of a patch beside it over eight neighbours, sorted, each once."""
    from scipy.ndimage import maximum_filter

    near = maximum_filter((rest > 0).view(np.uint8), size=3, mode="constant", cval=0).astype(bool) & opened
    rows, cols = np.nonzero(near)
    height, wide = rest.shape
    found = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            r, c = rows + down, cols + right
            inside = (r >= 0) & (r < height) & (c >= 0) & (c < wide)
            there = rest[r[inside], c[inside]].astype(np.int64)
            found.append(there[there > 0] * rest.size + (rows[inside] * wide + cols[inside])[there > 0])
    key = np.unique(np.concatenate(found))
    return key // rest.size, key % rest.size


def _places(piece: NDArray[np.int64], cell: NDArray[np.int64], wide: int) -> NDArray[np.int32]:
    """Label of the place at which a piece touches a patch: cells that touch the same piece and each other."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = piece.size
    row, col = cell // wide, cell % wide
    size = (int(cell.max()) // wide + 3) * (wide + 2)  # a rim of cells around, so that a step sideways never wraps
    key = piece * size + (row + 1) * (wide + 2) + col + 1
    tail, head = [], []
    for step in (1, wide + 1, wide + 2, wide + 3):
        at = np.minimum(np.searchsorted(key, key + step), n - 1)
        joined = key[at] == key + step
        tail.append(np.flatnonzero(joined))
        head.append(at[joined])
    a, b = np.concatenate(tail), np.concatenate(head)
    graph = coo_array((np.ones(a.size, bool), (a, b)), shape=(n, n))
    place: Ints = connected_components(graph, directed=False)[1].astype(np.int32)
    return place
