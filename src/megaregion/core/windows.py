"""A raster cut into windows that overlap: what is worked out inside is the same as on the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """One window.

    Attributes
    ----------
    inner, outer : pair of slice
        Rows and columns that the window answers for, and those it has to read.
    crop : pair of slice
        `inner` as seen from `outer`.
    """

    inner: tuple[slice, slice]
    outer: tuple[slice, slice]
    crop: tuple[slice, slice]


def windows(shape: tuple[int, int], *, size: int, margin: int = 0) -> Iterator[Window]:
    """Windows of at most `size` x `size` cells that cover a raster once, with `margin` cells around.

    Examples
    --------
    >>> [w.outer for w in windows((3, 4), size=3, margin=1)]
    [(slice(0, 3, None), slice(0, 4, None)), (slice(0, 3, None), slice(2, 4, None))]
    """
    for top in range(0, shape[0], size):
        for left in range(0, shape[1], size):
            inner, outer, crop = [], [], []
            for start, length in ((top, shape[0]), (left, shape[1])):
                stop = min(start + size, length)
                first, last = max(start - margin, 0), min(stop + margin, length)
                inner.append(slice(start, stop))
                outer.append(slice(first, last))
                crop.append(slice(start - first, stop - first))
            yield Window((inner[0], inner[1]), (outer[0], outer[1]), (crop[0], crop[1]))
