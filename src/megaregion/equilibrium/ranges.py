"""Columns of ranges beside the number that they are the range of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.result import Column

Array = NDArray[np.float64]
PERCENTILES: tuple[tuple[str, float, str, str], ...] = (
    ("p05", 5.0, "5th percentile", "5%分位"),
    ("p50", 50.0, "median", "中位数"),
    ("p95", 95.0, "95th percentile", "95%分位"),
)
"""Tail of the name, percentile, words."""


def percentiles(samples: Array) -> Array:
    """The percentiles of `PERCENTILES` over draws, (draws, ...) -> (3, ...)."""
    out: Array = np.percentile(np.asarray(samples, dtype=np.float64), [p for _, p, _, _ in PERCENTILES], axis=0)
    return out


def with_ranges(frame: pd.DataFrame, samples: Mapping[str, Array]) -> pd.DataFrame:
    """The frame with the percentiles of joint draws behind the columns named.

    Parameters
    ----------
    frame : DataFrame
    samples : mapping of str to array (draws, rows)
        Rows in the order of the frame.
    """
    out = frame.copy()
    for name, values in samples.items():
        for (tail, *_), row in zip(PERCENTILES, percentiles(values), strict=True):
            out[f"{name}_{tail}"] = row
    return out[ordered(out, frame.columns)]


def ordered(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """The names, each followed by those of its ranges that the frame has."""
    tails = [tail for tail, *_ in PERCENTILES]
    return [c for name in names for c in (name, *(f"{name}_{t}" for t in tails)) if c in frame.columns]


def described(columns: Iterable[Column], frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns that the frame has, each followed by those of its ranges."""
    out = []
    for column in columns:
        if column.name not in frame.columns:
            continue
        out.append(column)
        for tail, _, en, zh in PERCENTILES:
            if (name := f"{column.name}_{tail}") in frame.columns:
                out.append(replace(column, name=name, en=f"{column.en}, {en}", zh=f"{column.zh}（{zh}）"))
    return tuple(out)
