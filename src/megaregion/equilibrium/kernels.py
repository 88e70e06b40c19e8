"""Matrices of shares with the cost changes of a batch of scenarios: one matrix for all where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse

Array = NDArray[np.float64]
Matrix = NDArray[Any]  # float64 or float32

SPARSE = 0.1  # share of changed cells up to which a scenario is stored as a correction of the common matrix
_ROWS = 256  # rows that are formed at once: two blocks of 8,000 columns stay in the cache


class Kernel(Protocol):
    """n rows, m columns, for each of B scenarios."""

    def times(self, x: Array) -> Array:
        """Kernel of each scenario times its vector: (B, m) -> (B, n)."""

    def times_transposed(self, x: Array) -> Array:
        """Transposed kernel of each scenario times its vector: (B, n) -> (B, m)."""

    def matrix(self, scenario: int) -> Matrix:
        """Kernel of one scenario (n, m)."""


class Shared:
    """One matrix for all scenarios, products as matrix times matrix, with sparse corrections.

    Parameters
    ----------
    base : array (n, m)
    corrections : sequence of sparse (n, m), optional
        What is added for each scenario; None adds nothing.
    """

    def __init__(self, base: Matrix, corrections: Sequence[sparse.csr_array | None] = ()) -> None:
        self.base = base
        self.corrections = None if all(c is None for c in corrections) else _diagonal(corrections, base.shape)

    def times(self, x: Array) -> Array:
        """(B, m) -> (B, n)."""
        out = _double(_like(x, self.base) @ self.base.T)
        if self.corrections is not None:
            out += (self.corrections @ x.reshape(-1)).reshape(out.shape)
        return out

    def times_transposed(self, x: Array) -> Array:
        """(B, n) -> (B, m)."""
        out = _double(_like(x, self.base) @ self.base)
        if self.corrections is not None:
            out += (self.corrections.T @ x.reshape(-1)).reshape(out.shape)
        return out

    def matrix(self, scenario: int) -> Matrix:
        """Kernel of one scenario (n, m)."""
        if self.corrections is None:
            return self.base
        n, m = self.base.shape
        block = self.corrections[scenario * n : (scenario + 1) * n, scenario * m : (scenario + 1) * m]
        return np.asarray(self.base + block.toarray())


def _diagonal(blocks: Sequence[sparse.csr_array | None], shape: tuple[int, ...]) -> sparse.csr_array:
    """All corrections as one block-diagonal matrix (B n, B m): one product for all scenarios."""
    from scipy import sparse

    found = [sparse.csr_array(shape) if c is None else c for c in blocks]
    return sparse.block_diag(found, format="csr")


class Own:
    """A matrix for each scenario, (B, n, m); with one only, it holds for all."""

    def __init__(self, stack: Matrix) -> None:
        self.stack = stack

    def times(self, x: Array) -> Array:
        """(B, m) -> (B, n)."""
        return _double(np.matmul(self.stack, _like(x, self.stack)[:, :, None])[:, :, 0])

    def times_transposed(self, x: Array) -> Array:
        """(B, n) -> (B, m)."""
        return _double(np.matmul(_like(x, self.stack)[:, None, :], self.stack)[:, 0])

    def matrix(self, scenario: int) -> Matrix:
        """Kernel of one scenario (n, m)."""
        return np.asarray(self.stack[scenario if len(self.stack) > 1 else 0])


def _like(x: Array, matrix: Matrix) -> Matrix:
    return x.astype(matrix.dtype, copy=False)


def _double(x: Matrix) -> Array:
    return x.astype(np.float64, copy=False)


def is_sparse(factor: Array | None) -> bool:
    """Whether a factor changes few cells only."""
    return factor is None or _cells(factor) is not None


def _cells(factor: Array) -> NDArray[np.int64] | None:
    """Flat indices of the cells that change, None if they are many."""
    changed = factor.reshape(-1) != 1.0
    return np.flatnonzero(changed) if np.count_nonzero(changed) <= SPARSE * factor.size else None


def powered(base: Matrix, factor: Array, power: float, out: Matrix) -> None:
    """Write base times factor^power to `out` (n, m) without large intermediates."""
    for start in range(0, len(base), _ROWS):
        rows = slice(start, start + _ROWS)
        block = np.log(factor[rows])
        block *= power
        np.exp(block, out=block)
        np.multiply(block, base[rows], out=out[rows], casting="same_kind")


def kernels(
    base: Matrix, factors: Sequence[Array | None], power: float, *, dtype: Any = np.float64
) -> tuple[Kernel, Kernel]:
    """Kernel with the factors of a batch, and the kernel of the baseline that rounds in the same way.

    Parameters
    ----------
    base : array (n, m)
    factors : sequence of array (n, m) or None
        One a scenario; either all change few cells or none, or each becomes a matrix of its own.
    power : float
        Base is multiplied by factor^power.
    dtype : float64 or float32
        Of the stored matrices.
    """
    common = np.ascontiguousarray(base, dtype=dtype)
    cells = [None if f is None else _cells(f) for f in factors]
    if all(f is None or c is not None for f, c in zip(factors, cells, strict=True)):
        changes = [_correction(base, f, c, power) for f, c in zip(factors, cells, strict=True)]
        return Shared(common, changes), Shared(common)
    stack = np.empty((len(factors), *base.shape), dtype=dtype)
    for b, factor in enumerate(factors):
        if factor is None:
            stack[b] = base
        else:
            powered(base, factor, power, out=stack[b])
    return Own(stack), Own(common[None])


def _correction(
    base: Matrix, factor: Array | None, cells: NDArray[np.int64] | None, power: float
) -> sparse.csr_array | None:
    """What a factor adds to the base, in these cells only."""
    if factor is None or cells is None or not cells.size:
        return None
    from scipy import sparse

    row, column = np.divmod(cells, base.shape[1])
    value = base[row, column] * (factor[row, column] ** power - 1.0)
    return sparse.csr_array((value, (row, column)), shape=base.shape)
