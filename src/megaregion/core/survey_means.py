"""Means of places from a stratified, clustered, weighted sample, with the covariance that the design gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SurveyMeans:
    """Means of p places from n answers.

    Attributes
    ----------
    mean : (p,) array
    scores : (n, p) array
        Linearised values: the mean moves by about this much with each answer; they add up over items.
    answers, clusters : (p,) int arrays
        Answers, and clusters with an answer.
    effective : (p,) array
        (Σ w)² / Σ w² of the answers: how many equal weights they are worth.
    """

    mean: Floats
    scores: Floats
    answers: Ints
    clusters: Ints
    effective: Floats


def survey_means(value: Floats, weight: Floats, place: Ints, cluster: Ints, *, places: int) -> SurveyMeans:
    """Weighted means of places (ratio estimators of domains).

    Parameters
    ----------
    value : (n,) array
        NaN where nothing was answered.
    weight : (n,) array
        Above zero: inverse of the chance to be sampled.
    place, cluster : (n,) int arrays
        Numbers from 0.
    places : int
        p; a place without an answer has a missing mean.

    Notes
    -----
    mean_d = Σ w y / Σ w over the answers of place d; score z_k = w_k (y_k - mean_d) / Σ w for its answers, 0 for all
    others (Särndal, Swensson and Wretman 1992, sections 5.6 and 10.3).
    """
    there = np.isfinite(value)
    y, w = np.where(there, value, 0.0), np.where(there, weight, 0.0)
    total = np.bincount(place, w, minlength=places)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(place, w * y, minlength=places) / total
        effective = total**2 / np.bincount(place, w * w, minlength=places)
        score = np.where(there, w * (y - mean[place]) / total[place], 0.0)
    scores = np.zeros((len(value), places))
    scores[np.arange(len(value)), place] = score
    seen = np.unique(np.column_stack([place[there], cluster[there]]), axis=0)
    clusters = np.bincount(seen[:, 0], minlength=places) if len(seen) else np.zeros(places, np.int64)
    return SurveyMeans(mean, scores, np.bincount(place[there], minlength=places), clusters, effective)


def design_covariance(scores: Floats, stratum: Ints, cluster: Ints, *, sampled: Floats | None = None) -> Floats:
    """Covariance of estimates from their linearised values.

    Parameters
    ----------
    scores : (n, p) array
    stratum, cluster : (n,) int arrays
        Stratum of each answer; cluster (primary sampling unit), each in one stratum. All sampled units count, also
        those that say nothing of a place.
    sampled : (strata,) array, optional
        Share of the clusters of a stratum that was drawn, for the finite-population correction; default 0: clusters
        drawn with replacement, or few of many.

    Returns
    -------
    (p, p) array
        Σ_h (1 - f_h) n_h / (n_h - 1) Σ_c (t_hc - t_h) (t_hc - t_h)', t_hc the sum of the scores of cluster c.

    Raises
    ------
    InputError
        A stratum has one cluster, or a cluster lies in two strata.

    Notes
    -----
    Ultimate clusters: stages below the first need no more than that (Särndal et al. 1992, section 4.3).
    """
    homes = np.unique(np.column_stack([cluster, stratum]), axis=0)
    if len(np.unique(homes[:, 0])) < len(homes):
        raise InputError("a cluster lies in two strata", hint="number clusters over all strata")
    count = np.bincount(homes[:, 1])
    if (count == 1).any():
        raise InputError(f"strata with one cluster: {', '.join(map(str, np.flatnonzero(count == 1)[:5]))}")
    sums = np.zeros((int(cluster.max()) + 1, scores.shape[1]))
    np.add.at(sums, cluster, scores)
    sums, home = sums[homes[:, 0]], homes[:, 1]
    middle = np.zeros((len(count), scores.shape[1]))
    np.add.at(middle, home, sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = sums - (middle / count[:, None])[home]
        factor = count / (count - 1.0)
    if sampled is not None:
        factor = factor * (1.0 - sampled)
    return np.asarray((off * factor[home][:, None]).T @ off)
