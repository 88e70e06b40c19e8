"""Weights from comparisons by pairs (analytic hierarchy process), with their consistency."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)  # Saaty (1980), orders 1 to 10
LARGEST = len(RANDOM_INDEX)
ACCEPTABLE = 0.1
DIGITS = 0.025  # 1 / 7 written .14 gives .98


class Comparison(NamedTuple):
    """Weights, largest eigenvalue, and consistency ratio (0 where every triple agrees)."""

    weights: Floats
    eigenvalue: float
    ratio: float


def is_reciprocal(matrix: Floats) -> bool:
    """Whether a_ij a_ji = 1 and all entries are positive; what two digits cost is allowed."""
    return bool((matrix > 0).all() and np.allclose(matrix * matrix.T, 1.0, rtol=0.0, atol=DIGITS))


def priorities(matrix: Floats) -> Comparison:
    """Principal right eigenvector of a comparison matrix, scaled to sum one, and its consistency ratio.

    CR = ((lambda - n) / (n - 1)) / RI_n with Saaty's random index.

    Parameters
    ----------
    matrix : (n, n) array
        Reciprocal and positive, n <= 10; a_ij says how many times i counts as much as j.

    Notes
    -----
    Saaty (1980), The Analytic Hierarchy Process; random indices of the same book. A ratio above .1 calls for
    other judgements.
    """
    n = len(matrix)
    values, vectors = np.linalg.eig(matrix)
    top = int(np.argmax(values.real))
    weights = np.abs(vectors[:, top].real)
    largest = float(values[top].real)
    expected = RANDOM_INDEX[n - 1]
    ratio = max(largest - n, 0.0) / (n - 1.0) / expected if expected > 0 else 0.0
    return Comparison(np.asarray(weights / weights.sum()), largest, float(ratio))
