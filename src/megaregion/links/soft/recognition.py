"""Who is recognised where: the table `recognition` checked and spread over pairs of places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.errors import InputError, SchemaError

EVERYWHERE = "all"
COLUMNS = ("origin", "destination", "scheme", "value")
_TABLE = "recognition"


def checked_recognition(rows: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Rows of the table with values as numbers; everything wrong is reported at once.

    Parameters
    ----------
    rows : DataFrame
        origin (where people are registered), destination (where they live or use a service), scheme, value from 0
        (not recognised) to 1 (fully); origin and destination are places, groups of places or the word ``all``. A row
        speaks of one direction. An empty value is unknown.
    groups : Series
        Group of each place; index `place_id`.

    Raises
    ------
    SchemaError
        A column is missing.
    InputError
        A value lies outside [0, 1], an id is unknown, a row stands twice, or a place and a group share an id.
    """
    lacking = [name for name in COLUMNS if name not in rows]
    if lacking:
        raise SchemaError(f"{_TABLE} needs the columns {', '.join(lacking)}", hint="see docs: workspace format")
    out = rows.reset_index(drop=True)
    value = pd.to_numeric(out["value"], errors="coerce").astype("float64")
    unread = value.isna() & out["value"].notna()
    known = {EVERYWHERE, *map(str, groups.index), *map(str, groups.dropna())}
    wrong = []
    if unread.any():
        wrong.append(f"value must be a number or empty, got {_some(out.loc[unread, 'value'])}")
    bad = (value < 0) | (value > 1)
    if bad.any():
        wrong.append(f"value must lie in [0, 1], got {_rows(out.assign(value=value), bad)}")
    for name in ("origin", "destination"):
        strange = ~out[name].astype("str").isin(known)
        if strange.any():
            wrong.append(f"{name} is neither a place nor a group: {_some(out.loc[strange, name])}")
    if out["scheme"].isna().any():
        wrong.append(f"scheme is empty in {int(out['scheme'].isna().sum())} rows")
    twice = out.duplicated(["origin", "destination", "scheme"])
    if twice.any():
        wrong.append(f"rows stand twice: {_rows(out.assign(value=value), twice)}")
    both = sorted(set(map(str, groups.index)) & set(map(str, groups.dropna())))
    if both:
        wrong.append(f"ids of places that are ids of groups too: {', '.join(both[:5])}")
    if not groups.index.is_unique:
        wrong.append(f"places stand twice: {_some(groups.index[groups.index.duplicated()])}")
    if wrong:
        raise InputError(f"{_TABLE}: " + "; ".join(wrong), hint="0 is none, 1 is full; leave unknown values empty")
    return out.assign(value=value)


def recognition_matrix(rows: pd.DataFrame, scheme: str, groups: pd.Series) -> pd.DataFrame:
    """Recognition of one scheme for every ordered pair of places.

    Parameters
    ----------
    rows, groups
        As in `checked_recognition`.
    scheme : str

    Returns
    -------
    DataFrame, rows origin, columns destination
        Values in [0, 1]; missing where no row speaks of the pair; 1 at home unless a row says otherwise.

    Raises
    ------
    InputError, SchemaError
        As `checked_recognition`; or rows of equal rank contradict each other.

    Notes
    -----
    The row that says most about a pair holds: a place counts two, a group one, ``all`` nothing, and the sum of both
    ends decides.

    Examples
    --------
    >>> groups = pd.Series({"a": "A", "b": "B"})
    >>> rows = pd.DataFrame({"origin": ["A"], "destination": ["B"], "scheme": ["medical"], "value": [0.5]})
    >>> recognition_matrix(rows, "medical", groups).to_numpy().tolist()
    [[1.0, 0.5], [nan, 1.0]]
    """
    table = checked_recognition(rows, groups)
    table = table[table["scheme"] == scheme]
    n, place, group = len(groups), groups.index.astype("str").to_numpy(), groups.to_numpy(object)
    value, rank = np.full((n, n), np.nan), np.full((n, n), -1)
    members = {str(name): (np.flatnonzero(group == name), 1) for name in groups.dropna().unique()}
    members |= {str(name): (np.array([k]), 2) for k, name in enumerate(place)}
    members[EVERYWHERE] = (np.arange(n), 0)
    clash: list[str] = []
    for origin, destination, number in zip(table["origin"], table["destination"], table["value"], strict=True):
        (i, a), (j, b) = members[str(origin)], members[str(destination)]
        block = np.ix_(i, j)
        # at home everybody is entitled, unless a row names the place twice
        free = np.ones((len(i), len(j)), dtype=bool) if a == b == 2 else i[:, None] != j[None, :]
        now, above = value[block], rank[block]
        differs = ~((now == number) | (np.isnan(now) & np.isnan(number)))
        if (equal := free & (above == a + b) & differs).any():
            r, c = np.argwhere(equal)[0]
            clash.append(f"{place[i[r]]} to {place[j[c]]}")
        better = free & (above < a + b)
        value[block], rank[block] = np.where(better, number, now), np.where(better, a + b, above)
    if clash:
        raise InputError(
            f"{_TABLE}: rows of equal rank contradict each other for {scheme}: {', '.join(clash[:5])}",
            hint="add a row that names both places",
        )
    home = np.eye(n, dtype=bool) & (rank < 0)
    value[home] = 1.0
    return pd.DataFrame(value, index=groups.index, columns=groups.index)


def _some(labels: pd.Series | pd.Index) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:5])


def _rows(table: pd.DataFrame, mask: pd.Series) -> str:
    return ", ".join(
        f"{r['origin']} to {r['destination']} {r['scheme']} {r['value']:g}"
        for r in table[mask].head(5).to_dict("records")
    )
