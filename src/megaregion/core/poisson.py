"""Poisson regression with effects absorbed: optimum, what is perfectly predicted, and the parts of its variance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from megaregion.errors import ConvergenceError, InputError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Solve = Callable[[Floats], Floats]
Mask = NDArray[np.bool_]
DENSE = 3000  # levels beside those of the largest effect up to which the normal equations are solved directly
_WIDE = 8_000_000  # cells of the table of the largest effect by the others up to which it is dense
_FILLED = 0.1  # share of that table that must be filled: below it (pairs by period) sparse products are far cheaper
_FULL = 2000  # coefficients and effects of which the full covariance is kept
_ROUNDS = 100
_HALVINGS = 40
_SMALLEST = -500.0  # a log mean below this falls for ever
_EXACT = 3000  # observations up to which a linear program confirms that nothing is left to be found
_POSITIVE = 1e-5  # of the separation search, as in its source


class Effects:
    """Fixed effects of several sets, taken out of columns by weighted least squares.

    Parameters
    ----------
    codes : sequence of (n,) integers
        0 ... levels - 1, each occurring; empty for none.
    n : int

    Notes
    -----
    The levels of the largest set are eliminated (their block is diagonal); the rest is solved by Cholesky with a
    ridge of 1e-10 for the directions that sets share, refined twice, or by conjugate gradients when it is large.
    """

    def __init__(self, codes: Sequence[Codes], n: int) -> None:
        order = sorted(range(len(codes)), key=lambda f: -(int(codes[f].max(initial=-1)) + 1))
        self.n, self.codes = n, [np.asarray(codes[f], dtype=np.intp) for f in order]
        self.levels = [int(code.max(initial=-1)) + 1 for code in self.codes]
        starts = np.concatenate([[0], np.cumsum(self.levels[1:])]).astype(int)
        self.rest = int(starts[-1])
        self._columns = [code + start for code, start in zip(self.codes[1:], starts[:-1], strict=True)]
        rows = np.arange(n)
        parts = [sparse.csr_array((np.ones(n), (rows, c)), shape=(n, self.rest)) for c in self._columns]
        self._dummies = sum(parts[1:], parts[0]) if parts else None

    @property
    def rank(self) -> int:
        """Dimensions that the effects span; exact for up to two sets, an upper bound beyond."""
        if not self.codes:
            return 0
        if len(self.codes) == 1:
            return self.levels[0]
        from scipy.sparse.csgraph import connected_components

        joint = sparse.coo_array((np.ones(self.n), (self.codes[0], self.codes[1])), shape=self.levels[:2])
        parts = connected_components(sparse.block_array([[None, joint], [joint.T, None]]).tocsr(), directed=False)[0]
        return sum(self.levels) - int(parts) - (len(self.levels) - 2)

    def clean(self, values: Floats, weight: Floats) -> Floats:
        """Residuals (n, k) of columns (n, k) on the effects, weights (n,) > 0."""
        if not self.codes or not values.shape[1]:
            return values
        own = np.asarray(np.bincount(self.codes[0], weight, self.levels[0]), dtype=np.float64)
        out = self._less_first(values, weight, own)
        if self._dummies is None:
            return out
        solve = self._direct(weight, own) if self.rest <= DENSE else self._iterative(weight, own)
        first = 0.0
        for _ in range(3):  # the second and third take out what the ridge, or the tolerance, left
            right = np.asarray(self._dummies.T @ (weight[:, None] * out))
            size = float(np.abs(right).max(initial=0.0))
            first = max(first, size)
            if (
                size <= (1e-12 if self.rest <= DENSE else 1e-8) * first
            ):  # rounding lies partly outside of what the singular equations can reach
                break
            out = self._less_first(out - np.asarray(self._dummies @ solve(right)), weight, own)
        return out

    def _less_first(self, values: Floats, weight: Floats, own: Floats) -> Floats:
        code = self.codes[0]
        sums = np.column_stack([np.bincount(code, weight * column, len(own)) for column in values.T])
        out: Floats = values - (sums / own[:, None])[code]
        return out

    def _table(self, weight: Floats) -> sparse.csr_array:
        """Sum of weights by level of the largest set and level of the others."""
        first = np.concatenate([self.codes[0]] * len(self._columns))
        other = np.concatenate(self._columns)
        shape = (self.levels[0], self.rest)
        return sparse.coo_array((np.tile(weight, len(self._columns)), (first, other)), shape=shape).tocsr()

    def _direct(self, weight: Floats, own: Floats) -> Solve:
        dummies = self._dummies
        cells = self.levels[0] * self.rest
        if cells <= _WIDE and self.n * len(self._columns) >= _FILLED * cells:
            table = np.zeros((self.levels[0], self.rest))
            for column in self._columns:
                key = self.codes[0] * self.rest + column
                table += np.bincount(key, weight, table.size).reshape(table.shape)
            lost = table.T @ (table / own[:, None])
        else:
            wide = self._table(weight)
            lost = (wide.T @ sparse.diags_array(1.0 / own) @ wide).toarray()
        if len(self._columns) == 1:
            block = np.diag(np.bincount(self._columns[0], weight, self.rest))
        else:
            assert dummies is not None
            block = (dummies.T @ (sparse.diags_array(weight) @ dummies)).toarray()
        size = np.diag(block)
        factor = linalg.cho_factor(block - lost + np.diag(1e-10 * size), lower=True, overwrite_a=True)
        return lambda right: linalg.cho_solve(factor, right)

    def _iterative(self, weight: Floats, own: Floats) -> Solve:
        dummies = self._dummies
        assert dummies is not None
        wide = self._table(weight)
        block = dummies.T @ (sparse.diags_array(weight) @ dummies)
        size = block.diagonal()

        def product(v: Floats) -> Floats:
            out: Floats = block @ v - wide.T @ ((wide @ v) / own)
            return out

        def solve(right: Floats) -> Floats:
            from scipy.sparse.linalg import LinearOperator, cg

            shape = (self.rest, self.rest)
            of = LinearOperator(shape, matvec=product, dtype=np.float64)
            scale = LinearOperator(shape, matvec=lambda v: v / size, dtype=np.float64)
            found = [cg(of, column, rtol=1e-11, maxiter=5000, M=scale) for column in right.T]
            return np.column_stack([x for x, _ in found])

        return solve


@dataclass(frozen=True, eq=False, kw_only=True)
class PoissonFit:
    """Optimum of a Poisson regression.

    Attributes
    ----------
    estimate : (k,) array
    mean : (n,) array
        Expected outcome.
    clean : (n, k) array
        Regressors less effects, weighted by the mean.
    score : (n, k) array
        Contributions to the gradient, clean times residual.
    bread : (k, k) array
        Inverse of the information.
    freedom : int
        n less all coefficients and effects.
    iterations : int
    """

    estimate: Floats
    mean: Floats
    clean: Floats
    score: Floats
    bread: Floats
    freedom: int
    iterations: int

    def covariance(self, meat: Floats) -> Floats:
        """Sandwich (k, k) of a variance of the gradient (k, k)."""
        out: Floats = self.bread @ meat @ self.bread
        return out


def poisson(
    x: Floats, y: Floats, codes: Sequence[Codes] = (), *, offset: Floats | None = None, tolerance: float = 1e-10
) -> PoissonFit:
    """Poisson pseudo-maximum likelihood E[y] = exp(x b + effects + offset).

    Parameters
    ----------
    x : (n, k) array
        With a column of ones where there are no effects; k = 0 fits the effects alone.
    y : (n,) array, >= 0
        No level of an effect may be zero throughout, nothing else perfectly predicted (`separated`).
    codes : sequence of (n,) integers
        Effects, each 0 ... levels - 1.
    offset : (n,) array, optional
    tolerance : float
        Largest step of a log mean, relative to the flow-weighted mean step, at which the iteration stops.

    Raises
    ------
    InputError
        A column depends on the effects and the others.
    ConvergenceError
        No finite optimum was found in 100 steps.

    Notes
    -----
    Iteratively reweighted least squares with the effects swept out in each step (Correia, Guimaraes and Zylkin 2020,
    Stata J. 20(1)); a step that raises the deviance is halved.
    """
    n, k = x.shape
    effects, fixed = Effects(codes, n), np.zeros(n) if offset is None else offset
    scale = np.abs(x).max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0
    unit = x / scale
    eta = np.log((y + y.mean()) / 2.0)
    value, beta = np.inf, np.zeros(k)  # the start is no linear predictor: its deviance bounds nothing
    count = 0
    while count < _ROUNDS and eta.min() > _SMALLEST:
        count += 1
        mean = np.exp(eta)
        work = eta - fixed + (y - mean) / mean
        both = effects.clean(np.column_stack([unit, work]), mean)
        clean, target = both[:, :k], both[:, k]
        beta = _solve(clean, target, mean, unit)
        step = (work - target + clean @ beta + fixed) - eta
        length, size = 1.0, float((y * (1.0 + np.abs(eta))).sum())  # rounding of the deviance
        for _ in range(_HALVINGS):
            new = _deviance(y, eta + length * step)
            if np.isfinite(new) and new <= value + 1e-12 * size:
                break
            length /= 2.0
        else:
            raise ConvergenceError("the Poisson regression found no way downhill", last=beta / scale)
        eta, value = eta + length * step, new
        moved = float(np.sqrt((mean * step**2).sum() / mean.sum()))
        if length == 1.0 and moved < tolerance and np.abs(step).max() < 1e-6:  # else some log mean falls forever
            break
    else:
        raise ConvergenceError(
            "the Poisson regression has no finite optimum", last=beta / scale,
            hint="look for perfectly predicted observations",
        )  # fmt: skip
    mean = np.exp(eta)
    clean = effects.clean(unit, mean) if codes and k else unit
    bread = np.linalg.inv(clean.T @ (mean[:, None] * clean)) if k else np.zeros((0, 0))
    return PoissonFit(
        estimate=beta / scale, mean=mean, clean=clean * scale, score=clean * scale * (y - mean)[:, None],
        bread=bread / np.outer(scale, scale), freedom=n - k - effects.rank, iterations=count,
    )  # fmt: skip


def separated(x: Floats, y: Floats, codes: Sequence[Codes] = ()) -> Mask:
    """Zeros that the regressors and effects predict perfectly: they carry no information and leave no optimum.

    Parameters
    ----------
    x : (n, k) array
    y : (n,) array, >= 0
    codes : sequence of (n,) integers

    Raises
    ------
    ConvergenceError
        The search did not end.

    Notes
    -----
    Iterative rectifier of Correia, Guimaraes and Zylkin (2019), "Verifying the existence of maximum likelihood
    estimates for generalized linear models", arXiv 1903.01633: positive outcomes get a weight so high
    that a combination of regressors found by least squares is zero there; what is left positive is separated. It is
    repeated without what was found; where it is slow, and up to 3,000 observations, the linear program of the same
    question decides.
    """
    found = np.zeros(len(y), dtype=bool)
    while True:
        left = np.flatnonzero(~found)
        part = [np.unique(code[left], return_inverse=True)[1].astype(np.intp) for code in codes]
        more = _rectified(x[left], y[left], part)
        if more is None or (len(left) <= _EXACT and not more.any()):
            more = _programmed(x[left], y[left], part)
        if not more.any():
            return found
        found[left[more]] = True


def _rectified(x: Floats, y: Floats, codes: Sequence[Codes]) -> Mask | None:
    """One search by the rectifier; none if it does not end in 200 rounds."""
    n = len(y)
    zero: Mask = y == 0
    if not zero.any() or zero.all():
        return np.array(zero)
    effects = Effects(codes, n)
    scale = np.abs(x).max(axis=0, initial=0.0)
    unit = x / np.where(scale > 0, scale, 1.0)
    heavy = min(float(zero.sum()) / _POSITIVE**2, 1e12)
    weight = np.where(zero, 1.0, heavy)
    root = np.sqrt(weight)
    clean = effects.clean(unit, weight)
    base = linalg.orth(root[:, None] * clean) if unit.shape[1] else np.zeros((n, 0))
    u = zero.astype(np.float64)
    for _ in range(200):
        rest = effects.clean(u[:, None], weight)[:, 0]
        rest = rest - (base @ (base.T @ (root * rest))) / root
        fitted = np.where(zero, u - rest, 0.0)
        if fitted.min() >= -_POSITIVE:
            return np.asarray(fitted > 10 * _POSITIVE)
        u = np.maximum(fitted, 0.0)
    return None


def _programmed(x: Floats, y: Floats, codes: Sequence[Codes]) -> Mask:
    """The largest set of zeros with z > 0 for some z = X b + effects that is zero where y > 0 and nowhere negative."""
    from scipy.optimize import linprog

    n, zero = len(y), y == 0
    scale = np.abs(x).max(axis=0, initial=0.0)
    parts = [sparse.csr_array(x / np.where(scale > 0, scale, 1.0))] if x.shape[1] else []
    parts += [sparse.csr_array((np.ones(n), (np.arange(n), c)), shape=(n, int(c.max()) + 1)) for c in codes]
    z = sparse.hstack(parts).tocsr()
    p, m = z.shape[1], int(zero.sum())
    rows = sparse.hstack([-z[zero], sparse.eye_array(m)])
    fixed = sparse.hstack([z[~zero], sparse.csr_array((n - m, m))])
    got = linprog(
        np.concatenate([np.zeros(p), -np.ones(m)]), A_ub=rows.tocsr(), b_ub=np.zeros(m), A_eq=fixed.tocsr(),
        b_eq=np.zeros(n - m), bounds=[(None, None)] * p + [(0.0, 1.0)] * m, method="highs",
    )  # fmt: skip
    if got.status != 0:
        raise ConvergenceError(f"the search for perfectly predicted observations did not end: {got.message}")
    out = np.zeros(n, dtype=bool)
    out[np.flatnonzero(zero)] = got.x[p:] > 0.5
    return out


def _deviance(y: Floats, eta: Floats) -> float:
    """Half the deviance, less what does not depend on eta; infinite where a mean overflows."""
    if not np.isfinite(eta).all() or eta.max(initial=0.0) > 600.0:
        return np.inf
    seen = y > 0
    return float((np.exp(eta)).sum() - (y[seen] * eta[seen]).sum() + (y[seen] * np.log(y[seen]) - y[seen]).sum())


def _solve(clean: Floats, target: Floats, weight: Floats, raw: Floats) -> Floats:
    """Weighted least squares; InputError where a cleaned column has nothing left of its own."""
    if clean.shape[1] == 0:
        return np.zeros(0)
    root = np.sqrt(weight / weight.mean())
    rows = root[:, None] * clean
    size = np.linalg.norm(root[:, None] * raw, axis=0)
    size[size == 0] = 1.0
    triangle, pivot = linalg.qr(rows / size, mode="r", pivoting=True)
    left = np.abs(np.diag(triangle))
    if len(left) < clean.shape[1] or (left < 1e-9).any():
        lost = sorted(int(p) for p in pivot[: len(left)][left < 1e-9])
        raise InputError(
            f"columns {', '.join(map(str, lost)) or 'of the regression'} cannot be told apart from the effects",
            hint="leave the regressor out",
        )
    return np.asarray(np.linalg.lstsq(rows, root * target, rcond=None)[0])


def log_mean_error(fit: PoissonFit, x: Floats, y: Floats, codes: Sequence[Codes]) -> Floats:
    """Standard errors (n,) of the log means, all effects included, robust to unequal variances; by the delta method.

    Parameters
    ----------
    fit : PoissonFit
        Of these x (n, k), y (n,) and codes.

    Raises
    ------
    InputError
        There are more than 2,000 coefficients and effects: their full covariance is dense.

    Notes
    -----
    Var(eta) = diag(Z A+ M A+ Z'), Z the regressors and dummies, A = Z' diag(mean) Z, M = Z' diag(residual^2) Z times
    n / freedom. Clusters on the ends would not do: the residuals of every end sum to zero by the effects.
    """
    n, k = x.shape
    scale = np.abs(x).max(axis=0, initial=0.0)
    parts = [sparse.csr_array(x / np.where(scale > 0, scale, 1.0))] if k else []
    parts += [sparse.csr_array((np.ones(n), (np.arange(n), c)), shape=(n, int(c.max()) + 1)) for c in codes]
    z = sparse.hstack(parts).tocsr()
    if z.shape[1] > _FULL:
        raise InputError(
            f"{z.shape[1]} coefficients and effects are too many for errors of the means (at most {_FULL})"
        )
    information = (z.T @ sparse.diags_array(fit.mean) @ z).toarray()
    meat = (z.T @ sparse.diags_array((y - fit.mean) ** 2) @ z).toarray() * n / max(fit.freedom, 1)
    size = np.sqrt(np.diag(information))  # effects differ by orders of magnitude
    inverse = np.linalg.pinv(information / np.outer(size, size), rcond=1e-11, hermitian=True) / np.outer(size, size)
    variance = inverse @ meat @ inverse
    out = np.empty(n)
    for start in range(0, n, 10_000):
        rows = z[start : start + 10_000]
        out[start : start + 10_000] = np.asarray(rows.multiply(rows @ variance).sum(axis=1)).ravel()
    return np.sqrt(np.maximum(out, 0.0))
