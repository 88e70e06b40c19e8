"""Relatedness of industries by the places in which they go together, and how near a place is to an industry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def together(specialised: Flags) -> Floats:
    """Places in which both industries are specialised, (k, k); the diagonal counts the places of each.

    Parameters
    ----------
    specialised : (n, k) booleans
        Location quotient at least 1.
    """
    here = specialised.astype(np.float64)
    return np.asarray(here.T @ here)


def proximity(specialised: Flags) -> Floats:
    """phi_kl = min{P(k | l), P(l | k)} over the places, (k, k), in [0, 1]; 0 on the diagonal.

    Parameters
    ----------
    specialised : (n, k) booleans
        Location quotient at least 1.

    Notes
    -----
    Hidalgo, Klinger, Barabasi and Hausmann (2007), Science 317, eq. 1: the number of places with both, over the larger
    of the numbers with each. 0 where nobody is specialised in one. The diagonal is 0 and not 1, so that an industry
    is no evidence for itself.
    """
    both = together(specialised)
    alone = np.diag(both)
    larger = np.maximum(alone[:, None], alone[None, :])
    out = np.divide(both, larger, out=np.zeros_like(both), where=larger > 0)
    np.fill_diagonal(out, 0.0)
    return np.asarray(out)


def density(specialised: Flags, phi: Floats) -> Floats:
    """Part of the relatedness around an industry that a place already has, (n, k), in [0, 1].

    omega_ik = sum_l M_il phi_kl / sum_l phi_kl; missing where an industry is related to none. Hidalgo et al. (2007).

    Parameters
    ----------
    specialised : (n, k) booleans
    phi : (k, k) array
        `proximity`.
    """
    around = phi.sum(axis=0)
    near = specialised.astype(np.float64) @ phi
    return np.asarray(np.divide(near, around, out=np.full(near.shape, np.nan), where=around > 0))


def chance_together(specialised: Flags) -> Floats:
    """Probability of at least so many common places if the places of each industry were drawn at random, (k, k).

    Hypergeometric with the numbers of places of both industries held; says nothing of how diverse the places are.

    Parameters
    ----------
    specialised : (n, k) booleans
    """
    from scipy.stats import hypergeom

    both = together(specialised)
    alone = np.diag(both)
    a, b = np.triu_indices(len(both))
    out = np.empty_like(both)
    out[a, b] = out[b, a] = hypergeom.sf(both[a, b] - 1, len(specialised), alone[a], alone[b])
    return out
