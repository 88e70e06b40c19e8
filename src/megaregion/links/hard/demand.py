"""Travellers between places, as weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import AlignmentError, InputError, MissingDataError


def pair_demand(
    demand: pd.DataFrame | None, origins: pd.Index[str], destinations: pd.Index[str]
) -> NDArray[np.float64]:  # fmt: skip
    """Weights (origins, destinations) of pairs of different places; one each where no demand is given.

    Parameters
    ----------
    demand : DataFrame or None
        Travellers, rows origins, columns destinations, in any order; >= 0. What stays in a place does not count.

    Raises
    ------
    AlignmentError
        The places differ.
    MissingDataError
        A pair is missing.
    InputError
        A number is below zero, infinite, or there is no demand between different places.
    """
    other = origins.to_numpy(object)[:, None] != destinations.to_numpy(object)[None, :]
    if demand is None:
        return np.asarray(other, dtype=np.float64)
    for what, have, need in (("rows", demand.index, origins), ("columns", demand.columns, destinations)):
        differ = need.symmetric_difference(have)
        if len(differ) or not have.is_unique:
            shown = ", ".join(map(str, differ[:5])) or "repeated labels"
            raise AlignmentError(f"{what} of the demand and places differ: {shown}")
    values = demand.loc[origins, destinations].to_numpy(float)
    if np.isnan(values[other]).any():
        raise MissingDataError(f"the demand is missing for {int(np.isnan(values[other]).sum())} pairs",
                               hint="zero means nobody travels; write it where it is so")  # fmt: skip
    values = np.where(other, values, 0.0)
    if not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise InputError("the demand must be numbers >= 0 with some above zero between different places")
    return values
