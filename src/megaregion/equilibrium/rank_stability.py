"""How far a ranking hangs on the parameters: ranks at joint draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.equilibrium.ranges import percentiles
from megaregion.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class RankStability:
    """Ranks of P alternatives at D draws; one is the best, equal values share the mean of their ranks.

    Attributes
    ----------
    frame : DataFrame
        Index as given; columns `rank_p05`, `rank_p50`, `rank_p95`, `first_share` (of the draws at which it is ahead of
        all others, alone), `top_share` (rank at most `top`).
    top : int
    concordance : float
        Kendall's W over the draws: one if every draw ranks alike, zero if there is no agreement; NaN below two
        alternatives or draws, or if nothing differs.
    correlation : float
        Mean Kendall tau-b of the draws with the nominal values; NaN without them.
    """

    frame: pd.DataFrame
    top: int
    concordance: float
    correlation: float


def rank_stability(
    values: ArrayLike, ids: Sequence[str], *, top: int = 5, nominal: ArrayLike | None = None
) -> RankStability:
    """Ranks of alternatives over draws.

    Parameters
    ----------
    values : array (D, P)
        Larger is better.
    ids : sequence of str (P)
    top : int
    nominal : array (P,), optional
        Values at the parameters as stated.

    Raises
    ------
    InputError
        Shapes do not fit, values are missing, or `top` is not positive.

    Notes
    -----
    W = 12 S / (m^2 (k^3 - k) - m sum T), S the sum of squared deviations of the rank sums of k alternatives over m
    draws and T = sum(t^3 - t) over ties of t within a draw: Kendall and Babington Smith (1939), Ann. Math. Stat. 10(3).
    """
    found = np.asarray(values, dtype=np.float64)
    problems = []
    if found.ndim != 2 or found.shape[1:] != (len(ids),) or not len(found):
        problems.append(f"values: expected one row a draw and {len(ids)} columns, got {found.shape}")
    elif not np.isfinite(found).all():
        problems.append(f"values: {int((~np.isfinite(found)).sum())} are missing or infinite")
    if top < 1:
        problems.append(f"top must be at least 1, got {top}")
    known = None if nominal is None else np.asarray(nominal, dtype=np.float64)
    if known is not None and known.shape != (len(ids),):
        problems.append(f"nominal: expected {len(ids)} values, got {known.shape}")
    if problems:
        raise InputError("; ".join(problems))
    from scipy.stats import rankdata

    ranks: Array = rankdata(-found, axis=1)
    p05, p50, p95 = percentiles(ranks)
    frame = pd.DataFrame(
        {"rank_p05": p05, "rank_p50": p50, "rank_p95": p95, "first_share": (ranks == 1.0).mean(axis=0),
         "top_share": (ranks <= top).mean(axis=0)},
        index=pd.Index(list(ids)),
    )  # fmt: skip
    return RankStability(
        frame=frame, top=top, concordance=_concordance(ranks),
        correlation=float("nan") if known is None else _tau(found, known),
    )  # fmt: skip


def _concordance(ranks: Array) -> float:
    draws, alternatives = ranks.shape
    sums = ranks.sum(axis=0)
    spread = float(((sums - sums.mean()) ** 2).sum())
    ties = sum(
        float((c.astype(np.float64) ** 3 - c).sum()) for c in (np.unique(r, return_counts=True)[1] for r in ranks)
    )
    total = draws**2 * (alternatives**3 - alternatives) - draws * ties
    return 12.0 * spread / total if draws > 1 and total > 0 else float("nan")


def _tau(found: Array, nominal: Array) -> float:
    """Mean of tau-b; draws without any difference are left out."""
    from scipy.stats import kendalltau

    usable = found[np.ptp(found, axis=1) > 0] if nominal.size and np.ptp(nominal) > 0 else found[:0]
    return float(np.mean([kendalltau(row, nominal).statistic for row in usable])) if len(usable) else float("nan")
