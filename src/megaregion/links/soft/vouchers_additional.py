"""What of the activity of firms with a voucher is additional, by the change of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.additional_share import additional_share as share_of
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.vouchers_tables import AdditionalResult

FEW = 10  # firms of a kind below which the interval is called rough
_NEEDED = ("won", "before", "after")


def additional(firms: pd.DataFrame, *, outcome: str, unit: str) -> AdditionalResult:
    """Part of what firms with a voucher did that would not have been done anyway, by group.

    Parameters
    ----------
    firms : DataFrame
        One row a firm: won (true or false), before and after (>= 0: hours, spending, assignments), and stratum where
        groups are to stand apart.
    outcome, unit : str
        What was measured, and in what.

    Returns
    -------
    AdditionalResult

    Raises
    ------
    InputError
        A column is missing, a value is negative or infinite, a group has fewer than two firms of a kind.
    MissingDataError
        A value is missing.

    Notes
    -----
    a = 1 - (B_w + dL) / A_w with means before and after of winners and the mean change of losers; a A_w is the
    difference in differences. Interval of the ratio by Fieller (1954). For rows of voucher projects cut to [0, 1].

    Examples
    --------
    Winners go from 2 to 4, losers from 1 to 2: 3 of the 4 would have been there anyway.

    >>> firms = pd.DataFrame({"won": [True, True, False, False], "before": [2.0, 2, 1, 1], "after": [4.0, 4, 2, 2]})
    >>> additional(firms, outcome="hours", unit="hours").to_frame()["additional"].tolist()
    [0.25]
    """
    if lacking := [c for c in _NEEDED if c not in firms]:
        raise InputError(f"firms needs the columns {', '.join(lacking)}", hint="one row a firm")
    if gaps := [f"{c} ({int(firms[c].isna().sum())})" for c in _NEEDED if firms[c].isna().any()]:
        raise MissingDataError(f"{outcome}: missing values: {', '.join(gaps)}", hint="follow up all firms, both times")
    values = firms[["before", "after"]].to_numpy(dtype=np.float64)
    won, wrong = firms["won"], []
    if not won.isin([True, False]).all():
        wrong.append("won must be true or false in every row")
    if not (np.isfinite(values) & (values >= 0)).all():
        wrong.append("before and after must be finite and >= 0: shares of what is negative say nothing")
    flags = won.to_numpy(dtype=bool)
    group = firms["stratum"].fillna("").astype(str) if "stratum" in firms else pd.Series("", index=firms.index)
    names = sorted(group.unique())
    counts = {name: (int(flags[group == name].sum()), int((~flags)[group == name].sum())) for name in names}
    if short := [name or "all firms" for name, k in counts.items() if min(k) < 2]:
        wrong.append(f"two firms of each kind are needed in {', '.join(short[:5])}")
    if wrong or not names:
        raise InputError(f"{outcome}: " + ("; ".join(wrong) or "no firms"), hint="one row a firm")
    rows = []
    for name in names:
        at = (group == name).to_numpy()
        got = share_of(values[at, 0], values[at, 1], flags[at])
        rows.append({
            "outcome": outcome, "stratum": name, "unit": unit, "winners": counts[name][0], "losers": counts[name][1],
            "reached": got.reached, "anyway": got.anyway, "additional": got.share, "additional_low": got.low,
            "additional_high": got.high,
        })  # fmt: skip
    said = ["right only if firms with and without a voucher would have changed alike"]
    if few := sum(min(k) < FEW for k in counts.values()):
        said.append(f"groups with fewer than {FEW} firms of a kind ({few}): the interval is rough there")
    return AdditionalResult(table=pd.DataFrame(rows), warnings=tuple(said))
