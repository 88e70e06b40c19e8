"""Which of the four rail networks a vehicle belongs to: trunk, intercity, suburban, metro."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from megaregion.errors import InputError
from megaregion.links.hard.timetable import Timetable

NETWORKS = ("trunk", "intercity", "suburban", "metro")
OTHER = "other"  # not rail
NETWORKS_ZH = {"trunk": "干线", "intercity": "城际", "suburban": "市域（郊）", "metro": "城市轨道", "other": "其他"}
# route_type of GTFS and its extension (Hierarchical Vehicle Type codes); 2 and 100 say only "rail"
_BY_TYPE = {
    **dict.fromkeys(("101", "102", "105", "114"), "trunk"), **dict.fromkeys(("103", "106"), "intercity"),
    "109": "suburban", **dict.fromkeys(("0", "1", "5", "12", "900"), "metro"),
    **{str(code): "metro" for block in (range(400, 406), range(901, 907)) for code in block},
    **dict.fromkeys(("3", "4", "6", "7", "11", "800"), OTHER),
    **{str(code): OTHER for block in (range(200, 210), range(700, 717), range(1000, 1800)) for code in block},
}  # fmt: skip


def networks(timetable: Timetable, classes: Mapping[str, str] | None = None) -> pd.Series:
    """Network of each call of a timetable.

    Parameters
    ----------
    timetable : Timetable
    classes : mapping, optional
        Class of service, or else its route_type -> network (``{"ICE": "trunk", "2": "suburban", "*": "intercity"}``;
        ``*`` stands for all others). What it does not name goes by the column `network` of a table of trains, or the
        route_type of a feed.

    Returns
    -------
    Series of str
        One of `NETWORKS`, or ``other`` for what is no rail; index of `timetable.calls`.

    Raises
    ------
    InputError
        A class has no network, or a name is none; all are listed.
    """
    calls = timetable.calls
    rule = dict(classes or {})
    unknown = sorted(set(rule.values()) - {*NETWORKS, OTHER})
    if unknown:
        raise InputError(f"classes name unknown networks {', '.join(unknown)}",
                         hint="networks: " + ", ".join([*NETWORKS, OTHER]))  # fmt: skip
    given = calls["network"].fillna("").astype(str).str.strip()
    own = {**_BY_TYPE, **{name: name for name in (*NETWORKS, OTHER)}}
    (which, services), (kind, kinds) = (pd.factorize(c, use_na_sentinel=False) for c in (calls["service"], given))
    pairs, row = np.unique(np.column_stack([which, kind]), axis=0, return_inverse=True)
    each = [(services[s], kinds[n]) for s, n in pairs]
    named = [rule.get(s, rule.get(n, rule.get("*", own.get(n, "")))) for s, n in each]
    found = pd.Series(np.array(named, dtype=object)[row.ravel()], calls.index, dtype=object)
    lost = calls[found == ""].drop_duplicates(["service", "network"])
    if len(lost):
        named = [f"{s or 'no class'} (route_type or network {n or 'empty'})" for s, n in
                 zip(lost["service"], lost["network"], strict=True)]  # fmt: skip
        raise InputError(
            f"{len(named)} classes of service belong to no known network: {', '.join(sorted(named)[:5])}",
            hint="route_type 2 and 100 say only that it is rail: give `classes` (--network 2=intercity), or a column "
            "network",
        )
    return found.astype(str)
