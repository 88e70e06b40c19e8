"""Joins by label, exact or not at all."""

from __future__ import annotations

import pandas as pd

from megaregion.errors import AlignmentError


def exact(reference: pd.Series, *others: pd.Series | pd.DataFrame) -> tuple[pd.Series | pd.DataFrame, ...]:
    """Bring others into the order of `reference`; the labels must be the same set.

    Parameters
    ----------
    reference : Series
        Its index is the order.
    *others : Series or square DataFrame
        Frames are aligned on rows and on columns.

    Raises
    ------
    AlignmentError
        Labels are repeated, or stand on one side only.
    """
    problems: list[str] = []
    index = reference.index
    for number, other in enumerate(others, start=1):
        axes = [other.index] if isinstance(other, pd.Series) else [other.index, other.columns]
        for axis in axes:
            problems += _differences(index, axis, f"input {number}")
    if not index.is_unique:
        problems.append(f"the first input repeats {_some(index[index.duplicated()])}")
    if problems:
        raise AlignmentError("; ".join(dict.fromkeys(problems)), hint="both must speak of the same places")
    out: list[pd.Series | pd.DataFrame] = [reference]
    for other in others:
        out.append(other.reindex(index) if isinstance(other, pd.Series) else other.reindex(index=index, columns=index))
    return tuple(out)


def _differences(want: pd.Index, got: pd.Index, name: str) -> list[str]:
    out = []
    if not got.is_unique:
        out.append(f"{name} repeats {_some(got[got.duplicated()])}")
    if len(extra := got.difference(want)):
        out.append(f"{len(extra)} places only in {name}: {_some(extra)}")
    if len(lost := want.difference(got)):
        out.append(f"{len(lost)} places not in {name}: {_some(lost)}")
    return out


def _some(labels: pd.Index) -> str:
    return ", ".join(map(str, labels[:5]))
