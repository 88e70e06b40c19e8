"""Derivatives of scalar functions of an equilibrium in every fundamental at once: (I - T_x)^T multipliers = f_x."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.linear import Cotangents, Linear
from megaregion.errors import InputError, SolveError

Array = NDArray[np.float64]
Method = Literal["auto", "direct", "krylov"]
TOLERANCE = 1e-11
DIRECT_UNKNOWNS = 200  # below this a dense factorisation is fastest for any number of right-hand sides (measured)
DIRECT_SHARE = 0.05  # right-hand sides per unknown from which it is fastest in any size (measured)
_LARGEST_DIRECT = 12_000  # unknowns; the matrix then takes 1.2 GB
_BLOCK_BYTES = 1 << 25  # of one array of pulled unit vectors
_MEMORY, _RESTARTS = 60, 8


@dataclass(frozen=True, eq=False, kw_only=True)
class Adjoint:
    """Solved adjoint equations of K scalar functions.

    Attributes
    ----------
    multipliers : array (K, unknowns)
        What a change of T(x) by one unit in each row is worth in equilibrium.
    cotangents : Cotangents
        Total derivatives in the fundamentals, direct effects and those through the new equilibrium.
    residual : array (K,)
        Largest entry of f_x - (I - T_x)^T multipliers over the largest of f_x.
    method : str
        `direct` or `krylov`.
    iterations : int
        Products with T_x^T (each of all K vectors) that the iteration used, 0 for the direct method.
    """

    multipliers: Array
    cotangents: Cotangents
    residual: Array
    method: str
    iterations: int


def adjoint(linear: Linear, welfare: Array, *, method: Method = "auto", tolerance: float = TOLERANCE) -> Adjoint:
    """Total derivatives of ``welfare[k] . ln W`` in everything, by one linear system for each k.

    Parameters
    ----------
    linear : Linear
        The map and welfare, linearised at a solution.
    welfare : array (K, G)
        Derivative of each scalar function in the ln of the welfare of each group.
    method : {"auto", "direct", "krylov"}
        Dense LU of I - T_x; GMRES on all right-hand sides in step; or what is expected to be faster. GMRES that stalls
        falls back on the dense system where that fits into memory.
    tolerance : float
        On the residual.

    Raises
    ------
    InputError
        `welfare` has another shape or a value that is not finite.
    SolveError
        The residual stays above the tolerance: the equilibrium is at or near a fold, or nearly falls apart.

    Notes
    -----
    x = T(x, p), f(x, p): df/dp = f_p + T_p^T m with (I - T_x)^T m = f_x. T is renormalised at every step, so that
    I - T_x has full rank away from folds. Saad and Schultz (1986), SIAM J. Sci. Stat. Comput. 7(3), for GMRES.
    """
    welfare = np.atleast_2d(np.asarray(welfare, dtype=np.float64))
    if welfare.ndim != 2 or welfare.shape[1] != linear.economy.groups.size or not np.isfinite(welfare).all():
        raise InputError(f"weights of welfare: expected finite (K, {linear.economy.groups.size}), got {welfare.shape}")
    m = linear.system.unknowns
    none = np.zeros((len(welfare), m))
    right = linear.pull(none, welfare).state
    dense = m <= DIRECT_UNKNOWNS or len(welfare) > DIRECT_SHARE * m
    if method == "direct" or (method == "auto" and dense and m <= _LARGEST_DIRECT):
        return _finish(linear, welfare, right, _direct(linear, right), "direct", 0, tolerance)
    found, used = _gmres(linear, right, 0.1 * tolerance)
    if method == "auto" and m <= _LARGEST_DIRECT and _residual(linear, right, found).max() > tolerance:
        return _finish(linear, welfare, right, _direct(linear, right), "direct", used, tolerance)
    return _finish(linear, welfare, right, found, "krylov", used, tolerance)


def transposed(linear: Linear) -> Array:
    """The dense matrix T_x^T (unknowns, unknowns)."""
    m = linear.system.unknowns
    out = np.empty((m, m))
    size = max(1, int(_BLOCK_BYTES // (8 * m)))
    for start in range(0, m, size):
        rows = np.arange(start, min(start + size, m))
        unit = np.zeros((rows.size, m))
        unit[np.arange(rows.size), rows] = 1.0
        out[:, rows] = linear.pull(unit, np.zeros((rows.size, linear.economy.groups.size))).state.T
    return out


def _direct(linear: Linear, right: Array) -> Array:
    """Multipliers (K, unknowns) by LU, refined once."""
    from scipy.linalg import LinAlgWarning, lu_factor, lu_solve

    matrix = -transposed(linear)
    matrix[np.diag_indices(len(matrix))] += 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)  # an exactly singular matrix shows in the residual
        factors = lu_factor(matrix, overwrite_a=True, check_finite=False)
        found = lu_solve(factors, right.T, check_finite=False).T
        found += lu_solve(factors, _gap(linear, right, found).T, check_finite=False).T
    return np.ascontiguousarray(found)


def _gap(linear: Linear, right: Array, found: Array) -> Array:
    """What the multipliers leave of the right-hand side (K, unknowns)."""
    out: Array = right - found + linear.pull(found, np.zeros((len(right), linear.economy.groups.size))).state
    return out


def _residual(linear: Linear, right: Array, found: Array) -> Array:
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(_gap(linear, right, found)).max(axis=1, initial=0.0)
    size = np.abs(right).max(axis=1, initial=0.0)
    return np.asarray(gap / np.where(size > 0, size, 1.0))


def _finish(
    linear: Linear, welfare: Array, right: Array, found: Array, method: str, used: int, tolerance: float
) -> Adjoint:
    residual = _residual(linear, right, found)
    if not (residual <= tolerance).all():
        raise SolveError(
            f"derivatives: the adjoint equations are solved to {residual.max():.1e} only, wanted {tolerance:.0e}",
            hint="the equilibrium is close to where it stops being unique, or nearly falls into separate pieces",
        )
    return Adjoint(
        multipliers=found, cotangents=linear.pull(found, welfare), residual=residual, method=method, iterations=used
    )


def _gmres(linear: Linear, right: Array, tolerance: float) -> tuple[Array, int]:
    """GMRES on all right-hand sides in step: each has its own Krylov space, products are matrix times matrix."""
    k, m = right.shape
    none = np.zeros((k, linear.economy.groups.size))
    memory = min(_MEMORY, m)
    found, used = np.zeros_like(right), 0
    size = np.abs(right).max(axis=1, initial=0.0)
    goal = tolerance * np.where(size > 0, size, 1.0)
    gap = right.copy()
    for _ in range(_RESTARTS):
        length = np.linalg.norm(gap, axis=1)
        basis = np.zeros((k, memory + 1, m))
        basis[:, 0] = gap / np.where(length > 0, length, 1.0)[:, None]
        hessenberg = np.zeros((k, memory + 1, memory))
        step = 0
        for step in range(1, memory + 1):
            new = basis[:, step - 1] - linear.pull(basis[:, step - 1], none).state
            used += 1
            known = basis[:, :step]
            for _ in range(2):  # twice is enough for orthogonality to rounding
                part = (known @ new[:, :, None])[:, :, 0]
                new = new - (part[:, None] @ known)[:, 0]
                hessenberg[:, :step, step - 1] += part
            norm = np.linalg.norm(new, axis=1)
            hessenberg[:, step, step - 1] = norm
            basis[:, step] = new / np.where(norm > 0, norm, 1.0)[:, None]
            weights, left = _least_squares(hessenberg[:, : step + 1, :step], length)
            if (left <= goal).all():
                break
        found = found + (weights[:, None] @ basis[:, :step])[:, 0]
        gap = _gap(linear, right, found)
        if (np.abs(gap).max(axis=1, initial=0.0) <= goal).all() or not np.isfinite(gap).all():
            break
    return found, used


def _least_squares(hessenberg: Array, length: Array) -> tuple[Array, Array]:
    """Weights of the basis that leave the least, and how much they leave."""
    k, rows, _ = hessenberg.shape
    target = np.zeros((k, rows))
    target[:, 0] = length
    q, r = np.linalg.qr(hessenberg)
    along = (q.transpose(0, 2, 1) @ target[:, :, None])[:, :, 0]
    weights = np.zeros_like(along)
    safe = np.abs(np.diagonal(r, axis1=1, axis2=2)).min(axis=1) > 0  # an exhausted space ends with a zero
    for row in range(k):
        if safe[row]:
            weights[row] = np.linalg.solve(r[row], along[row])
        else:
            weights[row] = np.linalg.lstsq(hessenberg[row], target[row], rcond=None)[0]
    left = target - (hessenberg @ weights[:, :, None])[:, :, 0]
    return weights, np.linalg.norm(left, axis=1)
