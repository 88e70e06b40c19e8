"""Prices and flows of several periods: values that have no logarithm, mixed units and kinds, unknown layers."""

from __future__ import annotations

from megaregion.data.problem import Problem
from megaregion.data.rules.flows import LAYERS
from megaregion.data.rules.record import Record

KINDS = ("price", "index")
FEW_GOODS = 3


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*_prices(record), *_flows(record)]


def _prices(record: Record) -> list[Problem]:
    sheet = record.sheet("prices", "place_id", "good", "period", "price", "kind")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("place_id", "good", "period")
    out = sheet.find("error", "negative-value", frame["price"] <= 0, "a price must be > 0: its logarithm is taken",
                     column="price", labels=key, fix="leave out a good that is not sold everywhere")  # fmt: skip
    strange = frame["kind"].notna() & ~frame["kind"].isin(KINDS)
    out += sheet.find("error", "mixed-kind", strange, "expected price or index", column="kind", labels=key,
                      fix="price: what it costs; index: on the period before, as 102.3")  # fmt: skip
    several = frame["kind"].isin(KINDS) & (frame["kind"].nunique() > 1)
    if not strange.any():
        out += sheet.find("error", "mixed-kind", several, "prices and indices stand in one table", column="kind",
                          labels=key, fix="keep one kind: an index is a change already")  # fmt: skip
    if "unit" in frame:
        mixed = frame.groupby("good")["unit"].transform("nunique") > 1
        out += sheet.find("error", "mixed-unit", mixed, "one good is given in several units", column="unit",
                          labels=frame["good"], fix="one unit a good")  # fmt: skip
    few = frame["good"].nunique() < FEW_GOODS
    return out + sheet.find("error", "few-goods", frame["good"].notna() & few,
                            f"a variance over goods needs at least {FEW_GOODS}", column="good", labels=frame["good"],
                            fix="add goods, or leave the table out")  # fmt: skip


def _flows(record: Record) -> list[Problem]:
    sheet = record.sheet("flow_panel", "layer", "origin", "destination", "period", "value", "unit")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("layer", "origin", "destination", "period")
    strange = frame["layer"].notna() & ~frame["layer"].isin(LAYERS)
    mixed = frame.groupby("layer")["unit"].transform("nunique") > 1
    alone = frame.groupby("layer")["period"].transform("nunique") < 2
    return [
        *sheet.find("warning", "unknown-layer", strange, "no analysis reads this layer", column="layer",
                    labels=frame["layer"], fix="layers: " + ", ".join(LAYERS)),
        *sheet.find("error", "negative-value", frame["value"] < 0, "a flow must be >= 0", column="value", labels=key,
                    fix="leave out what is unknown"),
        *sheet.find("error", "mixed-unit", mixed, "one layer is given in several units", column="unit",
                    labels=frame["layer"], fix="one unit a layer"),
        *sheet.find("warning", "one-period", alone, "a layer with one period says nothing of change", column="period",
                    labels=frame["layer"], fix="add periods, or move the rows to flows.csv"),
    ]  # fmt: skip
