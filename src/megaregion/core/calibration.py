"""Probabilities of classes: fitted, calibrated on what the fit has not seen, and judged by what came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.errors import ConvergenceError, InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Method = Literal["platt", "isotonic", "none"]
_STEPS = 100
_GRADIENT = 1e-9  # largest entry of the gradient per observation at which Newton's method stops


@dataclass(frozen=True, eq=False)
class Reliability:
    """Stated probabilities against what came true, in bins of equal width.

    Attributes
    ----------
    lower, upper : (b,) arrays
        Borders of the bins that hold something.
    count : (b,) array
        Statements in the bin.
    stated, observed : (b,) arrays
        Mean probability stated, and share that came true.
    brier : float
        Mean squared error of the probability, 0 is best.
    ece : float
        Expected calibration error: mean of abs(stated - observed), weighted by count.
    """

    lower: Floats
    upper: Floats
    count: Ints
    stated: Floats
    observed: Floats
    brier: float
    ece: float


def reliability(probability: Floats, came_true: NDArray[np.bool_], *, bins: int = 10) -> Reliability:
    """Reliability table, Brier score and expected calibration error.

    Parameters
    ----------
    probability : (n,) array in [0, 1]
    came_true : (n,) booleans
    bins : int, default 10
        Bins of equal width; 1 belongs to the last.

    Raises
    ------
    InputError
        Nothing to judge, lengths differ, or a probability is out of range.

    Notes
    -----
    Brier (1950); Naeini, Cooper and Hauskrecht (2015), AAAI, for the calibration error.
    """
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(came_true, dtype=np.float64)
    if p.shape != y.shape or p.ndim != 1 or not p.size or bins < 1:
        raise InputError(f"one probability an outcome and one bin are needed, got {p.shape}, {y.shape}, {bins} bins")
    if not ((p >= 0) & (p <= 1)).all():
        raise InputError("a probability is missing or outside 0 to 1")
    which = np.minimum((p * bins).astype(np.intp), bins - 1)
    count = np.bincount(which, minlength=bins)
    used = np.flatnonzero(count)
    stated = np.bincount(which, weights=p, minlength=bins)[used] / count[used]
    observed = np.bincount(which, weights=y, minlength=bins)[used] / count[used]
    ece = float(np.sum(count[used] * np.abs(stated - observed)) / p.size)
    return Reliability(
        used / bins, (used + 1) / bins, count[used], stated, observed, float(np.mean((p - y) ** 2)), ece
    )  # fmt: skip


def isotonic(score: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Least-squares nondecreasing function of a score, by pooling adjacent violators.

    Parameters
    ----------
    score, target : (n,) arrays, n >= 1
        Equal scores get one value.

    Returns
    -------
    knots, values : (m,) arrays
        Increasing scores and the fitted value at each; between two knots the function is straight.

    Notes
    -----
    Ayer et al. (1955); for calibration Zadrozny and Elkan (2002).
    """
    knots, where = np.unique(np.asarray(score, dtype=np.float64), return_inverse=True)
    weight = np.bincount(where).astype(np.float64)
    mean = np.bincount(where, weights=np.asarray(target, dtype=np.float64)) / weight
    blocks: list[tuple[float, float, int]] = []  # value, weight, knots
    for value, heavy in zip(mean.tolist(), weight.tolist(), strict=True):
        size = 1
        while blocks and blocks[-1][0] >= value:
            before, w, k = blocks.pop()
            value, heavy, size = (before * w + value * heavy) / (w + heavy), w + heavy, size + k
        blocks.append((value, heavy, size))
    return knots, np.repeat([b[0] for b in blocks], [b[2] for b in blocks])


