"""Habitat quality of the InVEST form: threats fade over distance, and lower quality by a half-saturation curve."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Decay = Literal["linear", "exponential"]
Spread = Literal["nearest", "sum"]
AT_REACH = 2.99  # exponential decay leaves 5 % (exp(-2.99) = .0503) at the reach
Z = 2.5


def decay(distance: Floats, reach: float, form: Decay) -> Floats:
    """Share of a threat that is left at a distance.

    Parameters
    ----------
    distance : array
        >= 0, in the unit of `reach`; inf where there is no threat.
    reach : float
        > 0; beyond it nothing is left.
    form : {"linear", "exponential"}
        1 - d / reach, or exp(-2.99 d / reach).

    Returns
    -------
    array
        In [0, 1].

    Raises
    ------
    InputError
        The reach is not above zero or the form is unknown.

    Notes
    -----
    Source: Sharp et al., InVEST User's Guide, Habitat Quality (i_rxy); the constant as there.
    """
    if not (np.isfinite(reach) and reach > 0):
        raise InputError(f"reach of a threat must be a number above zero, got {reach!r}")
    if form not in ("linear", "exponential"):
        raise InputError(f"decay must be linear or exponential, got {form!r}")
    near = np.minimum(distance, reach)
    left = 1.0 - near / reach if form == "linear" else np.exp(-AT_REACH * near / reach)
    out: Floats = np.where(distance > reach, 0.0, left)
    return out


def exposure(
    threat: NDArray[np.bool_], *, cell: float, reach: float, form: Decay, spread: Spread = "nearest"
) -> Floats:
    """What reaches every cell of one threat.

    Parameters
    ----------
    threat : bool array (rows, cols)
        Cells that are the threat.
    cell : float
        Side of a cell, in the unit of `reach`.
    reach, form
        As in `decay`.
    spread : {"nearest", "sum"}
        The decay from the nearest cell of the threat; or the mean of the threat over all cells within reach, weighted
        by the decay (more of a threat is then worse).

    Returns
    -------
    array (rows, cols)
        In [0, 1]. Hangs on cells within `margin` cells only.

    Notes
    -----
    The guide writes the sum over all cells of a threat; the programme takes the decay from the nearest one since 3.13
    and took a convolution before (natcap/invest pull request 1159). Both are here. Distances are square roots of whole
    numbers times `cell`, so that "nearest" is the same to the last bit however the raster is cut; "sum" is a
    convolution by Fourier transform and equal to rounding.
    """
    if spread == "nearest":
        from scipy.ndimage import distance_transform_edt

        if not threat.any():
            return np.zeros(threat.shape)
        return decay(distance_transform_edt(~threat) * cell, reach, form)
    if spread != "sum":
        raise InputError(f"spread must be nearest or sum, got {spread!r}")
    from scipy.signal import oaconvolve

    steps = np.arange(-margin(reach, cell), margin(reach, cell) + 1) * cell
    kernel = decay(np.hypot(steps[:, None], steps), reach, form)
    out: Floats = np.clip(oaconvolve(threat.astype(float), kernel / kernel.sum(), mode="same"), 0.0, 1.0)
    return out


def margin(reach: float, cell: float) -> int:
    """Cells around a window that its exposure hangs on."""
    return int(np.ceil(reach / cell)) + 1


def degradation(exposures: Floats, sensitivities: Floats, weights: Floats, access: Floats | float = 1.0) -> Floats:
    """D = sum_r (w_r / sum w) i_r beta S_r.

    Parameters
    ----------
    exposures, sensitivities : array (threats, rows, cols)
        In [0, 1].
    weights : array (threats,)
        >= 0, not all zero.
    access : array (rows, cols) or float
        beta: 1 open to threats, 0 fully protected.

    Returns
    -------
    array (rows, cols)
        In [0, 1]; NaN where a sensitivity is.

    Raises
    ------
    InputError
        Shapes differ, or the weights are negative or all zero.
    """
    if exposures.shape != sensitivities.shape or len(weights) != len(exposures):
        raise InputError(
            f"threats: {exposures.shape} exposures, {sensitivities.shape} sensitivities, {len(weights)} weights"
        )
    if (weights < 0).any() or not weights.sum() > 0:
        raise InputError(f"weights of threats must be >= 0 and not all zero, got {weights.tolist()}")
    total = np.zeros(exposures.shape[1:])
    for one, sensitive, weight in zip(exposures, sensitivities, weights / weights.sum(), strict=True):
        total += one * sensitive * weight
    return total * access


def quality(habitat: Floats, degraded: Floats, *, k: float, z: float = Z) -> Floats:
    """Q = H (1 - D**z / (D**z + k**z)); NaN where an input is.

    Parameters
    ----------
    habitat, degraded : array (rows, cols)
        H in [0, 1], D >= 0.
    k : float
        Half-saturation: where D = k half of the habitat's value is left. Zero only if D is zero everywhere (k is
        usually half of the largest D): then Q = H.
    z : float, default 2.5

    Raises
    ------
    InputError
        k or z cannot be used.

    Notes
    -----
    Source: InVEST User's Guide, Habitat Quality, eq. for Q_xj (Tallis et al. 2011). Written with (D / k)**z, which does
    not underflow for small D.

    Examples
    --------
    >>> import numpy as np
    >>> quality(np.array([1.0, 0.5]), np.array([0.2, 0.2]), k=0.2).tolist()
    [0.5, 0.25]
    """
    if not (np.isfinite(k) and k >= 0 and np.isfinite(z) and z > 0):
        raise InputError(f"k must be >= 0 and z > 0, got k={k!r}, z={z!r}")
    if k == 0:
        if np.nanmax(degraded, initial=0.0) > 0:
            raise InputError("k = 0 with degradation above zero", hint="half of the largest degradation, or .05")
        return habitat + 0.0 * degraded
    out: Floats = habitat / (1.0 + (degraded / k) ** z)
    return out
