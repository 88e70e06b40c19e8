"""Indicators that are divided by another column: the unit of the ratio, and what cannot be divided."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from megaregion.nodes.cases import some
from megaregion.nodes.tree import Indicator
from megaregion.units import known

UNSTATED = "unstated"
_COUNT = {"": 1.0, "1000 ": 1e3, "10000 ": 1e4, "100000 ": 1e5, "million ": 1e6}
_RATIO = re.compile(r"^(?P<top>.+) per (?P<count>1000 |10000 |100000 |million )?(?P<bottom>[^ ].*?)$")


def split(unit: str) -> tuple[str, str, float]:
    """Unit above, unit below and multiplier of a ratio: ``count per 1000 persons`` is count, person, 1000.

    A unit that is not of this form ("unstated", "percent") says nothing of the two columns, which are then divided as
    they stand and must be without a stated unit themselves.
    """
    match = _RATIO.match(unit)
    if match is None:
        return UNSTATED, UNSTATED, 1.0
    bottom = match["bottom"] if known(match["bottom"]) else match["bottom"].removesuffix("s")
    return match["top"], bottom, _COUNT[match["count"] or ""]


def per(top: pd.Series, bottom: pd.Series, spec: Indicator) -> tuple[list[str], dict[str, Any]]:
    """What cannot be divided, and the line of the log."""
    wrong = []
    if (bottom <= 0).any():
        bad = some(bottom.index[bottom <= 0])
        wrong.append(f"denominator {spec.denominator} of {spec.id} must be > 0, it is not for {bad}")
    lost = some(top.index[top.notna() & bottom.isna()], len(top))
    return wrong, {
        "subject": spec.id, "came_in": int(top.notna().sum()),
        "done": f"divided by {spec.denominator}, in {spec.unit}",
        "done_zh": f"除以 {spec.denominator}，单位 {spec.unit}",
        "skipped": f"no denominator for {lost}: no value" if lost else "",
        "skipped_zh": f"缺分母，无值：{lost}" if lost else "",
    }  # fmt: skip
