"""Whether coders agree: Krippendorff's alpha."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(value: ArrayLike, *, metric: Metric) -> float:
    """Agreement of coders beyond chance: 1 is perfect, 0 is chance, below 0 is systematic disagreement.

    Parameters
    ----------
    value : (coders, units) array
        NaN where a coder did not code a unit; units with one value tell nothing and are left out.
    metric : {"nominal", "ordinal", "interval"}
        How far two values are apart.

    Returns
    -------
    float
        NaN if no unit has two values, or if all values are the same: without variation there is nothing to agree on.

    Raises
    ------
    InputError
        The array has another shape, holds infinite values, or the metric is unknown.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, sections C to E: 1 - D_o / D_e from the coincidence
    matrix o_ck = sum_u (pairs c-k in unit u) / (m_u - 1).
    """
    given = np.asarray(value, dtype=np.float64)
    if given.ndim != 2 or np.isinf(given).any() or metric not in ("nominal", "ordinal", "interval"):
        raise InputError(f"expected finite values (coders, units) and a known metric, got {given.shape}, {metric!r}")
    levels, code = np.unique(given[~np.isnan(given)], return_inverse=True)
    counts = np.zeros((given.shape[1], len(levels)))
    np.add.at(counts, (np.nonzero(~np.isnan(given))[1], code), 1.0)
    m = counts.sum(axis=1)
    counts, m = counts[m >= 2], m[m >= 2]
    if not len(counts):
        return float("nan")
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(levels))
    coincidence = (pairs / (m - 1)[:, None, None]).sum(axis=0)
    of = coincidence.sum(axis=1)
    apart = _apart(levels, of, metric)
    expected = float((np.outer(of, of) * apart).sum()) / (of.sum() - 1)
    return float(1.0 - (coincidence * apart).sum() / expected) if expected > 0 else float("nan")


def _apart(levels: Floats, of: Floats, metric: Metric) -> Floats:
    """Squared distance of every two levels."""
    if metric == "nominal":
        return 1.0 - np.eye(len(levels))
    # ordinal: values that lie between the two, the ends counted by half
    scale = levels if metric == "interval" else np.cumsum(of) - of / 2
    return np.asarray((scale[:, None] - scale[None, :]) ** 2)
