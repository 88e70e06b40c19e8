"""What flows mean: thresholds, directions, flows inside places, one end only, counts that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.flow_kinds import OPTIONS, declared, kind_of, threshold
from megaregion.data.problem import Problem
from megaregion.data.rules.config import unknown_keys
from megaregion.data.rules.record import Record, Sheet

_COUNTS = ("person", "household", "job", "count")
_INSIDE = ("commuting",)  # layers of which a share that stays is formed
TRANSPOSED = 0.5  # misfit of the other direction over that of the stated one


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    out = options(record)
    sheet = record.sheet("flows", "layer", "origin", "destination", "value", "unit", "observed")
    if sheet is None:
        return out
    for layer in dict.fromkeys(sheet.frame["layer"].dropna()):
        rows = (sheet.frame["layer"] == layer) & np.isfinite(sheet.frame["value"])
        units = sheet.frame.loc[rows, "unit"].dropna().unique()
        if len(units) != 1:  # several have a rule of their own
            continue
        about = declared(_options(record), str(layer))
        out += _threshold(sheet, rows, str(layer), about)
        out += _counts(sheet, rows, str(units[0]))
        out += _ends(sheet, rows, str(layer))
        out += _inside(sheet, rows, str(layer), str(units[0]))
        out += _direction(record, sheet, rows, str(layer), about)
    return out + _observed(sheet)


def _options(record: Record) -> Mapping[str, Any]:
    found = record.config.get("options", {})
    return found if isinstance(found, Mapping) else {}


def options(record: Record) -> list[Problem]:
    """Keys of [options.flows.<layer>] that nothing reads, and layers that are not there."""
    given = _options(record).get("flows")
    if given is None:
        return []
    where = "workspace.toml"
    if not isinstance(given, Mapping) or not all(isinstance(one, Mapping) for one in given.values()):
        return [Problem("error", "wrong-type", where, "expected a table for each layer", column="[options.flows]",
                        fix="write [options.flows.<layer>]")]  # fmt: skip
    layers = sorted(record.ids("flows", "layer"))
    out = unknown_keys(given, layers, where, "[options.flows]") if layers else []
    for layer, table in given.items():
        out += unknown_keys(table, OPTIONS, where, f"[options.flows.{layer}]")
        below = table.get("censored_below")
        if below is not None and (isinstance(below, bool) or not isinstance(below, int | float) or not below > 0):
            out.append(Problem("error", "wrong-type", where, f"expected a number above zero, got {below!r}",
                               column=f"[options.flows.{layer}]", labels=("censored_below",), count=1,
                               fix="the smallest flow that the publisher reports"))  # fmt: skip
    return out


def _threshold(sheet: Sheet, rows: pd.Series, layer: str, about: Mapping[str, Any]) -> list[Problem]:
    """Flows that stop at a threshold nobody states, or go below the one that is stated."""
    frame = sheet.frame
    off = rows & (frame["origin"] != frame["destination"])
    stated = about.get("censored_below")
    if isinstance(stated, int | float) and not isinstance(stated, bool) and stated > 0:
        below = off & (frame["value"] > 0) & (frame["value"] < stated)
        return sheet.find(
            "error", "below-threshold", below,
            f"{layer} is said to be censored below {stated:g}, some flows are smaller",
            column="value", fix="correct censored_below (absent_below) in workspace.toml, or these flows",
        )  # fmt: skip
    found = threshold(frame.loc[off, "value"].to_numpy(dtype=np.float64))
    if found is None:
        return []
    return sheet.find(
        "warning", "censored-flows", off & (frame["value"] == found.value),
        f"none of {found.flows} flows of {layer} is below {found.value:g}, {found.just_above} are between it and "
        f"{2 * found.value:g}: smaller ones were left out, they are not zero",
        column="value", labels=frame["layer"],
        fix=f"say so: [options.flows.{layer}] censored_below = {found.value:g} (the publisher's threshold)",
    )  # fmt: skip


def _counts(sheet: Sheet, rows: pd.Series, unit: str) -> list[Problem]:
    """Observed persons in fractions: an index or a share under a wrong name."""
    if unit not in _COUNTS:
        return []
    frame = sheet.frame
    whole = frame["value"] == np.round(frame["value"])
    bad = rows & ~whole & frame["observed"].map(lambda v: v is True)
    if float(bad[rows].mean()) < 0.1:  # a mean over days leaves fractions here and there
        return []
    return sheet.find(
        "warning", "fractional-counts", bad,
        f"observed flows in {unit} with fractions: an index, a share or an estimate?",
        column="value", labels=frame["layer"],
        fix="write the unit index if only ratios mean something; observed = false if it is an estimate",
    )  # fmt: skip


def _ends(sheet: Sheet, rows: pd.Series, layer: str) -> list[Problem]:
    """All flows leave one place, or reach one place."""
    frame = sheet.frame[rows]
    out: list[Problem] = []
    for side, other in (("origin", "destination"), ("destination", "origin")):
        if frame[side].nunique() == 1 and frame[other].nunique() > 1:
            out += sheet.find(
                "warning", "one-end", rows,
                f"every flow of {layer} has the same {side}: effects of both ends, borders and networks cannot be told",
                column=side, labels=sheet.frame[side],
                fix="add the flows of the other places, or leave the layer out of gravity and borders",
            )  # fmt: skip
    return out


def _inside(sheet: Sheet, rows: pd.Series, layer: str, unit: str) -> list[Problem]:
    """Layers of which a share stays, without any flow inside a place."""
    frame = sheet.frame[rows]
    if layer not in _INSIDE or kind_of(unit) != "volume" or len(frame) < 3:
        return []
    home = sorted(set(frame["origin"]) | set(frame["destination"]))
    own = set(frame.loc[frame["origin"] == frame["destination"], "origin"])
    lost = [place for place in home if place not in own]
    if not lost:
        return []
    what = "no flow inside any place" if not own else f"no flow inside {len(lost)} of {len(home)} places"
    return sheet.find(
        "warning", "no-internal-flows", rows & sheet.frame["origin"].isin(lost),
        f"{layer} has {what}: who stays is unknown, so shares that leave and observed commuting cannot be formed",
        column="destination", labels=sheet.frame["origin"], fix="add the rows whose origin is their destination",
    )  # fmt: skip


def _direction(
    record: Record, sheet: Sheet, rows: pd.Series, layer: str, about: Mapping[str, Any]
) -> list[Problem]:  # fmt: skip
    """Flows that fit the known totals of both ends only if origin and destination change places."""
    names = [about.get("out_total"), about.get("in_total")]
    if not all(isinstance(name, str) for name in names):
        return []
    table, frame = record.panel, sheet.frame[rows]
    year = record.cluster.get("base_year")
    found = [table[(table["indicator"] == n) & (table["year"] == year)].set_index("place_id")["value"] for n in names]
    if any(one.empty or not one.index.is_unique for one in found):
        lost = [str(n) for n, one in zip(names, found, strict=True) if one.empty or not one.index.is_unique]
        return [Problem("warning", "totals-missing", "workspace.toml",
                        f"indicators of {year} were expected, with one value a place",
                        column=f"[options.flows.{layer}]", labels=tuple(lost), count=len(lost),
                        fix="name indicators that tables/indicators has for the base year")]  # fmt: skip
    out, into = frame.groupby("origin")["value"].sum(), frame.groupby("destination")["value"].sum()
    stated = _misfit(out, found[0]) + _misfit(into, found[1])
    turned = _misfit(into, found[0]) + _misfit(out, found[1])
    if not stated or turned >= TRANSPOSED * stated:
        return []
    return sheet.find(
        "error", "transposed-flows", rows,
        f"sums by origin and destination miss {names[0]} and {names[1]} by {stated:,.0f} in all, with the two columns "
        f"swapped by {turned:,.0f}: origin and destination have changed places",
        column="origin", labels=sheet.frame["layer"], fix="swap the columns; commuting starts at the residence",
    )  # fmt: skip


def _misfit(sums: pd.Series, totals: pd.Series) -> float:
    """Sum of the absolute differences over the places that have both."""
    both = sums.index.intersection(totals.index)
    return float((sums.loc[both] - totals.loc[both]).abs().sum())


def _observed(sheet: Sheet) -> list[Problem]:
    """Layers of which a part was measured and a part modelled."""
    seen = sheet.frame[["layer", "observed"]].dropna().drop_duplicates()
    mixed = seen["layer"][seen["layer"].duplicated()].unique()
    return sheet.find(
        "warning", "mixed-observed", sheet.frame["layer"].isin(mixed),
        "measured and modelled flows in one layer: the whole layer counts as modelled",
        column="observed", labels=sheet.frame["layer"], fix="keep one of the two, or give the estimates another layer",
    )  # fmt: skip