def platt(score: Floats, came_true: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope a and intercept b of P(true) = 1 / (1 + exp(-(a score + b))).

    Parameters
    ----------
    score : (n,) array
    came_true : (n,) booleans

    Raises
    ------
    ConvergenceError
        Newton's method does not settle.

    Notes
    -----
    Platt (1999), with the smoothed targets (N+ + 1)/(N+ + 2) and 1/(N- + 2), which keep the estimate finite for
    separated scores; Newton's method with halved steps as in Lin, Lin and Weng (2007), Mach. Learn. 68.
    """
    s, y = np.asarray(score, dtype=np.float64), np.asarray(came_true, dtype=bool)
    true = int(y.sum())
    target = np.where(y, (true + 1) / (true + 2), 1 / (y.size - true + 2))
    centre, scale = float(s.mean()), float(s.std()) or 1.0
    design = np.column_stack([(s - centre) / scale, np.ones_like(s)])
    # two classes of which the second has the coefficients zero; a constant score has no slope to find
    beta = _newton(design, np.column_stack([target, 1 - target]), np.array([1e-10, 0.0]), free=1)[:, 0]
    return float(beta[0] / scale), float(beta[1] - beta[0] * centre / scale)


@dataclass(frozen=True, eq=False)
class Calibrator:
    """Maps probabilities of k classes to calibrated ones: each class against the rest, then scaled to sum 1.

    Attributes
    ----------
    method : str
    maps : tuple of pairs of arrays
        Of each class: knots and values (isotonic), or slope and intercept (platt).
    floor : float
        Least probability, so that no class is ever excluded by a finite sample.
    """

    method: Method
    maps: tuple[tuple[Floats, Floats], ...]
    floor: float

    def __call__(self, probability: Floats) -> Floats:
        """Calibrated probabilities (n, k) of raw ones (n, k)."""
        if self.method == "none":
            return probability
        out = np.empty_like(probability)
        for k, (first, second) in enumerate(self.maps):
            if self.method == "isotonic":
                out[:, k] = np.interp(probability[:, k], first, second)
            else:
                out[:, k] = _logistic(first * _logit(probability[:, k]) + second)
        out = np.clip(out, self.floor, 1.0)
        return np.asarray(out / out.sum(axis=1, keepdims=True))


def calibrator(probability: Floats, label: Ints, method: Method) -> Calibrator:
    """Learn the map from probabilities to what came true.

    Parameters
    ----------
    probability : (n, k) array
        Of cases that the fit has not seen.
    label : (n,) integers 0 ... k - 1
    method : {"platt", "isotonic", "none"}

    Notes
    -----
    One class against the rest, normalised: Zadrozny and Elkan (2002), KDD.
    """
    n, k = probability.shape
    maps: list[tuple[Floats, Floats]] = []
    for j in range(k if method != "none" else 0):
        if method == "isotonic":
            maps.append(isotonic(probability[:, j], (label == j).astype(np.float64)))
        else:
            a, b = platt(_logit(probability[:, j]), label == j)
            maps.append((np.array(a), np.array(b)))
    return Calibrator(method, tuple(maps), 1.0 / (2.0 * (n + k)))


@dataclass(frozen=True, eq=False)
class MultinomialLogit:
    """Fitted multinomial logistic regression.

    Attributes
    ----------
    coefficients : (d + 1, k) array
        Of the standardised features, the last row the intercepts; of each row the sum is 0.
    mean, scale : (d,) arrays
        Of the features in the sample.
    """

    coefficients: Floats
    mean: Floats
    scale: Floats

    def __call__(self, features: Floats) -> Floats:
        """Probabilities (n, k) of the classes, for features (n, d)."""
        return _softmax(_design(features, self.mean, self.scale) @ self.coefficients)


def multinomial(features: Floats, label: Ints, classes: int, *, ridge: float = 1.0) -> MultinomialLogit:
    """Multinomial logistic regression by Newton's method.

    Parameters
    ----------
    features : (n, d) array
    label : (n,) integers 0 ... classes - 1
    classes : int
    ridge : float, default 1
        Penalty ridge / 2 times the sum of squares of the coefficients of standardised features; the intercepts are
        free. Positive, so that separated classes have finite coefficients.

    Raises
    ------
    InputError
        No case, or ridge is not positive.
    ConvergenceError
        Newton's method does not settle.
    """
    x = np.asarray(features, dtype=np.float64)
    if not len(x) or not ridge > 0:
        raise InputError(f"one case at least and a ridge > 0 are needed, got {len(x)} cases, ridge {ridge}")
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-12 * np.maximum(1.0, np.abs(mean)), scale, 1.0)
    penalty = np.append(np.full(x.shape[1], ridge), 0.0)
    target = np.eye(classes)[np.asarray(label, dtype=np.intp)]
    beta = _newton(_design(x, mean, scale), target, penalty, free=classes)
    return MultinomialLogit(beta - beta.mean(axis=1, keepdims=True), mean, scale)


@dataclass(frozen=True, eq=False)
class CrossFit:
    """A calibrated classifier, and honest probabilities of the cases that it was made from.

    Attributes
    ----------
    model : MultinomialLogit
    calibrate : Calibrator
    held_out : (n, k) array
        Calibrated probabilities of each case from a model and a calibration that have not seen it.
    held_out_raw : (n, k) array
        The same without calibration.
    """

    model: MultinomialLogit
    calibrate: Calibrator
    held_out: Floats
    held_out_raw: Floats

    def __call__(self, features: Floats) -> Floats:
        """Calibrated probabilities (n, k) of new cases (n, d)."""
        return self.calibrate(self.model(features))


def cross_fit(
    features: Floats,
    label: Ints,
    classes: int,
    *,
    seed: int | np.random.Generator,
    folds: int = 5,
    method: Method = "platt",
    ridge: float = 1.0,
) -> CrossFit:
    """Multinomial logistic regression, calibrated by cross-fitting and judged by nested cross-fitting.

    Parameters
    ----------
    features : (n, d) array
    label : (n,) integers 0 ... classes - 1
    classes : int
        Each needs 2 x `folds` cases, so that every inner training sample has some of each.
    seed : int or Generator
        Draws the folds, which keep the shares of the classes.
    folds : int, default 5
    method : {"platt", "isotonic", "none"}
    ridge : float, default 1

    Raises
    ------
    InputError
        A class has too few cases.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(label, dtype=np.intp)
    least = int(np.bincount(y, minlength=classes).min())
    if folds < 2 or least < 2 * folds:
        raise InputError(f"every class needs {2 * folds} cases for {folds} folds, the least has {least}",
                         hint="use fewer folds (2 at least), more labels, or fewer classes")  # fmt: skip
    rng = generator(seed, "cross-fit")
    outer = _folds(y, folds, rng)
    held_out, raw = np.empty((len(y), classes)), np.empty((len(y), classes))
    for fold in range(folds):
        out, inside = outer == fold, outer != fold
        inner = _out_of_fold(x[inside], y[inside], classes, _folds(y[inside], folds, rng), ridge)
        raw[out] = multinomial(x[inside], y[inside], classes, ridge=ridge)(x[out])
        held_out[out] = calibrator(inner, y[inside], method)(raw[out])
    return CrossFit(multinomial(x, y, classes, ridge=ridge), calibrator(raw, y, method), held_out, raw)


def _out_of_fold(x: Floats, y: Ints, classes: int, fold: Ints, ridge: float) -> Floats:
    out = np.empty((len(y), classes))
    for f in range(int(fold.max()) + 1):
        out[fold == f] = multinomial(x[fold != f], y[fold != f], classes, ridge=ridge)(x[fold == f])
    return out


def _folds(label: Ints, folds: int, rng: np.random.Generator) -> Ints:
    """Fold of each case; cases of one class are dealt out in turn, so that the folds have the same mixture."""
    order = np.lexsort((rng.random(label.size), label))
    out = np.empty(label.size, dtype=np.intp)
    out[order] = np.arange(label.size) % folds
    return out


def _newton(design: Floats, target: Floats, penalty: Floats, *, free: int) -> Floats:
    """Coefficients (d, k) of a softmax; only the first `free` columns move, the others stay 0."""
    n, d = design.shape
    beta = np.zeros((d, target.shape[1]))
    loss = _loss(design, target, penalty, beta)
    for _ in range(_STEPS):
        p = _softmax(design @ beta)
        gradient = design.T @ (p - target) + penalty[:, None] * beta
        if np.abs(gradient[:, :free]).max() <= _GRADIENT * n:
            return beta
        hessian = np.empty((free, d, free, d))
        for a in range(free):
            for b in range(a, free):
                weight = p[:, a] * ((a == b) - p[:, b])
                hessian[a, :, b] = hessian[b, :, a] = design.T @ (design * weight[:, None])
            hessian[a, :, a] += np.diag(penalty)
        flat = hessian.reshape(free * d, free * d)
        # with all columns free the intercepts have one direction without curvature: the least step ignores it
        step = np.linalg.lstsq(flat, gradient[:, :free].T.ravel(), rcond=1e-12)[0].reshape(free, d).T
        size = 1.0
        while size > 1e-10:
            trial = beta.copy()
            trial[:, :free] -= size * step
            new = _loss(design, target, penalty, trial)
            if new <= loss - 1e-4 * size * float(np.sum(step * gradient[:, :free])) + 1e-12 * abs(loss):
                break
            size /= 2
        beta, loss = trial, new
    raise ConvergenceError(f"logistic regression does not settle in {_STEPS} steps", last=beta,
                           hint="a larger ridge, or features of which none is the sum of others")  # fmt: skip


def _loss(design: Floats, target: Floats, penalty: Floats, beta: Floats) -> float:
    z = design @ beta
    top = z.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(z - top).sum(axis=1))
    return float(np.sum(log_sum) - np.sum(target * z) + 0.5 * np.sum(penalty[:, None] * beta**2))


def _design(features: Floats, mean: Floats, scale: Floats) -> Floats:
    x = np.asarray(features, dtype=np.float64)
    return np.column_stack([(x - mean) / scale, np.ones(len(x))])


def _softmax(z: Floats) -> Floats:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def _logit(p: Floats) -> Floats:
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(q) - np.log1p(-q))


def _logistic(z: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)))
