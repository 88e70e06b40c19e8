"""Flows between places: layers, levels, periods, and train counts that the services contradict."""

from __future__ import annotations

from difflib import get_close_matches

import pandas as pd

from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record

LAYERS = ("people", "commuting", "migration", "goods", "capital", "technology", "information", "trains")
DOUBLE = (1.3, 2.6)  # counting a train under both of its numbers gives 1.5 times as many or more, at most twice


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*layers(record), *levels(record), *trains(record)]


def layers(record: Record) -> list[Problem]:
    """Layers of an unknown name, and layers that hold several periods."""
    sheet = record.sheet("flows", "layer", "period")
    if sheet is None:
        return []
    given = sheet.frame["layer"]
    strange = [name for name in given.dropna().unique() if name not in LAYERS]
    near = [match for name in strange for match in get_close_matches(str(name), LAYERS, 1)]
    out = sheet.find(
        "warning",
        "unknown-layer",
        given.isin(strange),
        "no analysis reads this layer",
        column="layer",
        labels=given,
        fix=(f"perhaps {', '.join(near)} was meant; " if near else "") + "layers: " + ", ".join(LAYERS),
    )
    periods = sheet.frame[["layer", "period"]].dropna().drop_duplicates()
    twice = periods["layer"][periods["layer"].duplicated()].unique()
    return out + sheet.find(
        "error",
        "mixed-periods",
        given.isin(twice),
        "expected one period for each layer, found several",
        column="period",
        labels=given,
        fix="keep one period; periods are never added up",
    )


def levels(record: Record) -> list[Problem]:
    """Flows between places that are known but not of the level of analysis."""
    sheet = record.sheet("flows", "origin", "destination")
    kinds = record.kinds
    if sheet is None or not (kinds == record.level).any():
        return []
    out: list[Problem] = []
    for column in ("origin", "destination"):
        kind = sheet.frame[column].map(kinds)
        out += sheet.find(
            "error",
            "wrong-level",
            kind.notna() & (kind != record.level),
            f"expected places of kind {record.level}, the level of analysis",
            column=column,
            labels=sheet.frame[column],
            fix="sum the flows up to this level, or change [cluster] level",
        )
    return out


def trains(record: Record) -> list[Problem]:
    """Trains between places that are more than all services between their stops together.

    A train that calls at two stops of a place counts once between places and twice between stops, so that
    the services can only be more.
    """
    flows = record.sheet("flows", "layer", "origin", "destination", "value")
    services = record.sheet("services", "timetable", "origin", "destination", "services_per_day")
    nodes = record.sheet("nodes", "node_id", "place_id")
    if flows is None or services is None or nodes is None:
        return []
    home = nodes.frame.dropna(subset=["node_id"]).drop_duplicates("node_id").set_index("node_id")["place_id"]
    table = services.frame[services.frame["timetable"] == str(record.cluster.get("timetable", ""))]
    table = table.drop_duplicates([c for c in ("mode", "service", "origin", "destination") if c in table.columns])
    pairs = pd.DataFrame(
        {
            "origin": table["origin"].map(home),
            "destination": table["destination"].map(home),
            "n": table["services_per_day"],
        }
    )
    possible = pairs.groupby(["origin", "destination"])["n"].sum()
    counted = flows.frame[flows.frame["layer"] == "trains"]
    keys = pd.MultiIndex.from_frame(counted[["origin", "destination"]])
    most = pd.Series(possible.reindex(keys).to_numpy(dtype=float), index=counted.index)
    over = (counted["value"] > 1.02 * most + 0.5) & (most > 0)
    if not over.any():
        return []
    ratio = float(counted["value"][most.notna()].sum() / most.sum())
    doubled = DOUBLE[0] <= ratio <= DOUBLE[1] and float(over[most > 0].mean()) >= 0.5
    rows = over.reindex(flows.frame.index, fill_value=False).astype(bool)
    text = f"more trains between places than services between their stops ({ratio:.2f} times in all)"
    if doubled:
        return flows.find(
            "error",
            "alias-duplicates",
            rows,
            f"{text}: trains with two numbers were counted twice",
            column="value",
            fix="one train keeps one number: drop lists of stops that are identical under numbers 1 or 3 apart",
        )
    return flows.find(
        "warning",
        "trains-exceed-services",
        rows,
        text,
        column="value",
        fix="count both from the same timetable, or give each stop its place_id",
    )
