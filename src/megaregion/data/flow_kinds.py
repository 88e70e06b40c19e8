"""What a layer of flows is: amounts, shares or an index, and whether small flows were left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError
from megaregion.units import known

Kind = Literal["volume", "share", "index", "unstated"]
_SHARES = ("percent", "share", "ratio")
_INDICES = ("index", "scaled 0-1")
LEAST = 11  # flows between c and 2c: were the density falling, none of them below c has a chance of 2 ** -10
_WHOLE = 0.005  # half a percent either way, for rounding
OPTIONS = ("censored_below", "out_total", "in_total")


def kind_of(unit: str) -> Kind:
    """Whether flows in `unit` are amounts that add up, shares, or an index that is known up to scale only."""
    if unit in _INDICES:
        return "index"
    if unit in _SHARES:
        return "share"
    return "volume" if known(unit) and unit not in ("unstated", "", "by row") else "unstated"


@dataclass(frozen=True)
class Threshold:
    """Evidence of a threshold below which flows were not published.

    Attributes
    ----------
    value : float
        The smallest positive flow.
    just_above : int
        Flows between it and its double.
    flows : int
        Positive flows.
    """

    value: float
    just_above: int
    flows: int


def threshold(values: NDArray[np.float64]) -> Threshold | None:
    """The threshold that whole, positive flows stop at, or None if nothing speaks for one.

    Parameters
    ----------
    values : (n,) array
        Flows of a layer; missing ones and zeros are passed over.

    Notes
    -----
    Numbers of small flows fall as flows grow, so that at least as many lie below c as between c and 2c if nothing is
    left out. With k flows in [c, 2c) and none below, the chance is at most 2 ** -k. Asked for: whole numbers,
    c >= 2, k >= `LEAST`, no more flows in [2c, 3c) than in [c, 2c) and flows of 10c and more: a density that still
    rises at c is the left tail of large flows, and flows all of one size have no small ones to lose. Flows that are
    all multiples of c are rounded to it.
    """
    flows = values[np.isfinite(values) & (values > 0)]
    if not len(flows) or (flows != np.round(flows)).any():
        return None
    low = float(flows.min())
    first, second = (int(((flows >= k * low) & (flows < (k + 1) * low)).sum()) for k in (1, 2))
    if low < 2 or first < LEAST or second > first or flows.max() < 10 * low:
        return None
    if not (flows % low).any():
        return None
    return Threshold(low, first, len(flows))


def sums_to_whole(value: NDArray[np.float64]) -> bool:
    """Whether rows, or columns, of two or more flows nearly all sum to 100, or to 1: shares, whatever the unit says.

    Parameters
    ----------
    value : (n, n) array
        Missing flows are passed over; three rows, or columns, at least.
    """
    for side in (value, value.T):
        sums = np.nansum(side, axis=1)[np.isfinite(side).sum(axis=1) >= 2]
        if len(sums) >= 3 and any((np.abs(sums - whole) <= _WHOLE * whole).mean() >= 0.9 for whole in (100.0, 1.0)):
            return True
    return False


def volumes(frame: pd.DataFrame, layer: str, use: str) -> pd.DataFrame:
    """The layer as it is, if its flows are amounts: an index must not be taken for persons.

    Parameters
    ----------
    frame : DataFrame
        `attrs` unit.
    layer, use : str
        For the message: which layer, and what needs amounts.

    Raises
    ------
    InputError
        The unit is an index or a share.
    """
    unit = str(frame.attrs.get("unit", ""))
    if (kind := kind_of(unit)) in ("index", "share"):
        what = "an index is known up to scale only" if kind == "index" else "shares lose how large each place is"
        raise InputError(f"flows of {layer} have the unit {unit!r}: {use} needs amounts, and {what}",
                         hint="give a layer that counts, or leave this one out")  # fmt: skip
    return frame


def declared(options: Mapping[str, Any], layer: str) -> dict[str, Any]:
    """What [options.flows.<layer>] says, and the threshold that [options.factor_accounts] absent_below gives."""
    flows, accounts = options.get("flows", {}), options.get("factor_accounts", {})
    given = flows.get(layer, {}) if isinstance(flows, Mapping) else {}
    found = dict(given) if isinstance(given, Mapping) else {}
    below = accounts.get("absent_below", {}) if isinstance(accounts, Mapping) else {}
    if "censored_below" not in found and isinstance(below, Mapping) and layer in below:
        found["censored_below"] = below[layer]
    return found
