"""The equilibrium map linearised as a matrix: its spectrum, how near it is to singular, systems solved with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.linear import Linear
from megaregion.equilibrium.system import _ENTITLEMENT_DAMPING, System

Array = NDArray[np.float64]
Product = Callable[[Array], Array]
DENSE = 1_200  # unknowns up to which the matrix is formed
_DIFFERENCE = float(np.cbrt(np.finfo(np.float64).eps))  # best step of a central difference
_SMALL = 60  # unknowns up to which all eigenvalues are found at once
_KRYLOV = 80
_INVERSE_ITERATIONS = 8
_SEED = 20_240_229  # of the first vector of an iteration whose limit does not depend on it


def push(system: System, x: Array, direction: Array) -> Array:
    """Derivative of the map of one scenario along a direction, by a central difference; all (unknowns,)."""
    length = float(np.abs(direction).max())
    if not length > 0:
        return np.zeros_like(direction)
    step = _DIFFERENCE / length
    with np.errstate(all="ignore"):
        ahead, back = (system.step(system.evaluate((x + h * direction)[None]))[0] for h in (step, -step))
    out: Array = (ahead - back) / (2.0 * step)
    return out


class Jacobian:
    """Derivative of the map T of one scenario with mobile people at a point x.

    Parameters
    ----------
    system : System
        Of one scenario with mobile people.
    x : array (unknowns,)

    Notes
    -----
    Singular I - T_x means a fold: the equilibrium merges with another one, and derivatives there mean nothing. With F
    the excess demands (the map is a damped step along F, followed by the numeraire), F_x is always singular once,
    because no equation depends on the level of all prices and one market clears by Walras's law; bordered by both it is
    singular exactly where I - T_x is, and does not depend on the algorithm.
    """

    def __init__(self, system: System, x: Array) -> None:
        if system.batch != 1 or not system.mobile:
            raise ValueError("a Jacobian is that of one scenario with mobile people")
        self.system, self.x = system, np.asarray(x, dtype=np.float64)
        self.linear = Linear(system, self.x)
        self.unknowns = system.unknowns

    @property
    def dense(self) -> bool:
        """Whether the matrix is small enough to be formed."""
        return self.unknowns <= DENSE

    def pull(self, y: Array) -> Array:
        """y T_x for K rows (K, unknowns), or one (unknowns,)."""
        rows = np.atleast_2d(y)
        out = self.linear.pull(rows, np.zeros((len(rows), self.system.economy.groups.size))).state
        return np.asarray(out if y.ndim == 2 else out[0])

    @cached_property
    def matrix(self) -> Array:
        """T_x (unknowns, unknowns)."""
        return self.pull(np.eye(self.unknowns))

    @cached_property
    def _factors(self) -> tuple[Array, NDArray[Any]]:
        from scipy import linalg

        lu, pivots = linalg.lu_factor(np.eye(self.unknowns) - self.matrix, check_finite=False)
        return lu, pivots

    def sign(self) -> int:
        """Sign of det(I - T_x): 1 as at a stable equilibrium, -1 past a fold, 0 on it."""
        lu, pivots = self._factors
        swaps = int((pivots != np.arange(pivots.size)).sum())
        return int(np.prod(np.sign(np.diag(lu))) * (-1) ** swaps)

    def solve(self, right: Array, *, transposed: bool = False, accuracy: float = 1e-8) -> Array:
        """Solution d of (I - T_x) d = right, or of the transposed system; (unknowns,)."""
        from scipy import linalg

        if self.dense:
            return np.asarray(linalg.lu_solve(self._factors, right, trans=int(transposed), check_finite=False))
        forward = self.pull if transposed else lambda d: push(self.system, self.x, d)
        return krylov(forward, right, accuracy)

    def largest_real(self, accuracy: float = 1e-6) -> float:
        """Largest real eigenvalue of T_x; -inf if none of the largest is real, NaN if the iteration fails.

        Large negative eigenvalues only say that a step overshoots.
        """
        values, _ = self.leading(accuracy, vectors=False)
        return float(values.max(initial=-math.inf)) if values.size else math.nan

    def leading(self, accuracy: float = 1e-6, *, vectors: bool = True) -> tuple[Array, Array]:
        """Those of the four rightmost eigenvalues of T_x that are real, and their vectors (unknowns, number).

        Without vectors the transposed matrix serves, which has the same values.
        """
        from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigs

        n = self.unknowns
        if n <= _SMALL:
            found, directions = np.linalg.eig(self.matrix)
            first = np.argsort(-found.real)[:4]
            return self._real(found[first], directions[:, first])
        product: Product
        if self.dense:
            product = (self.matrix if vectors else self.matrix.T).__matmul__
        else:
            product = (lambda d: push(self.system, self.x, np.ravel(d))) if vectors else self.pull
        options = {
            "k": 4, "which": "LR", "v0": np.random.default_rng(_SEED).standard_normal(n), "ncv": 30, "tol": accuracy,
            "maxiter": 25,
        }  # fmt: skip
        try:
            found, directions = eigs(LinearOperator((n, n), matvec=product, dtype=np.float64), **options)
        except ArpackNoConvergence as error:
            found, directions = error.eigenvalues, error.eigenvectors
        except ArpackError:
            return np.empty(0), np.empty((n, 0))
        return self._real(found, directions)

    @staticmethod
    def _real(values: NDArray[Any], vectors: NDArray[Any]) -> tuple[Array, Array]:
        keep = np.abs(values.imag) <= 1e-6 * np.maximum(1.0, np.abs(values))
        return values[keep].real, vectors[:, keep].real

    def movement(self, direction: Array) -> float:
        """How much people move along a direction compared with wages: ratio of root mean squares in logs.

        Small for the relative level of all prices of one part of the economy, large where people would agglomerate.
        """
        at = self.system.evaluate(self.x[None])
        wage, residents, _, _ = self.system.split(direction[None])
        pay = at.payroll / at.payroll.sum()
        people = self.system.economy.residents * np.exp(at.residents) * self.system.lived
        wages = float(np.sqrt((pay * wage**2).sum()))
        moved = float(np.sqrt((people / people.sum() * residents**2).sum()))
        return moved / wages if wages > 0 else math.inf

    def smallest_singular(self) -> float:
        """Smallest singular value of I - T_x, from above, by inverse iteration."""
        return self._inverse_iteration(self.solve, lambda y: self.solve(y, transposed=True), self.unknowns)

    def largest_singular(self) -> float:
        """Largest singular value of I - T_x, from below, by power iteration."""
        forward = self.matrix.__matmul__ if self.dense else lambda d: push(self.system, self.x, d)
        return _power_iteration(lambda d: d - forward(d), lambda y: y - self.pull(y), self.unknowns)

    @staticmethod
    def _inverse_iteration(solve: Product, solve_transposed: Product, size: int) -> float:
        d = np.random.default_rng(_SEED).standard_normal(size)
        grown = 0.0
        for _ in range(_INVERSE_ITERATIONS):
            before, d = grown, d / np.linalg.norm(d)
            d = solve(solve_transposed(d))
            grown = float(np.linalg.norm(d))
            if not math.isfinite(grown):
                return 0.0
            if abs(grown - before) <= 1e-3 * grown:
                break
        return 1.0 / math.sqrt(grown)

    @cached_property
    def _kept(self) -> NDArray[np.bool_]:
        """Unknowns of places that work, are lived in, buy; the others have no market."""
        s, ones = self.system, np.ones((1, self.system.economy.size), dtype=bool)
        parts = [s.working.reshape(1, -1), s.lived[None], s.buying.reshape(1, -1) if s.inputs else None, ones]
        keep = [p for p, used in zip(parts, (True, True, s.inputs, s.stayers), strict=True) if used and p is not None]
        out: NDArray[np.bool_] = np.concatenate(keep, axis=1)[0]
        return out

    @cached_property
    def _level(self) -> tuple[Array, Array, Array]:
        """Direction of all prices, weights of Walras's law on excess demands, step sizes; each (unknowns,)."""
        s, economy = self.system, self.system.economy
        at = s.evaluate(self.x[None])
        sector, place = np.ones((1, *economy.wage.shape)), np.ones((1, economy.size))
        labour = economy.elasticities.labour[:, None]
        level = s.join(sector * s.working, 0 * place, sector * s.buying, 0 * place)[0]
        sales = at.payroll / labour * np.exp(at.excess_demand) * s.working
        walras = s.join(sales, 0 * place, 0 * sector, 0 * place)[0]
        step = s.join(sector * s.damping, place * s.move, sector, place * _ENTITLEMENT_DAMPING)[0]
        return level, walras, step

    @cached_property
    def excess(self) -> Array:
        """F_x (m, m): derivatives of excess demands, of chosen minus actual residents, of price and entitlement gaps.

        Unknowns of places without workers, residents or purchases are left out.
        """
        level, walras, step = self._level
        gap = np.eye(self.unknowns) - self.matrix
        weight = walras / step
        out = -(gap - np.outer(level, weight @ gap) / (weight @ level)) / step[:, None]
        return np.asarray(out[np.ix_(self._kept, self._kept)])

    @cached_property
    def bordered(self) -> Array:
        """F_x bordered by the weights of Walras's law (column) and the level of prices (row), both of length one."""
        level, walras, _ = (v[self._kept] for v in self._level)
        m = level.size
        out = np.zeros((m + 1, m + 1))
        out[:m, :m] = self.excess
        out[:m, m] = walras / np.linalg.norm(walras)
        out[m, :m] = level / np.linalg.norm(level)
        return out

    def bordered_singular(self) -> tuple[float, float]:
        """Smallest singular value of `bordered`, from above, and largest over smallest."""
        from scipy import linalg

        bordered = self.bordered
        factors = linalg.lu_factor(bordered, check_finite=False)
        smallest = self._inverse_iteration(
            lambda y: linalg.lu_solve(factors, y), lambda y: linalg.lu_solve(factors, y, trans=1), len(bordered)
        )
        largest = _power_iteration(bordered.__matmul__, bordered.T.__matmul__, len(bordered))
        return smallest, largest / smallest if smallest > 0 else math.inf


def _power_iteration(product: Product, transposed: Product, size: int) -> float:
    """Largest singular value, from below."""
    d = np.random.default_rng(_SEED).standard_normal(size)
    length = 0.0
    for _ in range(2 * _INVERSE_ITERATIONS):
        image = product(d / np.linalg.norm(d))
        length = float(np.linalg.norm(image))
        d = transposed(image)
    return length


def krylov(product: Product, right: Array, accuracy: float) -> Array:
    """GMRES solution of (I - product) d = right; the best found if the accuracy is not reached."""
    from scipy.sparse.linalg import LinearOperator, gmres

    n = right.size
    operator = LinearOperator((n, n), matvec=lambda d: d - product(np.ravel(d)), dtype=np.float64)
    found, _ = gmres(operator, right, rtol=accuracy, atol=0.0, restart=min(_KRYLOV, n), maxiter=4)
    return np.asarray(found)
