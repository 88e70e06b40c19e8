"""Poisson regression of flows between places (PPML), with nothing dropped in silence."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import ConvergenceError, InputError

Floats = NDArray[np.float64]
# the search for separation by regressors (beyond that by effects, which is exact) runs a regression of its own
SEPARATION_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Fit:
    """Coefficients of a Poisson regression.

    Attributes
    ----------
    table : DataFrame
        Index the regressors; columns coef, se, low, high (95 %, Student's t with clusters - 1 degrees).
    n : int
        Observations used.
    dropped : int
        Observations given but perfectly predicted by an effect (separation), or alone in one.
    clusters : int
        Smallest number of clusters over the clustering columns; 0 where errors are not clustered.
    mended : bool
        Whether the variance matrix was not positive semi-definite and lost its negative part (Cameron, Gelbach &
        Miller 2011, J. Business & Economic Statistics 29, 238): then the errors are rough.
    """

    table: pd.DataFrame
    n: int
    dropped: int
    clusters: int
    mended: bool = False


def ppml(
    data: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    *,
    effects: Sequence[str] = (),
    clusters: Sequence[str] = (),
) -> Fit:
    """Poisson pseudo-maximum likelihood ``E[y] = exp(x b + effects)``; zeros stay in.

    Parameters
    ----------
    data : DataFrame
        Columns named below, no missing values; the outcome >= 0.
    outcome : str
    regressors : sequence of str
    effects : sequence of str
        Columns whose every value gets a fixed effect; without any there is an intercept.
    clusters : sequence of str
        Columns to cluster the errors on (CRV1, multi-way); without any they are robust (HC1).

    Raises
    ------
    InputError
        The outcome is never positive, or a regressor is collinear with the effects and the others: left to
        itself the estimator would drop it and shift the meaning of the rest.
    ConvergenceError
        The iteration found no optimum.

    Notes
    -----
    Santos Silva & Tenreyro (2006), Review of Economics and Statistics 88, 641; separation: Correia, Guimarães &
    Zylkin (2020), Stata Journal 20, 95. Estimated with pyfixest.
    """
    from scipy.stats import norm as normal
    from scipy.stats import t as student

    if not (data[outcome] > 0).any():
        raise InputError(f"{outcome} is zero everywhere: there is nothing to estimate")
    used = active(data, outcome, effects)
    labels = {name: pd.factorize(used[name])[0] for name in dict.fromkeys((*effects, *clusters))}
    frame = pd.DataFrame({name: used[name].to_numpy(float) for name in (outcome, *regressors)}).assign(**labels)
    formula = f"{outcome} ~ {' + '.join(regressors)}" + (f" | {' + '.join(effects)}" if effects else "")
    fit = _fepois(formula, frame, {"CRV1": "+".join(clusters)} if clusters else "HC1", bool(effects))
    groups = min((int(fit._data[c].nunique()) for c in clusters), default=0)
    se, mended = _errors(np.asarray(fit._vcov, dtype=float))
    table = pd.DataFrame(
        {"coef": np.asarray(fit._beta_hat, dtype=float), "se": se}, index=list(map(str, fit._coefnames))
    )
    half = float(student.ppf(0.975, groups - 1)) * se if groups > 1 else float(normal.ppf(0.975)) * se
    table["low"], table["high"] = table["coef"] - half, table["coef"] + half
    return Fit(table=table, n=int(fit._N), dropped=len(data) - int(fit._N), clusters=groups, mended=mended)


def _fepois(formula: str, frame: pd.DataFrame, vcov: dict[str, str] | str, effects: bool) -> Any:
    """The fit of pyfixest; what it would only warn of is an error here, or counted by the caller."""
    import pyfixest

    with warnings.catch_warnings():
        # pyfixest calls pandas with keywords that pandas is going to remove: not the user's concern
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"pyfixest\.")
        # both are counted and reported in `dropped`
        warnings.filterwarnings("ignore", message=r"\d+ observations removed because of separation")
        warnings.filterwarnings("ignore", message=r"\d+ singleton fixed effect")
        # a negative variance of multi-way clustering is mended in `_errors`
        warnings.filterwarnings("ignore", message="invalid value encountered in (sqrt|divide)", category=RuntimeWarning)
        # measures of fit that are not used; undefined where flows hardly vary
        warnings.filterwarnings(
            "ignore", message="(invalid value|divide by zero).*scalar divide", category=RuntimeWarning
        )
        # turned into an error below
        warnings.filterwarnings("ignore", message=r"\s*\d+ variables dropped due to multicollinearity")
        try:
            fit = pyfixest.fepois(
                formula, data=frame, vcov=vcov, iwls_maxiter=100, copy_data=False,
                demeaner=pyfixest.LsmrDemeaner() if effects else None,
                separation_check=["ir"] if effects and len(frame) <= SEPARATION_ROWS else [],
            )  # fmt: skip
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ConvergenceError(
                f"the Poisson regression {formula} has no finite optimum on {len(frame)} rows: {error}"
            ) from error
    if fit._collin_vars:
        raise InputError(
            f"{formula}: {', '.join(map(str, fit._collin_vars))} cannot be told apart from the effects",
            hint="leave the regressor out",
        )
    if not fit.convergence:
        raise ConvergenceError(f"the Poisson regression {formula} did not converge", last=fit.coef())
    return fit


def _errors(variance: Floats) -> tuple[Floats, bool]:
    """Standard errors; a multi-way clustered matrix that is not positive semi-definite loses its negative part."""
    size, axes = np.linalg.eigh((variance + variance.T) / 2)
    broken = bool(size.min() < -1e-12 * max(size.max(), 0.0))
    if size.min() < 0:
        variance = axes * np.maximum(size, 0.0) @ axes.T
    return np.sqrt(np.maximum(np.diag(variance), 0.0)), broken


def active(data: pd.DataFrame, outcome: str, effects: Sequence[str]) -> pd.DataFrame:
    """Rows whose effects all have a positive outcome somewhere; the others say nothing (separation)."""
    while True:
        keep = pd.Series(True, index=data.index)
        for effect in effects:
            keep &= data.groupby(effect)[outcome].transform("sum") > 0
        if keep.all():
            return data
        data = data[keep]


def within(values: Floats, codes: Sequence[NDArray[np.intp]]) -> Floats:
    """Residuals of columns on fixed effects, by alternating projections.

    Parameters
    ----------
    values : ndarray, shape (n, k)
    codes : sequence of ndarray of int, shape (n,)
        One a set of effects.

    Raises
    ------
    ConvergenceError
        10,000 rounds did not bring the residuals to rest.
    """
    out = np.array(values, dtype=float)
    scale = np.abs(out).max(axis=0, initial=0.0) + 1e-300
    sizes = [np.bincount(c) for c in codes]
    for _ in range(10_000):
        moved = 0.0
        for code, size in zip(codes, sizes, strict=True):
            for k in range(out.shape[1]):
                mean = np.bincount(code, out[:, k]) / np.maximum(size, 1)
                moved = max(moved, float(np.abs(mean).max(initial=0.0) / scale[k]))
                out[:, k] -= mean[code]
        if moved < 1e-12:
            return out
    raise ConvergenceError("the fixed effects could not be taken out of the regressors", last=out)


def identified(data: pd.DataFrame, regressors: Sequence[str], effects: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which coefficients the design identifies beside the effects, whatever the outcome.

    A coefficient is identified if no direction that leaves the fitted values unchanged moves it: its entry is
    zero in every null vector of the regressors cleaned of the effects.

    Parameters
    ----------
    data : DataFrame
    regressors, effects : sequence of str

    Returns
    -------
    known : list of str
        Identified regressors.
    helpers : list of str
        Further regressors that complete a basis of the others: they must stay in the regression, but their
        coefficients have no meaning of their own.
    """
    raw = data[[*regressors]].to_numpy(float)
    codes = [pd.factorize(data[e])[0].astype(np.intp) for e in effects]
    clean = within(raw, codes)
    norm = np.linalg.norm(raw, axis=0)
    norm[norm == 0] = 1.0
    triangle = np.linalg.qr(clean / norm, mode="r")  # same null space, k rows instead of n
    _, size, directions = np.linalg.svd(triangle, full_matrices=True)
    rank = int((size > 1e-7).sum())
    null = directions[rank:]
    loose = (np.abs(null) > 1e-6).any(axis=0) if len(null) else np.zeros(len(regressors), dtype=bool)
    known = [r for r, free in zip(regressors, loose, strict=True) if not free]
    kept = [i for i, free in enumerate(loose) if not free]
    helpers = []
    unit = clean / norm
    for i in map(int, np.flatnonzero(loose)):
        if np.linalg.matrix_rank(unit[:, np.array([*kept, i])], tol=1e-7) > len(kept):
            kept.append(i)
            helpers.append(regressors[i])
    return known, helpers
