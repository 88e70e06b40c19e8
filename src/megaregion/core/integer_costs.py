"""Times as whole numbers: the fast searches count in units of a resolution, rounded, never cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

LARGEST = (1 << 30) - 1  # costs of ways stay below, so that sums of two never overflow 32 bits


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What one unit of the whole numbers stands for.

    Attributes
    ----------
    unit : float
        In the unit of the times. A way over k arcs is wrong by k x unit / 2 at most, and the way that is shortest in
        whole numbers is longer than the shortest by no more than the sum of both errors.
    """

    unit: float

    def __post_init__(self) -> None:
        if not (self.unit > 0 and np.isfinite(self.unit)):
            raise InputError(f"resolution must be above zero, got {self.unit!r}")

    @classmethod
    def fitting(cls, nodes: int, tail: NDArray[np.int32], time: ArrayLike, *, finest: float) -> Resolution:
        """The finest unit, `finest` or doubled as often as needed, at which every way leaves room for sums of four."""
        found = cls(unit=finest)
        while longest_way(nodes, tail, found.whole(time)) > LARGEST // 4:
            found = cls(unit=2.0 * found.unit)
        return found

    def error(self, arcs: int) -> float:
        """Largest error of the time of a way over so many arcs, in the unit of the times."""
        return 0.5 * self.unit * arcs

    def whole(self, time: ArrayLike) -> NDArray[np.int32]:
        """Rounded multiples of the unit.

        Raises
        ------
        InputError
            A time is negative, not finite or too long for the resolution.
        """
        t = np.asarray(time, dtype=np.float64)
        if not (np.isfinite(t) & (t >= 0)).all():
            raise InputError("times must be finite and not negative", hint="correct the links")
        out = np.rint(t / self.unit)
        if out.size and out.max() > LARGEST:
            raise InputError(
                f"a time of {t.max():g} is {out.max():.3g} units of {self.unit:g}; {LARGEST} is the largest",
                hint="take a coarser resolution",
            )
        return out.astype(np.int32)


def longest_way(nodes: int, tail: NDArray[np.int32], cost: NDArray[np.int32]) -> int:
    """A bound on the cost of every way that visits no node twice: the costliest arc out of each node, summed."""
    most = np.zeros(nodes, np.int64)
    np.maximum.at(most, tail, cost)
    return int(most.sum())


def require_room(nodes: int, tail: NDArray[np.int32], cost: NDArray[np.int32], unit: float) -> None:
    """Refuse a resolution at which a way could be longer than 32 bits hold.

    Raises
    ------
    InputError
        With the finest resolution that is safe.
    """
    bound = longest_way(nodes, tail, cost)
    if bound > LARGEST:
        raise InputError(
            f"at a resolution of {unit:g} a way may count {bound:.3g} units; {LARGEST} is the largest",
            hint=f"take a resolution of {unit * bound / LARGEST * 1.01:.2g} or coarser",
        )
